//! Whether what an annotation says of speech is borne out by what is said and shown meanwhile.

use super::{QUOTED_NEAR, Spoken};
use crate::annotation::Annotation;
use crate::time::{MediaTime, Span};
use std::collections::BTreeSet;

/// Labels of annotations that tell what is spoken of. Things that are seen are mostly never said.
pub const LABELS: [&str; 5] = ["summary", "summarise", "chapter", "topic", "speech"];
/// With fewer words of its own a text tells too little to be judged.
const LEAST_WORDS: usize = 5;
/// A text is in a language where at least one in so many of its words is a stop word of it.
const STOP_WORDS: usize = 4;
/// Two forms of one word share so many letters at their start, …
const SHARED: usize = 4;
/// … and differ in so many at the end at most.
const ENDING: usize = 3;

/// Whether an annotation tells what is spoken of.
pub fn is_about_speech(annotation: &Annotation) -> bool {
    LABELS.iter().any(|label| annotation.label.eq_ignore_ascii_case(label))
}

/// What stands in annotations over time.
pub struct Shown<'a> {
    annotations: Vec<&'a Annotation>,
}

impl<'a> Shown<'a> {
    /// Of these annotations; those about speech are left out, for a summary bears out no other.
    pub fn new(annotations: &'a [Annotation]) -> Self {
        let mut annotations: Vec<&Annotation> = annotations.iter().filter(|a| !is_about_speech(a) && !a.text.is_empty()).collect();
        annotations.sort_by_key(|a| a.span.start);
        Self { annotations }
    }

    /// The texts that stand in a span.
    fn texts(&self, span: Span<MediaTime>) -> impl Iterator<Item = &'a str> + '_ {
        let end = self.annotations.partition_point(|a| a.span.start < span.end);
        self.annotations[..end].iter().filter(move |a| a.span.end > span.start).map(|a| a.text.as_str())
    }
}

/// What is said in a span and up to 5 s before and after it.
pub fn told(span: Span<MediaTime>, spoken: &Spoken) -> String {
    let words: Vec<&str> = spoken.near(span, QUOTED_NEAR).map(|w| w.text.as_str()).collect();
    words.join(" ")
}

/// Share of the words of an annotation's text, 0..1, that are said within its span or up to 5 s beside it, or stand in other annotations meanwhile, in
/// whatever form; stop words do not count. None where nothing is said, the text has fewer than five such words, or it is not in the language of the
/// transcript: words of two languages can't be held against each other.
pub fn share(annotation: &Annotation, spoken: &Spoken, shown: &Shown, language: &str) -> Option<f64> {
    let stop: BTreeSet<&str> = stop_words::lookup(language).unwrap_or_default().iter().copied().collect();
    let all: Vec<String> = terms(&annotation.text).collect();
    let own: BTreeSet<&str> = all.iter().map(String::as_str).filter(|word| !stop.contains(word)).collect();
    let stopped = all.iter().filter(|word| stop.contains(word.as_str())).count();
    if own.len() < LEAST_WORDS || stopped * STOP_WORDS < all.len() {
        return None;
    }
    let said = told(annotation.span, spoken);
    if said.is_empty() {
        return None;
    }
    let around: BTreeSet<String> = std::iter::once(said.as_str()).chain(shown.texts(annotation.span)).flat_map(terms).collect();
    let found = own.iter().filter(|word| around.iter().any(|other| is_form_of(word, other))).count();
    Some(found as f64 / own.len() as f64)
}

/// How near two meanings are: the cosine of two vectors of one length, -1..1. None where they can't be held against each other.
pub fn cosine(a: &[f32], b: &[f32]) -> Option<f64> {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum::<f64>();
    let size = (dot(a, a) * dot(b, b)).sqrt();
    (a.len() == b.len() && size > 0.0).then(|| (dot(a, b) / size).clamp(-1.0, 1.0)).filter(|c| c.is_finite())
}

/// The words of a text as they are compared, without marks at their ends.
fn terms(text: &str) -> impl Iterator<Item = String> {
    let bare = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).replace('’', "'").to_lowercase();
    text.split_whitespace().map(bare).filter(|word| word.chars().nth(1).is_some())
}

/// Whether two words are forms of one: `repair`, `repaired`, `repairs`.
fn is_form_of(a: &str, b: &str) -> bool {
    let shared = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
    let longest = a.chars().count().max(b.chars().count());
    a == b || (shared >= SHARED && longest - shared <= ENDING && !a.contains(char::is_numeric))
}
