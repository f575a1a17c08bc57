//! Subtitles made of words: where cues begin and end, how their lines break, and how long they stay.

use super::outcome::is_spaced;
use super::payload::{Dialect, escape, voice};
use super::plan::Plan;
use super::subtitle::clock;
use crate::transcript::Format;

/// How cues are made. Times are in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CueOptions {
    /// Most characters of a line; only a single longer word exceeds it.
    pub line_chars: usize,
    /// Most lines of a cue.
    pub lines: usize,
    /// How long a cue stays at least, where the next one leaves the time.
    pub min_us: i64,
    /// How long a cue stays at most.
    pub max_us: i64,
    /// Reading speed: characters a second that a cue stays for, where the next one leaves the time.
    pub chars_per_second: i64,
    /// Time between two cues at least.
    pub gap_us: i64,
    /// A silence as long as this begins a new cue.
    pub pause_us: i64,
}

impl Default for CueOptions {
    /// Two lines of 42 characters for 1 to 7 s, 20 characters a second, 80 ms apart, divided at pauses of 1 s.
    fn default() -> Self {
        Self { line_chars: 42, lines: 2, min_us: 1_000_000, max_us: 7_000_000, chars_per_second: 20, gap_us: 80_000, pause_us: 1_000_000 }
    }
}

/// A cue may begin this much after its first word, so that the one before can be read.
const LATE_US: i64 = 500_000;
/// No cue is shorter, even where that makes the next one later still.
const SHORTEST_US: i64 = 200_000;
/// A sentence's end divides cues once they have this many characters.
const SENTENCE_CHARS: usize = 20;

/// A word in a cue: its text with punctuation.
#[derive(Clone, Debug)]
struct Token<'a> {
    text: String,
    start: i64,
    end: i64,
    speaker: Option<&'a str>,
    /// A person began a line with it, or the source a cue.
    begins: bool,
}

/// A cue that was made; lines are not yet escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Made<'a> {
    lines: Vec<String>,
    start: i64,
    end: i64,
    speaker: Option<&'a str>,
}

/// SubRip.
pub(super) fn srt(plan: &Plan<'_>, options: &CueOptions) -> String {
    let mut out = String::new();
    for (number, cue) in (1usize..).zip(made(plan, options)) {
        let times = (clock(cue.start, ',', true), clock(cue.end, ',', true));
        let text = escape(&cue.lines.join("\n"), Dialect::Srt);
        out.push_str(&format!("{number}\n{} --> {}\n{text}\n\n", times.0, times.1));
    }
    out
}

/// WebVTT with speakers as voices.
pub(super) fn vtt(plan: &Plan<'_>, options: &CueOptions) -> String {
    let mut out = String::from("WEBVTT\n\n");
    for cue in made(plan, options) {
        let voice = cue.speaker.map(voice).unwrap_or_default();
        let text = escape(&cue.lines.join("\n"), Dialect::WebVtt);
        out.push_str(&format!("{} --> {}\n{voice}{text}\n\n", clock(cue.start, '.', true), clock(cue.end, '.', true)));
    }
    out
}

fn made<'a>(plan: &Plan<'a>, options: &CueOptions) -> Vec<Made<'a>> {
    let has_cues = matches!(plan.review.revised.format, Format::Srt | Format::WebVtt);
    let mut tokens: Vec<Token<'_>> = Vec::new();
    let mut last: Option<usize> = None;
    for (word, outcome) in plan.outcomes().iter().enumerate() {
        for piece in &outcome.pieces {
            let text = format!("{}{}", piece.text, piece.punctuation);
            let begins = last.is_some_and(|last| if has_cues { plan.line(last) != plan.line(word) } else { plan.cuts(last, word) });
            tokens.push(Token { text, start: piece.start, end: piece.end, speaker: plan.label(word), begins });
            last = Some(word);
        }
    }
    if !has_cues {
        tokens.sort_by_key(|token| token.start);
    }
    let groups = if has_cues { by_cue(&tokens) } else { groups(&tokens, options) };
    timed(&groups, options)
}

fn by_cue<'t, 'a>(tokens: &'t [Token<'a>]) -> Vec<&'t [Token<'a>]> {
    tokens.chunk_by(|a, b| !b.begins && a.speaker == b.speaker).collect()
}

/// Divides words into cues: at speakers, pauses and sentences, and where a cue is full at the best place before.
fn groups<'t, 'a>(tokens: &'t [Token<'a>], options: &CueOptions) -> Vec<&'t [Token<'a>]> {
    let mut groups = Vec::new();
    let mut first = 0;
    let mut at = 0;
    while at < tokens.len() {
        let group = &tokens[first..=at];
        if group.len() > 1 && !fits(group, options) {
            let cut = first + best_cut(&group[..group.len() - 1]);
            groups.push(&tokens[first..cut]);
            first = cut;
            at = cut;
            continue;
        }
        at += 1;
        let ends = tokens.get(at).is_none_or(|next| {
            let last = &tokens[at - 1];
            let sentence = last.text.ends_with(ENDS) && chars(group) >= SENTENCE_CHARS;
            next.begins || next.speaker != last.speaker || next.start - last.end >= options.pause_us || sentence
        });
        if ends {
            groups.push(&tokens[first..at]);
            first = at;
        }
    }
    groups
}

const ENDS: [char; 9] = ['.', '?', '!', '…', '。', '？', '！', '؟', '।'];
const PAUSES: [char; 8] = [',', ';', ':', '，', '、', '；', '：', '،'];

fn fits(group: &[Token<'_>], options: &CueOptions) -> bool {
    let end = group.iter().map(|token| token.end).max().unwrap_or(0);
    end - group[0].start <= options.max_us && wrap(group, options.line_chars).len() <= options.lines.max(1)
}

/// How many words of a full cue stay in it: up to the last sentence, clause or pause in its second half, or all.
fn best_cut(group: &[Token<'_>]) -> usize {
    let half = group.len() / 2;
    let after = |good: &dyn Fn(usize) -> bool| (half.max(1)..=group.len()).rev().find(|count| good(*count));
    after(&|count| group[count - 1].text.ends_with(ENDS))
        .or_else(|| after(&|count| group[count - 1].text.ends_with(PAUSES)))
        .or_else(|| after(&|count| group.get(count).is_some_and(|next| next.start - group[count - 1].end >= 200_000)))
        .unwrap_or(group.len())
}

fn joiner(before: &str, after: &str) -> &'static str {
    match (before.chars().last(), after.chars().next()) {
        (Some(a), Some(b)) if is_spaced(a, b) => " ",
        _ => "",
    }
}

/// Characters of the words in one line.
fn chars(group: &[Token<'_>]) -> usize {
    let text: usize = group.iter().map(|token| token.text.chars().count()).sum();
    let spaces: usize = group.windows(2).map(|pair| joiner(&pair[0].text, &pair[1].text).len()).sum();
    text + spaces
}

fn joined(group: &[Token<'_>]) -> String {
    let mut line = String::new();
    for token in group {
        line.push_str(joiner(&line, &token.text));
        line.push_str(&token.text);
    }
    line
}

/// The lines of a cue: one if it fits, else two of about one length if they fit, else as many as it takes.
fn wrap(group: &[Token<'_>], width: usize) -> Vec<String> {
    if chars(group) <= width {
        return vec![joined(group)];
    }
    let halves = |cut: &usize| (chars(&group[..*cut]), chars(&group[*cut..]));
    let even = (1..group.len()).filter(|cut| halves(cut).0 <= width && halves(cut).1 <= width);
    if let Some(cut) = even.min_by_key(|cut| halves(cut).0.abs_diff(halves(cut).1)) {
        return vec![joined(&group[..cut]), joined(&group[cut..])];
    }
    let mut lines = Vec::new();
    let mut first = 0;
    for at in 1..=group.len() {
        if at == group.len() || chars(&group[first..=at]) > width {
            lines.push(joined(&group[first..at]));
            first = at;
        }
    }
    lines
}

/// Gives cues their times: as long as their words, longer where that helps reading and nothing follows, never two at once.
fn timed<'a>(groups: &[&[Token<'a>]], options: &CueOptions) -> Vec<Made<'a>> {
    let mut cues: Vec<Made<'a>> = Vec::with_capacity(groups.len());
    for (index, group) in groups.iter().enumerate() {
        let lines = wrap(group, options.line_chars);
        let free = cues.last().map_or(0, |last| last.end + options.gap_us);
        let start = group[0].start.max(free);
        let spoken = group.iter().map(|token| token.end).max().unwrap_or(start);
        let reading = chars(group) as i64 * 1_000_000 / options.chars_per_second.max(1);
        let wanted = spoken.max(start + options.min_us).max(start + reading).min(start + options.max_us);
        let end = match groups.get(index + 1) {
            None => wanted,
            Some(next) => {
                let limit = next[0].start - options.gap_us;
                let late = (limit + LATE_US).min(start + options.min_us);
                wanted.min(limit.max(late))
            }
        };
        let end = end.max(start + SHORTEST_US.min(options.min_us.max(1_000)));
        cues.push(Made { lines, start, end, speaker: group[0].speaker });
    }
    cues
}
