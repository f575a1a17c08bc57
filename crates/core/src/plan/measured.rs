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

/// A file of measurements: rates of stages, or durations of single items to make rates of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// The machine that it was measured on.
    #[serde(default)]
    pub machine: Option<String>,
    /// When: `2026-11-23`.
    #[serde(default)]
    pub date: Option<String>,
    /// Rates; one of a stage that has durations, too, goes before them.
    #[serde(default)]
    pub stages: Vec<StageCost>,
    /// Durations of single items.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub durations: Vec<Duration>,
}

impl Measured {
    /// Reads a file of measurements.
    ///
    /// # Errors
    /// Where it is none, or a figure is out of its range; the text says which.
    pub fn read(text: &str) -> Result<Self, Unplannable> {
        let measured: Self = serde_json::from_str(text).map_err(|e| {
            Unplannable(format!(
                "the measurements can't be read: {e}. They are {{\"stages\": [{{\"stage\", \"wall_ms_per_hour\", \"cores\", \"spread\"}}]}}"
            ))
        })?;
        let bad = measured.stages.iter().find(|cost| !(cost.cores > 0.0 && cost.cores.is_finite() && (0.0..=3.0).contains(&cost.spread)));
        match bad {
            Some(cost) => Err(Unplannable(format!("the measurements of {}: cores must be above 0, and spread from 0 to 3", cost.stage))),
            None => Ok(measured),
        }
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
    fn what_is_no_measurement_is_said() {
        for (text, part) in [
            ("[", "can't be read"),
            (r#"{"stages": [{"stage": "look"}]}"#, "wall_ms_per_hour"),
            (r#"{"stages": [{"stage": "look", "wall_ms_per_hour": 1, "cores": 0, "spread": 0}]}"#, "look: cores"),
            (r#"{"stages": [{"stage": "look", "wall_ms_per_hour": 1, "cores": 1, "spread": 9}]}"#, "spread"),
        ] {
            let error = Measured::read(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
