//! The library's view.

use super::{LibraryView, MediaRow, MediaState, ProjectView};
use crate::cells;
use crate::error::Result;
use crate::project::Project;

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
        let folder = self.folder();
        for row in &mut media {
            if !folder.join(&row.path).exists() {
                row.state = MediaState::Missing;
            }
        }
        Ok(LibraryView { seq: self.standing().seq, media })
    }
}
