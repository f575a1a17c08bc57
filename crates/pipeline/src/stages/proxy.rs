//! A copy that every webview plays.

use super::{MediaFile, Ports, StageError};
use crate::job::Job;
use crate::ports::{Key, Probe};
use std::path::PathBuf;

/// Name of the stage.
pub const STAGE: &str = "proxy";
/// Version of what it makes.
pub const VERSION: u32 = 1;
/// Long edge in pixels that seeks fast and still shows lips and lettering.
pub const MAX_EDGE: u32 = 960;

/// Path of the copy, made where it is not kept yet. Its long edge is at most `max_edge` pixels.
///
/// # Errors
/// Where the file can't be decoded, the copy can't be written, or the job was cancelled.
pub fn run(file: MediaFile, max_edge: u32, ports: &Ports, job: &Job) -> Result<PathBuf, StageError> {
    let key = Key::new(STAGE, VERSION, &[file.hash], &max_edge.to_string());
    let to = ports.artifacts.file(&key, "mp4").map_err(|source| StageError::Artifact { stage: STAGE, did: "kept", source })?;
    // The file appears only once it is whole; the probe guards against what a failing disk did to it since.
    if !to.exists() || ports.media.probe(&to).is_err() {
        ports.media.proxy(file.path, &to, max_edge, job)?;
    }
    Ok(to)
}

/// Whether WebKitGTK with GStreamer's libav plug-in can't be trusted to play and seek the file itself.
///
/// Playable: H.264 in 8-bit 4:2:0, VP8 and VP9 (8-bit 4:2:0) in MP4, MOV, WebM or Matroska with AAC, MP3, Opus, Vorbis or FLAC sound or none;
/// and sound alone in those, in Ogg, MP3, WAV and FLAC files. MPEG transport streams decode but don't seek; HEVC and AV1 depend on plug-ins.
pub fn needs_proxy(probe: &Probe) -> bool {
    let container = |names: &[&str]| probe.container.split(',').any(|c| names.contains(&c));
    let in_wave = container(&["wav", "w64"]);
    let sound_plays = probe.audio.as_ref().is_none_or(|audio| match audio.codec.as_str() {
        "aac" | "mp3" | "opus" | "vorbis" | "flac" => true,
        "pcm_s16le" | "pcm_s24le" | "pcm_s32le" | "pcm_f32le" | "pcm_u8" => in_wave,
        _ => false,
    });
    let picture_plays = probe.video.as_ref().is_none_or(|video| {
        let common = matches!(video.pixel_format.as_str(), "yuv420p" | "yuvj420p");
        common && matches!(video.codec.as_str(), "h264" | "vp8" | "vp9")
    });
    let container_plays = match probe.video {
        Some(_) => container(&["mp4", "mov", "webm", "matroska"]),
        None => container(&["mp4", "mov", "webm", "matroska", "ogg", "mp3", "wav", "flac"]),
    };
    !(container_plays && picture_plays && sound_plays)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::{AudioStream, VideoStream};
    use plumbline_core::{MediaTime, Timebase};

    fn probe(container: &str, video: &str, audio: &str) -> Probe {
        let (codec, pixel_format) = video.split_once('/').unwrap_or((video, "yuv420p"));
        let video = VideoStream {
            codec: codec.to_owned(),
            pixel_format: pixel_format.to_owned(),
            width: 640,
            height: 360,
            frame_rate: (25, 1),
            timebase: Timebase { num: 1, den: 90_000 },
            start_pts: 0,
        };
        Probe {
            duration: MediaTime::from_ms(1_000),
            container: container.to_owned(),
            video: (!codec.is_empty()).then_some(video),
            audio: (!audio.is_empty()).then(|| AudioStream { codec: audio.to_owned(), sample_rate: 48_000, channels: 2 }),
        }
    }

    #[test]
    fn what_the_webview_plays_needs_no_proxy() {
        let (mp4, mkv) = ("mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm");
        for (container, video, audio, needs) in [
            (mp4, "h264", "aac", false),
            (mp4, "h264/yuvj420p", "", false),
            (mp4, "h264/yuv420p10le", "aac", true),
            (mp4, "h264/yuv422p", "aac", true),
            (mp4, "hevc", "aac", true),
            (mp4, "h264", "ac3", true),
            (mp4, "", "aac", false),
            (mkv, "vp9", "opus", false),
            (mkv, "vp9/yuv420p10le", "opus", true),
            (mkv, "av1", "opus", true),
            (mkv, "vp8", "vorbis", false),
            ("mpegts", "h264", "aac", true),
            ("avi", "mpeg4", "mp3", true),
            ("ogg", "theora", "vorbis", true),
            ("ogg", "", "vorbis", false),
            ("mp3", "", "mp3", false),
            ("wav", "", "pcm_s16le", false),
            (mp4, "h264", "pcm_s16le", true),
            ("flac", "", "flac", false),
            ("asf", "", "wmav2", true),
        ] {
            assert_eq!(needs_proxy(&probe(container, video, audio)), needs, "{container} {video} {audio}");
        }
    }
}
