//! Keys, names and what else a person sets.

use super::harness::Window;
use super::review::open_sample;
use serde_json::json;

const PLAYING: &str = "return document.querySelector('video')?.paused === false";
const PAUSED: &str = "return document.querySelector('video')?.paused === true";

/// The row of an action in the panel of keys.
fn row(action: &str, part: &str) -> String {
    format!("[data-testid=keys] [data-action='{action}'] {part}")
}

/// A key is given to an action that had another, with the conflict said first; it acts, and is named, also after a restart.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_remapped_and_stays() {
    let home = tempfile::tempdir().unwrap();
    let window = open_sample(home.path()).await;
    window.find("transcript").await.click().await.unwrap();
    window.press("?").await;
    window.find("keys").await;
    window.find_css(&row("play", "[data-add]")).await.click().await.unwrap();
    window.find("key-listening").await;
    window.press("F8").await;
    let question = window.find("key-conflict").await.text().await.unwrap();
    assert!(question.contains("Next open flag") && question.contains("Play or pause"), "{question}");
    let keys = "return document.querySelector('[data-testid=keys] [data-action=\"flag.next\"] [data-key=F8]') !== null";
    assert_eq!(window.js(keys, vec![]).await, json!(true), "nothing is taken before the answer");
    window.find("key-take").await.click().await.unwrap();
    window.until("the key taken", &keys.replace("!== null", "=== null")).await;
    // A free key needs no answer.
    window.find_css(&row("flag.next", "[data-add]")).await.click().await.unwrap();
    window.find("key-listening").await;
    window.press("F1").await;
    window.find_css(&row("flag.next", "[data-key=F1]")).await;
    // Found again by the key itself.
    window.find("by-key").await.click().await.unwrap();
    window.press("F1").await;
    window.until("one action found", "return document.querySelectorAll('[data-testid=key-row]').length === 1").await;
    window.press("Escape").await;
    window.until("the panel closed", "return document.querySelector('[data-testid=keys]') === null").await;
    let focus = "return document.activeElement?.closest('[data-testid=transcript]') != null";
    window.until("the focus back", focus).await;

    window.press("F8").await;
    window.until("playing with the new key", PLAYING).await;
    window.press("F8").await;
    window.until("pausing with it", PAUSED).await;
    window.press("F1").await;
    window
        .until("a flag chosen with its new key", "return document.querySelector('[data-testid=flag][aria-selected=true]') !== null")
        .await;
    window.close().await;

    let window = open_sample(home.path()).await;
    window.find("transcript").await.click().await.unwrap();
    window.press("F8").await;
    window.until("playing with the key that was kept", PLAYING).await;
    window.close().await;
}

/// The keys of another program are one choice away, and decisions keep theirs.
#[tokio::test(flavor = "multi_thread")]
async fn a_preset_is_chosen() {
    let home = tempfile::tempdir().unwrap();
    let window = open_sample(home.path()).await;
    window.press("?").await;
    let choose = "const s = document.querySelector('[data-testid=preset]'); s.value = 'otranscribe'; s.dispatchEvent(new Event('change', { bubbles: true }))";
    window.find("preset").await;
    window.js(choose, vec![]).await;
    window.find_css(&row("play", "[data-key=Escape]")).await;
    window.press("Escape").await;
    window.until("the panel closed", "return document.querySelector('[data-testid=keys]') === null").await;
    window.find("transcript").await.click().await.unwrap();
    window.press("Escape").await;
    window.until("playing", PLAYING).await;
    let title = "return document.querySelector('[data-testid=play]').title.includes('(Esc)')";
    assert_eq!(window.js(title, vec![]).await, json!(true), "the button names the key");
    window.close().await;
}

/// The palette finds by words, runs what is chosen, and has it on top the next time.
#[tokio::test(flavor = "multi_thread")]
async fn the_palette_runs_what_is_found() {
    let home = tempfile::tempdir().unwrap();
    let window = open_sample(home.path()).await;
    window.command("theme light").await;
    window.until("the light theme", "return document.documentElement.dataset.theme === 'light'").await;
    window.command("go to jobs").await;
    window.find("room-jobs").await;
    window.press("Ctrl+k").await;
    let first = "return document.querySelector('[data-testid=palette] [role=option]')?.dataset.action";
    assert_eq!(window.until("a list", first).await, json!("room.jobs"));
    window.close().await;
}

/// While a word is edited letters are typed and nothing else; keys with Ctrl and function keys still act, and the mode is seen.
#[tokio::test(flavor = "multi_thread")]
async fn letters_act_only_while_listening() {
    let home = tempfile::tempdir().unwrap();
    let window = open_sample(home.path()).await;
    let mode = |is: &str| format!("return document.querySelector('[data-testid=mode]')?.dataset.mode === '{is}'");
    window.until("listening", &mode("listen")).await;
    window.find_css("[data-testid=word][data-word='5']").await.click().await.unwrap();
    window.press("F2").await;
    window.until("editing", &mode("edit")).await;
    let open = "return document.querySelectorAll('[data-testid=flag]:not([data-decision])').length";
    let before = window.js(open, vec![]).await;
    window.type_text("kcx").await;
    assert_eq!(window.js(open, vec![]).await, before, "letters decide nothing while they are typed");
    assert_eq!(window.js(PAUSED, vec![]).await, json!(true), "and play nothing");
    window.press("Escape").await;
    window.until("listening again", &mode("listen")).await;
    window.press("k").await;
    window.until("playing", PLAYING).await;
    window.close().await;
}

/// The first start asks once who reviews; the name is in what is written, and is still there at the next start.
#[tokio::test(flavor = "multi_thread")]
async fn the_reviewer_is_asked_once() {
    let home = tempfile::tempdir().unwrap();
    let window = Window::open_as(home.path(), &[], None).await;
    let field = window.find("reviewer-name").await;
    assert_eq!(field.prop("value").await.unwrap().as_deref(), Some("Ada"), "the account's name is filled in");
    window.press("Ctrl+a").await;
    window.type_text("Grace").await;
    window.press("Enter").await;
    window.until("the dialog gone", "return document.querySelector('[data-testid=settings]') === null").await;
    let shown = "return document.querySelector('[data-testid=reviewer]')?.textContent.trim() === 'Grace'";
    window.until("the name in the bar", shown).await;
    window.close().await;

    let window = Window::open_as(home.path(), &[], None).await;
    window.find("room-review").await;
    window.until("the name in the bar", shown).await;
    assert_eq!(window.js("return document.querySelector('[data-testid=settings]')", vec![]).await, json!(null), "asked once");
    let start = window.invoke("start", json!({})).await;
    let path = start["project"]["path"].as_str().unwrap().to_owned();
    let media = start["open_media"].as_str().unwrap().to_owned();
    window.invoke("apply", json!({ "media": media, "op": { "op": "edit_word", "word": 1, "text": "changed" } })).await;
    window.close().await;
    let db = rusqlite::Connection::open(path).unwrap();
    let actor: String = db.query_row("SELECT actor FROM event WHERE kind = 'edit_word'", [], |row| row.get(0)).unwrap();
    assert_eq!(actor, "Grace");
}
