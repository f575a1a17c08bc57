//! Working through what is open in a project, one key per verdict.

use super::harness::Window;
use plumbline_core::gate::{GateId, Measure, Place};
use plumbline_core::transcript::{Format, Segment, Transcript, Word};
use plumbline_core::{MediaTime, Span, TranscriptTime, WordId};
use plumbline_project::views::Decision;
use plumbline_project::{Analysis, By, DefectKind, Import, MediaId, MediaRecord, Op, Project};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

const WORDS: u64 = 12;

fn transcript() -> Transcript {
    let word = |i: u64| Word {
        id: WordId(i),
        text: format!("word{i}"),
        punctuation: String::new(),
        span: Span::new(TranscriptTime::from_ms(i as i64 * 500), TranscriptTime::from_ms(i as i64 * 500 + 400)),
        confidence: Some(0.5),
        speaker: None,
        channel: None,
        alternatives: vec![],
        masked: false,
        timed: true,
        source: i as u32,
    };
    let segments = vec![Segment { first: WordId(0), end: WordId(WORDS), speaker: None }];
    Transcript {
        format: Format::Transcribe,
        recogniser: None,
        languages: vec![],
        speakers: vec![],
        words: (0..WORDS).map(word).collect(),
        segments,
        notes: vec![],
    }
}

/// Two media of five flags each: a slight one, two that lie farther beyond the limit, one of those with more, and one far beyond it.
fn two_media(home: &Path) -> PathBuf {
    let path = home.join("two.plumbline");
    let mut project = Project::create(&path).unwrap();
    let video = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/sample/bridge.mp4");
    for n in ["a1", "b2"] {
        let name = format!("{n}.mp4");
        std::fs::copy(&video, home.join(&name)).unwrap();
        let record = MediaRecord {
            hash: n.repeat(32),
            path: name,
            size_bytes: video.metadata().unwrap().len(),
            duration: MediaTime::from_ms(10_000),
            picture: None,
            has_audio: false,
            plays: true,
        };
        let words = Import { name: "words.json".into(), source: n.as_bytes().to_vec(), parsed: transcript() };
        project.apply(Op::AddMedia { record, transcript: Some(words), annotations: None }, &By::Machine).unwrap();
        let media = media(n);
        let measure = |(word, value): (u64, f64)| Measure {
            gate: GateId::WordConfidence,
            place: Place::Words { first: WordId(word), end: WordId(word + 1) },
            value,
            signed: None,
        };
        let measures = [(1, 45.0), (3, 30.0), (5, 5.0), (7, 20.0), (9, 40.0)].map(measure).to_vec();
        let truth = project.truth(&media).unwrap();
        project.apply(Op::Analyse { media, analysis: Analysis { measures, ..Analysis::default() }, truth }, &By::Machine).unwrap();
    }
    project.pack().unwrap();
    path
}

fn media(n: &str) -> MediaId {
    MediaId::of_hash(&n.repeat(32))
}

async fn queue(window: &Window) -> Value {
    window.invoke("queue", json!({ "ask": { "first": 0, "count": 100 } })).await
}

/// Saves what the window shows where somebody asked for pictures.
async fn picture(window: &Window, name: &str) {
    if let Some(folder) = std::env::var_os("PLUMBLINE_QUEUE_PICTURES") {
        window.settled().await;
        window.screenshot(&PathBuf::from(folder).join(format!("{name}.png"))).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_false_alarms_of_two_media_are_ten_keys() {
    let home = tempfile::tempdir().unwrap();
    let project = two_media(home.path());
    let window = Window::open(home.path(), &[project.to_str().unwrap()]).await;
    window.find("room-review").await;
    if std::env::var_os("PLUMBLINE_QUEUE_PICTURES").is_some() {
        window.js("localStorage.setItem('plumbline.theme', 'dark')", vec![]).await;
        window.client.refresh().await.unwrap();
    }
    window.until("flags", "return document.querySelectorAll('[data-testid=flag]').length === 5").await;
    let items = queue(&window).await["items"].as_array().unwrap().clone();
    assert_eq!(items.len(), 10);
    // The far ones of both media first, then those beside them, in the order of media and time.
    let order: Vec<&str> = items.iter().map(|item| item["media"].as_str().unwrap()).collect();
    let (a, b) = (media("a1"), media("b2"));
    let [a, b] = [a.0.as_str(), b.0.as_str()];
    assert_eq!(order, [a, b, a, a, b, b, a, a, b, b]);
    window.press("t").await;
    for (i, item) in items.iter().enumerate() {
        let at = format!(
            "return document.querySelector('[data-testid=queue-item][aria-selected=true]')?.dataset.item === {}
                && document.querySelector('[data-testid=room-review]').dataset.media === {} && document.querySelector('[data-testid=flag-detail]') !== null",
            item["id"], item["media"]
        );
        window.until(&format!("item {i} on the desk"), &at).await;
        if i == 3 {
            picture(&window, "queue").await;
        }
        window.press("x").await;
    }
    window.until("all done", "return document.querySelector('[data-testid=progress]')?.dataset.open === '0'").await;
    let view = queue(&window).await;
    assert_eq!((view["total"].as_u64(), view["progress"]["project"]["decided"].as_u64()), (Some(0), Some(10)));
    assert!(view["progress"]["per_minute"].as_f64().unwrap() > 1.0, "{}", view["progress"]);
    // The log has them in that order: taken back one by one they come back from the last to the first.
    for item in items.iter().rev() {
        window.invoke("undo", json!({})).await;
        let open = queue(&window).await["items"].as_array().unwrap().clone();
        assert!(open.iter().any(|open| open["id"] == item["id"]), "{item} was not the next to be taken back");
    }
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_gates_missed_and_what_was_noted_is_kept() {
    let home = tempfile::tempdir().unwrap();
    let path = two_media(home.path());
    let window = Window::open(home.path(), &[path.to_str().unwrap()]).await;
    window.find("room-review").await;
    let selected = "return document.querySelector('[data-testid=flag][aria-selected=true]')?.dataset.flag";
    let flag = window.until("a flag chosen", selected).await;
    let flag = flag.as_str().unwrap();

    // A note goes with the verdict, and stays when the verdict becomes another.
    window.press(";").await;
    window.find("note-edit").await;
    // What the driver sends to let go of the key lands in the field.
    window.press("Ctrl+a").await;
    window.type_text("hear it again").await;
    window.press("Enter").await;
    window.press("c").await;
    let row = format!("document.querySelector('[data-testid=flag][data-flag=\"{flag}\"]')");
    window
        .until("the verdict", &format!("return {row}?.dataset.decision === 'confirmed' && {row}.textContent.includes('hear it again')"))
        .await;
    window.js(&format!("{row}.click()"), vec![]).await;
    window.press("u").await;
    window
        .until("another verdict", &format!("return {row}?.dataset.decision === 'unsure' && {row}.textContent.includes('hear it again')"))
        .await;

    // A defect at the selected word by its key, with a note of its own.
    window.find_css("[data-testid=word][data-word='4']").await.click().await.unwrap();
    window.press("1").await;
    window.until("the defect", "return document.querySelector('[data-testid=defect][data-kind=wrong_word]') !== null").await;
    window.js("document.querySelector('[data-testid=defect]').click()", vec![]).await;
    window.find("defect-detail").await;
    window.press(";").await;
    window.find("note-edit").await;
    // What the driver sends to let go of the key lands in the field.
    window.press("Ctrl+a").await;
    window.type_text("says bridge").await;
    window.press("Enter").await;
    window.until("its note", "return document.querySelector('[data-testid=defect]').textContent.includes('says bridge')").await;
    picture(&window, "defect").await;

    // A second one is taken back by undo.
    window.press("9").await;
    window.until("another defect", "return document.querySelectorAll('[data-testid=defect]').length === 2").await;
    window.press("Ctrl+z").await;
    window.until("one defect", "return document.querySelectorAll('[data-testid=defect]').length === 1").await;

    // Finished, the desk goes on to the other media.
    window.press("Ctrl+Enter").await;
    let other = format!("return document.querySelector('[data-testid=room-review]').dataset.media === '{}'", media("b2").0);
    window.until("the other media", &other).await;
    window.until("saved", "return document.querySelector('[data-testid=saved]').dataset.state === 'saved'").await;
    window.close().await;

    let project = Project::open(&path).unwrap();
    let view = project.flags(&media("a1")).unwrap();
    let verdict = view.flags.iter().find(|f| f.id == flag).unwrap().verdict.clone().unwrap();
    assert_eq!((verdict.decision, verdict.note.as_deref(), verdict.by.as_str()), (Decision::Unsure, Some("hear it again"), "Ada"));
    let [defect] = view.defects.as_slice() else { panic!("{:?}", view.defects) };
    assert_eq!(
        (defect.kind, defect.words, defect.note.as_deref()),
        (DefectKind::WrongWord, Some((WordId(4), WordId(5))), Some("says bridge"))
    );
    assert_eq!(project.library().unwrap().media[0].finished.as_deref(), Some("Ada"));
}
