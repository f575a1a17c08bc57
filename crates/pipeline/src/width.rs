//! How much runs at once: as much as the machine bears.

use std::time::Duration;

/// How often the machine is looked at.
pub const EVERY: Duration = Duration::from_secs(2);
/// Below this share of its cores in use, more can run.
const IDLE: f64 = 0.85;
/// Below this share of free memory, less has to.
const TIGHT: f64 = 0.10;

/// How busy a machine is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Load {
    /// Share of its cores that work, 0..=1.
    pub busy: f64,
    /// Share of its memory that is free to be used, 0..=1.
    pub free: f64,
}

/// How many stages run at once. Stages that wait for a service leave cores idle, so it grows by one as long as there are such; it halves where memory is
/// short: additive increase, multiplicative decrease (Chiu and Jain, 1989).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Width {
    /// So many at the moment.
    pub now: usize,
    /// Never fewer, 1 at least.
    pub least: usize,
    /// Never more.
    pub most: usize,
}

impl Width {
    /// Always so many.
    pub fn fixed(count: usize) -> Self {
        let count = count.max(1);
        Self { now: count, least: count, most: count }
    }

    /// From as many as there are cores to four times as many.
    pub fn of_cores(cores: usize) -> Self {
        let cores = cores.max(1);
        Self { now: cores, least: 1, most: 4 * cores }
    }

    /// Goes with what the machine says; `waits` where there is more to do than runs.
    pub fn adapt(&mut self, load: Load, waits: bool) {
        let wanted = match load {
            Load { free, .. } if free < TIGHT => self.now / 2,
            Load { busy, .. } if busy < IDLE && waits => self.now + 1,
            _ => self.now,
        };
        self.now = wanted.clamp(self.least.max(1), self.most.max(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_while_cores_are_idle_and_halves_where_memory_is_short() {
        let check = |now, busy, free, waits, then| {
            let mut width = Width { now, least: 1, most: 8 };
            width.adapt(Load { busy, free }, waits);
            assert_eq!(width.now, then, "{now} at {busy} and {free}");
        };
        check(2, 0.3, 0.5, true, 3);
        check(2, 0.3, 0.5, false, 2);
        check(2, 0.9, 0.5, true, 2);
        check(8, 0.1, 0.5, true, 8);
        check(8, 0.1, 0.05, true, 4);
        check(1, 1.0, 0.0, true, 1);
    }
}
