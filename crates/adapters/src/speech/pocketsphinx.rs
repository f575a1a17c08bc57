//! PocketSphinx with its model of English: modest, but it needs nothing else.

use super::recognise;
use plumbline_core::format::HeardWord;
use plumbline_core::{Span, TranscriptTime};
use plumbline_pipeline::{Job, MediaError, SpeechToText};

/// The program of PocketSphinx before version 5, as Debian has it.
const PROGRAM: &str = "pocketsphinx_continuous";

/// Runs PocketSphinx.
#[derive(Clone, Debug)]
pub struct PocketSphinx {
    program: String,
}

impl Default for PocketSphinx {
    /// The program as it is found in the path, with the model it was installed with.
    fn default() -> Self {
        Self { program: PROGRAM.to_owned() }
    }
}

impl PocketSphinx {
    /// Another program that is used and answers in the same way.
    pub fn at(program: impl Into<String>) -> Self {
        Self { program: program.into() }
    }
}

impl SpeechToText for PocketSphinx {
    fn name(&self) -> &str {
        "PocketSphinx, en-us"
    }

    fn language(&self) -> &str {
        "en-US"
    }

    fn lines(&self, sound: &[f32], job: &Job) -> Result<Vec<Vec<HeardWord>>, MediaError> {
        let command = |wave: &str| {
            let arguments = ["-infile", wave, "-time", "yes", "-logfn", "/dev/null"];
            std::iter::once(self.program.as_str()).chain(arguments).map(str::to_owned).collect()
        };
        Ok(lines(&recognise(sound, command, job)?))
    }
}

/// Reads what the program writes: of each utterance its text, then `WORD START END CONFIDENCE` line by line, in seconds.
fn lines(said: &str) -> Vec<Vec<HeardWord>> {
    let mut lines: Vec<Vec<HeardWord>> = vec![];
    for line in said.lines() {
        match word(line) {
            Some(Said::Word(word)) => lines.last_mut().map_or((), |line| line.push(word)),
            Some(Said::Sound) => {}
            None => lines.push(vec![]),
        }
    }
    lines.retain(|line| !line.is_empty());
    lines
}

enum Said {
    Word(HeardWord),
    /// A pause, a breath, the edge of an utterance.
    Sound,
}

fn word(line: &str) -> Option<Said> {
    let mut parts = line.split_ascii_whitespace();
    let (text, start, end, confidence) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let (start, end, confidence) = (microseconds(start)?, microseconds(end)?, confidence.parse::<f32>().ok()?);
    if parts.next().is_some() || end < start {
        return None;
    }
    if text.starts_with(['<', '[', '+']) {
        return Some(Said::Sound);
    }
    // `read(2)` is another way to say `read`.
    let text = text.split('(').next().unwrap_or(text);
    let span = Span::new(TranscriptTime::from_us(start), TranscriptTime::from_us(end + FRAME_US));
    Some(Said::Word(HeardWord { text: text.to_owned(), span, confidence: Some(confidence.clamp(0.0, 1.0)), speaker: None }))
}

/// The end that is told is the beginning of the last frame.
const FRAME_US: i64 = 10_000;

/// A time such as `12.340`, in µs.
fn microseconds(seconds: &str) -> Option<i64> {
    let (whole, part) = seconds.split_once('.')?;
    let digits =
        |text: &str| (!text.is_empty() && text.len() <= 6 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse::<i64>().ok());
    let scale = 10_i64.pow(6 - part.len().min(6) as u32);
    Some(digits(whole)?? * 1_000_000 + digits(part)?? * scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utterances_become_lines_of_words() {
        let said = "oh whoa\n<s> 0.140 0.240 0.998401\noh 0.250 1.960 0.998102\nto(2) 4.050 4.160 1.000100\n[SPEECH] 5.0 5.1 0.9\n</s> 6.000 6.100 1.000000\n\nnine to five\nnine 7.000 7.090 0.100000\n";
        let read = lines(said);
        let words: Vec<Vec<(&str, i64, i64)>> =
            read.iter().map(|l| l.iter().map(|w| (w.text.as_str(), w.span.start.us(), w.span.end.us())).collect()).collect();
        assert_eq!(words, [vec![("oh", 250_000, 1_970_000), ("to", 4_050_000, 4_170_000)], vec![("nine", 7_000_000, 7_100_000)]]);
        assert_eq!(read[0][1].confidence, Some(1.0));
    }

    #[test]
    fn what_is_no_word_is_none() {
        for odd in ["", "oh 0.2 x 0.9", "oh 2.0 1.0 0.9", "a b c d e", "oh 1 2 3", "oh 99999999.0 99999999.1 0.5"] {
            assert!(word(odd).is_none(), "{odd:?}");
        }
        assert!(lines("5.0 6.0 7.0 8.0 9.0\n").is_empty());
    }
}
