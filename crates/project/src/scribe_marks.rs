//! What people say of pictures and of the whole: annotations, defects that no gate found, reviews that are done, phrases that are left out.

use crate::cells::{self, Change, Swap};
use crate::error::{Error, Result};
use crate::history::Draft;
use crate::records::{AnnotationEdit, Defect, MediaId};
use crate::scribe::Scribe;
use plumbline_core::Annotation;

impl Scribe<'_> {
    /// The annotation as imported, if it was.
    fn imported_annotation(&self, media: &MediaId, id: &str) -> Result<Option<Annotation>> {
        let Some(file) = cells::file(self.db, "annotations", media)? else { return Ok(None) };
        let set = self.kept.annotations(self.db, &file.parsed)?;
        Ok(set.annotations.iter().find(|a| a.id == id).cloned())
    }

    pub fn set_annotation(&self, media: MediaId, annotation: Annotation) -> Result<Draft> {
        self.media(&media)?;
        if annotation.id.is_empty() || annotation.label.trim().is_empty() {
            return Err(Error::Refused("An annotation needs an id and a label. Give it both".into()));
        }
        if annotation.span.is_empty() {
            return Err(Error::Refused(format!(
                "An annotation can't last from {} to {}: its end must come after its start",
                annotation.span.start, annotation.span.end
            )));
        }
        if annotation.region.is_some_and(|r| !r.is_inside_frame()) {
            return Err(Error::Refused("The region lies outside of the frame. Move it inside".into()));
        }
        let id = annotation.id.clone();
        let as_imported = self.imported_annotation(&media, &id)?.is_some_and(|imported| imported == annotation);
        let after = (!as_imported).then_some(AnnotationEdit { annotation: Some(annotation) });
        self.annotation("set_annotation", media, id, after)
    }

    pub fn remove_annotation(&self, media: MediaId, id: String) -> Result<Draft> {
        let imported = self.imported_annotation(&media, &id)?.is_some();
        let edit: Option<AnnotationEdit> = cells::body(self.db, "annotation_edit", &media, &id)?;
        if !imported && edit.is_none_or(|e| e.annotation.is_none()) {
            return Err(Error::Refused(format!("There is no annotation {id}. It may have been removed")));
        }
        self.annotation("remove_annotation", media, id, imported.then_some(AnnotationEdit { annotation: None }))
    }

    fn annotation(&self, kind: &'static str, media: MediaId, id: String, after: Option<AnnotationEdit>) -> Result<Draft> {
        let swap = Swap { before: cells::body(self.db, "annotation_edit", &media, &id)?, after };
        let changes = if swap.before == swap.after { vec![] } else { vec![Change::Annotation { media: media.clone(), id, swap }] };
        self.draft(kind, &media, changes)
    }

    pub fn add_defect(&self, media: MediaId, defect: Defect) -> Result<Draft> {
        self.media(&media)?;
        if defect.id.is_empty() || defect.span.end < defect.span.start {
            return Err(Error::Refused("A defect needs an id and a span that does not end before it starts. Mark it again".into()));
        }
        if defect.region.is_some_and(|r| !r.is_inside_frame()) {
            return Err(Error::Refused("The region lies outside of the frame. Move it inside".into()));
        }
        let id = defect.id.clone();
        self.defect("add_defect", media, id, Some(Defect { by: self.by.to_owned(), ..defect }))
    }

    pub fn remove_defect(&self, media: MediaId, id: String) -> Result<Draft> {
        if cells::body::<Defect>(self.db, "defect", &media, &id)?.is_none() {
            return Err(Error::Refused(format!("There is no defect {id}. It may have been removed")));
        }
        self.defect("remove_defect", media, id, None)
    }

    fn defect(&self, kind: &'static str, media: MediaId, id: String, after: Option<Defect>) -> Result<Draft> {
        let swap = Swap { before: cells::body(self.db, "defect", &media, &id)?, after };
        let changes = if swap.before == swap.after { vec![] } else { vec![Change::Defect { media: media.clone(), id, swap }] };
        self.draft(kind, &media, changes)
    }

    pub fn finish(&self, media: MediaId, finished: bool) -> Result<Draft> {
        self.media(&media)?;
        let before = cells::finished(self.db, &media)?;
        let after = finished.then(|| self.by.to_owned());
        let changes = if before.is_some() == finished {
            vec![]
        } else {
            vec![Change::Finished { media: media.clone(), swap: Swap { before, after } }]
        };
        self.draft(if finished { "finish" } else { "reopen" }, &media, changes)
    }

    pub fn skip_phrase(&self, language: String, phrase: String, skip: bool) -> Result<Draft> {
        let before = cells::skipped_phrase(self.db, &language, &phrase)?;
        let after = skip.then(|| self.by.to_owned());
        let changes =
            if before.is_some() == skip { vec![] } else { vec![Change::SkippedPhrase { language, phrase, swap: Swap { before, after } }] };
        Ok(Draft { kind: if skip { "skip_phrase" } else { "keep_phrase" }, media: None, reverts: None, run: None, changes })
    }
}
