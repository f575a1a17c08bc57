//! Documents belong to a media: they are kept whole, found by their words, and go and come with undo.
#![allow(clippy::unwrap_used)]

mod common;

use common::{add_media, media, reviewer, state};
use plumbline_core::{Document, DocumentKind};
use plumbline_project::found::{Finding, FoundHit, FoundKind};
use plumbline_project::views::View;
use plumbline_project::{By, Import, Op, Project};
use std::path::Path;

fn start(folder: &Path) -> Project {
    let mut project = Project::create(&folder.join("test.plumbline")).unwrap();
    (1..=2).for_each(|n| drop(project.apply(add_media(n), &By::Machine).unwrap()));
    project
}

fn file(name: &str, pages: &[&str]) -> Import<Document> {
    let source = pages.join("\u{c}").into_bytes();
    let pages = pages.iter().map(|page| (*page).to_owned()).collect();
    let parsed = Document::new(name, DocumentKind::of_file(name).unwrap(), &source, pages);
    Import { name: name.into(), source, parsed }
}

fn attach(name: &str, pages: &[&str]) -> Op {
    Op::AttachDocument { media: media(1), file: file(name, pages) }
}

fn names(project: &Project) -> Vec<String> {
    project.documents(&media(1)).unwrap().into_iter().map(|d| d.name).collect()
}

fn found(project: &Project, typed: &str) -> Vec<FoundHit> {
    while project.catch_up_found(2).unwrap() > 0 {}
    project.find(&Finding { typed: typed.into(), kinds: vec![], from: 0, count: 100 }).unwrap().hits
}

fn did(project: &Project) -> String {
    project.history(&Default::default(), None, 1).unwrap().rows.remove(0).did
}

#[test]
fn what_is_attached_is_kept_whole_and_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path());
    let slides = file("slides.pdf", &["The old gauge", "A hum of 50 hertz"]);
    let id = slides.parsed.id.clone();
    let changed = project.apply(attach("slides.pdf", &["The old gauge", "A hum of 50 hertz"]), &reviewer()).unwrap();
    assert_eq!(changed.stale, [View::Documents]);
    assert_eq!(did(&project), "attached the document slides.pdf");
    assert_eq!(project.document(&media(1), &id).unwrap(), Some(slides.parsed.clone()));
    assert_eq!(project.document_source(&media(1), &id).unwrap(), Some(slides.source.clone()));
    let row = project.documents(&media(1)).unwrap().remove(0);
    assert_eq!((row.kind, row.pages, row.bytes, row.cut), (DocumentKind::Pdf, 2, slides.source.len() as u64, false));
    assert!(project.documents(&media(2)).unwrap().is_empty());

    let seq = project.apply(attach("again.pdf", &["The old gauge", "A hum of 50 hertz"]), &reviewer()).unwrap().seq;
    assert_eq!((names(&project), seq), (vec!["slides.pdf".into()], changed.seq), "the same file is the same document");

    let before = state(&project);
    project.apply(Op::DetachDocument { media: media(1), id: id.clone() }, &reviewer()).unwrap();
    assert_eq!((names(&project).len(), did(&project).as_str()), (0, "detached the document slides.pdf"));
    assert!(project.apply(Op::DetachDocument { media: media(1), id: id.clone() }, &reviewer()).is_err());
    assert_eq!(project.apply(Op::Undo, &reviewer()).unwrap().redo.as_deref(), Some("detach the document"));
    assert_eq!(state(&project), before);
    project.apply(Op::Undo, &reviewer()).unwrap();
    assert!(names(&project).is_empty());
    project.apply(Op::Redo, &reviewer()).unwrap();
    assert_eq!(names(&project), ["slides.pdf"]);
    let dump = project.dump().unwrap();
    project.rebuild().unwrap();
    assert_eq!(project.dump().unwrap(), dump);
}

#[test]
fn what_is_no_reading_of_the_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path());
    let mut other = file("a.txt", &["a"]);
    other.source = b"b".to_vec();
    assert!(project.apply(Op::AttachDocument { media: media(1), file: other }, &reviewer()).is_err());
    assert!(project.apply(Op::AttachDocument { media: media(9), file: file("a.txt", &["a"]) }, &reviewer()).is_err());
}

#[test]
fn restoring_brings_documents_back_and_takes_them_away() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path());
    let first = project.apply(attach("a.txt", &["a"]), &reviewer()).unwrap().seq;
    project.apply(attach("b.txt", &["b"]), &reviewer()).unwrap();
    let id = file("a.txt", &["a"]).parsed.id;
    project.apply(Op::DetachDocument { media: media(1), id }, &reviewer()).unwrap();
    assert_eq!(names(&project), ["b.txt"]);
    assert_eq!(project.restore_preview(first, None).unwrap().changes, ["2 documents"]);
    project.apply(Op::Restore { seq: first, media: None }, &reviewer()).unwrap();
    assert_eq!(names(&project), ["a.txt"]);
}

#[test]
fn copies_that_are_merged_hold_the_documents_of_both() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut ada = start(one.path());
    ada.apply(attach("a.txt", &["a"]), &reviewer()).unwrap();
    let copy = other.path().join("copy.plumbline");
    ada.copy_to(&copy).unwrap();
    let mut bo = Project::open(&copy).unwrap();
    let by = By::Person("Bo".into());
    let same = ["both of them"];
    ada.apply(attach("same.txt", &same), &reviewer()).unwrap();
    bo.apply(attach("the same.txt", &same), &by).unwrap();
    bo.apply(attach("b.txt", &["of Bo alone"]), &by).unwrap();
    bo.apply(Op::DetachDocument { media: media(1), id: file("a.txt", &["a"]).parsed.id }, &by).unwrap();
    let merged = ada.merge(std::slice::from_ref(&copy), false).unwrap();
    assert!(merged.conflicts.is_empty(), "{:?}", merged.conflicts);
    bo.merge(&[ada.path().to_owned()], false).unwrap();
    assert_eq!((names(&ada), names(&ada)), (vec!["b.txt".into(), "the same.txt".into()], names(&bo)));
    let id = file("b.txt", &["of Bo alone"]).parsed.id;
    assert_eq!(ada.document_source(&media(1), &id).unwrap().unwrap(), b"of Bo alone");
    assert_eq!(found(&ada, "alone").len(), 1);
}

#[test]
fn a_page_is_found_by_its_words_and_by_the_name_of_its_document() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path());
    project.apply(attach("Harlow slides.pptx", &["The old gauge", "", "A hum of 50 hertz"]), &reviewer()).unwrap();
    let id = project.documents(&media(1)).unwrap().remove(0).id;
    let hits = found(&project, "hertz hum");
    let [hit] = &hits[..] else { panic!("{hits:?}") };
    assert_eq!((hit.kind, hit.at.clone(), hit.label.as_str()), (FoundKind::Document, format!("{id}/3"), "Harlow slides.pptx"));
    let text: Vec<&str> = hit.text.iter().filter(|piece| piece.found).map(|piece| piece.text.as_str()).collect();
    assert_eq!(text, ["hum", "hertz"]);
    for (typed, count) in [("kind:document gauge", 1), ("kind:word gauge", 0), ("harlow", 2), ("nowhere", 0)] {
        assert_eq!(found(&project, typed).len(), count, "{typed}");
    }
    project.apply(Op::DetachDocument { media: media(1), id }, &reviewer()).unwrap();
    assert!(found(&project, "hertz").is_empty());
}
