//! Which frames of a video are worth showing to a model: one of each shot, some by time, some where much changed; sharp ones, and none twice.

use crate::gate::Luma;
use crate::time::{Delta, MediaTime};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::f32::consts::PI;
use std::sync::LazyLock;

/// A blurred frame gives way to a sharper one that lies no further off than this, and never to one of another shot.
const NEAR: Delta = Delta::from_us(400_000);
/// What has less than this share of the detail of a frame nearby is blurred.
const BLURRED: f32 = 0.6;
/// So long after a cut the encoder's transition is over.
const SETTLED: Delta = Delta::from_us(120_000);
/// Frames are looked at this often, or as often as they are wanted where that is more often.
const LOOK_EVERY: Delta = Delta::from_us(125_000);
/// Frames that were kept are remembered so long, so that a talk that goes to and fro between two cameras is not shown over and over.
const REMEMBERED: Delta = Delta::from_us(120_000_000);
/// What [`Wish::most_per_minute`] counts over.
const MINUTE: Delta = Delta::from_us(60_000_000);
/// A picture whose luma varies less than this (as a standard deviation) shows nothing.
const LEAST_CONTRAST: f32 = 4.0;
/// Changes and hashes are told by the mean brightness of so many blocks across and down.
const BLOCKS: usize = 32;
/// Hashes are made of so many frequencies either way.
const FREQUENCIES: usize = 8;

/// How a picture is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PictureFormat {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
}

impl PictureFormat {
    /// The ending of its files' names.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
        }
    }
}

/// Which frames are wanted, and how they are to be encoded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wish {
    /// A frame where the last one lies so far back; not by time where zero.
    #[serde(rename = "every_us")]
    pub every: Delta,
    /// The first frame of each shot, a little off the transition.
    pub per_shot: bool,
    /// A frame where the picture has changed by this share of full scale, 0..1, since the last one was kept.
    pub motion: Option<f32>,
    /// So many at most in any minute, at least 1.
    pub most_per_minute: u32,
    /// Two frames whose hashes differ in up to so many of 64 bits count as one.
    pub same: u8,
    /// The long edge is at most so many pixels; pictures are never enlarged.
    pub max_edge: u32,
    /// How pictures are encoded.
    pub format: PictureFormat,
    /// Quality of JPEG, 1..100.
    pub quality: u8,
    /// Sides are brought to a multiple of so many pixels, as some models want it; 1 for none.
    pub multiple: u32,
}

impl Default for Wish {
    /// A frame of each shot and one every two seconds, but no more than forty a minute, as JPEG of 1568 pixels at most.
    fn default() -> Self {
        Self {
            every: Delta::from_us(2_000_000),
            per_shot: true,
            motion: None,
            most_per_minute: 40,
            same: 4,
            max_edge: 1568,
            format: PictureFormat::Jpeg,
            quality: 85,
            multiple: 1,
        }
    }
}

impl Wish {
    /// How far apart frames should be looked at, at most.
    pub fn look_every(&self) -> Delta {
        if self.every > Delta::ZERO { LOOK_EVERY.min(self.every) } else { LOOK_EVERY }
    }

    /// The size at which a picture of this shown size is encoded.
    pub fn size(&self, (width, height): (u32, u32)) -> (u32, u32) {
        let (edge, most) = (u64::from(width.max(height)), u64::from(self.max_edge.max(1)));
        let multiple = u64::from(self.multiple.max(1));
        let side = |side: u32| {
            let fit = if edge <= most { u64::from(side) } else { (u64::from(side) * most + edge / 2) / edge };
            let rounded = (fit + multiple / 2) / multiple * multiple;
            let within = if rounded > most { rounded - multiple } else { rounded };
            u32::try_from(within.max(multiple)).unwrap_or(side)
        };
        (side(width), side(height))
    }
}

/// A frame that was chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pick {
    /// Its exact PTS in the stream's timebase.
    pub pts: i64,
    /// When it is shown.
    pub at: MediaTime,
    /// Which shot it is of, counted from 0.
    pub shot: u32,
    /// Its perceptual hash; 0 where it shows nothing.
    pub hash: u64,
    /// Variance of the Laplacian of its luma as it was looked at.
    pub sharpness: f32,
}

/// A frame that was chosen, encoded and kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptFrame {
    /// Its exact PTS in the stream's timebase.
    pub pts: i64,
    /// When it is shown.
    #[serde(rename = "at_us")]
    pub at: MediaTime,
    /// Which shot it is of, counted from 0.
    pub shot: u32,
    /// Its perceptual hash; 0 where it shows nothing.
    pub hash: u64,
    /// Variance of the Laplacian of its luma as it was looked at.
    pub sharpness: f32,
    /// Width of the encoded picture in pixels.
    pub width: u32,
    /// Height of the encoded picture in pixels.
    pub height: u32,
    /// How it is encoded.
    pub format: PictureFormat,
    /// What the encoded bytes are kept under.
    pub key: String,
}

/// What a frame looks like.
#[derive(Clone, Debug)]
struct Look {
    blocks: Vec<f32>,
    sharpness: f32,
    flat: bool,
}

impl Look {
    /// Nothing where the values do not fill the size, or there are too few.
    fn of(luma: &Luma<'_>) -> Option<Self> {
        let (width, height) = (luma.width, luma.height);
        if width < 3 || height < 3 || luma.values.len() < width * height {
            return None;
        }
        let values = &luma.values[..width * height];
        let flat = deviation(values) < LEAST_CONTRAST;
        Some(Self { blocks: blocks(values, width), sharpness: sharpness(values, width), flat })
    }

    fn hash(&self) -> u64 {
        if self.flat { 0 } else { hash(&self.blocks) }
    }

    /// Share of full scale by which the blocks differ in the mean.
    fn change(&self, other: &Self) -> f32 {
        let sum: f32 = self.blocks.iter().zip(&other.blocks).map(|(a, b)| (a - b).abs()).sum();
        sum / (255 * BLOCKS * BLOCKS) as f32
    }
}

fn deviation(values: &[u8]) -> f32 {
    let (sum, squares) = values.iter().fold((0u64, 0u64), |(sum, squares), v| (sum + u64::from(*v), squares + u64::from(*v).pow(2)));
    let mean = sum as f64 / values.len() as f64;
    ((squares as f64 / values.len() as f64 - mean * mean).max(0.0)).sqrt() as f32
}

/// Mean brightness of blocks, row by row. A picture of fewer pixels than blocks repeats them.
fn blocks(values: &[u8], width: usize) -> Vec<f32> {
    let height = values.len() / width;
    let edges = |i: usize, length: usize| {
        let first = i * length / BLOCKS;
        (first, ((i + 1) * length / BLOCKS).max(first + 1))
    };
    let mut means = Vec::with_capacity(BLOCKS * BLOCKS);
    let mut sums = vec![0u32; width];
    for y in 0..BLOCKS {
        let (top, bottom) = edges(y, height);
        sums.fill(0);
        for row in values[top * width..bottom * width].chunks_exact(width) {
            sums.iter_mut().zip(row).for_each(|(sum, v)| *sum += u32::from(*v));
        }
        for x in 0..BLOCKS {
            let (left, right) = edges(x, width);
            let sum: u32 = sums[left..right].iter().sum();
            means.push(sum as f32 / ((bottom - top) * (right - left)) as f32);
        }
    }
    means
}

/// Variance of the Laplacian.
fn sharpness(values: &[u8], width: usize) -> f32 {
    let (mut sum, mut squares, mut count) = (0i64, 0i64, 0i64);
    for y in 1..values.len() / width - 1 {
        let row = |y: usize| &values[y * width..(y + 1) * width];
        let (above, here, below) = (row(y - 1), row(y), row(y + 1));
        let (mut of_row, mut squares_of_row) = (0i32, 0i32);
        for (((up, down), left), (middle, right)) in above[1..].iter().zip(&below[1..]).zip(here).zip(here[1..].iter().zip(&here[2..])) {
            let around = i32::from(*up) + i32::from(*down) + i32::from(*left) + i32::from(*right);
            let laplacian = around - 4 * i32::from(*middle);
            of_row += laplacian;
            squares_of_row = squares_of_row.saturating_add(laplacian * laplacian);
        }
        sum += i64::from(of_row);
        squares += i64::from(squares_of_row);
        count += width as i64 - 2;
    }
    let mean = sum as f64 / count as f64;
    (squares as f64 / count as f64 - mean * mean).max(0.0) as f32
}

/// Cosines of the frequencies 1..=8 over [`BLOCKS`] places.
static WAVES: LazyLock<[[f32; BLOCKS]; FREQUENCIES]> = LazyLock::new(|| {
    std::array::from_fn(|u| std::array::from_fn(|x| ((2 * x + 1) as f32 * (u + 1) as f32 * PI / (2 * BLOCKS) as f32).cos()))
});

/// A perceptual hash: for each of the low frequencies of a cosine transform of 32 by 32 blocks, without the constant ones, whether it is above their
/// median. This is pHash as in C. Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions" (2010).
fn hash(blocks: &[f32]) -> u64 {
    let mut rows = [[0.0f32; FREQUENCIES]; BLOCKS];
    for (row, blocks) in rows.iter_mut().zip(blocks.chunks_exact(BLOCKS)) {
        for (sum, wave) in row.iter_mut().zip(WAVES.iter()) {
            *sum = blocks.iter().zip(wave).map(|(v, w)| v * w).sum();
        }
    }
    let down = |v: usize, u: usize| -> f32 { rows.iter().zip(WAVES[v]).map(|(row, w)| row[u] * w).sum() };
    let all: [f32; FREQUENCIES * FREQUENCIES] = std::array::from_fn(|i| down(i / FREQUENCIES, i % FREQUENCIES));
    let mut sorted = all;
    sorted.sort_by(f32::total_cmp);
    let median = f32::midpoint(sorted[all.len() / 2 - 1], sorted[all.len() / 2]);
    all.iter().fold(0, |bits, v| bits << 1 | u64::from(*v > median))
}

/// A frame that was looked at.
#[derive(Clone, Debug)]
struct Seen {
    pts: i64,
    at: MediaTime,
    look: Look,
}

/// The shot that the frame which is decided about lies in.
#[derive(Default)]
struct Shot {
    number: u32,
    /// When it began; nothing for the first.
    start: Option<MediaTime>,
    /// Whether it still wants a frame.
    owed: bool,
    /// Its first frame, as long as it shows nothing but such that show nothing.
    flat: Option<Seen>,
    /// Whether it had one that shows something.
    shows: bool,
}

/// A frame that was kept, as long as it is remembered.
struct Memory {
    at: MediaTime,
    hash: u64,
    look: Look,
}

/// Chooses frames while they come, with a delay of half a second: a frame is decided about once what lies around it is known.
pub struct Selector {
    wish: Wish,
    /// The frames around the one that is decided about next, in order.
    waiting: VecDeque<Seen>,
    /// Its place among them.
    next: usize,
    /// Cuts past it, in order.
    cuts: VecDeque<MediaTime>,
    shot: Shot,
    /// When a frame is due by time; nothing at the start.
    due: Option<MediaTime>,
    /// Latest last.
    kept: VecDeque<Memory>,
}

impl Selector {
    /// A selector at the start of the media.
    pub fn new(wish: Wish) -> Self {
        let shot = Shot { owed: wish.per_shot, ..Shot::default() };
        Self { wish, waiting: VecDeque::new(), next: 0, cuts: VecDeque::new(), shot, due: None, kept: VecDeque::new() }
    }

    /// Takes the next frame that is looked at; see [`Wish::look_every`]. Its luma has square pixels, about 320 of them across. One that is not later
    /// than the last, or can't be looked at, is left out.
    pub fn push(&mut self, pts: i64, at: MediaTime, luma: &Luma<'_>) {
        if self.waiting.back().is_some_and(|last| at <= last.at) {
            return;
        }
        self.waiting.extend(Look::of(luma).map(|look| Seen { pts, at, look }));
    }

    /// The frame shown at `at` begins a shot. To be told in order, and before it is told that all cuts up to there are known.
    pub fn cut(&mut self, at: MediaTime) {
        self.cuts.push_back(at);
    }

    /// The frames that can be chosen now that all cuts and frames up to `known` were told, in order.
    pub fn decide(&mut self, known: MediaTime) -> Vec<Pick> {
        let mut picks = Vec::new();
        while self.waiting.get(self.next).is_some_and(|seen| seen.at + NEAR <= known) {
            self.decide_next(&mut picks);
            self.next += 1;
            let from = self.waiting[self.next - 1].at - NEAR;
            while self.waiting.front().is_some_and(|seen| seen.at < from) {
                self.waiting.pop_front();
                self.next -= 1;
            }
        }
        picks
    }

    /// The frames that are chosen among the last ones.
    pub fn finish(mut self) -> Vec<Pick> {
        let mut picks = self.decide(MediaTime::from_us(i64::MAX));
        picks.extend(self.end_shot());
        picks
    }

    /// Whether the frame with this PTS may yet be chosen.
    pub fn may_want(&self, pts: i64) -> bool {
        self.waiting.iter().chain(&self.shot.flat).any(|seen| seen.pts == pts)
    }

    fn decide_next(&mut self, picks: &mut Vec<Pick>) {
        let at = self.waiting[self.next].at;
        while let Some(start) = self.cuts.pop_front_if(|cut| *cut <= at) {
            picks.extend(self.end_shot());
            self.shot = Shot { number: self.shot.number + 1, start: Some(start), owed: self.wish.per_shot, ..Shot::default() };
        }
        if self.waiting[self.next].look.flat {
            if !self.shot.shows && self.shot.flat.is_none() {
                self.shot.flat = Some(self.waiting[self.next].clone());
            }
            return;
        }
        (self.shot.shows, self.shot.flat) = (true, None);
        if self.is_wanted(&self.waiting[self.next]) {
            let chosen = self.sharpest_near(&self.waiting[self.next]).clone();
            picks.extend(self.keep(chosen, at));
        }
    }

    /// Whether something asks for this frame.
    fn is_wanted(&self, seen: &Seen) -> bool {
        let last = self.kept.back();
        if last.is_some_and(|last| seen.at <= last.at) {
            return false;
        }
        let is_last_of_shot = || self.waiting.get(self.next + 1).is_none_or(|after| self.cuts.front().is_some_and(|cut| *cut <= after.at));
        if seen.at < self.settled() && !is_last_of_shot() {
            return false;
        }
        let by_time = self.wish.every > Delta::ZERO && self.due.is_none_or(|due| seen.at >= due);
        let moved = |least: f32| last.is_none_or(|last| last.look.change(&seen.look) >= least);
        self.shot.owed || by_time || self.wish.motion.is_some_and(moved)
    }

    /// From here on the shot stands clear of the transition that it began with.
    fn settled(&self) -> MediaTime {
        self.shot.start.map_or(MediaTime::from_us(i64::MIN), |start| start + SETTLED)
    }

    /// The frame itself, or where it is blurred the sharpest of those around it.
    fn sharpest_near<'a>(&'a self, seen: &'a Seen) -> &'a Seen {
        let (from, last) = (self.settled().min(seen.at), self.kept.back().map(|last| last.at));
        let may = |other: &&Seen| {
            let in_shot = other.at >= from && self.cuts.front().is_none_or(|cut| other.at < *cut);
            in_shot && (other.at - seen.at).abs() <= NEAR && last.is_none_or(|last| other.at > last) && !other.look.flat
        };
        let sharper = |a: &'a Seen, b: &'a Seen| if b.look.sharpness > a.look.sharpness { b } else { a };
        let sharpest = self.waiting.iter().filter(may).fold(seen, sharper);
        if seen.look.sharpness < BLURRED * sharpest.look.sharpness { sharpest } else { seen }
    }

    /// Keeps the frame, unless there are too many already or it was shown. `asked` is when what asked for it is content.
    fn keep(&mut self, seen: Seen, asked: MediaTime) -> Option<Pick> {
        let last_minute = self.kept.iter().rev().take_while(|kept| seen.at - kept.at < MINUTE).count();
        if last_minute >= self.wish.most_per_minute.max(1) as usize {
            return None;
        }
        (self.shot.owed, self.due) = (false, Some(asked + self.wish.every));
        let hash = seen.look.hash();
        let was_shown = |kept: &Memory| (kept.hash ^ hash).count_ones() <= u32::from(self.wish.same);
        if self.kept.iter().any(was_shown) {
            return None;
        }
        let Seen { pts, at, look } = seen;
        let pick = Pick { pts, at, shot: self.shot.number, hash, sharpness: look.sharpness };
        self.kept.push_back(Memory { at, hash, look });
        // The last one stays, however long ago it was.
        while self.kept.len() > 1 && self.kept.front().is_some_and(|kept| at - kept.at > REMEMBERED) {
            self.kept.pop_front();
        }
        Some(pick)
    }

    /// What is chosen of a shot that shows nothing, now that it is over.
    fn end_shot(&mut self) -> Option<Pick> {
        let flat = self.shot.flat.take()?;
        let at = flat.at;
        self.keep(flat, at)
    }
}

#[cfg(test)]
#[path = "frames_tests.rs"]
mod tests;
