use super::Studio;
use plumbline_adapters::{Ffmpeg, Viewer};
use plumbline_core::{Delta, MediaTime};
use plumbline_pipeline::Media;
use plumbline_pipeline::ports::Frame;
use std::path::Path;
use std::process::Command;

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
    look_about(name, path, first, &times);
    let long_before = MediaTime::from_us(-9_000_000);
    assert_eq!(number(&Ffmpeg.frame(path, long_before, 640).unwrap()), first, "{name}: before the first");
    assert_eq!(Ffmpeg.neighbours(path, long_before).unwrap().1, times[0], "{name}: before the first");
}

/// Who steps on, steps back and jumps about sees the same frames, from one open file.
fn look_about(name: &str, path: &Path, first: i64, times: &[MediaTime]) {
    let viewer = Viewer::default();
    let see = |i: usize, how: &str| {
        let frame = viewer.frame(path, times[i], 640, &|| true).unwrap();
        assert_eq!(frame.rgb.len(), 4 * (frame.width * frame.height) as usize);
        let rgb = frame.rgb.chunks_exact(4).flat_map(|rgba| [rgba[0], rgba[1], rgba[2]]).collect();
        assert_eq!((number(&Frame { rgb, ..frame }), frame.at), (first + i as i64, times[i]), "{name}: {how} to frame {i}");
    };
    (0..times.len()).for_each(|i| see(i, "on"));
    (0..times.len()).rev().for_each(|i| see(i, "back"));
    (0..60).map(|k| k * 7_919 % 1_009 * times.len() / 1_009).for_each(|i| see(i, "jump"));
    for (i, &time) in times.iter().enumerate() {
        let told = viewer.times(path, time).unwrap();
        let from = times.iter().position(|t| *t == told.times[0]).unwrap();
        assert_eq!(told.times, times[from..from + told.times.len()], "{name}: times around {i}");
        assert!((from < i || told.from_start) && (from + told.times.len() > i + 1 || told.to_end), "{name}: neighbours of {i}: {told:?}");
        assert!(from == 0 || !told.from_start, "{name}: {told:?}");
        if let Some(number) = told.number {
            assert_eq!(number, from as u64, "{name}: number of frame {from}");
        }
        assert!(told.number.is_some() || !name.ends_with(".mp4"), "{name}: an index names every frame");
    }
}

/// The times of the frames by the ffprobe program, in microseconds.
fn probed(path: &Path) -> Vec<i64> {
    let mut probe = Command::new("ffprobe");
    probe.args("-v error -select_streams v:0 -show_entries frame=best_effort_timestamp_time -of csv=p=0".split(' ')).arg(path);
    let output = probe.output().expect("the tests need the ffprobe program");
    let seconds = String::from_utf8(output.stdout).unwrap();
    let lines = seconds.lines().filter_map(|line| line.trim_end_matches(',').parse::<f64>().ok());
    lines.map(|seconds| (seconds * 1e6).round() as i64).collect()
}

#[test]
fn stepping_shows_what_another_program_finds() {
    let studio = Studio::new();
    let size = "-f lavfi -i color=c=black:s=64x64:r=25:d=2,format=yuv420p,geq=lum='16+4*N':cb=128:cr=128";
    let uneven = format!("{size},setpts=(N+3*floor(N/5)+0.01)/25/TB -fps_mode passthrough -enc_time_base 1:25");
    studio.make("src.mp4", &format!("{size} -c:v libx264 -qp 1 -bf 3 -g 30"));
    for (name, arguments) in [
        ("uneven.mp4", format!("{uneven} -c:v libx264 -qp 1 -bf 3 -g 30 -video_track_timescale 90000")),
        ("open.mp4", format!("{uneven} -c:v libx264 -qp 1 -bf 3 -x264-params open-gop=1:keyint=12:scenecut=0")),
        ("late.mp4", "-itsoffset 1.5 -i @src.mp4 -c copy".to_owned()),
        ("cut.mp4", "-ss 0.64 -i @src.mp4 -c copy".to_owned()),
        ("parts.mp4", "-i @src.mp4 -c copy -movflags +frag_keyframe+empty_moov".to_owned()),
    ] {
        let path = studio.make(name, &arguments);
        let expected = probed(&path);
        assert!(expected.len() >= 34, "{name}: {expected:?}");
        let viewer = Viewer::default();
        let (mut seen, mut at) = (vec![], MediaTime::ZERO);
        loop {
            let frame = viewer.frame(&path, at, 640, &|| true).unwrap();
            seen.push((frame.at.us(), number(&Frame { rgb: frame.rgb.chunks_exact(4).flat_map(|p| p[..3].to_vec()).collect(), ..frame })));
            let told = viewer.times(&path, frame.at).unwrap();
            let Some(next) = told.times.iter().find(|t| **t > frame.at) else { break };
            at = *next;
        }
        assert_eq!(seen.iter().map(|s| s.0).collect::<Vec<_>>(), expected, "{name}");
        assert!(seen.windows(2).all(|pair| pair[1].1 == pair[0].1 + 1), "{name}: every frame once, in order: {seen:?}");
    }
}

#[test]
fn a_frame_that_nobody_waits_for_is_not_decoded_to_the_end() {
    let studio = Studio::new();
    let path = studio.make("long.mp4", &format!("{NUMBERED} -c:v libx264 -qp 1 -bf 0 -g 250"));
    let viewer = Viewer::default();
    let asked = std::cell::Cell::new(0);
    let impatient = || asked.replace(asked.get() + 1) < 5;
    assert!(viewer.frame(&path, MediaTime::from_ms(1_900), 64, &impatient).is_err());
    assert_eq!(asked.get(), 6);
    assert_eq!(viewer.frame(&path, MediaTime::from_ms(1_900), 64, &|| true).unwrap().at, MediaTime::from_ms(1_880));
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

/// The colour in the middle of a quarter, by name.
fn colour(frame: &Frame, right: bool, low: bool) -> &'static str {
    let (x, y) = (frame.width * if right { 3 } else { 1 } / 4, frame.height * if low { 3 } else { 1 } / 4);
    let at = 3 * (y * frame.width + x) as usize;
    let near = |rgb: [u8; 3]| frame.rgb[at..at + 3].iter().zip(rgb).all(|(a, b)| a.abs_diff(b) < 12);
    let known = [("red", [255, 0, 0]), ("green", [0, 128, 0]), ("blue", [0, 0, 255]), ("white", [255, 255, 255])];
    known.iter().find(|(_, rgb)| near(*rgb)).map_or("other", |(name, _)| name)
}

#[test]
fn pictures_come_upright_with_square_pixels_and_true_colours() {
    let studio = Studio::new();
    let quarters = "-f lavfi -i color=white:s=320x160:r=25:d=0.2,drawbox=0:0:160:80:red:fill,drawbox=160:0:160:80:green:fill,\
                    drawbox=0:80:160:80:blue:fill";
    let x264 = "-c:v libx264 -crf 10 -pix_fmt yuv420p";
    studio.make("flat.mp4", &format!("{quarters} {x264}"));
    let tagged = |space: &str| format!("{quarters},scale=out_color_matrix={space} {x264} -colorspace {space}");
    // Shown size and the colours of the quarters: above left, above right, below left, below right.
    let upright = ["red", "green", "blue", "white"];
    for (name, arguments, size, colours) in [
        ("plain.mp4", "-i @flat.mp4 -c copy".to_owned(), (320, 160), upright),
        ("cw.mp4", "-i @flat.mp4 -c copy -metadata:s:v rotate=270".to_owned(), (160, 320), ["blue", "red", "white", "green"]),
        ("half.mp4", "-i @flat.mp4 -c copy -metadata:s:v rotate=180".to_owned(), (320, 160), ["white", "blue", "green", "red"]),
        ("ccw.mp4", "-i @flat.mp4 -c copy -metadata:s:v rotate=90".to_owned(), (160, 320), ["green", "white", "red", "blue"]),
        ("wide.mp4", format!("{quarters},setsar=2 {x264}"), (640, 160), upright),
        ("narrow.mkv", format!("{quarters},setsar=1/2 {x264}"), (160, 160), upright),
        ("bt709.mp4", tagged("bt709"), (320, 160), upright),
        ("bt601.mp4", tagged("smpte170m"), (320, 160), upright),
        ("full.mp4", format!("{quarters},scale=out_range=full {x264} -color_range pc"), (320, 160), upright),
        ("ten.mkv", format!("{quarters} -c:v libx264 -crf 10 -pix_fmt yuv422p10le"), (320, 160), upright),
        ("rgb.avi", format!("{quarters} -c:v rawvideo -pix_fmt bgr24"), (320, 160), upright),
        ("jpeg.avi", format!("{quarters} -c:v mjpeg -q:v 2 -pix_fmt yuvj420p"), (320, 160), upright),
        ("png.mkv", format!("{quarters} -c:v png"), (320, 160), upright),
    ] {
        let path = studio.make(name, &arguments);
        let frame = Ffmpeg.frame(&path, MediaTime::ZERO, 4_000).unwrap();
        let seen = [(false, false), (true, false), (false, true), (true, true)].map(|(right, low)| colour(&frame, right, low));
        assert_eq!(((frame.width, frame.height), seen), (size, colours), "{name}");
        let video = Ffmpeg.probe(&path).unwrap().video.unwrap();
        assert_eq!((video.width, video.height), size, "{name}");
        let small = Ffmpeg.frame(&path, MediaTime::ZERO, 100).unwrap();
        assert_eq!(small.width.max(small.height), 100, "{name}");
        assert_eq!(small.rgb.len(), 3 * (small.width * small.height) as usize, "{name}");
    }
}

#[test]
fn a_film_cut_short_shows_what_it_holds() {
    let studio = Studio::new();
    // A rim of noise, so that the pictures outweigh the index.
    let noisy = "-f lavfi -i color=c=black:s=128x128:r=25:d=2,format=yuv420p,\
                 geq=lum='if(between(X,40,88)*between(Y,40,88),16+4*N,random(1)*255)':cb=128:cr=128 -c:v libx264 -qp 9 -bf 2 -g 12";
    for (name, arguments) in
        [("cut.mp4", format!("{noisy} -movflags +faststart")), ("cut.mkv", noisy.to_owned()), ("cut.ts", noisy.to_owned())]
    {
        let path = studio.make(name, &arguments);
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() * 2 / 3]).unwrap();
        let frame = Ffmpeg.frame(&path, MediaTime::from_ms(200), 64).unwrap();
        assert_eq!(number(&frame), 5, "{name}");
        let last = number(&Ffmpeg.frame(&path, MediaTime::from_ms(60_000), 64).unwrap());
        assert!((10..FRAMES - 5).contains(&last), "{name}: the last frame is {last}");
    }
}

#[test]
fn a_probe_says_what_a_file_holds() {
    let studio = Studio::new();
    let picture = "-f lavfi -i testsrc2=s=64x48:r=30000/1001:d=2,format=yuv420p";
    let tone = "-f lavfi -i sine=r=44100:d=2";
    let cover = "-f lavfi -i testsrc2=s=64x48:d=0.04";
    for (name, arguments, video, audio) in [
        ("a.mp4", format!("{picture} {tone} -c:v libx264 -c:a aac"), "h264 yuv420p 30000/1001", "aac 44100 1"),
        ("a.webm", format!("{picture} {tone} -c:v libvpx-vp9 -cpu-used 8 -c:a libopus -ac 2"), "vp9 yuv420p 30000/1001", "opus 48000 2"),
        ("mute.mov", format!("{picture} -c:v prores"), "prores yuv422p10le 30000/1001", ""),
        ("a.mp3", format!("{tone} -c:a libmp3lame"), "", "mp3 44100 1"),
        ("cover.mp3", format!("{cover} {tone} -c:v mjpeg -disposition:v attached_pic -c:a libmp3lame"), "", "mp3 44100 1"),
        ("raw.aac", format!("{tone} -c:a aac -ac 2"), "", "aac 44100 2"),
        ("a.wav", tone.to_owned(), "", "pcm_s16le 44100 1"),
        ("pipe.webm", format!("{tone} -c:a libopus -live 1"), "", "opus 48000 1"),
    ] {
        let probe = Ffmpeg.probe(&studio.make(name, &arguments)).unwrap();
        let seen = probe.video.map(|v| format!("{} {} {}/{}", v.codec, v.pixel_format, v.frame_rate.0, v.frame_rate.1));
        assert_eq!(seen.unwrap_or_default(), video, "{name}");
        let seen = probe.audio.map(|a| format!("{} {} {}", a.codec, a.sample_rate, a.channels));
        assert_eq!(seen.unwrap_or_default(), audio, "{name}");
        assert!((probe.duration.us() - 2_000_000).abs() < 70_000, "{name} lasts {}", probe.duration);
    }
}
