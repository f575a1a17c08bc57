//! A project: one SQLite file that keeps every decision.
//!
//! There is one way to write, [`Project::apply`]; it appends to the event log and moves the projections in one transaction.

pub mod views;
