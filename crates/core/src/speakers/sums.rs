//! Frames of sound summed up, and what a Gaussian with a full covariance says of them.

use crate::align::CEPSTRA;

/// Cepstra that are heard: all but the first, which is the level and says where the microphone stands.
pub(super) const DIMENSIONS: usize = CEPSTRA - 1;
/// Numbers on and below the diagonal of a covariance.
const SQUARES: usize = DIMENSIONS * (DIMENSIONS + 1) / 2;
/// Parameters of a Gaussian: its mean and its covariance.
const PARAMETERS: f64 = (DIMENSIONS + SQUARES) as f64;
/// Added to every variance, so that sound without any change has a Gaussian too. Variances of speech are 50 and more.
const FLOOR: f64 = 1.0;

type Square = [[f64; DIMENSIONS]; DIMENSIONS];

/// The sums of some frames and of their products: all that a Gaussian needs to know of them. Sums of two stretches add up to those of both.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sums {
    /// Number of frames.
    pub frames: f64,
    first: [f64; DIMENSIONS],
    /// Row by row, up to the diagonal.
    second: [f64; SQUARES],
}

impl Default for Sums {
    fn default() -> Self {
        Self { frames: 0.0, first: [0.0; DIMENSIONS], second: [0.0; SQUARES] }
    }
}

impl Sums {
    /// Counts a frame.
    pub fn push(&mut self, frame: &[f32; CEPSTRA]) {
        let x: [f64; DIMENSIONS] = std::array::from_fn(|i| f64::from(frame[i + 1]));
        self.frames += 1.0;
        let mut at = 0;
        for i in 0..DIMENSIONS {
            self.first[i] += x[i];
            for y in &x[..=i] {
                self.second[at] += x[i] * y;
                at += 1;
            }
        }
    }

    /// Counts the frames of another stretch.
    pub fn add(&mut self, other: &Self) {
        self.frames += other.frames;
        self.first.iter_mut().zip(&other.first).for_each(|(a, b)| *a += b);
        self.second.iter_mut().zip(&other.second).for_each(|(a, b)| *a += b);
    }

    /// The frames of both.
    pub fn with(&self, other: &Self) -> Self {
        let mut both = self.clone();
        both.add(other);
        both
    }

    fn mean(&self) -> [f64; DIMENSIONS] {
        self.first.map(|sum| sum / self.frames.max(1.0))
    }

    /// The lower half of the covariance, as its Cholesky factor.
    fn factor(&self) -> Square {
        let (mean, frames) = (self.mean(), self.frames.max(1.0));
        let mut a = [[0.0; DIMENSIONS]; DIMENSIONS];
        let mut at = 0;
        for i in 0..DIMENSIONS {
            for j in 0..=i {
                a[i][j] = self.second[at] / frames - mean[i] * mean[j] + if i == j { FLOOR } else { 0.0 };
                at += 1;
            }
        }
        cholesky(&mut a);
        a
    }

    /// Half the logarithm of the determinant of the covariance, for every frame: what these frames cost under a Gaussian of their own, but for
    /// terms that cancel out in [`bic`].
    pub fn cost(&self) -> f64 {
        self.frames * log_det(&self.factor()) / 2.0
    }
}

/// By how much one Gaussian for the frames of both is worse than one for each, in nats, less `penalty` times what the Bayesian information
/// criterion (Schwarz 1978) takes for the second; `a_cost` and `b_cost` are [`Sums::cost`]. Above 0 the two are different speakers. It counts the
/// frames of these two alone, not of all, as Cettolo and Vescovi (2003) and Barras et al. (2006) do.
pub(super) fn bic(a: &Sums, a_cost: f64, b: &Sums, b_cost: f64, penalty: f64) -> f64 {
    let both = a.with(b);
    both.cost() - a_cost - b_cost - penalty * PARAMETERS / 2.0 * both.frames.max(1.0).ln()
}

/// A Gaussian that frames are held against.
#[derive(Clone, Debug)]
pub(super) struct Voice {
    mean: [f64; DIMENSIONS],
    /// The inverse of the covariance, row by row up to the diagonal; what stands beside the diagonal counts twice.
    precision: [f64; SQUARES],
    log_det: f64,
}

impl Voice {
    /// That of some frames.
    pub fn of(sums: &Sums) -> Self {
        let factor = sums.factor();
        let inverse = inverse(&factor);
        let mut precision = [0.0; SQUARES];
        let mut at = 0;
        #[allow(clippy::needless_range_loop)] // Rows and columns are what the formula speaks of.
        for i in 0..DIMENSIONS {
            for j in 0..=i {
                precision[at] = if i == j { inverse[i][j] } else { 2.0 * inverse[i][j] };
                at += 1;
            }
        }
        Self { mean: sums.mean(), precision, log_det: log_det(&factor) }
    }

    /// The logarithm of how likely these frames are, in nats, but for a term that is the same for every voice.
    pub fn likelihood(&self, of: &Sums) -> f64 {
        let mut distance = 0.0;
        let mut at = 0;
        for i in 0..DIMENSIONS {
            for j in 0..=i {
                let about =
                    of.second[at] - of.first[i] * self.mean[j] - self.mean[i] * of.first[j] + of.frames * self.mean[i] * self.mean[j];
                distance += self.precision[at] * about;
                at += 1;
            }
        }
        -(of.frames * self.log_det + distance) / 2.0
    }
}

/// The lower half of a symmetric matrix becomes its Cholesky factor. A pivot that rounding brought below the floor is taken for it.
fn cholesky(a: &mut Square) {
    for i in 0..DIMENSIONS {
        for j in 0..=i {
            let sum: f64 = a[i][j] - (0..j).map(|k| a[i][k] * a[j][k]).sum::<f64>();
            a[i][j] = if i == j { sum.max(FLOOR / 2.0).sqrt() } else { sum / a[j][j] };
        }
    }
}

fn log_det(factor: &Square) -> f64 {
    2.0 * (0..DIMENSIONS).map(|i| factor[i][i].ln()).sum::<f64>()
}

/// The lower half of the inverse of the matrix that a factor is of.
fn inverse(factor: &Square) -> Square {
    // The inverse of the factor, column by column.
    let mut root = [[0.0; DIMENSIONS]; DIMENSIONS];
    #[allow(clippy::needless_range_loop)] // Rows and columns are what the formula speaks of.
    for j in 0..DIMENSIONS {
        for i in j..DIMENSIONS {
            let sum = (j..i).map(|k| factor[i][k] * root[k][j]).sum::<f64>();
            root[i][j] = (if i == j { 1.0 } else { 0.0 } - sum) / factor[i][i];
        }
    }
    let mut inverse = [[0.0; DIMENSIONS]; DIMENSIONS];
    for i in 0..DIMENSIONS {
        for j in 0..=i {
            inverse[i][j] = (i..DIMENSIONS).map(|k| root[k][i] * root[k][j]).sum();
        }
    }
    inverse
}
