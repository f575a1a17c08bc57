//! Vectors for a project, and finding by what texts and pictures mean, over a stand-in for Bedrock in which texts that share words are near.

use crate::annotate::Studio;
use crate::text;
use plumbline_adapters::MemoryVectors;
use plumbline_core::near::{Piece, PieceKind};
use plumbline_core::{MediaTime, Span};
use plumbline_pipeline::Vectors;
use plumbline_runs::RunFile;
use serde_json::{Value, json};

const TITAN: &str = "--model amazon.titan-embed-text-v2:0";
const NOVA: &str = "--model amazon.nova-2-multimodal-embeddings-v1:0";

fn run(studio: &Studio, arguments: &str, more: &[&str], code: i32) -> (String, String) {
    let output = studio.command_of(arguments).args(more).output().unwrap();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{arguments} {more:?}\n{out}\n{err}");
    (out, err)
}

fn json_of(studio: &Studio, arguments: &str, more: &[&str]) -> Value {
    let (out, err) = run(studio, &format!("{arguments} --json"), more, 0);
    serde_json::from_str(&out).unwrap_or_else(|e| panic!("{e}: {out}{err}"))
}

fn embed(studio: &Studio, more: &str) -> Value {
    json_of(studio, &format!("embed p.plumbline {more}"), &[])["media"][0].clone()
}

#[test]
fn what_is_embedded_is_found_by_what_it_means() {
    let studio = Studio::new();
    let (_, err) = run(&studio, "find p.plumbline", &["--meaning", "anything"], 1);
    assert!(err.contains("no vectors yet"), "{err}");
    let (_, err) = run(&studio, &format!("find p.plumbline {TITAN}"), &["--meaning", "anything"], 1);
    assert!(err.contains("Embed the project first"), "{err}");

    let planned = embed(&studio, &format!("{TITAN} --dry-run"));
    assert!(studio.log().is_empty() && planned["at_most_nano_usd"].as_i64() > Some(0), "{planned}");
    let done = embed(&studio, TITAN);
    assert_eq!((&done["pieces"], &done["new"]), (&planned["pieces"], &planned["pieces"]), "{done}");
    assert!(done["pieces"].as_u64() > Some(3) && done["cost_nano_usd"].as_i64() <= planned["at_most_nano_usd"].as_i64());
    let paid = studio.paid();
    let again = embed(&studio, "");
    assert_eq!((again["new"].as_u64(), studio.paid()), (Some(0), paid), "the model is known by its vectors");

    // Every stretch is what lies nearest to its own words.
    let all = json_of(&studio, "find p.plumbline", &["--meaning", "the bridge"])["hits"].as_array().unwrap().clone();
    assert_eq!(all.len() as u64, done["pieces"].as_u64().unwrap());
    for hit in all.iter().filter(|hit| hit["kind"] == json!("words")) {
        let words = hit["text"].as_str().unwrap();
        let found = json_of(&studio, "find p.plumbline", &["--meaning", words]);
        let (first, second) = (&found["hits"][0], &found["hits"][1]);
        assert_eq!((&first["at"], &first["start_us"]), (&hit["at"], &hit["start_us"]), "{words}");
        assert!(first["cosine_milli"].as_i64() >= Some(999) && first["cosine_milli"].as_i64() > second["cosine_milli"].as_i64(), "{found}");
    }
    // A question is asked once.
    let paid = studio.paid();
    run(&studio, "find p.plumbline", &["--meaning", "the bridge"], 0);
    assert_eq!(studio.paid(), paid);
    let (_, err) = run(&studio, "find p.plumbline", &["--picture", "bridge.mp4"], 1);
    assert!(err.contains("PNG or JPEG"), "{err}");
}

#[test]
fn only_what_changed_is_embedded_anew_and_what_is_gone_is_dropped() {
    let studio = Studio::new();
    let before = embed(&studio, TITAN);
    let paid = studio.paid();
    studio.room.run("search p.plumbline bridge --replace viaduct", 0);
    let planned = embed(&studio, "--dry-run");
    let changed = planned["pieces"].as_u64().unwrap() - planned["kept"].as_u64().unwrap();
    assert!(changed > 0 && changed < planned["pieces"].as_u64().unwrap(), "{planned}");
    let after = embed(&studio, "");
    assert_eq!((after["new"].as_u64(), after["dropped"].as_u64()), (Some(changed), Some(changed)), "{after}");
    assert_eq!((&after["pieces"], studio.paid() as u64), (&before["pieces"], paid as u64 + changed));
    let found = json_of(&studio, "find p.plumbline", &["--meaning", "viaduct"]);
    assert!(found["hits"][0]["text"].as_str().unwrap().contains("viaduct"), "{found}");
    assert!(found["hits"].as_array().unwrap().iter().all(|hit| !hit["text"].as_str().unwrap().contains("bridge")), "{found}");
}

#[test]
fn a_picture_finds_the_frame_that_it_was_taken_of() {
    let studio = Studio::new();
    let done = embed(&studio, NOVA);
    studio.room.run("frames bridge.mp4 --out frames --every 0 --max-edge 512", 0);
    let mut pictures: Vec<_> = std::fs::read_dir(studio.room.path("frames")).unwrap().map(|entry| entry.unwrap().path()).collect();
    pictures.retain(|path| path.extension().is_some_and(|e| e == "jpg"));
    let first = |path: &std::path::PathBuf| {
        let found = json_of(&studio, "find p.plumbline", &["--picture", path.to_str().unwrap()]);
        assert_eq!(found["hits"][0]["kind"], json!("frame"), "{found}");
        assert!(found["hits"][0]["cosine_milli"].as_i64() >= Some(999), "{found}");
        found["hits"][0]["start_us"].as_i64().unwrap()
    };
    let mut times: Vec<i64> = pictures.iter().map(first).collect();
    times.sort_unstable();
    times.dedup();
    assert!(pictures.len() > 3 && times.len() == pictures.len(), "each picture finds its own moment: {times:?}");
    let found = json_of(&studio, "find p.plumbline", &["--meaning", "a red boat"]);
    let hits = found["hits"].as_array().unwrap();
    assert_eq!(hits.len() as u64, done["pieces"].as_u64().unwrap().min(200));
    let frames = hits.iter().filter(|hit| hit["kind"] == json!("frame")).count();
    assert!(frames > 3 && frames < hits.len(), "texts and pictures lie in one space: {frames} of {}", hits.len());
}

#[test]
fn a_run_that_is_killed_or_reaches_the_cap_is_gone_on_with() {
    let studio = Studio::new();
    let (_, err) = run(&studio, &format!("embed p.plumbline {TITAN} --cap 0.00000001"), &[], 1);
    assert!(err.contains("cap of"), "{err}");
    assert_eq!(studio.paid(), 0);
    studio.control("latency", &json!({ "ms": 100 }));
    let mut child = studio.command_of(&format!("embed p.plumbline {TITAN} --at-once 1")).spawn().unwrap();
    while studio.log().len() <= 2 {
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    studio.control("latency", &json!({ "ms": 0 }));
    studio.control("faults", &json!({ "queue": ["throttle", "500", "reset"] }));
    let kept = embed(&studio, &format!("{TITAN} --dry-run"))["kept"].as_u64().unwrap();
    let done = embed(&studio, TITAN);
    let pieces = done["pieces"].as_u64().unwrap();
    assert!(kept >= 2 && done["new"].as_u64().unwrap() <= pieces - kept + 1, "{kept} kept, then {done}");
    // One call may have been under way when it was killed.
    assert!(studio.paid() as u64 <= pieces + 1, "{} paid for {pieces}", studio.paid());
    let hits = json_of(&studio, "find p.plumbline", &["--meaning", "bridge"])["hits"].as_array().unwrap().len();
    assert_eq!(hits as u64, pieces);
}

#[test]
fn vectors_are_kept_alike_in_a_file_and_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.runs");
    let piece = |kind, from_us: i64, at: &str| Piece {
        kind,
        span: Span::new(MediaTime::from_us(from_us), MediaTime::from_us(from_us + 9)),
        at: at.into(),
        text: format!("text of {at}"),
        content: format!("content of {at}"),
    };
    let all = [piece(PieceKind::Words, 5, "1"), piece(PieceKind::Annotation, 3, "a1"), piece(PieceKind::Frame, 0, "")];
    let seen = |vectors: &dyn Vectors, space: &str| {
        let mut seen = vec![];
        vectors.each(space, &mut |id, coded| seen.push((id, coded.to_vec()))).unwrap();
        let place = |(id, coded): (i64, Vec<u8>)| (vectors.piece(id).unwrap().unwrap(), coded);
        seen.into_iter().map(place).collect::<Vec<_>>()
    };
    let check = |vectors: &dyn Vectors| {
        assert!(vectors.spaces().unwrap().is_empty() && vectors.pieces("a 4", "m").unwrap().is_empty());
        for (n, piece) in (0u8..).zip(&all) {
            vectors.keep("a 4", "m", piece, &[n; 4]).unwrap();
        }
        vectors.keep("a 4", "other", &all[0], &[7; 4]).unwrap();
        vectors.keep("b 4", "m", &all[0], &[8; 4]).unwrap();
        // As when two processes work at the same time.
        vectors.keep("a 4", "m", &all[1], &[1; 4]).unwrap();
        assert_eq!(vectors.spaces().unwrap(), [("a 4".to_owned(), 5), ("b 4".to_owned(), 1)]);
        assert_eq!(vectors.drop_others("a 4", "m", &all[1..]).unwrap(), 2);
        assert_eq!(vectors.pieces("a 4", "m").unwrap(), &all[1..]);
        let mut of_m = vec![];
        vectors.each_of("a 4", "m", &mut |piece, coded| of_m.push((piece, coded.to_vec()))).unwrap();
        assert_eq!(of_m, [1u8, 2].map(|n| (all[usize::from(n)].clone(), vec![n; 4])));
        let of = |media: &str, n: usize, coded: u8| ((media.to_owned(), all[n].clone()), vec![coded; 4]);
        assert_eq!(seen(vectors, "a 4"), [of("m", 1, 1), of("m", 2, 2), of("other", 0, 7)]);
        assert_eq!(seen(vectors, "b 4"), [of("m", 0, 8)]);
        assert!(vectors.piece(99).unwrap().is_none() && seen(vectors, "c 4").is_empty());
    };
    check(&MemoryVectors::default());
    let file = RunFile::open(&path).unwrap();
    check(&file);
    assert_eq!(seen(&RunFile::open(&path).unwrap(), "a 4").len(), 3, "they are there for the next one that opens it");
}
