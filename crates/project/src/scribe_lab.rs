//! What is kept of the lab.

use crate::cells::{self, Change, Swap};
use crate::error::{Error, Result};
use crate::history::{Draft, KEEP_RUN, now_us};
use crate::lab::{self, Kept, LabVote, Promotion, PromptRef, RunRef, SetRef};
use crate::records::MediaId;
use crate::scribe::Scribe;
use plumbline_core::MediaTime;
use plumbline_core::lab::{Clip, ClipSet, PromptVersion, Record, RunPlan};
use std::collections::BTreeSet;

fn refused<T>(why: String) -> Result<T> {
    Err(Error::Refused(why))
}

fn of_project(kind: &'static str, changes: Vec<Change>) -> Draft {
    Draft { kind, media: None, reverts: None, run: None, changes }
}

impl Scribe<'_> {
    fn kept<T>(&self, what: T) -> Kept<T> {
        Kept { by: self.by.to_owned(), at_us: now_us(), what }
    }

    pub fn keep_prompt(&self, version: &PromptVersion) -> Result<Draft> {
        let (id, label) = (version.id(), version.label());
        let text = version.write().map_err(|bad| Error::Refused(bad.to_string()))?;
        PromptVersion::read(&label, &text).map_err(|bad| Error::Refused(bad.to_string()))?;
        let (name, count) = (version.prompt.name.clone(), version.prompt.version);
        if lab::is_kept(self.db, &id)? {
            return Ok(of_project("keep_prompt", vec![]));
        }
        let counted = lab::counted(self.db, &name)?;
        if counted.iter().any(|known| known.0 == count && known.1 != id) {
            let free = lab::next(&counted);
            return refused(format!("{label} is another text already, and versions never change. Keep this one as {name}@{free}"));
        }
        let after = self.kept(PromptRef { name, version: count, body: self.blob(version)? });
        Ok(of_project("keep_prompt", vec![Change::Prompt { id, swap: Swap { before: None, after: Some(after) } }]))
    }

    /// Keeps a set with the truth as it stands at `position` of the log, the last one.
    pub fn keep_clips(&self, mut set: ClipSet, position: i64) -> Result<Draft> {
        set.clips.sort_by(|a, b| (&a.media, a.start).cmp(&(&b.media, b.start)));
        self.may_keep(&set)?;
        let truths = lab::truths(self.db, self.kept, &set)?;
        let counting = truths.iter().flatten().flatten().filter(|a| set.counts(&a.label)).count() as u32;
        let what = SetRef { name: set.name.clone(), position, truths: counting, set: self.blob(&set)?, truth: self.blob(&truths)? };
        let said = cells::json(&(&what.set, position, &what.truth))?;
        let id = blake3::hash(said.as_bytes()).to_hex()[..16].to_owned();
        let before = lab::row(self.db, "clip_set", &id)?;
        let changes =
            if before.is_some() { vec![] } else { vec![Change::ClipSet { id, swap: Swap { before, after: Some(self.kept(what)) } }] };
        Ok(of_project("keep_clips", changes))
    }

    /// Refuses sets whose clips can't be, given in order.
    fn may_keep(&self, set: &ClipSet) -> Result<()> {
        if set.name.trim().is_empty() {
            return refused("A clip set needs a name. Give it one".into());
        }
        if set.clips.is_empty() {
            return refused(format!("“{}” has no clips. Choose at least one", set.name));
        }
        let mut before: Option<&Clip> = None;
        for clip in &set.clips {
            let record = self.media(&MediaId(clip.media.clone()))?;
            let (from, to) = (clip.start, clip.end);
            if to <= from {
                return refused(format!("A clip of {} can't last from {from} to {to}: its end must come after its start", record.name()));
            }
            if from < MediaTime::ZERO || to > record.duration {
                let all = record.duration;
                return refused(format!(
                    "A clip from {from} to {to} reaches beyond {}, which lasts {all}. Choose it within",
                    record.name()
                ));
            }
            if let Some(before) = before.filter(|before| before.media == clip.media && before.end > from) {
                return refused(format!(
                    "Two clips of {} overlap: one lasts until {} and the next begins at {from}. What is in both would count twice; choose them apart",
                    record.name(),
                    before.end
                ));
            }
            before = Some(clip);
        }
        Ok(())
    }

    pub fn keep_run(&self, id: String, record: &Record) -> Result<Draft> {
        let plan = &record.plan;
        let before: Option<Kept<RunRef>> = lab::row(self.db, "run", &id)?;
        if before.as_ref().is_some_and(|known| known.what.plan != *plan) {
            return refused(format!("The run {id} is one of another plan. Give this one an id of its own"));
        }
        let of = self.tries_of(plan)?;
        let mut seen = BTreeSet::new();
        let clips = of / (plan.variants.len() as u32 * plan.repeats);
        for t in &record.tries {
            let planned = t.clip < clips && (t.variant as usize) < plan.variants.len() && t.repeat < plan.repeats;
            if !planned || !seen.insert((t.clip, t.variant, t.repeat)) {
                let why = if planned { "is there twice" } else { "is not in its plan" };
                return refused(format!(
                    "Clip {} under variant {}, repeat {}, {why}: the run can't be kept. Make it again",
                    t.clip, t.variant, t.repeat
                ));
            }
        }
        // What lacks an answer can be asked again.
        let tries = record.tries.iter().filter(|t| t.unanswered.is_empty()).count() as u32;
        let what =
            RunRef { plan: plan.clone(), code: record.code.clone(), thresholds: record.thresholds, tries, of, body: self.blob(record)? };
        // It goes on: who began it, and when, stays.
        let after = match &before {
            Some(begun) => Kept { what, ..begun.clone() },
            None => self.kept(what),
        };
        let swap = Swap { before, after: Some(after) };
        let changes = if swap.before == swap.after { vec![] } else { vec![Change::Run { id, swap }] };
        Ok(of_project(KEEP_RUN, changes))
    }

    /// How many tries a plan has, where all that it names is known.
    fn tries_of(&self, plan: &RunPlan) -> Result<u32> {
        let Some(set) = lab::set_ref(self.db, &plan.set)? else {
            return refused(format!("There is no clip set {}. Keep it first", plan.set));
        };
        if plan.variants.is_empty() || plan.repeats == 0 {
            return refused("A run needs at least one variant, asked at least once. Choose some".into());
        }
        for variant in &plan.variants {
            if lab::version(self.db, &variant.version)?.is_none() {
                return refused(format!("There is no version {} of a prompt. Keep it first", variant.version));
            }
        }
        let set: ClipSet = cells::read(self.db, &set.what.set)?;
        Ok((set.clips.len() * plan.variants.len()) as u32 * plan.repeats)
    }

    fn known_run(&self, run: &str) -> Result<RunPlan> {
        match lab::row::<RunRef>(self.db, "run", run)? {
            Some(known) => Ok(known.what.plan),
            None => refused(format!("There is no run {run}. Make it first")),
        }
    }

    pub fn vote(&self, run: String, clip: u32, (one, other): (u32, u32), vote: Option<LabVote>) -> Result<Draft> {
        let plan = self.known_run(&run)?;
        if one == other || one.max(other) as usize >= plan.variants.len() {
            return refused(format!("“{}” has no variants {one} and {other} to choose between. Name two of its variants", plan.name));
        }
        let set = lab::set_ref(self.db, &plan.set)?.map(|set| cells::read::<ClipSet>(self.db, &set.what.set)).transpose()?;
        match set.as_ref().and_then(|set| set.clips.get(clip as usize)) {
            Some(clip) if !clip.holdout => {}
            Some(_) => return refused(format!("Clip {clip} is held out, and nobody looks at it. Vote on another one")),
            None => return refused(format!("“{}” has no clip {clip}. Vote on another one", plan.name)),
        }
        // A pair is one question, whichever of the two is named first.
        let turned = one > other;
        let (one, other) = (one.min(other), one.max(other));
        let after = vote.map(|vote| if turned { vote.turned() } else { vote });
        let swap = Swap { before: lab::vote(self.db, &run, (clip, one, other), self.by)?, after };
        let changes =
            if swap.before == swap.after { vec![] } else { vec![Change::Vote { run, clip, one, other, who: self.by.to_owned(), swap }] };
        Ok(of_project("vote", changes))
    }

    pub fn promote(&self, promotion: Promotion) -> Result<Draft> {
        let Promotion { task, version, model, temperature, run, reason, .. } = &promotion;
        let Some(known) = lab::version(self.db, version)? else {
            return refused(format!("There is no version {version} of a prompt. Keep it first"));
        };
        let label = known.label();
        if known.prompt.task != *task {
            return refused(format!(
                "{label} is for {}, not for {}. Promote a version for that task",
                known.prompt.task.name(),
                task.name()
            ));
        }
        if model.is_empty() {
            return refused(format!("{label} can't be promoted without a model. Name the one that it was tried with"));
        }
        if temperature.is_some_and(|t| !(0.0..=1.0).contains(&t)) {
            return refused(format!("{label} can't be promoted: the temperature must lie within 0..1"));
        }
        match run {
            Some(run) => {
                let plan = self.known_run(run)?;
                if !plan.variants.iter().any(|v| v.version == *version && v.model == *model && v.temperature == *temperature) {
                    return refused(format!("“{}” did not try {label} with {model} like this. Promote what was tried", plan.name));
                }
            }
            None if reason.as_ref().is_none_or(|reason| reason.trim().is_empty()) => {
                return refused(format!("No run stands behind {label}. Make one, or write down a reason"));
            }
            None => {}
        }
        let task = *task;
        let before: Option<Kept<Promotion>> = lab::row(self.db, "promoted", task.name())?;
        let changes = if before.as_ref().is_some_and(|before| before.what.is_same(&promotion)) {
            vec![]
        } else {
            vec![Change::Promoted { task, swap: Swap { before, after: Some(self.kept(promotion)) } }]
        };
        Ok(of_project("promote", changes))
    }
}
