//! Where the shots of the picture change.

use super::{MediaFile, Ports, StageError, keep, kept};
use crate::job::Job;
use crate::ports::Key;
use plumbline_core::MediaTime;

/// Name of the stage.
pub const STAGE: &str = "shots";
/// Version of what it makes.
pub const VERSION: u32 = 1;

/// The key that the times are kept under.
pub fn key(hash: &str) -> Key {
    Key::new(STAGE, VERSION, &[hash], "")
}

/// Times of the frames that begin a new shot, in order. Kept as a JSON array of microseconds.
///
/// # Errors
/// Where there is no picture, it can't be decoded, the result can't be kept, or the job was cancelled.
pub fn run(file: MediaFile, ports: &Ports, job: &Job) -> Result<Vec<MediaTime>, StageError> {
    let key = key(file.hash);
    if let Some(shots) = kept(ports, STAGE, &key, |bytes| serde_json::from_slice(bytes).ok())? {
        return Ok(shots);
    }
    let shots = ports.media.shots(file.path, job)?;
    let list: Vec<i64> = shots.iter().map(|s| s.us()).collect();
    keep(ports, STAGE, &key, serde_json::json!(list).to_string().as_bytes())?;
    Ok(shots)
}
