//! The sound of media as FLAC, on the media's clock.

use super::proxy::Part;
use ffmpeg_next as av;
use ffmpeg_next::format::sample::{Sample, Type};
use ffmpeg_next::software::resampling;
use plumbline_core::MediaTime;
use plumbline_core::align::SAMPLE_RATE;
use plumbline_core::transcription::Channels;
use plumbline_pipeline::{Job, Listener, Media, MediaError, SoundFile, SoundForm};
use std::path::Path;

/// Samples per second that recognisers take.
const RATES: (u32, u32) = (8_000, 48_000);
/// As many channels as FLAC has.
const MOST_CHANNELS: usize = 8;
/// A block that begins this near to where the samples before it end goes on from there, in parts of a second.
const NEAR: i64 = 100;
/// Samples given to the encoder at once, as it likes them.
const BLOCK: usize = 4_096;
/// Silence is written in blocks of so many samples.
const SILENCE: usize = 16_000;

/// Writes the sound of what `M` reads.
#[derive(Clone, Copy, Debug, Default)]
pub struct Flac<M>(pub M);

impl<M: Media> SoundFile for Flac<M> {
    fn write_flac(&self, path: &Path, to: &Path, form: SoundForm, job: &Job) -> Result<(), MediaError> {
        if form.channels != Channels::Mix && !form.profile.is_as_it_is() {
            return Err(MediaError::failed(path, "its channels can't be prepared by themselves", "Mix them, or use the sound as it is"));
        }
        let part = Part::create(to)?;
        let mut track = Track { part: &part.path, form, file: None, failed: None, written: 0, run: None };
        self.0.sound(path, form.profile, job, &mut track)?;
        let ended = track.end();
        let failed = |e: Failed| match e {
            Failed::Libav(e) => MediaError::failed(path, format!("its sound can't be written as FLAC ({e})"), "Check the free space"),
            Failed::NoEncoder => {
                MediaError::failed(path, "the ffmpeg libraries lack an encoder for FLAC", "Install the distribution's full ffmpeg")
            }
            Failed::NoChannel(count) => {
                MediaError::failed(path, format!("it has {count} channels, and not the one that is asked for"), "Count from 0")
            }
            Failed::TooMany(count) => MediaError::failed(path, format!("FLAC can't hold its {count} channels"), "Mix them"),
            Failed::Nothing => MediaError::failed(path, "none of its sound can be decoded", "Check in a player whether it plays"),
        };
        ended.map_err(failed)?;
        part.finish(to)
    }
}

/// Why the sound can't be written.
enum Failed {
    Libav(av::Error),
    NoEncoder,
    NoChannel(usize),
    TooMany(usize),
    Nothing,
}

impl From<av::Error> for Failed {
    fn from(error: av::Error) -> Self {
        Self::Libav(error)
    }
}

/// Samples on their way into the file.
struct Track<'a> {
    part: &'a Path,
    form: SoundForm,
    /// Open from the first samples on, which say its rate and its channels.
    file: Option<File>,
    failed: Option<Failed>,
    /// Samples of each channel that are in the file or on their way.
    written: i64,
    run: Option<Run>,
}

/// Sound without a gap, and the resamplers that carry over its blocks; none where the rate is that of the file.
struct Run {
    rate: u32,
    /// Sample of the file that it begins with, and samples taken in, at `rate`.
    start: i64,
    taken: i64,
    resamplers: Vec<resampling::Context>,
    /// Samples that still have to be left out, since others are there already.
    to_cut: usize,
}

impl Listener for Track<'_> {
    fn mixed(&mut self, samples: &[f32]) {
        if self.form.channels == Channels::Mix {
            self.attempt(|track| track.take(SAMPLE_RATE, None, &[samples]));
        }
    }

    fn channels(&mut self, at: MediaTime, rate: u32, channels: &[Vec<f32>]) {
        let chosen: Vec<&[f32]> = match self.form.channels {
            Channels::Mix => return,
            Channels::Keep => channels.iter().map(Vec::as_slice).collect(),
            Channels::Only(n) => channels.get(n as usize).map(Vec::as_slice).into_iter().collect(),
        };
        self.attempt(|track| {
            if chosen.is_empty() {
                return Err(Failed::NoChannel(channels.len()));
            }
            track.take(rate, Some(at), &chosen)
        });
    }
}

impl Track<'_> {
    /// Does it unless something failed before, which is told at the end.
    fn attempt(&mut self, work: impl FnOnce(&mut Self) -> Result<(), Failed>) {
        if self.failed.is_none() {
            self.failed = work(self).err();
        }
    }

    /// The next samples, as heard at `at`; where that is not given, they go on.
    fn take(&mut self, rate: u32, at: Option<MediaTime>, channels: &[&[f32]]) -> Result<(), Failed> {
        let (out, count) = match &self.file {
            Some(file) => (file.rate, file.count),
            None => {
                let out = self.form.sample_rate.filter(|_| at.is_some()).unwrap_or(rate).clamp(RATES.0, RATES.1);
                self.file = Some(File::create(self.part, out, channels.len())?);
                (out, channels.len())
            }
        };
        let due = |taken: i64, rate: u32| (i128::from(taken) * i128::from(out) / i128::from(rate.max(1))) as i64;
        let start = at.map_or(self.written, |at| ((i128::from(at.us()) * i128::from(out) + 500_000).div_euclid(1_000_000)) as i64);
        let goes_on =
            |run: &Run| run.rate == rate && (at.is_none() || (run.start + due(run.taken, rate) - start).abs() < i64::from(out) / NEAR);
        if !self.run.as_ref().is_some_and(goes_on) {
            self.flush()?;
            self.silence_until(start, count)?;
            let to_cut = usize::try_from(self.written - start).unwrap_or(0);
            self.run = Some(Run { rate, start, taken: 0, resamplers: resamplers(rate, out, count)?, to_cut });
        }
        // A block with fewer channels than the file repeats its last one.
        let last = channels.len().saturating_sub(1);
        let channels: Vec<&[f32]> = (0..count).filter_map(|c| channels.get(c.min(last)).copied()).collect();
        let Some(run) = &mut self.run else { return Ok(()) };
        run.taken += channels.first().map_or(0, |c| c.len()) as i64;
        let ready = run.resampled(&channels, out)?;
        self.write(&ready)
    }

    fn silence_until(&mut self, start: i64, count: usize) -> Result<(), Failed> {
        while self.written < start {
            let missing = usize::try_from(start - self.written).unwrap_or(SILENCE).min(SILENCE);
            self.push(&vec![vec![0.0; missing]; count])?;
        }
        Ok(())
    }

    /// Hands on what the resamplers still hold.
    fn flush(&mut self) -> Result<(), Failed> {
        while let Some(run) = &mut self.run {
            let rest = run.rest()?;
            if rest.first().is_none_or(Vec::is_empty) {
                self.run = None;
            } else {
                self.write(&rest)?;
            }
        }
        Ok(())
    }

    /// Writes samples, without those that lie where others are.
    fn write(&mut self, channels: &[Vec<f32>]) -> Result<(), Failed> {
        let Some(run) = &mut self.run else { return Ok(()) };
        let cut = run.to_cut.min(channels.first().map_or(0, Vec::len));
        run.to_cut -= cut;
        let rest: Vec<Vec<f32>> = channels.iter().map(|channel| channel[cut..].to_vec()).collect();
        self.push(&rest)
    }

    fn push(&mut self, channels: &[Vec<f32>]) -> Result<(), Failed> {
        self.written += channels.first().map_or(0, Vec::len) as i64;
        self.file.as_mut().map_or(Ok(()), |file| file.push(channels))
    }

    fn end(mut self) -> Result<(), Failed> {
        self.attempt(Self::flush);
        match (self.failed, self.file) {
            (Some(failed), _) => Err(failed),
            (None, None) => Err(Failed::Nothing),
            (None, Some(file)) => file.end(),
        }
    }
}

fn resamplers(rate: u32, out: u32, count: usize) -> Result<Vec<resampling::Context>, av::Error> {
    let (format, mono) = (Sample::F32(Type::Packed), av::ChannelLayout::MONO);
    let needed = if rate == out { 0 } else { count };
    (0..needed).map(|_| resampling::Context::get(format, mono, rate, format, mono, out)).collect()
}

impl Run {
    fn resampled(&mut self, channels: &[&[f32]], out: u32) -> Result<Vec<Vec<f32>>, av::Error> {
        if self.resamplers.is_empty() {
            return Ok(channels.iter().map(|channel| channel.to_vec()).collect());
        }
        let both = self.resamplers.iter_mut().zip(channels);
        both.map(|(resampler, samples)| {
            let mut input = block(samples.len());
            input.set_rate(self.rate);
            input.plane_mut::<f32>(0)[..samples.len()].copy_from_slice(samples);
            let held = resampler.delay().map_or(0, |d| d.output.max(0) as usize);
            let mut output = block((samples.len() as u64 * u64::from(out) / u64::from(self.rate)) as usize + held + 64);
            resampler.run(&input, &mut output)?;
            Ok(output.plane::<f32>(0)[..output.samples()].to_vec())
        })
        .collect()
    }

    fn rest(&mut self) -> Result<Vec<Vec<f32>>, av::Error> {
        self.resamplers
            .iter_mut()
            .map(|resampler| {
                let mut output = block(BLOCK);
                // An empty resampler may say so by an error.
                let some = resampler.flush(&mut output).is_ok();
                Ok(if some { output.plane::<f32>(0)[..output.samples()].to_vec() } else { vec![] })
            })
            .collect()
    }
}

/// An empty block of so many samples.
fn block(samples: usize) -> av::frame::Audio {
    av::frame::Audio::new(Sample::F32(Type::Packed), samples, av::ChannelLayout::MONO)
}

/// A FLAC file that is being written.
struct File {
    rate: u32,
    count: usize,
    output: av::format::context::Output,
    encoder: av::encoder::Audio,
    /// Interleaved samples that don't fill a block yet.
    held: Vec<i16>,
    block: usize,
    encoded: i64,
}

impl File {
    fn create(path: &Path, rate: u32, count: usize) -> Result<Self, Failed> {
        if !(1..=MOST_CHANNELS).contains(&count) {
            return Err(Failed::TooMany(count));
        }
        let codec = av::encoder::find(av::codec::Id::FLAC).ok_or(Failed::NoEncoder)?;
        let mut output = av::format::output_as(path, "flac")?;
        let mut context = av::codec::Context::new_with_codec(codec);
        // Without it the file would name the version of the library.
        context.set_flags(av::codec::Flags::BITEXACT);
        let mut encoder = context.encoder().audio()?;
        encoder.set_rate(rate as i32);
        encoder.set_channel_layout(av::ChannelLayout::default(count as i32));
        encoder.set_format(Sample::I16(Type::Packed));
        encoder.set_time_base((1, rate as i32));
        let encoder = encoder.open_as(codec)?;
        output.add_stream(codec)?.set_parameters(&encoder);
        let mut options = av::Dictionary::new();
        options.set("fflags", "+bitexact");
        output.write_header_with(options)?;
        let block = match encoder.frame_size() as usize {
            0 => BLOCK,
            size => size,
        };
        Ok(Self { rate, count, output, encoder, held: Vec::new(), block, encoded: 0 })
    }

    fn push(&mut self, channels: &[Vec<f32>]) -> Result<(), Failed> {
        // A float beyond full scale is clipped, and 16-bit sound comes out as it came in.
        let sample = |value: f32| (value * 32_768.0).round().clamp(-32_768.0, 32_767.0) as i16;
        for n in 0..channels.iter().map(Vec::len).min().unwrap_or(0) {
            self.held.extend(channels.iter().map(|channel| sample(channel[n])));
        }
        let whole = self.block * self.count;
        while self.held.len() >= whole {
            let rest = self.held.split_off(whole);
            let block = std::mem::replace(&mut self.held, rest);
            self.encode(&block)?;
        }
        Ok(())
    }

    fn encode(&mut self, interleaved: &[i16]) -> Result<(), Failed> {
        let samples = interleaved.len() / self.count;
        let mut frame = av::frame::Audio::new(Sample::I16(Type::Packed), samples, self.encoder.channel_layout());
        frame.set_rate(self.rate);
        frame.set_pts(Some(self.encoded));
        for (to, from) in frame.data_mut(0).chunks_exact_mut(2).zip(interleaved) {
            to.copy_from_slice(&from.to_ne_bytes());
        }
        self.encoded += samples as i64;
        self.encoder.send_frame(&frame)?;
        self.drain()
    }

    fn drain(&mut self) -> Result<(), Failed> {
        let mut packet = av::Packet::empty();
        while self.encoder.receive_packet(&mut packet).is_ok() {
            packet.set_stream(0);
            let written = self.output.stream(0).map_or(av::Rational::new(1, self.rate as i32), |stream| stream.time_base());
            packet.rescale_ts(av::Rational::new(1, self.rate as i32), written);
            packet.write_interleaved(&mut self.output)?;
        }
        Ok(())
    }

    fn end(mut self) -> Result<(), Failed> {
        let rest = std::mem::take(&mut self.held);
        if !rest.is_empty() {
            self.encode(&rest)?;
        }
        self.encoder.send_eof()?;
        self.drain()?;
        Ok(self.output.write_trailer()?)
    }
}
