//! WebVTT subtitles.

use super::ReadError;
use super::draft::Notes;
use super::subtitle::{Cue, cue_times, lines, transcript};
use crate::transcript::{Format, Transcript};

/// Reads subtitles; each cue is a segment. NOTE, STYLE and REGION blocks hold no words.
pub(super) fn read(text: &str) -> Result<Transcript, ReadError> {
    let mut notes = Notes::default();
    let cues = cues(text, &mut notes)?;
    transcript(text, &cues, notes, Format::WebVtt)
}

/// The cues of a text. Blocks are divided by blank lines; a block is a cue if its first or second line has times.
pub(super) fn cues(text: &str, notes: &mut Notes) -> Result<Vec<Cue>, ReadError> {
    let lines = lines(text);
    let line = |at: usize| &text[lines[at].clone()];
    let blank = |at: usize| line(at).trim().is_empty();
    let mut cues = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        if blank(at) {
            at += 1;
            continue;
        }
        let first = at;
        let stop = (first..lines.len()).find(|at| blank(*at)).unwrap_or(lines.len());
        // A cue without a blank line before it still begins at its times.
        let Some(head) = (first..stop).find(|at| line(*at).contains("-->")) else {
            at = stop;
            continue;
        };
        let next = (head + 1..stop).find(|at| line(*at).contains("-->"));
        let stop = next.unwrap_or(stop);
        at = stop;
        let Some((start, end)) = cue_times(line(head), lines[head].start, head + 1, notes)? else { continue };
        let payload = if head + 1 < stop { lines[head + 1].start..lines[stop - 1].end } else { lines[head].end..lines[head].end };
        let id = (head == first + 1).then(|| lines[first].clone());
        let from = if id.is_some() { lines[first].start } else { lines[head].start };
        let after = (stop..lines.len()).find(|at| !blank(*at));
        let to = after.map_or(text.len(), |after| lines[after].start);
        cues.push(Cue { id, start, end, payload, whole: from..to, line: head + 1 });
    }
    Ok(cues)
}
