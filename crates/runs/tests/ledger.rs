//! The ledger of calls: the cap holds, answers and stages are kept, and a file of another kind is refused.
#![allow(clippy::unwrap_used, missing_docs)]

use plumbline_core::models::Money;
use plumbline_pipeline::models::Usage;
use plumbline_pipeline::runs::{CallState, Ended, NewCall, Runs, RunsError, StageState};
use plumbline_runs::RunFile;
use proptest::prelude::*;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};

fn money(nano: i64) -> Money {
    Money::from_nano_usd(nano)
}

fn call(key: &str, at_most: i64) -> NewCall {
    NewCall {
        service: "bedrock".into(),
        what: "nova".into(),
        task: "describe".into(),
        media: "m1".into(),
        key: key.into(),
        at_most: money(at_most),
    }
}

fn ended(cost: i64, error: Option<&str>) -> Ended {
    let usage = Usage { input: 10, output: 20, cache_read: 3, cache_write: 4 };
    Ended { usage, latency_ms: 7, cost: money(cost), error: error.map(Into::into) }
}

fn fresh() -> (tempfile::TempDir, RunFile) {
    let folder = tempfile::tempdir().unwrap();
    let runs = RunFile::beside(&folder.path().join("x.plumbline")).unwrap();
    (folder, runs)
}

#[test]
fn an_answer_is_kept_under_its_key_with_what_it_cost() {
    let (folder, runs) = fresh();
    let id = runs.begin(&call("k", 100), None).unwrap();
    assert_eq!(runs.spent().unwrap().held, money(100));
    assert_eq!(runs.answer("k").unwrap(), None);
    runs.end(id, &ended(60, None), Some(b"yes")).unwrap();
    let failed = runs.begin(&call("l", 50), None).unwrap();
    runs.end(failed, &ended(5, Some("cut")), None).unwrap();

    let again = RunFile::open(&folder.path().join("x.runs")).unwrap();
    assert_eq!(again.answer("k").unwrap().unwrap(), b"yes");
    assert_eq!(again.answer("l").unwrap(), None);
    let spent = again.spent().unwrap();
    assert_eq!((spent.cost, spent.held, spent.done, spent.failed), (money(65), money(0), 1, 1));
    let calls = again.calls(Some("m1"), 10).unwrap();
    assert_eq!(calls.iter().map(|c| (c.state, c.cost)).collect::<Vec<_>>(), [(CallState::Failed, money(5)), (CallState::Done, money(60))]);
    assert_eq!((calls[1].usage, calls[1].latency_ms, calls[0].error.as_deref()), (ended(0, None).usage, 7, Some("cut")));
    assert_eq!(again.calls(None, 1).unwrap().len(), 1);
    assert!(again.calls(Some("m2"), 10).unwrap().is_empty());
    assert!(runs.end(id, &ended(1, None), None).unwrap_err().to_string().contains("open"), "a call ends once");
}

#[test]
fn a_call_that_could_pass_the_cap_is_not_begun() {
    let (_folder, runs) = fresh();
    let id = runs.begin(&call("a", 60), Some(money(100))).unwrap();
    let refused = runs.begin(&call("b", 41), Some(money(100))).unwrap_err();
    assert!(matches!(refused, RunsError::Cap { held, needed, .. } if held == money(60) && needed == money(41)), "{refused}");
    runs.end(id, &ended(59, None), None).unwrap();
    runs.begin(&call("b", 41), Some(money(100))).unwrap();
}

#[test]
fn stages_count_their_attempts() {
    let (_folder, runs) = fresh();
    for state in [StageState::Waiting, StageState::Running, StageState::Failed, StageState::Running, StageState::Done] {
        runs.set_stage("m1", "describe", state, (state == StageState::Failed).then_some("no light")).unwrap();
    }
    runs.set_stage("m2", "describe", StageState::Skipped, None).unwrap();
    let rows = runs.stages(Some("m1")).unwrap();
    assert_eq!((rows.len(), rows[0].state, rows[0].attempts, rows[0].error.as_deref()), (1, StageState::Done, 2, None));
    assert_eq!(runs.stages(None).unwrap().len(), 2);
}

#[test]
fn files_of_another_kind_are_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let check = |name: &str, make: &dyn Fn(&Path), says: &str| {
        let path = folder.path().join(name);
        make(&path);
        let before = std::fs::read(&path).unwrap();
        let error = RunFile::open(&path).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), before, "{name} is as it was");
    };
    check("text.runs", &|path| std::fs::write(path, "no database at all, but text that is long enough".repeat(40)).unwrap(), "no database");
    check(
        "other.runs",
        &|path| rusqlite::Connection::open(path).unwrap().execute_batch("CREATE TABLE x (y)").unwrap(),
        "is not a ledger of calls",
    );
    check(
        "newer.runs",
        &|path| {
            drop(RunFile::open(path).unwrap());
            rusqlite::Connection::open(path).unwrap().pragma_update(None, "user_version", 99).unwrap();
        },
        "newer Plumbline",
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    /// Threads over two connections begin and end calls: what may have been spent is never beyond the cap.
    #[test]
    fn the_cap_is_never_passed(costs in proptest::collection::vec((1i64..50, 0i64..100), 8..40), cap in 20i64..400) {
        let (folder, one) = fresh();
        let two = RunFile::open(&folder.path().join("x.runs")).unwrap();
        let most = AtomicI64::new(0);
        std::thread::scope(|scope| {
            for (thread, runs) in [&one, &two, &one, &two].into_iter().enumerate() {
                let (costs, most) = (&costs, &most);
                scope.spawn(move || {
                    for (n, (at_most, share)) in costs.iter().enumerate().filter(|(n, _)| n % 4 == thread) {
                        match runs.begin(&call(&n.to_string(), *at_most), Some(money(cap))) {
                            Ok(id) => {
                                let spent = runs.spent().unwrap();
                                most.fetch_max((spent.cost + spent.held).nano_usd(), Ordering::Relaxed);
                                runs.end(id, &ended(at_most * share / 100, None), Some(b"a")).unwrap();
                            }
                            Err(RunsError::Cap { .. }) => {}
                            Err(other) => panic!("{other}"),
                        }
                    }
                });
            }
        });
        prop_assert!(most.into_inner() <= cap);
        let spent = one.spent().unwrap();
        prop_assert!(spent.cost <= money(cap) && spent.held == money(0));
    }
}
