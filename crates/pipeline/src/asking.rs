//! From a prompt, a model and what a window holds to the request that is sent.

use crate::models::{Form, Part, Request, Role, Turn};
use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};
use plumbline_core::models::{FormKind, Model, Regions, text_tokens};
use plumbline_core::prompt::Prompt;
use serde::Serialize;
use serde_json::{Map, Value};

/// Name of the schema, or of the tool, that an answer is given by.
const ANSWER: &str = "answer";

/// Which documents of a media go along when something is asked about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Along<'a> {
    /// None.
    None,
    /// All but those with these ids.
    AllBut(&'a [String]),
}

impl Default for Along<'_> {
    fn default() -> Self {
        Self::AllBut(&[])
    }
}

impl Along<'_> {
    /// Whether the document with this id goes along.
    pub fn takes(&self, id: &str) -> bool {
        matches!(self, Self::AllBut(left_out) if !left_out.iter().any(|left_out| left_out == id))
    }
}

/// What is asked, of which model.
#[derive(Clone, Copy)]
pub struct Asking<'a> {
    /// The prompt.
    pub prompt: &'a Prompt,
    /// The model.
    pub model: &'a Model,
    /// The user's question, where the task has one.
    pub question: Option<&'a str>,
    /// The JSON schema of the user's records, where the task extracts some.
    pub schema: Option<&'a Value>,
    /// Send each window as a piece of video in place of its frames, to a model that takes video.
    pub video: bool,
    /// Documents that go along, as parts.
    pub documents: &'a [Part],
    /// Which of the documents that belong to the media go along, too.
    pub along: Along<'a>,
    /// Examples of good answers.
    pub examples: &'a [Example],
}

/// An example: what is shown, and what the answer to it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// Pictures, then text.
    pub parts: Vec<Part>,
    /// The answer.
    pub answer: Value,
}

/// A frame, as a prompt tells of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FrameText {
    /// Its number, counted from 1.
    pub n: usize,
    /// Its time, as `0:00:12.480`.
    pub at: String,
    /// Whether it is the first one of a shot, and not of the window.
    pub new_shot: bool,
}

/// Something that is said, as a prompt tells of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LineText {
    /// When it begins.
    pub at: String,
    /// Who says it.
    pub speaker: Option<String>,
    /// The words.
    pub text: String,
}

/// What is told of the media.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MediaText {
    /// Its name.
    pub name: String,
    /// How long it is.
    pub duration: String,
}

/// A window, as a prompt tells of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Scene {
    /// The media.
    pub media: MediaText,
    /// When the window begins.
    pub from: String,
    /// When it ends.
    pub to: String,
    /// When what it sees begins: it sees a little of its neighbours.
    pub from_seen: String,
    /// When what it sees ends.
    pub to_seen: String,
    /// What the part before holds, where it is known.
    pub previous: Option<String>,
    /// What the part after holds, where it is known.
    pub next: Option<String>,
    /// Its frames.
    pub frames: Vec<FrameText>,
    /// What is said.
    pub lines: Vec<LineText>,
    /// What a recogniser says of toxic speech.
    pub toxicity: Vec<LineText>,
}

/// The answer about a window, as it goes into the question about the whole.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PartText {
    /// When the window begins.
    pub from: String,
    /// When it ends.
    pub to: String,
    /// What it said.
    pub summary: String,
}

/// A prompt whose text can't be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("The prompt {prompt} can't be written out: {why}{}. Mend its {part} text", at_line(*.line))]
pub struct PromptError {
    /// Name and version.
    pub prompt: String,
    /// Which of its texts.
    pub part: &'static str,
    /// What is wrong, as a clause.
    pub why: String,
    /// The line that it is in, from 1.
    pub line: Option<u32>,
}

fn at_line(line: Option<u32>) -> String {
    line.map(|line| format!(" (line {line})")).unwrap_or_default()
}

/// What comes from media, files or models is data: it can't close the tags that it stands between.
pub(crate) fn environment<'a>() -> Environment<'a> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Custom("data"));
    environment.set_formatter(|out, _, value| {
        let text = if value.is_none() { String::new() } else { value.to_string() };
        let text = if value.is_safe() { text } else { text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;") };
        out.write_str(&text).map_err(minijinja::Error::from)
    });
    environment.set_trim_blocks(false);
    environment
}

impl Asking<'_> {
    /// The schema that answers are held to.
    pub fn answer_schema(&self) -> Value {
        self.prompt.schema_with(self.schema)
    }

    /// What is asked of a window: its pictures, or its video, then its text.
    ///
    /// # Errors
    /// Where the prompt's text can't be made.
    pub fn window(&self, scene: &Scene, pictures: Vec<Part>) -> Result<Request, PromptError> {
        let mut text =
            self.write("window", &self.prompt.window, context! { question => self.question, ..minijinja::Value::from_serialize(scene) })?;
        if pictures.iter().any(|part| matches!(part, Part::Video { .. })) {
            // Prompts speak of frames; their numbers stay the way to say when.
            text.push_str(&format!(
                "\n\nThe frames are not sent one by one: the video shows {} to {}, so that its second 0 is {}. A frame is what it shows at that \
                 frame's time.",
                scene.from_seen, scene.to_seen, scene.from_seen
            ));
        }
        let schema = self.answer_schema();
        self.request(text, pictures, &schema, self.documents)
    }

    /// What is asked of all windows' answers; none where the prompt asks nothing of them.
    ///
    /// # Errors
    /// Where the prompt's text can't be made.
    pub fn whole(&self, parts: &[PartText]) -> Result<Option<Request>, PromptError> {
        let (Some(template), Some(schema)) = (&self.prompt.whole, &self.prompt.whole_schema) else { return Ok(None) };
        let text = self.write("whole", template, context! { question => self.question, parts => parts })?;
        self.request(text, vec![], schema, &[]).map(Some)
    }

    /// About how many tokens stand before what differs from window to window.
    ///
    /// # Errors
    /// Where the prompt's text can't be made.
    pub fn fixed_tokens(&self) -> Result<u32, PromptError> {
        let system = self.system(&self.answer_schema())?;
        let schema = text_tokens(&self.answer_schema().to_string());
        let examples: u32 = self.examples.iter().map(|e| tokens(&e.parts, self.model) + text_tokens(&e.answer.to_string())).sum();
        Ok(text_tokens(&system) + schema + examples + tokens(self.documents, self.model))
    }

    fn system(&self, schema: &Value) -> Result<String, PromptError> {
        let unit = match self.model.regions.unwrap_or(Regions::Thousandths) {
            Regions::Pixels => "in pixels of the picture",
            Regions::Thousandths => "in thousandths of the picture's width and height, 0 to 1000",
        };
        let by_hand = self.model.form.unwrap_or(FormKind::Text) == FormKind::Text;
        let schema = format!("{schema:#}");
        self.write("system", &self.prompt.system, context! { unit, by_hand, schema, documents => !self.documents.is_empty() })
    }

    fn write(&self, part: &'static str, template: &str, with: minijinja::Value) -> Result<String, PromptError> {
        let bad = |e: minijinja::Error| PromptError {
            prompt: self.prompt.id(),
            part,
            why: e.detail().map_or_else(|| e.kind().to_string(), str::to_owned),
            line: e.line().and_then(|line| u32::try_from(line).ok()),
        };
        environment().render_str(template, with).map_err(bad)
    }

    fn request(&self, text: String, mut parts: Vec<Part>, schema: &Value, documents: &[Part]) -> Result<Request, PromptError> {
        let (model, prompt) = (self.model, self.prompt);
        let form = form(model, schema, &prompt.about);
        let mut system = vec![Part::Text(self.system(schema)?)];
        let mut turns = vec![];
        for example in self.examples {
            turns.push(Turn { role: Role::User, parts: example.parts.clone() });
            turns.push(Turn { role: Role::Assistant, parts: vec![Part::Text(example.answer.to_string())] });
        }
        let before = documents.iter().cloned();
        parts.splice(0..0, before);
        self.mark_fixed(&mut system, &mut turns, &mut parts, documents.len())?;
        let asked = match &form {
            Form::Tool { forced: false, name, .. } => format!("{}\n\nGive the answer by calling the tool {name}, once.", text.trim_end()),
            _ => text.trim_end().to_owned(),
        };
        parts.push(Part::Text(asked));
        turns.push(Turn { role: Role::User, parts });
        Ok(Request {
            model: model.called(),
            system,
            turns,
            form,
            max_tokens: prompt.max_tokens.min(model.max_output_tokens.unwrap_or(u32::MAX)),
            temperature: prompt.temperature.filter(|_| model.sampling.temperature),
            top_p: None,
            stream: false,
            extra: extra(model, prompt),
        })
    }

    /// Says where what is the same in every window ends, where the model's service keeps such a part and it is long enough to be kept.
    fn mark_fixed(&self, system: &mut Vec<Part>, turns: &mut [Turn], parts: &mut Vec<Part>, documents: usize) -> Result<(), PromptError> {
        if self.model.cache.is_none_or(|cache| cache.points == 0 || self.fixed_tokens().is_ok_and(|fixed| fixed < cache.least_tokens)) {
            return Ok(());
        }
        if documents > 0 {
            parts.insert(documents, Part::CachePoint);
        } else if let Some(turn) = turns.iter_mut().rev().find(|turn| turn.role == Role::User) {
            turn.parts.push(Part::CachePoint);
        } else {
            system.push(Part::CachePoint);
        }
        Ok(())
    }
}

/// About how many tokens parts are.
pub fn tokens(parts: &[Part], model: &Model) -> u32 {
    let one = |part: &Part| match part {
        Part::Text(text) => text_tokens(text),
        Part::Picture { width, height, .. } => model.tokens_of_picture(*width, *height),
        // A page of a document is some 600 words in a few kB; what it really takes is in the answer.
        Part::Document { tokens: Some(tokens), .. } => *tokens,
        Part::Document { bytes, .. } => u32::try_from(bytes.len() / 4).unwrap_or(u32::MAX).min(100_000),
        Part::Video { length, .. } => model.tokens_of_video(*length),
        Part::CachePoint => 0,
    };
    parts.iter().map(one).fold(0, u32::saturating_add)
}

/// A text between tags, so that nothing in it can close them.
pub fn between_tags(tag: &str, name: &str, text: &str) -> String {
    let data = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!("<{tag} name=\"{}\">\n{}\n</{tag}>", data(name).replace('"', "&quot;"), data(text).trim_end())
}

/// A request as people can read it, its pictures and documents by their sizes.
pub fn readable(request: &Request) -> String {
    let part = |part: &Part| match part {
        Part::Text(text) => text.clone(),
        Part::Picture { width, height, bytes, .. } => format!("[picture of {width} by {height}, {} bytes]", bytes.len()),
        Part::Document { kind, name, bytes, .. } => format!("[{kind} document {name}, {} bytes]", bytes.len()),
        Part::Video { kind, length, bytes } => format!("[{kind} video of {} ms, {} bytes]", length.us() / 1_000, bytes.len()),
        Part::CachePoint => "[what stands before this is kept by the service]".to_owned(),
    };
    let mut text = format!("model {}, at most {} tokens back\n", request.model, request.max_tokens);
    let turns = request.turns.iter().map(|turn| (if turn.role == Role::User { "user" } else { "assistant" }, &turn.parts));
    for (who, parts) in std::iter::once(("system", &request.system)).chain(turns) {
        text.push_str(&format!("\n--- {who}\n{}\n", parts.iter().map(part).collect::<Vec<_>>().join("\n")));
    }
    text
}

/// About how many tokens a request is.
pub fn request_tokens(request: &Request, model: &Model) -> u32 {
    let schema = match &request.form {
        Form::Text => 0,
        Form::Schema { schema, .. } | Form::Tool { schema, .. } => text_tokens(&schema.to_string()),
    };
    let turns = request.turns.iter().map(|turn| tokens(&turn.parts, model));
    turns.fold(schema.saturating_add(tokens(&request.system, model)), u32::saturating_add)
}

fn form(model: &Model, schema: &Value, about: &str) -> Form {
    let tool =
        |forced| Form::Tool { name: ANSWER.into(), description: format!("Takes the answer. {about}"), schema: schema.clone(), forced };
    match model.form.unwrap_or(FormKind::Text) {
        FormKind::Schema => Form::Schema { name: ANSWER.into(), schema: plain(schema) },
        FormKind::Tool => tool(true),
        FormKind::ToolUnforced => tool(false),
        FormKind::Text => Form::Text,
    }
}

/// Fields of the model's own: what the registry says, then what the prompt says.
fn extra(model: &Model, prompt: &Prompt) -> Option<Value> {
    let Some(parameters) = &prompt.parameters else { return model.extra.clone() };
    let mut all = model.extra.as_ref().and_then(Value::as_object).cloned().unwrap_or_default();
    all.extend(parameters.clone());
    Some(Value::Object(all))
}

/// Rules that services refuse in a schema that they hold answers to; answers are checked against the whole schema in any case.
const REFUSED: [&str; 12] = [
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "uniqueItems",
    "pattern",
    "default",
];

fn plain(schema: &Value) -> Value {
    let field = |(name, value): (&String, &Value)| (name.clone(), plain(value));
    match schema {
        // Names of properties are no rules, whatever they are.
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .filter(|(name, _)| !REFUSED.contains(&name.as_str()))
                .map(|(name, value)| match value {
                    Value::Object(properties) if name == "properties" => {
                        (name.clone(), Value::Object(properties.iter().map(field).collect::<Map<_, _>>()))
                    }
                    _ => field((name, value)),
                })
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.iter().map(plain).collect()),
        other => other.clone(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
#[path = "asking_tests.rs"]
mod tests;
