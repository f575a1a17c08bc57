//! What is known of machines for rent: facts, each with its date and source.

use super::Unplannable;
use crate::models::{Fact, Money};
use serde::{Deserialize, Deserializer, Serialize};

const BUILT_IN: &str = include_str!("../../../../assets/instances.toml");

/// A kind of machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instance {
    /// Its name: `ml.c5.4xlarge`.
    pub name: String,
    /// What it is rented through: `processing` or `ec2`.
    pub through: String,
    /// Virtual cores.
    pub vcpus: u32,
    /// Memory in MiB.
    pub memory_mib: u64,
    /// What an hour costs, on demand.
    #[serde(deserialize_with = "dollars")]
    pub price_per_hour: Money,
    /// Where all this comes from.
    #[serde(default)]
    pub fact: Vec<Fact>,
}

fn dollars<'de, D: Deserializer<'de>>(from: D) -> Result<Money, D::Error> {
    let text = String::deserialize(from)?;
    Money::from_usd(&text).ok_or_else(|| serde::de::Error::custom(format!("'{text}' is no amount in dollars, such as \"0.816\"")))
}

/// The machines that are known, and where their prices hold.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instances {
    /// The region of the prices.
    pub region: String,
    /// All kinds.
    pub instance: Vec<Instance>,
}

impl Instances {
    /// Reads a file like `assets/instances.toml`.
    ///
    /// # Errors
    /// Where it is none; the text says where.
    pub fn read(text: &str) -> Result<Self, Unplannable> {
        let all: Self = toml::from_str(text)
            .map_err(|e| Unplannable(format!("the file of instances can't be read: {}", e.to_string().trim().replace('\n', " "))))?;
        match all.instance.iter().find(|instance| instance.vcpus == 0 || instance.memory_mib == 0) {
            Some(instance) => {
                Err(Unplannable(format!("{} has no cores or no memory in the file of instances: write what it has", instance.name)))
            }
            None => Ok(all),
        }
    }

    /// Those that come with Plumbline.
    ///
    /// # Errors
    /// None in a build whose tests pass.
    pub fn built_in() -> Result<Self, Unplannable> {
        Self::read(BUILT_IN)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_fact_of_the_built_in_file_has_a_date_and_a_source() {
        let all = Instances::built_in().unwrap();
        assert_eq!(all.region, "us-east-1");
        assert!(all.instance.len() >= 6);
        for instance in &all.instance {
            for key in ["vcpus", "memory_mib", "price_per_hour"] {
                assert!(instance.fact.iter().any(|fact| fact.keys.iter().any(|k| k == key)), "{}: nothing backs {key}", instance.name);
            }
            assert!(instance.fact.iter().all(|fact| fact.date.len() == 10 && fact.source.starts_with("https://")), "{}", instance.name);
            assert!(
                ["processing", "ec2"].contains(&instance.through.as_str()) && instance.price_per_hour > Money::default(),
                "{}",
                instance.name
            );
        }
    }

    #[test]
    fn what_is_no_machine_is_said() {
        for (text, part) in [
            ("region = 1", "can't be read"),
            ("region = 'r'\n[[instance]]\nname='x'\nthrough='ec2'\nvcpus=2\nmemory_mib=4\nprice_per_hour='cheap'", "no amount"),
            ("region = 'r'\n[[instance]]\nname='x'\nthrough='ec2'\nvcpus=0\nmemory_mib=4\nprice_per_hour='1'", "no cores"),
        ] {
            let error = Instances::read(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
