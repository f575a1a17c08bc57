//! The state machine of an archive.

use crate::Outcome;
use crate::report::say;
use anyhow::{Result, anyhow, bail};
use clap::Args;
use plumbline_flows::archive;
use plumbline_pipeline::state_machine::{Tasks, Wish, definition};

/// What the state machine is printed with.
#[derive(Args)]
// The command has this name, and would have a second group of it.
#[group(skip)]
pub struct StateMachine {
    /// Tasks are done by workers that poll this activity of Step Functions, by its ARN.
    #[arg(long, value_name = "ARN", required_unless_present = "image", conflicts_with = "image")]
    activity: Option<String>,
    /// Tasks are jobs of SageMaker Processing with this image.
    #[arg(long, value_name = "URI", requires = "role")]
    image: Option<String>,
    /// With --image: the role that the jobs run as.
    #[arg(long, value_name = "ARN")]
    role: Option<String>,
    /// With --image: the type of the instances.
    #[arg(long, default_value = "ml.c5.2xlarge", value_name = "TYPE")]
    instance: String,
    /// With --image: how many instances.
    #[arg(long, default_value_t = 4)]
    instances: u32,
    /// With --image: the room of each instance, in GB.
    #[arg(long, default_value_t = 100)]
    volume_gb: u32,
    /// What decodes no media is done by this Lambda function, by its ARN: beginning the archive, its gates, and counting.
    #[arg(long, value_name = "ARN")]
    light: Option<String>,
    /// The settings of the archive, where it has stages of your own.
    #[arg(long, value_name = "FILE")]
    settings: Option<std::path::PathBuf>,
    /// So many items at once.
    #[arg(long, default_value_t = 40)]
    at_once: u32,
    /// So many of a hundred items may be lost before the run ends.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(0..=100))]
    tolerated: u32,
    /// A step takes so many seconds at most.
    #[arg(long, default_value_t = 6 * 3600, value_name = "SECONDS")]
    longest: u32,
    /// A worker that says nothing for so many seconds is taken for dead.
    #[arg(long, default_value_t = 90, value_name = "SECONDS")]
    heartbeat: u32,
}

/// Prints the state machine in Amazon States Language, made from the graph of stages.
pub fn state_machine(args: &StateMachine) -> Result<Outcome> {
    let tasks = match (&args.activity, &args.image, &args.role) {
        (Some(arn), ..) => Tasks::Activity { arn: arn.clone() },
        (None, Some(image), Some(role)) => Tasks::Processing {
            image: image.clone(),
            role: role.clone(),
            instance: args.instance.clone(),
            count: args.instances,
            volume_gb: args.volume_gb,
        },
        _ => bail!("say who does the tasks: --activity, or --image with --role"),
    };
    let wish = Wish {
        tasks,
        light: args.light.clone(),
        at_once: args.at_once,
        tolerated_percent: args.tolerated,
        longest_s: args.longest,
        heartbeat_s: args.heartbeat,
    };
    let settings = match &args.settings {
        Some(path) => {
            serde_json::from_str(&crate::annotate::read(path)?).map_err(|e| anyhow!("{} holds no settings: {e}", path.display()))?
        }
        None => archive::Settings::default(),
    };
    let nodes = archive::stages(&settings).map_err(|why| anyhow!(why))?;
    say(serde_json::to_string_pretty(&definition(&nodes, &wish))?)?;
    Ok(Outcome::Done)
}
