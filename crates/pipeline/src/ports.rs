//! What stages need of the world. Every trait has at least two real adapters in `plumbline-adapters`.

use crate::job::{Cancelled, Job};
use plumbline_core::align::Voice;
use plumbline_core::document::DocumentKind;
use plumbline_core::format::HeardWord;
use plumbline_core::frames::{Pick, Wish};
use plumbline_core::gate::{CustomGate, Luma};
use plumbline_core::onscreen::ReadLine;
use plumbline_core::transcription::Channels;
use plumbline_core::{MediaTime, Profile, Span, Timebase};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a media file holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Probe {
    /// Length of presentation, in microseconds.
    #[serde(rename = "duration_us")]
    pub duration: MediaTime,
    /// Name of the container as ffmpeg gives it, such as `mov,mp4,m4a,3gp,3g2,mj2`.
    pub container: String,
    /// The best picture stream.
    pub video: Option<VideoStream>,
    /// The best sound stream.
    pub audio: Option<AudioStream>,
}

/// A picture stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VideoStream {
    /// Codec as ffmpeg names it, such as `h264`.
    pub codec: String,
    /// Pixel format, such as `yuv420p`.
    pub pixel_format: String,
    /// Width in pixels as shown: after rotation and pixel aspect.
    pub width: u32,
    /// Height in pixels as shown.
    pub height: u32,
    /// Average frame rate as a fraction; 0/1 where unknown.
    pub frame_rate: (i32, i32),
    /// Timebase of the stream's PTS.
    pub timebase: Timebase,
    /// PTS of the first frame shown, in the stream's timebase.
    pub start_pts: i64,
}

/// A sound stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AudioStream {
    /// Codec as ffmpeg names it, such as `aac`.
    pub codec: String,
    /// Samples per second.
    pub sample_rate: u32,
    /// Number of channels.
    pub channels: u32,
}

/// A decoded picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Its exact PTS in the stream's timebase: the identity of a frame.
    pub pts: i64,
    /// When it is shown.
    pub at: MediaTime,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Rows of packed 8-bit RGB, top first, no padding: `width * height * 3` bytes.
    pub rgb: Vec<u8>,
}

/// Why media, or a model to hear them with, could not be read.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// The person stopped it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// Anything else, as a sentence: what happened, where, what to do.
    #[error("{path}: {what}. {remedy}")]
    Failed {
        /// The file.
        path: String,
        /// What happened, as a clause.
        what: String,
        /// What to do, as a sentence without its full stop.
        remedy: String,
    },
}

impl MediaError {
    /// A failure over `path`: `what` happened, as a clause; `remedy`, as a sentence without its full stop, says what to do.
    pub fn failed(path: &Path, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Failed { path: path.display().to_string(), what: what.into(), remedy: remedy.into() }
    }
}

/// What hears sound as it is decoded. Closures over the mixed samples do, too.
pub trait Listener {
    /// The next samples of the mixed sound: 16 kHz mono in `-1..1`; sample 0 is media time 0, and nothing is missing in between.
    fn mixed(&mut self, samples: &[f32]);

    /// The channels as they are in the file, one entry of the same length each, at `rate` Hz: full scale is 1, and float formats may go beyond.
    /// All values are finite. `at` is when the first sample is heard; where the file has a gap, the next block begins that much later.
    fn channels(&mut self, _at: MediaTime, _rate: u32, _channels: &[Vec<f32>]) {}
}

impl<F: FnMut(&[f32])> Listener for F {
    fn mixed(&mut self, samples: &[f32]) {
        self(samples);
    }
}

/// What is told of a picture as it is decoded.
#[derive(Clone, Copy, Debug)]
pub enum Sight<'a> {
    /// The first picture, and then about one a second.
    Close(&'a Luma<'a>),
    /// Of every picture but the first: the root of the mean square by which its luma differs from the one before, 0..=255, both brought down to a
    /// few pixels.
    Change(f32),
}

/// What looks at pictures as they are decoded: each with the time at which it is shown.
pub type Look<'a> = dyn FnMut(MediaTime, Sight<'_>) + 'a;

/// A frame that was chosen, as it was encoded.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// The frame.
    pub pick: Pick,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// The encoded picture.
    pub bytes: Vec<u8>,
}

/// What takes frames as they are encoded: called from several threads at once, in no order. After an error no more frames come.
pub type Keep<'a> = dyn Fn(Picture) -> Result<(), MediaError> + Sync + 'a;

/// What is wanted of one pass over the pictures of a file, and its sound.
pub struct Wanted<'a, 's> {
    /// Which frames.
    pub wish: &'a Wish,
    /// The frames that begin a shot, in order, where that is known; else they are found on the way.
    pub shots: Option<&'a [MediaTime]>,
    /// Is told of pictures as in [`Media::shots`], where shots are found on the way.
    pub look: Option<&'a mut Look<'a>>,
    /// Takes the frames.
    pub keep: &'a Keep<'a>,
    /// Hears the sound as it is, in a thread of its own; there must be sound then.
    pub listener: Option<&'s mut (dyn Listener + Send)>,
}

/// A frame's time and those of its neighbours; see [`Media::neighbours`].
pub type Neighbours = (Option<MediaTime>, MediaTime, Option<MediaTime>);

/// Reads media files.
///
/// All of them agree on one clock: media time 0 is where a player's clock reads 0. That is the container's own zero in MP4 and MOV, where edit
/// lists place the streams, and the first moment of the earliest stream in every other container, whose timestamps may start anywhere.
pub trait Media: Send + Sync {
    /// What the file holds. Fast; decodes little or nothing.
    ///
    /// # Errors
    /// Where the file is missing, is not media, or has neither sound nor picture.
    fn probe(&self, path: &Path) -> Result<Probe, MediaError>;

    /// Decodes the sound and hands it to `listener` block by block: the channels as they are, and all of them mixed to 16 kHz mono in `-1..1`.
    /// Sample 0 of the mix is media time 0: a stream that starts late is preceded by silence, one that starts early is cut, gaps are filled, so
    /// that sample `n` is heard at `n / 16000` s. The mix is heard through `profile`, which moves nothing in time; the channels never are.
    ///
    /// # Errors
    /// Where there is no sound, it can't be decoded, or the job was cancelled. Damage in the middle is replaced by silence.
    fn sound(&self, path: &Path, profile: Profile, job: &Job, listener: &mut dyn Listener) -> Result<(), MediaError>;

    /// The frame shown at `at` (the last one whose time is at or before it; the first frame where there is none), scaled to fit `max_edge` pixels.
    ///
    /// # Errors
    /// Where there is no picture or it can't be decoded.
    fn frame(&self, path: &Path, at: MediaTime, max_edge: u32) -> Result<Frame, MediaError>;

    /// Times of the frame before, the frame shown at `at` (as [`Media::frame`] chooses it) and the frame after, for stepping.
    ///
    /// # Errors
    /// Where there is no picture or its packets carry no times.
    fn neighbours(&self, path: &Path, at: MediaTime) -> Result<Neighbours, MediaError>;

    /// Presentation times of the frames that begin a new shot, in order; the first frame is not one of them. On the way `look` is told of
    /// every frame.
    ///
    /// # Errors
    /// Where there is no picture, it can't be decoded, or the job was cancelled.
    fn shots(&self, path: &Path, job: &Job, look: &mut Look<'_>) -> Result<Vec<MediaTime>, MediaError>;

    /// Reads the file once, and gives the frames that are wished for, its sound, and the times of the frames that begin a new shot. Frames come in
    /// exact pixels, upright, with square pixels.
    ///
    /// # Errors
    /// Where there is no picture, or none of the sound that is wanted, it can't be decoded, a frame can't be kept, or the job was cancelled.
    fn frames(&self, path: &Path, wanted: Wanted<'_, '_>, job: &Job) -> Result<Vec<MediaTime>, MediaError>;

    /// Writes a copy at `to` that every webview plays: H.264 in MP4 without B-frames, a key frame every 25 frames, the index in front, AAC sound,
    /// the long edge at most `max_edge`. The copy has the same timeline. Nothing is left at `to` unless it is whole.
    ///
    /// # Errors
    /// Where the file can't be decoded, `to` can't be written (full disk, read-only folder), or the job was cancelled.
    fn proxy(&self, path: &Path, to: &Path, max_edge: u32, job: &Job) -> Result<(), MediaError>;

    /// Writes the pictures of a part of the file at `to`, for models that look at video: four a second, H.264 in MP4, no sound, the long edge at most
    /// `max_edge`. Its time 0 is the part's start. Nothing is left at `to` unless it is whole.
    ///
    /// # Errors
    /// Where there is no picture, it can't be decoded, `to` can't be written, or the job was cancelled.
    fn clip(&self, path: &Path, part: Span<MediaTime>, to: &Path, max_edge: u32, job: &Job) -> Result<(), MediaError>;
}

/// Finds acoustic models by language.
pub trait Acoustics: Send + Sync {
    /// The model of a language, named by its tag such as `en-US`; an empty tag counts as English. `None` where this machine has none for it.
    ///
    /// # Errors
    /// Where there is one, but it can't be read, is damaged, or is of a kind that Plumbline can't use.
    fn load(&self, language: &str) -> Result<Option<Arc<Voice>>, MediaError>;
}

/// Writes down what is said in a stretch of sound.
pub trait SpeechToText: Send + Sync {
    /// What it is, with version and model, for people and for keys: `PocketSphinx 5prealpha, en-us`.
    fn name(&self) -> &str;

    /// The language that it hears, such as `en-US`.
    fn language(&self) -> &str;

    /// The lines that are said in 16 kHz mono sound in `-1..1`; times count from its first sample. Called from several threads at once.
    ///
    /// # Errors
    /// Where it can't be run, fails, or the job was cancelled.
    fn lines(&self, sound: &[f32], job: &Job) -> Result<Vec<Vec<HeardWord>>, MediaError>;
}

/// How a sound is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SoundForm {
    /// Which channels. The mix is at 16 kHz.
    pub channels: Channels,
    /// What the mix is heard through; the channels are as they are, so with any other than the default only the mix can be written.
    pub profile: Profile,
    /// Samples per second of channels that are not mixed, 8000 to 48000; the source's, or the nearest of these, where there is none.
    pub sample_rate: Option<u32>,
}

/// Writes the sound of media as files of its own.
pub trait SoundFile: Send + Sync {
    /// Writes the sound at `to` as 16-bit FLAC: sample 0 is media time 0, and nothing is missing in between. The same sound always gives the same
    /// bytes. Nothing is left at `to` unless it is whole.
    ///
    /// # Errors
    /// Where there is no sound or no such channel, it can't be decoded, `to` can't be written, or the job was cancelled.
    fn write_flac(&self, path: &Path, to: &Path, form: SoundForm, job: &Job) -> Result<(), MediaError>;
}

/// Reads the text in a picture.
pub trait ReadText: Send + Sync {
    /// What it is, with version and language, for people and for keys: `Tesseract 5.3.0, eng`.
    fn name(&self) -> &str;

    /// The lines of text that stand in the picture. Called from several threads at once.
    ///
    /// # Errors
    /// Where it can't be run, fails, or the job was cancelled.
    fn lines(&self, frame: &Frame, job: &Job) -> Result<Vec<ReadLine>, MediaError>;
}

/// A page of a document as a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PagePicture {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// The picture as JPEG.
    pub bytes: Vec<u8>,
}

/// A document's file, as it is read.
#[derive(Clone, Copy, Debug)]
pub struct DocumentFile<'a> {
    /// Its name, for people.
    pub name: &'a str,
    /// What kind of file it is.
    pub kind: DocumentKind,
    /// Its content.
    pub bytes: &'a [u8],
}

/// Reads documents.
pub trait ReadDocument: Send + Sync {
    /// The text of its pages, slides or pieces, in order; empty where it has none that can be read.
    ///
    /// # Errors
    /// Where it is damaged or locked, what it takes to read it is not there, or the job was cancelled.
    fn pages(&self, file: DocumentFile<'_>, job: &Job) -> Result<Vec<String>, MediaError>;

    /// Its first pages as pictures, at most `most`, the longer edge of each `edge` pixels; none of a kind that has no pages to look at.
    ///
    /// # Errors
    /// As [`ReadDocument::pages`].
    fn pictures(&self, file: DocumentFile<'_>, edge: u32, most: usize, job: &Job) -> Result<Vec<PagePicture>, MediaError>;
}

/// A program of the user's that gives the values of a custom gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scorer {
    /// The gate.
    pub gate: CustomGate,
    /// The program, as its user knows it.
    pub program: String,
    /// Tells what is run from anything else: the whole command, and the state of the files that it names.
    pub state: String,
}

/// Why a custom gate has no scores.
#[derive(Debug, thiserror::Error)]
pub enum ScoreError {
    /// The person stopped it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// Anything else, as a sentence: what happened, where, what to do.
    #[error("The gate {} has no scores: {program} {what}. {remedy}", gate.name())]
    Failed {
        /// The gate.
        gate: CustomGate,
        /// The program, as its user knows it.
        program: String,
        /// What it did, as a clause that goes on from its name.
        what: String,
        /// What to do, as a sentence without its full stop.
        remedy: String,
    },
}

impl ScoreError {
    /// A failure of a program: `what` it did, as a clause that goes on from its name; `remedy`, as a sentence without its full stop.
    pub fn failed(scorer: &Scorer, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Failed { gate: scorer.gate, program: scorer.program.clone(), what: what.into(), remedy: remedy.into() }
    }
}

/// Asks the user's programs for scores. What goes in and comes out is told in `docs/gates.md`.
pub trait Scorers: Send + Sync {
    /// The programs that this machine has, as they are at the moment.
    fn scorers(&self) -> Vec<Scorer>;

    /// What the program writes when it is given `input`.
    ///
    /// # Errors
    /// Where it can't be started, fails, takes too long or writes too much, or the job was cancelled.
    fn score(&self, scorer: &Scorer, input: &[u8], job: &Job) -> Result<Vec<u8>, ScoreError>;
}

/// Names what a stage makes: a hash over stage, version, inputs and configuration.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key(String);

impl Key {
    /// The key of what `stage` at `version` makes of `inputs` (content hashes) under `config`.
    pub fn new(stage: &str, version: u32, inputs: &[&str], config: &str) -> Self {
        let mut hash = blake3::Hasher::new();
        for part in [stage, &version.to_string(), config].into_iter().chain(inputs.iter().copied()) {
            hash.update(&(part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        Self(format!("{stage}-{}", &hash.finalize().to_hex()[..32]))
    }

    /// The key with this text, as [`Key::as_str`] gave it.
    pub fn named(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The key as text, fit for a file name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Keeps what stages make. Losing it costs time, never work.
pub trait Artifacts: Send + Sync {
    /// What is kept under the key, if anything.
    ///
    /// # Errors
    /// Where it is there but can't be read.
    fn get(&self, key: &Key) -> std::io::Result<Option<Vec<u8>>>;

    /// Whether anything is kept under the key; cheaper than to read it.
    ///
    /// # Errors
    /// Where that can't be told.
    fn has(&self, key: &Key) -> std::io::Result<bool> {
        Ok(self.get(key)?.is_some())
    }

    /// Keeps `bytes` under the key; whole or not at all.
    ///
    /// # Errors
    /// Where it can't be written.
    fn put(&self, key: &Key, bytes: &[u8]) -> std::io::Result<()>;

    /// A path for a file artifact with the given extension. Its folder exists; the file exists only once it is whole, so whoever writes it must
    /// write beside it and rename.
    ///
    /// # Errors
    /// Where the folder can't be made.
    fn file(&self, key: &Key, extension: &str) -> std::io::Result<PathBuf>;
}
