//! The world outside: what implements the ports of `plumbline-pipeline`.

pub mod artifacts;
pub mod ffmpeg;
mod files;
mod profiled;
pub mod programs;
pub mod scorers;
pub mod speech;
pub mod sphinx;
pub mod tesseract;
pub mod wave;

pub use artifacts::{DiskArtifacts, MemoryArtifacts, cache_folder};
pub use ffmpeg::{Ffmpeg, FrameTimes, Viewer};
pub use scorers::{NoScorers, ScorePrograms, gates_file};
pub use speech::{PocketSphinx, Whisper};
pub use sphinx::{NoAcoustics, Sphinx};
pub use tesseract::Tesseract;
pub use wave::Wave;
