//! The light stages of an archive as a function: it begins an archive, measures what workers found without the media, and counts.

use super::harness::root;
use super::lambda_runtime::Function;
use super::localstack::LocalStack;
use super::{Room, sample};
use serde_json::json;
use std::path::Path;
use std::process::Command;

#[test]
fn the_function_begins_an_archive_does_its_gates_without_the_media_and_counts() {
    let program = Path::new(env!("CARGO_BIN_EXE_plumbline")).with_file_name("plumbline-lambda");
    if !program.exists() {
        return println!("skipped: {} is not built; the tests of the whole workspace build it", program.display());
    }
    let room = Room::new();
    let cloud = LocalStack::start(&root().join("dev/localstack"), &room.path("localstack"));
    let mut program = Command::new(program);
    program.env("XDG_CACHE_HOME", room.path("cache-function")).env("HOME", room.path("")).env_remove("AWS_PROFILE");
    program.env("AWS_ENDPOINT_URL", cloud.url()).env("AWS_REGION", "us-east-1");
    program.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
    let mut function = Function::start(program);

    ["talks", "results"].iter().for_each(|bucket| _ = cloud.ask("PUT", &format!("/{bucket}"), b""));
    let mut task = json!({ "stage": "manifest", "bucket": "results", "prefix": "one/", "media": "s3://talks/2026/" });
    let (kind, why) = function.ask(&task).unwrap_err();
    assert!(kind == "Plumbline.Passing" && why.contains("s3://talks/2026/") && why.contains("no video or sound"), "{kind}: {why}");

    std::fs::create_dir_all(room.path("media")).unwrap();
    room.make("media/bridge.mp4", &format!("-t 8 -i {} -c copy", sample(super::SAMPLE[0]).display()));
    room.make("media/silent.mp4", "-f lavfi -i testsrc=s=160x120:r=5:d=2 -pix_fmt yuv420p");
    for name in ["bridge.mp4", "silent.mp4"] {
        cloud.ask("PUT", &format!("/talks/2026/{name}"), &std::fs::read(room.path("media").join(name)).unwrap());
    }
    assert_eq!(function.ask(&task), Ok(json!({ "stage": "manifest", "did": "done", "items": 2 })));
    assert_eq!(function.ask(&task), Ok(json!({ "stage": "manifest", "did": "before", "items": 2 })));

    // All but the gates is found on this machine, which has the same items, and what it found is brought to the bucket.
    room.run("run-all --in media --out whole", 0);
    let whole = super::archive::tree(&room.path("whole"));
    let begun = |name: &str| cloud.ask("GET", &format!("/results/one/{name}"), b"");
    for name in ["manifest.json", "archive.json"] {
        assert_eq!(begun(name), whole[name], "{name}");
    }
    for (name, bytes) in whole.iter().filter(|(name, _)| name.starts_with("items/") || name.starts_with("artifacts/")) {
        if !name.ends_with("/measure.json") {
            cloud.ask("PUT", &format!("/results/one/{name}"), bytes);
        }
    }
    task["stage"] = json!("count");
    let counted = function.ask(&task).unwrap();
    assert_eq!((&counted["missing"], &counted["tolerated"]), (&json!(2), &json!(false)), "{counted}");
    task["tolerated_percent"] = json!(100);
    assert_eq!(function.ask(&task).unwrap()["tolerated"], true);

    // The media are gone by now: the gates go by what was heard and seen.
    for name in ["bridge.mp4", "silent.mp4"] {
        cloud.ask("DELETE", &format!("/talks/2026/{name}"), b"");
    }
    task["stage"] = json!("measure");
    for item in room.read_json("whole/manifest.json").as_array().unwrap() {
        task["item"] = item.clone();
        assert_eq!(function.ask(&task), Ok(json!({ "stage": "measure", "did": "done" })));
        let name = format!("items/{}/measure.json", item["id"].as_str().unwrap());
        assert!(begun(&name) == whole[&name], "{name}: {}", super::text(&begun(&name)));
    }
    task["stage"] = json!("count");
    assert_eq!(function.ask(&task).unwrap()["missing"], 0);

    // Where nothing was kept of what was heard, the media are asked for, and that says what is wrong.
    for key in cloud
        .keys("results", "one/artifacts/")
        .into_iter()
        .chain(cloud.keys("results", "one/items/").into_iter().filter(|k| k.ends_with("/measure.json")))
    {
        cloud.ask("DELETE", &format!("/results/{key}"), b"");
    }
    std::fs::remove_dir_all(room.path("cache-function")).unwrap();
    task["stage"] = json!("measure");
    let (kind, why) = function.ask(&task).unwrap_err();
    assert!(kind.starts_with("Plumbline.") && why.contains(".mp4"), "{kind}: {why}");
}
