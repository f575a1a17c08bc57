//! Kinds of failures.

use serde::{Deserialize, Serialize};

/// What kind of failure it is: whether trying again may help, and whom it concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The item is such that it can't be done: a damaged file, sound that says nothing. Trying again changes nothing.
    Media,
    /// A service, a network or a disk that may do it the next time.
    Passing,
    /// Settings, rights or programs are wrong, and every other item would meet that, too.
    Settings,
    /// What it may cost at most is reached.
    Cap,
    /// The person stopped it, or nobody waits for it any more.
    Cancelled,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Media, Self::Passing, Self::Settings, Self::Cap, Self::Cancelled];

    /// Its name, as state machines know it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Media => "Plumbline.Media",
            Self::Passing => "Plumbline.Passing",
            Self::Settings => "Plumbline.Settings",
            Self::Cap => "Plumbline.Cap",
            Self::Cancelled => "Plumbline.Cancelled",
        }
    }

    /// Whether the next try may go better.
    pub const fn may_pass(self) -> bool {
        matches!(self, Self::Passing)
    }

    /// Whether it would meet every item, so that the whole run ends with it.
    pub const fn ends_run(self) -> bool {
        matches!(self, Self::Settings | Self::Cap | Self::Cancelled)
    }
}
