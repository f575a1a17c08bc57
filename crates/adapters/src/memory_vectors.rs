//! Vectors that are gone with their value.

use plumbline_core::near::Piece;
use plumbline_pipeline::Vectors;
use plumbline_pipeline::runs::RunsError;
use std::collections::{BTreeMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Keeps vectors in memory.
#[derive(Debug, Default)]
pub struct MemoryVectors {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    last: i64,
    rows: BTreeMap<i64, Vector>,
}

#[derive(Debug)]
struct Vector {
    space: String,
    media: String,
    piece: Piece,
    coded: Vec<u8>,
}

impl MemoryVectors {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Vectors for MemoryVectors {
    fn pieces(&self, space: &str, media: &str) -> Result<Vec<Piece>, RunsError> {
        let kept = self.kept();
        Ok(kept.rows.values().filter(|row| row.space == space && row.media == media).map(|row| row.piece.clone()).collect())
    }

    fn keep(&self, space: &str, media: &str, piece: &Piece, coded: &[u8]) -> Result<(), RunsError> {
        let mut kept = self.kept();
        kept.last += 1;
        let (id, row) = (kept.last, Vector { space: space.into(), media: media.into(), piece: piece.clone(), coded: coded.to_vec() });
        kept.rows.insert(id, row);
        Ok(())
    }

    fn drop_others(&self, space: &str, media: &str, pieces: &[Piece]) -> Result<u64, RunsError> {
        let mut kept = self.kept();
        let before = kept.rows.len();
        let stay: HashSet<&Piece> = pieces.iter().collect();
        let mut seen: HashSet<Piece> = HashSet::new();
        kept.rows.retain(|_, row| row.space != space || row.media != media || stay.contains(&row.piece) && seen.insert(row.piece.clone()));
        Ok((before - kept.rows.len()) as u64)
    }

    fn spaces(&self) -> Result<Vec<(String, u64)>, RunsError> {
        let mut counts = BTreeMap::<String, u64>::new();
        for row in self.kept().rows.values() {
            *counts.entry(row.space.clone()).or_default() += 1;
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        Ok(counts)
    }

    fn each(&self, space: &str, look: &mut dyn FnMut(i64, &[u8])) -> Result<(), RunsError> {
        self.kept().rows.iter().filter(|(_, row)| row.space == space).for_each(|(id, row)| look(*id, &row.coded));
        Ok(())
    }

    fn each_of(&self, space: &str, media: &str, look: &mut dyn FnMut(Piece, &[u8])) -> Result<(), RunsError> {
        let kept = self.kept();
        let here = kept.rows.values().filter(|row| row.space == space && row.media == media);
        here.for_each(|row| look(row.piece.clone(), &row.coded));
        Ok(())
    }

    fn piece(&self, id: i64) -> Result<Option<(String, Piece)>, RunsError> {
        Ok(self.kept().rows.get(&id).map(|row| (row.media.clone(), row.piece.clone())))
    }
}
