//! Objects brought into files.

use crate::harness::{Fault, put_object};
use crate::world::{BUCKET, World};
use plumbline_pipeline::Job;
use std::path::PathBuf;

fn content(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|i| (i * 7 % 251) as u8).collect()
}

fn brought(world: &World, key: &str) -> (PathBuf, Result<bool, String>) {
    let to = world.folder.path().join("talk.mp4");
    let result = world.s3().fetch_file(key, &to, &Job::quiet());
    (to, result.map_err(|e| e.to_string()))
}

fn is_content(method: &str) -> bool {
    method == "GET"
}

#[test]
fn an_object_is_brought_once_until_it_changes() {
    let world = World::new();
    put_object(&world.moto, BUCKET, "a/talk.mp4", &content(300_000));
    let (to, result) = brought(&world, "a/talk.mp4");
    assert_eq!((result, std::fs::read(&to).unwrap()), (Ok(true), content(300_000)));
    let asked = world.count(|a| is_content(&a.method));
    assert_eq!(brought(&world, "a/talk.mp4").1, Ok(false));
    assert_eq!(world.count(|a| is_content(&a.method)), asked, "brought again");
    put_object(&world.moto, BUCKET, "a/talk.mp4", &content(299_999));
    assert_eq!(brought(&world, "a/talk.mp4").1, Ok(true));
    assert_eq!(std::fs::read(&to).unwrap(), content(299_999));
    // Nothing but the file and its checksum is left.
    assert!(!world.folder.path().join(".talk.mp4.part").exists());
}

#[test]
fn what_broke_off_goes_on_where_it_was() {
    let world = World::new();
    put_object(&world.moto, BUCKET, "talk.mp4", &content(400_000));
    world.proxy.fault(|a| is_content(&a.method), Fault::Truncate);
    world.proxy.fault(|a| is_content(&a.method), Fault::Reset);
    let (to, result) = brought(&world, "talk.mp4");
    assert_eq!((result, std::fs::read(to).unwrap()), (Ok(true), content(400_000)));
    assert_eq!(world.proxy.faults_left(), 0);
    let from = |a: &crate::harness::Asked| a.headers.get("range").cloned().unwrap_or_default();
    let last = world.proxy.asked().iter().rev().find(|a| is_content(&a.method)).map(from).unwrap();
    assert!(last.starts_with("bytes=") && last != "bytes=0-", "{last}");
}

#[test]
fn what_is_not_there_is_a_sentence() {
    let world = World::new();
    let error = brought(&world, "nothing.mp4").1.unwrap_err();
    assert!(error.starts_with("s3://talks/nothing.mp4: there is no such object"), "{error}");
}
