//! Media through libav: every container and codec that the system's ffmpeg libraries know.

mod clip;
mod decode;
mod encode;
mod flac;
mod frame;
mod frames;
mod neighbours;
mod picture;
mod probe;
mod proxy;
mod raw;
mod shots;
mod small;
mod sound;
mod source;
mod viewer;

pub use flac::Flac;
pub use neighbours::FrameTimes;
pub use viewer::Viewer;

use crate::profiled;
use plumbline_core::{MediaTime, Profile, Span};
use plumbline_pipeline::ports::{Frame, Probe, Wanted};
use plumbline_pipeline::{Job, Listener, Look, Media, MediaError, Neighbours};
use std::path::Path;

/// Reads media with the system's libav. Holds nothing; every call opens the file anew, so calls may run side by side.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ffmpeg;

impl Media for Ffmpeg {
    fn probe(&self, path: &Path) -> Result<Probe, MediaError> {
        probe::probe(path)
    }

    fn sound(&self, path: &Path, profile: Profile, job: &Job, listener: &mut dyn Listener) -> Result<(), MediaError> {
        profiled::through((profile, path), listener, |listener| sound::sound(path, job, listener))
    }

    fn frame(&self, path: &Path, at: MediaTime, max_edge: u32) -> Result<Frame, MediaError> {
        frame::frame(path, at, max_edge)
    }

    fn neighbours(&self, path: &Path, at: MediaTime) -> Result<Neighbours, MediaError> {
        let mut source = source::Source::open(path)?;
        let times = neighbours::times(&mut source, at)?;
        times.around(at).ok_or_else(|| source.failed("its pictures carry no times", "Convert it to MP4"))
    }

    fn shots(&self, path: &Path, job: &Job, look: &mut Look<'_>) -> Result<Vec<MediaTime>, MediaError> {
        shots::shots(path, job, look)
    }

    fn frames(&self, path: &Path, wanted: Wanted<'_, '_>, job: &Job) -> Result<Vec<MediaTime>, MediaError> {
        frames::frames(path, wanted, job)
    }

    fn proxy(&self, path: &Path, to: &Path, max_edge: u32, job: &Job) -> Result<(), MediaError> {
        proxy::proxy(path, to, max_edge, job)
    }

    fn clip(&self, path: &Path, part: Span<MediaTime>, to: &Path, max_edge: u32, job: &Job) -> Result<(), MediaError> {
        clip::clip(path, part, to, max_edge, job)
    }
}
