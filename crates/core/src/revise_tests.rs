#![allow(clippy::unwrap_used)]

use super::*;
use crate::transcript::Format;
use proptest::prelude::*;

/// Words of 400 ms every 500 ms named `wN`, in lines of four words, said by two speakers in turns.
fn imported(count: usize) -> Transcript {
    let words: Vec<Word> = (0..count)
        .map(|i| Word {
            id: WordId::imported(i),
            text: format!("word{i}"),
            punctuation: String::new(),
            span: Span::new(TranscriptTime::from_ms(i as i64 * 500), TranscriptTime::from_ms(i as i64 * 500 + 400)),
            confidence: Some(0.9),
            speaker: Some((i / 4 % 2) as u16),
            channel: None,
            alternatives: vec![],
            masked: false,
            timed: true,
            source: i as u32,
        })
        .collect();
    let segments = words.chunks(4).map(|c| Segment { first: c[0].id, end: c[c.len() - 1].id.end(), speaker: c[0].speaker }).collect();
    let speakers = vec!["spk_0".into(), "spk_1".into()];
    Transcript { format: Format::Transcribe, recogniser: None, languages: vec![], speakers, words, segments, notes: vec![] }
}

fn text(text: &str) -> WordEdit {
    WordEdit { text: Some(text.into()), ..WordEdit::default() }
}

fn after(word: u32, rank: u32) -> WordId {
    WordId::added(Some(word), rank)
}

/// Starts and ends in ms of the words that stand, with their ids.
fn times(revised: &Transcript, edits: &BTreeMap<WordId, WordEdit>) -> Vec<(WordId, i64, i64)> {
    let stands = |w: &&Word| edits.get(&w.id).and_then(|e| e.text.as_deref()) != Some("");
    revised.words.iter().filter(stands).map(|w| (w.id, w.span.start.us() / 1000, w.span.end.us() / 1000)).collect()
}

#[test]
fn words_get_their_time_from_their_neighbours() {
    /// Edits of three words at 0..400, 500..900 and 1000..1400 ms, and what then stands.
    fn check(what: &str, edits: &[(WordId, &str)], expected: &[(WordId, i64, i64)]) {
        let edits: BTreeMap<_, _> = edits.iter().map(|(id, t)| (*id, text(t))).collect();
        let revised = revise(&imported(3), &edits);
        assert_eq!(times(&revised, &edits), expected, "{what}");
    }
    let (a, b, c) = ((WordId(0), 0, 400), (WordId(1), 500, 900), (WordId(2), 1000, 1400));
    check("nothing", &[], &[a, b, c]);
    check("added where there is little room", &[(after(0, 5), "four")], &[a, (after(0, 5), 260, 500), b, c]);
    check("put in place of another", &[(WordId(1), ""), (after(1, 5), "new")], &[a, (after(1, 5), 500, 900), c]);
    check("cut in two", &[(WordId(1), "wo"), (after(1, 5), "rd1")], &[a, (WordId(1), 500, 660), (after(1, 5), 660, 900), c]);
    check("joined", &[(WordId(0), "word0word1"), (WordId(1), "")], &[(WordId(0), 0, 900), c]);
    check("removed", &[(WordId(1), "")], &[a, c]);
    check("another text", &[(WordId(1), "other")], &[a, b, c]);
    check("at the end", &[(after(2, 1), "end")], &[a, b, c, (after(2, 1), 1400, 1580)]);
    check("before the first, at the start of the clock", &[(WordId::added(None, 1), "oh")], &[(WordId::added(None, 1), 0, 0), a, b, c]);
}

#[test]
fn lines_begin_where_people_say() {
    fn check(what: &str, edits: &[(WordId, Option<bool>, Option<&str>)], expected: &[(u64, u64, Option<&str>)]) {
        let edit =
            |line: Option<bool>, speaker: Option<&str>| WordEdit { line, speaker: speaker.map(str::to_owned), ..WordEdit::default() };
        let edits: BTreeMap<_, _> = edits.iter().map(|(id, line, speaker)| (*id, edit(*line, *speaker))).collect();
        let revised = revise(&imported(8), &edits);
        let lines: Vec<_> =
            revised.segments.iter().map(|s| (s.first.0, s.end.0, s.speaker.map(|s| revised.speakers[usize::from(s)].as_str()))).collect();
        assert_eq!(lines, expected, "{what}");
    }
    check("as imported", &[], &[(0, 4, Some("spk_0")), (4, 8, Some("spk_1"))]);
    check("cut", &[(WordId(2), Some(true), None)], &[(0, 2, Some("spk_0")), (2, 4, Some("spk_0")), (4, 8, Some("spk_1"))]);
    check("joined", &[(WordId(4), Some(false), None)], &[(0, 8, Some("spk_0"))]);
    let all = [4, 5, 6, 7].map(|i| (WordId(i), None, Some("Ada")));
    check("said by somebody new", &all, &[(0, 4, Some("spk_0")), (4, 8, Some("Ada"))]);
    check(
        "a line of the import can't lose its first word",
        &[(WordId(0), Some(false), None)],
        &[(0, 4, Some("spk_0")), (4, 8, Some("spk_1"))],
    );
}

#[test]
fn an_added_word_is_said_by_whoever_says_its_line() {
    let revised = revise(&imported(8), &[(after(5, 1), text("new"))].into());
    assert_eq!(revised.words[6].speaker, Some(1));
}

fn any_edits() -> impl Strategy<Value = BTreeMap<WordId, WordEdit>> {
    let id =
        (0u32..12, 0u32..4).prop_map(|(after, rank)| if rank == 0 { WordId(u64::from(after)) } else { WordId::added(Some(after), rank) });
    let text = prop::option::of(prop::sample::select(vec!["", "a", "word", "longer word"]));
    let edit = (text, prop::option::of(any::<bool>()), prop::option::of(prop::sample::select(vec!["spk_0", "spk_1", "Ada"])));
    prop::collection::btree_map(id, edit.prop_map(|(text, line, speaker)| (text, line, speaker)), 0..20).prop_map(|edits| {
        let full = |(text, line, speaker): (Option<&str>, Option<bool>, Option<&str>)| WordEdit {
            text: text.map(str::to_owned),
            line,
            speaker: speaker.map(str::to_owned),
            ..WordEdit::default()
        };
        // What was added has a text.
        let filled = |(id, edit): (WordId, _)| {
            let edit = full(edit);
            let text = edit.text.clone().filter(|t| !t.is_empty() || !id.is_added()).or_else(|| id.is_added().then(|| "new".to_owned()));
            (id, WordEdit { text, ..edit })
        };
        edits.into_iter().map(filled).collect()
    })
}

proptest! {
    #[test]
    fn whatever_is_edited_words_keep_order_and_lines_hold_all(edits in any_edits()) {
        let before = imported(12);
        let revised = revise(&before, &edits);
        prop_assert!(revised.words.windows(2).all(|w| w[0].id < w[1].id));
        // A word whose text nobody touched is where it was.
        for word in &before.words {
            if edits.get(&word.id).is_none_or(|e| e.text.is_none()) {
                prop_assert_eq!(revised.words[revised.index_of(word.id).unwrap()].span, word.span);
            }
        }
        prop_assert!(revised.words.iter().all(|w| w.span.start <= w.span.end));
        let held: Vec<usize> = revised.segments.iter().flat_map(|s| revised.range_of(s)).collect();
        prop_assert_eq!(held, (0..revised.words.len()).collect::<Vec<_>>());
        // Starts never run backwards over the words that stand.
        let starts: Vec<i64> = times(&revised, &edits).iter().map(|t| t.1).collect();
        prop_assert!(starts.windows(2).all(|s| s[0] <= s[1]), "{:?}", starts);
    }
}
