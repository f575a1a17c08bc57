//! Cuts a media into windows that a model can take, and puts what it says of them together again.

mod split;
mod stitch;

pub use split::{Rules, Said, Shown, Window, split};
pub use stitch::{Contradiction, Likeness, Stitched, stitch};
