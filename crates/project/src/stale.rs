//! What a change of a cell makes out of date: what was measured, and what is on the screen.

use crate::cells::{Change, Swap};
use crate::records::MediaId;
use crate::views::View;
use plumbline_core::WordEdit;

impl Change {
    /// Whether it moves or changes words, so that what was measured of them is out of date.
    pub fn touches_words(&self) -> Option<&MediaId> {
        match self {
            // Who rejects a map says that the one in force stays: nothing moves.
            Self::Map { swap, .. } if swap.before == swap.after => None,
            Self::Heard { swap, .. } if swap.before == swap.after => None,
            Self::Transcript { media, .. }
            | Self::Word { media, .. }
            | Self::Anchor { media, .. }
            | Self::Map { media, .. }
            | Self::Heard { media, .. }
            | Self::HeardWord { media, .. } => Some(media),
            _ => None,
        }
    }

    /// The media whose measures say nothing any more: its words or its annotations became others, or how its sound is heard.
    pub fn outdates_measures(&self) -> Option<&MediaId> {
        match self {
            Self::Annotations { media, .. } | Self::Annotation { media, .. } | Self::Profile { media, .. } => Some(media),
            other => other.touches_words(),
        }
    }

    /// Whether it is about the lab alone, so that nothing can be found or is flagged otherwise.
    pub fn is_of_lab(&self) -> bool {
        matches!(self, Self::Prompt { .. } | Self::ClipSet { .. } | Self::Run { .. } | Self::Vote { .. } | Self::Promoted { .. })
    }

    /// The views that show the cell.
    pub fn views(&self) -> &'static [View] {
        use View::{Alignment, Annotations, Conflicts, Documents, Flags, Lab, Library, Words};
        match self {
            Self::Media { .. } | Self::Transcript { .. } => &[Library, Words, Alignment, Flags, Annotations],
            Self::Annotations { .. } | Self::Annotation { .. } => &[Library, Annotations],
            Self::Document { .. } => &[Documents],
            Self::Speaker { .. } => &[Words],
            Self::Finished { .. } => &[Library],
            Self::Conflict { .. } => &[Conflicts],
            // What gates say of another text is known once it is measured; then the library and the flags are read again.
            Self::Word { swap, .. } if spans(swap) => &[Words, Flags],
            Self::Word { .. } => &[Words],
            Self::Anchor { .. }
            | Self::Map { .. }
            | Self::Heard { .. }
            | Self::HeardWord { .. }
            | Self::Proposal { .. }
            | Self::ProposalState { .. } => &[Library, Words, Alignment, Flags],
            Self::Analysis { .. } => &[Library, Alignment, Flags],
            Self::Verdict { .. } | Self::Defect { .. } => &[Library, Flags],
            Self::Thresholds { .. } | Self::ActiveThresholds { .. } => &[Library, Flags],
            Self::Probing { .. } | Self::Probe { .. } => &[Library, Flags],
            Self::Profile { .. } => &[Words, Alignment],
            Self::Trial { .. } => &[],
            Self::SkippedPhrase { .. } => &[],
            Self::Prompt { .. } | Self::ClipSet { .. } | Self::Run { .. } | Self::Vote { .. } | Self::Promoted { .. } => &[Lab],
        }
    }
}

/// Whether a word's place by hand changes.
fn spans(swap: &Swap<WordEdit>) -> bool {
    let span = |edit: &Option<WordEdit>| edit.as_ref().and_then(|e| e.span);
    span(&swap.before) != span(&swap.after)
}
