//! How well each sound of the model fits a frame.

use super::super::acoustic::AcousticModel;
use super::super::cepstra::CEPSTRA;
use pulp::{Arch, Simd, WithSimd};

/// Densities of a codebook that count in a frame; the others add next to nothing.
const TOP: usize = 4;

/// The nearest densities of one codebook and stream: their likelihoods over that of the best one.
#[derive(Clone, Copy, Default)]
pub(super) struct Nearest {
    best: f32,
    density: [u8; TOP],
    relative: [f32; TOP],
}

/// Log-likelihoods of the states of a model, frame by frame.
pub(super) struct Scorer<'a> {
    model: &'a AcousticModel,
    /// Likelihood of each quantised mixture weight.
    weights: [f32; 256],
    nearest: Vec<Nearest>,
    distances: Vec<f32>,
    /// By senone: the frame it was scored in, and the score.
    scored: Vec<(u32, f32)>,
    frame: u32,
}

impl<'a> Scorer<'a> {
    pub fn new(model: &'a AcousticModel) -> Self {
        Self {
            model,
            weights: std::array::from_fn(|q| (-model.weight_step * q as f32).exp()),
            nearest: vec![Nearest::default(); model.phones.len() * model.streams],
            distances: vec![0.0; model.densities],
            scored: vec![(0, 0.0); model.codebook_of.len()],
            frame: 0,
        }
    }

    /// Turns to a frame: coefficients, their slopes, and the slopes of those.
    pub fn turn_to(&mut self, frame: &[[f32; CEPSTRA]; 3]) {
        self.frame += 1;
        Arch::new().dispatch(Turn { model: self.model, frame, distances: &mut self.distances, nearest: &mut self.nearest });
    }

    /// Log-likelihood of a senone in the frame turned to, natural.
    pub fn senone(&mut self, senone: u16) -> f32 {
        let senone = senone as usize;
        let (frame, score) = self.scored[senone];
        if frame == self.frame {
            return score;
        }
        let AcousticModel { densities, streams, codebook_of, weights, .. } = self.model;
        let codebook = codebook_of[senone] as usize;
        let (mut score, mut product) = (0.0, 1.0);
        for stream in 0..*streams {
            let nearest = &self.nearest[codebook * streams + stream];
            let quantised = &weights[(stream * codebook_of.len() + senone) * densities..][..*densities];
            let sum: f32 =
                nearest.density.iter().zip(nearest.relative).map(|(d, r)| r * self.weights[quantised[*d as usize] as usize]).sum();
            score += nearest.best;
            product *= sum;
        }
        score += product.max(f32::MIN_POSITIVE).ln();
        self.scored[senone] = (self.frame, score);
        score
    }

    /// What [`Scorer::recall`] needs to turn to the frame again without its work.
    pub fn remember(&self, into: &mut Vec<Nearest>) {
        into.extend_from_slice(&self.nearest);
    }

    /// Turns to frame number `index` of those remembered.
    pub fn recall(&mut self, remembered: &[Nearest], index: usize) {
        self.frame += 1;
        let n = self.nearest.len();
        self.nearest.copy_from_slice(&remembered[index * n..][..n]);
    }

    /// Tells of the densities that make up a senone in the frame turned to: index of codebook and stream, density, share.
    pub fn densities(&self, senone: u16, mut tell: impl FnMut(usize, usize, f32)) {
        let AcousticModel { densities, streams, codebook_of, weights, .. } = self.model;
        let senone = senone as usize;
        let codebook = codebook_of[senone] as usize;
        for stream in 0..*streams {
            let index = codebook * streams + stream;
            let nearest = &self.nearest[index];
            let quantised = &weights[(stream * codebook_of.len() + senone) * densities..][..*densities];
            let shares: [f32; TOP] =
                std::array::from_fn(|i| nearest.relative[i] * self.weights[quantised[nearest.density[i] as usize] as usize]);
            let sum: f32 = shares.iter().sum();
            if sum > 0.0 {
                nearest.density.iter().zip(shares).for_each(|(d, share)| tell(index, *d as usize, share / sum));
            }
        }
    }
}

/// The work of a frame: nine tenths of that of the word stage, so it runs on the widest vectors of the machine.
struct Turn<'a> {
    model: &'a AcousticModel,
    frame: &'a [[f32; CEPSTRA]; 3],
    distances: &'a mut [f32],
    nearest: &'a mut [Nearest],
}

impl WithSimd for Turn<'_> {
    type Output = ();

    // Compiled anew for each kind of vector, which takes that everything below is inlined here.
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for (i, nearest) in self.nearest.iter_mut().enumerate() {
            likelihoods(self.model, i, &self.frame[i % self.model.streams], self.distances);
            *nearest = top(self.distances);
        }
    }
}

/// Log-likelihoods of all densities of one codebook and stream.
#[inline(always)]
fn likelihoods(model: &AcousticModel, index: usize, values: &[f32; CEPSTRA], out: &mut [f32]) {
    let n = out.len();
    out.copy_from_slice(&model.constant[index * n..][..n]);
    for (dim, value) in values.iter().enumerate().take(model.dims) {
        let at = (index * model.dims + dim) * n;
        let (means, inverse) = (&model.means[at..][..n], &model.inverse[at..][..n]);
        for ((out, mean), inverse) in out.iter_mut().zip(means).zip(inverse) {
            let off = value - mean;
            *out -= off * off * inverse;
        }
    }
}

/// The best of them. A value that isn't among the best few of its block's maxima isn't among the best few of all, so few blocks are gone through.
#[inline(always)]
fn top(values: &[f32]) -> Nearest {
    let mut maxima = [f32::NEG_INFINITY; MOST_DENSITIES / BLOCK];
    for (max, block) in maxima.iter_mut().zip(values.chunks(BLOCK)) {
        *max = block.iter().copied().fold(f32::NEG_INFINITY, |a, b| if b > a { b } else { a });
    }
    let mut best = [(f32::NEG_INFINITY, 0u8); TOP];
    maxima.iter().for_each(|max| insert(&mut best, *max, 0));
    let least = best[TOP - 1].0;
    best = [(f32::NEG_INFINITY, 0u8); TOP];
    for (b, block) in values.chunks(BLOCK).enumerate() {
        if maxima[b] >= least {
            for (i, value) in block.iter().enumerate() {
                insert(&mut best, *value, (b * BLOCK + i) as u8);
            }
        }
    }
    Nearest { best: best[0].0, density: best.map(|b| b.1), relative: best.map(|b| (b.0 - best[0].0).exp()) }
}

/// Puts a value in its place among the best.
#[inline(always)]
fn insert(best: &mut [(f32, u8); TOP], value: f32, density: u8) {
    if value > best[TOP - 1].0 {
        let mut at = TOP - 1;
        while at > 0 && value > best[at - 1].0 {
            best[at] = best[at - 1];
            at -= 1;
        }
        best[at] = (value, density);
    }
}

/// A codebook has at most this many densities: their numbers are bytes.
const MOST_DENSITIES: usize = 256;
/// Densities looked at together.
const BLOCK: usize = 16;
