//! The transcript as one text: correcting, cutting, joining, and who says what, with the keyboard alone.

use super::harness::Window;
use super::review::open_sample;
use plumbline_project::{MediaId, Project};
use serde_json::{Value, json};
use std::path::PathBuf;

const SAVED: &str = "document.querySelector('[data-testid=saved]').dataset.state === 'saved'";
const EDITING: &str = "return document.querySelector('.cm-content[data-mode=edit]') === document.activeElement";
const LISTENING: &str = "return document.querySelector('.cm-content[data-mode=listen]') === document.activeElement";

/// The sample with its words on the desk; what listens to it may still be at work.
async fn open(home: &std::path::Path) -> (Window, String) {
    let window = Window::open(home, &[]).await;
    window.find_css("[data-testid=word][data-word='5']").await;
    with_media(window).await
}

async fn with_media(window: Window) -> (Window, String) {
    let media = window.invoke("start", json!({})).await["open_media"].as_str().unwrap().to_owned();
    (window, media)
}

/// Clicks a word, which has to be in view.
async fn select(window: &Window, word: u64) {
    window.find_css(&format!("[data-testid=word][data-word='{word}']")).await.click().await.unwrap();
    window.until("the word selected", &format!("return document.querySelector('[data-selected]')?.dataset.word === '{word}'")).await;
}

async fn saved(window: &Window) {
    window.until("all saved", &format!("return {SAVED} && !document.querySelector('[data-unsaved]')")).await;
}

async fn view(window: &Window, media: &str) -> Value {
    window.invoke("words", json!({ "media": media })).await
}

/// From the desk: to the flag, into the word, six letters, out again.
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_word_is_corrected_with_nine_keys() {
    let home = tempfile::tempdir().unwrap();
    let (window, media) = with_media(open_sample(home.path()).await).await;
    select(&window, 3).await;
    let keys = ["F8", "Enter", "b", "r", "i", "d", "g", "e", "Escape"];
    assert!(keys.len() <= 9);
    window.press(keys[0]).await;
    let word = window
        .until("a word selected", "const w = document.querySelector('[data-selected]'); return w?.dataset.word !== '3' && w?.dataset.word")
        .await;
    let word: usize = word.as_str().unwrap().parse().unwrap();
    let before = window.words(&media).await;
    for key in &keys[1..] {
        window.press(key).await;
    }
    window.until("listening again", LISTENING).await;
    saved(&window).await;
    let after = window.words(&media).await;
    assert_eq!(after[word]["text"], "bridge");
    assert_eq!(after[word]["start_us"], before[word]["start_us"], "a word that is corrected keeps its time");
    let others =
        |words: &[Value]| -> Vec<Value> { words.iter().enumerate().filter(|(i, _)| *i != word).map(|(_, w)| w["text"].clone()).collect() };
    assert_eq!(others(&after), others(&before));
    window.close().await;
}

/// Lines are cut and joined with one key each; undo takes each back.
#[tokio::test(flavor = "multi_thread")]
async fn lines_are_cut_and_joined_and_said_by_others() {
    let home = tempfile::tempdir().unwrap();
    let (window, media) = open(home.path()).await;
    let lines = async || view(&window, &media).await["lines"].as_array().unwrap().clone();
    let before = lines().await;
    select(&window, 7).await;
    window.press("s").await;
    let begins = "document.querySelector('.cm-line [data-word=\"7\"]').closest('.cm-line').firstElementChild.dataset.word";
    window.until("the line cut", &format!("return {begins} === '7'")).await;
    saved(&window).await;
    let cut = lines().await;
    assert_eq!(cut.len(), before.len() + 1);
    assert_eq!((&cut[2]["first"], &cut[2]["speaker"]), (&json!(7), &json!(0)));

    // The new line is said by the second speaker: one chord.
    window.press("Alt+2").await;
    window.until("the speaker shown", "return document.querySelectorAll('.cm-line')[2].dataset.who?.includes(' 2 ')").await;
    assert_eq!(lines().await[2]["speaker"], 1);
    window.press("Ctrl+z").await;
    window.until("the first speaker again", "return document.querySelectorAll('.cm-line')[2].dataset.who === undefined").await;

    window.press("m").await;
    window.until("the lines joined", &format!("return {begins} === '4'")).await;
    saved(&window).await;
    assert_eq!(lines().await, before);
    window.press("Ctrl+z").await;
    window.until("cut again", &format!("return {begins} === '7'")).await;
    assert_eq!(lines().await, cut);
    window.close().await;
}

/// A name is given in one place and stands everywhere; the name of another makes two speakers one.
#[tokio::test(flavor = "multi_thread")]
async fn a_speaker_is_named_everywhere() {
    let home = tempfile::tempdir().unwrap();
    let (window, media) = open(home.path()).await;
    let names = async || -> Vec<String> {
        let view = view(&window, &media).await;
        view["speakers"].as_array().unwrap().iter().map(|s| s["name"].as_str().unwrap().to_owned()).collect()
    };
    select(&window, 2).await;
    window.press("Ctrl+r").await;
    window.until("the name selected", "return document.activeElement?.dataset.testid === 'speaker-name'").await;
    window.type_text("Mara").await;
    window.press("Enter").await;
    window.until("the name shown", "return document.querySelector('.cm-line').dataset.who?.endsWith('1 Mara')").await;
    saved(&window).await;
    let before = names().await;
    assert_eq!(before[0], "Mara");
    assert_eq!(
        window.js("return [...document.querySelectorAll('.cm-line')].some((l) => l.dataset.who?.includes('spk_0'))", vec![]).await,
        false
    );

    // The keys are the transcript's again.
    window.until("listening", LISTENING).await;
    window.press("Ctrl+r").await;
    window.until("the name selected", "return document.activeElement?.dataset.testid === 'speaker-name'").await;
    window.type_text(&before[1]).await;
    window.press("Enter").await;
    window.until("one speaker", "return [...document.querySelectorAll('.cm-line')].filter((l) => l.dataset.who).length === 1").await;
    assert_eq!(names().await, [before[1].clone(), before[1].clone()]);
    window.press("Ctrl+z").await;
    window.until("two again", "return document.querySelector('.cm-line').dataset.who?.endsWith('1 Mara')").await;
    window.close().await;
}

/// What is typed in one go is one step; a caret that moved away begins the next.
#[tokio::test(flavor = "multi_thread")]
async fn undo_takes_back_one_run_of_typing() {
    let home = tempfile::tempdir().unwrap();
    let (window, media) = open(home.path()).await;
    select(&window, 2).await;
    let line = async || -> String {
        window.js("return document.querySelector('.cm-line').textContent", vec![]).await.as_str().unwrap().to_owned()
    };
    let whole = line().await;
    window.press("Enter").await;
    window.until("editing", EDITING).await;
    window.type_text("Garden").await;
    let first = line().await;
    assert!(first.starts_with("Welcome to Garden Notes."), "{first}");
    window.press("Right").await;
    window.type_text("new ").await;
    window.press("End").await;
    window.press("Home").await;
    window.type_text("A warm ").await;
    let all = line().await;
    assert!(all.starts_with("A warm Welcome to Garden new Notes."), "{all}");
    for expected in [first.replace("Garden Notes", "Garden new Notes"), first.clone(), whole.clone()] {
        window.press("Ctrl+z").await;
        let script = format!("return document.querySelector('.cm-line').textContent === {}", json!(expected));
        window.until(&expected, &script).await;
        assert_eq!(window.js(EDITING, vec![]).await, true, "undo leaves the caret in the text");
    }
    assert_eq!(view(&window, &media).await["imported"], json!([]));
    window.press("Ctrl+Shift+z").await;
    window.until("the first run again", &format!("return document.querySelector('.cm-line').textContent === {}", json!(first))).await;
    saved(&window).await;
    let words = window.words(&media).await;
    assert_eq!((&words[2]["text"], &words[3]["text"], &words[3]["id"]), (&json!("Garden"), &json!("Notes"), &json!(3)));
    window.close().await;
}

/// What the recogniser heard else is chosen by its number.
#[tokio::test(flavor = "multi_thread")]
async fn another_reading_is_chosen_by_its_number() {
    let home = tempfile::tempdir().unwrap();
    let (window, _) = open(home.path()).await;
    select(&window, 2).await;
    window.press("w").await;
    let readings = window
        .until("what was heard", "return [...document.querySelectorAll('[data-testid=reading] bdi')].map((e) => e.textContent).join('|')")
        .await;
    assert!(readings.as_str().unwrap().starts_with("Field"), "{readings}");
    window.press("Escape").await;
    window.until("listening", LISTENING).await;
    window.close().await;
}

/// `kill -9` right behind a key: only what was not acknowledged yet may be gone.
#[tokio::test(flavor = "multi_thread")]
async fn a_power_cut_takes_what_was_not_acknowledged_at_most() {
    let home = tempfile::tempdir().unwrap();
    let (window, media) = open(home.path()).await;
    let path = PathBuf::from(window.invoke("start", json!({})).await["project"]["path"].as_str().unwrap());
    select(&window, 2).await;
    window.press("Enter").await;
    window.until("editing", EDITING).await;
    window.type_text("Gar").await;
    saved(&window).await;
    let acknowledged = "Gar";
    window.type_text("d").await;
    window.kill();
    let project = Project::open(&path).unwrap();
    let words = project.words(&MediaId(media), None).unwrap();
    assert!([acknowledged, "Gard"].contains(&words.texts[2].as_str()), "{}", words.texts[2]);
    assert_eq!(words.texts[3], "Notes");
}
