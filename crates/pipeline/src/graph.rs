//! Which stage waits for which: the graph that every media goes through, the same on one machine and on many.

use crate::job::Job;
use crate::runs::StageState;
use serde::Serialize;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// What a stage works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Leg {
    /// The sound.
    Sound,
    /// The pictures.
    Picture,
    /// Both, after their legs have joined.
    Both,
}

/// A stage, and what it waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Node {
    /// Its name.
    pub name: &'static str,
    /// What it does, for people.
    pub about: &'static str,
    /// What it works on.
    pub leg: Leg,
    /// Stages without whose results it can't be done.
    pub needs: &'static [&'static str],
    /// Stages whose results it uses where there are any.
    pub after: &'static [&'static str],
}

/// The stages of a media. Those of one leg run beside those of the other; each stands behind all that it waits for.
pub const GRAPH: [Node; 8] = [
    Node { name: "listen", about: "Decode the sound and measure it", leg: Leg::Sound, needs: &[], after: &[] },
    Node { name: "look", about: "Decode the pictures, find the shots", leg: Leg::Picture, needs: &[], after: &[] },
    Node { name: "speech", about: "Write down what is said", leg: Leg::Sound, needs: &["listen"], after: &[] },
    Node { name: "text", about: "Read the text on screen", leg: Leg::Picture, needs: &["look"], after: &[] },
    Node { name: "drift", about: "Hold the words against the sound", leg: Leg::Sound, needs: &["listen"], after: &["speech"] },
    Node { name: "annotate", about: "Ask models about frames and words", leg: Leg::Both, needs: &[], after: &["look", "text", "drift"] },
    Node {
        name: "measure",
        about: "Measure what the gates judge",
        leg: Leg::Both,
        needs: &[],
        after: &["look", "text", "drift", "annotate"],
    },
    Node { name: "proxy", about: "Make a copy that the window plays", leg: Leg::Picture, needs: &["look"], after: &["text"] },
];

/// Where a run tells how far its stages are: the stage, its state, and why where it failed or was left out.
pub type Tell<'a> = dyn Fn(&Node, StageState, Option<&str>) + Sync + 'a;

/// Does `nodes`, those of both legs side by side. `work` does one, and says whether there was anything to do; `is_cancelled` knows the error of a person
/// who stopped it. A stage that fails takes only those with it that need it. Gives the errors in the order of the graph.
pub fn run<E: std::fmt::Display + Send>(
    nodes: &[Node],
    work: &(dyn Fn(&Node, &Job) -> Result<bool, E> + Sync),
    is_cancelled: &(dyn Fn(&E) -> bool + Sync),
    tell: &Tell,
    job: &Job,
) -> Vec<(&'static str, E)> {
    nodes.iter().for_each(|node| tell(node, StageState::Waiting, None));
    let run = Run { nodes, states: Mutex::new(vec![StageState::Waiting; nodes.len()]), moved: Condvar::new() };
    let errors: Mutex<Vec<(usize, E)>> = Mutex::default();
    let worker = || {
        while let Some(n) = run.next(tell) {
            let node = &nodes[n];
            tell(node, StageState::Running, None);
            let state = match work(node, &job.part(node.name)) {
                Ok(done) => {
                    let state = if done { StageState::Done } else { StageState::Skipped };
                    tell(node, state, None);
                    state
                }
                Err(error) => {
                    let state = if is_cancelled(&error) { StageState::Cancelled } else { StageState::Failed };
                    tell(node, state, (state == StageState::Failed).then(|| error.to_string()).as_deref());
                    lock(&errors).push((n, error));
                    state
                }
            };
            run.ended(n, state, tell);
        }
    };
    std::thread::scope(|threads| {
        // One for each leg.
        threads.spawn(worker);
        worker();
    });
    let mut errors = errors.into_inner().unwrap_or_else(PoisonError::into_inner);
    errors.sort_by_key(|(n, _)| *n);
    errors.into_iter().map(|(n, error)| (nodes[n].name, error)).collect()
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Run<'a> {
    nodes: &'a [Node],
    states: Mutex<Vec<StageState>>,
    moved: Condvar,
}

impl Run<'_> {
    /// The next stage that waits for nothing any more; none once all have ended. Those that can't be done are told on the way.
    fn next(&self, tell: &Tell) -> Option<usize> {
        let mut states = lock(&self.states);
        loop {
            if let Some((n, why)) = self.hopeless(&states) {
                states[n] = StageState::Skipped;
                tell(&self.nodes[n], StageState::Skipped, Some(&why));
                self.moved.notify_all();
                continue;
            }
            if let Some(n) = (0..self.nodes.len()).find(|n| states[*n] == StageState::Waiting && self.is_ready(*n, &states)) {
                states[n] = StageState::Running;
                return Some(n);
            }
            if !states.contains(&StageState::Waiting) {
                return None;
            }
            states = self.moved.wait(states).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn ended(&self, n: usize, state: StageState, tell: &Tell) {
        let mut states = lock(&self.states);
        states[n] = state;
        // Who stops one stage stops the media.
        if state == StageState::Cancelled {
            for (n, state) in states.iter_mut().enumerate().filter(|(_, state)| **state == StageState::Waiting) {
                *state = StageState::Cancelled;
                tell(&self.nodes[n], StageState::Cancelled, None);
            }
        }
        drop(states);
        self.moved.notify_all();
    }

    fn state_of(&self, name: &str, states: &[StageState]) -> Option<StageState> {
        self.nodes.iter().position(|node| node.name == name).map(|n| states[n])
    }

    /// A stage that is not in the run has been done before.
    fn is_ready(&self, n: usize, states: &[StageState]) -> bool {
        let node = &self.nodes[n];
        let ended = |name: &&str| self.state_of(name, states).is_none_or(|s| !matches!(s, StageState::Waiting | StageState::Running));
        node.needs.iter().chain(node.after).all(ended)
    }

    fn hopeless(&self, states: &[StageState]) -> Option<(usize, String)> {
        let waiting = self.nodes.iter().enumerate().filter(|(n, _)| states[*n] == StageState::Waiting);
        let failed = |name: &&&str| self.state_of(name, states) == Some(StageState::Failed);
        waiting.into_iter().find_map(|(n, node)| Some((n, format!("{} failed", node.needs.iter().find(failed)?))))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::sync::Barrier;

    fn told(fails: &[&str], cancels: &str) -> (Vec<String>, Vec<&'static str>) {
        let log: Mutex<Vec<String>> = Mutex::default();
        let tell = |node: &Node, state: StageState, why: Option<&str>| {
            if !matches!(state, StageState::Waiting | StageState::Running) {
                lock(&log).push(format!("{} {state:?}{}", node.name, why.map(|w| format!(": {w}")).unwrap_or_default()));
            }
        };
        let work = |node: &Node, _: &Job| match node.name {
            name if name == cancels => Err("cancelled".to_owned()),
            name if fails.contains(&name) => Err(format!("no {name}")),
            name => Ok(name != "proxy"),
        };
        let errors = run(&GRAPH, &work, &|e| e == "cancelled", &tell, &Job::quiet());
        let mut log = log.into_inner().unwrap();
        log.sort();
        (log, errors.into_iter().map(|(name, _)| name).collect())
    }

    #[test]
    fn what_fails_takes_only_those_with_it_that_need_it() {
        let (log, errors) = told(&["listen"], "");
        assert_eq!(errors, ["listen"]);
        for line in [
            "listen Failed: no listen",
            "speech Skipped: listen failed",
            "drift Skipped: listen failed",
            "text Done",
            "measure Done",
            "proxy Skipped",
        ] {
            assert!(log.iter().any(|l| l == line), "{line}: {log:?}");
        }
        let (log, errors) = told(&["text", "annotate"], "");
        assert_eq!(errors, ["text", "annotate"]);
        assert!(log.contains(&"measure Done".to_owned()) && log.contains(&"drift Done".to_owned()));
    }

    #[test]
    fn who_stops_one_stage_stops_the_media() {
        let (log, _) = told(&[], "drift");
        assert!(log.contains(&"measure Cancelled".to_owned()) && log.contains(&"annotate Cancelled".to_owned()), "{log:?}");
        assert_eq!(log.len(), GRAPH.len());
    }

    #[test]
    fn both_legs_run_side_by_side_and_nothing_before_what_it_waits_for() {
        let barrier = Barrier::new(2);
        let order: Mutex<Vec<&str>> = Mutex::default();
        let work = |node: &Node, _: &Job| {
            // Each waits here for the other: alone, neither would go on.
            if ["listen", "look"].contains(&node.name) {
                barrier.wait();
            }
            lock(&order).push(node.name);
            Ok::<bool, String>(true)
        };
        assert!(run(&GRAPH, &work, &|_| false, &|_, _, _| {}, &Job::quiet()).is_empty());
        let order = order.into_inner().unwrap();
        for node in &GRAPH {
            let at = |name: &str| order.iter().position(|n| *n == name);
            assert!(node.needs.iter().chain(node.after).all(|before| at(before) < at(node.name)), "{}: {order:?}", node.name);
        }
    }

    #[test]
    fn the_graph_names_what_stands_before() {
        for (n, node) in GRAPH.iter().enumerate() {
            assert!(node.needs.iter().chain(node.after).all(|name| GRAPH[..n].iter().any(|before| before.name == *name)), "{}", node.name);
        }
    }
}
