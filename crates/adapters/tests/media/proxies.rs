use super::{CLICK, NUMBERED, Studio, click_ms, heard};
use plumbline_adapters::Ffmpeg;
use plumbline_core::{MediaTime, Span};
use plumbline_pipeline::stages::proxy::needs_proxy;
use plumbline_pipeline::{Job, Media, MediaError};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

/// PTS, DTS and whether it is a key frame, of the picture's packets that are shown, as `ffprobe` tells them.
fn packets(path: &Path) -> Vec<(i64, i64, bool)> {
    let mut command = Command::new("ffprobe");
    command.args(["-v", "error", "-select_streams", "v", "-show_entries", "packet=pts,dts,flags", "-of", "csv=p=0"]);
    let text = String::from_utf8(command.arg(path).output().unwrap().stdout).unwrap();
    let packet = |line: &str| {
        let mut parts = line.split(',');
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().unwrap_or(i64::MIN), parts.next()?.starts_with('K')))
    };
    text.lines().filter(|line| !line.contains('D')).filter_map(packet).collect()
}

/// Green of the middle pixel of what is shown then.
fn shade(path: &Path, at: MediaTime) -> i16 {
    let frame = Ffmpeg.frame(path, at, 64).unwrap();
    i16::from(frame.rgb[3 * (frame.width * (frame.height / 2) + frame.width / 2) as usize + 1])
}

/// The copy shows and sounds as the source does at every moment, and is what webviews like.
fn check(name: &str, source: &Path) {
    let to = source.with_file_name("copy.mp4");
    let told = Arc::new(AtomicU64::new(0));
    let latest = told.clone();
    let job = Job::new(move |p| latest.store(p.done, Ordering::Relaxed));
    Ffmpeg.proxy(source, &to, 48, &job).unwrap_or_else(|e| panic!("{name}: {e}"));
    assert!(told.load(Ordering::Relaxed) > 0, "{name}: no progress");
    let (from, copy) = (Ffmpeg.probe(source).unwrap(), Ffmpeg.probe(&to).unwrap());
    assert!(!needs_proxy(&copy), "{name}: {copy:?}");
    assert!((from.duration - copy.duration).abs().us() < 60_000, "{name}: {} became {}", from.duration, copy.duration);
    assert_eq!((from.video.is_some(), from.audio.is_some()), (copy.video.is_some(), copy.audio.is_some()), "{name}");
    if from.audio.is_some() {
        let (before, after) = (click_ms(&heard(source)), click_ms(&heard(&to)));
        assert!((before - after).abs() < 2.5, "{name}: the click moved from {before} to {after} ms");
    }
    if let Some(video) = copy.video {
        assert!(video.width.max(video.height) <= 48 && video.width % 2 == 0 && video.height % 2 == 0, "{name}: {video:?}");
        let (packets, packets_of_source) = (packets(&to), packets(source));
        assert_eq!(packets.len(), packets_of_source.len(), "{name}: number of frames");
        assert!(packets.iter().all(|(pts, dts, _)| pts == dts), "{name}: B-frames");
        assert!(packets.chunks(25).all(|c| c.iter().any(|(.., key)| *key)), "{name}: key frames");
        let mut at = Ffmpeg.neighbours(source, MediaTime::ZERO).unwrap().1;
        while let (_, now, Some(next)) = Ffmpeg.neighbours(source, at).unwrap() {
            let middle = now + plumbline_core::Delta::from_us((next - now).us() / 2);
            assert!((shade(source, middle) - shade(&to, middle)).abs() <= 2, "{name}: another frame at {middle}");
            at = next;
        }
    }
    let bytes = std::fs::read(&to).unwrap();
    let place = |name: &[u8]| bytes.windows(4).position(|w| w == name).unwrap();
    assert!(place(b"moov") < place(b"mdat"), "{name}: the index is not in front");
    assert!(!to.with_file_name("copy.mp4.part").exists());
}

#[test]
fn copies_keep_every_frame_and_every_click_in_place() {
    let studio = Studio::new();
    let both = format!("{NUMBERED} {CLICK}");
    let x264 = "-c:v libx264 -qp 4 -bf 2 -g 12";
    studio.make("src.mp4", &format!("{both} {x264} -c:a aac"));
    let uneven = format!("{NUMBERED},setpts=(N+3*floor(N/5)+0.01)/25/TB {CLICK} -fps_mode passthrough -enc_time_base 1:25 {x264}");
    for (name, arguments) in [
        ("plain.mkv", "-i @src.mp4 -c copy".to_owned()),
        ("late.mkv", "-i @src.mp4 -c copy -output_ts_offset 5".to_owned()),
        ("late.mp4", "-i @src.mp4 -c copy -output_ts_offset 5".to_owned()),
        ("plain.ts", "-i @src.mp4 -c copy".to_owned()),
        ("cut.mp4", "-ss 0.64 -i @src.mp4 -c copy".to_owned()),
        ("sound_late.mp4", "-i @src.mp4 -itsoffset 0.5 -i @src.mp4 -map 0:v -map 1:a -c copy".to_owned()),
        ("picture_late.mkv", "-i @src.mp4 -itsoffset 0.5 -i @src.mp4 -map 1:v -map 0:a -c copy".to_owned()),
        ("opus.webm", format!("{both} -c:v libvpx -b:v 2M -c:a libopus")),
        ("ten.mkv", format!("{both} -c:v libx264 -qp 4 -pix_fmt yuv422p10le -c:a ac3")),
        ("uneven.mkv", format!("{uneven} -c:a flac")),
        ("gap.mkv", "-i @src.mp4 -c copy -bsf:a noise=drop='between(n\\,20\\,30)'".to_owned()),
        ("turned.mp4", "-i @src.mp4 -c copy -metadata:s:v rotate=90".to_owned()),
        ("mute.mp4", format!("{NUMBERED} {x264}")),
        ("wma.asf", format!("{CLICK} -c:a wmav2")),
        ("sound.mp3", format!("{CLICK} -c:a libmp3lame")),
        ("-odd: name%d é.mkv", "-i @src.mp4 -c copy".to_owned()),
    ] {
        check(name, &studio.make(name, &arguments));
    }
}

#[test]
fn a_copy_that_is_stopped_leaves_nothing() {
    let studio = Studio::new();
    let path = studio.make("long.mkv", "-f lavfi -i testsrc2=s=640x360:r=25:d=60 -c:v libx264 -preset ultrafast");
    let to = studio.path("copy.mp4");
    // Cancels itself at the first sign of work, in the midst of it.
    let own: Arc<OnceLock<Job>> = Arc::default();
    let inner = own.clone();
    let job = Job::new(move |p| {
        if p.done > 0
            && let Some(job) = inner.get()
        {
            job.cancel();
        }
    });
    own.set(job.clone()).ok().unwrap();
    assert!(matches!(Ffmpeg.proxy(&path, &to, 640, &job), Err(MediaError::Cancelled(_))));
    let left: Vec<_> = std::fs::read_dir(studio.0.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["long.mkv"]);
}

#[test]
fn a_clip_shows_a_part_as_the_source_does_from_its_own_nought() {
    let studio = Studio::new();
    for (name, how) in [
        ("plain.mp4", "-c:v libx264 -bf 3 -g 50 -c:a aac"),
        ("late.ts", "-c:v libx264 -g 50 -c:a aac -output_ts_offset 90"),
        ("late.mkv", "-c:v libx264 -c:a flac -output_ts_offset 7"),
    ] {
        let source = studio.make(name, &format!("{NUMBERED} {CLICK} {how}"));
        let part = Span::new(MediaTime::from_ms(1_000), MediaTime::from_ms(2_500));
        let clip = |to: &str| {
            let to = source.with_file_name(to);
            Ffmpeg.clip(&source, part, &to, 48, &Job::quiet()).unwrap_or_else(|e| panic!("{name}: {e}"));
            to
        };
        let (one, again) = (clip("clip.mp4"), clip("again.mp4"));
        assert_eq!(std::fs::read(&one).unwrap(), std::fs::read(&again).unwrap(), "{name}: the same bytes each time");
        let probe = Ffmpeg.probe(&one).unwrap();
        assert!(probe.audio.is_none() && probe.video.is_some_and(|video| video.width <= 48), "{name}");
        assert!((probe.duration.us() - 1_500_000).abs() <= 250_000, "{name}: {}", probe.duration);
        for ms in [0, 250, 500, 750, 1_000, 1_250] {
            let (here, there) = (shade(&one, MediaTime::from_ms(ms)), shade(&source, MediaTime::from_ms(1_000 + ms)));
            assert!((here - there).abs() <= 4, "{name}: {here} in place of {there} at {ms} ms");
        }
    }
    let blind = studio.make("blind.m4a", &format!("{CLICK} -c:a aac"));
    let part = Span::new(MediaTime::ZERO, MediaTime::from_ms(500));
    let error = Ffmpeg.clip(&blind, part, &blind.with_file_name("none.mp4"), 48, &Job::quiet()).unwrap_err().to_string();
    assert!(error.contains("there is no picture to cut out"), "{error}");
    assert!(!blind.with_file_name("none.mp4").exists());
}

#[test]
fn a_clip_from_far_within_begins_where_it_should() {
    let studio = Studio::new();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/sample/bridge.mp4").canonicalize().unwrap();
    let sample = sample.display();
    for (name, how) in [("whole.mp4", ""), ("stream.ts", "-output_ts_offset 33"), ("late.mkv", "-output_ts_offset 5")] {
        let source = studio.make(name, &format!("-i {sample} -t 130 -c copy {how}"));
        let (start, to) = (MediaTime::from_ms(101_300), source.with_file_name("clip.mp4"));
        Ffmpeg.clip(&source, Span::new(start, MediaTime::from_ms(121_300)), &to, 96, &Job::quiet()).unwrap();
        let apart = |here: i64, there: i64| {
            let (one, other) = (Ffmpeg.frame(&to, MediaTime::from_ms(here), 96), MediaTime::from_ms(there));
            let one = one.unwrap_or_else(|e| panic!("{name}: {e}"));
            let other = Ffmpeg.frame(&source, other, 96).unwrap();
            one.rgb.iter().zip(&other.rgb).map(|(a, b)| u64::from(a.abs_diff(*b))).sum::<u64>() / one.rgb.len() as u64
        };
        for ms in (0..20_000).step_by(500) {
            let near = (-1..=1).map(|frame| apart(ms, 101_300 + ms + 40 * frame)).min();
            assert!(near <= Some(6), "{name}: {near:?} at {ms} ms");
        }
    }
}
