//! `plumbline profiles`: how the sound of media is prepared for the aligner, measured.

use crate::projects::{chosen, with_desk};
use crate::report::say;
use crate::{Outcome, progress};
use anyhow::Result;
use plumbline_flows::{self as flows, Desk, profiles as sound};
use plumbline_project::MediaId;
use plumbline_project::views::ProfileRow;
use serde_json::json;
use std::path::Path;

/// Lists, tries and applies profiles; one media that fails leaves the others be.
pub fn profiles(project: &Path, which: &[String], (trial, apply): (bool, bool), as_json: bool) -> Result<Outcome> {
    with_desk(project, |desk| {
        let named = chosen(desk, which)?;
        // What is asked for by name is tried, and fails with a sentence where nothing can be; of all media, those with flags on their sound.
        let flagged: Vec<MediaId> =
            desk.project().profiles()?.media.into_iter().filter(|row| !row.failing.is_empty()).map(|row| row.media).collect();
        let wanted = named.iter().filter(|media| !which.is_empty() || flagged.contains(media));
        let (mut done, mut failures) = (0, Vec::new());
        for media in wanted.filter(|_| trial || apply) {
            match work(desk, media, (trial, apply)) {
                Ok(()) => done += 1,
                Err(error) => failures.push(error.to_string()),
            }
        }
        let mut rows = desk.project().profiles()?.media;
        rows.retain(|row| named.contains(&row.media));
        tell(&rows, &failures, as_json)?;
        Ok(Outcome::of(done, failures.len(), 0))
    })
}

fn work(desk: &Desk<'_>, media: &MediaId, (trial, apply): (bool, bool)) -> flows::Result<()> {
    let job = progress::job();
    if trial {
        sound::try_profiles(desk, media, &job)?;
    }
    if apply {
        sound::use_best(desk, media, &job)?;
    }
    Ok(())
}

fn tell(rows: &[ProfileRow], failures: &[String], as_json: bool) -> Result<()> {
    if as_json {
        return say(json!({ "media": rows, "failures": failures }));
    }
    if rows.is_empty() {
        say("no gate raises a flag on the sound of any media")?;
    }
    for row in rows {
        let failing: Vec<String> = row.failing.iter().map(|f| format!("{} {}", f.label, f.count)).collect();
        let failing = if failing.is_empty() { "no flags on its sound".to_owned() } else { failing.join(", ") };
        say(format!("{}: {failing}; {}", row.name, row.shown))?;
        let Some(trial) = &row.trial else { continue };
        say(format!("  {}", trial.says))?;
        for tried in &trial.tried {
            let points = |share: f64| format!("{:+.2}", 100.0 * share);
            let (gain, lower, upper) = (points(tried.gain), points(tried.lower), points(tried.upper));
            say(format!("    {gain} points, {lower} to {upper}: {}", tried.shown))?;
        }
    }
    failures.iter().for_each(|failure| eprintln!("plumbline: {failure}"));
    Ok(())
}
