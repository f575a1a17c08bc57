//! Where media come from and where results lie, as people name them: a folder, or `s3://bucket/folder/`.

use anyhow::{Result, anyhow, bail};

use plumbline_adapters::{FolderObjects, FolderSource, cache_folder};
use plumbline_aws::{Account, Choice, Patience, S3, S3Source};
use plumbline_flows::archive;
use plumbline_pipeline::{Objects, Source};
use std::path::Path;
use tempfile::TempDir;

/// A place by its address, and whose account it is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// A folder, or `s3://bucket/folder/`.
    pub address: String,
    /// The account, where it is a bucket.
    pub choice: Choice,
}

/// Where media come from, and where results lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InOut {
    /// Where the media lie: a folder, or `s3://bucket/folder/`.
    pub from: String,
    /// Where results are written.
    pub out: Place,
}

/// Objects below a prefix.
pub struct Opened {
    objects: Box<dyn Objects>,
    prefix: String,
}

impl Opened {
    /// Where results lie, for steps.
    pub fn place(&self) -> archive::Place<'_> {
        archive::Place { objects: self.objects.as_ref(), prefix: &self.prefix }
    }

    /// The objects themselves.
    pub fn objects(&self) -> &dyn Objects {
        self.objects.as_ref()
    }

    /// The prefix of a folder within.
    pub fn within(&self, folder: &str) -> String {
        format!("{}{folder}/", self.prefix)
    }
}

/// Bucket and prefix of an address, none of a folder; the prefix is empty or ends with a slash.
///
/// # Errors
/// Where it names no bucket.
pub fn bucket_of(address: &str) -> Result<Option<(String, String)>> {
    let Some(rest) = address.strip_prefix("s3://") else { return Ok(None) };
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    if bucket.is_empty() {
        bail!("{address} names no bucket. Write it like s3://bucket/folder/");
    }
    let prefix = prefix.trim_matches('/');
    Ok(Some((bucket.to_owned(), if prefix.is_empty() { String::new() } else { format!("{prefix}/") })))
}

impl Place {
    /// Opens the place; calls nothing.
    ///
    /// # Errors
    /// Where the address is none, its folder can't be made, or no account can be opened.
    pub fn open(&self) -> Result<Opened> {
        Ok(match bucket_of(&self.address)? {
            Some((bucket, prefix)) => {
                Opened { objects: Box::new(S3::open(&account(&self.choice)?, &bucket, None, Patience::default())), prefix }
            }
            None => {
                std::fs::create_dir_all(&self.address)
                    .map_err(|e| anyhow!("{} can't be made: {e}. Choose another folder", self.address))?;
                Opened { objects: Box::new(FolderObjects::new(&self.address)), prefix: String::new() }
            }
        })
    }
}

/// A source, and the folder that it brings media to, which goes with it.
pub struct OpenedSource {
    source: Box<dyn Source>,
    _folder: Option<TempDir>,
}

impl OpenedSource {
    /// The source.
    pub fn source(&self) -> &dyn Source {
        self.source.as_ref()
    }
}

impl InOut {
    /// Opens the source; calls nothing.
    ///
    /// # Errors
    /// Where the address is none, there is no such folder, none can be made to bring media to, or no account can be opened.
    pub fn source(&self) -> Result<OpenedSource> {
        let Some((bucket, prefix)) = bucket_of(&self.from)? else {
            let source =
                FolderSource::new(Path::new(&self.from)).map_err(|e| anyhow!("{}: {e}. Name a folder that holds the media", self.from))?;
            return Ok(OpenedSource { source: Box::new(source), _folder: None });
        };
        let unmade = |e: std::io::Error| anyhow!("no folder for media can be made in {}: {e}. Make room", cache_folder().display());
        std::fs::create_dir_all(cache_folder()).map_err(unmade)?;
        let folder = tempfile::Builder::new().prefix("media-").tempdir_in(cache_folder()).map_err(unmade)?;
        let bucket = S3::open(&account(&self.out.choice)?, &bucket, None, Patience::default());
        let source = S3Source::new(bucket, &prefix, folder.path()).map_err(unmade)?;
        Ok(OpenedSource { source: Box::new(source), _folder: Some(folder) })
    }
}

/// The account that somebody chose; calls nothing.
///
/// # Errors
/// Where it can't be opened, or no region is known.
pub fn account(choice: &Choice) -> Result<Account> {
    let account = Account::open(choice).map_err(|e| anyhow!("the account can't be opened: {e}. Close other programs, and try again"))?;
    if account.region().is_none() {
        bail!("no region is known. Name one with --region, such as us-east-1");
    }
    Ok(account)
}
