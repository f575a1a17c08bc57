//! Documents: text by ourselves, PDF by the programs of Poppler.

mod office;

use crate::programs::{self, Failure, Program};
use plumbline_core::document::{DocumentKind, MOST_PAGES, decoded, pieces, text_of_html};
use plumbline_pipeline::{DocumentFile, Job, MediaError, PagePicture, ReadDocument};
use std::path::Path;
use std::time::Duration;

/// A document of some hundred pages takes a few seconds.
const TIME_LIMIT: Duration = Duration::from_secs(120);
/// Text of all pages.
const TEXT_LIMIT: usize = 16 << 20;
/// A page as a picture.
const PICTURE_LIMIT: usize = 32 << 20;

/// Reads documents of all kinds that are known.
#[derive(Clone, Copy, Debug)]
pub struct DocumentFiles {
    pdftotext: &'static str,
    pdftoppm: &'static str,
}

impl DocumentFiles {
    /// With the programs as they are found in the path.
    pub const USUAL: Self = Self::new("pdftotext", "pdftoppm");

    /// With these programs of Poppler in place of those in the path.
    pub const fn new(pdftotext: &'static str, pdftoppm: &'static str) -> Self {
        Self { pdftotext, pdftoppm }
    }
}

impl ReadDocument for DocumentFiles {
    fn pages(&self, file: DocumentFile<'_>, job: &Job) -> Result<Vec<String>, MediaError> {
        Ok(match file.kind {
            DocumentKind::Pdf => {
                let last = (MOST_PAGES + 1).to_string();
                let text = run(self.pdftotext, &["-q", "-l", &last, "-enc", "UTF-8", "-", "-"], file, TEXT_LIMIT, job)?;
                // Each page ends with a form feed.
                String::from_utf8_lossy(&text).trim_end_matches('\u{c}').split('\u{c}').map(|page| page.trim_end().to_owned()).collect()
            }
            DocumentKind::Txt | DocumentKind::Md | DocumentKind::Csv => pieces(&decoded(file.bytes)),
            DocumentKind::Html => pieces(&text_of_html(&decoded(file.bytes))),
            DocumentKind::Docx | DocumentKind::Pptx | DocumentKind::Xlsx => office::pages(file)?,
            // What is written in these is read by models alone.
            DocumentKind::Doc | DocumentKind::Xls => vec![],
        })
    }

    fn pictures(&self, file: DocumentFile<'_>, edge: u32, most: usize, job: &Job) -> Result<Vec<PagePicture>, MediaError> {
        let mut pictures = vec![];
        if file.kind != DocumentKind::Pdf {
            return Ok(pictures);
        }
        let edge = edge.max(1).to_string();
        for page in 1..=most {
            let page = page.to_string();
            let arguments = ["-q", "-f", &page, "-l", &page, "-singlefile", "-jpeg", "-scale-to", &edge, "-"];
            match run(self.pdftoppm, &arguments, file, PICTURE_LIMIT, job) {
                Ok(bytes) => match jpeg_size(&bytes) {
                    Some((width, height)) => pictures.push(PagePicture { width, height, bytes }),
                    None => break,
                },
                // Behind the last page the program says that there is none.
                Err(MediaError::Failed { .. }) if !pictures.is_empty() => break,
                Err(error) => return Err(error),
            }
        }
        Ok(pictures)
    }
}

fn run(program: &str, arguments: &[&str], file: DocumentFile<'_>, output_limit: usize, job: &Job) -> Result<Vec<u8>, MediaError> {
    let command: Vec<String> = std::iter::once(program).chain(arguments.iter().copied()).map(str::to_owned).collect();
    let asked = Program { command: &command, environment: &[], time_limit: TIME_LIMIT, output_limit };
    programs::run(&asked, file.bytes, "reading the document", &job.aside()).map_err(|failure| match failure {
        Failure::Cancelled(cancelled) => MediaError::Cancelled(cancelled),
        Failure::NotFound => failed(
            file,
            format!("it can't be read, because the program {program} is not there"),
            "Install it: on Debian the package is poppler-utils",
        ),
        other => failed(
            file,
            format!("it can't be read: {program} {other}"),
            "It may be damaged or locked by a password. Open it in another program and save it anew",
        ),
    })
}

fn failed(file: DocumentFile<'_>, what: impl Into<String>, remedy: &str) -> MediaError {
    MediaError::failed(Path::new(file.name), what, remedy)
}

/// Width and height of a JPEG, from the segment that begins its frame.
fn jpeg_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let two = |at: usize| Some(u32::from(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?])));
    let mut at = bytes.starts_with(&[0xff, 0xd8]).then_some(2)?;
    loop {
        let (0xff, marker) = (*bytes.get(at)?, *bytes.get(at + 1)?) else { return None };
        // The frame's kinds are C0 to CF, without the tables C4, C8 and CC among them.
        if matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc) {
            return Some((two(at + 7)?, two(at + 5)?));
        }
        at += 2 + two(at + 2)? as usize;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
