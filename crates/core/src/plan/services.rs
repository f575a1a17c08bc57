//! Services within a simulated run: a queue of calls, the buckets of their quota, and a window of calls under way that gives way to refusals.

use super::bucket::Bucket;
use super::draw::{Draw, ms};
use super::{HOUR_MS, Service};
use std::collections::VecDeque;

/// How soon a refusal comes, in ms.
const REFUSAL_MS: u64 = 100;
/// The first wait after a refusal, in ms; it doubles with each, and is drawn from half to one and a half of that.
const FIRST_WAIT_MS: u64 = 1_000;
/// It doubles so often at most.
const DOUBLINGS: u32 = 5;

/// Some calls of one item and stage that are simulated as one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packet {
    pub(super) item: u32,
    pub(super) stage: u32,
    /// Its place among those of its item and stage.
    pub(super) number: u32,
    pub(super) calls: u32,
    pub(super) attempt: u32,
    /// Length of the item's video, in ms.
    pub(super) video_ms: u64,
}

/// What comes of trying to send.
pub(super) enum Sent {
    /// On its way; answered at this time.
    Answered(Packet, u64),
    /// Refused; told at this time.
    Refused(Packet, u64),
    /// The buckets have room at this time.
    Wait(u64),
    /// Nothing to send, or no room for it among those under way.
    Full,
}

/// A service in a run.
pub(super) struct Desk<'a> {
    service: &'a Service,
    at_once: f64,
    /// How many may be under way: it grows by one in a round of answers and halves at a refusal (Chiu and Jain 1989).
    window: f64,
    under_way: u32,
    cut_ms: Option<u64>,
    requests: Option<Bucket>,
    tokens: Option<Bucket>,
    pub(super) queue: VecDeque<Packet>,
    /// When it will look again whether buckets have room.
    pub(super) wake_ms: Option<u64>,
    pub(super) calls: u64,
    pub(super) refusals: u64,
}

impl<'a> Desk<'a> {
    pub(super) fn new(service: &'a Service, at_once: u32) -> Self {
        Self {
            service,
            at_once: f64::from(at_once),
            window: f64::from(at_once),
            under_way: 0,
            cut_ms: None,
            requests: service.requests_per_minute.map(Bucket::new),
            tokens: service.tokens_per_minute.filter(|_| service.tokens > 0).map(Bucket::new),
            queue: VecDeque::new(),
            wake_ms: None,
            calls: 0,
            refusals: 0,
        }
    }

    /// How long a packet of so many calls is under way, one call after another.
    fn latency_ms(&self, packet: &Packet, draw: &mut Draw) -> u64 {
        let by_length = u128::from(self.service.latency_ms_per_hour) * u128::from(packet.video_ms) / u128::from(HOUR_MS);
        let one = self.service.latency_ms as f64 + by_length as f64;
        ms(one * f64::from(packet.calls) * draw.factor(self.service.spread)).max(1)
    }

    /// Sends the first of the queue, where window and buckets have room.
    pub(super) fn send(&mut self, now_ms: u64, refused: f64, seed: u64, which: usize) -> Sent {
        let Some(packet) = self.queue.front().copied() else { return Sent::Full };
        if f64::from(self.under_way) + 1.0 > self.window.max(1.0).min(self.at_once) {
            return Sent::Full;
        }
        let tokens = self.service.tokens.saturating_mul(u64::from(packet.calls));
        let wait = |bucket: &mut Option<Bucket>, count| bucket.as_mut().map_or(0, |bucket| bucket.wait_ms(now_ms, count));
        let wait_ms = wait(&mut self.requests, u64::from(packet.calls)).max(wait(&mut self.tokens, tokens));
        if wait_ms > 0 {
            return Sent::Wait(now_ms.saturating_add(wait_ms));
        }
        self.queue.pop_front();
        self.under_way += 1;
        let keys =
            [(which as u64) << 32 | u64::from(packet.item), u64::from(packet.stage), u64::from(packet.number), u64::from(packet.attempt)];
        let mut draw = Draw::of(seed, keys);
        if draw.unit() < refused {
            // The service takes nothing of the quota for what it refuses.
            return Sent::Refused(packet, now_ms + REFUSAL_MS);
        }
        let take = |bucket: &mut Option<Bucket>, count| bucket.iter_mut().for_each(|bucket| bucket.take(now_ms, count));
        take(&mut self.requests, u64::from(packet.calls));
        take(&mut self.tokens, tokens);
        Sent::Answered(packet, now_ms.saturating_add(self.latency_ms(&packet, &mut draw)))
    }

    /// A packet was answered.
    pub(super) fn answered(&mut self, packet: &Packet) {
        self.under_way = self.under_way.saturating_sub(1);
        self.calls += u64::from(packet.calls);
        self.window = (self.window + 1.0 / self.window.max(1.0)).min(self.at_once);
    }

    /// A packet was refused: gives it for its next attempt, and when that is. The window halves once in the time of an answer.
    pub(super) fn refused(&mut self, now_ms: u64, mut packet: Packet, seed: u64) -> (Packet, u64) {
        self.under_way = self.under_way.saturating_sub(1);
        self.refusals += u64::from(packet.calls);
        if self.cut_ms.is_none_or(|cut| now_ms >= cut + self.service.latency_ms) {
            self.window = (self.window / 2.0).max(1.0);
            self.cut_ms = Some(now_ms);
        }
        let wait_ms = (FIRST_WAIT_MS << packet.attempt.min(DOUBLINGS)) as f64;
        let keys = [u64::from(packet.item), u64::from(packet.stage), u64::from(packet.number), u64::from(packet.attempt)];
        packet.attempt += 1;
        (packet, now_ms + ms(wait_ms * (0.5 + Draw::of(!seed, keys).unit())))
    }
}
