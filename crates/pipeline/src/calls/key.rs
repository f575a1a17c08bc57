//! The names of questions.

use crate::models::{Embed, Form, Meaning, Part, Purpose, Request, Role};

/// Names a question: a hash over all that is sent, so that a prompt under another name or with another remark asks nothing anew; and over `beside`, which tells
/// apart questions that shall be asked although they are the same. What is only told of pictures is not sent.
pub fn request_key(request: &Request, beside: &str) -> String {
    let Request { model, system, turns, form, max_tokens, temperature, top_p, stream, extra } = request;
    let mut sent = Sent::default();
    sent.text(beside).text(model).parts(system).number(turns.len() as u64);
    for turn in turns {
        sent.text(if turn.role == Role::User { "user" } else { "assistant" }).parts(&turn.parts);
    }
    match form {
        Form::Text => sent.text("text"),
        Form::Schema { name, schema } => sent.text("schema").text(name).text(&schema.to_string()),
        Form::Tool { name, description, schema, forced } => {
            sent.text("tool").text(name).text(description).text(&schema.to_string()).number(u64::from(*forced))
        }
    };
    sent.number(u64::from(*max_tokens)).number(u64::from(*stream));
    for share in [temperature, top_p] {
        sent.text(&share.map_or_else(String::new, |share| share.to_bits().to_string()));
    }
    sent.text(&extra.as_ref().map_or_else(String::new, ToString::to_string));
    sent.key()
}

/// Names what an embedding model is asked: a hash over all that is sent.
pub fn embed_key(Embed { model, what, dimensions, purpose }: &Embed) -> String {
    let mut sent = Sent::default();
    sent.text("meaning").text(model).number(u64::from(*dimensions)).text(if *purpose == Purpose::Finds { "finds" } else { "found" });
    match what {
        Meaning::Text(text) => sent.text("text").text(text),
        Meaning::Picture(format, bytes) => sent.text("picture").text(&format!("{format:?}")).bytes(bytes),
    };
    sent.key()
}

/// What is sent, each piece behind its length, so that no two requests look the same.
#[derive(Default)]
pub(super) struct Sent(blake3::Hasher);

impl Sent {
    fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.update(&(bytes.len() as u64).to_le_bytes()).update(bytes);
        self
    }

    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        self.bytes(text.as_bytes())
    }

    fn number(&mut self, number: u64) -> &mut Self {
        self.bytes(&number.to_le_bytes())
    }

    fn parts(&mut self, parts: &[Part]) -> &mut Self {
        self.number(parts.len() as u64);
        for part in parts {
            match part {
                Part::Text(text) => self.text("text").text(text),
                Part::Picture { format, bytes, .. } => self.text("picture").text(&format!("{format:?}")).bytes(bytes),
                Part::Document { kind, name, bytes, .. } => self.text("document").text(kind).text(name).bytes(bytes),
                Part::Video { kind, bytes, .. } => self.text("video").text(kind).bytes(bytes),
                Part::CachePoint => self.text("cache point"),
            };
        }
        self
    }

    pub(super) fn key(&self) -> String {
        self.0.finalize().to_hex().to_string()
    }
}
