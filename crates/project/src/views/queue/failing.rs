//! The flags that the thresholds in force raise, one row each, kept up as the log grows: the queue never reads the measures of a library.

use crate::cells::{self, Change};
use crate::error::Result;
use crate::kept::Kept;
use crate::probes::unit_bytes;
use crate::records::MediaId;
use crate::views::review::span_of;
use plumbline_core::gate::{Flag, GateId, Measure, Place, Thresholds, flag_id};
use plumbline_core::queue::{band, beyond};
use plumbline_core::transcript::PlacedWord;
use plumbline_core::{MediaTime, Span, TimeMap, place, revise};
use rusqlite::{Connection, params};
use std::collections::{BTreeMap, BTreeSet};

/// A flag as the queue knows it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Failing {
    pub flag: String,
    pub gate: GateId,
    pub value: f64,
    pub signed: Option<f64>,
    pub limit: f64,
    /// Where its place lay when it was measured.
    pub span: Span<MediaTime>,
    /// How far beyond the limit it lies.
    band: usize,
    /// Whether it has a verdict.
    pub decided: bool,
    /// Its gate is checked.
    pub checked: bool,
}

impl Failing {
    /// Whether nothing may tell its value yet: of a gate that is checked, whoever decides must not know what the gate makes of it.
    pub fn is_blind(&self) -> bool {
        self.checked && !self.decided
    }

    /// How far beyond the limit it lies; one band for all that may not tell.
    pub fn band(&self) -> usize {
        if self.is_blind() { 0 } else { self.band }
    }
}

/// Writes the rows anew that changes may have made others.
pub(crate) fn project(db: &Connection, kept: &Kept, changes: &[Change]) -> Result<()> {
    if changes.iter().any(|c| matches!(c, Change::ActiveThresholds { .. } | Change::Thresholds { .. } | Change::Probing { .. })) {
        return project_all(db, kept);
    }
    let measured = changes.iter().filter_map(|c| match c {
        Change::Analysis { media, .. } | Change::Media { media, .. } | Change::Probe { media, .. } => Some(media),
        _ => None,
    });
    let Some(thresholds) = cells::active_thresholds(db)? else { return Ok(()) };
    measured.collect::<BTreeSet<_>>().into_iter().try_for_each(|media| project_media(db, kept, media, &thresholds))
}

/// Writes all rows anew.
pub(crate) fn project_all(db: &Connection, kept: &Kept) -> Result<()> {
    db.execute_batch("DELETE FROM failing; DELETE FROM measured;")?;
    let Some(thresholds) = cells::active_thresholds(db)? else { return Ok(()) };
    let ids: Vec<MediaId> =
        db.prepare("SELECT id FROM media")?.query_map([], |r| Ok(MediaId(r.get(0)?)))?.collect::<rusqlite::Result<_>>()?;
    ids.iter().try_for_each(|media| project_media(db, kept, media, &thresholds))
}

fn project_media(db: &Connection, kept: &Kept, media: &MediaId, thresholds: &Thresholds) -> Result<()> {
    db.prepare_cached("DELETE FROM failing WHERE media = ?1")?.execute([&media.0])?;
    db.prepare_cached("DELETE FROM measured WHERE media = ?1")?.execute([&media.0])?;
    let (Some(_), Some(analysis)) = (cells::media(db, media)?, cells::analysis(db, media)?) else { return Ok(()) };
    let stamp = i64::from(u32::from_str_radix(analysis.body.get(..8).unwrap_or_default(), 16).unwrap_or_default());
    let analysis = kept.analysis(db, &analysis.body)?;
    let before = analysis.spans.is_empty().then(|| spans(db, kept, media, &analysis.measures)).transpose()?;
    let spans = before.as_ref().unwrap_or(&analysis.spans);
    let mut insert = db.prepare_cached("INSERT OR REPLACE INTO failing VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?;
    for (at, Flag { measure, limit, .. }) in asked(db, media, &analysis.measures, thresholds)? {
        let Some(span) = spans.get(at) else { continue };
        let flag = flag_id(&media.0, measure.gate, &measure.place);
        let gate = measure.gate.name();
        insert.execute(params![media.0, span.start.us(), span.end.us(), flag, gate, measure.value, measure.signed, limit])?;
    }
    keep_units(db, media, (&analysis.measures, spans), stamp)
}

/// All that people are asked of a media, each with the index of its measure: what its gates raise, and what was drawn to be checked, raised or
/// not. Wherever flags are shown, counted or decided on it is these: a count without the drawn ones would tell which they are.
pub(crate) fn asked(
    db: &Connection,
    media: &MediaId,
    measures: &[Measure],
    thresholds: &Thresholds,
) -> rusqlite::Result<Vec<(usize, Flag)>> {
    let plans = cells::plans(db)?;
    let draws = cells::draws(db, media)?.into_iter();
    let running = draws.filter(|(gate, draw)| plans.get(gate).is_some_and(|plan| plan.seed == draw.seed));
    let drawn: Vec<(GateId, Place)> = running.filter_map(|(gate, draw)| Some((gate, draw.unit?.place))).collect();
    let is_asked = |m: &Measure| thresholds.fails(m).is_some() || drawn.contains(&(m.gate, m.place));
    let units = measures.iter().enumerate().filter(|(_, m)| is_asked(m));
    Ok(units.filter_map(|(at, m)| Some((at, thresholds.unit(m)?))).collect())
}

/// Keeps the units of each gate, in the order of the measures.
fn keep_units(db: &Connection, media: &MediaId, (measures, spans): (&[Measure], &[Span<MediaTime>]), stamp: i64) -> Result<()> {
    let mut columns: BTreeMap<GateId, (Vec<u8>, Vec<u8>)> = BTreeMap::new();
    for (measure, span) in measures.iter().zip(spans) {
        let (values, units) = columns.entry(measure.gate).or_default();
        values.extend(measure.value.to_le_bytes());
        units.extend(unit_bytes(&flag_id(&media.0, measure.gate, &measure.place), *span));
    }
    let mut insert = db.prepare_cached("INSERT INTO measured VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for (gate, (values, units)) in columns {
        insert.execute(params![media.0, gate.name(), stamp, values, units])?;
    }
    Ok(())
}

/// Where in the media the places of measures lie, one each.
pub(crate) fn spans(db: &Connection, kept: &Kept, media: &MediaId, measures: &[Measure]) -> Result<Vec<Span<MediaTime>>> {
    let (placed, map) = placed(db, kept, media)?;
    Ok(measures.iter().map(|measure| span_of(&measure.place, &placed, &map)).collect())
}

/// The words of a media as they lie, and the map in force, inside of a transaction.
fn placed(db: &Connection, kept: &Kept, media: &MediaId) -> Result<(Vec<PlacedWord>, TimeMap)> {
    let heard = cells::heard(db, media)?.map(|hash| kept.heard(db, &hash)).transpose()?;
    let truth = cells::in_force(db, media, heard)?;
    let Some(file) = cells::file(db, "transcript", media)? else { return Ok((vec![], truth.map)) };
    let transcript = revise(&*kept.transcript(db, &file.parsed)?, &truth.edits);
    Ok((place(&transcript, &truth), truth.map))
}

/// The rows of one media, or of all with their media, in order of time.
pub(super) fn rows(db: &Connection, media: Option<&MediaId>) -> rusqlite::Result<Vec<(MediaId, Failing)>> {
    let which = if media.is_some() { "media = ?1" } else { "?1 IS NULL" };
    let select = format!(
        "SELECT media, start_us, end_us, flag, gate, value, signed, bound,
                EXISTS (SELECT 1 FROM verdict WHERE verdict.flag = failing.flag), EXISTS (SELECT 1 FROM probing WHERE probing.gate = failing.gate)
         FROM failing WHERE {which} ORDER BY media, start_us, gate, flag"
    );
    db.prepare_cached(&select)?.query_map([media.map(|m| &m.0)], read)?.collect()
}

fn read(r: &rusqlite::Row<'_>) -> rusqlite::Result<(MediaId, Failing)> {
    let name: String = r.get(4)?;
    let gate = GateId::parse(&name).ok_or_else(|| {
        let what = format!("there is no gate {name}").into();
        rusqlite::Error::FromSqlConversionFailure(4, rusqlite::types::Type::Text, what)
    })?;
    let (value, limit) = (r.get(5)?, r.get(7)?);
    let span = Span::new(MediaTime::from_us(r.get(1)?), MediaTime::from_us(r.get(2)?));
    let band = band(beyond(value, limit, gate.row().fails));
    let failing = Failing { flag: r.get(3)?, gate, value, signed: r.get(6)?, limit, span, band, decided: r.get(8)?, checked: r.get(9)? };
    Ok((MediaId(r.get(0)?), failing))
}
