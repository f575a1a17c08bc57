//! Asking until there is an answer: each attempt with its turn, its money held back, and its line in the ledger.

use super::question::Question;
use super::{ASK, About, Asked, CallError, Caller, go_on};
use crate::job::Job;
use crate::limiter::Pass;
use crate::models::{ModelError, Usage};
use crate::runs::{Ended, NewCall, RunsError};
use plumbline_core::models::Money;
use std::sync::PoisonError;
use std::time::Duration;

/// A call that breaks is made so often, all in all.
const ATTEMPTS: u32 = 4;
/// Where a model takes no requests for so long, the call is given up.
const PATIENCE: Duration = Duration::from_secs(10 * 60);
/// Before the second attempt; it doubles with each.
const PAUSE: Duration = Duration::from_millis(500);
/// Before asking again after a refusal; it doubles with each.
const REFUSED_PAUSE: Duration = Duration::from_millis(200);
/// No pause is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// How one attempt ended, where it did not give an answer.
enum Missed {
    Throttled,
    Broken(ModelError),
}

impl<'a> Caller<'a> {
    pub(super) fn ask_until_answered<Q: Question>(&self, about: &About, question: &Q, job: &Job) -> Result<Asked<Q::Said>, CallError> {
        let began = self.clock.now();
        let (mut attempts, mut broken, mut refused) = (0, 0, 0);
        loop {
            attempts += 1;
            match self.attempt(about, question, job)? {
                Ok((answer, cost)) => {
                    return Ok(Asked { answer, from_cache: false, attempts, cost, worth: cost, mended: false, key: about.key.clone() });
                }
                Err(Missed::Throttled) => {
                    refused += 1;
                    let waited = self.clock.now().saturating_sub(self.lock().last_answer.max(began));
                    if waited > PATIENCE {
                        return Err(CallError::Busy { model: question.model().to_owned(), minutes: waited.as_secs() / 60 });
                    }
                    self.pause(REFUSED_PAUSE, refused, job)?;
                }
                Err(Missed::Broken(error)) => {
                    broken += 1;
                    if broken == ATTEMPTS {
                        return Err(error.into());
                    }
                    self.pause(PAUSE, broken, job)?;
                }
            }
        }
    }

    /// Asks once, with a line in the ledger of its own.
    fn attempt<Q: Question>(&self, about: &About, question: &Q, job: &Job) -> Result<Result<(Q::Said, Money), Missed>, CallError> {
        let at_most = question.at_most(about);
        let (pass, call) = self.begin(about, question, at_most, job)?;
        let began = self.clock.now();
        let asked = question.ask(self.models, job);
        let latency_ms = u64::try_from(self.clock.now().saturating_sub(began).as_millis()).unwrap_or(u64::MAX);
        let ended = match &asked {
            Ok(said) => {
                let (usage, latency_ms) = (Q::usage(said), Q::latency_ms(said).unwrap_or(latency_ms));
                Ended { usage, latency_ms, cost: question.cost(&about.price, usage), error: None }
            }
            Err(error) => {
                let cost = if may_be_charged(error) { at_most } else { Money::default() };
                Ended { usage: Usage::default(), latency_ms, cost, error: Some(error.to_string()) }
            }
        };
        let kept = asked.as_ref().ok().and_then(Q::keep);
        let written = self.runs.end(call, &ended, kept.as_deref());
        self.closed(asked.is_ok().then_some(&about.key));
        written?;
        match asked {
            Ok(said) => {
                pass.answered(self.gate.limits().used(ended.usage));
                Ok(Ok((said, ended.cost)))
            }
            Err(ModelError::Throttled { after, .. }) => {
                pass.throttled(after);
                Ok(Err(Missed::Throttled))
            }
            Err(error @ ModelError::Broken { .. }) => Ok(Err(Missed::Broken(error))),
            Err(ModelError::Cancelled(cancelled)) => Err(cancelled.into()),
            Err(error) => Err(error.into()),
        }
    }

    /// Waits for its turn at the model and holds the money back. Money that other calls of this run hold may come free: it is waited for.
    fn begin(&self, about: &About, question: &impl Question, at_most: Money, job: &Job) -> Result<(Pass<'a>, i64), CallError> {
        let call = NewCall {
            service: self.models.name().to_owned(),
            what: question.model().to_owned(),
            task: about.task.clone(),
            media: about.media.clone(),
            key: about.key.clone(),
            at_most,
        };
        let tokens = self.gate.limits().reserved(about.estimate_input_tokens, question.max_tokens());
        loop {
            let pass = self.gate.enter(tokens, || self.go_on(job))?;
            // Counted before the ledger is asked, so that nobody gives up while this call may yet give money back.
            self.lock().open += 1;
            match self.runs.begin(&call, self.cap) {
                Ok(id) => return Ok((pass, id)),
                Err(error) => {
                    pass.unused();
                    self.closed(None);
                    self.wait_for_money(error, job)?;
                }
            }
        }
    }

    /// Waits until a call of this run has ended, where the cap is in the way and would not be without what is held back.
    fn wait_for_money(&self, error: RunsError, job: &Job) -> Result<(), CallError> {
        let RunsError::Cap { cap, spent, needed, .. } = &error else { return Err(error.into()) };
        let mut state = self.lock();
        if *spent + *needed > *cap || state.open == 0 {
            return Err(error.into());
        }
        let open = state.open;
        while state.open >= open {
            state = self.moved.wait_timeout(state, ASK).unwrap_or_else(PoisonError::into_inner).0;
            go_on(&state, job)?;
        }
        Ok(())
    }

    fn pause(&self, first: Duration, times: u32, job: &Job) -> Result<(), CallError> {
        let until = self.clock.now() + (first * 2u32.pow((times - 1).min(8))).min(LONGEST_PAUSE);
        loop {
            self.go_on(job)?;
            let left = until.saturating_sub(self.clock.now());
            if left.is_zero() {
                return Ok(());
            }
            self.clock.pause(left.min(ASK));
        }
    }
}

/// Whether a call that ended so may be charged: a request that was dropped may have been worked on, and the service tells of no price then.
fn may_be_charged(error: &ModelError) -> bool {
    matches!(error, ModelError::Cancelled(_) | ModelError::Broken { charged: true, .. })
}
