//! What it takes to ask with a version: the prompt and the model as they are used, and its examples.

use crate::{Desk, Error, Result, file};
use plumbline_core::lab::{Clip, PromptVersion, Shot};
use plumbline_core::models::{FormKind, Model};
use plumbline_core::prompt::Prompt;
use plumbline_core::{Delta, Span};
use plumbline_pipeline::Job;
use plumbline_pipeline::asking::{Along, Asking, Example};
use plumbline_pipeline::checking::faults;
use plumbline_pipeline::stages::examples;
use plumbline_project::MediaId;
use serde::Deserialize;
use serde_json::Value;
use ts_rs::TS;

/// What a version is tried with beside itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, TS)]
#[ts(export)]
pub struct Given {
    /// Where the task answers one; empty where not.
    #[serde(default)]
    pub question: String,
    /// A JSON schema as text, where the task extracts records; empty where not.
    #[serde(default)]
    pub schema: String,
}

/// A version ready to ask with.
#[derive(Clone, Debug)]
pub struct Kit {
    /// Its prompt, with the variant's temperature in place.
    pub prompt: Prompt,
    /// The model.
    pub model: Model,
    question: Option<String>,
    schema: Option<Value>,
    shots: Vec<Shot>,
}

impl Kit {
    /// A version with a model, and a temperature in place of its own.
    ///
    /// # Errors
    /// Where nothing can be asked with it, as a sentence that names the field.
    pub fn new(version: &PromptVersion, model: &Model, temperature: Option<f32>, given: &Given) -> Result<Self> {
        let wrong = |why: String| Error::File { path: version.label(), why };
        if let Some(fault) = faults(&version.prompt, Some(model)).into_iter().find(|fault| fault.stops) {
            return Err(wrong(format!("its {} can't be used: {}", fault.part, fault.why)));
        }
        if !model.does(version.prompt.task) {
            return Err(wrong(format!("{} does not do the task {}. Choose another model", model.name, version.prompt.task.name())));
        }
        let mut prompt = version.prompt.clone();
        prompt.temperature = temperature.or(prompt.temperature);
        let question = Some(given.question.trim().to_owned()).filter(|question| prompt.needs_question() && !question.is_empty());
        if prompt.needs_question() && question.is_none() {
            return Err(wrong("its task answers a question. Write one".into()));
        }
        let schema = match (prompt.needs_schema(), given.schema.trim()) {
            (false, _) => None,
            (true, "") => return Err(wrong("its task extracts records by a JSON schema. Write one".into())),
            (true, text) => Some(serde_json::from_str(text).map_err(|e| wrong(format!("the schema of records is no JSON: {e}. Mend it")))?),
        };
        // What is not known to be held to a schema is asked in words.
        let model = Model { form: Some(model.form.unwrap_or(FormKind::Text)), ..model.clone() };
        Ok(Self { prompt, model, question, schema, shots: version.examples.clone() })
    }

    /// What is asked, with these examples.
    pub fn asking<'a>(&'a self, examples: &'a [Example]) -> Asking<'a> {
        Asking {
            prompt: &self.prompt,
            model: &self.model,
            question: self.question.as_deref(),
            schema: self.schema.as_ref(),
            video: false,
            documents: &[],
            along: Along::default(),
            examples,
        }
    }

    /// Whether an example lies where a question about this clip looks: a model must not be shown the answer to what it is asked.
    fn gives_away(&self, shot: &Shot, clip: &Clip) -> bool {
        let reach = self.prompt.windows.longest + self.prompt.windows.overlap;
        let near = Span::new(clip.start - reach, clip.end + reach);
        shot.media == clip.media && near.overlap(shot.stretch().span).is_some()
    }
}

/// The examples of a kit that go along when it is asked about a clip: those whose media are there, that fit its schema, and that do not lie where is asked.
///
/// # Errors
/// Where the pictures can't be decoded, the prompt can't be used, or the job was cancelled.
pub fn shown(desk: &Desk<'_>, kit: &Kit, clip: &Clip, job: &Job) -> Result<Vec<Example>> {
    made_of(desk, &kit.asking(&[]), kit.shots.iter().filter(|shot| !kit.gives_away(shot, clip)), job)
}

/// The examples of a version that go along when media are asked about: those of other media, as far as they are there and fit its schema.
///
/// # Errors
/// As [`shown`].
pub fn shown_beside(desk: &Desk<'_>, asking: &Asking, shots: &[Shot], but: &[MediaId], job: &Job) -> Result<Vec<Example>> {
    made_of(desk, asking, shots.iter().filter(|shot| !but.iter().any(|media| media.0 == shot.media)), job)
}

fn made_of<'a>(desk: &Desk<'_>, asking: &Asking, shots: impl Iterator<Item = &'a Shot>, job: &Job) -> Result<Vec<Example>> {
    let mut all = vec![];
    for shot in shots {
        let Ok((record, path)) = desk.media(&MediaId(shot.media.clone())) else { continue };
        all.extend(examples::run(file(&record, &path), record.name(), &shot.stretch(), asking, &desk.ports, job)?);
    }
    Ok(all)
}

/// Clips of no length show nothing.
pub(super) fn checked(clip: &Clip) -> Result<()> {
    if clip.end - clip.start > Delta::ZERO {
        return Ok(());
    }
    Err(Error::File { path: "Clip".into(), why: "it ends before it begins. Choose a longer stretch".into() })
}
