//! The times of the frames around a moment: from packets alone where all of them carry times, else from decoded frames.

use super::decode::{Decoding, Style};
use super::frame::before;
use super::raw;
use super::source::Source;
use ffmpeg_next as av;
use plumbline_core::{Delta, MediaTime};
use plumbline_pipeline::{MediaError, Neighbours};

/// Packets to read on where no decoding times tell that nothing earlier will follow: more than any codec reorders.
const REORDERED: u32 = 32;

/// How far on either side of a moment the times of frames are told.
const REACH: Delta = Delta::from_us(2_000_000);

/// How far before the wanted moment to look for a key frame, in turn; the last way is to read from the start.
const RUN_UPS: [Option<Delta>; 3] = [Some(REACH), Some(Delta::from_us(20_000_000)), None];

/// Frames may lie so far off the grid of an even frame rate: some containers count in milliseconds.
const OFF_GRID_US: f64 = 600.0;

/// The times of consecutive frames.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FrameTimes {
    /// When the frames are shown, in order, at least one.
    pub times: Vec<MediaTime>,
    /// The number of the first of them, counted from 0 in order of presentation; nothing where the file does not tell.
    pub number: Option<u64>,
    /// Whether the first is the media's first.
    pub from_start: bool,
    /// Whether the last is the media's last.
    pub to_end: bool,
}

impl FrameTimes {
    /// The frame before, the frame shown at `at`, and the frame after; before the first frame of all, the first is shown.
    pub(super) fn around(&self, at: MediaTime) -> Option<Neighbours> {
        let shown = self.times.partition_point(|time| *time <= at).saturating_sub(1);
        let before = shown.checked_sub(1).map(|before| self.times[before]);
        self.times.get(shown).map(|time| (before, *time, self.times.get(shown + 1).copied()))
    }
}

/// The times of the frames for two seconds before and after `at`, or more: at least the frame shown at `at` and its neighbours.
pub(super) fn times(source: &mut Source, at: MediaTime) -> Result<FrameTimes, MediaError> {
    let stream = source.need_video()?;
    for run_up in RUN_UPS {
        match run_up {
            Some(run_up) if source.seek(before(source, at, run_up)).is_err() => continue,
            Some(_) => {}
            None => *source = Source::open(&source.path)?,
        }
        let found = scanned(source, stream, at, run_up)?;
        let shown = found.times.partition_point(|time| *time <= at);
        if shown > 1 || (found.from_start && !found.times.is_empty()) {
            return Ok(found);
        }
    }
    Err(source.failed("its pictures carry no times", "Convert it to MP4"))
}

/// What packets say of the times of frames, in whatever order they come.
#[derive(Debug, Default)]
pub(super) struct Scan {
    times: Vec<MediaTime>,
    past: u32,
}

impl Scan {
    /// Takes the time of a packet's frame, and when it is `decoded`. Whether all frames up to the first one past `until` are known now.
    pub(super) fn take(&mut self, time: MediaTime, decoded: Option<MediaTime>, until: MediaTime) -> bool {
        if let Err(at) = self.times.binary_search(&time) {
            self.times.insert(at, time);
        }
        let Some(&after) = self.times.get(self.times.partition_point(|time| *time <= until)) else { return false };
        self.past += 1;
        // Decoding times only grow, and no frame is shown before it is decoded.
        decoded.is_some_and(|decoded| decoded >= after) || self.past > REORDERED
    }

    /// The frame shown at `at`, where one of those taken is early enough.
    pub(super) fn shown(&self, at: MediaTime) -> Option<MediaTime> {
        self.times.partition_point(|time| *time <= at).checked_sub(1).map(|shown| self.times[shown])
    }
}

/// What the packets say from where the source stands.
fn scanned(source: &mut Source, stream: usize, at: MediaTime, run_up: Option<Delta>) -> Result<FrameTimes, MediaError> {
    source.read_only(stream);
    let codec = source.stream(stream)?.parameters().id();
    let (mut scan, mut from_key, mut begun, mut to_end) = (Scan::default(), run_up.is_none(), None, true);
    while let Some(packet) = source.packet() {
        from_key |= packet.is_key();
        if packet.stream() != stream || !from_key {
            continue;
        }
        begun = begun.or(Some(packet.position() as i64));
        if !is_shown(&packet, codec) {
            continue;
        }
        // As in MPEG program streams, where only some packets carry one.
        let Some(pts) = packet.pts() else { return decoded(source, at, run_up) };
        let dts = packet.dts().map(|dts| source.media_time(stream, dts));
        if scan.take(source.media_time(stream, pts), dts, at + REACH) {
            // Of those further on, some are still to come.
            scan.times.truncate(scan.times.partition_point(|time| *time <= at + REACH) + 1);
            to_end = false;
            break;
        }
    }
    let number = begun.and_then(|position| number(source, stream, &scan.times, position));
    let from_start = run_up.is_none();
    Ok(FrameTimes { number: if from_start { Some(0) } else { number }, times: scan.times, from_start, to_end })
}

/// The same by decoding.
fn decoded(source: &mut Source, at: MediaTime, run_up: Option<Delta>) -> Result<FrameTimes, MediaError> {
    let mut decoding = Decoding::open(&source.path, Style { from_key: false, rough: true })?;
    if let Some(run_up) = run_up
        && !decoding.move_to(before(&decoding.source, at, run_up))
    {
        return Ok(FrameTimes::default());
    }
    let (mut picture, mut times, mut to_end) = (av::frame::Video::empty(), Vec::new(), true);
    while let Some(time) = decoding.next_picture(&mut picture) {
        // What comes late corrects what came before it.
        times.truncate(times.partition_point(|earlier| *earlier < time));
        times.push(time);
        if time > at + REACH {
            to_end = false;
            break;
        }
    }
    let from_start = run_up.is_none();
    Ok(FrameTimes { number: from_start.then_some(0), times, from_start, to_end })
}

/// The number of the first of these frames, which begin with the packet at `position`: from the index where it names every frame, else from
/// the frame rate where all of them lie on its grid.
fn number(source: &Source, stream: usize, times: &[MediaTime], position: i64) -> Option<u64> {
    let it = source.stream(stream).ok()?;
    if source.is(&["mov", "mp4"]) && it.frames() > 0 {
        return raw::frames_before(&it, position);
    }
    let frame_us = 1e6 * f64::from(it.avg_frame_rate().denominator()) / f64::from(it.avg_frame_rate().numerator());
    let start = source.media_time(stream, it.start_time());
    let numbered = |time: MediaTime| {
        let frames = (time - start).us() as f64 / frame_us;
        ((frames - frames.round()).abs() * frame_us < OFF_GRID_US).then_some(frames.round() as u64)
    };
    let first = numbered(*times.first()?)?;
    times.iter().zip(first..).all(|(time, number)| numbered(*time) == Some(number)).then_some(first)
}

/// Whether the packet's frame reaches the screen: no edit list cuts it away, and it is not one of VP8's hidden reference frames, whose header
/// has the fifth bit clear.
pub(super) fn is_shown(packet: &av::Packet, codec: av::codec::Id) -> bool {
    let hidden = codec == av::codec::Id::VP8 && packet.data().and_then(|d| d.first()).is_some_and(|b| b & 0x10 == 0);
    !hidden && !raw::is_discarded(packet)
}
