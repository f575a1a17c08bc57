//! Media in a bucket, brought to this machine one by one.

use super::S3;
use plumbline_pipeline::cloud::{Object, Objects, Source};
use plumbline_pipeline::{CloudError, Job};
use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Media below a prefix of a bucket. They are brought into a folder when they are asked for, and go when nobody needs them.
#[derive(Debug)]
pub struct S3Source {
    bucket: S3,
    prefix: String,
    folder: PathBuf,
    /// By name, so that two stages of one item bring its file once.
    being_brought: Mutex<HashMap<String, Arc<Mutex<()>>>>,
}

impl S3Source {
    /// Those below `prefix`, which is empty or ends with a slash, brought into `folder`, which nobody else uses.
    ///
    /// # Errors
    /// Where the folder can't be made.
    pub fn new(bucket: S3, prefix: &str, folder: &Path) -> std::io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        Ok(Self { bucket, prefix: prefix.to_owned(), folder: folder.canonicalize()?, being_brought: Mutex::default() })
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        let within = !name.is_empty() && Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
        within.then(|| self.folder.join(name))
    }
}

impl Source for S3Source {
    fn folder(&self) -> &Path {
        &self.folder
    }

    fn list(&self, job: &Job) -> Result<Vec<Object>, CloudError> {
        let all = self.bucket.list(&self.prefix, job)?;
        let within = |object: Object| Some(Object { key: object.key.strip_prefix(&self.prefix)?.to_owned(), ..object });
        Ok(all.into_iter().filter_map(within).filter(|object| !object.key.is_empty() && !object.key.ends_with('/')).collect())
    }

    fn file(&self, name: &str, job: &Job) -> Result<PathBuf, CloudError> {
        let refused = |what: String| CloudError::refused(name, what, "Check the name, the folder and its free space");
        let to = self.path(name).ok_or_else(|| refused("it is no name that a file can have".into()))?;
        let folder = to.parent().unwrap_or(&self.folder);
        std::fs::create_dir_all(folder).map_err(|e| refused(format!("{} can't be made: {e}", folder.display())))?;
        let turn = Arc::clone(self.being_brought.lock().unwrap_or_else(PoisonError::into_inner).entry(name.to_owned()).or_default());
        let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
        self.bucket.fetch_file(&format!("{}{name}", self.prefix), &to, job)?;
        Ok(to)
    }

    fn release(&self, name: &str) {
        let Some(path) = self.path(name) else { return };
        self.being_brought.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
        let etag = path.file_name().map(|file| path.with_file_name(format!(".{}.etag", file.to_string_lossy())));
        for path in [Some(path), etag].into_iter().flatten() {
            // It lies in a folder of our own; what stays takes room and nothing else.
            let _ = std::fs::remove_file(path);
        }
    }
}
