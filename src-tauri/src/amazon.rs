//! Whose account at Amazon is asked, where, and for how much: set by a person, checked at the edge. Keys are never among it.

use crate::app::App;
use crate::commands::{Answer, CommandError};
use plumbline_aws::{Account, Choice};
use plumbline_core::models::{Model, ModelKind, Money, Registry};
use plumbline_flows::Error;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use tauri::State;
use ts_rs::TS;

/// Most requests at once.
const MOST_AT_ONCE: u32 = 256;

/// Whom to ask at Amazon. What is empty comes from the configuration of AWS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(export)]
pub struct Amazon {
    /// The profile of the AWS configuration.
    pub profile: String,
    /// The region, such as us-east-1.
    pub region: String,
    /// One address for all services in place of theirs.
    pub endpoint: String,
    /// The bucket for sound and transcripts.
    pub bucket: String,
    /// A folder of the bucket.
    pub prefix: String,
    /// The model that is asked where none is chosen; the first of the ranking where it is empty.
    pub model: String,
    /// What all calls of a project may cost in US dollars, such as 5 or 0.25; no bound where it is empty.
    pub cap_usd: String,
    /// Requests at once.
    pub at_once: u32,
    /// A file of further models; `models.toml` beside the person's gates where it is empty.
    pub models: String,
}

impl Default for Amazon {
    fn default() -> Self {
        let none = String::new;
        Self {
            profile: none(),
            region: none(),
            endpoint: none(),
            bucket: none(),
            prefix: none(),
            model: none(),
            cap_usd: none(),
            at_once: 8,
            models: none(),
        }
    }
}

/// What is wrong with a setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct AmazonProblem {
    /// Name of the setting.
    field: &'static str,
    /// What is wrong, and what to do.
    why: String,
}

fn given(text: &str) -> Option<String> {
    Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let letters = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase());
    let (Some(number), before) = (parts.last(), &parts[..parts.len() - 1]) else { return false };
    before.len() >= 2 && before.iter().all(letters) && !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())
}

fn is_bucket(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.';
    (3..=63).contains(&text.len()) && text.bytes().all(plain) && !text.starts_with(['-', '.']) && !text.ends_with(['-', '.'])
}

impl Amazon {
    /// What is wrong with the settings; nothing where they can be used.
    pub fn problems(&self) -> Vec<AmazonProblem> {
        let rules: [(&str, &str, bool, &str); 7] = [
            (
                "profile",
                &self.profile,
                self.profile.chars().all(|c| !c.is_control() && !"[]".contains(c)),
                "is no name of a profile: write it as it stands in ~/.aws/config",
            ),
            ("region", &self.region, is_region(self.region.trim()), "is no region: write it like us-east-1"),
            (
                "endpoint",
                &self.endpoint,
                ["http://", "https://"].iter().any(|s| self.endpoint.trim().strip_prefix(s).is_some_and(|rest| !rest.is_empty())),
                "is no address: write it like https://host",
            ),
            (
                "bucket",
                &self.bucket,
                is_bucket(self.bucket.trim()),
                "is no name of a bucket: it has 3 to 63 small letters, digits, hyphens and dots",
            ),
            ("prefix", &self.prefix, !self.prefix.chars().any(char::is_control), "holds a sign that no key can have: take it out"),
            (
                "cap_usd",
                &self.cap_usd,
                Money::from_usd(self.cap_usd.trim()).is_some(),
                "is no amount of US dollars: write it like 5 or 0.25",
            ),
            (
                "models",
                &self.models,
                PathBuf::from(self.models.trim()).is_file(),
                "is no file: name one with models in the form of the registry",
            ),
        ];
        let wrong = rules.into_iter().filter(|(_, value, fits, _)| !value.trim().is_empty() && !fits);
        let mut problems: Vec<AmazonProblem> =
            wrong.map(|(field, value, _, why)| AmazonProblem { field, why: format!("{} {why}", value.trim()) }).collect();
        if !(1..=MOST_AT_ONCE).contains(&self.at_once) {
            problems.push(AmazonProblem {
                field: "at_once",
                why: format!("{} is no number of requests: take 1 to {MOST_AT_ONCE}", self.at_once),
            });
        }
        problems
    }

    /// What all calls of a project may cost.
    pub fn cap(&self) -> Option<Money> {
        given(&self.cap_usd).as_deref().and_then(Money::from_usd)
    }

    /// Before all keys: empty, or with a slash at its end.
    pub fn folder(&self) -> String {
        let trimmed = self.prefix.trim().trim_matches('/');
        if trimmed.is_empty() { String::new() } else { format!("{trimmed}/") }
    }

    /// The bucket.
    ///
    /// # Errors
    /// Where none is named.
    pub fn bucket(&self) -> Result<String, Error> {
        given(&self.bucket).ok_or_else(|| trouble("no bucket is named. Name one of your account there"))
    }

    /// The account; calls nothing.
    ///
    /// # Errors
    /// Where a setting can't be used, or nothing names a region.
    pub fn open(&self) -> Result<Account, Error> {
        if let Some(problem) = self.problems().into_iter().next() {
            return Err(trouble(&problem.why));
        }
        let choice = Choice { profile: given(&self.profile), region: given(&self.region), endpoint: given(&self.endpoint) };
        let account = Account::open(&choice).map_err(|e| trouble(&format!("the account can't be opened: {e}. Close other programs")))?;
        if account.region().is_none() {
            return Err(trouble("no region is known. Name one there, such as us-east-1"));
        }
        Ok(account)
    }

    /// The models that are known, with the person's own.
    ///
    /// # Errors
    /// Where the person's file can't be read.
    pub fn registry(&self) -> Result<Registry, Error> {
        let beside = || plumbline_adapters::gates_file().map(|gates| gates.with_file_name("models.toml")).filter(|path| path.exists());
        let Some(path) = given(&self.models).map(PathBuf::from).or_else(beside) else {
            return Registry::read(None).map_err(|e| unread(&e));
        };
        let name = path.display().to_string();
        let text = std::fs::read_to_string(&path)
            .map_err(|e| Error::File { path: name.clone(), why: format!("the models in it can't be read: {e}. Check the path") })?;
        Registry::read(Some((&name, &text))).map_err(|e| unread(&e))
    }

    /// A model by its id, as it is to be asked.
    ///
    /// # Errors
    /// Where it is not known.
    pub fn model(&self, id: &str) -> Result<Model, Error> {
        self.model_of(ModelKind::Annotate, id)
    }

    /// As [`Amazon::model`], of a kind.
    ///
    /// # Errors
    /// Where it is not known.
    pub fn model_of(&self, kind: ModelKind, id: &str) -> Result<Model, Error> {
        let registry = self.registry()?;
        let known = registry.model(id).filter(|model| model.kind == kind);
        known.cloned().ok_or_else(|| trouble(&format!("nothing is known of the model {id}. Choose another, or add it to your own models")))
    }
}

/// What is wrong with the settings, as a failure of a job.
pub fn trouble(why: &str) -> Error {
    Error::File { path: "Settings, Amazon".into(), why: why.to_owned() }
}

fn unread(error: &plumbline_core::models::BadRegistry) -> Error {
    Error::File { path: "models".into(), why: error.to_string() }
}

/// Who would be asked where.
#[derive(Serialize, TS)]
#[ts(export)]
pub struct AccountCheck {
    /// What was found, in sentences.
    says: Vec<String>,
    /// Whether calls can be made, as far as can be told without making one.
    ready: bool,
}

/// Names of models to choose from.
#[derive(Serialize, TS)]
#[ts(export)]
pub struct ModelName {
    id: String,
    name: String,
}

impl From<&Model> for ModelName {
    fn from(model: &Model) -> Self {
        Self { id: model.id.clone(), name: model.name.clone() }
    }
}

#[tauri::command(async)]
pub fn check_amazon(amazon: Amazon) -> Vec<AmazonProblem> {
    amazon.problems()
}

/// Looks for credentials; no service is asked to do anything.
#[tauri::command(async)]
pub fn check_account(app: State<'_, App>) -> Answer<AccountCheck> {
    let amazon = app.world().settings.amazon();
    let account = amazon.open()?;
    let found = app.jobs.run("looking for credentials".to_owned(), |job| Ok(account.has_keys(job)?))?;
    let profile = given(&amazon.profile).map_or_else(|| "the usual profile".to_owned(), |name| format!("the profile {name}"));
    let place = given(&amazon.endpoint).map_or_else(String::new, |at| format!(" at {at}"));
    let mut says = vec![format!("Services in {}{place} would be asked by {profile}.", account.region().unwrap_or_default())];
    says.push(match &found {
        Ok(()) => "Credentials were found. Whether they are allowed to ask is known with the first call.".to_owned(),
        Err(why) => format!("No credentials were found ({why}). Set the profile up with the AWS command line, or start Plumbline with them in its environment."),
    });
    Ok(AccountCheck { says, ready: found.is_ok() })
}

#[tauri::command(async)]
pub fn model_names(app: State<'_, App>) -> Answer<Vec<ModelName>> {
    let registry = app.world().settings.amazon().registry()?;
    let asked = registry.models().filter(|model| model.kind == ModelKind::Annotate);
    Ok(asked.map(ModelName::from).collect())
}

/// Refuses settings that can't be used.
///
/// # Errors
/// Where there is a problem.
pub fn refuse(amazon: &Amazon) -> Result<(), CommandError> {
    match amazon.problems().into_iter().next() {
        Some(problem) => Err(trouble(&problem.why).into()),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_cannot_be_used_are_told_by_name() {
        let fine = Amazon { region: "us-east-1".into(), bucket: "my.bucket-1".into(), cap_usd: "0.25".into(), ..Amazon::default() };
        let check = |change: &dyn Fn(&mut Amazon), field: Option<&str>| {
            let mut amazon = fine.clone();
            change(&mut amazon);
            let problems = amazon.problems();
            assert_eq!(problems.first().map(|p| p.field), field, "{problems:?}");
            assert!(problems.len() <= 1);
        };
        check(&|_| {}, None);
        check(&|a| a.region = "us-gov-west-1".into(), None);
        check(&|a| a.region = "Virginia".into(), Some("region"));
        check(&|a| a.region = "us-east".into(), Some("region"));
        check(&|a| a.endpoint = "http://127.0.0.1:5000".into(), None);
        check(&|a| a.endpoint = "localhost".into(), Some("endpoint"));
        check(&|a| a.bucket = "My_Bucket".into(), Some("bucket"));
        check(&|a| a.cap_usd = "5 dollars".into(), Some("cap_usd"));
        check(&|a| a.cap_usd = "-1".into(), Some("cap_usd"));
        check(&|a| a.cap_usd = String::new(), None);
        check(&|a| a.at_once = 0, Some("at_once"));
        check(&|a| a.models = "/nowhere/models.toml".into(), Some("models"));
    }

    #[test]
    fn a_cap_is_exact_and_a_prefix_ends_in_a_slash() {
        let amazon = Amazon { cap_usd: " 0.0001 ".into(), prefix: "/a/b/".into(), ..Amazon::default() };
        assert_eq!((amazon.cap(), amazon.folder().as_str()), (Some(Money::from_nano_usd(100_000)), "a/b/"));
        assert_eq!((Amazon::default().cap(), Amazon::default().folder().as_str()), (None, ""));
    }
}
