//! How many machines an archive takes, what it costs and when it is done.

mod calendar;
mod tell;
mod when;

use crate::Outcome;
use crate::annotate::{OwnModels, read};
use crate::report::{raw, say};
use anyhow::{Result, anyhow, bail};
use clap::Args;
use plumbline_core::models::{Model, Money};
use plumbline_core::plan::{
    Burst, Calls, Fleet, HOUR_MS, Instances, Leg, Limits, Measured, Plan, ScaleStep, Service, Spike, Stage, StageCost, Want, Work, plan,
    schedule, starts, template,
};
use plumbline_core::transcription::{Prices, TranscriptionJob};
use plumbline_flows::archive;
use plumbline_pipeline::graph;
use serde_json::json;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

/// The stage that writes down what is said, and the one that asks models.
const SPEECH: &str = "speech";
const ANNOTATE: &str = "annotate";
/// From asking for a machine until it takes tasks; how often one is lost; tasks that drag on; what a task costs besides. Assumed, not measured.
const STARTUP_MS: u64 = 300_000;
const LOSSES_PER_1000_H: f64 = 1.0;
const STRAGGLERS: f64 = 0.01;
const WORST: f64 = 10.0;
const TASK_OVERHEAD_MS: u64 = 3_000;
const REFUSED: f64 = 0.01;
const TRANSCRIBE_START_MS: u64 = 30_000;
/// An hour of sound at Amazon Transcribe: a fifth of its length.
const TRANSCRIBE_MS_PER_HOUR: u64 = HOUR_MS / 5;
const LATENCY_SPREAD: f64 = 0.5;
/// Runs are fewer where one of them has many tasks, so that a plan is there within seconds.
const MOST_TASKS: u64 = 15_000_000;

/// What is to be planned.
#[derive(Args)]
pub struct Wish {
    /// Hours of video.
    #[arg(long, value_parser = clap::value_parser!(u64).range(0..=10_000_000))]
    hours: u64,
    /// When it shall be done: 2026-11-30T18:00:00Z, a date (its beginning, UTC), or +48h, +3d, +90m after the start.
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    by: String,
    /// When it begins; now where it is not said.
    #[arg(long, value_name = "WHEN")]
    start: Option<String>,
    /// Mean length of an item, in minutes.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    item_minutes: u64,
    /// How far the logarithm of the lengths of items scatters, 0 to 3.
    #[arg(long, default_value_t = 0.5)]
    item_spread: f64,
    /// Share of the items with speech, 0 to 1.
    #[arg(long, default_value_t = 1.0)]
    speech: f64,
    /// Share of the items with pictures, 0 to 1.
    #[arg(long, default_value_t = 1.0)]
    pictures: f64,
    /// What was measured of stages, as JSON; figures that come with Plumbline where a stage is not in it.
    #[arg(long, value_name = "FILE")]
    measured: Option<PathBuf>,
    /// Kinds of instances in place of those that come with Plumbline, as TOML of the same form.
    #[arg(long, value_name = "FILE")]
    instances: Option<PathBuf>,
    /// Only kinds of instances whose names begin with this, such as `ml.`.
    #[arg(long, value_name = "START", default_value = "")]
    kind: String,
    /// Your quota of instances.
    #[arg(long, default_value_t = 20)]
    most_instances: u32,
    /// Memory of a worker process, in MiB.
    #[arg(long, default_value_t = 1_500)]
    worker_memory: u64,
    /// Let Amazon Transcribe write down what is said.
    #[arg(long)]
    cloud: bool,
    /// With --cloud: jobs at once that your quota allows.
    #[arg(long, default_value_t = 250)]
    transcribe_jobs: u32,
    /// A model that is asked, with your quota: ID, or ID=REQUESTS/TOKENS a minute, where either may be `?`. May be given again.
    #[arg(long = "ask", value_name = "MODEL")]
    asked: Vec<String>,
    /// Calls of each model per hour of video.
    #[arg(long, default_value_t = 120)]
    calls_per_hour: u32,
    /// Tokens that a call sends.
    #[arg(long, default_value_t = 6_000)]
    tokens_in: u64,
    /// Tokens that a call may get back, all of which the quota reserves.
    #[arg(long, default_value_t = 1_800)]
    tokens_out: u32,
    /// How long an answer takes on the mean, in ms.
    #[arg(long, default_value_t = 8_000)]
    latency_ms: u64,
    #[command(flatten)]
    own: OwnModels,
    /// A calendar (.ics) of what else will come; may be given again. Hours of video stand in X-PLUMBLINE-HOURS, or as "12 h of video" in title or
    /// description.
    #[arg(long, value_name = "FILE")]
    calendar: Vec<PathBuf>,
    /// Workers of the service for what comes by the calendar that are always there.
    #[arg(long, default_value_t = 0)]
    always: u32,
    /// Print this CloudFormation template with the schedule written into it, such as deploy/template.yaml; events whose X-PLUMBLINE-MEDIA names a folder of a
    /// bucket begin an execution over it when they are over.
    #[arg(long, requires = "calendar", conflicts_with = "json", value_name = "FILE")]
    template: Option<PathBuf>,
    /// Runs of the simulation.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    runs: u32,
    /// Its first seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// What was planned, and from what.
struct Planned {
    hours: u64,
    start_unix_ms: u64,
    by_unix_ms: u64,
    costs: Vec<StageCost>,
    /// Where and when the figures were measured, for people.
    machine: String,
    region: String,
    plan: Plan,
    spikes: Vec<Spike>,
    steps: Vec<ScaleStep>,
}

/// Plans. Where the deadline is not made, that is told and is no error.
pub fn run(wish: &Wish, as_json: bool) -> Result<Outcome> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64);
    let start_unix_ms = wish.start.as_deref().map_or(Ok(now), |start| when::read(start, now))?;
    let by_unix_ms = when::read(&wish.by, start_unix_ms)?;
    if by_unix_ms <= start_unix_ms {
        bail!("{} lies before the start, {}. Name a later time with --by", when::text(by_unix_ms), when::text(start_unix_ms));
    }
    let (measured, machine) = measured(wish)?;
    let (stages, services, costs) = graph_of(wish, &measured)?;
    let spikes = spikes(wish, start_unix_ms, by_unix_ms)?;
    let steps = schedule(&spikes, &stages, &work(wish), wish.always, STARTUP_MS * 4 / 3, start_unix_ms);
    if let Some(path) = &wish.template {
        let written = template(&read(path)?, &steps, wish.always, &starts(&spikes, start_unix_ms));
        raw(written.map_err(|e| anyhow!("{}: {e}", path.display()))?.as_bytes())?;
        return Ok(Outcome::Done);
    }
    let kinds = match &wish.instances {
        Some(path) => Instances::read(&read(path)?)?,
        None => Instances::built_in()?,
    };
    let want = want(wish, (stages, services), &kinds, (&spikes, &steps), (start_unix_ms, by_unix_ms));
    let (hours, plan) = (wish.hours, plan(&want)?);
    let planned = Planned { hours, start_unix_ms, by_unix_ms, costs, machine, region: kinds.region, plan, spikes, steps };
    if as_json {
        say(as_value(&planned))?;
    } else {
        tell::plan(&planned)?;
    }
    Ok(Outcome::Done)
}

fn as_value(of: &Planned) -> serde_json::Value {
    json!({
        "start_unix_ms": of.start_unix_ms, "by_unix_ms": of.by_unix_ms, "measured_on": of.machine, "stage_costs": of.costs, "prices_of": of.region,
        "plan": of.plan, "spikes": of.spikes, "schedule": of.steps
    })
}

fn work(wish: &Wish) -> Work {
    Work {
        video_ms: wish.hours * HOUR_MS,
        item_ms: wish.item_minutes * 60_000,
        item_spread: wish.item_spread,
        with_speech: wish.speech,
        with_pictures: wish.pictures,
    }
}

/// What was measured, and where.
fn measured(wish: &Wish) -> Result<(Measured, String)> {
    let built_in = Measured::built_in()?;
    let place = |of: &Measured, what: &str| match (&of.machine, &of.date) {
        (Some(machine), Some(date)) => format!("{what}, measured on {machine} on {date}"),
        (Some(machine), None) => format!("{what}, measured on {machine}"),
        _ => format!("{what}, which does not say on what machine"),
    };
    let Some(path) = &wish.measured else {
        let machine = place(&built_in, "figures that come with Plumbline");
        return Ok((built_in, machine));
    };
    let mut own = Measured::read(&read(path)?).map_err(|e| anyhow!("{}: {e}", path.display()))?;
    let machine = place(&own, &path.display().to_string());
    let missing: Vec<StageCost> = built_in.stages.into_iter().filter(|cost| own.cost(&cost.stage).is_none()).collect();
    let note = if missing.is_empty() {
        String::new()
    } else {
        format!("; those of Plumbline for {}", missing.iter().map(|cost| cost.stage.as_str()).collect::<Vec<_>>().join(", "))
    };
    own.stages.extend(missing);
    Ok((own, machine + &note))
}

/// The graph with what each stage costs, and the services that stages ask.
fn graph_of(wish: &Wish, measured: &Measured) -> Result<(Vec<Stage>, Vec<Service>, Vec<StageCost>)> {
    let nodes = archive::stages(&archive::Settings::default()).map_err(|why| anyhow!(why))?;
    let mut services: Vec<Service> = wish.asked.iter().map(|named| model_service(wish, named)).collect::<Result<_>>()?;
    let models: Vec<usize> = (0..services.len()).collect();
    let transcribe = wish.cloud.then_some(services.len());
    if wish.cloud {
        services.push(transcribe_service(wish)?);
    }
    let (mut stages, mut costs) = (Vec::new(), Vec::new());
    for node in &nodes {
        // Who asks no model has nothing to annotate with.
        let idle = (node.name == SPEECH && wish.cloud) || (node.name == ANNOTATE && wish.asked.is_empty());
        let cost = measured
            .cost(node.name)
            .ok_or_else(|| anyhow!("nothing was measured of the stage {}. Name it in the file of --measured", node.name))?;
        let before = node.needs.iter().chain(node.after);
        stages.push(Stage {
            name: node.name.to_owned(),
            leg: match node.leg {
                graph::Leg::Sound => Leg::Sound,
                graph::Leg::Picture => Leg::Picture,
                graph::Leg::Both => Leg::Both,
            },
            after: before.filter_map(|name| nodes.iter().position(|other| other.name == *name)).collect(),
            wall_ms_per_hour: if idle { 0 } else { cost.wall_ms_per_hour },
            cores: cost.cores,
            spread: cost.spread,
            services: match node.name {
                SPEECH => transcribe.into_iter().collect(),
                ANNOTATE => models.clone(),
                _ => vec![],
            },
        });
        if !idle {
            costs.push(cost);
        }
    }
    Ok((stages, services, costs))
}

/// A model as it was named: `ID` or `ID=REQUESTS/TOKENS`.
fn model_service(wish: &Wish, named: &str) -> Result<Service> {
    let (id, quota) = named.split_once('=').map_or((named, None), |(id, quota)| (id, Some(quota)));
    let model: Model = wish.own.model(id)?;
    let known = model.quota;
    let (requests, tokens) = match quota {
        None => (known.requests_per_minute.map(u64::from), known.tokens_per_minute.map(u64::from)),
        Some(quota) => quota_of(quota).ok_or_else(|| {
            anyhow!("'{named}': write the quota as {id}=REQUESTS/TOKENS a minute, such as {id}=1000/2000000 or {id}=?/2000000")
        })?,
    };
    // What is not known to cost anything is not priced; the text says so.
    let cost_per_call = model.price.map_or(Money::default(), |price| price.of(wish.tokens_in, u64::from(wish.tokens_out), 0, 0));
    Ok(Service {
        name: id.to_owned(),
        calls: Calls::PerHour(wish.calls_per_hour),
        tokens: wish.tokens_in + u64::from(wish.tokens_out),
        latency_ms: wish.latency_ms,
        latency_ms_per_hour: 0,
        spread: LATENCY_SPREAD,
        requests_per_minute: requests,
        tokens_per_minute: tokens,
        most_at_once: None,
        cost_per_call,
        cost_per_hour: Money::default(),
    })
}

/// `1000/2000000`, where a part that is `?` is not known.
fn quota_of(text: &str) -> Option<(Option<u64>, Option<u64>)> {
    let part = |text: &str| if text == "?" { Some(None) } else { text.parse::<u64>().ok().map(Some) };
    let (requests, tokens) = text.split_once('/')?;
    Some((part(requests)?, part(tokens)?))
}

fn transcribe_service(wish: &Wish) -> Result<Service> {
    let prices = Prices::built_in().map_err(|e| anyhow!("the prices of Amazon Transcribe can't be read: {e}"))?;
    Ok(Service {
        name: "Amazon Transcribe".into(),
        calls: Calls::PerItem,
        tokens: 0,
        latency_ms: TRANSCRIBE_START_MS,
        latency_ms_per_hour: TRANSCRIBE_MS_PER_HOUR,
        spread: LATENCY_SPREAD,
        requests_per_minute: None,
        tokens_per_minute: None,
        most_at_once: Some(wish.transcribe_jobs),
        cost_per_call: Money::default(),
        cost_per_hour: prices.cost(&TranscriptionJob::in_language("en-US"), HOUR_MS * 1_000, "us-east-1"),
    })
}

/// What calendars tell of the time until the deadline.
fn spikes(wish: &Wish, from_unix_ms: u64, to_unix_ms: u64) -> Result<Vec<Spike>> {
    let mut all = Vec::new();
    for path in &wish.calendar {
        let found = calendar::spikes(&path.display().to_string(), &read(path)?, from_unix_ms, to_unix_ms)?;
        if found.without_hours > 0 {
            eprintln!("plumbline: {}: {} events name no hours of video and were left out", path.display(), found.without_hours);
        }
        all.extend(found.spikes);
    }
    all.sort_by_key(|spike| spike.from_unix_ms);
    Ok(all)
}

fn want(
    wish: &Wish,
    (stages, services): (Vec<Stage>, Vec<Service>),
    kinds: &Instances,
    (spikes, steps): (&[Spike], &[ScaleStep]),
    (start_unix_ms, by_unix_ms): (u64, u64),
) -> Want {
    let work = work(wish);
    let tasks = work.items().max(1) * stages.len() as u64;
    let since = |unix_ms: u64| unix_ms.saturating_sub(start_unix_ms);
    let burst = |spike: &Spike| Burst { from_ms: since(spike.from_unix_ms), to_ms: since(spike.to_unix_ms), video_ms: spike.video_ms };
    Want {
        work,
        deadline_ms: by_unix_ms - start_unix_ms,
        stages,
        services,
        bursts: spikes.iter().map(burst).collect(),
        besides: steps.iter().map(|step| (since(step.at_unix_ms), step.workers)).collect(),
        limits: Limits {
            kinds: kinds.instance.iter().filter(|kind| kind.name.starts_with(&wish.kind)).cloned().collect(),
            instances: wish.most_instances,
            worker_memory_mib: wish.worker_memory,
        },
        fleet: Fleet {
            instances: 0,
            processes: 0,
            startup_ms: STARTUP_MS,
            losses_per_1000_h: LOSSES_PER_1000_H,
            stragglers: STRAGGLERS,
            worst: WORST,
            overhead_ms: 0,
            steps: vec![],
        },
        task_overhead_ms: TASK_OVERHEAD_MS,
        refused: REFUSED,
        runs: wish.runs.min(u32::try_from(MOST_TASKS / tasks).unwrap_or(u32::MAX).max(20)),
        seed: wish.seed,
        threads: std::thread::available_parallelism().map_or(1, usize::from),
    }
}
