//! Which pictures of a video are worth a closer look: one of each stretch in which nothing changes.

use crate::gate::Luma;
use crate::time::{Delta, MediaTime, Span};
use serde::{Deserialize, Serialize};

/// Pictures are compared by the mean brightness of so many blocks across and down.
const BLOCKS: (usize, usize) = (32, 18);
/// A block that changed by this much, of 255, is another picture: a line of small text changes the blocks that it lies in by more.
const CHANGED: u8 = 10;
/// However still it stands, it is looked at this often.
const LONGEST: Delta = Delta::from_us(30_000_000);

/// How far pictures that are looked at lie apart at most, about.
const EVERY: Delta = Delta::from_us(1_100_000);

/// A stretch of the video in which the picture hardly changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Still {
    /// From its first picture to the first one that is another.
    pub span: Span<MediaTime>,
    /// When its sharpest picture is shown.
    pub sharpest: MediaTime,
}

/// Finds [`Still`]s among pictures in order of time, about one a second.
#[derive(Default)]
pub struct StillsBuilder {
    found: Vec<Still>,
    /// Blocks of the first picture of the last stretch, and the detail of its sharpest.
    last: Option<(Vec<u8>, f32)>,
}

impl StillsBuilder {
    /// A builder at the start of the media.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the picture shown at `at`. One whose values do not fill its size is left out.
    pub fn push(&mut self, at: MediaTime, luma: &Luma<'_>) {
        let Some((blocks, detail)) = blocks(luma) else { return };
        if let (Some(still), Some((first, most))) = (self.found.last_mut(), &mut self.last) {
            still.span.end = at;
            let same = first.iter().zip(&blocks).all(|(a, b)| a.abs_diff(*b) < CHANGED);
            if same && at - still.span.start < LONGEST {
                if detail > *most {
                    (still.sharpest, *most) = (at, detail);
                }
                return;
            }
        }
        self.found.push(Still { span: Span::new(at, at), sharpest: at });
        self.last = Some((blocks, detail));
    }

    /// All stretches, the last one up to the end of the media.
    pub fn finish(mut self, end: MediaTime) -> Vec<Still> {
        if let Some(last) = self.found.last_mut() {
            last.span.end = end.max(last.sharpest);
        }
        self.found
    }
}

/// Lets stretches begin at the shot change that ended the one before, which is known to the frame: pictures are looked at about once a second only.
/// `shots` are in order.
pub fn snap(stills: &mut [Still], shots: &[MediaTime]) {
    for at in 1..stills.len() {
        let (last_seen, start) = (stills[at].span.start - EVERY, stills[at].span.start);
        let shot = shots.partition_point(|shot| *shot <= start).checked_sub(1).map(|i| shots[i]);
        if let Some(shot) = shot.filter(|shot| *shot > last_seen && *shot > stills[at - 1].sharpest) {
            (stills[at - 1].span.end, stills[at].span.start) = (shot, shot);
        }
    }
}

/// Mean brightness of the blocks, and how much neighbouring pixels differ: the sharper of two pictures of one thing has more of that.
fn blocks(luma: &Luma<'_>) -> Option<(Vec<u8>, f32)> {
    let (width, height) = (luma.width, luma.height);
    if width < BLOCKS.0 || height < BLOCKS.1 || luma.values.len() < width * height {
        return None;
    }
    let (mut sums, mut counts) = (vec![0u32; BLOCKS.0 * BLOCKS.1], vec![0u32; BLOCKS.0 * BLOCKS.1]);
    let mut detail = 0u64;
    for (y, row) in luma.values[..width * height].chunks_exact(width).enumerate() {
        let first = (y * BLOCKS.1 / height) * BLOCKS.0;
        for (x, pixel) in row.iter().enumerate() {
            let block = first + x * BLOCKS.0 / width;
            sums[block] += u32::from(*pixel);
            counts[block] += 1;
        }
        detail += row.windows(2).map(|pair| u64::from(pair[0].abs_diff(pair[1])).pow(2)).sum::<u64>();
    }
    let means = sums.iter().zip(&counts).map(|(sum, count)| (sum / (*count).max(1)) as u8).collect();
    Some((means, detail as f32 / (width * height) as f32))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: (usize, usize) = (64, 36);

    /// A picture with a bright bar at this column; `contrast` is how bright.
    fn picture(bar: usize, contrast: u8) -> Vec<u8> {
        (0..SIZE.0 * SIZE.1).map(|i| if i % SIZE.0 / 4 == bar { contrast } else { 10 }).collect()
    }

    fn found(pictures: &[Vec<u8>], end_s: i64) -> Vec<(i64, i64, i64)> {
        let mut builder = StillsBuilder::new();
        for (second, values) in pictures.iter().enumerate() {
            let luma = Luma { width: SIZE.0, height: SIZE.1, rows_per_pixel: 1, values };
            builder.push(MediaTime::from_ms(second as i64 * 1_000), &luma);
        }
        let seconds = |at: MediaTime| at.us() / 1_000_000;
        builder
            .finish(MediaTime::from_ms(end_s * 1_000))
            .iter()
            .map(|s| (seconds(s.span.start), seconds(s.span.end), seconds(s.sharpest)))
            .collect()
    }

    #[test]
    fn each_picture_is_taken_once_at_its_sharpest() {
        let (a, b) = (picture(2, 200), picture(9, 200));
        // The middle one has the same blocks, but more contrast.
        let sharp = picture(2, 205);
        assert_eq!(found(&[a.clone(), sharp, a.clone(), b.clone(), a.clone()], 6), [(0, 3, 1), (3, 4, 3), (4, 6, 4)]);
        assert_eq!(found(&[], 6), []);
        assert_eq!(found(&[vec![0; 7]], 6), []);
        assert_eq!(found(&[a], 0), [(0, 0, 0)]);
    }

    #[test]
    fn a_stretch_begins_at_the_shot_that_it_begins_with() {
        let at = |ms: i64| MediaTime::from_ms(ms);
        let still = |from: i64, to: i64, sharpest: i64| Still { span: Span::new(at(from), at(to)), sharpest: at(sharpest) };
        let mut stills =
            [still(0, 18_000, 4_000), still(18_000, 25_000, 19_000), still(25_000, 26_000, 25_000), still(26_000, 30_000, 29_000)];
        snap(&mut stills, &[at(5_000), at(17_480), at(23_000), at(25_000)]);
        let expected =
            [still(0, 17_480, 4_000), still(17_480, 25_000, 19_000), still(25_000, 26_000, 25_000), still(26_000, 30_000, 29_000)];
        assert_eq!(stills, expected);
        snap(&mut [], &[at(1)]);
    }

    #[test]
    fn what_stands_still_is_looked_at_now_and_then() {
        let still = vec![picture(2, 200); 70];
        assert_eq!(found(&still, 70), [(0, 30, 0), (30, 60, 30), (60, 70, 60)]);
    }
}
