//! Which entries of a Transcribe document speak of the same item.
//!
//! A document says everything several times: under `items`, per channel, per speaker segment, per audio segment and per
//! alternative. Reading takes each fact once; an export must put a correction in all of those places.

use super::super::decimal::Unit;
use super::super::json::{list, text, time};
use serde_json::Value;
use std::collections::{HashMap, VecDeque};

/// How far ahead a channel's list is searched for an item that is not its next one.
const LOOKAHEAD: usize = 500;

/// What an entry of `results.items` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A spoken word.
    Word,
    /// Punctuation after the word of that item.
    Punctuation(usize),
    /// Neither: no text, or punctuation before any word.
    Other,
}

/// For each list of entries: which item of `results.items` each entry repeats, if any.
pub type Entries = Vec<Vec<Option<usize>>>;

/// The places of all items. Indices are those of `results.items`.
pub struct Layout {
    /// What each item is.
    pub roles: Vec<Role>,
    /// Which channel each item belongs to: an index into `results.channel_labels.channels`.
    pub channel: Vec<Option<usize>>,
    /// `results.channel_labels.channels[].items`.
    pub channels: Entries,
    /// `results.speaker_labels.segments[].items`.
    pub speakers: Entries,
    /// `results.audio_segments[].items`, which are ids.
    pub audio: Entries,
    /// `results.segments[].alternatives[0].items`.
    pub best: Entries,
    /// Whether ids are only unique within a channel.
    pub ids_per_channel: bool,
}

/// The text of an item, or of an entry that holds it directly.
pub fn content(entry: &Value) -> Option<&str> {
    let first = list(entry, "alternatives").first();
    first.and_then(|first| text(first, "content")).or_else(|| text(entry, "content"))
}

/// Whether an item is punctuation: by its type, and where it has none by having no time.
pub fn is_punctuation(entry: &Value) -> bool {
    match text(entry, "type") {
        Some(kind) => kind == "punctuation",
        None => entry.get("start_time").is_none() && content(entry).is_some_and(|text| !text.chars().any(char::is_alphanumeric)),
    }
}

/// The channels of a result.
pub fn channels(results: &Value) -> &[Value] {
    results.get("channel_labels").map_or(&[], |labels| list(labels, "channels"))
}

/// The speaker segments of a result.
pub fn speaker_segments(results: &Value) -> &[Value] {
    results.get("speaker_labels").map_or(&[], |labels| list(labels, "segments"))
}

/// The items of the best reading of a segment with alternatives.
pub fn best_items(segment: &Value) -> &[Value] {
    list(segment, "alternatives").first().map_or(&[], |best| list(best, "items"))
}

impl Layout {
    /// Finds all places in `results`.
    pub fn of(results: &Value) -> Self {
        let items = list(results, "items");
        let lists: Vec<&[Value]> = channels(results).iter().map(|channel| list(channel, "items")).collect();
        let labels: Vec<Option<&str>> = channels(results).iter().map(|channel| text(channel, "channel_label")).collect();
        let (channel, channels) = match_channels(items, &lists, &labels);
        let roles = roles(items, &channel);
        let by_time = ByTime::new(items, &roles);
        let speaker_lists: Vec<&[Value]> = speaker_segments(results).iter().map(|segment| list(segment, "items")).collect();
        let best_lists: Vec<&[Value]> = list(results, "segments").iter().map(best_items).collect();
        let speakers = by_time.entries(&speaker_lists);
        let best = by_time.entries(&best_lists);
        let (audio, ids_per_channel) = match_ids(items, list(results, "audio_segments"));
        Self { roles, channel, channels, speakers, audio, best, ids_per_channel }
    }

    /// The lists that say which words stand on one line: audio segments, speaker segments, or segments with alternatives. None where a file
    /// has none of those; with channels only audio segments count, for the others cross them.
    pub fn lines(&self, with_channels: bool) -> Option<&Entries> {
        let entries = [&self.audio, &self.speakers, &self.best];
        let found = entries.into_iter().find(|entries| entries.iter().flatten().any(Option::is_some))?;
        (!with_channels || std::ptr::eq(found, &self.audio)).then_some(found)
    }

    /// For each item the list in `entries` that names it first.
    pub fn list_of(&self, entries: &Entries) -> Vec<Option<usize>> {
        let mut of = vec![None; self.roles.len()];
        for (index, list) in entries.iter().enumerate() {
            for item in list.iter().flatten() {
                of[*item].get_or_insert(index);
            }
        }
        of
    }
}

/// The key that numbers an item within a document: its channel, where ids are only unique there, and its id.
pub fn id_key(entry: &Value, per_channel: bool) -> Option<(String, i64)> {
    let id = entry.get("id").and_then(Value::as_i64)?;
    let channel = if per_channel { text(entry, "channel_label").unwrap_or_default() } else { "" };
    Some((channel.to_owned(), id))
}

fn match_ids(items: &[Value], segments: &[Value]) -> (Entries, bool) {
    let mut seen = std::collections::HashSet::new();
    let per_channel = !items.iter().filter_map(|item| item.get("id").and_then(Value::as_i64)).all(|id| seen.insert(id));
    let mut index = HashMap::new();
    for (at, item) in items.iter().enumerate() {
        if let Some(key) = id_key(item, per_channel) {
            index.entry(key).or_insert(at);
        }
    }
    let find = |segment: &Value, id: &Value| {
        let channel = if per_channel { text(segment, "channel_label").unwrap_or_default() } else { "" };
        index.get(&(channel.to_owned(), id.as_i64()?)).copied()
    };
    let entries = segments.iter().map(|segment| list(segment, "items").iter().map(|id| find(segment, id)).collect()).collect();
    (entries, per_channel)
}

/// Finds the channel of each item. `items` is an interleaving of the channels' lists, so an item is the next entry of
/// one of them, and of the last one where two would do.
fn match_channels(items: &[Value], lists: &[&[Value]], labels: &[Option<&str>]) -> (Vec<Option<usize>>, Entries) {
    let mut channel = vec![None; items.len()];
    let mut entries: Entries = lists.iter().map(|list| vec![None; list.len()]).collect();
    let mut next = vec![0; lists.len()];
    let mut last = 0;
    for (at, item) in items.iter().enumerate() {
        let wanted = text(item, "channel_label");
        let fits = |c: &usize| wanted.is_none() || labels[*c].is_none() || wanted == labels[*c];
        let same = |entry: &Value| {
            ["type", "start_time", "end_time"].iter().all(|name| entry.get(name) == item.get(name)) && content(entry) == content(item)
        };
        let order = || (last..lists.len()).chain(0..last.min(lists.len())).filter(fits);
        let found = order().find_map(|c| lists[c].get(next[c]).is_some_and(same).then_some((c, next[c]))).or_else(|| {
            let ahead = |c: usize| lists[c].iter().enumerate().skip(next[c]).take(LOOKAHEAD).find(|(_, entry)| same(entry));
            if is_punctuation(item) { None } else { order().find_map(|c| ahead(c).map(|(p, _)| (c, p))) }
        });
        if let Some((c, p)) = found {
            entries[c][p] = Some(at);
            next[c] = p + 1;
            channel[at] = Some(c);
            last = c;
        } else {
            channel[at] = labels.iter().position(|label| wanted.is_some() && *label == wanted);
        }
    }
    (channel, entries)
}

/// What each item is; punctuation belongs to the last word of its channel.
fn roles(items: &[Value], channel: &[Option<usize>]) -> Vec<Role> {
    let mut last: HashMap<Option<usize>, usize> = HashMap::new();
    let mut latest = None;
    let mut role = |(at, item): (usize, &Value)| {
        if content(item).is_none_or(str::is_empty) {
            return Role::Other;
        }
        if is_punctuation(item) {
            let word = channel[at].map_or(latest, |_| last.get(&channel[at]).copied());
            return word.map_or(Role::Other, Role::Punctuation);
        }
        last.insert(channel[at], at);
        latest = Some(at);
        Role::Word
    };
    items.iter().enumerate().map(&mut role).collect()
}

/// Items by their times, for lists that repeat times but no ids.
struct ByTime {
    words: HashMap<(i64, i64), Vec<usize>>,
    punctuation: HashMap<usize, Vec<usize>>,
}

fn times(entry: &Value) -> Option<(i64, i64)> {
    let at = |name| time(entry.get(name), Unit::Seconds, String::new).ok().flatten();
    Some((at("start_time")?, at("end_time")?))
}

impl ByTime {
    fn new(items: &[Value], roles: &[Role]) -> Self {
        let mut by = Self { words: HashMap::new(), punctuation: HashMap::new() };
        for (at, item) in items.iter().enumerate() {
            match roles[at] {
                Role::Word => {
                    if let Some(key) = times(item) {
                        by.words.entry(key).or_default().push(at);
                    }
                }
                Role::Punctuation(word) => by.punctuation.entry(word).or_default().push(at),
                Role::Other => {}
            }
        }
        by
    }

    /// Entries with a time repeat the next item of that time; punctuation repeats that of the entry before it.
    fn entries(&self, lists: &[&[Value]]) -> Entries {
        let mut left: HashMap<(i64, i64), VecDeque<usize>> =
            self.words.iter().map(|(key, items)| (*key, items.iter().copied().collect())).collect();
        let mut marks = VecDeque::new();
        let mut find = |entry: &Value| {
            if is_punctuation(entry) {
                return marks.pop_front();
            }
            let word = left.get_mut(&times(entry)?)?.pop_front()?;
            marks = self.punctuation.get(&word).into_iter().flatten().copied().collect();
            Some(word)
        };
        let mut of_list = |list: &&[Value]| list.iter().map(&mut find).collect();
        lists.iter().map(&mut of_list).collect()
    }
}
