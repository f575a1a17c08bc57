//! This host's share of an archive, as a job of SageMaker Processing gives it: folders below `/opt/ml`, and files that say who the hosts are.

use super::worker::Worker;
use crate::{Outcome, progress};
use anyhow::{Context, Result, anyhow, bail};
use plumbline_adapters::MachineLoad;
use plumbline_flows::archive::{self, Item, Settings};
use plumbline_pipeline::Fault;
use plumbline_pipeline::width::Width;
use plumbline_worker::{InOut, Place, count, with_step};
use serde_json::Value;
use std::path::Path;

/// The service shows so much of what is written there.
const LAST_WORDS: usize = 1024;

/// Does this host's share. What went wrong is left where the service looks for it, too.
pub fn work(args: &Worker) -> Result<Outcome> {
    let ended = if args.count { counted(args) } else { share(args) };
    let words = match &ended {
        Ok(Outcome::Done) => None,
        Ok(_) => Some("some items were lost: what each said lies under lost/ in the archive".to_owned()),
        Err(error) => Some(format!("{error:#}")),
    };
    if let Some(words) = words {
        last_words(&args.root, &words);
    }
    match ended {
        // Items that were lost are counted and judged behind all hosts; a host that failed would take what the others did with it.
        Ok(_) => Ok(Outcome::Done),
        Err(error) => Err(error),
    }
}

fn last_words(root: &Path, words: &str) {
    let mut end = words.len().min(LAST_WORDS);
    while !words.is_char_boundary(end) {
        end -= 1;
    }
    let folder = root.join("output");
    // Where even this can't be written, standard error has it.
    let _ = std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(folder.join("message"), &words[..end]));
}

/// Which host this is, and how many there are.
fn host(root: &Path) -> Result<(usize, usize)> {
    let path = root.join("config/resourceconfig.json");
    let text = std::fs::read_to_string(&path).with_context(|| format!("{} can't be read: it says who the hosts are", path.display()))?;
    let config: Value = serde_json::from_str(&text).with_context(|| format!("{} is no JSON", path.display()))?;
    let mut hosts: Vec<&str> = config["hosts"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    hosts.sort_unstable();
    let current = config["current_host"].as_str().unwrap_or_default();
    let at = hosts.iter().position(|host| *host == current);
    Ok((at.ok_or_else(|| anyhow!("{} does not list the host {current:?} among its hosts", path.display()))?, hosts.len()))
}

/// Whether the service has shared the objects of an input among the hosts already.
fn is_shared(root: &Path, input: &str) -> bool {
    let config = std::fs::read(root.join("config/processingjobconfig.json")).ok();
    let config: Option<Value> = config.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let inputs = config.as_ref().and_then(|c| c["ProcessingInputs"].as_array());
    inputs.into_iter().flatten().any(|i| i["InputName"] == input && i["S3Input"]["S3DataDistributionType"] == "ShardedByS3Key")
}

/// Where the media and the archive lie: in folders that the service brought and takes away, or in buckets that the environment names.
fn places(args: &Worker) -> Result<(InOut, bool)> {
    let (media, archive) = (args.root.join("processing/input/media"), args.root.join("processing/output"));
    let out = |address: String| Place { address, choice: args.account.choice() };
    if media.is_dir() {
        return Ok((InOut { from: media.display().to_string(), out: out(archive.display().to_string()) }, is_shared(&args.root, "media")));
    }
    let named = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    match (named("PLUMBLINE_MEDIA"), named("PLUMBLINE_ARCHIVE")) {
        (Some(from), Some(to)) => Ok((InOut { from, out: out(to) }, false)),
        _ => bail!(
            "there is neither an input called media at {} nor PLUMBLINE_MEDIA and PLUMBLINE_ARCHIVE in the environment. Give the job one of them",
            media.display()
        ),
    }
}

/// The settings: those of the archive, or of a file that came as an input.
fn settings(args: &Worker, places: &InOut) -> Result<Settings> {
    let given = args.root.join("processing/input/settings/archive.json");
    if given.is_file() {
        let text = std::fs::read(&given).with_context(|| format!("{} can't be read", given.display()))?;
        return serde_json::from_slice(&text).with_context(|| format!("{} holds no settings of an archive", given.display()));
    }
    let opened = places.out.open()?;
    Ok(opened.place().settings(&progress::job())?.unwrap_or_default())
}

/// This host's items: its share of the manifest where there is one, else of what its source lists.
fn items(place: archive::Place, source: &dyn plumbline_pipeline::Source, (host, hosts): (usize, usize), shared: bool) -> Result<Vec<Item>> {
    let job = progress::job();
    let all = match place.items(&job) {
        Ok(items) if !shared => items,
        _ => archive::manifest(&source.list(&job)?).0,
    };
    Ok(all.into_iter().filter(|item| shared || item.is_for(host, hosts)).collect())
}

fn share(args: &Worker) -> Result<Outcome> {
    let ((places, shared), me) = (places(args)?, host(&args.root)?);
    let settings = settings(args, &places)?;
    let (source, opened) = (places.source()?, places.out.open()?);
    let items = items(opened.place(), source.source(), me, shared)?;
    with_step((&source, &opened), &settings, &places.out, |step, runs| {
        let load = MachineLoad::default();
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let whole = archive::run(step, &items, Width::of_cores(cores), &|| load.read(), runs, &progress::job());
        whole.lost.iter().for_each(|(name, stage, why)| eprintln!("plumbline: {name}, {stage}: {why}"));
        if let Some(why) = whole.ended {
            bail!("{why} ({})", Fault::Settings.name());
        }
        Ok(if whole.lost.is_empty() { Outcome::Done } else { Outcome::SomeFailed })
    })
}

/// Counts what is whole, and writes it down where the state machine reads it.
fn counted(args: &Worker) -> Result<Outcome> {
    let ((places, _), job) = (places(args)?, progress::job());
    places.with_step(&job, |step, _| {
        let counted = count(step, &step.place.items(&job)?, args.tolerated, &job)?;
        let file = tempfile::NamedTempFile::new()?;
        std::fs::write(file.path(), serde_json::to_vec(&counted)?)?;
        // Each round counts anew, so the last count is what lies there.
        step.place.objects.replace_file(&step.place.key("count.json"), file.path(), &job)?;
        Ok(Outcome::Done)
    })
}
