//! Recognisers that run on this machine, as programs of their own.

mod pocketsphinx;
mod whisper;

pub use pocketsphinx::PocketSphinx;
pub use whisper::Whisper;

use crate::programs::{self, Failure, Program};
use hound::{SampleFormat, WavSpec, WavWriter};
use plumbline_core::align::SAMPLE_RATE;
use plumbline_pipeline::{Job, MediaError};
use std::path::Path;
use std::time::Duration;

/// A stretch is two minutes long; a recogniser that takes more than fifteen times that hangs.
const TIME_LIMIT: Duration = Duration::from_secs(30 * 60);
/// Words of two minutes, with all that is said of them.
const OUTPUT_LIMIT: usize = 64 << 20;

/// Writes sound as 16-bit WAV.
fn write_wave(path: &Path, sound: &[f32]) -> Result<(), hound::Error> {
    let spec = WavSpec { channels: 1, sample_rate: SAMPLE_RATE, bits_per_sample: 16, sample_format: SampleFormat::Int };
    let mut writer = WavWriter::create(path, spec)?;
    let full_scale = f32::from(i16::MAX);
    sound.iter().try_for_each(|sample| writer.write_sample((sample.clamp(-1.0, 1.0) * full_scale) as i16))?;
    writer.finalize()
}

/// Runs a recogniser over a stretch of sound: `command` is given the WAV's path, and the recogniser writes to standard output.
fn recognise(sound: &[f32], command: impl FnOnce(&str) -> Vec<String>, job: &Job) -> Result<String, MediaError> {
    let kept = tempfile::Builder::new().suffix(".wav").tempfile();
    let wave = kept.map_err(|e| cant_write(Path::new("a temporary file"), &e))?.into_temp_path();
    write_wave(&wave, sound).map_err(|e| cant_write(&wave, &e))?;
    let command = command(&wave.to_string_lossy());
    let program = Program { command: &command, environment: &[], time_limit: TIME_LIMIT, output_limit: OUTPUT_LIMIT };
    // What it says of its own progress is nothing; the stage tells it by stretches.
    let said = programs::run(&program, &[], "writing down what is said", &job.aside()).map_err(|failure| match failure {
        Failure::Cancelled(cancelled) => MediaError::Cancelled(cancelled),
        Failure::NotFound => MediaError::failed(Path::new(&command[0]), "the program is not there", "Install it, or name where it lies"),
        other => MediaError::failed(
            Path::new(&command[0]),
            format!("the recogniser {other}"),
            "Try it on a short file in a terminal to see more",
        ),
    })?;
    Ok(String::from_utf8_lossy(&said).into_owned())
}

fn cant_write(path: &Path, error: &dyn std::fmt::Display) -> MediaError {
    MediaError::failed(
        path,
        format!("the sound can't be written for the recogniser: {error}"),
        "Check the free space of the temporary folder",
    )
}
