//! The frame shown at a moment.

use super::decode::{Decoding, Style};
use super::picture::{Shape, upright_rgb};
use super::source::Source;
use ffmpeg_next as av;
use plumbline_core::{Delta, MediaTime};
use plumbline_pipeline::MediaError;
use plumbline_pipeline::ports::Frame;
use std::path::Path;

/// How far before the wanted moment to look for a key frame, in turn; the last way is to read from the start. The first nearly always does:
/// the others are for indexes that sort by decoding time, for open groups of pictures and for damage.
pub(super) const RUN_UPS: [Option<Delta>; 4] = [Some(Delta::ZERO), Some(Delta::from_us(2_000_000)), Some(Delta::from_us(20_000_000)), None];

/// Length of what can't be trusted after a seek in an MPEG program stream, with much to spare.
const SHAKY_START: Delta = Delta::from_us(2_000_000);

/// See [`plumbline_pipeline::Media::frame`].
pub(super) fn frame(path: &Path, at: MediaTime, max_edge: u32) -> Result<Frame, MediaError> {
    for run_up in RUN_UPS {
        if let Some((picture, decoding)) = shown_at(path, at, run_up)? {
            return finished(&picture, &decoding, max_edge);
        }
    }
    Err(MediaError::failed(path, "none of its pictures can be decoded", "Check in a player whether it plays, or convert it to MP4"))
}

/// The picture shown at `at`, decoded from a key frame `run_up` before; nothing where that was not far enough.
fn shown_at(path: &Path, at: MediaTime, run_up: Option<Delta>) -> Result<Option<(av::frame::Video, Decoding)>, MediaError> {
    let Some((source, stream)) = opened_before(path, at, run_up)? else { return Ok(None) };
    let mut decoding = Decoding::new(source, stream, Style { from_key: run_up.is_some(), rough: false })?;
    let (mut picture, mut shown) = (av::frame::Video::empty(), None);
    while let Some(time) = decoding.next_picture(&mut picture) {
        if time <= at {
            shown = Some(std::mem::replace(&mut picture, av::frame::Video::empty()));
            continue;
        }
        // Before the first frame of all, the first is shown.
        if shown.is_none() && run_up.is_none() {
            shown = Some(picture);
        }
        break;
    }
    decoding.source.was_readable()?;
    Ok(shown.map(|picture| (picture, decoding)))
}

/// The file, standing at a key frame `run_up` before `at` or else at its start, and its picture stream; nothing where it can't be moved there.
pub(super) fn opened_before(path: &Path, at: MediaTime, run_up: Option<Delta>) -> Result<Option<(Source, usize)>, MediaError> {
    let mut source = Source::open(path)?;
    let stream = source.need_video()?;
    // The first frames after a seek in an MPEG program stream come with the times of others: they must lie well before what is asked for.
    let run_up = if source.is(&["mpeg"]) { run_up.map(|r| r.max(SHAKY_START)) } else { run_up };
    let there = run_up.is_none_or(|run_up| source.seek(at - run_up).is_ok());
    Ok(there.then_some((source, stream)))
}

fn finished(picture: &av::frame::Video, decoding: &Decoding, max_edge: u32) -> Result<Frame, MediaError> {
    let source = &decoding.source;
    let pts = picture.pts().unwrap_or_default();
    let coded = (picture.width(), picture.height());
    let shape = Shape::of(&source.stream(decoding.stream)?, coded, picture.aspect_ratio()).fit(max_edge);
    let rgb = upright_rgb(picture, shape).map_err(|e| source.failed(format!("a picture can't be converted ({e})"), "Convert it to MP4"))?;
    let (width, height) = shape.shown();
    Ok(Frame { pts, at: source.media_time(decoding.stream, pts), width, height, rgb })
}
