//! From samples to what the sound is like.

use super::hum::{HUM_RATE, hum_db};
use super::{STRETCH, SoundFacts};
use crate::align::SAMPLE_RATE;
use crate::time::{Delta, MediaTime};
use ebur128::{EbuR128, Mode};

/// Levels are taken over frames of 20 ms of the mixed sound.
const LEVEL_FRAME: usize = SAMPLE_RATE as usize / 50;
/// A frame below this is silent; no level is said to be below [`LEAST_DB`].
const SILENT_DB: f32 = -60.0;
const LEAST_DB: f32 = -90.0;
/// Shares of a stretch's frames that lie below its floor, and below what is loud.
const FLOOR: f64 = 0.1;
const LOUD: f64 = 0.9;
/// A sample of at least this size is at full scale: eight bits reach no further.
const FULL_SCALE: f32 = 0.992;
/// So many samples in a row at full scale are clipped; fewer may be a peak that was brought there on purpose.
const CLIPPED_RUN: u32 = 3;
/// Ticks of 1 ms whose samples all stay below this are dead: no room and no microphone is that quiet.
const DEAD: f32 = 1e-4;
/// Dead silence of this many ticks is a dropout where the ticks right before and after it are sound; a longer one is a pause of the recording.
const SHORTEST_DROPOUT: u32 = 5;
const LONGEST_DROPOUT: u32 = 500;
/// Ticks on either side that are listened to, and the mean square that one of them must have: speech that fades out is no dropout.
const BESIDE: u32 = 3;
const SOUND: f32 = 1e-4;
/// Imbalance beyond this says no more.
const MOST_IMBALANCE_DB: f64 = 60.0;
/// The mean square of a channel that counts as silent.
const SILENT_CHANNEL: f64 = 1e-6;

/// Makes [`SoundFacts`] of a stream of samples in one pass.
#[derive(Default)]
pub struct SoundFactsBuilder {
    mixed: Mixed,
    meter: Option<EbuR128>,
    /// The highest true peak of meters that were replaced, as an amplitude.
    peak: f64,
    runs: Vec<u32>,
    dropouts: Dropouts,
    tallies: Vec<Tally>,
    next: Option<MediaTime>,
}

/// What is summed up in a stretch of the channels.
#[derive(Clone, Copy, Default)]
struct Tally {
    samples: u64,
    clipped: u64,
    dropped_ms: u32,
    frames: u64,
    first: f64,
    second: f64,
    product: f64,
}

impl SoundFactsBuilder {
    /// A builder at the start of the media.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in the next samples of the mixed sound: one channel at [`SAMPLE_RATE`], -1..1, from media time 0 without gaps.
    pub fn push_mixed(&mut self, samples: &[f32]) {
        self.mixed.push(samples);
    }

    /// Takes in the channels as they are in the file, one slice of the same length each, at `rate` Hz; full scale is 1, and finite values may lie
    /// beyond it. `at` is when the first sample is heard; a step forward counts as dead silence.
    pub fn push_channels(&mut self, at: MediaTime, rate: u32, channels: &[Vec<f32>]) {
        let Some(length) = channels.first().map(Vec::len).filter(|length| *length > 0 && rate >= 1_000) else { return };
        self.meter(rate, channels);
        self.runs.resize(channels.len(), 0);
        let time = |sample: usize| at + Delta::from_us((sample as u64 * 1_000_000 / u64::from(rate)) as i64);
        if let Some(missing) = self.next.map(|next| (at - next).us() / 1_000) {
            for _ in 0..missing.clamp(0, i64::from(LONGEST_DROPOUT) + 1) {
                self.dropouts.tick(0.0, 0.0);
            }
        }
        let tick = (rate / 1_000) as usize;
        for start in (0..length).step_by(tick) {
            self.tick(time(start), channels, start..(start + tick).min(length));
        }
        self.next = Some(time(length));
    }

    /// Hands the block to the meter of loudness, which a new rate or number of channels replaces.
    fn meter(&mut self, rate: u32, channels: &[Vec<f32>]) {
        let count = channels.len() as u32;
        let same = |meter: &EbuR128| meter.rate() == rate && meter.channels() == count;
        if !self.meter.as_ref().is_some_and(same) {
            self.peak = self.true_peak();
            // What was loud before still counts.
            let goes_on = self.meter.as_mut().is_some_and(|meter| meter.change_parameters(count, rate).is_ok());
            if !goes_on {
                self.meter = EbuR128::new(count, rate, Mode::I | Mode::TRUE_PEAK).ok();
            }
        }
        if let Some(meter) = &mut self.meter {
            let slices: Vec<&[f32]> = channels.iter().map(Vec::as_slice).collect();
            // Fails only for want of memory; the block is then left out.
            let _ = meter.add_frames_planar_f32(&slices);
        }
    }

    /// The highest true peak so far, as an amplitude.
    fn true_peak(&self) -> f64 {
        let meter = self.meter.iter().flat_map(|m| (0..m.channels()).filter_map(|channel| m.true_peak(channel).ok()));
        meter.fold(self.peak, f64::max)
    }

    /// Sums up a millisecond of the channels.
    fn tick(&mut self, at: MediaTime, channels: &[Vec<f32>], range: std::ops::Range<usize>) {
        let stretch = usize::try_from(at.us() / STRETCH.us()).unwrap_or(0);
        if self.tallies.len() <= stretch {
            self.tallies.resize(stretch + 1, Tally::default());
        }
        let tally = &mut self.tallies[stretch];
        let (mut peak, mut power) = (0.0f32, 0.0f32);
        for (channel, run) in channels.iter().zip(&mut self.runs) {
            let samples = &channel[range.clone()];
            let loudest = samples.iter().fold(0.0f32, |m, s| m.max(s.abs()));
            peak = peak.max(loudest);
            power = power.max(samples.iter().map(|s| s * s).sum::<f32>() / samples.len() as f32);
            tally.samples += samples.len() as u64;
            if loudest >= FULL_SCALE {
                tally.clipped += clipped(samples, run);
            } else {
                *run = 0;
            }
        }
        if let [first, second] = channels {
            let (first, second) = (&first[range.clone()], &second[range]);
            let dot = |a: &[f32], b: &[f32]| f64::from(a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>());
            tally.frames += first.len() as u64;
            tally.first += dot(first, first);
            tally.second += dot(second, second);
            tally.product += dot(first, second);
        }
        tally.dropped_ms += self.dropouts.tick(peak, power);
    }

    /// The facts of everything pushed.
    pub fn finish(self) -> SoundFacts {
        let peak = self.true_peak();
        let loudness = self.meter.as_ref().and_then(|m| m.loudness_global().ok()).filter(|lufs| lufs.is_finite());
        let mixed = self.mixed.finish();
        let count = mixed.loud_db.len().max(self.tallies.len());
        let tallies = || (0..count).map(|i| self.tallies.get(i).copied().unwrap_or_default());
        SoundFacts {
            loudness_lufs: loudness,
            true_peak_dbtp: (peak > 0.0).then(|| 20.0 * peak.log10()),
            imbalance_db: imbalance(&self.tallies),
            clipped: tallies().map(|t| (t.clipped as f64 / t.samples.max(1) as f64) as f32).collect(),
            dropped_ms: tallies().map(|t| t.dropped_ms as f32).collect(),
            correlation: tallies().map(|t| correlation(&t)).collect(),
            ..mixed
        }
    }
}

/// How many samples become known to be clipped; `run` is how many before these are at full scale in a row.
fn clipped(samples: &[f32], run: &mut u32) -> u64 {
    let mut clipped = 0;
    for sample in samples {
        *run = if sample.abs() >= FULL_SCALE { run.saturating_add(1) } else { 0 };
        clipped += match (*run).cmp(&CLIPPED_RUN) {
            std::cmp::Ordering::Less => 0,
            std::cmp::Ordering::Equal => u64::from(CLIPPED_RUN),
            std::cmp::Ordering::Greater => 1,
        };
    }
    clipped
}

fn imbalance(tallies: &[Tally]) -> Option<f64> {
    let sum = |of: fn(&Tally) -> f64| tallies.iter().map(of).sum::<f64>();
    let (frames, first, second) = (tallies.iter().map(|t| t.frames).sum::<u64>(), sum(|t| t.first), sum(|t| t.second));
    let silent = SILENT_CHANNEL * frames as f64;
    (frames > 0 && first.max(second) > silent)
        .then(|| (10.0 * (first.max(1e-12) / second.max(1e-12)).log10()).clamp(-MOST_IMBALANCE_DB, MOST_IMBALANCE_DB))
}

fn correlation(tally: &Tally) -> Option<f32> {
    let silent = SILENT_CHANNEL * tally.frames as f64;
    (tally.frames > 0 && tally.first.min(tally.second) > silent).then(|| (tally.product / (tally.first * tally.second).sqrt()) as f32)
}

/// Finds dead silence that begins and ends at once.
#[derive(Default)]
struct Dropouts {
    /// The ticks that sounded last, as mean squares, the latest first.
    before: [f32; BESIDE as usize],
    dead: u32,
    /// What was loudest right before the silence that may be a dropout, and since, and for how many ticks.
    waiting: Option<(u32, u32)>,
}

impl Dropouts {
    /// Takes the next millisecond, by its largest sample and its mean square; gives the length in ms of a dropout that it decides.
    fn tick(&mut self, peak: f32, power: f32) -> u32 {
        if peak < DEAD {
            self.dead = self.dead.saturating_add(1);
            return 0;
        }
        let sudden = self.before.iter().any(|p| *p >= SOUND);
        let dead = std::mem::take(&mut self.dead);
        if dead > 0 {
            self.waiting = ((SHORTEST_DROPOUT..=LONGEST_DROPOUT).contains(&dead) && sudden).then_some((dead, BESIDE));
        }
        self.before.rotate_right(1);
        self.before[0] = power;
        match self.waiting.take() {
            Some((length, _)) if power >= SOUND => length,
            Some((length, left)) if left > 1 => {
                self.waiting = Some((length, left - 1));
                0
            }
            _ => 0,
        }
    }
}

/// What is measured of the mixed sound.
#[derive(Default)]
struct Mixed {
    frame: Vec<f32>,
    levels: Vec<f32>,
    low: Vec<f32>,
    silent: u64,
    frames: u64,
    facts: SoundFacts,
}

impl Mixed {
    fn push(&mut self, mut samples: &[f32]) {
        while !samples.is_empty() {
            let (head, rest) = samples.split_at(samples.len().min(LEVEL_FRAME - self.frame.len()));
            self.frame.extend_from_slice(head);
            samples = rest;
            if self.frame.len() == LEVEL_FRAME {
                self.take_frame();
            }
        }
    }

    fn take_frame(&mut self) {
        let power = self.frame.iter().map(|s| s * s).sum::<f32>() / LEVEL_FRAME as f32;
        let level = (10.0 * power.max(1e-12).log10()).max(LEAST_DB);
        self.levels.push(level);
        self.frames += 1;
        self.silent += u64::from(level < SILENT_DB);
        // The mean of each eight samples has its zeros where higher sound would fold onto the lines of the mains.
        const FACTOR: usize = SAMPLE_RATE as usize / HUM_RATE;
        self.low.extend(self.frame.chunks_exact(FACTOR).map(|c| c.iter().sum::<f32>() / FACTOR as f32));
        self.frame.clear();
        if self.levels.len() as u64 * 20_000 == STRETCH.us() as u64 {
            self.take_stretch();
        }
    }

    fn take_stretch(&mut self) {
        self.levels.sort_by(f32::total_cmp);
        let rank = |share: f64| self.levels[((self.levels.len() - 1) as f64 * share).round() as usize];
        self.facts.floor_db.push(rank(FLOOR));
        self.facts.loud_db.push(rank(LOUD));
        self.facts.hum_db.push(hum_db(&self.low));
        self.levels.clear();
        self.low.clear();
    }

    fn finish(mut self) -> SoundFacts {
        if !self.levels.is_empty() {
            self.take_stretch();
        }
        SoundFacts { silence: self.silent as f64 / self.frames.max(1) as f64, ..self.facts }
    }
}
