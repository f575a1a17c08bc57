//! Objects in a bucket.

mod fetch;
mod source;

pub use source::S3Source;

use crate::account::Account;
use crate::failure::{answer, failed};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumMode, CompletedMultipartUpload, CompletedPart, ServerSideEncryption};
use plumbline_pipeline::cloud::{Object, Objects};
use plumbline_pipeline::{CloudError, Job};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::time::Duration;

/// What is larger is sent in parts.
const SINGLE: u64 = 16 << 20;
/// Parts are this large at least, and there are so many at most.
const PART: u64 = 8 << 20;
const MOST_PARTS: u64 = 10_000;
/// The name of the hash among what is kept beside an object.
const HASH: &str = "blake3";
/// A content that does not come whole is asked for so often.
const FETCHES: usize = 3;

/// How long to wait for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// One attempt at what is small.
    pub attempt: Duration,
    /// All attempts together.
    pub whole: Duration,
    /// One attempt at content; all of them take three times that at most.
    pub transfer: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { attempt: Duration::from_secs(30), whole: Duration::from_secs(180), transfer: Duration::from_secs(600) }
    }
}

impl Patience {
    /// For requests without content.
    pub(crate) fn small(self) -> TimeoutConfig {
        TimeoutConfig::builder().operation_attempt_timeout(self.attempt).operation_timeout(self.whole).build()
    }

    fn large(self) -> TimeoutConfig {
        TimeoutConfig::builder().operation_attempt_timeout(self.transfer).operation_timeout(self.transfer * 3).build()
    }
}

/// An upload in parts, by its id, and the parts that are there, by their numbers.
type Begun = (String, BTreeMap<u64, CompletedPart>);

/// A bucket.
#[derive(Clone, Debug)]
pub struct S3 {
    account: Account,
    client: Client,
    bucket: String,
    /// Of AWS KMS; the bucket's own way where there is none.
    kms_key: Option<String>,
    patience: Patience,
}

impl S3 {
    /// A bucket of the account. Calls nothing.
    pub fn open(account: &Account, bucket: &str, kms_key: Option<&str>, patience: Patience) -> Self {
        let shared = account.config();
        let mut config = aws_sdk_s3::config::Builder::from(shared).timeout_config(patience.small());
        if shared.endpoint_url().is_some() || std::env::var_os("AWS_ENDPOINT_URL_S3").is_some() {
            // An address of one's own has no name for each bucket.
            config = config.force_path_style(true);
        }
        let client = Client::from_conf(config.build());
        Self { account: account.clone(), client, bucket: bucket.to_owned(), kms_key: kms_key.map(str::to_owned), patience }
    }

    fn encryption(&self) -> Option<ServerSideEncryption> {
        self.kms_key.as_ref().map(|_| ServerSideEncryption::AwsKms)
    }

    /// Overrides for requests with content.
    fn large(&self) -> aws_sdk_s3::config::Builder {
        aws_sdk_s3::config::Config::builder().timeout_config(self.patience.large())
    }

    /// Size of an object and the hash beside it; none where there is no such object.
    fn find(&self, key: &str, job: &Job) -> Result<Option<(u64, Option<String>)>, CloudError> {
        let head = self.account.wait(job, self.client.head_object().bucket(&self.bucket).key(key).send())?;
        match head {
            Ok(head) => {
                let hash = head.metadata().and_then(|beside| beside.get(HASH)).cloned();
                Ok(Some((u64::try_from(head.content_length().unwrap_or(0)).unwrap_or(0), hash)))
            }
            Err(e) if answer(&e).1 == 404 => self.why(key, job).map(|()| None),
            // The answer to this request has no body, so another one has to say why.
            Err(e) => self.why(key, job).and(Err(failed(&self.address(key), &e))),
        }
    }

    /// Fails where the bucket can't be listed, with the reason.
    fn why(&self, key: &str, job: &Job) -> Result<(), CloudError> {
        let listing = self.client.list_objects_v2().bucket(&self.bucket).prefix(key).max_keys(1);
        self.account.wait(job, listing.send())?.map(|_| ()).map_err(|e| failed(&self.address(key), &e))
    }

    /// Whether the object is there already; an error where something else is.
    fn is_there(&self, key: &str, hash: &str, job: &Job) -> Result<bool, CloudError> {
        match self.find(key, job)? {
            None => Ok(false),
            Some((_, Some(there))) if there == hash => Ok(true),
            Some(_) => Err(CloudError::refused(&self.address(key), "something else lies there", "Move it away, and run it again")),
        }
    }

    fn put_whole(&self, key: &str, bytes: Vec<u8>, hash: &str, job: &Job) -> Result<(), CloudError> {
        let put = self.client.put_object().bucket(&self.bucket).key(key).body(ByteStream::from(bytes)).metadata(HASH, hash);
        let put = put.checksum_algorithm(ChecksumAlgorithm::Crc32C).if_none_match("*");
        let put = put.set_server_side_encryption(self.encryption()).set_ssekms_key_id(self.kms_key.clone());
        match self.account.wait(job, put.customize().config_override(self.large()).send())? {
            Ok(_) => Ok(()),
            Err(e) => self.taken(key, hash, failed(&self.address(key), &e), answer(&e).1, job),
        }
    }

    /// Somebody, or an attempt whose answer was lost or could not be read, may have been first: then it is there. What was plainly refused is not.
    fn taken(&self, key: &str, hash: &str, error: CloudError, status: u16, job: &Job) -> Result<(), CloudError> {
        match status {
            400 | 403 => Err(error),
            _ if self.is_there(key, hash, job)? => Ok(()),
            _ => Err(error),
        }
    }

    fn put_parts(&self, key: &str, content: &mut Content, hash: &str, job: &Job) -> Result<(), CloudError> {
        let (upload, mut parts) = match self.begun(key, content, job)? {
            Some(begun) => begun,
            None => (self.begin(key, hash, job)?, BTreeMap::new()),
        };
        for number in 1..=content.parts() {
            job.step("sending the sound", content.sent(number - 1), Some(content.length))?;
            if parts.contains_key(&number) {
                continue;
            }
            let bytes = content.part(number).map_err(|e| unreadable(&self.address(key), &e))?;
            let part = self.client.upload_part().bucket(&self.bucket).key(key).upload_id(&upload).part_number(number as i32);
            let part = part.checksum_algorithm(ChecksumAlgorithm::Crc32C).body(ByteStream::from(bytes));
            match self.account.wait(job, part.customize().config_override(self.large()).send())? {
                Ok(sent) => {
                    let done = CompletedPart::builder()
                        .part_number(number as i32)
                        .set_e_tag(sent.e_tag)
                        .set_checksum_crc32_c(sent.checksum_crc32_c);
                    parts.insert(number, done.build());
                }
                // Another worker completed it meanwhile.
                Err(e) => return self.taken(key, hash, failed(&self.address(key), &e), answer(&e).1, job),
            }
        }
        let all = CompletedMultipartUpload::builder().set_parts(Some(parts.into_values().collect())).build();
        let complete = self.client.complete_multipart_upload().bucket(&self.bucket).key(key).upload_id(&upload);
        match self.account.wait(job, complete.multipart_upload(all).if_none_match("*").send())? {
            Ok(_) => Ok(()),
            Err(e) => self.taken(key, hash, failed(&self.address(key), &e), answer(&e).1, job),
        }
    }

    fn begin(&self, key: &str, hash: &str, job: &Job) -> Result<String, CloudError> {
        let create = self.client.create_multipart_upload().bucket(&self.bucket).key(key).metadata(HASH, hash);
        let create = create.checksum_algorithm(ChecksumAlgorithm::Crc32C);
        let create = create.set_server_side_encryption(self.encryption()).set_ssekms_key_id(self.kms_key.clone());
        let begun = self.account.wait(job, create.send())?.map_err(|e| failed(&self.address(key), &e))?;
        begun.upload_id.ok_or_else(|| CloudError::refused(&self.address(key), "the service gave no upload", "Run it again"))
    }

    /// An upload of this key that a run before began, and the parts that it brought there. As the key names the content, they are parts of it.
    fn begun(&self, key: &str, content: &Content, job: &Job) -> Result<Option<Begun>, CloudError> {
        let told = |e| failed(&self.address(key), &e);
        let listing = self.client.list_multipart_uploads().bucket(&self.bucket).prefix(key);
        let listing = self.account.wait(job, listing.send())?.map_err(|e| failed(&self.address(key), &e))?;
        let upload = listing.uploads().iter().filter(|upload| upload.key() == Some(key)).find_map(|upload| upload.upload_id());
        let Some(upload) = upload.map(str::to_owned) else { return Ok(None) };
        let (mut parts, mut after) = (BTreeMap::new(), None);
        loop {
            let page = self.client.list_parts().bucket(&self.bucket).key(key).upload_id(&upload).set_part_number_marker(after);
            let page = match self.account.wait(job, page.send())? {
                // It was completed or given up since it was listed.
                Err(e) if answer(&e).1 == 404 => return Ok(None),
                page => page.map_err(told)?,
            };
            for part in page.parts() {
                let number = u64::try_from(part.part_number().unwrap_or(0)).unwrap_or(0);
                if part.size().and_then(|size| u64::try_from(size).ok()) == Some(content.size(number)) {
                    let done = CompletedPart::builder().part_number(number as i32).set_e_tag(part.e_tag.clone());
                    parts.insert(number, done.set_checksum_crc32_c(part.checksum_crc32_c.clone()).build());
                }
            }
            after = page.next_part_number_marker().map(str::to_owned);
            if page.is_truncated() != Some(true) || after.is_none() {
                return Ok(Some((upload, parts)));
            }
        }
    }

    fn fetch(&self, key: &str, job: &Job) -> Result<Option<Vec<u8>>, CloudError> {
        let get = self.client.get_object().bucket(&self.bucket).key(key).checksum_mode(ChecksumMode::Enabled);
        let got = match self.account.wait(job, get.customize().config_override(self.large()).send())? {
            Err(e) if answer(&e).0 == "NoSuchKey" => return Ok(None),
            got => got.map_err(|e| failed(&self.address(key), &e))?,
        };
        let stated = got.content_length().and_then(|length| usize::try_from(length).ok());
        let read = self.account.wait(job, async { tokio::time::timeout(self.patience.transfer, got.body.collect()).await })?;
        let part = |what: String| CloudError::Failed {
            of: self.address(key),
            what: format!("its content did not come whole ({what})"),
            remedy: "Check the network, and run it again".into(),
            nothing_done: false,
        };
        let bytes = read.map_err(|_| part("it stalled".into()))?.map_err(|e| part(e.to_string()))?.to_vec();
        match stated {
            Some(stated) if stated != bytes.len() => Err(part(format!("{} of {stated} bytes", bytes.len()))),
            _ => Ok(Some(bytes)),
        }
    }
}

fn unreadable(of: &str, error: &std::io::Error) -> CloudError {
    CloudError::refused(of, format!("the file that belongs there can't be read ({error})"), "Check the drive of the cache folder")
}

/// A file in parts.
struct Content {
    file: File,
    length: u64,
    each: u64,
}

impl Content {
    fn open(path: &Path) -> std::io::Result<Self> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        Ok(Self { file, length, each: part_size(length) })
    }

    fn parts(&self) -> u64 {
        self.length.div_ceil(self.each)
    }

    /// Bytes of the parts up to this one.
    fn sent(&self, number: u64) -> u64 {
        (number * self.each).min(self.length)
    }

    /// Bytes of a part, counted from 1.
    fn size(&self, number: u64) -> u64 {
        self.sent(number) - self.sent(number.saturating_sub(1))
    }

    fn part(&mut self, number: u64) -> std::io::Result<Vec<u8>> {
        let mut bytes = vec![0; usize::try_from(self.size(number)).map_err(std::io::Error::other)?];
        self.file.seek(SeekFrom::Start(self.sent(number - 1)))?;
        self.file.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

/// Whole mebibytes, such that there are not too many.
fn part_size(length: u64) -> u64 {
    let least = length.div_ceil(MOST_PARTS).max(PART);
    least.div_ceil(1 << 20) << 20
}

impl Objects for S3 {
    fn address(&self, key: &str) -> String {
        format!("s3://{}/{key}", self.bucket)
    }

    fn put_file(&self, key: &str, path: &Path, hash: &str, job: &Job) -> Result<(), CloudError> {
        job.step("sending the sound", 0, None)?;
        if self.is_there(key, hash, job)? {
            return Ok(());
        }
        let mut content = Content::open(path).map_err(|e| unreadable(&self.address(key), &e))?;
        if content.length > SINGLE {
            return self.put_parts(key, &mut content, hash, job);
        }
        let bytes = std::fs::read(path).map_err(|e| unreadable(&self.address(key), &e))?;
        self.put_whole(key, bytes, hash, job)
    }

    fn replace_file(&self, key: &str, path: &Path, job: &Job) -> Result<(), CloudError> {
        let bytes = std::fs::read(path).map_err(|e| unreadable(&self.address(key), &e))?;
        let hash = blake3::hash(&bytes).to_hex();
        let put = self.client.put_object().bucket(&self.bucket).key(key).body(ByteStream::from(bytes)).metadata(HASH, hash.as_str());
        let put = put.checksum_algorithm(ChecksumAlgorithm::Crc32C);
        let put = put.set_server_side_encryption(self.encryption()).set_ssekms_key_id(self.kms_key.clone());
        let sent = self.account.wait(job, put.customize().config_override(self.large()).send())?;
        sent.map(|_| ()).map_err(|e| failed(&self.address(key), &e))
    }

    fn get(&self, key: &str, job: &Job) -> Result<Option<Vec<u8>>, CloudError> {
        let mut last = self.fetch(key, job);
        for _ in 1..FETCHES {
            match &last {
                // What was refused is refused again.
                Err(CloudError::Failed { nothing_done: false, .. }) => last = self.fetch(key, job),
                _ => break,
            }
        }
        last
    }

    fn exists(&self, key: &str, job: &Job) -> Result<bool, CloudError> {
        Ok(self.find(key, job)?.is_some())
    }

    fn list(&self, prefix: &str, job: &Job) -> Result<Vec<Object>, CloudError> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            job.step("listing the bucket", all.len() as u64, None)?;
            let page = self.client.list_objects_v2().bucket(&self.bucket).prefix(prefix).set_continuation_token(after);
            let page = self.account.wait(job, page.send())?.map_err(|e| failed(&self.address(prefix), &e))?;
            all.extend(page.contents().iter().filter_map(|object| {
                let bytes = u64::try_from(object.size().unwrap_or(0)).unwrap_or(0);
                Some(Object { key: object.key()?.to_owned(), bytes })
            }));
            after = page.next_continuation_token().map(str::to_owned);
            if after.is_none() {
                return Ok(all);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_whole_mebibytes_and_not_too_many() {
        for (length, each) in [(1, 8), (100 << 20, 8), (80_000 << 20, 8), ((80_000 << 20) + 1, 9), (640_000 << 20, 64)] {
            assert_eq!(part_size(length), each << 20, "{length}");
            assert!(length.div_ceil(part_size(length)) <= MOST_PARTS);
        }
    }
}
