//! Features: what words, sound, pictures, annotations, flags and vectors say of the same stretch, in one row. Rows are made of what is kept;
//! nothing is decoded, measured or asked for, and what is not known stays unknown.

mod known;
mod row;
mod said;

use crate::{Desk, Result};
use known::Known;
use plumbline_core::{Delta, MediaTime, Span};
use plumbline_pipeline::Vectors;
use plumbline_pipeline::stages::StageError;
use plumbline_project::MediaId;
pub use row::{AnnotationFeature, FlagFeature, MediaKey, PictureFeatures, Row, SaidFeatures, SoundFeatures, Support, WordFeature};
use said::Said;

/// Length of a window where none is named.
pub const WINDOW: Delta = Delta::from_us(10_000_000);
/// Windows are no shorter and no longer.
pub const WINDOWS: [Delta; 2] = [Delta::from_us(1_000_000), Delta::from_us(3_600_000_000)];

/// The rows of one media.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Features {
    /// One for each line of its transcript, in the order of the text.
    pub segments: Vec<Row>,
    /// One for each window, in order of time; the last ends with the media.
    pub windows: Vec<Row>,
    /// It was not measured, or changed since: flags and scores are missing or those of then.
    pub is_behind: bool,
}

/// Vectors, and those of which space are meant.
#[derive(Clone, Copy)]
pub struct Meanings<'a> {
    /// Where they are kept.
    pub vectors: &'a dyn Vectors,
    /// Name of the space.
    pub space: &'a str,
}

/// The space that holds most vectors; none where there are none.
///
/// # Errors
/// Where the vectors can't be read.
pub fn fullest_space(vectors: &dyn Vectors) -> Result<Option<String>> {
    Ok(vectors.spaces().map_err(StageError::from)?.into_iter().next().map(|(name, _)| name))
}

/// All rows of a media; `window` is taken as the nearest length within [`WINDOWS`].
///
/// # Errors
/// Where the project, the store of artifacts or the vectors can't be read.
pub fn features(desk: &Desk<'_>, media: &MediaId, window: Delta, meanings: Option<Meanings<'_>>) -> Result<Features> {
    let known = Known::read(desk, media, meanings)?;
    let segments = known.speech.as_ref().map_or(vec![], |speech| {
        let segment = |(n, words): (usize, Vec<usize>)| known.row(n, speech.span_of(&words), speech.said(&words));
        speech.segments().enumerate().map(segment).collect()
    });
    let window = window.clamp(WINDOWS[0], WINDOWS[1]);
    let windows = cut(known.duration, window).enumerate().map(|(n, span)| {
        let said = known.speech.as_ref().map_or(vec![], |speech| speech.within(span));
        known.row(n, span, known.speech.as_ref().map_or_else(Said::default, |speech| speech.said(&said)))
    });
    Ok(Features { segments, windows: windows.collect(), is_behind: known.is_behind })
}

/// Windows from media time 0 to the end.
fn cut(duration: MediaTime, window: Delta) -> impl Iterator<Item = Span<MediaTime>> {
    let next = move |start: &MediaTime| Some(*start + window).filter(|next| *next < duration);
    let starts = std::iter::successors(Some(MediaTime::ZERO).filter(|start| *start < duration), next);
    starts.map(move |start| Span::new(start, (start + window).min(duration)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_cover_the_media_once() {
        for (duration_ms, window_ms, expected) in [
            (0, 10_000, vec![]),
            (1, 10_000, vec![(0, 1)]),
            (10_000, 10_000, vec![(0, 10_000)]),
            (25_000, 10_000, vec![(0, 10_000), (10_000, 20_000), (20_000, 25_000)]),
        ] {
            let windows = cut(MediaTime::from_ms(duration_ms), Delta::from_ms(window_ms));
            let windows: Vec<_> = windows.map(|w| (w.start.us() / 1_000, w.end.us() / 1_000)).collect();
            assert_eq!(windows, expected, "{duration_ms} by {window_ms}");
        }
    }
}
