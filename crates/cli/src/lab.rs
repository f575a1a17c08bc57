//! The prompt lab on the command line: versions, clip sets, runs, and decisions that a CI can ask for.

mod report;

use crate::account::{AccountArgs, dollars};
use crate::annotate::{OwnModels, read, way};
use crate::projects::with_desk;
use crate::report::{complain, failures_json, raw, say};
use crate::{Outcome, progress};
use anyhow::{Result, anyhow, bail};
use clap::{Args, Subcommand};
use plumbline_adapters::RecordedModels;
use plumbline_core::gate::GateId;
use plumbline_core::lab::{Clip, ClipSet, PromptVersion, RunPlan, Variant};
use plumbline_core::models::{Model, Money, Registry};
use plumbline_flows::Desk;
use plumbline_flows::export::write_whole;
use plumbline_flows::lab::view::{ClipFilter, CompareView, GridView, RunEstimate, SetWish};
use plumbline_flows::lab::{self as flow, Asker};
use plumbline_pipeline::Runs;
use plumbline_pipeline::calls::{Caller, RealClock};
use plumbline_pipeline::limiter::{Gate, Limits};
use plumbline_pipeline::models::Models;
use plumbline_project::{KeptRun, MediaId};
use plumbline_runs::RunFile;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// What to do in the lab.
#[derive(Subcommand)]
pub enum Lab {
    /// Tell which versions, clip sets and runs there are.
    List(Where),
    /// Keep versions of prompts from files; the next count of their name where that is taken.
    Keep {
        #[command(flatten)]
        at: Where,
        /// The files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Print a version as a file.
    Show {
        #[command(flatten)]
        at: Where,
        /// The version: `describe@2`, or `describe` for the newest.
        version: String,
    },
    /// Tell what differs between two versions.
    Diff {
        #[command(flatten)]
        at: Where,
        /// The one.
        before: String,
        /// The other.
        after: String,
    },
    /// Choose clips and keep them as a set, with the truth as it stands.
    Clips(Clips),
    /// Ask variants about the clips of a set; goes on with a run of the same name that was stopped.
    Run(Box<RunWish>),
    /// Tell how the variants of a run did.
    Score {
        #[command(flatten)]
        made: Made,
        /// Write a report beside: JUnit where it ends in .xml, else Markdown.
        #[arg(long, value_name = "FILE")]
        report: Option<PathBuf>,
    },
    /// Hold a variant against a baseline. The exit code is 5 where it is surely worse.
    Compare {
        #[command(flatten)]
        made: Made,
        /// The variant, counted from 1 as `score` tells them.
        #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..))]
        candidate: u32,
        /// Write a report beside: JUnit where it ends in .xml, else Markdown.
        #[arg(long, value_name = "FILE")]
        report: Option<PathBuf>,
    },
    /// Have a task done with a variant from now on.
    Promote {
        #[command(flatten)]
        made: Made,
        /// The variant, counted from 1.
        #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..))]
        candidate: u32,
        /// Why, where the numbers do not carry it.
        #[arg(long, default_value = "")]
        reason: String,
    },
}

/// Which project, and how it is told.
#[derive(Args)]
pub struct Where {
    /// The project.
    project: PathBuf,
    #[command(flatten)]
    output: crate::Output,
}

/// Which run.
#[derive(Args)]
pub struct Made {
    #[command(flatten)]
    at: Where,
    /// The run, by its name or id; the newest where none is named.
    run: Option<String>,
    /// The variant that the others are held against, counted from 1.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    baseline: u32,
}

/// Which clips.
#[derive(Args)]
pub struct Clips {
    #[command(flatten)]
    at: Where,
    /// What the set is called.
    #[arg(long)]
    name: String,
    /// How long a clip is, in seconds.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    length_s: u32,
    /// So many at most.
    #[arg(long, default_value_t = 40)]
    count: u32,
    /// What clips and those that are held out are drawn with.
    #[arg(long, default_value = "1")]
    seed: String,
    /// Share of the media that is held out, 0 to 1.
    #[arg(long, default_value_t = 0.25)]
    holdout: f64,
    /// Only media with this file name or id; may be given again.
    #[arg(long)]
    media: Vec<String>,
    /// Also clips that nobody stands by: they are looked at and not scored.
    #[arg(long)]
    unreviewed: bool,
    /// Only where this gate flagged something.
    #[arg(long)]
    gate: Option<String>,
    /// Only where this was decided: open, confirmed, false_alarm or unsure.
    #[arg(long)]
    decided: Option<String>,
    /// Only where this speaker speaks.
    #[arg(long)]
    speaker: Option<String>,
    /// Labels that count; may be given again; all where none is.
    #[arg(long)]
    label: Vec<String>,
    /// A remark.
    #[arg(long, default_value = "")]
    note: String,
    /// Only list the clips.
    #[arg(long)]
    dry_run: bool,
}

/// What is run.
#[derive(Args)]
pub struct RunWish {
    #[command(flatten)]
    at: Where,
    /// The clip set, by its name or id; the newest of that name.
    #[arg(long)]
    clips: String,
    /// A version and a model, such as describe@2=us.amazon.nova-lite-v1:0; with a temperature, =0.2 behind it after a comma. May be given again; the first is
    /// the baseline. The version's own model where none is named.
    #[arg(long = "variant", required = true, value_name = "VERSION[=MODEL[,T]]")]
    variants: Vec<String>,
    /// How often each is asked about each clip.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=20))]
    repeats: u32,
    /// What the run is called; made of its set and versions where it is not said.
    #[arg(long)]
    name: Option<String>,
    /// The question, where the task answers one.
    #[arg(long, default_value = "")]
    question: String,
    /// A JSON schema of the records, where the task extracts some.
    #[arg(long, value_name = "FILE")]
    schema: Option<PathBuf>,
    /// Only say what it comes to, and what it could show.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    own: OwnModels,
    /// So many requests at once.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=256))]
    at_once: u32,
    /// All calls of the project cost so many US dollars at most: it stops before.
    #[arg(long, value_name = "USD", value_parser = dollars)]
    cap: Option<Money>,
    /// Take answers from this folder, where --record put them, in place of a service.
    #[arg(long, value_name = "FOLDER", conflicts_with = "record")]
    answers: Option<PathBuf>,
    /// Keep all answers in this folder, to say them again.
    #[arg(long, value_name = "FOLDER")]
    record: Option<PathBuf>,
    #[command(flatten)]
    account: AccountArgs,
}

/// Does it.
pub fn lab(what: &Lab) -> Result<Outcome> {
    match what {
        Lab::List(at) => list(at),
        Lab::Keep { at, files } => keep(at, files),
        Lab::Show { at, version } => with_desk(&at.project, |desk| {
            raw(flow::file_text(&desk.project(), version)?.as_bytes())?;
            Ok(Outcome::Done)
        }),
        Lab::Diff { at, before, after } => diff(at, before, after),
        Lab::Clips(wish) => clips(wish),
        Lab::Run(wish) => run(wish),
        Lab::Score { made, report } => score(made, report.as_deref()),
        Lab::Compare { made, candidate, report } => compare(made, *candidate - 1, report.as_deref()),
        Lab::Promote { made, candidate, reason } => promote(made, *candidate - 1, reason),
    }
}

fn list(at: &Where) -> Result<Outcome> {
    with_desk(&at.project, |desk| {
        let view = flow::lab(&desk.project(), &Registry::read(None)?)?;
        if at.output.json {
            say(json!(view))?;
            return Ok(Outcome::Done);
        }
        for v in &view.versions {
            let more = [(v.promoted, "promoted"), (v.examples > 0, "with examples")];
            let more: Vec<&str> = more.iter().filter(|(is, _)| *is).map(|(_, what)| *what).collect();
            say(format!("version {} {} {}", v.label, more.join(", "), v.note).trim_end())?;
        }
        for s in &view.sets {
            let outdated = if s.outdated { "; its truth changed since" } else { "" };
            say(format!(
                "clips {}: {} of {} media, {} held out, {} annotations{outdated}",
                s.set.name, s.clips, s.media, s.holdout, s.truths
            ))?;
        }
        for r in &view.runs {
            say(format!("run {}: {}, {} of {} tries", r.name, r.variants.join(" against "), r.tries, r.of))?;
        }
        Ok(Outcome::Done)
    })
}

fn keep(at: &Where, files: &[PathBuf]) -> Result<Outcome> {
    with_desk(&at.project, |desk| {
        let mut kept = vec![];
        for path in files {
            let text = read(path)?;
            let id = flow::keep(desk, PromptVersion::read(&path.display().to_string(), &text)?)?;
            let label = flow::version(&desk.project(), &id)?.1.label();
            kept.push(json!({ "id": id, "version": label }));
        }
        if at.output.json {
            say(json!(kept))?;
        } else {
            kept.iter().try_for_each(|row| say(format!("kept {}", row["version"].as_str().unwrap_or_default())))?;
        }
        Ok(Outcome::Done)
    })
}

fn diff(at: &Where, before: &str, after: &str) -> Result<Outcome> {
    with_desk(&at.project, |desk| {
        let parts = {
            let project = desk.project();
            flow::diff(&flow::version(&project, before)?.1, &flow::version(&project, after)?.1)
        };
        if at.output.json {
            say(json!(parts))?;
            return Ok(Outcome::Done);
        }
        for part in &parts {
            say(format!("@@ {}", part.part))?;
            let mark = |side: i8| {
                if side < 0 {
                    '-'
                } else if side > 0 {
                    '+'
                } else {
                    ' '
                }
            };
            part.lines.iter().try_for_each(|line| say(format!("{}{}", mark(line.side), line.text)))?;
        }
        Ok(Outcome::Done)
    })
}

fn clips(wish: &Clips) -> Result<Outcome> {
    let gate = |name: &String| GateId::parse(name).ok_or_else(|| anyhow!("there is no gate {name}. docs/gates.md names them"));
    with_desk(&wish.at.project, |desk| {
        let media: Vec<String> = crate::projects::chosen(desk, &wish.media)?.into_iter().map(|MediaId(id)| id).collect();
        let filter = ClipFilter {
            media: if wish.media.is_empty() { vec![] } else { media },
            reviewed: !wish.unreviewed,
            gate: wish.gate.as_ref().map(gate).transpose()?,
            decided: wish.decided.clone(),
            speaker: wish.speaker.clone(),
            label: None,
            length_us: i64::from(wish.length_s) * 1_000_000,
            count: wish.count,
            seed: wish.seed.clone(),
        };
        let found = flow::candidates(desk, &filter)?;
        if found.rows.is_empty() {
            bail!("no stretch of the project fits. Review media first (Finish says that one is done), or take --unreviewed");
        }
        if wish.dry_run {
            if wish.at.output.json {
                say(json!(found))?;
            } else {
                let time = |us: i64| plumbline_core::MediaTime::from_us(us).to_string();
                found.rows.iter().try_for_each(|r| say(format!("{} {} to {}: {}", r.name, time(r.start_us), time(r.end_us), r.said)))?;
            }
            return Ok(Outcome::Done);
        }
        let us = plumbline_core::MediaTime::from_us;
        let clip = |r: &flow::view::CandidateRow| Clip { media: r.media.clone(), start: us(r.start_us), end: us(r.end_us), holdout: false };
        let chosen = format!("{} of {} stretches of {} s, drawn with the seed {}.", found.rows.len(), found.of, wish.length_s, wish.seed);
        let set = ClipSet {
            name: wish.name.clone(),
            clips: found.rows.iter().map(clip).collect(),
            labels: wish.label.clone(),
            chosen,
            note: wish.note.clone(),
        };
        let id = flow::keep_set(desk, SetWish { set, holdout: wish.holdout, seed: wish.seed.clone() })?;
        let kept = desk.project().clip_set(&id)?;
        let held = kept.set.clips.iter().filter(|c| c.holdout).count();
        if wish.at.output.json {
            say(json!({ "id": id, "clips": kept.set.clips.len(), "holdout": held, "truths": kept.truths, "truth": kept.position }))?;
        } else {
            say(format!("kept {}: {} clips, {held} of them held out, {} annotations", wish.name, kept.set.clips.len(), kept.truths))?;
        }
        Ok(Outcome::Done)
    })
}

impl RunWish {
    fn variant(&self, text: &str, desk: &Desk<'_>) -> Result<Variant> {
        let (name, rest) = text.split_once('=').map_or((text, None), |(name, rest)| (name, Some(rest)));
        let (id, version) = flow::version(&desk.project(), name)?;
        let (model, temperature) = match rest.map(|rest| rest.rsplit_once(',').map_or((rest, None), |(model, t)| (model, Some(t)))) {
            Some((model, t)) => (Some(model.to_owned()), t),
            None => (version.model.clone(), None),
        };
        let model = model.ok_or_else(|| anyhow!("{name} names no model. Write it like {name}=MODEL"))?;
        let temperature =
            temperature.map(|t| t.parse::<f32>().map_err(|_| anyhow!("{t} is no temperature: write it like 0.2"))).transpose()?;
        Ok(Variant { version: id, model, temperature })
    }

    fn plan(&self, desk: &Desk<'_>) -> Result<RunPlan> {
        let sets = desk.project().clip_sets()?;
        let set = sets.iter().find(|set| set.id == self.clips || set.set.name == self.clips);
        let names = || sets.iter().map(|set| set.set.name.as_str()).collect::<Vec<_>>().join(", ");
        let set = set.ok_or_else(|| anyhow!("there is no clip set {}. There are: {}", self.clips, names()))?;
        let variants = self.variants.iter().map(|text| self.variant(text, desk)).collect::<Result<Vec<_>>>()?;
        let schema = self.schema.as_deref().map(read).transpose()?.unwrap_or_default();
        let name = self.name.clone().unwrap_or_else(|| format!("{}: {}", set.set.name, self.variants.join(" against ")));
        Ok(RunPlan { name, set: set.id.clone(), variants, repeats: self.repeats, question: self.question.clone(), schema })
    }

    fn models(&self, plan: &RunPlan) -> Result<Vec<Model>> {
        let mut ids: Vec<&String> = plan.variants.iter().map(|v| &v.model).collect();
        ids.sort_unstable();
        ids.dedup();
        let model = |id: &String| {
            let model = self.own.model(id)?;
            match (&model.price, self.cap) {
                (None, Some(_)) => bail!("the price of {id} is not known, so no cap can hold. Add it with its price (--models)"),
                _ => Ok(model),
            }
        };
        ids.into_iter().map(model).collect()
    }

    /// The way to a model.
    fn way(&self, model: &Model) -> Result<Box<dyn Models>> {
        match &self.answers {
            Some(folder) => Ok(Box::new(RecordedModels::replay(folder))),
            None => way(model, &self.account, self.record.as_deref()),
        }
    }
}

fn run(wish: &RunWish) -> Result<Outcome> {
    let runs = RunFile::beside(&wish.at.project)?;
    with_desk(&wish.at.project, |desk| {
        let plan = wish.plan(desk)?;
        let models = wish.models(&plan)?;
        let known = |id: &str| models.iter().find(|model| model.id == id);
        let estimate = flow::estimate_run(desk, &plan, &known, &runs, &progress::job())?;
        if wish.dry_run {
            return told(&estimate, &plan, wish.at.output.json);
        }
        let earlier = desk.project().runs()?.into_iter().find(|run| run.plan == plan && run.tries < run.of);
        let (id, _) = flow::begin(desk, plan.clone(), earlier.map(|run| run.id), &known)?;
        let ways = models.iter().map(|model| wish.way(model)).collect::<Result<Vec<_>>>()?;
        let gates: Vec<Gate> = models.iter().map(|model| Gate::new(Limits::of(model, wish.at_once))).collect();
        let clock = RealClock::default();
        let callers: Vec<Caller> =
            ways.iter().zip(&gates).map(|(way, gate)| Caller::new(way.as_ref(), &runs, gate, wish.cap, &clock)).collect();
        let asker = |(model, caller)| Asker { model, caller, at_once: wish.at_once as usize };
        let askers: Vec<Asker> = models.iter().zip(&callers).map(asker).collect();
        let paid = flow::run(desk, &id, &plan, &askers, &progress::job())?;
        let grid = flow::grid(desk, &id, 0)?;
        let unanswered: u32 = grid.variants.iter().map(|v| v.unanswered).sum();
        if wish.at.output.json {
            let spent = runs.spent()?;
            say(json!({
                "run": id, "name": plan.name, "tries": estimate.tries, "kept": grid.kept, "calls": grid.calls, "paid_nano_usd": paid.nano_usd(),
                "spent_nano_usd": spent.cost.nano_usd(), "unanswered": unanswered, "failures": failures_json(&estimate.failures)
            }))?;
        } else {
            complain(&estimate.failures);
            say(format!(
                "{}: {} tries; {} of {} answers were kept from before; paid {paid}",
                plan.name, estimate.tries, grid.kept, grid.calls
            ))?;
            report::heads(&grid)?;
        }
        Ok(Outcome::of(1, (unanswered > 0).into(), 0))
    })
}

fn told(estimate: &RunEstimate, plan: &RunPlan, as_json: bool) -> Result<Outcome> {
    if as_json {
        say(json!({ "plan": plan, "estimate": estimate }))?;
    } else {
        let money = estimate.at_most.map_or("at a price that is not known".to_owned(), |money| format!("for {money} at most"));
        say(format!(
            "{}: {} tries, {} calls, {} of them kept from before, {money}",
            plan.name, estimate.tries, estimate.calls, estimate.kept
        ))?;
        say(&estimate.power)?;
        complain(&estimate.failures);
    }
    Ok(Outcome::of(1, estimate.failures.len(), 0))
}

impl Made {
    fn find(&self, desk: &Desk<'_>) -> Result<KeptRun> {
        let runs = desk.project().runs()?;
        let found = match &self.run {
            Some(name) => runs.iter().find(|run| run.id == *name || run.plan.name == *name),
            None => runs.first(),
        };
        let names = || runs.iter().map(|run| run.plan.name.as_str()).collect::<Vec<_>>().join("; ");
        found.cloned().ok_or_else(|| match &self.run {
            Some(name) => anyhow!("there is no run {name}. There are: {}", names()),
            None => anyhow!("nothing was run yet. `plumbline lab run` does"),
        })
    }
}

fn score(made: &Made, report: Option<&Path>) -> Result<Outcome> {
    with_desk(&made.at.project, |desk| {
        let run = made.find(desk)?;
        let grid = flow::grid(desk, &run.id, made.baseline - 1)?;
        if let Some(path) = report {
            write(path, &if is_xml(path) { report::grid_junit(&grid) } else { report::grid_markdown(&grid) })?;
        }
        if made.at.output.json {
            say(json!(grid))?;
        } else {
            report::heads(&grid)?;
        }
        Ok(Outcome::Done)
    })
}

fn is_xml(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("xml"))
}

fn write(path: &Path, text: &str) -> Result<()> {
    write_whole(path, text.as_bytes()).map_err(|e| anyhow!("{} can't be written: {e}", path.display()))
}

/// Whether the candidate is worse for sure: its whole interval is below the baseline, or a slice that must not fall did.
fn is_regression(told: &CompareView) -> bool {
    told.difference.is_some_and(|d| d.upper < 0.0) || told.slices.iter().any(|slice| slice.fell)
}

fn compare(made: &Made, candidate: u32, report: Option<&Path>) -> Result<Outcome> {
    with_desk(&made.at.project, |desk| {
        let run = made.find(desk)?;
        let told = flow::compare(desk, &run.id, made.baseline - 1, candidate)?;
        let grid: GridView = flow::grid(desk, &run.id, made.baseline - 1)?;
        if let Some(path) = report {
            write(path, &if is_xml(path) { report::compare_junit(&grid, &told) } else { report::compare_markdown(&grid, &told) })?;
        }
        let regressed = is_regression(&told);
        if made.at.output.json {
            say(json!({ "run": run.id, "regressed": regressed, "comparison": told }))?;
        } else {
            raw(report::compare_markdown(&grid, &told).as_bytes())?;
        }
        Ok(if regressed { Outcome::Regressed } else { Outcome::Done })
    })
}

fn promote(made: &Made, candidate: u32, reason: &str) -> Result<Outcome> {
    with_desk(&made.at.project, |desk| {
        let run = made.find(desk)?;
        let told = flow::compare(desk, &run.id, made.baseline - 1, candidate)?;
        flow::promote(desk, &run.id, made.baseline - 1, candidate, reason)?;
        let variant = run.plan.variants.get(candidate as usize);
        let label = match variant {
            Some(variant) => flow::version(&desk.project(), &variant.version)?.1.label(),
            None => String::new(),
        };
        if made.at.output.json {
            let gates: Vec<Value> = told.gates.iter().map(|gate| json!(gate)).collect();
            say(json!({ "promoted": label, "variant": variant, "carried": told.promote, "reasons": told.reasons, "gates": gates }))?;
        } else {
            say(format!("promoted {label}. {}", told.reasons.join(" ")))?;
            let gates: Vec<String> = told.gates.iter().map(|gate| gate.name().to_owned()).collect();
            if !gates.is_empty() {
                say(format!("the promises of these gates end: {}", gates.join(", ")))?;
            }
        }
        Ok(Outcome::Done)
    })
}
