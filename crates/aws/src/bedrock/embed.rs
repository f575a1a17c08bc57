//! What texts and pictures mean. Each family of models has a body of its own.

use super::errors::{cut, of_call, wrong};
use aws_sdk_bedrockruntime::Client;
use aws_sdk_bedrockruntime::config::interceptors::BeforeDeserializationInterceptorContextRef;
use aws_sdk_bedrockruntime::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_bedrockruntime::error::BoxError;
use aws_sdk_bedrockruntime::primitives::Blob;
use aws_smithy_types::base64;
use plumbline_pipeline::ModelError;
use plumbline_pipeline::models::{Embed, Embedded, Meaning, PictureFormat, Purpose, Usage};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// # Errors
/// Where the model is none that is known to embed such a thing, or does not answer.
pub async fn embed(client: &Client, asked: &Embed) -> Result<Embedded, ModelError> {
    let Embed { model, what, dimensions, .. } = asked;
    let body = body(asked).ok_or_else(|| wrong(model, format!("it embeds no {}", thing(what))))?;
    let counted = Counted::default();
    let asked = client
        .invoke_model()
        .model_id(model)
        .content_type("application/json")
        .accept("application/json")
        .body(Blob::new(body.to_string()))
        .customize()
        .interceptor(counted.clone());
    let output = asked.send().await.map_err(|error| of_call(model, error))?;
    let answer: Value = serde_json::from_slice(output.body.as_ref()).map_err(|_| cut(model, "its answer is no JSON"))?;
    let vector = answer.get("embedding").or_else(|| answer.pointer("/embeddings/0/embedding")).and_then(Value::as_array);
    let vector: Option<Vec<f32>> = vector.and_then(|numbers| numbers.iter().map(|n| n.as_f64().map(|n| n as f32)).collect());
    let Some(vector) = vector.filter(|vector| vector.len() == *dimensions as usize).and_then(of_length_one) else {
        return Err(cut(model, &format!("its answer is no vector of {dimensions} numbers")));
    };
    let input = match counted.0.load(Ordering::Relaxed) {
        0 => answer.get("inputTextTokenCount").and_then(Value::as_u64).unwrap_or_default(),
        counted => counted,
    };
    Ok(Embedded { vector, usage: Usage { input, ..Usage::default() } })
}

fn thing(what: &Meaning) -> &'static str {
    match what {
        Meaning::Text(_) => "text",
        Meaning::Picture(..) => "pictures",
    }
}

fn body(Embed { model, what, dimensions, purpose }: &Embed) -> Option<Value> {
    // An inference profile puts a region before the id, an ARN a path.
    if model.contains("amazon.titan-embed-text-v2") {
        let Meaning::Text(text) = what else { return None };
        return Some(json!({"inputText": text, "dimensions": dimensions, "normalize": true}));
    }
    if model.contains("amazon.titan-embed-image-v1") {
        let length = json!({"outputEmbeddingLength": dimensions});
        return Some(match what {
            Meaning::Text(text) => json!({"inputText": text, "embeddingConfig": length}),
            Meaning::Picture(_, bytes) => json!({"inputImage": base64::encode(bytes), "embeddingConfig": length}),
        });
    }
    if model.contains("amazon.nova") && model.contains("embeddings") {
        let purpose = if *purpose == Purpose::Finds { "GENERIC_RETRIEVAL" } else { "GENERIC_INDEX" };
        let mut single = json!({"embeddingPurpose": purpose, "embeddingDimension": dimensions});
        match what {
            Meaning::Text(text) => single["text"] = json!({"truncationMode": "END", "value": text}),
            Meaning::Picture(format, bytes) => {
                let format = if *format == PictureFormat::Png { "png" } else { "jpeg" };
                single["image"] = json!({"format": format, "source": {"bytes": base64::encode(bytes)}});
            }
        }
        return Some(json!({"schemaVersion": "nova-multimodal-embed-v1", "taskType": "SINGLE_EMBEDDING", "singleEmbeddingParams": single}));
    }
    None
}

fn of_length_one(mut vector: Vec<f32>) -> Option<Vec<f32>> {
    let length = vector.iter().map(|n| n * n).sum::<f32>().sqrt();
    if !(length.is_finite() && length > 0.0) {
        return None;
    }
    vector.iter_mut().for_each(|n| *n /= length);
    Some(vector)
}

/// The tokens that were read, which stand beside the answer and not in it.
#[derive(Clone, Debug, Default)]
struct Counted(Arc<AtomicU64>);

impl Intercept for Counted {
    fn name(&self) -> &'static str {
        "counted tokens"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let count = context.response().headers().get("x-amzn-bedrock-input-token-count").and_then(|count| count.parse().ok());
        self.0.store(count.unwrap_or_default(), Ordering::Relaxed);
        Ok(())
    }
}
