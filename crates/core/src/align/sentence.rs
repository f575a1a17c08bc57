//! A proposal's verdict in a sentence with numbers.

use super::{BreakKind, Ground, Proposal, Verdict};

/// What the aligner found, for people: `The transcript runs 1001 ppm slow and starts 1.20 s early; …`.
pub fn sentence(proposal: &Proposal) -> String {
    let found = found(proposal);
    match proposal.ground {
        Ground::Anchors => format!("{found} This rests on the anchors alone: the sound gives no ground."),
        _ => found,
    }
}

fn found(proposal: &Proposal) -> String {
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
        Verdict::Unknown => unknown(proposal.ground).into(),
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

/// Why nothing can be said, and what to do.
fn unknown(ground: Ground) -> &'static str {
    match ground {
        Ground::Sound | Ground::Anchors => "The sound gives no ground to judge by: too little speech, or none that fits the words.",
        Ground::NoSound => "The sound is silent or a hum: nothing can be said of the drift. Check that the right sound track was chosen.",
        Ground::NoSpeech => {
            "No speech stands out in this sound: it may be music or noise. Check that the right sound track was chosen, or set anchors."
        }
        Ground::NoWords => "The transcript has no words: there is nothing to hold against the sound. Check that it is complete.",
        Ground::TooFew => {
            "The transcript has too few words, or too few pauses between them, to be placed by the sound. Set anchors instead."
        }
        Ground::TooShort => "Sound and words must each last 20\u{a0}s or more: less fits in too many places. Set an anchor instead.",
        Ground::OneTime => {
            "The words have no times of their own: all have the same one, or no length. Bring in a transcript with word times."
        }
        Ground::OutOfReach => {
            "The words lie far outside of this sound: the transcript may count from another start. Set an anchor to tell which."
        }
        Ground::NoMatch => {
            "The words match this sound nowhere: the transcript may belong to another recording or be in another language. \
             If they do belong together, set anchors."
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
    use crate::Profile;
    use crate::align::{Break, Ground, Params, Piece};
    use crate::time::{Delta, MediaTime, Span, TranscriptTime};
    use crate::time_map::TimeMap;

    fn check(verdict: Verdict, offset_ms: i64, rate_ppm: f64, breaks: &[(BreakKind, i64)], says: &str) {
        let span = Span::new(TranscriptTime::from_ms(10_000), TranscriptTime::from_ms(70_000));
        let proposal = Proposal {
            verdict,
            ground: Ground::Sound,
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
            profile: Profile::default(),
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
