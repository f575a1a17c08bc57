//! Media for the window, over loopback: the webview plays only what comes by HTTP.
//!
//! A random token stands in the path, files have opaque random names and none can be asked for that was not offered,
//! the Host must be this server's, and only the app's own origin may read across origins.

use crate::app::World;
use anyhow::Context;
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use plumbline_core::MediaTime;
use plumbline_pipeline::ports::{Artifacts, Media};
use plumbline_pipeline::stages::sound;
use plumbline_project::MediaId;
use std::collections::HashMap;
use std::path::PathBuf;
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
}

/// Opaque name to file, and the other way about.
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
        let shelf = Arc::new(Shelf { host: host.clone(), world, files: Mutex::default() });
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

    /// An address for stills; `&at_us=N` is appended.
    pub fn frame(&self, media: &MediaId, path: &std::path::Path) -> String {
        format!("{}/frame/{}?", self.base, self.offer(media, path))
    }

    /// The address of the peaks, once they are there.
    pub fn peaks(&self, hash: &str) -> Option<String> {
        let kept = self.shelf.world.artifacts.get(&sound::peaks_key(hash)).ok()?;
        kept.map(|_| format!("{}/peaks/{hash}", self.base))
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

async fn serve_frame(State(shelf): State<Arc<Shelf>>, Path(name): Path<String>, Query(still): Query<Still>) -> Response {
    let Some(path) = shelf.find(&name) else { return StatusCode::NOT_FOUND.into_response() };
    let edge = still.edge.unwrap_or(MAX_EDGE).clamp(1, MAX_EDGE);
    let decoded = tokio::task::spawn_blocking(move || {
        let frame = shelf.world.media.frame(&path, MediaTime::from_us(still.at_us), edge).ok()?;
        png(&frame.rgb, frame.width, frame.height).ok()
    });
    match decoded.await {
        Ok(Some(bytes)) => ([(header::CONTENT_TYPE, "image/png")], bytes).into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

fn png(rgb: &[u8], width: u32, height: u32) -> Result<Vec<u8>, png::EncodingError> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::Fast);
    encoder.write_header()?.write_image_data(rgb)?;
    Ok(out)
}

async fn serve_peaks(State(shelf): State<Arc<Shelf>>, Path(hash): Path<String>) -> Response {
    let read = tokio::task::spawn_blocking(move || shelf.world.artifacts.get(&sound::peaks_key(&hash)));
    match read.await {
        Ok(Ok(Some(bytes))) => ([(header::CONTENT_TYPE, "application/octet-stream")], bytes).into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}
