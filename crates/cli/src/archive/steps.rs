//! The items of an archive, and one stage of them.

use super::places::InOut;
use super::settings::SettingsArgs;
use crate::report::{complain, failures_json, say};
use crate::{Outcome, progress};
use anyhow::{Result, bail};
use clap::Args;
use plumbline_flows::archive::{self, Did, Item, Place};
use plumbline_pipeline::Job;
use plumbline_pipeline::stages::Part;
use plumbline_worker::{TOLERATED_PERCENT, count};
use serde_json::json;

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
    let place = opened.place();
    let archive::Begun { items, notes } = archive::begin(place, (&args.places.from, source.source()), &args.settings.settings()?, &job)?;
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
    /// Only one share of the stage's pieces, such as 2/8: they are kept for who does the whole stage. Speech and text have pieces.
    #[arg(long, value_name = "NUMBER/OF", value_parser = part)]
    part: Option<Part>,
}

fn part(text: &str) -> Result<Part, String> {
    let numbers = text.split_once('/').and_then(|(number, of)| Some((number.parse::<usize>().ok()?, of.parse::<usize>().ok()?)));
    let part = numbers.filter(|(number, of)| (1..=*of).contains(number)).map(|(number, of)| Part { number: number - 1, of });
    part.ok_or_else(|| format!("{text} is no share: write it like 2/8"))
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

/// What went wrong with an item, which it names; most errors name it themselves.
pub fn of_item(media: &str, why: &str) -> String {
    if why.starts_with(media) { why.to_owned() } else { format!("{media}: {why}") }
}

/// Does a stage of items: one that fails leaves the others be.
pub fn step(args: &StepArgs, as_json: bool) -> Result<Outcome> {
    let job = progress::job();
    args.places.with_step(|step, _| {
        let items = chosen(step.place, &args.items, &job)?;
        if args.stage == "count" {
            let counted = count(step, &items, TOLERATED_PERCENT, &job)?;
            match as_json {
                true => say(&counted)?,
                false => say(format!("{} of {} items are whole", counted["whole"], items.len()))?,
            }
            let missing = counted["missing"].as_u64().unwrap_or(0) as usize;
            return Ok(Outcome::of(items.len() - missing, missing, 0));
        }
        let (mut done, mut before, mut failures) = (0, 0, vec![]);
        for item in &items {
            let did = match args.part {
                Some(part) => step.run_part(item, &args.stage, part, &job).map(|()| Did::Done),
                None => step.run(item, &args.stage, &job),
            };
            match did {
                Ok(Did::Before) => before += 1,
                Ok(Did::Done | Did::Nothing) => done += 1,
                Err(error) => failures.push(of_item(item.media(), &error.to_string())),
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
