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
