//! One finished library row per media, kept up as the log grows.

use super::{GateCount, MediaRow, MediaState};
use crate::cells;
use crate::error::Result;
use crate::kept::Kept;
use crate::proposed::Proposed;
use crate::records::{Analysis, AnnotationEdit, MediaId};
use plumbline_core::MediaTime;
use plumbline_core::align::Residual;
use plumbline_core::gate::{Thresholds, gates_with};
use rusqlite::{Connection, params};
use std::collections::BTreeSet;

/// Points of a row's plumb line.
const PLUMB_POINTS: usize = 64;

/// Writes the row of one media anew, or deletes it with the media.
pub(crate) fn refresh(db: &Connection, kept: &Kept, media: &MediaId) -> Result<()> {
    match row(db, kept, media)? {
        Some(row) => db.execute("INSERT OR REPLACE INTO summary (media, body) VALUES (?1, ?2)", params![media.0, cells::json(&row)?])?,
        None => db.execute("DELETE FROM summary WHERE media = ?1", [&media.0])?,
    };
    Ok(())
}

/// Writes all rows anew.
pub(crate) fn refresh_all(db: &Connection, kept: &Kept) -> Result<()> {
    db.execute("DELETE FROM summary", [])?;
    let ids: Vec<MediaId> =
        db.prepare("SELECT id FROM media")?.query_map([], |r| Ok(MediaId(r.get(0)?)))?.collect::<rusqlite::Result<_>>()?;
    ids.iter().try_for_each(|media| refresh(db, kept, media))
}

fn row(db: &Connection, kept: &Kept, media: &MediaId) -> Result<Option<MediaRow>> {
    let Some(record) = cells::media(db, media)? else { return Ok(None) };
    let transcript = cells::file(db, "transcript", media)?;
    let (words, confidence) = match &transcript {
        Some(file) => kept.statistics(db, &file.parsed)?,
        None => (0, None),
    };
    let finished = cells::finished(db, media)?;
    let analysis = cells::analysis(db, media)?.map(|a| kept.analysis(db, &a.body)).transpose()?;
    let proposed = Proposed::read(db, kept, media)?;
    let waits = proposed.as_ref().map(|p| p.waits(db, kept, media)).transpose()?.unwrap_or(false);
    let decided: BTreeSet<String> = cells::verdicts(db, media)?.into_iter().map(|v| v.0).collect();
    let open_flags = match (&analysis, cells::active_thresholds(db)?) {
        (Some(analysis), Some(thresholds)) => count_open(db, (media, analysis), &thresholds, &decided)?,
        _ => vec![],
    };
    let state = match (&transcript, &analysis) {
        (None, _) => MediaState::NoTranscript,
        (_, None) => MediaState::Waiting,
        _ if finished.is_some() => MediaState::Reviewed,
        _ if waits => MediaState::Proposed,
        _ if !open_flags.is_empty() => MediaState::Flagged,
        _ => MediaState::Reviewed,
    };
    let residuals: &[Residual] = analysis.as_ref().map_or(&[], |a| &a.residuals);
    let clear = || residuals.iter().filter(|r| r.is_clear());
    Ok(Some(MediaRow {
        id: media.clone(),
        name: record.name().to_owned(),
        path: record.path.clone(),
        state,
        duration_us: record.duration,
        has_video: record.picture.is_some(),
        words,
        verdict: proposed.map(|p| p.proposal.verdict),
        worst_drift_us: clear().map(|r| r.left.us()).max_by_key(|d| d.abs()),
        plumb_us: plumb(clear(), record.duration),
        open_flags,
        decided_flags: decided.len() as u32,
        confidence,
        annotations: annotations(db, kept, media)?,
        defects: db.query_row("SELECT count(*) FROM defect WHERE media = ?1", [&media.0], |r| r.get(0))?,
        finished,
    }))
}

/// Number of annotations, with those that people added and without those that they removed.
fn annotations(db: &Connection, kept: &Kept, media: &MediaId) -> Result<u32> {
    let imported = cells::file(db, "annotations", media)?.map(|file| kept.annotations(db, &file.parsed)).transpose()?;
    let mut count = imported.as_ref().map_or(0, |set| set.annotations.len());
    let known: BTreeSet<&str> = imported.iter().flat_map(|set| set.annotations.iter().map(|a| a.id.as_str())).collect();
    for (id, edit) in cells::bodies::<AnnotationEdit>(db, "annotation_edit", media)? {
        match (known.contains(id.as_str()), edit.annotation) {
            (true, None) => count -= 1,
            (false, Some(_)) => count += 1,
            _ => {}
        }
    }
    Ok(count as u32)
}

fn count_open(
    db: &Connection,
    (media, analysis): (&MediaId, &Analysis),
    thresholds: &Thresholds,
    decided: &BTreeSet<String>,
) -> Result<Vec<GateCount>> {
    let gates = gates_with(analysis.measures.iter().map(|m| m.gate)).into_iter();
    let mut counts: Vec<GateCount> = gates.map(|g| GateCount { gate: g.id, label: g.label.to_owned(), count: 0 }).collect();
    for (_, flag) in super::queue::asked(db, media, &analysis.measures, thresholds)? {
        if !decided.contains(&flag.id(&media.0))
            && let Some(count) = counts.iter_mut().find(|c| c.gate == flag.measure.gate)
        {
            count.count += 1;
        }
    }
    counts.retain(|c| c.count > 0);
    Ok(counts)
}

/// The residuals as points evenly over the media, each the largest of its share.
fn plumb<'a>(residuals: impl Iterator<Item = &'a Residual>, duration: MediaTime) -> Vec<Option<i64>> {
    let mut points: Vec<Option<i64>> = vec![None; PLUMB_POINTS];
    let length = duration.us().max(1);
    for r in residuals {
        let at = (r.at + r.drift).us().clamp(0, length - 1);
        let i = (i128::from(at) * PLUMB_POINTS as i128 / i128::from(length)) as usize;
        let left = r.left.us();
        if points[i].is_none_or(|p| p.abs() < left.abs()) {
            points[i] = Some(left);
        }
    }
    fill(&mut points);
    points
}

/// Puts what lies on the line between its neighbours where a short media has fewer windows than points; the ends stay open.
fn fill(points: &mut [Option<i64>]) {
    let known: Vec<(usize, i64)> = points.iter().enumerate().filter_map(|(i, p)| p.map(|p| (i, p))).collect();
    for pair in known.windows(2) {
        let ((a, from), (b, to)) = (pair[0], pair[1]);
        let run = (b - a) as i64;
        for (step, point) in (1..).zip(&mut points[a + 1..b]) {
            *point = Some(from + (to - from) * step / run);
        }
    }
}
