//! One stage of one item.

use super::{Finding, IMPORT, Item, Place};
use crate::process::{Recipe, stage};
use crate::{Desk, Error, Result, import};
use plumbline_pipeline::graph::{GRAPH, Leg, Node};
use plumbline_pipeline::stages::Ports;
use plumbline_pipeline::{CloudError, Fault, Job, Source, StageError};
use plumbline_project::{By, MediaId, Op, Project};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Mutex;

/// The stages of an archive, in order: the item is brought, then goes through the graph. A copy that the window plays is made where there is a window.
pub fn stages() -> Vec<Node> {
    const ROOT: &[&str] = &[IMPORT];
    let root = Node { name: IMPORT, about: "Bring the files, and look at what they are", leg: Leg::Both, needs: &[], after: &[] };
    let of_graph = GRAPH.into_iter().filter(|node| node.name != "proxy");
    // What waits for nothing at the desk waits for its files here.
    let rooted = of_graph.map(|node| if node.needs.is_empty() && node.after.is_empty() { Node { needs: ROOT, ..node } } else { node });
    std::iter::once(root).chain(rooted).collect()
}

/// What a step works with.
#[derive(Clone, Copy)]
pub struct Step<'a> {
    /// Where results lie.
    pub place: Place<'a>,
    /// Where media come from.
    pub source: &'a dyn Source,
    /// What is to be done.
    pub recipe: Recipe<'a>,
    /// The world.
    pub ports: Ports<'a>,
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Did {
    /// It was done now.
    Done,
    /// There was nothing to do, which is written down, too.
    Nothing,
    /// It was done before.
    Before,
}

/// The findings of a stage of an item, as they are kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Found {
    /// The stage.
    pub stage: String,
    /// The media's name in the source.
    pub media: String,
    /// Whether there was anything to do.
    pub did: bool,
    /// What it found out, in order.
    pub findings: Vec<Finding>,
    /// Sentences about what was met.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// An item that was lost at a stage, as it is kept until the stage is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lost {
    /// The item.
    pub item: Item,
    /// The stage that failed.
    pub stage: String,
    /// What kind of failure it is.
    pub fault: Fault,
    /// What happened, where, and what to do.
    pub why: String,
}

impl Step<'_> {
    /// Does one stage of an item, unless its findings are there.
    ///
    /// # Errors
    /// Where there is no such stage, one before it was not done, or it fails; nothing is written then.
    pub fn run(&self, item: &Item, name: &str, job: &Job) -> Result<Did> {
        let all = stages();
        let Some(node) = all.iter().find(|node| node.name == name) else {
            let names: Vec<&str> = all.iter().map(|node| node.name).collect();
            return Err(wrong(name, format!("there is no such stage; there are: {}", names.join(", "))));
        };
        let key = Place::findings(item, name);
        if self.place.objects.exists(&self.place.key(&key), job).map_err(cloud)? {
            return Ok(Did::Before);
        }
        let before = self.before(item, node, &all, job)?;
        let (found, did) = match name {
            IMPORT => self.import(item, job)?,
            _ => self.stage(item, name, before, job)?,
        };
        self.place.write(&key, &found, job).map_err(cloud)?;
        Ok(did)
    }

    /// The findings of all stages before one, in their order.
    fn before(&self, item: &Item, node: &Node, all: &[Node], job: &Job) -> Result<Vec<Finding>> {
        let mut findings = vec![];
        for before in ancestors(node, all) {
            let found: Option<Found> = self.place.read(&Place::findings(item, before), job).map_err(cloud)?;
            match found {
                Some(found) => findings.extend(found.findings),
                None => {
                    return Err(wrong(item.media(), format!("the stage {before} was not done. Do it before {}", node.name)));
                }
            }
        }
        Ok(findings)
    }

    fn import(&self, item: &Item, job: &Job) -> Result<(Found, Did)> {
        let (project, paths) = (self.project()?, self.files(item, job)?);
        let desk = Desk { project: &project, ports: self.ports, by: By::Machine };
        let imported = import(&desk, &paths, job)?;
        if let Some(failure) = imported.failures.into_iter().next() {
            return Err(failure);
        }
        let folder = format!("{}/", self.source.folder().display());
        let notes = imported.notes.into_iter().map(|note| note.replace(&folder, "")).collect();
        Ok((self.found(item, IMPORT, true, notes, &desk)?, Did::Done))
    }

    fn stage(&self, item: &Item, name: &str, before: Vec<Finding>, job: &Job) -> Result<(Found, Did)> {
        if !self.recipe.wants(name) {
            return Ok((
                Found { stage: name.into(), media: item.media().into(), did: false, findings: vec![], notes: vec![] },
                Did::Nothing,
            ));
        }
        // The file has to be there before anything asks for it.
        self.files(item, job)?;
        let project = self.project()?;
        let desk = Desk { project: &project, ports: self.ports, by: By::Machine };
        let media = put_in(&desk, before)?;
        desk.project().take_done();
        let (notes, did) = stage(&desk, &media, &self.recipe, name, job)?;
        let found = self.found(item, name, did, notes, &desk)?;
        Ok((found, if did { Did::Done } else { Did::Nothing }))
    }

    fn project(&self) -> Result<Mutex<Project>> {
        Ok(Mutex::new(Project::scratch(self.source.folder())?))
    }

    fn files(&self, item: &Item, job: &Job) -> Result<Vec<PathBuf>> {
        item.files.iter().map(|name| self.source.file(name, job).map_err(cloud)).collect()
    }

    fn found(&self, item: &Item, stage: &str, did: bool, notes: Vec<String>, desk: &Desk<'_>) -> Result<Found> {
        let done = desk.project().take_done();
        let findings = done.into_iter().map(Finding::of).collect::<std::result::Result<Vec<_>, _>>();
        let findings = findings.map_err(|_| wrong(item.media(), format!("the stage {stage} found out what archives have no form for")))?;
        Ok(Found { stage: stage.into(), media: item.media().into(), did, findings: findings.concat(), notes })
    }

    /// Writes down that an item was lost at a stage, so that it can be looked at and run again.
    ///
    /// # Errors
    /// Where it can't be written.
    pub fn lose(&self, item: &Item, stage: &str, error: &Error, job: &Job) -> Result<()> {
        let lost = Lost { item: item.clone(), stage: stage.into(), fault: error.fault(), why: error.to_string() };
        // The name says what it is of, so that another reason is another object.
        let hash = blake3::hash(lost.why.as_bytes()).to_hex();
        let name = format!("lost/{}/{stage}-{}.json", item.id, &hash[..8]);
        self.place.write(&name, &lost, job).map(|_| ()).map_err(cloud)
    }
}

/// The names of all stages that stand before one, in the order of the graph.
fn ancestors<'n>(node: &Node, all: &'n [Node]) -> Vec<&'n str> {
    let mut wanted: Vec<&str> = node.needs.iter().chain(node.after).copied().collect();
    let mut found = vec![];
    for before in all.iter().rev() {
        if wanted.contains(&before.name) {
            wanted.extend(before.needs.iter().chain(before.after));
            found.push(before.name);
        }
    }
    found.reverse();
    found
}

/// Puts findings into a project that has nothing yet; gives the media that they are of.
fn put_in(desk: &Desk<'_>, findings: Vec<Finding>) -> Result<MediaId> {
    let mut media = None;
    for finding in findings {
        if let Finding::Media { record } = &finding {
            media = Some(MediaId::of_hash(&record.hash));
        }
        let Some(of) = &media else { continue };
        let truth = desk.project().truth(of)?;
        let op: Op = finding.op(of, truth).map_err(|why| wrong("what an earlier stage found", why))?;
        desk.apply(op, &By::Machine)?;
    }
    media.ok_or_else(|| wrong("what an earlier stage found", "it names no media. Run the item's first stage again".into()))
}

pub(super) fn wrong(path: &str, why: String) -> Error {
    Error::File { path: path.to_owned(), why }
}

pub(super) fn cloud(error: CloudError) -> Error {
    StageError::from(error).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_stands_behind_all_that_it_rests_on() {
        let all = stages();
        let check = |name: &str, before: &[&str]| {
            let node = all.iter().find(|node| node.name == name).map(|node| ancestors(node, &all));
            assert_eq!(node.as_deref(), Some(before), "{name}");
        };
        check("import", &[]);
        check("listen", &["import"]);
        check("text", &["import", "look"]);
        check("drift", &["import", "listen", "speech"]);
        check("measure", &["import", "listen", "look", "speech", "text", "drift", "annotate"]);
    }
}
