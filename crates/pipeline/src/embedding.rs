//! Vectors of an embedding model, asked for through [`Caller`].

use crate::calls::{About, Asked, CallError, Caller, embed_key};
use crate::job::Job;
use crate::limiter::Limits;
use crate::models::{Embed, Embedded, Meaning, Purpose};
use plumbline_core::models::{BYTES_A_TOKEN, Model, Money, text_tokens};

/// What [`About::task`] says of vectors.
pub const TASK: &str = "meaning";

/// Vectors that can be held against each other: those of one model and one length.
#[derive(Clone, Debug, PartialEq)]
pub struct Space {
    /// The model.
    pub model: Model,
    /// Length of the vectors.
    pub dimensions: u32,
}

impl Space {
    /// The vectors of a model, the shortest that it gives; none of a model that gives none.
    pub fn smallest(model: Model) -> Option<Self> {
        let dimensions = model.dimensions.iter().copied().min()?;
        Some(Self { model, dimensions })
    }

    /// The same vectors, of texts alone: what a picture costs is of no matter then.
    pub fn of_texts(mut self) -> Self {
        self.model.pictures = false;
        self
    }

    /// How fast its model may be asked: vectors have no answer that would count.
    pub fn limits(&self, at_once: u32) -> Limits {
        Limits { output_burn: 1, ..Limits::of(&self.model, at_once) }
    }

    /// Whether it is known what vectors cost: else no cap can hold.
    pub fn is_priced(&self) -> bool {
        self.model.price.is_some_and(|price| !self.model.pictures || price.per_picture > Money::default())
    }

    /// Its name: the model, as it is called, and the length.
    pub fn name(&self) -> String {
        format!("{} {}", self.model.called(), self.dimensions)
    }

    /// Whether the model takes this: texts of its length, pictures where it knows any.
    pub fn takes(&self, what: &Meaning) -> bool {
        match what {
            Meaning::Text(text) => !text.is_empty() && self.model.context_tokens.is_none_or(|most| text_tokens(text) <= most),
            Meaning::Picture(..) => self.model.pictures,
        }
    }

    /// What is asked of the model.
    pub fn embed(&self, what: Meaning, purpose: Purpose) -> Embed {
        Embed { model: self.model.called(), what, dimensions: self.dimensions, purpose }
    }

    /// What the call is for, of which media by id.
    pub fn about(&self, embed: &Embed, media: &str) -> About {
        // A token is at least a byte long; a picture has a price of its own.
        let estimate_input_tokens = match &embed.what {
            Meaning::Text(text) => text.len() as u64,
            Meaning::Picture(..) => 0,
        };
        let price = self.model.price.unwrap_or_default();
        let (task, media) = (TASK.to_owned(), media.to_owned());
        About { task, media, key: embed_key(embed), price, estimate_input_tokens, fresh: false }
    }

    /// What vectors of texts of so many bytes cost at most; none where their price is not known. A token is at least a byte long.
    pub fn at_most_of(&self, bytes: u64) -> Option<Money> {
        self.model.price.map(|price| price.at_most(bytes, 0))
    }

    /// The longest text that the model reads, in bytes; none where that is not known.
    pub fn longest(&self) -> Option<u64> {
        self.model.context_tokens.map(|most| u64::from(most) * BYTES_A_TOKEN as u64)
    }

    /// What a call costs at most; none where its price is not known.
    pub fn at_most(&self, what: &Meaning) -> Option<Money> {
        let price = self.model.price?;
        Some(match what {
            Meaning::Text(text) => price.at_most(text.len() as u64, 0),
            Meaning::Picture(..) => Some(price.per_picture).filter(|price| *price > Money::default())?,
        })
    }

    /// The vector of something, kept or new; none where the model does not take it.
    ///
    /// # Errors
    /// As [`Caller::embed`].
    pub fn vector(
        &self,
        caller: &Caller,
        what: Meaning,
        purpose: Purpose,
        media: &str,
        job: &Job,
    ) -> Result<Option<Asked<Embedded>>, CallError> {
        if !self.takes(&what) {
            return Ok(None);
        }
        let embed = self.embed(what, purpose);
        caller.embed(&self.about(&embed, media), &embed, job).map(Some)
    }
}
