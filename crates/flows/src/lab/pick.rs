//! Choosing clips.

use super::versions::known;
use super::view::{CandidateRow, CandidatesView, ClipFilter, SetWish};
use crate::annotate::lines;
use crate::{Desk, Error, Result};
use plumbline_core::lab::{ClipSet, draw, hold_out};
use plumbline_core::{Annotation, Delta, MediaTime, Span};
use plumbline_pipeline::stages::annotate::Line;
use plumbline_project::views::{Decision, FlagView};
use plumbline_project::{MediaId, Op};
use std::collections::{BTreeMap, BTreeSet};

/// So many media are looked through at most, drawn by the seed: a large library is not read as a whole.
const MOST_MEDIA: usize = 300;
/// No clip is shorter.
const SHORTEST: Delta = Delta::from_us(1_000_000);
/// So much of what is said is told.
const SAID: usize = 80;

/// What is known of a media.
struct Ground {
    name: String,
    lines: Vec<Line>,
    flags: Vec<FlagView>,
    media: MediaId,
}

impl Ground {
    fn of(desk: &Desk<'_>, media: &MediaId) -> Result<Self> {
        let lines = lines(desk, media)?;
        let project = desk.project();
        Ok(Self { name: known(&project, &media.0)?, lines, flags: project.flags(media)?.flags, media: media.clone() })
    }

    fn takes(&self, filter: &ClipFilter, span: Span<MediaTime>) -> bool {
        let here = |other: Span<MediaTime>| other.overlap(span).is_some();
        let speaker = |name: &String| self.lines.iter().any(|l| l.speaker.as_ref() == Some(name) && here(l.span));
        let asked = filter.gate.is_some() || filter.decided.is_some();
        let flag = |f: &FlagView| {
            filter.gate.is_none_or(|gate| f.gate == gate)
                && filter.decided.as_deref().is_none_or(|wanted| state(f) == wanted)
                && here(f.span)
        };
        filter.speaker.as_ref().is_none_or(speaker) && (!asked || self.flags.iter().any(flag))
    }

    fn row(&self, span: Span<MediaTime>, truths: usize) -> CandidateRow {
        let said: Vec<&str> = self.lines.iter().filter(|l| l.span.overlap(span).is_some()).map(|l| l.text.as_str()).collect();
        CandidateRow {
            media: self.media.0.clone(),
            name: self.name.clone(),
            start_us: span.start.us(),
            end_us: span.end.us(),
            truths: truths as u32,
            said: said.join(" ").chars().take(SAID).collect(),
        }
    }
}

/// What was decided on a flag, as the filter names it.
fn state(flag: &FlagView) -> &'static str {
    match flag.verdict.as_ref().map(|v| v.decision) {
        None => "open",
        Some(Decision::Confirmed) => "confirmed",
        Some(Decision::FalseAlarm) => "false_alarm",
        Some(Decision::Unsure) => "unsure",
    }
}

/// Stretches that may become clips: each media cut into pieces of one length, of which those that the filter takes are drawn by the seed.
///
/// # Errors
/// Where the length is too short, or the project can't be read.
pub fn candidates(desk: &Desk<'_>, filter: &ClipFilter) -> Result<CandidatesView> {
    let length = Delta::from_us(filter.length_us);
    if length < SHORTEST {
        return Err(Error::File { path: "Clips".into(), why: "a clip of less than a second shows too little. Choose a longer one".into() });
    }
    let wanted: BTreeSet<&String> = filter.media.iter().collect();
    let media: Vec<MediaId> = desk.project().media_ids()?.into_iter().filter(|m| wanted.is_empty() || wanted.contains(&m.0)).collect();
    let names: Vec<String> = media.iter().map(|m| m.0.clone()).collect();
    let (mut rows, mut labels, mut speakers) = (vec![], BTreeMap::<String, u32>::new(), BTreeSet::new());
    for n in draw(&names, MOST_MEDIA, &filter.seed) {
        let ground = Ground::of(desk, &media[n])?;
        speakers.extend(ground.lines.iter().filter_map(|l| l.speaker.clone()));
        let duration = desk.project().media(&media[n])?.duration;
        for span in pieces(duration, length) {
            if !ground.takes(filter, span) {
                continue;
            }
            let truth = desk.project().clip_truth(&media[n], span)?;
            let truths = truth.as_deref().unwrap_or_default();
            let labelled = |label: &String| truths.iter().any(|a| a.label.eq_ignore_ascii_case(label));
            if (filter.reviewed && truth.is_none()) || !filter.label.as_ref().is_none_or(labelled) {
                continue;
            }
            truths.iter().for_each(|a: &Annotation| *labels.entry(a.label.clone()).or_default() += 1);
            rows.push(ground.row(span, truths.len()));
        }
    }
    let names: Vec<String> = rows.iter().map(|r| format!("{} {}", r.media, r.start_us)).collect();
    let drawn = draw(&names, filter.count as usize, &filter.seed);
    let mut labels: Vec<(String, u32)> = labels.into_iter().collect();
    labels.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let of = rows.len() as u32;
    let rows = drawn.into_iter().map(|n| rows[n].clone()).collect();
    Ok(CandidatesView { rows, of, labels, speakers: speakers.into_iter().collect() })
}

/// A media in pieces of one length; what is left at the end is one of them where it is at least half as long.
fn pieces(duration: MediaTime, length: Delta) -> impl Iterator<Item = Span<MediaTime>> {
    let (whole, length) = (duration.us(), length.us());
    let count = whole / length + i64::from(whole % length * 2 >= length);
    (0..count).map(move |n| Span::new(MediaTime::from_us(n * length), MediaTime::from_us(((n + 1) * length).min(whole))))
}

/// Keeps a clip set with the truth as it stands, and a share of its media held out; its id.
///
/// # Errors
/// Where the set can't be, or the project can't be written.
pub fn keep_set(desk: &Desk<'_>, wish: SetWish) -> Result<String> {
    let mut set: ClipSet = wish.set;
    set.clips.sort_by(|a, b| (&a.media, a.start).cmp(&(&b.media, b.start)));
    hold_out(&mut set.clips, wish.holdout, &wish.seed);
    let mut project = desk.project();
    project.apply(Op::KeepClips(set.clone()), &desk.by)?;
    let newest = project.clip_sets()?.into_iter().filter(|kept| kept.set == set).max_by_key(|kept| kept.position);
    newest.map(|kept| kept.id).ok_or_else(|| Error::File { path: set.name, why: "the clip set was not kept. Make it again".into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_media_is_cut_into_pieces_of_one_length() {
        let cut = |ms: i64| -> Vec<(i64, i64)> {
            let spans = pieces(MediaTime::from_ms(ms), Delta::from_us(10_000_000));
            spans.map(|s| (s.start.us() / 1_000, s.end.us() / 1_000)).collect()
        };
        for (ms, expected) in [
            (0, vec![]),
            (4_999, vec![]),
            (5_000, vec![(0, 5_000)]),
            (24_000, vec![(0, 10_000), (10_000, 20_000)]),
            (25_000, vec![(0, 10_000), (10_000, 20_000), (20_000, 25_000)]),
        ] {
            assert_eq!(cut(ms), expected, "{ms} ms");
        }
    }
}
