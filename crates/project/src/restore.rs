//! Back to how things stood: what people changed since an event, put back as one new event.

use crate::cells::{Change, FileRef};
use crate::error::{Error, Result};
use crate::history::Draft;
use crate::records::MediaId;
use crate::scribe::Scribe;
use rusqlite::{Connection, OptionalExtension};
use std::collections::{BTreeSet, HashMap};
use std::mem::Discriminant;

/// Which cell: its kind, the media it belongs to, and its own name within that.
type Cell = (Discriminant<Change>, Option<MediaId>, String);

impl Change {
    /// The media that the cell belongs to; none for those of the project.
    pub fn media(&self) -> Option<&MediaId> {
        match self {
            Self::Media { media, .. }
            | Self::Transcript { media, .. }
            | Self::Annotations { media, .. }
            | Self::Word { media, .. }
            | Self::Anchor { media, .. }
            | Self::Map { media, .. }
            | Self::Heard { media, .. }
            | Self::HeardWord { media, .. }
            | Self::Proposal { media, .. }
            | Self::ProposalState { media, .. }
            | Self::Analysis { media, .. }
            | Self::Verdict { media, .. }
            | Self::Speaker { media, .. }
            | Self::Annotation { media, .. }
            | Self::Defect { media, .. }
            | Self::Document { media, .. }
            | Self::Probe { media, .. }
            | Self::Profile { media, .. }
            | Self::Trial { media, .. }
            | Self::Finished { media, .. } => Some(media),
            Self::Conflict { media, .. } => media.as_ref(),
            Self::Thresholds { .. }
            | Self::ActiveThresholds { .. }
            | Self::Probing { .. }
            | Self::SkippedPhrase { .. }
            | Self::Prompt { .. }
            | Self::ClipSet { .. }
            | Self::Run { .. }
            | Self::Vote { .. }
            | Self::Promoted { .. } => None,
        }
    }

    fn cell(&self) -> Cell {
        let name = match self {
            Self::Word { word, .. } | Self::HeardWord { word, .. } => word.0.to_string(),
            Self::Anchor { id, .. } | Self::Annotation { id, .. } | Self::Defect { id, .. } | Self::Document { id, .. } => id.clone(),
            Self::Verdict { flag, .. } => flag.clone(),
            Self::Speaker { label, .. } => label.clone(),
            Self::ProposalState { proposal, .. } => proposal.to_string(),
            Self::Thresholds { version, .. } => version.to_string(),
            Self::Probing { gate, .. } | Self::Probe { gate, .. } => gate.name().to_owned(),
            Self::SkippedPhrase { language, phrase, .. } => format!("{language}\u{1f}{phrase}"),
            Self::Prompt { id, .. } | Self::ClipSet { id, .. } | Self::Run { id, .. } => id.clone(),
            Self::Vote { run, clip, one, other, who, .. } => format!("{run}\u{1f}{clip}\u{1f}{one}\u{1f}{other}\u{1f}{who}"),
            Self::Promoted { task, .. } => task.name().to_owned(),
            _ => String::new(),
        };
        (std::mem::discriminant(self), self.media().cloned(), name)
    }

    /// What the machine found out, whoever asked for it, is never taken back; that a dispute was decided follows from what is written.
    fn is_finding(&self) -> bool {
        matches!(
            self,
            Self::Proposal { .. }
                | Self::Analysis { .. }
                | Self::Probe { .. }
                | Self::Trial { .. }
                | Self::Run { .. }
                | Self::Conflict { .. }
        )
    }

    /// Whether another file came in place of one that was there. Whoever imported it, people wanted it.
    fn replaces_file(&self) -> bool {
        matches!(self, Self::Transcript { swap, .. } | Self::Annotations { swap, .. } if swap.before.is_some())
    }

    /// The change that leads from where `last` ended to where `self` began, both of one cell; none where that is the same.
    fn back_from(self, last: Self) -> Option<Self> {
        let mut back = self.turned();
        macro_rules! of_one_cell {
            ($($kind:ident)*) => {
                match (&mut back, last) {
                    $((Self::$kind { swap, .. }, Self::$kind { swap: last, .. }) => {
                        swap.before = last.after;
                        swap.before != swap.after
                    })*
                    _ => false,
                }
            };
        }
        let differs = of_one_cell!(Media Transcript Annotations Word Anchor Map Heard HeardWord Proposal ProposalState Analysis Verdict
            Speaker Annotation Defect Document Finished Profile Thresholds ActiveThresholds SkippedPhrase
            Prompt ClipSet Vote Promoted);
        differs.then_some(back)
    }

    /// The file that it puts back, and what people call it.
    fn file(&self) -> Option<(FileRef, &'static str)> {
        match self {
            Self::Transcript { swap, .. } => swap.after.clone().map(|file| (file, "transcript")),
            Self::Annotations { swap, .. } => swap.after.clone().map(|file| (file, "annotations")),
            Self::Document { swap, .. } => swap.after.as_ref().map(|document| (document.file(), "document")),
            _ => None,
        }
    }
}

/// A cell that changed since: the first change and the last one.
struct Touched {
    first: Change,
    last: Change,
    /// People changed it, or it belongs to what they changed.
    by_people: bool,
}

/// Cells that changed behind an event, in the order in which they first did.
#[derive(Default)]
struct Since {
    cells: Vec<Touched>,
    known: HashMap<Cell, usize>,
}

impl Since {
    fn read(db: &Connection, seq: i64, media: Option<&MediaId>) -> rusqlite::Result<Self> {
        let mut since = Self::default();
        let mut events =
            db.prepare_cached("SELECT actor, body FROM event WHERE seq > ?1 AND (?2 IS NULL OR media = ?2 OR media IS NULL) ORDER BY seq")?;
        let mut rows = events.query(rusqlite::params![seq, media.map(|m| &m.0)])?;
        while let Some(row) = rows.next()? {
            let by_person = !row.get_ref(0)?.as_str().unwrap_or_default().is_empty();
            let changes: Vec<Change> = crate::cells::from_json(row, 1)?;
            for change in changes {
                if !change.is_finding() && (media.is_none() || change.media() == media) {
                    since.take(change, by_person);
                }
            }
        }
        Ok(since)
    }

    fn take(&mut self, change: Change, by_person: bool) {
        let by_people = by_person || change.replaces_file();
        match self.known.get(&change.cell()).and_then(|at| self.cells.get_mut(*at)) {
            Some(touched) => {
                touched.by_people |= by_people;
                touched.last = change;
            }
            None => {
                self.known.insert(change.cell(), self.cells.len());
                self.cells.push(Touched { first: change.clone(), last: change, by_people });
            }
        }
    }

    /// The changes that put back what people changed. Where they changed the transcript, all that was said of its words goes with it.
    fn back(self) -> Vec<Change> {
        let is_transcript = |t: &&Touched| t.by_people && matches!(t.first, Change::Transcript { .. });
        let whole: BTreeSet<MediaId> = self.cells.iter().filter(is_transcript).filter_map(|t| t.first.media().cloned()).collect();
        let goes = |t: &Touched| t.by_people || (t.first.is_of_words() && t.first.media().is_some_and(|m| whole.contains(m)));
        self.cells.into_iter().filter(goes).filter_map(|t| t.first.back_from(t.last)).collect()
    }
}

/// The changes that bring what people changed after event `seq` back to the values that it had right after it; of one media, or of all.
pub(crate) fn back_to(db: &Connection, seq: i64, media: Option<&MediaId>) -> Result<Vec<Change>> {
    let last: i64 = db.query_row("SELECT coalesce(max(seq), 0) FROM event", [], |r| r.get(0))?;
    if !(0..=last).contains(&seq) {
        return Err(Error::Refused(format!("The project has no event {seq}: its last one is {last}. Choose one of the history")));
    }
    if let Some(media) = media
        && db.query_row("SELECT 1 FROM event WHERE media = ?1 LIMIT 1", [&media.0], |_| Ok(())).optional()?.is_none()
    {
        return Err(Error::Refused(format!("The project never had a media {media}. Choose one of the history")));
    }
    // What came in by a merge lies in the log where it was merged, not where it was done.
    let merged: Option<i64> = db.query_row("SELECT max(seq) FROM event WHERE merged = 1", [], |r| r.get(0))?;
    if merged.is_some_and(|merged| merged > seq) {
        return Err(Error::Refused(
            "Copies of the project were merged since. Choose an event behind that, or open the copy as it was".into(),
        ));
    }
    let changes = Since::read(db, seq, media)?.back();
    for (file, what) in changes.iter().filter_map(Change::file) {
        let kept = |hash: &str| db.query_row("SELECT 1 FROM blob WHERE hash = ?1", [hash], |_| Ok(())).optional();
        if kept(&file.source)?.is_none() || kept(&file.parsed)?.is_none() {
            return Err(Error::Refused(format!(
                "The {what} {} is not in the project file any more, so this can't be restored. Import {} again, or choose a later event",
                file.name, file.name
            )));
        }
    }
    Ok(changes)
}

impl Scribe<'_> {
    /// Puts back what people changed since event `seq`.
    pub fn restore(&self, seq: i64, media: Option<MediaId>) -> Result<Draft> {
        let changes = back_to(self.db, seq, media.as_ref())?;
        let concerned: BTreeSet<Option<&MediaId>> = changes.iter().map(Change::media).collect();
        let only = if concerned.len() == 1 { concerned.into_iter().next().flatten().cloned() } else { None };
        Ok(Draft { kind: "restore", media: media.or(only), reverts: None, run: None, changes })
    }
}

/// What changes are about, counted, as people say it: `12 words`, `3 verdicts`.
pub(crate) fn counted<'a>(changes: impl Iterator<Item = &'a Change>) -> Vec<(&'static str, u32)> {
    let mut counts: Vec<(&'static str, u32)> = [
        "word",
        "speaker name",
        "verdict",
        "annotation",
        "defect",
        "document",
        "anchor",
        "map",
        "file",
        "finished review",
        "media",
        "set of thresholds",
        "plan of checks",
        "profile of the sound",
        "skipped phrase",
        "prompt",
        "clip set",
        "vote",
        "promotion",
    ]
    .map(|what| (what, 0))
    .to_vec();
    for change in changes {
        let what = match change {
            Change::Word { .. } => "word",
            Change::Speaker { .. } => "speaker name",
            Change::Verdict { .. } => "verdict",
            Change::Annotation { .. } => "annotation",
            Change::Defect { .. } => "defect",
            Change::Document { .. } => "document",
            Change::Anchor { .. } => "anchor",
            Change::Map { .. } => "map",
            Change::Transcript { .. } | Change::Annotations { .. } => "file",
            Change::Finished { .. } => "finished review",
            Change::Media { .. } => "media",
            Change::ActiveThresholds { .. } => "set of thresholds",
            Change::Probing { .. } => "plan of checks",
            Change::Profile { .. } => "profile of the sound",
            Change::SkippedPhrase { .. } => "skipped phrase",
            Change::Prompt { .. } => "prompt",
            Change::ClipSet { .. } => "clip set",
            Change::Vote { .. } => "vote",
            Change::Promoted { .. } => "promotion",
            // They come and go with what is counted already.
            Change::Heard { .. }
            | Change::HeardWord { .. }
            | Change::Proposal { .. }
            | Change::ProposalState { .. }
            | Change::Analysis { .. }
            | Change::Conflict { .. }
            | Change::Probe { .. }
            | Change::Trial { .. }
            | Change::Run { .. }
            | Change::Thresholds { .. } => continue,
        };
        if let Some(count) = counts.iter_mut().find(|c| c.0 == what) {
            count.1 += 1;
        }
    }
    counts.retain(|c| c.1 > 0);
    counts
}

/// `12 words`, `1 verdict`.
pub(crate) fn amount(what: &str, count: u32) -> String {
    match (what, count) {
        (_, 1) => format!("1 {what}"),
        ("media", _) => format!("{count} media"),
        ("set of thresholds", _) => format!("{count} sets of thresholds"),
        ("plan of checks", _) => format!("{count} plans of checks"),
        ("profile of the sound", _) => format!("{count} profiles of the sound"),
        _ => format!("{count} {what}s"),
    }
}
