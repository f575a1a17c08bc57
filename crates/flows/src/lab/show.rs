//! A run as it is looked at: by clip and variant, one clip under all of them, blind, and one variant against another.

use super::kit::{Given, Kit, shown};
use super::run::Models;
use super::versions::{known, used, version};
use super::view::{
    BlindPair, Bounded, ClipView, CompareView, GridCell, GridRow, GridView, LabMark, RawCall, SliceRow, Standing, VariantHead, Vote,
};
use crate::annotate::{lines, with_plan};
use crate::{Desk, Error, Result};
use plumbline_core::gate::GateId;
use plumbline_core::lab::{Board, Clip, ClipFacts, ClipSet, Guards, Record, Try, Variant, draw};
use plumbline_core::score::{Rules, judge};
use plumbline_core::tune::paired::Paired;
use plumbline_core::{Annotation, Span};
use plumbline_pipeline::asking::readable;
use plumbline_pipeline::models::Answer;
use plumbline_pipeline::stages::StageError;
use plumbline_pipeline::{Job, Runs};
use plumbline_project::views::Changed;
use plumbline_project::{LabVote, MediaId, Op, Project, Promotion};
use std::collections::HashMap;

/// Below it, speech stands too little out of what else is heard; in dB.
const NOISY_DB: f64 = 15.0;
/// Shots in the mean: below so many µs they are short, from so many on long.
const SHORT_SHOTS_US: i64 = 4_000_000;
const LONG_SHOTS_US: i64 = 15_000_000;

/// A run with its set and its truth.
struct Made {
    record: Record,
    set: ClipSet,
    position: i64,
    truth: Vec<Option<Vec<Annotation>>>,
}

impl Made {
    fn of(desk: &Desk<'_>, run: &str) -> Result<Self> {
        let project = desk.project();
        let record = project.run(run)?;
        let kept = project.clip_set(&record.plan.set)?;
        Ok(Self { truth: project.set_truth(&kept.id)?, record, set: kept.set, position: kept.position })
    }

    fn board(&self, desk: &Desk<'_>) -> Result<Board> {
        Ok(Board::new(&self.record, &self.set, &self.truth, &facts(desk, &self.set)?))
    }

    fn variant(&self, n: u32) -> Result<&Variant> {
        let wrong =
            || Error::File { path: self.record.plan.name.clone(), why: format!("it has no variant {}. Look at the run again", n + 1) };
        self.record.plan.variants.get(n as usize).ok_or_else(wrong)
    }

    /// A clip that may be looked at.
    fn clip(&self, n: u32) -> Result<&Clip> {
        let wrong = |why: &str| Error::File { path: self.set.name.clone(), why: why.to_owned() };
        match self.set.clips.get(n as usize) {
            None => Err(wrong(&format!("it has no clip {}. Look at the run again", n + 1))),
            Some(clip) if clip.holdout => Err(wrong("this clip is held out, and judges better while nobody has seen it")),
            Some(clip) => Ok(clip),
        }
    }

    fn tried(&self, clip: u32, variant: u32, repeat: u32) -> Option<&Try> {
        self.record.tries.iter().find(|t| (t.clip, t.variant, t.repeat) == (clip, variant, repeat))
    }

    fn truth(&self, clip: u32) -> Option<&[Annotation]> {
        self.truth.get(clip as usize)?.as_deref()
    }
}

/// The numbers of a run.
pub(super) fn board(desk: &Desk<'_>, run: &str) -> Result<Board> {
    Made::of(desk, run)?.board(desk)
}

/// The slices that each clip of a set belongs to.
fn facts(desk: &Desk<'_>, set: &ClipSet) -> Result<Vec<ClipFacts>> {
    let mut known = HashMap::new();
    let mut all = vec![];
    for clip in &set.clips {
        let media = MediaId(clip.media.clone());
        if !known.contains_key(&clip.media) {
            // A media that left the library still has its clips.
            let lines = lines(desk, &media).unwrap_or_default();
            known.insert(clip.media.clone(), (lines, desk.project().analysis(&media).unwrap_or_default()));
        }
        let Some((lines, analysis)) = known.get(&clip.media) else { continue };
        let mut slices = vec![];
        let mut spoken: HashMap<&str, i64> = HashMap::new();
        for line in lines {
            if let (Some(speaker), Some(here)) = (&line.speaker, line.span.overlap(clip.span())) {
                *spoken.entry(speaker).or_default() += (here.end - here.start).us();
            }
        }
        let speaker = spoken.into_iter().max_by_key(|(name, us)| (*us, std::cmp::Reverse(*name))).map_or("nobody", |(name, _)| name);
        slices.push(("speaker".to_owned(), speaker.to_owned()));
        if let Some(analysis) = analysis {
            slices.push(("shot length".into(), shot_length(&analysis.shots, clip).into()));
            let here = analysis
                .measures
                .iter()
                .zip(&analysis.spans)
                .filter(|(m, span)| m.gate == GateId::SignalToNoise && span.overlap(clip.span()).is_some());
            if let Some(worst) = here.map(|(m, _)| m.value).min_by(f64::total_cmp) {
                slices.push(("sound".into(), if worst < NOISY_DB { "noisy, under 15 dB" } else { "clean, 15 dB and more" }.into()));
            }
        }
        all.push(ClipFacts { slices });
    }
    Ok(all)
}

fn shot_length(shots: &[plumbline_core::MediaTime], clip: &Clip) -> &'static str {
    let cuts = shots.iter().filter(|at| clip.span().contains(**at)).count() as i64;
    match (clip.end - clip.start).us() / (cuts + 1) {
        us if us < SHORT_SHOTS_US => "short, under 4 s",
        us if us < LONG_SHOTS_US => "middling, 4 to 15 s",
        _ => "long, 15 s and more",
    }
}

fn bounded(paired: Paired) -> Bounded {
    Bounded { value: paired.mean, lower: paired.lower, upper: paired.upper }
}

/// A run by clip and variant, held against a baseline.
///
/// # Errors
/// Where the run is not known, or the project can't be read.
pub fn grid(desk: &Desk<'_>, run: &str, baseline: u32) -> Result<GridView> {
    let made = Made::of(desk, run)?;
    made.variant(baseline)?;
    let board = made.board(desk)?;
    let project = desk.project();
    let mut names: HashMap<&str, String> = HashMap::new();
    for clip in &made.set.clips {
        // A media that left the library is called by its id.
        names.entry(&clip.media).or_insert_with(|| known(&project, &clip.media).unwrap_or_else(|_| clip.media.clone()));
    }
    let variants = made.record.plan.variants.iter().enumerate().map(|(n, variant)| {
        let label = version(&project, &variant.version).map_or_else(|_| variant.version.clone(), |(_, v)| v.label());
        head(&board, n as u32, baseline, variant, label)
    });
    let row = |n: u32| {
        let clip = &made.set.clips[n as usize];
        GridRow {
            clip: n,
            media: clip.media.clone(),
            name: names.get(clip.media.as_str()).cloned().unwrap_or_default(),
            start_us: clip.start.us(),
            end_us: clip.end.us(),
            truths: made.truth(n).map_or(0, |all| all.iter().filter(|a| made.set.counts(&a.label)).count() as u32),
            cells: (0..made.record.plan.variants.len() as u32).map(|variant| cell(&board, n, variant, baseline)).collect(),
        }
    };
    let asked = board.asked();
    Ok(GridView {
        run: run.to_owned(),
        name: made.record.plan.name.clone(),
        baseline,
        variants: variants.collect(),
        rows: board.order(baseline).into_iter().map(row).collect(),
        holdout: made.set.clips.iter().filter(|clip| clip.holdout).count() as u32,
        repeats: made.record.plan.repeats,
        truth: made.position,
        kept: asked.kept,
        calls: asked.calls,
        paid: asked.paid,
        notes: board.notes().to_vec(),
    })
}

fn head(board: &Board, n: u32, baseline: u32, variant: &Variant, label: String) -> VariantHead {
    let head = board.heads().get(n as usize).cloned().unwrap_or_default();
    let score = head.score.as_ref();
    VariantHead {
        label,
        version: variant.version.clone(),
        model: variant.model.clone(),
        temperature: variant.temperature,
        f1: head.f1.map(bounded),
        precision: score.map(|s| s.precision()),
        recall: score.map(|s| s.recall()),
        time_iou: score.and_then(|s| s.time_iou()),
        region_iou: score.and_then(|s| s.region_iou()),
        text: score.and_then(|s| s.text()),
        unsupported: head.unsupported,
        stability: head.stability,
        misfits: head.misfits,
        unanswered: head.unanswered,
        calls: head.calls,
        latency_ms: head.latency_ms,
        latency_p95_ms: head.latency_p95_ms,
        cost: head.cost,
        difference: if n == baseline { None } else { board.difference(baseline, n).map(bounded) },
        on_front: head.on_front,
    }
}

fn cell(board: &Board, clip: u32, variant: u32, baseline: u32) -> GridCell {
    let Some(cell) = board.cell(clip, variant) else { return GridCell::default() };
    GridCell {
        f1: cell.f1,
        difference: if variant == baseline { None } else { board.gain(clip, baseline, variant) },
        matched: cell.first.matched,
        extra: cell.first.extra,
        missed: cell.first.missed,
        misfits: cell.misfits,
        unanswered: cell.unanswered,
        latency_ms: cell.latency_ms,
        cost: cell.cost,
        repeats: cell.repeats,
    }
}

/// The truth and what was found as they are drawn, and which of the truth was missed. What does not count in the set is left out.
pub(super) fn marks(
    truth: Option<&[Annotation]>,
    found: &[Annotation],
    clip: &Clip,
    set: &ClipSet,
) -> (Vec<LabMark>, Vec<LabMark>, Vec<u32>) {
    let Some(truth) = truth else {
        return (vec![], found.iter().map(|a| mark(a, Standing::Unjudged)).collect(), vec![]);
    };
    let judged = judge(truth, found, clip.span(), set, &Rules::default());
    let mut true_at: Vec<usize> = judged.pairs.iter().map(|p| p.truth).chain(judged.missed.iter().copied()).collect();
    let mut found_at: Vec<usize> = judged.pairs.iter().map(|p| p.found).chain(judged.extra.iter().copied()).collect();
    true_at.sort_unstable();
    found_at.sort_unstable();
    let place = |all: &[usize], n: usize| all.binary_search(&n).ok().map(|n| n as u32);
    let of_truth = true_at.iter().map(|n| match judged.pairs.iter().find(|p| p.truth == *n) {
        Some(pair) => LabMark { partner: place(&found_at, pair.found), ..mark(&truth[*n], Standing::Matched) },
        None => mark(&truth[*n], Standing::Missed),
    });
    let of_found = found_at.iter().map(|n| match judged.pairs.iter().find(|p| p.found == *n) {
        Some(pair) => LabMark { partner: place(&true_at, pair.truth), ..mark(&found[*n], Standing::Matched) },
        None => mark(&found[*n], Standing::Extra),
    });
    let missed = judged.missed.iter().filter_map(|n| place(&true_at, *n)).collect();
    (of_truth.collect(), of_found.collect(), missed)
}

fn mark(a: &Annotation, standing: Standing) -> LabMark {
    LabMark {
        start_us: a.span.start.us(),
        end_us: a.span.end.us(),
        region: a.region,
        label: a.label.clone(),
        text: a.text.clone(),
        confidence: a.confidence,
        standing,
        partner: None,
    }
}

/// A clip under all variants.
///
/// # Errors
/// Where the run is not known, or the clip is held out.
pub fn clip_view(desk: &Desk<'_>, run: &str, clip: u32, repeat: u32) -> Result<ClipView> {
    let made = Made::of(desk, run)?;
    let at = made.clip(clip)?;
    let of = |variant: u32| {
        let found = made.tried(clip, variant, repeat).map_or(&[][..], |t| &t.annotations);
        marks(made.truth(clip), found, at, &made.set)
    };
    let all: Vec<_> = (0..made.record.plan.variants.len() as u32).map(of).collect();
    let truth = all.first().map(|(truth, ..)| truth.clone()).unwrap_or_default();
    let (variants, missed) = all.into_iter().map(|(_, found, missed)| (found, missed)).unzip();
    Ok(ClipView { media: at.media.clone(), start_us: at.start.us(), end_us: at.end.us(), truth, variants, missed })
}

/// Questions and answers of a try.
///
/// # Errors
/// Where the run, its version or its model is not known, the clip is held out, or the ledger can't be read.
pub fn raw_calls(
    desk: &Desk<'_>,
    run: &str,
    (clip, variant, repeat): (u32, u32, u32),
    models: Models,
    runs: &dyn Runs,
    job: &Job,
) -> Result<Vec<RawCall>> {
    let made = Made::of(desk, run)?;
    let (at, wanted) = (made.clip(clip)?, made.variant(variant)?);
    let Some(tried) = made.tried(clip, variant, repeat) else { return Ok(vec![]) };
    let (_, version) = version(&desk.project(), &wanted.version)?;
    let unknown = || Error::File { path: made.record.plan.name.clone(), why: format!("nothing is known of the model {}", wanted.model) };
    let given = Given { question: made.record.plan.question.clone(), schema: made.record.plan.schema.clone() };
    let kit = Kit::new(&version, models(&wanted.model).ok_or_else(unknown)?, wanted.temperature, &given)?;
    raw(desk, &kit, at, tried, runs, job)
}

/// Questions and answers of a try. Questions are written anew, from the same version.
pub(super) fn raw(desk: &Desk<'_>, kit: &Kit, clip: &Clip, tried: &Try, runs: &dyn Runs, job: &Job) -> Result<Vec<RawCall>> {
    let examples = shown(desk, kit, clip, job)?;
    let requests = with_plan(desk, &MediaId(clip.media.clone()), kit.asking(&examples), job, |plan, _| {
        Ok(plan
            .requests(Some(clip.span()), &desk.ports)?
            .into_iter()
            .map(|(span, r)| (span, plan.key(&r, tried.repeat), readable(&r)))
            .collect())
    });
    let requests: Vec<(Span<_>, String, String)> = match requests {
        Err(Error::Cancelled(cancelled)) => return Err(cancelled.into()),
        other => other.unwrap_or_default(),
    };
    let one = |call: &plumbline_core::lab::Called| -> Result<RawCall> {
        let kept = runs.answer(&call.key).map_err(StageError::from)?;
        let answer = kept.and_then(|bytes| serde_json::from_slice::<Answer>(&bytes).ok()).map_or_else(String::new, |answer| answer.text);
        let request = match requests.iter().find(|(span, ..)| *span == call.span) {
            Some((_, key, text)) if *key == call.key => text.clone(),
            Some((_, _, text)) => format!(
                "(Written anew, it differs from what was sent: a first answer was given back to be mended, or the transcript changed since.)\n\n{text}"
            ),
            None => "It can't be written again: its media, or the frames that were shown, are not there any more.".to_owned(),
        };
        Ok(RawCall {
            start_us: call.span.start.us(),
            end_us: call.span.end.us(),
            request,
            answer,
            latency_ms: call.latency_ms,
            cost: call.cost,
            input_tokens: call.input_tokens,
            output_tokens: call.output_tokens,
            from_cache: call.from_cache,
        })
    };
    tried.calls.iter().map(one).collect()
}

/// Whether the sides of a pair are turned round: the same for everybody who looks at it, and not to be guessed.
fn turned(run: &str, clip: u32) -> bool {
    blake3::hash(format!("pair {run} {clip}").as_bytes()).as_bytes()[0] & 1 == 1
}

/// A clip that this person did not vote on yet, by two variants in an order that is not told; none where none is left. They come in a drawn order.
///
/// # Errors
/// Where the run is not known.
pub fn blind_pair(desk: &Desk<'_>, run: &str, one: u32, other: u32) -> Result<Option<BlindPair>> {
    let made = Made::of(desk, run)?;
    made.variant(one)?;
    made.variant(other)?;
    let clips: Vec<u32> = (0..made.set.clips.len() as u32)
        .filter(|n| !made.set.clips[*n as usize].holdout && made.tried(*n, one, 0).is_some() && made.tried(*n, other, 0).is_some())
        .collect();
    let pair = (one.min(other), one.max(other));
    let voted: Vec<u32> = {
        let mine = desk.by.name().to_owned();
        let votes = desk.project().votes(run)?;
        votes.into_iter().filter(|v| (v.one, v.other) == pair && v.by == mine).map(|v| v.clip).collect()
    };
    let names: Vec<String> = clips.iter().map(u32::to_string).collect();
    let order = (1..=clips.len()).find_map(|count| {
        let drawn = draw(&names, count, run);
        drawn.into_iter().map(|n| clips[n]).find(|clip| !voted.contains(clip))
    });
    let Some(n) = order else { return Ok(None) };
    let clip = made.clip(n)?;
    let side = |variant: u32| {
        let found = made.tried(n, variant, 0).map_or(&[][..], |t| &t.annotations);
        let counted = found.iter().filter(|a| made.set.counts(&a.label));
        counted.map(|a| mark(a, Standing::Unjudged)).collect::<Vec<LabMark>>()
    };
    let (a, b) = if turned(run, n) { (side(other), side(one)) } else { (side(one), side(other)) };
    let name = known(&desk.project(), &clip.media).unwrap_or_else(|_| clip.media.clone());
    let (start_us, end_us) = (clip.start.us(), clip.end.us());
    Ok(Some(BlindPair {
        clip: n,
        media: clip.media.clone(),
        name,
        start_us,
        end_us,
        a,
        b,
        voted: voted.len() as u32,
        of: clips.len() as u32,
    }))
}

/// Says which side of a pair is better.
///
/// # Errors
/// Where the run is not known, or the project can't be written.
pub fn vote(desk: &Desk<'_>, run: &str, (one, other): (u32, u32), clip: u32, vote: Vote) -> Result<Changed> {
    let vote = match (vote, turned(run, clip)) {
        (Vote::Tie, _) => LabVote::Tie,
        (Vote::A, false) | (Vote::B, true) => LabVote::One,
        (Vote::B, false) | (Vote::A, true) => LabVote::Other,
    };
    Ok(desk.project().apply(Op::Vote { run: run.to_owned(), clip, one, other, vote: Some(vote) }, &desk.by)?)
}

/// One variant against another, with what it would take to promote it.
///
/// # Errors
/// Where the run is not known.
pub fn compare(desk: &Desk<'_>, run: &str, baseline: u32, candidate: u32) -> Result<CompareView> {
    let made = Made::of(desk, run)?;
    made.variant(baseline)?;
    made.variant(candidate)?;
    let mut told = made.board(desk)?.compare(baseline, candidate, &Guards::default());
    let project = desk.project();
    for why in against(&project, &made, baseline)? {
        told.promote = false;
        told.reasons.push(why);
    }
    let pair = (baseline.min(candidate), baseline.max(candidate));
    let mut votes = (0, 0, 0);
    for vote in project.votes(run)?.into_iter().filter(|v| (v.one, v.other) == pair) {
        match if baseline < candidate { vote.vote } else { vote.vote.turned() } {
            LabVote::One => votes.0 += 1,
            LabVote::Other => votes.1 += 1,
            LabVote::Tie => votes.2 += 1,
        }
    }
    let slice = |s: plumbline_core::lab::Slice| SliceRow {
        by: s.by,
        name: s.name,
        clips: s.clips,
        baseline: s.baseline,
        candidate: s.candidate,
        difference: s.difference.map(bounded),
        guarded: s.guarded,
        fell: s.fell,
    };
    Ok(CompareView {
        baseline,
        candidate,
        clips: told.clips,
        media: told.media,
        difference: told.difference.map(bounded),
        smallest: told.smallest,
        only_baseline: told.only_baseline,
        only_candidate: told.only_candidate,
        p: told.p,
        slices: told.slices.into_iter().map(slice).collect(),
        holdout: told.holdout,
        holdout_agrees: told.holdout_agrees,
        votes,
        promote: told.promote,
        reasons: told.reasons,
        gates: project.promises_ended_by_promotion()?,
    })
}

/// What stands against promoting by the numbers of a run, whatever they are: who could stop a run when it looks good, or choose what is beaten, could promote
/// anything.
fn against(project: &Project, made: &Made, baseline: u32) -> Result<Vec<String>> {
    let mut all = vec![];
    let plan = &made.record.plan;
    let whole = made.record.tries.iter().filter(|t| t.unanswered.is_empty()).count();
    let of = made.set.clips.len() * plan.variants.len() * plan.repeats as usize;
    if whole < of {
        all.push(format!("Only {whole} of {of} tries have all their answers: go on with the run first."));
    }
    let held = made.variant(baseline)?;
    let task = version(project, &held.version)?.1.prompt.task;
    let in_use = used(project, task)?;
    let promoted = project.promoted(task)?.map(|kept| kept.what);
    let same = match &promoted {
        Some(p) => p.version == held.version && p.model == held.model && p.temperature == held.temperature,
        None => in_use.id() == held.version,
    };
    if !same {
        all.push(format!("The baseline is not what the task is done with now, which is {}.", in_use.label()));
    }
    Ok(all)
}

/// Has its task done with a variant from now on.
///
/// # Errors
/// Where the numbers do not carry it and no reason is given, the run is not known, or the project can't be written.
pub fn promote(desk: &Desk<'_>, run: &str, baseline: u32, candidate: u32, reason: &str) -> Result<Changed> {
    let told = compare(desk, run, baseline, candidate)?;
    let made = Made::of(desk, run)?;
    let variant = made.variant(candidate)?;
    let reason = Some(reason.trim().to_owned()).filter(|reason| !reason.is_empty());
    let mut project = desk.project();
    let (id, version) = version(&project, &variant.version)?;
    if !told.promote && reason.is_none() {
        let why = format!("the numbers do not carry it: {} Write down a reason to promote it all the same", told.reasons.join(" "));
        return Err(Error::File { path: version.label(), why });
    }
    let promotion = Promotion {
        task: version.prompt.task,
        version: id,
        model: variant.model.clone(),
        temperature: variant.temperature,
        run: Some(run.to_owned()),
        says: told.reasons.join(" "),
        reason,
    };
    Ok(project.apply(Op::Promote(promotion), &desk.by)?)
}
