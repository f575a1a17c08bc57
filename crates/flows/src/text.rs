//! From pictures to annotations of the text that stands in them, on this machine.

use crate::{Desk, Result, file};
use plumbline_core::crossmodal::{self, Spoken};
use plumbline_pipeline::stages::text;
use plumbline_pipeline::{Job, ReadText};
use plumbline_project::{By, MediaId, Op};

/// Reads the text on screen of a media that has pictures; gives how many annotations that made. Those of other sources stay, and so does what people did
/// to any.
///
/// # Errors
/// Where the pictures can't be decoded or read, the project can't be written, or the job was cancelled. What was read until then is kept, so that
/// the next run goes on there.
pub fn read_text(desk: &Desk<'_>, media: &MediaId, reader: &dyn ReadText, job: &Job) -> Result<usize> {
    let (record, path) = desk.media(media)?;
    if record.picture.is_none() {
        return Ok(0);
    }
    let mut annotations = text::run(file(&record, &path), reader, &desk.ports, job)?;
    crossmodal::link_all(&mut annotations, &Spoken::new(&desk.project().placed(media)?));
    let count = annotations.len();
    let source = reader.name().to_owned();
    desk.apply(Op::AddAnnotations { media: media.clone(), source, annotations }, &By::Machine)?;
    Ok(count)
}
