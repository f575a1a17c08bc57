//! Segments of an export: those of the source with what stands in them, cut and joined where people cut and joined lines.

use super::super::json::list;
use super::layout::{Entries, best_items};
use super::patch::{Entry, Ids, Patch, set_time, source_time};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Which list of segments.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    /// `results.audio_segments`.
    Audio,
    /// `results.speaker_labels.segments`.
    Speakers,
    /// `results.segments`, with alternatives.
    Best,
}

/// Entries that stand in one segment.
struct Group {
    /// The segment of the source that it is made of.
    like: usize,
    /// Whether `like` has the first imported word of it.
    settled: bool,
    /// The segments that it has something of, in order.
    of: Vec<usize>,
    entries: Vec<Entry>,
    /// The revised words in it, each once.
    words: Vec<usize>,
    /// Whether it is less or more than a segment of the source.
    recut: bool,
}

impl Group {
    fn new(segment: usize, recut: bool) -> Self {
        Self { like: segment, settled: false, of: vec![segment], entries: vec![], words: vec![], recut }
    }
}

impl Patch<'_> {
    /// `results.speaker_labels` put right.
    pub(super) fn speaker_labels(&self, labels: &Value, ids: &Ids) -> Value {
        let mut labels = labels.clone();
        labels["segments"] = Value::Array(self.segments(list(&labels, "segments"), List::Speakers, ids));
        let words = 0..self.plan.outcomes().len();
        if labels.get("speakers").is_some_and(Value::is_number) && words.clone().any(|word| self.plan.is_relabelled(word)) {
            let standing = words.filter(|word| !self.plan.outcome(*word).pieces.is_empty());
            labels["speakers"] = Value::from(standing.filter_map(|word| self.plan.label(word)).collect::<BTreeSet<_>>().len());
        }
        labels
    }

    /// The segments of one of the lists; one whose words are all gone goes with them.
    pub(super) fn segments(&self, segments: &[Value], which: List, ids: &Ids) -> Vec<Value> {
        let owners = self.owners(which);
        let with_channels = !super::layout::channels(self.results).is_empty();
        let lines = self.layout.lines(with_channels).is_some_and(|lines| std::ptr::eq(lines, owners));
        let mut all: Vec<Result<Group, Value>> = Vec::with_capacity(segments.len());
        for (at, (segment, owners)) in segments.iter().zip(owners).enumerate() {
            if !owners.iter().flatten().any(|item| self.word_of[*item].is_some()) {
                all.push(Err(self.without_words(segment)));
                continue;
            }
            self.add(&mut all, at, self.held(segment, owners, which, ids), which, lines);
        }
        let count = all.len();
        let recut = count != segments.len() || all.iter().any(|group| group.as_ref().is_ok_and(|group| group.recut));
        let mut new: Vec<Value> =
            all.into_iter().map(|group| group.map_or_else(|segment| segment, |group| self.segment(segments, group, which))).collect();
        if recut {
            // Segments that were numbered from 0 are so again after some have come or gone.
            for (at, segment) in new.iter_mut().enumerate().filter(|(_, s)| s.get("id").is_some_and(Value::is_i64)) {
                segment["id"] = Value::from(at);
            }
        }
        new
    }

    fn owners(&self, which: List) -> &Entries {
        match which {
            List::Audio => &self.layout.audio,
            List::Speakers => &self.layout.speakers,
            List::Best => &self.layout.best,
        }
    }

    fn without_words(&self, segment: &Value) -> Value {
        let mut segment = segment.clone();
        self.shift(&mut segment);
        if let Some(name) = segment.get("speaker_label").and_then(Value::as_str).and_then(|label| self.plan.name_of(label)) {
            segment["speaker_label"] = Value::from(name);
        }
        segment
    }

    /// What a segment of the source holds now.
    fn held(&self, segment: &Value, owners: &[Option<usize>], which: List, ids: &Ids) -> Vec<Entry> {
        let new_ids = |(id, owner): (&Value, &Option<usize>)| match owner {
            Some(item) => ids[*item].iter().map(|(id, word)| (Value::from(*id), *word)).collect(),
            None => vec![(id.clone(), None)],
        };
        match which {
            List::Audio => list(segment, "items").iter().zip(owners).flat_map(new_ids).collect(),
            List::Speakers => self.entries(list(segment, "items"), owners, ids),
            List::Best => self.entries(best_items(segment), owners, ids),
        }
    }

    /// Adds what segment `at` holds: to a group of its own, to that before where the lines were joined, and in several where they were cut.
    fn add(&self, all: &mut Vec<Result<Group, Value>>, at: usize, held: Vec<Entry>, which: List, lines: bool) {
        let mut begun = false;
        for (entry, word) in held {
            if which == List::Speakers && word.is_some_and(|word| self.plan.label(word).is_none() && self.plan.is_added(word)) {
                continue;
            }
            let last = all.last_mut().and_then(|group| group.as_mut().ok());
            let before = last.as_ref().and_then(|group| group.words.last().copied());
            let parts = word.zip(before).map(|(word, before)| (before, word));
            let goes_on = if begun {
                parts.is_none_or(|(a, b)| a == b || !((lines && self.plan.cuts(a, b)) || self.speakers_part(a, b)))
            } else {
                lines && parts.is_some_and(|(a, b)| self.plan.joins(a, b) && self.plan.label(a) == self.plan.label(b))
            };
            if !goes_on {
                if let Some(group) = last.filter(|_| begun) {
                    group.recut = true;
                }
                all.push(Ok(Group::new(at, begun)));
            }
            begun = true;
            let Some(Ok(group)) = all.last_mut() else { continue };
            if group.of.last() != Some(&at) {
                group.of.push(at);
                group.recut = true;
            }
            if let Some(word) = word {
                if !group.settled && !self.plan.is_added(word) {
                    (group.like, group.settled) = (at, true);
                }
                if group.words.last() != Some(&word) {
                    group.words.push(word);
                }
            }
            group.entries.push((entry, word));
        }
        if let Some(Ok(group)) = all.last()
            && group.words.is_empty()
        {
            all.pop();
        }
    }

    /// Whether two words of a segment have two speakers since people said so.
    fn speakers_part(&self, a: usize, b: usize) -> bool {
        self.plan.label(a) != self.plan.label(b) && (self.plan.is_relabelled(a) || self.plan.is_relabelled(b))
    }

    fn segment(&self, segments: &[Value], group: Group, which: List) -> Value {
        let mut segment = segments[group.like].clone();
        let (Some(first), Some(last)) = (group.words.first().copied(), group.words.last().copied()) else { return segment };
        let entries: Vec<Value> = group.entries.iter().map(|(entry, _)| entry.clone()).collect();
        let text = self.rewritten(&group, which);
        let fill = |holder: &mut Value| {
            if holder.get("items").is_some_and(Value::is_array) {
                holder["items"] = Value::Array(entries.clone());
            }
            if let (Some(text), Some(_)) = (&text, holder.get("transcript")) {
                holder["transcript"] = Value::from(text.as_str());
            }
        };
        if which != List::Best {
            fill(&mut segment);
        } else if let Some(alternatives) = segment.get_mut("alternatives").and_then(Value::as_array_mut) {
            if group.recut {
                // Other readings are those of the whole segment.
                alternatives.truncate(1);
            }
            if let Some((best, others)) = alternatives.split_first_mut() {
                fill(best);
                others.iter_mut().for_each(|other| self.shift(other));
            }
        }
        let named = which != List::Best || segment.get("speaker_label").is_some();
        match self.plan.label(first) {
            _ if !named || !self.plan.is_relabelled(first) => {}
            Some(label) => segment["speaker_label"] = Value::from(label),
            None => drop(segment.as_object_mut().and_then(|segment| segment.shift_remove("speaker_label"))),
        }
        self.set_start(&mut segment, group.like, first, which);
        self.set_end(&mut segment, segments, group.of[group.of.len() - 1], last, which);
        segment
    }

    /// The text of a group, where it is not that of its segment.
    fn rewritten(&self, group: &Group, which: List) -> Option<String> {
        let owners = self.owners(which);
        let mut words = group.of.iter().flat_map(|at| &owners[*at]).flatten().filter_map(|item| self.word_of[*item]);
        (group.recut || words.any(|word| self.plan.changes_text(word))).then(|| self.line(group.words.iter().copied()))
    }

    /// The first and the last imported word of a segment.
    fn ends(&self, which: List, at: usize) -> Option<(usize, usize)> {
        let mut words = self.owners(which)[at].iter().flatten().filter_map(|item| self.word_of[*item]);
        let first = words.next()?;
        Some((first, words.next_back().unwrap_or(first)))
    }

    /// Moves a segment's start with its first word, keeping the distance between them.
    fn set_start(&self, segment: &mut Value, like: usize, first: usize, which: List) {
        let Some(old) = source_time(segment, "start_time") else { return };
        let outcome = self.plan.outcome(first);
        let was_first = self.ends(which, like).filter(|(word, _)| self.plan.own(*word) == first);
        let lead = was_first.map_or(0, |(word, _)| self.plan.review.imported.words[word].span.start.us() - old);
        if let Some(piece) = outcome.pieces.first().filter(|_| was_first.is_none() || outcome.moved_start) {
            set_time(segment, "start_time", piece.start - lead);
        }
    }

    /// Moves a segment's end with its last word, keeping the distance between them.
    fn set_end(&self, segment: &mut Value, segments: &[Value], of: usize, last: usize, which: List) {
        let Some(old) = source_time(&segments[of], "end_time") else { return };
        let outcome = self.plan.outcome(last);
        let was_last = self.ends(which, of).filter(|(_, word)| self.plan.own(*word) == last);
        let tail = was_last.map_or(0, |(_, word)| old - self.plan.review.imported.words[word].span.end.us());
        match outcome.pieces.last() {
            Some(piece) if was_last.is_none() || outcome.moved_end => set_time(segment, "end_time", piece.end + tail),
            _ => segment["end_time"] = segments[of]["end_time"].clone(),
        }
    }

    /// Audio segments for a document whose lines were cut at pauses: where people cut or joined them, it has to say so.
    pub(super) fn new_audio_segments(&self, ids: &Ids) -> Value {
        let mut of: Vec<Vec<i64>> = vec![Vec::new(); self.plan.outcomes().len()];
        for (id, word) in ids.iter().flatten() {
            if let Some(word) = word {
                of[*word].push(*id);
            }
        }
        let segment = |(id, words): (usize, Vec<usize>)| {
            let pieces = self.plan.pieces(&words);
            let ids: Vec<i64> = words.iter().flat_map(|word| of[*word].iter().copied()).collect();
            let mut segment = json!({"id": id, "transcript": self.line(words.iter().copied()), "start_time": "", "end_time": ""});
            set_time(&mut segment, "start_time", pieces.iter().map(|piece| piece.start).min().unwrap_or(0));
            set_time(&mut segment, "end_time", pieces.iter().map(|piece| piece.end).max().unwrap_or(0));
            if let Some(label) = self.plan.label(words[0]) {
                segment["speaker_label"] = Value::from(label);
            }
            segment["items"] = Value::from(ids);
            segment
        };
        self.plan.standing_lines().into_iter().enumerate().map(segment).collect()
    }
}
