//! The light stages of an archive as a Lambda function: beginning it, gates over what was measured, and counting what is whole.
//!
//! An event is a task as the state machine hands them out; stages that decode media are refused, since they take longer than a function may.

use lambda_runtime::{Diagnostic, Error, LambdaEvent, run, service_fn};
use plumbline_aws::Choice;
use plumbline_pipeline::state_machine::LIGHT;
use plumbline_pipeline::{Fault, Job};
use plumbline_worker::{Failure, Wanted, begin, serve};
use serde_json::Value;

#[tokio::main]
async fn main() -> Result<(), Error> {
    run(service_fn(|event: LambdaEvent<Value>| async {
        let answered = tokio::task::spawn_blocking(move || answer(event.payload)).await;
        match answered {
            Ok(answer) => answer.map_err(told),
            Err(error) => Err(Diagnostic { error_type: Fault::Passing.name().to_owned(), error_message: error.to_string() }),
        }
    }))
    .await
}

/// A failure by the name of its kind, by which a state machine tells what follows.
fn told(failure: Failure) -> Diagnostic {
    Diagnostic { error_type: failure.fault.name().to_owned(), error_message: failure.why }
}

fn wrong(why: String) -> Failure {
    Failure { fault: Fault::Settings, why }
}

fn answer(event: Value) -> Result<Value, Failure> {
    let wanted: Wanted = serde_json::from_value(event)
        .map_err(|e| wrong(format!("the event is no task: {e}. Print the state machine with this version of Plumbline")))?;
    if !LIGHT.contains(&wanted.stage.as_str()) {
        return Err(wrong(format!("{} takes a worker; this function does {}", wanted.stage, LIGHT.join(", "))));
    }
    let (job, choice) = (Job::quiet(), Choice::default());
    let done = match wanted.stage.as_str() {
        "manifest" => begin(&wanted, &choice, &job),
        _ => wanted
            .places(&choice)
            .with_step(&job, |step, _| Ok(serve(&wanted, step, &job)))
            .map_err(|error| Failure::to_begin(&error))
            .and_then(|served| served),
    };
    serde_json::from_str(&done?).map_err(|e| Failure { fault: Fault::Passing, why: e.to_string() })
}
