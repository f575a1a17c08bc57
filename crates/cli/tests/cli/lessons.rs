//! What corrections teach, from the command line.

use crate::{Room, keys, text};
use serde_json::json;

#[test]
fn corrected_words_become_a_vocabulary() {
    let room = Room::with_sample();
    room.run("import p.plumbline bridge.mp4 bridge.transcribe.json", 0);
    assert!(text(&room.run("vocabulary p.plumbline", 0).stdout).contains("no phrase was corrected 2 times"));
    let mut project = plumbline_project::Project::open(&room.path("p.plumbline")).unwrap();
    let media = project.media_ids().unwrap().remove(0);
    let words = project.transcript(&media).unwrap().unwrap().words.clone();
    let twice: Vec<_> = words.iter().filter(|word| word.text.eq_ignore_ascii_case("bridge")).take(2).collect();
    for word in &twice {
        let op = plumbline_project::Op::EditWord { media: media.clone(), word: word.id, text: "Brittlebridge".into() };
        project.apply(op, &plumbline_project::By::Person("Ada".into())).unwrap();
    }
    assert_eq!(twice.len(), 2);
    drop(project);
    let found = room.json("vocabulary p.plumbline --out vocabulary.txt --json", 0);
    assert_eq!(keys(&found), ["phrases", "left_out"]);
    let phrase = &found["phrases"][0];
    assert_eq!(
        (&phrase["display"], &phrase["count"], &phrase["examples"][0]["media"]),
        (&json!("Brittlebridge"), &json!(2), &json!(media.0))
    );
    let table = std::fs::read_to_string(room.path("vocabulary.txt")).unwrap();
    assert_eq!(table, "Phrase\tSoundsLike\tIPA\tDisplayAs\nBrittlebridge\t\t\tBrittlebridge\n");
    assert!(text(&room.run("vocabulary p.plumbline", 0).stdout).starts_with("Brittlebridge (Brittlebridge), 2 times in 1 media, for “"));
    let refused = text(&room.run("vocabulary p.plumbline --out missing/v.txt", 1).stderr);
    assert!(refused.contains("can't be written"), "{refused}");

    let mut project = plumbline_project::Project::open(&room.path("p.plumbline")).unwrap();
    let skip = plumbline_project::Op::SkipPhrase { language: "en".into(), phrase: "Brittlebridge".into(), skip: true };
    project.apply(skip, &plumbline_project::By::Person("Ada".into())).unwrap();
    drop(project);
    let said = text(&room.run("vocabulary p.plumbline --language en", 0).stdout);
    assert!(said.contains("left out: Brittlebridge: Ada left it out"), "{said}");
}

#[test]
fn reviewed_stretches_become_examples() {
    let room = Room::with_sample();
    room.run("import p.plumbline bridge.mp4 bridge.transcribe.json bridge.annotations.json", 0);
    room.run("check p.plumbline", 3);
    let none = room.json("examples p.plumbline --json", 0);
    assert_eq!(keys(&none), ["examples", "stretches", "reviewed", "media"]);
    assert_eq!((&none["examples"], &none["reviewed"], &none["media"]), (&json!([]), &json!(0), &json!(1)));

    let mut project = plumbline_project::Project::open(&room.path("p.plumbline")).unwrap();
    let media = project.media_ids().unwrap().remove(0);
    let by = plumbline_project::By::Person("Ada".into());
    for flag in project.flags(&media).unwrap().flags {
        let decision = Some(plumbline_project::views::Decision::FalseAlarm);
        project.apply(plumbline_project::Op::Decide { media: media.clone(), flag: flag.id, decision, note: None }, &by).unwrap();
    }
    let word = project.transcript(&media).unwrap().unwrap().words[3].id;
    project.apply(plumbline_project::Op::EditWord { media: media.clone(), word, text: "\"plumb\"".into() }, &by).unwrap();
    drop(project);
    let found = room.json("examples p.plumbline --count 1 --out examples.jsonl --json", 0);
    let first = &found["examples"][0];
    assert_eq!((&first["media"]["id"], &first["by"], found["examples"].as_array().unwrap().len()), (&json!(media.0), &json!(["Ada"]), 1));
    assert_eq!((&first["corrections"][0]["what"], &first["corrections"][0]["after"]), (&json!("words"), &json!("\"plumb\".")));
    let written = std::fs::read_to_string(room.path("examples.jsonl")).unwrap();
    let lines: Vec<serde_json::Value> = written.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 1);
    // The same but for the last digits of regions, which are numbers of 32 bits.
    let annotated = |row: &serde_json::Value| row["annotations"].as_array().map(Vec::len);
    assert_eq!(annotated(&lines[0]), annotated(first));
    for part in ["media", "start_us", "end_us", "lines", "corrections", "decisions", "by"] {
        assert_eq!(lines[0][part], first[part], "{part}");
    }
    assert!(text(&room.run("examples p.plumbline", 0).stdout).starts_with("1 of 1 media have a reviewed stretch"));
}
