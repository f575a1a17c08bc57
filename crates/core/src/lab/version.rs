//! A prompt with all that goes along with it, and the file that it is kept in.

use crate::prompt::{BadPrompt, Prompt};
use crate::time::{MediaTime, Span};
use crate::tune::examples::{Line, Mark, Stretch};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// All that decides what a model is asked. It never changes: another text is another version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct PromptVersion {
    /// The prompt, with its name and the count of its versions.
    pub prompt: Prompt,
    /// Id of the model that it is written for; none where it is for any.
    #[serde(default)]
    pub model: Option<String>,
    /// Few-shot examples, in the order in which they are shown.
    #[serde(default)]
    pub examples: Vec<Shot>,
    /// What was tried with it, for people.
    #[serde(default)]
    pub note: String,
}

/// A stretch that people reviewed, as an example to show a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(export)]
pub struct Shot {
    /// Id of the media.
    pub media: String,
    /// Its name, for people.
    pub name: String,
    /// When it begins.
    #[serde(rename = "start_us")]
    pub start: MediaTime,
    /// When it ends.
    #[serde(rename = "end_us")]
    pub end: MediaTime,
    /// What is said.
    #[serde(default)]
    pub lines: Vec<Line>,
    /// What is seen: the answer that the model is shown.
    #[serde(default)]
    pub annotations: Vec<Mark>,
}

impl Shot {
    /// The stretch that it shows.
    pub fn stretch(&self) -> Stretch {
        let (lines, annotations) = (self.lines.clone(), self.annotations.clone());
        Stretch { span: Span::new(self.start, self.end), lines, annotations, corrections: vec![], decisions: vec![], by: vec![] }
    }

    /// The example that a stretch of a media is.
    pub fn of(media: &str, name: &str, stretch: &Stretch) -> Self {
        Self {
            media: media.to_owned(),
            name: name.to_owned(),
            start: stretch.span.start,
            end: stretch.span.end,
            lines: stretch.lines.clone(),
            annotations: stretch.annotations.clone(),
        }
    }
}

/// What stands in a file beside the prompt.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Beside {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    note: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    examples: Vec<Shot>,
}

impl PromptVersion {
    /// Tells it from any other: 16 hexadecimal digits of a hash of all that it says.
    pub fn id(&self) -> String {
        blake3::hash(serde_json::json!(self).to_string().as_bytes()).to_hex()[..16].to_owned()
    }

    /// What people call it: `describe@2`.
    pub fn label(&self) -> String {
        self.prompt.id()
    }

    /// The version that a prompt without anything beside it is.
    pub fn bare(prompt: Prompt) -> Self {
        Self { prompt, model: None, examples: vec![], note: String::new() }
    }

    /// Reads the text of a file: a prompt's, with `model`, `note` and `[[examples]]` where there are any.
    ///
    /// # Errors
    /// Where it is none, or a part of it can't be.
    pub fn read(name: &str, text: &str) -> Result<Self, BadPrompt> {
        let bad = |why: String| BadPrompt { name: name.to_owned(), why: why.trim().replace('\n', " ") };
        let mut all: toml::Table = toml::from_str(text).map_err(|e| bad(e.to_string()))?;
        let beside: toml::Table = ["model", "note", "examples"].iter().filter_map(|key| all.remove_entry(*key)).collect();
        let Beside { model, note, examples } = beside.try_into().map_err(|e: toml::de::Error| bad(e.to_string()))?;
        let prompt = toml::to_string(&all).map_err(|e| bad(e.to_string()))?;
        // Read from the whole text where nothing stands beside the prompt, so that errors name its own lines.
        let prompt = Prompt::read(name, if model.is_none() && note.is_empty() && examples.is_empty() { text } else { &prompt })?;
        if let Some(shot) = examples.iter().find(|shot| shot.end <= shot.start) {
            return Err(bad(format!("an example of {} ends before it begins", shot.name)));
        }
        Ok(Self { prompt, model: model.filter(|model| !model.is_empty()), examples, note })
    }

    /// The text of its file: one key a line, texts over several lines, so that a change of one is a change of its line.
    ///
    /// # Errors
    /// None that is known: every version that can be kept can be written.
    pub fn write(&self) -> Result<String, BadPrompt> {
        let bad = |why: String| BadPrompt { name: self.label(), why };
        let beside = Beside { model: self.model.clone(), note: self.note.clone(), examples: self.examples.clone() };
        let mut all = toml::Table::try_from(&self.prompt).map_err(|e| bad(e.to_string()))?;
        all.extend(toml::Table::try_from(&beside).map_err(|e| bad(e.to_string()))?);
        toml::to_string_pretty(&all).map_err(|e| bad(e.to_string()))
    }
}
