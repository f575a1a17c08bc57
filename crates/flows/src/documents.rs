//! Documents that belong to a media: from their files into the project, and from there along with what is asked of models.

use crate::files::{io, read_file};
use crate::{Desk, Error, Result};
use plumbline_core::document::{Document, DocumentKind};
use plumbline_core::models::{Model, text_tokens};
use plumbline_pipeline::asking::{Along, between_tags};
use plumbline_pipeline::models::{Part, PictureFormat};
use plumbline_pipeline::stages::documents as pages;
use plumbline_pipeline::{DocumentFile, Job, ReadDocument};
use plumbline_project::{DocumentRow, Import, MediaId, Op};
use std::path::{Path, PathBuf};

/// A larger file is not kept.
const LARGEST_KEPT: u64 = 50_000_000;
/// The service takes no more documents than so many, and none that is larger.
const MOST_BLOCKS: usize = 5;
const LARGEST_BLOCK: u64 = 4_500_000;
/// So many pages are shown as pictures at most, and no more than half of the pictures that a request may have.
const MOST_PICTURES: u32 = 8;
/// Edge of pages for models of which none is known, in pixels.
const USUAL_EDGE: u32 = 1_568;
/// A service that takes a PDF looks at its pages, too: each about as large as this.
const PAGE: (u32, u32) = (1_200, 1_568);
/// The text of documents takes so many tokens at most where a model's room is not known; else a quarter of it.
const MOST_TOKENS: u32 = 30_000;
/// Parts of a request behind the pages of documents.
const END: &str = "The documents end here. Pictures that follow are of the media.";

/// Reads a document from its file.
///
/// # Errors
/// Where it can't be read, is too large, damaged or of no kind that is known, or the job was cancelled.
pub fn read(path: &Path, reader: &dyn ReadDocument, job: &Job) -> Result<Import<Document>> {
    let bad = |why: String| Error::File { path: path.display().to_string(), why };
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let kind = DocumentKind::of_file(&name)
        .ok_or_else(|| bad(format!("it is no document of a kind that is known. Choose one of: {}", DocumentKind::names())))?;
    let size = std::fs::metadata(path).map_err(|e| io(path, &e))?.len();
    if size > LARGEST_KEPT {
        return Err(bad(format!(
            "it has {} MB, and a project keeps documents of {} MB at most. Split it",
            size / 1_000_000,
            LARGEST_KEPT / 1_000_000
        )));
    }
    let source = read_file(path)?;
    let pages = reader.pages(DocumentFile { name: &path.display().to_string(), kind, bytes: &source }, job)?;
    let parsed = Document::new(&name, kind, &source, pages);
    Ok(Import { name, source, parsed })
}

/// Attaches documents to a media, each as a step of its own, and says what could not be attached. What is attached already stays as it is.
///
/// # Errors
/// Where the project can't be read or written, or the job was cancelled.
pub fn attach(desk: &Desk<'_>, media: &MediaId, paths: &[PathBuf], job: &Job) -> Result<Vec<Error>> {
    let mut failures = vec![];
    for path in paths {
        match read(path, desk.ports.documents, job) {
            Ok(file) => desk.apply(Op::AttachDocument { media: media.clone(), file }, &desk.by)?,
            Err(Error::Cancelled(cancelled)) => return Err(cancelled.into()),
            Err(error) => failures.push(error),
        }
    }
    Ok(failures)
}

/// Reads files that are sent along though they belong to no media: each as a part.
///
/// # Errors
/// Where one can't be read, is too large, or is of a kind that models do not take.
pub fn files(paths: &[PathBuf]) -> Result<Vec<Part>> {
    let bad = |path: &Path, why: String| Error::File { path: path.display().to_string(), why };
    if let Some(path) = paths.get(MOST_BLOCKS) {
        return Err(bad(path, format!("no more than {MOST_BLOCKS} documents can go along. Leave some out")));
    }
    let document = |(n, path): (usize, &PathBuf)| {
        let kinds = || DocumentKind::ALL.into_iter().filter(|kind| kind.is_block()).map(DocumentKind::name).collect::<Vec<_>>().join(", ");
        let kind = DocumentKind::of_file(&path.to_string_lossy())
            .filter(|kind| kind.is_block())
            .ok_or_else(|| bad(path, format!("models take no documents of this kind. Choose one of: {}", kinds())))?;
        let size = std::fs::metadata(path).map_err(|e| io(path, &e))?.len();
        if size > LARGEST_BLOCK {
            return Err(bad(path, format!("it has {size} bytes, and models take {LARGEST_BLOCK} at most. Split it, or leave it out")));
        }
        // A file's name may say anything; models read it.
        let name = format!("Document {}", n + 1);
        Ok(Part::Document { kind: kind.name().to_owned(), name, bytes: read_file(path)?.into(), tokens: None })
    };
    paths.iter().enumerate().map(document).collect()
}

/// The documents of a media as parts of a request, and how each goes along, as clauses.
#[derive(Debug, Default)]
pub struct Enclosed {
    /// The parts, in the order in which they are sent.
    pub parts: Vec<Part>,
    /// A clause for each document: `slides.pdf: as it is`.
    pub told: Vec<String>,
}

/// What goes along of a media's documents to a model, behind `others` that do anyway: as they are where it takes documents, else the first pages as
/// pictures where it takes these, and in any case their text.
///
/// # Errors
/// Where the project can't be read, a document's pages can't be made into pictures, or the job was cancelled.
pub fn enclosed(desk: &Desk<'_>, media: &MediaId, along: Along, model: &Model, others: &[Part], job: &Job) -> Result<Enclosed> {
    let rows: Vec<DocumentRow> = desk.project().documents(media)?.into_iter().filter(|row| along.takes(&row.id)).collect();
    let mut room = Room::of(model, others);
    let mut all = Enclosed::default();
    for row in rows {
        let tokens = block_tokens(desk, media, &row, model)?;
        let how = if room.takes_block(&row, tokens) {
            block(desk, media, &row, tokens, others.len() + all.parts.len() + 1, &mut all.parts)?
        } else {
            let pictures = pictures(desk, media, &row, model, &mut room, (&mut all.parts, job))?;
            [pictures, text(desk, media, &row, &mut room, &mut all.parts)?].into_iter().flatten().collect::<Vec<_>>().join(" and ")
        };
        let how = if how.is_empty() { "not at all: this model can read nothing of it".to_owned() } else { how };
        all.told.push(format!("{}: {how}", row.name));
    }
    if all.parts.iter().any(|part| matches!(part, Part::Picture { .. })) {
        all.parts.push(Part::Text(END.to_owned()));
    }
    Ok(all)
}

/// What still goes into a request.
struct Room {
    blocks: usize,
    pictures: u32,
    tokens: u32,
}

impl Room {
    fn of(model: &Model, others: &[Part]) -> Self {
        let blocks = others.iter().filter(|part| matches!(part, Part::Document { .. })).count();
        let pictures = if model.pictures { model.max_pictures.map_or(MOST_PICTURES, |most| (most / 2).min(MOST_PICTURES)) } else { 0 };
        let tokens = model.context_tokens.map_or(MOST_TOKENS, |context| context / 4);
        Self { blocks: if model.documents { MOST_BLOCKS.saturating_sub(blocks) } else { 0 }, pictures, tokens }
    }

    /// Whether a document goes along as it is. One that would leave no room for what is asked goes along by its text, which can be cut.
    fn takes_block(&mut self, row: &DocumentRow, tokens: u32) -> bool {
        let takes = self.blocks > 0 && row.kind.is_block() && !row.cut && (1..=LARGEST_BLOCK).contains(&row.bytes) && tokens <= self.tokens;
        if takes {
            self.blocks -= 1;
            self.tokens -= tokens;
        }
        takes
    }
}

/// What a page takes beside its text.
fn page_tokens(kind: DocumentKind, model: &Model) -> u32 {
    if kind == DocumentKind::Pdf && model.pictures { model.tokens_of_picture(PAGE.0, PAGE.1) } else { 0 }
}

/// About how many tokens a document takes as it is: its text, and its pages where the service looks at them, too.
fn block_tokens(desk: &Desk<'_>, media: &MediaId, row: &DocumentRow, model: &Model) -> Result<u32> {
    let pages = row.pages.saturating_mul(page_tokens(row.kind, model));
    let text = match desk.project().document(media, &row.id)?.filter(Document::has_text) {
        Some(document) => document.pages.iter().map(|page| text_tokens(page)).fold(0, u32::saturating_add),
        // Of a document whose text is not known the size is all that can be guessed by.
        None => u32::try_from(row.bytes / 100).unwrap_or(u32::MAX),
    };
    Ok(pages.saturating_add(text))
}

fn block(desk: &Desk<'_>, media: &MediaId, row: &DocumentRow, tokens: u32, n: usize, parts: &mut Vec<Part>) -> Result<String> {
    let source = desk.project().document_source(media, &row.id)?.unwrap_or_default();
    let kind = row.kind.name().to_owned();
    parts.push(Part::Document { kind, name: format!("Document {n}"), bytes: source.into(), tokens: Some(tokens) });
    Ok("as it is".to_owned())
}

fn pictures(
    desk: &Desk<'_>,
    media: &MediaId,
    row: &DocumentRow,
    model: &Model,
    room: &mut Room,
    (parts, job): (&mut Vec<Part>, &Job),
) -> Result<Option<String>> {
    if room.pictures == 0 || row.kind != DocumentKind::Pdf {
        return Ok(None);
    }
    let source = desk.project().document_source(media, &row.id)?.unwrap_or_default();
    let file = DocumentFile { name: &row.name, kind: row.kind, bytes: &source };
    let edge = model.picture_edge.unwrap_or(USUAL_EDGE).min(model.picture_edge_many.unwrap_or(u32::MAX));
    let made = pages::run(&row.id, file, edge, room.pictures as usize, &desk.ports, job)?;
    room.pictures -= made.len() as u32;
    let count = made.len();
    for (n, page) in made.into_iter().enumerate() {
        parts.push(Part::Text(between_tags("page", &row.name, &format!("The next picture is page {} of this document.", n + 1))));
        let (width, height) = (page.width, page.height);
        parts.push(Part::Picture { format: PictureFormat::Jpeg, width, height, bytes: page.bytes.into(), at: None });
    }
    Ok((count > 0).then(|| format!("{count} {} as pictures", if count == 1 { "page" } else { "pages" })))
}

fn text(desk: &Desk<'_>, media: &MediaId, row: &DocumentRow, room: &mut Room, parts: &mut Vec<Part>) -> Result<Option<String>> {
    let Some(document) = desk.project().document(media, &row.id)?.filter(Document::has_text) else { return Ok(None) };
    let (mut text, mut read) = (String::new(), 0);
    for (n, page) in document.pages.iter().enumerate() {
        let page = format!("[{} {}]\n{}\n", row.kind.page_word(), n + 1, page.trim());
        let tokens = text_tokens(&page);
        if tokens > room.tokens {
            break;
        }
        room.tokens -= tokens;
        text.push_str(&page);
        read = n + 1;
    }
    if read == 0 {
        return Ok(None);
    }
    parts.push(Part::Text(between_tags("document", &row.name, &text)));
    let all = document.pages.len();
    let whole = read == all && !document.cut;
    Ok(Some(if whole { "its text".to_owned() } else { format!("the text of its first {read} {}s", row.kind.page_word()) }))
}
