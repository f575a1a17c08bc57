//! Frames of one stream, in order of presentation, past whatever is damaged.

use super::neighbours::{Scan, is_shown};
use super::source::Source;
use ffmpeg_next as av;
use ffmpeg_next::codec::{self, decoder, threading};
use plumbline_core::MediaTime;
use plumbline_pipeline::MediaError;
use std::collections::VecDeque;
use std::path::Path;

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
    /// Packets that were read to learn their times, and are still to be decoded.
    ahead: VecDeque<av::Packet>,
    /// Time of the packet that decoding began with; nothing where it carries none.
    begun: Option<MediaTime>,
    /// What comes before it is decoded only as far as others refer to it.
    sought: Option<MediaTime>,
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
    /// Decodes the pictures of a file from its start.
    pub(super) fn open(path: &Path, style: Style) -> Result<Self, MediaError> {
        let source = Source::open(path)?;
        let stream = source.need_video()?;
        Self::new(source, stream, style)
    }

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
            ahead: VecDeque::new(),
            begun: None,
            sought: None,
        })
    }

    /// Goes on at a key frame at or before `at`; false where the file can't be moved there.
    pub(super) fn move_to(&mut self, at: MediaTime) -> bool {
        if self.source.seek(at).is_err() {
            return false;
        }
        self.decoder.flush();
        self.decoder.skip_frame(av::Discard::Default);
        self.ahead.clear();
        (self.wait_for_key, self.steady, self.at_end, self.errors_at_end) = (true, false, false, 0);
        (self.last_pts, self.begun, self.sought) = (None, None, None);
        true
    }

    /// Reads on until it is sure which frame is shown at `at`, and has all before it decoded only as far as needed. Gives its time; nothing
    /// where packets carry no times or none of them is early enough. To be called before the first frame is decoded.
    pub(super) fn skim_to(&mut self, at: MediaTime) -> Option<MediaTime> {
        let mut scan = Scan::default();
        let codec = self.source.stream(self.stream).ok()?.parameters().id();
        let mut from_key = !self.wait_for_key;
        while let Some(packet) = self.source.packet() {
            from_key |= packet.is_key();
            if packet.stream() != self.stream || !from_key {
                continue;
            }
            let time = packet.pts().map(|pts| self.source.media_time(self.stream, pts));
            let decoded = packet.dts().map(|dts| self.source.media_time(self.stream, dts));
            let shown = is_shown(&packet, codec);
            self.ahead.push_back(packet);
            if shown && scan.take(time?, decoded, at) {
                break;
            }
        }
        self.sought = scan.shown(at);
        self.sought
    }

    /// Before this moment what was decoded since the last move may lack what it refers to, or frames in between.
    pub(super) fn whole_from(&self) -> Option<MediaTime> {
        self.sought.max(self.begun)
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
        while let Some(packet) = self.ahead.pop_front().or_else(|| self.source.packet()) {
            if packet.stream() != self.stream || (self.wait_for_key && !packet.is_key()) {
                continue;
            }
            let time = packet.pts().map(|pts| self.source.media_time(self.stream, pts));
            if std::mem::take(&mut self.wait_for_key) {
                self.begun = time;
            }
            if self.sought.is_some() {
                let skips = if time < self.sought { av::Discard::NonReference } else { av::Discard::Default };
                self.decoder.skip_frame(skips);
            }
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
