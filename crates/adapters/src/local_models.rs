//! Models that run on this machine, behind the port that all models are asked through: Tesseract, as an annotator that reads text on screen.

use crate::tesseract::{NotRead, Reading, Tesseract};
use plumbline_core::Region;
use plumbline_core::models::text_tokens;
use plumbline_core::onscreen::{LABEL, ReadLine};
use plumbline_pipeline::models::{Answer, Embed, Embedded, Part, Request, Role, Stop, Turn, Usage};
use plumbline_pipeline::{Job, ModelError, Models};
use serde_json::{Value, json};
use std::time::Instant;

/// Ids of models that run on this machine begin so.
const LOCAL: &str = "local.";
/// The one that there is.
const TESSERACT: &str = "local.tesseract";
/// Ways in which Tesseract looks for lines of a picture: by columns and blocks, as one column, as one block, or wherever they are; 12 also looks which way up they
/// stand.
const PAGE_LAYOUTS: [u8; 5] = [3, 4, 6, 11, 12];
/// What it reads where a request does not say otherwise.
const ENGLISH: &str = "eng";
/// A line in two frames that follow each other is one where its regions share this much of both.
const SAME_PLACE: f64 = 0.5;
/// What the prompt for text takes of one answer: so many lines, of so many letters each.
const MOST_LINES: usize = 60;
const MOST_LETTERS: usize = 600;

/// Asks models on this machine. Nothing leaves it, and nothing is charged.
#[derive(Clone, Debug)]
pub struct LocalModels {
    program: String,
}

impl Default for LocalModels {
    /// Tesseract as it is found in the path.
    fn default() -> Self {
        Self::new("tesseract")
    }
}

impl LocalModels {
    /// With the program of Tesseract. It is looked for when something is asked.
    pub fn new(program: impl Into<String>) -> Self {
        Self { program: program.into() }
    }

    /// Whether a model with this id is asked here.
    pub fn is_local(id: &str) -> bool {
        id.starts_with(LOCAL)
    }

    /// What is read in the frames of a turn, as the text of an answer.
    fn read(&self, turn: &Turn, wanted: &Wanted, job: &Job) -> Result<String, NotRead> {
        let reader = Tesseract::new(&self.program, &wanted.languages);
        let frames: Vec<Frame<'_>> = turn.parts.iter().filter_map(frame).collect();
        if !frames.is_empty() {
            wanted.are_there(&reader.installed(job)?)?;
        }
        let lines = frames.iter().map(|(bytes, size)| reader.picture(bytes, *size, wanted.reading, job));
        Ok(answer(&joined(lines.collect::<Result<Vec<_>, _>>()?)))
    }

    /// What is said about the last turn. Turns before it are examples, which this model has no use for, but for one: where its answer did not fit the prompt's
    /// schema it is given back in a turn without frames. It has no other answer, and to say that nothing was found would be wrong.
    fn say(&self, turns: &[Turn], wanted: &Wanted, job: &Job) -> Result<String, NotRead> {
        let Some((last, before)) = turns.split_last() else { return Ok(answer(&[])) };
        if let [.., asked, answered] = before
            && !last.parts.iter().any(|part| frame(part).is_some())
            && answered.role == Role::Assistant
        {
            let said = self.read(asked, wanted, job)?;
            if answered.parts == [Part::Text(said.clone())] {
                return Ok(said);
            }
        }
        self.read(last, wanted, job)
    }
}

impl Models for LocalModels {
    fn name(&self) -> &str {
        "This machine"
    }

    fn ask(&self, request: &Request, job: &Job) -> Result<Answer, ModelError> {
        let began = Instant::now();
        job.aside().step("", 0, None)?;
        let failed =
            |what: String, remedy: &str, all| ModelError::Failed { model: request.model.clone(), what, remedy: remedy.into(), all };
        if request.model != TESSERACT {
            return Err(failed("there is no such model on this machine".into(), "Choose local.tesseract, the one that there is", true));
        }
        if request.turns.last().is_some_and(|turn| turn.parts.iter().any(|part| matches!(part, Part::Video { .. }))) {
            return Err(failed("it reads pictures and no video".into(), "Send frames in place of the video", true));
        }
        let wanted = Wanted::read(request.extra.as_ref()).map_err(|(what, remedy)| failed(what, remedy, false))?;
        let text = self.say(&request.turns, &wanted, job).map_err(|error| match error {
            NotRead::Cancelled(cancelled) => cancelled.into(),
            NotRead::Failed { what, remedy, all } => failed(what, &remedy, all),
        })?;
        let (text, stop) = cut(text, request.max_tokens);
        let usage = Usage { output: u64::from(text_tokens(&text)), ..Usage::default() };
        let latency_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        Ok(Answer { text, stop, usage, latency_ms })
    }

    fn embed(&self, asked: &Embed, _: &Job) -> Result<Embedded, ModelError> {
        Err(ModelError::Failed {
            model: asked.model.clone(),
            what: "models on this machine make no vectors".into(),
            remedy: "Choose a model that embeds (plumbline models list)".into(),
            all: true,
        })
    }
}

/// An encoded picture and its size in pixels.
type Frame<'a> = (&'a [u8], (u32, u32));

/// The picture of a part that is a frame of the media: pages of documents have no time, and no number in the prompt.
fn frame(part: &Part) -> Option<Frame<'_>> {
    match part {
        Part::Picture { width, height, bytes, at: Some(_), .. } => Some((bytes, (*width, *height))),
        _ => None,
    }
}

/// The parameters of a request.
#[derive(Clone, Debug, PartialEq)]
struct Wanted {
    reading: Reading,
    languages: String,
}

/// What is wrong, as a clause, and what to do.
type Wrong = (String, &'static str);

impl Wanted {
    fn read(extra: Option<&Value>) -> Result<Self, Wrong> {
        let mut wanted = Self { reading: Reading::default(), languages: ENGLISH.into() };
        let none = serde_json::Map::new();
        let fields = match extra {
            None | Some(Value::Null) => &none,
            Some(Value::Object(fields)) => fields,
            Some(other) => return Err((format!("its parameters are {other}, which is no object"), "Name each parameter with its value")),
        };
        for (name, value) in fields {
            wanted.set(name, value)?;
        }
        Ok(wanted)
    }

    fn set(&mut self, name: &str, value: &Value) -> Result<(), Wrong> {
        let bad = |remedy| (format!("{name} can't be {value}"), remedy);
        match name {
            "page_layout" => {
                let layout = PAGE_LAYOUTS.into_iter().find(|layout| value.as_u64() == Some(u64::from(*layout)));
                self.reading.page_layout = layout.ok_or_else(|| bad("Give it 3, 4, 6, 11 or 12"))?;
            }
            "least_confidence" => {
                let least = value.as_f64().filter(|least| (0.0..=1.0).contains(least));
                self.reading.least_confidence = least.ok_or_else(|| bad("Give it a number from 0 to 1"))? as f32;
            }
            "languages" => {
                let plain = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphabetic() || c == '_');
                let languages = value.as_str().filter(|names| names.split('+').all(plain));
                self.languages = languages.ok_or_else(|| bad("Name languages as Tesseract does, such as eng or eng+deu"))?.to_owned();
            }
            _ => return Err((format!("it has no parameter {name}"), "Its parameters are page_layout, least_confidence and languages")),
        }
        Ok(())
    }

    /// Tesseract passes over a language that it lacks when it has another, and would read with that alone.
    fn are_there(&self, installed: &[String]) -> Result<(), NotRead> {
        match self.languages.split('+').find(|name| !installed.iter().any(|there| there == name)) {
            None => Ok(()),
            Some(name) => Err(NotRead::Failed {
                what: format!("Tesseract does not know the language {name} here; it knows {}", installed.join(", ")),
                remedy: format!("Install it: on Debian the package is tesseract-ocr-{}", name.to_ascii_lowercase().replace('_', "-")),
                all: false,
            }),
        }
    }
}

/// A line and the numbers of the frames that show it, counted from 1.
#[derive(Clone, Debug, PartialEq)]
struct Standing {
    best: ReadLine,
    first: usize,
    last: usize,
}

/// The lines of frames in their order: the same text at the same place in frames that follow each other is one line, as it was read most surely.
fn joined(frames: Vec<Vec<ReadLine>>) -> Vec<Standing> {
    let mut standing: Vec<Standing> = vec![];
    for (n, line) in frames.into_iter().enumerate().flat_map(|(n, lines)| lines.into_iter().map(move |line| (n + 1, line))) {
        let place = |one: &Standing| one.best.region.overlap(line.region);
        let goes_on = |one: &&mut Standing| one.last + 1 == n && one.best.text == line.text && place(one) >= SAME_PLACE;
        match standing.iter_mut().filter(goes_on).max_by(|a, b| place(a).total_cmp(&place(b))) {
            Some(one) => {
                one.last = n;
                if line.confidence > one.best.confidence {
                    one.best = line;
                }
            }
            None => standing.push(Standing { best: line, first: n, last: n }),
        }
    }
    standing
}

/// The answer that prompts ask for. Of more lines than it may hold, the surest are told.
fn answer(lines: &[Standing]) -> String {
    let mut told: Vec<(usize, &Standing)> = lines.iter().enumerate().collect();
    told.sort_by(|(_, a), (_, b)| b.best.confidence.total_cmp(&a.best.confidence));
    told.truncate(MOST_LINES);
    told.sort_by_key(|(place, _)| *place);
    let summary = match (lines.len(), told.len()) {
        (0, _) => "No text was read.".to_owned(),
        (all, most) if all > most => format!("{all} lines of text were read; the {most} surest are told."),
        (1, _) => "1 line of text was read.".to_owned(),
        (all, _) => format!("{all} lines of text were read."),
    };
    json!({ "summary": summary, "found": told.into_iter().map(|(_, one)| finding(one)).collect::<Vec<Value>>() }).to_string()
}

fn finding(Standing { best, first, last }: &Standing) -> Value {
    let text: String = best.text.chars().take(MOST_LETTERS).collect();
    let confidence = (f64::from(best.confidence) * 1_000.0).round() / 1_000.0;
    json!({
        "label": LABEL, "first_frame": first, "last_frame": last, "box": edges(best.region), "text": text, "confidence": confidence, "says": null
    })
}

/// In thousandths of the picture, to a tenth of one: a line of one pixel still has an area.
fn edges(Region { x, y, w, h }: Region) -> Value {
    let [left, top, right, bottom] = [x, y, x + w, y + h].map(|share| (f64::from(share) * 10_000.0).round() / 10.0);
    json!({ "left": left, "top": top, "right": right, "bottom": bottom })
}

/// As much of the text as so many tokens hold.
fn cut(mut text: String, max_tokens: u32) -> (String, Stop) {
    let stop = if text_tokens(&text) > max_tokens { Stop::Length } else { Stop::End };
    while text_tokens(&text) > max_tokens {
        text.pop();
    }
    (text, stop)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::print_stdout)]
#[path = "local_models_tests.rs"]
mod tests;
