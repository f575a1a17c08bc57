//! What a service or the way to it says, as a sentence.

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use plumbline_pipeline::CloudError;
use std::error::Error;

/// The error code and the status, where the service answered.
pub(crate) fn answer<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> (&str, u16) {
    match error {
        SdkError::ServiceError(e) => (e.err().code().unwrap_or_default(), e.raw().status().as_u16()),
        // It answered, but in no form that is known.
        SdkError::ResponseError(e) => ("", e.raw().status().as_u16()),
        _ => ("", 0),
    }
}

/// The error over `of` as a sentence.
pub(crate) fn failed<E>(of: &str, error: &SdkError<E, HttpResponse>) -> CloudError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let (code, status) = answer(error);
    let message = match error {
        SdkError::ServiceError(e) => e.err().message().unwrap_or_default().to_owned(),
        // All causes in one line; the last one is what a person needs.
        other => DisplayErrorContext(other).to_string(),
    };
    let (what, remedy) = told(code, status, &message);
    let request = match error {
        SdkError::ServiceError(e) => e.raw().headers().get("x-amz-request-id").or(e.raw().headers().get("x-amzn-requestid")),
        _ => None,
    };
    let what = request.map_or(what.clone(), |id| format!("{what} (request {id})"));
    // The service said no, or was never reached; what it answered with 5xx, or what got lost, may have been done.
    let nothing_done = matches!(error, SdkError::ConstructionFailure(_)) || (300..500).contains(&status) || message.contains("credentials");
    CloudError::Failed { of: of.to_owned(), what, remedy: remedy.to_owned(), nothing_done }
}

/// What happened, as a clause, and what to do.
fn told(code: &str, status: u16, message: &str) -> (String, &'static str) {
    let says = |words: &[&str]| words.iter().any(|word| code.contains(word) || message.contains(word));
    let plain = |what: &str, remedy| (what.to_owned(), remedy);
    if says(&["ExpiredToken", "TokenRefreshRequired", "token included in the request is expired"]) {
        plain("the credentials have expired", "Sign in again, with `aws sso login` or new keys, and run it again; it goes on where it was")
    } else if says(&["RequestTimeTooSkewed", "RequestExpired", "Signature expired", "Signature not yet current"]) {
        plain("this machine's clock is wrong", "Set the clock, and run it again")
    } else if says(&["InvalidAccessKeyId", "UnrecognizedClient", "InvalidClientTokenId", "SignatureDoesNotMatch", "InvalidSignature"]) {
        plain(
            "the account does not know these credentials",
            "Check the profile and its keys, and the profile's name (--profile, or Amazon in the settings)",
        )
    } else if status == 0 && says(&["credentials", "Credentials"]) {
        plain(
            "there are no credentials",
            "Sign in with `aws configure` or `aws sso login`, or name a profile (--profile, or Amazon in the settings)",
        )
    } else if says(&["PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraint"]) || status == 301 {
        plain("the bucket lies in another region", "Name its region (--region, or Amazon in the settings)")
    } else if says(&["NoSuchBucket"]) {
        plain("there is no such bucket", "Make it, or check its name")
    } else if says(&["KMS"]) {
        (format!("the key for encryption can't be used: {message}"), "Check the key's name and its permissions")
    } else if says(&["AccessDenied"]) || status == 403 {
        plain("access is denied", "Ask for the permissions that docs/aws.md lists")
    } else if says(&["LimitExceeded", "Throttling", "TooManyRequests", "SlowDown"]) || status == 429 {
        plain("the service has more to do than it takes on at a time", "Wait a while, and run it again")
    } else if status >= 500 {
        (format!("the service failed ({status} {code})"), "Wait a while, and run it again; it goes on where it was")
    } else if status == 0 {
        (format!("the service can't be reached ({message})"), "Check the network and the region, and run it again; it goes on where it was")
    } else {
        (format!("the service refused: {} ({code})", message.trim_end_matches('.')), "Check the settings")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_services_say_becomes_a_sentence() {
        for (code, status, message, says) in [
            ("ExpiredToken", 400, "The provided token has expired.", "the credentials have expired"),
            ("ExpiredTokenException", 400, "", "the credentials have expired"),
            ("UnrecognizedClientException", 400, "", "the account does not know these credentials"),
            ("RequestTimeTooSkewed", 403, "", "this machine's clock is wrong"),
            ("InvalidSignatureException", 403, "Signature expired: 2026", "this machine's clock is wrong"),
            ("AccessDenied", 403, "", "access is denied"),
            ("", 403, "", "access is denied"),
            ("NoSuchBucket", 404, "", "there is no such bucket"),
            ("PermanentRedirect", 301, "", "the bucket lies in another region"),
            ("AuthorizationHeaderMalformed", 400, "", "the bucket lies in another region"),
            ("KMS.DisabledException", 400, "it is disabled", "the key for encryption can't be used: it is disabled"),
            ("LimitExceededException", 400, "", "the service has more to do"),
            ("SlowDown", 503, "", "the service has more to do"),
            ("InternalError", 500, "", "the service failed (500 InternalError)"),
            ("BadRequestException", 400, "No such vocabulary.", "the service refused: No such vocabulary (BadRequestException)"),
            ("", 0, "dispatch failure: no providers in chain provided credentials", "there are no credentials"),
            ("", 0, "dispatch failure: io error", "the service can't be reached"),
        ] {
            let (what, remedy) = told(code, status, message);
            assert!(what.starts_with(says) && !remedy.ends_with('.'), "{code} {status}: {what}");
        }
    }
}
