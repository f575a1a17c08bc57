//! Events as sentences: what was done, and where to see it.

use super::history::{HistoryPlace, Step, step_ending};
use crate::cells::{self, Change, Swap};
use crate::error::Result;
use crate::project::Project;
use crate::records::{AnnotationEdit, DefectKind, MediaId, MediaRecord, Verdict};
use crate::restore::{amount, counted};
use crate::views::Decision;
use plumbline_core::gate::Place;
use plumbline_core::transcript::Transcript;
use plumbline_core::{Annotation, InForce, MediaTime, WordEdit, WordId, place};
use rusqlite::OptionalExtension;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// No sentence quotes more of a text than so many characters.
const QUOTED: usize = 48;

/// A word before and after a step.
type Rewritten = BTreeMap<WordId, (WordEdit, WordEdit)>;

/// Tells steps of one project; what it looks up is kept for the next.
pub(super) struct Teller<'a> {
    project: &'a Project,
    names: HashMap<MediaId, String>,
    /// The parsed transcripts of a media and the events that brought them, in order.
    transcripts: HashMap<MediaId, Vec<(i64, Option<String>)>>,
    truths: HashMap<MediaId, InForce>,
}

impl<'a> Teller<'a> {
    pub fn new(project: &'a Project) -> Self {
        Self { project, names: HashMap::new(), transcripts: HashMap::new(), truths: HashMap::new() }
    }

    /// The name of a media, also of one that was removed.
    pub fn name(&mut self, media: &MediaId) -> Result<String> {
        if let Some(name) = self.names.get(media) {
            return Ok(name.clone());
        }
        let added = "SELECT json_extract(c.value, '$.after') FROM event, json_each(event.body) AS c
             WHERE event.media = ?1 AND event.kind = 'add_media' AND json_extract(c.value, '$.cell') = 'media' LIMIT 1";
        let read = || -> rusqlite::Result<Option<MediaRecord>> {
            match cells::media(&self.project.db, media)? {
                Some(record) => Ok(Some(record)),
                None => self.project.db.query_row(added, [&media.0], |r| cells::from_json(r, 0)).optional(),
            }
        };
        let name = self.project.at(read())?.map_or_else(|| media.0.clone(), |record| record.name().to_owned());
        self.names.insert(media.clone(), name.clone());
        Ok(name)
    }

    /// What was done, as what follows a name, and where.
    pub fn tell(&mut self, step: &Step) -> Result<(String, Option<HistoryPlace>)> {
        let kind = step.kinds.first().map_or("", String::as_str);
        if let Some(target) = step.reverts {
            return self.reverted(target);
        }
        let changes: Vec<&Change> = step.changes.iter().rev().flatten().collect();
        let words = rewritten(&changes);
        if !words.is_empty() && !matches!(kind, "restore" | "import_transcript" | "remove_media" | "add_media") {
            let Some(media) = &step.media else { return Ok((self.counts(&changes), None)) };
            let imported = self.transcript_at(media, step.seq)?;
            return Ok((words_told(&words, imported.as_deref()), self.word_place(media, words.keys().next().copied())?));
        }
        let did = match kind {
            "propose" | "hear" | "analyse" | "try_profiles" => findings(&step.kinds),
            "restore" => format!("restored how things stood: {}", self.counts(&changes)),
            "start" => "started the project".to_owned(),
            _ => self.first_told(kind, &changes)?,
        };
        let place = match (&step.media, changes.first()) {
            (Some(media), Some(change)) if kind != "restore" => self.place(media, change)?,
            _ => None,
        };
        Ok((did, place))
    }

    /// Undo and redo name the step that they are about.
    fn reverted(&mut self, target: i64) -> Result<(String, Option<HistoryPlace>)> {
        let mut target = self.project.at(step_ending(&self.project.db, target))?;
        let mut again = false;
        while let Some(earlier) = target.reverts {
            target = self.project.at(step_ending(&self.project.db, earlier))?;
            again = !again;
        }
        let (did, place) = self.tell(&target)?;
        Ok((format!("{}: {did}", if again { "redid" } else { "undid" }), place))
    }

    fn counts(&self, changes: &[&Change]) -> String {
        let counts: Vec<String> = counted(changes.iter().copied()).iter().map(|(what, count)| amount(what, *count)).collect();
        if counts.is_empty() { "nothing that people see".to_owned() } else { counts.join(", ") }
    }

    /// What the event's first change says, for kinds that have one to speak of.
    fn first_told(&mut self, kind: &str, changes: &[&Change]) -> Result<String> {
        let Some(first) = changes.first() else { return Ok(crate::history::clause(kind).to_owned()) };
        if let Some(did) = self.project.at(super::lab::told(&self.project.db, first))? {
            return Ok(did);
        }
        Ok(match first {
            Change::Media { swap, .. } => media_told(kind, swap, changes),
            Change::Transcript { swap, .. } => file_told("transcript", swap),
            Change::Annotations { .. } if kind == "add_annotations" => "read the text on screen".to_owned(),
            Change::Annotations { swap, .. } => file_told("annotations", swap),
            Change::Speaker { label, swap, .. } => match &swap.after {
                Some(name) => format!("named {label} “{}”", quoted(name)),
                None => format!("gave {label} its own name back"),
            },
            Change::Anchor { swap, .. } => match (&swap.before, &swap.after) {
                (None, Some(at)) => format!("anchored {} of the transcript", at.transcript),
                (Some(from), Some(to)) => format!("moved the anchor of {} by {} ms", to.transcript, (to.media - from.media).us() / 1_000),
                (Some(at), None) => format!("removed the anchor of {} of the transcript", at.transcript),
                (None, None) => "changed an anchor".to_owned(),
            },
            Change::Annotation { media, id, swap } => annotation_told(kind, swap, self.annotation(media, id, swap)?.as_ref()),
            Change::Defect { swap, .. } => match (&swap.after, &swap.before) {
                (Some(defect), _) => format!("marked a defect: {}", defect_name(defect.kind)),
                (None, Some(defect)) => format!("removed the defect: {}", defect_name(defect.kind)),
                (None, None) => "removed a defect".to_owned(),
            },
            Change::Document { swap, .. } => match (&swap.after, &swap.before) {
                (Some(document), _) => format!("attached the document {}", document.name),
                (None, Some(document)) => format!("detached the document {}", document.name),
                (None, None) => "changed a document".to_owned(),
            },
            Change::Verdict { swap, .. } => verdict_told(swap),
            Change::Profile { swap, .. } => format!("set how the sound is prepared: {}", swap.after.unwrap_or_default()),
            Change::SkippedPhrase { phrase, swap, .. } => match &swap.after {
                Some(_) => format!("left “{}” out of the vocabulary", quoted(phrase)),
                None => format!("took “{}” back into the vocabulary", quoted(phrase)),
            },
            Change::Thresholds { version, swap } => {
                let note = swap.after.as_ref().map(|t| t.note.as_str()).filter(|n| !n.is_empty());
                format!("set thresholds {version}{}", note.map(|n| format!(": {}", quoted(n))).unwrap_or_default())
            }
            _ => match kind {
                "accept_map" => "accepted the map".to_owned(),
                "accept_piece" => "accepted a piece of the map".to_owned(),
                "reject_map" => "rejected the map".to_owned(),
                "finish" => "called the review done".to_owned(),
                "reopen" => "opened the review again".to_owned(),
                "activate_thresholds" => "went to other thresholds".to_owned(),
                "start_probing" => "began to check what a gate passes".to_owned(),
                "stop_probing" => "ended the checks of a gate".to_owned(),
                "adjudicate" => "took a side in a conflict".to_owned(),
                _ => format!("changed {}", self.counts(changes)),
            },
        })
    }

    /// An annotation as a change leaves it, or as it was before; as imported where the change says neither.
    fn annotation(&self, media: &MediaId, id: &str, swap: &Swap<AnnotationEdit>) -> Result<Option<Annotation>> {
        let of = |edit: &Option<AnnotationEdit>| edit.as_ref().and_then(|e| e.annotation.clone());
        if let Some(known) = of(&swap.after).or_else(|| of(&swap.before)) {
            return Ok(Some(known));
        }
        let read = || -> rusqlite::Result<Option<Annotation>> {
            let Some(file) = cells::file(&self.project.db, "annotations", media)? else { return Ok(None) };
            let set = self.project.kept.annotations(&self.project.db, &file.parsed)?;
            Ok(set.annotations.iter().find(|a| a.id == id).cloned())
        };
        self.project.at(read())
    }

    /// Where a change is seen.
    fn place(&mut self, media: &MediaId, change: &Change) -> Result<Option<HistoryPlace>> {
        let at = |at: MediaTime| HistoryPlace { at_us: Some(at), ..HistoryPlace::default() };
        Ok(match change {
            Change::Anchor { swap, .. } => swap.after.as_ref().or(swap.before.as_ref()).map(|a| at(a.media)),
            Change::Annotation { id, swap, .. } => {
                let at_us = self.annotation(media, id, swap)?.map(|a| a.span.start);
                Some(HistoryPlace { at_us, annotation: Some(id.clone()), ..HistoryPlace::default() })
            }
            Change::Defect { swap, .. } => swap.after.as_ref().or(swap.before.as_ref()).map(|d| at(d.span.start)),
            Change::Verdict { flag, swap, .. } => {
                let place = match swap.after.as_ref().or(swap.before.as_ref()).map(|v| v.place) {
                    Some(Place::Words { first, .. }) => self.word_place(media, Some(first))?,
                    Some(Place::Transcript(span)) => Some(at(self.truth(media)?.map.map_span(span).start)),
                    Some(Place::Media(span) | Place::Annotation { span, .. }) => Some(at(span.start)),
                    None => None,
                };
                place.map(|place| HistoryPlace { flag: Some(flag.clone()), ..place })
            }
            _ => None,
        })
    }

    fn truth(&mut self, media: &MediaId) -> Result<&InForce> {
        if !self.truths.contains_key(media) {
            let truth = self.project.in_force(media)?;
            self.truths.insert(media.clone(), truth);
        }
        Ok(self.truths.entry(media.clone()).or_default())
    }

    /// Where a word is now; a word that is gone is where the one before it is.
    fn word_place(&mut self, media: &MediaId, word: Option<WordId>) -> Result<Option<HistoryPlace>> {
        let (Some(word), Some(transcript)) = (word, self.project.transcript(media)?) else { return Ok(None) };
        let at = transcript.words.partition_point(|w| w.id <= word).saturating_sub(1);
        let Some(found) = transcript.words.get(at) else { return Ok(None) };
        let alone = Transcript {
            format: transcript.format,
            recogniser: None,
            languages: vec![],
            speakers: vec![],
            words: vec![found.clone()],
            segments: vec![],
            notes: vec![],
        };
        let start = place(&alone, self.truth(media)?).first().map(|w| w.span.start);
        Ok(Some(HistoryPlace { at_us: start, word: Some(found.id), ..HistoryPlace::default() }))
    }

    /// The transcript that a media had when event `seq` was done.
    fn transcript_at(&mut self, media: &MediaId, seq: i64) -> Result<Option<Arc<Transcript>>> {
        if !self.transcripts.contains_key(media) {
            // The body is searched as text first: reading every event's changes would take as long as the log is.
            let brought = "SELECT event.seq, json_extract(c.value, '$.after.parsed') FROM event, json_each(event.body) AS c
                 WHERE (event.media = ?1 OR event.media IS NULL) AND instr(event.body, '\"cell\":\"transcript\"') > 0
                 AND json_extract(c.value, '$.cell') = 'transcript' AND json_extract(c.value, '$.media') = ?1 ORDER BY event.seq";
            let read = || -> rusqlite::Result<Vec<(i64, Option<String>)>> {
                self.project.db.prepare_cached(brought)?.query_map([&media.0], |r| Ok((r.get(0)?, r.get(1)?)))?.collect()
            };
            let all = self.project.at(read())?;
            self.transcripts.insert(media.clone(), all);
        }
        let known = self.transcripts.get(media).map_or(&[][..], Vec::as_slice);
        let hash = known.iter().rev().find(|t| t.0 <= seq).and_then(|t| t.1.as_ref());
        self.project.at(hash.map(|hash| self.project.kept.transcript(&self.project.db, hash)).transpose())
    }
}

/// What became of words over all changes of a step, in order.
fn rewritten(changes: &[&Change]) -> Rewritten {
    let mut words = Rewritten::new();
    for change in changes {
        if let Change::Word { word, swap, .. } = change {
            let (before, after) = (swap.before.clone().unwrap_or_default(), swap.after.clone().unwrap_or_default());
            words.entry(*word).and_modify(|w| w.1 = after.clone()).or_insert((before, after));
        }
    }
    words
}

pub(super) fn quoted(text: &str) -> String {
    let mut kept: String = text.chars().take(QUOTED).collect();
    if kept.len() < text.len() {
        kept = format!("{}…", kept.trim_end());
    }
    kept
}

fn words_told(words: &Rewritten, imported: Option<&Transcript>) -> String {
    let known = |id: WordId| imported.and_then(|t| t.index_of(id).map(|i| &t.words[i]));
    let text = |id: WordId, edit: &WordEdit| -> String {
        let word = known(id);
        let text = edit.text.as_deref().or(word.map(|w| w.text.as_str())).unwrap_or_default();
        let marks = edit.punctuation.as_deref().or(word.map(|w| w.punctuation.as_str())).unwrap_or_default();
        if text.is_empty() { String::new() } else { format!("{text}{marks}") }
    };
    let all = |same: fn(&WordEdit, &WordEdit) -> bool| words.values().all(|(before, after)| same(before, after));
    let joined = |which: fn(&(WordEdit, WordEdit)) -> &WordEdit| {
        let texts: Vec<String> = words.iter().map(|(id, pair)| text(*id, which(pair))).filter(|t| !t.is_empty()).collect();
        quoted(&texts.join(" "))
    };
    let (before, after) = (joined(|w| &w.0), joined(|w| &w.1));
    let what = if words.len() == 1 { format!("“{after}”") } else { format!("{} words", words.len()) };
    let same_text = |a: &WordEdit, b: &WordEdit| a.text == b.text && a.punctuation == b.punctuation;
    if !all(same_text) {
        return match (before.is_empty(), after.is_empty()) {
            (true, _) => format!("added “{after}”"),
            (_, true) => format!("removed “{before}”"),
            _ if before == after => format!("changed the words “{after}”"),
            _ => format!("wrote “{after}” for “{before}”"),
        };
    }
    if all(|a, b| a.speaker == b.speaker && a.line == b.line) {
        return match words.values().next().and_then(|w| w.1.span) {
            Some(_) if words.len() == 1 => format!("retimed {what}"),
            None if words.len() == 1 => format!("gave {what} back to the map"),
            _ => format!("retimed {what}"),
        };
    }
    if all(|a, b| a.span == b.span && a.line == b.line) {
        let labels: Vec<&String> = words.values().filter_map(|w| w.1.speaker.as_ref()).collect();
        let one = labels.first().filter(|first| labels.len() == words.len() && labels.iter().all(|l| l == *first));
        return one.map_or_else(|| format!("gave {what} back to their speaker"), |label| format!("reassigned {what} to {label}"));
    }
    if words.len() == 1 { format!("moved the beginning of a line to or from {what}") } else { format!("changed lines at {what}") }
}

/// What the machine did, the same only once.
fn findings(kinds: &[String]) -> String {
    let did = [
        ("propose", "proposed a map"),
        ("hear", "listened for words"),
        ("analyse", "measured"),
        ("try_profiles", "tried profiles of the sound"),
    ];
    let told: Vec<&str> = did.iter().filter(|d| kinds.iter().any(|k| k == d.0)).map(|d| d.1).collect();
    match told.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        Some((last, _)) => (*last).to_owned(),
        None => "found nothing out".to_owned(),
    }
}

fn media_told(kind: &str, swap: &Swap<MediaRecord>, changes: &[&Change]) -> String {
    let name = swap.after.as_ref().or(swap.before.as_ref()).map_or("a media", MediaRecord::name);
    match kind {
        "remove_media" => format!("removed {name} from the library"),
        "relocate_media" => format!("found {name} again"),
        _ => {
            let brings = |f: fn(&&&Change) -> bool| changes.iter().any(|c| f(&c));
            let with = [
                brings(|c| matches!(c, Change::Transcript { .. })).then_some("its transcript"),
                brings(|c| matches!(c, Change::Annotations { .. })).then_some("its annotations"),
            ];
            let with: Vec<&str> = with.into_iter().flatten().collect();
            format!("added {name}{}{}", if with.is_empty() { "" } else { " with " }, with.join(" and "))
        }
    }
}

fn file_told(what: &str, swap: &Swap<cells::FileRef>) -> String {
    match (&swap.before, &swap.after) {
        (Some(before), Some(after)) => format!("imported the {what} {} in place of {}", after.name, before.name),
        (None, Some(after)) => format!("imported the {what} {}", after.name),
        _ => format!("took the {what} away"),
    }
}

fn annotation_told(kind: &str, swap: &Swap<AnnotationEdit>, annotation: Option<&Annotation>) -> String {
    let named = annotation.map_or_else(|| "an annotation".to_owned(), |a| format!("the annotation “{}”", quoted(&a.label)));
    let did = match kind {
        "remove_annotation" => "removed",
        _ if swap.before.is_none() => "set",
        _ => "changed",
    };
    format!("{did} {named}")
}

fn verdict_told(swap: &Swap<Verdict>) -> String {
    let gate = swap.after.as_ref().or(swap.before.as_ref()).map_or("", |v| v.gate.row().label);
    match swap.after.as_ref().map(|v| v.decision) {
        Some(Decision::Confirmed) => format!("confirmed a flag: {gate}"),
        Some(Decision::FalseAlarm) => format!("called a flag a false alarm: {gate}"),
        Some(Decision::Unsure) => format!("was unsure of a flag: {gate}"),
        None => format!("withdrew the verdict on a flag: {gate}"),
    }
}

/// What a kind of defect is called on the screen.
pub(crate) fn defect_name(kind: DefectKind) -> &'static str {
    match kind {
        DefectKind::WrongWord => "wrong word",
        DefectKind::MissingWords => "missing words",
        DefectKind::ExtraWords => "extra words",
        DefectKind::WrongTime => "wrong time",
        DefectKind::WrongSpeaker => "wrong speaker",
        DefectKind::WrongAnnotation => "wrong annotation",
        DefectKind::MissingAnnotation => "missing annotation",
        DefectKind::Moderation => "moderation",
        DefectKind::Other => "something else",
    }
}
