//! An acoustic model, which says how well a moment of sound fits a part of a phone, and the dictionary that spells words in its phones.
//!
//! The model is of Sphinx's kind with tied phonetic mixtures. A phone has three states; what a state sounds like is a senone, shared by the
//! contexts that sound alike. A senone mixes Gaussian densities. The densities are those of its base phone, the codebook; the weights are its
//! own. A frame of sound is cut into streams (cepstrum, its slope, its curvature), which count as independent.

use std::collections::HashMap;

/// Least variance that a density may have. Sphinx has the same floor.
const VARIANCE_FLOOR: f32 = 1e-4;
/// A mean that lies further out is damage: squared distances would run out of range.
const FURTHEST_MEAN: f32 = 1e6;
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
    /// Quantised mixture weights as `[stream][senone][density]`: the weight is `exp(-weight_step · value)`.
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
        need(sizes.iter().all(|n| (1..=4_096).contains(n)), "means", || format!("its sizes {sizes:?} are not sizes of a model"))?;
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
            constant: inverse.chunks_exact(dims).map(normalisation).collect(),
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
