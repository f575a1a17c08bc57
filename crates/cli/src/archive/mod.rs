//! Archives: more media than a desk takes, worked on by as many machines as there are.

mod all;
mod bring;
mod kit;
mod machine;
mod places;
mod sagemaker;
mod steps;
mod submit;
mod worker;

pub use all::{Run, run};
pub use bring::{Bring, bring};
pub use kit::SettingsArgs;
pub use machine::{StateMachine, state_machine};
pub use places::InOut;
pub use steps::{ManifestArgs, StepArgs, manifest, step};
pub use submit::{Executions, executions};
pub use worker::{Worker, worker};
