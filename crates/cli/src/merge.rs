//! Several reviewers: handing out copies of a project, and bringing them together again.

use crate::Outcome;
use crate::report::say;
use anyhow::Result;
use plumbline_project::views::{AgreementView, ConflictView};
use plumbline_project::{Merged, Project};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Writes a copy for another reviewer.
pub fn copy(project: &Path, to: &Path) -> Result<Outcome> {
    Project::open(project)?.copy_to(to)?;
    say(to.display())?;
    Ok(Outcome::Done)
}

/// Brings other copies in.
pub fn merge(into: &Path, from: &[PathBuf], dry_run: bool, as_json: bool) -> Result<Outcome> {
    let mut project = Project::open(into)?;
    let merged = project.merge(from, dry_run)?;
    let waiting = if dry_run { merged.conflicts.len() } else { project.conflicts()?.conflicts.len() };
    if as_json {
        say(json!({
            "dry_run": dry_run,
            "events": merged.events(),
            "brought": merged.brought,
            "outdated": merged.outdated,
            "media": merged.media,
            "conflicts": merged.conflicts,
            "waiting": waiting,
            "agreement": merged.agreement,
        }))?;
    } else {
        tell(&merged, waiting, dry_run)?;
    }
    Ok(if waiting > 0 { Outcome::OpenFlags } else { Outcome::Done })
}

fn tell(merged: &Merged, waiting: usize, dry_run: bool) -> Result<()> {
    let names: Vec<String> = merged.brought.iter().map(|b| format!("{} {}", b.events, shown(&b.by))).collect();
    match names.len() {
        0 => say("nothing new: the project has all events of these copies")?,
        _ => say(format!("{} events {}: {}", merged.events(), if dry_run { "would come" } else { "came" }, names.join(", ")))?,
    }
    if merged.outdated > 0 {
        say(format!("{} of them speak of a transcript that was replaced and change nothing", merged.outdated))?;
    }
    differences(&merged.conflicts)?;
    if waiting > merged.conflicts.len() {
        say(format!("{waiting} conflicts wait for somebody to decide; `plumbline show --agreement` lists them"))?;
    }
    agree(&merged.agreement)
}

/// The machine has no name of its own.
fn shown(by: &str) -> &str {
    if by.is_empty() { "by the machine" } else { by }
}

/// What reviewers differ on, and how far they agree.
pub fn agreement(project: &Path, as_json: bool) -> Result<Outcome> {
    let view = Project::open(project)?.conflicts()?;
    if as_json {
        say(json!({ "conflicts": view.conflicts, "agreement": view.agreement }))?;
        return Ok(Outcome::Done);
    }
    differences(&view.conflicts)?;
    agree(&view.agreement)?;
    for flag in &view.agreement.differing {
        let said: Vec<String> = flag
            .decisions
            .iter()
            .map(|d| {
                format!(
                    "{} {}",
                    d.by,
                    serde_json::to_value(d.decision).map_or(String::new(), |v| v.as_str().unwrap_or("").replace('_', " "))
                )
            })
            .collect();
        let settled = if flag.settled { ", decided" } else { "" };
        say(format!("  {} {} {}: {}{settled}", flag.media.name, flag.at_us, flag.label, said.join(", ")))?;
    }
    Ok(Outcome::Done)
}

fn differences(conflicts: &[ConflictView]) -> Result<()> {
    if !conflicts.is_empty() {
        say(format!("{} {}", conflicts.len(), if conflicts.len() == 1 { "conflict" } else { "conflicts" }))?;
    }
    for conflict in conflicts {
        let place = conflict.at_us.map(|at| format!(" {at}")).unwrap_or_default();
        say(format!("  {}{place} {}", conflict.media.as_ref().map_or("project", |m| &m.name), conflict.about.join(", ")))?;
        for (i, side) in conflict.sides.iter().enumerate() {
            let in_force = if i + 1 == conflict.sides.len() { " (in force)" } else { "" };
            say(format!("    {}: {}{in_force}", shown(&side.by), side.values.join(", ")))?;
        }
    }
    Ok(())
}

fn agree(agreement: &AgreementView) -> Result<()> {
    if agreement.flags == 0 {
        return say("no flag was decided on by two reviewers");
    }
    let alpha = |alpha: Option<f64>| alpha.map_or("alpha not known".to_owned(), |a| format!("alpha {a:.3}"));
    let (flags, pairs) = (agreement.flags, agreement.pairs);
    say(format!("agreement on {flags} flags: {}, {} of {pairs} pairs agree", alpha(agreement.alpha), agreement.agreeing))?;
    for pair in &agreement.people {
        say(format!("  {} and {}: {}, {} of {} agree", pair.one, pair.other, alpha(pair.alpha), pair.agreeing, pair.flags))?;
    }
    Ok(())
}
