//! Makes examples to show a model of stretches that people reviewed: frames and words as they would be asked about, and the answer as people left it.

use super::annotate::{stands_for, wish};
use super::{MediaFile, Ports, StageError, frames, shots};
use crate::asking::{Asking, Example, FrameText, LineText, MediaText, Scene};
use crate::job::Job;
use crate::models::{Part, Role};
use plumbline_core::frames::KeptFrame;
use plumbline_core::models::Regions;
use plumbline_core::tune::examples::{Mark, Stretch};
use plumbline_core::{MediaTime, Region, Span};
use serde_json::{Value, json};

/// Frames of an example at most: examples go along with every window.
const MOST_FRAMES: usize = 4;

/// The example that a stretch of a media makes for a prompt and a model; none where it shows nothing that the prompt's schema has a place for.
///
/// # Errors
/// Where the pictures can't be decoded, the prompt can't be used, or the job was cancelled.
pub fn run(
    file: MediaFile,
    name: &str,
    stretch: &Stretch,
    asking: &Asking,
    ports: &Ports,
    job: &Job,
) -> Result<Option<Example>, StageError> {
    let probe = ports.media.probe(file.path)?;
    if probe.video.is_none() || !asking.model.pictures {
        return Ok(None);
    }
    let all = frames::run(file, &wish(asking), ports, job)?;
    let shots = shots::run(file, ports, job)?.shots;
    let spans = stands_for(&all, &shots, probe.duration);
    let inside: Vec<usize> = (0..all.len()).filter(|n| stretch.span.contains(all[*n].at)).collect();
    let step = inside.len().div_ceil(MOST_FRAMES).max(1);
    let shown: Vec<(&KeptFrame, Span<MediaTime>)> = inside.iter().step_by(step).map(|n| (&all[*n], spans[*n])).collect();
    let Some(answer) = answer(stretch, &shown, asking)? else { return Ok(None) };
    let scene = scene(name, probe.duration, stretch, &shown);
    let picture = |(frame, _): &(&KeptFrame, Span<MediaTime>)| -> Result<Part, StageError> {
        let bytes = frames::bytes(frame, ports)?.into();
        Ok(Part::Picture { format: frame.format, width: frame.width, height: frame.height, bytes, at: Some(frame.at) })
    };
    let pictures = shown.iter().map(picture).collect::<Result<Vec<Part>, _>>()?;
    let request = Asking { examples: &[], documents: &[], video: false, ..*asking }.window(&scene, pictures)?;
    let asked = request.turns.into_iter().rfind(|turn| turn.role == Role::User).map(|turn| turn.parts).unwrap_or_default();
    let parts = asked.into_iter().filter(|part| *part != Part::CachePoint).collect();
    Ok(Some(Example { parts, answer }))
}

fn scene(name: &str, duration: MediaTime, stretch: &Stretch, shown: &[(&KeptFrame, Span<MediaTime>)]) -> Scene {
    let frame = |(n, (frame, _)): (usize, &(&KeptFrame, Span<MediaTime>))| FrameText {
        n: n + 1,
        at: frame.at.to_string(),
        new_shot: n > 0 && shown[n - 1].0.shot != frame.shot,
    };
    let line = |line: &plumbline_core::tune::examples::Line| LineText {
        at: stretch.span.start.to_string(),
        speaker: line.speaker.clone(),
        text: line.text.clone(),
    };
    Scene {
        media: MediaText { name: name.to_owned(), duration: duration.to_string() },
        from: stretch.span.start.to_string(),
        to: stretch.span.end.to_string(),
        from_seen: stretch.span.start.to_string(),
        to_seen: stretch.span.end.to_string(),
        previous: None,
        next: None,
        frames: shown.iter().enumerate().map(frame).collect(),
        lines: stretch.lines.iter().map(line).collect(),
        toxicity: vec![],
    }
}

/// What people say of the frames, in the form of the prompt's answers. What its schema has no place for is left out.
fn answer(stretch: &Stretch, shown: &[(&KeptFrame, Span<MediaTime>)], asking: &Asking) -> Result<Option<Value>, StageError> {
    let schema = asking.answer_schema();
    let validator = jsonschema::validator_for(&schema).map_err(|e| StageError::Schema(e.to_string()))?;
    let whole = |found: &[Value]| json!({ "summary": "", "found": found });
    let fits = |one: &Value| validator.is_valid(&whole(std::slice::from_ref(one)));
    let found: Vec<Value> = stretch.annotations.iter().filter_map(|mark| thing(mark, shown, asking)).filter(fits).collect();
    Ok((!found.is_empty()).then(|| whole(&found)))
}

/// A mark by the numbers of the frames that show it; none where none does.
fn thing(mark: &Mark, shown: &[(&KeptFrame, Span<MediaTime>)], asking: &Asking) -> Option<Value> {
    let shows = |(_, span): &(&KeptFrame, Span<MediaTime>)| span.overlap(mark.span).is_some();
    let (first, last) = (shown.iter().position(shows)?, shown.iter().rposition(shows)?);
    let (frame, _) = shown[first];
    let edges = mark.region.map(|region| edges(region, frame, asking.model.regions.unwrap_or(Regions::Thousandths)));
    Some(json!({
        "label": mark.label, "first_frame": first + 1, "last_frame": last + 1, "box": edges, "text": mark.text, "confidence": 1.0, "says": null
    }))
}

fn edges(region: Region, frame: &KeptFrame, regions: Regions) -> Value {
    let (width, height) = match regions {
        Regions::Pixels => (frame.width as f32, frame.height as f32),
        Regions::Thousandths => (1_000.0, 1_000.0),
    };
    let Region { x, y, w, h } = region;
    let [left, top, right, bottom] = [x * width, y * height, (x + w) * width, (y + h) * height].map(|v| v.round() as i64);
    json!({ "left": left, "top": top, "right": right, "bottom": bottom })
}
