//! The library's view.

use super::{LibraryView, MediaRow, MediaState, ProjectView};
use crate::cells;
use crate::error::Result;
use crate::project::Project;
use crate::records::MediaId;
use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::path::PathBuf;

impl Project {
    /// What is open.
    pub fn view(&self) -> ProjectView {
        let standing = self.standing();
        let name = self.path().file_stem().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        ProjectView { name, path: self.path().display().to_string(), seq: standing.seq, undo: standing.undo, redo: standing.redo }
    }

    /// All media; a file that is not where it should be is shown as missing.
    ///
    /// # Errors
    /// Where the project can't be read.
    pub fn library(&self) -> Result<LibraryView> {
        let read = || -> rusqlite::Result<Vec<MediaRow>> {
            self.db
                .prepare_cached(
                    "SELECT summary.body FROM summary JOIN media ON media.id = summary.media
                     JOIN event ON event.seq = media.added ORDER BY event.stamp, event.id, media.id",
                )?
                .query_map([], |r| cells::from_json(r, 0))?
                .collect()
        };
        let mut media = self.at(read())?;
        let mut files = Files::below(self.folder());
        for row in media.iter_mut().filter(|row| !files.has(&row.path)) {
            row.state = MediaState::Missing;
        }
        Ok(LibraryView { seq: self.standing().seq, media })
    }

    /// The same as JSON. Rows stand in the project as they are shown, and are handed through unread: twenty thousand of them in a blink.
    ///
    /// # Errors
    /// Where the project can't be read.
    pub fn library_json(&self) -> Result<String> {
        let mut files = Files::below(self.folder());
        let mut read = || -> rusqlite::Result<String> {
            let mut json = format!("{{\"seq\":{},\"media\":[", self.standing().seq);
            let mut query = self.db.prepare_cached(
                "SELECT summary.body, json_extract(media.record, '$.path')
                 FROM summary JOIN media ON media.id = summary.media ORDER BY media.added, media.id",
            )?;
            let mut rows = query.query([])?;
            while let Some(row) = rows.next()? {
                if !json.ends_with('[') {
                    json.push(',');
                }
                if files.has(row.get_ref(1)?.as_str()?) {
                    json.push_str(row.get_ref(0)?.as_str()?);
                } else {
                    let shown: MediaRow = cells::from_json(row, 0)?;
                    json.push_str(&cells::json(&MediaRow { state: MediaState::Missing, ..shown })?);
                }
            }
            json.push_str("]}");
            Ok(json)
        };
        self.at(read())
    }

    /// The first media whose review waits for a person, and whose file is there.
    ///
    /// # Errors
    /// Where the project can't be read.
    pub fn first_to_review(&self) -> Result<Option<MediaId>> {
        let folder = self.folder();
        let read = || -> rusqlite::Result<Option<MediaId>> {
            let mut query = self.db.prepare_cached(
                "SELECT summary.media, json_extract(media.record, '$.path')
                 FROM summary JOIN media ON media.id = summary.media
                 WHERE json_extract(summary.body, '$.state') IN ('proposed', 'flagged', 'waiting') ORDER BY media.added, media.id",
            )?;
            let mut rows = query.query([])?;
            while let Some(row) = rows.next()? {
                if folder.join(row.get_ref(1)?.as_str()?).exists() {
                    return Ok(Some(MediaId(row.get(0)?)));
                }
            }
            Ok(None)
        };
        self.at(read())
    }
}

/// Which files there are. Asked folder by folder: one question per file would take seconds on a network.
struct Files {
    base: PathBuf,
    folders: HashMap<PathBuf, HashSet<OsString>>,
}

impl Files {
    fn below(base: PathBuf) -> Self {
        Self { base, folders: HashMap::new() }
    }

    fn has(&mut self, path: &str) -> bool {
        let file = self.base.join(path);
        let (Some(folder), Some(name)) = (file.parent(), file.file_name()) else { return file.exists() };
        if !self.folders.contains_key(folder) {
            // A folder that can't be listed lists nothing.
            let names = std::fs::read_dir(folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.file_name()));
            self.folders.insert(folder.to_owned(), names.collect());
        }
        // What a listing lacks is asked for by itself: a disk that ignores case may have it.
        self.folders.get(folder).is_some_and(|names| names.contains(name)) || file.exists()
    }
}
