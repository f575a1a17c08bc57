//! Cells by name, and the parts of them that people can differ on.

use crate::cells::{self, Change};
use crate::records::MediaId;
use plumbline_core::{WordEdit, WordId};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Which cell: what a [`Change`] says of it besides its values; of a word, which part of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct CellName(pub Map<String, Value>);

/// One part that a change writes, before and after.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Part {
    pub cell: CellName,
    pub before: Value,
    pub after: Value,
}

/// The parts of a word that two people can change without getting in each other's way, and the fields of each.
const WORD_PARTS: [(&str, &[&str]); 4] =
    [("text", &["text", "punctuation"]), ("line", &["line"]), ("time", &["span"]), ("speaker", &["speaker"])];

impl CellName {
    fn field(&self, name: &str) -> &str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// What kind of cell.
    pub fn kind(&self) -> &str {
        self.field("cell")
    }

    /// Which part of a word.
    pub fn part(&self) -> &str {
        self.field("part")
    }

    /// An anchor's, an annotation's or a defect's id, a flag, a speaker's label, a phrase, or a task.
    pub fn id(&self) -> &str {
        ["id", "flag", "label", "phrase", "task"].iter().map(|name| self.field(name)).find(|id| !id.is_empty()).unwrap_or_default()
    }

    pub fn media(&self) -> Option<MediaId> {
        Some(self.field("media")).filter(|m| !m.is_empty()).map(|m| MediaId(m.to_owned()))
    }

    pub fn word(&self) -> Option<WordId> {
        self.0.get("word").and_then(Value::as_u64).map(WordId)
    }

    /// As the key of a row.
    pub fn key(&self) -> rusqlite::Result<String> {
        cells::json(&self.0)
    }

    /// Whether it speaks of the words of one transcript.
    pub fn is_of_words(&self) -> bool {
        matches!(self.kind(), "word" | "anchor" | "map" | "heard" | "speaker")
    }

    /// Whether two values say the same: of a verdict the decision counts, of a finished media or a skipped phrase that it is, whoever said so, and of a file
    /// what was read from it.
    pub fn is_same(&self, a: &Value, b: &Value) -> bool {
        match self.kind() {
            "verdict" => a.get("decision") == b.get("decision"),
            // The id of a document is its content.
            "finished" | "skipped_phrase" | "document" => a.is_null() == b.is_null(),
            "transcript" | "annotations" => a.get("parsed") == b.get("parsed"),
            // What led to a promotion is no other promotion.
            "promoted" => ["version", "model", "temperature"].iter().all(|name| a.get(name) == b.get(name)),
            _ => a == b,
        }
    }

    /// The change that puts `value` in place of what the cell holds.
    pub fn change(&self, db: &Connection, value: &Value) -> rusqlite::Result<Change> {
        if let (Some(media), Some(word)) = (self.media(), self.word()) {
            let now = cells::word_edit(db, &media, word)?;
            let mut edit = object(&now)?;
            for field in fields(self.part()) {
                match value.get(field) {
                    Some(value) => edit.insert((*field).to_owned(), value.clone()),
                    None => edit.remove(*field),
                };
            }
            let filled = |edit: WordEdit| (!edit.is_empty()).then_some(edit);
            let after = typed(Value::Object(edit))?;
            return Ok(Change::Word { media, word, swap: cells::Swap { before: filled(now), after: filled(after) } });
        }
        let with = |before: Value| -> rusqlite::Result<Change> {
            let mut change = self.0.clone();
            change.insert("before".into(), before);
            change.insert("after".into(), value.clone());
            typed(Value::Object(change))
        };
        let before = with(Value::Null)?.now(db)?;
        with(before)
    }

    /// What the cell holds.
    pub fn now(&self, db: &Connection) -> rusqlite::Result<Value> {
        if let (Some(media), Some(word)) = (self.media(), self.word()) {
            return part_of(&object(&cells::word_edit(db, &media, word)?)?, fields(self.part()));
        }
        let mut change = self.0.clone();
        change.insert("before".into(), Value::Null);
        change.insert("after".into(), Value::Null);
        typed::<Change>(Value::Object(change))?.now(db)
    }
}

fn fields(part: &str) -> &'static [&'static str] {
    WORD_PARTS.iter().find(|p| p.0 == part).map_or(&[], |p| p.1)
}

fn failed(error: serde_json::Error) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(Box::new(error))
}

/// As it would be read from the log: numbers are compared as they are written there.
pub(crate) fn value<T: Serialize>(of: &T) -> rusqlite::Result<Value> {
    serde_json::from_str(&cells::json(of)?).map_err(failed)
}

fn object<T: Serialize>(of: &T) -> rusqlite::Result<Map<String, Value>> {
    match value(of)? {
        Value::Object(object) => Ok(object),
        _ => Ok(Map::new()),
    }
}

fn typed<T: serde::de::DeserializeOwned>(value: Value) -> rusqlite::Result<T> {
    serde_json::from_value(value).map_err(failed)
}

/// Of a word's edit the fields of one part; nothing where none is set.
fn part_of(edit: &Map<String, Value>, fields: &[&str]) -> rusqlite::Result<Value> {
    let set: Map<String, Value> =
        fields.iter().filter_map(|field| edit.get(*field).map(|value| ((*field).to_owned(), value.clone()))).collect();
    Ok(if set.is_empty() { Value::Null } else { Value::Object(set) })
}

impl Change {
    /// Whether people decide what the cell holds, so that they can differ on it. Of what the machine finds out the latest counts, and of
    /// where a file lies; and what is named by its content is the same wherever it is.
    pub fn is_decided(&self) -> bool {
        !matches!(
            self,
            Self::Media { .. }
                | Self::HeardWord { .. }
                | Self::Proposal { .. }
                | Self::Analysis { .. }
                | Self::Thresholds { .. }
                | Self::Probe { .. }
                | Self::Trial { .. }
                | Self::Prompt { .. }
                | Self::ClipSet { .. }
                | Self::Run { .. }
                | Self::Conflict { .. }
        )
    }

    /// Whether it speaks of the words of one transcript.
    pub fn is_of_words(&self) -> bool {
        matches!(
            self,
            Self::Word { .. } | Self::Speaker { .. } | Self::Anchor { .. } | Self::Map { .. } | Self::Heard { .. } | Self::HeardWord { .. }
        )
    }

    /// The parts that it writes; none of a cell that people can't differ on.
    pub fn parts(&self) -> rusqlite::Result<Vec<Part>> {
        if !self.is_decided() {
            return Ok(vec![]);
        }
        let mut cell = object(self)?;
        let before = cell.remove("before").unwrap_or_default();
        let after = cell.remove("after").unwrap_or_default();
        if !matches!(self, Self::Word { .. }) {
            return Ok(vec![Part { cell: CellName(cell), before, after }]);
        }
        let edit = |value: Value| if let Value::Object(edit) = value { edit } else { Map::new() };
        let (before, after) = (edit(before), edit(after));
        let mut parts = Vec::new();
        for (name, fields) in WORD_PARTS {
            let (before, after) = (part_of(&before, fields)?, part_of(&after, fields)?);
            if before != after {
                let mut cell = cell.clone();
                cell.insert("part".into(), name.into());
                parts.push(Part { cell: CellName(cell), before, after });
            }
        }
        Ok(parts)
    }

    /// What its cell holds now; nothing of a cell that people can't differ on.
    fn now(&self, db: &Connection) -> rusqlite::Result<Value> {
        match self {
            Self::Transcript { media, .. } => value(&cells::file(db, "transcript", media)?),
            Self::Annotations { media, .. } => value(&cells::file(db, "annotations", media)?),
            Self::Anchor { media, id, .. } => value(&cells::anchors(db, media)?.into_iter().find(|a| a.0 == *id).map(|a| a.1)),
            Self::Map { media, .. } => value(&cells::map(db, media)?),
            Self::Heard { media, .. } => value(&cells::heard(db, media)?),
            Self::ProposalState { media, proposal, .. } => value(&cells::proposal_state(db, media, *proposal)?),
            Self::Verdict { media, flag, .. } => value(&cells::verdicts(db, media)?.into_iter().find(|v| v.0 == *flag).map(|v| v.1)),
            Self::Speaker { media, label, .. } => value(&cells::speaker_names(db, media)?.remove(label)),
            Self::Annotation { media, id, .. } => value(&cells::body::<crate::AnnotationEdit>(db, "annotation_edit", media, id)?),
            Self::Defect { media, id, .. } => value(&cells::body::<crate::Defect>(db, "defect", media, id)?),
            Self::Document { media, id, .. } => value(&cells::body::<crate::documents::DocumentRef>(db, "document", media, id)?),
            Self::Finished { media, .. } => value(&cells::finished(db, media)?),
            Self::ActiveThresholds { .. } => value(&cells::active_thresholds(db)?.map(|t| t.version)),
            Self::Profile { media, .. } => value(&cells::profile(db, media)?),
            Self::Probing { gate, .. } => value(&cells::plans(db)?.remove(gate)),
            Self::SkippedPhrase { language, phrase, .. } => value(&cells::skipped_phrase(db, language, phrase)?),
            Self::Vote { run, clip, one, other, who, .. } => value(&crate::lab::vote(db, run, (*clip, *one, *other), who)?),
            Self::Promoted { task, .. } => value(&crate::lab::row::<crate::lab::Promotion>(db, "promoted", task.name())?),
            Self::Prompt { .. }
            | Self::ClipSet { .. }
            | Self::Run { .. }
            | Self::Media { .. }
            | Self::Word { .. }
            | Self::HeardWord { .. }
            | Self::Proposal { .. }
            | Self::Analysis { .. }
            | Self::Thresholds { .. }
            | Self::Probe { .. }
            | Self::Trial { .. }
            | Self::Conflict { .. } => Ok(Value::Null),
        }
    }
}
