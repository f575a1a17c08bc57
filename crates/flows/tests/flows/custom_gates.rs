//! The user's programs are asked when there is something new to be said, and lose nothing when they fail.

use crate::{ARTIFACTS, Room, SAMPLE};
use plumbline_adapters::{MemoryArtifacts, NoScorers};
use plumbline_core::WordId;
use plumbline_core::gate::{CustomGate, GateId, Measure};
use plumbline_flows::{self as flows, Desk, Error};
use plumbline_pipeline::stages::Ports;
use plumbline_pipeline::{Artifacts, Job, Key, ScoreError, Scorer, Scorers};
use plumbline_project::{MediaId, Op};
use serde_json::Value;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A program that scores each line by the letters of its text, and counts how often it is asked.
#[derive(Default)]
struct Letters {
    asked: AtomicUsize,
    state: &'static str,
    fails: bool,
}

impl Scorers for Letters {
    fn scorers(&self) -> Vec<Scorer> {
        vec![Scorer { gate: CustomGate::parse("custom_letters").unwrap(), program: "letters".into(), state: self.state.into() }]
    }

    fn score(&self, scorer: &Scorer, input: &[u8], _: &Job) -> Result<Vec<u8>, ScoreError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        if self.fails {
            return Err(ScoreError::failed(scorer, "is not there", "Install it"));
        }
        let rows = std::str::from_utf8(input).unwrap().lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let lines = rows.filter(|row| row["line"] == true);
        let scored = lines.map(|row| format!("{{\"n\":{},\"score\":{}}}\n", row["n"], row["text"].as_str().unwrap().len()));
        Ok(scored.collect::<String>().into_bytes())
    }
}

/// Finds what all tests decoded, and keeps what this one makes to itself.
struct OwnScores(MemoryArtifacts);

impl Artifacts for OwnScores {
    fn get(&self, key: &Key) -> std::io::Result<Option<Vec<u8>>> {
        if key.as_str().starts_with("scores") { self.0.get(key) } else { ARTIFACTS.get(key) }
    }

    fn put(&self, key: &Key, bytes: &[u8]) -> std::io::Result<()> {
        if key.as_str().starts_with("scores") { self.0.put(key, bytes) } else { ARTIFACTS.put(key, bytes) }
    }

    fn file(&self, key: &Key, extension: &str) -> std::io::Result<PathBuf> {
        ARTIFACTS.file(key, extension)
    }
}

struct Asked<'a> {
    room: &'a Room,
    media: &'a MediaId,
    artifacts: &'a OwnScores,
}

impl Asked<'_> {
    fn refresh(&self, scorers: &dyn Scorers) -> flows::Result<()> {
        let desk = self.room.desk();
        let ports = Ports { artifacts: self.artifacts, scorers, ..desk.ports };
        flows::refresh(&Desk { ports, ..desk }, self.media, &Job::quiet())
    }

    fn apply(&self, op: Op) {
        let desk = self.room.desk();
        desk.project().apply(op, &desk.by).unwrap();
    }

    fn write(&self, text: &str) {
        self.apply(Op::EditWord { media: self.media.clone(), word: WordId(3), text: text.into() });
    }

    fn scores(&self) -> Vec<Measure> {
        let analysis = self.room.desk().project().analysis(self.media).unwrap().unwrap();
        assert_eq!(analysis.spans.len(), analysis.measures.len());
        analysis.measures.iter().filter(|m| matches!(m.gate, GateId::Custom(_))).copied().collect()
    }
}

#[test]
fn a_program_is_asked_when_something_changed_and_keeps_its_scores_where_it_can_not_be() {
    let room = Room::new();
    let media = room.import_one(&room.sample(&SAMPLE));
    room.analyse(&media);
    let asked = Asked { room: &room, media: &media, artifacts: &OwnScores(MemoryArtifacts::new()) };
    let (letters, broken) = (Letters::default(), Letters { fails: true, state: "broken", ..Letters::default() });
    let times = |wanted: usize| assert_eq!(letters.asked.load(Ordering::Relaxed), wanted);

    asked.refresh(&letters).unwrap();
    let first = asked.scores();
    let lines = room.desk().project().transcript(&media).unwrap().unwrap().segments.len();
    assert_eq!(first.len(), lines, "a media that was measured before the program was there is scored");
    times(1);
    let before = room.state();
    asked.refresh(&letters).unwrap();
    assert_eq!(room.state(), before);
    times(1);

    asked.write("extraordinarily");
    asked.refresh(&letters).unwrap();
    let second = asked.scores();
    assert!(second[0].value > first[0].value && second[1..] == first[1..]);
    times(2);
    asked.apply(Op::Undo);
    asked.refresh(&letters).unwrap();
    assert_eq!(asked.scores(), first);
    times(2);
    asked.refresh(&Letters { state: "changed", ..Letters::default() }).unwrap();
    assert_eq!(asked.scores(), first);

    asked.write("longer");
    let Err(Error::Scores(failures)) = asked.refresh(&broken) else { panic!("it is told") };
    assert_eq!(failures[0].to_string(), "The gate custom_letters has no scores: letters is not there. Install it");
    assert_eq!(asked.scores(), first);
    assert!(!room.desk().project().needs_analysis(&media).unwrap(), "all else is measured");
    asked.write("and longer");
    asked.refresh(&NoScorers).unwrap();
    assert_eq!(asked.scores(), first);
    asked.refresh(&letters).unwrap();
    assert!(asked.scores()[0].value > first[0].value);

    let other = std::fs::read_to_string(room.path("bridge.transcribe.json")).unwrap().replace("\"Welcome\"", "\"Hello\"");
    room.import(&[room.write("bridge.transcribe.json", other)]).unwrap();
    asked.refresh(&NoScorers).unwrap();
    assert_eq!(asked.scores(), [], "scores speak of the transcript that they were given to");
}
