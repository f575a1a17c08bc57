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

/// Length of the vectors of Cohere's models of the third version.
const COHERE_3: u32 = 1_024;

/// # Errors
/// Where the model is none that is known to embed such a thing, or does not answer.
pub async fn embed(client: &Client, asked: &Embed) -> Result<Embedded, ModelError> {
    let Embed { model, dimensions, .. } = asked;
    let body = body(asked).map_err(|why| wrong(model, why))?;
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
    let places = ["/embedding", "/embeddings/0/embedding", "/embeddings/float/0"];
    let vector = places.iter().find_map(|place| answer.pointer(place)?.as_array());
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

/// What is sent; else why the model can't be asked, as a clause.
fn body(asked: &Embed) -> Result<Value, String> {
    let Embed { model, what, dimensions, .. } = asked;
    // An inference profile puts a region before the id, an ARN a path.
    let is = |part: &str| model.contains(part);
    match what {
        Meaning::Text(text) if is("amazon.titan-embed-text-v2") => {
            Ok(json!({"inputText": text, "dimensions": dimensions, "normalize": true}))
        }
        Meaning::Picture(..) if is("amazon.titan-embed-text-v2") => Err("it embeds no pictures".into()),
        _ if is("amazon.titan-embed-image-v1") => Ok(titan_of_pictures(asked)),
        _ if is("amazon.nova") && is("embeddings") => Ok(nova(asked)),
        _ if is("cohere.embed-v4") => Ok(cohere_4(asked)),
        _ if is("cohere.embed-") && is("-v3") => cohere_3(asked),
        Meaning::Text(_) => Err("it embeds no text".into()),
        Meaning::Picture(..) => Err("it embeds no pictures".into()),
    }
}

fn titan_of_pictures(Embed { what, dimensions, .. }: &Embed) -> Value {
    let length = json!({"outputEmbeddingLength": dimensions});
    match what {
        Meaning::Text(text) => json!({"inputText": text, "embeddingConfig": length}),
        Meaning::Picture(_, bytes) => json!({"inputImage": base64::encode(bytes), "embeddingConfig": length}),
    }
}

fn nova(Embed { what, dimensions, purpose, .. }: &Embed) -> Value {
    let purpose = if *purpose == Purpose::Finds { "GENERIC_RETRIEVAL" } else { "GENERIC_INDEX" };
    let mut single = json!({"embeddingPurpose": purpose, "embeddingDimension": dimensions});
    match what {
        Meaning::Text(text) => single["text"] = json!({"truncationMode": "END", "value": text}),
        Meaning::Picture(format, bytes) => {
            single["image"] = json!({"format": name(*format), "source": {"bytes": base64::encode(bytes)}});
        }
    }
    json!({"schemaVersion": "nova-multimodal-embed-v1", "taskType": "SINGLE_EMBEDDING", "singleEmbeddingParams": single})
}

/// Of the third version pictures are a purpose of their own, and its vectors have one length.
fn cohere_3(Embed { what, dimensions, purpose, .. }: &Embed) -> Result<Value, String> {
    if *dimensions != COHERE_3 {
        return Err(format!("its vectors are of {COHERE_3} numbers, not of {dimensions}"));
    }
    Ok(match what {
        Meaning::Text(text) => json!({"texts": [text], "input_type": searched(*purpose), "truncate": "END", "embedding_types": ["float"]}),
        Meaning::Picture(format, bytes) => {
            json!({"images": [data_uri(*format, bytes)], "input_type": "image", "embedding_types": ["float"]})
        }
    })
}

fn cohere_4(Embed { what, dimensions, purpose, .. }: &Embed) -> Value {
    let mut body = json!({"input_type": searched(*purpose), "embedding_types": ["float"], "output_dimension": dimensions});
    match what {
        Meaning::Text(text) => {
            body["texts"] = json!([text]);
            body["truncate"] = json!("RIGHT");
        }
        Meaning::Picture(format, bytes) => body["images"] = json!([data_uri(*format, bytes)]),
    }
    body
}

fn searched(purpose: Purpose) -> &'static str {
    if purpose == Purpose::Finds { "search_query" } else { "search_document" }
}

fn data_uri(format: PictureFormat, bytes: &[u8]) -> String {
    format!("data:image/{};base64,{}", name(format), base64::encode(bytes))
}

fn name(format: PictureFormat) -> &'static str {
    if format == PictureFormat::Png { "png" } else { "jpeg" }
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
