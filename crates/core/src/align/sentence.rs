//! A proposal's verdict in a sentence with numbers.

use super::{BreakKind, Proposal, Verdict};
use crate::time::Delta;

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

fn seconds(us: i64) -> String {
    if us.abs() < 1_000_000 { format!("{} ms", Delta::from_us(us).us() / 1_000) } else { format!("{:.2} s", us as f64 / 1e6) }
}

/// A rate as what people notice of it.
fn per_minute(ppm: f64) -> String {
    format!("{:+.0} ms a minute ({:+.0} ppm)", ppm * 0.06, ppm)
}
