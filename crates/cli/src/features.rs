//! Features of a project as Parquet.

use crate::projects::{chosen, with_desk};
use crate::report::{complain, failures_json, say};
use crate::{Outcome, progress};
use anyhow::{Result, anyhow};
use clap::Args;
use plumbline_core::Delta;
use plumbline_flows::features::{Meanings, WINDOWS, features, fullest_space};
use plumbline_parquet::Table;
use plumbline_runs::RunFile;
use serde_json::json;
use std::path::{Path, PathBuf};

/// How rows are cut, and where they go.
#[derive(Args)]
pub struct Wish {
    /// The folder to write segments.parquet and windows.parquet to; made if it does not exist.
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// Length of a window, 1 s to an hour.
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = window)]
    window: Delta,
}

/// The tables, and what went by.
struct Tables {
    segments: Table,
    windows: Table,
    media: usize,
    behind: usize,
    failures: Vec<String>,
}

fn window(text: &str) -> Result<Delta, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    let window = Delta::from_us((seconds * 1e6).round() as i64);
    if !(WINDOWS[0]..=WINDOWS[1]).contains(&window) {
        return Err("a window is between 1 and 3600 seconds long".to_owned());
    }
    Ok(window)
}

/// Writes both tables: one media that fails leaves the others be. Rows are ordered by the ids of their media, so that the same project gives the
/// same bytes.
pub fn run(project: &Path, which: &[String], wish: &Wish, as_json: bool) -> Result<Outcome> {
    with_desk(project, |desk| {
        let mut all = chosen(desk, which)?;
        all.sort();
        all.dedup();
        // A project that never called a model has no ledger, and shall get none by this.
        let runs = project.with_extension("runs").exists().then(|| RunFile::beside(project)).transpose()?;
        let space = runs.as_ref().map_or(Ok(None), |runs| fullest_space(runs))?;
        let meanings = runs.as_ref().zip(space.as_deref()).map(|(runs, space)| Meanings { vectors: runs, space });
        let mut tables = Tables::create(wish, space.as_deref())?;
        let job = progress::job();
        for (n, media) in all.iter().enumerate() {
            job.step("writing features", n as u64, Some(all.len() as u64))?;
            match features(desk, media, wish.window, meanings) {
                Ok(found) => {
                    tables.segments.write(&found.segments)?;
                    tables.windows.write(&found.windows)?;
                    tables.media += 1;
                    tables.behind += usize::from(found.is_behind);
                }
                Err(error) => tables.failures.push(error.to_string()),
            }
        }
        job.step("writing features", all.len() as u64, Some(all.len() as u64))?;
        tables.finish(wish, space.as_deref(), as_json)
    })
}

impl Tables {
    fn create(wish: &Wish, space: Option<&str>) -> Result<Self> {
        let out = &wish.out;
        std::fs::create_dir_all(out).map_err(|e| anyhow!("{} can't be made: {e}. Choose another folder", out.display()))?;
        let about = |table: &str| {
            let all =
                [("table", Some(table.to_owned())), ("window_us", Some(wish.window.us().to_string())), ("space", space.map(str::to_owned))];
            all.into_iter().filter_map(|(key, value)| Some((key, value?))).collect::<Vec<_>>()
        };
        let table = |name: &str| Table::create(&path(out, name), &about(name));
        Ok(Self { segments: table("segments")?, windows: table("windows")?, media: 0, behind: 0, failures: vec![] })
    }

    fn finish(self, wish: &Wish, space: Option<&str>, as_json: bool) -> Result<Outcome> {
        let Self { segments, windows, media, behind, failures } = self;
        let (segments, windows) = (segments.finish()?, windows.finish()?);
        let written = ["segments", "windows"].map(|name| path(&wish.out, name));
        if as_json {
            say(json!({
                "written": written, "media": media, "segments": segments, "windows": windows, "window_us": wish.window, "space": space,
                "behind": behind, "failures": failures_json(&failures)
            }))?;
        } else {
            complain(&failures);
            if behind > 0 {
                eprintln!(
                    "plumbline: {behind} media were not measured, or changed since. Measure them with `plumbline check`, and write again"
                );
            }
            say(format!("{media} media: {segments} segments, {windows} windows"))?;
            written.iter().try_for_each(|path| say(path.display()))?;
        }
        Ok(Outcome::of(media, failures.len(), 0))
    }
}

fn path(out: &Path, table: &str) -> PathBuf {
    out.join(format!("{table}.parquet"))
}
