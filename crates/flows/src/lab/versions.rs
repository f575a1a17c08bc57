//! The versions that there are: those of the project, and those that come with Plumbline.

use super::view::{LabModel, LabView, PromptRow, RunRow, SetRow};
use crate::{Desk, Error, Result};
use plumbline_core::lab::PromptVersion;
use plumbline_core::models::{ModelKind, Registry, Task};
use plumbline_core::prompt::Prompt;
use plumbline_project::{MediaId, Op, Project};
use std::collections::BTreeSet;

/// The prompts that come with Plumbline, as versions.
fn built_in() -> Result<Vec<PromptVersion>> {
    let one = |task: Task| Prompt::built_in(task).map(PromptVersion::bare);
    Task::ALL.into_iter().map(one).collect::<std::result::Result<_, _>>().map_err(|e| unread(&e.to_string()))
}

fn unread(why: &str) -> Error {
    Error::File { path: "Prompts".into(), why: why.to_owned() }
}

/// A version by its id, or by what people call it, such as `describe@2`; by a name alone the newest of it.
///
/// # Errors
/// Where there is none.
pub fn version(project: &Project, name: &str) -> Result<(String, PromptVersion)> {
    let mut all: Vec<(String, PromptVersion)> = built_in()?.into_iter().map(|v| (v.id(), v)).collect();
    all.extend(project.prompts()?.into_iter().map(|kept| (kept.id, kept.version)));
    if let Some(found) = all.iter().find(|(id, version)| id == name || version.label() == name) {
        return Ok(found.clone());
    }
    let newest = all.iter().filter(|(_, version)| version.prompt.name == name).max_by_key(|(_, version)| version.prompt.version);
    let labels = || all.iter().map(|(_, v)| v.label()).collect::<Vec<_>>().join(", ");
    newest.cloned().ok_or_else(|| unread(&format!("there is no version {name}. There are: {}", labels())))
}

/// What a task is done with: the version that was promoted with its temperature in place and its model, else the one that comes with Plumbline.
///
/// # Errors
/// Where the project can't be read.
pub fn used(project: &Project, task: Task) -> Result<PromptVersion> {
    let Some(promotion) = project.promoted(task)?.map(|kept| kept.what) else {
        return Prompt::built_in(task).map(PromptVersion::bare).map_err(|e| unread(&e.to_string()));
    };
    let mut version = project.prompt(&promotion.version)?;
    version.prompt.temperature = promotion.temperature.or(version.prompt.temperature);
    version.model = Some(promotion.model);
    Ok(version)
}

/// Keeps a version; under the next free count of its name where that is taken by another text. Its id.
///
/// # Errors
/// Where the project can't be written.
pub fn keep(desk: &Desk<'_>, mut version: PromptVersion) -> Result<String> {
    let mut project = desk.project();
    // Kept again from the same file it is the version that it became.
    let counted = |n: u32| PromptVersion { prompt: Prompt { version: n, ..version.prompt.clone() }, ..version.clone() };
    if let Some(same) = project.prompts()?.into_iter().find(|kept| kept.version == counted(kept.version.prompt.version)) {
        return Ok(same.id);
    }
    let label = version.label();
    let taken = project.prompts()?.iter().any(|kept| kept.version.label() == label && kept.version != version)
        || built_in()?.iter().any(|other| other.label() == label && *other != version);
    if taken {
        version.prompt.version = project.free_version(&version.prompt.name)?;
    }
    let id = version.id();
    if !built_in()?.contains(&version) {
        project.apply(Op::KeepPrompt(version), &desk.by)?;
    }
    Ok(id)
}

/// The text of a version's file.
///
/// # Errors
/// Where there is none.
pub fn file_text(project: &Project, name: &str) -> Result<String> {
    version(project, name)?.1.write().map_err(|e| unread(&e.to_string()))
}

/// All that is in the lab.
///
/// # Errors
/// Where the project can't be read.
pub fn lab(project: &Project, registry: &Registry) -> Result<LabView> {
    let promoted: Vec<String> = project.promotions()?.into_iter().map(|kept| kept.what.version).collect();
    let row = |id: String, label: String, version: PromptVersion, by: String, at_us: i64| PromptRow {
        promoted: promoted.contains(&id),
        label,
        name: version.prompt.name,
        version: version.prompt.version,
        task: version.prompt.task,
        model: version.model,
        examples: version.examples.len() as u32,
        note: version.note,
        id,
        by,
        at_us,
    };
    let mut versions: Vec<PromptRow> = project.prompts()?.into_iter().map(|k| row(k.id, k.label, k.version, k.by, k.at_us)).collect();
    versions.extend(built_in()?.into_iter().map(|v| row(v.id(), v.label(), v, String::new(), 0)));
    versions.sort_by(|a, b| (a.task, &a.name, b.version, b.at_us).cmp(&(b.task, &b.name, a.version, a.at_us)));
    let models = registry.models().filter(|model| model.kind == ModelKind::Annotate);
    let model =
        |m: &plumbline_core::models::Model| LabModel { id: m.id.clone(), name: m.name.clone(), temperature: m.sampling.temperature };
    Ok(LabView { sets: sets(project)?, runs: runs(project, &versions)?, versions, models: models.map(model).collect() })
}

fn sets(project: &Project) -> Result<Vec<SetRow>> {
    let mut rows = vec![];
    for kept in project.clip_sets()? {
        let media: BTreeSet<&String> = kept.set.clips.iter().map(|c| &c.media).collect();
        let (clips, holdout) = (kept.set.clips.len(), kept.set.clips.iter().filter(|c| c.holdout).count());
        let mut set = kept.set.clone();
        set.clips.retain(|c| !c.holdout);
        rows.push(SetRow {
            media: media.len() as u32,
            clips: clips as u32,
            holdout: holdout as u32,
            set,
            truths: kept.truths,
            truth: kept.position,
            outdated: project.set_outdated(&kept.id)?,
            id: kept.id,
            by: kept.by,
            at_us: kept.at_us,
        });
    }
    Ok(rows)
}

fn runs(project: &Project, versions: &[PromptRow]) -> Result<Vec<RunRow>> {
    let label = |id: &String| versions.iter().find(|v| v.id == *id).map_or_else(|| id.clone(), |v| v.label.clone());
    let row = |kept: plumbline_project::KeptRun| RunRow {
        variants: kept.plan.variants.iter().map(|v| label(&v.version)).collect(),
        name: kept.plan.name,
        set: kept.plan.set,
        repeats: kept.plan.repeats,
        tries: kept.tries,
        of: kept.of,
        id: kept.id,
        by: kept.by,
        at_us: kept.at_us,
    };
    Ok(project.runs()?.into_iter().map(row).collect())
}

/// The media of clips that are in the library.
pub(super) fn known(project: &Project, media: &str) -> Result<String> {
    Ok(project.media(&MediaId(media.to_owned()))?.name().to_owned())
}
