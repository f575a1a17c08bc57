//! AWS Step Functions and S3, as LocalStack runs them on this machine.
//!
//! The window's tests include this file by its path, and use what they need of it.
#![allow(dead_code)]

use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A process that ends with its value.
pub struct Process(pub Child);

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail only where it has ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// LocalStack on this machine.
pub struct LocalStack {
    port: u16,
    _process: Process,
}

impl LocalStack {
    /// Starts `dev/localstack`; it writes into `folder`.
    pub fn start(script: &Path, folder: &Path) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new(script);
        command.arg(port.to_string()).arg(folder).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
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

    /// Its address.
    pub fn url(&self) -> String {
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

    /// An operation of S3.
    pub fn ask(&self, method: &str, target: &str, body: &[u8]) -> Vec<u8> {
        let signed =
            ("Authorization", "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0");
        let (status, answer) = self.try_ask(method, target, &[signed], body).unwrap();
        assert!(status < 300, "{method} {target}: {status} {}", text(&answer));
        answer
    }

    /// An operation of Step Functions.
    pub fn states(&self, operation: &str, body: &Value) -> Value {
        let target = format!("AWSStepFunctions.{operation}");
        let credential = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/states/aws4_request, SignedHeaders=host, Signature=0";
        let headers = [("X-Amz-Target", target.as_str()), ("Content-Type", "application/x-amz-json-1.0"), ("Authorization", credential)];
        let (status, answer) = self.try_ask("POST", "/", &headers, body.to_string().as_bytes()).unwrap();
        assert!(status < 300, "{operation}: {status} {}", text(&answer));
        serde_json::from_slice(&answer).unwrap()
    }

    /// The keys of a bucket's objects below a prefix.
    pub fn keys(&self, bucket: &str, prefix: &str) -> Vec<String> {
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
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
