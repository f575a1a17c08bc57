//! What the lab shows, as finished views.

mod draft;
mod kept;
mod made;
mod plan;

pub use draft::{LabMark, Problem, RawCall, Rendered, RenderedWindow, Standing, Tried};
pub use kept::{DiffLine, DiffPart, LabModel, LabView, PromptRow, RunRow, SetRow};
pub use made::{BlindPair, Bounded, ClipView, CompareView, GridCell, GridRow, GridView, SliceRow, VariantHead, Vote};
pub use plan::{CandidateRow, CandidatesView, ClipFilter, RunEstimate, SetWish};
