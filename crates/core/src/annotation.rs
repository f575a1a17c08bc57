//! What a model or a person says about the pictures: a span of media, perhaps a region of the frame, a label and a text.

use crate::time::{MediaTime, Span};
use crate::word_id::WordId;
use serde::{Deserialize, Serialize};

/// A rectangle in shares of the frame: 0..1 from the left and top edges of the picture as it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct Region {
    /// Left edge.
    pub x: f32,
    /// Top edge.
    pub y: f32,
    /// Width.
    pub w: f32,
    /// Height.
    pub h: f32,
}

impl Region {
    /// Its share of the frame; 0 for one whose edges are the wrong way round.
    pub fn area(self) -> f64 {
        f64::from(self.w.max(0.0)) * f64::from(self.h.max(0.0))
    }

    /// The area that both cover.
    pub fn shared(self, other: Self) -> f64 {
        let along = |a: f32, la: f32, b: f32, lb: f32| ((a + la).min(b + lb) - a.max(b)).max(0.0);
        f64::from(along(self.x, self.w, other.x, other.w)) * f64::from(along(self.y, self.h, other.y, other.h))
    }

    /// Intersection over union, 0..1.
    pub fn overlap(self, other: Self) -> f64 {
        let shared = self.shared(other);
        let either = self.area() + other.area() - shared;
        if either > 0.0 { shared / either } else { 0.0 }
    }

    /// Whether it lies inside the frame and has an area.
    pub fn is_inside_frame(&self) -> bool {
        // A rounding of the last place is no error of the annotator.
        const SLACK: f32 = 1e-4;
        self.w > 0.0
            && self.h > 0.0
            && self.x >= -SLACK
            && self.y >= -SLACK
            && self.x + self.w <= 1.0 + SLACK
            && self.y + self.h <= 1.0 + SLACK
    }
}

/// One annotation, as imported.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct Annotation {
    /// Id, unique in its set; given by the import where the file has none.
    #[serde(default)]
    pub id: String,
    /// When, on the media's clock.
    #[serde(flatten)]
    pub span: Span<MediaTime>,
    /// Where in the frame; none for the whole of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// What kind of thing: `person`, `text`, `shot`, ….
    pub label: String,
    /// The description, or the text that was read.
    #[serde(default)]
    pub text: String,
    /// Confidence of the annotator, 0..1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f32>,
    /// Who or what made it, such as a model's id; the set's own source where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The words it goes with, `[first, end)`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(type = "[number, number] | null")]
    pub words: Option<(WordId, WordId)>,
    /// Whatever else the file says about it; kept and exported again.
    #[serde(flatten)]
    #[ts(skip)]
    pub extra: serde_json::Map<String, serde_json::Value>,
}

/// A file of annotations for one media. `docs/annotations.md` describes the schema.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AnnotationSet {
    /// Always `plumbline-annotations`.
    pub format: String,
    /// Version of the schema: 1.
    pub version: u32,
    /// Who or what made the set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The annotations, in the order of the file.
    pub annotations: Vec<Annotation>,
    /// Whatever else the file says; kept and exported again.
    #[serde(flatten)]
    pub extra: serde_json::Map<String, serde_json::Value>,
}

impl AnnotationSet {
    /// A set of nothing, for annotations that people make.
    pub fn empty() -> Self {
        Self {
            format: crate::format::ANNOTATIONS_FORMAT.into(),
            version: crate::format::ANNOTATIONS_VERSION,
            source: None,
            annotations: vec![],
            extra: serde_json::Map::new(),
        }
    }
}
