//! The Jobs room: how far media are, what failed, and what models are asked and cost.

#[path = "../../crates/aws/tests/aws/harness.rs"]
pub mod stand_in;

use crate::harness::Window;
use crate::pictures::choose_theme;
use crate::review::sample;
use plumbline_adapters::{DiskArtifacts, DocumentFiles, Ffmpeg, NoScorers, Sphinx};
use plumbline_flows::Desk;
use plumbline_pipeline::Job;
use plumbline_pipeline::stages::Ports;
use plumbline_project::{By, Project};
use serde_json::json;
use stand_in::Server;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

/// The stages of the selected media, such as `listen done`.
const STAGES: &str =
    "return [...document.querySelectorAll('[data-testid=stage]')].map((e) => `${e.dataset.stage} ${e.dataset.state}`).join(', ')";

/// A project with these files, not looked at yet.
pub fn project(home: &Path, files: &[PathBuf]) -> PathBuf {
    let path = home.join("jobs.plumbline");
    let project = Mutex::new(Project::create(&path).unwrap());
    let artifacts = DiskArtifacts::new(home.join("elsewhere"));
    let ports = Ports {
        media: &Ffmpeg,
        artifacts: &artifacts,
        acoustics: &Sphinx::default(),
        scorers: &NoScorers,
        documents: &DocumentFiles::USUAL,
    };
    let imported = plumbline_flows::import(&Desk { project: &project, ports, by: By::Machine }, files, &Job::quiet()).unwrap();
    assert!(imported.failures.is_empty());
    path
}

/// Some seconds of the sample under this name, with its words.
pub fn clip(home: &Path, name: &str, seconds: u32) -> Vec<PathBuf> {
    let folder = home.join("media");
    std::fs::create_dir_all(&folder).unwrap();
    let (video, words) = (folder.join(format!("{name}.mp4")), folder.join(format!("{name}.transcribe.json")));
    let seconds = seconds.to_string();
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-t", &seconds, "-i"])
        .arg(sample("bridge.mp4"))
        .args(["-c", "copy"])
        .arg(&video)
        .status();
    assert!(made.unwrap().success());
    std::fs::copy(sample("bridge.transcribe.json"), &words).unwrap();
    vec![video, words]
}

pub async fn enter(window: &Window) {
    // Before it has started, the window hears no keys.
    window.until("a room", "return document.querySelector('[data-testid^=room-]') !== null").await;
    window.press("Ctrl+5").await;
    window.find("room-jobs").await;
}

pub async fn picture(window: &Window, name: &str) {
    let Some(folder) = std::env::var_os("PLUMBLINE_PICTURES") else { return };
    for (width, height) in [(1280, 800), (1920, 1080)] {
        window.client.set_window_size(width, height).await.unwrap();
        window.settled().await;
        window.screenshot(&Path::new(&folder).join(format!("{name}-{width}.png"))).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_goes_through_the_stages_and_a_damaged_file_can_be_tried_again() {
    let home = tempfile::tempdir().unwrap();
    let files = clip(home.path(), "clip", 8);
    let project = project(home.path(), &files);
    // The file goes bad between its import and the first look at it.
    let whole = std::fs::read(&files[0]).unwrap();
    std::fs::write(&files[0], "this is no video any more").unwrap();
    let window = Window::open(home.path(), &[project.to_str().unwrap()]).await;
    window.find("room-review").await;
    enter(&window).await;
    window.until("the failure", "return document.querySelector('[data-testid=graph][data-state=failed]') !== null").await;
    let stages = window.js(STAGES, vec![]).await.to_string();
    assert!(stages.contains("listen failed") && stages.contains("look failed") && stages.contains("drift skipped"), "{stages}");
    let error = window.find("stage-error").await.text().await.unwrap();
    assert!(error.contains("clip.mp4"), "{error}");
    window.press("3").await;
    assert_eq!(window.find("stages-row").await.attr("data-state").await.unwrap().as_deref(), Some("failed"));
    picture(&window, "failed").await;
    std::fs::write(&files[0], whole).unwrap();
    window.find("resume").await.click().await.unwrap();
    window.press("1").await;
    window.until("all done", "return document.querySelector('[data-testid=graph][data-state=done]') !== null").await;
    let stages = window.js(STAGES, vec![]).await.to_string();
    assert!(["listen done", "look done", "drift done", "measure done"].iter().all(|s| stages.contains(s)), "{stages}");
    assert!(window.js("return document.querySelector('[data-testid=resume]') === null", vec![]).await.as_bool().unwrap());
    // What an import brings goes through them, too.
    let second = clip(home.path(), "second", 6);
    window.invoke("import_files", json!({ "paths": second })).await;
    let both = "return document.querySelectorAll('[data-testid=stages-row][data-state=done]').length === 2";
    window.until("the second one done", both).await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_program_left_open_is_stopped_and_goes_on() {
    let home = tempfile::tempdir().unwrap();
    let project = project(home.path(), &clip(home.path(), "clip", 6));
    let window = Window::open(home.path(), &[project.to_str().unwrap()]).await;
    enter(&window).await;
    window.until("all done", "return document.querySelector('[data-testid=graph][data-state=done]') !== null").await;
    window.close().await;
    // As a program leaves it that was killed while it read the text.
    let ledger = rusqlite::Connection::open(project.with_extension("runs")).unwrap();
    let media: String = ledger.query_row("SELECT media FROM stage LIMIT 1", [], |row| row.get(0)).unwrap();
    ledger.execute("INSERT INTO process (id, began_us) VALUES (999999, 0)", []).unwrap();
    ledger
        .execute(
            "INSERT INTO stage (media, stage, state, attempts, at_us, error, process) VALUES (?1, 'text', 'running', 1, 0, NULL, 999999)",
            [&media],
        )
        .unwrap();
    drop(ledger);
    let window = Window::open(home.path(), &[project.to_str().unwrap()]).await;
    enter(&window).await;
    window.until("the stop", "return document.querySelector('[data-testid=stage][data-stage=text][data-state=stopped]') !== null").await;
    window.press("r").await;
    window.until("the text read", "return document.querySelector('[data-testid=stage][data-stage=text][data-state=done]') !== null").await;
    window.until("all done", "return document.querySelector('[data-testid=graph][data-state=done]') !== null").await;
    window.close().await;
}

/// Sets what a person sets under Amazon; the page reads its settings when it is loaded.
pub async fn set_amazon(window: &Window, at: &str, cap: &str) {
    let mut settings = window.invoke("settings", json!({})).await["settings"].clone();
    settings["amazon"]["endpoint"] = json!(at);
    settings["amazon"]["region"] = json!("us-east-1");
    settings["amazon"]["cap_usd"] = json!(cap);
    window.invoke("save_settings", json!({ "settings": settings })).await;
    window.client.refresh().await.unwrap();
    enter(window).await;
    window.find("stages-row").await;
}

/// Credentials of the account that the stand-in takes.
pub fn credentials(home: &Path) {
    std::fs::create_dir(home.join(".aws")).unwrap();
    std::fs::write(home.join(".aws/credentials"), "[default]\naws_access_key_id = stand-in\naws_secret_access_key = stand-in\n").unwrap();
}

/// Puts the question from the Jobs room, by keys.
async fn ask(window: &Window) {
    window.press("Ctrl+Shift+a").await;
    window.find("ask").await;
    window.until("the models", "return !document.querySelector('[data-testid=put]').disabled").await;
    window.press("Ctrl+Enter").await;
    window.find("estimate").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_is_asked_within_a_cap_and_what_it_says_stands_in_review() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/aws/tests/aws/bedrock_stand_in.py");
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join(".dev/python/bin/python");
    let service = Server::start(Command::new(python).arg(script).arg("0"));
    let home = tempfile::tempdir().unwrap();
    let project = project(home.path(), &clip(home.path(), "clip", 12));
    credentials(home.path());
    let window = Window::open(home.path(), &[project.to_str().unwrap()]).await;
    window.find("room-review").await;
    set_amazon(&window, &service.url, "0.0001").await;
    window.until("all done", "return document.querySelector('[data-testid=graph][data-state=done]') !== null").await;
    ask(&window).await;
    window.find("beyond").await;
    picture(&window, "ask").await;
    window.press("Ctrl+Enter").await;
    window
        .until("the cap", "return document.querySelector('[data-testid=stage-error]')?.innerText.includes('The cap of $0.0001 is reached')")
        .await;
    assert_eq!(window.find("spent").await.text().await.unwrap(), "$0.00");
    set_amazon(&window, &service.url, "5").await;
    ask(&window).await;
    let first = window.js("return document.querySelector('[data-testid=first-request]').textContent", vec![]).await;
    assert!(first.as_str().unwrap().contains("[picture of "), "{first}");
    assert!(window.find("at-most").await.text().await.unwrap().starts_with('$'));
    window.press("Ctrl+Enter").await;
    window
        .until("the answers", "return document.querySelector('[data-testid=stage][data-stage=annotate][data-state=done]') !== null")
        .await;
    window.until("the calls", "return document.querySelector('[data-testid=call][data-state=done]') !== null").await;
    assert_ne!(window.find("spent").await.text().await.unwrap(), "$0.00");
    window.until("rest", "return document.querySelector('[data-testid=graph][data-state=done]') !== null").await;
    for theme in ["dark", "light"] {
        choose_theme(&window, theme).await;
        enter(&window).await;
        window.find("call").await;
        picture(&window, &format!("jobs-{theme}")).await;
    }
    // The same question is answered from what was paid for.
    let calls = "return document.querySelectorAll('[data-testid=call]').length";
    let before = window.js(calls, vec![]).await;
    ask(&window).await;
    window.press("Ctrl+Enter").await;
    window.until("the job", "return document.querySelector('[data-testid=job][data-state=done]') !== null").await;
    assert_eq!(window.js(calls, vec![]).await, before);
    window.press("Enter").await;
    window.find("room-review").await;
    let media = window.invoke("jobs", json!({ "since": null })).await["media"][0]["media"].clone();
    let annotations = window.invoke("annotations", json!({ "media": media })).await;
    assert!(!annotations["annotations"].as_array().unwrap().is_empty(), "{annotations}");
    picture(&window, "review").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn summaries_are_compared_with_what_is_said_by_the_model_that_is_chosen() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/aws/tests/aws/bedrock_stand_in.py");
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join(".dev/python/bin/python");
    let service = Server::start(Command::new(python).arg(script).arg("0"));
    let home = tempfile::tempdir().unwrap();
    let project = project(home.path(), &clip(home.path(), "clip", 12));
    credentials(home.path());
    let window = Window::open(home.path(), &[project.to_str().unwrap()]).await;
    window.find("room-review").await;
    set_amazon(&window, &service.url, "5").await;
    window.until("all done", "return document.querySelector('[data-testid=graph][data-state=done]') !== null").await;
    window.press("Ctrl+Shift+a").await;
    window.find("ask").await;
    window.until("the models", "return !document.querySelector('[data-testid=put]').disabled").await;
    let none = "return document.querySelector('[data-testid=compare-by]') === null";
    assert!(window.js(none, vec![]).await.as_bool().unwrap(), "descriptions tell nothing of speech");
    window.press("4").await;
    let choose = "const by = document.querySelector('[data-testid=compare-by]'); by.value = 'amazon.titan-embed-text-v2:0'; \
         by.dispatchEvent(new Event('change', { bubbles: true })); return by.value";
    window.find("compare-by").await;
    assert_eq!(window.js(choose, vec![]).await, json!("amazon.titan-embed-text-v2:0"));
    window.press("Ctrl+Enter").await;
    assert!(window.find("comparing").await.text().await.unwrap().starts_with("$0.0"));
    picture(&window, "compare").await;
    window.press("Ctrl+Enter").await;
    window
        .until("the answers", "return document.querySelector('[data-testid=stage][data-stage=annotate][data-state=done]') !== null")
        .await;
    let ledger = window.invoke("ledger", json!({ "media": null, "first": 0, "count": 50 })).await;
    let calls = ledger["calls"].as_array().unwrap();
    let compared = calls.iter().filter(|call| call["task"] == json!("meaning") && call["state"] == json!("done")).count();
    assert!(compared >= 2, "a summary and what is said: {ledger}");
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_cannot_be_used_are_told_and_not_kept() {
    let home = tempfile::tempdir().unwrap();
    credentials(home.path());
    let window = Window::open(home.path(), &[]).await;
    window.find("room-review").await;
    window.press("Ctrl+,").await;
    window.find("amazon-cap_usd").await.click().await.unwrap();
    window.type_text("five").await;
    window.press("Tab").await;
    let wrong = window.find("amazon-wrong").await.text().await.unwrap();
    assert!(wrong.contains("five is no amount of US dollars"), "{wrong}");
    window.find("amazon-region").await.click().await.unwrap();
    window.type_text("eu-west-1").await;
    window.press("Tab").await;
    let kept = "const [done] = arguments; window.__TAURI_INTERNALS__.invoke('settings').then((v) => done(v.settings.amazon))";
    let amazon = loop {
        let amazon = window.client.execute_async(kept, vec![]).await.unwrap();
        if amazon["region"] == json!("eu-west-1") {
            break amazon;
        }
    };
    assert_eq!(amazon["cap_usd"], json!(""));
    window.find("check-account").await.click().await.unwrap();
    window
        .until("what was found", "return document.querySelector('[data-testid=account-says]').innerText.includes('Credentials were found')")
        .await;
    picture(&window, "settings").await;
    window.close().await;
}

/// Opens the search for meaning anew, and waits until it knows what there is.
async fn near(window: &Window) {
    window.press("Ctrl+Shift+l").await;
    window.find("near").await;
    window.until("what there is", "return document.querySelector('[data-testid=near-model]') !== null").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_meant_is_found_once_the_project_is_embedded() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/aws/tests/aws/bedrock_stand_in.py");
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join(".dev/python/bin/python");
    let service = Server::start(Command::new(python).arg(script).arg("0"));
    let home = tempfile::tempdir().unwrap();
    let project = project(home.path(), &clip(home.path(), "clip", 60));
    credentials(home.path());
    let window = Window::open(home.path(), &[project.to_str().unwrap()]).await;
    window.find("room-review").await;
    set_amazon(&window, &service.url, "5").await;
    window.until("all done", "return document.querySelector('[data-testid=graph][data-state=done]') !== null").await;
    window.press("Enter").await;
    window.find("room-review").await;
    near(&window).await;
    let said = window.find("near-said").await.text().await.unwrap();
    assert!(said.contains("Embed it first"), "{said}");
    // Nothing is spent before it was said what it costs.
    window.find("near-model").await.click().await.unwrap();
    let choose = "const by = document.querySelector('[data-testid=near-model]'); \
         by.value = [...by.options].find((o) => o.text.includes('text and pictures')).value; by.dispatchEvent(new Event('change')); return by.value";
    let model = window.js(choose, vec![]).await;
    window.find("near-embed").await.click().await.unwrap();
    let estimate = window.find("near-estimate").await.text().await.unwrap();
    assert!(estimate.contains("pieces are new") && estimate.contains('$'), "{model}: {estimate}");
    window.find("near-embed").await.click().await.unwrap();
    window.until("the job", "return document.querySelector('[data-testid=near]') === null").await;
    let vectors = loop {
        let view = window.invoke("near", json!({})).await;
        if view["vectors"].as_u64() > Some(3)
            && window.js("return document.querySelector('[data-testid=job][data-state=running]') === null", vec![]).await == json!(true)
        {
            break view["vectors"].as_u64().unwrap();
        }
    };
    assert!(vectors > 3);
    near(&window).await;
    window.type_text("a bridge over the harbour").await;
    window.press("Enter").await;
    window.until("hits", "return document.querySelectorAll('[data-testid=near-hit]').length > 2").await;
    picture(&window, "near").await;
    // The frame that is shown is asked about as a picture; the stand-in knows no two pictures as alike.
    let calls = "const [done] = arguments; window.__TAURI_INTERNALS__.invoke('ledger', { media: null, first: 0, count: 1 }).then((v) => done(v.calls[0]))";
    let before = window.client.execute_async(calls, vec![]).await.unwrap();
    window.press("Alt+1").await;
    window.until("the answer", "return document.querySelector('[data-testid=near-said]').innerText.includes('nearest first')").await;
    let last = loop {
        let last = window.client.execute_async(calls, vec![]).await.unwrap();
        if last != before {
            break last;
        }
    };
    assert_eq!((&last["task"], &last["state"]), (&json!("meaning"), &json!("done")), "{last}");
    window.press("Down").await;
    window.press("Enter").await;
    window.until("the review", "return document.querySelector('[data-testid=near]') === null").await;
    window.find("room-review").await;
    window.close().await;
}
