//! What can go wrong with a project, in sentences.

use std::path::Path;

/// Shorthand.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a project could not be opened, read or written. The file is as it was before the call.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file is something else.
    #[error("{path} is not a Plumbline project: {why}. Choose a file that ends in .plumbline, or make a new project")]
    NotAProject {
        /// The file.
        path: String,
        /// What it is instead.
        why: String,
    },
    /// A newer program wrote it.
    #[error("{path} was written by a newer Plumbline ({what}). Open it with that version; nothing was changed")]
    Newer {
        /// The file.
        path: String,
        /// What this program does not know.
        what: String,
    },
    /// There is a file already.
    #[error("{path} exists already. Open it, or choose another name")]
    Exists {
        /// The file.
        path: String,
    },
    /// It can't be opened or written.
    #[error("{path} {what}. {remedy}")]
    Storage {
        /// The file.
        path: String,
        /// What happened, as a predicate.
        what: String,
        /// What to do.
        remedy: String,
    },
    /// What the operation names is not there, or it can't be done as things stand.
    #[error("{0}")]
    Refused(String),
    /// What SQLite said, before [`Error::in_file`] puts it into a sentence.
    #[error("{0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The content contradicts itself.
    #[error("{path} is damaged: {what}. Go back to a backup, or rebuild it with `plumbline show --rebuild`")]
    Damaged {
        /// The file.
        path: String,
        /// What is wrong.
        what: String,
    },
}

impl Error {
    /// Names the file in what SQLite said.
    pub(crate) fn in_file(self, path: &Path) -> Self {
        match self {
            Self::Sqlite(error) => Self::sqlite(path, &error),
            other => other,
        }
    }

    /// Names the file that a snapshot was taken of in place of the snapshot.
    pub(crate) fn of_copy(self, snapshot: &Path, of: &Path) -> Self {
        let snapshot = snapshot.display().to_string();
        let named = |path: String| if path == snapshot { of.display().to_string() } else { path };
        match self {
            Self::NotAProject { path, why } => Self::NotAProject { path: named(path), why },
            Self::Newer { path, what } => Self::Newer { path: named(path), what },
            Self::Storage { path, what, remedy } => Self::Storage { path: named(path), what, remedy },
            Self::Damaged { path, what } => Self::Damaged { path: named(path), what },
            other => other,
        }
    }

    /// Puts what SQLite says into a sentence.
    pub(crate) fn sqlite(path: &Path, error: &rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        let (exists, path) = (path.exists(), path.display().to_string());
        let say = |what: &str, remedy: &str| Self::Storage { path: path.clone(), what: what.into(), remedy: remedy.into() };
        let rusqlite::Error::SqliteFailure(failure, _) = error else {
            return Self::Damaged { path, what: error.to_string() };
        };
        match failure.code {
            Code::NotADatabase => Self::NotAProject { path, why: "its content is no SQLite database".into() },
            Code::DiskFull => say("could not be written: the disk is full", "Make room and do it again; what was saved before is safe"),
            Code::ReadOnly => {
                say("can't be written: the file or its folder is read-only", "Copy the project to a folder that you can write to")
            }
            // The write-ahead log lies beside the file, so a folder that can't be written to is one that a project can't be opened in.
            Code::CannotOpen if exists => {
                say("can't be opened for writing", "Its folder may be read-only: copy the project to one that you can write to")
            }
            Code::CannotOpen => say("can't be made", "Check that the folder exists and that you may write there"),
            Code::PermissionDenied => {
                say("can't be opened: permission denied", "Check that you may read and write the file and its folder")
            }
            Code::DatabaseBusy | Code::DatabaseLocked => {
                say("is being written by another program", "Wait until it is done, or close it, and do it again")
            }
            Code::SystemIoFailure => say("could not be read or written", "Check the disk that it lies on"),
            _ => Self::Damaged { path, what: error.to_string() },
        }
    }
}
