//! The world outside: what implements the ports of `plumbline-pipeline`.

pub mod artifacts;
pub mod documents;
pub mod ffmpeg;
mod files;
pub mod folder;
mod local_models;
mod memory_vectors;
mod png_file;
mod profiled;
pub mod programs;
mod recorded_models;
mod runs;
pub mod scorers;
pub mod speech;
pub mod sphinx;
pub mod tesseract;
pub mod wave;
mod wave_file;

pub use artifacts::{DiskArtifacts, MemoryArtifacts, cache_folder};
pub use documents::DocumentFiles;
pub use ffmpeg::{Ffmpeg, Flac, FrameTimes, Viewer};
pub use folder::FolderObjects;
pub use local_models::LocalModels;
pub use memory_vectors::MemoryVectors;
pub use png_file::png;
pub use recorded_models::RecordedModels;
pub use runs::MemoryRuns;
pub use scorers::{NoScorers, ScorePrograms, gates_file};
pub use speech::{PocketSphinx, Whisper};
pub use sphinx::{NoAcoustics, Sphinx};
pub use tesseract::Tesseract;
pub use wave::Wave;
pub use wave_file::WaveFile;
