//! What is done with every item of an archive.

use serde::{Deserialize, Serialize};

/// What is done with every item; kept beside the results, so that all who work on an archive do the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The layout of the archive.
    pub layout: u32,
    /// Who writes down what is said.
    #[serde(default)]
    pub speech: Speaking,
    /// The languages of text on screen, as Tesseract names them; none to read none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What models are asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub annotate: Vec<AskSettings>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { layout: super::LAYOUT, speech: Speaking::default(), text: Some("eng".into()), annotate: vec![] }
    }
}

/// Who writes down what is said in an item that has no transcript.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case", deny_unknown_fields)]
pub enum Speaking {
    /// Nobody.
    None,
    /// PocketSphinx, which hears English.
    #[default]
    Pocketsphinx,
    /// whisper.cpp.
    Whisper {
        /// Its program.
        program: String,
        /// The file of its model.
        model: String,
        /// The language, such as `en`.
        language: String,
    },
    /// Amazon Transcribe.
    Transcribe {
        /// The settings of the job, as a file of settings has them (docs/aws.md).
        job: serde_json::Value,
        /// The bucket that sound is sent to.
        bucket: String,
        /// A folder of it.
        prefix: String,
    },
}

/// What a model is asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskSettings {
    /// The task, such as `describe`.
    pub task: String,
    /// The model by its id.
    pub model: String,
}
