//! `frames` and `shots`: the pictures of one video, without a project.

use crate::report::say;
use crate::{Outcome, progress};
use anyhow::{Context, Result};
use clap::Args;
use plumbline_adapters::{Ffmpeg, WaveFile};
use plumbline_core::frames::{KeptFrame, PictureFormat, Wish};
use plumbline_core::{Delta, MediaTime};
use plumbline_flows::export::write_whole;
use plumbline_pipeline::ports::{Media, Picture, Wanted};
use plumbline_pipeline::{Listener, MediaError};
use serde_json::json;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// Which frames, and how they are written.
#[derive(Args)]
pub struct Choice {
    /// A frame where the last one lies so many seconds back; 0 for none by time.
    #[arg(long, value_name = "SECONDS", default_value = "2", value_parser = seconds)]
    every: Delta,
    /// No frame only because a shot begins.
    #[arg(long)]
    no_shots: bool,
    /// A frame where the picture has changed by this share since the last, 0 to 1.
    #[arg(long, value_name = "SHARE")]
    motion: Option<f32>,
    /// So many at most in any minute.
    #[arg(long, default_value_t = Wish::default().most_per_minute)]
    most_per_minute: u32,
    /// Two frames whose perceptual hashes differ in up to so many of 64 bits count as one.
    #[arg(long, default_value_t = Wish::default().same)]
    same: u8,
    /// The long edge in pixels at most.
    #[arg(long, default_value_t = Wish::default().max_edge)]
    max_edge: u32,
    /// Bring sides to a multiple of so many pixels.
    #[arg(long, default_value_t = 1)]
    multiple: u32,
    /// Write PNG in place of JPEG.
    #[arg(long)]
    png: bool,
    /// Quality of JPEG, 1 to 100.
    #[arg(long, default_value_t = Wish::default().quality)]
    quality: u8,
}

impl Choice {
    fn wish(&self) -> Wish {
        Wish {
            every: self.every,
            per_shot: !self.no_shots,
            motion: self.motion,
            most_per_minute: self.most_per_minute,
            same: self.same,
            max_edge: self.max_edge,
            format: if self.png { PictureFormat::Png } else { PictureFormat::Jpeg },
            quality: self.quality,
            multiple: self.multiple,
        }
    }
}

fn seconds(text: &str) -> Result<Delta, String> {
    let value: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    if !(0.0..1e6).contains(&value) {
        return Err("not between 0 and a million seconds".to_owned());
    }
    Ok(Delta::from_us((value * 1e6).round() as i64))
}

/// Writes frames, and with `sound` the sound, to a folder.
pub fn frames(media: &Path, out: &Path, choice: &Choice, sound: bool) -> Result<Outcome> {
    std::fs::create_dir_all(out).with_context(|| format!("{}: the folder can't be made", out.display()))?;
    let wish = choice.wish();
    let kept: Mutex<Vec<KeptFrame>> = Mutex::default();
    let keep = |Picture { pick, width, height, bytes }: Picture| {
        // By time, so that names sort as frames do.
        let key = format!("{:012}.{}", pick.at.us().max(0), wish.format.extension());
        let path = out.join(&key);
        let failed = |e: std::io::Error| MediaError::failed(&path, format!("it can't be written ({e})"), "Check the free space");
        std::fs::write(&path, bytes).map_err(failed)?;
        let (shot, hash, sharpness, format) = (pick.shot, pick.hash, pick.sharpness, wish.format);
        let frame = KeptFrame { pts: pick.pts, at: pick.at, shot, hash, sharpness, width, height, format, key };
        kept.lock().unwrap_or_else(PoisonError::into_inner).push(frame);
        Ok(())
    };
    let mut wave = sound.then(|| WaveFile::create(&out.join("sound.wav"))).transpose()?;
    let listener = wave.as_mut().map(|wave| wave as &mut (dyn Listener + Send));
    let wanted = Wanted { wish: &wish, shots: None, look: None, keep: &keep, listener };
    let shots = Ffmpeg.frames(media, wanted, &progress::job())?;
    wave.map_or(Ok(()), WaveFile::finish)?;
    let mut frames = kept.into_inner().unwrap_or_else(PoisonError::into_inner);
    frames.sort_by_key(|frame| frame.at);
    // A line for each, not one tree of all: ten hours have many.
    let lines: Vec<String> = frames.iter().map(|frame| listed(frame).to_string()).collect();
    let all = format!("{{\"shots_us\":{},\"frames\":[\n{}\n]}}\n", json!(shots), lines.join(",\n"));
    write_whole(&out.join("frames.json"), all.as_bytes())?;
    say(format!("{}: {} frames of {} shots", media.display(), frames.len(), shots.len() + 1))?;
    Ok(Outcome::Done)
}

/// A frame as it is written; hashes are beyond what JSON numbers hold exactly.
fn listed(frame: &KeptFrame) -> serde_json::Value {
    json!({
        "file": frame.key,
        "pts": frame.pts,
        "at_us": frame.at,
        "shot": frame.shot,
        "hash": format!("{:016x}", frame.hash),
        "sharpness": frame.sharpness,
        "width": frame.width,
        "height": frame.height,
    })
}

/// Tells where shots begin.
pub fn shots(media: &Path, as_json: bool) -> Result<Outcome> {
    let shots: Vec<MediaTime> = Ffmpeg.shots(media, &progress::job(), &mut |_, _| {})?;
    if as_json {
        say(json!({ "shots_us": shots }))?;
    } else {
        for shot in shots {
            say(shot)?;
        }
    }
    Ok(Outcome::Done)
}
