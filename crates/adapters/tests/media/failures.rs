use super::{CLICK, NUMBERED, Studio};
use plumbline_adapters::Ffmpeg;
use plumbline_core::{MediaTime, Profile};
use plumbline_pipeline::{Job, Media};
use std::path::Path;
use std::process::Command;

/// What went wrong, checked to name the file, what happened and what to do; the last full stop is for whoever shows it.
fn sentence<T>(path: &Path, result: Result<T, impl std::fmt::Display>) -> String {
    let Err(error) = result else { panic!("{} was accepted", path.display()) };
    let text = error.to_string();
    assert!(text.starts_with(&format!("{}: ", path.display())) && !text.ends_with('.') && text.matches(". ").count() >= 1, "{text}");
    text
}

#[test]
fn what_can_not_be_opened_is_told_in_a_sentence() {
    let studio = Studio::new();
    let write = |name: &str, bytes: &[u8]| std::fs::write(studio.path(name), bytes).unwrap();
    write("empty.mp4", b"");
    write("text.mp4", "This is the transcript, not the film.\n".repeat(200).as_bytes());
    write("list.m3u8", b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nreal.mp4\n#EXT-X-ENDLIST\n");
    write("list.mp4", b"ffconcat version 1.0\nfile real.mp4\n");
    write("random.mkv", &(0..100_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect::<Vec<_>>());
    studio.make("real.mp4", &format!("{NUMBERED} {CLICK} -c:v libx264"));
    let real = std::fs::read(studio.path("real.mp4")).unwrap();
    write("unfinished.mp4", &real[..real.len() / 2]);
    studio.make("words.srt", "-f lavfi -i sine=d=0.1 -f data -map 0:a -c copy");
    write("words.srt", b"1\n00:00:00,000 --> 00:00:02,000\nHello\n\n2\n00:00:03,000 --> 00:00:04,000\nthere\n\n");
    std::fs::create_dir(studio.path("folder.mp4")).unwrap();
    for (name, says) in [
        ("none.mp4", "the file is not there"),
        ("empty.mp4", "the file is empty"),
        ("folder.mp4", "it is a folder"),
        ("text.mp4", "it is not a video or sound file"),
        ("list.mp4", "it "),
        ("list.m3u8", "it "),
        ("random.mkv", "it "),
        ("unfinished.mp4", "its index is missing"),
        ("words.srt", "it has neither sound nor picture"),
    ] {
        let path = studio.path(name);
        let (job, at) = (Job::quiet(), MediaTime::ZERO);
        for text in [
            sentence(&path, Ffmpeg.probe(&path)),
            sentence(&path, Ffmpeg.sound(&path, Profile::default(), &job, &mut |_: &[f32]| {})),
            sentence(&path, Ffmpeg.frame(&path, at, 64)),
            sentence(&path, Ffmpeg.neighbours(&path, at)),
            sentence(&path, Ffmpeg.shots(&path, &job, &mut |_, _| {})),
            sentence(&path, Ffmpeg.proxy(&path, &studio.path("copy.mp4"), 64, &job)),
        ] {
            assert!(text.contains(says), "{text}");
        }
        assert!(!studio.path("copy.mp4").exists() && !studio.path("copy.mp4.part").exists(), "{name}");
    }
}

#[test]
fn a_missing_half_is_told_in_a_sentence() {
    let studio = Studio::new();
    let (mute, blind) =
        (studio.make("mute.mp4", &format!("{NUMBERED} -c:v libx264")), studio.make("blind.m4a", &format!("{CLICK} -c:a aac")));
    let job = Job::quiet();
    assert!(sentence(&mute, Ffmpeg.sound(&mute, Profile::default(), &job, &mut |_: &[f32]| {})).contains("it has no sound"));
    for text in [
        sentence(&blind, Ffmpeg.frame(&blind, MediaTime::ZERO, 64)),
        sentence(&blind, Ffmpeg.neighbours(&blind, MediaTime::ZERO)),
        sentence(&blind, Ffmpeg.shots(&blind, &job, &mut |_, _| {})),
    ] {
        assert!(text.contains("it has no picture"), "{text}");
    }
}

#[test]
fn unknown_codecs_are_named_or_at_least_refused() {
    let studio = Studio::new();
    let path = studio.make("odd.mkv", &format!("{NUMBERED} {CLICK} -c:v libx264 -c:a flac"));
    let mut bytes = std::fs::read(&path).unwrap();
    for (known, unknown) in [(&b"V_MPEG4/ISO/AVC"[..], &b"V_MPEG9/ISO/XYZ"[..]), (b"A_FLAC", b"A_FLUB")] {
        let at = bytes.windows(known.len()).position(|w| w == known).unwrap();
        bytes[at..at + known.len()].copy_from_slice(unknown);
    }
    std::fs::write(&path, bytes).unwrap();
    assert!(Ffmpeg.probe(&path).is_ok());
    let job = Job::quiet();
    assert!(
        sentence(&path, Ffmpeg.sound(&path, Profile::default(), &job, &mut |_: &[f32]| {}))
            .contains("its sound is in a format that can't be decoded here. Convert")
    );
    assert!(sentence(&path, Ffmpeg.frame(&path, MediaTime::ZERO, 64)).contains("its picture is in a format that can't be decoded here"));
}

#[test]
fn where_a_copy_can_not_be_written_is_told_in_a_sentence() {
    let studio = Studio::new();
    let path = studio.make("real.mp4", &format!("{NUMBERED} -c:v libx264"));
    let job = Job::quiet();
    let nowhere = studio.path("nowhere/copy.mp4");
    assert!(sentence(&nowhere, Ffmpeg.proxy(&path, &nowhere, 64, &job)).contains("its folder is not there"));
    let full = studio.path("full");
    std::fs::create_dir(&full).unwrap();
    let film = studio.make("film.mp4", "-f lavfi -i testsrc2=s=640x360:r=25:d=8 -c:v libx264 -preset ultrafast");
    let Some(_mounted) = Mounted::new(&full, "size=128k") else {
        eprintln!("skipped the full and the read-only disk: they need the right to mount");
        return;
    };
    let copy = full.join("copy.mp4");
    assert!(sentence(&copy, Ffmpeg.proxy(&film, &copy, 640, &job)).contains("the disk is full"));
    assert_eq!(std::fs::read_dir(&full).unwrap().count(), 0);
    assert!(Command::new("mount").args(["-o", "remount,ro"]).arg(&full).status().unwrap().success());
    assert!(sentence(&copy, Ffmpeg.proxy(&film, &copy, 640, &job)).contains("read-only"));
}

/// A small file system in memory, unmounted with the value.
struct Mounted(std::path::PathBuf);

impl Mounted {
    fn new(at: &Path, options: &str) -> Option<Self> {
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(at).output();
        mount.is_ok_and(|o| o.status.success()).then(|| Self(at.to_owned()))
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        Command::new("umount").arg(&self.0).status().unwrap();
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read_is_told_in_a_sentence() {
    use std::os::unix::fs::PermissionsExt;
    let studio = Studio::new();
    let path = studio.make("locked.mp4", &format!("{NUMBERED} -c:v libx264"));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::File::open(&path).is_ok() {
        eprintln!("skipped the locked file: this user may read everything");
        return;
    }
    assert!(sentence(&path, Ffmpeg.probe(&path)).contains("it may not be read"));
}
