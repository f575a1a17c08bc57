//! The views of the Jobs room: how far every media is, and what calls cost.

use crate::app::App;
use crate::commands::Answer;
use crate::ledger::Standing;
use plumbline_core::models::Money;
use plumbline_pipeline::Runs;
use plumbline_pipeline::graph::{GRAPH, Leg, Node};
use plumbline_pipeline::runs::{Call, CallState, StageState};
use plumbline_project::MediaId;
use serde::Serialize;
use tauri::State;
use ts_rs::TS;

/// How far a stage or a media is, for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Mark {
    /// Never begun.
    None,
    Waiting,
    Running,
    Done,
    /// There was nothing to do.
    Skipped,
    Failed,
    /// A person stopped it, or the program ended before it did.
    Stopped,
}

/// A media and its stages.
#[derive(Serialize, TS)]
#[ts(export)]
pub struct MediaStages {
    media: MediaId,
    name: String,
    /// In the order of the graph.
    stages: Vec<Mark>,
    state: Mark,
    /// What its calls cost so far.
    cost: Money,
}

/// A stage of the graph.
#[derive(Serialize, TS)]
#[ts(export)]
pub struct GraphStage {
    name: &'static str,
    about: &'static str,
    #[ts(type = "'sound' | 'picture' | 'both'")]
    leg: Leg,
    /// The stages that it waits for.
    after: Vec<&'static str>,
}

/// How far all media are.
#[derive(Serialize, TS)]
#[ts(export)]
pub struct JobsView {
    #[ts(type = "number")]
    seq: i64,
    graph: Vec<GraphStage>,
    /// All media, or those that moved since.
    media: Vec<MediaStages>,
    whole: bool,
    /// Why nothing of it is kept, as a sentence; null where it is.
    unkept: Option<String>,
}

/// A stage of one media.
#[derive(Serialize, TS)]
#[ts(export)]
pub struct StageView {
    name: &'static str,
    state: Mark,
    /// How often it was begun.
    attempts: u32,
    /// When that was written, in µs since 1970; null where it was never begun.
    #[ts(type = "number | null")]
    at_us: Option<i64>,
    /// What went wrong and what to do, or why it was left out.
    error: Option<String>,
}

/// The stages of one media.
#[derive(Serialize, TS)]
#[ts(export)]
pub struct MediaGraph {
    #[ts(type = "number")]
    seq: i64,
    media: MediaId,
    stages: Vec<StageView>,
}

/// A call of a service.
#[derive(Serialize, TS)]
#[ts(export)]
pub struct CallView {
    #[ts(type = "number")]
    id: i64,
    #[ts(type = "number")]
    began_us: i64,
    what: String,
    task: String,
    media: String,
    #[ts(type = "'open' | 'done' | 'failed'")]
    state: CallState,
    #[ts(type = "number")]
    input: u64,
    #[ts(type = "number")]
    output: u64,
    /// Tokens that came out of the service's cache.
    #[ts(type = "number")]
    cached: u64,
    #[ts(type = "number")]
    latency_ms: u64,
    cost: Money,
    error: Option<String>,
}

/// A part of the ledger, the newest first, and the sums of the project.
#[derive(Serialize, TS)]
#[ts(export)]
pub struct LedgerView {
    #[ts(type = "number")]
    seq: i64,
    calls: Vec<CallView>,
    /// Whether there are older ones.
    more: bool,
    spent: Money,
    held: Money,
    #[ts(type = "number")]
    done: u64,
    #[ts(type = "number")]
    failed: u64,
    cap: Option<Money>,
    left: Option<Money>,
}

/// What is unfinished while nothing works on the media was stopped.
fn mark(state: Option<StageState>, active: bool) -> Mark {
    match state {
        None => Mark::None,
        Some(StageState::Waiting) if active => Mark::Waiting,
        Some(StageState::Waiting | StageState::Cancelled) => Mark::Stopped,
        Some(StageState::Running) => Mark::Running,
        Some(StageState::Done) => Mark::Done,
        Some(StageState::Skipped) => Mark::Skipped,
        Some(StageState::Failed) => Mark::Failed,
    }
}

/// The state of a media is the one of its stages that asks most for a look.
fn whole(standing: &Standing, stages: &[Mark]) -> Mark {
    let has = |mark: Mark| stages.contains(&mark);
    match () {
        () if has(Mark::Running) => Mark::Running,
        () if standing.active => Mark::Waiting,
        () if has(Mark::Failed) => Mark::Failed,
        () if has(Mark::Stopped) => Mark::Stopped,
        () if has(Mark::Done) || has(Mark::Skipped) => Mark::Done,
        () => Mark::None,
    }
}

fn row(media: MediaId, name: String, standing: &Standing) -> MediaStages {
    let stages: Vec<Mark> = standing.stages.iter().map(|state| mark(*state, standing.active)).collect();
    MediaStages { media, name, state: whole(standing, &stages), stages, cost: standing.cost }
}

fn graph_stage(node: &Node) -> GraphStage {
    GraphStage { name: node.name, about: node.about, leg: node.leg, after: [node.needs, node.after].concat() }
}

/// How far all media are; those that moved since, where that is given.
#[tauri::command(async)]
pub fn jobs(app: State<'_, App>, since: Option<i64>) -> Answer<JobsView> {
    let ledger = app.ledger();
    if since.is_none() {
        ledger.read()?;
    }
    let (seq, standing) = ledger.standing(since);
    let media = app.with(|p| {
        let ids = p.media_ids()?;
        let seen = ids.into_iter().filter(|m| since.is_none() || standing.contains_key(&m.0));
        let named = |m: MediaId| p.media(&m).map(|record| (m, record.name().to_owned()));
        seen.map(named).collect::<plumbline_project::Result<Vec<_>>>()
    })?;
    let nothing = Standing::default();
    let media = media.into_iter().map(|(m, name)| {
        let standing = standing.get(&m.0).unwrap_or(&nothing);
        row(m, name, standing)
    });
    let (media, graph) = (media.collect(), GRAPH.iter().map(graph_stage).collect());
    Ok(JobsView { seq, graph, media, whole: since.is_none(), unkept: ledger.unkept.clone() })
}

/// The stages of one media.
#[tauri::command(async)]
pub fn media_graph(app: State<'_, App>, media: MediaId) -> Answer<MediaGraph> {
    let ledger = app.ledger();
    let (rows, standing) = (ledger.stages(Some(&media.0))?, ledger.of(&media.0));
    let stage = |node: &Node| {
        let row = rows.iter().find(|row| row.stage == node.name);
        StageView {
            name: node.name,
            state: mark(row.map(|row| row.state), standing.active),
            attempts: row.map_or(0, |row| row.attempts),
            at_us: row.map(|row| row.at_us),
            error: row.and_then(|row| row.error.clone()),
        }
    };
    Ok(MediaGraph { seq: ledger.standing(Some(i64::MAX)).0, stages: GRAPH.iter().map(stage).collect(), media })
}

/// Calls of one media or of all, the newest first.
#[tauri::command(async)]
pub fn ledger(app: State<'_, App>, media: Option<MediaId>, first: usize, count: usize) -> Answer<LedgerView> {
    let ledger = app.ledger();
    let (spent, cap) = (ledger.spent()?, app.world().settings.amazon().cap());
    let mut calls = ledger.calls(media.as_ref().map(|m| m.0.as_str()), first.saturating_add(count).saturating_add(1))?;
    let more = calls.len() > first.saturating_add(count);
    calls.truncate(first.saturating_add(count));
    let calls = calls.into_iter().skip(first).map(|call| call_view(&app, call)).collect();
    let left = cap.map(|cap| (cap - spent.cost - spent.held).max(Money::default()));
    let (seq, _) = ledger.standing(Some(i64::MAX));
    Ok(LedgerView { seq, calls, more, spent: spent.cost, held: spent.held, done: spent.done, failed: spent.failed, cap, left })
}

fn call_view(app: &App, call: Call) -> CallView {
    CallView {
        id: call.id,
        began_us: call.began_us,
        what: call.what,
        task: call.task,
        media: app.name(&MediaId(call.media)),
        state: call.state,
        input: call.usage.input,
        output: call.usage.output,
        cached: call.usage.cache_read,
        latency_ms: call.latency_ms,
        cost: call.cost,
        error: call.error,
    }
}

/// Goes on with media whose stages failed or stopped.
#[tauri::command(async)]
pub fn resume(app: State<'_, App>, media: Vec<MediaId>) {
    media.into_iter().for_each(|media| app.resume(media));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unfinished_while_nothing_works_on_it_was_stopped() {
        let standing = |state: StageState, active: bool| {
            let mut standing = Standing::default();
            (standing.active, standing.stages[0], standing.stages[1]) = (active, Some(StageState::Done), Some(state));
            row(MediaId("m".into()), "m".into(), &standing)
        };
        for (state, active, stage, all) in [
            (StageState::Waiting, true, Mark::Waiting, Mark::Waiting),
            (StageState::Waiting, false, Mark::Stopped, Mark::Stopped),
            (StageState::Running, true, Mark::Running, Mark::Running),
            (StageState::Cancelled, false, Mark::Stopped, Mark::Stopped),
            (StageState::Failed, false, Mark::Failed, Mark::Failed),
            (StageState::Failed, true, Mark::Failed, Mark::Waiting),
            (StageState::Skipped, false, Mark::Skipped, Mark::Done),
        ] {
            let row = standing(state, active);
            assert_eq!((row.stages[1], row.state), (stage, all), "{state:?}");
        }
        assert_eq!(row(MediaId("m".into()), "m".into(), &Standing::default()).state, Mark::None);
    }
}
