//! The times of the frames around a moment: from packets alone where all of them carry times, else from decoded frames.

use super::decode::{Decoding, Style};
use super::frame::{RUN_UPS, opened_before};
use super::raw;
use ffmpeg_next as av;
use plumbline_core::{Delta, MediaTime};
use plumbline_pipeline::{MediaError, Neighbours};
use std::path::Path;

/// Packets to read on where no decoding times tell that nothing earlier will follow: more than any codec reorders.
const REORDERED: u32 = 32;

/// See [`plumbline_pipeline::Media::neighbours`].
pub(super) fn neighbours(path: &Path, at: MediaTime) -> Result<Neighbours, MediaError> {
    for run_up in RUN_UPS {
        match around(path, at, run_up)? {
            Around { before, shown: Some(shown), after } if before.is_some() || run_up.is_none() => return Ok((before, shown, after)),
            // Before the first frame of all, the first is shown.
            Around { shown: None, after: Some(first), .. } if run_up.is_none() => return neighbours(path, first),
            _ => {}
        }
    }
    Err(MediaError::failed(path, "its pictures carry no times", "Convert it to MP4"))
}

#[derive(Debug, Default)]
struct Around {
    before: Option<MediaTime>,
    shown: Option<MediaTime>,
    after: Option<MediaTime>,
}

impl Around {
    fn add(&mut self, time: MediaTime, at: MediaTime) {
        if time > at {
            self.after = Some(self.after.map_or(time, |after| after.min(time)));
        } else if Some(time) > self.shown {
            self.before = self.shown.replace(time);
        } else if Some(time) != self.shown && Some(time) > self.before {
            self.before = Some(time);
        }
    }
}

/// What the packets say from a key frame `run_up` before `at` on.
fn around(path: &Path, at: MediaTime, run_up: Option<Delta>) -> Result<Around, MediaError> {
    let Some((mut source, stream)) = opened_before(path, at, run_up)? else { return Ok(Around::default()) };
    let mut around = Around::default();
    source.read_only(stream);
    let codec = source.stream(stream)?.parameters().id();
    let (mut from_key, mut past) = (run_up.is_none(), 0);
    while let Some(packet) = source.packet() {
        from_key |= packet.is_key();
        if packet.stream() != stream || !from_key {
            continue;
        }
        if !is_shown(&packet, codec) {
            continue;
        }
        // As in MPEG program streams, where only some packets carry one.
        let Some(pts) = packet.pts() else { return around_decoded(path, at, run_up) };
        around.add(source.media_time(stream, pts), at);
        let Some(after) = around.after else { continue };
        past += 1;
        // Decoding times only grow, and no frame is shown before it is decoded.
        let nothing_earlier = packet.dts().is_some_and(|dts| source.media_time(stream, dts) >= after);
        if nothing_earlier || past > REORDERED {
            break;
        }
    }
    Ok(around)
}

/// The same by decoding.
fn around_decoded(path: &Path, at: MediaTime, run_up: Option<Delta>) -> Result<Around, MediaError> {
    let Some((source, stream)) = opened_before(path, at, run_up)? else { return Ok(Around::default()) };
    let mut decoding = Decoding::new(source, stream, Style { from_key: run_up.is_some(), rough: true })?;
    let (mut picture, mut around) = (av::frame::Video::empty(), Around::default());
    while around.after.is_none()
        && let Some(time) = decoding.next_picture(&mut picture)
    {
        around.add(time, at);
    }
    Ok(around)
}

/// Whether the packet's frame reaches the screen: no edit list cuts it away, and it is not one of VP8's hidden reference frames, whose header
/// has the fifth bit clear.
fn is_shown(packet: &av::Packet, codec: av::codec::Id) -> bool {
    let hidden = codec == av::codec::Id::VP8 && packet.data().and_then(|d| d.first()).is_some_and(|b| b & 0x10 == 0);
    !hidden && !raw::is_discarded(packet)
}
