//! What is told of speech, held against what is said by what both mean to an embedding model.

use crate::Result;
use plumbline_core::Annotation;
use plumbline_core::crossmodal::{MEANING, Spoken, cosine, is_about_speech, told};
use plumbline_core::models::Money;
use plumbline_pipeline::Job;
use plumbline_pipeline::calls::Caller;
use plumbline_pipeline::embedding::Space;
use plumbline_pipeline::models::{Meaning, Purpose};
use plumbline_pipeline::stages::StageError;
use plumbline_pipeline::stages::annotate::Telling;
use plumbline_project::MediaId;

/// A token of a model's answer is seldom longer, in bytes.
const LONG_TOKEN: u64 = 8;

/// Whom to ask what texts mean.
#[derive(Clone, Copy)]
pub struct Compare<'a> {
    /// Which vectors.
    pub space: &'a Space,
    /// Through whom.
    pub caller: &'a Caller<'a>,
}

/// Notes of each annotation about speech how near its meaning is to that of what is said meanwhile. Where nothing is said there is nothing to hold it
/// against. `media` is for the ledger.
///
/// # Errors
/// Where a vector can't be had; what was noted until then stays.
pub fn compare(annotations: &mut [Annotation], spoken: &Spoken, by: Compare, media: &MediaId, job: &Job) -> Result<()> {
    for annotation in annotations.iter_mut().filter(|a| is_about_speech(a) && !a.text.is_empty()) {
        let said = told(annotation.span, spoken);
        if said.is_empty() {
            continue;
        }
        let (Some(one), Some(other)) = (vector(by, &annotation.text, media, job)?, vector(by, &said, media, job)?) else { continue };
        if let Some(cosine) = cosine(&one, &other) {
            annotation.extra.insert(MEANING.into(), ((cosine * 1e3).round() / 1e3).into());
        }
    }
    Ok(())
}

/// The vector of a text, kept or new; none where it is longer than the model reads.
///
/// # Errors
/// Where the model does not answer, the cap is reached, the ledger can't be used, or the job was cancelled.
fn vector(by: Compare, text: &str, media: &MediaId, job: &Job) -> Result<Option<Vec<f32>>> {
    let meaning = Meaning::Text(text.to_owned());
    let asked = by.space.vector(by.caller, meaning, Purpose::Found, &media.0, job).map_err(StageError::Call)?;
    Ok(asked.map(|asked| asked.answer.vector))
}

/// What comparing costs at most, whatever is told of speech: each annotation about it is a text, and all that is said meanwhile is another. What is kept
/// already counts, too, for only the answers say which texts it will be. None where the price is not known.
pub fn at_most(tellings: &[Telling], spoken: &Spoken, space: &Space) -> Option<Money> {
    let longest = space.longest().unwrap_or(u64::MAX);
    let bytes = |telling: &Telling| {
        let (most, said) = (u64::from(telling.most), told(telling.span, spoken).len() as u64);
        let texts = (u64::from(telling.tokens) * LONG_TOKEN).min(most.saturating_mul(longest));
        if said == 0 { 0 } else { texts.saturating_add(most.saturating_mul(said.min(longest))) }
    };
    space.at_most_of(tellings.iter().map(bytes).fold(0, u64::saturating_add))
}
