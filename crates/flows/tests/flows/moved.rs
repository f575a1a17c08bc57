//! Files that moved, that are there twice, or that come without the other.

use crate::{CLIP, Room, SRT};
use plumbline_flows::import::relocate;
use plumbline_pipeline::Job;

fn sentences(errors: &[plumbline_flows::Error]) -> Vec<String> {
    errors.iter().map(ToString::to_string).collect()
}

#[test]
fn a_file_that_moved_is_found_by_its_content() {
    for new_name in ["deep/er/clip.mp4", "deep/other name.mp4", "deep/clip.bak"] {
        let room = Room::new();
        let clip = room.make("clip.mp4", CLIP);
        let media = room.import_one(std::slice::from_ref(&clip));
        let bytes = std::fs::read(&clip).unwrap();
        std::fs::remove_file(&clip).unwrap();
        // Equal in size and name, and met first.
        let mut decoy = bytes.clone();
        *decoy.last_mut().unwrap() ^= 1;
        room.write("deep/a/clip.mp4", &decoy);
        room.write("deep/a/clip.mov", &decoy);
        let before = room.state();
        assert!(!relocate(&room.desk(), &media, &room.path("deep"), &Job::quiet()).unwrap());
        assert_eq!(room.state(), before, "the decoy was taken");

        let moved = room.write(new_name, &bytes);
        assert!(relocate(&room.desk(), &media, &room.path("deep"), &Job::quiet()).unwrap(), "{new_name}");
        let at = room.desk().project().media_path(&media).unwrap();
        assert_eq!(at, moved.canonicalize().unwrap());
        assert_eq!(room.desk().project().media(&media).unwrap().path, new_name, "relative to the project");
    }
}

#[test]
fn importing_the_file_from_its_new_place_moves_it_too() {
    let room = Room::new();
    let clip = room.make("clip.mp4", CLIP);
    let media = room.import_one(std::slice::from_ref(&clip));
    std::fs::create_dir(room.path("new")).unwrap();
    std::fs::rename(&clip, room.path("new/clip.mp4")).unwrap();
    assert_eq!(room.import_one(&[room.path("new")]), media);
    assert_eq!(room.desk().project().media(&media).unwrap().path, "new/clip.mp4");
    assert!(relocate(&room.desk(), &media, &room.path("nowhere"), &Job::quiet()).unwrap_err().to_string().contains("nowhere: "));
}

#[test]
fn one_content_in_two_files_is_told() {
    let room = Room::new();
    let clip = room.make("clip.mp4", CLIP);
    let copy = room.write("copy.mp4", std::fs::read(&clip).unwrap());
    let both = room.import(&[clip, copy.clone()]).unwrap();
    assert_eq!((both.media.len(), both.failures.len()), (1, 0));
    assert_eq!(room.desk().project().media_ids().unwrap(), both.media);
    let [note] = &both.notes[..] else { panic!("{:?}", both.notes) };
    assert!(note.contains("copy.mp4: it has the same content as") && note.contains("clip.mp4"), "{note}");
    // The file that the project knows, once more, is nothing to tell.
    assert!(room.import(&[room.path("clip.mp4")]).unwrap().notes.is_empty());
    assert_eq!(room.import(&[copy]).unwrap().notes.len(), 1);
}

#[test]
fn a_transcript_alone_finds_the_media_of_its_name() {
    let room = Room::new();
    let media = room.import_one(&[room.make("clip.mp4", CLIP)]);
    assert_eq!(room.import_one(&[room.write("elsewhere/clip.srt", SRT)]), media);
    assert_eq!(room.desk().project().transcript(&media).unwrap().unwrap().words.len(), 2);

    let before = room.state();
    let lonely = room.import(&[room.write("other.srt", SRT)]).unwrap();
    let [said] = &sentences(&lonely.failures)[..] else { panic!("{lonely:?}") };
    assert!(said.contains("other.srt: there is no media called other"), "{said}");
    // Two of that name: neither is guessed.
    room.import_one(&[room.make("clip.mov", &CLIP.replace("f=300", "f=400"))]);
    let torn = room.import(&[room.path("elsewhere/clip.srt")]).unwrap();
    let [said] = &sentences(&torn.failures)[..] else { panic!("{torn:?}") };
    assert!(said.contains("clip.srt: 2 media in the project are called clip"), "{said}");
    assert_ne!(room.state(), before);
}

#[test]
fn two_media_of_one_name_are_both_taken_and_a_second_transcript_is_told() {
    let room = Room::new();
    room.make("in/clip.mov", CLIP);
    room.make("in/clip.mp4", &CLIP.replace("f=300", "f=400"));
    room.write("in/clip.srt", SRT);
    room.write("in/clip.vtt", "WEBVTT\n\n00:00.100 --> 00:00.900\nother\n");
    let all = room.import(&[room.path("in")]).unwrap();
    assert_eq!((all.media.len(), all.failures.len()), (2, 0), "{all:?}");
    let [note] = &all.notes[..] else { panic!("{:?}", all.notes) };
    assert!(note.contains("clip.vtt: passed over"), "{note}");
}
