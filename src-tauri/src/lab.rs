//! The prompt lab: versions, clip sets, runs, and what comes of them.

use crate::amazon::Amazon;
use crate::app::App;
use crate::asking::{blocked, left, unless_stopped};
use crate::commands::Answer;
use crate::jobs::Ended;
use crate::ways::asking;
use plumbline_core::lab::{PromptVersion, RunPlan, Shot};
use plumbline_core::models::Model;
use plumbline_flows::export::write_whole;
use plumbline_flows::lab::view::{
    BlindPair, CandidatesView, ClipFilter, ClipView, CompareView, DiffPart, GridView, LabView, RawCall, Rendered, RunEstimate, SetWish,
    Tried, Vote,
};
use plumbline_flows::lab::{self as flow, At, Given};
use plumbline_flows::{self as flows, Error};
use plumbline_pipeline::Job;
use plumbline_project::views::Changed;
use serde_json::Value;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use tauri::{AppHandle, State};
use tauri_plugin_dialog::DialogExt;

/// The look at a draft that goes on; a newer one ends it.
pub struct Drafts(Mutex<Job>);

impl Default for Drafts {
    fn default() -> Self {
        Self(Mutex::new(Job::quiet()))
    }
}

impl Drafts {
    fn next(&self) -> Job {
        let job = Job::quiet();
        let before = std::mem::replace(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner), job.clone());
        before.cancel();
        job
    }
}

/// A model for a version: the one that it names.
fn model_of(amazon: &Amazon, version: &PromptVersion) -> flows::Result<Model> {
    match &version.model {
        Some(id) => amazon.model(id),
        None => Err(Error::File { path: version.label(), why: "it names no model. Choose one beside it".into() }),
    }
}

/// The models of a plan, each once.
fn models_of(amazon: &Amazon, plan: &RunPlan) -> flows::Result<Vec<Model>> {
    let mut ids: Vec<&String> = plan.variants.iter().map(|variant| &variant.model).collect();
    ids.sort_unstable();
    ids.dedup();
    ids.into_iter().map(|id| amazon.model(id)).collect()
}

#[tauri::command(async)]
pub fn lab(app: State<'_, App>) -> Answer<LabView> {
    let registry = app.world().settings.amazon().registry()?;
    Ok(app.with(|project| flow::lab(project, &registry))?)
}

#[tauri::command(async)]
pub fn prompt_version(app: State<'_, App>, id: String) -> Answer<PromptVersion> {
    Ok(app.with(|project| flow::version(project, &id))?.1)
}

#[tauri::command(async)]
pub fn prompt_diff(app: State<'_, App>, before: String, after: PromptVersion) -> Answer<Vec<DiffPart>> {
    let (_, before) = app.with(|project| flow::version(project, &before))?;
    Ok(flow::diff(&before, &after))
}

#[tauri::command(async)]
pub fn keep_prompt(app: State<'_, App>, draft: Value) -> Answer<String> {
    let draft = flow::read_draft(draft).map_err(|problem| Error::File { path: problem.part, why: problem.what })?;
    Ok(flow::keep(&app.work().desk(), draft)?)
}

#[tauri::command(async)]
pub fn import_prompt(handle: AppHandle, app: State<'_, App>, path: Option<PathBuf>) -> Answer<Option<String>> {
    let ask = || handle.dialog().file().add_filter("Prompt", &["toml"]).blocking_pick_file()?.into_path().ok();
    let Some(path) = path.or_else(ask) else { return Ok(None) };
    let unread = |e: std::io::Error| Error::File { path: path.display().to_string(), why: format!("it can't be read: {e}") };
    let text = std::fs::read_to_string(&path).map_err(unread)?;
    let version = PromptVersion::read(&path.display().to_string(), &text)?;
    Ok(Some(flow::keep(&app.work().desk(), version)?))
}

#[tauri::command(async)]
pub fn export_prompt(handle: AppHandle, app: State<'_, App>, id: String, path: Option<PathBuf>) -> Answer<Option<PathBuf>> {
    let (text, label) = app.with(|project| flows::Result::Ok((flow::file_text(project, &id)?, flow::version(project, &id)?.1.label())))?;
    let name = format!("{}.toml", label.replace('@', "-"));
    let ask = || handle.dialog().file().set_file_name(name).blocking_save_file()?.into_path().ok();
    let Some(path) = path.or_else(ask) else { return Ok(None) };
    write_whole(&path, text.as_bytes())?;
    Ok(Some(path))
}

#[tauri::command(async)]
pub fn shots(app: State<'_, App>, count: usize) -> Answer<Vec<Shot>> {
    Ok(flow::shots(&app.work().desk(), count)?)
}

/// What is wrong with a draft, and what it would ask; null where a newer look ended this one.
#[tauri::command(async)]
pub fn render_prompt(app: State<'_, App>, drafts: State<'_, Drafts>, draft: Value, given: Given, at: At) -> Answer<Option<Rendered>> {
    let job = drafts.next();
    let amazon = app.world().settings.amazon();
    let rendered = flow::read_draft(draft).map(|draft| (model_of(&amazon, &draft), draft));
    let problem = |part: &str, what: String| flow::view::Problem { part: part.into(), line: None, what, stops: true };
    match rendered {
        Err(problem) => Ok(Some(Rendered { problems: vec![problem], ..Rendered::default() })),
        Ok((Err(error), _)) => Ok(Some(Rendered { problems: vec![problem("model", format!("{error}."))], ..Rendered::default() })),
        Ok((Ok(model), draft)) => {
            let work = app.work();
            unless_stopped(flow::render(&work.desk(), &draft, &model, &given, &at, work.ledger.as_ref(), &job))
        }
    }
}

#[tauri::command(async)]
pub fn try_prompt(app: State<'_, App>, draft: Value, given: Given, at: At) -> Answer<Option<Tried>> {
    let (amazon, work) = (app.world().settings.amazon(), app.work());
    blocked(&work)?;
    let draft = flow::read_draft(draft).map_err(|problem| Error::File { path: problem.part, why: problem.what })?;
    let models = [model_of(&amazon, &draft)?];
    let ask = |job: &Job| asking(&amazon, &work, &models, |askers| flow::try_draft(&work.desk(), &draft, &given, &at, &askers[0], job));
    unless_stopped(app.jobs.run(format!("try {}", draft.label()), ask))
}

#[tauri::command(async)]
pub fn candidates(app: State<'_, App>, filter: ClipFilter) -> Answer<CandidatesView> {
    Ok(flow::candidates(&app.work().desk(), &filter)?)
}

#[tauri::command(async)]
pub fn keep_set(app: State<'_, App>, wish: SetWish) -> Answer<String> {
    Ok(flow::keep_set(&app.work().desk(), wish)?)
}

#[tauri::command(async)]
pub fn estimate_run(app: State<'_, App>, plan: RunPlan) -> Answer<Option<RunEstimate>> {
    let (amazon, work) = (app.world().settings.amazon(), app.work());
    let models = models_of(&amazon, &plan)?;
    let known = |id: &str| models.iter().find(|model| model.id == id);
    let reckon = |job: &Job| {
        let estimate = flow::estimate_run(&work.desk(), &plan, &known, work.ledger.as_ref(), job)?;
        Ok(RunEstimate { left: left(&work, &amazon)?, ..estimate })
    };
    unless_stopped(app.jobs.run(format!("{}: estimate", plan.name), reckon))
}

#[tauri::command(async)]
pub fn start_run(app: State<'_, App>, plan: RunPlan, run: Option<String>) -> Answer<String> {
    let (amazon, work) = (app.world().settings.amazon(), app.work());
    blocked(&work)?;
    // A run that is there goes on by its own plan, whatever the window knows of it.
    let plan = run.as_ref().map_or(Ok(plan), |id| app.with(|project| project.run(id)).map(|record| record.plan))?;
    let models = models_of(&amazon, &plan)?;
    let (id, plan) = flow::begin(&work.desk(), plan, run, &|id| models.iter().find(|model| model.id == id))?;
    let name = id.clone();
    app.jobs.spawn(format!("run {}", plan.name), move |job| {
        asking(&amazon, &work, &models, |askers| flow::run(&work.desk(), &name, &plan, askers, job))?;
        Ok(Ended::default())
    });
    Ok(id)
}

#[tauri::command(async)]
pub fn grid(app: State<'_, App>, run: String, baseline: u32) -> Answer<GridView> {
    Ok(flow::grid(&app.work().desk(), &run, baseline)?)
}

#[tauri::command(async)]
pub fn lab_clip(app: State<'_, App>, run: String, clip: u32, repeat: u32) -> Answer<ClipView> {
    Ok(flow::clip_view(&app.work().desk(), &run, clip, repeat)?)
}

#[tauri::command(async)]
pub fn raw_calls(app: State<'_, App>, run: String, clip: u32, variant: u32, repeat: u32) -> Answer<Vec<RawCall>> {
    let (amazon, work) = (app.world().settings.amazon(), app.work());
    let plan = work.desk().project().run(&run)?.plan;
    let models = models_of(&amazon, &plan)?;
    let known = |id: &str| models.iter().find(|model| model.id == id);
    Ok(flow::raw_calls(&work.desk(), &run, (clip, variant, repeat), &known, work.ledger.as_ref(), &Job::quiet())?)
}

#[tauri::command(async)]
pub fn blind_pair(app: State<'_, App>, run: String, one: u32, other: u32) -> Answer<Option<BlindPair>> {
    Ok(flow::blind_pair(&app.work().desk(), &run, one, other)?)
}

#[tauri::command(async)]
pub fn vote(app: State<'_, App>, run: String, one: u32, other: u32, clip: u32, vote: Vote) -> Answer<Changed> {
    Ok(flow::vote(&app.work().desk(), &run, (one, other), clip, vote)?)
}

#[tauri::command(async)]
pub fn compare(app: State<'_, App>, run: String, baseline: u32, candidate: u32) -> Answer<CompareView> {
    Ok(flow::compare(&app.work().desk(), &run, baseline, candidate)?)
}

#[tauri::command(async)]
pub fn promote(app: State<'_, App>, run: String, baseline: u32, candidate: u32, reason: String) -> Answer<Changed> {
    Ok(flow::promote(&app.work().desk(), &run, baseline, candidate, &reason)?)
}
