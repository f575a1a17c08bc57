//! Replacing over several media is one step, and takes back whole.
#![allow(clippy::unwrap_used)]

mod common;

use common::{add_media, media, reviewer, state};
use plumbline_core::WordId;
use plumbline_core::search::{Matcher, Query, Replacement};
use plumbline_project::search::{LeftOut, Replaced, Texts};
use plumbline_project::{By, Op, Project, WordWrite};
use std::collections::BTreeSet;
use std::path::Path;

fn start(folder: &Path) -> Project {
    let mut project = Project::create(&folder.join("test.plumbline")).unwrap();
    (1..=3).for_each(|n| drop(project.apply(add_media(n), &By::Machine).unwrap()));
    project
}

fn query(text: &str) -> Matcher {
    Matcher::new(&Query { text: text.into(), ..Query::default() }).unwrap()
}

fn with(text: &str) -> Replacement {
    Replacement { with: text.into(), keep_case: false }
}

/// Replaces in all media; how many hits there were.
fn replace(project: &mut Project, find: &str, by: &str, left_out: &[(u8, u32)]) -> usize {
    let left: BTreeSet<LeftOut> = left_out.iter().map(|(n, number)| LeftOut { media: media(*n), number: *number }).collect();
    let read: Vec<(Replaced, usize)> = (1..=3).map(|n| project.replaced(&media(n), &query(find), &with(by), &left).unwrap()).collect();
    let hits = read.iter().map(|r| r.1).sum();
    project.apply(Op::ReplaceText(read.into_iter().map(|r| r.0).collect()), &reviewer()).unwrap();
    hits
}

fn text(project: &Project, n: u8) -> String {
    let view = project.words(&media(n), None).unwrap();
    let words = view.texts.iter().zip(&view.punctuation).filter(|(text, _)| !text.is_empty());
    words.map(|(text, marks)| format!("{text}{marks}")).collect::<Vec<_>>().join(" ")
}

const IMPORTED: &str = "word0 word1 word2 word3. word4 word5 word6 word7. word8 word9 word10 word11.";

#[test]
fn one_step_over_three_media_comes_back_whole() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path());
    let write = WordWrite { word: WordId::added(Some(2), 700), text: "mine".into(), line: true };
    project.apply(Op::WriteWords { media: media(2), words: vec![write], run: None }, &reviewer()).unwrap();
    let before = state(&project);
    let hits = replace(&mut project, "word2 word3", "one two three", &[(3, 0)]);
    assert_eq!(hits, 2, "in one media a line begins between them");
    assert_eq!(text(&project, 1), IMPORTED.replace("word2 word3.", "one two three."));
    assert!(text(&project, 2).contains("word2 mine word3."), "no hit reaches over the end of a line");
    assert_eq!(text(&project, 3), IMPORTED, "left out");
    assert_eq!(project.view().undo.as_deref(), Some("replace the text"));
    let after = state(&project);
    project.apply(Op::Undo, &reviewer()).unwrap();
    assert_eq!(state(&project), before);
    project.apply(Op::Redo, &reviewer()).unwrap();
    assert_eq!(state(&project), after);
    let dump = project.dump().unwrap();
    project.rebuild().unwrap();
    assert_eq!(project.dump().unwrap(), dump);
}

#[test]
fn words_that_survive_keep_their_time_and_confidence() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path());
    let before = project.words(&media(1), None).unwrap();
    assert_eq!(replace(&mut project, "word1", "other", &[(1, 1), (1, 2)]), 9);
    let after = project.words(&media(1), None).unwrap();
    assert_eq!(after.ids, before.ids);
    assert_eq!((&after.start_us, &after.end_us, &after.confidence), (&before.start_us, &before.end_us, &before.confidence));
    assert_eq!(text(&project, 1), IMPORTED.replace("word1 ", "other "));
    // Words behind which there is no more room take the text in themselves.
    let next = [1, 2].map(|rank| WordWrite { word: WordId::added(Some(4), rank), text: format!("x{rank}"), line: false });
    project.apply(Op::WriteWords { media: media(1), words: next.to_vec(), run: None }, &reviewer()).unwrap();
    replace(&mut project, "x1", "a b c", &[]);
    assert!(text(&project, 1).contains("word4 a b c x2 word5"), "{}", text(&project, 1));
}

#[test]
fn what_changed_since_it_was_searched_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path());
    let (replaced, _) = project.replaced(&media(1), &query("word1"), &with("x"), &BTreeSet::new()).unwrap();
    project.apply(Op::EditWord { media: media(1), word: WordId(1), text: "other".into() }, &reviewer()).unwrap();
    let refused = project.apply(Op::ReplaceText(vec![replaced]), &reviewer()).unwrap_err().to_string();
    assert!(refused.contains("1.mp4") && refused.contains("Search again"), "{refused}");
}

#[test]
fn texts_are_read_once_and_again_where_people_wrote() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path());
    let mut texts = Texts::default();
    let read = |project: &Project, texts: &mut Texts| {
        let sources = project.search_sources().unwrap();
        let missing = texts.missing(&sources);
        let count = missing.len();
        let read = project.search_texts(&missing).unwrap();
        texts.keep(read);
        (count, sources.iter().map(|s| texts.of(s).unwrap().to_string()).collect::<Vec<_>>())
    };
    let first = read(&project, &mut texts);
    assert_eq!((first.0, &first.1), (3, &vec![IMPORTED.to_owned(); 3]));
    assert_eq!(read(&project, &mut texts).0, 0);
    project.apply(Op::EditWord { media: media(2), word: WordId(0), text: "First".into() }, &reviewer()).unwrap();
    let again = read(&project, &mut texts);
    assert_eq!((again.0, again.1[1].as_str()), (1, IMPORTED.replace("word0", "First").as_str()));
    let hits = project.hits(&media(2), &query("first word1"), Some(&with("x")), 0..9).unwrap();
    assert_eq!(
        (hits.len(), hits[0].words, hits[0].hit.as_str(), hits[0].with.as_deref()),
        (1, (WordId(0), WordId(2)), "First word1", Some("x"))
    );
    assert!(hits[0].after.starts_with(" word2 word3."));
}
