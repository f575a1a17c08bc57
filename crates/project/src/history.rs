//! The log: appending, reading back, and what undo and redo would do next.

use crate::cells::{Change, json};
use crate::ops::By;
use crate::records::MediaId;
use rusqlite::{Connection, OptionalExtension, params};

/// What an operation is about to write.
pub(crate) struct Draft {
    pub kind: &'static str,
    pub media: Option<MediaId>,
    pub reverts: Option<i64>,
    /// Events of one run, one after the other, are one step for undo.
    pub run: Option<String>,
    pub changes: Vec<Change>,
}

/// Keeps a run. What it brought was found out by the machine, whoever had it made: undo passes it by.
pub(crate) const KEEP_RUN: &str = "keep_run";

/// Kinds of events and the newest version of each that this program reads and writes, with the clause that undo shows.
pub(crate) const KINDS: [(&str, u32, &str); 46] = [
    ("add_media", 1, "add the media"),
    ("remove_media", 1, "remove the media"),
    ("relocate_media", 1, "find the media again"),
    ("import_transcript", 1, "import the transcript"),
    ("import_annotations", 1, "import the annotations"),
    ("add_annotations", 1, "add annotations"),
    ("propose", 1, "propose a map"),
    ("accept_map", 1, "accept the map"),
    ("accept_piece", 1, "accept the piece"),
    ("reject_map", 1, "reject the map"),
    ("hear", 1, "listen for the words"),
    ("set_anchor", 1, "set the anchor"),
    ("remove_anchor", 1, "remove the anchor"),
    ("edit_word", 1, "edit the word"),
    ("retime_word", 1, "retime the word"),
    ("write_words", 1, "write the words"),
    ("replace_text", 1, "replace the text"),
    ("assign_speaker", 1, "reassign the speaker"),
    ("name_speaker", 1, "rename the speaker"),
    ("set_annotation", 1, "change the annotation"),
    ("remove_annotation", 1, "remove the annotation"),
    ("add_defect", 1, "add the defect"),
    ("remove_defect", 1, "remove the defect"),
    ("attach_document", 1, "attach the document"),
    ("detach_document", 1, "detach the document"),
    ("finish", 1, "finish the media"),
    ("reopen", 1, "reopen the media"),
    ("analyse", 1, "measure"),
    ("decide", 1, "decide on the flag"),
    ("thresholds", 1, "change the thresholds"),
    ("activate_thresholds", 1, "go to other thresholds"),
    ("start_probing", 1, "start the checks"),
    ("stop_probing", 1, "stop the checks"),
    ("try_profiles", 1, "try profiles of the sound"),
    ("set_profile", 1, "prepare the sound"),
    ("skip_phrase", 1, "leave out the phrase"),
    ("keep_phrase", 1, "take the phrase back in"),
    ("keep_prompt", 1, "keep the prompt"),
    ("keep_clips", 1, "keep the clip set"),
    (KEEP_RUN, 1, "make the run"),
    ("vote", 1, "vote"),
    ("promote", 1, "promote the prompt"),
    ("adjudicate", 1, "decide between two people"),
    ("revert", 1, "undo"),
    ("restore", 1, "restore how things stood"),
    ("start", 1, "start the project"),
];

fn version_of(kind: &str) -> Option<u32> {
    KINDS.iter().find(|k| k.0 == kind).map(|k| k.1)
}

pub(crate) fn clause(kind: &str) -> &'static str {
    KINDS.iter().find(|k| k.0 == kind).map_or("the last change", |k| k.2)
}

/// An event as the log has it.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub seq: i64,
    /// The same in every copy of the project.
    pub id: String,
    pub at_us: i64,
    /// Who did it; empty for the machine.
    pub actor: String,
    pub media: Option<MediaId>,
    /// The transcript whose words it speaks of, by what was read from it; none where it speaks of no words or that was not kept.
    pub basis: Option<String>,
    pub changes: Vec<Change>,
}

const EVENT: &str = "SELECT seq, id, at_us, actor, media, basis, body FROM event";

fn read_event(row: &rusqlite::Row<'_>) -> rusqlite::Result<Event> {
    Ok(Event {
        seq: row.get(0)?,
        id: row.get(1)?,
        at_us: row.get(2)?,
        actor: row.get(3)?,
        media: row.get::<_, Option<String>>(4)?.map(MediaId),
        basis: row.get(5)?,
        changes: crate::cells::from_json(row, 6)?,
    })
}

/// Appends an event.
pub(crate) fn append(db: &Connection, draft: Draft, by: &By) -> rusqlite::Result<Event> {
    let of_words = draft.changes.iter().any(Change::is_of_words);
    db.prepare_cached(
        "INSERT INTO event (id, at_us, stamp, actor, kind, version, media, reverts, run, body, basis)
         VALUES (lower(hex(randomblob(16))), ?1, max(?1, coalesce((SELECT max(stamp) FROM event), 0) + 1), ?2, ?3, ?4, ?5, ?6, ?7, ?8,
                 (SELECT parsed FROM transcript WHERE media = ?5 AND ?9))
         RETURNING seq, id, at_us, basis",
    )?
    .query_row(
        params![
            now_us(),
            by.name(),
            draft.kind,
            version_of(draft.kind).unwrap_or(1),
            draft.media.as_ref().map(|m| &m.0),
            draft.reverts,
            draft.run,
            json(&draft.changes)?,
            of_words,
        ],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
    )
    .map(|(seq, id, at_us, basis)| Event {
        seq,
        id,
        at_us,
        actor: by.name().to_owned(),
        media: draft.media,
        basis,
        changes: draft.changes,
    })
}

/// Calls back on every event, in the order in which they add up: that of their stamps, which all copies of a project share.
pub(crate) fn each(db: &Connection, mut seen: impl FnMut(Event) -> rusqlite::Result<()>) -> rusqlite::Result<()> {
    let mut events = db.prepare(&format!("{EVENT} ORDER BY stamp, id"))?;
    let mut rows = events.query([])?;
    while let Some(row) = rows.next()? {
        seen(read_event(row)?)?;
    }
    Ok(())
}

/// The event with this id.
pub(crate) fn event_by_id(db: &Connection, id: &str) -> rusqlite::Result<Option<Event>> {
    db.prepare_cached(&format!("{EVENT} WHERE id = ?1"))?.query_row([id], read_event).optional()
}

/// Who wrote a part of a cell after position `seq` in a copy that was merged, if anybody did.
pub(crate) fn merged_writer(db: &Connection, seq: i64, cell: &crate::cell_name::CellName) -> rusqlite::Result<Option<String>> {
    let mut events = db.prepare(&format!("{EVENT} WHERE merged = 1 AND seq > ?1 AND media IS ?2 ORDER BY seq DESC"))?;
    let mut rows = events.query(params![seq, cell.media().map(|m| m.0)])?;
    while let Some(row) = rows.next()? {
        let event = read_event(row)?;
        for change in &event.changes {
            if change.parts()?.iter().any(|part| part.cell == *cell) {
                return Ok(Some(event.actor));
            }
        }
    }
    Ok(None)
}

pub(crate) fn now_us() -> i64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_micros() as i64)
}

/// The cells that event `seq` changed, and the media it concerns.
pub(crate) fn changes(db: &Connection, seq: i64) -> rusqlite::Result<(Option<MediaId>, Vec<Change>)> {
    db.query_row("SELECT media, body FROM event WHERE seq = ?1", [seq], |r| {
        Ok((r.get::<_, Option<String>>(0)?.map(MediaId), crate::cells::from_json(r, 1)?))
    })
}

/// The first event of the file that this program can't read, in words.
pub(crate) fn unknown(db: &Connection) -> rusqlite::Result<Option<String>> {
    let mut kinds = db.prepare("SELECT kind, version, min(seq) FROM event GROUP BY kind, version ORDER BY 3")?;
    let mut rows = kinds.query([])?;
    while let Some(row) = rows.next()? {
        let (kind, version): (String, u32) = (row.get(0)?, row.get(1)?);
        if version_of(&kind).is_none_or(|known| version > known) {
            return Ok(Some(format!("event {} is of the unknown kind {kind} {version}", row.get::<_, i64>(2)?)));
        }
    }
    Ok(None)
}

/// Which events undo and redo would revert next. It is derived from the log and kept up as the log grows, also by other programs.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    seen: i64,
    undo: Vec<Step>,
    redo: Vec<Step>,
}

/// What undo takes back at once: an event, or a run of them.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// Positions in the log, in order.
    pub events: Vec<i64>,
    /// What was done, as a clause.
    pub clause: &'static str,
    run: Option<String>,
}

impl Step {
    /// Whether an event with this position is the one that a revert of the step names.
    fn is_named(&self, seq: i64) -> bool {
        self.events.last() == Some(&seq)
    }
}

impl History {
    /// Reads what was appended since the last call.
    pub fn catch_up(&mut self, db: &Connection) -> rusqlite::Result<()> {
        let mut events = db.prepare_cached("SELECT seq, actor, kind, reverts, run, merged FROM event WHERE seq > ?1 ORDER BY seq")?;
        let mut rows = events.query([self.seen])?;
        while let Some(row) = rows.next()? {
            let (seq, actor, kind): (i64, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let run: Option<String> = row.get(4)?;
            self.seen = seq;
            // What came from another copy is another's to take back.
            if row.get(5)? {
                continue;
            }
            match row.get::<_, Option<i64>>(3)? {
                // Reverting a person's step is an undo; reverting that revert is a redo.
                Some(target) if self.undo.last().is_some_and(|step| step.is_named(target)) => {
                    let undone = self.undo.pop();
                    self.redo.extend(undone.map(|step| Step { events: vec![seq], clause: step.clause, run: None }));
                }
                Some(target) if self.redo.last().is_some_and(|step| step.is_named(target)) => {
                    let redone = self.redo.pop();
                    self.undo.extend(redone.map(|step| Step { events: vec![seq], clause: step.clause, run: None }));
                }
                _ if actor.is_empty() || kind == KEEP_RUN => {}
                _ => self.done(seq, &kind, run),
            }
        }
        Ok(())
    }

    /// A person did something: a new step, or more of the run before.
    fn done(&mut self, seq: i64, kind: &str, run: Option<String>) {
        let goes_on = self.redo.is_empty() && run.is_some() && self.undo.last().is_some_and(|step| step.run == run);
        self.redo.clear();
        match self.undo.last_mut() {
            Some(step) if goes_on => step.events.push(seq),
            _ => self.undo.push(Step { events: vec![seq], clause: clause(kind), run }),
        }
    }

    /// Position of the last event seen.
    pub fn seq(&self) -> i64 {
        self.seen
    }

    pub fn next_undo(&self) -> Option<&Step> {
        self.undo.last()
    }

    pub fn next_redo(&self) -> Option<&Step> {
        self.redo.last()
    }
}
