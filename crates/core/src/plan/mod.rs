//! How many machines an archive takes: what the work is, what quotas allow, what a fleet that is just large enough costs, and when it is done by a simulation
//! over many seeds. Nothing here knows a clock: times are milliseconds since the run begins, or since 1970 where a name says so.

mod arrivals;
mod bucket;
mod demand;
mod draw;
mod forecast;
mod instances;
mod makespan;
mod measured;
mod schedule;
mod services;
mod simulate;
mod size;
mod template;

pub use forecast::{Forecast, forecast};
pub use instances::{Instance, Instances};
pub use makespan::{Grain, ItemTimes, bounds_ms, makespan_ms};
pub use measured::{Measured, StageCost};
pub use schedule::{ScaleStep, Spike, Start, schedule, starts};
pub use simulate::{Finish, Run, simulate};
pub use size::{Batch, Binding, Costs, Limits, Plan, ServicePlan, StagePlan, Want, plan};
pub use template::{MOST_ACTIONS, template};

use crate::models::Money;
use serde::Serialize;

/// Milliseconds of an hour.
pub const HOUR_MS: u64 = 3_600_000;

/// What can't be planned, as a sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unplannable(pub String);

/// What a stage works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Leg {
    /// The sound: only items with speech have it.
    Sound,
    /// The pictures: only items with pictures have it.
    Picture,
    /// Both, of every item.
    Both,
}

/// A stage of the graph, and what an hour of video costs there.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// Its name.
    pub name: String,
    /// What it works on.
    pub leg: Leg,
    /// Stages that must have ended before, by their places; all of them lie before this one.
    pub after: Vec<usize>,
    /// Milliseconds that a worker is busy per hour of video, on the mean; 0 where it only waits for services.
    pub wall_ms_per_hour: u64,
    /// Cores that are busy meanwhile, above 0.
    pub cores: f64,
    /// How far the logarithm of its time scatters about the mean, from item to item; 0 or more.
    pub spread: f64,
    /// Services that it asks, by their places.
    pub services: Vec<usize>,
}

/// How often a service is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Calls {
    /// So often per hour of video, at least once an item.
    PerHour(u32),
    /// Once an item.
    PerItem,
}

/// A service that stages ask: a model, or the recogniser of speech.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// How often it is asked.
    pub calls: Calls,
    /// Tokens of the quota that a call reserves: those sent and those that may come back.
    pub tokens: u64,
    /// How long an answer takes on the mean, in ms.
    pub latency_ms: u64,
    /// What an hour of the item's video adds to that, in ms.
    pub latency_ms_per_hour: u64,
    /// How far the logarithm of the latency scatters; 0 or more.
    pub spread: f64,
    /// Requests a minute; none where it is not known.
    pub requests_per_minute: Option<u64>,
    /// Tokens a minute; none where it is not known.
    pub tokens_per_minute: Option<u64>,
    /// Requests under way at once; none where nothing bounds them.
    pub most_at_once: Option<u32>,
    /// What a call costs.
    pub cost_per_call: Money,
    /// What an hour of video costs besides.
    pub cost_per_hour: Money,
}

/// What there is to do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Work {
    /// All video, in ms.
    pub video_ms: u64,
    /// Mean length of an item, in ms; 1 or more.
    pub item_ms: u64,
    /// How far the logarithm of the length scatters; 0 or more.
    pub item_spread: f64,
    /// Share of the items with speech, 0 to 1.
    pub with_speech: f64,
    /// Share of the items with pictures, 0 to 1.
    pub with_pictures: f64,
}

impl Work {
    /// How many items there are: whole ones, and the rest.
    pub fn items(&self) -> u64 {
        self.video_ms.div_ceil(self.item_ms.max(1))
    }

    /// The share of items that a leg has.
    pub fn share(&self, leg: Leg) -> f64 {
        match leg {
            Leg::Sound => self.with_speech,
            Leg::Picture => self.with_pictures,
            Leg::Both => 1.0,
        }
    }
}

/// Video that comes in while the archive is worked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Burst {
    /// From when, in ms of the run.
    pub from_ms: u64,
    /// Until when.
    pub to_ms: u64,
    /// How much, on the mean, in ms of video.
    pub video_ms: u64,
}

/// Machines, and what befalls them.
#[derive(Clone, Debug, PartialEq)]
pub struct Fleet {
    /// Machines that are asked for when the run begins.
    pub instances: u32,
    /// Worker processes on each, one task at a time.
    pub processes: u32,
    /// From asking for a machine until its workers take tasks, on the mean, in ms.
    pub startup_ms: u64,
    /// How often a machine is lost, in 1,000 hours of one; it is replaced.
    pub losses_per_1000_h: f64,
    /// Share of tasks that take longer than they should, 0 to 1.
    pub stragglers: f64,
    /// How many times as long at worst; 1 or more.
    pub worst: f64,
    /// What fetching a task and reporting it takes, in ms an item.
    pub overhead_ms: u64,
    /// How many machines there shall be from some time on, in the order of time.
    pub steps: Vec<(u64, u32)>,
}

/// All that a run depends on but chance.
#[derive(Clone, Copy, Debug)]
pub struct World<'a> {
    /// The graph, each stage behind all that it waits for.
    pub stages: &'a [Stage],
    /// The services.
    pub services: &'a [Service],
    /// Requests under way at once, of each service.
    pub at_once: &'a [u32],
    /// What there is when the run begins.
    pub work: Work,
    /// What comes later.
    pub bursts: &'a [Burst],
    /// The machines.
    pub fleet: &'a Fleet,
    /// Items under way at once (`MaxConcurrency` of the Map state), 1 or more.
    pub map_at_once: u32,
    /// Share of requests that the service refuses although the quota has room, 0 to below 1.
    pub refused: f64,
    /// Requests that are simulated as one: larger is faster and coarser. 1 or more.
    pub packet: u32,
    /// A run that is not done by then counts as never done, in ms.
    pub horizon_ms: u64,
}

/// A length of time for people: `45 min`, `14 h 5 min`, `3 d 2 h`.
pub fn spoken(length_ms: u64) -> String {
    let minutes = length_ms.div_ceil(60_000);
    match (minutes / 1_440, minutes / 60, minutes % 60) {
        (0, 0, minutes) => format!("{minutes} min"),
        (0 | 1, hours, 0) => format!("{hours} h"),
        (0 | 1, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {} h", hours % 24),
    }
}

/// A number with its thousands apart.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod sample;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_numbers_are_written_for_people() {
        for (ms, text) in
            [(0, "0 min"), (1, "1 min"), (3_600_000, "1 h"), (50_700_000, "14 h 5 min"), (90_000_000, "25 h"), (266_400_000, "3 d 2 h")]
        {
            assert_eq!(spoken(ms), text);
        }
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(thousands(number), text);
        }
    }
}
