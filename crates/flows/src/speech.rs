//! From sound to a transcript, on this machine.

use crate::{Desk, Error, Result, file};
use plumbline_core::format;
use plumbline_pipeline::stages::speech;
use plumbline_pipeline::{Job, SpeechToText};
use plumbline_project::{By, Import, MediaId, Op};

/// Writes down what is said in a media that has sound and no transcript; says whether it did.
///
/// # Errors
/// Where the sound can't be decoded or recognised, the project can't be written, or the job was cancelled. What was recognised until then is
/// kept, so that the next run goes on there.
pub fn transcribe(desk: &Desk<'_>, media: &MediaId, speech: &dyn SpeechToText, job: &Job) -> Result<bool> {
    let (record, path) = desk.media(media)?;
    if !record.has_audio || desk.project().transcript(media)?.is_some() {
        return Ok(false);
    }
    let profile = desk.project().profile(media)?;
    let source = speech::run(file(&record, &path), profile, speech, &desk.ports, job)?;
    let parsed = format::read(&source)
        .map_err(|e| Error::File { path: path.display().to_string(), why: format!("what {} wrote can't be read: {e}", speech.name()) })?;
    // Somebody may have imported one meanwhile, and that is the one that counts.
    if desk.project().transcript(media)?.is_some() {
        return Ok(false);
    }
    let stem = record.name().rsplit_once('.').map_or(record.name(), |(stem, _)| stem);
    let file = Import { name: format!("{stem}.recognised.json"), source, parsed };
    desk.apply(Op::ImportTranscript { media: media.clone(), file }, &By::Machine)?;
    Ok(true)
}
