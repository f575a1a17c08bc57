//! Stretches of media to try prompts on.

use crate::time::{MediaTime, Span};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use ts_rs::TS;

/// A stretch of a media.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Clip {
    /// Id of the media.
    pub media: String,
    /// When it begins.
    #[serde(rename = "start_us")]
    pub start: MediaTime,
    /// When it ends.
    #[serde(rename = "end_us")]
    pub end: MediaTime,
    /// Whether it is held out: it judges what is promoted, and nobody looks at it before.
    #[serde(default)]
    pub holdout: bool,
}

impl Clip {
    /// When.
    pub fn span(&self) -> Span<MediaTime> {
        Span::new(self.start, self.end)
    }
}

/// Clips that variants are held against each other on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ClipSet {
    /// What people call it.
    pub name: String,
    /// The clips, ordered by media and time; no two of one media overlap.
    pub clips: Vec<Clip>,
    /// The labels that count; all where it is empty.
    #[serde(default)]
    pub labels: Vec<String>,
    /// How they were chosen, in a sentence.
    #[serde(default)]
    pub chosen: String,
    /// A remark.
    #[serde(default)]
    pub note: String,
}

impl ClipSet {
    /// Whether annotations with this label count.
    pub fn counts(&self, label: &str) -> bool {
        self.labels.is_empty() || self.labels.iter().any(|l| l.eq_ignore_ascii_case(label))
    }
}

/// Where something stands in the order of a draw: the same for the same seed on every machine.
fn order(what: &str, seed: &str, name: &str) -> [u8; 32] {
    *blake3::Hasher::new().update(format!("{what}\0{seed}\0{name}").as_bytes()).finalize().as_bytes()
}

/// Which `count` of these are drawn, by their names and the seed, in their own order.
pub fn draw(names: &[String], count: usize, seed: &str) -> Vec<usize> {
    let mut all: Vec<usize> = (0..names.len()).collect();
    all.sort_by_cached_key(|n| (order("clip", seed, &names[*n]), *n));
    all.truncate(count);
    all.sort_unstable();
    all
}

/// Holds out the clips of this share of the media, 0..1, drawn by the seed; at least one media where the share is above 0, and never all of them. Whole media
/// are held out, since clips of one are alike.
pub fn hold_out(clips: &mut [Clip], share: f64, seed: &str) {
    let media: Vec<String> = clips.iter().map(|c| c.media.clone()).collect::<BTreeSet<_>>().into_iter().collect();
    let wanted = if share > 0.0 { ((media.len() as f64 * share).round() as usize).max(1) } else { 0 };
    let mut by_draw = media;
    by_draw.sort_by_cached_key(|name| order("holdout", seed, name));
    by_draw.truncate(wanted.min(by_draw.len().saturating_sub(1)));
    for clip in clips {
        clip.holdout = by_draw.contains(&clip.media);
    }
}
