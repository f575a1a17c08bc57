//! Text on screen: lines that were read in single pictures, put together to annotations of the time for which they stand.

use crate::annotation::{Annotation, Region};
use crate::time::{MediaTime, Span};
use serde::{Deserialize, Serialize};
use strsim::normalized_levenshtein;

/// A line of text that was read in a picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReadLine {
    /// The text.
    pub text: String,
    /// Where in the frame.
    pub region: Region,
    /// How sure the reader is, 0..1.
    pub confidence: f32,
}

/// What was read in a picture that is shown for a while.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadPicture {
    /// When it is shown.
    pub span: Span<MediaTime>,
    /// What stands in it.
    pub lines: Vec<ReadLine>,
}

/// Two readings of one line are at least this alike; readers err in single letters.
const ALIKE: f64 = 0.75;
/// And their regions share this much of both.
const PLACED: f64 = 0.4;
/// The label of text in annotations.
pub const LABEL: &str = "text";
/// The member that tells what was read in the picture from what a model or a person says of it.
const READ: &str = "read";

/// Whether an annotation is of text that was read in the picture.
pub fn was_read(annotation: &Annotation) -> bool {
    annotation.extra.get(READ).and_then(serde_json::Value::as_bool) == Some(true)
}

/// Share of the words of a text, 0..1, that stand in any of these texts, but for single letters and for where words are parted. None for a text without
/// words.
pub fn found<'a>(text: &str, texts: impl Iterator<Item = &'a str>) -> Option<f64> {
    let wanted: Vec<String> = words(text).collect();
    if wanted.is_empty() {
        return None;
    }
    let whole = wanted.concat();
    let mut missing: Vec<&str> = wanted.iter().map(String::as_str).collect();
    for text in texts {
        if folded(text).contains(&whole) {
            return Some(1.0);
        }
        for word in words(text) {
            missing.retain(|m| normalized_levenshtein(m, &word) < ALIKE);
        }
    }
    Some(1.0 - missing.len() as f64 / wanted.len() as f64)
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split_whitespace().map(folded).filter(|word| !word.is_empty())
}

/// A line that still stands.
struct Standing {
    best: ReadLine,
    span: Span<MediaTime>,
}

/// Annotations of all lines that were read: a line that stands at its place in pictures one behind the other is one annotation, with the text and the
/// region of its surest reading. `source` names the reader. They come in order of their starts, top to bottom.
pub fn annotations(pictures: &[ReadPicture], source: &str) -> Vec<Annotation> {
    let mut standing: Vec<Standing> = vec![];
    let mut done: Vec<Standing> = vec![];
    for picture in pictures {
        let (going_on, ended): (Vec<_>, Vec<_>) = standing.into_iter().partition(|line| line.span.end == picture.span.start);
        done.extend(ended);
        standing = going_on;
        let mut taken = vec![false; standing.len()];
        let mut new = vec![];
        for line in &picture.lines {
            let fits = |(i, old): (usize, &Standing)| Some((i, likeness(&old.best, line)?)).filter(|(i, _)| !taken[*i]);
            let best = standing.iter().enumerate().filter_map(fits).max_by(|a, b| a.1.total_cmp(&b.1));
            match best {
                Some((i, _)) => {
                    taken[i] = true;
                    standing[i].span.end = picture.span.end;
                    if line.confidence > standing[i].best.confidence {
                        standing[i].best = line.clone();
                    }
                }
                None => new.push(Standing { best: line.clone(), span: picture.span }),
            }
        }
        standing.extend(new);
    }
    done.extend(standing);
    done.sort_by(|a, b| (a.span.start, a.span.end).cmp(&(b.span.start, b.span.end)).then(a.best.region.y.total_cmp(&b.best.region.y)));
    done.into_iter().enumerate().map(|(n, line)| annotation(n, line, source)).collect()
}

/// How alike two lines are, where they may be one.
fn likeness(a: &ReadLine, b: &ReadLine) -> Option<f64> {
    let text = normalized_levenshtein(&folded(&a.text), &folded(&b.text));
    let place = a.region.overlap(b.region);
    (text >= ALIKE && place >= PLACED).then_some(text + place)
}

fn folded(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn annotation(n: usize, line: Standing, source: &str) -> Annotation {
    // The id says what it is of, so that reading again gives the same ones.
    let mut hash = blake3::Hasher::new();
    for part in [source.as_bytes(), &line.span.start.us().to_le_bytes(), line.best.text.as_bytes(), &(n as u64).to_le_bytes()] {
        hash.update(&(part.len() as u64).to_le_bytes()).update(part);
    }
    Annotation {
        id: format!("read-{}", &hash.finalize().to_hex()[..12]),
        span: line.span,
        region: Some(line.best.region),
        label: LABEL.into(),
        text: line.best.text,
        confidence: Some(line.best.confidence),
        source: Some(source.to_owned()),
        words: None,
        extra: serde_json::Map::from_iter([(READ.to_owned(), true.into())]),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn line(text: &str, y: f32, confidence: f32) -> ReadLine {
        ReadLine { text: text.into(), region: Region { x: 0.1, y, w: 0.5, h: 0.1 }, confidence }
    }

    fn picture(from_s: i64, to_s: i64, lines: Vec<ReadLine>) -> ReadPicture {
        ReadPicture { span: Span::new(MediaTime::from_ms(from_s * 1_000), MediaTime::from_ms(to_s * 1_000)), lines }
    }

    fn told(pictures: &[ReadPicture]) -> Vec<(String, i64, i64)> {
        let seconds = |at: MediaTime| at.us() / 1_000_000;
        annotations(pictures, "reader").into_iter().map(|a| (a.text, seconds(a.span.start), seconds(a.span.end))).collect()
    }

    #[test]
    fn a_line_that_stands_is_one_annotation() {
        let pictures = [
            picture(0, 10, vec![line("Harl0w Crossing", 0.1, 0.6), line("opened 1967", 0.5, 0.9)]),
            picture(10, 20, vec![line("Harlow Crossing", 0.11, 0.9), line("repaired 1998", 0.5, 0.9)]),
            // Another place is another line.
            picture(20, 30, vec![line("Harlow Crossing", 0.8, 0.9)]),
            // It went, and came back.
            picture(40, 50, vec![line("Harlow Crossing", 0.8, 0.9)]),
        ];
        let expected = [
            ("opened 1967", 0, 10),
            ("Harlow Crossing", 0, 20),
            ("repaired 1998", 10, 20),
            ("Harlow Crossing", 20, 30),
            ("Harlow Crossing", 40, 50),
        ];
        assert_eq!(told(&pictures), expected.map(|(text, from, to)| (text.to_owned(), from, to)));
        let first = &annotations(&pictures, "reader")[1];
        assert_eq!((first.confidence, first.source.as_deref(), first.label.as_str()), (Some(0.9), Some("reader"), "text"));
    }

    #[test]
    fn words_are_found_but_for_single_letters() {
        for (text, texts, share) in [
            ("", vec!["a"], None),
            ("— !", vec!["a"], None),
            ("Harlow Crossing", vec!["HARLOW", "crossinq"], Some(1.0)),
            ("Harlow Crossing", vec!["the harlow bridge"], Some(0.5)),
            ("11.5 m", vec!["115 m"], Some(1.0)),
            ("6 mm", vec!["Tolerance 6mm"], Some(1.0)),
            ("Lean of pier 8, mm", vec!["Lean of pier 3, mm"], Some(0.8)),
            ("Pier 3", vec![], Some(0.0)),
        ] {
            assert_eq!(found(text, texts.into_iter()), share, "{text}");
        }
        assert!(annotations(&[picture(0, 1, vec![line("Pier 3", 0.1, 0.9)])], "reader").iter().all(was_read));
    }

    #[test]
    fn two_lines_of_one_text_stay_two_and_ids_are_of_their_own() {
        let pictures = [
            picture(0, 10, vec![line("mm", 0.1, 0.9), line("mm", 0.6, 0.9)]),
            picture(10, 20, vec![line("mm", 0.6, 0.9), line("mm", 0.1, 0.9)]),
        ];
        assert_eq!(told(&pictures), [("mm".to_owned(), 0, 20), ("mm".to_owned(), 0, 20)]);
        let ids: std::collections::BTreeSet<String> = annotations(&pictures, "reader").into_iter().map(|a| a.id).collect();
        assert_eq!(ids.len(), 2);
        assert_eq!(annotations(&pictures, "reader"), annotations(&pictures, "reader"));
    }
}
