use super::*;
use crate::time::Delta;
use crate::windows::{Rules, split};
use proptest::prelude::*;

fn s(seconds: i64) -> MediaTime {
    MediaTime::from_ms(seconds * 1_000)
}

fn span(a: i64, b: i64) -> Span<MediaTime> {
    Span::new(s(a), s(b))
}

fn thing(from: i64, to: i64, label: &str, region: Option<(f32, f32)>, text: &str) -> Annotation {
    Annotation {
        id: String::new(),
        span: span(from, to),
        region: region.map(|(x, y)| Region { x, y, w: 0.2, h: 0.2 }),
        label: label.into(),
        text: text.into(),
        confidence: None,
        source: None,
        words: None,
        extra: serde_json::Map::new(),
    }
}

fn window(own: (i64, i64), sees: (i64, i64)) -> Window {
    Window { own: span(own.0, own.1), sees: span(sees.0, sees.1), frames: 0..0, said: 0..0, tokens: 0 }
}

/// Two windows that share 8..12.
fn of_two(first: &[Annotation], second: &[Annotation]) -> Stitched {
    let (a, b) = (window((0, 10), (0, 12)), window((10, 20), (8, 20)));
    stitch(&[(&a, first), (&b, second)], &Likeness::default())
}

fn told(stitched: &Stitched) -> Vec<(i64, i64, &str, &str)> {
    stitched
        .annotations
        .iter()
        .map(|a| (a.span.start.us() / 1_000_000, a.span.end.us() / 1_000_000, a.label.as_str(), a.text.as_str()))
        .collect()
}

#[test]
fn what_two_windows_saw_is_one_thing() {
    for (what, first, second, expected) in [
        (
            "it goes on over the border",
            vec![thing(4, 12, "person", Some((0.1, 0.1)), "a woman")],
            vec![thing(8, 18, "Person", Some((0.12, 0.1)), "a woman at a desk")],
            vec![(4, 18, "Person", "a woman at a desk")],
        ),
        (
            "it lies where both look",
            vec![thing(9, 11, "action", None, "opens the valve")],
            vec![thing(9, 11, "action", None, "she opens a valve")],
            vec![(9, 11, "action", "opens the valve")],
        ),
        (
            "two people stay two",
            vec![thing(4, 12, "person", Some((0.1, 0.1)), "a"), thing(4, 12, "person", Some((0.7, 0.1)), "b")],
            vec![thing(8, 12, "person", Some((0.7, 0.1)), "b"), thing(8, 14, "person", Some((0.1, 0.1)), "a")],
            vec![(4, 12, "person", "b"), (4, 14, "person", "a")],
        ),
        (
            "two doings at one time without a region stay apart",
            vec![thing(8, 12, "action", None, "pours water"), thing(8, 12, "action", None, "writes on a board")],
            vec![thing(8, 12, "action", None, "writes on the board")],
            vec![(8, 12, "action", "pours water"), (8, 12, "action", "writes on a board")],
        ),
        (
            "what one window alone saw is kept",
            vec![thing(9, 11, "sign", Some((0.1, 0.1)), "")],
            vec![thing(9, 11, "sign", Some((0.7, 0.7)), "")],
            vec![(9, 11, "sign", ""), (9, 11, "sign", "")],
        ),
        (
            "text that runs through is put together",
            vec![thing(6, 12, "text", Some((0.1, 0.8)), "storms are expected in the north")],
            vec![thing(8, 16, "text", Some((0.1, 0.8)), "expected in the north until Friday")],
            vec![(6, 16, "text", "storms are expected in the north until Friday")],
        ),
    ] {
        assert_eq!(told(&of_two(&first, &second)), expected, "{what}");
    }
}

#[test]
fn windows_that_only_touch_go_on() {
    let (a, b) = (window((0, 10), (0, 10)), window((10, 20), (10, 20)));
    let (first, second) = ([thing(4, 10, "scene", None, "a harbour at dusk")], [thing(10, 15, "scene", None, "the harbour at dusk")]);
    let joined = stitch(&[(&a, &first), (&b, &second)], &Likeness::default());
    assert_eq!(told(&joined), [(4, 15, "scene", "a harbour at dusk")]);
    let other = [thing(10, 15, "scene", None, "an office")];
    assert_eq!(stitch(&[(&a, &first), (&b, &other)], &Likeness::default()).annotations.len(), 2);
}

#[test]
fn contradictions_are_said() {
    let place = Some((0.4, 0.4));
    let read = of_two(&[thing(8, 12, "text", place, "Pier 7")], &[thing(8, 12, "text", place, "Pier 81")]);
    assert_eq!(read.contradictions, [Contradiction { one: 0, other: 0, what: "one window reads 'Pier 7', another 'Pier 81'".into() }]);
    let seen = of_two(&[thing(8, 12, "dog", place, "")], &[thing(8, 12, "fox", place, "")]);
    assert_eq!((seen.annotations.len(), seen.contradictions.len()), (2, 1), "{seen:?}");
    let both = of_two(&[thing(8, 12, "dog", place, ""), thing(8, 12, "pet", place, "")], &[thing(8, 12, "pet", place, "")]);
    assert!(both.contradictions.is_empty(), "{both:?}");
}

/// Things of ten places, each of which holds one thing after another with a gap between them.
fn truth() -> impl Strategy<Value = Vec<Annotation>> {
    prop::collection::vec((0usize..10, 1i64..20, 3i64..60), 0..40).prop_map(|steps| {
        let mut at = [0i64; 10];
        let mut things = vec![];
        for (n, (place, gap, length)) in steps.into_iter().enumerate() {
            let from = at[place] + gap;
            at[place] = from + length;
            if at[place] <= 300 {
                let region = Some((0.1 * (place % 5) as f32 * 2.0, 0.4 * (place / 5) as f32));
                things.push(thing(from, at[place], "thing", region, &format!("number {n}")));
            }
        }
        things.sort_by_key(|t| (t.span.start, t.span.end, t.text.clone()));
        things
    })
}

proptest! {
    #[test]
    fn however_it_is_cut_each_thing_is_found_once(truth in truth(), longest in 5i64..100, overlap in 0i64..12) {
        let rules = Rules { tokens: 1_000, frames: 100, longest: Delta::from_us(longest * 1_000_000), overlap: Delta::from_us(overlap * 1_000_000) };
        let windows = split(s(300), &[], &[], &[], &rules);
        // A window says of each thing what lies in what it sees.
        let says = |w: &Window| -> Vec<Annotation> {
            let part = |t: &Annotation| t.span.overlap(w.sees).map(|span| Annotation { span, ..t.clone() });
            truth.iter().filter_map(part).collect()
        };
        let said: Vec<Vec<Annotation>> = windows.iter().map(says).collect();
        let parts: Vec<(&Window, &[Annotation])> = windows.iter().zip(&said).map(|(w, a)| (w, a.as_slice())).collect();
        let stitched = stitch(&parts, &Likeness::default());
        prop_assert_eq!(told(&stitched), truth.iter().map(|a| (a.span.start.us() / 1_000_000, a.span.end.us() / 1_000_000, "thing", a.text.as_str())).collect::<Vec<_>>());
        prop_assert!(stitched.contradictions.is_empty());
    }

    #[test]
    fn nothing_that_was_said_is_lost(said in prop::collection::vec(prop::collection::vec((0i64..14, 1i64..8, 0usize..3, prop::option::of((0u8..5, 0u8..5)), 0usize..4), 0..6), 1..5)) {
        let labels = ["a", "b", "text"];
        let texts = ["", "one two", "two three", "four five six"];
        let windows: Vec<Window> = (0..said.len() as i64).map(|n| window((n * 10, n * 10 + 10), (n * 10 - 3, n * 10 + 13))).collect();
        let said: Vec<Vec<Annotation>> = said.iter().enumerate().map(|(n, of)| of.iter().map(|(at, length, label, region, text)| {
            let from = n as i64 * 10 - 3 + at;
            thing(from, from + length, labels[*label], region.map(|(x, y)| (f32::from(x) * 0.15, f32::from(y) * 0.15)), texts[*text])
        }).collect()).collect();
        let parts: Vec<(&Window, &[Annotation])> = windows.iter().zip(&said).map(|(w, a)| (w, a.as_slice())).collect();
        let stitched = stitch(&parts, &Likeness::default());
        for one in said.iter().flatten() {
            let held = |a: &Annotation| a.label == one.label && a.span.start <= one.span.start && a.span.end >= one.span.end;
            prop_assert!(stitched.annotations.iter().any(held), "{:?} is in none of {:?}", one, stitched.annotations);
        }
        // What one window says stays as many things.
        let most = said.iter().map(Vec::len).max().unwrap_or(0);
        prop_assert!(stitched.annotations.len() >= most);
    }
}
