//! From sound to a transcript, by a service that is paid.

use crate::{Desk, Error, Result, file};
use plumbline_core::gate::SoundFacts;
use plumbline_core::transcription::TranscriptionJob;
use plumbline_core::{Profile, format};
use plumbline_pipeline::Job;
use plumbline_pipeline::stages::cloud_speech::{self, Account, Plan, Question};
use plumbline_pipeline::stages::sound;
use plumbline_project::{By, Import, MediaId, MediaRecord, Op};

/// Sound with a larger share of silence holds nothing to write down.
const MOST_SILENCE: f64 = 0.99;
/// With a larger share of its samples clipped nobody understands it.
const MOST_CLIPPED: f64 = 0.5;
/// With less speech there is nothing to write down, in µs.
const LEAST_SPEECH_US: i64 = 300_000;

/// What is asked of the service.
#[derive(Clone, Copy)]
pub struct Wish<'a> {
    /// The settings.
    pub settings: &'a TranscriptionJob,
    /// Send sound that looks like money for nothing, too.
    pub anyway: bool,
}

/// What would be sent for a media, and what it costs; none where it has no sound or a transcript already. Changes nothing but the cache.
///
/// # Errors
/// As [`transcribe`], but for the service.
pub fn plan(desk: &Desk<'_>, media: &MediaId, wish: Wish<'_>, account: &Account<'_>, job: &Job) -> Result<Option<Plan>> {
    let Some(ready) = Ready::of(desk, media, wish, job)? else { return Ok(None) };
    Ok(Some(cloud_speech::plan(&ready.question(wish.settings), account, &desk.ports, job)?))
}

/// Has the service write down what is said in a media that has sound and no transcript; says whether it did.
///
/// # Errors
/// Where the settings can't be used, the sound is silent, broken or without speech, it can't be decoded or sent, the service refuses or fails, it would
/// cost more than the cap, the project can't be written, or the job was cancelled. What was paid for until then is found by the next run.
pub fn transcribe(desk: &Desk<'_>, media: &MediaId, wish: Wish<'_>, account: &Account<'_>, job: &Job) -> Result<bool> {
    let Some(ready) = Ready::of(desk, media, wish, job)? else { return Ok(false) };
    let source = cloud_speech::run(&ready.question(wish.settings), account, &desk.ports, job)?;
    let unread = |e| Error::File { path: ready.path.display().to_string(), why: format!("what the service wrote can't be read: {e}") };
    let parsed = format::read(&source).map_err(unread)?;
    // Somebody may have imported one meanwhile, and that is the one that counts.
    if desk.project().transcript(media)?.is_some() {
        return Ok(false);
    }
    let name = ready.record.name();
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let file = Import { name: format!("{stem}.transcribe.json"), source, parsed };
    desk.apply(Op::ImportTranscript { media: media.clone(), file }, &By::Machine)?;
    Ok(true)
}

/// A media that can be sent.
struct Ready<'a> {
    media: &'a MediaId,
    record: MediaRecord,
    path: std::path::PathBuf,
    profile: Profile,
}

impl<'a> Ready<'a> {
    /// None where there is nothing to do.
    fn of(desk: &Desk<'_>, media: &'a MediaId, wish: Wish<'_>, job: &Job) -> Result<Option<Self>> {
        let (record, path) = desk.media(media)?;
        if !record.has_audio || desk.project().transcript(media)?.is_some() {
            return Ok(None);
        }
        let profile = desk.project().profile(media)?;
        if let Some(problem) = wish.settings.check(profile).first() {
            return Err(Error::File {
                path: record.name().to_owned(),
                why: format!("the settings of the transcription can't be used: {problem}"),
            });
        }
        if !wish.anyway {
            let facts = sound::facts(file(&record, &path), &desk.ports, job)?;
            let envelope = sound::envelope(file(&record, &path), Profile::default(), &desk.ports, job)?;
            let speech_us = envelope.speech().iter().map(|span| span.len().us()).sum();
            if let Some(why) = unfit(&facts, speech_us) {
                return Err(Error::BadSound { name: record.name().to_owned(), why });
            }
        }
        Ok(Some(Self { media, record, path, profile }))
    }

    fn question(&'a self, settings: &'a TranscriptionJob) -> Question<'a> {
        Question { media: &self.media.0, file: file(&self.record, &self.path), profile: self.profile, settings }
    }
}

/// Why it would be money for nothing, as a clause; none where it would not.
fn unfit(facts: &SoundFacts, speech_us: i64) -> Option<String> {
    let stretches = facts.clipped.len().max(1) as f64;
    let clipped = facts.clipped.iter().map(|share| f64::from(*share)).sum::<f64>() / stretches;
    let percent = |share: f64| (100.0 * share).round() as i64;
    if facts.silence > MOST_SILENCE {
        Some(format!("{} % of its sound are silent", percent(facts.silence)))
    } else if clipped > MOST_CLIPPED {
        Some(format!("{} % of its samples are clipped", percent(clipped)))
    } else if speech_us < LEAST_SPEECH_US {
        Some("nobody seems to speak in it".into())
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_not_spent_on_what_holds_no_words() {
        let good = SoundFacts { silence: 0.3, clipped: vec![0.0, 0.1], ..SoundFacts::default() };
        for (facts, speech_us, says) in [
            (good.clone(), 5_000_000, None),
            (SoundFacts { silence: 1.0, ..good.clone() }, 0, Some("100 % of its sound are silent")),
            (SoundFacts { clipped: vec![0.9, 0.3], ..good.clone() }, 5_000_000, Some("60 % of its samples are clipped")),
            (good, 100_000, Some("nobody seems to speak in it")),
        ] {
            assert_eq!(unfit(&facts, speech_us).as_deref(), says);
        }
    }
}
