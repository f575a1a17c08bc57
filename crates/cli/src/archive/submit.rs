//! Executions of a deployed state machine.

use super::places::Out;
use crate::report::say;
use crate::{Outcome, progress};
use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use plumbline_aws::{Patience, Ran, StateMachines};
use plumbline_pipeline::Job;
use plumbline_worker::bucket_of;
use serde_json::{Value, json};
use std::time::Duration;

/// What to do with executions.
#[derive(Subcommand)]
pub enum Executions {
    /// Start an execution over an archive that has begun.
    Start(Start),
    /// Say how an execution stands.
    Status(One),
    /// Stop an execution. What was done by then stays.
    Cancel(One),
}

/// What to start.
#[derive(Args)]
pub struct Start {
    /// The state machine, by its ARN.
    #[arg(long, value_name = "ARN")]
    machine: String,
    /// Where the media lie: s3://bucket/folder/.
    #[arg(long = "in", value_name = "PLACE")]
    from: String,
    #[command(flatten)]
    out: Out,
    /// Its name; the same name with the same input is the same execution.
    #[arg(long)]
    name: Option<String>,
    /// Wait until it ends.
    #[arg(long)]
    follow: bool,
}

/// Which execution.
#[derive(Args)]
pub struct One {
    /// The execution, by its ARN.
    execution: String,
    #[command(flatten)]
    account: crate::account::AccountArgs,
    /// Wait until it ends.
    #[arg(long)]
    follow: bool,
}

/// Between two questions how an execution stands.
const ASK: Duration = Duration::from_secs(2);

/// Starts, follows or stops executions.
pub fn executions(what: &Executions, as_json: bool) -> Result<Outcome> {
    let job = progress::job();
    match what {
        Executions::Start(start) => {
            let machines = StateMachines::open(&start.out.account.open()?, Patience::default());
            let Some((bucket, prefix)) = bucket_of(&start.out.out)? else {
                bail!(
                    "{} is no bucket, and workers elsewhere see no folder of this machine. Write it like s3://bucket/folder/",
                    start.out.out
                )
            };
            let opened = start.out.open()?;
            if opened.place().settings(&job)?.is_none() {
                bail!(
                    "{} is no archive yet. Begin it with `plumbline manifest --in {} --out {}`",
                    start.out.out,
                    start.from,
                    start.out.out
                );
            }
            let items = opened.place().items(&job)?.len();
            let input = json!({ "bucket": bucket, "prefix": prefix, "media": start.from, "begun": true });
            let name = start.name.clone().unwrap_or_else(|| {
                let hash = blake3::hash(format!("{input} {:?}", std::time::SystemTime::now()).as_bytes()).to_hex();
                format!("plumbline-{}", &hash[..16])
            });
            let execution = machines.start(&start.machine, &name, &input.to_string(), &job)?;
            if !start.follow {
                match as_json {
                    true => say(json!({ "execution": execution, "items": items }))?,
                    false => say(format!("{execution}: started over {items} items"))?,
                }
                return Ok(Outcome::Done);
            }
            follow(&machines, &execution, as_json, &job)
        }
        Executions::Status(one) => {
            let machines = StateMachines::open(&one.account.open()?, Patience::default());
            match one.follow {
                true => follow(&machines, &one.execution, as_json, &job),
                false => tell(&one.execution, &machines.state(&one.execution, &job)?, as_json),
            }
        }
        Executions::Cancel(one) => {
            let machines = StateMachines::open(&one.account.open()?, Patience::default());
            machines.stop(&one.execution, "stopped by a person", &job)?;
            tell(&one.execution, &machines.state(&one.execution, &job)?, as_json)
        }
    }
}

fn follow(machines: &StateMachines, execution: &str, as_json: bool, job: &Job) -> Result<Outcome> {
    loop {
        match machines.state(execution, job)? {
            Ran::Running => std::thread::sleep(ASK),
            ended => return tell(execution, &ended, as_json),
        }
    }
}

fn tell(execution: &str, ran: &Ran, as_json: bool) -> Result<Outcome> {
    let (state, more) = match ran {
        Ran::Running => ("running", Value::Null),
        Ran::Done(output) => ("done", serde_json::from_str(output).unwrap_or(Value::Null)),
        Ran::Failed { error, cause } => ("failed", json!({ "error": error, "cause": cause })),
        Ran::Stopped => ("stopped", Value::Null),
    };
    match as_json {
        true => say(json!({ "execution": execution, "state": state, "said": more }))?,
        false => say(match ran {
            Ran::Failed { error, cause } => format!("{execution}: {state}: {error}: {cause}"),
            _ => format!("{execution}: {state}"),
        })?,
    }
    Ok(if matches!(ran, Ran::Failed { .. }) { Outcome::AllFailed } else { Outcome::Done })
}
