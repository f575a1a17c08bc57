//! Setting cells into their tables.

use crate::cells::{Change, FileRef, Swap, json, word_edit, word_key};
use crate::records::MediaId;
use crate::views::ProposalState;
use plumbline_core::{WordEdit, WordId};
use rusqlite::{Connection, params};
use serde::Serialize;

impl Change {
    /// Sets the cell to its value after; `seq` is the event's.
    pub fn store(&self, db: &Connection, seq: i64) -> rusqlite::Result<()> {
        match self {
            Self::Media { media, swap } => match &swap.after {
                // Media that comes back by undo keeps its place in the library.
                Some(record) => db.execute(
                    "INSERT INTO media (id, added, record)
                     VALUES (?1, coalesce((SELECT seq FROM event WHERE media = ?1 AND kind = 'add_media' ORDER BY stamp, id LIMIT 1), ?2), ?3)
                     ON CONFLICT (id) DO UPDATE SET record = excluded.record",
                    params![media.0, seq, json(record)?],
                ),
                None => db.execute("DELETE FROM media WHERE id = ?1", [&media.0]),
            },
            Self::Transcript { media, swap } => store_file(db, "transcript", media, swap.after.as_ref()),
            Self::Annotations { media, swap } => store_file(db, "annotations", media, swap.after.as_ref()),
            Self::Word { media, word, swap } => store_word(db, media, *word, swap),
            Self::Anchor { media, id, swap } => match &swap.after {
                Some(at) => db.execute(
                    "INSERT OR REPLACE INTO anchor (media, id, transcript_us, media_us) VALUES (?1, ?2, ?3, ?4)",
                    params![media.0, id, at.transcript.us(), at.media.us()],
                ),
                None => db.execute("DELETE FROM anchor WHERE media = ?1 AND id = ?2", params![media.0, id]),
            },
            Self::Map { media, swap } => match &swap.after {
                Some(map) => db.execute("INSERT OR REPLACE INTO map (media, knots) VALUES (?1, ?2)", params![media.0, json(map)?]),
                None => db.execute("DELETE FROM map WHERE media = ?1", [&media.0]),
            },
            Self::Heard { media, swap } => match &swap.after {
                Some(body) => db.execute("INSERT OR REPLACE INTO heard (media, body) VALUES (?1, ?2)", params![media.0, body]),
                None => db.execute("DELETE FROM heard WHERE media = ?1", [&media.0]),
            },
            Self::HeardWord { media, word, swap } => match &swap.after {
                Some(heard) => db.execute(
                    "INSERT OR REPLACE INTO heard_word (media, word, body) VALUES (?1, ?2, ?3)",
                    params![media.0, word_key(*word), json(heard)?],
                ),
                None => db.execute("DELETE FROM heard_word WHERE media = ?1 AND word = ?2", params![media.0, word_key(*word)]),
            },
            Self::Proposal { media, swap } => match &swap.after {
                Some(proposal) => db.execute(
                    "INSERT INTO proposal (media, seq, body, transcript, state, heard) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                    params![media.0, seq, proposal.body, proposal.transcript, json(&ProposalState::Open)?, proposal.heard],
                ),
                None => Ok(0),
            },
            Self::ProposalState { media, proposal, swap } => db.execute(
                "UPDATE proposal SET state = ?3 WHERE media = ?1 AND seq = ?2",
                params![media.0, proposal, json(&swap.after.unwrap_or(ProposalState::Open))?],
            ),
            Self::Analysis { media, swap } => match &swap.after {
                Some(analysis) => db.execute(
                    "INSERT OR REPLACE INTO analysis (media, body, truth) VALUES (?1, ?2, ?3)",
                    params![media.0, analysis.body, analysis.truth],
                ),
                None => db.execute("DELETE FROM analysis WHERE media = ?1", [&media.0]),
            },
            Self::Verdict { media, flag, swap } => match &swap.after {
                Some(verdict) => db.execute(
                    "INSERT OR REPLACE INTO verdict (flag, media, body) VALUES (?1, ?2, ?3)",
                    params![flag, media.0, json(verdict)?],
                ),
                None => db.execute("DELETE FROM verdict WHERE flag = ?1", [flag]),
            },
            Self::Speaker { media, label, swap } => match &swap.after {
                Some(name) => {
                    db.execute("INSERT OR REPLACE INTO speaker_name (media, label, name) VALUES (?1, ?2, ?3)", params![media.0, label, name])
                }
                None => db.execute("DELETE FROM speaker_name WHERE media = ?1 AND label = ?2", params![media.0, label]),
            },
            Self::Annotation { media, id, swap } => store_body(db, "annotation_edit", media, id, swap.after.as_ref()),
            Self::Defect { media, id, swap } => store_body(db, "defect", media, id, swap.after.as_ref()),
            Self::Document { media, id, swap } => store_body(db, "document", media, id, swap.after.as_ref()),
            Self::Finished { media, swap } => match &swap.after {
                Some(by) => db.execute("INSERT OR REPLACE INTO finished (media, by) VALUES (?1, ?2)", params![media.0, by]),
                None => db.execute("DELETE FROM finished WHERE media = ?1", [&media.0]),
            },
            Self::Thresholds { version, swap } => match &swap.after {
                Some(row) => db.execute("INSERT OR REPLACE INTO thresholds (version, body) VALUES (?1, ?2)", params![version, json(row)?]),
                None => db.execute("DELETE FROM thresholds WHERE version = ?1", [version]),
            },
            Self::ActiveThresholds { swap } => match swap.after {
                Some(version) => db.execute("INSERT OR REPLACE INTO active_thresholds (one, version) VALUES (1, ?1)", [version]),
                None => db.execute("DELETE FROM active_thresholds", []),
            },
            Self::Probing { gate, swap } => match &swap.after {
                Some(plan) => db.execute("INSERT OR REPLACE INTO probing (gate, body) VALUES (?1, ?2)", params![gate.name(), json(plan)?]),
                None => db.execute("DELETE FROM probing WHERE gate = ?1", [gate.name()]),
            },
            Self::Probe { media, gate, swap } => match &swap.after {
                Some(draw) => db
                    .prepare_cached("INSERT OR REPLACE INTO probe (media, gate, body) VALUES (?1, ?2, ?3)")?
                    .execute(params![media.0, gate.name(), json(draw)?]),
                None => db.execute("DELETE FROM probe WHERE media = ?1 AND gate = ?2", params![media.0, gate.name()]),
            },
            Self::Profile { media, swap } => store_one(db, "sound_profile", media, swap.after.as_ref()),
            Self::Trial { media, swap } => store_one(db, "trial", media, swap.after.as_ref()),
            Self::SkippedPhrase { language, phrase, swap } => match &swap.after {
                Some(by) => db.execute(
                    "INSERT OR REPLACE INTO skipped_phrase (language, phrase, by) VALUES (?1, ?2, ?3)",
                    params![language, phrase, by],
                ),
                None => db.execute("DELETE FROM skipped_phrase WHERE language = ?1 AND phrase = ?2", params![language, phrase]),
            },
            Self::Prompt { id, swap } => store_row(db, "prompt", id, swap.after.as_ref()),
            Self::ClipSet { id, swap } => store_row(db, "clip_set", id, swap.after.as_ref()),
            Self::Run { id, swap } => store_row(db, "run", id, swap.after.as_ref()),
            Self::Vote { run, clip, one, other, who, swap } => match &swap.after {
                Some(vote) => db.execute(
                    "INSERT OR REPLACE INTO vote (run, clip, one, other, who, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                    params![run, clip, one, other, who, json(vote)?],
                ),
                None => db.execute(
                    "DELETE FROM vote WHERE run = ?1 AND clip = ?2 AND one = ?3 AND other = ?4 AND who = ?5",
                    params![run, clip, one, other, who],
                ),
            },
            Self::Promoted { task, swap } => store_row(db, "promoted", task.name(), swap.after.as_ref()),
            // The heads of a cell are kept where events are put together.
            Self::Conflict { .. } => Ok(0),
        }?;
        if let Some(media) = self.outdates_measures() {
            // The latest that this file has seen, not the latest that was made: what comes in by a merge was not measured here.
            db.execute(
                "INSERT INTO truth (media, seq) VALUES (?1, ?2) ON CONFLICT (media) DO UPDATE SET seq = max(seq, excluded.seq)",
                params![media.0, seq],
            )?;
        }
        Ok(())
    }
}

/// Sets what a change changes of a word and leaves the rest: somebody else may have written that in another copy.
fn store_word(db: &Connection, media: &MediaId, word: WordId, swap: &Swap<WordEdit>) -> rusqlite::Result<usize> {
    let (before, after) = (swap.before.clone().unwrap_or_default(), swap.after.clone().unwrap_or_default());
    let mut edit = word_edit(db, media, word)?;
    if before.text != after.text || before.punctuation != after.punctuation {
        (edit.text, edit.punctuation) = (after.text, after.punctuation);
    }
    if before.span != after.span {
        edit.span = after.span;
    }
    if before.line != after.line {
        edit.line = after.line;
    }
    if before.speaker != after.speaker {
        edit.speaker = after.speaker;
    }
    if edit.is_empty() {
        return db.prepare_cached("DELETE FROM word_edit WHERE media = ?1 AND word = ?2")?.execute(params![media.0, word_key(word)]);
    }
    db.prepare_cached(
        "INSERT OR REPLACE INTO word_edit (media, word, text, start_us, end_us, punctuation, line, speaker)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        media.0,
        word_key(word),
        edit.text,
        edit.span.map(|s| s.start.us()),
        edit.span.map(|s| s.end.us()),
        edit.punctuation,
        edit.line,
        edit.speaker
    ])
}

fn store_file(db: &Connection, table: &str, media: &MediaId, file: Option<&FileRef>) -> rusqlite::Result<usize> {
    match file {
        Some(file) => db.execute(
            &format!("INSERT OR REPLACE INTO {table} (media, name, source, parsed) VALUES (?1, ?2, ?3, ?4)"),
            params![media.0, file.name, file.source, file.parsed],
        ),
        None => db.execute(&format!("DELETE FROM {table} WHERE media = ?1"), [&media.0]),
    }
}

/// Sets or empties a cell of a table of JSON bodies by media and id.
fn store_body<T: Serialize>(db: &Connection, table: &str, media: &MediaId, id: &str, body: Option<&T>) -> rusqlite::Result<usize> {
    match body {
        Some(body) => {
            db.execute(&format!("INSERT OR REPLACE INTO {table} (media, id, body) VALUES (?1, ?2, ?3)"), params![media.0, id, json(body)?])
        }
        None => db.execute(&format!("DELETE FROM {table} WHERE media = ?1 AND id = ?2"), params![media.0, id]),
    }
}

/// Sets or empties the one cell that a media has in a table of JSON bodies.
fn store_one<T: Serialize>(db: &Connection, table: &str, media: &MediaId, body: Option<&T>) -> rusqlite::Result<usize> {
    match body {
        Some(body) => db.execute(&format!("INSERT OR REPLACE INTO {table} (media, body) VALUES (?1, ?2)"), params![media.0, json(body)?]),
        None => db.execute(&format!("DELETE FROM {table} WHERE media = ?1"), [&media.0]),
    }
}

/// Sets or empties a row of a table of JSON bodies by id.
fn store_row<T: Serialize>(db: &Connection, table: &str, id: &str, body: Option<&T>) -> rusqlite::Result<usize> {
    match body {
        Some(body) => db.execute(&format!("INSERT OR REPLACE INTO {table} (id, body) VALUES (?1, ?2)"), params![id, json(body)?]),
        None => db.execute(&format!("DELETE FROM {table} WHERE id = ?1"), [id]),
    }
}
