use super::error::{Turn, diarisation_error};
use super::sums::DIMENSIONS;
use super::*;
use crate::align::CEPSTRA;
use crate::time::{Delta, MediaTime};
use proptest::prelude::*;

/// Numbers by chance, -1..1, the same every time.
struct Dice(u32);

impl Dice {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(self.0 >> 8) / f64::from(1 << 23) - 1.0
    }
}

/// Cepstra of voices that speak one after another: of each turn its voice and its frames. A voice has a place of its own in each coefficient;
/// about it, frames wander slowly, as those of sounds do.
fn spoken(turns: &[(u16, usize)], dice: &mut Dice) -> Cepstra {
    let mut bytes = b"PLC\x01".to_vec();
    let mut wander = [0.0; CEPSTRA];
    for (voice, frames) in turns {
        for _ in 0..*frames {
            for (i, w) in wander.iter_mut().enumerate() {
                *w = 0.8 * *w + 10.0 * dice.next();
                let place = 12.0 * (f64::from(*voice) * 1.57 + i as f64 * 1.7).sin();
                // Stored in 1/200.
                bytes.extend((((place + *w) * 200.0) as i16).to_le_bytes());
            }
        }
    }
    Cepstra::from_bytes(&bytes).unwrap()
}

/// Words of 0.3 s with 0.1 s between them.
fn words(frames: usize) -> Vec<Span<TranscriptTime>> {
    let at = |frame: usize| TranscriptTime::from_ms(frame as i64 * 10);
    (0..frames / 40).map(|n| Span::new(at(n * 40), at(n * 40 + 30))).collect()
}

#[track_caller]
fn check(turns: &[(u16, usize)]) {
    let frames: usize = turns.iter().map(|(_, frames)| frames).sum();
    for seed in 1..6 {
        let found = speakers(&spoken(turns, &mut Dice(seed)), &words(frames), &Params::default());
        let who = |n: usize| {
            let mut end = 0;
            turns.iter().find(|(_, frames)| {
                end += frames;
                n * 40 + 15 < end
            })
        };
        let truth: Vec<Option<u16>> = (0..frames / 40).map(|n| who(n).map(|(voice, _)| *voice)).collect();
        assert_eq!(found, truth, "{turns:?} with seed {seed}");
    }
}

#[test]
fn turns_are_told_apart() {
    check(&[(0, 1_200), (1, 1_200)]);
    check(&[(0, 400), (1, 800), (0, 1_200), (1, 400), (0, 600)]);
    check(&[(0, 800), (1, 600), (2, 1_000), (0, 400), (2, 400), (1, 800), (3, 1_200)]);
}

#[test]
fn one_speaker_is_one() {
    for frames in [800, 2_000, 12_000, 60_000] {
        check(&[(0, frames)]);
    }
}

#[test]
fn the_level_is_no_speaker() {
    let quiet = spoken(&[(0, 4_000)], &mut Dice(3)).to_bytes();
    let louder = quiet[4..].chunks_exact(2).enumerate().flat_map(|(n, b)| {
        let value = i16::from_le_bytes([b[0], b[1]]);
        if n % CEPSTRA == 0 && n / CEPSTRA > 2_000 { value + 5_000 } else { value }.to_le_bytes()
    });
    let cepstra = Cepstra::from_bytes(&quiet[..4].iter().copied().chain(louder).collect::<Vec<_>>()).unwrap();
    assert!(speakers(&cepstra, &words(4_000), &Params::default()).iter().all(|who| *who == Some(0)));
}

#[test]
fn what_is_too_little_is_left_open() {
    let cepstra = spoken(&[(0, 300), (1, 300)], &mut Dice(1));
    assert_eq!(speakers(&cepstra, &words(600), &Params::default()), vec![None; 15]);
    assert_eq!(speakers(&cepstra, &[], &Params::default()), vec![]);
    assert_eq!(speakers(&Cepstra::default(), &words(4_000), &Params::default()), vec![None; 100]);
}

#[test]
fn words_that_are_odd_do_no_harm() {
    let cepstra = spoken(&[(0, 2_000), (1, 2_000)], &mut Dice(1));
    let at = TranscriptTime::from_ms;
    let mut odd = words(4_000);
    // Before the sound, empty, over the end, behind the end.
    odd.insert(0, Span::new(at(-500), at(-100)));
    odd.insert(20, odd[20]);
    odd[20].end = odd[20].start;
    odd.extend([Span::new(at(39_990), at(50_000)), Span::new(at(60_000), at(i64::MAX / 2_000))]);
    let found = speakers(&cepstra, &odd, &Params::default());
    assert_eq!((found[0], found[20], found[odd.len() - 1]), (Some(0), Some(0), Some(1)));
    // Digital silence has no variance.
    let silent = Cepstra::from_bytes(&[b"PLC\x01".as_slice(), &[0; 26 * 2_000]].concat()).unwrap();
    assert!(speakers(&silent, &words(2_000), &Params::default()).iter().all(|who| *who == Some(0)));
}

#[test]
fn more_stretches_than_a_block_come_to_two() {
    let mut dice = Dice(9);
    let mut stretch = |n: usize| {
        let mut sums = Sums::default();
        for _ in 0..120 {
            sums.push(&std::array::from_fn(|i| ((n % 2 * i * 3) as f64 + 12.0 * dice.next()) as f32));
        }
        Cluster::of(sums, n)
    };
    let all: Vec<Cluster> = (0..2_001).map(&mut stretch).collect();
    let found = cluster(all, 1.0, 30);
    let mut sides: Vec<(usize, usize)> = found.iter().map(|c| (c.members[0] % 2, c.members.len())).collect();
    sides.sort_unstable();
    assert_eq!(sides, [(0, 1_001), (1, 1_000)]);
    assert!(found.iter().all(|c| c.members.iter().all(|m| m % 2 == c.members[0] % 2)));
}

/// Sixteen frames whose covariance is known: rows of a Hadamard matrix are orthogonal, so that coefficient i has the variance scale² (i + 1)² and
/// nothing in common with the others.
fn known(scale: f64) -> Sums {
    let mut sums = Sums::default();
    for t in 0..16_u32 {
        let sign = |i: u32| if (t & i).count_ones().is_multiple_of(2) { 1.0 } else { -1.0 };
        sums.push(&std::array::from_fn(|i| if i == 0 { 77.0 } else { (scale * (i as f64 + 1.0) * sign(i as u32)) as f32 }));
    }
    sums
}

#[test]
fn gaussians_are_those_of_the_textbook() {
    // The floor of 1 is added to each variance.
    let log_det = |scale: f64| (0..DIMENSIONS).map(|i| ((scale * (i as f64 + 2.0)).powi(2) + 1.0).ln()).sum::<f64>();
    let (one, other) = (known(2.0), known(4.0));
    assert!((one.cost() - 8.0 * log_det(2.0)).abs() < 1e-6, "{}", one.cost());
    let shared = (0..DIMENSIONS).map(|i| (10.0 * (i as f64 + 2.0).powi(2) + 1.0).ln()).sum::<f64>();
    let likelier = 16.0 * shared - 8.0 * log_det(2.0) - 8.0 * log_det(4.0);
    // 12 means and 78 covariances, of 32 frames.
    let found = sums::bic(&one, one.cost(), &other, other.cost(), 2.0);
    assert!((found - (likelier - 2.0 * 45.0 * 32f64.ln())).abs() < 1e-6, "{found}");
    // Frames of one under the voice of the other: x² / (variance + 1).
    let squares: f64 = (0..DIMENSIONS).map(|i| (4.0 * (i as f64 + 2.0)).powi(2) / ((2.0 * (i as f64 + 2.0)).powi(2) + 1.0)).sum();
    let expected = -8.0 * (log_det(2.0) + squares);
    let found = Voice::of(&one).likelihood(&other);
    assert!((found - expected).abs() < 1e-6 * expected.abs(), "{found} for {expected}");
}

/// The best worth of all sequences in which every turn has `least` frames, by trying them all.
fn best_of_all(words: &[Sums], voices: &[Voice], least: f64, penalty: f64) -> f64 {
    let count = voices.len();
    let worth = |mut code: usize| {
        let said: Vec<u16> = (0..words.len())
            .map(|_| {
                let who = code % count;
                code /= count;
                who as u16
            })
            .collect();
        worth_of(words, voices, least, penalty, &said)
    };
    (0..count.pow(words.len() as u32)).map(worth).fold(f64::NEG_INFINITY, f64::max)
}

fn worth_of(words: &[Sums], voices: &[Voice], least: f64, penalty: f64, said: &[u16]) -> f64 {
    let (mut worth, mut frames) = (0.0, 0.0);
    for (n, (word, who)) in words.iter().zip(said).enumerate() {
        if n > 0 && said[n - 1] != *who {
            if frames < least {
                return f64::NEG_INFINITY;
            }
            (worth, frames) = (worth - penalty, 0.0);
        }
        worth += voices[usize::from(*who)].likelihood(word);
        frames += word.frames;
    }
    if frames < least { f64::NEG_INFINITY } else { worth }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn turns_are_the_best_there_are(
        shape in prop::collection::vec((0u16..3, 0usize..60), 1..8), count in 1usize..4, least in 1usize..120, penalty in 0f64..40.0, seed in 1u32..9_999,
    ) {
        let mut dice = Dice(seed);
        let mut word = |voice: u16, frames: usize| {
            let mut sums = Sums::default();
            (0..frames).for_each(|_| sums.push(&std::array::from_fn(|i| (f64::from(voice) * (i % 3) as f64 + 6.0 * dice.next()) as f32)));
            sums
        };
        let voices: Vec<Voice> = (0..count).map(|v| Voice::of(&word(v as u16, 50))).collect();
        let words: Vec<Sums> = shape.iter().map(|(voice, frames)| word(*voice, *frames)).collect();
        let least = least as f64;
        let found = turns::turns(&words, &voices, least, penalty);
        if words.iter().map(|w| w.frames).sum::<f64>() < least {
            prop_assert!(found.is_empty());
        } else {
            let (is, best) = (worth_of(&words, &voices, least, penalty, &found), best_of_all(&words, &voices, least, penalty));
            prop_assert!((is - best).abs() < 1e-6 * best.abs().max(1.0), "{is} for {best}: {found:?}");
        }
    }
}

/// Speaker, start and end in ms.
fn list(turns: &[(u16, i64, i64)]) -> Vec<Turn> {
    let turn = |(speaker, start, end): &(u16, i64, i64)| Turn {
        speaker: *speaker,
        span: Span::new(MediaTime::from_ms(*start), MediaTime::from_ms(*end)),
    };
    turns.iter().map(turn).collect()
}

type Listed<'a> = &'a [(u16, i64, i64)];

/// `expected`: all that is spoken, missed, false alarm and confused, in ms.
#[track_caller]
fn wrong(truth: Listed, found: Listed, collar_ms: i64, expected: [i64; 4]) {
    let error = diarisation_error(&list(truth), &list(found), Delta::from_ms(collar_ms));
    let is = [error.total_us, error.missed_us, error.false_alarm_us, error.confused_us].map(|us| us / 1_000);
    assert_eq!(is, expected, "{truth:?}\n{found:?}");
}

#[test]
fn errors_are_counted_by_hand() {
    let truth: Listed = &[(0, 0, 10_000), (1, 10_000, 20_000)];
    wrong(truth, truth, 0, [20_000, 0, 0, 0]);
    // Names are nobody's.
    wrong(truth, &[(7, 0, 10_000), (2, 10_000, 20_000)], 0, [20_000, 0, 0, 0]);
    wrong(truth, &[(0, 0, 20_000)], 0, [20_000, 0, 0, 10_000]);
    wrong(truth, &[(0, 0, 12_000), (1, 12_000, 19_000), (1, 21_000, 22_000)], 0, [20_000, 1_000, 1_000, 2_000]);
    // A quarter of a second about each edge isn't judged.
    wrong(truth, &[(0, 0, 10_200), (1, 10_200, 19_800)], 250, [19_000, 0, 0, 0]);
    wrong(truth, &[(0, 0, 11_000), (1, 11_000, 20_000)], 250, [19_000, 0, 0, 750]);
    // Two at once count twice.
    wrong(&[(0, 0, 4_000), (1, 2_000, 6_000)], &[(0, 0, 4_000), (1, 4_000, 6_000)], 0, [8_000, 2_000, 0, 0]);
    wrong(&[], &[(0, 0, 1_000)], 0, [0, 0, 1_000, 0]);
    assert_eq!(diarisation_error(&[], &list(&[(0, 0, 1_000)]), Delta::from_us(0)).rate(), None);
    let half = diarisation_error(&list(truth), &list(&[(0, 0, 20_000)]), Delta::from_us(0)).rate().unwrap();
    assert!((half - 0.5).abs() < 1e-12);
}

/// Turns by chance, with what pyannote.metrics 4.2.0 says of them: `DiarizationErrorRate(collar=0.5)`, which is 0.25 s on either side.
#[test]
fn errors_are_those_of_pyannote() {
    wrong(
        &[(0, 0, 3452), (2, 3237, 7032), (0, 8208, 12433), (2, 12340, 14968), (0, 15992, 22417)],
        &[(1, 0, 2700), (1, 2413, 6308), (3, 7429, 13226), (0, 11566, 15249), (1, 15685, 17156), (1, 17435, 23188)],
        250,
        [17409, 753, 2205, 6238],
    );
    wrong(
        &[(2, 0, 6730), (1, 8163, 13318), (1, 14574, 18336), (2, 18735, 20205), (1, 21011, 25487)],
        &[(0, 0, 1506), (0, 1810, 6251), (2, 8216, 13617), (1, 15105, 19033), (0, 18848, 21097), (2, 20260, 24828)],
        250,
        [19093, 1223, 709, 2981],
    );
    wrong(
        &[(0, 0, 4225), (2, 5352, 6473), (1, 7307, 15770), (2, 16438, 21972), (0, 22952, 26594)],
        &[(1, 0, 4326), (2, 5148, 6996), (2, 7341, 12216), (2, 11992, 14994), (0, 16120, 22539), (1, 22779, 26038)],
        250,
        [20485, 832, 658, 621],
    );
    wrong(
        &[(0, 0, 4844), (1, 5258, 9317), (1, 9398, 13877), (1, 15040, 20347), (0, 21305, 23995), (1, 24350, 25248)],
        &[(2, 0, 5456), (2, 5374, 8582), (2, 8778, 14654), (2, 14874, 20845), (1, 20880, 24443), (2, 23823, 24886)],
        250,
        [19277, 308, 950, 4344],
    );
}
