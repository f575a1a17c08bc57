//! A part of the pictures as a video of its own, for models that look at video.

use super::proxy::{Part, even_size, file, words, write};
use super::source::Source;
use plumbline_core::{MediaTime, Span};
use plumbline_pipeline::{Job, MediaError};
use std::ffi::OsString;
use std::path::Path;

/// What is told of making a clip.
const WHAT: &str = "cutting out video";
/// Pictures a second: models look at fewer.
const RATE: u32 = 4;
/// Decoding begins so long before the part, in microseconds: containers without an index seek to about the right place.
const RUN_UP: i64 = 10_000_000;

/// See [`plumbline_pipeline::Media::clip`].
pub(super) fn clip(path: &Path, span: Span<MediaTime>, to: &Path, max_edge: u32, job: &Job) -> Result<(), MediaError> {
    job.step(WHAT, 0, None)?;
    let source = Source::open(path)?;
    let part = Part::create(to)?;
    let arguments = arguments(&source, span, &part.path, max_edge)?;
    let total = u64::try_from((span.end - span.start).us() / 1_000).ok();
    write(&source, arguments, (part, to), (WHAT, total), job)
}

fn arguments(source: &Source, span: Span<MediaTime>, part: &Path, max_edge: u32) -> Result<Vec<OsString>, MediaError> {
    let Some(index) = source.video() else {
        return Err(source.failed("there is no picture to cut out", "Send its words alone"));
    };
    let (width, height) = even_size(source, index, max_edge)?;
    let seconds =
        |us: i64| format!("{}{}.{:06}", if us < 0 { "-" } else { "" }, us.unsigned_abs() / 1_000_000, us.unsigned_abs() % 1_000_000);
    let (start, end) = (source.origin().us() + span.start.us(), source.origin().us() + span.end.us());
    let mut all = words("-hide_banner -nostdin -v error -stats_period 0.2 -progress pipe:1 -y -protocol_whitelist file,pipe -copyts");
    if span.start.us() > RUN_UP {
        // Counted from where the container says that it begins, which is about our own nought: what is cut is cut by the filter.
        all.extend(["-noaccurate_seek".into(), "-ss".into(), seconds(span.start.us() - RUN_UP).into()]);
    }
    all.extend(["-i".into(), file(&source.path)]);
    let (from, to) = (seconds(start), seconds(end));
    // A fixed number of threads: other numbers give other bytes, and an answer that was paid for is known by the bytes of its question.
    all.extend(words(&format!(
        "-map 0:{index} -an -vf trim=start={from}:end={to},setpts=PTS-({from})/TB,fps={RATE}:start_time=0:round=up,scale={width}:{height},setsar=1 \
         -c:v libx264 -preset veryfast -crf 28 -threads 2 -pix_fmt yuv420p -map_metadata -1 -map_chapters -1 -fflags +bitexact \
         -movflags +faststart -f mp4"
    )));
    all.push(file(part));
    Ok(all)
}
