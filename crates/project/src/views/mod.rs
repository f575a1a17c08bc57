//! What the window and the command line are shown: finished rows, times already on the media's clock.

mod analytics;
mod conflicts;
mod examples;
pub(crate) mod figures;
mod history;
mod lab;
pub(crate) mod lessons;
mod library;
mod profiles;
pub(crate) mod queue;
mod review;
pub(crate) mod summary;
pub(crate) mod tell;
pub(crate) mod tuning;
mod vocabulary;
mod words;

use crate::records::Defect;
pub use crate::records::MediaId;
pub use analytics::{AnalyticsView, Bar, Bars, Figure, FigureId, Moment, MomentsView};
pub(crate) use conflicts::conflicts_of;
pub use examples::{ExampleRow, ExamplesView};
pub use history::{HistoryFilter, HistoryGroup, HistoryPlace, HistoryRow, HistoryView, RestorePreview};
use plumbline_core::align::{Break, Piece, Verdict};
use plumbline_core::gate::{Fails, GateId};
use plumbline_core::transcript::{Alternative, Format, Language};
use plumbline_core::{Anchor, Annotation, Knot, MediaTime, Span, WordId};
pub use profiles::{ProfileRow, ProfilesView, TrialView, TriedView};
pub use queue::{Left, ProgressView, QueueAsk, QueueFilter, QueueItem, QueueView};
use serde::{Deserialize, Serialize};
use ts_rs::TS;
pub use tuning::{
    Becomes, Bins, Calibration, CostRow, Curve, DriftOfScores, Effect, EffectRow, EvidenceView, GateRow, GateState, GateTuning, Guarantee,
    HeldOut, LimitChange, Probing, Proposal, ProposedLimit, TotalsView, TuningView, VersionRow,
};

pub use vocabulary::{PhraseExample, PhraseHeard, PhraseRow, UnfitRow, VocabularyView};

/// The parts of the screen that a write can make stale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum View {
    /// [`LibraryView`].
    Library,
    /// [`WordsView`].
    Words,
    /// [`AlignmentView`].
    Alignment,
    /// [`FlagsView`].
    Flags,
    /// [`AnnotationsView`].
    Annotations,
    /// [`ConflictsView`].
    Conflicts,
    /// The documents of a media.
    Documents,
    /// Versions of prompts, clip sets, runs, votes and what is promoted.
    Lab,
}

/// What a write did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct Changed {
    /// Position of the log after it; views carry the position they were read at.
    #[ts(type = "number")]
    pub seq: i64,
    /// The media it concerns; none if it concerns the project.
    pub media: Option<MediaId>,
    /// Views to read again.
    pub stale: Vec<View>,
    /// Of the words, all that changed lie in `[first, end)`; none where any may have.
    #[ts(type = "[number, number] | null")]
    pub touched: Option<(WordId, WordId)>,
    /// What undo would take back, as a clause (`accept the map`), if anything.
    pub undo: Option<String>,
    /// What redo would bring back, if anything.
    pub redo: Option<String>,
}

/// The open project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct ProjectView {
    /// Its name: the file's name without `.plumbline`.
    pub name: String,
    /// Where it lies.
    pub path: String,
    /// Position of the log.
    #[ts(type = "number")]
    pub seq: i64,
    /// What undo would take back, if anything.
    pub undo: Option<String>,
    /// What redo would bring back, if anything.
    pub redo: Option<String>,
}

/// How far the review of a media is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum MediaState {
    /// The file is not where the project says.
    Missing,
    /// No transcript yet.
    NoTranscript,
    /// Not yet measured.
    Waiting,
    /// A map is proposed and not decided on.
    Proposed,
    /// Flags wait for a verdict.
    Flagged,
    /// Nothing is left to decide.
    Reviewed,
}

/// One row of the library.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct MediaRow {
    /// Which media.
    pub id: MediaId,
    /// File name.
    pub name: String,
    /// Path, relative to the project where it can be.
    pub path: String,
    /// How far its review is.
    pub state: MediaState,
    /// Length.
    pub duration_us: MediaTime,
    /// Whether it has pictures.
    pub has_video: bool,
    /// Number of words.
    pub words: u32,
    /// The aligner's verdict, once there is one.
    pub verdict: Option<Verdict>,
    /// The largest drift that is left under the map in force, signed.
    #[ts(type = "number | null")]
    pub worst_drift_us: Option<i64>,
    /// The plumb line: what is left of the drift, at most 64 points evenly over the media, in µs; null where nothing is known.
    #[ts(type = "(number | null)[]")]
    pub plumb_us: Vec<Option<i64>>,
    /// Flags without a verdict, by gate.
    pub open_flags: Vec<GateCount>,
    /// Flags with a verdict.
    pub decided_flags: u32,
    /// Mean confidence of the words, 0..1, where the source has any.
    pub confidence: Option<f32>,
    /// Number of annotations.
    pub annotations: u32,
    /// Number of defects that people found and no gate did.
    #[serde(default)]
    pub defects: u32,
    /// Who called its review done; none where nobody did.
    #[serde(default)]
    pub finished: Option<String>,
}

/// How many flags of a gate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct GateCount {
    /// The gate.
    pub gate: GateId,
    /// Its name on screen.
    pub label: String,
    /// How many.
    pub count: u32,
}

/// The media of the project.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct LibraryView {
    /// Position of the log.
    #[ts(type = "number")]
    pub seq: i64,
    /// All media, in the order they were added.
    pub media: Vec<MediaRow>,
}

/// A speaker of a transcript.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct SpeakerView {
    /// What the file calls them; identifies them.
    pub label: String,
    /// What is shown. Two labels of one name are one speaker.
    pub name: String,
}

/// Where a line of the transcript begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct LineView {
    /// Its first word.
    pub first: WordId,
    /// Index into [`WordsView::speakers`].
    pub speaker: Option<u16>,
}

/// A word as imported, where a person wrote another text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct ImportedText {
    /// Which word.
    pub word: WordId,
    /// Its text in the import.
    pub text: String,
}

/// A person set the word's time.
pub const RETIMED: u8 = 1;
/// The word was cut from the media.
pub const CUT: u8 = 2;
/// The word is masked or redacted.
pub const MASKED: u8 = 4;

/// The transcript of a media, or a stretch of it, in columns: one entry per word in each, since a media may have a hundred thousand.
#[derive(Clone, Debug, Default, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct WordsView {
    /// Position of the log.
    #[ts(type = "number")]
    pub seq: i64,
    /// The words are all those in `[first, end)`; none where they are all there are.
    #[ts(type = "[number, number] | null")]
    pub range: Option<(WordId, WordId)>,
    /// Kind of source; none without a transcript.
    pub format: Option<Format>,
    /// Languages, the most likely first.
    pub languages: Vec<Language>,
    /// Speakers.
    pub speakers: Vec<SpeakerView>,
    /// Lines that begin here.
    pub lines: Vec<LineView>,
    /// Which words, in the order of the text.
    pub ids: Vec<WordId>,
    /// Their texts as they stand; empty where a person removed the word.
    pub texts: Vec<String>,
    /// Punctuation that follows.
    pub punctuation: Vec<String>,
    /// First moment inside: where a person put it, where it was heard, or where the map in force has it.
    pub start_us: Vec<MediaTime>,
    /// First moment past the end.
    pub end_us: Vec<MediaTime>,
    /// Where its own time would put it with no map at all.
    pub original_start_us: Vec<MediaTime>,
    /// The end of that.
    pub original_end_us: Vec<MediaTime>,
    /// Where it would lie if the open proposal were accepted; empty where there is none.
    pub proposed_start_us: Vec<MediaTime>,
    /// The end of that.
    pub proposed_end_us: Vec<MediaTime>,
    /// Confidence 0..1 that it is the right word.
    pub confidence: Vec<Option<f32>>,
    /// Probability 0..1 that its start lies within 100 ms of where the sound has it; none where the map or a person places it.
    pub alignment_confidence: Vec<Option<f32>>,
    /// The sum of [`RETIMED`], [`CUT`] and [`MASKED`], as they hold.
    pub marks: Vec<u8>,
    /// Texts of the import, where a person wrote another.
    pub imported: Vec<ImportedText>,
    /// What the import met, in sentences.
    pub notes: Vec<String>,
}

/// What the recogniser heard of a word.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct HeardAs {
    /// Its text in the import, with punctuation.
    pub imported: String,
    /// Confidence 0..1 of that.
    pub confidence: Option<f32>,
    /// Other readings, the best first.
    pub alternatives: Vec<Alternative>,
}

/// Whether a proposed map waits, stands or fell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum ProposalState {
    /// Waits for a decision.
    Open,
    /// Accepted: its map is in force.
    Accepted,
    /// Rejected.
    Rejected,
    /// As shown only: nobody decided on it, and accepting it would change nothing.
    Idle,
}

/// What the aligner says, as shown.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct ProposalView {
    /// Its state.
    pub state: ProposalState,
    /// The verdict in a word.
    pub verdict: Verdict,
    /// The verdict in a sentence with numbers.
    pub sentence: String,
    /// Straight pieces.
    pub pieces: Vec<PieceView>,
    /// Breaks between them.
    pub breaks: Vec<Break>,
    /// How well it fits, 0..1.
    pub score: f32,
    /// How many words were heard in their own place.
    pub words_heard: u32,
    /// How many words it would move by more than 50 ms.
    pub words_moved: u32,
}

/// A straight piece of a proposal.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct PieceView {
    /// Its line.
    #[serde(flatten)]
    pub piece: Piece,
    /// Which piece, in order.
    pub index: u32,
    /// Where it lies in the media under the proposal, as far as it reaches.
    pub media: Span<MediaTime>,
    /// Nothing of it is left to accept.
    pub accepted: bool,
    /// How many words it answers for.
    pub words: u32,
    /// Mean confidence, 0..1, of where these were heard.
    pub confidence: Option<f32>,
    /// Drift that is left now, the median of its windows without the sign.
    #[ts(type = "number | null")]
    pub left_us: Option<i64>,
    /// What would be left.
    #[ts(type = "number | null")]
    pub proposed_left_us: Option<i64>,
}

/// An anchor that a person set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct AnchorView {
    /// Which anchor.
    pub id: String,
    /// The pair of moments.
    #[serde(flatten)]
    pub at: Anchor,
}

/// A point of the drift curve, on the media's clock.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct DriftPoint {
    /// Where.
    pub at_us: MediaTime,
    /// Drift of the transcript's own times: media minus transcript.
    #[ts(type = "number")]
    pub drift_us: i64,
    /// What is left of it under the map in force.
    #[ts(type = "number")]
    pub left_us: i64,
    /// What would be left under the open proposal.
    #[ts(type = "number | null")]
    pub proposed_left_us: Option<i64>,
    /// How clearly the sound shows it, 0..1.
    pub score: f32,
}

/// Alignment of a media.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct AlignmentView {
    /// Position of the log.
    #[ts(type = "number")]
    pub seq: i64,
    /// The last proposal, if any.
    pub proposal: Option<ProposalView>,
    /// Knots of the map in force.
    pub map: Vec<Knot>,
    /// Anchors by hand.
    pub anchors: Vec<AnchorView>,
    /// The drift curve.
    pub drift: Vec<DriftPoint>,
    /// Shot changes.
    pub shots: Vec<MediaTime>,
}

/// What a reviewer says of a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Decision {
    /// It is a defect.
    Confirmed,
    /// There is nothing wrong.
    FalseAlarm,
    /// The reviewer can't tell.
    Unsure,
}

impl Decision {
    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::FalseAlarm => "false_alarm",
            Self::Unsure => "unsure",
        }
    }
}

/// A decision as it is called on screen.
pub(crate) fn shown(decision: Decision) -> &'static str {
    match decision {
        Decision::Confirmed => "confirmed",
        Decision::FalseAlarm => "false alarm",
        Decision::Unsure => "unsure",
    }
}

/// A verdict as the reviewer gave it: with what was on the screen then.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct VerdictView {
    /// What was decided.
    pub decision: Decision,
    /// The value the reviewer saw.
    pub value: f64,
    /// The limit then.
    pub limit: f64,
    /// Version of the thresholds then.
    pub thresholds: u32,
    /// A remark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Who decided; empty where that was not kept.
    pub by: String,
}

/// A failed gate.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct FlagView {
    /// Which flag.
    pub id: String,
    /// The gate.
    pub gate: GateId,
    /// Its name on screen.
    pub label: String,
    /// Why, in one line with value and limit.
    pub why: String,
    /// Measured value, in `unit`; none while its gate is checked, until it is decided on.
    pub value: Option<f64>,
    /// Limit, in `unit`.
    pub limit: f64,
    /// Unit.
    pub unit: String,
    /// Which side fails.
    pub fails: Fails,
    /// Version of the thresholds.
    pub thresholds: u32,
    /// Where in the media, under the map in force.
    #[serde(flatten)]
    pub span: Span<MediaTime>,
    /// Words it is about: `[first, end)`; none where it is about sound without words.
    #[ts(type = "[number, number] | null")]
    pub words: Option<(WordId, WordId)>,
    /// What reviewers said of such flags before, in a clause.
    pub said: String,
    /// The verdict, if there is one.
    pub verdict: Option<VerdictView>,
    /// True where the gate no longer fails (the drift was mended, say) and the flag stands for its verdict.
    pub passed_since: bool,
}

/// The flags of a media, in order of time.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct FlagsView {
    /// Position of the log.
    #[ts(type = "number")]
    pub seq: i64,
    /// Flags.
    pub flags: Vec<FlagView>,
    /// Defects that people found and no gate did, in order of time.
    pub defects: Vec<Defect>,
}

/// The annotations of a media.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct AnnotationsView {
    /// Position of the log.
    #[ts(type = "number")]
    pub seq: i64,
    /// Annotations as they stand, in order of their start.
    pub annotations: Vec<Annotation>,
    /// Those that people changed or added.
    pub edited: Vec<String>,
    /// As imported, those that people changed or removed.
    pub imported: Vec<Annotation>,
}

/// A media by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct MediaName {
    /// Which media.
    pub id: MediaId,
    /// Its file's name.
    pub name: String,
}

/// What people whose copies were merged differ on, and how far they agree.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct ConflictsView {
    /// Position of the log.
    #[ts(type = "number")]
    pub seq: i64,
    /// What waits for somebody to decide, by media and time.
    pub conflicts: Vec<ConflictView>,
    /// How far people agree on flags.
    pub agreement: AgreementView,
}

/// Something that people wrote differently, without seeing each other.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct ConflictView {
    /// Which conflict: the same in every copy that holds these events.
    pub id: String,
    /// The media it is about; none where it is about the project.
    pub media: Option<MediaName>,
    /// Where in the media, where it has a place.
    #[ts(type = "number | null")]
    pub at_us: Option<MediaTime>,
    /// The word it is about, if it is about one.
    pub word: Option<WordId>,
    /// The flag it is about, if it is about one.
    pub flag: Option<String>,
    /// The annotation it is about, if it is about one.
    pub annotation: Option<String>,
    /// What they wrote: one line for each cell.
    pub about: Vec<String>,
    /// Who wrote what, in the order of the log. The last one is in force until somebody decides.
    pub sides: Vec<SideView>,
}

/// One side of a conflict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct SideView {
    /// Names the side.
    pub event: String,
    /// Who.
    pub by: String,
    /// When: microseconds since 1970, by the clock of whoever wrote it.
    #[ts(type = "number")]
    pub at_us: i64,
    /// What, one for each of [`ConflictView::about`].
    pub values: Vec<String>,
}

/// How far people agree on flags that two or more decided on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct AgreementView {
    /// Krippendorff's alpha; none where nothing was decided twice, or all was decided the same way.
    pub alpha: Option<f64>,
    /// Flags that two people or more decided on.
    pub flags: u32,
    /// Pairs of decisions on one flag.
    pub pairs: u32,
    /// Pairs that are the same.
    pub agreeing: u32,
    /// Each two people who decided on the same flags, in the order of their names.
    pub people: Vec<PairView>,
    /// Flags that people decided on differently, by media and time.
    pub differing: Vec<DifferingView>,
}

/// Two people.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct PairView {
    /// Who.
    pub one: String,
    /// And who.
    pub other: String,
    /// Flags that both decided on.
    pub flags: u32,
    /// Flags that both decided on in the same way.
    pub agreeing: u32,
    /// Alpha of these two.
    pub alpha: Option<f64>,
}

/// A flag that people decided on differently.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct DifferingView {
    /// Its media.
    pub media: MediaName,
    /// Which flag.
    pub flag: String,
    /// The gate's name on screen.
    pub label: String,
    /// Why it was raised.
    pub why: String,
    /// Where in the media.
    pub at_us: MediaTime,
    /// Who decided what, in the order of the log.
    pub decisions: Vec<OpinionView>,
    /// The decision in force.
    pub in_force: Option<Decision>,
    /// Whether somebody decided between them.
    pub settled: bool,
}

/// What one person decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct OpinionView {
    /// Who.
    pub by: String,
    /// What.
    pub decision: Decision,
}
