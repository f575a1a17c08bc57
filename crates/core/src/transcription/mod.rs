//! What Amazon Transcribe is asked to do with a sound: every setting that a person may want, the service's rules on them, a name and a price.

mod check;
mod price;

pub use check::Problem;
pub use price::Prices;

use crate::Profile;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Part of the name of a job: raise it when the same settings send other sound or ask for something else.
const VERSION: u32 = 1;

/// Settings of a job. A file of settings leaves out what it does not need; [`TranscriptionJob::check`] says what is wrong with them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TranscriptionJob {
    /// The language that is spoken, such as `en-US`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Let the service find out the language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identify: Option<Identify>,
    /// The languages that it chooses from; any where there are none. Only with `identify`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// What to use where one of these languages is found. Only with `identify`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub languages: BTreeMap<String, PerLanguage>,
    /// Which channels of the sound are sent.
    pub sound: Channels,
    /// Write down each of two channels by itself.
    #[serde(skip_serializing_if = "is_false")]
    pub channels: bool,
    /// Tell speakers apart, so many at most: 2 to 30.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speakers: Option<u32>,
    /// Give so many alternatives: 2 to 10.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alternatives: Option<u32>,
    /// Name of a custom vocabulary.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vocabulary: Option<String>,
    /// Name of a vocabulary filter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vocabulary_filter: Option<String>,
    /// What becomes of the words in the filter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter_method: Option<FilterMethod>,
    /// Name of a custom language model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Take personal information out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redaction: Option<Redaction>,
    /// Mark toxic speech.
    #[serde(skip_serializing_if = "is_false")]
    pub toxicity: bool,
    /// Write subtitles, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subtitles: Option<Subtitles>,
    /// Samples per second of what is sent, 8000 to 48000; the source's where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sample_rate: Option<u32>,
}

fn is_false(value: &bool) -> bool {
    !value
}

/// How many languages are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Identify {
    /// The one that is spoken most.
    One,
    /// All.
    Several,
}

/// What to use for a language that was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PerLanguage {
    /// Name of a custom vocabulary.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vocabulary: Option<String>,
    /// Name of a vocabulary filter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vocabulary_filter: Option<String>,
    /// Name of a custom language model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

/// Which channels of a sound are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channels {
    /// One or two as they are; more are mixed to one.
    #[default]
    Keep,
    /// All mixed to one.
    Mix,
    /// This one alone, counted from 0.
    Only(u32),
}

/// What becomes of the words in a vocabulary filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FilterMethod {
    /// `***` stands for them.
    Mask,
    /// They are left out.
    Remove,
    /// They stand and are marked.
    Tag,
}

/// Personal information taken out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Redaction {
    /// Which transcripts are written.
    pub output: RedactionOutput,
    /// Kinds such as `NAME` or `SSN`; all where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<String>,
}

/// Which transcripts are written where something is taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RedactionOutput {
    /// Only the redacted one.
    Redacted,
    /// Both; the unredacted one is what is imported.
    RedactedAndUnredacted,
}

/// Subtitles that the service writes beside the transcript.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subtitles {
    /// In which forms; at least one.
    pub formats: Vec<SubtitleFormat>,
    /// Number of the first cue: 0 or 1.
    #[serde(default)]
    pub start_index: u32,
}

/// A form of subtitles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubtitleFormat {
    /// SubRip.
    Srt,
    /// WebVTT.
    Vtt,
}

impl TranscriptionJob {
    /// The plainest job there is.
    pub fn in_language(code: &str) -> Self {
        Self { language: Some(code.to_owned()), ..Self::default() }
    }

    /// Name of the job over a media's sound through a profile: the same question always has the same one, and the service takes a name only once.
    /// `hash` is the media's, as hexadecimal digits.
    pub fn name(&self, hash: &str, profile: Profile) -> String {
        let settings = serde_json::json!({ "version": VERSION, "job": self, "profile": profile });
        let config = blake3::hash(settings.to_string().as_bytes()).to_hex();
        format!("plumbline-{}-{}", &hash[..hash.len().min(16)], &config[..12])
    }

    /// Where the service writes the transcript when `key` is the output's: redaction puts a word before the name.
    pub fn written_as(&self, key: &str) -> String {
        let only_redacted = self.redaction.as_ref().is_some_and(|r| r.output == RedactionOutput::Redacted);
        match key.rsplit_once('/') {
            _ if !only_redacted => key.to_owned(),
            Some((folder, name)) => format!("{folder}/redacted-{name}"),
            None => format!("redacted-{key}"),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_that_of_the_question() {
        let (plain, hash) = (TranscriptionJob::in_language("en-US"), "0123456789abcdef0123456789abcdef");
        let name = plain.name(hash, Profile::default());
        assert!(name.starts_with("plumbline-0123456789abcdef-") && name.len() == 39, "{name}");
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)));
        assert_eq!(name, plain.clone().name(hash, Profile::default()));
        let others = [
            TranscriptionJob::in_language("en-GB").name(hash, Profile::default()),
            TranscriptionJob { speakers: Some(2), ..plain.clone() }.name(hash, Profile::default()),
            plain.name(hash, Profile { denoise: true, ..Profile::default() }),
            plain.name("f123456789abcdef", Profile::default()),
        ];
        assert!(others.iter().all(|other| *other != name));
    }

    #[test]
    fn settings_are_read_as_people_write_them() {
        let text = "identify = \"one\"\noptions = [\"en-US\", \"es-US\"]\nspeakers = 4\nsound = { only = 1 }\n[languages.en-US]\nvocabulary = \"names\"\n[subtitles]\nformats = [\"srt\"]\nstart_index = 1\n";
        let job: TranscriptionJob = toml::from_str(text).unwrap();
        assert_eq!((job.identify, job.speakers, job.sound), (Some(Identify::One), Some(4), Channels::Only(1)));
        assert_eq!(job.languages["en-US"].vocabulary.as_deref(), Some("names"));
        let through_json: TranscriptionJob = serde_json::from_str(&serde_json::to_string(&job).unwrap()).unwrap();
        assert_eq!(through_json, job);
        assert!(toml::from_str::<TranscriptionJob>("speaker = 4").is_err());
    }

    #[test]
    fn a_redacted_transcript_has_another_name() {
        let plain = TranscriptionJob::in_language("en-US");
        let with = |output| TranscriptionJob { redaction: Some(Redaction { output, kinds: vec![] }), ..plain.clone() };
        assert_eq!(plain.written_as("a/b.json"), "a/b.json");
        assert_eq!(with(RedactionOutput::RedactedAndUnredacted).written_as("a/b.json"), "a/b.json");
        assert_eq!(with(RedactionOutput::Redacted).written_as("a/b.json"), "a/redacted-b.json");
        assert_eq!(with(RedactionOutput::Redacted).written_as("b.json"), "redacted-b.json");
    }
}
