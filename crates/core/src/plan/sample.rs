//! A graph like the pipeline's, and worlds for tests.

use super::{Calls, Fleet, Leg, Service, Stage, Work, World};
use crate::models::Money;

pub(super) fn stage(name: &str, leg: Leg, after: &[usize], wall_ms_per_hour: u64) -> Stage {
    Stage { name: name.into(), leg, after: after.to_vec(), wall_ms_per_hour, cores: 1.0, spread: 0.0, services: vec![] }
}

pub(super) fn graph() -> Vec<Stage> {
    vec![
        stage("listen", Leg::Sound, &[], 8_000),
        stage("look", Leg::Picture, &[], 100_000),
        stage("speech", Leg::Sound, &[0], 400_000),
        stage("text", Leg::Picture, &[1], 200_000),
        stage("drift", Leg::Sound, &[0, 2], 30_000),
        stage("annotate", Leg::Both, &[1, 3, 4], 0),
        stage("measure", Leg::Both, &[1, 3, 4, 5], 2_000),
    ]
}

pub(super) fn work(items: u64, item_ms: u64) -> Work {
    Work { video_ms: items * item_ms, item_ms, item_spread: 0.0, with_speech: 1.0, with_pictures: 1.0 }
}

/// Machines that are there at once, and nothing befalls them.
pub(super) fn fleet(instances: u32, processes: u32) -> Fleet {
    Fleet { instances, processes, startup_ms: 0, losses_per_1000_h: 0.0, stragglers: 0.0, worst: 1.0, overhead_ms: 0, steps: vec![] }
}

pub(super) fn model(calls: u32, latency_ms: u64) -> Service {
    Service {
        name: "vendor.model".into(),
        calls: Calls::PerHour(calls),
        tokens: 1_000,
        latency_ms,
        latency_ms_per_hour: 0,
        spread: 0.0,
        requests_per_minute: None,
        tokens_per_minute: None,
        most_at_once: None,
        cost_per_call: Money::default(),
        cost_per_hour: Money::default(),
    }
}

pub(super) fn world<'a>(stages: &'a [Stage], services: &'a [Service], at_once: &'a [u32], work: Work, fleet: &'a Fleet) -> World<'a> {
    World {
        stages,
        services,
        at_once,
        work,
        bursts: &[],
        fleet,
        map_at_once: u32::MAX,
        refused: 0.0,
        packet: 1,
        horizon_ms: 400 * 24 * super::HOUR_MS,
    }
}
