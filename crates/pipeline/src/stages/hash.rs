//! The name of a file's content.

use super::StageError;
use crate::job::Job;
use crate::ports::MediaError;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

/// Read at a time: large enough for BLAKE3 to work at full width, small enough that cancelling is felt at once.
const BLOCK: usize = 1 << 20;

/// BLAKE3 of the file's content, as 64 hexadecimal digits. Progress is in bytes.
///
/// # Errors
/// Where the file can't be read or the job was cancelled.
pub fn run(path: &Path, job: &Job) -> Result<String, StageError> {
    let failed = |e: std::io::Error| {
        let (what, remedy) = match e.kind() {
            ErrorKind::NotFound => ("the file is not there".to_owned(), "Check whether it was moved or its drive is not connected"),
            ErrorKind::PermissionDenied => ("it may not be read".to_owned(), "Give yourself permission to read it"),
            ErrorKind::IsADirectory => ("it is a folder".to_owned(), "Choose a media file"),
            _ => (format!("reading it failed ({e})"), "Check the drive, or copy the file elsewhere"),
        };
        MediaError::failed(path, what, remedy)
    };
    let mut file = File::open(path).map_err(failed)?;
    let total = file.metadata().map_err(failed)?.len();
    let mut hash = blake3::Hasher::new();
    let mut block = vec![0; BLOCK];
    let mut done = 0;
    loop {
        job.step("reading the file", done, Some(total))?;
        match file.read(&mut block) {
            Ok(0) => return Ok(hash.finalize().to_hex().to_string()),
            Ok(n) => {
                hash.update(&block[..n]);
                done += n as u64;
            }
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(failed(e).into()),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn content_alone_decides() {
        let dir = tempfile::tempdir().unwrap();
        let bytes: Vec<u8> = (0..3_000_000u32).map(|i| (i * 7 % 251) as u8).collect();
        let (a, b) = (dir.path().join("a"), dir.path().join("b"));
        std::fs::write(&a, &bytes).unwrap();
        std::fs::write(&b, &bytes).unwrap();
        let hash = run(&a, &Job::quiet()).unwrap();
        assert_eq!(hash, blake3::hash(&bytes).to_hex().to_string());
        assert_eq!(run(&b, &Job::quiet()).unwrap(), hash);
    }

    #[test]
    fn a_cancelled_job_stops_and_a_bad_path_is_a_sentence() {
        let dir = tempfile::tempdir().unwrap();
        let job = Job::quiet();
        job.cancel();
        let file = dir.path().join("a");
        std::fs::write(&file, "x").unwrap();
        assert!(matches!(run(&file, &job), Err(StageError::Cancelled(_))));
        for (path, says) in [(dir.path().join("none"), "the file is not there"), (dir.path().to_owned(), "it is a folder")] {
            let text = run(&path, &Job::quiet()).unwrap_err().to_string();
            assert!(text.contains(says), "{text}");
        }
    }
}
