//! What alignment, the word stage, the timeline and the gates need of the sound, in one decode.

use super::{MediaFile, Ports, StageError, keep, kept};
use crate::job::Job;
use crate::peaks::{Peaks, PeaksBuilder};
use crate::ports::{Key, Listener};
use plumbline_core::align::{Cepstra, CepstraBuilder, Envelope, EnvelopeBuilder};
use plumbline_core::gate::{SoundFacts, SoundFactsBuilder};
use plumbline_core::{MediaTime, Profile};

/// Name of the stage.
pub const STAGE: &str = "sound";
/// Version of what it makes.
pub const VERSION: u32 = 1;
/// Version of how profiles prepare the sound.
const PROFILES: u32 = 1;

/// What the stage makes.
#[derive(Clone, Debug, PartialEq)]
pub struct Sound {
    /// How far the speech stands out, for alignment and gates.
    pub envelope: Envelope,
    /// What the words sound like, for the word stage.
    pub cepstra: Cepstra,
    /// The waveform, to draw.
    pub peaks: Peaks,
    /// What it is like, for gates.
    pub facts: SoundFacts,
}

/// Makes all of it as the sound comes in.
#[derive(Default)]
struct Ears {
    envelope: EnvelopeBuilder,
    cepstra: CepstraBuilder,
    peaks: PeaksBuilder,
    facts: SoundFactsBuilder,
}

impl Listener for Ears {
    fn mixed(&mut self, samples: &[f32]) {
        self.envelope.push(samples);
        self.cepstra.push(samples);
        self.peaks.push(samples);
        self.facts.push_mixed(samples);
    }

    fn channels(&mut self, at: MediaTime, rate: u32, channels: &[Vec<f32>]) {
        self.facts.push_channels(at, rate, channels);
    }
}

/// What is made of the mixed sound through a profile: all that the aligner hears.
#[derive(Default)]
struct ProfiledEars {
    envelope: EnvelopeBuilder,
    cepstra: CepstraBuilder,
}

impl Listener for ProfiledEars {
    fn mixed(&mut self, samples: &[f32]) {
        self.envelope.push(samples);
        self.cepstra.push(samples);
    }
}

/// The key that the envelope through a profile is kept under, as the bytes of [`Envelope::to_bytes`].
pub fn envelope_key(hash: &str, profile: Profile) -> Key {
    Key::new(STAGE, VERSION, &[hash], &through("envelope", profile))
}

/// The key that the cepstra through a profile are kept under, as the bytes of [`Cepstra::to_bytes`].
pub fn cepstra_key(hash: &str, profile: Profile) -> Key {
    Key::new(STAGE, VERSION, &[hash], &through("cepstra", profile))
}

/// The configuration of what is made of the sound through a profile. That of the sound as it is names none, so that what was kept stays found.
pub(super) fn through(what: &str, profile: Profile) -> String {
    if profile.is_as_it_is() { what.to_owned() } else { format!("{what}, {profile} ({PROFILES})") }
}

/// The key that the waveform is kept under, as the bytes of [`Peaks::to_bytes`].
pub fn peaks_key(hash: &str) -> Key {
    Key::new(STAGE, VERSION, &[hash], "peaks")
}

/// The key that the facts are kept under, as JSON.
pub fn facts_key(hash: &str) -> Key {
    Key::new(STAGE, VERSION, &[hash], &format!("facts {}", plumbline_core::gate::FACTS))
}

/// The envelope of the file's sound through a profile.
///
/// # Errors
/// As [`run`].
pub fn envelope(file: MediaFile, profile: Profile, ports: &Ports, job: &Job) -> Result<Envelope, StageError> {
    match kept(ports, STAGE, &envelope_key(file.hash, profile), Envelope::from_bytes)? {
        Some(envelope) => Ok(envelope),
        None => Ok(heard(file, profile, ports, job)?.0),
    }
}

/// The cepstra of the file's sound through a profile.
///
/// # Errors
/// As [`run`].
pub fn cepstra(file: MediaFile, profile: Profile, ports: &Ports, job: &Job) -> Result<Cepstra, StageError> {
    match kept(ports, STAGE, &cepstra_key(file.hash, profile), Cepstra::from_bytes)? {
        Some(cepstra) => Ok(cepstra),
        None => Ok(heard(file, profile, ports, job)?.1),
    }
}

/// What the aligner hears, made anew and kept.
fn heard(file: MediaFile, profile: Profile, ports: &Ports, job: &Job) -> Result<(Envelope, Cepstra), StageError> {
    if profile.is_as_it_is() {
        return run(file, ports, job).map(|sound| (sound.envelope, sound.cepstra));
    }
    let mut ears = ProfiledEars::default();
    ports.media.sound(file.path, profile, job, &mut ears)?;
    let (envelope, cepstra) = (ears.envelope.finish(), ears.cepstra.finish());
    keep(ports, STAGE, &envelope_key(file.hash, profile), &envelope.to_bytes())?;
    keep(ports, STAGE, &cepstra_key(file.hash, profile), &cepstra.to_bytes())?;
    Ok((envelope, cepstra))
}

/// What the file's sound is like.
///
/// # Errors
/// As [`run`].
pub fn facts(file: MediaFile, ports: &Ports, job: &Job) -> Result<SoundFacts, StageError> {
    match kept(ports, STAGE, &facts_key(file.hash), read_facts)? {
        Some(facts) => Ok(facts),
        None => Ok(run(file, ports, job)?.facts),
    }
}

/// What the file's sound is like, where that is kept. Nothing is decoded.
///
/// # Errors
/// Where the store can't be read.
pub fn known_facts(hash: &str, ports: &Ports) -> Result<Option<SoundFacts>, StageError> {
    kept(ports, STAGE, &facts_key(hash), read_facts)
}

fn read_facts(bytes: &[u8]) -> Option<SoundFacts> {
    serde_json::from_slice(bytes).ok()
}

/// Everything that is made of the file's sound as it is.
///
/// # Errors
/// Where there is no sound, it can't be decoded, the result can't be kept, or the job was cancelled.
pub fn run(file: MediaFile, ports: &Ports, job: &Job) -> Result<Sound, StageError> {
    let as_it_is = Profile::default();
    let (envelope_key, cepstra_key) = (envelope_key(file.hash, as_it_is), cepstra_key(file.hash, as_it_is));
    let peaks_key = peaks_key(file.hash);
    let envelope = kept(ports, STAGE, &envelope_key, Envelope::from_bytes)?;
    let cepstra = kept(ports, STAGE, &cepstra_key, Cepstra::from_bytes)?;
    let (peaks, facts) = (kept(ports, STAGE, &peaks_key, Peaks::from_bytes)?, kept(ports, STAGE, &facts_key(file.hash), read_facts)?);
    if let (Some(envelope), Some(cepstra), Some(peaks), Some(facts)) = (envelope, cepstra, peaks, facts) {
        return Ok(Sound { envelope, cepstra, peaks, facts });
    }
    let mut ears = Ears::default();
    ports.media.sound(file.path, as_it_is, job, &mut ears)?;
    let Ears { envelope, cepstra, peaks, facts } = ears;
    let sound = Sound { envelope: envelope.finish(), cepstra: cepstra.finish(), peaks: peaks.finish(), facts: facts.finish() };
    keep(ports, STAGE, &envelope_key, &sound.envelope.to_bytes())?;
    keep(ports, STAGE, &cepstra_key, &sound.cepstra.to_bytes())?;
    keep(ports, STAGE, &peaks_key, &sound.peaks.to_bytes())?;
    keep(ports, STAGE, &facts_key(file.hash), serde_json::json!(sound.facts).to_string().as_bytes())?;
    Ok(sound)
}
