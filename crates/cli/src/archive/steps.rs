//! The items of an archive, and one stage of them.

use super::kit::SettingsArgs;
use super::places::InOut;
use crate::report::{complain, failures_json, say};
use crate::{Outcome, progress};
use anyhow::{Result, bail};
use clap::Args;
use plumbline_flows::archive::{self, Did, Item, Place};
use plumbline_pipeline::Job;
use serde_json::{Value, json};

/// What an archive begins with.
#[derive(Args)]
pub struct ManifestArgs {
    #[command(flatten)]
    places: InOut,
    #[command(flatten)]
    settings: SettingsArgs,
}

/// Begins an archive: writes its settings and its items.
pub fn manifest(args: &ManifestArgs, as_json: bool) -> Result<Outcome> {
    let job = progress::job();
    let (opened, source) = (args.places.out.open()?, args.places.source()?);
    let (items, notes) = archive::manifest(&source.source().list(&job)?);
    if items.is_empty() {
        bail!("{} holds no video or sound. Name another place", args.places.from);
    }
    let place = opened.place();
    place.begin(&args.settings.settings()?, &job)?;
    place.set_items(&items, &job)?;
    complain(&notes);
    let bytes: u64 = items.iter().map(|item| item.bytes).sum();
    match as_json {
        true => say(json!({ "archive": place.address(""), "items": items.len(), "bytes": bytes, "notes": notes }))?,
        false => say(format!("{} items, {} MB, in {}", items.len(), bytes / 1_000_000, place.address("manifest.json")))?,
    }
    Ok(Outcome::Done)
}

/// One stage of items.
#[derive(Args)]
pub struct StepArgs {
    /// The stage: import, listen, look, speech, text, drift, annotate or measure; or count, which says how many items are whole.
    stage: String,
    #[command(flatten)]
    places: InOut,
    /// Only the item of this id, or with a media of this name; may be given again.
    #[arg(long = "item")]
    items: Vec<String>,
}

/// The items of these ids or names; all where none is named.
pub fn chosen(place: Place, which: &[String], job: &Job) -> Result<Vec<Item>> {
    let all = place.items(job)?;
    if which.is_empty() {
        return Ok(all);
    }
    let mut items = vec![];
    for name in which {
        match all.iter().find(|item| item.id == *name || item.media() == name) {
            Some(item) => items.push(item.clone()),
            None => bail!("the archive has no item {name}. Its manifest is {}", place.address("manifest.json")),
        }
    }
    Ok(items)
}

/// Does a stage of items: one that fails leaves the others be.
pub fn step(args: &StepArgs, as_json: bool) -> Result<Outcome> {
    let job = progress::job();
    if args.stage == "count" {
        let opened = args.places.out.open()?;
        let items = chosen(opened.place(), &args.items, &job)?;
        let counted = count(opened.place(), &items, &job)?;
        match as_json {
            true => say(&counted)?,
            false => say(format!("{} of {} items are whole", counted["whole"], items.len()))?,
        }
        let missing = counted["missing"].as_u64().unwrap_or(0) as usize;
        return Ok(Outcome::of(items.len() - missing, missing, 0));
    }
    args.places.with_step(|step, _| {
        let items = chosen(step.place, &args.items, &job)?;
        let (mut done, mut before, mut failures) = (0, 0, vec![]);
        for item in &items {
            match step.run(item, &args.stage, &job) {
                Ok(Did::Before) => before += 1,
                Ok(Did::Done | Did::Nothing) => done += 1,
                Err(error) => failures.push(format!("{}: {error}", item.media())),
            }
        }
        match as_json {
            true => say(json!({ "stage": args.stage, "done": done, "before": before, "failures": failures_json(&failures) }))?,
            false => {
                complain(&failures);
                say(format!("{}: {done} done, {before} done before, {} failed", args.stage, failures.len()))?;
            }
        }
        Ok(Outcome::of(done + before, failures.len(), 0))
    })
}

/// The share of items, of a hundred, that may be missing in the end.
const TOLERATED_PERCENT: usize = 5;

/// How many items are whole, and the names of some that are not.
pub fn count(place: Place, items: &[Item], job: &Job) -> Result<Value> {
    let (whole, missing) = place.count(items, job)?;
    let some: Vec<&String> = missing.iter().take(20).collect();
    let tolerated = missing.len() * 100 <= items.len() * TOLERATED_PERCENT;
    Ok(json!({ "items": items.len(), "whole": whole, "missing": missing.len(), "tolerated": tolerated, "some": some }))
}
