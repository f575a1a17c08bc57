//! Text on screen becomes annotations, and other annotations are held against it.

use crate::{Room, keys};
use serde_json::{Value, json};

fn annotations(room: &Room) -> Vec<Value> {
    room.run("export p.plumbline --format annotations --out out", 0);
    room.read_json("out/clip.annotations.json")["annotations"].as_array().unwrap().clone()
}

#[test]
fn text_on_screen_is_read_and_others_are_held_against_it() {
    let room = Room::with_sample();
    room.make("clip.mp4", "-t 30 -i bridge.mp4 -c copy");
    let annotation =
        |id: &str, from: i64, text: &str| json!({ "id": id, "start_us": from, "end_us": from + 5_000_000, "label": "text", "text": text });
    let set =
        [annotation("right", 5_000_000, "The Bridge and the Plumb Line"), annotation("wrong", 20_000_000, "Sunday market, all welcome")];
    let file = json!({ "format": "plumbline-annotations", "version": 1, "source": "model-1", "annotations": set });
    std::fs::write(room.path("clip.annotations.json"), file.to_string()).unwrap();
    room.run("import p.plumbline clip.mp4 clip.annotations.json", 0);

    let done = room.json("read-text p.plumbline --json", 0);
    assert_eq!(keys(&done), ["reader", "media", "failures"]);
    assert_eq!((&done["reader"], &done["failures"]), (&json!("Tesseract, eng"), &json!([])));
    let all = annotations(&room);
    assert_eq!(all.iter().filter(|a| a["source"] == "Tesseract, eng" && a["read"] == true).count() as u64, done["media"][0]["lines"]);
    // The title stands until the first cut, to the frame, and the figure's heading from there on.
    for (text, start_us, end_us) in
        [("Field Notes, Harlow Crossing", 0, 17_480_000), ("Harlow Crossing, opened 1967", 17_480_000, 30_016_000)]
    {
        let line = all.iter().find(|a| a["text"] == text).unwrap_or_else(|| panic!("{text} in {all:#?}"));
        let near = |at: &Value, us: i64| (at.as_i64().unwrap() - us).abs() <= 40_000;
        assert!(near(&line["start_us"], start_us) && near(&line["end_us"], end_us), "{line}");
    }
    let flags = room.json("check p.plumbline --json", 3);
    let unsupported: Vec<&Value> =
        flags["media"][0]["flags"].as_array().unwrap().iter().filter(|f| f["gate"] == "text_support").map(|f| &f["start_us"]).collect();
    assert_eq!(unsupported, [&json!(20_000_000)]);

    // Read again, nothing is there twice.
    room.run("read-text p.plumbline", 0);
    assert_eq!(annotations(&room), all);
}
