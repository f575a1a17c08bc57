//! Has a service write down what is said: the sound is sent as FLAC, a job is started once, and its transcript is kept.
//!
//! Every step is found done by a run that comes after one that was killed: the transcript in the artifacts or the ledger, the job by its name, the
//! object by its content. The ledger's row begins before the job does and ends after its transcript is kept.

use super::{MediaFile, Ports, StageError, hash, keep, kept};
use crate::cloud::{CloudError, CloudSpeech, InOut, JobState, Objects, Poll, pause};
use crate::job::Job;
use crate::models::Usage;
use crate::ports::{Key, Probe, SoundFile, SoundForm};
use crate::runs::{Call, CallState, Ended, NewCall, Runs};
use plumbline_core::models::Money;
use plumbline_core::transcription::{Channels, Prices, TranscriptionJob};
use plumbline_core::{Profile, format};
use std::path::PathBuf;
use std::time::Instant;

/// Name of the stage.
pub const STAGE: &str = "cloud_speech";
/// Version of what it makes.
pub const VERSION: u32 = 1;
/// The service, as the ledger names it.
pub const SERVICE: &str = "transcribe";
/// Calls of a media that are looked through for one that was begun.
const CALLS: usize = 10_000;

/// The account that is asked.
#[derive(Clone, Copy)]
pub struct Account<'a> {
    /// Its place for objects.
    pub objects: &'a dyn Objects,
    /// Before all keys: empty, or a folder with its slash.
    pub prefix: &'a str,
    /// Its service.
    pub speech: &'a dyn CloudSpeech,
    /// Its region, for prices.
    pub region: &'a str,
    /// Prices.
    pub prices: &'a Prices,
    /// The ledger.
    pub runs: &'a dyn Runs,
    /// What all calls of the ledger may cost.
    pub cap: Option<Money>,
    /// Writes the sound.
    pub sound: &'a dyn SoundFile,
    /// How often the service is asked how far it is.
    pub poll: Poll,
}

/// What is asked for a media.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// Its id, for the ledger.
    pub media: &'a str,
    /// Its file.
    pub file: MediaFile<'a>,
    /// What its sound is sent through.
    pub profile: Profile,
    /// The settings.
    pub settings: &'a TranscriptionJob,
}

impl Question<'_> {
    /// Name of the job.
    pub fn name(&self) -> String {
        self.settings.name(self.file.hash, self.profile)
    }

    /// Key that the transcript is written under.
    pub fn output(&self, prefix: &str) -> String {
        format!("{prefix}transcripts/{}.json", self.name())
    }

    fn key(&self) -> Key {
        Key::new(STAGE, VERSION, &[self.file.hash], &self.name())
    }
}

/// What would be sent, and what it costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Name of the job.
    pub name: String,
    /// Where the sound goes; where it has not been written yet, its name is not known before.
    pub sound: Option<String>,
    /// Bytes of it.
    pub bytes: Option<u64>,
    /// Where the transcript comes from.
    pub transcript: String,
    /// What it costs at most; nothing where it was paid for.
    pub cost: Money,
}

/// What a run would do. Writes the sound into the artifacts; asks no service.
///
/// # Errors
/// As [`run`], but for services.
pub fn plan(question: &Question<'_>, account: &Account<'_>, ports: &Ports, job: &Job) -> Result<Plan, StageError> {
    let (name, output) = (question.name(), question.output(account.prefix));
    let transcript = account.objects.address(&question.settings.written_as(&output));
    let known = kept(ports, STAGE, &question.key(), |_| Some(()))?.is_some() || account.runs.answer(&name)?.is_some();
    if known {
        return Ok(Plan { name, sound: None, bytes: None, transcript, cost: Money::default() });
    }
    let probe = probe(question, ports)?;
    let (path, key) = sound(question, account, &probe, ports, job)?;
    let bytes = std::fs::metadata(path).map_err(|source| StageError::Artifact { stage: STAGE, did: "read", source })?.len();
    let cost = cost(question, account, &probe);
    Ok(Plan { name, sound: Some(account.objects.address(&key)), bytes: Some(bytes), transcript, cost })
}

/// The transcript of the media's sound, as the service wrote it.
///
/// # Errors
/// Where there is no sound or the service does not take it, it can't be decoded, written or sent, the job would go beyond the cap, the service refuses,
/// fails or writes what is no transcript, the result can't be kept, or the job was cancelled. A job that was started goes on without us, and the next
/// run finds it.
pub fn run(question: &Question<'_>, account: &Account<'_>, ports: &Ports, job: &Job) -> Result<Vec<u8>, StageError> {
    let name = question.name();
    if let Some(document) = kept(ports, STAGE, &question.key(), |bytes| Some(bytes.to_vec()))? {
        // Killed between keeping it and ending its row.
        end(question, account, Ok(&document), cost_again(question, account, ports), 0)?;
        return Ok(document);
    }
    if let Some(document) = account.runs.answer(&name)? {
        keep(ports, STAGE, &question.key(), &document)?;
        return Ok(document);
    }
    let began = Instant::now();
    job.step("asking how far the transcription is", 0, None)?;
    let output = question.output(account.prefix);
    let transcript = question.settings.written_as(&output);
    let mut state = account.speech.state(&name, job)?;
    if let JobState::Failed(_) = state {
        // It failed in a run before, and who runs it again wants it tried again.
        account.speech.forget(&name, job)?;
        state = JobState::Missing;
    }
    let probe = probe(question, ports)?;
    let cost = cost(question, account, &probe);
    // The service forgets its jobs after some months; what they wrote stays.
    if state == JobState::Missing && !account.objects.exists(&transcript, job)? {
        start(question, account, (&probe, cost), ports, job)?;
    }
    let latency_ms = || u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    // Where the service can't be asked nobody knows how the job ends, and what it may cost stays held back.
    if let Some(reason) = wait(account, &name, state, job)? {
        let remedy = "Mend what it names and run it again; a job that failed costs nothing";
        let failed = CloudError::refused(&name, format!("the transcription failed ({reason})"), remedy);
        end(question, account, Err(failed.to_string()), cost, latency_ms())?;
        return Err(failed.into());
    }
    let document = fetch(account, &name, &transcript, job)?;
    keep(ports, STAGE, &question.key(), &document)?;
    end(question, account, Ok(&document), cost, latency_ms())?;
    Ok(document)
}

fn probe(question: &Question<'_>, ports: &Ports) -> Result<Probe, StageError> {
    let probe = ports.media.probe(question.file.path)?;
    let channels = probe.audio.as_ref().map_or(0, |audio| audio.channels);
    let problems = question.settings.check_media(length_us(&probe), channels);
    match problems.first() {
        Some(problem) => {
            Err(CloudError::refused(&question.file.path.display().to_string(), problem.what.clone(), "Nothing was sent").into())
        }
        None => Ok(probe),
    }
}

fn length_us(probe: &Probe) -> u64 {
    u64::try_from(probe.duration.us()).unwrap_or(0)
}

fn cost(question: &Question<'_>, account: &Account<'_>, probe: &Probe) -> Money {
    account.prices.cost(question.settings, length_us(probe), account.region)
}

/// As [`cost`], where the file may be gone by now.
fn cost_again(question: &Question<'_>, account: &Account<'_>, ports: &Ports) -> Money {
    ports.media.probe(question.file.path).map_or(Money::default(), |probe| cost(question, account, &probe))
}

/// The newest row of the ledger for the job that the money is held back in or counted for: begun and not ended, or closed with what it may have cost,
/// as a ledger does for a process that was killed. A row that was answered is for a job that is gone.
fn charged(question: &Question<'_>, account: &Account<'_>) -> Result<Option<Call>, StageError> {
    let name = question.name();
    let mut calls =
        account.runs.calls(Some(question.media), CALLS)?.into_iter().filter(|call| call.service == SERVICE && call.what == name);
    let of_failed = |call: &Call| call.state == CallState::Failed && call.cost > Money::default();
    Ok(calls.next().filter(|call| call.state == CallState::Open || of_failed(call)))
}

/// Ends the job's row of the ledger, if it has not ended.
fn end(
    question: &Question<'_>,
    account: &Account<'_>,
    answer: Result<&[u8], String>,
    cost: Money,
    latency_ms: u64,
) -> Result<(), StageError> {
    let Some(call) = charged(question, account)?.filter(|call| call.state == CallState::Open) else { return Ok(()) };
    // The service charges nothing for a job that failed.
    let (cost, error) = answer.as_ref().map_or_else(|why| (Money::default(), Some(why.clone())), |_| (cost, None));
    Ok(account.runs.end(call.id, &Ended { usage: Usage::default(), latency_ms, cost, error }, answer.ok())?)
}

/// Path and key of the sound, which is written where it has not been yet.
fn sound(question: &Question<'_>, account: &Account<'_>, probe: &Probe, ports: &Ports, job: &Job) -> Result<(PathBuf, String), StageError> {
    let many = probe.audio.as_ref().is_some_and(|audio| audio.channels > 2);
    let mixed = !question.profile.is_as_it_is() || (many && question.settings.sound == Channels::Keep);
    let channels = if mixed { Channels::Mix } else { question.settings.sound };
    let config = serde_json::json!([channels, question.profile, question.settings.sample_rate]).to_string();
    let key = Key::new("flac", VERSION, &[question.file.hash], &config);
    let path = ports.artifacts.file(&key, "flac").map_err(|source| StageError::Artifact { stage: STAGE, did: "kept", source })?;
    if !path.exists() {
        let form = SoundForm { channels, profile: question.profile, sample_rate: question.settings.sample_rate };
        account.sound.write_flac(question.file.path, &path, form, job)?;
    }
    let content = hash::run(&path, job)?;
    Ok((path, format!("{}audio/{content}.flac", account.prefix)))
}

/// Sends the sound and starts the job.
fn start(
    question: &Question<'_>,
    account: &Account<'_>,
    (probe, cost): (&Probe, Money),
    ports: &Ports,
    job: &Job,
) -> Result<(), StageError> {
    let name = question.name();
    let (path, key) = sound(question, account, probe, ports, job)?;
    let content = key.rsplit_once('/').map_or(key.as_str(), |(_, name)| name).trim_end_matches(".flac");
    account.objects.put_file(&key, &path, content, job)?;
    // Killed before the job was started, it has its row.
    if charged(question, account)?.is_none() {
        let (task, media, what) = ("transcribe".to_owned(), question.media.to_owned(), name.clone());
        let new = NewCall { service: SERVICE.into(), what, task, media, key: name.clone(), at_most: cost };
        account.runs.begin(&new, account.cap)?;
    }
    job.step("starting the transcription", 0, None)?;
    let (media, output) = (account.objects.address(&key), question.output(account.prefix));
    let started = account.speech.start(&name, question.settings, InOut { media: &media, output: &output }, job);
    if let Err(error) = &started
        && error.nothing_done()
    {
        end(question, account, Err(error.to_string()), cost, 0)?;
    }
    Ok(started?)
}

/// Waits for the job, at once where it is done already; why it failed, if it did.
fn wait(account: &Account<'_>, name: &str, first: JobState, job: &Job) -> Result<Option<String>, CloudError> {
    if first == JobState::Completed {
        return Ok(None);
    }
    for wait in account.poll.waits() {
        let what = match account.speech.state(name, job)? {
            // Forgotten, but its transcript is there.
            JobState::Missing | JobState::Completed => return Ok(None),
            JobState::Failed(reason) => return Ok(Some(reason)),
            JobState::Queued => "waiting for the service",
            JobState::InProgress => "the service writes down what is said",
        };
        pause(wait, what, job)?;
    }
    Ok(None)
}

/// What the service wrote, if it is a transcript.
fn fetch(account: &Account<'_>, name: &str, key: &str, job: &Job) -> Result<Vec<u8>, CloudError> {
    let address = account.objects.address(key);
    let remedy = format!("Put the transcript there, or delete the job {name} and run it again, which is paid for again");
    let document = account.objects.get(key, job)?.ok_or_else(|| CloudError::refused(&address, "the transcript is not there", &remedy))?;
    format::read(&document).map_err(|e| CloudError::refused(&address, format!("it is no transcript ({e})"), &remedy))?;
    Ok(document)
}
