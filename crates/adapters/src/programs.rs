//! Runs a program that is not ours: what it is told goes in, what it writes comes out, and when its time is over it is gone with all it started.

use plumbline_pipeline::{Cancelled, Job};
use std::io::{ErrorKind, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// Variables of the environment that a program is given; all others, which may hold secrets, stay here.
const PASSED_ON: [&str; 4] = ["PATH", "HOME", "LANG", "TMPDIR"];
/// How often it is looked whether the program has ended, its time is over, or the job was cancelled.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// How long to wait for the ends of the pipes once the program has ended and all that it left was killed.
const DRAIN: Duration = Duration::from_secs(2);
/// Of what a program complains, the last bytes are kept.
const COMPLAINT: usize = 4_096;
/// And of these, so many letters are shown.
const SHOWN: usize = 300;

/// What is run, and how far it may go.
#[derive(Clone, Debug)]
pub struct Program<'a> {
    /// The program and its arguments; no shell reads them.
    pub command: &'a [String],
    /// Variables of its environment, beside those of ours that are passed on.
    pub environment: &'a [(&'a str, &'a str)],
    /// It is killed when it takes longer.
    pub time_limit: Duration,
    /// It is killed when it writes more bytes to its standard output.
    pub output_limit: usize,
}

/// Why a program gave no output.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The person stopped it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// It is not there.
    #[error("is not there")]
    NotFound,
    /// It could not be run or talked to.
    #[error("can't be run: {0}")]
    NotRun(std::io::Error),
    /// It took longer than its time limit.
    #[error("was not done after {} s and was ended", .0.as_secs())]
    Late(Duration),
    /// It wrote more than its output limit.
    #[error("wrote more than {0} bytes and was ended")]
    Flood(usize),
    /// It ended and said that it failed; with the end of its complaint.
    #[error("ended with {}", with_complaint(.0, .1))]
    Ended(ExitStatus, String),
}

fn with_complaint(status: &ExitStatus, complaint: &str) -> String {
    let how = status.code().map_or_else(|| status.to_string(), |code| format!("exit code {code}"));
    if complaint.is_empty() { format!("{how} and no word about it") } else { format!("{how}: {complaint}") }
}

/// What the threads at the pipes have to say.
enum Told {
    Output(std::io::Result<Vec<u8>>),
    Flood,
    Complaint(Vec<u8>),
}

/// Runs the program in an empty folder of its own, tells it `input`, and returns what it wrote to its standard output. `what` is the clause that
/// the job shows meanwhile. When this returns, the program and all that it started in its process group are gone.
///
/// # Errors
/// Where it can't be started, ends with a code other than 0, goes beyond a limit, or the job was cancelled.
pub fn run(program: &Program<'_>, input: &[u8], what: &str, job: &Job) -> Result<Vec<u8>, Failure> {
    job.step(what, 0, None)?;
    let folder = tempfile::tempdir().map_err(Failure::NotRun)?;
    let mut group = Group(start(program, folder.path())?);
    let told = talk(&mut group.0, input.to_vec(), program.output_limit);
    let deadline = Instant::now() + program.time_limit;
    let mut said = Said::default();
    while !group.has_ended().map_err(Failure::NotRun)? {
        job.step(what, 0, None)?;
        if Instant::now() >= deadline {
            return Err(Failure::Late(program.time_limit));
        }
        said.hear(&told, LOOK_EVERY.min(deadline - Instant::now()), program.output_limit)?;
    }
    // What the program left running holds the pipes open.
    group.kill();
    let status = group.0.wait().map_err(Failure::NotRun)?;
    let drained = Instant::now() + DRAIN;
    while !said.is_all() && Instant::now() < drained {
        said.hear(&told, LOOK_EVERY, program.output_limit)?;
    }
    match said.output {
        _ if !status.success() => Err(Failure::Ended(status, shown(&said.complaint.unwrap_or_default()))),
        Some(output) => Ok(output),
        None => Err(Failure::NotRun(std::io::Error::other("what it left running keeps its output open"))),
    }
}

/// What was heard of the program so far; none until a pipe has come to its end.
#[derive(Default)]
struct Said {
    output: Option<Vec<u8>>,
    complaint: Option<Vec<u8>>,
}

impl Said {
    fn is_all(&self) -> bool {
        self.output.is_some() && self.complaint.is_some()
    }

    fn hear(&mut self, told: &Receiver<Told>, wait: Duration, output_limit: usize) -> Result<(), Failure> {
        match told.recv_timeout(wait) {
            Ok(Told::Output(output)) => self.output = Some(output.map_err(Failure::NotRun)?),
            Ok(Told::Flood) => return Err(Failure::Flood(output_limit)),
            Ok(Told::Complaint(complaint)) => self.complaint = Some(complaint),
            Err(RecvTimeoutError::Timeout) => {}
            // Both pipes have ended, and the program has not: there is nothing to hear any more.
            Err(RecvTimeoutError::Disconnected) => std::thread::sleep(wait),
        }
        Ok(())
    }
}

fn start(program: &Program<'_>, folder: &std::path::Path) -> Result<Child, Failure> {
    let (name, arguments) = program.command.split_first().ok_or(Failure::NotFound)?;
    let mut command = Command::new(name);
    command.args(arguments).current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
        .env_clear()
        .envs(PASSED_ON.iter().filter_map(|name| Some((*name, std::env::var_os(name)?))))
        .envs(program.environment.iter().copied());
    group::own(&mut command);
    command.spawn().map_err(|error| if error.kind() == ErrorKind::NotFound { Failure::NotFound } else { Failure::NotRun(error) })
}

/// Feeds and reads the pipes, each on a thread of its own, so that a full one holds up no other. Nobody waits for the threads: they end with
/// the pipes, and a program that left its group may keep these open.
fn talk(child: &mut Child, input: Vec<u8>, output_limit: usize) -> Receiver<Told> {
    let (tell, told) = channel();
    if let Some(mut stdin) = child.stdin.take() {
        // A program that has read enough closes the pipe, and that is its right.
        std::thread::spawn(move || drop(stdin.write_all(&input)));
    }
    if let Some(stdout) = child.stdout.take() {
        let tell: Sender<Told> = tell.clone();
        std::thread::spawn(move || drop(tell.send(output(stdout, output_limit))));
    }
    if let Some(stderr) = child.stderr.take() {
        std::thread::spawn(move || drop(tell.send(Told::Complaint(tail(stderr)))));
    }
    told
}

fn output(from: impl Read, limit: usize) -> Told {
    let mut output = Vec::new();
    match from.take(limit as u64 + 1).read_to_end(&mut output) {
        Ok(_) if output.len() > limit => Told::Flood,
        read => Told::Output(read.map(|_| output)),
    }
}

/// The last bytes of a stream.
fn tail(mut from: impl Read) -> Vec<u8> {
    let (mut kept, mut block) = (Vec::new(), [0; COMPLAINT]);
    loop {
        match from.read(&mut block) {
            Ok(count @ 1..) => {
                kept.extend_from_slice(&block[..count]);
                kept.drain(..kept.len().saturating_sub(COMPLAINT));
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Ok(0) | Err(_) => return kept,
        }
    }
}

/// The end of a complaint, in one line.
fn shown(complaint: &[u8]) -> String {
    let text = String::from_utf8_lossy(complaint);
    let line: Vec<char> = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().collect();
    match line.len().checked_sub(SHOWN) {
        Some(cut @ 1..) => format!("…{}", line[cut..].iter().collect::<String>()),
        _ => line.into_iter().collect(),
    }
}

/// A running program with all that it started; it is gone when this goes.
struct Group(Child);

impl Group {
    /// Whether the program has ended. It is not reaped yet, so that its group can still be named and nothing else has its number.
    fn has_ended(&mut self) -> std::io::Result<bool> {
        group::has_ended(&mut self.0)
    }

    fn kill(&mut self) {
        group::kill(&mut self.0);
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Both do nothing where it was waited for already.
        self.kill();
        let _ = self.0.wait();
    }
}

#[cfg(unix)]
mod group {
    use rustix::io::Errno;
    use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
    use std::os::unix::process::CommandExt;
    use std::process::{Child, Command};

    pub fn own(command: &mut Command) {
        command.process_group(0);
    }

    pub fn has_ended(child: &mut Child) -> std::io::Result<bool> {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        match waitid(WaitId::Pid(Pid::from_child(child)), options) {
            Err(Errno::INTR) => Ok(false),
            status => Ok(status?.is_some()),
        }
    }

    pub fn kill(child: &mut Child) {
        // Once it is reaped its number may be somebody else's. A group that is gone already needs no killing.
        if has_ended(child).is_ok() {
            let _ = kill_process_group(Pid::from_child(child), Signal::KILL);
        }
    }
}

#[cfg(not(unix))]
mod group {
    use std::process::{Child, Command};

    pub fn own(_: &mut Command) {}

    pub fn has_ended(child: &mut Child) -> std::io::Result<bool> {
        Ok(child.try_wait()?.is_some())
    }

    pub fn kill(child: &mut Child) {
        let _ = child.kill();
    }
}

#[cfg(all(test, target_os = "linux"))]
#[allow(clippy::unwrap_used)]
mod tests;
