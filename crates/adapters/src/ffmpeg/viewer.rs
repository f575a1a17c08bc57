//! Frames for someone who looks: files stay open, so that the next frame comes at once.

use super::frame::Reel;
use super::neighbours::{FrameTimes, times};
use super::source::Source;
use plumbline_core::MediaTime;
use plumbline_pipeline::MediaError;
use plumbline_pipeline::ports::Frame;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

/// So many files stay open.
const OPEN: usize = 2;

/// Shows frames of the files that were looked at last. Calls over one file wait for each other; times do not wait for frames.
#[derive(Default)]
pub struct Viewer {
    open: Mutex<VecDeque<(Version, Arc<Opened>)>>,
}

/// A file as it is now: one that was written anew is opened anew.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Version {
    path: PathBuf,
    length: u64,
    modified: Option<SystemTime>,
}

#[derive(Default)]
struct Opened {
    reel: Mutex<Option<Reel>>,
    source: Mutex<Option<Source>>,
}

impl Viewer {
    /// The frame shown at `at`, as [`plumbline_pipeline::Media::frame`] gives it, but with four bytes a pixel: red, green, blue and an opaque
    /// alpha. Asks `wanted` before each picture that has to be decoded, and stops where it says no.
    ///
    /// # Errors
    /// Where there is no picture, it can't be decoded, or it was not wanted any more.
    pub fn frame(&self, path: &Path, at: MediaTime, max_edge: u32, wanted: &dyn Fn() -> bool) -> Result<Frame, MediaError> {
        kept(&self.opened(path).reel, || Reel::open(path), |reel| reel.frame::<4>(at, max_edge, wanted))
    }

    /// The times of the frames around `at`.
    ///
    /// # Errors
    /// Where there is no picture or its packets carry no times.
    pub fn times(&self, path: &Path, at: MediaTime) -> Result<FrameTimes, MediaError> {
        kept(&self.opened(path).source, || Source::open(path), |source| times(source, at))
    }

    fn opened(&self, path: &Path) -> Arc<Opened> {
        let about = std::fs::metadata(path).ok();
        let length = about.as_ref().map_or(0, |about| about.len());
        let version = Version { path: path.to_owned(), length, modified: about.and_then(|about| about.modified().ok()) };
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let at = open.iter().position(|(known, _)| *known == version);
        let entry = at.and_then(|at| open.remove(at)).unwrap_or_else(|| (version, Arc::default()));
        let opened = Arc::clone(&entry.1);
        open.push_front(entry);
        open.truncate(OPEN);
        opened
    }
}

/// Works with what is open, or opens it; after a failure it is opened anew the next time.
fn kept<T, A>(
    place: &Mutex<Option<T>>,
    open: impl FnOnce() -> Result<T, MediaError>,
    work: impl FnOnce(&mut T) -> Result<A, MediaError>,
) -> Result<A, MediaError> {
    let mut place = place.lock().unwrap_or_else(PoisonError::into_inner);
    let mut it = match place.take() {
        Some(it) => it,
        None => open()?,
    };
    let answer = work(&mut it);
    if matches!(answer, Ok(_) | Err(MediaError::Cancelled(_))) {
        *place = Some(it);
    }
    answer
}
