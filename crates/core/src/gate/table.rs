//! The table of gates: what each measures, in which unit, which side fails, and whose rule that is.

use super::{CustomGate, GATES};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The gates there are. Adding one is a row in [`GATES`], a default limit and a measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, ts_rs::TS)]
#[ts(export, rename_all = "snake_case")]
pub enum GateId {
    /// Confidence of the recogniser in a word.
    WordConfidence,
    /// What is left of the drift in a stretch of the transcript, under the map in force.
    ResidualOffset,
    /// Speech in the sound where the transcript has no words.
    SpeechWithoutWords,
    /// Words where the sound is silent.
    WordsWithoutSpeech,
    /// Words that lie before the start or past the end of the media, or in a stretch that was cut from it.
    WordsOutsideMedia,
    /// Characters a second that a reader of the segment would have to read.
    ReadingSpeed,
    /// Mean confidence of the recogniser in the words of a line.
    LineConfidence,
    /// Words a second of a line.
    SpeakingRate,
    /// Words that repeat the ones right before them, in a run.
    Repetition,
    /// Time of a line that words of another speaker take as well.
    SpeakerOverlap,
    /// Share of a line's words that a filter masked.
    MaskedWords,
    /// Share of the main language in what is spoken.
    LanguageShare,
    /// How far a piece of the map in force runs from rate 1.
    MapRate,
    /// How much time a jump of the map in force leaps over.
    MapBreak,
    /// Mean confidence of the aligner in where the words of a line are heard.
    AlignmentConfidence,
    /// Distance of the integrated loudness from -23 LUFS.
    Loudness,
    /// The highest true peak.
    TruePeak,
    /// Share of clipped samples in a stretch.
    Clipping,
    /// Level of the sound over its floor, in a stretch with speech.
    SignalToNoise,
    /// Share of the media that is silent.
    Silence,
    /// Time for which the sound of a stretch breaks off in the middle.
    Dropouts,
    /// How far mains hum stands out in a stretch.
    Hum,
    /// How far apart the levels of two channels are.
    ChannelImbalance,
    /// How alike two channels run in a stretch, -1 to 1.
    Phase,
    /// How much fine detail the sharpest picture of a stretch has.
    Sharpness,
    /// Share of a stretch's pictures that is crushed to black or blown to white.
    Exposure,
    /// Share of a stretch that is black.
    Black,
    /// How long the picture stands still.
    Frozen,
    /// Share of a picture that is torn into lines.
    Interlacing,
    /// Shorter edge of the picture.
    PictureSize,
    /// How far the sound lies from the picture.
    PictureOffset,
    /// How far an annotation reaches past the media.
    AnnotationTime,
    /// Share of an annotation's region that lies outside of the frame.
    AnnotationRegion,
    /// Confidence of the annotator.
    AnnotationConfidence,
    /// How far the regions are apart that two annotators gave one thing.
    AnnotationDisagreement,
    /// Share of an annotation's text that a reader read in the picture, or that is said meanwhile.
    TextSupport,
    /// How well the words that are said meanwhile say what an annotation quotes.
    SpeechLink,
    /// Share of a summary's own words that are said or shown meanwhile.
    SpeechAgreement,
    /// How near the meaning of a summary is to that of what is said meanwhile.
    SpeechMeaning,
    /// Whether another window said otherwise of what an annotation tells.
    WindowContradiction,
    /// How sure the recogniser is of the language.
    Language,
    /// How toxic the recogniser finds what is said in a stretch.
    Toxicity,
    /// A gate whose values a program of the user's gives.
    #[ts(untagged)]
    Custom(CustomGate),
}

/// What a gate judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// Where the words lie.
    Time,
    /// The words.
    Words,
    /// The sound of the media, whatever the words are.
    Sound,
    /// The picture of the media, whatever the words are.
    Picture,
    /// The annotations.
    Annotations,
    /// Whatever a program of the user's makes of the measures and the text.
    Custom,
}

/// On which side of the limit a measure fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Fails {
    /// Values below the limit fail.
    Below,
    /// Values above the limit fail.
    Above,
}

impl Fails {
    /// Whether a value fails a limit; one at the limit passes.
    pub fn is_beyond(self, value: f64, limit: f64) -> bool {
        match self {
            Self::Below => value < limit,
            Self::Above => value > limit,
        }
    }
}

/// One row of the table of gates.
#[derive(Clone, Copy, Debug)]
pub struct Gate {
    /// Which gate.
    pub id: GateId,
    /// Its name in files and on the command line, such as `word_confidence`.
    pub name: &'static str,
    /// What it judges.
    pub about: About,
    /// Its name on screen and in reports.
    pub label: &'static str,
    /// Unit of values and limit.
    pub unit: &'static str,
    /// Which side fails.
    pub fails: Fails,
    /// What the value says, as the subject of `VALUE UNIT`.
    pub says: &'static str,
    /// What one value is measured over.
    pub over: &'static str,
    /// The standard or the paper that it follows; `own` where it is Plumbline's.
    pub source: &'static str,
}

impl Gate {
    /// An amount in the gate's unit; a number does not part from its unit at the end of a line.
    pub fn amount(&self, value: impl std::fmt::Display) -> String {
        if self.unit.is_empty() { value.to_string() } else { format!("{value}\u{a0}{}", self.unit) }
    }
}

impl GateId {
    /// The gate with this name in files and on the command line; none where no gate is called that.
    pub fn parse(name: &str) -> Option<Self> {
        let known = GATES.iter().find(|gate| gate.name == name).map(|gate| gate.id);
        known.or_else(|| CustomGate::parse(name).map(Self::Custom))
    }

    /// Its row: in [`GATES`], or the one that follows from the name of a custom gate.
    pub fn row(self) -> &'static Gate {
        match self {
            Self::Custom(gate) => gate.row(),
            // Every other id has a row: the test `every_gate_has_one_row` counts them.
            _ => GATES.iter().find(|g| g.id == self).unwrap_or(&GATES[0]),
        }
    }

    /// Its name in files and on the command line, such as `word_confidence`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Custom(gate) => gate.name(),
            _ => self.row().name,
        }
    }

    /// The gate, where it is a custom one.
    pub fn custom(self) -> Option<CustomGate> {
        match self {
            Self::Custom(gate) => Some(gate),
            _ => None,
        }
    }
}

impl Serialize for GateId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for GateId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Named)
    }
}

/// Reads a gate by its name, whether the text is borrowed or not.
struct Named;

impl serde::de::Visitor<'_> for Named {
    type Value = GateId;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the name of a gate")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<GateId, E> {
        GateId::parse(name).ok_or_else(|| E::custom(format!("there is no gate {name}")))
    }
}
