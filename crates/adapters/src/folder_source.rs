//! Media below a folder.

use crate::folder::FolderObjects;
use plumbline_pipeline::cloud::{Object, Source};
use plumbline_pipeline::{CloudError, Job, Objects};
use std::path::{Component, Path, PathBuf};

/// Media that lie below a folder, where they stay.
#[derive(Clone, Debug)]
pub struct FolderSource {
    root: PathBuf,
}

impl FolderSource {
    /// Those below `root`.
    ///
    /// # Errors
    /// Where there is no such folder.
    pub fn new(root: &Path) -> std::io::Result<Self> {
        Ok(Self { root: root.canonicalize()? })
    }
}

impl Source for FolderSource {
    fn folder(&self) -> &Path {
        &self.root
    }

    fn list(&self, job: &Job) -> Result<Vec<Object>, CloudError> {
        FolderObjects::new(&self.root).list("", job)
    }

    fn file(&self, name: &str, _job: &Job) -> Result<PathBuf, CloudError> {
        let within = !name.is_empty() && Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
        let path = self.root.join(name);
        match within && path.is_file() {
            true => Ok(path),
            false => Err(CloudError::refused(name, format!("{} has no such file", self.root.display()), "Write the manifest again")),
        }
    }
}
