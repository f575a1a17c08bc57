//! What is told of a stretch of a media.

use plumbline_core::{Delta, MediaTime, Span};
use plumbline_project::MediaId;
use plumbline_project::views::Decision;

/// A stretch of a media with all that is known of it: a line of the transcript, or a window of fixed length. What is not known is none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    /// Which media.
    pub media: MediaKey,
    /// Which row of the media, from 0.
    pub row: u32,
    /// Where in the media.
    pub span: Span<MediaTime>,
    /// What is said.
    pub said: Option<SaidFeatures>,
    /// Probability, 0..1, that the words lie within 100 ms of where they were heard: the mean over those that were.
    pub alignment_confidence: Option<f32>,
    /// What is left between words and sound, as the clear window measured it whose centre lies nearest, up to 15 s from the middle.
    pub residual: Option<Delta>,
    /// Media time minus transcript time under the map in force, at the middle.
    pub map_drift: Option<Delta>,
    /// The sound.
    pub sound: SoundFeatures,
    /// The pictures.
    pub picture: PictureFeatures,
    /// Where shots begin in it; none where nobody looked.
    pub shots: Option<Vec<MediaTime>>,
    /// Annotations that overlap it, by their start; none of a media without any.
    pub annotations: Option<Vec<AnnotationFeature>>,
    /// Texts of the annotations that are of text on screen, each once; none of a media without annotations.
    pub text_on_screen: Option<Vec<String>>,
    /// How far what annotations say is borne out.
    pub support: Support,
    /// Flags that fail there; none where the media was not measured.
    pub flags: Option<Vec<FlagFeature>>,
    /// Direction of what is said, of length 1.
    pub embedding: Option<Vec<f32>>,
    /// Direction of the frame that is shown, of length 1.
    pub picture_embedding: Option<Vec<f32>>,
}

/// A media by id and name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaKey {
    /// Its id.
    pub id: MediaId,
    /// Its file's name.
    pub name: String,
}

impl Default for MediaKey {
    fn default() -> Self {
        Self { id: MediaId(String::new()), name: String::new() }
    }
}

/// What is said in a stretch, as people left it. Words that were removed, or that the media lost, are not in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SaidFeatures {
    /// The one speaker who speaks; none where the source knows none, or several speak.
    pub speaker: Option<String>,
    /// Main language of the transcript, as the source writes it.
    pub language: Option<String>,
    /// The words with their punctuation.
    pub text: String,
    /// The words.
    pub words: Vec<WordFeature>,
    /// Mean confidence of the recogniser, 0..1.
    pub confidence_mean: Option<f32>,
    /// Least confidence of the recogniser, 0..1.
    pub confidence_min: Option<f32>,
    /// Words a second over the whole stretch; none for one of no length.
    pub words_per_second: Option<f32>,
}

/// A word.
#[derive(Clone, Debug, PartialEq)]
pub struct WordFeature {
    /// Its text with the punctuation behind it.
    pub text: String,
    /// When it is spoken.
    pub span: Span<MediaTime>,
    /// Confidence of the recogniser, 0..1.
    pub confidence: Option<f32>,
    /// A person changed its text, its time, its speaker or its line.
    pub edited: bool,
}

/// The sound of a stretch: means of the 10 s stretches that facts are kept for, by how much of each lies in it; and four figures of the whole media.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SoundFeatures {
    /// Share of clipped samples, 0..1.
    pub clipped: Option<f32>,
    /// Milliseconds of dropouts in 10 s.
    pub dropped_ms: Option<f32>,
    /// Level that a tenth is above, in dB of full scale.
    pub loud_db: Option<f32>,
    /// Level that a tenth is below, in dB of full scale.
    pub floor_db: Option<f32>,
    /// How far mains hum stands out, in dB.
    pub hum_db: Option<f32>,
    /// Correlation of two channels, -1..1.
    pub correlation: Option<f32>,
    /// Integrated loudness of the media, in LUFS.
    pub media_loudness_lufs: Option<f32>,
    /// True peak of the media, in dBTP.
    pub media_true_peak_dbtp: Option<f32>,
    /// Share of the media that is silent, 0..1.
    pub media_silence: Option<f32>,
    /// Level of the first channel over the second, in dB.
    pub media_imbalance_db: Option<f32>,
}

/// The pictures of a stretch, as [`SoundFeatures`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PictureFeatures {
    /// Fine detail of the sharpest picture, 0..1.
    pub sharpness: Option<f32>,
    /// Share of pixels at the ends of the scale, 0..1.
    pub exposure: Option<f32>,
    /// Share of pictures that are black, 0..1.
    pub black: Option<f32>,
    /// Share of the picture that is torn into lines, 0..1.
    pub torn: Option<f32>,
    /// Share of the stretch in which the picture stands still for 2 s and longer, 0..1.
    pub still: Option<f32>,
}

/// How far what annotations say is borne out by what is said and shown: of those that overlap the stretch the one that is least.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Support {
    /// Share of a text that was read in the picture or is said, 0..1.
    pub text: Option<f32>,
    /// How well words say what is quoted, 0..1.
    pub quote: Option<f32>,
    /// Share of a summary's words that are said or shown, 0..1.
    pub summary: Option<f32>,
    /// Cosine of a summary's meaning and that of what is said, -1..1.
    pub meaning: Option<f32>,
}

/// An annotation.
#[derive(Clone, Debug, PartialEq)]
pub struct AnnotationFeature {
    /// Its id, unique in its media.
    pub id: String,
    /// What kind of thing.
    pub label: String,
    /// What it says.
    pub text: String,
    /// Who or what made it.
    pub source: Option<String>,
    /// When.
    pub span: Span<MediaTime>,
    /// Confidence of its maker, 0..1.
    pub confidence: Option<f32>,
}

/// A flag that fails, or was drawn to be checked.
#[derive(Clone, Debug, PartialEq)]
pub struct FlagFeature {
    /// Its id.
    pub id: String,
    /// Name of its gate.
    pub gate: &'static str,
    /// What was measured, in the gate's unit; none while its gate is checked and nobody decided.
    pub value: Option<f64>,
    /// The limit, in the gate's unit.
    pub limit: f64,
    /// When.
    pub span: Span<MediaTime>,
    /// What a person decided.
    pub decision: Option<Decision>,
}
