//! What is read from each format, variant by variant, and what is refused and how it is said.
#![allow(clippy::unwrap_used)]

mod common;

use plumbline_core::Transcript;
use plumbline_core::format::{MAX_BYTES, check_size, detect, read};
use plumbline_core::transcript::Format;
use serde_json::{Value, json};

/// One line a word: `text+punctuation start..end speaker/channel flags`, times in milliseconds.
fn shown(t: &Transcript) -> Vec<String> {
    let line = |w: &plumbline_core::Word| {
        let mut line = format!("{}{} {}..{}", w.text, w.punctuation, w.span.start.us() / 1_000, w.span.end.us() / 1_000);
        if let Some(speaker) = w.speaker {
            line += &format!(" {}", t.speakers[usize::from(speaker)]);
        }
        if let Some(channel) = &w.channel {
            line += &format!(" /{channel}");
        }
        if w.masked {
            line += " masked";
        }
        if !w.timed {
            line += " untimed";
        }
        line
    };
    t.words.iter().map(line).collect()
}

struct Case {
    name: &'static str,
    bytes: Vec<u8>,
    format: Format,
    words: Vec<&'static str>,
    /// Ends of the segments.
    segments: Vec<u64>,
    /// What the notes begin with.
    notes: Vec<&'static str>,
}

fn check(case: &Case) {
    let name = case.name;
    assert_eq!(detect(&case.bytes).unwrap(), case.format, "{name}");
    let t = read(&case.bytes).unwrap();
    assert_eq!(t.format, case.format, "{name}");
    assert_eq!(shown(&t), case.words, "{name}");
    assert_eq!(t.segments.iter().map(|s| s.end.0).collect::<Vec<_>>(), case.segments, "{name}: segments");
    assert_eq!(t.notes.len(), case.notes.len(), "{name}: {:?}", t.notes);
    for (note, start) in t.notes.iter().zip(&case.notes) {
        assert!(note.starts_with(start), "{name}: {note}");
        assert!(note.ends_with('.'), "{name}: {note}");
    }
    assert!(t.words.iter().enumerate().all(|(i, w)| w.id.0 as usize == i), "{name}: ids");
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

fn transcribe(items: Value, more: Value) -> Vec<u8> {
    let results = with(json!({"transcripts": [{"transcript": ""}], "items": items}), more);
    json!({"jobName": "j", "accountId": "a", "results": results, "status": "COMPLETED"}).to_string().into_bytes()
}

fn case(name: &'static str, bytes: Vec<u8>, format: Format, words: &[&'static str], segments: &[u64], notes: &[&'static str]) -> Case {
    Case { name, bytes, format, words: words.to_vec(), segments: segments.to_vec(), notes: notes.to_vec() }
}

#[test]
fn transcribe_is_read() {
    let f = Format::Transcribe;
    let two = || json!([word("Hi", "0.5", "0.75"), mark(","), word("you", "0.8", "1.0"), mark("?"), mark("!")]);
    let labels = |items: Value| json!({"speaker_labels": {"speakers": 2, "segments": items}});
    let entry = |a: &str, b: &str, s: &str| json!({"start_time": a, "end_time": b, "speaker_label": s});
    let new = |id: u32, item: Value, s: &str| with(json!({"id": id}), with(item, json!({"speaker_label": s})));
    for case in [
        case("plain", transcribe(two(), json!({})), f, &["Hi, 500..750", "you?! 800..1000"], &[2], &[]),
        case(
            "numbers for times",
            transcribe(json!([with(word("a", "", ""), json!({"start_time": 0.1, "end_time": 1}))]), json!({})),
            f,
            &["a 100..1000"],
            &[1],
            &[],
        ),
        case(
            "speakers of the old schema",
            transcribe(
                two(),
                labels(json!([
                    {"start_time": "0.4", "end_time": "0.75", "speaker_label": "spk_1", "items": [entry("0.50", "0.75", "spk_1")]},
                    {"start_time": "0.8", "end_time": "1.0", "speaker_label": "spk_0", "items": [entry("0.8", "1.0", "spk_0")]},
                ])),
            ),
            f,
            &["Hi, 500..750 spk_1", "you?! 800..1000 spk_0"],
            &[1, 2],
            &[],
        ),
        case(
            "the new schema",
            transcribe(
                json!([new(0, word("Hi", "0.5", "0.75"), "spk_0"), new(1, mark("."), "spk_0"), new(2, word("Yes", "0.8", "1.0"), "spk_1")]),
                json!({"audio_segments": [
                    {"id": 0, "transcript": "Hi.", "start_time": "0.4", "end_time": "0.75", "speaker_label": "spk_0", "items": [0, 1]},
                    {"id": 1, "transcript": "Yes", "start_time": "0.8", "end_time": "1.0", "speaker_label": "spk_1", "items": [2]},
                ]}),
            ),
            f,
            &["Hi. 500..750 spk_0", "Yes 800..1000 spk_1"],
            &[1, 2],
            &[],
        ),
        case(
            "channels that overlap",
            transcribe(
                json!([word("b", "2.0", "3.0"), word("a", "1.0", "2.5"), mark("."), mark("?")]),
                json!({"channel_labels": {"number_of_channels": 2, "channels": [
                    {"channel_label": "ch_0", "items": [word("a", "1.0", "2.5"), mark(".")]},
                    {"channel_label": "ch_1", "items": [word("b", "2.0", "3.0"), mark("?")]},
                ]}}),
            ),
            f,
            &["a. 1000..2500 /ch_0", "b? 2000..3000 /ch_1"],
            &[1, 2],
            &[],
        ),
        case(
            "items only under channels",
            json!({"results": {"channel_labels": {"channels": [
                {"channel_label": "ch_0", "items": [word("a", "1.0", "2.0"), mark(".")]},
                {"channel_label": "ch_1", "items": [word("b", "0.5", "0.75")]},
            ]}}})
            .to_string()
            .into_bytes(),
            f,
            &["b 500..750 /ch_1", "a. 1000..2000 /ch_0"],
            &[1, 2],
            &[],
        ),
        case(
            "masked and redacted",
            transcribe(
                json!([
                    word("***", "0.0", "0.5"),
                    word("[PII]", "0.5", "0.75"),
                    with(
                        word("x", "0.75", "0.9"),
                        json!({"alternatives": [{"content": "x", "confidence": "1.0", "redactions": [{"category": "NAME"}]}]})
                    ),
                    with(word("tagged", "0.9", "1.0"), json!({"vocabularyFilterMatch": true})),
                ]),
                json!({}),
            ),
            f,
            &["*** 0..500 masked", "[PII] 500..750 masked", "x 750..900 masked", "tagged 900..1000"],
            &[4],
            &[],
        ),
    ] {
        check(&case);
    }
}

#[test]
fn odd_transcribe_results_are_read_with_notes() {
    let f = Format::Transcribe;
    let untimed = |text: &str| json!({"alternatives": [{"content": text}], "type": "pronunciation"});
    for case in [
        case(
            "no times",
            transcribe(json!([word("a", "0.0", "1.0"), untimed("bb"), untimed("bb"), word("c", "2.0", "3.0")]), json!({})),
            f,
            &["a 0..1000", "bb 1000..1500 untimed", "bb 1500..2000 untimed", "c 2000..3000"],
            &[4],
            &["A word has no time, and is put between its neighbours: results.items[1], results.items[2]."],
        ),
        case(
            "nothing but a word without a time",
            transcribe(json!([untimed("a")]), json!({})),
            f,
            &["a 0..0 untimed"],
            &[1],
            &["A word has no time"],
        ),
        case("reversed", transcribe(json!([word("a", "2.0", "1.0")]), json!({})), f, &["a 2000..2000"], &[1], &["A word ends before"]),
        case(
            "no end",
            transcribe(json!([{"start_time": "1.0", "alternatives": [{"content": "a"}]}]), json!({})),
            f,
            &["a 1000..1000"],
            &[1],
            &["A word has no end"],
        ),
        case(
            "confidence",
            transcribe(json!([with(word("a", "1.0", "2.0"), json!({"alternatives": [{"content": "a", "confidence": "1.7"}]}))]), json!({})),
            f,
            &["a 1000..2000"],
            &[1],
            &["A confidence is not between 0 and 1, and is left out: results.items[0]."],
        ),
        case(
            "no alternatives, no object, no word for the mark",
            transcribe(
                json!([mark("."), {"start_time": "1.0", "end_time": "2.0", "type": "pronunciation"}, 7, word("a", "3", "4")]),
                json!({}),
            ),
            f,
            &["a 3000..4000"],
            &[1],
            &[
                "Punctuation stands before any word",
                "An item has no text, and is kept in exports only: results.items[1], results.items[2].",
            ],
        ),
        case("no items", transcribe(json!([]), json!({})), f, &[], &[], &["The transcript has no words."]),
        case(
            "text without items",
            transcribe(json!([]), json!({"transcripts": [{"transcript": "Hello."}]})),
            f,
            &[],
            &[],
            &["The file has the text", "The transcript has no words."],
        ),
        case(
            "not completed, and yet words",
            json!({"status": "IN_PROGRESS", "jobName": "j", "results": {"items": [word("a", "0.0", "1.0")]}}).to_string().into_bytes(),
            f,
            &["a 0..1000"],
            &[1],
            &["The job has the status IN_PROGRESS"],
        ),
        case(
            "before zero",
            transcribe(json!([word("a", "-0.5", "1.0")]), json!({})),
            f,
            &["a -500..1000"],
            &[1],
            &["A word starts before zero"],
        ),
        case(
            "many",
            transcribe((0..8).map(|_| word("a", "2.0", "1.0")).collect(), json!({})),
            f,
            &["a 2000..2000"; 8],
            &[8],
            &[
                "A word ends before it starts, and is taken to end where it starts: results.items[0], results.items[1], results.items[2], results.items[3], results.items[4] and 3 more.",
            ],
        ),
    ] {
        check(&case);
    }
}

#[test]
fn languages_and_alternatives_are_read() {
    let one = json!({"language_code": "en-GB", "language_identification": [{"score": "0.01", "code": "de-DE"}, {"score": "0.98", "code": "en-GB"}]});
    let several = json!({"language_codes": [{"language_code": "en-US", "duration_in_seconds": 2.45}, {"language_code": "hi-IN", "duration_in_seconds": 5.325}]});
    for (more, expected) in [
        (one, vec![("en-GB", Some(0.98), None), ("de-DE", Some(0.01), None)]),
        (several, vec![("hi-IN", None, Some(5_325_000)), ("en-US", None, Some(2_450_000))]),
        (json!({"language_code": "fr-FR"}), vec![("fr-FR", None, None)]),
    ] {
        let t = read(&transcribe(json!([word("a", "0.0", "1.0")]), more)).unwrap();
        let got: Vec<_> = t.languages.iter().map(|l| (l.code.as_str(), l.score, l.duration.map(|d| d.us()))).collect();
        assert_eq!(got, expected);
    }
    let flat = |text: &str, a: &str, b: &str| json!({"start_time": a, "end_time": b, "content": text, "confidence": "0.5", "type": "pronunciation"});
    let t = read(&transcribe(
        json!([word("gonna", "0.0", "1.0"), word("go", "1.0", "2.0")]),
        json!({"segments": [{"start_time": "0.0", "end_time": "2.0", "alternatives": [
            {"transcript": "gonna go", "items": [flat("gonna", "0.0", "1.0"), flat("go", "1.0", "2.0")]},
            {"transcript": "going to Go", "items": [flat("going", "0.0", "0.6"), flat("to", "0.6", "0.9"), flat("Go", "1.0", "2.0")]},
        ]}]}),
    ))
    .unwrap();
    assert_eq!(t.words[0].alternatives[0].text, "going to");
    assert!(t.words[1].alternatives.is_empty());
}

#[test]
fn call_analytics_and_data_automation_are_read() {
    let call = json!({"JobStatus": "COMPLETED", "LanguageCode": "en-US", "Transcript": [
        {"ParticipantRole": "AGENT", "BeginOffsetMillis": 40, "EndOffsetMillis": 900, "Content": "Hi, [PII].", "Items": [
            {"Type": "pronunciation", "Confidence": 1.0, "Content": "Hi", "BeginOffsetMillis": 40, "EndOffsetMillis": 330},
            {"Type": "punctuation", "Confidence": 0.0, "Content": ","},
            {"Type": "pronunciation", "Content": "[PII]", "Redaction": [], "BeginOffsetMillis": 330, "EndOffsetMillis": 900}]},
        {"ParticipantRole": "CUSTOMER", "BeginOffsetMillis": 500, "EndOffsetMillis": 1500, "Content": "Yes, now."},
    ]});
    let automation = json!({"metadata": {"semantic_modality": "AUDIO", "dominant_asset_language": "EN"},
        "audio_items": [
            {"item_index": 0, "audio_segment_index": 0, "content": "Hello", "start_timestamp_millis": 10, "end_timestamp_millis": 20},
            {"item_index": 1, "audio_segment_index": 0, "content": "."},
            {"item_index": 2, "audio_segment_index": 1, "content": "Yes", "start_timestamp_millis": 15, "end_timestamp_millis": 30}],
        "audio_segments": [
            {"segment_index": 0, "speaker": {"speaker_label": "spk_1"}, "channel": {"channel_label": "ch_1"}, "language": "EN"},
            {"segment_index": 1, "speaker": {"speaker_label": "spk_0"}, "channel": {"channel_label": "ch_0"}, "language": "EN"}]});
    for case in [
        case(
            "a call",
            call.to_string().into_bytes(),
            Format::CallAnalytics,
            &["Hi, 40..330 AGENT", "[PII] 330..900 AGENT masked", "Yes, 500..1000 CUSTOMER untimed", "now. 1000..1500 CUSTOMER untimed"],
            &[2, 4],
            &["A turn has no items; its words share its time: Transcript[1]."],
        ),
        case(
            "data automation",
            automation.to_string().into_bytes(),
            Format::DataAutomation,
            &["Hello. 10..20 spk_1 /ch_1", "Yes 15..30 spk_0 /ch_0"],
            &[1, 2],
            &[],
        ),
    ] {
        check(&case);
    }
}

#[test]
fn srt_is_read() {
    let f = Format::Srt;
    let utf16: Vec<u8> =
        [0xff, 0xfe].into_iter().chain("1\n00:00:01,000 --> 00:00:02,000\ná\n".encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let line = "00:00:01,000 --> 00:00:02,000";
    for case in [
        case(
            "plain",
            format!("1\n{line}\nHello, <i>you</i>!\n\n2\n00:00:03,500 --> 00:00:04,000\n- Yes.\n").into_bytes(),
            f,
            &["Hello, 1000..1600 untimed", "you! 1600..2000 untimed", "Yes. 3500..4000 untimed"],
            &[2, 3],
            &[],
        ),
        case(
            "mark, CRLF and dots",
            b"\xef\xbb\xbf1\r\n0:0:1.5 --> 00:00:02.000 X1:0\r\na\r\n".to_vec(),
            f,
            &["a 1500..2000 untimed"],
            &[1],
            &[],
        ),
        case(
            "no numbers, no hours",
            b"00:01,0 --> 00:02\na\n00:03 --> 00:04\nb".to_vec(),
            f,
            &["a 1000..2000 untimed", "b 3000..4000 untimed"],
            &[1, 2],
            &[],
        ),
        case(
            "a blank line and a number in the text",
            format!("1\n{line}\n\n12\n\nb\n\n2\n00:00:03,000 --> 00:00:04,000\nc\n").into_bytes(),
            f,
            &["12 1000..1666 untimed", "b 1666..2000 untimed", "c 3000..4000 untimed"],
            &[2, 3],
            &[],
        ),
        case(
            "Windows-1252",
            [format!("1\n{line}\n").as_bytes(), b"caf\xe9\n"].concat(),
            f,
            &["café 1000..2000 untimed"],
            &[1],
            &["The file is not UTF-8"],
        ),
        case(
            "cut in a character",
            [format!("1\n{line}\n").as_bytes(), b"a \xc3"].concat(),
            f,
            &["a 1000..2000 untimed"],
            &[1],
            &["The file ends in the middle of a character"],
        ),
        case("UTF-16", utf16, f, &["á 1000..2000 untimed"], &[1], &["The file is in UTF-16LE"]),
        case(
            "a broken line of times",
            format!("1\n{line}\na\n\n2\n00:xx --> 00:00:04,000\nlost\n\n").into_bytes(),
            f,
            &["a 1000..2000 untimed"],
            &[1],
            &["A line has --> but no times; its cue is kept in exports only: line 6."],
        ),
        case(
            "reversed",
            b"1\n00:00:02,000 --> 00:00:01,000\na".to_vec(),
            f,
            &["a 2000..2000 untimed"],
            &[1],
            &["A cue ends before it starts"],
        ),
        case("marks alone", format!("1\n{line}\n{{\\an8}}♪ ♪\n").into_bytes(), f, &[], &[], &["The transcript has no words."]),
        case("right to left", format!("1\n{line}\nمرحبا،\n").into_bytes(), f, &["مرحبا، 1000..2000 untimed"], &[1], &[]),
    ] {
        check(&case);
    }
}

#[test]
fn web_vtt_is_read() {
    let f = Format::WebVtt;
    for case in [
        case(
            "blocks, ids and settings",
            b"WEBVTT - a title\nKind: captions\n\nSTYLE\n::cue { color: red }\n\nREGION\nid:r\n\nNOTE a note\nof two lines\n\nintro\n00:01.000 --> 00:02.000 align:start\nHi there\n\n"
                .to_vec(),
            f,
            &["Hi 1000..1285 untimed", "there 1285..2000 untimed"],
            &[2],
            &[],
        ),
        case(
            "voices, tags and entities",
            "WEBVTT\n\n00:00.000 --> 00:01.000\n<v.loud Ann &amp; Bo>Q&amp;A <b>he</b>re</v> <v Cy>ok&nbsp;&lt;3\n".as_bytes().to_vec(),
            f,
            &["Q&A 0..272 Ann & Bo untimed", "here 272..636 Ann & Bo untimed", "ok 636..818 Cy untimed", "<3 818..1000 Cy untimed"],
            &[2, 4],
            &[],
        ),
        case(
            "inline times",
            b"WEBVTT\n\n00:00.000 --> 00:04.000\nOne <00:00:01.000><c>two</c> <00:00:02.000>three four\n".to_vec(),
            f,
            &["One 0..1000", "two 1000..2000", "three 2000..3111 untimed", "four 3111..4000 untimed"],
            &[4],
            &[],
        ),
        case(
            "an inline time outside",
            b"WEBVTT\n\n00:00.000 --> 00:04.000\na <00:09.000>b\n".to_vec(),
            f,
            &["a 0..2000 untimed", "b 2000..4000 untimed"],
            &[2],
            &["An inline time is outside its cue"],
        ),
        case("mark and CR", b"\xef\xbb\xbfWEBVTT\r\r1:00:00.000 --> 1:00:01.000\ra".to_vec(), f, &["a 3600000..3601000 untimed"], &[1], &[]),
        case(
            "cues that roll up",
            b"WEBVTT\n\n00:00.000 --> 00:01.000\na b <c>c</c>\n\n00:01.000 --> 00:02.000\na b c\nd\n".to_vec(),
            f,
            &["a 0..333 untimed", "b 333..666 untimed", "c 666..1000 untimed", "a 1000..1250 untimed", "b 1250..1500 untimed", "c 1500..1750 untimed", "d 1750..2000 untimed"],
            &[3, 7],
            &["A cue begins with the last line of the one before, so its words stand twice: line 6."],
        ),
        case("a less-than sign", b"WEBVTT\n\n00:00.000 --> 00:01.000\n1 < 2\n".to_vec(), f, &["1 0..333 untimed", "< 333..666 untimed", "2 666..1000 untimed"], &[3], &[]),
    ] {
        check(&case);
    }
}

#[test]
fn what_is_no_transcript_is_refused_with_a_sentence() {
    let deep = "[".repeat(100_000);
    let absurd = transcribe(json!([word("a", "0.0", "1.0"), word("b", "NaN", "2.0")]), json!({}));
    for (bytes, sentence) in [
        (&b""[..], "the file is empty. Choose a transcript"),
        (b" \n", "the file is empty"),
        (b"\x00\x00\x00\x20ftypisom", "this is an MP4 or QuickTime video, not a transcript"),
        (b"abc\x00def", "this is a binary file, or UTF-16 without its mark at byte 3"),
        (b"hello", "this is neither JSON nor subtitles"),
        (b"{\"results\": {\n \"items\": [", "this JSON ends too early at line 2, column 11. The file was cut off"),
        (b"{\"results\": x}", "this is not valid JSON (expected value) at line 1, column 13"),
        (b"{\"a\": \"\xff\"}", "this is not valid UTF-8 at byte 7"),
        (b"\xff\xfe\x00\xd8", "this is not valid UTF-16LE"),
        (deep.as_bytes(), "this JSON is nested too deeply at line 1, column 128"),
        (b"{}", "this is an empty JSON object"),
        (b"[1]", "this is a JSON list"),
        (b"\"x\"", "this is a single JSON value"),
        (b"{\"foo\": 1, \"bar\": 2}", "this is JSON, but not a transcript: it begins with foo, bar"),
        (b"{\"TranscriptionJob\": {}}", "this is a Transcribe job description, not its result. Download"),
        (b"{\"TranscriptionJobSummaries\": []}", "this is a list of Transcribe jobs"),
        (b"{\"Transcript\": {\"Results\": []}}", "this is an event of a Transcribe stream"),
        (b"{\"format\": \"plumbline-annotations\"}", "this is a file of annotations"),
        (b"{\"results\": {\"channels\": []}}", "this looks like a Deepgram result"),
        (b"{\"text\": \"\", \"segments\": []}", "this looks like a Whisper result"),
        (b"{\"metadata\": {\"semantic_modality\": \"VIDEO\"}}", "this is a Data Automation result for video, not for audio"),
        (
            b"{\"jobName\": \"j\", \"status\": \"FAILED\"}",
            "the transcription job has the status FAILED, and there are no results at status. Start",
        ),
        (b"{\"jobName\": \"j\", \"status\": \"COMPLETED\"}", "the results are missing at results"),
        (b"{\"JobName\": \"j\", \"JobStatus\": \"IN_PROGRESS\"}", "the transcription job has the status IN_PROGRESS"),
        (b"{\"results\": {\"items\": {}}}", "this is no list at results.items"),
        (&absurd, "\"NaN\" is no time in seconds of at most 10,000,000 s at results.items[1].start_time. Correct"),
        (
            b"{\"results\": {\"items\": [{\"start_time\": 1e9, \"alternatives\": [{\"content\": \"a\"}]}]}}",
            "\"1000000000.0\" is no time in seconds",
        ),
        (b"{\"audio_items\": 1}", "the result has no words at audio_items"),
        (b"1\n99999999:00:00,000 --> 00:00:01,000\na", "a time is longer than 10,000,000 s at line 2"),
        (b"1\nx --> y\na", "this SRT has no cues"),
        (b"WEBVTT\n\nNOTE nothing", "this WebVTT has no cues"),
    ] {
        let error = read(bytes).unwrap_err().to_string();
        assert!(error.starts_with(sentence), "{error}\nis not\n{sentence}");
        let (_, remedy) = error.split_once(". ").unwrap();
        assert!(!remedy.is_empty());
    }
    assert!(check_size(MAX_BYTES).is_ok());
    assert!(check_size(MAX_BYTES + 1).unwrap_err().to_string().starts_with("the file has 257 MiB, and the limit is 256 MiB. Split"));
}
