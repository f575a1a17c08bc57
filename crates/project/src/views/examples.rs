//! Stretches that people reviewed, as examples to show a model.

use super::MediaName;
use crate::error::Result;
use crate::project::Project;
use crate::records::MediaId;
use plumbline_core::tune::examples::{Stretch, rank};
use serde::Serialize;
use ts_rs::TS;

/// A stretch with its media.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct ExampleRow {
    /// The media it is of.
    pub media: MediaName,
    /// What stands there, and what people did.
    #[serde(flatten)]
    pub stretch: Stretch,
}

/// The best examples.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct ExamplesView {
    /// Position of the log.
    #[ts(type = "number")]
    pub seq: i64,
    /// The examples, the best first.
    pub examples: Vec<ExampleRow>,
    /// How many stretches there are to choose from.
    pub stretches: u32,
    /// How many media have one.
    pub reviewed: u32,
    /// How many media the project has.
    pub media: u32,
}

impl ExamplesView {
    /// One JSON object a line, as it is written to a file.
    ///
    /// # Errors
    /// None that is known: every part can be written as JSON.
    pub fn jsonl(&self) -> Result<String> {
        let lines = self.examples.iter().map(|row| Ok(crate::cells::json(row)? + "\n"));
        lines.collect()
    }
}

impl Project {
    /// The `count` best examples for showing a model what people corrected; `docs/tuning.md` tells how they are chosen.
    ///
    /// # Errors
    /// Where the project can't be read.
    pub fn examples(&self, count: usize) -> Result<ExamplesView> {
        let lessons = self.lessons()?;
        let all: Vec<(&MediaId, &str, &Stretch)> =
            lessons.iter().flat_map(|(media, lesson)| lesson.stretches.iter().map(move |s| (media, lesson.name.as_str(), s))).collect();
        let stretches: Vec<(&str, &Stretch)> = all.iter().map(|(media, _, stretch)| (media.0.as_str(), *stretch)).collect();
        let row = |at: usize| {
            let (media, name, stretch) = all[at];
            ExampleRow { media: MediaName { id: media.clone(), name: name.to_owned() }, stretch: stretch.clone() }
        };
        let media: u32 = self.at(self.db.query_row("SELECT count(*) FROM media", [], |r| r.get(0)))?;
        Ok(ExamplesView {
            seq: self.standing().seq,
            examples: rank(&stretches, count).into_iter().map(row).collect(),
            stretches: all.len() as u32,
            reviewed: lessons.values().filter(|lesson| !lesson.stretches.is_empty()).count() as u32,
            media,
        })
    }
}
