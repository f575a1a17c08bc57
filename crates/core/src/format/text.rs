//! From bytes to text, and the first look at what the text is.

use super::{At, ReadError, check_size};
use crate::transcript::Format;
use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};
use std::borrow::Cow;

/// The text of a file without its byte order mark.
pub(super) struct Text<'a> {
    pub text: Cow<'a, str>,
    /// Said where the text was not UTF-8.
    pub note: Option<String>,
}

/// What the first bytes of files give away that are taken for transcripts by mistake.
const SIGNATURES: [(&[u8], usize, &str); 9] = [
    (b"ftyp", 4, "an MP4 or QuickTime video"),
    (b"RIFF", 0, "a WAV or AVI file"),
    (b"\x1aE\xdf\xa3", 0, "a Matroska or WebM video"),
    (b"ID3", 0, "an MP3 file"),
    (b"OggS", 0, "an Ogg file"),
    (b"fLaC", 0, "a FLAC file"),
    (b"PK\x03\x04", 0, "a ZIP archive"),
    (b"\x1f\x8b", 0, "a gzip archive"),
    (b"%PDF", 0, "a PDF"),
];

/// How far into a file zero bytes are looked for.
const LOOKED_AT: usize = 8 << 10;

const REMEDY: &str = "Choose a transcript: JSON of Amazon Transcribe, Call Analytics or Bedrock Data Automation, SRT, or WebVTT";

/// Decodes UTF-8, and UTF-16 with a byte order mark; subtitles in neither are taken for Windows-1252.
pub(super) fn decode(bytes: &[u8]) -> Result<Text<'_>, ReadError> {
    check_size(bytes.len() as u64)?;
    if bytes.trim_ascii().is_empty() {
        return Err(ReadError::new("the file is empty", At::File, REMEDY));
    }
    if let Some((_, _, what)) = SIGNATURES.iter().find(|(mark, at, _)| bytes.get(*at..).is_some_and(|rest| rest.starts_with(mark))) {
        return Err(ReadError::new(format!("this is {what}, not a transcript"), At::File, REMEDY));
    }
    let (encoding, body) = match Encoding::for_bom(bytes) {
        Some((encoding, length)) => (encoding, &bytes[length..]),
        None => (UTF_8, bytes),
    };
    if encoding != UTF_8 {
        return match encoding.decode_without_bom_handling_and_without_replacement(body) {
            Some(text) => Ok(Text { text, note: Some(format!("The file is in {}; exports are in UTF-8.", encoding.name())) }),
            None => Err(ReadError::new(format!("this is not valid {}", encoding.name()), At::File, "Save the file as UTF-8")),
        };
    }
    if let Some(at) = body[..body.len().min(LOOKED_AT)].iter().position(|byte| *byte == 0) {
        return Err(ReadError::new("this is a binary file, or UTF-16 without its mark", At::Byte(at), REMEDY));
    }
    match std::str::from_utf8(body) {
        Ok(text) => Ok(Text { text: text.into(), note: None }),
        Err(error) if error.error_len().is_none() && looks_like_subtitles(body) => {
            let whole = String::from_utf8_lossy(&body[..error.valid_up_to()]);
            Ok(Text { text: whole, note: Some("The file ends in the middle of a character; its end may be missing.".to_owned()) })
        }
        Err(_) if looks_like_subtitles(body) => {
            let (text, _) = WINDOWS_1252.decode_without_bom_handling(body);
            let note = "The file is not UTF-8 and was read as Windows-1252; look whether the accents are right.".to_owned();
            Ok(Text { text, note: Some(note) })
        }
        Err(error) => {
            let at = bytes.len() - body.len() + error.valid_up_to();
            Err(ReadError::new("this is not valid UTF-8", At::Byte(at), "Save the file as UTF-8, or fetch it again"))
        }
    }
}

fn looks_like_subtitles(bytes: &[u8]) -> bool {
    !matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'[')) && bytes.windows(3).any(|three| three == b"-->")
}

/// Which subtitles a text is; none where it must be JSON.
pub(super) fn subtitles(text: &str) -> Option<Format> {
    let start = text.trim_start();
    if let Some(rest) = start.strip_prefix("WEBVTT")
        && (rest.is_empty() || rest.starts_with(char::is_whitespace))
    {
        return Some(Format::WebVtt);
    }
    looks_like_subtitles(text.as_bytes()).then_some(Format::Srt)
}
