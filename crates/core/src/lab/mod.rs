//! Prompts as versions, the clips they are tried on, and what came of it.
//!
//! A *version* is all that decides what a model is asked: a prompt, a model and examples. A *clip* is a stretch of a media with what people say of it: its
//! *truth*. A *variant* is one version with one model in a run; a *try* is one clip under one variant, once. All of them are immutable: another text, another
//! truth or another run is another one.
//!
//! A [`Board`] has the numbers of a run: what each variant scored, and whether one is better than another. [`smallest`] says before a run what it could show.

mod board;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::float_cmp)]
mod board_tests;
mod clips;
mod compare;
mod heads;
mod power;
mod run;
#[cfg(test)]
mod simulation_tests;
mod version;

pub use board::{Board, Cell, ClipFacts, PASSES};
pub use clips::{Clip, ClipSet, draw, hold_out};
pub use compare::{Comparison, Guards, Slice};
pub use heads::{Asked, Head};
pub use power::{Smallest, Spread, Unclear, smallest};
pub use run::{Called, Record, RunPlan, Try, Variant};
pub use version::{PromptVersion, Shot};
