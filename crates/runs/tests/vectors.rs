//! Vectors in the file: an older file gets room for them, and all of them are looked at in a moment.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use plumbline_core::near::{Near, Nearest, Piece, PieceKind, Question, coded};
use plumbline_core::{MediaTime, Span};
use plumbline_pipeline::{Runs, Vectors};
use plumbline_runs::RunFile;
use rusqlite::{Connection, params};
use std::time::Instant;

#[test]
fn a_file_of_the_first_layout_keeps_its_answers_and_takes_vectors() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("old.runs");
    let old = Connection::open(&path).unwrap();
    old.execute_batch(include_str!("../src/layout.sql")).unwrap();
    old.execute_batch("INSERT INTO answer VALUES ('k', 1, x'796573'); PRAGMA application_id = 0x504c4d52; PRAGMA user_version = 1")
        .unwrap();
    drop(old);
    let runs = RunFile::open(&path).unwrap();
    assert_eq!(runs.answer("k").unwrap().unwrap(), b"yes");
    let span = Span::new(MediaTime::from_us(0), MediaTime::from_us(1));
    let piece = Piece { kind: PieceKind::Words, span, at: "1".into(), text: "a".into(), content: "c".into() };
    runs.keep("m 2", "media", &piece, &coded(&[1.0, 0.5])).unwrap();
    assert_eq!(runs.pieces("m 2", "media").unwrap(), [piece]);
}

/// `cargo test --release -p plumbline-runs --test vectors -- --ignored --nocapture`
#[test]
#[ignore = "measures"]
fn time_of_a_look_at_200_000_vectors() {
    const COUNT: i64 = 200_000;
    for dimensions in [256usize, 384, 512, 1_024] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("many.runs");
        let runs = RunFile::open(&path).unwrap();
        let mut state = 1u64;
        let mut vector = || -> Vec<f32> {
            let mut number = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
            };
            (0..dimensions).map(|_| number()).collect()
        };
        let mut writer = Connection::open(&path).unwrap();
        let within = writer.transaction().unwrap();
        within.execute("INSERT INTO space (id, name) VALUES (1, 's')", []).unwrap();
        for id in 0..COUNT {
            within
                .prepare_cached(
                    "INSERT INTO piece VALUES (?1, 1, ?2, 'words', 0, 1, '', 'about as much text as is said in twenty seconds', '')",
                )
                .unwrap()
                .execute(params![id, format!("media {}", id / 500)])
                .unwrap();
            within.prepare_cached("INSERT INTO vector VALUES (?1, 1, ?2)").unwrap().execute(params![id, coded(&vector())]).unwrap();
        }
        within.commit().unwrap();
        let question = Question::new(&vector());
        let mut best = f64::MAX;
        let mut times = vec![];
        for _ in 0..5 {
            let (began, mut nearest, mut looked) = (Instant::now(), Nearest::new(200), 0);
            let mut look = |id, coded: &[u8]| {
                looked += 1;
                question.cosine(coded).into_iter().for_each(|cosine| nearest.look(Near { id, cosine }));
            };
            runs.each("s", &mut look).unwrap();
            let hits = nearest.into_sorted().into_iter().filter_map(|near| runs.piece(near.id).unwrap()).count();
            assert_eq!((looked, hits), (COUNT, 200));
            let ms = began.elapsed().as_secs_f64() * 1e3;
            best = best.min(ms);
            times.push(format!("{ms:.0}"));
        }
        let size = std::fs::metadata(&path).unwrap().len() >> 20;
        println!("{COUNT} vectors of {dimensions}: best {best:.0} ms of {} ms; the file has {size} MiB", times.join(", "));
    }
}
