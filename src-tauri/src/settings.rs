//! What a person has set: one JSON file in the app's data folder.

use crate::amazon::{Amazon, refuse};
use crate::app::App;
use crate::archive::ArchivePlaces;
use crate::commands::Answer;
use plumbline_flows as flows;
use plumbline_project::By;
use plumbline_project::views::{MediaState, QueueFilter};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tauri::State;
use ts_rs::TS;

const FILE: &str = "settings.json";
/// Names the reviewer for this run; what is set stays as it is.
const NAMED: &str = "PLUMBLINE_REVIEWER";

/// What a person has set. A file of an earlier version has fewer of these; what it lacks is as on the first start.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(export)]
pub struct Settings {
    /// Under whose name changes are written; null until it was asked.
    reviewer: Option<String>,
    theme: ThemeChoice,
    /// The set of keys to start from: `default`, or one in the habit of another program.
    preset: String,
    /// Keys that differ from the preset, by action.
    keys: BTreeMap<String, Vec<String>>,
    /// The commands chosen last in the palette, the newest first.
    recent: Vec<String>,
    /// Whether playing pauses while text is typed.
    pause_while_typing: bool,
    /// For how long nothing is typed before it goes on, in ms.
    typing_rest_ms: u32,
    views: Vec<SavedView>,
    /// Ways to look at the queue.
    queue_views: Vec<SavedQueue>,
    amazon: Amazon,
    /// What an archive was run with last.
    archive: ArchivePlaces,
}

/// What the colours are; `system` follows the desktop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum ThemeChoice {
    System,
    Dark,
    Light,
    Contrast,
}

/// A way to look at the library, under a name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct SavedView {
    name: String,
    /// What the rows are sorted by.
    column: String,
    descending: bool,
    /// Rows in one of these states; any, where there is none.
    states: Vec<MediaState>,
    /// What name or path hold.
    text: String,
}

/// A way to look at the queue, under a name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct SavedQueue {
    name: String,
    filter: QueueFilter,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            reviewer: None,
            theme: ThemeChoice::System,
            preset: "default".into(),
            keys: BTreeMap::new(),
            recent: vec![],
            pause_while_typing: true,
            typing_rest_ms: 1_000,
            views: vec![],
            queue_views: vec![],
            amazon: Amazon::default(),
            archive: ArchivePlaces::default(),
        }
    }
}

/// The settings as the window asks for them.
#[derive(Serialize, TS)]
#[ts(export)]
pub struct SettingsView {
    settings: Settings,
    /// The account's name on this computer: what the reviewer may be called until something else is said.
    account: String,
    /// The reviewer's name where the environment gives it; it wins.
    named: Option<String>,
    /// What became of a file that could not be read.
    notice: Option<String>,
}

/// The settings and where they are kept.
pub struct SettingsFile {
    path: PathBuf,
    now: Mutex<Settings>,
    named: Option<String>,
    notice: Option<String>,
}

impl SettingsFile {
    /// Reads the settings in `folder`. A file that can't be read is kept aside and said.
    pub fn open(folder: &Path) -> Self {
        let path = folder.join(FILE);
        let named = std::env::var(NAMED).ok().filter(|name| !name.trim().is_empty());
        let (now, notice) = match read(&path) {
            Ok(settings) => (settings, None),
            Err(why) => (Settings::default(), Some(keep_aside(&path, &why))),
        };
        Self { path, now: Mutex::new(now), named, notice }
    }

    /// Who makes the changes of this window.
    pub fn reviewer(&self) -> By {
        match self.named.clone().or_else(|| self.now().reviewer.clone()) {
            Some(name) => By::Person(name),
            None => flows::reviewer(),
        }
    }

    /// Whom to ask at Amazon.
    pub fn amazon(&self) -> Amazon {
        self.now().amazon.clone()
    }

    fn now(&self) -> MutexGuard<'_, Settings> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn view(&self) -> SettingsView {
        let account = match flows::reviewer() {
            By::Person(name) => name,
            By::Machine => String::new(),
        };
        SettingsView { settings: self.now().clone(), account, named: self.named.clone(), notice: self.notice.clone() }
    }

    fn save(&self, settings: Settings) -> Answer<()> {
        // Locked while it is written, so that of two saves the later one stays.
        let mut now = self.now();
        let json = serde_json::to_vec_pretty(&settings)?;
        flows::export::write_whole(&self.path, &json)?;
        *now = settings;
        Ok(())
    }
}

/// The settings in a file, or why they can't be read; those of the first start where there is none.
fn read(path: &Path) -> Result<Settings, String> {
    match std::fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|e| e.to_string()),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Settings::default()),
        Err(e) => Err(e.to_string()),
    }
}

/// Renames a file that can't be read, so that the next save does not write over it; a sentence about it.
fn keep_aside(path: &Path, why: &str) -> String {
    let free = (1..).map(|n| path.with_file_name(format!("settings.damaged-{n}.json"))).find(|p| !p.exists());
    let aside = free.filter(|aside| std::fs::rename(path, aside).is_ok());
    let kept = match aside {
        Some(aside) => format!("It is kept as {}", aside.display()),
        None => "The next change of a setting replaces it: copy it first if it matters".to_owned(),
    };
    format!("The settings in {} can't be read ({why}). {kept}; the settings are those of the first start", path.display())
}

#[tauri::command(async)]
pub fn settings(app: State<'_, App>) -> SettingsView {
    app.world().settings.view()
}

#[tauri::command(async)]
pub fn save_settings(app: State<'_, App>, settings: Settings) -> Answer<()> {
    // What became unfit since it was set, such as a file that went away, must not stand in the way of other settings.
    if settings.amazon != app.world().settings.amazon() {
        refuse(&settings.amazon)?;
    }
    app.world().settings.save(settings)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn named(name: &str) -> Settings {
        Settings { reviewer: Some(name.into()), ..Settings::default() }
    }

    #[test]
    fn what_is_saved_is_there_at_the_next_start() {
        let home = tempfile::tempdir().unwrap();
        let first = SettingsFile::open(home.path());
        assert_eq!((first.view().settings, &first.notice), (Settings::default(), &None));
        let mut settings = named("Grace");
        settings.keys.insert("play".into(), vec!["Ctrl+p".into()]);
        settings.views.push(SavedView {
            name: "mine".into(),
            column: "drift".into(),
            descending: true,
            states: vec![MediaState::Flagged],
            text: "site".into(),
        });
        first.save(settings.clone()).unwrap();
        let second = SettingsFile::open(home.path());
        assert_eq!((second.view().settings, &second.notice), (settings, &None));
        if second.named.is_none() {
            assert!(matches!(second.reviewer(), By::Person(name) if name == "Grace"));
        }
    }

    #[test]
    fn a_file_that_lacks_settings_or_has_others_is_read() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join(FILE), r#"{"reviewer":"Grace","of a later version":[1]}"#).unwrap();
        let file = SettingsFile::open(home.path());
        assert_eq!((file.view().settings, file.notice), (named("Grace"), None));
    }

    #[test]
    fn a_damaged_file_is_kept_aside_and_said() {
        let home = tempfile::tempdir().unwrap();
        for (n, damage) in [(1, "{\"reviewer\":\"Gra"), (2, ""), (3, "{\"theme\":\"pink\"}")] {
            std::fs::write(home.path().join(FILE), damage).unwrap();
            let file = SettingsFile::open(home.path());
            let aside = home.path().join(format!("settings.damaged-{n}.json"));
            let notice = file.notice.clone().unwrap();
            assert!(notice.contains(&aside.display().to_string()), "{notice}");
            assert_eq!(std::fs::read_to_string(&aside).unwrap(), damage);
            assert_eq!(file.view().settings, Settings::default());
            file.save(named("Ada")).unwrap();
            assert_eq!(SettingsFile::open(home.path()).view().settings, named("Ada"));
        }
    }
}
