//! Stand-ins for Amazon's services on this machine, and what can go wrong on the way to them.
//!
//! Other packages' tests include this file by its path, and use what they need of it.
#![allow(dead_code)]

use std::collections::HashMap;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

/// Where the project lies.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// A program of the environment that `dev/setup test` makes.
pub fn python(program: &str) -> PathBuf {
    let path = root().join(".dev/python/bin").join(program);
    assert!(path.exists(), "{} is not there: run dev/setup test", path.display());
    path
}

/// A server that ends with its value.
pub struct Server {
    child: Child,
    /// Its address, such as `http://127.0.0.1:32789`.
    pub url: String,
}

impl Server {
    /// Starts a program that says `http://127.0.0.1:PORT` on standard output or error once it listens.
    pub fn start(command: &mut Command) -> Self {
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut server = Self { child, url: String::new() };
        let (send, said) = std::sync::mpsc::channel();
        let (out, err) = (server.child.stdout.take().unwrap(), server.child.stderr.take().unwrap());
        let pipes: [Box<dyn Read + Send>; 2] = [Box::new(out), Box::new(err)];
        for pipe in pipes {
            let send = send.clone();
            // Read to its end, or the program would wait for us.
            std::thread::spawn(move || BufReader::new(pipe).lines().map_while(Result::ok).for_each(|line| _ = send.send(line)));
        }
        drop(send);
        let mut heard = Vec::new();
        for line in said {
            if let Some(at) = line.find("http://127.0.0.1:") {
                let address: String = line[at..].chars().take_while(|c| !c.is_whitespace()).collect();
                address.trim_end_matches('/').clone_into(&mut server.url);
                return server;
            }
            heard.push(line);
        }
        panic!("the server ended before it listened: {heard:?}");
    }

    /// S3 and Transcribe, with nothing in them.
    pub fn moto() -> Self {
        Self::start(Command::new(python("moto_server")).args(["-H", "127.0.0.1", "-p", "0"]).env("PYTHONUNBUFFERED", "1"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only where it has ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What goes wrong with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is answered with this status and error code, and never reaches the service.
    Answer(u16, &'static str),
    /// The connection ends before an answer; the service never hears of it.
    Reset,
    /// The service does what is asked, and the connection ends before the answer.
    Lost,
    /// Nothing is answered until the caller hangs up.
    Stall,
    /// The service does what is asked, and nothing is answered until the caller hangs up.
    Hang,
    /// Half of the answer comes.
    Truncate,
    /// The service answers, but the job that it tells of has failed.
    JobFailed,
}

/// Which requests a fault is for.
type Wanted = Box<dyn Fn(&Asked) -> bool + Send>;

/// What goes wrong with a request that was made so often before.
type Draw = Arc<dyn Fn(&Asked, usize) -> Option<Fault> + Send + Sync>;

/// What was asked of the service.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Its number, from 0.
    pub number: usize,
    /// `PUT`, …
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Names in small letters.
    pub headers: HashMap<String, String>,
    /// What was sent with it.
    pub body: Vec<u8>,
    /// What went wrong with it.
    pub fault: Option<Fault>,
    /// What the service answered to it; 0 where it was never asked.
    pub status: u16,
}

impl Asked {
    /// What tells it from other requests: all of it but the names that the service makes up.
    pub fn what(&self) -> String {
        let (path, query) = self.target.split_once('?').unwrap_or((&self.target, ""));
        let query: Vec<&str> = query.split('&').filter(|part| !part.starts_with("uploadId=")).collect();
        format!("{} {path}?{} {} {}", self.method, query.join("&"), self.operation(), self.job())
    }

    /// Name of the transcription job that it is about; empty where it is about none.
    pub fn job(&self) -> String {
        let body: serde_json::Value = serde_json::from_slice(&self.body).unwrap_or_default();
        body["TranscriptionJobName"].as_str().unwrap_or_default().to_owned()
    }

    /// The operation of a service that names them in a header, such as `StartTranscriptionJob`.
    pub fn operation(&self) -> &str {
        self.headers.get("x-amz-target").and_then(|t| t.rsplit('.').next()).unwrap_or_default()
    }
}

/// What happens when the service has answered a request.
type Action = Arc<dyn Fn(&Asked) + Send + Sync>;

#[derive(Default)]
struct Log {
    asked: Vec<Asked>,
    faults: Vec<(Wanted, Fault)>,
    draw: Option<Draw>,
    then: Option<Action>,
}

/// Stands between the caller and a service, one request to a connection.
pub struct Proxy {
    /// Its address.
    pub url: String,
    log: Arc<Mutex<Log>>,
}

impl Proxy {
    /// In front of a server.
    pub fn before(server: &Server) -> Self {
        let behind = server.url.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let log = Arc::<Mutex<Log>>::default();
        let shared = Arc::clone(&log);
        std::thread::spawn(move || {
            for caller in listener.incoming().map_while(Result::ok) {
                let (behind, log) = (behind.clone(), Arc::clone(&shared));
                // A connection that breaks is what these tests are about.
                std::thread::spawn(move || _ = serve(caller, &behind, &log));
            }
        });
        Self { url, log }
    }

    /// The next request that `wanted` says yes to goes wrong, once.
    pub fn fault(&self, wanted: impl Fn(&Asked) -> bool + Send + 'static, fault: Fault) {
        self.log.lock().unwrap().faults.push((Box::new(wanted), fault));
    }

    /// Each request that no other fault is for goes wrong as this says of it and of how often it was made before.
    pub fn draw(&self, draw: impl Fn(&Asked, usize) -> Option<Fault> + Send + Sync + 'static) {
        self.log.lock().unwrap().draw = Some(Arc::new(draw));
    }

    /// Does this whenever the service has answered, before the caller hears of it.
    pub fn then(&self, action: impl Fn(&Asked) + Send + Sync + 'static) {
        self.log.lock().unwrap().then = Some(Arc::new(action));
    }

    /// What was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.log.lock().unwrap().asked.clone()
    }

    /// How many faults no request has met.
    pub fn faults_left(&self) -> usize {
        self.log.lock().unwrap().faults.len()
    }
}

impl Log {
    /// How often this was asked before.
    fn before(&self, asked: &Asked) -> usize {
        let what = asked.what();
        self.asked.iter().filter(|other| other.what() == what).count()
    }
}

fn serve(mut caller: TcpStream, behind: &str, log: &Mutex<Log>) -> std::io::Result<()> {
    let Some((head, body, mut asked)) = request(&mut caller)? else { return Ok(()) };
    let (fault, then, asked) = {
        let mut log = log.lock().unwrap();
        asked.number = log.asked.len();
        let at = log.faults.iter().position(|(wanted, _)| wanted(&asked));
        let queued = at.map(|at| log.faults.remove(at).1);
        asked.fault = queued.or_else(|| log.draw.as_ref()?(&asked, log.before(&asked)));
        log.asked.push(asked.clone());
        (asked.fault, log.then.clone(), asked)
    };
    let forward = |behind: &str, head: &str, body: &[u8]| {
        let answer = forward(behind, head, body);
        log.lock().unwrap().asked[asked.number].status = answer.as_ref().map_or(0, |answer| status(answer));
        then.iter().for_each(|then| then(&asked));
        answer
    };
    match fault {
        Some(Fault::Answer(status, code)) => caller.write_all(&refusal(&asked, status, code)),
        Some(Fault::JobFailed) => caller.write_all(&failed(forward(behind, &head, &body)?)),
        Some(Fault::Reset) => reset(&caller),
        Some(Fault::Stall) => caller.read(&mut [0]).map(|_| ()),
        Some(Fault::Hang) => forward(behind, &head, &body).and_then(|_| caller.read(&mut [0]).map(|_| ())),
        Some(Fault::Lost) => forward(behind, &head, &body).and_then(|_| reset(&caller)),
        Some(Fault::Truncate) => {
            let answer = forward(behind, &head, &body)?;
            caller.write_all(&answer[..answer.len() / 2])
        }
        None => caller.write_all(&forward(behind, &head, &body)?),
    }
}

fn reset(caller: &TcpStream) -> std::io::Result<()> {
    caller.shutdown(Shutdown::Both)
}

/// An error as the service that was asked writes it: XML, or JSON where operations are named in a header.
fn refusal(asked: &Asked, status: u16, code: &str) -> Vec<u8> {
    let (kind, body) = match (asked.operation(), asked.method.as_str()) {
        ("", "HEAD") => ("xml", String::new()),
        ("", _) => ("xml", format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>made up</Message></Error>")),
        _ => ("x-amz-json-1.1", format!("{{\"__type\":\"{code}\",\"Message\":\"made up\"}}")),
    };
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status} Fault\r\nContent-Type: application/{kind}\r\nx-amzn-errortype: {code}\r\nContent-Length: {length}");
    format!("{head}\r\nConnection: close\r\n\r\n{body}").into_bytes()
}

/// The service's answer about a job, which says that it failed; any other as it is.
fn failed(answer: Vec<u8>) -> Vec<u8> {
    let Some((head, body)) = std::str::from_utf8(&answer).ok().and_then(|text| text.split_once("\r\n\r\n")) else { return answer };
    let mut told: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    let Some(job) = told.get_mut("TranscriptionJob") else { return answer };
    job["TranscriptionJobStatus"] = "FAILED".into();
    job["FailureReason"] = "made up".into();
    with_body(head, &told.to_string())
}

/// The status that an answer begins with.
fn status(answer: &[u8]) -> u16 {
    let first = String::from_utf8_lossy(&answer[..answer.len().min(16)]);
    first.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
}

/// Head without its last line, body, and what is asked; nothing where the caller hung up.
fn request(caller: &mut TcpStream) -> std::io::Result<Option<(String, Vec<u8>, Asked)>> {
    let mut reader = BufReader::new(caller.try_clone()?);
    let mut first = String::new();
    if reader.read_line(&mut first)? == 0 {
        return Ok(None);
    }
    let (mut head, mut headers) = (first.clone(), HashMap::new());
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        let (name, value) = (name.to_ascii_lowercase(), value.trim().to_owned());
        if !matches!(name.as_str(), "connection" | "expect") {
            head.push_str(&line);
        }
        headers.insert(name, value);
    }
    if headers.contains_key("expect") {
        caller.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    let length = headers.get("content-length").and_then(|l| l.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let mut words = first.split_whitespace().map(str::to_owned);
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    Ok(Some((head, body.clone(), Asked { method, target, headers, body, ..Asked::default() })))
}

fn forward(behind: &str, head: &str, body: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut service = TcpStream::connect(behind)?;
    service.write_all(format!("{head}Connection: close\r\n\r\n").as_bytes())?;
    service.write_all(body)?;
    let mut answer = Vec::new();
    match service.read_to_end(&mut answer) {
        Err(e) if e.kind() != ErrorKind::ConnectionReset => Err(e),
        _ => Ok(named_as_in_s3(answer)),
    }
}

/// The stand-in for S3 names the roots of some answers otherwise than S3 does.
fn named_as_in_s3(answer: Vec<u8>) -> Vec<u8> {
    let Ok(text) = std::str::from_utf8(&answer) else { return answer };
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return answer };
    let names = ["CompleteMultipartUpload", "ListParts", "ListMultipartUploads"];
    let named = names.iter().fold(body.to_owned(), |body, name| body.replace(&format!("{name}Response"), &format!("{name}Result")));
    if named == body {
        return answer;
    }
    with_body(head, &named)
}

/// An answer with another body.
fn with_body(head: &str, body: &str) -> Vec<u8> {
    let kept = head.lines().filter(|line| !line.to_ascii_lowercase().starts_with("content-length:")).collect::<Vec<_>>().join("\r\n");
    format!("{kept}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// Sends one request to a service and gives the body of its answer: what tests ask of a stand-in on the side. `headers` each with its line end.
pub fn ask(server: &Server, service: &str, (method, target): (&str, &str), headers: &str, body: &[u8]) -> String {
    let mut stream = TcpStream::connect(server.url.trim_start_matches("http://")).unwrap();
    let keys = format!("Credential=test/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0");
    let head = format!(
        "{method} {target} HTTP/1.1\r\nHost: localhost\r\nAuthorization: AWS4-HMAC-SHA256 {keys}\r\nContent-Length: {}\r\n\
         Connection: close\r\n{headers}\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let text = String::from_utf8_lossy(&answer).into_owned();
    assert!(text.starts_with("HTTP/1.1 2"), "{method} {target}: {text}");
    text.split_once("\r\n\r\n").map_or(String::new(), |(_, body)| body.to_owned())
}

/// Makes a bucket.
pub fn make_bucket(server: &Server, bucket: &str) {
    ask(server, "s3", ("PUT", &format!("/{bucket}")), "", b"");
}

/// Puts an object.
pub fn put_object(server: &Server, bucket: &str, key: &str, content: &[u8]) {
    ask(server, "s3", ("PUT", &format!("/{bucket}/{key}")), "", content);
}

/// What Transcribe answers to an operation.
pub fn transcribe(server: &Server, operation: &str, body: &str) -> String {
    let headers = format!("X-Amz-Target: Transcribe.{operation}\r\nContent-Type: application/x-amz-json-1.1\r\n");
    ask(server, "transcribe", ("POST", "/"), &headers, body.as_bytes())
}
