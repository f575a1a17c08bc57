//! How long each stage of alignment takes, on sound, words and an acoustic model that are made up here: `cargo bench -p plumbline-core`.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use plumbline_core::align::words::{Expected, Recording, Role, WordParams};
use plumbline_core::align::{
    AcousticModel, Cepstra, CepstraBuilder, Envelope, EnvelopeBuilder, Lexicon, Params, Parts, Phone, Place, SAMPLE_RATE, Triphone,
    Triphones, Voice, measure, propose,
};
use plumbline_core::{MediaTime, Span, TranscriptTime};
use std::hint::black_box;
use std::time::Duration;

/// Random numbers that are the same in every run (xorshift64*).
struct Draw(u64);

impl Draw {
    /// 0..1.
    fn unit(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 / (1u64 << 53) as f64
    }

    fn between(&mut self, lo: f64, hi: f64) -> f64 {
        lo + (hi - lo) * self.unit()
    }

    fn below(&mut self, count: usize) -> usize {
        (self.unit() * count as f64) as usize
    }

    /// Of mean 0 and about this standard deviation.
    fn normal(&mut self, deviation: f64) -> f32 {
        ((0..4).map(|_| self.unit() - 0.5).sum::<f64>() * 3f64.sqrt() * deviation) as f32
    }
}

/// Words in seconds of the media: phrases of touching words with pauses between.
fn speech(draw: &mut Draw, len_s: f64) -> Vec<(f64, f64)> {
    let (mut words, mut at) = (Vec::new(), 0.3);
    while at < len_s - 0.8 {
        let end = at + draw.between(0.12, 0.5);
        words.push((at, end));
        at = end + if draw.unit() < 0.75 { 0.0 } else { draw.between(0.15, 0.9) };
    }
    words
}

/// What the words look like to the map stage: louder and softer ones, over a floor of noise.
fn envelope(draw: &mut Draw, words: &[(f64, f64)], len_s: f64) -> Envelope {
    let mut values = vec![0.0f32; (len_s * 100.0) as usize];
    for (start, end) in words {
        let level = draw.between(0.45, 0.9) as f32;
        values[(start * 100.0) as usize..(end * 100.0) as usize].fill(level);
    }
    values.iter_mut().for_each(|v| *v += draw.between(0.02, 0.22) as f32);
    Envelope { values }
}

/// Their transcript: 15 ms of jitter, 12 s late, 200 ppm too slow, and 30 s of the media missing half way.
fn transcript(draw: &mut Draw, words: &[(f64, f64)], len_s: f64) -> Vec<Span<TranscriptTime>> {
    let (from, to) = (len_s / 2.0, len_s / 2.0 + 30.0);
    let mut time = |s: f64| {
        let s = (s - if s > from { 30.0 } else { 0.0 }) * 1.000_2 + 12.0 + draw.between(-0.015, 0.015);
        TranscriptTime::from_ms((s * 1e3) as i64)
    };
    let there = words.iter().filter(|w| w.1 <= from || to <= w.0);
    there.map(|w| Span { start: time(w.0), end: time(w.1) }).collect()
}

/// Something that rises and falls like their sound: a tone of another pitch in every word, over a hiss.
fn samples(draw: &mut Draw, words: &[(f64, f64)], len_s: f64) -> Vec<f32> {
    let mut samples: Vec<f32> = (0..(len_s * f64::from(SAMPLE_RATE)) as usize).map(|_| draw.normal(0.003)).collect();
    for (start, end) in words {
        let (hz, level) = (draw.between(150.0, 2_500.0), draw.between(0.1, 0.4));
        let at = |s: f64| (s * f64::from(SAMPLE_RATE)) as usize;
        for (i, sample) in samples[at(*start)..at(*end)].iter_mut().enumerate() {
            let phase = i as f64 / f64::from(SAMPLE_RATE) * hz * std::f64::consts::TAU;
            *sample += (phase.sin() * level) as f32 + draw.normal(0.05);
        }
    }
    samples
}

/// The sizes of Debian's English model.
const SPOKEN: usize = 39;
const FILLERS: [&str; 3] = ["SIL", "+NSN+", "+SPN+"];
const PHONES: usize = SPOKEN + FILLERS.len();
const SENONES: usize = 5_126;
const TRIPHONES: f64 = 137_000.0;
const DENSITIES: usize = 128;
const STREAMS: usize = 3;
const DIMS: usize = 13;
/// Words of the dictionary.
const WORDS: usize = 400;

fn phone_name(id: usize) -> String {
    id.checked_sub(SPOKEN).map_or_else(|| format!("P{id}"), |filler| FILLERS[filler].to_owned())
}

fn word_name(id: usize) -> String {
    let letter = |n: usize| char::from(b'a' + (n % 26) as u8);
    format!("w{}{}", letter(id / 26), letter(id))
}

/// A model of the size of the real one, whose sounds are drawn at random.
fn voice(draw: &mut Draw) -> Voice {
    let own = |id: usize, state: usize| (3 * id + state) as u16;
    let phones: Vec<Phone> = (0..PHONES)
        .map(|id| Phone {
            name: phone_name(id),
            filler: id >= SPOKEN,
            senones: std::array::from_fn(|state| own(id, state)),
            transitions: id as u16,
        })
        .collect();
    // Senones of phones in context are spread evenly over the spoken phones.
    let tied = (SENONES - 3 * PHONES) / SPOKEN;
    let codebook_of = (0..SENONES).map(|s| if s < 3 * PHONES { s / 3 } else { ((s - 3 * PHONES) / tied).min(SPOKEN - 1) } as u8).collect();
    let share = TRIPHONES / (SPOKEN * (SPOKEN + 1) * (SPOKEN + 1) * Place::ALL.len()) as f64;
    let mut triphones = Triphones::new();
    for base in 0..SPOKEN {
        for (left, right) in (0..=SPOKEN).flat_map(|left| (0..=SPOKEN).map(move |right| (left, right))) {
            for place in Place::ALL {
                if draw.unit() < share {
                    let senones = std::array::from_fn(|_| (3 * PHONES + base * tied + draw.below(tied)) as u16);
                    triphones.insert((base as u8, left as u8, right as u8, place), Triphone { senones, transitions: base as u16 });
                }
            }
        }
    }
    // How far the coefficients, their slopes and the slopes of those reach.
    let spreads = [12.0, 6.0, 5.0];
    let values = DENSITIES * DIMS;
    let spread = |i: usize| spreads[i / values % STREAMS];
    let means = (0..PHONES * STREAMS * values).map(|i| draw.normal(spread(i))).collect();
    let variances = (0..PHONES * STREAMS * values).map(|i| (spread(i).powi(2) * draw.between(0.1, 0.6)) as f32).collect();
    let weights = (0..STREAMS * DENSITIES * SENONES).map(|_| draw.below(160) as u8).collect();
    let matrix = [[0.6, 0.4, 0.0, 0.0], [0.0, 0.6, 0.4, 0.0], [0.0, 0.0, 0.6, 0.4]];
    let parts = Parts {
        phones,
        triphones,
        codebook_of,
        densities: DENSITIES,
        streams: STREAMS,
        dims: DIMS,
        means,
        variances,
        weights,
        weight_step: 0.1,
        transitions: vec![matrix; PHONES],
    };
    let mut dictionary = String::new();
    for id in 0..WORDS {
        let said: Vec<String> = (0..2 + draw.below(5)).map(|_| phone_name(draw.below(SPOKEN))).collect();
        dictionary += &format!("{} {}\n", word_name(id), said.join(" "));
    }
    let model = AcousticModel::new(parts).expect("the parts fit each other");
    let lexicon = Lexicon::new(dictionary.into_bytes(), &model.phones);
    Voice { model, lexicon }
}

fn cepstra(samples: &[f32]) -> Cepstra {
    let mut builder = CepstraBuilder::new();
    builder.push(samples);
    builder.finish()
}

/// What is told of a bench beside its time: how many seconds of media it does in one.
fn seconds(len_s: f64) -> Throughput {
    Throughput::Elements(len_s as u64)
}

const MINUTE: f64 = 60.0;

fn sound(c: &mut Criterion) {
    let mut draw = Draw(1);
    let words = speech(&mut draw, MINUTE);
    let samples = samples(&mut draw, &words, MINUTE);
    let mut group = c.benchmark_group("sound");
    group.throughput(seconds(MINUTE));
    group.bench_function("envelope of 1 min", |b| {
        b.iter(|| {
            let mut builder = EnvelopeBuilder::new();
            builder.push(black_box(&samples));
            builder.finish()
        });
    });
    group.bench_function("cepstra of 1 min", |b| b.iter(|| cepstra(black_box(&samples))));
    group.finish();
}

fn map_stage(c: &mut Criterion) {
    let params = Params::default();
    let mut group = c.benchmark_group("map stage");
    for minutes in [12.0, 60.0] {
        let (mut draw, len_s) = (Draw(2), minutes * MINUTE);
        let said = speech(&mut draw, len_s);
        let envelope = envelope(&mut draw, &said, len_s);
        let words = transcript(&mut draw, &said, len_s);
        let found = propose(&envelope, &words, &[], &params);
        assert_eq!(found.breaks.len(), 1, "no work for the later steps: {:?}", found.verdict);
        let map = found.map;
        group.throughput(seconds(len_s));
        group.bench_function(format!("propose for {minutes} min"), |b| b.iter(|| propose(black_box(&envelope), &words, &[], &params)));
        group.bench_function(format!("measure of {minutes} min"), |b| b.iter(|| measure(black_box(&envelope), &words, &map, &params)));
    }
    group.finish();
}

fn word_stage(c: &mut Criterion) {
    let mut draw = Draw(3);
    let voice = voice(&mut draw);
    let said = speech(&mut draw, MINUTE);
    let cepstra = cepstra(&samples(&mut draw, &said, MINUTE));
    let texts: Vec<String> = said.iter().map(|_| word_name(draw.below(WORDS))).collect();
    let time = |s: f64| MediaTime::from_ms((s * 1e3) as i64);
    let words: Vec<Expected<'_>> = (texts.iter().zip(&said))
        .map(|(text, (start, end))| Expected { text, span: Span { start: time(*start), end: time(*end) }, role: Role::Free })
        .collect();
    let params = WordParams::default();
    let learn = || Recording::learn(&cepstra, &voice, black_box(&words), &params, 1, &|_, _| true).expect("nothing ends it");
    let recording = learn();
    let all = 0..words.len();
    let mut group = c.benchmark_group("word stage");
    group.throughput(seconds(MINUTE));
    group.bench_function("learn from 1 min, one thread", |b| b.iter(learn));
    group.bench_function("hear 1 min, one thread", |b| {
        b.iter(|| recording.hear(&cepstra, &voice.lexicon, black_box(&words), all.clone(), &params, 1, &|_, _| true));
    });
    group.finish();
}

criterion_group! {
    name = stages;
    config = Criterion::default().sample_size(10).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(3));
    targets = sound, map_stage, word_stage
}
criterion_main!(stages);
