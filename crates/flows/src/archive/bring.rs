//! What an archive found, brought into a project.

use super::step::{Found, cloud, wrong};
use super::{Finding, Item, Place, count};
use crate::{Desk, Error, Result};
use plumbline_pipeline::graph::{GRAPH, Node};
use plumbline_pipeline::runs::{StageState, Told};
use plumbline_pipeline::{Job, Runs};
use plumbline_project::{By, Error as ProjectError, MediaId, MediaRecord, Op};
use std::collections::HashSet;
use std::sync::mpsc::sync_channel;

/// So many items are read at once, and written in one transaction. Who works at the desk meanwhile waits for one transaction at the most.
const AT_ONCE: usize = 32;
/// So many threads read: of a bucket, each waits most of its time.
const READERS: usize = 16;

/// What was brought.
#[derive(Debug, Default)]
pub struct Arrived {
    /// Media that were added.
    pub media: Vec<MediaId>,
    /// Media that the project has already, by name: they are left as they are.
    pub known: Vec<String>,
    /// Items that are not whole, by name.
    pub missing: Vec<String>,
    /// Sentences about what could not be brought.
    pub failures: Vec<String>,
}

/// An item that the project does not have yet.
struct New {
    name: String,
    media: MediaId,
    /// The stages that it went through, and whether there was anything to do.
    stages: Vec<(&'static str, bool)>,
    /// What stands by itself.
    first: Vec<Op>,
    /// What speaks of words as they stand when `first` is in force.
    later: Vec<Finding>,
}

/// Brings the whole items of an archive into a project. `at` says where the file of a media lies, from its name in the source. Media that the project has are
/// left as they are: people may have worked on them. How far those that are new are is told to `runs`.
///
/// # Errors
/// Where the project can't be written, the archive can't be read, or the job was cancelled; what was brought by then stays.
pub fn bring(
    desk: &Desk<'_>,
    (place, nodes): (Place, &[Node]),
    items: &[Item],
    at: &(dyn Fn(&str) -> String + Sync),
    runs: &dyn Runs,
    job: &Job,
) -> Result<Arrived> {
    let mut out = Arrived::default();
    let (_, missing) = count(place, nodes, items, job).map_err(cloud)?;
    let missing: HashSet<String> = missing.into_iter().collect();
    let (lacking, whole): (Vec<&Item>, Vec<&Item>) = items.iter().partition(|item| missing.contains(item.media()));
    out.missing = lacking.into_iter().map(|item| item.media().to_owned()).collect();
    let known: HashSet<MediaId> = desk.project().media_ids()?.into_iter().collect();
    let reader = Reader { place, nodes, known: &known, at, job };
    std::thread::scope(|threads| {
        // While some items are written the next are read.
        let (send, chunks) = sync_channel(1);
        threads.spawn(move || {
            for chunk in whole.chunks(AT_ONCE) {
                if send.send(reader.all(chunk)).is_err() {
                    break;
                }
            }
        });
        let total = items.len() - out.missing.len();
        for chunk in chunks {
            job.step("bringing results", (out.media.len() + out.known.len() + out.failures.len()) as u64, Some(total as u64))?;
            write(desk, chunk, runs, &mut out)?;
        }
        Ok(out)
    })
}

/// Writes what was read of some items, by their names.
fn write(desk: &Desk<'_>, chunk: Vec<(String, Result<Option<New>>)>, runs: &dyn Runs, out: &mut Arrived) -> Result<()> {
    let mut new: Vec<New> = vec![];
    for (name, read) in chunk {
        match read {
            Err(Error::Cancelled(cancelled)) => return Err(cancelled.into()),
            Err(error) => out.failures.push(error.to_string()),
            Ok(None) => out.known.push(name),
            // Two files of one content are one media; and somebody may have added it meanwhile.
            Ok(Some(item)) if new.iter().any(|other| other.media == item.media) || desk.project().media(&item.media).is_ok() => {
                out.known.push(name);
            }
            Ok(Some(item)) => new.push(item),
        }
    }
    let done = accepted(desk, new, put_first, &mut out.failures)?;
    let told = done.iter().flat_map(|item| item.stages.iter().map(|stage| told(&item.media, *stage))).collect::<Vec<_>>();
    // What they found is in the project, whatever is known of how that came.
    let _ = runs.set_stages(&told);
    out.media.extend(done.iter().map(|item| item.media.clone()));
    accepted(desk, done, put_later, &mut out.failures).map(drop)
}

/// Writes something of items in one transaction; where that is refused one by one, so that one that is refused holds no other up. Gives those that were taken.
fn accepted(desk: &Desk<'_>, items: Vec<New>, put: fn(&Desk<'_>, &[New]) -> Result<()>, failures: &mut Vec<String>) -> Result<Vec<New>> {
    match put(desk, &items) {
        Err(Error::Project(ProjectError::Refused(_))) => {}
        done => return done.map(|()| items),
    }
    let mut taken = vec![];
    for item in items {
        match put(desk, std::slice::from_ref(&item)) {
            Err(Error::Project(ProjectError::Refused(why))) => failures.push(format!("{}: {why}", item.name)),
            done => done.map(|()| taken.push(item))?,
        }
    }
    Ok(taken)
}

fn told(media: &MediaId, (stage, did): (&str, bool)) -> Told {
    let state = if did { StageState::Done } else { StageState::Skipped };
    Told { media: media.0.clone(), stage: stage.to_owned(), state, error: None }
}

fn put_first(desk: &Desk<'_>, items: &[New]) -> Result<()> {
    desk.project().apply_all(items.iter().flat_map(|item| item.first.clone()).collect(), &By::Machine)?;
    Ok(())
}

fn put_later(desk: &Desk<'_>, items: &[New]) -> Result<()> {
    let mut ops = vec![];
    for New { name, media, later, .. } in items {
        // What speaks of words names the position that these came in at.
        let truth = desk.project().truth(media)?;
        for finding in later {
            ops.push(finding.clone().op(media, truth).map_err(|why| wrong(name, why))?);
        }
    }
    desk.project().apply_all(ops, &By::Machine)?;
    Ok(())
}

#[derive(Clone, Copy)]
struct Reader<'a> {
    place: Place<'a>,
    nodes: &'a [Node],
    /// The media that the project had at the start.
    known: &'a HashSet<MediaId>,
    at: &'a (dyn Fn(&str) -> String + Sync),
    job: &'a Job,
}

impl Reader<'_> {
    /// Reads items side by side: their names, and what they hold, in their order.
    fn all(&self, items: &[&Item]) -> Vec<(String, Result<Option<New>>)> {
        let share = items.len().div_ceil(READERS).max(1);
        std::thread::scope(|threads| {
            let read = |item: &&Item| (item.media().to_owned(), self.one(item));
            let shares: Vec<_> =
                items.chunks(share).map(|share| threads.spawn(move || share.iter().map(read).collect::<Vec<_>>())).collect();
            shares.into_iter().flat_map(|share| share.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
        })
    }

    /// What an item holds; none where the project has its media.
    fn one(&self, item: &Item) -> Result<Option<New>> {
        // What names the media is read first: most of an archive that is brought again is known by it.
        let (names, rest) = self.nodes.split_at(self.nodes.len().min(1));
        let mut stages = vec![];
        let mut findings = self.findings(item, names, &mut stages)?;
        let media = Finding::media(&findings).map(|record| MediaId::of_hash(&record.hash));
        let media = media.ok_or_else(|| wrong(item.media(), "its findings name no media. Run the item again".into()))?;
        if self.known.contains(&media) {
            return Ok(None);
        }
        findings.extend(self.findings(item, rest, &mut stages)?);
        let (later, first): (Vec<Finding>, Vec<Finding>) = findings.into_iter().partition(Finding::is_of_truth);
        let first = first.into_iter().map(|finding| self.moved(finding, item.media()).op(&media, 0));
        let first = first.collect::<std::result::Result<_, _>>().map_err(|why| wrong(item.media(), why))?;
        Ok(Some(New { name: item.media().to_owned(), media, stages, first, later }))
    }

    /// The findings of stages of an item, in their order; and which of the desk's own stages they are.
    fn findings(&self, item: &Item, nodes: &[Node], stages: &mut Vec<(&'static str, bool)>) -> Result<Vec<Finding>> {
        let mut all = vec![];
        for Node { name, .. } in nodes {
            let found: Option<Found> = self.place.read(&Place::findings(item, name), self.job).map_err(cloud)?;
            let found = found.ok_or_else(|| wrong(item.media(), format!("the findings of {name} are gone. Run the item again")))?;
            if GRAPH.iter().any(|node| node.name == *name) {
                stages.push((*name, found.did));
            }
            all.extend(found.findings);
        }
        Ok(all)
    }

    /// The media with the path that it has from the project.
    fn moved(&self, finding: Finding, name: &str) -> Finding {
        match finding {
            Finding::Media { record } => Finding::Media { record: MediaRecord { path: (self.at)(name), ..record } },
            other => other,
        }
    }
}
