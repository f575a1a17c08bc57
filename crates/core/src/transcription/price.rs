//! What a job costs.

use super::TranscriptionJob;
use crate::models::Money;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The table that this build was made with.
const TABLE: &str = include_str!("../../../../assets/prices.toml");

/// Prices of Amazon Transcribe, as they were listed on a day.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    /// Where they were read.
    pub source: String,
    /// When, as `2026-09-11`.
    pub date: String,
    /// A shorter sound is billed as so many seconds.
    pub least_seconds: u64,
    regions: BTreeMap<String, Rates>,
    elsewhere: Rates,
}

/// Billionths of a US dollar per second of sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rates {
    batch: i64,
    redaction: i64,
    custom_model: i64,
    toxicity: i64,
}

#[derive(Deserialize)]
struct Table {
    transcribe: Prices,
}

impl Prices {
    /// Reads a table like `assets/prices.toml`.
    ///
    /// # Errors
    /// Where it is not such a table; the text says where.
    pub fn read(text: &str) -> Result<Self, String> {
        toml::from_str::<Table>(text).map(|table| table.transcribe).map_err(|e| e.to_string())
    }

    /// The prices that this build was made with.
    ///
    /// # Errors
    /// None in a build whose tests pass.
    pub fn built_in() -> Result<Self, String> {
        Self::read(TABLE)
    }

    /// Whether the region's own prices are known; else a bound from above is taken.
    pub fn knows(&self, region: &str) -> bool {
        self.regions.contains_key(region)
    }

    /// What a job over a sound of this length costs at most in a region. Seconds are billed as begun.
    pub fn cost(&self, job: &TranscriptionJob, length_us: u64, region: &str) -> Money {
        let rates = self.regions.get(region).unwrap_or(&self.elsewhere);
        let seconds = length_us.div_ceil(1_000_000).max(self.least_seconds);
        let models = job.model.is_some() || job.languages.values().any(|own| own.model.is_some());
        let extras = [(job.redaction.is_some(), rates.redaction), (models, rates.custom_model), (job.toxicity, rates.toxicity)];
        let second = rates.batch + extras.iter().filter(|(wanted, _)| *wanted).map(|(_, rate)| rate).sum::<i64>();
        Money::from_nano_usd(second).times(seconds, 1)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::transcription::{Redaction, RedactionOutput};

    #[test]
    fn seconds_are_billed_as_begun_and_extras_are_added() {
        let prices = Prices::built_in().unwrap();
        let plain = TranscriptionJob::in_language("en-US");
        let redacted = TranscriptionJob {
            redaction: Some(Redaction { output: RedactionOutput::Redacted, kinds: vec![] }),
            toxicity: true,
            ..plain.clone()
        };
        let modelled = TranscriptionJob { model: Some("m".into()), ..plain.clone() };
        for (job, length_us, region, nano) in [
            (&plain, 60_000_000, "us-east-1", 6_000_000),
            (&plain, 60_000_001, "us-east-1", 6_100_000),
            (&plain, 1, "eu-west-2", 1_500_000),
            (&plain, 3_600_000_000, "ap-south-1", 1_440_000_000),
            (&redacted, 100_000_000, "us-east-1", 24_000_000),
            (&modelled, 100_000_000, "us-east-1", 20_000_000),
        ] {
            assert_eq!(prices.cost(job, length_us, region), Money::from_nano_usd(nano), "{length_us} µs in {region}");
        }
        assert!(prices.knows("us-east-1") && !prices.knows("ap-south-1"));
        assert!(Prices::read("[transcribe]\nsource = 1").is_err());
    }
}
