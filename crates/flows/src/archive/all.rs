//! All items of an archive on this machine.

use super::step::{Did, Step};
use super::{Item, Place};
use crate::Error;
use plumbline_pipeline::graph::Node;
use plumbline_pipeline::queue::{self, Flow, ReadLoad, Retry, Took};
use plumbline_pipeline::runs::{StageState, Told};
use plumbline_pipeline::width::Width;
use plumbline_pipeline::{CloudError, Job, Runs};
use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What came of a run.
#[derive(Debug, Default)]
pub struct Whole {
    /// Items that are whole now.
    pub whole: usize,
    /// Steps that were done before.
    pub before: usize,
    /// Items that were lost: the name of the media, the stage, and why.
    pub lost: Vec<(String, String, String)>,
    /// What ended the run before its time.
    pub ended: Option<String>,
    /// What each stage took, in the order of the graph.
    pub took: Vec<(&'static str, Took)>,
    /// The most that ran at once.
    pub widest: usize,
}

/// Takes the items through all stages, as many at once as the machine bears; how far each is stands in `runs`. What was done before is not done again,
/// and what was lost is tried again.
pub fn run(step: &Step, items: &[Item], width: Width, load: &ReadLoad<'_>, runs: &dyn Runs, job: &Job) -> Whole {
    let nodes = step.nodes;
    let (before, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let steps = (items.len() * nodes.len()) as u64;
    let ledger = Ledger::of(runs);
    let work = |n: usize, node: &Node, job: &Job| -> Result<bool, Error> {
        let did = step.run(&items[n], node.name, job)?;
        before.fetch_add(usize::from(did == Did::Before), Ordering::Relaxed);
        let count = done.fetch_add(1, Ordering::Relaxed) as u64 + 1;
        job.step(items[n].media(), count, Some(steps))?;
        Ok(did != Did::Nothing)
    };
    let last = nodes.last().map_or("", |node| node.name);
    let tell = |n: usize, node: &Node, state: StageState, why: Option<&str>| {
        ledger.tell(Told { media: items[n].id.clone(), stage: node.name.to_owned(), state, error: why.map(str::to_owned) });
        if node.name == last && matches!(state, StageState::Done | StageState::Skipped) {
            items[n].files.iter().for_each(|name| step.source.release(name));
        }
    };
    let flow = Flow { nodes, work: &work, fault: &Error::fault, tell: &tell, retry: Retry::default(), width, load };
    let came = queue::run(items.len(), &flow, job);
    ledger.flush();
    let mut lost = vec![];
    for failed in &came.failed {
        let item = &items[failed.item];
        let kept = step.lose(item, failed.stage, &failed.error, &Job::quiet());
        let why = kept.err().map_or_else(|| failed.error.to_string(), |e| format!("{} (and it can't be kept: {e})", failed.error));
        lost.push((item.media().to_owned(), failed.stage.to_owned(), why));
    }
    Whole {
        whole: came.whole,
        before: before.into_inner(),
        lost,
        ended: came.ended.map(|e| e.to_string()),
        took: came.took,
        widest: came.widest,
    }
}

/// Told to the ledger at the latest after so long, or when so much is to be told: writing costs a wait for the disk each time.
const FLUSH_AFTER: Duration = Duration::from_millis(250);
const FLUSH_AT: usize = 200;

/// Tells the ledger how far stages are, many at a time. What a killed program did not tell is seen from what is written.
struct Ledger<'a> {
    runs: &'a dyn Runs,
    pending: Mutex<(Vec<Told>, Instant)>,
}

impl<'a> Ledger<'a> {
    fn of(runs: &'a dyn Runs) -> Self {
        Self { runs, pending: Mutex::new((vec![], Instant::now())) }
    }

    fn tell(&self, told: Told) {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        pending.0.push(told);
        if pending.0.len() >= FLUSH_AT || pending.1.elapsed() >= FLUSH_AFTER {
            self.write(&mut pending);
        }
    }

    fn flush(&self) {
        self.write(&mut self.pending.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn write(&self, pending: &mut (Vec<Told>, Instant)) {
        // Not knowing later how far it was is no reason to fail now.
        _ = self.runs.set_stages(&pending.0);
        pending.0.clear();
        pending.1 = Instant::now();
    }
}

/// How many of the items are whole, and the names of those that are not: counted by what is written, whatever anybody says of it.
///
/// # Errors
/// Where the objects can't be listed.
pub fn count(place: Place, nodes: &[Node], items: &[Item], job: &Job) -> Result<(usize, Vec<String>), CloudError> {
    let listed = place.objects.list(&place.key("items/"), job)?;
    let there: HashSet<&str> = listed.iter().filter_map(|object| object.key.strip_prefix(place.prefix)).collect();
    let is_whole = |item: &&Item| nodes.iter().all(|node| there.contains(Place::findings(item, node.name).as_str()));
    let missing: Vec<String> = items.iter().filter(|item| !is_whole(item)).map(|item| item.media().to_owned()).collect();
    Ok((items.len() - missing.len(), missing))
}
