//! What an archive found, brought to the desk.

use super::places::Out;
use crate::report::{complain, failures_json, say};
use crate::{Outcome, progress};
use anyhow::{Result, anyhow, bail};
use clap::Args;
use plumbline_adapters::{MemoryRuns, NoScorers};
use plumbline_flows::archive;
use plumbline_flows::relative_path;
use plumbline_pipeline::Runs;
use plumbline_runs::RunFile;
use serde_json::json;
use std::path::PathBuf;

/// What to bring, and into which project.
#[derive(Args)]
// The command has this name, and would have a second group of it.
#[group(skip)]
pub struct Bring {
    /// The project; made if it does not exist.
    project: PathBuf,
    #[command(flatten)]
    out: Out,
    /// The folder that the media lie in at the desk. Where it is left out they are looked for beside the project.
    #[arg(long, value_name = "FOLDER")]
    media: Option<PathBuf>,
}

/// Brings the items of an archive that are whole into a project.
pub fn bring(args: &Bring, as_json: bool) -> Result<Outcome> {
    let (opened, job) = (args.out.open()?, progress::job());
    let place = opened.place();
    let Some(settings) = place.settings(&job)? else {
        bail!("{} is no archive: it has no archive.json. Check the place", args.out.out);
    };
    let nodes = archive::stages(&settings).map_err(|why| anyhow!(why))?;
    let items = place.items(&job)?;
    // A ledger that can't be kept keeps nothing from being brought.
    let runs: Box<dyn Runs> = match RunFile::beside(&args.project) {
        Ok(file) => Box::new(file),
        Err(error) => {
            eprintln!("plumbline: {error}");
            Box::new(MemoryRuns::default())
        }
    };
    let folder = args.media.as_ref().map(std::path::absolute).transpose()?;
    crate::projects::with_project(crate::projects::open_or_create(&args.project)?, &NoScorers, |desk| {
        let home = std::path::absolute(desk.project().folder())?;
        let at = |name: &str| folder.as_ref().map_or_else(|| name.to_owned(), |folder| relative_path(&home, &folder.join(name)));
        let brought = archive::bring(desk, (place, &nodes), &items, &at, runs.as_ref(), &job)?;
        let missing: Vec<String> = brought.missing.iter().map(|name| format!("{name}: it is not whole in the archive")).collect();
        let failures = [missing, brought.failures].concat();
        match as_json {
            true => say(json!({ "media": brought.media.len(), "known": brought.known, "failures": failures_json(&failures) }))?,
            false => {
                complain(&failures);
                say(format!("{} media brought, {} were there before", brought.media.len(), brought.known.len()))?;
            }
        }
        Ok(Outcome::of(brought.media.len() + brought.known.len(), failures.len(), 0))
    })
}
