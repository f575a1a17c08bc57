//! All that the queue is made of, in memory: read once, then kept up from the log.

use super::failing::{self, Failing};
use crate::cells::{self, Change};
use crate::fold::any_conflict;
use crate::history;
use crate::records::{Defect, MediaId, Verdict};
use crate::views::Decision;
use plumbline_core::gate::GateId;
use plumbline_core::queue::{Judged, Moment, Record, band, beyond};
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The flags of the project's media, what was decided on flags, and when.
#[derive(Default)]
pub(crate) struct Backlog {
    /// Position of the last event that is in it; 0 before it was read.
    seen: i64,
    /// Media in the library's order.
    pub(super) entries: Vec<Entry>,
    /// Verdicts by flag, also of flags that passed since and of media that were removed.
    pub(in crate::views) verdicts: HashMap<String, Verdict>,
    records: BTreeMap<GateId, Record>,
    moments: BTreeMap<String, Vec<Moment>>,
}

/// A media with its flags and the defects that people found, both in order of time.
pub(super) struct Entry {
    added: i64,
    pub id: MediaId,
    pub name: String,
    pub finished: Option<String>,
    pub flags: Vec<Failing>,
    pub defects: Vec<Defect>,
}

impl Entry {
    fn key(&self) -> (i64, &str) {
        (self.added, &self.id.0)
    }
}

impl Backlog {
    /// Reads what was appended to the log since the last call; all of it at the first.
    pub fn catch_up(&mut self, db: &Connection) -> rusqlite::Result<()> {
        // One state of the file, also where another program writes meanwhile; within a transaction it is one already.
        let _state = db.is_autocommit().then(|| db.unchecked_transaction()).transpose()?;
        // What came by a merge is not simply set: who wrote the same may have written later.
        let merged = "SELECT EXISTS (SELECT 1 FROM event WHERE seq > ?1 AND merged = 1)";
        if self.seen == 0 || any_conflict(db)? || db.query_row(merged, [self.seen], |r| r.get(0))? {
            *self = Self::read(db)?;
            return Ok(());
        }
        let mut dirty: BTreeSet<MediaId> = BTreeSet::new();
        let mut all = false;
        for seq in event_after(db, self.seen)? {
            let (at_us, actor): (i64, String) =
                db.prepare_cached("SELECT at_us, actor FROM event WHERE seq = ?1")?.query_row([seq], |r| Ok((r.get(0)?, r.get(1)?)))?;
            self.seen = seq;
            for change in history::changes(db, seq)?.1 {
                match change {
                    Change::Verdict { media, flag, swap } => {
                        if is_decision(db, seq)? {
                            self.moment(&actor, (at_us, swap.after.as_ref().map(|v| v.gate)));
                        }
                        self.decide(&media, flag, swap.after);
                    }
                    Change::Analysis { media, .. }
                    | Change::Media { media, .. }
                    | Change::Probe { media, .. }
                    | Change::Finished { media, .. }
                    | Change::Defect { media, .. } => {
                        dirty.insert(media);
                    }
                    Change::ActiveThresholds { .. } | Change::Thresholds { .. } | Change::Probing { .. } => all = true,
                    _ => {}
                }
            }
        }
        if all {
            self.entries = entries(db)?;
        } else {
            dirty.iter().try_for_each(|media| self.reread(db, media))?;
        }
        Ok(())
    }

    /// What reviewers said of the flags of a gate.
    pub fn record(&self, gate: GateId) -> Record {
        self.records.get(&gate).copied().unwrap_or_default()
    }

    /// Who decided anything.
    pub(in crate::views) fn people(&self) -> Vec<&str> {
        self.moments.keys().map(String::as_str).collect()
    }

    /// When a person decided.
    pub(in crate::views) fn moments(&self, by: &str) -> &[Moment] {
        self.moments.get(by).map_or(&[], Vec::as_slice)
    }

    fn read(db: &Connection) -> rusqlite::Result<Self> {
        let mut backlog = Self { seen: db.query_row("SELECT coalesce(max(seq), 0) FROM event", [], |r| r.get(0))?, ..Self::default() };
        let verdicts: Vec<(String, Verdict)> = db
            .prepare("SELECT flag, body FROM verdict")?
            .query_map([], |r| Ok((r.get(0)?, cells::from_json(r, 1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        for (flag, verdict) in verdicts {
            backlog.count(&verdict, 1);
            backlog.verdicts.insert(flag, verdict);
        }
        let mut decided = db.prepare("SELECT actor, at_us, body FROM event WHERE kind = 'decide' ORDER BY seq")?;
        let mut rows = decided.query([])?;
        while let Some(row) = rows.next()? {
            let changes: Vec<Change> = cells::from_json(row, 2)?;
            for change in changes {
                if let Change::Verdict { swap, .. } = change {
                    backlog.moment(&row.get::<_, String>(0)?, (row.get(1)?, swap.after.map(|v| v.gate)));
                }
            }
        }
        backlog.entries = entries(db)?;
        Ok(backlog)
    }

    /// Notes when a person decided; the clock may have been set back, and what others did may come late.
    fn moment(&mut self, by: &str, moment: Moment) {
        let moments = self.moments.entry(by.to_owned()).or_default();
        let at = moments.partition_point(|m| m.0 <= moment.0);
        moments.insert(at, moment);
    }

    fn decide(&mut self, media: &MediaId, flag: String, verdict: Option<Verdict>) {
        let decided = verdict.is_some();
        if let Some(verdict) = &verdict {
            self.count(verdict, 1);
        }
        if let Some(entry) = self.entries.iter_mut().find(|e| e.id == *media)
            && let Some(failing) = entry.flags.iter_mut().find(|f| f.flag == flag)
        {
            failing.decided = decided;
        }
        let before = match verdict {
            Some(verdict) => self.verdicts.insert(flag, verdict),
            None => self.verdicts.remove(&flag),
        };
        if let Some(before) = before {
            self.count(&before, -1);
        }
    }

    /// Counts a verdict among those of its gate and band, or takes it out.
    fn count(&mut self, verdict: &Verdict, by: i32) {
        let fails = verdict.gate.row().fails;
        if !fails.is_beyond(verdict.value, verdict.limit) {
            // A unit that was checked and passed says nothing of flags.
            return;
        }
        let band = band(beyond(verdict.value, verdict.limit, fails));
        let Judged { defects, false_alarms } = &mut self.records.entry(verdict.gate).or_default()[band];
        let counter = match verdict.decision {
            Decision::Confirmed => defects,
            Decision::FalseAlarm => false_alarms,
            Decision::Unsure => return,
        };
        *counter = counter.saturating_add_signed(by);
    }

    fn reread(&mut self, db: &Connection, media: &MediaId) -> rusqlite::Result<()> {
        self.entries.retain(|e| e.id != *media);
        if let Some(entry) = entry(db, media)? {
            let at = self.entries.partition_point(|e| e.key() < entry.key());
            self.entries.insert(at, entry);
        }
        Ok(())
    }
}

fn event_after(db: &Connection, seen: i64) -> rusqlite::Result<Vec<i64>> {
    db.prepare_cached("SELECT seq FROM event WHERE seq > ?1 ORDER BY seq")?.query_map([seen], |r| r.get(0))?.collect()
}

/// Undo and redo bring verdicts back as well, and took no time to think.
fn is_decision(db: &Connection, seq: i64) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT kind = 'decide' FROM event WHERE seq = ?1")?.query_row([seq], |r| r.get(0))
}

/// All media with what the queue needs of them.
fn entries(db: &Connection) -> rusqlite::Result<Vec<Entry>> {
    let mut entries: Vec<Entry> = db
        .prepare(
            "SELECT media.added, media.id, json_extract(media.record, '$.path'), finished.by
             FROM media LEFT JOIN finished ON finished.media = media.id ORDER BY media.added, media.id",
        )?
        .query_map([], read_entry)?
        .collect::<rusqlite::Result<_>>()?;
    let at: HashMap<MediaId, usize> = entries.iter().enumerate().map(|(i, e)| (e.id.clone(), i)).collect();
    for (media, failing) in failing::rows(db, None)? {
        if let Some(i) = at.get(&media) {
            entries[*i].flags.push(failing);
        }
    }
    let mut defects = db.prepare("SELECT media, body FROM defect")?;
    let mut rows = defects.query([])?;
    while let Some(row) = rows.next()? {
        if let Some(i) = at.get(&MediaId(row.get(0)?)) {
            entries[*i].defects.push(cells::from_json(row, 1)?);
        }
    }
    for entry in &mut entries {
        entry.defects.sort_by(|a, b| (a.span.start, &a.id).cmp(&(b.span.start, &b.id)));
    }
    Ok(entries)
}

fn entry(db: &Connection, media: &MediaId) -> rusqlite::Result<Option<Entry>> {
    let select = "SELECT media.added, media.id, json_extract(media.record, '$.path'), finished.by
         FROM media LEFT JOIN finished ON finished.media = media.id WHERE media.id = ?1";
    let Some(mut entry) = db.prepare_cached(select)?.query_map([&media.0], read_entry)?.next().transpose()? else { return Ok(None) };
    entry.flags = failing::rows(db, Some(media))?.into_iter().map(|row| row.1).collect();
    entry.defects = cells::bodies(db, "defect", media)?.into_iter().map(|d| d.1).collect();
    entry.defects.sort_by(|a: &Defect, b| (a.span.start, &a.id).cmp(&(b.span.start, &b.id)));
    Ok(Some(entry))
}

fn read_entry(r: &rusqlite::Row<'_>) -> rusqlite::Result<Entry> {
    let path: String = r.get(2)?;
    let name = path.rsplit('/').next().unwrap_or(&path).to_owned();
    Ok(Entry { added: r.get(0)?, id: MediaId(r.get(1)?), name, finished: r.get(3)?, flags: vec![], defects: vec![] })
}
