//! Long work: progress and cancel are one call.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The job was cancelled by the person who started it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;

/// How far a job is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being done, as a clause for people: `reading the sound`.
    pub what: String,
    /// Done so far, in the unit of `total`.
    pub done: u64,
    /// All there is to do; none where it is not known.
    pub total: Option<u64>,
}

/// A handle that long work reports to and asks whether to go on.
#[derive(Clone)]
pub struct Job {
    report: Arc<dyn Fn(Progress) + Send + Sync>,
    cancelled: Arc<AtomicBool>,
}

impl Job {
    /// A job whose progress goes to `report`. Call it from any thread; it must not block.
    pub fn new(report: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        Self { report: Arc::new(report), cancelled: Arc::default() }
    }

    /// A job that nobody watches.
    pub fn quiet() -> Self {
        Self::new(|_| {})
    }

    /// The same job for a part of its work, named before what is told of it: ending either ends both.
    pub fn part(&self, name: &str) -> Self {
        let (report, name) = (Arc::clone(&self.report), name.to_owned());
        let told = move |progress: Progress| report(Progress { what: format!("{name}: {}", progress.what), ..progress });
        Self { report: Arc::new(told), cancelled: Arc::clone(&self.cancelled) }
    }

    /// Asks the work to stop at its next step.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// The same job for work on the side, whose progress nobody watches.
    pub fn aside(&self) -> Self {
        Self { report: Arc::new(|_| {}), cancelled: Arc::clone(&self.cancelled) }
    }

    /// Reports progress.
    ///
    /// # Errors
    /// [`Cancelled`] once [`Job::cancel`] was called: clean up and return it.
    pub fn step(&self, what: &str, done: u64, total: Option<u64>) -> Result<(), Cancelled> {
        if self.cancelled.load(Ordering::Relaxed) {
            return Err(Cancelled);
        }
        (self.report)(Progress { what: what.to_owned(), done, total });
        Ok(())
    }
}
