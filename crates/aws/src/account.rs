//! Whose account, in which region, and how long to wait for it.

use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_bedrockruntime::config::{Credentials, ProvideCredentials};
use aws_sdk_bedrockruntime::error::DisplayErrorContext;
use plumbline_pipeline::{Cancelled, Job};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;

/// A connection comes up within this, or the attempt counts as failed.
const CONNECT: Duration = Duration::from_secs(10);
/// How often waiting work asks whether the person stopped it.
const ASK_JOB: Duration = Duration::from_millis(50);

/// What a person chose; what is left out comes from the AWS default chain: environment, profile, instance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// The profile of the AWS configuration.
    pub profile: Option<String>,
    /// The region, such as `us-east-1`.
    pub region: Option<String>,
    /// One address for all services, such as `http://127.0.0.1:5000`; else theirs, or what the environment says (`AWS_ENDPOINT_URL`, …).
    pub endpoint: Option<String>,
}

/// An account that services are called with. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Account {
    runtime: Arc<Own>,
    config: SdkConfig,
}

impl Account {
    /// Reads the configuration. Calls nothing: credentials are asked for with the first request.
    ///
    /// # Errors
    /// Where no threads can be started.
    pub fn open(choice: &Choice) -> std::io::Result<Self> {
        Self::load(choice, None)
    }

    /// As [`Account::open`], with keys that are given instead of looked for: stand-ins ask for some, but care for none.
    ///
    /// # Errors
    /// As [`Account::open`].
    pub fn with_keys(choice: &Choice, id: &str, secret: &str) -> std::io::Result<Self> {
        Self::load(choice, Some(Credentials::new(id, secret, None, None, "given")))
    }

    fn load(choice: &Choice, keys: Option<Credentials>) -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().thread_name("aws").build()?;
        let mut loader =
            aws_config::defaults(BehaviorVersion::latest()).timeout_config(TimeoutConfig::builder().connect_timeout(CONNECT).build());
        if let Some(keys) = keys {
            loader = loader.credentials_provider(keys);
        }
        if let Some(profile) = &choice.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(region) = &choice.region {
            loader = loader.region(Region::new(region.clone()));
        }
        if let Some(endpoint) = &choice.endpoint {
            loader = loader.endpoint_url(endpoint);
        }
        let config = block_on(&runtime, loader.load());
        Ok(Self { runtime: Arc::new(Own(Some(runtime))), config })
    }

    /// The region; none where nothing names one.
    pub fn region(&self) -> Option<&str> {
        self.config.region().map(Region::as_ref)
    }

    /// Looks for credentials as the first request would, and says why there are none. No service is asked to do anything.
    ///
    /// # Errors
    /// Where the job was cancelled.
    pub fn has_keys(&self, job: &Job) -> Result<Result<(), String>, Cancelled> {
        let Some(provider) = self.config.credentials_provider() else { return Ok(Err("nothing provides any".into())) };
        let found = self.wait(job, provider.provide_credentials())?;
        Ok(found.map(drop).map_err(|error| DisplayErrorContext(error).to_string()))
    }

    /// The configuration that clients are made with.
    pub(crate) fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// Waits for an answer; drops the request when the job is cancelled.
    pub(crate) fn wait<T>(&self, job: &Job, answer: impl Future<Output = T>) -> Result<T, Cancelled> {
        let job = job.aside();
        let Some(runtime) = &self.runtime.0 else { return Err(Cancelled) };
        block_on(runtime, async {
            tokio::pin!(answer);
            loop {
                tokio::select! {
                    answer = &mut answer => return Ok(answer),
                    () = tokio::time::sleep(ASK_JOB) => job.step("", 0, None)?,
                }
            }
        })
    }
}

/// The account's runtime, which ends without waiting: a thread of another runtime may be the last to let go of it.
#[derive(Debug)]
struct Own(Option<Runtime>);

impl Drop for Own {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// Waits on the account's own runtime, also where the caller is a thread of another one, as the window's commands are.
fn block_on<T>(runtime: &Runtime, answer: impl Future<Output = T>) -> T {
    match tokio::runtime::Handle::try_current() {
        Ok(_) => tokio::task::block_in_place(|| runtime.block_on(answer)),
        Err(_) => runtime.block_on(answer),
    }
}
