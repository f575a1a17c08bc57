//! Documents of the media on the desk.

use crate::app::App;
use crate::commands::Answer;
use plumbline_core::document::DocumentKind;
use plumbline_flows::documents;
use plumbline_project::views::Changed;
use plumbline_project::{DocumentRow, MediaId};
use serde::Serialize;
use std::path::PathBuf;
use tauri::{AppHandle, State};
use tauri_plugin_dialog::DialogExt;
use ts_rs::TS;

/// What came of attaching documents.
#[derive(Serialize, TS)]
#[ts(export)]
pub struct Attached {
    changed: Changed,
    /// What could not be attached, each with its reason. The rest was attached all the same.
    failures: Vec<String>,
}

#[tauri::command(async)]
pub fn documents(app: State<'_, App>, media: MediaId) -> Answer<Vec<DocumentRow>> {
    Ok(app.with(|p| p.documents(&media))?)
}

/// The text of a document by page; empty where it was detached a moment ago.
#[tauri::command(async)]
pub fn document_pages(app: State<'_, App>, media: MediaId, id: String) -> Answer<Vec<String>> {
    Ok(app.with(|p| p.document(&media, &id))?.map(|document| document.pages).unwrap_or_default())
}

/// Attaches files; asks for them where none are named, and gives null where the person names none.
#[tauri::command(async)]
pub fn attach_documents(handle: AppHandle, app: State<'_, App>, media: MediaId, paths: Option<Vec<PathBuf>>) -> Answer<Option<Attached>> {
    let endings = DocumentKind::ALL.map(DocumentKind::name);
    let ask = || {
        let picked = handle.dialog().file().set_title("Attach documents").add_filter("Documents", &endings).blocking_pick_files()?;
        Some(picked.into_iter().filter_map(|p| p.into_path().ok()).collect::<Vec<_>>())
    };
    let Some(paths) = paths.or_else(ask) else { return Ok(None) };
    let before = app.with(|p| p.view()).seq;
    let work = app.work();
    let title = format!("{}: documents", app.name(&media));
    let failures = app.jobs.run(title, |job| documents::attach(&work.desk(), &media, &paths, job))?;
    let changed = app.with(|p| p.changed_since(&media, before))?;
    Ok(Some(Attached { changed, failures: failures.iter().map(ToString::to_string).collect() }))
}
