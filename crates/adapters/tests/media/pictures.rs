use super::Studio;
use plumbline_adapters::Ffmpeg;
use plumbline_core::{Delta, MediaTime};
use plumbline_pipeline::Media;
use plumbline_pipeline::ports::Frame;
use std::path::Path;

/// Two seconds at 25 frames per second whose luma is 16 + 4n: a picture tells its number.
const NUMBERED: &str = "-f lavfi -i color=c=black:s=64x64:r=25:d=2,format=yuv420p,geq=lum='16+4*N':cb=128:cr=128";
const FRAMES: i64 = 50;

/// The number that a picture shows.
fn number(frame: &Frame) -> i64 {
    assert_eq!(frame.rgb.len(), 3 * (frame.width * frame.height) as usize);
    let middle = 3 * (frame.width * (frame.height / 2) + frame.width / 2) as usize;
    let luma = f64::from(frame.rgb[middle + 1]) * 219.0 / 255.0;
    (luma / 4.0).round() as i64
}

/// Frame `n` comes back from its first moment to its last, and its neighbours are those before and after.
fn check(name: &str, path: &Path, first: i64, time_us: impl Fn(i64) -> i64) {
    let times: Vec<MediaTime> = (first..FRAMES).map(|n| MediaTime::from_us(time_us(n))).collect();
    for (i, &time) in times.iter().enumerate() {
        let next = times.get(i + 1).copied();
        let last_moment = next.map_or(time + Delta::from_us(5_000_000), |next| next - Delta::from_us(2));
        for at in [time, last_moment] {
            let frame = Ffmpeg.frame(path, at, 640).unwrap();
            let n = first + i as i64;
            assert_eq!((number(&frame), frame.at), (n, time), "{name}: frame {n} at {at}");
            let before = i.checked_sub(1).map(|i| times[i]);
            assert_eq!(Ffmpeg.neighbours(path, at).unwrap(), (before, time, next), "{name}: around frame {n} at {at}");
        }
    }
    let long_before = MediaTime::from_us(-9_000_000);
    assert_eq!(number(&Ffmpeg.frame(path, long_before, 640).unwrap()), first, "{name}: before the first");
    assert_eq!(Ffmpeg.neighbours(path, long_before).unwrap().1, times[0], "{name}: before the first");
}

#[test]
fn every_frame_comes_back_at_its_time() {
    let studio = Studio::new();
    let n25 = |n: i64| n * 40_000;
    let x264 = "-c:v libx264 -qp 1 -bf 2 -g 12";
    studio.make("src.mp4", &format!("{NUMBERED} {x264}"));
    let uneven = format!("{NUMBERED},setpts=(N+3*floor(N/5)+0.01)/25/TB -fps_mode passthrough -enc_time_base 1:25 {x264}");
    let uneven_time = |n: i64| (n + 3 * (n / 5)) * 40_000;
    check("b-frames", &studio.path("src.mp4"), 0, n25);
    for (name, arguments) in [
        ("long.mp4", format!("{NUMBERED} -c:v libx264 -qp 1 -bf 3 -g 250 -x264-params b-pyramid=normal")),
        ("open.mkv", format!("{NUMBERED} -c:v libx264 -qp 1 -bf 3 -x264-params open-gop=1:keyint=10:scenecut=0")),
        ("late.mkv", "-i @src.mp4 -c copy -output_ts_offset 5".to_owned()),
        ("plain.ts", "-i @src.mp4 -c copy".to_owned()),
        ("plain.mov", "-i @src.mp4 -c copy".to_owned()),
        ("vp8.webm", format!("{NUMBERED} -c:v libvpx -b:v 2M -g 20 -auto-alt-ref 1 -lag-in-frames 10")),
        ("vp9.webm", format!("{NUMBERED} -c:v libvpx-vp9 -b:v 2M -g 20 -cpu-used 8")),
        ("hevc.mkv", format!("{NUMBERED} -c:v libx265 -preset ultrafast -x265-params log-level=none:keyint=15 -crf 4")),
        ("mpeg4.avi", format!("{NUMBERED} -c:v mpeg4 -q:v 1 -g 12")),
        ("mpeg2.mpg", format!("{NUMBERED} -c:v mpeg2video -q:v 1 -bf 2 -g 12")),
    ] {
        check(name, &studio.make(name, &arguments), 0, n25);
    }
    check("uneven.mp4", &studio.make("uneven.mp4", &uneven), 0, uneven_time);
    check("uneven.mkv", &studio.make("uneven.mkv", &uneven), 0, uneven_time);
    let late = studio.make("late.mp4", "-i @src.mp4 -c copy -output_ts_offset 5");
    check("late.mp4", &late, 0, |n| n * 40_000 + 5_000_000);
    // Cut without re-encoding: it starts in the middle of a group of pictures, and an edit list hides what comes before.
    let cut = studio.make("cut.mp4", "-ss 0.64 -i @src.mp4 -c copy");
    check("cut.mp4", &cut, 16, |n| (n - 16) * 40_000);
}
