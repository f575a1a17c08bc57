//! The stages. Each looks for its artifact first and keeps it afterwards; an artifact that can't be understood is made anew.
//!
//! A stage's `VERSION` is part of its key: raise it whenever the same input would give another output.

pub mod annotate;
pub mod clip;
pub mod cloud_speech;
pub mod documents;
pub mod embed;
pub mod examples;
pub mod frames;
pub mod hash;
pub mod proxy;
pub mod scores;
pub mod shots;
pub mod sound;
pub mod speech;
pub mod text;

use crate::asking::PromptError;
use crate::calls::CallError;
use crate::cloud::CloudError;
use crate::fault::Fault;
use crate::job::Cancelled;
use crate::ports::{Acoustics, Artifacts, Key, Media, MediaError, ReadDocument, ScoreError, Scorers};
use crate::runs::RunsError;
use plumbline_core::MediaTime;
use std::path::Path;

/// What stages reach the world through.
#[derive(Clone, Copy)]
pub struct Ports<'a> {
    /// Reads media files.
    pub media: &'a dyn Media,
    /// Keeps what stages make.
    pub artifacts: &'a dyn Artifacts,
    /// Finds acoustic models.
    pub acoustics: &'a dyn Acoustics,
    /// Asks the user's programs.
    pub scorers: &'a dyn Scorers,
    /// Reads documents.
    pub documents: &'a dyn ReadDocument,
}

/// A media file to work on.
#[derive(Clone, Copy, Debug)]
pub struct MediaFile<'a> {
    /// Where it lies.
    pub path: &'a Path,
    /// Hash of its content, as [`hash::run`] gives it. Artifacts are kept under this, so a file may move or be renamed.
    pub hash: &'a str,
}

/// One of several shares of the pieces that a stage works on, such as stretches of sound: what several machines did in parts one finds kept when it
/// puts them together, and the whole is the same however it was split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Which share, from 0.
    pub number: usize,
    /// Of so many, 1 at least.
    pub of: usize,
}

impl Part {
    /// Whether a piece, numbered from 0 in the order of time, is in this share.
    pub fn has(self, piece: usize) -> bool {
        piece % self.of.max(1) == self.number
    }
}

/// Why a stage did not finish.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// The person stopped it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The media could not be read or written.
    #[error(transparent)]
    Media(MediaError),
    /// A program of the user's gave no scores.
    #[error(transparent)]
    Score(ScoreError),
    /// A model did not answer.
    #[error(transparent)]
    Call(CallError),
    /// A prompt can't be used.
    #[error(transparent)]
    Prompt(#[from] PromptError),
    /// A JSON schema can't be used.
    #[error("The schema of the answers can't be used: {0}. Mend it: it must be JSON Schema")]
    Schema(String),
    /// A clip is too large to be sent.
    #[error("The video from {from} to {to} has {bytes} bytes, more than models take. Send frames, or a prompt with shorter windows")]
    Clip {
        /// Where it begins.
        from: MediaTime,
        /// Where it ends.
        to: MediaTime,
        /// Its size.
        bytes: u64,
    },
    /// A service did not do what it was asked.
    #[error(transparent)]
    Cloud(CloudError),
    /// The ledger failed, or the cap is reached.
    #[error(transparent)]
    Runs(#[from] RunsError),
    /// The store of artifacts failed.
    #[error("The result of the {stage} stage can't be {did}: {source}. Check the free space and the permissions of the cache folder")]
    Artifact {
        /// Name of the stage.
        stage: &'static str,
        /// `read` or `kept`.
        did: &'static str,
        /// What the store said.
        source: std::io::Error,
    },
}

impl StageError {
    /// What kind of failure it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Cancelled(_) => Fault::Cancelled,
            Self::Media(_) | Self::Clip { .. } => Fault::Media,
            Self::Score(_) | Self::Prompt(_) | Self::Schema(_) => Fault::Settings,
            Self::Call(error) => error.fault(),
            Self::Cloud(error) => error.fault(),
            Self::Runs(RunsError::Cap { .. }) => Fault::Cap,
            Self::Runs(RunsError::Refused { .. }) => Fault::Settings,
            // A disk that is full now may not be later.
            Self::Runs(RunsError::File { .. }) | Self::Artifact { .. } => Fault::Passing,
        }
    }
}

impl From<MediaError> for StageError {
    fn from(error: MediaError) -> Self {
        match error {
            MediaError::Cancelled(cancelled) => Self::Cancelled(cancelled),
            other => Self::Media(other),
        }
    }
}

impl From<CallError> for StageError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Cancelled(cancelled) => Self::Cancelled(cancelled),
            other => Self::Call(other),
        }
    }
}

impl From<ScoreError> for StageError {
    fn from(error: ScoreError) -> Self {
        match error {
            ScoreError::Cancelled(cancelled) => Self::Cancelled(cancelled),
            failed => Self::Score(failed),
        }
    }
}

impl From<CloudError> for StageError {
    fn from(error: CloudError) -> Self {
        match error {
            CloudError::Cancelled(cancelled) => Self::Cancelled(cancelled),
            failed => Self::Cloud(failed),
        }
    }
}

/// What is kept under the key, if it is there and `read` understands it.
fn kept<T>(ports: &Ports, stage: &'static str, key: &Key, read: impl FnOnce(&[u8]) -> Option<T>) -> Result<Option<T>, StageError> {
    let bytes = ports.artifacts.get(key).map_err(|source| StageError::Artifact { stage, did: "read", source })?;
    Ok(bytes.and_then(|b| read(&b)))
}

/// Keeps `bytes` under the key.
fn keep(ports: &Ports, stage: &'static str, key: &Key, bytes: &[u8]) -> Result<(), StageError> {
    ports.artifacts.put(key, bytes).map_err(|source| StageError::Artifact { stage, did: "kept", source })
}
