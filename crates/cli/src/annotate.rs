//! Annotations by models.

use crate::account::{AccountArgs, dollars};
use crate::projects::{chosen, with_desk};
use crate::report::{complain, failures_json, say};
use crate::{Outcome, embed, progress};
use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use plumbline_adapters::{LocalModels, RecordedModels};
use plumbline_aws::{Bedrock, Within};
use plumbline_core::lab::{PromptVersion, Shot};
use plumbline_core::models::{FormKind, Model, ModelKind, Money, Registry, Task};
use plumbline_core::prompt::Prompt;
use plumbline_flows::annotate::{How, annotate_with, estimate, examples, requests};
use plumbline_flows::documents::files;
use plumbline_flows::lab::{shown_beside, used};
use plumbline_flows::{self as flows, Desk, meaning};
use plumbline_pipeline::Runs;
use plumbline_pipeline::asking::{Along, Asking, Example, readable};
use plumbline_pipeline::calls::{Caller, RealClock};
use plumbline_pipeline::limiter::{Gate, Limits};
use plumbline_pipeline::models::{Models, Part};
use plumbline_pipeline::stages::annotate::{Annotated, Estimate};
use plumbline_project::{MediaId, Project};
use plumbline_runs::RunFile;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Which models are known.
#[derive(Args, Clone, Default)]
pub struct OwnModels {
    /// A file of your own models, in the form of the registry; one of the same id takes the other's place.
    #[arg(long, value_name = "FILE")]
    models: Option<PathBuf>,
}

impl OwnModels {
    /// The registry with the person's own models.
    pub fn registry(&self) -> Result<Registry> {
        let Some(path) = &self.models else { return Ok(Registry::read(None)?) };
        let text = read(path)?;
        Ok(Registry::read(Some((&path.display().to_string(), &text)))?)
    }

    /// A model as it is to be called: under the id that was named.
    pub fn model(&self, named: &str) -> Result<Model> {
        let registry = self.registry()?;
        let known = registry.model(named).filter(|model| model.kind == ModelKind::Annotate);
        let mut model = known.cloned().ok_or_else(|| {
            anyhow!("nothing is known of the model {named}. `plumbline models list` names those that are; add others with --models")
        })?;
        if named != model.id {
            (model.id, model.profile_only) = (named.to_owned(), false);
        }
        Ok(model)
    }
}

/// The way to a model: this machine, or the account; what it says goes into a folder, too, where one is named.
pub fn way(model: &Model, account: &AccountArgs, record: Option<&Path>) -> Result<Box<dyn Models>> {
    let way: Box<dyn Models> = if LocalModels::is_local(&model.id) {
        Box::new(LocalModels::default())
    } else {
        Box::new(Bedrock::new(&account.open()?, Within::default()))
    };
    Ok(match record {
        Some(folder) => Box::new(RecordedModels::record(folder, way)),
        None => way,
    })
}

/// The text of a file.
pub fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|e| anyhow!("{} can't be read: {e}. Check the path", path.display()))
}

/// The name of a task, as people write it.
pub fn task(name: &str) -> Result<Task, String> {
    let names = || Task::ALL.map(Task::name).join(", ");
    Task::ALL.into_iter().find(|task| task.name() == name).ok_or_else(|| format!("there is no task '{name}'; there are: {}", names()))
}

/// What is asked, of whom, and what it may cost.
#[derive(Args)]
pub struct Wish {
    /// What to ask: describe, text, answer, summarise, moderate or extract.
    #[arg(long, value_parser = task, required_unless_present = "prompt")]
    task: Option<Task>,
    /// A prompt of your own in place of the one that was promoted for the task, or else comes with it.
    #[arg(long, value_name = "FILE", conflicts_with = "task")]
    prompt: Option<PathBuf>,
    /// The model: an id of the registry, or an inference profile of one. `plumbline models choose` ranks them. The one that was promoted for the task where none is
    /// named.
    #[arg(long)]
    model: Option<String>,
    /// The question, where the task answers one.
    #[arg(long)]
    question: Option<String>,
    /// A JSON schema of the records, where the task extracts some.
    #[arg(long, value_name = "FILE")]
    schema: Option<PathBuf>,
    /// A document to send along beside those that belong to the media; may be given again.
    #[arg(long, value_name = "FILE")]
    document: Vec<PathBuf>,
    /// Send video in place of frames, where the model takes video.
    #[arg(long)]
    video: bool,
    /// Send none of the documents that belong to the media.
    #[arg(long)]
    no_documents: bool,
    /// Show the model so many stretches that people reviewed in other media of the project.
    #[arg(long, default_value_t = 0, value_name = "COUNT")]
    examples: usize,
    #[command(flatten)]
    own: OwnModels,
    /// So many requests at once.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=256))]
    at_once: u32,
    /// Requests a minute that your quota allows; found out where it is not said.
    #[arg(long)]
    requests_per_minute: Option<u32>,
    /// Tokens a minute that your quota allows.
    #[arg(long)]
    tokens_per_minute: Option<u32>,
    /// All calls of the project cost so many US dollars at most: it stops before.
    #[arg(long, value_name = "USD", value_parser = dollars)]
    cap: Option<Money>,
    /// Hold what is told of speech against what is said by this embedding model, too; else only by their words.
    #[arg(long, value_name = "MODEL")]
    meaning: Option<String>,
    /// Let answers come in pieces.
    #[arg(long)]
    stream: bool,
    /// Ask anew, although there are answers that were paid for.
    #[arg(long)]
    again: bool,
    /// Only say what would be sent where, and what it costs.
    #[arg(long)]
    dry_run: bool,
    /// With --dry-run: write the requests to this folder, without their pictures.
    #[arg(long, value_name = "FOLDER", requires = "dry_run")]
    requests: Option<PathBuf>,
    /// Take answers from this folder, where --record put them, in place of a service.
    #[arg(long, value_name = "FOLDER", conflicts_with = "record")]
    answers: Option<PathBuf>,
    /// Keep all answers in this folder, to say them again.
    #[arg(long, value_name = "FOLDER")]
    record: Option<PathBuf>,
    #[command(flatten)]
    account: AccountArgs,
}

/// All that is read before anything is asked.
struct Asked {
    prompt: Prompt,
    model: Model,
    question: Option<String>,
    schema: Option<Value>,
    documents: Vec<Part>,
    video: bool,
    examples: Vec<Example>,
    shots: Vec<Shot>,
    along: Along<'static>,
}

impl Asked {
    fn asking(&self) -> Asking<'_> {
        Asking {
            prompt: &self.prompt,
            model: &self.model,
            question: self.question.as_deref(),
            schema: self.schema.as_ref(),
            video: self.video,
            documents: &self.documents,
            examples: &self.examples,
            along: self.along,
        }
    }
}

impl Asked {
    /// What goes along when a media is asked about: what was asked for, else the examples of the version.
    fn examples_of(&self, desk: &Desk<'_>, media: &MediaId) -> Result<Vec<Example>> {
        if !self.examples.is_empty() || self.shots.is_empty() {
            return Ok(self.examples.clone());
        }
        Ok(shown_beside(desk, &self.asking(), &self.shots, std::slice::from_ref(media), &progress::job())?)
    }

    /// Takes along what people reviewed in media that are not asked about.
    fn show_examples(&mut self, desk: &Desk<'_>, which: &[String], count: usize) -> Result<()> {
        if count > 0 {
            let but = chosen(desk, which)?;
            self.examples = examples(desk, &self.asking(), count, &but, &progress::job())?;
            if self.examples.is_empty() {
                bail!(
                    "no reviewed stretch of a media that is not asked about fits the prompt. Name those to ask about with --media, review others, or leave out --examples"
                );
            }
        }
        Ok(())
    }
}

impl Wish {
    fn asked(&self, project: &Path) -> Result<Asked> {
        let version = match (&self.prompt, self.task) {
            (Some(path), _) => PromptVersion::read(&path.display().to_string(), &read(path)?)?,
            (None, Some(task)) => used(&Project::open(project)?, task)?,
            (None, None) => bail!("no task is named. Name one with --task"),
        };
        let named = self.model.clone().or(version.model);
        let named = named.ok_or_else(|| anyhow!("no model is named. Name one with --model; `plumbline models choose` ranks them"))?;
        let (prompt, shots, model) = (version.prompt, version.examples, self.model(&named)?);
        if !model.does(prompt.task) {
            bail!(
                "{} does not do the task {}. `plumbline models choose --task {}` names those that do",
                model.name,
                prompt.task.name(),
                prompt.task.name()
            );
        }
        if prompt.needs_question() && self.question.is_none() {
            bail!("the prompt {} answers a question. Ask one with --question", prompt.id());
        }
        if prompt.needs_schema() && self.schema.is_none() {
            bail!("the prompt {} extracts records by a schema of yours. Name its file with --schema", prompt.id());
        }
        let schema = |path: &PathBuf| serde_json::from_str(&read(path)?).with_context(|| format!("{} is no JSON. Mend it", path.display()));
        let documents = files(&self.document)?;
        if !documents.is_empty() && !model.documents {
            bail!("{} takes no documents, as far as is known. Leave them out, or choose another model", model.name);
        }
        if self.video && !model.video {
            bail!("{} takes no video, as far as is known. Leave out --video, or choose another model", model.name);
        }
        Ok(Asked {
            prompt,
            model,
            question: self.question.clone(),
            schema: self.schema.as_ref().map(schema).transpose()?,
            documents,
            video: self.video,
            examples: vec![],
            shots,
            along: if self.no_documents { Along::None } else { Along::default() },
        })
    }

    /// The model as it is to be called: under the id that was named.
    fn model(&self, named: &str) -> Result<Model> {
        let mut model = self.own.model(named)?;
        // What is not known to be held to a schema is asked in words.
        model.form = Some(model.form.unwrap_or(FormKind::Text));
        Ok(model)
    }

    fn models(&self, model: &Model) -> Result<Box<dyn Models>> {
        if let Some(folder) = &self.answers {
            return Ok(Box::new(RecordedModels::replay(folder)));
        }
        way(model, &self.account, self.record.as_deref())
    }

    fn limits(&self, model: &Model) -> Limits {
        let known = Limits::of(model, self.at_once);
        Limits {
            requests_per_minute: self.requests_per_minute.or(known.requests_per_minute),
            tokens_per_minute: self.tokens_per_minute.or(known.tokens_per_minute),
            ..known
        }
    }
}

/// Asks a model about media: one that fails leaves the others be.
pub fn run(project: &Path, which: &[String], wish: &Wish, as_json: bool) -> Result<Outcome> {
    let mut asked = wish.asked(project)?;
    let runs = RunFile::beside(project)?;
    if wish.dry_run {
        return with_desk(project, |desk| {
            asked.show_examples(desk, which, wish.examples)?;
            dry_run(desk, which, wish, &asked, &runs, as_json)
        });
    }
    if asked.model.price.is_none() && wish.cap.is_some() {
        bail!(
            "the price of {} is not known, so no cap can hold. Add the model with its price to a file of your own (--models)",
            asked.model.name
        );
    }
    let meant = wish.meaning.as_ref().map(|id| embed::smallest(embed::embedding_model(&wish.own.registry()?, id)?)).transpose()?;
    meant.as_ref().map_or(Ok(()), |space| embed::refuse_unpriced(space, wish.cap))?;
    let (models, gate, clock) = (wish.models(&asked.model)?, Gate::new(wish.limits(&asked.model)), RealClock::default());
    let before = runs.spent()?.cost;
    let caller = Caller::new(models.as_ref(), &runs, &gate, wish.cap, &clock);
    // Another model has a quota of its own.
    let pace = Gate::new(meant.as_ref().map_or_else(|| gate.limits(), |space| space.limits(wish.at_once)));
    let embedder = Caller::new(models.as_ref(), &runs, &pace, wish.cap, &clock);
    with_desk(project, |desk| {
        asked.show_examples(desk, which, wish.examples)?;
        let (mut done, mut failures) = (Vec::new(), Vec::new());
        for media in chosen(desk, which)? {
            let job = progress::job();
            let vector = meant.as_ref().map(|space| |text: &str| meaning::vector(space, &embedder, text, &media, &job));
            let examples = asked.examples_of(desk, &media)?;
            let asking = Asking { examples: &examples, ..asked.asking() };
            let how = How { asking, at_once: wish.at_once as usize, stream: wish.stream, fresh: wish.again };
            let vectors = vector.as_ref().map(|vector| vector as &meaning::Vectors);
            let annotated =
                annotate_with(desk, &media, how, &caller, vectors, &job).and_then(|a| flows::refresh(desk, &media, &job).map(|()| a));
            match annotated {
                Ok(annotated) => done.push((media, annotated)),
                Err(error) => failures.push(error.to_string()),
            }
        }
        tell(desk, &done, &failures, (models.name(), before), &runs, as_json)?;
        let unanswered: usize = done.iter().map(|(_, a)| a.unanswered.len()).sum();
        Ok(Outcome::of(done.len(), failures.len() + unanswered, 0))
    })
}

fn tell(
    desk: &Desk<'_>,
    done: &[(MediaId, Annotated)],
    failures: &[String],
    (models, before): (&str, Money),
    runs: &dyn Runs,
    as_json: bool,
) -> Result<()> {
    let spent = runs.spent()?;
    if as_json {
        let row = |(media, a): &(MediaId, Annotated)| {
            let unanswered: Vec<Value> =
                a.unanswered.iter().map(|u| json!({ "start_us": u.span.start, "end_us": u.span.end, "why": u.why })).collect();
            json!({
                "media": media, "annotations": a.annotations.len(), "windows": a.windows, "from_cache": a.from_cache,
                "contradictions": a.contradictions, "unanswered": unanswered, "cost_nano_usd": a.cost.nano_usd()
            })
        };
        let media: Vec<Value> = done.iter().map(row).collect();
        return say(json!({
            "asked": models, "media": media, "failures": failures_json(failures),
            "spent_nano_usd": spent.cost.nano_usd(), "held_nano_usd": spent.held.nano_usd()
        }));
    }
    for (media, a) in done {
        let name = desk.project().media(media)?.name().to_owned();
        let kept = if a.from_cache > 0 { format!(", {} of them answered before", a.from_cache) } else { String::new() };
        say(format!("{name}: {} annotations from {} windows{kept}", a.annotations.len(), a.windows))?;
        let unanswered = a.unanswered.iter().map(|u| format!("{name}, from {} to {}: {}", u.span.start, u.span.end, u.why));
        complain(&unanswered.collect::<Vec<_>>());
        a.contradictions.iter().try_for_each(|c| say(format!("{name}: {c}")))?;
    }
    complain(failures);
    say(format!("spent {}; in this project so far {}", spent.cost - before, spent.cost))
}

fn dry_run(desk: &Desk<'_>, which: &[String], wish: &Wish, asked: &Asked, runs: &dyn Runs, as_json: bool) -> Result<Outcome> {
    let (mut rows, mut failures): (Vec<(MediaId, Estimate)>, Vec<String>) = Default::default();
    for media in chosen(desk, which)? {
        let job = progress::job();
        let examples = asked.examples_of(desk, &media)?;
        let asking = Asking { examples: &examples, ..asked.asking() };
        let told = estimate(desk, &media, asking, runs, &job).map_err(anyhow::Error::from).and_then(|estimate| {
            if let Some(folder) = &wish.requests {
                write_requests(desk, &media, asking, folder)?;
            }
            Ok(estimate)
        });
        match told {
            Ok(estimate) => rows.push((media, estimate)),
            Err(error) => failures.push(error.to_string()),
        }
    }
    let total = rows.iter().map(|(_, e)| e.at_most).sum::<Option<Money>>();
    let place = match &wish.answers {
        Some(folder) => format!("recorded answers in {}", folder.display()),
        None if LocalModels::is_local(&asked.model.id) => "this machine".to_owned(),
        None => wish.account.open().map(|account| format!("Bedrock, {}", account.region().unwrap_or_default()))?,
    };
    if as_json {
        let row = |(media, e): &(MediaId, Estimate)| {
            json!({
                "media": media, "windows": e.windows, "frames": e.frames, "kept": e.kept, "input_tokens": e.input_tokens,
                "output_tokens": e.output_tokens, "documents": e.documents, "at_most_nano_usd": e.at_most.map(Money::nano_usd)
            })
        };
        say(json!({
            "place": place, "model": asked.model.called(), "prompt": asked.prompt.id(), "media": rows.iter().map(row).collect::<Vec<_>>(),
            "at_most_nano_usd": total.map(Money::nano_usd), "spent_nano_usd": runs.spent()?.cost.nano_usd(), "failures": failures_json(&failures)
        }))?;
        return Ok(Outcome::of(rows.len(), failures.len(), 0));
    }
    say(format!("to {place}: {} by the prompt {}", asked.model.called(), asked.prompt.id()))?;
    let cost = |money: Option<Money>| money.map_or("at a price that is not known".to_owned(), |m| format!("for {m} at most"));
    for (media, e) in &rows {
        let name = desk.project().media(media)?.name().to_owned();
        let (windows, frames, kept) = (e.windows, e.frames, e.kept);
        say(format!(
            "{name}: {windows} windows with {frames} frames, {kept} answered before; about {} tokens there and {} back at most, {}",
            e.input_tokens,
            e.output_tokens,
            cost(e.at_most)
        ))?;
        e.documents.iter().try_for_each(|document| say(format!("{name}: with the document {document}")))?;
    }
    complain(&failures);
    say(format!("{} media, {}; spent in this project so far: {}", rows.len(), cost(total), runs.spent()?.cost))?;
    Ok(Outcome::of(rows.len(), failures.len(), 0))
}

/// Writes requests as people can read them.
fn write_requests(desk: &Desk<'_>, media: &MediaId, asking: Asking, folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|e| anyhow!("{} can't be made: {e}. Choose another folder", folder.display()))?;
    for (n, (span, request)) in requests(desk, media, asking, &progress::job())?.iter().enumerate() {
        let path = folder.join(format!("{}-{:04}.txt", &media.0[..media.0.len().min(12)], n + 1));
        let text = format!("from {} to {}\n{}", span.start, span.end, readable(request));
        std::fs::write(&path, text).map_err(|e| anyhow!("{} can't be written: {e}. Check the free space", path.display()))?;
    }
    Ok(())
}
