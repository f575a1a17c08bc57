//! A project: one SQLite file that keeps every decision.
//!
//! There is one way to write, [`Project::apply`]: it appends an event to the log and moves the projections in
//! one transaction. An event lists the cells that it changed, each with its value before and after; undo is a new event
//! that puts the values before back, and rebuilding the projections is setting the values after, event by event.

mod cells;
mod error;
mod history;
mod kept;
mod ops;
mod project;
mod proposed;
mod records;
mod restore;
mod scribe;
mod scribe_marks;
mod scribe_words;
pub mod search;
pub mod views;

pub use error::{Error, Result};
pub use ops::{By, Import, Op, WordWrite};
pub use project::Project;
pub use records::{Analysis, AnnotationEdit, Defect, DefectKind, MediaId, MediaRecord, Picture, Verdict};
