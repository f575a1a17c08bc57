//! Asking a model so that nothing is paid for twice, nothing is lost, and no more is spent than the cap allows.
//!
//! What was answered is kept under the key of the question, whatever it was: a refusal or an answer that did not fit would come again the same way, and
//! would be charged again. Who wants it anew says so.

mod attempt;
mod key;
mod question;

pub use key::{embed_key, request_key};

use crate::fault::Fault;
use crate::job::{Cancelled, Job};
use crate::limiter::Gate;
use crate::models::{Answer, Embed, Embedded, ModelError, Models, Part, Request, Role, Stop, Turn};
use crate::runs::{Runs, RunsError};
use key::Sent;
use plumbline_core::models::{Money, Price};
use question::Question;
use std::collections::HashSet;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How often who waits is asked whether to go on.
const ASK: Duration = Duration::from_millis(50);

/// What a call is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// The task, such as `describe`.
    pub task: String,
    /// Id of the media.
    pub media: String,
    /// Key of the question, as [`request_key`] or [`embed_key`] gives it.
    pub key: String,
    /// What the model costs.
    pub price: Price,
    /// Tokens to read, never fewer than the service will count: money and quota are held back by it.
    pub estimate_input_tokens: u64,
    /// Ask anew, although there is an answer. An answer that this run paid for itself is new enough.
    pub fresh: bool,
}

/// An answer, and how it came.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked<T = Answer> {
    /// What the model says.
    pub answer: T,
    /// Whether all of it had been paid for before.
    pub from_cache: bool,
    /// How often the model was asked; 0 where it was not.
    pub attempts: u32,
    /// What the answers cost now.
    pub cost: Money,
    /// What they cost when they were given; as `cost` where they were given now.
    pub worth: Money,
    /// Whether a first answer did not fit.
    pub mended: bool,
    /// Key under which the answer is kept.
    pub key: String,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The person stopped it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// Another call met what every call would meet.
    #[error("{0}")]
    Stopped(String),
    /// The ledger: the cap is reached, or it can't be written.
    #[error(transparent)]
    Runs(#[from] RunsError),
    /// The model did not answer.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// It took no requests for too long.
    #[error("{model} took no requests for {minutes} minutes. Resume later, or ask Amazon for a larger quota; what was answered is kept")]
    Busy {
        /// The model.
        model: String,
        /// How long it was asked, in minutes.
        minutes: u64,
    },
    /// The answer was longer than it may be.
    #[error("The answer of {model} was cut off at {max_tokens} tokens. Allow longer answers, or look at shorter stretches")]
    TooLong {
        /// The model.
        model: String,
        /// What was allowed.
        max_tokens: u32,
    },
    /// The model, a filter or a guardrail would not say it.
    #[error("{model} declined to answer. Ask another model, or describe this stretch by hand")]
    Refused {
        /// The model.
        model: String,
    },
    /// The answer does not fit, nor does the one that it was mended to.
    #[error("The answer of {model} can't be used, even after it was asked to mend it: {complaint}")]
    Unfit {
        /// The model.
        model: String,
        /// The last answer.
        answer: String,
        /// What is wrong with it.
        complaint: String,
        /// What both answers cost when they were given.
        worth: Money,
    },
}

impl CallError {
    /// What kind of failure it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Cancelled(_) | Self::Model(ModelError::Cancelled(_)) => Fault::Cancelled,
            Self::Runs(RunsError::Cap { .. }) => Fault::Cap,
            Self::Stopped(_) | Self::Runs(_) | Self::Model(ModelError::Failed { all: true, .. }) => Fault::Settings,
            Self::Busy { .. } | Self::Model(ModelError::Throttled { .. } | ModelError::Broken { .. }) => Fault::Passing,
            Self::Model(ModelError::Failed { .. }) | Self::TooLong { .. } | Self::Refused { .. } | Self::Unfit { .. } => Fault::Media,
        }
    }

    /// Whether every other call would end so, too: the run ends. Else this call alone has no answer.
    pub fn ends_run(&self) -> bool {
        match self {
            Self::Cancelled(_) | Self::Stopped(_) | Self::Runs(_) | Self::Busy { .. } => true,
            Self::Model(error) => matches!(error, ModelError::Cancelled(_) | ModelError::Failed { all: true, .. }),
            Self::TooLong { .. } | Self::Refused { .. } | Self::Unfit { .. } => false,
        }
    }
}

/// Time, as far as calls wait in it.
pub trait Clock: Send + Sync {
    /// Time since some moment.
    fn now(&self) -> Duration;

    /// Lets so much time pass.
    fn pause(&self, time: Duration);
}

/// The time of this machine.
#[derive(Debug)]
pub struct RealClock(Instant);

impl Default for RealClock {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl Clock for RealClock {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }

    fn pause(&self, time: Duration) {
        std::thread::sleep(time);
    }
}

/// Asks one model on behalf of a run. Shared by its threads.
pub struct Caller<'a> {
    models: &'a dyn Models,
    runs: &'a dyn Runs,
    gate: &'a Gate,
    cap: Option<Money>,
    clock: &'a dyn Clock,
    state: Mutex<State>,
    moved: Condvar,
}

#[derive(Default)]
struct State {
    /// Keys that a thread asks about at the moment.
    asking: HashSet<String>,
    /// Keys that were answered in this run.
    answered: HashSet<String>,
    /// Calls of this run that hold money back.
    open: usize,
    /// When the model answered last.
    last_answer: Duration,
    /// Why nothing is asked any more.
    stopped: Option<String>,
}

impl<'a> Caller<'a> {
    /// Asks `models` as fast as `gate` lets through, and keeps answers and costs in `runs`; `cap` bounds what all calls of the ledger cost.
    pub fn new(models: &'a dyn Models, runs: &'a dyn Runs, gate: &'a Gate, cap: Option<Money>, clock: &'a dyn Clock) -> Self {
        Self { models, runs, gate, cap, clock, state: Mutex::default(), moved: Condvar::new() }
    }

    /// The answer to a request: the one that was paid for before, or a new one.
    ///
    /// # Errors
    /// Where there is none; [`CallError::ends_run`] tells whether others would fare the same.
    pub fn ask(&self, about: &About, request: &Request, job: &Job) -> Result<Asked, CallError> {
        let asked = self.have(about, request, job)?;
        let model = || request.model.clone();
        match asked.answer.stop {
            Stop::End => Ok(asked),
            Stop::Length => Err(CallError::TooLong { model: model(), max_tokens: request.max_tokens }),
            Stop::Refused => Err(CallError::Refused { model: model() }),
        }
    }

    /// The vector of a text or a picture: the one that was paid for before, or a new one.
    ///
    /// # Errors
    /// As [`Caller::ask`].
    pub fn embed(&self, about: &About, embed: &Embed, job: &Job) -> Result<Asked<Embedded>, CallError> {
        self.have(about, embed, job)
    }

    fn have<Q: Question>(&self, about: &About, question: &Q, job: &Job) -> Result<Asked<Q::Said>, CallError> {
        let asking = self.asking(&about.key, job)?;
        let asked = match self.kept(about, question) {
            Ok(Some(answer)) => {
                let worth = question.cost(&about.price, Q::usage(&answer));
                let key = about.key.clone();
                Ok(Asked { answer, from_cache: true, attempts: 0, cost: Money::default(), worth, mended: false, key })
            }
            Ok(None) => self.ask_until_answered(about, question, job),
            Err(error) => Err(error),
        };
        drop(asking);
        asked.inspect_err(|error| self.stop_for(error))
    }

    /// As [`Caller::ask`], for an answer that must pass `check`, which makes something of it or says what is wrong. An answer that does not pass is given
    /// back once to be mended.
    ///
    /// # Errors
    /// As [`Caller::ask`], and [`CallError::Unfit`].
    pub fn ask_checked<T>(
        &self,
        about: &About,
        request: &Request,
        job: &Job,
        check: &dyn Fn(&str) -> Result<T, String>,
    ) -> Result<(T, Asked), CallError> {
        let first = self.ask(about, request, job)?;
        let complaint = match check(&first.answer.text) {
            Ok(made) => return Ok((made, first)),
            Err(complaint) => complaint,
        };
        let (about, request) = repair(about, request, &first.answer.text, &complaint);
        let second = self.ask(&about, &request, job)?;
        match check(&second.answer.text) {
            Ok(made) => {
                let from_cache = first.from_cache && second.from_cache;
                let (attempts, cost, worth) = (first.attempts + second.attempts, first.cost + second.cost, first.worth + second.worth);
                Ok((made, Asked { answer: second.answer, from_cache, attempts, cost, worth, mended: true, key: second.key }))
            }
            Err(complaint) => {
                let worth = first.worth + second.worth;
                Err(CallError::Unfit { model: request.model, answer: second.answer.text, complaint, worth })
            }
        }
    }

    /// Where answers are kept.
    pub fn runs(&self) -> &dyn Runs {
        self.runs
    }

    /// What a kept answer says; none where there is none.
    ///
    /// # Errors
    /// Where it can't be read.
    pub fn answered(&self, key: &str) -> Result<Option<Answer>, CallError> {
        Ok(self.runs.answer(key)?.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }

    fn kept<Q: Question>(&self, about: &About, question: &Q) -> Result<Option<Q::Said>, CallError> {
        if about.fresh && !self.lock().answered.contains(&about.key) {
            return Ok(None);
        }
        Ok(self.runs.answer(&about.key)?.and_then(|bytes| question.kept(&bytes)))
    }

    /// Notes that a call no longer holds money back, and that its key was answered.
    fn closed(&self, answered: Option<&String>) {
        let mut state = self.lock();
        state.open -= 1;
        if let Some(key) = answered {
            state.answered.insert(key.clone());
            state.last_answer = self.clock.now();
        }
        drop(state);
        self.moved.notify_all();
    }

    /// Waits while another thread asks the same.
    fn asking<'t>(&'t self, key: &'t str, job: &Job) -> Result<Asking<'t>, CallError> {
        let mut state = self.lock();
        loop {
            go_on(&state, job)?;
            if state.asking.insert(key.to_owned()) {
                return Ok(Asking { state: &self.state, moved: &self.moved, key });
            }
            state = self.moved.wait_timeout(state, ASK).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// What ends this call would end every other: none is begun any more.
    fn stop_for(&self, error: &CallError) {
        if error.ends_run() && !matches!(error, CallError::Cancelled(_)) {
            self.lock().stopped.get_or_insert_with(|| error.to_string());
            self.moved.notify_all();
        }
    }

    fn go_on(&self, job: &Job) -> Result<(), CallError> {
        go_on(&self.lock(), job)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that runs under the lock stops half-way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn go_on(state: &State, job: &Job) -> Result<(), CallError> {
    job.aside().step("", 0, None)?;
    state.stopped.as_ref().map_or(Ok(()), |why| Err(CallError::Stopped(why.clone())))
}

/// A thread asks about this key; dropped, it lets the next one go on, so that the same is never asked twice at once.
struct Asking<'a> {
    state: &'a Mutex<State>,
    moved: &'a Condvar,
    key: &'a str,
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).asking.remove(self.key);
        self.moved.notify_all();
    }
}

/// The request that gives an answer back with what is wrong with it.
fn repair(about: &About, request: &Request, answer: &str, complaint: &str) -> (About, Request) {
    // Services take no empty turns.
    let said = if answer.trim().is_empty() { "(nothing)" } else { answer };
    let asks =
        format!("That answer can't be used: {complaint}. Answer again, whole and in the form that was asked for, and say nothing else.");
    let turn = |role, text: &str| Turn { role, parts: vec![Part::Text(text.to_owned())] };
    let mut request = request.clone();
    request.turns.extend([turn(Role::Assistant, said), turn(Role::User, &asks)]);
    let mut hash = Sent::default();
    hash.text(&about.key).text(said).text(&asks);
    // A token is at least a byte long.
    let more = (said.len() + asks.len()) as u64;
    let about = About { key: hash.key(), estimate_input_tokens: about.estimate_input_tokens.saturating_add(more), ..about.clone() };
    (about, request)
}

#[cfg(test)]
mod tests;
