//! What a run keeps of itself: answers that were paid for, a ledger of calls, and how far each media is.

use crate::models::Usage;
use plumbline_core::models::Money;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A call that is about to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCall {
    /// The service: `bedrock`, `transcribe`.
    pub service: String,
    /// The model, or what else is asked.
    pub what: String,
    /// For which task, such as `describe`.
    pub task: String,
    /// Whose media, by id.
    pub media: String,
    /// Key of what is asked: the same question has the same key.
    pub key: String,
    /// What it may cost at most; held back until the call ended.
    pub at_most: Money,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallState {
    /// It has not ended: its most is held back.
    Open,
    /// Answered.
    Done,
    /// No answer; `cost` is what it may have cost all the same. So are calls of a process that was killed, as soon as another one opens the ledger.
    Failed,
}

/// A call that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Its number.
    pub id: i64,
    /// When it began, in µs since 1970 UTC.
    pub began_us: i64,
    /// The service.
    pub service: String,
    /// The model, or what else was asked.
    pub what: String,
    /// The task.
    pub task: String,
    /// Id of the media.
    pub media: String,
    /// How it ended.
    pub state: CallState,
    /// Tokens.
    pub usage: Usage,
    /// From asking to the answer, in milliseconds.
    pub latency_ms: u64,
    /// What it cost; what is held back while it is open.
    pub cost: Money,
    /// What went wrong.
    pub error: Option<String>,
}

/// How a call ended, for the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Tokens.
    pub usage: Usage,
    /// From asking to the answer, in milliseconds.
    pub latency_ms: u64,
    /// What it cost.
    pub cost: Money,
    /// What went wrong; none where it was answered.
    pub error: Option<String>,
}

/// Sums of the ledger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spent {
    /// Cost of calls that ended.
    pub cost: Money,
    /// Held back for calls that have not.
    pub held: Money,
    /// Calls that were answered.
    pub done: u64,
    /// Calls that were not.
    pub failed: u64,
}

/// How far a stage of a media is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StageState {
    /// It waits for those before it, or for its turn.
    Waiting,
    /// It runs.
    Running,
    /// It is done.
    Done,
    /// There was nothing to do for it.
    Skipped,
    /// It failed; `error` says why.
    Failed,
    /// The person stopped it.
    Cancelled,
}

/// A stage of a media, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageRow {
    /// Id of the media, or path of a file that is no media of the project yet.
    pub media: String,
    /// Name of the stage.
    pub stage: String,
    /// How far it is.
    pub state: StageState,
    /// How often it was begun.
    pub attempts: u32,
    /// When it was written last, in µs since 1970 UTC.
    pub at_us: i64,
    /// What went wrong and what to do.
    pub error: Option<String>,
}

/// How far a stage of a media is, as it is told to the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Id of the media.
    pub media: String,
    /// Name of the stage.
    pub stage: String,
    /// How far it is.
    pub state: StageState,
    /// What went wrong and what to do.
    pub error: Option<String>,
}

/// Why nothing can be read from or written to the ledger, or a call is not to be made.
#[derive(Debug, thiserror::Error)]
pub enum RunsError {
    /// The call might cost more than is left of the cap.
    #[error(
        "The cap of {cap} is reached: {spent} are spent, {held} are held back for calls that run, and the next one may cost {needed}. Raise the cap to go on; what was answered is kept"
    )]
    Cap {
        /// The cap.
        cap: Money,
        /// Spent.
        spent: Money,
        /// Held back.
        held: Money,
        /// What the call may cost.
        needed: Money,
    },
    /// The file failed.
    #[error("{path}: the ledger of calls {what}. Check the free space and the permissions of its folder")]
    File {
        /// The file.
        path: String,
        /// What failed, as a clause.
        what: String,
    },
    /// The file is not one that this program writes to.
    #[error("{path} {what}")]
    Refused {
        /// The file.
        path: String,
        /// What it is and what to do, as a clause that goes on from its name.
        what: String,
    },
}

/// Keeps runs. Called from many threads at once.
pub trait Runs: Send + Sync {
    /// The answer that was paid for under this key.
    ///
    /// # Errors
    /// Where it can't be read.
    fn answer(&self, key: &str) -> Result<Option<Vec<u8>>, RunsError>;

    /// Writes down a call before it is made and holds back what it may cost. `cap` bounds what all calls of the ledger cost; none for no bound.
    ///
    /// # Errors
    /// [`RunsError::Cap`] where the call could go beyond it: it must not be made then.
    fn begin(&self, call: &NewCall, cap: Option<Money>) -> Result<i64, RunsError>;

    /// Writes down how it ended, together with the answer to keep, under the key that it began with.
    ///
    /// # Errors
    /// Where it can't be written.
    fn end(&self, call: i64, ended: &Ended, answer: Option<&[u8]>) -> Result<(), RunsError>;

    /// Sums over the ledger.
    ///
    /// # Errors
    /// Where it can't be read.
    fn spent(&self) -> Result<Spent, RunsError>;

    /// The newest calls, newest first, `count` at most; of one media, where it is given.
    ///
    /// # Errors
    /// Where they can't be read.
    fn calls(&self, media: Option<&str>, count: usize) -> Result<Vec<Call>, RunsError>;

    /// What the calls of each media cost so far, with what is held back; media without calls are left out.
    ///
    /// # Errors
    /// Where it can't be read.
    fn costs(&self) -> Result<Vec<(String, Money)>, RunsError> {
        let mut costs = BTreeMap::<String, Money>::new();
        for call in self.calls(None, usize::MAX)? {
            let sum = costs.entry(call.media).or_default();
            *sum = *sum + call.cost;
        }
        Ok(costs.into_iter().collect())
    }

    /// Writes down how far a stage is. Beginning to run counts as an attempt.
    ///
    /// # Errors
    /// Where it can't be written.
    fn set_stage(&self, media: &str, stage: &str, state: StageState, error: Option<&str>) -> Result<(), RunsError>;

    /// Writes down how far many stages are, in order: as [`Runs::set_stage`] for each, but waiting for the disk once.
    ///
    /// # Errors
    /// Where it can't be written.
    fn set_stages(&self, told: &[Told]) -> Result<(), RunsError> {
        told.iter().try_for_each(|told| self.set_stage(&told.media, &told.stage, told.state, told.error.as_deref()))
    }

    /// How far the stages are; those of one media, where it is given. A stage that ran when its process was
    /// killed waits again, as soon as another one opens the ledger.
    ///
    /// # Errors
    /// Where they can't be read.
    fn stages(&self, media: Option<&str>) -> Result<Vec<StageRow>, RunsError>;
}
