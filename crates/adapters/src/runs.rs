//! A ledger that is gone with its value.

use plumbline_core::models::Money;
use plumbline_pipeline::Runs;
use plumbline_pipeline::models::Usage;
use plumbline_pipeline::runs::{Call, CallState, Ended, NewCall, RunsError, Spent, StageRow, StageState};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// Keeps the ledger in memory: a cap bounds what is asked while it lives.
#[derive(Debug, Default)]
pub struct MemoryRuns {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    /// With the key of each.
    calls: Vec<(Call, String)>,
    answers: HashMap<String, Vec<u8>>,
    stages: Vec<StageRow>,
}

impl MemoryRuns {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn now_us() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros() as i64)
}

fn sums(calls: &[(Call, String)]) -> Spent {
    let mut sums = Spent::default();
    for (call, _) in calls {
        match call.state {
            CallState::Open => sums.held = sums.held + call.cost,
            CallState::Done => (sums.cost, sums.done) = (sums.cost + call.cost, sums.done + 1),
            CallState::Failed => (sums.cost, sums.failed) = (sums.cost + call.cost, sums.failed + 1),
        }
    }
    sums
}

impl Runs for MemoryRuns {
    fn answer(&self, key: &str) -> Result<Option<Vec<u8>>, RunsError> {
        Ok(self.kept().answers.get(key).cloned())
    }

    fn begin(&self, call: &NewCall, cap: Option<Money>) -> Result<i64, RunsError> {
        let mut kept = self.kept();
        let Spent { cost: spent, held, .. } = sums(&kept.calls);
        if let Some(cap) = cap.filter(|cap| spent + held + call.at_most > *cap) {
            return Err(RunsError::Cap { cap, spent, held, needed: call.at_most });
        }
        let NewCall { service, what, task, media, key, at_most } = call.clone();
        let (id, state, usage) = (kept.calls.len() as i64 + 1, CallState::Open, Usage::default());
        let began = Call { id, began_us: now_us(), service, what, task, media, state, usage, latency_ms: 0, cost: at_most, error: None };
        kept.calls.push((began, key));
        Ok(id)
    }

    fn end(&self, call: i64, ended: &Ended, answer: Option<&[u8]>) -> Result<(), RunsError> {
        let mut kept = self.kept();
        let open = kept.calls.iter_mut().find(|(row, _)| row.id == call && row.state == CallState::Open);
        let unknown = || RunsError::File { path: "memory".into(), what: "does not know this call as open".into() };
        let (row, key) = open.ok_or_else(unknown)?;
        row.state = if ended.error.is_none() { CallState::Done } else { CallState::Failed };
        (row.usage, row.latency_ms, row.cost, row.error) = (ended.usage, ended.latency_ms, ended.cost, ended.error.clone());
        let key = key.clone();
        if let Some(answer) = answer {
            kept.answers.insert(key, answer.to_vec());
        }
        Ok(())
    }

    fn spent(&self) -> Result<Spent, RunsError> {
        Ok(sums(&self.kept().calls))
    }

    fn calls(&self, media: Option<&str>, count: usize) -> Result<Vec<Call>, RunsError> {
        let kept = self.kept();
        let calls = kept.calls.iter().rev().map(|(call, _)| call).filter(|call| media.is_none_or(|media| media == call.media));
        Ok(calls.take(count).cloned().collect())
    }

    fn set_stage(&self, media: &str, stage: &str, state: StageState, error: Option<&str>) -> Result<(), RunsError> {
        let mut kept = self.kept();
        let before = kept.stages.iter().position(|row| row.media == media && row.stage == stage).map(|at| kept.stages.remove(at));
        let attempts = before.map_or(0, |row| row.attempts) + u32::from(state == StageState::Running);
        let error = error.map(str::to_owned);
        kept.stages.push(StageRow { media: media.into(), stage: stage.into(), state, attempts, at_us: now_us(), error });
        Ok(())
    }

    fn stages(&self, media: Option<&str>) -> Result<Vec<StageRow>, RunsError> {
        Ok(self.kept().stages.iter().filter(|row| media.is_none_or(|media| media == row.media)).cloned().collect())
    }
}
