//! Long work behind the window: one at a time, in order, each told to the window as it goes.

use plumbline_flows::{Error, Result};
use plumbline_pipeline::{Job, Progress};
use plumbline_project::MediaId;
use plumbline_project::views::Changed;
use serde::Serialize;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tauri::{AppHandle, Emitter};
use ts_rs::TS;

/// Long work, as it is told to the window.
#[derive(Clone, Debug, Serialize, TS)]
#[ts(export)]
struct JobEvent {
    #[ts(type = "number")]
    id: u64,
    /// What it is for, such as a file's name.
    title: String,
    /// What it does at the moment.
    what: String,
    #[ts(type = "number")]
    done: u64,
    #[ts(type = "number | null")]
    total: Option<u64>,
    state: JobState,
    /// What went wrong and what to do, when failed.
    error: Option<String>,
    /// What was met and how it was taken, in sentences, now that it ended.
    notes: Vec<String>,
    /// Media whose views to read again now that it ended; a part may be done where another failed.
    media: Vec<MediaId>,
    /// All that changed, where that is known and of one media; else everything of `media` is to be read again.
    changed: Option<Changed>,
}

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
enum JobState {
    Running,
    Done,
    Failed,
    Cancelled,
}

/// Progress is told this often at most.
const TELL_EVERY: Duration = Duration::from_millis(100);

/// What a job did: the media it changed, and what went wrong with others.
#[derive(Default)]
pub struct Ended {
    pub media: Vec<MediaId>,
    pub failures: Vec<Error>,
    /// Sentences about what was met and how it was taken.
    pub notes: Vec<String>,
    /// All that changed, where that is known and of one media.
    pub changed: Option<Changed>,
}

impl From<MediaId> for Ended {
    fn from(media: MediaId) -> Self {
        Self { media: vec![media], ..Self::default() }
    }
}

impl Ended {
    /// Keeps what went wrong in one step, which takes nothing from the others.
    ///
    /// # Errors
    /// Where the person stopped it.
    pub fn note(&mut self, result: Result<()>) -> Result<()> {
        match result {
            Err(cancelled @ Error::Cancelled(_)) => return Err(cancelled),
            result => self.failures.extend(result.err()),
        }
        Ok(())
    }

    /// Takes in how a further part ended.
    pub fn and(&mut self, part: Self) {
        self.media.extend(part.media);
        self.failures.extend(part.failures);
        self.notes.extend(part.notes);
    }
}

type Work = Box<dyn FnOnce(&Job) -> Result<Ended> + Send>;

struct Task {
    id: u64,
    title: String,
    job: Job,
    work: Work,
    /// Told only when done or failed.
    quiet: bool,
}

/// The jobs there are.
pub struct Jobs {
    handle: AppHandle,
    next: AtomicU64,
    running: Arc<Mutex<HashMap<u64, Job>>>,
    long: Sender<Task>,
    short: Sender<Task>,
}

impl Jobs {
    pub fn new(handle: AppHandle) -> Self {
        let running: Arc<Mutex<HashMap<u64, Job>>> = Arc::default();
        // Measuring after an edit must not wait for an import.
        let (long, short) = (worker(handle.clone(), Arc::clone(&running)), worker(handle.clone(), Arc::clone(&running)));
        Self { handle, next: AtomicU64::new(1), running, long, short }
    }

    /// Queues work that shows its progress.
    pub fn spawn(&self, title: String, work: impl FnOnce(&Job) -> Result<Ended> + Send + 'static) {
        self.queue(&self.long, title, false, Box::new(work));
    }

    /// Queues short work that only tells when it is done.
    pub fn spawn_quiet(&self, title: String, work: impl FnOnce(&Job) -> Result<Ended> + Send + 'static) {
        self.queue(&self.short, title, true, Box::new(work));
    }

    /// Does work at once, on the thread that asks for it, and shows its progress.
    pub fn run<T>(&self, title: String, work: impl FnOnce(&Job) -> Result<T>) -> Result<T> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let job = watched(self.handle.clone(), id, title.clone());
        lock(&self.running).insert(id, job.clone());
        let result = work(&job);
        lock(&self.running).remove(&id);
        // Whoever asked is told what went wrong.
        let state = if result.is_ok() { JobState::Done } else { JobState::Cancelled };
        let (what, notes, media) = (String::new(), vec![], vec![]);
        tell(&self.handle, JobEvent { id, title, what, done: 1, total: Some(1), state, error: None, notes, media, changed: None });
        result
    }

    fn queue(&self, to: &Sender<Task>, title: String, quiet: bool, work: Work) {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let job = if quiet { Job::quiet() } else { watched(self.handle.clone(), id, title.clone()) };
        lock(&self.running).insert(id, job.clone());
        // The worker lives as long as the program; it can't have hung up.
        let _ = to.send(Task { id, title, job, work, quiet });
    }

    pub fn cancel(&self, id: u64) {
        if let Some(job) = lock(&self.running).get(&id) {
            job.cancel();
        }
    }

    pub fn cancel_all(&self) {
        lock(&self.running).values().for_each(Job::cancel);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn tell(handle: &AppHandle, event: JobEvent) {
    // A window that is closing hears nothing any more, and need not.
    let _ = handle.emit("job", event);
}

/// A job whose steps reach the window, a few times a second.
fn watched(handle: AppHandle, id: u64, title: String) -> Job {
    let last: Mutex<Option<Instant>> = Mutex::new(None);
    Job::new(move |Progress { what, done, total }| {
        let mut last = lock(&last);
        if last.is_none_or(|at| at.elapsed() >= TELL_EVERY) {
            *last = Some(Instant::now());
            tell(
                &handle,
                JobEvent {
                    id,
                    title: title.clone(),
                    what,
                    done,
                    total,
                    state: JobState::Running,
                    error: None,
                    notes: vec![],
                    media: vec![],
                    changed: None,
                },
            );
        }
    })
}

/// A thread that does what it is sent, in order.
fn worker(handle: AppHandle, running: Arc<Mutex<HashMap<u64, Job>>>) -> Sender<Task> {
    let (sender, tasks) = channel::<Task>();
    std::thread::spawn(move || {
        for Task { id, title, job, work, quiet } in tasks {
            let result = job.step("waiting", 0, None).map_err(Error::from).and_then(|()| work(&job));
            lock(&running).remove(&id);
            let (state, error, ended) = match result {
                Ok(ended) if ended.failures.is_empty() => (JobState::Done, None, ended),
                Ok(ended) => {
                    let sentences: Vec<String> = ended.failures.iter().map(ToString::to_string).collect();
                    (JobState::Failed, Some(sentences.join("\n")), ended)
                }
                Err(Error::Cancelled(_)) => (JobState::Cancelled, None, Ended::default()),
                Err(error) => (JobState::Failed, Some(error.to_string()), Ended::default()),
            };
            let nothing = state == JobState::Done && ended.media.is_empty();
            if !(quiet && (nothing || state == JobState::Cancelled)) {
                tell(
                    &handle,
                    JobEvent {
                        id,
                        title,
                        what: String::new(),
                        done: 1,
                        total: Some(1),
                        state,
                        error,
                        notes: ended.notes,
                        media: ended.media,
                        changed: ended.changed,
                    },
                );
            }
        }
    });
    sender
}
