//! A video alone: what is said in it is written down on this machine, and then reviewed.

use crate::harness::Window;
use crate::review::sample;
use std::process::Command;

#[tokio::test(flavor = "multi_thread")]
async fn a_video_alone_is_written_down_by_a_key() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("media");
    std::fs::create_dir(&folder).unwrap();
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-t", "14", "-i"])
        .arg(sample("bridge.mp4"))
        .args(["-c", "copy"])
        .arg(folder.join("clip.mp4"))
        .status()
        .unwrap();
    assert!(made.success());
    let project = home.path().join("clip.plumbline");
    drop(plumbline_project::Project::create(&project).unwrap());
    let window = Window::open(home.path(), &[project.to_str().unwrap(), folder.to_str().unwrap()]).await;
    window.find("media-row").await.click().await.unwrap();
    window.press("Enter").await;
    window.find("room-review").await;
    window.until("what to do", "return document.querySelector('[data-testid=transcribe]') !== null").await;
    if let Some(folder) = std::env::var_os("PLUMBLINE_PICTURES") {
        window.screenshot(&std::path::Path::new(&folder).join("no-transcript.png")).await;
    }
    window.press("Ctrl+Shift+t").await;
    window.until("words", "return document.querySelectorAll('[data-testid=word]').length >= 20").await;
    let text = window.js("return document.querySelector('[data-testid=transcript]').innerText", vec![]).await;
    assert!(text.as_str().unwrap().contains("story of the bridge"), "{text}");
    let told = window.find("alignment").await.text().await.unwrap();
    assert!(told.contains("can't drift"), "{told}");
    // It is not offered twice, and what is unsure stands among the flags.
    window.until("flags", "return document.querySelectorAll('[data-testid=flag][data-gate=word_confidence]').length").await;
    assert!(window.js("return document.querySelector('[data-testid=transcribe]') === null", vec![]).await.as_bool().unwrap());
    if let Some(folder) = std::env::var_os("PLUMBLINE_PICTURES") {
        window.screenshot(&std::path::Path::new(&folder).join("written-down.png")).await;
    }
    // The text in the picture, too.
    window.press("Ctrl+Shift+r").await;
    window
        .until("boxes around the three lines of the title", "return document.querySelectorAll('[data-testid=annotation-box]').length >= 3")
        .await;
    if let Some(folder) = std::env::var_os("PLUMBLINE_PICTURES") {
        window.screenshot(&std::path::Path::new(&folder).join("text-read.png")).await;
    }
    window.close().await;
}
