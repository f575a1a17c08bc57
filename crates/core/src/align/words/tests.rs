#![allow(clippy::unwrap_used)]

use super::super::acoustic::{Parts, Phone};
use super::super::cepstra::CEPSTRA;
use super::super::tests::Draw;
use super::*;
use proptest::prelude::*;
use std::sync::Mutex;

impl Draw {
    fn below(&mut self, end: usize) -> usize {
        (self.unit() * end as f64) as usize
    }

    /// Standard normal, by Box and Muller.
    fn normal(&mut self) -> f64 {
        (-2.0 * (1.0 - self.unit()).ln()).sqrt() * (std::f64::consts::TAU * self.unit()).cos()
    }
}

const PHONES: [&str; 12] = ["SIL", "+SPN+", "AA", "IY", "UW", "OW", "T", "M", "S", "L", "K", "N"];
const VOWELS: Range<usize> = 2..6;
const CONSONANTS: Range<usize> = 6..12;
const DENSITIES: usize = 3;
/// How far the sounds lie from each other, in standard deviations of a coefficient.
const SPREAD: f64 = 1.2;

/// A language of ten phones and forty words. Each state of a phone mostly sounds like one of its three densities.
fn voice() -> Voice {
    let mut draw = Draw(7);
    let phone = |(i, name): (u16, &&str)| Phone {
        name: (*name).into(),
        filler: i < 2,
        senones: [3 * i, 3 * i + 1, 3 * i + 2],
        transitions: u16::from(i == 0),
    };
    let mut means = Vec::new();
    for _ in PHONES {
        let phone: Vec<f64> = (0..CEPSTRA).map(|_| SPREAD * draw.normal()).collect();
        for _ in 0..DENSITIES {
            means.extend(phone.iter().map(|m| (m + 0.7 * SPREAD * draw.normal()) as f32));
        }
        // Slopes and curvature say nothing.
        means.extend([0.0; 2 * DENSITIES * CEPSTRA]);
    }
    let variances = [1.0, 4.0, 8.0].map(|v| [v; DENSITIES * CEPSTRA]).concat().repeat(PHONES.len());
    let own = |stream: usize, density: usize, senone: usize| if stream > 0 || senone % DENSITIES == density { 1 } else { 30 };
    let senones = 3 * PHONES.len();
    let weights = (0..3 * DENSITIES * senones).map(|i| own(i / (DENSITIES * senones), i / senones % DENSITIES, i % senones)).collect();
    let model = AcousticModel::new(Parts {
        phones: (0..).zip(&PHONES).map(phone).collect(),
        triphones: Default::default(),
        codebook_of: (0..PHONES.len() as u8).flat_map(|p| [p; 3]).collect(),
        densities: DENSITIES,
        streams: 3,
        dims: CEPSTRA,
        means,
        variances,
        weights,
        weight_step: 0.1,
        transitions: [0.6f32, 0.9].map(|p| [[p, 1.0 - p, 0.0, 0.0], [0.0, p, 1.0 - p, 0.0], [0.0, 0.0, p, 1.0 - p]]).into(),
    })
    .unwrap();
    let lines: Vec<String> = (0..40)
        .map(|i| {
            let syllables = 1 + draw.below(3);
            let mut phone = |of: Range<usize>| PHONES[of.start + draw.below(of.len())];
            let said: Vec<&str> = (0..syllables).flat_map(|_| [phone(CONSONANTS), phone(VOWELS)]).collect();
            format!("{} {}\n", name(i), said.join(" "))
        })
        .collect();
    let lexicon = Lexicon::new(lines.concat().into(), &model.phones);
    Voice { model, lexicon }
}

/// The word with this number: digits would be read as numbers.
fn name(i: usize) -> String {
    format!("w{}", ["a", "b", "c", "d", "e", "f", "g", "h"][i % 8].repeat(1 + i / 8))
}

/// A word of the transcript.
#[derive(Clone, Debug)]
struct Line {
    text: String,
    /// Where the transcript has it and where it is spoken, in seconds.
    expected: (f64, f64),
    spoken: (f64, f64),
    role: Role,
}

struct Scene {
    voice: Voice,
    cepstra: Cepstra,
    lines: Vec<Line>,
}

/// So many words, spoken with pauses here and there: `loud` times as far from silence and each other as the model has them, in noise of so many
/// standard deviations of the model, under a transcript with so much jitter.
fn scene(seed: u64, words: usize, loud: f64, noise: f64, jitter_ms: f64) -> Scene {
    let voice = voice();
    let mut draw = Draw(seed);
    // Settles the first values, which a small seed makes alike.
    for _ in 0..20 {
        draw.unit();
    }
    let mut frames: Vec<[i16; CEPSTRA]> = Vec::new();
    let mut say = |draw: &mut Draw, phone: u8, least: usize, most: usize| {
        let model = &voice.model;
        for state in 0..3 {
            for _ in 0..least + draw.below(most - least + 1) {
                let density = if draw.unit() < 0.9 { state } else { draw.below(DENSITIES) };
                let value = |dim: usize, draw: &mut Draw| {
                    let mean = model.means[(usize::from(phone) * 3 * CEPSTRA + dim) * DENSITIES + density];
                    ((loud * f64::from(mean) + noise * draw.normal()) * 200.0).round() as i16
                };
                frames.push(std::array::from_fn(|dim| value(dim, draw)));
            }
        }
        frames.len()
    };
    let mut at = say(&mut draw, 0, 20, 20);
    let mut lines: Vec<Line> = Vec::new();
    for _ in 0..words {
        if draw.unit() < 0.25 {
            at = say(&mut draw, 0, 3, 20);
        }
        let text = name(draw.below(40));
        let mut end = at;
        for phone in &voice.lexicon.pronunciations(&text)[0] {
            end = say(&mut draw, *phone, 1, 5);
        }
        // The model has a word begin four tenths of a frame before it does.
        let spoken = ((at as f64 + 0.4) * 0.01, (end as f64 + 0.4) * 0.01);
        let before = lines.last().map_or(0.0, |l| l.expected.0 + 0.02);
        let start = (spoken.0 + jitter_ms * 1e-3 * draw.normal()).max(before);
        let expected = (start, (spoken.1 + jitter_ms * 1e-3 * draw.normal()).max(start + 0.05));
        lines.push(Line { text, expected, spoken, role: Role::Free });
        at = end;
    }
    say(&mut draw, 0, 20, 20);
    let bytes = frames.iter().flatten().flat_map(|c| c.to_le_bytes());
    let cepstra = Cepstra::from_bytes(&b"PLC\x01".iter().copied().chain(bytes).collect::<Vec<_>>()).unwrap();
    Scene { voice, cepstra, lines }
}

fn go_on(_: usize, _: usize) -> bool {
    true
}

fn time_s(s: f64) -> MediaTime {
    MediaTime::from_us((s * 1e6).round() as i64)
}

fn expected(lines: &[Line]) -> Vec<Expected<'_>> {
    let of = |l: &'_ Line| Span::new(time_s(l.expected.0), time_s(l.expected.1));
    lines.iter().map(|l| Expected { text: &l.text, span: of(l), role: l.role }).collect()
}

/// What is heard of these words in the sound of the scene.
fn heard(scene: &Scene, lines: &[Line], threads: usize) -> Vec<Option<Heard>> {
    let (words, params) = (expected(lines), WordParams::default());
    let learnt = Recording::learn(&scene.cepstra, &scene.voice, &words, &params, threads, &go_on).unwrap();
    learnt.hear(&scene.cepstra, &scene.voice.lexicon, &words, 0..words.len(), &params, threads, &go_on).unwrap()
}

fn ms(a: MediaTime, seconds: f64) -> f64 {
    (a.us() as f64 * 1e-3 - seconds * 1e3).abs()
}

fn median(mut values: Vec<f64>) -> f64 {
    assert!(!values.is_empty());
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Share of the values for which it holds.
fn share<T>(values: &[T], holds: impl Fn(&T) -> bool) -> f64 {
    values.iter().filter(|v| holds(v)).count() as f64 / values.len().max(1) as f64
}

/// What holds of any words: an entry for those that are listened for and for no others, which makes sense in itself and by its neighbours.
fn makes_sense(lines: &[Line], heard: &[Option<Heard>]) {
    assert_eq!(heard.len(), lines.len());
    for (i, (line, heard)) in lines.iter().zip(heard).enumerate() {
        assert_eq!(heard.is_some(), line.role == Role::Free, "{i}");
        let Some(heard) = heard else { continue };
        // A word without a length that stays where it is has none.
        let stays = heard.span == Span::new(time_s(line.expected.0), time_s(line.expected.1));
        assert!(stays || heard.span.start < heard.span.end, "{i}: {heard:?}");
        assert!((0.0..=1.0).contains(&heard.confidence), "{i}: {heard:?}");
        assert_eq!((heard.mapped, &heard.text), (time_s(line.expected.0), &None), "{i}");
    }
    let order: Vec<&Heard> = heard.iter().flatten().collect();
    for pair in order.windows(2) {
        assert!(pair[0].mapped > pair[1].mapped || pair[0].span.start <= pair[1].span.start, "{pair:?}");
    }
}

#[test]
fn words_are_found_under_jitter() {
    // Jitter, distance of sounds and noise; median error, share within 50 ms and median confidence to be had.
    let check = |name: &str, jitter_ms: f64, loud: f64, noise: f64, (most_median, least_near, least_sure): (f64, f64, f64)| {
        let scene = scene(1, 200, loud, noise, jitter_ms);
        let heard = heard(&scene, &scene.lines, 2);
        makes_sense(&scene.lines, &heard);
        let off: Vec<f64> = scene.lines.iter().zip(&heard).map(|(l, h)| ms(h.as_ref().unwrap().span.start, l.spoken.0)).collect();
        let was: Vec<f64> = scene.lines.iter().map(|l| ms(time_s(l.expected.0), l.spoken.0)).collect();
        let sure = median(heard.iter().flatten().map(|h| f64::from(h.confidence)).collect());
        let near = share(&off, |o| *o <= 50.0);
        let (off, was) = (median(off), median(was));
        assert!(off <= most_median.min(was + 2.0), "{name}: {off} ms, where the transcript is {was} ms off");
        assert!(near >= least_near, "{name}: {near} within 50 ms");
        assert!(sure >= least_sure, "{name}: {sure} sure");
    };
    check("clean, little jitter", 20.0, 1.0, 1.0, (12.0, 0.98, 0.95));
    check("clean, much jitter", 80.0, 1.0, 1.0, (12.0, 0.98, 0.95));
    check("noisy, little jitter", 20.0, 0.5, 1.5, (12.0, 0.98, 0.95));
    check("noisy, much jitter", 80.0, 0.5, 1.5, (20.0, 0.9, 0.9));
    check("faint, little jitter", 20.0, 0.3, 2.0, (16.0, 0.95, 0.0));
    check("faint, much jitter", 80.0, 0.3, 2.0, (50.0, 0.5, 0.0));
    check("nothing, little jitter", 20.0, 0.0, 1.0, (17.0, 0.9, 0.0));
    check("nothing, much jitter", 80.0, 0.0, 1.0, (60.0, 0.4, 0.0));
    check("noise, little jitter", 20.0, 0.0, 6.0, (17.0, 0.9, 0.0));
    check("noise, much jitter", 80.0, 0.0, 6.0, (60.0, 0.4, 0.0));
}

#[test]
fn confidence_is_kept() {
    for (loud, noise) in [(0.5, 1.5), (0.4, 2.0), (0.2, 2.0)] {
        let scenes = [2, 3].map(|seed| scene(seed, 200, loud, noise, 80.0));
        let right = |scene: &Scene| -> Vec<(bool, f32)> {
            let heard = heard(scene, &scene.lines, 2);
            let right = |(l, h): (&Line, &Option<Heard>)| h.as_ref().map(|h| (ms(h.span.start, l.spoken.0) <= 100.0, h.confidence));
            scene.lines.iter().zip(&heard).filter_map(right).collect()
        };
        let all: Vec<(bool, f32)> = scenes.iter().flat_map(right).collect();
        let sure: Vec<_> = all.iter().filter(|w| w.1 >= 0.9).collect();
        let kept = share(&sure, |w| w.0);
        assert!(sure.len() > 50 && kept >= 0.85, "{loud} in {noise}: {kept} of {} sure words right", sure.len());
    }
}

/// Changes a word, told the one after it: whether it stays, and what is written after it.
type Change = dyn Fn(&mut Line, &Line) -> (bool, Option<Line>);

/// Another word than this one.
fn other(line: &Line) -> String {
    (0..40).map(name).rev().find(|n| *n != line.text).unwrap()
}

#[test]
fn what_is_wrong_with_one_word_does_not_move_others() {
    let scene = scene(4, 200, 1.0, 1.0, 20.0);
    let before = heard(&scene, &scene.lines, 2);
    // Every tenth word is changed or left out, or another one is written after it.
    let check = |name: &str, most_ms: f64, change: &Change| {
        let (mut lines, mut was) = (Vec::new(), Vec::new());
        for (i, line) in scene.lines.iter().enumerate() {
            let (mut line, mut keep, mut more) = (line.clone(), true, None);
            if i % 10 == 5 {
                (keep, more) = change(&mut line, &scene.lines[i + 1]);
            }
            if keep {
                lines.push(line);
                was.push((i % 10 != 5).then(|| before[i].clone()).flatten());
            }
            was.extend(more.iter().map(|_| None));
            lines.extend(more);
        }
        let heard = heard(&scene, &lines, 2);
        makes_sense(&lines, &heard);
        let moved: Vec<f64> = was
            .iter()
            .zip(&heard)
            .filter_map(|(a, b)| Some((a.as_ref()?.span.start - b.as_ref()?.span.start).abs().us() as f64 * 1e-3))
            .collect();
        let worst = moved.iter().copied().fold(0.0, f64::max);
        assert!(worst <= most_ms, "{name}: a neighbour moves by {worst} ms");
    };
    check("misheard", 20.0, &|line, _| {
        line.text = other(line);
        (true, None)
    });
    check("no pronunciation", 20.0, &|line, _| {
        line.text = "\u{266a}".into();
        (true, None)
    });
    check("missing", 20.0, &|_, _| (false, None));
    // What nobody said takes three frames from a neighbour at the least.
    check("not spoken", 80.0, &|line, next| {
        let expected = (line.expected.1.min(next.expected.0), next.expected.0);
        (true, Some(Line { text: other(line), expected, ..line.clone() }))
    });
    check("absent", 20.0, &|line, _| {
        line.role = Role::Absent;
        (true, None)
    });
    check("placed right", 20.0, &|line, _| {
        (line.role, line.expected) = (Role::Fixed, line.spoken);
        (true, None)
    });
}

#[test]
fn a_fixed_word_keeps_its_neighbours_right() {
    let mut scene = scene(5, 120, 1.0, 1.0, 80.0);
    for line in scene.lines.iter_mut().step_by(3) {
        (line.role, line.expected) = (Role::Fixed, line.spoken);
    }
    let found = heard(&scene, &scene.lines, 2);
    assert_eq!(found.len(), scene.lines.len());
    let off: Vec<f64> = scene.lines.iter().zip(&found).filter_map(|(l, h)| Some(ms(h.as_ref()?.span.start, l.spoken.0))).collect();
    assert_eq!(off.len(), 80);
    assert!(median(off.clone()) <= 12.0 && share(&off, |o| *o <= 50.0) >= 0.97, "{off:?}");
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let scene = scene(6, 150, 0.6, 1.2, 40.0);
    let [one, two, five] = [1, 2, 5].map(|threads| heard(&scene, &scene.lines, threads));
    assert!(one == two && one == five);
}

#[test]
fn a_part_is_heard_as_the_whole() {
    let scene = scene(8, 150, 0.7, 1.2, 40.0);
    let (words, params) = (expected(&scene.lines), WordParams::default());
    let learnt = Recording::learn(&scene.cepstra, &scene.voice, &words, &params, 2, &go_on).unwrap();
    let hear = |range| learnt.hear(&scene.cepstra, &scene.voice.lexicon, &words, range, &params, 2, &go_on).unwrap();
    let whole = hear(0..words.len());
    for range in [0..7, 60..67, 100..101, 30..90, 143..150] {
        let part = hear(range.clone());
        assert_eq!(part.len(), range.len());
        let apart = part.iter().zip(&whole[range.clone()]);
        let apart = apart.map(|(a, b)| (a.as_ref().unwrap().span.start - b.as_ref().unwrap().span.start).abs().us() as f64 * 1e-3);
        let apart = median(apart.collect());
        assert!(apart <= 10.0, "{range:?}: {apart} ms apart");
    }
    assert!(hear(9..9).is_empty());
}

#[test]
fn work_ends_when_it_is_told_to() {
    let scene = scene(9, 150, 1.0, 1.0, 20.0);
    let (words, params) = (expected(&scene.lines), WordParams::default());
    let learnt = Recording::learn(&scene.cepstra, &scene.voice, &words, &params, 1, &go_on).unwrap();
    for (threads, last) in [(1, 0), (1, 2), (2, 1), (5, 3)] {
        let asked = Mutex::new(Vec::new());
        let step = |done: usize, total: usize| {
            assert!(done < total);
            let mut asked = asked.lock().unwrap();
            asked.push(done);
            asked.len() <= last
        };
        let stopped = || {
            let asked = std::mem::take(&mut *asked.lock().unwrap());
            // Each thread may have begun another piece of work meanwhile, and asks no more.
            assert!((last + 1..=last + threads).contains(&asked.len()), "{asked:?} on {threads} threads, told to end after {last}");
        };
        assert!(Recording::learn(&scene.cepstra, &scene.voice, &words, &params, threads, &step).is_none());
        stopped();
        assert!(learnt.hear(&scene.cepstra, &scene.voice.lexicon, &words, 0..150, &params, threads, &step).is_none());
        stopped();
    }
}

#[test]
fn where_there_is_nothing_to_hear_words_stay() {
    let scene = scene(10, 30, 1.0, 1.0, 20.0);
    let stays = |cepstra: Cepstra, lines: &[Line]| {
        let scene = Scene { voice: scene.voice.clone(), cepstra, lines: vec![] };
        let learnt = Recording::learn(&scene.cepstra, &scene.voice, &expected(lines), &WordParams::default(), 2, &go_on).unwrap();
        let learnt = learnt.learnt();
        assert!((learnt.share - 0.05).abs() < 1e-6 && learnt.jitter == Delta::from_ms(80), "{learnt:?}");
        let found = heard(&scene, lines, 2);
        makes_sense(lines, &found);
        for (line, heard) in lines.iter().zip(found.iter().flatten()) {
            assert_eq!((heard.span.start, heard.confidence), (time_s(line.expected.0), 0.0));
        }
    };
    stays(Cepstra::default(), &scene.lines);
    stays(Cepstra::default(), &[]);
    stays(scene.cepstra.clone(), &[]);
}

#[test]
fn a_stretch_of_silence_leaves_the_words_around_it() {
    // Words are written where the sound dropped out: nothing but silence fits, and no path is likely.
    let scene = scene(11, 120, 1.0, 1.0, 20.0);
    let check = |muted: Range<usize>, depth: f32| {
        let mut bytes = scene.cepstra.to_bytes();
        let at = |i: usize| (scene.lines[i].spoken.0 * 100.0) as usize;
        let means = &scene.voice.model.means;
        let silence: Vec<u8> = (0..CEPSTRA).flat_map(|dim| ((means[dim * DENSITIES] * depth * 200.0) as i16).to_le_bytes()).collect();
        for frame in bytes[4..].chunks_exact_mut(2 * CEPSTRA).take(at(muted.end)).skip(at(muted.start)) {
            frame.copy_from_slice(&silence);
        }
        let muted_scene = Scene { cepstra: Cepstra::from_bytes(&bytes).unwrap(), voice: scene.voice.clone(), lines: vec![] };
        let found = heard(&muted_scene, &scene.lines, 2);
        makes_sense(&scene.lines, &found);
        let off = |i: usize| ms(found[i].as_ref().unwrap().span.start, scene.lines[i].spoken.0);
        let around: Vec<f64> = (0..muted.start - 2).chain(muted.end + 2..120).map(off).collect();
        // Where no path is left, what is heard in one go with the silence stays where it was.
        let unheard = found.iter().flatten().filter(|h| h.confidence == 0.0).count();
        assert!(unheard <= 30, "{unheard} words unheard around {muted:?}");
        assert!(median(around.clone()) <= 12.0 && share(&around, |o| *o <= 50.0) >= 0.95, "{muted:?} {depth}: {around:?}");
    };
    for muted in [50..54, 50..60, 50..70] {
        check(muted.clone(), 1.0);
        check(muted, 30.0);
    }
}

#[test]
fn every_word_begins_once_and_ends_once() {
    let scene = scene(13, 20, 0.7, 1.2, 40.0);
    let (words, params, model) = (expected(&scene.lines), WordParams::default(), &scene.voice.model);
    let ways: Vec<Pronunciations> = words.iter().map(|w| text::pronunciations(w.text, model, &scene.voice.lexicon)).collect();
    let hearing = Hearing::new(&scene.cepstra, model, &mut Scorer::new(model), &words, &ways, &params, None).unwrap();
    for share in SHARES {
        let mut occupied = Vec::new();
        let said = hearing.said(&ways, &Jitter::new(8.0, 0.05), share, Some(&mut occupied)).unwrap();
        for (i, said) in said.iter().enumerate() {
            let [begins, ends] = [&said.begins, &said.ends].map(|cells| cells.iter().copied().map(f64::from).sum::<f64>());
            assert!((begins - 1.0).abs() < 1e-3 && (ends - 1.0).abs() < 1e-3, "word {i}: {begins} and {ends} under {share}");
            assert!((-1e-3..1.001).contains(&f64::from(said.other)), "word {i}: {}", said.other);
        }
        for (t, states) in occupied.iter().enumerate() {
            let sum: f32 = states.iter().map(|o| o.share).sum();
            assert!(sum < 1.001, "frame {t}: {sum}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_words_at_all_are_answered(
        words in prop::collection::vec((0usize..44, -20.0f64..40.0, -1.0f64..3.0, 0u8..6), 0..30),
        far in prop::sample::select(vec![0.0, 36_000.0, -1e9, 9e12]),
        sorted in any::<bool>(),
        threads in 1usize..4,
    ) {
        let scene = scene(12, 40, 1.0, 1.0, 20.0);
        let odd = ["", "\u{266a}", "7", "stra\u{df}e"];
        let mut lines: Vec<Line> = words
            .into_iter()
            .map(|(text, start, length, role)| {
                let text = odd.get(text.wrapping_sub(40)).map_or_else(|| name(text), |t| (*t).to_owned());
                let start = if role == 5 { start + far } else { start };
                let expected = (start, start + length.max(0.0));
                let role = match role { 3 => Role::Fixed, 4 => Role::Absent, _ => Role::Free };
                Line { text, expected, spoken: expected, role }
            })
            .collect();
        if sorted {
            lines.sort_by(|a, b| a.expected.0.total_cmp(&b.expected.0));
        }
        makes_sense(&lines, &heard(&scene, &lines, threads));
    }
}

#[test]
fn a_density_that_training_left_a_spike_wins_nothing() {
    let phone = |name: &str, first: u16| Phone { name: name.into(), filler: false, senones: [first; 3], transitions: 0 };
    let model = AcousticModel::new(Parts {
        phones: vec![phone("SIL", 0), phone("ZH", 1)],
        triphones: Default::default(),
        codebook_of: vec![0, 1],
        densities: 2,
        streams: 1,
        dims: 1,
        means: vec![0.1, 3.0, 0.0, 3.0],
        variances: vec![1.0, 1.0, 0.0, 1.0],
        weights: vec![1; 4],
        weight_step: 0.1,
        transitions: vec![[[0.5, 0.5, 0.0, 0.0], [0.0, 0.5, 0.5, 0.0], [0.0, 0.0, 0.5, 0.5]]],
    })
    .unwrap();
    let mut scorer = Scorer::new(&model);
    // Digital silence is as constant as the spike, and lies on it.
    scorer.turn_to(&[[0.0; CEPSTRA]; 3]);
    let (silence, spike) = (scorer.senone(0), scorer.senone(1));
    assert!(spike < silence && spike.is_finite(), "{silence} {spike}");
}
