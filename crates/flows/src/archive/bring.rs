//! What an archive found, brought into a project.

use super::step::{Found, cloud, wrong};
use super::{Finding, Item, Place, count};
use crate::{Desk, Result};
use plumbline_pipeline::Job;
use plumbline_pipeline::graph::Node;
use plumbline_project::{By, MediaId, MediaRecord, Op};
use std::collections::HashSet;

/// So many items are written in one transaction.
const AT_ONCE: usize = 100;

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

/// Brings the whole items of an archive into a project. `at` says where the file of a media lies, from its name in the source. Media that the project has are
/// left as they are: people may have worked on them.
///
/// # Errors
/// Where the project can't be written, the archive can't be read, or the job was cancelled; what was brought by then stays.
pub fn bring(desk: &Desk<'_>, (place, nodes): (Place, &[Node]), items: &[Item], at: &dyn Fn(&str) -> String, job: &Job) -> Result<Arrived> {
    let mut out = Arrived::default();
    let names: Vec<&str> = nodes.iter().map(|node| node.name).collect();
    let (_, missing) = count(place, nodes, items, job).map_err(cloud)?;
    let missing: HashSet<String> = missing.into_iter().collect();
    for (n, chunk) in items.chunks(AT_ONCE).enumerate() {
        job.step("bringing results", (n * AT_ONCE) as u64, Some(items.len() as u64))?;
        let mut of_words: Vec<(MediaId, Vec<Finding>)> = vec![];
        let mut ops = vec![];
        for item in chunk {
            if missing.contains(item.media()) {
                out.missing.push(item.media().to_owned());
                continue;
            }
            // What names the media is read first: most of an archive that is brought again is known by it.
            let first = findings(place, item, &names[..1], job);
            if first.as_ref().ok().and_then(|found| media_of(found)).is_some_and(|media| desk.project().media(&media).is_ok()) {
                out.known.push(item.media().to_owned());
                continue;
            }
            let findings = match first.and_then(|first| Ok([first, findings(place, item, &names[1..], job)?].concat())) {
                Ok(findings) => findings,
                Err(crate::Error::Cancelled(cancelled)) => return Err(cancelled.into()),
                Err(error) => {
                    out.failures.push(error.to_string());
                    continue;
                }
            };
            let Some(media) = media_of(&findings) else {
                out.failures.push(format!("{}: its findings name no media. Run the item again", item.media()));
                continue;
            };
            // Two files of one content are one media, and those of earlier transactions are in the project by now.
            if of_words.iter().any(|(m, _)| *m == media) {
                out.known.push(item.media().to_owned());
                continue;
            }
            let (later, first): (Vec<Finding>, Vec<Finding>) = findings.into_iter().partition(Finding::is_of_truth);
            let made: std::result::Result<Vec<Op>, String> =
                first.into_iter().map(|finding| moved(finding, item.media(), at).op(&media, 0)).collect();
            match made {
                Ok(made) => ops.extend(made),
                Err(why) => {
                    out.failures.push(why);
                    continue;
                }
            }
            of_words.push((media, later));
        }
        desk.project().apply_all(ops, &By::Machine)?;
        // What speaks of words names the position that these came in at.
        let mut ops = vec![];
        for (media, findings) in of_words {
            let truth = desk.project().truth(&media)?;
            for finding in findings {
                ops.push(finding.op(&media, truth).map_err(|why| wrong(&media.0, why))?);
            }
            out.media.push(media);
        }
        desk.project().apply_all(ops, &By::Machine)?;
    }
    Ok(out)
}

/// All findings of an item, in the order of the stages.
fn findings(place: Place, item: &Item, stages: &[&str], job: &Job) -> Result<Vec<Finding>> {
    let mut all = vec![];
    for stage in stages {
        let found: Option<Found> = place.read(&Place::findings(item, stage), job).map_err(cloud)?;
        let found = found.ok_or_else(|| wrong(item.media(), format!("the findings of {stage} are gone. Run the item again")))?;
        all.extend(found.findings);
    }
    Ok(all)
}

fn media_of(findings: &[Finding]) -> Option<MediaId> {
    findings.iter().find_map(|finding| match finding {
        Finding::Media { record } => Some(MediaId::of_hash(&record.hash)),
        _ => None,
    })
}

/// The media with the path that it has from the project.
fn moved(finding: Finding, name: &str, at: &dyn Fn(&str) -> String) -> Finding {
    match finding {
        Finding::Media { record } => Finding::Media { record: MediaRecord { path: at(name), ..record } },
        other => other,
    }
}
