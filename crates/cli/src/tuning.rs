//! Thresholds: how far they can be loosened, and their versions.

use crate::report::say;
use crate::{Outcome, Output};
use anyhow::{Result, anyhow};
use clap::Subcommand;
use plumbline_core::gate::{GATES, Gate, GateId};
use plumbline_flows::{reviewer, tuning};
use plumbline_project::views::{LimitChange, Proposal, VersionRow};
use plumbline_project::{Op, Project};
use serde_json::json;
use std::path::{Path, PathBuf};

/// What `tune` is to do.
pub enum Wish {
    /// Only say it.
    Propose,
    /// Put it in force.
    Activate {
        /// Only if it is still the proposal with this digest.
        digest: Option<String>,
    },
    /// Begin to draw units.
    Begin {
        /// Chance of a unit.
        pi: Option<f64>,
        /// Units that count of a media.
        cap: Option<u32>,
    },
    /// End the checks.
    End,
}

/// What to do about versions.
#[derive(Subcommand)]
pub enum Versions {
    /// List all versions, the newest first.
    List {
        /// The project.
        project: PathBuf,
        #[command(flatten)]
        output: Output,
    },
    /// Say what differs between two versions.
    Diff {
        /// The project.
        project: PathBuf,
        /// One version.
        from: u32,
        /// The other one; the one in force where none is given.
        to: Option<u32>,
        #[command(flatten)]
        output: Output,
    },
    /// Put a version in force that was made before.
    Activate {
        /// The project.
        project: PathBuf,
        /// Which.
        version: u32,
    },
    /// Go back to the version that was in force before.
    Revert {
        /// The project.
        project: PathBuf,
    },
    /// Set the limit of a gate by hand.
    Set {
        /// The project.
        project: PathBuf,
        /// Which gate, such as `word_confidence`.
        gate: String,
        /// The limit, in the gate's unit; `off` turns the gate off.
        limit: String,
        /// Why.
        #[arg(long, default_value = "")]
        note: String,
    },
}

fn gate(name: &str) -> Result<GateId> {
    GateId::parse(name).ok_or_else(|| {
        let all: Vec<&str> = GATES.iter().map(|gate| gate.name).collect();
        anyhow!("there is no gate {name}. There are: {}, and your own, called custom_NAME", all.join(", "))
    })
}

/// A limit in the gate's unit.
fn amount(gate: &Gate, limit: Option<f64>) -> String {
    limit.map_or("off".to_owned(), |limit| format!("{limit} {}", gate.unit).trim_end().to_owned())
}

/// Proposes limits, or begins or ends what they stand on.
pub fn tune(project: &Path, names: &[String], (alpha, delta): (f64, f64), wish: &Wish, as_json: bool) -> Result<Outcome> {
    let gates = names.iter().map(|name| gate(name)).collect::<Result<Vec<_>>>()?;
    let mut project = Project::open(project)?;
    match wish {
        Wish::Propose => tell(&project.propose_limits(&gates, alpha, delta)?, as_json)?,
        Wish::Activate { digest } => {
            let (proposal, changed) = tuning::activate(&mut project, &gates, (alpha, delta), digest.as_deref(), &reviewer())?;
            tell(&proposal, as_json)?;
            if changed.is_none() {
                return Err(anyhow!("nothing was put in force: no limit can be promised yet"));
            }
        }
        Wish::Begin { pi, cap } => {
            for gate in gates {
                let most = project.most_units(gate)?;
                let cap = cap.unwrap_or(most.max(1));
                let pi = pi.unwrap_or(1.0 / f64::from(cap));
                tuning::start_checks(&mut project, gate, (alpha, delta), (pi, cap), &reviewer())?;
            }
            state(&project, names, as_json)?;
        }
        Wish::End => {
            for gate in gates {
                project.apply(Op::StopProbing(gate), &reviewer())?;
            }
            state(&project, names, as_json)?;
        }
    }
    Ok(Outcome::Done)
}

fn state(project: &Project, names: &[String], as_json: bool) -> Result<()> {
    let rows: Vec<_> = project.tuning()?.gates.into_iter().filter(|row| names.iter().any(|n| n == row.id.name())).collect();
    if as_json {
        return say(json!({ "gates": rows }));
    }
    for row in rows {
        let drawn = row.probing.map_or("not checked".to_owned(), |p| format!("{} units drawn, {} wait for a verdict", p.drawn, p.open));
        say(format!("{}: {drawn}. {}", row.label, row.says_state))?;
    }
    Ok(())
}

fn tell(proposal: &Proposal, as_json: bool) -> Result<()> {
    if as_json {
        return say(json!(proposal));
    }
    for row in &proposal.gates {
        let gate = row.gate.row();
        match row.to {
            Some(_) => say(format!("{}: from {} to {}", gate.label, amount(gate, row.from), amount(gate, row.to)))?,
            None => say(format!("{}: stays at {}", gate.label, amount(gate, row.from)))?,
        }
        say(format!("  {}", row.says))?;
    }
    let (before, after) = (proposal.before, proposal.after);
    say(format!(
        "flags {} -> {}, minutes of review {:.0} -> {:.0}, known defects that pass {} -> {}",
        before.flagged, after.flagged, before.minutes, after.minutes, before.known_escapes, after.known_escapes
    ))?;
    say(&proposal.held_out.says)?;
    say(format!("proposal {}", proposal.digest))
}

/// Lists, compares and changes versions.
pub fn thresholds(what: Versions) -> Result<Outcome> {
    match what {
        Versions::List { project, output } => list(&Project::open(&project)?.tuning()?.versions, output.json)?,
        Versions::Diff { project, from, to, output } => diff(&Project::open(&project)?, (from, to), output.json)?,
        Versions::Activate { project, version } => go_to(&mut Project::open(&project)?, version)?,
        Versions::Revert { project } => {
            let mut project = Project::open(&project)?;
            let before = project.thresholds_before()?;
            go_to(&mut project, before.ok_or_else(|| anyhow!("no other thresholds were in force before these. Nothing has changed"))?)?;
        }
        Versions::Set { project, gate: name, limit, note } => {
            let gate = gate(&name)?;
            let value = match limit.as_str() {
                "off" => None,
                text => Some(text.parse().map_err(|_| anyhow!("{text} is no limit. Give a number, or off"))?),
            };
            let mut project = Project::open(&project)?;
            project.apply(Op::SetLimits { limits: [(gate, value)].into(), note, evidence: vec![] }, &reviewer())?;
            in_force(&project)?;
        }
    }
    Ok(Outcome::Done)
}

fn go_to(project: &mut Project, version: u32) -> Result<()> {
    project.apply(Op::ActivateThresholds(version), &reviewer())?;
    in_force(project)
}

fn in_force(project: &Project) -> Result<()> {
    let view = project.tuning()?;
    let flagged: u32 = view.gates.iter().map(|gate| gate.flagged).sum();
    say(format!("thresholds {} are in force: {flagged} flags", view.active))
}

fn list(versions: &[VersionRow], as_json: bool) -> Result<()> {
    if as_json {
        return say(json!({ "versions": versions }));
    }
    for row in versions {
        let by = if row.by.is_empty() { String::new() } else { format!(" by {}", row.by) };
        say(format!(
            "{} {}{by}: {}",
            if row.active { "*" } else { " " },
            row.version,
            if row.note.is_empty() { "no note" } else { &row.note }
        ))?;
        row.changes.iter().try_for_each(|change| say(format!("      {}", shown(change))))?;
    }
    Ok(())
}

fn shown(change: &LimitChange) -> String {
    let gate = change.gate.row();
    format!("{}: {} -> {}", gate.label, amount(gate, change.from), amount(gate, change.to))
}

fn diff(project: &Project, (from, to): (u32, Option<u32>), as_json: bool) -> Result<()> {
    let changes = project.compare_thresholds(from, to.unwrap_or(project.thresholds()?.version))?;
    if as_json {
        return say(json!({ "changes": changes }));
    }
    if changes.is_empty() {
        return say("they have the same limits");
    }
    changes.iter().try_for_each(|change| say(shown(change)))
}
