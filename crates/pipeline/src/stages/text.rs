//! Reads the text on screen: one picture of each stretch that stands still, at its sharpest.

use super::{MediaFile, Part, Ports, StageError, keep, kept, shots};
use crate::job::Job;
use crate::ports::{Key, ReadText};
use plumbline_core::Annotation;
use plumbline_core::onscreen::{ReadLine, ReadPicture, annotations};
use plumbline_core::stills::{Still, snap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Name of the stage.
pub const STAGE: &str = "text";
/// Version of what it makes.
pub const VERSION: u32 = 1;
/// Long edge that pictures are read at: small lettering of a larger video stays legible.
const MAX_EDGE: u32 = 1920;

/// The annotations of all text that `reader` finds in the file's pictures. Each picture is kept as it is read, so that a run that was stopped goes
/// on where it was.
///
/// # Errors
/// Where there is no picture, it can't be decoded or read, the result can't be kept, or the job was cancelled.
pub fn run(file: MediaFile, reader: &dyn ReadText, ports: &Ports, job: &Job) -> Result<Vec<Annotation>, StageError> {
    Ok(annotations(&pictures(file, reader, None, ports, job)?, reader.name()))
}

/// Reads one share of the pictures and keeps what stands in them, for [`run`] to find.
///
/// # Errors
/// As [`run`].
pub fn run_part(file: MediaFile, reader: &dyn ReadText, part: Part, ports: &Ports, job: &Job) -> Result<(), StageError> {
    pictures(file, reader, Some(part), ports, job).map(drop)
}

/// What stands in the pictures, or in a share of them, by time.
fn pictures(file: MediaFile, reader: &dyn ReadText, part: Option<Part>, ports: &Ports, job: &Job) -> Result<Vec<ReadPicture>, StageError> {
    let shots::Pictures { shots, mut stills, .. } = shots::run(file, ports, job)?;
    snap(&mut stills, &shots);
    let mut number = 0..;
    stills.retain(|_| number.next().is_none_or(|n| part.is_none_or(|part| part.has(n))));
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let read: Mutex<Vec<(usize, ReadPicture)>> = Mutex::default();
    let failed: Mutex<Option<StageError>> = Mutex::default();
    let work = || {
        while let Some((n, still)) = Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|n| Some((n, stills.get(n)?))) {
            let step = || job.step("reading text on screen", done.fetch_add(1, Ordering::Relaxed) as u64, Some(stills.len() as u64));
            match step().map_err(StageError::from).and_then(|()| picture(file, *still, reader, ports, job)) {
                Ok(picture) => lock(&read).push((n, picture)),
                Err(error) => {
                    // The others stop at their next picture.
                    next.store(stills.len(), Ordering::Relaxed);
                    lock(&failed).get_or_insert(error);
                }
            }
        }
    };
    std::thread::scope(|threads| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            threads.spawn(work);
        }
    });
    if let Some(error) = failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(error);
    }
    let mut read = read.into_inner().unwrap_or_else(PoisonError::into_inner);
    read.sort_by_key(|(n, _)| *n);
    Ok(read.into_iter().map(|(_, picture)| picture).collect())
}

fn lock<T>(of: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What stands in one picture.
fn picture(file: MediaFile, still: Still, reader: &dyn ReadText, ports: &Ports, job: &Job) -> Result<ReadPicture, StageError> {
    let key = Key::new(STAGE, VERSION, &[file.hash], &format!("{} at {} of {MAX_EDGE}", reader.name(), still.sharpest.us()));
    let lines = match kept(ports, STAGE, &key, |bytes| serde_json::from_slice::<Vec<ReadLine>>(bytes).ok())? {
        Some(lines) => lines,
        None => {
            let lines = reader.lines(&ports.media.frame(file.path, still.sharpest, MAX_EDGE)?, job)?;
            keep(ports, STAGE, &key, serde_json::json!(lines).to_string().as_bytes())?;
            lines
        }
    };
    Ok(ReadPicture { span: still.span, lines })
}
