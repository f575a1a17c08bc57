//! What is open, and the work that goes on behind the window.

use crate::first_start;
use crate::jobs::{Ended, Jobs};
use crate::ledger::Ledger;
use crate::serve::MediaServer;
use crate::settings::SettingsFile;
use anyhow::Context;
use plumbline_adapters::{DiskArtifacts, DocumentFiles, Ffmpeg, PocketSphinx, ScorePrograms, Sphinx, Tesseract, Viewer};
use plumbline_flows::process::{Recipe, Speech, process};
use plumbline_flows::search::{ReplaceAll, Searches};
use plumbline_flows::{self as flows, Desk};
use plumbline_pipeline::runs::StageState;
use plumbline_pipeline::stages::{MediaFile, Ports, StageError, cloud_speech, proxy};
use plumbline_pipeline::{Job, Runs, Scorers};
use plumbline_project::views::Changed;
use plumbline_project::{MediaId, Project};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tauri::AppHandle;

/// Words are measured again once nobody has typed for so long: the sound is listened to for words, not for letters.
const REST: Duration = Duration::from_millis(1_500);

/// Shared by all commands.
pub struct App {
    open: Mutex<(Arc<Mutex<Project>>, Arc<Ledger>)>,
    pub jobs: Jobs,
    pub searches: Searches,
    pub server: MediaServer,
    world: Arc<World>,
    folder: PathBuf,
    /// When somebody typed last.
    typed: Arc<Mutex<Option<Instant>>>,
    /// What to tell when the window opens: why another project is open than the one that was asked for, or no custom gate is measured.
    pub notice: Option<String>,
    /// Files to import once the window listens; none after that.
    waiting: Mutex<Option<Vec<PathBuf>>>,
}

/// The adapters, and what a person has set.
pub struct World {
    pub media: Ffmpeg,
    pub viewer: Viewer,
    pub artifacts: DiskArtifacts,
    pub acoustics: Sphinx,
    pub scorers: ScorePrograms,
    pub settings: SettingsFile,
}

impl World {
    pub fn ports(&self) -> Ports<'_> {
        Ports {
            media: &self.media,
            artifacts: &self.artifacts,
            acoustics: &self.acoustics,
            scorers: &self.scorers,
            documents: &DocumentFiles::USUAL,
        }
    }

    pub fn desk<'a>(&'a self, project: &'a Mutex<Project>) -> Desk<'a> {
        Desk { project, ports: self.ports(), by: self.settings.reviewer() }
    }
}

impl App {
    /// Opens what the arguments name (a project; or files to review in the project open last), else the last project, else the sample.
    pub fn start(handle: AppHandle, folder: &Path, arguments: &[PathBuf]) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder).with_context(|| format!("{} can't be made", folder.display()))?;
        let (projects, files): (Vec<PathBuf>, Vec<PathBuf>) =
            arguments.iter().cloned().partition(|p| p.extension().is_some_and(|e| e == "plumbline"));
        let artifacts = DiskArtifacts::new(plumbline_adapters::cache_folder());
        let (scorers, unread) = ScorePrograms::of_this_machine().map_or_else(|why| (ScorePrograms::default(), Some(why)), |s| (s, None));
        let world = Arc::new(World {
            media: Ffmpeg,
            viewer: Viewer::default(),
            artifacts,
            acoustics: Sphinx::default(),
            scorers,
            settings: SettingsFile::open(folder),
        });
        let named = projects.first().map(|path| Project::open(path)).transpose();
        let (project, notice) = match named {
            Ok(Some(project)) => (project, None),
            Ok(None) => first_start::last_or_sample(folder, &world, None)?,
            Err(error) => first_start::last_or_sample(folder, &world, Some(error))?,
        };
        let ledger = Ledger::beside(project.path());
        let unkept = ledger.unkept.clone();
        let app = Self {
            open: Mutex::new((Arc::new(Mutex::new(project)), Arc::new(ledger))),
            jobs: Jobs::new(handle),
            searches: Searches::default(),
            server: MediaServer::start(Arc::clone(&world))?,
            world,
            folder: folder.to_owned(),
            typed: Arc::default(),
            notice: notice.into_iter().chain(unread).chain(unkept).reduce(|notice, unread| format!("{notice}. {unread}")),
            waiting: Mutex::new(Some(files)),
        };
        app.remember();
        Ok(app)
    }

    /// Begins the work behind the window, once: what is told before the window listens would be lost.
    pub fn begin(&self) {
        let files = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        if let Some(files) = files {
            self.prepare_all();
            if !files.is_empty() {
                self.import(files);
            }
        }
    }

    /// The open project.
    pub fn project(&self) -> Arc<Mutex<Project>> {
        Arc::clone(&self.open.lock().unwrap_or_else(PoisonError::into_inner).0)
    }

    /// The ledger of the open project.
    pub fn ledger(&self) -> Arc<Ledger> {
        Arc::clone(&self.open.lock().unwrap_or_else(PoisonError::into_inner).1)
    }

    /// What jobs work with.
    pub fn work(&self) -> Work {
        let (project, ledger) = self.open.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Work { project, ledger, world: Arc::clone(&self.world) }
    }

    /// The name of a media; empty where there is none.
    pub fn name(&self, media: &MediaId) -> String {
        self.with(|p| p.media(media).map(|r| r.name().to_owned())).unwrap_or_default()
    }

    /// Does `work` with the project, which stays locked meanwhile: for what takes milliseconds.
    pub fn with<T>(&self, work: impl FnOnce(&mut Project) -> T) -> T {
        let project = self.project();
        let mut project = project.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut project)
    }

    /// Opens another project in place of this one.
    pub fn open(&self, project: Project) {
        self.jobs.cancel_all();
        let ledger = Ledger::beside(project.path());
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = (Arc::new(Mutex::new(project)), Arc::new(ledger));
        self.remember();
        self.prepare_all();
    }

    fn remember(&self) {
        let path = self.with(|p| p.path().to_owned());
        // Not knowing the last project next time is no reason to fail now.
        let _ = first_start::remember(&self.folder, &path);
    }

    /// Prepares every media that is not yet: sound, shots, drift, measures, proxy.
    pub fn prepare_all(&self) {
        // What can't be read here is told when it is opened.
        let wants = |p: &Project, m: &MediaId| p.needs_analysis(m).unwrap_or(true) || self.wants_proxy(p, m);
        let media = self.with(|p| p.media_ids().unwrap_or_default().into_iter().filter(|m| wants(p, m)).collect::<Vec<_>>());
        media.into_iter().for_each(|m| self.prepare(m));
        self.score_all();
    }

    /// Whether the window does not play a media's file, and has no copy of it yet.
    fn wants_proxy(&self, project: &Project, media: &MediaId) -> bool {
        let (Ok(record), Ok(path)) = (project.media(media), project.media_path(media)) else { return false };
        let kept = || proxy::kept(MediaFile { path: &path, hash: &record.hash }, proxy::MAX_EDGE, &self.world.ports());
        !record.plays && kept().is_ok_and(|kept| kept.is_none())
    }

    /// Brings one media up to date behind the window; says nothing where nothing is to be done.
    pub fn prepare(&self, media: MediaId) {
        let work = self.work();
        self.jobs.spawn(self.name(&media), move |job| work.prepare(&media, job));
    }

    /// Brings media up to date behind the window where their files are: one job, so that it can be stopped, however many they are.
    pub fn prepare_many(&self, media: Vec<MediaId>) {
        if media.is_empty() {
            return;
        }
        let work = self.work();
        self.jobs.spawn(format!("{} media", media.len()), move |job| {
            let mut ended = Ended::default();
            for media in media {
                match work.prepare(&media, job) {
                    Ok(done) => ended.and(done),
                    failed => ended.note(failed.map(drop))?,
                }
            }
            Ok(ended)
        });
    }

    /// Goes on with a media where its stages failed or stopped. What costs money is not asked for again: people ask for that.
    pub fn resume(&self, media: MediaId) {
        let work = self.work();
        self.jobs.spawn(self.name(&media), move |job| {
            let rows = work.ledger.stages(Some(&media.0)).map_err(StageError::from)?;
            let paid = work.ledger.calls(Some(&media.0), usize::MAX).map_err(StageError::from)?;
            let ended = |state| matches!(state, StageState::Done | StageState::Skipped);
            let open = |stage: &str| rows.iter().any(|row| row.stage == stage && !ended(row.state));
            let (speech, reader) = (PocketSphinx::default(), Tesseract::default());
            let was_here = !paid.iter().any(|call| call.service == cloud_speech::SERVICE);
            let recipe = Recipe {
                speech: (open("speech") && was_here).then_some(Speech::Here(&speech)),
                reader: open("text").then_some(&reader),
                ask: &[],
                proxy: true,
            };
            work.process(&media, &recipe, job)
        });
    }

    /// Asks the person's programs about all media that are measured already, since a program may be new: one job, for there is mostly nothing to do.
    fn score_all(&self) {
        if self.world.scorers.scorers().is_empty() {
            return;
        }
        let (project, world) = (self.project(), Arc::clone(&self.world));
        let is_measured = |p: &Project, m: &MediaId| p.needs_analysis(m).is_ok_and(|needs| !needs);
        let media = self.with(|p| p.media_ids().unwrap_or_default().into_iter().filter(|m| is_measured(p, m)).collect::<Vec<_>>());
        self.jobs.spawn("custom gates".to_owned(), move |job| {
            let desk = world.desk(&project);
            let mut ended = Ended::default();
            for media in media {
                let before = desk.project().view().seq;
                ended.note(flows::refresh(&desk, &media, job))?;
                if desk.project().view().seq != before {
                    ended.media.push(media);
                }
            }
            // A program that is not there is not there for every media.
            ended.failures.dedup_by_key(|failure| failure.to_string());
            Ok(ended)
        });
    }

    /// Measures a media again after its words changed; while somebody types, once they rest.
    pub fn refresh(&self, media: MediaId, typing: bool) {
        let (project, world, typed) = (self.project(), Arc::clone(&self.world), Arc::clone(&self.typed));
        if typing {
            *typed.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        }
        self.jobs.spawn_quiet("measuring".to_owned(), move |job| {
            while let Some(rest) = left_to_rest(&typed) {
                std::thread::sleep(rest);
                job.step("resting", 0, None)?;
            }
            let desk = world.desk(&project);
            let before = desk.project().view().seq;
            let mut ended = Ended::default();
            ended.note(flows::refresh(&desk, &media, job))?;
            let changed = desk.project().changed_since(&media, before)?;
            // What was asked for while somebody typed was measured with what came later.
            if !changed.stale.is_empty() {
                ended.media.push(media);
                ended.changed = Some(changed);
            }
            Ok(ended)
        });
    }

    /// Measures all media again whose words changed since they were.
    pub fn refresh_all(&self) {
        // What can't be read here is told when it is opened.
        let media = self.with(|p| p.media_ids().unwrap_or_default());
        let changed = |m: &MediaId| self.with(|p| p.analysis(m).is_ok_and(|a| a.is_some()) && p.needs_analysis(m).unwrap_or(false));
        media.into_iter().filter(changed).for_each(|m| self.refresh(m, false));
    }

    /// Looks for drift again.
    pub fn align(&self, media: MediaId) {
        let (project, world) = (self.project(), Arc::clone(&self.world));
        let title = self.with(|p| p.media(&media).map(|r| r.name().to_owned())).unwrap_or_default();
        self.jobs.spawn(title, move |job| {
            let desk = world.desk(&project);
            flows::look_for_drift(&desk, &media, job)?;
            let mut ended = Ended::from(media.clone());
            ended.note(flows::refresh(&desk, &media, job))?;
            Ok(ended)
        });
    }

    /// Writes down what is said in a media without a transcript, and measures it.
    pub fn transcribe(&self, media: MediaId) {
        let work = self.work();
        self.jobs.spawn(self.name(&media), move |job| {
            let speech = PocketSphinx::default();
            work.process(&media, &Recipe { speech: Some(Speech::Here(&speech)), ..Recipe::default() }, job)
        });
    }

    /// Reads the text in a media's pictures, and measures it.
    pub fn read_text(&self, media: MediaId) {
        let work = self.work();
        self.jobs.spawn(self.name(&media), move |job| {
            let reader = Tesseract::default();
            work.process(&media, &Recipe { reader: Some(&reader), ..Recipe::default() }, job)
        });
    }

    /// Tries profiles of a media's sound.
    pub fn try_profiles(&self, media: MediaId) {
        let (project, world) = (self.project(), Arc::clone(&self.world));
        let name = self.with(|p| p.media(&media).map(|r| r.name().to_owned())).unwrap_or_default();
        self.jobs.spawn(format!("{name}: profiles of the sound"), move |job| {
            let trial = flows::profiles::try_profiles(&world.desk(&project), &media, job)?;
            Ok(Ended { notes: vec![format!("{name}: {}", trial.says())], ..media.into() })
        });
    }

    /// Adds files and prepares what they brought.
    pub fn import(&self, paths: Vec<PathBuf>) {
        let work = self.work();
        let title = match &paths[..] {
            [one] => one.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default(),
            many => format!("{} files", many.len()),
        };
        self.jobs.spawn(title, move |job| work.import(&paths, job));
    }

    /// Points a media at its file somewhere below `folder`; whether it was found.
    pub fn relocate(&self, media: &MediaId, folder: &Path) -> flows::Result<bool> {
        let project = self.project();
        flows::import::relocate(&self.world.desk(&project), media, folder, &Job::quiet())
    }

    /// Replaces text and has the media measured again whose words changed; a job that is shown, since it may take long.
    pub fn replace(&self, all: &ReplaceAll) -> flows::Result<Changed> {
        let (project, world) = (self.project(), Arc::clone(&self.world));
        let (changed, media) = self.jobs.run("replacing".to_owned(), |job| flows::search::replace(&world.desk(&project), all, job))?;
        media.into_iter().for_each(|media| self.refresh(media, false));
        Ok(changed)
    }

    /// Writes an export.
    pub fn export(&self, media: &MediaId, kind: flows::export::Kind, to: &Path) -> flows::Result<()> {
        let project = self.project();
        flows::export::export(&self.world.desk(&project), media, kind, to)
    }

    pub fn world(&self) -> &World {
        &self.world
    }
}

/// How long to wait until nobody has typed for a while; none where that is so.
fn left_to_rest(typed: &Mutex<Option<Instant>>) -> Option<Duration> {
    let last = (*typed.lock().unwrap_or_else(PoisonError::into_inner))?;
    REST.checked_sub(last.elapsed()).filter(|rest| !rest.is_zero())
}

/// What a job works with, whatever is opened meanwhile.
pub struct Work {
    pub project: Arc<Mutex<Project>>,
    pub ledger: Arc<Ledger>,
    pub world: Arc<World>,
}

impl Work {
    pub fn desk(&self) -> Desk<'_> {
        self.world.desk(&self.project)
    }

    /// Takes a media through the stages of a recipe.
    pub fn process(&self, media: &MediaId, recipe: &Recipe, job: &Job) -> flows::Result<Ended> {
        let _active = self.ledger.enter(&media.0);
        let processed = process(&self.desk(), media, recipe, self.ledger.as_ref(), job)?;
        Ok(Ended { failures: processed.failures, notes: processed.notes, ..media.clone().into() })
    }

    /// Brings a media up to date where its file is.
    fn prepare(&self, media: &MediaId, job: &Job) -> flows::Result<Ended> {
        if !self.desk().project().media_path(media)?.exists() {
            return Ok(Ended::default());
        }
        self.process(media, &Recipe { proxy: true, ..Recipe::default() }, job)
    }

    /// Adds files and takes what they brought through the stages.
    pub fn import(&self, paths: &[PathBuf], job: &Job) -> flows::Result<Ended> {
        let imported = flows::import(&self.desk(), paths, job)?;
        let mut ended = Ended { media: vec![], failures: imported.failures, notes: imported.notes, changed: None };
        for media in imported.media {
            ended.and(self.process(&media, &Recipe { proxy: true, ..Recipe::default() }, job)?);
        }
        Ok(ended)
    }
}
