//! A folder in the place of an account's objects.

use crate::artifacts::sync_folder;
use plumbline_pipeline::cloud::{Object, Objects};
use plumbline_pipeline::{CloudError, Job};
use std::fs::File;
use std::io::{Error, ErrorKind, Read, Write};
use std::path::{Component, Path, PathBuf};

/// Read at a time.
const BLOCK: usize = 1 << 20;

/// Keeps objects as files of a folder, under their keys.
#[derive(Clone, Debug)]
pub struct FolderObjects {
    root: PathBuf,
}

impl FolderObjects {
    /// Keeps them in `root`, which is made when something is first kept.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The file of a key, which must not lead out of the folder.
    fn path(&self, key: &str) -> Result<PathBuf, CloudError> {
        let within = !key.is_empty() && Path::new(key).components().all(|part| matches!(part, Component::Normal(_)));
        within.then(|| self.root.join(key)).ok_or_else(|| CloudError::refused(key, "it is no key", "Use names with slashes between them"))
    }

    fn failed(&self, key: &str, error: &Error) -> CloudError {
        CloudError::refused(&self.address(key), error.to_string(), "Check the folder, its permissions and its free space")
    }

    /// Puts the content of a file at `to`, whole or not at all; with `replace` in place of what is there.
    fn write(&self, key: &str, to: &Path, path: &Path, replace: bool) -> Result<bool, CloudError> {
        let folder = to.parent().unwrap_or(&self.root);
        let write = || {
            std::fs::create_dir_all(folder)?;
            let mut part = tempfile::NamedTempFile::new_in(&self.root)?;
            std::io::copy(&mut File::open(path)?, &mut part)?;
            part.flush()?;
            part.as_file().sync_all()?;
            match replace {
                true => part.persist(to).map_err(Error::from)?,
                false => part.persist_noclobber(to).map_err(Error::from)?,
            };
            sync_folder(folder)
        };
        match write() {
            Err(e) if e.kind() == ErrorKind::AlreadyExists => Ok(false),
            written => written.map(|()| true).map_err(|e| self.failed(key, &e)),
        }
    }

    fn collect(&self, folder: &Path, job: &Job, into: &mut Vec<Object>) -> Result<(), CloudError> {
        job.step("listing", 0, None)?;
        let failed = |e: Error| self.failed("", &e);
        let entries = match std::fs::read_dir(folder) {
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
            entries => entries.map_err(failed)?,
        };
        for entry in entries {
            let entry = entry.map_err(failed)?;
            let about = entry.metadata().map_err(failed)?;
            if about.is_dir() {
                self.collect(&entry.path(), job, into)?;
            } else if entry.file_name().to_string_lossy().starts_with(".tmp") {
                // Being written.
            } else if let Some(key) = entry.path().strip_prefix(&self.root).ok().and_then(Path::to_str) {
                into.push(Object { key: key.to_owned(), bytes: about.len() });
            }
        }
        Ok(())
    }
}

/// BLAKE3 of a file's content.
fn hash_of(path: &Path, job: &Job) -> Result<std::io::Result<String>, CloudError> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(e) => return Ok(Err(e)),
    };
    let (mut hash, mut block) = (blake3::Hasher::new(), vec![0; BLOCK]);
    loop {
        job.step("reading the file", 0, None)?;
        match file.read(&mut block) {
            Ok(0) => return Ok(Ok(hash.finalize().to_hex().to_string())),
            Ok(n) => _ = hash.update(&block[..n]),
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Ok(Err(e)),
        }
    }
}

impl Objects for FolderObjects {
    fn address(&self, key: &str) -> String {
        self.root.join(key).display().to_string()
    }

    fn put_file(&self, key: &str, path: &Path, hash: &str, job: &Job) -> Result<(), CloudError> {
        let to = self.path(key)?;
        let taken = || CloudError::refused(&self.address(key), "something else lies there", "Move it away, and run it again");
        match hash_of(&to, job)? {
            Ok(there) if there == hash => return Ok(()),
            Ok(_) => return Err(taken()),
            Err(e) if e.kind() == ErrorKind::NotFound => {}
            Err(e) => return Err(self.failed(key, &e)),
        }
        // Another one may have been faster.
        match self.write(key, &to, path, false)? || hash_of(&to, job)?.is_ok_and(|there| there == hash) {
            true => Ok(()),
            false => Err(taken()),
        }
    }

    fn replace_file(&self, key: &str, path: &Path, job: &Job) -> Result<(), CloudError> {
        job.step("writing", 0, None)?;
        self.write(key, &self.path(key)?, path, true).map(|_| ())
    }

    fn get(&self, key: &str, job: &Job) -> Result<Option<Vec<u8>>, CloudError> {
        job.step("fetching", 0, None)?;
        match std::fs::read(self.path(key)?) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
            Err(e) => Err(self.failed(key, &e)),
        }
    }

    fn exists(&self, key: &str, job: &Job) -> Result<bool, CloudError> {
        job.step("looking", 0, None)?;
        self.path(key)?.try_exists().map_err(|e| self.failed(key, &e))
    }

    fn list(&self, prefix: &str, job: &Job) -> Result<Vec<Object>, CloudError> {
        let mut all = Vec::new();
        // Only the folder that the prefix names has to be read.
        let folder = prefix.rsplit_once('/').map_or("", |(folder, _)| folder);
        let from = if folder.is_empty() { self.root.clone() } else { self.path(folder)? };
        self.collect(&from, job, &mut all)?;
        all.retain(|object| object.key.starts_with(prefix));
        all.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(all)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_is_there_once_and_nothing_takes_its_place() {
        let (dir, job) = (tempfile::tempdir().unwrap(), Job::quiet());
        let objects = FolderObjects::new(dir.path().join("bucket"));
        let file = dir.path().join("a");
        std::fs::write(&file, "sound").unwrap();
        let hash = blake3::hash(b"sound").to_hex().to_string();
        assert_eq!(objects.list("", &job).unwrap(), []);
        assert_eq!(objects.get("audio/a.flac", &job).unwrap(), None);
        for _ in 0..2 {
            objects.put_file("audio/a.flac", &file, &hash, &job).unwrap();
        }
        assert_eq!(objects.get("audio/a.flac", &job).unwrap().as_deref(), Some(&b"sound"[..]));
        assert_eq!(objects.list("audio/", &job).unwrap(), [Object { key: "audio/a.flac".into(), bytes: 5 }]);
        assert!(objects.exists("audio/a.flac", &job).unwrap() && objects.list("b", &job).unwrap().is_empty());
        objects.replace_file("count.json", &file, &job).unwrap();
        std::fs::write(&file, "noise").unwrap();
        objects.replace_file("count.json", &file, &job).unwrap();
        assert_eq!(objects.get("count.json", &job).unwrap().as_deref(), Some(&b"noise"[..]));
        let other = objects.put_file("audio/a.flac", &file, "another", &job).unwrap_err().to_string();
        assert!(other.ends_with("something else lies there. Move it away, and run it again"), "{other}");
        for key in ["", "../a", "/a", "a/../../b"] {
            assert!(objects.get(key, &job).is_err(), "{key}");
        }
        job.cancel();
        assert!(matches!(objects.get("audio/a.flac", &job), Err(CloudError::Cancelled(_))));
    }
}
