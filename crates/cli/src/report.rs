//! What the commands print: text for people, JSON for scripts. Results go to standard output, everything else to standard error.
#![allow(clippy::print_stdout)]

use crate::projects::failures as failures_json;
use anyhow::Result;
use plumbline_flows::Imported;
use plumbline_project::views::{FlagView, MediaRow};
use plumbline_project::{MediaId, Project};
use serde_json::json;
use std::path::PathBuf;

/// What an import brought.
pub fn imported(imported: &Imported, as_json: bool) {
    let failures: Vec<String> = imported.failures.iter().map(ToString::to_string).collect();
    if as_json {
        println!("{}", json!({ "media": imported.media, "notes": imported.notes, "failures": failures_json(&failures) }));
        return;
    }
    imported.notes.iter().for_each(|n| eprintln!("plumbline: {n}"));
    failures.iter().for_each(|f| eprintln!("plumbline: {f}"));
    println!("{} media imported, {} failed", imported.media.len(), failures.len());
}

/// The flags of these media; returns how many are open.
pub fn flags(project: &Project, media: &[MediaId], as_json: bool) -> Result<usize> {
    let mut open = 0;
    let mut all = Vec::new();
    for media in media {
        let flags = project.flags(media)?.flags;
        open += flags.iter().filter(|f| is_open(f)).count();
        all.push((project.media(media)?.name().to_owned(), media, flags));
    }
    if as_json {
        let rows: Vec<_> = all.iter().map(|(name, id, flags)| json!({ "media": id, "name": name, "flags": flags })).collect();
        println!("{}", json!({ "thresholds": project.thresholds()?, "open": open, "media": rows }));
        return Ok(open);
    }
    for (name, _, flags) in &all {
        println!("{name}: {} flags, {} open", flags.len(), flags.iter().filter(|f| is_open(f)).count());
        for flag in flags {
            println!("  {} {:<22} {}{}", flag.span.start, flag.label, flag.why, decided(flag));
        }
    }
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
pub fn written(paths: &[PathBuf], as_json: bool) {
    if as_json {
        println!("{}", json!({ "written": paths }));
    } else {
        paths.iter().for_each(|p| println!("{}", p.display()));
    }
}

/// The library.
pub fn library(project: &Project, as_json: bool) -> Result<()> {
    let library = project.library()?;
    if as_json {
        println!("{}", json!({ "project": project.view(), "library": library, "thresholds": project.thresholds()? }));
        return Ok(());
    }
    let view = project.view();
    println!("{}: {} media, {} events", view.name, library.media.len(), view.seq);
    for row in &library.media {
        println!("  {}", line(row));
    }
    Ok(())
}

/// A media in one line.
fn line(row: &MediaRow) -> String {
    let state = serde_json::to_value(row.state).map(|v| v.as_str().unwrap_or_default().replace('_', " ")).unwrap_or_default();
    let drift = row.worst_drift_us.map_or_else(|| "-".to_owned(), |d| format!("{:+} ms", d / 1_000));
    let flags: u32 = row.open_flags.iter().map(|f| f.count).sum();
    format!("{state:<13} {:<32} {} {:>6} words  drift {drift}  {flags} open flags", row.name, row.duration_us, row.words)
}

/// What `run` did; returns how many flags are open.
pub fn run(project: &Project, media: &[MediaId], failed: &[String], paths: &[PathBuf], as_json: bool) -> Result<usize> {
    let rows: Vec<MediaRow> = project.library()?.media.into_iter().filter(|m| media.contains(&m.id)).collect();
    let open = rows.iter().flat_map(|r| &r.open_flags).map(|f| f.count as usize).sum();
    if as_json {
        println!("{}", json!({ "media": rows, "open_flags": open, "failures": failures_json(failed), "written": paths }));
        return Ok(open);
    }
    rows.iter().for_each(|r| println!("{}", line(r)));
    failed.iter().for_each(|f| eprintln!("plumbline: {f}"));
    paths.iter().for_each(|p| println!("{}", p.display()));
    Ok(open)
}
