//! What stages need of an account: a place for objects, and a service that writes down speech.

use crate::fault::Fault;
use crate::job::{Cancelled, Job};
use plumbline_core::transcription::TranscriptionJob;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How often waiting work asks whether the person stopped it.
const ASK_JOB: Duration = Duration::from_millis(50);

/// Why a service did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum CloudError {
    /// The person stopped it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// Anything else, as a sentence: what happened, where, what to do.
    #[error("{of}: {what}. {remedy}")]
    Failed {
        /// The object, job or service that was asked for.
        of: String,
        /// What happened, as a clause.
        what: String,
        /// What to do, as a sentence without its full stop.
        remedy: String,
        /// It is certain that the service did nothing; else it may have done it, and nobody heard of it.
        nothing_done: bool,
    },
}

impl CloudError {
    /// A failure over `of`, after which nothing was done: `what` happened, as a clause; `remedy`, as a sentence without its full stop.
    pub fn refused(of: &str, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Failed { of: of.to_owned(), what: what.into(), remedy: remedy.into(), nothing_done: true }
    }

    /// What kind of failure it is. A service that says no may say yes once somebody has mended the account, so that may pass, too.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Cancelled(_) => Fault::Cancelled,
            Self::Failed { .. } => Fault::Passing,
        }
    }

    /// Whether it is certain that the service did nothing.
    pub fn nothing_done(&self) -> bool {
        matches!(self, Self::Failed { nothing_done: true, .. })
    }
}

/// An object that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Its key.
    pub key: String,
    /// Its size in bytes.
    pub bytes: u64,
}

/// Keeps objects under keys.
pub trait Objects: Send + Sync {
    /// Where an object lies, for people and for services that read it: `s3://bucket/key`.
    fn address(&self, key: &str) -> String;

    /// Keeps the content of a file under the key. `hash` is its BLAKE3; an object that has it already stays as it is, and what a run that was stopped
    /// brought there is not sent again.
    ///
    /// # Errors
    /// Where the file can't be read, something else lies under the key, the service failed, or the job was cancelled.
    fn put_file(&self, key: &str, path: &Path, hash: &str, job: &Job) -> Result<(), CloudError>;

    /// Keeps the content of a file under the key, in place of what is there.
    ///
    /// # Errors
    /// Where the file can't be read, the service failed, or the job was cancelled.
    fn replace_file(&self, key: &str, path: &Path, job: &Job) -> Result<(), CloudError>;

    /// The content; none where there is no such object.
    ///
    /// # Errors
    /// Where the service failed, what came is not whole, or the job was cancelled.
    fn get(&self, key: &str, job: &Job) -> Result<Option<Vec<u8>>, CloudError>;

    /// Whether there is such an object.
    ///
    /// # Errors
    /// Where the service failed or the job was cancelled.
    fn exists(&self, key: &str, job: &Job) -> Result<bool, CloudError>;

    /// The objects whose keys begin so, by key.
    ///
    /// # Errors
    /// Where the service failed or the job was cancelled.
    fn list(&self, prefix: &str, job: &Job) -> Result<Vec<Object>, CloudError>;
}

/// Where media and what belongs to them come from, by names with slashes between their parts.
pub trait Source: Send + Sync {
    /// The folder that [`Source::file`] gives files of: the file of `a/b.mp4` is `a/b.mp4` below it.
    fn folder(&self) -> &Path;

    /// Everything that is there, by name.
    ///
    /// # Errors
    /// Where it can't be listed or the job was cancelled.
    fn list(&self, job: &Job) -> Result<Vec<Object>, CloudError>;

    /// The file of a name, brought to this machine where it lies elsewhere.
    ///
    /// # Errors
    /// Where there is no such file, it can't be brought, or the job was cancelled.
    fn file(&self, name: &str, job: &Job) -> Result<PathBuf, CloudError>;

    /// Nobody needs the file of a name any more: one that was brought here may go.
    fn release(&self, _name: &str) {}
}

/// How far a job of the service is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobState {
    /// The service knows no job of this name.
    Missing,
    /// It waits for its turn.
    Queued,
    /// It runs.
    InProgress,
    /// It is done, and its transcript is written.
    Completed,
    /// It failed, for this reason.
    Failed(String),
}

/// How far a custom vocabulary is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VocabularyState {
    /// There is none of this name.
    Missing,
    /// The service reads it.
    Pending,
    /// Jobs can use it.
    Ready,
    /// The service can't use it, for this reason.
    Failed(String),
}

/// What a job reads and writes.
#[derive(Clone, Copy, Debug)]
pub struct InOut<'a> {
    /// Address of the sound.
    pub media: &'a str,
    /// Key that the transcript is written under, in the place of the account's objects.
    pub output: &'a str,
}

/// A service that writes down what is said.
pub trait CloudSpeech: Send + Sync {
    /// Starts a job of this name. Where there is one already that reads this sound, it is the one.
    ///
    /// # Errors
    /// Where the service refuses or fails, another job has the name, or the job was cancelled.
    fn start(&self, name: &str, settings: &TranscriptionJob, what: InOut<'_>, job: &Job) -> Result<(), CloudError>;

    /// How far the job of this name is.
    ///
    /// # Errors
    /// Where the service failed or the job was cancelled.
    fn state(&self, name: &str, job: &Job) -> Result<JobState, CloudError>;

    /// Forgets a job that failed, so that its name is free. Nothing happens where there is none.
    ///
    /// # Errors
    /// Where the service failed or the job was cancelled.
    fn forget(&self, name: &str, job: &Job) -> Result<(), CloudError>;

    /// Makes a custom vocabulary of the table at an address, or puts it in the place of the one that has the name.
    ///
    /// # Errors
    /// Where the service refuses or fails, or the job was cancelled.
    fn put_vocabulary(&self, name: &str, language: &str, table: &str, job: &Job) -> Result<(), CloudError>;

    /// How far a custom vocabulary is.
    ///
    /// # Errors
    /// Where the service failed or the job was cancelled.
    fn vocabulary(&self, name: &str, job: &Job) -> Result<VocabularyState, CloudError>;
}

/// How often to ask how far something is: the waits grow from `first` to `most`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Poll {
    /// The first wait.
    pub first: Duration,
    /// The longest one.
    pub most: Duration,
    /// By how much each is longer than the one before, in percent.
    pub growth_percent: u32,
}

impl Default for Poll {
    fn default() -> Self {
        Self { first: Duration::from_secs(1), most: Duration::from_secs(30), growth_percent: 50 }
    }
}

impl Poll {
    /// The waits, without end.
    pub fn waits(self) -> impl Iterator<Item = Duration> {
        std::iter::successors(Some(self.first.min(self.most)), move |wait| {
            Some(wait.saturating_mul(100 + self.growth_percent).checked_div(100).unwrap_or(self.most).min(self.most))
        })
    }
}

/// Waits, and says `what` is waited for.
///
/// # Errors
/// [`Cancelled`] as soon as the job is.
pub fn pause(wait: Duration, what: &str, job: &Job) -> Result<(), Cancelled> {
    let end = Instant::now() + wait;
    loop {
        job.step(what, 0, None)?;
        match end.saturating_duration_since(Instant::now()) {
            Duration::ZERO => return Ok(()),
            left => std::thread::sleep(left.min(ASK_JOB)),
        }
    }
}

/// Waits until a vocabulary can be used.
///
/// # Errors
/// Where the service can't use it, it is gone, the service failed, or the job was cancelled.
pub fn await_vocabulary(speech: &dyn CloudSpeech, name: &str, poll: Poll, job: &Job) -> Result<(), CloudError> {
    for wait in poll.waits() {
        match speech.vocabulary(name, job)? {
            VocabularyState::Ready => return Ok(()),
            VocabularyState::Pending => pause(wait, "waiting for the vocabulary", job)?,
            VocabularyState::Missing => return Err(CloudError::refused(name, "the vocabulary is gone", "Upload it again")),
            VocabularyState::Failed(reason) => {
                let remedy = "Leave out the phrases that it names, and upload it again";
                return Err(CloudError::refused(name, format!("the service can't use the vocabulary ({reason})"), remedy));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_their_most() {
        let of = |first, most, growth_percent| {
            let poll = Poll { first: Duration::from_millis(first), most: Duration::from_millis(most), growth_percent };
            poll.waits().take(5).map(|wait| wait.as_millis()).collect::<Vec<_>>()
        };
        assert_eq!(of(1_000, 30_000, 100), [1_000, 2_000, 4_000, 8_000, 16_000]);
        assert_eq!(of(1_000, 3_000, 50), [1_000, 1_500, 2_250, 3_000, 3_000]);
        assert_eq!(of(10, 5, 50), [5; 5]);
    }

    #[test]
    fn a_pause_ends_with_its_job() {
        let job = Job::quiet();
        assert_eq!(pause(Duration::ZERO, "waiting", &job), Ok(()));
        job.cancel();
        assert_eq!(pause(Duration::from_secs(3_600), "waiting", &job), Err(Cancelled));
    }
}
