//! What was measured of stages: a file, or the figures that come with Plumbline.

use super::{ItemTimes, Stage, Unplannable};
use serde::{Deserialize, Serialize};

const BUILT_IN: &str = include_str!("../../../../assets/stage_costs.json");

/// What an hour of video costs in a stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StageCost {
    /// The stage's name in the graph.
    pub stage: String,
    /// Milliseconds that a worker is busy per hour of video, on the mean.
    pub wall_ms_per_hour: u64,
    /// Cores that are busy meanwhile, above 0.
    pub cores: f64,
    /// How far the logarithm of its time scatters from item to item; 0 or more.
    pub spread: f64,
    /// Where the figure comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// How long a stage of an item took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Duration {
    /// The item, by any name.
    pub item: String,
    /// The stage's name in the graph.
    pub stage: String,
    /// Length of the item's video, in ms.
    pub video_ms: u64,
    /// How long it took, in ms.
    pub wall_ms: u64,
}

/// A file of measurements: rates of stages, what `plumbline run-all --json` printed with the length of its video, or durations of single items.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// The machine that it was measured on.
    pub machine: Option<String>,
    /// When: `2026-11-23`.
    pub date: Option<String>,
    /// Rates; one of a stage that has durations, too, goes before them.
    pub stages: Vec<StageCost>,
    /// Durations of single items.
    pub durations: Vec<Duration>,
}

/// A spread where a file names none.
const USUAL_SPREAD: f64 = 0.3;

#[derive(Deserialize)]
struct File {
    machine: Option<String>,
    date: Option<String>,
    /// Length of all items together; for stages that tell their whole time.
    video_ms: Option<u64>,
    #[serde(default)]
    stages: Vec<Entry>,
    #[serde(default)]
    durations: Vec<Duration>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    stage: String,
    wall_ms_per_hour: Option<u64>,
    cores: Option<f64>,
    spread: Option<f64>,
    source: Option<String>,
    /// How often a run did it, and the time of all of them.
    times: Option<u64>,
    wall_us: Option<u64>,
}

impl Entry {
    fn cost(self, video_ms: Option<u64>) -> Result<StageCost, String> {
        let wall_ms_per_hour = match (self.wall_ms_per_hour, self.wall_us, video_ms.filter(|ms| *ms > 0)) {
            (Some(rate), ..) => rate,
            (None, Some(wall_us), Some(video_ms)) => {
                let exact = u128::from(wall_us) * u128::from(super::HOUR_MS) / u128::from(video_ms) / 1_000;
                u64::try_from(exact).unwrap_or(u64::MAX)
            }
            (None, Some(_), None) => return Err("a run's times need video_ms beside stages, the length of its video in ms".into()),
            (None, None, _) => return Err("it has no wall_ms_per_hour".into()),
        };
        let (cores, spread) = (self.cores.unwrap_or(1.0), self.spread.unwrap_or(USUAL_SPREAD));
        if !(cores > 0.0 && cores.is_finite() && (0.0..=3.0).contains(&spread)) {
            return Err("cores must be above 0, and spread from 0 to 3".into());
        }
        let source = self.source.or(self.times.map(|times| format!("{times} times in a run")));
        Ok(StageCost { stage: self.stage, wall_ms_per_hour, cores, spread, source })
    }
}

impl Measured {
    /// Reads a file of measurements.
    ///
    /// # Errors
    /// Where it is none, or a figure is out of its range; the text says which.
    pub fn read(text: &str) -> Result<Self, Unplannable> {
        let file: File = serde_json::from_str(text).map_err(|e| {
            Unplannable(format!(
                "the measurements can't be read: {e}. They are {{\"stages\": [{{\"stage\", \"wall_ms_per_hour\", \"cores\", \"spread\"}}]}}"
            ))
        })?;
        // What a run never did tells nothing.
        let told = file.stages.into_iter().filter(|entry| entry.times != Some(0));
        let stages = told.map(|entry| {
            let name = entry.stage.clone();
            entry.cost(file.video_ms).map_err(|why| Unplannable(format!("the measurements of {name}: {why}")))
        });
        Ok(Self { machine: file.machine, date: file.date, stages: stages.collect::<Result<_, _>>()?, durations: file.durations })
    }

    /// The figures that come with Plumbline; they say where they were measured.
    ///
    /// # Errors
    /// None in a build whose tests pass.
    pub fn built_in() -> Result<Self, Unplannable> {
        Self::read(BUILT_IN)
    }

    /// What is known of a stage: its rate, or what its durations come to.
    pub fn cost(&self, stage: &str) -> Option<StageCost> {
        self.stages.iter().find(|cost| cost.stage == stage).cloned().or_else(|| self.of_durations(stage))
    }

    /// The rate over all items, and the scatter of the logarithms of each item's; 0 where there are fewer than three.
    fn of_durations(&self, stage: &str) -> Option<StageCost> {
        let all: Vec<&Duration> = self.durations.iter().filter(|d| d.stage == stage && d.video_ms > 0).collect();
        let (video, wall): (u64, u64) = (all.iter().map(|d| d.video_ms).sum(), all.iter().map(|d| d.wall_ms).sum());
        if video == 0 {
            return None;
        }
        let logs: Vec<f64> = all.iter().filter(|d| d.wall_ms > 0).map(|d| (d.wall_ms as f64 / d.video_ms as f64).ln()).collect();
        let mean = logs.iter().sum::<f64>() / logs.len().max(1) as f64;
        let variance = logs.iter().map(|log| (log - mean).powi(2)).sum::<f64>() / logs.len().saturating_sub(1).max(1) as f64;
        let wall_ms_per_hour = u64::try_from(u128::from(wall) * u128::from(super::HOUR_MS) / u128::from(video)).unwrap_or(u64::MAX);
        let spread = if logs.len() < 3 { 0.0 } else { variance.sqrt().min(3.0) };
        Some(StageCost { stage: stage.to_owned(), wall_ms_per_hour, cores: 1.0, spread, source: Some(format!("{} items", all.len())) })
    }

    /// The durations by item, in the order in which items first come up, for [`super::makespan_ms`].
    pub fn items(&self, stages: &[Stage]) -> Vec<ItemTimes> {
        let mut items: Vec<(&str, ItemTimes)> = Vec::new();
        for duration in &self.durations {
            let Some(stage) = stages.iter().position(|stage| stage.name == duration.stage) else { continue };
            let at = items.iter().position(|(name, _)| *name == duration.item).unwrap_or_else(|| {
                items.push((&duration.item, ItemTimes { stage_ms: vec![0; stages.len()] }));
                items.len() - 1
            });
            items[at].1.stage_ms[stage] += duration.wall_ms;
        }
        items.into_iter().map(|(_, times)| times).collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::sample::graph;
    use super::*;

    #[test]
    fn the_built_in_figures_name_their_machine_and_sources() {
        let measured = Measured::built_in().unwrap();
        assert!(measured.machine.is_some() && measured.date.is_some());
        for stage in graph() {
            assert!(measured.cost(&stage.name).unwrap().source.is_some(), "{}", stage.name);
        }
    }

    #[test]
    fn durations_become_rates_and_items() {
        let text = r#"{"durations": [
            {"item": "a", "stage": "look", "video_ms": 1800000, "wall_ms": 50000}, {"item": "b", "stage": "look", "video_ms": 1800000, "wall_ms": 100000},
            {"item": "b", "stage": "listen", "video_ms": 1800000, "wall_ms": 7}, {"item": "c", "stage": "look", "video_ms": 3600000, "wall_ms": 50000},
            {"item": "c", "stage": "other", "video_ms": 3600000, "wall_ms": 1}]}"#;
        let measured = Measured::read(text).unwrap();
        let look = measured.cost("look").unwrap();
        assert_eq!(look.wall_ms_per_hour, 100_000);
        // Rates of 1/36, 2/36 and 0.5/36: their logarithms are ln 2 apart.
        assert!((look.spread - std::f64::consts::LN_2).abs() < 1e-9, "{}", look.spread);
        assert_eq!(measured.cost("text"), None);
        let items: Vec<Vec<u64>> = measured.items(&graph()).into_iter().map(|item| item.stage_ms[..2].to_vec()).collect();
        assert_eq!(items, [vec![0, 50_000], vec![7, 100_000], vec![0, 50_000]]);
    }

    #[test]
    fn what_a_run_prints_becomes_rates() {
        let text = r#"{"items": 3, "video_ms": 1800000, "widest": 2, "stages": [
            {"stage": "look", "times": 3, "wall_us": 50000000}, {"stage": "speech", "times": 0, "wall_us": 0}]}"#;
        let measured = Measured::read(text).unwrap();
        assert_eq!(measured.cost("look").map(|cost| cost.wall_ms_per_hour), Some(100_000));
        assert_eq!(measured.cost("speech"), None);
        let error = Measured::read(&text.replace("video_ms", "other")).unwrap_err().to_string();
        assert!(error.contains("look: a run's times need video_ms"), "{error}");
    }

    #[test]
    fn what_is_no_measurement_is_said() {
        for (text, part) in [
            ("[", "can't be read"),
            (r#"{"stages": [{"stage": "look"}]}"#, "look: it has no wall_ms_per_hour"),
            (r#"{"stages": [{"stage": "look", "colour": 1}]}"#, "colour"),
            (r#"{"stages": [{"stage": "look", "wall_ms_per_hour": 1, "cores": 0, "spread": 0}]}"#, "look: cores"),
            (r#"{"stages": [{"stage": "look", "wall_ms_per_hour": 1, "cores": 1, "spread": 9}]}"#, "spread"),
        ] {
            let error = Measured::read(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
