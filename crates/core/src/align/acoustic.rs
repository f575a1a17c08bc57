//! An acoustic model, which says how well a moment of sound fits a part of a phone, and the dictionary that spells words in its phones.
//!
//! The model is of Sphinx's kind with tied phonetic mixtures. A phone has three states; what a state sounds like is a senone, shared by the
//! contexts that sound alike. A senone mixes Gaussian densities. The densities are those of its base phone, the codebook; the weights are its
//! own. A frame of sound is cut into streams (cepstrum, its slope, its curvature), which count as independent.

use super::cepstra::CEPSTRA;
use std::collections::HashMap;

/// Least variance that a density may have. Sphinx has the same floor.
const VARIANCE_FLOOR: f32 = 1e-4;
/// A mean that lies further out is damage: squared distances would run out of range.
const FURTHEST_MEAN: f32 = 1e6;
/// Most densities of a codebook: their numbers are bytes.
const MOST_DENSITIES: usize = 256;
/// Streams that a frame of sound has: the cepstrum, its slope and its curvature.
const STREAMS: usize = 3;
/// Name of the phone that stands for silence.
const SILENCE: &str = "SIL";

/// A phone's place in its word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// Phones of the word lie on both sides.
    Internal,
    /// It is the first of several.
    Begin,
    /// It is the last of several.
    End,
    /// It is the whole word.
    Single,
}

impl Place {
    /// All of them, in the order in which Sphinx numbers them and falls back from one to another.
    pub const ALL: [Self; 4] = [Self::Internal, Self::Begin, Self::End, Self::Single];
}

/// A phone of the language, or a filler such as silence or noise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phone {
    /// Its name, such as `HH`.
    pub name: String,
    /// Whether it is no part of words.
    pub filler: bool,
    /// Senones of its three states, whatever lies around it.
    pub senones: [u16; 3],
    /// Index into [`AcousticModel::transitions`].
    pub transitions: u16,
}

/// A phone between two others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Triphone {
    /// Senones of its three states.
    pub senones: [u16; 3],
    /// Index into [`AcousticModel::transitions`].
    pub transitions: u16,
}

/// The triphones of a model, by base, left and right phone and the place of the base in its word.
pub type Triphones = HashMap<(u8, u8, u8, Place), Triphone>;

/// What an acoustic model is made from, in the order in which Sphinx's files hold it.
#[derive(Clone, Debug)]
pub struct Parts {
    /// The phones; the index is the phone's id and that of its codebook.
    pub phones: Vec<Phone>,
    /// The phones in context. Fillers stand in contexts as silence.
    pub triphones: Triphones,
    /// Codebook of every senone.
    pub codebook_of: Vec<u8>,
    /// Densities per codebook and stream.
    pub densities: usize,
    /// Streams of a frame.
    pub streams: usize,
    /// Values of a stream.
    pub dims: usize,
    /// Means as `[codebook][stream][density][dim]`.
    pub means: Vec<f32>,
    /// Variances, laid out as the means.
    pub variances: Vec<f32>,
    /// Quantised mixture weights as `[stream][density][senone]`.
    pub weights: Vec<u8>,
    /// What a step of the quantised weights stands for, in nats.
    pub weight_step: f32,
    /// How often, from each of three states, each of them and the exit follows: probabilities or counts.
    pub transitions: Vec<[[f32; 4]; 3]>,
}

/// Why parts don't make a model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} (in the acoustic model's {part})")]
pub struct BadModel {
    /// Name of Sphinx's file that holds the part.
    pub part: &'static str,
    /// What is wrong with it, as a clause.
    pub what: String,
}

fn need(holds: bool, part: &'static str, what: impl FnOnce() -> String) -> Result<(), BadModel> {
    if holds { Ok(()) } else { Err(BadModel { part, what: what() }) }
}

/// An acoustic model. Every index that it holds lies in its tables.
#[derive(Clone, Debug)]
pub struct AcousticModel {
    /// The phones; the index is the phone's id and that of its codebook.
    pub phones: Vec<Phone>,
    /// Id of the phone that stands for silence.
    pub silence: u8,
    triphones: Triphones,
    /// Codebook of every senone: its base phone.
    pub codebook_of: Vec<u8>,
    /// Means as `[codebook][stream][dim][density]`, so that the densities of a value lie side by side.
    pub means: Vec<f32>,
    /// 1 / (2 · variance), laid out as the means.
    pub inverse: Vec<f32>,
    /// Natural logarithm of each density's normalisation, as `[codebook][stream][density]`.
    pub constant: Vec<f32>,
    /// Quantised mixture weights as `[stream][senone][density]`: the weight is `exp(-weight_step · value)`. They are rounded down to the step, so
    /// those of a senone and stream sum to about 0.95.
    pub weights: Vec<u8>,
    /// What a step of the quantised weights stands for, in nats.
    pub weight_step: f32,
    /// Natural logarithms of the probabilities to go from each of three states to each of them and to the exit; -inf for never.
    pub transitions: Vec<[[f32; 4]; 3]>,
    /// Densities per codebook and stream.
    pub densities: usize,
    /// Streams of a frame.
    pub streams: usize,
    /// Values of a stream.
    pub dims: usize,
}

impl AcousticModel {
    /// Lays out the parts for use.
    ///
    /// # Errors
    /// Where a part has another length than the others ask for, or holds what lies out of range.
    pub fn new(parts: Parts) -> Result<Self, BadModel> {
        let Parts { phones, triphones, codebook_of, densities, streams, dims, means, variances, weights, weight_step, transitions } = parts;
        need((1..=256).contains(&phones.len()), "mdef", || format!("it has {} phones, not 1 to 256", phones.len()))?;
        let silence = phones.iter().position(|p| p.name == SILENCE).and_then(|i| u8::try_from(i).ok());
        let silence = silence.ok_or_else(|| BadModel { part: "mdef", what: format!("it has no phone named {SILENCE}") })?;
        let senones = codebook_of.len();
        let alone = phones.iter().map(|p| (p.senones, p.transitions));
        for (states, matrix) in alone.chain(triphones.values().map(|t| (t.senones, t.transitions))) {
            for senone in states {
                need(usize::from(senone) < senones, "mdef", || format!("it names senone {senone} of {senones}"))?;
            }
            let known = usize::from(matrix) < transitions.len();
            need(known, "mdef", || format!("it names transition matrix {matrix} of {}", transitions.len()))?;
        }
        for &(base, left, right, _) in triphones.keys() {
            let highest = usize::from(base.max(left).max(right));
            need(highest < phones.len(), "mdef", || format!("it names phone {highest} of {}", phones.len()))?;
        }
        for book in &codebook_of {
            need(usize::from(*book) < phones.len(), "mdef", || format!("it names codebook {book} of {}", phones.len()))?;
        }
        let sizes = [densities, streams, dims];
        let most = [MOST_DENSITIES, STREAMS, CEPSTRA];
        need(sizes.iter().zip(most).all(|(n, most)| (1..=most).contains(n)), "means", || {
            format!("its sizes {sizes:?} are not sizes of a model")
        })?;
        let gaussians = phones.len() * streams * densities;
        for (part, values) in [("means", &means), ("variances", &variances)] {
            need(values.len() == gaussians * dims, part, || format!("it has {} values, not {}", values.len(), gaussians * dims))?;
            let wild = |v: &&f32| !v.is_finite() || (part == "means" && v.abs() > FURTHEST_MEAN);
            need(!values.iter().any(|v| wild(&v)), part, || "it holds values that are no measures of sound".to_owned())?;
        }
        let wanted = streams * densities * senones;
        need(weights.len() == wanted, "sendump", || format!("it has {} weights, not {wanted}", weights.len()))?;
        need(weight_step.is_finite() && weight_step > 0.0, "sendump", || format!("its weights have a step of {weight_step}"))?;
        let inverse: Vec<f32> = variances.iter().map(|v| 0.5 / v.max(VARIANCE_FLOOR)).collect();
        Ok(Self {
            silence,
            means: turned(&means, densities, dims),
            constant: variances
                .chunks_exact(dims)
                .zip(inverse.chunks_exact(dims))
                .map(|(v, i)| if untrained(v) { NEVER } else { normalisation(i) })
                .collect(),
            inverse: turned(&inverse, densities, dims),
            weights: turned(&weights, densities, senones),
            transitions: transitions.iter().enumerate().map(|(i, m)| logarithms(i, m)).collect::<Result<_, _>>()?,
            phones,
            triphones,
            codebook_of,
            weight_step,
            densities,
            streams,
            dims,
        })
    }

    /// Id of the phone with this name.
    pub fn phone(&self, name: &str) -> Option<u8> {
        self.phones.iter().position(|p| p.name == name).and_then(|i| u8::try_from(i).ok())
    }

    /// The phone `base` between `left` and `right` at `place` of its word, all of them ids of the model.
    ///
    /// Where the model hasn't heard it, another serves, as in Sphinx: the same context at another place; at the edge of a word, silence for the
    /// phone of the other word; at last the phone without context. A filler around it counts as silence.
    pub fn triphone(&self, base: u8, left: u8, right: u8, place: Place) -> Triphone {
        let hushed = |id: u8| if self.phones[usize::from(id)].filler { self.silence } else { id };
        let (left, right) = (hushed(left), hushed(right));
        let apart_left = if matches!(place, Place::Begin | Place::Single) { self.silence } else { left };
        let apart_right = if matches!(place, Place::End | Place::Single) { self.silence } else { right };
        let places = || std::iter::once(place).chain(Place::ALL);
        let around = [(left, right), (apart_left, apart_right)];
        let found = around.iter().find_map(|(l, r)| places().find_map(|p| self.triphones.get(&(base, *l, *r, p))));
        found.copied().unwrap_or_else(|| {
            let Phone { senones, transitions, .. } = self.phones[usize::from(base)];
            Triphone { senones, transitions }
        })
    }
}

/// Whether a density has heard nothing to vary: training left it a spike, and a frame of digital silence, which is as constant, would take it for
/// the surest of sounds.
fn untrained(variances: &[f32]) -> bool {
    variances.iter().all(|v| *v <= VARIANCE_FLOOR)
}

/// Logarithm of a likelihood below any other, finite so that differences stay numbers.
const NEVER: f32 = -1e30;

/// Turns blocks of `rows` by `columns` round, so that what lay in a column lies side by side.
fn turned<T: Copy>(values: &[T], rows: usize, columns: usize) -> Vec<T> {
    let block = |b: &[T]| -> Vec<T> { (0..columns).flat_map(|c| b.iter().skip(c).step_by(columns).copied()).collect() };
    values.chunks_exact((rows * columns).max(1)).flat_map(block).collect()
}

/// Natural logarithm of the normalisation of a density with these 1 / (2 · variance).
fn normalisation(inverse: &[f32]) -> f32 {
    // The factor of a value is 1 / sqrt(2π · variance), which is sqrt(inverse / π).
    inverse.iter().map(|i| 0.5 * (f64::from(*i) / std::f64::consts::PI).ln()).sum::<f64>() as f32
}

/// Logarithms of a matrix, its rows scaled to sum to 1. States lead on, never back.
fn logarithms(index: usize, matrix: &[[f32; 4]; 3]) -> Result<[[f32; 4]; 3], BadModel> {
    let mut logs = [[f32::NEG_INFINITY; 4]; 3];
    for (state, (row, logs)) in matrix.iter().zip(&mut logs).enumerate() {
        let sum: f32 = row.iter().sum();
        let forward = row.iter().all(|p| *p >= 0.0) && row[..state].iter().all(|p| *p <= 0.0) && row[state + 1..].iter().any(|p| *p > 0.0);
        need(forward && sum.is_finite(), "transition_matrices", || format!("state {state} of matrix {index} does not lead on"))?;
        *logs = row.map(|p| (p / sum).ln());
    }
    Ok(logs)
}

/// A pronouncing dictionary: its text, and where its words stand in it.
#[derive(Clone, Debug)]
pub struct Lexicon {
    text: Vec<u8>,
    /// Where the usable lines begin, sorted by word; the variants of a word keep the order of the text.
    lines: Vec<u32>,
    ids: HashMap<Vec<u8>, u8>,
}

impl Lexicon {
    /// The dictionary with this text: a line has a word in lower case, then its phones by name; `word(2)` is another way to say `word`. Lines
    /// that name no phones, or other phones than these, are passed over.
    pub fn new(text: Vec<u8>, phones: &[Phone]) -> Self {
        let ids = (0..=u8::MAX).zip(phones).map(|(id, phone)| (phone.name.clone().into_bytes(), id)).collect();
        let mut lexicon = Self { text, lines: Vec::new(), ids };
        let mut lines = Vec::new();
        let mut at = 0;
        for line in lexicon.text.split(|b| *b == b'\n') {
            if let (Ok(start), Some(_)) = (u32::try_from(at), lexicon.phones(line)) {
                lines.push(start);
            }
            at += line.len() + 1;
        }
        lines.sort_by_key(|start| word(lexicon.line(*start)));
        lines.shrink_to_fit();
        lexicon.lines = lines;
        lexicon
    }

    /// How the word, in lower case, may be said: ids of phones. Empty for a word that the dictionary lacks.
    pub fn pronunciations(&self, word: &str) -> Vec<Vec<u8>> {
        let of = |start: &u32| self::word(self.line(*start));
        let first = self.lines.partition_point(|start| of(start) < word.as_bytes());
        let found = self.lines[first..].iter().take_while(|start| of(start) == word.as_bytes());
        found.filter_map(|start| self.phones(self.line(*start))).collect()
    }

    fn line(&self, start: u32) -> &[u8] {
        let rest = &self.text[start as usize..];
        rest.split(|b| *b == b'\n').next().unwrap_or(rest)
    }

    /// The phones that a line names, if it names any and all are known.
    fn phones(&self, line: &[u8]) -> Option<Vec<u8>> {
        let names = line.split(u8::is_ascii_whitespace).filter(|n| !n.is_empty()).skip(1);
        names.map(|name| self.ids.get(name).copied()).collect::<Option<Vec<u8>>>().filter(|phones| !phones.is_empty())
    }
}

/// The word of a line, without the number of its variant.
fn word(line: &[u8]) -> &[u8] {
    let whole = line.split(u8::is_ascii_whitespace).find(|w| !w.is_empty()).unwrap_or_default();
    let Some(open) = whole.iter().rposition(|b| *b == b'(') else { return whole };
    match whole[open + 1..].strip_suffix(b")") {
        Some(number) if open > 0 && !number.is_empty() && number.iter().all(u8::is_ascii_digit) => &whole[..open],
        _ => whole,
    }
}

/// What hearing a language takes.
#[derive(Clone, Debug)]
pub struct Voice {
    /// How its phones sound.
    pub model: AcousticModel,
    /// How its words are said.
    pub lexicon: Lexicon,
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use Place::{Begin, End, Internal, Single};

    fn phone(id: u16, name: &str, filler: bool) -> Phone {
        Phone { name: name.into(), filler, senones: [id; 3], transitions: 0 }
    }

    /// Four phones, each with one senone; the triphones of AH share it but for the last state.
    fn parts() -> Parts {
        let phones = vec![phone(0, "AH", false), phone(1, "HH", false), phone(2, "SIL", true), phone(3, "+NSN+", true)];
        let contexts = [(1, 1, Internal), (1, 1, End), (1, 2, Single), (2, 2, Begin)];
        let triphones = contexts.into_iter().zip(4..);
        let triphones = triphones.map(|((l, r, p), last)| ((0, l, r, p), Triphone { senones: [0, 0, last], transitions: 0 })).collect();
        Parts {
            phones,
            triphones,
            codebook_of: vec![0, 1, 2, 3, 0, 0, 0, 0],
            densities: 2,
            streams: 1,
            dims: 3,
            means: (0..24u8).map(f32::from).collect(),
            variances: vec![2.0; 24],
            weights: (0..16).collect(),
            weight_step: 0.1,
            transitions: vec![[[3.0, 1.0, 0.0, 0.0], [0.0, 1.0, 1.0, 0.0], [0.0, 0.0, 1.0, 3.0]]],
        }
    }

    #[test]
    fn what_was_not_heard_falls_back() {
        let model = AcousticModel::new(parts()).unwrap();
        let (ah, hh, sil, noise) = (0, 1, 2, 3);
        for (left, right, place, last) in [
            (hh, hh, Internal, 4),
            (hh, hh, End, 5),
            // Another place of the same context, in Sphinx's order.
            (hh, hh, Begin, 4),
            (hh, sil, Begin, 6),
            // A filler is silence.
            (noise, noise, Begin, 7),
            (hh, noise, Single, 6),
            // What lies over the edge of the word becomes silence, but not what lies within it.
            (ah, ah, Single, 7),
            (hh, ah, End, 6),
            (ah, sil, Begin, 7),
            (ah, ah, Begin, 0),
            (ah, sil, Internal, 0),
            (ah, ah, Internal, 0),
        ] {
            assert_eq!(model.triphone(ah, left, right, place).senones, [0, 0, last], "{left} {right} {place:?}");
        }
        assert_eq!(model.triphone(sil, hh, hh, Internal).senones, [2; 3]);
    }

    #[test]
    fn parts_are_laid_out_for_use() {
        let mut parts = parts();
        parts.variances[0] = 0.0;
        let model = AcousticModel::new(parts).unwrap();
        assert_eq!(model.means[..9].iter().map(|m| *m as i32).collect::<Vec<_>>(), [0, 3, 1, 4, 2, 5, 6, 9, 7]);
        assert_eq!(model.weights[..6], [0, 8, 1, 9, 2, 10]);
        let near = |a: f32, b: f64| assert!((f64::from(a) / b - 1.0).abs() < 1e-5, "{a} for {b}");
        near(model.inverse[0], 5e3);
        near(model.inverse[1], 0.25);
        let factor = |variance: f64| -0.5 * (std::f64::consts::TAU * variance).ln();
        near(model.constant[0], factor(1e-4) + 2.0 * factor(2.0));
        near(model.constant[1], 3.0 * factor(2.0));
        near(model.transitions[0][0][0], 0.75f64.ln());
        assert!(model.transitions[0][0][3].is_infinite());
    }

    #[test]
    fn parts_that_do_not_fit_are_refused() {
        fn check(damage: impl FnOnce(&mut Parts), says: &str) {
            let mut parts = parts();
            damage(&mut parts);
            let text = AcousticModel::new(parts).unwrap_err().to_string();
            assert!(text.contains(says), "{text}");
        }
        let sounds = Triphone { senones: [0; 3], transitions: 0 };
        check(|p| p.phones.clear(), "0 phones, not 1 to 256 (in the acoustic model's mdef)");
        check(|p| p.phones.extend(vec![phone(0, "X", false); 253]), "257 phones");
        check(|p| p.phones[2].name = "SILENCE".into(), "no phone named SIL");
        check(|p| p.phones[1].senones[2] = 8, "senone 8 of 8");
        check(|p| p.phones[1].transitions = 1, "transition matrix 1 of 1");
        check(|p| p.triphones.extend([((0, 1, 2, Begin), Triphone { senones: [0, 9, 0], ..sounds })]), "senone 9 of 8");
        check(|p| p.triphones.extend([((0, 1, 2, Begin), Triphone { transitions: 5, ..sounds })]), "transition matrix 5 of 1");
        check(|p| p.triphones.extend([((0, 1, 4, Begin), sounds)]), "phone 4 of 4");
        check(|p| p.codebook_of[7] = 4, "codebook 4 of 4");
        check(|p| p.densities = 0, "not sizes of a model");
        check(|p| p.densities = 257, "not sizes of a model");
        check(|p| p.streams = 4, "not sizes of a model");
        check(|p| p.dims = 14, "not sizes of a model");
        check(|p| p.means.truncate(23), "it has 23 values, not 24 (in the acoustic model's means)");
        check(|p| p.variances.push(1.0), "it has 25 values, not 24 (in the acoustic model's variances)");
        check(|p| p.means[3] = f32::NAN, "no measures of sound");
        check(|p| p.weights.truncate(8), "it has 8 weights, not 16");
        check(|p| p.weight_step = 0.0, "a step of 0");
        check(|p| p.transitions[0][1] = [1.0; 4], "state 1 of matrix 0 does not lead on");
        check(|p| p.transitions[0][2] = [0.0, 0.0, 1.0, f32::NAN], "state 2 of matrix 0 does not lead on");
    }

    #[test]
    fn words_are_found_with_their_variants() {
        let text = "b(2) AH\nab HH AH\nb HH\r\nab(2) AH\nb(x) HH HH\n(3) AH\nlost ZZ\nalone\n\n  ab(10)  AH AH\nend HH";
        let lexicon = Lexicon::new(text.into(), &parts().phones);
        for (word, said) in [
            ("ab", &[&[1, 0][..], &[0], &[0, 0]][..]),
            ("b", &[&[0], &[1]]),
            ("b(x)", &[&[1, 1]]),
            ("(3)", &[&[0]]),
            ("end", &[&[1]]),
            ("lost", &[]),
            ("alone", &[]),
            ("a", &[]),
            ("zz", &[]),
            ("", &[]),
        ] {
            assert_eq!(lexicon.pronunciations(word), said, "{word}");
        }
        assert!(Lexicon::new(Vec::new(), &[]).pronunciations("ab").is_empty());
    }
}
