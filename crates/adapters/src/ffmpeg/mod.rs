//! Media through libav: every container and codec that the system's ffmpeg libraries know.

mod decode;
mod frame;
mod neighbours;
mod picture;
mod probe;
mod proxy;
mod raw;
mod shots;
mod sound;
mod source;
mod viewer;

pub use neighbours::FrameTimes;
pub use viewer::Viewer;

use crate::profiled;
use plumbline_core::{MediaTime, Profile};
use plumbline_pipeline::ports::{Frame, Probe};
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

    fn proxy(&self, path: &Path, to: &Path, max_edge: u32, job: &Job) -> Result<(), MediaError> {
        proxy::proxy(path, to, max_edge, job)
    }
}
