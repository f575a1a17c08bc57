//! Media that lie in a bucket, brought into a folder beside the project.

use crate::amazon::{Amazon, trouble};
use crate::app::{App, Work};
use crate::commands::Answer;
use crate::jobs::Ended;
use plumbline_aws::{Patience, S3};
use plumbline_flows::{self as flows, Error, is_for_import};
use plumbline_pipeline::cloud::{Object, Objects};
use plumbline_pipeline::{Job, StageError};
use serde::Serialize;
use std::path::{Path, PathBuf};
use tauri::State;
use ts_rs::TS;

/// What lies below an address.
#[derive(Serialize, TS)]
#[ts(export)]
pub struct BucketView {
    /// Videos and sounds.
    media: usize,
    /// Transcripts and annotations.
    texts: usize,
    /// Of all of them.
    #[ts(type = "number")]
    bytes: u64,
    /// Where they would be brought.
    folder: PathBuf,
}

/// Where to look: `s3://bucket/prefix`.
#[derive(Clone)]
pub struct Place {
    pub bucket: String,
    pub prefix: String,
}

impl Place {
    pub fn read(address: &str) -> flows::Result<Self> {
        let wrong = || Error::File {
            path: address.trim().to_owned(),
            why: "it is no address in a bucket. Write it like s3://bucket/folder/".into(),
        };
        let (bucket, prefix) =
            address.trim().strip_prefix("s3://").map(|rest| rest.split_once('/').unwrap_or((rest, ""))).ok_or_else(wrong)?;
        if bucket.is_empty() {
            return Err(wrong());
        }
        Ok(Self { bucket: bucket.to_owned(), prefix: prefix.to_owned() })
    }

    fn open(&self, amazon: &Amazon) -> flows::Result<S3> {
        Ok(S3::open(&amazon.open()?, &self.bucket, None, Patience::default()))
    }

    /// The objects that may be imported.
    fn objects(&self, s3: &S3, job: &Job) -> flows::Result<Vec<Object>> {
        let mut all = s3.list(&self.prefix, job).map_err(StageError::from)?;
        all.retain(|object| is_for_import(&object.key).0);
        match all.is_empty() {
            true => Err(trouble(&format!(
                "s3://{}/{} holds no video, sound, transcript or annotations. Choose another place",
                self.bucket, self.prefix
            ))),
            false => Ok(all),
        }
    }

    /// The folder beside a project.
    fn folder(&self, work: &Work) -> PathBuf {
        work.desk().project().folder().join("from-s3").join(&self.bucket)
    }

    /// Brings what is not there yet, and imports it all.
    fn add(&self, s3: &S3, work: &Work, job: &Job) -> flows::Result<Ended> {
        let (objects, folder) = (self.objects(s3, job)?, self.folder(work));
        let (mut ended, mut paths) = (Ended::default(), Vec::new());
        for (n, object) in objects.iter().enumerate() {
            let part = job.part(&format!("{} of {}", n + 1, objects.len()));
            match fetch(s3, &object.key, &folder, &part) {
                Ok(path) => paths.push(path),
                Err(Error::Cancelled(cancelled)) => return Err(cancelled.into()),
                Err(error) => ended.failures.push(error),
            }
        }
        if !paths.is_empty() {
            ended.and(work.import(&paths, job)?);
        }
        Ok(ended)
    }
}

fn fetch(s3: &S3, key: &str, folder: &Path, job: &Job) -> flows::Result<PathBuf> {
    let to = path_of(key, folder).ok_or_else(|| trouble(&format!("the key {key} is no path of a file. Give the object another one")))?;
    let unmade = |e| Error::File { path: to.display().to_string(), why: format!("its folder can't be made: {e}. Check the free space") };
    to.parent().map_or(Ok(()), std::fs::create_dir_all).map_err(unmade)?;
    s3.fetch_file(key, &to, job).map_err(StageError::from)?;
    Ok(to)
}

/// Where an object belongs below a folder; none where its key leads elsewhere: keys may be any text.
fn path_of(key: &str, folder: &Path) -> Option<PathBuf> {
    let plain = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['\\', ':']) && !part.chars().any(char::is_control);
    key.split('/').try_fold(folder.to_owned(), |path, part| plain(part).then(|| path.join(part)))
}

/// What lies below an address; null where the person stopped the look.
#[tauri::command(async)]
pub fn look_in_bucket(app: State<'_, App>, address: String) -> Answer<Option<BucketView>> {
    let (place, work) = (Place::read(&address)?, app.work());
    let s3 = place.open(&app.world().settings.amazon())?;
    match app.jobs.run(format!("{}: look", address.trim()), |job| place.objects(&s3, job)) {
        Ok(objects) => {
            let media = objects.iter().filter(|object| is_for_import(&object.key).1).count();
            let bytes = objects.iter().map(|object| object.bytes).sum();
            Ok(Some(BucketView { media, texts: objects.len() - media, bytes, folder: place.folder(&work) }))
        }
        Err(Error::Cancelled(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

#[tauri::command(async)]
pub fn add_from_bucket(app: State<'_, App>, address: String) -> Answer<()> {
    let (place, work) = (Place::read(&address)?, app.work());
    let s3 = place.open(&app.world().settings.amazon())?;
    app.jobs.spawn(address.trim().to_owned(), move |job| place.add(&s3, &work, job));
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn addresses_name_a_bucket_and_what_keys_begin_with() {
        for (address, want) in [
            ("s3://talks", Some(("talks", ""))),
            (" s3://talks/2026/may ", Some(("talks", "2026/may"))),
            ("s3://", None),
            ("talks/2026", None),
            ("https://talks", None),
        ] {
            let place = Place::read(address).ok();
            assert_eq!(place.as_ref().map(|p| (p.bucket.as_str(), p.prefix.as_str())), want, "{address}");
        }
    }

    #[test]
    fn no_key_leads_out_of_the_folder() {
        let folder = Path::new("/project/from-s3/talks");
        for (key, want) in [
            ("a/b.mp4", Some("/project/from-s3/talks/a/b.mp4")),
            ("../b.mp4", None),
            ("a/../../b.mp4", None),
            ("/etc/b.mp4", None),
            ("a//b.mp4", None),
            ("c:\\b.mp4", None),
            ("a\u{0}b.mp4", None),
        ] {
            assert_eq!(path_of(key, folder).as_deref(), want.map(Path::new), "{key}");
        }
    }
}
