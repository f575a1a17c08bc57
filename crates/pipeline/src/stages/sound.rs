//! What alignment and the timeline need of the sound, in one decode.

use super::{MediaFile, Ports, StageError, keep, kept};
use crate::job::Job;
use crate::peaks::PeaksBuilder;
use crate::ports::Key;
use plumbline_core::align::{Envelope, EnvelopeBuilder};

/// Name of the stage.
pub const STAGE: &str = "sound";
/// Version of what it makes.
pub const VERSION: u32 = 1;

/// The key that the waveform is kept under, as the bytes of [`crate::peaks::Peaks::to_bytes`].
pub fn peaks_key(hash: &str) -> Key {
    Key::new(STAGE, VERSION, &[hash], "peaks")
}

/// The key that the envelope is kept under, as the bytes of [`Envelope::to_bytes`].
pub fn envelope_key(hash: &str) -> Key {
    Key::new(STAGE, VERSION, &[hash], "envelope")
}

/// The envelope of the sound; the waveform is kept beside it. The envelope is kept last: where it is, both are.
///
/// # Errors
/// Where there is no sound, it can't be decoded, the result can't be kept, or the job was cancelled.
pub fn run(file: MediaFile, ports: &Ports, job: &Job) -> Result<Envelope, StageError> {
    if let Some(envelope) = kept(ports, STAGE, &envelope_key(file.hash), Envelope::from_bytes)? {
        return Ok(envelope);
    }
    let (mut peaks, mut envelope) = (PeaksBuilder::new(), EnvelopeBuilder::new());
    ports.media.sound(file.path, job, &mut |block| {
        peaks.push(block);
        envelope.push(block);
    })?;
    let envelope = envelope.finish();
    keep(ports, STAGE, &peaks_key(file.hash), &peaks.finish().to_bytes())?;
    keep(ports, STAGE, &envelope_key(file.hash), &envelope.to_bytes())?;
    // What is read back next time is used this time, too, so that both times give the same numbers.
    Ok(Envelope::from_bytes(&envelope.to_bytes()).unwrap_or(envelope))
}
