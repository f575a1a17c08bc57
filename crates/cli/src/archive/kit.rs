//! The engines that an archive's settings name, ready to work.

use super::places::{InOut, Opened, OpenedSource};
use crate::account::AccountArgs;
use crate::annotate::{OwnModels, task, way};
use crate::cloud::Cloud;
use anyhow::{Result, anyhow, bail};
use clap::Args;
use plumbline_adapters::{
    DiskArtifacts, DocumentFiles, Ffmpeg, NoScorers, PocketSphinx, SharedArtifacts, SharedRuns, Sphinx, Tesseract, Whisper, cache_folder,
};
use plumbline_core::lab::PromptVersion;
use plumbline_core::models::{FormKind, Model};
use plumbline_core::prompt::Prompt;
use plumbline_flows::annotate::How;
use plumbline_flows::archive::{AskSettings, Settings, Speaking, Step};
use plumbline_flows::process::{Ask, Recipe, Speech};
use plumbline_pipeline::asking::{Along, Asking};
use plumbline_pipeline::calls::{Caller, RealClock};
use plumbline_pipeline::limiter::{Gate, Limits};
use plumbline_pipeline::models::Models;
use plumbline_pipeline::stages::Ports;
use plumbline_pipeline::{Runs, SpeechToText};
use plumbline_runs::RunFile;
use std::path::PathBuf;

/// What is done with every item.
#[derive(Args, Clone, Default)]
pub struct SettingsArgs {
    /// A file of settings, as archive.json of an archive has them, in place of what follows.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["archive_whisper", "no_speech", "no_text", "text_languages", "ask"])]
    settings: Option<PathBuf>,
    /// Recognise speech with whisper.cpp and this model, in place of PocketSphinx.
    #[arg(id = "archive_whisper", long = "whisper-model", value_name = "MODEL", conflicts_with = "no_speech")]
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
            return serde_json::from_str(&text).map_err(|e| anyhow!("{} holds no settings of an archive: {e}", path.display()));
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

/// Who writes down speech.
enum Speaker {
    None,
    Here(Box<dyn SpeechToText>),
    Cloud(Box<Cloud>),
}

fn speaker(speaking: &Speaking, account: &AccountArgs, runs: &PathBuf) -> Result<Speaker> {
    Ok(match speaking {
        Speaking::None => Speaker::None,
        Speaking::Pocketsphinx => Speaker::Here(Box::new(PocketSphinx::default())),
        Speaking::Whisper { program, model, language } => Speaker::Here(Box::new(Whisper::new(Some(program), model.as_ref(), language)?)),
        Speaking::Transcribe { job, bucket, prefix } => {
            let job = serde_json::from_value(job.clone()).map_err(|e| anyhow!("the settings of the transcription can't be used: {e}"))?;
            Speaker::Cloud(Box::new(Cloud::of_archive(job, (bucket, prefix), account, Box::new(RunFile::open(runs)?))?))
        }
    })
}

/// A model and what it is asked.
struct Asked {
    prompt: Prompt,
    model: Model,
    models: Box<dyn Models>,
    gate: Gate,
}

impl Asked {
    fn of(wish: &AskSettings, account: &AccountArgs) -> Result<Self> {
        let task = task(&wish.task).map_err(|e| anyhow!(e))?;
        let version =
            Prompt::built_in(task).map(PromptVersion::bare).map_err(|e| anyhow!("the prompt of {} can't be read: {e}", wish.task))?;
        let mut model = OwnModels::default().model(&wish.model)?;
        model.form = Some(model.form.unwrap_or(FormKind::Text));
        if !model.does(task) || version.prompt.needs_question() || version.prompt.needs_schema() {
            bail!(
                "{} can't be asked to {} in an archive. `plumbline models choose --task {}` names who can",
                model.name,
                wish.task,
                wish.task
            );
        }
        let (models, gate) = (way(&model, account, None)?, Gate::new(Limits::of(&model, AT_ONCE)));
        Ok(Self { prompt: version.prompt, model, models, gate })
    }

    fn asking(&self) -> Asking<'_> {
        Asking {
            prompt: &self.prompt,
            model: &self.model,
            question: None,
            schema: None,
            video: false,
            documents: &[],
            examples: &[],
            along: Along::default(),
        }
    }
}

/// So many requests of one process at once.
const AT_ONCE: u32 = 8;

/// Does `work` with the engines that the settings name.
pub fn with_step<T>(
    (source, opened): (&OpenedSource, &Opened),
    settings: &Settings,
    (address, account): (&str, &AccountArgs),
    work: impl FnOnce(&Step, &dyn Runs) -> Result<T>,
) -> Result<T> {
    let name = blake3::hash(address.as_bytes()).to_hex();
    let folder = cache_folder().join("archives");
    std::fs::create_dir_all(&folder).map_err(|e| anyhow!("{} can't be made: {e}. Make room", folder.display()))?;
    let ledger = folder.join(format!("{}.runs", &name[..16]));
    let near = RunFile::open(&ledger)?;
    let runs = SharedRuns::new(&near, opened.objects(), &opened.within("answers"));
    let artifacts = SharedArtifacts::new(DiskArtifacts::new(cache_folder()), opened.objects(), &opened.within("artifacts"));
    let speaker = speaker(&settings.speech, account, &ledger)?;
    let reader = settings.text.as_ref().map(|languages| Tesseract::new("tesseract", languages));
    let asked = settings.annotate.iter().map(|wish| Asked::of(wish, account)).collect::<Result<Vec<_>>>()?;
    let clock = RealClock::default();
    let callers: Vec<Caller<'_>> = asked.iter().map(|a| Caller::new(a.models.as_ref(), &runs, &a.gate, None, &clock)).collect();
    let how = |a| How { asking: Asked::asking(a), at_once: AT_ONCE as usize, stream: false, fresh: false };
    let asks: Vec<Ask<'_>> = asked.iter().zip(&callers).map(|(a, caller)| Ask { how: how(a), caller }).collect();
    let cloud = match &speaker {
        Speaker::Cloud(cloud) => Some((cloud.wish(), cloud.account())),
        _ => None,
    };
    let speech = match &speaker {
        Speaker::Here(speech) => Some(Speech::Here(speech.as_ref())),
        _ => cloud.as_ref().map(|(wish, account)| Speech::Cloud(*wish, account)),
    };
    let ports = Ports {
        media: &Ffmpeg,
        artifacts: &artifacts,
        acoustics: &Sphinx::default(),
        scorers: &NoScorers,
        documents: &DocumentFiles::USUAL,
    };
    let recipe = Recipe { speech, reader: reader.as_ref().map(|r| r as _), ask: &asks, proxy: false };
    work(&Step { place: opened.place(), source: source.source(), recipe, ports }, &runs)
}

impl InOut {
    /// Does `work` with the engines of the archive, which has begun.
    pub fn with_step<T>(&self, work: impl FnOnce(&Step, &dyn Runs) -> Result<T>) -> Result<T> {
        let (source, opened) = (self.source()?, self.out.open()?);
        let settings = opened.place().settings(&crate::progress::job())?;
        let settings = settings.ok_or_else(|| {
            anyhow!("{} is no archive yet. Begin it with `plumbline manifest --in {} --out {}`", self.out.out, self.from, self.out.out)
        })?;
        with_step((&source, &opened), &settings, (&self.out.out, &self.out.account), work)
    }
}
