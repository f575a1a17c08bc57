//! The picture: exact frames, and annotations drawn on them.

use super::harness::Window;
use plumbline_project::Project;
use serde_json::json;
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
