//! Where an archive's results lie.

use super::{Item, Settings};
use plumbline_pipeline::{CloudError, Job, Objects};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::Write;

/// What an archive says of itself.
const SETTINGS: &str = "archive.json";
/// Its items.
const MANIFEST: &str = "manifest.json";

/// Where an archive's results lie: below a prefix of some objects.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// The objects.
    pub objects: &'a dyn Objects,
    /// Before all keys: empty, or with a slash at its end.
    pub prefix: &'a str,
}

impl Place<'_> {
    /// The key of something in the archive.
    pub fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// Where something lies, for people.
    pub fn address(&self, name: &str) -> String {
        self.objects.address(&self.key(name))
    }

    /// The key of the findings of a stage of an item.
    pub fn findings(item: &Item, stage: &str) -> String {
        format!("items/{}/{stage}.json", item.id)
    }

    /// What is written under a name; none where nothing is.
    ///
    /// # Errors
    /// Where it can't be read, or is not what it should be.
    pub fn read<T: DeserializeOwned>(&self, name: &str, job: &Job) -> Result<Option<T>, CloudError> {
        let Some(bytes) = self.objects.get(&self.key(name), job)? else { return Ok(None) };
        let read = serde_json::from_slice(&bytes);
        let wrong = |e: serde_json::Error| {
            CloudError::refused(
                &self.address(name),
                format!("it can't be read: {e}"),
                "It was written by another version, or is damaged: move it away, and run again",
            )
        };
        read.map(Some).map_err(wrong)
    }

    /// Writes a value under a name, once: what is there already stays, and counts. Says whether it is what is there now.
    ///
    /// # Errors
    /// Where it can't be written.
    pub fn write<T: Serialize>(&self, name: &str, value: &T, job: &Job) -> Result<bool, CloudError> {
        let bytes = serde_json::to_vec_pretty(value)
            .map_err(|e| CloudError::refused(&self.address(name), format!("it can't be written as JSON: {e}"), "Tell the authors"))?;
        self.write_bytes(name, &bytes, job)
    }

    /// As [`Place::write`].
    ///
    /// # Errors
    /// Where it can't be written.
    pub fn write_bytes(&self, name: &str, bytes: &[u8], job: &Job) -> Result<bool, CloudError> {
        let key = self.key(name);
        let file = whole(bytes).map_err(|e| {
            CloudError::refused(&self.address(name), format!("no temporary file can be written for it: {e}"), "Make room on the disk")
        })?;
        let hash = blake3::hash(bytes).to_hex();
        match self.objects.put_file(&key, file.path(), &hash, job) {
            Ok(()) => Ok(true),
            Err(CloudError::Cancelled(cancelled)) => Err(cancelled.into()),
            // Somebody else was faster: theirs is as good, and all go on with the same.
            Err(error) => match self.objects.exists(&key, job) {
                Ok(true) => Ok(false),
                _ => Err(error),
            },
        }
    }

    /// What is done with every item; none where the archive has not begun.
    ///
    /// # Errors
    /// Where it can't be read, or another version wrote it.
    pub fn settings(&self, job: &Job) -> Result<Option<Settings>, CloudError> {
        let settings: Option<Settings> = self.read(SETTINGS, job)?;
        match settings {
            Some(settings) if settings.layout != super::LAYOUT => Err(CloudError::refused(
                &self.address(SETTINGS),
                format!("it is of layout {}, this version knows {}", settings.layout, super::LAYOUT),
                "Use the version of Plumbline that began the archive, or begin another one",
            )),
            settings => Ok(settings),
        }
    }

    /// Begins the archive with its settings, or goes on with it where it has the same.
    ///
    /// # Errors
    /// Where it began with others, or can't be read or written.
    pub fn begin(&self, settings: &Settings, job: &Job) -> Result<(), CloudError> {
        if self.settings(job)?.is_none() {
            self.write(SETTINGS, settings, job)?;
        }
        match self.settings(job)? {
            Some(there) if there == *settings => Ok(()),
            _ => Err(CloudError::refused(
                &self.address(SETTINGS),
                "the archive began with other settings, and what they gave would stand beside what these give",
                "Name another place for this one, or leave the settings as they are there",
            )),
        }
    }

    /// The items; none where nobody said which they are.
    ///
    /// # Errors
    /// Where they can't be read.
    pub fn try_items(&self, job: &Job) -> Result<Option<Vec<Item>>, CloudError> {
        self.read(MANIFEST, job)
    }

    /// The items.
    ///
    /// # Errors
    /// Where there is no manifest, or it can't be read.
    pub fn items(&self, job: &Job) -> Result<Vec<Item>, CloudError> {
        self.try_items(job)?
            .ok_or_else(|| CloudError::refused(&self.address(MANIFEST), "there is no manifest", "Write it with `plumbline manifest` first"))
    }

    /// Writes the items; those of an archive are said once.
    ///
    /// # Errors
    /// Where it has others, or they can't be written.
    pub fn set_items(&self, items: &[Item], job: &Job) -> Result<(), CloudError> {
        if self.write(MANIFEST, &items, job)? || self.items(job)? == items {
            return Ok(());
        }
        Err(CloudError::refused(
            &self.address(MANIFEST),
            "the archive has other items",
            "Name another place for these; what both share is quick where their caches are the same",
        ))
    }
}

fn whole(bytes: &[u8]) -> std::io::Result<tempfile::NamedTempFile> {
    let mut file = tempfile::NamedTempFile::new()?;
    file.write_all(bytes)?;
    file.flush()?;
    Ok(file)
}
