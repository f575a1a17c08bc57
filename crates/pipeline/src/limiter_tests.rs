#![allow(clippy::unwrap_used)]

use super::*;
use crate::job::{Cancelled, Job};
use proptest::prelude::*;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::atomic::{AtomicU32, Ordering};

const SECOND: u64 = 1_000_000;

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end.max(1)
    }
}

/// What stands behind the limiter: a bucket of a minute's worth that starts as full as it is told, and refusals at random.
struct Service {
    requests_per_minute: u32,
    tokens_per_minute: u32,
    /// In thousandths.
    refuses: u64,
    latency_us: std::ops::Range<u64>,
}

struct World {
    limits: Limits,
    service: Service,
    /// When each call arrives, what it reserves and what it uses in the end.
    calls: Vec<(u64, u64, u64)>,
    seed: u64,
}

#[derive(Debug, Default)]
struct Seen {
    wall_us: u64,
    answered: usize,
    refused_by_bucket: usize,
    refused_at_random: usize,
    first_sent: Vec<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Arrives(usize),
    Answered(usize),
    Refused(usize),
    Look,
}

/// Plays the whole run in virtual time.
fn play(world: &World) -> Seen {
    let mut limiter = Limiter::new(world.limits);
    let service = &world.service;
    let (mut requests, mut tokens) = (Bucket::new(service.requests_per_minute), Bucket::new(service.tokens_per_minute));
    // The service lets more through at once than the limiter counts with.
    let (mut filled_us, minute) = (0, 12);
    let (mut dice, mut seen) = (Dice(world.seed), Seen::default());
    let mut events: BinaryHeap<Reverse<(u64, Event)>> =
        world.calls.iter().enumerate().map(|(n, call)| Reverse((call.0, Event::Arrives(n)))).collect();
    let (mut line, mut looks_at) = (VecDeque::new(), None);
    let mut tries: BTreeMap<usize, u32> = BTreeMap::new();
    let (mut more_requests, mut more_tokens) = (requests.full() * (minute - 1), tokens.full() * (minute - 1));
    while let Some(Reverse((now, event))) = events.pop() {
        if event == Event::Look && looks_at != Some(now) {
            continue;
        }
        seen.wall_us = now;
        match event {
            Event::Arrives(n) => line.push_back(n),
            Event::Answered(n) => {
                let (_, reserved, used) = world.calls[n];
                limiter.answered(now, reserved, used);
                tokens.take(i128::from(used) - i128::from(reserved));
                seen.answered += 1;
            }
            Event::Refused(n) => {
                limiter.throttled(now, world.calls[n].1, None);
                let again = tries.entry(n).and_modify(|t| *t = (*t + 1).min(4)).or_insert(0);
                events.push(Reverse((now + ((SECOND / 5) << *again), Event::Arrives(n))));
            }
            Event::Look => {}
        }
        while let Some(n) = line.front().copied() {
            let (_, reserved, _) = world.calls[n];
            match limiter.admit(now, reserved) {
                Admit::Go => {
                    line.pop_front();
                    if !tries.contains_key(&n) {
                        seen.first_sent.push(n);
                    }
                    for (bucket, more) in [(&mut requests, &mut more_requests), (&mut tokens, &mut more_tokens)] {
                        let most = bucket.full() * minute;
                        let level = bucket.level + *more + bucket.per_minute * i128::from(now - filled_us);
                        bucket.level = level.min(most);
                        *more = 0;
                    }
                    filled_us = now;
                    let at = now + service.latency_us.start + dice.below(service.latency_us.end - service.latency_us.start);
                    let short = |bucket: &Bucket, count: u64| bucket.level < (i128::from(count) * ONE).min(bucket.full());
                    if short(&requests, 1) || short(&tokens, reserved) {
                        seen.refused_by_bucket += 1;
                        events.push(Reverse((now + SECOND / 20, Event::Refused(n))));
                    } else if dice.below(1_000) < service.refuses {
                        seen.refused_at_random += 1;
                        events.push(Reverse((now + SECOND / 20, Event::Refused(n))));
                    } else {
                        requests.level -= ONE;
                        tokens.level -= i128::from(reserved) * ONE;
                        events.push(Reverse((at, Event::Answered(n))));
                    }
                }
                Admit::At(at) => {
                    assert!(at > now, "it says when");
                    if looks_at.replace(at) != Some(at) {
                        events.push(Reverse((at, Event::Look)));
                    }
                    break;
                }
                Admit::Full => break,
            }
        }
        assert!(seen.wall_us < 100_000 * 60 * SECOND, "it goes on for ever");
    }
    assert!(line.is_empty());
    seen
}

/// Windows that are all there from the beginning, of 2,000 to 3,000 tokens to read and at most 1,000 to write, of which a third is written.
fn windows(count: usize, seed: u64) -> Vec<(u64, u64, u64)> {
    let mut dice = Dice(seed);
    (0..count)
        .map(|_| {
            let input = 2_000 + dice.below(1_000);
            (0, input + 1_000, input + 200 + dice.below(300))
        })
        .collect()
}

fn limits(requests: Option<u32>, tokens: Option<u32>, at_once: u32) -> Limits {
    Limits { requests_per_minute: requests, tokens_per_minute: tokens, at_once, output_burn: 1 }
}

/// How long the tighter of the two buckets of the service takes at least, in µs.
fn ideal_us(world: &World) -> u64 {
    let used: u64 = world.calls.iter().map(|call| call.2).sum();
    let by_requests = world.calls.len() as u64 * 60 * SECOND / u64::from(world.service.requests_per_minute);
    by_requests.max(used * 60 * SECOND / u64::from(world.service.tokens_per_minute))
}

/// The share of the tighter bucket that was made use of, in percent, as it is after the first burst.
fn use_of(world: &World, seen: &Seen) -> u64 {
    ideal_us(world) * 100 / (seen.wall_us + BURST_US as u64)
}

#[test]
fn a_thousand_windows_use_nine_tenths_of_the_tighter_bucket() {
    let check = |name: &str, known: Limits, requests: u32, tokens: u32, refuses: u64, at_least: u64| {
        for seed in 0..10 {
            let service = Service { requests_per_minute: requests, tokens_per_minute: tokens, refuses, latency_us: SECOND..4 * SECOND };
            let world = World { limits: known, service, calls: windows(1_000, seed), seed };
            let seen = play(&world);
            let share = use_of(&world, &seen);
            assert_eq!(seen.answered, 1_000);
            assert!(share >= at_least, "{name}, seed {seed}: {share} % of the bucket, {} refused by it", seen.refused_by_bucket);
            if known.requests_per_minute == Some(requests) && known.tokens_per_minute == Some(tokens) {
                assert_eq!(seen.refused_by_bucket, 0, "{name}: a known quota is obeyed");
            }
        }
    };
    let both = |requests, tokens| limits(Some(requests), Some(tokens), 64);
    check("requests are tighter", both(200, 2_000_000), 200, 2_000_000, 50, 90);
    check("tokens are tighter", both(1_000, 600_000), 1_000, 600_000, 50, 90);
    check("neither by much", both(200, 600_000), 200, 600_000, 50, 90);
    check("no refusals", both(200, 600_000), 200, 600_000, 0, 95);
    check("the quota is shared with others", both(400, 1_200_000), 200, 2_000_000, 50, 90);
    check("only the requests are known", limits(Some(1_000), None, 64), 1_000, 600_000, 50, 90);
    check("nothing is known", limits(None, None, 64), 400, 2_000_000, 50, 55);
}

#[test]
fn a_burst_of_refusals_counts_once() {
    let mut limiter = Limiter::new(limits(Some(6_000), None, 100));
    let mut sent = 0;
    while limiter.admit(0, 10) == Admit::Go {
        sent += 1;
    }
    assert_eq!(sent, 100);
    for _ in 0..sent {
        limiter.throttled(SECOND, 10, None);
    }
    assert_eq!(limiter.pace, WHOLE / 2, "all of them were sent at the same pace");
}

#[test]
fn nothing_goes_before_the_service_says() {
    let mut limiter = Limiter::new(limits(Some(60), None, 2));
    assert_eq!(limiter.admit(0, 10), Admit::Go);
    limiter.throttled(10, 10, Some(3 * SECOND));
    assert_eq!(limiter.admit(20, 10), Admit::At(10 + 3 * SECOND));
    assert_eq!(limiter.admit(10 + 3 * SECOND, 10), Admit::Go);
}

#[test]
fn what_is_not_used_flows_back() {
    let one_minute = limits(None, Some(1_200), 10);
    let mut limiter = Limiter::new(one_minute);
    // 100 tokens pass at once; who needs more than a bucket holds goes when it is full.
    assert_eq!(limiter.admit(0, 5_000), Admit::Go);
    let Admit::At(late) = limiter.admit(0, 100) else { panic!("the bucket is empty") };
    limiter.answered(0, 5_000, 50);
    assert_eq!(limiter.admit(0, 50), Admit::Go);
    assert!(late > 200 * SECOND);
    let usage = crate::models::Usage { input: 10, output: 3, cache_read: 100, cache_write: 7 };
    assert_eq!(Limits { output_burn: 5, ..one_minute }.used(usage), 10 + 7 + 15);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is refused and however large the calls are: all are answered in the end, and they go in the order in which they came.
    #[test]
    fn every_call_goes_in_its_turn(
        arrivals in proptest::collection::vec((0..120 * SECOND, 1u64..40_000, 0u64..=100), 1..200),
        known in (proptest::option::of(1u32..2_000), proptest::option::of(1_000u32..2_000_000), 1u32..40),
        service in (10u32..2_000, 20_000u32..2_000_000, 0u64..300),
        seed in any::<u64>(),
    ) {
        let mut calls: Vec<_> = arrivals.iter().map(|(at, reserved, share)| (*at, *reserved, reserved * share / 100)).collect();
        calls.sort_unstable();
        let world = World {
            limits: limits(known.0, known.1, known.2),
            service: Service { requests_per_minute: service.0, tokens_per_minute: service.1, refuses: service.2, latency_us: SECOND / 10..SECOND },
            calls,
            seed,
        };
        let seen = play(&world);
        prop_assert_eq!(seen.answered, world.calls.len());
        prop_assert!(seen.first_sent.is_sorted(), "{:?}", seen.first_sent);
    }

    /// A known quota is used up and never passed, with 5 % of refusals at random.
    #[test]
    fn a_known_quota_is_used(requests in 60u32..3_000, tokens in 200_000u32..4_000_000, seed in any::<u64>()) {
        let service = Service { requests_per_minute: requests, tokens_per_minute: tokens, refuses: 50, latency_us: SECOND / 2..2 * SECOND };
        let count = (requests * 3).clamp(300, 3_000) as usize;
        let world = World { limits: limits(Some(requests), Some(tokens), 256), service, calls: windows(count, seed), seed };
        let seen = play(&world);
        prop_assert_eq!(seen.refused_by_bucket, 0);
        prop_assert!(use_of(&world, &seen) >= 90, "{} % of the bucket, {:?}", use_of(&world, &seen), seen.wall_us);
    }
}

#[test]
fn threads_go_through_the_gate_and_leave_it_when_told() {
    let gate = Gate::new(limits(Some(1), None, 1));
    let (job, sent) = (Job::quiet(), AtomicU32::new(0));
    let go_on = || job.step("", 0, None);
    let first = gate.enter(1, go_on).unwrap();
    std::thread::scope(|scope| {
        let waiting: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let pass = gate.enter(1, go_on)?;
                    sent.fetch_add(1, Ordering::Relaxed);
                    pass.unused();
                    Ok::<_, Cancelled>(())
                })
            })
            .collect();
        // Given back, it is there for the next one at once, and so on for all of them.
        first.unused();
        for thread in waiting {
            thread.join().unwrap().unwrap();
        }
        assert_eq!(sent.load(Ordering::Relaxed), 4);

        gate.enter(1, go_on).unwrap().answered(1);
        let late = scope.spawn(|| gate.enter(1, go_on).map(drop));
        let began = Instant::now();
        job.cancel();
        assert_eq!(late.join().unwrap(), Err(Cancelled));
        assert!(began.elapsed() < Duration::from_millis(500), "{:?}", began.elapsed());
        assert!(gate.lock().waiting.is_empty());
    });
}
