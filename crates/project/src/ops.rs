//! Everything that can be done to a project.

use crate::cells::{self, AnalysisRef, Change, Swap};
use crate::error::Result;
use crate::history::{Draft, History};
use crate::kept::Kept;
use crate::lab::{LabVote, Promotion};
use crate::records::{Analysis, Defect, MediaId, MediaRecord};
use crate::scribe::Scribe;
use crate::search::Replaced;
use crate::views::Decision;
use plumbline_core::align::{Heard, Proposal};
use plumbline_core::gate::{Evidence, GateId};
use plumbline_core::lab::{ClipSet, PromptVersion, Record};
use plumbline_core::transcript::Transcript;
use plumbline_core::tune::trial::Trial;
use plumbline_core::{Anchor, Annotation, AnnotationSet, Document, MediaTime, Profile, Span, WordId};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// Who does it. What a person does can be undone; what the machine finds out is only ever replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// A reviewer, by name.
    Person(String),
    /// The machine.
    Machine,
}

impl By {
    /// What the log calls them; nothing for the machine.
    pub fn name(&self) -> &str {
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
    /// What something found in the pictures, in place of what it found there before. All other annotations stay, and all that people did to any.
    AddAnnotations {
        /// Which media.
        media: MediaId,
        /// Who or what found it.
        source: String,
        /// The annotations; their ids are unlike those of other sources.
        annotations: Vec<Annotation>,
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
    /// Writes words as they shall stand. New ids add words, an empty text removes them.
    WriteWords {
        /// Which media.
        media: MediaId,
        /// The words.
        words: Vec<WordWrite>,
        /// Writes of one run, one after the other, are one step for undo.
        run: Option<String>,
    },
    /// Writes words of several media in one step, each as its text stood when it was searched.
    ReplaceText(Vec<Replaced>),
    /// Says who says words.
    AssignSpeaker {
        /// Which media.
        media: MediaId,
        /// The words.
        words: Vec<WordId>,
        /// The speaker's label; a new one makes a new speaker.
        speaker: String,
    },
    /// Names a speaker. Two labels of one name are one speaker.
    NameSpeaker {
        /// Which media.
        media: MediaId,
        /// The speaker's label.
        label: String,
        /// The name.
        name: String,
    },
    /// Adds an annotation, or puts it in place of the one with its id.
    SetAnnotation {
        /// Which media.
        media: MediaId,
        /// The annotation.
        annotation: Annotation,
    },
    /// Takes an annotation away.
    RemoveAnnotation {
        /// Which media.
        media: MediaId,
        /// Which annotation.
        id: String,
    },
    /// Adds a defect that no gate found, or puts it in place of the one with its id.
    AddDefect {
        /// Which media.
        media: MediaId,
        /// The defect.
        defect: Defect,
    },
    /// Takes a defect away.
    RemoveDefect {
        /// Which media.
        media: MediaId,
        /// Which defect.
        id: String,
    },
    /// Gives a media a document; nothing where it has that one.
    AttachDocument {
        /// Which media.
        media: MediaId,
        /// The document.
        file: Import<Document>,
    },
    /// Takes a document from a media.
    DetachDocument {
        /// Which media.
        media: MediaId,
        /// Which document.
        id: String,
    },
    /// Calls the review of a media done, or not done after all.
    Finish {
        /// Which media.
        media: MediaId,
        /// Whether it is done.
        finished: bool,
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
    /// Sets or takes away limits, the others staying as they are, as a new version of the thresholds, and puts it in force.
    SetLimits {
        /// Limits by gate; none turns a gate off.
        limits: BTreeMap<GateId, Option<f64>>,
        /// Why.
        note: String,
        /// What they stand on, where they come with a promise.
        evidence: Vec<Evidence>,
    },
    /// Puts a version of the thresholds in force that was made before.
    ActivateThresholds(u32),
    /// Begins to draw units of a gate for checks, blind to their scores. Measured media are drawn from at once, others when they are measured.
    StartProbing {
        /// Which gate; it needs a limit.
        gate: GateId,
        /// At most this share of what passes shall be a defect.
        alpha: f64,
        /// The chance at most that the promise is wrong.
        delta: f64,
        /// The chance of a unit to be drawn, up to the cap.
        pi: f64,
        /// Media with more units count as if they had so many.
        cap: u32,
        /// What everything is drawn with; never chosen by looking at scores.
        seed: String,
    },
    /// Ends the checks of a gate. What was drawn and decided stays in the log.
    StopProbing(GateId),
    /// What was measured of profiles of the sound.
    TryProfiles {
        /// Which media.
        media: MediaId,
        /// What it said.
        trial: Trial,
    },
    /// Says how the sound is prepared for the aligner; none for the sound as it is.
    SetProfile {
        /// Which media.
        media: MediaId,
        /// The profile.
        profile: Option<Profile>,
    },
    /// Leaves a phrase out of the vocabulary of a language, or takes it back in.
    SkipPhrase {
        /// The two letters of the language.
        language: String,
        /// The phrase as people wrote it.
        phrase: String,
        /// Whether it is left out.
        skip: bool,
    },
    /// Keeps a version of a prompt; nothing where it is kept. Refused where its name and count are another's.
    KeepPrompt(PromptVersion),
    /// Keeps clips, in order, with what people stand by in them now.
    KeepClips(ClipSet),
    /// Keeps a run, or what it is by now.
    KeepRun {
        /// Its id, given by whoever makes it, unique in the project.
        id: String,
        /// What it brought so far.
        record: Record,
    },
    /// Says which of two variants is better on a clip; none takes that back.
    Vote {
        /// Which run.
        run: String,
        /// Which clip of its set, from 0.
        clip: u32,
        /// The one variant, from 0.
        one: u32,
        /// The other.
        other: u32,
        /// Which is better.
        vote: Option<LabVote>,
    },
    /// Has a task done with a version and a model from now on.
    Promote(Promotion),
    /// Decides between what people wrote whose copies were merged.
    Adjudicate {
        /// Which conflict, from [`crate::Project::conflicts`].
        id: String,
        /// The side that is right, by its event.
        pick: String,
    },
    /// Takes back what a person did last.
    Undo,
    /// Brings back what was undone last.
    Redo,
    /// Brings all that people changed after an event back to how it stood right after it, as one step. What the machine found out stays.
    Restore {
        /// Position of the event in the log; 0 is before the first.
        seq: i64,
        /// Only what belongs to this media; none for the whole project.
        media: Option<MediaId>,
    },
}

/// A word as it shall stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct WordWrite {
    /// Which word; an id that nobody has yet adds it.
    pub word: WordId,
    /// Its text with the punctuation behind it; empty removes it.
    pub text: String,
    /// Whether a line begins with it.
    pub line: bool,
}

/// What the operation writes, given the state that it finds.
pub(crate) fn draft(db: &Connection, kept: &Kept, history: &History, op: Op, by: &By) -> Result<Draft> {
    let scribe = Scribe { db, kept, by: by.name() };
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
            let changes = if same { vec![] } else { scribe.annotations(&media, file)? };
            scribe.draft("import_annotations", &media, changes)
        }
        Op::AddAnnotations { media, source, annotations } => scribe.add_annotations(&media, &source, annotations),
        Op::Propose { media, proposal, heard } => scribe.propose(&media, &proposal, &heard),
        Op::AcceptMap(media) => scribe.accept("accept_map", media, None),
        Op::AcceptPiece { media, piece } => scribe.accept("accept_piece", media, Some(piece)),
        Op::RejectMap(media) => scribe.reject(&media),
        Op::SetAnchor { media, id, at } => scribe.anchor("set_anchor", media, id, Some(at)),
        Op::RemoveAnchor { media, id } => scribe.anchor("remove_anchor", media, Some(id), None),
        Op::EditWord { media, word, text } => scribe.edit_word(media, word, &text),
        Op::RetimeWord { media, word, span } => scribe.retime_word(media, word, span),
        Op::WriteWords { media, words, run } => scribe.write_words(&media, &words, run),
        Op::ReplaceText(all) => scribe.replace_text(&all),
        Op::AssignSpeaker { media, words, speaker } => scribe.assign_speaker(&media, &words, &speaker),
        Op::NameSpeaker { media, label, name } => scribe.name_speaker(media, label, &name),
        Op::SetAnnotation { media, annotation } => scribe.set_annotation(media, annotation),
        Op::RemoveAnnotation { media, id } => scribe.remove_annotation(media, id),
        Op::AddDefect { media, defect } => scribe.add_defect(media, defect),
        Op::RemoveDefect { media, id } => scribe.remove_defect(media, id),
        Op::AttachDocument { media, file } => scribe.attach(&media, file),
        Op::DetachDocument { media, id } => scribe.detach(&media, id),
        Op::Finish { media, finished } => scribe.finish(media, finished),
        Op::Analyse { media, analysis, truth } => {
            let spans = crate::views::queue::spans(db, kept, &media, &analysis.measures)?;
            let has_scores = analysis.measures.iter().any(|m| m.gate.custom().is_some());
            let file = cells::file(db, "transcript", &media)?.filter(|_| has_scores);
            let analysis = Analysis { spans, scored: file.map_or_else(String::new, |file| file.parsed), ..analysis };
            let draws = scribe.draws(&media, &analysis)?;
            let swap = Swap { before: cells::analysis(db, &media)?, after: Some(AnalysisRef { body: scribe.blob(&analysis)?, truth }) };
            scribe.draft("analyse", &media, [vec![Change::Analysis { media: media.clone(), swap }], draws].concat())
        }
        Op::Hear { media, heard, truth } => scribe.hear(&media, heard, truth),
        Op::Decide { media, flag, decision, note } => scribe.decide(media, flag, decision, note),
        Op::SetThresholds { limits, note } => scribe.thresholds(limits, note),
        Op::SetLimits { limits, note, evidence } => scribe.set_limits(limits, note, evidence),
        Op::ActivateThresholds(version) => scribe.activate_thresholds(version),
        Op::StartProbing { gate, alpha, delta, pi, cap, seed } => scribe.start_probing(gate, (alpha, delta), (pi, cap), seed),
        Op::StopProbing(gate) => scribe.stop_probing(gate),
        Op::TryProfiles { media, trial } => scribe.try_profiles(media, trial),
        Op::SetProfile { media, profile } => scribe.set_profile(media, profile),
        Op::SkipPhrase { language, phrase, skip } => scribe.skip_phrase(language, phrase, skip),
        Op::KeepPrompt(version) => scribe.keep_prompt(&version),
        Op::KeepClips(set) => scribe.keep_clips(set, history.seq()),
        Op::KeepRun { id, record } => scribe.keep_run(id, &record),
        Op::Vote { run, clip, one, other, vote } => scribe.vote(run, clip, (one, other), vote),
        Op::Promote(promotion) => scribe.promote(promotion),
        Op::Adjudicate { id, pick } => scribe.adjudicate(&id, &pick),
        Op::Undo => scribe.revert(history.next_undo(), "Nothing is left to undo"),
        Op::Redo => scribe.revert(history.next_redo(), "Nothing is left to redo"),
        Op::Restore { seq, media } => scribe.restore(seq, media),
    }
}
