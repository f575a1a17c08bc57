//! A project: one SQLite file that keeps every decision.
//!
//! There is one way to write, [`Project::apply`]: it appends an event to the log and moves the projections in
//! one transaction. An event lists the cells that it changed, each with its value before and after; undo is a new event
//! that puts the values before back, and rebuilding the projections is setting the values after, event by event.

mod agreement;
mod cell_name;
mod cells;
mod disputes;
mod documents;
mod error;
mod fold;
pub mod found;
mod found_rows;
mod history;
mod kept;
mod lab;
mod merge;
mod ops;
mod probes;
mod project;
mod proposed;
mod records;
mod register;
mod restore;
mod scores;
mod scribe;
mod scribe_lab;
mod scribe_marks;
mod scribe_sound;
mod scribe_tuning;
mod scribe_words;
pub mod search;
mod stale;
mod store;
mod translate;
pub mod views;

pub use documents::DocumentRow;
pub use error::{Error, Result};
pub use lab::{Kept, KeptPrompt, KeptRun, KeptSet, KeptVote, LabVote, Promotion};
pub use merge::{Brought, Merged};
pub use ops::{By, Import, Op, WordWrite};
pub use probes::{Drawn, ProbeDraw, ProbePlan};
pub use project::Project;
pub use records::{Analysis, AnnotationEdit, Defect, DefectKind, MediaId, MediaRecord, Picture, Verdict};
