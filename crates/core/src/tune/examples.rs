//! Stretches that people reviewed, as examples to show a model: what was there, what people made of it, and which of them teach most.
//!
//! A *stretch* lasts 10 to 30 s, begins and ends where a line, a sentence or a shot does, holds nothing that is still asked, and something that a
//! person corrected or decided. `docs/tuning.md` tells how they are chosen and ranked.

use crate::annotation::{Annotation, Region};
use crate::time::{Delta, MediaTime, Span};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};
use ts_rs::TS;

/// No stretch is shorter.
const SHORTEST: Delta = Delta::from_us(10_000_000);
/// No stretch is longer.
const LONGEST: Delta = Delta::from_us(30_000_000);
/// What ends a sentence.
const ENDS: [char; 9] = ['.', '?', '!', '…', '。', '？', '！', '؟', '।'];

/// A word as the recogniser wrote it and as people left it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Said {
    /// With its punctuation; empty where a person added the word.
    pub heard: String,
    /// With its punctuation; empty where a person removed it.
    pub written: String,
    /// Who says it, as people left it.
    pub speaker: Option<String>,
    /// Who says it, as imported.
    pub was_speaker: Option<String>,
    /// Where it lies in its media.
    pub span: Span<MediaTime>,
    /// Whether a line begins with it.
    pub begins: bool,
    /// Who changed it last; empty where nobody is known.
    pub by: String,
}

/// An annotation as it was imported and as people left it; the same twice where nobody touched it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Marked {
    /// None where a person added it.
    pub before: Option<Annotation>,
    /// None where a person removed it.
    pub after: Option<Annotation>,
    /// Who changed it last; empty where nobody is known.
    pub by: String,
}

/// Something that a gate flagged or that was drawn to be checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// The gate's name.
    pub gate: String,
    /// Where in the media.
    pub span: Span<MediaTime>,
    /// Whether it is a defect, and who said so; none while nobody did, or nobody was sure.
    pub answer: Option<(bool, String)>,
}

/// All that is known of the review of a media.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reviewed {
    /// How long it lasts.
    pub duration: MediaTime,
    /// Its words, in the order of the text.
    pub words: Vec<Said>,
    /// Its shot changes, in any order.
    pub shots: Vec<MediaTime>,
    /// Its annotations, in any order.
    pub annotations: Vec<Marked>,
    /// What was asked of people, in any order.
    pub asked: Vec<Asked>,
}

/// Words of one speaker that stand on one line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, rename = "ExampleLine")]
pub struct Line {
    /// Who says them.
    pub speaker: Option<String>,
    /// The words with their punctuation.
    pub text: String,
}

/// What an annotation says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, rename = "ExampleMark")]
pub struct Mark {
    /// What kind of thing.
    pub label: String,
    /// When.
    #[serde(flatten)]
    pub span: Span<MediaTime>,
    /// Where in the frame, in shares of it; none for the whole of it.
    pub region: Option<Region>,
    /// The description, or the text that was read.
    pub text: String,
}

/// What a person corrected.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(tag = "what", rename_all = "snake_case")]
#[ts(export, rename = "ExampleCorrection")]
pub enum Correction {
    /// Words that follow each other; nothing before where they were added, nothing after where they were removed.
    Words {
        /// When.
        #[serde(flatten)]
        span: Span<MediaTime>,
        /// As the recogniser wrote them.
        before: String,
        /// As people left them.
        after: String,
        /// Who did it last.
        by: String,
    },
    /// Who says words that follow each other.
    Speaker {
        /// When.
        #[serde(flatten)]
        span: Span<MediaTime>,
        /// As imported.
        before: Option<String>,
        /// As people left it.
        after: Option<String>,
        /// Who did it last.
        by: String,
    },
    /// An annotation; nothing before where it was added, nothing after where it was removed. Its times are its own, also outside of the stretch.
    Annotation {
        /// As imported.
        before: Option<Mark>,
        /// As people left it.
        after: Option<Mark>,
        /// Who did it last.
        by: String,
    },
}

impl Correction {
    fn start(&self) -> MediaTime {
        match self {
            Self::Words { span, .. } | Self::Speaker { span, .. } => span.start,
            Self::Annotation { before, after, .. } => after.as_ref().or(before.as_ref()).map_or(MediaTime::ZERO, |mark| mark.span.start),
        }
    }

    fn by(&self) -> &str {
        let (Self::Words { by, .. } | Self::Speaker { by, .. } | Self::Annotation { by, .. }) = self;
        by
    }
}

/// What a person decided on.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export, rename = "ExampleDecision")]
pub struct Decided {
    /// The gate's name.
    pub gate: String,
    /// When.
    #[serde(flatten)]
    pub span: Span<MediaTime>,
    /// Whether it is a defect.
    pub defect: bool,
    /// Who decided.
    pub by: String,
}

/// A stretch of a media as it stands after review, and what people did there.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export, rename = "ExampleStretch")]
pub struct Stretch {
    /// When, in the media.
    #[serde(flatten)]
    pub span: Span<MediaTime>,
    /// What is said: the words that begin in the stretch.
    pub lines: Vec<Line>,
    /// What is seen: the part of each annotation that lies in the stretch.
    pub annotations: Vec<Mark>,
    /// What people corrected that begins in the stretch, in order of time.
    pub corrections: Vec<Correction>,
    /// What people decided that begins in the stretch, in order of time.
    pub decisions: Vec<Decided>,
    /// Who corrected or decided.
    pub by: Vec<String>,
}

/// The stretches of a media that can be examples, in order of time; no two of them overlap. Where several could be, the one with the most
/// corrections is taken, then the one with the most decisions, the shorter, the earlier.
pub fn stretches(of: &Reviewed) -> Vec<Stretch> {
    let corrections = corrections(of);
    let borders = borders(of);
    let ground = Ground::new(&borders, of, &corrections);
    let mut possible = Vec::new();
    for first in 0..borders.len() {
        for last in first + 1..borders.len() {
            let length = borders[last] - borders[first];
            if length > LONGEST || ground.open(first, last) {
                break;
            }
            let (corrected, decided) = ground.touched(first, last);
            if length >= SHORTEST && corrected + decided > 0 {
                possible.push((Reverse(corrected), Reverse(decided), length, first, last));
            }
        }
    }
    possible.sort_unstable();
    let mut taken = vec![false; borders.len()];
    let mut chosen = Vec::new();
    for (.., first, last) in possible {
        if !taken[first..last].contains(&true) {
            taken[first..last].fill(true);
            chosen.push(Span::new(borders[first], borders[last]));
        }
    }
    chosen.sort_by_key(|span| span.start);
    chosen.into_iter().map(|span| stretch(of, &corrections, span)).collect()
}

/// Where a stretch may begin or end: where lines and sentences do, at shot changes in the middle of no word, and at the ends of the media.
fn borders(of: &Reviewed) -> Vec<MediaTime> {
    let mut borders = BTreeSet::from([MediaTime::ZERO, of.duration]);
    let said: Vec<&Said> = of.words.iter().filter(|word| !word.written.is_empty()).collect();
    for (i, word) in said.iter().enumerate() {
        let before = i.checked_sub(1).map(|before| said[before]);
        if word.begins || before.is_none_or(|before| before.written.ends_with(ENDS)) {
            borders.insert(word.span.start);
            borders.extend(before.map(|before| before.span.end));
        }
    }
    borders.extend(said.last().map(|word| word.span.end));
    let mut in_order: Vec<Span<MediaTime>> = said.iter().map(|word| word.span).collect();
    in_order.sort_by_key(|span| span.start);
    let within_word = |at: MediaTime| {
        let begun = in_order.partition_point(|span| span.start < at);
        in_order[..begun].last().is_some_and(|span| span.end > at)
    };
    borders.extend(of.shots.iter().copied().filter(|shot| !within_word(*shot)));
    borders.into_iter().filter(|at| (MediaTime::ZERO..=of.duration).contains(at)).collect()
}

/// What lies between borders, summed up from the first on.
struct Ground {
    open: Vec<u32>,
    corrected: Vec<u32>,
    decided: Vec<u32>,
}

impl Ground {
    fn new(borders: &[MediaTime], of: &Reviewed, corrections: &[Correction]) -> Self {
        let piece = |at: MediaTime| borders.partition_point(|border| *border <= at).saturating_sub(1);
        let empty = vec![0u32; borders.len()];
        let (mut open, mut corrected, mut decided) = (empty.clone(), empty.clone(), empty);
        for asked in &of.asked {
            let first = piece(asked.span.start);
            match asked.answer {
                Some(_) => decided[first] += 1,
                None => {
                    // An open question is about every piece that it reaches into.
                    let end = borders.partition_point(|border| *border < asked.span.end).max(first + 1);
                    open[first..end].iter_mut().for_each(|count| *count += 1);
                }
            }
        }
        corrections.iter().for_each(|correction| corrected[piece(correction.start())] += 1);
        Self { open: sums(open), corrected: sums(corrected), decided: sums(decided) }
    }

    /// Whether anything between two borders is still asked.
    fn open(&self, first: usize, last: usize) -> bool {
        self.open[last] > self.open[first]
    }

    /// How much between two borders was corrected, and decided.
    fn touched(&self, first: usize, last: usize) -> (u32, u32) {
        (self.corrected[last] - self.corrected[first], self.decided[last] - self.decided[first])
    }
}

fn sums(counts: Vec<u32>) -> Vec<u32> {
    let mut sum = 0;
    std::iter::once(0)
        .chain(counts.into_iter().map(|count| {
            sum += count;
            sum
        }))
        .collect()
}

/// All that people corrected in a media, in order of time.
fn corrections(of: &Reviewed) -> Vec<Correction> {
    let joined = |run: &[Said], text: fn(&Said) -> &str| run.iter().map(text).filter(|t| !t.is_empty()).collect::<Vec<_>>().join(" ");
    let span = |run: &[Said]| {
        let ends = run.iter().map(|word| word.span.end).max();
        Span::new(run[0].span.start, ends.unwrap_or(run[0].span.start))
    };
    let by = |run: &[Said]| run.iter().map(|word| word.by.as_str()).find(|by| !by.is_empty()).unwrap_or_default().to_owned();
    let rewritten = |word: &Said| word.heard != word.written;
    let reassigned = |word: &Said| word.speaker != word.was_speaker && !word.heard.is_empty() && !word.written.is_empty();
    let mut all = Vec::new();
    for run in of.words.chunk_by(|a, b| rewritten(a) == rewritten(b)).filter(|run| rewritten(&run[0])) {
        let (before, after) = (joined(run, |word| &word.heard), joined(run, |word| &word.written));
        // A word that was cut in two and joined again says what it said.
        if before != after {
            all.push(Correction::Words { span: span(run), before, after, by: by(run) });
        }
    }
    let one = |a: &Said, b: &Said| reassigned(a) == reassigned(b) && a.speaker == b.speaker && a.was_speaker == b.was_speaker;
    for run in of.words.chunk_by(one).filter(|run| reassigned(&run[0])) {
        let (before, after) = (run[0].was_speaker.clone(), run[0].speaker.clone());
        all.push(Correction::Speaker { span: span(run), before, after, by: by(run) });
    }
    for marked in of.annotations.iter().filter(|marked| marked.before != marked.after) {
        let (before, after) = (marked.before.as_ref().map(mark), marked.after.as_ref().map(mark));
        all.push(Correction::Annotation { before, after, by: marked.by.clone() });
    }
    all.sort_by_key(Correction::start);
    all
}

fn mark(annotation: &Annotation) -> Mark {
    Mark { label: annotation.label.clone(), span: annotation.span, region: annotation.region, text: annotation.text.clone() }
}

fn stretch(of: &Reviewed, corrections: &[Correction], span: Span<MediaTime>) -> Stretch {
    let corrections: Vec<Correction> = corrections.iter().filter(|correction| span.contains(correction.start())).cloned().collect();
    let mut annotations: Vec<Mark> = of
        .annotations
        .iter()
        .filter_map(|marked| marked.after.as_ref())
        .filter_map(|annotation| Some(Mark { span: annotation.span.overlap(span)?, ..mark(annotation) }))
        .collect();
    annotations.sort_by(|a, b| (a.span.start, &a.label, &a.text).cmp(&(b.span.start, &b.label, &b.text)));
    let decided = |asked: &Asked| {
        let (defect, by) = asked.answer.clone().filter(|_| span.contains(asked.span.start))?;
        Some(Decided { gate: asked.gate.clone(), span: asked.span, defect, by })
    };
    let mut decisions: Vec<Decided> = of.asked.iter().filter_map(decided).collect();
    decisions.sort_by(|a, b| (a.span.start, &a.gate).cmp(&(b.span.start, &b.gate)));
    let people = corrections.iter().map(Correction::by).chain(decisions.iter().map(|decided| decided.by.as_str()));
    let by: BTreeSet<&str> = people.filter(|by| !by.is_empty()).collect();
    let by = by.into_iter().map(str::to_owned).collect();
    Stretch { span, lines: lines(&of.words, span), annotations, by, corrections, decisions }
}

fn lines(words: &[Said], span: Span<MediaTime>) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut begins = true;
    for word in words {
        begins |= word.begins;
        if word.written.is_empty() || !span.contains(word.span.start) {
            continue;
        }
        match lines.last_mut().filter(|line| !begins && line.speaker == word.speaker) {
            Some(line) => line.text = format!("{} {}", line.text, word.written),
            None => lines.push(Line { speaker: word.speaker.clone(), text: word.written.clone() }),
        }
        begins = false;
    }
    lines
}

/// What an example shows that others may not: its media, labels of what is seen, gates that were decided on, words that were written anew.
fn shows(media: &str, stretch: &Stretch) -> BTreeSet<(u8, String)> {
    let mut shows = BTreeSet::from([(0, media.to_owned())]);
    shows.extend(stretch.annotations.iter().map(|mark| (1, mark.label.clone())));
    shows.extend(stretch.decisions.iter().map(|decided| (2, decided.gate.clone())));
    for correction in &stretch.corrections {
        match correction {
            Correction::Words { after, .. } => {
                let bare = after.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()));
                shows.extend(bare.filter(|word| !word.is_empty()).map(|word| (3, word.to_lowercase())));
            }
            Correction::Annotation { before: Some(mark), .. } => shows.extend([(1, mark.label.clone())]),
            _ => {}
        }
    }
    shows
}

/// The best `count` of stretches, each with its media, by their index; the best first. Those with a correction come first. Of these each next one
/// is that which shows most of what none before it shows; then the one with more corrections, the media with the smaller id, the earlier one.
pub fn rank(stretches: &[(&str, &Stretch)], count: usize) -> Vec<usize> {
    let shows: Vec<BTreeSet<(u8, String)>> = stretches.iter().map(|(media, stretch)| shows(media, stretch)).collect();
    let mut shown: BTreeSet<&(u8, String)> = BTreeSet::new();
    let key = |at: usize, new: usize| {
        let (media, stretch) = stretches[at];
        let corrections = stretch.corrections.len();
        (corrections > 0, new, corrections, Reverse((media, stretch.span.start)), Reverse(at))
    };
    let mut heap: BinaryHeap<_> = (0..stretches.len()).map(|at| key(at, shows[at].len())).collect();
    let mut best = Vec::new();
    // What an example adds only ever falls: one that still adds what it was last seen to add is the best of all.
    while let Some(top) = heap.pop().filter(|_| best.len() < count) {
        let Reverse(at) = top.4;
        let new = shows[at].iter().filter(|what| !shown.contains(what)).count();
        if new < top.1 {
            heap.push(key(at, new));
        } else {
            shown.extend(&shows[at]);
            best.push(at);
        }
    }
    best
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
#[path = "examples_tests.rs"]
mod tests;
