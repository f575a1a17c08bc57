//! Sound through a profile: a chain of libav's filters over the mixed samples, so that every adapter prepares it the same way.

use ffmpeg_next as av;
use ffmpeg_next::format::sample::{Sample, Type};
use ffmpeg_next::{filter, frame};
use plumbline_core::align::SAMPLE_RATE;
use plumbline_core::{MediaTime, Profile};
use plumbline_pipeline::{Listener, MediaError};
use std::path::Path;

/// Where the click lies that the delay of the filters is measured with, and how long the silence round it is, in samples.
const CLICK_AT: usize = 16_000;
const CLICK_IN: usize = 48_000;
/// Samples given to the filters at once.
const BLOCK: usize = 4_096;

/// Runs `decode` (twice, where the level of the noise has to be known first) with a listener that hears the mixed sound through `profile`, each sample at the time that it had; the channels pass by as they
/// are. The sound as it is goes straight to `listener`.
///
/// # Errors
/// Those of `decode`, and where libav lacks a filter.
pub(crate) fn through(
    (profile, path): (Profile, &Path),
    listener: &mut dyn Listener,
    decode: impl Fn(&mut dyn Listener) -> Result<(), MediaError>,
) -> Result<(), MediaError> {
    if profile.is_as_it_is() {
        return decode(listener);
    }
    let failed = |e: av::Error| {
        let remedy = "Install an ffmpeg library with its usual filters, or go back to the sound as it is";
        MediaError::failed(path, format!("its sound can't be prepared ({profile}: {e})"), remedy)
    };
    let mut floor = Floor::default();
    if profile.denoise {
        decode(&mut floor)?;
    }
    let chain = chain(profile, floor.db());
    let delay = delay(&chain).map_err(failed)?;
    let filters = Filters::new(&chain).map_err(failed)?;
    let mut profiled = Profiled { listener, filters, to_cut: delay, taken: 0, given: 0, failed: None };
    decode(&mut profiled)?;
    profiled.finish(delay);
    profiled.failed.map_or(Ok(()), |e| Err(failed(e)))
}

/// Level of the steady noise under a recording: what its quietest tenth is like.
struct Floor {
    /// How many blocks of sound have each level, by whole decibels below full scale.
    levels: [u32; FLOOR_DB + 1],
    block: Vec<f32>,
}

/// Nothing counts as quieter than this many decibels below full scale.
const FLOOR_DB: usize = 90;
/// Samples whose level is taken together: 50 ms.
const FLOOR_BLOCK: usize = 800;
/// One block in so many is noise alone.
const FLOOR_ONE_IN: u32 = 10;

impl Default for Floor {
    fn default() -> Self {
        Self { levels: [0; FLOOR_DB + 1], block: Vec::with_capacity(FLOOR_BLOCK) }
    }
}

impl Floor {
    /// Decibels of full scale, -90 to 0.
    fn db(&self) -> i32 {
        let quiet = self.levels.iter().sum::<u32>() / FLOOR_ONE_IN;
        let mut below = 0;
        let at = self.levels.iter().enumerate().rev().find(|(_, count)| {
            below += **count;
            below > quiet
        });
        -(at.map_or(FLOOR_DB, |(db, _)| db) as i32)
    }
}

impl Listener for Floor {
    fn mixed(&mut self, samples: &[f32]) {
        for sample in samples {
            self.block.push(*sample);
            if self.block.len() == FLOOR_BLOCK {
                let power = self.block.iter().map(|s| s * s).sum::<f32>() / FLOOR_BLOCK as f32;
                let db = -10.0 * power.max(1e-9).log10();
                self.levels[(db.round().max(0.0) as usize).min(FLOOR_DB)] += 1;
                self.block.clear();
            }
        }
    }
}

/// The filters as libav writes them, for sound whose noise lies at `floor_db`.
fn chain(profile: Profile, floor_db: i32) -> String {
    let mut steps = Vec::new();
    // Two in a row: 24 dB an octave.
    steps.extend(profile.high_pass_hz.map(|hz| format!("highpass=f={hz},highpass=f={hz}")));
    // Told where the noise lies: the filter's own tracking finds no floor under speech. A little above it, most of the noise is under the line.
    steps.extend(profile.denoise.then(|| format!("afftdn=nr=12:nf={}", (floor_db + 2).clamp(-80, -20))));
    // One gain for the whole media would change nothing that the aligner hears; what is evened out is the level along the media,
    // from its first second on.
    steps.extend(profile.loudness_lufs.map(|lufs| {
        let level = 10f64.powf(f64::from(lufs) / 20.0);
        format!("dynaudnorm=f=500:g=15:p=0.9:m=30:b=1:r={level:.4}")
    }));
    steps.join(",")
}

/// By how many samples the filters delay the sound. Measured, since it differs between filters and between versions of the library.
fn delay(chain: &str) -> Result<usize, av::Error> {
    let mut filters = Filters::new(chain)?;
    let mut samples = vec![0.0; CLICK_IN];
    samples[CLICK_AT] = 0.5;
    let mut heard = Vec::new();
    for block in samples.chunks(BLOCK) {
        filters.push(block, &mut heard)?;
    }
    filters.flush(&mut heard)?;
    let loudest = heard.iter().enumerate().max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()));
    Ok(loudest.map_or(0, |(at, _)| at.saturating_sub(CLICK_AT)))
}

/// Hands on what the filters make of the mixed sound.
struct Profiled<'a> {
    listener: &'a mut dyn Listener,
    filters: Filters,
    /// Samples of what comes out next that the filters only begin with.
    to_cut: usize,
    /// Samples taken in, and handed on.
    taken: u64,
    given: u64,
    failed: Option<av::Error>,
}

impl Profiled<'_> {
    fn push(&mut self, samples: &[f32]) {
        let mut out = Vec::new();
        for block in samples.chunks(BLOCK) {
            if self.failed.is_none() {
                self.failed = self.filters.push(block, &mut out).err();
            }
        }
        self.hand_on(&out);
    }

    /// Hands on what is left: as many samples come out as went in.
    fn finish(&mut self, delay: usize) {
        self.push(&vec![0.0; delay]);
        let mut out = Vec::new();
        if self.failed.is_none() {
            self.failed = self.filters.flush(&mut out).err();
        }
        self.hand_on(&out);
        let missing = usize::try_from(self.taken.saturating_sub(self.given)).unwrap_or(0);
        self.hand_on(&vec![0.0; missing]);
    }

    fn hand_on(&mut self, samples: &[f32]) {
        let cut = self.to_cut.min(samples.len());
        self.to_cut -= cut;
        let left = usize::try_from(self.taken.saturating_sub(self.given)).unwrap_or(usize::MAX);
        let rest = &samples[cut..];
        let rest = &rest[..rest.len().min(left)];
        self.given += rest.len() as u64;
        if !rest.is_empty() {
            let clamped: Vec<f32> = rest.iter().map(|s| if s.is_finite() { s.clamp(-1.0, 1.0) } else { 0.0 }).collect();
            self.listener.mixed(&clamped);
        }
    }
}

impl Listener for Profiled<'_> {
    fn mixed(&mut self, samples: &[f32]) {
        self.taken += samples.len() as u64;
        self.push(samples);
    }

    fn channels(&mut self, at: MediaTime, rate: u32, channels: &[Vec<f32>]) {
        self.listener.channels(at, rate, channels);
    }
}

/// A graph of filters from mono samples to mono samples at the rate of the mixed sound.
struct Filters {
    graph: filter::Graph,
    /// Samples pushed so far: the clock of the graph.
    pushed: i64,
}

const INTO: &str = "into";
const OUT_OF: &str = "out_of";

impl Filters {
    fn new(chain: &str) -> Result<Self, av::Error> {
        let found = |name: &str| filter::find(name).ok_or(av::Error::FilterNotFound);
        let mut graph = filter::Graph::new();
        let format = format!("time_base=1/{SAMPLE_RATE}:sample_rate={SAMPLE_RATE}:sample_fmt=flt:channel_layout=mono");
        graph.add(&found("abuffer")?, INTO, &format)?;
        graph.add(&found("abuffersink")?, OUT_OF, "")?;
        let last = format!("aformat=sample_fmts=flt:sample_rates={SAMPLE_RATE}:channel_layouts=mono");
        graph.output(INTO, 0)?.input(OUT_OF, 0)?.parse(&format!("[{INTO}]{chain},{last}[{OUT_OF}]"))?;
        graph.validate()?;
        Ok(Self { graph, pushed: 0 })
    }

    fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) -> Result<(), av::Error> {
        if samples.is_empty() {
            return Ok(());
        }
        let mut input = frame::Audio::new(Sample::F32(Type::Packed), samples.len(), av::ChannelLayout::MONO);
        input.set_rate(SAMPLE_RATE);
        input.set_pts(Some(self.pushed));
        input.plane_mut::<f32>(0)[..samples.len()].copy_from_slice(samples);
        self.pushed += samples.len() as i64;
        self.end(INTO)?.source().add(&input)?;
        self.pull(out)
    }

    fn flush(&mut self, out: &mut Vec<f32>) -> Result<(), av::Error> {
        self.end(INTO)?.source().flush()?;
        self.pull(out)
    }

    fn pull(&mut self, out: &mut Vec<f32>) -> Result<(), av::Error> {
        let mut made = frame::Audio::empty();
        loop {
            match self.end(OUT_OF)?.sink().frame(&mut made) {
                Ok(()) => out.extend_from_slice(&made.plane::<f32>(0)[..made.samples()]),
                Err(av::Error::Eof | av::Error::Other { errno: av::error::EAGAIN }) => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }

    fn end(&mut self, name: &str) -> Result<filter::Context, av::Error> {
        self.graph.get(name).ok_or(av::Error::FilterNotFound)
    }
}
