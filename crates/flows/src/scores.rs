//! What the user's own programs say of a media: the rows that they are told, and the measures that their scores become.

use crate::{Desk, Error, Result};
use plumbline_core::gate::{CustomGate, GateId, Measure, Place};
use plumbline_core::transcript::{PlacedWord, Transcript};
use plumbline_core::{MediaTime, Span};
use plumbline_pipeline::stages::{StageError, scores};
use plumbline_pipeline::{Job, ScoreError};
use plumbline_project::{By, MediaId, Op};
use serde_json::{Value, json};
use std::collections::HashMap;

/// What custom gates measured.
pub(crate) struct Scored {
    /// By gate and in the order of the rows. Of a gate whose program failed, or is not on this machine, it is what was measured before.
    pub measures: Vec<Measure>,
    /// Why programs gave no scores.
    pub failed: Option<Error>,
}

/// Asks every program about a media and what was measured of it.
///
/// # Errors
/// Where the project or the store of artifacts can't be read or written, or the job was cancelled. A program that fails is told in [`Scored`].
pub(crate) fn score(desk: &Desk<'_>, media: &MediaId, measures: &[Measure], job: &Job) -> Result<Scored> {
    let mut scored = Scored { measures: desk.project().scores(media)?, failed: None };
    let scorers = desk.ports.scorers.scorers();
    if scorers.is_empty() {
        return Ok(scored);
    }
    let Some((input, places)) = told(desk, media, measures)? else { return Ok(scored) };
    let mut failures = Vec::new();
    for scorer in scorers {
        match scores::run(&scorer, (&input, places.len()), &desk.ports, job) {
            Ok(found) => {
                scored.measures.retain(|m| m.gate != GateId::Custom(scorer.gate));
                scored.measures.extend(measured(scorer.gate, &found, &places));
            }
            Err(StageError::Score(failure)) => failures.push(failure),
            Err(other) => return Err(other.into()),
        }
    }
    scored.measures.sort_by_key(|m| m.gate);
    scored.failed = (!failures.is_empty()).then_some(Error::Scores(failures));
    Ok(scored)
}

/// Asks the programs about a media that is measured already, and records what they say where it is not what they said before: a program may be
/// new, or another one by now.
///
/// # Errors
/// As [`crate::refresh`].
pub(crate) fn score_again(desk: &Desk<'_>, media: &MediaId, job: &Job) -> Result<()> {
    if desk.ports.scorers.scorers().is_empty() {
        return Ok(());
    }
    let (truth, analysis) = {
        let project = desk.project();
        (project.truth(media)?, project.analysis(media)?)
    };
    let Some(mut analysis) = analysis.map(|a| (*a).clone()) else { return Ok(()) };
    let before: Vec<Measure> = analysis.measures.extract_if(.., |m| m.gate.custom().is_some()).collect();
    let Scored { measures, failed } = score(desk, media, &analysis.measures, job)?;
    if measures != before {
        analysis.measures.extend(measures);
        desk.apply(Op::Analyse { media: media.clone(), analysis, truth }, &By::Machine)?;
    }
    failed.map_or(Ok(()), Err)
}

/// The measures that scores become. Several rows may have one place; of their scores the highest counts, since a place has one flag.
fn measured(gate: CustomGate, scores: &scores::Scores, places: &[Place]) -> Vec<Measure> {
    let mut at: HashMap<Place, usize> = HashMap::new();
    let mut measures: Vec<Measure> = Vec::new();
    for (row, score) in scores {
        let place = places[*row];
        let index = *at.entry(place).or_insert(measures.len());
        match measures.get_mut(index) {
            Some(measure) => measure.value = measure.value.max(*score),
            None => measures.push(Measure { gate: GateId::Custom(gate), place, value: *score, signed: None }),
        }
    }
    measures
}

/// What the programs are told, and the place of each row; none where a media has no transcript.
fn told(desk: &Desk<'_>, media: &MediaId, measures: &[Measure]) -> Result<Option<(Vec<u8>, Vec<Place>)>> {
    // Measures of pictures stand elsewhere once they are carried from one analysis to the next; the same is to be told in the same words.
    let mut measures = measures.to_vec();
    measures.sort_by_key(|m| m.gate);
    let (record, transcript, placed, spans) = {
        let project = desk.project();
        let Some(transcript) = project.transcript(media)? else { return Ok(None) };
        (project.media(media)?, transcript, project.placed(media)?, project.spans(media, &measures)?)
    };
    let language = transcript.languages.first().map(|language| language.code.as_str());
    let about = json!({ "id": media.0, "name": record.name(), "duration_us": record.duration.us(), "language": language });
    let mut input = Vec::new();
    write_line(&mut input, &json!({ "media": about }));
    let mut places = Vec::new();
    for (measure, span) in measures.iter().zip(spans) {
        write_line(&mut input, &measure_row(places.len(), measure, span, (&transcript, &placed)));
        places.push(measure.place);
    }
    for segment in &transcript.segments {
        let words = standing(&transcript, &placed, segment.first, segment.end);
        let starts = words.iter().map(|w| w.span.start).min();
        let Some((start, end)) = starts.zip(words.iter().map(|w| w.span.end).max()) else { continue };
        let speaker = segment.speaker.and_then(|speaker| transcript.speakers.get(usize::from(speaker)));
        write_line(
            &mut input,
            &json!({ "n": places.len(), "line": true, "start_us": start.us(), "end_us": end.us(), "speaker": speaker, "text": text(&words) }),
        );
        places.push(Place::Words { first: segment.first, end: segment.end });
    }
    Ok(Some((input, places)))
}

fn measure_row(n: usize, measure: &Measure, span: Span<MediaTime>, (transcript, placed): (&Transcript, &[PlacedWord])) -> Value {
    let gate = measure.gate.row();
    let mut row = json!({
        "n": n, "gate": gate.name, "value": measure.value, "unit": gate.unit, "start_us": span.start.us(), "end_us": span.end.us(),
    });
    if let Place::Words { first, end } = measure.place {
        row["text"] = text(&standing(transcript, placed, first, end)).into();
    }
    row
}

/// Words `first..end` that nobody removed and that lie in the media.
fn standing<'a>(
    transcript: &Transcript,
    placed: &'a [PlacedWord],
    first: plumbline_core::WordId,
    end: plumbline_core::WordId,
) -> Vec<&'a PlacedWord> {
    let words = placed.get(transcript.range(first, end)).unwrap_or_default();
    words.iter().filter(|w| w.in_media && !w.text.is_empty()).collect()
}

fn text(words: &[&PlacedWord]) -> String {
    words.iter().map(|w| format!("{}{}", w.text, w.punctuation)).collect::<Vec<_>>().join(" ")
}

fn write_line(input: &mut Vec<u8>, row: &Value) {
    input.extend(row.to_string().as_bytes());
    input.push(b'\n');
}

/// All that programs have to answer for, a sentence each.
pub(crate) fn said(failures: &[ScoreError]) -> String {
    failures.iter().map(ToString::to_string).collect::<Vec<_>>().join(". ")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use plumbline_core::WordId;

    #[test]
    fn a_place_that_is_scored_more_than_once_has_its_highest_score() {
        let words = |first, end| Place::Words { first: WordId(first), end: WordId(end) };
        let places = [words(0, 4), words(4, 8), words(0, 4), words(0, 8), words(4, 8)];
        let check = |scores: &[(usize, f64)], wanted: &[(Place, f64)]| {
            let measures = measured(CustomGate::parse("custom_a").unwrap(), &scores.iter().copied().collect(), &places);
            assert_eq!(measures.iter().map(|m| (m.place, m.value)).collect::<Vec<_>>(), wanted);
        };
        check(&[], &[]);
        check(&[(3, 1.0), (1, 2.0)], &[(places[1], 2.0), (places[3], 1.0)]);
        check(&[(0, 1.0), (1, 2.0), (2, 3.0), (4, -1.0)], &[(places[0], 3.0), (places[1], 2.0)]);
    }
}
