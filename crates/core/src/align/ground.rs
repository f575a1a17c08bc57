//! Whether sound and words give any ground for a judgement, and if not, why.

use super::signal::{HOPS_PER_S, Signal};
use super::{Envelope, Ground};
use crate::time::{Delta, Span, TranscriptTime};

/// Nothing is said of less media than this, in hops, nor of a transcript that spans less or has fewer stretches of words: 20 s of speech
/// fit in too many places.
const LEAST_SPAN: f64 = 20.0 * HOPS_PER_S;
const LEAST_STRETCHES: usize = 4;
/// An envelope that never stands out by more than this is silence or a hum.
const SILENT: f32 = 0.05;

/// How long the transcript is, in hops, where sound and words may give ground; else why they give none. `stretches` are those of `words`
/// that may lie in the sound.
pub(super) fn given(envelope: &Envelope, signal: &Signal, words: &[Span<TranscriptTime>], stretches: &[(f64, f64)]) -> Result<f64, Ground> {
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
        () if is_periodic(signal) => Err(Ground::NoSpeech),
        () => Ok(span),
    }
}

/// Why words were found nowhere in a sound.
pub(super) fn unmatched(envelope: &Envelope) -> Ground {
    let spoken: i64 = envelope.speech().iter().map(|s| s.len().us()).sum();
    let unbroken = spoken as f64 > UNBROKEN * envelope.duration().us() as f64;
    if spoken < LEAST_SPEECH.us() || unbroken { Ground::NoSpeech } else { Ground::NoMatch }
}

/// Sound that stands out for less than this in all holds no speech.
const LEAST_SPEECH: Delta = Delta::from_us(2_000_000);
/// Nor does sound that stands out for more than this share of its time: nobody speaks without a pause.
const UNBROKEN: f64 = 0.95;

/// Whether a sound repeats itself like a beat, which fits any words in many places: the correlation with itself some seconds later. That of
/// speech comes to less than a tenth.
fn is_periodic(signal: &Signal) -> bool {
    let slow = signal.decimated(PERIOD_DECIMATION);
    let energy = |values: &[f32]| values.iter().map(|v| f64::from(v * v)).sum::<f64>();
    PERIODS.into_iter().any(|lag| {
        let (Some(later), Some(sooner)) = (slow.values.get(lag..), slow.values.len().checked_sub(lag).map(|n| &slow.values[..n])) else {
            return false;
        };
        let product: f64 = later.iter().zip(sooner).map(|(a, b)| f64::from(a * b)).sum();
        product > 0.0 && product >= PERIODIC * (energy(later) * energy(sooner)).sqrt()
    })
}

/// Hops that make one sample of [`is_periodic`]: 40 ms.
const PERIOD_DECIMATION: usize = 4;
/// Lags that are tried, 2 s to 8 s: some beats and a bar.
const PERIODS: std::ops::Range<usize> = 50..200;
/// From here on a correlation is that of a beat.
const PERIODIC: f64 = 0.6;
