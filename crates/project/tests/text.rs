//! Writing words: what is added, cut, joined, renamed; and that every step of it comes back.
#![allow(clippy::unwrap_used)]

mod common;

use common::{add_media, media, reviewer};
use plumbline_core::{Annotation, MediaTime, Region, Span, WordId};
use plumbline_project::views::View;
use plumbline_project::{By, Defect, DefectKind, Error, Op, Project, WordWrite};
use std::path::Path;

fn start(folder: &Path) -> Project {
    let mut project = Project::create(&folder.join("test.plumbline")).unwrap();
    project.apply(add_media(1), &By::Machine).unwrap();
    project
}

fn write(words: &[(WordId, &str, bool)], run: Option<&str>) -> Op {
    let words = words.iter().map(|(word, text, line)| WordWrite { word: *word, text: (*text).into(), line: *line }).collect();
    Op::WriteWords { media: media(1), words, run: run.map(Into::into) }
}

fn apply(project: &mut Project, op: Op) {
    project.apply(op, &reviewer()).unwrap();
}

/// The transcript as one text, lines divided by `/`, with what is shown of speakers before them.
fn shown(project: &Project) -> String {
    let view = project.words(&media(1), None).unwrap();
    let mut out = String::new();
    for (i, id) in view.ids.iter().enumerate() {
        if let Some(line) = view.lines.iter().find(|l| l.first == *id) {
            let name = line.speaker.map(|s| format!("{}: ", view.speakers[usize::from(s)].name)).unwrap_or_default();
            out += &format!("/{name}");
        }
        if !view.texts[i].is_empty() {
            out += &format!("{}{} ", view.texts[i], view.punctuation[i]);
        }
    }
    out.trim().to_owned()
}

const IMPORTED: &str = "/word0 word1 word2 word3. word4 word5 word6 word7. word8 word9 word10 word11.";

#[test]
fn words_stand_as_they_were_written() {
    fn check(what: &str, words: &[(WordId, &str, bool)], expected: &str) {
        let folder = tempfile::tempdir().unwrap();
        let mut project = start(folder.path());
        apply(&mut project, write(words, None));
        assert_eq!(shown(&project), IMPORTED.replace("word0 word1 word2 word3.", expected), "{what}");
        apply(&mut project, write(words, None));
        assert_eq!(project.view().undo.as_deref(), Some("write the words"), "{what}");
        apply(&mut project, Op::Undo);
        assert_eq!(shown(&project), IMPORTED, "{what}: writing it again was no step");
    }
    let added = WordId::added(Some(1), 500);
    check("another text", &[(WordId(1), "other", false)], "word0 other word2 word3.");
    check("punctuation goes with the text", &[(WordId(1), "other,", false), (WordId(3), "word3?", false)], "word0 other, word2 word3?");
    check("removed", &[(WordId(1), "", false)], "word0 word2 word3.");
    check("added", &[(added, "new", false)], "word0 word1 new word2 word3.");
    check("added before the first", &[(WordId::added(None, 3), "Oh,", true), (WordId(0), "word0", false)], "Oh, word0 word1 word2 word3.");
    check("cut in two lines", &[(WordId(2), "word2", true)], "word0 word1 /word2 word3.");
    check("marks alone are a text", &[(added, "…", false)], "word0 word1 … word2 word3.");
    check("cut in two words", &[(WordId(1), "wor", false), (added, "d1", false)], "word0 wor d1 word2 word3.");
}

#[test]
fn writing_what_was_imported_is_no_edit() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path());
    let before = project.dump().unwrap();
    apply(&mut project, write(&[(WordId(3), "word3.", false), (WordId(0), "word0", true)], None));
    assert_eq!(project.dump().unwrap(), before);
    apply(&mut project, write(&[(WordId(3), "x", true)], None));
    apply(&mut project, write(&[(WordId(3), "word3.", false)], None));
    assert!(project.words(&media(1), None).unwrap().imported.is_empty());
}

#[test]
fn a_run_of_typing_is_one_step() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path());
    let typed = ["o", "ot", "oth", "othe", "other"];
    apply(&mut project, write(&[(WordId(1), "first", false)], Some("a")));
    for text in typed {
        apply(&mut project, write(&[(WordId(2), text, false)], Some("b")));
    }
    assert!(shown(&project).starts_with("/word0 first other word3."));
    apply(&mut project, Op::Undo);
    assert!(shown(&project).starts_with("/word0 first word2 word3."), "one run goes, the one before stays");
    apply(&mut project, Op::Redo);
    assert!(shown(&project).starts_with("/word0 first other word3."));
    apply(&mut project, Op::Undo);
    apply(&mut project, Op::Undo);
    assert_eq!(shown(&project), IMPORTED);
    // What undo and redo would do is read from the file when it is opened again.
    apply(&mut project, Op::Redo);
    apply(&mut project, Op::Redo);
    let path = project.path().to_owned();
    drop(project);
    let mut again = Project::open(&path).unwrap();
    apply(&mut again, Op::Undo);
    assert!(shown(&again).starts_with("/word0 first word2 word3."));
    let dump = again.dump().unwrap();
    again.rebuild().unwrap();
    assert_eq!(again.dump().unwrap(), dump);
}

#[test]
fn speakers_are_named_joined_and_reassigned() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path());
    apply(&mut project, write(&[(WordId(4), "word4", true), (WordId(8), "word8", true)], None));
    for (words, speaker) in [(0..4u64, "spk_0"), (4..8, "spk_1"), (8..12, "spk_2")] {
        apply(&mut project, Op::AssignSpeaker { media: media(1), words: words.map(WordId).collect(), speaker: speaker.into() });
    }
    let name = |label: &str, name: &str| Op::NameSpeaker { media: media(1), label: label.into(), name: name.into() };
    apply(&mut project, name("spk_0", "Ada"));
    apply(&mut project, name("spk_2", "Ada"));
    let lines =
        |project: &Project| shown(project).split('/').map(|l| l.split(' ').next().unwrap_or_default().to_owned()).collect::<Vec<_>>();
    assert_eq!(lines(&project), ["", "Ada:", "spk_1:", "Ada:"]);
    apply(&mut project, Op::Undo);
    assert_eq!(lines(&project), ["", "Ada:", "spk_1:", "spk_2:"]);
    // A word added to a line is said by its speaker.
    apply(&mut project, write(&[(WordId::added(Some(5), 9), "new", false)], None));
    let transcript = project.transcript(&media(1)).unwrap().unwrap();
    let at = transcript.index_of(WordId::added(Some(5), 9)).unwrap();
    assert_eq!(transcript.speakers[usize::from(transcript.words[at].speaker.unwrap())], "spk_1");
}

#[test]
fn a_stretch_of_words_is_read_by_lines() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path());
    apply(&mut project, write(&[(WordId(4), "word4", true), (WordId(8), "word8", true)], None));
    let added = WordId::added(Some(5), 7);
    let changed = project.apply(write(&[(added, "new", false)], None), &reviewer()).unwrap();
    assert_eq!(changed.touched, Some((added, added.end())));
    let view = project.words(&media(1), changed.touched).unwrap();
    assert_eq!(view.ids, [4, 5].map(WordId).into_iter().chain([added]).chain([6, 7].map(WordId)).collect::<Vec<_>>());
    assert_eq!(view.range, Some((WordId(4), WordId(8))));
    // A word that is gone leaves its place in the range, so that whoever has it lets go of it.
    let changed = project.apply(write(&[(added, "", false)], None), &reviewer()).unwrap();
    let view = project.words(&media(1), changed.touched).unwrap();
    assert_eq!((view.ids.len(), view.range), (4, Some((WordId(4), WordId(8)))));
}

#[test]
fn what_happened_since_is_told_as_one_change() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path());
    let typed = project.apply(write(&[(WordId(5), "five", false)], Some("a")), &reviewer()).unwrap();
    assert_eq!(typed.stale, [View::Words], "what gates say of it is not known before it is measured");
    apply(&mut project, write(&[(WordId(7), "seven", false)], Some("a")));
    let since = |seq: i64| project.changed_since(&media(1), seq).unwrap();
    assert_eq!(since(typed.seq - 1).touched, Some((WordId(5), WordId(8))));
    assert_eq!(since(typed.seq).touched, Some((WordId(7), WordId(8))));
    assert!(since(typed.seq + 1).stale.is_empty());
    let seq = project.view().seq;
    apply(&mut project, Op::RetimeWord { media: media(1), word: WordId(2), span: Some(Span::new(MediaTime::ZERO, MediaTime::from_ms(9))) });
    let retimed = project.changed_since(&media(1), seq).unwrap();
    assert_eq!((retimed.stale, retimed.touched), (vec![View::Words, View::Flags], Some((WordId(2), WordId(3)))));
}

#[test]
fn annotations_and_defects_are_set_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path());
    let imported = project.annotations(&media(1)).unwrap().annotations;
    let moved =
        Annotation { region: Some(Region { x: 0.1, y: 0.1, w: 0.5, h: 0.5 }), words: Some((WordId(1), WordId(3))), ..imported[0].clone() };
    let set = |annotation: &Annotation| Op::SetAnnotation { media: media(1), annotation: annotation.clone() };
    apply(&mut project, set(&moved));
    apply(&mut project, set(&Annotation { id: "mine".into(), ..moved.clone() }));
    let view = project.annotations(&media(1)).unwrap();
    assert_eq!((view.annotations.len(), view.edited.len(), &view.imported), (2, 2, &imported));
    apply(&mut project, Op::RemoveAnnotation { media: media(1), id: imported[0].id.clone() });
    assert_eq!(project.library().unwrap().media[0].annotations, 1);
    apply(&mut project, Op::Undo);
    apply(&mut project, set(&imported[0]));
    assert_eq!(project.annotations(&media(1)).unwrap().edited, ["mine"], "as imported is no edit");

    let span = Span::new(MediaTime::ZERO, MediaTime::from_ms(500));
    let defect = Defect { id: "d1".into(), kind: DefectKind::WrongWord, span, words: None, region: None, note: None, by: String::new() };
    apply(&mut project, Op::AddDefect { media: media(1), defect });
    assert_eq!(project.flags(&media(1)).unwrap().defects[0].by, "Ada");
    apply(&mut project, Op::RemoveDefect { media: media(1), id: "d1".into() });
    assert!(project.flags(&media(1)).unwrap().defects.is_empty());
    apply(&mut project, Op::Finish { media: media(1), finished: true });
    assert_eq!(project.library().unwrap().media[0].finished.as_deref(), Some("Ada"));
    let dump = project.dump().unwrap();
    project.rebuild().unwrap();
    assert_eq!(project.dump().unwrap(), dump);
}

#[test]
fn what_was_found_in_the_pictures_leaves_the_rest_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path());
    let imported = project.annotations(&media(1)).unwrap().annotations;
    let found =
        |id: &str, text: &str| Annotation { id: id.into(), text: text.into(), source: Some("reader".into()), ..imported[0].clone() };
    let add =
        |annotations: &[Annotation]| Op::AddAnnotations { media: media(1), source: "reader".into(), annotations: annotations.to_vec() };
    let ids = |project: &Project| project.annotations(&media(1)).unwrap().annotations.into_iter().map(|a| a.id).collect::<Vec<_>>();
    // A person corrects one that was imported, and one that was found.
    let corrected = Annotation { text: "a slide, corrected".into(), ..imported[0].clone() };
    apply(&mut project, Op::SetAnnotation { media: media(1), annotation: corrected.clone() });
    project.apply(add(&[found("r1", "Harlow"), found("r2", "1967")]), &By::Machine).unwrap();
    apply(&mut project, Op::SetAnnotation { media: media(1), annotation: found("r2", "1968") });
    assert_eq!(ids(&project), ["a1", "r1", "r2"]);
    let seq = project.view().seq;
    project.apply(add(&[found("r1", "Harlow"), found("r2", "1967")]), &By::Machine).unwrap();
    assert_eq!(project.view().seq, seq, "the same again is nothing new");
    // Read anew: what is found no more goes, unless a person had a hand in it.
    project.apply(add(&[found("r3", "Crossing")]), &By::Machine).unwrap();
    assert_eq!(ids(&project), ["a1", "r3", "r2"]);
    let view = project.annotations(&media(1)).unwrap();
    assert_eq!((&view.annotations[0], view.annotations[2].text.as_str()), (&corrected, "1968"));
    let dump = project.dump().unwrap();
    project.rebuild().unwrap();
    assert_eq!(project.dump().unwrap(), dump);
}

#[test]
fn what_cannot_be_written_is_refused_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path());
    let before = project.dump().unwrap();
    let outside = Annotation {
        region: Some(Region { x: 0.8, y: 0.0, w: 0.5, h: 0.5 }),
        ..project.annotations(&media(1)).unwrap().annotations[0].clone()
    };
    for (op, says) in [
        (write(&[(WordId(12), "x", false)], None), "no word 12"),
        (write(&[(WordId(0), "x", true), (WordId::added(Some(12), 1), "x", false)], None), "nor a place for one"),
        (Op::AssignSpeaker { media: media(1), words: vec![WordId::added(Some(1), 1)], speaker: "a".into() }, "no word"),
        (Op::AssignSpeaker { media: media(1), words: vec![WordId(0)], speaker: " ".into() }, "needs a name"),
        (Op::NameSpeaker { media: media(1), label: "a".into(), name: String::new() }, "needs a name"),
        (Op::SetAnnotation { media: media(1), annotation: outside }, "outside of the frame"),
        (Op::RemoveAnnotation { media: media(1), id: "none".into() }, "no annotation none"),
        (Op::RemoveDefect { media: media(1), id: "none".into() }, "no defect none"),
        (Op::Finish { media: media(9), finished: true }, "no media"),
    ] {
        let said = project.apply(op, &reviewer()).unwrap_err();
        assert!(matches!(&said, Error::Refused(why) if why.contains(says)), "{says}: {said}");
    }
    assert_eq!(project.dump().unwrap(), before);
}
