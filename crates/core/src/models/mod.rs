//! What is known of models: what they take, what they cost, and how an answer is held to a schema.

mod choose;
mod money;
mod registry;

pub use choose::{Choice, Measured, Need, choose};
pub use money::Money;
pub use registry::{
    BadRegistry, Cache, Embeds, Fact, FormKind, Model, ModelKind, PictureTokens, Price, Quota, Regions, Registry, Sampling, Task,
};

/// About how many tokens a text is. Tokenisers differ; a token of prose is about four characters, and one of names, numbers and other scripts less,
/// so that this says rather too many than too few.
pub fn text_tokens(text: &str) -> u32 {
    u32::try_from(text.len().div_ceil(BYTES_A_TOKEN)).unwrap_or(u32::MAX)
}

/// The bytes that [`text_tokens`] takes for a token.
pub const BYTES_A_TOKEN: usize = 3;
