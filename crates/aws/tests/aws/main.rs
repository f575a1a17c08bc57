//! Amazon's services, as stand-ins on this machine answer for them.
#![allow(clippy::unwrap_used, missing_docs)]

mod bedrock;
mod bedrock_faults;
mod bedrock_world;
mod fetch;
mod harness;
mod jobs;
mod mixed;
mod objects;
mod stand_ins;
mod world;
