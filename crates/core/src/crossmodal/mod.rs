//! Words, pictures and annotations on one clock: which words an annotation goes with, and whether what it says is borne out by them.

mod agreement;
mod changes;
mod link;
mod offset;

pub use agreement::{LABELS as SPEECH_LABELS, Shown, cosine, is_about_speech, share, told};
pub use changes::PictureChanges;
pub use link::{Linked, Spoken, link};
pub use offset::{Offset, offset};

use crate::annotation::Annotation;
use crate::onscreen;
use crate::time::Delta;
use serde_json::Value;

/// In an annotation's further fields: the words of the transcript that it goes with, as its maker quotes them.
pub const SAYS: &str = "says";
/// In an annotation's further fields: how well the words that it was linked to say what it quotes or reads, 0..1.
pub const LINK: &str = "link";
/// In an annotation's further fields: what another window said instead.
pub const CONTRADICTION: &str = "contradiction";
/// In an annotation's further fields: how near its meaning came to that of what was said meanwhile, as a cosine.
pub const MEANING: &str = "meaning";

/// A quote belongs to words that are said up to so long before or after what it goes with.
pub const QUOTED_NEAR: Delta = Delta::from_us(5_000_000);
/// Text on screen is read out up to so long before or after it stands there.
pub const READ_NEAR: Delta = Delta::from_us(10_000_000);
/// A quote is said by words from this score on: recognisers mishear, models round off.
const QUOTED: f64 = 0.6;
/// Text is read out by words from this score on: short texts are like many words.
const READ_OUT: f64 = 0.8;
/// A shorter text is like something that is said anyway.
const LEAST_LETTERS: usize = 4;

/// What an annotation quotes; none where it quotes nothing.
pub fn quote(annotation: &Annotation) -> Option<&str> {
    annotation.extra.get(SAYS).and_then(Value::as_str).filter(|says| says.chars().any(char::is_alphanumeric))
}

/// Links annotations to the words that they go with, where they name none: a quote to the words that say it, text on screen to the words that read it
/// out. How well they say it stands in [`LINK`], for quotes also where it is too little to link them.
pub fn link_all(annotations: &mut [Annotation], spoken: &Spoken) {
    for annotation in annotations.iter_mut().filter(|a| a.words.is_none() && !spoken.is_empty()) {
        let (linked, least) = match quote(annotation) {
            Some(says) => (Some(spoken.link(says, annotation.span, QUOTED_NEAR)), QUOTED),
            None => (read_out(annotation, spoken).map(Some), READ_OUT),
        };
        let Some(linked) = linked else { continue };
        let score = linked.map_or(0.0, |l| l.score);
        annotation.words = linked.filter(|l| l.score >= least).map(|l| l.words);
        annotation.extra.insert(LINK.into(), ((score * 1e3).round() / 1e3).into());
    }
}

/// The words that read out a text on screen. A number that is nearly right is another number.
pub fn read_out(annotation: &Annotation, spoken: &Spoken) -> Option<Linked> {
    let text = &annotation.text;
    if annotation.label != onscreen::LABEL || text.chars().filter(|c| c.is_alphanumeric()).count() < LEAST_LETTERS {
        return None;
    }
    let least = if text.chars().any(char::is_numeric) { 1.0 } else { READ_OUT };
    spoken.link(text, annotation.span, READ_NEAR).filter(|linked| linked.score >= least)
}

#[cfg(test)]
pub(crate) mod tests;
