//! Asks a model about a media, window by window, and puts together what it says.
//!
//! Answers are kept by the caller under the key of their question, so that a run that was stopped goes on where it was.

use super::clip::{self, Clip};
use super::{MediaFile, Ports, StageError, frames, shots};
use crate::asking::{Asking, FrameText, LineText, MediaText, PartText, Scene, request_tokens};
use crate::calls::{About, Asked, CallError, Caller, request_key};
use crate::job::Job;
use crate::models::{Answer, Part, Request, Usage};
use plumbline_core::crossmodal::CONTRADICTION;
use plumbline_core::frames::{KeptFrame, Wish};
use plumbline_core::lab::Called;
use plumbline_core::models::{Money, Price, Regions, Task, text_tokens};
use plumbline_core::prompt::{Answered, Frames, found};
use plumbline_core::windows::{Likeness, Said, Shown, Stitched, Window, split, stitch};
use plumbline_core::{Annotation, Delta, MediaTime, Span};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// What is told of a line beside its words: its time and who says it.
const LINE_TOKENS: u32 = 14;
/// What stands in a request beside what is counted: the service's own marks.
const MARGIN: u32 = 200;
/// A picture that nothing follows stands for so long at most.
const LAST_FRAME: Delta = Delta::from_us(5_000_000);
/// Edge of pictures for models of which none is known.
const USUAL_EDGE: u32 = 1_568;

/// A line that is said, placed on the media's clock.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// When.
    pub span: Span<MediaTime>,
    /// Who says it.
    pub speaker: Option<String>,
    /// Its words.
    pub text: String,
}

/// The media that is asked about.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// Its file.
    pub file: MediaFile<'a>,
    /// Its id, for the ledger.
    pub media: &'a str,
    /// Its name.
    pub name: &'a str,
    /// What is said, in order.
    pub lines: &'a [Line],
    /// What a recogniser says of toxic speech, in order.
    pub toxicity: &'a [Line],
}

/// What will be asked.
pub struct Plan<'a> {
    subject: Subject<'a>,
    asking: Asking<'a>,
    duration: MediaTime,
    frames: Vec<KeptFrame>,
    /// What each frame stands for.
    spans: Vec<Span<MediaTime>>,
    windows: Vec<Window>,
    /// The video of each window, where video is sent.
    clips: Vec<Clip>,
    validator: jsonschema::Validator,
}

/// How it is asked.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// So many windows at once.
    pub at_once: usize,
    /// Let answers come in pieces.
    pub stream: bool,
    /// Ask anew, although there are answers.
    pub fresh: bool,
    /// Which time it is asked, from 0: each has answers of its own.
    pub repeat: u32,
}

/// What it comes to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Estimate {
    /// Windows.
    pub windows: usize,
    /// Frames that are shown, those of overlaps twice.
    pub frames: usize,
    /// Questions whose answers are kept already; neighbours may change those of others.
    pub kept: usize,
    /// Tokens that are sent, about.
    pub input_tokens: u64,
    /// Tokens that come back at most.
    pub output_tokens: u64,
    /// What it costs at most; none where the model's price is not known.
    pub at_most: Option<Money>,
    /// What it costs at most beside to hold what is told of speech against what is said by what both mean; none where that price is not known.
    pub comparing: Option<Money>,
    /// How each document of the media goes along, as clauses: `slides.pdf: as it is`.
    pub documents: Vec<String>,
}

impl Estimate {
    /// All of it at most; none where a price is not known.
    pub fn total(&self) -> Option<Money> {
        self.at_most.zip(self.comparing).map(|(asking, comparing)| asking + comparing)
    }
}

/// An answer that can tell of speech.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Telling {
    /// What it is about.
    pub span: Span<MediaTime>,
    /// So many annotations about speech it holds at most.
    pub most: u32,
    /// It has so many tokens at most.
    pub tokens: u32,
}

/// A window that has no answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Unanswered {
    /// The part that it answers for.
    pub span: Span<MediaTime>,
    /// Why, as a sentence.
    pub why: String,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Annotated {
    /// The annotations, by time.
    pub annotations: Vec<Annotation>,
    /// Windows that have no answer, by time; asked again, the others are not paid for again.
    pub unanswered: Vec<Unanswered>,
    /// What windows do not agree on, as sentences.
    pub contradictions: Vec<String>,
    /// Windows.
    pub windows: usize,
    /// Windows whose answers were kept from before.
    pub from_cache: usize,
    /// What the answers cost that were not.
    pub cost: Money,
    /// The questions about windows, by time.
    pub calls: Vec<Called>,
}

/// Answer of a window.
struct Told {
    summary: String,
    annotations: Vec<Annotation>,
    cost: Money,
    call: Called,
}

/// A window without an answer, and what was asked all the same.
struct Untold {
    why: String,
    cost: Money,
    call: Called,
}

/// What will be asked about a media: its frames are chosen and encoded, nothing is sent.
///
/// # Errors
/// Where its pictures can't be decoded, the prompt or the user's schema can't be used, or the job was cancelled.
pub fn plan<'a>(subject: Subject<'a>, asking: Asking<'a>, ports: &Ports, job: &Job) -> Result<Plan<'a>, StageError> {
    let schema = asking.answer_schema();
    let validator = jsonschema::validator_for(&schema).map_err(|e| StageError::Schema(e.to_string()))?;
    let probe = ports.media.probe(subject.file.path)?;
    let (frames, shots) = match (&probe.video, asking.model.pictures) {
        (Some(_), true) => {
            let frames = frames::run(subject.file, &wish(&asking), ports, job)?;
            (frames, shots::run(subject.file, ports, job)?.shots)
        }
        _ => (vec![], vec![]),
    };
    let mut rules = asking.prompt.windows;
    let model = asking.model;
    if !asking.video {
        rules.frames = rules.frames.min(most_frames(&asking)).max(1);
    }
    if let Some(context) = model.context_tokens {
        let taken = asking.fixed_tokens()?.saturating_add(asking.prompt.max_tokens).saturating_add(MARGIN);
        rules.tokens = rules.tokens.min(context.saturating_sub(taken));
    }
    let spans = stands_for(&frames, &shots, probe.duration);
    let tokens = |(frame, span): (&KeptFrame, &Span<MediaTime>)| {
        if asking.video { model.tokens_of_video(span.end - span.start) } else { model.tokens_of_picture(frame.width, frame.height) }
    };
    let shown: Vec<Shown> = frames.iter().zip(&spans).map(|f| Shown { at: f.0.at, tokens: tokens(f) }).collect();
    let said: Vec<Said> = subject.lines.iter().map(|l| Said { span: l.span, tokens: LINE_TOKENS + text_tokens(&l.text) }).collect();
    let windows = split(probe.duration, &shown, &said, &shots, &rules);
    let clip = |window: &Window| clip::run(subject.file, window.sees, model.video_edge.unwrap_or(clip::EDGE), ports, job);
    let clips = if asking.video && !frames.is_empty() { windows.iter().map(clip).collect::<Result<_, _>>()? } else { vec![] };
    Ok(Plan { subject, asking, duration: probe.duration, frames, spans, windows, clips, validator })
}

/// Pictures of examples, which go along with each window.
fn of_examples(asking: &Asking) -> u32 {
    asking.examples.iter().flat_map(|example| &example.parts).filter(|part| matches!(part, Part::Picture { .. })).count() as u32
}

/// So many parts beside the frames are looked at as frames are: of documents, and of examples.
fn looked_at(asking: &Asking) -> u32 {
    asking.documents.iter().filter(|part| !matches!(part, Part::Text(_))).count() as u32 + of_examples(asking)
}

/// So many frames fit into a request beside the pages of documents and the pictures of examples.
fn most_frames(asking: &Asking) -> u32 {
    let pages = asking.documents.iter().filter(|part| matches!(part, Part::Picture { .. })).count() as u32 + of_examples(asking);
    asking.model.max_pictures.map_or(u32::MAX, |most| most.saturating_sub(pages))
}

/// Which frames the model is shown: no larger than it sees them, so that its places are ours.
pub(super) fn wish(asking: &Asking) -> Wish {
    let (rules, model) = (&asking.prompt.frames, asking.model);
    let many = asking.prompt.windows.frames.min(most_frames(asking)) + looked_at(asking) > 20;
    let edge = model.picture_edge.unwrap_or(USUAL_EDGE);
    Wish {
        every: rules.every,
        motion: rules.motion,
        most_per_minute: rules.most_per_minute,
        same: rules.same,
        max_edge: if many { edge.min(model.picture_edge_many.unwrap_or(edge)) } else { edge },
        ..Wish::default()
    }
}

/// What each frame stands for: from its shot's beginning, where it is the first one of it, to the next frame or the end of its shot.
pub(super) fn stands_for(frames: &[KeptFrame], shots: &[MediaTime], duration: MediaTime) -> Vec<Span<MediaTime>> {
    let shot_at = |at: MediaTime| shots.partition_point(|shot| *shot <= at);
    let begins = |n: usize| {
        let at = frames[n].at;
        let first = n == 0 || shot_at(frames[n - 1].at) != shot_at(at);
        match (first, shot_at(at)) {
            (true, 0) if n == 0 => MediaTime::ZERO.min(at),
            (true, shot) if shot > 0 => shots[shot - 1],
            _ => at,
        }
    };
    let ends = |n: usize| {
        let shot_end = shots.get(shot_at(frames[n].at)).copied().unwrap_or(duration);
        let next = frames.get(n + 1).map_or((frames[n].at + LAST_FRAME).min(duration), |_| begins(n + 1));
        // A frame of a shot that no other frame follows stands for the rest of it.
        if frames.get(n + 1).is_some_and(|next| next.at >= shot_end) { shot_end } else { next.min(shot_end) }
    };
    (0..frames.len()).map(|n| Span::new(begins(n), ends(n).max(frames[n].at))).collect()
}

impl Plan<'_> {
    /// The windows that something is asked about: those with frames or words, of a stretch where one is given.
    fn asked(&self, within: Option<Span<MediaTime>>) -> impl Iterator<Item = usize> + '_ {
        let wanted = move |w: &Window| within.is_none_or(|span| w.own.overlap(span).is_some());
        self.windows.iter().enumerate().filter(move |(_, w)| (!w.frames.is_empty() || !w.said.is_empty()) && wanted(w)).map(|(n, _)| n)
    }

    /// What it comes to, and how many of its answers are kept already.
    ///
    /// # Errors
    /// Where the prompt can't be written out, or what is kept can't be read.
    pub fn estimate(&self, runs: &dyn crate::Runs, ports: &Ports) -> Result<Estimate, StageError> {
        let at_most = self.asking.model.price.map(|_| Money::default());
        let mut all = Estimate { at_most, comparing: Some(Money::default()), ..Estimate::default() };
        for n in self.asked(None) {
            let request = self.request(n, [None, None], ports)?;
            let input = u64::from(request_tokens(&request, self.asking.model));
            all.windows += 1;
            all.frames += self.windows[n].frames.len();
            if runs.answer(&self.key(&request, 0)).map_err(CallError::from)?.is_some() {
                all.kept += 1;
                continue;
            }
            all.input_tokens += input;
            all.output_tokens += u64::from(request.max_tokens);
            all.at_most = all.at_most.map(|sum| sum + self.price().at_most(input, request.max_tokens));
        }
        Ok(all)
    }

    /// The answers that can tell of speech, kept ones among them: of windows, and of the whole.
    pub fn tellings(&self) -> Vec<Telling> {
        let prompt = self.asking.prompt;
        let telling = |span, most| Telling { span, most, tokens: prompt.max_tokens };
        let of_windows = self.asked(None).map(|n| telling(self.windows[n].sees, prompt.most_about_speech()));
        let is_summed_up = prompt.whole.is_some() && prompt.task == Task::Summarise;
        let of_whole = telling(Span::new(MediaTime::ZERO, self.duration), u32::from(is_summed_up));
        of_windows.chain([of_whole]).filter(|telling| telling.most > 0).collect()
    }

    /// The request of each window as it would be sent first, with its part of the media: for a look at what goes out.
    ///
    /// # Errors
    /// Where the prompt can't be written out, or a frame is gone.
    pub fn requests(&self, within: Option<Span<MediaTime>>, ports: &Ports) -> Result<Vec<(Span<MediaTime>, Request)>, StageError> {
        self.asked(within).map(|n| Ok((self.windows[n].own, self.request(n, [None, None], ports)?))).collect()
    }

    /// Key under which the answer to a request is kept.
    pub fn key(&self, request: &Request, repeat: u32) -> String {
        request_key(request, &if repeat == 0 { String::new() } else { format!("repeat {repeat}") })
    }

    fn price(&self) -> Price {
        self.asking.model.price.unwrap_or_default()
    }

    /// What is asked of a window whose neighbours hold this.
    fn request(&self, n: usize, [previous, next]: [Option<String>; 2], ports: &Ports) -> Result<Request, StageError> {
        let window = &self.windows[n];
        let frames = &self.frames[window.frames.clone()];
        let frame_text = |(n, frame): (usize, &KeptFrame)| FrameText {
            n: n + 1,
            at: frame.at.to_string(),
            new_shot: n > 0 && frames[n - 1].shot != frame.shot,
        };
        let line_text = |line: &Line| LineText { at: line.span.start.to_string(), speaker: line.speaker.clone(), text: line.text.clone() };
        let scene = Scene {
            media: MediaText { name: self.subject.name.to_owned(), duration: self.duration.to_string() },
            from: window.own.start.to_string(),
            to: window.own.end.to_string(),
            from_seen: window.sees.start.to_string(),
            to_seen: window.sees.end.to_string(),
            previous,
            next,
            frames: frames.iter().enumerate().map(frame_text).collect(),
            lines: self.subject.lines[window.said.clone()].iter().map(line_text).collect(),
            toxicity: self.subject.toxicity.iter().filter(|t| t.span.overlap(window.sees).is_some()).map(line_text).collect(),
        };
        let picture = |frame: &KeptFrame| -> Result<Part, StageError> {
            Ok(Part::Picture {
                format: frame.format,
                width: frame.width,
                height: frame.height,
                bytes: frames::bytes(frame, ports)?.into(),
                at: Some(frame.at),
            })
        };
        let pictures = match self.clips.get(n) {
            Some(clip) if !frames.is_empty() => vec![clip::part(clip)?],
            _ => frames.iter().map(picture).collect::<Result<_, _>>()?,
        };
        Ok(self.asking.window(&scene, pictures)?)
    }

    fn about(&self, request: &Request, pace: Pace) -> About {
        let estimate = request_tokens(request, self.asking.model);
        About {
            task: self.asking.prompt.task.name().to_owned(),
            media: self.subject.media.to_owned(),
            key: self.key(&Request { stream: false, ..request.clone() }, pace.repeat),
            price: self.price(),
            estimate_input_tokens: u64::from(estimate + estimate / 10 + MARGIN),
            fresh: pace.fresh,
        }
    }

    /// Reads an answer, or says what is wrong with it so that the model can mend it.
    fn read(&self, n: usize, text: &str) -> Result<(String, Vec<Annotation>), String> {
        let value = json(text)?;
        let wrong: Vec<String> = self.validator.iter_errors(&value).take(5).map(|e| format!("at {}: {e}", e.instance_path)).collect();
        if !wrong.is_empty() {
            return Err(wrong.join("; "));
        }
        let answered: Answered = serde_json::from_value(value).map_err(|e| e.to_string())?;
        let window = &self.windows[n];
        let shown = Frames {
            spans: self.spans[window.frames.clone()].to_vec(),
            size: self.frames.get(window.frames.start).map_or((0, 0), |f| (f.width, f.height)),
            regions: self.asking.model.regions.unwrap_or(Regions::Thousandths),
        };
        let mut annotations = found(&answered, &shown, self.asking.prompt.task.name(), &self.asking.model.id)?;
        for annotation in &mut annotations {
            annotation.span = annotation.span.overlap(window.sees).unwrap_or(annotation.span);
        }
        Ok((answered.summary, annotations))
    }

    fn ask(&self, n: usize, neighbours: [Option<String>; 2], run: &Run) -> Result<Result<Told, Untold>, StageError> {
        let request = Request { stream: run.pace.stream, ..self.request(n, neighbours, run.ports)? };
        let about = self.about(&request, run.pace);
        let read = |text: &str| self.read(n, text);
        let call = |key: String| Called {
            key,
            span: self.windows[n].own,
            latency_ms: 0,
            cost: Money::default(),
            input_tokens: 0,
            output_tokens: 0,
            from_cache: false,
            misfit: false,
            answered: false,
        };
        let had = run.caller.answered(&about.key)?.is_some();
        match run.caller.ask_checked(&about, &request, run.job, &read) {
            Ok(((summary, annotations), asked)) => {
                let Asked { answer, from_cache, cost, worth, mended, key, .. } = asked;
                let call = Called { cost: worth, from_cache, misfit: mended, answered: true, ..took(call(key), &answer) };
                Ok(Ok(Told { summary, annotations, cost, call }))
            }
            Err(error) if error.ends_run() => Err(error.into()),
            Err(error) => {
                let kept = run.caller.answered(&about.key)?;
                let mut call = kept.map_or_else(|| call(about.key.clone()), |answer| took(call(about.key.clone()), &answer));
                call.cost = match &error {
                    CallError::Unfit { worth, .. } => *worth,
                    _ => self.price().of(call.input_tokens, call.output_tokens, 0, 0),
                };
                call.misfit = matches!(error, CallError::Unfit { .. });
                call.from_cache = had && !run.pace.fresh;
                let cost = if call.from_cache { Money::default() } else { call.cost };
                Ok(Err(Untold { why: error.to_string(), cost, call }))
            }
        }
    }

    /// Asks about all windows, or about those that answer for some of a stretch: they are the same windows, so that an answer to the one is an answer to the
    /// other; nothing is asked about the whole then. A window without an answer takes nothing from the others.
    ///
    /// # Errors
    /// Where no call would succeed (credentials, the cap, no access), the ledger can't be written, or the job was cancelled. What was answered is kept.
    pub fn run(
        &self,
        within: Option<Span<MediaTime>>,
        caller: &Caller,
        pace: Pace,
        ports: &Ports,
        job: &Job,
    ) -> Result<Annotated, StageError> {
        let run = Run { caller, pace, ports, job, done: AtomicUsize::new(0), total: self.asked(within).count() };
        let mut told: Vec<Option<Result<Told, Untold>>> = self.windows.iter().map(|_| None).collect();
        // Every other window first, so that those between can be told what their neighbours hold.
        // In a stretch each is asked by itself: whether its neighbours are asked about, too, must not change what is asked about it.
        let told_of_others = self.asking.prompt.neighbours && within.is_none();
        let (first, second): (Vec<usize>, Vec<usize>) = self.asked(within).partition(|n| !told_of_others || n % 2 == 0);
        for wave in [first, second] {
            let jobs: Vec<(usize, [Option<String>; 2])> = wave
                .into_iter()
                .map(|n| {
                    let summary = |n: Option<usize>| Some(told.get(n?)?.as_ref()?.as_ref().ok()?.summary.clone()).filter(|s| !s.is_empty());
                    let none = [None, None];
                    (n, if told_of_others { [summary(n.checked_sub(1)), summary(n.checked_add(1))] } else { none })
                })
                .collect();
            for (n, answer) in self.wave(&jobs, &run)? {
                told[n] = Some(answer);
            }
        }
        self.gather(told, within, &run)
    }

    fn wave(&self, jobs: &[(usize, [Option<String>; 2])], run: &Run) -> Result<Answers, StageError> {
        let next = AtomicUsize::new(0);
        let answers: Mutex<Answers> = Mutex::default();
        let ended: Mutex<Option<StageError>> = Mutex::default();
        let work = || {
            while let Some((n, neighbours)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                let answer = run.step().map_err(StageError::from).and_then(|()| self.ask(*n, neighbours.clone(), run));
                match answer {
                    Err(error) => {
                        next.store(jobs.len(), Ordering::Relaxed);
                        // The first error says why; others only that the run was stopped.
                        ended.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                    }
                    Ok(answer) => {
                        run.done.fetch_add(1, Ordering::Relaxed);
                        answers.lock().unwrap_or_else(PoisonError::into_inner).push((*n, answer));
                    }
                }
            }
        };
        std::thread::scope(|threads| {
            for _ in 0..run.pace.at_once.clamp(1, jobs.len().max(1)) {
                threads.spawn(work);
            }
        });
        match ended.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some(error) => Err(error),
            None => Ok(answers.into_inner().unwrap_or_else(PoisonError::into_inner)),
        }
    }

    /// Puts the answers of all windows together, and asks about the whole where the prompt does.
    fn gather(&self, told: Vec<Option<Result<Told, Untold>>>, within: Option<Span<MediaTime>>, run: &Run) -> Result<Annotated, StageError> {
        let mut all = Annotated { windows: run.total, ..Annotated::default() };
        let mut answers: Vec<(&Window, Told)> = vec![];
        for (window, answer) in self.windows.iter().zip(told) {
            match answer {
                Some(Ok(answer)) => {
                    all.calls.push(answer.call.clone());
                    answers.push((window, answer));
                }
                Some(Err(Untold { why, cost, call })) => {
                    all.cost = all.cost + cost;
                    all.calls.push(call);
                    all.unanswered.push(Unanswered { span: window.own, why });
                }
                None => {}
            }
        }
        all.from_cache = answers.iter().filter(|(_, t)| t.call.from_cache).count();
        all.cost = all.cost + answers.iter().map(|(_, t)| t.cost).sum();
        let parts: Vec<(&Window, &[Annotation])> = answers.iter().map(|(w, t)| (*w, t.annotations.as_slice())).collect();
        let Stitched { mut annotations, contradictions } = stitch(&parts, &Likeness::default());
        for contradiction in contradictions {
            for n in [contradiction.one, contradiction.other] {
                annotations[n].extra.insert(CONTRADICTION.into(), contradiction.what.clone().into());
            }
            all.contradictions.push(contradiction.what);
        }
        if self.asking.prompt.task == Task::Summarise {
            annotations.extend(answers.iter().filter(|(_, t)| !t.summary.is_empty()).map(|(w, t)| self.note(w.own, &t.summary, None)));
        }
        let whole = if within.is_none() { self.whole(&answers, run)? } else { None };
        if let Some((whole, asked)) = whole {
            match asked {
                Ok(asked) => {
                    all.cost = all.cost + asked.cost;
                    annotations.push(whole);
                }
                Err(error) => all.unanswered.push(Unanswered { span: Span::new(MediaTime::ZERO, self.duration), why: error.to_string() }),
            }
        }
        annotations.sort_by_key(|a| (a.span.start, a.span.end));
        self.name(&mut annotations);
        all.annotations = annotations;
        Ok(all)
    }

    /// What the answers of all windows come to; none where nothing is asked of them.
    fn whole(&self, answers: &[(&Window, Told)], run: &Run) -> Result<Option<OfWhole>, StageError> {
        let part = |(window, told): &(&Window, Told)| PartText {
            from: window.own.start.to_string(),
            to: window.own.end.to_string(),
            summary: told.summary.clone(),
        };
        let parts: Vec<PartText> = answers.iter().map(part).collect();
        let (false, Some(request)) = (parts.is_empty(), self.asking.whole(&parts)?) else { return Ok(None) };
        let Some(schema) = &self.asking.prompt.whole_schema else { return Ok(None) };
        let validator = jsonschema::validator_for(schema).map_err(|e| StageError::Schema(e.to_string()))?;
        run.step()?;
        let read = |text: &str| -> Result<Answered, String> {
            let value = json(text)?;
            validator.validate(&value).map_err(|e| format!("at {}: {e}", e.instance_path))?;
            serde_json::from_value(value).map_err(|e| e.to_string())
        };
        let all = Span::new(MediaTime::ZERO, self.duration);
        Ok(Some(match run.caller.ask_checked(&self.about(&request, run.pace), &request, run.job, &read) {
            Ok((answered, asked)) => (self.note(all, &answered.summary, Some(WHOLE)), Ok(asked)),
            Err(error) if error.ends_run() => return Err(error.into()),
            Err(error) => (self.note(all, "", None), Err(error)),
        }))
    }

    /// A note about a part of the media, without a region.
    fn note(&self, span: Span<MediaTime>, text: &str, mark: Option<&str>) -> Annotation {
        let label = if self.asking.prompt.task == Task::Summarise { "summary" } else { self.asking.prompt.task.name() };
        Annotation {
            id: String::new(),
            span,
            region: None,
            label: label.to_owned(),
            text: text.to_owned(),
            confidence: None,
            source: Some(self.asking.model.id.clone()),
            words: None,
            extra: mark.map(|mark| (mark.to_owned(), true.into())).into_iter().collect(),
        }
    }

    /// Gives annotations their ids, which say what they are of, so that the same answers give the same ids; and says which prompt they are from.
    fn name(&self, annotations: &mut [Annotation]) {
        for (n, a) in annotations.iter_mut().enumerate() {
            let of =
                format!("{} {} {} {} {} {} {n}", self.source(), a.span.start.us(), a.span.end.us(), a.label, a.text, self.subject.media);
            a.id = format!("{}-{}", self.asking.prompt.task.name(), &blake3::hash(of.as_bytes()).to_hex()[..12]);
            a.extra.insert(PROMPT.into(), self.asking.prompt.id().into());
        }
    }

    /// Prompt and model: two of them never give one id.
    fn source(&self) -> String {
        format!("{}, {}", self.asking.prompt.name, self.asking.model.id)
    }
}

/// In an annotation's further fields: the prompt that it is from.
pub const PROMPT: &str = "prompt";
/// In an annotation's further fields: it is about the whole media.
pub const WHOLE: &str = "whole";

/// Answers of windows, by their places.
type Answers = Vec<(usize, Result<Told, Untold>)>;
/// What is said of the whole, and how that was asked.
type OfWhole = (Annotation, Result<Asked, CallError>);

/// What the threads of a run share.
struct Run<'a> {
    caller: &'a Caller<'a>,
    pace: Pace,
    ports: &'a Ports<'a>,
    job: &'a Job,
    done: AtomicUsize,
    total: usize,
}

impl Run<'_> {
    fn step(&self) -> Result<(), crate::Cancelled> {
        self.job.step("asking the model", self.done.load(Ordering::Relaxed) as u64, Some(self.total as u64))
    }
}

/// A question with what its answer took.
fn took(call: Called, answer: &Answer) -> Called {
    let Usage { input, output, cache_read, cache_write } = answer.usage;
    Called { latency_ms: answer.latency_ms, input_tokens: input + cache_read + cache_write, output_tokens: output, ..call }
}

/// The JSON of an answer. Where no schema holds it, models like to put it between marks of code.
fn json(text: &str) -> Result<serde_json::Value, String> {
    let inner = text.trim();
    let inner = inner.strip_prefix("```json").or_else(|| inner.strip_prefix("```")).and_then(|t| t.strip_suffix("```")).unwrap_or(inner);
    serde_json::from_str(inner.trim()).map_err(|e| format!("it is no JSON: {e}"))
}
