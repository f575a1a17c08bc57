//! Asking services that are paid about media: what it would come to, and the job that does it.

use crate::amazon::{Amazon, ModelName, trouble};
use crate::app::{App, Work};
use crate::commands::Answer;
use crate::jobs::Ended;
use crate::ways::asking;
use plumbline_adapters::{Ffmpeg, Flac};
use plumbline_aws::{Account, Patience, S3, Transcribe};
use plumbline_core::lab::{PromptVersion, Shot};
use plumbline_core::models::{FormKind, Model, ModelKind, Money, Need, Task, choose};
use plumbline_core::prompt::Prompt;
use plumbline_core::transcription::{Identify, Prices, TranscriptionJob};
use plumbline_flows::annotate::{How, estimate, requests};
use plumbline_flows::cloud_speech::{self as speech, Wish};
use plumbline_flows::lab::{measured, shown_beside, used};
use plumbline_flows::meaning::Compare;
use plumbline_flows::process::{Ask, Recipe, Speech};
use plumbline_flows::{self as flows, Error};
use plumbline_pipeline::asking::{Along, Asking, Example, readable};
use plumbline_pipeline::cloud::Poll;
use plumbline_pipeline::embedding::Space;
use plumbline_pipeline::stages::{StageError, cloud_speech};
use plumbline_pipeline::{Job, Runs};
use plumbline_project::MediaId;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tauri::State;
use ts_rs::TS;

/// A usual picture, where nothing with one is selected.
const USUAL_SIZE: (u32, u32) = (1_280, 720);

/// What is asked of a model, about which media.
#[derive(Clone, Deserialize, TS)]
#[ts(export)]
pub struct AskWish {
    media: Vec<MediaId>,
    task: Task,
    /// Id of the model.
    model: String,
    /// Where the task answers one.
    question: String,
    /// A JSON schema as text, where the task extracts records.
    schema: String,
    /// Send video in place of frames, where the model takes it.
    video: bool,
    /// Ask anew, although there are answers.
    fresh: bool,
    /// Documents of the media that do not go along, by their ids.
    left_out: Vec<String>,
    /// Id of the embedding model that what is told of speech is compared with it by; null where it is not.
    compare_by: Option<String>,
}

/// What is asked of Amazon Transcribe, about which media.
#[derive(Clone, Deserialize, TS)]
#[ts(export)]
pub struct SpeechWish {
    media: Vec<MediaId>,
    /// The language, such as en-US; found out by the service where it is empty, and among these where there are several.
    language: String,
    /// Write down several languages, in place of the one that is spoken most.
    several: bool,
    /// Tell so many speakers apart at most; none where it is null.
    speakers: Option<u32>,
    /// Write down two channels each by itself.
    channels: bool,
    /// Name of a custom vocabulary; none where it is empty.
    vocabulary: String,
}

/// A model, and how it stands among the others for a task.
#[derive(Serialize, TS)]
#[ts(export)]
pub struct ModelChoice {
    id: String,
    name: String,
    /// Why it can't be taken, as sentences.
    against: Vec<String>,
    /// What speaks for its place, as sentences.
    reasons: Vec<String>,
    /// What a window costs; null where its price is not known.
    cost: Option<Money>,
    /// Whether it takes video.
    video: bool,
}

/// What can be asked in a task, and of which models, the one to take first.
#[derive(Serialize, TS)]
#[ts(export)]
pub struct TaskView {
    /// The prompt that it is done with: `describe@2`.
    prompt: String,
    /// What it does, for people.
    about: String,
    models: Vec<ModelChoice>,
    /// The embedding models that what is told of speech can be compared with it by; none where the prompt tells nothing of speech.
    compare_by: Vec<ModelName>,
    needs_question: bool,
    needs_schema: bool,
    /// Why nothing can be asked, as a sentence; null where it can.
    blocked: Option<String>,
}

/// What asking comes to.
#[derive(Default, Serialize, TS)]
#[ts(export)]
pub struct AskEstimate {
    windows: usize,
    frames: usize,
    /// Questions whose answers are kept already.
    kept: usize,
    #[ts(type = "number")]
    input_tokens: u64,
    #[ts(type = "number")]
    output_tokens: u64,
    /// What it costs at most; null where the price is not known.
    at_most: Option<Money>,
    /// What of that is for comparing what is told of speech with it; null where nothing is compared, or that price is not known.
    comparing: Option<Money>,
    /// What is left of the cap; null where there is none.
    left: Option<Money>,
    /// How each document goes along, as clauses: `slides.pdf: as it is`.
    documents: Vec<String>,
    /// The first thing that would be sent, as text.
    first: String,
    /// Media that can't be asked about, each with its reason.
    failures: Vec<String>,
}

/// All that is read before anything is asked.
struct Ready {
    prompt: Prompt,
    /// Examples of its version.
    shots: Vec<Shot>,
    model: Model,
    question: Option<String>,
    schema: Option<Value>,
    video: bool,
    left_out: Vec<String>,
    /// What is told of speech is compared with it by these vectors.
    compare_by: Option<Space>,
    amazon: Amazon,
}

impl Ready {
    /// The prompt is the one that was promoted for the task, or else comes with it.
    fn of(wish: &AskWish, amazon: Amazon, work: &Work) -> flows::Result<Self> {
        let wrong = |why: String| Error::File { path: "Ask a model".into(), why };
        let PromptVersion { prompt, examples: shots, .. } = used(&work.desk().project(), wish.task)?;
        let mut model = amazon.model(&wish.model)?;
        // What is not known to be held to a schema is asked in words.
        model.form = Some(model.form.unwrap_or(FormKind::Text));
        let question = Some(wish.question.trim().to_owned()).filter(|question| prompt.needs_question() && !question.is_empty());
        if prompt.needs_question() && question.is_none() {
            return Err(wrong("this task answers a question. Write one".into()));
        }
        let schema = match (prompt.needs_schema(), wish.schema.trim()) {
            (false, _) => None,
            (true, "") => return Err(wrong("this task extracts records by a JSON schema. Write one".into())),
            (true, text) => Some(serde_json::from_str(text).map_err(|e| wrong(format!("the schema is no JSON: {e}. Mend it")))?),
        };
        if model.price.is_none() && amazon.cap().is_some() {
            return Err(wrong(format!(
                "the price of {} is not known, so no cap can hold. Add it with its price to your own models, or choose another",
                model.name
            )));
        }
        let video = wish.video && model.video;
        let compare_by = wish.compare_by.as_ref().filter(|_| prompt.most_about_speech() > 0);
        let compare_by = compare_by.map(|id| compared_by(&amazon, id)).transpose()?;
        Ok(Self { prompt, shots, model, question, schema, video, left_out: wish.left_out.clone(), compare_by, amazon })
    }

    fn asking<'a>(&'a self, examples: &'a [Example]) -> Asking<'a> {
        Asking {
            prompt: &self.prompt,
            model: &self.model,
            question: self.question.as_deref(),
            schema: self.schema.as_ref(),
            video: self.video,
            documents: &[],
            examples,
            along: Along::AllBut(&self.left_out),
        }
    }

    /// The examples that go along when a media is asked about.
    fn examples(&self, media: &MediaId, work: &Work, job: &Job) -> flows::Result<Vec<Example>> {
        shown_beside(&work.desk(), &self.asking(&[]), &self.shots, std::slice::from_ref(media), job)
    }

    /// What it comes to, and what would be sent first.
    fn estimate(&self, media: &[MediaId], work: &Work, job: &Job) -> flows::Result<AskEstimate> {
        let (none, compare_by) = (Some(Money::default()), self.compare_by.as_ref());
        let comparing = compare_by.and(none);
        let mut all = AskEstimate { at_most: none, comparing, left: left(work, &self.amazon)?, ..AskEstimate::default() };
        let desk = work.desk();
        for media in media {
            let examples = self.examples(media, work, job)?;
            match estimate(&desk, media, self.asking(&examples), compare_by, work.ledger.as_ref(), job) {
                Ok(one) => {
                    (all.windows, all.frames, all.kept) = (all.windows + one.windows, all.frames + one.frames, all.kept + one.kept);
                    (all.input_tokens, all.output_tokens) = (all.input_tokens + one.input_tokens, all.output_tokens + one.output_tokens);
                    all.at_most = all.at_most.zip(one.total()).map(|(sum, one)| sum + one);
                    all.comparing = all.comparing.zip(one.comparing).map(|(sum, one)| sum + one);
                    all.documents.extend(one.documents);
                    if all.first.is_empty() {
                        let first = requests(&desk, media, self.asking(&examples), job)?.into_iter().next();
                        all.first = first.map_or_else(String::new, |(_, request)| readable(&request));
                    }
                }
                Err(Error::Cancelled(cancelled)) => return Err(cancelled.into()),
                Err(error) => all.failures.push(error.to_string()),
            }
        }
        Ok(all)
    }

    /// Asks about one media after the other, until one meets what all would meet.
    fn ask(&self, media: &[MediaId], fresh: bool, work: &Work, job: &Job) -> flows::Result<Ended> {
        let models: Vec<Model> = [&self.model].into_iter().chain(self.compare_by.as_ref().map(|space| &space.model)).cloned().collect();
        asking(&self.amazon, work, &models, |askers| {
            let compare = self.compare_by.as_ref().zip(askers.get(1)).map(|(space, asker)| Compare { space, caller: asker.caller });
            each(media, |media| {
                let examples = self.examples(media, work, job)?;
                let how = How { asking: self.asking(&examples), at_once: self.amazon.at_once as usize, stream: false, fresh };
                let ask = [Ask { how, caller: askers[0].caller, compare }];
                work.process(media, &Recipe { ask: &ask, ..Recipe::default() }, job)
            })
        })
    }
}

/// The vectors of a model that texts are compared by, as short as it gives them.
fn compared_by(amazon: &Amazon, id: &str) -> flows::Result<Space> {
    let space = Space::smallest(amazon.model_of(ModelKind::Embed, id)?);
    Ok(space.ok_or_else(|| trouble(&format!("no length of a vector is known of {id}. Add it to your own models")))?.of_texts())
}

/// What all calls of the project may still cost; none where there is no cap.
pub fn left(work: &Work, amazon: &Amazon) -> flows::Result<Option<Money>> {
    let spent = work.ledger.spent().map_err(StageError::from)?;
    Ok(amazon.cap().map(|cap| (cap - spent.cost - spent.held).max(Money::default())))
}

/// Does each media; ends where one meets what all would meet.
fn each(media: &[MediaId], mut work: impl FnMut(&MediaId) -> flows::Result<Ended>) -> flows::Result<Ended> {
    let mut all = Ended::default();
    for media in media {
        let ended = work(media)?;
        let over = ended.failures.iter().any(ends_run);
        all.and(ended);
        if over {
            break;
        }
    }
    Ok(all)
}

fn ends_run(error: &Error) -> bool {
    match error {
        Error::Stage(StageError::Call(error)) => error.ends_run(),
        Error::Stage(StageError::Runs(_)) => true,
        _ => false,
    }
}

/// The language of a job, or which ones it looks for.
fn languages(typed: &str, several: bool) -> TranscriptionJob {
    let mut named = typed.split([' ', ',', ';']).map(str::trim).filter(|code| !code.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let looked_for = if several { Identify::Several } else { Identify::One };
    match (named.len(), several) {
        (1, false) => TranscriptionJob { language: named.pop(), ..TranscriptionJob::default() },
        _ => TranscriptionJob { identify: Some(looked_for), options: named, ..TranscriptionJob::default() },
    }
}

/// The account with all that a transcription takes.
struct Recorder {
    objects: S3,
    speech: Transcribe,
    prefix: String,
    region: String,
    prices: Prices,
    cap: Option<Money>,
    settings: TranscriptionJob,
}

impl Recorder {
    fn of(wish: &SpeechWish, amazon: &Amazon) -> flows::Result<Self> {
        let text = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let settings = TranscriptionJob {
            speakers: wish.speakers,
            channels: wish.channels,
            vocabulary: text(&wish.vocabulary),
            ..languages(&wish.language, wish.several)
        };
        let (account, bucket): (Account, String) = (amazon.open()?, amazon.bucket()?);
        Ok(Self {
            objects: S3::open(&account, &bucket, None, Patience::default()),
            speech: Transcribe::open(&account, &bucket, None, None, Patience::default()),
            prefix: amazon.folder(),
            region: account.region().unwrap_or_default().to_owned(),
            prices: Prices::built_in().map_err(|e| trouble(&format!("the table of prices is damaged: {e}. Install Plumbline again")))?,
            cap: amazon.cap(),
            settings,
        })
    }

    fn account<'a>(&'a self, runs: &'a dyn Runs) -> cloud_speech::Account<'a> {
        cloud_speech::Account {
            objects: &self.objects,
            prefix: &self.prefix,
            speech: &self.speech,
            region: &self.region,
            prices: &self.prices,
            runs,
            cap: self.cap,
            sound: &Flac(Ffmpeg),
            poll: Poll::default(),
        }
    }

    fn wish(&self) -> Wish<'_> {
        Wish { settings: &self.settings, anyway: false }
    }

    fn estimate(&self, media: &[MediaId], work: &Work, amazon: &Amazon, job: &Job) -> flows::Result<AskEstimate> {
        let mut all = AskEstimate { at_most: Some(Money::default()), left: left(work, amazon)?, ..AskEstimate::default() };
        let (desk, account) = (work.desk(), self.account(work.ledger.as_ref()));
        for media in media {
            match speech::plan(&desk, media, self.wish(), &account, job) {
                Ok(Some(plan)) => {
                    all.windows += 1;
                    all.at_most = all.at_most.map(|sum| sum + plan.cost);
                    if all.first.is_empty() {
                        let sound =
                            plan.sound.map_or_else(String::new, |to| format!("\nsends {} bytes to {to}", plan.bytes.unwrap_or_default()));
                        all.first = format!("job {}{sound}\ntranscript from {}", plan.name, plan.transcript);
                    }
                }
                Ok(None) => all.kept += 1,
                Err(Error::Cancelled(cancelled)) => return Err(cancelled.into()),
                Err(error) => all.failures.push(error.to_string()),
            }
        }
        Ok(all)
    }
}

/// Why no service that is paid is asked.
pub fn blocked(work: &Work) -> flows::Result<()> {
    match &work.ledger.unkept {
        Some(why) => Err(Error::File { path: "Ledger".into(), why: why.clone() }),
        None => Ok(()),
    }
}

/// None where the person stopped it.
pub fn unless_stopped<T>(result: flows::Result<T>) -> Answer<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Error::Cancelled(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn title(app: &App, what: &str, media: &[MediaId]) -> String {
    match media {
        [one] => format!("{}: {what}", app.name(one)),
        many => format!("{} media: {what}", many.len()),
    }
}

#[tauri::command(async)]
pub fn task(app: State<'_, App>, task: Task, media: Vec<MediaId>) -> Answer<TaskView> {
    let work = app.work();
    let size = app.with(|p| media.iter().find_map(|m| p.media(m).ok()?.picture)).map_or(USUAL_SIZE, |p| (p.width, p.height));
    let version = app.with(|project| used(project, task))?;
    let (prompt, promoted) = (version.prompt, version.model);
    let registry = app.world().settings.amazon().registry()?;
    let video = |id: &str| registry.model(id).is_some_and(|model| model.video);
    let measured = measured(&work.desk(), task)?;
    let mut choices = choose(&registry, &Need::usual(task, size), &measured);
    // What was promoted is what is done, unless somebody chooses otherwise.
    if let Some(at) = promoted.as_ref().and_then(|model| choices.iter().position(|c| c.id == *model)) {
        let mut choice = choices.remove(at);
        choice.reasons.insert(0, format!("promoted with {}", prompt.id()));
        choices.insert(0, choice);
    }
    let models = choices.into_iter().map(|c| ModelChoice {
        video: video(&c.id),
        id: c.id,
        name: c.name,
        against: c.against,
        reasons: c.reasons,
        cost: c.cost,
    });
    let tells = prompt.most_about_speech() > 0;
    let comparing = registry.models().filter(|model| tells && model.kind == ModelKind::Embed && !model.dimensions.is_empty());
    Ok(TaskView {
        prompt: prompt.id(),
        models: models.collect(),
        compare_by: comparing.map(ModelName::from).collect(),
        needs_question: prompt.needs_question(),
        needs_schema: prompt.needs_schema(),
        about: prompt.about,
        blocked: work.ledger.unkept.clone(),
    })
}

#[tauri::command(async)]
pub fn estimate_ask(app: State<'_, App>, wish: AskWish) -> Answer<Option<AskEstimate>> {
    let work = app.work();
    let ready = Ready::of(&wish, app.world().settings.amazon(), &work)?;
    let title = title(&app, "estimate", &wish.media);
    unless_stopped(app.jobs.run(title, |job| ready.estimate(&wish.media, &work, job)))
}

#[tauri::command(async)]
pub fn ask(app: State<'_, App>, wish: AskWish) -> Answer<()> {
    let work = app.work();
    let ready = Ready::of(&wish, app.world().settings.amazon(), &work)?;
    blocked(&work)?;
    app.jobs.spawn(title(&app, wish.task.name(), &wish.media), move |job| ready.ask(&wish.media, wish.fresh, &work, job));
    Ok(())
}

#[tauri::command(async)]
pub fn estimate_speech(app: State<'_, App>, wish: SpeechWish) -> Answer<Option<AskEstimate>> {
    let (amazon, work) = (app.world().settings.amazon(), app.work());
    let recorder = Recorder::of(&wish, &amazon)?;
    let title = title(&app, "estimate", &wish.media);
    unless_stopped(app.jobs.run(title, |job| recorder.estimate(&wish.media, &work, &amazon, job)))
}

#[tauri::command(async)]
pub fn ask_speech(app: State<'_, App>, wish: SpeechWish) -> Answer<()> {
    let (recorder, work) = (Recorder::of(&wish, &app.world().settings.amazon())?, app.work());
    blocked(&work)?;
    app.jobs.spawn(title(&app, "Amazon Transcribe", &wish.media), move |job| {
        let account = recorder.account(work.ledger.as_ref());
        let recipe = Recipe { speech: Some(Speech::Cloud(recorder.wish(), &account)), ..Recipe::default() };
        each(&wish.media, |media| work.process(media, &recipe, job))
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_language_is_named_and_others_are_looked_for() {
        let check = |typed: &str, several, language: Option<&str>, identify, options: &[&str]| {
            let job = languages(typed, several);
            assert_eq!((job.language.as_deref(), job.identify), (language, identify), "{typed}");
            assert_eq!(job.options, options, "{typed}");
        };
        check(" en-US ", false, Some("en-US"), None, &[]);
        check("", false, None, Some(Identify::One), &[]);
        check("", true, None, Some(Identify::Several), &[]);
        check("en-US, de-DE", false, None, Some(Identify::One), &["en-US", "de-DE"]);
        check("en-US de-DE", true, None, Some(Identify::Several), &["en-US", "de-DE"]);
    }
}
