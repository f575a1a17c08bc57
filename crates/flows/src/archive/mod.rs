//! An archive: more media than a desk takes, worked on by as many machines as there are, and what was found lies in one place.
//!
//! An item is a media with what belongs to it. Each stage of an item is one step, whose findings are one object, written once; a step reads the findings
//! of the stages before it and does what the desk does, over a project in memory. So the same stages run at the desk, in `plumbline run`, and on any
//! number of machines, to the same bytes; a step that was done is not done again, and a doubled or late worker does no harm.

mod all;
mod bring;
mod custom;
mod finding;
mod manifest;
mod place;
mod settings;
mod step;

pub use all::{Whole, count, run};
pub use bring::{Arrived, bring};
pub use finding::Finding;
pub use manifest::{Begun, Item, begin, manifest};
pub use place::Place;
pub use settings::{AskSettings, Settings, Speaking};
pub use step::{Did, Lost, Step, stages};

/// The layout of what is written; what another one wrote is not read.
pub const LAYOUT: u32 = 1;
/// The first stage of every item: its files are brought, and what they are is looked at.
pub const IMPORT: &str = "import";
