//! Tasks as a state machine hands them out.

use crate::places::{InOut, Place};
use anyhow::Result;
use plumbline_aws::Choice;
use plumbline_flows::archive::{self, Did, Item, Step};
use plumbline_pipeline::{CloudError, Fault, Job};
use serde::Deserialize;
use serde_json::{Value, json};

/// What a task asks for.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Wanted {
    /// The stage; or `manifest`, which begins the archive, or `count`, which counts what is whole.
    pub stage: String,
    /// Of which item.
    pub item: Option<Item>,
    /// The bucket of the archive.
    pub bucket: String,
    /// The archive's prefix in it.
    pub prefix: String,
    /// Where the media lie.
    pub media: String,
    /// Of `count`: so many of a hundred items may be missing in the end.
    #[serde(default = "tolerated_percent")]
    pub tolerated_percent: u32,
}

fn tolerated_percent() -> u32 {
    TOLERATED_PERCENT
}

/// Why a task was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What kind of failure it is.
    pub fault: Fault,
    /// What happened, where, and what to do.
    pub why: String,
}

impl Failure {
    /// Why no engines could be had: settings, rights and programs, unless a service failed that may do better later.
    pub fn to_begin(error: &anyhow::Error) -> Self {
        Self { fault: error.downcast_ref().map_or(Fault::Settings, CloudError::fault), why: error.to_string() }
    }
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

/// Begins the archive of a task, with the settings that it has or the usual ones: says how many items it has. One that has items keeps them.
///
/// # Errors
/// Where it can't be begun, as [`serve`].
pub fn begin(wanted: &Wanted, choice: &Choice, job: &Job) -> Result<String, Failure> {
    let cloud = |error: CloudError| Failure { fault: error.fault(), why: error.to_string() };
    let places = wanted.places(choice);
    let opened = || anyhow::Ok((places.source()?, places.out.open()?));
    let (source, opened) = opened().map_err(|e| Failure::to_begin(&e))?;
    let place = opened.place();
    let (items, did) = match place.try_items(job).map_err(cloud)? {
        Some(items) => (items, "before"),
        None => {
            let settings = place.settings(job).map_err(cloud)?.unwrap_or_default();
            let begun = archive::begin(place, (&wanted.media, source.source()), &settings, job).map_err(cloud)?;
            (begun.items, "done")
        }
    };
    Ok(json!({ "stage": wanted.stage, "did": did, "items": items.len() }).to_string())
}

/// Does what a task asks for: its output, as JSON. An item that is lost for good is written down in the archive.
///
/// # Errors
/// Where it fails, with the kind of the failure, by which a state machine tells whether to try again.
pub fn serve(wanted: &Wanted, step: &Step, job: &Job) -> Result<String, Failure> {
    let failed = |fault, why| Failure { fault, why };
    if wanted.stage == "count" {
        let items = step.place.items(job).map_err(|e| failed(e.fault(), e.to_string()))?;
        let counted = count(step, &items, wanted.tolerated_percent, job);
        return counted.map(|counted| counted.to_string()).map_err(|e| failed(Fault::Passing, e.to_string()));
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

/// The share of items, of a hundred, that may be missing in the end where nothing else is said.
pub const TOLERATED_PERCENT: u32 = 5;

/// How many items are whole, the names of some that are not, and whether so many of a hundred may be missing.
///
/// # Errors
/// Where the archive can't be read.
pub fn count(step: &Step, items: &[Item], tolerated_percent: u32, job: &Job) -> Result<Value> {
    let (whole, missing) = archive::count(step.place, step.nodes, items, job)?;
    let some: Vec<&String> = missing.iter().take(20).collect();
    let tolerated = missing.len() * 100 <= items.len() * tolerated_percent as usize;
    Ok(json!({ "items": items.len(), "whole": whole, "missing": missing.len(), "tolerated": tolerated, "some": some }))
}
