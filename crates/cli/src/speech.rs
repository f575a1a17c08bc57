//! Transcripts made on this machine.

use crate::projects::{chosen, with_desk};
use crate::report::{complain, failures_json, say};
use crate::{Outcome, progress};
use anyhow::Result;
use clap::Args;
use plumbline_adapters::{PocketSphinx, Whisper};
use plumbline_flows as flows;
use plumbline_pipeline::SpeechToText;
use serde_json::json;
use std::path::{Path, PathBuf};

/// With which recogniser.
#[derive(Args)]
pub struct Wish {
    /// Recognise speech with whisper.cpp and this model, such as ggml-base.en.bin, in place of PocketSphinx.
    #[arg(long, value_name = "MODEL")]
    whisper: Option<PathBuf>,
    /// The program of whisper.cpp.
    #[arg(long, requires = "whisper", default_value = "whisper-cli")]
    whisper_program: String,
    /// The language that is spoken, as whisper.cpp names it; PocketSphinx hears English.
    #[arg(long, requires = "whisper", default_value = "en")]
    language: String,
}

impl Wish {
    /// What is to write down what is said.
    pub fn recogniser(&self) -> Result<Box<dyn SpeechToText>> {
        Ok(match &self.whisper {
            Some(model) => Box::new(Whisper::new(Some(&self.whisper_program), model, &self.language)?),
            None => Box::new(PocketSphinx::default()),
        })
    }
}

/// Writes down what is said in the media that have no transcript: one that fails leaves the others be.
pub fn transcribe(project: &Path, which: &[String], wish: &Wish, as_json: bool) -> Result<Outcome> {
    let speech = wish.recogniser()?;
    with_desk(project, |desk| {
        let (mut done, mut failures) = (Vec::new(), Vec::new());
        let media = chosen(desk, which)?;
        for media in &media {
            match flows::transcribe(desk, media, speech.as_ref(), &progress::job()) {
                Ok(true) => done.push(media.clone()),
                Ok(false) => {}
                Err(error) => failures.push(error.to_string()),
            }
        }
        let words = |media| desk.project().transcript(media).map(|t| t.map_or(0, |t| t.words.len()));
        if as_json {
            let rows = done.iter().map(|m| Ok(json!({ "media": m, "words": words(m)? }))).collect::<Result<Vec<_>>>()?;
            say(json!({ "recogniser": speech.name(), "media": rows, "failures": failures_json(&failures) }))?;
        } else {
            complain(&failures);
            for media in &done {
                say(format!("{}: {} words by {}", desk.project().media(media)?.name(), words(media)?, speech.name()))?;
            }
            if done.is_empty() && failures.is_empty() {
                say("every media with sound has a transcript already")?;
            }
        }
        // What had a transcript needed nothing.
        Ok(Outcome::of(media.len() - failures.len(), failures.len(), 0))
    })
}
