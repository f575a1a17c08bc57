//! Rows of features: what is known of the same stretch, and nothing else.

use crate::{ARTIFACTS, Room, SAMPLE, sample};
use plumbline_adapters::MemoryArtifacts;
use plumbline_core::gate::GateId;
use plumbline_core::{Annotation, Delta, MediaTime, Span};
use plumbline_flows::features::{Features, PictureFeatures, SoundFeatures, Support, WINDOW, features};
use plumbline_flows::refresh;
use plumbline_pipeline::stages::{shots, sound};
use plumbline_pipeline::{Artifacts, Job};
use plumbline_project::{MediaId, Op};
use serde_json::Value;

fn made(room: &Room, media: &MediaId, window: Delta) -> Features {
    features(&room.desk(), media, window, None).unwrap()
}

fn apply(room: &Room, op: Op) {
    let desk = room.desk();
    desk.project().apply(op, &desk.by).unwrap();
}

#[test]
fn what_nobody_measured_is_not_made_up() {
    let room = Room::new();
    let media = room.import_one(&room.sample(&["bridge.mp4"]));
    let before = room.state();
    let nothing = MemoryArtifacts::new();
    let found = features(&room.desk_with(&nothing), &media, WINDOW, None).unwrap();
    assert!(found.segments.is_empty() && found.windows.len() > 10 && found.is_behind);
    for row in &found.windows {
        assert_eq!((&row.said, row.sound, row.picture), (&None, SoundFeatures::default(), PictureFeatures::default()));
        assert_eq!((&row.shots, &row.annotations, &row.text_on_screen, &row.flags), (&None, &None, &None, &None));
        assert_eq!((row.residual, row.map_drift, row.alignment_confidence, row.support), (None, None, None, Support::default()));
    }
    assert_eq!(room.state(), before, "nothing is written");
}

#[test]
fn facts_of_sound_and_picture_stand_where_they_were_measured() {
    let room = Room::new();
    let media = room.import_one(&room.sample(&SAMPLE));
    room.analyse(&media);
    let hash = room.desk().project().media(&media).unwrap().hash;
    let kept = |key| -> Value { serde_json::from_slice(&ARTIFACTS.get(&key).unwrap().unwrap()).unwrap() };
    let (heard, seen) = (kept(sound::facts_key(&hash)), kept(shots::facts_key(&hash)));
    let value = |facts: &Value, name: &str, at: usize| facts[name][at].as_f64().map(|v| v as f32);

    let found = made(&room, &media, WINDOW);
    assert!(!found.is_behind && found.segments.len() == 63);
    for (n, row) in found.windows.iter().enumerate() {
        assert_eq!((row.sound.floor_db, row.sound.clipped), (value(&heard, "floor_db", n), value(&heard, "clipped", n)), "{n}");
        assert_eq!((row.picture.sharpness, row.picture.exposure), (value(&seen, "sharpness", n), value(&seen, "exposure", n)), "{n}");
        assert_eq!(row.sound.media_loudness_lufs, heard["loudness_lufs"].as_f64().map(|v| v as f32));
    }
    // A window over two stretches has their mean.
    let wide = made(&room, &media, Delta::from_ms(20_000)).windows;
    let pair = [0, 1].map(|n| value(&heard, "floor_db", n).unwrap());
    assert!((wide[0].sound.floor_db.unwrap() - (pair[0] + pair[1]) / 2.0).abs() < 1e-4);

    // The map says by how much words lie off; the sound, what is left of it.
    let truth: Value = serde_json::from_slice(&std::fs::read(sample("bridge.truth.json")).unwrap()).unwrap();
    let transcript = room.desk().project().transcript(&media).unwrap().unwrap();
    let word = &transcript.words[transcript.range_of(&transcript.segments[50]).start];
    let off = truth["items"][word.source as usize][0].as_i64().unwrap() - word.span.start.us();
    assert!(off > 1_000_000, "{off}");
    let last = |found: &Features| found.segments[50].clone();
    assert_eq!(last(&found).map_drift, Some(Delta::ZERO));
    apply(&room, Op::AcceptMap(media.clone()));
    refresh(&room.desk(), &media, &Job::quiet()).unwrap();
    let mended = last(&made(&room, &media, WINDOW));
    assert!((mended.map_drift.unwrap().us() - off).abs() < 200_000, "{:?}, the truth is {off}", mended.map_drift);
    assert!(mended.residual.is_none_or(|left| left.abs() < Delta::from_ms(150)), "{:?}", mended.residual);
}

#[test]
fn what_people_did_stands_in_the_rows() {
    let room = Room::new();
    let srt = "1\n00:00:00,000 --> 00:00:04,000\nAnn: one two\n\n2\n00:00:04,000 --> 00:00:10,000\nthree\n\n3\n00:00:11,000 --> 00:00:12,000\nfour\n";
    room.make("talk.mp4", "-f lavfi -i testsrc=s=64x48:r=10:d=15 -f lavfi -i sine=f=300:d=15 -pix_fmt yuv420p -c:v libx264 -c:a aac");
    let media = room.import_one(&[room.path("talk.mp4"), room.write("talk.srt", srt)]);
    let transcript = room.desk().project().transcript(&media).unwrap().unwrap();
    let [.., three, four] = &transcript.words[..] else { panic!("{transcript:?}") };
    apply(&room, Op::EditWord { media: media.clone(), word: three.id, text: "drei vier".into() });
    apply(&room, Op::EditWord { media: media.clone(), word: four.id, text: String::new() });
    apply(&room, Op::AssignSpeaker { media: media.clone(), words: vec![three.id], speaker: "b".into() });
    apply(&room, Op::NameSpeaker { media: media.clone(), label: "b".into(), name: "Bo".into() });

    let found = made(&room, &media, Delta::from_ms(4_000));
    let edited = found.segments.iter().filter_map(|row| row.said.as_ref()).find(|said| said.text == "drei vier").unwrap();
    assert_eq!((edited.speaker.as_deref(), edited.confidence_mean), (Some("Bo"), None));
    assert_eq!(edited.words.iter().map(|w| (w.text.as_str(), w.edited)).collect::<Vec<_>>(), [("drei vier", true)]);
    // Two words in the 6 s of the cue.
    assert_eq!(edited.words_per_second, Some((2.0f64 / 6.0) as f32));
    // The line of the word that was removed is there, and says nothing.
    let gone = found.segments.last().unwrap();
    assert_eq!((gone.said.as_ref().unwrap().text.as_str(), gone.span.start), ("", MediaTime::from_ms(11_000)));
    // A word is in the window in which it begins; where nothing is said a window says nothing, and has a pace.
    let texts: Vec<&str> = found.windows.iter().map(|row| row.said.as_ref().unwrap().text.as_str()).collect();
    assert!(texts[0].ends_with("one two") && texts[1..] == ["drei vier", "", ""], "{texts:?}");
    assert_eq!(found.windows[2].said.as_ref().unwrap().words_per_second, Some(0.0));
    assert!(found.windows.iter().all(|row| row.sound == SoundFeatures::default() && row.flags.is_none()));
}

#[test]
fn the_least_support_of_what_overlaps_counts_and_a_gate_that_is_checked_tells_none() {
    let room = Room::new();
    let media = room.import_one(&room.sample(&SAMPLE[..2]));
    let told = |id: &str, from_ms: i64, to_ms: i64, meaning: f64| Annotation {
        id: id.into(),
        span: Span::new(MediaTime::from_ms(from_ms), MediaTime::from_ms(to_ms)),
        region: None,
        label: "summary".into(),
        text: format!("Summary {id}"),
        confidence: None,
        source: Some("model".into()),
        words: None,
        extra: [("meaning".to_owned(), Value::from(meaning))].into_iter().collect(),
    };
    let annotations = vec![told("b", 30_000, 60_000, 0.25), told("a", 20_000, 40_000, 0.5)];
    apply(&room, Op::AddAnnotations { media: media.clone(), source: "model".into(), annotations });
    room.analyse(&media);
    let windows = made(&room, &media, WINDOW).windows;
    let meanings: Vec<Option<f32>> = windows[1..7].iter().map(|row| row.support.meaning).collect();
    assert_eq!(meanings, [None, Some(0.5), Some(0.25), Some(0.25), Some(0.25), None]);
    let ids = |n: usize| windows[n].annotations.iter().flatten().map(|a| a.id.as_str()).collect::<Vec<_>>();
    assert_eq!((ids(1), ids(3), ids(5)), (vec![], vec!["a", "b"], vec!["b"]));
    assert!(windows.iter().all(|row| row.text_on_screen == Some(vec![])), "no annotation is of text on screen");

    let (gate, seed) = (GateId::SpeechMeaning, "seed".to_owned());
    apply(&room, Op::StartProbing { gate, alpha: 0.05, delta: 0.05, pi: 0.02, cap: 50, seed });
    let windows = made(&room, &media, WINDOW).windows;
    assert!(windows.iter().all(|row| row.support.meaning.is_none()));
    let flags = || windows.iter().flat_map(|row| row.flags.iter().flatten());
    assert!(flags().filter(|f| f.gate == "speech_meaning").all(|f| f.value.is_none()));
    assert!(flags().any(|f| f.value.is_some()), "the others tell theirs");
}
