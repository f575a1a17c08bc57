//! What is known of models and prompts, and what calls cost so far.

use crate::Outcome;
use crate::annotate::{OwnModels, task};
use crate::projects::with_desk;
use crate::report::{raw, say};
use anyhow::{Result, anyhow};
use clap::Subcommand;
use plumbline_core::models::{Measured, Need, Registry, Task, choose};
use plumbline_core::prompt::Prompt;
use plumbline_flows::lab;
use plumbline_pipeline::Runs;
use plumbline_pipeline::runs::Call;
use plumbline_runs::RunFile;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// What to say of models.
#[derive(Subcommand)]
pub enum About {
    /// List the models that are known, with what they cost.
    List {
        #[command(flatten)]
        own: OwnModels,
        /// Print the registry that comes with Plumbline, as a file to start your own from.
        #[arg(long)]
        registry: bool,
        #[command(flatten)]
        output: crate::Output,
    },
    /// Rank models for a task, with reasons.
    Choose {
        /// The task: describe, text, answer, summarise, moderate or extract.
        #[arg(long, value_parser = task)]
        task: Task,
        /// Width and height of the pictures.
        #[arg(long, value_parser = size, default_value = "1280x720", value_name = "WxH")]
        size: (u32, u32),
        /// Documents go along.
        #[arg(long)]
        documents: bool,
        /// What was measured of models: a JSON list of {model, task, quality, latency_ms, cost, windows}, the cost in billionths of a dollar.
        #[arg(long, value_name = "FILE")]
        measured: Option<PathBuf>,
        /// Take what the runs of this project's lab say of models, too.
        #[arg(long, value_name = "FILE")]
        project: Option<PathBuf>,
        #[command(flatten)]
        own: OwnModels,
        #[command(flatten)]
        output: crate::Output,
    },
}

/// What to say of prompts.
#[derive(Subcommand)]
pub enum Prompts {
    /// List the prompts that come with Plumbline.
    List,
    /// Print one, as a file to start your own from.
    Show {
        /// The task that it is for.
        #[arg(value_parser = task)]
        task: Task,
    },
}

fn size(text: &str) -> Result<(u32, u32), String> {
    let read = || Some(text.split_once('x')?).and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
    read().filter(|(w, h)| *w > 0 && *h > 0).ok_or_else(|| format!("{text} is no size; write it like 1280x720"))
}

/// Tells of models.
pub fn models(about: &About) -> Result<Outcome> {
    match about {
        About::List { registry: true, .. } => raw(Registry::built_in().as_bytes())?,
        About::List { own, output, .. } => list(&own.registry()?, output.json)?,
        About::Choose { task, size, documents, measured, project, own, output } => {
            let need = Need { documents: *documents, ..Need::usual(*task, *size) };
            let mut measured = measured.as_deref().map(read_measured).transpose()?.unwrap_or_default();
            if let Some(project) = project {
                measured.extend(with_desk(project, |desk| Ok(lab::measured(desk, *task)?))?);
            }
            rank(&own.registry()?, &need, &measured, output.json)?;
        }
    }
    Ok(Outcome::Done)
}

fn read_measured(path: &Path) -> Result<Vec<Measured>> {
    let text = std::fs::read_to_string(path).map_err(|e| anyhow!("{} can't be read: {e}. Check the path", path.display()))?;
    serde_json::from_str(&text).map_err(|e| anyhow!("{}: {e}. It must be a list of what was measured", path.display()))
}

fn list(registry: &Registry, as_json: bool) -> Result<()> {
    if as_json {
        return say(json!(registry.models().collect::<Vec<_>>()));
    }
    for model in registry.models() {
        let price = model.price.map_or("price not known".to_owned(), |p| format!("{} in, {} out a million tokens", p.input, p.output));
        let takes = [(model.pictures, "pictures"), (model.documents, "documents"), (model.video, "video")];
        let takes: Vec<&str> = takes.into_iter().filter(|(yes, _)| *yes).map(|(_, what)| what).collect();
        say(format!("{}: {}, {}; takes text {}", model.called(), model.name, price, takes.join(" ")))?;
    }
    Ok(())
}

fn rank(registry: &Registry, need: &Need, measured: &[Measured], as_json: bool) -> Result<()> {
    let ranked = choose(registry, need, measured);
    if as_json {
        return say(json!(ranked));
    }
    for (n, choice) in ranked.iter().enumerate() {
        let place = if choice.against.is_empty() { format!("{}.", n + 1) } else { "no:".to_owned() };
        say(format!("{place} {} ({})", choice.name, choice.id))?;
        choice.against.iter().chain(&choice.reasons).try_for_each(|why| say(format!("   {why}")))?;
    }
    Ok(())
}

/// Tells of prompts.
pub fn prompts(what: &Prompts) -> Result<Outcome> {
    match what {
        Prompts::List => {
            for task in Task::ALL {
                let prompt = Prompt::built_in(task)?;
                say(format!("{}: {}", prompt.id(), prompt.about))?;
            }
        }
        Prompts::Show { task } => raw(Prompt::built_in_text(*task).as_bytes())?,
    }
    Ok(Outcome::Done)
}

/// Tells what calls cost: the newest first.
pub fn ledger(project: &Path, count: usize, as_json: bool) -> Result<Outcome> {
    let runs = RunFile::beside(project)?;
    let (spent, calls) = (runs.spent()?, runs.calls(None, count)?);
    if as_json {
        let spent = json!({ "cost_nano_usd": spent.cost.nano_usd(), "held_nano_usd": spent.held.nano_usd(), "done": spent.done, "failed": spent.failed });
        say(json!({ "spent": spent, "calls": calls.iter().map(call_json).collect::<Vec<_>>() }))?;
        return Ok(Outcome::Done);
    }
    for call in &calls {
        let error = call.error.as_ref().map(|e| format!(": {e}")).unwrap_or_default();
        let usage = call.usage;
        say(format!(
            "{} {} {} for {} ({} tokens there, {} back, {} ms): {:?}{error}",
            call.cost,
            call.what,
            call.task,
            call.media,
            usage.input + usage.cache_read + usage.cache_write,
            usage.output,
            call.latency_ms,
            call.state
        ))?;
    }
    say(format!("spent {}, held back {}; {} calls answered, {} not", spent.cost, spent.held, spent.done, spent.failed))?;
    Ok(Outcome::Done)
}

fn call_json(call: &Call) -> Value {
    json!({
        "id": call.id, "began_us": call.began_us, "service": call.service, "what": call.what, "task": call.task, "media": call.media,
        "state": call.state, "usage": call.usage, "latency_ms": call.latency_ms, "cost_nano_usd": call.cost.nano_usd(), "error": call.error
    })
}
