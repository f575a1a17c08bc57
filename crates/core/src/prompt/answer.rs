//! Reads what a model found in a window: frames become times, boxes become regions, quoted words are looked up.

use crate::annotation::{Annotation, Region};
use crate::crossmodal::SAYS;
use crate::models::Regions;
use crate::time::{MediaTime, Span};
use serde::Deserialize;
use serde_json::{Map, Value};

/// What a model answers about a window, whatever the task.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Answered {
    /// What the window holds, in a sentence or two.
    #[serde(default)]
    pub summary: String,
    /// What was found.
    #[serde(default)]
    pub found: Vec<Found>,
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Found {
    /// What kind of thing; the task's name where the answer has none.
    #[serde(default)]
    pub label: String,
    /// The first frame that shows it, counted from 1.
    pub first_frame: u32,
    /// The last one.
    pub last_frame: u32,
    /// Its edges; none for the whole frame.
    #[serde(default, rename = "box")]
    pub edges: Option<Edges>,
    /// The description, or the text that was read.
    #[serde(default)]
    pub text: String,
    /// How sure it is, 0..1.
    #[serde(default)]
    pub confidence: Option<f64>,
    /// The words of the transcript that it goes with, as they stand there.
    #[serde(default)]
    pub says: Option<String>,
    /// Whatever else the answer says of it.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

/// Edges of a region in the model's unit: by their names, or in the order of left, top, right and bottom.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Edges {
    /// By their names.
    Named {
        /// Left edge.
        left: f64,
        /// Top edge.
        top: f64,
        /// Right edge.
        right: f64,
        /// Bottom edge.
        bottom: f64,
    },
    /// In order.
    Listed([f64; 4]),
}

/// The frames that a model was shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Frames {
    /// What each one stands for, by its number: from when its picture is so, to when the next frame's is.
    pub spans: Vec<Span<MediaTime>>,
    /// Width and height of the pictures in pixels.
    pub size: (u32, u32),
    /// How the model says where something is.
    pub regions: Regions,
}

/// Something in an answer that can't be: told to the model, so that it can mend it.
pub type Misfit = String;

/// Boxes may go beyond the picture by this share of its sides: that is rounding, and is cut.
const BEYOND: f64 = 0.02;

/// The annotations of an answer. `task` is the label of what has none.
///
/// # Errors
/// Where a frame was never shown, frames are the wrong way round, or a box is none.
pub fn found(answered: &Answered, frames: &Frames, task: &str, source: &str) -> Result<Vec<Annotation>, Misfit> {
    answered.found.iter().enumerate().map(|(n, one)| annotation(n, one, frames, task, source)).collect()
}

fn annotation(n: usize, one: &Found, frames: &Frames, task: &str, source: &str) -> Result<Annotation, Misfit> {
    let shown = frames.spans.len();
    let frame = |number: u32| (number as usize).checked_sub(1).and_then(|n| frames.spans.get(n));
    let (Some(first), Some(last)) = (frame(one.first_frame), frame(one.last_frame)) else {
        return Err(format!(
            "found[{n}]: frames {} to {} are named, but the frames are numbered 1 to {shown}",
            one.first_frame, one.last_frame
        ));
    };
    if one.last_frame < one.first_frame {
        return Err(format!("found[{n}]: last_frame {} comes before first_frame {}", one.last_frame, one.first_frame));
    }
    let region = one.edges.as_ref().map(|edges| region(edges, frames)).transpose().map_err(|why| format!("found[{n}]: {why}"))?;
    let mut extra = one.more.clone();
    if let Some(says) = one.says.as_ref().filter(|says| !says.trim().is_empty()) {
        extra.insert(SAYS.into(), Value::String(says.clone()));
    }
    let label = if one.label.trim().is_empty() { task } else { one.label.trim() };
    Ok(Annotation {
        id: String::new(),
        span: Span::new(first.start, last.end),
        region,
        label: label.to_owned(),
        text: one.text.trim().to_owned(),
        confidence: one.confidence.map(|c| c.clamp(0.0, 1.0) as f32),
        source: Some(source.to_owned()),
        words: None,
        extra,
    })
}

fn region(edges: &Edges, frames: &Frames) -> Result<Region, String> {
    let (width, height, unit) = match frames.regions {
        Regions::Pixels => (f64::from(frames.size.0.max(1)), f64::from(frames.size.1.max(1)), "pixels of the picture"),
        Regions::Thousandths => (1_000.0, 1_000.0, "thousandths of the picture"),
    };
    let [left, top, right, bottom] = match *edges {
        Edges::Named { left, top, right, bottom } => [left, top, right, bottom],
        Edges::Listed(edges) => edges,
    };
    let [x0, y0, x1, y1] = [left / width, top / height, right / width, bottom / height];
    let inside = |v: f64| (-BEYOND..=1.0 + BEYOND).contains(&v);
    if !(inside(x0) && inside(y0) && inside(x1) && inside(y1)) {
        return Err(format!("box {left}, {top}, {right}, {bottom} goes beyond the picture, which is {width} by {height} ({unit})"));
    }
    if x1 <= x0 || y1 <= y0 {
        return Err(format!("box {left}, {top}, {right}, {bottom} has no area; it is left, top, right, bottom"));
    }
    let [x0, y0, x1, y1] = [x0, y0, x1, y1].map(|v| v.clamp(0.0, 1.0));
    Ok(Region { x: x0 as f32, y: y0 as f32, w: (x1 - x0) as f32, h: (y1 - y0) as f32 })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn frames(regions: Regions) -> Frames {
        let s = |ms: i64| MediaTime::from_ms(ms);
        Frames {
            spans: vec![Span::new(s(0), s(2_000)), Span::new(s(2_000), s(5_500)), Span::new(s(5_500), s(6_000))],
            size: (640, 360),
            regions,
        }
    }

    fn read(json: &str, regions: Regions) -> Result<Vec<Annotation>, Misfit> {
        let answered: Answered = serde_json::from_str(json).unwrap();
        found(&answered, &frames(regions), "describe", "model")
    }

    #[test]
    fn frames_become_times_and_boxes_regions() {
        let json = r#"{"summary":"s","found":[{"label":"gauge","first_frame":2,"last_frame":3,"box":[64,36,128,72],"text":" a gauge ","confidence":1.2,"says":"the gauge","side":"left"},
            {"first_frame":1,"last_frame":1,"box":null}]}"#;
        let pixels = read(json, Regions::Pixels).unwrap();
        let Region { x, y, w, h } = pixels[0].region.unwrap();
        assert!([(x, 0.1), (y, 0.1), (w, 0.1), (h, 0.1)].iter().all(|(a, b): &(f32, f32)| (a - b).abs() < 1e-6));
        assert_eq!((pixels[0].span.start.us(), pixels[0].span.end.us()), (2_000_000, 6_000_000));
        assert_eq!((pixels[0].text.as_str(), pixels[0].confidence), ("a gauge", Some(1.0)));
        assert_eq!((&pixels[0].extra["says"], &pixels[0].extra["side"]), (&Value::from("the gauge"), &Value::from("left")));
        assert_eq!((pixels[1].label.as_str(), pixels[1].region), ("describe", None));
        let thousandths = read(&json.replace("[64,36,128,72]", "[-10,0,1005,1000]"), Regions::Thousandths).unwrap();
        assert_eq!(thousandths[0].region, Some(Region { x: 0.0, y: 0.0, w: 1.0, h: 1.0 }));
    }

    #[test]
    fn what_can_not_be_is_told() {
        for (found, part) in [
            (r#"{"first_frame":0,"last_frame":1}"#, "numbered 1 to 3"),
            (r#"{"first_frame":1,"last_frame":4}"#, "numbered 1 to 3"),
            (r#"{"first_frame":3,"last_frame":1}"#, "comes before"),
            (
                r#"{"first_frame":1,"last_frame":1,"box":{"left":0,"top":0,"right":900,"bottom":100}}"#,
                "beyond the picture, which is 640 by 360",
            ),
            (r#"{"first_frame":1,"last_frame":1,"box":[100,0,100,100]}"#, "no area"),
        ] {
            let said = read(&format!(r#"{{"found":[{found}]}}"#), Regions::Pixels).unwrap_err();
            assert!(said.starts_with("found[0]: ") && said.contains(part), "{said}");
        }
    }
}
