//! Transcripts made on this machine, or by a service.

use crate::cloud::{Cloud, CloudWish, dry_run};
use crate::projects::{chosen, with_desk};
use crate::report::{complain, failures_json, say};
use crate::{Outcome, progress};
use anyhow::{Result, bail};
use clap::Args;
use plumbline_adapters::{PocketSphinx, Whisper};
use plumbline_flows::{self as flows, Desk};
use plumbline_pipeline::{Job, SpeechToText};
use plumbline_project::MediaId;
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
    /// The language that is spoken: as whisper.cpp names it, `en` where it is left out, or for --cloud such as en-US. PocketSphinx hears English.
    #[arg(long)]
    language: Option<String>,
    #[command(flatten)]
    cloud: CloudWish,
}

/// What writes down what is said.
pub enum Recogniser {
    Here(Box<dyn SpeechToText>),
    Cloud(Box<Cloud>),
}

impl Wish {
    /// What is to write down what is said.
    pub fn recogniser(&self, project: &Path) -> Result<Recogniser> {
        if self.cloud.cloud {
            return Ok(Recogniser::Cloud(Box::new(self.cloud.open(project, self.language.as_deref())?)));
        }
        Ok(Recogniser::Here(match (&self.whisper, &self.language) {
            (Some(model), language) => Box::new(Whisper::new(Some(&self.whisper_program), model, language.as_deref().unwrap_or("en"))?),
            (None, Some(_)) => bail!("PocketSphinx hears English alone. Leave out --language, or choose --whisper or --cloud"),
            (None, None) => Box::new(PocketSphinx::default()),
        }))
    }
}

impl Recogniser {
    /// Writes down what is said in a media; says whether it did.
    pub fn transcribe(&self, desk: &Desk<'_>, media: &MediaId, job: &Job) -> flows::Result<bool> {
        match self {
            Self::Here(speech) => flows::transcribe(desk, media, speech.as_ref(), job),
            Self::Cloud(cloud) => cloud.transcribe(desk, media, job),
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::Here(speech) => speech.name(),
            Self::Cloud(_) => "Amazon Transcribe",
        }
    }
}

/// Writes down what is said in the media that have no transcript: one that fails leaves the others be.
pub fn transcribe(project: &Path, which: &[String], (wish, dry): (&Wish, bool), as_json: bool) -> Result<Outcome> {
    let speech = wish.recogniser(project)?;
    if let (Recogniser::Cloud(cloud), true) = (&speech, dry) {
        return dry_run(project, which, cloud, as_json);
    }
    with_desk(project, |desk| {
        let (mut done, mut failures) = (Vec::new(), Vec::new());
        let media = chosen(desk, which)?;
        for media in &media {
            match speech.transcribe(desk, media, &progress::job()) {
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
                // The project is locked for one question at a time.
                let name = desk.project().media(media)?.name().to_owned();
                say(format!("{name}: {} words by {}", words(media)?, speech.name()))?;
            }
            if done.is_empty() && failures.is_empty() {
                say("every media with sound has a transcript already")?;
            }
        }
        // What had a transcript needed nothing.
        Ok(Outcome::of(media.len() - failures.len(), failures.len(), 0))
    })
}
