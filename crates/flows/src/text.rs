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

/// Links what was found in the pictures to the words that it goes with, as these stand now: text on screen may have been read before anybody wrote down
/// what is said. Nothing is written where nothing changes.
///
/// # Errors
/// Where the project can't be read or written.
pub fn link_again(desk: &Desk<'_>, media: &MediaId) -> Result<()> {
    let (set, placed) = {
        let project = desk.project();
        (project.annotation_set(media)?, project.placed(media)?)
    };
    let Some(set) = set.filter(|_| !placed.is_empty()) else { return Ok(()) };
    let spoken = Spoken::new(&placed);
    let mut sources: Vec<&str> = set.annotations.iter().filter_map(|a| a.source.as_deref()).collect();
    sources.sort_unstable();
    sources.dedup();
    for source in sources {
        let of_source: Vec<_> = set.annotations.iter().filter(|a| a.source.as_deref() == Some(source)).cloned().collect();
        let mut annotations = of_source.clone();
        crossmodal::link_all(&mut annotations, &spoken);
        if annotations != of_source {
            desk.apply(Op::AddAnnotations { media: media.clone(), source: source.to_owned(), annotations }, &By::Machine)?;
        }
    }
    Ok(())
}
