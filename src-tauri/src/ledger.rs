//! The ledger of the open project, and how far every media is, held in memory so that a look at it costs nothing.

use plumbline_adapters::{MemoryRuns, MemoryVectors};
use plumbline_core::models::Money;
use plumbline_pipeline::graph::GRAPH;
use plumbline_pipeline::runs::{Call, Ended, NewCall, RunsError, Spent, StageRow, StageState, Told};
use plumbline_pipeline::{Runs, Vectors};
use plumbline_runs::RunFile;
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The stages of a media in the order of the graph; none where one was never begun.
pub type Stages = [Option<StageState>; GRAPH.len()];

/// What is known of a media.
#[derive(Clone, Copy, Default)]
pub struct Standing {
    pub stages: Stages,
    /// What its calls cost so far.
    pub cost: Money,
    /// Whether it is worked on at the moment.
    pub active: bool,
    /// When it moved last, in moves since the start.
    moved: i64,
}

#[derive(Default)]
struct Board {
    moves: i64,
    media: HashMap<String, Standing>,
    active: HashSet<String>,
    /// Whose each open call is.
    calls: HashMap<i64, String>,
}

impl Board {
    fn moved(&mut self, media: &str) -> &mut Standing {
        self.moves += 1;
        let (moves, active) = (self.moves, self.active.contains(media));
        let standing = self.media.entry(media.to_owned()).or_default();
        (standing.moved, standing.active) = (moves, active);
        standing
    }
}

/// The ledger beside the open project.
pub struct Ledger {
    runs: Arc<dyn Runs>,
    /// Vectors, kept in the same file.
    pub vectors: Arc<dyn Vectors>,
    /// Why nothing of it is kept, as a sentence; none where it is.
    pub unkept: Option<String>,
    board: Mutex<Board>,
}

impl Ledger {
    /// Opens the ledger beside a project. Where it can't be opened, how far media are is known as long as the project is open, and nobody is paid.
    pub fn beside(project: &Path) -> Self {
        let (runs, vectors, unkept): (Arc<dyn Runs>, Arc<dyn Vectors>, _) = match RunFile::beside(project).map(Arc::new) {
            Ok(file) => (file.clone(), file, None),
            Err(error) => {
                let unkept = format!("{error}. Until then no service that is paid is asked");
                (Arc::new(MemoryRuns::default()), Arc::new(MemoryVectors::default()), Some(unkept))
            }
        };
        Self { runs, vectors, unkept, board: Mutex::default() }
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says that a media is worked on until the value is dropped.
    pub fn enter(&self, media: &str) -> Active<'_> {
        let mut board = self.board();
        board.active.insert(media.to_owned());
        board.moved(media);
        Active { ledger: self, media: media.to_owned() }
    }

    /// Reads all from the file again; other programs may have written to it.
    pub fn read(&self) -> Result<(), RunsError> {
        let mut board = self.board();
        let (rows, costs) = (self.runs.stages(None)?, self.runs.costs()?);
        board.media.clear();
        for StageRow { media, stage, state, .. } in rows {
            if let Some(at) = place(&stage) {
                board.moved(&media).stages[at] = Some(state);
            }
        }
        for (media, cost) in costs {
            board.moved(&media).cost = cost;
        }
        Ok(())
    }

    /// The moves so far, and the media that moved after `since`; all where none is given.
    pub fn standing(&self, since: Option<i64>) -> (i64, HashMap<String, Standing>) {
        let board = self.board();
        let after = |standing: &Standing| since.is_none_or(|since| standing.moved > since);
        (board.moves, board.media.iter().filter(|(_, s)| after(s)).map(|(media, s)| (media.clone(), *s)).collect())
    }

    /// How a media stands.
    pub fn of(&self, media: &str) -> Standing {
        self.board().media.get(media).copied().unwrap_or_default()
    }
}

fn place(stage: &str) -> Option<usize> {
    GRAPH.iter().position(|node| node.name == stage)
}

/// A media is worked on.
pub struct Active<'a> {
    ledger: &'a Ledger,
    media: String,
}

impl Drop for Active<'_> {
    fn drop(&mut self) {
        let mut board = self.ledger.board();
        board.active.remove(&self.media);
        board.moved(&self.media);
    }
}

impl Runs for Ledger {
    fn answer(&self, key: &str) -> Result<Option<Vec<u8>>, RunsError> {
        self.runs.answer(key)
    }

    fn begin(&self, call: &NewCall, cap: Option<Money>) -> Result<i64, RunsError> {
        let id = self.runs.begin(call, cap)?;
        self.board().calls.insert(id, call.media.clone());
        Ok(id)
    }

    fn end(&self, call: i64, ended: &Ended, answer: Option<&[u8]>) -> Result<(), RunsError> {
        self.runs.end(call, ended, answer)?;
        let mut board = self.board();
        if let Some(media) = board.calls.remove(&call) {
            let standing = board.moved(&media);
            standing.cost = standing.cost + ended.cost;
        }
        Ok(())
    }

    fn spent(&self) -> Result<Spent, RunsError> {
        self.runs.spent()
    }

    fn calls(&self, media: Option<&str>, count: usize) -> Result<Vec<Call>, RunsError> {
        self.runs.calls(media, count)
    }

    fn costs(&self) -> Result<Vec<(String, Money)>, RunsError> {
        self.runs.costs()
    }

    fn set_stage(&self, media: &str, stage: &str, state: StageState, error: Option<&str>) -> Result<(), RunsError> {
        if let Some(at) = place(stage) {
            self.board().moved(media).stages[at] = Some(state);
        }
        self.runs.set_stage(media, stage, state, error)
    }

    fn set_stages(&self, told: &[Told]) -> Result<(), RunsError> {
        for Told { media, stage, state, .. } in told {
            if let Some(at) = place(stage) {
                self.board().moved(media).stages[at] = Some(*state);
            }
        }
        self.runs.set_stages(told)
    }

    fn stages(&self, media: Option<&str>) -> Result<Vec<StageRow>, RunsError> {
        self.runs.stages(media)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_look_tells_what_moved_since_the_last_one() {
        let home = tempfile::tempdir().unwrap();
        let ledger = Ledger::beside(&home.path().join("a.plumbline"));
        ledger.set_stage("x", "listen", StageState::Done, None).unwrap();
        ledger.set_stage("y", "look", StageState::Failed, Some("It is no film.")).unwrap();
        ledger.read().unwrap();
        let (first, all) = ledger.standing(None);
        assert_eq!((all.len(), all["x"].stages[0], all["y"].stages[1]), (2, Some(StageState::Done), Some(StageState::Failed)));
        assert!(ledger.standing(Some(first)).1.is_empty());
        let active = ledger.enter("y");
        let call = NewCall {
            service: "bedrock".into(),
            what: "a model".into(),
            task: "describe".into(),
            media: "y".into(),
            key: "k".into(),
            at_most: Money::from_nano_usd(9),
        };
        let id = ledger.begin(&call, None).unwrap();
        let ended = Ended { usage: Default::default(), latency_ms: 1, cost: Money::from_nano_usd(5), error: None };
        ledger.end(id, &ended, None).unwrap();
        let (second, moved) = ledger.standing(Some(first));
        assert_eq!((moved.len(), moved["y"].active, moved["y"].cost), (1, true, Money::from_nano_usd(5)));
        drop(active);
        assert!(!ledger.standing(Some(second)).1["y"].active);
        // What is read anew is what was kept.
        ledger.read().unwrap();
        assert_eq!(ledger.of("y").cost, Money::from_nano_usd(5));
    }

    #[test]
    fn a_ledger_that_is_none_is_told_and_left_alone() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("a.runs");
        std::fs::write(&path, "this is no ledger".repeat(100)).unwrap();
        let ledger = Ledger::beside(&home.path().join("a.plumbline"));
        assert!(ledger.unkept.as_ref().unwrap().contains("a.runs"), "{:?}", ledger.unkept);
        ledger.set_stage("x", "listen", StageState::Done, None).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "this is no ledger".repeat(100));
    }
}
