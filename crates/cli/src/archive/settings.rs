//! What is done with every item, as people say it.

use crate::annotate::task;
use anyhow::{Result, anyhow};
use clap::Args;
use plumbline_flows::archive::{AskSettings, Settings, Speaking, stages};
use std::path::PathBuf;

/// What is done with every item.
#[derive(Args, Clone, Default)]
pub struct SettingsArgs {
    /// A file of settings, as archive.json of an archive has them, in place of what follows.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["archive_whisper", "archive_no_speech", "no_text", "text_languages", "ask"])]
    settings: Option<PathBuf>,
    /// Recognise speech with whisper.cpp and this model, in place of PocketSphinx.
    #[arg(id = "archive_whisper", long = "whisper-model", value_name = "MODEL", conflicts_with = "archive_no_speech")]
    whisper: Option<String>,
    /// The language that whisper.cpp hears.
    #[arg(long, default_value = "en", value_name = "LANGUAGE")]
    speech_language: String,
    /// Write down nothing that is said.
    #[arg(id = "archive_no_speech", long = "without-speech")]
    no_speech: bool,
    /// Read no text on screen.
    #[arg(long = "without-text")]
    no_text: bool,
    /// The languages of text on screen, as Tesseract names them.
    #[arg(long, default_value = "eng", value_name = "LANGUAGES")]
    text_languages: String,
    /// Ask a model: TASK=MODEL, such as describe=amazon.nova-lite-v1:0; may be given again.
    #[arg(long, value_name = "TASK=MODEL")]
    ask: Vec<String>,
}

impl SettingsArgs {
    /// The settings.
    pub fn settings(&self) -> Result<Settings> {
        if let Some(path) = &self.settings {
            let text = crate::annotate::read(path)?;
            let settings = serde_json::from_str(&text).map_err(|e| anyhow!("{} holds no settings of an archive: {e}", path.display()))?;
            stages(&settings).map_err(|why| anyhow!("{}: {why}", path.display()))?;
            return Ok(settings);
        }
        let speech = match (&self.whisper, self.no_speech) {
            (_, true) => Speaking::None,
            (Some(model), _) => {
                Speaking::Whisper { program: "whisper-cli".into(), model: model.clone(), language: self.speech_language.clone() }
            }
            _ => Speaking::Pocketsphinx,
        };
        let ask = |text: &String| {
            let (task, model) =
                text.split_once('=').ok_or_else(|| anyhow!("{text} is no TASK=MODEL, such as describe=amazon.nova-lite-v1:0"))?;
            self::task(task).map_err(|e| anyhow!(e))?;
            Ok(AskSettings { task: task.to_owned(), model: model.to_owned() })
        };
        let text = (!self.no_text).then(|| self.text_languages.clone());
        let annotate = self.ask.iter().map(ask).collect::<Result<_>>()?;
        Ok(Settings { speech, text, annotate, ..Settings::default() })
    }
}
