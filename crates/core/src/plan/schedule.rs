//! When to have how many workers for work that a calendar tells of.

use super::{HOUR_MS, Stage, Work};
use serde::Serialize;

/// Work that is known to come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Spike {
    /// What it is, for people.
    pub name: String,
    /// From when it comes in, in ms since 1970.
    pub from_unix_ms: u64,
    /// Until when.
    pub to_unix_ms: u64,
    /// How much, in ms of video.
    pub video_ms: u64,
    /// Where its media will lie, as `s3://bucket/folder/`; none where nobody said.
    pub media: Option<String>,
}

/// An execution over media that a calendar tells of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Start {
    /// What it is of, for people.
    pub name: String,
    /// When, in ms since 1970.
    pub at_unix_ms: u64,
    /// Where its media lie by then, as `s3://bucket/folder/`.
    pub media: String,
}

/// The executions that spikes ask for, each when its event is over and all its media are there. Those that are over by `now_unix_ms` are left out.
pub fn starts(spikes: &[Spike], now_unix_ms: u64) -> Vec<Start> {
    let of = |spike: &Spike| Some(Start { name: spike.name.clone(), at_unix_ms: spike.to_unix_ms, media: spike.media.clone()? });
    spikes.iter().filter(|spike| spike.to_unix_ms > now_unix_ms).filter_map(of).collect()
}

/// A change of the number of workers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ScaleStep {
    /// When, in ms since 1970: a whole minute.
    pub at_unix_ms: u64,
    /// How many workers from then on.
    pub workers: u32,
    /// Why, for people.
    pub why: String,
}

const MINUTE_MS: u64 = 60_000;
/// Share of the time that workers are thought to work: a queue that is fed as fast as it is worked off grows without end.
const LOAD: f64 = 0.8;

/// The steps for some spikes over a number of workers that is always there. Each spike has its workers from `lead_ms` before it begins, so that they take tasks when
/// it does, until an item that comes at its end can be done; where spikes overlap, workers add up. Steps in the past of `now_unix_ms` are put on the next minute.
pub fn schedule(spikes: &[Spike], stages: &[Stage], work: &Work, always: u32, lead_ms: u64, now_unix_ms: u64) -> Vec<ScaleStep> {
    let per_hour: f64 = stages.iter().map(|stage| stage.wall_ms_per_hour as f64 * work.share(stage.leg)).sum();
    let item_ms = (per_hour * work.item_ms as f64 / HOUR_MS as f64) as u64;
    let earliest = now_unix_ms.next_multiple_of(MINUTE_MS);
    let mut edges: Vec<(u64, i64, String)> = Vec::new();
    for spike in spikes.iter().filter(|spike| spike.to_unix_ms > now_unix_ms && spike.video_ms > 0) {
        let length_ms = spike.to_unix_ms.saturating_sub(spike.from_unix_ms).max(1) as f64;
        let busy_ms = per_hour * spike.video_ms as f64 / HOUR_MS as f64;
        let workers = (busy_ms / (length_ms * LOAD)).ceil().max(1.0) as i64;
        let up = spike.from_unix_ms.saturating_sub(lead_ms) / MINUTE_MS * MINUTE_MS;
        let down = (spike.to_unix_ms + 2 * item_ms).next_multiple_of(MINUTE_MS);
        edges.push((up.max(earliest), workers, format!("for {}", spike.name)));
        edges.push((down.max(earliest + MINUTE_MS), -workers, format!("after {}", spike.name)));
    }
    edges.sort();
    let (mut steps, mut more): (Vec<ScaleStep>, i64) = (Vec::new(), 0);
    for (at_unix_ms, change, why) in edges {
        more += change;
        let workers = always.saturating_add(u32::try_from(more.max(0)).unwrap_or(u32::MAX));
        match steps.last_mut().filter(|step| step.at_unix_ms == at_unix_ms) {
            Some(step) => (step.workers, step.why) = (workers, format!("{}, {why}", step.why)),
            None => steps.push(ScaleStep { at_unix_ms, workers, why }),
        }
    }
    // Two changes of a minute that undo each other are none.
    let mut before = always;
    steps.retain(|step| std::mem::replace(&mut before, step.workers) != step.workers);
    steps
}

#[cfg(test)]
mod tests {
    use super::super::Leg;
    use super::super::sample::{stage, work};
    use super::*;

    fn spike(name: &str, from_h: u64, to_h: u64, video_h: u64) -> Spike {
        Spike { name: name.into(), from_unix_ms: from_h * HOUR_MS, to_unix_ms: to_h * HOUR_MS, video_ms: video_h * HOUR_MS, media: None }
    }

    /// A worker is busy for half an hour per hour of video; items last an hour, so an item takes half an hour and there is an hour after each spike.
    fn steps(spikes: &[Spike], always: u32, now_h: u64) -> Vec<(u64, u32)> {
        let stages = [stage("look", Leg::Both, &[], HOUR_MS / 2)];
        let found = schedule(spikes, &stages, &work(1, HOUR_MS), always, 10 * MINUTE_MS, now_h * HOUR_MS);
        found.into_iter().map(|step| (step.at_unix_ms / MINUTE_MS, step.workers)).collect()
    }

    #[test]
    fn an_execution_begins_when_an_event_with_media_is_over() {
        let media = Some("s3://talks/match/".to_owned());
        let spikes =
            [Spike { media: media.clone(), ..spike("over", 1, 2, 1) }, spike("none", 3, 5, 1), Spike { media, ..spike("match", 3, 5, 1) }];
        let found: Vec<(String, u64)> =
            starts(&spikes, 2 * HOUR_MS).into_iter().map(|start| (start.name, start.at_unix_ms / HOUR_MS)).collect();
        assert_eq!(found, [("match".to_owned(), 5)]);
    }

    #[test]
    fn workers_come_before_a_spike_and_go_after_it() {
        // 16 hours of video in 2 hours: 8 worker-hours, 4 workers at full load, 5 at 0.8.
        let one = spike("match", 100, 102, 16);
        for (what, spikes, always, now_h, expected) in [
            ("one", vec![one.clone()], 0, 0, vec![(5_990, 5), (6_180, 0)]),
            ("over what is there", vec![one.clone()], 2, 0, vec![(5_990, 7), (6_180, 2)]),
            ("begun", vec![one.clone()], 0, 101, vec![(6_060, 5), (6_180, 0)]),
            ("over", vec![one.clone()], 0, 103, vec![]),
            ("nothing comes", vec![spike("none", 100, 102, 0)], 0, 0, vec![]),
            ("overlapping", vec![one.clone(), spike("talk", 101, 103, 16)], 0, 0, vec![(5_990, 5), (6_050, 10), (6_180, 5), (6_240, 0)]),
            (
                "one after the other",
                vec![spike("a", 10, 12, 16), spike("b", 13, 15, 16)],
                0,
                0,
                vec![(590, 5), (770, 10), (780, 5), (960, 0)],
            ),
        ] {
            assert_eq!(steps(&spikes, always, now_h), expected, "{what}");
        }
    }
}
