//! How fast a model may be asked: buckets of requests and of tokens, and a pace that gives way when the service says that it is too much.
//!
//! A quota that is known is obeyed exactly, so that a refusal is the exception. What is not known is found out: while answers come, the pace grows;
//! where many of the newest requests were refused, it falls by half of their share. Refusals that come now and then change nothing.

use plumbline_core::models::Model;
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// One request or token, in the unit of a level: what flows in within a microsecond is then a whole number.
const ONE: i128 = 60_000_000;
/// A bucket that was full lets this much time's worth through at once, in µs.
const BURST_US: i128 = 5_000_000;
/// Requests a minute to begin with where no quota is known.
const GUESS: u32 = 120;
/// The pace at which a known quota is used up, in thousandths.
const WHOLE: i128 = 1_000;
/// The pace never falls below this, so that nothing stands still.
const SLOWEST: i128 = 20;
/// Nor does it grow beyond this where no quota is known.
const FASTEST: i128 = 1_000 * WHOLE;
/// So many ends of calls are looked at together.
const SAMPLE: u32 = 20;
/// A share of refusals that is no chance any more, in thousandths.
const MANY: i128 = 150;
/// So many refusals without any answer are enough to judge by.
const ALL_REFUSED: u32 = 4;

/// An answer counts for so many of its tokens against a quota where nobody knows better.
pub const OUTPUT_BURN: u32 = 5;

/// What a service allows for a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Requests a minute; none where not known.
    pub requests_per_minute: Option<u32>,
    /// Tokens a minute; none where not known.
    pub tokens_per_minute: Option<u32>,
    /// Requests that are under way at once, 1 or more.
    pub at_once: u32,
    /// How many tokens of the quota a token of an answer counts for; 1 for most models.
    pub output_burn: u32,
}

impl Limits {
    /// What is known of a model's quota; an answer counts for [`OUTPUT_BURN`] times its tokens where nobody knows better.
    pub fn of(model: &Model, at_once: u32) -> Self {
        Self {
            requests_per_minute: model.quota.requests_per_minute,
            tokens_per_minute: model.quota.tokens_per_minute,
            at_once,
            output_burn: model.output_counts.unwrap_or(OUTPUT_BURN),
        }
    }

    /// What a request of `input` tokens holds of the quota until its end.
    pub fn reserved(&self, input: u64, max_tokens: u32) -> u64 {
        input.saturating_add(u64::from(max_tokens))
    }

    /// What it took of the quota in the end.
    pub fn used(&self, usage: crate::models::Usage) -> u64 {
        let output = usage.output.saturating_mul(u64::from(self.output_burn.max(1)));
        usage.input.saturating_add(usage.cache_write).saturating_add(output)
    }
}

/// Whether a request may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admit {
    /// Now. It counts as under way until its end is told.
    Go,
    /// Not before this time, in µs of the clock that is given in.
    At(u64),
    /// Not before one of those under way has ended.
    Full,
}

#[derive(Clone, Debug)]
struct Bucket {
    per_minute: i128,
    level: i128,
}

impl Bucket {
    fn new(per_minute: u32) -> Self {
        let mut bucket = Self { per_minute: i128::from(per_minute.max(1)), level: 0 };
        bucket.level = bucket.full();
        bucket
    }

    fn full(&self) -> i128 {
        (self.per_minute * BURST_US).max(ONE)
    }

    fn fill(&mut self, for_us: u64, pace: i128) {
        self.level = (self.level + self.per_minute * i128::from(for_us) * pace / WHOLE).min(self.full());
    }

    /// How long until there is `count`, in µs. What is more than the bucket holds goes when it is full, and leaves a debt.
    fn wait_us(&self, count: u64, pace: i128) -> u64 {
        let missing = (i128::from(count) * ONE).min(self.full()) - self.level;
        let inflow = self.per_minute * pace;
        u64::try_from((missing.max(0) * WHOLE + inflow - 1) / inflow).unwrap_or(u64::MAX)
    }

    fn take(&mut self, count: i128) {
        self.level = (self.level - count * ONE).min(self.full());
    }
}

/// Decides when requests go. Knows no clock: every call says what time it is, in µs that never run back.
#[derive(Clone, Debug)]
pub struct Limiter {
    limits: Limits,
    requests: Option<Bucket>,
    tokens: Option<Bucket>,
    /// In thousandths of what flows into the buckets.
    pace: i128,
    fastest: i128,
    /// By how much the pace grows at a time; by a quarter as long as it never was too fast.
    step: Option<i128>,
    filled_us: u64,
    closed_until_us: u64,
    under_way: u32,
    /// Of those under way when the pace fell: they were sent at the pace before, and say nothing of the new one.
    stale: u32,
    answered: u32,
    refused: u32,
    /// The share of refusals lately, in thousandths.
    lately: i128,
    /// Whether a request waited for a bucket since the pace was set: else a faster pace would change nothing.
    waited: bool,
}

impl Limiter {
    /// A limiter whose buckets are full.
    pub fn new(limits: Limits) -> Self {
        let known = limits.requests_per_minute.is_some() || limits.tokens_per_minute.is_some();
        let requests = if known { limits.requests_per_minute } else { Some(GUESS) };
        Self {
            limits,
            requests: requests.map(Bucket::new),
            tokens: limits.tokens_per_minute.map(Bucket::new),
            pace: WHOLE,
            fastest: if known { WHOLE } else { FASTEST },
            step: None,
            filled_us: 0,
            closed_until_us: 0,
            under_way: 0,
            stale: 0,
            answered: 0,
            refused: 0,
            lately: 0,
            waited: false,
        }
    }

    /// What it was made with.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Whether a request that reserves so many tokens may go.
    pub fn admit(&mut self, now_us: u64, tokens: u64) -> Admit {
        self.fill(now_us);
        if self.under_way >= self.limits.at_once.max(1) {
            return Admit::Full;
        }
        let wait = |bucket: &Option<Bucket>, count| bucket.as_ref().map_or(0, |bucket| bucket.wait_us(count, self.pace));
        let in_us = wait(&self.requests, 1).max(wait(&self.tokens, tokens));
        let at = now_us.saturating_add(in_us).max(self.closed_until_us);
        if at > now_us {
            self.waited = true;
            return Admit::At(at);
        }
        self.under_way += 1;
        self.take(1, i128::from(tokens));
        Admit::Go
    }

    /// A request was answered: what it reserved and did not use flows back; what it used beyond is owed.
    pub fn answered(&mut self, now_us: u64, reserved: u64, used: u64) {
        self.fill(now_us);
        self.take(0, i128::from(used) - i128::from(reserved));
        self.ended(now_us);
        self.note(0);
        if self.counts() {
            self.answered += 1;
            self.judge();
        }
    }

    /// A request was refused as too much. `after_us`: the service said to wait so long.
    pub fn throttled(&mut self, now_us: u64, reserved: u64, after_us: Option<u64>) {
        self.ended(now_us);
        self.note(WHOLE);
        // The service took nothing of the quota for it. But where refusals are many, the pace must hold for all that is sent.
        if self.lately < MANY {
            self.take(-1, -i128::from(reserved));
        }
        if let Some(after) = after_us {
            self.closed_until_us = self.closed_until_us.max(now_us.saturating_add(after));
        }
        if self.counts() {
            self.refused += 1;
            self.judge();
        }
    }

    /// A request ended otherwise: what it reserved counts as used.
    pub fn ended(&mut self, now_us: u64) {
        self.fill(now_us);
        self.under_way = self.under_way.saturating_sub(1);
    }

    /// A request was not sent after all.
    pub fn give_back(&mut self, now_us: u64, reserved: u64) {
        self.ended(now_us);
        self.take(-1, -i128::from(reserved));
    }

    fn fill(&mut self, now_us: u64) {
        let for_us = now_us.saturating_sub(self.filled_us);
        self.filled_us = self.filled_us.max(now_us);
        for bucket in [&mut self.requests, &mut self.tokens].into_iter().flatten() {
            bucket.fill(for_us, self.pace);
        }
    }

    fn take(&mut self, requests: i128, tokens: i128) {
        for (bucket, count) in [(&mut self.requests, requests), (&mut self.tokens, tokens)] {
            if let Some(bucket) = bucket {
                bucket.take(count);
            }
        }
    }

    /// Whether the end of a request says something of the pace as it is.
    fn counts(&mut self) -> bool {
        let stale = self.stale > 0;
        self.stale = self.stale.saturating_sub(1);
        !stale
    }

    fn note(&mut self, refused: i128) {
        self.lately += (refused - self.lately) / 32;
    }

    fn judge(&mut self) {
        let seen = self.answered + self.refused;
        // Refusals come back sooner than answers, so the first ends of what is under way say too little.
        let all_refused = self.answered == 0 && self.refused >= ALL_REFUSED.max(self.under_way);
        if seen < SAMPLE.max(self.under_way) && !all_refused {
            return;
        }
        if self.refused * 5 >= seen {
            self.pace -= self.pace * i128::from(self.refused) / (2 * i128::from(seen));
            self.pace = self.pace.max(SLOWEST);
            // It was too fast: from here on it grows slowly.
            self.step = Some((self.pace / 12).max(1));
            self.stale = self.under_way;
        } else if self.waited {
            self.pace = (self.pace + self.step.unwrap_or(self.pace / 4)).min(self.fastest);
        }
        (self.answered, self.refused, self.waited) = (0, 0, false);
    }
}

/// How often who waits is asked whether to go on.
const ASK: Duration = Duration::from_millis(50);

/// A [`Limiter`] for threads: they wait in the order in which they came.
#[derive(Debug)]
pub struct Gate {
    line: Mutex<Line>,
    moved: Condvar,
    began: Instant,
}

#[derive(Debug)]
struct Line {
    limiter: Limiter,
    waiting: VecDeque<u64>,
    next: u64,
}

impl Gate {
    /// A gate that nobody waits at.
    pub fn new(limits: Limits) -> Self {
        let line = Line { limiter: Limiter::new(limits), waiting: VecDeque::new(), next: 0 };
        Self { line: Mutex::new(line), moved: Condvar::new(), began: Instant::now() }
    }

    /// What it was made with.
    pub fn limits(&self) -> Limits {
        *self.lock().limiter.limits()
    }

    /// Waits until a request that reserves so many tokens may go; asks `go_on` every 50 ms and leaves the line where it says no.
    ///
    /// # Errors
    /// What `go_on` said.
    pub fn enter<E>(&self, tokens: u64, go_on: impl Fn() -> Result<(), E>) -> Result<Pass<'_>, E> {
        let mut line = self.lock();
        let mine = line.next;
        line.next += 1;
        line.waiting.push_back(mine);
        loop {
            if let Err(stop) = go_on() {
                line.waiting.retain(|ticket| *ticket != mine);
                self.moved.notify_all();
                return Err(stop);
            }
            let now_us = self.now_us();
            let for_us = match line.waiting.front() {
                Some(first) if *first == mine => match line.limiter.admit(now_us, tokens) {
                    Admit::Go => {
                        line.waiting.pop_front();
                        self.moved.notify_all();
                        return Ok(Pass { gate: self, tokens, told: false });
                    }
                    Admit::At(at) => at - now_us,
                    Admit::Full => u64::MAX,
                },
                _ => u64::MAX,
            };
            let wait = ASK.min(Duration::from_micros(for_us));
            line = self.moved.wait_timeout(line, wait).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Line> {
        // Nothing that runs under the lock stops half-way.
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now_us(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    fn tell(&self, what: impl FnOnce(&mut Limiter, u64)) {
        let mut line = self.lock();
        what(&mut line.limiter, self.now_us());
        drop(line);
        self.moved.notify_all();
    }
}

/// Leave to send one request. Dropped without a word, what it reserved counts as used.
#[derive(Debug)]
pub struct Pass<'a> {
    gate: &'a Gate,
    tokens: u64,
    told: bool,
}

impl Pass<'_> {
    /// It was answered, and took so many tokens of the quota.
    pub fn answered(mut self, used: u64) {
        self.told = true;
        self.gate.tell(|limiter, now| limiter.answered(now, self.tokens, used));
    }

    /// It was refused as too much; `after`: the service said to wait so long.
    pub fn throttled(mut self, after: Option<Duration>) {
        self.told = true;
        let after = after.map(|after| u64::try_from(after.as_micros()).unwrap_or(u64::MAX));
        self.gate.tell(|limiter, now| limiter.throttled(now, self.tokens, after));
    }

    /// It was not sent after all.
    pub fn unused(mut self) {
        self.told = true;
        self.gate.tell(|limiter, now| limiter.give_back(now, self.tokens));
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if !self.told {
            self.gate.tell(Limiter::ended);
        }
    }
}

#[cfg(test)]
#[path = "limiter_tests.rs"]
mod tests;
