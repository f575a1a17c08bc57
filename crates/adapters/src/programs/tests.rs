use super::*;
use std::path::Path;

fn python(script: &str, argument: &str) -> Vec<String> {
    ["python3", "-c", script, argument].map(Into::into).into()
}

fn ask(command: &[String], input: &[u8], job: &Job) -> Result<Vec<u8>, Failure> {
    let program = Program { command, environment: &[], time_limit: Duration::from_secs(30), output_limit: 1 << 20 };
    run(&program, input, "asking", job)
}

#[test]
fn a_program_is_told_its_input_and_heard_to_the_end() {
    let check = |command: &[String], input: &[u8], wanted: Result<&[u8], &str>| match (ask(command, input, &Job::quiet()), wanted) {
        (Ok(output), Ok(wanted)) => assert!(output == wanted, "{command:?} wrote {} bytes", output.len()),
        (Err(failure), Err(part)) => assert!(failure.to_string().contains(part), "{failure}"),
        (got, wanted) => panic!("{command:?}: {got:?} is not {wanted:?}"),
    };
    // More than a pipe holds, in both directions at once.
    let much = b"0123456789abcdef".repeat(1 << 15);
    check(&["/bin/cat".into()], &much, Ok(&much));
    check(&["/bin/cat".into()], b"", Ok(b""));
    check(&python("import sys; sys.stdin.close(); print('enough')", ""), &much, Ok(b"enough\n"));
    check(&python("import sys; sys.stderr.write('x' * 1000000); print(len(sys.stdin.read()))", ""), &much, Ok(b"524288\n"));
    check(&python("import os; print(os.listdir('.'))", ""), b"", Ok(b"[]\n"));
    let failing = "import sys; sys.exit(sys.stderr.write('no model\\n found') and 3)";
    check(&python(failing, ""), b"", Err("ended with exit code 3: no model found"));
    check(&python("import sys; sys.stderr.write('ab ' * 1000); sys.exit(1)", ""), b"", Err("exit code 1: …"));
    check(&["/bin/false".into()], b"", Err("exit code 1 and no word about it"));
    check(&python("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", ""), b"", Err("ended with signal: 11"));
    check(&python("while True: print('y' * 1000)", ""), b"", Err("wrote more than 1048576 bytes and was ended"));
    check(&["/nowhere/score".into()], b"", Err("is not there"));
    check(&["no-such-program-of-ours".into()], b"", Err("is not there"));
    check(&["/".into()], b"", Err("can't be run"));
    check(&[], b"", Err("is not there"));
}

#[test]
fn a_program_sees_nothing_else_of_the_environment() {
    let output = String::from_utf8(ask(&["/usr/bin/env".into()], b"", &Job::quiet()).unwrap()).unwrap();
    let names: Vec<&str> = output.lines().filter_map(|line| line.split_once('=')).map(|pair| pair.0).collect();
    assert!(names.contains(&"PATH") && names.iter().all(|name| PASSED_ON.contains(name)), "{names:?}");
}

/// Starts a child that outlives it, and writes both numbers into a file; then waits, or ends.
const WITH_CHILD: &str = "
import os, subprocess, sys, time
path, stays = sys.argv[1].split(';')
child = subprocess.Popen(['sleep', '1000'])
with open(path + '.part', 'w') as file:
    file.write(f'{os.getpid()} {child.pid}')
os.rename(path + '.part', path)
if stays:
    time.sleep(1000)
";

/// Waits until it is so, since signals take their time.
fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::yield_now();
    }
}

/// Whether a process runs no more; one that nobody has waited for yet counts as gone.
fn is_gone(pid: &str) -> bool {
    let state = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    state.rsplit(')').next().is_none_or(|rest| rest.trim_start().starts_with('Z') || rest.is_empty())
}

fn assert_both_gone(file: &Path) {
    let pids = std::fs::read_to_string(file).unwrap();
    assert_eq!(pids.split(' ').count(), 2);
    pids.split(' ').for_each(|pid| wait_until(&format!("{pid} still runs"), || is_gone(pid)));
}

#[test]
fn a_program_that_ends_or_is_ended_takes_all_it_started_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let check = |name: &str, stays: &str, limit_s: u64, job: &Job, wanted: &str| {
        let file = folder.path().join(name);
        let command = python(WITH_CHILD, &format!("{};{stays}", file.display()));
        let program = Program { command: &command, environment: &[], time_limit: Duration::from_secs(limit_s), output_limit: 1 << 20 };
        let result = run(&program, b"", "asking", job);
        assert_eq!(result.map_or_else(|e| e.to_string(), |output| format!("{output:?}")), wanted, "{name}");
        assert_both_gone(&file);
    };
    check("ended", "", 30, &Job::quiet(), "[]");
    // The interpreter is up within its second or so also where others work on the machine.
    check("late", "stays", 3, &Job::quiet(), "was not done after 3 s and was ended");
    let job = Job::quiet();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            wait_until("it never started", || folder.path().join("cancelled").exists());
            job.cancel();
        });
        check("cancelled", "stays", 1_000, &job, "cancelled");
    });
    assert!(matches!(ask(&["/bin/cat".into()], b"", &job), Err(Failure::Cancelled(_))), "a cancelled job starts nothing");
}
