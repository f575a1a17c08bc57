//! What both shells do with a project: bring files in, look for drift, measure, and write results out.
//!
//! Stages know no project and the project knows no stage; here a stage's output becomes an [`Op`]. The project is locked only
//! to read and to apply, never while something is decoded.

pub mod annotate;
pub mod archive;
pub mod cloud_speech;
pub mod documents;
pub mod export;
pub mod features;
mod files;
pub mod import;
pub mod lab;
pub mod meaning;
mod measure;
pub mod near;
pub mod process;
pub mod profiles;
mod scores;
pub mod search;
mod speech;
mod text;
pub mod tuning;
mod words;

pub use files::{Found, find_files, is_for_import, relative_path};
pub use import::{Imported, import};
pub use measure::{ensure_analysed, listen, look_for_drift, refresh};
pub use speech::transcribe;
pub use text::read_text;
pub use words::Ear;

use plumbline_pipeline::stages::{MediaFile, Ports, StageError};
use plumbline_pipeline::{Cancelled, Fault, MediaError, ScoreError};
use plumbline_project::{By, Error as ProjectError, MediaId, MediaRecord, Op, Project};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a flow works on.
pub struct Desk<'a> {
    /// The open project.
    pub project: &'a Mutex<Project>,
    /// The world.
    pub ports: Ports<'a>,
    /// Who asked for it.
    pub by: By,
}

/// Why a flow failed, as a sentence.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The person stopped it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The project refused or failed.
    #[error(transparent)]
    Project(#[from] ProjectError),
    /// What is searched for can't be.
    #[error(transparent)]
    Query(#[from] plumbline_core::search::BadQuery),
    /// Media could not be read.
    #[error(transparent)]
    Media(MediaError),
    /// Programs of the user's gave no scores.
    #[error("{}", scores::said(.0))]
    Scores(Vec<ScoreError>),
    /// A stage failed.
    #[error(transparent)]
    Stage(StageError),
    /// The sound is such that sending it would be money for nothing.
    #[error("{name}: {why}. Look at its sound, or send it all the same with `plumbline transcribe --cloud --anyway`")]
    BadSound {
        /// The media's name.
        name: String,
        /// What is wrong with it, as a clause.
        why: String,
    },
    /// No profile of a media's sound can be tried.
    #[error("{name}: no profile can be tried: {why}")]
    Untried {
        /// The media's name.
        name: String,
        /// What is missing, and what to do.
        why: String,
    },
    /// A file could not be read or written, or its content is not what it should be.
    #[error("{path}: {why}")]
    File {
        /// The file.
        path: String,
        /// What is wrong and what to do.
        why: String,
    },
}

impl From<StageError> for Error {
    fn from(error: StageError) -> Self {
        match error {
            StageError::Cancelled(c) => Self::Cancelled(c),
            other => Self::Stage(other),
        }
    }
}

impl From<MediaError> for Error {
    fn from(error: MediaError) -> Self {
        match error {
            MediaError::Cancelled(c) => Self::Cancelled(c),
            other => Self::Media(other),
        }
    }
}

impl Error {
    /// What kind of failure it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Cancelled(_) => Fault::Cancelled,
            Self::Media(_) | Self::BadSound { .. } | Self::Untried { .. } | Self::File { .. } => Fault::Media,
            // A program of the user's, or what was asked for, is wrong for every item.
            Self::Project(_) | Self::Query(_) | Self::Scores(_) => Fault::Settings,
            Self::Stage(error) => error.fault(),
        }
    }
}

/// Shorthand.
pub type Result<T> = std::result::Result<T, Error>;

/// The person at this account, by its name: who the log says did it.
pub fn reviewer() -> By {
    By::Person(["USER", "USERNAME", "LOGNAME"].iter().find_map(|v| std::env::var(v).ok()).unwrap_or_default())
}

impl Desk<'_> {
    /// The project, for as long as the guard lives. A panic elsewhere left it whole: every write is one transaction.
    pub fn project(&self) -> MutexGuard<'_, Project> {
        self.project.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn apply(&self, op: Op, by: &By) -> Result<()> {
        self.project().apply(op, by)?;
        Ok(())
    }

    /// Record and path of a media.
    fn media(&self, media: &MediaId) -> Result<(MediaRecord, PathBuf)> {
        let project = self.project();
        Ok((project.media(media)?, project.media_path(media)?))
    }
}

fn file<'a>(record: &'a MediaRecord, path: &'a std::path::Path) -> MediaFile<'a> {
    MediaFile { path, hash: &record.hash }
}
