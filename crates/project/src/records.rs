//! What a project keeps of things.

use plumbline_core::align::Residual;
use plumbline_core::gate::{Measure, Place};
use plumbline_core::{Annotation, MediaTime, Region, Span, WordId, gate::GateId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Which media: the first half of its content hash in hex. The same bytes are the same media in every project.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(transparent)]
#[ts(type = "string")]
pub struct MediaId(pub String);

impl MediaId {
    /// The id of content with this BLAKE3 hash in hex.
    pub fn of_hash(hash: &str) -> Self {
        Self(hash.chars().take(32).collect())
    }
}

impl std::fmt::Display for MediaId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A media file as the project knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaRecord {
    /// BLAKE3 of its content, in hex: finds the file again when it moved.
    pub hash: String,
    /// Its path with forward slashes: relative to the project's folder, or absolute where there is no way from one to the other.
    pub path: String,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// Its length.
    #[serde(rename = "duration_us")]
    pub duration: MediaTime,
    /// Its pictures, if any.
    pub picture: Option<Picture>,
    /// Whether it has sound.
    pub has_audio: bool,
    /// Whether a webview plays it as it is; else a proxy is made.
    pub plays: bool,
}

impl MediaRecord {
    /// The file's name without folders.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

/// The pictures of a media.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// Width as shown, in pixels.
    pub width: u32,
    /// Height as shown, in pixels.
    pub height: u32,
    /// Average frames per second as a fraction; 0/1 where unknown.
    pub frame_rate: (i32, i32),
}

/// What was measured of a media, for one state of its words.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Analysis {
    /// What the gates measured.
    pub measures: Vec<Measure>,
    /// Where in the media the places of the measures lay then, one each; set when it is kept. Empty in analyses from before this was kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spans: Vec<Span<MediaTime>>,
    /// Residuals under the map in force.
    pub residuals: Vec<Residual>,
    /// Shot changes.
    #[serde(rename = "shots_us")]
    pub shots: Vec<MediaTime>,
    /// The version of the facts of sound and picture that it rests on; 0 in analyses from before there were any.
    #[serde(default)]
    pub facts: u32,
    /// Hash of the transcript that the scores of custom gates speak of; set when it is kept, empty where there are no such scores.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub scored: String,
}

/// A decision on a flag, with what was on the screen when it was taken: the label that tuning learns from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// What was decided.
    pub decision: super::views::Decision,
    /// The gate.
    pub gate: GateId,
    /// Where.
    pub place: Place,
    /// The value that the reviewer saw.
    pub value: f64,
    /// The value with its sign, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<f64>,
    /// The limit then.
    pub limit: f64,
    /// Version of the thresholds then.
    pub thresholds: u32,
    /// A remark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Who decided; empty in verdicts from before this was kept here.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub by: String,
}

/// What people did to an annotation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AnnotationEdit {
    /// As it stands now; none where it was removed.
    pub annotation: Option<Annotation>,
}

/// What is wrong where no gate said so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum DefectKind {
    /// A word that was not said.
    WrongWord,
    /// Speech that was not written down.
    MissingWords,
    /// Words without speech.
    ExtraWords,
    /// Words beside their sound.
    WrongTime,
    /// Words of somebody else.
    WrongSpeaker,
    /// An annotation that says something wrong.
    WrongAnnotation,
    /// Something in the picture that nobody annotated.
    MissingAnnotation,
    /// Something that must not be published.
    Moderation,
    /// Anything else.
    Other,
}

/// A defect that a person found and no gate did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Defect {
    /// Which defect: given by whoever adds it, unique in the project.
    pub id: String,
    /// What is wrong.
    pub kind: DefectKind,
    /// When, in the media.
    pub span: Span<MediaTime>,
    /// The words it is about, `[first, end)`.
    #[serde(default)]
    #[ts(type = "[number, number] | null")]
    pub words: Option<(WordId, WordId)>,
    /// Where in the frame.
    #[serde(default)]
    pub region: Option<Region>,
    /// A remark.
    #[serde(default)]
    pub note: Option<String>,
    /// Who found it; set when it is kept.
    #[serde(default)]
    pub by: String,
}
