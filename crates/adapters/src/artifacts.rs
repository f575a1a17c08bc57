//! Where the results of stages are kept.

use plumbline_pipeline::{Artifacts, Key};
use std::collections::HashMap;
use std::fs::File;
use std::io::{Error, ErrorKind, Result, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};
use tempfile::TempDir;

/// Length of the checksum behind the content.
const CHECKSUM: usize = blake3::OUT_LEN;

/// Keeps artifacts as files of one folder: `KEY.artifact`, the content followed by its BLAKE3, and `KEY.EXTENSION` for files that programs write.
#[derive(Debug)]
pub struct DiskArtifacts {
    dir: PathBuf,
}

impl DiskArtifacts {
    /// Keeps them in `dir`, which is made when something is first kept.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into() }
    }

    fn path(&self, key: &Key) -> PathBuf {
        self.dir.join(format!("{}.artifact", key.as_str()))
    }
}

/// The folder that artifacts are kept in on this machine: `$XDG_CACHE_HOME/plumbline`, by default `~/.cache/plumbline`.
pub fn cache_folder() -> PathBuf {
    let set = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let base = set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|h| h.join(".cache")));
    base.unwrap_or_else(std::env::temp_dir).join("plumbline")
}

impl Artifacts for DiskArtifacts {
    /// What is kept; nothing where the file is damaged, so that it is made anew.
    fn get(&self, key: &Key) -> Result<Option<Vec<u8>>> {
        match std::fs::read(self.path(key)) {
            Ok(bytes) => Ok(checked(bytes)),
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e),
        }
    }

    fn has(&self, key: &Key) -> Result<bool> {
        self.path(key).try_exists()
    }

    fn put(&self, key: &Key, bytes: &[u8]) -> Result<()> {
        std::fs::create_dir_all(&self.dir)?;
        // A name of its own for every writer, so that two that race both succeed; it is removed when any step fails.
        let mut file = tempfile::NamedTempFile::new_in(&self.dir)?;
        file.write_all(bytes)?;
        file.write_all(blake3::hash(bytes).as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(self.path(key)).map_err(Error::from)?;
        sync_folder(&self.dir)
    }

    fn file(&self, key: &Key, extension: &str) -> Result<PathBuf> {
        std::fs::create_dir_all(&self.dir)?;
        Ok(self.dir.join(format!("{}.{extension}", key.as_str())))
    }
}

/// The content without its checksum, if they agree.
fn checked(mut bytes: Vec<u8>) -> Option<Vec<u8>> {
    let content = bytes.len().checked_sub(CHECKSUM)?;
    let whole = blake3::hash(&bytes[..content]).as_bytes() == &bytes[content..];
    bytes.truncate(content);
    whole.then_some(bytes)
}

/// Makes a rename in `dir` last through a power cut.
pub(crate) fn sync_folder(dir: &Path) -> Result<()> {
    // Only Unix lets a folder be opened; elsewhere the rename itself has to do.
    if cfg!(unix) { File::open(dir)?.sync_all() } else { Ok(()) }
}

/// Keeps artifacts in memory, and files in a folder of its own; all of it is gone with the value.
#[derive(Debug, Default)]
pub struct MemoryArtifacts {
    kept: Mutex<HashMap<Key, Vec<u8>>>,
    dir: OnceLock<TempDir>,
}

impl MemoryArtifacts {
    /// A store that holds nothing.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Artifacts for MemoryArtifacts {
    fn get(&self, key: &Key) -> Result<Option<Vec<u8>>> {
        Ok(self.kept.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned())
    }

    fn put(&self, key: &Key, bytes: &[u8]) -> Result<()> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone(), bytes.to_vec());
        Ok(())
    }

    fn file(&self, key: &Key, extension: &str) -> Result<PathBuf> {
        let dir = match self.dir.get() {
            Some(dir) => dir,
            None => {
                let dir = tempfile::tempdir()?;
                // Where two threads made one, the second is dropped again.
                self.dir.get_or_init(|| dir)
            }
        };
        Ok(dir.path().join(format!("{}.{extension}", key.as_str())))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn check(store: &dyn Artifacts) {
        let key = Key::new("sound", 1, &["abc"], "");
        assert_eq!(store.get(&key).unwrap(), None);
        for content in [&b"first"[..], b"", b"third, and longer"] {
            store.put(&key, content).unwrap();
            assert_eq!(store.get(&key).unwrap().as_deref(), Some(content));
        }
        assert_eq!(store.get(&Key::new("sound", 2, &["abc"], "")).unwrap(), None);
        let file = store.file(&key, "mp4").unwrap();
        assert!(!file.exists() && file.parent().unwrap().is_dir());
        assert_eq!(store.file(&key, "mp4").unwrap(), file);
    }

    #[test]
    fn every_store_keeps_what_it_is_given() {
        let dir = tempfile::tempdir().unwrap();
        check(&DiskArtifacts::new(dir.path().join("made/on/demand")));
        check(&MemoryArtifacts::new());
    }

    #[test]
    fn damage_is_found_and_nothing_else_lies_about() {
        let dir = tempfile::tempdir().unwrap();
        let store = DiskArtifacts::new(dir.path());
        let key = Key::new("shots", 1, &[], "");
        store.put(&key, b"0123456789").unwrap();
        let whole = std::fs::read(store.path(&key)).unwrap();
        for (what, bytes) in
            [("cut", whole[..whole.len() - 1].to_vec()), ("short", b"0".to_vec()), ("turned", [b"x", &whole[1..]].concat())]
        {
            std::fs::write(store.path(&key), bytes).unwrap();
            assert_eq!(store.get(&key).unwrap(), None, "{what}");
        }
        store.put(&key, b"again").unwrap();
        assert_eq!(store.get(&key).unwrap().as_deref(), Some(&b"again"[..]));
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_store_that_can_not_be_written_says_so() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        std::fs::write(&file, "x").unwrap();
        let store = DiskArtifacts::new(file.join("below"));
        assert!(store.put(&Key::new("shots", 1, &[], ""), b"x").is_err());
        assert!(store.file(&Key::new("shots", 1, &[], ""), "mp4").is_err());
    }
}
