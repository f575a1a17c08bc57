//! What the queue costs beyond the work: items of nothing to do go through all stages, with their states told to a ledger on the disk.
//!
//!     cargo run --release -p plumbline-worker --example queue_cost [ITEMS...]
//!
//! Prints, for each count of items, microseconds for each item and the peak of memory.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use plumbline_flows::archive::{Settings, stages};
use plumbline_pipeline::graph::Node;
use plumbline_pipeline::queue::{Flow, Retry, run};
use plumbline_pipeline::runs::{StageState, Told};
use plumbline_pipeline::width::Width;
use plumbline_pipeline::{Fault, Job, Runs};
use plumbline_runs::RunFile;
use std::sync::Mutex;
use std::time::Instant;

fn peak_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).unwrap_or(0)
}

fn main() {
    let counts: Vec<usize> = std::env::args().skip(1).filter_map(|n| n.parse().ok()).collect();
    let counts = if counts.is_empty() { vec![10, 100, 1_000, 10_000] } else { counts };
    let nodes = stages(&Settings::default()).unwrap();
    println!("items,us_per_item,peak_kb");
    for items in counts {
        let folder = tempfile::tempdir().unwrap();
        let runs = RunFile::open(&folder.path().join("ledger.runs")).unwrap();
        let pending: Mutex<Vec<Told>> = Mutex::default();
        let tell = |item: usize, node: &Node, state: StageState, _: Option<&str>| {
            let mut pending = pending.lock().unwrap();
            pending.push(Told { media: format!("{item:08}"), stage: node.name.to_owned(), state, error: None });
            if pending.len() >= 200 {
                runs.set_stages(&pending).unwrap();
                pending.clear();
            }
        };
        let flow = Flow {
            nodes: &nodes,
            work: &|_, _, _: &Job| Ok::<bool, String>(true),
            fault: &|_: &String| Fault::Media,
            tell: &tell,
            retry: Retry::default(),
            width: Width::fixed(2),
            load: &|| None,
        };
        let began = Instant::now();
        let came = run(items, &flow, &Job::quiet());
        runs.set_stages(&pending.lock().unwrap()).unwrap();
        assert_eq!(came.whole, items);
        println!("{items},{},{}", began.elapsed().as_micros() / items.max(1) as u128, peak_kb());
    }
}
