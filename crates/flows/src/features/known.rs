//! All that is known of a media, read once, and what of it lies in a stretch.

use super::Meanings;
use super::row::{AnnotationFeature, FlagFeature, MediaKey, PictureFeatures, Row, SoundFeatures, Support};
use super::said::{Said, Speech};
use crate::{Desk, Result, near};
use plumbline_core::align::{Params, Residual};
use plumbline_core::gate::{GateId, Measure, PictureFacts, Place, STRETCH, SoundFacts, annotation_key};
use plumbline_core::near::{Piece, PieceKind, direction};
use plumbline_core::{AnnotationSet, Delta, MediaTime, Side, Span, TimeMap, onscreen};
use plumbline_pipeline::stages::{StageError, shots, sound};
use plumbline_project::views::FlagView;
use plumbline_project::{Analysis, MediaId, Project};
use std::collections::{BTreeSet, HashSet};

/// What is known of a media.
pub(super) struct Known {
    media: MediaKey,
    pub duration: MediaTime,
    pub is_behind: bool,
    pub speech: Option<Speech>,
    map: TimeMap,
    residuals: Vec<Residual>,
    shots: Option<Vec<MediaTime>>,
    annotations: Option<Vec<AnnotationFeature>>,
    /// What was measured of annotations that are still there, with its place.
    scores: Vec<(GateId, Span<MediaTime>, f64)>,
    flags: Option<Vec<FlagFeature>>,
    sound: Option<SoundFacts>,
    picture: Option<PictureFacts>,
    /// Vectors of what is said.
    spoken: Vec<(Span<MediaTime>, Vec<f32>)>,
    /// Vectors of frames, by their time.
    frames: Vec<(MediaTime, Vec<f32>)>,
}

impl Known {
    pub fn read(desk: &Desk<'_>, media: &MediaId, meanings: Option<Meanings<'_>>) -> Result<Self> {
        let record = desk.project().media(media)?;
        let (sound, picture) = (sound::known_facts(&record.hash, &desk.ports)?, shots::known_facts(&record.hash, &desk.ports)?);
        let (spoken, frames) = meanings.map_or(Ok(Default::default()), |meanings| vectors(desk, media, meanings))?;
        let project = desk.project();
        let analysis = project.analysis(media)?;
        let set = project.annotation_set(media)?;
        let speech = match project.transcript(media)? {
            Some(transcript) => Some(Speech::new(transcript, project.placed(media)?, project.speaker_names(media)?)),
            None => None,
        };
        let scores = match (&analysis, &set) {
            (Some(analysis), Some(set)) => scores(&analysis.measures, set, &project.checked_gates()?),
            _ => vec![],
        };
        Ok(Self {
            media: MediaKey { id: media.clone(), name: record.name().to_owned() },
            duration: record.duration,
            is_behind: project.needs_analysis(media)?,
            speech,
            map: project.map(media)?,
            shots: analysis.as_ref().filter(|_| record.picture.is_some()).map(|a| a.shots.clone()),
            residuals: analysis.as_ref().map_or(vec![], |a| a.residuals.iter().filter(|r| r.is_clear()).cloned().collect()),
            annotations: set.map(annotations),
            scores,
            flags: flags(&project, media, analysis.as_deref())?,
            sound: sound.filter(|_| record.has_audio),
            picture: picture.filter(|_| record.picture.is_some()),
            spoken,
            frames,
        })
    }

    /// The row of a stretch in which this is said.
    pub fn row(&self, n: usize, span: Span<MediaTime>, said: Said) -> Row {
        let middle = MediaTime::from_us(span.start.us() + span.len().us() / 2);
        let annotations = self.annotations.as_ref().map(|all| all.iter().filter(|a| meet(a.span, span)).cloned().collect::<Vec<_>>());
        Row {
            media: self.media.clone(),
            row: u32::try_from(n).unwrap_or(u32::MAX),
            span,
            said: said.features.map(|features| features.over(span)),
            alignment_confidence: said.alignment_confidence,
            residual: self.residual(middle),
            map_drift: self.speech.as_ref().map(|_| Delta::from_us(middle.us() - self.map.to_transcript(middle, Side::Before).us())),
            sound: self.sound.as_ref().map_or_else(SoundFeatures::default, |facts| sound_in(facts, span)),
            picture: self.picture.as_ref().map_or_else(PictureFeatures::default, |facts| picture_in(facts, span)),
            shots: self.shots.as_ref().map(|all| all.iter().copied().filter(|at| span.contains(*at)).collect()),
            text_on_screen: annotations.as_deref().map(text_on_screen),
            annotations,
            support: self.support(span),
            flags: self.flags.as_ref().map(|all| all.iter().filter(|f| meet(f.span, span)).cloned().collect()),
            embedding: self.embedding(span),
            picture_embedding: self.picture_embedding(span, middle),
        }
    }

    /// What the clear window says whose centre is nearest, if it reaches so far.
    fn residual(&self, middle: MediaTime) -> Option<Delta> {
        let reach = Delta::from_us(Params::default().window.us() / 2);
        let off = |r: &Residual| (MediaTime::from_us((r.at + r.drift).us()) - middle).abs();
        let nearest = self.residuals.iter().min_by_key(|r| off(r)).filter(|r| off(r) <= reach);
        // The map may be another one by now.
        nearest.map(|r| r.under(&self.map).left)
    }

    fn support(&self, span: Span<MediaTime>) -> Support {
        let least = |gate: GateId| {
            let here = self.scores.iter().filter(|(of, at, _)| *of == gate && meet(*at, span)).map(|(_, _, percent)| *percent);
            here.reduce(f64::min).map(|percent| (percent / 100.0) as f32)
        };
        Support {
            text: least(GateId::TextSupport),
            quote: least(GateId::SpeechLink),
            summary: least(GateId::SpeechAgreement),
            meaning: least(GateId::SpeechMeaning),
        }
    }

    /// That of the speech which fills most of the stretch.
    fn embedding(&self, span: Span<MediaTime>) -> Option<Vec<f32>> {
        let shared = |at: Span<MediaTime>| at.overlap(span).map(|both| both.len());
        let here = self.spoken.iter().filter_map(|(at, vector)| Some((shared(*at)?, at.start, vector)));
        here.max_by_key(|(shared, start, _)| (*shared, std::cmp::Reverse(*start))).map(|(_, _, vector)| vector.clone())
    }

    /// That of the last frame up to the middle, which is of the shot that is shown then; else of the first in the stretch.
    fn picture_embedding(&self, span: Span<MediaTime>, middle: MediaTime) -> Option<Vec<f32>> {
        let behind = self.frames.partition_point(|(at, _)| *at <= middle);
        let frame = behind.checked_sub(1).unwrap_or(behind);
        self.frames.get(frame).filter(|(at, _)| *at < span.end.max(middle + Delta::from_us(1))).map(|(_, vector)| vector.clone())
    }
}

/// Whether two spans share a moment; one of no length lies where it begins.
fn meet(a: Span<MediaTime>, b: Span<MediaTime>) -> bool {
    let one = Delta::from_us(1);
    a.start < b.end.max(b.start + one) && b.start < a.end.max(a.start + one)
}

fn annotations(set: AnnotationSet) -> Vec<AnnotationFeature> {
    let source = set.source;
    let feature = |a: plumbline_core::Annotation| AnnotationFeature {
        id: a.id,
        label: a.label,
        text: a.text,
        source: a.source.or_else(|| source.clone()),
        span: a.span,
        confidence: a.confidence,
    };
    let mut all: Vec<AnnotationFeature> = set.annotations.into_iter().map(feature).collect();
    all.sort_by(|a, b| (a.span.start, a.span.end, &a.id).cmp(&(b.span.start, b.span.end, &b.id)));
    all
}

fn text_on_screen(annotations: &[AnnotationFeature]) -> Vec<String> {
    let mut texts: Vec<String> = vec![];
    for text in annotations.iter().filter(|a| a.label == onscreen::LABEL && !a.text.is_empty()).map(|a| &a.text) {
        if !texts.contains(text) {
            texts.push(text.clone());
        }
    }
    texts
}

/// Scores of annotations that are still there, but for those of gates that are checked: nobody is told these.
fn scores(measures: &[Measure], set: &AnnotationSet, checked: &BTreeSet<GateId>) -> Vec<(GateId, Span<MediaTime>, f64)> {
    let there: HashSet<u64> = set.annotations.iter().map(|a| annotation_key(&[&a.id])).collect();
    let score = |m: &Measure| match m.place {
        Place::Annotation { key, span } if there.contains(&key) && !checked.contains(&m.gate) => Some((m.gate, span, m.value)),
        _ => None,
    };
    measures.iter().filter_map(score).collect()
}

/// Flags as people are shown them; those that passed since and stand for their verdict fail no more.
fn flags(project: &Project, media: &MediaId, analysis: Option<&Analysis>) -> Result<Option<Vec<FlagFeature>>> {
    if analysis.is_none() {
        return Ok(None);
    }
    let feature = |f: FlagView| FlagFeature {
        id: f.id,
        gate: f.gate.name(),
        value: f.value,
        limit: f.limit,
        span: f.span,
        decision: f.verdict.map(|v| v.decision),
    };
    Ok(Some(project.flags(media)?.flags.into_iter().filter(|f| !f.passed_since).map(feature).collect()))
}

type Vectored<T> = Vec<(T, Vec<f32>)>;

/// Directions of what is said, as long as it says the same, and of frames.
fn vectors(desk: &Desk<'_>, media: &MediaId, meanings: Meanings<'_>) -> Result<(Vectored<Span<MediaTime>>, Vectored<MediaTime>)> {
    let now: HashSet<Piece> = near::texts(desk, media)?.into_iter().map(|(piece, _)| piece).collect();
    let (mut spoken, mut frames): (Vectored<Span<MediaTime>>, Vectored<MediaTime>) = Default::default();
    let mut look = |piece: Piece, coded: &[u8]| match (piece.kind, direction(coded)) {
        (PieceKind::Words, Some(vector)) if now.contains(&piece) => spoken.push((piece.span, vector)),
        (PieceKind::Frame, Some(vector)) => frames.push((piece.span.start, vector)),
        _ => {}
    };
    meanings.vectors.each_of(meanings.space, &media.0, &mut look).map_err(StageError::from)?;
    // Kept in any order, by as many processes as there were.
    spoken.sort_by_key(|(span, _)| (span.start, span.end));
    frames.sort_by_key(|(at, _)| *at);
    Ok((spoken, frames))
}

/// Mean of a column's values over a span, each by how much of its stretch lies in the span; none where none is known there.
fn mean(column: impl Iterator<Item = Option<f32>>, span: Span<MediaTime>) -> Option<f32> {
    let span = Span::new(span.start, span.end.max(span.start + Delta::from_us(1)));
    let (mut sum, mut weight) = (0.0, 0.0);
    for (i, value) in (0..).zip(column) {
        let start = MediaTime::from_us(STRETCH.us() * i);
        let shared = Span::new(start, start + STRETCH).overlap(span).map(|both| both.len().us() as f64);
        if let Some((value, shared)) = value.zip(shared) {
            sum += f64::from(value) * shared;
            weight += shared;
        }
    }
    (weight > 0.0).then(|| (sum / weight) as f32)
}

fn sound_in(facts: &SoundFacts, span: Span<MediaTime>) -> SoundFeatures {
    let all = |column: &[f32]| mean(column.iter().copied().map(Some), span);
    let some = |column: &[Option<f32>]| mean(column.iter().copied(), span);
    SoundFeatures {
        clipped: all(&facts.clipped),
        dropped_ms: all(&facts.dropped_ms),
        loud_db: all(&facts.loud_db),
        floor_db: all(&facts.floor_db),
        hum_db: some(&facts.hum_db),
        correlation: some(&facts.correlation),
        media_loudness_lufs: facts.loudness_lufs.map(|v| v as f32),
        media_true_peak_dbtp: facts.true_peak_dbtp.map(|v| v as f32),
        media_silence: Some(facts.silence as f32),
        media_imbalance_db: facts.imbalance_db.map(|v| v as f32),
    }
}

fn picture_in(facts: &PictureFacts, span: Span<MediaTime>) -> PictureFeatures {
    let some = |column: &[Option<f32>]| mean(column.iter().copied(), span);
    let still: i64 = facts.still.iter().filter_map(|s| s.overlap(span)).map(|both| both.len().us()).sum();
    PictureFeatures {
        sharpness: some(&facts.sharpness),
        exposure: some(&facts.exposure),
        black: some(&facts.black),
        torn: some(&facts.torn),
        still: (!span.is_empty()).then(|| (still as f64 / span.len().us() as f64) as f32),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::float_cmp)]
mod tests {
    use super::*;

    fn span(from_ms: i64, to_ms: i64) -> Span<MediaTime> {
        Span::new(MediaTime::from_ms(from_ms), MediaTime::from_ms(to_ms))
    }

    #[test]
    fn a_mean_weighs_stretches_by_what_of_them_lies_in_the_span() {
        let column = [Some(1.0), None, Some(4.0)];
        for (from_ms, to_ms, expected) in [
            (0, 10_000, Some(1.0)),
            (10_000, 20_000, None),
            (5_000, 15_000, Some(1.0)),
            (7_500, 25_000, Some(3.0)),
            (21_000, 21_000, Some(4.0)),
            (30_000, 40_000, None),
        ] {
            assert_eq!(mean(column.into_iter(), span(from_ms, to_ms)), expected, "{from_ms} to {to_ms}");
        }
    }

    #[test]
    fn spans_meet_where_they_share_a_moment() {
        for (a, b, expected) in [
            ((0, 10), (10, 20), false),
            ((0, 11), (10, 20), true),
            ((10, 10), (10, 20), true),
            ((20, 20), (10, 20), false),
            ((15, 15), (15, 15), true),
        ] {
            assert_eq!(meet(span(a.0, a.1), span(b.0, b.1)), expected, "{a:?} {b:?}");
            assert_eq!(meet(span(b.0, b.1), span(a.0, a.1)), expected, "{b:?} {a:?}");
        }
    }

    #[test]
    fn the_picture_stands_still_for_a_share_of_the_stretch() {
        let facts = PictureFacts { still: vec![span(8_000, 12_000), span(15_000, 16_000)], ..PictureFacts::default() };
        for (from, to, share) in [(0, 10_000, 0.2), (10_000, 20_000, 0.3), (20_000, 30_000, 0.0)] {
            assert_eq!(picture_in(&facts, span(from, to)).still, Some(share), "{from}");
        }
    }
}
