//! Media for the window, over loopback: the webview plays only what comes by HTTP.
//!
//! A random token stands in the path, files have opaque random names and none can be asked for that was not offered,
//! the Host must be this server's, and only the app's own origin may read across origins.

use crate::app::World;
use anyhow::Context;
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use plumbline_core::MediaTime;
use plumbline_pipeline::ports::Artifacts;
use plumbline_pipeline::stages::sound;
use plumbline_project::MediaId;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_http::services::ServeFile;

/// A running server.
pub struct MediaServer {
    base: String,
    shelf: Arc<Shelf>,
}

/// What is offered.
struct Shelf {
    host: String,
    world: Arc<World>,
    files: Mutex<Files>,
    /// The peaks that were asked for last, read and checked once: the window reads them in many small pieces.
    peaks: Mutex<Option<(String, Arc<[u8]>)>>,
}

/// The files on offer by their opaque names, and the other way about.
#[derive(Default)]
struct Files {
    by_name: HashMap<String, PathBuf>,
    names: HashMap<(MediaId, PathBuf), String>,
}

/// The origins that the webview has on the platforms.
const ORIGINS: [&str; 3] = ["tauri://localhost", "http://tauri.localhost", "https://tauri.localhost"];
/// A still is at most this large, whatever is asked for.
const MAX_EDGE: u32 = 4096;

impl MediaServer {
    /// Starts on a free port of 127.0.0.1, on a thread of its own.
    pub fn start(world: Arc<World>) -> anyhow::Result<Self> {
        let token = random_name()?;
        let listener = std::net::TcpListener::bind("127.0.0.1:0").context("no port of 127.0.0.1 could be opened for playing media")?;
        listener.set_nonblocking(true)?;
        let host = listener.local_addr()?.to_string();
        let shelf = Arc::new(Shelf { host: host.clone(), world, files: Mutex::default(), peaks: Mutex::default() });
        let app = router(&token, Arc::clone(&shelf));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).thread_name("media").enable_all().build()?;
        std::thread::spawn(move || {
            runtime.block_on(async move {
                let served = async { axum::serve(tokio::net::TcpListener::from_std(listener)?, app).await }.await;
                if let Err(error) = served {
                    eprintln!("plumbline-desk: playing media stopped: {error}");
                }
            });
        });
        Ok(Self { base: format!("http://{host}/{token}"), shelf })
    }

    /// What all addresses start with.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// An address under which the file plays.
    pub fn media(&self, media: &MediaId, path: &std::path::Path) -> String {
        format!("{}/media/{}", self.base, self.offer(media, path))
    }

    /// An address for the pixels of frames; `&at_us=N` is appended.
    pub fn frame(&self, media: &MediaId, path: &std::path::Path) -> String {
        format!("{}/frame/{}?", self.base, self.offer(media, path))
    }

    /// The address of the peaks, once they are there.
    pub fn peaks(&self, hash: &str) -> Option<String> {
        self.shelf.peaks(hash).map(|_| format!("{}/peaks/{hash}", self.base))
    }

    fn offer(&self, media: &MediaId, path: &std::path::Path) -> String {
        let mut files = self.shelf.files.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (media.clone(), path.to_owned());
        if let Some(name) = files.names.get(&key) {
            return name.clone();
        }
        // Without randomness from the system nothing is offered: an empty name is found by nobody.
        let name = random_name().unwrap_or_default();
        files.by_name.insert(name.clone(), path.to_owned());
        files.names.insert(key, name.clone());
        name
    }
}

/// 128 random bits in hex.
fn random_name() -> anyhow::Result<String> {
    let mut bits = [0u8; 16];
    getrandom::fill(&mut bits).context("the system gives no random numbers")?;
    Ok(bits.iter().map(|b| format!("{b:02x}")).collect())
}

fn router(token: &str, shelf: Arc<Shelf>) -> Router {
    let origins = AllowOrigin::list(ORIGINS.map(HeaderValue::from_static));
    let cors = CorsLayer::new()
        .allow_origin(origins)
        .allow_headers([header::RANGE])
        .expose_headers([header::CONTENT_RANGE, header::ACCEPT_RANGES]);
    let routes = Router::new()
        .route("/media/{name}", get(serve_media))
        .route("/frame/{name}", get(serve_frame))
        .route("/peaks/{hash}", get(serve_peaks));
    Router::new().nest(&format!("/{token}"), routes).layer(cors).layer(from_fn_with_state(Arc::clone(&shelf), check_host)).with_state(shelf)
}

/// A page of another site that resolves its own name to 127.0.0.1 gets nothing.
async fn check_host(State(shelf): State<Arc<Shelf>>, request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|h| h.to_str().ok());
    if host == Some(shelf.host.as_str()) { next.run(request).await } else { StatusCode::FORBIDDEN.into_response() }
}

impl Shelf {
    fn find(&self, name: &str) -> Option<PathBuf> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).by_name.get(name).cloned()
    }

    /// The peaks of a media by the hash of its file; none where they are not made yet.
    fn peaks(&self, hash: &str) -> Option<Arc<[u8]>> {
        let mut kept = self.peaks.lock().unwrap_or_else(PoisonError::into_inner);
        match &*kept {
            Some((of, bytes)) if of == hash => Some(Arc::clone(bytes)),
            _ => {
                let bytes: Arc<[u8]> = self.world.artifacts.get(&sound::peaks_key(hash)).ok()??.into();
                *kept = Some((hash.to_owned(), Arc::clone(&bytes)));
                Some(bytes)
            }
        }
    }
}

async fn serve_media(State(shelf): State<Arc<Shelf>>, Path(name): Path<String>, request: Request) -> Response {
    let Some(path) = shelf.find(&name) else { return StatusCode::NOT_FOUND.into_response() };
    match ServeFile::new(path).try_call(request).await {
        Ok(response) => response.map(Body::new),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

#[derive(serde::Deserialize)]
struct Still {
    at_us: i64,
    edge: Option<u32>,
}

/// Falls when the request goes away with whoever waited for it.
struct Waiting(Arc<AtomicBool>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

/// The frame as plain pixels, for they need no packing on the way to the same machine: its time in microseconds (8 bytes), width and height
/// (4 bytes each), little end first, then rows of red, green, blue, alpha.
async fn serve_frame(State(shelf): State<Arc<Shelf>>, Path(name): Path<String>, Query(still): Query<Still>) -> Response {
    let Some(path) = shelf.find(&name) else { return StatusCode::NOT_FOUND.into_response() };
    let edge = still.edge.unwrap_or(MAX_EDGE).clamp(1, MAX_EDGE);
    let waiting = Waiting(Arc::new(AtomicBool::new(true)));
    let wanted = Arc::clone(&waiting.0);
    let decoded = tokio::task::spawn_blocking(move || {
        shelf.world.viewer.frame(&path, MediaTime::from_us(still.at_us), edge, &|| wanted.load(Ordering::Relaxed))
    });
    let Ok(Ok(frame)) = decoded.await else { return StatusCode::NOT_FOUND.into_response() };
    let head = [&frame.at.us().to_le_bytes()[..], &frame.width.to_le_bytes(), &frame.height.to_le_bytes()].concat();
    let body = [head, frame.rgb].concat();
    ([(header::CONTENT_TYPE, "application/octet-stream")], body).into_response()
}

async fn serve_peaks(State(shelf): State<Arc<Shelf>>, Path(hash): Path<String>, headers: HeaderMap) -> Response {
    let Ok(Some(bytes)) = tokio::task::spawn_blocking(move || shelf.peaks(&hash)).await else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let head = [(header::CONTENT_TYPE, "application/octet-stream"), (header::ACCEPT_RANGES, "bytes")];
    let Some((from, end)) = headers.get(header::RANGE).and_then(|r| part(r.to_str().ok()?, bytes.len())) else {
        return (head, bytes.to_vec()).into_response();
    };
    let range = [(header::CONTENT_RANGE, format!("bytes {from}-{}/{}", end - 1, bytes.len()))];
    (StatusCode::PARTIAL_CONTENT, head, range, bytes[from..end].to_vec()).into_response()
}

/// The part `from..end` that a header `bytes=FROM-LAST` names of `len` bytes; none where it is of another kind or names nothing of them.
fn part(range: &str, len: usize) -> Option<(usize, usize)> {
    let (from, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let from: usize = from.parse().ok()?;
    let end = if last.is_empty() { len } else { last.parse::<usize>().ok()?.saturating_add(1).min(len) };
    (from < end).then_some((from, end))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::settings::SettingsFile;
    use plumbline_adapters::{DiskArtifacts, Ffmpeg, ScorePrograms, Sphinx, Viewer};
    use std::io::{Read, Write};
    use std::net::TcpStream;
    use std::process::Command;

    /// A server over a folder and a cache of its own.
    struct Room {
        folder: tempfile::TempDir,
        server: MediaServer,
    }

    /// An answer: its status, its head in small letters, its body.
    struct Answer {
        status: u16,
        head: String,
        body: Vec<u8>,
    }

    impl Answer {
        fn has(&self, line: &str) -> bool {
            self.head.lines().any(|l| l == line)
        }
    }

    impl Room {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let artifacts = DiskArtifacts::new(folder.path().join("cache"));
            let server = MediaServer::start(Arc::new(World {
                media: Ffmpeg,
                viewer: Viewer::default(),
                artifacts,
                acoustics: Sphinx::default(),
                scorers: ScorePrograms::default(),
                settings: SettingsFile::open(folder.path()),
            }))
            .unwrap();
            Self { folder, server }
        }

        fn host(&self) -> &str {
            &self.server.shelf.host
        }

        /// The path that an address of the server ends in.
        fn path_of(&self, address: &str) -> String {
            address.strip_prefix(&format!("http://{}", self.host())).unwrap().to_owned()
        }

        /// Offers a file of these bytes; gives the path to ask for.
        fn offer(&self, name: &str, bytes: &[u8]) -> String {
            let file = self.folder.path().join(name);
            std::fs::write(&file, bytes).unwrap();
            self.path_of(&self.server.media(&MediaId(name.into()), &file))
        }

        fn send(&self, method: &str, path: &str, headers: &str) -> TcpStream {
            let mut stream = TcpStream::connect(self.host()).unwrap();
            write!(stream, "{method} {path} HTTP/1.1\r\nConnection: close\r\n{headers}\r\n").unwrap();
            stream
        }

        fn ask_with(&self, method: &str, path: &str, headers: &str) -> Answer {
            let mut bytes = Vec::new();
            self.send(method, path, headers).read_to_end(&mut bytes).unwrap();
            let end = bytes.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
            let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
            Answer { status: head.split(' ').nth(1).unwrap().parse().unwrap(), head, body: bytes[end + 4..].to_vec() }
        }

        fn ask(&self, path: &str) -> Answer {
            self.ask_with("GET", path, &format!("Host: {}\r\n", self.host()))
        }
    }

    #[test]
    fn only_what_was_offered_is_given_and_only_under_its_name() {
        let room = Room::new();
        let offered = room.offer("talk.mp4", b"0123456789");
        std::fs::write(room.folder.path().join("secret"), "secret").unwrap();
        let whole = room.ask(&offered);
        assert_eq!((whole.status, whole.body.as_slice()), (200, &b"0123456789"[..]));
        assert!(whole.has("content-type: video/mp4") && whole.has("content-length: 10"), "{}", whole.head);
        assert_eq!(room.offer("talk.mp4", b"0123456789"), offered, "a name is kept");

        let base = room.path_of(room.server.base());
        let name = offered.rsplit('/').next().unwrap();
        let secret = room.folder.path().join("secret").display().to_string();
        let wrong_token = "0".repeat(base.len() - 1);
        for path in [
            format!("/{wrong_token}/media/{name}"),
            format!("/media/{name}"),
            "/".to_owned(),
            base.clone(),
            format!("{base}/media/"),
            format!("{base}/media/{wrong_token}"),
            format!("{base}/media/talk.mp4"),
            format!("{base}/media/{name}/"),
            format!("{base}/media/{name}/../secret"),
            format!("{base}/media/../secret"),
            format!("{base}/media/..%2fsecret"),
            format!("{base}/media/%2e%2e%2fsecret"),
            format!("{base}/media/{name}%2f..%2fsecret"),
            format!("{base}/media/{}", secret.replace('/', "%2f")),
            format!("{base}/media/{secret}"),
            format!("{base}/frame/..%2fsecret?at_us=0"),
            format!("{base}/peaks/..%2f..%2fsecret"),
        ] {
            let answer = room.ask(&path);
            assert_eq!((answer.status, answer.body.as_slice()), (404, &b""[..]), "{path}");
        }
        std::fs::remove_file(room.folder.path().join("talk.mp4")).unwrap();
        assert_eq!(room.ask(&offered).status, 404, "a file that went away");
    }

    #[test]
    fn another_host_gets_nothing() {
        let room = Room::new();
        let offered = room.offer("talk.mp4", b"0123456789");
        let port = room.host().rsplit(':').next().unwrap().to_owned();
        let hosts =
            ["evil.example", "127.0.0.1", &format!("localhost:{port}"), &format!("evil.example:{port}"), &format!("127.0.0.1:{port}.evil")];
        for host in hosts {
            let answer = room.ask_with("GET", &offered, &format!("Host: {host}\r\n"));
            assert_eq!((answer.status, answer.body.as_slice()), (403, &b""[..]), "{host}");
        }
        assert!(room.ask_with("GET", &offered, "").status >= 400, "no host at all");
    }

    #[test]
    fn parts_are_the_bytes_that_were_asked_for() {
        let room = Room::new();
        let bytes: Vec<u8> = (0..200_000u32).map(|i| (i % 251) as u8).collect();
        let offered = room.offer("talk.mp4", &bytes);
        for (range, from, to) in
            [("0-9", 0, 10), ("100000-100099", 100_000, 100_100), ("199990-", 199_990, 200_000), ("-5", 199_995, 200_000)]
        {
            let part = room.ask_with("GET", &offered, &format!("Host: {}\r\nRange: bytes={range}\r\n", room.host()));
            assert_eq!((part.status, part.body.as_slice()), (206, &bytes[from..to]), "{range}");
            assert!(part.has(&format!("content-range: bytes {from}-{}/200000", to - 1)), "{range}: {}", part.head);
        }
        let beyond = room.ask_with("GET", &offered, &format!("Host: {}\r\nRange: bytes=200000-\r\n", room.host()));
        assert_eq!(beyond.status, 416);
        assert!(room.ask(&offered).has("accept-ranges: bytes"));
    }

    #[test]
    fn only_the_window_may_read_across_origins() {
        let room = Room::new();
        let offered = room.offer("talk.mp4", b"0123456789");
        let asked = |method: &str, origin: &str| {
            let preflight = "Access-Control-Request-Method: GET\r\nAccess-Control-Request-Headers: range\r\n";
            room.ask_with(method, &offered, &format!("Host: {}\r\nOrigin: {origin}\r\n{preflight}", room.host()))
        };
        for origin in ORIGINS {
            let allowed = format!("access-control-allow-origin: {origin}");
            let preflight = asked("OPTIONS", origin);
            assert!(preflight.status == 200 && preflight.has(&allowed), "{}", preflight.head);
            assert!(preflight.has("access-control-allow-headers: range"), "{}", preflight.head);
            let got = asked("GET", origin);
            assert!(
                got.status == 200 && got.has(&allowed) && got.head.contains("access-control-expose-headers: content-range"),
                "{}",
                got.head
            );
        }
        for origin in ["https://evil.example", "null", "http://localhost", "tauri://localhost.evil.example"] {
            for method in ["OPTIONS", "GET"] {
                let answer = asked(method, origin);
                assert!(!answer.head.contains("access-control-allow-origin"), "{origin}: {}", answer.head);
            }
        }
    }

    #[test]
    fn stills_have_the_time_and_the_size_that_were_asked_for() {
        let room = Room::new();
        let file = room.folder.path().join("clip.mp4");
        let made = Command::new("ffmpeg")
            .args("-hide_banner -nostdin -loglevel error -f lavfi -i testsrc=s=128x72:r=10:d=1 -pix_fmt yuv420p".split(' '))
            .arg(&file)
            .status()
            .expect("the tests need the ffmpeg program");
        assert!(made.success());
        let address = room.path_of(&room.server.frame(&MediaId("clip".into()), &file));
        for (query, at_us, size) in [
            ("&at_us=0", 0, (128, 72)),
            ("&at_us=599999&edge=64", 500_000, (64, 36)),
            ("&at_us=-1&edge=99999", 0, (128, 72)),
            ("&at_us=9000000000", 900_000, (128, 72)),
        ] {
            let still = room.ask(&format!("{address}{query}"));
            assert_eq!(still.status, 200, "{query}: {}", still.head);
            let (head, pixels) = still.body.split_at(16);
            let number = |at: usize| u32::from_le_bytes(head[at..at + 4].try_into().unwrap());
            assert_eq!(i64::from_le_bytes(head[..8].try_into().unwrap()), at_us, "{query}");
            assert_eq!(((number(8), number(12)), pixels.len() as u32), (size, 4 * size.0 * size.1), "{query}");
            assert!(pixels.chunks_exact(4).all(|pixel| pixel[3] == 255), "{query}");
        }
        assert_eq!(room.ask(&address).status, 400, "at what time?");
        let text = room.offer("text.mp4", b"hello").replace("/media/", "/frame/");
        assert_eq!(room.ask(&format!("{text}?at_us=0")).status, 404, "no picture");
    }

    #[test]
    fn a_download_that_is_broken_off_stops_nothing() {
        let room = Room::new();
        let bytes = vec![7; 8 << 20];
        let offered = room.offer("long.mp4", &bytes);
        for _ in 0..8 {
            let mut stream = room.send("GET", &offered, &format!("Host: {}\r\n", room.host()));
            stream.read_exact(&mut [0; 1_000]).unwrap();
        }
        // Half a request, and something that is none.
        TcpStream::connect(room.host()).unwrap().write_all(b"GET / HT").unwrap();
        TcpStream::connect(room.host()).unwrap().write_all(&[0, 255, 10, 13]).unwrap();
        assert_eq!(room.ask(&offered).body, bytes);
    }

    #[test]
    fn peaks_are_there_once_they_are_made() {
        let room = Room::new();
        let address = format!("{}/peaks/abc", room.path_of(room.server.base()));
        assert_eq!((room.server.peaks("abc"), room.ask(&address).status), (None, 404));
        room.server.shelf.world.artifacts.put(&sound::peaks_key("abc"), b"peaks").unwrap();
        assert_eq!(room.path_of(&room.server.peaks("abc").unwrap()), address);
        let answer = room.ask(&address);
        assert_eq!((answer.status, answer.body.as_slice()), (200, &b"peaks"[..]));
        for (range, says, body) in [
            ("bytes=0-1", "bytes 0-1/5", "pe"),
            ("bytes=3-", "bytes 3-4/5", "ks"),
            ("bytes=1-99", "bytes 1-4/5", "eaks"),
            ("bytes=9-12", "", "peaks"),
            ("bytes=3-1", "", "peaks"),
            ("bytes=-2", "", "peaks"),
        ] {
            let part = room.ask_with("GET", &address, &format!("Host: {}\r\nRange: {range}\r\n", room.host()));
            assert_eq!((part.status, part.body.as_slice()), (if says.is_empty() { 200 } else { 206 }, body.as_bytes()), "{range}");
            assert_eq!(part.has(&format!("content-range: {says}")), !says.is_empty(), "{range}: {}", part.head);
        }
    }
}
