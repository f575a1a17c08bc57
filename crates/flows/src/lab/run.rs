//! Making runs: each variant asked about each clip, through the stage that annotates.

use super::kit::{Given, Kit, shown};
use super::show::board;
use super::versions::version;
use super::view::RunEstimate;
use crate::annotate::with_plan;
use crate::{Desk, Error, Result};
use plumbline_core::Annotation;
use plumbline_core::analytics;
use plumbline_core::crossmodal::{self, Spoken};
use plumbline_core::lab::{Clip, ClipSet, Record, RunPlan, Spread, Try, smallest};
use plumbline_core::models::{Model, Money};
use plumbline_pipeline::asking::request_tokens;
use plumbline_pipeline::calls::{CallError, Caller};
use plumbline_pipeline::stages::StageError;
use plumbline_pipeline::stages::annotate::Pace;
use plumbline_pipeline::{Job, Runs};
use plumbline_project::{MediaId, Op};
use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// A tenth of what was reckoned and so many tokens more are held back of a call.
const MARGIN: u64 = 200;
/// So often a run is kept on its way.
const KEPT_TIMES: usize = 8;
/// So many earlier runs tell how far differences lie apart.
const RUNS: usize = 3;
/// A text about speech is supported where so large a share of its words is said or shown.
const SUPPORTED: f64 = 0.5;

/// Who asks a model.
#[derive(Clone, Copy)]
pub struct Asker<'a> {
    /// The model.
    pub model: &'a Model,
    /// The way to it.
    pub caller: &'a Caller<'a>,
    /// So many requests at once.
    pub at_once: usize,
}

/// What a run works on: its set, its plan, and a kit for each variant.
struct Bench {
    set: ClipSet,
    plan: RunPlan,
    kits: Vec<Kit>,
}

/// The models that can be asked, by id.
pub type Models<'a> = &'a dyn Fn(&str) -> Option<&'a Model>;

impl Bench {
    fn new(desk: &Desk<'_>, plan: &RunPlan, models: Models) -> Result<Self> {
        let wrong = |why: &str| Error::File { path: plan.name.clone(), why: why.to_owned() };
        if plan.variants.is_empty() || plan.repeats == 0 {
            return Err(wrong("a run asks at least one variant once. Choose a version and a model"));
        }
        let project = desk.project();
        let given = Given { question: plan.question.clone(), schema: plan.schema.clone() };
        let mut kits = vec![];
        for variant in &plan.variants {
            let (_, version) = version(&project, &variant.version)?;
            let model = models(&variant.model).ok_or_else(|| {
                wrong(&format!("nothing is known of the model {}. Choose another, or add it to your own models", variant.model))
            })?;
            kits.push(Kit::new(&version, model, variant.temperature, &given)?);
        }
        Ok(Self { set: project.clip_set(&plan.set)?.set, plan: plan.clone(), kits })
    }

    /// All tries, those of one clip beside each other.
    fn tries(&self) -> impl Iterator<Item = (u32, u32, u32)> + '_ {
        let (clips, variants) = (self.set.clips.len() as u32, self.kits.len() as u32);
        (0..clips).flat_map(move |c| (0..variants).flat_map(move |v| (0..self.plan.repeats).map(move |r| (c, v, r))))
    }

    fn at(&self, (clip, variant, _): (u32, u32, u32)) -> (&Clip, &Kit) {
        (&self.set.clips[clip as usize], &self.kits[variant as usize])
    }
}

/// What a run comes to, and what its set could show. Nothing is sent.
///
/// # Errors
/// Where a version, a model or the set is not known, the pictures can't be decoded, the ledger can't be read, or the job was cancelled.
pub fn estimate_run(desk: &Desk<'_>, plan: &RunPlan, models: Models, runs: &dyn Runs, job: &Job) -> Result<RunEstimate> {
    let bench = Bench::new(desk, plan, models)?;
    let priced = bench.kits.iter().all(|kit| kit.model.price.is_some());
    let mut all = RunEstimate { at_most: priced.then(Money::default), ..RunEstimate::default() };
    let (mut seen, total) = (HashSet::new(), bench.set.clips.len() * bench.kits.len());
    for (n, (clip, kit)) in bench.set.clips.iter().flat_map(|clip| bench.kits.iter().map(move |kit| (clip, kit))).enumerate() {
        job.step("reckoning", n as u64, Some(total as u64))?;
        all.tries += plan.repeats;
        let counted = count(desk, kit, clip, plan.repeats, (&mut all, &mut seen), runs, &job.aside());
        match counted {
            Err(Error::Cancelled(cancelled)) => return Err(cancelled.into()),
            Err(error) => {
                let said = error.to_string();
                if !all.failures.contains(&said) {
                    all.failures.push(said);
                }
            }
            Ok(()) => {}
        }
    }
    let measured = spread(desk, plan)?;
    // Clips that nobody stands by are shown and never scored.
    let truth = desk.project().set_truth(&plan.set)?;
    let scored = bench.set.clips.iter().zip(truth).filter(|(_, truth)| truth.is_some()).map(|(clip, _)| clip.clone());
    let set = ClipSet { clips: scored.collect(), ..bench.set.clone() };
    match smallest(&set, &measured.unwrap_or_default(), plan.variants.len()) {
        Ok(smallest) => (all.smallest, all.power) = (Some(smallest.difference), smallest.sentence(measured.is_some())),
        Err(why) => all.power = why.to_string(),
    }
    Ok(all)
}

/// How far differences lay apart in the newest runs over the same set, or over any.
fn spread(desk: &Desk<'_>, plan: &RunPlan) -> Result<Option<Spread>> {
    let runs = desk.project().runs()?;
    let same: Vec<_> = runs.iter().filter(|run| run.plan.set == plan.set).collect();
    let looked_at = if same.is_empty() { runs.iter().collect() } else { same };
    let mut spreads = vec![];
    for run in looked_at.into_iter().take(RUNS) {
        let board = board(desk, &run.id)?;
        spreads.extend((1..run.plan.variants.len() as u32).filter_map(|variant| board.spread(0, variant)));
    }
    Ok(Spread::over(&spreads))
}

/// Tokens to read as money is held back for them.
pub(super) fn with_margin(tokens: u32) -> u64 {
    u64::from(tokens) + u64::from(tokens) / 10 + MARGIN
}

fn count(
    desk: &Desk<'_>,
    kit: &Kit,
    clip: &Clip,
    repeats: u32,
    (all, seen): (&mut RunEstimate, &mut HashSet<String>),
    runs: &dyn Runs,
    job: &Job,
) -> Result<()> {
    let examples = shown(desk, kit, clip, job)?;
    with_plan(desk, &MediaId(clip.media.clone()), kit.asking(&examples), job, |plan, _| {
        for (_, request) in plan.requests(Some(clip.span()), &desk.ports)? {
            let input = request_tokens(&request, &kit.model);
            for repeat in 0..repeats {
                let key = plan.key(&request, repeat);
                let kept = runs.answer(&key).map_err(StageError::from)?.is_some();
                // Two clips may lie in one window: it is asked about once.
                let is_new = seen.insert(key);
                all.calls += 1;
                if kept || !is_new {
                    all.kept += 1;
                    continue;
                }
                all.input_tokens += u64::from(input);
                all.output_tokens += u64::from(request.max_tokens);
                let price = kit.model.price.unwrap_or_default();
                all.at_most = all.at_most.map(|sum| sum + price.at_most(with_margin(input), request.max_tokens));
            }
        }
        Ok(())
    })
}

/// Asks about a clip once: what was found in it, and what that cost now. Called from many threads at once.
pub(super) fn tried(
    desk: &Desk<'_>,
    kit: &Kit,
    clip: &Clip,
    (number, variant, repeat): (u32, u32, u32),
    asker: &Asker,
    job: &Job,
) -> Result<(Try, Money)> {
    let media = MediaId(clip.media.clone());
    let examples = shown(desk, kit, clip, job)?;
    let pace = Pace { at_once: asker.at_once, stream: false, fresh: false, repeat };
    with_plan(desk, &media, kit.asking(&examples), job, |plan, _| {
        let mut annotated = plan.run(Some(clip.span()), asker.caller, pace, &desk.ports, job)?;
        // A moment without length lies in the clip where it begins there.
        annotated.annotations.retain(|a| a.span.overlap(clip.span()).is_some() || clip.span().contains(a.span.start));
        let unsupported = unsupported(desk, &media, &mut annotated.annotations)?;
        let why = |n: &plumbline_pipeline::stages::annotate::Unanswered| format!("{} to {}: {}", n.span.start, n.span.end, n.why);
        let unanswered = annotated.unanswered.iter().map(why).collect();
        let tried =
            Try { clip: number, variant, repeat, annotations: annotated.annotations, unsupported, unanswered, calls: annotated.calls };
        Ok((tried, annotated.cost))
    })
}

/// Links annotations to the words that they go with; how many say something that nobody says and that stands nowhere in the picture.
fn unsupported(desk: &Desk<'_>, media: &MediaId, annotations: &mut [Annotation]) -> Result<u32> {
    let (placed, known, language) = {
        let project = desk.project();
        let language = project.transcript(media)?.map(|t| analytics::language(&t)).unwrap_or_default();
        (project.placed(media)?, project.annotations(media)?.annotations, language)
    };
    let (spoken, on_screen) = (Spoken::new(&placed), crossmodal::Shown::new(&known));
    crossmodal::link_all(annotations, &spoken);
    let is_unsupported = |a: &Annotation| match crossmodal::quote(a) {
        Some(_) => a.words.is_none(),
        None if crossmodal::is_about_speech(a) => {
            crossmodal::share(a, &spoken, &on_screen, &language).is_some_and(|share| share < SUPPORTED)
        }
        None => false,
    };
    Ok(annotations.iter().filter(|a| is_unsupported(a)).count() as u32)
}

/// An id for a run.
fn new_run() -> Result<String> {
    let mut bytes = [0u8; 8];
    getrandom::fill(&mut bytes)
        .map_err(|e| Error::File { path: "Run".into(), why: format!("this machine gives no random numbers: {e}") })?;
    Ok(bytes.iter().map(|b| format!("{b:02x}")).collect())
}

/// Puts a run in the list before anything is paid for, so that it can be looked at and what is stopped can go on; one that is there goes on by its own plan.
/// Its id and its plan.
///
/// # Errors
/// Where the set, a version or a model is not known, nothing can be asked with one, or the project can't be written.
pub fn begin(desk: &Desk<'_>, plan: RunPlan, run: Option<String>, models: Models) -> Result<(String, RunPlan)> {
    if let Some(id) = run {
        let plan = desk.project().run(&id)?.plan;
        return Ok((id, plan));
    }
    // What can't be asked is said before anything stands in the list.
    Bench::new(desk, &plan, models)?;
    let id = new_run()?;
    keep(desk, &id, &plan, vec![])?;
    Ok((id, plan))
}

/// Makes a run that was begun, or goes on with it: tries that it has are not made again, and answers that were paid for are not paid for again. What was tried is kept
/// also where it ends early. What it paid.
///
/// # Errors
/// Where a version, a model or the set is not known, no call would succeed, or the job was cancelled.
pub fn run(desk: &Desk<'_>, id: &str, plan: &RunPlan, askers: &[Asker], job: &Job) -> Result<Money> {
    let model = |id: &str| askers.iter().find(|asker| asker.model.id == id).map(|asker| asker.model);
    let bench = Bench::new(desk, plan, &model)?;
    // A try that lacks an answer is made again: what was answered is kept, and what a broken line left out is asked for.
    let whole = |t: &Try| t.unanswered.is_empty().then(|| place(t));
    let made: HashSet<_> = desk.project().run(id)?.tries.iter().filter_map(whole).collect();
    let wanted: Vec<_> = bench.tries().filter(|at| !made.contains(at)).collect();
    prepare(desk, &bench, &wanted, job)?;
    let done = all(desk, id, &bench, &wanted, askers, job);
    keep(desk, id, plan, done.tries)?;
    done.ended.map_or(Ok(done.paid), Err)
}

fn place(t: &Try) -> (u32, u32, u32) {
    (t.clip, t.variant, t.repeat)
}

/// Chooses and keeps the frames that will be shown, one media after the other: threads would decode the same file side by side.
fn prepare(desk: &Desk<'_>, bench: &Bench, wanted: &[(u32, u32, u32)], job: &Job) -> Result<()> {
    let mut seen = HashSet::new();
    let distinct: Vec<_> = wanted.iter().filter(|(c, v, _)| seen.insert((&bench.set.clips[*c as usize].media, *v))).collect();
    for (n, at) in distinct.iter().enumerate() {
        job.step("choosing frames", n as u64, Some(distinct.len() as u64))?;
        let (clip, kit) = bench.at(**at);
        // What can't be read is told by its own try.
        let planned = shown(desk, kit, clip, &job.aside())
            .and_then(|examples| with_plan(desk, &MediaId(clip.media.clone()), kit.asking(&examples), &job.aside(), |_, _| Ok(())));
        if let Err(Error::Cancelled(cancelled)) = planned {
            return Err(cancelled.into());
        }
    }
    Ok(())
}

/// What came of the tries so far.
#[derive(Default)]
struct Done {
    /// Those that are not kept yet.
    tries: Vec<Try>,
    count: usize,
    paid: Money,
    /// Models that nobody can ask any more.
    over: Vec<String>,
    /// What ended the run, or the part of it that asks a model.
    ended: Option<Error>,
}

/// Makes the tries, and keeps them now and then.
fn all(desk: &Desk<'_>, id: &str, bench: &Bench, wanted: &[(u32, u32, u32)], askers: &[Asker], job: &Job) -> Done {
    let next = AtomicUsize::new(0);
    let done: Mutex<Done> = Mutex::default();
    let lock = || done.lock().unwrap_or_else(PoisonError::into_inner);
    // Each keeping writes the run anew into the log, which keeps everything.
    let portion = (wanted.len() / KEPT_TIMES).max(1);
    let work = || {
        while let Some(at) = wanted.get(next.fetch_add(1, Ordering::Relaxed)) {
            let model = &bench.at(*at).1.model.id;
            let (count, over) = {
                let done = lock();
                (done.count, done.over.contains(model))
            };
            if over {
                continue;
            }
            let step = job.step("asking the models", count as u64, Some(wanted.len() as u64));
            let tried = step.map_err(Error::from).and_then(|()| one(desk, bench, *at, askers, &job.aside()));
            let mut done = lock();
            match tried {
                Ok((tried, paid)) => {
                    done.tries.push(tried);
                    (done.count, done.paid) = (done.count + 1, done.paid + paid);
                    if done.count % portion == 0 {
                        let tries = std::mem::take(&mut done.tries);
                        if let Err(error) = keep(desk, id, &bench.plan, tries) {
                            next.store(wanted.len(), Ordering::Relaxed);
                            done.ended.get_or_insert(error);
                        }
                    }
                }
                // The first error says why; others only that the model was not asked.
                Err(error) => {
                    match is_of_model(&error) {
                        true => done.over.push(model.clone()),
                        false => next.store(wanted.len(), Ordering::Relaxed),
                    }
                    done.ended.get_or_insert(error);
                }
            }
        }
    };
    let threads = askers.iter().map(|asker| asker.at_once).max().unwrap_or(1).clamp(1, wanted.len().max(1));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    done.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// Whether other models may be asked all the same: not where the person stopped it, or the ledger or the cap did.
fn is_of_model(error: &Error) -> bool {
    match error {
        Error::Stage(StageError::Call(call)) => !matches!(call, CallError::Cancelled(_) | CallError::Runs(_)),
        _ => false,
    }
}

/// One try. A clip that can't be read, or a prompt that can't be written for it, takes nothing from the others: it is a try without answers.
fn one(desk: &Desk<'_>, bench: &Bench, at: (u32, u32, u32), askers: &[Asker], job: &Job) -> Result<(Try, Money)> {
    let (clip, kit) = bench.at(at);
    let Some(asker) = askers.iter().find(|asker| asker.model.id == kit.model.id) else {
        return Err(Error::File { path: bench.plan.name.clone(), why: format!("nobody asks {}", kit.model.id) });
    };
    // Clips are asked about side by side; the windows of one come after one another.
    match tried(desk, kit, clip, at, &Asker { at_once: 1, ..*asker }, job) {
        Err(error @ (Error::Media(_) | Error::Project(_) | Error::Stage(StageError::Media(_) | StageError::Prompt(_)))) => {
            Ok((nothing(at, &error.to_string()), Money::default()))
        }
        other => other,
    }
}

fn nothing((clip, variant, repeat): (u32, u32, u32), why: &str) -> Try {
    Try { clip, variant, repeat, annotations: vec![], unsupported: 0, unanswered: vec![why.to_owned()], calls: vec![] }
}

/// Puts tries to those that the run has, each in place of the one before it.
fn keep(desk: &Desk<'_>, id: &str, plan: &RunPlan, tries: Vec<Try>) -> Result<()> {
    let mut project = desk.project();
    let known = if project.runs()?.iter().any(|kept| kept.id == id) { project.run(id)?.tries } else { vec![] };
    let mut by_place: BTreeMap<(u32, u32, u32), Try> = known.into_iter().map(|t| (place(&t), t)).collect();
    by_place.extend(tries.into_iter().map(|t| (place(&t), t)));
    let thresholds = project.thresholds()?.version;
    let (plan, code, tries) = (plan.clone(), env!("CARGO_PKG_VERSION").to_owned(), by_place.into_values().collect());
    project.apply(Op::KeepRun { id: id.to_owned(), record: Record { plan, code, thresholds, tries } }, &desk.by)?;
    Ok(())
}
