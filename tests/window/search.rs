//! Finding and replacing over a project of three media.

use super::harness::Window;
use plumbline_core::MediaTime;
use plumbline_core::format::read;
use plumbline_project::{By, Import, MediaId, MediaRecord, Op, Project};
use serde_json::{Value, json};
use std::path::Path;

// The harness lets go of keys with a sign that a text field would take for text.
const DOWN: &str = "\u{e015}";
const ENTER: &str = "\u{e007}";
const HITS: &str = "return document.querySelectorAll('[data-testid=hit]').length === 3";

/// A project of three media with these words, two lines each; their files are somewhere else.
fn three_media(folder: &Path) -> Vec<MediaId> {
    let mut project = Project::create(&folder.join("three.plumbline")).unwrap();
    let add = |n: u8| {
        let srt = format!(
            "1\n00:00:01,000 --> 00:00:02,000\nMedia number {n}.\n\n2\n00:00:0{},000 --> 00:00:09,000\nThe old bridge, they say.\n",
            n + 2
        );
        let hash = format!("{n:02x}").repeat(32);
        let media = MediaId::of_hash(&hash);
        let path = format!("elsewhere/{n}.mp4");
        let duration = MediaTime::from_ms(10_000);
        let record = MediaRecord { hash, path, size_bytes: 1, duration, picture: None, has_audio: false, plays: true };
        let import = Import { name: "t.srt".into(), source: srt.clone().into_bytes(), parsed: read(srt.as_bytes()).unwrap() };
        project.apply(Op::AddMedia { record, transcript: Some(import), annotations: None }, &By::Machine).unwrap();
        media
    };
    (1..=3).map(add).collect()
}

/// The second line of each media.
async fn lines(window: &Window, media: &[MediaId]) -> Vec<String> {
    let mut lines = Vec::new();
    for media in media {
        let view: Value = window.invoke("words", json!({ "media": media.0, "range": null })).await;
        let texts = view["texts"].as_array().unwrap().iter().map(|t| t.as_str().unwrap());
        lines.push(texts.skip(3).filter(|t| !t.is_empty()).collect::<Vec<_>>().join(" "));
    }
    lines
}

#[tokio::test(flavor = "multi_thread")]
async fn search() {
    let home = tempfile::tempdir().unwrap();
    let media = three_media(home.path());
    let project = home.path().join("three.plumbline");
    let window = Window::open(home.path(), &[project.to_str().unwrap()]).await;
    window.find("media-row").await;
    let before = lines(&window, &media).await;

    // A hit opens at its moment.
    window.press("Ctrl+Shift+f").await;
    window.find("search-text").await;
    window.type_text("old bridge").await;
    window.until("three hits", HITS).await;
    window.type_text(DOWN).await;
    window.type_text(ENTER).await;
    window.find("room-review").await;
    window
        .until(
            "the second media",
            "return document.querySelector('[data-testid=search] [aria-selected=true]')?.innerText.includes('2.mp4')",
        )
        .await;
    window
        .until(
            "its moment",
            "const us = Number(document.querySelector('[data-testid=time]')?.dataset.us); return us > 4500000 && us < 5000000",
        )
        .await;

    // All but one are replaced, in one step.
    window.find("search-replacing").await.click().await.unwrap();
    window.find("search-with").await.click().await.unwrap();
    window.type_text("new span").await;
    window.until("the preview", "return document.querySelectorAll('[data-testid=hit] ins').length === 3").await;
    window.js("document.querySelector('[data-testid=search] [role=listbox]').focus()", vec![]).await;
    window.press("Space").await;
    window.until("one left out", "return document.querySelectorAll('[data-testid=hit] ins').length === 2").await;
    if let Some(folder) = std::env::var_os("PLUMBLINE_PICTURES") {
        for theme in ["dark", "light"] {
            window.js("document.documentElement.dataset.theme = arguments[0]", vec![json!(theme)]).await;
            window.settled().await;
            window.screenshot(&Path::new(&folder).join(format!("search-{theme}.png"))).await;
        }
    }
    window.find("search-replace").await.click().await.unwrap();
    window.until("one hit left", "return document.querySelectorAll('[data-testid=hit]').length === 1").await;
    let old = "The old bridge they say";
    assert_eq!(lines(&window, &media).await, ["The new span they say", old, "The new span they say"]);

    // One undo takes all back.
    window.js("document.querySelector('[data-testid=search] [role=listbox]').focus()", vec![]).await;
    window.press("Ctrl+z").await;
    window.until("three hits again", HITS).await;
    assert_eq!(lines(&window, &media).await, before);
    window.close().await;
}
