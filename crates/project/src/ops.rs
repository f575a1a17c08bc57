//! Everything that can be done to a project.

use crate::cells::{self, AnalysisRef, Change, FileRef, ProposalRef, Swap, put_blob};
use crate::error::{Error, Result};
use crate::history::{Draft, History, changes};
use crate::proposed::{Proposed, heard_of};
use crate::records::{Analysis, MediaId, MediaRecord, Verdict};
use crate::views::{Decision, ProposalState};
use plumbline_core::align::{Heard, Proposal};
use plumbline_core::gate::{GateId, Thresholds, flags};
use plumbline_core::transcript::Transcript;
use plumbline_core::{ALWAYS, Anchor, AnnotationSet, MediaTime, Span, WordEdit, WordId};
use rusqlite::Connection;
use serde::Serialize;
use std::collections::BTreeMap;

/// Who does it. What a person does can be undone; what the machine finds out is only ever replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// A reviewer, by name.
    Person(String),
    /// The machine.
    Machine,
}

impl By {
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Person(name) if name.is_empty() => "reviewer",
            Self::Person(name) => name,
            Self::Machine => "",
        }
    }
}

/// A file as it was and what was read from it.
#[derive(Clone, Debug, PartialEq)]
pub struct Import<T> {
    /// Its name, for people.
    pub name: String,
    /// Its bytes, kept so that nothing it says is lost.
    pub source: Vec<u8>,
    /// What was read.
    pub parsed: T,
}

/// A change to a project.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// Adds a media, with its transcript and annotations where there are any.
    AddMedia {
        /// The file.
        record: MediaRecord,
        /// Its transcript.
        transcript: Option<Import<Transcript>>,
        /// Its annotations.
        annotations: Option<Import<AnnotationSet>>,
    },
    /// Takes a media out of the library. The decisions on it stay in the log.
    RemoveMedia(MediaId),
    /// The file of a media is somewhere else now.
    RelocateMedia {
        /// Which media.
        media: MediaId,
        /// The new path, as in [`MediaRecord::path`].
        path: String,
    },
    /// Gives a media a transcript, in place of the one it had and what was done to that one.
    ImportTranscript {
        /// Which media.
        media: MediaId,
        /// The transcript.
        file: Import<Transcript>,
    },
    /// Gives a media annotations in place of those it had.
    ImportAnnotations {
        /// Which media.
        media: MediaId,
        /// The annotations.
        file: Import<AnnotationSet>,
    },
    /// What the aligner proposes; it waits for a decision if it would change anything.
    Propose {
        /// Which media.
        media: MediaId,
        /// The proposal.
        proposal: Proposal,
        /// Where its words were heard, one entry per word; empty where nothing was listened for.
        heard: Vec<Option<Heard>>,
    },
    /// Puts the open proposal in force: its map, and where its words were heard.
    AcceptMap(MediaId),
    /// Puts one straight piece of the open proposal in force, and leaves the rest as it is. The last piece closes the proposal.
    AcceptPiece {
        /// Which media.
        media: MediaId,
        /// Which piece, by its index.
        piece: u32,
    },
    /// Turns the open proposal down.
    RejectMap(MediaId),
    /// Sets an anchor, or moves the one with this id.
    SetAnchor {
        /// Which media.
        media: MediaId,
        /// Which anchor; none makes one.
        id: Option<String>,
        /// The pair of moments.
        at: Anchor,
    },
    /// Takes an anchor away.
    RemoveAnchor {
        /// Which media.
        media: MediaId,
        /// Which anchor.
        id: String,
    },
    /// Writes other text for a word; empty removes the word, the imported text restores it.
    EditWord {
        /// Which media.
        media: MediaId,
        /// Which word.
        word: WordId,
        /// The text, without the punctuation that follows.
        text: String,
    },
    /// Puts a word where it is heard; none gives it back to the map.
    RetimeWord {
        /// Which media.
        media: MediaId,
        /// Which word.
        word: WordId,
        /// Where it lies in the media.
        span: Option<Span<MediaTime>>,
    },
    /// What was measured of the words as they stood at `truth`.
    Analyse {
        /// Which media.
        media: MediaId,
        /// What was measured.
        analysis: Analysis,
        /// From [`crate::Project::truth`], read before measuring.
        truth: i64,
    },
    /// What was heard of single words as they stood at `truth`; nothing where they changed since, or no words were heard before.
    Hear {
        /// Which media.
        media: MediaId,
        /// The words and where they were heard.
        heard: Vec<(WordId, Heard)>,
        /// From [`crate::Project::truth`], read before listening.
        truth: i64,
    },
    /// Decides on a flag; none takes the decision back.
    Decide {
        /// Which media.
        media: MediaId,
        /// Which flag.
        flag: String,
        /// The decision.
        decision: Option<Decision>,
        /// A remark.
        note: Option<String>,
    },
    /// Makes a new version of the thresholds and puts it in force.
    SetThresholds {
        /// Limits by gate.
        limits: BTreeMap<GateId, f64>,
        /// Why.
        note: String,
    },
    /// Takes back what a person did last.
    Undo,
    /// Brings back what was undone last.
    Redo,
}

/// What the operation writes, given the state that it finds.
pub(crate) fn draft(db: &Connection, history: &History, op: Op) -> Result<Draft> {
    let scribe = Scribe { db };
    match op {
        Op::AddMedia { record, transcript, annotations } => scribe.add_media(record, transcript, annotations),
        Op::RemoveMedia(media) => {
            let record = scribe.media(&media)?;
            scribe.draft(
                "remove_media",
                &media,
                vec![Change::Media { media: media.clone(), swap: Swap { before: Some(record), after: None } }],
            )
        }
        Op::RelocateMedia { media, path } => {
            let record = scribe.media(&media)?;
            if record.path == path {
                return scribe.draft("relocate_media", &media, vec![]);
            }
            let moved = MediaRecord { path, ..record.clone() };
            let swap = Swap { before: Some(record), after: Some(moved) };
            scribe.draft("relocate_media", &media, vec![Change::Media { media: media.clone(), swap }])
        }
        Op::ImportTranscript { media, file } => {
            scribe.media(&media)?;
            let changes = scribe.transcript(&media, file)?;
            scribe.draft("import_transcript", &media, changes)
        }
        Op::ImportAnnotations { media, file } => {
            scribe.media(&media)?;
            let known = cells::file(db, "annotations", &media)?.map(|f| f.source);
            let same = known.is_some_and(|source| source == blake3::hash(&file.source).to_hex().as_str());
            let changes = if same { vec![] } else { vec![scribe.annotations(&media, file)?] };
            scribe.draft("import_annotations", &media, changes)
        }
        Op::Propose { media, proposal, heard } => scribe.propose(&media, &proposal, &heard),
        Op::AcceptMap(media) => scribe.accept("accept_map", media, None),
        Op::AcceptPiece { media, piece } => scribe.accept("accept_piece", media, Some(piece)),
        Op::RejectMap(media) => {
            let open = scribe.open_proposal(&media)?;
            scribe.draft("reject_map", &media, vec![decided(&media, &open, ProposalState::Rejected)])
        }
        Op::SetAnchor { media, id, at } => scribe.anchor("set_anchor", media, id, Some(at)),
        Op::RemoveAnchor { media, id } => scribe.anchor("remove_anchor", media, Some(id), None),
        Op::EditWord { media, word, text } => scribe.edit_word(media, word, &text),
        Op::RetimeWord { media, word, span } => scribe.retime_word(media, word, span),
        Op::Analyse { media, analysis, truth } => {
            let swap = Swap { before: cells::analysis(db, &media)?, after: Some(AnalysisRef { body: scribe.blob(&analysis)?, truth }) };
            scribe.draft("analyse", &media, vec![Change::Analysis { media: media.clone(), swap }])
        }
        Op::Hear { media, heard, truth } => scribe.hear(&media, heard, truth),
        Op::Decide { media, flag, decision, note } => scribe.decide(media, flag, decision, note),
        Op::SetThresholds { limits, note } => scribe.thresholds(limits, note),
        Op::Undo => scribe.revert(history.next_undo(), "Nothing is left to undo"),
        Op::Redo => scribe.revert(history.next_redo(), "Nothing is left to redo"),
    }
}

/// The decision on a proposal.
fn decided(media: &MediaId, open: &Proposed, after: ProposalState) -> Change {
    let swap = Swap { before: Some(open.row.state), after: Some(after) };
    Change::ProposalState { media: media.clone(), proposal: open.row.seq, swap }
}

/// Reads the cells that an operation is about, and writes down their values before and after.
struct Scribe<'a> {
    db: &'a Connection,
}

impl Scribe<'_> {
    fn draft(&self, kind: &'static str, media: &MediaId, changes: Vec<Change>) -> Result<Draft> {
        Ok(Draft { kind, media: Some(media.clone()), reverts: None, changes })
    }

    fn media(&self, media: &MediaId) -> Result<MediaRecord> {
        cells::media(self.db, media)?.ok_or_else(|| Error::Refused(format!("The project has no media {media}. Import it first")))
    }

    fn blob<T: Serialize>(&self, value: &T) -> Result<String> {
        Ok(put_blob(self.db, cells::json(value)?.as_bytes())?)
    }

    fn file<T: Serialize>(&self, file: &Import<T>) -> Result<FileRef> {
        Ok(FileRef { name: file.name.clone(), source: put_blob(self.db, &file.source)?, parsed: self.blob(&file.parsed)? })
    }

    fn add_media(
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
            changes.push(self.annotations(&media, file)?);
        }
        self.draft("add_media", &media, changes)
    }

    /// A new transcript, and the end of everything that was said about the words of the one before.
    fn transcript(&self, media: &MediaId, file: Import<Transcript>) -> Result<Vec<Change>> {
        let before = cells::file(self.db, "transcript", media)?;
        let after = self.file(&file)?;
        if before.as_ref().is_some_and(|b| b.source == after.source) {
            return Ok(vec![]);
        }
        let mut changes = vec![Change::Transcript { media: media.clone(), swap: Swap { before, after: Some(after) } }];
        for (word, edit) in cells::word_edits(self.db, media)? {
            changes.push(Change::Word { media: media.clone(), word, swap: Swap { before: Some(edit), after: None } });
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

    fn annotations(&self, media: &MediaId, file: Import<AnnotationSet>) -> Result<Change> {
        let swap = Swap { before: cells::file(self.db, "annotations", media)?, after: Some(self.file(&file)?) };
        Ok(Change::Annotations { media: media.clone(), swap })
    }

    fn propose(&self, media: &MediaId, proposal: &Proposal, heard: &[Option<Heard>]) -> Result<Draft> {
        self.media(media)?;
        let Some(words) = cells::file(self.db, "transcript", media)? else {
            return Err(Error::Refused("The media has no transcript that a map could be proposed for".into()));
        };
        let proposed = ProposalRef { body: self.blob(proposal)?, transcript: words.parsed, heard: self.heard(heard)? };
        self.draft("propose", media, vec![Change::Proposal { media: media.clone(), swap: Swap { before: None, after: Some(proposed) } }])
    }

    /// The blob of what was heard; none where nothing was.
    fn heard(&self, heard: &[Option<Heard>]) -> Result<Option<String>> {
        heard.iter().any(Option::is_some).then(|| self.blob(&heard)).transpose()
    }

    fn open_proposal(&self, media: &MediaId) -> Result<Proposed> {
        Proposed::read(self.db, media)?
            .filter(|p| p.row.state == ProposalState::Open)
            .ok_or_else(|| Error::Refused("No proposal waits for a decision. Look for drift again to get one".into()))
    }

    /// Puts a piece of the open proposal in force, or all of it.
    fn accept(&self, kind: &'static str, media: MediaId, piece: Option<u32>) -> Result<Draft> {
        let open = self.open_proposal(&media)?;
        let file = cells::file(self.db, "transcript", &media)?.ok_or_else(|| Error::Refused("The media has no transcript".into()))?;
        let transcript: Transcript = cells::read(self.db, &file.parsed)?;
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
        let inside = |word: WordId| transcript.words.get(word.0 as usize).is_some_and(|w| span.contains(w.span.start));
        for (word, slot) in transcript.words.iter().zip(&mut words).filter(|(word, _)| inside(word.id)) {
            *slot = heard_of(&proposed, word.id).cloned();
        }
        let complete = (0..open.proposal.pieces.len()).all(|piece| open.is_in_force(piece, &transcript, &proposed, (&spliced, &words)));
        let mut changes = Vec::new();
        if piece.is_none() || complete {
            changes.push(decided(&media, &open, ProposalState::Accepted));
            // As proposed, without the seams that the pieces left.
            spliced = open.proposal.map;
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

    fn hear(&self, media: &MediaId, heard: Vec<(WordId, Heard)>, truth: i64) -> Result<Draft> {
        let current = cells::truth(self.db, media)? == truth && cells::heard(self.db, media)?.is_some();
        let mut known: BTreeMap<WordId, Heard> = cells::heard_words(self.db, media)?.into_iter().collect();
        let news = heard.into_iter().filter(|_| current).filter_map(|(word, heard)| {
            let swap = Swap { before: known.remove(&word), after: Some(heard) };
            (swap.before != swap.after).then_some(Change::HeardWord { media: media.clone(), word, swap })
        });
        self.draft("hear", media, news.collect())
    }

    fn anchor(&self, kind: &'static str, media: MediaId, id: Option<String>, after: Option<Anchor>) -> Result<Draft> {
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

    /// The imported text of a word, and what was changed about it.
    fn word(&self, media: &MediaId, word: WordId) -> Result<(String, WordEdit)> {
        let file = cells::file(self.db, "transcript", media)?.ok_or_else(|| Error::Refused("The media has no transcript".into()))?;
        let text: Option<String> = self.db.query_row(
            "SELECT json_extract(CAST(bytes AS TEXT), '$.words[' || ?2 || '].text') FROM blob WHERE hash = ?1",
            rusqlite::params![file.parsed, word.0],
            |r| r.get(0),
        )?;
        let text = text.ok_or_else(|| Error::Refused(format!("The transcript has no word {}", word.0)))?;
        let edit = cells::word_edits(self.db, media)?.into_iter().find(|e| e.0 == word).map(|e| e.1).unwrap_or_default();
        Ok((text, edit))
    }

    fn swap_word(&self, kind: &'static str, media: MediaId, word: WordId, before: WordEdit, after: WordEdit) -> Result<Draft> {
        let filled = |edit: WordEdit| (!edit.is_empty()).then_some(edit);
        let swap = Swap { before: filled(before), after: filled(after) };
        let changes = if swap.before == swap.after { vec![] } else { vec![Change::Word { media: media.clone(), word, swap }] };
        self.draft(kind, &media, changes)
    }

    fn edit_word(&self, media: MediaId, word: WordId, text: &str) -> Result<Draft> {
        let (imported, before) = self.word(&media, word)?;
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let after = WordEdit { text: (text != imported).then_some(text), span: before.span };
        self.swap_word("edit_word", media, word, before, after)
    }

    fn retime_word(&self, media: MediaId, word: WordId, span: Option<Span<MediaTime>>) -> Result<Draft> {
        if let Some(span) = span
            && (span.is_empty() || span.start < MediaTime::ZERO)
        {
            return Err(Error::Refused(format!("A word can't lie from {} to {}: its end must come after its start", span.start, span.end)));
        }
        let (_, before) = self.word(&media, word)?;
        let after = WordEdit { text: before.text.clone(), span };
        self.swap_word("retime_word", media, word, before, after)
    }

    fn decide(&self, media: MediaId, flag: String, decision: Option<Decision>, note: Option<String>) -> Result<Draft> {
        let before = cells::verdicts(self.db, &media)?.into_iter().find(|v| v.0 == flag).map(|v| v.1);
        let after = match decision {
            None => None,
            Some(decision) => Some(match (self.failing(&media, &flag)?, &before) {
                (Some(verdict), _) => Verdict { decision, note, ..verdict },
                // The gate passes by now: the verdict goes on to speak of what was seen first.
                (None, Some(seen)) => Verdict { decision, note, ..seen.clone() },
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
        let analysis: Analysis = cells::read(self.db, &analysis.body)?;
        let found = flags(&analysis.measures, &thresholds).find(|f| f.id(&media.0) == flag);
        Ok(found.map(|f| Verdict {
            decision: Decision::Unsure,
            gate: f.measure.gate,
            place: f.measure.place,
            value: f.measure.value,
            signed: f.measure.signed,
            limit: f.limit,
            thresholds: f.thresholds,
            note: None,
        }))
    }

    fn thresholds(&self, limits: BTreeMap<GateId, f64>, note: String) -> Result<Draft> {
        if let Some((gate, limit)) = limits.iter().find(|(_, l)| !l.is_finite()) {
            return Err(Error::Refused(format!("{limit} is no limit for {}. Give a number", gate.name())));
        }
        let newest: u32 = self.db.query_row("SELECT coalesce(max(version), 0) FROM thresholds", [], |r| r.get(0))?;
        let version = newest + 1;
        let before = cells::active_thresholds(self.db)?.map(|t| t.version);
        let row = Thresholds { version, limits, note };
        let changes = vec![
            Change::Thresholds { version, swap: Swap { before: None, after: Some(row) } },
            Change::ActiveThresholds { swap: Swap { before, after: Some(version) } },
        ];
        Ok(Draft { kind: "thresholds", media: None, reverts: None, changes })
    }

    fn revert(&self, target: Option<(i64, &'static str)>, nothing: &str) -> Result<Draft> {
        let (seq, _) = target.ok_or_else(|| Error::Refused(format!("{nothing}.")))?;
        let (media, mut changes) = changes(self.db, seq)?;
        changes.reverse();
        let changes = changes.into_iter().map(Change::turned).collect();
        Ok(Draft { kind: "revert", media, reverts: Some(seq), changes })
    }
}
