//! The program of whisper.cpp, where somebody has it, with a model that they name.

use super::recognise;
use plumbline_core::format::HeardWord;
use plumbline_core::{Span, TranscriptTime};
use plumbline_pipeline::{Job, MediaError, SpeechToText};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// What the program is called since version 1.7.
const PROGRAM: &str = "whisper-cli";

/// Runs whisper.cpp.
#[derive(Clone, Debug)]
pub struct Whisper {
    program: String,
    model: PathBuf,
    language: String,
    name: String,
}

impl Whisper {
    /// With a model in the form of ggml and a language such as `en`; `program` is `whisper-cli` as found in the path where none is named.
    ///
    /// # Errors
    /// Where there is no such model.
    pub fn new(program: Option<&str>, model: &Path, language: &str) -> Result<Self, MediaError> {
        let size = std::fs::metadata(model).map_err(|e| {
            MediaError::failed(
                model,
                format!("the model can't be read: {e}"),
                "Name the file of a whisper.cpp model, such as ggml-base.en.bin",
            )
        })?;
        let file = model.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let name = format!("whisper.cpp, {file} ({} bytes), {language}", size.len());
        let model = std::path::absolute(model).unwrap_or_else(|_| model.to_owned());
        Ok(Self { program: program.unwrap_or(PROGRAM).to_owned(), model, language: language.to_owned(), name })
    }
}

impl SpeechToText for Whisper {
    fn name(&self) -> &str {
        &self.name
    }

    fn language(&self) -> &str {
        &self.language
    }

    fn lines(&self, sound: &[f32], job: &Job) -> Result<Vec<Vec<HeardWord>>, MediaError> {
        let out = tempfile::tempdir().map_err(|e| super::cant_write(Path::new("a temporary folder"), &e))?;
        let stem = out.path().join("said");
        let command = |wave: &str| {
            let (model, stem) = (self.model.to_string_lossy().into_owned(), stem.to_string_lossy().into_owned());
            let arguments = ["-m", &model, "-f", wave, "-l", &self.language, "-ojf", "-of", &stem, "-np"];
            std::iter::once(self.program.as_str()).chain(arguments).map(str::to_owned).collect()
        };
        recognise(sound, command, job)?;
        let json = stem.with_extension("json");
        let odd = |why: String| MediaError::failed(Path::new(&self.program), why, "Use a whisper-cli that knows --output-json-full");
        let bytes = std::fs::read(&json).map_err(|e| odd(format!("the recogniser wrote no result: {e}")))?;
        // Tokens may be cut in the middle of a letter.
        let said: Said =
            serde_json::from_str(&String::from_utf8_lossy(&bytes)).map_err(|e| odd(format!("its result can't be read: {e}")))?;
        Ok(said.transcription.iter().map(|segment| words(&segment.tokens)).filter(|line| !line.is_empty()).collect())
    }
}

#[derive(Deserialize)]
struct Said {
    transcription: Vec<Segment>,
}

#[derive(Deserialize)]
struct Segment {
    #[serde(default)]
    tokens: Vec<Token>,
}

#[derive(Deserialize)]
struct Token {
    text: String,
    p: f32,
    /// None where the program knows no times of it.
    offsets: Option<Offsets>,
}

/// In ms.
#[derive(Clone, Copy, Deserialize)]
struct Offsets {
    from: i64,
    to: i64,
}

/// Tokens put together to words: one that begins with a space begins a word. A word is as sure as its least sure token.
fn words(tokens: &[Token]) -> Vec<HeardWord> {
    let mut words: Vec<HeardWord> = vec![];
    for token in tokens {
        let Some(at) = token.offsets.filter(|_| !token.text.starts_with("[_")) else { continue };
        let (start, end) = (TranscriptTime::from_ms(at.from.max(0)), TranscriptTime::from_ms(at.to.max(at.from).max(0)));
        match words.last_mut() {
            Some(word) if !token.text.starts_with(' ') => {
                word.text.push_str(&token.text);
                word.span = Span::new(word.span.start, end.max(word.span.end));
                word.confidence = word.confidence.map(|c| c.min(token.p));
            }
            _ => {
                let (text, span) = (token.text.trim_start().to_owned(), Span::new(start, end));
                words.push(HeardWord { text, span, confidence: Some(token.p), speaker: None });
            }
        }
    }
    words.retain(|word| !word.text.is_empty());
    words
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn tokens_become_words() {
        let said = r#"{"transcription":[{"tokens":[
            {"text":"[_BEG_]","offsets":{"from":0,"to":0},"p":0.9},
            {"text":" And","offsets":{"from":320,"to":370},"p":0.7},
            {"text":" Plumb","offsets":{"from":370,"to":600},"p":0.8},
            {"text":"line","offsets":{"from":600,"to":900},"p":0.5},
            {"text":".","offsets":{"from":900,"to":880},"p":0.95},
            {"text":" lost","p":0.1}]}]}"#;
        let said: Said = serde_json::from_str(said).unwrap();
        let words = words(&said.transcription[0].tokens);
        let read: Vec<_> = words.iter().map(|w| (w.text.as_str(), w.span.start.us(), w.span.end.us(), w.confidence)).collect();
        assert_eq!(read, [("And", 320_000, 370_000, Some(0.7)), ("Plumbline.", 370_000, 900_000, Some(0.5))]);
    }
}
