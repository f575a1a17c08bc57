//! What this machine hears and reads by itself, and how the sound is prepared for that.

use crate::harness::Window;
use crate::review::sample;
use std::process::Command;

/// Sound under hum and hiss: a trial says how well its words are heard through each profile, and one is used.
#[tokio::test(flavor = "multi_thread")]
async fn a_profile_of_the_sound_is_measured_and_used() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("media");
    std::fs::create_dir(&folder).unwrap();
    let mix = "[0:a][1:a]amix=inputs=2:duration=first:normalize=0";
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-t", "70", "-i"])
        .arg(sample("bridge.mp4"))
        .args(["-f", "lavfi", "-i", "aevalsrc=0.3*sin(2*PI*50*t)+0.1*sin(2*PI*150*t)+0.12*(2*random(0)-1):s=16000"])
        .args(["-filter_complex", mix, "-ac", "1", "-ar", "16000"])
        .arg(folder.join("hum.wav"))
        .status()
        .unwrap();
    assert!(made.success());
    std::fs::copy(sample("bridge.transcribe.json"), folder.join("hum.transcribe.json")).unwrap();
    let project = home.path().join("hum.plumbline");
    drop(plumbline_project::Project::create(&project).unwrap());
    let window = Window::open(home.path(), &[project.to_str().unwrap(), folder.to_str().unwrap()]).await;
    let idle = "return document.querySelector('[data-testid=job][data-state=running]') === null";
    window.find("media-row").await;
    window.until("the import done", idle).await;
    window.press("Ctrl+3").await;
    window.find("room-tuning").await;
    window.press("w").await;
    window.find("sounds-row").await;
    window.press("Shift+m").await;
    let says = window.find("trial-says").await.text().await.unwrap();
    // Which one wins the sound decides; what is tried the flags do.
    assert!(says.contains("words in 3 stretches"), "{says}");
    assert!(window.js("return document.querySelectorAll('[data-testid=tried]').length", vec![]).await.as_u64().unwrap() >= 3);
    window.find_css("[aria-label='Use high-pass 120 Hz, denoised']").await.click().await.unwrap();
    window.until("the profile in force", "return document.querySelector('[data-testid=sounds-row]').innerText.includes('denoised')").await;
    if let Some(folder) = std::env::var_os("PLUMBLINE_PICTURES") {
        window.screenshot(&std::path::Path::new(&folder).join("profiles.png")).await;
    }
    window.close().await;
}

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
