//! Transcripts by a service, which a stand-in plays.

use crate::harness::{Fault, Proxy, Server, make_bucket, put_object, transcribe};
use crate::{Room, text};
use serde_json::{Value, json};
use std::process::Command;
use std::sync::Arc;

const TRANSCRIPT: &str = r#"{"jobName":"j","accountId":"1","status":"COMPLETED","results":{"transcripts":[{"transcript":"hello bridge"}],"items":[
    {"type":"pronunciation","start_time":"0.5","end_time":"0.9","alternatives":[{"confidence":"0.99","content":"hello"}]},
    {"type":"pronunciation","start_time":"1.0","end_time":"1.4","alternatives":[{"confidence":"0.9","content":"bridge"}]}]}}"#;

/// A project with a clip, and stand-ins that write the transcript of each job that is started.
struct Cloud {
    room: Room,
    moto: Arc<Server>,
    proxy: Proxy,
}

impl Cloud {
    fn new() -> Self {
        let room = Room::with_sample();
        room.make("clip.mp4", "-t 8 -i bridge.mp4 -c copy");
        room.run("import p.plumbline clip.mp4", 0);
        let moto = Arc::new(Server::moto());
        make_bucket(&moto, "talks");
        let proxy = Proxy::before(&moto);
        let service = Arc::clone(&moto);
        proxy.then(move |asked| {
            if asked.operation() == "StartTranscriptionJob" {
                let body: Value = serde_json::from_slice(&asked.body).unwrap();
                put_object(&service, "talks", body["OutputKey"].as_str().unwrap(), TRANSCRIPT.as_bytes());
            }
        });
        Self { room, moto, proxy }
    }

    fn command(&self, more: &str) -> Command {
        let url = &self.proxy.url;
        let mut command = self
            .room
            .command(&format!("transcribe p.plumbline --cloud --bucket talks --language en-US --region us-east-1 --endpoint {url} {more}"));
        command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test").env("AWS_EC2_METADATA_DISABLED", "true");
        command
    }

    fn run(&self, more: &str, code: i32) -> String {
        let output = self.command(more).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{}\n{}", text(&output.stdout), text(&output.stderr));
        format!("{}{}", text(&output.stdout), text(&output.stderr))
    }

    fn jobs(&self) -> usize {
        let all: Value = serde_json::from_str(&transcribe(&self.moto, "ListTranscriptionJobs", "{}")).unwrap();
        all["TranscriptionJobSummaries"].as_array().unwrap().len()
    }

    /// How often sound was sent.
    fn sent(&self) -> usize {
        self.proxy.asked().iter().filter(|a| a.method == "PUT" && a.target.contains("/audio/")).count()
    }
}

#[test]
fn a_dry_run_tells_all_and_calls_nothing() {
    let cloud = Cloud::new();
    let told: Value = serde_json::from_str(&cloud.run("--dry-run --json --speakers 2 --cap 1", 0)).unwrap();
    assert_eq!(told["settings"], json!({ "language": "en-US", "sound": "keep", "speakers": 2 }));
    assert_eq!(
        (&told["total_nano_usd"], &told["cap_nano_usd"], &told["prices"]["known"]),
        (&json!(1_500_000), &json!(1_000_000_000), &json!(true))
    );
    let media = &told["media"][0];
    assert!(media["sound"].as_str().unwrap().starts_with("s3://talks/audio/") && media["bytes"].as_u64().unwrap() > 10_000, "{media}");
    assert!(cloud.proxy.asked().is_empty());
    let refused = cloud.run("--speakers 40", 1);
    assert!(refused.contains("speakers: it must be 2 to 30"), "{refused}");
    let capped = cloud.run("--cap 0.001", 1);
    assert!(capped.contains("The cap of $0.0010 is reached"), "{capped}");
    assert_eq!(cloud.jobs(), 0);
}

#[test]
fn a_run_that_is_killed_anywhere_is_gone_on_with() {
    let cloud = Cloud::new();
    // The service does not answer these, so that the run hangs there until it is killed.
    for (n, stall) in [("PUT", "/audio/"), ("POST", "StartTranscriptionJob"), ("POST", "GetTranscriptionJob")].into_iter().enumerate() {
        let (method, what) = stall;
        let meets = move |a: &crate::harness::Asked| a.method == method && (a.target.contains(what) || a.operation() == what);
        let before = cloud.proxy.asked().iter().filter(|a| meets(a)).count();
        // What is killed while it sends has not sent; what is killed while the service starts the job has started it.
        cloud.proxy.fault(meets, if n == 1 { Fault::Hang } else { Fault::Stall });
        let mut child = cloud.command("").spawn().unwrap();
        while cloud.proxy.asked().iter().filter(|a| meets(a)).count() == before {
            assert!(child.try_wait().unwrap().is_none(), "{what}: it ended by itself");
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let done = cloud.run("", 0);
    assert_eq!(done, "clip.mp4: 2 words by Amazon Transcribe\n");
    assert_eq!((cloud.jobs(), cloud.sent()), (1, 2), "one attempt at sending was killed");
    assert_eq!(cloud.run("", 0), "every media with sound has a transcript already\n");
}

#[test]
fn silence_is_not_paid_for() {
    let cloud = Cloud::new();
    cloud.room.make("quiet.wav", "-f lavfi -i anullsrc=r=16000:cl=mono -t 3");
    cloud.room.run("import p.plumbline quiet.wav", 0);
    let told = cloud.run("--media quiet.wav", 1);
    assert!(told.contains("quiet.wav: 100 % of its sound are silent. Look at its sound, or send it all the same with `plumbline transcribe --cloud --anyway`"), "{told}");
    assert!(cloud.proxy.asked().is_empty());
    assert!(cloud.run("--media quiet.wav --anyway", 0).contains("2 words"));
}
