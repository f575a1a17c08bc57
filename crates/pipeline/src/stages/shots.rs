//! Where the shots of the picture change, and what it is like, in one decode.

use super::{MediaFile, Ports, StageError, keep, kept};
use crate::job::Job;
use crate::ports::Key;
use plumbline_core::MediaTime;
use plumbline_core::gate::{PictureFacts, PictureFactsBuilder};
use plumbline_core::stills::{Still, StillsBuilder};

/// Name of the stage.
pub const STAGE: &str = "shots";
/// Version of what it makes.
pub const VERSION: u32 = 1;

/// What the stage makes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pictures {
    /// Times of the frames that begin a new shot, in order.
    pub shots: Vec<MediaTime>,
    /// What the picture is like, for gates.
    pub facts: PictureFacts,
    /// Where it hardly changes, in order; together they cover the media.
    pub stills: Vec<Still>,
}

/// The key that the times are kept under, as a JSON array of microseconds.
pub fn key(hash: &str) -> Key {
    Key::new(STAGE, VERSION, &[hash], "")
}

/// The key that the facts are kept under, as JSON.
pub fn facts_key(hash: &str) -> Key {
    Key::new(STAGE, VERSION, &[hash], &format!("facts {}", plumbline_core::gate::FACTS))
}

/// The key that stretches in which the picture hardly changes are kept under, as JSON.
pub fn stills_key(hash: &str) -> Key {
    Key::new(STAGE, VERSION, &[hash], "stills 1")
}

/// Everything that is made of the file's pictures.
///
/// # Errors
/// Where there is no picture, it can't be decoded, the result can't be kept, or the job was cancelled.
pub fn run(file: MediaFile, ports: &Ports, job: &Job) -> Result<Pictures, StageError> {
    let (shots_key, facts_key, stills_key) = (key(file.hash), facts_key(file.hash), stills_key(file.hash));
    let shots = kept(ports, STAGE, &shots_key, |bytes| serde_json::from_slice(bytes).ok())?;
    let facts = kept(ports, STAGE, &facts_key, |bytes| serde_json::from_slice(bytes).ok())?;
    let stills = kept(ports, STAGE, &stills_key, |bytes| serde_json::from_slice(bytes).ok())?;
    if let (Some(shots), Some(facts), Some(stills)) = (shots, facts, stills) {
        return Ok(Pictures { shots, facts, stills });
    }
    let (mut facts, mut stills) = (PictureFactsBuilder::new(), StillsBuilder::new());
    let shots = ports.media.shots(file.path, job, &mut |at, luma| {
        facts.push(at, luma);
        stills.push(at, luma);
    })?;
    let end = ports.media.probe(file.path)?.duration;
    let pictures = Pictures { shots, facts: facts.finish(), stills: stills.finish(end) };
    let list: Vec<i64> = pictures.shots.iter().map(|s| s.us()).collect();
    keep(ports, STAGE, &shots_key, serde_json::json!(list).to_string().as_bytes())?;
    keep(ports, STAGE, &stills_key, serde_json::json!(pictures.stills).to_string().as_bytes())?;
    keep(ports, STAGE, &facts_key, serde_json::json!(pictures.facts).to_string().as_bytes())?;
    Ok(pictures)
}
