//! The desk at size in the real window, beside a bare editor in the same engine: `./dev/bench-desk`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, missing_docs)]

mod bare;
mod figures;
#[allow(dead_code, reason = "the window tests use the rest of it")]
#[path = "../window/harness.rs"]
mod harness;
mod make;
mod measure;

use figures::{Bar, Figures, percentile};
use harness::Window;
use make::Made;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A/B rounds of typing and scrolling; the two windows take turns, so that what else the machine does falls on both.
const ROUNDS: usize = 6;
const KEYS: usize = 20;
const SEEKS: usize = 60;
const OPENINGS: usize = 3;

/// A home folder with the projects in it; the peaks are those that were made, not a copy.
fn home(made: &Made) -> tempfile::TempDir {
    let home = tempfile::tempdir_in(&made.folder).unwrap();
    for project in [&made.desk, &made.library] {
        std::fs::copy(project, home.path().join(project.file_name().unwrap())).unwrap();
    }
    std::fs::create_dir(home.path().join("cache")).unwrap();
    std::os::unix::fs::symlink(made.folder.join("cache"), home.path().join("cache/plumbline")).unwrap();
    std::os::unix::fs::symlink(made.folder.join("archive"), home.path().join("archive")).unwrap();
    home
}

async fn window(home: &Path, project: &str) -> Window {
    let window = Window::open(home, &[home.join(project).to_str().unwrap()]).await;
    patient(&window).await;
    window.find("room-review").await;
    window
}

async fn patient(window: &Window) {
    let timeouts = fantoccini::wd::TimeoutConfiguration::new(Some(Duration::from_secs(120)), None, None);
    window.client.update_timeouts(timeouts).await.unwrap();
    window.client.set_window_size(1600, 1000).await.unwrap();
}

async fn open_long(home: &Path) -> (Window, f64) {
    let window = window(home, "desk.plumbline").await;
    window.until("the small media", "return document.querySelector('[data-testid=flag], .cm-line, [data-testid=word]')").await;
    measure::rest(&window).await;
    window.find("go-library").await.click().await.unwrap();
    measure::quiet();
    let opened = measure::open(&window, &make::long_media().0).await;
    window.until("the picture", "return (document.querySelector('video')?.readyState ?? 0) >= 2").await;
    measure::rest(&window).await;
    (window, opened)
}

/// Typing and scrolling beside the bare editor.
async fn text(app: &Window, bare: &Window, figures: &mut Figures) {
    let (mut keys, mut scrolls) = ([vec![], vec![]], [vec![], vec![]]);
    measure::quiet();
    for round in 0..ROUNDS {
        for (i, window) in [app, bare].into_iter().enumerate() {
            scrolls[i].extend(measure::scroll(window, 0.1 + 0.1 * round as f64).await);
            if measure::place_caret(window).await {
                keys[i].extend(measure::type_keys(window, KEYS).await);
                measure::leave(window).await;
            }
        }
    }
    figures.versus("key to paint, p95", &keys[0], &keys[1], 1.1);
    figures.versus("scrolling the text, p95 of a frame", &scrolls[0], &scrolls[1], 1.1);
}

async fn timeline(app: &Window, figures: &mut Figures) {
    let mut busy = Busy::begin(app, figures);
    let mut zooms = Vec::new();
    for share in [0.2, 0.5, 0.8] {
        zooms.extend(measure::zoom(app, share).await);
    }
    busy.end("zooming", zooms.len(), figures);
    let mut pans = Vec::new();
    for steps in [0, 8, 16, 24, 32] {
        pans.extend(measure::pan(app, steps).await);
    }
    busy.end("moving sideways", pans.len(), figures);
    let scrubs = measure::scrub(app).await;
    busy.end("scrubbing", scrubs.len(), figures);
    figures.hold("timeline: zooming, p95 of a frame", Bar::most(33.0, "ms"), &zooms, 0.95);
    figures.hold("timeline: moving sideways, p95 of a frame", Bar::most(33.0, "ms"), &pans, 0.95);
    figures.hold("timeline: scrubbing, p95 of a frame", Bar::most(33.0, "ms"), &scrubs, 0.95);
}

/// Says how much processor time something took, which a busy machine does not change.
struct Busy {
    driver: u32,
    from: f64,
}

impl Busy {
    /// Waits for a quiet machine, as far as there is one.
    fn begin(window: &Window, figures: &mut Figures) -> Self {
        if !measure::quiet() {
            figures.remark("the machine was busy with something else: times are too long, processor time is right".to_owned());
        }
        Self { driver: window.driver(), from: measure::processor(window.driver()) }
    }

    fn end(&mut self, what: &str, frames: usize, figures: &mut Figures) {
        let now = measure::processor(self.driver);
        figures.remark(format!("{what}: {:.0} ms of processor time a frame", (now - self.from) / frames.max(1) as f64));
        self.from = now;
    }
}

async fn seeks(app: &Window, figures: &mut Figures) {
    measure::quiet();
    let (mut times, mut stills, mut lost) = (Vec::new(), 0, 0);
    for place in measure::places(SEEKS) {
        match measure::seek(app, place).await {
            Ok((ms, still)) => {
                times.push(ms);
                stills += usize::from(still);
            }
            Err(error) => {
                println!("a seek to {place:.4}: {error}");
                lost += 1;
            }
        }
    }
    figures.hold("seek to the right picture, p95", Bar::most(150.0, "ms"), &times, 0.95);
    figures.remark(format!(
        "seeks: p50 {:.0} ms; a still came first in {stills} of {}; {lost} without a picture",
        percentile(&times, 0.5),
        times.len()
    ));
}

async fn playing(app: &Window, words: &[(i64, i64)], figures: &mut Figures) {
    let mut busy = Busy::begin(app, figures);
    let seen = measure::play(app, 10).await;
    busy.end("playing", seen.len(), figures);
    let between: Vec<f64> = seen.windows(2).map(|w| w[1].0 - w[0].0).collect();
    let spoken = seen.iter().filter(|s| s.2.is_some()).count();
    if spoken == 0 {
        figures.absent("lit word right within a frame", "≥ 99 %", "no word was lit");
    } else {
        figures.share("lit word right within a frame", 0.99, measure::right_share(&seen, words));
    }
    let rate = 1000.0 * between.len() as f64 / between.iter().sum::<f64>();
    figures.remark(format!("playing: {rate:.0} frames/s painted, p95 of a frame {:.0} ms", percentile(&between, 0.95)));
}

async fn library(made: &Made, figures: &mut Figures) {
    let home = home(made);
    let window = window(home.path(), "library.plumbline").await;
    measure::rest(&window).await;
    measure::quiet();
    let (opened, sorted) = measure::library(&window).await;
    figures.hold("library of 20,000 media: opening", Bar::most(300.0, "ms"), &[opened], 1.0);
    figures.hold("library of 20,000 media: sorting, slowest column", Bar::most(300.0, "ms"), &sorted, 1.0);
    window.close().await;
}

async fn bench(made: &Made, bare_page: Option<PathBuf>, only: &str) {
    let mut figures = Figures::default();
    let on = |part: &str| only.is_empty() || only.split(',').any(|o| o == part);
    let mut openings = Vec::new();
    if on("open") {
        for _ in 1..OPENINGS {
            let home = home(made);
            let (window, ms) = open_long(home.path()).await;
            openings.push(ms);
            window.close().await;
        }
    }
    let home = home(made);
    let (app, ms) = open_long(home.path()).await;
    openings.push(ms);
    figures.hold("opening 10 h, 100,000 words: words, timeline, flags, median", Bar::most(1_000.0, "ms"), &openings, 0.5);
    if on("timeline") {
        timeline(&app, &mut figures).await;
    }
    if on("play") {
        playing(&app, &made.words, &mut figures).await;
    }
    if on("seek") {
        seeks(&app, &mut figures).await;
    }
    if on("text") {
        match bare_page {
            Some(folder) => {
                let bare = Window::bare(home.path()).await;
                patient(&bare).await;
                let (width, height) = measure::pane_size(&app).await;
                let address = bare::serve(&folder, &made.lines).await;
                bare.client.goto(&format!("{address}/index.html?width={width}&height={height}")).await.unwrap();
                bare.find_css(".cm-content").await;
                text(&app, &bare, &mut figures).await;
                bare.close().await;
            }
            None => figures.remark("no bare page was built: text is not measured".to_owned()),
        }
    }
    let memory = measure::memory(app.driver());
    let sum: f64 = memory.iter().map(|m| m.1).sum();
    figures.hold("memory of all processes, PSS", Bar::most(700.0, "MB"), &[sum], 1.0);
    let shares: Vec<String> = memory.iter().map(|(name, mb)| format!("{name} {mb:.0}")).collect();
    figures.remark(format!("memory in MB: {}", shares.join(", ")));
    app.close().await;
    if on("library") {
        library(made, &mut figures).await;
    }
    figures.print();
}

fn main() {
    let set = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let Some(folder) = set("PLUMBLINE_DESK_BENCH") else {
        println!("skipped: PLUMBLINE_DESK_BENCH names no folder; ./dev/bench-desk sets it");
        return;
    };
    let made = make::make(&folder);
    let only = std::env::var("PLUMBLINE_DESK_PARTS").unwrap_or_default();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(bench(&made, set("PLUMBLINE_BARE_PAGE"), &only));
}
