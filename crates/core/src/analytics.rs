//! What a talk consists of: who speaks for how long and how fast, and which phrases mark it.
//!
//! Phrases are single words and pairs as they were said, not their stems, without those of a stop list of the language. What marks a talk is
//! weighed by tf-idf over all talks given: how often it says a phrase, times the logarithm of how few of the talks say it.

use crate::time::{Delta, MediaTime, Span};
use crate::transcript::{PlacedWord, Transcript};
use crate::word_id::WordId;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Silence from here on ends a turn; shorter pauses belong to it.
pub const PAUSE: Delta = Delta::from_us(1_000_000);
/// A phrase that is said less often marks nothing.
const SAID_AT_LEAST: usize = 2;
/// A word that is said in one pair so often, in percent, stands for nothing beside the pair.
const MOSTLY_PAIRED: usize = 60;
/// The stop list where the source names no language, or one without a list.
const USUAL_LANGUAGE: &str = "en";
/// Talk shorter than this has no pace to speak of.
const PACE_AT_LEAST: Delta = Delta::from_us(3_000_000);

/// A word as it was said.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// Which word.
    pub word: WordId,
    /// Its text with the punctuation behind it.
    pub text: String,
    /// When.
    pub span: Span<MediaTime>,
    /// By whom: index into the transcript's speakers.
    pub speaker: Option<u16>,
    /// How many words its text holds.
    pub count: u32,
}

/// Words of one speaker with no silence of [`PAUSE`] between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Who speaks.
    pub speaker: Option<u16>,
    /// From where to where.
    pub span: Span<MediaTime>,
    /// The first of its words in [`Talk::said`].
    pub first: usize,
    /// One past the last of them.
    pub end: usize,
}

/// How much somebody talks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// How long their turns last.
    pub time: Delta,
    /// How many words they say.
    pub words: u32,
}

impl Share {
    /// Words a minute; none where too little is said to tell.
    pub fn pace(self) -> Option<f64> {
        (self.time >= PACE_AT_LEAST && self.words > 0).then(|| f64::from(self.words) * 60e6 / self.time.us() as f64)
    }

    fn add(&mut self, time: Delta, words: u32) {
        self.time += time;
        self.words += words;
    }
}

/// A transcript as a talk: its words as they stand, in turns, and the phrases that it says.
#[derive(Clone, Debug, Default)]
pub struct Talk {
    /// The words that are in the media, in the order of the text.
    pub said: Vec<Said>,
    /// Turns, in the order of the text.
    pub turns: Vec<Turn>,
    /// The language whose stop list was taken, such as `en`.
    pub language: String,
    /// Phrases in lower case, and the words that they begin with: indices into [`Talk::said`], in order.
    pub phrases: HashMap<String, Vec<u32>>,
}

/// A phrase that marks a talk.
#[derive(Clone, Debug, PartialEq)]
pub struct Phrase {
    /// The phrase, in lower case.
    pub text: String,
    /// How much it marks the talk; above 0.
    pub weight: f64,
    /// Where it is said: index of the talk among those given, index into its [`Talk::said`].
    pub places: Vec<(usize, u32)>,
}

impl Talk {
    /// A transcript with people's changes in it, and its words as placed, one for one.
    pub fn new(transcript: &Transcript, placed: &[PlacedWord]) -> Self {
        let mut talk = Self::default();
        let mut lines = transcript.segments.iter().peekable();
        for (word, placed) in transcript.words.iter().zip(placed) {
            while lines.peek().is_some_and(|line| line.end <= word.id) {
                lines.next();
            }
            if placed.text.is_empty() || !placed.in_media {
                continue;
            }
            talk.said.push(Said {
                word: word.id,
                text: format!("{}{}", placed.text, placed.punctuation),
                span: placed.span,
                speaker: word.speaker.or_else(|| lines.peek().and_then(|line| line.speaker)),
                count: placed.text.split_whitespace().count() as u32,
            });
        }
        talk.turns = turns(&talk.said);
        talk.language = language(transcript);
        talk.phrases = phrases(&talk.said, &talk.turns, &talk.language);
        talk
    }

    /// How much each speaker talks.
    pub fn shares(&self) -> BTreeMap<Option<u16>, Share> {
        let mut shares: BTreeMap<Option<u16>, Share> = BTreeMap::new();
        for turn in &self.turns {
            shares.entry(turn.speaker).or_default().add(turn.span.len(), self.words_of(turn));
        }
        shares
    }

    /// How much each speaker talks in each of `parts` equal stretches of a media of this length: by part, then by speaker.
    pub fn shares_over_time(&self, length: MediaTime, parts: usize) -> Vec<BTreeMap<Option<u16>, Share>> {
        let mut shares = vec![BTreeMap::<Option<u16>, Share>::new(); parts];
        if parts == 0 {
            return shares;
        }
        let part_us = part_us(length, parts);
        let part = |at: MediaTime| (at.us().max(0) / part_us).min(parts as i64 - 1) as usize;
        for turn in &self.turns {
            let (from, to) = (part(turn.span.start), part(turn.span.end));
            for (i, share) in shares.iter_mut().enumerate().take(to + 1).skip(from) {
                // What lies before the media or behind it belongs to its first and its last part.
                let start = if i == 0 { i64::MIN } else { i as i64 * part_us };
                let end = if i + 1 == parts { i64::MAX } else { (i as i64 + 1) * part_us };
                let inside = (turn.span.end.us().min(end) - turn.span.start.us().max(start)).max(0);
                share.entry(turn.speaker).or_default().add(Delta::from_us(inside), 0);
            }
            for said in self.said.get(turn.first..turn.end).unwrap_or_default() {
                shares[part(said.span.start)].entry(turn.speaker).or_default().add(Delta::default(), said.count);
            }
        }
        shares
    }

    /// Who says the word that stands at or behind `word` in the text.
    pub fn speaker_of(&self, word: WordId) -> Option<u16> {
        self.said.get(self.said.partition_point(|s| s.word < word)).and_then(|s| s.speaker)
    }

    /// Who talks the most in a stretch of the media.
    pub fn speaker_in(&self, span: Span<MediaTime>) -> Option<u16> {
        let from = self.turns.partition_point(|t| t.span.end <= span.start);
        let here = self.turns[from..].iter().take_while(|t| t.span.start <= span.end);
        let inside = |t: &&Turn| t.span.end.min(span.end) - t.span.start.max(span.start);
        here.max_by_key(inside).and_then(|t| t.speaker)
    }

    fn words_of(&self, turn: &Turn) -> u32 {
        self.said.get(turn.first..turn.end).unwrap_or_default().iter().map(|s| s.count).sum()
    }
}

/// How long one of `parts` equal stretches of a media is, in microseconds; rounded up, so that they reach its end.
pub fn part_us(length: MediaTime, parts: usize) -> i64 {
    length.us().max(1).unsigned_abs().div_ceil(parts.max(1) as u64) as i64
}

fn turns(said: &[Said]) -> Vec<Turn> {
    let mut turns: Vec<Turn> = Vec::new();
    for (i, word) in said.iter().enumerate() {
        match turns.last_mut() {
            Some(turn) if turn.speaker == word.speaker && (word.span.start - turn.span.end).abs() < PAUSE => {
                turn.end = i + 1;
                turn.span = Span::new(turn.span.start.min(word.span.start), turn.span.end.max(word.span.end));
            }
            _ => turns.push(Turn { speaker: word.speaker, span: word.span, first: i, end: i + 1 }),
        }
    }
    turns
}

/// A word as phrases are made of it; empty where it says nothing by itself.
fn term(text: &str, stop: &HashSet<&str>) -> String {
    let bare = text.trim_matches(|c: char| !c.is_alphanumeric());
    let says = bare.chars().any(char::is_alphabetic) && bare.chars().nth(1).is_some();
    let plain = if bare.contains('’') { bare.replace('’', "'").to_lowercase() } else { bare.to_lowercase() };
    if says && !stop.contains(plain.as_str()) { plain } else { String::new() }
}

/// The language whose stop words go with a transcript: its own, or the usual one where it names none that has any.
pub fn language(transcript: &Transcript) -> String {
    let named = transcript.languages.first().and_then(|l| l.code.split(['-', '_']).next()).map(str::to_lowercase);
    named.filter(|code| stop_words::lookup(code).is_some()).unwrap_or_else(|| USUAL_LANGUAGE.to_owned())
}

fn phrases(said: &[Said], turns: &[Turn], language: &str) -> HashMap<String, Vec<u32>> {
    let stop: HashSet<&str> = stop_words::lookup(language).unwrap_or_default().iter().copied().collect();
    // Terms as numbers: a pair of two numbers costs nothing, and most pairs are said once only.
    let mut names: Vec<String> = Vec::new();
    let mut numbers: HashMap<String, u32> = HashMap::new();
    let mut terms: Vec<Option<u32>> = Vec::with_capacity(said.len());
    for word in said {
        let term = term(&word.text, &stop);
        terms.push((!term.is_empty()).then(|| {
            *numbers.entry(term).or_insert_with_key(|name| {
                names.push(name.clone());
                names.len() as u32 - 1
            })
        }));
    }
    let mut single: Vec<Vec<u32>> = vec![Vec::new(); names.len()];
    let mut pairs: HashMap<(u32, u32), Vec<u32>> = HashMap::new();
    for turn in turns {
        for i in turn.first..turn.end {
            let Some(term) = terms[i] else { continue };
            single[term as usize].push(i as u32);
            let ends = said[i].text.ends_with(|c: char| !c.is_alphanumeric());
            // A word said twice in a row is no phrase.
            let next = (i + 1 < turn.end && !ends).then(|| terms[i + 1]).flatten().filter(|next| *next != term);
            if let Some(next) = next {
                pairs.entry((term, next)).or_default().push(i as u32);
            }
        }
    }
    let mut paired = vec![0usize; names.len()];
    let mut all: HashMap<String, Vec<u32>> = HashMap::with_capacity(names.len());
    for ((a, b), places) in pairs {
        if places.len() >= SAID_AT_LEAST {
            for term in [a, b] {
                paired[term as usize] = paired[term as usize].max(places.len());
            }
            all.insert(format!("{} {}", names[a as usize], names[b as usize]), places);
        }
    }
    for ((name, places), paired) in names.into_iter().zip(single).zip(paired) {
        if paired * 100 < places.len() * MOSTLY_PAIRED {
            all.insert(name, places);
        }
    }
    all
}

/// In how many talks each phrase is said.
pub fn spread<'a>(talks: &[&'a Talk]) -> HashMap<&'a str, u32> {
    let mut spread = HashMap::new();
    for phrase in talks.iter().flat_map(|talk| talk.phrases.keys()) {
        *spread.entry(phrase.as_str()).or_insert(0) += 1;
    }
    spread
}

/// At most `limit` phrases that mark what is `counted` of `talks` (by index of the talk and its speaker), the weightiest first; `spread` is
/// over `all` talks that they are held against.
pub fn key_phrases(
    talks: &[&Talk],
    counted: impl Fn(usize, Option<u16>) -> bool,
    spread: &HashMap<&str, u32>,
    all: usize,
    limit: usize,
) -> Vec<Phrase> {
    let mut places: HashMap<&str, Vec<(usize, u32)>> = HashMap::new();
    for (at, talk) in talks.iter().enumerate() {
        for (text, said) in &talk.phrases {
            let here = said.iter().filter(|i| counted(at, talk.said.get(**i as usize).and_then(|s| s.speaker)));
            let mut here = here.map(|i| (at, *i)).peekable();
            if here.peek().is_some() {
                places.entry(text).or_default().extend(here);
            }
        }
    }
    places.retain(|_, places| places.len() >= SAID_AT_LEAST);
    let weight = |text: &str, count: usize| {
        let within = spread.get(text).copied().unwrap_or(0);
        count as f64 * (((1 + all) as f64 / f64::from(1 + within)).ln() + 1.0)
    };
    let weighed = places.into_iter().map(|(text, places)| Phrase { text: text.to_owned(), weight: weight(text, places.len()), places });
    let mut weighed: Vec<Phrase> = weighed.collect();
    weighed.sort_by(|a, b| b.weight.total_cmp(&a.weight).then_with(|| a.text.cmp(&b.text)));
    weighed.truncate(limit);
    weighed
}

#[cfg(test)]
#[path = "analytics_tests.rs"]
mod tests;
