//! What is told of speech, held against what is said by what both mean to an embedding model.

use crate::Result;
use plumbline_core::Annotation;
use plumbline_core::crossmodal::{MEANING, Spoken, cosine, is_about_speech, told};
use plumbline_pipeline::Job;
use plumbline_pipeline::calls::Caller;
use plumbline_pipeline::embedding::Space;
use plumbline_pipeline::models::{Meaning, Purpose};
use plumbline_pipeline::stages::StageError;
use plumbline_project::MediaId;

/// What a text means to an embedding model; none where it is longer than the model reads.
pub type Vectors<'a> = dyn Fn(&str) -> Result<Option<Vec<f32>>> + 'a;

/// Notes of each annotation about speech how near its meaning is to that of what is said meanwhile. Where nothing is said there is nothing to hold it
/// against.
///
/// # Errors
/// Where a vector can't be had; what was noted until then stays.
pub fn compare(annotations: &mut [Annotation], spoken: &Spoken, vectors: &Vectors) -> Result<()> {
    for annotation in annotations.iter_mut().filter(|a| is_about_speech(a) && !a.text.is_empty()) {
        let said = told(annotation.span, spoken);
        if said.is_empty() {
            continue;
        }
        let (Some(one), Some(other)) = (vectors(&annotation.text)?, vectors(&said)?) else { continue };
        if let Some(cosine) = cosine(&one, &other) {
            annotation.extra.insert(MEANING.into(), ((cosine * 1e3).round() / 1e3).into());
        }
    }
    Ok(())
}

/// The vector of a text, kept or new; none where it is longer than the model reads. `media` is for the ledger.
///
/// # Errors
/// Where the model does not answer, the cap is reached, the ledger can't be used, or the job was cancelled.
pub fn vector(space: &Space, caller: &Caller, text: &str, media: &MediaId, job: &Job) -> Result<Option<Vec<f32>>> {
    let asked = space.vector(caller, Meaning::Text(text.to_owned()), Purpose::Found, &media.0, job).map_err(StageError::Call)?;
    Ok(asked.map(|asked| asked.answer.vector))
}
