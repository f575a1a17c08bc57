//! The registry of models: facts, each with its date and source.

use super::Money;
use crate::time::Delta;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;

/// What a model is asked to do with a media.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Task {
    /// Say what is seen and done.
    Describe,
    /// Find text on screen.
    Text,
    /// Answer a question.
    Answer,
    /// Summarise windows, then the whole.
    Summarise,
    /// Find what should not be shown.
    Moderate,
    /// Extract records by the user's schema.
    Extract,
}

impl Task {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Describe, Self::Text, Self::Answer, Self::Summarise, Self::Moderate, Self::Extract];

    /// Its name in files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Describe => "describe",
            Self::Text => "text",
            Self::Answer => "answer",
            Self::Summarise => "summarise",
            Self::Moderate => "moderate",
            Self::Extract => "extract",
        }
    }
}

/// What a model is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelKind {
    /// It answers about pictures and words.
    Annotate,
    /// It turns text or pictures into vectors.
    Embed,
}

/// How many tokens a picture is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "rule")]
pub enum PictureTokens {
    /// By its area.
    Area {
        /// Pixels of one token.
        pixels_per_token: u32,
        /// The most that a picture is.
        most: Option<u32>,
    },
    /// By square patches that cover it.
    Patches {
        /// Edge of a patch in pixels.
        patch: u32,
        /// The most that a picture is.
        most: Option<u32>,
        /// Tokens of a patch; 1 where it does not say.
        multiplier: Option<f64>,
    },
    /// The same for each.
    Fixed {
        /// Tokens.
        tokens: u32,
    },
    /// By its long edge.
    Table {
        /// Steps in order of their edges; a larger picture than all of them is the last.
        steps: Vec<TokenStep>,
    },
}

/// A step of [`PictureTokens::Table`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenStep {
    /// Pictures up to this long edge in pixels.
    pub edge: u32,
    /// Are so many tokens.
    pub tokens: u32,
}

impl PictureTokens {
    /// Tokens of a picture of this size in pixels.
    pub fn count(&self, width: u32, height: u32) -> u32 {
        let at_most = |tokens: u64, most: Option<u32>| u32::try_from(tokens).unwrap_or(u32::MAX).min(most.unwrap_or(u32::MAX));
        let area = u64::from(width) * u64::from(height);
        match self {
            Self::Area { pixels_per_token, most } => at_most(area.div_ceil(u64::from((*pixels_per_token).max(1))), *most),
            Self::Patches { patch, most, multiplier } => {
                let across = |edge: u32| u64::from(edge.div_ceil((*patch).max(1)));
                let patches = (across(width) * across(height)) as f64 * multiplier.unwrap_or(1.0).max(0.0);
                at_most(patches.ceil() as u64, *most)
            }
            Self::Fixed { tokens } => *tokens,
            Self::Table { steps } => {
                let edge = width.max(height);
                steps.iter().find(|step| step.edge >= edge).or(steps.last()).map_or(0, |step| step.tokens)
            }
        }
    }
}

/// How a model says where something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Regions {
    /// In pixels of the picture as it was sent.
    Pixels,
    /// In thousandths of its sides.
    Thousandths,
}

/// By which way a model's answer is held to a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FormKind {
    /// The service's output by a JSON schema.
    Schema,
    /// A tool that it is told to call.
    Tool,
    /// A tool that it may call.
    ToolUnforced,
    /// It is asked for JSON in words.
    Text,
}

/// Which settings of drawing words a model takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sampling {
    /// A temperature.
    pub temperature: bool,
    /// A share of the likeliest words.
    pub top_p: bool,
    /// Both at once.
    pub both: bool,
}

/// How the service keeps the fixed part of prompts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cache {
    /// Places at most.
    pub points: u32,
    /// What is kept has at least so many tokens.
    pub least_tokens: u32,
    /// For how long, in seconds.
    pub ttl_s: Option<u32>,
}

/// What a model costs, per million tokens on demand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Price {
    /// Read.
    #[serde(deserialize_with = "dollars")]
    pub input: Money,
    /// Written.
    #[serde(deserialize_with = "dollars")]
    pub output: Money,
    /// Read from the service's cache.
    #[serde(deserialize_with = "dollars")]
    pub cache_read: Money,
    /// Put into the service's cache.
    #[serde(deserialize_with = "dollars")]
    pub cache_write: Money,
    /// Each picture, for models that embed pictures.
    #[serde(deserialize_with = "dollars")]
    pub per_picture: Money,
}

fn dollars<'de, D: Deserializer<'de>>(from: D) -> Result<Money, D::Error> {
    let text = String::deserialize(from)?;
    Money::from_usd(&text).ok_or_else(|| serde::de::Error::custom(format!("'{text}' is no amount in dollars, such as \"0.25\"")))
}

impl Price {
    /// What so many tokens cost.
    pub fn of(&self, input: u64, output: u64, cache_read: u64, cache_write: u64) -> Money {
        const MILLION: u64 = 1_000_000;
        let parts = [(self.input, input), (self.output, output), (self.cache_read, cache_read), (self.cache_write, cache_write)];
        parts.into_iter().map(|(price, count)| price.times(count, MILLION)).sum()
    }

    /// What a call costs at most that reads `input` tokens and writes up to `output`.
    pub fn at_most(&self, input: u64, output: u32) -> Money {
        let dearest = self.input.max(self.cache_write).max(self.cache_read);
        dearest.times(input, 1_000_000) + self.output.times(u64::from(output), 1_000_000)
    }
}

/// The service's default quota.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Quota {
    /// Requests a minute.
    pub requests_per_minute: Option<u32>,
    /// Tokens a minute: those sent and those that may come back.
    pub tokens_per_minute: Option<u32>,
}

/// What an embedding model takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Embeds {
    /// Text alone.
    Text,
    /// Pictures and text in one space.
    Both,
}

/// Where facts come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// The keys that it backs.
    pub keys: Vec<String>,
    /// Of which day it is: `2026-11-23`.
    pub date: String,
    /// A page, or `measured`.
    pub source: String,
}

/// A model and what is known of it. What is not known is none: then nothing that depends on it is claimed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Its id as the service takes it.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// What it is for.
    pub kind: ModelKind,
    /// Whether it only runs through an inference profile: one of [`Model::profiles`] before its id.
    #[serde(default)]
    pub profile_only: bool,
    /// Prefixes of the inference profiles that there are: `us.`, `eu.`, `global.`.
    #[serde(default)]
    pub profiles: Vec<String>,
    /// The only tasks that it does; all of them where there is none here.
    #[serde(default)]
    pub tasks: Vec<Task>,
    /// It takes pictures.
    #[serde(default)]
    pub pictures: bool,
    /// It takes documents.
    #[serde(default)]
    pub documents: bool,
    /// It takes video.
    #[serde(default)]
    pub video: bool,
    /// Tokens that fit into one request and its answer.
    pub context_tokens: Option<u32>,
    /// Tokens of an answer at most.
    pub max_output_tokens: Option<u32>,
    /// Pictures of one request at most.
    pub max_pictures: Option<u32>,
    /// The long edge in pixels that pictures are seen at: larger ones are made smaller by the service, and places no longer fit.
    pub picture_edge: Option<u32>,
    /// Longest side in pixels that is taken when a request has more than 20 pictures.
    pub picture_edge_many: Option<u32>,
    /// How many tokens a picture is.
    pub picture_tokens: Option<PictureTokens>,
    /// The long edge in pixels that video is seen at.
    pub video_edge: Option<u32>,
    /// How many tokens a second of video is.
    pub video_tokens_per_s: Option<u32>,
    /// How it says where something is.
    pub regions: Option<Regions>,
    /// By which way its answer is held to a schema.
    pub form: Option<FormKind>,
    /// Further fields of its requests, as it wants them for such work.
    pub extra: Option<serde_json::Value>,
    /// Settings of drawing words.
    #[serde(default)]
    pub sampling: Sampling,
    /// The service's cache of prompts; none where it has none.
    pub cache: Option<Cache>,
    /// Lengths of vectors that it gives, the best first.
    #[serde(default)]
    pub dimensions: Vec<u32>,
    /// What it costs.
    pub price: Option<Price>,
    /// Default quota.
    #[serde(default)]
    pub quota: Quota,
    /// A token of the answer counts as so many against the quota.
    pub output_counts: Option<u32>,
    /// What it is good for by its vendor's word, the strongest first.
    #[serde(default)]
    pub good_for: Vec<Task>,
    /// Where all this comes from.
    #[serde(default)]
    pub fact: Vec<Fact>,
}

impl Model {
    /// Whether it does such a task at all.
    pub fn does(&self, task: Task) -> bool {
        self.tasks.is_empty() || self.tasks.contains(&task)
    }

    /// Tokens of a picture of this size; by its area with a usual rule where the model's own is not known.
    pub fn tokens_of_picture(&self, width: u32, height: u32) -> u32 {
        const USUAL: PictureTokens = PictureTokens::Area { pixels_per_token: 750, most: None };
        self.picture_tokens.as_ref().unwrap_or(&USUAL).count(width, height)
    }

    /// Tokens of video of this length; by a usual rate where the model's own is not known.
    pub fn tokens_of_video(&self, length: Delta) -> u32 {
        const USUAL: u32 = 300;
        let ms = u64::try_from(length.us() / 1_000).unwrap_or(0);
        let tokens = (ms * u64::from(self.video_tokens_per_s.unwrap_or(USUAL))).div_ceil(1_000);
        u32::try_from(tokens).unwrap_or(u32::MAX)
    }

    /// Its id as it is called: through the first profile where it only runs through one.
    pub fn called(&self) -> String {
        match self.profiles.first().filter(|_| self.profile_only) {
            Some(profile) => format!("{profile}{}", self.id),
            None => self.id.clone(),
        }
    }
}

/// A registry that can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {why}. Compare it with the registry that comes with Plumbline (plumbline models list --registry)")]
pub struct BadRegistry {
    /// The file.
    pub name: String,
    /// What is wrong.
    pub why: String,
}

/// The models that are known.
#[derive(Clone, Debug, PartialEq)]
pub struct Registry {
    models: BTreeMap<String, Model>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    model: Vec<Model>,
}

/// What comes with Plumbline.
const BUILT_IN: &str = include_str!("../../../../assets/models.toml");

impl Registry {
    /// The text of the registry that comes with Plumbline.
    pub const fn built_in() -> &'static str {
        BUILT_IN
    }

    /// The models that come with Plumbline, then those of `own`, a file's name and text: one of the same id takes the other's place.
    ///
    /// # Errors
    /// Where a text is no registry.
    pub fn read(own: Option<(&str, &str)>) -> Result<Self, BadRegistry> {
        let mut models = BTreeMap::new();
        for (name, text) in [("models.toml", BUILT_IN)].into_iter().chain(own) {
            let bad = |why: String| BadRegistry { name: name.to_owned(), why };
            let file: File = toml::from_str(text).map_err(|e| bad(e.to_string().trim().replace('\n', " ")))?;
            for model in file.model {
                if model.id.is_empty() || model.name.is_empty() {
                    return Err(bad("a model has no id or no name".into()));
                }
                models.insert(model.id.clone(), model);
            }
        }
        Ok(Self { models })
    }

    /// All of them, by id.
    pub fn models(&self) -> impl Iterator<Item = &Model> {
        self.models.values()
    }

    /// A model by its id, or by the id of one of its inference profiles.
    pub fn model(&self, id: &str) -> Option<&Model> {
        let of_profile = || id.split_once('.').and_then(|(_, id)| self.models.get(id));
        self.models.get(id).or_else(of_profile)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_fact_of_the_built_in_registry_has_a_date_and_a_source() {
        let table: toml::Table = BUILT_IN.parse().unwrap();
        let models = table["model"].as_array().unwrap();
        assert!(models.len() > 4);
        for model in models {
            let model = model.as_table().unwrap();
            let facts: Vec<Fact> = model["fact"].clone().try_into().unwrap();
            for key in model.keys().filter(|key| !["id", "name", "kind", "fact"].contains(&key.as_str())) {
                assert!(facts.iter().any(|fact| fact.keys.contains(key)), "{:?}: nothing backs {key}", model["id"]);
            }
            assert!(
                facts.iter().all(|f| f.date.len() == 10 && (f.source.starts_with("https://") || f.source == "measured")),
                "{:?}",
                model["id"]
            );
        }
        assert!(Registry::read(None).unwrap().models().any(|m| m.kind == ModelKind::Embed));
    }

    #[test]
    fn own_models_take_the_place_of_others_and_faults_are_said() {
        let own = "[[model]]\nid = 'x.y'\nname = 'Y'\nkind = 'annotate'\nprofile_only = true\nprofiles = ['us.']\nprice = { input = '3.00', output = '15.00' }\n";
        let registry = Registry::read(Some(("own.toml", own))).unwrap();
        let model = registry.model("us.x.y").unwrap();
        assert_eq!((model.called().as_str(), model.price.unwrap().of(1_000, 100, 0, 0).to_string().as_str()), ("us.x.y", "$0.0045"));
        for (text, part) in [
            ("[[model]]\nid = 'a'\n", "missing field"),
            ("[[model]]\nid = 'a'\nname = ''\nkind = 'annotate'", "no name"),
            ("[[model]]\nid='a'\nname='b'\nkind='annotate'\nprice={input='three'}", "no amount"),
            ("[[model]]\nid='a'\nname='b'\nkind='annotate'\ncolour=1", "unknown field"),
            ("[[", "own.toml"),
        ] {
            let error = Registry::read(Some(("own.toml", text))).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn pictures_count_by_the_rule_of_the_model() {
        let steps = vec![TokenStep { edge: 500, tokens: 100 }, TokenStep { edge: 1_000, tokens: 300 }];
        for (rule, size, tokens) in [
            (PictureTokens::Area { pixels_per_token: 750, most: Some(1_600) }, (1_092, 1_092), 1_590),
            (PictureTokens::Area { pixels_per_token: 750, most: Some(1_600) }, (4_000, 3_000), 1_600),
            (PictureTokens::Patches { patch: 28, most: None, multiplier: None }, (57, 28), 3),
            (PictureTokens::Patches { patch: 28, most: Some(2), multiplier: Some(1.5) }, (57, 28), 2),
            (PictureTokens::Fixed { tokens: 1_300 }, (1, 1), 1_300),
            (PictureTokens::Table { steps: steps.clone() }, (400, 900), 300),
            (PictureTokens::Table { steps }, (400, 9_000), 300),
            (PictureTokens::Table { steps: vec![] }, (400, 9_000), 0),
        ] {
            assert_eq!(rule.count(size.0, size.1), tokens, "{rule:?} {size:?}");
        }
    }
}
