//! Tasks as a state machine hands them out.

use crate::places::{InOut, Place};
use anyhow::Result;
use plumbline_aws::Choice;
use plumbline_flows::archive::{self, Did, Item, Step};
use plumbline_pipeline::{Fault, Job};
use serde::Deserialize;
use serde_json::{Value, json};

/// What a task asks for.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Wanted {
    /// The stage; or `count`, which counts what is whole.
    pub stage: String,
    /// Of which item.
    pub item: Option<Item>,
    /// The bucket of the archive.
    pub bucket: String,
    /// The archive's prefix in it.
    pub prefix: String,
    /// Where the media lie.
    pub media: String,
}

/// Why a task was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What kind of failure it is.
    pub fault: Fault,
    /// What happened, where, and what to do.
    pub why: String,
}

impl Wanted {
    /// Where its media and its archive lie.
    pub fn places(&self, choice: &Choice) -> InOut {
        let address = format!("s3://{}/{}", self.bucket, self.prefix);
        InOut { from: self.media.clone(), out: Place { address, choice: choice.clone() } }
    }

    /// What it is of, for people.
    pub fn of(&self) -> &str {
        self.item.as_ref().map_or("the archive", Item::media)
    }
}

/// Does what a task asks for: its output, as JSON. An item that is lost for good is written down in the archive.
///
/// # Errors
/// Where it fails, with the kind of the failure, by which a state machine tells whether to try again.
pub fn serve(wanted: &Wanted, step: &Step, job: &Job) -> Result<String, Failure> {
    let failed = |fault, why| Failure { fault, why };
    if wanted.stage == "count" {
        let items = step.place.items(job).map_err(|e| failed(e.fault(), e.to_string()))?;
        return count(step, &items, job).map(|counted| counted.to_string()).map_err(|e| failed(Fault::Passing, e.to_string()));
    }
    let Some(item) = &wanted.item else {
        return Err(failed(Fault::Settings, format!("the task {} names no item", wanted.stage)));
    };
    match step.run(item, &wanted.stage, job) {
        Ok(did) => {
            if step.nodes.last().is_some_and(|last| last.name == wanted.stage) {
                item.files.iter().for_each(|name| step.source.release(name));
            }
            let did = match did {
                Did::Done => "done",
                Did::Nothing => "nothing",
                Did::Before => "before",
            };
            Ok(json!({ "stage": wanted.stage, "did": did }).to_string())
        }
        Err(error) => {
            let fault = error.fault();
            if !fault.may_pass() && fault != Fault::Cancelled {
                // What can't be kept beside it is told all the same.
                let _ = step.lose(item, &wanted.stage, &error, &Job::quiet());
            }
            Err(failed(fault, error.to_string()))
        }
    }
}

/// The share of items, of a hundred, that may be missing in the end.
const TOLERATED_PERCENT: usize = 5;

/// How many items are whole, and the names of some that are not.
///
/// # Errors
/// Where the archive can't be read.
pub fn count(step: &Step, items: &[Item], job: &Job) -> Result<Value> {
    let (whole, missing) = archive::count(step.place, step.nodes, items, job)?;
    let some: Vec<&String> = missing.iter().take(20).collect();
    let tolerated = missing.len() * 100 <= items.len() * TOLERATED_PERCENT;
    Ok(json!({ "items": items.len(), "whole": whole, "missing": missing.len(), "tolerated": tolerated, "some": some }))
}
