//! Whatever the bytes, nothing panics; whatever the corrections, an export reads back as what was placed.
#![allow(clippy::unwrap_used)]

mod common;

use common::{Said, identity, said};
use plumbline_core::format::{CueOptions, Reviewed, detect, read, read_annotations, write_srt, write_transcribe, write_vtt};
use plumbline_core::transcript::{Format, PlacedWord, Transcript};
use plumbline_core::{MediaTime, Span};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Reads and, where that works, exports in every way.
fn exercise(bytes: &[u8]) {
    let _ = detect(bytes);
    let _ = read_annotations(bytes);
    let Ok(t) = read(bytes) else { return };
    let (words, options) = (identity(&t), CueOptions::default());
    for source in [None, Some((t.format, bytes))] {
        write_transcribe(source, Reviewed::of(&t, &words)).unwrap();
        write_srt(source, Reviewed::of(&t, &words), &options).unwrap();
        write_vtt(source, Reviewed::of(&t, &words), &options).unwrap();
    }
}

/// Documents of each format that hold all that the format can.
fn documents() -> Vec<Vec<u8>> {
    let word = |id: u32, text: &str, start: &str, end: &str, channel: &str| {
        json!({"id": id, "start_time": start, "end_time": end, "alternatives": [{"confidence": "0.9", "content": text}],
            "type": "pronunciation", "channel_label": channel, "speaker_label": "spk_0"})
    };
    let (a, b) = (word(0, "é", "0.0", "1.0", "ch_0"), word(1, "b", "0.5", "1.5", "ch_1"));
    let transcribe = json!({"jobName": "j", "status": "COMPLETED", "results": {
        "language_codes": [{"language_code": "en", "duration_in_seconds": 1.5}],
        "transcripts": [{"transcript": "é b"}], "items": [a, b],
        "channel_labels": {"channels": [{"channel_label": "ch_0", "items": [a]}, {"channel_label": "ch_1", "items": [b]}]},
        "speaker_labels": {"segments": [{"start_time": "0.0", "end_time": "1.5", "speaker_label": "spk_0", "items": [
            {"start_time": "0.0", "end_time": "1.0"}, {"start_time": "0.5", "end_time": "1.5"}]}]},
        "segments": [{"start_time": 0, "end_time": 1.5, "alternatives": [{"transcript": "é b", "items": [
            {"start_time": "0.0", "end_time": "1.0", "content": "é", "confidence": "1.0"}]}, {"items": [{"content": "x"}]}]}],
        "audio_segments": [{"id": 0, "start_time": "0.0", "end_time": "1.5", "items": [0, 1]}]}});
    let call = json!({"JobStatus": "COMPLETED", "Transcript": [{"ParticipantRole": "AGENT", "BeginOffsetMillis": 1, "Content": "a b", "Items": [
        {"Content": "a", "BeginOffsetMillis": 1, "EndOffsetMillis": 2, "Confidence": 0.5, "Type": "pronunciation"}]}]});
    let automation = json!({"audio_items": [{"content": "a", "start_timestamp_millis": 1, "end_timestamp_millis": 2, "audio_segment_index": 0}],
        "audio_segments": [{"segment_index": 0, "speaker": {"speaker_label": "s"}}], "metadata": {"semantic_modality": "AUDIO"}});
    let annotations = json!({"format": "plumbline-annotations", "version": 1, "annotations": [
        {"start_us": 1, "end_us": 2, "label": "é", "region": {"x": 0, "y": 0, "w": 1, "h": 1}, "confidence": 0.5}]});
    let text = [
        "1\n00:00:01,000 --> 00:00:02,000 x\n<i>é</i>, {\\an8}b\n\n2\n00:03 --> 00:04\nc\n",
        "WEBVTT\n\nSTYLE\nx\n\nid\n00:01.000 --> 00:02.000 a:b\n<v.c Ann>é &amp; <00:01.500>b&#x41;</v>\n",
    ];
    let mut documents: Vec<Vec<u8>> = [transcribe, call, automation, annotations].iter().map(|v| v.to_string().into_bytes()).collect();
    documents.extend(text.iter().map(|text| text.as_bytes().to_vec()));
    documents.push([0xff, 0xfe].into_iter().chain(text[0].encode_utf16().flat_map(u16::to_le_bytes)).collect());
    documents
}

#[test]
fn no_truncation_panics() {
    for document in documents() {
        for length in 0..=document.len() {
            exercise(&document[..length]);
        }
    }
}

/// One word and what a person did to it.
#[derive(Clone, Debug)]
struct Row {
    text: String,
    mark: &'static str,
    gap_ms: i64,
    length_ms: i64,
    speaker: Option<u8>,
    new_text: Option<String>,
    shift_us: i64,
    in_media: bool,
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let text = "[a-zé日م]{1,6}";
    let new_text =
        prop_oneof![4 => Just(None), 1 => Just(Some(String::new())), 3 => "[a-z]{1,4}[,.]?( [a-z]{1,4}[,?]?){0,2}".prop_map(Some)];
    let row = (
        text,
        prop_oneof![Just(""), Just(","), Just("."), Just("?")],
        0i64..1_500,
        1i64..900,
        proptest::option::of(0u8..3),
        new_text,
        0i64..4,
        any::<bool>(),
    );
    let row = row.prop_map(|(text, mark, gap_ms, length_ms, speaker, new_text, shift, kept)| Row {
        text,
        mark,
        gap_ms,
        length_ms,
        speaker,
        new_text,
        shift_us: shift * 333_333,
        in_media: kept || gap_ms % 5 > 0,
    });
    proptest::collection::vec(row, 1..25)
}

/// The rows as a document: with ids and audio segments, or with speaker segments only.
fn document(rows: &[Row], ids: bool) -> Vec<u8> {
    let seconds = |ms: i64| format!("{}.{:03}", ms / 1_000, ms % 1_000);
    let (mut items, mut turns, mut audio) = (Vec::new(), Vec::new(), Vec::new());
    let mut at = 0;
    for row in rows {
        let (start, end) = (at + row.gap_ms, at + row.gap_ms + row.length_ms);
        at = end;
        let label = row.speaker.map(|speaker| format!("spk_{speaker}"));
        let first = items.len();
        let mut add = |mut item: Value| {
            if ids {
                item["id"] = json!(items.len());
                if let Some(label) = &label {
                    item["speaker_label"] = json!(label);
                }
            }
            items.push(item);
        };
        add(json!({"start_time": seconds(start), "end_time": seconds(end), "type": "pronunciation",
            "alternatives": [{"confidence": "0.5", "content": row.text}, {"confidence": "0.1", "content": "other"}]}));
        if !row.mark.is_empty() {
            add(json!({"type": "punctuation", "alternatives": [{"confidence": "0.0", "content": row.mark}]}));
        }
        if let Some(label) = &label {
            turns.push(json!({"start_time": seconds(start), "end_time": seconds(end), "speaker_label": label, "items": [
                {"start_time": seconds(start), "end_time": seconds(end), "speaker_label": label}]}));
        }
        audio.push(json!({"id": audio.len(), "transcript": format!("{}{}", row.text, row.mark), "start_time": seconds(start),
            "end_time": seconds(end), "items": (first..items.len()).collect::<Vec<_>>()}));
    }
    let mut results = json!({"transcripts": [{"transcript": "?"}], "items": items, "speaker_labels": {"segments": turns, "speakers": 3}});
    if ids {
        results["audio_segments"] = Value::Array(audio);
    }
    json!({"results": results, "status": "COMPLETED"}).to_string().into_bytes()
}

fn placed(t: &Transcript, rows: &[Row]) -> Vec<PlacedWord> {
    let mut words = identity(t);
    let mut shift = 0;
    for (word, row) in words.iter_mut().zip(rows) {
        shift += row.shift_us;
        let at = |time: MediaTime| MediaTime::from_us(time.us() + shift);
        word.span = Span { start: at(word.span.start), end: at(word.span.end) };
        word.in_media = row.in_media;
        if let Some(text) = &row.new_text {
            word.text.clone_from(text);
        }
    }
    words
}

/// What an export should say: the texts and speakers in order, and the first and last moment.
fn expected(t: &Transcript, words: &[PlacedWord]) -> Vec<(String, Option<String>)> {
    let bare = |part: &str| part.trim_end_matches([',', '.', '?']).to_owned();
    let kept = t.words.iter().zip(words).filter(|(_, placed)| placed.in_media);
    kept.flat_map(|(word, placed)| {
        let speaker = word.speaker.map(|index| t.speakers[usize::from(index)].clone());
        placed.text.split_whitespace().map(move |part| (bare(part), speaker.clone())).collect::<Vec<_>>()
    })
    .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        exercise(&bytes);
    }

    #[test]
    fn no_change_of_a_document_panics(which in 0usize..7, edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let mut document = documents().swap_remove(which);
        for (at, byte) in edits {
            let at = at.index(document.len());
            document[at] = byte;
        }
        exercise(&document);
    }

    #[test]
    fn no_subtitle_text_panics(text in "(WEBVTT\n\n)?([0-9]\n00:0[0-9][.,][0-9]{3} --> 00:0[0-9]\n[<>&;a-z/{}\\\\. \n-]{0,30}\n\n){0,4}") {
        exercise(text.as_bytes());
    }

    #[test]
    fn an_export_reads_back_as_what_was_placed(rows in rows(), ids in any::<bool>()) {
        let bytes = document(&rows, ids);
        let t = read(&bytes).unwrap();
        prop_assert!(t.notes.is_empty(), "{:?}", t.notes);
        let words = placed(&t, &rows);
        for source in [None, Some((Format::Transcribe, bytes.as_slice()))] {
            let out = write_transcribe(source, Reviewed::of(&t, &words)).unwrap();
            let again = read(&out).unwrap();
            let got: Vec<(String, Option<String>)> = again.words.iter()
                .map(|w| (w.text.clone(), w.speaker.map(|s| again.speakers[usize::from(s)].clone()))).collect();
            prop_assert_eq!(&got, &expected(&t, &words));
            times_are_those(&t, &words, &said(&again));
            // What was exported is exported again without a change.
            let twice = write_transcribe(Some((Format::Transcribe, &out)), Reviewed::of(&again, &identity(&again))).unwrap();
            prop_assert_eq!(String::from_utf8(out).unwrap(), String::from_utf8(twice).unwrap());
        }
    }

    #[test]
    fn subtitles_hold_the_words_in_order_and_never_overlap(rows in rows()) {
        let t = read(&document(&rows, true)).unwrap();
        let words = placed(&t, &rows);
        let out = write_vtt(None, Reviewed::of(&t, &words), &CueOptions::default()).unwrap();
        let Ok(again) = read(&out) else {
            prop_assert!(expected(&t, &words).is_empty());
            return Ok(());
        };
        let got: Vec<(String, Option<String>)> = again.words.iter()
            .map(|w| (w.text.clone(), w.speaker.map(|s| again.speakers[usize::from(s)].clone()))).collect();
        let wanted = expected(&t, &words);
        let letters = |words: &[(String, Option<String>)]| words.iter().map(|(text, _)| text.as_str()).collect::<String>();
        prop_assert_eq!(letters(&got), letters(&wanted));
        let ends = again.segments.windows(2).map(|pair| {
            let end = again.words[pair[0].end.0 as usize - 1].span.end;
            (end, again.words[pair[1].first.0 as usize].span.start)
        });
        for (end, next) in ends {
            prop_assert!((next - end).us() >= 80_000, "{:?} {:?}", end, next);
        }
    }
}

/// Cues of lines with tags around some words, and one written text or removal for some words.
fn cues(vtt: bool) -> impl Strategy<Value = (String, Vec<Option<String>>)> {
    let word = prop_oneof![4 => "[a-z]{1,5}[,.]?", 1 => "<i>[a-z]{1,4}</i>[.]?", 1 => "<b>[a-z]{1,3}</b>[a-z]{1,2}", 1 => Just("&amp;".to_owned())];
    let cue = proptest::collection::vec((word, prop_oneof![3 => Just(" "), 1 => Just("\n")]), 1..7);
    let edit = prop_oneof![5 => Just(None), 1 => Just(Some(String::new())), 2 => "[a-z&]{1,4}[.]?( [a-z]{1,4})?".prop_map(Some)];
    (proptest::collection::vec(cue, 1..6), proptest::collection::vec(edit, 36)).prop_map(move |(cues, edits)| {
        let mut text = String::from(if vtt { "WEBVTT\n\nNOTE x\n\n" } else { "" });
        for (number, cue) in cues.iter().enumerate() {
            let payload: String = cue.iter().map(|(word, space)| format!("{word}{space}")).collect();
            let mark = if vtt { '.' } else { ',' };
            text += &format!("{}\n00:00:{number:02}{mark}000 --> 00:00:{number:02}{mark}900\n{}\n\n", number + 1, payload.trim());
        }
        (text, edits)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn corrected_subtitles_read_back_as_what_was_written((text, edits) in any::<bool>().prop_flat_map(cues)) {
        let t = read(text.as_bytes()).unwrap();
        let mut words = identity(&t);
        for (word, edit) in words.iter_mut().zip(&edits) {
            if let Some(text) = edit {
                word.text.clone_from(text);
            }
        }
        let bare = |part: &str| part.trim_end_matches(['.', ',']).to_owned();
        let wanted: Vec<String> = words.iter().flat_map(|word| word.text.split_whitespace().map(bare).collect::<Vec<_>>()).collect();
        let (source, options) = (Some((t.format, text.as_bytes())), CueOptions::default());
        let out = if t.format == Format::Srt { write_srt(source, Reviewed::of(&t, &words), &options) } else { write_vtt(source, Reviewed::of(&t, &words), &options) };
        let out = String::from_utf8(out.unwrap()).unwrap();
        match read(out.as_bytes()) {
            Ok(again) => prop_assert_eq!(again.words.iter().map(|word| word.text.clone()).collect::<Vec<_>>(), wanted, "{}", out),
            Err(_) => prop_assert!(wanted.is_empty(), "{}", out),
        }
    }
}

/// A word that was kept whole has the times that it was placed at, to the millisecond.
fn times_are_those(t: &Transcript, words: &[PlacedWord], got: &[Said]) {
    let ms = |us: i64| (us + 500) / 1_000;
    for (word, placed) in t.words.iter().zip(words).filter(|(_, placed)| placed.in_media && !placed.text.contains(' ')) {
        if placed.text.is_empty() {
            continue;
        }
        let times = (ms(placed.span.start.us()), ms(placed.span.end.us()));
        assert!(got.iter().any(|said| (said.2, said.3) == times), "{} at {times:?} is not in {got:?}", word.text);
    }
}
