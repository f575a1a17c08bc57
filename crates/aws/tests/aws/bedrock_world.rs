//! A Bedrock that stands on this machine, and how it is told what to do.

use crate::harness::{Server, python, root};
use plumbline_aws::{Account, Bedrock, Choice, Within};
use plumbline_core::models::{Money, Price};
use plumbline_pipeline::calls::{About, Caller, Clock, request_key};
use plumbline_pipeline::limiter::{Gate, Limits};
use plumbline_pipeline::models::{Form, Part, PictureFormat, Request, Role, Turn};
use plumbline_runs::RunFile;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The stand-in, a ledger of its own, and Bedrock as the program knows it.
pub struct World {
    server: Server,
    folder: tempfile::TempDir,
    pub bedrock: Bedrock,
    pub runs: RunFile,
    pub gate: Gate,
    pub clock: Quick,
}

/// Pauses between attempts pass at once; they are tested elsewhere.
#[derive(Default)]
pub struct Quick(AtomicU64);

impl Clock for Quick {
    fn now(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::Relaxed))
    }

    fn pause(&self, time: Duration) {
        self.0.fetch_add(time.as_millis() as u64, Ordering::Relaxed);
    }
}

/// A quota that is never in the way.
pub const PLENTY: Limits = Limits { requests_per_minute: Some(u32::MAX), tokens_per_minute: None, at_once: 32, output_burn: 1 };

impl World {
    pub fn new() -> Self {
        Self::with(PLENTY, Within { answer: Duration::from_secs(20), piece: Duration::from_secs(10) })
    }

    pub fn with(limits: Limits, within: Within) -> Self {
        let server = Server::start(Command::new(python("python")).arg(root().join("crates/aws/tests/aws/bedrock_stand_in.py")).arg("0"));
        let choice = Choice { region: Some("us-east-1".into()), endpoint: Some(server.url.clone()), profile: None };
        let account = Account::with_keys(&choice, "AKIDEXAMPLE", "never-to-be-told").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let runs = RunFile::beside(&folder.path().join("x.plumbline")).unwrap();
        Self { server, folder, bedrock: Bedrock::new(&account, within), runs, gate: Gate::new(limits), clock: Quick::default() }
    }

    pub fn caller(&self) -> Caller<'_> {
        Caller::new(&self.bedrock, &self.runs, &self.gate, None, &self.clock)
    }

    /// Forgets the ledger, as if nothing had been asked.
    pub fn new_ledger(&mut self, name: &str) {
        self.runs = RunFile::beside(&self.folder.path().join(format!("{name}.plumbline"))).unwrap();
    }

    pub fn control(&self, what: &str, body: &Value) {
        let (status, said) = self.post(&format!("/_ctl/{what}"), body);
        assert_eq!(status, 200, "{said}");
    }

    /// What the stand-in was asked since it was reset.
    pub fn log(&self) -> Vec<Value> {
        serde_json::from_str(&http(&self.server.url, "GET", "/_ctl/log", "").1).unwrap()
    }

    /// Sends a body as it is.
    pub fn post(&self, path: &str, body: &Value) -> (u16, String) {
        http(&self.server.url, "POST", path, &body.to_string())
    }
}

fn http(url: &str, method: &str, path: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(url.trim_start_matches("http://")).unwrap();
    let length = body.len();
    let head = "Host: 127.0.0.1\r\nAuthorization: Bearer x\r\nConnection: close";
    stream.write_all(format!("{method} {path} HTTP/1.1\r\n{head}\r\nContent-Length: {length}\r\n\r\n{body}").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer.split_once("\r\n\r\n").unwrap().1.to_owned())
}

/// A PNG of one pixel.
pub const PIXEL: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, 0x49, 0x48, 0x44, 0x52, 0, 0, 0, 1, 0, 0, 0, 1, 8, 6, 0, 0, 0, 0x1f,
    0x15, 0xc4, 0x89, 0, 0, 0, 0x0d, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0xf8, 0xcf, 0xc0, 0xf0, 0x1f, 0, 5, 0, 1, 0xff, 0x89, 0x99,
    0x3d, 0x1d, 0, 0, 0, 0, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
];

/// What a window of frames is asked to be answered by.
pub fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "events": {"type": "array", "minItems": 1, "maxItems": 3, "items": {
                "type": "object",
                "properties": {
                    "start_ms": {"type": "integer"},
                    "end_ms": {"type": "integer"},
                    "kind": {"type": "string", "enum": ["cut", "person", "text"]},
                    "box": {"type": "array", "minItems": 4, "maxItems": 4, "items": {"type": "integer", "minimum": 0, "maximum": 1000}},
                    "what": {"type": "string", "maxLength": 60},
                },
                "required": ["start_ms", "end_ms", "kind", "box", "what"],
                "additionalProperties": false,
            }},
        },
        "required": ["events"],
        "additionalProperties": false,
    })
}

/// Asks for what is seen in the nth window.
pub fn window(n: usize, form: Form, stream: bool) -> Request {
    let picture = Part::Picture { format: PictureFormat::Png, width: 1, height: 1, bytes: PIXEL.into(), at: None };
    let prompt = format!("Window {n}: what happens? [frame 1 at 00:00:{:02}.000] [frame 2 at 00:00:{:02}.480]", n % 50, n % 50 + 2);
    Request {
        model: "amazon.nova-lite-v1:0".into(),
        system: vec![Part::Text("You describe what can be seen.".into()), Part::CachePoint],
        turns: vec![Turn { role: Role::User, parts: vec![picture, Part::Text(prompt)] }],
        form,
        max_tokens: 400,
        temperature: Some(0.2),
        top_p: None,
        stream,
        extra: None,
    }
}

pub fn tool() -> Form {
    Form::Tool { name: "describe".into(), description: "Takes what is seen.".into(), schema: schema(), forced: true }
}

pub fn by_schema() -> Form {
    Form::Schema { name: "describe".into(), schema: schema() }
}

pub fn about(request: &Request) -> About {
    let price = |dollars: i64| Money::from_nano_usd(dollars * 1_000_000_000);
    About {
        task: "describe".into(),
        media: "m".into(),
        key: request_key(request, "1"),
        price: Price { input: price(1), output: price(4), cache_read: price(1), cache_write: price(1), per_picture: Money::default() },
        estimate_input_tokens: 200,
        fresh: false,
    }
}
