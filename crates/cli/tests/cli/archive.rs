//! Archives on one machine and on several: whichever way the work is split, the same is found.

use super::{Room, sample, text};
use plumbline_pipeline::Runs;
use plumbline_pipeline::runs::StageState;
use plumbline_runs::RunFile;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// Every file below a folder with its content, but not what only says how far something is.
pub fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
                // What is being written under another name may be gone by now.
                files.extend(std::fs::read(&path).ok().map(|bytes| (name, bytes)));
            }
        }
    }
    files
}

/// What is found: findings and artifacts, without settings and manifest.
fn found(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = tree(folder);
    files.retain(|name, _| name.starts_with("items/") || name.starts_with("artifacts/"));
    files
}

/// Media of several kinds: with sound and words, with words beside it, without sound, without pictures.
fn media(room: &Room) {
    std::fs::create_dir_all(room.path("media/talks")).unwrap();
    for name in &super::SAMPLE[1..] {
        std::fs::copy(sample(name), room.path(&format!("media/talks/{name}"))).unwrap();
    }
    let sample = sample(super::SAMPLE[0]);
    room.make("media/talks/bridge.mp4", &format!("-t 30 -i {} -c copy", sample.display()));
    room.make("media/said.wav", "-i media/talks/bridge.mp4 -t 14 -vn -ac 1 -ar 16000");
    room.make("media/silent.mp4", "-f lavfi -i testsrc=s=320x180:r=10:d=3 -pix_fmt yuv420p");
    room.make("media/tone.mp4", "-f lavfi -i testsrc=s=320x180:r=10:d=3 -f lavfi -i sine=f=300:d=3 -pix_fmt yuv420p -shortest");
}

const STAGES: [&str; 8] = ["import", "listen", "look", "speech", "text", "drift", "annotate", "measure"];

fn same(one: &BTreeMap<String, Vec<u8>>, other: &BTreeMap<String, Vec<u8>>, what: &str) {
    let names = |of: &BTreeMap<String, Vec<u8>>| of.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(one), names(other), "{what}");
    for (name, bytes) in one {
        assert!(other[name] == *bytes, "{what}: {name} differs:\n{}\n{}", text(bytes), text(&other[name]));
    }
}

#[test]
fn whichever_way_the_work_is_split_the_findings_are_the_same() {
    let room = Room::new();
    media(&room);
    let told = room.json("run-all --in media --out whole --json", 0);
    assert_eq!((told["items"].as_u64(), told["whole"].as_u64()), (Some(4), Some(4)), "{told}");
    let whole = found(&room.path("whole"));
    assert_eq!(whole.keys().filter(|name| name.starts_with("items/")).count(), 4 * STAGES.len());
    // Nothing of this machine is in what is found.
    let here = room.path("").display().to_string();
    for (name, bytes) in &whole {
        assert!(!text(bytes).contains(here.trim_end_matches('/')), "{name}");
    }

    // By item, by leg, and each step on a machine of its own, the pictures before the sound.
    room.run("manifest --in media --out split", 0);
    let manifest = room.read_json("split/manifest.json");
    let order = ["import", "look", "text", "listen", "speech", "drift", "annotate", "measure"];
    for (n, item) in manifest.as_array().unwrap().iter().rev().enumerate() {
        for stage in order {
            let cache = room.path(&format!("machines/{n}-{stage}"));
            // Speech and text in parts, each on a machine of its own, the last part first.
            for part in [3, 1, 2].into_iter().filter(|_| stage == "speech" || stage == "text") {
                let cache = room.path(&format!("machines/{n}-{stage}-{part}"));
                let step = format!("step {stage} --in media --out split --item {} --part {part}/3", item["id"].as_str().unwrap());
                let output = room.command(&step).env("XDG_CACHE_HOME", cache).output().unwrap();
                assert!(output.status.success(), "{step}: {}", text(&output.stderr));
            }
            let step = format!("step {stage} --in media --out split --item {}", item["id"].as_str().unwrap());
            let output = room.command(&step).env("XDG_CACHE_HOME", cache).output().unwrap();
            assert!(output.status.success(), "{step}: {}", text(&output.stderr));
        }
    }
    same(&whole, &found(&room.path("split")), "step by step");
    let again = room.json("step measure --in media --out split --json", 0);
    assert_eq!((again["done"].as_u64(), again["before"].as_u64()), (Some(0), Some(4)), "{again}");
    let counted = room.json("step count --in media --out split --json", 0);
    assert_eq!((&counted["whole"], &counted["missing"]), (&json!(4), &json!(0)));

    // By host, as SageMaker Processing lays it out.
    for sharded in [false, true] {
        let (mut union, mut parts) = (BTreeMap::new(), 0);
        for host in 1..=4 {
            let root = format!("hosts-{sharded}/{host}");
            lay_out(&room, &root, host, sharded);
            let worker = format!("worker --sagemaker --root {root}");
            let output = room.command(&worker).env("XDG_CACHE_HOME", room.path(&format!("{root}/cache"))).output().unwrap();
            assert!(output.status.success(), "{worker}: {}", text(&output.stderr));
            for (name, bytes) in found(&room.path(&format!("{root}/processing/output"))) {
                let before = union.insert(name.clone(), bytes);
                // Findings are of one item, and an item is of one host.
                assert!(before.is_none(), "{name} came twice");
                parts += 1;
            }
        }
        assert_eq!(parts, whole.len());
        same(&whole, &union, "by host");
    }
}

/// Folders and files as SageMaker Processing makes them for a host of four.
fn lay_out(room: &Room, root: &str, host: usize, sharded: bool) {
    let folder = |name: &str| room.path(&format!("{root}/{name}"));
    std::fs::create_dir_all(folder("config")).unwrap();
    std::fs::create_dir_all(folder("processing/input/media")).unwrap();
    let hosts: Vec<String> = (1..=4).map(|n| format!("algo-{n}")).collect();
    let config = json!({ "current_host": format!("algo-{host}"), "hosts": hosts, "network_interface_name": "eth0" });
    std::fs::write(folder("config/resourceconfig.json"), config.to_string()).unwrap();
    let kind = if sharded { "ShardedByS3Key" } else { "FullyReplicated" };
    let inputs = json!({ "ProcessingInputs": [{ "InputName": "media", "S3Input": { "S3DataDistributionType": kind } }] });
    std::fs::write(folder("config/processingjobconfig.json"), inputs.to_string()).unwrap();
    let mine = |name: &str| match name {
        "talks" => host == 1,
        "said.wav" => host == 2,
        "silent.mp4" => host == 3,
        _ => host == 4,
    };
    for entry in std::fs::read_dir(room.path("media")).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !sharded || mine(&name) {
            let to = folder(&format!("processing/input/media/{name}"));
            let copied = std::process::Command::new("cp").arg("-r").arg(entry.path()).arg(to).status().unwrap();
            assert!(copied.success());
        }
    }
}

#[test]
fn a_host_that_fails_leaves_its_last_words() {
    let room = Room::new();
    std::fs::create_dir_all(room.path("ml/config")).unwrap();
    let config = json!({ "current_host": "algo-9", "hosts": ["algo-1"] });
    std::fs::write(room.path("ml/config/resourceconfig.json"), config.to_string()).unwrap();
    room.run("worker --sagemaker --root ml", 1);
    let words = std::fs::read_to_string(room.path("ml/output/message")).unwrap();
    assert!(words.contains("neither an input called media") && words.len() <= 1024, "{words}");
}

#[test]
fn what_is_lost_is_kept_with_its_reason_and_runs_again() {
    let room = Room::new();
    media(&room);
    std::fs::write(room.path("media/broken.mp4"), "no film").unwrap();
    let told = room.json("run-all --in media --out archive --json --without-speech --without-text", 4);
    assert_eq!((&told["items"], &told["whole"]), (&json!(5), &json!(4)), "{told}");
    let lost: Vec<Value> = tree(&room.path("archive"))
        .into_iter()
        .filter(|(name, _)| name.starts_with("lost/"))
        .map(|(_, bytes)| serde_json::from_slice(&bytes).unwrap())
        .collect();
    assert_eq!(lost.len(), 1);
    assert_eq!(
        (&lost[0]["stage"], &lost[0]["fault"], &lost[0]["item"]["files"][0]),
        (&json!("import"), &json!("media"), &json!("broken.mp4"))
    );
    assert!(lost[0]["why"].as_str().unwrap().contains("broken.mp4"), "{lost:?}");
    room.run("step count --in media --out archive", 4);

    std::fs::copy(room.path("media/tone.mp4"), room.path("media/broken.mp4")).unwrap();
    let told = room.json("run-all --in media --out archive --json", 0);
    assert_eq!((&told["whole"], &told["steps_done_before"]), (&json!(5), &json!(4 * STAGES.len())), "{told}");

    // Other settings would stand beside these.
    let refused = room.run("manifest --in media --out archive --without-text", 1);
    assert!(text(&refused.stderr).contains("began with other settings"), "{}", text(&refused.stderr));
}

#[test]
fn a_media_that_changed_since_it_was_imported_is_refused() {
    let room = Room::new();
    std::fs::create_dir_all(room.path("media")).unwrap();
    let make = |color: &str| room.make("media/a.mp4", &format!("-f lavfi -i color=c={color}:s=160x120:r=5:d=2 -pix_fmt yuv420p"));
    make("red");
    let settings =
        json!({ "layout": 1, "text": "eng", "stages": [{ "name": "own", "version": 1, "command": ["cat"], "reads": [], "media": true }] });
    std::fs::write(room.path("settings.json"), settings.to_string()).unwrap();
    room.run("manifest --in media --out archive --settings settings.json", 0);
    room.run("step import --in media --out archive", 0);
    let was = std::fs::read(room.path("media/a.mp4")).unwrap();
    make("blue");
    for stage in ["look", "text --part 1/2", "own"] {
        let told = room.json(&format!("step {stage} --in media --out archive --json"), 1);
        let why = told["failures"].to_string();
        assert!(why.contains("a.mp4") && why.contains("changed since it was imported"), "{stage}: {why}");
    }
    std::fs::write(room.path("media/a.mp4"), was).unwrap();
    room.run("step look --in media --out archive", 0);
}

#[test]
fn what_was_killed_goes_on_and_ends_the_same() {
    let room = Room::new();
    media(&room);
    room.run("run-all --in media --out whole", 0);
    let whole = found(&room.path("whole"));
    // Killed as soon as so many findings are written, with a cache that nobody has.
    for (n, after) in [1, 5, 12, 20].into_iter().enumerate() {
        let mut run = room.command("run-all --in media --out killed");
        let mut child = run.env("XDG_CACHE_HOME", room.path(&format!("cache-{n}"))).spawn().unwrap();
        while child.try_wait().unwrap().is_none() {
            if found(&room.path("killed")).keys().filter(|name| name.starts_with("items/")).count() >= after {
                child.kill().unwrap();
            }
            std::thread::yield_now();
        }
        child.wait().unwrap();
    }
    // With a cache that nobody has, too: what another cache holds whole is not made from its pieces again.
    let last = room.command("run-all --in media --out killed").env("XDG_CACHE_HOME", room.path("cache-last")).output().unwrap();
    assert!(last.status.success(), "{}", text(&last.stderr));
    same(&whole, &found(&room.path("killed")), "killed four times");
}

#[test]
fn an_archive_comes_to_the_desk() {
    let room = Room::new();
    media(&room);
    room.run("run-all --in media --out archive", 0);
    std::fs::create_dir_all(room.path("desk")).unwrap();
    let brought = room.json("bring desk/all.plumbline --out archive --media media --json", 0);
    assert_eq!((&brought["media"], &brought["known"]), (&json!(4), &json!([])), "{brought}");
    // How far each is stands where the desk looks for it.
    let rows = RunFile::beside(&room.path("desk/all.plumbline")).unwrap().stages(None).unwrap();
    let of = |stage: &str, state: StageState| rows.iter().filter(|row| row.stage == stage && row.state == state).count();
    assert_eq!(rows.len(), 4 * (STAGES.len() - 1), "{rows:?}");
    assert_eq!((of("listen", StageState::Done), of("text", StageState::Done), of("annotate", StageState::Skipped)), (3, 3, 4), "{rows:?}");
    // The same as what the desk does by itself.
    room.run("run media --project desk/own.plumbline", 3);
    room.run("read-text desk/own.plumbline", 0);
    room.run("check desk/own.plumbline", 3);
    let shown = |project: &str| room.json(&format!("show {project} --json"), 0)["library"]["media"].clone();
    assert_eq!(shown("desk/all.plumbline"), shown("desk/own.plumbline"));
    // Nothing is measured again, and nothing is brought twice.
    let checked = room.json("check desk/all.plumbline --json", 3);
    assert_eq!(checked, room.json("check desk/own.plumbline --json", 3));
    let again = room.json("bring desk/all.plumbline --out archive --media media --json", 0);
    assert_eq!((&again["media"], again["known"].as_array().map(Vec::len)), (&json!(0), Some(4)));

    // Findings that can't be used hold no other item up, whichever way they are wrong.
    let items = room.read_json("archive/manifest.json");
    let wrong = |n: usize, stage: &str, change: &dyn Fn(&mut Value)| {
        let name = format!("archive/items/{}/{stage}.json", items[n]["id"].as_str().unwrap());
        let mut found = room.read_json(&name);
        change(&mut found);
        std::fs::write(room.path(&name), found.to_string()).unwrap();
    };
    wrong(0, "import", &|found| found["findings"] = json!([]));
    // A proposal for words that there are none of is refused by the project.
    let proposal = tree(&room.path("archive")).into_iter().filter(|(name, _)| name.ends_with("/drift.json"));
    let proposal = proposal.map(|(_, bytes)| serde_json::from_slice::<Value>(&bytes).unwrap()).find(|found| found["findings"] != json!([]));
    wrong(1, "drift", &|found| *found = proposal.clone().unwrap());
    let some = room.json("bring desk/some.plumbline --out archive --media media --json", 4);
    let failures = some["failures"].to_string();
    assert_eq!((&some["media"], some["failures"].as_array().map(Vec::len)), (&json!(2), Some(2)), "{some}");
    assert!(failures.contains("name no media") && failures.contains("no transcript"), "{failures}");
}

#[test]
fn a_program_of_ones_own_is_a_stage() {
    let room = Room::new();
    media(&room);
    // Says what it was given, as an annotation.
    let script = r#"import json, sys, os, socket
given = json.load(sys.stdin)
try:
    socket.create_connection(("127.0.0.1", 9), timeout=1)
    net = "open"
except OSError as error:
    net = "none" if error.errno in (101, 99) else "there"
text = "%s %s %s %s" % (given["name"], sorted(given["findings"]), os.path.exists(given["media"]), net)
print(json.dumps({"format": "plumbline-annotations", "version": 1, "annotations": [
    {"id": "a", "start_us": 0, "end_us": 1000000, "label": "logo", "text": text}]}))
"#;
    std::fs::write(room.path("logos.py"), script).unwrap();
    let stage = |network: bool| {
        let command = json!(["python3", room.path("logos.py").display().to_string()]);
        json!({ "layout": 1, "speech": { "by": "none" }, "stages": [
            { "name": "logos", "version": 3, "command": command, "reads": ["look", "listen"], "media": true, "network": network }] })
    };
    std::fs::write(room.path("settings.json"), stage(true).to_string()).unwrap();
    let told = room.json("run-all --in media --out archive --settings settings.json --json", 0);
    assert_eq!((&told["whole"], told["stages"].as_array().map(Vec::len)), (&json!(4), Some(9)), "{told}");
    let found: Vec<Value> = tree(&room.path("archive"))
        .into_iter()
        .filter(|(name, _)| name.ends_with("/logos.json"))
        .map(|(_, bytes)| serde_json::from_slice(&bytes).unwrap())
        .collect();
    assert_eq!(found.len(), 4);
    let tone = found.iter().find(|found| found["media"] == "tone.mp4").unwrap();
    let added = &tone["findings"][0];
    assert_eq!(added["source"], "logos@3", "{tone}");
    let said = added["annotations"][0]["text"].as_str().unwrap();
    assert!(said.starts_with("tone.mp4 ['import', 'listen', 'look'] True "), "{said}");
    // Without the network, where this machine can take it away; else it says that it can't.
    std::fs::write(room.path("settings.json"), stage(false).to_string()).unwrap();
    let apart = room.command("run-all --in media --out apart --settings settings.json --json").output().unwrap();
    let findings = tree(&room.path("apart"));
    if std::process::Command::new("unshare").args(["--map-root-user", "--net", "true"]).status().is_ok_and(|status| status.success()) {
        let said = findings.iter().filter(|(name, _)| name.ends_with("/logos.json")).map(|(_, bytes)| text(bytes)).collect::<String>();
        assert!(said.contains(" none") && !said.contains(" there") && !said.contains(" open"), "{said}");
    } else {
        println!("the part without the network is left out: unshare is not allowed here");
        assert!(text(&apart.stdout).contains("unshare"), "{}", text(&apart.stdout));
    }
    let printed: Value = room.json("state-machine --activity arn:aws:states:us-east-1:000000000000:activity:x --settings settings.json", 0);
    assert!(printed["States"]["items"]["ItemProcessor"]["States"]["logos"].is_object());
}
