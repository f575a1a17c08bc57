//! The stages. Each looks for its artifact first and keeps it afterwards; an artifact that can't be understood is made anew.
//!
//! A stage's `VERSION` is part of its key: raise it whenever the same input would give another output.

pub mod hash;
pub mod proxy;
pub mod scores;
pub mod shots;
pub mod sound;
pub mod speech;
pub mod text;

use crate::job::Cancelled;
use crate::ports::{Acoustics, Artifacts, Key, Media, MediaError, ScoreError, Scorers};
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
}

/// A media file to work on.
#[derive(Clone, Copy, Debug)]
pub struct MediaFile<'a> {
    /// Where it lies.
    pub path: &'a Path,
    /// Hash of its content, as [`hash::run`] gives it. Artifacts are kept under this, so a file may move or be renamed.
    pub hash: &'a str,
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

impl From<MediaError> for StageError {
    fn from(error: MediaError) -> Self {
        match error {
            MediaError::Cancelled(cancelled) => Self::Cancelled(cancelled),
            other => Self::Media(other),
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

/// What is kept under the key, if it is there and `read` understands it.
fn kept<T>(ports: &Ports, stage: &'static str, key: &Key, read: impl FnOnce(&[u8]) -> Option<T>) -> Result<Option<T>, StageError> {
    let bytes = ports.artifacts.get(key).map_err(|source| StageError::Artifact { stage, did: "read", source })?;
    Ok(bytes.and_then(|b| read(&b)))
}

/// Keeps `bytes` under the key.
fn keep(ports: &Ports, stage: &'static str, key: &Key, bytes: &[u8]) -> Result<(), StageError> {
    ports.artifacts.put(key, bytes).map_err(|source| StageError::Artifact { stage, did: "kept", source })
}
