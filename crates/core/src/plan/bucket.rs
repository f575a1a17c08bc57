//! A token bucket: what flows in a minute, and what may be taken at once (Turner 1986, as the service and the limiter of calls use it).

/// A bucket that was full lets this much time's worth through at once, in ms; the limiter of calls does the same.
const BURST_MS: i128 = 5_000;
/// One token in the unit of a level, so that what flows in within a millisecond is a whole number.
const ONE: i128 = 60_000;

/// A bucket of requests or tokens. It knows no clock: each call says what time it is, in ms that never run back.
#[derive(Clone, Debug)]
pub(super) struct Bucket {
    per_minute: i128,
    level: i128,
    at_ms: u64,
}

impl Bucket {
    /// A full bucket into which so many flow a minute, 1 at least.
    pub(super) fn new(per_minute: u64) -> Self {
        let per_minute = i128::from(per_minute.max(1));
        Self { per_minute, level: (per_minute * BURST_MS).max(ONE), at_ms: 0 }
    }

    fn full(&self) -> i128 {
        (self.per_minute * BURST_MS).max(ONE)
    }

    fn fill(&mut self, now_ms: u64) {
        let passed = i128::from(now_ms.saturating_sub(self.at_ms));
        self.at_ms = self.at_ms.max(now_ms);
        self.level = (self.level + self.per_minute * passed).min(self.full());
    }

    /// How long until `count` may be taken, in ms. What is more than the bucket holds goes when it is full, and leaves a debt.
    pub(super) fn wait_ms(&mut self, now_ms: u64, count: u64) -> u64 {
        self.fill(now_ms);
        let missing = (i128::from(count) * ONE).min(self.full()) - self.level;
        u64::try_from((missing.max(0) + self.per_minute - 1) / self.per_minute).unwrap_or(u64::MAX)
    }

    /// Takes `count`.
    pub(super) fn take(&mut self, now_ms: u64, count: u64) {
        self.fill(now_ms);
        self.level -= i128::from(count) * ONE;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        // In every stretch of time no more is taken than was in a full bucket and flowed in meanwhile, and the one that left a debt.
        #[test]
        fn no_more_is_taken_than_flows_in(per_minute in 1u64..5_000, asks in proptest::collection::vec((0u64..3_000, 1u64..400), 1..120)) {
            let (mut bucket, mut now_ms, mut taken) = (Bucket::new(per_minute), 0, Vec::new());
            for (gap_ms, count) in asks {
                now_ms += gap_ms;
                now_ms += bucket.wait_ms(now_ms, count);
                prop_assert_eq!(bucket.wait_ms(now_ms, count), 0);
                bucket.take(now_ms, count);
                taken.push((now_ms, count));
            }
            let burst = (per_minute as f64 / 12.0).max(1.0);
            for from in 0..taken.len() {
                let (mut sum, mut largest) = (0, 0);
                for (at_ms, count) in &taken[from..] {
                    (sum, largest) = (sum + count, largest.max(*count));
                    let flowed = per_minute as f64 * (at_ms - taken[from].0) as f64 / 60_000.0;
                    prop_assert!(sum as f64 <= burst + flowed + largest as f64 + 1e-6);
                }
            }
        }
    }

    #[test]
    fn what_is_more_than_it_holds_goes_and_leaves_a_debt() {
        // 60 a minute: 5 at once, then one a second.
        let mut bucket = Bucket::new(60);
        assert_eq!(bucket.wait_ms(0, 10), 0);
        bucket.take(0, 10);
        assert_eq!(bucket.wait_ms(0, 1), 6_000);
        assert_eq!(bucket.wait_ms(6_000, 1), 0);
    }
}
