//! What measures need to be told of outside of the project: where places lie, what custom gates scored before, and which gates are being checked.

use crate::cells;
use crate::error::Result;
use crate::project::Project;
use crate::records::MediaId;
use crate::views::queue::spans;
use plumbline_core::gate::{GateId, Measure, Place};
use plumbline_core::{MediaTime, Span};
use std::collections::BTreeSet;

impl Project {
    /// What custom gates measured last, as far as it speaks of words that the transcript in force has.
    ///
    /// # Errors
    /// Where the file can't be read.
    pub fn scores(&self, media: &MediaId) -> Result<Vec<Measure>> {
        let file = self.at(cells::file(&self.db, "transcript", media))?.map_or_else(String::new, |file| file.parsed);
        let Some(analysis) = self.analysis(media)?.filter(|a| a.scored == file) else { return Ok(vec![]) };
        let Some(transcript) = self.transcript(media)? else { return Ok(vec![]) };
        let stands = |place: &Place| match *place {
            Place::Words { first, end } => !transcript.range(first, end).is_empty(),
            _ => true,
        };
        Ok(analysis.measures.iter().filter(|m| m.gate.custom().is_some() && stands(&m.place)).copied().collect())
    }

    /// Where in the media the places of measures lie as the words lie now, one each.
    ///
    /// # Errors
    /// Where the file can't be read.
    pub fn spans(&self, media: &MediaId, measures: &[Measure]) -> Result<Vec<Span<MediaTime>>> {
        spans(&self.db, &self.kept, media, measures)
    }

    /// The gates that are being checked: as long as they are, nobody is told their values before a verdict.
    ///
    /// # Errors
    /// Where the file can't be read.
    pub fn checked_gates(&self) -> Result<BTreeSet<GateId>> {
        Ok(self.at(cells::plans(&self.db))?.into_keys().collect())
    }
}
