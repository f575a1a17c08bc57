//! An archive on AWS Step Functions, as LocalStack runs it: workers come and go, and what is found is what one machine finds.

use super::archive::tree;
use super::harness::root;
use super::localstack::{LocalStack, Process};
use super::{Room, text};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

/// LocalStack with the command line at it.
struct Cloud(LocalStack);

impl Cloud {
    fn start(room: &Room) -> Self {
        Self(LocalStack::start(&root().join("dev/localstack"), &room.path("localstack")))
    }

    fn command(&self, room: &Room, arguments: &str) -> Command {
        let mut command = room.command(arguments);
        command.env("AWS_ENDPOINT_URL", self.0.url()).env("AWS_REGION", "us-east-1");
        command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test").env_remove("AWS_PROFILE");
        command
    }

    fn json(&self, room: &Room, arguments: &str, code: i32) -> Value {
        let output = self.command(room, arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments}: {}{}", text(&output.stdout), text(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// A worker with a cache of its own, and what it says line by line.
    fn worker(&self, room: &Room, activity: &str, name: &str) -> (Process, Receiver<String>) {
        let mut command = self.command(room, &format!("worker --activity {activity} --name {name} --beat 1 --idle 60"));
        command.env("XDG_CACHE_HOME", room.path(&format!("cache-{name}"))).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let said = child.stderr.take().unwrap();
        let (send, receive) = channel();
        std::thread::spawn(move || BufReader::new(said).lines().map_while(Result::ok).for_each(|line| _ = send.send(line)));
        (Process(child), receive)
    }
}

/// Starts a worker and kills it once it has taken a few tasks: what it was at; none where it was between two tasks just then.
fn killed(cloud: &Cloud, room: &Room, activity: &str, n: usize) -> Option<String> {
    let (mut worker, said) = cloud.worker(room, activity, &format!("killed-{n}"));
    let mut lines: Vec<String> = said.iter().filter(|line| line.contains(": begins ")).take(3).collect();
    worker.0.kill().unwrap();
    worker.0.wait().unwrap();
    // All that it said before it died: it said of the last task that it begins, and not that it has ended.
    lines.extend(said.iter());
    let begun = lines.iter().rev().find_map(|line| line.split(": begins ").nth(1))?;
    (!lines.iter().any(|line| line.contains(&format!(": ended {begun}")))).then(|| begun.to_owned())
}

/// So many items.
const ITEMS: usize = 50;

#[test]
fn workers_of_a_state_machine_find_what_one_machine_finds_though_one_of_them_is_killed() {
    let room = Room::new();
    let cloud = Cloud::start(&room);
    std::fs::create_dir_all(room.path("media")).unwrap();
    ["media", "archive"].iter().for_each(|bucket| _ = cloud.0.ask("PUT", &format!("/{bucket}"), b""));
    for n in 0..ITEMS {
        let name = format!("media/{n:02}.mp4");
        let source = format!("-f lavfi -i testsrc=s=160x120:r=5:d=2 -f lavfi -i sine=f={}:d=2 -pix_fmt yuv420p -shortest", 200 + 20 * n);
        room.make(&name, &source);
        cloud.0.ask("PUT", &format!("/media/talks/{n:02}.mp4"), &std::fs::read(room.path(&name)).unwrap());
    }
    let begun = cloud.json(&room, "manifest --in s3://media/talks --out s3://archive/one --json", 0);
    assert_eq!(begun["items"], ITEMS);

    let activity = cloud.0.states("CreateActivity", &json!({ "name": "plumbline" }))["activityArn"].as_str().unwrap().to_owned();
    let printed = room.run(&format!("state-machine --activity {activity} --heartbeat 5 --at-once 8"), 0);
    let role = "arn:aws:iam::000000000000:role/plumbline";
    let machine = json!({ "name": "plumbline", "definition": text(&printed.stdout), "roleArn": role });
    let machine = cloud.0.states("CreateStateMachine", &machine)["stateMachineArn"].as_str().unwrap().to_owned();

    let started = cloud.json(&room, &format!("submit start --machine {machine} --in s3://media/talks --out s3://archive/one --json"), 0);
    let execution = started["execution"].as_str().unwrap();
    let others = ["one", "other"].map(|name| cloud.worker(&room, &activity, name));
    let task = (0..5).find_map(|n| killed(&cloud, &room, &activity, n)).expect("a worker is killed in the middle of a task");

    let ended = cloud.json(&room, &format!("submit status {execution} --follow --json"), 0);
    assert_eq!((&ended["state"], &ended["said"]["count"]["missing"]), (&json!("done"), &json!(0)), "{ended}");
    // Another one took it over.
    let took: Vec<String> = others.iter().flat_map(|(_, said)| said.try_iter().collect::<Vec<_>>()).collect();
    assert!(took.iter().any(|line| line.contains(&format!("ended {task}"))), "{task}: {took:?}");

    // What one machine finds, byte for byte.
    room.run("run-all --in media --out whole", 0);
    let mut whole = tree(&room.path("whole"));
    whole.retain(|name, _| name.starts_with("items/") || name.starts_with("artifacts/"));
    let there: BTreeMap<String, Vec<u8>> = cloud
        .0
        .keys("archive", "one/")
        .into_iter()
        .filter(|key| key.starts_with("one/items/") || key.starts_with("one/artifacts/"))
        .map(|key| (key["one/".len()..].to_owned(), cloud.0.ask("GET", &format!("/archive/{key}"), b"")))
        .collect();
    assert_eq!(whole.keys().collect::<Vec<_>>(), there.keys().collect::<Vec<_>>());
    for (name, bytes) in &whole {
        assert!(there[name] == *bytes, "{name} differs:\n{}\n{}", text(bytes), text(&there[name]));
    }

    // And the desk opens it.
    let brought = cloud.json(&room, "bring all.plumbline --out s3://archive/one --media media --json", 0);
    assert_eq!(brought["media"], ITEMS);

    // An execution that nobody wrote a manifest for begins its archive itself.
    for n in 0..2 {
        let content = std::fs::read(room.path(&format!("media/{n:02}.mp4"))).unwrap();
        cloud.0.ask("PUT", &format!("/media/later/{n:02}.mp4"), &content);
    }
    let input = json!({ "bucket": "archive", "prefix": "two/", "media": "s3://media/later/" });
    let alone = cloud.0.states("StartExecution", &json!({ "stateMachineArn": machine, "name": "alone", "input": input.to_string() }));
    let ended = cloud.json(&room, &format!("submit status {} --follow --json", alone["executionArn"].as_str().unwrap()), 0);
    assert_eq!(
        (&ended["state"], &ended["said"]["count"]["items"], &ended["said"]["count"]["missing"]),
        (&json!("done"), &json!(2), &json!(0)),
        "{ended}"
    );

    // Cancelled, it is told as such.
    let again = cloud.json(&room, &format!("submit start --machine {machine} --in s3://media/talks --out s3://archive/one --json"), 0);
    let again = again["execution"].as_str().unwrap();
    cloud.json(&room, &format!("submit cancel {again} --json"), 0);
    let stopped = cloud.json(&room, &format!("submit status {again} --follow --json"), 0);
    assert_eq!(stopped["state"], "stopped");
}
