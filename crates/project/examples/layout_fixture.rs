//! Makes `tests/fixtures/layout-N.plumbline`, the project that every later version must go on opening:
//! `cargo run -p plumbline-project --example layout_fixture -- tests/fixtures/layout-11.plumbline`. Made once per layout, never again.
#![allow(clippy::print_stdout)]

use plumbline_core::align::{Ground, Heard, Params, Proposal, Verdict};
use plumbline_core::gate::{GateId, Measure, Place};
use plumbline_core::lab::{Clip, ClipSet, PromptVersion, Record, RunPlan, Try, Variant};
use plumbline_core::models::Task;
use plumbline_core::prompt::Prompt;
use plumbline_core::time::{Delta, MediaTime, Span, TranscriptTime};
use plumbline_core::transcript::{Format, Segment, Transcript, Word};
use plumbline_core::tune::paired::Paired;
use plumbline_core::tune::trial::{Trial, Tried};
use plumbline_core::{Annotation, Document, DocumentKind, Knot, Profile, TimeMap, WordId};
use plumbline_project::views::Decision;
use plumbline_project::{Analysis, By, Defect, DefectKind, Import, LabVote, MediaId, MediaRecord, Op, Project, Promotion, WordWrite};
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
        profile: Profile::default(),
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
    people_write(&mut project, &media)?;
    let folder = Path::new(&path).parent().ok_or("name a file in a folder")?;
    merge_a_copy(&mut project, &media, &folder.join("copy-of-the-fixture.plumbline"))?;
    // What layout 6 brought: checks, and limits that are set one by one.
    let (alpha, delta, pi, cap) = (0.05, 0.05, 0.5, 2);
    project.apply(Op::StartProbing { gate: GateId::WordConfidence, alpha, delta, pi, cap, seed: "layout".into() }, &ada)?;
    let limits = [(GateId::ReadingSpeed, Some(20.0))].into();
    project.apply(Op::SetLimits { limits, note: "slower".into(), evidence: vec![] }, &ada)?;
    // What layout 7 brought: how the sound is prepared, and what was measured of that.
    let profile = Profile { high_pass_hz: Some(120), denoise: true, loudness_lufs: None };
    let gain = Paired { mean: 0.125, lower: 0.0625, upper: 0.25 };
    let trial = Trial { stretches: 2, words: 16, as_it_is: 0.5, tried: vec![Tried { profile, confidence: 0.625, gain }] };
    project.apply(Op::TryProfiles { media: media.clone(), trial }, &By::Machine)?;
    project.apply(Op::SetProfile { media: media.clone(), profile: Some(profile) }, &ada)?;
    keep_lab(&mut project, &media)?;
    project.apply(Op::Decide { media, flag, decision: Some(Decision::Confirmed), note: Some("hear it".into()) }, &ada)?;
    project.pack()?;
    println!("{path} has {} events", project.view().seq);
    Ok(())
}

/// What layout 11 brought: a version of a prompt, clips, a run, a vote, a promotion.
fn keep_lab(project: &mut Project, media: &MediaId) -> Result<(), Box<dyn std::error::Error>> {
    let ada = By::Person("Ada".into());
    let shipped = PromptVersion::bare(Prompt::built_in(Task::Describe)?);
    let mut other = PromptVersion { note: "shorter".into(), ..shipped.clone() };
    other.prompt.version += 1;
    project.apply(Op::KeepPrompt(other.clone()), &ada)?;
    let clip = Clip { media: media.0.clone(), start: MediaTime::ZERO, end: MediaTime::from_ms(2_000), holdout: false };
    let set = ClipSet { name: "talks".into(), clips: vec![clip], labels: vec![], chosen: String::new(), note: String::new() };
    project.apply(Op::KeepClips(set), &ada)?;
    let variants = [&shipped, &other].map(|v| Variant { version: v.id(), model: "m".into(), temperature: Some(0.25) }).to_vec();
    let set = project.clip_sets()?.remove(0).id;
    let plan = RunPlan { name: "first".into(), set, variants, repeats: 1, question: String::new(), schema: String::new() };
    let annotations = vec![annotation(Span::new(MediaTime::ZERO, MediaTime::from_ms(500)))];
    let tried = Try { clip: 0, variant: 1, repeat: 0, annotations, unsupported: 0, unanswered: vec!["too long".into()], calls: vec![] };
    let record = Record { plan, code: "1".into(), thresholds: project.thresholds()?.version, tries: vec![tried] };
    project.apply(Op::KeepRun { id: "r".into(), record }, &ada)?;
    project.apply(Op::Vote { run: "r".into(), clip: 0, one: 0, other: 1, vote: Some(LabVote::Other) }, &ada)?;
    let promotion = Promotion {
        task: Task::Describe,
        version: other.id(),
        model: "m".into(),
        temperature: Some(0.25),
        run: Some("r".into()),
        says: "0.1 better".into(),
        reason: None,
    };
    project.apply(Op::Promote(promotion), &ada)?;
    Ok(())
}

fn annotation(span: Span<MediaTime>) -> Annotation {
    Annotation {
        id: "a1".into(),
        span,
        region: None,
        label: "text".into(),
        text: "a slide".into(),
        confidence: None,
        source: None,
        words: Some((WordId(0), WordId(1))),
        extra: serde_json::Map::new(),
    }
}

/// What layout 3 brought: words that are added, speakers, annotations, defects, a finished review.
fn people_write(project: &mut Project, media: &MediaId) -> Result<(), Box<dyn std::error::Error>> {
    let ada = By::Person("Ada".into());
    let media = media.clone();
    let span = Span::new(MediaTime::from_ms(1_000), MediaTime::from_ms(2_000));
    let added = WordWrite { word: WordId::added(Some(1), 5), text: "blue,".into(), line: true };
    let defect = Defect {
        id: "d1".into(),
        kind: DefectKind::MissingWords,
        span,
        words: None,
        region: None,
        note: Some("a laugh".into()),
        by: String::new(),
    };
    for op in [
        Op::WriteWords { media: media.clone(), words: vec![added], run: Some("typing".into()) },
        Op::AssignSpeaker { media: media.clone(), words: vec![WordId(2)], speaker: "spk_1".into() },
        Op::NameSpeaker { media: media.clone(), label: "spk_0".into(), name: "Maria".into() },
        Op::SetAnnotation { media: media.clone(), annotation: annotation(span) },
        Op::AddDefect { media: media.clone(), defect },
        Op::AttachDocument { media: media.clone(), file: document() },
        Op::Finish { media, finished: true },
    ] {
        project.apply(op, &ada)?;
    }
    Ok(())
}

/// A second reviewer, whose copy is merged: one conflict is decided, one waits.
fn merge_a_copy(project: &mut Project, media: &MediaId, copy: &Path) -> Result<(), Box<dyn std::error::Error>> {
    project.copy_to(copy)?;
    let mut theirs = Project::open(copy)?;
    for (who, project) in [("Ada", &mut *project), ("Bo", &mut theirs)] {
        for label in ["spk_0", "spk_1"] {
            let name = format!("{label} by {who}");
            project.apply(Op::NameSpeaker { media: media.clone(), label: label.into(), name }, &By::Person(who.into()))?;
        }
    }
    theirs.pack()?;
    project.merge(&[copy.to_owned()], false)?;
    drop(theirs);
    std::fs::remove_file(copy)?;
    let conflict = project.conflicts()?.conflicts.into_iter().next().ok_or("nobody differs")?;
    let pick = conflict.sides.first().ok_or("a conflict has sides")?.event.clone();
    project.apply(Op::Adjudicate { id: conflict.id, pick }, &By::Person("Ada".into()))?;
    Ok(())
}

fn document() -> Import<Document> {
    let source = b"An old gauge".to_vec();
    let parsed = Document::new("notes.txt", DocumentKind::Txt, &source, vec!["An old gauge".into()]);
    Import { name: parsed.name.clone(), source, parsed }
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
    Transcript {
        format: Format::Transcribe,
        recogniser: None,
        languages: vec![],
        speakers: vec!["spk_0".into()],
        words,
        segments,
        notes: vec![],
    }
}
