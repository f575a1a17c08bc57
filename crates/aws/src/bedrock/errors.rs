//! What Bedrock or the way to it says, as one of the kinds that callers know. No sentence holds what was sent.

use aws_sdk_bedrockruntime::config::http::HttpResponse;
use aws_sdk_bedrockruntime::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_bedrockruntime::types::error::ConverseStreamOutputError;
use plumbline_pipeline::ModelError;
use std::error::Error;
use std::time::Duration;

/// A message of the service is told up to so many characters.
const LONGEST: usize = 300;

/// An answer that came in part, or an end that says nothing: the service worked on it, and may charge for it.
pub fn cut(model: &str, what: &str) -> ModelError {
    ModelError::Broken { model: model.into(), what: what.into(), charged: true }
}

/// A request that would be answered the same way again.
pub fn wrong(model: &str, what: String) -> ModelError {
    ModelError::Failed { model: model.into(), what, remedy: "Choose another model or other settings for this task".into(), all: false }
}

/// An error of a call.
pub fn of_call<E: ProvideErrorMetadata + Error + Send + Sync + 'static>(model: &str, error: SdkError<E, HttpResponse>) -> ModelError {
    if let SdkError::ServiceError(answered) = &error {
        let (status, raw) = (answered.raw().status().as_u16(), answered.raw());
        let after = raw.headers().get("retry-after").and_then(|seconds| seconds.parse().ok()).map(Duration::from_secs);
        return of_service(model, answered.err(), status, after);
    }
    of_the_way(model, &error)
}

/// An error in the middle of an answer.
pub fn of_stream<R: std::fmt::Debug + Send + Sync + 'static>(model: &str, error: SdkError<ConverseStreamOutputError, R>) -> ModelError {
    use ConverseStreamOutputError as Said;
    let SdkError::ServiceError(said) = &error else { return cut(model, "the connection was cut in the middle of its answer") };
    // What comes in a stream names its kind in its frame alone.
    let (kind, message) = match said.err() {
        Said::ThrottlingException(said) => {
            let what = sentence("it broke off with ThrottlingException", said.message());
            return ModelError::Throttled { model: model.into(), what, after: None };
        }
        Said::ValidationException(said) => return wrong(model, sentence("it broke off with ValidationException", said.message())),
        Said::ModelStreamErrorException(said) => ("ModelStreamErrorException", said.message()),
        Said::InternalServerException(said) => ("InternalServerException", said.message()),
        Said::ServiceUnavailableException(said) => ("ServiceUnavailableException", said.message()),
        other => (other.code().unwrap_or("an error"), other.message()),
    };
    cut(model, &sentence(&format!("it broke off with {kind}"), message))
}

fn of_service(model: &str, error: &impl ProvideErrorMetadata, status: u16, after: Option<Duration>) -> ModelError {
    let what = told(error, status);
    let name = model.to_owned();
    let failed = |remedy: &str, all| ModelError::Failed { model: name.clone(), what: what.clone(), remedy: remedy.into(), all };
    match (error.code().unwrap_or_default(), status) {
        ("ThrottlingException" | "ServiceQuotaExceededException" | "TooManyRequestsException", _) | (_, 429)
            if error.code() != Some("ModelNotReadyException") =>
        {
            ModelError::Throttled { model: name, what, after }
        }
        // The model may have worked until then.
        ("ModelTimeoutException" | "ModelErrorException" | "ModelStreamErrorException", _) | (_, 408 | 424) => cut(model, &what),
        ("ModelNotReadyException", _) | (_, 500..) => ModelError::Broken { model: name, what, charged: false },
        (
            "ExpiredTokenException"
            | "ExpiredToken"
            | "UnrecognizedClientException"
            | "InvalidSignatureException"
            | "InvalidClientTokenId"
            | "MissingAuthenticationTokenException"
            | "IncompleteSignature",
            _,
        )
        | (_, 401) => failed("Sign in again, for example with `aws sso login`, and check the clock of this machine", true),
        ("AccessDeniedException", _) | (_, 403) => {
            failed("Ask for access to this model in the Bedrock console, and for the right bedrock:InvokeModel", true)
        }
        ("ResourceNotFoundException", _) | (_, 404) => failed("Check the model's id, and whether the region has it", true),
        _ => failed("Choose another model or other settings for this task", false),
    }
}

/// An error that is no answer of the service.
fn of_the_way<E: Error + Send + Sync + 'static, R: std::fmt::Debug + Send + Sync + 'static>(
    model: &str,
    error: &SdkError<E, R>,
) -> ModelError {
    let all = DisplayErrorContext(error).to_string();
    let small = all.to_lowercase();
    let broken = |what: &str, charged| ModelError::Broken { model: model.into(), what: what.into(), charged };
    let failed = |what: &str, remedy: &str| ModelError::Failed { model: model.into(), what: what.into(), remedy: remedy.into(), all: true };
    match error {
        SdkError::ConstructionFailure(_) if small.contains("region") => {
            failed("no AWS region is set", "Name one in the settings, in the profile or in AWS_REGION")
        }
        _ if small.contains("credential") || small.contains("identity") || small.contains("sso") => {
            failed("there are no AWS credentials that can be used", "Sign in, for example with `aws sso login`, or choose another profile")
        }
        SdkError::ConstructionFailure(_) => wrong(model, "the request can't be made".into()),
        _ if small.contains("(connect)") || small.contains("connect timeout") || small.contains("dns") => {
            broken("no connection to Bedrock comes about", false)
        }
        SdkError::TimeoutError(_) => broken("it did not answer in time", true),
        SdkError::DispatchFailure(failure) if failure.is_timeout() => broken("it did not answer in time", true),
        _ => broken("the connection was cut before its whole answer came", true),
    }
}

fn told(error: &impl ProvideErrorMetadata, status: u16) -> String {
    let code = error.code().unwrap_or("no error code");
    sentence(&format!("it answered {code} ({status})"), error.message())
}

/// What happened, with what the service says of it.
fn sentence(what: &str, message: Option<&str>) -> String {
    let message: String = message.unwrap_or_default().trim_end_matches('.').chars().take(LONGEST).collect();
    if message.is_empty() { what.to_owned() } else { format!("{what}, {message}") }
}
