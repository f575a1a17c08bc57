//! Frames that are worth showing to a model, encoded; and on the way, in the same decode, the shots and what the picture is like.

use super::shots::Watcher;
use super::{MediaFile, Ports, StageError, keep, kept, shots};
use crate::job::Job;
use crate::ports::{Key, MediaError, Picture, Sight, Wanted};
use plumbline_core::MediaTime;
use plumbline_core::frames::{KeptFrame, Wish};
use std::io::{Error, ErrorKind};
use std::sync::{Mutex, PoisonError};

/// Name of the stage.
pub const STAGE: &str = "frames";
/// Version of what it makes.
pub const VERSION: u32 = 1;

/// The key that the list of frames is kept under, as JSON.
pub fn key(hash: &str, wish: &Wish) -> Key {
    Key::new(STAGE, VERSION, &[hash], &serde_json::json!(wish).to_string())
}

/// The key that an encoded frame is kept under: the same for all wishes that encode it alike.
fn picture_key(hash: &str, pts: i64, wish: &Wish) -> Key {
    let Wish { max_edge, format, quality, multiple, .. } = wish;
    Key::new(STAGE, VERSION, &[hash], &format!("frame {pts}, {max_edge} by {multiple}, {} {quality}", format.extension()))
}

/// The frames of the file that are wished for, in order of time. Each is kept as it is encoded.
///
/// # Errors
/// Where there is no picture, it can't be decoded, the result can't be kept, or the job was cancelled.
pub fn run(file: MediaFile, wish: &Wish, ports: &Ports, job: &Job) -> Result<Vec<KeptFrame>, StageError> {
    match found(file, wish, ports)? {
        Some(frames) => Ok(frames),
        None => made(file, wish, ports, job),
    }
}

/// The encoded picture of a frame.
///
/// # Errors
/// Where it can't be read, or is not kept any more: [`run`] makes it anew.
pub fn bytes(frame: &KeptFrame, ports: &Ports) -> Result<Vec<u8>, StageError> {
    let gone = || StageError::Artifact { stage: STAGE, did: "read", source: Error::new(ErrorKind::NotFound, "a frame is gone") };
    kept(ports, STAGE, &Key::named(&frame.key), |bytes| Some(bytes.to_vec()))?.ok_or_else(gone)
}

/// What was kept, where all of it still is.
fn found(file: MediaFile, wish: &Wish, ports: &Ports) -> Result<Option<Vec<KeptFrame>>, StageError> {
    let frames = kept(ports, STAGE, &key(file.hash, wish), |bytes| serde_json::from_slice::<Vec<KeptFrame>>(bytes).ok())?;
    let Some(frames) = frames else { return Ok(None) };
    for frame in &frames {
        if !has(&Key::named(&frame.key), ports)? {
            return Ok(None);
        }
    }
    Ok(Some(frames))
}

fn has(key: &Key, ports: &Ports) -> Result<bool, StageError> {
    ports.artifacts.has(key).map_err(|source| StageError::Artifact { stage: STAGE, did: "read", source })
}

fn made(file: MediaFile, wish: &Wish, ports: &Ports, job: &Job) -> Result<Vec<KeptFrame>, StageError> {
    let known = shots::known(file, ports)?;
    let mut watcher = Watcher::default();
    let frames: Mutex<Vec<KeptFrame>> = Mutex::default();
    let keep_one = |Picture { pick, width, height, bytes }: Picture| {
        let key = picture_key(file.hash, pick.pts, wish);
        ports.artifacts.put(&key, &bytes).map_err(|e| unkept(file, &e))?;
        let key = key.as_str().to_owned();
        let frame = KeptFrame {
            pts: pick.pts,
            at: pick.at,
            shot: pick.shot,
            hash: pick.hash,
            sharpness: pick.sharpness,
            width,
            height,
            format: wish.format,
            key,
        };
        frames.lock().unwrap_or_else(PoisonError::into_inner).push(frame);
        Ok(())
    };
    let mut look = |at: MediaTime, sight: Sight<'_>| watcher.look(at, sight);
    let wanted = Wanted { wish, shots: known.as_deref(), look: Some(&mut look), keep: &keep_one, listener: None };
    let shots = ports.media.frames(file.path, wanted, job)?;
    if known.is_none() {
        watcher.keep(shots, file, ports)?;
    }
    let mut frames = frames.into_inner().unwrap_or_else(PoisonError::into_inner);
    frames.sort_by_key(|frame| frame.at);
    let list = serde_json::to_vec(&frames).map_err(|e| StageError::Artifact { stage: STAGE, did: "kept", source: e.into() })?;
    keep(ports, STAGE, &key(file.hash, wish), &list)?;
    Ok(frames)
}

fn unkept(file: MediaFile, error: &Error) -> MediaError {
    let what = format!("a frame of it can't be kept ({error})");
    MediaError::failed(file.path, what, "Check the free space and the permissions of the cache folder")
}
