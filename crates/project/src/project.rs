//! Opening, creating, writing and rebuilding the file.

use crate::cells::{self, Change, HeardWords};
use crate::disputes;
use crate::error::{Error, Result};
use crate::fold::Fold;
use crate::history::{self, History};
use crate::kept::Kept;
use crate::ops::{self, By, Op};
use crate::proposed::Proposed;
use crate::records::{Analysis, MediaId, MediaRecord};
use crate::views::{Changed, View};
use plumbline_core::gate::Thresholds;
use plumbline_core::transcript::Transcript;
use plumbline_core::{InForce, TimeMap, WordId, place};
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// `PLMB`: marks the file as ours in its header.
const APPLICATION_ID: i32 = 0x504c_4d42;
/// What leads from each version of the file's layout to the next; their number is the version written today.
const MIGRATIONS: [&str; 12] = [
    include_str!("migrations/0001_start.sql"),
    include_str!("migrations/0002_heard.sql"),
    include_str!("migrations/0003_text.sql"),
    include_str!("migrations/0004_queue.sql"),
    include_str!("migrations/0005_annotations.sql"),
    include_str!("migrations/0006_tuning.sql"),
    include_str!("migrations/0007_profiles.sql"),
    include_str!("migrations/0008_skipped_phrases.sql"),
    include_str!("migrations/0009_found.sql"),
    include_str!("migrations/0010_documents.sql"),
    include_str!("migrations/0011_lab.sql"),
    include_str!("migrations/0012_measured_by_gate.sql"),
];
/// Since this layout flags and measures of all media are projected; a file from before has them still to come.
const PROJECTS_MEASURES: usize = 6;
/// The tables that can be deleted and rebuilt from the log.
const PROJECTIONS: [&str; 33] = [
    "media",
    "transcript",
    "annotations",
    "word_edit",
    "speaker_name",
    "annotation_edit",
    "defect",
    "document",
    "finished",
    "anchor",
    "map",
    "heard",
    "heard_word",
    "proposal",
    "analysis",
    "truth",
    "verdict",
    "thresholds",
    "active_thresholds",
    "probing",
    "probe",
    "sound_profile",
    "trial",
    "skipped_phrase",
    "prompt",
    "clip_set",
    "run",
    "vote",
    "promoted",
    "conflict",
    "summary",
    "failing",
    "measured",
];

/// An open project.
pub struct Project {
    pub(crate) db: Connection,
    path: PathBuf,
    pub(crate) history: History,
    pub(crate) kept: Kept,
    /// What was done to it, where that is remembered.
    done: Option<Vec<Op>>,
}

impl Project {
    /// Makes a project at `path` with the built-in thresholds and opens it.
    ///
    /// # Errors
    /// Where a file is there already or the folder can't be written; nothing is left behind then.
    pub fn create(path: &Path) -> Result<Self> {
        if path.exists() {
            return Err(Error::Exists { path: path.display().to_string() });
        }
        let made = Self::connect(path, true).and_then(|mut project| project.found().map(|()| project));
        if made.is_err() {
            // The file is ours and holds nothing yet; failing to remove it changes nothing about the error.
            for suffix in ["", "-wal", "-shm", "-journal"] {
                let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
            }
        }
        made
    }

    /// A project in memory, for whoever wants to know what work on media comes to without keeping it: it remembers what was done to it. Paths of
    /// media count from `folder`. It is gone with the value.
    ///
    /// # Errors
    /// Where there is no memory for it.
    pub fn scratch(folder: &Path) -> Result<Self> {
        let path = folder.join("scratch.plumbline");
        let open = || -> rusqlite::Result<Connection> {
            let db = Connection::open_in_memory()?;
            db.pragma_update(None, "foreign_keys", true)?;
            Ok(db)
        };
        let db = open().map_err(|e| Error::sqlite(&path, &e))?;
        let mut project = Self { db, path, history: History::default(), kept: Kept::default(), done: None };
        project.found()?;
        project.done = Some(vec![]);
        Ok(project)
    }

    /// What was done to it since this was asked last, in order; always empty for a project that is a file, whose log says more.
    pub fn take_done(&mut self) -> Vec<Op> {
        self.done.as_mut().map(std::mem::take).unwrap_or_default()
    }

    fn found(&mut self) -> Result<()> {
        self.migrate(0)?;
        let defaults = Thresholds::defaults().map_err(|e| Error::Refused(format!("The built-in thresholds can't be read: {e}")))?;
        self.apply(Op::SetThresholds { limits: defaults.limits, note: defaults.note }, &By::Machine)?;
        Ok(())
    }

    /// Opens the project at `path`, bringing an older layout up to date.
    ///
    /// # Errors
    /// Where it is missing, no project, of a newer version, damaged, or can't be written. It is left as it was.
    pub fn open(path: &Path) -> Result<Self> {
        let shown = path.display().to_string();
        if !path.exists() {
            let (what, remedy) = ("does not exist".into(), "Check the path, or make a new project there".into());
            return Err(Error::Storage { path: shown, what, remedy });
        }
        Self::check_header(path)?;
        let mut project = Self::connect(path, false)?;
        let version: u32 = project.at(project.db.pragma_query_value(None, "user_version", |r| r.get(0)))?;
        if version as usize > MIGRATIONS.len() {
            return Err(Error::Newer { path: shown, what: format!("layout {version}, this one knows {}", MIGRATIONS.len()) });
        }
        project.migrate(version as usize)?;
        if let Some(what) = project.at(history::unknown(&project.db))? {
            return Err(Error::Newer { path: shown, what });
        }
        let caught_up = project.history.catch_up(&project.db);
        caught_up.map_err(|e| Error::sqlite(path, &e))?;
        Ok(project)
    }

    /// Reads the header without touching the file: opening a stranger's database would already leave traces beside it.
    pub(crate) fn check_header(path: &Path) -> Result<()> {
        let not = |why: &str| Error::NotAProject { path: path.display().to_string(), why: why.into() };
        let mut header = [0u8; 72];
        let read = std::fs::File::open(path).and_then(|mut f| std::io::Read::read_exact(&mut f, &mut header));
        match read {
            Ok(()) if !header.starts_with(b"SQLite format 3\0") => Err(not("its content is no SQLite database")),
            Ok(()) if header[68..72] != APPLICATION_ID.to_be_bytes() => Err(not("it is a database of another program")),
            Ok(()) => Ok(()),
            Err(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => Err(not("it is empty or cut short")),
            Err(e) => Err(Error::Storage {
                path: path.display().to_string(),
                what: format!("can't be read: {e}"),
                remedy: "Check that you may read it".into(),
            }),
        }
    }

    fn connect(path: &Path, create: bool) -> Result<Self> {
        let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        if create {
            flags |= OpenFlags::SQLITE_OPEN_CREATE;
        }
        let open = || -> rusqlite::Result<Connection> {
            let db = Connection::open_with_flags(path, flags)?;
            db.busy_timeout(std::time::Duration::from_secs(5))?;
            if create {
                // Before the log file takes over, so that the header says whose file it is from the first moment on.
                db.pragma_update(None, "application_id", APPLICATION_ID)?;
            }
            db.pragma_update(None, "journal_mode", "WAL")?;
            // Acknowledged is on the disk, also through a power cut.
            db.pragma_update(None, "synchronous", "FULL")?;
            db.pragma_update(None, "foreign_keys", true)?;
            db.pragma_update(None, "trusted_schema", false)?;
            Ok(db)
        };
        let db = open().map_err(|e| Error::sqlite(path, &e))?;
        Ok(Self { db, path: path.to_owned(), history: History::default(), kept: Kept::default(), done: None })
    }

    /// Names the file in what SQLite says.
    pub(crate) fn at<T>(&self, result: rusqlite::Result<T>) -> Result<T> {
        result.map_err(|e| Error::sqlite(&self.path, &e))
    }

    fn migrate(&mut self, from: usize) -> Result<()> {
        let path = self.path.clone();
        let mut run = || -> Result<()> {
            for (i, step) in MIGRATIONS.iter().enumerate().skip(from) {
                let tx = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
                tx.execute_batch(step)?;
                tx.pragma_update(None, "user_version", (i + 1) as u32)?;
                if i + 1 == MIGRATIONS.len() && from < PROJECTS_MEASURES {
                    crate::views::queue::project_all(&tx, &self.kept)?;
                }
                tx.commit()?;
            }
            Ok(())
        };
        run().map_err(|e| e.in_file(&path))
    }

    /// Does `op` in one transaction: the event is appended and the projections moved, or nothing happened.
    ///
    /// # Errors
    /// [`Error::Refused`] where things don't stand so that it can be done; [`Error::Storage`] where it can't be written.
    pub fn apply(&mut self, op: Op, by: &By) -> Result<Changed> {
        self.apply_all(vec![op], by)
    }

    /// Does all of `ops` in one transaction, an event for each, or nothing: what takes thousands of them waits for the disk once.
    /// What is answered speaks of all of them, and names a media where they are of one.
    ///
    /// # Errors
    /// As [`Project::apply`], for the first that can't be done.
    pub fn apply_all(&mut self, ops: Vec<Op>, by: &By) -> Result<Changed> {
        let path = self.path.clone();
        let in_file = |e: rusqlite::Error| Error::sqlite(&path, &e);
        let remembered = if self.done.is_some() { ops.clone() } else { vec![] };
        let tx = self.db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(in_file)?;
        let mut all = vec![];
        let mut about: Vec<Option<MediaId>> = vec![];
        for op in ops {
            self.history.catch_up(&tx).map_err(in_file)?;
            let (media, changes) = write(&tx, &self.kept, &self.history, op, by).map_err(|e| e.in_file(&path))?;
            about.push(media);
            all.extend(changes);
        }
        list(&tx, &self.kept, &all).map_err(|e| e.in_file(&path))?;
        tx.commit().map_err(in_file)?;
        self.history.catch_up(&self.db).map_err(in_file)?;
        self.done.iter_mut().for_each(|done| done.extend(remembered.iter().cloned()));
        let mut stale: Vec<View> = all.iter().flat_map(|change| change.views()).copied().collect();
        stale.sort_unstable();
        stale.dedup();
        about.dedup();
        let media = if about.len() == 1 { about.remove(0) } else { None };
        let touched = media.as_ref().and_then(|_| touched(&all));
        Ok(Changed { media, stale, touched, ..self.standing() })
    }

    /// What happened to a media after position `seq` of the log: the views that it made stale, and the words that it touched.
    ///
    /// # Errors
    /// Where the log can't be read.
    pub fn changed_since(&self, media: &MediaId, seq: i64) -> Result<Changed> {
        let read = || -> rusqlite::Result<Vec<Change>> {
            let mut events = self.db.prepare_cached("SELECT seq FROM event WHERE media = ?1 AND seq > ?2 ORDER BY seq")?;
            let seqs: Vec<i64> = events.query_map(rusqlite::params![media.0, seq], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?;
            let changes: Vec<Vec<Change>> =
                seqs.into_iter().map(|seq| Ok(history::changes(&self.db, seq)?.1)).collect::<rusqlite::Result<_>>()?;
            Ok(changes.concat())
        };
        let changes = self.at(read())?;
        let mut stale: Vec<View> = changes.iter().flat_map(|c| c.views()).copied().collect();
        stale.sort_unstable();
        stale.dedup();
        Ok(Changed { media: Some(media.clone()), stale, touched: touched(&changes), ..self.standing() })
    }

    /// The log's position, and what undo and redo would do.
    pub(crate) fn standing(&self) -> Changed {
        Changed {
            seq: self.history.seq(),
            media: None,
            stale: vec![],
            touched: None,
            undo: self.history.next_undo().map(|step| step.clause.to_owned()),
            redo: self.history.next_redo().map(|step| step.clause.to_owned()),
        }
    }

    /// Deletes all projections and builds them again from the log.
    ///
    /// # Errors
    /// Where the log can't be read; the projections are as they were then.
    pub fn rebuild(&mut self) -> Result<()> {
        let path = self.path.clone();
        let mut run = || -> Result<()> {
            let tx = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
            fold_again(&tx, &self.kept)?;
            crate::found_rows::forget(&tx)?;
            Ok(tx.commit()?)
        };
        run().map_err(|e| e.in_file(&path))
    }

    /// Lets the file grow by at most so many pages from now on: what a full disk does, for tests.
    #[doc(hidden)]
    pub fn limit_pages_for_test(&self, more: u32) {
        let pages: u32 = self.db.pragma_query_value(None, "page_count", |r| r.get(0)).unwrap_or(0);
        // A failure here shows as the test's own failure.
        let _ = self.db.pragma_update(None, "max_page_count", pages + more);
    }

    /// Brings everything into the one file and ends the write-ahead log beside it, so that the file can be copied alone.
    ///
    /// # Errors
    /// Where another program has the project open, or it can't be written.
    pub fn pack(&self) -> Result<()> {
        self.at(self.db.pragma_update(None, "journal_mode", "DELETE"))
    }

    /// Where the file lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The ids of all media, in the order they were added.
    ///
    /// # Errors
    /// Where the file can't be read.
    pub fn media_ids(&self) -> Result<Vec<MediaId>> {
        let read = || -> rusqlite::Result<Vec<MediaId>> {
            self.db
                .prepare_cached(
                    "SELECT media.id FROM media JOIN event ON event.seq = media.added ORDER BY event.stamp, event.id, media.id",
                )?
                .query_map([], |r| Ok(MediaId(r.get(0)?)))?
                .collect()
        };
        self.at(read())
    }

    /// A media's record.
    ///
    /// # Errors
    /// [`Error::Refused`] where the project has no such media.
    pub fn media(&self, media: &MediaId) -> Result<MediaRecord> {
        self.at(cells::media(&self.db, media))?.ok_or_else(|| Error::Refused(format!("The project has no media {media}. Import it first")))
    }

    /// Where a media's file should be.
    ///
    /// # Errors
    /// As [`Project::media`].
    pub fn media_path(&self, media: &MediaId) -> Result<PathBuf> {
        Ok(self.folder().join(self.media(media)?.path))
    }

    /// The folder that relative paths start from.
    pub fn folder(&self) -> PathBuf {
        let folder = self.path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        folder.canonicalize().unwrap_or_else(|_| folder.to_owned())
    }

    /// A media's transcript as people left it; none if it has none.
    ///
    /// # Errors
    /// Where the file can't be read.
    pub fn transcript(&self, media: &MediaId) -> Result<Option<Arc<Transcript>>> {
        self.at(self.kept.revised(&self.db, media))
    }

    /// A media's transcript as it was imported; none if it has none.
    ///
    /// # Errors
    /// Where the file can't be read.
    pub fn imported_transcript(&self, media: &MediaId) -> Result<Option<Arc<Transcript>>> {
        let file = self.at(cells::file(&self.db, "transcript", media))?;
        self.at(file.map(|file| self.kept.transcript(&self.db, &file.parsed)).transpose())
    }

    /// The names that people gave to speakers, by label.
    ///
    /// # Errors
    /// Where the file can't be read.
    pub fn speaker_names(&self, media: &MediaId) -> Result<BTreeMap<String, String>> {
        self.at(cells::speaker_names(&self.db, media))
    }

    /// The imported transcript's name and bytes as they were; none without a transcript.
    ///
    /// # Errors
    /// Where the file can't be read.
    pub fn transcript_source(&self, media: &MediaId) -> Result<Option<(String, Vec<u8>)>> {
        self.source("transcript", media)
    }

    /// The imported annotations' name and bytes as they were; none without annotations.
    ///
    /// # Errors
    /// Where the file can't be read.
    pub fn annotations_source(&self, media: &MediaId) -> Result<Option<(String, Vec<u8>)>> {
        self.source("annotations", media)
    }

    fn source(&self, table: &str, media: &MediaId) -> Result<Option<(String, Vec<u8>)>> {
        let read = || -> rusqlite::Result<_> {
            let Some(file) = cells::file(&self.db, table, media)? else { return Ok(None) };
            Ok(Some((file.name, cells::blob(&self.db, &file.source)?)))
        };
        self.at(read())
    }

    /// The latest analysis; none before the first.
    ///
    /// # Errors
    /// Where the file can't be read.
    pub fn analysis(&self, media: &MediaId) -> Result<Option<Arc<Analysis>>> {
        let analysis = self.at(cells::analysis(&self.db, media))?;
        self.at(analysis.map(|a| self.kept.analysis(&self.db, &a.body)).transpose())
    }

    /// The map in force: what was accepted, bent through the anchors.
    ///
    /// # Errors
    /// Where the file can't be read.
    pub fn map(&self, media: &MediaId) -> Result<TimeMap> {
        let anchors: Vec<_> = self.at(cells::anchors(&self.db, media))?.into_iter().map(|a| a.1).collect();
        Ok(self.at(cells::map(&self.db, media))?.unwrap_or_default().through(&anchors))
    }

    /// The words of a media as they stand in it.
    ///
    /// # Errors
    /// Where the file can't be read.
    pub fn placed(&self, media: &MediaId) -> Result<Vec<plumbline_core::transcript::PlacedWord>> {
        let Some(transcript) = self.transcript(media)? else { return Ok(vec![]) };
        Ok(place(&transcript, &self.in_force(media)?))
    }

    /// All that decides where the words of a media lie.
    ///
    /// # Errors
    /// Where the file can't be read.
    pub fn in_force(&self, media: &MediaId) -> Result<InForce> {
        let heard = self.at(cells::heard(&self.db, media))?;
        let heard = self.at(heard.map(|hash| self.kept.heard(&self.db, &hash)).transpose())?;
        self.at(cells::in_force(&self.db, media, heard))
    }

    /// What is proposed, and where its words were heard.
    pub(crate) fn proposed(&self, media: &MediaId) -> Result<Option<(Proposed, HeardWords)>> {
        let Some(proposed) = self.at(Proposed::read(&self.db, &self.kept, media))? else { return Ok(None) };
        let heard = proposed.row.heard.as_ref().map(|hash| self.kept.heard(&self.db, hash)).transpose();
        Ok(Some((proposed, self.at(heard)?.unwrap_or_default())))
    }

    /// Position of the last event that moved or changed words of a media.
    ///
    /// # Errors
    /// Where the file can't be read.
    pub fn truth(&self, media: &MediaId) -> Result<i64> {
        self.at(cells::truth(&self.db, media))
    }

    /// Whether words moved or changed, or how the sound is prepared, since they were last measured; or they never were.
    ///
    /// # Errors
    /// Where the file can't be read.
    pub fn needs_analysis(&self, media: &MediaId) -> Result<bool> {
        let measured = self.at(cells::analysis(&self.db, media))?.map(|a| a.truth);
        Ok(measured != Some(self.truth(media)?))
    }

    /// The thresholds in force.
    ///
    /// # Errors
    /// Where the file can't be read.
    pub fn thresholds(&self) -> Result<Thresholds> {
        self.at(cells::active_thresholds(&self.db))?
            .ok_or_else(|| Error::Damaged { path: self.path.display().to_string(), what: "no thresholds are in force".into() })
    }

    /// What is proposed for a media, if the aligner has run.
    ///
    /// # Errors
    /// Where the file can't be read.
    pub fn proposal(&self, media: &MediaId) -> Result<Option<(plumbline_core::align::Proposal, crate::views::ProposalState)>> {
        Ok(self.at(Proposed::read(&self.db, &self.kept, media))?.map(|p| ((*p.proposal).clone(), p.row.state)))
    }

    /// Every projection as text, row by row, in an order of its own: two projects with the same dump are in the same state.
    ///
    /// # Errors
    /// Where the file can't be read.
    pub fn dump(&self) -> Result<String> {
        let read = || -> rusqlite::Result<String> {
            let mut out = String::new();
            for table in PROJECTIONS {
                let mut rows = self.db.prepare(&format!("SELECT * FROM {table}"))?;
                let columns = rows.column_count();
                let mut lines: Vec<String> = rows
                    .query_map([], |r| (0..columns).map(|i| Ok(shown(r.get_ref(i)?))).collect::<rusqlite::Result<Vec<_>>>())?
                    .map(|line| line.map(|l| l.join(" ")))
                    .collect::<rusqlite::Result<_>>()?;
                lines.sort_unstable();
                out += &format!("{table}\n{}\n", lines.join("\n"));
            }
            Ok(out)
        };
        self.at(read())
    }
}

/// Appends what `op` comes to and moves the projections; the media that it is about, and what it changed.
fn write(db: &Connection, kept: &Kept, history: &History, op: Op, by: &By) -> Result<(Option<MediaId>, Vec<Change>)> {
    let mut draft = ops::draft(db, kept, history, op, by)?;
    disputes::settle(db, &mut draft)?;
    let media = draft.media.clone();
    if draft.changes.is_empty() {
        return Ok((media, vec![]));
    }
    let event = history::append(db, draft, by)?;
    Fold::one(db, &event)?;
    crate::views::queue::project(db, kept, &event.changes)?;
    Ok((media, event.changes))
}

/// Writes the rows of the library anew that changes may have made others. No operation reads them, so that it is done once for many.
fn list(db: &Connection, kept: &Kept, changes: &[Change]) -> Result<()> {
    let listed = || changes.iter().filter(|change| change.views().contains(&View::Library));
    // What belongs to no media, such as thresholds, concerns all.
    if listed().any(|change| change.media().is_none()) {
        return crate::views::summary::refresh_all(db, kept);
    }
    let media: BTreeSet<&MediaId> = listed().filter_map(Change::media).collect();
    media.into_iter().try_for_each(|media| crate::views::summary::refresh(db, kept, media))
}

/// Deletes the projections and puts the log together again; the ids of events about the words of a transcript that another one replaced.
pub(crate) fn fold_again(db: &Connection, kept: &Kept) -> Result<Vec<String>> {
    for table in PROJECTIONS {
        db.execute(&format!("DELETE FROM {table}"), [])?;
    }
    let outdated = Fold::whole(db)?;
    crate::views::summary::refresh_all(db, kept)?;
    crate::views::queue::project_all(db, kept)?;
    Ok(outdated)
}

/// From the first to behind the last word that changes touch, if they touch no more of the words than single ones.
fn touched(changes: &[Change]) -> Option<(WordId, WordId)> {
    let mut range: Option<(WordId, WordId)> = None;
    for change in changes {
        match change {
            Change::Word { word, .. } | Change::HeardWord { word, .. } => {
                let (first, end) = range.unwrap_or((*word, word.end()));
                range = Some((first.min(*word), end.max(word.end())));
            }
            other if other.touches_words().is_some() => return None,
            _ => {}
        }
    }
    range
}

/// A value of a row for [`Project::dump`].
fn shown(value: rusqlite::types::ValueRef<'_>) -> String {
    match value {
        rusqlite::types::ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        other => format!("{other:?}"),
    }
}
