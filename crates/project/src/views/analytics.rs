//! Figures about media and their speakers, and the moments behind each.

use super::figures::{Source, Spot, reckon};
use crate::error::{Error, Result};
use crate::project::Project;
use crate::records::MediaId;
use plumbline_core::analytics::Talk;
use plumbline_core::{MediaTime, Span, WordId};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use ts_rs::TS;

/// The figures there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum FigureId {
    /// How long each speaker talks.
    TalkBySpeaker,
    /// How long is talked in each media.
    TalkByMedia,
    /// Words a minute by speaker.
    PaceBySpeaker,
    /// Words a minute by speaker, over a media.
    PaceOverTime,
    /// Key phrases of all that is said.
    Phrases,
    /// Key phrases of each speaker.
    PhrasesBySpeaker,
    /// Key phrases of each media.
    PhrasesByMedia,
    /// What is annotated, by label.
    Labels,
    /// Flags by gate.
    FlagsByGate,
    /// Flags by speaker.
    FlagsBySpeaker,
    /// Flags by media.
    FlagsByMedia,
    /// Which share of the decided flags was confirmed, by gate.
    ConfirmedByGate,
    /// What must not be published, by speaker.
    ModerationBySpeaker,
    /// What must not be published, by media.
    ModerationByMedia,
}

/// A bar: a value with a name, and moments behind it.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct Bar {
    /// Names it within its figure.
    pub key: String,
    /// What it is of.
    pub label: String,
    /// Its length, in the unit of the figure: only for drawing.
    pub value: f64,
    /// The value as people read it.
    pub says: String,
    /// How many moments stand behind it.
    pub moments: u32,
}

/// Bars that belong together.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct Bars {
    /// Of whom they are; empty where the figure has only one such group.
    pub name: String,
    /// The bars.
    pub bars: Vec<Bar>,
}

/// Bars that answer one question.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct Figure {
    /// Which figure.
    pub id: FigureId,
    /// Its title.
    pub title: String,
    /// What it is and is not, in a sentence.
    pub note: String,
    /// The largest value of its bars.
    pub most: f64,
    /// Its bars.
    pub groups: Vec<Bars>,
}

/// Figures about a media, or about the project.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct AnalyticsView {
    /// Position of the log.
    #[ts(type = "number")]
    pub seq: i64,
    /// Of which media; none for all.
    pub media: Option<MediaId>,
    /// How many words are said.
    pub words: u32,
    /// How long is talked.
    #[ts(type = "number")]
    pub talk_us: i64,
    /// The figures that there is something to say of.
    pub figures: Vec<Figure>,
}

/// A moment behind a bar.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct Moment {
    /// In which media.
    pub media: MediaId,
    /// Its name.
    pub media_name: String,
    /// When.
    #[serde(flatten)]
    pub span: Span<MediaTime>,
    /// Who speaks; empty where nobody is named.
    pub speaker: String,
    /// What is said, or seen.
    pub text: String,
    /// The word that it begins with.
    pub word: Option<WordId>,
    /// The flag that it is.
    pub flag: Option<String>,
    /// The annotation that it is.
    pub annotation: Option<String>,
}

/// Some of the moments behind a bar.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct MomentsView {
    /// Position of the log.
    #[ts(type = "number")]
    pub seq: i64,
    /// How many there are in all.
    pub total: u32,
    /// The place of the first of these among all.
    pub first: u32,
    /// The moments, by media and time.
    pub moments: Vec<Moment>,
}

impl Project {
    /// Figures about a media, or about the project where none is given.
    ///
    /// # Errors
    /// Where there is no such media, or the project can't be read.
    pub fn analytics(&self, media: Option<&MediaId>) -> Result<AnalyticsView> {
        let all = self.sources()?;
        let about = chosen(&all, media)?;
        let figures = ALL.iter().filter_map(|id| reckon(*id, &about, &all).map(|reckoned| reckoned.figure(*id))).collect();
        let shares = || about.iter().flat_map(|source| source.talk.shares().into_values());
        Ok(AnalyticsView {
            seq: self.standing().seq,
            media: media.cloned(),
            words: shares().map(|s| s.words).sum(),
            talk_us: shares().map(|s| s.time.us()).sum(),
            figures,
        })
    }

    /// At most `limit` of the moments behind a bar, from the one at `first` on.
    ///
    /// # Errors
    /// Where there is no such media or bar, or the project can't be read.
    pub fn moments(&self, media: Option<&MediaId>, figure: FigureId, key: &str, first: u32, limit: u32) -> Result<MomentsView> {
        let all = self.sources()?;
        let about = chosen(&all, media)?;
        let spots = reckon(figure, &about, &all).and_then(|reckoned| reckoned.spots(key)).ok_or_else(|| {
            Error::Refused("What this bar was about is gone: something changed since it was drawn. Look at the figures again".into())
        })?;
        let page = spots.iter().skip(first as usize).take(limit as usize);
        let moments = page.filter_map(|spot: &Spot| about.get(spot.source).and_then(|source| source.moment(spot.what))).collect();
        Ok(MomentsView { seq: self.standing().seq, total: spots.len() as u32, first, moments })
    }

    /// What is known of each media, in the order of the library. It is kept until something happens to the media or the project.
    fn sources(&self) -> Result<Vec<Arc<Source>>> {
        let mut kept = self.kept.sources.borrow_mut();
        let ids = self.media_ids()?;
        kept.retain(|media, _| ids.contains(media));
        let latest = "SELECT coalesce(max(seq), 0) FROM event WHERE media = ?1 OR media IS NULL";
        let mut all = Vec::with_capacity(ids.len());
        for id in ids {
            let at: i64 = self.at(self.db.prepare_cached(latest).and_then(|mut q| q.query_row([&id.0], |r| r.get(0))))?;
            let known = kept.get(&id).filter(|known| known.0 == at).map(|known| Arc::clone(&known.1));
            let source = match known {
                Some(source) => source,
                None => Arc::new(self.source_of(&id)?),
            };
            kept.insert(id, (at, Arc::clone(&source)));
            all.push(source);
        }
        Ok(all)
    }

    fn source_of(&self, media: &MediaId) -> Result<Source> {
        let record = self.media(media)?;
        let (mut talk, mut speakers) = (Talk::default(), vec![]);
        if let Some(transcript) = self.transcript(media)? {
            let names = self.at(crate::cells::speaker_names(&self.db, media))?;
            speakers = transcript.speakers.iter().map(|label| names.get(label).unwrap_or(label).clone()).collect();
            talk = Talk::new(&transcript, &self.placed(media)?);
        }
        let flags = self.flags(media)?;
        Ok(Source {
            id: media.clone(),
            name: record.name().to_owned(),
            length: record.duration,
            talk,
            speakers,
            flags: flags.flags,
            defects: flags.defects,
            annotations: self.annotations(media)?.annotations,
        })
    }
}

/// In the order of the screen.
const ALL: [FigureId; 14] = [
    FigureId::TalkBySpeaker,
    FigureId::TalkByMedia,
    FigureId::PaceBySpeaker,
    FigureId::PaceOverTime,
    FigureId::Phrases,
    FigureId::PhrasesBySpeaker,
    FigureId::PhrasesByMedia,
    FigureId::Labels,
    FigureId::FlagsByGate,
    FigureId::FlagsBySpeaker,
    FigureId::FlagsByMedia,
    FigureId::ConfirmedByGate,
    FigureId::ModerationBySpeaker,
    FigureId::ModerationByMedia,
];

fn chosen(all: &[Arc<Source>], media: Option<&MediaId>) -> Result<Vec<Arc<Source>>> {
    let Some(media) = media else { return Ok(all.to_vec()) };
    let found = all.iter().find(|source| source.id == *media);
    let gone = || Error::Refused(format!("The project has no media {media}. Import it first"));
    Ok(vec![Arc::clone(found.ok_or_else(gone)?)])
}
