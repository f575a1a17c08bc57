//! The main job in the real window.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::float_cmp, clippy::print_stdout, missing_docs)]

mod access;
mod archive;
mod documents;
mod effort;
mod find;
mod harness;
mod history;
mod jobs;
mod keys;
mod lab;
mod library;
#[path = "../../crates/project/tests/common/world.rs"]
mod library_of_units;
mod merge;
mod picture;
mod pictures;
mod queue;
mod review;
mod search;
mod speech;
mod text;
mod tuning;
