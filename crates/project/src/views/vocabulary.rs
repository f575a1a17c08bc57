//! Words that people had to correct, as a custom vocabulary.

use crate::cells;
use crate::error::Result;
use crate::project::Project;
use plumbline_core::tune::vocabulary::{Proposed, Revision, Spoken, propose};

/// Where the source names no language.
const USUAL_LANGUAGE: &str = "en";

impl Project {
    /// Phrases that were corrected at least `least` times in the project, for a custom vocabulary of the recogniser.
    ///
    /// # Errors
    /// Where the project can't be read.
    pub fn vocabulary(&self, least: u32) -> Result<Proposed> {
        let mut read = Vec::new();
        for media in self.media_ids()? {
            // Most media of a large project were not corrected, and need not be read.
            if self.at(cells::word_edits(&self.db, &media))?.iter().all(|(_, edit)| edit.text.is_none()) {
                continue;
            }
            let Some(transcript) = self.transcript(&media)? else { continue };
            let language =
                transcript.languages.first().and_then(|l| l.code.split(['-', '_']).next()).unwrap_or(USUAL_LANGUAGE).to_lowercase();
            let placed = self.placed(&media)?;
            read.push((media, language, placed, transcript));
        }
        let words: Vec<Vec<Revision<'_>>> = read
            .iter()
            .map(|(_, _, placed, transcript)| {
                let both = transcript.words.iter().zip(placed);
                both.map(|(word, placed)| Revision { heard: &word.text, written: &placed.text, span: placed.span }).collect()
            })
            .collect();
        let spoken: Vec<Spoken<'_>> =
            read.iter().zip(&words).map(|((media, language, ..), words)| Spoken { media: &media.0, language, words }).collect();
        Ok(propose(&spoken, least))
    }
}
