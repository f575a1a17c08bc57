//! The executions that a project started: one JSON file beside it. It may be lost without losing a result.

use crate::archive::{ArchiveRun, ArchiveState};
use plumbline_flows::export::write_whole;
use plumbline_flows::{Error, Result};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The file beside a project.
pub fn file_beside(project: &Path) -> PathBuf {
    project.with_extension("archives.json")
}

/// Reads and writes such files, one at a time.
#[derive(Default)]
pub struct Started(Mutex<()>);

impl Started {
    /// All executions, the newest first.
    ///
    /// # Errors
    /// Where the file can't be read.
    pub fn all(&self, file: &Path) -> Result<Vec<ArchiveRun>> {
        let _one = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        read(file)
    }

    /// An execution by its ARN.
    ///
    /// # Errors
    /// Where the file can't be read, or has no such execution.
    pub fn one(&self, file: &Path, execution: &str) -> Result<ArchiveRun> {
        let missing =
            || Error::File { path: execution.to_owned(), why: "this project started no such execution. Open the project that did".into() };
        self.all(file)?.into_iter().find(|run| run.execution == execution).ok_or_else(missing)
    }

    /// Adds an execution.
    ///
    /// # Errors
    /// Where that can't be written; the execution runs all the same.
    pub fn add(&self, file: &Path, run: ArchiveRun) -> Result<()> {
        let _one = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let execution = run.execution.clone();
        let added = read(file).and_then(|runs| write(file, &[vec![run], runs].concat()));
        added.map_err(|e| Error::File {
            path: execution,
            why: format!("it was started, and can't be written down: {e}. Follow it with `plumbline submit status`"),
        })
    }

    /// Takes an execution off the list.
    ///
    /// # Errors
    /// Where it runs as far as is known, is not there, or the file can't be read or written.
    pub fn forget(&self, file: &Path, execution: &str) -> Result<()> {
        if self.one(file, execution)?.state == ArchiveState::Running {
            let why = "it runs, and nobody else here knows of it. Stop it first, or wait for its end".into();
            return Err(Error::File { path: execution.to_owned(), why });
        }
        let _one = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let others: Vec<ArchiveRun> = read(file)?.into_iter().filter(|run| run.execution != execution).collect();
        write(file, &others)
    }

    /// Keeps how executions stand; those that are not there are not added.
    ///
    /// # Errors
    /// Where the file can't be read or written.
    pub fn keep(&self, file: &Path, looked: &[ArchiveRun]) -> Result<()> {
        let _one = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = read(file)?;
        // An answer that comes late knows less: what has ended does not run again.
        let late = |l: &ArchiveRun, run: &ArchiveRun| l.state == ArchiveState::Running && run.state != ArchiveState::Running;
        let newer = |run: &ArchiveRun| looked.iter().find(|l| l.execution == run.execution && !late(l, run)).unwrap_or(run).clone();
        let now: Vec<ArchiveRun> = before.iter().map(newer).collect();
        if now == before { Ok(()) } else { write(file, &now) }
    }
}

fn read(file: &Path) -> Result<Vec<ArchiveRun>> {
    let wrong = |why: String| Error::File {
        path: file.display().to_string(),
        why: format!("the executions in it can't be read: {why}. Move it away; what ran is not lost"),
    };
    match std::fs::read(file) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|e| wrong(e.to_string())),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(vec![]),
        Err(e) => Err(wrong(e.to_string())),
    }
}

fn write(file: &Path, runs: &[ArchiveRun]) -> Result<()> {
    let json = serde_json::to_vec_pretty(runs).map_err(|e| Error::File { path: file.display().to_string(), why: e.to_string() })?;
    write_whole(file, &json)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn run(execution: &str) -> ArchiveRun {
        ArchiveRun { execution: execution.into(), items: 3, ..ArchiveRun::default() }
    }

    #[test]
    fn what_was_started_is_there_at_the_next_start_and_how_it_stood() {
        let home = tempfile::tempdir().unwrap();
        let file = file_beside(&home.path().join("a.plumbline"));
        assert_eq!(Started::default().all(&file).unwrap(), []);
        Started::default().add(&file, run("one")).unwrap();
        Started::default().add(&file, run("two")).unwrap();
        let done = ArchiveRun { state: ArchiveState::Done, whole: Some(3), ..run("one") };
        // Asked for before another project was opened, it is not of this one.
        Started::default().keep(&file, &[done.clone(), run("of another project")]).unwrap();
        assert_eq!(Started::default().all(&file).unwrap(), [run("two"), done.clone()]);
        // An older answer comes late.
        Started::default().keep(&file, &[run("one")]).unwrap();
        assert_eq!(Started::default().one(&file, "one").unwrap(), done);
        // What runs stays on the list.
        assert!(Started::default().forget(&file, "two").unwrap_err().to_string().contains("it runs"));
        Started::default().forget(&file, "one").unwrap();
        assert_eq!(Started::default().all(&file).unwrap(), [run("two")]);
        assert!(Started::default().forget(&file, "one").unwrap_err().to_string().contains("no such execution"));
        assert!(Started::default().one(&file, "three").unwrap_err().to_string().contains("no such execution"));
    }

    #[test]
    fn a_damaged_file_is_told_and_left() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("a.archives.json");
        std::fs::write(&file, "[{").unwrap();
        let told = |e: Error| e.to_string();
        assert!(told(Started::default().all(&file).unwrap_err()).contains("can't be read"));
        assert!(told(Started::default().add(&file, run("one")).unwrap_err()).contains("one: it was started, and can't be written down"));
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "[{");
    }
}
