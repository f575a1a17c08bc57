//! What the log adds up to: events one after the other, set into the tables.
//!
//! Events are taken in the order of their stamps, which is the same in every copy of a project. What people wrote in copies that had
//! parted meets in a [`Register`].

use crate::cell_name::CellName;
use crate::cells::{self, Change};
use crate::history::Event;
use crate::records::MediaId;
use crate::register::{Head, Register};
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

/// The tables of what speaks of the words of one transcript.
const OF_WORDS: [&str; 6] = ["word_edit", "speaker_name", "anchor", "map", "heard", "heard_word"];

pub(crate) struct Fold<'a> {
    db: &'a Connection,
    /// All cells that people wrote, while the whole log is taken; none where one event is added to tables that stand, since then only
    /// disputed cells can have more than one head, and those have a row.
    all: Option<HashMap<String, Register>>,
    /// Events about the words of a transcript that another one replaced.
    pub outdated: Vec<String>,
}

impl<'a> Fold<'a> {
    /// One event on top of what stands.
    pub fn one(db: &'a Connection, event: &Event) -> rusqlite::Result<()> {
        Self { db, all: None, outdated: vec![] }.take(event)
    }

    /// The whole log on top of empty tables; the ids of events about the words of a transcript that another one replaced.
    pub fn whole(db: &'a Connection) -> rusqlite::Result<Vec<String>> {
        let mut fold = Self { db, all: Some(HashMap::new()), outdated: vec![] };
        crate::history::each(db, |event| fold.take(&event))?;
        for register in fold.all.take().unwrap_or_default().into_values() {
            fold.keep(&register)?;
        }
        Ok(fold.outdated)
    }

    fn take(&mut self, event: &Event) -> rusqlite::Result<()> {
        let mut decisions = Decisions::of(event)?;
        let outdated = self.take_transcript(event, &mut decisions)?;
        if outdated {
            self.outdated.push(event.id.clone());
        }
        for change in event.changes.iter().filter(|change| !(outdated && change.is_of_words())) {
            match change {
                Change::Transcript { .. } | Change::Conflict { .. } => {}
                change => self.write(event, change, &mut decisions)?,
            }
        }
        self.decided_without_writing(event, &decisions)
    }

    /// Sets the transcript that an event brings, and says whether it speaks of the words of another one than is in force then.
    fn take_transcript(&mut self, event: &Event, decisions: &mut Decisions<'_>) -> rusqlite::Result<bool> {
        let mut speaks_of = event.basis.clone().map(Some);
        for change in &event.changes {
            let Change::Transcript { media, swap } = change else { continue };
            let before = self.transcript(media)?;
            self.write(event, change, decisions)?;
            if self.transcript(media)? != before {
                self.forget_words(media)?;
            }
            speaks_of = Some(swap.after.as_ref().map(|f| f.parsed.clone()));
        }
        // What concerns several media, such as a restored project, was drafted for what stood in all of them.
        let Some(media) = &event.media else { return Ok(false) };
        match speaks_of {
            Some(parsed) if event.changes.iter().any(Change::is_of_words) => Ok(self.transcript(media)? != parsed),
            _ => Ok(false),
        }
    }

    /// Sets the cell of a change, and puts in force what its heads say then.
    fn write(&mut self, event: &Event, change: &Change, decisions: &mut Decisions<'_>) -> rusqlite::Result<()> {
        change.store(self.db, event.seq)?;
        if self.all.is_none() && decisions.is_empty() && !any_conflict(self.db)? {
            return Ok(());
        }
        for part in change.parts()? {
            let key = part.cell.key()?;
            let known = self.register(&key)?;
            let (settled, reopened) = (decisions.settles.remove(&key), decisions.reopens.remove(&key));
            if self.all.is_none() && known.is_none() && reopened.is_none() {
                continue;
            }
            let mut register = known.unwrap_or_else(|| Register::of(part.cell.clone()));
            let head = head(event, part.after);
            match (settled, reopened) {
                (Some(seen), _) => register.settle(seen, head),
                (_, Some(seen)) => register.reopen(seen, &part.before),
                _ => register.write(&part.before, head),
            }
            self.set(key, register, event)?;
        }
        Ok(())
    }

    /// Disputes that are settled with what was in force already, or opened again from there.
    fn decided_without_writing(&mut self, event: &Event, decisions: &Decisions<'_>) -> rusqlite::Result<()> {
        for (key, seen) in decisions.settles.iter().chain(&decisions.reopens) {
            let Some(stood) = seen.in_force() else { continue };
            let mut register = self.register(key)?.unwrap_or_else(|| Register::of(seen.cell.clone()));
            if decisions.settles.contains_key(key) {
                register.settle(seen, head(event, stood.value.clone()));
            } else {
                register.reopen(seen, &stood.value);
            }
            self.set(key.clone(), register, event)?;
        }
        Ok(())
    }

    /// What is known of a cell's heads.
    fn register(&mut self, key: &str) -> rusqlite::Result<Option<Register>> {
        match &mut self.all {
            Some(all) => Ok(all.remove(key)),
            None => row(self.db, key),
        }
    }

    /// Puts in force what a cell's heads say, and keeps them.
    fn set(&mut self, key: String, register: Register, event: &Event) -> rusqlite::Result<()> {
        if let Some(head) = register.in_force().filter(|head| head.event != event.id) {
            register.cell.change(self.db, &head.value)?.store(self.db, event.seq)?;
        }
        match &mut self.all {
            Some(all) => {
                all.insert(key, register);
                Ok(())
            }
            None => self.keep(&register),
        }
    }

    /// The row of a disputed cell; none of one on which people agree.
    fn keep(&self, register: &Register) -> rusqlite::Result<()> {
        let key = register.cell.key()?;
        if !register.is_disputed() {
            self.db.prepare_cached("DELETE FROM conflict WHERE cell = ?1")?.execute([key])?;
            return Ok(());
        }
        self.db.prepare_cached("INSERT OR REPLACE INTO conflict (cell, media, body) VALUES (?1, ?2, ?3)")?.execute(params![
            key,
            register.cell.media().map(|m| m.0),
            cells::json(register)?
        ])?;
        Ok(())
    }

    fn transcript(&self, media: &MediaId) -> rusqlite::Result<Option<String>> {
        Ok(cells::file(self.db, "transcript", media)?.map(|f| f.parsed))
    }

    /// With its words goes what was said of them, also by people whose copies were merged since.
    fn forget_words(&mut self, media: &MediaId) -> rusqlite::Result<()> {
        for table in OF_WORDS {
            self.db.prepare_cached(&format!("DELETE FROM {table} WHERE media = ?1"))?.execute([&media.0])?;
        }
        if let Some(all) = &mut self.all {
            all.retain(|_, register| !(register.cell.is_of_words() && register.cell.media().as_ref() == Some(media)));
        }
        for register in conflicts(self.db)? {
            if register.cell.is_of_words() && register.cell.media().as_ref() == Some(media) {
                self.db.execute("DELETE FROM conflict WHERE cell = ?1", [register.cell.key()?])?;
            }
        }
        Ok(())
    }
}

/// What an event decides about disputes, by cell.
struct Decisions<'a> {
    settles: BTreeMap<String, &'a Register>,
    reopens: BTreeMap<String, &'a Register>,
}

impl<'a> Decisions<'a> {
    fn of(event: &'a Event) -> rusqlite::Result<Self> {
        let mut found = Self { settles: BTreeMap::new(), reopens: BTreeMap::new() };
        for change in &event.changes {
            let Change::Conflict { at, swap, .. } = change else { continue };
            if let Some(seen) = &swap.before {
                found.settles.insert(at.key()?, seen);
            }
            if let Some(seen) = &swap.after {
                found.reopens.insert(at.key()?, seen);
            }
        }
        Ok(found)
    }

    fn is_empty(&self) -> bool {
        self.settles.is_empty() && self.reopens.is_empty()
    }
}

fn head(event: &Event, value: Value) -> Head {
    Head { event: event.id.clone(), by: event.actor.clone(), at_us: event.at_us, value }
}

fn row(db: &Connection, key: &str) -> rusqlite::Result<Option<Register>> {
    db.prepare_cached("SELECT body FROM conflict WHERE cell = ?1")?.query_row([key], |r| cells::from_json(r, 0)).optional()
}

/// The heads of a cell that people differ on; none where they agree.
pub(crate) fn conflict(db: &Connection, cell: &CellName) -> rusqlite::Result<Option<Register>> {
    row(db, &cell.key()?)
}

/// All cells that people differ on.
pub(crate) fn conflicts(db: &Connection) -> rusqlite::Result<Vec<Register>> {
    db.prepare_cached("SELECT body FROM conflict ORDER BY cell")?.query_map([], |r| cells::from_json(r, 0))?.collect()
}

/// Whether anybody differs on anything: a project that nobody shares pays nothing for those who do.
pub(crate) fn any_conflict(db: &Connection) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT EXISTS (SELECT 1 FROM conflict)")?.query_row([], |r| r.get(0))
}
