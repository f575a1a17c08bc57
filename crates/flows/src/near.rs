//! Finding by meaning: vectors for a project, and what lies near to a text or a picture.

use crate::{Desk, Error, Result, file};
use plumbline_core::models::Registry;
use plumbline_core::near::{Near, Nearest, Piece, PieceKind, Question, stretches};
use plumbline_core::spoken::sentences;
use plumbline_core::{MediaTime, Span};
use plumbline_pipeline::calls::Caller;
use plumbline_pipeline::embedding::Space;
use plumbline_pipeline::models::{Meaning, PictureFormat, Purpose};
use plumbline_pipeline::stages::embed::{Content, Done, Estimate, Subject, wish};
use plumbline_pipeline::stages::{StageError, frames};
use plumbline_pipeline::{Job, Runs, Vectors};
use plumbline_project::MediaId;
use serde::Serialize;
use std::path::Path;
use ts_rs::TS;

/// So many hits are told.
pub const MOST: usize = 200;

/// Something that lies near to what was asked.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct NearHit {
    /// Which media.
    pub media: MediaId,
    /// Its file name.
    pub name: String,
    /// What it is.
    pub kind: PieceKind,
    /// When it begins.
    pub start_us: MediaTime,
    /// When it ends.
    pub end_us: MediaTime,
    /// Its first word or its annotation by its id; empty of a frame.
    pub at: String,
    /// What is said; empty of a frame.
    pub text: String,
    /// The cosine, in thousandths: 1000 for the same.
    pub cosine_milli: i32,
}

/// What of a media is to have a vector: what is said, what annotations say, and where the model knows pictures a frame of each shot.
///
/// # Errors
/// Where the project or the pictures can't be read, or the job was cancelled.
fn contents(desk: &Desk<'_>, media: &MediaId, space: &Space, job: &Job) -> Result<Vec<Content>> {
    let (record, path) = desk.media(media)?;
    let mut all = texts(desk, media)?;
    if space.model.pictures && record.picture.is_some() {
        for frame in frames::run(file(&record, &path), &wish(), &desk.ports, job)? {
            let (span, content) = (Span::new(frame.at, frame.at), frame.key.clone());
            let piece = Piece { kind: PieceKind::Frame, span, at: String::new(), text: String::new(), content };
            all.push((piece, Some(frame)));
        }
    }
    Ok(all)
}

/// What is said and what annotations say of a media, as it is to have vectors.
pub(crate) fn texts(desk: &Desk<'_>, media: &MediaId) -> Result<Vec<Content>> {
    let project = desk.project();
    let content = |text: &str| blake3::hash(text.as_bytes()).to_hex().to_string();
    let piece = |kind, span, at, text: String| (Piece { kind, span, at, content: content(&text), text }, None);
    let mut all = vec![];
    if let Some(transcript) = project.transcript(media)? {
        let said = stretches(&sentences(&transcript, &project.placed(media)?));
        all.extend(said.into_iter().map(|s| piece(PieceKind::Words, s.span, s.words.0.0.to_string(), s.text)));
    }
    let annotations = project.annotation_set(media)?.map_or(vec![], |set| set.annotations);
    let told = annotations.into_iter().filter(|a| !a.text.trim().is_empty());
    all.extend(told.map(|a| piece(PieceKind::Annotation, a.span, a.id, a.text)));
    Ok(all)
}

/// The space that holds most vectors; of a model, where one is named. None where there is none that the registry knows the model of.
///
/// # Errors
/// Where the vectors can't be read.
pub fn held(vectors: &dyn Vectors, registry: &Registry, model: Option<&str>) -> Result<Option<Space>> {
    let spaces = vectors.spaces().map_err(StageError::from)?;
    let space = |(name, _): &(String, u64)| {
        let (id, dimensions) = name.rsplit_once(' ')?;
        let mut known = registry.model(id)?.clone();
        if model.is_some_and(|wanted| wanted != id && wanted != known.id) {
            return None;
        }
        // It is asked under the id that it was asked under before.
        (known.id, known.profile_only) = (id.to_owned(), false);
        Some(Space { model: known, dimensions: dimensions.parse().ok()? })
    };
    Ok(spaces.iter().find_map(space))
}

/// What embedding a media would come to. Nothing is sent.
///
/// # Errors
/// Where the project, the pictures or the ledger can't be read, or the job was cancelled.
pub fn estimate(desk: &Desk<'_>, media: &MediaId, space: &Space, ledger: (&dyn Runs, &dyn Vectors), job: &Job) -> Result<Estimate> {
    let contents = contents(desk, media, space, job)?;
    Ok(Subject { media: &media.0, contents: &contents, space, vectors: ledger.1 }.estimate(ledger.0, &desk.ports)?)
}

/// Gives everything in a media a vector that has none, `at_once` at a time.
///
/// # Errors
/// As [`estimate`], and where no call would succeed or nothing can be written. What there is stays.
pub fn embed(
    desk: &Desk<'_>,
    media: &MediaId,
    space: &Space,
    (caller, at_once): (&Caller, usize),
    vectors: &dyn Vectors,
    job: &Job,
) -> Result<Done> {
    let contents = contents(desk, media, space, job)?;
    Ok(Subject { media: &media.0, contents: &contents, space, vectors }.run(caller, at_once, &desk.ports, job)?)
}

/// What lies nearest to a text or a picture, the nearest first. Each question is asked once: its vector is kept.
///
/// # Errors
/// Where the model does not take it or does not answer, or the vectors can't be read.
pub fn find(desk: &Desk<'_>, space: &Space, what: Meaning, caller: &Caller, vectors: &dyn Vectors, job: &Job) -> Result<Vec<NearHit>> {
    let bad = |why: String| Error::File { path: "Find by meaning".into(), why };
    let refused = match &what {
        Meaning::Picture(..) => format!("{} knows no pictures. Embed with a model that does", space.model.name),
        Meaning::Text(_) => format!("this is too long for {}, or empty. Say it shorter", space.model.name),
    };
    let asked = space.vector(caller, what, Purpose::Finds, "", job).map_err(StageError::from)?.ok_or_else(|| bad(refused))?;
    let question = Question::new(&asked.answer.vector);
    let mut nearest = Nearest::new(MOST);
    let mut look = |id: i64, coded: &[u8]| {
        if let Some(cosine) = question.cosine(coded) {
            nearest.look(Near { id, cosine });
        }
    };
    vectors.each(&space.name(), &mut look).map_err(StageError::from)?;
    let mut hits = vec![];
    for Near { id, cosine } in nearest.into_sorted() {
        let Some((media, piece)) = vectors.piece(id).map_err(StageError::from)? else { continue };
        let media = MediaId(media);
        // A media may have left the project since.
        let Ok(record) = desk.project().media(&media) else { continue };
        let (name, cosine_milli) = (record.name().to_owned(), (cosine * 1e3).round() as i32);
        let Piece { kind, span, at, text, .. } = piece;
        hits.push(NearHit { media, name, kind, start_us: span.start, end_us: span.end, at, text, cosine_milli });
    }
    Ok(hits)
}

/// A picture of the person's, to find what looks like it.
///
/// # Errors
/// Where it can't be read, or is neither PNG nor JPEG.
pub fn picture(path: &Path) -> Result<Meaning> {
    let bad = |why: String| Error::File { path: path.display().to_string(), why };
    let bytes = std::fs::read(path).map_err(|e| bad(format!("it can't be read: {e}. Check the path")))?;
    let format = match bytes.as_slice() {
        [0x89, b'P', b'N', b'G', ..] => PictureFormat::Png,
        [0xff, 0xd8, 0xff, ..] => PictureFormat::Jpeg,
        _ => return Err(bad("models take pictures as PNG or JPEG, and it is neither. Save it as one of them".into())),
    };
    Ok(Meaning::Picture(format, bytes.into()))
}
