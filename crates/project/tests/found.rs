//! Everything in a project is found by its words, as it stands.
#![allow(clippy::unwrap_used)]

mod common;

use common::{add_media, media, reviewer};
use plumbline_core::time::{MediaTime, Span};
use plumbline_core::{Annotation, WordId};
use plumbline_project::found::{Finding, FoundHit, FoundKind};
use plumbline_project::{By, Defect, DefectKind, Op, Project};
use proptest::prelude::*;
use std::path::Path;

fn start(folder: &Path) -> Project {
    let mut project = Project::create(&folder.join("test.plumbline")).unwrap();
    (1..=3).for_each(|n| drop(project.apply(add_media(n), &By::Machine).unwrap()));
    project.apply(Op::EditWord { media: media(2), word: WordId(2), text: "Müller’s".into() }, &reviewer()).unwrap();
    project
        .apply(Op::AssignSpeaker { media: media(2), words: (0..4).map(WordId).collect(), speaker: "spk_7".into() }, &reviewer())
        .unwrap();
    project.apply(Op::NameSpeaker { media: media(2), label: "spk_7".into(), name: "Ada Byron".into() }, &reviewer()).unwrap();
    let span = Span::new(MediaTime::from_ms(4_000), MediaTime::from_ms(5_000));
    let annotation = Annotation {
        id: "p1".into(),
        span,
        region: None,
        label: "person".into(),
        text: "a welder by the old gauge".into(),
        confidence: None,
        source: None,
        words: None,
        extra: serde_json::Map::new(),
    };
    project.apply(Op::SetAnnotation { media: media(3), annotation }, &reviewer()).unwrap();
    let defect = Defect {
        id: "d1".into(),
        kind: DefectKind::MissingWords,
        span,
        words: None,
        region: None,
        note: Some("somebody laughs".into()),
        by: String::new(),
    };
    project.apply(Op::AddDefect { media: media(1), defect }, &reviewer()).unwrap();
    project
}

fn found(project: &Project, typed: &str, kinds: &[FoundKind]) -> Vec<FoundHit> {
    while project.catch_up_found(2).unwrap() > 0 {}
    let finding = Finding { typed: typed.into(), kinds: kinds.to_vec(), from: 0, count: 100 };
    project.find(&finding).unwrap().hits
}

/// Each hit by its media, kind and when it begins, what was looked for between brackets.
fn told(hits: &[FoundHit]) -> Vec<String> {
    let text = |hit: &FoundHit| -> String {
        hit.text.iter().map(|piece| if piece.found { format!("[{}]", piece.text) } else { piece.text.clone() }).collect()
    };
    hits.iter().map(|hit| format!("{} {} {} {}", hit.name, hit.kind.name(), hit.start_us.us() / 1_000, text(hit))).collect()
}

#[test]
fn every_kind_is_found_where_it_lies() {
    let folder = tempfile::tempdir().unwrap();
    let project = start(folder.path());
    let check = |typed: &str, expected: &[&str]| assert_eq!(told(&found(&project, typed, &[])), expected, "{typed}");
    check("muller", &["2.mp4 word 0 word0 word1 [Müller]’s word3."]);
    check("MULLER speaker:byron", &["2.mp4 word 0 word0 word1 [Müller]’s word3."]);
    check("word1 speaker:carol ", &[]);
    check("welder", &["3.mp4 annotation 4000 a [welder] by the old gauge"]);
    check("weld", &["3.mp4 annotation 4000 a [welder] by the old gauge"]);
    check("weld ", &[]);
    check("\"old gauge\"", &["3.mp4 annotation 4000 a welder by the [old gauge]"]);
    check("\"gauge old\"", &[]);
    check("welder -gauge", &[]);
    check("label:person", &["3.mp4 annotation 4000 a welder by the old gauge"]);
    check("laughs missing", &["1.mp4 flag 4000 somebody [laughs]"]);
    check("slide kind:text", &["1.mp4 text 0 a [slide]", "2.mp4 text 0 a [slide]", "3.mp4 text 0 a [slide]"]);
    check("slide kind:word", &[]);
    check("-slide", &[]);
    assert_eq!(found(&project, "slide", &[FoundKind::Flag]), []);
}

#[test]
fn what_changes_is_found_as_it_stands() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path());
    assert_eq!(found(&project, "muller", &[]).len(), 1);
    project.apply(Op::EditWord { media: media(2), word: WordId(2), text: "Meyer".into() }, &reviewer()).unwrap();
    assert_eq!((found(&project, "muller", &[]).len(), found(&project, "meyer", &[]).len()), (0, 1));
    project.apply(Op::Undo, &reviewer()).unwrap();
    assert_eq!((found(&project, "muller", &[]).len(), found(&project, "meyer", &[]).len()), (1, 0));
    project.apply(Op::RemoveMedia(media(2)), &reviewer()).unwrap();
    assert_eq!(found(&project, "muller", &[]).len(), 0);
    project.apply(Op::Undo, &reviewer()).unwrap();
    let before = found(&project, "muller", &[]);
    project.rebuild().unwrap();
    assert_eq!(found(&project, "muller", &[]), before);
    let copy = folder.path().join("copy.plumbline");
    project.copy_to(&copy).unwrap();
    assert_eq!(found(&Project::open(&copy).unwrap(), "muller", &[]), before);
}

#[test]
fn pages_and_counts_agree() {
    let folder = tempfile::tempdir().unwrap();
    let project = start(folder.path());
    while project.catch_up_found(1).unwrap() > 0 {}
    let page = |from, count| project.find(&Finding { typed: "word1".into(), kinds: vec![], from, count }).unwrap();
    let all = page(0, 100);
    assert_eq!((all.total, all.media, all.left), (all.hits.len() as u32, 3, 0));
    let by_one: Vec<FoundHit> = (0..all.total).flat_map(|from| page(from, 1).hits).collect();
    assert_eq!(by_one, all.hits);
    assert_eq!(all.counts.iter().map(|c| c.count).sum::<u32>(), all.total);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn any_text_is_answered(typed in prop_oneof!["\\PC{0,20}", "[-\"*():^+{}a-c ]{0,20}", "(NEAR|AND|OR|NOT|text|kind:|speaker:)[ \"*(]{0,3}[a-c]{0,2}"]) {
        let folder = tempfile::tempdir().unwrap();
        let mut project = Project::create(&folder.path().join("test.plumbline")).unwrap();
        project.apply(add_media(1), &By::Machine).unwrap();
        found(&project, &typed, &[]);
    }
}
