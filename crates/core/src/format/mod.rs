//! The files that transcripts and annotations come in and go out as.
//!
//! Reading is `bytes -> Transcript`, writing is `source bytes + words as placed -> bytes`: an export is the
//! source document with the corrections put in, so what our model has no place for comes out again as it came in.
//! `docs/formats.md` and `docs/annotations.md` describe both sides.

mod annotations;
mod call_analytics;
mod cues;
mod data_automation;
mod decimal;
mod draft;
mod generate;
mod json;
mod outcome;
mod payload;
mod plan;
mod recognised;
mod srt;
mod subtitle;
mod text;
mod transcribe;
mod vtt;
mod write;

pub use annotations::{ANNOTATIONS_FORMAT, ANNOTATIONS_VERSION, read_annotations, write_annotations};
pub use cues::CueOptions;
pub use outcome::peel;
pub use plan::Reviewed;
use recognised::RECOGNISER;
pub use recognised::{HeardWord, write_recognised};
pub use transcribe::{Toxic, toxicity};
pub use write::{write_srt, write_transcribe, write_vtt};

use crate::transcript::{Format, Transcript, WordId};

/// The longest file that is read, in bytes: 256 MiB. A day of speech with ten alternatives to each segment stays below it.
pub const MAX_BYTES: u64 = 256 << 20;

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
    /// A byte, counted from 0.
    Byte(usize),
    /// A line and column, counted from 1.
    Line(usize, usize),
    /// An item by its path, such as `results.items[12].start_time`.
    Path(String),
}

fn place(at: &At) -> String {
    match at {
        At::File => String::new(),
        At::Byte(offset) => format!(" at byte {offset}"),
        At::Line(line, column) => format!(" at line {line}, column {column}"),
        At::Path(path) => format!(" at {path}"),
    }
}

impl ReadError {
    fn new(what: impl Into<String>, at: At, remedy: impl Into<String>) -> Self {
        Self { what: what.into(), at, remedy: remedy.into() }
    }
}

/// Why an export could not be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// The source document, into which the corrections go, can't be read any more.
    #[error("The source of the transcript can't be read: {0}")]
    Source(#[from] ReadError),
    /// A word is placed that the transcript does not have, or is placed twice.
    #[error("Word {} is placed, but the transcript has no such word, or has it placed already. Import the transcript again", .0.0)]
    Word(WordId),
    /// A word of the transcript is not where the source document should have it.
    #[error("Word {} of the transcript is not in its source document. The file has changed since it was imported; import it again", .0.0)]
    NotInSource(WordId),
}

/// Whether a file of `bytes` bytes is short enough to be read; for a shell to ask before it reads.
///
/// # Errors
/// A sentence that names the limit, where it is longer than [`MAX_BYTES`].
pub fn check_size(bytes: u64) -> Result<(), ReadError> {
    if bytes <= MAX_BYTES {
        return Ok(());
    }
    Err(ReadError::new(
        format!("the file has {} MiB, and the limit is {} MiB", bytes.div_ceil(1 << 20), MAX_BYTES >> 20),
        At::File,
        "Split the recording and transcribe its parts, or leave the alternatives out of the transcript",
    ))
}

/// The kind of transcript that these bytes hold, judged by their content and not by a name.
///
/// # Errors
/// [`ReadError`] where they are none of the kinds that [`Format`] lists: it says what they look like.
pub fn detect(bytes: &[u8]) -> Result<Format, ReadError> {
    let text = text::decode(bytes)?;
    match text::subtitles(&text.text) {
        Some(format) => Ok(format),
        None => json::kind(&json::parse(&text.text)?),
    }
}

/// Reads a transcript of any kind that [`Format`] lists. Oddities that leave it readable become [`Transcript::notes`].
///
/// # Errors
/// [`ReadError`] where the bytes hold no transcript, or one with a time that can't be.
pub fn read(bytes: &[u8]) -> Result<Transcript, ReadError> {
    let text = text::decode(bytes)?;
    let mut transcript = match text::subtitles(&text.text) {
        Some(Format::WebVtt) => vtt::read(&text.text)?,
        Some(_) => srt::read(&text.text)?,
        None => {
            let document = json::parse(&text.text)?;
            match json::kind(&document)? {
                Format::CallAnalytics => call_analytics::read(&document)?,
                Format::DataAutomation => data_automation::read(&document)?,
                Format::Recognised => recognised::read(document)?,
                _ => transcribe::read(document)?,
            }
        }
    };
    transcript.notes.splice(0..0, text.note);
    Ok(transcript)
}
