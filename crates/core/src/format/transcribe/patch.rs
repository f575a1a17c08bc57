//! An export of a Transcribe document: the document itself with the corrections in every place that repeats them.

use super::super::WriteError;
use super::super::decimal::{self, Unit, seconds};
use super::super::json::{list, text, time};
use super::super::outcome::{Outcome, Piece, compose, is_spaced};
use super::layout::{Entries, Layout, Role, content, id_key};
use crate::transcript::Transcript;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Puts what became of the words of `transcript` into the document that it was read from.
pub fn patch(document: &mut Value, transcript: &Transcript, outcomes: &[Outcome]) -> Result<(), WriteError> {
    super::complete(document);
    let patched = Patch::new(&document["results"], transcript, outcomes)?.results();
    if let Some(results) = super::results_mut(document) {
        for (name, value) in patched {
            results.insert(name, value);
        }
    }
    Ok(())
}

struct Patch<'a> {
    results: &'a Value,
    transcript: &'a Transcript,
    outcomes: &'a [Outcome],
    layout: Layout,
    /// The transcript's word of each item.
    word_of: Vec<Option<usize>>,
    /// How far each moment moves: `(start in the source, by how much)`, in the order of the starts.
    moves: Vec<(i64, i64)>,
    spaced: fn(char, char) -> bool,
}

/// The new ids of what stands in the place of each item, in order.
type Ids = Vec<Vec<i64>>;

impl<'a> Patch<'a> {
    fn new(results: &'a Value, transcript: &'a Transcript, outcomes: &'a [Outcome]) -> Result<Self, WriteError> {
        let layout = Layout::of(results);
        let mut word_of = vec![None; layout.roles.len()];
        let mut moves = Vec::new();
        for (index, word) in transcript.words.iter().enumerate() {
            let item = word.source as usize;
            let there = layout.roles.get(item) == Some(&Role::Word) && content(&list(results, "items")[item]) == Some(&word.text);
            if !there || word_of[item].replace(index).is_some() {
                return Err(WriteError::NotInSource(word.id));
            }
            if let Some(first) = outcomes[index].pieces.first() {
                moves.push((word.span.start.us(), first.start - word.span.start.us()));
            }
        }
        moves.sort_unstable();
        let mut patch = Self { results, transcript, outcomes, layout, word_of, moves, spaced: is_spaced };
        patch.spaced = patch.spacing();
        Ok(patch)
    }

    /// How the source joins words: in the way that makes its own transcript out of its own items.
    fn spacing(&self) -> fn(char, char) -> bool {
        let first = list(self.results, "transcripts").first();
        let whole = first.and_then(|first| text(first, "transcript")).unwrap_or_default();
        let words = || self.item_order().map(|word| (word.text.as_str(), word.punctuation.as_str()));
        let always: fn(char, char) -> bool = |_, _| true;
        let never: fn(char, char) -> bool = |_, _| false;
        for way in [is_spaced as fn(char, char) -> bool, always, never] {
            if compose(words(), way) == whole {
                return way;
            }
        }
        is_spaced
    }

    fn item_order(&self) -> impl Iterator<Item = &crate::transcript::Word> {
        self.word_of.iter().flatten().map(|index| &self.transcript.words[*index])
    }

    /// All members of `results` that change.
    fn results(&self) -> Map<String, Value> {
        let mut changed = Map::new();
        let (items, ids) = self.items();
        if self.results.get("items").is_some_and(Value::is_array) {
            changed.insert("items".into(), Value::Array(items));
        }
        if let Some(Value::Array(transcripts)) = self.results.get("transcripts") {
            changed.insert("transcripts".into(), Value::Array(self.transcripts(transcripts)));
        }
        if let Some(labels) = self.results.get("channel_labels").filter(|labels| labels["channels"].is_array()) {
            let mut labels = labels.clone();
            let channels = list(&labels, "channels").iter().zip(&self.layout.channels);
            let lists: Vec<Value> = channels.map(|(channel, owners)| self.with_items(channel, owners, &ids)).collect();
            labels["channels"] = Value::Array(lists);
            changed.insert("channel_labels".into(), labels);
        }
        if let Some(labels) = self.results.get("speaker_labels").filter(|labels| labels["segments"].is_array()) {
            let mut labels = labels.clone();
            let fill = |segment: &Value, owners: &[Option<usize>]| self.with_items(segment, owners, &ids);
            labels["segments"] = Value::Array(self.segments(list(&labels, "segments"), &self.layout.speakers, fill));
            changed.insert("speaker_labels".into(), labels);
        }
        if let Some(Value::Array(segments)) = self.results.get("audio_segments") {
            let fill = |segment: &Value, owners: &[Option<usize>]| self.audio_segment(segment, owners, &ids);
            let mut segments = self.segments(segments, &self.layout.audio, fill);
            renumber(&mut segments, list(self.results, "audio_segments").len());
            changed.insert("audio_segments".into(), Value::Array(segments));
        }
        if let Some(Value::Array(segments)) = self.results.get("segments") {
            let fill = |segment: &Value, owners: &[Option<usize>]| self.alternatives(segment, owners, &ids);
            changed.insert("segments".into(), Value::Array(self.segments(segments, &self.layout.best, fill)));
        }
        if let Some(toxicity @ Value::Array(_)) = self.results.get("toxicity_detection") {
            let mut toxicity = toxicity.clone();
            self.shift(&mut toxicity);
            changed.insert("toxicity_detection".into(), toxicity);
        }
        changed
    }

    /// The new items, and the ids that stand for each old one.
    fn items(&self) -> (Vec<Value>, Ids) {
        let old = list(self.results, "items");
        let mut items = Vec::with_capacity(old.len());
        for (at, item) in old.iter().enumerate() {
            let outcome = self.word_of[at].map(|word| &self.outcomes[word]);
            for mut item in self.entry(item, at, true) {
                if let (Some(outcome), Some(spoken)) = (outcome, item.as_object_mut().filter(|item| !is_mark(item))) {
                    outcome.set_alignment_confidence(spoken);
                }
                items.push((at, item));
            }
        }
        let same = items.len() == old.len() && items.iter().enumerate().all(|(at, (from, _))| at == *from);
        if !same {
            self.number(&mut items);
        }
        let mut ids: Ids = vec![Vec::new(); old.len()];
        for (at, item) in &items {
            ids[*at].extend(item.get("id").and_then(Value::as_i64));
        }
        (items.into_iter().map(|(_, item)| item).collect(), ids)
    }

    /// Gives items new ids, from the lowest old one on and in the order of the old ones.
    fn number(&self, items: &mut [(usize, Value)]) {
        let mut order: BTreeMap<String, Vec<(i64, usize)>> = BTreeMap::new();
        for (at, (_, item)) in items.iter().enumerate() {
            if let Some((channel, id)) = id_key(item, self.layout.ids_per_channel) {
                order.entry(channel).or_default().push((id, at));
            }
        }
        for mut group in order.into_values() {
            group.sort_unstable();
            let old = list(self.results, "items").iter().filter_map(|item| item.get("id").and_then(Value::as_i64));
            let first = old.min().unwrap_or(0);
            for (id, (_, at)) in (first..).zip(group) {
                items[at].1["id"] = Value::from(id);
            }
        }
    }

    /// What stands in the place of an entry that repeats `item`; `punctuated` where its list holds punctuation.
    fn entry(&self, entry: &Value, item: usize, punctuated: bool) -> Vec<Value> {
        let outcome_of = |item: usize| self.word_of[item].map(|word| &self.outcomes[word]);
        match self.layout.roles[item] {
            Role::Other => vec![self.shifted(entry)],
            Role::Punctuation(word) => match outcome_of(word) {
                Some(outcome) if outcome.pieces.is_empty() || outcome.repunctuated => Vec::new(),
                _ => vec![entry.clone()],
            },
            Role::Word => match outcome_of(item) {
                None => vec![self.shifted(entry)],
                Some(outcome) if outcome.is_same() => vec![entry.clone()],
                Some(outcome) => pieces(entry, outcome, punctuated),
            },
        }
    }

    /// A channel or speaker segment with its items put right.
    fn with_items(&self, holder: &Value, owners: &[Option<usize>], ids: &Ids) -> Value {
        let mut holder = holder.clone();
        if holder.get("items").is_some_and(Value::is_array) {
            holder["items"] = Value::Array(self.entries(list(&holder, "items"), owners, ids));
        }
        holder
    }

    fn entries(&self, entries: &[Value], owners: &[Option<usize>], ids: &Ids) -> Vec<Value> {
        let punctuated = entries.iter().any(|entry| content(entry).is_some());
        let mut all = Vec::with_capacity(entries.len());
        for (entry, owner) in entries.iter().zip(owners) {
            let Some(item) = *owner else {
                all.push(self.shifted(entry));
                continue;
            };
            for (k, mut new) in self.entry(entry, item, punctuated).into_iter().enumerate() {
                if let (Some(_), Some(id)) = (new.get("id"), ids[item].get(k)) {
                    new["id"] = Value::from(*id);
                }
                all.push(new);
            }
        }
        all
    }

    fn audio_segment(&self, segment: &Value, owners: &[Option<usize>], ids: &Ids) -> Value {
        let mut segment = segment.clone();
        if !segment.get("items").is_some_and(Value::is_array) {
            return segment;
        }
        let old = list(&segment, "items");
        let new = old.iter().zip(owners).flat_map(|(id, owner)| match owner {
            Some(item) => ids[*item].iter().copied().map(Value::from).collect(),
            None => vec![id.clone()],
        });
        segment["items"] = Value::Array(new.collect());
        self.rewrite(&mut segment, owners);
        segment
    }

    /// A segment with alternatives: the best one follows the words, the others only move.
    fn alternatives(&self, segment: &Value, owners: &[Option<usize>], ids: &Ids) -> Value {
        let mut segment = segment.clone();
        let Some(alternatives) = segment.get_mut("alternatives").and_then(Value::as_array_mut) else { return segment };
        if let Some((best, others)) = alternatives.split_first_mut() {
            *best = self.with_items(best, owners, ids);
            self.rewrite(best, owners);
            others.iter_mut().for_each(|other| self.shift(other));
        }
        segment
    }

    /// Segments with their times and, by `fill`, what they hold; one whose words are all gone goes with them.
    fn segments(&self, segments: &[Value], entries: &Entries, fill: impl Fn(&Value, &[Option<usize>]) -> Value) -> Vec<Value> {
        let mut all = Vec::with_capacity(segments.len());
        for (segment, owners) in segments.iter().zip(entries) {
            let words: Vec<usize> = owners.iter().flatten().filter_map(|item| self.word_of[*item]).collect();
            let kept = || words.iter().filter(|word| !self.outcomes[**word].pieces.is_empty());
            let mut new = fill(segment, owners);
            match (kept().next(), kept().next_back()) {
                (Some(first), Some(last)) => {
                    self.set_start(&mut new, *first, words.first() == Some(first));
                    self.set_end(&mut new, *last, words.last() == Some(last));
                }
                _ if words.is_empty() => self.shift(&mut new),
                _ => continue,
            }
            all.push(new);
        }
        all
    }

    /// Moves a segment's start with its first word, keeping the distance between them.
    fn set_start(&self, segment: &mut Value, first: usize, was_first: bool) {
        let (word, outcome) = (&self.transcript.words[first], &self.outcomes[first]);
        let Some(old) = source_time(segment, "start_time") else { return };
        if (was_first && !outcome.moved_start) || outcome.pieces.is_empty() {
            return;
        }
        let lead = if was_first { word.span.start.us() - old } else { 0 };
        set_time(segment, "start_time", outcome.pieces[0].start - lead);
    }

    /// Moves a segment's end with its last word, keeping the distance between them.
    fn set_end(&self, segment: &mut Value, last: usize, was_last: bool) {
        let (word, outcome) = (&self.transcript.words[last], &self.outcomes[last]);
        let (Some(old), Some(piece)) = (source_time(segment, "end_time"), outcome.pieces.last()) else { return };
        if was_last && !outcome.moved_end {
            return;
        }
        let tail = if was_last { old - word.span.end.us() } else { 0 };
        set_time(segment, "end_time", piece.end + tail);
    }

    /// Writes the text of a segment anew where one of its words changed.
    fn rewrite(&self, holder: &mut Value, owners: &[Option<usize>]) {
        let words: Vec<usize> = owners.iter().flatten().filter_map(|item| self.word_of[*item]).collect();
        if holder.get("transcript").is_some() && words.iter().any(|word| self.outcomes[*word].changes_text()) {
            holder["transcript"] = Value::from(self.line(words));
        }
    }

    fn line(&self, words: impl IntoIterator<Item = usize>) -> String {
        let pieces = words.into_iter().flat_map(|word| &self.outcomes[word].pieces);
        compose(pieces.map(|piece| (piece.text.as_str(), piece.punctuation.as_str())), self.spaced)
    }

    fn transcripts(&self, transcripts: &[Value]) -> Vec<Value> {
        let mut transcripts = transcripts.to_vec();
        if let Some(first) = transcripts.first_mut().filter(|first| first.is_object())
            && self.outcomes.iter().any(Outcome::changes_text)
        {
            first["transcript"] = Value::from(self.line(self.word_of.iter().flatten().copied()));
        }
        transcripts
    }

    fn shifted(&self, entry: &Value) -> Value {
        let mut entry = entry.clone();
        self.shift(&mut entry);
        entry
    }

    /// Moves every `start_time` and `end_time` in a value as far as the last word before it moves.
    fn shift(&self, value: &mut Value) {
        match value {
            Value::Array(values) => values.iter_mut().for_each(|value| self.shift(value)),
            Value::Object(_) => {
                for name in ["start_time", "end_time"] {
                    let Some(old) = source_time(value, name) else { continue };
                    let place = self.moves.partition_point(|(start, _)| *start <= old).saturating_sub(1);
                    if let Some((_, by)) = self.moves.get(place).filter(|(_, by)| *by != 0) {
                        set_time(value, name, old.saturating_add(*by));
                    }
                }
                let map = value.as_object_mut().into_iter().flatten();
                map.for_each(|(_, value)| self.shift(value));
            }
            _ => {}
        }
    }
}

/// Segments that were numbered from 0 are so again after some have gone.
fn renumber(segments: &mut [Value], before: usize) {
    if segments.len() == before {
        return;
    }
    for (at, segment) in segments.iter_mut().enumerate() {
        if segment.get("id").is_some_and(Value::is_i64) {
            segment["id"] = Value::from(at);
        }
    }
}

fn source_time(entry: &Value, name: &str) -> Option<i64> {
    time(entry.get(name), Unit::Seconds, String::new).ok().flatten()
}

/// Sets a time in the way that the entry had it: as a number, or else as a string.
fn set_time(entry: &mut Value, name: &str, us: i64) {
    let us = us.clamp(0, decimal::LIMIT_US);
    let text = seconds(us);
    let number = entry.get(name).is_some_and(Value::is_number);
    entry[name] = match serde_json::from_str(&text) {
        Ok(value) if number => value,
        _ => Value::String(text),
    };
}

fn is_mark(item: &Map<String, Value>) -> bool {
    item.get("type").and_then(Value::as_str) == Some("punctuation")
}

/// The entries of a corrected word, made of its entry in the source.
fn pieces(entry: &Value, outcome: &Outcome, punctuated: bool) -> Vec<Value> {
    let several = outcome.pieces.len() > 1;
    let mut entries = Vec::new();
    for (at, piece) in outcome.pieces.iter().enumerate() {
        let mut new = entry.clone();
        if several || outcome.moved_start || outcome.moved_end {
            set_time(&mut new, "start_time", piece.start);
            set_time(&mut new, "end_time", piece.end);
        }
        if outcome.rewritten {
            set_text(&mut new, &piece.text, several);
        }
        entries.push(new);
        let is_new = at + 1 < outcome.pieces.len() || outcome.repunctuated;
        if punctuated && is_new && !piece.punctuation.is_empty() {
            entries.push(mark(entry, piece));
        }
    }
    entries
}

/// Puts a person's text in an entry: it is certain, and nothing of it is masked. Where one word became several, the
/// alternatives to the one are none to the parts.
fn set_text(entry: &mut Value, text: &str, several: bool) {
    let is_nested = entry.get("alternatives").is_some_and(Value::is_array);
    if let Some(alternatives) = entry.get_mut("alternatives").and_then(Value::as_array_mut) {
        if several {
            alternatives.truncate(1);
        }
        if let Some(first) = alternatives.first_mut() {
            set_content(first, text, "1.0");
        }
    } else if entry.get("content").is_some() {
        set_content(entry, text, "1.0");
    }
    if let Some(map) = entry.as_object_mut()
        && (is_nested || map.contains_key("content"))
    {
        map.shift_remove("vocabularyFilterMatch");
    }
}

fn set_content(holder: &mut Value, text: &str, confidence: &str) {
    let number = holder.get("confidence").is_some_and(Value::is_number);
    let Some(map) = holder.as_object_mut() else { return };
    map.insert("content".into(), Value::from(text));
    let confidence = if number { confidence.parse::<f64>().map(Value::from).unwrap_or_default() } else { Value::from(confidence) };
    map.insert("confidence".into(), confidence);
    map.shift_remove("redactions");
}

/// The entry of punctuation that the source did not have, made of the entry of its word.
fn mark(entry: &Value, piece: &Piece) -> Value {
    let mut mark = entry.clone();
    if let Some(map) = mark.as_object_mut() {
        for name in ["start_time", "end_time", "vocabularyFilterMatch"] {
            map.shift_remove(name);
        }
        map.insert("type".into(), Value::from("punctuation"));
        if map.contains_key("alternatives") {
            map.insert("alternatives".into(), json!([{"confidence": "0.0", "content": piece.punctuation}]));
        } else {
            map.insert("confidence".into(), Value::from("0.0"));
            map.insert("content".into(), Value::from(piece.punctuation.as_str()));
        }
    }
    mark
}
