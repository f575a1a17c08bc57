//! Files that are not what they should be.

use crate::{CLIP, Room, SRT};
use plumbline_flows as flows;
use plumbline_pipeline::Job;
use plumbline_project::views::MediaState;
use std::path::PathBuf;

/// Importing what `make` made is refused with a sentence that names the file, what is wrong and what to do, and the project is as it was.
fn check(name: &str, make: impl FnOnce(&Room) -> PathBuf, what: &str, remedy: &str) {
    let room = Room::new();
    let path = make(&room);
    let before = room.state();
    let sentence = match room.import(std::slice::from_ref(&path)) {
        Err(error) => error.to_string(),
        Ok(imported) => {
            let [error] = &imported.failures[..] else { panic!("{name}: {imported:?}") };
            assert!(imported.media.is_empty(), "{name}: {imported:?}");
            error.to_string()
        }
    };
    assert!(sentence.starts_with(&path.display().to_string()), "{name}: {sentence}");
    assert!(sentence.contains(what) && sentence.contains(remedy), "{name}: {sentence}");
    assert!(!sentence.contains('\n'), "{name}: {sentence}");
    assert_eq!(room.state(), before, "{name} left a trace");
}

fn written(name: &'static str, bytes: &[u8]) -> impl FnOnce(&Room) -> PathBuf {
    let bytes = bytes.to_vec();
    move |room| room.write(name, bytes)
}

const BINARY: [u8; 64] = {
    let mut bytes = [0u8; 64];
    let mut i = 0;
    while i < 64 {
        bytes[i] = (i * 37 % 256) as u8;
        i += 1;
    }
    bytes
};
const TRANSCRIBE: &str = r#"{"results":{"transcripts":[{"transcript":"hi"}],"items":[{"type":"pronunciation","start_time":"0.1","end_time":"0.5","alternatives":[{"confidence":"0.9","content":"hi"}]}]}}"#;
const ANNOTATIONS: &str = r#"{"format":"plumbline-annotations","version":1,"annotations":[]}"#;

/// A file with holes, so that it takes no room.
fn sparse(name: &'static str, bytes: u64) -> impl FnOnce(&Room) -> PathBuf {
    move |room| {
        let path = room.write(name, "");
        std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(bytes).unwrap();
        path
    }
}

#[test]
fn bad_text_files_are_refused() {
    for name in ["x.json", "x.srt", "x.vtt"] {
        check("empty", written(name, b""), "the file is empty", "Choose a transcript");
        check("binary", written(name, &BINARY), "this is a binary file", "Choose a transcript");
        check("huge", sparse(name, (256 << 20) + 1), "the file has 257 MiB, and the limit is 256 MiB", "Split the recording");
    }
    let half = |text: &str| text.as_bytes()[..text.len() / 2].to_vec();
    let cut = "this JSON ends too early at line 1, column";
    check("half JSON", written("x.json", &half(TRANSCRIBE)), cut, "fetch it again");
    check("half annotations", written("x.json", &half(ANNOTATIONS)), cut, "fetch it again");
    check("half SRT", written("x.srt", b"1\n00:00:01,000 --"), "neither JSON nor subtitles", "Choose a JSON transcript");
    check("half VTT", written("x.vtt", b"WEBVTT\n\n00:01.000 --"), "no cues", "choose another file, or export it again");
    check("prose", written("x.srt", b"Dear Sir or Madam,\n\nhello.\n"), "neither JSON nor subtitles", "Choose a JSON transcript");
    check("another JSON", written("x.json", br#"{"name": "left-pad"}"#), "it begins with name", "Choose JSON of Amazon Transcribe");
    check("a list", written("x.json", b"[1, 2, 3]"), "this is a JSON list", "Choose JSON of Amazon Transcribe");
    check("tomorrow's annotations", written("x.json", ANNOTATIONS.replace(":1", ":99").as_bytes()), "version 99", "Update Plumbline");
    check("no list", written("x.json", ANNOTATIONS.replace("\"annotations\"", "\"notes\"").as_bytes()), "list of annotations", "Add it");
}

#[test]
fn bad_media_files_are_refused() {
    check("missing", |room| room.path("x.mp4"), "the file is not there", "Check the path");
    check("empty", written("x.mp4", b""), "the file is empty", "Copy or record it again");
    let none = "it is not a video or sound file";
    check("text", written("x.mp4", &b"hello ".repeat(1_000)), none, "Choose another file");
    check("binary", written("x.mp4", &BINARY), none, "Choose another file");
    check("another kind", written("x.exe", b"hello"), none, "Choose another file");
    check("notes alone", written("x.txt", b"notes"), "there is no media called x beside it", "Import the video together with it");
    check("huge and hollow", sparse("x.mp4", 8 << 30), none, "Choose another file");
    let folder = |room: &Room| {
        std::fs::create_dir(room.path("x.mp4")).unwrap();
        room.path("x.mp4")
    };
    check("a folder", folder, "there is no video, sound, transcript or annotation file in it", "Choose another folder");
    let half = |room: &Room| {
        let whole = std::fs::read(room.make("whole.mp4", CLIP)).unwrap();
        room.write("x.mp4", &whole[..whole.len() / 2])
    };
    check("half", half, "its index is missing", "Copy it again");
    let subtitles = |room: &Room| room.make("x.mkv", &format!("-i {} -c:s srt", room.write("s.srt", SRT).display()));
    check("subtitles alone", subtitles, "it has neither sound nor picture", "Choose a video or sound file");
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let room = Room::new();
    let locked = room.write("x.srt", SRT);
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o0)).unwrap();
    if std::fs::read(&locked).is_ok() {
        println!("skipped: this account may read every file, so none can be locked against it");
        return;
    }
    for name in ["x.srt", "x.json", "x.mp4"] {
        let lock = |room: &Room| {
            let path = room.write(name, SRT);
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o0)).unwrap();
            path
        };
        check("locked", lock, "may", "ou");
    }
}

/// Media that lack something come in, are told apart in the library, and are worked on as far as they go.
#[test]
fn media_with_sound_or_picture_alone_are_taken() {
    let picture = "-f lavfi -i testsrc=s=64x48:r=10:d=1 -pix_fmt yuv420p -c:v libx264";
    let sound = "-f lavfi -i sine=f=300:d=1 -c:a aac";
    for (name, arguments, has_picture, has_sound) in [("p.mp4", picture, true, false), ("s.m4a", sound, false, true)] {
        let room = Room::new();
        let stem = &name[..1];
        let files = [room.make(name, arguments), room.write(&format!("{stem}.srt"), SRT)];
        let imported = room.import(&files).unwrap();
        assert!(imported.failures.is_empty(), "{imported:?}");
        assert_eq!(imported.notes.iter().any(|n| n.contains("it has no sound, so its words")), !has_sound, "{:?}", imported.notes);
        let media = &imported.media[0];
        room.analyse(media);
        let desk = room.desk();
        let project = desk.project();
        let record = project.media(media).unwrap();
        assert_eq!((record.picture.is_some(), record.has_audio), (has_picture, has_sound), "{name}");
        assert_eq!(project.proposal(media).unwrap().is_some(), has_sound, "{name}");
        let row = &project.library().unwrap().media[0];
        assert!(matches!(row.state, MediaState::Reviewed | MediaState::Flagged), "{name}: {:?}", row.state);
        let words = project.words(media, None).unwrap();
        assert!(words.ids.len() == 2 && words.start_us == words.original_start_us, "{name}");
    }
}

#[test]
fn codecs_that_nobody_knows() {
    for (what, known, unknown) in [("picture", "V_MPEG4/ISO/AVC", "V_QQQQQ/QQQ/QQQ"), ("sound", "A_AAC", "A_QQQ")] {
        let room = Room::new();
        let clip = room.make("clip.mkv", CLIP);
        let mut bytes = std::fs::read(&clip).unwrap();
        let at = bytes.windows(known.len()).position(|w| w == known.as_bytes()).unwrap();
        bytes[at..at + known.len()].copy_from_slice(unknown.as_bytes());
        let media = room.import_one(&[room.write("clip.mkv", bytes), room.write("clip.srt", SRT)]);
        let words = room.desk().project().words(&media, None).unwrap();
        let said = flows::ensure_analysed(&room.desk(), &media, &Job::quiet()).unwrap_err().to_string();
        assert!(said.contains(&format!("clip.mkv: its {what} is in a format that can't be decoded here")), "{said}");
        assert!(said.contains("Convert it to MP4"), "{said}");
        let after = room.desk().project().words(&media, None).unwrap();
        assert_eq!((after.texts, after.start_us, after.lines), (words.texts, words.start_us, words.lines), "{what}");
    }
}

#[test]
fn one_bad_file_leaves_the_others_be() {
    let room = Room::new();
    room.make("in/a.mp4", CLIP);
    room.write("in/b.mp4", "hello");
    room.write("in/c.srt", "hello");
    room.make("in/d.mp4", &CLIP.replace("f=300", "f=400"));
    room.write("in/d.srt", SRT);
    let imported = room.import(&[room.path("none.mp4"), room.path("in")]).unwrap();
    let said: Vec<String> = imported.failures.iter().map(ToString::to_string).collect();
    assert_eq!(imported.media.len(), 2, "{imported:?}");
    assert_eq!(said.len(), 3, "{said:?}");
    for (sentence, name) in said.iter().zip(["none.mp4: ", "b.mp4: ", "c.srt: "]) {
        assert!(sentence.contains(name), "{sentence}");
    }
    let names: Vec<String> = room.desk().project().library().unwrap().media.into_iter().map(|m| m.name).collect();
    assert_eq!(names, ["a.mp4", "d.mp4"]);
    // A media whose transcript is broken waits until both are right, rather than coming in by half.
    room.write("in/e.srt", "hello");
    let before = room.state();
    let broken = room.import(&[room.make("in/e.mp4", &CLIP.replace("f=300", "f=500")), room.path("in/e.srt")]).unwrap();
    assert!(broken.failures.len() == 1 && broken.media.is_empty() && room.state() == before);
}
