//! Faults one by one and mixed: what comes out is what would have come out without them, and nothing is paid for twice that need not be.

use crate::bedrock_world::{PLENTY, World, about, by_schema, tool, window};
use plumbline_aws::Within;
use plumbline_pipeline::calls::CallError;
use plumbline_pipeline::limiter::{Gate, Limits};
use plumbline_pipeline::models::{Form, Request};
use plumbline_pipeline::runs::{CallState, Runs};
use plumbline_pipeline::{Job, ModelError, Models};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

fn by_fields(text: &str) -> Result<Value, String> {
    let answer: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if answer["events"].is_array() { Ok(answer) } else { Err("`events` is missing".into()) }
}

/// How often each request was paid for.
fn paid(log: &[Value]) -> BTreeMap<String, usize> {
    let mut paid = BTreeMap::new();
    for line in log.iter().filter(|line| line["paid"] == true) {
        *paid.entry(line["key"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    paid
}

#[test]
fn each_fault_alone_changes_nothing_of_the_answer() {
    let mut world = World::with(PLENTY, Within { answer: Duration::from_secs(3), piece: Duration::from_millis(1_500) });
    // The fault, whether the answer comes in pieces, how often is asked and paid, and a word of the ledger.
    let check = |world: &mut World, fault: &str, stream: bool, asked: usize, bills: usize, says: &str| {
        let request = window(9, tool(), stream);
        let whole = world.bedrock.ask(&request, &Job::quiet()).unwrap();
        world.control("reset", &json!({}));
        world.control("faults", &json!({"queue": [fault], "seconds": 12}));
        world.new_ledger(&format!("{fault}-{stream}"));
        let began = Instant::now();
        let got = world.caller().ask(&about(&request), &request, &Job::quiet()).unwrap_or_else(|error| panic!("{fault}: {error}"));
        assert!(began.elapsed() < Duration::from_secs(8), "{fault} ends within the limit: {:?}", began.elapsed());
        assert_eq!((&got.answer.text, got.attempts as usize), (&whole.text, asked), "{fault}, {stream}");
        let log = world.log();
        assert_eq!((log.len(), paid(&log).values().sum::<usize>()), (asked, bills), "{fault}, {stream}: {log:?}");
        let calls = world.runs.calls(None, 10).unwrap();
        let first = calls.last().unwrap();
        assert!(calls.len() == asked && first.state == CallState::Failed && calls[0].state == CallState::Done);
        let error = first.error.as_deref().unwrap();
        assert!(error.contains(says) && !error.contains("Window"), "{fault}, {stream}: {error}");
        // What was charged for nothing is counted, and what was not is not.
        assert!(first.cost.nano_usd() > 0 || bills == 1, "{fault}: {first:?}");
        assert_eq!(world.runs.spent().unwrap().held.nano_usd(), 0);
    };
    for stream in [false, true] {
        check(&mut world, "throttle", stream, 2, 1, "429");
        check(&mut world, "500", stream, 2, 1, "InternalServer");
        check(&mut world, "503", stream, 2, 1, "ServiceUnavailable");
        check(&mut world, "408", stream, 2, 1, "ModelTimeout");
        check(&mut world, "424", stream, 2, 1, "ModelError");
        check(&mut world, "reset", stream, 2, 1, "connection was cut");
        check(&mut world, "hang", stream, 2, 1, "in time");
    }
    check(&mut world, "truncate", false, 2, 2, "connection was cut");
    check(&mut world, "truncate", true, 2, 2, "cut in the middle");
    check(&mut world, "stream_cut", true, 2, 2, "cut in the middle");
    check(&mut world, "stream_error", true, 2, 2, "ModelStreamError");
    check(&mut world, "stream_stall", true, 2, 2, "no piece");
}

#[test]
fn answers_that_can_not_be_used_end_one_window_and_not_the_run() {
    let world = World::new();
    let ask = |n, faults: &Value| {
        world.control("faults", &json!({"queue": faults}));
        let request = window(n, by_schema(), true);
        world.caller().ask_checked(&about(&request), &request, &Job::quiet(), &by_fields)
    };
    let (mended, asked) = ask(1, &json!(["wrong_schema"])).unwrap();
    assert!(mended["events"].is_array() && asked.attempts == 2);
    assert_eq!(ask(2, &json!(["not_json"])).unwrap().1.attempts, 2);
    let ends = |error: CallError, says: &str| assert!(!error.ends_run() && error.to_string().contains(says), "{error}");
    ends(ask(3, &json!(["wrong_schema", "wrong_schema"])).unwrap_err(), "`events` is missing");
    ends(ask(4, &json!(["refusal"])).unwrap_err(), "declined");
    ends(ask(5, &json!(["too_long"])).unwrap_err(), "400 tokens");
    // Asked once more, none of them is paid for again.
    let before = world.log().len();
    ends(ask(3, &json!([])).unwrap_err(), "`events` is missing");
    ends(ask(4, &json!([])).unwrap_err(), "declined");
    ends(ask(5, &json!([])).unwrap_err(), "400 tokens");
    assert_eq!(world.log().len(), before);

    let expired = ask(6, &json!(["403"])).unwrap_err();
    assert!(expired.ends_run() && expired.to_string().contains("sso login"), "{expired}");
}

/// Asks for windows from several threads; what was answered, by number.
fn run(world: &World, windows: usize, threads: usize) -> BTreeMap<usize, Value> {
    let (caller, next) = (world.caller(), AtomicUsize::new(0));
    let (caller, next) = (&caller, &next);
    std::thread::scope(|scope| {
        let work = move || {
            let mut answers = Vec::new();
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if n >= windows {
                    return answers;
                }
                let request = window(n, if n % 2 == 0 { tool() } else { by_schema() }, n % 3 == 0);
                let asked = caller.ask_checked(&about(&request), &request, &Job::quiet(), &by_fields);
                answers.push((n, asked.unwrap_or_else(|error| panic!("window {n}: {error}")).0));
            }
        };
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

#[test]
fn mixed_faults_change_nothing_and_nothing_is_paid_for_twice() {
    let mut world = World::new();
    let whole = run(&world, 150, 8);
    world.control("reset", &json!({}));
    world.new_ledger("faults");
    let share = json!({
        "throttle": 0.05, "500": 0.02, "503": 0.02, "408": 0.02, "424": 0.02, "reset": 0.02, "truncate": 0.02, "stream_cut": 0.02,
        "stream_error": 0.02,
    });
    world.control("faults", &json!({"share": share, "seed": 7}));
    assert_eq!(run(&world, 150, 8), whole);
    let log = world.log();
    assert!(log.len() > 160, "faults were met: {}", log.len());
    let for_nothing =
        |line: &&Value| line["paid"] == true && ["truncate", "stream_cut", "stream_error"].contains(&line["fault"].as_str().unwrap_or(""));
    for (key, times) in paid(&log) {
        let lost = log.iter().filter(|line| line["key"] == key.as_str()).filter(for_nothing).count();
        assert!(times <= 1 + lost, "{key} was paid for {times} times, {lost} for nothing");
    }
    let spent = world.runs.spent().unwrap();
    assert_eq!((spent.done, spent.held.nano_usd()), (150, 0));
    assert_eq!(log.len() as u64, spent.done + spent.failed, "each attempt has its line in the ledger");

    // Gone through again, everything is there, and nothing is asked.
    assert_eq!(run(&world, 150, 8), whole);
    assert_eq!(world.log().len(), log.len());
}

#[test]
fn a_cancelled_call_ends_within_200_ms() {
    let world = World::with(PLENTY, Within { answer: Duration::from_secs(60), piece: Duration::from_secs(60) });
    for (fault, stream) in [("hang", false), ("stream_stall", true)] {
        world.control("faults", &json!({"queue": [fault], "seconds": 30}));
        let (job, request) = (Job::quiet(), window(1, Form::Text, stream));
        let before = world.log().len();
        std::thread::scope(|scope| {
            let asked = scope.spawn(|| world.caller().ask(&about(&request), &request, &job));
            while world.log().len() == before {
                std::thread::yield_now();
            }
            let began = Instant::now();
            job.cancel();
            let error = asked.join().unwrap().unwrap_err();
            assert!(matches!(error, CallError::Cancelled(_) | CallError::Model(ModelError::Cancelled(_))), "{error}");
            assert!(began.elapsed() < Duration::from_millis(200), "{fault}: {:?}", began.elapsed());
        });
        let last = &world.runs.calls(None, 1).unwrap()[0];
        assert!(last.state == CallState::Failed && last.cost.nano_usd() > 0, "it may have been charged");
    }
}

#[test]
#[allow(clippy::print_stdout)]
fn a_thousand_windows_reach_most_of_the_quota_over_a_real_connection() {
    const WINDOWS: usize = 1_000;
    const A_MINUTE: u32 = 3_600;
    let limits = Limits { requests_per_minute: Some(A_MINUTE), tokens_per_minute: None, at_once: 32, output_burn: 1 };
    let mut world = World::with(limits, Within { answer: Duration::from_secs(20), piece: Duration::from_secs(10) });
    world.control("bucket", &json!({"requests_per_minute": A_MINUTE, "tokens_per_minute": null, "burst_seconds": 6}));
    world.control("faults", &json!({"share": {"throttle": 0.05}, "seed": 3}));
    world.control("latency", &json!({"ms": 50}));
    world.gate = Gate::new(limits);
    let (caller, next) = (world.caller(), AtomicUsize::new(0));
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..32 {
            scope.spawn(|| {
                while let Some(n) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|n| *n < WINDOWS) {
                    let request = Request { system: vec![], ..window(n, Form::Text, false) };
                    caller.ask(&about(&request), &request, &Job::quiet()).unwrap();
                }
            });
        }
    });
    let wall = began.elapsed();
    let log = world.log();
    let refused = log.iter().filter(|line| line["fault"] == "throttle").count();
    // What a bucket that starts full lets through at once is no part of its rate.
    let at_rate = (WINDOWS as f64 - f64::from(A_MINUTE) / 60.0 * 5.0).max(1.0);
    let share = at_rate / (f64::from(A_MINUTE) / 60.0) / wall.as_secs_f64();
    println!("{WINDOWS} windows at {A_MINUTE} a minute: {wall:.2?}, {refused} refused, {:.1} % of the quota", share * 100.0);
    assert_eq!(paid(&log).values().sum::<usize>(), WINDOWS);
    assert!(share >= 0.85, "{:.1} % of the quota in {wall:.2?}, {refused} refused", share * 100.0);
}
