//! What was read last and stays in memory: a review desk asks for the same transcript all day.

use crate::cells::{self, HeardWords};
use crate::records::{Analysis, AnnotationEdit, MediaId};
use crate::views::queue::Backlog;
use plumbline_core::align::Proposal;
use plumbline_core::transcript::Transcript;
use plumbline_core::{Annotation, AnnotationSet, revise};
use rusqlite::Connection;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// How many of each stay in memory.
const CACHED: usize = 4;

/// Number of words of a transcript, and their mean confidence where the source has any.
pub(crate) type Statistics = (u32, Option<f32>);

type Shelf<K, T> = RefCell<Vec<(K, Arc<T>)>>;

/// Blobs by their hash, so that nothing kept can be out of date; and transcripts as people left them, by the event that did so last.
#[derive(Default)]
pub(crate) struct Kept {
    transcripts: Shelf<String, Transcript>,
    analyses: Shelf<String, Analysis>,
    heard: Shelf<String, Vec<Option<plumbline_core::align::Heard>>>,
    proposals: Shelf<String, Proposal>,
    annotations: Shelf<String, AnnotationSet>,
    revised: Shelf<(MediaId, i64), Transcript>,
    statistics: RefCell<HashMap<String, Statistics>>,
    /// What the queue is made of, as of the event that it was read at.
    pub backlog: RefCell<Backlog>,
    /// What each gate measured in the whole project.
    pub columns: RefCell<HashMap<plumbline_core::gate::GateId, Arc<crate::views::tuning::Column>>>,
    /// What can be learned from what people did to media, by the last event that concerned them.
    pub lessons: RefCell<HashMap<MediaId, (i64, Arc<crate::views::lessons::Lesson>)>>,
    /// What is known of media for figures, by the last event that concerned them.
    pub sources: RefCell<HashMap<MediaId, (i64, Arc<crate::views::figures::Source>)>>,
}

impl Kept {
    /// A transcript as it was imported.
    pub fn transcript(&self, db: &Connection, hash: &str) -> rusqlite::Result<Arc<Transcript>> {
        keep(&self.transcripts, hash.to_owned(), || cells::read(db, hash))
    }

    pub fn analysis(&self, db: &Connection, hash: &str) -> rusqlite::Result<Arc<Analysis>> {
        keep(&self.analyses, hash.to_owned(), || cells::read(db, hash))
    }

    pub fn heard(&self, db: &Connection, hash: &str) -> rusqlite::Result<HeardWords> {
        keep(&self.heard, hash.to_owned(), || cells::read(db, hash))
    }

    pub fn proposal(&self, db: &Connection, hash: &str) -> rusqlite::Result<Arc<Proposal>> {
        keep(&self.proposals, hash.to_owned(), || cells::read(db, hash))
    }

    pub fn annotations(&self, db: &Connection, hash: &str) -> rusqlite::Result<Arc<AnnotationSet>> {
        keep(&self.annotations, hash.to_owned(), || cells::read(db, hash))
    }

    /// A media's annotations as people left them; none without any.
    pub fn annotated(&self, db: &Connection, media: &MediaId) -> rusqlite::Result<Option<AnnotationSet>> {
        let mut edits: BTreeMap<String, AnnotationEdit> = cells::bodies(db, "annotation_edit", media)?.into_iter().collect();
        let mut set = match cells::file(db, "annotations", media)? {
            Some(file) => (*self.annotations(db, &file.parsed)?).clone(),
            None if edits.is_empty() => return Ok(None),
            None => AnnotationSet::empty(),
        };
        let as_edited = |annotation: Annotation| edits.remove(&annotation.id).map_or(Some(annotation), |edit| edit.annotation);
        set.annotations = set.annotations.into_iter().filter_map(as_edited).collect();
        set.annotations.extend(edits.into_values().filter_map(|edit| edit.annotation));
        Ok(Some(set))
    }

    /// A media's transcript as people left it, outside of a transaction; none without a transcript.
    pub fn revised(&self, db: &Connection, media: &MediaId) -> rusqlite::Result<Option<Arc<Transcript>>> {
        let Some(file) = cells::file(db, "transcript", media)? else { return Ok(None) };
        let at = (media.clone(), cells::truth(db, media)?);
        let make = || {
            let imported = self.transcript(db, &file.parsed)?;
            let edits = cells::word_edits(db, media)?.into_iter().collect();
            Ok(revise(&imported, &edits))
        };
        keep(&self.revised, at, make).map(Some)
    }

    /// Forgets what was read at positions of the log that were taken back.
    pub fn forget_revised(&self) {
        self.revised.borrow_mut().clear();
        self.sources.borrow_mut().clear();
        self.lessons.borrow_mut().clear();
        *self.backlog.borrow_mut() = Backlog::default();
    }

    /// Number of words and their mean confidence.
    pub fn statistics(&self, db: &Connection, hash: &str) -> rusqlite::Result<Statistics> {
        if let Some(known) = self.statistics.borrow().get(hash) {
            return Ok(*known);
        }
        // SQLite counts without a transcript in memory: all media of a library are counted when thresholds change.
        let counted = db.query_row(
            "SELECT count(*), avg(json_extract(w.value, '$.confidence'))
             FROM blob, json_each(CAST(blob.bytes AS TEXT), '$.words') AS w WHERE blob.hash = ?1",
            [hash],
            |r| Ok((r.get(0)?, r.get::<_, Option<f64>>(1)?.map(|c| c as f32))),
        )?;
        self.statistics.borrow_mut().insert(hash.to_owned(), counted);
        Ok(counted)
    }
}

fn keep<K: PartialEq, T>(shelf: &Shelf<K, T>, key: K, make: impl FnOnce() -> rusqlite::Result<T>) -> rusqlite::Result<Arc<T>> {
    let found = shelf.borrow().iter().position(|c| c.0 == key);
    let (key, value) = match found {
        Some(at) => shelf.borrow_mut().remove(at),
        None => (key, Arc::new(make()?)),
    };
    let mut shelf = shelf.borrow_mut();
    shelf.push((key, Arc::clone(&value)));
    if shelf.len() > CACHED {
        shelf.remove(0);
    }
    Ok(value)
}
