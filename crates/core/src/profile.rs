//! What is done to a media's sound before words are listened for in it.

use crate::gate::GateId;
use serde::{Deserialize, Serialize};
use std::fmt;
use ts_rs::TS;

/// The loudness that the sound is brought to where it is evened out: that of a broadcast, in LUFS.
const LOUDNESS_LUFS: i32 = -23;
/// Corners of the high-passes, in Hz: above the first two lines of mains hum, and above the fourth one, where a voice still keeps its formants.
const HIGH_PASS_HZ: [u32; 2] = [120, 200];

/// How the sound is prepared for the aligner. The default is the sound as it is. Gates judge the sound as it is, whatever the profile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Profile {
    /// Quiet and loud stretches are brought to about this loudness, in LUFS; -60 to -5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub loudness_lufs: Option<i32>,
    /// What lies below this frequency is taken away, in Hz; 20 to 1000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub high_pass_hz: Option<u32>,
    /// Steady noise is taken away.
    #[serde(default)]
    pub denoise: bool,
}

impl Profile {
    /// Whether it leaves the sound as it is.
    pub fn is_as_it_is(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the values lie where sound can be prepared so.
    pub fn is_sound(&self) -> bool {
        self.loudness_lufs.is_none_or(|lufs| (-60..=-5).contains(&lufs)) && self.high_pass_hz.is_none_or(|hz| (20..=1_000).contains(&hz))
    }

    /// The profiles that are worth a trial where these gates fail, the single steps first and all together last; none where no gate fails that
    /// a profile could do something about. At most 5.
    pub fn candidates(failing: &[GateId]) -> Vec<Self> {
        let fails = |gates: &[GateId]| failing.iter().any(|gate| gates.contains(gate));
        let level = fails(&[
            GateId::Loudness,
            GateId::TruePeak,
            GateId::Clipping,
            GateId::Silence,
            GateId::Dropouts,
            GateId::ChannelImbalance,
            GateId::Phase,
        ]);
        let (hum, noise) = (fails(&[GateId::Hum]), fails(&[GateId::SignalToNoise]));
        if !(level || hum || noise) {
            return vec![];
        }
        let as_it_is = Self::default();
        let high_passes = HIGH_PASS_HZ.map(|hz| Self { high_pass_hz: Some(hz), ..as_it_is });
        let denoised = Self { denoise: true, ..as_it_is };
        let evened = Self { loudness_lufs: Some(LOUDNESS_LUFS), ..as_it_is };
        let both = Self { denoise: true, ..high_passes[0] };
        let mut out = Vec::new();
        if hum {
            out.extend(high_passes);
        }
        if noise {
            out.push(denoised);
        }
        if level {
            out.push(evened);
        }
        out.push(if level { Self { loudness_lufs: evened.loudness_lufs, ..both } } else { both });
        out
    }
}

/// As people say it: `as it is`, `high-pass 120 Hz, denoised`.
impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let steps = [
            self.high_pass_hz.map(|hz| format!("high-pass {hz} Hz")),
            self.denoise.then(|| "denoised".to_owned()),
            self.loudness_lufs.map(|lufs| format!("evened to {lufs} LUFS")),
        ];
        let steps: Vec<String> = steps.into_iter().flatten().collect();
        f.write_str(if steps.is_empty() { "as it is".to_owned() } else { steps.join(", ") }.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::{About, GATES};

    #[test]
    fn what_fails_says_what_is_tried() {
        let check = |failing: &[GateId], expected: &[&str]| {
            let tried: Vec<String> = Profile::candidates(failing).iter().map(ToString::to_string).collect();
            assert_eq!(tried, expected, "{failing:?}");
        };
        check(&[], &[]);
        check(&[GateId::WordConfidence, GateId::Sharpness], &[]);
        check(&[GateId::Hum], &["high-pass 120 Hz", "high-pass 200 Hz", "high-pass 120 Hz, denoised"]);
        check(&[GateId::SignalToNoise], &["denoised", "high-pass 120 Hz, denoised"]);
        check(&[GateId::Loudness, GateId::Clipping], &["evened to -23 LUFS", "high-pass 120 Hz, denoised, evened to -23 LUFS"]);
    }

    #[test]
    fn every_gate_on_sound_has_something_to_try_and_no_profile_is_tried_twice() {
        for gate in GATES.iter().filter(|gate| gate.about == About::Sound) {
            assert!(!Profile::candidates(&[gate.id]).is_empty(), "{}", gate.name);
        }
        let all: Vec<GateId> = GATES.iter().map(|gate| gate.id).collect();
        let tried = Profile::candidates(&all);
        assert_eq!(tried.len(), 5);
        let mut once = tried.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), 5);
        assert!(tried.iter().all(|p| p.is_sound() && !p.is_as_it_is()));
        assert_eq!(Profile::default().to_string(), "as it is");
    }

    #[test]
    fn a_profile_that_says_nothing_is_the_sound_as_it_is() {
        assert_eq!(serde_json::from_str::<Profile>("{}").ok(), Some(Profile::default()));
    }
}
