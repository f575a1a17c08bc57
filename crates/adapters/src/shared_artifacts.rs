//! Artifacts that many machines share.

use crate::artifacts::DiskArtifacts;
use plumbline_pipeline::{Artifacts, CloudError, Job, Key, Objects};
use std::io::{Error, Result};
use std::path::PathBuf;

/// Keeps artifacts on this machine and among objects that others see, too: what one machine made no other makes again. An object is written once; what
/// another machine wrote under a key is as good. Files that programs write stay on this machine.
pub struct SharedArtifacts<'a> {
    near: DiskArtifacts,
    far: &'a dyn Objects,
    prefix: String,
}

impl<'a> SharedArtifacts<'a> {
    /// Those that lie near, and the objects below a prefix, which is empty or ends with a slash.
    pub fn new(near: DiskArtifacts, far: &'a dyn Objects, prefix: &str) -> Self {
        Self { near, far, prefix: prefix.to_owned() }
    }

    fn far_key(&self, key: &Key) -> String {
        format!("{}{}", self.prefix, key.as_str())
    }
}

fn failed(error: CloudError) -> Error {
    Error::other(error.to_string())
}

impl Artifacts for SharedArtifacts<'_> {
    fn get(&self, key: &Key) -> Result<Option<Vec<u8>>> {
        if let Some(bytes) = self.near.get(key)? {
            // It may have been made here for something else, or its maker was killed before others could see it.
            if !self.far.exists(&self.far_key(key), &Job::quiet()).map_err(failed)? {
                self.share(key, &bytes)?;
            }
            return Ok(Some(bytes));
        }
        let Some(bytes) = self.far.get(&self.far_key(key), &Job::quiet()).map_err(failed)? else { return Ok(None) };
        self.near.put(key, &bytes)?;
        Ok(Some(bytes))
    }

    fn has(&self, key: &Key) -> Result<bool> {
        Ok(self.near.has(key)? || self.far.exists(&self.far_key(key), &Job::quiet()).map_err(failed)?)
    }

    fn put(&self, key: &Key, bytes: &[u8]) -> Result<()> {
        self.near.put(key, bytes)?;
        self.share(key, bytes)
    }

    fn file(&self, key: &Key, extension: &str) -> Result<PathBuf> {
        self.near.file(key, extension)
    }
}

impl SharedArtifacts<'_> {
    /// Shows others what lies here.
    fn share(&self, key: &Key, bytes: &[u8]) -> Result<()> {
        let file = tempfile::NamedTempFile::new()?;
        std::fs::write(file.path(), bytes)?;
        let (name, hash) = (self.far_key(key), blake3::hash(bytes).to_hex());
        match self.far.put_file(&name, file.path(), &hash, &Job::quiet()) {
            Ok(()) => Ok(()),
            Err(error) => match self.far.exists(&name, &Job::quiet()) {
                Ok(true) => Ok(()),
                _ => Err(failed(error)),
            },
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::FolderObjects;

    #[test]
    fn what_one_machine_made_the_other_has() {
        let dir = tempfile::tempdir().unwrap();
        let objects = FolderObjects::new(dir.path().join("shared"));
        let machine = |name: &str| SharedArtifacts::new(DiskArtifacts::new(dir.path().join(name)), &objects, "artifacts/");
        let (one, other) = (machine("one"), machine("other"));
        let key = Key::new("listen", 1, &["a"], "");
        assert!(!other.has(&key).unwrap() && other.get(&key).unwrap().is_none());
        one.put(&key, b"sound").unwrap();
        assert!(other.has(&key).unwrap());
        assert_eq!(other.get(&key).unwrap().as_deref(), Some(&b"sound"[..]));
        // What lies here alone is shown when it is used.
        let alone = Key::new("look", 1, &["a"], "");
        DiskArtifacts::new(dir.path().join("one")).put(&alone, b"shots").unwrap();
        assert!(!other.has(&alone).unwrap() && one.get(&alone).unwrap().is_some() && other.has(&alone).unwrap());
        // A late one that made something else does no harm.
        machine("late").put(&key, b"noise").unwrap();
        assert_eq!(machine("new").get(&key).unwrap().as_deref(), Some(&b"sound"[..]));
        assert_eq!(std::fs::read(dir.path().join("shared/artifacts").join(key.as_str())).unwrap(), b"sound");
    }
}
