//! Bringing media, transcripts and annotations into a project.

use crate::files::{Found, files_below, find_files, io, read_file, relative_path};
use crate::{Desk, Error, Result, documents};
use plumbline_core::AnnotationSet;
use plumbline_core::format;
use plumbline_core::transcript::Transcript;
use plumbline_pipeline::Job;
use plumbline_pipeline::ports::Probe;
use plumbline_pipeline::stages::{hash, proxy::needs_proxy};
use plumbline_project::{Import, MediaId, MediaRecord, Op, Picture};
use std::path::{Path, PathBuf};

/// What came of an import.
#[derive(Debug, Default)]
pub struct Imported {
    /// Media that were added, or that got a transcript or annotations.
    pub media: Vec<MediaId>,
    /// Sentences about what was met and how it was taken.
    pub notes: Vec<String>,
    /// What could not be imported, each with its reason. The rest was imported all the same.
    pub failures: Vec<Error>,
}

/// Adds the files among `paths`. Each group of files is one step that undo takes back; one that fails leaves the others be.
///
/// # Errors
/// [`Error::Cancelled`] when the person stopped it (what was added by then stays), and where there is nothing to import.
pub fn import(desk: &Desk<'_>, paths: &[PathBuf], job: &Job) -> Result<Imported> {
    let (groups, failures) = find_files(paths);
    let mut out = Imported { failures, ..Imported::default() };
    if groups.is_empty() && out.failures.is_empty() {
        let path = paths.first().map_or_else(String::new, |p| p.display().to_string());
        return Err(Error::File {
            path,
            why: "there is no video, sound, transcript or annotation file in it. Choose another folder".into(),
        });
    }
    for group in groups {
        match import_group(desk, &group, job, &mut out.notes) {
            Ok(media) => {
                out.failures.extend(documents::attach(desk, &media, &group.documents, job)?);
                if !out.media.contains(&media) {
                    out.media.push(media);
                }
            }
            Err(Error::Cancelled(cancelled)) => return Err(cancelled.into()),
            Err(error) => out.failures.push(error),
        }
    }
    Ok(out)
}

fn import_group(desk: &Desk<'_>, group: &Found, job: &Job, notes: &mut Vec<String>) -> Result<MediaId> {
    let transcript = group.transcript.as_deref().map(|p| read_transcript(p, notes)).transpose()?;
    let annotations = group.annotations.as_deref().map(|p| read_annotations(p, notes)).transpose()?;
    for path in &group.passed_over {
        notes.push(format!("{}: passed over, for another file of that name was taken. Import it alone to take it instead", path.display()));
    }
    let Some(path) = &group.media else { return attach(desk, group, transcript, annotations) };
    let path = path.canonicalize().map_err(|e| io(path, &e))?;
    let probe = desk.ports.media.probe(&path)?;
    let record = record(desk, &path, &probe, job)?;
    if transcript.is_some() && !record.has_audio {
        notes.push(format!("{}: it has no sound, so its words can't be held against it", path.display()));
    }
    let media = MediaId::of_hash(&record.hash);
    let known = desk.project().media(&media).is_ok();
    if known {
        notes.extend(known_already(desk, &media, &path)?);
        update(desk, &media, &record, transcript, annotations)?;
    } else {
        desk.apply(Op::AddMedia { record, transcript, annotations }, &desk.by)?;
    }
    Ok(media)
}

/// What to say of a file whose content the project has, where that lies in another file.
fn known_already(desk: &Desk<'_>, media: &MediaId, path: &Path) -> Result<Option<String>> {
    let (_, at) = desk.media(media)?;
    let other = at.canonicalize().is_ok_and(|at| at != path);
    Ok(other.then(|| {
        format!("{}: it has the same content as {}, which is in the project. It is not added again", path.display(), at.display())
    }))
}

/// What the project keeps of a media file.
fn record(desk: &Desk<'_>, path: &Path, probe: &Probe, job: &Job) -> Result<MediaRecord> {
    let hash = hash::run(path, job)?;
    let folder = desk.project().folder();
    Ok(MediaRecord {
        hash,
        path: relative_path(&folder, path),
        size_bytes: std::fs::metadata(path).map_err(|e| io(path, &e))?.len(),
        duration: probe.duration,
        picture: probe.video.as_ref().map(|v| Picture { width: v.width, height: v.height, frame_rate: v.frame_rate }),
        has_audio: probe.audio.is_some(),
        plays: !needs_proxy(probe),
    })
}

/// The same content again: a new place, a new transcript, new annotations. What the project has already is not written again.
fn update(
    desk: &Desk<'_>,
    media: &MediaId,
    record: &MediaRecord,
    transcript: Option<Import<Transcript>>,
    annotations: Option<Import<AnnotationSet>>,
) -> Result<()> {
    let (known, at) = desk.media(media)?;
    if known.path != record.path && !at.exists() {
        desk.apply(Op::RelocateMedia { media: media.clone(), path: record.path.clone() }, &desk.by)?;
    }
    let same = |kept: Option<(String, Vec<u8>)>, source: &[u8]| kept.is_some_and(|k| k.1 == source);
    if let Some(file) = annotations
        && !same(desk.project().annotations_source(media)?, &file.source)
    {
        desk.apply(Op::ImportAnnotations { media: media.clone(), file }, &desk.by)?;
    }
    if let Some(file) = transcript
        && !same(desk.project().transcript_source(media)?, &file.source)
    {
        desk.apply(Op::ImportTranscript { media: media.clone(), file }, &desk.by)?;
    }
    Ok(())
}

/// A transcript, annotations or documents without a media beside them belong to the media of that name in the project.
fn attach(
    desk: &Desk<'_>,
    group: &Found,
    transcript: Option<Import<Transcript>>,
    annotations: Option<Import<AnnotationSet>>,
) -> Result<MediaId> {
    let path = group.transcript.as_ref().or(group.annotations.as_ref()).or(group.documents.first()).cloned().unwrap_or_default();
    let name = |p: &Path| p.file_name().map(|n| n.to_string_lossy().split('.').next().unwrap_or_default().to_owned()).unwrap_or_default();
    let wanted = name(&path);
    let mut matches = Vec::new();
    {
        let project = desk.project();
        for media in project.media_ids()? {
            if name(Path::new(project.media(&media)?.name())) == wanted {
                matches.push(media);
            }
        }
    }
    let [media] = &matches[..] else {
        let why = if matches.is_empty() {
            format!("there is no media called {wanted} beside it or in the project. Import the video together with it")
        } else {
            format!("{} media in the project are called {wanted}. Put it beside its video and import both", matches.len())
        };
        return Err(Error::File { path: path.display().to_string(), why });
    };
    let (record, _) = desk.media(media)?;
    update(desk, media, &record, transcript, annotations)?;
    Ok(media.clone())
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Reads a transcript of any kind that is known, judged by its content.
///
/// # Errors
/// Where it can't be read or is none, with the place in the file.
pub fn read_transcript(path: &Path, notes: &mut Vec<String>) -> Result<Import<Transcript>> {
    let source = read_file(path)?;
    let parsed = format::read(&source).map_err(|e| Error::File { path: path.display().to_string(), why: e.to_string() })?;
    notes.extend(parsed.notes.iter().map(|n| format!("{}: {n}", path.display())));
    Ok(Import { name: name_of(path), source, parsed })
}

/// Reads a file of annotations.
///
/// # Errors
/// Where it can't be read or is none, with the place in the file.
pub fn read_annotations(path: &Path, notes: &mut Vec<String>) -> Result<Import<AnnotationSet>> {
    let source = read_file(path)?;
    let (parsed, said) =
        format::read_annotations(&source).map_err(|e| Error::File { path: path.display().to_string(), why: e.to_string() })?;
    notes.extend(said.iter().map(|n| format!("{}: {n}", path.display())));
    Ok(Import { name: name_of(path), source, parsed })
}

/// Looks for the content of `media` among the files below `folder` and makes the project point there.
///
/// # Errors
/// [`Error::Cancelled`], or where the folder can't be read.
pub fn relocate(desk: &Desk<'_>, media: &MediaId, folder: &Path, job: &Job) -> Result<bool> {
    let (record, _) = desk.media(media)?;
    // Every file, whatever its name: it may have been given another one.
    for path in files_below(folder)? {
        // Reading a file whole only to learn that its size was wrong would take hours in a large archive.
        let same_size = std::fs::metadata(&path).is_ok_and(|m| m.len() == record.size_bytes);
        if same_size && hash::run(&path, job)? == record.hash {
            let path = path.canonicalize().map_err(|e| io(&path, &e))?;
            let project_folder = desk.project().folder();
            desk.apply(Op::RelocateMedia { media: media.clone(), path: relative_path(&project_folder, &path) }, &desk.by)?;
            return Ok(true);
        }
    }
    Ok(false)
}
