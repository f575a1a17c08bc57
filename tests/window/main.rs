//! The main job in the real window.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, missing_docs)]

mod harness;
mod pictures;
mod review;
mod search;
