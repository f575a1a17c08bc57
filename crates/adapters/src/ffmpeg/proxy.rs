//! A copy that every webview plays.
//!
//! Made by the `ffmpeg` program rather than through the libraries: it already turns, scales, fills gaps in the sound, keeps variable frame
//! rates and survives damage, all of which would have to be rebuilt around an encoder here, and a crash inside an encoder takes down only the
//! child. The price is that the program must be installed; where it isn't, the error says so.

use super::picture::Shape;
use super::source::Source;
use crate::artifacts::sync_folder;
use crate::files;
use ffmpeg_next::codec::{self, decoder};
use plumbline_pipeline::{Job, MediaError};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

/// What is told of making a copy.
const WHAT: &str = "making a playable copy";
/// How long a cancelled job may go unnoticed.
const POLL: Duration = Duration::from_millis(100);
/// As much of the program's complaints as is kept.
const MAX_COMPLAINTS: u64 = 1 << 16;

/// See [`plumbline_pipeline::Media::proxy`].
pub(super) fn proxy(path: &Path, to: &Path, max_edge: u32, job: &Job) -> Result<(), MediaError> {
    job.step(WHAT, 0, None)?;
    let source = Source::open(path)?;
    let total = source.stated_end().map(|t| (t.us() / 1_000) as u64);
    let part = Part::create(to)?;
    let arguments = arguments(&source, &part.path, max_edge)?;
    write(&source, arguments, (part, to), (WHAT, total), job)
}

/// Has the program write a part of a file and makes it the file `to`; `what` and the length in milliseconds are for who waits.
pub(super) fn write(
    source: &Source,
    arguments: Vec<OsString>,
    (part, to): (Part, &Path),
    (what, total): (&str, Option<u64>),
    job: &Job,
) -> Result<(), MediaError> {
    let child = Command::new("ffmpeg")
        .args(arguments)
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| match e.kind() {
            ErrorKind::NotFound => source.failed("the program ffmpeg, which writes video, is not installed", "Install ffmpeg"),
            _ => source.failed(format!("the program ffmpeg can't be started ({e})"), "Reinstall ffmpeg"),
        })?;
    let (status, complaints) = watch(Running(child), (what, total), job).map_err(|e| match e {
        Stopped::Cancelled(e) => MediaError::from(e),
        Stopped::Lost(e) => source.failed(format!("the program ffmpeg was lost ({e})"), "Start again"),
    })?;
    if !status.success() {
        return Err(refused(source, to, &complaints));
    }
    job.step(what, total.unwrap_or(1), total)?;
    part.finish(to)
}

/// A file being written, removed unless it is finished.
pub(super) struct Part {
    /// Where it lies until then.
    pub(super) path: PathBuf,
}

impl Part {
    pub(super) fn create(to: &Path) -> Result<Self, MediaError> {
        let mut name = to.file_name().map(OsStr::to_owned).unwrap_or_default();
        name.push(".part");
        let path = to.with_file_name(name);
        // Created here, so that a folder that can't be written to is told in our words.
        File::create(&path).map_err(|e| files::unwritable(to, &e))?;
        Ok(Self { path })
    }

    /// Makes it the file `to`, for good.
    pub(super) fn finish(self, to: &Path) -> Result<(), MediaError> {
        let folder = to.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(&self.path)
            .and_then(|file| file.sync_all())
            .and_then(|()| std::fs::rename(&self.path, to))
            .and_then(|()| sync_folder(folder))
            .map_err(|e| files::unwritable(to, &e))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // After a rename there is nothing to remove, and where removing fails there is nobody left to tell.
        let _ = std::fs::remove_file(&self.path);
    }
}

fn arguments(source: &Source, part: &Path, max_edge: u32) -> Result<Vec<OsString>, MediaError> {
    let mut all = words("-hide_banner -nostdin -v error -stats_period 0.2 -progress pipe:1 -y -protocol_whitelist file,pipe -copyts -i");
    all.push(file(&source.path));
    if let Some(index) = source.video() {
        let (width, height) = even_size(source, index, max_edge)?;
        all.extend(words(&format!(
            "-map 0:{index} -c:v libx264 -preset veryfast -crf 26 -bf 0 -g 25 -pix_fmt yuv420p -fps_mode vfr -enc_time_base -1 -vf \
             scale={width}:{height},setsar=1"
        )));
    }
    if let Some(index) = source.audio() {
        // Gaps and overlaps are mended as in `Media::sound`, so that sound and picture stay together.
        all.extend(words(&format!("-map 0:{index} -c:a aac -b:a 128k -ac 2 -af aresample=async=1:min_hard_comp=0.015")));
    }
    let origin = source.origin().us();
    all.extend(words(&format!("-output_ts_offset -{}.{:06} -map_metadata -1 -map_chapters -1", origin / 1_000_000, origin % 1_000_000)));
    all.extend(words("-movflags +faststart -f mp4"));
    all.push(file(part));
    Ok(all)
}

/// The words of a text, as arguments.
pub(super) fn words(text: &str) -> Vec<OsString> {
    text.split_whitespace().map(OsString::from).collect()
}

/// A file as an argument: `file:` keeps odd names from being taken for options or addresses.
pub(super) fn file(path: &Path) -> OsString {
    let mut name = OsString::from("file:");
    name.push(path);
    name
}

/// Size of the copy: as shown, shrunk to fit, and even, because 4:2:0 halves both.
pub(super) fn even_size(source: &Source, index: usize, max_edge: u32) -> Result<(u32, u32), MediaError> {
    let stream = source.stream(index)?;
    let context = codec::Context::from_parameters(stream.parameters());
    let context = context.map_err(|e| source.failed(format!("its picture can't be read ({e})"), "Try to convert it to MP4"))?;
    let picture = decoder::Video(decoder::Opened(context.decoder()));
    let (width, height) = Shape::of(&stream, (picture.width(), picture.height()), picture.aspect_ratio()).fit(max_edge).shown();
    Ok((width.max(2) & !1, height.max(2) & !1))
}

/// A child that does not outlive its value.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail only where it has ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

enum Stopped {
    Cancelled(plumbline_pipeline::Cancelled),
    Lost(std::io::Error),
}

/// Follows the program to its end, and gives its status and its complaints.
fn watch(mut running: Running, (what, total): (&str, Option<u64>), job: &Job) -> Result<(ExitStatus, String), Stopped> {
    let (send, lines) = mpsc::channel();
    let (stdout, stderr) = (running.0.stdout.take(), running.0.stderr.take());
    let reader = std::thread::spawn(move || {
        for line in stdout.into_iter().flat_map(|pipe| BufReader::new(pipe).lines().map_while(Result::ok)) {
            // The other side left: it was cancelled, and the pipe closes with this thread.
            if send.send(line).is_err() {
                return;
            }
        }
    });
    let complaints = std::thread::spawn(move || {
        let mut text = Vec::new();
        if let Some(mut pipe) = stderr {
            // What can't be read is missing from the error's text, no more. The rest is drained, or the program would wait for us.
            let _ = pipe.by_ref().take(MAX_COMPLAINTS).read_to_end(&mut text);
            let _ = std::io::copy(&mut pipe, &mut std::io::sink());
        }
        String::from_utf8_lossy(&text).into_owned()
    });
    let mut done = 0;
    loop {
        match lines.recv_timeout(POLL) {
            Ok(line) => {
                let us = line.strip_prefix("out_time_us=").and_then(|v| v.trim().parse::<i64>().ok());
                done = us.and_then(|us| u64::try_from(us / 1_000).ok()).unwrap_or(done);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        job.step(what, total.map_or(done, |t| done.min(t)), total).map_err(Stopped::Cancelled)?;
    }
    let status = running.0.wait().map_err(Stopped::Lost)?;
    // Neither thread can panic; if one did, its text is what is lost.
    let _ = reader.join();
    Ok((status, complaints.join().unwrap_or_default()))
}

/// Why the program gave up.
fn refused(source: &Source, to: &Path, complaints: &str) -> MediaError {
    let says = |text: &str| complaints.contains(text);
    if says("No space left on device") {
        return files::unwritable(to, &ErrorKind::StorageFull.into());
    }
    if says("Unknown encoder") {
        return source.failed("the installed ffmpeg lacks an encoder for H.264 or AAC", "Install the distribution's full ffmpeg");
    }
    let last = complaints.lines().rev().find(|l| !l.trim().is_empty()).unwrap_or("it gave no reason").trim();
    source.failed(format!("ffmpeg could not write its video ({last})"), "Check in a player whether the file plays")
}
