//! Which processes that share the file are alive.

use rusqlite::{Connection, Transaction, params};
use std::ffi::OsString;
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// What a call of a process that was killed says.
const KILLED: &str = "Plumbline was ended while it waited for the answer; it may have been charged";

/// A process that has the file open. Its lock ends with it, however it ends.
#[derive(Debug)]
pub struct Process {
    /// Its number.
    pub id: i64,
    path: PathBuf,
    lock: Option<File>,
}

impl Process {
    /// Takes the next number, within the transaction that nobody else writes beside.
    pub fn enter(ledger: &Path, now_us: i64, within: &Transaction<'_>) -> Result<Self, Trouble> {
        within.execute("INSERT INTO process (began_us) VALUES (?1)", params![now_us])?;
        let id = within.last_insert_rowid();
        let path = lock_path(ledger, id);
        let lock = File::create(&path)?;
        lock.try_lock().map_err(io::Error::from)?;
        Ok(Self { id, path, lock: Some(lock) })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Windows removes no file that is open; a file that stays is removed by who opens the ledger next.
        self.lock = None;
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Closes what processes left open that are no more: their calls may have been charged, their stages wait for their turn again.
pub fn bury(ledger: &Path, within: &Transaction<'_>) -> Result<(), Trouble> {
    for id in processes(within)? {
        if lives(&lock_path(ledger, id))? {
            continue;
        }
        within.execute("UPDATE call SET state = 'failed', error = ?2 WHERE state = 'open' AND process = ?1", params![id, KILLED])?;
        within.execute("UPDATE stage SET state = 'waiting' WHERE state = 'running' AND process = ?1", params![id])?;
        within.execute("DELETE FROM process WHERE id = ?1", params![id])?;
        let _ = std::fs::remove_file(lock_path(ledger, id));
    }
    Ok(())
}

fn processes(connection: &Connection) -> rusqlite::Result<Vec<i64>> {
    connection.prepare("SELECT id FROM process")?.query_map([], |row| row.get(0))?.collect()
}

fn lives(lock: &Path) -> io::Result<bool> {
    let file = match File::open(lock) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    match file.try_lock() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn lock_path(ledger: &Path, id: i64) -> PathBuf {
    let mut path = OsString::from(ledger);
    path.push(format!("-{id}.lock"));
    path.into()
}

/// What SQLite or the folder said.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// SQLite.
    #[error("{0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The folder.
    #[error("{0}")]
    Io(#[from] io::Error),
}
