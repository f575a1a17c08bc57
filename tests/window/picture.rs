//! The picture: exact frames, and annotations drawn on them.

use super::harness::Window;
use fantoccini::actions::{InputSource, MOUSE_BUTTON_LEFT, MouseActions, PointerAction};
use plumbline_project::Project;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

/// Frames whose luma is 16 + 4n, so that a picture tells its number; after every fifth there is a gap.
const UNEVEN: &str = "-f lavfi -i color=c=black:s=320x180:r=25:d=2,format=yuv420p,geq=lum='16+4*N':cb=128:cr=128,setpts=(N+3*floor(N/5)+0.01)/25/TB \
                      -f lavfi -i sine=d=3.2 -fps_mode passthrough -enc_time_base 1:25 -c:v libx264 -qp 1 -bf 3 -g 30 -c:a aac";
const FRAMES: usize = 50;

/// A video made with the `ffmpeg` program.
fn make(to: &Path, arguments: &str) {
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-hide_banner", "-nostdin", "-loglevel", "error", "-y"]).args(arguments.split_whitespace()).arg(to);
    assert!(ffmpeg.status().expect("the tests need the ffmpeg program").success(), "{arguments}");
}

/// When frames are shown by the ffprobe program, in microseconds.
fn probed(path: &Path) -> Vec<i64> {
    let mut probe = Command::new("ffprobe");
    probe.args("-v error -select_streams v:0 -show_entries frame=best_effort_timestamp_time -of csv=p=0".split(' ')).arg(path);
    let seconds = String::from_utf8(probe.output().expect("the tests need the ffprobe program").stdout).unwrap();
    let times = seconds.lines().filter_map(|line| line.trim_end_matches(',').parse::<f64>().ok());
    times.map(|seconds| (seconds * 1e6).round() as i64).collect()
}

/// A window with a project that holds these files, the first media open for review.
async fn open_files(home: &Path, files: &[&Path]) -> Window {
    let project = home.join("Pictures.plumbline");
    drop(Project::create(&project).unwrap());
    let arguments: Vec<&str> = [project.as_path()].iter().chain(files).map(|path| path.to_str().unwrap()).collect();
    let window = Window::open(home, &arguments).await;
    window.find("media-row").await.click().await.unwrap();
    window.press("Enter").await;
    window.until("the picture", "return (document.querySelector('video')?.readyState ?? 0) >= 2").await;
    window.settled().await;
    window
}

/// Waits for the exact picture of a moment, and reads the number that it shows.
async fn number_at(window: &Window, at_us: i64) -> i64 {
    let shown = format!("return document.querySelector('[data-testid=picture][data-still]')?.dataset.shownUs === '{at_us}'");
    window.until(&format!("the frame at {at_us} µs"), &shown).await;
    let middle = "const still = document.querySelector('[data-testid=still]')
        return still.getContext('2d').getImageData(still.width / 2, still.height / 2, 1, 1).data[1]";
    let green = window.js(middle, vec![]).await.as_f64().unwrap();
    (green * 219.0 / 255.0 / 4.0).round() as i64
}

#[tokio::test(flavor = "multi_thread")]
async fn stepping_shows_every_frame_once_and_in_order() {
    let home = tempfile::tempdir().unwrap();
    let video = home.path().join("uneven.mp4");
    make(&video, UNEVEN);
    let times = probed(&video);
    assert_eq!(times.len(), FRAMES);
    let window = open_files(home.path(), &[&video]).await;
    let frame = "return Number(document.querySelector('[data-testid=frame]')?.dataset.frame ?? -1)";
    for (n, &time) in times.iter().enumerate() {
        if n > 0 {
            window.press(".").await;
        }
        assert_eq!(number_at(&window, time).await, n as i64, "on to {time} µs");
        assert_eq!(window.js(frame, vec![]).await, n, "its number");
    }
    window.press(".").await;
    for (n, &time) in times.iter().enumerate().rev() {
        assert_eq!(number_at(&window, time).await, n as i64, "back to {time} µs");
        window.press(",").await;
    }
    assert_eq!(number_at(&window, times[0]).await, 0);

    // While it plays the video itself is seen, and the picture is exact again once it stops.
    window.press("Space").await;
    window.until("the still gone", "return !document.querySelector('[data-testid=still]')").await;
    window.press("Space").await;
    window.until("the still back", "return document.querySelector('[data-testid=still]') !== null").await;
    let at = window.js("return Number(document.querySelector('[data-testid=time]').dataset.us)", vec![]).await.as_i64().unwrap();
    let shown = times.iter().rposition(|time| *time <= at).unwrap();
    assert_eq!(number_at(&window, times[shown]).await, shown as i64);
    window.close().await;
}

/// A dark picture with a bright rectangle, and annotations that name it and something larger around it.
const LIT: [f64; 4] = [0.25, 0.25, 0.25, 0.5];

fn lit_picture(home: &Path) -> [std::path::PathBuf; 2] {
    let (video, annotations) = (home.join("lit.mp4"), home.join("lit.annotations.json"));
    let picture = "-f lavfi -i color=c=0x202020:s=640x320:r=25:d=4,drawbox=160:80:160:160:white:fill -f lavfi -i sine=d=4 \
                   -c:v libx264 -pix_fmt yuv420p -c:a aac";
    make(&video, picture);
    let region = |[x, y, w, h]: [f64; 4]| json!({ "x": x, "y": y, "w": w, "h": h });
    let lit =
        json!({ "id": "lit", "start_us": 0, "end_us": 4_000_000, "region": region(LIT), "label": "lamp", "text": "A lamp", "maker": 7 });
    let wide = json!({ "id": "wide", "start_us": 0, "end_us": 4_000_000, "region": region([0.125, 0.125, 0.625, 0.75]), "label": "room", "text": "" });
    let set = json!({ "format": "plumbline-annotations", "version": 1, "annotations": [lit, wide] });
    std::fs::write(&annotations, set.to_string()).unwrap();
    [video, annotations]
}

async fn open_lit(home: &Path) -> (Window, Value) {
    let [video, annotations] = lit_picture(home);
    let window = open_files(home, &[&video, &annotations]).await;
    window.find_css("[data-annotation=lit]").await;
    let media = window.js("return document.querySelector('[data-testid=room-review]').dataset.media", vec![]).await;
    (window, media)
}

/// An annotation as it is stored.
async fn stored(window: &Window, media: &Value, id: &str) -> Option<Value> {
    window.until("everything saved", "return document.querySelector('[data-testid=saved]').dataset.state === 'saved'").await;
    let view = window.invoke("annotations", json!({ "media": media })).await;
    view["annotations"].as_array().unwrap().iter().find(|a| a["id"] == id).cloned()
}

async fn region(window: &Window, media: &Value, id: &str) -> [f64; 4] {
    let annotation = stored(window, media, id).await.unwrap();
    ["x", "y", "w", "h"].map(|side| annotation["region"][side].as_f64().unwrap())
}

fn near(a: [f64; 4], b: [f64; 4], slack: f64) -> bool {
    a.iter().zip(b).all(|(a, b)| (a - b).abs() <= slack)
}

/// Left, top, width and height of an element.
async fn rect(window: &Window, css: &str) -> [f64; 4] {
    let script = "const { left, top, width, height } = document.querySelector(arguments[0]).getBoundingClientRect(); return [left, top, width, height]";
    serde_json::from_value(window.js(script, vec![json!(css)]).await).unwrap()
}

const BOX: &str = "[data-testid=annotation-box][data-annotation=lit] .line";

/// How bright what the window shows is, at these places.
async fn brightness(window: &Window, places: &[(f64, f64)]) -> Vec<f64> {
    let shot = window.shot().await;
    let script = "const [bytes, places, done] = arguments
        createImageBitmap(new Blob([new Uint8Array(bytes)])).then((shot) => {
            const pen = new OffscreenCanvas(shot.width, shot.height).getContext('2d')
            pen.drawImage(shot, 0, 0)
            const scale = shot.width / innerWidth
            done(places.map(([x, y]) => pen.getImageData(x * scale, y * scale, 1, 1).data[1]))
        })";
    let read = window.client.execute_async(script, vec![json!(shot), json!(places)]).await.unwrap();
    serde_json::from_value(read).unwrap()
}

/// The box lies round what it names: bright inside all four edges, dark outside of them.
async fn box_fits(window: &Window, what: &str) {
    window.settled().await;
    let [x, y, w, h] = rect(window, BOX).await;
    assert!(w > 16.0 && h > 16.0, "{what}: {w} x {h}");
    let by = 5.0;
    let (mid_x, mid_y) = (x + w / 2.0, y + h / 2.0);
    let inside = [(x + by, mid_y), (x + w - by, mid_y), (mid_x, y + by), (mid_x, y + h - by)];
    let outside = [(x - by, mid_y), (x + w + by, mid_y), (x + w - 3.0, y - by), (mid_x, y + h + by)];
    let seen = brightness(window, &[inside, outside].concat()).await;
    assert!(seen[..4].iter().all(|b| *b > 180.0) && seen[4..].iter().all(|b| *b < 120.0), "{what}: {seen:?} round {:?}", [x, y, w, h]);
}

#[tokio::test(flavor = "multi_thread")]
async fn boxes_stay_on_what_they_name_at_every_size() {
    let home = tempfile::tempdir().unwrap();
    let (window, _) = open_lit(home.path()).await;
    for (width, height) in [(1440, 900), (1200, 760), (1000, 1100)] {
        window.client.set_window_size(width, height).await.unwrap();
        window.until("the size", &format!("return Math.abs(innerWidth - {width}) < 40")).await;
        window.find("still").await;
        box_fits(&window, &format!("over the still at {width} x {height}")).await;
        window.js("document.querySelector('[data-testid=still]').style.visibility = 'hidden'", vec![]).await;
        box_fits(&window, &format!("over the video at {width} x {height}")).await;
        window.js("document.querySelector('[data-testid=still]').style.visibility = ''", vec![]).await;
        window.press("Ctrl+b").await;
        window.find("annotation-list").await;
        box_fits(&window, &format!("beside the list at {width} x {height}")).await;
        window.press("Ctrl+b").await;
    }
    window.close().await;
}

/// Drags the mouse from one place by so much.
async fn drag(window: &Window, from: (f64, f64), by: (f64, f64)) {
    let to = |share: f64| PointerAction::MoveTo { duration: None, x: (from.0 + by.0 * share).round(), y: (from.1 + by.1 * share).round() };
    let (press, release) = (PointerAction::Down { button: MOUSE_BUTTON_LEFT }, PointerAction::Up { button: MOUSE_BUTTON_LEFT });
    let mouse = MouseActions::new("mouse".into()).then(to(0.0)).then(press).then(to(0.3)).then(to(0.7)).then(to(1.0)).then(release);
    window.client.perform_actions(mouse).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_box_is_dragged_and_pulled_and_undo_brings_it_back() {
    let home = tempfile::tempdir().unwrap();
    let (window, media) = open_lit(home.path()).await;
    let before = stored(&window, &media, "lit").await.unwrap();
    let [x, y, w, h] = rect(&window, BOX).await;
    let middle = (x + w / 2.0, y + h / 2.0);
    let [_, _, frame_w, frame_h] = rect(&window, "[data-testid=still]").await;

    // A press takes the smallest box, another one the box below it.
    drag(&window, middle, (0.0, 0.0)).await;
    let selected =
        |id: &str| format!("return document.querySelector('.selected[data-testid=annotation-box]')?.dataset.annotation === '{id}'");
    window.until("the lamp chosen", &selected("lit")).await;
    drag(&window, middle, (0.0, 0.0)).await;
    window.until("the room chosen", &selected("wide")).await;
    drag(&window, middle, (0.0, 0.0)).await;
    window.until("the lamp chosen again", &selected("lit")).await;

    drag(&window, middle, (60.0, -20.0)).await;
    let [dx, dy] = [60.0 / frame_w, -20.0 / frame_h];
    let moved = region(&window, &media, "lit").await;
    assert!(near(moved, [LIT[0] + dx, LIT[1] + dy, LIT[2], LIT[3]], 0.003), "{moved:?}");
    assert_eq!(stored(&window, &media, "lit").await.unwrap()["maker"], 7, "what the import said of it stays");

    let corner = rect(&window, "[data-handle=se]").await;
    assert!(corner[2] >= 24.0 && corner[3] >= 24.0, "{corner:?}");
    drag(&window, (corner[0] + 12.0, corner[1] + 12.0), (30.0, 30.0)).await;
    let pulled = region(&window, &media, "lit").await;
    assert!(near(pulled, [moved[0], moved[1], LIT[2] + 30.0 / frame_w, LIT[3] + 30.0 / frame_h], 0.003), "{pulled:?}");

    // What was imported can be seen beside it, and each drag is one step.
    window.press("Ctrl+b").await;
    window.find_css("[data-testid=annotation-row][data-annotation=lit][data-edited]").await;
    window.press("Ctrl+z").await;
    window.until("one step back", "return !document.querySelector('[data-testid=redo]').disabled").await;
    assert_eq!(region(&window, &media, "lit").await, moved);
    window.press("Ctrl+z").await;
    window
        .until("as imported", "return document.querySelector('[data-testid=undo]').disabled || !document.querySelector('[data-edited]')")
        .await;
    assert_eq!(stored(&window, &media, "lit").await.unwrap(), before);
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_box_is_added_resized_named_and_deleted_by_key() {
    let home = tempfile::tempdir().unwrap();
    let (window, media) = open_lit(home.path()).await;
    window.press("b").await;
    window.press("b").await;
    window.until("the keys with the box", "return document.activeElement?.dataset.testid === 'held-box'").await;
    let id =
        window.until("the new box", "return document.querySelector('.selected[data-testid=annotation-box]')?.dataset.annotation").await;
    let id = id.as_str().unwrap();
    let start = region(&window, &media, id).await;
    // A pixel of the picture is 1/640 of its width and 1/320 of its height.
    let (px, py) = (1.0 / 640.0, 1.0 / 320.0);
    window.press("Right").await;
    window.press("Shift+Down").await;
    window.until("two steps", "return document.querySelector('[data-testid=undo]')?.title.includes('annotation')").await;
    let moved = region(&window, &media, id).await;
    assert!(near(moved, [start[0] + px, start[1] + 10.0 * py, start[2], start[3]], 1e-5), "{start:?} {moved:?}");
    window.press("Tab").await;
    window.until("the first handle", "return document.activeElement?.dataset.handle === 'nw'").await;
    window.press("Shift+Left").await;
    let wider = region(&window, &media, id).await;
    assert!(near(wider, [moved[0] - 10.0 * px, moved[1], moved[2] + 10.0 * px, moved[3]], 1e-5), "{moved:?} {wider:?}");

    window.press("Shift+F2").await;
    window.until("the label", "return document.activeElement?.dataset.testid === 'annotation-label'").await;
    window.press("Ctrl+a").await;
    window.type_text("valve").await;
    window.press("Enter").await;
    window
        .until(
            "renamed",
            "return [...document.querySelectorAll('[data-testid=annotation-row]')].some((row) => row.textContent.includes('valve'))",
        )
        .await;
    assert_eq!(stored(&window, &media, id).await.unwrap()["label"], "valve");
    let out = window.path("out.json");
    window.invoke("export_media", json!({ "media": media, "kind": "annotations", "path": out })).await;
    let export: Value = serde_json::from_slice(&std::fs::read(&out).unwrap()).unwrap();
    let written: Vec<&str> = export["annotations"].as_array().unwrap().iter().map(|a| a["label"].as_str().unwrap()).collect();
    assert_eq!(written, ["lamp", "room", "valve"]);
    assert_eq!(export["annotations"][0]["maker"], 7);

    window.press("g").await;
    window.until("the keys with the box", "return document.activeElement?.dataset.testid === 'held-box'").await;
    window.press("Delete").await;
    window.until("it gone", &format!("return !document.querySelector('[data-annotation=\"{id}\"]')")).await;
    assert!(stored(&window, &media, id).await.is_none());
    window.press("Ctrl+z").await;
    window.until("it back", &format!("return document.querySelector('[data-annotation=\"{id}\"]') !== null")).await;
    assert_eq!(region(&window, &media, id).await, wider);
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_annotation_and_its_words_know_each_other() {
    let home = tempfile::tempdir().unwrap();
    let window = super::review::open_sample(home.path()).await;
    let media = window.js("return document.querySelector('[data-testid=room-review]').dataset.media", vec![]).await;
    window.press("Ctrl+b").await;
    window.find_css("[data-testid=annotation-row][data-annotation=a2]").await.click().await.unwrap();
    window.find_css("[data-testid=word][data-word='6']").await.click().await.unwrap();
    window.press("Alt+l").await;
    let says = "return document.querySelector('[data-testid=annotation-words]')?.textContent.includes('↔')";
    window.until("the link", says).await;
    assert_eq!(stored(&window, &media, "a2").await.unwrap()["words"], json!([6, 7]));
    // The word names its annotation in the list; another word does not.
    window.find_css("[data-testid=annotation-row][data-annotation=a2][data-said]").await;
    window.find_css("[data-testid=word][data-word='8']").await.click().await.unwrap();
    window.until("no longer said", "return !document.querySelector('[data-testid=annotation-row][data-said]')").await;
    window.press("Alt+l").await;
    window.find_css("[data-testid=annotation-row][data-annotation=a2][data-said]").await;
    assert_eq!(stored(&window, &media, "a2").await.unwrap()["words"], json!([6, 9]));
    window.press("Alt+u").await;
    window.until("unlinked", &format!("return !(() => {{ {says} }})()")).await;
    assert!(stored(&window, &media, "a2").await.unwrap().get("words").is_none());
    window.close().await;
}
