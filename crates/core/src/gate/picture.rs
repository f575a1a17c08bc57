//! What is wrong with the picture itself, as far as a look at one picture a second tells.

use super::measure::{plain, signed};
use super::sound::stretch;
use super::{GateId, Inputs, Measure, Place, STRETCH};
use crate::crossmodal::offset;
use crate::time::{Delta, MediaTime, Span};
use serde::{Deserialize, Serialize};

/// The luma of a picture, brought down to about 640 pixels across with every row as it was, so that interlacing still shows.
#[derive(Clone, Copy, Debug)]
pub struct Luma<'a> {
    /// Pixels across.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// How many rows together are as high as one pixel is wide; at least 1.
    pub rows_per_pixel: usize,
    /// Row by row, top first, without padding: 0 is black and 255 is white.
    pub values: &'a [u8],
}

/// What the picture of a media is like. Made once, by [`PictureFactsBuilder`]; columns have one value per [`STRETCH`] from media time 0.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PictureFacts {
    /// Fine detail of the sharpest picture, 0..1: the variance of the Laplacian as a share of what noise of the same contrast has, as amplitudes.
    /// None where there is nothing to see.
    pub sharpness: Vec<Option<f32>>,
    /// Mean share of pixels at the ends of the scale, 0..1; none where all is black.
    pub exposure: Vec<Option<f32>>,
    /// Share of pictures that are black, 0..1; none without pictures.
    pub black: Vec<Option<f32>>,
    /// Share of the picture that is torn into lines, 0..1, where most of it is; none where all is black.
    pub torn: Vec<Option<f32>>,
    /// Where the picture stands still for 2 s and longer.
    pub still: Vec<Span<MediaTime>>,
}

pub(super) fn measure(inputs: &Inputs<'_>, out: &mut Vec<Measure>) {
    let whole = Place::Media(Span::new(MediaTime::ZERO, inputs.duration));
    out.extend(inputs.short_edge.map(|edge| plain(GateId::PictureSize, whole, f64::from(edge))));
    if let (Some(envelope), Some(changes)) = (inputs.envelope, inputs.changes) {
        let found = offset(envelope, changes, inputs.shots);
        out.extend(found.map(|found| signed(GateId::PictureOffset, whole, (found.offset.us() as f64 / 1e3).round())));
    }
    let Some(facts) = inputs.picture else { return };
    for (gate, shares) in [
        (GateId::Sharpness, &facts.sharpness),
        (GateId::Exposure, &facts.exposure),
        (GateId::Black, &facts.black),
        (GateId::Interlacing, &facts.torn),
    ] {
        let each = shares.iter().enumerate().filter_map(|(i, share)| Some((i, f64::from((*share)?))));
        out.extend(each.map(|(i, share)| plain(gate, stretch(i, inputs.duration), 100.0 * share)));
    }
    out.extend(facts.still.iter().map(|span| plain(GateId::Frozen, Place::Media(*span), span.len().us() as f64 / 1e6)));
}

/// A pixel up to here is black, and a picture is where this share of it is (what ffmpeg's blackdetect takes for one).
const BLACK: u8 = 25;
const BLACK_SHARE: f32 = 0.98;
/// Pixels up to and from here have lost their detail.
const CRUSHED: u8 = 2;
const BLOWN: u8 = 253;
/// A picture whose luma varies less than this (as a standard deviation) has no detail to be sharp.
const LEAST_CONTRAST: f32 = 4.0;
/// Variance of the Laplacian of noise, over that of the noise: the sum of the squares of its weights.
const NOISE: f32 = 20.0;
/// Pictures that differ by less than this in the mean, of 255, are the same one; the noise of a camera differs by more.
const SAME: f32 = 0.3;
/// A picture that stands still for less is no matter.
const SHORTEST_STILL: Delta = Delta::from_us(2_000_000);
/// Rows of one field must differ from those of the other by this to be torn.
const TORN: i16 = 10;

/// Makes [`PictureFacts`] of pictures in order of time, about one a second.
#[derive(Default)]
pub struct PictureFactsBuilder {
    tallies: Vec<Tally>,
    last: Option<Vec<u8>>,
    still: Option<Span<MediaTime>>,
    found: Vec<Span<MediaTime>>,
}

#[derive(Clone, Copy, Default)]
struct Tally {
    pictures: u32,
    black: u32,
    exposure: f32,
    torn: f32,
    sharpness: Option<f32>,
}

impl PictureFactsBuilder {
    /// A builder at the start of the media.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the picture shown at `at`. One whose values do not fill its size is left out.
    pub fn push(&mut self, at: MediaTime, luma: &Luma<'_>) {
        if luma.width < 3 || luma.height < 5 || luma.values.len() < luma.width * luma.height {
            return;
        }
        let index = usize::try_from(at.us() / STRETCH.us()).unwrap_or(0);
        if self.tallies.len() <= index {
            self.tallies.resize(index + 1, Tally::default());
        }
        let tally = &mut self.tallies[index];
        tally.pictures += 1;
        let small = square(luma);
        let share = |holds: fn(u8) -> bool| small.iter().filter(|v| holds(**v)).count() as f32 / small.len() as f32;
        if share(|v| v <= BLACK) >= BLACK_SHARE {
            tally.black += 1;
            self.moves(None);
            return;
        }
        tally.exposure += share(|v| v <= CRUSHED || v >= BLOWN);
        tally.torn = tally.torn.max(torn(luma));
        tally.sharpness = tally.sharpness.into_iter().chain(sharpness(&small, luma.width)).reduce(f32::max);
        let same = self.last.as_ref().is_some_and(|last| difference(last, &small) < SAME);
        match &mut self.still {
            Some(still) if same => still.end = at,
            _ => {
                self.moves(None);
                self.still = Some(Span::new(at, at));
            }
        }
        self.last = Some(small);
    }

    /// Ends what stood still.
    fn moves(&mut self, last: Option<Vec<u8>>) {
        self.found.extend(self.still.take().filter(|s| s.len() >= SHORTEST_STILL));
        self.last = last;
    }

    /// The facts of everything pushed.
    pub fn finish(mut self) -> PictureFacts {
        self.moves(None);
        let seen = |t: &Tally| (t.pictures > t.black).then_some((t.pictures - t.black) as f32);
        let all = self.tallies.iter();
        PictureFacts {
            sharpness: all.clone().map(|t| t.sharpness).collect(),
            exposure: all.clone().map(|t| Some(t.exposure / seen(t)?)).collect(),
            black: all.clone().map(|t| (t.pictures > 0).then(|| t.black as f32 / t.pictures as f32)).collect(),
            torn: all.map(|t| seen(t).map(|_| t.torn)).collect(),
            still: self.found,
        }
    }
}

/// The picture with square pixels: rows that belong together as their mean.
fn square(luma: &Luma<'_>) -> Vec<u8> {
    let rows = luma.rows_per_pixel.max(1).min(luma.height);
    let mut sums = vec![0u32; luma.width];
    let mut small = Vec::with_capacity(luma.width * (luma.height / rows));
    for band in luma.values[..luma.width * luma.height].chunks_exact(luma.width * rows) {
        sums.fill(0);
        for row in band.chunks_exact(luma.width) {
            sums.iter_mut().zip(row).for_each(|(sum, v)| *sum += u32::from(*v));
        }
        small.extend(sums.iter().map(|sum| (sum / rows as u32) as u8));
    }
    small
}

/// See [`PictureFacts::sharpness`].
fn sharpness(small: &[u8], width: usize) -> Option<f32> {
    let count = small.len() as f32;
    let mean = small.iter().map(|v| u64::from(*v)).sum::<u64>() as f32 / count;
    let variance = small.iter().map(|v| (f32::from(*v) - mean).powi(2)).sum::<f32>() / count;
    if variance < LEAST_CONTRAST * LEAST_CONTRAST || small.len() < 3 * width {
        return None;
    }
    let (mut sum, mut squares, mut inner) = (0i64, 0i64, 0i64);
    for rows in small.chunks_exact(width).collect::<Vec<_>>().windows(3) {
        for x in 1..width - 1 {
            let v = |row: usize, x: usize| i64::from(rows[row][x]);
            let laplacian = v(0, x) + v(2, x) + v(1, x - 1) + v(1, x + 1) - 4 * v(1, x);
            sum += laplacian;
            squares += laplacian * laplacian;
            inner += 1;
        }
    }
    let inner = inner.max(1) as f32;
    let bend = squares as f32 / inner - (sum as f32 / inner).powi(2);
    Some((bend.max(0.0) / (NOISE * variance)).sqrt().min(1.0))
}

/// Mean difference of two pictures, of 255.
fn difference(a: &[u8], b: &[u8]) -> f32 {
    if a.len() != b.len() {
        return f32::INFINITY;
    }
    a.iter().zip(b).map(|(a, b)| u64::from(a.abs_diff(*b))).sum::<u64>() as f32 / a.len().max(1) as f32
}

/// Share of pixels whose row and the rows two above and below it are all brighter, or all darker, than the rows between them: what moved between
/// two fields does that, and next to nothing else does.
fn torn(luma: &Luma<'_>) -> f32 {
    let rows: Vec<&[u8]> = luma.values[..luma.width * luma.height].chunks_exact(luma.width).collect();
    let mut count = 0u64;
    for five in rows.windows(5) {
        let [a, b, c, d, e] = five else { continue };
        for ((((a, b), c), d), e) in a.iter().zip(*b).zip(*c).zip(*d).zip(*e) {
            let (low, high) = (i16::from(*a.min(c).min(e)), i16::from(*a.max(c).max(e)));
            count += u64::from(i16::from(*b.min(d)) - high > TORN || low - i16::from(*b.max(d)) > TORN);
        }
    }
    count as f32 / (luma.width * (luma.height - 4)) as f32
}

#[cfg(test)]
#[path = "picture_tests.rs"]
mod tests;
