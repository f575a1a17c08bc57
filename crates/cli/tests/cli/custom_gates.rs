//! Gates of the user's own, from their file to the flags.

use crate::{Room, text};
use serde_json::Value;

/// The example of the documentation that is written in `language`.
fn example(language: &str) -> &'static str {
    let documentation = include_str!("../../../../docs/gates.md");
    let (_, rest) = documentation.split_once(&format!("```{language}\n")).unwrap();
    rest.split_once("```").unwrap().0
}

/// Writes the documented program and a file that names it, after `change`.
fn write_gates(room: &Room, file: &str, change: impl FnOnce(String) -> String) {
    std::fs::write(room.path("score.py"), example("python")).unwrap();
    let named = example("toml").replace("/home/ada/score.py", &room.path("score.py").display().to_string());
    std::fs::create_dir_all(room.path(file).parent().unwrap()).unwrap();
    std::fs::write(room.path(file), change(named)).unwrap();
}

/// The reasons of the flags of the custom gate, and the number of the others.
fn flags(checked: &Value) -> (Vec<String>, usize) {
    let flags: Vec<&Value> = checked["media"].as_array().unwrap().iter().flat_map(|m| m["flags"].as_array().unwrap()).collect();
    let (own, others): (Vec<&Value>, Vec<&Value>) = flags.into_iter().partition(|flag| flag["gate"] == "custom_numbers");
    (own.iter().map(|flag| flag["why"].as_str().unwrap().to_owned()).collect(), others.len())
}

fn failures(checked: &Value) -> String {
    checked["failures"].to_string()
}

#[test]
fn the_documented_program_raises_flags_once_it_has_a_limit_and_may_break() {
    let room = Room::with_sample();
    room.run("import p.plumbline bridge.mp4 bridge.transcribe.json", 0);
    let (own, without) = flags(&room.json("check p.plumbline --json", 3));
    assert!(own.is_empty() && without > 0);

    write_gates(&room, "gates.toml", |named| named);
    let unlimited = room.json("check p.plumbline --gates gates.toml --json", 3);
    assert_eq!((flags(&unlimited), failures(&unlimited)), ((vec![], without), "[]".to_owned()));
    let set = text(&room.run("thresholds set p.plumbline custom_numbers 1", 0).stdout);
    assert!(set.starts_with("thresholds 2 are in force"), "{set}");
    assert_eq!(text(&room.run("thresholds diff p.plumbline 1", 0).stdout), "numbers: off -> 1\n");
    let (own, others) = flags(&room.json("check p.plumbline --json", 3));
    assert!(own.len() > 1 && others == without, "{own:?}");
    assert!(own.contains(&"the score of numbers is 2; the limit is at most 1".to_owned()), "{own:?}");

    let broken = |change: &dyn Fn(String) -> String, part: &str| {
        write_gates(&room, "broken.toml", change);
        let checked = room.json("check p.plumbline --gates broken.toml --json", 4);
        assert!(failures(&checked).contains(part), "{checked}");
        assert_eq!(flags(&checked), (own.clone(), without), "what was said before stays");
    };
    broken(&|named| named.replace("python3", "/nowhere/python"), "The gate custom_numbers has no scores: /nowhere/python");
    broken(&|named| named.replace("time_limit_s = 60", "time_limit = 60"), "broken.toml, line 4: unknown field");
    broken(&|named| named.replace(", \"/", ", \"-c\", \"print(1)\", \"/"), "wrote a line 1 that is not like");
    let missing = room.json("check p.plumbline --gates none.toml --json", 4);
    assert!(failures(&missing).contains("none.toml can't be read"), "{missing}");
    assert_eq!(flags(&missing).0, own);
}

#[test]
fn the_persons_own_file_is_read_and_a_secret_stays_here() {
    let room = Room::with_sample();
    let spy = "import os; print({True: '{\\\"n\\\": 0, \\\"score\\\": 7}', False: ''}['AWS_SECRET_ACCESS_KEY' in os.environ])";
    write_gates(&room, ".config/plumbline/gates.toml", |named| {
        let spying = format!("[[gate]]\nname = \"custom_spy\"\ncommand = [\"python3\", \"-c\", \"{spy}\"]\n");
        format!("{named}\n{spying}")
    });
    let run = |arguments: &str, code: i32| {
        let output = room.command(arguments).env("AWS_SECRET_ACCESS_KEY", "hush").output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{} {}", text(&output.stdout), text(&output.stderr));
    };
    run("run bridge.mp4 bridge.transcribe.json --project p.plumbline --accept", 3);
    room.run("thresholds set p.plumbline custom_numbers 0", 0);
    room.run("thresholds set p.plumbline custom_spy 0", 0);
    let checked = room.json("check p.plumbline --json", 3);
    assert!(failures(&checked) == "[]" && !flags(&checked).0.is_empty(), "{checked}");
    assert!(!checked["media"].to_string().contains("custom_spy"), "{checked}");
}
