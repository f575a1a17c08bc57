//! What people whose copies were merged differ on: what is shown of it, and how it is decided.

use crate::cell_name::CellName;
use crate::cells::{Change, Swap};
use crate::error::{Error, Result};
use crate::fold::{any_conflict, conflict, conflicts};
use crate::history::{Draft, Step, event_by_id, merged_writer};
use crate::register::Register;
use crate::scribe::Scribe;
use rusqlite::Connection;

/// Which dispute: all cells that the same events wrote differently are one question.
pub(crate) fn id_of(register: &Register) -> String {
    let mut events: Vec<&str> = register.heads.iter().map(|h| h.event.as_str()).collect();
    events.sort_unstable();
    blake3::hash(events.join(" ").as_bytes()).to_hex().chars().take(32).collect()
}

/// Writing a disputed cell anew decides the dispute. Taking something back does not: then the other's word stands.
pub(crate) fn settle(db: &Connection, draft: &mut Draft) -> rusqlite::Result<()> {
    if matches!(draft.kind, "revert" | "adjudicate") || !any_conflict(db)? {
        return Ok(());
    }
    let mut settled = Vec::new();
    for change in &draft.changes {
        for part in change.parts()? {
            if let Some(register) = conflict(db, &part.cell)? {
                settled.push(settling(register));
            }
        }
    }
    draft.changes.extend(settled);
    Ok(())
}

fn settling(register: Register) -> Change {
    Change::Conflict { media: register.cell.media(), at: register.cell.clone(), swap: Swap { before: Some(register), after: None } }
}

impl Scribe<'_> {
    /// Puts one side of a dispute in force.
    pub fn adjudicate(&self, id: &str, pick: &str) -> Result<Draft> {
        let disputed: Vec<Register> = conflicts(self.db)?.into_iter().filter(|register| id_of(register) == id).collect();
        let Some(first) = disputed.first() else {
            return Err(Error::Refused("This conflict is gone: somebody decided on it. Look at the list again".into()));
        };
        let media = first.cell.media();
        let mut changes: Vec<Change> = Vec::new();
        for register in disputed {
            let Some(side) = register.heads.iter().find(|h| h.event == pick) else {
                return Err(Error::Refused("This conflict has no such side. Look at the list again".into()));
            };
            let written = self.picked(&register.cell, &side.value, &mut changes)?;
            changes.extend(written);
            if register.cell.kind() == "proposal_state" && side.value != "accepted" {
                let over = register.heads.iter().filter(|h| h.value == "accepted");
                for head in over {
                    changes.extend(self.not_accepted(&head.event)?);
                }
            }
            changes.push(settling(register));
        }
        Ok(Draft { kind: "adjudicate", media, reverts: None, run: None, changes })
    }

    /// The change that puts a value in force, on top of those that are drafted already.
    fn picked(&self, cell: &CellName, value: &serde_json::Value, drafted: &mut [Change]) -> Result<Vec<Change>> {
        if *value == cell.now(self.db)? {
            return Ok(vec![]);
        }
        let change = cell.change(self.db, value)?;
        match change {
            Change::Word { media, word, swap } => {
                let same = drafted.iter_mut().find_map(|known| match known {
                    Change::Word { media: m, word: w, swap } if *m == media && *w == word => Some(swap),
                    _ => None,
                });
                let Some(known) = same else { return Ok(vec![Change::Word { media, word, swap }]) };
                // Another part of the same word: one change of both.
                let (mut both, one) = (known.after.clone().unwrap_or_default(), swap.after.unwrap_or_default());
                match cell.part() {
                    "text" => (both.text, both.punctuation) = (one.text, one.punctuation),
                    "line" => both.line = one.line,
                    "time" => both.span = one.span,
                    _ => both.speaker = one.speaker,
                }
                known.after = (!both.is_empty()).then_some(both);
                Ok(vec![])
            }
            Change::Transcript { media, swap } => {
                let gone = self.without_words(&media)?;
                Ok(std::iter::once(Change::Transcript { media, swap }).chain(gone).collect())
            }
            other => Ok(vec![other]),
        }
    }

    /// The end of the map that an event put in force, where it is.
    fn not_accepted(&self, event: &str) -> Result<Vec<Change>> {
        let mut back = Vec::new();
        for change in event_by_id(self.db, event)?.into_iter().flat_map(|e| e.changes) {
            if !matches!(change, Change::Map { .. } | Change::Heard { .. }) {
                continue;
            }
            for part in change.parts()? {
                if part.cell.now(self.db)? == part.after && conflict(self.db, &part.cell)?.is_none() {
                    back.push(part.cell.change(self.db, &part.before)?);
                }
            }
        }
        Ok(back)
    }

    /// Refuses to take back what somebody changed since whose copy was merged, or what the machine did.
    pub fn may_revert(&self, step: &Step, reverted: &[Change]) -> Result<()> {
        let last = step.events.last().copied().unwrap_or_default();
        // Between a person's own steps nobody comes.
        let others = "SELECT EXISTS (SELECT 1 FROM event WHERE seq > ?1 AND (merged = 1 OR actor = ''))";
        let others_since: bool = self.db.query_row(others, [last], |r| r.get(0))?;
        if !others_since {
            return Ok(());
        }
        for change in reverted {
            for part in change.parts()? {
                if part.cell.is_same(&part.cell.now(self.db)?, &part.before)
                    || conflict(self.db, &part.cell)?.is_some_and(|register| register.has(&part.before))
                {
                    continue;
                }
                let who = merged_writer(self.db, last, &part.cell)?;
                let who = who.map(|who| if who.is_empty() { "Somebody".to_owned() } else { who });
                let who = who.map_or("A program changed this since".to_owned(), |who| {
                    format!("{who} changed this since, in a copy that was merged")
                });
                return Err(Error::Refused(format!("{who}, and that would be lost. Write it anew instead")));
            }
        }
        Ok(())
    }
}
