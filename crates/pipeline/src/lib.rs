//! Stages of work over media, the ports they reach the world through, and the jobs they report to.
//!
//! A stage is a function of its input, the ports and a [`Job`]; what it makes is kept under a key of
//! (stage, version, inputs, configuration), so a key that exists is a stage that is done.

pub mod job;
pub mod peaks;
pub mod ports;
pub mod stages;

pub use job::{Cancelled, Job, Progress};
pub use peaks::{Peaks, PeaksBuilder};
pub use ports::{
    Acoustics, Artifacts, Key, Listener, Look, Media, MediaError, Neighbours, ReadText, ScoreError, Scorer, Scorers, SpeechToText,
};
pub use stages::{MediaFile, Ports, StageError};
