//! Finding and replacing in the text of a transcript as it stands.

use crate::place::WordEdit;
use crate::transcript::{Transcript, Word, WordId};
use regex::{Captures, Regex, RegexBuilder};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;

/// What is looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct Query {
    /// The text, or a regular expression.
    pub text: String,
    /// Whether capital letters must be the same.
    #[serde(default)]
    pub match_case: bool,
    /// Whether a hit begins and ends where words do.
    #[serde(default)]
    pub whole_word: bool,
    /// Whether `text` is a regular expression.
    #[serde(default)]
    pub regex: bool,
}

/// What is put in the place of hits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct Replacement {
    /// The new text; of a regular expression with `$1` for what its groups found.
    pub with: String,
    /// Whether the new text is written in capitals, or begins with one, where the hit does.
    #[serde(default)]
    pub keep_case: bool,
}

/// A query that can be asked.
#[derive(Clone, Debug)]
pub struct Matcher {
    regex: Regex,
    plain: bool,
}

/// A regular expression that is none, or one beyond what is compiled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{text}” is no regular expression: {why}. Correct it, or search for it as plain text")]
pub struct BadQuery {
    /// The expression.
    pub text: String,
    /// What is wrong with it, as a clause.
    pub why: String,
}

impl Matcher {
    /// # Errors
    /// Where the query is no regular expression though it should be.
    pub fn new(query: &Query) -> Result<Self, BadQuery> {
        let pattern = if query.regex {
            format!("(?:{})", query.text)
        } else {
            regex::escape(&query.text.split_whitespace().collect::<Vec<_>>().join(" "))
        };
        let pattern = if query.whole_word { format!(r"\b{{start-half}}{pattern}\b{{end-half}}") } else { pattern };
        let regex = RegexBuilder::new(&pattern).case_insensitive(!query.match_case).multi_line(true).build();
        let regex = regex.map_err(|error| BadQuery { text: query.text.clone(), why: why(&error) })?;
        Ok(Self { regex, plain: !query.regex })
    }

    /// All hits in a text, in order: not empty, beside each other, and none over the end of a line.
    pub fn hits<'t>(&'t self, text: &'t str) -> impl Iterator<Item = Range<usize>> + 't {
        let mut at = 0;
        std::iter::from_fn(move || {
            while at <= text.len() {
                let found = self.regex.find_at(text, at)?;
                let line = found.start()..text[found.start()..].find('\n').map_or(text.len(), |end| found.start() + end);
                let hit = if found.end() <= line.end { Some(found.range()) } else { self.in_line(text, at, line.end) };
                match hit {
                    Some(hit) if !hit.is_empty() => {
                        at = hit.end;
                        return Some(hit);
                    }
                    Some(hit) => at = hit.end + text[hit.end..].chars().next().map_or(1, char::len_utf8),
                    None => at = line.end + 1,
                }
            }
            None
        })
    }

    /// The first hit from `at` on in a line that ends at `end`.
    fn in_line(&self, text: &str, at: usize, end: usize) -> Option<Range<usize>> {
        let start = text[..end].rfind('\n').map_or(0, |before| before + 1);
        self.regex.find_at(&text[start..end], at.max(start) - start).map(|found| start + found.start()..start + found.end())
    }

    /// How often it is found in a text.
    pub fn count(&self, text: &str) -> usize {
        self.hits(text).count()
    }

    /// What stands in the place of a hit.
    fn expanded(&self, text: &str, hit: &Range<usize>, by: &Replacement) -> String {
        let mut new = String::new();
        let captures: Option<Captures<'_>> = (!self.plain).then(|| self.regex.captures_at(text, hit.start)).flatten();
        match captures {
            Some(captures) => captures.expand(&by.with, &mut new),
            None => new.push_str(&by.with),
        }
        if by.keep_case { in_case_of(&text[hit.clone()], &new) } else { new }
    }
}

/// The last line of what the parser says, which is the reason.
fn why(error: &regex::Error) -> String {
    match error {
        regex::Error::CompiledTooBig(_) => "it is too large".to_owned(),
        other => other.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned(),
    }
}

/// `new` in capitals where `old` is, or with the first letter as in `old`.
fn in_case_of(old: &str, new: &str) -> String {
    let letters = || old.chars().filter(|c| c.is_uppercase() || c.is_lowercase());
    if letters().count() > 1 && letters().all(char::is_uppercase) {
        return new.to_uppercase();
    }
    let Some(first) = new.chars().next().filter(|_| letters().next().is_some_and(char::is_uppercase)) else { return new.to_owned() };
    first.to_uppercase().chain(new[first.len_utf8()..].chars()).collect()
}

/// The text of a transcript as it stands, with the places of its words: words with their punctuation are joined by spaces, and lines by
/// line ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlainText {
    /// The text.
    pub text: String,
    /// Each word that stands, and where it begins.
    words: Vec<(WordId, usize)>,
}

/// The text of a word with its punctuation; empty where it was removed.
fn token(word: &Word, edits: &BTreeMap<WordId, WordEdit>) -> String {
    let text = edits.get(&word.id).and_then(|edit| edit.text.as_deref()).unwrap_or(&word.text);
    if text.is_empty() { String::new() } else { format!("{text}{}", word.punctuation) }
}

impl PlainText {
    /// The text of a transcript from [`crate::revise`], with the texts of `edits`.
    pub fn of(revised: &Transcript, edits: &BTreeMap<WordId, WordEdit>) -> Self {
        let mut plain = Self { text: String::with_capacity(revised.words.len() * 7), words: Vec::with_capacity(revised.words.len()) };
        for segment in &revised.segments {
            let mut divider = '\n';
            for word in &revised.words[revised.range_of(segment)] {
                let token = token(word, edits);
                if token.is_empty() {
                    continue;
                }
                if !plain.text.is_empty() {
                    plain.text.push(divider);
                }
                divider = ' ';
                plain.words.push((word.id, plain.text.len()));
                plain.text.push_str(&token);
            }
        }
        plain
    }

    /// The words that a hit touches, as a range of those that stand.
    fn range(&self, hit: &Range<usize>) -> Range<usize> {
        let first = self.words.partition_point(|(_, at)| *at <= hit.start).saturating_sub(1);
        first..self.words.partition_point(|(_, at)| *at < hit.end).max(first + 1).min(self.words.len())
    }

    /// The words that a hit touches, `[first, end)`.
    pub fn words_of(&self, hit: &Range<usize>) -> Option<(WordId, WordId)> {
        let range = self.range(hit);
        Some((self.words.get(range.start)?.0, self.words.get(range.end - 1)?.0.end()))
    }

    /// The line that a hit stands in.
    pub fn line_of(&self, hit: &Range<usize>) -> Range<usize> {
        let start = self.text[..hit.start].rfind('\n').map_or(0, |before| before + 1);
        start..self.text[hit.end..].find('\n').map_or(self.text.len(), |end| hit.end + end)
    }

    /// Where a word ends, without what divides it from the next.
    fn end(&self, word: usize) -> usize {
        self.words.get(word + 1).map_or(self.text.len(), |next| next.1 - 1)
    }

    /// What stands in the place of each of `hits`, in order.
    pub fn replacements(&self, matcher: &Matcher, hits: &[Range<usize>], by: &Replacement) -> Vec<String> {
        hits.iter().map(|hit| matcher.expanded(&self.text, hit, by)).collect()
    }

    /// The words that have to be written so that each of `hits`, which are in order, becomes the text beside it: words with their new
    /// text, and how many new words follow the last. Hits that share a word come together. A word goes on in the new word at its place;
    /// those to spare are removed.
    pub fn written(&self, hits: &[(Range<usize>, String)]) -> Vec<Written> {
        let mut all = Vec::new();
        let mut at = 0;
        while at < hits.len() {
            let mut words = self.range(&hits[at].0);
            let mut end = at + 1;
            while let Some(next) = hits.get(end).map(|(hit, _)| self.range(hit)).filter(|next| next.start < words.end) {
                words.end = words.end.max(next.end);
                end += 1;
            }
            let mut new = String::new();
            let mut from = self.words[words.start].1;
            for (hit, text) in &hits[at..end] {
                new.push_str(&self.text[from..hit.start]);
                new.push_str(text);
                from = hit.end;
            }
            new.push_str(&self.text[from..self.end(words.end - 1)]);
            let tokens: Vec<String> = new.split_whitespace().map(str::to_owned).collect();
            let ids: Vec<WordId> = self.words[words].iter().map(|(id, _)| *id).collect();
            let kept = |i: usize| tokens.get(i).cloned().unwrap_or_default();
            let texts = ids.iter().enumerate().map(|(i, id)| (*id, kept(i))).collect();
            all.push(Written { words: texts, added: tokens.get(ids.len()..).unwrap_or_default().to_vec() });
            at = end;
        }
        all
    }
}

/// Words that a replacement writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Words that stood, with the text and punctuation that they shall have; empty removes them.
    pub words: Vec<(WordId, String)>,
    /// Texts of new words behind the last of them.
    pub added: Vec<String>,
}

#[cfg(test)]
#[path = "search_tests.rs"]
mod tests;
