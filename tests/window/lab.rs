//! The lab: two prompts on the sample, what differs between them, and the one that the task is done with from then on.

use crate::harness::Window;
use crate::jobs::stand_in::{Server, ask};
use crate::jobs::{clip, credentials, enter, picture, project, set_amazon};
use crate::pictures::choose_theme;
use plumbline_core::lab::PromptVersion;
use plumbline_core::models::Task;
use plumbline_core::prompt::Prompt;
use plumbline_project::{By, Op, Project};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

/// A model whose answers the service holds to a schema.
const MODEL: &str = "anthropic.claude-haiku-4-5-20251001-v1:0";

/// Two versions of one prompt that ask each window by itself.
fn versions() -> [PromptVersion; 2] {
    let mut one = PromptVersion::bare(Prompt::built_in(Task::Describe).unwrap());
    (one.prompt.version, one.prompt.neighbours, one.model) = (2, false, Some(MODEL.into()));
    let mut other = one.clone();
    other.prompt.version = 3;
    other.prompt.window.push_str("\nBe brief.\n");
    [one, other]
}

/// Waits until no job runs.
async fn rest(window: &Window) {
    window.until("rest", "return document.querySelector('[data-testid=job][data-state=running]') === null").await;
}

async fn lab(window: &Window) {
    window.until("a room", "return document.querySelector('[data-testid^=room-]') !== null").await;
    window.press("Ctrl+4").await;
    window.find("room-lab").await;
}

/// The first run of the list, by clip and variant.
async fn open_run(window: &Window) {
    lab(window).await;
    window.press("Alt+r").await;
    window.until("the run", "const row = document.querySelector('[data-testid=runs-row]'); row?.click(); return row !== null").await;
    window.until("the grid", "return document.querySelectorAll('[data-testid=lab-row]').length === 3").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_prompts_are_run_compared_and_one_is_promoted() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (script, python) = (root.join("crates/aws/tests/aws/bedrock_stand_in.py"), root.join(".dev/python/bin/python"));
    let service = Server::start(Command::new(python).arg(script).arg("0"));
    // Who is asked to be brief finds what is there, from the first frame to the last.
    let found =
        json!({ "label": "person", "first_frame": 1, "last_frame": 5, "box": null, "text": "A narrator", "confidence": 0.9, "says": null });
    let answers = json!([{ "when": "Be brief.", "answer": { "summary": "A narrator.", "found": [found] } }]);
    ask(&service, "control", ("POST", "/_ctl/answers"), "", answers.to_string().as_bytes());
    let home = tempfile::tempdir().unwrap();
    let path = project(home.path(), &clip(home.path(), "clip", 60));
    let [one, other] = versions();
    let (first, second) = (one.id(), other.id());
    let media = {
        let mut project = Project::open(&path).unwrap();
        let by = By::Person("Ada".into());
        project.apply(Op::KeepPrompt(one), &by).unwrap();
        project.apply(Op::KeepPrompt(other), &by).unwrap();
        let media = project.media_ids().unwrap().remove(0);
        let truth = json!({ "id": "narrator", "start_us": 0, "end_us": 60_000_000, "label": "person", "text": "A narrator" });
        let annotation = serde_json::from_value(truth).unwrap();
        project.apply(Op::SetAnnotation { media: media.clone(), annotation }, &by).unwrap();
        project.apply(Op::Finish { media: media.clone(), finished: true }, &by).unwrap();
        media
    };
    credentials(home.path());
    let window = Window::open(home.path(), &[path.to_str().unwrap()]).await;
    set_amazon(&window, &service.url, "5").await;
    window.until("all done", "return document.querySelector('[data-testid=graph][data-state=done]') !== null").await;

    window.press("Enter").await;
    window.find("room-review").await;

    // One prompt on one clip: what it would ask is shown before it is asked, and the answer is drawn after.
    lab(&window).await;
    let choose = "const row = [...document.querySelectorAll('[data-testid=versions-row]')].find((e) => e.innerText.includes('describe@2')); \
         row?.click(); return row !== undefined";
    window.until("the first version", choose).await;
    window.find("prompt").await;
    window.press("Ctrl+Shift+r").await;
    window.until("the request", "return document.querySelector('[data-testid=request-text]')?.textContent.includes('[picture of ')").await;
    assert!(window.find("request-price").await.text().await.unwrap().contains('$'));
    window.press("Ctrl+Enter").await;
    window.until("the answer", "return document.querySelector('[data-testid=raw-answer]')?.textContent.includes('found') || document.querySelectorAll('[data-testid=lab-captions]').length > 0").await;
    rest(&window).await;
    picture(&window, "lab-write").await;

    // A set of clips, a run of both, and the grid.
    let us = 20_000_000;
    let clips: Vec<Value> =
        (0..3).map(|n| json!({ "media": media, "start_us": n * us, "end_us": (n + 1) * us, "holdout": false })).collect();
    let set = json!({ "name": "first minute", "clips": clips, "labels": [], "chosen": "", "note": "" });
    let set = window.invoke("keep_set", json!({ "wish": { "set": set, "holdout": 0.0, "seed": "1" } })).await;
    let variant = |version: &String| json!({ "version": version, "model": MODEL, "temperature": null });
    let plan = json!({ "name": "brief or not", "set": set, "variants": [variant(&first), variant(&second)], "repeats": 1, "question": "", "schema": "" });
    let estimate = window.invoke("estimate_run", json!({ "plan": plan })).await;
    assert!(estimate["calls"].as_u64() > Some(3) && estimate["kept"].as_u64() > Some(0), "what was tried is kept: {estimate}");
    let run = window.invoke("start_run", json!({ "plan": plan, "run": null })).await;
    rest(&window).await;
    window.client.refresh().await.unwrap();
    open_run(&window).await;
    let grid = window.invoke("grid", json!({ "run": run, "baseline": 0 })).await;
    assert!(grid["kept"].as_u64() > Some(0) && grid["variants"][1]["calls"].as_u64() > Some(0), "{grid}");
    let cells = grid["rows"][0]["cells"].as_array().unwrap();
    assert_eq!((&cells[1]["matched"], cells[1]["difference"].as_f64() > Some(0.5)), (&json!(1), true), "{grid}");
    let seen = window.js("return document.querySelector('[data-testid=lab-row]').innerText", vec![]).await;
    assert!(seen.as_str().unwrap().contains('+'), "the difference stands in its cell: {seen}");
    window.press("Down").await;
    window
        .until(
            "boxes of both",
            "return new Set([...document.querySelectorAll('[data-testid=lab-box]')].map((e) => e.dataset.voice)).size >= 1",
        )
        .await;
    window.press("r").await;
    window
        .until("the raw request", "return document.querySelector('[data-testid=lab-request]')?.textContent.includes('[picture of ')")
        .await;
    window.press("Escape").await;
    for theme in ["dark", "light"] {
        choose_theme(&window, theme).await;
        open_run(&window).await;
        window.press("Right").await;
        window.press("v").await;
        window.find("lab-comparison").await;
        picture(&window, &format!("lab-compare-{theme}")).await;
    }

    // The numbers of one media carry nothing: a reason is asked for.
    window.press("Shift+p").await;
    window.find("reason").await.click().await.unwrap();
    window.type_text("shorter answers are what we want").await;
    window.press("Ctrl+Enter").await;
    let promoted = format!(
        "const [done] = arguments; window.__TAURI_INTERNALS__.invoke('lab').then((v) => done(v.versions.find((one) => one.id === '{second}').promoted))"
    );
    while window.client.execute_async(&promoted, vec![]).await.unwrap() != json!(true) {}

    // Review asks with it.
    window.press("Shift+Enter").await;
    window.find("room-review").await;
    window.press("Ctrl+Shift+a").await;
    window.find("ask").await;
    window.until("the promoted prompt", "return document.querySelector('[data-testid=prompt]')?.textContent === 'describe@3'").await;
    let model = window.js("return document.querySelector('[data-testid=ask] select')?.value ?? ''", vec![]).await;
    assert!(model.as_str().unwrap().contains("claude-haiku-4-5"), "{model}");
    window.press("Escape").await;
    enter(&window).await;
    window.close().await;
}
