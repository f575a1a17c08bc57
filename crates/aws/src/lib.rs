//! Amazon's services behind the ports of `plumbline-pipeline`: S3, Transcribe and Bedrock.
//!
//! The ports are blocking; each account has a small runtime of its own that requests run on.

mod account;
mod bedrock;
mod failure;
mod s3;
mod transcribe;

pub use account::{Account, Choice};
pub use bedrock::{Bedrock, Within};
pub use s3::{Patience, S3};
pub use transcribe::Transcribe;
