//! The queue: what is open in the whole project, the most rewarding first; and how far the review is.

mod backlog;
mod failing;

use super::{Decision, GateCount};
use crate::error::Result;
use crate::ops::By;
use crate::project::Project;
use crate::records::{Defect, DefectKind, MediaId, Verdict};
pub(crate) use backlog::Backlog;
use backlog::Entry;
use failing::Failing;
pub(crate) use failing::{asked, project, project_all, spans};
use plumbline_core::gate::{Gate, GateId, Measure, Place, gates_with, why, why_blind};
use plumbline_core::queue::{BANDS, Record, chances, pace_per_minute, paces, said, seconds, worth};
use plumbline_core::{MediaTime, Span};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use ts_rs::TS;

/// Which items of the queue are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(export)]
pub struct QueueFilter {
    /// Of these gates; of any where there are none.
    pub gates: Vec<GateId>,
    /// Of this media; of any where there is none.
    pub media: Option<MediaId>,
    /// At least so far beyond the limit: 0 any, 1 a quarter of the limit, 2 three quarters.
    pub far: u8,
    /// What is decided, and the defects that people found, instead of what is open.
    pub decided: bool,
    /// Of what is decided: by this person.
    pub by: Option<String>,
}

/// A question to the queue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(export)]
pub struct QueueAsk {
    /// Which items.
    pub filter: QueueFilter,
    /// The media on the desk: its progress is told, and the next item elsewhere.
    pub desk: Option<MediaId>,
    /// Index of the first item wanted.
    pub first: u32,
    /// How many at most.
    pub count: u32,
}

/// Something to look at. It says what is asked and what is known of such questions, and nothing of how it came into the queue: what is drawn for
/// an audit has to look like the rest.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct QueueItem {
    /// Which flag, or which defect.
    pub id: String,
    /// Which media.
    pub media: MediaId,
    /// Its file name.
    pub name: String,
    /// The gate; none of a defect that a person found.
    pub gate: Option<GateId>,
    /// What a person found; none of a flag.
    pub defect: Option<DefectKind>,
    /// The gate's name on screen; empty for a defect.
    pub label: String,
    /// What was measured, in one line with value and limit; empty for a defect.
    pub why: String,
    /// The value alone; none of a defect, and of a flag whose gate is checked until it is decided on.
    pub value: Option<f64>,
    /// Its unit; empty for a defect.
    pub unit: String,
    /// What speaks for looking at it, in a clause: what reviewers said of such, and the time that it takes.
    pub reason: String,
    /// Where in the media.
    #[serde(flatten)]
    pub span: Span<MediaTime>,
    /// The verdict, if there is one.
    pub decision: Option<Decision>,
    /// Who decided, or found it.
    pub by: Option<String>,
    /// Their remark.
    pub note: Option<String>,
}

/// How much is done and left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct Left {
    /// Flags with a verdict.
    pub decided: u32,
    /// Flags without one, in media that are not finished.
    pub open: u32,
    /// Seconds that deciding on these takes the reviewer.
    #[ts(type = "number")]
    pub seconds: u64,
}

/// How far the review is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct ProgressView {
    /// The project.
    pub project: Left,
    /// The media on the desk.
    pub media: Option<Left>,
    /// Who called that media done.
    pub finished: Option<String>,
    /// The reviewer's verdicts a minute over the last ten minutes of activity.
    pub per_minute: Option<f64>,
}

/// A stretch of the queue.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct QueueView {
    /// Position of the log.
    #[ts(type = "number")]
    pub seq: i64,
    /// How many items there are in all.
    pub total: u32,
    /// Index of the first of [`QueueView::items`].
    pub first: u32,
    /// The items, the best first; what is decided in order of media and time.
    pub items: Vec<QueueItem>,
    /// How many items there are of each gate, whichever gates are chosen.
    pub gates: Vec<GateCount>,
    /// Who decided or found anything.
    pub people: Vec<String>,
    /// The best item of the whole queue that lies in another media than the one on the desk.
    pub next: Option<QueueItem>,
    /// How far the review is, whatever the filter.
    pub progress: ProgressView,
}

/// An item by its indices: of the media, and of its flag or its defect.
#[derive(Clone, Copy)]
enum Spot {
    Flag(u32, u32),
    Defect(u32, u32),
}

/// Flags of one worth: of a gate, in a band, of so many seconds. They differ in nothing but where they are.
type Kind = (GateId, usize, u32);

/// The backlog through the eyes of one reviewer.
struct Ordering<'a> {
    backlog: &'a Backlog,
    paces: BTreeMap<GateId, i64>,
    by: &'a str,
}

impl Project {
    /// What is open in the whole project, ordered by the defects that a second of review by this person may be expected to find; what lies even is
    /// ordered by media and time.
    ///
    /// # Errors
    /// Where the project can't be read.
    pub fn queue(&self, ask: &QueueAsk, by: &By) -> Result<QueueView> {
        let mut backlog = self.kept.backlog.borrow_mut();
        self.at(backlog.catch_up(&self.db))?;
        let order = Ordering::new(&backlog, by.name());
        Ok(QueueView { seq: self.standing().seq, ..order.answer(ask) })
    }

    /// What reviewers said of the flags of some gates.
    pub(super) fn records(&self, gates: impl Iterator<Item = GateId>) -> Result<BTreeMap<GateId, Record>> {
        let mut backlog = self.kept.backlog.borrow_mut();
        self.at(backlog.catch_up(&self.db))?;
        let gates: BTreeSet<GateId> = gates.collect();
        Ok(gates.into_iter().map(|gate| (gate, backlog.record(gate))).collect())
    }
}

impl<'a> Ordering<'a> {
    fn new(backlog: &'a Backlog, by: &'a str) -> Self {
        Self { backlog, paces: paces(backlog.moments(by)), by }
    }

    fn answer(&self, ask: &QueueAsk) -> QueueView {
        let whole = self.kinds(|_, _| true);
        let next = whole.iter().flat_map(|k| &k.1).find(|s| Some(&self.entry(**s).id) != ask.desk.as_ref()).copied();
        let order = match &ask.filter {
            filter if filter.decided => self.decided(filter),
            filter if *filter == QueueFilter::default() => whole.into_iter().flat_map(|kind| kind.1).collect(),
            filter => self.open(filter),
        };
        let page = order.iter().skip(ask.first as usize).take(ask.count as usize);
        QueueView {
            seq: 0,
            total: order.len() as u32,
            first: ask.first,
            items: page.map(|spot| self.item(*spot)).collect(),
            gates: self.gates(&ask.filter),
            people: self.people(),
            next: next.map(|spot| self.item(spot)),
            progress: self.progress(ask.desk.as_ref()),
        }
    }

    fn seconds(&self, flag: &Failing) -> u32 {
        seconds(self.paces.get(&flag.gate).copied(), flag.span.len())
    }

    fn entry(&self, spot: Spot) -> &'a Entry {
        let (Spot::Flag(media, _) | Spot::Defect(media, _)) = spot;
        &self.backlog.entries[media as usize]
    }

    /// Open flags by their kind, the best kind first; within a kind by media and time. A sum over kinds instead of a sort of flags: there are few
    /// kinds, and may be a hundred thousand flags.
    fn kinds(&self, wanted: impl Fn(&Entry, &Failing) -> bool) -> Vec<(Kind, Vec<Spot>)> {
        let mut kinds: BTreeMap<Kind, Vec<Spot>> = BTreeMap::new();
        for (m, entry) in (0..).zip(&self.backlog.entries).filter(|(_, e)| e.finished.is_none()) {
            for (f, flag) in (0..).zip(&entry.flags).filter(|(_, f)| !f.decided && wanted(entry, f)) {
                kinds.entry((flag.gate, flag.band(), self.seconds(flag))).or_default().push(Spot::Flag(m, f));
            }
        }
        let mut kinds: Vec<_> = kinds.into_iter().collect();
        let gates: BTreeSet<GateId> = kinds.iter().map(|((gate, ..), _)| *gate).collect();
        let chances: BTreeMap<GateId, [f64; BANDS]> = gates.into_iter().map(|gate| (gate, chances(&self.backlog.record(gate)))).collect();
        let value = |(gate, band, seconds): Kind| worth(chances[&gate][band], seconds);
        kinds.sort_by(|(a, _), (b, _)| {
            value(*b).total_cmp(&value(*a)).then_with(|| (Reverse(a.1), a.0, a.2).cmp(&(Reverse(b.1), b.0, b.2)))
        });
        kinds
    }

    fn open(&self, filter: &QueueFilter) -> Vec<Spot> {
        let kinds = self.kinds(|entry, flag| passes(filter, entry, flag) && of_gate(filter, flag));
        kinds.into_iter().flat_map(|kind| kind.1).collect()
    }

    /// What is decided and what people found, by media and time.
    fn decided(&self, filter: &QueueFilter) -> Vec<Spot> {
        let by = |who: &str| filter.by.as_ref().is_none_or(|wanted| wanted == who);
        let mut order = Vec::new();
        for (m, entry) in (0..).zip(&self.backlog.entries) {
            let flags = (0..).zip(&entry.flags).filter(|(_, f)| f.decided && passes(filter, entry, f) && of_gate(filter, f));
            let flags = flags.filter(|(_, f)| self.verdict(f).is_some_and(|v| by(&v.by)));
            let mut here: Vec<(MediaTime, Spot)> = flags.map(|(f, flag)| (flag.span.start, Spot::Flag(m, f))).collect();
            if filter.gates.is_empty() && filter.far == 0 && filter.media.as_ref().is_none_or(|media| *media == entry.id) {
                let found = (0..).zip(&entry.defects).filter(|(_, d)| by(&d.by));
                here.extend(found.map(|(d, defect)| (defect.span.start, Spot::Defect(m, d))));
            }
            here.sort_by_key(|spot| spot.0);
            order.extend(here.into_iter().map(|spot| spot.1));
        }
        order
    }

    fn verdict(&self, flag: &Failing) -> Option<&'a Verdict> {
        self.backlog.verdicts.get(&flag.flag)
    }

    fn gates(&self, filter: &QueueFilter) -> Vec<GateCount> {
        let mut counts: BTreeMap<GateId, u32> = BTreeMap::new();
        for entry in self.backlog.entries.iter().filter(|e| filter.decided || e.finished.is_none()) {
            for flag in entry.flags.iter().filter(|f| f.decided == filter.decided && passes(filter, entry, f)) {
                *counts.entry(flag.gate).or_default() += 1;
            }
        }
        let gates = gates_with(counts.keys().copied()).into_iter();
        let row = |gate: &Gate| Some(GateCount { gate: gate.id, label: gate.label.to_owned(), count: *counts.get(&gate.id)? });
        gates.filter_map(row).collect()
    }

    fn people(&self) -> Vec<String> {
        let decided = self.backlog.verdicts.values().map(|v| &v.by);
        let found = self.backlog.entries.iter().flat_map(|e| &e.defects).map(|d| &d.by);
        let people: BTreeSet<&String> = decided.chain(found).filter(|name| !name.is_empty()).collect();
        people.into_iter().cloned().collect()
    }

    fn progress(&self, desk: Option<&MediaId>) -> ProgressView {
        let mut progress = ProgressView { per_minute: pace_per_minute(self.backlog.moments(self.by)), ..ProgressView::default() };
        for entry in &self.backlog.entries {
            let mut here = Left::default();
            for flag in &entry.flags {
                if flag.decided {
                    here.decided += 1;
                } else if entry.finished.is_none() {
                    here.open += 1;
                    here.seconds += u64::from(self.seconds(flag));
                }
            }
            progress.project.decided += here.decided;
            progress.project.open += here.open;
            progress.project.seconds += here.seconds;
            if desk == Some(&entry.id) {
                progress.media = Some(here);
                progress.finished = entry.finished.clone();
            }
        }
        progress
    }

    fn item(&self, spot: Spot) -> QueueItem {
        let entry = self.entry(spot);
        match spot {
            Spot::Flag(_, f) => self.flag_item(entry, &entry.flags[f as usize]),
            Spot::Defect(_, d) => defect_item(entry, &entry.defects[d as usize]),
        }
    }

    fn flag_item(&self, entry: &Entry, flag: &Failing) -> QueueItem {
        let verdict = self.verdict(flag);
        let measure = Measure { gate: flag.gate, place: Place::Media(flag.span), value: flag.value, signed: flag.signed };
        let record = self.backlog.record(flag.gate);
        QueueItem {
            id: flag.flag.clone(),
            media: entry.id.clone(),
            name: entry.name.clone(),
            gate: Some(flag.gate),
            defect: None,
            label: flag.gate.row().label.to_owned(),
            why: if flag.is_blind() { why_blind(flag.gate, flag.limit) } else { why(&measure, flag.limit) },
            value: (!flag.is_blind()).then_some(flag.signed.unwrap_or(flag.value)),
            unit: flag.gate.row().unit.to_owned(),
            reason: format!("{}; about {}\u{a0}s", said(&record, flag.band()), self.seconds(flag)),
            span: flag.span,
            decision: verdict.map(|v| v.decision),
            by: verdict.map(|v| v.by.clone()).filter(|by| !by.is_empty()),
            note: verdict.and_then(|v| v.note.clone()),
        }
    }
}

fn defect_item(entry: &Entry, defect: &Defect) -> QueueItem {
    QueueItem {
        id: defect.id.clone(),
        media: entry.id.clone(),
        name: entry.name.clone(),
        gate: None,
        defect: Some(defect.kind),
        label: String::new(),
        why: String::new(),
        value: None,
        unit: String::new(),
        reason: "found by hand".to_owned(),
        span: defect.span,
        decision: None,
        by: Some(defect.by.clone()).filter(|by| !by.is_empty()),
        note: defect.note.clone(),
    }
}

/// Whether a filter wants a flag, its gate aside.
fn passes(filter: &QueueFilter, entry: &Entry, flag: &Failing) -> bool {
    flag.band() >= usize::from(filter.far) && filter.media.as_ref().is_none_or(|media| *media == entry.id)
}

fn of_gate(filter: &QueueFilter, flag: &Failing) -> bool {
    filter.gates.is_empty() || filter.gates.contains(&flag.gate)
}
