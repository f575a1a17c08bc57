#![allow(clippy::type_complexity, clippy::unwrap_used)]

use super::*;
use crate::format::read;
use proptest::prelude::*;

fn query(text: &str, marks: &str) -> Query {
    Query { text: text.into(), match_case: marks.contains('c'), whole_word: marks.contains('w'), regex: marks.contains('r') }
}

/// Two lines of words.
fn plain(text: &str) -> PlainText {
    let mut srt = String::new();
    for (n, line) in text.lines().enumerate() {
        srt += &format!("{}\n00:00:{n:02},000 --> 00:00:{n:02},900\n{line}\n\n", n + 1);
    }
    PlainText::of(&read(srt.as_bytes()).unwrap(), &BTreeMap::new())
}

#[test]
fn hits_are_found_in_lines() {
    fn check(text: &str, marks: &str, wanted: &[&str]) {
        let plain = plain("So we said: so, what is it?\nSomebody wrote A.B and Ärger\nit's so");
        let matcher = Matcher::new(&query(text, marks)).unwrap();
        let hits: Vec<&str> = matcher.hits(&plain.text).map(|hit| &plain.text[hit]).collect();
        assert_eq!(hits, wanted, "{text} {marks}");
    }
    check("so", "", &["So", "so", "So", "so"]);
    check("so", "c", &["so", "so"]);
    check("so", "w", &["So", "so", "so"]);
    check("SAID:   so", "", &["said: so"]);
    check("it? Somebody", "", &[]);
    check("a.b", "", &["A.B"]);
    check("ärger", "", &["Ärger"]);
    check("it?", "w", &["it?"]);
    check(r"\bs\w+", "r", &["So", "said", "so", "Somebody", "so"]);
    check(r"it\W+\w+", "r", &["it's"]);
    check(r"[^x]+", "r", &["So we said: so, what is it?", "Somebody wrote A.B and Ärger", "it's so"]);
    check(r"so$", "r", &["so"]);
    check(r"x*", "r", &[]);
    check("", "", &[]);
}

#[test]
fn a_bad_expression_is_refused_with_a_sentence() {
    let error = Matcher::new(&query("(so", "r")).unwrap_err().to_string();
    assert!(error.contains("(so") && error.contains("unclosed group") && error.ends_with("as plain text"), "{error}");
    assert!(Matcher::new(&query("(so", "")).is_ok());
}

/// Words with their new text, and texts of new words behind them.
type Wanted<'a> = (&'a [(u64, &'a str)], &'a [&'a str]);

#[test]
fn words_are_written_one_for_one() {
    fn check(find: &str, marks: &str, with: &str, wanted: &[Wanted<'_>]) {
        let plain = plain("New York, new York city. aa\nNEW YORK");
        let matcher = Matcher::new(&query(find, marks)).unwrap();
        let by = Replacement { with: with.into(), keep_case: marks.contains('k') };
        let hits: Vec<_> = matcher.hits(&plain.text).collect();
        let new = plain.replacements(&matcher, &hits, &by);
        let written = plain.written(&hits.into_iter().zip(new).collect::<Vec<_>>());
        let wanted: Vec<Written> = wanted
            .iter()
            .map(|(words, added)| Written {
                words: words.iter().map(|(id, text)| (WordId(*id), (*text).to_owned())).collect(),
                added: added.iter().map(|text| (*text).to_owned()).collect(),
            })
            .collect();
        assert_eq!(written, wanted, "{find} {marks} {with}");
    }
    check("city", "", "town", &[(&[(4, "town.")], &[])]);
    check("cit", "", "facult", &[(&[(4, "faculty.")], &[])]);
    check("a", "c", "b", &[(&[(5, "bb")], &[])]);
    check("york city", "", "orleans", &[(&[(3, "orleans."), (4, "")], &[])]);
    check("city", "", "big old town", &[(&[(4, "big")], &["old", "town."])]);
    check("city.", "", "", &[(&[(4, "")], &[])]);
    let two: &[Wanted<'_>] =
        &[(&[(0, "Los"), (1, "angeles,")], &[]), (&[(2, "los"), (3, "angeles")], &[]), (&[(6, "LOS"), (7, "ANGELES")], &[])];
    check("new york", "k", "los angeles", two);
    check(
        r"(new) (york)",
        "r",
        "$2-$1",
        &[(&[(0, "York-New,"), (1, "")], &[]), (&[(2, "York-new"), (3, "")], &[]), (&[(6, "YORK-NEW"), (7, "")], &[])],
    );
}

proptest! {
    #[test]
    fn what_no_hit_touches_is_not_written(text in "([a-c]{1,3}[,.]? ){1,6}\n([a-c]{1,3} ){1,6}", find in "[a-c]{1,2}( [a-c])?", with in "[x ]{0,5}") {
        let plain = plain(&text);
        let matcher = Matcher::new(&query(&find, "")).unwrap();
        let hits: Vec<_> = matcher.hits(&plain.text).collect();
        let new = plain.replacements(&matcher, &hits, &Replacement { with, keep_case: false });
        let pairs: Vec<_> = hits.iter().cloned().zip(new).collect();
        let touched: Vec<WordId> = hits.iter().flat_map(|hit| plain.words[plain.range(hit)].iter().map(|w| w.0)).collect();
        let mut whole = String::new();
        let mut from = 0;
        for (hit, new) in &pairs {
            whole += &plain.text[from..hit.start];
            whole += new;
            from = hit.end;
        }
        whole += &plain.text[from..];
        let written = plain.written(&pairs);
        let mut texts: BTreeMap<WordId, String> = BTreeMap::new();
        for (i, (id, at)) in plain.words.iter().enumerate() {
            texts.insert(*id, plain.text[*at..plain.end(i)].to_owned());
        }
        for group in &written {
            for (id, text) in &group.words {
                prop_assert!(touched.contains(id));
                texts.insert(*id, text.clone());
            }
            let last = group.words[group.words.len() - 1].0;
            let old = texts[&last].clone();
            texts.insert(last, format!("{old} {}", group.added.join(" ")));
        }
        let stands = texts.values().flat_map(|text| text.split_whitespace()).collect::<Vec<_>>();
        prop_assert_eq!(stands, whole.split_whitespace().collect::<Vec<_>>());
    }
}
