//! Profiles of the sound from the command line.

use crate::{Room, keys, text};
use serde_json::json;

/// Ten seconds of hum, and a transcript too short for a trial.
fn humming(room: &Room) {
    room.make("hum.wav", "-f lavfi -i aevalsrc=0.3*sin(2*PI*50*t)+0.01*(2*random(0)-1):s=16000:d=20");
    std::fs::write(room.path("hum.srt"), crate::SRT).unwrap();
    room.run("import p.plumbline hum.wav hum.srt", 0);
    room.command("check p.plumbline").output().unwrap();
}

#[test]
fn media_with_flags_on_their_sound_are_listed_and_what_a_trial_lacks_is_told() {
    let room = Room::new();
    humming(&room);
    let listed = room.json("profiles p.plumbline --json", 0);
    assert_eq!(keys(&listed), ["media", "failures"]);
    let row = &listed["media"][0];
    assert_eq!((&row["name"], &row["shown"], &row["trial"]), (&json!("hum.wav"), &json!("as it is"), &json!(null)));
    let failing = row["failing"].as_array().unwrap();
    assert!(failing.iter().any(|f| f["gate"] == "hum"), "{failing:?}");
    let said = text(&room.run("profiles p.plumbline", 0).stdout);
    assert!(said.starts_with("hum.wav: ") && said.trim_end().ends_with("; as it is"), "{said}");

    let failed = room.run("profiles p.plumbline --try --apply", 1);
    assert!(text(&failed.stderr).contains("hum.wav: no profile can be tried: "), "{}", text(&failed.stderr));
    assert_eq!(room.json("profiles p.plumbline --json", 0), listed, "nothing was put in force");
    // Without a trial there is nothing to put in force.
    room.run("profiles p.plumbline --apply", 0);
    assert_eq!(room.json("profiles p.plumbline --json", 0), listed);
    room.run("profiles p.plumbline --media nobody", 1);
}

#[test]
fn a_project_whose_sound_is_fine_says_so() {
    let room = Room::new();
    drop(plumbline_project::Project::create(&room.path("p.plumbline")).unwrap());
    assert_eq!(text(&room.run("profiles p.plumbline --try", 0).stdout), "no gate raises a flag on the sound of any media\n");
}
