//! The mixed sound as a WAV file.

use crate::files;
use hound::{SampleFormat, WavSpec, WavWriter};
use plumbline_core::align::SAMPLE_RATE;
use plumbline_pipeline::{Listener, MediaError};
use std::fs::File;
use std::io::{BufWriter, Error};
use std::path::{Path, PathBuf};

/// Writes what it hears: 16 kHz, one channel, 16 bits.
pub struct WaveFile {
    path: PathBuf,
    writer: WavWriter<BufWriter<File>>,
    failed: Option<hound::Error>,
}

impl WaveFile {
    /// Begins the file at `path`.
    ///
    /// # Errors
    /// Where it can't be written.
    pub fn create(path: &Path) -> Result<Self, MediaError> {
        let spec = WavSpec { channels: 1, sample_rate: SAMPLE_RATE, bits_per_sample: 16, sample_format: SampleFormat::Int };
        let writer = WavWriter::create(path, spec).map_err(|e| unwritable(path, e))?;
        Ok(Self { path: path.to_owned(), writer, failed: None })
    }

    /// Ends the file.
    ///
    /// # Errors
    /// Where some of it could not be written.
    pub fn finish(self) -> Result<(), MediaError> {
        let ended = self.failed.map_or_else(|| self.writer.finalize(), Err);
        ended.map_err(|e| unwritable(&self.path, e))
    }
}

impl Listener for WaveFile {
    fn mixed(&mut self, samples: &[f32]) {
        let mut write = || {
            // A WAV file of 4 GiB and more is refused by the writer.
            samples.iter().try_for_each(|v| self.writer.write_sample((v * f32::from(i16::MAX)).round() as i16))
        };
        if self.failed.is_none() {
            self.failed = write().err();
        }
    }
}

fn unwritable(path: &Path, error: hound::Error) -> MediaError {
    match error {
        hound::Error::IoError(e) => files::unwritable(path, &e),
        other => files::unwritable(path, &Error::other(other)),
    }
}
