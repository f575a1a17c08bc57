//! A library of short media with measures and what is truly wrong in them, made from seeds: for tests, and for `dev/tuning-world`.

use plumbline_core::gate::{GateId, Measure, Place};
use plumbline_core::time::{MediaTime, Span};
use plumbline_project::views::{Decision, QueueAsk, QueueFilter, QueueItem};
use plumbline_project::{Analysis, By, MediaId, MediaRecord, Op, Project};
use std::collections::BTreeMap;
use std::path::Path;

/// The gate that the world is about.
pub const GATE: GateId = GateId::WordConfidence;
/// Units of each media.
pub const UNITS: usize = 4;

/// Numbers that look random, from a seed.
pub struct Dice(pub u64);

impl Dice {
    /// A number from 0 to 1.
    pub fn share(&mut self) -> f64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

fn record(n: u32) -> MediaRecord {
    MediaRecord {
        hash: blake3::hash(&n.to_le_bytes()).to_hex().to_string(),
        path: format!("media/{n}.mp4"),
        size_bytes: 1,
        duration: MediaTime::from_ms(10_000),
        picture: None,
        has_audio: true,
        plays: true,
    }
}

/// Where a unit lies.
pub fn at(unit: usize) -> Place {
    Place::Media(Span::new(MediaTime::from_ms(unit as i64 * 2_000), MediaTime::from_ms(unit as i64 * 2_000 + 1_500)))
}

/// A library of short media; what is truly a defect is known to the test alone.
pub struct World {
    /// The project.
    pub project: Project,
    /// By media and start.
    pub defects: BTreeMap<(MediaId, i64), bool>,
    /// Values, and whether each is a defect.
    pub values: Vec<(f64, bool)>,
}

/// Adds a media with these values.
pub fn add(project: &mut Project, n: u32, values: &[f64]) -> MediaId {
    let record = record(n);
    let id = MediaId::of_hash(&record.hash);
    project.apply(Op::AddMedia { record, transcript: None, annotations: None }, &By::Machine).unwrap();
    let measure = |(unit, value): (usize, &f64)| Measure { gate: GATE, place: at(unit), value: *value, signed: None };
    let analysis = Analysis { measures: values.iter().enumerate().map(measure).collect(), ..Analysis::default() };
    let truth = project.truth(&id).unwrap();
    project.apply(Op::Analyse { media: id.clone(), analysis, truth }, &By::Machine).unwrap();
    id
}

/// Media whose quality goes with their defects: what has a confidence above 30 is hardly ever wrong.
pub fn world(path: &Path, count: u32) -> World {
    let mut world = World { project: Project::create(path).unwrap(), defects: BTreeMap::new(), values: vec![] };
    let mut dice = Dice(7);
    for n in 0..count {
        let quality = dice.share();
        let values: Vec<f64> = (0..UNITS).map(|_| (100.0 * (0.5 * quality + 0.5 * dice.share())).round()).collect();
        let id = add(&mut world.project, n, &values);
        for (unit, value) in values.iter().enumerate() {
            let defect = dice.share() < if *value < 30.0 { 0.6 } else { 0.006 };
            world.defects.insert((id.clone(), unit as i64 * 2_000_000), defect);
            world.values.push((*value, defect));
        }
    }
    world
}

/// What waits for a verdict.
pub fn open(project: &Project) -> Vec<QueueItem> {
    let ask = QueueAsk { filter: QueueFilter { gates: vec![GATE], ..QueueFilter::default() }, desk: None, first: 0, count: 100_000 };
    project.queue(&ask, &By::Person(REVIEWER.into())).unwrap().items
}

/// Decides on all that is open, as somebody who knows would.
pub fn review(world: &mut World) -> usize {
    let items = open(&world.project);
    for item in &items {
        let defect = world.defects[&(item.media.clone(), item.span.start.us())];
        let decision = Some(if defect { Decision::Confirmed } else { Decision::FalseAlarm });
        world
            .project
            .apply(Op::Decide { media: item.media.clone(), flag: item.id.clone(), decision, note: None }, &By::Person(REVIEWER.into()))
            .unwrap();
    }
    items.len()
}

/// Begins checks with a seed that is always the same.
pub fn start(project: &mut Project, pi: f64, cap: u32) {
    let op = Op::StartProbing { gate: GATE, alpha: 0.05, delta: 0.05, pi, cap, seed: "a seed".into() };
    project.apply(op, &By::Person(REVIEWER.into())).unwrap();
}

const REVIEWER: &str = "Ada";
