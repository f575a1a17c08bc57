//! One stage of one item.

use super::{Finding, IMPORT, Item, Place, Settings};
use crate::process::{Recipe, Speech, stage};
use crate::{Desk, Error, Result, import};
use plumbline_core::Profile;
use plumbline_pipeline::custom_stage::{CustomStage, StagePrograms};
use plumbline_pipeline::graph::{GRAPH, Leg, Node};
use plumbline_pipeline::stages::{MediaFile, Part, Ports, hash, speech, text};
use plumbline_pipeline::{CloudError, Fault, Job, Source, StageError};
use plumbline_project::{By, MediaId, Op, Project};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Mutex;

/// The stages of an archive, in order: the item is brought, then goes through the graph, with the user's own stages before it is measured. A copy that
/// the window plays is made where there is a window.
///
/// # Errors
/// Where a stage of the user's own can't be used: why.
pub fn stages(settings: &Settings) -> std::result::Result<Vec<Node>, String> {
    const ROOT: &[&str] = &[IMPORT];
    let root = Node { name: IMPORT, about: "Bring the files, and look at what they are", leg: Leg::Both, needs: &[], after: &[] };
    let of_graph = GRAPH.into_iter().filter(|node| node.name != "proxy");
    // What waits for nothing at the desk waits for its files here.
    let rooted = of_graph.map(|node| if node.needs.is_empty() && node.after.is_empty() { Node { needs: ROOT, ..node } } else { node });
    let mut nodes: Vec<Node> = std::iter::once(root).chain(rooted).collect();
    for stage in &settings.stages {
        let known: Vec<&str> = nodes.iter().filter(|node| node.name != LAST).map(|node| node.name).collect();
        if let Some(problem) = stage.problem(&[&known[..], &[LAST]].concat()).or_else(|| reads_last(stage)) {
            return Err(problem);
        }
        let reads: Vec<&str> =
            std::iter::once(IMPORT).chain(stage.reads.iter().map(String::as_str).filter(|read| *read != IMPORT)).collect();
        let needs: Vec<&'static str> = reads.into_iter().map(kept).collect();
        let node = Node { name: kept(&stage.name), about: "A program of your own", leg: Leg::Both, needs: needs.leak(), after: &[] };
        let before_last = nodes.len() - 1;
        nodes.insert(before_last, node);
        let last = &mut nodes[before_last + 1];
        last.after = [last.after, &[node.name]].concat().leak();
    }
    Ok(nodes)
}

/// Stages that read what was heard and seen, not the media, where that was kept.
const FROM_ARTIFACTS: [&str; 2] = ["drift", LAST];
/// The stage that measures: it stands behind all others.
const LAST: &str = "measure";

fn reads_last(stage: &CustomStage) -> Option<String> {
    stage.reads.iter().any(|read| read == LAST).then(|| format!("the stage {} reads {LAST}, which stands behind it", stage.name))
}

/// A name for as long as the program runs: a graph names its stages so, and an archive has few.
fn kept(name: &str) -> &'static str {
    name.to_owned().leak()
}

/// What a step works with.
#[derive(Clone, Copy)]
pub struct Step<'a> {
    /// Where results lie.
    pub place: Place<'a>,
    /// Where media come from.
    pub source: &'a dyn Source,
    /// The stages, in order.
    pub nodes: &'a [Node],
    /// Those of them that are the user's own.
    pub custom: &'a [CustomStage],
    /// Runs their programs.
    pub programs: &'a dyn StagePrograms,
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
        let Some(node) = self.nodes.iter().find(|node| node.name == name) else { return Err(self.no_stage(name)) };
        let key = Place::findings(item, name);
        if self.place.objects.exists(&self.place.key(&key), job).map_err(cloud)? {
            return Ok(Did::Before);
        }
        let (found, did) = match self.custom.iter().find(|stage| stage.name == name) {
            Some(stage) => {
                let read =
                    node.needs.iter().map(|name| Ok(((*name).to_owned(), self.findings(item, name, node, job)?))).collect::<Result<_>>()?;
                super::custom::run(self, item, stage, read, job)?
            }
            None if name == IMPORT => self.import(item, job)?,
            None => self.stage(item, name, self.before(item, node, job)?, job)?,
        };
        self.place.write(&key, &found, job).map_err(cloud)?;
        Ok(did)
    }

    /// Does one share of the pieces of a stage of an item, and keeps them among the artifacts: who does the whole stage finds them, and its findings are
    /// the same however it was split. Nothing else is written.
    ///
    /// # Errors
    /// Where the stage has no pieces, the item was not imported, or it fails.
    pub fn run_part(&self, item: &Item, name: &str, part: Part, job: &Job) -> Result<()> {
        let Some(node) = self.nodes.iter().find(|node| node.name == name) else { return Err(self.no_stage(name)) };
        let imported = self.findings(item, IMPORT, node, job)?;
        let record = Finding::media(&imported).ok_or_else(|| wrong(item.media(), "its import names no media. Run it again".into()))?;
        let has_words = imported.iter().any(|finding| matches!(finding, Finding::Transcript { .. }));
        let path = self.same_media(item, &imported, job)?;
        let file = MediaFile { path: &path, hash: &record.hash };
        match (name, self.recipe.speech, self.recipe.reader) {
            ("speech", Some(Speech::Here(_)), _) if has_words || !record.has_audio => Ok(()),
            ("speech", Some(Speech::Here(by)), _) => Ok(speech::run_part(file, Profile::default(), by, part, &self.ports, job)?),
            ("text", _, Some(_)) if record.picture.is_none() => Ok(()),
            ("text", _, Some(by)) => Ok(text::run_part(file, by, part, &self.ports, job)?),
            _ => Err(wrong(name, "it is not done in parts. Speech by a recogniser of this machine is, and text on screen".into())),
        }
    }

    fn no_stage(&self, name: &str) -> Error {
        let names: Vec<&str> = self.nodes.iter().map(|node| node.name).collect();
        wrong(name, format!("there is no such stage; there are: {}", names.join(", ")))
    }

    /// The findings of all stages before one, in their order.
    fn before(&self, item: &Item, node: &Node, job: &Job) -> Result<Vec<Finding>> {
        let found = ancestors(node, self.nodes).into_iter().map(|before| self.findings(item, before, node, job));
        Ok(found.collect::<Result<Vec<_>>>()?.concat())
    }

    /// The findings of a stage that `node` waits for.
    fn findings(&self, item: &Item, before: &str, node: &Node, job: &Job) -> Result<Vec<Finding>> {
        let found: Option<Found> = self.place.read(&Place::findings(item, before), job).map_err(cloud)?;
        let missing = || wrong(item.media(), format!("the stage {before} was not done. Do it before {}", node.name));
        found.map(|found| found.findings).ok_or_else(missing)
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
        // What rests on what others found does without the files, as a rule: they are large, and each machine would bring them anew.
        if FROM_ARTIFACTS.contains(&name) && !self.is_here(item) {
            match self.attempt(item, name, before.clone(), job) {
                Err(Error::Cancelled(cancelled)) => return Err(cancelled.into()),
                Err(_) => {}
                done => return done,
            }
        }
        self.files(item, job)?;
        self.same_media(item, &before, job)?;
        self.attempt(item, name, before, job)
    }

    /// Does a stage with what there is.
    fn attempt(&self, item: &Item, name: &str, before: Vec<Finding>, job: &Job) -> Result<(Found, Did)> {
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

    /// Whether the files of an item are on this machine.
    fn is_here(&self, item: &Item) -> bool {
        item.files.iter().all(|name| self.source.folder().join(name).is_file())
    }

    /// The files of an item, brought here.
    fn files(&self, item: &Item, job: &Job) -> Result<Vec<PathBuf>> {
        item.files.iter().map(|name| self.source.file(name, job).map_err(cloud)).collect()
    }

    /// The media of an item, brought here. One that is another by now than that which was imported is refused: what is found of it would stand beside what was
    /// found of the one before, under its name.
    pub(super) fn same_media(&self, item: &Item, imported: &[Finding], job: &Job) -> Result<PathBuf> {
        let path = self.source.file(item.media(), job).map_err(cloud)?;
        match Finding::media(imported) {
            Some(record) if hash::run(&path, job)? != record.hash => {
                let why = "it changed since it was imported. Put back what it was, or begin another archive over what it is now";
                Err(wrong(item.media(), why.into()))
            }
            _ => Ok(path),
        }
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
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_stands_behind_all_that_it_rests_on() {
        let own = |name: &str, reads: &[&str]| CustomStage {
            name: name.into(),
            version: 1,
            command: vec!["x".into()],
            reads: reads.iter().map(ToString::to_string).collect(),
            media: false,
            time_limit_s: 1,
            network: false,
        };
        let with = |stages: Vec<CustomStage>| Settings { stages, ..Settings::default() };
        let all = stages(&with(vec![own("logos", &["text"]), own("shots-of-logos", &["look", "logos"])])).unwrap();
        let check_settings = |own: CustomStage, wrong: &str| assert!(stages(&with(vec![own])).unwrap_err().contains(wrong), "{wrong}");
        check_settings(own("late", &["measure"]), "stands behind it");
        check_settings(own("text", &[]), "of this name");
        let check = |name: &str, before: &[&str]| {
            let node = all.iter().find(|node| node.name == name).map(|node| ancestors(node, &all));
            assert_eq!(node.as_deref(), Some(before), "{name}");
        };
        check("import", &[]);
        check("listen", &["import"]);
        check("text", &["import", "look"]);
        check("drift", &["import", "listen", "speech"]);
        check("logos", &["import", "look", "text"]);
        check("shots-of-logos", &["import", "look", "text", "logos"]);
        check("measure", &["import", "listen", "look", "speech", "text", "drift", "annotate", "logos", "shots-of-logos"]);
    }
}
