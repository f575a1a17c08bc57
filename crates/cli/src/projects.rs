//! The commands that work on a project.

use crate::speech::{Recogniser, Wish};
use crate::{Outcome, progress, report};
use anyhow::{Result, bail};
use plumbline_adapters::{DiskArtifacts, DocumentFiles, Ffmpeg, NoScorers, ScorePrograms, Sphinx, cache_folder};
use plumbline_flows::export::{Kind, render, write_whole};
use plumbline_flows::{self as flows, Desk};
use plumbline_pipeline::stages::Ports;
use plumbline_pipeline::{Job, Scorers};
use plumbline_project::{MediaId, Op, Project};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// Opens the project and does `work` with it, the machine's adapters and these programs.
pub fn with_project<T>(project: Project, scorers: &dyn Scorers, work: impl FnOnce(&Desk<'_>) -> Result<T>) -> Result<T> {
    let project = Mutex::new(project);
    let artifacts = DiskArtifacts::new(cache_folder());
    let ports = Ports { media: &Ffmpeg, artifacts: &artifacts, acoustics: &Sphinx::default(), scorers, documents: &DocumentFiles::USUAL };
    work(&Desk { project: &project, ports, by: flows::reviewer() })
}

/// Opens the project at `path` for `work`.
pub fn with_desk<T>(path: &Path, work: impl FnOnce(&Desk<'_>) -> Result<T>) -> Result<T> {
    with_project(Project::open(path)?, &NoScorers, work)
}

/// The custom gates of a file, or of this machine where none is named; none of them, with a sentence, where the file can't be read: that takes
/// nothing from the other gates.
fn programs(file: Option<&Path>) -> (ScorePrograms, Vec<String>) {
    match file.map_or_else(ScorePrograms::of_this_machine, ScorePrograms::read) {
        Ok(programs) => (programs, vec![]),
        Err(why) => (ScorePrograms::default(), vec![why]),
    }
}

/// Opens a project, or makes one where there is none.
pub fn open_or_create(path: &Path) -> Result<Project> {
    if path.exists() {
        return Ok(Project::open(path)?);
    }
    if path.extension().is_none_or(|e| e != "plumbline") {
        bail!("{} does not end in .plumbline. Name the project first, then the files", path.display());
    }
    Ok(Project::create(path)?)
}

/// The media with one of these names or ids; all if none are given.
pub fn chosen(desk: &Desk<'_>, which: &[String]) -> Result<Vec<MediaId>> {
    let project = desk.project();
    let mut out = Vec::new();
    let all = project.media_ids()?;
    if which.is_empty() {
        return Ok(all);
    }
    for name in which {
        let before = out.len();
        for media in &all {
            if media.0 == *name || project.media(media)?.name() == name {
                out.push(media.clone());
            }
        }
        if out.len() == before {
            bail!("the project has no media {name}. `plumbline show` lists them");
        }
    }
    Ok(out)
}

/// Adds files to a project.
pub fn import(project: &Path, files: &[PathBuf], as_json: bool) -> Result<Outcome> {
    with_project(open_or_create(project)?, &NoScorers, |desk| {
        let imported = flows::import(desk, files, &progress::job())?;
        report::imported(&imported, as_json)?;
        Ok(Outcome::of(imported.media.len(), imported.failures.len(), 0))
    })
}

/// What is missing of a media that was measured all the same: a program or a model that fails takes nothing from the rest.
fn measured(desk: &Desk<'_>, media: &MediaId, result: flows::Result<()>) -> flows::Result<Option<flows::Error>> {
    match result {
        Err(error) if desk.project().needs_analysis(media)? => Err(error),
        result => Ok(result.err()),
    }
}

/// Measures and lists flags: one media that fails leaves the others be.
pub fn check(project: &Path, which: &[String], gates: Option<&Path>, as_json: bool) -> Result<Outcome> {
    let (programs, mut failures) = programs(gates);
    with_project(Project::open(project)?, &programs, |desk| {
        let mut done = Vec::new();
        for media in chosen(desk, which)? {
            match measured(desk, &media, flows::ensure_analysed(desk, &media, &progress::job())) {
                Ok(missing) => {
                    failures.extend(missing.map(|error| error.to_string()));
                    done.push(media);
                }
                Err(error) => failures.push(error.to_string()),
            }
        }
        let open = report::flags(&desk.project(), &done, &failures, as_json)?;
        Ok(Outcome::of(done.len(), failures.len(), open))
    })
}

/// Writes results into a folder: returns the paths, and what failed.
fn write(desk: &Desk<'_>, media: &[MediaId], kind: Kind, out: &Path) -> Result<(Vec<PathBuf>, Vec<String>)> {
    std::fs::create_dir_all(out).map_err(|e| anyhow::anyhow!("{} can't be made: {e}. Choose another folder", out.display()))?;
    let (mut written, mut failures) = (Vec::new(), Vec::new());
    for media in media {
        let name = desk.project().media(media)?.name().to_owned();
        let stem = name.rsplit_once('.').map_or(name.as_str(), |n| n.0);
        let mut to = out.join(format!("{stem}.{}", kind.ending()));
        // Two media of one name must not overwrite each other.
        if written.contains(&to) {
            to = out.join(format!("{stem}-{}.{}", &media.0[..8.min(media.0.len())], kind.ending()));
        }
        match write_one(desk, media, kind, &to) {
            Ok(()) => written.push(to),
            Err(error) => failures.push(error.to_string()),
        }
    }
    Ok((written, failures))
}

/// Writes one export, but never over the file that it was imported from: that may be the only one there is.
fn write_one(desk: &Desk<'_>, media: &MediaId, kind: Kind, to: &Path) -> Result<()> {
    let bytes = render(desk, media, kind)?;
    let there = std::fs::read(to).ok().filter(|there| *there != bytes);
    let sources = {
        let project = desk.project();
        [project.transcript_source(media)?, project.annotations_source(media)?]
    };
    if there.is_some_and(|there| sources.into_iter().flatten().any(|s| s.1 == there)) {
        bail!(
            "{}: this is the file that was imported, and the results would take its place. Choose another folder with --out",
            to.display()
        );
    }
    Ok(write_whole(to, &bytes)?)
}

/// Writes the results of a project.
pub fn export(project: &Path, kind: Kind, out: &Path, which: &[String], as_json: bool) -> Result<Outcome> {
    with_desk(project, |desk| {
        let (written, failures) = write(desk, &chosen(desk, which)?, kind, out)?;
        report::written(&written, &failures, as_json)?;
        Ok(Outcome::of(written.len(), failures.len(), 0))
    })
}

/// Shows what a project holds.
pub fn show(path: &Path, rebuild: bool, as_json: bool) -> Result<Outcome> {
    let mut project = Project::open(path)?;
    if rebuild {
        project.rebuild()?;
    }
    report::library(&project, as_json)?;
    Ok(Outcome::Done)
}

/// What `run` was told.
pub struct Run {
    pub files: Vec<PathBuf>,
    pub project: PathBuf,
    pub out: Option<PathBuf>,
    pub kind: Kind,
    pub accept: bool,
    /// With which recogniser; none where media without a transcript are left as they are.
    pub speech: Option<Wish>,
    pub gates: Option<PathBuf>,
    pub json: bool,
}

/// Everything for files and folders: one that fails leaves the others be.
pub fn run(run: &Run) -> Result<Outcome> {
    let (programs, mut failures) = programs(run.gates.as_deref());
    with_project(open_or_create(&run.project)?, &programs, |desk| {
        let job = progress::job();
        let imported = flows::import(desk, &run.files, &job)?;
        failures.extend(imported.failures.iter().map(ToString::to_string));
        let mut done = Vec::new();
        let speech = run.speech.as_ref().map(|wish| wish.recogniser(&run.project)).transpose()?;
        for media in &imported.media {
            match review(desk, media, run.accept, speech.as_ref(), &job) {
                Ok(missing) => {
                    failures.extend(missing.iter().map(ToString::to_string));
                    done.push(media.clone());
                }
                Err(error) => failures.push(error.to_string()),
            }
        }
        let mut written = vec![];
        if let Some(out) = &run.out {
            let has = |media: &&MediaId| match run.kind {
                Kind::Annotations => desk.project().annotation_set(media).is_ok_and(|a| a.is_some()),
                _ => desk.project().transcript(media).is_ok_and(|t| t.is_some()),
            };
            let with_results: Vec<MediaId> = done.iter().filter(has).cloned().collect();
            let (paths, failed) = write(desk, &with_results, run.kind, out)?;
            written = paths;
            failures.extend(failed);
        }
        let told = report::Done { media: &done, notes: &imported.notes, failures: &failures, written: &written };
        let open = report::run(&desk.project(), &told, run.json)?;
        Ok(Outcome::of(done.len(), failures.len(), open))
    })
}

fn review(desk: &Desk<'_>, media: &MediaId, accept: bool, speech: Option<&Recogniser>, job: &Job) -> flows::Result<Vec<flows::Error>> {
    // Without words there is still sound and picture to measure; why there are none is told with what else is missing.
    let mut missing = vec![];
    match speech.map_or(Ok(false), |speech| speech.transcribe(desk, media, job)) {
        Err(flows::Error::Cancelled(cancelled)) => return Err(cancelled.into()),
        heard => missing.extend(heard.err()),
    }
    let unmeasured = measured(desk, media, flows::ensure_analysed(desk, media, job))?;
    let waits = desk.project().open_proposal(media)?.is_some();
    if accept && waits {
        desk.project().apply(Op::AcceptMap(media.clone()), &desk.by)?;
        missing.extend(measured(desk, media, flows::refresh(desk, media, job))?);
    } else {
        missing.extend(unmeasured);
    }
    Ok(missing)
}
