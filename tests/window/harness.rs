//! The real program in a real window: Xvfb, WebKitWebDriver and the app, driven as a person would.

use fantoccini::actions::{InputSource, KeyAction, KeyActions, MOUSE_BUTTON_LEFT, MouseActions, PointerAction};
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
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// Nothing in the window may take longer than this; a busy machine is slow, not wrong.
const PATIENCE: Duration = Duration::from_secs(150);

/// A window that is open for longer hangs: the driver itself waits without end for some of the webview's answers.
const LIFE: Duration = Duration::from_secs(600);

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
    /// Closes with the window, which calls off its end after [`LIFE`].
    _open: Sender<()>,
}

/// Ends the driver of a window that hangs, so that whatever waits for it fails instead.
fn watch(driver: u32) -> Sender<()> {
    let (open, closed) = channel::<()>();
    std::thread::spawn(move || {
        if closed.recv_timeout(LIFE) == Err(RecvTimeoutError::Timeout) {
            eprintln!("a window was open for {} s; its driver is ended", LIFE.as_secs());
            let _ = Command::new("kill").args(["-KILL", &driver.to_string()]).status();
        }
    });
    open
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
    /// Opens the app with `home` as Ada's home folder, and these arguments.
    pub async fn open(home: &Path, arguments: &[&str]) -> Self {
        Self::open_as(home, arguments, Some("Ada")).await
    }

    /// Opens the app with the reviewer's name in the environment; without one the app asks for it at the first start.
    pub async fn open_as(home: &Path, arguments: &[&str], reviewer: Option<&str>) -> Self {
        Self::start(home, Some(json!({ "binary": env!("CARGO_BIN_EXE_plumbline-desk"), "args": arguments })), reviewer).await
    }

    /// Opens the engine's own bare browser, for what the app is held against.
    #[allow(dead_code, reason = "the benchmark alone compares")]
    pub async fn bare(home: &Path) -> Self {
        Self::start(home, None, None).await
    }

    async fn start(home: &Path, options: Option<Value>, reviewer: Option<&str>) -> Self {
        let (server, display) = xvfb();
        let port = free_port();
        let mut driver = Command::new("WebKitWebDriver");
        match reviewer {
            Some(name) => driver.env("PLUMBLINE_REVIEWER", name),
            None => driver.env_remove("PLUMBLINE_REVIEWER"),
        };
        let driver = driver
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
        let open = watch(driver.id());
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
        Self { client, home: home.to_owned(), acts: AtomicUsize::new(0), programs, _open: open }
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

    /// Presses keys on whatever has the focus: one character, or a name such as `F8`, with `Ctrl+`, `Alt+` and `Shift+` before it.
    pub async fn press(&self, chord: &str) {
        let mut parts: Vec<&str> = chord.split('+').collect();
        let key = parts.pop().unwrap();
        let code = match key {
            "Enter" => Key::Enter.into(),
            "Escape" => Key::Escape.into(),
            "Backspace" => Key::Backspace.into(),
            "Delete" => Key::Delete.into(),
            "Tab" => Key::Tab.into(),
            "F1" => Key::F1.into(),
            "F2" => Key::F2.into(),
            "F3" => Key::F3.into(),
            "F4" => Key::F4.into(),
            "F5" => Key::F5.into(),
            "F6" => Key::F6.into(),
            "F7" => Key::F7.into(),
            "F8" => Key::F8.into(),
            "F9" => Key::F9.into(),
            "Right" => Key::Right.into(),
            "Left" => Key::Left.into(),
            "Up" => Key::Up.into(),
            "Down" => Key::Down.into(),
            "Home" => Key::Home.into(),
            "End" => Key::End.into(),
            "Space" => ' ',
            other => other.chars().next().unwrap(),
        };
        let modifiers = parts.iter().map(|m| match *m {
            "Ctrl" => Key::Control.into(),
            "Alt" => Key::Alt.into(),
            "Shift" => Key::Shift.into(),
            other => panic!("no modifier {other}"),
        });
        let keys: Vec<char> = modifiers.chain([code]).collect();
        let down = keys.iter().map(|value| KeyAction::Down { value: *value });
        let up = keys.iter().rev().map(|value| KeyAction::Up { value: *value });
        self.keys(down.chain(up)).await;
        self.acts.fetch_add(1, Ordering::Relaxed);
    }

    /// Types text into whatever has the focus.
    pub async fn type_text(&self, text: &str) {
        self.keys(text.chars().flat_map(|value| [KeyAction::Down { value }, KeyAction::Up { value }])).await;
        self.acts.fetch_add(text.chars().count(), Ordering::Relaxed);
    }

    /// Moves keys as a keyboard does: what has the focus keeps its caret where it is.
    async fn keys(&self, actions: impl Iterator<Item = KeyAction>) {
        let actions = actions.fold(KeyActions::new("keys".into()), |all, action| all.then(action));
        self.client.perform_actions(actions).await.unwrap();
    }

    /// The words of a media, one by one, with where they lie and what is said of them.
    pub async fn words(&self, media: &str) -> Vec<Value> {
        let view = self.invoke("words", json!({ "media": media })).await;
        let column = |name: &str, i: usize| view[name].get(i).cloned().unwrap_or(Value::Null);
        let span =
            |of: &str, i: usize| json!({ "start_us": column(&format!("{of}_start_us"), i), "end_us": column(&format!("{of}_end_us"), i) });
        let word = |i: usize| {
            let mut word = json!({ "original": span("original", i), "proposed": span("proposed", i) });
            for (name, of) in [("id", "ids"), ("text", "texts")] {
                word[name] = column(of, i);
            }
            for name in ["punctuation", "start_us", "end_us", "alignment_confidence"] {
                word[name] = column(name, i);
            }
            word["retimed"] = json!(column("marks", i).as_i64().unwrap_or(0) & 1 == 1);
            word
        };
        (0..view["ids"].as_array().unwrap().len()).map(word).collect()
    }

    /// Ends the app as a power cut would.
    pub fn kill(&self) {
        let driver = self.driver().to_string();
        let killed = Command::new("pkill").args(["-KILL", "-P", &driver]).status().unwrap();
        assert!(killed.success(), "the driver has started no app");
    }

    /// Runs the command of this name from the palette.
    pub async fn command(&self, name: &str) {
        self.press("Ctrl+k").await;
        self.find("palette").await;
        self.type_text(name).await;
        self.press("Enter").await;
        self.until("the palette gone", "return document.querySelector('[data-testid=palette]') === null").await;
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

    /// What the window shows, as a PNG.
    pub async fn shot(&self) -> Vec<u8> {
        // The driver waits for the next frame, and a page where nothing changes paints none.
        let paint = "let odd = false
            const paint = () => {
                document.documentElement.style.outline = `${(odd = !odd) ? 1 : 2}px solid transparent`
                window.painting = requestAnimationFrame(paint)
            }
            paint()";
        self.js(paint, vec![]).await;
        let shot = self.client.screenshot().await.unwrap();
        self.js("cancelAnimationFrame(window.painting); document.documentElement.style.outline = ''", vec![]).await;
        shot
    }

    /// Saves what the window shows.
    pub async fn screenshot(&self, to: &Path) {
        std::fs::write(to, self.shot().await).unwrap();
    }

    /// Closes the window as a person would.
    pub async fn close(self) {
        // The session ends with the window; whatever it says on the way out changes nothing.
        let _ = self.client.clone().close().await;
    }
}
