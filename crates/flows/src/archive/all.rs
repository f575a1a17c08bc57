//! All items of an archive on this machine.

use super::step::{Did, Step, stages};
use super::{Item, Place};
use crate::Error;
use plumbline_pipeline::graph::Node;
use plumbline_pipeline::queue::{self, Flow, ReadLoad, Retry, Took};
use plumbline_pipeline::runs::StageState;
use plumbline_pipeline::width::Width;
use plumbline_pipeline::{Job, Runs};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

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
    let nodes = stages();
    let (before, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let steps = (items.len() * nodes.len()) as u64;
    let told: Mutex<()> = Mutex::default();
    let work = |n: usize, node: &Node, job: &Job| -> Result<bool, Error> {
        let did = step.run(&items[n], node.name, job)?;
        before.fetch_add(usize::from(did == Did::Before), Ordering::Relaxed);
        let count = done.fetch_add(1, Ordering::Relaxed) as u64 + 1;
        job.step(items[n].media(), count, Some(steps))?;
        Ok(did != Did::Nothing)
    };
    let last = nodes.last().map_or("", |node| node.name);
    // Not knowing later how far it was is no reason to fail now.
    let tell = |n: usize, node: &Node, state: StageState, why: Option<&str>| {
        _ = runs.set_stage(&items[n].id, node.name, state, why);
        if node.name == last && state == StageState::Done {
            let _one_at_a_time = told.lock();
            items[n].files.iter().for_each(|name| step.source.release(name));
        }
    };
    let flow = Flow { nodes: &nodes, work: &work, fault: &Error::fault, tell: &tell, retry: Retry::default(), width, load };
    let came = queue::run(items.len(), &flow, job);
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

impl Place<'_> {
    /// How many of the items are whole, and the names of those that are not: counted by what is written, whatever anybody says of it.
    ///
    /// # Errors
    /// Where the objects can't be listed.
    pub fn count(&self, items: &[Item], job: &Job) -> Result<(usize, Vec<String>), plumbline_pipeline::CloudError> {
        let nodes = stages();
        let prefix = self.key("items/");
        let there: std::collections::HashSet<String> =
            self.objects.list(&prefix, job)?.into_iter().filter_map(|o| o.key.strip_prefix(self.prefix).map(str::to_owned)).collect();
        let is_whole = |item: &&Item| nodes.iter().all(|node| there.contains(&Place::findings(item, node.name)));
        let missing: Vec<String> = items.iter().filter(|item| !is_whole(item)).map(|item| item.media().to_owned()).collect();
        Ok((items.len() - missing.len(), missing))
    }
}
