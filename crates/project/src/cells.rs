//! The cells that a project's state consists of, and how a change of one is stored.

use crate::cell_name::CellName;
use crate::documents::DocumentRef;
use crate::lab::{Kept, LabVote, Promotion, PromptRef, RunRef, SetRef};
use crate::probes::{ProbeDraw, ProbePlan};
use crate::records::{AnnotationEdit, Defect, MediaId, MediaRecord, Verdict};
use crate::register::Register;
use crate::views::ProposalState;
use plumbline_core::align::{Findings, Heard};
use plumbline_core::gate::{GateId, Thresholds};
use plumbline_core::models::Task;
use plumbline_core::time::{MediaTime, Span};
use plumbline_core::tune::trial::Trial;
use plumbline_core::{Anchor, InForce, Profile, TimeMap, TranscriptTime, WordEdit, WordId};
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// An imported file: its name, its bytes as they were, and what was read from them; the last two by the hash of a blob.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileRef {
    pub name: String,
    pub source: String,
    pub parsed: String,
}

/// A proposal by its blob, the transcript (what was read of it, by its blob) whose words it maps, and where these were heard, by a blob.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ProposalRef {
    pub body: String,
    pub transcript: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heard: Option<String>,
}

/// Where the words of a transcript were heard, one entry each.
pub(crate) type HeardWords = Arc<Vec<Option<Heard>>>;

/// A proposal as it is found again: the event that brought it, its blobs, its state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ProposalRow {
    pub seq: i64,
    pub body: String,
    pub heard: Option<String>,
    pub state: ProposalState,
}

/// An analysis by its blob, and the position of the log whose words it measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AnalysisRef {
    pub body: String,
    pub truth: i64,
}

/// The value of a cell before and after; none is a cell that is empty.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Swap<T> {
    pub before: Option<T>,
    pub after: Option<T>,
}

impl<T> Swap<T> {
    fn turned(self) -> Self {
        Self { before: self.after, after: self.before }
    }
}

/// One cell that an event changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "cell", rename_all = "snake_case")]
pub(crate) enum Change {
    Media {
        media: MediaId,
        #[serde(flatten)]
        swap: Swap<MediaRecord>,
    },
    Transcript {
        media: MediaId,
        #[serde(flatten)]
        swap: Swap<FileRef>,
    },
    Annotations {
        media: MediaId,
        #[serde(flatten)]
        swap: Swap<FileRef>,
    },
    Word {
        media: MediaId,
        word: WordId,
        #[serde(flatten)]
        swap: Swap<WordEdit>,
    },
    Anchor {
        media: MediaId,
        id: String,
        #[serde(flatten)]
        swap: Swap<Anchor>,
    },
    Map {
        media: MediaId,
        #[serde(flatten)]
        swap: Swap<TimeMap>,
    },
    /// Where the words were heard under the accepted map, by its blob.
    Heard {
        media: MediaId,
        #[serde(flatten)]
        swap: Swap<String>,
    },
    /// What was heard of a word since.
    HeardWord {
        media: MediaId,
        word: WordId,
        #[serde(flatten)]
        swap: Swap<Heard>,
    },
    /// What was proposed; its row is named by the event that brought it.
    Proposal {
        media: MediaId,
        #[serde(flatten)]
        swap: Swap<ProposalRef>,
    },
    ProposalState {
        media: MediaId,
        proposal: i64,
        #[serde(flatten)]
        swap: Swap<ProposalState>,
    },
    Analysis {
        media: MediaId,
        #[serde(flatten)]
        swap: Swap<AnalysisRef>,
    },
    Verdict {
        media: MediaId,
        flag: String,
        #[serde(flatten)]
        swap: Swap<Verdict>,
    },
    /// The name of a speaker, where it is not the label.
    Speaker {
        media: MediaId,
        label: String,
        #[serde(flatten)]
        swap: Swap<String>,
    },
    Annotation {
        media: MediaId,
        id: String,
        #[serde(flatten)]
        swap: Swap<AnnotationEdit>,
    },
    Defect {
        media: MediaId,
        id: String,
        #[serde(flatten)]
        swap: Swap<Defect>,
    },
    /// A document that belongs to a media.
    Document {
        media: MediaId,
        id: String,
        #[serde(flatten)]
        swap: Swap<DocumentRef>,
    },
    /// Who called the review of a media done.
    Finished {
        media: MediaId,
        #[serde(flatten)]
        swap: Swap<String>,
    },
    Thresholds {
        version: u32,
        #[serde(flatten)]
        swap: Swap<Thresholds>,
    },
    ActiveThresholds {
        #[serde(flatten)]
        swap: Swap<u32>,
    },
    /// How units of a gate are drawn to be checked.
    Probing {
        gate: GateId,
        #[serde(flatten)]
        swap: Swap<ProbePlan>,
    },
    /// What was drawn of a media.
    Probe {
        media: MediaId,
        gate: GateId,
        #[serde(flatten)]
        swap: Swap<ProbeDraw>,
    },
    /// How the sound is prepared for the aligner, where not as it is.
    Profile {
        media: MediaId,
        #[serde(flatten)]
        swap: Swap<Profile>,
    },
    /// What was measured of profiles.
    Trial {
        media: MediaId,
        #[serde(flatten)]
        swap: Swap<Trial>,
    },
    /// Who leaves a phrase out of the vocabulary of a language.
    SkippedPhrase {
        language: String,
        phrase: String,
        #[serde(flatten)]
        swap: Swap<String>,
    },
    /// A version of a prompt, named by what it says.
    Prompt {
        id: String,
        #[serde(flatten)]
        swap: Swap<Kept<PromptRef>>,
    },
    /// A clip set with its truth.
    ClipSet {
        id: String,
        #[serde(flatten)]
        swap: Swap<Kept<SetRef>>,
    },
    /// Variants that were tried on a clip set.
    Run {
        id: String,
        #[serde(flatten)]
        swap: Swap<Kept<RunRef>>,
    },
    /// Which of two variants a person finds better on a clip.
    Vote {
        run: String,
        clip: u32,
        one: u32,
        other: u32,
        who: String,
        #[serde(flatten)]
        swap: Swap<LabVote>,
    },
    /// What a task is done with.
    Promoted {
        task: Task,
        #[serde(flatten)]
        swap: Swap<Kept<Promotion>>,
    },
    /// What people whose copies were merged differ on in a cell; empty once somebody has decided.
    Conflict {
        media: Option<MediaId>,
        at: CellName,
        #[serde(flatten)]
        swap: Swap<Register>,
    },
}

impl Change {
    /// The change that takes this one back.
    pub fn turned(self) -> Self {
        match self {
            Self::Media { media, swap } => Self::Media { media, swap: swap.turned() },
            Self::Transcript { media, swap } => Self::Transcript { media, swap: swap.turned() },
            Self::Annotations { media, swap } => Self::Annotations { media, swap: swap.turned() },
            Self::Word { media, word, swap } => Self::Word { media, word, swap: swap.turned() },
            Self::Anchor { media, id, swap } => Self::Anchor { media, id, swap: swap.turned() },
            Self::Map { media, swap } => Self::Map { media, swap: swap.turned() },
            Self::Heard { media, swap } => Self::Heard { media, swap: swap.turned() },
            Self::HeardWord { media, word, swap } => Self::HeardWord { media, word, swap: swap.turned() },
            Self::Proposal { media, swap } => Self::Proposal { media, swap: swap.turned() },
            Self::ProposalState { media, proposal, swap } => Self::ProposalState { media, proposal, swap: swap.turned() },
            Self::Analysis { media, swap } => Self::Analysis { media, swap: swap.turned() },
            Self::Verdict { media, flag, swap } => Self::Verdict { media, flag, swap: swap.turned() },
            Self::Speaker { media, label, swap } => Self::Speaker { media, label, swap: swap.turned() },
            Self::Annotation { media, id, swap } => Self::Annotation { media, id, swap: swap.turned() },
            Self::Defect { media, id, swap } => Self::Defect { media, id, swap: swap.turned() },
            Self::Document { media, id, swap } => Self::Document { media, id, swap: swap.turned() },
            Self::Finished { media, swap } => Self::Finished { media, swap: swap.turned() },
            Self::Thresholds { version, swap } => Self::Thresholds { version, swap: swap.turned() },
            Self::ActiveThresholds { swap } => Self::ActiveThresholds { swap: swap.turned() },
            Self::Probing { gate, swap } => Self::Probing { gate, swap: swap.turned() },
            Self::Probe { media, gate, swap } => Self::Probe { media, gate, swap: swap.turned() },
            Self::Profile { media, swap } => Self::Profile { media, swap: swap.turned() },
            Self::Trial { media, swap } => Self::Trial { media, swap: swap.turned() },
            Self::SkippedPhrase { language, phrase, swap } => Self::SkippedPhrase { language, phrase, swap: swap.turned() },
            Self::Prompt { id, swap } => Self::Prompt { id, swap: swap.turned() },
            Self::ClipSet { id, swap } => Self::ClipSet { id, swap: swap.turned() },
            Self::Run { id, swap } => Self::Run { id, swap: swap.turned() },
            Self::Vote { run, clip, one, other, who, swap } => Self::Vote { run, clip, one, other, who, swap: swap.turned() },
            Self::Promoted { task, swap } => Self::Promoted { task, swap: swap.turned() },
            Self::Conflict { media, at, swap } => Self::Conflict { media, at, swap: swap.turned() },
        }
    }

    /// The change that leads from before the first to after the last of two changes of one cell, made one after the other; none where they
    /// are of two cells, or the second does not start from where the first ended.
    pub fn joined(&self, later: &Self) -> Option<Self> {
        let (Ok(mut first), Ok(last)) = (serde_json::to_value(self), serde_json::to_value(later)) else { return None };
        let after = last.get("after")?.clone();
        let cell = |change: &serde_json::Value| {
            let fields = change.as_object().into_iter().flatten().filter(|(name, _)| *name != "before" && *name != "after");
            fields.map(|(name, value)| (name.clone(), value.clone())).collect::<Vec<_>>()
        };
        if cell(&first) != cell(&last) || first.get("after") != last.get("before") {
            return None;
        }
        first["after"] = after;
        serde_json::from_value(first).ok()
    }
}

/// A word's id as a number of SQLite's; ids use 53 bits.
pub(crate) fn word_key(word: WordId) -> i64 {
    word.0 as i64
}

/// A value as JSON text, its failure as one of SQLite's.
pub(crate) fn json<T: Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|e| rusqlite::Error::ToSqlConversionFailure(Box::new(e)))
}

/// A value from JSON text in column `index`.
pub(crate) fn from_json<T: serde::de::DeserializeOwned>(row: &rusqlite::Row<'_>, index: usize) -> rusqlite::Result<T> {
    let text: String = row.get(index)?;
    serde_json::from_str(&text).map_err(|e| rusqlite::Error::FromSqlConversionFailure(index, rusqlite::types::Type::Text, Box::new(e)))
}

/// Puts bytes into the blob table and returns their hash; bytes that are there already are kept once.
pub(crate) fn put_blob(db: &Connection, bytes: &[u8]) -> rusqlite::Result<String> {
    let hash = blake3::hash(bytes).to_hex().to_string();
    db.execute("INSERT OR IGNORE INTO blob (hash, bytes) VALUES (?1, ?2)", params![hash, bytes])?;
    Ok(hash)
}

pub(crate) fn blob(db: &Connection, hash: &str) -> rusqlite::Result<Vec<u8>> {
    db.query_row("SELECT bytes FROM blob WHERE hash = ?1", [hash], |r| r.get(0))
}

/// What a blob holds.
pub(crate) fn read<T: serde::de::DeserializeOwned>(db: &Connection, hash: &str) -> rusqlite::Result<T> {
    serde_json::from_slice(&blob(db, hash)?)
        .map_err(|e| rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Blob, Box::new(e)))
}

pub(crate) fn media(db: &Connection, media: &MediaId) -> rusqlite::Result<Option<MediaRecord>> {
    db.query_row("SELECT record FROM media WHERE id = ?1", [&media.0], |r| from_json(r, 0)).optional()
}

/// The file in `table`: `transcript` or `annotations`.
pub(crate) fn file(db: &Connection, table: &str, media: &MediaId) -> rusqlite::Result<Option<FileRef>> {
    db.query_row(&format!("SELECT name, source, parsed FROM {table} WHERE media = ?1"), [&media.0], |r| {
        Ok(FileRef { name: r.get(0)?, source: r.get(1)?, parsed: r.get(2)? })
    })
    .optional()
}

const WORD_EDITS: &str = "SELECT word, text, start_us, end_us, punctuation, line, speaker FROM word_edit WHERE media = ?1";

fn read_word_edit(r: &rusqlite::Row<'_>) -> rusqlite::Result<(WordId, WordEdit)> {
    let (start, end): (Option<i64>, Option<i64>) = (r.get(2)?, r.get(3)?);
    let span = start.zip(end).map(|(a, b)| Span::new(MediaTime::from_us(a), MediaTime::from_us(b)));
    Ok((
        WordId(r.get::<_, i64>(0)? as u64),
        WordEdit { text: r.get(1)?, span, punctuation: r.get(4)?, line: r.get(5)?, speaker: r.get(6)? },
    ))
}

pub(crate) fn word_edits(db: &Connection, media: &MediaId) -> rusqlite::Result<Vec<(WordId, WordEdit)>> {
    db.prepare_cached(WORD_EDITS)?.query_map([&media.0], read_word_edit)?.collect()
}

/// What was changed about one word.
pub(crate) fn word_edit(db: &Connection, media: &MediaId, word: WordId) -> rusqlite::Result<WordEdit> {
    let found = db
        .prepare_cached(&format!("{WORD_EDITS} AND word = ?2"))?
        .query_row(params![media.0, word_key(word)], read_word_edit)
        .optional()?;
    Ok(found.map(|f| f.1).unwrap_or_default())
}

/// The names of speakers, by label.
pub(crate) fn speaker_names(db: &Connection, media: &MediaId) -> rusqlite::Result<BTreeMap<String, String>> {
    db.prepare_cached("SELECT label, name FROM speaker_name WHERE media = ?1")?
        .query_map([&media.0], |r| Ok((r.get(0)?, r.get(1)?)))?
        .collect()
}

/// The cells of a table of JSON bodies: `annotation_edit` or `defect`.
pub(crate) fn bodies<T: serde::de::DeserializeOwned>(db: &Connection, table: &str, media: &MediaId) -> rusqlite::Result<Vec<(String, T)>> {
    db.prepare_cached(&format!("SELECT id, body FROM {table} WHERE media = ?1 ORDER BY id"))?
        .query_map([&media.0], |r| Ok((r.get(0)?, from_json(r, 1)?)))?
        .collect()
}

/// One cell of such a table.
pub(crate) fn body<T: serde::de::DeserializeOwned>(db: &Connection, table: &str, media: &MediaId, id: &str) -> rusqlite::Result<Option<T>> {
    db.prepare_cached(&format!("SELECT body FROM {table} WHERE media = ?1 AND id = ?2"))?
        .query_row(params![media.0, id], |r| from_json(r, 0))
        .optional()
}

/// How the sound of a media is prepared, where not as it is.
pub(crate) fn profile(db: &Connection, media: &MediaId) -> rusqlite::Result<Option<Profile>> {
    db.prepare_cached("SELECT body FROM sound_profile WHERE media = ?1")?.query_row([&media.0], |r| from_json(r, 0)).optional()
}

/// What the last trial of profiles said.
pub(crate) fn trial(db: &Connection, media: &MediaId) -> rusqlite::Result<Option<Trial>> {
    db.prepare_cached("SELECT body FROM trial WHERE media = ?1")?.query_row([&media.0], |r| from_json(r, 0)).optional()
}

/// Who called the review of a media done.
pub(crate) fn finished(db: &Connection, media: &MediaId) -> rusqlite::Result<Option<String>> {
    db.prepare_cached("SELECT by FROM finished WHERE media = ?1")?.query_row([&media.0], |r| r.get(0)).optional()
}

pub(crate) fn anchors(db: &Connection, media: &MediaId) -> rusqlite::Result<Vec<(String, Anchor)>> {
    db.prepare_cached("SELECT id, transcript_us, media_us FROM anchor WHERE media = ?1 ORDER BY transcript_us, id")?
        .query_map([&media.0], |r| {
            Ok((r.get(0)?, Anchor { transcript: TranscriptTime::from_us(r.get(1)?), media: MediaTime::from_us(r.get(2)?) }))
        })?
        .collect()
}

pub(crate) fn map(db: &Connection, media: &MediaId) -> rusqlite::Result<Option<TimeMap>> {
    db.query_row("SELECT knots FROM map WHERE media = ?1", [&media.0], |r| from_json(r, 0)).optional()
}

/// The blob that says where the words were heard under the accepted map.
pub(crate) fn heard(db: &Connection, media: &MediaId) -> rusqlite::Result<Option<String>> {
    db.query_row("SELECT body FROM heard WHERE media = ?1", [&media.0], |r| r.get(0)).optional()
}

/// What was heard of single words since.
pub(crate) fn heard_words(db: &Connection, media: &MediaId) -> rusqlite::Result<Vec<(WordId, Heard)>> {
    db.prepare_cached("SELECT word, body FROM heard_word WHERE media = ?1 ORDER BY word")?
        .query_map([&media.0], |r| Ok((WordId(r.get::<_, i64>(0)? as u64), from_json(r, 1)?)))?
        .collect()
}

/// All that decides where words lie; `whole` is what [`heard`] names. What was heard since adds to that, and without it is nothing.
pub(crate) fn in_force(db: &Connection, media: &MediaId, whole: Option<HeardWords>) -> rusqlite::Result<InForce> {
    let anchors: Vec<Anchor> = anchors(db, media)?.into_iter().map(|a| a.1).collect();
    let heard = match whole {
        Some(whole) => Findings { whole, newer: heard_words(db, media)?.into_iter().collect() },
        None => Findings::default(),
    };
    let map = map(db, media)?.unwrap_or_default().through(&anchors);
    Ok(InForce { map, anchors, heard, edits: word_edits(db, media)?.into_iter().collect() })
}

/// The latest proposal for the words that a media has now.
pub(crate) fn proposal(db: &Connection, media: &MediaId) -> rusqlite::Result<Option<ProposalRow>> {
    let latest = "SELECT proposal.seq, proposal.body, proposal.heard, proposal.state
         FROM proposal JOIN transcript ON transcript.media = proposal.media AND transcript.parsed = proposal.transcript
         JOIN event ON event.seq = proposal.seq
         WHERE proposal.media = ?1 ORDER BY event.stamp DESC, event.id DESC LIMIT 1";
    db.query_row(latest, [&media.0], |r| Ok(ProposalRow { seq: r.get(0)?, body: r.get(1)?, heard: r.get(2)?, state: from_json(r, 3)? }))
        .optional()
}

/// Whether a proposal waits, stands or fell.
pub(crate) fn proposal_state(db: &Connection, media: &MediaId, seq: i64) -> rusqlite::Result<Option<ProposalState>> {
    db.query_row("SELECT state FROM proposal WHERE media = ?1 AND seq = ?2", params![media.0, seq], |r| from_json(r, 0)).optional()
}

pub(crate) fn analysis(db: &Connection, media: &MediaId) -> rusqlite::Result<Option<AnalysisRef>> {
    db.query_row("SELECT body, truth FROM analysis WHERE media = ?1", [&media.0], |r| Ok(AnalysisRef { body: r.get(0)?, truth: r.get(1)? }))
        .optional()
}

/// The event that last moved or changed words of a media; 0 where none did.
pub(crate) fn truth(db: &Connection, media: &MediaId) -> rusqlite::Result<i64> {
    Ok(db.query_row("SELECT seq FROM truth WHERE media = ?1", [&media.0], |r| r.get(0)).optional()?.unwrap_or(0))
}

pub(crate) fn verdicts(db: &Connection, media: &MediaId) -> rusqlite::Result<Vec<(String, Verdict)>> {
    db.prepare_cached("SELECT flag, body FROM verdict WHERE media = ?1 ORDER BY flag")?
        .query_map([&media.0], |r| Ok((r.get(0)?, from_json(r, 1)?)))?
        .collect()
}

/// How units are drawn, of every gate that is checked.
pub(crate) fn plans(db: &Connection) -> rusqlite::Result<BTreeMap<GateId, ProbePlan>> {
    let mut rows = db.prepare_cached("SELECT gate, body FROM probing")?;
    let all = rows.query_map([], |r| Ok((r.get::<_, String>(0)?, from_json(r, 1)?)))?;
    all.filter_map(|row| row.map(|(name, plan)| GateId::parse(&name).map(|gate| (gate, plan))).transpose()).collect()
}

/// What was drawn of a media.
pub(crate) fn draws(db: &Connection, media: &MediaId) -> rusqlite::Result<BTreeMap<GateId, ProbeDraw>> {
    let mut rows = db.prepare_cached("SELECT gate, body FROM probe WHERE media = ?1")?;
    let all = rows.query_map([&media.0], |r| Ok((r.get::<_, String>(0)?, from_json(r, 1)?)))?;
    all.filter_map(|row| row.map(|(name, draw)| GateId::parse(&name).map(|gate| (gate, draw))).transpose()).collect()
}

/// What was drawn for a gate, of each media.
pub(crate) fn draws_of(db: &Connection, gate: GateId) -> rusqlite::Result<Vec<(MediaId, ProbeDraw)>> {
    db.prepare_cached("SELECT media, body FROM probe WHERE gate = ?1 ORDER BY media")?
        .query_map([gate.name()], |r| Ok((MediaId(r.get(0)?), from_json(r, 1)?)))?
        .collect()
}

/// Who leaves a phrase out of the vocabulary of a language.
pub(crate) fn skipped_phrase(db: &Connection, language: &str, phrase: &str) -> rusqlite::Result<Option<String>> {
    db.query_row("SELECT by FROM skipped_phrase WHERE language = ?1 AND phrase = ?2", [language, phrase], |r| r.get(0)).optional()
}

/// All phrases that are left out, by language and text, with who said so.
pub(crate) fn skipped_phrases(db: &Connection) -> rusqlite::Result<BTreeMap<(String, String), String>> {
    db.prepare_cached("SELECT language, phrase, by FROM skipped_phrase")?
        .query_map([], |r| Ok(((r.get(0)?, r.get(1)?), r.get(2)?)))?
        .collect()
}

pub(crate) fn active_thresholds(db: &Connection) -> rusqlite::Result<Option<Thresholds>> {
    db.query_row("SELECT body FROM thresholds WHERE version = (SELECT version FROM active_thresholds)", [], |r| from_json(r, 0)).optional()
}
