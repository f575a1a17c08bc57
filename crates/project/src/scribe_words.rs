//! What people write: words, their speakers and times.

use crate::cells::{self, Change, Swap};
use crate::error::{Error, Result};
use crate::history::Draft;
use crate::ops::WordWrite;
use crate::records::MediaId;
use crate::scribe::Scribe;
use plumbline_core::format::peel;
use plumbline_core::transcript::{Transcript, Word};
use plumbline_core::{MediaTime, Span, WordEdit, WordId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

impl Scribe<'_> {
    fn imported(&self, media: &MediaId) -> Result<Arc<Transcript>> {
        let file = cells::file(self.db, "transcript", media)?.ok_or_else(|| Error::Refused("The media has no transcript".into()))?;
        Ok(self.kept.transcript(self.db, &file.parsed)?)
    }

    /// What was changed about a word, which must be one that is there.
    fn edit_of(&self, media: &MediaId, imported: &Transcript, word: WordId) -> Result<WordEdit> {
        let edit = cells::word_edit(self.db, media, word)?;
        if imported.index_of(word).is_none() && (edit.is_empty() || !word.is_added()) {
            return Err(Error::Refused(format!("The transcript has no word {}", word.0)));
        }
        Ok(edit)
    }

    /// The change of a word; none where nothing changes.
    fn word_change(&self, media: &MediaId, word: WordId, before: WordEdit, after: WordEdit) -> Option<Change> {
        let filled = |edit: WordEdit| (!edit.is_empty()).then_some(edit);
        let swap = Swap { before: filled(before), after: filled(after) };
        (swap.before != swap.after).then(|| Change::Word { media: media.clone(), word, swap })
    }

    pub fn edit_word(&self, media: MediaId, word: WordId, text: &str) -> Result<Draft> {
        let imported = self.imported(&media)?;
        let before = self.edit_of(&media, &imported, word)?;
        let known = imported.index_of(word).map(|i| imported.words[i].text.as_str());
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let after = match known {
            None if text.is_empty() => WordEdit::default(),
            _ => WordEdit { text: (Some(text.as_str()) != known).then_some(text), ..before.clone() },
        };
        let change = self.word_change(&media, word, before, after);
        self.draft("edit_word", &media, change.into_iter().collect())
    }

    pub fn retime_word(&self, media: MediaId, word: WordId, span: Option<Span<MediaTime>>) -> Result<Draft> {
        if let Some(span) = span
            && (span.is_empty() || span.start < MediaTime::ZERO)
        {
            return Err(Error::Refused(format!("A word can't lie from {} to {}: its end must come after its start", span.start, span.end)));
        }
        let before = self.edit_of(&media, &*self.imported(&media)?, word)?;
        let change = self.word_change(&media, word, before.clone(), WordEdit { span, ..before });
        self.draft("retime_word", &media, change.into_iter().collect())
    }

    /// Writes words as they shall stand.
    pub fn write_words(&self, media: &MediaId, words: &[WordWrite], run: Option<String>) -> Result<Draft> {
        let imported = self.imported(media)?;
        let mut changes = Vec::new();
        // Of a word that is written twice the last counts.
        let last: BTreeMap<WordId, &WordWrite> = words.iter().map(|write| (write.word, write)).collect();
        for write in last.into_values() {
            if !write.word.is_within(imported.words.len()) {
                return Err(Error::Refused(format!("The transcript has no word {}, nor a place for one", write.word.0)));
            }
            let before = cells::word_edit(self.db, media, write.word)?;
            let after = written(&imported, write, &before);
            changes.extend(self.word_change(media, write.word, before, after));
        }
        Ok(Draft { run, ..self.draft("write_words", media, changes)? })
    }

    pub fn assign_speaker(&self, media: &MediaId, words: &[WordId], label: &str) -> Result<Draft> {
        let label = label.trim();
        if label.is_empty() {
            return Err(Error::Refused("A speaker needs a name. Write one".into()));
        }
        let imported = self.imported(media)?;
        let mut changes = Vec::new();
        for word in words.iter().collect::<BTreeSet<_>>() {
            let before = self.edit_of(media, &imported, *word)?;
            let known = imported.index_of(*word).and_then(|i| imported.words[i].speaker);
            let as_imported = known.and_then(|s| imported.speakers.get(usize::from(s))).is_some_and(|s| s == label);
            let after = WordEdit { speaker: (!as_imported).then(|| label.to_owned()), ..before.clone() };
            changes.extend(self.word_change(media, *word, before, after));
        }
        self.draft("assign_speaker", media, changes)
    }

    pub fn name_speaker(&self, media: MediaId, label: String, name: &str) -> Result<Draft> {
        self.media(&media)?;
        let name = name.trim();
        if name.is_empty() {
            return Err(Error::Refused("A speaker needs a name. Write one".into()));
        }
        let before = cells::speaker_names(self.db, &media)?.remove(&label);
        let after = (name != label).then(|| name.to_owned());
        let changes =
            if before == after { vec![] } else { vec![Change::Speaker { media: media.clone(), label, swap: Swap { before, after } }] };
        self.draft("name_speaker", &media, changes)
    }
}

/// What is changed about a word that shall stand as written. What is as imported is no change.
fn written(imported: &Transcript, write: &WordWrite, before: &WordEdit) -> WordEdit {
    let token = write.text.split_whitespace().collect::<Vec<_>>().join(" ");
    let known: Option<&Word> = imported.index_of(write.word).map(|i| &imported.words[i]);
    let began = imported.segments.binary_search_by_key(&write.word, |s| s.first).is_ok();
    let line = (write.line != began).then_some(write.line);
    let (text, marks) = match peel(&token) {
        ("", marks) => (marks, ""),
        parts => parts,
    };
    match known {
        None if token.is_empty() => WordEdit::default(),
        None => {
            WordEdit { text: Some(text.to_owned()), punctuation: Some(marks.to_owned()).filter(|p| !p.is_empty()), line, ..before.clone() }
        }
        Some(word) if token == format!("{}{}", word.text, word.punctuation) => {
            WordEdit { text: None, punctuation: None, line, ..before.clone() }
        }
        Some(_) if token.is_empty() => WordEdit { text: Some(String::new()), punctuation: None, line, ..before.clone() },
        Some(word) => WordEdit {
            text: (text != word.text).then(|| text.to_owned()),
            punctuation: (marks != word.punctuation).then(|| marks.to_owned()),
            line,
            ..before.clone()
        },
    }
}
