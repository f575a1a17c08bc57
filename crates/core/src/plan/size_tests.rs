use super::super::Calls;
use super::super::sample::{fleet, graph, model, work};
use super::*;

fn machine(name: &str, vcpus: u32, gib: u64, price: &str) -> Instance {
    let price_per_hour = Money::from_usd(price).unwrap_or_default();
    Instance { name: name.into(), through: "ec2".into(), vcpus, memory_mib: gib * 1_024, price_per_hour, fact: vec![] }
}

/// 1,000 hours of video in items of half an hour, 740 s of work and an hour of video each.
fn want(deadline_h: u64) -> Want {
    Want {
        work: work(2_000, HOUR_MS / 2),
        deadline_ms: deadline_h * HOUR_MS,
        stages: graph(),
        services: vec![],
        bursts: vec![],
        besides: vec![],
        limits: Limits {
            kinds: vec![machine("a.4", 4, 8, "0.20"), machine("a.16", 16, 32, "0.70")],
            instances: 50,
            worker_memory_mib: 1_024,
        },
        fleet: Fleet { startup_ms: 300_000, ..fleet(0, 0) },
        task_overhead_ms: 3_000,
        refused: 0.0,
        runs: 20,
        seed: 1,
        threads: 2,
    }
}

/// With a model that is asked 120 times per hour of video: 120,000 calls of 1,000 tokens.
fn asking(deadline_h: u64, change: impl Fn(&mut Service)) -> Want {
    let mut want = want(deadline_h);
    want.stages[5].services = vec![0];
    let mut service = model(120, 4_000);
    change(&mut service);
    want.services = vec![service];
    want
}

fn planned(want: &Want) -> Plan {
    plan(want).unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn a_fleet_is_just_large_enough() {
    let found = planned(&want(10));
    // 205.6 worker-hours in ten hours: 20.6 workers at full load, and more for what is lost at both ends.
    let workers = found.instances * found.processes;
    assert!(found.makes_it && (21..=32).contains(&workers), "{} x {}", found.instances, found.processes);
    assert_eq!(found.stages.iter().map(|stage| stage.core_ms).sum::<u64>(), 740_000_000);
    assert!(found.forecast.p95_ms.is_some_and(|ms| ms <= found.deadline_ms) && found.forecast.utilisation > 0.7, "{:?}", found.forecast);
    assert!(found.binding.what == "instances" && found.would_take.is_empty() && found.done_by_then_ms.is_none(), "{:?}", found.binding);
    // Twice the time takes about half as many, and costs no more.
    let slower = planned(&want(20));
    assert!(
        slower.instances * slower.processes < workers * 2 / 3
            && slower.costs.total <= found.costs.total + Money::from_nano_usd(2_000_000_000)
    );
    assert_eq!(found.costs.services, Money::default());
}

#[test]
fn the_cheaper_kind_is_taken_and_memory_bounds_its_processes() {
    // 127 workers: 8 x 0.70 is less than 32 x 0.20. For the 24 of ten hours it is the other way round.
    assert_eq!(planned(&want(10)).instance, "a.4");
    let found = planned(&want(2));
    assert_eq!((found.instance.as_str(), found.processes), ("a.16", 16));
    let mut want = want(2);
    want.limits.worker_memory_mib = 4_096;
    let found = planned(&want);
    assert_eq!((found.instance.as_str(), found.processes), ("a.16", 8));
    want.limits.worker_memory_mib = 1 << 20;
    assert!(plan(&want).is_err_and(|e| e.to_string().contains("memory")));
    let mut cores = self::want(2);
    cores.stages.iter_mut().for_each(|stage| stage.cores = 2.0);
    assert_eq!(planned(&cores).processes, 8);
}

#[test]
fn what_binds_is_named_with_what_would_be_enough() {
    for (what, want, binds, takes_h, parts) in [
        // 120 million tokens at 100,000 a minute: 20 hours.
        (
            "tokens",
            asking(10, |s| s.tokens_per_minute = Some(100_000)),
            "tokens per minute of vendor.model",
            20,
            vec!["tokens per minute for vendor.model (it is 100,000)"],
        ),
        ("requests", asking(10, |s| s.requests_per_minute = Some(80)), "requests per minute of vendor.model", 25, vec!["(it is 80)"]),
        // 120,000 calls of 4 s, five at once: 26.7 hours.
        (
            "at once",
            asking(10, |s| s.most_at_once = Some(5)),
            "requests at once of vendor.model",
            26,
            vec!["requests at once for vendor.model"],
        ),
    ] {
        let found = planned(&want);
        assert!(!found.makes_it && found.forecast.chance < 0.05, "{what}: {:?}", found.forecast);
        assert_eq!((found.binding.what.as_str(), found.binding.takes_ms.map(|ms| ms / HOUR_MS)), (binds, Some(takes_h)), "{what}");
        parts.iter().for_each(|part| assert!(found.would_take[0].contains(part), "{what}: {:?}", found.would_take));
        // Not much more than the share of the time that there is.
        let done_h = found.done_by_then_ms.map_or(0, |ms| ms / HOUR_MS);
        assert!((300..=510).contains(&done_h), "{what}: {done_h} h");
    }
}

#[test]
fn the_quota_that_is_asked_for_is_enough() {
    let tight = planned(&asking(10, |s| s.tokens_per_minute = Some(100_000)));
    let words = tight.would_take[0].replace(',', "");
    let asked: u64 = words.split(' ').find_map(|word| word.parse().ok()).unwrap_or(0);
    assert!((200_000..300_000).contains(&asked), "{asked}");
    assert!(planned(&asking(10, |s| s.tokens_per_minute = Some(asked))).makes_it);
}

#[test]
fn too_few_machines_say_how_many_would_do() {
    let mut want = want(10);
    want.limits.instances = 1;
    let found = planned(&want);
    assert!(!found.makes_it && found.instances == 1);
    assert!(
        found.binding.sentence.contains("instances bind") && found.binding.sentence.contains("it would take 2 a.16"),
        "{}",
        found.binding.sentence
    );
    want.limits.instances = 2;
    assert!(planned(&want).makes_it);
    want.limits.instances = 0;
    let none = planned(&want);
    assert!(
        none.forecast.never.is_some() && none.binding.takes_ms.is_none() && none.binding.sentence.contains("never"),
        "{:?}",
        none.binding
    );
}

#[test]
fn a_deadline_before_anything_can_be_done_takes_another_deadline() {
    let mut want = want(1);
    want.deadline_ms = 200_000;
    let found = planned(&want);
    assert!(!found.makes_it && found.done_by_then_ms == Some(0));
    assert!(found.would_take.iter().any(|what| what.contains("a later deadline")), "{:?}", found.would_take);
}

#[test]
fn a_quota_of_nothing_is_never_done() {
    let found = planned(&asking(10, |s| s.requests_per_minute = Some(0)));
    assert!(!found.makes_it && found.forecast.never.is_some() && found.binding.takes_ms.is_none());
    assert!(found.binding.sentence.contains("never done") && found.binding.sentence.contains("it is 0"), "{}", found.binding.sentence);
}

#[test]
fn requests_at_once_follow_littles_law() {
    // 120,000 calls in about 9.7 hours, and a tenth to spare: 3.8 a second; of 4 s each, 15.1 under way; with slack 18.9.
    let found = planned(&asking(10, |_| ()));
    assert!((17..=21).contains(&found.services[0].at_once), "{:?}", found.services);
    assert!((200..=215).contains(&found.services[0].requests_per_minute) && !found.services[0].quota_known, "{:?}", found.services);
    // 60 a minute is one a second: 4 under way, 5 with slack.
    let held = planned(&asking(40, |s| s.requests_per_minute = Some(60)));
    assert_eq!(held.services[0].at_once, 5);
    assert!(u64::from(found.map_at_once) >= u64::from(found.instances * found.processes));
}

#[test]
fn services_cost_by_call_and_by_hour() {
    let found = planned(&asking(10, |s| {
        s.cost_per_call = Money::from_nano_usd(2_000_000);
        s.cost_per_hour = Money::from_nano_usd(360_000_000);
    }));
    // 120,000 calls at 0.2 cents, and 1,000 hours at 36 cents.
    assert_eq!(found.costs.services, Money::from_nano_usd(600_000_000_000));
    assert_eq!(found.costs.total, found.costs.compute + found.costs.services);
    // Once an item: 2,000 calls.
    let once = planned(&asking(10, |s| (s.calls, s.cost_per_call) = (Calls::PerItem, Money::from_nano_usd(2_000_000))));
    assert_eq!((once.services[0].calls, once.costs.services), (2_000, Money::from_nano_usd(4_000_000_000)));
}

#[test]
fn batches_keep_overheads_small_and_losses_bounded() {
    // An item of both legs takes 1 s of measuring, and 3 s to fetch: 57 of them make fetching a twentieth.
    let found = planned(&want(100));
    let of = |plan: &Plan, leg| plan.batches.iter().find(|batch| batch.leg == leg).map(|batch| batch.items);
    assert_eq!((of(&found, Leg::Sound), of(&found, Leg::Picture), of(&found, Leg::Both)), (Some(1), Some(1), Some(57)));
    assert!(found.batches.iter().all(|batch| batch.overhead <= 0.0501), "{:?}", found.batches);
    // Machines that are lost every hour: no task longer than 0.02 h.
    let mut lossy = want(100);
    lossy.fleet.losses_per_1000_h = 1_000.0;
    lossy.stages[6].wall_ms_per_hour = 40_000;
    lossy.task_overhead_ms = 60_000;
    let found = planned(&lossy);
    assert!(found.batches.iter().filter(|batch| batch.items > 1).all(|batch| batch.redo_ms <= 72_000), "{:?}", found.batches);
    assert_eq!(of(&found, Leg::Both), Some(3));
    let mut silent = want(100);
    silent.work.with_speech = 0.0;
    assert_eq!(of(&planned(&silent), Leg::Sound), None);
}

#[test]
fn what_is_no_wish_is_said() {
    let changed = |change: fn(&mut Want)| {
        let mut want = want(10);
        change(&mut want);
        plan(&want).map(|_| String::new()).unwrap_or_else(|e| e.to_string())
    };
    for (found, part) in [
        (changed(|want| want.work.item_ms = 0), "no length"),
        (changed(|want| want.work.with_speech = 1.5), "share"),
        (changed(|want| want.refused = 1.0), "refused"),
        (changed(|want| want.stages[0].after = vec![3]), "listen waits"),
        (changed(|want| want.stages[0].services = vec![3]), "listen waits"),
        (changed(|want| want.stages[1].cores = 0.0), "cores"),
        (changed(|want| want.limits.kinds.clear()), "no kind"),
        (changed(|want| want.work.item_ms = 1), "2,000,000"),
    ] {
        assert!(found.contains(part), "{found}, not {part}");
    }
    let mut nothing = want(10);
    nothing.work.video_ms = 0;
    let found = planned(&nothing);
    assert!(found.makes_it && found.forecast.p95_ms == Some(0) && found.costs.total == Money::default(), "{found:?}");
}
