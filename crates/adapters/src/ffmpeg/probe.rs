//! What a file holds.

use super::picture::Shape;
use super::source::Source;
use ffmpeg_next as av;
use ffmpeg_next::codec::{self, decoder};
use plumbline_core::MediaTime;
use plumbline_pipeline::MediaError;
use plumbline_pipeline::ports::{AudioStream, Probe, VideoStream};
use std::path::Path;

/// Containers whose stated length is a guess from the bit rate: their packets are counted instead.
const GUESSES: [&str; 10] = ["aac", "mp3", "ac3", "eac3", "dts", "amr", "h264", "hevc", "m4v", "mpegvideo"];

/// See [`plumbline_pipeline::Media::probe`].
pub(super) fn probe(path: &Path) -> Result<Probe, MediaError> {
    let source = Source::open(path)?;
    let video = source.video().map(|index| video_stream(&source, index)).transpose()?;
    let audio = source.audio().map(|index| audio_stream(&source, index)).transpose()?;
    let container = source.container();
    let duration = match source.stated_end() {
        Some(end) if !source.is(&GUESSES) => end,
        stated => last_packet_end(source).or(stated).unwrap_or_default(),
    };
    Ok(Probe { duration, container, video, audio })
}

/// The codec's context of a stream, filled in but not opened: it answers what the container says.
fn context(source: &Source, index: usize) -> Result<decoder::Opened, MediaError> {
    let context = codec::Context::from_parameters(source.stream(index)?.parameters());
    let context = context.map_err(|e| source.failed(format!("one of its streams can't be read ({e})"), "Try to convert it to MP4"))?;
    Ok(decoder::Opened(context.decoder()))
}

fn video_stream(source: &Source, index: usize) -> Result<VideoStream, MediaError> {
    let stream = source.stream(index)?;
    let picture = decoder::Video(context(source, index)?);
    let (width, height) = Shape::of(&stream, (picture.width(), picture.height()), picture.aspect_ratio()).shown();
    let rate = [stream.avg_frame_rate(), stream.rate()].into_iter().find(|r| r.numerator() > 0 && r.denominator() > 0);
    let rate = rate.unwrap_or(av::Rational(0, 1));
    Ok(VideoStream {
        codec: stream.parameters().id().name().to_owned(),
        pixel_format: picture.format().descriptor().map_or("unknown", |d| d.name()).to_owned(),
        width,
        height,
        frame_rate: (rate.numerator(), rate.denominator()),
        timebase: source.timebase(index),
        start_pts: if stream.start_time() == i64::MIN { 0 } else { stream.start_time() },
    })
}

fn audio_stream(source: &Source, index: usize) -> Result<AudioStream, MediaError> {
    let sound = decoder::Audio(context(source, index)?);
    let codec = source.stream(index)?.parameters().id().name().to_owned();
    Ok(AudioStream { codec, sample_rate: sound.rate(), channels: sound.channels().into() })
}

/// Where the last packet of sound or picture ends.
fn last_packet_end(mut source: Source) -> Option<MediaTime> {
    let (video, audio) = (source.video(), source.audio());
    let mut end = None;
    while let Some(packet) = source.packet() {
        let index = packet.stream();
        if Some(index) == video || Some(index) == audio {
            let start = packet.pts().or(packet.dts());
            end = end.max(start.map(|pts| source.media_time(index, pts.saturating_add(packet.duration().max(0)))));
        }
    }
    end
}
