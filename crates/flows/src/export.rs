//! Writing results out.

use crate::files::io;
use crate::{Desk, Error, Result};
use plumbline_core::format::{self, CueOptions, Reviewed};
use plumbline_core::name_speakers;
use plumbline_project::MediaId;
use std::io::Write;
use std::path::Path;

/// What can be written of a media.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, rename = "ExportKind")]
pub enum Kind {
    /// Amazon Transcribe's JSON: the imported file with the corrections put in.
    Transcribe,
    /// SubRip.
    Srt,
    /// WebVTT.
    Vtt,
    /// Annotations in our schema.
    Annotations,
}

impl Kind {
    /// What its files' names end in, after the dot.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Transcribe => "transcribe.json",
            Self::Srt => "srt",
            Self::Vtt => "vtt",
            Self::Annotations => "annotations.json",
        }
    }
}

/// The bytes of an export.
///
/// # Errors
/// Where the media has nothing of that kind.
pub fn render(desk: &Desk<'_>, media: &MediaId, kind: Kind) -> Result<Vec<u8>> {
    let project = desk.project();
    let name = project.media(media)?.name().to_owned();
    let nothing = |what: &str| Error::File { path: name.clone(), why: format!("it has no {what} to export. Import one first") };
    if kind == Kind::Annotations {
        let set = project.annotation_set(media)?.ok_or_else(|| nothing("annotations"))?;
        return Ok(format::write_annotations(&set));
    }
    let imported = project.imported_transcript(media)?.ok_or_else(|| nothing("transcript"))?;
    let mut revised = (*project.transcript(media)?.ok_or_else(|| nothing("transcript"))?).clone();
    let (_, source) = project.transcript_source(media)?.ok_or_else(|| nothing("transcript"))?;
    let words = project.placed(media)?;
    name_speakers(&mut revised, &project.speaker_names(media)?);
    let review = Reviewed { imported: &imported, revised: &revised, words: &words };
    let source = Some((imported.format, source.as_slice())).filter(|(_, bytes)| !bytes.is_empty());
    let written = match kind {
        Kind::Srt => format::write_srt(source, review, &CueOptions::default()),
        Kind::Vtt => format::write_vtt(source, review, &CueOptions::default()),
        Kind::Transcribe | Kind::Annotations => format::write_transcribe(source, review),
    };
    written.map_err(|e| Error::File { path: name.clone(), why: e.to_string() })
}

/// Writes an export to `to`: whole, or not at all.
///
/// # Errors
/// As [`render`], and where the file can't be written.
pub fn export(desk: &Desk<'_>, media: &MediaId, kind: Kind, to: &Path) -> Result<()> {
    write_whole(to, &render(desk, media, kind)?)
}

/// Writes a file beside its place and moves it there, so that a full disk leaves what was there before.
///
/// # Errors
/// Where it can't be written.
pub fn write_whole(to: &Path, bytes: &[u8]) -> Result<()> {
    let part = to.with_file_name(format!(".{}.part", to.file_name().map(|n| n.to_string_lossy()).unwrap_or_default()));
    let write = || -> std::io::Result<()> {
        let mut file = std::fs::File::create(&part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&part, to)
    };
    write().map_err(|e| {
        // Whatever stopped the write may stop the clean-up, too; the first error is the one to tell.
        let _ = std::fs::remove_file(&part);
        match e.kind() {
            std::io::ErrorKind::NotFound => {
                Error::File { path: to.display().to_string(), why: "its folder is not there. Make it, or choose another one".into() }
            }
            _ => io(to, &e),
        }
    })
}
