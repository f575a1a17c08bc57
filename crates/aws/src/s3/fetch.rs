//! Objects of any size into files: what came is kept, and what was stopped goes on where it was.

use super::S3;
use crate::failure::{answer, failed};
use plumbline_pipeline::cloud::Objects;
use plumbline_pipeline::{CloudError, Job};
use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

/// What comes broken is asked for so often, each time from where it broke.
const ATTEMPTS: usize = 4;

/// What the bucket says of an object: its size in bytes, and the checksum that changes with its content.
struct There {
    length: u64,
    tag: String,
}

impl S3 {
    /// Brings an object into a file, whose folder is there. A file that holds it already stays; says whether anything was brought. Beside the file stands
    /// `.NAME.etag` with the object's checksum, and while it is not whole its content is in `.NAME.part`.
    ///
    /// # Errors
    /// Where there is no such object, the file can't be written, the service failed, the object changed meanwhile, or the job was cancelled. What came
    /// stays for the next try.
    pub fn fetch_file(&self, key: &str, to: &Path, job: &Job) -> Result<bool, CloudError> {
        let there = self.there(key, job)?;
        let (part, tag) = (beside(to, "part"), beside(to, "etag"));
        let is_same = std::fs::read_to_string(&tag).is_ok_and(|kept| kept == there.tag);
        if is_same && !part.exists() && length(to) == Some(there.length) {
            return Ok(false);
        }
        let unwritten = |e: &std::io::Error| {
            CloudError::refused(
                &self.address(key),
                format!("{} can't be written ({e})", to.display()),
                "Check the free space and the folder",
            )
        };
        if !is_same {
            // What is left of another content is of no use.
            File::create(&part).and_then(|_| std::fs::write(&tag, &there.tag)).map_err(|e| unwritten(&e))?;
        }
        let mut file = OpenOptions::new().append(true).create(true).open(&part).map_err(|e| unwritten(&e))?;
        let mut last = self.rest(key, &there, (&part, &mut file), job);
        for _ in 1..ATTEMPTS {
            match &last {
                Err(CloudError::Failed { nothing_done: false, .. }) => last = self.rest(key, &there, (&part, &mut file), job),
                _ => break,
            }
        }
        last?;
        file.sync_all().and_then(|()| std::fs::rename(&part, to)).map_err(|e| unwritten(&e))?;
        Ok(true)
    }

    fn there(&self, key: &str, job: &Job) -> Result<There, CloudError> {
        let head = self.account.wait(job, self.client.head_object().bucket(&self.bucket).key(key).send())?;
        let head = match head {
            Ok(head) => head,
            Err(e) if answer(&e).1 == 404 => {
                self.why(key, job)?;
                return Err(CloudError::refused(&self.address(key), "there is no such object", "List the bucket again"));
            }
            Err(e) => return self.why(key, job).and(Err(failed(&self.address(key), &e))),
        };
        Ok(There {
            length: head.content_length().and_then(|n| u64::try_from(n).ok()).unwrap_or(0),
            tag: head.e_tag().unwrap_or_default().to_owned(),
        })
    }

    /// Appends what is missing of an object to a file.
    fn rest(&self, key: &str, there: &There, (part, file): (&PathBuf, &mut File), job: &Job) -> Result<(), CloudError> {
        let mut have = length(part).unwrap_or(0);
        if have >= there.length {
            return Ok(());
        }
        let broken = |what: String| CloudError::Failed {
            of: self.address(key),
            what: format!("its content did not come whole ({what})"),
            remedy: "Check the network, and run it again".into(),
            nothing_done: false,
        };
        let get = self.client.get_object().bucket(&self.bucket).key(key).range(format!("bytes={have}-")).if_match(&there.tag);
        let got = self.account.wait(job, get.customize().config_override(self.large()).send())?;
        let mut body = got.map_err(|e| failed(&self.address(key), &e))?.body;
        while have < there.length {
            job.step("downloading", have, Some(there.length))?;
            let next = self.account.wait(job, async { tokio::time::timeout(self.patience.attempt, body.next()).await })?;
            let bytes = match next {
                Err(_) => return Err(broken("it stalled".into())),
                Ok(None) => return Err(broken(format!("{have} of {} bytes", there.length))),
                Ok(Some(bytes)) => bytes.map_err(|e| broken(e.to_string()))?,
            };
            file.write_all(&bytes).map_err(|e| {
                CloudError::refused(&self.address(key), format!("{} can't be written ({e})", part.display()), "Check the free space")
            })?;
            have += bytes.len() as u64;
        }
        Ok(())
    }
}

fn length(path: &Path) -> Option<u64> {
    std::fs::metadata(path).ok().map(|meta| meta.len())
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{ending}"));
    path.with_file_name(name)
}
