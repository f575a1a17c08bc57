//! Finding what is said, what stands in the picture and what was flagged, over a project of three media.

use super::harness::Window;
use plumbline_core::format::read;
use plumbline_core::time::{MediaTime, Span};
use plumbline_core::{Annotation, WordId};
use plumbline_project::{By, Defect, DefectKind, Import, MediaId, MediaRecord, Op, Project};
use serde_json::json;
use std::path::Path;

// The harness lets go of keys with a sign that a text field would take for text.
const ENTER: &str = "\u{e007}";

/// Three media; the second says, shows and has a remark on something that no other has.
fn three_media(folder: &Path) {
    let mut project = Project::create(&folder.join("three.plumbline")).unwrap();
    for n in 1..=3u8 {
        let said = if n == 2 { "A quiet viaduct, they say." } else { "The old bridge, they say." };
        let srt = format!("1\n00:00:01,000 --> 00:00:02,000\nMedia number {n}.\n\n2\n00:00:05,000 --> 00:00:09,000\n{said}\n");
        let hash = format!("{n:02x}").repeat(32);
        let (path, duration) = (format!("elsewhere/{n}.mp4"), MediaTime::from_ms(10_000));
        let record = MediaRecord { hash, path, size_bytes: 1, duration, picture: None, has_audio: false, plays: true };
        let import = Import { name: "t.srt".into(), source: srt.clone().into_bytes(), parsed: read(srt.as_bytes()).unwrap() };
        project.apply(Op::AddMedia { record, transcript: Some(import), annotations: None }, &By::Machine).unwrap();
    }
    let media = MediaId::of_hash(&"02".repeat(32));
    let span = |ms: i64| Span::new(MediaTime::from_ms(ms), MediaTime::from_ms(ms + 500));
    let annotation = Annotation {
        id: "a1".into(),
        span: span(3_000),
        region: None,
        label: "text".into(),
        text: "Platform seven".into(),
        confidence: None,
        source: None,
        words: Some((WordId(0), WordId(1))),
        extra: serde_json::Map::new(),
    };
    let note = Some("somebody laughs".into());
    let defect =
        Defect { id: "d1".into(), kind: DefectKind::MissingWords, span: span(7_000), words: None, region: None, note, by: String::new() };
    project.apply(Op::SetAnnotation { media: media.clone(), annotation }, &By::Person("Ada".into())).unwrap();
    project.apply(Op::AddDefect { media, defect }, &By::Person("Ada".into())).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn find() {
    let home = tempfile::tempdir().unwrap();
    three_media(home.path());
    let project = home.path().join("three.plumbline");
    let window = Window::open(home.path(), &[project.to_str().unwrap()]).await;
    window.find("media-row").await;
    for (typed, kind, from_us) in [("viadu", "word", 5_000_000), ("\"platform seven\"", "text", 3_000_000), ("laughs", "flag", 7_000_000)] {
        window.press("Ctrl+Shift+k").await;
        window.find("find-text").await;
        window.type_text(typed).await;
        let script = format!(
            "const all = document.querySelectorAll('[data-testid=found]'); return all.length === 1 && all[0].dataset.kind === '{kind}'"
        );
        window.until("one hit of its kind", &script).await;
        if let Some(folder) = std::env::var_os("PLUMBLINE_PICTURES").filter(|_| kind == "word") {
            for theme in ["dark", "light", "contrast"] {
                window.js("document.documentElement.dataset.theme = arguments[0]", vec![json!(theme)]).await;
                window.settled().await;
                window.screenshot(&Path::new(&folder).join(format!("find-{theme}.png"))).await;
            }
        }
        window.type_text(ENTER).await;
        window.find("room-review").await;
        let script = format!(
            "const us = Number(document.querySelector('[data-testid=time]')?.dataset.us); return us >= {from_us} && us < {from_us} + 600000"
        );
        window.until("its moment", &script).await;
        window.until("the dialog gone", "return document.querySelector('[data-testid=find]') === null").await;
    }
    window.close().await;
}
