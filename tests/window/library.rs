//! The library at size, in the real window.

use super::harness::Window;
use plumbline_project::Project;
use serde_json::json;
use std::path::Path;

const ROWS: usize = 20_000;

/// A project of so many media that were measured, as its tables hold them.
fn long_library(folder: &Path) -> std::path::PathBuf {
    let path = folder.join("long.plumbline");
    drop(Project::create(&path).unwrap());
    std::fs::create_dir(folder.join("site")).unwrap();
    let mut db = rusqlite::Connection::open(&path).unwrap();
    let tx = db.transaction().unwrap();
    let states = ["reviewed", "no_transcript"];
    for i in 0..ROWS {
        let (id, file) = (format!("m{i}"), format!("site/camera-{}.mp4", (i * 7_919) % ROWS));
        std::fs::File::create(folder.join(&file)).unwrap();
        let record = json!({
            "hash": id, "path": file, "size_bytes": 1, "duration_us": 10_000_000, "picture": null, "has_audio": true, "plays": true,
        });
        let plumb: Vec<i64> = (0..64).map(|at| ((i + at) % 400) as i64 * 1_000 - 200_000).collect();
        let row = json!({
            "id": id, "name": file.trim_start_matches("site/"), "path": file, "state": states[i % states.len()], "duration_us": 10_000_000 + i * 1_000,
            "has_video": false, "words": 200 + i % 9_000, "verdict": null, "worst_drift_us": i % 900, "plumb_us": plumb, "open_flags": [],
            "decided_flags": 0, "confidence": 0.5, "annotations": 0,
        });
        tx.execute("INSERT INTO media VALUES (?1, 1, ?2)", [&id, &record.to_string()]).unwrap();
        tx.execute("INSERT INTO summary VALUES (?1, ?2)", [&id, &row.to_string()]).unwrap();
        tx.execute("INSERT INTO analysis VALUES (?1, '', 0)", [&id]).unwrap();
    }
    tx.commit().unwrap();
    path
}

/// Milliseconds from a click to the frame that shows what it did.
async fn timed(window: &Window, click: &str, shown: &str) -> f64 {
    let script = "const [click, shown, done] = arguments
        const from = performance.now()
        document.querySelector(click).click()
        const look = () => (document.querySelector(shown) ? requestAnimationFrame(() => done(performance.now() - from)) : requestAnimationFrame(look))
        look()";
    window.client.execute_async(script, vec![json!(click), json!(shown)]).await.unwrap().as_f64().unwrap()
}

/// What the work costs: other programs only add to it.
fn least(times: Vec<f64>) -> f64 {
    times.into_iter().fold(f64::INFINITY, f64::min)
}

/// An archive that was brought, as large as one is made with `dev/bench_archive.py bring`, which says how this is called.
#[tokio::test(flavor = "multi_thread")]
async fn a_large_archive_that_was_brought_opens_at_the_desk() {
    let Ok(path) = std::env::var("PLUMBLINE_LARGE_PROJECT") else {
        return println!("skipped: PLUMBLINE_LARGE_PROJECT names no project");
    };
    let home = tempfile::tempdir().unwrap();
    let began = std::time::Instant::now();
    let window = Window::open(home.path(), &[&path]).await;
    window.find("room-review").await;
    println!("from the start to a window with its first media: {} ms", began.elapsed().as_millis());
    let rooms =
        [("library", "[data-testid=media-row]"), ("jobs", "[data-testid=stages-row]"), ("review", "[data-testid=room-review] .cm-line")];
    for (room, shown) in rooms {
        let began = std::time::Instant::now();
        window.find(&format!("go-{room}")).await.click().await.unwrap();
        window.find_css(shown).await;
        let first = began.elapsed().as_millis();
        window.settled().await;
        if let Ok(pictures) = std::env::var("PLUMBLINE_PICTURES") {
            window.screenshot(&Path::new(&pictures).join(format!("large-{room}.png"))).await;
        }
        let mut times = vec![];
        for _ in 0..3 {
            window.find("go-lab").await.click().await.unwrap();
            window.find("room-lab").await;
            times.push(timed(&window, &format!("[data-testid=go-{room}]"), shown).await);
        }
        println!("{room}: {first} ms at first, then {:.0} ms", least(times));
    }
    window.find("go-library").await.click().await.unwrap();
    let count = window.js("return document.querySelector('[data-pane=media]').getAttribute('aria-rowcount')", vec![]).await;
    println!("rows of the library, with its head: {count}");
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_thousand_media_open_and_sort_at_once() {
    let home = tempfile::tempdir().unwrap();
    let path = long_library(home.path());
    let window = Window::open(home.path(), &[path.to_str().unwrap()]).await;
    window.find("go-library").await.click().await.unwrap();
    window.find("media-row").await;
    let count = "return Number(document.querySelector('[data-pane=media]').getAttribute('aria-rowcount'))";
    assert_eq!(window.js(count, vec![]).await, json!(ROWS + 1));

    let mut opened = Vec::new();
    for _ in 0..5 {
        window.find("go-jobs").await.click().await.unwrap();
        window.find("room-jobs").await;
        opened.push(timed(&window, "[data-testid=go-library]", "[data-testid=media-row]").await);
    }
    let asked = "const done = arguments[0], from = performance.now()
        window.__TAURI_INTERNALS__.invoke('library').then((view) => done([view.media.length, performance.now() - from]))";
    let mut read = Vec::new();
    for _ in 0..5 {
        let answer = window.client.execute_async(asked, vec![]).await.unwrap();
        assert_eq!(answer[0], json!(ROWS));
        read.push(answer[1].as_f64().unwrap());
    }
    let mut sorted = Vec::new();
    for column in [2, 1, 4, 5, 7, 8] {
        let head = format!("[role=columnheader]:nth-child({column})");
        let before = window.js("return document.querySelector('[aria-sort]').textContent", vec![]).await;
        sorted.push(timed(&window, &format!("{head} button"), &format!("{head}[aria-sort]")).await);
        assert_ne!(window.js("return document.querySelector('[aria-sort]').textContent", vec![]).await, before);
    }
    let (open, ask, sort) = (least(opened), least(read), least(sorted));
    println!("{ROWS} media: the room opens in {open:.0} ms, is read in {ask:.0} ms, sorted in {sort:.0} ms");
    // Reading crosses from an unoptimised build.
    assert!(
        open < 300.0 && sort < 300.0 && ask < 2_000.0,
        "the room opens in {open:.0} ms, is read in {ask:.0} ms, sorted in {sort:.0} ms"
    );

    // The keys of the table: sort by name, go to the end and back.
    window.find_css("[data-pane=media]").await.click().await.unwrap();
    window.press("2").await;
    window.press("Home").await;
    let names = "const name = (i) => document.getElementById(`media-${i}`)?.querySelector('.name').textContent
        return name(0) === 'camera-0.mp4' && [name(1), name(2), name(3)]";
    assert_eq!(window.until("names in order", names).await, json!(["camera-1.mp4", "camera-2.mp4", "camera-3.mp4"]));
    window.press("/").await;
    window.type_text("camera-1999").await;
    let typed = window.js("return document.querySelector('[data-filter]').value", vec![]).await;
    assert_eq!(typed, json!("camera-1999"), "the key that leads there is not typed");
    window.until("a few rows", &count.replace("return ", "return 12 === ")).await;
    window.press("Escape").await;
    window.until("all rows", &count.replace("return ", &format!("return {} === ", ROWS + 1))).await;
    // This choice and order under a name, and back to it.
    window.press("Ctrl+s").await;
    window.type_text("by name").await;
    window.press("Enter").await;
    window.until("a saved view", "return document.querySelector('[data-testid=view]')?.getAttribute('aria-pressed') === 'true'").await;
    window.press("3").await;
    window.until("another order", "return document.querySelector('[data-testid=view]')?.getAttribute('aria-pressed') === 'false'").await;
    window.find("view").await.click().await.unwrap();
    window.until("the view again", "return document.querySelector('[data-testid=view]')?.getAttribute('aria-pressed') === 'true'").await;
    window.close().await;
}
