//! An account in front of stand-ins, with faults on the way.

use crate::harness::{Proxy, Server, make_bucket};
use plumbline_aws::{Account, Choice, Patience, S3, Transcribe};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

pub const BUCKET: &str = "talks";
/// What is asked here is answered at once, or not at all.
pub const PATIENCE: Patience =
    Patience { attempt: Duration::from_secs(2), whole: Duration::from_secs(20), transfer: Duration::from_secs(3) };

pub struct World {
    pub moto: Arc<Server>,
    pub proxy: Proxy,
    pub folder: TempDir,
    pub account: Account,
}

impl World {
    pub fn new() -> Self {
        let moto = Arc::new(Server::moto());
        make_bucket(&moto, BUCKET);
        let proxy = Proxy::before(&moto);
        let choice = Choice { region: Some("us-east-1".into()), endpoint: Some(proxy.url.clone()), ..Choice::default() };
        let account = Account::with_keys(&choice, "test", "test").unwrap();
        Self { moto, proxy, folder: tempfile::tempdir().unwrap(), account }
    }

    pub fn s3(&self) -> S3 {
        S3::open(&self.account, BUCKET, None, PATIENCE)
    }

    pub fn speech(&self) -> Transcribe {
        Transcribe::open(&self.account, BUCKET, None, None, PATIENCE)
    }

    /// A file of so many bytes, and its hash.
    pub fn file(&self, bytes: usize) -> (PathBuf, String) {
        let content: Vec<u8> = (0..bytes).map(|i| (i * 7 % 251) as u8).collect();
        let path = self.folder.path().join(format!("{bytes}.flac"));
        std::fs::write(&path, &content).unwrap();
        (path, blake3::hash(&content).to_hex().to_string())
    }

    /// How often this was asked.
    pub fn count(&self, asked: impl Fn(&crate::harness::Asked) -> bool) -> usize {
        self.proxy.asked().iter().filter(|a| asked(a)).count()
    }
}
