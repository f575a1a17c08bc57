//! What the commands print: text for people, JSON for scripts. Results go to standard output, everything else to standard error.

use anyhow::Result;
use plumbline_flows::Imported;
use plumbline_project::views::{FlagView, MediaRow};
use plumbline_project::{MediaId, Project};
use serde_json::json;
use std::fmt::Display;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

/// Writes a line to standard output.
pub fn say(line: impl Display) -> Result<()> {
    raw(format!("{line}\n").as_bytes())
}

/// Writes bytes to standard output. A reader that went away is not wrapped in a sentence: `main` knows it by its kind.
pub fn raw(bytes: &[u8]) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(e) if e.kind() == ErrorKind::BrokenPipe => Err(e.into()),
        written => written.map_err(|e| anyhow::anyhow!("the results can't be written to standard output: {e}. Check where it goes")),
    }
}

/// Tells of what failed on standard error.
pub fn complain(failures: &[String]) {
    failures.iter().for_each(|f| eprintln!("plumbline: {f}"));
}

/// JSON of what failed.
pub fn failures_json(failures: &[String]) -> serde_json::Value {
    json!(failures.iter().map(|f| json!({ "error": f })).collect::<Vec<_>>())
}

/// What an import brought.
pub fn imported(imported: &Imported, as_json: bool) -> Result<()> {
    let failures: Vec<String> = imported.failures.iter().map(ToString::to_string).collect();
    if as_json {
        return say(json!({ "media": imported.media, "notes": imported.notes, "failures": failures_json(&failures) }));
    }
    notes(&imported.notes);
    complain(&failures);
    match imported.media.len() {
        0 => Ok(()),
        n => say(format!("{n} media imported, {} failed", failures.len())),
    }
}

/// Tells of what was met and how it was taken on standard error.
fn notes(notes: &[String]) {
    notes.iter().for_each(|n| eprintln!("plumbline: {n}"));
}

/// The flags of these media; returns how many are open.
pub fn flags(project: &Project, media: &[MediaId], failed: &[String], as_json: bool) -> Result<usize> {
    let mut open = 0;
    let mut all = Vec::new();
    for media in media {
        let flags = project.flags(media)?.flags;
        open += flags.iter().filter(|f| is_open(f)).count();
        all.push((project.media(media)?.name().to_owned(), media, flags));
    }
    if as_json {
        let rows: Vec<_> = all.iter().map(|(name, id, flags)| json!({ "media": id, "name": name, "flags": flags })).collect();
        say(json!({ "thresholds": project.thresholds()?, "open": open, "media": rows, "failures": failures_json(failed) }))?;
        return Ok(open);
    }
    for (name, _, flags) in &all {
        say(format!("{name}: {} flags, {} open", flags.len(), flags.iter().filter(|f| is_open(f)).count()))?;
        for flag in flags {
            say(format!("  {} {:<22} {}{}", flag.span.start, flag.label, flag.why, decided(flag)))?;
        }
    }
    complain(failed);
    Ok(open)
}

fn is_open(flag: &FlagView) -> bool {
    flag.verdict.is_none()
}

fn decided(flag: &FlagView) -> String {
    match &flag.verdict {
        Some(verdict) => format!(" ({:?})", verdict.decision).to_lowercase(),
        None => String::new(),
    }
}

/// Files that were written.
pub fn written(paths: &[PathBuf], failed: &[String], as_json: bool) -> Result<()> {
    if as_json {
        return say(json!({ "written": paths, "failures": failures_json(failed) }));
    }
    complain(failed);
    paths.iter().try_for_each(|p| say(p.display()))
}

/// The library.
pub fn library(project: &Project, as_json: bool) -> Result<()> {
    let library = project.library()?;
    if as_json {
        return say(json!({ "project": project.view(), "library": library, "thresholds": project.thresholds()? }));
    }
    let view = project.view();
    say(format!("{}: {} media, {} events", view.name, library.media.len(), view.seq))?;
    library.media.iter().try_for_each(|row| say(format!("  {}", line(row))))
}

/// A media in one line.
fn line(row: &MediaRow) -> String {
    let state = serde_json::to_value(row.state).map(|v| v.as_str().unwrap_or_default().replace('_', " ")).unwrap_or_default();
    let drift = row.worst_drift_us.map_or_else(|| "-".to_owned(), |d| format!("{:+} ms", d / 1_000));
    let flags: u32 = row.open_flags.iter().map(|f| f.count).sum();
    format!("{state:<13} {:<32} {} {:>6} words  drift {drift}  {flags} open flags", row.name, row.duration_us, row.words)
}

/// What `run` did.
pub struct Done<'a> {
    /// The media that went through.
    pub media: &'a [MediaId],
    pub notes: &'a [String],
    pub failures: &'a [String],
    pub written: &'a [PathBuf],
}

/// Tells what `run` did; returns how many flags are open.
pub fn run(project: &Project, done: &Done<'_>, as_json: bool) -> Result<usize> {
    let rows: Vec<MediaRow> = project.library()?.media.into_iter().filter(|m| done.media.contains(&m.id)).collect();
    let open = rows.iter().flat_map(|r| &r.open_flags).map(|f| f.count as usize).sum();
    if as_json {
        let failures = failures_json(done.failures);
        say(json!({ "media": rows, "open_flags": open, "notes": done.notes, "failures": failures, "written": done.written }))?;
        return Ok(open);
    }
    notes(done.notes);
    rows.iter().try_for_each(|r| say(line(r)))?;
    complain(done.failures);
    done.written.iter().try_for_each(|p| say(p.display()))?;
    Ok(open)
}
