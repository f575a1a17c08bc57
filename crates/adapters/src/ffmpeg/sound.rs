//! The sound as it is, and at 16 kHz in one channel, every sample at its time.

use super::decode::{Decoding, Style};
use super::source::Source;
use ffmpeg_next as av;
use ffmpeg_next::format::sample::{Sample, Type};
use ffmpeg_next::software::resampling;
use plumbline_core::align::SAMPLE_RATE;
use plumbline_core::{Delta, MediaTime};
use plumbline_pipeline::{Job, Listener, MediaError};
use std::ops::RangeInclusive;
use std::path::Path;

/// How far a frame's time may lie from where the samples before it end. Millisecond timestamps and jittery recorders stay below; the loss of a
/// single packet of the common codecs (20 ms and more) does not.
const TOLERANCE: Delta = Delta::from_us(15_000);
/// A step back by more than this, or past the end by more, is not a gap but a clock that was set anew: the sound goes on as if nothing happened.
const RESET: Delta = Delta::from_us(10_000_000);
/// Gaps may take this long together, and more as more sound is heard: times that say otherwise are damage, and would become days of silence.
const GAPS: Delta = Delta::from_us(3_600_000_000);
/// How much longer the gaps may be than the sound.
const GAPS_PER_SOUND: i64 = 100;
/// Sample rates that exist; another is damage, and at a few Hz would become hours of nothing.
const RATES: RangeInclusive<u32> = 1_000..=768_000;
/// Media time between two reports of progress.
const REPORT_EVERY: Delta = Delta::from_us(1_000_000);
/// Float samples may lie beyond full scale, but what lies beyond this is damage.
const MOST: f32 = 8.0;
/// Silence is handed on in blocks of at most this many samples.
const SILENCE_BLOCK: usize = 16_000;

/// See [`plumbline_pipeline::Media::sound`].
pub(super) fn sound(path: &Path, job: &Job, listener: &mut dyn Listener) -> Result<(), MediaError> {
    of(Source::open(path)?, job, listener)
}

/// The same of a file that is open.
pub(super) fn of(source: Source, job: &Job, listener: &mut dyn Listener) -> Result<(), MediaError> {
    let end = source.stated_end();
    let stream = source.need_audio()?;
    let mut decoding = Decoding::new(source, stream, Style::default())?;
    let mut line = Line { listener, written: 0, to_cut: 0 };
    let mut run: Option<Run> = None;
    let (mut frame, mut channels, mut mono) = (av::frame::Audio::empty(), Vec::new(), Vec::new());
    let mut clock = Clock { next: MediaTime::ZERO, shift: Delta::ZERO, end, heard: Delta::ZERO, missed: Delta::ZERO };
    let mut reported = None;
    while decoding.next(&mut frame) {
        if reported.is_none_or(|r| clock.next - r >= REPORT_EVERY) {
            reported = Some(clock.next);
            job.step("reading the sound", ms(clock.next), end.map(ms))?;
        }
        split(&frame, &mut channels);
        mix(&channels, low_frequency(&frame), &mut mono);
        let (rate, stated) = (frame.rate(), frame.timestamp().map(|pts| decoding.source.media_time(stream, pts)));
        if !RATES.contains(&rate) || mono.is_empty() {
            continue;
        }
        let (start, goes_on) = clock.place(stated);
        line.listener.channels(start, rate, &channels);
        let mut current = match run.take() {
            Some(run) if goes_on && run.rate == rate => run,
            ended => {
                if let Some(run) = ended {
                    run.finish(&mut line);
                }
                line.go_to(start, job)?;
                Run::new(rate, start)
                    .map_err(|e| decoding.source.failed(format!("its sound can't be converted ({e})"), "Convert it to MP4"))?
            }
        };
        current.push(&mono, &mut line);
        clock.heard += current.end() - clock.next.max(start);
        clock.next = current.end();
        run = Some(current);
    }
    decoding.source.was_readable()?;
    let run = run.ok_or_else(|| decoding.source.failed("none of its sound can be decoded", "Check in a player whether it plays"))?;
    run.finish(&mut line);
    Ok(job.step("reading the sound", ms(clock.next), end.map(ms))?)
}

fn ms(time: MediaTime) -> u64 {
    u64::try_from(time.us() / 1_000).unwrap_or(0)
}

/// Decides where a frame belongs.
struct Clock {
    /// Where the frames so far end.
    next: MediaTime,
    /// What to add to stated times, since the stream's clock was set anew.
    shift: Delta,
    /// Where presentation is said to end.
    end: Option<MediaTime>,
    /// How much sound there was, and how long its gaps were.
    heard: Delta,
    missed: Delta,
}

impl Clock {
    /// When the frame of this stated time starts, and whether it simply goes on from the one before.
    fn place(&mut self, stated: Option<MediaTime>) -> (MediaTime, bool) {
        let Some(stated) = stated else { return (self.next, true) };
        let start = stated + self.shift;
        let off = start - self.next;
        if off.abs() <= TOLERANCE {
            return (self.next, true);
        }
        let missed = self.missed + off.max(Delta::ZERO);
        let most = GAPS.us().saturating_add(self.heard.us().saturating_mul(GAPS_PER_SOUND));
        if off < -RESET || missed.us() > most || self.end.is_some_and(|end| start > end + RESET) {
            self.shift = self.next - stated;
            return (self.next, true);
        }
        self.missed = missed;
        (start, false)
    }
}

/// What goes to the sink, sample by sample from media time 0.
struct Line<'a> {
    listener: &'a mut dyn Listener,
    written: i64,
    /// Samples of what comes next that lie before zero or where something is already.
    to_cut: i64,
}

impl Line<'_> {
    fn write(&mut self, samples: &[f32]) {
        let cut = usize::try_from(self.to_cut).unwrap_or(0).min(samples.len());
        self.to_cut -= cut as i64;
        let rest = &samples[cut..];
        self.written += rest.len() as i64;
        if !rest.is_empty() {
            self.listener.mixed(rest);
        }
    }

    /// Makes the next sample the one at `start`: by silence up to there, or by cutting what comes next.
    fn go_to(&mut self, start: MediaTime, job: &Job) -> Result<(), MediaError> {
        let rate = i128::from(SAMPLE_RATE);
        let target = ((i128::from(start.us()) * rate + 500_000).div_euclid(1_000_000)) as i64;
        self.to_cut = 0;
        let silence = [0.0; SILENCE_BLOCK];
        while self.written < target {
            job.step("reading the sound", ms(start), None)?;
            let missing = usize::try_from(target - self.written).unwrap_or(SILENCE_BLOCK);
            self.write(&silence[..missing.min(SILENCE_BLOCK)]);
        }
        self.to_cut = self.written - target;
        Ok(())
    }
}

/// A stretch of sound without a gap, and the resampler that carries over its blocks.
struct Run {
    rate: u32,
    start: MediaTime,
    /// Samples taken in, at `rate`.
    taken: u64,
    /// None where the rate is right already.
    resampler: Option<resampling::Context>,
}

impl Run {
    fn new(rate: u32, start: MediaTime) -> Result<Self, av::Error> {
        let (format, mono) = (Sample::F32(Type::Packed), av::ChannelLayout::MONO);
        let needed = rate != SAMPLE_RATE;
        let resampler = needed.then(|| resampling::Context::get(format, mono, rate, format, mono, SAMPLE_RATE)).transpose()?;
        Ok(Self { rate, start, taken: 0, resampler })
    }

    /// Where it ends so far.
    fn end(&self) -> MediaTime {
        self.start + Delta::from_us((u128::from(self.taken) * 1_000_000 / u128::from(self.rate)) as i64)
    }

    fn push(&mut self, mono: &[f32], line: &mut Line) {
        self.taken += mono.len() as u64;
        let Some(resampler) = &mut self.resampler else {
            return line.write(&clamped(mono));
        };
        let mut input = block(mono.len());
        input.set_rate(self.rate);
        input.plane_mut::<f32>(0)[..mono.len()].copy_from_slice(mono);
        // Room for what the filter still holds, so that nothing piles up inside.
        let held = resampler.delay().map_or(0, |d| d.output.max(0) as usize);
        let mut output = block(mono.len() * SAMPLE_RATE as usize / self.rate as usize + held + 64);
        // Its formats don't change, so it can fail only for want of memory; the clock then shows a gap.
        if resampler.run(&input, &mut output).is_ok() {
            line.write(&clamped(&output.plane::<f32>(0)[..output.samples()]));
        }
    }

    /// Hands on what the filter still holds.
    fn finish(self, line: &mut Line) {
        let Some(mut resampler) = self.resampler else { return };
        loop {
            let mut output = block(4_096);
            if resampler.flush(&mut output).is_err() || output.samples() == 0 {
                return;
            }
            line.write(&clamped(&output.plane::<f32>(0)[..output.samples()]));
        }
    }
}

/// An empty block of so many samples.
fn block(samples: usize) -> av::frame::Audio {
    av::frame::Audio::new(Sample::F32(Type::Packed), samples, av::ChannelLayout::MONO)
}

fn clamped(samples: &[f32]) -> Vec<f32> {
    samples.iter().map(|s| if s.is_nan() { 0.0 } else { s.clamp(-1.0, 1.0) }).collect()
}

/// The samples of each channel, in -1..1 for integer formats. What isn't a number counts as silence.
fn split(frame: &av::frame::Audio, channels: &mut Vec<Vec<f32>>) {
    let finite = |v: f32| if v.is_finite() { v.clamp(-MOST, MOST) } else { 0.0 };
    match frame.format() {
        Sample::U8(_) => split_as::<u8>(frame, channels, |v| (f32::from(v) - 128.0) / 128.0),
        Sample::I16(_) => split_as::<i16>(frame, channels, |v| f32::from(v) / 32_768.0),
        Sample::I32(_) => split_as::<i32>(frame, channels, |v| v as f32 / 2_147_483_648.0),
        Sample::F32(_) => split_as::<f32>(frame, channels, finite),
        Sample::F64(_) => split_as::<f64>(frame, channels, |v| finite(v as f32)),
        // 64-bit integers: nothing records them, and the bindings have no view of them. They count as damage.
        Sample::I64(_) | Sample::None => channels.clear(),
    }
}

fn split_as<T: av::frame::audio::Sample + Copy>(frame: &av::frame::Audio, into: &mut Vec<Vec<f32>>, value: impl Fn(T) -> f32) {
    let (channels, samples) = (usize::from(frame.channels()), frame.samples());
    if channels == 0 || samples == 0 || frame.planes() == 0 {
        return into.clear();
    }
    into.resize_with(channels, Vec::new);
    for (channel, samples) in into.iter_mut().enumerate() {
        let (plane, first, step) = if frame.is_planar() { (channel, 0, 1) } else { (0, channel, channels) };
        samples.clear();
        samples.extend(frame.plane::<T>(plane).iter().skip(first).step_by(step).map(|v| value(*v)));
    }
}

/// The channel that carries low frequencies alone, where there is one among more than two.
fn low_frequency(frame: &av::frame::Audio) -> Option<usize> {
    let (layout, low) = (frame.channel_layout(), av::ChannelLayout::LOW_FREQUENCY);
    (frame.channels() > 2 && layout.contains(low)).then(|| (layout.bits() & (low.bits() - 1)).count_ones() as usize)
}

/// The mean of all channels but `skipped`.
///
/// Done here rather than by the resampler because files without a channel layout, which libav's check of its inputs trips over, are common.
fn mix(channels: &[Vec<f32>], skipped: Option<usize>, mono: &mut Vec<f32>) {
    mono.clear();
    mono.resize(channels.first().map_or(0, Vec::len), 0.0);
    let scale = 1.0 / (channels.len() - usize::from(skipped.is_some() && !channels.is_empty())).max(1) as f32;
    for (_, channel) in channels.iter().enumerate().filter(|(c, _)| Some(*c) != skipped) {
        mono.iter_mut().zip(channel).for_each(|(sum, v)| *sum += v * scale);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_go_on_leave_a_gap_or_follow_a_clock_set_anew() {
        // Ten seconds are heard, of a file of a minute; a frame comes that states this time, in milliseconds.
        for (stated, starts, goes_on) in [
            (Some(10_000), 10_000, true),
            (Some(10_014), 10_000, true),
            (Some(9_986), 10_000, true),
            (None, 10_000, true),
            (Some(10_020), 10_020, false),
            (Some(30_000), 30_000, false),
            (Some(9_000), 9_000, false),
            // Further back than any repair reaches, and past the end: the stream's clock was set anew.
            (Some(-500), 10_000, true),
            (Some(95_000_000), 10_000, true),
        ] {
            let [next, end] = [10_000, 60_000].map(MediaTime::from_ms);
            let mut clock = Clock { next, shift: Delta::ZERO, end: Some(end), heard: Delta::from_ms(10_000), missed: Delta::ZERO };
            let placed = clock.place(stated.map(MediaTime::from_ms));
            assert_eq!(placed, (MediaTime::from_ms(starts), goes_on), "{stated:?}");
            // After a new start, the stream's next frame goes on from there.
            if let (Some(stated), true) = (stated, starts == 10_000) {
                clock.next = MediaTime::from_ms(10_020);
                assert!(clock.place(Some(MediaTime::from_ms(stated + 20))).1, "{stated}");
            }
        }
    }
}
