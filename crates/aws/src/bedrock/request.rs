//! A request in Bedrock's terms.

use super::errors::wrong;
use super::json::document;
use aws_sdk_bedrockruntime::error::BuildError;
use aws_sdk_bedrockruntime::primitives::Blob;
use aws_sdk_bedrockruntime::types::{
    CachePointBlock, CachePointType, ContentBlock, ConversationRole, DocumentBlock, DocumentFormat, DocumentSource, ImageBlock,
    ImageFormat, ImageSource, InferenceConfiguration, JsonSchemaDefinition, Message, OutputConfig, OutputFormat, OutputFormatStructure,
    OutputFormatType, SpecificToolChoice, SystemContentBlock, Tool, ToolChoice, ToolConfiguration, ToolInputSchema, ToolSpecification,
    VideoBlock, VideoFormat, VideoSource,
};
use aws_smithy_types::Document;
use plumbline_pipeline::ModelError;
use plumbline_pipeline::models::{Form, Part, PictureFormat, Request, Role};

/// What a whole answer and one in pieces are asked for with.
pub struct Parts {
    pub system: Option<Vec<SystemContentBlock>>,
    pub messages: Vec<Message>,
    pub inference: InferenceConfiguration,
    pub tools: Option<ToolConfiguration>,
    pub output: Option<OutputConfig>,
    pub extra: Option<Document>,
}

/// # Errors
/// Where something stands in the request that Bedrock has no place for.
pub fn parts(request: &Request) -> Result<Parts, ModelError> {
    let built = |error: BuildError| wrong(&request.model, format!("the request can't be made: {error}"));
    let system = request.system.iter().map(|part| system(&request.model, part)).collect::<Result<Vec<_>, _>>()?;
    let messages = request.turns.iter().map(|turn| {
        let role = if turn.role == Role::User { ConversationRole::User } else { ConversationRole::Assistant };
        let content = turn.parts.iter().map(|part| content(part).map_err(built)).collect::<Result<Vec<_>, _>>()?;
        Message::builder().role(role).set_content(Some(content)).build().map_err(built)
    });
    let max_tokens = i32::try_from(request.max_tokens).unwrap_or(i32::MAX);
    let inference = InferenceConfiguration::builder().max_tokens(max_tokens).set_temperature(request.temperature).set_top_p(request.top_p);
    let (tools, output) = form(&request.form).map_err(built)?;
    Ok(Parts {
        system: (!system.is_empty()).then_some(system),
        messages: messages.collect::<Result<_, _>>()?,
        inference: inference.build(),
        tools,
        output,
        extra: request.extra.as_ref().map(document),
    })
}

fn system(model: &str, part: &Part) -> Result<SystemContentBlock, ModelError> {
    match part {
        Part::Text(text) => Ok(SystemContentBlock::Text(text.clone())),
        Part::CachePoint => {
            cache_point().map(SystemContentBlock::CachePoint).map_err(|error| wrong(model, format!("the request can't be made: {error}")))
        }
        Part::Picture { .. } | Part::Document { .. } | Part::Video { .. } => {
            Err(wrong(model, "a system prompt holds text alone, and this one holds something else".into()))
        }
    }
}

fn cache_point() -> Result<CachePointBlock, BuildError> {
    CachePointBlock::builder().r#type(CachePointType::Default).build()
}

fn content(part: &Part) -> Result<ContentBlock, BuildError> {
    let blob = |bytes: &[u8]| Blob::new(bytes);
    Ok(match part {
        Part::Text(text) => ContentBlock::Text(text.clone()),
        Part::Picture { format, bytes, .. } => {
            let format = match format {
                PictureFormat::Jpeg => ImageFormat::Jpeg,
                PictureFormat::Png => ImageFormat::Png,
            };
            ContentBlock::Image(ImageBlock::builder().format(format).source(ImageSource::Bytes(blob(bytes))).build()?)
        }
        Part::Document { kind, name, bytes, .. } => {
            let document = DocumentBlock::builder().format(DocumentFormat::from(kind.as_str())).name(name);
            ContentBlock::Document(document.source(DocumentSource::Bytes(blob(bytes))).build()?)
        }
        Part::Video { kind, bytes, .. } => {
            let video = VideoBlock::builder().format(VideoFormat::from(kind.as_str()));
            ContentBlock::Video(video.source(VideoSource::Bytes(blob(bytes))).build()?)
        }
        Part::CachePoint => ContentBlock::CachePoint(cache_point()?),
    })
}

type Held = (Option<ToolConfiguration>, Option<OutputConfig>);

fn form(form: &Form) -> Result<Held, BuildError> {
    match form {
        Form::Text => Ok((None, None)),
        Form::Schema { name, schema } => {
            let definition = JsonSchemaDefinition::builder().name(name).schema(schema.to_string()).build()?;
            let structure = OutputFormatStructure::JsonSchema(definition);
            let format = OutputFormat::builder().r#type(OutputFormatType::JsonSchema).structure(structure).build()?;
            Ok((None, Some(OutputConfig::builder().text_format(format).build())))
        }
        Form::Tool { name, description, schema, forced } => {
            let description = (!description.is_empty()).then(|| description.clone());
            let input = ToolInputSchema::Json(document(schema));
            let tool = ToolSpecification::builder().name(name).set_description(description).input_schema(input).build()?;
            let choice = if *forced { Some(ToolChoice::Tool(SpecificToolChoice::builder().name(name).build()?)) } else { None };
            Ok((Some(ToolConfiguration::builder().tools(Tool::ToolSpec(tool)).set_tool_choice(choice).build()?), None))
        }
    }
}
