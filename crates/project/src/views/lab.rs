//! What the project keeps of the lab, as it is read.

use super::tell::quoted;
use crate::cells::{self, Change};
use crate::error::{Error, Result};
use crate::lab::{self, Kept, KeptPrompt, KeptRun, KeptSet, KeptVote, Promotion, PromptRef, RunRef, SetRef};
use crate::project::Project;
use crate::records::MediaId;
use plumbline_core::lab::{ClipSet, PromptVersion, Record};
use plumbline_core::models::Task;
use plumbline_core::{Annotation, MediaTime, Span};
use rusqlite::Connection;

impl Project {
    /// The versions of prompts that were kept, the newest first; without those that come with Plumbline.
    ///
    /// # Errors
    /// Where the project can't be read.
    pub fn prompts(&self) -> Result<Vec<KeptPrompt>> {
        let read = || -> rusqlite::Result<Vec<KeptPrompt>> {
            let rows = lab::rows::<PromptRef>(&self.db, "prompt")?;
            let kept = |(id, kept): (String, Kept<PromptRef>)| {
                let version: PromptVersion = cells::read(&self.db, &kept.what.body)?;
                Ok(KeptPrompt { label: version.label(), id, version, by: kept.by, at_us: kept.at_us })
            };
            rows.into_iter().map(kept).collect()
        };
        let mut all = self.at(read())?;
        let labels: Vec<String> = all.iter().map(|kept| kept.label.clone()).collect();
        for kept in &mut all {
            if labels.iter().filter(|label| **label == kept.label).count() > 1 {
                kept.label = format!("{} ({})", kept.label, kept.id.chars().take(8).collect::<String>());
            }
        }
        Ok(all)
    }

    /// A version of a prompt by its id, also one that comes with Plumbline or was taken back.
    ///
    /// # Errors
    /// [`Error::Refused`] where no version has this id.
    pub fn prompt(&self, id: &str) -> Result<PromptVersion> {
        self.at(lab::version(&self.db, id))?
            .ok_or_else(|| Error::Refused(format!("There is no version {id} of a prompt. Look at the list again")))
    }

    /// The count that the next version of a prompt with this name gets, from 1.
    ///
    /// # Errors
    /// Where the project can't be read.
    pub fn free_version(&self, name: &str) -> Result<u32> {
        Ok(lab::next(&self.at(lab::counted(&self.db, name))?))
    }

    /// The clip sets, the newest first.
    ///
    /// # Errors
    /// Where the project can't be read.
    pub fn clip_sets(&self) -> Result<Vec<KeptSet>> {
        let rows = self.at(lab::rows::<SetRef>(&self.db, "clip_set"))?;
        rows.into_iter().map(|(id, kept)| self.at(kept_set(&self.db, id, kept))).collect()
    }

    /// A clip set, also one that was taken back.
    ///
    /// # Errors
    /// [`Error::Refused`] where no clip set has this id.
    pub fn clip_set(&self, id: &str) -> Result<KeptSet> {
        let kept = self.set_ref(id)?;
        self.at(kept_set(&self.db, id.to_owned(), kept))
    }

    /// What people stood by in each clip of a set when it was kept; none where nobody did.
    ///
    /// # Errors
    /// As [`Project::clip_set`].
    pub fn set_truth(&self, id: &str) -> Result<Vec<Option<Vec<Annotation>>>> {
        let kept = self.set_ref(id)?;
        self.at(cells::read(&self.db, &kept.what.truth))
    }

    /// Whether people stand by something else now than when the set was kept.
    ///
    /// # Errors
    /// As [`Project::clip_set`].
    pub fn set_outdated(&self, id: &str) -> Result<bool> {
        let kept = self.set_ref(id)?;
        let set: ClipSet = self.at(cells::read(&self.db, &kept.what.set))?;
        let now = self.at(lab::truths(&self.db, &self.kept, &set).and_then(|truths| cells::json(&truths)))?;
        Ok(blake3::hash(now.as_bytes()).to_hex().as_str() != kept.what.truth)
    }

    fn set_ref(&self, id: &str) -> Result<Kept<SetRef>> {
        self.at(lab::set_ref(&self.db, id))?.ok_or_else(|| Error::Refused(format!("There is no clip set {id}. Look at the list again")))
    }

    /// What people stand by in a stretch of a media: all annotations in force that touch it, where its review is done or people wrote one that touches it;
    /// none where nobody stands by it.
    ///
    /// # Errors
    /// Where the project can't be read.
    pub fn clip_truth(&self, media: &MediaId, span: Span<MediaTime>) -> Result<Option<Vec<Annotation>>> {
        self.at(lab::truth(&self.db, &self.kept, media, span))
    }

    /// The runs without what their tries brought, the newest first.
    ///
    /// # Errors
    /// Where the project can't be read.
    pub fn runs(&self) -> Result<Vec<KeptRun>> {
        let rows = self.at(lab::rows::<RunRef>(&self.db, "run"))?;
        let row = |(id, kept): (String, Kept<RunRef>)| {
            let RunRef { plan, code, thresholds, tries, of, .. } = kept.what;
            KeptRun { id, plan, code, thresholds, tries, of, by: kept.by, at_us: kept.at_us }
        };
        Ok(rows.into_iter().map(row).collect())
    }

    /// A run with all that its tries brought.
    ///
    /// # Errors
    /// [`Error::Refused`] where no run has this id.
    pub fn run(&self, id: &str) -> Result<Record> {
        let row = self.at(lab::row::<RunRef>(&self.db, "run", id))?;
        let kept = row.ok_or_else(|| Error::Refused(format!("There is no run {id}. Look at the list again")))?;
        let record: Record = self.at(cells::read(&self.db, &kept.what.body))?;
        // Versions of thresholds count up within a file: the row says what this one is called here.
        Ok(Record { thresholds: kept.what.thresholds, ..record })
    }

    /// The votes in a run, by clip and variants.
    ///
    /// # Errors
    /// Where the project can't be read.
    pub fn votes(&self, run: &str) -> Result<Vec<KeptVote>> {
        self.at(lab::votes(&self.db, run))
    }

    /// What a task is done with; none where nothing was promoted for it.
    ///
    /// # Errors
    /// Where the project can't be read.
    pub fn promoted(&self, task: Task) -> Result<Option<Kept<Promotion>>> {
        self.at(lab::row(&self.db, "promoted", task.name()))
    }

    /// What is promoted now, by task.
    ///
    /// # Errors
    /// Where the project can't be read.
    pub fn promotions(&self) -> Result<Vec<Kept<Promotion>>> {
        let mut all: Vec<Kept<Promotion>> = self.at(lab::rows(&self.db, "promoted"))?.into_iter().map(|row| row.1).collect();
        all.sort_by_key(|kept| kept.what.task);
        Ok(all)
    }
}

fn kept_set(db: &Connection, id: String, kept: Kept<SetRef>) -> rusqlite::Result<KeptSet> {
    let SetRef { position, truths, set, .. } = kept.what;
    Ok(KeptSet { id, set: cells::read(db, &set)?, position, truths, by: kept.by, at_us: kept.at_us })
}

/// What was done in the lab, as what follows a name; none of a change of anything else.
pub(super) fn told(db: &Connection, change: &Change) -> rusqlite::Result<Option<String>> {
    let run_name =
        |id: &str| Ok::<_, rusqlite::Error>(lab::row::<RunRef>(db, "run", id)?.map_or_else(|| id.to_owned(), |run| run.what.plan.name));
    Ok(Some(match change {
        Change::Prompt { id, swap } => match swap.after.as_ref().or(swap.before.as_ref()) {
            Some(kept) => format!("kept the prompt {}@{}", kept.what.name, kept.what.version),
            None => format!("kept the prompt {id}"),
        },
        Change::ClipSet { id, swap } => {
            let name = swap.after.as_ref().or(swap.before.as_ref()).map_or(id, |kept| &kept.what.name);
            format!("kept the clip set “{}”", quoted(name))
        }
        Change::Run { id, swap } => match &swap.after {
            Some(run) => format!("made the run “{}”: {} of {} tries", quoted(&run.what.plan.name), run.what.tries, run.what.of),
            None => format!("made the run {id}"),
        },
        // Which of the two it was for is not told: others may still vote blind.
        Change::Vote { run, swap, .. } => {
            let did = if swap.after.is_some() { "voted on" } else { "withdrew the vote on" };
            format!("{did} a clip of “{}”", quoted(&run_name(run)?))
        }
        Change::Promoted { task, swap } => match &swap.after {
            Some(promoted) => format!("promoted {}", promotion_told(db, &promoted.what)?),
            None => format!("went back to no promoted prompt for {}", task.name()),
        },
        _ => return Ok(None),
    }))
}

/// `describe@2 with amazon.nova-lite-v1:0: fewer extras`.
pub(super) fn promotion_told(db: &Connection, promotion: &Promotion) -> rusqlite::Result<String> {
    let at = promotion.temperature.map(|t| format!(" at temperature {t}")).unwrap_or_default();
    let reason = promotion.reason.as_ref().filter(|reason| !reason.is_empty()).map(|reason| format!(": {}", quoted(reason)));
    Ok(format!("{} with {}{at}{}", lab::label(db, &promotion.version)?, promotion.model, reason.unwrap_or_default()))
}
