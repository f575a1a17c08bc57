//! An answer, whole or put together from its pieces.

use super::errors::{cut, of_stream};
use super::json::value;
use aws_sdk_bedrockruntime::operation::converse::ConverseOutput;
use aws_sdk_bedrockruntime::primitives::event_stream::EventReceiver;
use aws_sdk_bedrockruntime::types::error::ConverseStreamOutputError;
use aws_sdk_bedrockruntime::types::{ContentBlock, ContentBlockDelta, ConverseStreamOutput, StopReason, TokenUsage};
use plumbline_pipeline::ModelError;
use plumbline_pipeline::models::{Answer, Stop, Usage};
use std::time::{Duration, Instant};

/// Text beside a call of a tool is the model's thinking aloud: the input of the tool is the answer.
#[derive(Default)]
struct Said {
    text: String,
    tool: String,
}

impl Said {
    fn into_text(self) -> String {
        if self.tool.is_empty() { self.text } else { self.tool }
    }
}

/// # Errors
/// Where the answer has no message, or does not say what it took.
pub fn whole(model: &str, output: ConverseOutput, began: Instant) -> Result<Answer, ModelError> {
    let stop = stop(&output.stop_reason);
    let Some(usage) = output.usage.as_ref().map(usage) else { return Err(cut(model, "its answer does not say what it took")) };
    let mut said = Said::default();
    let Some(message) = output.output.and_then(|output| output.as_message().ok().cloned()) else {
        return Err(cut(model, "its answer has no message"));
    };
    for block in &message.content {
        match block {
            ContentBlock::Text(text) => said.text.push_str(text),
            ContentBlock::ToolUse(call) => said.tool = value(&call.input).to_string(),
            // Reasoning and the like are no part of the answer.
            _ => {}
        }
    }
    Ok(Answer { text: said.into_text(), stop, usage, latency_ms: since_ms(began) })
}

/// # Errors
/// Where no piece comes for too long, or the stream ends before the answer does.
pub async fn in_pieces(
    model: &str,
    mut pieces: EventReceiver<ConverseStreamOutput, ConverseStreamOutputError>,
    patience: Duration,
    began: Instant,
) -> Result<Answer, ModelError> {
    let (mut said, mut stopped, mut used) = (Said::default(), None, None);
    loop {
        let Ok(piece) = tokio::time::timeout(patience, pieces.recv()).await else {
            return Err(cut(model, &format!("no piece of its answer came for {} s", patience.as_secs())));
        };
        match piece.map_err(|error| of_stream(model, error))? {
            None => break,
            Some(ConverseStreamOutput::ContentBlockDelta(event)) => match event.delta {
                Some(ContentBlockDelta::Text(text)) => said.text.push_str(&text),
                Some(ContentBlockDelta::ToolUse(call)) => said.tool.push_str(&call.input),
                _ => {}
            },
            Some(ConverseStreamOutput::MessageStop(event)) => stopped = Some(stop(&event.stop_reason)),
            Some(ConverseStreamOutput::Metadata(event)) => used = event.usage.as_ref().map(usage),
            Some(_) => {}
        }
    }
    match (stopped, used) {
        (Some(stop), Some(usage)) => Ok(Answer { text: said.into_text(), stop, usage, latency_ms: since_ms(began) }),
        _ => Err(cut(model, "the stream ended before its answer did")),
    }
}

fn stop(reason: &StopReason) -> Stop {
    match reason {
        StopReason::MaxTokens | StopReason::ModelContextWindowExceeded => Stop::Length,
        StopReason::ContentFiltered | StopReason::GuardrailIntervened => Stop::Refused,
        other if other.as_str() == "refusal" => Stop::Refused,
        // What is malformed is found by whoever reads the answer.
        _ => Stop::End,
    }
}

fn usage(usage: &TokenUsage) -> Usage {
    let count = |tokens: i32| u64::try_from(tokens).unwrap_or_default();
    Usage {
        input: count(usage.input_tokens),
        output: count(usage.output_tokens),
        cache_read: count(usage.cache_read_input_tokens.unwrap_or_default()),
        cache_write: count(usage.cache_write_input_tokens.unwrap_or_default()),
    }
}

fn since_ms(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX)
}
