//! What was done, by whom and when, newest first; and what restoring would change.

use super::tell::Teller;
use crate::cells::{self, Change};
use crate::error::Result;
use crate::project::Project;
use crate::records::MediaId;
use crate::restore::{amount, back_to, counted};
use plumbline_core::{MediaTime, WordId};
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use ts_rs::TS;

/// Groups of what can be done, for filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum HistoryGroup {
    /// Words: their text, lines and times.
    Words,
    /// Who says what.
    Speakers,
    /// Annotations.
    Annotations,
    /// Verdicts, defects, and reviews that are done.
    Flags,
    /// Maps and anchors.
    Alignment,
    /// Media and the files that belong to them.
    Files,
    /// Thresholds, and the project itself.
    Project,
    /// Undo, redo and restore.
    Undo,
    /// What the machine found out: proposals, places of words, measures.
    Findings,
}

/// The group of a kind of event.
fn group(kind: &str) -> HistoryGroup {
    match kind {
        "edit_word" | "write_words" | "retime_word" => HistoryGroup::Words,
        "assign_speaker" | "name_speaker" => HistoryGroup::Speakers,
        "set_annotation" | "remove_annotation" => HistoryGroup::Annotations,
        "decide" | "add_defect" | "remove_defect" | "finish" | "reopen" => HistoryGroup::Flags,
        "accept_map" | "accept_piece" | "reject_map" | "set_anchor" | "remove_anchor" => HistoryGroup::Alignment,
        "add_media" | "remove_media" | "relocate_media" | "import_transcript" | "import_annotations" | "add_annotations"
        | "attach_document" | "detach_document" => HistoryGroup::Files,
        "revert" | "restore" => HistoryGroup::Undo,
        "propose" | "hear" | "analyse" => HistoryGroup::Findings,
        _ => HistoryGroup::Project,
    }
}

/// What of the history is wanted; nothing set is all that people did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(export)]
pub struct HistoryFilter {
    /// Only what concerns this media.
    pub media: Option<MediaId>,
    /// Only what this person did.
    pub who: Option<String>,
    /// Only what is of this group.
    pub group: Option<HistoryGroup>,
    /// With what the machine found out; findings that follow each other are one row.
    pub findings: bool,
}

/// Where in the project something was done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct HistoryPlace {
    /// When in the media, under the map in force.
    pub at_us: Option<MediaTime>,
    /// The first word that it is about.
    pub word: Option<WordId>,
    /// The flag.
    pub flag: Option<String>,
    /// The annotation.
    pub annotation: Option<String>,
}

/// A step of the history: an event, a run of typing, or findings that followed each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct HistoryRow {
    /// Its last event; restoring to it keeps the step.
    #[ts(type = "number")]
    pub seq: i64,
    /// Its first event.
    #[ts(type = "number")]
    pub first: i64,
    /// How many events it is.
    pub events: u32,
    /// When it ended: microseconds since 1970.
    #[ts(type = "number")]
    pub at_us: i64,
    /// Who did it; empty for the machine.
    pub who: String,
    /// What it is about.
    pub group: HistoryGroup,
    /// The media concerned.
    pub media: Option<MediaId>,
    /// The name of the media.
    pub media_name: Option<String>,
    /// What was done: with the name before it, a sentence.
    pub did: String,
    /// It was taken back since, and not brought again.
    pub undone: bool,
    /// Where to go to see it.
    pub place: Option<HistoryPlace>,
}

/// A page of the history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct HistoryView {
    /// Position of the log.
    #[ts(type = "number")]
    pub seq: i64,
    /// Steps, the newest first.
    pub rows: Vec<HistoryRow>,
    /// Where the next page begins: its `before`; none where this is the last.
    #[ts(type = "number | null")]
    pub next: Option<i64>,
    /// Everybody who did something.
    pub people: Vec<String>,
    /// The last event of the step that undo would take back.
    #[ts(type = "number | null")]
    pub undo: Option<i64>,
}

/// What restoring would change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct RestorePreview {
    /// Position of the log that this holds for.
    #[ts(type = "number")]
    pub seq: i64,
    /// How many words would be others.
    pub words: u32,
    /// How many verdicts.
    pub verdicts: u32,
    /// How many annotations.
    pub annotations: u32,
    /// All that would change, counted: `12 words`. Empty where nothing would.
    pub changes: Vec<String>,
}

/// Events that are one row.
pub(super) struct Step {
    pub seq: i64,
    pub first: i64,
    pub at_us: i64,
    pub who: String,
    pub media: Option<MediaId>,
    pub reverts: Option<i64>,
    run: Option<String>,
    /// Their kinds, the last one first.
    pub kinds: Vec<String>,
    /// The last event's changes first.
    pub changes: Vec<Vec<Change>>,
}

impl Step {
    fn is_findings(&self) -> bool {
        self.kinds.iter().all(|kind| group(kind) == HistoryGroup::Findings)
    }

    /// Whether the event before it belongs to the same step.
    fn goes_on(&self, before: &Self) -> bool {
        let same_run = self.run.is_some() && self.run == before.run;
        self.media == before.media && self.who == before.who && (same_run || (self.is_findings() && before.is_findings()))
    }

    fn join(&mut self, before: Self) {
        self.first = before.first;
        self.kinds.extend(before.kinds);
        self.changes.extend(before.changes);
    }
}

const EVENTS: &str = "SELECT seq, at_us, actor, kind, media, reverts, run, body FROM event";

fn read_step(row: &rusqlite::Row<'_>) -> rusqlite::Result<Step> {
    let seq = row.get(0)?;
    Ok(Step {
        seq,
        first: seq,
        at_us: row.get(1)?,
        who: row.get(2)?,
        media: row.get::<_, Option<String>>(4)?.map(MediaId),
        reverts: row.get(5)?,
        run: row.get(6)?,
        kinds: vec![row.get(3)?],
        changes: vec![cells::from_json(row, 7)?],
    })
}

/// The step that ends with event `seq`.
pub(super) fn step_ending(db: &Connection, seq: i64) -> rusqlite::Result<Step> {
    let mut step = db.query_row(&format!("{EVENTS} WHERE seq = ?1"), [seq], read_step)?;
    if let Some(run) = step.run.clone() {
        let mut events = db.prepare_cached(&format!("{EVENTS} WHERE seq < ?1 AND actor <> '' ORDER BY seq DESC"))?;
        let mut rows = events.query([seq])?;
        while let Some(row) = rows.next()?
            && row.get::<_, Option<String>>(6)?.as_ref() == Some(&run)
        {
            step.join(read_step(row)?);
        }
    }
    Ok(step)
}

impl HistoryFilter {
    /// Whether an event is wanted, as far as its kind and its actor say.
    fn takes(&self, kind: &str, who: &str) -> bool {
        let group = group(kind);
        let of_group = self.group.is_none_or(|wanted| wanted == group);
        let finding = group == HistoryGroup::Findings && !self.findings && self.group != Some(HistoryGroup::Findings);
        of_group && !finding && self.who.as_ref().is_none_or(|wanted| wanted == who)
    }
}

/// At most `limit` steps from before `before`, and where the next ones begin.
fn steps(db: &Connection, filter: &HistoryFilter, before: i64, limit: usize) -> rusqlite::Result<(Vec<Step>, Option<i64>)> {
    let mut found: Vec<Step> = Vec::new();
    // Restoring the whole project, and taking that back, concerns each media that it changes.
    let of_media = "?2 IS NULL OR media = ?2 OR (media IS NULL AND kind IN ('restore', 'revert') AND instr(body, ?2) > 0)";
    let mut events = db.prepare_cached(&format!("{EVENTS} WHERE seq < ?1 AND ({of_media}) ORDER BY seq DESC"))?;
    let mut rows = events.query(params![before, filter.media.as_ref().map(|m| &m.0)])?;
    while let Some(row) = rows.next()? {
        if !filter.takes(row.get_ref(3)?.as_str()?, row.get_ref(2)?.as_str()?) {
            continue;
        }
        let step = read_step(row)?;
        let full = found.len() == limit;
        match found.last_mut() {
            Some(last) if last.goes_on(&step) => last.join(step),
            _ if full => return Ok((found, Some(step.seq + 1))),
            _ => found.push(step),
        }
    }
    Ok((found, None))
}

/// Events that were taken back and not brought again.
fn undone(db: &Connection) -> rusqlite::Result<HashSet<i64>> {
    let mut undone = HashSet::new();
    let mut reverts = db.prepare_cached("SELECT seq, reverts FROM event WHERE reverts IS NOT NULL ORDER BY seq DESC")?;
    let mut rows = reverts.query([])?;
    // The latest first: whether a revert stands is known before it is asked.
    while let Some(row) = rows.next()? {
        if !undone.contains(&row.get(0)?) {
            undone.insert(row.get(1)?);
        }
    }
    Ok(undone)
}

impl Project {
    /// A page of at most `limit` steps of the history, the newest first: those with events before `before`; none begins with the newest.
    ///
    /// # Errors
    /// Where the project can't be read.
    pub fn history(&self, filter: &HistoryFilter, before: Option<i64>, limit: u32) -> Result<HistoryView> {
        let read = || -> rusqlite::Result<_> {
            let (steps, next) = steps(&self.db, filter, before.unwrap_or(i64::MAX), limit.max(1) as usize)?;
            let people: Vec<String> = self
                .db
                .prepare_cached("SELECT DISTINCT actor FROM event WHERE actor <> '' ORDER BY actor")?
                .query_map([], |r| r.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            Ok((steps, next, people, undone(&self.db)?))
        };
        let (steps, next, people, undone) = self.at(read())?;
        let mut teller = Teller::new(self);
        let mut rows = Vec::with_capacity(steps.len());
        for step in steps {
            let (did, place) = teller.tell(&step)?;
            rows.push(HistoryRow {
                media_name: step.media.as_ref().map(|media| teller.name(media)).transpose()?,
                group: group(step.kinds.first().map_or("", String::as_str)),
                undone: undone.contains(&step.seq),
                events: step.kinds.len() as u32,
                seq: step.seq,
                first: step.first,
                at_us: step.at_us,
                who: step.who,
                media: step.media,
                did,
                place,
            });
        }
        Ok(HistoryView { seq: self.standing().seq, rows, next, people, undo: self.next_undo() })
    }

    /// What bringing things back to how they stood right after event `seq` would change.
    ///
    /// # Errors
    /// Where that can't be done, or the project can't be read.
    pub fn restore_preview(&self, seq: i64, media: Option<&MediaId>) -> Result<RestorePreview> {
        let changes = back_to(&self.db, seq, media).map_err(|e| e.in_file(self.path()))?;
        let counts = counted(changes.iter());
        let of = |what: &str| counts.iter().find(|c| c.0 == what).map_or(0, |c| c.1);
        Ok(RestorePreview {
            seq: self.standing().seq,
            words: of("word"),
            verdicts: of("verdict"),
            annotations: of("annotation"),
            changes: counts.iter().map(|(what, count)| amount(what, *count)).collect(),
        })
    }

    fn next_undo(&self) -> Option<i64> {
        self.history.next_undo().and_then(|step| step.events.last().copied())
    }
}
