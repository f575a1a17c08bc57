//! A stage of the user's own over an item.

use super::step::{Found, Step, wrong};
use super::{Did, Finding, IMPORT, Item};
use crate::Result;
use plumbline_core::format;
use plumbline_pipeline::Job;
use plumbline_pipeline::custom_stage::CustomStage;
use serde_json::{Value, json};

/// Asks the program of a stage: what it is given and what it gives is told in docs/archive.md.
pub(super) fn run(step: &Step, item: &Item, stage: &CustomStage, read: Vec<(String, Vec<Finding>)>, job: &Job) -> Result<(Found, Did)> {
    let imported = || read.iter().find(|(name, _)| name == IMPORT).map_or(&[][..], |(_, findings)| findings);
    let media = stage.media.then(|| step.same_media(item, imported(), job)).transpose()?;
    let found: Value = read.into_iter().map(|(name, findings)| (name, json!(findings))).collect::<serde_json::Map<_, _>>().into();
    let input = json!({
        "stage": stage.name, "version": stage.version, "item": item.id, "name": item.media(), "media": media, "findings": found
    });
    let output = step.programs.run(stage, input.to_string().as_bytes(), job)?;
    let unreadable = |why: String| wrong(item.media(), format!("what the stage {} wrote can't be used: {why}", stage.name));
    let (set, notes) = format::read_annotations(&output).map_err(|e| unreadable(e.to_string()))?;
    let source = stage.source();
    let mut annotations = set.annotations;
    annotations.iter_mut().for_each(|annotation| annotation.source = Some(source.clone()));
    let did = if annotations.is_empty() { Did::Nothing } else { Did::Done };
    let findings = if annotations.is_empty() { vec![] } else { vec![Finding::Added { source, annotations }] };
    Ok((Found { stage: stage.name.clone(), media: item.media().into(), did: did == Did::Done, findings, notes }, did))
}
