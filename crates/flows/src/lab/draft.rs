//! A prompt while it is written: what is wrong with it, what it would ask, and what a model says.

use super::kit::{Given, Kit, checked, shown};
use super::run::{Asker, tried, with_margin};
use super::show::{marks, raw};
use super::view::{Problem, Rendered, RenderedWindow, Tried};
use crate::annotate::with_plan;
use crate::{Desk, Error, Result};
use plumbline_core::lab::{Clip, PromptVersion, Shot};
use plumbline_core::models::{Model, Money};
use plumbline_pipeline::asking::{readable, request_tokens};
use plumbline_pipeline::checking::faults;
use plumbline_pipeline::models::{Part, Request};
use plumbline_pipeline::stages::StageError;
use plumbline_pipeline::{Job, Runs};
use plumbline_project::MediaId;
use serde::Deserialize;
use serde_json::Value;
use ts_rs::TS;

/// Where a draft is tried.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, TS)]
#[ts(export, rename = "LabStretch")]
pub struct At {
    /// Id of the media.
    pub media: String,
    /// When it begins.
    #[serde(rename = "start_us")]
    pub start: plumbline_core::MediaTime,
    /// When it ends.
    #[serde(rename = "end_us")]
    pub end: plumbline_core::MediaTime,
}

impl At {
    /// As a clip.
    pub fn clip(&self) -> Clip {
        Clip { media: self.media.clone(), start: self.start, end: self.end, holdout: false }
    }
}

/// Reads a draft as the window sends it, or says what is wrong and where.
///
/// # Errors
/// Where a field can't be read: one problem, with its place.
pub fn read_draft(draft: Value) -> std::result::Result<PromptVersion, Problem> {
    for part in ["schema", "whole_schema"] {
        if let Some(Err(error)) = draft.pointer(&format!("/prompt/{part}")).and_then(Value::as_str).map(serde_json::from_str::<Value>) {
            return Err(problem(part, u32::try_from(error.line()).ok(), format!("This is no JSON: {error}.")));
        }
    }
    let version: PromptVersion =
        serde_json::from_value(draft).map_err(|e| problem("name", None, format!("The draft can't be read: {e}.")))?;
    // As a file it must be one that can be read again.
    let text = version.write().map_err(|e| problem("name", None, e.to_string()))?;
    PromptVersion::read(&version.label(), &text).map_err(|e| problem("name", None, format!("{}.", e.why)))?;
    Ok(version)
}

fn problem(part: &str, line: Option<u32>, what: String) -> Problem {
    Problem { part: part.to_owned(), line, what, stops: true }
}

/// What is wrong with a draft, and what it would ask about a stretch. Nothing is sent.
///
/// # Errors
/// Where the pictures can't be decoded, the ledger can't be read, or the job was cancelled.
pub fn render(
    desk: &Desk<'_>,
    draft: &PromptVersion,
    model: &Model,
    given: &Given,
    at: &At,
    runs: &dyn Runs,
    job: &Job,
) -> Result<Rendered> {
    let told = |f: plumbline_pipeline::checking::Fault| Problem { part: f.part.into(), line: f.line, what: f.why, stops: f.stops };
    let problems: Vec<Problem> = faults(&draft.prompt, Some(model)).into_iter().map(told).collect();
    let mut all = Rendered { at_most: model.price.map(|_| Money::default()), problems, ..Rendered::default() };
    if all.problems.iter().any(|p| p.stops) {
        return Ok(all);
    }
    let kit = match Kit::new(draft, model, None, given) {
        Ok(kit) => kit,
        Err(Error::File { why, .. }) => {
            let part = if draft.prompt.needs_question() { "question" } else { "records" };
            all.problems.push(problem(part, None, format!("{why}.")));
            return Ok(all);
        }
        Err(error) => return Err(error),
    };
    let clip = at.clip();
    checked(&clip)?;
    let examples = shown(desk, &kit, &clip, job)?;
    all.examples = examples.len() as u32;
    if let Some(set) = held_out(desk, &clip)? {
        let what = format!("Some of this stretch is held out in the clip set {set}: what people say of it is not told.");
        all.problems.push(Problem { part: "clip".into(), line: None, what, stops: false });
    }
    let left_out = draft.examples.len() - examples.len();
    if left_out > 0 {
        let what = format!(
            "{left_out} of its examples do not go along: they lie where is asked, or show nothing that its schema has a place for."
        );
        all.problems.push(Problem { part: "examples".into(), line: None, what, stops: false });
    }
    let media = MediaId(at.media.clone());
    let rendered = with_plan(desk, &media, kit.asking(&examples), job, |plan, _| {
        let mut windows = vec![];
        for (span, request) in plan.requests(Some(clip.span()), &desk.ports)? {
            let kept = runs.answer(&plan.key(&request, 0)).map_err(StageError::from)?.is_some();
            windows.push((span, request, kept));
        }
        Ok(windows)
    });
    let windows = match rendered {
        Ok(windows) => windows,
        // A template that can be read may still ask for what is not there.
        Err(Error::Stage(StageError::Prompt(error))) => {
            all.problems.push(problem(error.part, error.line, format!("{}.", error.why)));
            return Ok(all);
        }
        Err(error) => return Err(error),
    };
    for (span, request, kept) in windows {
        let tokens = request_tokens(&request, model);
        if !kept {
            all.input_tokens += u64::from(tokens);
            let price = model.price.unwrap_or_default();
            all.at_most = all.at_most.map(|sum| sum + price.at_most(with_margin(tokens), request.max_tokens));
        }
        let (start_us, end_us) = (span.start.us(), span.end.us());
        all.windows.push(RenderedWindow { start_us, end_us, text: readable(&request), frames_us: frames(&request), tokens, kept });
    }
    Ok(all)
}

/// The clip set that holds out some of a stretch.
fn held_out(desk: &Desk<'_>, clip: &Clip) -> Result<Option<String>> {
    let sets = desk.project().clip_sets()?;
    let hides = |c: &Clip| c.holdout && c.media == clip.media && c.span().overlap(clip.span()).is_some();
    Ok(sets.into_iter().find(|kept| kept.set.clips.iter().any(hides)).map(|kept| kept.set.name))
}

/// The best stretches that people reviewed, as examples; none of what is held out.
///
/// # Errors
/// Where the project can't be read.
pub fn shots(desk: &Desk<'_>, count: usize) -> Result<Vec<Shot>> {
    let rows = desk.project().examples(count)?.examples;
    let mut all = vec![];
    for row in rows {
        let shot = Shot::of(&row.media.id.0, &row.media.name, &row.stretch);
        let clip = Clip { media: shot.media.clone(), start: shot.start, end: shot.end, holdout: false };
        if held_out(desk, &clip)?.is_none() {
            all.push(shot);
        }
    }
    Ok(all)
}

/// Where the frames of what is asked lie; those of examples are not among them.
fn frames(request: &Request) -> Vec<i64> {
    let asked = request.turns.last().map_or(&[][..], |turn| &turn.parts);
    asked.iter().filter_map(|part| if let Part::Picture { at, .. } = part { at.map(|at| at.us()) } else { None }).collect()
}

/// Asks about a stretch with a draft.
///
/// # Errors
/// Where nothing can be asked, no call would succeed, or the job was cancelled. What was answered is kept.
pub fn try_draft(desk: &Desk<'_>, draft: &PromptVersion, given: &Given, at: &At, asker: &Asker, job: &Job) -> Result<Tried> {
    let kit = Kit::new(draft, asker.model, None, given)?;
    let clip = at.clip();
    checked(&clip)?;
    let (tried, paid) = tried(desk, &kit, &clip, (0, 0, 0), asker, job)?;
    // What judges later must not be seen now.
    let truth = if held_out(desk, &clip)?.is_some() { None } else { desk.project().clip_truth(&MediaId(at.media.clone()), clip.span())? };
    let set = plumbline_core::lab::ClipSet {
        name: String::new(),
        clips: vec![clip.clone()],
        labels: vec![],
        chosen: String::new(),
        note: String::new(),
    };
    let (truth, found, _) = marks(truth.as_deref(), &tried.annotations, &clip, &set);
    let calls = raw(desk, &kit, &clip, &tried, asker.caller.runs(), job)?;
    Ok(Tried { truth, found, calls, unanswered: tried.unanswered, paid })
}
