//! How long limits that learn take at size: a million scores, a hundred thousand labels. `./dev/bench-tune` runs it and asks scikit-learn for the
//! same; with a folder as argument it leaves its data and times there.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use plumbline_core::tune::certify::{Grid, Probe, certify};
use plumbline_core::tune::estimate::{Labels, Sweep, sweep};
use plumbline_core::tune::isotonic;
use plumbline_core::tune::table::Table;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

const SCORES: usize = 1_000_000;
const LABELS: usize = 100_000;
const ROUNDS: usize = 11;

/// Random numbers that are the same in every run (xorshift64*).
struct Draw(u64);

impl Draw {
    /// 0..1.
    fn unit(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// The median of some rounds, in milliseconds.
fn median<T>(mut work: impl FnMut() -> T) -> f64 {
    let mut rounds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let began = Instant::now();
            black_box(work());
            began.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    rounds[ROUNDS / 2]
}

fn bytes(values: &[f64]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

fn main() {
    let mut draw = Draw(7);
    // Good units crowd at the top, as confidences do.
    let scores: Vec<f64> = (0..SCORES).map(|_| 1.0 - draw.unit() * draw.unit()).collect();
    let defects: Vec<bool> = scores.iter().map(|score| draw.unit() < 0.5 * (1.0 - score)).collect();
    let inclusion: Vec<f64> = scores.iter().map(|score| if *score < 0.5 { 1.0 } else { 0.05 }).collect();
    // All of them as if labelled, or so many.
    let labels = |n: usize| Labels { scores: &scores[..n], defects: &defects[..n], inclusion: &inclusion[..n] };

    let swept = |n, labelled| median(|| sweep(&scores[..n], labels(labelled)).unwrap());
    let found: Sweep = sweep(&scores, labels(LABELS)).unwrap();
    let grid = Grid::from_pilot(0.7, &scores).unwrap();
    let table = Table::new(0.05, 0.05).unwrap();
    let probes: Vec<Probe> = (0..LABELS).map(|i| Probe { score: scores[i], defect: Some(defects[i]) }).collect();
    let weights: Vec<f64> = inclusion.iter().map(|p| 1.0 / p).collect();
    let times = [
        ("sweep_1e6_scores_1e5_labels", swept(SCORES, LABELS)),
        ("sweep_1e5_scores_1e5_labels", swept(LABELS, LABELS)),
        ("sweep_1e6_scores_1e6_labels", swept(SCORES, SCORES)),
        ("shown_512_points_with_bounds", median(|| found.points(&found.shown(512)))),
        ("table", median(|| Table::new(0.05, 0.05).unwrap())),
        ("grid_1e6_pilot", median(|| Grid::from_pilot(0.7, &scores).unwrap())),
        ("certify_1e5_probes_21_steps", median(|| certify(&table, &grid, &probes).unwrap())),
        ("isotonic_1e5_labels", median(|| isotonic::fit(&scores[..LABELS], &defects[..LABELS], &weights[..LABELS]).unwrap())),
    ];
    for (name, ms) in times {
        println!("{name:32} {ms:9.2} ms");
    }
    // Cargo hands on its own options, and names of benchmarks that are meant for others.
    let Some(folder) = std::env::args().skip(1).find(|arg| Path::new(arg).is_dir()) else { return };
    let folder = Path::new(&folder);
    std::fs::write(folder.join("scores.f64"), bytes(&scores)).unwrap();
    std::fs::write(folder.join("weights.f64"), bytes(&weights)).unwrap();
    std::fs::write(folder.join("defects.u8"), defects.iter().map(|d| u8::from(*d)).collect::<Vec<u8>>()).unwrap();
    let named: serde_json::Map<String, serde_json::Value> = times.iter().map(|(name, ms)| ((*name).to_owned(), (*ms).into())).collect();
    std::fs::write(folder.join("times.json"), serde_json::Value::from(named).to_string()).unwrap();
}
