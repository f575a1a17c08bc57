//! The Tuning room: a limit is tried, proposed with a promise, put in force and taken back.

use super::harness::Window;
use super::library_of_units::{self, UNITS};
use super::review::open_sample;
use serde_json::{Value, json};
use std::path::Path;

const GATE: &str = "[data-testid=gate][data-gate=word_confidence]";

/// The room, with the gate of word confidence chosen.
async fn enter(window: &Window) {
    window.press("Ctrl+3").await;
    window.find("room-tuning").await;
    window.find_css(GATE).await.click().await.unwrap();
    window.until("the gate", &format!("return document.querySelector('{GATE}[aria-selected=true]') !== null")).await;
    window.find("limit").await;
}

async fn gate(window: &Window) -> Value {
    let view = window.invoke("tuning", json!({})).await;
    view["gates"].as_array().unwrap().iter().find(|gate| gate["id"] == "word_confidence").unwrap().clone()
}

/// Waits until the limit in force is this one.
async fn in_force(window: &Window, limit: f64) -> Value {
    for _ in 0..200 {
        let gate = gate(window).await;
        if gate["limit"].as_f64() == Some(limit) {
            return gate;
        }
        window.settled().await;
    }
    panic!("the limit is {}", gate(window).await["limit"]);
}

async fn picture(window: &Window, name: &str) {
    if let Some(folder) = std::env::var_os("PLUMBLINE_PICTURES") {
        window.settled().await;
        window.screenshot(&Path::new(&folder).join(format!("tuning-{name}.png"))).await;
    }
}

/// How long the numbers take to follow the limit, in ms: from the key to the second frame after them.
async fn slider_to_picture(window: &Window) -> Vec<f64> {
    let script = "const done = arguments[0]
        const slider = document.querySelector('[data-testid=limit]')
        const says = () => document.querySelector('[data-testid=numbers]').textContent
        const frame = () => new Promise(requestAnimationFrame)
        slider.focus()
        ;(async () => {
            const times = []
            for (let i = 0; i < 40; i++) {
                const before = says()
                const began = performance.now()
                slider.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowLeft', bubbles: true, cancelable: true }))
                while (says() === before && performance.now() - began < 5000) await frame()
                await frame()
                times.push(performance.now() - began)
            }
            done(times)
        })()";
    serde_json::from_value(window.client.execute_async(script, vec![]).await.unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_looser_limit_is_proposed_put_in_force_and_taken_back() {
    let home = tempfile::tempdir().unwrap();
    let project = home.path().join("world.plumbline");
    let mut world = library_of_units::world(&project, 300);
    library_of_units::start(&mut world.project, 1.0 / UNITS as f64, UNITS as u32);
    library_of_units::review(&mut world);
    drop(world);
    let window = Window::open(home.path(), &[project.to_str().unwrap()]).await;
    window.find("media-row").await;
    enter(&window).await;
    let before = gate(&window).await;
    picture(&window, "guarantee").await;

    let mut times = slider_to_picture(&window).await;
    times.sort_by(f64::total_cmp);
    println!("slider to picture: {:.0} ms at the median, {:.0} ms at the 95th percentile", times[20], times[37]);
    assert!(times[37] < 500.0, "the numbers follow the limit after {times:?} ms");
    picture(&window, "tried").await;

    window.find("propose").await.click().await.unwrap();
    window.find("proposal").await;
    picture(&window, "proposal").await;
    let said = window.find("proposal").await.text().await.unwrap();
    let proposed = window.invoke("tuning_propose", json!({ "gates": ["word_confidence"], "alpha": 0.05, "delta": 0.05 })).await;
    let limit = proposed["gates"][0]["to"].as_f64().unwrap();
    assert!(limit < 50.0 && said.contains(&limit.to_string()), "{limit}: {said}");
    window.find("activate").await.click().await.unwrap();
    let after = in_force(&window, limit).await;
    assert!(after["flagged"].as_u64() < before["flagged"].as_u64(), "{before} {after}");

    // What it stands on is kept, and the version before can be gone back to.
    window.find("tab-versions").await.click().await.unwrap();
    window.find_css("[data-testid=version][data-version='2']").await.click().await.unwrap();
    let seen = window.until("what it stands on", "return document.querySelector('[data-testid=version-seen]')?.innerText").await;
    assert!(seen.as_str().unwrap().contains("Certified"), "{seen}");
    picture(&window, "versions").await;
    window.find_css("[data-testid=version][data-version='1']").await.click().await.unwrap();
    window.find("activate-version").await.click().await.unwrap();
    assert_eq!(in_force(&window, 50.0).await["flagged"], before["flagged"]);
    window.press("Ctrl+z").await;
    in_force(&window, limit).await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_media_is_not_enough_and_the_room_says_how_many_are() {
    let home = tempfile::tempdir().unwrap();
    let window = open_sample(home.path()).await;
    enter(&window).await;
    let said = window.find("guarantee").await.text().await.unwrap();
    assert!(said.contains("88 probes"), "{said}");
    window.find("start-probing").await.click().await.unwrap();
    window.find("stop-probing").await;
    let missing = "return /missing\\s+about ([1-9][\\d,]*)/i.exec(document.querySelector('[data-testid=guarantee]').innerText)?.[1]";
    window.until("how many media are missing", missing).await;
    // The limit can still be chosen by what it costs.
    window.find("tab-cost").await.click().await.unwrap();
    let cost = window.find("cost").await.text().await.unwrap();
    assert!(cost.to_lowercase().contains("no guarantee"), "{cost}");
    picture(&window, "cost").await;
    window.close().await;
}

/// Writes another word in the place of one, as a person does.
async fn correct(window: &Window, word: u64, text: &str) {
    window.find_css(&format!("[data-testid=word][data-word='{word}']")).await.click().await.unwrap();
    window.until("the word selected", &format!("return document.querySelector('[data-selected]')?.dataset.word === '{word}'")).await;
    window.press("Enter").await;
    for letter in text.chars() {
        window.press(&letter.to_string()).await;
    }
    window.press("Escape").await;
    let saved =
        "return document.querySelector('[data-testid=saved]').dataset.state === 'saved' && !document.querySelector('[data-unsaved]')";
    window.until("all saved", saved).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_word_that_was_corrected_twice_becomes_a_phrase_and_its_stretch_an_example() {
    let home = tempfile::tempdir().unwrap();
    let window = open_sample(home.path()).await;
    let media = window.invoke("start", json!({})).await["open_media"].as_str().unwrap().to_owned();
    correct(&window, 3, "plumbline").await;
    correct(&window, 6, "plumbline").await;
    window.settled().await;
    for flag in window.invoke("flags", json!({ "media": media })).await["flags"].as_array().unwrap() {
        let op = json!({ "op": "decide", "flag": flag["id"], "decision": "false_alarm", "note": null });
        window.invoke("apply", json!({ "media": media, "op": op })).await;
    }
    window.press("Ctrl+3").await;
    window.find("room-tuning").await;
    window.press("w").await;
    window.find("phrases-row").await;
    for theme in ["light", "dark"] {
        window.command(&format!("theme: {theme}")).await;
        window.until("the theme", &format!("return document.documentElement.dataset.theme === '{theme}'")).await;
        picture(&window, &format!("preprocessing-{theme}")).await;
    }
    let said = async |part: &str| {
        let text = window.js(&format!("return document.querySelector('[data-testid={part}]')?.innerText"), vec![]).await;
        text.as_str().unwrap_or_default().to_owned()
    };
    let row = said("phrases-row").await;
    assert!(row.contains("plumbline") && row.contains("2× in 1"), "{row}");
    assert!(said("examples-said").await.contains("1 of 1 media"), "{}", said("examples-said").await);
    assert!(said("examples-row").await.contains("→ plumbline"), "{}", said("examples-row").await);
    let table = window.path("vocabulary.txt");
    window.invoke("export_vocabulary", json!({ "least": 2, "language": "en", "path": table })).await;
    assert_eq!(std::fs::read_to_string(&table).unwrap(), "Phrase\tSoundsLike\tIPA\tDisplayAs\nplumbline\t\t\tplumbline\n");
    let lines = window.path("examples.jsonl");
    window.invoke("export_examples", json!({ "count": 20, "path": lines })).await;
    assert!(std::fs::read_to_string(&lines).unwrap().contains("plumbline"));

    // Nothing is listed that was corrected more often; a phrase is left out and taken back by key.
    window.press(".").await;
    window.until("no phrase", "return document.querySelector('[data-testid=phrases-row]') === null").await;
    window.press(",").await;
    window.find("phrases-row").await;
    window.press("x").await;
    window.until("left out", "return document.querySelector('[data-testid=phrases-row]')?.innerText.includes('left out')").await;
    let view = window.invoke("vocabulary", json!({ "least": 2 })).await;
    assert_eq!(view["phrases"][0]["skipped"], "Ada");
    window.press("Ctrl+z").await;
    window.until("taken back", "return !document.querySelector('[data-testid=phrases-row]')?.innerText.includes('left out')").await;

    let second = &view["phrases"][0]["examples"][1];
    let (start, end) = (second["start_us"].as_f64().unwrap() / 1e6, second["end_us"].as_f64().unwrap() / 1e6);
    window.js("const all = document.querySelectorAll('[data-testid=phrase-example]'); all[all.length - 1].click()", vec![]).await;
    window.find("room-review").await;
    let there = format!(
        "const at = document.querySelector('video')?.currentTime; return document.querySelector('[data-testid=room-review]') !== null && at >= {start} - 0.05 && at <= {end} + 1.5"
    );
    window.until("the playhead where it was corrected", &there).await;
    window.close().await;
}
