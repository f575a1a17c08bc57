//! Which profile of the sound lets a media's words be heard best: tried, told, and put in force.

use crate::words::Ear;
use crate::{Desk, Error, Result, file};
use plumbline_core::align::{Verdict, Voice};
use plumbline_core::tune::trial::{self, Stretch, TooLittle, Trial, stretches};
use plumbline_core::{InForce, MediaTime, Profile, Transcript};
use plumbline_pipeline::Job;
use plumbline_pipeline::stages::sound;
use plumbline_project::views::ProposalState;
use plumbline_project::{By, MediaId, Op};
use std::ops::Range;

/// Tries the profiles that are worth it for what the gates say of a media's sound, each on the same stretches, and records what came of it. Each
/// of them decodes the media's sound and listens for its words anew.
///
/// # Errors
/// [`Error::Untried`] where something is missing that a trial takes; where the sound can't be decoded or kept, the project can't be written, or
/// the job was cancelled, and then nothing is recorded.
pub fn try_profiles(desk: &Desk<'_>, media: &MediaId, job: &Job) -> Result<Trial> {
    let (record, path) = desk.media(media)?;
    let untried = |why: String| Error::Untried { name: record.name().to_owned(), why };
    if !record.has_audio {
        return Err(untried("it has no sound. There is nothing to prepare".into()));
    }
    let failing = desk.project().profiles()?.media.into_iter().find(|row| row.media == *media).map(|row| row.gates()).unwrap_or_default();
    let candidates = Profile::candidates(&failing);
    if candidates.is_empty() {
        return Err(untried("no gate raises a flag on its sound. Run the gates first, or leave the sound as it is".into()));
    }
    let Some(transcript) = desk.project().transcript(media)? else { return Err(untried(TooLittle::NoWords.to_string())) };
    let language = transcript.languages.first().map_or("", |l| l.code.as_str());
    let Some(voice) = desk.ports.acoustics.load(language)? else {
        let called = if language.is_empty() { "its language".to_owned() } else { language.to_owned() };
        return Err(untried(format!(
            "there is no acoustic model of {called} on this machine, and without one no word can be listened for"
        )));
    };
    let truth = best_known(desk, media)?;
    let runs = stretches(&starts(&transcript, &truth, record.duration), &media.0).map_err(|e| untried(e.to_string()))?;
    let mut heard = Vec::new();
    let ways: Vec<Profile> = std::iter::once(Profile::default()).chain(candidates).collect();
    for (at, profile) in ways.iter().enumerate() {
        let job = job.part(&format!("{profile} ({} of {})", at + 1, ways.len()));
        let cepstra = sound::cepstra(file(&record, &path), *profile, &desk.ports, &job)?;
        let ear = Ear { cepstra: &cepstra, voice: &voice as &Voice };
        let found = ear.hear(&transcript, &truth, &runs, &job)?.1;
        let confidence =
            |run: Vec<Option<plumbline_core::align::Heard>>| -> Stretch { run.iter().map(|h| Some(h.as_ref()?.confidence)).collect() };
        heard.push((*profile, found.into_iter().map(confidence).collect::<Vec<_>>()));
    }
    let ((_, as_it_is), tried) = heard.split_first().ok_or_else(|| untried(TooLittle::NoWords.to_string()))?;
    let trial = trial::trial(as_it_is, tried, &media.0).map_err(|e| untried(e.to_string()))?;
    desk.apply(Op::TryProfiles { media: media.clone(), trial: trial.clone() }, &By::Machine)?;
    Ok(trial)
}

/// Puts the profile in force that the last trial of a media found best, and has the media listened to anew through it. None where nothing raised
/// confidence, no trial was made, or that profile is in force already: then nothing changes.
///
/// # Errors
/// As [`crate::ensure_analysed`].
pub fn use_best(desk: &Desk<'_>, media: &MediaId, job: &Job) -> Result<Option<Profile>> {
    let best = desk.project().trial(media)?.and_then(|trial| trial.best().map(|best| best.profile));
    let now = desk.project().profile(media)?;
    let Some(profile) = best.filter(|best| *best != now) else { return Ok(None) };
    desk.apply(Op::SetProfile { media: media.clone(), profile: Some(profile) }, &desk.by)?;
    crate::ensure_analysed(desk, media, job)?;
    Ok(Some(profile))
}

/// What decides where words lie; under the proposed map where that waits for a decision, since nothing is heard far from where it is said.
fn best_known(desk: &Desk<'_>, media: &MediaId) -> Result<InForce> {
    let project = desk.project();
    let now = project.in_force(media)?;
    Ok(match project.proposal(media)? {
        Some((proposal, ProposalState::Open)) if proposal.verdict != Verdict::Unknown => {
            InForce { map: proposal.map.through(&now.anchors), ..now }
        }
        _ => now,
    })
}

/// Where the words begin that can be listened for: those that are in the media, and that nobody placed.
fn starts(transcript: &Transcript, truth: &InForce, duration: MediaTime) -> Vec<Option<MediaTime>> {
    let by_hand = truth.by_hand(transcript);
    let inside: Range<MediaTime> = MediaTime::ZERO..duration;
    let start = |word: &plumbline_core::Word| {
        let span = truth.map.map_span(word.span);
        let gone = truth.text(word).is_empty() || (span.is_empty() && !word.span.is_empty());
        (!gone && !by_hand.contains(&word.id) && inside.contains(&span.start)).then_some(span.start)
    };
    transcript.words.iter().map(start).collect()
}
