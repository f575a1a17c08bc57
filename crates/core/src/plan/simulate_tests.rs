use super::super::sample::{fleet, graph, model, stage, work, world};
use super::super::{Burst, Fleet, Service, Stage, Work};
use super::*;
use proptest::prelude::*;

fn finish(run: &Run) -> u64 {
    match &run.finish {
        Finish::At(ms) => *ms,
        Finish::Never(why) => panic!("never done: {why}"),
    }
}

fn one_stage(ms_per_hour: u64) -> Vec<Stage> {
    vec![stage("look", Leg::Both, &[], ms_per_hour)]
}

#[test]
fn equal_items_take_as_many_rounds_as_workers_need() {
    for (items, instances, processes, rounds) in
        [(1, 1, 1, 1), (7, 1, 1, 7), (7, 2, 1, 4), (8, 2, 2, 2), (9, 2, 2, 3), (5, 3, 4, 1), (0, 1, 1, 0)]
    {
        let (stages, fleet) = (one_stage(60_000), fleet(instances, processes));
        let run = simulate(&world(&stages, &[], &[], work(items, HOUR_MS), &fleet), 3);
        assert_eq!(finish(&run), rounds * 60_000, "{items} on {instances} x {processes}");
        assert_eq!((run.done_ms, run.tasks), (items * 60_000, items));
    }
}

#[test]
fn legs_run_side_by_side_and_wait_for_one_another() {
    let graph = graph();
    let fleet = fleet(1, 2);
    // Sound 8 + 400 + 30 s beside pictures 100 + 200 s, then 2 s; with one worker the sum of all.
    let run = simulate(&world(&graph, &[], &[], work(1, HOUR_MS), &fleet), 1);
    assert_eq!(finish(&run), 440_000);
    let alone = Fleet { processes: 1, ..fleet.clone() };
    assert_eq!(finish(&simulate(&world(&graph, &[], &[], work(1, HOUR_MS), &alone), 1)), 740_000);
    // Items without speech have no stage of that leg, and those without either only what is of both.
    for (with_speech, with_pictures, expected) in [(0.0, 1.0, 302_000), (1.0, 0.0, 440_000), (0.0, 0.0, 2_000)] {
        let work = Work { with_speech, with_pictures, ..work(1, HOUR_MS) };
        assert_eq!(finish(&simulate(&world(&graph, &[], &[], work, &fleet), 1)), expected);
    }
}

#[test]
fn what_can_never_be_done_is_said_and_does_not_loop() {
    let mut graph = graph();
    graph[5].services = vec![0];
    let (some, none) = (fleet(2, 2), fleet(0, 4));
    let zero = |requests, tokens, at_once| Service {
        requests_per_minute: requests,
        tokens_per_minute: tokens,
        most_at_once: at_once,
        ..model(60, 1_000)
    };
    for (service, at_once, fleet, why) in [
        (zero(Some(0), None, None), 4, &some, "requests per minute"),
        (zero(None, Some(0), None), 4, &some, "tokens per minute"),
        (zero(None, None, Some(0)), 4, &some, "requests at once"),
        (model(60, 1_000), 0, &some, "requests at once"),
        (model(60, 1_000), 4, &none, "no worker"),
    ] {
        let (services, at_once) = ([service], [at_once]);
        let run = simulate(&world(&graph, &services, &at_once, work(3, HOUR_MS), fleet), 1);
        assert!(matches!(&run.finish, Finish::Never(found) if found.contains(why)), "{why}: {:?}", run.finish);
        // No work is done at once, whatever is not allowed.
        assert_eq!(finish(&simulate(&world(&graph, &services, &at_once, work(0, HOUR_MS), fleet), 1)), 0);
    }
    // A machine that is lost sooner than any task is done: it stops at the horizon.
    let hopeless = Fleet { losses_per_1000_h: 1e9, startup_ms: 1_000, ..fleet(1, 1) };
    let stages = one_stage(HOUR_MS);
    let world = World { horizon_ms: 5 * HOUR_MS, ..world(&stages, &[], &[], work(1, HOUR_MS), &hopeless) };
    let run = simulate(&world, 1);
    assert!(matches!(&run.finish, Finish::Never(why) if why.contains("1 items are left after 5 h")), "{:?}", run.finish);
    assert!(run.lost_ms > 0 && run.redone > 0 && run.done_ms == 0);
}

#[test]
fn a_known_quota_is_used_up_and_never_exceeded() {
    let stages = vec![Stage { services: vec![0], ..stage("annotate", Leg::Both, &[], 0) }];
    let fleet = fleet(1, 1);
    // 100 items of an hour with 60 calls of 1,000 tokens each: 6,000 calls.
    for (requests, tokens, least_minutes) in [(Some(300), None, 20), (None, Some(100_000), 60), (Some(300), Some(600_000), 20)] {
        for packet in [1, 5] {
            let services = [Service { requests_per_minute: requests, tokens_per_minute: tokens, ..model(60, 2_000) }];
            let world = World { packet, ..world(&stages, &services, &[64], work(100, HOUR_MS), &fleet) };
            let run = simulate(&world, 9);
            assert_eq!(run.calls, [6_000]);
            // A bucket that was full is five seconds ahead, and the last answers take their time.
            let (least, most) = (least_minutes * 60_000 - 5_000 - 2_000, least_minutes * 60_000 + 15_000);
            assert!((least..=most).contains(&finish(&run)), "{requests:?} {tokens:?} {packet}: {} of {least}..{most}", finish(&run));
        }
    }
}

#[test]
fn requests_at_once_hold_littles_law() {
    let stages = vec![Stage { services: vec![0], ..stage("annotate", Leg::Both, &[], 0) }];
    let (services, fleet) = ([model(60, 2_000)], fleet(1, 1));
    // 600 calls of 2 s, 4 at once: 2 a second.
    for (at_once, expected) in [(1, 1_200_000), (4, 300_000), (8, 150_000)] {
        let run = simulate(&world(&stages, &services, &[at_once], work(10, HOUR_MS), &fleet), 1);
        assert_eq!(finish(&run), expected, "{at_once} at once");
    }
}

#[test]
fn refusals_are_asked_again_and_slow_it_down() {
    let stages = vec![Stage { services: vec![0], ..stage("annotate", Leg::Both, &[], 0) }];
    let (services, fleet) = ([model(60, 2_000)], fleet(1, 1));
    let plain = world(&stages, &services, &[16], work(20, HOUR_MS), &fleet);
    let mut before = finish(&simulate(&plain, 4));
    for refused in [0.02, 0.2, 0.6] {
        let run = simulate(&World { refused, ..plain }, 4);
        assert_eq!(run.calls, [1_200], "all are answered in the end");
        let share = run.refusals[0] as f64 / (run.refusals[0] + run.calls[0]) as f64;
        assert!((share - refused).abs() < 0.05, "{share} for {refused}");
        assert!(finish(&run) > before, "{refused}");
        before = finish(&run);
    }
}

#[test]
fn a_queue_that_is_fed_by_chance_waits_as_long_as_theory_says() {
    // M/D/1: the mean number in the system at the load r is r + r^2 / (2 (1 - r)) (Pollaczek and Khinchine), here 0.5 + 0.25.
    let (stages, fleet) = (one_stage(60_000), fleet(1, 1));
    let bursts = [Burst { from_ms: 0, to_ms: 4_000 * HOUR_MS, video_ms: 4_000 * 30 * HOUR_MS }];
    let quiet = Work { video_ms: 0, ..work(0, HOUR_MS) };
    let world = World { bursts: &bursts, horizon_ms: 4_200 * HOUR_MS, ..world(&stages, &[], &[], quiet, &fleet) };
    let (mut sum, mut count) = (0, 0);
    for seed in 0..40 {
        let run = simulate(&world, seed);
        let inner = &run.queue[2..run.queue.len() - 2];
        (sum, count) = (sum + inner.iter().map(|(_, items)| items).sum::<u64>(), count + inner.len());
    }
    let mean = sum as f64 / count as f64;
    assert!((mean - 0.75).abs() < 0.08, "{mean} in the system");
}

#[test]
fn more_machines_from_a_step_on_help_from_then_on() {
    let stages = one_stage(60_000);
    let step = |steps| Fleet { steps, ..fleet(1, 1) };
    for (what, steps, expected) in [
        ("none", vec![], 10 * 60_000),
        ("one more after four", vec![(4 * 60_000, 2)], 7 * 60_000),
        ("one more that goes again", vec![(2 * 60_000, 2), (4 * 60_000, 1)], 8 * 60_000),
        ("down to none", vec![(60_000, 0), (HOUR_MS, 1)], HOUR_MS + 9 * 60_000),
    ] {
        let fleet = step(steps);
        let run = simulate(&world(&stages, &[], &[], work(10, HOUR_MS), &fleet), 1);
        assert_eq!(finish(&run), expected, "{what}");
        assert_eq!((run.tasks, run.lost_ms), (10, 0), "{what}: a machine that goes ends its tasks first");
    }
}

#[test]
fn lengths_scatter_and_still_are_all_of_the_video() {
    let stages = one_stage(HOUR_MS);
    let fleet = fleet(3, 1);
    for spread in [0.0, 0.5, 1.5] {
        let work = Work { item_spread: spread, video_ms: 12_345_678, ..work(1, 600_000) };
        let run = simulate(&world(&stages, &[], &[], work, &fleet), 8);
        // A worker is busy as long as the video lasts; each item is rounded up to a whole ms.
        assert!((12_345_678..12_345_678 + 22).contains(&run.done_ms), "{}", run.done_ms);
    }
}

fn any_fleet() -> impl Strategy<Value = Fleet> {
    (1u32..5, 1u32..4, 0u64..600_000, 0.0..300.0f64, 0.0..0.2f64, 0u64..5_000).prop_map(
        |(instances, processes, startup_ms, losses_per_1000_h, stragglers, overhead_ms)| Fleet {
            startup_ms,
            losses_per_1000_h,
            stragglers,
            worst: 10.0,
            overhead_ms,
            ..fleet(instances, processes)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn work_is_conserved_and_a_seed_says_all(fleet in any_fleet(), items in 0u64..30, seed in any::<u64>(), refused in 0.0..0.3f64, map in 1u32..40) {
        let mut graph = graph();
        graph.iter_mut().for_each(|stage| stage.spread = 0.5);
        graph[5].services = vec![0];
        let services = [Service { requests_per_minute: Some(200), spread: 0.4, ..model(30, 3_000) }];
        let world = World { refused, map_at_once: map, ..world(&graph, &services, &[8], work(items, HOUR_MS / 2), &fleet) };
        let run = simulate(&world, seed);
        prop_assert_eq!(&run, &simulate(&world, seed));
        // Six of the seven stages are done by workers, each once for every item, and each item is asked about 15 times.
        prop_assert_eq!(run.tasks, 6 * items);
        prop_assert_eq!(&run.calls, &vec![15 * items]);
        let workers = u64::from(fleet.instances * fleet.processes);
        let end = finish(&run);
        prop_assert!(run.done_ms + run.lost_ms <= run.there_ms && run.there_ms <= workers * end);
        prop_assert!(end >= run.done_ms.div_ceil(workers.max(1)));
        if fleet.losses_per_1000_h == 0.0 {
            prop_assert_eq!(run.lost_ms, 0);
        }
    }

    #[test]
    fn more_workers_are_done_no_later(items in 1u64..40, few in 1u32..6, more in 1u32..6) {
        // Equal tasks over common random numbers: here it holds in each run, not only on the mean.
        let stages = one_stage(60_000);
        let fleets = [fleet(few, 1), fleet(few + more, 1)];
        let [a, b] = fleets.each_ref().map(|fleet| finish(&simulate(&world(&stages, &[], &[], work(items, HOUR_MS), fleet), 1)));
        prop_assert!(b <= a);
    }
}

#[test]
fn more_workers_are_done_sooner_on_the_mean() {
    let mut graph = graph();
    graph.iter_mut().for_each(|stage| stage.spread = 0.5);
    let mean = |instances| {
        let fleet = Fleet { startup_ms: 120_000, losses_per_1000_h: 50.0, stragglers: 0.02, worst: 10.0, ..fleet(instances, 2) };
        let world = world(&graph, &[], &[], Work { item_spread: 0.7, ..work(60, HOUR_MS / 2) }, &fleet);
        (0..30).map(|seed| finish(&simulate(&world, seed))).sum::<u64>() / 30
    };
    let means: Vec<u64> = [1, 2, 3, 4, 6, 8, 12, 16].into_iter().map(mean).collect();
    assert!(means.windows(2).all(|pair| pair[1] < pair[0]), "{means:?}");
    // Half as long with twice as many, as long as there is enough to do.
    assert!((means[0] as f64 / means[1] as f64 - 2.0).abs() < 0.15, "{means:?}");
}
