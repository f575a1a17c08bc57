//! The real program in a real window: Xvfb, WebKitWebDriver and the app, driven as a person would.

use fantoccini::actions::{InputSource, MOUSE_BUTTON_LEFT, MouseActions, PointerAction};
use fantoccini::elements::Element;
use fantoccini::key::Key;
use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Nothing in the window may take longer than this; a busy machine is slow, not wrong.
const PATIENCE: Duration = Duration::from_secs(60);

/// Programs that end with the test, however it ends.
struct Programs(Vec<Child>);

impl Drop for Programs {
    fn drop(&mut self) {
        for child in self.0.iter_mut().rev() {
            // One that is gone already is as good.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// An open window.
pub struct Window {
    pub client: Client,
    home: PathBuf,
    /// What a person would have done so far: keys, letters and clicks. A chord counts one.
    acts: AtomicUsize,
    programs: Programs,
}

/// Starts a display of its own.
fn xvfb() -> (Child, String) {
    let mut server = Command::new("Xvfb")
        .args(["-displayfd", "1", "-screen", "0", "1920x1200x24", "-nolisten", "tcp"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("Xvfb starts; ./dev/setup test installs it");
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (server, format!(":{}", line.trim()))
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Window {
    /// Opens the app with `home` as the person's home folder, and these arguments.
    pub async fn open(home: &Path, arguments: &[&str]) -> Self {
        Self::start(home, Some(json!({ "binary": env!("CARGO_BIN_EXE_plumbline-desk"), "args": arguments }))).await
    }

    /// Opens the engine's own bare browser, for what the app is held against.
    #[allow(dead_code, reason = "the benchmark alone compares")]
    pub async fn bare(home: &Path) -> Self {
        Self::start(home, None).await
    }

    async fn start(home: &Path, options: Option<Value>) -> Self {
        let (server, display) = xvfb();
        let port = free_port();
        let driver = Command::new("WebKitWebDriver")
            .arg(format!("--port={port}"))
            .env("DISPLAY", display)
            .env_remove("WAYLAND_DISPLAY")
            .env("GDK_BACKEND", "x11")
            // Without it the session waits for ever.
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .env("HOME", home)
            .env("XDG_DATA_HOME", home.join("data"))
            .env("XDG_CACHE_HOME", home.join("cache"))
            .env("USER", "Ada")
            .env("LANG", "en_US.UTF-8")
            // What the app chooses by itself where there is no graphics device: a bare page is to paint in the same way.
            .envs(options.is_none().then_some(("WEBKIT_DISABLE_DMABUF_RENDERER", "1")))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("WebKitWebDriver starts; ./dev/setup test installs it");
        let programs = Programs(vec![server, driver]);
        let mut capabilities = Capabilities::new();
        if let Some(options) = options {
            capabilities.insert("webkitgtk:browserOptions".into(), options);
        }
        let http = hyper_util::client::legacy::connect::HttpConnector::new();
        let started = Instant::now();
        let client = loop {
            let session =
                ClientBuilder::new(http.clone()).capabilities(capabilities.clone()).connect(&format!("http://127.0.0.1:{port}")).await;
            match session {
                Ok(client) => break client,
                Err(error) if started.elapsed() > PATIENCE => panic!("no session: {error}"),
                Err(_) => tokio::task::yield_now().await,
            }
        };
        Self { client, home: home.to_owned(), acts: AtomicUsize::new(0), programs }
    }

    /// The process that started the app; the app's own are below it.
    #[allow(dead_code, reason = "the benchmark alone looks at processes")]
    pub fn driver(&self) -> u32 {
        self.programs.0.last().map_or(0, Child::id)
    }

    /// How many keys, letters and clicks the person made since this was last asked.
    pub fn acts(&self) -> usize {
        self.acts.swap(0, Ordering::Relaxed)
    }

    /// Clicks at a place of the window, in CSS pixels.
    pub async fn click_at(&self, x: f64, y: f64) {
        let click = MouseActions::new("mouse".into())
            .then(PointerAction::MoveTo { duration: None, x: x.round(), y: y.round() })
            .then(PointerAction::Down { button: MOUSE_BUTTON_LEFT })
            .then(PointerAction::Up { button: MOUSE_BUTTON_LEFT });
        self.client.perform_actions(click).await.unwrap();
        self.acts.fetch_add(1, Ordering::Relaxed);
    }

    /// A file below the person's home.
    pub fn path(&self, name: &str) -> PathBuf {
        self.home.join(name)
    }

    /// What a script in the page returns.
    pub async fn js(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.client.execute(script, arguments).await.unwrap_or_else(|e| panic!("{script}: {e}"))
    }

    /// Waits until a script returns something that is true, and gives it.
    pub async fn until(&self, what: &str, script: &str) -> Value {
        let started = Instant::now();
        loop {
            let value = self.js(script, vec![]).await;
            let is_true = !matches!(&value, Value::Null | Value::Bool(false)) && value != json!("") && value != json!(0);
            if is_true {
                return value;
            }
            assert!(started.elapsed() < PATIENCE, "{what} did not happen; the page says: {}", self.page_text().await);
        }
    }

    async fn page_text(&self) -> String {
        let text = self.js("return document.body.innerText", vec![]).await;
        text.as_str().unwrap_or_default().chars().take(3_000).collect()
    }

    /// The element with this test id.
    pub async fn find(&self, testid: &str) -> Element {
        self.find_css(&format!("[data-testid=\"{testid}\"]")).await
    }

    /// The first element that a selector names.
    pub async fn find_css(&self, css: &str) -> Element {
        let wait = self.client.wait().at_most(PATIENCE).for_element(Locator::Css(css));
        match wait.await {
            Ok(element) => element,
            Err(error) => panic!("{css}: {error}; the page says: {}", self.page_text().await),
        }
    }

    /// Presses keys on whatever has the focus: one character, or a name such as `F8`, with `Ctrl+` and `Shift+` before it.
    pub async fn press(&self, chord: &str) {
        let mut parts: Vec<&str> = chord.split('+').collect();
        let key = parts.pop().unwrap();
        let code = match key {
            "Enter" => char::from(Key::Enter).to_string(),
            "Escape" => char::from(Key::Escape).to_string(),
            "F2" => char::from(Key::F2).to_string(),
            "F5" => char::from(Key::F5).to_string(),
            "F7" => char::from(Key::F7).to_string(),
            "F8" => char::from(Key::F8).to_string(),
            "End" => char::from(Key::End).to_string(),
            "Right" => char::from(Key::Right).to_string(),
            "Left" => char::from(Key::Left).to_string(),
            "Space" => " ".to_owned(),
            other => other.to_owned(),
        };
        let modifiers: String = parts
            .iter()
            .map(|m| match *m {
                "Ctrl" => char::from(Key::Control),
                "Shift" => char::from(Key::Shift),
                other => panic!("no modifier {other}"),
            })
            .collect();
        let focused = self.client.active_element().await.unwrap();
        focused.send_keys(&format!("{modifiers}{code}{}", char::from(Key::Null))).await.unwrap();
        self.acts.fetch_add(1, Ordering::Relaxed);
    }

    /// Types text into whatever has the focus.
    pub async fn type_text(&self, text: &str) {
        self.client.active_element().await.unwrap().send_keys(text).await.unwrap();
        self.acts.fetch_add(text.chars().count(), Ordering::Relaxed);
    }

    /// Asks the shell directly, for what would open a dialog of the system's.
    pub async fn invoke(&self, command: &str, arguments: Value) -> Value {
        let script = "const [command, args, done] = arguments;
            window.__TAURI_INTERNALS__.invoke(command, args).then((value) => done({ value }), (error) => done({ error }))";
        let answer = self.client.execute_async(script, vec![json!(command), arguments]).await.unwrap();
        assert!(answer.get("error").is_none_or(Value::is_null), "{command}: {answer}");
        answer["value"].clone()
    }

    /// Waits until nothing seeks, nothing is measured and two frames were painted since.
    pub async fn settled(&self) {
        let quiet = "return !document.querySelector('video')?.seeking && !document.querySelector('[data-testid=job][data-state=running]')";
        self.until("rest", quiet).await;
        let painted = "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done(true)))";
        self.client.execute_async(painted, vec![]).await.unwrap();
    }

    /// Saves what the window shows.
    pub async fn screenshot(&self, to: &Path) {
        std::fs::write(to, self.client.screenshot().await.unwrap()).unwrap();
    }

    /// Closes the window as a person would.
    pub async fn close(self) {
        // The session ends with the window; whatever it says on the way out changes nothing.
        let _ = self.client.clone().close().await;
    }
}
