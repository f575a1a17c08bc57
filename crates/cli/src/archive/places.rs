//! Where media come from and where results lie, as people name them.

use crate::account::AccountArgs;
use anyhow::Result;
use clap::Args;
use plumbline_flows::archive::Step;
use plumbline_pipeline::Runs;
use plumbline_worker::{self as worker, Opened, OpenedSource, Place};

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

impl Out {
    fn place(&self) -> Place {
        Place { address: self.out.clone(), choice: self.account.choice() }
    }

    /// Opens the place; calls nothing.
    pub fn open(&self) -> Result<Opened> {
        self.place().open()
    }
}

impl InOut {
    fn places(&self) -> worker::InOut {
        worker::InOut { from: self.from.clone(), out: self.out.place() }
    }

    /// Opens the source; calls nothing.
    pub fn source(&self) -> Result<OpenedSource> {
        self.places().source()
    }

    /// Does `work` with the engines of the archive, which has begun.
    pub fn with_step<T>(&self, work: impl FnOnce(&Step, &dyn Runs) -> Result<T>) -> Result<T> {
        self.places().with_step(&crate::progress::job(), work)
    }
}
