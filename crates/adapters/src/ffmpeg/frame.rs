//! The frame shown at a moment, from a decoder that stays open: what lies near the last frame comes without starting over.

use super::decode::{Decoding, Style};
use super::picture::{Shape, upright};
use super::raw;
use super::source::Source;
use ffmpeg_next as av;
use ffmpeg_next::Rescale;
use plumbline_core::{Delta, MediaTime};
use plumbline_pipeline::ports::Frame;
use plumbline_pipeline::{Cancelled, MediaError};
use std::collections::VecDeque;
use std::path::Path;

/// How far before the wanted moment to look for a key frame, in turn; the last way is to read from the start. The first nearly always does:
/// the others are for indexes that sort by decoding time, for open groups of pictures and for damage.
const RUN_UPS: [Option<Delta>; 4] = [Some(Delta::ZERO), Some(Delta::from_us(2_000_000)), Some(Delta::from_us(20_000_000)), None];

/// Length of what can't be trusted after a seek in an MPEG program stream, with much to spare.
const SHAKY_START: Delta = Delta::from_us(2_000_000);

/// Decoding on costs less than a seek up to here, where no index tells better.
const NEAR: Delta = Delta::from_us(1_000_000);

/// Bytes of decoded frames to keep: some seventy frames of 720p.
const KEPT_BYTES: usize = 96 << 20;

/// An open decoder and the frames that it gave last: consecutive ones, in order.
pub(super) struct Reel {
    decoding: Decoding,
    run: VecDeque<(MediaTime, av::frame::Video)>,
    bytes: usize,
    /// Whether nothing comes before the first of the run.
    from_start: bool,
    /// Whether nothing comes after the last of the run.
    to_end: bool,
}

/// See [`plumbline_pipeline::Media::frame`].
pub(super) fn frame(path: &Path, at: MediaTime, max_edge: u32) -> Result<Frame, MediaError> {
    Reel::open(path)?.frame::<3>(at, max_edge, &|| true)
}

/// Where to look for a key frame so that what is decoded `run_up` later can be trusted.
pub(super) fn before(source: &Source, at: MediaTime, run_up: Delta) -> MediaTime {
    // The first frames after a seek in an MPEG program stream come with the times of others: they must lie well before what is asked for.
    at - if source.is(&["mpeg"]) { run_up.max(SHAKY_START) } else { run_up }
}

impl Reel {
    pub(super) fn open(path: &Path) -> Result<Self, MediaError> {
        let decoding = Decoding::open(path, Style::default())?;
        Ok(Self { decoding, run: VecDeque::new(), bytes: 0, from_start: true, to_end: false })
    }

    /// The frame shown at `at` with `N` bytes a pixel, scaled to fit `max_edge` pixels; stops where it is not wanted any more.
    pub(super) fn frame<const N: usize>(&mut self, at: MediaTime, max_edge: u32, wanted: &dyn Fn() -> bool) -> Result<Frame, MediaError> {
        let found = self.find(at, wanted)?;
        let (time, picture) = &self.run[found];
        let source = &self.decoding.source;
        let coded = (picture.width(), picture.height());
        let shape = Shape::of(&source.stream(self.decoding.stream)?, coded, picture.aspect_ratio()).fit(max_edge);
        let unfit = |e| source.failed(format!("a picture can't be converted ({e})"), "Convert it to MP4");
        let pixels = upright::<N>(picture, shape).map_err(unfit)?;
        let (width, height) = shape.shown();
        Ok(Frame { pts: picture.pts().unwrap_or_default(), at: *time, width, height, rgb: pixels })
    }

    /// Sees to it that the frame shown at `at` is in the run, and says where.
    fn find(&mut self, at: MediaTime, wanted: &dyn Fn() -> bool) -> Result<usize, MediaError> {
        if self.is_ahead(at)
            && let Some(found) = self.decode_to(at, wanted)?
        {
            return Ok(found);
        }
        // Who goes back by a little will want what lies between, too.
        let goes_back = self.run.front().is_some_and(|(first, _)| at < *first && *first - at < NEAR);
        for run_up in RUN_UPS {
            if self.start_before(at, run_up, !goes_back)?
                && let Some(found) = self.decode_to(at, wanted)?
            {
                return Ok(if self.decoding.source.is(&["mpeg"]) { self.forget_before(found) } else { found });
            }
        }
        Err(self.decoding.source.failed("none of its pictures can be decoded", "Check in a player whether it plays, or convert it to MP4"))
    }

    /// Where in the run the frame shown at `at` is, once that is sure.
    fn shown(&self, at: MediaTime) -> Option<usize> {
        let past = self.run.partition_point(|(time, _)| *time <= at);
        match past {
            // Before the first frame of all, the first is shown.
            0 => (self.from_start && !self.run.is_empty()).then_some(0),
            _ => (past < self.run.len() || self.to_end).then_some(past - 1),
        }
    }

    /// Whether decoding on leads to `at` sooner than starting over would.
    fn is_ahead(&self, at: MediaTime) -> bool {
        let (Some((first, _)), Some((last, _))) = (self.run.front(), self.run.back()) else { return false };
        let source = &self.decoding.source;
        let Ok(stream) = source.stream(self.decoding.stream) else { return false };
        let ticks = |time: MediaTime| (time + source.origin()).us().rescale((1, 1_000_000), stream.time_base());
        let no_key_between = raw::key_before(&stream, ticks(at)).is_some_and(|key| key <= ticks(*last));
        (*first <= at || self.from_start) && (self.shown(at).is_some() || no_key_between || at - *last < NEAR)
    }

    /// Empties the run and moves to a key frame `run_up` before `at`, or else to the start. False where that is not possible or too late.
    fn start_before(&mut self, at: MediaTime, run_up: Option<Delta>, skim: bool) -> Result<bool, MediaError> {
        let Some(run_up) = run_up else {
            let path = self.decoding.source.path.clone();
            *self = Self::open(&path)?;
            return Ok(true);
        };
        self.run.clear();
        (self.bytes, self.from_start, self.to_end) = (0, false, false);
        if !self.decoding.move_to(before(&self.decoding.source, at, run_up)) {
            return Ok(false);
        }
        if skim && !self.decoding.source.is(&["mpeg"]) {
            self.decoding.skim_to(at);
        }
        Ok(true)
    }

    /// Decodes on until it is sure which frame is shown at `at`; nothing where all that is left to decode comes later.
    fn decode_to(&mut self, at: MediaTime, wanted: &dyn Fn() -> bool) -> Result<Option<usize>, MediaError> {
        loop {
            let found = self.shown(at);
            let too_late = self.run.front().is_some_and(|(first, _)| *first > at);
            if found.is_some() || too_late || self.to_end {
                self.decoding.source.was_readable()?;
                return Ok(found);
            }
            if !wanted() {
                return Err(Cancelled.into());
            }
            let mut picture = av::frame::Video::empty();
            match self.decoding.next_picture(&mut picture) {
                Some(time) if self.from_start || Some(time) >= self.decoding.whole_from() => self.keep(time, picture, at),
                Some(_) => {}
                None => self.to_end = true,
            }
        }
    }

    /// Lets go of the frames before this place of the run; gives its place from then on.
    fn forget_before(&mut self, place: usize) -> usize {
        for (_, early) in self.run.drain(..place) {
            self.bytes -= bytes_of(&early);
            self.from_start = false;
        }
        0
    }

    fn keep(&mut self, time: MediaTime, picture: av::frame::Video, at: MediaTime) {
        // What comes late corrects what came before it.
        while let Some((_, late)) = self.run.pop_back_if(|(last, _)| *last >= time) {
            self.bytes -= bytes_of(&late);
        }
        self.bytes += bytes_of(&picture);
        self.run.push_back((time, picture));
        while self.bytes > KEPT_BYTES && self.run.get(1).is_some_and(|(second, _)| *second <= at) {
            self.forget_before(1);
        }
    }
}

fn bytes_of(picture: &av::frame::Video) -> usize {
    (0..picture.planes()).map(|plane| picture.data(plane).len()).sum()
}
