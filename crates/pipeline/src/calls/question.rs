//! What can be asked of a model, as far as keeping, paying and waiting for the answer go.

use super::About;
use crate::job::Job;
use crate::models::{Answer, Embed, Embedded, Meaning, ModelError, Models, Request, Usage};
use plumbline_core::models::{Money, Price};

/// Something to ask a model.
pub(super) trait Question {
    /// What it answers.
    type Said;

    /// The model.
    fn model(&self) -> &str;

    /// The answer has so many tokens at most.
    fn max_tokens(&self) -> u32;

    /// What an attempt costs at most.
    fn at_most(&self, about: &About) -> Money;

    /// What an answer cost.
    fn cost(&self, price: &Price, usage: Usage) -> Money;

    /// Asks once.
    fn ask(&self, models: &dyn Models, job: &Job) -> Result<Self::Said, ModelError>;

    /// What an answer took.
    fn usage(said: &Self::Said) -> Usage;

    /// How long it took where it says so, in milliseconds.
    fn latency_ms(said: &Self::Said) -> Option<u64>;

    /// An answer as it is kept.
    fn keep(said: &Self::Said) -> Option<Vec<u8>>;

    /// An answer that was kept. What can't be understood was written by another version, and is asked anew.
    fn kept(&self, bytes: &[u8]) -> Option<Self::Said>;
}

impl Question for Request {
    type Said = Answer;

    fn model(&self) -> &str {
        &self.model
    }

    fn max_tokens(&self) -> u32 {
        self.max_tokens
    }

    fn at_most(&self, about: &About) -> Money {
        about.price.at_most(about.estimate_input_tokens, self.max_tokens)
    }

    fn cost(&self, price: &Price, Usage { input, output, cache_read, cache_write }: Usage) -> Money {
        price.of(input, output, cache_read, cache_write)
    }

    fn ask(&self, models: &dyn Models, job: &Job) -> Result<Answer, ModelError> {
        models.ask(self, job)
    }

    fn usage(said: &Answer) -> Usage {
        said.usage
    }

    fn latency_ms(said: &Answer) -> Option<u64> {
        Some(said.latency_ms)
    }

    fn keep(said: &Answer) -> Option<Vec<u8>> {
        serde_json::to_vec(said).ok()
    }

    fn kept(&self, bytes: &[u8]) -> Option<Answer> {
        serde_json::from_slice(bytes).ok()
    }
}

impl Question for Embed {
    type Said = Embedded;

    fn model(&self) -> &str {
        &self.model
    }

    fn max_tokens(&self) -> u32 {
        0
    }

    fn at_most(&self, about: &About) -> Money {
        match self.what {
            Meaning::Text(_) => about.price.at_most(about.estimate_input_tokens, 0),
            Meaning::Picture(..) => about.price.per_picture,
        }
    }

    /// A picture has a price of its own, whatever tokens it counts as.
    fn cost(&self, price: &Price, usage: Usage) -> Money {
        match self.what {
            Meaning::Text(_) => price.of(usage.input, 0, 0, 0),
            Meaning::Picture(..) => price.per_picture,
        }
    }

    fn ask(&self, models: &dyn Models, job: &Job) -> Result<Embedded, ModelError> {
        models.embed(self, job)
    }

    fn usage(said: &Embedded) -> Usage {
        said.usage
    }

    fn latency_ms(_: &Embedded) -> Option<u64> {
        None
    }

    /// As its numbers alone: there are many of them, and what they took stands in the ledger.
    fn keep(said: &Embedded) -> Option<Vec<u8>> {
        Some(said.vector.iter().flat_map(|number| number.to_le_bytes()).collect())
    }

    fn kept(&self, bytes: &[u8]) -> Option<Embedded> {
        let (numbers, rest) = bytes.as_chunks::<4>();
        let whole = rest.is_empty() && numbers.len() == self.dimensions as usize;
        whole.then(|| Embedded { vector: numbers.iter().map(|number| f32::from_le_bytes(*number)).collect(), usage: Usage::default() })
    }
}
