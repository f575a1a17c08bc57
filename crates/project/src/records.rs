//! What a project keeps of things.

use plumbline_core::align::Residual;
use plumbline_core::gate::{Measure, Place};
use plumbline_core::{MediaTime, gate::GateId};
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
    /// Residuals under the map in force.
    pub residuals: Vec<Residual>,
    /// Shot changes.
    #[serde(rename = "shots_us")]
    pub shots: Vec<MediaTime>,
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
}
