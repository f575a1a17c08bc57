//! Annotation files, as `docs/annotations.md` describes them.

use super::draft::Notes;
use super::{At, ReadError, json, text};
use crate::annotation::{Annotation, AnnotationSet};
use crate::word_id::WordId;
use serde_json::{Map, Value};
use std::collections::HashSet;

/// What the `format` of a file of annotations says.
pub const ANNOTATIONS_FORMAT: &str = "plumbline-annotations";

/// The version of the schema that is read and written.
pub const ANNOTATIONS_VERSION: u32 = 1;

/// The members of an annotation that the model has places for.
const KNOWN: [&str; 9] = ["id", "start_us", "end_us", "region", "label", "text", "confidence", "source", "words"];

/// Reads a file of annotations: the set, and a sentence for each kind of oddity that was met. An annotation without an id gets
/// one, and of equal ids all but the first become others. What is odd but clear, such as an end before its start or a
/// region outside the frame, stays as it is.
///
/// # Errors
/// [`ReadError`] where the bytes are no such file, are of a newer version, or an annotation lacks what it needs.
pub fn read_annotations(bytes: &[u8]) -> Result<(AnnotationSet, Vec<String>), ReadError> {
    let text = text::decode(bytes)?;
    let document = json::parse(&text.text)?;
    check_header(&document)?;
    let Value::Object(mut map) = document else { return Err(not_annotations(&Value::Null)) };
    let list = match map.shift_remove("annotations") {
        Some(Value::Array(list)) => list,
        _ => return Err(at_path("the list of annotations is missing", "annotations".into(), "Add it, even if it is empty")),
    };
    let mut notes = Notes::default();
    text.note.into_iter().for_each(|note| notes.say(note));
    let mut annotations = Vec::with_capacity(list.len());
    for (index, value) in list.into_iter().enumerate() {
        annotations.push(annotation(value, &format!("annotations[{index}]"), &mut notes)?);
    }
    name(&mut annotations, &mut notes);
    let source = match map.shift_remove("source") {
        None | Some(Value::Null) => None,
        Some(Value::String(source)) => Some(source),
        Some(_) => return Err(at_path("this is no text", "source".into(), "Write who made the annotations as a text")),
    };
    map.shift_remove("format");
    map.shift_remove("version");
    let set = AnnotationSet { format: ANNOTATIONS_FORMAT.into(), version: ANNOTATIONS_VERSION, source, annotations, extra: map };
    Ok((set, notes.lines()))
}

/// Writes a file of annotations, as indented JSON in UTF-8.
pub fn write_annotations(set: &AnnotationSet) -> Vec<u8> {
    // Maps with text keys and finite or null numbers are always JSON, so there is no error to report.
    let mut bytes = serde_json::to_vec_pretty(set).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

fn at_path(what: impl Into<String>, path: String, remedy: &str) -> ReadError {
    ReadError::new(what, At::Path(path), remedy)
}

fn not_annotations(document: &Value) -> ReadError {
    let what = match json::kind(document) {
        Ok(_) => "this is a transcript, not a file of annotations",
        Err(_) => "this is not a file of annotations",
    };
    ReadError::new(what, At::File, "Choose a JSON object whose format is \"plumbline-annotations\"; docs/annotations.md describes it")
}

fn check_header(document: &Value) -> Result<(), ReadError> {
    if document.get("format").and_then(Value::as_str) != Some(ANNOTATIONS_FORMAT) {
        return Err(not_annotations(document));
    }
    match document.get("version").and_then(Value::as_u64) {
        Some(version) if version == u64::from(ANNOTATIONS_VERSION) => Ok(()),
        Some(version) if version > u64::from(ANNOTATIONS_VERSION) => {
            let what = format!("the annotations are of version {version}, and the newest known is {ANNOTATIONS_VERSION}");
            Err(at_path(what, "version".into(), "Update Plumbline, or export the annotations in the older version"))
        }
        _ => Err(at_path("the version is missing or is no whole number from 1 on", "version".into(), "Write \"version\": 1")),
    }
}

/// One annotation; `path` says where it stands.
fn annotation(value: Value, path: &str, notes: &mut Notes) -> Result<Annotation, ReadError> {
    let Value::Object(map) = value else {
        return Err(at_path("an annotation is no JSON object", path.into(), "Write it as an object with start_us, end_us and label"));
    };
    for name in ["start_us", "end_us"] {
        if !map.get(name).is_some_and(Value::is_i64) {
            let remedy = "Write times as whole numbers of microseconds from the start of the media";
            return Err(at_path("a time is missing or is no whole number", format!("{path}.{name}"), remedy));
        }
    }
    if !map.get("label").is_some_and(Value::is_string) {
        return Err(at_path(
            "the label is missing or is no text",
            format!("{path}.label"),
            "Write what kind of thing it is, such as \"person\"",
        ));
    }
    let mut map = without_nulls(map);
    if map.get("words").is_some_and(|words| serde_json::from_value::<(WordId, WordId)>(words.clone()).is_err()) {
        notes.at("The words of an annotation are no two ids of words, and are left out", || format!("{path}.words"));
        map.shift_remove("words");
    }
    let mut annotation: Annotation = serde_json::from_value(Value::Object(map)).map_err(|error| {
        at_path(format!("an annotation can't be read ({error})"), path.into(), "Write it as docs/annotations.md describes")
    })?;
    look_at(&mut annotation, path, notes);
    Ok(annotation)
}

/// Null says what absence says; extra members keep theirs.
fn without_nulls(map: Map<String, Value>) -> Map<String, Value> {
    map.into_iter().filter(|(name, value)| !(value.is_null() && KNOWN.contains(&name.as_str()))).collect()
}

/// Notes what is odd; only numbers that no float can hold go.
fn look_at(annotation: &mut Annotation, path: &str, notes: &mut Notes) {
    if annotation.span.end < annotation.span.start {
        notes.at("An annotation ends before it starts", || path.to_owned());
    }
    match annotation.region {
        Some(region) if ![region.x, region.y, region.w, region.h].iter().all(|v| v.is_finite()) => {
            notes.at("A region has numbers that are too large, and is left out", || format!("{path}.region"));
            annotation.region = None;
        }
        Some(region) if !region.is_inside_frame() => notes.at("A region is not inside the frame", || format!("{path}.region")),
        _ => {}
    }
    match annotation.confidence {
        Some(confidence) if !confidence.is_finite() => {
            notes.at("A confidence is too large, and is left out", || format!("{path}.confidence"));
            annotation.confidence = None;
        }
        Some(confidence) if !(0.0..=1.0).contains(&confidence) => {
            notes.at("A confidence is not between 0 and 1", || format!("{path}.confidence"));
        }
        _ => {}
    }
}

/// Gives ids to annotations without one, and others to those whose id an earlier one has.
fn name(annotations: &mut [Annotation], notes: &mut Notes) {
    let mut taken: HashSet<String> = annotations.iter().map(|annotation| annotation.id.clone()).collect();
    let mut seen: HashSet<String> = HashSet::new();
    for (index, annotation) in annotations.iter_mut().enumerate() {
        if !annotation.id.is_empty() && seen.insert(annotation.id.clone()) {
            continue;
        }
        let stem = if annotation.id.is_empty() { format!("a{}", index + 1) } else { format!("{}-{}", annotation.id, index + 1) };
        let mut id = stem.clone();
        let mut again = 2;
        while taken.contains(&id) {
            id = format!("{stem}-{again}");
            again += 1;
        }
        if !annotation.id.is_empty() {
            notes.at("An id stands twice, and the later annotation gets another", || format!("annotations[{index}] is now {id}"));
        }
        taken.insert(id.clone());
        seen.insert(id.clone());
        annotation.id = id;
    }
}
