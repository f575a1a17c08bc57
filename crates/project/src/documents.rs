//! Documents that belong to a media: slides, papers, scripts.

use crate::cells::{self, Change, FileRef, Swap};
use crate::error::{Error, Result};
use crate::history::Draft;
use crate::ops::Import;
use crate::project::Project;
use crate::records::MediaId;
use crate::scribe::Scribe;
use plumbline_core::document::{self, Document, DocumentKind};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A document as it stands in the log: what is told of it, and its bytes and its text by the hashes of their blobs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DocumentRef {
    pub name: String,
    pub kind: DocumentKind,
    pub pages: u32,
    pub bytes: u64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
    pub source: String,
    pub parsed: String,
}

impl DocumentRef {
    /// Its blobs, as those of any other file.
    pub fn file(&self) -> FileRef {
        FileRef { name: self.name.clone(), source: self.source.clone(), parsed: self.parsed.clone() }
    }
}

/// A document of a media.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct DocumentRow {
    /// Its id: the same file has the same everywhere.
    pub id: String,
    /// Its file name.
    pub name: String,
    /// What kind of file it is.
    pub kind: DocumentKind,
    /// Of how many pages, slides or pieces text was read.
    pub pages: u32,
    /// Its size in bytes.
    #[ts(type = "number")]
    pub bytes: u64,
    /// Whether there is more of it than was read.
    pub cut: bool,
}

impl Project {
    /// The documents of a media, by their names.
    ///
    /// # Errors
    /// Where the project can't be read.
    pub fn documents(&self, media: &MediaId) -> Result<Vec<DocumentRow>> {
        let all: Vec<(String, DocumentRef)> = self.at(cells::bodies(&self.db, "document", media))?;
        let row =
            |(id, d): (String, DocumentRef)| DocumentRow { id, name: d.name, kind: d.kind, pages: d.pages, bytes: d.bytes, cut: d.cut };
        let mut rows: Vec<DocumentRow> = all.into_iter().map(row).collect();
        rows.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        Ok(rows)
    }

    /// A document with its text; none where the media has none of this id.
    ///
    /// # Errors
    /// Where the project can't be read.
    pub fn document(&self, media: &MediaId, id: &str) -> Result<Option<Document>> {
        let read = || cells::body::<DocumentRef>(&self.db, "document", media, id)?.map(|d| cells::read(&self.db, &d.parsed)).transpose();
        self.at(read())
    }

    /// The bytes of a document as it was attached; none where the media has none of this id.
    ///
    /// # Errors
    /// Where the project can't be read.
    pub fn document_source(&self, media: &MediaId, id: &str) -> Result<Option<Vec<u8>>> {
        let read = || cells::body::<DocumentRef>(&self.db, "document", media, id)?.map(|d| cells::blob(&self.db, &d.source)).transpose();
        self.at(read())
    }
}

impl Scribe<'_> {
    pub fn attach(&self, media: &MediaId, file: Import<Document>) -> Result<Draft> {
        self.media(media)?;
        let document = &file.parsed;
        if document.id != document::id_of(&file.source) {
            return Err(Error::Refused(format!("What was read of {} is not what its file holds. Attach it again", file.name)));
        }
        let id = document.id.clone();
        if cells::body::<DocumentRef>(self.db, "document", media, &id)?.is_some() {
            return self.draft("attach_document", media, vec![]);
        }
        let kept = self.file(&file)?;
        let after = DocumentRef {
            name: kept.name,
            kind: document.kind,
            pages: document.pages.len() as u32,
            bytes: file.source.len() as u64,
            cut: document.cut,
            source: kept.source,
            parsed: kept.parsed,
        };
        let change = Change::Document { media: media.clone(), id, swap: Swap { before: None, after: Some(after) } };
        self.draft("attach_document", media, vec![change])
    }

    pub fn detach(&self, media: &MediaId, id: String) -> Result<Draft> {
        let Some(before) = cells::body::<DocumentRef>(self.db, "document", media, &id)? else {
            return Err(Error::Refused(format!("The media has no document {id}. It may have been detached")));
        };
        let change = Change::Document { media: media.clone(), id, swap: Swap { before: Some(before), after: None } };
        self.draft("detach_document", media, vec![change])
    }
}
