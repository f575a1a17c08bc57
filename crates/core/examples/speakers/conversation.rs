//! Conversations put together from clips of single voices.

use crate::clips::{Clip, Voice};
use plumbline_core::{Span, TranscriptTime};

/// Samples a second.
const RATE: usize = 16_000;
/// Loudness is looked at by so many samples.
const HOP: usize = 160;
/// What is heard is that much below the loudest, in dB.
const LOUD_DB: f32 = 35.0;
/// No word is longer, in hops.
const WORD: usize = 40;

/// Numbers by chance, the same for the same seed (SplitMix64).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Below a number.
    pub fn below(&mut self, count: usize) -> usize {
        (self.next() % count.max(1) as u64) as usize
    }

    /// -1..1.
    fn noise(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1 << 23) as f32 - 1.0
    }
}

/// What a conversation is like.
pub struct Shape {
    pub speakers: usize,
    pub seconds: usize,
    /// How much louder speech is than the noise under it.
    pub noise_db: f32,
}

/// A conversation: its sound, and its words with who says them.
pub struct Conversation {
    pub samples: Vec<f32>,
    pub words: Vec<(Span<TranscriptTime>, u16)>,
}

/// Speakers take turns of 2 to 15 s, with pauses of up to a second, each at a loudness of their own, over noise.
pub fn talk(voices: &[Voice], shape: &Shape, dice: &mut Dice) -> Conversation {
    let mut who: Vec<usize> = (0..voices.len()).collect();
    for n in 0..shape.speakers {
        let other = n + dice.below(who.len() - n);
        who.swap(n, other);
    }
    let gains: Vec<f32> = (0..shape.speakers).map(|_| decibels(4.0 * dice.noise())).collect();
    let mut talk = Conversation { samples: vec![0.0; RATE / 2], words: vec![] };
    let mut speaker = 0;
    while talk.samples.len() < shape.seconds * RATE {
        let (voice, turn) = (&voices[who[speaker]], talk.samples.len() + RATE * 2 + dice.below(RATE * 13));
        while talk.samples.len() < turn {
            let clip = &voice.clips[dice.below(voice.clips.len())];
            let words = words_of(clip, talk.samples.len());
            talk.words.extend(words.into_iter().map(|span| (span, speaker as u16)));
            talk.samples.extend(clip.0.iter().map(|s| s * gains[speaker]));
            let gap = voice.gap_ms.0 + dice.below(voice.gap_ms.1 - voice.gap_ms.0);
            talk.samples.extend(vec![0.0; gap * RATE / 1_000]);
        }
        talk.samples.extend(vec![0.0; dice.below(RATE)]);
        speaker = (speaker + 1 + dice.below(shape.speakers - 1)) % shape.speakers;
    }
    add_noise(&mut talk.samples, shape.noise_db, dice);
    talk
}

fn decibels(db: f32) -> f32 {
    10f32.powf(db / 20.0)
}

/// Noise that falls with the frequency, as that of a room does.
fn add_noise(samples: &mut [f32], below_db: f32, dice: &mut Dice) {
    let power = |samples: &[f32]| samples.iter().map(|s| s * s).sum::<f32>() / samples.len().max(1) as f32;
    let mut last = 0.0;
    let noise: Vec<f32> = samples
        .iter()
        .map(|_| {
            last = 0.9 * last + 0.1 * dice.noise();
            last + 0.03 * dice.noise()
        })
        .collect();
    let gain = (power(samples) / power(&noise)).sqrt() * decibels(-below_db);
    samples.iter_mut().zip(noise).for_each(|(s, n)| *s += gain * n);
}

/// Where a clip that begins with sample `at` is loud, in pieces as long as words.
pub fn words_of(clip: &Clip, at: usize) -> Vec<Span<TranscriptTime>> {
    let energies: Vec<f32> = clip.0.chunks(HOP).map(|hop| hop.iter().map(|s| s * s).sum::<f32>()).collect();
    let limit = energies.iter().copied().fold(0.0, f32::max) * decibels(-LOUD_DB).powi(2);
    let moment = |hop: usize| TranscriptTime::from_us(((at + hop * HOP) * 1_000_000 / RATE) as i64);
    let (mut words, mut begin) = (vec![], None);
    for (hop, energy) in energies.iter().copied().chain([0.0]).enumerate() {
        match begin {
            Some(first) if energy < limit || hop - first >= WORD || hop == energies.len() => {
                // A click is no word.
                if hop - first >= 5 {
                    words.push(Span::new(moment(first), moment(hop)));
                }
                begin = (energy >= limit && hop < energies.len()).then_some(hop);
            }
            None if energy >= limit && energy > 0.0 => begin = Some(hop),
            _ => {}
        }
    }
    words
}
