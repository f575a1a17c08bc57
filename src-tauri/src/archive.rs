//! Archives on AWS from the desk: executions are started, followed and stopped, and what they found is brought into the project.

use crate::amazon::Amazon;
use crate::app::{App, Work};
use crate::asking::unless_stopped;
use crate::bucket;
use crate::commands::Answer;
use crate::jobs::Ended;
use crate::started::{Started, file_beside};
use plumbline_aws::{Account, Patience, Ran, S3, StateMachines};
use plumbline_flows::archive::{self, Item};
use plumbline_flows::{self as flows, Error, relative_path};
use plumbline_pipeline::cloud::{Object, Objects};
use plumbline_pipeline::graph::Node;
use plumbline_pipeline::{Job, StageError};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};
use tauri::{AppHandle, Manager, State};
use tauri_plugin_dialog::DialogExt;
use ts_rs::TS;

/// The most that is repeated of what a service says, in characters.
const MOST_SAID: usize = 600;
/// So many items that are not whole are named.
const NAMED: usize = 5;

/// What an archive is run with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(export)]
pub struct ArchivePlaces {
    /// Where the media lie: s3://bucket/folder/.
    pub media: String,
    /// Where the archive lies: s3://bucket/folder/.
    pub results: String,
    /// The state machine, by its ARN.
    pub machine: String,
}

/// How an execution stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum ArchiveState {
    #[default]
    Running,
    Done,
    Failed,
    Stopped,
}

/// An execution that was started from this project.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(export)]
pub struct ArchiveRun {
    /// Its ARN.
    pub execution: String,
    pub places: ArchivePlaces,
    /// When it was started, in µs since 1970 UTC.
    #[ts(type = "number")]
    pub began_us: i64,
    pub state: ArchiveState,
    /// What the service said of its failure, and what to do.
    pub said: Option<String>,
    /// How many items it has.
    pub items: usize,
    /// How many of them are whole; null until they were counted.
    pub whole: Option<usize>,
    /// Why it is not known how it stands now; what stands here is from before.
    pub trouble: Option<String>,
}

/// What came of a start.
#[derive(Serialize, TS)]
#[ts(export)]
pub struct ArchiveStarted {
    run: ArchiveRun,
    /// Sentences about files that belong to no item.
    notes: Vec<String>,
}

/// The stages and items of an archive; both are written once.
struct Contents {
    nodes: Vec<Node>,
    items: Vec<Item>,
}

/// What is known of archives by their addresses, as long as the program runs.
#[derive(Default)]
pub struct Archives {
    contents: Mutex<HashMap<String, Arc<Contents>>>,
    started: Started,
}

impl Archives {
    fn forget(&self, results: &str) {
        self.contents.lock().unwrap_or_else(PoisonError::into_inner).remove(results);
    }

    fn contents(&self, results: &Results, job: &Job) -> flows::Result<Arc<Contents>> {
        if let Some(known) = self.contents.lock().unwrap_or_else(PoisonError::into_inner).get(&results.address) {
            return Ok(Arc::clone(known));
        }
        let read = Arc::new(results.contents(job)?);
        self.contents.lock().unwrap_or_else(PoisonError::into_inner).insert(results.address.clone(), Arc::clone(&read));
        Ok(read)
    }

    /// Asks how an execution stands, and counts what is whole; what has ended and was counted is not asked for again.
    fn look(&self, run: &mut ArchiveRun, account: &Account, job: &Job) -> flows::Result<()> {
        if run.state == ArchiveState::Running {
            let ran = StateMachines::open(account, Patience::default()).state(&run.execution, job).map_err(StageError::from)?;
            (run.state, run.said) = told(&ran);
        }
        let results = Results::of(&run.places.results, account)?;
        let contents = self.contents(&results, job)?;
        let counted = archive::count(results.place(), &contents.nodes, &contents.items, job).map_err(StageError::from)?;
        (run.whole, run.items) = (Some(counted.0), contents.items.len());
        Ok(())
    }
}

impl ArchiveRun {
    /// Whether asking may tell anything new.
    fn moves(&self) -> bool {
        self.state == ArchiveState::Running || self.whole.is_none() || self.trouble.is_some()
    }
}

/// Where an archive lies.
struct Results {
    address: String,
    bucket: String,
    prefix: String,
    objects: S3,
}

impl Results {
    fn of(address: &str, account: &Account) -> flows::Result<Self> {
        let (bucket, prefix) = folder(address)?;
        let objects = S3::open(account, &bucket, None, Patience::default());
        Ok(Self { address: format!("s3://{bucket}/{prefix}"), bucket, prefix, objects })
    }

    fn place(&self) -> archive::Place<'_> {
        archive::Place { objects: &self.objects, prefix: &self.prefix }
    }

    fn wrong(&self, why: impl Into<String>) -> Error {
        Error::File { path: self.address.clone(), why: why.into() }
    }

    fn contents(&self, job: &Job) -> flows::Result<Contents> {
        let settings = self.place().settings(job).map_err(StageError::from)?;
        let settings = settings.ok_or_else(|| self.wrong("it is no archive: it has no archive.json. Check the place"))?;
        let nodes = archive::stages(&settings).map_err(|why| self.wrong(why))?;
        Ok(Contents { nodes, items: self.place().items(job).map_err(StageError::from)? })
    }
}

/// Bucket and prefix of a folder; the prefix is empty or ends with a slash.
fn folder(address: &str) -> flows::Result<(String, String)> {
    let bucket::Place { bucket, prefix } = bucket::Place::read(address)?;
    let prefix = prefix.trim_matches('/');
    Ok((bucket, if prefix.is_empty() { String::new() } else { format!("{prefix}/") }))
}

/// The region of a state machine, by its ARN.
fn region_of(machine: &str) -> flows::Result<&str> {
    match machine.split(':').collect::<Vec<_>>()[..] {
        ["arn", _, "states", region, _, "stateMachine", name, ..] if !region.is_empty() && !name.is_empty() => Ok(region),
        _ => Err(Error::File {
            path: machine.to_owned(),
            why: "it is no state machine. Write its ARN, such as arn:aws:states:us-east-1:123456789012:stateMachine:NAME; the outputs of \
                  the stack name it"
                .into(),
        }),
    }
}

/// How an execution stands, and what is said of it where it failed.
fn told(ran: &Ran) -> (ArchiveState, Option<String>) {
    match ran {
        Ran::Running => (ArchiveState::Running, None),
        Ran::Done(_) => (ArchiveState::Done, None),
        Ran::Stopped => (ArchiveState::Stopped, None),
        Ran::Failed { error, cause } => {
            let cause: String = cause.trim().trim_end_matches('.').chars().take(MOST_SAID).collect();
            let said = if cause.is_empty() { error.clone() } else { format!("{error}: {cause}") };
            (ArchiveState::Failed, Some(format!("{said}. {}", remedy(error))))
        }
    }
}

/// What to do where an execution failed. Errors are those of docs/archive.md, and of Amazon States Language.
fn remedy(error: &str) -> &'static str {
    match error {
        "Plumbline.Incomplete" => {
            "Bring what is whole; lost/ in the archive says why the others are not. Mend that, and run it again: what is done stays"
        }
        "Plumbline.Settings" => "Every item would meet it. Mend the settings, rights or programs that it names, and run it again",
        "Plumbline.Cap" => "What may be spent is spent. Raise the cap, and run it again: answers that were paid for stay",
        "States.Timeout" | "States.HeartbeatTimeout" => {
            "No worker took its work, or workers died with it. See that workers run, and run it again: what is done stays"
        }
        "States.ItemReaderFailed" => "The manifest could not be read. See that the state machine may read the bucket, and run it again",
        _ => "Its history in the console of Step Functions says more. Mend what it names, and run it again: what is done stays",
    }
}

/// An archive that is about to run.
struct Ready {
    places: ArchivePlaces,
    media: (S3, String),
    results: Results,
    machines: StateMachines,
}

impl Ready {
    /// Calls nothing.
    fn of(places: &ArchivePlaces, amazon: &Amazon) -> flows::Result<Self> {
        let machine = places.machine.trim().to_owned();
        let region = region_of(&machine)?;
        let (bucket, prefix) = folder(&places.media)?;
        let account = amazon.open()?;
        let asked = account.region().unwrap_or_default();
        if asked != region {
            let why =
                format!("it lies in {region}, and services are asked in {asked}. Set the region {region} in the settings, under Amazon");
            return Err(Error::File { path: machine, why });
        }
        let results = Results::of(&places.results, &account)?;
        let places = ArchivePlaces { media: format!("s3://{bucket}/{prefix}"), results: results.address.clone(), machine };
        Ok(Self {
            media: (S3::open(&account, &bucket, None, Patience::default()), prefix),
            machines: StateMachines::open(&account, Patience::default()),
            places,
            results,
        })
    }

    /// Begins the archive, or goes on with it as it began; the number of its items, and sentences about files of none.
    fn begin(&self, job: &Job) -> flows::Result<(usize, Vec<String>)> {
        let (bucket, prefix) = &self.media;
        job.step("listing the media", 0, None)?;
        let listed = bucket.list(prefix, job).map_err(StageError::from)?;
        let within = |object: Object| Some(Object { key: object.key.strip_prefix(prefix)?.to_owned(), ..object });
        let (items, notes) = archive::manifest(&listed.into_iter().filter_map(within).collect::<Vec<_>>());
        if items.is_empty() {
            let why = "it holds no video or sound. Name another place".into();
            return Err(Error::File { path: self.places.media.clone(), why });
        }
        job.step("writing the manifest", 0, None)?;
        let place = self.results.place();
        let settings = place.settings(job).map_err(StageError::from)?.unwrap_or_default();
        place.begin(&settings, job).map_err(StageError::from)?;
        place.set_items(&items, job).map_err(StageError::from)?;
        Ok((items.len(), notes))
    }

    /// Begins the archive and starts an execution over it.
    fn start(&self, job: &Job) -> flows::Result<ArchiveStarted> {
        let (items, notes) = self.begin(job)?;
        job.step("starting the execution", 0, None)?;
        let input =
            serde_json::json!({ "bucket": self.results.bucket, "prefix": self.results.prefix, "media": self.places.media, "begun": true });
        let began = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        // Names are for the eye, and of one machine; two in one microsecond are the same wish.
        let name = format!("plumbline-{:016x}", began.as_micros());
        let execution = self.machines.start(&self.places.machine, &name, &input.to_string(), job).map_err(StageError::from)?;
        let began_us = i64::try_from(began.as_micros()).unwrap_or(0);
        let run = ArchiveRun { execution, places: self.places.clone(), began_us, items, ..ArchiveRun::default() };
        Ok(ArchiveStarted { run, notes })
    }
}

/// Brings the whole items of an archive into the open project; `media` is the folder that the media lie in, where that is known.
fn bring(results: &Results, media: Option<&Path>, work: &Work, job: &Job) -> flows::Result<Ended> {
    let Contents { nodes, items } = results.contents(job)?;
    let desk = work.desk();
    let home = desk.project().folder().to_owned();
    let home = std::path::absolute(&home).unwrap_or(home);
    let at = |name: &str| media.map_or_else(|| name.to_owned(), |folder| relative_path(&home, &folder.join(name)));
    let brought = archive::bring(&desk, (results.place(), &nodes), &items, &at, work.ledger.as_ref(), job)?;
    let mut notes =
        vec![format!("{}: {} media were brought, {} were there before", results.address, brought.media.len(), brought.known.len())];
    if !brought.missing.is_empty() {
        let named = brought.missing.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
        let more = brought.missing.len().saturating_sub(NAMED);
        let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
        notes.push(format!("{} items are not whole, and were left: {named}{rest}. Bring again once they are", brought.missing.len()));
    }
    let failures = brought.failures.into_iter().map(|why| results.wrong(why)).collect();
    Ok(Ended { media: brought.media, failures, notes, changed: None })
}

/// Begins an archive and starts an execution over it; null where the person stopped it before.
#[tauri::command(async)]
pub fn start_archive(app: State<'_, App>, archives: State<'_, Archives>, places: ArchivePlaces) -> Answer<Option<ArchiveStarted>> {
    let ready = Ready::of(&places, &app.world().settings.amazon())?;
    let file = app.with(|p| file_beside(p.path()));
    archives.forget(&ready.results.address);
    let title = format!("{}: start", ready.results.address);
    unless_stopped(app.jobs.run(title, |job| {
        let started = ready.start(job)?;
        archives.started.add(&file, started.run.clone())?;
        Ok(started)
    }))
}

/// The executions that this project started, the newest first; with `ask`, as the service says how they stand.
#[tauri::command(async)]
pub fn archive_runs(app: State<'_, App>, archives: State<'_, Archives>, ask: bool) -> Answer<Vec<ArchiveRun>> {
    let file = app.with(|p| file_beside(p.path()));
    let mut runs = archives.started.all(&file)?;
    if !ask || !runs.iter().any(ArchiveRun::moves) {
        return Ok(runs);
    }
    let (account, job) = (app.world().settings.amazon().open(), Job::quiet());
    for run in runs.iter_mut().filter(|run| run.moves()) {
        let looked = match &account {
            Ok(account) => archives.look(run, account, &job).map_err(|e| e.to_string()),
            Err(error) => Err(error.to_string()),
        };
        run.trouble = looked.err();
    }
    archives.started.keep(&file, &runs)?;
    Ok(runs)
}

/// Stops an execution; what was done by then stays.
#[tauri::command(async)]
pub fn stop_archive(app: State<'_, App>, archives: State<'_, Archives>, execution: String) -> Answer<()> {
    let run = archives.started.one(&app.with(|p| file_beside(p.path())), &execution)?;
    let machines = StateMachines::open(&app.world().settings.amazon().open()?, Patience::default());
    machines.stop(&run.execution, "stopped by a person", &Job::quiet())?;
    Ok(())
}

/// Takes an execution that has ended off the list; its results stay.
#[tauri::command(async)]
pub fn forget_archive(app: State<'_, App>, archives: State<'_, Archives>, execution: String) -> Answer<()> {
    Ok(archives.started.forget(&app.with(|p| file_beside(p.path())), &execution)?)
}

/// Brings what is whole into the project; a job. Asks for the folder that the media lie in, unless it is given or they are to be found `later`; false when
/// the person cancels.
#[tauri::command(async)]
pub fn bring_archive(
    handle: AppHandle,
    app: State<'_, App>,
    archives: State<'_, Archives>,
    execution: String,
    folder: Option<PathBuf>,
    later: bool,
) -> Answer<bool> {
    let run = archives.started.one(&app.with(|p| file_beside(p.path())), &execution)?;
    let results = Results::of(&run.places.results, &app.world().settings.amazon().open()?)?;
    let ask = || handle.dialog().file().set_title("The folder that the media lie in").blocking_pick_folder()?.into_path().ok();
    let media = if later { None } else { folder.or_else(ask) };
    if media.is_none() && !later {
        return Ok(false);
    }
    let work = app.work();
    let after = handle.clone();
    app.jobs.spawn(format!("{}: bring results", results.address), move |job| {
        let ended = bring(&results, media.as_deref(), &work, job)?;
        // Waveforms, stills and copies that the window plays are made on this machine, where the media are.
        after.state::<App>().prepare_many(ended.media.clone());
        Ok(ended)
    });
    Ok(true)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_state_machine_is_known_by_its_arn() {
        let check = |machine: &str, region: Option<&str>| assert_eq!(region_of(machine).ok(), region, "{machine}");
        check("arn:aws:states:eu-west-1:123456789012:stateMachine:talks", Some("eu-west-1"));
        check("arn:aws-us-gov:states:us-gov-west-1:123456789012:stateMachine:talks:3", Some("us-gov-west-1"));
        check("arn:aws:states:eu-west-1:123456789012:execution:talks:x", None);
        check("arn:aws:states:eu-west-1:123456789012:stateMachine:", None);
        check("talks", None);
        check("", None);
    }

    #[test]
    fn a_folder_ends_with_a_slash() {
        let check = |address: &str, want: Option<(&str, &str)>| {
            let read = folder(address).ok();
            assert_eq!(read.as_ref().map(|(bucket, prefix)| (bucket.as_str(), prefix.as_str())), want, "{address}");
        };
        check("s3://talks", Some(("talks", "")));
        check(" s3://talks/2026/may ", Some(("talks", "2026/may/")));
        check("s3://talks/2026/", Some(("talks", "2026/")));
        check("talks/2026", None);
    }

    #[test]
    fn places_that_cannot_work_are_told_before_anything_is_called() {
        let machine = "arn:aws:states:eu-west-1:123456789012:stateMachine:talks";
        let places = |media: &str, results: &str, machine: &str| ArchivePlaces {
            media: media.into(),
            results: results.into(),
            machine: machine.into(),
        };
        let amazon = Amazon { region: "us-east-1".into(), ..Amazon::default() };
        let check = |places: ArchivePlaces, says: &str| {
            let error = Ready::of(&places, &amazon).err().map(|e| e.to_string()).unwrap_or_default();
            assert!(error.contains(says), "{error}");
        };
        check(places("s3://a/", "s3://b/", "talks"), "Write its ARN");
        check(places("a", "s3://b/", machine), "a: it is no address in a bucket");
        check(places("s3://a/", "s3://b/", machine), "it lies in eu-west-1, and services are asked in us-east-1");
    }

    #[test]
    fn what_the_service_says_of_a_failure_goes_with_what_to_do() {
        let failed = |error: &str, cause: &str| told(&Ran::Failed { error: error.into(), cause: cause.into() });
        let check = |error: &str, cause: &str, begins: &str, ends: &str| {
            let (state, said) = failed(error, cause);
            let said = said.unwrap();
            assert!(state == ArchiveState::Failed && said.starts_with(begins) && said.ends_with(ends), "{said}");
        };
        check("Plumbline.Incomplete", "9 of 100 items are missing.", "Plumbline.Incomplete: 9 of 100 items are missing. Bring", "stays");
        check("States.Runtime", "", "States.Runtime. Its history", "stays");
        let long = failed("X", &"a".repeat(10_000)).1.unwrap();
        assert!(long.len() < 1_000, "{}", long.len());
        assert_eq!(told(&Ran::Stopped), (ArchiveState::Stopped, None));
    }
}
