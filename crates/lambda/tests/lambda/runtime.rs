//! The runtime API of AWS Lambda on this machine (<https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>): hands one event after the other to a function,
//! and takes what it answers.
//!
//! The command line's tests include this file by its path.

use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

/// A function that waits for events; it ends with its value.
pub struct Function {
    process: Child,
    listener: TcpListener,
    /// The connection that asks for the next event.
    waiting: Option<BufReader<TcpStream>>,
    events: usize,
}

impl Drop for Function {
    fn drop(&mut self) {
        // Both fail only where it has ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What a function answered: its output, or the type of its error and what that says.
pub type Answer = Result<Value, (String, String)>;

impl Function {
    /// Starts a program as the service does.
    pub fn start(mut program: Command) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        program.env("AWS_LAMBDA_RUNTIME_API", listener.local_addr().unwrap().to_string());
        for (name, value) in [("NAME", "light"), ("VERSION", "$LATEST"), ("MEMORY_SIZE", "2048")] {
            program.env(format!("AWS_LAMBDA_FUNCTION_{name}"), value);
        }
        program.env("AWS_LAMBDA_LOG_GROUP_NAME", "light").env("AWS_LAMBDA_LOG_STREAM_NAME", "one");
        let process = program.stdin(Stdio::null()).spawn().unwrap();
        Self { process, listener, waiting: None, events: 0 }
    }

    /// Gives the function an event, and waits for its answer.
    pub fn ask(&mut self, event: &Value) -> Answer {
        let mut waiting = match self.waiting.take() {
            Some(waiting) => waiting,
            None => self.next().2,
        };
        self.events += 1;
        let body = event.to_string();
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\nLambda-Runtime-Aws-Request-Id: {}\r\n\
             Lambda-Runtime-Deadline-Ms: 99999999999999\r\nLambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:000000000000:function:light\r\n\r\n",
            body.len(),
            self.events
        );
        waiting.get_mut().write_all((head + &body).as_bytes()).unwrap();
        drop(waiting);
        loop {
            let (target, said, mut stream) = self.next();
            if target.ends_with("/invocation/next") {
                self.waiting = Some(stream);
                continue;
            }
            stream.get_mut().write_all(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
            let said: Value = serde_json::from_slice(&said).unwrap();
            if target.ends_with(&format!("/invocation/{}/response", self.events)) {
                return Ok(said);
            }
            assert!(target.ends_with(&format!("/invocation/{}/error", self.events)), "{target}");
            let field = |name: &str| said[name].as_str().unwrap().to_owned();
            return Err((field("errorType"), field("errorMessage")));
        }
    }

    /// The next request: its target, its body, and where it is answered.
    fn next(&self) -> (String, Vec<u8>, BufReader<TcpStream>) {
        let mut stream = BufReader::new(self.listener.accept().unwrap().0);
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        let target = line.split_whitespace().nth(1).unwrap().to_owned();
        let mut length = 0;
        loop {
            let mut header = String::new();
            stream.read_line(&mut header).unwrap();
            let Some((name, value)) = header.split_once(':') else { break };
            assert!(!name.eq_ignore_ascii_case("transfer-encoding"), "{header}");
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).unwrap();
        (target, body, stream)
    }
}
