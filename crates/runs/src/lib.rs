//! What runs did and what they cost: one SQLite file beside a project.
//!
//! Several processes and threads share the file. Whoever opens it takes a number and keeps a file of that number locked for as long as it lives;
//! a number whose file is not locked belongs to a process that was killed, and what it left open is closed with the most that it may have cost.

mod file;
mod process;
mod vectors;

pub use file::RunFile;
