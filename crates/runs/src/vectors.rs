//! Vectors in the file.

use crate::file::RunFile;
use plumbline_core::near::{Piece, PieceKind};
use plumbline_core::{MediaTime, Span};
use plumbline_pipeline::Vectors;
use plumbline_pipeline::runs::RunsError;
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};
use std::collections::HashSet;

const PIECES: &str = "SELECT id, media, kind, start_us, end_us, at, text, content FROM piece";

impl Vectors for RunFile {
    fn pieces(&self, space: &str, media: &str) -> Result<Vec<Piece>, RunsError> {
        Ok(self.with(|c| rows(c, space, media))?.into_iter().map(|(_, piece)| piece).collect())
    }

    fn keep(&self, space: &str, media: &str, piece: &Piece, coded: &[u8]) -> Result<(), RunsError> {
        self.with(|c| {
            let within = c.transaction_with_behavior(TransactionBehavior::Immediate)?;
            within.prepare_cached("INSERT INTO space (name) VALUES (?1) ON CONFLICT DO NOTHING")?.execute([space])?;
            let space: i64 = within.prepare_cached("SELECT id FROM space WHERE name = ?1")?.query_row([space], |row| row.get(0))?;
            let Piece { kind, span, at, text, content } = piece;
            within
                .prepare_cached(
                    "INSERT INTO piece (space, media, kind, start_us, end_us, at, text, content) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                )?
                .execute(params![space, media, kind.name(), span.start.us(), span.end.us(), at, text, content])?;
            let id = within.last_insert_rowid();
            within.prepare_cached("INSERT INTO vector (piece, space, numbers) VALUES (?1, ?2, ?3)")?.execute(params![id, space, coded])?;
            within.commit()
        })
    }

    fn drop_others(&self, space: &str, media: &str, pieces: &[Piece]) -> Result<u64, RunsError> {
        self.with(|c| {
            let within = c.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let stay: HashSet<&Piece> = pieces.iter().collect();
            let mut seen: HashSet<Piece> = HashSet::new();
            let mut dropped = 0;
            for (id, piece) in rows(&within, space, media)? {
                // Two processes that work at the same time may have kept the same twice.
                if !stay.contains(&piece) || !seen.insert(piece) {
                    within.prepare_cached("DELETE FROM vector WHERE piece = ?1")?.execute([id])?;
                    within.prepare_cached("DELETE FROM piece WHERE id = ?1")?.execute([id])?;
                    dropped += 1;
                }
            }
            within.commit()?;
            Ok(dropped)
        })
    }

    fn spaces(&self) -> Result<Vec<(String, u64)>, RunsError> {
        const COUNTS: &str = "SELECT name, count(*) AS held FROM piece JOIN space ON space.id = piece.space
             GROUP BY space.id ORDER BY held DESC, space.id DESC";
        let row = |row: &Row<'_>| Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs()));
        self.with(|c| c.prepare_cached(COUNTS)?.query_map([], row)?.collect())
    }

    fn each(&self, space: &str, look: &mut dyn FnMut(i64, &[u8])) -> Result<(), RunsError> {
        self.with(|c| {
            let mut all = c.prepare_cached("SELECT piece, numbers FROM vector WHERE space = (SELECT id FROM space WHERE name = ?1)")?;
            let mut rows = all.query([space])?;
            while let Some(row) = rows.next()? {
                look(row.get(0)?, row.get_ref(1)?.as_blob()?);
            }
            Ok(())
        })
    }

    fn each_of(&self, space: &str, media: &str, look: &mut dyn FnMut(Piece, &[u8])) -> Result<(), RunsError> {
        self.with(|c| {
            let mut numbers = c.prepare_cached("SELECT numbers FROM vector WHERE piece = ?1")?;
            for (id, piece) in rows(c, space, media)? {
                let mut found = numbers.query([id])?;
                if let Some(row) = found.next()? {
                    look(piece, row.get_ref(0)?.as_blob()?);
                }
            }
            Ok(())
        })
    }

    fn piece(&self, id: i64) -> Result<Option<(String, Piece)>, RunsError> {
        self.with(|c| {
            let mut one = c.prepare_cached(&format!("{PIECES} WHERE id = ?1"))?;
            one.query_row([id], |row| Ok((row.get(1)?, piece(row)?))).optional()
        })
    }
}

fn rows(connection: &Connection, space: &str, media: &str) -> rusqlite::Result<Vec<(i64, Piece)>> {
    connection
        .prepare_cached(&format!("{PIECES} WHERE space = (SELECT id FROM space WHERE name = ?1) AND media = ?2 ORDER BY id"))?
        .query_map([space, media], |row| Ok((row.get(0)?, piece(row)?)))?
        .collect()
}

fn piece(row: &Row<'_>) -> rusqlite::Result<Piece> {
    let time = |column| row.get(column).map(MediaTime::from_us);
    let kind: String = row.get(2)?;
    Ok(Piece {
        kind: PieceKind::parse(&kind).ok_or(rusqlite::Error::InvalidQuery)?,
        span: Span::new(time(3)?, time(4)?),
        at: row.get(5)?,
        text: row.get(6)?,
        content: row.get(7)?,
    })
}
