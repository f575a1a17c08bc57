//! A media through the whole graph of stages.

use crate::annotate::{How, annotate};
use crate::measure::{look_for_drift, refresh};
use crate::text::link_again;
use crate::{Desk, Error, Result, cloud_speech, file, listen, read_text, transcribe};
use plumbline_pipeline::calls::Caller;
use plumbline_pipeline::graph::{GRAPH, Node, run};
use plumbline_pipeline::stages::cloud_speech::Account;
use plumbline_pipeline::stages::{proxy, shots};
use plumbline_pipeline::{Job, ReadText, Runs, SpeechToText};
use plumbline_project::MediaId;
use std::sync::{Mutex, PoisonError};

/// Who writes down what is said.
#[derive(Clone, Copy)]
pub enum Speech<'a> {
    /// A recogniser of this machine.
    Here(&'a dyn SpeechToText),
    /// Amazon Transcribe.
    Cloud(cloud_speech::Wish<'a>, &'a Account<'a>),
}

/// Whom to ask about frames and words.
#[derive(Clone, Copy)]
pub struct Ask<'a> {
    /// What, of which model.
    pub how: How<'a>,
    /// Through whom.
    pub caller: &'a Caller<'a>,
}

/// What is to be done with a media; what is none is left out.
#[derive(Clone, Copy, Default)]
pub struct Recipe<'a> {
    /// Write down what is said, where there is no transcript.
    pub speech: Option<Speech<'a>>,
    /// Read the text on screen.
    pub reader: Option<&'a dyn ReadText>,
    /// Ask models.
    pub ask: &'a [Ask<'a>],
    /// Make a copy that the window plays, where it does not play the file.
    pub proxy: bool,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Processed {
    /// What failed; the rest was done all the same.
    pub failures: Vec<Error>,
    /// Sentences about what has no answer.
    pub notes: Vec<String>,
}

/// Brings a media up to date by a recipe. How far each stage is stands in `runs`.
///
/// # Errors
/// Where the person stopped it. What was done by then stays.
pub fn process(desk: &Desk<'_>, media: &MediaId, recipe: &Recipe, runs: &dyn Runs, job: &Job) -> Result<Processed> {
    let notes: Mutex<Vec<String>> = Mutex::default();
    let nodes: Vec<Node> = GRAPH.into_iter().filter(|node| recipe.wants(node.name)).collect();
    let work = |node: &Node, job: &Job| -> Result<bool> {
        job.step("", 0, None)?;
        let (told, done) = stage(desk, media, recipe, node.name, job)?;
        notes.lock().unwrap_or_else(PoisonError::into_inner).extend(told);
        Ok(done)
    };
    // Not knowing later how far it was is no reason to fail now.
    let tell = |node: &Node, state, why: Option<&str>| _ = runs.set_stage(&media.0, node.name, state, why);
    let errors = run(&nodes, &work, &|error| matches!(error, Error::Cancelled(_)), &tell, job);
    let mut processed = Processed { notes: notes.into_inner().unwrap_or_else(PoisonError::into_inner), ..Processed::default() };
    for (_, error) in errors {
        if let Error::Cancelled(cancelled) = error {
            return Err(cancelled.into());
        }
        // What one stage met another meets, too.
        if !processed.failures.iter().any(|before| before.to_string() == error.to_string()) {
            processed.failures.push(error);
        }
    }
    Ok(processed)
}

impl Recipe<'_> {
    /// Whether a stage is to be done at all.
    pub fn wants(&self, stage: &str) -> bool {
        match stage {
            "speech" => self.speech.is_some(),
            "text" => self.reader.is_some(),
            "annotate" => !self.ask.is_empty(),
            "proxy" => self.proxy,
            _ => true,
        }
    }
}

/// Does one stage by its name in the graph: sentences about it, and whether there was anything to do.
///
/// # Errors
/// As the stage says.
pub fn stage(desk: &Desk<'_>, media: &MediaId, recipe: &Recipe, name: &str, job: &Job) -> Result<(Vec<String>, bool)> {
    let (record, path) = desk.media(media)?;
    let done = match name {
        "listen" => listen(desk, media, job)?.is_some(),
        "look" if record.picture.is_some() => shots::run(file(&record, &path), &desk.ports, job).map(|_| true)?,
        "speech" => match recipe.speech {
            Some(Speech::Here(speech)) => transcribe(desk, media, speech, job)?,
            Some(Speech::Cloud(wish, account)) => cloud_speech::transcribe(desk, media, wish, account, job)?,
            None => false,
        },
        "text" => match recipe.reader {
            Some(reader) if record.picture.is_some() => read_text(desk, media, reader, job).map(|_| true)?,
            _ => false,
        },
        // What was proposed stands until somebody asks for another proposal.
        "drift" if desk.project().proposal(media)?.is_none() => look_for_drift(desk, media, job)?.is_some(),
        "annotate" => return ask(desk, media, recipe.ask, job).map(|notes| (notes, true)),
        "measure" => {
            let before = desk.project().view().seq;
            link_again(desk, media)?;
            refresh(desk, media, job)?;
            desk.project().view().seq != before
        }
        "proxy" if !record.plays => proxy::run(file(&record, &path), proxy::MAX_EDGE, &desk.ports, job).map(|_| true)?,
        _ => false,
    };
    Ok((vec![], done))
}

fn ask(desk: &Desk<'_>, media: &MediaId, ask: &[Ask], job: &Job) -> Result<Vec<String>> {
    let name = desk.project().media(media)?.name().to_owned();
    let mut notes = vec![];
    for Ask { how, caller } in ask {
        let annotated = annotate(desk, media, *how, caller, job)?;
        let task = how.asking.prompt.task.name();
        notes.extend(annotated.unanswered.iter().map(|u| format!("{name}, {task}, from {} to {}: {}", u.span.start, u.span.end, u.why)));
    }
    Ok(notes)
}
