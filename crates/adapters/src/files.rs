//! Opening and writing files, with errors as sentences.

use plumbline_pipeline::MediaError;
use std::fs::File;
use std::io::{Error, ErrorKind};
use std::path::Path;

/// Opens a media file, which must be a file and hold something.
pub(crate) fn open(path: &Path) -> Result<File, MediaError> {
    // Asked before opening, because opening a pipe would wait for its writer.
    let about = std::fs::metadata(path).map_err(|e| unreadable(path, &e))?;
    if about.is_dir() {
        return Err(MediaError::failed(path, "it is a folder", "Choose a media file"));
    }
    if !about.is_file() {
        return Err(MediaError::failed(path, "it is not a regular file", "Choose a media file"));
    }
    if about.len() == 0 {
        return Err(MediaError::failed(path, "the file is empty", "Copy or record it again"));
    }
    File::open(path).map_err(|e| unreadable(path, &e))
}

/// Why a file can't be read.
pub(crate) fn unreadable(path: &Path, error: &Error) -> MediaError {
    let (what, remedy) = match error.kind() {
        ErrorKind::NotFound => ("the file is not there".to_owned(), "Check whether it was moved or its drive is not connected"),
        ErrorKind::PermissionDenied => ("it may not be read".to_owned(), "Give yourself permission to read it"),
        _ => (format!("reading it failed ({error})"), "Check the drive, or copy the file elsewhere"),
    };
    MediaError::failed(path, what, remedy)
}

/// Why a file can't be written.
pub(crate) fn unwritable(path: &Path, error: &Error) -> MediaError {
    let (what, remedy) = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => ("the disk is full".to_owned(), "Free some space and start again"),
        ErrorKind::PermissionDenied => {
            ("its folder may not be written to".to_owned(), "Give yourself permission, or choose another folder")
        }
        ErrorKind::ReadOnlyFilesystem => ("its folder is on a read-only drive".to_owned(), "Choose a folder on another drive"),
        ErrorKind::NotFound => ("its folder is not there".to_owned(), "Make the folder, or choose another"),
        _ => (format!("writing it failed ({error})"), "Check the drive, or choose another folder"),
    };
    MediaError::failed(path, what, remedy)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_says_becomes_a_sentence() {
        let path = Path::new("/media/talk.mp4");
        for (errno, reading, writing) in [
            (2, "the file is not there.", "its folder is not there."),
            (13, "it may not be read.", "its folder may not be written to."),
            (28, "reading it failed (", "the disk is full."),
            (30, "reading it failed (", "its folder is on a read-only drive."),
            (5, "reading it failed (", "writing it failed ("),
        ] {
            let error = Error::from_raw_os_error(errno);
            for (text, part) in [(unreadable(path, &error).to_string(), reading), (unwritable(path, &error).to_string(), writing)] {
                assert!(text.starts_with(&format!("/media/talk.mp4: {part}")) && !text.ends_with('.'), "{text}");
            }
        }
    }

    #[test]
    fn only_files_with_content_open() {
        let dir = tempfile::tempdir().unwrap();
        let empty = dir.path().join("empty.mp4");
        File::create(&empty).unwrap();
        for (path, says) in [(dir.path(), "it is a folder"), (&empty, "the file is empty"), (Path::new("/dev/null"), "not a regular file")]
        {
            let text = open(path).unwrap_err().to_string();
            assert!(text.contains(says), "{text}");
        }
    }
}
