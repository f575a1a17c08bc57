//! Reads the cells that an operation is about, and writes down their values before and after.

use crate::cells::{self, Change, FileRef, ProposalRef, Swap, put_blob};
use crate::error::{Error, Result};
use crate::history::{Draft, Step, changes};
use crate::kept::Kept;
use crate::ops::Import;
use crate::proposed::{Proposed, heard_of};
use crate::records::{MediaId, MediaRecord, Verdict};
use crate::views::{Decision, ProposalState};
use plumbline_core::align::{Heard, Proposal};
use plumbline_core::format::write_annotations;
use plumbline_core::gate::{GateId, Thresholds};
use plumbline_core::transcript::Transcript;
use plumbline_core::{ALWAYS, Anchor, Annotation, AnnotationSet, WordId, revise};
use rusqlite::Connection;
use serde::Serialize;
use std::collections::BTreeMap;

/// The decision on a proposal.
fn decided(media: &MediaId, open: &Proposed, after: ProposalState) -> Change {
    let swap = Swap { before: Some(open.row.state), after: Some(after) };
    Change::ProposalState { media: media.clone(), proposal: open.row.seq, swap }
}

/// Reads the cells that an operation is about, and writes down their values before and after.
pub(crate) struct Scribe<'a> {
    pub db: &'a Connection,
    pub kept: &'a Kept,
    /// Who it is that writes.
    pub by: &'a str,
}

impl Scribe<'_> {
    pub fn draft(&self, kind: &'static str, media: &MediaId, changes: Vec<Change>) -> Result<Draft> {
        Ok(Draft { kind, media: Some(media.clone()), reverts: None, run: None, changes })
    }

    pub fn media(&self, media: &MediaId) -> Result<MediaRecord> {
        cells::media(self.db, media)?.ok_or_else(|| Error::Refused(format!("The project has no media {media}. Import it first")))
    }

    pub fn blob<T: Serialize>(&self, value: &T) -> Result<String> {
        Ok(put_blob(self.db, cells::json(value)?.as_bytes())?)
    }

    pub fn file<T: Serialize>(&self, file: &Import<T>) -> Result<FileRef> {
        Ok(FileRef { name: file.name.clone(), source: put_blob(self.db, &file.source)?, parsed: self.blob(&file.parsed)? })
    }

    pub fn add_media(
        &self,
        record: MediaRecord,
        transcript: Option<Import<Transcript>>,
        annotations: Option<Import<AnnotationSet>>,
    ) -> Result<Draft> {
        let media = MediaId::of_hash(&record.hash);
        if let Some(known) = cells::media(self.db, &media)? {
            return Err(Error::Refused(format!(
                "{} has the same content as {}, which is in the project already. Import a transcript for that one instead",
                record.path, known.path
            )));
        }
        let mut changes = vec![Change::Media { media: media.clone(), swap: Swap { before: None, after: Some(record) } }];
        if let Some(file) = transcript {
            changes.extend(self.transcript(&media, file)?);
        }
        if let Some(file) = annotations {
            changes.extend(self.annotations(&media, file)?);
        }
        self.draft("add_media", &media, changes)
    }

    /// A new transcript, and the end of everything that was said about the words of the one before.
    pub fn transcript(&self, media: &MediaId, file: Import<Transcript>) -> Result<Vec<Change>> {
        let before = cells::file(self.db, "transcript", media)?;
        let after = self.file(&file)?;
        if before.as_ref().is_some_and(|b| b.source == after.source) {
            return Ok(vec![]);
        }
        let mut changes = vec![Change::Transcript { media: media.clone(), swap: Swap { before, after: Some(after) } }];
        changes.extend(self.without_words(media)?);
        Ok(changes)
    }

    /// The end of everything that was said about the words of a transcript.
    pub fn without_words(&self, media: &MediaId) -> Result<Vec<Change>> {
        let mut changes = Vec::new();
        for (word, edit) in cells::word_edits(self.db, media)? {
            changes.push(Change::Word { media: media.clone(), word, swap: Swap { before: Some(edit), after: None } });
        }
        for (label, name) in cells::speaker_names(self.db, media)? {
            changes.push(Change::Speaker { media: media.clone(), label, swap: Swap { before: Some(name), after: None } });
        }
        for (id, at) in cells::anchors(self.db, media)? {
            changes.push(Change::Anchor { media: media.clone(), id, swap: Swap { before: Some(at), after: None } });
        }
        if let Some(map) = cells::map(self.db, media)? {
            changes.push(Change::Map { media: media.clone(), swap: Swap { before: Some(map), after: None } });
        }
        if let Some(heard) = cells::heard(self.db, media)? {
            changes.push(Change::Heard { media: media.clone(), swap: Swap { before: Some(heard), after: None } });
        }
        for (word, heard) in cells::heard_words(self.db, media)? {
            changes.push(Change::HeardWord { media: media.clone(), word, swap: Swap { before: Some(heard), after: None } });
        }
        Ok(changes)
    }

    /// New annotations, and the end of what was done to those before.
    pub fn annotations(&self, media: &MediaId, file: Import<AnnotationSet>) -> Result<Vec<Change>> {
        let swap = Swap { before: cells::file(self.db, "annotations", media)?, after: Some(self.file(&file)?) };
        let mut changes = vec![Change::Annotations { media: media.clone(), swap }];
        for (id, edit) in cells::bodies(self.db, "annotation_edit", media)? {
            changes.push(Change::Annotation { media: media.clone(), id, swap: Swap { before: Some(edit), after: None } });
        }
        Ok(changes)
    }

    /// Annotations of one source in place of those it gave before. People's corrections name what they are of, and stay.
    pub fn add_annotations(&self, media: &MediaId, source: &str, annotations: Vec<Annotation>) -> Result<Draft> {
        let record = self.media(media)?;
        let before = cells::file(self.db, "annotations", media)?;
        let mut set = match &before {
            Some(file) => (*self.kept.annotations(self.db, &file.parsed)?).clone(),
            None => AnnotationSet::empty(),
        };
        set.annotations.retain(|a| a.source.as_deref().or(set.source.as_deref()) != Some(source));
        if annotations.is_empty() && before.is_none() {
            return self.draft("add_annotations", media, vec![]);
        }
        set.annotations.extend(annotations);
        let name = before.as_ref().map_or_else(|| format!("{}.annotations.json", record.name()), |file| file.name.clone());
        let after = self.file(&Import { name, source: write_annotations(&set), parsed: set })?;
        let same = before.as_ref().is_some_and(|before| before.parsed == after.parsed);
        let change = Change::Annotations { media: media.clone(), swap: Swap { before, after: Some(after) } };
        self.draft("add_annotations", media, if same { vec![] } else { vec![change] })
    }

    pub fn propose(&self, media: &MediaId, proposal: &Proposal, heard: &[Option<Heard>]) -> Result<Draft> {
        self.media(media)?;
        let heard = self.of_imported(media, heard)?;
        let Some(words) = cells::file(self.db, "transcript", media)? else {
            return Err(Error::Refused("The media has no transcript that a map could be proposed for".into()));
        };
        let proposed = ProposalRef { body: self.blob(proposal)?, transcript: words.parsed, heard: self.heard(&heard)? };
        self.draft("propose", media, vec![Change::Proposal { media: media.clone(), swap: Swap { before: None, after: Some(proposed) } }])
    }

    /// Of what was heard, one entry per word as they stand, the entries of imported words; added ones are listened for once it is in force.
    fn of_imported(&self, media: &MediaId, heard: &[Option<Heard>]) -> Result<Vec<Option<Heard>>> {
        let Some(file) = cells::file(self.db, "transcript", media)? else { return Ok(vec![]) };
        let edits = cells::word_edits(self.db, media)?;
        if heard.is_empty() || !edits.iter().any(|e| e.0.is_added()) {
            return Ok(heard.to_vec());
        }
        let revised = revise(&*self.kept.transcript(self.db, &file.parsed)?, &edits.into_iter().collect());
        Ok(revised.words.iter().zip(heard).filter(|(w, _)| !w.id.is_added()).map(|(_, h)| h.clone()).collect())
    }

    /// The blob of what was heard; none where nothing was.
    fn heard(&self, heard: &[Option<Heard>]) -> Result<Option<String>> {
        heard.iter().any(Option::is_some).then(|| self.blob(&heard)).transpose()
    }

    pub fn open_proposal(&self, media: &MediaId) -> Result<Proposed> {
        Proposed::read(self.db, self.kept, media)?
            .filter(|p| p.row.state == ProposalState::Open)
            .ok_or_else(|| Error::Refused("No proposal waits for a decision. Look for drift again to get one".into()))
    }

    /// Puts a piece of the open proposal in force, or all of it.
    pub fn accept(&self, kind: &'static str, media: MediaId, piece: Option<u32>) -> Result<Draft> {
        let open = self.open_proposal(&media)?;
        let file = cells::file(self.db, "transcript", &media)?.ok_or_else(|| Error::Refused("The media has no transcript".into()))?;
        let transcript = self.kept.transcript(self.db, &file.parsed)?;
        let proposed = open.heard(self.db)?;
        let (map, heard) = (cells::map(self.db, &media)?, cells::heard(self.db, &media)?);
        let mut spliced = map.clone().unwrap_or_default();
        let mut words: Vec<Option<Heard>> = heard.as_ref().map(|hash| cells::read(self.db, hash)).transpose()?.unwrap_or_default();
        words.resize(transcript.words.len(), None);
        let span = match piece {
            None => ALWAYS,
            Some(piece) => open
                .proposal
                .reach(piece as usize)
                .ok_or_else(|| Error::Refused(format!("The proposal has no piece {}. It has {}", piece + 1, open.proposal.pieces.len())))?,
        };
        if piece.is_some_and(|piece| open.is_in_force(piece as usize, &transcript, &proposed, (&spliced, &words))) {
            return self.draft(kind, &media, vec![]);
        }
        spliced = spliced.spliced(span, &open.proposal.map);
        let inside = |word: WordId| word.after().and_then(|i| transcript.words.get(i)).is_some_and(|w| span.contains(w.span.start));
        for (word, slot) in transcript.words.iter().zip(&mut words).filter(|(word, _)| inside(word.id)) {
            *slot = heard_of(&proposed, word.id).cloned();
        }
        let complete = (0..open.proposal.pieces.len()).all(|piece| open.is_in_force(piece, &transcript, &proposed, (&spliced, &words)));
        let mut changes = Vec::new();
        if piece.is_none() || complete {
            changes.push(decided(&media, &open, ProposalState::Accepted));
            // As proposed, without the seams that the pieces left.
            spliced = open.proposal.map.clone();
        }
        changes.push(Change::Map { media: media.clone(), swap: Swap { before: map, after: Some(spliced) } });
        let swap = Swap { before: heard, after: self.heard(&words)? };
        if swap.before != swap.after {
            changes.push(Change::Heard { media: media.clone(), swap });
        }
        for (word, heard) in cells::heard_words(self.db, &media)?.into_iter().filter(|h| inside(h.0)) {
            changes.push(Change::HeardWord { media: media.clone(), word, swap: Swap { before: Some(heard), after: None } });
        }
        self.draft(kind, &media, changes)
    }

    /// Says that the map in force stays, so that who put another one in force elsewhere is contradicted.
    pub fn reject(&self, media: &MediaId) -> Result<Draft> {
        let open = self.open_proposal(media)?;
        let (map, heard) = (cells::map(self.db, media)?, cells::heard(self.db, media)?);
        let changes = vec![
            decided(media, &open, ProposalState::Rejected),
            Change::Map { media: media.clone(), swap: Swap { before: map.clone(), after: map } },
            Change::Heard { media: media.clone(), swap: Swap { before: heard.clone(), after: heard } },
        ];
        self.draft("reject_map", media, changes)
    }

    pub fn hear(&self, media: &MediaId, heard: Vec<(WordId, Heard)>, truth: i64) -> Result<Draft> {
        let current = cells::truth(self.db, media)? == truth && cells::heard(self.db, media)?.is_some();
        let mut known: BTreeMap<WordId, Heard> = cells::heard_words(self.db, media)?.into_iter().collect();
        let news = heard.into_iter().filter(|_| current).filter_map(|(word, heard)| {
            let swap = Swap { before: known.remove(&word), after: Some(heard) };
            (swap.before != swap.after).then_some(Change::HeardWord { media: media.clone(), word, swap })
        });
        self.draft("hear", media, news.collect())
    }

    pub fn anchor(&self, kind: &'static str, media: MediaId, id: Option<String>, after: Option<Anchor>) -> Result<Draft> {
        self.media(&media)?;
        let all = cells::anchors(self.db, &media)?;
        let id = match id {
            Some(id) if all.iter().any(|a| a.0 == id) => id,
            Some(id) => return Err(Error::Refused(format!("There is no anchor {id}. It may have been removed"))),
            // One moment of the transcript has one place: anchoring a word again moves its anchor.
            None if let Some(same) = all.iter().find(|a| after.is_some_and(|at| at.transcript == a.1.transcript)) => same.0.clone(),
            None => self.db.query_row("SELECT lower(hex(randomblob(8)))", [], |r| r.get(0))?,
        };
        if let Some(at) = after {
            let clash = all.iter().find(|(other, o)| *other != id && (o.transcript < at.transcript) != (o.media < at.media));
            if let Some((_, o)) = clash {
                return Err(Error::Refused(format!(
                    "An anchor at {} would let time run backwards against the one at {}. Put it on the other side, or remove that one",
                    at.media, o.media
                )));
            }
        }
        let before = all.into_iter().find(|a| a.0 == id).map(|a| a.1);
        let change = Change::Anchor { media: media.clone(), id, swap: Swap { before, after } };
        self.draft(kind, &media, vec![change])
    }

    pub fn decide(&self, media: MediaId, flag: String, decision: Option<Decision>, note: Option<String>) -> Result<Draft> {
        let before = cells::verdicts(self.db, &media)?.into_iter().find(|v| v.0 == flag).map(|v| v.1);
        let after = match decision {
            None => None,
            Some(decision) => Some(match (self.failing(&media, &flag)?, &before) {
                (Some(verdict), _) => Verdict { decision, note, by: self.by.to_owned(), ..verdict },
                // The gate passes by now: the verdict goes on to speak of what was seen first.
                (None, Some(seen)) => Verdict { decision, note, by: self.by.to_owned(), ..seen.clone() },
                (None, None) => return Err(Error::Refused("This flag is gone: its gate passes now. Nothing has to be decided".into())),
            }),
        };
        let changes =
            if before == after { vec![] } else { vec![Change::Verdict { media: media.clone(), flag, swap: Swap { before, after } }] };
        self.draft("decide", &media, changes)
    }

    /// The flag as the thresholds in force raise it, in the form of a verdict that waits for its decision.
    fn failing(&self, media: &MediaId, flag: &str) -> Result<Option<Verdict>> {
        let (Some(analysis), Some(thresholds)) = (cells::analysis(self.db, media)?, cells::active_thresholds(self.db)?) else {
            return Ok(None);
        };
        let analysis = self.kept.analysis(self.db, &analysis.body)?;
        let asked = crate::views::queue::asked(self.db, media, &analysis.measures, &thresholds)?;
        let found = asked.into_iter().map(|(_, asked)| asked).find(|f| f.id(&media.0) == flag);
        Ok(found.map(|f| Verdict {
            decision: Decision::Unsure,
            gate: f.measure.gate,
            place: f.measure.place,
            value: f.measure.value,
            signed: f.measure.signed,
            limit: f.limit,
            thresholds: f.thresholds,
            note: None,
            by: String::new(),
        }))
    }

    pub fn thresholds(&self, limits: BTreeMap<GateId, f64>, note: String) -> Result<Draft> {
        if let Some((gate, limit)) = limits.iter().find(|(_, l)| !l.is_finite()) {
            return Err(Error::Refused(format!("{limit} is no limit for {}. Give a number", gate.name())));
        }
        self.new_thresholds(Thresholds { version: 0, limits, note, evidence: vec![] })
    }

    /// Keeps thresholds under the next free version and puts them in force.
    pub fn new_thresholds(&self, row: Thresholds) -> Result<Draft> {
        let newest: u32 = self.db.query_row("SELECT coalesce(max(version), 0) FROM thresholds", [], |r| r.get(0))?;
        let version = newest + 1;
        let before = cells::active_thresholds(self.db)?.map(|t| t.version);
        let row = Thresholds { version, ..row };
        let changes = vec![
            Change::Thresholds { version, swap: Swap { before: None, after: Some(row) } },
            Change::ActiveThresholds { swap: Swap { before, after: Some(version) } },
        ];
        Ok(Draft { kind: "thresholds", media: None, reverts: None, run: None, changes })
    }

    /// Takes back a step: all its events, the last one first, as one change of each cell.
    pub fn revert(&self, step: Option<&Step>, nothing: &str) -> Result<Draft> {
        let step = step.ok_or_else(|| Error::Refused(format!("{nothing}.")))?;
        let mut reverted: Vec<Change> = Vec::new();
        let mut media = None;
        for seq in step.events.iter().rev() {
            let (of, mut changes) = changes(self.db, *seq)?;
            media = of;
            changes.reverse();
            for change in changes.into_iter().map(Change::turned) {
                match reverted.iter_mut().rev().find_map(|known| known.joined(&change).map(|joined| (known, joined))) {
                    Some((known, joined)) => *known = joined,
                    None => reverted.push(change),
                }
            }
        }
        self.may_revert(step, &reverted)?;
        Ok(Draft { kind: "revert", media, reverts: step.events.last().copied(), run: None, changes: reverted })
    }
}
