//! The engines that an archive's settings name, ready to work.

use crate::places::{InOut, Opened, OpenedSource, Place, account};
use anyhow::{Result, anyhow, bail};
use plumbline_adapters::{
    DiskArtifacts, DocumentFiles, Ffmpeg, Flac, LocalModels, LocalStagePrograms, NoScorers, PocketSphinx, SharedArtifacts, SharedRuns,
    Sphinx, Tesseract, Whisper, cache_folder,
};
use plumbline_aws::{Bedrock, Choice, Patience, S3, Transcribe, Within};
use plumbline_core::Profile;
use plumbline_core::lab::PromptVersion;
use plumbline_core::models::{FormKind, Model, ModelKind, Registry, Task};
use plumbline_core::prompt::Prompt;
use plumbline_core::transcription::{Prices, TranscriptionJob};
use plumbline_flows::annotate::How;
use plumbline_flows::archive::{AskSettings, Settings, Speaking, Step, stages};
use plumbline_flows::cloud_speech::Wish;
use plumbline_flows::process::{Ask, Recipe, Speech};
use plumbline_pipeline::asking::{Along, Asking};
use plumbline_pipeline::calls::{Caller, RealClock};
use plumbline_pipeline::cloud::Poll;
use plumbline_pipeline::limiter::{Gate, Limits};
use plumbline_pipeline::models::Models;
use plumbline_pipeline::stages::Ports;
use plumbline_pipeline::stages::cloud_speech::Account;
use plumbline_pipeline::{Job, Runs, SpeechToText};
use plumbline_runs::RunFile;
use std::path::Path;

/// Who writes down speech.
enum Speaker {
    None,
    Here(Box<dyn SpeechToText>),
    Cloud(Box<Cloud>),
}

fn speaker(speaking: &Speaking, choice: &Choice, runs: &Path) -> Result<Speaker> {
    Ok(match speaking {
        Speaking::None => Speaker::None,
        Speaking::Pocketsphinx => Speaker::Here(Box::new(PocketSphinx::default())),
        Speaking::Whisper { program, model, language } => Speaker::Here(Box::new(Whisper::new(Some(program), model.as_ref(), language)?)),
        Speaking::Transcribe { job, bucket, prefix } => {
            let job = serde_json::from_value(job.clone()).map_err(|e| anyhow!("the settings of the transcription can't be used: {e}"))?;
            Speaker::Cloud(Box::new(Cloud::open(job, (bucket, prefix), choice, RunFile::open(runs)?)?))
        }
    })
}

/// Amazon Transcribe, as settings have it.
struct Cloud {
    objects: S3,
    speech: Transcribe,
    prefix: String,
    region: String,
    prices: Prices,
    runs: RunFile,
    settings: TranscriptionJob,
}

impl Cloud {
    fn open(settings: TranscriptionJob, (bucket, prefix): (&str, &str), choice: &Choice, runs: RunFile) -> Result<Self> {
        let problems: Vec<String> = settings.check(Profile::default()).iter().map(ToString::to_string).collect();
        if !problems.is_empty() {
            bail!("the settings of the transcription can't be used: {}", problems.join("; "));
        }
        let account = account(choice)?;
        Ok(Self {
            objects: S3::open(&account, bucket, None, Patience::default()),
            speech: Transcribe::open(&account, bucket, None, None, Patience::default()),
            prefix: prefix.to_owned(),
            region: account.region().unwrap_or_default().to_owned(),
            prices: Prices::built_in().map_err(|e| anyhow!("the table of prices is damaged: {e}. Install Plumbline again"))?,
            runs,
            settings,
        })
    }

    fn account(&self) -> Account<'_> {
        Account {
            objects: &self.objects,
            prefix: &self.prefix,
            speech: &self.speech,
            region: &self.region,
            prices: &self.prices,
            runs: &self.runs,
            cap: None,
            sound: &Flac(Ffmpeg),
            poll: Poll::default(),
        }
    }
}

fn way(model: &Model, choice: &Choice) -> Result<Box<dyn Models>> {
    Ok(if LocalModels::is_local(&model.id) {
        Box::new(LocalModels::default())
    } else {
        Box::new(Bedrock::new(&account(choice)?, Within::default()))
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
    fn of(wish: &AskSettings, choice: &Choice) -> Result<Self> {
        let task = Task::ALL.into_iter().find(|task| task.name() == wish.task);
        let task = task.ok_or_else(|| anyhow!("there is no task {}", wish.task))?;
        let version =
            Prompt::built_in(task).map(PromptVersion::bare).map_err(|e| anyhow!("the prompt of {} can't be read: {e}", wish.task))?;
        let known = Registry::read(None)?.model(&wish.model).filter(|model| model.kind == ModelKind::Annotate).cloned();
        let mut model =
            known.ok_or_else(|| anyhow!("nothing is known of the model {}. `plumbline models list` names those that are", wish.model))?;
        if wish.model != model.id {
            (model.id, model.profile_only) = (wish.model.clone(), false);
        }
        model.form = Some(model.form.unwrap_or(FormKind::Text));
        if !model.does(task) || version.prompt.needs_question() || version.prompt.needs_schema() {
            bail!(
                "{} can't be asked to {} in an archive. `plumbline models choose --task {}` names who can",
                model.name,
                wish.task,
                wish.task
            );
        }
        let (models, gate) = (way(&model, choice)?, Gate::new(Limits::of(&model, AT_ONCE)));
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
///
/// # Errors
/// Where one of them can't be had, or the work fails.
pub fn with_step<T>(
    (source, opened): (&OpenedSource, &Opened),
    settings: &Settings,
    out: &Place,
    work: impl FnOnce(&Step, &dyn Runs) -> Result<T>,
) -> Result<T> {
    let name = blake3::hash(out.address.as_bytes()).to_hex();
    let folder = cache_folder().join("archives");
    std::fs::create_dir_all(&folder).map_err(|e| anyhow!("{} can't be made: {e}. Make room", folder.display()))?;
    let ledger = folder.join(format!("{}.runs", &name[..16]));
    let near = RunFile::open(&ledger)?;
    let runs = SharedRuns::new(&near, opened.objects(), &opened.within("answers"));
    let artifacts = SharedArtifacts::new(DiskArtifacts::new(cache_folder()), opened.objects(), &opened.within("artifacts"));
    let speaker = speaker(&settings.speech, &out.choice, &ledger)?;
    let reader = settings.text.as_ref().map(|languages| Tesseract::new("tesseract", languages));
    let asked = settings.annotate.iter().map(|wish| Asked::of(wish, &out.choice)).collect::<Result<Vec<_>>>()?;
    let clock = RealClock::default();
    let callers: Vec<Caller<'_>> = asked.iter().map(|a| Caller::new(a.models.as_ref(), &runs, &a.gate, None, &clock)).collect();
    let how = |a| How { asking: Asked::asking(a), at_once: AT_ONCE as usize, stream: false, fresh: false };
    let asks: Vec<Ask<'_>> = asked.iter().zip(&callers).map(|(a, caller)| Ask { how: how(a), caller, compare: None }).collect();
    let cloud = match &speaker {
        Speaker::Cloud(cloud) => Some((Wish { settings: &cloud.settings, anyway: false }, cloud.account())),
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
    let nodes = stages(settings).map_err(|e| anyhow!(e))?;
    let step = Step {
        place: opened.place(),
        source: source.source(),
        nodes: &nodes,
        custom: &settings.stages,
        programs: &LocalStagePrograms,
        recipe,
        ports,
    };
    work(&step, &runs)
}

impl InOut {
    /// Does `work` with the engines of the archive, which has begun.
    ///
    /// # Errors
    /// Where it has not, an engine can't be had, or the work fails.
    pub fn with_step<T>(&self, job: &Job, work: impl FnOnce(&Step, &dyn Runs) -> Result<T>) -> Result<T> {
        let (source, opened) = (self.source()?, self.out.open()?);
        let settings = opened.place().settings(job)?;
        let address = &self.out.address;
        let begin = || anyhow!("{address} is no archive yet. Begin it with `plumbline manifest --in {} --out {address}`", self.from);
        with_step((&source, &opened), &settings.ok_or_else(begin)?, &self.out, work)
    }
}
