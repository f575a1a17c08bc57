//! Hard cuts, found by how the colours of small pictures change, and fades through black; and a closer look at one picture a second.

use super::decode::{Decoding, Style};
use super::picture::{Scaler, is_full_range};
use super::small::Shrinker;
use super::source::Source;
use ffmpeg_next as av;
use ffmpeg_next::format::Pixel;
use ffmpeg_next::software::scaling;
use plumbline_core::gate::Luma;
use plumbline_core::{Delta, MediaTime};
use plumbline_pipeline::Look as Looker;
use plumbline_pipeline::{Job, MediaError, Sight};
use std::collections::VecDeque;
use std::path::Path;

/// Size that pictures are compared at.
const SIZE: (usize, usize) = (64, 36);
/// Histogram bins of luma and of each chroma plane, per quarter of the picture.
const LUMA_BINS: usize = 16;
const CHROMA_BINS: usize = 8;
const QUARTERS: usize = 4;
const BINS: usize = LUMA_BINS + 2 * CHROMA_BINS;

/// Least change of a cut, of at most 1: what a cut between two takes of the same room reaches.
const LEAST_CHANGE: f32 = 0.12;
/// How many times the usual change a cut must be: in a pan or a crowd every frame changes.
const TIMES_USUAL: f32 = 3.0;
/// Frames before a cut that tell what is usual.
const BEFORE: usize = 8;
/// Frames after a cut that must stay away from the picture before it, and before it from the picture after it: a flash comes back sooner.
const AFTER: usize = 5;
/// Share of the change that those frames must be away.
const LASTING: f32 = 0.6;
/// A pixel whose luma, of 16..235, is up to here is black, and a picture is where this share of it is (what ffmpeg's blackdetect takes for one).
const BLACK: u8 = 37;
const BLACK_SHARE: f32 = 0.98;
/// A picture gets darker or brighter over so many frames on the way into black or out of it, by so much of 255 each: else it is no fade.
const FADING: usize = 4;
const LEAST_STEP: f32 = 0.5;
/// Frames between two reports of progress.
const REPORT_EVERY: u64 = 50;
/// Time between two pictures that are looked at closely, and how many pixels across they are at most.
const LOOK_EVERY: Delta = Delta::from_us(1_000_000);
const LOOK_WIDTH: u32 = 640;

/// See [`plumbline_pipeline::Media::shots`].
pub(super) fn shots(path: &Path, job: &Job, look: &mut Looker<'_>) -> Result<Vec<MediaTime>, MediaError> {
    let source = Source::open(path)?;
    let end = source.stated_end().map(|t| (t.us() / 1_000) as u64);
    let stream = source.need_video()?;
    let mut decoding = Decoding::new(source, stream, Style { from_key: false, rough: true })?;
    let (mut eyes, mut picture) = (Eyes::new(), av::frame::Video::empty());
    let (mut cuts, mut count) = (Vec::new(), 0u64);
    while let Some(at) = decoding.next_picture(&mut picture) {
        if count.is_multiple_of(REPORT_EVERY) {
            job.step("looking for shots", u64::try_from(at.us() / 1_000).unwrap_or(0), end)?;
        }
        count += 1;
        cuts.extend(eyes.see(at, &picture, Some(look)));
    }
    decoding.source.was_readable()?;
    if count == 0 {
        return Err(no_picture(&decoding.source));
    }
    cuts.extend(eyes.finish());
    Ok(cuts)
}

/// What is told of a file with a picture stream of which nothing can be decoded.
pub(super) fn no_picture(source: &Source) -> MediaError {
    source.failed("none of its pictures can be decoded", "Check in a player whether it plays, or convert it to MP4")
}

/// Looks at every picture of a video, and tells where shots begin.
pub(super) struct Eyes {
    shrinker: Shrinker,
    closer: Closer,
    finder: Finder,
    /// The luma of the last picture, brought down; empty before the first.
    last: Vec<u8>,
}

impl Eyes {
    pub(super) fn new() -> Self {
        Self { shrinker: Shrinker::new(SIZE), closer: Closer::default(), finder: Finder::default(), last: Vec::new() }
    }

    /// Looks at the next picture; gives the time of a cut that it decides. Tells `look` of it.
    pub(super) fn see(&mut self, at: MediaTime, picture: &av::frame::Video, mut look: Option<&mut Looker<'_>>) -> Option<MediaTime> {
        if let Some(look) = &mut look {
            self.closer.show(at, picture, look);
        }
        // A picture that can't be scaled (its size is damaged) is left out, as one that can't be decoded.
        if !self.shrinker.run(picture, 3) {
            return None;
        }
        let luma = &self.shrinker.planes[0];
        if let Some(look) = look.filter(|_| self.last.len() == luma.len()) {
            look(at, Sight::Change(difference(&self.last, luma)));
        }
        self.last.clone_from(luma);
        self.finder.push(at, Look::of(&self.shrinker.planes))
    }

    /// All cuts before this time are decided.
    pub(super) fn decided_to(&self) -> Option<MediaTime> {
        self.finder.waiting.front().map(|(at, ..)| *at)
    }

    /// The cuts among the last pictures.
    pub(super) fn finish(self) -> Vec<MediaTime> {
        self.finder.finish()
    }
}

/// The root of the mean square by which two pictures of one size differ, of 255.
fn difference(a: &[u8], b: &[u8]) -> f32 {
    let squares: u32 = a.iter().zip(b).map(|(a, b)| u32::from(a.abs_diff(*b)).pow(2)).sum();
    (squares as f32 / a.len().max(1) as f32).sqrt()
}

/// Shows pictures to who wants to look at them closely.
struct Closer {
    scaler: Scaler,
    scaled: av::frame::Video,
    values: Vec<u8>,
    next: Option<MediaTime>,
}

impl Default for Closer {
    fn default() -> Self {
        Self { scaler: Scaler::new(scaling::Flags::BILINEAR), scaled: av::frame::Video::empty(), values: Vec::new(), next: None }
    }
}

impl Closer {
    /// Shows the picture where the last one that was shown lies a second back. One that can't be scaled is left out.
    fn show(&mut self, at: MediaTime, picture: &av::frame::Video, look: &mut Looker<'_>) {
        if self.next.is_some_and(|next| at < next) {
            return;
        }
        self.next = Some(at + LOOK_EVERY);
        // Rows stay as they are, so that interlacing still shows.
        let (width, height) = (picture.width().min(LOOK_WIDTH), picture.height());
        if (self.scaled.width(), self.scaled.height()) != (width, height) {
            self.scaled = av::frame::Video::empty();
        }
        if self.scaler.run(picture, Pixel::YUV420P, (width, height), &mut self.scaled).is_err() {
            return;
        }
        let full = is_full_range(picture);
        let level = |v: u8| if full { v } else { ((i32::from(v) - 16).clamp(0, 219) * 255 / 219) as u8 };
        let levels: [u8; 256] = std::array::from_fn(|v| level(v as u8));
        let rows = self.scaled.data(0).chunks(self.scaled.stride(0)).take(height as usize);
        self.values.clear();
        self.values.extend(rows.flat_map(|row| row.iter().take(width as usize)).map(|v| levels[usize::from(*v)]));
        let rows_per_pixel = ((picture.width() + width / 2) / width.max(1)).max(1) as usize;
        let luma = Luma { width: width as usize, height: height as usize, rows_per_pixel, values: &self.values };
        look(at, Sight::Close(&luma));
    }
}

/// What a picture looks like: colour histograms of its quarters, how bright it is, and whether it is black.
#[derive(Clone)]
struct Look {
    bins: [[f32; BINS]; QUARTERS],
    light: f32,
    black: bool,
}

impl Look {
    fn of(small: &[Vec<u8>; 3]) -> Self {
        let (width, height) = SIZE;
        let mut bins = [[0.0; BINS]; QUARTERS];
        let planes = [(0, 0, LUMA_BINS), (1, LUMA_BINS, CHROMA_BINS), (2, LUMA_BINS + CHROMA_BINS, CHROMA_BINS)];
        for (plane, first, count) in planes {
            for (y, row) in small[plane].chunks_exact(width).enumerate() {
                for (x, &value) in row.iter().enumerate() {
                    let quarter = 2 * (2 * y / height) + 2 * x / width;
                    spread(&mut bins[quarter][first..first + count], value);
                }
            }
        }
        let pixels = (width * height) as f32;
        let light = small[0].iter().map(|v| f32::from(*v)).sum::<f32>() / pixels;
        let black = small[0].iter().filter(|v| **v <= BLACK).count() as f32 >= BLACK_SHARE * pixels;
        Self { bins, light, black }
    }

    /// How much of the picture changed, 0 to 1: luma counts as much as both chroma planes together.
    fn change(&self, other: &Self) -> f32 {
        let pixels = (SIZE.0 * SIZE.1) as f32;
        let pairs = self.bins.iter().flatten().zip(other.bins.iter().flatten()).enumerate();
        let weigh = |bin: usize| if bin % BINS < LUMA_BINS { 0.5 } else { 0.25 };
        pairs.map(|(i, (a, b))| weigh(i) * (a - b).abs()).sum::<f32>() / (2.0 * pixels)
    }
}

/// Counts a value in the two bins it lies between, so that a small change of light moves little.
fn spread(bins: &mut [f32], value: u8) {
    let place = f32::from(value) / 255.0 * (bins.len() - 1) as f32;
    let low = place as usize;
    let share = place - low as f32;
    bins[low] += 1.0 - share;
    if let Some(next) = bins.get_mut(low + 1) {
        *next += share;
    }
}

/// Decides about a frame once it has seen [`AFTER`] frames more.
#[derive(Default)]
struct Finder {
    /// Changes of the frames that were decided about, latest last.
    usual: VecDeque<f32>,
    /// The last frames that were decided about, latest last.
    before: VecDeque<Look>,
    /// Frames that wait: time, look, and the change against the frame before.
    waiting: VecDeque<(MediaTime, Look, f32)>,
    /// How bright the last frames before black were, and whether they led into it step by step.
    light: VecDeque<f32>,
    faded_out: bool,
    /// Frames since a shot began; nothing in the first.
    since: Option<usize>,
}

impl Finder {
    /// Takes the next frame; gives the time of a cut that it decides.
    fn push(&mut self, at: MediaTime, look: Look) -> Option<MediaTime> {
        let last = self.waiting.back().map(|(_, look, _)| look).or(self.before.back());
        let Some(last) = last else {
            self.before.push_back(look);
            return None;
        };
        let change = last.change(&look);
        self.waiting.push_back((at, look, change));
        if self.waiting.len() > AFTER { self.decide() } else { None }
    }

    /// The cuts among the frames that still wait.
    fn finish(mut self) -> Vec<MediaTime> {
        std::iter::from_fn(|| (!self.waiting.is_empty()).then(|| self.decide())).flatten().collect()
    }

    /// Decides about the frame that waited longest.
    fn decide(&mut self) -> Option<MediaTime> {
        let (at, look, change) = self.waiting.pop_front()?;
        // A shot whose first frames are black, or others than those that follow, began with them.
        let may = self.since.is_none_or(|since| since > AFTER);
        let cut = (self.is_cut(&look, change) | self.ends_fade(&look)) && may;
        self.since = if cut { Some(1) } else { self.since.map(|since| since + 1) };
        if cut {
            self.usual.clear();
        } else {
            self.usual.push_back(change);
            if self.usual.len() > BEFORE {
                self.usual.pop_front();
            }
        }
        self.before.push_back(look);
        if self.before.len() > AFTER {
            self.before.pop_front();
        }
        cut.then_some(at)
    }

    /// Whether black ends with this frame, the last one of a fade.
    fn ends_fade(&mut self, look: &Look) -> bool {
        let was_black = self.before.back().is_some_and(|before| before.black);
        if look.black {
            if !was_black {
                self.faded_out = self.light.len() > FADING && falls(self.light.iter().copied().chain([look.light]));
            }
            return false;
        }
        let comes_in = self.waiting.iter().map(|(_, later, _)| later.light).take(FADING);
        let faded_in = self.waiting.len() >= FADING && falls([look.light].into_iter().chain(comes_in).map(|light| -light));
        // What comes out of the black that a media begins with is no other shot.
        let ends = was_black && !self.light.is_empty() && (self.faded_out || faded_in);
        self.light.push_back(look.light);
        if self.light.len() > FADING + 1 {
            self.light.pop_front();
        }
        ends
    }

    fn is_cut(&self, look: &Look, change: f32) -> bool {
        // What is usual is told by both sides, so that neither the first nor the last frame of a storm of changes is a cut.
        let mean = |sum: f32, count: usize| sum / count.max(1) as f32;
        let past = mean(self.usual.iter().sum(), self.usual.len());
        let coming = mean(self.waiting.iter().map(|(.., change)| change).sum(), self.waiting.len());
        let stands_out = change >= LEAST_CHANGE && change >= TIMES_USUAL * past && change >= TIMES_USUAL * coming;
        let away = |a: &Look, b: &Look| a.change(b) >= LASTING * change;
        let lasts = || self.before.back().is_some_and(|before| self.waiting.iter().all(|(_, later, _)| away(before, later)));
        let is_new = || self.before.iter().all(|earlier| away(earlier, look));
        stands_out && lasts() && is_new()
    }
}

/// Whether each value is below the one before it.
fn falls(values: impl Iterator<Item = f32>) -> bool {
    let mut last = f32::INFINITY;
    values.into_iter().all(|value| value <= std::mem::replace(&mut last, value) - LEAST_STEP)
}
