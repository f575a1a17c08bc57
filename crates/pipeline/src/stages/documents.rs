//! Pages of documents as pictures.

use super::{Ports, StageError, keep, kept};
use crate::job::Job;
use crate::ports::{DocumentFile, Key, PagePicture};
use serde::{Deserialize, Serialize};

/// Name of the stage.
pub const STAGE: &str = "documents";
/// Version of what it makes.
pub const VERSION: u32 = 1;

/// What is kept of a page beside its picture.
#[derive(Serialize, Deserialize)]
struct Size {
    width: u32,
    height: u32,
}

/// The first pages of a document as pictures, at most `most`, the longer edge of each `edge` pixels; none of a kind that has no pages to look at.
/// `id` is the document's.
///
/// # Errors
/// Where it is damaged, what it takes to read it is not there, what is made can't be kept, or the job was cancelled.
pub fn run(id: &str, file: DocumentFile, edge: u32, most: usize, ports: &Ports, job: &Job) -> Result<Vec<PagePicture>, StageError> {
    let key = |part: &str| Key::new(STAGE, VERSION, &[id], &format!("{edge}, {most}, {part}"));
    let sizes = kept(ports, STAGE, &key("sizes"), |bytes| serde_json::from_slice::<Vec<Size>>(bytes).ok())?;
    if let Some(sizes) = sizes {
        let picture = |(n, size): (usize, &Size)| {
            let bytes = kept(ports, STAGE, &key(&n.to_string()), |bytes| Some(bytes.to_vec()))?;
            Ok(bytes.map(|bytes| PagePicture { width: size.width, height: size.height, bytes }))
        };
        let pictures: Option<Vec<PagePicture>> = sizes.iter().enumerate().map(picture).collect::<Result<_, StageError>>()?;
        if let Some(pictures) = pictures {
            return Ok(pictures);
        }
    }
    let pictures = ports.documents.pictures(file, edge, most, job)?;
    for (n, picture) in pictures.iter().enumerate() {
        keep(ports, STAGE, &key(&n.to_string()), &picture.bytes)?;
    }
    let sizes: Vec<Size> = pictures.iter().map(|p| Size { width: p.width, height: p.height }).collect();
    keep(ports, STAGE, &key("sizes"), serde_json::json!(sizes).to_string().as_bytes())?;
    Ok(pictures)
}
