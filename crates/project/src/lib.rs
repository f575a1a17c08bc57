//! A project: one SQLite file that keeps every decision.
//!
//! There is one way to write, [`Project::apply`]: it appends an event to the log and moves the projections in
//! one transaction. An event lists the cells that it changed, each with its value before and after; undo is a new event
//! that puts the values before back, and rebuilding the projections is setting the values after, event by event.

mod agreement;
mod cell_name;
mod cells;
mod disputes;
mod error;
mod fold;
mod history;
mod kept;
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
mod scribe_marks;
mod scribe_sound;
mod scribe_tuning;
mod scribe_words;
pub mod search;
mod translate;
pub mod views;

pub use error::{Error, Result};
pub use merge::{Brought, Merged};
pub use ops::{By, Import, Op, WordWrite};
pub use probes::{Drawn, ProbeDraw, ProbePlan};
pub use project::Project;
pub use records::{Analysis, AnnotationEdit, Defect, DefectKind, MediaId, MediaRecord, Picture, Verdict};
