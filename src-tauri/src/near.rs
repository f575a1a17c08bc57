//! Finding by meaning from the window, and the vectors that it takes.

use crate::amazon::{Amazon, trouble};
use crate::app::{App, Work};
use crate::asking::{blocked, left, unless_stopped};
use crate::commands::Answer;
use crate::jobs::Ended;
use plumbline_adapters::{Ffmpeg, png};
use plumbline_aws::{Bedrock, Within};
use plumbline_core::MediaTime;
use plumbline_core::models::{ModelKind, Money};
use plumbline_flows::near::{self as flow, NearHit};
use plumbline_flows::{self as flows, Error};
use plumbline_pipeline::calls::{Caller, RealClock};
use plumbline_pipeline::embedding::Space;
use plumbline_pipeline::limiter::Gate;
use plumbline_pipeline::models::{Meaning, PictureFormat};
use plumbline_pipeline::{Job, Media, StageError};
use plumbline_project::MediaId;
use serde::{Deserialize, Serialize};
use tauri::{AppHandle, State};
use tauri_plugin_dialog::DialogExt;
use ts_rs::TS;

/// Long edge of a picture that is asked about, in pixels.
const EDGE: u32 = 1_024;

/// An embedding model.
#[derive(Serialize, TS)]
#[ts(export)]
pub struct NearModel {
    id: String,
    name: String,
    /// Whether it knows pictures beside text.
    pictures: bool,
}

/// What can be found by meaning.
#[derive(Serialize, TS)]
#[ts(export)]
pub struct NearView {
    models: Vec<NearModel>,
    /// The model that most vectors of the project are of; null where there are none.
    model: Option<String>,
    /// So many vectors of it.
    #[ts(type = "number")]
    vectors: u64,
    /// Why nothing can be asked, as a sentence; null where it can.
    blocked: Option<String>,
}

/// What is looked for.
#[derive(Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum NearLike {
    /// What means about this.
    Text(String),
    /// What looks like the frame shown then.
    Frame {
        /// Of which media.
        media: MediaId,
        /// When.
        at_us: MediaTime,
    },
    /// What looks like a picture of the person's: they are asked for its file.
    File,
}

/// What giving vectors to all media comes to.
#[derive(Default, Serialize, TS)]
#[ts(export)]
pub struct EmbedEstimate {
    pieces: usize,
    /// Those that have one already.
    kept: usize,
    /// What it costs at most; null where the price is not known.
    at_most: Option<Money>,
    /// What is left of the cap; null where there is none.
    left: Option<Money>,
    /// Media that can't be read, each with its reason.
    failures: Vec<String>,
}

/// The space of a model by its id, as short as it gives vectors; where the project has vectors of it, that of most of them.
fn space(amazon: &Amazon, work: &Work, model: Option<&str>) -> flows::Result<Space> {
    let registry = amazon.registry()?;
    let held = flow::held(work.ledger.vectors.as_ref(), &registry, model)?;
    let space = match (held, model) {
        (Some(held), _) => held,
        (None, Some(id)) => Space::smallest(amazon.model_of(ModelKind::Embed, id)?)
            .ok_or_else(|| trouble(&format!("no length of a vector is known of {id}. Add it to your own models")))?,
        (None, None) => return Err(trouble("the project has no vectors yet. Embed it first")),
    };
    if amazon.cap().is_some() && !space.is_priced() {
        return Err(trouble(&format!("the price of {} is not known, so no cap can hold. Add it to your own models", space.model.name)));
    }
    Ok(space)
}

/// Asks on behalf of the open project.
fn asking<T>(amazon: &Amazon, work: &Work, space: &Space, use_it: impl FnOnce(&Caller) -> flows::Result<T>) -> flows::Result<T> {
    let account = amazon.open()?;
    let (bedrock, gate, clock) = (Bedrock::new(&account, Within::default()), Gate::new(space.limits(amazon.at_once)), RealClock::default());
    use_it(&Caller::new(&bedrock, work.ledger.as_ref(), &gate, amazon.cap(), &clock))
}

fn all(work: &Work) -> flows::Result<Vec<MediaId>> {
    Ok(work.desk().project().media_ids()?)
}

#[tauri::command(async)]
pub fn near(app: State<'_, App>) -> Answer<NearView> {
    let (amazon, work) = (app.world().settings.amazon(), app.work());
    let registry = amazon.registry()?;
    let held = flow::held(work.ledger.vectors.as_ref(), &registry, None)?;
    let spaces = work.ledger.vectors.spaces().map_err(StageError::from)?;
    let vectors = held.as_ref().and_then(|held| spaces.iter().find(|(name, _)| *name == held.name())).map_or(0, |(_, count)| *count);
    let models = registry.models().filter(|model| model.kind == ModelKind::Embed && !model.dimensions.is_empty());
    Ok(NearView {
        models: models.map(|m| NearModel { id: m.id.clone(), name: m.name.clone(), pictures: m.pictures }).collect(),
        model: held.map(|held| held.model.id),
        vectors,
        blocked: work.ledger.unkept.clone(),
    })
}

/// What lies nearest; null where the person named no file, or stopped it.
#[tauri::command(async)]
pub fn find_near(handle: AppHandle, app: State<'_, App>, like: NearLike) -> Answer<Option<Vec<NearHit>>> {
    let (amazon, work) = (app.world().settings.amazon(), app.work());
    blocked(&work)?;
    let what = match like {
        NearLike::Text(text) => Meaning::Text(text),
        NearLike::Frame { media, at_us } => shown(&work, &media, at_us)?,
        NearLike::File => {
            let picked = handle.dialog().file().set_title("Find what looks like this").add_filter("Pictures", &["png", "jpg", "jpeg"]);
            let Some(path) = picked.blocking_pick_file().and_then(|path| path.into_path().ok()) else { return Ok(None) };
            flow::picture(&path)?
        }
    };
    let space = space(&amazon, &work, None)?;
    let look = |job: &Job| {
        asking(&amazon, &work, &space, |caller| flow::find(&work.desk(), &space, what, caller, work.ledger.vectors.as_ref(), job))
    };
    unless_stopped(app.jobs.run("find by meaning".to_owned(), look))
}

/// The frame that is shown then, as it is sent.
fn shown(work: &Work, media: &MediaId, at: MediaTime) -> flows::Result<Meaning> {
    let path = work.desk().project().media_path(media)?;
    let frame = Ffmpeg.frame(&path, at, EDGE).map_err(StageError::from)?;
    let bytes = png(&frame).map_err(|e| Error::File { path: path.display().to_string(), why: format!("its frame can't be sent: {e}") })?;
    Ok(Meaning::Picture(PictureFormat::Png, bytes.into()))
}

#[tauri::command(async)]
pub fn estimate_embed(app: State<'_, App>, model: String) -> Answer<Option<EmbedEstimate>> {
    let (amazon, work) = (app.world().settings.amazon(), app.work());
    let space = space(&amazon, &work, Some(&model))?;
    unless_stopped(app.jobs.run("embed the project: estimate".to_owned(), |job| {
        let mut sum = EmbedEstimate { at_most: Some(Money::default()), left: left(&work, &amazon)?, ..EmbedEstimate::default() };
        for media in all(&work)? {
            match flow::estimate(&work.desk(), &media, &space, (work.ledger.as_ref(), work.ledger.vectors.as_ref()), job) {
                Ok(one) => {
                    (sum.pieces, sum.kept) = (sum.pieces + one.pieces, sum.kept + one.kept);
                    sum.at_most = sum.at_most.zip(one.at_most).map(|(sum, one)| sum + one);
                }
                Err(Error::Cancelled(cancelled)) => return Err(cancelled.into()),
                Err(error) => sum.failures.push(error.to_string()),
            }
        }
        Ok(sum)
    }))
}

/// Gives everything in the project a vector that has none; a job.
#[tauri::command(async)]
pub fn embed(app: State<'_, App>, model: String) -> Answer<()> {
    let (amazon, work) = (app.world().settings.amazon(), app.work());
    blocked(&work)?;
    let space = space(&amazon, &work, Some(&model))?;
    app.jobs.spawn("embed the project".to_owned(), move |job| {
        let mut ended = Ended::default();
        asking(&amazon, &work, &space, |caller| {
            for media in all(&work)? {
                match flow::embed(&work.desk(), &media, &space, (caller, amazon.at_once as usize), work.ledger.vectors.as_ref(), job) {
                    Ok(done) => ended.notes.extend(done.failures),
                    Err(Error::Cancelled(cancelled)) => return Err(cancelled.into()),
                    Err(error) => ended.failures.push(error),
                }
            }
            Ok(())
        })?;
        // What every media meets is told once.
        ended.failures.dedup_by_key(|failure| failure.to_string());
        Ok(ended)
    });
    Ok(())
}
