//! What is wrong with the sound itself: its level, its peaks, what lies under it, and what broke off.

use super::measure::{plain, signed};
use super::{GateId, Inputs, Measure, Place, STRETCH};
use crate::align::Envelope;
use crate::time::{Delta, MediaTime, Span};
use serde::{Deserialize, Serialize};

/// The loudness that EBU R 128 asks of a programme, in LUFS.
const TARGET_LUFS: f64 = -23.0;
/// With less speech in it than this a stretch has no signal to hold against the noise.
const LEAST_SPEECH: Delta = Delta::from_us(2_000_000);

/// What the sound of a media is like. Made once, by [`super::SoundFactsBuilder`]; columns have one value per [`STRETCH`] from media time 0.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SoundFacts {
    /// Integrated loudness in LUFS after EBU R 128; none where all of it is below its gate.
    pub loudness_lufs: Option<f64>,
    /// The highest true peak of any channel, in dBTP; none without any sound.
    pub true_peak_dbtp: Option<f64>,
    /// Share of the media, 0..1, whose level is below -60 dB of full scale.
    pub silence: f64,
    /// Level of the first channel over the second, in dB, -60..60; none where there aren't two, or both are silent.
    pub imbalance_db: Option<f64>,
    /// Share of clipped samples, 0..1.
    pub clipped: Vec<f32>,
    /// Milliseconds of dead silence that begins and ends at once, in the middle of sound.
    pub dropped_ms: Vec<f32>,
    /// Level that a tenth of the stretch is above, in dB of full scale, not below -90.
    pub loud_db: Vec<f32>,
    /// Level that a tenth of the stretch is below, in dB of full scale, not below -90.
    pub floor_db: Vec<f32>,
    /// How far the strongest line of mains hum stands out of its surroundings, in dB; none where the stretch is too short to tell.
    pub hum_db: Vec<Option<f32>>,
    /// Correlation of the two channels, -1..1; none where there aren't two, or one is silent.
    pub correlation: Vec<Option<f32>>,
}

pub(super) fn measure(inputs: &Inputs<'_>, out: &mut Vec<Measure>) {
    let Some(facts) = inputs.sound else { return };
    let whole = Place::Media(Span::new(MediaTime::ZERO, inputs.duration));
    out.extend(facts.loudness_lufs.map(|lufs| signed(GateId::Loudness, whole, lufs - TARGET_LUFS)));
    out.extend(facts.true_peak_dbtp.map(|dbtp| plain(GateId::TruePeak, whole, dbtp)));
    out.push(plain(GateId::Silence, whole, 100.0 * facts.silence));
    out.extend(facts.imbalance_db.map(|db| signed(GateId::ChannelImbalance, whole, db)));
    let mut each = |gate: GateId, values: &mut dyn Iterator<Item = Option<f64>>| {
        let here = values.enumerate().filter_map(|(i, value)| Some(plain(gate, stretch(i, inputs.duration), value?)));
        out.extend(here);
    };
    each(GateId::Clipping, &mut facts.clipped.iter().map(|share| Some(100.0 * f64::from(*share))));
    each(GateId::Dropouts, &mut facts.dropped_ms.iter().map(|ms| Some(f64::from(*ms))));
    each(GateId::Hum, &mut facts.hum_db.iter().map(|db| db.map(f64::from)));
    each(GateId::Phase, &mut facts.correlation.iter().map(|value| value.map(f64::from)));
    if let Some(envelope) = inputs.envelope {
        let speech = speech_in_stretches(envelope, facts.loud_db.len());
        let ratios = facts.loud_db.iter().zip(&facts.floor_db).map(|(loud, floor)| f64::from(loud - floor));
        each(GateId::SignalToNoise, &mut ratios.zip(speech).map(|(ratio, speech)| (speech >= LEAST_SPEECH).then_some(ratio)));
    }
}

/// The place of stretch `index` of a media.
pub(super) fn stretch(index: usize, duration: MediaTime) -> Place {
    let start = MediaTime::from_us(STRETCH.us().saturating_mul(index as i64));
    let end = start + STRETCH;
    Place::Media(Span::new(start, if start < duration { end.min(duration) } else { end }))
}

/// How much speech each of the first `count` stretches holds.
fn speech_in_stretches(envelope: &Envelope, count: usize) -> Vec<Delta> {
    let mut speech = vec![Delta::ZERO; count];
    for span in envelope.speech() {
        let first = usize::try_from(span.start.us().div_euclid(STRETCH.us())).unwrap_or(0);
        for (i, total) in speech.iter_mut().enumerate().skip(first) {
            let start = MediaTime::from_us(STRETCH.us() * i as i64);
            let Some(here) = span.overlap(Span::new(start, start + STRETCH)) else { break };
            *total += here.len();
        }
    }
    speech
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::tests::{limits, values};
    use crate::transcript::Transcript;

    /// Twenty seconds of good sound, with one thing changed.
    fn check(change: impl FnOnce(&mut SoundFacts), gate: GateId, want: &[f64], fails: usize) {
        let mut facts = SoundFacts {
            loudness_lufs: Some(-22.0),
            true_peak_dbtp: Some(-3.0),
            silence: 0.2,
            imbalance_db: Some(0.5),
            clipped: vec![0.0; 2],
            dropped_ms: vec![0.0; 2],
            loud_db: vec![-20.0; 2],
            floor_db: vec![-60.0; 2],
            hum_db: vec![Some(3.0), Some(4.0)],
            correlation: vec![Some(0.9), None],
        };
        change(&mut facts);
        let transcript = Transcript::empty();
        // Speech in the first stretch only.
        let envelope = Envelope { values: (0..2_000).map(|i| if (100..400).contains(&i) { 1.0 } else { 0.0 }).collect() };
        let inputs = Inputs { envelope: Some(&envelope), sound: Some(&facts), ..Inputs::new(&transcript, &[], MediaTime::from_ms(19_000)) };
        let mut out = Vec::new();
        measure(&inputs, &mut out);
        assert_eq!(values(&out, gate), want, "{gate:?}");
        assert_eq!(limits().failing(&out), vec![gate; fails], "{gate:?}");
    }

    #[test]
    fn each_gate_tells_its_fault_and_no_other() {
        use GateId::*;
        check(|_| {}, Loudness, &[1.0], 0);
        check(|f| f.loudness_lufs = Some(-60.0), Loudness, &[37.0], 1);
        check(|f| f.loudness_lufs = Some(-5.0), Loudness, &[18.0], 1);
        check(|f| f.loudness_lufs = None, Loudness, &[], 0);
        check(|f| f.true_peak_dbtp = Some(2.5), TruePeak, &[2.5], 1);
        check(|f| f.silence = 0.97, Silence, &[97.0], 1);
        check(|f| f.imbalance_db = Some(-60.0), ChannelImbalance, &[60.0], 1);
        check(|f| f.imbalance_db = None, ChannelImbalance, &[], 0);
        check(|f| f.clipped[1] = 0.25, Clipping, &[0.0, 25.0], 1);
        check(|f| f.dropped_ms[0] = 200.0, Dropouts, &[200.0, 0.0], 1);
        check(|f| f.floor_db = vec![-23.0; 2], SignalToNoise, &[3.0], 1);
        check(|f| f.hum_db[0] = Some(45.0), Hum, &[45.0, 4.0], 1);
        check(|f| f.hum_db[0] = None, Hum, &[4.0], 0);
        check(|f| f.correlation[0] = Some(-1.0), Phase, &[-1.0], 1);
    }

    #[test]
    fn the_last_stretch_ends_with_the_media() {
        let at = |i, ms: i64| match stretch(i, MediaTime::from_ms(ms)) {
            Place::Media(span) => (span.start.us() / 1_000, span.end.us() / 1_000),
            other => panic!("{other:?}"),
        };
        assert_eq!(at(0, 19_000), (0, 10_000));
        assert_eq!(at(1, 19_000), (10_000, 19_000));
        assert_eq!(at(2, 19_000), (20_000, 30_000), "sound past the end of the media");
    }
}
