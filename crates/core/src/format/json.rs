//! JSON: parsing with the place of an error, what a document looks like, and values that are strings or numbers.

use super::decimal::{self, Unit};
use super::{At, ReadError};
use crate::transcript::Format;
use serde_json::Value;
use serde_json::error::Category;

/// Parses JSON. Its nesting is limited to 128 levels, so neither this nor dropping the value can exhaust the stack.
pub(super) fn parse(text: &str) -> Result<Value, ReadError> {
    if !text.trim_start().starts_with(['{', '[', '"']) {
        return Err(ReadError::new(
            "this is neither JSON nor subtitles",
            At::File,
            "Choose a JSON transcript that a service wrote, SRT whose lines of times have -->, or a file that begins with WEBVTT",
        ));
    }
    serde_json::from_str(text).map_err(|error| {
        let at = At::Line(error.line().max(1), error.column().max(1));
        let message = error.to_string();
        if message.contains("recursion limit") {
            return ReadError::new("this JSON is nested too deeply", at, "This can't be a transcript; choose another file");
        }
        if error.classify() == Category::Eof {
            return ReadError::new("this JSON ends too early", at, "The file was cut off while it was copied; fetch it again");
        }
        let message = message.split(" at line ").next().unwrap_or_default();
        ReadError::new(format!("this is not valid JSON ({message})"), at, "Fetch the file again, or undo what was edited there")
    })
}

/// Which kind of transcript a JSON document is.
pub(super) fn kind(document: &Value) -> Result<Format, ReadError> {
    let has = |name: &str| document.get(name).is_some();
    // Other services have results, too, but none of these in them.
    let own = ["items", "transcripts", "channel_labels", "audio_segments", "segments"];
    let results = document.get("results").and_then(Value::as_object);
    if results.is_some_and(|results| own.iter().any(|name| results.contains_key(*name))) || (has("jobName") && has("status")) {
        return Ok(if has(super::RECOGNISER) { Format::Recognised } else { Format::Transcribe });
    }
    if document.get("Transcript").is_some_and(Value::is_array) || (has("JobName") && has("JobStatus")) {
        return Ok(Format::CallAnalytics);
    }
    if has("audio_items") || document.pointer("/metadata/semantic_modality").is_some_and(|v| v == "AUDIO") {
        return Ok(Format::DataAutomation);
    }
    let (what, remedy) = stranger(document);
    Err(ReadError::new(what, At::File, remedy))
}

/// What a document is that is no transcript, and what to do instead.
fn stranger(document: &Value) -> (String, &'static str) {
    let has = |name: &str| document.get(name).is_some();
    let transcript = "Choose JSON of Amazon Transcribe, Call Analytics or Bedrock Data Automation, SRT, or WebVTT";
    let what = if has("TranscriptionJob") || has("CallAnalyticsJob") {
        return (
            "this is a Transcribe job description, not its result".into(),
            "Download the file that its Transcript.TranscriptFileUri names",
        );
    } else if has("TranscriptionJobSummaries") || has("CallAnalyticsJobSummaries") {
        return ("this is a list of Transcribe jobs, not a result".into(), "Choose a job, and download its transcript");
    } else if has("TranscriptEvent") || document.pointer("/Transcript/Results").is_some() {
        return ("this is an event of a Transcribe stream, not a batch result".into(), "Transcribe the recording with a batch job");
    } else if document.get("format").is_some_and(|v| v == super::ANNOTATIONS_FORMAT) {
        return ("this is a file of annotations, not a transcript".into(), "Import it as annotations");
    } else if has("output_metadata") && has("job_id") {
        return ("this is a Data Automation job's metadata, not its result".into(), "Choose the result.json that it names");
    } else if let Some(modality) = document.pointer("/metadata/semantic_modality").and_then(Value::as_str) {
        format!("this is a Data Automation result for {}, not for audio", modality.to_lowercase())
    } else if has("segments") && has("text") {
        "this looks like a Whisper result".into()
    } else if document.pointer("/results/channels").is_some() {
        "this looks like a Deepgram result".into()
    } else {
        match document {
            Value::Array(_) => "this is a JSON list, not a transcript".into(),
            Value::Object(map) => match map.keys().take(3).map(|key| key.chars().take(40).collect()).collect::<Vec<String>>() {
                keys if keys.is_empty() => "this is an empty JSON object, not a transcript".into(),
                keys => format!("this is JSON, but not a transcript: it begins with {}", keys.join(", ")),
            },
            _ => "this is a single JSON value, not a transcript".into(),
        }
    };
    (what, transcript)
}

/// A time that is a string or a number; none where it is absent, null or an empty string.
pub(super) fn time(value: Option<&Value>, unit: Unit, path: impl FnOnce() -> String) -> Result<Option<i64>, ReadError> {
    let text = match value {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) if text.trim().is_empty() => return Ok(None),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    match decimal::to_us(&text, unit) {
        Some(us) => Ok(Some(us)),
        None => {
            let shown: String = text.chars().take(40).collect();
            Err(ReadError::new(
                format!("\"{shown}\" is no time in {} of at most 10,000,000 s", unit.name()),
                At::Path(path()),
                "Correct the time, or take the item out",
            ))
        }
    }
}

/// A confidence that is a string or a number: `Err` where it is there but is no share of 1.
pub(super) fn confidence(value: Option<&Value>) -> Result<Option<f32>, ()> {
    let number = match value {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text.trim().parse::<f32>().map_err(|_| ())?,
        Some(other) => other.as_f64().ok_or(())? as f32,
    };
    if (0.0..=1.0).contains(&number) { Ok(Some(number)) } else { Err(()) }
}

/// The text at `name`; none where it is absent or no text.
pub(super) fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str)
}

/// The list at `name`; empty where it is absent or no list.
pub(super) fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Which document says that its job did not complete, if it holds nothing to read.
pub(super) fn unfinished(status: Option<&str>, reason: Option<&str>, path: &str) -> ReadError {
    let status = status.unwrap_or("unknown");
    let why = reason.map(|reason| format!(": {reason}")).unwrap_or_default();
    let remedy = match status {
        "FAILED" => "Start the job again",
        _ => "Wait for the job to complete, and fetch its result",
    };
    ReadError::new(format!("the transcription job has the status {status}{why}, and there are no results"), At::Path(path.into()), remedy)
}
