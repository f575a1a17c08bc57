//! A process that is killed while it waits for answers: what it may have been charged is counted, and its stages wait again.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use plumbline_core::models::Money;
use plumbline_pipeline::runs::{CallState, Ended, NewCall, Runs, StageState};
use plumbline_runs::RunFile;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

/// Tells a child of this test where to work; a run without it is the test itself.
const FOLDER: &str = "PLUMBLINE_RUNS_KILL_TEST_FOLDER";

fn call(key: &str) -> NewCall {
    NewCall {
        service: "bedrock".into(),
        what: "nova".into(),
        task: "describe".into(),
        media: "m".into(),
        key: key.into(),
        at_most: Money::from_nano_usd(100),
    }
}

/// Begins until it is killed. It is a test so that this program can start itself for it.
#[test]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let runs = RunFile::open(&Path::new(&folder).join("x.runs")).unwrap();
    let done = runs.begin(&call("done"), None).unwrap();
    let ended = Ended { usage: Default::default(), latency_ms: 1, cost: Money::from_nano_usd(40), error: None };
    runs.end(done, &ended, Some(b"paid for")).unwrap();
    runs.begin(&call("open"), None).unwrap();
    runs.set_stage("m", "describe", StageState::Running, None).unwrap();
    runs.set_stage("m", "probe", StageState::Done, None).unwrap();
    println!("waits for its answer");
    loop {
        std::thread::park();
    }
}

#[test]
fn what_a_killed_process_left_open_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.runs");
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture"])
        .env(FOLDER, folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.contains("waits for its answer")));

    // While it lives, nobody takes its call for lost.
    let beside = RunFile::open(&path).unwrap();
    let mine = beside.begin(&call("mine"), None).unwrap();
    assert_eq!(beside.spent().unwrap().held, Money::from_nano_usd(200));
    assert!(beside.stages(None).unwrap().iter().any(|row| row.state == StageState::Running));
    child.kill().unwrap();
    child.wait().unwrap();

    let after = RunFile::open(&path).unwrap();
    let spent = after.spent().unwrap();
    assert_eq!(
        (spent.cost, spent.held),
        (Money::from_nano_usd(140), Money::from_nano_usd(100)),
        "only the call of the killed one was closed"
    );
    let calls = after.calls(None, 10).unwrap();
    let states: Vec<_> = calls.iter().map(|c| c.state).collect();
    assert_eq!(states, [CallState::Open, CallState::Failed, CallState::Done]);
    assert!(calls[1].error.as_deref().unwrap().contains("charged"));
    assert_eq!(after.answer("done").unwrap().unwrap(), b"paid for");
    let stages: Vec<_> = after.stages(None).unwrap().into_iter().map(|row| (row.stage, row.state, row.attempts)).collect();
    assert!(stages.contains(&("describe".into(), StageState::Waiting, 1)) && stages.contains(&("probe".into(), StageState::Done, 0)));

    beside.end(mine, &Ended { usage: Default::default(), latency_ms: 1, cost: Money::default(), error: None }, None).unwrap();
    drop((beside, after));
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().contains("lock")), "{left:?}");
}
