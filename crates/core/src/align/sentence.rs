//! A proposal's verdict in a sentence with numbers.

use super::{BreakKind, Proposal, Verdict};

/// What the aligner found, for people: `The transcript runs 1001 ppm slow and starts 1.20 s early; …`.
pub fn sentence(proposal: &Proposal) -> String {
    let first = proposal.pieces.first();
    let offset = first.map_or(0, |p| (p.media_start.us()).saturating_sub(p.span.start.us()));
    let ppm = first.map_or(0.0, |p| p.rate_ppm);
    let clocks = match (offset.abs() >= 5_000, ppm.abs() >= 20.0) {
        (false, false) => "Words and sound start together".to_owned(),
        (true, false) => format!("Words come {} {}", seconds(offset.abs()), side(offset)),
        (false, true) => format!("Words and sound start together and drift apart by {}", per_minute(ppm)),
        (true, true) => format!("Words start {} {} and drift by {}", seconds(offset.abs()), side(offset), per_minute(ppm)),
    };
    match proposal.verdict {
        Verdict::InSync => "Words and sound are together; nothing has to be mended.".into(),
        Verdict::Unknown => "The sound gives no ground to judge by: too little speech, or none that fits the words.".into(),
        Verdict::Offset | Verdict::Rate => format!("{clocks}."),
        Verdict::Breaks => {
            let parts: Vec<String> = proposal
                .breaks
                .iter()
                .map(|b| match b.kind {
                    BreakKind::InsertInMedia => format!("at {} the media has {} that the transcript lacks", b.media, seconds(b.len.us())),
                    BreakKind::CutFromMedia => format!("at {} the media lacks {} of the transcript", b.media, seconds(b.len.us())),
                })
                .collect();
            format!("{clocks}; {}.", parts.join("; "))
        }
    }
}

/// Words that lie at an earlier time than their sound come early.
fn side(offset_us: i64) -> &'static str {
    if offset_us > 0 { "too early" } else { "too late" }
}

/// A number does not part from its unit at the end of a line.
fn seconds(us: i64) -> String {
    if us.abs() < 1_000_000 { format!("{}\u{a0}ms", us / 1_000) } else { format!("{:.2}\u{a0}s", us as f64 / 1e6) }
}

/// A rate as what people notice of it.
fn per_minute(ppm: f64) -> String {
    let sign = if ppm < 0.0 { '−' } else { '+' };
    format!("{sign}{:.0}\u{a0}ms a minute ({sign}{:.0}\u{a0}ppm)", ppm.abs() * 0.06, ppm.abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::align::{Break, Params, Piece};
    use crate::time::{Delta, MediaTime, Span, TranscriptTime};
    use crate::time_map::TimeMap;

    fn check(verdict: Verdict, offset_ms: i64, rate_ppm: f64, breaks: &[(BreakKind, i64)], says: &str) {
        let span = Span::new(TranscriptTime::from_ms(10_000), TranscriptTime::from_ms(70_000));
        let proposal = Proposal {
            verdict,
            map: TimeMap::default(),
            pieces: vec![Piece { span, media_start: MediaTime::from_ms(10_000 + offset_ms), rate_ppm, score: 0.9 }],
            breaks: breaks
                .iter()
                .map(|(kind, ms)| Break {
                    kind: *kind,
                    transcript: TranscriptTime::from_ms(40_000),
                    media: MediaTime::from_ms(40_000),
                    len: Delta::from_us(ms * 1_000),
                })
                .collect(),
            residuals: vec![],
            absent: vec![],
            score: 0.9,
            params: Params::default(),
            words: None,
        };
        assert_eq!(sentence(&proposal).replace('\u{a0}', " "), says);
    }

    #[test]
    fn each_verdict_is_a_sentence_with_its_numbers() {
        use BreakKind::{CutFromMedia, InsertInMedia};
        check(Verdict::InSync, 0, 0.0, &[], "Words and sound are together; nothing has to be mended.");
        check(Verdict::Offset, 1_200, 0.0, &[], "Words come 1.20 s too early.");
        check(Verdict::Offset, -300, 0.0, &[], "Words come 300 ms too late.");
        check(Verdict::Rate, 0, -1_000.0, &[], "Words and sound start together and drift apart by −60 ms a minute (−1000 ppm).");
        check(Verdict::Rate, 1_200, 1_000.0, &[], "Words start 1.20 s too early and drift by +60 ms a minute (+1000 ppm).");
        let insert = "Words and sound start together; at 0:00:40.000 the media has 8.00 s that the transcript lacks.";
        check(Verdict::Breaks, 0, 0.0, &[(InsertInMedia, 8_000)], insert);
        let cut = "Words and sound start together; at 0:00:40.000 the media lacks 8.00 s of the transcript.";
        check(Verdict::Breaks, 0, 0.0, &[(CutFromMedia, 8_000)], cut);
    }
}
