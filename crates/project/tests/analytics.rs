//! Figures, and the moments behind their bars.
#![allow(clippy::unwrap_used, clippy::float_cmp, missing_docs)]

mod common;

use common::{WORDS, add_media, media, reviewer};
use plumbline_core::gate::{GateId, Measure, Place};
use plumbline_core::time::{MediaTime, Span};
use plumbline_core::{Annotation, WordId};
use plumbline_project::views::{AnalyticsView, Bar, Decision, FigureId};
use plumbline_project::{Analysis, By, Defect, DefectKind, Error, MediaId, Op, Project};
use std::path::Path;

/// Two media of twelve words; in the first Ada says the first four and Bo the rest, and the flags of words 0 to 4 are open.
fn start(folder: &Path) -> Project {
    let mut project = Project::create(&folder.join("test.plumbline")).unwrap();
    for n in [1, 2] {
        project.apply(add_media(n), &By::Machine).unwrap();
    }
    let assign = |from: u64, to: u64, speaker: &str| Op::AssignSpeaker {
        media: media(1),
        words: (from..to).map(WordId).collect(),
        speaker: speaker.into(),
    };
    project.apply(assign(0, 4, "ada"), &reviewer()).unwrap();
    project.apply(assign(4, WORDS, "bo"), &reviewer()).unwrap();
    project.apply(Op::NameSpeaker { media: media(1), label: "ada".into(), name: "Ada".into() }, &reviewer()).unwrap();
    let measure = |i| Measure {
        gate: GateId::WordConfidence,
        place: Place::Words { first: WordId(i), end: WordId(i + 1) },
        value: i as f64 * 10.0,
        signed: None,
    };
    let truth = project.truth(&media(1)).unwrap();
    let analysis = Analysis { measures: (0..WORDS).map(measure).collect(), ..Analysis::default() };
    project.apply(Op::Analyse { media: media(1), analysis, truth }, &By::Machine).unwrap();
    project
}

fn bars(view: &AnalyticsView, id: FigureId) -> Vec<&Bar> {
    view.figures.iter().filter(|f| f.id == id).flat_map(|f| &f.groups).flat_map(|g| &g.bars).collect()
}

fn said(view: &AnalyticsView, id: FigureId) -> Vec<(&str, &str)> {
    bars(view, id).into_iter().map(|b| (b.label.as_str(), b.says.as_str())).collect()
}

/// Every bar's moments can be read in pages, and are as many as it says.
fn check_moments(project: &Project, of: Option<&MediaId>) {
    let view = project.analytics(of).unwrap();
    assert!(view.figures.len() > 4);
    for figure in &view.figures {
        for bar in figure.groups.iter().flat_map(|g| &g.bars) {
            let all = project.moments(of, figure.id, &bar.key, 0, 1_000).unwrap();
            assert_eq!((all.total, all.moments.len() as u32), (bar.moments, bar.moments), "{:?} {}", figure.id, bar.label);
            let paged = (0..bar.moments).flat_map(|i| project.moments(of, figure.id, &bar.key, i, 1).unwrap().moments);
            assert_eq!(paged.collect::<Vec<_>>(), all.moments);
            assert!(bar.value <= figure.most && !bar.says.is_empty());
        }
    }
}

#[test]
fn figures_are_by_speaker_and_by_media() {
    let folder = tempfile::tempdir().unwrap();
    let project = start(folder.path());
    let one = project.analytics(Some(&media(1))).unwrap();
    // Two turns: four words of 400 ms every 500 ms, and eight.
    assert_eq!((one.words, one.talk_us), (12, 1_900_000 + 3_900_000));
    assert_eq!(said(&one, FigureId::TalkBySpeaker), [("bo", "4 s, 67 %"), ("Ada", "2 s, 33 %")]);
    assert_eq!(said(&one, FigureId::PaceBySpeaker), [("bo", "123 words/min")]);
    assert_eq!(said(&one, FigureId::FlagsBySpeaker), [("Ada", "4, 4 undecided, 0 confirmed"), ("bo", "1, 1 undecided, 0 confirmed")]);
    assert!(bars(&one, FigureId::TalkByMedia).is_empty(), "one media is not held against itself");
    let all = project.analytics(None).unwrap();
    assert_eq!(said(&all, FigureId::TalkByMedia), [("2.mp4", "6 s, 50 %"), ("1.mp4", "6 s, 50 %")]);
    assert_eq!(said(&all, FigureId::FlagsByMedia), [("1.mp4", "5, 5 undecided, 0 confirmed")]);
    assert_eq!(said(&all, FigureId::TalkBySpeaker)[0].0, "no speaker named");
    check_moments(&project, Some(&media(1)));
    check_moments(&project, None);
}

#[test]
fn phrases_are_found_with_where_they_are_said() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path());
    for word in [0, 5, 9] {
        project.apply(Op::EditWord { media: media(1), word: WordId(word), text: "gauge".into() }, &reviewer()).unwrap();
    }
    let one = project.analytics(Some(&media(1))).unwrap();
    assert_eq!(said(&one, FigureId::Phrases), [("gauge", "3 times")]);
    assert_eq!(said(&one, FigureId::PhrasesBySpeaker), [("gauge", "2 times")], "a phrase said once marks nobody");
    let bar = bars(&one, FigureId::Phrases)[0];
    let moments = project.moments(Some(&media(1)), FigureId::Phrases, &bar.key, 0, 10).unwrap().moments;
    assert_eq!(moments.iter().map(|m| m.word).collect::<Vec<_>>(), [0, 5, 9].map(|w| Some(WordId(w))));
    assert_eq!((moments[1].speaker.as_str(), moments[1].span.start), ("bo", MediaTime::from_ms(2_500)));
    assert!(moments[1].text.contains("gauge"));
    let gone = project.moments(Some(&media(2)), FigureId::Phrases, &bar.key, 0, 10).unwrap_err();
    assert!(matches!(gone, Error::Refused(why) if why.contains("is gone")));
}

#[test]
fn confirmed_shares_and_moderation_follow_what_people_say() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path());
    let flags = project.flags(&media(1)).unwrap().flags;
    for (flag, decision) in flags.iter().zip([Decision::Confirmed, Decision::FalseAlarm, Decision::Unsure]) {
        let decide = Op::Decide { media: media(1), flag: flag.id.clone(), decision: Some(decision), note: None };
        project.apply(decide, &reviewer()).unwrap();
    }
    let span = Span::new(MediaTime::from_ms(2_200), MediaTime::from_ms(2_600));
    let defect = Defect { id: "d".into(), kind: DefectKind::Moderation, span, words: None, region: None, note: None, by: String::new() };
    project.apply(Op::AddDefect { media: media(1), defect }, &reviewer()).unwrap();
    let imported: Annotation = project.annotations(&media(1)).unwrap().annotations[0].clone();
    let annotation = Annotation { id: "m".into(), label: "moderation: violence".into(), ..imported };
    project.apply(Op::SetAnnotation { media: media(1), annotation }, &reviewer()).unwrap();
    let one = project.analytics(Some(&media(1))).unwrap();
    assert_eq!(said(&one, FigureId::ConfirmedByGate), [("word confidence", "50 % (1 of 2)")]);
    assert_eq!(said(&one, FigureId::ModerationBySpeaker), [("Ada", "1"), ("bo", "1")]);
    check_moments(&project, Some(&media(1)));
    project.apply(Op::Undo, &reviewer()).unwrap();
    let one = project.analytics(Some(&media(1))).unwrap();
    assert_eq!(said(&one, FigureId::ModerationBySpeaker), [("bo", "1")]);
    // What happens to the project as a whole concerns every media.
    let stricter = Op::SetThresholds { limits: [(GateId::WordConfidence, 90.0)].into(), note: String::new() };
    project.apply(stricter, &reviewer()).unwrap();
    assert_eq!(bars(&project.analytics(None).unwrap(), FigureId::FlagsByGate)[0].moments, 9);
}
