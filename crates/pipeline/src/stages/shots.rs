//! Where the shots of the picture change, and what it is like, in one decode.

use super::{MediaFile, Ports, StageError, keep, kept};
use crate::job::Job;
use crate::ports::{Key, Sight};
use plumbline_core::MediaTime;
use plumbline_core::crossmodal::PictureChanges;
use plumbline_core::gate::{PictureFacts, PictureFactsBuilder};
use plumbline_core::stills::{Still, StillsBuilder};

/// Name of the stage.
pub const STAGE: &str = "shots";
/// Version of what it makes.
pub const VERSION: u32 = 2;

/// What the stage makes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pictures {
    /// Times of the frames that begin a new shot, in order.
    pub shots: Vec<MediaTime>,
    /// What the picture is like, for gates.
    pub facts: PictureFacts,
    /// Where it hardly changes, in order; together they cover the media.
    pub stills: Vec<Still>,
    /// How much it changes from frame to frame.
    pub changes: PictureChanges,
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

/// The key that changes from frame to frame are kept under, as the bytes of [`PictureChanges::to_bytes`].
pub fn changes_key(hash: &str) -> Key {
    Key::new(STAGE, VERSION, &[hash], "changes 1")
}

/// Everything that is made of the file's pictures.
///
/// # Errors
/// Where there is no picture, it can't be decoded, the result can't be kept, or the job was cancelled.
pub fn run(file: MediaFile, ports: &Ports, job: &Job) -> Result<Pictures, StageError> {
    let (facts_key, stills_key) = (facts_key(file.hash), stills_key(file.hash));
    let shots = kept(ports, STAGE, &key(file.hash), |bytes| serde_json::from_slice(bytes).ok())?;
    let facts = kept(ports, STAGE, &facts_key, |bytes| serde_json::from_slice(bytes).ok())?;
    let stills = kept(ports, STAGE, &stills_key, |bytes| serde_json::from_slice(bytes).ok())?;
    let changes = kept(ports, STAGE, &changes_key(file.hash), PictureChanges::from_bytes)?;
    if let (Some(shots), Some(facts), Some(stills), Some(changes)) = (shots, facts, stills, changes) {
        return Ok(Pictures { shots, facts, stills, changes });
    }
    let mut watcher = Watcher::default();
    let shots = ports.media.shots(file.path, job, &mut |at, sight| watcher.look(at, sight))?;
    watcher.keep(shots, file, ports)
}

/// What the file's pictures are like, where that is kept. Nothing is decoded.
///
/// # Errors
/// Where the store can't be read.
pub fn known_facts(hash: &str, ports: &Ports) -> Result<Option<PictureFacts>, StageError> {
    kept(ports, STAGE, &facts_key(hash), |bytes| serde_json::from_slice(bytes).ok())
}

/// The times alone, where they are kept.
pub(super) fn known(file: MediaFile, ports: &Ports) -> Result<Option<Vec<MediaTime>>, StageError> {
    kept(ports, STAGE, &key(file.hash), |bytes| serde_json::from_slice(bytes).ok())
}

/// Makes what is made of pictures as they come by.
#[derive(Default)]
pub(super) struct Watcher {
    facts: PictureFactsBuilder,
    stills: StillsBuilder,
    changes: PictureChanges,
}

impl Watcher {
    /// Takes what is told of the picture shown at `at`.
    pub(super) fn look(&mut self, at: MediaTime, sight: Sight<'_>) {
        match sight {
            Sight::Close(luma) => {
                self.facts.push(at, luma);
                self.stills.push(at, luma);
            }
            Sight::Change(change) => self.changes.push(at, change),
        }
    }

    /// Keeps everything, now that all pictures came by and these shots were found.
    pub(super) fn keep(self, shots: Vec<MediaTime>, file: MediaFile, ports: &Ports) -> Result<Pictures, StageError> {
        let end = ports.media.probe(file.path)?.duration;
        let pictures = Pictures { shots, facts: self.facts.finish(), stills: self.stills.finish(end), changes: self.changes };
        pictures.keep(file.hash, ports)?;
        Ok(pictures)
    }
}

impl Pictures {
    fn keep(&self, hash: &str, ports: &Ports) -> Result<(), StageError> {
        keep(ports, STAGE, &key(hash), serde_json::json!(self.shots).to_string().as_bytes())?;
        keep(ports, STAGE, &changes_key(hash), &self.changes.to_bytes())?;
        keep(ports, STAGE, &stills_key(hash), serde_json::json!(self.stills).to_string().as_bytes())?;
        keep(ports, STAGE, &facts_key(hash), serde_json::json!(self.facts).to_string().as_bytes())
    }
}
