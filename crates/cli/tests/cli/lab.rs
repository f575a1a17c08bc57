//! Prompts tried on clips against a stand-in for Bedrock, and on this machine: from two versions to the one that a task is done with.

use crate::annotate::Studio;
use crate::{Room, text};
use plumbline_project::{By, Op, Project};
use serde_json::{Value, json};

/// A model whose answers the service holds to a schema.
const MODEL: &str = "us.anthropic.claude-haiku-4-5-20251001-v1:0";

/// Says that the review of all media is done: what stands there is the truth.
fn finish(room: &Room) {
    let mut project = Project::open(&room.path("p.plumbline")).unwrap();
    for media in project.media_ids().unwrap() {
        project.apply(Op::Finish { media, finished: true }, &By::Person("Ada".into())).unwrap();
    }
}

/// What `plumbline ARGUMENTS --json` says with the stand-in as its account.
fn asked(studio: &Studio, arguments: &str, code: i32) -> Value {
    let output = studio.command_of(&format!("{arguments} --json")).output().unwrap();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{arguments}\n{out}\n{err}");
    serde_json::from_str(&out).unwrap_or_else(|e| panic!("{arguments}: {e}: {out}{err}"))
}

/// A file of the prompt that comes with `describe`, with this in its place.
fn written(room: &Room, name: &str, changes: &[(&str, &str)]) {
    let shown = text(&room.run("prompts show describe", 0).stdout);
    let changed = changes.iter().fold(shown, |all, (from, to)| {
        assert!(all.contains(from), "{from}");
        all.replacen(from, to, 1)
    });
    std::fs::write(room.path(name), changed).unwrap();
}

#[test]
fn two_versions_are_held_against_each_other_and_one_is_promoted() {
    let studio = Studio::new();
    let room = &studio.room;
    // What the first version says and a person lets stand is the truth. Each window is asked by itself, in a clip as in the whole.
    written(room, "alone.toml", &[("version = 1", "version = 2"), ("neighbours = true", "neighbours = false")]);
    asked(&studio, &format!("annotate p.plumbline --prompt alone.toml --model {MODEL}"), 0);
    finish(room);
    written(
        room,
        "shorter.toml",
        &[("version = 1", "version = 2"), ("neighbours = true", "neighbours = false"), ("window = '''", "window = '''\nBe brief.\n")],
    );
    let kept = room.json("lab keep p.plumbline alone.toml shorter.toml --json", 0);
    assert_eq!((&kept[0]["version"], &kept[1]["version"]), (&json!("describe@2"), &json!("describe@3")), "the next free count");
    let diff = text(&room.run("lab diff p.plumbline describe@2 describe@3", 0).stdout);
    assert!(diff.contains("@@ window") && diff.contains("+Be brief."), "{diff}");
    let set = room.json("lab clips p.plumbline --name all --length-s 20 --holdout 0 --json", 0);
    assert!(set["clips"].as_u64() > Some(3) && set["truths"].as_u64() > Some(3), "{set}");

    let two = format!("lab run p.plumbline --clips all --variant describe@2={MODEL} --variant describe@3={MODEL}");
    let planned = asked(&studio, &format!("{two} --dry-run"), 0);
    let estimate = &planned["estimate"];
    assert!(estimate["kept"].as_u64() > Some(0) && estimate["at_most"].as_i64() > Some(0), "{planned}");
    assert!(estimate["power"].as_str().unwrap().contains("media are too few"), "{planned}");
    let (before, made) = (studio.paid(), asked(&studio, &two, 0));
    // The first version was asked already, so that only the second one is paid for.
    let new = studio.paid() - before;
    assert!(new > 0 && made["kept"].as_u64().unwrap() as usize >= new, "{made}");
    assert!(made["paid_nano_usd"].as_i64().unwrap() <= estimate["at_most"].as_i64().unwrap(), "{made} {estimate}");

    let grid = room.json("lab score p.plumbline --json", 0);
    // What a neighbouring window saw at the edge of a clip is in the truth, and not asked for.
    assert_eq!(grid["variants"][0]["precision"], json!(1.0), "{grid}");
    let f1 = |n: usize| grid["variants"][n]["f1"]["value"].as_f64().unwrap();
    assert!(f1(0) > 0.7 && f1(1) < 0.5, "{grid}");
    let worst = &grid["rows"][0]["cells"][1];
    assert!(worst["difference"].as_f64() < Some(0.0) && worst["missed"].as_u64() > Some(0), "{grid}");
    let told = room.json("lab compare p.plumbline --candidate 2 --report out.md --json", 0);
    assert_eq!((&told["comparison"]["promote"], &told["comparison"]["difference"]), (&json!(false), &Value::Null), "{told}");
    room.run("lab score p.plumbline --report out.xml", 0);
    let junit = std::fs::read_to_string(room.path("out.xml")).unwrap();
    assert!(junit.contains("<testsuite name=\"2 describe@3") && junit.contains("<failure message=\"F1 is -"), "{junit}");
    assert!(std::fs::read_to_string(room.path("out.md")).unwrap().contains("McNemar"));

    let refused = text(&room.run("lab promote p.plumbline --candidate 2", 1).stderr);
    assert!(refused.contains("Write down a reason"), "{refused}");
    let mut command = room.command("lab promote p.plumbline --candidate 2 --json --reason");
    let promoted = command.arg("shorter answers are what we want").output().unwrap();
    assert!(promoted.status.success(), "{}", text(&promoted.stderr));
    // From now on the task is done with it, and with the model that it was tried with.
    let planned = asked(&studio, "annotate p.plumbline --task describe --dry-run", 0);
    assert_eq!((&planned["prompt"], &planned["model"]), (&json!("describe@3"), &json!(MODEL)), "{planned}");
    let ranked = room.json("models choose --task describe --project p.plumbline --json", 0);
    assert!(ranked[0]["reasons"].to_string().contains("measured"), "{}", ranked[0]);
}

#[test]
fn an_edit_runs_only_what_it_changed() {
    let studio = Studio::new();
    let room = &studio.room;
    finish(room);
    room.run("lab clips p.plumbline --name some --length-s 20 --count 3 --holdout 0 --unreviewed", 0);
    let paid = |arguments: &str| {
        let before = studio.paid();
        let made = asked(&studio, &format!("lab run p.plumbline --clips some {arguments}"), 0);
        let (new, calls) = (studio.paid() - before, made["calls"].as_u64().unwrap() as usize);
        assert_eq!(made["paid_nano_usd"].as_i64().unwrap() > 0, new > 0, "{made}");
        (new, calls)
    };
    let variant = |name: &str| format!("--variant {name}={MODEL}");
    let (new, calls) = paid(&variant("describe@1"));
    assert!(new > 0 && calls >= new);
    assert_eq!(paid(&format!("--name again {}", variant("describe@1"))).0, 0, "the same again costs nothing");
    // Another name, another remark: nothing else is asked.
    written(room, "noted.toml", &[("version = 1", "version = 2\nnote = 'as it was'")]);
    room.run("lab keep p.plumbline noted.toml", 0);
    assert_eq!(paid(&variant("describe@2")).0, 0, "a remark asks nothing anew");
    // An edit of the text asks for its own column alone.
    written(room, "edited.toml", &[("version = 1", "version = 3"), ("window = '''", "window = '''\nBe brief.\n")]);
    room.run("lab keep p.plumbline edited.toml", 0);
    let (edited, both) = paid(&format!("{} {}", variant("describe@1"), variant("describe@3")));
    assert!(edited > 0 && edited <= new && both == 2 * calls, "{edited} of {both}, {new} of {calls}");
    // A repeat is asked again, and kept apart.
    let (second, _) = paid(&format!("--repeats 2 {}", variant("describe@1")));
    assert_eq!(second, new);
    // A parameter goes out, and so asks anew.
    assert_eq!(paid(&format!("--variant describe@1={MODEL},0.7")).0, new);
}

#[test]
fn a_lab_on_this_machine_needs_no_account() {
    let room = Room::with_sample();
    room.run("import p.plumbline bridge.mp4 bridge.transcribe.json bridge.annotations.json", 0);
    finish(&room);
    room.run("lab clips p.plumbline --name text --length-s 15 --count 4 --holdout 0 --label text", 0);
    let shown = text(&room.run("prompts show text", 0).stdout).replacen("version = 1", "version = 2", 1);
    std::fs::write(room.path("strict.toml"), format!("{shown}\n[parameters]\nleast_confidence = 0.95\n")).unwrap();
    room.run("lab keep p.plumbline strict.toml", 0);
    let made = room.json("lab run p.plumbline --clips text --variant text@1=local.tesseract --variant text@2=local.tesseract --json", 0);
    assert_eq!(made["paid_nano_usd"], json!(0), "{made}");
    let grid = room.json("lab score p.plumbline --json", 0);
    let found = |n: usize| -> u64 {
        let cells = grid["rows"].as_array().unwrap().iter().map(|row| &row["cells"][n]);
        cells.map(|c| c["matched"].as_u64().unwrap() + c["extra"].as_u64().unwrap()).sum()
    };
    assert!(found(0) > found(1), "a stricter reader finds less: {grid}");
    assert!(grid["variants"][0]["recall"].as_f64() > Some(0.3), "{grid}");
    let unknown = text(&room.run("lab run p.plumbline --clips nowhere --variant text@1=local.tesseract", 1).stderr);
    assert!(unknown.contains("there is no clip set nowhere. There are: text"), "{unknown}");
    let seen = text(&room.run("lab run p.plumbline --clips text --variant describe@1=local.tesseract", 1).stderr);
    assert!(seen.contains("does not do the task describe"), "{seen}");
}

#[test]
fn clips_are_chosen_by_what_is_known_of_them_and_what_is_held_out_is_never_told() {
    let room = Room::with_sample();
    room.make("second.mp4", "-t 40 -i bridge.mp4 -c copy");
    room.run("import p.plumbline bridge.mp4 bridge.transcribe.json bridge.annotations.json second.mp4", 0);
    finish(&room);
    room.run("check p.plumbline", 3);
    let rows = |more: &str| -> Vec<Value> {
        let found = room.json(&format!("lab clips p.plumbline --name x --length-s 10 --dry-run --json {more}"), 0);
        found["rows"].as_array().unwrap().clone()
    };
    let all = rows("");
    let speakers = room.json("lab clips p.plumbline --name x --dry-run --json", 0)["speakers"].clone();
    let spoken = rows(&format!("--speaker {}", speakers[0].as_str().unwrap()));
    let flagged = rows("--gate residual_offset");
    for (some, why) in
        [(&spoken, "a speaker"), (&flagged, "a gate"), (&rows("--decided open"), "open flags"), (&rows("--count 2"), "a count")]
    {
        assert!(!some.is_empty() && some.len() < all.len() && some.iter().all(|row| all.contains(row)), "{why}: {some:?}");
    }
    assert_eq!(rows("--count 3 --seed a"), rows("--count 3 --seed a"), "a seed draws the same again");
    assert_ne!(rows("--count 5 --seed a"), rows("--count 5 --seed b"));
    assert!(rows("--media second.mp4").iter().all(|row| row["name"] == json!("second.mp4")));

    let kept = room.json("lab clips p.plumbline --name half --length-s 20 --holdout 0.5 --seed 3 --json", 0);
    let (clips, held) = (kept["clips"].as_u64().unwrap(), kept["holdout"].as_u64().unwrap());
    assert!(held > 0 && held < clips, "{kept}");
    room.run("lab run p.plumbline --clips half --variant text@1=local.tesseract --name both", 0);
    let (list, grid) = (room.json("lab list p.plumbline --json", 0), room.json("lab score p.plumbline both --json", 0));
    let shown = grid["rows"].as_array().unwrap();
    assert_eq!((shown.len() as u64, grid["holdout"].as_u64()), (clips - held, Some(held)), "{grid}");
    assert_eq!(list["sets"][0]["set"]["clips"].as_array().unwrap().len() as u64, clips - held, "{list}");
    let hidden = all.iter().find(|row| row["media"] != shown[0]["media"]).unwrap()["media"].as_str().unwrap();
    for told in [&grid, &list["sets"], &list["runs"]] {
        assert!(!told.to_string().contains(hidden), "{told}");
    }
}

#[test]
fn what_a_broken_line_left_out_is_asked_when_the_run_goes_on() {
    let studio = Studio::new();
    let room = &studio.room;
    finish(room);
    room.run("lab clips p.plumbline --name some --length-s 20 --count 3 --holdout 0 --unreviewed", 0);
    // Four attempts at a call, and each fails.
    studio.control("faults", &json!({ "queue": ["500", "500", "500", "500"] }));
    let run = format!("lab run p.plumbline --clips some --variant describe@1={MODEL} --at-once 1");
    let first = asked(&studio, &run, 4);
    assert_eq!(first["unanswered"], json!(1), "{first}");
    let standing = || room.json("lab list p.plumbline --json", 0)["runs"].clone();
    let before = standing();
    assert_eq!((&before[0]["tries"], &before[0]["of"]), (&json!(2), &json!(3)), "{before}");
    let refused = text(&room.run("lab promote p.plumbline --candidate 1", 1).stderr);
    assert!(refused.contains("Only 2 of 3 tries have all their answers"), "{refused}");

    let paid = studio.paid();
    let second = asked(&studio, &run, 0);
    assert_eq!((&second["run"], &second["unanswered"]), (&first["run"], &json!(0)), "it goes on");
    assert!(studio.paid() - paid <= 2, "only what was missing is asked");
    let after = standing();
    assert_eq!((after.as_array().unwrap().len(), &after[0]["tries"]), (1, &json!(3)), "{after}");
}
