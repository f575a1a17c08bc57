//! What a stage found out of a media, apart from any project.

use plumbline_core::align::{Heard, Proposal};
use plumbline_core::{Annotation, AnnotationSet, Profile, Transcript, WordId, format};
use plumbline_project::{Analysis, Import, MediaId, MediaRecord, Op};
use serde::{Deserialize, Serialize};

/// What a stage found out, in the order in which it did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "found", rename_all = "snake_case", deny_unknown_fields)]
// There are a handful of them for each item.
#[allow(clippy::large_enum_variant)]
pub enum Finding {
    /// The media itself.
    Media {
        /// The file.
        record: MediaRecord,
    },
    /// A transcript: one that lay beside the media, or what a recogniser wrote.
    Transcript {
        /// Its name.
        name: String,
        /// The document.
        source: String,
    },
    /// Annotations that lay beside the media.
    Annotations {
        /// Their name.
        name: String,
        /// The document.
        source: String,
    },
    /// What something found in the pictures.
    Added {
        /// Who or what found it.
        source: String,
        /// The annotations.
        annotations: Vec<Annotation>,
    },
    /// Where the words drift from the sound.
    Proposal {
        /// The proposal.
        proposal: Proposal,
        /// Where the words were heard, one entry per word; empty where nothing was listened for.
        heard: Vec<Option<Heard>>,
    },
    /// Where single words were heard since.
    Heard {
        /// The words.
        heard: Vec<(WordId, Heard)>,
    },
    /// How the sound is prepared.
    Profile {
        /// None for the sound as it is.
        profile: Option<Profile>,
    },
    /// What was measured.
    Analysis {
        /// The measures.
        analysis: Analysis,
    },
}

/// Something was done to a media that findings have no form for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoForm;

impl Finding {
    /// What an operation of a stage says.
    pub(super) fn of(op: Op) -> Result<Vec<Self>, NoForm> {
        Ok(match op {
            Op::AddMedia { record, transcript, annotations } => {
                let mut all = vec![Self::Media { record }];
                if let Some(file) = transcript {
                    all.push(Self::Transcript { name: file.name, source: text(file.source)? });
                }
                if let Some(file) = annotations {
                    all.push(Self::Annotations { name: file.name, source: text(file.source)? });
                }
                all
            }
            Op::ImportTranscript { file, .. } => vec![Self::Transcript { name: file.name, source: text(file.source)? }],
            Op::ImportAnnotations { file, .. } => vec![Self::Annotations { name: file.name, source: text(file.source)? }],
            Op::AddAnnotations { source, annotations, .. } => vec![Self::Added { source, annotations }],
            Op::Propose { proposal, heard, .. } => vec![Self::Proposal { proposal, heard }],
            Op::Hear { heard, .. } => vec![Self::Heard { heard }],
            Op::SetProfile { profile, .. } => vec![Self::Profile { profile }],
            Op::Analyse { analysis, .. } => vec![Self::Analysis { analysis }],
            _ => return Err(NoForm),
        })
    }

    /// The operation that brings it into a project in which the media is `media`, whose words stand as at `truth`.
    ///
    /// # Errors
    /// Where it holds a document that can't be read: why.
    pub(super) fn op(self, media: &MediaId, truth: i64) -> Result<Op, String> {
        let media = media.clone();
        Ok(match self {
            Self::Media { record } => Op::AddMedia { record, transcript: None, annotations: None },
            Self::Transcript { name, source } => Op::ImportTranscript { media, file: transcript(name, source)? },
            Self::Annotations { name, source } => Op::ImportAnnotations { media, file: annotations(name, source)? },
            Self::Added { source, annotations } => Op::AddAnnotations { media, source, annotations },
            Self::Proposal { proposal, heard } => Op::Propose { media, proposal, heard },
            Self::Heard { heard } => Op::Hear { media, heard, truth },
            Self::Profile { profile } => Op::SetProfile { media, profile },
            Self::Analysis { analysis } => Op::Analyse { media, analysis, truth },
        })
    }

    /// The media that findings are of.
    pub(super) fn media(findings: &[Self]) -> Option<&MediaRecord> {
        findings.iter().find_map(|finding| match finding {
            Self::Media { record } => Some(record),
            _ => None,
        })
    }

    /// Whether it speaks of words as they stand, so that all before it has to be in force first.
    pub(super) fn is_of_truth(&self) -> bool {
        matches!(self, Self::Heard { .. } | Self::Analysis { .. })
    }
}

fn text(source: Vec<u8>) -> Result<String, NoForm> {
    String::from_utf8(source).map_err(|_| NoForm)
}

fn transcript(name: String, source: String) -> Result<Import<Transcript>, String> {
    let parsed = format::read(source.as_bytes()).map_err(|e| format!("{name}: {e}"))?;
    Ok(Import { name, source: source.into_bytes(), parsed })
}

fn annotations(name: String, source: String) -> Result<Import<AnnotationSet>, String> {
    let (parsed, _) = format::read_annotations(source.as_bytes()).map_err(|e| format!("{name}: {e}"))?;
    Ok(Import { name, source: source.into_bytes(), parsed })
}
