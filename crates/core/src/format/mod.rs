//! The files that transcripts and annotations come in and go out as.
//!
//! Reading is `bytes -> Transcript`, writing is `source bytes + words as placed -> bytes`: an export is the
//! source document with the corrections put in, so what our model has no place for comes out again as it came in.

use crate::transcript::Format;

/// Why a file could not be read: what is wrong, where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}{}. {remedy}", place(.at))]
pub struct ReadError {
    /// What is wrong, as a clause: `this is not JSON`.
    pub what: String,
    /// Where in the file.
    pub at: At,
    /// What to do about it, as a sentence.
    pub remedy: String,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum At {
    /// The file as a whole.
    File,
    /// A line and column, counted from 1.
    Line(usize, usize),
    /// An item by its path, such as `results.items[12].start_time`.
    Path(String),
}

fn place(at: &At) -> String {
    match at {
        At::File => String::new(),
        At::Line(line, column) => format!(" at line {line}, column {column}"),
        At::Path(path) => format!(" at {path}"),
    }
}

/// The kind of transcript that these bytes hold, judged by their content and not by a name.
///
/// # Errors
/// [`ReadError`] where they are none of the kinds that [`Format`] lists.
pub fn detect(_bytes: &[u8]) -> Result<Format, ReadError> {
    Err(ReadError { what: "no kind is known yet".into(), at: At::File, remedy: String::new() })
}
