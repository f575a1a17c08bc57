//! An archive on AWS Step Functions, as LocalStack runs it: workers come and go, and what is found is what one machine finds.

use super::archive::tree;
use super::harness::root;
use super::{Room, text};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// A process that ends with its value.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail only where it has ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// LocalStack on this machine.
struct Cloud {
    port: u16,
    _process: Process,
}

impl Cloud {
    fn start(room: &Room) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new(root().join("dev/localstack"));
        command.arg(port.to_string()).arg(room.path("localstack")).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = Process(command.spawn().unwrap());
        let mut lines = BufReader::new(process.0.stdout.take().unwrap()).lines();
        let mut heard = vec![];
        while let Some(line) = lines.next().transpose().unwrap() {
            if line.contains("Ready.") {
                // Read to its end, or the program would wait for us.
                std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
                return Self { port, _process: process };
            }
            heard.push(line);
        }
        panic!("LocalStack ended before it was ready: {heard:?}");
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn try_ask(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Option<(u16, Vec<u8>)> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(60))).ok()?;
        let mut head = format!("{method} {target} HTTP/1.0\r\nHost: 127.0.0.1:{}\r\nContent-Length: {}\r\n", self.port, body.len());
        headers.iter().for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
        stream.write_all(head.as_bytes()).ok()?;
        stream.write_all(b"\r\n").ok()?;
        stream.write_all(body).ok()?;
        let mut answer = vec![];
        stream.read_to_end(&mut answer).ok()?;
        let end = answer.windows(4).position(|w| w == b"\r\n\r\n")?;
        let status = text(&answer[..end]).split_whitespace().nth(1)?.parse().ok()?;
        Some((status, answer[end + 4..].to_vec()))
    }

    fn ask(&self, method: &str, target: &str, body: &[u8]) -> Vec<u8> {
        let signed =
            ("Authorization", "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0");
        let (status, answer) = self.try_ask(method, target, &[signed], body).unwrap();
        assert!(status < 300, "{method} {target}: {status} {}", text(&answer));
        answer
    }

    /// An operation of Step Functions.
    fn states(&self, operation: &str, body: &Value) -> Value {
        let target = format!("AWSStepFunctions.{operation}");
        let credential = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/states/aws4_request, SignedHeaders=host, Signature=0";
        let headers = [("X-Amz-Target", target.as_str()), ("Content-Type", "application/x-amz-json-1.0"), ("Authorization", credential)];
        let (status, answer) = self.try_ask("POST", "/", &headers, body.to_string().as_bytes()).unwrap();
        assert!(status < 300, "{operation}: {status} {}", text(&answer));
        serde_json::from_slice(&answer).unwrap()
    }

    /// The keys of a bucket's objects below a prefix.
    fn keys(&self, bucket: &str, prefix: &str) -> Vec<String> {
        let mut keys: Vec<String> = vec![];
        loop {
            let after = keys.last().cloned().unwrap_or_default();
            let listed = text(&self.ask("GET", &format!("/{bucket}?list-type=2&prefix={prefix}&start-after={after}"), b""));
            let page: Vec<&str> = listed.split("<Key>").skip(1).filter_map(|rest| rest.split("</Key>").next()).collect();
            keys.extend(page.iter().map(ToString::to_string));
            if !listed.contains("<IsTruncated>true</IsTruncated>") {
                return keys;
            }
        }
    }

    fn command(&self, room: &Room, arguments: &str) -> Command {
        let mut command = room.command(arguments);
        command.env("AWS_ENDPOINT_URL", self.url()).env("AWS_REGION", "us-east-1");
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

/// So many items.
const ITEMS: usize = 50;

#[test]
fn workers_of_a_state_machine_find_what_one_machine_finds_though_one_of_them_is_killed() {
    let room = Room::new();
    let cloud = Cloud::start(&room);
    std::fs::create_dir_all(room.path("media")).unwrap();
    ["media", "archive"].iter().for_each(|bucket| _ = cloud.ask("PUT", &format!("/{bucket}"), b""));
    for n in 0..ITEMS {
        let name = format!("media/{n:02}.mp4");
        let source = format!("-f lavfi -i testsrc=s=160x120:r=5:d=2 -f lavfi -i sine=f={}:d=2 -pix_fmt yuv420p -shortest", 200 + 20 * n);
        room.make(&name, &source);
        cloud.ask("PUT", &format!("/media/talks/{n:02}.mp4"), &std::fs::read(room.path(&name)).unwrap());
    }
    let begun = cloud.json(&room, "manifest --in s3://media/talks --out s3://archive/one --json", 0);
    assert_eq!(begun["items"], ITEMS);

    let activity = cloud.states("CreateActivity", &json!({ "name": "plumbline" }))["activityArn"].as_str().unwrap().to_owned();
    let printed = room.run(&format!("state-machine --activity {activity} --heartbeat 5 --at-once 8"), 0);
    let role = "arn:aws:iam::000000000000:role/plumbline";
    let machine = json!({ "name": "plumbline", "definition": text(&printed.stdout), "roleArn": role });
    let machine = cloud.states("CreateStateMachine", &machine)["stateMachineArn"].as_str().unwrap().to_owned();

    let (mut killed, said) = cloud.worker(&room, &activity, "killed");
    let others = ["one", "other"].map(|name| cloud.worker(&room, &activity, name));
    let started = cloud.json(&room, &format!("submit start --machine {machine} --in s3://media/talks --out s3://archive/one --json"), 0);
    let execution = started["execution"].as_str().unwrap();

    // Killed in the middle of a task: it said that it begins and not that it has ended.
    let begins = said.iter().filter(|line| line.contains("begins listen of")).nth(2).expect("the worker takes tasks");
    killed.0.kill().unwrap();
    killed.0.wait().unwrap();
    let rest: Vec<String> = said.iter().collect();
    let task = begins.split("begins ").nth(1).unwrap().to_owned();
    assert!(!rest.iter().any(|line| line.contains(&format!("ended {task}"))), "{begins}: {rest:?}");

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
        .keys("archive", "one/")
        .into_iter()
        .filter(|key| key.starts_with("one/items/") || key.starts_with("one/artifacts/"))
        .map(|key| (key["one/".len()..].to_owned(), cloud.ask("GET", &format!("/archive/{key}"), b"")))
        .collect();
    assert_eq!(whole.keys().collect::<Vec<_>>(), there.keys().collect::<Vec<_>>());
    for (name, bytes) in &whole {
        assert!(there[name] == *bytes, "{name} differs:\n{}\n{}", text(bytes), text(&there[name]));
    }

    // And the desk opens it.
    let brought = cloud.json(&room, "bring all.plumbline --out s3://archive/one --media media --json", 0);
    assert_eq!(brought["media"], ITEMS);

    // Cancelled, it is told as such.
    let again = cloud.json(&room, &format!("submit start --machine {machine} --in s3://media/talks --out s3://archive/one --json"), 0);
    let stopped = cloud.json(&room, &format!("submit cancel {} --json", again["execution"].as_str().unwrap()), 0);
    assert_eq!(stopped["state"], "stopped");
}
