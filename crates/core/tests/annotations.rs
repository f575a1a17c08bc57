//! Files of annotations: what is read, put right, noted and refused.
#![allow(clippy::unwrap_used)]

use plumbline_core::format::{read_annotations, write_annotations};
use proptest::prelude::*;
use serde_json::{Value, json};

fn file(annotations: &Value) -> Vec<u8> {
    json!({"format": "plumbline-annotations", "version": 1, "annotations": annotations}).to_string().into_bytes()
}

#[test]
fn the_example_of_the_documentation_reads_and_comes_out_as_it_is() {
    let page = include_str!("../../../docs/annotations.md");
    let example = page.split("```json").nth(1).unwrap().split("```").next().unwrap();
    let (set, notes) = read_annotations(example.as_bytes()).unwrap();
    assert!(notes.is_empty(), "{notes:?}");
    assert_eq!(set.annotations.len(), 2);
    assert_eq!(set.annotations[1].extra["language"], "en");
    let again: Value = serde_json::from_slice(&write_annotations(&set)).unwrap();
    assert_eq!(again, serde_json::from_str::<Value>(example).unwrap());
    // The schema is JSON and names every member that the example has.
    let schema: Value = serde_json::from_str(include_str!("../../../assets/annotations.schema.json")).unwrap();
    for name in ["id", "start_us", "end_us", "region", "label", "text", "confidence", "source", "words"] {
        assert!(schema["$defs"]["annotation"]["properties"][name].is_object(), "{name}");
    }
}

#[test]
fn oddities_are_kept_and_noted() {
    let one = |id: &str, more: Value| {
        let mut one = json!({"id": id, "start_us": 0, "end_us": 10, "label": "x"});
        one.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        one
    };
    for (annotations, ids, notes) in [
        (json!([one("a", json!({})), one("a", json!({})), one("a-2", json!({}))]), vec!["a", "a-2-2", "a-2"], 1),
        (json!([one("", json!({})), one("a1", json!({}))]), vec!["a1-2", "a1"], 0),
        (json!([one("a", json!({"start_us": 20}))]), vec!["a"], 1),
        (json!([one("a", json!({"region": {"x": 0.9, "y": 0, "w": 0.2, "h": 0.1}}))]), vec!["a"], 1),
        (json!([one("a", json!({"region": {"x": 1e300, "y": 0, "w": 0.2, "h": 0.1}}))]), vec!["a"], 1),
        (json!([one("a", json!({"confidence": 1.5}))]), vec!["a"], 1),
        (json!([one("a", json!({"confidence": null, "text": null, "region": null, "source": null}))]), vec!["a"], 0),
        (json!([one("a", json!({"words": [3, 5]})), one("b", json!({"words": null}))]), vec!["a", "b"], 0),
        (json!([one("a", json!({"words": "three"})), one("b", json!({"words": [3]}))]), vec!["a", "b"], 1),
        (json!([]), vec![], 0),
    ] {
        let (set, got) = read_annotations(&file(&annotations)).unwrap();
        assert_eq!(set.annotations.iter().map(|a| a.id.as_str()).collect::<Vec<_>>(), ids, "{annotations}");
        assert_eq!(got.len(), notes, "{annotations}: {got:?}");
        let (again, more) = read_annotations(&write_annotations(&set)).unwrap();
        assert_eq!(again, set);
        assert!(more.len() <= got.len());
    }
}

#[test]
fn what_is_no_such_file_is_refused_with_a_sentence() {
    for (bytes, sentence) in [
        (String::new(), "the file is empty"),
        ("{\"format\": \"plumbline-annotations\", \"version\": 1,".into(), "this JSON ends too early at line 1"),
        ("{}".into(), "this is not a file of annotations. Choose"),
        ("[]".into(), "this is not a file of annotations"),
        ("{\"results\": {\"items\": []}}".into(), "this is a transcript, not a file of annotations"),
        (
            "{\"format\": \"plumbline-annotations\", \"version\": 2, \"annotations\": []}".into(),
            "the annotations are of version 2, and the newest known is 1 at version. Update Plumbline",
        ),
        ("{\"format\": \"plumbline-annotations\", \"annotations\": []}".into(), "the version is missing"),
        ("{\"format\": \"plumbline-annotations\", \"version\": 1}".into(), "the list of annotations is missing at annotations."),
    ] {
        let error = read_annotations(bytes.as_bytes()).unwrap_err().to_string();
        assert!(error.starts_with(sentence), "{error}");
    }
    for (annotation, place) in [
        (json!(5), "annotations[0]"),
        (json!({"end_us": 1, "label": "x"}), "annotations[0].start_us"),
        (json!({"start_us": 0, "end_us": 1.5, "label": "x"}), "annotations[0].end_us"),
        (json!({"start_us": 0, "end_us": 1}), "annotations[0].label"),
        (json!({"start_us": 0, "end_us": 1, "label": "x", "region": {"x": 0}}), "annotations[0]"),
        (json!({"start_us": 0, "end_us": 1, "label": "x", "id": 7}), "annotations[0]"),
    ] {
        let error = read_annotations(&file(&json!([annotation]))).unwrap_err().to_string();
        assert!(error.contains(&format!(" at {place}.")), "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read_annotations(&bytes);
    }

    #[test]
    fn what_is_written_reads_the_same(
        rows in proptest::collection::vec((any::<i64>(), any::<i64>(), "[a-z]{0,3}", ".{0,8}", 0.0f32..1.0, any::<bool>()), 0..12)
    ) {
        let annotations: Vec<Value> = rows.iter().map(|(start, end, id, text, share, region)| {
            let mut one = json!({"id": id, "start_us": start, "end_us": end, "label": "x", "text": text, "confidence": share, "more": text});
            if *region {
                one["region"] = json!({"x": share, "y": 0.0, "w": 1.0 - share, "h": share});
            }
            one
        }).collect();
        let (set, _) = read_annotations(&file(&json!(annotations))).unwrap();
        let (again, _) = read_annotations(&write_annotations(&set)).unwrap();
        prop_assert_eq!(again, set);
    }
}
