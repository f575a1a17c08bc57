#![allow(clippy::unwrap_used, clippy::float_cmp, clippy::print_stdout)]

use super::*;
use crate::time::TranscriptTime;
use crate::transcript::{Format, Language, Segment, Word};
use crate::{InForce, place};

/// A talk of 400 ms words every 500 ms; `A: text` says who speaks, `|` is a pause of two seconds.
fn transcript(language: &str, text: &str) -> Transcript {
    let (mut words, mut speakers, mut speaker, mut at_ms) = (Vec::new(), Vec::<String>::new(), None, 0);
    for token in text.split_whitespace() {
        if let Some(name) = token.strip_suffix(':') {
            let known = speakers.iter().position(|s| s == name);
            speaker = Some(known.unwrap_or_else(|| {
                speakers.push(name.to_owned());
                speakers.len() - 1
            }) as u16);
            continue;
        }
        if token == "|" {
            at_ms += 2_000;
            continue;
        }
        let (text, punctuation) = crate::format::peel(token);
        words.push(Word {
            id: WordId(words.len() as u64),
            text: text.into(),
            punctuation: punctuation.into(),
            span: Span::new(TranscriptTime::from_ms(at_ms), TranscriptTime::from_ms(at_ms + 400)),
            confidence: None,
            speaker,
            channel: None,
            alternatives: vec![],
            masked: false,
            timed: true,
            source: 0,
        });
        at_ms += 500;
    }
    let segments = vec![Segment { first: WordId(0), end: WordId(words.len() as u64), speaker: None }];
    let languages = vec![Language { code: language.into(), score: None, duration: None }];
    Transcript { format: Format::Transcribe, recogniser: None, languages, speakers, words, segments, notes: vec![] }
}

fn talk(language: &str, text: &str) -> Talk {
    let transcript = transcript(language, text);
    Talk::new(&transcript, &place(&transcript, &InForce::default()))
}

#[test]
fn turns_end_at_pauses_and_at_other_speakers() {
    let check = |text: &str, expected: &[(Option<u16>, i64, u32)]| {
        let talk = talk("en", text);
        let turns: Vec<_> = talk.turns.iter().map(|t| (t.speaker, t.span.len().us() / 1_000, (t.end - t.first) as u32)).collect();
        assert_eq!(turns, expected, "{text}");
    };
    check("", &[]);
    check("one two three", &[(None, 1_400, 3)]);
    check("A: one two B: three", &[(Some(0), 900, 2), (Some(1), 400, 1)]);
    check("A: one | two", &[(Some(0), 400, 1), (Some(0), 400, 1)]);
}

#[test]
fn time_and_pace_add_up_by_speaker_and_over_time() {
    let talk = talk("en", "A: one two three four five six seven eight B: nine ten A: eleven twelve");
    let shares = talk.shares();
    assert_eq!(shares[&Some(0)], Share { time: Delta::from_us(4_800_000), words: 10 });
    assert_eq!(shares[&Some(0)].pace().unwrap(), 125.0);
    assert_eq!(shares[&Some(1)].pace(), None, "two words are no pace");
    for parts in [1, 2, 3, 7] {
        let over_time = talk.shares_over_time(MediaTime::from_ms(6_000), parts);
        let mut sums: BTreeMap<Option<u16>, Share> = BTreeMap::new();
        for (speaker, share) in over_time.iter().flatten() {
            sums.entry(*speaker).or_default().add(share.time, share.words);
        }
        assert_eq!(sums, shares, "{parts} parts");
    }
    assert!(talk.shares_over_time(MediaTime::from_ms(6_000), 0).is_empty());
}

#[test]
fn phrases_are_what_is_said_apart_from_stop_words() {
    let check = |language: &str, text: &str, expected: &[(&str, usize)]| {
        let talk = talk(language, text);
        let mut found: Vec<(&str, usize)> = talk.phrases.iter().map(|(t, p)| (t.as_str(), p.len())).filter(|p| p.1 >= 2).collect();
        found.sort_unstable();
        assert_eq!(found, expected, "{text}");
    };
    check("en", "The pressure gauge and the pressure gauge", &[("pressure gauge", 2)]);
    check("en-GB", "The gauge. Gauge, GAUGE of it it it", &[("gauge", 3)]);
    check("en", "pressure. gauge pressure. gauge", &[("gauge", 2), ("pressure", 2)]);
    check("en", "pump rotor, pump valve, pump rotor, pump pump", &[("pump", 5), ("pump rotor", 2)]);
    check("de", "und der Druck und der Druck", &[("druck", 2)]);
    check("xx", "the valve the valve 7 7", &[("valve", 2)]);
}

#[test]
fn what_every_talk_says_marks_none_of_them() {
    let [a, b] = [talk("en", "valve valve valve bridge bridge bridge"), talk("en", "valve valve valve harbour harbour harbour")];
    let all = [&a, &b];
    let spread = spread(&all);
    let marks = |at: usize| {
        let found = key_phrases(&all, |talk, _| talk == at, &spread, 2, 2);
        found.into_iter().map(|p| (p.text, p.places.len())).collect::<Vec<_>>()
    };
    assert_eq!(marks(0)[0].0, "bridge");
    assert_eq!(marks(1)[0].0, "harbour");
    // Alone, how often is all there is to say.
    let alone = key_phrases(&[&a], |_, _| true, &super::spread(&[&a]), 1, 9);
    assert!(alone.iter().all(|p| p.weight == p.places.len() as f64), "{alone:?}");
}

#[test]
fn phrases_of_a_speaker_are_those_that_they_say() {
    let talk = talk("en", "A: bridge bridge valve B: valve valve harbour");
    let of = |speaker| {
        let found = key_phrases(&[&talk], |_, s| s == Some(speaker), &spread(&[&talk]), 1, 9);
        found.into_iter().map(|p| p.text).collect::<Vec<_>>()
    };
    assert_eq!((of(0), of(1)), (vec!["bridge".to_owned()], vec!["valve".to_owned()]));
}

#[test]
fn the_speaker_of_a_stretch_is_who_talks_the_most_in_it() {
    let talk = talk("en", "A: one two three B: four | A: five");
    let span = |from, to| Span::new(MediaTime::from_ms(from), MediaTime::from_ms(to));
    for (from, to, expected) in [(0, 1_000, Some(0)), (1_200, 2_000, Some(1)), (1_500, 1_600, Some(1)), (60_000, 61_000, None)] {
        assert_eq!(talk.speaker_in(span(from, to)), expected, "{from}..{to}");
    }
    assert_eq!([0, 3, 4].map(|w| talk.speaker_of(WordId(w))), [Some(0), Some(1), Some(0)]);
}

#[test]
fn a_day_of_talk_is_reckoned_at_once() {
    let words: Vec<String> =
        (0..100_000u32).map(|i| format!("{}{}", ["gauge", "the", "pump", "valve", "and"][i as usize % 5], i % 977)).collect();
    let transcript = transcript("en", &words.join(" "));
    let placed = place(&transcript, &InForce::default());
    let started = std::time::Instant::now();
    let talk = Talk::new(&transcript, &placed);
    let found = key_phrases(&[&talk], |_, _| true, &spread(&[&talk]), 1, 12);
    let took = started.elapsed();
    println!("{} words: {} ms", talk.said.len(), took.as_millis());
    assert_eq!((talk.said.len(), found.len()), (100_000, 12));
    // It is to take a thirtieth of this; the rest is for a machine that is busy with other things.
    assert!(took.as_secs() < 3, "{took:?}");
}
