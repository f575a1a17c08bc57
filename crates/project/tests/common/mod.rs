//! What the tests of the log share.
#![allow(dead_code)]

use plumbline_core::align::{Ground, Params, Proposal, Verdict};
use plumbline_core::time::{Delta, MediaTime, Span, TranscriptTime};
use plumbline_core::transcript::{Format, Segment, Transcript, Word};
use plumbline_core::{Annotation, AnnotationSet, TimeMap, WordId};
use plumbline_project::{By, Import, MediaId, MediaRecord, Op, Project};

/// Words of [`transcript`].
pub const WORDS: u64 = 12;

/// Words of 400 ms every 500 ms.
pub fn transcript() -> Transcript {
    let words = (0..WORDS)
        .map(|i| Word {
            id: WordId(i),
            text: format!("word{i}"),
            punctuation: if i % 4 == 3 { ".".into() } else { String::new() },
            span: Span::new(TranscriptTime::from_ms(i as i64 * 500), TranscriptTime::from_ms(i as i64 * 500 + 400)),
            confidence: Some(0.1 * (i % 10) as f32),
            speaker: None,
            channel: None,
            alternatives: vec![],
            masked: false,
            timed: true,
            source: i as u32,
        })
        .collect();
    let segments = vec![Segment { first: WordId(0), end: WordId(WORDS), speaker: None }];
    Transcript { format: Format::Transcribe, recogniser: None, languages: vec![], speakers: vec![], words, segments, notes: vec![] }
}

/// Adds the nth media, with words and annotations.
pub fn add_media(n: u8) -> Op {
    let record = MediaRecord {
        hash: format!("{n:02x}").repeat(32),
        path: format!("media/{n}.mp4"),
        size_bytes: 1,
        duration: MediaTime::from_ms(10_000),
        picture: None,
        has_audio: true,
        plays: true,
    };
    let annotation = Annotation {
        id: "a1".into(),
        span: Span::new(MediaTime::ZERO, MediaTime::from_ms(1_000)),
        region: None,
        label: "text".into(),
        text: "a slide".into(),
        confidence: Some(0.9),
        source: None,
        words: None,
        extra: serde_json::Map::new(),
    };
    let set = AnnotationSet {
        format: "plumbline-annotations".into(),
        version: 1,
        source: None,
        annotations: vec![annotation],
        extra: serde_json::Map::new(),
    };
    Op::AddMedia {
        record,
        transcript: Some(Import { name: "t.json".into(), source: vec![n], parsed: transcript() }),
        annotations: Some(Import { name: "a.json".into(), source: b"{}".to_vec(), parsed: set }),
    }
}

/// What a reader found in the pictures: so many annotations.
pub fn read(count: u8) -> Vec<Annotation> {
    let Op::AddMedia { annotations: Some(file), .. } = add_media(1) else { return vec![] };
    let found = |n: u8| Annotation { id: format!("r{n}"), source: Some("reader".into()), ..file.parsed.annotations[0].clone() };
    (0..count).map(found).collect()
}

/// The id of the nth media.
pub fn media(n: u8) -> MediaId {
    MediaId::of_hash(&format!("{n:02x}").repeat(32))
}

/// A proposal to put all words so much later.
pub fn proposal(offset_ms: i64) -> Proposal {
    Proposal {
        verdict: Verdict::Offset,
        ground: Ground::default(),
        map: TimeMap::offset(Delta::from_us(offset_ms * 1_000)),
        pieces: vec![],
        breaks: vec![],
        residuals: vec![],
        absent: vec![],
        score: 0.8,
        params: Params::default(),
        profile: plumbline_core::Profile::default(),
        words: None,
    }
}

/// Who does it.
pub fn reviewer() -> By {
    By::Person("Ada".into())
}

/// The projections without those that say where in the log things stand: undo moves on in the log while the state goes back.
pub fn state(project: &Project) -> String {
    let dump = project.dump().unwrap();
    let from = dump.find("truth\n").unwrap();
    let to = dump.find("verdict\n").unwrap();
    format!("{}{}", &dump[..from], &dump[to..])
}
