//! Where media come from and where results lie, as people name them: a folder, or `s3://bucket/folder/`.

use crate::account::AccountArgs;
use anyhow::{Result, anyhow, bail};
use clap::Args;
use plumbline_adapters::{FolderObjects, FolderSource, cache_folder};
use plumbline_aws::{Patience, S3, S3Source};
use plumbline_flows::archive::Place;
use plumbline_pipeline::{Objects, Source};
use std::path::Path;
use tempfile::TempDir;

/// Where results lie.
#[derive(Args, Clone)]
pub struct Out {
    /// Where results are written: a folder, or s3://bucket/folder/.
    #[arg(long, value_name = "PLACE")]
    pub out: String,
    #[command(flatten)]
    pub account: AccountArgs,
}

/// Where media come from, and where results lie.
#[derive(Args, Clone)]
pub struct InOut {
    /// Where the media lie: a folder, or s3://bucket/folder/.
    #[arg(long = "in", value_name = "PLACE")]
    pub from: String,
    #[command(flatten)]
    pub out: Out,
}

/// Objects below a prefix.
pub struct Opened {
    objects: Box<dyn Objects>,
    prefix: String,
}

impl Opened {
    pub fn place(&self) -> Place<'_> {
        Place { objects: self.objects.as_ref(), prefix: &self.prefix }
    }

    pub fn objects(&self) -> &dyn Objects {
        self.objects.as_ref()
    }

    /// The prefix of a folder within.
    pub fn within(&self, folder: &str) -> String {
        format!("{}{folder}/", self.prefix)
    }
}

/// Bucket and prefix of an address; the prefix is empty or ends with a slash.
pub fn bucket_of(address: &str) -> Result<Option<(String, String)>> {
    let Some(rest) = address.strip_prefix("s3://") else { return Ok(None) };
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    if bucket.is_empty() {
        bail!("{address} names no bucket. Write it like s3://bucket/folder/");
    }
    let prefix = prefix.trim_matches('/');
    Ok(Some((bucket.to_owned(), if prefix.is_empty() { String::new() } else { format!("{prefix}/") })))
}

impl Out {
    /// Opens the place; calls nothing.
    pub fn open(&self) -> Result<Opened> {
        Ok(match bucket_of(&self.out)? {
            Some((bucket, prefix)) => {
                Opened { objects: Box::new(S3::open(&self.account.open()?, &bucket, None, Patience::default())), prefix }
            }
            None => {
                std::fs::create_dir_all(&self.out).map_err(|e| anyhow!("{} can't be made: {e}. Choose another folder", self.out))?;
                Opened { objects: Box::new(FolderObjects::new(&self.out)), prefix: String::new() }
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
    pub fn source(&self) -> &dyn Source {
        self.source.as_ref()
    }
}

impl InOut {
    /// Opens the source; calls nothing.
    pub fn source(&self) -> Result<OpenedSource> {
        source(&self.from, &self.out.account)
    }
}

/// Opens a source by its address.
pub fn source(from: &str, account: &AccountArgs) -> Result<OpenedSource> {
    let Some((bucket, prefix)) = bucket_of(from)? else {
        let source = FolderSource::new(Path::new(from)).map_err(|e| anyhow!("{from}: {e}. Name a folder that holds the media"))?;
        return Ok(OpenedSource { source: Box::new(source), _folder: None });
    };
    let unmade = |e: std::io::Error| anyhow!("no folder for media can be made in {}: {e}. Make room", cache_folder().display());
    std::fs::create_dir_all(cache_folder()).map_err(unmade)?;
    let folder = tempfile::Builder::new().prefix("media-").tempdir_in(cache_folder()).map_err(unmade)?;
    let bucket = S3::open(&account.open()?, &bucket, None, Patience::default());
    let source = S3Source::new(bucket, &prefix, folder.path()).map_err(unmade)?;
    Ok(OpenedSource { source: Box::new(source), _folder: Some(folder) })
}
