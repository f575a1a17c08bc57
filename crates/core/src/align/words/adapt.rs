//! The model bent towards a recording: its voices, its noise, its microphone.

use super::super::acoustic::AcousticModel;
use super::super::cepstra::CEPSTRA;
use super::lattice::Occupied;
use super::score::{Nearest, Scorer};

/// So many frames' worth of belief the means of a codebook hold against a common shift of them all, and a density's mean against its own
/// frames.
const SHIFT_BELIEF: f32 = 20.0;

/// What a recording says of each density: how many frames it had, and their sum.
pub(super) struct Statistics {
    frames: Vec<f32>,
    sums: Vec<f32>,
}

impl Statistics {
    pub fn new(model: &AcousticModel) -> Self {
        Self { frames: vec![0.0; model.constant.len()], sums: vec![0.0; model.means.len()] }
    }

    /// Adds what was counted apart.
    pub fn merge(&mut self, other: Self) {
        self.frames.iter_mut().zip(other.frames).for_each(|(a, b)| *a += b);
        self.sums.iter_mut().zip(other.sums).for_each(|(a, b)| *a += b);
    }

    /// Counts frames under the states that they were heard in.
    pub fn add(
        &mut self,
        model: &AcousticModel,
        scorer: &mut Scorer<'_>,
        frames: &[[[f32; CEPSTRA]; 3]],
        remembered: &[Nearest],
        occupied: &[Vec<Occupied>],
    ) {
        for (i, (frame, states)) in frames.iter().zip(occupied).enumerate() {
            if states.is_empty() {
                continue;
            }
            scorer.recall(remembered, i);
            for Occupied { senone, share } in states {
                scorer.densities(*senone, |codebook_stream, density, p| {
                    let i = codebook_stream * model.densities + density;
                    self.frames[i] += share * p;
                    let values = &frame[codebook_stream % model.streams];
                    for (dim, value) in values.iter().enumerate().take(model.dims) {
                        self.sums[(codebook_stream * model.dims + dim) * model.densities + density] += share * p * value;
                    }
                });
            }
        }
    }

    /// The model with its means moved to what was heard: all means of a codebook by what they are off together, then each by its own frames
    /// (maximum a posteriori, Gauvain and Lee 1994). `belief` is how many frames the model's own mean is worth.
    pub fn adapted(&self, model: &AcousticModel, belief: f32) -> AcousticModel {
        let mut adapted = model.clone();
        let n = model.densities;
        for codebook in 0..model.phones.len() * model.streams {
            let frames = &self.frames[codebook * n..][..n];
            let total: f32 = frames.iter().sum();
            for dim in 0..model.dims {
                let at = (codebook * model.dims + dim) * n;
                let sums = &self.sums[at..][..n];
                let means = &mut adapted.means[at..][..n];
                let off: f32 = means.iter().zip(frames).zip(sums).map(|((m, f), s)| s - f * m).sum();
                let shift = off / (total + SHIFT_BELIEF);
                for ((mean, frames), sum) in means.iter_mut().zip(frames).zip(sums) {
                    *mean = (belief * (*mean + shift) + sum) / (belief + frames);
                }
            }
        }
        adapted
    }
}
