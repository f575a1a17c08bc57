//! What alignment and the timeline need of the sound, in one decode.

use super::{MediaFile, Ports, StageError, keep, kept};
use crate::job::Job;
use crate::peaks::{Peaks, PeaksBuilder};
use crate::ports::Key;
use plumbline_core::align::{Envelope, EnvelopeBuilder};

/// Name of the stage.
pub const STAGE: &str = "sound";
/// Version of what it makes.
pub const VERSION: u32 = 1;

/// What the stage makes.
#[derive(Clone, Debug, PartialEq)]
pub struct Sound {
    /// How far the speech stands out, for alignment and gates.
    pub envelope: Envelope,
    /// The waveform, to draw.
    pub peaks: Peaks,
}

/// The key that the envelope is kept under, as the bytes of [`Envelope::to_bytes`].
pub fn envelope_key(hash: &str) -> Key {
    Key::new(STAGE, VERSION, &[hash], "envelope")
}

/// The key that the waveform is kept under, as the bytes of [`Peaks::to_bytes`].
pub fn peaks_key(hash: &str) -> Key {
    Key::new(STAGE, VERSION, &[hash], "peaks")
}

/// Envelope and waveform of the file's sound.
///
/// # Errors
/// Where there is no sound, it can't be decoded, the result can't be kept, or the job was cancelled.
pub fn run(file: MediaFile, ports: &Ports, job: &Job) -> Result<Sound, StageError> {
    let (envelope_key, peaks_key) = (envelope_key(file.hash), peaks_key(file.hash));
    let envelope = kept(ports, STAGE, &envelope_key, Envelope::from_bytes)?;
    if let (Some(envelope), Some(peaks)) = (envelope, kept(ports, STAGE, &peaks_key, Peaks::from_bytes)?) {
        return Ok(Sound { envelope, peaks });
    }
    let (mut envelope, mut peaks) = (EnvelopeBuilder::new(), PeaksBuilder::new());
    ports.media.sound(file.path, job, &mut |block| {
        envelope.push(block);
        peaks.push(block);
    })?;
    let sound = Sound { envelope: envelope.finish(), peaks: peaks.finish() };
    keep(ports, STAGE, &envelope_key, &sound.envelope.to_bytes())?;
    keep(ports, STAGE, &peaks_key, &sound.peaks.to_bytes())?;
    Ok(sound)
}
