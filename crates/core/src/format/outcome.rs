//! What becomes of each word of a transcript in an export: nothing, itself, or one or more corrected words.

use super::decimal::LIMIT_US;
use super::draft::spread;
use crate::transcript::{PlacedWord, Word};
use serde_json::{Map, Value};

/// Marks that end a word without belonging to it.
const MARKS: [char; 19] = ['.', ',', '?', '!', ';', ':', '…', '。', '，', '、', '？', '！', '；', '：', '؟', '،', '؛', '।', '॥'];
/// Marks that end a sentence; they stay where a person removes the last word of one.
const ENDERS: [char; 9] = ['.', '?', '!', '…', '。', '？', '！', '؟', '।'];
/// Quotation marks that may stand behind the marks above.
const QUOTES: [char; 6] = ['"', '\'', '”', '’', '»', '」'];

/// One word of an export. Times are in microseconds on the media's clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub text: String,
    pub punctuation: String,
    pub start: i64,
    pub end: i64,
}

/// What becomes of one word.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Outcome {
    /// The words in its place; none where it is left out.
    pub pieces: Vec<Piece>,
    /// Start and end in the media, also of a word that a person removed; none where the media does not have it.
    pub place: Option<(i64, i64)>,
    /// A person wrote the text.
    pub rewritten: bool,
    /// The punctuation after the last piece is not the one after the source's word.
    pub repunctuated: bool,
    /// The start is not that of the source.
    pub moved_start: bool,
    /// The end is not that of the source.
    pub moved_end: bool,
    /// How sure it is that the word lies where it was heard; none where it was not.
    pub alignment_confidence: Option<f32>,
}

impl Outcome {
    /// Whether the source says all of it already.
    pub fn is_same(&self) -> bool {
        !self.pieces.is_empty() && !self.rewritten && !self.repunctuated && !self.moved_start && !self.moved_end
    }

    /// Says in a spoken item how sure its place is; what the source says of another place goes.
    pub fn set_alignment_confidence(&self, item: &mut Map<String, Value>) {
        const NAME: &str = "alignment_confidence";
        if let Some(confidence) = self.alignment_confidence {
            item.insert(NAME.into(), Value::from((f64::from(confidence) * 1_000.0).round() / 1_000.0));
        } else if !self.is_same() {
            item.shift_remove(NAME);
        }
    }

    /// Whether the text of a line that holds the word changes.
    pub fn changes_text(&self) -> bool {
        self.pieces.is_empty() || self.rewritten || self.repunctuated
    }
}

/// What becomes of one word; `imported` is none where a person added it.
pub(super) fn outcome(imported: Option<&Word>, placed: &PlacedWord) -> Outcome {
    let (start, end) = (placed.span.start.us(), placed.span.end.us());
    let moved_start = imported.is_none_or(|word| start != word.span.start.us());
    let moved_end = imported.is_none_or(|word| end != word.span.end.us());
    let start = if moved_start { start.clamp(0, LIMIT_US) } else { start };
    let end = if moved_end { end.clamp(start.min(LIMIT_US), LIMIT_US) } else { end };
    let rewritten = imported.is_none_or(|word| placed.text != word.text);
    let mut pieces = if rewritten {
        pieces(&placed.text, start, end)
    } else {
        vec![Piece { text: placed.text.clone(), punctuation: String::new(), start, end }]
    };
    if let Some(last) = pieces.last_mut()
        && last.punctuation.is_empty()
    {
        last.punctuation.clone_from(&placed.punctuation);
    }
    let said = imported.map_or("", |word| word.punctuation.as_str());
    let repunctuated = pieces.last().is_some_and(|last| last.punctuation != said);
    let (place, alignment_confidence) = (Some((start, end)), placed.alignment_confidence);
    Outcome { pieces, place, rewritten, repunctuated, moved_start, moved_end, alignment_confidence }
}

/// The words of a text that a person wrote, with the time shared by length.
fn pieces(text: &str, start: i64, end: i64) -> Vec<Piece> {
    let mut words: Vec<(String, String)> = Vec::new();
    for part in text.split_whitespace() {
        let (word, marks) = peel(part);
        match words.last_mut() {
            // A mark that stands alone belongs to the word before it.
            Some((_, before)) if word.is_empty() => before.push_str(marks),
            _ if word.is_empty() => words.push((marks.to_owned(), String::new())),
            _ => words.push((word.to_owned(), marks.to_owned())),
        }
    }
    let weights: Vec<usize> = words.iter().map(|(word, _)| word.chars().count()).collect();
    let times = spread(start, end, &weights);
    words.into_iter().zip(times).map(|((text, punctuation), (start, end))| Piece { text, punctuation, start, end }).collect()
}

/// Divides a written word into itself and the punctuation after it; a word of marks alone is all punctuation.
pub fn peel(word: &str) -> (&str, &str) {
    let bare = word.trim_end_matches(|c| MARKS.contains(&c) || QUOTES.contains(&c));
    let marks = &word[bare.len()..];
    if marks.contains(MARKS) { (bare, marks) } else { (word, "") }
}

/// Where the media does not have a word that ended a sentence, the word of the same speaker before it ends the sentence.
pub(super) fn keep_sentence_ends(words: &[Word], outcomes: &mut [Outcome]) {
    for (index, word) in words.iter().enumerate() {
        if outcomes[index].place.is_some() || !word.punctuation.contains(ENDERS) {
            continue;
        }
        let Some(before) = (0..index).rev().find(|i| !outcomes[*i].pieces.is_empty()) else { continue };
        let other = &words[before];
        if other.speaker != word.speaker || other.channel != word.channel {
            continue;
        }
        let outcome = &mut outcomes[before];
        if let Some(last) = outcome.pieces.last_mut()
            && !last.punctuation.contains(ENDERS)
        {
            last.punctuation.clone_from(&word.punctuation);
            outcome.repunctuated = true;
        }
    }
}

/// Whether two words that meet at these characters have a space between them: not in scripts that write none.
pub(super) fn is_spaced(before: char, after: char) -> bool {
    let unspaced = |c: char| {
        matches!(c,
            '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3000}'..='\u{30ff}'
            | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ff9f}' | '\u{20000}'..='\u{3ffff}')
    };
    !(unspaced(before) && unspaced(after))
}

/// One line of text of words with their punctuation; `spaced` says whether a space stands between two characters.
pub(super) fn compose<'a>(words: impl IntoIterator<Item = (&'a str, &'a str)>, spaced: fn(char, char) -> bool) -> String {
    let mut line = String::new();
    for (word, punctuation) in words {
        if let (Some(before), Some(after)) = (line.chars().last(), word.chars().next())
            && spaced(before, after)
        {
            line.push(' ');
        }
        line.push_str(word);
        line.push_str(punctuation);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_text_becomes_words_and_marks() {
        for (text, expected) in [
            ("hello", vec![("hello", "")]),
            ("hello,", vec![("hello", ",")]),
            ("oh, well.", vec![("oh", ","), ("well", ".")]),
            ("it's", vec![("it's", "")]),
            ("dogs'", vec![("dogs'", "")]),
            ("end.\"", vec![("end", ".\"")]),
            ("so … fine", vec![("so", "…"), ("fine", "")]),
            ("?", vec![("?", "")]),
            ("مرحبا؟", vec![("مرحبا", "؟")]),
        ] {
            let pieces = pieces(text, 0, 1_000);
            let got: Vec<(&str, &str)> = pieces.iter().map(|p| (p.text.as_str(), p.punctuation.as_str())).collect();
            assert_eq!(got, expected, "{text}");
            assert_eq!((pieces[0].start, pieces[pieces.len() - 1].end), (0, 1_000));
        }
    }

    #[test]
    fn scripts_without_spaces_have_none() {
        for (words, line) in [
            (vec!["She", "was"], "She was"),
            (vec!["日本", "語"], "日本語"),
            (vec!["日本", "TV"], "日本 TV"),
            (vec!["안녕", "나"], "안녕 나"),
        ] {
            assert_eq!(compose(words.iter().map(|word| (*word, "")), is_spaced), line);
        }
    }
}
