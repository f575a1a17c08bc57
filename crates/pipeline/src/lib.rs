//! Stages of work over media, the ports they reach the world through, and the jobs they report to.
//!
//! A stage is a function of its input, the ports and a [`Job`]; what it makes is kept under a key of
//! (stage, version, inputs, configuration), so a key that exists is a stage that is done.

pub mod asking;
pub mod calls;
pub mod checking;
pub mod cloud;
pub mod embedding;
pub mod fault;
pub mod graph;
pub mod job;
pub mod limiter;
pub mod models;
pub mod peaks;
pub mod ports;
pub mod queue;
pub mod runs;
pub mod stages;
pub mod state_machine;
pub mod vectors;
pub mod width;

pub use cloud::{CloudError, CloudSpeech, Objects, Source};
pub use fault::Fault;
pub use job::{Cancelled, Job, Progress};
pub use models::{ModelError, Models};
pub use peaks::{Peaks, PeaksBuilder};
pub use ports::{
    Acoustics, Artifacts, DocumentFile, Key, Listener, Look, Media, MediaError, Neighbours, PagePicture, ReadDocument, ReadText,
    ScoreError, Scorer, Scorers, Sight, SoundFile, SoundForm, SpeechToText,
};
pub use runs::{Runs, RunsError};
pub use stages::{MediaFile, Ports, StageError};
pub use vectors::Vectors;
