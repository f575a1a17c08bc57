//! Two reviewers: a copy is handed out, merged, and what they differ on is decided by key.

use super::review::open_sample;
use plumbline_core::WordId;
use plumbline_project::views::Decision;
use plumbline_project::{By, MediaId, Op, Project};
use serde_json::json;
use std::path::PathBuf;

const WAITING: &str = "return document.querySelectorAll('[data-testid=conflict]').length";

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_merged_and_what_differs_is_decided_by_key() {
    let home = tempfile::tempdir().unwrap();
    let window = open_sample(home.path()).await;
    let media = window.invoke("start", json!({})).await["open_media"].as_str().unwrap().to_owned();
    let copy = window.path("bo.plumbline");
    let written = window.invoke("copy_project", json!({ "path": copy })).await;
    assert_eq!(written, json!(copy));

    let flags = window.invoke("flags", json!({ "media": media })).await["flags"].clone();
    let flag = |i: usize| flags[i]["id"].as_str().unwrap().to_owned();
    let mut theirs = Project::open(&copy).unwrap();
    let bo = By::Person("Bo".into());
    let on = MediaId(media.clone());
    for (at, mine, other) in
        [(0, "confirmed", Decision::FalseAlarm), (1, "confirmed", Decision::Confirmed), (2, "unsure", Decision::Unsure)]
    {
        window.invoke("apply", json!({ "media": media, "op": { "op": "decide", "flag": flag(at), "decision": mine, "note": null } })).await;
        theirs.apply(Op::Decide { media: on.clone(), flag: flag(at), decision: Some(other), note: None }, &bo).unwrap();
    }
    window.invoke("apply", json!({ "media": media, "op": { "op": "edit_word", "word": 5, "text": "girder" } })).await;
    theirs.apply(Op::EditWord { media: on, word: WordId(5), text: "guarder".into() }, &bo).unwrap();

    let merged = window.invoke("merge_copy", json!({ "path": copy })).await;
    assert_eq!((&merged["brought"], merged["conflicts"].as_array().unwrap().len()), (&json!([{ "by": "Bo", "events": 4 }]), 2), "{merged}");
    // What undo takes back is Ada's own.
    assert_eq!(merged["agreement"]["flags"], 3);
    window.press("Ctrl+Shift+m").await;
    window.until("two conflicts", &format!("return (() => {{ {WAITING} }})() === 2")).await;
    let agreement = window.find("agreement").await.text().await.unwrap();
    assert!(agreement.contains("3 flags") && agreement.contains("2 of 3 pairs"), "{agreement}");

    // F4 goes to the place; the word is told from the flag by what it is about.
    let about = "return document.querySelector('[data-testid=conflict][aria-selected=true]')?.textContent ?? ''";
    while !window.js(about, vec![]).await.as_str().unwrap().contains("Text of") {
        window.press("F4").await;
        window.settled().await;
    }
    window.settled().await;
    if let Some(folder) = std::env::var_os("PLUMBLINE_LOOK").map(PathBuf::from) {
        window.screenshot(&folder.join("merge.png")).await;
    }
    let texts = async || window.invoke("words", json!({ "media": media, "range": null })).await["texts"][5].clone();
    assert_eq!(texts().await, "guarder", "the later one is in force");
    window.press("Ctrl+Alt+1").await;
    window.until("one conflict", &format!("return (() => {{ {WAITING} }})() === 1")).await;
    assert_eq!(texts().await, "girder");
    // The desk went on to the flag: Bo is right about that one.
    window.until("the flag", &format!("return (() => {{ {about} }})().includes('Flag')")).await;
    window.press("Ctrl+Alt+2").await;
    window.until("none left", &format!("return (() => {{ {WAITING} }})() === 0")).await;
    let decided = window.invoke("flags", json!({ "media": media })).await["flags"].as_array().unwrap().clone();
    let first = decided.iter().find(|f| f["id"] == flag(0)).unwrap();
    assert_eq!((&first["verdict"]["decision"], &first["verdict"]["by"]), (&json!("false_alarm"), &json!("Bo")));

    window.press("Ctrl+z").await;
    window.until("open again", &format!("return (() => {{ {WAITING} }})() === 1")).await;
    window.press("Ctrl+Shift+m").await;
    window.until("the panel closed", "return document.querySelector('[data-testid=merge]') === null").await;
    window.close().await;
}
