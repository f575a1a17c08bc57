//! Plain PCM WAV files, read without libav.

use crate::{files, profiled};
use hound::{SampleFormat, WavReader, WavSpec};
use plumbline_core::align::SAMPLE_RATE;
use plumbline_core::{MediaTime, Profile, Span};
use plumbline_pipeline::ports::{AudioStream, Frame, Probe, Wanted};
use plumbline_pipeline::{Job, Listener, Look, Media, MediaError, Neighbours};
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

/// Reads WAV files of integer or float PCM. They have no picture, and every player plays them, so it makes no copies.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wave;

/// Frames (one sample per channel) read at a time.
const BLOCK: usize = 1 << 14;
/// Zero crossings of the resampling filter on each side.
const CROSSINGS: f64 = 16.0;

type Reader = WavReader<BufReader<File>>;

fn open(path: &Path) -> Result<Reader, MediaError> {
    let reader = WavReader::new(BufReader::new(files::open(path)?)).map_err(|e| match e {
        hound::Error::IoError(e) if e.kind() != std::io::ErrorKind::UnexpectedEof => files::unreadable(path, &e),
        _ => MediaError::failed(path, "it is not a plain WAV file", "Convert it to 16-bit PCM WAV"),
    })?;
    let WavSpec { channels, sample_rate, .. } = reader.spec();
    // A rate that does not exist would turn a short file into hours.
    if channels == 0 || !(1_000..=768_000).contains(&sample_rate) {
        return Err(MediaError::failed(path, "its header is damaged", "Convert it to 16-bit PCM WAV"));
    }
    Ok(reader)
}

fn no_picture<T>(path: &Path) -> Result<T, MediaError> {
    Err(MediaError::failed(path, "it has no picture", "Choose a video file"))
}

impl Media for Wave {
    fn probe(&self, path: &Path) -> Result<Probe, MediaError> {
        let reader = open(path)?;
        let WavSpec { channels, sample_rate, bits_per_sample, sample_format } = reader.spec();
        let kind = match (sample_format, bits_per_sample) {
            (SampleFormat::Float, bits) => format!("pcm_f{bits}le"),
            (SampleFormat::Int, 8) => "pcm_u8".to_owned(),
            (SampleFormat::Int, bits) => format!("pcm_s{bits}le"),
        };
        let us = u64::from(reader.duration()) * 1_000_000 / u64::from(sample_rate);
        Ok(Probe {
            duration: MediaTime::from_us(us as i64),
            container: "wav".to_owned(),
            video: None,
            audio: Some(AudioStream { codec: kind, sample_rate, channels: channels.into() }),
        })
    }

    fn sound(&self, path: &Path, profile: Profile, job: &Job, listener: &mut dyn Listener) -> Result<(), MediaError> {
        profiled::through((profile, path), listener, |listener| decode(path, job, listener))
    }

    fn frame(&self, path: &Path, _: MediaTime, _: u32) -> Result<Frame, MediaError> {
        open(path).and_then(|_| no_picture(path))
    }

    fn neighbours(&self, path: &Path, _: MediaTime) -> Result<Neighbours, MediaError> {
        open(path).and_then(|_| no_picture(path))
    }

    fn shots(&self, path: &Path, _: &Job, _: &mut Look<'_>) -> Result<Vec<MediaTime>, MediaError> {
        open(path).and_then(|_| no_picture(path))
    }

    fn frames(&self, path: &Path, _: Wanted<'_, '_>, _: &Job) -> Result<Vec<MediaTime>, MediaError> {
        open(path).and_then(|_| no_picture(path))
    }

    fn proxy(&self, path: &Path, _: &Path, _: u32, _: &Job) -> Result<(), MediaError> {
        open(path)?;
        Err(MediaError::failed(path, "a WAV file needs no copy to be played", "Play the file itself"))
    }

    fn clip(&self, path: &Path, _: Span<MediaTime>, _: &Path, _: u32, _: &Job) -> Result<(), MediaError> {
        open(path).and_then(|_| no_picture(path))
    }
}

/// Decodes the sound as it is; see [`Media::sound`].
fn decode(path: &Path, job: &Job, listener: &mut dyn Listener) -> Result<(), MediaError> {
    let mut reader = open(path)?;
    let (spec, frames) = (reader.spec(), reader.duration());
    let total = u64::from(frames) * 1_000 / u64::from(spec.sample_rate);
    let mut resampler = Resampler::new(spec.sample_rate);
    let mut samples = samples(&mut reader, spec);
    let mut done = 0;
    loop {
        job.step("reading the sound", done * 1_000 / u64::from(spec.sample_rate), Some(total))?;
        let block: Vec<f32> = samples.by_ref().take(BLOCK * usize::from(spec.channels)).collect();
        if block.is_empty() {
            break;
        }
        let count = usize::from(spec.channels);
        let at = MediaTime::from_us((done * 1_000_000 / u64::from(spec.sample_rate)) as i64);
        done += (block.len() / count) as u64;
        let finite = |v: &f32| if v.is_finite() { *v } else { 0.0 };
        let whole = &block[..block.len() / count * count];
        let channels: Vec<Vec<f32>> = (0..count).map(|c| whole.iter().skip(c).step_by(count).map(finite).collect()).collect();
        listener.channels(at, spec.sample_rate, &channels);
        let mono: Vec<f32> = block.chunks(count).map(|f| f.iter().sum::<f32>() / f.len() as f32).collect();
        resampler.push(&mono, &mut |samples| listener.mixed(samples));
    }
    resampler.finish(&mut |samples| listener.mixed(samples));
    Ok(())
}

/// The samples in -1..1, channels interleaved. A file that is cut short ends where it is cut.
fn samples(reader: &mut Reader, spec: WavSpec) -> Box<dyn Iterator<Item = f32> + '_> {
    match spec.sample_format {
        SampleFormat::Float => Box::new(reader.samples::<f32>().map_while(Result::ok)),
        SampleFormat::Int => {
            let scale = (1u64 << (spec.bits_per_sample.clamp(1, 32) - 1)) as f32;
            Box::new(reader.samples::<i32>().map_while(Result::ok).map(move |v| v as f32 / scale))
        }
    }
}

/// A windowed-sinc resampler to [`SAMPLE_RATE`]; output sample `n` lies exactly at `n / SAMPLE_RATE` s of the input.
struct Resampler {
    /// Input samples per output sample.
    step: f64,
    /// The input from sample `first` on, as far as it is still needed.
    held: Vec<f32>,
    first: i64,
    next_out: u64,
}

impl Resampler {
    fn new(rate: u32) -> Self {
        Self { step: f64::from(rate) / f64::from(SAMPLE_RATE), held: Vec::new(), first: 0, next_out: 0 }
    }

    /// Reach of the filter in input samples.
    fn reach(&self) -> f64 {
        CROSSINGS * self.step.max(1.0)
    }

    fn push(&mut self, input: &[f32], sink: &mut dyn FnMut(&[f32])) {
        self.held.extend_from_slice(input);
        let end = (self.first + self.held.len() as i64) as f64 - self.reach();
        self.emit_until(end, sink);
        let keep_from = (self.next_out as f64 * self.step - self.reach()).floor() as i64;
        let drop = usize::try_from(keep_from - self.first).unwrap_or(0).min(self.held.len());
        self.held.drain(..drop);
        self.first += drop as i64;
    }

    fn finish(mut self, sink: &mut dyn FnMut(&[f32])) {
        let end = (self.first + self.held.len() as i64) as f64;
        self.emit_until(end, sink);
    }

    /// Emits the output samples that lie before input position `end`.
    fn emit_until(&mut self, end: f64, sink: &mut dyn FnMut(&[f32])) {
        let mut out = Vec::new();
        while self.next_out as f64 * self.step < end {
            out.push(self.at(self.next_out as f64 * self.step));
            self.next_out += 1;
        }
        if !out.is_empty() {
            sink(&out);
        }
    }

    fn at(&self, position: f64) -> f32 {
        let (reach, squeeze) = (self.reach(), self.step.max(1.0));
        let from = ((position - reach).ceil() as i64).max(self.first);
        let to = ((position + reach).floor() as i64).min(self.first + self.held.len() as i64 - 1);
        let mut sum = 0.0;
        for i in from..=to {
            let distance = i as f64 - position;
            let (x, window) = (std::f64::consts::PI * distance / squeeze, (std::f64::consts::FRAC_PI_2 * distance / reach).cos());
            let sinc = if x.abs() < 1e-9 { 1.0 } else { x.sin() / x };
            sum += f64::from(self.held[(i - self.first) as usize]) * sinc * window * window / squeeze;
        }
        (sum as f32).clamp(-1.0, 1.0)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    /// A second of a 440 Hz tone on every channel.
    fn tone(path: &Path, sample_rate: u32, channels: u16, bits_per_sample: u16, sample_format: SampleFormat) {
        let mut writer = hound::WavWriter::create(path, WavSpec { channels, sample_rate, bits_per_sample, sample_format }).unwrap();
        for i in 0..sample_rate {
            let value = 0.5 * (TAU * 440.0 * f64::from(i) / f64::from(sample_rate)).sin();
            for _ in 0..channels {
                match sample_format {
                    SampleFormat::Float => writer.write_sample(value as f32).unwrap(),
                    SampleFormat::Int => writer.write_sample((value * ((1u64 << (bits_per_sample - 1)) - 1) as f64) as i32).unwrap(),
                }
            }
        }
        writer.finalize().unwrap();
    }

    fn heard(path: &Path) -> Vec<f32> {
        let mut all = Vec::new();
        Wave.sound(path, Profile::default(), &Job::quiet(), &mut |block: &[f32]| all.extend_from_slice(block)).unwrap();
        all
    }

    #[test]
    fn a_tone_stays_where_and_what_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tone.wav");
        for (rate, channels, bits, format) in [
            (16_000, 1, 16, SampleFormat::Int),
            (8_000, 1, 8, SampleFormat::Int),
            (44_100, 2, 24, SampleFormat::Int),
            (48_000, 6, 32, SampleFormat::Int),
            (96_000, 2, 32, SampleFormat::Float),
        ] {
            tone(&path, rate, channels, bits, format);
            let samples = heard(&path);
            assert_eq!(samples.len(), 16_000, "{rate} Hz");
            for (n, sample) in samples.iter().enumerate().skip(100).take(15_800) {
                let expected = 0.5 * (TAU * 440.0 * n as f64 / 16_000.0).sin();
                assert!((f64::from(*sample) - expected).abs() < 0.02, "{rate} Hz {bits} bits, sample {n}: {sample} for {expected}");
            }
            let probe = Wave.probe(&path).unwrap();
            assert_eq!((probe.duration, probe.audio.unwrap().sample_rate), (MediaTime::from_ms(1_000), rate));
        }
    }

    #[test]
    fn bad_files_are_sentences_and_cut_ones_end_early() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tone.wav");
        tone(&path, 16_000, 1, 16, SampleFormat::Int);
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        assert!((7_900..8_000).contains(&heard(&path).len()));
        assert!(Wave.frame(&path, MediaTime::ZERO, 100).unwrap_err().to_string().contains("it has no picture"));
        std::fs::write(&path, "no wave at all").unwrap();
        assert!(Wave.probe(&path).unwrap_err().to_string().contains("not a plain WAV file"));
        let job = Job::quiet();
        job.cancel();
        std::fs::write(&path, &whole).unwrap();
        assert!(matches!(Wave.sound(&path, Profile::default(), &job, &mut |_: &[f32]| {}), Err(MediaError::Cancelled(_))));
    }
}
