//! The views of the review desk.

use super::{
    AlignmentView, AnchorView, AnnotationsView, DriftPoint, FlagView, FlagsView, MediaId, PieceView, ProposalState, ProposalView,
    VerdictView,
};
use crate::cells::{self, HeardWords};
use crate::error::Result;
use crate::project::Project;
use crate::proposed::{Proposed, heard_of, moves};
use crate::records::{AnnotationEdit, Defect, Verdict as Decided};
use plumbline_core::align::{Heard, Piece, Proposal, Residual, sentence};
use plumbline_core::crossmodal::CONTRADICTION;
use plumbline_core::gate::{GateId, Measure, Place, annotation_key, flag_id, why, why_blind};
use plumbline_core::queue::{Record, band, beyond, said};
use plumbline_core::transcript::{PlacedWord, Transcript};
use plumbline_core::{AnnotationSet, InForce, MediaTime, Span, TimeMap, WordId, place};
use std::collections::BTreeMap;
use std::sync::Arc;

impl Project {
    /// The proposal that waits for a decision, if one does that would change anything.
    ///
    /// # Errors
    /// Where the project can't be read.
    pub fn open_proposal(&self, media: &MediaId) -> Result<Option<Proposal>> {
        Ok(self.waiting(media)?.map(|p| (*p.0.proposal).clone()))
    }

    pub(super) fn waiting(&self, media: &MediaId) -> Result<Option<(Proposed, HeardWords)>> {
        match self.proposed(media)? {
            Some(proposed) if self.at(proposed.0.waits(&self.db, &self.kept, media))? => Ok(Some(proposed)),
            _ => Ok(None),
        }
    }

    /// The proposal, the map in force, the anchors and the drift curve.
    ///
    /// # Errors
    /// Where the project can't be read.
    pub fn alignment(&self, media: &MediaId) -> Result<AlignmentView> {
        let now = self.in_force(media)?;
        let analysis = self.analysis(media)?;
        let residuals = analysis.as_ref().map_or(&[][..], |a| &a.residuals);
        let mut then = None;
        let proposal = match (self.proposed(media)?, self.transcript(media)?) {
            (Some((proposed, heard)), Some(transcript)) => {
                let waits = self.at(proposed.waits(&self.db, &self.kept, media))?;
                let accepted = proposed.accepted(Arc::clone(&heard), &now);
                let view = self.proposal_view(media, proposed, (&transcript, &heard), residuals, [&now, &accepted], waits)?;
                then = waits.then_some(accepted.map);
                Some(view)
            }
            _ => None,
        };
        let drift = residuals.iter().map(|r| DriftPoint {
            at_us: MediaTime::from_us((r.at + r.drift).us()),
            drift_us: r.drift.us(),
            left_us: r.left.us(),
            proposed_left_us: then.as_ref().map(|m| r.under(m).left.us()),
            score: r.score,
        });
        Ok(AlignmentView {
            seq: self.standing().seq,
            proposal,
            drift: drift.collect(),
            map: now.map.knots().to_vec(),
            anchors: self.at(cells::anchors(&self.db, media))?.into_iter().map(|(id, at)| AnchorView { id, at }).collect(),
            shots: analysis.iter().flat_map(|a| a.shots.iter().copied()).collect(),
        })
    }

    /// A proposal as shown, against what is in force now and what would be if it were accepted.
    fn proposal_view(
        &self,
        media: &MediaId,
        proposed: Proposed,
        (transcript, heard): (&Transcript, &[Option<Heard>]),
        residuals: &[Residual],
        [now, then]: [&InForce; 2],
        waits: bool,
    ) -> Result<ProposalView> {
        let accepted = self.at(cells::map(&self.db, media))?.unwrap_or_default();
        let [lies, would_lie] = [now, then].map(|truth| place(transcript, truth));
        let piece = |(index, piece): (usize, &Piece)| {
            let words: Vec<WordId> = proposed.words_of(index, transcript).collect();
            let sure: Vec<f32> = words.iter().filter_map(|w| Some(heard_of(heard, *w)?.confidence)).collect();
            let within = |r: &&Residual| r.is_clear() && proposed.proposal.reach(index).is_some_and(|span| span.contains(r.at));
            let left = |map: &TimeMap| median(residuals.iter().filter(within).map(|r| r.under(map).left.abs().us()).collect());
            PieceView {
                piece: piece.clone(),
                index: index as u32,
                media: then.map.map_span(piece.span),
                accepted: proposed.is_in_force(index, transcript, heard, (&accepted, &now.heard.whole)),
                words: words.len() as u32,
                confidence: (!sure.is_empty()).then(|| sure.iter().sum::<f32>() / sure.len() as f32),
                left_us: left(&now.map),
                proposed_left_us: waits.then(|| left(&then.map)).flatten(),
            }
        };
        let state = proposed.row.state;
        Ok(ProposalView {
            state: if state == ProposalState::Open && !waits { ProposalState::Idle } else { state },
            verdict: proposed.proposal.verdict,
            sentence: sentence(&proposed.proposal),
            pieces: proposed.proposal.pieces.iter().enumerate().map(piece).collect(),
            words_heard: heard.iter().flatten().count() as u32,
            words_moved: lies.iter().zip(&would_lie).filter(|(now, then)| moves(now, then)).count() as u32,
            breaks: proposed.proposal.breaks.clone(),
            score: proposed.proposal.score,
        })
    }

    /// The flags that the thresholds in force raise, and those that were decided on, in order of time.
    ///
    /// # Errors
    /// Where the project can't be read.
    pub fn flags(&self, media: &MediaId) -> Result<FlagsView> {
        let thresholds = self.thresholds()?;
        let plans = self.at(cells::plans(&self.db))?;
        let placed = self.placed(media)?;
        let map = self.map(media)?;
        let mut decided: BTreeMap<String, Decided> = self.at(cells::verdicts(&self.db, media))?.into_iter().collect();
        let analysis = self.analysis(media)?;
        let measured = analysis.iter().flat_map(|a| &a.measures).map(|m| m.gate);
        let records = self.records(measured.chain(decided.values().map(|verdict| verdict.gate)))?;
        let mut views = Vec::new();
        if let Some(analysis) = analysis {
            for (_, flag) in self.at(super::queue::asked(&self.db, media, &analysis.measures, &thresholds))? {
                let id = flag.id(&media.0);
                let verdict = decided.remove(&id);
                let raised = (flag.limit, flag.thresholds, false);
                let mut view = flag_view(id, &flag.measure, raised, &records[&flag.measure.gate], verdict.as_ref(), &placed, &map);
                if verdict.is_none() && plans.contains_key(&flag.measure.gate) {
                    view.blind(&records[&flag.measure.gate]);
                }
                views.push(view);
            }
        }
        for (id, verdict) in decided {
            let measure = Measure { gate: verdict.gate, place: verdict.place, value: verdict.value, signed: verdict.signed };
            let raised = (verdict.limit, verdict.thresholds, true);
            views.push(flag_view(id, &measure, raised, &records[&measure.gate], Some(&verdict), &placed, &map));
        }
        self.tell_contradictions(media, &mut views)?;
        views.sort_by(|a, b| (a.span.start, a.gate, &a.id).cmp(&(b.span.start, b.gate, &b.id)));
        let mut defects: Vec<Defect> = self.at(cells::bodies(&self.db, "defect", media))?.into_iter().map(|d| d.1).collect();
        defects.sort_by_key(|d| d.span.start);
        Ok(FlagsView { seq: self.standing().seq, flags: views, defects })
    }

    /// Says what contradicts what: a measure only counts it.
    fn tell_contradictions(&self, media: &MediaId, views: &mut [FlagView]) -> Result<()> {
        let mut open: BTreeMap<String, &mut FlagView> =
            views.iter_mut().filter(|v| v.gate == GateId::WindowContradiction && v.value.is_some()).map(|v| (v.id.clone(), v)).collect();
        let set = if open.is_empty() { None } else { self.annotation_set(media)? };
        for annotation in set.iter().flat_map(|set| &set.annotations) {
            let Some(what) = annotation.extra.get(CONTRADICTION).and_then(|what| what.as_str()) else { continue };
            let place = Place::Annotation { key: annotation_key(&[&annotation.id]), span: annotation.span };
            if let Some(view) = open.get_mut(&flag_id(&media.0, GateId::WindowContradiction, &place)) {
                view.why = what.to_owned();
            }
        }
        Ok(())
    }

    /// The annotations, in order of their start.
    ///
    /// # Errors
    /// Where the project can't be read.
    pub fn annotations(&self, media: &MediaId) -> Result<AnnotationsView> {
        let edits = self.annotation_edits(media)?;
        let mut annotations = self.annotation_set(media)?.map_or(vec![], |set| set.annotations);
        annotations.sort_by_key(|a| a.span.start);
        let imported = match self.at(cells::file(&self.db, "annotations", media))? {
            Some(file) => {
                let set = self.at(self.kept.annotations(&self.db, &file.parsed))?;
                set.annotations.iter().filter(|a| edits.contains_key(&a.id)).cloned().collect()
            }
            None => vec![],
        };
        let edited = edits.into_iter().filter(|(_, edit)| edit.annotation.is_some()).map(|(id, _)| id).collect();
        Ok(AnnotationsView { seq: self.standing().seq, annotations, edited, imported })
    }

    /// The annotations as people left them; none without any.
    ///
    /// # Errors
    /// Where the project can't be read.
    pub fn annotation_set(&self, media: &MediaId) -> Result<Option<AnnotationSet>> {
        self.at(self.kept.annotated(&self.db, media))
    }

    fn annotation_edits(&self, media: &MediaId) -> Result<BTreeMap<String, AnnotationEdit>> {
        Ok(self.at(cells::bodies(&self.db, "annotation_edit", media))?.into_iter().collect())
    }
}

/// The middle value.
fn median(mut values: Vec<i64>) -> Option<i64> {
    let middle = values.len() / 2;
    (!values.is_empty()).then(|| *values.select_nth_unstable(middle).1)
}

impl FlagView {
    /// Takes away what tells the value.
    fn blind(&mut self, record: &Record) {
        self.value = None;
        self.why = why_blind(self.gate, self.limit);
        self.said = said(record, 0);
    }
}

/// A flag as shown; `raised` is the limit, the version of the thresholds, and whether it has passed since.
fn flag_view(
    id: String,
    measure: &Measure,
    (limit, thresholds, passed_since): (f64, u32, bool),
    record: &Record,
    verdict: Option<&Decided>,
    placed: &[PlacedWord],
    map: &TimeMap,
) -> FlagView {
    let gate = measure.gate.row();
    let words = match measure.place {
        Place::Media(_) | Place::Annotation { .. } => None,
        Place::Transcript(span) => words_within(span, placed, map),
        Place::Words { first, end } => Some((first, end)),
    };
    FlagView {
        id,
        gate: gate.id,
        label: gate.label.to_owned(),
        why: why(measure, limit),
        value: Some(measure.signed.unwrap_or(measure.value)),
        limit,
        unit: gate.unit.to_owned(),
        fails: gate.fails,
        thresholds,
        span: span_of(&measure.place, placed, map),
        words,
        said: said(record, band(beyond(measure.value, limit, gate.fails))),
        verdict: verdict.map(|v| VerdictView {
            decision: v.decision,
            value: v.signed.unwrap_or(v.value),
            limit: v.limit,
            thresholds: v.thresholds,
            note: v.note.clone(),
            by: v.by.clone(),
        }),
        passed_since,
    }
}

/// Where in the media a place lies.
pub(super) fn span_of(place: &Place, placed: &[PlacedWord], map: &TimeMap) -> Span<MediaTime> {
    match *place {
        Place::Media(span) | Place::Annotation { span, .. } => span,
        Place::Transcript(span) => map.map_span(span),
        Place::Words { first, end } => {
            let before = |id: WordId| placed.partition_point(|w| w.id < id);
            let here = placed.get(before(first)..before(end)).unwrap_or_default();
            let start = here.iter().map(|w| w.span.start).min().unwrap_or_default();
            let last = here.iter().map(|w| w.span.end).max().unwrap_or_default();
            Span::new(start, last)
        }
    }
}

/// The words that lie in a stretch of the transcript.
fn words_within(span: Span<plumbline_core::TranscriptTime>, placed: &[PlacedWord], map: &TimeMap) -> Option<(WordId, WordId)> {
    let here = map.map_span(span);
    let first = placed.iter().position(|w| w.span.start >= here.start)?;
    let inside = placed[first..].iter().take_while(|w| w.span.start < here.end);
    inside.last().map(|last| (placed[first].id, last.id.end()))
}
