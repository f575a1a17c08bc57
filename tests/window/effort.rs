//! How many keys and clicks the usual work takes; a chord and a click count one, and so does each letter. `./dev/effort` prints the table.

use super::harness::Window;
use super::review::{read_json, sample};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A row of the table; fails where the journey took more than it may.
fn hold(journey: &str, most: usize, acts: usize) {
    println!("| {journey} | ≤ {most} | {acts} | {} |", if acts <= most { "met" } else { "**missed**" });
    assert!(acts <= most, "{journey} took {acts} acts, and may take {most}");
}

/// The sample's talk with its true times bent by `bend`, and words that the recogniser was hardly sure of.
fn talk(home: &Path, bend: impl Fn(f64) -> f64) -> PathBuf {
    let folder = home.join("media");
    std::fs::create_dir(&folder).unwrap();
    std::fs::copy(sample("bridge.mp4"), folder.join("talk.mp4")).unwrap();
    let mut transcript = read_json(&sample("bridge.transcribe.json"));
    let truth = read_json(&sample("bridge.truth.json"));
    for (item, times) in transcript["results"]["items"].as_array_mut().unwrap().iter_mut().zip(truth["items"].as_array().unwrap()) {
        if let (Some(start), Some(end)) = (times[0].as_f64(), times[1].as_f64()) {
            item["start_time"] = json!(format!("{:.3}", bend(start / 1e6)));
            item["end_time"] = json!(format!("{:.3}", bend(end / 1e6)));
            item["alternatives"][0]["confidence"] = json!("0.31");
        }
    }
    std::fs::write(folder.join("talk.json"), transcript.to_string()).unwrap();
    let project = home.join("talk.plumbline");
    drop(plumbline_project::Project::create(&project).unwrap());
    project
}

/// The desk on that talk, prepared, as a reviewer meets it at the start of the day.
async fn prepared(home: &Path, bend: impl Fn(f64) -> f64) -> Window {
    let project = talk(home, bend);
    let window = Window::open(home, &[project.to_str().unwrap(), home.join("media").to_str().unwrap()]).await;
    window.find("media-row").await.click().await.unwrap();
    window.press("Enter").await;
    window.until("flags", "return document.querySelectorAll('[data-testid=flag]').length").await;
    window.settled().await;
    window.close().await;
    let window = Window::open(home, &[project.to_str().unwrap()]).await;
    window.until("the first flag", "return document.querySelector('[data-testid=flag][aria-selected=true]')").await;
    window.until("the picture", "return (document.querySelector('video')?.readyState ?? 0) >= 2").await;
    window.settled().await;
    window.acts();
    window
}

async fn media(window: &Window) -> String {
    window.invoke("start", json!({})).await["open_media"].as_str().unwrap().to_owned()
}

/// Clicks in a row of the timeline, given by its share from the top, at a moment.
async fn click_timeline(window: &Window, at_us: f64, row: f64) {
    let script = "const [at_us, row] = arguments
        const box = document.querySelector('[data-testid=timeline] .tracks').getBoundingClientRect()
        return [box.left + box.width * at_us / (document.querySelector('video').duration * 1e6), box.top + (row < 0 ? box.height + row : row)]";
    let at: [f64; 2] = serde_json::from_value(window.js(script, vec![json!(at_us), json!(row)]).await).unwrap();
    window.click_at(at[0], at[1]).await;
    window.settled().await;
}

const RULER: f64 = 8.0;
/// From the bottom: the row of flags is the last.
const FLAGS: f64 = -12.0;

#[tokio::test(flavor = "multi_thread")]
async fn effort_of_mending_a_linear_drift() {
    let home = tempfile::tempdir().unwrap();
    let bend = |s: f64| s * 1.004 + 0.8;
    let window = prepared(home.path(), bend).await;
    let media = media(&window).await;
    let selected = async || {
        let word = window.js("return Number(document.querySelector('[data-word][data-selected]').dataset.word)", vec![]).await;
        word.as_u64().unwrap() as usize
    };
    let starts: Vec<f64> =
        read_json(&sample("bridge.truth.json"))["items"].as_array().unwrap().iter().filter_map(|i| i[0].as_f64()).collect();

    // The word of the first flag is selected already: it is heard there. Then the same for a word near the end.
    click_timeline(&window, starts[selected().await], RULER).await;
    window.press("a").await;
    window.until("an anchor", "return document.querySelectorAll('[data-testid=anchor]').length === 1").await;
    let first = selected().await;
    click_timeline(&window, starts[starts.len() - 4], FLAGS).await;
    window
        .until(
            "another word",
            &format!("return Number(document.querySelector('[data-word][data-selected]')?.dataset.word) > {}", first + 20),
        )
        .await;
    click_timeline(&window, starts[selected().await], RULER).await;
    window.press("a").await;
    window.until("both anchors", "return document.querySelectorAll('[data-testid=anchor]').length === 2").await;
    hold("linear drift, mended by hand", 5, window.acts());

    let out = window.path("out.json");
    window.invoke("export_media", json!({ "media": media, "kind": "transcribe", "path": out })).await;
    let mut errors: Vec<f64> = read_json(&out)["results"]["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|i| i["start_time"].as_str()?.parse::<f64>().ok())
        .zip(&starts)
        .map(|(s, truth)| (s - truth / 1e6).abs())
        .collect();
    errors.sort_by(f64::total_cmp);
    assert!(errors[errors.len() / 2] < 0.2, "median error is {} s", errors[errors.len() / 2]);
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn effort_of_a_proposal_and_of_false_alarms() {
    let home = tempfile::tempdir().unwrap();
    let window = prepared(home.path(), |s| s * 1.004 + 0.8).await;
    let media = media(&window).await;
    window.find("proposal").await;
    window.press("y").await;
    window.until("the map in force", "return document.querySelector('[data-testid=alignment]')?.dataset.state === 'accepted'").await;
    hold("linear drift, by proposal", 1, window.acts());
    // The flags of the drift that is mended now go; who decides on one of them meanwhile is told that it went.
    window.settled().await;

    window.until("a flag to decide", "return document.querySelector('[data-testid=flag][aria-selected=true]:not([data-decision])')").await;
    for _ in 0..10 {
        window.press("x").await;
    }
    let dismissed = async || {
        let flags = window.invoke("flags", json!({ "media": media })).await;
        flags["flags"].as_array().unwrap().iter().filter(|f| f.pointer("/verdict/decision") == Some(&Value::from("false_alarm"))).count()
    };
    let began = Instant::now();
    while dismissed().await < 10 {
        assert!(began.elapsed() < Duration::from_secs(60), "{} of ten verdicts were kept", dismissed().await);
    }
    hold("ten false alarms, dismissed", 10, window.acts());
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn effort_of_a_wrong_word_and_of_speakers() {
    let home = tempfile::tempdir().unwrap();
    let window = prepared(home.path(), |s| s).await;
    let media = media(&window).await;
    window.press("F8").await;
    window.press("Enter").await;
    window.until("the word open for editing", "return document.querySelector('.cm-content[data-mode=edit]')").await;
    window.type_text("bridge").await;
    window.press("Escape").await;
    hold("one wrong word of six letters", 9, window.acts());
    let written = "return document.querySelector('.cm-content[data-mode=listen]') && document.querySelector('[data-testid=saved]')?.dataset.state !== 'saving'";
    window.until("the word kept", written).await;
    assert!(window.words(&media).await.iter().any(|w| w["text"] == "bridge"));
    window.settled().await;
    window.acts();

    let who = async || window.js("return document.querySelector('.cm-line').dataset.who", vec![]).await;
    let before = who().await;
    window.press("Alt+2").await;
    window.until("another speaker", &format!("return document.querySelector('.cm-line').dataset.who !== {before}")).await;
    hold("the speaker of a turn", 1, window.acts());

    window.press("Ctrl+r").await;
    window.until("the name open", "return document.activeElement?.dataset.testid === 'speaker-name'").await;
    window.type_text("Mara").await;
    window.press("Enter").await;
    window.until("the name everywhere", "return document.querySelector('.cm-line').dataset.who?.includes('Mara')").await;
    hold("a speaker renamed everywhere, to a name of four letters", 3 + 4, window.acts());
    window.close().await;
}
