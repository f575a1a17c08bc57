//! What a project keeps of the lab: versions of prompts, clip sets with the truth as it stood, runs, votes, and what each task is done with.
//!
//! Versions, sets and runs never change and are named by what they hold, so that copies of a project can't differ on them. A version or a set that was
//! taken back is still known by its id, for the runs that were made with it.

use crate::cells;
use crate::kept::Kept as Shelves;
use crate::records::{AnnotationEdit, MediaId};
use plumbline_core::lab::{ClipSet, PromptVersion, RunPlan};
use plumbline_core::models::Task;
use plumbline_core::prompt::Prompt;
use plumbline_core::{Annotation, MediaTime, Span};
use rusqlite::{Connection, OptionalExtension, params};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Something that was kept, and who kept it when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept<T> {
    /// Who; empty for the machine.
    pub by: String,
    /// When, in µs since 1970 UTC.
    pub at_us: i64,
    /// What.
    #[serde(flatten)]
    pub what: T,
}

/// A version by its blob.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PromptRef {
    pub name: String,
    pub version: u32,
    pub body: String,
}

/// A clip set and its truth by their blobs, and the position of the log that the truth is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SetRef {
    pub name: String,
    pub position: i64,
    pub truths: u32,
    pub set: String,
    pub truth: String,
}

/// A run: what lists show of it, and all of it by its blob.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RunRef {
    pub plan: RunPlan,
    pub code: String,
    pub thresholds: u32,
    pub tries: u32,
    pub of: u32,
    pub body: String,
}

/// What a task is done with from now on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Promotion {
    /// The task.
    pub task: Task,
    /// Id of the version.
    pub version: String,
    /// Id of the model.
    pub model: String,
    /// In place of the version's own, 0..1.
    #[serde(default)]
    pub temperature: Option<f32>,
    /// Id of the run that it stands on; none where it stands on a reason alone.
    #[serde(default)]
    pub run: Option<String>,
    /// What the numbers say, as sentences.
    #[serde(default)]
    pub says: String,
    /// Why it was promoted although the numbers do not carry it.
    #[serde(default)]
    pub reason: Option<String>,
}

impl Promotion {
    /// Whether the task is done alike, whatever led to it.
    pub fn is_same(&self, other: &Self) -> bool {
        let with = |p: &Self| (p.task, p.version.clone(), p.model.clone(), p.temperature.map(f32::to_bits));
        with(self) == with(other)
    }
}

/// Which of two variants is better on a clip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LabVote {
    /// The one.
    One,
    /// The other.
    Other,
    /// Neither.
    Tie,
}

impl LabVote {
    /// The same where the two are named the other way round.
    pub fn turned(self) -> Self {
        match self {
            Self::One => Self::Other,
            Self::Other => Self::One,
            Self::Tie => Self::Tie,
        }
    }
}

/// A version that was kept.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptPrompt {
    /// Its id.
    pub id: String,
    /// What people call it: `describe@2`, and a part of its id where copies were merged that both counted to it.
    pub label: String,
    /// All that it says.
    pub version: PromptVersion,
    /// Who made it.
    pub by: String,
    /// When, in µs since 1970 UTC.
    pub at_us: i64,
}

/// A clip set that was kept.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptSet {
    /// Its id.
    pub id: String,
    /// What it holds, with the clips that are held out.
    pub set: ClipSet,
    /// Position in the log that its truth is of.
    pub position: i64,
    /// Annotations that count and that people stand by, in all clips.
    pub truths: u32,
    /// Who made it.
    pub by: String,
    /// When, in µs since 1970 UTC.
    pub at_us: i64,
}

/// A run without what its tries brought.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptRun {
    /// Its id.
    pub id: String,
    /// What was tried on what.
    pub plan: RunPlan,
    /// Version of the program that made it.
    pub code: String,
    /// Version of the thresholds then in force.
    pub thresholds: u32,
    /// Tries that were made and lack no answer.
    pub tries: u32,
    /// Tries that it has in all.
    pub of: u32,
    /// Who began it.
    pub by: String,
    /// When it was begun, in µs since 1970 UTC.
    pub at_us: i64,
}

/// A vote in a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptVote {
    /// Which clip of the set, from 0.
    pub clip: u32,
    /// The one variant.
    pub one: u32,
    /// The other, which is the later in the plan.
    pub other: u32,
    /// Which is better.
    pub vote: LabVote,
    /// Who says so.
    pub by: String,
}

/// What people stand by in each clip of a set; none where nobody does.
pub(crate) type Truths = Vec<Option<Vec<Annotation>>>;

/// The rows of a table by id, the newest first.
pub(crate) fn rows<T: DeserializeOwned>(db: &Connection, table: &str) -> rusqlite::Result<Vec<(String, Kept<T>)>> {
    let mut rows: Vec<(String, Kept<T>)> = db
        .prepare_cached(&format!("SELECT id, body FROM {table} ORDER BY id"))?
        .query_map([], |r| Ok((r.get(0)?, cells::from_json(r, 1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    rows.sort_by_key(|(_, kept)| std::cmp::Reverse(kept.at_us));
    Ok(rows)
}

/// A row of a table.
pub(crate) fn row<T: DeserializeOwned>(db: &Connection, table: &str, id: &str) -> rusqlite::Result<Option<Kept<T>>> {
    db.prepare_cached(&format!("SELECT body FROM {table} WHERE id = ?1"))?.query_row([id], |r| cells::from_json(r, 0)).optional()
}

/// What a row of a table holds or held before it was taken back; `kind` is the event that writes it.
fn ever<T: DeserializeOwned>(db: &Connection, (table, kind): (&str, &str), id: &str) -> rusqlite::Result<Option<Kept<T>>> {
    if let Some(stands) = row(db, table, id)? {
        return Ok(Some(stands));
    }
    let written = "SELECT json_extract(c.value, '$.after') FROM event, json_each(event.body) AS c
         WHERE event.kind = ?1 AND json_extract(c.value, '$.id') = ?2 ORDER BY event.seq LIMIT 1";
    db.prepare_cached(written)?.query_row(params![kind, id], |r| cells::from_json(r, 0)).optional()
}

/// A clip set, also one that was taken back.
pub(crate) fn set_ref(db: &Connection, id: &str) -> rusqlite::Result<Option<Kept<SetRef>>> {
    ever(db, ("clip_set", "keep_clips"), id)
}

/// Whether a version is kept, or comes with Plumbline.
pub(crate) fn is_kept(db: &Connection, id: &str) -> rusqlite::Result<bool> {
    Ok(row::<PromptRef>(db, "prompt", id)?.is_some() || built_in().any(|version| version.id() == id))
}

/// The versions that come with Plumbline.
fn built_in() -> impl Iterator<Item = PromptVersion> {
    Task::ALL.into_iter().filter_map(|task| Prompt::built_in(task).ok()).map(PromptVersion::bare)
}

/// A version, also one that comes with Plumbline or was taken back.
pub(crate) fn version(db: &Connection, id: &str) -> rusqlite::Result<Option<PromptVersion>> {
    match ever::<PromptRef>(db, ("prompt", "keep_prompt"), id)? {
        Some(kept) => cells::read(db, &kept.what.body).map(Some),
        None => Ok(built_in().find(|version| version.id() == id)),
    }
}

/// The counts that versions of a name have or had, with their ids. A count is never given twice: what was made with a version tells it by that.
pub(crate) fn counted(db: &Connection, name: &str) -> rusqlite::Result<Vec<(u32, String)>> {
    let written =
        "SELECT DISTINCT json_extract(c.value, '$.after.version'), json_extract(c.value, '$.id') FROM event, json_each(event.body) AS c
         WHERE event.kind = 'keep_prompt' AND json_extract(c.value, '$.after.name') = ?1";
    let mut all: Vec<(u32, String)> =
        db.prepare_cached(written)?.query_map([name], |r| Ok((r.get(0)?, r.get(1)?)))?.collect::<rusqlite::Result<_>>()?;
    all.extend(built_in().filter(|v| v.prompt.name == name).map(|v| (v.prompt.version, v.id())));
    Ok(all)
}

/// What follows the highest count.
pub(crate) fn next(counted: &[(u32, String)]) -> u32 {
    counted.iter().map(|c| c.0).max().unwrap_or(0) + 1
}

/// What people call a version; its id where it is not known.
pub(crate) fn label(db: &Connection, id: &str) -> rusqlite::Result<String> {
    Ok(version(db, id)?.map_or_else(|| id.to_owned(), |version| version.label()))
}

/// What models are asked with where tasks were promoted, in words that differ wherever a promotion does; empty where none was.
pub(crate) fn prompts(db: &Connection) -> rusqlite::Result<String> {
    let mut promoted: Vec<Promotion> = rows::<Promotion>(db, "promoted")?.into_iter().map(|row| row.1.what).collect();
    promoted.sort_by_key(|p| p.task);
    let told = promoted.iter().map(|p| {
        let (label, id): (_, String) = (label(db, &p.version)?, p.version.chars().take(8).collect());
        let at = p.temperature.map(|t| format!(" at temperature {t}")).unwrap_or_default();
        Ok(format!("{label} ({id}) with {}{at} for {}", p.model, p.task.name()))
    });
    Ok(told.collect::<rusqlite::Result<Vec<_>>>()?.join("; "))
}

/// The votes of a run.
pub(crate) fn votes(db: &Connection, run: &str) -> rusqlite::Result<Vec<KeptVote>> {
    db.prepare_cached("SELECT clip, one, other, who, body FROM vote WHERE run = ?1 ORDER BY clip, one, other, who")?
        .query_map([run], |r| {
            Ok(KeptVote { clip: r.get(0)?, one: r.get(1)?, other: r.get(2)?, by: r.get(3)?, vote: cells::from_json(r, 4)? })
        })?
        .collect()
}

/// What one person says of two variants on a clip.
pub(crate) fn vote(db: &Connection, run: &str, pair: (u32, u32, u32), who: &str) -> rusqlite::Result<Option<LabVote>> {
    let (clip, one, other) = pair;
    db.prepare_cached("SELECT body FROM vote WHERE run = ?1 AND clip = ?2 AND one = ?3 AND other = ?4 AND who = ?5")?
        .query_row(params![run, clip, one, other, who], |r| cells::from_json(r, 0))
        .optional()
}

/// What people say of a media's pictures, to cut clips' truths from.
struct Standing {
    finished: bool,
    annotations: Vec<Annotation>,
    /// Where people set, moved, added or removed annotations.
    written: Vec<Span<MediaTime>>,
}

impl Standing {
    fn read(db: &Connection, kept: &Shelves, media: &MediaId) -> rusqlite::Result<Self> {
        let mut annotations = kept.annotated(db, media)?.map_or(vec![], |set| set.annotations);
        annotations.sort_by(|a, b| (a.span.start, &a.id).cmp(&(b.span.start, &b.id)));
        let edits: HashMap<String, AnnotationEdit> = cells::bodies(db, "annotation_edit", media)?.into_iter().collect();
        let mut written: Vec<Span<MediaTime>> = edits.values().filter_map(|edit| Some(edit.annotation.as_ref()?.span)).collect();
        // Who moved or removed one says something of where it was, too.
        if let Some(file) = cells::file(db, "annotations", media)?.filter(|_| !edits.is_empty()) {
            let imported = kept.annotations(db, &file.parsed)?;
            written.extend(imported.annotations.iter().filter(|a| edits.contains_key(&a.id)).map(|a| a.span));
        }
        Ok(Self { finished: cells::finished(db, media)?.is_some(), annotations, written })
    }

    /// What people stand by in a stretch.
    fn of(&self, clip: Span<MediaTime>) -> Option<Vec<Annotation>> {
        let stands = self.finished || self.written.iter().any(|span| touches(*span, clip));
        stands.then(|| self.annotations.iter().filter(|a| touches(a.span, clip)).cloned().collect())
    }
}

/// Whether something lies at least in part in a clip; a moment without length does where the clip holds it.
fn touches(span: Span<MediaTime>, clip: Span<MediaTime>) -> bool {
    clip.contains(span.start) || span.overlap(clip).is_some()
}

/// What people stand by in a stretch of a media.
pub(crate) fn truth(db: &Connection, kept: &Shelves, media: &MediaId, span: Span<MediaTime>) -> rusqlite::Result<Option<Vec<Annotation>>> {
    Ok(Standing::read(db, kept, media)?.of(span))
}

/// What people stand by in the clips of a set.
pub(crate) fn truths(db: &Connection, kept: &Shelves, set: &ClipSet) -> rusqlite::Result<Truths> {
    let mut truths = Vec::with_capacity(set.clips.len());
    for of_one in set.clips.chunk_by(|a, b| a.media == b.media) {
        let standing = Standing::read(db, kept, &MediaId(of_one[0].media.clone()))?;
        truths.extend(of_one.iter().map(|clip| standing.of(clip.span())));
    }
    Ok(truths)
}
