//! Words that people had to correct, as a custom vocabulary.

use super::MediaName;
use crate::cells;
use crate::error::{Error, Result};
use crate::project::Project;
use crate::records::MediaId;
use plumbline_core::time::{MediaTime, Span};
use plumbline_core::tune::vocabulary::{self, Entry, MOST_BYTES, Proposed, propose};
use serde::Serialize;
use std::collections::BTreeMap;
use ts_rs::TS;

/// What the recogniser wrote, and how often.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct PhraseHeard {
    /// The text.
    pub text: String,
    /// How often.
    pub count: u32,
}

/// Where a phrase can be listened to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct PhraseExample {
    /// The media.
    pub media: MediaName,
    /// When.
    #[serde(flatten)]
    pub span: Span<MediaTime>,
    /// What the recogniser wrote there.
    pub heard: String,
}

/// A phrase that is proposed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct PhraseRow {
    /// The two letters of its language.
    pub language: String,
    /// As the vocabulary wants it: `plumb-line`, `A.W.S.`.
    pub phrase: String,
    /// As it is to be written.
    pub display: String,
    /// How often it was corrected to this.
    pub count: u32,
    /// In how many media.
    pub media: u32,
    /// What the recogniser wrote instead, the most frequent first.
    pub heard: Vec<PhraseHeard>,
    /// Places to listen to.
    pub examples: Vec<PhraseExample>,
    /// Who leaves it out; none where it is in the vocabulary.
    pub skipped: Option<String>,
}

/// A text that can't be a phrase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct UnfitRow {
    /// The two letters of its language.
    pub language: String,
    /// As people wrote it.
    pub text: String,
    /// Why not, as what follows its name.
    pub why: String,
}

/// What corrections amount to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct VocabularyView {
    /// Position of the log.
    #[ts(type = "number")]
    pub seq: i64,
    /// Phrases by language, the most frequent first.
    pub phrases: Vec<PhraseRow>,
    /// Texts that can't be phrases, in order.
    pub left_out: Vec<UnfitRow>,
    /// Bytes of the table of each language.
    pub bytes: BTreeMap<String, u32>,
    /// Bytes of a table at most.
    pub most_bytes: u32,
}

impl Project {
    /// Phrases that were corrected at least `least` times in the project, for a custom vocabulary of the recogniser, with those that people
    /// left out.
    ///
    /// # Errors
    /// Where the project can't be read.
    pub fn vocabulary(&self, least: u32) -> Result<VocabularyView> {
        let (proposed, names) = self.proposed_phrases(least)?;
        let skipped = self.at(cells::skipped_phrases(&self.db))?;
        let is_in = |entry: &&Entry| !skipped.contains_key(&(entry.language.clone(), entry.display.clone()));
        let mut bytes: BTreeMap<String, u32> = BTreeMap::new();
        for of_one in proposed.entries.chunk_by(|a, b| a.language == b.language) {
            bytes.insert(of_one[0].language.clone(), vocabulary::table(of_one.iter().filter(is_in)).len() as u32);
        }
        let name = |media: &str| {
            let id = MediaId(media.to_owned());
            MediaName { name: names.get(&id).cloned().unwrap_or_default(), id }
        };
        let phrases = proposed.entries.into_iter().map(|entry| PhraseRow {
            skipped: skipped.get(&(entry.language.clone(), entry.display.clone())).cloned(),
            language: entry.language,
            phrase: entry.phrase,
            display: entry.display,
            count: entry.count,
            media: entry.media,
            heard: entry.heard.into_iter().map(|(text, count)| PhraseHeard { text, count }).collect(),
            examples: entry.examples.into_iter().map(|e| PhraseExample { media: name(&e.media), span: e.span, heard: e.heard }).collect(),
        });
        let left_out = proposed.left_out.into_iter().map(|u| UnfitRow { language: u.language, text: u.text, why: u.why });
        Ok(VocabularyView {
            seq: self.standing().seq,
            phrases: phrases.collect(),
            left_out: left_out.collect(),
            bytes,
            most_bytes: MOST_BYTES as u32,
        })
    }

    /// The table of a language as it is uploaded, without what people left out. Where no language is named it is the only one there is.
    ///
    /// # Errors
    /// [`Error::Refused`] where the language has to be named, or the table is larger than the service takes.
    pub fn vocabulary_table(&self, least: u32, language: Option<&str>) -> Result<String> {
        let proposed = self.proposed_phrases(least)?.0;
        let mut languages: Vec<&str> = proposed.entries.iter().map(|entry| entry.language.as_str()).collect();
        languages.dedup();
        if language.is_none() && languages.len() > 1 {
            return Err(Error::Refused(format!("A vocabulary is for one language, and there are {}. Choose one", languages.join(", "))));
        }
        let skipped = self.at(cells::skipped_phrases(&self.db))?;
        let is_in = |entry: &&Entry| {
            language.is_none_or(|language| language == entry.language)
                && !skipped.contains_key(&(entry.language.clone(), entry.display.clone()))
        };
        let table = vocabulary::table(proposed.entries.iter().filter(is_in));
        if table.len() > MOST_BYTES {
            return Err(Error::Refused(format!(
                "The table has {} bytes, and Amazon Transcribe takes {MOST_BYTES}. Raise the least count, or leave phrases out",
                table.len()
            )));
        }
        Ok(table)
    }

    fn proposed_phrases(&self, least: u32) -> Result<(Proposed, BTreeMap<MediaId, String>)> {
        let lessons = self.lessons()?;
        let proposed = propose(lessons.values().flat_map(|lesson| &lesson.corrected), least);
        Ok((proposed, lessons.into_iter().map(|(media, lesson)| (media, lesson.name.clone())).collect()))
    }
}
