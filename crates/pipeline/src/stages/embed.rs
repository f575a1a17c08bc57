//! Vectors for what has none yet.

use super::{Ports, StageError, frames};
use crate::calls::Caller;
use crate::embedding::Space;
use crate::job::Job;
use crate::models::{Meaning, Purpose};
use crate::runs::Runs;
use crate::vectors::Vectors;
use plumbline_core::Delta;
use plumbline_core::frames::{KeptFrame, PictureFormat, Wish};
use plumbline_core::models::Money;
use plumbline_core::near::{Piece, coded};
use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// A piece, with its frame where it is one.
pub type Content = (Piece, Option<KeptFrame>);

/// One frame of each shot, large enough to tell what it shows.
pub fn wish() -> Wish {
    Wish { every: Delta::ZERO, per_shot: true, max_edge: 512, format: PictureFormat::Jpeg, ..Wish::default() }
}

/// What embedding a media comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Estimate {
    /// Everything that is to have a vector.
    pub pieces: usize,
    /// What has one, or has an answer that was paid for.
    pub kept: usize,
    /// What the model does not take: texts that are too long.
    pub left_out: usize,
    /// What the rest costs at most; none where the model's price is not known.
    pub at_most: Option<Money>,
}

/// What was done.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Done {
    /// Everything that is to have a vector.
    pub pieces: usize,
    /// What has got one now.
    pub new: usize,
    /// Of these, how many answers had been paid for before.
    pub from_cache: usize,
    /// Vectors of what is no more.
    pub dropped: u64,
    /// What the model does not take.
    pub left_out: usize,
    /// Why others have none, as sentences.
    pub failures: Vec<String>,
    /// What it cost.
    pub cost: Money,
}

/// The pieces of one media, in one space.
pub struct Subject<'a> {
    /// Id of the media.
    pub media: &'a str,
    /// What is to have a vector.
    pub contents: &'a [Content],
    /// Which vectors.
    pub space: &'a Space,
    /// Where they are kept.
    pub vectors: &'a dyn Vectors,
}

impl Subject<'_> {
    fn open(&self) -> Result<Vec<&Content>, StageError> {
        let held: HashSet<Piece> = self.vectors.pieces(&self.space.name(), self.media)?.into_iter().collect();
        Ok(self.contents.iter().filter(|(piece, _)| !held.contains(piece)).collect())
    }

    /// What it would come to. Nothing is sent.
    ///
    /// # Errors
    /// Where the ledger, the vectors or a frame can't be read.
    pub fn estimate(&self, runs: &dyn Runs, ports: &Ports) -> Result<Estimate, StageError> {
        let open = self.open()?;
        let pieces = self.contents.len();
        let mut all = Estimate { pieces, kept: pieces - open.len(), left_out: 0, at_most: Some(Money::default()) };
        for content in open {
            let what = meaning(content, ports)?;
            let embed = self.space.embed(what, Purpose::Found);
            if !self.space.takes(&embed.what) {
                all.left_out += 1;
            } else if runs.answer(&crate::calls::embed_key(&embed))?.is_some() {
                all.kept += 1;
            } else {
                all.at_most = all.at_most.zip(self.space.at_most(&embed.what)).map(|(sum, one)| sum + one);
            }
        }
        Ok(all)
    }

    /// Gives a vector to what has none, `at_once` at a time, and drops those of what is no more. What a killed run left is gone on with.
    ///
    /// # Errors
    /// Where no call would succeed, the ledger or the vectors can't be written, a frame is gone, or the job was cancelled. What there is stays.
    pub fn run(&self, caller: &Caller, at_once: usize, ports: &Ports, job: &Job) -> Result<Done, StageError> {
        let (open, space) = (self.open()?, self.space.name());
        let (next, reached) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let done = Mutex::new(Done { pieces: self.contents.len(), ..Done::default() });
        let ended: Mutex<Option<StageError>> = Mutex::default();
        let work = || {
            while let Some(content) = open.get(next.fetch_add(1, Ordering::Relaxed)) {
                let step = job.step("Looking for what it means", reached.load(Ordering::Relaxed) as u64, Some(open.len() as u64));
                let got = step.map_err(StageError::from).and_then(|()| self.one(content, &space, caller, ports, job));
                reached.fetch_add(1, Ordering::Relaxed);
                let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                match got {
                    Ok(Some((from_cache, cost))) => {
                        (done.new, done.cost) = (done.new + 1, done.cost + cost);
                        done.from_cache += usize::from(from_cache);
                    }
                    Ok(None) => done.left_out += 1,
                    Err(StageError::Call(error)) if !error.ends_run() => done.failures.push(error.to_string()),
                    Err(error) => {
                        next.store(open.len(), Ordering::Relaxed);
                        // The first error says why; others only that the run was stopped.
                        ended.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                    }
                }
            }
        };
        std::thread::scope(|threads| {
            for _ in 0..at_once.clamp(1, open.len().max(1)) {
                threads.spawn(work);
            }
        });
        if let Some(error) = ended.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(error);
        }
        let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        let pieces: Vec<Piece> = self.contents.iter().map(|(piece, _)| piece.clone()).collect();
        done.dropped = self.vectors.drop_others(&space, self.media, &pieces)?;
        Ok(done)
    }

    fn one(&self, content: &Content, space: &str, caller: &Caller, ports: &Ports, job: &Job) -> Result<Option<(bool, Money)>, StageError> {
        let what = meaning(content, ports)?;
        let Some(asked) = self.space.vector(caller, what, Purpose::Found, self.media, job)? else { return Ok(None) };
        self.vectors.keep(space, self.media, &content.0, &coded(&asked.answer.vector))?;
        Ok(Some((asked.from_cache, asked.cost)))
    }
}

fn meaning((piece, frame): &Content, ports: &Ports) -> Result<Meaning, StageError> {
    match frame {
        Some(frame) => Ok(Meaning::Picture(frame.format, frames::bytes(frame, ports)?.into())),
        None => Ok(Meaning::Text(piece.text.clone())),
    }
}
