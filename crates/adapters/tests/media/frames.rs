use super::{CLICK, NUMBERED, Studio, click_ms, heard};
use plumbline_adapters::{DiskArtifacts, DocumentFiles, Ffmpeg, MemoryArtifacts, NoAcoustics, NoScorers, Wave};
use plumbline_core::frames::{KeptFrame, PictureFormat, Wish};
use plumbline_core::{Delta, MediaTime};
use plumbline_pipeline::ports::{Picture, Wanted};
use plumbline_pipeline::stages::{frames, shots};
use plumbline_pipeline::{Artifacts, Job, Listener, Media, MediaError, MediaFile, Ports, StageError};
use std::path::Path;
use std::sync::Mutex;

/// PNG and no two alike, so that pixels can be told.
fn exact() -> Wish {
    Wish { format: PictureFormat::Png, same: 0, most_per_minute: 10_000, ..Wish::default() }
}

/// The frames of a file in order, and its shots.
fn chosen(path: &Path, wish: &Wish, listener: Option<&mut (dyn Listener + Send)>) -> Result<(Vec<Picture>, Vec<MediaTime>), MediaError> {
    chosen_of(path, wish, None, listener)
}

/// The same, of shots that are known.
fn chosen_of(
    path: &Path,
    wish: &Wish,
    shots: Option<&[MediaTime]>,
    listener: Option<&mut (dyn Listener + Send)>,
) -> Result<(Vec<Picture>, Vec<MediaTime>), MediaError> {
    let all: Mutex<Vec<Picture>> = Mutex::default();
    let keep = |picture| {
        all.lock().unwrap().push(picture);
        Ok(())
    };
    let wanted = Wanted { wish, shots, look: None, keep: &keep, listener };
    let shots = Ffmpeg.frames(path, wanted, &Job::quiet())?;
    let mut all = all.into_inner().unwrap();
    all.sort_by_key(|picture| picture.pick.at);
    Ok((all, shots))
}

/// RGB of a PNG.
fn pixels(png: &[u8]) -> Vec<u8> {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut pixels).unwrap();
    pixels
}

/// Every frame that was kept is, byte for byte, the one that a look at its time shows.
fn check(name: &str, path: &Path, wish: &Wish, at_least: usize) -> Vec<Picture> {
    let (all, _) = chosen(path, wish, None).unwrap();
    assert!(all.len() >= at_least, "{name}: {} frames", all.len());
    for picture in &all {
        let frame = Ffmpeg.frame(path, picture.pick.at, wish.max_edge).unwrap();
        assert_eq!((picture.pick.pts, picture.pick.at), (frame.pts, frame.at), "{name}");
        assert_eq!((picture.width, picture.height), (frame.width, frame.height), "{name}");
        assert!(pixels(&picture.bytes) == frame.rgb, "{name}: other pixels at {}", frame.at);
    }
    all
}

#[test]
fn frames_are_exact_whatever_the_file() {
    let studio = Studio::new();
    let busy = "-f lavfi -i testsrc2=s=320x180:r=25:d=6";
    let x264 = "-c:v libx264 -preset veryfast -bf 2 -pix_fmt yuv420p";
    let wish = Wish { max_edge: 200, ..exact() };
    let all = check("mp4", &studio.make("a.mp4", &format!("{busy} {x264}")), &wish, 3);
    assert!(all.windows(2).all(|pair| pair[1].pick.at - pair[0].pick.at <= Delta::from_us(2_500_000)));
    assert_eq!((all[0].width, all[0].height), (200, 113));
    for (name, arguments) in [
        ("b.mkv", format!("{busy} {x264} -output_ts_offset 7")),
        ("c.ts", format!("{busy} {x264}")),
        ("d.webm", format!("{busy} -c:v libvpx -b:v 1M")),
        ("e.mp4", format!("{busy} -vf setsar=2/1 {x264}")),
        ("f.mov", format!("{busy} -c:v mpeg4 -q:v 3")),
        ("g.mkv", format!("{busy} -c:v ffv1 -pix_fmt yuv420p10le")),
    ] {
        check(name, &studio.make(name, &arguments), &wish, 3);
    }
    let turned = studio.make("turned.mp4", "-i @a.mp4 -c copy -metadata:s:v:0 rotate=90");
    let all = check("turned", &turned, &wish, 3);
    assert_eq!((all[0].width, all[0].height), (113, 200));
}

#[test]
fn sides_become_multiples_and_jpeg_is_the_same_every_time() {
    let studio = Studio::new();
    let path = studio.make("a.mp4", "-f lavfi -i testsrc2=s=320x180:r=25:d=3 -pix_fmt yuv420p -c:v libx264 -preset veryfast");
    let wish = Wish { multiple: 28, max_edge: 300, ..Wish::default() };
    let (first, _) = chosen(&path, &wish, None).unwrap();
    assert!(first.iter().all(|p| (p.width, p.height) == (280, 168) && p.bytes.starts_with(&[0xff, 0xd8, 0xff])));
    assert_eq!(chosen(&path, &wish, None).unwrap().0, first);
    // The colours are those of the picture: JPEG has its own idea of luma and chroma, and libav must have been told.
    std::fs::write(studio.path("a.jpg"), &first[0].bytes).unwrap();
    let back = Ffmpeg.frame(&studio.make("a.mkv", "-i @a.jpg -c:v ffv1 -pix_fmt bgr0"), MediaTime::ZERO, 280).unwrap();
    let png = Wish { format: PictureFormat::Png, ..wish };
    let exact = pixels(&chosen(&path, &png, None).unwrap().0[0].bytes);
    let off: u64 = back.rgb.iter().zip(&exact).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    assert!(off < 6 * exact.len() as u64, "off by {} in the mean", off as f64 / exact.len() as f64);
}

#[test]
fn what_stands_still_is_shown_once_and_what_is_blurred_gives_way() {
    let studio = Studio::new();
    let encode = "-pix_fmt yuv420p -c:v libx264 -preset veryfast -crf 20";
    let still =
        studio.make("still.mp4", &format!("-f lavfi -i mandelbrot=s=320x180:r=25:start_scale=0.1,trim=end_frame=1,loop=250:1 {encode}"));
    assert_eq!(chosen(&still, &Wish::default(), None).unwrap().0.len(), 1);
    // The frames around 2 s are blurred; a sharp one lies within reach.
    let source = "testsrc2=s=320x180:r=25:d=4,gblur=sigma=6:enable='between(n,48,54)'";
    let blurred = studio.make("blurred.mp4", &format!("-f lavfi -i {source} {encode}"));
    // So sudden a blur would be another shot.
    let (all, _) = chosen_of(&blurred, &exact(), Some(&[]), None).unwrap();
    let blur = MediaTime::from_ms(1_920)..=MediaTime::from_ms(2_160);
    assert!(all.iter().any(|p| (p.pick.at - MediaTime::from_ms(2_000)).abs() < Delta::from_us(500_000)));
    assert!(all.iter().all(|p| !blur.contains(&p.pick.at)), "{all:?}");
}

#[test]
fn sound_pictures_and_shots_come_of_one_pass() {
    let studio = Studio::new();
    let two = "-f lavfi -i testsrc2=s=320x180:r=25:d=1.6 -f lavfi -i smptebars=s=320x180:r=25:d=1.4";
    let join = "-filter_complex [0][1]concat=n=2,format=yuv420p[v] -map [v] -map 2:a";
    for (name, codecs) in [("a.mp4", "-c:v libx264 -c:a aac"), ("a.mkv", "-c:v libx264 -c:a flac"), ("a.ts", "-c:v libx264 -c:a mp2")] {
        let path = studio.make(name, &format!("{two} {CLICK} {join} {codecs}"));
        let mut sound: Vec<f32> = Vec::new();
        let mut listener = |block: &[f32]| sound.extend_from_slice(block);
        let (all, shots) = chosen(&path, &exact(), Some(&mut listener)).unwrap();
        assert_eq!(sound, heard(&path), "{name}");
        assert!((click_ms(&sound) - 1_000.0).abs() < 40.0, "{name}");
        assert_eq!(shots, Ffmpeg.shots(&path, &Job::quiet(), &mut |_, _| {}).unwrap(), "{name}");
        assert_eq!(shots.len(), 1, "{name}");
        assert_eq!(all.iter().map(|p| p.pick.shot).max(), Some(1), "{name}");
    }
}

#[test]
fn what_cannot_be_done_is_said() {
    let studio = Studio::new();
    let sound = studio.make("sound.m4a", &format!("{CLICK} -c:a aac"));
    let silent = studio.make("silent.mp4", &format!("{NUMBERED} -c:v libx264"));
    let says = |error: MediaError, what: &str| assert!(error.to_string().contains(what), "{error}");
    says(chosen(&sound, &exact(), None).unwrap_err(), "it has no picture");
    says(chosen(&silent, &exact(), Some(&mut |_: &[f32]| {})).unwrap_err(), "it has no sound");
    says(chosen(&studio.path("gone.mp4"), &exact(), None).unwrap_err(), "gone.mp4");
    let wish = exact();
    let refuse = |_| Err(MediaError::failed(Path::new("x"), "the disk is full", "Make room"));
    let wanted = || Wanted { wish: &wish, shots: None, look: None, keep: &refuse, listener: None };
    says(Ffmpeg.frames(&silent, wanted(), &Job::quiet()).unwrap_err(), "the disk is full");
    let job = Job::quiet();
    job.cancel();
    assert!(matches!(Ffmpeg.frames(&silent, wanted(), &job), Err(MediaError::Cancelled(_))));
    let wave = studio.make("a.wav", CLICK);
    says(Wave.frames(&wave, wanted(), &Job::quiet()).unwrap_err(), "it has no picture");
}

#[test]
fn damage_leaves_what_is_whole() {
    let studio = Studio::new();
    let path =
        studio.make("a.mkv", &format!("-f lavfi -i testsrc2=s=320x180:r=25:d=6 {CLICK} -c:v libx264 -preset veryfast -g 25 -c:a aac"));
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 3_000].fill(0x55);
    std::fs::write(&path, bytes).unwrap();
    let mut samples = 0;
    let (all, _) = chosen(&path, &exact(), Some(&mut |block: &[f32]| samples += block.len())).unwrap();
    assert!(all.len() >= 2 && samples > 16_000, "{} frames, {samples} samples", all.len());
}

fn stage(file: MediaFile, wish: &Wish, artifacts: &dyn Artifacts) -> Result<Vec<KeptFrame>, StageError> {
    let ports = Ports { media: &Ffmpeg, artifacts, acoustics: &NoAcoustics, scorers: &NoScorers, documents: &DocumentFiles::USUAL };
    let frames = frames::run(file, wish, &ports, &Job::quiet())?;
    for frame in &frames {
        assert!(frames::bytes(frame, &ports)?.starts_with(&[0xff, 0xd8]));
    }
    Ok(frames)
}

#[test]
fn the_stage_keeps_frames_and_shots_and_goes_on_where_something_is_lost() {
    let studio = Studio::new();
    let cut = "-f lavfi -i testsrc2=s=320x180:r=25:d=2 -f lavfi -i smptebars=s=320x180:r=25:d=2 -filter_complex concat=n=2,format=yuv420p";
    let path = studio.make("film.mp4", &format!("{cut} -c:v libx264 -preset veryfast"));
    let dir = tempfile::tempdir().unwrap();
    let (disk, memory) = (DiskArtifacts::new(dir.path()), MemoryArtifacts::new());
    let (file, wish) = (MediaFile { path: &path, hash: "film" }, Wish::default());
    let gone = MediaFile { path: &studio.path("gone.mp4"), ..file };
    let frames = stage(file, &wish, &memory).unwrap();
    assert!(frames.len() >= 2 && frames.windows(2).all(|pair| pair[0].at < pair[1].at), "{frames:?}");
    assert_eq!(stage(gone, &wish, &memory).unwrap(), frames);
    assert_eq!(stage(file, &wish, &disk).unwrap(), frames);
    assert_eq!(stage(gone, &wish, &disk).unwrap(), frames);
    // The shots came of the same pass.
    let ports = Ports { media: &Ffmpeg, artifacts: &disk, acoustics: &NoAcoustics, scorers: &NoScorers, documents: &DocumentFiles::USUAL };
    let pictures = shots::run(gone, &ports, &Job::quiet()).unwrap();
    assert_eq!(pictures.shots, [MediaTime::from_ms(2_000)]);
    // Where shots are known they are taken as they are.
    let other = Wish { every: Delta::ZERO, ..wish.clone() };
    disk.put(&shots::key("film"), b"[1000000, 2000000]").unwrap();
    assert_eq!(stage(file, &other, &disk).unwrap().iter().map(|f| f.shot).max(), Some(2));
    // A picture that was lost is made anew.
    let picture = std::fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().path()).find(|p| p.to_string_lossy().contains(&frames[0].key));
    std::fs::remove_file(picture.unwrap()).unwrap();
    assert!(stage(gone, &wish, &disk).is_err());
    assert_eq!(stage(file, &wish, &disk).unwrap().first().map(|f| f.at), frames.first().map(|f| f.at));
}
