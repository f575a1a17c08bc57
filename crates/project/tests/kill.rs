//! `kill -9` between any two actions: what was acknowledged is there when the file is opened again.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::float_cmp, missing_docs)]

use plumbline_core::gate::GateId;
use plumbline_project::{By, Op, Project};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Tells a child of this test where to work; a run without it is the test itself.
const FOLDER: &str = "PLUMBLINE_KILL_TEST_FOLDER";
const ACTIONS: u32 = 40;

fn file(folder: &Path) -> PathBuf {
    folder.join("x.plumbline")
}

/// The nth action: a limit that says its number, and an undo now and then.
fn action(n: u32) -> Op {
    if n % 5 == 4 { Op::Undo } else { Op::SetThresholds { limits: [(GateId::ReadingSpeed, f64::from(n))].into(), note: n.to_string() } }
}

/// The limit in force after `n` actions.
fn limit_after(n: u32) -> f64 {
    let mut stack = vec![25.0];
    for i in 0..n {
        if i % 5 == 4 {
            stack.pop();
        } else {
            stack.push(f64::from(i));
        }
    }
    stack.pop().unwrap()
}

/// Acts and acknowledges until it is killed. It is a test so that this program can start itself for it.
#[test]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let mut project = Project::create(&file(Path::new(&folder))).unwrap();
    for n in 0..ACTIONS {
        project.apply(action(n), &By::Person("Ada".into())).unwrap();
        println!("acknowledged {}", n + 1);
    }
    // Nothing is closed in an orderly way, and the parent decides when it ends.
    loop {
        std::thread::park();
    }
}

#[test]
fn nothing_acknowledged_is_lost() {
    for killed_after in [1, 2, 3, 5, 8, 13, 21, 34, ACTIONS] {
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child", "--nocapture"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let acknowledged = lines.filter(|l| l.contains("acknowledged")).take(killed_after as usize).count();
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(acknowledged, killed_after as usize);

        let mut project = Project::open(&file(folder.path())).unwrap();
        // One event made the project; the child may have gone on between the line and the kill.
        let done = (project.view().seq - 1) as u32;
        assert!(done >= killed_after, "{done} of {killed_after} acknowledged actions are there");
        assert_eq!(project.thresholds().unwrap().limits[&GateId::ReadingSpeed], limit_after(done));
        let dump = project.dump().unwrap();
        project.rebuild().unwrap();
        assert_eq!(project.dump().unwrap(), dump);
    }
}
