//! What the window may ask: parse, one call, convert.

use crate::app::App;
use plumbline_core::gate::GateId;
use plumbline_core::{Annotation, Knot, MediaTime, Profile, Span, TranscriptTime, WordId};
use plumbline_flows::export::{Kind, write_whole};
use plumbline_flows::search::{ReplaceAll, Search, SearchView};
use plumbline_flows::tuning;
use plumbline_pipeline::stages::{MediaFile, proxy};
use plumbline_project::found::{Finding, FoundView};
use plumbline_project::views::{
    AlignmentView, AnalyticsView, AnnotationsView, Changed, ConflictsView, Decision, Effect, ExamplesView, FigureId, FlagsView, GateTuning,
    HeardAs, HistoryFilter, HistoryView, MomentsView, ProfilesView, ProjectView, Proposal, QueueAsk, QueueView, RestorePreview, TuningView,
    View, VocabularyView, WordsView,
};
use plumbline_project::{Defect, Error as ProjectError, MediaId, Merged, Op, Project, WordWrite};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use tauri::ipc::Response;
use tauri::{AppHandle, Manager, State};
use tauri_plugin_dialog::DialogExt;
use ts_rs::TS;

/// A failed call, as a sentence for people.
#[derive(Debug, Serialize, TS)]
#[ts(export, rename = "ApiError")]
pub struct CommandError {
    /// What happened, where, and what to do.
    message: String,
}

/// What a command gives, or a sentence.
pub type Answer<T> = Result<T, CommandError>;

impl<E: std::error::Error> From<E> for CommandError {
    fn from(error: E) -> Self {
        Self { message: error.to_string() }
    }
}

/// What the window needs to know once.
#[derive(Serialize, TS)]
#[ts(export)]
pub struct Start {
    project: ProjectView,
    /// `http://127.0.0.1:PORT/TOKEN`: media, frames and peaks are served below it.
    media_base: String,
    /// The media to open first, if one waits for review.
    open_media: Option<MediaId>,
    /// What to tell first: why another project is open than the one that was asked for.
    notice: Option<String>,
}

/// A media as the player needs it.
#[derive(Serialize, TS)]
#[ts(export)]
pub struct MediaInfo {
    id: MediaId,
    name: String,
    duration_us: MediaTime,
    /// Size of the picture as shown; null without pictures.
    picture: Option<PictureSize>,
    /// Average frames per second as a fraction; null where unknown.
    frame_rate: Option<(i32, i32)>,
    has_audio: bool,
    /// For `<video>`; null while a proxy is needed and not made yet, or the file is missing.
    url: Option<String>,
    /// Why `url` is null, as a sentence.
    blocked: Option<String>,
    /// Peaks file (the head of `crates/pipeline/src/peaks.rs` describes it); null without sound or while it is being computed.
    peaks_url: Option<String>,
    /// Pixels of frames (`serve_frame` in `src-tauri/src/serve.rs` describes them): append `&at_us=N` and, if wanted, `&edge=PIXELS`.
    frame_url: Option<String>,
}

/// A size in pixels.
#[derive(Serialize, TS)]
#[ts(export)]
pub struct PictureSize {
    width: u32,
    height: u32,
}

/// The times of consecutive frames around a moment.
#[derive(Serialize, TS)]
#[ts(export)]
pub struct FrameTimes {
    /// In order, at least one.
    times_us: Vec<MediaTime>,
    /// The number of the first of them, counted from 0; null where the file does not tell.
    #[ts(type = "number | null")]
    number: Option<u64>,
    /// Whether the first is the media's first.
    from_start: bool,
    /// Whether the last is the media's last.
    to_end: bool,
}

/// A change that a reviewer makes to one media.
#[derive(Deserialize, TS)]
#[serde(tag = "op", rename_all = "snake_case")]
#[ts(export)]
pub enum ReviewOp {
    AcceptMap,
    AcceptPiece { piece: u32 },
    RejectMap,
    SetAnchor { id: Option<String>, transcript_us: TranscriptTime, media_us: MediaTime },
    RemoveAnchor { id: String },
    RetimeWord { word: WordId, start_us: MediaTime, end_us: MediaTime },
    ResetWordTime { word: WordId },
    EditWord { word: WordId, text: String },
    WriteWords { words: Vec<WordWrite>, run: Option<String> },
    AssignSpeaker { words: Vec<WordId>, speaker: String },
    NameSpeaker { label: String, name: String },
    SetAnnotation { annotation: Annotation },
    RemoveAnnotation { id: String },
    AddDefect { defect: Defect },
    RemoveDefect { id: String },
    DetachDocument { id: String },
    Finish { finished: bool },
    Decide { flag: String, decision: Option<Decision>, note: Option<String> },
    SetProfile { profile: Option<Profile> },
}

impl ReviewOp {
    fn on(self, media: MediaId) -> Op {
        match self {
            Self::AcceptMap => Op::AcceptMap(media),
            Self::AcceptPiece { piece } => Op::AcceptPiece { media, piece },
            Self::RejectMap => Op::RejectMap(media),
            Self::SetAnchor { id, transcript_us, media_us } => {
                Op::SetAnchor { media, id, at: Knot { transcript: transcript_us, media: media_us } }
            }
            Self::RemoveAnchor { id } => Op::RemoveAnchor { media, id },
            Self::RetimeWord { word, start_us, end_us } => {
                Op::RetimeWord { media, word, span: Some(Span { start: start_us, end: end_us }) }
            }
            Self::ResetWordTime { word } => Op::RetimeWord { media, word, span: None },
            Self::EditWord { word, text } => Op::EditWord { media, word, text },
            Self::WriteWords { words, run } => Op::WriteWords { media, words, run },
            Self::AssignSpeaker { words, speaker } => Op::AssignSpeaker { media, words, speaker },
            Self::NameSpeaker { label, name } => Op::NameSpeaker { media, label, name },
            Self::SetAnnotation { annotation } => Op::SetAnnotation { media, annotation },
            Self::RemoveAnnotation { id } => Op::RemoveAnnotation { media, id },
            Self::AddDefect { defect } => Op::AddDefect { media, defect },
            Self::RemoveDefect { id } => Op::RemoveDefect { media, id },
            Self::DetachDocument { id } => Op::DetachDocument { media, id },
            Self::Finish { finished } => Op::Finish { media, finished },
            Self::Decide { flag, decision, note } => Op::Decide { media, flag, decision, note },
            Self::SetProfile { profile } => Op::SetProfile { media, profile },
        }
    }
}

fn started(app: &App) -> Answer<Start> {
    let (project, open_media) = app.with(|p| (p.view(), p.first_to_review()));
    Ok(Start { project, media_base: app.server.base().to_owned(), open_media: open_media?, notice: None })
}

#[tauri::command(async)]
pub fn start(app: State<'_, App>) -> Answer<Start> {
    let start = Start { notice: app.notice.clone(), ..started(&app)? };
    app.begin();
    Ok(start)
}

#[tauri::command(async)]
pub fn open_project(handle: AppHandle, app: State<'_, App>, path: Option<PathBuf>) -> Answer<Option<Start>> {
    let ask = || handle.dialog().file().add_filter("Plumbline project", &["plumbline"]).blocking_pick_file()?.into_path().ok();
    let Some(path) = path.or_else(ask) else { return Ok(None) };
    app.open(Project::open(&path)?);
    started(&app).map(Some)
}

#[tauri::command(async)]
pub fn new_project(handle: AppHandle, app: State<'_, App>, path: Option<PathBuf>) -> Answer<Option<Start>> {
    let ask = || handle.dialog().file().set_file_name("Review.plumbline").blocking_save_file()?.into_path().ok();
    let Some(path) = path.or_else(ask) else { return Ok(None) };
    app.open(Project::create(&path.with_extension("plumbline"))?);
    started(&app).map(Some)
}

#[tauri::command(async)]
pub fn library(app: State<'_, App>) -> Answer<Response> {
    // A `LibraryView`, as JSON already.
    Ok(Response::new(app.with(|p| p.library_json())?))
}

#[tauri::command(async)]
pub fn words(app: State<'_, App>, media: MediaId, range: Option<(WordId, WordId)>) -> Answer<WordsView> {
    Ok(app.with(|p| p.words(&media, range))?)
}

#[tauri::command(async)]
pub fn heard_as(app: State<'_, App>, media: MediaId, word: WordId) -> Answer<Option<HeardAs>> {
    Ok(app.with(|p| p.heard_as(&media, word))?)
}

#[tauri::command(async)]
pub fn alignment(app: State<'_, App>, media: MediaId) -> Answer<AlignmentView> {
    Ok(app.with(|p| p.alignment(&media))?)
}

#[tauri::command(async)]
pub fn flags(app: State<'_, App>, media: MediaId) -> Answer<FlagsView> {
    Ok(app.with(|p| p.flags(&media))?)
}

#[tauri::command(async)]
pub fn queue(app: State<'_, App>, ask: QueueAsk) -> Answer<QueueView> {
    Ok(app.with(|p| p.queue(&ask, &plumbline_flows::reviewer()))?)
}

#[tauri::command(async)]
pub fn annotations(app: State<'_, App>, media: MediaId) -> Answer<AnnotationsView> {
    Ok(app.with(|p| p.annotations(&media))?)
}

#[tauri::command(async)]
pub fn media(app: State<'_, App>, media: MediaId) -> Answer<MediaInfo> {
    let (record, path) = app.with(|p| Ok::<_, ProjectError>((p.media(&media)?, p.media_path(&media)?)))?;
    let found = path.exists();
    let file = MediaFile { path: &path, hash: &record.hash };
    let proxy = if record.plays { None } else { proxy::kept(file, proxy::MAX_EDGE, &app.world().ports())? };
    let plays = if record.plays { found.then(|| path.clone()) } else { proxy };
    let blocked = match (&plays, found) {
        (Some(_), _) => None,
        (None, false) => Some(format!("{} is not there any more. Find it again, or put it back", path.display())),
        (None, true) => Some("This file is being prepared for playing".to_owned()),
    };
    let url = plays.map(|path| app.server.media(&media, &path));
    Ok(MediaInfo {
        name: record.name().to_owned(),
        duration_us: record.duration,
        picture: record.picture.map(|p| PictureSize { width: p.width, height: p.height }),
        frame_rate: record.picture.map(|p| p.frame_rate).filter(|r| r.0 > 0),
        has_audio: record.has_audio,
        url,
        blocked,
        peaks_url: app.server.peaks(&record.hash),
        frame_url: (found && record.picture.is_some()).then(|| app.server.frame(&media, &path)),
        id: media,
    })
}

/// Applies, and has words measured again that moved or changed.
fn apply_op(app: &App, op: Op) -> Answer<Changed> {
    let by = app.world().settings.reviewer();
    let typing = matches!(&op, Op::WriteWords { run: Some(_), .. });
    let changed = app.with(|p| p.apply(op, &by))?;
    if let Some(media) = &changed.media
        && app.with(|p| p.needs_analysis(media)).unwrap_or(false)
    {
        // Sound that is prepared otherwise takes as long as an import.
        if app.with(|p| p.is_heard_otherwise(media)).unwrap_or(false) {
            app.prepare(media.clone());
        } else {
            app.refresh(media.clone(), typing);
        }
    }
    if changed.media.is_none() && changed.stale.contains(&View::Words) {
        app.refresh_all();
    }
    Ok(changed)
}

#[tauri::command(async)]
pub fn apply(app: State<'_, App>, media: MediaId, op: ReviewOp) -> Answer<Changed> {
    apply_op(&app, op.on(media))
}

#[tauri::command(async)]
pub fn undo(app: State<'_, App>) -> Answer<Changed> {
    apply_op(&app, Op::Undo)
}

#[tauri::command(async)]
pub fn redo(app: State<'_, App>) -> Answer<Changed> {
    apply_op(&app, Op::Redo)
}

/// Hits of a search; null where a newer one has begun.
#[tauri::command(async)]
pub fn search(app: State<'_, App>, search: Search) -> Answer<Option<SearchView>> {
    Ok(app.searches.search(&app.project(), &search)?)
}

/// Media that are read again before an answer: those somebody worked on just now. The others come behind the window.
const READ_FIRST: usize = 2;

/// Finds anything in the project.
#[tauri::command(async)]
pub fn find(app: State<'_, App>, finding: Finding) -> Answer<FoundView> {
    app.with(|p| p.catch_up_found(READ_FIRST))?;
    Ok(app.with(|p| p.find(&finding))?)
}

/// Reads what can be found in all media that something happened to.
#[tauri::command(async)]
pub fn read_found(app: State<'_, App>) -> Answer<()> {
    while app.with(|p| p.catch_up_found(READ_AT_ONCE))? > 0 {
        std::thread::yield_now();
    }
    Ok(())
}

#[tauri::command(async)]
pub fn replace(app: State<'_, App>, all: ReplaceAll) -> Answer<Changed> {
    Ok(app.replace(&all)?)
}

#[tauri::command(async)]
pub fn restore(app: State<'_, App>, seq: i64, media: Option<MediaId>) -> Answer<Changed> {
    apply_op(&app, Op::Restore { seq, media })
}

#[tauri::command(async)]
pub fn restore_preview(app: State<'_, App>, seq: i64, media: Option<MediaId>) -> Answer<RestorePreview> {
    Ok(app.with(|p| p.restore_preview(seq, media.as_ref()))?)
}

#[tauri::command(async)]
pub fn history(app: State<'_, App>, filter: HistoryFilter, before: Option<i64>, limit: u32) -> Answer<HistoryView> {
    Ok(app.with(|p| p.history(&filter, before, limit))?)
}

#[tauri::command(async)]
pub fn analytics(app: State<'_, App>, media: Option<MediaId>) -> Answer<AnalyticsView> {
    Ok(app.with(|p| p.analytics(media.as_ref()))?)
}

#[tauri::command(async)]
pub fn moments(app: State<'_, App>, media: Option<MediaId>, figure: FigureId, key: String, first: u32, limit: u32) -> Answer<MomentsView> {
    Ok(app.with(|p| p.moments(media.as_ref(), figure, &key, first, limit))?)
}

#[tauri::command(async)]
pub fn merge_copy(handle: AppHandle, app: State<'_, App>, path: Option<PathBuf>) -> Answer<Option<Merged>> {
    let ask = || handle.dialog().file().add_filter("Plumbline project", &["plumbline"]).blocking_pick_file()?.into_path().ok();
    let Some(path) = path.or_else(ask) else { return Ok(None) };
    let merged = app.with(|p| p.merge(&[path], false))?;
    app.prepare_all();
    Ok(Some(merged))
}

#[tauri::command(async)]
pub fn copy_project(handle: AppHandle, app: State<'_, App>, path: Option<PathBuf>) -> Answer<Option<PathBuf>> {
    let name = app.with(|p| p.view().name);
    let ask = || handle.dialog().file().set_file_name(format!("{name}-copy.plumbline")).blocking_save_file()?.into_path().ok();
    let Some(path) = path.or_else(ask).map(|p| p.with_extension("plumbline")) else { return Ok(None) };
    app.with(|p| p.copy_to(&path))?;
    Ok(Some(path))
}

#[tauri::command(async)]
pub fn conflicts(app: State<'_, App>) -> Answer<ConflictsView> {
    Ok(app.with(|p| p.conflicts())?)
}

#[tauri::command(async)]
pub fn adjudicate(app: State<'_, App>, id: String, pick: String) -> Answer<Changed> {
    apply_op(&app, Op::Adjudicate { id, pick })
}

/// What is written that belongs to no media.
#[derive(Deserialize, TS)]
#[serde(tag = "op", rename_all = "snake_case")]
#[ts(export)]
pub enum ProjectOp {
    /// Begins to draw units of a gate to be checked.
    StartProbing { gate: GateId, alpha: f64, delta: f64, pi: f64, cap: u32 },
    /// Ends that.
    StopProbing { gate: GateId },
    /// Sets a limit by hand; null turns the gate off.
    SetLimit { gate: GateId, limit: Option<f64>, note: String },
    /// Puts in force what the checks of these gates allow.
    ActivateProposal { gates: Vec<GateId>, alpha: f64, delta: f64, digest: String },
    /// Goes to a version of the thresholds that was made before.
    ActivateVersion { version: u32 },
    /// Leaves a phrase out of the vocabulary of a language, or takes it back in.
    SkipPhrase { language: String, phrase: String, skip: bool },
}

#[tauri::command(async)]
pub fn apply_project(app: State<'_, App>, op: ProjectOp) -> Answer<Changed> {
    let by = plumbline_flows::reviewer();
    app.with(|p| match op {
        ProjectOp::StartProbing { gate, alpha, delta, pi, cap } => Ok(tuning::start_checks(p, gate, (alpha, delta), (pi, cap), &by)?),
        ProjectOp::StopProbing { gate } => Ok(p.apply(Op::StopProbing(gate), &by)?),
        ProjectOp::SetLimit { gate, limit, note } => {
            Ok(p.apply(Op::SetLimits { limits: [(gate, limit)].into(), note, evidence: vec![] }, &by)?)
        }
        ProjectOp::ActivateProposal { gates, alpha, delta, digest } => {
            match tuning::activate(p, &gates, (alpha, delta), Some(&digest), &by)? {
                (_, Some(changed)) => Ok(changed),
                (proposal, None) => {
                    let says: Vec<&str> = proposal.gates.iter().map(|g| g.says.as_str()).collect();
                    Err(ProjectError::Refused(says.join(" ").trim_end_matches('.').to_owned()).into())
                }
            }
        }
        ProjectOp::SkipPhrase { language, phrase, skip } => Ok(p.apply(Op::SkipPhrase { language, phrase, skip }, &by)?),
        ProjectOp::ActivateVersion { version } => Ok(p.apply(Op::ActivateThresholds(version), &by)?),
    })
}

#[tauri::command(async)]
pub fn tuning(app: State<'_, App>) -> Answer<TuningView> {
    Ok(app.with(|p| p.tuning())?)
}

#[tauri::command(async)]
pub fn tuning_gate(app: State<'_, App>, gate: GateId) -> Answer<GateTuning> {
    Ok(app.with(|p| p.tuning_gate(gate))?)
}

#[tauri::command(async)]
pub fn tuning_effect(app: State<'_, App>, gate: GateId, limit: f64) -> Answer<Effect> {
    Ok(app.with(|p| p.tuning_effect(gate, limit))?)
}

#[tauri::command(async)]
pub fn tuning_propose(app: State<'_, App>, gates: Vec<GateId>, alpha: f64, delta: f64) -> Answer<Proposal> {
    Ok(app.with(|p| p.propose_limits(&gates, alpha, delta))?)
}

/// Media that are read at a time: whatever else is asked comes in between.
const READ_AT_ONCE: usize = 8;

/// Reads what can be learned from the media that changed.
fn learn(app: &App) -> Answer<()> {
    while app.with(|p| p.learn(READ_AT_ONCE))? {
        std::thread::yield_now();
    }
    Ok(())
}

#[tauri::command(async)]
pub fn vocabulary(app: State<'_, App>, least: u32) -> Answer<VocabularyView> {
    learn(&app)?;
    Ok(app.with(|p| p.vocabulary(least))?)
}

#[tauri::command(async)]
pub fn examples(app: State<'_, App>, count: usize) -> Answer<ExamplesView> {
    learn(&app)?;
    Ok(app.with(|p| p.examples(count))?)
}

#[tauri::command(async)]
pub fn export_vocabulary(
    handle: AppHandle,
    app: State<'_, App>,
    least: u32,
    language: String,
    path: Option<PathBuf>,
) -> Answer<Option<PathBuf>> {
    let table = app.with(|p| p.vocabulary_table(least, Some(&language)))?;
    let ask = || handle.dialog().file().set_file_name(format!("vocabulary-{language}.txt")).blocking_save_file()?.into_path().ok();
    let Some(path) = path.or_else(ask) else { return Ok(None) };
    write_whole(&path, table.as_bytes())?;
    Ok(Some(path))
}

#[tauri::command(async)]
pub fn export_examples(handle: AppHandle, app: State<'_, App>, count: usize, path: Option<PathBuf>) -> Answer<Option<PathBuf>> {
    let lines = app.with(|p| p.examples(count)?.jsonl())?;
    let ask = || handle.dialog().file().set_file_name("examples.jsonl").blocking_save_file()?.into_path().ok();
    let Some(path) = path.or_else(ask) else { return Ok(None) };
    write_whole(&path, lines.as_bytes())?;
    Ok(Some(path))
}

#[tauri::command(async)]
pub fn frame_times(app: State<'_, App>, media: MediaId, at_us: MediaTime) -> Answer<FrameTimes> {
    let path = app.with(|p| p.media_path(&media))?;
    let found = app.world().viewer.times(&path, at_us)?;
    Ok(FrameTimes { times_us: found.times, number: found.number, from_start: found.from_start, to_end: found.to_end })
}

#[tauri::command(async)]
pub fn import_files(handle: AppHandle, app: State<'_, App>, paths: Option<Vec<PathBuf>>) -> Answer<()> {
    let ask = || {
        let picked = handle.dialog().file().set_title("Add videos, transcripts, annotations and documents").blocking_pick_files()?;
        Some(picked.into_iter().filter_map(|p| p.into_path().ok()).collect())
    };
    if let Some(paths) = paths.filter(|p| !p.is_empty()).or_else(ask) {
        app.import(paths);
    }
    Ok(())
}

#[tauri::command(async)]
pub fn import_folder(handle: AppHandle, app: State<'_, App>) -> Answer<()> {
    let picked = handle.dialog().file().set_title("Add a folder of videos, transcripts and annotations").blocking_pick_folder();
    if let Some(folder) = picked.and_then(|p| p.into_path().ok()) {
        app.import(vec![folder]);
    }
    Ok(())
}

#[tauri::command(async)]
pub fn profiles(app: State<'_, App>) -> Answer<ProfilesView> {
    Ok(app.with(|p| p.profiles())?)
}

#[tauri::command(async)]
pub fn try_profiles(app: State<'_, App>, media: MediaId) {
    app.try_profiles(media);
}

#[tauri::command(async)]
pub fn align(app: State<'_, App>, media: MediaId) {
    app.align(media);
}

#[tauri::command(async)]
pub fn transcribe(app: State<'_, App>, media: MediaId) {
    app.transcribe(media);
}

#[tauri::command(async)]
pub fn read_text(app: State<'_, App>, media: MediaId) {
    app.read_text(media);
}

#[tauri::command(async)]
pub fn export_media(handle: AppHandle, app: State<'_, App>, media: MediaId, kind: Kind, path: Option<PathBuf>) -> Answer<Option<PathBuf>> {
    let name = app.with(|p| p.media(&media).map(|r| r.name().to_owned()))?;
    let stem = name.rsplit_once('.').map_or(name.as_str(), |n| n.0).to_owned();
    let ask = || handle.dialog().file().set_file_name(format!("{stem}.{}", kind.ending())).blocking_save_file()?.into_path().ok();
    let Some(path) = path.or_else(ask) else { return Ok(None) };
    app.export(&media, kind, &path)?;
    Ok(Some(path))
}

#[tauri::command(async)]
pub fn relocate(handle: AppHandle, app: State<'_, App>, media: MediaId) -> Answer<bool> {
    let picked = handle.dialog().file().set_title("Where to look for the file").blocking_pick_folder().and_then(|p| p.into_path().ok());
    let Some(folder) = picked else { return Ok(false) };
    let found = app.relocate(&media, &folder)?;
    if found {
        app.prepare(media);
    }
    Ok(found)
}

#[tauri::command]
pub fn cancel_job(handle: AppHandle, id: u64) {
    handle.state::<App>().jobs.cancel(id);
}
