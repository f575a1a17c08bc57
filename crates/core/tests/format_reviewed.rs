//! What people added, cut, joined, renamed and removed goes out, and comes in again as it stood.
#![allow(clippy::unwrap_used)]

mod common;

use plumbline_core::format::{CueOptions, Reviewed, read, write_srt, write_transcribe, write_vtt};
use plumbline_core::transcript::{Format, Transcript};
use plumbline_core::{InForce, WordEdit, WordId, name_speakers, place, revise};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A word as it stands: text, punctuation, start and end in milliseconds, speaker, line.
type Stands = (String, String, i64, i64, Option<String>, usize);

struct Review {
    imported: Transcript,
    revised: Transcript,
    truth: InForce,
}

impl Review {
    fn new(bytes: &[u8], edits: BTreeMap<WordId, WordEdit>, names: &[(&str, &str)]) -> Self {
        let imported = read(bytes).unwrap();
        let mut revised = revise(&imported, &edits);
        name_speakers(&mut revised, &names.iter().map(|(label, name)| ((*label).to_owned(), (*name).to_owned())).collect());
        Self { imported, revised, truth: InForce { edits, ..InForce::default() } }
    }

    fn write(&self, source: Option<(Format, &[u8])>, to: Format) -> Vec<u8> {
        let words = place(&self.revised, &self.truth);
        let review = Reviewed { imported: &self.imported, revised: &self.revised, words: &words };
        let options = CueOptions::default();
        match to {
            Format::Srt => write_srt(source, review, &options),
            Format::WebVtt => write_vtt(source, review, &options),
            _ => write_transcribe(source, review),
        }
        .unwrap()
    }

    /// The words as they stand. A line is as far as one speaker speaks; without `speakers` all is one's.
    fn stands(&self, speakers: bool) -> Vec<Stands> {
        let words = place(&self.revised, &self.truth);
        let mut all: Vec<Stands> = Vec::new();
        for (line, segment) in self.revised.segments.iter().enumerate() {
            for i in self.revised.range_of(segment).filter(|i| !words[*i].text.is_empty() && words[*i].in_media) {
                let (word, placed) = (&self.revised.words[i], &words[i]);
                let speaker = word.speaker.map(|s| self.revised.speakers[usize::from(s)].clone()).filter(|_| speakers);
                let (start, end) = (ms(placed.span.start.us()), ms(placed.span.end.us()));
                all.push((placed.text.clone(), placed.punctuation.clone(), start, end, speaker, line));
            }
        }
        if all.iter().any(|_| self.imported.words.iter().any(|w| w.channel.is_some())) {
            all.sort_by_key(|w| w.2);
        }
        counted(all)
    }
}

fn ms(us: i64) -> i64 {
    (us.max(0) + 500) / 1_000
}

/// Words whose lines are counted as they come, cut where the speaker changes.
fn counted(mut words: Vec<Stands>) -> Vec<Stands> {
    let mut last: Option<(usize, Option<String>)> = None;
    let mut count = 0;
    for word in &mut words {
        let key = (word.5, word.4.clone());
        count += usize::from(last.as_ref().is_some_and(|last| *last != key));
        word.5 = count;
        last = Some(key);
    }
    words
}

fn again(bytes: &[u8]) -> Vec<Stands> {
    let Ok(t) = read(bytes) else { return vec![] };
    let mut all = Vec::new();
    for (line, segment) in t.segments.iter().enumerate() {
        for word in &t.words[t.range_of(segment)] {
            let speaker = word.speaker.map(|s| t.speakers[usize::from(s)].clone());
            all.push((word.text.clone(), word.punctuation.clone(), ms(word.span.start.us()), ms(word.span.end.us()), speaker, line));
        }
    }
    counted(all)
}

fn after(word: u32, rank: u32) -> WordId {
    WordId::added(Some(word), rank)
}

fn edit() -> WordEdit {
    WordEdit::default()
}

fn text(text: &str) -> WordEdit {
    WordEdit { text: Some(text.into()), ..edit() }
}

/// `So um, we left. Bye` of two speakers: with ids and audio segments, with speaker segments alone, or with neither.
fn document(kind: usize) -> Vec<u8> {
    let times = [("So", "", 500), ("um", ",", 1_000), ("we", "", 1_500), ("left", ".", 2_000), ("Bye", "", 3_000)];
    let seconds = |ms: i64| format!("{:.3}", ms as f64 / 1_000.0);
    let (mut items, mut turns, mut audio) = (vec![], vec![], vec![]);
    let lines = [("spk_0", &times[..4]), ("spk_1", &times[4..])];
    for (label, words) in lines {
        let first = items.len();
        let mut entries = vec![];
        for (word, mark, at) in words {
            let (start, end) = (seconds(*at), seconds(at + 400));
            let spoken = json!({"type": "pronunciation", "alternatives": [{"confidence": "0.5", "content": word}], "start_time": start, "end_time": end});
            items.push(spoken);
            if !mark.is_empty() {
                items.push(json!({"type": "punctuation", "alternatives": [{"confidence": "0.0", "content": mark}]}));
            }
            entries.push(json!({"start_time": start, "end_time": end, "speaker_label": label}));
        }
        let (start, end) = (seconds(words[0].2 - 100), seconds(words[words.len() - 1].2 + 400));
        turns.push(json!({"start_time": start, "end_time": end, "speaker_label": label, "items": entries}));
        let text: Vec<String> = words.iter().map(|(word, mark, _)| format!("{word}{mark}")).collect();
        audio.push(json!({"id": audio.len(), "transcript": text.join(" "), "start_time": start, "end_time": end, "speaker_label": label,
            "items": (first..items.len()).collect::<Vec<_>>()}));
    }
    let mut results = json!({"transcripts": [{"transcript": "So um, we left. Bye"}]});
    if kind == 0 {
        items.iter_mut().enumerate().for_each(|(id, item)| item["id"] = json!(id));
        results["audio_segments"] = json!(audio);
    }
    if kind < 2 {
        results["speaker_labels"] = json!({"segments": turns, "speakers": 2});
    }
    results["items"] = json!(items);
    json!({"results": results, "status": "COMPLETED"}).to_string().into_bytes()
}

const SRT: &str = "1\n00:00:01,000 --> 00:00:02,000\n<i>Hello, you</i>\nand me.\n\n2\n00:00:03,000 --> 00:00:04,000\nBye\n\n3\n00:00:05,000 --> 00:00:06,000\nEnd\n";
const VTT: &str = "WEBVTT\n\nNOTE x\n\na\n00:01.000 --> 00:02.000 line:1\n<v Ann>Hello, <i>you and</i> me.\n\n00:03.000 --> 00:04.000\n<v Bob>Bye</v>\n\n00:05.000 --> 00:06.000\nEnd\n";

#[test]
fn a_document_says_what_stands() {
    /// Edits and names, and the audio segments that stand then: text, start, end, speaker.
    fn check(what: &str, edits: &[(WordId, WordEdit)], names: &[(&str, &str)], wanted: &[&str]) {
        let bytes = document(0);
        let review = Review::new(&bytes, edits.iter().cloned().collect(), names);
        let out = review.write(Some((Format::Transcribe, &bytes)), Format::Transcribe);
        let value: Value = serde_json::from_slice(&out).unwrap();
        let text = |v: &Value| v.as_str().unwrap_or("-").to_owned();
        let segments = value["results"]["audio_segments"].as_array().unwrap();
        let got: Vec<String> = segments
            .iter()
            .map(|s| [&s["transcript"], &s["start_time"], &s["end_time"], &s["speaker_label"]].map(text).join(" | "))
            .collect();
        assert_eq!(got, wanted, "{what}");
        let held: Vec<u64> = segments.iter().flat_map(|s| s["items"].as_array().unwrap()).map(|id| id.as_u64().unwrap()).collect();
        assert_eq!(held, (0..held.len() as u64).collect::<Vec<_>>(), "{what}");
        assert_eq!(again(&out), review.stands(true), "{what}");
    }
    let speaker = |label: &str| WordEdit { speaker: Some(label.into()), ..edit() };
    let line = |line: bool| WordEdit { line: Some(line), ..edit() };
    let marks = |marks: &str| WordEdit { punctuation: Some(marks.into()), ..edit() };
    let (one, two) = ("So um, we left. | 0.400 | 2.400 | spk_0", "Bye | 2.900 | 3.400 | spk_1");
    check("nothing", &[], &[], &[one, two]);
    check("added", &[(after(1, 5), text("well"))], &[], &["So um, well we left. | 0.400 | 2.400 | spk_0", two]);
    check("added behind the last", &[(after(4, 5), text("now"))], &[], &[one, "Bye now | 2.900 | 3.58 | spk_1"]);
    check(
        "added before the first",
        &[(WordId::added(None, 5), text("O")), (WordId(0), line(false))],
        &[],
        &["O So um, we left. | 0.44 | 2.400 | spk_0", two],
    );
    check("punctuated", &[(WordId(0), marks(";")), (WordId(1), marks(""))], &[], &["So; um we left. | 0.400 | 2.400 | spk_0", two]);
    check("cut", &[(WordId(2), line(true))], &[], &["So um, | 0.400 | 1.4 | spk_0", "we left. | 1.5 | 2.400 | spk_0", two]);
    let joined = WordEdit { line: Some(false), ..speaker("spk_0") };
    check("joined", &[(WordId(4), joined)], &[], &["So um, we left. Bye | 0.400 | 3.400 | spk_0"]);
    check("reassigned", &[(WordId(4), speaker("spk_0"))], &[], &[one, "Bye | 2.900 | 3.400 | spk_0"]);
    let parts = ["So um, | 0.400 | 1.4 | spk_0", "we | 1.5 | 1.9 | new", "left. | 2.0 | 2.400 | spk_0", two];
    check("one word reassigned", &[(WordId(2), speaker("new"))], &[], &parts);
    let named = ["So um, we left. | 0.400 | 2.400 | Ada", "Bye | 2.900 | 3.400 | Bob"];
    check("named", &[], &[("spk_0", "Ada"), ("spk_1", "Bob")], &named);
    let began = [(after(3, 5), WordEdit { line: Some(true), ..text("So") }), (WordId(4), line(false))];
    check("a line begins with a new word", &began, &[], &[one, "So Bye | 2.4 | 3.400 | spk_1"]);
    let whole = [(after(3, 5), WordEdit { line: Some(true), ..text("Yes") })];
    check("a new line", &whole, &[], &[one, "Yes | 2.4 | 2.58 | spk_0", two]);
}

#[test]
fn subtitles_are_cut_and_joined_with_their_tags() {
    fn check(what: &str, source: &str, edits: &[(WordId, WordEdit)], names: &[(&str, &str)], changes: &[(&str, &str)]) {
        let review = Review::new(source.as_bytes(), edits.iter().cloned().collect(), names);
        let out = String::from_utf8(review.write(Some((review.imported.format, source.as_bytes())), review.imported.format)).unwrap();
        let wanted = changes.iter().fold(source.to_owned(), |text, (from, to)| {
            assert!(text.contains(from), "{from}");
            text.replacen(from, to, 1)
        });
        assert_eq!(out, wanted, "{what}");
    }
    let line = |line: bool| WordEdit { line: Some(line), ..edit() };
    let speaker = |label: &str| WordEdit { speaker: Some(label.into()), ..edit() };
    let renumbered = [("\n3\n", "\n4\n"), ("\n2\n", "\n3\n")];
    check("nothing", SRT, &[], &[], &[]);
    check("added", SRT, &[(after(0, 5), text("dear"))], &[], &[("Hello, you", "Hello, dear you")]);
    let cut = ("02,000\n<i>Hello, you</i>\nand me.", "01,600\n<i>Hello, you</i>\n\n2\n00:00:01,600 --> 00:00:02,000\nand me.");
    check("cut", SRT, &[(WordId(2), line(true))], &[], &[renumbered[0], renumbered[1], cut]);
    let cut = ("02,000\n<i>Hello, you</i>", "01,400\n<i>Hello,</i>\n\n2\n00:00:01,400 --> 00:00:02,000\n<i>you</i>");
    check("cut in a tag", SRT, &[(WordId(1), line(true))], &[], &[renumbered[0], renumbered[1], cut]);
    let joined = ("04,000\nBye\n\n3\n00:00:05,000 --> 00:00:06,000\nEnd\n", "06,000\nBye\nEnd\n\n");
    check("joined", SRT, &[(WordId(5), line(false))], &[], &[joined]);
    check("nothing", VTT, &[], &[], &[]);
    check("named", VTT, &[], &[("Ann", "Ada & Co")], &[("<v Ann>", "<v Ada &amp; Co>")]);
    check("reassigned", VTT, &[(WordId(2), speaker("Bob"))], &[], &[("<i>you and</i> me", "<i>you </v><v Bob>and</i> </v><v Ann>me")]);
    let cut = [("02.000 line:1", "01.800 line:1"), ("and</i> me", "and</i></v>\n\n00:01.800 --> 00:02.000 line:1\n<v Ann>me")];
    check("cut", VTT, &[(WordId(3), line(true))], &[], &cut);
}

/// One change to a transcript of `count` words.
#[derive(Clone, Debug)]
enum Change {
    Add(usize, u32, &'static str, bool),
    Text(usize, &'static str),
    Marks(usize, &'static str),
    Line(usize, bool),
    Speaker(usize, &'static str),
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let at = 0usize..10_000;
    let said = || prop::sample::select(vec!["yes", "harbour", "é", "so"]);
    let change = prop_oneof![
        3 => (at.clone(), 1u32..4, said(), any::<bool>()).prop_map(|(at, rank, text, line)| Change::Add(at, rank, text, line)),
        2 => (at.clone(), prop_oneof![2 => Just(""), 3 => said()]).prop_map(|(at, text)| Change::Text(at, text)),
        1 => (at.clone(), prop::sample::select(vec!["", ",", ".", "?"])).prop_map(|(at, marks)| Change::Marks(at, marks)),
        3 => (at.clone(), any::<bool>()).prop_map(|(at, line)| Change::Line(at, line)),
        2 => (at, prop::sample::select(vec!["spk_0", "spk_1", "Ada"])).prop_map(|(at, label)| Change::Speaker(at, label)),
    ];
    prop::collection::vec(change, 0..14)
}

fn edits(count: usize, changes: &[Change]) -> BTreeMap<WordId, WordEdit> {
    let mut edits: BTreeMap<WordId, WordEdit> = BTreeMap::new();
    for change in changes {
        match *change {
            Change::Add(at, rank, said, line) => {
                let after = (at % (count + 1)).checked_sub(1).map(|at| at as u32);
                edits.insert(WordId::added(after, rank), WordEdit { line: line.then_some(true), ..text(said) });
            }
            Change::Text(at, text) => edits.entry(WordId((at % count) as u64)).or_default().text = Some(text.into()),
            Change::Marks(at, marks) => edits.entry(WordId((at % count) as u64)).or_default().punctuation = Some(marks.into()),
            Change::Line(at, line) => edits.entry(WordId((at % count) as u64)).or_default().line = Some(line),
            Change::Speaker(at, label) => edits.entry(WordId((at % count) as u64)).or_default().speaker = Some(label.into()),
        }
    }
    edits
}

/// All that is written comes in again, from every source, with it and without.
fn holds(bytes: &[u8], changes: &[Change]) -> Result<(), TestCaseError> {
    let t = read(bytes).unwrap();
    let review = Review::new(bytes, edits(t.words.len(), changes), &[("spk_1", "Bob")]);
    let wanted = review.stands(true);
    for source in [Some((t.format, bytes)), None] {
        let out = review.write(source, Format::Transcribe);
        prop_assert_eq!(again(&out), wanted.clone(), "{}", String::from_utf8(out).unwrap());
    }
    if matches!(t.format, Format::Srt | Format::WebVtt) {
        let out = String::from_utf8(review.write(Some((t.format, bytes)), t.format)).unwrap();
        // The words of a cue share its time, so that only the cue's own can be that of its words.
        let timeless = |words: Vec<Stands>| words.into_iter().map(|w| (w.0, w.1, w.4, w.5)).collect::<Vec<_>>();
        prop_assert_eq!(timeless(again(out.as_bytes())), timeless(review.stands(t.format == Format::WebVtt)), "{}", out);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_people_left_comes_in_again(kind in 0usize..5, changes in changes()) {
        match kind {
            3 => holds(SRT.as_bytes(), &changes)?,
            4 => holds(VTT.as_bytes(), &changes)?,
            kind => holds(&document(kind), &changes)?,
        }
    }
}

#[test]
fn what_people_left_of_samples_comes_in_again() {
    let Ok(folder) = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/samples/transcribe")) else {
        eprintln!("skipped: no samples stand beside the project");
        return;
    };
    let files =
        folder.filter_map(|entry| std::fs::read(entry.ok()?.path()).ok()).filter(|bytes| read(bytes).is_ok_and(|t| t.words.len() > 1));
    for bytes in files {
        let mut runner =
            proptest::test_runner::TestRunner::new(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() });
        runner.run(&changes(), |changes| holds(&bytes, &changes)).unwrap();
    }
}
