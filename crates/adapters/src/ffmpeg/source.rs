//! An opened container, its best streams and its clock.

use super::raw;
use crate::files;
use ffmpeg_next as av;
use plumbline_core::{Delta, MediaTime, Timebase};
use plumbline_pipeline::MediaError;
use std::fs::File;
use std::io::{Error, ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Once, OnceLock};

/// What libav says instead of a time that it does not know.
const NO_TIME: i64 = i64::MIN;
/// Packets in a row that may be unreadable before the rest counts as lost.
const MAX_BAD_PACKETS: u32 = 100_000;
/// Packets that may wait for who reads along.
const AHEAD: usize = 256;
/// Bytes read at a time; large, because films lie on slow drives too.
const READ_AHEAD: usize = 1 << 18;

/// An opened media file.
pub(super) struct Source {
    pub(super) path: PathBuf,
    pub(super) input: av::format::context::Input,
    /// What the container calls the moment that is media time 0.
    origin: Delta,
    trouble: Trouble,
    /// Packets of this stream go to somebody else, who reads along.
    along: Option<(usize, SyncSender<av::Packet>)>,
    /// Packets come from somebody else, who reads the file.
    from: Option<Receiver<av::Packet>>,
}

/// The first thing that went wrong with reading the file itself.
type Trouble = Arc<OnceLock<Error>>;

/// A file that remembers when it could not be read: to libav a failing drive and a damaged file are the same, but what was made of half a file
/// because its drive went away must not be kept as if it were the whole.
struct Watched {
    file: File,
    trouble: Trouble,
}

impl Read for Watched {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        self.file.read(into).inspect_err(|e| {
            if e.kind() != ErrorKind::Interrupted {
                self.trouble.get_or_init(|| e.raw_os_error().map_or_else(|| e.kind().into(), Error::from_raw_os_error));
            }
        })
    }
}

impl Seek for Watched {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.file.seek(to)
    }
}

impl Source {
    /// Opens the file and finds its streams.
    pub(super) fn open(path: &Path) -> Result<Self, MediaError> {
        static QUIET: Once = Once::new();
        // Damage is reported through results; libav's own remarks would only litter the terminal.
        QUIET.call_once(|| av::log::set_level(av::log::Level::Quiet));
        let file = files::open(path)?;
        // A stream of bytes instead of a path: any file name will do, none is taken for an address, and the whitelist keeps playlists from
        // opening other files.
        let trouble = Trouble::default();
        let watched = Watched { file, trouble: trouble.clone() };
        let stream = av::format::context::StreamIo::from_read_seek_with_capacity(watched, READ_AHEAD).map_err(|e| not_media(path, e))?;
        let mut options = av::Dictionary::new();
        options.set("protocol_whitelist", "none");
        let input = av::format::input_from_stream(stream, None, Some(options)).map_err(|e| not_media(path, e))?;
        let origin = origin(&input);
        let source = Self { path: path.to_owned(), input, origin, trouble, along: None, from: None };
        match (source.video(), source.audio()) {
            (None, None) => Err(source.failed("it has neither sound nor picture", "Choose a video or sound file")),
            _ => Ok(source),
        }
    }

    /// Index of the best picture stream; cover art is none.
    pub(super) fn video(&self) -> Option<usize> {
        let moving = |s: &av::Stream| !s.disposition().contains(av::format::stream::Disposition::ATTACHED_PIC);
        let is_video = |s: &av::Stream| s.parameters().medium() == av::media::Type::Video;
        let best = self.input.streams().best(av::media::Type::Video).filter(moving);
        best.or_else(|| self.input.streams().find(|s| is_video(s) && moving(s))).map(|s| s.index())
    }

    /// Index of the best sound stream.
    pub(super) fn audio(&self) -> Option<usize> {
        self.input.streams().best(av::media::Type::Audio).map(|s| s.index())
    }

    /// Index of the picture stream, which must be there.
    pub(super) fn need_video(&self) -> Result<usize, MediaError> {
        self.video().ok_or_else(|| self.failed("it has no picture", "Choose a video file"))
    }

    /// Index of the sound stream, which must be there.
    pub(super) fn need_audio(&self) -> Result<usize, MediaError> {
        self.audio().ok_or_else(|| self.failed("it has no sound", "Choose a file with sound"))
    }

    /// Stream `index`, which came from this source.
    pub(super) fn stream(&self, index: usize) -> Result<av::Stream<'_>, MediaError> {
        self.input.stream(index).ok_or_else(|| self.failed("one of its streams is gone", "Open it again"))
    }

    /// Timebase of stream `index`.
    pub(super) fn timebase(&self, index: usize) -> Timebase {
        let tick = self.input.stream(index).map_or(av::Rational(1, 1), |s| s.time_base());
        Timebase { num: tick.numerator(), den: tick.denominator() }
    }

    /// Media time of a PTS of stream `index`.
    pub(super) fn media_time(&self, index: usize, pts: i64) -> MediaTime {
        MediaTime::from_us(self.timebase(index).to_us(pts)) - self.origin
    }

    /// What the container calls media time 0, in its own time.
    pub(super) fn origin(&self) -> Delta {
        self.origin
    }

    /// Moves to a key frame at or before `at`.
    pub(super) fn seek(&mut self, at: MediaTime) -> Result<(), av::Error> {
        let us = (at + self.origin).us();
        // The bindings pass the range's end on as the latest time allowed, itself included.
        self.input.seek(us, ..us)
    }

    /// Where presentation ends by what the streams or else the container say; nothing where neither does.
    pub(super) fn stated_end(&self) -> Option<MediaTime> {
        let end_of = |index: usize| {
            let stream = self.input.stream(index)?;
            let known = stream.duration() != NO_TIME && stream.duration() > 0;
            let start = if stream.start_time() == NO_TIME { 0 } else { stream.start_time() };
            known.then(|| self.media_time(index, start.saturating_add(stream.duration())))
        };
        let streams = [self.video(), self.audio()].into_iter().flatten().filter_map(end_of).max();
        // Matroska alone states where its last block ends; the others how long the whole lasts.
        let start = if self.is(&["matroska"]) { MediaTime::ZERO - self.origin } else { MediaTime::ZERO };
        let container = Some(self.input.duration()).filter(|us| *us != NO_TIME && *us > 0).map(|us| start + Delta::from_us(us));
        streams.or(container).filter(|end| *end > MediaTime::ZERO)
    }

    /// The container's names, comma-separated.
    pub(super) fn container(&self) -> String {
        self.input.format().name().to_owned()
    }

    /// Whether the container goes by one of these names.
    pub(super) fn is(&self, names: &[&str]) -> bool {
        is_format(&self.input, names)
    }

    /// The next packet of any stream that is being read, past unreadable ones; nothing at the end.
    pub(super) fn packet(&mut self) -> Option<av::Packet> {
        if let Some(from) = &self.from {
            return from.recv().ok();
        }
        let mut packet = av::Packet::empty();
        let mut bad = 0;
        while bad < MAX_BAD_PACKETS {
            match packet.read(&mut self.input) {
                Ok(()) => {
                    let Some((_, along)) = self.along.as_ref().filter(|(index, _)| *index == packet.stream()) else {
                        return Some(packet);
                    };
                    if along.send(std::mem::replace(&mut packet, av::Packet::empty())).is_err() {
                        // Who read along has ended.
                        self.along = None;
                    }
                }
                // A demuxer can find its way again past bad data. Any other error stays for good: what follows it is lost.
                Err(av::Error::InvalidData) => bad += 1,
                Err(_) => break,
            }
        }
        // Who reads along learns that this is the end.
        self.along = None;
        None
    }

    /// Hands the packets of stream `index` to who reads along, in place of returning them. To be called before a decoder is opened; both sides must
    /// read on, each in a thread of its own.
    pub(super) fn share(&mut self, index: usize) -> Receiver<av::Packet> {
        let (along, packets) = sync_channel(AHEAD);
        self.along = Some((index, along));
        packets
    }

    /// The same file, for who reads along: its packets are those that another source hands over.
    pub(super) fn along(path: &Path, packets: Receiver<av::Packet>) -> Result<Self, MediaError> {
        Ok(Self { from: Some(packets), ..Self::open(path)? })
    }

    /// Reads no other stream than this one, and the one that is shared, from here on.
    pub(super) fn read_only(&mut self, index: usize) {
        let along = self.along.as_ref().map(|(index, _)| *index);
        raw::read_only(&mut self.input, &[index, along.unwrap_or(index)]);
    }

    /// Fails where the file itself could not be read to where it was wanted.
    pub(super) fn was_readable(&self) -> Result<(), MediaError> {
        self.trouble.get().map_or(Ok(()), |e| Err(files::unreadable(&self.path, e)))
    }

    /// A failure over this file.
    pub(super) fn failed(&self, what: impl Into<String>, remedy: impl Into<String>) -> MediaError {
        MediaError::failed(&self.path, what, remedy)
    }
}

fn is_format(input: &av::format::context::Input, names: &[&str]) -> bool {
    input.format().name().split(',').any(|name| names.contains(&name))
}

/// What the container calls the moment at which a player's clock reads 0. MP4 and MOV place every stream on the movie's own clock; elsewhere
/// timestamps may start anywhere, and players count from the first. (WebKit was seen to do just so.) A start before zero is the decoder's
/// run-in, which is not presented.
fn origin(input: &av::format::context::Input) -> Delta {
    if is_format(input, &["mov", "mp4"]) {
        return Delta::ZERO;
    }
    let start_us = |stream: av::Stream| {
        let tick = stream.time_base();
        let picture_or_sound = matches!(stream.parameters().medium(), av::media::Type::Video | av::media::Type::Audio);
        let known = picture_or_sound && stream.start_time() != NO_TIME;
        known.then(|| Timebase { num: tick.numerator(), den: tick.denominator() }.to_us(stream.start_time()))
    };
    Delta::from_us(input.streams().filter_map(start_us).min().unwrap_or(0).max(0))
}

/// Why libav would not open a file that can be read.
fn not_media(path: &Path, error: av::Error) -> MediaError {
    let mut head = [0; 12];
    let known = files::open(path).is_ok_and(|mut file| file.read_exact(&mut head).is_ok());
    if known && &head[4..8] == b"ftyp" {
        return MediaError::failed(
            path,
            "its index is missing: the recording or the copy was cut short",
            "Copy it again, or have a repair tool rebuild the index",
        );
    }
    match error {
        av::Error::InvalidData | av::Error::Eof => {
            MediaError::failed(path, "it is not a video or sound file", "Choose another file, or convert this one to MP4")
        }
        other => MediaError::failed(path, format!("it can't be opened ({other})"), "Try to convert it to MP4"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drive_that_fails_is_remembered() {
        // A folder opens but does not read: the nearest thing to a failing drive.
        let Ok(file) = File::open("/") else { return };
        let mut watched = Watched { file, trouble: Trouble::default() };
        assert!(watched.read(&mut [0; 8]).is_err());
        assert!(watched.trouble.get().is_some());
    }
}
