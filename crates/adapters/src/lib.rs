//! The world outside: what implements the ports of `plumbline-pipeline`.

pub mod artifacts;
pub mod ffmpeg;
mod files;
mod profiled;
pub mod sphinx;
pub mod wave;

pub use artifacts::{DiskArtifacts, MemoryArtifacts, cache_folder};
pub use ffmpeg::{Ffmpeg, FrameTimes, Viewer};
pub use sphinx::{NoAcoustics, Sphinx};
pub use wave::Wave;
