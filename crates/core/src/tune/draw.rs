//! Which units are looked at blind. The draw is a function of a seed and of names, so that every machine draws the same units, and nobody can
//! draw again until they like what comes.

use super::Missing;

/// How probes are drawn; fixed for a run.
#[derive(Clone, Debug)]
pub struct Plan {
    key: [u8; 32],
    pi: f64,
    cap: u32,
}

/// A unit that was drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drawn {
    /// Its position among the units of its media, in the order of their places.
    pub unit: usize,
    /// The chance that this unit had of being drawn, above 0 and at most 1.
    pub inclusion: f64,
}

impl Plan {
    /// A plan that draws each unit with a chance of `pi`, at most one of a media, and counts at most `cap` units of a media. `seed` is any
    /// text; it is stored with `pi` and `cap`.
    ///
    /// # Errors
    /// [`Missing::Draw`] unless `pi > 0`, `cap >= 1` and `pi * cap <= 1`: beyond that a media would have to be drawn more than once.
    pub fn new(seed: &str, pi: f64, cap: u32) -> Result<Self, Missing> {
        if pi > 0.0 && cap >= 1 && pi * f64::from(cap) <= 1.0 {
            Ok(Self { key: blake3::derive_key("plumbline: probes of gates, 1", seed.as_bytes()), pi, cap })
        } else {
            Err(Missing::Draw { pi, cap })
        }
    }

    /// The unit of a media with `units` units that `gate` probes, if it does: a chance of `pi * min(units, cap)` that it is one at all, then
    /// all units alike.
    ///
    /// With `units <= cap` everywhere, probes whose score passes a limit are independent draws from the units that pass it, for every limit
    /// and however defects gather in a media: one media gives one probe at most. A media with more units than `cap` counts as if it had
    /// `cap`, and each of its units for less.
    pub fn probe(&self, gate: &str, media: &str, units: usize) -> Option<Drawn> {
        let hash = self.hash("draw", gate, media);
        let word = |at: usize| hash.as_bytes()[at..at + 8].iter().rev().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
        // 53 bits, as many as a number between 0 and 1 holds evenly.
        let chance = (word(0) >> 11) as f64 / (1u64 << 53) as f64;
        let inclusion = self.inclusion(units)?;
        (chance < inclusion * units as f64).then(|| {
            let unit = (u128::from(word(8)) * units as u128) >> 64;
            Drawn { unit: unit as usize, inclusion }
        })
    }

    /// The chance that each unit of a media with `units` units has of being drawn. None where there are no units.
    pub fn inclusion(&self, units: usize) -> Option<f64> {
        (units > 0).then(|| self.pi * (f64::from(self.cap) / units as f64).min(1.0))
    }

    /// Where a media's probe stands among those of its batch: they are ordered by this key. Batches follow one another as they were closed, so
    /// that a probe that counted once keeps its place.
    pub fn order(&self, gate: &str, media: &str) -> [u8; 32] {
        *self.hash("order", gate, media).as_bytes()
    }

    fn hash(&self, what: &str, gate: &str, media: &str) -> blake3::Hash {
        let mut hash = blake3::Hasher::new_keyed(&self.key);
        for part in [what, "\0", gate, "\0", media] {
            hash.update(part.as_bytes());
        }
        hash.finalize()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_is_the_same_on_every_machine() {
        let plan = Plan::new("seed", 0.05, 20).unwrap();
        let drawn: Vec<(usize, usize)> =
            (0..60).filter_map(|m| Some((m, plan.probe("word_confidence", &format!("media {m}"), 12)?.unit))).collect();
        let first =
            [(1, 3), (3, 0), (4, 4), (5, 3), (6, 6), (9, 7), (10, 4), (11, 9), (13, 1), (14, 3), (16, 3), (17, 11), (18, 8), (21, 0)];
        assert_eq!(drawn[..first.len()], first);
        assert_ne!(plan.order("word_confidence", "a"), plan.order("word_confidence", "b"));
    }

    #[test]
    fn each_unit_has_its_chance() {
        let plan = Plan::new("another", 0.04, 20).unwrap();
        // More units than the cap: the media counts as 20, each of its units for less.
        for (units, inclusion) in [(1usize, 0.04), (5, 0.04), (20, 0.04), (80, 0.01)] {
            let mut found = vec![0u32; units];
            let media = 60_000;
            for m in 0..media {
                if let Some(drawn) = plan.probe("drift", &m.to_string(), units) {
                    assert!((drawn.inclusion - inclusion).abs() < 1e-15);
                    found[drawn.unit] += 1;
                }
            }
            let expected = f64::from(media) * inclusion;
            let chi: f64 = found.iter().map(|n| (f64::from(*n) - expected).powi(2) / expected).sum();
            let freedom = units as f64;
            assert!(chi < freedom + 4.5 * (2.0 * freedom).sqrt(), "{units} units: {chi}");
        }
    }

    #[test]
    fn seeds_gates_and_media_draw_apart() {
        let drawn = |seed: &str, gate: &str, from: usize| -> Vec<Option<usize>> {
            let plan = Plan::new(seed, 0.05, 20).unwrap();
            (from..from + 200).map(|m| plan.probe(gate, &m.to_string(), 20).map(|d| d.unit)).collect()
        };
        let one = drawn("a", "drift", 0);
        for other in [drawn("b", "drift", 0), drawn("a", "pace", 0), drawn("a", "drift", 1000)] {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn a_chance_that_can_not_be_drawn_is_refused_in_a_sentence() {
        for (pi, cap) in [(0.0, 20), (-0.1, 20), (0.06, 20), (1.1, 1), (0.5, 0), (f64::NAN, 20)] {
            assert!(Plan::new("s", pi, cap).unwrap_err().to_string().contains("can't be drawn"), "{pi}, {cap}");
        }
        assert_eq!(Plan::new("s", 0.05, 20).unwrap().probe("g", "m", 0), None);
        assert_eq!(Plan::new("s", 1.0, 1).unwrap().probe("g", "m", 1), Some(Drawn { unit: 0, inclusion: 1.0 }));
    }
}
