//! What a person types to find something anywhere in a project.
//!
//! Words all have to be there; `"a phrase"` has to be there as it stands; `-word` must not be there; `kind:flag`, `speaker:Ada` and
//! `label:person` say where to look. Whatever is typed can be asked: what is no such word is looked for as text.

use serde::{Deserialize, Serialize};
use std::iter::Peekable;
use std::str::Chars;

/// What can be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum FoundKind {
    /// A sentence that is said.
    Word,
    /// Text that stands in the picture.
    Text,
    /// Any other annotation.
    Annotation,
    /// A flag of a gate or a defect that a person found, with what was remarked on it.
    Flag,
    /// A page of a document that belongs to a media.
    Document,
}

impl FoundKind {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 5] = [Self::Word, Self::Text, Self::Annotation, Self::Flag, Self::Document];

    /// Its name, as it is typed behind `kind:`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Word => "word",
            Self::Text => "text",
            Self::Annotation => "annotation",
            Self::Flag => "flag",
            Self::Document => "document",
        }
    }

    /// The kind of this name, in the singular or the plural; none for any other word.
    pub fn parse(name: &str) -> Option<Self> {
        let name = name.to_lowercase();
        Self::ALL.into_iter().find(|kind| name.strip_prefix(kind.name()).is_some_and(|rest| matches!(rest, "" | "s")))
    }
}

/// Something that has to be there, or must not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// A word, or several that stand one behind the other.
    pub text: String,
    /// Whether its last word may go on.
    pub open: bool,
}

/// What is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ask {
    /// What has to be there, all of it.
    pub terms: Vec<Term>,
    /// What must not be there, none of it.
    pub without: Vec<Term>,
    /// Only what one of them says; all where none is named.
    pub speakers: Vec<String>,
    /// Only annotations and flags with one of these labels; all where none is named.
    pub labels: Vec<String>,
    /// Only these kinds; all where none is named.
    pub kinds: Vec<FoundKind>,
}

impl Ask {
    /// Reads what a person typed. The word they are at may go on, and one that ends in `*`.
    pub fn parse(typed: &str) -> Self {
        let mut ask = Self::default();
        let mut rest = typed.chars().peekable();
        while let Some(first) = rest.peek().copied() {
            if first.is_whitespace() {
                rest.next();
                continue;
            }
            let not = first == '-' && {
                rest.next();
                true
            };
            let (name, text, quoted) = piece(&mut rest);
            ask.take(not, name.as_deref(), text, !quoted && rest.peek().is_none());
        }
        ask
    }

    /// Whether it looks for nothing.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty() && self.speakers.is_empty() && self.labels.is_empty()
    }

    fn take(&mut self, not: bool, name: Option<&str>, text: String, at_end: bool) {
        match name {
            Some("speaker") if !not && has_word(&text) => return self.speakers.push(text),
            Some("label") if !not && has_word(&text) => return self.labels.push(text),
            Some("kind") if !not && FoundKind::parse(&text).is_some() => return self.kinds.extend(FoundKind::parse(&text)),
            _ => {}
        }
        let whole = name.map_or_else(|| text.clone(), |name| format!("{name}:{text}"));
        if !has_word(&whole) {
            return;
        }
        // A single letter would be the beginning of half of all words.
        let long = whole.chars().rev().take_while(|c| c.is_alphanumeric()).count() >= 2;
        let starred = whole.strip_suffix('*').is_some_and(has_word);
        let term = Term { open: !not && (starred || (at_end && long)), text: whole };
        if not { self.without.push(term) } else { self.terms.push(term) }
    }
}

fn has_word(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

/// The next piece up to a space: what stands before a colon in it, the rest, and whether that was quoted.
fn piece(rest: &mut Peekable<Chars<'_>>) -> (Option<String>, String, bool) {
    let (mut name, mut text) = (None, String::new());
    while let Some(c) = rest.next_if(|c| !c.is_whitespace()) {
        match c {
            '"' | '“' | '”' | '„' if text.is_empty() => {
                text.extend(std::iter::from_fn(|| rest.next_if(|c| !matches!(c, '"' | '“' | '”'))));
                rest.next();
                return (name, text, true);
            }
            // A quote inside of a piece begins the next one.
            ':' if name.is_none() && matches!(text.to_lowercase().as_str(), "kind" | "speaker" | "label") => {
                name = Some(std::mem::take(&mut text).to_lowercase());
            }
            c => text.push(c),
        }
    }
    (name, text, false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn term(text: &str, open: bool) -> Term {
        Term { text: text.into(), open }
    }

    #[test]
    fn what_is_typed_is_understood() {
        let check = |typed: &str, expected: Ask| assert_eq!(Ask::parse(typed), expected, "{typed}");
        let words = |terms: Vec<Term>| Ask { terms, ..Ask::default() };
        check("", Ask::default());
        check("old brid", words(vec![term("old", false), term("brid", true)]));
        check("old bridge ", words(vec![term("old", false), term("bridge", false)]));
        check("\"old bridge\"", words(vec![term("old bridge", false)]));
        check("“old bridge” x", words(vec![term("old bridge", false), term("x", false)]));
        check("\"never closed", words(vec![term("never closed", false)]));
        check("gau* on ", words(vec![term("gau*", true), term("on", false)]));
        check("- \" * ^ ()", Ask::default());
        check(
            "old -bridge -\"by the\"",
            Ask { without: vec![term("bridge", false), term("by the", false)], ..words(vec![term("old", false)]) },
        );
        check(
            "speaker:\"Ada L\" kind:flags hum ",
            Ask { speakers: vec!["Ada L".into()], kinds: vec![FoundKind::Flag], ..words(vec![term("hum", false)]) },
        );
        check("LABEL:person", Ask { labels: vec!["person".into()], ..Ask::default() });
        check("kind:tree ", words(vec![term("kind:tree", false)]));
        check("note:this ", words(vec![term("note:this", false)]));
    }

    proptest! {
        #[test]
        fn anything_can_be_asked(typed in "\\PC*") {
            let ask = Ask::parse(&typed);
            prop_assert!(ask.terms.iter().chain(&ask.without).all(|term| has_word(&term.text)));
        }
    }
}
