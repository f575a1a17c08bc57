//! The pure heart of Plumbline: time, transcripts, annotations, alignment and gates.
//!
//! Nothing here does IO, reads a clock or draws randomness that was not passed in. Bad data becomes
//! a flag, a note or a typed error, never a panic.

pub mod agreement;
pub mod align;
pub mod analytics;
pub mod annotation;
pub mod crossmodal;
pub mod document;
pub mod find;
pub mod format;
pub mod frames;
pub mod gate;
pub mod lab;
pub mod models;
pub mod near;
pub mod onscreen;
pub mod place;
pub mod plan;
pub mod profile;
pub mod prompt;
pub mod queue;
mod revise;
pub mod score;
pub mod search;
pub mod speakers;
pub mod spoken;
pub mod stills;
pub mod time;
pub mod time_map;
pub mod transcript;
pub mod transcription;
pub mod tune;
pub mod windows;
mod word_id;

pub use annotation::{Annotation, AnnotationSet, Region};
pub use document::{Document, DocumentKind};
pub use place::{InForce, WordEdit, place};
pub use profile::Profile;
pub use revise::{name_speakers, revise};
pub use time::{Delta, MediaTime, Span, Timebase, TranscriptTime};
pub use time_map::{ALWAYS, Anchor, Knot, Side, TimeMap};
pub use transcript::{Segment, Transcript, Word, WordId};
