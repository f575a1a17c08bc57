//! Stretches of made-up reviews, and what is chosen of them.

use super::*;
use proptest::prelude::*;

fn ms(at: i64) -> MediaTime {
    MediaTime::from_ms(at)
}

fn span(start_s: i64, end_s: i64) -> Span<MediaTime> {
    Span::new(ms(start_s * 1_000), ms(end_s * 1_000))
}

/// A minute of lines of 6 s, a word of 900 ms each second.
fn minute() -> Reviewed {
    let word = |i: i64| Said {
        heard: format!("w{i}"),
        written: format!("w{i}"),
        span: Span::new(ms(i * 1_000), ms(i * 1_000 + 900)),
        begins: i % 6 == 0,
        ..Said::default()
    };
    Reviewed { duration: ms(60_000), words: (0..60).map(word).collect(), ..Reviewed::default() }
}

fn asked(start_s: i64, end_s: i64, answer: Option<bool>) -> Asked {
    Asked { gate: "word_confidence".into(), span: span(start_s, end_s), answer: answer.map(|defect| (defect, "Ada".into())) }
}

fn seen(label: &str, start_s: i64, end_s: i64) -> Annotation {
    let value = serde_json::json!({ "start_us": start_s * 1_000_000, "end_us": end_s * 1_000_000, "label": label });
    serde_json::from_value(value).unwrap()
}

fn rewrite(of: &mut Reviewed, word: usize, text: &str) {
    of.words[word].written = text.into();
    of.words[word].by = "Ada".into();
}

/// Stretches as `from..to` in ms, with how many corrections and decisions.
fn check(name: &str, change: impl FnOnce(&mut Reviewed), want: &[(i64, i64, usize, usize)]) {
    let mut of = minute();
    change(&mut of);
    let found = stretches(&of);
    let got: Vec<_> =
        found.iter().map(|s| (s.span.start.us() / 1_000, s.span.end.us() / 1_000, s.corrections.len(), s.decisions.len())).collect();
    assert_eq!(got, want, "{name}");
}

#[test]
fn stretches_lie_on_borders_and_hold_what_people_did() {
    check("nobody did anything", |_| {}, &[]);
    check("a verdict in the third line", |of| of.asked.push(asked(13, 14, Some(true))), &[(6_000, 17_900, 0, 1)]);
    // Two lines are 11.9 s from first word to last; the shortest stretch that is long enough is taken, and the earliest of these.
    check("a word", |of| rewrite(of, 13, "plumb"), &[(6_000, 17_900, 1, 0)]);
    check("two words that follow each other", |of| [13, 14].map(|w| rewrite(of, w, "x")).into_iter().collect(), &[(6_000, 17_900, 1, 0)]);
    check("a removed word", |of| rewrite(of, 13, ""), &[(6_000, 17_900, 1, 0)]);
    check("words far apart", |of| [2, 45].map(|w| rewrite(of, w, "x")).into_iter().collect(), &[(0, 11_900, 1, 0), (36_000, 47_900, 1, 0)]);
    check(
        "corrections before decisions",
        |of| {
            rewrite(of, 3, "x");
            of.asked.push(asked(20, 21, Some(false)));
        },
        &[(0, 23_900, 1, 1)],
    );
    check(
        "an open flag beside it",
        |of| {
            rewrite(of, 13, "x");
            of.asked.push(asked(7, 8, None));
        },
        &[(12_000, 23_900, 1, 0)],
    );
    check(
        "open flags on both sides",
        |of| {
            rewrite(of, 13, "x");
            of.asked.extend([asked(7, 8, None), asked(19, 20, None)]);
        },
        &[],
    );
    check(
        "an open flag over all of it",
        |of| {
            rewrite(of, 13, "x");
            of.asked.push(asked(0, 60, None));
        },
        &[],
    );
    check(
        "an open moment",
        |of| {
            rewrite(of, 13, "x");
            of.asked.push(asked(12, 12, None));
        },
        &[],
    );
    check(
        "shots cut lines, but no words",
        |of| {
            of.shots = vec![ms(9_950), ms(13_400)];
            of.asked.push(asked(13, 14, Some(true)));
        },
        &[(6_000, 17_900, 0, 1)],
    );
    check(
        "an annotation that was removed",
        |of| {
            of.annotations.push(Marked { before: Some(seen("text", 50, 52)), after: None, by: "Bo".into() });
        },
        &[(42_000, 53_900, 1, 0)],
    );
    check(
        "an annotation as it was",
        |of| {
            of.annotations.push(Marked { before: Some(seen("text", 50, 52)), after: Some(seen("text", 50, 52)), by: String::new() });
        },
        &[],
    );
    check(
        "no borders within reach",
        |of| {
            of.words.iter_mut().for_each(|word| word.begins = false);
            rewrite(of, 13, "x");
        },
        &[],
    );
    check(
        "sentences are borders, too",
        |of| {
            of.words.iter_mut().for_each(|word| word.begins = false);
            [9, 19].into_iter().for_each(|w| of.words[w].written += ".");
            [9, 19].into_iter().for_each(|w| of.words[w].heard += ".");
            rewrite(of, 13, "x");
        },
        &[(9_900, 19_900, 1, 0)],
    );
}

#[test]
fn a_stretch_tells_what_stands_there_and_who_changed_what() {
    let mut of = minute();
    rewrite(&mut of, 13, "plumb");
    of.words[14].written = String::new();
    of.words[15].speaker = Some("Bo".into());
    of.annotations = vec![
        Marked { before: Some(seen("slide", 0, 30)), after: Some(seen("slide", 0, 30)), by: String::new() },
        Marked { before: None, after: Some(seen("text", 14, 16)), by: "Cy".into() },
    ];
    of.asked = vec![asked(13, 14, Some(true)), asked(50, 51, Some(true)), asked(40, 41, None)];
    let found = stretches(&of);
    let first = found.iter().find(|s| s.span.contains(ms(13_000))).unwrap();
    let lines: Vec<_> = first.lines.iter().map(|l| (l.speaker.as_deref(), l.text.as_str())).collect();
    assert_eq!(lines, [(None, "w6 w7 w8 w9 w10 w11"), (None, "w12 plumb"), (Some("Bo"), "w15"), (None, "w16 w17")]);
    let marks: Vec<_> = first.annotations.iter().map(|m| (m.label.as_str(), m.span)).collect();
    assert_eq!(marks, [("slide", Span::new(ms(6_000), ms(17_900))), ("text", span(14, 16))]);
    let told = serde_json::to_value(&first.corrections).unwrap();
    assert_eq!(
        (&told[0]["what"], &told[0]["before"], &told[0]["after"], &told[0]["by"]),
        (&"words".into(), &"w13 w14".into(), &"plumb".into(), &"Ada".into())
    );
    assert_eq!((&told[1]["what"], &told[1]["after"]["label"]), (&"annotation".into(), &"text".into()));
    assert_eq!((&told[2]["what"], &told[2]["after"]), (&"speaker".into(), &"Bo".into()));
    assert_eq!((first.decisions.len(), &first.by), (1, &vec!["Ada".to_owned(), "Cy".to_owned()]));
}

/// A stretch that shows these labels and corrected words.
fn example(start_s: i64, labels: &[&str], words: &[&str]) -> Stretch {
    let span = span(start_s, start_s + 12);
    Stretch {
        span,
        lines: vec![],
        annotations: labels.iter().map(|label| mark(&seen(label, start_s, start_s + 1))).collect(),
        corrections: words.iter().map(|w| Correction::Words { span, before: "x".into(), after: (*w).into(), by: "Ada".into() }).collect(),
        decisions: vec![],
        by: vec![],
    }
}

#[test]
fn corrections_come_first_and_then_what_is_new() {
    let all = [
        ("a", example(0, &["text", "person", "shot"], &[])),
        ("a", example(20, &[], &["plumb"])),
        ("a", example(40, &[], &["plumb", "Plumb."])),
        ("b", example(0, &["text"], &["plumb"])),
        ("c", example(0, &[], &["bob"])),
        ("b", example(20, &[], &["line"])),
    ];
    let listed: Vec<(&str, &Stretch)> = all.iter().map(|(media, stretch)| (*media, stretch)).collect();
    // b shows a label; c a media and a word; then the word of b's other one; what is told twice comes last, and before it a new media.
    assert_eq!(rank(&listed, 20), [3, 4, 2, 5, 1, 0]);
    assert_eq!(rank(&listed, 2), [3, 4]);
    assert_eq!(rank(&[], 20), Vec::<usize>::new());
}

/// What the ranking is meant to be, as plainly as it can be said.
fn plainly(all: &[(&str, &Stretch)], count: usize) -> Vec<usize> {
    let (mut left, mut shown, mut best): (Vec<usize>, BTreeSet<(u8, String)>, Vec<usize>) =
        ((0..all.len()).collect(), BTreeSet::new(), vec![]);
    while best.len() < count && !left.is_empty() {
        let value = |at: &usize| {
            let (media, stretch) = all[*at];
            let corrections = stretch.corrections.len();
            (
                corrections > 0,
                shows(media, stretch).difference(&shown).count(),
                corrections,
                Reverse((media, stretch.span.start)),
                Reverse(*at),
            )
        };
        let next = left.iter().copied().max_by_key(value).unwrap();
        shown.extend(shows(all[next].0, all[next].1));
        left.retain(|at| *at != next);
        best.push(next);
    }
    best
}

proptest! {
    #[test]
    fn the_ranking_is_greedy_and_does_not_depend_on_the_order(
        made in prop::collection::vec((0usize..3, 0i64..5, prop::collection::vec(0usize..5, 0..4), prop::collection::vec(0usize..6, 0..4)), 0..14),
        count in 0usize..16,
        turn in 0usize..14,
    ) {
        const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];
        let pick = |of: &[usize]| of.iter().map(|i| NAMES[*i]).collect::<Vec<_>>();
        let mut all: Vec<(&str, Stretch)> = Vec::new();
        for (media, at, labels, words) in &made {
            if all.iter().all(|(m, s)| *m != NAMES[*media] || s.span.start != ms(at * 20_000)) {
                all.push((NAMES[*media], example(at * 20, &pick(labels), &pick(words))));
            }
        }
        let listed: Vec<(&str, &Stretch)> = all.iter().map(|(media, stretch)| (*media, stretch)).collect();
        let best = rank(&listed, count);
        prop_assert_eq!(&best, &plainly(&listed, count));
        let mut turned = listed.clone();
        turned.rotate_left(turn.min(listed.len()));
        let again: Vec<_> = rank(&turned, count).into_iter().map(|at| (turned[at].0, turned[at].1.span)).collect();
        prop_assert_eq!(again, best.iter().map(|at| (listed[*at].0, listed[*at].1.span)).collect::<Vec<_>>());
    }

    #[test]
    fn stretches_never_overlap_nor_hold_what_is_open(
        rewritten in prop::collection::btree_set(0usize..60, 0..8),
        flags in prop::collection::vec((0i64..60, 0i64..4, prop::option::of(any::<bool>())), 0..8),
        shots in prop::collection::vec(0i64..60_000, 0..12),
    ) {
        let mut of = minute();
        rewritten.iter().for_each(|word| rewrite(&mut of, *word, "x"));
        of.asked = flags.iter().map(|(at, length, answer)| asked(*at, at + length, *answer)).collect();
        of.shots = shots.into_iter().map(ms).collect();
        let found = stretches(&of);
        for s in &found {
            prop_assert!((SHORTEST..=LONGEST).contains(&s.span.len()));
            prop_assert!(s.corrections.len() + s.decisions.len() > 0);
            for open in of.asked.iter().filter(|asked| asked.answer.is_none()) {
                prop_assert!(open.span.overlap(s.span).is_none() && !s.span.contains(open.span.start), "{:?} in {:?}", open, s.span);
            }
            for cut in of.words.iter().filter(|w| w.span.start < s.span.start && w.span.end > s.span.start) {
                prop_assert!(false, "{:?} is cut by {:?}", cut, s.span);
            }
        }
        prop_assert!(found.windows(2).all(|pair| pair[0].span.end <= pair[1].span.start));
    }
}
