//! Random numbers that are a function of what they are drawn for. A task draws the same length however many workers there are, so that two fleets are held
//! against each other over the same world (common random numbers).

/// A stream of random numbers (splitmix64, Steele, Lea and Flood 2014).
#[derive(Clone, Debug)]
pub(super) struct Draw(u64);

fn mixed(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

impl Draw {
    /// The stream of `keys` under a seed.
    pub(super) fn of(seed: u64, keys: [u64; 4]) -> Self {
        Self(
            keys.into_iter()
                .fold(mixed(seed.wrapping_add(STEP)), |state, key| mixed(state.wrapping_add(STEP) ^ mixed(key.wrapping_add(STEP)))),
        )
    }

    /// Evenly from 0 to below 1.
    pub(super) fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(STEP);
        (mixed(self.0) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A normal deviate (Box and Muller 1958).
    pub(super) fn normal(&mut self) -> f64 {
        (-2.0 * (1.0 - self.unit()).ln()).sqrt() * (2.0 * std::f64::consts::PI * self.unit()).cos()
    }

    /// A log-normal factor of mean 1 whose logarithm scatters by `spread`.
    pub(super) fn factor(&mut self, spread: f64) -> f64 {
        if spread > 0.0 { (spread * self.normal() - spread * spread / 2.0).exp() } else { 1.0 }
    }

    /// An exponential waiting time of this mean.
    pub(super) fn wait(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.unit()).ln()
    }

    /// A factor of at least 1 with a heavy tail (Pareto, shape 1.5), cut at `worst`.
    pub(super) fn tail(&mut self, worst: f64) -> f64 {
        (1.0 - self.unit()).powf(-1.0 / 1.5).min(worst.max(1.0))
    }
}

/// A length of time as a whole number of milliseconds, rounded up.
pub(super) fn ms(length: f64) -> u64 {
    // From a float the cast saturates; what is not a number becomes 0.
    length.ceil() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_have_the_means_that_they_promise() {
        const N: u64 = 20_000;
        let mean = |of: &dyn Fn(&mut Draw) -> f64| (0..N).map(|n| of(&mut Draw::of(7, [n, 0, 0, 0]))).sum::<f64>() / N as f64;
        for (what, found, expected) in [
            ("unit", mean(&Draw::unit), 0.5),
            ("normal", mean(&Draw::normal), 0.0),
            ("factor", mean(&|d| d.factor(0.5)), 1.0),
            ("wait", mean(&|d| d.wait(3.0)), 3.0),
            // The mean of a Pareto of shape a is a / (a - 1); cut at c it is 3 - 2 c^(-1/2).
            ("tail", mean(&|d| d.tail(100.0)), 2.8),
        ] {
            assert!((found - expected).abs() < 0.08, "{what}: {found}, not {expected}");
        }
    }

    #[test]
    fn a_stream_is_a_function_of_its_keys() {
        let first = |keys| Draw::of(1, keys).unit();
        assert!(first([1, 2, 3, 4]).to_bits() == first([1, 2, 3, 4]).to_bits());
        assert!(first([1, 2, 3, 4]).to_bits() != first([2, 1, 3, 4]).to_bits());
    }
}
