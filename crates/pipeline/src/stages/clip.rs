//! A part of a media as a video of its own, for models that look at video.

use super::{MediaFile, Ports, StageError};
use crate::job::Job;
use crate::models::Part;
use crate::ports::Key;
use plumbline_core::{MediaTime, Span};
use std::path::PathBuf;

/// Name of the stage.
pub const STAGE: &str = "clip";
/// Version of what it makes.
pub const VERSION: u32 = 1;
/// Long edge in pixels for models of which none is known.
pub const EDGE: u32 = 672;
/// A request holds 25 MB at most, and its video makes it a third larger than it is.
const LARGEST: u64 = 18_000_000;

/// A clip that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clip {
    /// Its file, MP4.
    pub path: PathBuf,
    /// What it shows.
    pub span: Span<MediaTime>,
}

/// The clip of a part, made where it is not kept yet. Its long edge is at most `max_edge` pixels.
///
/// # Errors
/// Where there is no picture, it can't be decoded, the clip can't be written, or the job was cancelled.
pub fn run(file: MediaFile, span: Span<MediaTime>, max_edge: u32, ports: &Ports, job: &Job) -> Result<Clip, StageError> {
    let key = Key::new(STAGE, VERSION, &[file.hash], &format!("{} to {}, {max_edge}", span.start.us(), span.end.us()));
    let path = ports.artifacts.file(&key, "mp4").map_err(|source| StageError::Artifact { stage: STAGE, did: "kept", source })?;
    if !path.exists() {
        ports.media.clip(file.path, span, &path, max_edge, job)?;
    }
    Ok(Clip { path, span })
}

/// The clip as it is sent.
///
/// # Errors
/// Where it can't be read, or is larger than services take.
pub fn part(clip: &Clip) -> Result<Part, StageError> {
    let unread = |source| StageError::Artifact { stage: STAGE, did: "read", source };
    let size = std::fs::metadata(&clip.path).map_err(unread)?.len();
    if size > LARGEST {
        return Err(StageError::Clip { from: clip.span.start, to: clip.span.end, bytes: size });
    }
    let bytes = std::fs::read(&clip.path).map_err(unread)?;
    Ok(Part::Video { kind: "mp4".into(), length: clip.span.end - clip.span.start, bytes: bytes.into() })
}
