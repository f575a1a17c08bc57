//! All items of an archive on this machine.

use super::places::InOut;
use super::settings::SettingsArgs;
use super::steps::{chosen, of_item};
use crate::report::{complain, failures_json, say};
use crate::{Outcome, progress};
use anyhow::Result;
use plumbline_adapters::MachineLoad;
use plumbline_flows::archive::{self, Whole};
use plumbline_pipeline::width::Width;
use serde_json::{Value, json};

/// What `run` was told.
pub struct Run {
    pub places: InOut,
    pub settings: SettingsArgs,
    /// So many stages at once; as many as the machine bears where it is not said.
    pub at_once: Option<usize>,
    pub json: bool,
}

/// Takes all items through all stages on this machine. The archive is begun where it has not.
pub fn run(run: &Run) -> Result<Outcome> {
    let job = progress::job();
    {
        let (opened, source) = (run.places.out.open()?, run.places.source()?);
        let place = opened.place();
        if place.settings(&job)?.is_none() {
            let begun = archive::begin(place, (&run.places.from, source.source()), &run.settings.settings()?, &job)?;
            complain(&begun.notes);
        }
    }
    run.places.with_step(|step, runs| {
        let items = chosen(step.place, &[], &job)?;
        let load = MachineLoad::default();
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let width = run.at_once.map_or_else(|| Width::of_cores(cores), Width::fixed);
        let whole = archive::run(step, &items, width, &|| load.read(), runs, &job);
        tell(&whole, items.len(), run.json)?;
        Ok(Outcome::of(whole.whole, items.len() - whole.whole, 0))
    })
}

fn tell(whole: &Whole, items: usize, as_json: bool) -> Result<()> {
    let lost: Vec<String> = whole.lost.iter().map(|(name, stage, why)| format!("{stage} of {}", of_item(name, why))).collect();
    if as_json {
        return say(json!({
            "items": items, "whole": whole.whole, "steps_done_before": whole.before, "stages": took(whole), "widest": whole.widest,
            "ended": whole.ended, "failures": failures_json(&lost)
        }));
    }
    complain(&lost);
    whole.ended.iter().for_each(|why| eprintln!("plumbline: the run ended before its time: {why}"));
    say(format!("{} of {items} items are whole; {} steps had been done before", whole.whole, whole.before))
}

/// What each stage took.
fn took(whole: &Whole) -> Vec<Value> {
    whole.took.iter().map(|(stage, took)| json!({ "stage": stage, "times": took.times, "wall_us": took.wall_us })).collect()
}
