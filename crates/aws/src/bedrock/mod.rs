//! Models behind Amazon Bedrock.

mod answer;
mod embed;
mod errors;
mod json;
mod request;

use crate::account::Account;
use aws_sdk_bedrockruntime::Client;
use aws_sdk_bedrockruntime::config::retry::RetryConfig;
use aws_sdk_bedrockruntime::config::timeout::TimeoutConfig;
use plumbline_pipeline::models::{Answer, Embed, Embedded, Request};
use plumbline_pipeline::{Job, ModelError, Models};
use std::time::{Duration, Instant};

/// How long Bedrock is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Within {
    /// For a whole answer, or for the first piece of one that comes in pieces.
    pub answer: Duration,
    /// For the next piece.
    pub piece: Duration,
}

impl Default for Within {
    /// Five minutes for an answer, one for a piece of it.
    fn default() -> Self {
        Self { answer: Duration::from_secs(300), piece: Duration::from_secs(60) }
    }
}

/// Amazon Bedrock in one region. Each call is one attempt: who asks makes it again, and sees every refusal.
#[derive(Clone, Debug)]
pub struct Bedrock {
    account: Account,
    client: Client,
    within: Within,
    name: String,
}

impl Bedrock {
    /// Bedrock with the account's credentials. Calls nothing.
    pub fn new(account: &Account, within: Within) -> Self {
        let timeouts = account.config().timeout_config().map_or_else(TimeoutConfig::builder, TimeoutConfig::to_builder);
        let timeouts = timeouts.operation_attempt_timeout(within.answer).read_timeout(within.answer).build();
        let config = aws_sdk_bedrockruntime::config::Builder::from(account.config())
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts)
            .build();
        let name = format!("Bedrock, {}", account.region().unwrap_or("no region"));
        Self { account: account.clone(), client: Client::from_conf(config), within, name }
    }

    async fn whole(&self, request: &Request) -> Result<Answer, ModelError> {
        let began = Instant::now();
        let parts = request::parts(request)?;
        let asked = self
            .client
            .converse()
            .model_id(&request.model)
            .set_system(parts.system)
            .set_messages(Some(parts.messages))
            .inference_config(parts.inference)
            .set_tool_config(parts.tools)
            .set_output_config(parts.output)
            .set_additional_model_request_fields(parts.extra);
        let output = asked.send().await.map_err(|error| errors::of_call(&request.model, error))?;
        answer::whole(&request.model, output, began)
    }

    async fn in_pieces(&self, request: &Request) -> Result<Answer, ModelError> {
        let began = Instant::now();
        let parts = request::parts(request)?;
        let asked = self
            .client
            .converse_stream()
            .model_id(&request.model)
            .set_system(parts.system)
            .set_messages(Some(parts.messages))
            .inference_config(parts.inference)
            .set_tool_config(parts.tools)
            .set_output_config(parts.output)
            .set_additional_model_request_fields(parts.extra);
        let output = asked.send().await.map_err(|error| errors::of_call(&request.model, error))?;
        answer::in_pieces(&request.model, output.stream, self.within.piece, began).await
    }
}

impl Models for Bedrock {
    fn name(&self) -> &str {
        &self.name
    }

    fn ask(&self, request: &Request, job: &Job) -> Result<Answer, ModelError> {
        if request.stream { self.account.wait(job, self.in_pieces(request))? } else { self.account.wait(job, self.whole(request))? }
    }

    fn embed(&self, asked: &Embed, job: &Job) -> Result<Embedded, ModelError> {
        self.account.wait(job, embed::embed(&self.client, asked))?
    }
}
