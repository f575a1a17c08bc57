//! Amazon's services: S3, Transcribe and Bedrock behind the ports of `plumbline-pipeline`, and Step Functions.
//!
//! The ports are blocking; each account has a small runtime of its own that requests run on.

mod account;
mod bedrock;
mod failure;
mod s3;
mod state_machine;
mod transcribe;

pub use account::{Account, Choice};
pub use bedrock::{Bedrock, Within};
pub use s3::{Patience, S3, S3Source};
pub use state_machine::{Execution, Ran, StateMachines, Task};
pub use transcribe::Transcribe;
