//! Joining the logs of several copies of a project.
//!
//! Each reviewer works on a copy of the file. A merge appends the events that this file lacks, with their own ids and stamps, and puts
//! all of them together again in the order of the stamps. Copies that hold the same events are in the same state, whoever merged first.

use crate::cells::{self, Change};
use crate::error::{Error, Result};
use crate::fold::conflicts;
use crate::project::{Project, fold_again};
use crate::records::MediaId;
use crate::translate::Translation;
use crate::views::{AgreementView, ConflictView, MediaName};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use ts_rs::TS;

/// What a merge brought.
#[derive(Clone, Debug, Default, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct Merged {
    /// How many events came, by who made them, in the order of their names.
    pub brought: Vec<Brought>,
    /// How many of them change nothing, because the transcript that they speak of was replaced.
    pub outdated: u32,
    /// What people differ on since this merge.
    pub conflicts: Vec<ConflictView>,
    /// Media that events came for.
    pub media: Vec<MediaName>,
    /// How far people agree on flags, with what came.
    pub agreement: AgreementView,
}

/// Events by one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct Brought {
    /// Who made them; empty for the machine.
    pub by: String,
    /// How many.
    pub events: u32,
}

impl Merged {
    /// How many events came in all.
    pub fn events(&self) -> u32 {
        self.brought.iter().map(|b| b.events).sum()
    }
}

impl Project {
    /// Brings in what other copies of this project hold and this one lacks, in one transaction. Merging again changes nothing. What is in
    /// `from` stays as it is. With `dry_run` this file stays as it is, too, and the answer says what would come.
    ///
    /// # Errors
    /// Where one of `from` can't be read, is of a newer version or no copy of this project, or this file can't be written. Nothing has
    /// changed then.
    pub fn merge(&mut self, from: &[PathBuf], dry_run: bool) -> Result<Merged> {
        let copies: Vec<Copy> = from.iter().map(|path| Copy::of(path)).collect::<Result<_>>()?;
        let merged = self.join(&copies, dry_run).map_err(|e| e.in_file(self.path()));
        if dry_run || merged.is_err() {
            // Read from a state that never came to be.
            self.kept.forget_revised();
        }
        let caught_up = self.history.catch_up(&self.db);
        caught_up.map_err(|e| Error::sqlite(self.path(), &e))?;
        merged
    }

    /// Writes a copy for somebody else to work on, all in one file, also while this one is being worked on.
    ///
    /// # Errors
    /// Where there is a file already, or it can't be written; nothing is left behind then.
    pub fn copy_to(&self, to: &Path) -> Result<()> {
        let shown = to.display().to_string();
        if to.exists() {
            return Err(Error::Exists { path: shown });
        }
        let written = self.db.execute("VACUUM INTO ?1", [&shown]);
        if written.is_err() {
            // Half a copy is none; failing to remove it changes nothing about the error.
            let _ = std::fs::remove_file(to);
        }
        written.map(|_| ()).map_err(|e| Error::sqlite(to, &e))
    }

    fn join(&self, copies: &[Copy], dry_run: bool) -> Result<Merged> {
        let tx = Transaction::new_unchecked(&self.db, TransactionBehavior::Immediate)?;
        let merged = join(&tx, &self.kept, copies, self.path())?;
        let merged = Merged { agreement: self.agreement()?, ..merged };
        if dry_run {
            tx.rollback()?
        } else {
            tx.commit()?
        }
        Ok(merged)
    }
}

/// Another copy, as it was when it was read: a snapshot of our own, so that an older layout can be brought up to date without touching
/// the file, and a folder that can't be written to does no harm.
struct Copy {
    path: PathBuf,
    project: Project,
    _folder: tempfile::TempDir,
}

impl Copy {
    fn of(path: &Path) -> Result<Self> {
        let failed = |what: String, remedy: &str| Error::Storage { path: path.display().to_string(), what, remedy: remedy.into() };
        if !path.exists() {
            return Err(failed("does not exist".into(), "Check the path"));
        }
        Project::check_header(path)?;
        let room = "Make room in the folder for temporary files, and check that you may read it";
        let folder = tempfile::tempdir().map_err(|e| failed(format!("can't be copied to be read: {e}"), room))?;
        let snapshot = folder.path().join("copy.plumbline");
        let copy = |suffix: &str| {
            let [from, to] = [path, &snapshot].map(|p| PathBuf::from(format!("{}{suffix}", p.display())));
            if suffix.is_empty() || from.exists() { std::fs::copy(from, to).map(|_| ()) } else { Ok(()) }
        };
        // What a program that has it open wrote last lies in the log beside the file.
        copy("").and_then(|()| copy("-wal")).map_err(|e| failed(format!("can't be copied to be read: {e}"), room))?;
        let project = Project::open(&snapshot).map_err(|e| e.of_copy(&snapshot, path))?;
        Ok(Self { path: path.to_owned(), project, _folder: folder })
    }

    /// SQLite's error of the snapshot as one of the file that it was taken of.
    fn at<T>(&self, result: rusqlite::Result<T>) -> Result<T> {
        result.map_err(|e| Error::sqlite(&self.path, &e))
    }
}

fn join(db: &Connection, kept: &crate::kept::Kept, copies: &[Copy], path: &Path) -> Result<Merged> {
    let before: BTreeSet<String> = conflicts(db)?.iter().map(crate::disputes::id_of).collect();
    let mut came = Came::default();
    for copy in copies {
        if first_event(db)? != copy.at(first_event(&copy.project.db))? {
            return Err(Error::Refused(format!(
                "{} is no copy of {}: they began as two projects. Import its media into this one instead",
                copy.path.display(),
                path.display()
            )));
        }
        append_missing(db, copy, &mut came)?;
    }
    if came.ids.is_empty() {
        return Ok(Merged::default());
    }
    let outdated = fold_again(db, kept)?;
    let mut conflicts = crate::views::conflicts_of(db, kept)?;
    conflicts.retain(|conflict| !before.contains(&conflict.id));
    let mut media = Vec::new();
    for id in came.media {
        let id = MediaId(id);
        if let Some(record) = cells::media(db, &id)? {
            media.push(MediaName { name: record.name().to_owned(), id });
        }
    }
    Ok(Merged {
        brought: came.by.into_iter().map(|(by, events)| Brought { by, events }).collect(),
        outdated: outdated.iter().filter(|id| came.ids.contains(*id)).count() as u32,
        conflicts,
        media,
        agreement: AgreementView::default(),
    })
}

fn first_event(db: &Connection) -> rusqlite::Result<String> {
    db.query_row("SELECT id FROM event WHERE seq = 1", [], |r| r.get(0))
}

/// What came in.
#[derive(Default)]
struct Came {
    ids: BTreeSet<String>,
    by: BTreeMap<String, u32>,
    media: BTreeSet<String>,
}

/// A row of another copy's log.
struct Row {
    seq: i64,
    id: String,
    at_us: i64,
    stamp: i64,
    actor: String,
    kind: String,
    version: u32,
    media: Option<String>,
    reverts: Option<i64>,
    run: Option<String>,
    basis: Option<String>,
    body: Vec<Value>,
}

const ROW: &str = "SELECT seq, id, at_us, stamp, actor, kind, version, media, reverts, run, basis, body FROM event";

fn read_row(r: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    Ok(Row {
        seq: r.get(0)?,
        id: r.get(1)?,
        at_us: r.get(2)?,
        stamp: r.get(3)?,
        actor: r.get(4)?,
        kind: r.get(5)?,
        version: r.get(6)?,
        media: r.get(7)?,
        reverts: r.get(8)?,
        run: r.get(9)?,
        basis: r.get(10)?,
        body: cells::from_json(r, 11)?,
    })
}

fn append_missing(db: &Connection, copy: &Copy, came: &mut Came) -> Result<()> {
    let theirs: Vec<Row> = copy.at(rows(&copy.project.db))?;
    let mut translation = Translation::into(db)?;
    let seen = seen_there(db, &theirs)?;
    for mut row in theirs {
        let ours = db.prepare_cached(&format!("{ROW} WHERE id = ?1"))?.query_row([&row.id], read_row).optional()?;
        if let Some(ours) = ours {
            if (ours.stamp, &ours.kind, &ours.actor) != (row.stamp, &row.kind, &row.actor) {
                return Err(Error::Refused(format!(
                    "{} contradicts this project: event {} there is another one here. Restore one of the two from a backup",
                    copy.path.display(),
                    row.seq
                )));
            }
            translation.known((row.seq, ours.seq), &row.body, &ours.body);
            continue;
        }
        let unmeasured = row.media.as_ref().and_then(|media| seen.get(media)).is_some_and(|last| *last > row.seq);
        translation.changes(&row.kind, &mut row.body, unmeasured);
        let reverts = row.reverts.and_then(|there| translation.seq(there));
        let here = append(db, &row, reverts)?;
        translation.came(row.seq, here);
        *came.by.entry(row.actor).or_default() += 1;
        came.media.extend(row.media);
        came.ids.insert(row.id);
    }
    bring_blobs(db, copy, &translation.blobs)
}

fn rows(db: &Connection) -> rusqlite::Result<Vec<Row>> {
    db.prepare(&format!("{ROW} ORDER BY seq"))?.query_map([], read_row)?.collect()
}

fn append(db: &Connection, row: &Row, reverts: Option<i64>) -> rusqlite::Result<i64> {
    db.prepare_cached(
        "INSERT INTO event (id, at_us, stamp, actor, kind, version, media, reverts, run, basis, body, merged)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 1)",
    )?
    .execute(params![
        row.id,
        row.at_us,
        row.stamp,
        row.actor,
        row.kind,
        row.version,
        row.media,
        reverts,
        row.run,
        row.basis,
        cells::json(&row.body)?
    ])?;
    Ok(db.last_insert_rowid())
}

/// For each media the last position in the other log of an event that made its measures old and that we have, too; the end of time
/// where they lack one. What was measured there before has not seen the words as they stand here.
fn seen_there(db: &Connection, theirs: &[Row]) -> rusqlite::Result<BTreeMap<String, i64>> {
    let there: BTreeMap<&str, i64> = theirs.iter().map(|row| (row.id.as_str(), row.seq)).collect();
    let mut last = BTreeMap::new();
    crate::history::each(db, |event| {
        let seq = there.get(event.id.as_str()).copied().unwrap_or(i64::MAX);
        for media in event.changes.iter().filter_map(Change::outdates_measures) {
            let last = last.entry(media.0.clone()).or_insert(seq);
            *last = seq.max(*last);
        }
        Ok(())
    })?;
    Ok(last)
}

fn bring_blobs(db: &Connection, copy: &Copy, named: &BTreeSet<String>) -> Result<()> {
    let damaged = |what: String| Error::Damaged { path: copy.path.display().to_string(), what };
    for hash in named {
        let known: bool = db.query_row("SELECT EXISTS (SELECT 1 FROM blob WHERE hash = ?1)", [hash], |r| r.get(0))?;
        if known {
            continue;
        }
        let bytes: Option<Vec<u8>> =
            copy.at(copy.project.db.query_row("SELECT bytes FROM blob WHERE hash = ?1", [hash], |r| r.get(0)).optional())?;
        // The hash of a media's own file looks like one of a blob, and is none.
        let Some(bytes) = bytes else { continue };
        if cells::put_blob(db, &bytes)? != *hash {
            return Err(damaged(format!("what lies there under {hash} is something else")));
        }
    }
    Ok(())
}
