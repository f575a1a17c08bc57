//! The function under the runtime API that the service gives it. What it does with an archive is tried in the tests of the command line.
#![allow(clippy::unwrap_used, clippy::panic)]

mod runtime;

use runtime::Function;
use serde_json::json;
use std::process::Command;

#[test]
fn an_event_that_is_none_of_its_tasks_is_refused_by_the_kind_of_its_failure() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_plumbline-lambda"));
    // Nothing of an account is there, and nothing may look for one elsewhere.
    program.env("HOME", folder.path()).env("XDG_CACHE_HOME", folder.path()).env_remove("AWS_PROFILE");
    program.env_remove("AWS_REGION").env_remove("AWS_DEFAULT_REGION").env("AWS_EC2_METADATA_DISABLED", "true");
    let mut function = Function::start(program);
    let task = |stage: &str| json!({ "stage": stage, "bucket": "b", "prefix": "p/", "media": "s3://m/" });
    for (event, part) in [
        (json!({}), "the event is no task: missing field `stage`"),
        (json!("x"), "the event is no task"),
        (task("listen"), "listen takes a worker; this function does manifest, measure, count"),
        (task("count"), "no region is known"),
        (task("manifest"), "no region is known"),
    ] {
        let (kind, why) = function.ask(&event).unwrap_err();
        assert!(kind == "Plumbline.Settings" && why.contains(part), "{event}: {kind}: {why}");
    }
}
