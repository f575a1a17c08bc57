//! Whether the promise of a certificate is kept, in made-up worlds where the truth is known: defects gather in media, long media may be the bad
//! ones, scores tie, limits move while it goes on, and ten times somebody looks. Beside it, on the same units, the rule that only learns from
//! what was flagged.
#![allow(clippy::unwrap_used)]

use plumbline_core::tune::certify::{Grid, Probe, certify};
use plumbline_core::tune::draw::Plan;
use plumbline_core::tune::estimate::upper;
use plumbline_core::tune::table::Table;

const DELTA: f64 = 0.05;
const LOOKS: u32 = 10;
/// Media that arrive between two looks.
const MEDIA: u32 = 200;
const CAP: usize = 20;
/// How alike the luck of units of one media is; makes an intraclass correlation of the defects of 0.2 to 0.4.
const ALIKE: f64 = 0.6;

/// Random numbers that are the same in every run (xorshift64*), and their normal deviates (polar method).
struct Draw(u64, Option<f64>);

impl Draw {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1, None)
    }

    fn unit(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 / (1u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        if let Some(kept) = self.1.take() {
            return kept;
        }
        loop {
            let (a, b) = (2.0 * self.unit() - 1.0, 2.0 * self.unit() - 1.0);
            let square = a * a + b * b;
            if square > 0.0 && square < 1.0 {
                let scale = (-2.0 * square.ln() / square).sqrt();
                self.1 = Some(b * scale);
                return a * scale;
            }
        }
    }
}

/// Share of the normal distribution below `z` (Abramowitz and Stegun 26.2.17).
fn normal_below(z: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * z.abs());
    let series = t * (0.319_381_53 + t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
    let tail = (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt() * series;
    if z > 0.0 { 1.0 - tail } else { tail }
}

/// What a world is like.
#[derive(Clone, Copy)]
struct Kind {
    name: &'static str,
    /// A unit of this score is a defect where its luck, a normal deviate, lies below this.
    defect_below: fn(f64) -> f64,
    /// Scores are six levels.
    ties: bool,
    /// Bad media are long.
    bad_is_long: bool,
    /// The promise is set a hair below the true rate at this step of the grid, so that going so far would just break it.
    breaks_at: usize,
}

const CALIBRATED: Kind = Kind { name: "calibrated", defect_below: |s| -1.2 - 0.8 * s, ties: false, bad_is_long: false, breaks_at: 10 };
const KINDS: [Kind; 5] = [
    CALIBRATED,
    Kind { name: "bad media are long", bad_is_long: true, breaks_at: 14, ..CALIBRATED },
    Kind { name: "scores tie", defect_below: |s| -0.5 - 0.25 * s, ties: true, breaks_at: 2, ..CALIBRATED },
    Kind { name: "scores say nothing", defect_below: |_| -1.64, breaks_at: 0, ..CALIBRATED },
    // The best tenth is the worst, and no flag ever shows it.
    Kind { name: "confidently wrong", defect_below: |s| if s > 1.28 { -0.4 } else { -1.9 }, breaks_at: 20, ..CALIBRATED },
];

struct Unit {
    score: f64,
    defect: bool,
}

impl Kind {
    fn media(&self, draw: &mut Draw) -> Vec<Unit> {
        let (quality, luck) = (draw.normal(), draw.normal());
        let units =
            if self.bad_is_long { (12.0 - 6.0 * quality).round().clamp(4.0, CAP as f64) } else { 4.0 + (draw.unit() * 17.0).floor() };
        (0..units as usize)
            .map(|_| {
                let score = 0.3f64.sqrt() * quality + 0.7f64.sqrt() * draw.normal();
                let score = if self.ties {
                    f64::from([-1.6, -1.0, -0.7, -0.25, 0.1].iter().filter(|edge| score > **edge).count() as u32)
                } else {
                    score
                };
                let own = ALIKE.sqrt() * luck + (1.0 - ALIKE).sqrt() * draw.normal();
                Unit { score, defect: own < (self.defect_below)(score) }
            })
            .collect()
    }

    /// The true escape rate at each limit, from so many media that chance plays no part, and the intraclass correlation of defects.
    fn truth(&self, limits: &[f64]) -> (Vec<f64>, f64) {
        let mut draw = Draw::new(4711);
        let mut passing = vec![(0.0, 0.0); limits.len()];
        let (mut units, mut defects, mut pairs, mut both) = (0.0, 0.0, 0.0, 0.0);
        for _ in 0..150_000 {
            let media = self.media(&mut draw);
            let bad = media.iter().filter(|unit| unit.defect).count() as f64;
            let all = media.len() as f64;
            (units, defects, pairs, both) = (units + all, defects + bad, pairs + all * (all - 1.0), both + bad * (bad - 1.0));
            for unit in media {
                let chance = normal_below((self.defect_below)(unit.score));
                for (sum, _) in passing.iter_mut().zip(limits).rev().take_while(|(_, limit)| unit.score >= **limit) {
                    *sum = (sum.0 + chance, sum.1 + 1.0);
                }
            }
        }
        let share: f64 = defects / units;
        let alike = (both / pairs - share * share) / (share * (1.0 - share));
        (passing.into_iter().map(|(chances, units)| chances / units).collect(), alike)
    }

    fn grid(&self) -> Grid {
        let mut draw = Draw::new(42);
        let mut pilot: Vec<f64> = (0..400).flat_map(|_| self.media(&mut draw)).map(|unit| unit.score).collect();
        pilot.sort_by(f64::total_cmp);
        Grid::from_pilot(pilot[pilot.len() * 6 / 10], &pilot).unwrap()
    }
}

/// The rule that fits on what was flagged: a step is taken where Clopper and Pearson's bound on the flagged units that it would let pass allows
/// it. Nothing tells it about what passes already.
struct Naive {
    at: usize,
    counts: Vec<(f64, f64)>,
}

impl Naive {
    fn see(&mut self, limits: &[f64], units: &[Unit]) {
        for unit in units.iter().filter(|unit| unit.score < limits[self.at]) {
            for (count, _) in self.counts.iter_mut().zip(limits).rev().take_while(|(_, limit)| unit.score >= **limit) {
                *count = (count.0 + f64::from(u8::from(unit.defect)), count.1 + 1.0);
            }
        }
    }

    fn look(&mut self, alpha: f64) {
        let allowed = |(defects, judged): (f64, f64)| judged > 0.0 && upper(defects, judged, 1.0 - DELTA) <= alpha;
        while self.counts.get(self.at + 1).is_some_and(|count| allowed(*count)) {
            self.at += 1;
        }
    }
}

/// Shares of worlds.
struct Outcome {
    broken: f64,
    certified: f64,
    naive_broken: f64,
    alike: f64,
    alpha: f64,
}

fn run(kind: &Kind, worlds: u32) -> Outcome {
    let grid = kind.grid();
    let limits = grid.limits();
    let (truth, alike) = kind.truth(limits);
    let alpha = truth[kind.breaks_at] / 1.02;
    let table = Table::new(alpha, DELTA).unwrap();
    let breaks = |step: usize| truth[step] > alpha;
    let (mut broken, mut certified, mut naive_broken) = (0, 0, 0);
    for world in 0..worlds {
        let mut draw = Draw::new(u64::from(world) + 1);
        let (mut probes, mut naive) = (Vec::new(), Naive { at: 0, counts: vec![(0.0, 0.0); limits.len()] });
        let (mut last, mut here, mut naively) = (None, false, false);
        for look in 0..LOOKS {
            // How much is probed may change on the way.
            let plan = Plan::new(&format!("{} {world}", kind.name), if look % 2 == 0 { 0.05 } else { 0.03 }, CAP as u32).unwrap();
            let mut batch = Vec::new();
            for media in 0..MEDIA {
                let (name, units) = (format!("{look} {media}"), kind.media(&mut draw));
                if let Some(drawn) = plan.probe("gate", &name, units.len()) {
                    let unit = &units[drawn.unit];
                    batch.push((plan.order("gate", &name), Probe { score: unit.score, defect: Some(unit.defect) }));
                }
                naive.see(limits, &units);
            }
            batch.sort_by_key(|probe| probe.0);
            probes.extend(batch.into_iter().map(|probe| probe.1));
            let found = certify(&table, &grid, &probes).unwrap();
            assert!(found.last >= last, "a certificate was taken back");
            last = found.last;
            here |= last.is_some_and(breaks);
            naive.look(alpha);
            naively |= naive.at > 0 && breaks(naive.at);
        }
        broken += u32::from(here);
        certified += u32::from(last.is_some());
        naive_broken += u32::from(naively);
    }
    let share = |count: u32| f64::from(count) / f64::from(worlds);
    Outcome { broken: share(broken), certified: share(certified), naive_broken: share(naive_broken), alike, alpha }
}

fn check(worlds: u32) {
    let error = (DELTA * (1.0 - DELTA) / f64::from(worlds)).sqrt();
    let (mut naive, mut certified): (f64, f64) = (0.0, 0.0);
    for kind in KINDS {
        let found = run(&kind, worlds);
        let said = format!(
            "{}, at most {:.1} % escapes: of {worlds} worlds {:.1} % break the promise, {:.0} % have a certificate; learning from flags alone {:.1} % break it; defects of a media are alike by {:.2}\n",
            kind.name,
            100.0 * found.alpha,
            100.0 * found.broken,
            100.0 * found.certified,
            100.0 * found.naive_broken,
            found.alike
        );
        std::io::Write::write_all(&mut std::io::stderr(), said.as_bytes()).ok();
        assert!(found.broken <= DELTA + 3.0 * error, "{said}");
        assert!((0.15..0.45).contains(&found.alike), "{said}");
        (naive, certified) = (naive.max(found.naive_broken), certified.max(found.certified));
    }
    assert!(naive > 0.3, "learning from flags alone breaks the promise in a share of {naive} of worlds at most");
    // It would be easy to keep a promise that is never made.
    assert!(certified > 0.9, "a certificate is found in a share of {certified} of worlds at most");
}

#[test]
fn the_promise_is_kept_and_learning_from_flags_alone_breaks_it() {
    check(2000);
}

#[test]
#[ignore = "takes minutes; the same with more worlds"]
fn the_promise_is_kept_in_ten_thousand_worlds() {
    check(10_000);
}
