//! Many items through a graph of stages, on one machine.
//!
//! What is begun is brought to its end before anything new is begun, so that memory and disk hold few items at a time however many wait. Stages of
//! one item that do not wait for each other run side by side, as do stages of several items, as many as the machine bears.

use crate::fault::Fault;
use crate::graph::Node;
use crate::job::Job;
use crate::runs::StageState;
use crate::width::{Load, Width};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Reads how busy the machine is.
pub type ReadLoad<'a> = dyn Fn() -> Option<Load> + Sync + 'a;

/// Where a run tells how far its items are: the item by its number, the stage, its state, and why where it failed.
pub type Tell<'a> = dyn Fn(usize, &Node, StageState, Option<&str>) + Sync + 'a;

/// How often what may pass is tried, and how long is waited in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// All tries of a stage of an item together.
    pub attempts: u32,
    /// Before the second try; it doubles with each.
    pub pause: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self { attempts: 4, pause: Duration::from_secs(2) }
    }
}

/// Where so many items in a row are lost to what may pass, it does not: the run ends, and what is left waits until that is mended.
const IN_A_ROW: usize = 8;

/// What is to be done with each item, and how.
pub struct Flow<'a, E> {
    /// The stages, each behind all that it waits for. A stage that is not among them has been done before.
    pub nodes: &'a [Node],
    /// Does one stage of an item, by the number of the item; says whether there was anything to do.
    pub work: &'a (dyn Fn(usize, &Node, &Job) -> Result<bool, E> + Sync),
    /// What kind of failure an error is.
    pub fault: &'a (dyn Fn(&E) -> Fault + Sync),
    /// Is told how far a stage of an item is, and why it failed.
    pub tell: &'a Tell<'a>,
    /// When to try again.
    pub retry: Retry,
    /// How much runs at once.
    pub width: Width,
    /// How busy the machine is.
    pub load: &'a ReadLoad<'a>,
}

/// A stage of an item that failed.
#[derive(Debug)]
pub struct Failed<E> {
    /// The item, by its number.
    pub item: usize,
    /// The stage.
    pub stage: &'static str,
    /// How often it was tried.
    pub attempts: u32,
    /// Why, the last time.
    pub error: E,
}

/// What a stage took, over all items.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Took {
    /// How often it was done, with those that failed.
    pub times: u64,
    /// All of them together, in µs of wall time.
    pub wall_us: u64,
}

/// What came of all items.
#[derive(Debug)]
pub struct Came<E> {
    /// How many items came through whole.
    pub whole: usize,
    /// Stages that failed for good, in the order in which they did.
    pub failed: Vec<Failed<E>>,
    /// What ended the run before its time; it is none of an item alone.
    pub ended: Option<E>,
    /// What stages took, in the order of the graph.
    pub took: Vec<(&'static str, Took)>,
    /// The most that ran at once.
    pub widest: usize,
}

/// Takes `items` items, numbered from 0, through the stages of `flow`.
pub fn run<E: std::fmt::Display + Send>(items: usize, flow: &Flow<'_, E>, job: &Job) -> Came<E> {
    let queue = Queue { flow, items, state: Mutex::new(State::new(flow)), moved: Condvar::new() };
    std::thread::scope(|threads| {
        for _ in 1..flow.width.most {
            threads.spawn(|| queue.serve(job));
        }
        queue.serve(job);
    });
    let state = queue.state.into_inner().unwrap_or_else(PoisonError::into_inner);
    let took = flow.nodes.iter().zip(state.took).map(|(node, took)| (node.name, took)).collect();
    Came { whole: state.whole, failed: state.failed, ended: state.ended, took, widest: state.widest }
}

/// An item that is begun.
struct Open {
    item: usize,
    states: Vec<StageState>,
    attempts: Vec<u32>,
    /// Not to be tried before.
    pauses: Vec<Option<Instant>>,
}

struct State<E> {
    open: Vec<Open>,
    /// The next item to begin.
    next: usize,
    running: usize,
    width: Width,
    looked: Instant,
    whole: usize,
    failed: Vec<Failed<E>>,
    ended: Option<E>,
    /// Stages that were lost to what may pass since an item came through.
    in_a_row: usize,
    took: Vec<Took>,
    widest: usize,
}

impl<E> State<E> {
    fn new(flow: &Flow<'_, E>) -> Self {
        Self {
            open: vec![],
            next: 0,
            running: 0,
            width: flow.width,
            looked: Instant::now(),
            whole: 0,
            failed: vec![],
            ended: None,
            in_a_row: 0,
            took: vec![Took::default(); flow.nodes.len()],
            widest: 0,
        }
    }
}

/// What a thread does next.
enum Next {
    /// This stage of this item.
    Do(usize, usize),
    /// Wait until something moves, or until then.
    Wait(Option<Instant>),
    /// Nothing is left.
    End,
}

struct Queue<'q, 'a, E> {
    flow: &'q Flow<'a, E>,
    items: usize,
    state: Mutex<State<E>>,
    moved: Condvar,
}

impl<E: std::fmt::Display> Queue<'_, '_, E> {
    fn lock(&self) -> MutexGuard<'_, State<E>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, job: &Job) {
        while let Some((item, n)) = self.take() {
            let node = &self.flow.nodes[n];
            (self.flow.tell)(item, node, StageState::Running, None);
            let began = Instant::now();
            let did = (self.flow.work)(item, node, &job.part(node.name));
            self.ended(item, n, began.elapsed(), did);
        }
    }

    /// The next stage of an item; none once nothing is left to do.
    fn take(&self) -> Option<(usize, usize)> {
        let mut state = self.lock();
        loop {
            match self.next(&mut state) {
                Next::Do(item, n) => return Some((item, n)),
                Next::End => {
                    self.moved.notify_all();
                    return None;
                }
                Next::Wait(None) => state = self.moved.wait(state).unwrap_or_else(PoisonError::into_inner),
                Next::Wait(Some(until)) => {
                    let pause = until.saturating_duration_since(Instant::now());
                    state = self.moved.wait_timeout(state, pause).unwrap_or_else(PoisonError::into_inner).0;
                }
            }
        }
    }

    fn next(&self, state: &mut State<E>) -> Next {
        if state.ended.is_some() {
            return if state.running == 0 { Next::End } else { Next::Wait(None) };
        }
        if state.running >= state.width.now {
            return Next::Wait(None);
        }
        let now = Instant::now();
        let mut until: Option<Instant> = None;
        for open in &mut state.open {
            for n in 0..open.states.len() {
                if open.states[n] != StageState::Waiting || !self.is_ready(open, n) {
                    continue;
                }
                if let Some(pause) = open.pauses[n].filter(|pause| *pause > now) {
                    until = Some(until.map_or(pause, |u| u.min(pause)));
                    continue;
                }
                open.states[n] = StageState::Running;
                open.attempts[n] += 1;
                state.running += 1;
                state.widest = state.widest.max(state.running);
                return Next::Do(open.item, n);
            }
        }
        // Nothing that is begun can go on: something new is begun, but no more than what two rounds of the machine can hold.
        if state.next < self.items && state.open.len() < 2 * state.width.most {
            let nodes = self.flow.nodes.len();
            let item = state.next;
            state.next += 1;
            if nodes == 0 {
                state.whole += 1;
            } else {
                let (states, attempts, pauses) = (vec![StageState::Waiting; nodes], vec![0; nodes], vec![None; nodes]);
                state.open.push(Open { item, states, attempts, pauses });
            }
            return self.next(state);
        }
        if state.open.is_empty() && state.next == self.items { Next::End } else { Next::Wait(until) }
    }

    fn is_ready(&self, open: &Open, n: usize) -> bool {
        let node = &self.flow.nodes[n];
        node.needs.iter().chain(node.after).all(|name| {
            let before = self.flow.nodes.iter().position(|node| node.name == *name);
            before.is_none_or(|b| matches!(open.states[b], StageState::Done | StageState::Skipped))
        })
    }

    fn ended(&self, item: usize, n: usize, took: Duration, did: Result<bool, E>) {
        let node = &self.flow.nodes[n];
        let mut guard = self.lock();
        // One place to borrow from, field by field.
        let state = &mut *guard;
        state.running -= 1;
        state.took[n].times += 1;
        state.took[n].wall_us += u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.look_at_load(state);
        let Some(at) = state.open.iter().position(|open| open.item == item) else { return };
        let open = &mut state.open[at];
        let attempts = open.attempts[n];
        let told = match did {
            Ok(done) => {
                open.states[n] = if done { StageState::Done } else { StageState::Skipped };
                (open.states[n], None)
            }
            Err(error) => {
                let (fault, why) = ((self.flow.fault)(&error), error.to_string());
                if fault.may_pass() && attempts < self.flow.retry.attempts {
                    open.states[n] = StageState::Waiting;
                    open.pauses[n] = Some(Instant::now() + self.flow.retry.pause * (1 << (attempts - 1).min(16)));
                } else {
                    open.states[n] = if fault == Fault::Cancelled { StageState::Cancelled } else { StageState::Failed };
                }
                let told = open.states[n];
                state.in_a_row += usize::from(fault.may_pass() && told != StageState::Waiting);
                match (told, fault.ends_run() || state.in_a_row >= IN_A_ROW) {
                    (StageState::Waiting, _) => {}
                    (_, true) => _ = state.ended.get_or_insert(error),
                    (_, false) => state.failed.push(Failed { item, stage: node.name, attempts, error }),
                }
                (told, Some(why))
            }
        };
        if !self.goes_on(&state.open[at]) {
            let open = state.open.remove(at);
            if open.states.iter().all(|s| matches!(s, StageState::Done | StageState::Skipped)) {
                state.whole += 1;
                state.in_a_row = 0;
            }
        }
        drop(guard);
        (self.flow.tell)(item, node, told.0, told.1.as_deref());
        self.moved.notify_all();
    }

    /// Whether anything of an item runs or can still run.
    fn goes_on(&self, open: &Open) -> bool {
        let mut lost: Vec<&str> = vec![];
        self.flow.nodes.iter().zip(&open.states).any(|(node, state)| match state {
            StageState::Running => true,
            StageState::Waiting if node.needs.iter().chain(node.after).any(|name| lost.contains(name)) => {
                lost.push(node.name);
                false
            }
            StageState::Waiting => true,
            StageState::Failed | StageState::Cancelled => {
                lost.push(node.name);
                false
            }
            StageState::Done | StageState::Skipped => false,
        })
    }

    fn look_at_load(&self, state: &mut State<E>) {
        if state.looked.elapsed() < crate::width::EVERY {
            return;
        }
        state.looked = Instant::now();
        if let Some(load) = (self.flow.load)() {
            let waits = state.next < self.items || !state.open.is_empty();
            state.width.adapt(load, waits);
        }
    }
}

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
