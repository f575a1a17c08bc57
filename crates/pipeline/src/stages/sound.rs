//! What alignment and the timeline need of the sound, in one decode.

use super::{MediaFile, Ports, StageError, keep, kept};
use crate::job::Job;
use crate::peaks::{Peaks, PeaksBuilder};
use crate::ports::Key;

/// Name of the stage.
pub const STAGE: &str = "sound";
/// Version of what it makes.
pub const VERSION: u32 = 1;

/// What the stage makes.
#[derive(Clone, Debug, PartialEq)]
pub struct Sound {
    /// The waveform to draw.
    pub peaks: Peaks,
}

/// The key that the waveform is kept under, as the bytes of [`Peaks::to_bytes`].
pub fn peaks_key(hash: &str) -> Key {
    Key::new(STAGE, VERSION, &[hash], "peaks")
}

/// The waveform of the file.
///
/// # Errors
/// Where there is no sound, it can't be decoded, the result can't be kept, or the job was cancelled.
pub fn run(file: MediaFile, ports: &Ports, job: &Job) -> Result<Sound, StageError> {
    let key = peaks_key(file.hash);
    if let Some(peaks) = kept(ports, STAGE, &key, Peaks::from_bytes)? {
        return Ok(Sound { peaks });
    }
    let mut peaks = PeaksBuilder::new();
    ports.media.sound(file.path, job, &mut |block| peaks.push(block))?;
    let peaks = peaks.finish();
    keep(ports, STAGE, &key, &peaks.to_bytes())?;
    Ok(Sound { peaks })
}
