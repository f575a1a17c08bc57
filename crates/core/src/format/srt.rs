//! SubRip subtitles.

use super::ReadError;
use super::draft::Notes;
use super::subtitle::{Cue, cue_times, lines, transcript};
use crate::transcript::{Format, Transcript};

/// Reads subtitles; each cue is a segment.
pub(super) fn read(text: &str) -> Result<Transcript, ReadError> {
    let mut notes = Notes::default();
    let cues = cues(text, &mut notes)?;
    transcript(text, &cues, notes, Format::Srt)
}

/// The cues of a text. A cue goes on to the number above the next line of times, so blank lines in it do no harm.
pub(super) fn cues(text: &str, notes: &mut Notes) -> Result<Vec<Cue>, ReadError> {
    let lines = lines(text);
    let line = |at: usize| text[lines[at].clone()].trim();
    let heads: Vec<usize> = (0..lines.len()).filter(|at| line(*at).contains("-->")).collect();
    // The first line of a cue: its number, if there is one right above its times.
    let numbered = |head: usize| head > 0 && !line(head - 1).is_empty() && line(head - 1).bytes().all(|b| b.is_ascii_digit());
    let first = |head: usize| if numbered(head) { head - 1 } else { head };
    let mut cues = Vec::with_capacity(heads.len());
    for (nth, &head) in heads.iter().enumerate() {
        let Some((start, end)) = cue_times(&text[lines[head].clone()], lines[head].start, head + 1, notes)? else { continue };
        let stop = heads.get(nth + 1).map_or(lines.len(), |next| first(*next).max(head + 1));
        let last = (head + 1..stop).rev().find(|at| !line(*at).is_empty());
        let body = (head + 1..stop).find(|at| !line(*at).is_empty());
        let payload = match (body, last) {
            (Some(body), Some(last)) => lines[body].start..lines[last].end,
            _ => lines[head].end..lines[head].end,
        };
        let from = lines[first(head)].start;
        let to = lines.get(stop).map_or(text.len(), |line| line.start);
        let id = numbered(head).then(|| lines[head - 1].clone());
        cues.push(Cue { id, start, end, payload, whole: from..to, line: head + 1 });
    }
    Ok(cues)
}
