//! What exports do with corrections, in every place of a document that repeats them.
#![allow(clippy::unwrap_used)]

mod common;

use common::{identity, moved};
use plumbline_core::format::{CueOptions, Reviewed, WriteError, read, write_srt, write_transcribe, write_vtt};
use plumbline_core::transcript::{Format, PlacedWord, Transcript, WordId};
use plumbline_core::{MediaTime, Span};
use serde_json::{Value, json};

/// What a person did to a word.
enum Edit {
    Text(u32, &'static str),
    /// Start and end in milliseconds.
    Time(u32, i64, i64),
    Cut(u32),
}

fn edited(t: &Transcript, by: i64, edits: &[Edit]) -> Vec<PlacedWord> {
    let mut words = moved(t, by);
    for edit in edits {
        match *edit {
            Edit::Text(id, text) => words[id as usize].text = text.into(),
            Edit::Time(id, start, end) => words[id as usize].span = Span::new(MediaTime::from_ms(start), MediaTime::from_ms(end)),
            Edit::Cut(id) => words[id as usize].in_media = false,
        }
    }
    words
}

fn word(text: &str, start: &str, end: &str) -> Value {
    json!({"start_time": start, "end_time": end, "alternatives": [{"confidence": "0.9", "content": text}], "type": "pronunciation"})
}

fn mark(text: &str) -> Value {
    json!({"alternatives": [{"confidence": "0.0", "content": text}], "type": "punctuation"})
}

fn with(mut value: Value, more: Value) -> Value {
    value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    value
}

/// `So um, we left. Bye` of two speakers, in the schema with ids.
fn new_schema() -> Value {
    let item = |id: u32, item: Value, s: &str| with(json!({"id": id}), with(item, json!({"speaker_label": s, "mine": id})));
    let entry = |a: &str, b: &str, s: &str| json!({"start_time": a, "speaker_label": s, "end_time": b});
    json!({"jobName": "j", "accountId": "1", "results": {
        "transcripts": [{"transcript": "So um, we left. Bye"}],
        "speaker_labels": {"segments": [
            {"start_time": "0.5", "speaker_label": "spk_0", "end_time": "3.0", "items": [
                entry("0.5", "1.0", "spk_0"), entry("1.0", "1.5", "spk_0"), entry("1.5", "2.0", "spk_0"), entry("2.0", "3.0", "spk_0")]},
            {"start_time": "3.0", "speaker_label": "spk_1", "end_time": "4.0", "items": [entry("3.0", "4.0", "spk_1")]}],
            "speakers": 2},
        "items": [
            item(0, word("So", "0.5", "1.0"), "spk_0"), item(1, word("um", "1.0", "1.5"), "spk_0"), item(2, mark(","), "spk_0"),
            item(3, word("we", "1.5", "2.0"), "spk_0"), item(4, word("left", "2.0", "3.0"), "spk_0"), item(5, mark("."), "spk_0"),
            item(6, word("Bye", "3.0", "4.0"), "spk_1")],
        "audio_segments": [
            {"id": 0, "transcript": "So um, we left.", "start_time": "0.2", "end_time": "3.0", "speaker_label": "spk_0", "items": [0, 1, 2, 3, 4, 5]},
            {"id": 1, "transcript": "Bye", "start_time": "3.0", "end_time": "4.25", "speaker_label": "spk_1", "items": [6]}],
        "other": {"kept": true}
    }, "status": "COMPLETED"})
}

fn export(source: &Value, by: i64, edits: &[Edit]) -> Value {
    let bytes = source.to_string().into_bytes();
    let t = read(&bytes).unwrap();
    let words = edited(&t, by, edits);
    serde_json::from_slice(&write_transcribe(Some((Format::Transcribe, &bytes)), Reviewed::of(&t, &words)).unwrap()).unwrap()
}

/// Items in short: `id text start end confidence speaker`.
fn items(results: &Value) -> Vec<String> {
    let text = |v: &Value| v.as_str().unwrap_or("-").to_owned();
    let item = |item: &Value| {
        let best = &item["alternatives"][0];
        format!(
            "{} {} {} {} {} {}",
            item["id"],
            text(&best["content"]),
            text(&item["start_time"]),
            text(&item["end_time"]),
            text(&best["confidence"]),
            text(&item["speaker_label"])
        )
    };
    results["items"].as_array().unwrap().iter().map(item).collect()
}

#[test]
fn nothing_changes_without_a_correction() {
    let source = new_schema();
    assert_eq!(export(&source, 0, &[]).to_string(), source.to_string());
}

#[test]
fn an_item_says_how_sure_its_place_is() {
    let mut source = new_schema();
    for item in [0, 1] {
        source["results"]["items"][item]["alignment_confidence"] = json!(0.5);
    }
    let bytes = source.to_string().into_bytes();
    let t = read(&bytes).unwrap();
    // The first stays as it was; the second was moved by hand; the others were heard, one of them rewritten.
    let mut words = edited(&t, 0, &[Edit::Time(1, 1_010, 1_500), Edit::Text(3, "went away,")]);
    words[2..].iter_mut().for_each(|w| w.alignment_confidence = Some(0.123_45));
    let says = |document: &[u8]| {
        let document: Value = serde_json::from_slice(document).unwrap();
        let items = document["results"]["items"].as_array().unwrap().clone();
        items.iter().map(|i| format!("{} {}", i["alternatives"][0]["content"], i["alignment_confidence"])).collect::<Vec<_>>()
    };
    let out = says(&write_transcribe(Some((Format::Transcribe, &bytes)), Reviewed::of(&t, &words)).unwrap());
    let want =
        ["\"So\" 0.5", "\"um\" null", "\",\" null", "\"we\" 0.123", "\"went\" 0.123", "\"away\" 0.123", "\",\" null", "\"Bye\" 0.123"];
    assert_eq!(out, want);
    let anew = says(&write_transcribe(None, Reviewed::of(&t, &words)).unwrap());
    assert_eq!(anew, ["\"So\" null"].into_iter().chain(want[1..].iter().copied()).collect::<Vec<_>>());
}

#[test]
fn a_text_changes_everywhere() {
    let out = &export(&new_schema(), 0, &[Edit::Text(3, "departed")])["results"];
    assert_eq!(items(out)[4], "4 departed 2.0 3.0 1.0 spk_0");
    assert_eq!(out["transcripts"][0]["transcript"], "So um, we departed. Bye");
    assert_eq!(out["audio_segments"][0]["transcript"], "So um, we departed.");
    assert_eq!(out["items"][4]["mine"], 4);
    assert_eq!(out["speaker_labels"], new_schema()["results"]["speaker_labels"]);
    assert_eq!(out["other"]["kept"], true);
}

#[test]
fn one_word_becomes_several_with_fresh_ids() {
    let out = &export(&new_schema(), 0, &[Edit::Text(0, "Well, hello")])["results"];
    assert_eq!(
        items(out)[..4],
        ["0 Well 0.5 0.722 1.0 spk_0", "1 , - - 0.0 spk_0", "2 hello 0.722 1.0 1.0 spk_0", "3 um 1.0 1.5 0.9 spk_0"]
    );
    assert_eq!(out["audio_segments"][0]["items"], json!([0, 1, 2, 3, 4, 5, 6, 7]));
    assert_eq!(out["audio_segments"][1]["items"], json!([8]));
    assert_eq!(out["audio_segments"][0]["transcript"], "Well, hello um, we left.");
    let turn = &out["speaker_labels"]["segments"][0]["items"];
    assert_eq!(turn.as_array().unwrap().len(), 5);
    assert_eq!(turn[1], json!({"start_time": "0.722", "speaker_label": "spk_0", "end_time": "1.0"}));
}

#[test]
fn a_removed_word_takes_its_comma_and_leaves_its_full_stop() {
    let out = &export(&new_schema(), 0, &[Edit::Text(1, ""), Edit::Cut(3)])["results"];
    assert_eq!(items(out), ["0 So 0.5 1.0 0.9 spk_0", "1 we 1.5 2.0 0.9 spk_0", "2 . - - 0.0 spk_0", "3 Bye 3.0 4.0 0.9 spk_1"]);
    assert_eq!(out["transcripts"][0]["transcript"], "So we. Bye");
    let first = &out["audio_segments"][0];
    assert_eq!((&first["items"], &first["start_time"], &first["end_time"]), (&json!([0, 1, 2]), &json!("0.2"), &json!("2.0")));
    assert_eq!(out["speaker_labels"]["segments"][0]["end_time"], "2.0");
}

#[test]
fn segments_without_words_go() {
    let out = &export(&new_schema(), 0, &[Edit::Text(0, ""), Edit::Text(1, " "), Edit::Cut(2), Edit::Cut(3)])["results"];
    assert_eq!(items(out), ["0 Bye 3.0 4.0 0.9 spk_1"]);
    let audio = json!([{"id": 0, "transcript": "Bye", "start_time": "3.0", "end_time": "4.25", "speaker_label": "spk_1", "items": [0]}]);
    assert_eq!(out["audio_segments"], audio);
    assert_eq!(out["speaker_labels"]["segments"].as_array().unwrap().len(), 1);
}

#[test]
fn times_move_with_what_surrounds_them() {
    let out = &export(&new_schema(), 1_250_000, &[Edit::Time(4, 9_000, 10_005)])["results"];
    assert_eq!(items(out)[0], "0 So 1.75 2.25 0.9 spk_0");
    assert_eq!(items(out)[6], "6 Bye 9.0 10.005 0.9 spk_1");
    let audio = &out["audio_segments"];
    assert_eq!((&audio[0]["start_time"], &audio[0]["end_time"]), (&json!("1.45"), &json!("4.25")));
    assert_eq!((&audio[1]["start_time"], &audio[1]["end_time"]), (&json!("9.0"), &json!("10.255")));
    let turn = &out["speaker_labels"]["segments"][1];
    assert_eq!(turn["items"][0], json!({"start_time": "9.0", "speaker_label": "spk_1", "end_time": "10.005"}));
    assert_eq!((&turn["start_time"], &turn["end_time"]), (&json!("9.0"), &json!("10.005")));
    assert_eq!(out["transcripts"], new_schema()["results"]["transcripts"]);
}

#[test]
fn channels_alternatives_and_toxicity_follow() {
    let flat = |text: &str, a: &str, b: &str| json!({"start_time": a, "confidence": "0.5", "end_time": b, "type": "pronunciation", "content": text});
    let dot = json!({"confidence": "0.0", "type": "punctuation", "content": "."});
    let source = json!({"results": {
        "transcripts": [{"transcript": "a b. c"}],
        "channel_labels": {"channels": [
            {"channel_label": "ch_0", "items": [word("a", "1.0", "2.0"), word("c", "3.0", "4.0")]},
            {"channel_label": "ch_1", "items": [word("b", "2.0", "2.5"), mark(".")]}], "number_of_channels": 2},
        "items": [word("a", "1.0", "2.0"), word("b", "2.0", "2.5"), mark("."), word("c", "3.0", "4.0")],
        "segments": [{"start_time": "0.9", "end_time": "4.1", "alternatives": [
            {"transcript": "a b. c", "items": [flat("a", "1.0", "2.0"), flat("b", "2.0", "2.5"), dot, flat("c", "3.0", "4.0")]},
            {"transcript": "a bee sea", "items": [flat("a", "1.0", "2.0"), flat("bee", "2.0", "2.6"), flat("sea", "3.0", "4.0")]}]}],
        "toxicity_detection": [{"text": "c", "toxicity": 0.1, "start_time": 3.0, "end_time": 4.0}]
    }, "status": "COMPLETED"});
    assert_eq!(export(&source, 0, &[]), source);
    let out = &export(&source, 1_000_000, &[Edit::Text(1, "bee!"), Edit::Text(0, "")])["results"];
    assert_eq!(out["transcripts"][0]["transcript"], "bee! c");
    let channels = &out["channel_labels"]["channels"];
    assert_eq!(channels[0]["items"], json!([word("c", "4.0", "5.0")]));
    assert_eq!(channels[1]["items"][0]["alternatives"][0], json!({"confidence": "1.0", "content": "bee"}));
    assert_eq!(channels[1]["items"][1], mark("!"));
    assert_eq!(out["items"], json!([channels[1]["items"][0], mark("!"), word("c", "4.0", "5.0")]));
    let segment = &out["segments"][0];
    assert_eq!((&segment["start_time"], &segment["end_time"]), (&json!("3.0"), &json!("5.1")));
    assert_eq!(segment["alternatives"][0]["transcript"], "bee! c");
    assert_eq!(segment["alternatives"][0]["items"][1], json!({"confidence": "0.0", "type": "punctuation", "content": "!"}));
    assert_eq!(segment["alternatives"][1]["transcript"], "a bee sea");
    assert_eq!(segment["alternatives"][1]["items"][1], flat("bee", "3.0", "3.6"));
    assert_eq!(out["toxicity_detection"][0]["start_time"], 4.0);
}

#[test]
fn ids_that_restart_in_each_channel_stay_apart() {
    let item = |id: u32, item: Value, channel: &str| with(json!({"id": id}), with(item, json!({"channel_label": channel})));
    let (a, b) = (item(0, word("a", "1.0", "2.0"), "ch_0"), item(0, word("b", "1.5", "2.5"), "ch_1"));
    let (dot, c) = (item(1, mark("."), "ch_0"), item(1, word("c", "3.0", "4.0"), "ch_1"));
    let segment = |channel: &str| json!({"id": 0, "transcript": "?", "start_time": "1.0", "end_time": "4.0", "channel_label": channel, "items": [0, 1]});
    let source = json!({"results": {
        "transcripts": [{"transcript": "a b. c"}],
        "channel_labels": {"channels": [{"channel_label": "ch_0", "items": [a, dot]}, {"channel_label": "ch_1", "items": [b, c]}]},
        "items": [a, b, dot, c],
        "audio_segments": [segment("ch_0"), segment("ch_1")]
    }});
    assert_eq!(export(&source, 0, &[]), source);
    let out = &export(&source, 0, &[Edit::Text(1, "b b")])["results"];
    let ids = |items: &Value| items.as_array().unwrap().iter().map(|item| item["id"].as_u64().unwrap()).collect::<Vec<_>>();
    assert_eq!(ids(&out["items"]), [0, 0, 1, 1, 2]);
    assert_eq!(ids(&out["channel_labels"]["channels"][0]["items"]), [0, 1]);
    assert_eq!(ids(&out["channel_labels"]["channels"][1]["items"]), [0, 1, 2]);
    assert_eq!((&out["audio_segments"][0]["items"], &out["audio_segments"][1]["items"]), (&json!([0, 1]), &json!([0, 1, 2])));
    assert_eq!(out["audio_segments"][1]["transcript"], "b b c");
}

#[test]
fn other_sources_become_a_new_document() {
    let call = json!({"JobStatus": "COMPLETED", "JobName": "call", "LanguageCode": "en-US", "Sentiment": 1, "Transcript": [
        {"ParticipantRole": "AGENT", "BeginOffsetMillis": 40, "EndOffsetMillis": 900, "Items": [
            {"Type": "pronunciation", "Confidence": 0.25, "Content": "Hi", "BeginOffsetMillis": 40, "EndOffsetMillis": 330},
            {"Type": "punctuation", "Confidence": 0.0, "Content": "."}]}]});
    let bytes = call.to_string().into_bytes();
    let t = read(&bytes).unwrap();
    let out: Value = serde_json::from_slice(&write_transcribe(Some((t.format, &bytes)), Reviewed::of(&t, &identity(&t))).unwrap()).unwrap();
    let expected = json!({
        "jobName": "call", "accountId": "", "status": "COMPLETED",
        "results": {
            "language_code": "en-US",
            "transcripts": [{"transcript": "Hi."}],
            "speaker_labels": {"segments": [{"start_time": "0.04", "end_time": "0.33", "speaker_label": "AGENT", "items": [
                {"start_time": "0.04", "end_time": "0.33", "speaker_label": "AGENT"}]}], "speakers": 1},
            "items": [
                {"id": 0, "type": "pronunciation", "alternatives": [{"confidence": "0.25", "content": "Hi"}],
                 "start_time": "0.04", "end_time": "0.33", "speaker_label": "AGENT"},
                {"id": 1, "type": "punctuation", "alternatives": [{"confidence": "0.0", "content": "."}], "speaker_label": "AGENT"}],
            "audio_segments": [{"id": 0, "transcript": "Hi.", "start_time": "0.04", "end_time": "0.33", "speaker_label": "AGENT", "items": [0, 1]}]
        },
        "source": call
    });
    assert_eq!(out, expected);
    let bytes = b"1\n00:00:01,000 --> 00:00:02,000\nHi, you.\n";
    let t = read(bytes).unwrap();
    let out: Value = serde_json::from_slice(&write_transcribe(Some((t.format, bytes)), Reviewed::of(&t, &identity(&t))).unwrap()).unwrap();
    assert_eq!(out["results"]["items"][0]["alternatives"], json!([{"content": "Hi"}]), "subtitles know no confidence");
    assert!(out.get("source").is_none());
}

fn subtitles(source: &str, by: i64, edits: &[Edit]) -> String {
    let t = read(source.as_bytes()).unwrap();
    let words = edited(&t, by, edits);
    let source = Some((t.format, source.as_bytes()));
    let options = CueOptions::default();
    let bytes = if t.format == Format::Srt {
        write_srt(source, Reviewed::of(&t, &words), &options)
    } else {
        write_vtt(source, Reviewed::of(&t, &words), &options)
    };
    String::from_utf8(bytes.unwrap()).unwrap()
}

#[test]
fn srt_keeps_all_that_is_not_corrected() {
    let source = "1\r\n00:00:01,000 --> 00:00:02,000 X1:5\r\n- <i>Hello, you</i>!\r\n- Yes, I am.\r\n\r\n2\r\n00:00:03,000 --> 00:00:04,000\r\n{\\an8}Gone\r\n\r\n3\r\n00:00:05,000 --> 00:00:06,000\r\nEnd\r\n";
    assert_eq!(subtitles(source, 0, &[]), source);
    for (edits, from, to) in [
        (vec![Edit::Text(0, "Hi")], "Hello,", "Hi,"),
        (vec![Edit::Text(1, "you two?")], "you</i>!", "you two</i>?"),
        (vec![Edit::Text(2, ""), Edit::Text(3, ""), Edit::Text(4, "")], "\r\n- Yes, I am.", ""),
        (vec![Edit::Text(3, "")], "Yes, I am.", "Yes, am."),
        (vec![Edit::Text(5, "<-->")], "Gone", "<->"),
        (vec![Edit::Time(6, 5_500, 6_500)], "00:00:05,000 --> 00:00:06,000", "00:00:05,500 --> 00:00:06,500"),
    ] {
        assert_eq!(subtitles(source, 0, &edits), source.replace(from, to), "{to}");
    }
    let dropped = source.replace("2\r\n00:00:03,000 --> 00:00:04,000\r\n{\\an8}Gone\r\n\r\n3\r\n", "2\r\n");
    assert_eq!(subtitles(source, 0, &[Edit::Cut(5)]), dropped);
}

#[test]
fn web_vtt_keeps_blocks_names_and_settings() {
    let source = "WEBVTT - t\n\nSTYLE\n::cue{}\n\nintro\n00:01.000 --> 00:03.000 line:1\n<v Ann>One <00:02.000>two &amp; three</v>\n\nNOTE x\n\n00:04.000 --> 00:05.000\n\u{266a}\n\n59:59.500 --> 59:59.900\nlast\n";
    assert_eq!(subtitles(source, 0, &[]), source);
    let later = source
        .replace("00:01.000 --> 00:03.000", "00:01.500 --> 00:03.500")
        .replace("<00:02.000>", "<00:02.500>")
        .replace("00:04.000 --> 00:05.000", "00:04.500 --> 00:05.500")
        .replace("59:59.500 --> 59:59.900", "01:00:00.000 --> 01:00:00.400");
    assert_eq!(subtitles(source, 500_000, &[]), later);
    assert_eq!(subtitles(source, 0, &[Edit::Text(2, "<&>")]), source.replace(" &amp; ", " &lt;&amp;&gt; "));
    assert_eq!(subtitles(source, 0, &[Edit::Text(4, "")]), source.replace("59:59.500 --> 59:59.900\nlast\n", ""));
}

#[test]
fn cues_are_made_to_be_read() {
    // Words of 300 ms, with pauses after some, and two speakers.
    let text = "So the harbour was quiet that morning, and nobody on the pier had seen the ferry leave. \
        We waited, as one does, for about an hour or so until somebody came. Really? Yes. And then it was gone.";
    let (mut items, mut at) = (Vec::new(), 0i64);
    for (n, part) in text.split_whitespace().enumerate() {
        let bare = part.trim_end_matches([',', '.', '?']);
        let label = if n < 25 { "spk_0" } else { "spk_1" };
        let seconds = |ms: i64| format!("{}.{:03}", ms / 1_000, ms % 1_000);
        items.push(with(word(bare, &seconds(at), &seconds(at + 300)), json!({"speaker_label": label})));
        if bare.len() < part.len() {
            items.push(mark(&part[bare.len()..]));
            at += 400;
        }
        at += 300;
    }
    let bytes = json!({"results": {"items": items}}).to_string().into_bytes();
    let t = read(&bytes).unwrap();
    let options = CueOptions::default();
    let out = String::from_utf8(write_vtt(Some((t.format, &bytes)), Reviewed::of(&t, &identity(&t)), &options).unwrap()).unwrap();
    assert!(out.starts_with("WEBVTT\n\n00:00:00.000 --> "));
    assert!(out.contains("<v spk_0>So the harbour was quiet that morning,\n"), "{out}");
    let again = read(out.as_bytes()).unwrap();
    assert_eq!(again.speakers, t.speakers);
    assert_eq!(again.words.iter().map(|w| &w.text).collect::<Vec<_>>(), t.words.iter().map(|w| &w.text).collect::<Vec<_>>());
    check_cues(&out, &options);
    let srt = String::from_utf8(write_srt(None, Reviewed::of(&t, &identity(&t)), &options).unwrap()).unwrap();
    assert!(srt.starts_with("1\n00:00:00,000 --> "), "{srt}");
    // From SRT to WebVTT the cues stay apart.
    let t = read(b"1\n00:00:01,000 --> 00:00:02,000\na b\n\n2\n00:00:02,100 --> 00:00:04,000\nc\n").unwrap();
    let out = String::from_utf8(write_vtt(None, Reviewed::of(&t, &identity(&t)), &options).unwrap()).unwrap();
    assert_eq!(out, "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\na b\n\n00:00:02.100 --> 00:00:04.000\nc\n\n");
}

/// No cue has more lines or longer ones than it may, or stays too long, and none overlap.
fn check_cues(vtt: &str, options: &CueOptions) {
    let mut last_end = None;
    for block in vtt.split("\n\n").skip(1).filter(|block| !block.trim().is_empty()) {
        let mut lines = block.lines();
        let (start, end) = lines.next().unwrap().split_once(" --> ").unwrap();
        let us = |text: &str| text.split(':').fold(0.0, |sum, part| sum * 60.0 + part.parse::<f64>().unwrap());
        let (start, end) = ((us(start) * 1e6).round() as i64, (us(end) * 1e6).round() as i64);
        assert!(end > start && end - start <= options.max_us, "{block}");
        assert!(last_end.is_none_or(|last| start >= last + options.gap_us), "{block}");
        last_end = Some(end);
        let lines: Vec<&str> = lines.map(|line| line.split_once('>').map_or(line, |(_, text)| text)).collect();
        assert!(lines.len() <= options.lines, "{block}");
        assert!(lines.iter().all(|line| line.chars().count() <= options.line_chars), "{block}");
    }
}

#[test]
fn what_does_not_belong_together_is_refused() {
    let bytes = new_schema().to_string().into_bytes();
    let t = read(&bytes).unwrap();
    let source = Some((Format::Transcribe, bytes.as_slice()));
    let mut twice = identity(&t);
    twice.push(twice[0].clone());
    assert_eq!(write_transcribe(source, Reviewed::of(&t, &twice)), Err(WriteError::Word(WordId(0))));
    let mut unknown = identity(&t);
    unknown[0].id = WordId(99);
    assert_eq!(write_transcribe(source, Reviewed::of(&t, &unknown)), Err(WriteError::Word(WordId(99))));
    let other = json!({"results": {"items": [word("x", "0.0", "1.0")]}}).to_string();
    let error = write_transcribe(Some((Format::Transcribe, other.as_bytes())), Reviewed::of(&t, &identity(&t))).unwrap_err();
    assert_eq!(error, WriteError::NotInSource(WordId(0)));
    assert!(error.to_string().contains("import it again"));
    let error =
        write_srt(Some((Format::Srt, b"1\n00:01 --> 00:02\nx\n")), Reviewed::of(&t, &identity(&t)), &CueOptions::default()).unwrap_err();
    assert!(matches!(error, WriteError::NotInSource(_)), "{error}");
    assert!(matches!(write_transcribe(Some((Format::Transcribe, b"{")), Reviewed::of(&t, &identity(&t))), Err(WriteError::Source(_))));
}
