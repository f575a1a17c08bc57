//! Whether sound and words give any ground for a judgement, and if not, why.

use super::signal::HOPS_PER_S;
use super::{Envelope, Ground};
use crate::time::{Span, TranscriptTime};

/// Nothing is said of less media than this, in hops, nor of a transcript that spans less or has fewer stretches of words: 20 s of speech
/// fit in too many places.
const LEAST_SPAN: f64 = 20.0 * HOPS_PER_S;
const LEAST_STRETCHES: usize = 4;
/// An envelope that never stands out by more than this is silence or a hum.
const SILENT: f32 = 0.05;

/// How long the transcript is, in hops, where sound and words may give ground; else why they give none. `stretches` are those of `words`
/// that may lie in the sound.
pub(super) fn given(envelope: &Envelope, words: &[Span<TranscriptTime>], stretches: &[(f64, f64)]) -> Result<f64, Ground> {
    if words.is_empty() {
        return Err(Ground::NoWords);
    }
    if envelope.values.iter().all(|v| v.is_nan() || *v <= SILENT) {
        return Err(Ground::NoSound);
    }
    if (envelope.values.len() as f64) < LEAST_SPAN {
        return Err(Ground::TooShort);
    }
    let timed = || words.iter().filter(|w| !w.is_empty());
    if words.len() >= LEAST_STRETCHES && (timed().next().is_none() || words.iter().all(|w| w.start == words[0].start)) {
        return Err(Ground::OneTime);
    }
    if words.len() >= LEAST_STRETCHES && stretches.is_empty() {
        return Err(Ground::OutOfReach);
    }
    let (Some(first), Some(last)) = (stretches.first(), stretches.last()) else { return Err(Ground::TooFew) };
    let span = last.1 - first.0;
    match () {
        () if stretches.len() < LEAST_STRETCHES => Err(Ground::TooFew),
        () if span < LEAST_SPAN => Err(Ground::TooShort),
        () => Ok(span),
    }
}

/// Why words were found nowhere in a sound.
pub(super) fn unmatched(_envelope: &Envelope) -> Ground {
    Ground::NoMatch
}
