//! What the work asks of workers and services, on the mean, and how long it takes at least.

use super::{Calls, Fleet, HOUR_MS, Leg, Service, Stage, Work};

/// A quota that takes so long for all of the work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bound {
    /// What it counts, for people.
    pub(super) what: &'static str,
    /// How much there is of it.
    pub(super) quota: u64,
    /// How much of it the work takes: per minute, in all; at once, in ms of calls under way.
    pub(super) amount: u64,
    /// How long that takes, in ms; the largest number where it never ends.
    pub(super) ms: u64,
}

/// What is asked of a service.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Demand {
    pub(super) calls: u64,
    pub(super) tokens: u64,
    /// How long a call takes on the mean.
    pub(super) latency_ms: u64,
    /// Hours of video that it is asked about.
    pub(super) video_ms: u64,
    pub(super) bounds: Vec<Bound>,
}

/// What all of the work asks of a service.
pub(super) fn demand(number: usize, service: &Service, stages: &[Stage], work: &Work) -> Demand {
    let share: f64 = stages.iter().filter(|stage| stage.services.contains(&number)).map(|stage| work.share(stage.leg)).sum();
    let video_ms = (work.video_ms as f64 * share).round() as u64;
    let calls = match service.calls {
        Calls::PerHour(per_hour) => scaled(u64::from(per_hour), video_ms),
        Calls::PerItem => (work.items() as f64 * share).ceil() as u64,
    };
    let latency_ms = service.latency_ms + if calls == 0 { 0 } else { scaled(service.latency_ms_per_hour, work.item_ms) };
    let tokens = calls.saturating_mul(service.tokens);
    let mut bounds = Vec::new();
    let mut per_minute = |what, quota: Option<u64>, amount: u64| {
        if let Some(quota) = quota.filter(|_| amount > 0) {
            let ms = u64::try_from(u128::from(amount) * 60_000 / u128::from(quota.max(1))).unwrap_or(u64::MAX);
            bounds.push(Bound { what, quota, amount, ms: if quota == 0 { u64::MAX } else { ms } });
        }
    };
    per_minute("requests per minute", service.requests_per_minute, calls);
    per_minute("tokens per minute", service.tokens_per_minute, tokens);
    if let Some(most) = service.most_at_once.filter(|_| calls > 0) {
        let amount = calls.saturating_mul(latency_ms);
        bounds.push(Bound {
            what: "requests at once",
            quota: u64::from(most),
            amount,
            ms: amount.checked_div(u64::from(most)).unwrap_or(u64::MAX),
        });
    }
    Demand { calls, tokens, latency_ms, video_ms, bounds }
}

/// `per_hour` for this length of video, rounded up.
pub(super) fn scaled(per_hour: u64, video_ms: u64) -> u64 {
    u64::try_from((u128::from(per_hour) * u128::from(video_ms)).div_ceil(u128::from(HOUR_MS))).unwrap_or(u64::MAX)
}

/// How much longer tasks take on the mean for stragglers and for what is lost with machines.
pub(super) fn stretch(fleet: &Fleet) -> f64 {
    // The mean of a Pareto of shape 1.5 that is cut at c: 3 - 2 c^(-1/2).
    1.0 + fleet.stragglers * (2.0 - 2.0 / fleet.worst.max(1.0).sqrt())
}

/// Time of workers that a stage takes for all of the work, in ms.
pub(super) fn stage_ms(stage: &Stage, work: &Work) -> u64 {
    (stage.wall_ms_per_hour as f64 * work.video_ms as f64 / HOUR_MS as f64 * work.share(stage.leg)).round() as u64
}

/// Time of workers that one item of the mean length takes in the stages of a leg.
pub(super) fn leg_ms(leg: Leg, stages: &[Stage], work: &Work) -> u64 {
    stages.iter().filter(|stage| stage.leg == leg).map(|stage| scaled(stage.wall_ms_per_hour, work.item_ms)).sum()
}

/// The longest chain of an item of the mean length through the graph, with one round of answers of each service it asks, in ms.
pub(super) fn chain_ms(stages: &[Stage], services: &[Service], work: &Work) -> u64 {
    let mut ends: Vec<u64> = Vec::with_capacity(stages.len());
    for stage in stages {
        let begins = stage.after.iter().filter_map(|before| ends.get(*before)).max().copied().unwrap_or(0);
        if work.share(stage.leg) <= 0.0 {
            ends.push(begins);
            continue;
        }
        let asked = stage.services.iter().filter_map(|n| services.get(*n));
        let answers = asked.map(|service| service.latency_ms + scaled(service.latency_ms_per_hour, work.item_ms)).max().unwrap_or(0);
        ends.push(begins + scaled(stage.wall_ms_per_hour, work.item_ms) + answers);
    }
    ends.into_iter().max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::super::sample::{graph, model, work};
    use super::*;

    #[test]
    fn quotas_bound_the_time_from_below() {
        let mut graph = graph();
        graph[5].services = vec![0];
        // 100 hours of video, 60 calls an hour: 6,000 calls of 1,000 tokens.
        let work = work(200, HOUR_MS / 2);
        for (requests, tokens, at_once, expected) in [
            (None, None, None, vec![]),
            (Some(100), None, None, vec![("requests per minute", 60 * 60_000)]),
            (Some(100), Some(50_000), None, vec![("requests per minute", 60 * 60_000), ("tokens per minute", 120 * 60_000)]),
            // 6,000 calls of 2 s, four at once.
            (None, None, Some(4), vec![("requests at once", 3_000_000)]),
            (Some(0), None, None, vec![("requests per minute", u64::MAX)]),
            (None, None, Some(0), vec![("requests at once", u64::MAX)]),
        ] {
            let service = Service { requests_per_minute: requests, tokens_per_minute: tokens, most_at_once: at_once, ..model(60, 2_000) };
            let found = demand(0, &service, &graph, &work);
            assert_eq!((found.calls, found.tokens, found.video_ms), (6_000, 6_000_000, 100 * HOUR_MS));
            assert_eq!(found.bounds.iter().map(|bound| (bound.what, bound.ms)).collect::<Vec<_>>(), expected);
        }
        assert_eq!(demand(1, &model(60, 1), &graph, &work).calls, 0, "nobody asks it");
    }

    #[test]
    fn the_chain_is_the_longer_leg_and_what_follows() {
        let mut graph = graph();
        graph[5].services = vec![0];
        // An hour: listen 8, speech 400 and drift 30 s outlast look 100 and text 200; then an answer of 5 s, and 2 s to measure.
        assert_eq!(chain_ms(&graph, &[model(60, 5_000)], &work(1, HOUR_MS)), 445_000);
        let silent = Work { with_speech: 0.0, ..work(1, HOUR_MS) };
        assert_eq!(chain_ms(&graph, &[model(60, 5_000)], &silent), 307_000);
    }
}
