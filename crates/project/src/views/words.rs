//! The transcript as the window shows it.

use super::{CUT, HeardAs, ImportedText, LineView, MASKED, MediaId, RETIMED, SpeakerView, WordsView};
use crate::cells;
use crate::error::{Error, Result};
use crate::project::Project;
use plumbline_core::transcript::{PlacedWord, Transcript, Word};
use plumbline_core::{InForce, MediaTime, WordId, place};
use std::ops::Range;

impl Project {
    /// The transcript with every word where it lies; only the lines that have words of `[first, end)` where a range is given.
    ///
    /// # Errors
    /// Where the project can't be read.
    pub fn words(&self, media: &MediaId, range: Option<(WordId, WordId)>) -> Result<WordsView> {
        let seq = self.standing().seq;
        let Some(transcript) = self.transcript(media)? else { return Ok(WordsView { seq, ..WordsView::default() }) };
        let now = self.in_force(media)?;
        let lines = range.map_or(0..transcript.segments.len(), |range| lines_of(&transcript, range));
        let held = match (transcript.segments[lines.clone()].first(), transcript.segments[lines.clone()].last()) {
            (Some(first), Some(last)) => first.first..last.end,
            _ => WordId::default()..WordId::default(),
        };
        let names = self.at(cells::speaker_names(&self.db, media))?;
        let speaker = |label: &String| SpeakerView { name: names.get(label).unwrap_or(label).clone(), label: label.clone() };
        let mut view = WordsView {
            seq,
            format: Some(transcript.format),
            languages: transcript.languages.clone(),
            speakers: transcript.speakers.iter().map(speaker).collect(),
            lines: transcript.segments[lines].iter().map(|s| LineView { first: s.first, speaker: s.speaker }).collect(),
            notes: transcript.notes.clone(),
            range: range.map(|r| (r.0.min(held.start), r.1.max(held.end))),
            ..WordsView::default()
        };
        let here = transcript.range(held.start, held.end);
        fill(&mut view, &transcript.words[here.clone()], &place(&transcript, &now)[here.clone()], &now);
        if let Some((proposed, heard)) = self.waiting(media)? {
            let placed = place(&transcript, &proposed.accepted(heard, &now));
            view.proposed_start_us = placed[here.clone()].iter().map(|w| w.span.start).collect();
            view.proposed_end_us = placed[here].iter().map(|w| w.span.end).collect();
        }
        Ok(view)
    }

    /// What the recogniser heard of a word; none of one that a person added.
    ///
    /// # Errors
    /// Where there is no such word, or the project can't be read.
    pub fn heard_as(&self, media: &MediaId, word: WordId) -> Result<Option<HeardAs>> {
        let gone = || Error::Refused("The media has no transcript. Import one first".into());
        let transcript = self.imported_transcript(media)?.ok_or_else(gone)?;
        Ok(transcript.index_of(word).map(|i| &transcript.words[i]).map(|w| HeardAs {
            imported: format!("{}{}", w.text, w.punctuation),
            confidence: w.confidence,
            alternatives: w.alternatives.clone(),
        }))
    }
}

/// The lines that have words of a range.
fn lines_of(transcript: &Transcript, (first, end): (WordId, WordId)) -> Range<usize> {
    let start = transcript.segments.partition_point(|s| s.end <= first);
    let behind = transcript.segments.partition_point(|s| s.first < end);
    start..behind.max(start)
}

fn fill(view: &mut WordsView, words: &[Word], placed: &[PlacedWord], now: &InForce) {
    for (word, placed) in words.iter().zip(placed) {
        let edit = now.edits.get(&word.id);
        view.ids.push(word.id);
        if let Some(text) = edit.and_then(|e| e.text.as_ref()).map(|_| word.text.clone()).filter(|_| !word.id.is_added()) {
            view.imported.push(ImportedText { word: word.id, text });
        }
        view.punctuation.push(if placed.text.is_empty() { String::new() } else { placed.punctuation.clone() });
        view.texts.push(placed.text.clone());
        view.start_us.push(placed.span.start);
        view.end_us.push(placed.span.end);
        view.original_start_us.push(MediaTime::from_us(word.span.start.us()));
        view.original_end_us.push(MediaTime::from_us(word.span.end.us()));
        view.confidence.push(word.confidence);
        view.alignment_confidence.push(placed.alignment_confidence);
        let mark = |holds: bool, mark: u8| if holds { mark } else { 0 };
        let retimed = edit.is_some_and(|e| e.span.is_some());
        view.marks.push(mark(retimed, RETIMED) | mark(!placed.in_media, CUT) | mark(word.masked, MASKED));
    }
}
