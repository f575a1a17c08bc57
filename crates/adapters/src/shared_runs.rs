//! Answers that many machines share.

use plumbline_core::models::Money;
use plumbline_pipeline::runs::{Call, Ended, NewCall, Spent, StageRow, StageState, Told};
use plumbline_pipeline::{CloudError, Job, Objects, Runs, RunsError};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// A ledger of this machine, whose answers lie among objects that others see, too: what one machine paid for no other pays for again. Caps hold on each
/// machine by itself.
pub struct SharedRuns<'a> {
    near: &'a dyn Runs,
    far: &'a dyn Objects,
    prefix: String,
    /// Keys of calls that have not ended.
    open: Mutex<HashMap<i64, String>>,
}

impl<'a> SharedRuns<'a> {
    /// The ledger, and the objects below a prefix, which is empty or ends with a slash.
    pub fn new(near: &'a dyn Runs, far: &'a dyn Objects, prefix: &str) -> Self {
        Self { near, far, prefix: prefix.to_owned(), open: Mutex::default() }
    }

    fn failed(&self, key: &str, error: &CloudError) -> RunsError {
        RunsError::File { path: self.far.address(&format!("{}{key}", self.prefix)), what: format!("can't be reached: {error}") }
    }

    fn share(&self, key: &str, answer: &[u8]) -> Result<(), RunsError> {
        let name = format!("{}{key}", self.prefix);
        let write = || -> std::io::Result<tempfile::NamedTempFile> {
            let file = tempfile::NamedTempFile::new()?;
            std::fs::write(file.path(), answer)?;
            Ok(file)
        };
        let file = write().map_err(|e| RunsError::File { path: name.clone(), what: format!("can't be written: {e}") })?;
        let hash = blake3::hash(answer).to_hex();
        match self.far.put_file(&name, file.path(), &hash, &Job::quiet()) {
            Ok(()) => Ok(()),
            // Another machine was answered, too; its answer stands.
            Err(_) if self.far.exists(&name, &Job::quiet()).unwrap_or(false) => Ok(()),
            Err(error) => Err(self.failed(key, &error)),
        }
    }
}

impl Runs for SharedRuns<'_> {
    fn answer(&self, key: &str) -> Result<Option<Vec<u8>>, RunsError> {
        if let Some(answer) = self.near.answer(key)? {
            return Ok(Some(answer));
        }
        self.far.get(&format!("{}{key}", self.prefix), &Job::quiet()).map_err(|e| self.failed(key, &e))
    }

    fn begin(&self, call: &NewCall, cap: Option<Money>) -> Result<i64, RunsError> {
        let id = self.near.begin(call, cap)?;
        self.open.lock().unwrap_or_else(PoisonError::into_inner).insert(id, call.key.clone());
        Ok(id)
    }

    fn end(&self, call: i64, ended: &Ended, answer: Option<&[u8]>) -> Result<(), RunsError> {
        self.near.end(call, ended, answer)?;
        let key = self.open.lock().unwrap_or_else(PoisonError::into_inner).remove(&call);
        match (key, answer) {
            (Some(key), Some(answer)) => self.share(&key, answer),
            _ => Ok(()),
        }
    }

    fn spent(&self) -> Result<Spent, RunsError> {
        self.near.spent()
    }

    fn calls(&self, media: Option<&str>, count: usize) -> Result<Vec<Call>, RunsError> {
        self.near.calls(media, count)
    }

    fn costs(&self) -> Result<Vec<(String, Money)>, RunsError> {
        self.near.costs()
    }

    fn set_stage(&self, media: &str, stage: &str, state: StageState, error: Option<&str>) -> Result<(), RunsError> {
        self.near.set_stage(media, stage, state, error)
    }

    fn set_stages(&self, told: &[Told]) -> Result<(), RunsError> {
        self.near.set_stages(told)
    }

    fn stages(&self, media: Option<&str>) -> Result<Vec<StageRow>, RunsError> {
        self.near.stages(media)
    }
}
