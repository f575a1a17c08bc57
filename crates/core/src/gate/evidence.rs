//! What a limit stands on that was set with a guarantee.

use super::GateId;
use serde::{Deserialize, Serialize};

/// The promise under which a limit was set, and the checks that bear it out. It names everything that it takes to reckon it again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The gate whose limit it is.
    pub gate: GateId,
    /// The limit, in the gate's unit.
    pub limit: f64,
    /// At most this share of what passes is a defect, 0 to 1.
    pub alpha: f64,
    /// The chance at most that this is wrong, 0 to 1.
    pub delta: f64,
    /// Checked units that would pass.
    pub probes: u32,
    /// Defects among them.
    pub defects: u32,
    /// Which step of the frozen grid it is; step 0 is where the checks began.
    pub step: u32,
    /// Hash of the grid.
    pub grid: String,
    /// Hash of the checked units, in their order.
    pub batch: String,
    /// What the units were drawn with.
    pub seed: String,
    /// The chance of each unit to be drawn, up to the cap.
    pub pi: f64,
    /// Media with more units count as if they had so many.
    pub cap: u32,
    /// What made the transcripts and the scores, in words: where anything else makes them, the promise is void.
    pub sources: String,
    /// What models are asked with where the gate judges what they say, in words: where that changes, the promise is void. Empty for other gates, where no
    /// prompt was promoted, and in evidence from before prompts were.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prompts: String,
}
