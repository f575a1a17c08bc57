//! What the tests of the log share.
#![allow(dead_code, clippy::unwrap_used)]

use plumbline_core::align::{Ground, Params, Proposal, Verdict};
use plumbline_core::lab::{Clip, ClipSet, PromptVersion, Record, RunPlan, Try, Variant};
use plumbline_core::models::Task;
use plumbline_core::prompt::Prompt;
use plumbline_core::time::{Delta, MediaTime, Span, TranscriptTime};
use plumbline_core::transcript::{Format, Segment, Transcript, Word};
use plumbline_core::{Annotation, AnnotationSet, TimeMap, WordId};
use plumbline_project::{By, Import, LabVote, MediaId, MediaRecord, Op, Project, Promotion};
use proptest::prelude::*;

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

/// A version of a prompt with this count; versions with another `about` are others.
pub fn version(count: u32, about: &str) -> PromptVersion {
    let mut version = PromptVersion::bare(Prompt::built_in(Task::Describe).unwrap());
    (version.prompt.version, version.prompt.about) = (count, about.into());
    version
}

/// A set of a clip of the first media.
pub fn clips() -> ClipSet {
    let clip = Clip { media: media(1).0, start: MediaTime::ZERO, end: MediaTime::from_ms(2_000), holdout: false };
    ClipSet { name: "talks".into(), clips: vec![clip], labels: vec![], chosen: String::new(), note: String::new() }
}

/// Has a task done with a version, because somebody says so.
pub fn promote(version: &PromptVersion, model: &str) -> Op {
    Op::Promote(Promotion {
        task: version.prompt.task,
        version: version.id(),
        model: model.into(),
        temperature: None,
        run: None,
        says: "0.1 better".into(),
        reason: Some("it reads well".into()),
    })
}

/// A run of the newest clip set under two versions that come with Plumbline, its one try made.
pub fn run(project: &Project) -> Op {
    let variant = |task| PromptVersion::bare(Prompt::built_in(task).unwrap()).id();
    let variant = |task| Variant { version: variant(task), model: "m".into(), temperature: None };
    let plan = RunPlan {
        name: "first".into(),
        set: project.clip_sets().unwrap().remove(0).id,
        variants: vec![variant(Task::Describe), variant(Task::Text)],
        repeats: 1,
        question: String::new(),
        schema: String::new(),
    };
    let tried = Try { clip: 0, variant: 0, repeat: 0, annotations: vec![], unsupported: 0, unanswered: vec![], calls: vec![] };
    Op::KeepRun { id: "r".into(), record: Record { plan, code: "1".into(), thresholds: 1, tries: vec![tried] } }
}

/// A vote in [`run`].
pub fn vote(vote: Option<LabVote>) -> Op {
    Op::Vote { run: "r".into(), clip: 0, one: 0, other: 1, vote }
}

/// What people do in a lab with a [`run`].
pub fn any_lab_op() -> impl Strategy<Value = Op> {
    let votes = prop::option::of(prop::sample::select(vec![LabVote::One, LabVote::Other, LabVote::Tie]));
    prop_oneof![
        (2u32..4, "[ab]").prop_map(|(count, about)| Op::KeepPrompt(version(count, &about))),
        Just(Op::KeepClips(clips())),
        votes.prop_map(vote),
        (2u32..4, "[ab]", "[mn]").prop_map(|(count, about, model)| promote(&version(count, &about), &model)),
        "[mn]".prop_map(|model| promote(&PromptVersion::bare(Prompt::built_in(Task::Text).unwrap()), &model)),
    ]
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
