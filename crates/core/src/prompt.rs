//! What a model is asked, and how its answers are read.

mod answer;

pub use answer::{Answered, Edges, Found, Frames, Misfit, found};

use crate::crossmodal::SPEECH_LABELS;
use crate::models::Task;
use crate::time::Delta;
use crate::windows::Rules;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A prompt: text with places for what is asked about, the form of its answer, and how much a window holds. It never changes: another text is another
/// version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
#[ts(export)]
pub struct Prompt {
    /// Its name, of letters, digits and hyphens.
    pub name: String,
    /// Its version, counted from 1.
    pub version: u32,
    /// What it is for.
    pub task: Task,
    /// What it does, in a sentence for people.
    pub about: String,
    /// What holds for all windows: the fixed part, before all that differs.
    pub system: String,
    /// What is asked of a window.
    pub window: String,
    /// What is asked of the answers of all windows together; none where nothing is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whole: Option<String>,
    /// The JSON schema of a window's answer, as text.
    #[serde(with = "text")]
    #[ts(type = "string")]
    pub schema: Value,
    /// The JSON schema of the answer about the whole.
    #[serde(default, with = "text_or_none", skip_serializing_if = "Option::is_none")]
    #[ts(type = "string | null")]
    pub whole_schema: Option<Value>,
    /// An answer is at most so many tokens.
    pub max_tokens: u32,
    /// How freely words are drawn, 0..1; the model's own where none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f32>,
    /// Further parameters of the model's own, by their names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "Record<string, unknown>")]
    pub parameters: Option<serde_json::Map<String, Value>>,
    /// Which frames are shown.
    pub frames: FrameRules,
    /// How large windows are.
    pub windows: Rules,
    /// Whether every other window is asked first, so that the ones between are told what their neighbours hold.
    #[serde(default)]
    pub neighbours: bool,
}

/// Which frames a prompt shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
#[ts(export)]
pub struct FrameRules {
    /// One at least so often, in µs.
    #[serde(rename = "every_us")]
    pub every: Delta,
    /// And one whenever so much of the picture changed, 0..1; none for never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub motion: Option<f32>,
    /// So many a minute at most.
    pub most_per_minute: u32,
    /// Frames whose hashes differ in so many bits at most, of 64, count as one.
    pub same: u8,
}

mod text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use serde_json::Value;

    pub fn serialize<S: Serializer>(value: &Value, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&format!("{value:#}"))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Value, D::Error> {
        let text = String::deserialize(from)?;
        serde_json::from_str(&text).map_err(|e| D::Error::custom(format!("the schema is no JSON: {e}")))
    }
}

mod text_or_none {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use serde_json::Value;

    pub fn serialize<S: Serializer>(value: &Option<Value>, to: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => super::text::serialize(value, to),
            None => to.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
        let read = |text: String| serde_json::from_str(&text).map_err(|e| D::Error::custom(format!("the schema is no JSON: {e}")));
        Option::<String>::deserialize(from)?.map(read).transpose()
    }
}

/// A prompt that can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {why}. Compare it with a prompt that comes with Plumbline (plumbline prompts show describe)")]
pub struct BadPrompt {
    /// The file, or the prompt.
    pub name: String,
    /// What is wrong, as a clause.
    pub why: String,
}

/// Something that is found takes so many tokens of an answer at least: two frames and a text, by their names.
const LEAST_FOUND: u32 = 12;

const BUILT_IN: [&str; 6] = [
    include_str!("../../../assets/prompts/describe.toml"),
    include_str!("../../../assets/prompts/text.toml"),
    include_str!("../../../assets/prompts/answer.toml"),
    include_str!("../../../assets/prompts/summarise.toml"),
    include_str!("../../../assets/prompts/moderate.toml"),
    include_str!("../../../assets/prompts/extract.toml"),
];

impl Prompt {
    /// Reads a prompt from the text of a file.
    ///
    /// # Errors
    /// Where it is none, or a part of it can't be.
    pub fn read(name: &str, text: &str) -> Result<Self, BadPrompt> {
        let bad = |why: String| BadPrompt { name: name.to_owned(), why };
        let prompt: Self = toml::from_str(text).map_err(|e| bad(e.to_string().trim().replace('\n', " ")))?;
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let faults = [
            (prompt.name.is_empty() || !prompt.name.chars().all(plain), "its name must be of letters, digits and hyphens"),
            (prompt.version == 0, "versions are counted from 1"),
            (prompt.max_tokens == 0, "max_tokens is 0: no answer would fit"),
            (prompt.windows.tokens == 0 || prompt.windows.frames == 0, "windows of nothing can't be asked about"),
            (prompt.windows.longest <= Delta::ZERO, "longest_us must be more than 0"),
            (prompt.windows.overlap < Delta::ZERO, "overlap_us must not be less than 0"),
            (!prompt.schema.is_object(), "its schema is no JSON object"),
            (prompt.whole.is_some() != prompt.whole_schema.is_some(), "whole and whole_schema belong together"),
            (prompt.temperature.is_some_and(|t| !(0.0..=1.0).contains(&t)), "temperature must lie within 0..1"),
        ];
        match faults.iter().find(|(wrong, _)| *wrong) {
            Some((_, why)) => Err(bad((*why).to_owned())),
            None => Ok(prompt),
        }
    }

    /// The prompt that comes with Plumbline for a task.
    ///
    /// # Errors
    /// None that is known: a test reads them all.
    pub fn built_in(task: Task) -> Result<Self, BadPrompt> {
        Self::read(task.name(), Self::built_in_text(task))
    }

    /// The file of the prompt that comes with Plumbline for a task.
    pub fn built_in_text(task: Task) -> &'static str {
        BUILT_IN[Task::ALL.iter().position(|t| *t == task).unwrap_or_default()]
    }

    /// Name and version: `describe@1`.
    pub fn id(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }

    /// Tells it from any other prompt: a hash of all that it says.
    pub fn hash(&self) -> String {
        blake3::hash(serde_json::json!(self).to_string().as_bytes()).to_hex()[..16].to_owned()
    }

    /// The schema with the one of the user's records in its place: where it says `{"user": true}`.
    pub fn schema_with(&self, user: Option<&Value>) -> Value {
        fn put(at: &Value, user: &Value) -> Value {
            match at {
                Value::Object(fields) if fields.get("user") == Some(&Value::Bool(true)) => user.clone(),
                Value::Object(fields) => fields.iter().map(|(name, v)| (name.clone(), put(v, user))).collect(),
                Value::Array(items) => items.iter().map(|v| put(v, user)).collect(),
                other => other.clone(),
            }
        }
        put(&self.schema, user.unwrap_or(&serde_json::json!({ "type": "object" })))
    }

    /// How many annotations about speech an answer about a window holds at most: those whose label may be one of [`SPEECH_LABELS`], and the summary, where it is
    /// one itself.
    pub fn most_about_speech(&self) -> u32 {
        let labels = self.schema.pointer("/properties/found/items/properties/label/enum").and_then(Value::as_array);
        let is_about_speech =
            |label: &Value| label.as_str().is_some_and(|label| SPEECH_LABELS.iter().any(|l| l.eq_ignore_ascii_case(label)));
        let listed = self.schema.pointer("/properties/found/maxItems").and_then(Value::as_u64);
        let fit = listed.and_then(|most| u32::try_from(most).ok()).unwrap_or(u32::MAX).min(self.max_tokens / LEAST_FOUND);
        let summaries = self.task == Task::Summarise;
        let found = if summaries || labels.is_none_or(|labels| labels.iter().any(is_about_speech)) { fit } else { 0 };
        found + u32::from(summaries)
    }

    /// Whether it needs a schema of the user's.
    pub fn needs_schema(&self) -> bool {
        self.task == Task::Extract
    }

    /// Whether it needs a question.
    pub fn needs_question(&self) -> bool {
        self.task == Task::Answer
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_prompts_that_come_along_can_be_read() {
        for task in Task::ALL {
            let prompt = Prompt::built_in(task).unwrap();
            assert_eq!((prompt.task, prompt.name.as_str()), (task, task.name()));
            let again = Prompt::read("again", &toml::to_string(&prompt).unwrap()).unwrap();
            assert_eq!(again, prompt);
            assert_eq!(again.hash(), prompt.hash());
        }
    }

    #[test]
    fn faults_of_a_prompt_are_said() {
        let good = BUILT_IN[0];
        for (from, to, part) in [
            ("version = 1", "version = 0", "counted from 1"),
            ("name = \"describe\"", "name = \"a b\"", "letters, digits"),
            ("neighbours = true", "neighbour = true", "unknown field"),
            ("\"type\": \"object\"", "\"type\": object", "no JSON"),
        ] {
            assert!(good.contains(from), "{from}");
            let error = Prompt::read("mine.toml", &good.replacen(from, to, 1)).unwrap_err().to_string();
            assert!(error.starts_with("mine.toml: ") && error.contains(part), "{error}");
        }
    }

    #[test]
    fn what_an_answer_tells_of_speech_is_bounded() {
        let check = |task, from: &str, to: &str, most| {
            let text = Prompt::built_in_text(task);
            assert!(text.contains(from), "{from}");
            let prompt = Prompt::read("mine", &text.replacen(from, to, 1)).unwrap();
            assert_eq!(prompt.most_about_speech(), most, "{task:?} with {to}");
        };
        check(Task::Describe, "max_tokens", "max_tokens", 0);
        check(Task::Text, "max_tokens", "max_tokens", 0);
        // As many as its form lists, or as fit into its tokens, and the summary.
        check(Task::Summarise, "max_tokens", "max_tokens", 61);
        check(Task::Summarise, "max_tokens = 1200", "max_tokens = 120", 11);
        check(Task::Describe, "\"person\"", "\"Topic\"", 60);
        check(Task::Describe, "\"enum\"", "\"examples\"", 60);
    }

    #[test]
    fn the_schema_of_the_user_takes_its_place() {
        let user = serde_json::json!({ "type": "object", "properties": { "pressure": { "type": "number" } } });
        let schema = Prompt::built_in(Task::Extract).unwrap().schema_with(Some(&user));
        assert_eq!(schema["properties"]["found"]["items"]["properties"]["record"], user);
        assert!(!schema.to_string().contains("\"user\""));
    }
}
