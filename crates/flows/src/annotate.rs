//! From a media to annotations by a model.

use crate::meaning::{self, Compare};
use crate::{Desk, Error, Result, documents, file};
use plumbline_core::crossmodal::{self, Spoken};
use plumbline_core::format::{self, Toxic};
use plumbline_core::spoken::sentences;
use plumbline_core::{Annotation, MediaTime, Span};
use plumbline_pipeline::asking::{Asking, Example};
use plumbline_pipeline::calls::Caller;
use plumbline_pipeline::embedding::Space;
use plumbline_pipeline::models::Request;
use plumbline_pipeline::stages::annotate::{self, Annotated, Estimate, Line, Pace, Plan, Subject};
use plumbline_pipeline::stages::examples;
use plumbline_pipeline::{Job, Runs};
use plumbline_project::{By, MediaId, Op};

/// How to ask.
#[derive(Clone, Copy)]
pub struct How<'a> {
    /// The prompt, the model, and what goes with them.
    pub asking: Asking<'a>,
    /// So many windows at once.
    pub at_once: usize,
    /// Let answers come in pieces.
    pub stream: bool,
    /// Ask anew, although there are answers.
    pub fresh: bool,
}

/// What would be asked and how the media's documents go along, with `use_it` called on it: it borrows what was read of the project.
///
/// # Errors
/// Where the pictures can't be decoded, the prompt can't be used, or the job was cancelled.
pub(crate) fn with_plan<T>(
    desk: &Desk<'_>,
    media: &MediaId,
    asking: Asking,
    job: &Job,
    use_it: impl FnOnce(&Plan, Vec<String>) -> Result<T>,
) -> Result<T> {
    let (record, path) = desk.media(media)?;
    let (lines, toxicity) = (lines(desk, media)?, toxicity(desk, media)?);
    let subject = Subject { file: file(&record, &path), media: &media.0, name: record.name(), lines: &lines, toxicity: &toxicity };
    let enclosed = documents::enclosed(desk, media, asking.along, asking.model, asking.documents, job)?;
    let documents = [asking.documents, &enclosed.parts].concat();
    let plan = annotate::plan(subject, Asking { documents: &documents, ..asking }, &desk.ports, job)?;
    use_it(&plan, enclosed.told)
}

/// What asking would come to, and where there is a space, comparing by its vectors. Nothing is sent.
///
/// # Errors
/// Where the pictures can't be decoded, the prompt can't be used, the ledger can't be read, or the job was cancelled.
pub fn estimate(
    desk: &Desk<'_>,
    media: &MediaId,
    asking: Asking,
    compare_by: Option<&Space>,
    runs: &dyn Runs,
    job: &Job,
) -> Result<Estimate> {
    with_plan(desk, media, asking, job, |plan, documents| {
        let asked = plan.estimate(runs, &desk.ports)?;
        let placed = desk.project().placed(media)?;
        let compared = |space: &Space| meaning::at_most(&plan.tellings(), &Spoken::new(&placed), space);
        Ok(Estimate { documents, comparing: compare_by.map_or(asked.comparing, compared), ..asked })
    })
}

/// The requests as they would be sent first, each with its part of the media. Nothing is sent.
///
/// # Errors
/// As [`estimate`].
pub fn requests(desk: &Desk<'_>, media: &MediaId, asking: Asking, job: &Job) -> Result<Vec<(Span<MediaTime>, Request)>> {
    with_plan(desk, media, asking, job, |plan, _| Ok(plan.requests(None, &desk.ports)?))
}

/// Asks a model about a media and adds what it says to its annotations, linked to the words that they go with. Those of other sources stay, and so does
/// what people did to any. What is told of speech is held by its meaning against what is said, too, where somebody is named to ask about that.
///
/// # Errors
/// Where no window can be asked about, the project or the ledger can't be written, or the job was cancelled. Answers that were paid for are kept. Where
/// a vector can't be had; what the model said is added first.
pub fn annotate(desk: &Desk<'_>, media: &MediaId, how: How, caller: &Caller, compare: Option<Compare>, job: &Job) -> Result<Annotated> {
    with_plan(desk, media, how.asking, job, |plan, _| {
        let pace = Pace { at_once: how.at_once, stream: how.stream, fresh: how.fresh, repeat: 0 };
        let mut annotated = plan.run(None, caller, pace, &desk.ports, job)?;
        let placed = desk.project().placed(media)?;
        let spoken = Spoken::new(&placed);
        crossmodal::link_all(&mut annotated.annotations, &spoken);
        let compared = compare.map_or(Ok(()), |by| meaning::compare(&mut annotated.annotations, &spoken, by, media, job));
        // What has no answer at all says nothing of what was found before.
        if annotated.unanswered.len() < annotated.windows.max(1) {
            let mut annotations = of_other_prompts(desk, media, how.asking)?;
            annotations.extend(annotated.annotations.iter().cloned());
            let source = how.asking.model.id.clone();
            desk.apply(Op::AddAnnotations { media: media.clone(), source, annotations }, &By::Machine)?;
        }
        compared.map(|()| annotated)
    })
}

/// What a model said before when it was asked by other prompts: its new answers take the place of those to the same prompt alone.
fn of_other_prompts(desk: &Desk<'_>, media: &MediaId, asking: Asking) -> Result<Vec<Annotation>> {
    let Some((name, bytes)) = desk.project().annotations_source(media)? else { return Ok(vec![]) };
    let (set, _) = format::read_annotations(&bytes).map_err(|e| Error::File { path: name, why: e.to_string() })?;
    let prompt = |a: &Annotation| a.extra.get(annotate::PROMPT).and_then(|id| id.as_str()?.split('@').next().map(str::to_owned));
    let model = Some(&asking.model.id);
    let other = |a: &Annotation| a.source.as_ref().or(set.source.as_ref()) == model && prompt(a).as_ref() != Some(&asking.prompt.name);
    Ok(set.annotations.iter().filter(|a| other(a)).map(|a| Annotation { source: model.cloned(), ..a.clone() }).collect())
}

/// What the recogniser says of toxic speech, where it is toxic.
///
/// # Errors
/// Where the project can't be read.
pub fn toxicity(desk: &Desk<'_>, media: &MediaId) -> Result<Vec<Line>> {
    let (source, map) = {
        let project = desk.project();
        (project.transcript_source(media)?, project.map(media)?)
    };
    let toxic = source.map_or(vec![], |(_, bytes)| format::toxicity(&bytes));
    let line = |t: Toxic| Some(Line { span: map.map_span(t.span), speaker: None, text: t.sentence()? });
    Ok(toxic.into_iter().filter_map(line).collect())
}

/// What is said in a media, sentence by sentence, as people left it.
///
/// # Errors
/// Where the project can't be read.
pub fn lines(desk: &Desk<'_>, media: &MediaId) -> Result<Vec<Line>> {
    let project = desk.project();
    let Some(transcript) = project.transcript(media)? else { return Ok(vec![]) };
    let (placed, names) = (project.placed(media)?, project.speaker_names(media)?);
    let speaker = |index: u16| {
        let label = transcript.speakers.get(usize::from(index))?;
        Some(names.get(label).unwrap_or(label).clone())
    };
    let line = |s: plumbline_core::spoken::Sentence| Line { span: s.span, speaker: s.speaker.and_then(speaker), text: s.text };
    Ok(sentences(&transcript, &placed).into_iter().map(line).collect())
}

/// The best `count` of what people reviewed, as examples for a prompt and a model; fewer where there are fewer that fit. Stretches of the media in
/// `but` are left out: a model must not be shown the answer to what it is asked.
///
/// # Errors
/// Where the project or the pictures can't be read, the prompt can't be used, or the job was cancelled.
pub fn examples(desk: &Desk<'_>, asking: &Asking, count: usize, but: &[MediaId], job: &Job) -> Result<Vec<Example>> {
    /// So many stretches are looked at for one that fits.
    const TRIED: usize = 4;
    let rows = desk.project().examples(count.saturating_mul(TRIED))?.examples;
    let mut examples = vec![];
    for row in rows.iter().filter(|row| !but.contains(&row.media.id)) {
        if examples.len() == count {
            break;
        }
        let (record, path) = desk.media(&row.media.id)?;
        examples.extend(examples::run(file(&record, &path), record.name(), &row.stretch, asking, &desk.ports, job)?);
    }
    Ok(examples)
}
