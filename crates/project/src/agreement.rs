//! How far people agree on flags, from what each of them decided last.

use crate::cells::{Change, from_json};
use crate::error::Result;
use crate::project::Project;
use crate::records::MediaId;
use crate::views::{AgreementView, Decision, DifferingView, MediaName, OpinionView, PairView};
use plumbline_core::agreement::alpha;
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};

/// What people decided on a flag, the last decision of each that stands, in the order of the log.
#[derive(Default)]
struct Opinions {
    by: Vec<(String, Decision)>,
    /// Somebody decided between them.
    settled: bool,
}

impl Project {
    /// How far people agree on flags that two or more decided on. Decisions that were undone do not count, nor does whoever decided
    /// between two others.
    ///
    /// # Errors
    /// Where the project can't be read.
    pub fn agreement(&self) -> Result<AgreementView> {
        let opinions = self.at(opinions(&self.db))?;
        let twice: Vec<(&(MediaId, String), &Opinions)> = opinions.iter().filter(|(_, o)| o.by.len() > 1).collect();
        let decisions: Vec<Vec<Decision>> = twice.iter().map(|(_, o)| o.by.iter().map(|b| b.1).collect()).collect();
        let whole = alpha(&decisions);
        let same = |values: &Vec<Decision>| {
            (0..values.len()).flat_map(|i| (0..i).map(move |j| (i, j))).filter(|(i, j)| values[*i] == values[*j]).count()
        };
        let differing = twice.iter().filter(|(_, o)| o.by.iter().any(|b| b.1 != o.by[0].1));
        Ok(AgreementView {
            alpha: whole.alpha,
            flags: whole.units,
            pairs: whole.pairs,
            agreeing: decisions.iter().map(same).sum::<usize>() as u32,
            people: pairs(&twice),
            differing: self.differing(differing.copied())?,
        })
    }

    fn differing<'a>(&self, flags: impl Iterator<Item = (&'a (MediaId, String), &'a Opinions)>) -> Result<Vec<DifferingView>> {
        let mut views = Vec::new();
        let mut known = BTreeMap::new();
        let there: BTreeSet<MediaId> = self.media_ids()?.into_iter().collect();
        for ((media, flag), opinions) in flags.filter(|f| there.contains(&f.0.0)) {
            if !known.contains_key(media) {
                known.insert(media.clone(), (self.media(media)?.name().to_owned(), self.flags(media)?.flags));
            }
            let Some((name, flags)) = known.get(media) else { continue };
            let Some(shown) = flags.iter().find(|f| f.id == *flag) else { continue };
            views.push(DifferingView {
                media: MediaName { id: media.clone(), name: name.clone() },
                flag: flag.clone(),
                label: shown.label.clone(),
                why: shown.why.clone(),
                at_us: shown.span.start,
                decisions: opinions.by.iter().map(|(by, decision)| OpinionView { by: by.clone(), decision: *decision }).collect(),
                in_force: shown.verdict.as_ref().map(|v| v.decision),
                settled: opinions.settled,
            });
        }
        views.sort_by(|a, b| (&a.media.name, a.at_us, &a.flag).cmp(&(&b.media.name, b.at_us, &b.flag)));
        Ok(views)
    }
}

/// Each two people who decided on the same flags.
fn pairs(flags: &[(&(MediaId, String), &Opinions)]) -> Vec<PairView> {
    let mut shared: BTreeMap<(&str, &str), Vec<Vec<Decision>>> = BTreeMap::new();
    for (_, opinions) in flags {
        for (i, (one, a)) in opinions.by.iter().enumerate() {
            for (other, b) in &opinions.by[..i] {
                let names = if one < other { (one.as_str(), other.as_str()) } else { (other.as_str(), one.as_str()) };
                shared.entry(names).or_default().push(vec![*a, *b]);
            }
        }
    }
    let view = |((one, other), units): ((&str, &str), Vec<Vec<Decision>>)| PairView {
        one: one.to_owned(),
        other: other.to_owned(),
        flags: units.len() as u32,
        agreeing: units.iter().filter(|u| u[0] == u[1]).count() as u32,
        alpha: alpha(&units).alpha,
    };
    shared.into_iter().map(view).collect()
}

fn opinions(db: &Connection) -> rusqlite::Result<BTreeMap<(MediaId, String), Opinions>> {
    let undone = undone(db)?;
    let mut found: BTreeMap<(MediaId, String), Opinions> = BTreeMap::new();
    let mut events =
        db.prepare("SELECT seq, actor, kind, body FROM event WHERE kind IN ('decide', 'adjudicate') AND actor <> '' ORDER BY stamp, id")?;
    let mut rows = events.query([])?;
    while let Some(row) = rows.next()? {
        let (seq, actor, kind): (i64, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if undone.contains(&seq) {
            continue;
        }
        for change in from_json::<Vec<Change>>(row, 3)? {
            match change {
                Change::Verdict { media, flag, swap } if kind == "decide" => {
                    let opinions = found.entry((media, flag)).or_default();
                    opinions.by.retain(|b| b.0 != actor);
                    opinions.by.extend(swap.after.map(|v| (actor.clone(), v.decision)));
                }
                Change::Conflict { media: Some(media), at, .. } if at.kind() == "verdict" => {
                    found.entry((media, at.id().to_owned())).or_default().settled = true;
                }
                _ => {}
            }
        }
    }
    Ok(found)
}

/// Events that an undo took back and no redo brought back.
fn undone(db: &Connection) -> rusqlite::Result<BTreeSet<i64>> {
    let mut reverts = db.prepare("SELECT seq, reverts FROM event WHERE reverts IS NOT NULL ORDER BY seq DESC")?;
    let mut rows = reverts.query([])?;
    let mut undone = BTreeSet::new();
    while let Some(row) = rows.next()? {
        let (seq, of): (i64, i64) = (row.get(0)?, row.get(1)?);
        // Whatever takes back a revert comes behind it.
        if !undone.contains(&seq) {
            undone.insert(of);
        }
    }
    Ok(undone)
}
