//! The lab: prompts as versions, tried on clips and held against each other.
//!
//! A try is the annotate stage over the windows that answer for a clip: the same windows, keys and answers as when a whole media is asked about, so that an answer
//! serves both. A window of a clip is asked by itself: what its neighbours hold is told only where a whole media is asked about.

mod diff;
mod draft;
mod kit;
mod measured;
mod pick;
mod run;
mod show;
mod versions;
pub mod view;

pub use diff::diff;
pub use draft::{At, read_draft, render, shots, try_draft};
pub use kit::{Given, Kit, shown, shown_beside};
pub use measured::measured;
pub use pick::{candidates, keep_set};
pub use run::{Asker, Models, begin, estimate_run, run};
pub use show::{blind_pair, clip_view, compare, grid, promote, raw_calls, vote};
pub use versions::{file_text, keep, lab, used, version};
