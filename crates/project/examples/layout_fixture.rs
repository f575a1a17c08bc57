//! Makes `tests/fixtures/layout-N.plumbline`, the project that every later version must go on opening:
//! `cargo run -p plumbline-project --example layout_fixture -- tests/fixtures/layout-2.plumbline`. Made once per layout, never again.
#![allow(clippy::print_stdout)]

use plumbline_core::align::{Ground, Heard, Params, Proposal, Verdict};
use plumbline_core::gate::{GateId, Measure, Place};
use plumbline_core::time::{Delta, MediaTime, Span, TranscriptTime};
use plumbline_core::transcript::{Format, Segment, Transcript, Word};
use plumbline_core::{Knot, TimeMap, WordId};
use plumbline_project::views::Decision;
use plumbline_project::{Analysis, By, Import, MediaId, MediaRecord, Op, Project};
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("name the file to make")?;
    let ada = By::Person("Ada".into());
    let mut project = Project::create(Path::new(&path))?;
    let hash = "ab".repeat(32);
    let media = MediaId::of_hash(&hash);
    let record = MediaRecord {
        hash,
        path: "talk.mp4".into(),
        size_bytes: 9,
        duration: MediaTime::from_ms(9_000),
        picture: None,
        has_audio: true,
        plays: true,
    };
    let transcript = Import { name: "talk.json".into(), source: b"{}".to_vec(), parsed: transcript() };
    project.apply(Op::AddMedia { record, transcript: Some(transcript), annotations: None }, &ada)?;
    let map = TimeMap::offset(Delta::from_us(500_000));
    let proposal = Proposal {
        verdict: Verdict::Offset,
        ground: Ground::default(),
        map,
        pieces: vec![],
        breaks: vec![],
        residuals: vec![],
        absent: vec![],
        score: 0.5,
        params: Params::default(),
        words: None,
    };
    let found = |ms: i64| Heard {
        span: Span::new(MediaTime::from_ms(ms + 40), MediaTime::from_ms(ms + 400)),
        mapped: MediaTime::from_ms(ms),
        confidence: 0.75,
        text: None,
    };
    let heard = vec![Some(found(1_500)), Some(found(2_000)), None];
    project.apply(Op::Propose { media: media.clone(), proposal, heard }, &By::Machine)?;
    project.apply(Op::AcceptMap(media.clone()), &ada)?;
    project.apply(Op::EditWord { media: media.clone(), word: WordId(1), text: "wide".into() }, &ada)?;
    let span = Span::new(MediaTime::from_ms(3_000), MediaTime::from_ms(3_300));
    project.apply(Op::RetimeWord { media: media.clone(), word: WordId(2), span: Some(span) }, &ada)?;
    let at = Knot { transcript: TranscriptTime::from_ms(1_000), media: MediaTime::from_ms(1_500) };
    project.apply(Op::SetAnchor { media: media.clone(), id: None, at }, &ada)?;
    let again = Heard { text: Some("wide".into()), ..found(2_010) };
    let truth = project.truth(&media)?;
    project.apply(Op::Hear { media: media.clone(), heard: vec![(WordId(1), again)], truth }, &By::Machine)?;
    let place = Place::Words { first: WordId(0), end: WordId(1) };
    let measures = vec![Measure { gate: GateId::WordConfidence, place, value: 12.0, signed: None }];
    let truth = project.truth(&media)?;
    project.apply(Op::Analyse { media: media.clone(), analysis: Analysis { measures, ..Analysis::default() }, truth }, &By::Machine)?;
    let flag = project.flags(&media)?.flags.first().ok_or("no flag was raised")?.id.clone();
    project.apply(Op::Decide { media, flag, decision: Some(Decision::Confirmed), note: Some("hear it".into()) }, &ada)?;
    project.pack()?;
    println!("{path} has {} events", project.view().seq);
    Ok(())
}

fn transcript() -> Transcript {
    let word = |id: u32, text: &str| Word {
        id: WordId(id.into()),
        text: text.into(),
        punctuation: String::new(),
        span: Span::new(TranscriptTime::from_ms(1_000 + i64::from(id) * 500), TranscriptTime::from_ms(1_400 + i64::from(id) * 500)),
        confidence: Some(0.12),
        speaker: Some(0),
        channel: None,
        alternatives: vec![],
        masked: false,
        timed: true,
        source: id,
    };
    let words = vec![word(0, "hello"), word(1, "white"), word(2, "world")];
    let segments = vec![Segment { first: WordId(0), end: WordId(3), speaker: Some(0) }];
    Transcript { format: Format::Transcribe, languages: vec![], speakers: vec!["spk_0".into()], words, segments, notes: vec![] }
}
