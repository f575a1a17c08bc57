//! The items of a simulated run: what there is at the beginning, and what comes by chance.

use super::draw::{Draw, ms};
use super::{Calls, HOUR_MS, Work, World};

// What draws are for.
const LENGTH: u64 = 1;
const LEGS: u64 = 2;
const BURST: u64 = 7;

/// An item, and how many of its stages are left.
pub(super) struct Item {
    pub(super) at_ms: u64,
    pub(super) video_ms: u64,
    pub(super) sound: bool,
    pub(super) picture: bool,
    pub(super) left: u32,
}

/// How many calls an item of this length takes.
pub(super) fn calls(calls: Calls, video_ms: u64) -> u32 {
    match calls {
        Calls::PerItem => 1,
        Calls::PerHour(0) => 0,
        Calls::PerHour(per_hour) => {
            let exact = (u128::from(per_hour) * u128::from(video_ms)).div_ceil(u128::from(HOUR_MS));
            u32::try_from(exact.max(1)).unwrap_or(u32::MAX)
        }
    }
}

/// The items of a world in the order in which they come: first those that are there at the beginning, which together are exactly its video.
pub(super) fn items(world: &World, seed: u64) -> Vec<Item> {
    let work = &world.work;
    let mut items: Vec<Item> = (0..work.items()).map(|n| item(work, seed, n, 0)).collect();
    let sum: u128 = items.iter().map(|item| u128::from(item.video_ms)).sum();
    let (mut before, mut exact) = (0, 0u128);
    for item in &mut items {
        // Scaled as a running sum, so that rounding never adds up.
        exact += u128::from(item.video_ms);
        let until = u64::try_from(exact * u128::from(work.video_ms) / sum.max(1)).unwrap_or(u64::MAX);
        (item.video_ms, before) = (until - before, until);
    }
    let mut later = Vec::new();
    for (n, burst) in world.bursts.iter().enumerate().filter(|(_, burst)| burst.video_ms > 0) {
        let mut draw = Draw::of(seed, [BURST, n as u64, 0, 0]);
        let length_ms = burst.to_ms.saturating_sub(burst.from_ms).max(1) as f64;
        let gap_ms = length_ms * work.item_ms.max(1) as f64 / burst.video_ms as f64;
        let mut at_ms = draw.wait(gap_ms);
        while at_ms < length_ms {
            // Never 0, which is what marks the archive.
            later.push((burst.from_ms.saturating_add(ms(at_ms)).max(1), n as u64));
            at_ms += draw.wait(gap_ms);
        }
    }
    later.sort_unstable();
    let archive = items.len() as u64;
    items.extend(later.iter().enumerate().map(|(n, (at_ms, _))| item(work, seed, archive + n as u64, *at_ms)));
    items.iter_mut().for_each(|item| item.left = world.stages.len() as u32);
    items
}

fn item(work: &Work, seed: u64, n: u64, at_ms: u64) -> Item {
    let video_ms = ms(work.item_ms as f64 * Draw::of(seed, [LENGTH, n, 0, 0]).factor(work.item_spread)).max(1);
    let mut legs = Draw::of(seed, [LEGS, n, 0, 0]);
    let (sound, picture) = (legs.unit() < work.with_speech, legs.unit() < work.with_pictures);
    Item { at_ms, video_ms, sound, picture, left: 0 }
}
