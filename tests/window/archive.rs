//! Archives from the Jobs room, at Step Functions and S3 as LocalStack runs them on this machine.

#[path = "../../crates/cli/tests/cli/localstack.rs"]
mod localstack;

use crate::harness::Window;
use crate::jobs::{clip, credentials, enter, picture};
use crate::pictures::choose_theme;
use localstack::{LocalStack, Process};
use plumbline_project::Project;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Waits until the newest execution is in this state, with so many items whole.
async fn stands(window: &Window, state: &str, whole: usize) {
    let script = format!("return document.querySelector('[data-testid=execution][data-state={state}][data-whole=\"{whole}\"]') !== null");
    window.until(state, &script).await;
}

/// The command line, built with the workspace beside the app.
fn plumbline(home: &Path, cloud: &LocalStack) -> Command {
    let program = Path::new(env!("CARGO_BIN_EXE_plumbline-desk")).with_file_name("plumbline");
    assert!(program.exists(), "{} is not there: cargo test --workspace builds it", program.display());
    let mut command = Command::new(program);
    command.env("AWS_ENDPOINT_URL", cloud.url()).env("AWS_REGION", "us-east-1").env_remove("AWS_PROFILE");
    command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test").env("XDG_CACHE_HOME", home.join("worker"));
    command
}

/// A state machine over an activity; both ARNs.
fn machine(home: &Path, cloud: &LocalStack) -> (String, String) {
    let activity = cloud.states("CreateActivity", &json!({ "name": "plumbline" }))["activityArn"].as_str().unwrap().to_owned();
    let printed = plumbline(home, cloud).args(["state-machine", "--activity", &activity, "--heartbeat", "30"]).output().unwrap();
    assert!(printed.status.success());
    let definition = String::from_utf8(printed.stdout).unwrap();
    let wish = json!({ "name": "plumbline", "definition": definition, "roleArn": "arn:aws:iam::000000000000:role/plumbline" });
    (activity, cloud.states("CreateStateMachine", &wish)["stateMachineArn"].as_str().unwrap().to_owned())
}

/// Fills in the dialog by keys, from the first field on.
async fn start(window: &Window, fields: [&str; 3]) {
    window.press("Ctrl+Shift+g").await;
    window.find("archive-run").await;
    for (n, text) in fields.into_iter().enumerate() {
        if n > 0 {
            window.press("Tab").await;
        }
        window.press("Ctrl+a").await;
        window.type_text(text).await;
    }
    window.press("Enter").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_is_run_from_the_desk_and_its_results_are_brought() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("dev/localstack");
    if !Path::new(env!("CARGO_MANIFEST_DIR")).join(".dev/localstack/bin/python").exists() {
        println!("skipped: LocalStack is not installed; dev/setup test does it");
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let cloud = LocalStack::start(&script, &home.join("localstack"));
    ["media", "archive"].iter().for_each(|bucket| _ = cloud.ask("PUT", &format!("/{bucket}"), b""));
    let files: Vec<PathBuf> = clip(home, "clip", 6);
    for file in &files {
        let name = file.file_name().unwrap().to_str().unwrap();
        cloud.ask("PUT", &format!("/media/talks/{name}"), &std::fs::read(file).unwrap());
    }
    let (activity, machine) = machine(home, &cloud);
    credentials(home);
    let project = home.join("archive.plumbline");
    drop(Project::create(&project).unwrap());
    let window = Window::open(home, &[project.to_str().unwrap()]).await;
    window.find("room-library").await;
    let mut settings = window.invoke("settings", json!({})).await["settings"].clone();
    settings["amazon"]["endpoint"] = json!(cloud.url());
    settings["amazon"]["region"] = json!("us-east-1");
    window.invoke("save_settings", json!({ "settings": settings })).await;
    // The page reads its settings when it is loaded.
    window.client.refresh().await.unwrap();
    enter(&window).await;

    // What can't work is said before anything is started.
    start(&window, ["s3://media/talks", "s3://archive/one", "talks"]).await;
    let wrong = window.find("archive-wrong").await.text().await.unwrap();
    assert!(wrong.contains("talks: it is no state machine"), "{wrong}");
    window.press("Escape").await;
    window.until("the dialog gone", "return document.querySelector('[data-testid=archive-run]') === null").await;
    start(&window, ["s3://media/nothing", "s3://archive/one", &machine]).await;
    window.until("the refusal", "return document.querySelector('[data-testid=archive-wrong]')?.innerText.includes('holds no video')").await;
    window.press("Escape").await;
    window.until("the dialog gone", "return document.querySelector('[data-testid=archive-run]') === null").await;

    // Nobody works on it yet: it can be stopped, and what stood in the dialog is there again.
    start(&window, ["s3://media/talks", "s3://archive/one", &machine]).await;
    stands(&window, "running", 0).await;
    window.press("Shift+x").await;
    window.find("archive-stop-now").await.click().await.unwrap();
    window.until("the dialog gone", "return document.querySelector('[data-testid=archive-ask-stop]') === null").await;
    stands(&window, "stopped", 0).await;
    window.press("Ctrl+Shift+g").await;
    let kept = window.find("archive-machine").await.prop("value").await.unwrap();
    assert_eq!(kept.as_deref(), Some(machine.as_str()));
    window.press("Enter").await;
    window.until("a second one", "return document.querySelectorAll('[data-testid=execution]').length === 2").await;

    // A worker comes, and the room follows until all is whole.
    let worker = plumbline(home, &cloud)
        .args(["worker", "--activity", &activity, "--name", "one", "--beat", "1", "--idle", "120"])
        .stderr(Stdio::null())
        .stdout(Stdio::null())
        .spawn();
    let worker = Process(worker.unwrap());
    stands(&window, "done", 1).await;
    drop(worker);

    // The one that was stopped is taken off the list.
    window.press("e").await;
    window
        .until(
            "the stopped one",
            "return document.querySelector('[data-testid=execution][aria-selected=true]').dataset.state === 'stopped'",
        )
        .await;
    window.press("Delete").await;
    window.find("archive-forget-now").await.click().await.unwrap();
    window.until("one left", "return document.querySelectorAll('[data-testid=execution]').length === 1").await;

    // Brought, the media is in the library with what was found of it.
    let first = window.invoke("archive_runs", json!({ "ask": false })).await[0]["execution"].clone();
    window.press("b").await;
    window.find("archive-ask-bring").await;
    window.press("Escape").await;
    // The system's dialog for the folder can't be driven.
    window.invoke("bring_archive", json!({ "execution": first, "folder": home.join("media"), "later": false })).await;
    window.find("stages-row").await;
    window.until("all done", "return document.querySelector('[data-testid=graph][data-state=done]') !== null").await;
    for theme in ["dark", "light"] {
        choose_theme(&window, theme).await;
        enter(&window).await;
        window.find("execution").await;
        picture(&window, &format!("archive-{theme}")).await;
    }
    let library = window.invoke("library", json!({})).await;
    let media = &library["media"][0];
    assert_eq!((library["media"].as_array().unwrap().len(), &media["name"]), (1, &json!("clip.mp4")), "{library}");
    assert!(media["words"].as_u64() > Some(0) && media["state"] != json!("missing"), "{media}");
    window.close().await;
}
