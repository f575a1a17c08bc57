//! What can be found, kept beside the state: made per media when something has happened to it.

use crate::cells;
use crate::error::Result;
use crate::history;
use crate::project::Project;
use crate::records::MediaId;
use crate::views::tell::defect_name;
use plumbline_core::document::DocumentPage;
use plumbline_core::find::FoundKind;
use plumbline_core::time::{MediaTime, Span};
use plumbline_core::{place, spoken};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Annotations with this label are text that stands in the picture.
const ON_SCREEN: &str = "text";

/// What can be found at one place of a media.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FoundRow {
    pub span: Span<MediaTime>,
    /// The word, annotation, flag or page that it is about.
    pub at: String,
    pub text: String,
    pub label: String,
    pub who: String,
}

/// The ids of all rows of a kind.
pub(crate) fn ids_of_kind(kind: FoundKind) -> Range<i64> {
    let number = FoundKind::ALL.iter().position(|k| *k == kind).map_or(0, |at| at as i64);
    number << 56..(number + 1) << 56
}

fn ids_of_media(kind: FoundKind, number: i64) -> Range<i64> {
    let start = ids_of_kind(kind).start + (number << 24);
    start..start + (1 << 24)
}

/// The number of the media that a row is of.
pub(crate) fn number_of(id: i64) -> i64 {
    (id >> 24) & 0xffff_ffff
}

/// The kind that a row is of.
pub(crate) fn kind_of(id: i64) -> FoundKind {
    FoundKind::ALL.get((id >> 56) as usize).copied().unwrap_or(FoundKind::Word)
}

/// Throws everything away that can be found: it is made again when somebody looks for something.
pub(crate) fn forget(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch("DELETE FROM found_upto; DELETE FROM found_media; DELETE FROM found_row; INSERT INTO found (found) VALUES ('rebuild')")
}

impl Project {
    /// Reads again what can be found in at most `most` of the media that something happened to; how many of them are left. Who shows a window
    /// calls this again and again, so that nothing has to wait long for the project.
    ///
    /// # Errors
    /// Where the project can't be read or written.
    pub fn catch_up_found(&self, most: usize) -> Result<u32> {
        let waiting = self.stale_found()?;
        if waiting.is_empty() {
            return Ok(0);
        }
        let made: Vec<_> = waiting.iter().take(most).map(|w| Ok((w, self.found_rows(&w.1)?))).collect::<Result<_>>()?;
        let write = || -> rusqlite::Result<()> {
            let tx = Transaction::new_unchecked(&self.db, TransactionBehavior::Immediate)?;
            for ((number, media), rows) in made {
                put(&tx, *number, media, rows)?;
            }
            tx.commit()
        };
        self.at(write())?;
        Ok(waiting.len().saturating_sub(most) as u32)
    }

    /// The media that something happened to since they were read, by their numbers.
    fn stale_found(&self) -> Result<Vec<(i64, MediaId)>> {
        let read = || -> rusqlite::Result<Vec<(i64, MediaId)>> {
            let last: i64 = self.db.prepare_cached("SELECT coalesce(max(seq), 0) FROM event")?.query_row([], |r| r.get(0))?;
            let upto = self.db.prepare_cached("SELECT seq FROM found_upto")?.query_row([], |r| r.get::<_, i64>(0)).optional()?;
            if upto != Some(last) {
                let tx = Transaction::new_unchecked(&self.db, TransactionBehavior::Immediate)?;
                mark(&tx, upto)?;
                tx.execute("INSERT OR REPLACE INTO found_upto (one, seq) VALUES (1, ?1)", [last])?;
                tx.commit()?;
            }
            self.db
                .prepare_cached("SELECT number, media FROM found_media WHERE stale ORDER BY number")?
                .query_map([], |r| Ok((r.get(0)?, MediaId(r.get(1)?))))?
                .collect()
        };
        self.at(read())
    }

    /// All that can be found in a media, in order of time; nothing in one that is not in the library any more.
    fn found_rows(&self, media: &MediaId) -> Result<BTreeMap<FoundKind, Vec<FoundRow>>> {
        let mut all: BTreeMap<FoundKind, Vec<FoundRow>> = BTreeMap::new();
        if self.at(cells::media(&self.db, media))?.is_none() {
            return Ok(all);
        }
        all.insert(FoundKind::Word, self.said_rows(media)?);
        for a in self.annotation_set(media)?.map(|set| set.annotations).unwrap_or_default() {
            let kind = if a.label == ON_SCREEN { FoundKind::Text } else { FoundKind::Annotation };
            let row = FoundRow { span: a.span, at: a.id, text: a.text, label: a.label, who: a.source.unwrap_or_default() };
            all.entry(kind).or_default().push(row);
        }
        all.insert(FoundKind::Flag, self.flag_rows(media)?);
        all.insert(FoundKind::Document, self.page_rows(media)?);
        for rows in all.values_mut() {
            rows.sort_by_key(|row| row.span.start);
        }
        Ok(all)
    }

    /// A row per page of a document, of no place in time.
    fn page_rows(&self, media: &MediaId) -> Result<Vec<FoundRow>> {
        let mut rows = vec![];
        for document in self.documents(media)? {
            let pages = self.document(media, &document.id)?.map_or(vec![], |document| document.pages);
            let page = |(n, text): (usize, String)| FoundRow {
                span: Span::new(MediaTime::ZERO, MediaTime::ZERO),
                at: DocumentPage { document: document.id.clone(), page: n + 1 }.to_string(),
                text,
                label: document.name.clone(),
                who: String::new(),
            };
            rows.extend(pages.into_iter().enumerate().filter(|(_, text)| !text.trim().is_empty()).map(page));
        }
        Ok(rows)
    }

    fn said_rows(&self, media: &MediaId) -> Result<Vec<FoundRow>> {
        let Some(transcript) = self.transcript(media)? else { return Ok(vec![]) };
        let names = self.speaker_names(media)?;
        let placed = place(&transcript, &self.in_force(media)?);
        let who = |speaker: Option<u16>| -> String {
            let label = speaker.and_then(|s| transcript.speakers.get(usize::from(s)));
            label.map(|label| names.get(label).unwrap_or(label).clone()).unwrap_or_default()
        };
        let row = |s: spoken::Sentence| FoundRow {
            span: s.span,
            at: s.words.0.0.to_string(),
            text: s.text,
            label: String::new(),
            who: who(s.speaker),
        };
        Ok(spoken::sentences(&transcript, &placed).into_iter().map(row).collect())
    }

    /// Flags and what was remarked on them, as they are shown: of a gate that is checked, nothing that tells the value.
    fn flag_rows(&self, media: &MediaId) -> Result<Vec<FoundRow>> {
        let shown = self.flags(media)?;
        let joined = |why: String, note: Option<String>| note.filter(|n| !n.is_empty()).map_or(why.clone(), |n| format!("{why}. {n}"));
        let flags = shown.flags.into_iter().map(|flag| {
            let (note, who) = flag.verdict.map_or((None, String::new()), |v| (v.note, v.by));
            FoundRow { span: flag.span, at: flag.id, text: joined(flag.why, note), label: flag.label, who }
        });
        let defects = shown.defects.into_iter().map(|defect| FoundRow {
            span: defect.span,
            at: defect.id,
            text: defect.note.unwrap_or_default(),
            label: defect_name(defect.kind).to_owned(),
            who: defect.by,
        });
        Ok(flags.chain(defects).collect())
    }
}

/// Marks the media that events behind `upto` are about; all where none is known, and where an event is about the project.
fn mark(db: &Connection, upto: Option<i64>) -> rusqlite::Result<()> {
    let Some(upto) = upto else { return mark_all(db) };
    let mut media: BTreeSet<MediaId> = db
        .prepare_cached("SELECT DISTINCT media FROM event WHERE seq > ?1 AND media IS NOT NULL")?
        .query_map([upto], |r| Ok(MediaId(r.get(0)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let of_none: Vec<i64> = db
        .prepare_cached("SELECT seq FROM event WHERE seq > ?1 AND media IS NULL AND kind NOT IN ('skip_phrase', 'keep_phrase')")?
        .query_map([upto], |r| r.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for seq in of_none {
        for change in history::changes(db, seq)?.1 {
            match change.media() {
                Some(of) => _ = media.insert(of.clone()),
                None if change.is_of_lab() => {}
                // Limits and checks decide which flags are raised, wherever that is.
                None => return mark_all(db),
            }
        }
    }
    let mut mark =
        db.prepare_cached("INSERT INTO found_media (media, stale) VALUES (?1, 1) ON CONFLICT (media) DO UPDATE SET stale = 1")?;
    media.iter().try_for_each(|media| mark.execute([&media.0]).map(|_| ()))
}

fn mark_all(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch(
        "UPDATE found_media SET stale = 1;
         INSERT OR IGNORE INTO found_media (media, stale) SELECT id, 1 FROM media ORDER BY added, id",
    )
}

/// Puts the rows of a media in place of those that it had; rows that stay the same stay.
fn put(db: &Connection, number: i64, media: &MediaId, mut rows: BTreeMap<FoundKind, Vec<FoundRow>>) -> rusqlite::Result<()> {
    for kind in FoundKind::ALL {
        let ids = ids_of_media(kind, number);
        let mut new: BTreeMap<i64, FoundRow> = ids.clone().zip(rows.remove(&kind).unwrap_or_default()).collect();
        for (id, old) in rows_within(db, &ids)? {
            if new.get(&id) == Some(&old) {
                new.remove(&id);
                continue;
            }
            db.prepare_cached("INSERT INTO found (found, rowid, text, label, who) VALUES ('delete', ?1, ?2, ?3, ?4)")?
                .execute(params![id, old.text, old.label, old.who])?;
            db.prepare_cached("DELETE FROM found_row WHERE id = ?1")?.execute([id])?;
        }
        for (id, row) in new {
            db.prepare_cached("INSERT INTO found_row (id, start_us, end_us, at, text, label, who) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
                .execute(params![id, row.span.start.us(), row.span.end.us(), row.at, row.text, row.label, row.who])?;
            db.prepare_cached("INSERT INTO found (rowid, text, label, who) VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![id, row.text, row.label, row.who])?;
        }
    }
    let gone = cells::media(db, media)?.is_none();
    let done = if gone { "DELETE FROM found_media WHERE number = ?1" } else { "UPDATE found_media SET stale = 0 WHERE number = ?1" };
    db.prepare_cached(done)?.execute([number]).map(|_| ())
}

fn rows_within(db: &Connection, ids: &Range<i64>) -> rusqlite::Result<Vec<(i64, FoundRow)>> {
    db.prepare_cached("SELECT id, start_us, end_us, at, text, label, who FROM found_row WHERE id >= ?1 AND id < ?2")?
        .query_map([ids.start, ids.end], |r| Ok((r.get(0)?, found_row(r)?)))?
        .collect()
}

/// A row from columns 1 to 6.
fn found_row(r: &rusqlite::Row<'_>) -> rusqlite::Result<FoundRow> {
    let span = Span::new(MediaTime::from_us(r.get(1)?), MediaTime::from_us(r.get(2)?));
    Ok(FoundRow { span, at: r.get(3)?, text: r.get(4)?, label: r.get(5)?, who: r.get(6)? })
}

/// The row with this id.
pub(crate) fn row_of(db: &Connection, id: i64) -> rusqlite::Result<FoundRow> {
    db.prepare_cached("SELECT id, start_us, end_us, at, text, label, who FROM found_row WHERE id = ?1")?.query_row([id], found_row)
}
