#![allow(clippy::unwrap_used)]

use super::*;
use crate::time::{MediaTime, Span};
use crate::transcript::PlacedWord;
use crate::word_id::WordId;
use proptest::prelude::*;

/// Words one after another from a moment in ms on, half a second each.
pub(crate) fn said(text: &str, from_ms: i64) -> Vec<PlacedWord> {
    let word = |(n, text): (usize, &str)| PlacedWord {
        id: WordId::imported(n),
        text: text.to_owned(),
        punctuation: String::new(),
        span: Span::new(MediaTime::from_ms(from_ms + n as i64 * 500), MediaTime::from_ms(from_ms + n as i64 * 500 + 500)),
        in_media: true,
        edited: false,
        alignment_confidence: None,
    };
    text.split_whitespace().enumerate().map(word).collect()
}

pub(crate) fn annotation(id: &str, ms: (i64, i64), text: &str) -> Annotation {
    Annotation {
        id: id.into(),
        span: Span::new(MediaTime::from_ms(ms.0), MediaTime::from_ms(ms.1)),
        region: None,
        label: "text".into(),
        text: text.into(),
        confidence: None,
        source: None,
        words: None,
        extra: serde_json::Map::new(),
    }
}

/// Where a quote is found near 10 s to 11 s, as the texts of its words, its score in percent and how far off it is in ms.
fn found(quote: &str, words: &[PlacedWord]) -> Option<(String, i64, i64)> {
    let near = Span::new(MediaTime::from_ms(10_000), MediaTime::from_ms(11_000));
    let linked = link(quote, words, near, QUOTED_NEAR)?;
    let within = |w: &&PlacedWord| linked.words.0 <= w.id && w.id < linked.words.1;
    let text: Vec<&str> = words.iter().filter(within).map(|w| w.text.as_str()).collect();
    Some((text.join(" "), (linked.score * 100.0).round() as i64, linked.off.us() / 1_000))
}

#[test]
fn a_quote_is_found_where_it_is_said() {
    let talk = "so we hung a plumb line beside pier three and the plumbline told us that pier eight leans";
    for (quote, from_ms, expected) in [
        ("hung a plumb line", 8_000, Some(("hung a plumb line", 100, 0))),
        ("Hung a plumb-line, ", 8_000, Some(("hung a plumb line", 100, 0))),
        ("hang a plumb line", 8_000, Some(("hung a plumb line", 93, 0))),
        ("beside the pier three", 8_000, Some(("beside pier three", 83, 0))),
        // Said twice: the one that lies nearer.
        ("plumb line", 8_000, Some(("plumb line", 100, 0))),
        ("plumb line", 5_000, Some(("plumbline", 100, 0))),
        // Before and after what it goes with.
        ("hung a plumb line", 5_000, Some(("hung a plumb line", 100, -2_000))),
        ("hung a plumb line", 13_000, Some(("hung a plumb line", 100, 3_000))),
        ("hung a plumb line", 40_000, None),
        ("", 8_000, None),
        ("— …", 8_000, None),
        ("1234", 8_000, None),
    ] {
        let expected = expected.map(|(text, score, off)| (text.to_owned(), score, off));
        assert_eq!(found(quote, &said(talk, from_ms)), expected, "{quote}, from {from_ms} ms");
    }
}

#[test]
fn words_that_are_gone_say_nothing() {
    let mut words = said("hung a plumb line", 10_000);
    words[1].text.clear();
    words[2].in_media = false;
    assert_eq!(found("hung a plumb line", &words).unwrap().1, 57);
}

#[test]
fn annotations_get_the_words_that_they_go_with() {
    let words = said("the plumb line hangs beside Pier 3 at Harlow Crossing", 10_000);
    let spoken = Spoken::new(&words);
    let says = |quote: &str| Annotation {
        label: "object".into(),
        extra: [(SAYS.to_owned(), quote.into())].into_iter().collect(),
        ..annotation("a", (10_000, 14_000), "")
    };
    let own = |a: Annotation| Annotation { words: Some((WordId(7), WordId(9))), ..a };
    for (given, words, score) in [
        (says("plumb line hangs"), Some((1, 4)), Some(1.0)),
        (says("boats in the harbour at dawn"), None, Some(0.304)),
        (own(says("plumb line hangs")), Some((7, 9)), None),
        (annotation("a", (10_000, 14_000), "Harlow Crosing"), Some((8, 10)), Some(0.923)),
        (annotation("a", (22_000, 24_000), "Harlow Crossing"), Some((8, 10)), Some(1.0)),
        (annotation("a", (32_000, 34_000), "Harlow Crossing"), None, None),
        (annotation("a", (10_000, 14_000), "Pier 3"), Some((5, 7)), Some(1.0)),
        (annotation("a", (10_000, 14_000), "Pier 8"), None, None),
        (annotation("a", (10_000, 14_000), "at"), None, None),
        (Annotation { label: "object".into(), ..annotation("a", (10_000, 14_000), "Harlow Crossing") }, None, None),
    ] {
        let mut all = [given];
        link_all(&mut all, &spoken);
        let [linked] = &all;
        assert_eq!(linked.words.map(|(first, end)| (first.0, end.0 & 0xff_ffff)), words, "{linked:?}");
        assert_eq!(linked.extra.get(LINK).and_then(Value::as_f64), score, "{linked:?}");
    }
}

#[test]
fn a_summary_is_held_against_what_is_said_and_shown() {
    let words = said("the masons repaired the leaning pier with mortar", 10_000);
    let spoken = Spoken::new(&words);
    let seen = [annotation("t", (9_000, 12_000), "Lean of pier 3 in millimeters"), annotation("u", (90_000, 95_000), "dredging")];
    let check = |text: &str, at: i64, language: &str, expected: Option<f64>| {
        let summary = Annotation { label: "Summary".into(), ..annotation("s", (at, at + 4_000), text) };
        let share = share(&summary, &spoken, &Shown::new(&seen), language);
        assert_eq!(share.map(|s| (s * 100.0).round()), expected, "{text}");
    };
    let sums = "The masons are repairing the leaning piers, and the mortar is measured in millimeters";
    check(sums, 10_000, "en", Some(86.0));
    check("The masons and the dredging of the harbour by the sailors with their boats", 10_000, "en", Some(20.0));
    // Nothing is said there.
    check(sums, 60_000, "en", None);
    // Too little is told, or in another language.
    check("The masons and the pier", 10_000, "en", None);
    check(sums, 10_000, "de", None);
    check("Maurer reparieren den schiefen Pfeiler der Bruecke mit frischem Moertel", 10_000, "en", None);
}

#[test]
fn meanings_are_compared_by_their_direction() {
    for (a, b, expected) in [
        (vec![1.0, 0.0], vec![2.0, 0.0], Some(1.0)),
        (vec![1.0, 0.0], vec![0.0, 3.0], Some(0.0)),
        (vec![1.0, 1.0], vec![-1.0, -1.0], Some(-1.0)),
        (vec![1.0], vec![1.0, 0.0], None),
        (vec![0.0, 0.0], vec![1.0, 0.0], None),
        (vec![], vec![], None),
        (vec![f32::NAN], vec![1.0], None),
    ] {
        let got = cosine(&a, &b);
        assert!(got.is_none() == expected.is_none() && got.zip(expected).is_none_or(|(g, e)| (g - e).abs() < 1e-9), "{a:?} {b:?}: {got:?}");
    }
}

proptest! {
    /// Whatever is quoted of what is said nearby is found whole, and nothing that is found scores outside 0..1.
    #[test]
    fn what_is_said_is_found(
        words in proptest::collection::vec("[a-c]{1,4}", 1..40),
        (first, count) in (0usize..40, 1usize..8),
        other in "[a-d ]{0,30}",
    ) {
        let placed = said(&words.join(" "), 0);
        let first = first % words.len();
        let end = (first + count).min(words.len());
        let near = Span::new(placed[first].span.start, placed[end - 1].span.end);
        let linked = link(&words[first..end].join(" "), &placed, near, QUOTED_NEAR).unwrap();
        prop_assert_eq!((linked.score.to_bits(), linked.off), (1f64.to_bits(), Delta::ZERO));
        let run: String = placed.iter().filter(|w| linked.words.0 <= w.id && w.id < linked.words.1).map(|w| w.text.as_str()).collect();
        prop_assert_eq!(run, words[first..end].concat());
        // Against every run: none says the text better.
        let wanted: String = other.split(' ').collect();
        let runs = (0..words.len()).flat_map(|i| (i + 1..=words.len()).map(move |j| (i, j)));
        let least = runs.map(|(i, j)| strsim::levenshtein(&words[i..j].concat(), &wanted)).min().unwrap();
        let whole = Span::new(placed[0].span.start, placed[placed.len() - 1].span.end);
        let score = link(&other, &placed, whole, QUOTED_NEAR).map_or(0.0, |l| l.score);
        let best = if wanted.is_empty() { 0.0 } else { (1.0 - least as f64 / wanted.len() as f64).max(0.0) };
        prop_assert!((0.0..=1.0).contains(&score) && (score - best).abs() < 1e-9, "{} against {}", score, best);
    }
}
