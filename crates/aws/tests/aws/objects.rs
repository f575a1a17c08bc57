//! Objects in a bucket.

use crate::harness::{Asked, Fault};
use crate::world::{BUCKET, PATIENCE, World};
use plumbline_aws::S3;
use plumbline_pipeline::cloud::{Object, Objects};
use plumbline_pipeline::{CloudError, Job};

/// More than is sent at once: three parts.
const LARGE: usize = (16 << 20) + 5;

fn is_small(asked: &Asked) -> bool {
    asked.method == "PUT" && !is_part(asked)
}

fn is_create(asked: &Asked) -> bool {
    asked.method == "POST" && asked.target.contains("uploads")
}

fn is_complete(asked: &Asked) -> bool {
    asked.method == "POST" && asked.target.contains("uploadId=")
}

fn is_part(asked: &Asked) -> bool {
    asked.method == "PUT" && asked.target.contains("partNumber=")
}

#[test]
fn an_object_is_sent_once_and_comes_back_as_it_is() {
    let (world, job) = (World::new(), Job::quiet());
    let s3 = world.s3();
    for bytes in [0, 5, LARGE] {
        let (path, hash) = world.file(bytes);
        let key = format!("audio/{hash}.flac");
        assert_eq!(s3.get(&key, &job).unwrap(), None);
        assert!(!s3.exists(&key, &job).unwrap());
        s3.put_file(&key, &path, &hash, &job).unwrap();
        let sent = world.count(|a| a.method == "PUT");
        s3.put_file(&key, &path, &hash, &job).unwrap();
        assert_eq!(world.count(|a| a.method == "PUT"), sent, "sent again");
        assert_eq!(s3.get(&key, &job).unwrap().unwrap(), std::fs::read(&path).unwrap());
        assert!(s3.list("audio/", &job).unwrap().contains(&Object { key, bytes: bytes as u64 }));
    }
    assert_eq!(world.count(is_part), 3);
    assert_eq!(s3.list("nothing", &job).unwrap(), []);
}

#[test]
fn something_else_under_a_key_stays() {
    let (world, job) = (World::new(), Job::quiet());
    let (path, hash) = world.file(9);
    crate::harness::put_object(&world.moto, BUCKET, "audio/x.flac", b"a stranger");
    let error = world.s3().put_file("audio/x.flac", &path, &hash, &job).unwrap_err().to_string();
    assert_eq!(error, "s3://talks/audio/x.flac: something else lies there. Move it away, and run it again");
    assert_eq!(world.s3().get("audio/x.flac", &job).unwrap().unwrap(), b"a stranger");
}

#[test]
fn what_is_wrong_is_a_sentence() {
    let (world, job) = (World::new(), Job::quiet());
    let (path, hash) = world.file(9);
    let none = S3::open(&world.account, "no-such-bucket", None, PATIENCE);
    let error = none.put_file("a.flac", &path, &hash, &job).unwrap_err().to_string();
    assert!(error.starts_with("s3://no-such-bucket/a.flac: there is no such bucket"), "{error}");
    for (fault, says) in [
        (Fault::Answer(400, "ExpiredToken"), "the credentials have expired"),
        (Fault::Answer(403, "AccessDenied"), "access is denied"),
        (Fault::Answer(403, "RequestTimeTooSkewed"), "this machine's clock is wrong"),
        (Fault::Answer(301, "PermanentRedirect"), "the bucket lies in another region"),
    ] {
        world.proxy.fault(|a| a.method == "HEAD", fault);
        // The answer to HEAD has no body: it is asked for the reason.
        world.proxy.fault(|a| a.method == "GET", fault);
        let error = world.s3().put_file("a.flac", &path, &hash, &job).unwrap_err();
        assert!(error.to_string().contains(says) && error.nothing_done(), "{error}");
        assert_eq!(world.proxy.faults_left(), 0, "{fault:?}");
    }
    job.cancel();
    assert!(matches!(world.s3().put_file("a.flac", &path, &hash, &job), Err(CloudError::Cancelled(_))));
}

#[test]
fn faults_on_the_way_change_nothing() {
    let kinds =
        [Fault::Answer(503, "SlowDown"), Fault::Answer(500, "InternalError"), Fault::Reset, Fault::Lost, Fault::Stall, Fault::Truncate];
    let job = Job::quiet();
    for fault in kinds {
        let world = World::new();
        for (bytes, meets) in [(9, vec![is_small as fn(&Asked) -> bool]), (LARGE, vec![is_create, is_part, is_complete])] {
            let (path, hash) = world.file(bytes);
            meets.into_iter().for_each(|meets| world.proxy.fault(meets, fault));
            world.s3().put_file(&hash, &path, &hash, &job).unwrap_or_else(|e| panic!("{fault:?}: {e}"));
            assert_eq!(world.proxy.faults_left(), 0, "{fault:?}");
            let gets = |a: &Asked| a.method == "GET" && !a.target.contains("list-type");
            world.proxy.fault(gets, fault);
            assert_eq!(world.s3().get(&hash, &job).unwrap().unwrap(), std::fs::read(&path).unwrap(), "{fault:?}");
        }
        assert_eq!(world.s3().list("", &job).unwrap().len(), 2, "{fault:?}");
    }
}

#[test]
fn an_upload_goes_on_where_it_was_stopped() {
    let (world, job) = (World::new(), Job::quiet());
    let (path, hash) = world.file(LARGE);
    world.proxy.fault(|a| a.target.contains("partNumber=3"), Fault::Answer(403, "AccessDenied"));
    assert!(world.s3().put_file("a.flac", &path, &hash, &job).unwrap_err().to_string().contains("access is denied"));
    let before = world.count(is_part);
    assert_eq!(before, 3);
    world.s3().put_file("a.flac", &path, &hash, &job).unwrap();
    assert_eq!(world.count(is_part), before + 1, "only the last part was missing");
    assert_eq!(world.count(is_create), 1);
    assert_eq!(world.s3().get("a.flac", &job).unwrap().unwrap(), std::fs::read(&path).unwrap());
}
