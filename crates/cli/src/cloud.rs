//! Transcripts by Amazon Transcribe.

use crate::account::{AccountArgs, dollars};
use crate::projects::{chosen, with_desk};
use crate::report::{complain, failures_json, say};
use crate::{Outcome, progress};
use anyhow::{Result, anyhow, bail};
use clap::Args;
use plumbline_adapters::{Ffmpeg, Flac};
use plumbline_aws::{Patience, S3, Transcribe};
use plumbline_core::Profile;
use plumbline_core::models::Money;
use plumbline_core::transcription::{Identify, Prices, Redaction, RedactionOutput, TranscriptionJob};
use plumbline_flows::cloud_speech::{self as flow, Wish};
use plumbline_flows::{self as flows, Desk};
use plumbline_pipeline::cloud::{Poll, await_vocabulary};
use plumbline_pipeline::stages::cloud_speech::{Account, Plan};
use plumbline_pipeline::{CloudSpeech, Job, Objects, Runs};
use plumbline_project::{MediaId, Project};
use plumbline_runs::RunFile;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Where sound, transcripts and vocabularies lie.
#[derive(Args, Clone)]
pub struct Bucket {
    /// The bucket that sound is sent to and transcripts are written to.
    #[arg(long)]
    bucket: Option<String>,
    /// A folder of the bucket.
    #[arg(long, default_value = "")]
    prefix: String,
    /// Encrypt with this key of AWS KMS.
    #[arg(long, value_name = "KEY")]
    kms_key: Option<String>,
    #[command(flatten)]
    account: AccountArgs,
}

impl Bucket {
    fn name(&self) -> Result<&str> {
        self.bucket.as_deref().ok_or_else(|| anyhow!("no bucket is named. Name one of your account with --bucket"))
    }

    /// Before all keys: empty, or with a slash at its end.
    fn folder(&self) -> String {
        let trimmed = self.prefix.trim_matches('/');
        if trimmed.is_empty() { String::new() } else { format!("{trimmed}/") }
    }
}

/// What Amazon Transcribe is asked for.
#[derive(Args, Clone)]
pub struct CloudWish {
    /// Let Amazon Transcribe write down what is said, which costs money.
    #[arg(long, conflicts_with = "whisper")]
    pub cloud: bool,
    #[command(flatten)]
    bucket: Bucket,
    /// A TOML file with settings of the transcription; docs/aws.md lists them. What is given here besides comes before it.
    #[arg(long, value_name = "FILE", requires = "cloud")]
    job_settings: Option<PathBuf>,
    /// Let the service find out the language.
    #[arg(long, requires = "cloud", conflicts_with = "language")]
    identify: bool,
    /// Let the service find out several languages.
    #[arg(long, requires = "cloud", conflicts_with_all = ["language", "identify"])]
    identify_several: bool,
    /// The languages that it chooses from, such as en-US,es-US.
    #[arg(long, requires = "cloud", value_delimiter = ',')]
    options: Vec<String>,
    /// Tell so many speakers apart at most.
    #[arg(long, requires = "cloud")]
    speakers: Option<u32>,
    /// Write down two channels each by itself.
    #[arg(long, requires = "cloud")]
    channels: bool,
    /// Use this custom vocabulary.
    #[arg(long, requires = "cloud", value_name = "NAME")]
    vocabulary: Option<String>,
    /// Take personal information out.
    #[arg(long, requires = "cloud")]
    redact: bool,
    /// Send sound that is silent, clipped or without speech, too.
    #[arg(long, requires = "cloud")]
    anyway: bool,
    /// What it may cost at most, in US dollars.
    #[arg(long, requires = "cloud", value_name = "USD", value_parser = dollars)]
    cap: Option<Money>,
    /// A role that may read the bucket: with it, jobs wait for their turn where the account runs too many.
    #[arg(long, requires = "cloud", value_name = "ARN")]
    queue_role: Option<String>,
}

impl CloudWish {
    fn settings(&self, language: Option<&str>) -> Result<TranscriptionJob> {
        let mut job = match &self.job_settings {
            Some(path) => {
                let text = std::fs::read_to_string(path).map_err(|e| anyhow!("{} can't be read: {e}", path.display()))?;
                toml::from_str(&text).map_err(|e| anyhow!("{} is no file of settings: {e}", path.display()))?
            }
            None => TranscriptionJob::default(),
        };
        let identify = if self.identify { Some(Identify::One) } else { self.identify_several.then_some(Identify::Several) };
        if let Some(language) = language {
            (job.language, job.identify) = (Some(language.to_owned()), None);
        }
        if identify.is_some() {
            (job.language, job.identify) = (None, identify);
        }
        if !self.options.is_empty() {
            job.options.clone_from(&self.options);
        }
        job.speakers = self.speakers.or(job.speakers);
        job.channels |= self.channels;
        job.vocabulary = self.vocabulary.clone().or(job.vocabulary);
        if self.redact && job.redaction.is_none() {
            job.redaction = Some(Redaction { output: RedactionOutput::Redacted, kinds: vec![] });
        }
        let problems: Vec<String> = job.check(Profile::default()).iter().map(ToString::to_string).collect();
        if !problems.is_empty() {
            bail!("the settings of the transcription can't be used: {}", problems.join("; "));
        }
        Ok(job)
    }

    /// The account with all that a transcription takes, and the ledger beside the project; calls nothing.
    pub fn open(&self, project: &Path, language: Option<&str>) -> Result<Cloud> {
        let settings = self.settings(language)?;
        let (account, bucket, key) = (self.bucket.account.open()?, self.bucket.name()?, self.bucket.kms_key.as_deref());
        Ok(Cloud {
            objects: S3::open(&account, bucket, key, Patience::default()),
            speech: Transcribe::open(&account, bucket, key, self.queue_role.as_deref(), Patience::default()),
            prefix: self.bucket.folder(),
            region: account.region().unwrap_or_default().to_owned(),
            prices: Prices::built_in().map_err(|e| anyhow!("the table of prices is damaged: {e}. Install Plumbline again"))?,
            runs: Box::new(RunFile::beside(project)?),
            cap: self.cap,
            anyway: self.anyway,
            settings,
        })
    }
}

/// An account that writes down what is said.
pub struct Cloud {
    objects: S3,
    speech: Transcribe,
    prefix: String,
    region: String,
    prices: Prices,
    runs: Box<dyn Runs>,
    cap: Option<Money>,
    anyway: bool,
    settings: TranscriptionJob,
}

impl Cloud {
    /// As an archive's settings have it: sound goes to `bucket` below a prefix.
    pub fn of_archive(
        settings: TranscriptionJob,
        (bucket, prefix): (&str, &str),
        account: &AccountArgs,
        runs: Box<dyn Runs>,
    ) -> Result<Self> {
        let problems: Vec<String> = settings.check(Profile::default()).iter().map(ToString::to_string).collect();
        if !problems.is_empty() {
            bail!("the settings of the transcription can't be used: {}", problems.join("; "));
        }
        let account = account.open()?;
        Ok(Self {
            objects: S3::open(&account, bucket, None, Patience::default()),
            speech: Transcribe::open(&account, bucket, None, None, Patience::default()),
            prefix: prefix.to_owned(),
            region: account.region().unwrap_or_default().to_owned(),
            prices: Prices::built_in().map_err(|e| anyhow!("the table of prices is damaged: {e}. Install Plumbline again"))?,
            runs,
            cap: None,
            anyway: false,
            settings,
        })
    }

    pub fn account(&self) -> Account<'_> {
        Account {
            objects: &self.objects,
            prefix: &self.prefix,
            speech: &self.speech,
            region: &self.region,
            prices: &self.prices,
            runs: self.runs.as_ref(),
            cap: self.cap,
            sound: &Flac(Ffmpeg),
            poll: Poll::default(),
        }
    }

    pub fn wish(&self) -> Wish<'_> {
        Wish { settings: &self.settings, anyway: self.anyway }
    }

    /// Writes down what is said in a media; says whether it did.
    pub fn transcribe(&self, desk: &Desk<'_>, media: &MediaId, job: &Job) -> flows::Result<bool> {
        flow::transcribe(desk, media, self.wish(), &self.account(), job)
    }
}

/// Tells what would be sent for which media, and what it costs.
pub fn dry_run(project: &Path, which: &[String], cloud: &Cloud, as_json: bool) -> Result<Outcome> {
    with_desk(project, |desk| {
        let (mut plans, mut failures) = (Vec::new(), Vec::new());
        for media in chosen(desk, which)? {
            match flow::plan(desk, &media, cloud.wish(), &cloud.account(), &progress::job()) {
                Ok(plan) => plans.extend(plan.map(|plan| (media, plan))),
                Err(error) => failures.push(error.to_string()),
            }
        }
        let total: Money = plans.iter().map(|(_, plan)| plan.cost).sum();
        if as_json {
            say(plans_json(cloud, &plans, total, &failures))?;
        } else {
            tell(desk, cloud, &plans, total)?;
            complain(&failures);
        }
        Ok(Outcome::of(plans.len(), failures.len(), 0))
    })
}

fn plans_json(cloud: &Cloud, plans: &[(MediaId, Plan)], total: Money, failures: &[String]) -> Value {
    let row = |(media, plan): &(MediaId, Plan)| {
        json!({
            "media": media, "job": plan.name, "sound": plan.sound, "bytes": plan.bytes, "transcript": plan.transcript,
            "cost_nano_usd": plan.cost.nano_usd()
        })
    };
    let prices = &cloud.prices;
    json!({
        "region": cloud.region, "settings": cloud.settings, "media": plans.iter().map(row).collect::<Vec<_>>(),
        "total_nano_usd": total.nano_usd(), "cap_nano_usd": cloud.cap.map(Money::nano_usd),
        "prices": { "source": prices.source, "date": prices.date, "known": prices.knows(&cloud.region) },
        "failures": failures_json(failures)
    })
}

fn tell(desk: &Desk<'_>, cloud: &Cloud, plans: &[(MediaId, Plan)], total: Money) -> Result<()> {
    for (media, plan) in plans {
        say(format!("{}: job {}, at most {}", desk.project().media(media)?.name(), plan.name, plan.cost))?;
        if let (Some(sound), Some(bytes)) = (&plan.sound, plan.bytes) {
            say(format!("  sends {bytes} bytes to {sound}"))?;
        }
        say(format!("  transcript from {}", plan.transcript))?;
    }
    say(format!("settings: {}", serde_json::to_string(&cloud.settings)?))?;
    let prices = &cloud.prices;
    let bound = if prices.knows(&cloud.region) { "" } else { ", which do not name this region: a bound from above" };
    say(format!("{} media, at most {total} in {}, by prices of {}{bound} ({})", plans.len(), cloud.region, prices.date, prices.source))
}

/// What a vocabulary is uploaded with.
#[derive(Args)]
pub struct UploadWish {
    /// Make a custom vocabulary of this name in your account, or put the table in the place of the one that has it.
    #[arg(long, value_name = "NAME", requires = "language_code")]
    upload: Option<String>,
    /// The language as the service names it, such as en-US.
    #[arg(long, value_name = "CODE")]
    language_code: Option<String>,
    #[command(flatten)]
    bucket: Bucket,
}

impl UploadWish {
    /// Whether an upload is wished for.
    pub fn is_wanted(&self) -> bool {
        self.upload.is_some()
    }

    /// Uploads the table, and waits until jobs can use it.
    pub fn upload(&self, project: &Project, (least, language): (u32, Option<&str>), as_json: bool) -> Result<Outcome> {
        let (name, code) = (self.upload.as_deref().unwrap_or_default(), self.language_code.as_deref().unwrap_or_default());
        let named = TranscriptionJob { vocabulary: Some(name.to_owned()), ..TranscriptionJob::in_language(code) };
        if let Some(problem) = named.check(Profile::default()).first() {
            bail!("{problem}");
        }
        let table = project.vocabulary_table(least, language)?;
        if table.lines().count() < 2 {
            bail!("there is no phrase to upload: none was corrected {least} times or more. Lower --least");
        }
        let file = tempfile::NamedTempFile::new()?;
        std::fs::write(file.path(), &table)?;
        let (account, bucket, job) = (self.bucket.account.open()?, self.bucket.name()?, progress::job());
        let objects = S3::open(&account, bucket, self.bucket.kms_key.as_deref(), Patience::default());
        let speech = Transcribe::open(&account, bucket, None, None, Patience::default());
        let hash = blake3::hash(table.as_bytes()).to_hex().to_string();
        let key = format!("{}vocabularies/{hash}.txt", self.bucket.folder());
        objects.put_file(&key, file.path(), &hash, &job)?;
        let address = objects.address(&key);
        speech.put_vocabulary(name, code, &address, &job)?;
        await_vocabulary(&speech, name, Poll::default(), &job)?;
        let phrases = table.lines().count() - 1;
        match as_json {
            true => say(json!({ "vocabulary": name, "language": code, "table": address, "phrases": phrases, "state": "ready" }))?,
            false => say(format!("the vocabulary {name} is ready: {phrases} phrases, from {address}"))?,
        }
        Ok(Outcome::Done)
    }
}
