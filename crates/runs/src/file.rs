//! The file: opening it, and the ledger, answers and stages in it.

use crate::process::{Process, Trouble, bury};
use plumbline_core::models::Money;
use plumbline_pipeline::models::Usage;
use plumbline_pipeline::runs::{Call, CallState, Ended, NewCall, Runs, RunsError, Spent, StageRow, StageState, Told};
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// `PLMR`: marks the file as ours in its header.
const APPLICATION_ID: i32 = 0x504c_4d52;
/// What leads from each version of the layout to the next; their number is the version written today.
const MIGRATIONS: [&str; 2] = [include_str!("layout.sql"), include_str!("vectors.sql")];
/// Other processes write for some milliseconds; who waits longer than this waits for a disk that hangs.
const BUSY: Duration = Duration::from_secs(20);

/// The ledger of runs in a file.
#[derive(Debug)]
pub struct RunFile {
    path: PathBuf,
    // Before `process`, so that the file is closed when others may take this process for dead.
    connection: Mutex<Connection>,
    process: Process,
}

impl RunFile {
    /// Opens `NAME.runs` beside `NAME.plumbline`; makes it where there is none.
    ///
    /// # Errors
    /// As [`RunFile::open`].
    pub fn beside(project: &Path) -> Result<Self, RunsError> {
        Self::open(&project.with_extension("runs"))
    }

    /// Opens the file; makes it where there is none. Calls and stages of processes that were killed are closed: a call counts as charged with the
    /// most that it may have cost, and a stage waits for its turn again.
    ///
    /// # Errors
    /// Where it can't be opened or written, is something else, or was written by a newer Plumbline.
    pub fn open(path: &Path) -> Result<Self, RunsError> {
        let (connection, process) = enter(path).map_err(|trouble| match trouble {
            Refusal::Trouble(trouble) => trouble_at(path, &trouble),
            Refusal::Sentence(what) => RunsError::Refused { path: path.display().to_string(), what },
        })?;
        Ok(Self { path: path.to_owned(), connection: Mutex::new(connection), process })
    }

    /// Runs `work` alone in this process; what SQLite says becomes a sentence.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>) -> Result<T, RunsError> {
        // A thread that panicked within a transaction rolled it back, so the connection is sound.
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut connection).map_err(|error| trouble_at(&self.path, &Trouble::Sqlite(error)))
    }
}

enum Refusal {
    Trouble(Trouble),
    Sentence(String),
}

impl<E: Into<Trouble>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self::Trouble(error.into())
    }
}

fn enter(path: &Path) -> Result<(Connection, Process), Refusal> {
    let mut connection = Connection::open(path)?;
    connection.busy_timeout(BUSY)?;
    // Before anything is written: a file of another kind stays as it is.
    layout(&connection)?;
    // What was paid for must survive a power cut, so every commit reaches the disk.
    connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")?;
    let within = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for step in &MIGRATIONS[layout(&within)?..] {
        within.execute_batch(step)?;
    }
    within.pragma_update(None, "application_id", APPLICATION_ID)?;
    within.pragma_update(None, "user_version", MIGRATIONS.len() as i64)?;
    bury(path, &within)?;
    let process = Process::enter(path, now_us(), &within)?;
    within.commit()?;
    Ok((connection, process))
}

/// The version of the file's layout; 0 for a new file.
fn layout(connection: &Connection) -> Result<usize, Refusal> {
    let pragma = |name: &str| connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i32>(0));
    let (id, version) = (pragma("application_id")?, pragma("user_version")?);
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if id != APPLICATION_ID && tables > 0 {
        return Err(Refusal::Sentence("is not a ledger of calls. Move it away, and a new one is made".into()));
    }
    let today = MIGRATIONS.len();
    match usize::try_from(version).unwrap_or_default() {
        layout if layout > today => Err(Refusal::Sentence(format!(
            "was written by a newer Plumbline (layout {version}, this one knows {today}). Use that version; nothing was changed"
        ))),
        layout => Ok(layout),
    }
}

impl Runs for RunFile {
    fn answer(&self, key: &str) -> Result<Option<Vec<u8>>, RunsError> {
        self.with(|c| c.prepare_cached("SELECT body FROM answer WHERE key = ?1")?.query_row([key], |row| row.get(0)).optional())
    }

    fn begin(&self, call: &NewCall, cap: Option<Money>) -> Result<i64, RunsError> {
        self.with(|c| {
            let within = c.transaction_with_behavior(TransactionBehavior::Immediate)?;
            if let Some(cap) = cap {
                let sums = sums(&within)?;
                if sums.cost + sums.held + call.at_most > cap {
                    return Ok(Err(RunsError::Cap { cap, spent: sums.cost, held: sums.held, needed: call.at_most }));
                }
            }
            within.execute(
                "INSERT INTO call (process, began_us, service, what, task, media, key, state, cost) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'open', ?8)",
                params![self.process.id, now_us(), call.service, call.what, call.task, call.media, call.key, call.at_most.nano_usd()],
            )?;
            let id = within.last_insert_rowid();
            within.commit()?;
            Ok(Ok(id))
        })?
    }

    fn end(&self, call: i64, ended: &Ended, answer: Option<&[u8]>) -> Result<(), RunsError> {
        let state = if ended.error.is_none() { CallState::Done } else { CallState::Failed };
        let Usage { input, output, cache_read, cache_write } = ended.usage;
        let [input, output, cache_read, cache_write, latency_ms] = [input, output, cache_read, cache_write, ended.latency_ms].map(stored);
        self.with(|c| {
            let within = c.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let key: String = within.query_row(
                "UPDATE call SET state = ?2, cost = ?3, input = ?4, output = ?5, cache_read = ?6, cache_write = ?7, latency_ms = ?8, error = ?9
                 WHERE id = ?1 AND state = 'open' RETURNING key",
                params![call, call_state(state), ended.cost.nano_usd(), input, output, cache_read, cache_write, latency_ms, ended.error],
                |row| row.get(0),
            )?;
            if let Some(body) = answer {
                within.execute("INSERT OR REPLACE INTO answer (key, call, body) VALUES (?1, ?2, ?3)", params![key, call, body])?;
            }
            within.commit()
        })
    }

    fn spent(&self) -> Result<Spent, RunsError> {
        self.with(|c| sums(c))
    }

    fn calls(&self, media: Option<&str>, count: usize) -> Result<Vec<Call>, RunsError> {
        const COLUMNS: &str =
            "id, began_us, service, what, task, media, state, input, output, cache_read, cache_write, latency_ms, cost, error FROM call";
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        self.with(|c| match media {
            Some(media) => c
                .prepare_cached(&format!("SELECT {COLUMNS} WHERE media = ?1 ORDER BY id DESC LIMIT ?2"))?
                .query_map(params![media, count], call_row)?
                .collect(),
            None => c.prepare_cached(&format!("SELECT {COLUMNS} ORDER BY id DESC LIMIT ?1"))?.query_map([count], call_row)?.collect(),
        })
    }

    fn costs(&self) -> Result<Vec<(String, Money)>, RunsError> {
        const SUMS: &str = "SELECT media, sum(cost) FROM call GROUP BY media";
        self.with(|c| c.prepare_cached(SUMS)?.query_map([], |row| Ok((row.get(0)?, money(row, 1)?)))?.collect())
    }

    fn set_stage(&self, media: &str, stage: &str, state: StageState, error: Option<&str>) -> Result<(), RunsError> {
        self.with(|c| set_stage(c, (media, stage), state, error, self.process.id))
    }

    fn set_stages(&self, told: &[Told]) -> Result<(), RunsError> {
        self.with(|c| {
            let tx = c.transaction_with_behavior(TransactionBehavior::Immediate)?;
            for Told { media, stage, state, error } in told {
                set_stage(&tx, (media, stage), *state, error.as_deref(), self.process.id)?;
            }
            tx.commit()
        })
    }

    fn stages(&self, media: Option<&str>) -> Result<Vec<StageRow>, RunsError> {
        const ALL: &str = "SELECT media, stage, state, attempts, at_us, error FROM stage";
        self.with(|c| match media {
            Some(media) => {
                c.prepare_cached(&format!("{ALL} WHERE media = ?1 ORDER BY at_us, stage"))?.query_map([media], stage_row)?.collect()
            }
            None => c.prepare_cached(&format!("{ALL} ORDER BY media, at_us, stage"))?.query_map([], stage_row)?.collect(),
        })
    }
}

fn set_stage(c: &Connection, (media, stage): (&str, &str), state: StageState, error: Option<&str>, process: i64) -> rusqlite::Result<()> {
    let begins = i64::from(state == StageState::Running);
    c.prepare_cached(
        "INSERT INTO stage (media, stage, state, attempts, at_us, error, process) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (media, stage) DO UPDATE SET state = excluded.state, attempts = attempts + excluded.attempts,
             at_us = excluded.at_us, error = excluded.error, process = excluded.process",
    )?
    .execute(params![media, stage, stage_state(state), begins, now_us(), error, process])
    .map(drop)
}

fn sums(connection: &Connection) -> rusqlite::Result<Spent> {
    let mut spent = Spent::default();
    let mut by_state = connection.prepare_cached("SELECT state, sum(cost), count(*) FROM call GROUP BY state")?;
    let mut rows = by_state.query([])?;
    while let Some(row) = rows.next()? {
        let (cost, count) = (money(row, 1)?, count(row, 2)?);
        match call_state_of(row, 0)? {
            CallState::Open => spent.held = cost,
            CallState::Done => (spent.cost, spent.done) = (spent.cost + cost, count),
            CallState::Failed => (spent.cost, spent.failed) = (spent.cost + cost, count),
        }
    }
    Ok(spent)
}

fn call_row(row: &Row<'_>) -> rusqlite::Result<Call> {
    Ok(Call {
        id: row.get(0)?,
        began_us: row.get(1)?,
        service: row.get(2)?,
        what: row.get(3)?,
        task: row.get(4)?,
        media: row.get(5)?,
        state: call_state_of(row, 6)?,
        usage: Usage { input: count(row, 7)?, output: count(row, 8)?, cache_read: count(row, 9)?, cache_write: count(row, 10)? },
        latency_ms: count(row, 11)?,
        cost: money(row, 12)?,
        error: row.get(13)?,
    })
}

fn stage_row(row: &Row<'_>) -> rusqlite::Result<StageRow> {
    Ok(StageRow {
        media: row.get(0)?,
        stage: row.get(1)?,
        state: stage_state_of(row, 2)?,
        attempts: row.get(3)?,
        at_us: row.get(4)?,
        error: row.get(5)?,
    })
}

fn money(row: &Row<'_>, column: usize) -> rusqlite::Result<Money> {
    row.get(column).map(Money::from_nano_usd)
}

/// SQLite's integers have a sign.
fn stored(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn count(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get(column).map(|count: i64| u64::try_from(count).unwrap_or_default())
}

const CALL_STATES: [(CallState, &str); 3] = [(CallState::Open, "open"), (CallState::Done, "done"), (CallState::Failed, "failed")];
const STAGE_STATES: [(StageState, &str); 6] = [
    (StageState::Waiting, "waiting"),
    (StageState::Running, "running"),
    (StageState::Done, "done"),
    (StageState::Skipped, "skipped"),
    (StageState::Failed, "failed"),
    (StageState::Cancelled, "cancelled"),
];

fn call_state(state: CallState) -> &'static str {
    CALL_STATES.iter().find(|(s, _)| *s == state).map_or("failed", |(_, name)| name)
}

fn call_state_of(row: &Row<'_>, column: usize) -> rusqlite::Result<CallState> {
    let name: String = row.get(column)?;
    CALL_STATES.iter().find(|(_, n)| *n == name).map(|(state, _)| *state).ok_or(rusqlite::Error::InvalidQuery)
}

fn stage_state(state: StageState) -> &'static str {
    STAGE_STATES.iter().find(|(s, _)| *s == state).map_or("failed", |(_, name)| name)
}

fn stage_state_of(row: &Row<'_>, column: usize) -> rusqlite::Result<StageState> {
    let name: String = row.get(column)?;
    STAGE_STATES.iter().find(|(_, n)| *n == name).map(|(state, _)| *state).ok_or(rusqlite::Error::InvalidQuery)
}

fn now_us() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

fn trouble_at(path: &Path, trouble: &Trouble) -> RunsError {
    let what = match trouble {
        Trouble::Sqlite(rusqlite::Error::QueryReturnedNoRows) => "does not know this call as open".into(),
        Trouble::Sqlite(rusqlite::Error::SqliteFailure(error, _)) if error.code == rusqlite::ErrorCode::NotADatabase => {
            "can't be read: it is no database".into()
        }
        other => format!("failed: {other}"),
    };
    RunsError::File { path: path.display().to_string(), what }
}
