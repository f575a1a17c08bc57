//! What people differ on, in words.

use super::{ConflictView, ConflictsView, MediaName, SideView};
use crate::cell_name::CellName;
use crate::cells;
use crate::disputes::id_of;
use crate::error::Result;
use crate::fold::conflicts;
use crate::kept::Kept;
use crate::lab::{LabVote, Promotion};
use crate::probes::ProbePlan;
use crate::project::Project;
use crate::records::{AnnotationEdit, Defect, MediaId, Verdict};
use crate::register::Register;
use plumbline_core::gate::{Place, Thresholds, gates_with};
use plumbline_core::transcript::{PlacedWord, Transcript};
use plumbline_core::{Anchor, InForce, MediaTime, Profile, Span, TimeMap, WordId, place, revise};
use rusqlite::Connection;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;

impl Project {
    /// What people whose copies were merged differ on, and how far they agree on flags.
    ///
    /// # Errors
    /// Where the project can't be read.
    pub fn conflicts(&self) -> Result<ConflictsView> {
        Ok(ConflictsView {
            seq: self.standing().seq,
            conflicts: conflicts_of(&self.db, &self.kept).map_err(|e| e.in_file(self.path()))?,
            agreement: self.agreement()?,
        })
    }
}

/// A media's words as they lie, to say where a conflict is.
struct Ground {
    name: String,
    words: Vec<PlacedWord>,
    transcript: Option<Transcript>,
    map: TimeMap,
}

impl Ground {
    fn read(db: &Connection, kept: &Kept, media: &MediaId) -> rusqlite::Result<Option<Self>> {
        let Some(record) = cells::media(db, media)? else { return Ok(None) };
        let heard = cells::heard(db, media)?.map(|hash| kept.heard(db, &hash)).transpose()?;
        let now: InForce = cells::in_force(db, media, heard)?;
        let file = cells::file(db, "transcript", media)?;
        let transcript = file.map(|file| Ok::<_, rusqlite::Error>(revise(&*kept.transcript(db, &file.parsed)?, &now.edits))).transpose()?;
        let words = transcript.as_ref().map(|transcript| place(transcript, &now)).unwrap_or_default();
        Ok(Some(Self { name: record.name().to_owned(), words, transcript, map: now.map }))
    }

    fn start_of(&self, word: WordId) -> Option<MediaTime> {
        let at = self.words.partition_point(|w| w.id < word);
        self.words.get(at).map(|w| w.span.start)
    }

    fn text_of(&self, word: WordId) -> Option<&str> {
        let transcript = self.transcript.as_ref()?;
        transcript.index_of(word).map(|i| transcript.words[i].text.as_str()).filter(|t| !t.is_empty())
    }
}

/// What people differ on, by media and time.
pub(crate) fn conflicts_of(db: &Connection, kept: &Kept) -> Result<Vec<ConflictView>> {
    let mut questions: BTreeMap<String, Vec<Register>> = BTreeMap::new();
    for register in conflicts(db)? {
        questions.entry(id_of(&register)).or_default().push(register);
    }
    let mut grounds: BTreeMap<MediaId, Option<Ground>> = BTreeMap::new();
    let mut views = Vec::new();
    for (id, registers) in questions {
        let media = registers.first().and_then(|r| r.cell.media());
        if let Some(media) = &media
            && !grounds.contains_key(media)
        {
            grounds.insert(media.clone(), Ground::read(db, kept, media)?);
        }
        let ground = media.as_ref().and_then(|m| grounds.get(m)).and_then(Option::as_ref);
        // Of a media that was removed nothing has to be decided.
        if media.is_some() && ground.is_none() {
            continue;
        }
        views.push(view(db, id, &registers, media.zip(ground))?);
    }
    views.sort_by(|a, b| {
        let name = |view: &ConflictView| view.media.as_ref().map(|m| (m.name.clone(), m.id.clone()));
        (name(a), a.at_us, &a.id).cmp(&(name(b), b.at_us, &b.id))
    });
    Ok(views)
}

fn view(db: &Connection, id: String, registers: &[Register], on: Option<(MediaId, &Ground)>) -> Result<ConflictView> {
    let ground = on.as_ref().map(|o| o.1);
    let named = |kind: &str| registers.iter().find(|r| r.cell.kind() == kind).map(|r| r.cell.id().to_owned());
    let heads = registers.first().map_or(&[][..], |r| &r.heads);
    let value_of = |register: &Register, event: &str| -> rusqlite::Result<String> {
        let value = register.heads.iter().find(|h| h.event == event).map_or(&Value::Null, |h| &h.value);
        said(db, &register.cell, value)
    };
    let sides = heads
        .iter()
        .map(|head| {
            let values = registers.iter().map(|register| value_of(register, &head.event)).collect::<rusqlite::Result<_>>()?;
            Ok(SideView { event: head.event.clone(), by: head.by.clone(), at_us: head.at_us, values })
        })
        .collect::<rusqlite::Result<_>>()?;
    Ok(ConflictView {
        id,
        at_us: registers.iter().find_map(|register| place_of(register, ground)),
        word: registers.iter().find_map(|r| r.cell.word()),
        flag: named("verdict"),
        annotation: named("annotation"),
        about: registers.iter().map(|r| about(r, ground)).collect(),
        sides,
        media: on.map(|(id, ground)| MediaName { id, name: ground.name.clone() }),
    })
}

/// Where in the media a cell is seen.
fn place_of(register: &Register, ground: Option<&Ground>) -> Option<MediaTime> {
    let ground = ground?;
    if let Some(word) = register.cell.word() {
        return ground.start_of(word);
    }
    register.heads.iter().find_map(|head| match register.cell.kind() {
        "anchor" => read::<Anchor>(&head.value).map(|a| a.media),
        "verdict" => read::<Verdict>(&head.value).and_then(|v| match v.place {
            Place::Media(span) | Place::Annotation { span, .. } => Some(span.start),
            Place::Transcript(span) => Some(ground.map.map_span(span).start),
            Place::Words { first, .. } => ground.start_of(first),
        }),
        "annotation" => read::<AnnotationEdit>(&head.value).and_then(|a| a.annotation).map(|a| a.span.start),
        "defect" => read::<Defect>(&head.value).map(|d| d.span.start),
        _ => None,
    })
}

/// What a cell is, as the head of a row.
fn about(register: &Register, ground: Option<&Ground>) -> String {
    let cell = &register.cell;
    let gate = || register.heads.iter().find_map(|h| read::<Verdict>(&h.value)).map(|v| v.gate.row().label);
    let word = || {
        let text = cell.word().and_then(|word| ground?.text_of(word));
        text.map_or_else(|| "an added word".to_owned(), |text| format!("“{text}”"))
    };
    match cell.kind() {
        "word" => match cell.part() {
            "text" => format!("Text of {}", word()),
            "line" => format!("Line at {}", word()),
            "time" => format!("Time of {}", word()),
            _ => format!("Speaker of {}", word()),
        },
        "anchor" => "Anchor".into(),
        "map" => "Map".into(),
        "heard" => "Words as heard".into(),
        "proposal_state" => "Proposed map".into(),
        "verdict" => gate().map_or("Flag".into(), |label| format!("Flag: {label}")),
        "speaker" => format!("Name of {}", cell.id()),
        "annotation" => "Annotation".into(),
        "defect" => "Defect".into(),
        "document" => "Document".into(),
        "finished" => "Review".into(),
        "profile" => "Sound".into(),
        "probing" => "Checks of a gate".into(),
        "vote" => "Vote on a clip".into(),
        "promoted" => format!("Prompt for {}", cell.id()),
        "skipped_phrase" => format!("Phrase “{}”", cell.id()),
        "transcript" => "Transcript".into(),
        "annotations" => "Annotations".into(),
        _ => "Thresholds".into(),
    }
}

fn read<T: DeserializeOwned>(value: &Value) -> Option<T> {
    serde_json::from_value(value.clone()).ok()
}

fn noted(text: String, note: Option<&str>) -> String {
    note.filter(|n| !n.is_empty()).map_or(text.clone(), |note| format!("{text}: {note}"))
}

/// `drift 150 ms, word confidence 50 %`.
fn limits(thresholds: &Thresholds) -> String {
    let gates = gates_with(thresholds.limits.keys().copied()).into_iter();
    let limits = gates.filter_map(|gate| Some(format!("{} {}", gate.label, gate.amount(thresholds.limits.get(&gate.id)?))));
    limits.collect::<Vec<_>>().join(", ")
}

fn spanned(span: Span<MediaTime>) -> String {
    format!("{} to {}", span.start, span.end)
}

/// A value as people read it.
fn said(db: &Connection, cell: &CellName, value: &Value) -> rusqlite::Result<String> {
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    let shown = match cell.kind() {
        "word" => match cell.part() {
            "text" => match (text("text"), text("punctuation")) {
                (Some(""), _) => Some("removed".to_owned()),
                (None, None) => None,
                (word, marks) => Some(format!("{}{}", word.unwrap_or("…"), marks.unwrap_or_default())),
            },
            "line" => value["line"].as_bool().map(|begins| if begins { "begins a line" } else { "goes on in the line" }.to_owned()),
            "time" => read::<Span<MediaTime>>(&value["span"]).map(spanned),
            _ => text("speaker").map(str::to_owned),
        }
        .or_else(|| Some("as imported".to_owned())),
        "anchor" => read::<Anchor>(value).map(|a| format!("{} at {}", a.transcript, a.media)),
        "map" => Some(read::<TimeMap>(value).map_or("as imported".into(), |map| format!("a map of {} knots", map.knots().len()))),
        "heard" => Some(if value.is_null() { "as the map has them" } else { "each where it was heard" }.to_owned()),
        "proposal_state" | "speaker" => value.as_str().map(str::to_owned),
        "verdict" => read::<Verdict>(value).map(|v| noted(super::shown(v.decision).to_owned(), v.note.as_deref())),
        "annotation" => Some(read::<AnnotationEdit>(value).map_or("as imported".into(), |edit| match edit.annotation {
            Some(a) => noted(format!("{}, {}", a.label, spanned(a.span)), Some(&a.text)),
            None => "removed".into(),
        })),
        "defect" => read::<Defect>(value).map(|d| noted(format!("{:?}, {}", d.kind, spanned(d.span)), d.note.as_deref())),
        "document" => Some(text("name").map_or("detached".to_owned(), |name| format!("attached: {name}"))),
        "probing" => Some(read::<ProbePlan>(value).map_or("no checks".into(), |plan| {
            format!("each unit drawn with a chance of {}\u{a0}%, for at most {}\u{a0}% that escape", plan.pi * 100.0, plan.alpha * 100.0)
        })),
        "profile" => Some(read::<Profile>(value).unwrap_or_default().to_string()),
        "skipped_phrase" => Some(if value.is_null() { "in the vocabulary" } else { "left out" }.to_owned()),
        "vote" => read::<LabVote>(value).map(|vote| match vote {
            LabVote::One => "for the first".to_owned(),
            LabVote::Other => "for the second".to_owned(),
            LabVote::Tie => "for neither".to_owned(),
        }),
        "promoted" => read::<Promotion>(value).map(|promotion| super::lab::promotion_told(db, &promotion)).transpose()?,
        "finished" => Some(if value.is_null() { "not finished" } else { "finished" }.to_owned()),
        "transcript" | "annotations" => text("name").map(str::to_owned),
        _ => match value.as_i64() {
            Some(version) => {
                // By what they say: versions are counted in every file for itself.
                let body = "SELECT body FROM thresholds WHERE version = ?1";
                let made = rusqlite::OptionalExtension::optional(db.query_row(body, [version], |r| cells::from_json::<Thresholds>(r, 0)))?;
                made.map(|made| noted(limits(&made), Some(&made.note)))
            }
            None => None,
        },
    };
    Ok(shown.unwrap_or_else(|| "nothing".to_owned()))
}
