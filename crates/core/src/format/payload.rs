//! The text of a cue: its words with their places, so that a word can be changed and all else stays.

use super::outcome::{Outcome, peel};
use super::plan::Plan;
use super::subtitle::{Stamp, clock_us};
use std::ops::Range;

/// Whose tags and entities a text has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Srt,
    WebVtt,
}

/// A word of a cue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CueWord {
    pub text: String,
    pub punctuation: String,
    /// The voice that is set where the word stands.
    pub speaker: Option<String>,
    /// Places of the text; several where tags stand inside the word.
    at: Vec<Range<usize>>,
    /// Places of the punctuation.
    marks_at: Vec<Range<usize>>,
    /// Where a cue is cut that shall end before it: behind the last line end before it, else behind the last space.
    gap: usize,
}

/// A tag that sets or ends a voice.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Voice {
    at: Range<usize>,
    /// The index of the word after it.
    word: usize,
}

/// Stands in a patched text where a cue is cut in two; no text of a cue has it.
pub(super) const CUT: char = '\u{1}';

/// A cue's text, taken apart.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Payload {
    pub words: Vec<CueWord>,
    /// Inline times with the index of the word after them.
    pub stamps: Vec<(Stamp, usize)>,
    voices: Vec<Voice>,
}

/// What stands between two words: the last space, and whether it ends a line.
#[derive(Clone, Copy, Default)]
struct Gap {
    at: usize,
    ends_line: bool,
}

/// Signs that are no words where they stand alone: dashes before a line of dialogue, notes around a song.
const SIGNS: &str = "-–—―‐‑♪♫♬•·~\"'“”‘’«»‹›()[]{}¿¡";

/// A tag is shorter than this many bytes; what does not close sooner is text.
const LONGEST_TAG: usize = 1_000;

/// One character, decoded, and where it is.
type Letter = (char, Range<usize>);

impl Payload {
    /// Takes a cue's text apart.
    pub fn parse(text: &str, dialect: Dialect) -> Self {
        let mut payload = Self::default();
        let mut voice: Option<String> = None;
        let mut word: Vec<Letter> = Vec::new();
        let mut gap = Gap::default();
        let mut at = 0;
        while let Some(c) = text[at..].chars().next() {
            let rest = &text[at..];
            let mut length = c.len_utf8();
            if let Some(tag) = tag(rest, dialect) {
                length = tag.len();
                let inner = tag[1..length - 1].trim();
                if let Ok(us) = clock_us(inner) {
                    payload.end_word(&mut word, &voice, &mut gap);
                    let inside = at + 1..at + length - 1;
                    payload.stamps.push((Stamp { us, at: inside }, payload.words.len()));
                } else if let Some(name) = voice_of(inner, dialect) {
                    payload.end_word(&mut word, &voice, &mut gap);
                    payload.voices.push(Voice { at: at..at + length, word: payload.words.len() });
                    voice = name;
                }
            } else if c.is_whitespace() {
                payload.end_word(&mut word, &voice, &mut gap);
                if c == '\n' || !gap.ends_line {
                    gap = Gap { at: at + length, ends_line: c == '\n' };
                }
            } else if let Some((decoded, entity)) = entity(rest, dialect) {
                length = entity.len();
                if decoded.is_whitespace() {
                    payload.end_word(&mut word, &voice, &mut gap);
                } else if decoded != '\u{200e}' && decoded != '\u{200f}' {
                    word.push((decoded, at..at + length));
                }
            } else {
                word.push((c, at..at + length));
            }
            at += length;
        }
        payload.end_word(&mut word, &voice, &mut gap);
        payload
    }

    fn end_word(&mut self, letters: &mut Vec<Letter>, voice: &Option<String>, gap: &mut Gap) {
        let letters = std::mem::take(letters);
        let whole: String = letters.iter().map(|(c, _)| c).collect();
        let (bare, marks) = peel(&whole);
        if bare.chars().all(|c| SIGNS.contains(c)) {
            return;
        }
        let split = bare.chars().count();
        self.words.push(CueWord {
            text: bare.to_owned(),
            punctuation: marks.to_owned(),
            speaker: voice.clone(),
            at: joined(&letters[..split]),
            marks_at: joined(&letters[split..]),
            gap: gap.at,
        });
        *gap = Gap { at: letters.last().map_or(gap.at, |(_, at)| at.end), ends_line: false };
    }

    /// The text with what became of its words, the imported ones from `first` on. Everything else in it stays. [`CUT`] stands where a person
    /// cut a line.
    pub fn patched(&self, text: &str, plan: &Plan<'_>, first: usize, dialect: Dialect) -> String {
        let mut edits: Vec<(Range<usize>, String)> = Vec::new();
        let mut gone = false;
        let mut last: Option<usize> = None;
        let speaks_anew = dialect == Dialect::WebVtt
            && (first..first + self.words.len()).flat_map(|imported| plan.said(imported)).any(|word| plan.is_relabelled(word));
        for (word, imported) in self.words.iter().zip(first..) {
            let outcome = plan.outcome(plan.own(imported));
            let mut new = String::new();
            for which in plan.said(imported) {
                let cut = last.is_some_and(|last| plan.cuts(last, which));
                let voice = voice_change(plan, last, which).filter(|_| speaks_anew).unwrap_or_default();
                let opening = if cut { format!("{CUT}{voice}") } else { voice };
                if new.is_empty() && !opening.is_empty() {
                    edits.push((word.gap..word.gap, opening));
                } else if !new.is_empty() {
                    new.push_str(if cut { "" } else { " " });
                    new.push_str(&opening);
                }
                let pieces = plan.outcome(which);
                new.push_str(&escape(&inner_text(pieces), dialect));
                let marks = pieces.pieces.last().map_or("", |last| last.punctuation.as_str());
                new.push_str(&escape(marks, dialect));
                last = Some(which);
            }
            let alone = plan.before(imported).chain(plan.after(imported)).next().is_none();
            if new.is_empty() {
                gone = true;
                for range in word.at.iter().chain(&word.marks_at) {
                    edits.push((range.clone(), String::new()));
                }
                edits.extend(space_before(text, word.at[0].start).map(|range| (range, String::new())));
            } else if alone {
                self.patch_word(word, outcome, dialect, &mut edits);
            } else {
                let places: Vec<Range<usize>> = word.at.iter().chain(&word.marks_at).cloned().collect();
                replace(&places, new, &mut edits);
            }
        }
        if speaks_anew {
            edits.extend(self.voices.iter().map(|voice| (voice.at.clone(), String::new())));
        }
        for (stamp, word) in &self.stamps {
            let next = (first + word..first + self.words.len()).flat_map(|imported| plan.said(imported)).next();
            if let Some(next) = next.map(|next| plan.outcome(next)).filter(|next| next.moved_start) {
                let like = &text[stamp.at.clone()];
                edits.push((stamp.at.clone(), super::subtitle::clock_like(like, next.pieces[0].start)));
            }
        }
        let patched = spliced(text, edits);
        if gone { without_empty_lines(&patched) } else { patched }
    }

    fn patch_word(&self, word: &CueWord, outcome: &Outcome, dialect: Dialect, edits: &mut Vec<(Range<usize>, String)>) {
        if outcome.rewritten {
            replace(&word.at, escape(&inner_text(outcome), dialect), edits);
        }
        let last = &outcome.pieces[outcome.pieces.len() - 1];
        if outcome.repunctuated && word.marks_at.is_empty() {
            let end = word.at[word.at.len() - 1].end;
            edits.push((end..end, escape(&last.punctuation, dialect)));
        } else if outcome.repunctuated {
            replace(&word.marks_at, escape(&last.punctuation, dialect), edits);
        }
    }
}

/// The tags that lead from the voice of a word to that of the next; before the first word nobody speaks.
fn voice_change(plan: &Plan<'_>, last: Option<usize>, next: usize) -> Option<String> {
    let before = last.and_then(|last| plan.label(last));
    let label = plan.label(next);
    let end = if before.is_some() { "</v>" } else { "" };
    (before != label).then(|| format!("{end}{}", label.map(voice).unwrap_or_default()))
}

/// The tag of a voice; none for a name without letters.
pub(super) fn voice(label: &str) -> String {
    let label = escape(&label.split_whitespace().collect::<Vec<_>>().join(" "), Dialect::WebVtt);
    if label.is_empty() { label } else { format!("<v {label}>") }
}

/// Whether a voice goes on to the end of a cue's text.
pub(super) fn speaks(text: &str, dialect: Dialect) -> bool {
    Payload::parse(text, dialect).voices.last().is_some_and(|voice| &text[voice.at.clone()] != "</v>")
}

/// A patched text, cut at every [`CUT`]; tags that are open at a cut end there and begin again behind it.
pub(super) fn cut(text: &str, dialect: Dialect) -> Vec<String> {
    let mut parts = Vec::new();
    let mut open: Vec<&str> = Vec::new();
    let count = text.split(CUT).count();
    for (number, part) in (1..).zip(text.split(CUT)) {
        let mut whole: String = open.concat();
        whole.push_str(part.trim());
        let mut at = 0;
        while let Some(c) = part[at..].chars().next() {
            let tag = tag(&part[at..], dialect).filter(|tag| tag.starts_with('<') && clock_us(tag[1..tag.len() - 1].trim()).is_err());
            if let Some(ended) = tag.and_then(|tag| tag.strip_prefix("</")) {
                let name = name_of(ended);
                if let Some(at) = open.iter().rposition(|open| name_of(&open[1..]) == name) {
                    open.remove(at);
                }
            } else {
                open.extend(tag);
            }
            at += tag.map_or(c.len_utf8(), str::len);
        }
        if number == count {
            open.clear();
        }
        whole.extend(open.iter().rev().map(|open| format!("</{}>", name_of(&open[1..]))));
        parts.push(whole);
    }
    if parts.len() == 1 { vec![text.to_owned()] } else { parts }
}

fn name_of(inner: &str) -> &str {
    inner.find(|c: char| !c.is_ascii_alphanumeric()).map_or(inner, |end| &inner[..end])
}

/// The text of all pieces, with the punctuation between them but not that after the last.
fn inner_text(outcome: &Outcome) -> String {
    let mut text = String::new();
    for (at, piece) in outcome.pieces.iter().enumerate() {
        text.push_str(&piece.text);
        if at + 1 < outcome.pieces.len() {
            text.push_str(&piece.punctuation);
            text.push(' ');
        }
    }
    text
}

/// Puts `new` at the first of several places and empties the others.
fn replace(places: &[Range<usize>], new: String, edits: &mut Vec<(Range<usize>, String)>) {
    let mut new = Some(new);
    edits.extend(places.iter().map(|range| (range.clone(), new.take().unwrap_or_default())));
}

/// Applies edits that do not overlap.
pub(super) fn spliced(text: &str, mut edits: Vec<(Range<usize>, String)>) -> String {
    edits.sort_by_key(|(range, _)| (range.start, range.end));
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (range, new) in edits {
        if range.start >= at {
            out.push_str(&text[at..range.start]);
            out.push_str(&new);
            at = range.end;
        }
    }
    out.push_str(&text[at..]);
    out
}

/// The spaces before a place, but no line end.
fn space_before(text: &str, at: usize) -> Option<Range<usize>> {
    let start = text[..at].trim_end_matches([' ', '\t', '\u{a0}']).len();
    (start < at).then_some(start..at)
}

/// A line that lost all its words would end the cue, or leave a lone dash.
fn without_empty_lines(text: &str) -> String {
    let has_text = |line: &&str| !line.trim().chars().all(|c| "-–—‐‑".contains(c));
    text.lines().filter(has_text).map(str::trim).collect::<Vec<&str>>().join("\n")
}

/// Ranges of letters that follow each other as one.
fn joined(letters: &[Letter]) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for (_, range) in letters {
        match ranges.last_mut() {
            Some(last) if last.end == range.start => last.end = range.end,
            _ => ranges.push(range.clone()),
        }
    }
    ranges
}

/// The tag that a text begins with: `<i>`, `</v>`, `<00:01.000>`, and in SRT `{\an8}`.
fn tag(rest: &str, dialect: Dialect) -> Option<&str> {
    let close = match rest.as_bytes() {
        [b'<', b'/' | b'a'..=b'z' | b'A'..=b'Z', ..] => b'>',
        [b'<', b'0'..=b'9', ..] if dialect == Dialect::WebVtt => b'>',
        [b'{', b'\\', ..] if dialect == Dialect::Srt => b'}',
        _ => return None,
    };
    let end = rest.bytes().take(LONGEST_TAG).position(|byte| byte == close)?;
    Some(&rest[..=end])
}

/// The voice that a tag sets: `<v Name>` or `<v.class Name>`; `Some(None)` where `</v>` ends it.
fn voice_of(inner: &str, dialect: Dialect) -> Option<Option<String>> {
    if dialect == Dialect::Srt {
        return None;
    }
    if inner == "/v" {
        return Some(None);
    }
    let (tag, name) = inner.split_once(char::is_whitespace).unwrap_or((inner, ""));
    if tag != "v" && !tag.starts_with("v.") {
        return None;
    }
    let name = unescaped(name.trim());
    Some((!name.is_empty()).then_some(name))
}

const ENTITIES: [(&str, char); 7] =
    [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>'), ("&nbsp;", '\u{a0}'), ("&lrm;", '\u{200e}'), ("&rlm;", '\u{200f}'), ("&quot;", '"')];

/// The entity that a text of WebVTT begins with.
fn entity(rest: &str, dialect: Dialect) -> Option<(char, &str)> {
    if dialect == Dialect::Srt || !rest.starts_with('&') {
        return None;
    }
    if let Some((name, c)) = ENTITIES.iter().find(|(name, _)| rest.starts_with(name)) {
        return Some((*c, &rest[..name.len()]));
    }
    let end = rest.bytes().take(10).position(|b| b == b';')?;
    let number = rest[..end].strip_prefix("&#")?;
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => number.parse().ok()?,
    };
    Some((char::from_u32(code)?, &rest[..=end]))
}

fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let (decoded, length) = entity(rest, Dialect::WebVtt).map_or((c, c.len_utf8()), |(decoded, entity)| (decoded, entity.len()));
        out.push(decoded);
        rest = &rest[length..];
    }
    out
}

/// A text as it may stand in a cue: in WebVTT with entities; in SRT, which has none, only without an arrow.
pub(super) fn escape(text: &str, dialect: Dialect) -> String {
    match dialect {
        Dialect::WebVtt => text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"),
        Dialect::Srt => text.replace("-->", "->"),
    }
}
