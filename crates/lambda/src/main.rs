//! The light stages of an archive as a Lambda function: gates over what was measured, and counting what is whole.
//!
//! An event is a task as the state machine hands them out; stages that decode media are refused, since they take longer than a function may.

use anyhow::anyhow;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use plumbline_aws::Choice;
use plumbline_pipeline::Job;
use plumbline_worker::{Wanted, serve};
use serde_json::Value;

/// What is done here; all else takes a worker.
const LIGHT: [&str; 2] = ["measure", "count"];

#[tokio::main]
async fn main() -> Result<(), Error> {
    run(service_fn(|event: LambdaEvent<Value>| async { tokio::task::spawn_blocking(move || answer(event.payload)).await? })).await
}

/// Does a task. A failure begins with the name of its kind, which a state machine can tell apart.
fn answer(event: Value) -> Result<Value, Error> {
    let wanted: Wanted = serde_json::from_value(event).map_err(|e| anyhow!("Plumbline.Settings: the event is no task: {e}"))?;
    if !LIGHT.contains(&wanted.stage.as_str()) {
        return Err(anyhow!("Plumbline.Settings: {} takes a worker; this function does {}", wanted.stage, LIGHT.join(" and ")).into());
    }
    let job = Job::quiet();
    let done = wanted
        .places(&Choice::default())
        .with_step(&job, |step, _| serve(&wanted, step, &job).map_err(|failure| anyhow!("{}: {}", failure.fault.name(), failure.why)));
    Ok(serde_json::from_str(&done?)?)
}
