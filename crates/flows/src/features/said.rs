//! What is said in a stretch.

use super::row::{SaidFeatures, WordFeature};
use plumbline_core::transcript::{PlacedWord, Transcript};
use plumbline_core::{MediaTime, Span};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A transcript as people left it, with every word where it lies.
pub(super) struct Speech {
    transcript: Arc<Transcript>,
    placed: Vec<PlacedWord>,
    /// What speakers are called, by their label.
    names: BTreeMap<String, String>,
    /// Index of the speaker of each word.
    speakers: Vec<Option<u16>>,
    /// The words that stand and lie in the media, by their start.
    by_start: Vec<usize>,
}

/// What is said, and how surely its words lie where they do.
#[derive(Default)]
pub(super) struct Said {
    pub features: Option<SaidFeatures>,
    pub alignment_confidence: Option<f32>,
}

impl Speech {
    pub fn new(transcript: Arc<Transcript>, placed: Vec<PlacedWord>, names: BTreeMap<String, String>) -> Self {
        let mut speakers: Vec<Option<u16>> = transcript.words.iter().map(|w| w.speaker).collect();
        for segment in &transcript.segments {
            for speaker in &mut speakers[transcript.range_of(segment)] {
                *speaker = speaker.or(segment.speaker);
            }
        }
        let mut by_start: Vec<usize> = (0..placed.len()).filter(|i| stands(&placed[*i])).collect();
        by_start.sort_by_key(|i| (placed[*i].span.start, *i));
        Self { transcript, placed, names, speakers, by_start }
    }

    /// The words of each line, as indices.
    pub fn segments(&self) -> impl Iterator<Item = Vec<usize>> {
        self.transcript.segments.iter().map(|segment| self.transcript.range_of(segment).collect())
    }

    /// The words that begin in a span, in the order of the text.
    pub fn within(&self, span: Span<MediaTime>) -> Vec<usize> {
        let before = |at: MediaTime| self.by_start.partition_point(|i| self.placed[*i].span.start < at);
        let mut words = self.by_start[before(span.start)..before(span.end)].to_vec();
        words.sort_unstable();
        words
    }

    /// From the first start of words to their last end: of those that stand, or of all where none does.
    pub fn span_of(&self, words: &[usize]) -> Span<MediaTime> {
        let any = words.iter().any(|i| stands(&self.placed[*i]));
        let spans = || words.iter().map(|i| &self.placed[*i]).filter(|w| !any || stands(w)).map(|w| w.span);
        Span::new(spans().map(|s| s.start).min().unwrap_or_default(), spans().map(|s| s.end).max().unwrap_or_default())
    }

    /// What these words say; their pace is not known yet.
    pub fn said(&self, words: &[usize]) -> Said {
        let words: Vec<usize> = words.iter().copied().filter(|i| stands(&self.placed[*i])).collect();
        let word = |i: &usize| {
            let (word, placed) = (&self.transcript.words[*i], &self.placed[*i]);
            let text = format!("{}{}", placed.text, placed.punctuation);
            WordFeature { text, span: placed.span, confidence: word.confidence, edited: placed.edited }
        };
        let told: Vec<WordFeature> = words.iter().map(word).collect();
        let texts: Vec<&str> = told.iter().map(|w| w.text.as_str()).collect();
        let sure: Vec<f32> = told.iter().filter_map(|w| w.confidence).collect();
        let heard: Vec<f32> = words.iter().filter_map(|i| self.placed[*i].alignment_confidence).collect();
        let features = SaidFeatures {
            speaker: self.speaker(&words),
            language: self.transcript.languages.first().map(|l| l.code.clone()),
            text: texts.join(" "),
            confidence_mean: mean(&sure),
            confidence_min: sure.iter().copied().reduce(f32::min),
            words: told,
            words_per_second: None,
        };
        Said { features: Some(features), alignment_confidence: mean(&heard) }
    }

    /// The one who speaks; none where it is not known of every word, or several speak.
    fn speaker(&self, words: &[usize]) -> Option<String> {
        let first = self.speakers[*words.first()?]?;
        let name = |speaker: u16| {
            let label = self.transcript.speakers.get(usize::from(speaker))?;
            Some(self.names.get(label).unwrap_or(label))
        };
        // Two labels of one name are one speaker.
        let one = name(first)?;
        words.iter().all(|i| self.speakers[*i].and_then(name) == Some(one)).then(|| one.clone())
    }
}

impl SaidFeatures {
    /// With the pace that its words make over a span. A word may hold several, divided by spaces.
    pub(super) fn over(self, span: Span<MediaTime>) -> Self {
        let count: usize = self.words.iter().map(|w| w.text.split_whitespace().count()).sum();
        let seconds = span.len().us() as f64 / 1e6;
        Self { words_per_second: (seconds > 0.0).then(|| (count as f64 / seconds) as f32), ..self }
    }
}

fn stands(word: &PlacedWord) -> bool {
    word.in_media && !word.text.is_empty()
}

fn mean(values: &[f32]) -> Option<f32> {
    let sum: f64 = values.iter().map(|v| f64::from(*v)).sum();
    (!values.is_empty()).then(|| (sum / values.len() as f64) as f32)
}
