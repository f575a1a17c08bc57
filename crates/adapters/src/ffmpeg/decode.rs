//! Frames of one stream, in order of presentation, past whatever is damaged.

use super::source::Source;
use ffmpeg_next as av;
use ffmpeg_next::codec::{self, decoder, threading};
use plumbline_core::MediaTime;
use plumbline_pipeline::MediaError;

/// Errors in a row from a decoder that is being emptied before it counts as empty.
const MAX_ERRORS_AT_END: u32 = 256;

/// A decoder over a source. Damaged packets are skipped; the times of the frames show the gap.
pub(super) struct Decoding {
    pub(super) source: Source,
    pub(super) stream: usize,
    decoder: decoder::Opened,
    wait_for_key: bool,
    /// Whether a missing PTS can be filled in from decoding times: right after a seek they mislead.
    steady: bool,
    last_pts: Option<i64>,
    ticks_per_frame: i64,
    at_end: bool,
    errors_at_end: u32,
}

/// How a stream is to be decoded.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Style {
    /// Drop everything before the first key frame, as after a seek.
    pub(super) from_key: bool,
    /// Trade the smoothness of the picture for speed.
    pub(super) rough: bool,
}

impl Decoding {
    /// Decodes stream `index` of the source from where it stands.
    pub(super) fn new(mut source: Source, index: usize, style: Style) -> Result<Self, MediaError> {
        source.read_only(index);
        let parameters = source.stream(index)?.parameters();
        let (id, medium) = (parameters.id(), parameters.medium());
        let unknown = |source: &Source| {
            let part = if medium == av::media::Type::Audio { "sound" } else { "picture" };
            // A format that even the demuxer does not know has no name to tell.
            let named = if id == codec::Id::None { String::new() } else { format!(" ({})", id.name()) };
            source.failed(format!("its {part} is in a format that can't be decoded here{named}"), "Convert it to MP4")
        };
        let codec = decoder::find(id).ok_or_else(|| unknown(&source))?;
        let mut context = codec::Context::from_parameters(parameters).map_err(|_| unknown(&source))?;
        context.set_threading(threading::Config::kind(threading::Type::Frame));
        let mut decoder = context.decoder();
        // Without it libav could not correct the times of frames that it trims.
        decoder.set_packet_time_base(source.stream(index)?.time_base());
        if style.rough {
            decoder.skip_loop_filter(av::Discard::All);
        }
        let decoder = decoder.open_as(codec).map_err(|_| unknown(&source))?;
        Ok(Self {
            ticks_per_frame: ticks_per_frame(&source.stream(index)?),
            source,
            stream: index,
            decoder,
            wait_for_key: style.from_key,
            steady: !style.from_key,
            last_pts: None,
            at_end: false,
            errors_at_end: 0,
        })
    }

    /// Puts the next frame into `frame`; false at the end.
    pub(super) fn next(&mut self, frame: &mut av::Frame) -> bool {
        loop {
            match self.decoder.receive_frame(frame) {
                Ok(()) => return true,
                Err(av::Error::Eof) => return false,
                Err(_) if self.at_end => {
                    self.errors_at_end += 1;
                    if self.errors_at_end > MAX_ERRORS_AT_END {
                        return false;
                    }
                }
                // It wants more, or could not make sense of what it got: either way the next packet is due.
                Err(_) => self.feed(),
            }
        }
    }

    /// Puts the next picture whose time is sure into `picture`, its PTS filled in, and gives that time; nothing at the end.
    pub(super) fn next_picture(&mut self, picture: &mut av::frame::Video) -> Option<MediaTime> {
        while self.next(picture) {
            self.steady |= picture.pts().is_some();
            // The last pictures of a stream with few times have none at all: they follow at the frame rate.
            let follows = || self.last_pts.map(|last| last + self.ticks_per_frame);
            if let Some(pts) = picture.timestamp().or_else(follows).filter(|_| self.steady) {
                picture.set_pts(Some(pts));
                self.last_pts = Some(pts);
                return Some(self.source.media_time(self.stream, pts));
            }
        }
        None
    }

    /// Hands the decoder its next packet, or tells it that there is none.
    fn feed(&mut self) {
        while let Some(packet) = self.source.packet() {
            if packet.stream() != self.stream || (self.wait_for_key && !packet.is_key()) {
                continue;
            }
            self.wait_for_key = false;
            // A refused packet is damage: the times of the frames around it tell.
            let _ = self.decoder.send_packet(&packet);
            return;
        }
        self.at_end = true;
        // Fails only where the end was told before.
        let _ = self.decoder.send_eof();
    }
}

/// Length of a frame in PTS ticks at the average rate, at least 1.
fn ticks_per_frame(stream: &av::Stream) -> i64 {
    let (rate, tick) = (stream.avg_frame_rate(), stream.time_base());
    let product = |a: i32, b: i32| i64::from(a) * i64::from(b);
    let per_frame = product(rate.denominator(), tick.denominator()).checked_div(product(rate.numerator(), tick.numerator()));
    per_frame.unwrap_or(1).max(1)
}
