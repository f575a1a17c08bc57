//! An export of a Transcribe document: the document itself with the corrections in every place that repeats them.

use super::super::WriteError;
use super::super::decimal::{self, Unit, seconds};
use super::super::generate::results;
use super::super::json::{list, text, time};
use super::super::outcome::{Outcome, Piece, compose, is_spaced};
use super::super::plan::Plan;
use super::layout::{Layout, Role, channels, content, id_key};
use super::regroup::List;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Puts what became of the words of a transcript into the document that it was read from.
pub fn patch(document: &mut Value, plan: &Plan<'_>) -> Result<(), WriteError> {
    super::complete(document);
    let patched = if plan.review.imported.words.is_empty() && !plan.outcomes().is_empty() {
        // There is nothing to put words beside.
        results(plan)
    } else {
        Patch::new(&document["results"], plan)?.results()
    };
    if let Some(results) = super::results_mut(document) {
        for (name, value) in patched {
            results.insert(name, value);
        }
    }
    Ok(())
}

pub(super) struct Patch<'a> {
    pub(super) results: &'a Value,
    pub(super) plan: &'a Plan<'a>,
    pub(super) layout: Layout,
    /// The imported word of each item.
    pub(super) word_of: Vec<Option<usize>>,
    /// The last item of punctuation after the word of each item.
    last_mark: Vec<Option<usize>>,
    /// Which items a speaker segment names.
    labelled: Vec<bool>,
    /// How far each moment moves: `(start in the source, by how much)`, in the order of the starts.
    moves: Vec<(i64, i64)>,
    spaced: fn(char, char) -> bool,
}

/// An entry of an export, and the revised word that it is of.
pub(super) type Entry = (Value, Option<usize>);

/// The new ids of what stands in the place of each item, in order.
pub(super) type Ids = Vec<Vec<(i64, Option<usize>)>>;

impl<'a> Patch<'a> {
    fn new(results: &'a Value, plan: &'a Plan<'a>) -> Result<Self, WriteError> {
        let layout = Layout::of(results);
        let mut word_of = vec![None; layout.roles.len()];
        let mut moves = Vec::new();
        for (index, word) in plan.review.imported.words.iter().enumerate() {
            let item = word.source as usize;
            let there = layout.roles.get(item) == Some(&Role::Word) && content(&list(results, "items")[item]) == Some(&word.text);
            if !there || word_of[item].replace(index).is_some() {
                return Err(WriteError::NotInSource(word.id));
            }
            if let Some(first) = plan.outcome(plan.own(index)).pieces.first() {
                moves.push((word.span.start.us(), first.start - word.span.start.us()));
            }
        }
        moves.sort_unstable();
        let mut last_mark = vec![None; layout.roles.len()];
        for (at, role) in layout.roles.iter().enumerate() {
            if let Role::Punctuation(word) = role {
                last_mark[*word] = Some(at);
            }
        }
        let labelled = layout.list_of(&layout.speakers).iter().map(Option::is_some).collect();
        let mut patch = Self { results, plan, layout, word_of, last_mark, labelled, moves, spaced: is_spaced };
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
        self.word_of.iter().flatten().map(|index| &self.plan.review.imported.words[*index])
    }

    /// All members of `results` that change.
    fn results(&self) -> Map<String, Value> {
        let mut changed = Map::new();
        let by_pauses = self.layout.lines(!channels(self.results).is_empty()).is_none() && self.plan.pauses_mislead();
        let (items, ids) = self.items(by_pauses);
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
            changed.insert("speaker_labels".into(), self.speaker_labels(labels, &ids));
        }
        if let Some(Value::Array(segments)) = self.results.get("audio_segments").filter(|_| !by_pauses) {
            changed.insert("audio_segments".into(), Value::Array(self.segments(segments, List::Audio, &ids)));
        } else if by_pauses {
            changed.insert("audio_segments".into(), self.new_audio_segments(&ids));
        }
        if let Some(Value::Array(segments)) = self.results.get("segments") {
            changed.insert("segments".into(), Value::Array(self.segments(segments, List::Best, &ids)));
        }
        if let Some(toxicity @ Value::Array(_)) = self.results.get("toxicity_detection") {
            let mut toxicity = toxicity.clone();
            self.shift(&mut toxicity);
            changed.insert("toxicity_detection".into(), toxicity);
        }
        changed
    }

    /// The new items, and the ids that stand for each old one; `numbered` where all need ids.
    fn items(&self, numbered: bool) -> (Vec<Value>, Ids) {
        let old = list(self.results, "items");
        let mut items: Vec<(usize, Entry)> = Vec::with_capacity(old.len());
        for (at, item) in old.iter().enumerate() {
            let word = match self.layout.roles[at] {
                Role::Punctuation(word) => &old[word],
                _ => item,
            };
            for (mut item, word) in self.entry(item, word, at, true) {
                if let (Some(word), Some(spoken)) = (word, item.as_object_mut().filter(|item| !is_mark(item))) {
                    self.plan.outcome(word).set_alignment_confidence(spoken);
                }
                items.push((at, (item, word)));
            }
        }
        let same = items.len() == old.len() && items.iter().enumerate().all(|(at, (from, _))| at == *from);
        if numbered && !items.iter().all(|(_, (item, _))| item.get("id").is_some_and(Value::is_i64)) {
            items.iter_mut().enumerate().for_each(|(id, (_, (item, _)))| item["id"] = Value::from(id));
        } else if !same {
            self.number(&mut items);
        }
        let mut ids: Ids = vec![Vec::new(); old.len()];
        for (at, (item, word)) in &items {
            ids[*at].extend(item.get("id").and_then(Value::as_i64).map(|id| (id, *word)));
        }
        (items.into_iter().map(|(_, (item, _))| item).collect(), ids)
    }

    /// Gives items new ids, from the lowest old one on and in the order of the old ones.
    fn number(&self, items: &mut [(usize, Entry)]) {
        let mut order: BTreeMap<String, Vec<(i64, usize)>> = BTreeMap::new();
        for (at, (_, (item, _))) in items.iter().enumerate() {
            if let Some((channel, id)) = id_key(item, self.layout.ids_per_channel) {
                order.entry(channel).or_default().push((id, at));
            }
        }
        for mut group in order.into_values() {
            group.sort_unstable();
            let old = list(self.results, "items").iter().filter_map(|item| item.get("id").and_then(Value::as_i64));
            let first = old.min().unwrap_or(0);
            for (id, (_, at)) in (first..).zip(group) {
                items[at].1.0["id"] = Value::from(id);
            }
        }
    }

    /// What stands in the place of an entry that repeats `item`; `word` is the entry of the word that it is or belongs to, and
    /// `punctuated` is whether the list holds punctuation.
    fn entry(&self, entry: &Value, word: &Value, item: usize, punctuated: bool) -> Vec<Entry> {
        let Some((of, imported)) = (match self.layout.roles[item] {
            Role::Other => None,
            Role::Punctuation(of) => self.word_of[of].map(|word| (of, word)),
            Role::Word => self.word_of[item].map(|word| (item, word)),
        }) else {
            return vec![(self.shifted(entry), None)];
        };
        let (plan, own) = (self.plan, self.plan.own(imported));
        let outcome = plan.outcome(own);
        let kept_mark = punctuated && !outcome.pieces.is_empty() && !outcome.repunctuated;
        // Words that were added behind one stand behind its punctuation, too.
        let ends_with = self.last_mark[of].filter(|_| kept_mark).unwrap_or(of);
        let added = |which: usize| -> Vec<Value> {
            let mut new = pieces(word, plan.outcome(which), punctuated, true);
            new.iter_mut().for_each(|new| self.relabel(new, which, item));
            if let Some(id) = entry.get("id") {
                new.iter_mut().for_each(|new| new["id"] = id.clone());
            }
            new
        };
        let mut all: Vec<Entry> = Vec::new();
        if item == of {
            all.extend(plan.before(imported).flat_map(|which| added(which).into_iter().map(move |new| (new, Some(which)))));
            let mut new = if outcome.is_same() { vec![entry.clone()] } else { pieces(entry, outcome, punctuated, false) };
            new.iter_mut().for_each(|new| self.relabel(new, own, item));
            all.extend(new.into_iter().map(|new| (new, Some(own))));
        } else if kept_mark {
            let mut mark = entry.clone();
            self.relabel(&mut mark, own, item);
            all.push((mark, Some(own)));
        }
        if item == ends_with {
            all.extend(plan.after(imported).flat_map(|which| added(which).into_iter().map(move |new| (new, Some(which)))));
        }
        all
    }

    /// Names the speaker of an entry anew, where that is another. An item that no speaker segment names says itself who speaks.
    fn relabel(&self, entry: &mut Value, word: usize, item: usize) {
        let Some(map) = entry.as_object_mut().filter(|_| self.plan.is_relabelled(word)) else { return };
        let says = map.contains_key("speaker_label") || (!self.labelled[item] && map.contains_key("alternatives"));
        match self.plan.label(word) {
            Some(label) if says => drop(map.insert("speaker_label".into(), Value::from(label))),
            Some(_) => {}
            None => drop(map.shift_remove("speaker_label")),
        }
    }

    /// A channel with its items put right.
    fn with_items(&self, holder: &Value, owners: &[Option<usize>], ids: &Ids) -> Value {
        let mut holder = holder.clone();
        if holder.get("items").is_some_and(Value::is_array) {
            let entries = self.entries(list(&holder, "items"), owners, ids);
            holder["items"] = entries.into_iter().map(|(entry, _)| entry).collect();
        }
        holder
    }

    pub(super) fn entries(&self, entries: &[Value], owners: &[Option<usize>], ids: &Ids) -> Vec<Entry> {
        let punctuated = entries.iter().any(|entry| content(entry).is_some());
        let mut words: BTreeMap<usize, &Value> = BTreeMap::new();
        let mut all = Vec::with_capacity(entries.len());
        for (entry, owner) in entries.iter().zip(owners) {
            let Some(item) = *owner else {
                all.push((self.shifted(entry), None));
                continue;
            };
            let word = match self.layout.roles[item] {
                Role::Punctuation(word) => words.get(&word).copied(),
                _ => words.insert(item, entry).or(Some(entry)),
            };
            let new = self.entry(entry, word.unwrap_or(entry), item, punctuated);
            for (k, (mut new, word)) in new.into_iter().enumerate() {
                if let (Some(_), Some((id, _))) = (new.get("id"), ids[item].get(k)) {
                    new["id"] = Value::from(*id);
                }
                all.push((new, word));
            }
        }
        all
    }

    pub(super) fn line(&self, words: impl IntoIterator<Item = usize>) -> String {
        let pieces = words.into_iter().flat_map(|word| &self.plan.outcome(word).pieces);
        compose(pieces.map(|piece| (piece.text.as_str(), piece.punctuation.as_str())), self.spaced)
    }

    fn transcripts(&self, transcripts: &[Value]) -> Vec<Value> {
        let mut transcripts = transcripts.to_vec();
        if let Some(first) = transcripts.first_mut().filter(|first| first.is_object())
            && self.word_of.iter().flatten().any(|word| self.plan.changes_text(*word))
        {
            first["transcript"] = Value::from(self.line(self.word_of.iter().flatten().flat_map(|word| self.plan.said(*word))));
        }
        transcripts
    }

    fn shifted(&self, entry: &Value) -> Value {
        let mut entry = entry.clone();
        self.shift(&mut entry);
        entry
    }

    /// Moves every `start_time` and `end_time` in a value as far as the last word before it moves.
    pub(super) fn shift(&self, value: &mut Value) {
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

pub(super) fn source_time(entry: &Value, name: &str) -> Option<i64> {
    time(entry.get(name), Unit::Seconds, String::new).ok().flatten()
}

/// Sets a time in the way that the entry had it: as a number, or else as a string.
pub(super) fn set_time(entry: &mut Value, name: &str, us: i64) {
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

/// The entries of a corrected word, made of its entry in the source; `added` where that is the entry of another word.
fn pieces(entry: &Value, outcome: &Outcome, punctuated: bool, added: bool) -> Vec<Value> {
    let several = added || outcome.pieces.len() > 1;
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
