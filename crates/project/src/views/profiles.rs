//! Media whose sound gates complain about, how each is prepared for the aligner, and what was measured of that.

use super::{GateCount, MediaId};
use crate::cells;
use crate::error::Result;
use crate::project::Project;
use crate::proposed::Proposed;
use crate::records::MediaRecord;
use plumbline_core::Profile;
use plumbline_core::gate::{About, GATES, GateId};
use plumbline_core::tune::trial::Trial;
use serde::Serialize;
use std::collections::BTreeMap;
use ts_rs::TS;

/// Media whose sound may be worth preparing.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct ProfilesView {
    /// Position of the log that it was read at.
    #[ts(type = "number")]
    pub seq: i64,
    /// Those with flags on their sound, with a profile or with a trial, in the order of the library.
    pub media: Vec<ProfileRow>,
}

/// A media of [`ProfilesView`].
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct ProfileRow {
    /// Which.
    pub media: MediaId,
    /// Its file's name.
    pub name: String,
    /// Flags on its sound, by gate.
    pub failing: Vec<GateCount>,
    /// How its sound is prepared.
    pub profile: Profile,
    /// The same as people say it.
    pub shown: String,
    /// What the last trial said.
    pub trial: Option<TrialView>,
}

/// What a trial of profiles said.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct TrialView {
    /// Words that were listened for.
    pub words: u32,
    /// Stretches of 30 s that they lie in.
    pub stretches: u32,
    /// Their mean confidence in the sound as it is, 0 to 1.
    pub as_it_is: f64,
    /// What each profile made of them.
    pub tried: Vec<TriedView>,
    /// The one that raised confidence most, of those that surely did; none where none did.
    pub best: Option<Profile>,
    /// What it came to, as a sentence.
    pub says: String,
}

/// What one profile made of the words of a trial. All figures are shares of 1.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct TriedView {
    /// The profile.
    pub profile: Profile,
    /// The same as people say it.
    pub shown: String,
    /// Mean confidence.
    pub confidence: f64,
    /// By how much it raised the confidence of a word, in the mean.
    pub gain: f64,
    /// It is at least this, but for its share of a chance of 5 %.
    pub lower: f64,
    /// It is at most this, but for its share of a chance of 5 %.
    pub upper: f64,
}

impl From<&Trial> for TrialView {
    fn from(trial: &Trial) -> Self {
        let tried = trial.tried.iter().map(|tried| TriedView {
            profile: tried.profile,
            shown: tried.profile.to_string(),
            confidence: tried.confidence,
            gain: tried.gain.mean,
            lower: tried.gain.lower,
            upper: tried.gain.upper,
        });
        Self {
            words: trial.words,
            stretches: trial.stretches,
            as_it_is: trial.as_it_is,
            tried: tried.collect(),
            best: trial.best().map(|best| best.profile),
            says: trial.says(),
        }
    }
}

impl Project {
    /// How the sound of a media is prepared for the aligner.
    ///
    /// # Errors
    /// Where the file can't be read.
    pub fn profile(&self, media: &MediaId) -> Result<Profile> {
        Ok(self.at(cells::profile(&self.db, media))?.unwrap_or_default())
    }

    /// Whether the last proposal was made from sound that was prepared otherwise than it is to be now.
    ///
    /// # Errors
    /// Where the file can't be read.
    pub fn is_heard_otherwise(&self, media: &MediaId) -> Result<bool> {
        let made = self.at(Proposed::read(&self.db, &self.kept, media))?.map(|p| p.proposal.profile);
        let now = self.profile(media)?;
        Ok(made.is_some_and(|made| made != now))
    }

    /// What the last trial of profiles on a media said; none before the first.
    ///
    /// # Errors
    /// Where the file can't be read.
    pub fn trial(&self, media: &MediaId) -> Result<Option<Trial>> {
        self.at(cells::trial(&self.db, media))
    }

    /// Media with flags on their sound, and those whose sound is prepared or was tried.
    ///
    /// # Errors
    /// Where the file can't be read.
    pub fn profiles(&self) -> Result<ProfilesView> {
        let mut flagged = self.at(self.flags_on_sound())?;
        let mut read = || -> rusqlite::Result<Vec<ProfileRow>> {
            let select = "SELECT media.id, media.record, sound_profile.body, trial.body
                 FROM media JOIN event ON event.seq = media.added
                 LEFT JOIN sound_profile ON sound_profile.media = media.id LEFT JOIN trial ON trial.media = media.id
                 ORDER BY event.stamp, event.id, media.id";
            let mut rows = Vec::new();
            let mut query = self.db.prepare_cached(select)?;
            let mut found = query.query([])?;
            while let Some(r) = found.next()? {
                let media = MediaId(r.get(0)?);
                let (profiled, tried) =
                    (r.get_ref(2)? != rusqlite::types::ValueRef::Null, r.get_ref(3)? != rusqlite::types::ValueRef::Null);
                let failing = flagged.remove(&media).unwrap_or_default();
                if failing.is_empty() && !profiled && !tried {
                    continue;
                }
                let profile: Profile = if profiled { cells::from_json(r, 2)? } else { Profile::default() };
                let trial: Option<Trial> = if tried { Some(cells::from_json(r, 3)?) } else { None };
                let name = cells::from_json::<MediaRecord>(r, 1)?.name().to_owned();
                rows.push(ProfileRow {
                    media,
                    name,
                    failing,
                    profile,
                    shown: profile.to_string(),
                    trial: trial.as_ref().map(TrialView::from),
                });
            }
            Ok(rows)
        };
        Ok(ProfilesView { seq: self.standing().seq, media: self.at(read())? })
    }

    /// Flags on the sound, by media and gate, those that were drawn to be checked among them: a count without them would tell which they are.
    fn flags_on_sound(&self) -> rusqlite::Result<BTreeMap<MediaId, Vec<GateCount>>> {
        let mut found: BTreeMap<MediaId, Vec<GateCount>> = BTreeMap::new();
        let mut query = self.db.prepare_cached("SELECT media, count(*) FROM failing WHERE gate = ?1 GROUP BY media")?;
        for gate in GATES.iter().filter(|gate| gate.about == About::Sound) {
            let mut rows = query.query([gate.name])?;
            while let Some(r) = rows.next()? {
                let count = GateCount { gate: gate.id, label: gate.label.to_owned(), count: r.get(1)? };
                found.entry(MediaId(r.get(0)?)).or_default().push(count);
            }
        }
        Ok(found)
    }
}

impl ProfileRow {
    /// The gates that complain about its sound.
    pub fn gates(&self) -> Vec<GateId> {
        self.failing.iter().map(|count| count.gate).collect()
    }
}
