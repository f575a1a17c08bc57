//! Looking back: what was done is told and brought back; figures lead to their moments.

use super::harness::Window;
use super::pictures::{choose_theme, folder};
use super::review::open_sample;
use serde_json::json;

const DECIDED: &str = "return document.querySelectorAll('[data-testid=flag][data-decision]').length";
const ANCHORS: &str = "return document.querySelectorAll('[data-testid=anchor]').length";

/// Waits until a count is as expected and nothing is being saved.
async fn counts(window: &Window, what: &str, count: &str, expected: u32) {
    let saved = "document.querySelector('[data-testid=saved]').dataset.state === 'saved'";
    window.until(what, &format!("return {saved} && (() => {{ {count} }})() === {expected}")).await;
}

/// Accepts the map, confirms a flag, calls one a false alarm, is unsure of one, and anchors a word.
async fn five_things(window: &Window) {
    window.find("transcript").await.click().await.unwrap();
    window.press("y").await;
    window.until("the map in force", "return document.querySelector('[data-testid=alignment]')?.dataset.state === 'accepted'").await;
    let measured = "return !document.querySelector('[data-testid=flag][data-gate=residual_offset]:not([data-decision])')";
    window.until("the words measured again", measured).await;
    window.press("F8").await;
    for (key, decided) in [("c", 1), ("x", 2), ("u", 3)] {
        window.press(key).await;
        counts(window, "a verdict", DECIDED, decided).await;
    }
    // The word after the one that the last flag was about: the playhead goes there with it.
    window.press("Right").await;
    window.until("a seek", "return !document.querySelector('video').seeking").await;
    window.press("a").await;
    counts(window, "an anchor", ANCHORS, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn five_things_are_told_and_all_behind_the_second_is_taken_back() {
    let home = tempfile::tempdir().unwrap();
    let window = open_sample(home.path()).await;
    five_things(&window).await;

    window.press("Ctrl+Shift+h").await;
    window.find("history").await;
    window.until("five steps", "return document.querySelectorAll('[data-testid=step]').length >= 5").await;
    let told =
        window.js("return [...document.querySelectorAll('[data-testid=step] .did')].slice(0, 5).map((s) => s.innerText)", vec![]).await;
    let told: Vec<String> = serde_json::from_value(told).unwrap();
    for (told, says) in told.iter().zip(["Ada anchored", "Ada was unsure", "a false alarm", "Ada confirmed a flag", "Ada accepted the map"])
    {
        assert!(told.contains(says), "{told}");
    }
    let next = window.js("return document.querySelector('[data-testid=step]').innerText.includes('undo takes this back')", vec![]).await;
    assert_eq!(next, json!(true));

    // Down to the second thing that was done; what going back to it would change is said first.
    for _ in 0..3 {
        window.press("Down").await;
    }
    window.press("Ctrl+Alt+h").await;
    let preview = window.find("preview").await.text().await.unwrap();
    assert!(preview.contains("2 verdicts and 1 anchor would change"), "{preview}");
    window.press("Enter").await;
    counts(&window, "the verdicts taken back", DECIDED, 1).await;
    counts(&window, "the anchor taken back", ANCHORS, 0).await;
    let told =
        "return document.querySelector('[data-testid=step] .did')?.innerText.includes('restored how things stood: 2 verdicts, 1 anchor')";
    window.until("the restore in the history", told).await;

    window.press("Ctrl+z").await;
    counts(&window, "the verdicts back", DECIDED, 3).await;
    counts(&window, "the anchor back", ANCHORS, 1).await;
    window.until("the restore undone", "return document.querySelectorAll('[data-testid=step][data-undone]').length === 1").await;

    // Enter goes where a step was done.
    window.until("the undo in the history", "return document.querySelector('[data-testid=step] .did')?.innerText.includes('undid')").await;
    window.press("Escape").await;
    window.until("the panel closed", "return !document.querySelector('[data-testid=history]')").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bar_opens_its_moments_and_enter_goes_there() {
    let home = tempfile::tempdir().unwrap();
    let window = open_sample(home.path()).await;
    window.press("Ctrl+j").await;
    window.find("analytics").await;
    window.find_css("[data-figure=talk_by_speaker] [data-testid=bar]").await.click().await.unwrap();
    window.until("moments", "return document.querySelectorAll('[data-testid=moment][data-us]').length > 1").await;
    window.press("Down").await;
    window.until("the second moment", "return document.querySelector('#moment-1')?.getAttribute('aria-selected') === 'true'").await;
    window.press("Enter").await;
    let there = "const at = Number(document.querySelector('#moment-1').dataset.us);
        return Math.abs(Number(document.querySelector('[data-testid=time]').dataset.us) - at) < 50000";
    window.until("the playhead at the moment", there).await;
    // Escape leads back to the bar, and once more out of the panel.
    window.press("Escape").await;
    window.until("the bar focused", "return document.activeElement?.dataset.testid === 'bar'").await;
    window.press("Escape").await;
    window.until("the panel closed", "return !document.querySelector('[data-testid=analytics]')").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_of_what_stands_beside_the_rooms() {
    let Some(folder) = folder() else { return };
    let home = tempfile::tempdir().unwrap();
    let window = open_sample(home.path()).await;
    window.client.set_window_size(1440, 900).await.unwrap();
    five_things(&window).await;
    for theme in ["dark", "light"] {
        choose_theme(&window, theme).await;
        window.find("room-review").await;
        window.until("the picture", "return (document.querySelector('video')?.readyState ?? 0) >= 2").await;
        window.press("Ctrl+Shift+h").await;
        window.find("step").await;
        window.press("Down").await;
        window.press("Down").await;
        window.press("Ctrl+Alt+h").await;
        window.find("preview").await;
        window.settled().await;
        window.screenshot(&folder.join(format!("history-{theme}.png"))).await;
        window.press("Ctrl+j").await;
        window.find_css("[data-figure=talk_by_speaker] [data-testid=bar]").await.click().await.unwrap();
        window.until("moments", "return document.querySelectorAll('[data-testid=moment][data-us]').length > 1").await;
        window.settled().await;
        window.screenshot(&folder.join(format!("analytics-{theme}.png"))).await;
    }
    window.close().await;
}
