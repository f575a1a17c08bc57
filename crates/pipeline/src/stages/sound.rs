//! What alignment, the word stage and the timeline need of the sound, in one decode.

use super::{MediaFile, Ports, StageError, keep, kept};
use crate::job::Job;
use crate::peaks::{Peaks, PeaksBuilder};
use crate::ports::Key;
use plumbline_core::align::{Cepstra, CepstraBuilder, Envelope, EnvelopeBuilder};

/// Name of the stage.
pub const STAGE: &str = "sound";
/// Version of what it makes.
pub const VERSION: u32 = 1;

/// What the stage makes.
#[derive(Clone, Debug, PartialEq)]
pub struct Sound {
    /// How far the speech stands out, for alignment and gates.
    pub envelope: Envelope,
    /// What the words sound like, for the word stage.
    pub cepstra: Cepstra,
    /// The waveform, to draw.
    pub peaks: Peaks,
}

/// The key that the envelope is kept under, as the bytes of [`Envelope::to_bytes`].
pub fn envelope_key(hash: &str) -> Key {
    Key::new(STAGE, VERSION, &[hash], "envelope")
}

/// The key that the cepstra are kept under, as the bytes of [`Cepstra::to_bytes`].
pub fn cepstra_key(hash: &str) -> Key {
    Key::new(STAGE, VERSION, &[hash], "cepstra")
}

/// The key that the waveform is kept under, as the bytes of [`Peaks::to_bytes`].
pub fn peaks_key(hash: &str) -> Key {
    Key::new(STAGE, VERSION, &[hash], "peaks")
}

/// The envelope of the file's sound.
///
/// # Errors
/// As [`run`].
pub fn envelope(file: MediaFile, ports: &Ports, job: &Job) -> Result<Envelope, StageError> {
    match kept(ports, STAGE, &envelope_key(file.hash), Envelope::from_bytes)? {
        Some(envelope) => Ok(envelope),
        None => Ok(run(file, ports, job)?.envelope),
    }
}

/// The cepstra of the file's sound.
///
/// # Errors
/// As [`run`].
pub fn cepstra(file: MediaFile, ports: &Ports, job: &Job) -> Result<Cepstra, StageError> {
    match kept(ports, STAGE, &cepstra_key(file.hash), Cepstra::from_bytes)? {
        Some(cepstra) => Ok(cepstra),
        None => Ok(run(file, ports, job)?.cepstra),
    }
}

/// Everything that is made of the file's sound.
///
/// # Errors
/// Where there is no sound, it can't be decoded, the result can't be kept, or the job was cancelled.
pub fn run(file: MediaFile, ports: &Ports, job: &Job) -> Result<Sound, StageError> {
    let (envelope_key, cepstra_key, peaks_key) = (envelope_key(file.hash), cepstra_key(file.hash), peaks_key(file.hash));
    let envelope = kept(ports, STAGE, &envelope_key, Envelope::from_bytes)?;
    let cepstra = kept(ports, STAGE, &cepstra_key, Cepstra::from_bytes)?;
    if let (Some(envelope), Some(cepstra), Some(peaks)) = (envelope, cepstra, kept(ports, STAGE, &peaks_key, Peaks::from_bytes)?) {
        return Ok(Sound { envelope, cepstra, peaks });
    }
    let (mut envelope, mut cepstra, mut peaks) = (EnvelopeBuilder::new(), CepstraBuilder::new(), PeaksBuilder::new());
    ports.media.sound(file.path, job, &mut |block| {
        envelope.push(block);
        cepstra.push(block);
        peaks.push(block);
    })?;
    let sound = Sound { envelope: envelope.finish(), cepstra: cepstra.finish(), peaks: peaks.finish() };
    keep(ports, STAGE, &envelope_key, &sound.envelope.to_bytes())?;
    keep(ports, STAGE, &cepstra_key, &sound.cepstra.to_bytes())?;
    keep(ports, STAGE, &peaks_key, &sound.peaks.to_bytes())?;
    Ok(sound)
}
