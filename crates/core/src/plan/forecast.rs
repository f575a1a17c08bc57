//! Many runs of a world, and what they say together.

use super::{Finish, Run, World, simulate};
use serde::Serialize;

/// What runs over many seeds say. Shares are 0 to 1.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Forecast {
    /// Runs that were made.
    pub runs: u32,
    /// Half of the runs are done by then, in ms; none where they are not.
    pub p50_ms: Option<u64>,
    /// 95 of 100 runs are done by then.
    pub p95_ms: Option<u64>,
    /// Share of the runs that make the deadline.
    pub chance: f64,
    /// Why runs were never done, where some were not.
    pub never: Option<String>,
    /// Share of the time that workers were there in which they worked, on the mean.
    pub utilisation: f64,
    /// Share of the work that was lost with machines and done again.
    pub lost: f64,
    /// Share of the requests that were refused.
    pub refused: f64,
    /// Time that workers were there for, in ms, on the mean.
    pub there_ms: u64,
    /// How many items were there and not done in the first run: time in ms and items.
    pub queue: Vec<(u64, u64)>,
}

/// Runs the world over `runs` seeds from `seed` on, on so many threads: the result is the same on any number of them. A quantile is that of the nearest rank.
pub fn forecast(world: &World, deadline_ms: u64, seed: u64, runs: u32, threads: usize) -> Forecast {
    let runs = runs.max(1);
    let share = (runs as usize).div_ceil(threads.max(1));
    let seeds: Vec<u64> = (0..u64::from(runs)).map(|n| seed.wrapping_add(n)).collect();
    let all: Vec<Run> = std::thread::scope(|scope| {
        let parts: Vec<_> = seeds
            .chunks(share)
            .map(|part| scope.spawn(move || part.iter().map(|seed| simulate(world, *seed)).collect::<Vec<_>>()))
            .collect();
        // A thread that panicked says nothing; its runs are missing, and the shares below are of those that came back.
        parts.into_iter().flat_map(|part| part.join().unwrap_or_default()).collect()
    });
    summed(all, deadline_ms)
}

fn summed(all: Vec<Run>, deadline_ms: u64) -> Forecast {
    let mut ends: Vec<u64> = all.iter().filter_map(|run| if let Finish::At(ms) = run.finish { Some(ms) } else { None }).collect();
    ends.sort_unstable();
    let nearest = |percent: usize| ends.get((all.len() * percent).div_ceil(100).max(1) - 1).copied();
    let sum = |of: fn(&Run) -> u64| all.iter().map(of).sum::<u64>();
    let share = |part: u64, whole: u64| if whole == 0 { 0.0 } else { part as f64 / whole as f64 };
    let (done, lost, there) = (sum(|run| run.done_ms), sum(|run| run.lost_ms), sum(|run| run.there_ms));
    let (calls, refusals) = (sum(|run| run.calls.iter().sum()), sum(|run| run.refusals.iter().sum()));
    Forecast {
        runs: all.len() as u32,
        p50_ms: nearest(50),
        p95_ms: nearest(95),
        chance: share(ends.iter().filter(|ms| **ms <= deadline_ms).count() as u64, all.len() as u64),
        never: all.iter().find_map(|run| if let Finish::Never(why) = &run.finish { Some(why.clone()) } else { None }),
        utilisation: share(done + lost, there),
        lost: share(lost, done + lost),
        refused: share(refusals, calls + refusals),
        there_ms: there.checked_div(all.len() as u64).unwrap_or(0),
        queue: all.into_iter().next().map(|run| run.queue).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{fleet, graph, work, world};
    use super::*;
    use crate::plan::HOUR_MS;

    #[test]
    fn a_forecast_is_the_same_on_any_number_of_threads() {
        let (mut stages, mut fleet) = (graph(), fleet(3, 2));
        stages.iter_mut().for_each(|stage| stage.spread = 0.4);
        (fleet.losses_per_1000_h, fleet.startup_ms) = (100.0, 60_000);
        let world = world(&stages, &[], &[], work(40, HOUR_MS / 2), &fleet);
        let one = forecast(&world, HOUR_MS, 5, 30, 1);
        assert_eq!(one, forecast(&world, HOUR_MS, 5, 30, 4));
        assert_eq!(one.runs, 30);
        let (p50, p95) = (one.p50_ms.unwrap_or(0), one.p95_ms.unwrap_or(0));
        assert!(0 < p50 && p50 < p95, "{p50} {p95}");
        assert!(0.0 < one.lost && one.lost < 0.2 && one.utilisation > 0.5, "{one:?}");
    }

    #[test]
    fn the_chance_is_the_share_of_runs_that_make_it() {
        let run = |finish| Run {
            finish,
            done_ms: 1,
            lost_ms: 0,
            there_ms: 2,
            tasks: 1,
            redone: 0,
            calls: vec![3],
            refusals: vec![1],
            queue: vec![],
        };
        let all = [Finish::At(10), Finish::At(30), Finish::At(20), Finish::Never("no worker".into())].map(run).to_vec();
        let found = summed(all, 20);
        assert_eq!((found.p50_ms, found.p95_ms, found.never.as_deref()), (Some(20), None, Some("no worker")));
        assert!((found.chance - 0.5).abs() < 1e-9 && (found.refused - 0.25).abs() < 1e-9 && (found.utilisation - 0.5).abs() < 1e-9);
    }
}
