//! How the sound of a media is prepared: what was measured of it, and what people chose.

use crate::cells::{self, Change, Swap};
use crate::error::{Error, Result};
use crate::history::Draft;
use crate::records::MediaId;
use crate::scribe::Scribe;
use plumbline_core::Profile;
use plumbline_core::tune::trial::Trial;

impl Scribe<'_> {
    pub fn try_profiles(&self, media: MediaId, trial: Trial) -> Result<Draft> {
        self.media(&media)?;
        let swap = Swap { before: cells::trial(self.db, &media)?, after: Some(trial) };
        let changes = if swap.before == swap.after { vec![] } else { vec![Change::Trial { media: media.clone(), swap }] };
        self.draft("try_profiles", &media, changes)
    }

    pub fn set_profile(&self, media: MediaId, profile: Option<Profile>) -> Result<Draft> {
        self.media(&media)?;
        if let Some(wrong) = profile.filter(|p| !p.is_sound()) {
            return Err(Error::Refused(format!(
                "Sound can't be prepared like this: {wrong}. A high-pass lies at 20 to 1000 Hz, a loudness at -60 to -5 LUFS"
            )));
        }
        let swap = Swap { before: cells::profile(self.db, &media)?, after: profile.filter(|p| !p.is_as_it_is()) };
        let changes = if swap.before == swap.after { vec![] } else { vec![Change::Profile { media: media.clone(), swap }] };
        self.draft("set_profile", &media, changes)
    }
}
