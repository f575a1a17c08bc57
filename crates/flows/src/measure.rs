//! From sound and words to a proposal, residuals, measures.

use crate::scores::{Scored, score, score_again};
use crate::words::Ear;
use crate::{Desk, Error, Result, file};
use plumbline_core::align::{self, Cepstra, Envelope, Heard, Params, Proposal, Verdict, Voice};
use plumbline_core::crossmodal::PictureChanges;
use plumbline_core::gate::{self, About, GateId, Inputs, Measure, PictureFacts};
use plumbline_core::transcript::Format;
use plumbline_core::{InForce, MediaTime, Profile, Span, Transcript, TranscriptTime, Word, format};
use plumbline_pipeline::stages::{MediaFile, StageError, shots, sound};
use plumbline_pipeline::{Job, MediaError};
use plumbline_project::{Analysis, By, MediaId, Op};
use std::sync::Arc;

/// The sound of a media as alignment and gates on words hear it, through the profile in force; none where it has no sound.
///
/// # Errors
/// Where it can't be decoded or kept, or the job was cancelled.
pub fn listen(desk: &Desk<'_>, media: &MediaId, job: &Job) -> Result<Option<Envelope>> {
    let profile = desk.project().profile(media)?;
    listen_through(desk, media, profile, job)
}

fn listen_through(desk: &Desk<'_>, media: &MediaId, profile: Profile, job: &Job) -> Result<Option<Envelope>> {
    let (record, path) = desk.media(media)?;
    if !record.has_audio {
        return Ok(None);
    }
    Ok(Some(sound::envelope(file(&record, &path), profile, &desk.ports, job)?))
}

/// Looks for drift and records what the aligner proposes; none without sound or words, and where the words were written down from this sound.
///
/// # Errors
/// As [`listen`], and where the project can't be written. Where the acoustic model can't be read the map is recorded first.
pub fn look_for_drift(desk: &Desk<'_>, media: &MediaId, job: &Job) -> Result<Option<Proposal>> {
    let Some(transcript) = desk.project().transcript(media)? else { return Ok(None) };
    // Written down from this very sound, its times can't drift from it; looking for drift would only find what was misheard.
    if transcript.format == Format::Recognised {
        return Ok(None);
    }
    let profile = desk.project().profile(media)?;
    let Some(envelope) = listen_through(desk, media, profile, job)? else { return Ok(None) };
    job.step("looking for drift", 0, None)?;
    let spans: Vec<Span<TranscriptTime>> = transcript.words.iter().map(|w| w.span).collect();
    let now = desk.project().in_force(media)?;
    let mut proposal = Proposal { profile, ..align::propose(&envelope, &spans, &now.anchors, &Params::default()) };
    // A model that can't be read takes nothing from the map; it is told once that is kept.
    let (ear, unheard) = match ear(desk, (media, profile), &transcript, job) {
        Err(Error::Cancelled(cancelled)) => return Err(cancelled.into()),
        Err(error) => (None, Some(error)),
        Ok(ear) => (ear, None),
    };
    let mut heard = vec![];
    if let Some((cepstra, voice)) = ear.filter(|_| proposal.verdict != Verdict::Unknown) {
        let ear = Ear { cepstra: &cepstra, voice: &voice };
        proposal = ear.place_breaks(proposal, &transcript, &now, job)?;
        (proposal, heard) = ear.hear_all(proposal, &transcript, &now, job)?;
    }
    desk.apply(Op::Propose { media: media.clone(), proposal: proposal.clone(), heard }, &By::Machine)?;
    unheard.map_or(Ok(Some(proposal)), Err)
}

/// What listening for words takes; none where nobody knows how the transcript's language sounds.
fn ear(
    desk: &Desk<'_>,
    (media, profile): (&MediaId, Profile),
    transcript: &Transcript,
    job: &Job,
) -> Result<Option<(Cepstra, Arc<Voice>)>> {
    let language = transcript.languages.first().map_or("", |l| l.code.as_str());
    let (record, path) = desk.media(media)?;
    let Some(voice) = desk.ports.acoustics.load(language)?.filter(|_| record.has_audio) else { return Ok(None) };
    Ok(Some((sound::cepstra(file(&record, &path), profile, &desk.ports, job)?, voice)))
}

/// Listens again for the words whose text or place changed since they were heard. What is not found then counts as heard where the map
/// has it, with no confidence, so that it is not looked for over and over.
fn listen_again(desk: &Desk<'_>, media: &MediaId, job: &Job) -> Result<()> {
    let (truth, transcript, now, profile) = {
        let project = desk.project();
        let Some(transcript) = project.transcript(media)? else { return Ok(()) };
        (project.truth(media)?, transcript, project.in_force(media)?, project.profile(media)?)
    };
    let by_hand = now.by_hand(&transcript);
    let touched = align::touched(&transcript, &now);
    if touched.is_empty() {
        return Ok(());
    }
    // Without the model that they were heard with, words lie where the map puts them.
    let Some((cepstra, voice)) = ear(desk, (media, profile), &transcript, job)? else { return Ok(()) };
    let (_, heard) = Ear { cepstra: &cepstra, voice: &voice }.hear(&transcript, &now, &touched, job)?;
    let mut news = Vec::new();
    for (range, heard) in touched.into_iter().zip(heard) {
        let words = &transcript.words[range];
        let found = words.iter().zip(heard).filter(|(word, _)| !by_hand.contains(&word.id));
        news.extend(found.map(|(word, heard)| (word.id, heard.unwrap_or_else(|| unheard(word, &now)))));
    }
    if !news.is_empty() {
        desk.apply(Op::Hear { media: media.clone(), heard: news, truth }, &By::Machine)?;
    }
    Ok(())
}

/// What stands for a word that was listened for in vain.
fn unheard(word: &Word, now: &InForce) -> Heard {
    let span = now.map.map_span(word.span);
    let text = now.text(word);
    Heard { span, mapped: span.start, confidence: 0.0, text: (text != word.text).then(|| text.to_owned()) }
}

/// Brings a media up to date: a proposal if there is none, shots, residuals and measures.
///
/// # Errors
/// As [`listen`], and where the project can't be written.
pub fn ensure_analysed(desk: &Desk<'_>, media: &MediaId, job: &Job) -> Result<()> {
    let known = desk.project().proposal(media)?.is_some();
    let looked = if known { Ok(true) } else { look_for_drift(desk, media, job).map(|proposal| proposal.is_some()) };
    match &looked {
        // The waveform is wanted without words, too; it is that of the sound as it is.
        Ok(false) => _ = listen_through(desk, media, Profile::default(), job)?,
        // What was found out is measured all the same.
        Err(_) if desk.project().proposal(media)?.is_some() => {}
        Err(_) => return looked.map(|_| ()),
        Ok(true) => {}
    }
    refresh(desk, media, job)?;
    looked.map(|_| ())
}

/// Listens and measures again if words moved or changed since; cheap when the sound was decoded before. Where the sound is prepared otherwise
/// since, drift is looked for again first. The user's programs are asked in any case; what they were asked before is answered at once.
///
/// # Errors
/// As [`listen`], and where the project can't be written.
pub fn refresh(desk: &Desk<'_>, media: &MediaId, job: &Job) -> Result<()> {
    let (record, path) = desk.media(media)?;
    if !desk.project().needs_analysis(media)? {
        return score_again(desk, media, job);
    }
    let looked = if desk.project().is_heard_otherwise(media)? { look_for_drift(desk, media, job).map(|_| ()) } else { Ok(()) };
    // A model that can't be read takes nothing from the measures; it is told once these are taken.
    let unheard = match looked.and_then(|()| listen_again(desk, media, job)) {
        Err(Error::Cancelled(cancelled)) => return Err(cancelled.into()),
        listened => listened.err(),
    };
    let (truth, transcript, map, placed, before, proposal, annotations, source) = {
        let project = desk.project();
        let transcript = project.transcript(media)?;
        let (truth, before) = (project.truth(media)?, project.analysis(media)?);
        let annotations = project.annotation_set(media)?;
        let source = project.transcript_source(media)?;
        (truth, transcript, project.map(media)?, project.placed(media)?, before, project.proposal(media)?, annotations, source)
    };
    let envelope = listen(desk, media, job)?;
    let heard = envelope.as_ref().map(|_| sound::facts(file(&record, &path), &desk.ports, job)).transpose()?;
    let seen = look(file(&record, &path), record.picture.is_some(), before.as_deref(), desk, job)?;
    job.step("measuring", 0, None)?;
    // Of speech without a transcript nothing is missing yet; sound, picture and annotations are what they are.
    let unwritten = transcript.is_none();
    let transcript = transcript.unwrap_or_else(|| Arc::new(Transcript::empty()));
    let spans: Vec<Span<TranscriptTime>> = transcript.words.iter().map(|w| w.span).collect();
    let residuals = match (&envelope, proposal) {
        // As in the search for drift.
        _ if unwritten || transcript.format == Format::Recognised => vec![],
        // The aligner followed the drift to any size; measuring again would look near the map only.
        (Some(_), Some((proposal, _))) if map.is_identity() => proposal.residuals.iter().map(|r| r.under(&map)).collect(),
        (Some(envelope), _) => align::measure(envelope, &spans, &map, &Params::default()),
        (None, _) => vec![],
    };
    let toxicity = source.map_or(vec![], |(_, bytes)| format::toxicity(&bytes));
    let inputs = Inputs {
        envelope: envelope.as_ref(),
        residuals: &residuals,
        map: Some(&map),
        annotations: annotations.as_ref(),
        toxicity: &toxicity,
        sound: heard.as_ref(),
        picture: seen.facts.as_ref(),
        changes: seen.changes.as_ref(),
        shots: &seen.shots,
        short_edge: record.picture.map(|p| p.width.min(p.height)),
        ..Inputs::new(&transcript, &placed, record.duration)
    };
    let mut measures = gate::measure(&inputs);
    measures.retain(|m| !unwritten || !matches!(m.gate.row().about, About::Time | About::Words));
    measures.extend(seen.known);
    let Scored { measures: scores, failed: unscored } = score(desk, media, &measures, job)?;
    measures.extend(scores);
    let analysis = Analysis { measures, residuals, shots: seen.shots, facts: gate::FACTS, ..Analysis::default() };
    desk.apply(Op::Analyse { media: media.clone(), analysis, truth }, &By::Machine)?;
    unheard.or(seen.failed.map(Error::from)).or(unscored).map_or(Ok(()), Err)
}

/// What the pictures say.
#[derive(Default)]
struct Seen {
    shots: Vec<MediaTime>,
    /// What they are like; none where that was measured before.
    facts: Option<PictureFacts>,
    /// How much they change; none where that was measured before.
    changes: Option<PictureChanges>,
    /// What was measured of them before.
    known: Vec<Measure>,
    /// Why they could not be decoded.
    failed: Option<MediaError>,
}

/// Looks at the pictures once: they do not change with the words, and losing artifacts must not make an edit wait for a film.
fn look(file: MediaFile, pictured: bool, before: Option<&Analysis>, desk: &Desk<'_>, job: &Job) -> Result<Seen> {
    let shots = before.map_or(vec![], |a| a.shots.clone());
    if let Some(before) = before.filter(|a| a.facts == gate::FACTS) {
        // The size is read off the record each time.
        let of_pictures = |m: &&Measure| m.gate.row().about == About::Picture && m.gate != GateId::PictureSize;
        return Ok(Seen { shots, known: before.measures.iter().filter(of_pictures).copied().collect(), ..Seen::default() });
    }
    if !pictured {
        return Ok(Seen::default());
    }
    match shots::run(file, &desk.ports, job) {
        Ok(pictures) => {
            let shots::Pictures { shots, facts, changes, .. } = pictures;
            Ok(Seen { shots, facts: Some(facts), changes: Some(changes), ..Seen::default() })
        }
        // Pictures that can't be decoded take nothing from the sound and the words; they are told once these are measured.
        Err(StageError::Media(error)) => Ok(Seen { shots, failed: Some(error), ..Seen::default() }),
        Err(other) => Err(other.into()),
    }
}
