//! Media without a transcript: sound and picture are measured, and nothing is missing of words that nobody wrote down.

use crate::{Room, SRT};
use plumbline_core::gate::{About, GateId};
use plumbline_flows as flows;
use plumbline_pipeline::Job;
use plumbline_project::MediaId;

fn measured(room: &Room, media: &MediaId) -> Vec<GateId> {
    let analysis = room.desk().project().analysis(media).unwrap().unwrap();
    let mut gates: Vec<GateId> = analysis.measures.iter().map(|m| m.gate).collect();
    gates.sort();
    gates.dedup();
    gates
}

#[test]
fn sound_and_picture_are_measured_without_words_and_words_once_they_come() {
    let room = Room::new();
    let media = room.import_one(&[room.make(
        "talk.mp4",
        "-f lavfi -i testsrc2=s=320x240:r=10:d=12 -f lavfi -i aevalsrc=0.3*sin(2*PI*330*t)*gt(mod(t\\,2)\\,1):s=16000:d=12 -pix_fmt yuv420p",
    )]);
    room.analyse(&media);
    let alone = measured(&room, &media);
    for gate in [GateId::Loudness, GateId::Silence, GateId::Sharpness, GateId::PictureSize] {
        assert!(alone.contains(&gate), "{gate:?} in {alone:?}");
    }
    assert!(alone.iter().all(|g| matches!(g.row().about, About::Sound | About::Picture)), "{alone:?}");
    let state = room.state();
    flows::ensure_analysed(&room.desk(), &media, &Job::quiet()).unwrap();
    assert_eq!(room.state(), state, "what is measured is not measured again");

    room.import_one(&[room.write("talk.srt", SRT)]);
    room.analyse(&media);
    let with_words = measured(&room, &media);
    assert!(alone.iter().all(|gate| with_words.contains(gate)), "{with_words:?}");
    assert!(with_words.iter().any(|g| g.row().about == About::Words), "{with_words:?}");
}
