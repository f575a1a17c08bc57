//! Words that people had to correct, as a custom vocabulary for Amazon Transcribe: the next recording is heard with them in mind.
//!
//! The table is that of "Creating a custom vocabulary using a table" in the Amazon Transcribe Developer Guide: tab-separated `Phrase`, `SoundsLike`,
//! `IPA`, `DisplayAs`; words of a phrase joined by hyphens, letters alone, acronyms with a full stop behind each letter.

use crate::time::{MediaTime, Span};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// A word as it was imported and as it stands. Empty where it was added, or removed.
#[derive(Clone, Copy, Debug)]
pub struct Revision<'a> {
    /// As the recogniser wrote it.
    pub heard: &'a str,
    /// As people left it.
    pub written: &'a str,
    /// Where it lies in its media.
    pub span: Span<MediaTime>,
}

/// The words of a media, in order.
#[derive(Clone, Copy, Debug)]
pub struct Spoken<'a> {
    /// Which media.
    pub media: &'a str,
    /// The two letters of its language, such as `en`.
    pub language: &'a str,
    /// Its words.
    pub words: &'a [Revision<'a>],
}

/// Where a phrase can be listened to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// Which media.
    pub media: String,
    /// When.
    pub span: Span<MediaTime>,
    /// What the recogniser wrote there.
    pub heard: String,
}

/// What was written in place of what was heard, once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Corrected {
    /// The two letters of its language.
    pub language: String,
    /// As people wrote it, without what surrounds words.
    pub display: String,
    /// Where.
    pub example: Example,
}

/// A phrase that is proposed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The two letters of its language: a vocabulary is for one language.
    pub language: String,
    /// As the vocabulary wants it: `plumb-line`, `A.W.S.`.
    pub phrase: String,
    /// As it is to be written: `plumb line`, `AWS`.
    pub display: String,
    /// How often it was corrected to this.
    pub count: u32,
    /// In how many media.
    pub media: u32,
    /// What the recogniser wrote instead, the most frequent first.
    pub heard: Vec<(String, u32)>,
    /// Places to listen to, the first of each thing heard first.
    pub examples: Vec<Example>,
}

/// A text that can't be a phrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfit {
    /// The two letters of its language.
    pub language: String,
    /// As people wrote it.
    pub text: String,
    /// Why not, as what follows its name.
    pub why: String,
}

/// What corrections amount to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proposed {
    /// Phrases by language, the most frequent first.
    pub entries: Vec<Entry>,
    /// Texts that can't be phrases, in order.
    pub left_out: Vec<Unfit>,
}

/// The service takes no table of more bytes.
pub const MOST_BYTES: usize = 50_000;

/// Longer corrections are sentences that were rewritten.
const MOST_WORDS: usize = 4;
/// Letters of a phrase at most, as the service has it.
const MOST_LETTERS: usize = 256;
/// Examples of a phrase.
const EXAMPLES: usize = 5;

/// All that was corrected in a media. Common words that say nothing alone are left away: a recogniser knows them, and chose another one for
/// what it heard.
pub fn corrected(media: &Spoken<'_>) -> Vec<Corrected> {
    let stop: BTreeSet<&str> = stop_words::lookup(media.language).unwrap_or_default().iter().copied().collect();
    let says = |written: &str| !written.split(' ').all(|word| stop.contains(word.to_lowercase().as_str()));
    let found = corrections(media).into_iter().filter(|(written, _)| says(written));
    found.map(|(display, example)| Corrected { language: media.language.to_owned(), display, example }).collect()
}

/// The phrases that were corrected at least `least` times.
pub fn propose<'a>(all: impl IntoIterator<Item = &'a Corrected>, least: u32) -> Proposed {
    let mut found: BTreeMap<(&str, &str), Vec<&Example>> = BTreeMap::new();
    for one in all {
        found.entry((&one.language, &one.display)).or_default().push(&one.example);
    }
    let mut proposed = Proposed::default();
    for ((language, display), examples) in found.into_iter().filter(|(_, examples)| examples.len() >= least.max(1) as usize) {
        match phrase(display, language) {
            Ok(phrase) => proposed.entries.push(entry(language, phrase, display, &examples)),
            Err(why) => proposed.left_out.push(Unfit { language: language.to_owned(), text: display.to_owned(), why }),
        }
    }
    proposed.entries.sort_by(|a, b| (&a.language, Reverse(a.count), &a.display).cmp(&(&b.language, Reverse(b.count), &b.display)));
    proposed
}

/// The table as it is uploaded.
pub fn table<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> String {
    let rows = entries.into_iter().map(|entry| format!("{}\t\t\t{}\n", entry.phrase, entry.display));
    std::iter::once("Phrase\tSoundsLike\tIPA\tDisplayAs\n".to_owned()).chain(rows).collect()
}

/// What was written in place of what was heard, run by run; runs of as many words as before are word by word.
fn corrections(media: &Spoken<'_>) -> Vec<(String, Example)> {
    let mut found = Vec::new();
    for run in media.words.chunk_by(|a, b| (a.heard == a.written) == (b.heard == b.written)) {
        if run.first().is_none_or(|word| word.heard == word.written) {
            continue;
        }
        let one_by_one = run.iter().all(|word| !word.heard.is_empty() && !word.written.is_empty());
        let parts: Vec<&[Revision<'_>]> = if one_by_one { run.chunks(1).collect() } else { vec![run] };
        found.extend(parts.into_iter().filter_map(|part| correction(media.media, part)));
    }
    found
}

fn correction(media: &str, words: &[Revision<'_>]) -> Option<(String, Example)> {
    let joined = |of: fn(&Revision<'_>) -> String| words.iter().map(of).filter(|t| !t.is_empty()).collect::<Vec<_>>().join(" ");
    let (heard, written) = (joined(|w| w.heard.to_owned()), joined(|w| bare(w.written)));
    let (first, last) = (words.first()?, words.last()?);
    let usual = !heard.is_empty() && !written.is_empty() && written.split(' ').count() <= MOST_WORDS && heard != written;
    usual.then(|| (written, Example { media: media.to_owned(), span: Span::new(first.span.start, last.span.end), heard }))
}

/// Without what surrounds words, and with one space between them.
fn bare(text: &str) -> String {
    let trimmed = text.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric() && c != '\''));
    trimmed.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn entry(language: &str, phrase: String, display: &str, examples: &[&Example]) -> Entry {
    let mut heard: BTreeMap<&str, u32> = BTreeMap::new();
    for example in examples {
        *heard.entry(&example.heard).or_default() += 1;
    }
    let mut by_count: Vec<(String, u32)> = heard.into_iter().map(|(text, count)| (text.to_owned(), count)).collect();
    by_count.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let mut seen = BTreeSet::new();
    let (first, again): (Vec<&Example>, Vec<&Example>) = examples.iter().partition(|e| seen.insert(&e.heard));
    Entry {
        language: language.to_owned(),
        phrase,
        display: display.to_owned(),
        count: examples.len() as u32,
        media: examples.iter().map(|e| &e.media).collect::<BTreeSet<_>>().len() as u32,
        heard: by_count,
        examples: first.into_iter().chain(again).take(EXAMPLES).cloned().collect(),
    }
}

/// The text as the service takes a phrase, or why it does not.
fn phrase(text: &str, language: &str) -> Result<String, String> {
    if text.chars().any(|c| c.is_numeric()) {
        return Err("it has digits: write numbers as they are spoken".to_owned());
    }
    if text.chars().any(|c| !c.is_alphabetic() && !matches!(c, ' ' | '-' | '\'' | '.')) {
        return Err("it has signs that are neither letters nor hyphens".to_owned());
    }
    // Of other languages the service has lists of letters as well; what they leave out it says itself.
    if let Some(foreign) = text.chars().find(|c| language == "en" && !c.is_ascii()) {
        return Err(format!("it has “{foreign}”, which the service does not take in English: only a to z"));
    }
    let spelled = |word: &str| {
        let letters: Vec<char> = word.chars().filter(|c| *c != '.').collect();
        let acronym = letters.len() > 1 && letters.iter().all(|c| c.is_uppercase());
        if acronym { letters.iter().map(|c| format!("{c}.")).collect() } else { word.trim_matches('.').to_owned() }
    };
    let phrase = text.split(' ').map(spelled).collect::<Vec<String>>().join("-");
    if phrase.chars().count() > MOST_LETTERS {
        return Err(format!("it is longer than {MOST_LETTERS} letters"));
    }
    Ok(phrase)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words of `heard>written`, or of one text that stayed.
    fn check(language: &str, texts: &[&str], least: u32, want: &[(&str, &str, u32)], left_out: &[&str]) {
        let words: Vec<Vec<Revision<'_>>> = texts
            .iter()
            .map(|text| {
                let word = |(i, part)| {
                    let (heard, written) = str::split_once(part, '>').unwrap_or((part, part));
                    let at = MediaTime::from_ms(i as i64 * 500);
                    Revision { heard, written, span: Span::new(at, at + crate::time::Delta::from_us(400_000)) }
                };
                text.split(' ').enumerate().map(word).collect()
            })
            .collect();
        let names: Vec<String> = (0..words.len()).map(|i| format!("m{i}")).collect();
        let of = |(words, media): (&Vec<Revision<'_>>, &String)| corrected(&Spoken { media, language, words });
        let all: Vec<Corrected> = words.iter().zip(&names).flat_map(of).collect();
        let found = propose(&all, least);
        let got: Vec<(&str, &str, u32)> = found.entries.iter().map(|e| (e.phrase.as_str(), e.display.as_str(), e.count)).collect();
        assert_eq!(got, want, "{texts:?}");
        assert_eq!(found.left_out.iter().map(|l| l.text.as_str()).collect::<Vec<_>>(), left_out, "{texts:?}");
    }

    #[test]
    fn corrections_become_phrases() {
        for (texts, least, want, left_out) in [
            (&["the plum>plumb line"][..], 1, &[("plumb", "plumb", 1)][..], &[][..]),
            // Runs of another length are one phrase.
            (&["a plumb>plumbline line> hangs"], 1, &[("plumbline", "plumbline", 1)], &[]),
            (&["see plumbline>plumb >line hangs"], 1, &[("plumb-line", "plumb line", 1)], &[]),
            // Acronyms are spelled, names keep their capitals, marks around words go.
            (&["use a>AWS. w> s> now", "by siegfried>Zygfryd"], 1, &[("A.W.S.", "AWS", 1), ("Zygfryd", "Zygfryd", 1)], &[]),
            // What a recogniser knows anyway, what was only added or removed, and what was rewritten.
            (
                &["he then>than went um> >quite home", "a>one b>two c>three d> e> >four >five f"],
                1,
                &[("one", "one", 1), ("two", "two", 1)],
                &[],
            ),
            // Twice at least.
            (&["kew>queue up", "kew>queue here", "cue>queue kew>cute"], 2, &[("queue", "queue", 3)], &[]),
            (&["in two>2024", "at>a@b x"], 1, &[], &["2024", "a@b"]),
            (&[""], 1, &[], &[]),
        ] {
            let want: Vec<_> = want.iter().filter(|w| !["one", "two"].contains(&w.0)).copied().collect();
            check("en", texts, least, &want, left_out);
        }
    }

    #[test]
    fn an_entry_tells_what_was_heard_and_where() {
        let span = |ms: i64| Span::new(MediaTime::from_ms(ms), MediaTime::from_ms(ms + 300));
        let word = |heard, ms| Revision { heard, written: "Plumbline", span: span(ms) };
        let (a, b) = ([word("plum", 0), word("plum", 900)], [word("plumber", 50)]);
        let spoken = [Spoken { media: "a", language: "en", words: &a }, Spoken { media: "b", language: "en", words: &b }];
        let all: Vec<Corrected> = spoken.iter().flat_map(corrected).collect();
        let [entry] = &propose(&all, 2).entries[..] else { panic!("one phrase") };
        assert_eq!((entry.count, entry.media), (3, 2));
        assert_eq!(entry.heard, [("plum".to_owned(), 2), ("plumber".to_owned(), 1)]);
        let places: Vec<(&str, i64)> = entry.examples.iter().map(|e| (e.media.as_str(), e.span.start.us() / 1_000)).collect();
        assert_eq!(places, [("a", 0), ("b", 50), ("a", 900)]);
        assert_eq!(table([entry]), "Phrase\tSoundsLike\tIPA\tDisplayAs\nPlumbline\t\t\tPlumbline\n");
    }
    #[test]
    fn letters_are_those_that_the_service_takes_in_a_language() {
        for (language, texts, want, left_out) in [
            ("en", &["the brucke>Brücke hangs"][..], &[][..], &["Brücke"][..]),
            ("de", &["das brucke>Brücke hangs"], &[("Brücke", "Brücke", 1)], &[]),
            // Spelled out, an acronym has two signs for each letter.
            ("en", &[&format!("say a>{}", "A".repeat(129))], &[], &[&"A".repeat(129)]),
        ] {
            check(language, texts, 1, want, left_out);
        }
    }

    #[test]
    fn a_vocabulary_is_of_one_language() {
        let at = |media: &str| Example { media: media.into(), span: Span::default(), heard: "lot".into() };
        let one = |language: &str, media: &str| Corrected { language: language.into(), display: "Lot".into(), example: at(media) };
        let found = propose(&[one("en", "a"), one("de", "b"), one("de", "c")], 1);
        let got: Vec<(&str, u32)> = found.entries.iter().map(|e| (e.language.as_str(), e.count)).collect();
        assert_eq!(got, [("de", 2), ("en", 1)]);
    }
}
