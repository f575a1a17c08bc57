//! The whole way from an envelope and words to a map.

use super::measure::measured;
use super::pieces::{self, Fit, Part};
use super::signal::{HOPS_PER_S, Signal, closed, transcript_stretches};
use super::track::Pin;
use super::{Break, BreakKind, Envelope, Ground, HOP, Params, Piece, Proposal, Verdict, breaks, coarse, ground, track};
use crate::profile::Profile;
use crate::time::{Delta, MediaTime, Span, TranscriptTime};
use crate::time_map::{Anchor, Knot, Side, TimeMap, in_order};

/// Steps of the tracked offset up to this, in hops, are the same line.
const STEADY: f64 = 12.0;
/// Candidates kept, those with the most windows.
const MOST_LINES: usize = 16;
/// Ratios of rates that occur by construction: film, television and pulled-down clocks.
const KNOWN_RATES: [f64; 7] =
    [1.001, 1.0 / 1.001, 25.0 / 24.0, 24.0 / 25.0, 25.0 * 1.001 / 24.0, 24.0 / (25.0 * 1.001), 1.001 * 24.0 / 25.0];
/// An offset beyond this many standard errors is one.
const SURE: f64 = 3.0;
/// A rate within this many standard errors of a well-known one is that.
const NEAR: f64 = 1.5;
/// How far a standard error may widen the deadband, as a multiple of it.
const DEADBAND_GROWTH: f64 = 2.0;
/// Knots are kept within this of zero, in hops: 48 h.
const FARTHEST: f64 = 48.0 * 3_600.0 * HOPS_PER_S;

/// A line in hops: media = rate · transcript + offset, over a stretch of transcript.
#[derive(Clone, Copy, Debug)]
struct Line {
    from: f64,
    to: f64,
    offset: f64,
}

/// Lines of one rate, in order.
struct Lines {
    rate: f64,
    lines: Vec<Line>,
}

impl Lines {
    /// Whether the clocks run at one rate, which is then exactly 1.
    fn steady(&self) -> bool {
        (self.rate - 1.0).abs() < f64::EPSILON
    }
}

/// The map that mends the drift of `words` against the sound, and what it mends. Words may be in any order and hold any nonsense: empty,
/// reversed and far-off spans are passed over. The map passes exactly through `anchors`, save those that contradict the order of time.
/// Where the sound gives no ground the map is the identity bent through the anchors, and without any the verdict [`Verdict::Unknown`].
///
/// The method: a rate from a grid, offsets followed through 30 s windows, one slope and an offset per line from the stacked correlation of
/// all words, breaks by an exact search over these lines; then whatever lies within its own error of doing nothing becomes nothing. Near
/// an anchor the search is held to lines that lead past it; in the end each line is bent through its own anchors.
pub fn propose(envelope: &Envelope, words: &[Span<TranscriptTime>], anchors: &[Anchor], params: &Params) -> Proposal {
    let signal = Signal::of_envelope(envelope, params.surroundings_hops());
    let anchors = in_order(anchors);
    match around(&anchors, params, |base, pins, wider| {
        let words: Vec<_> = words.iter().map(|w| Span { start: w.start + base, end: w.end + base }).collect();
        solve(envelope, &signal, &words, pins, wider)
    }) {
        Ok(solved) => describe(&signal, words, &anchors, &solved, params),
        Err(ground) => nothing(&signal, words, &anchors, ground, params),
    }
}

/// What `solve` finds on a transcript's clock that is moved by its first argument, and with a reach for offsets that is wide enough, for
/// all anchors to be in reach; back on the clock of the transcript.
fn around(
    anchors: &[Anchor],
    params: &Params,
    solve: impl FnOnce(Delta, &[Anchor], &Params) -> Result<Lines, Ground>,
) -> Result<Lines, Ground> {
    let offsets = || anchors.iter().map(|a| a.media.us().saturating_sub(a.transcript.us()));
    let (least, most) = (offsets().min().unwrap_or(0), offsets().max().unwrap_or(0));
    let limit = (params.max_offset_hops() * HOP.us() as f64) as i64;
    if -limit <= least && most <= limit {
        return solve(Delta::ZERO, anchors, params);
    }
    let base = Delta::from_us(least.midpoint(most));
    let half = Delta::from_us((most.saturating_sub(least) / 2).saturating_add(ROOM.us()));
    let wider = Params { max_offset: params.max_offset.max(half), ..params.clone() };
    let moved: Vec<Anchor> = anchors.iter().map(|a| Knot { transcript: a.transcript + base, ..*a }).collect();
    let Lines { rate, mut lines } = solve(base, &moved, &wider)?;
    let base = base.us() as f64 / HOP.us() as f64;
    for line in &mut lines {
        *line = Line { from: line.from - base, to: line.to - base, offset: line.offset + rate * base };
    }
    Ok(Lines { rate, lines })
}

/// Offsets are looked for so much farther than the farthest anchor.
const ROOM: Delta = Delta::from_us(10_000_000);

/// What is left to say without the sound: the identity, bent through the anchors, with what each window says about it.
fn nothing(signal: &Signal, words: &[Span<TranscriptTime>], anchors: &[Anchor], ground: Ground, params: &Params) -> Proposal {
    if anchors.is_empty() {
        return Proposal {
            verdict: Verdict::Unknown,
            ground,
            map: TimeMap::default(),
            pieces: Vec::new(),
            breaks: Vec::new(),
            residuals: measured(signal, words, &TimeMap::default(), params).residuals,
            absent: Vec::new(),
            score: 0.0,
            params: params.clone(),
            profile: Profile::default(),
            words: None,
        };
    }
    let map = TimeMap::default().through(anchors);
    let measured = measured(signal, words, &map, params);
    let times = || words.iter().flat_map(|w| [w.start, w.end]).chain(anchors.iter().map(|a| a.transcript));
    let piece = times().min().zip(times().max()).map(|(from, to)| piece_of(&map, Span::new(from, to), measured.score));
    let pieces = Vec::from_iter(piece);
    Proposal {
        verdict: verdict(&map, &pieces, &[]),
        ground: Ground::Anchors,
        pieces,
        map,
        breaks: Vec::new(),
        residuals: measured.residuals,
        absent: Vec::new(),
        score: measured.score,
        params: params.clone(),
        profile: Profile::default(),
        words: None,
    }
}

/// The piece that `map` makes of a stretch of transcript.
fn piece_of(map: &TimeMap, span: Span<TranscriptTime>, score: f32) -> Piece {
    let media_start = map.to_media(span.start, Side::After);
    let risen = map.to_media(span.end, Side::Before) - media_start;
    let run = span.len().us().max(1) as f64;
    // Ends are rounded to the microsecond.
    let bent = (risen.us().saturating_sub(span.len().us())) as f64;
    Piece { span, media_start, rate_ppm: if bent.abs() <= 2.0 { 0.0 } else { bent / run * 1e6 }, score }
}

fn verdict(map: &TimeMap, pieces: &[Piece], breaks: &[Break]) -> Verdict {
    match () {
        () if !breaks.is_empty() => Verdict::Breaks,
        () if pieces.iter().any(|p| p.rate_ppm != 0.0) => Verdict::Rate,
        () if map.is_identity() => Verdict::InSync,
        () => Verdict::Offset,
    }
}

fn solve(
    envelope: &Envelope,
    signal: &Signal,
    words: &[Span<TranscriptTime>],
    anchors: &[Anchor],
    params: &Params,
) -> Result<Lines, Ground> {
    let stretches = transcript_stretches(words, signal.values.len(), params.max_offset_hops(), params.max_rate());
    let span = ground::given(envelope, signal, words, &stretches)?;
    let unmatched = || ground::unmatched(envelope);
    let tilts = span >= params.rate_base_hops();
    let rate = if tilts { coarse::rate(signal, &stretches, params) } else { 1.0 };
    let mask = Signal::mask(&stretches, rate).less_mean(params.surroundings_hops());
    let found = track::track(signal, &mask, &pins(anchors, rate), params);
    // As many windows as share a moment agree by chance, if one of them does; more of them don't. One such run is not enough.
    let chance = params.window_hops().div_ceil(params.window_hop_hops());
    let runs: Vec<_> = track::runs(&found, STEADY).into_iter().filter(|run| track::agreeing(run) >= chance).collect();
    let agreeing: usize = runs.iter().map(|run| track::agreeing(run)).sum();
    let by_chance = agreeing < 2 * chance || runs.iter().all(|run| track::agreeing(run) <= chance);
    if by_chance || (agreeing as f64) < params.min_agreement() * found.len() as f64 {
        return Err(unmatched());
    }
    let pivot = mask.first as f64 + mask.values.len() as f64 / 2.0;
    let slope = if tilts { pieces::slope_of_runs(&runs) } else { 0.0 };
    let parts: Vec<Part> = runs
        .iter()
        .map(|run| Part {
            from: run[0].centre,
            to: run[run.len() - 1].centre,
            offset: pieces::median(&mut run.iter().map(|f| f.offset - slope * (f.centre - pivot)).collect::<Vec<_>>()),
        })
        .collect();
    let rough = pieces::fit(signal, &mask, &parts, slope, pivot, !tilts);

    let rate = rate * (1.0 + rough.slope);
    if (rate - 1.0).abs() > params.max_rate() + params.rate_step() {
        return Err(unmatched());
    }
    let mask = Signal::mask(&stretches, rate).less_mean(params.surroundings_hops());
    let scaled =
        |p: &Part| Part { from: p.from * (1.0 + rough.slope), to: p.to * (1.0 + rough.slope), offset: p.offset - rough.slope * pivot };
    let parts: Vec<Part> = rough.parts.iter().map(scaled).collect();
    let pins = pins(anchors, rate);
    let parts = cut(signal, &mask, &stretches_of(words, rate), parts, &pins, params).filter(|p| !p.is_empty()).ok_or_else(unmatched)?;
    let pivot = mask.first as f64 + mask.values.len() as f64 / 2.0;
    let fit = settle(signal, &mask, parts, pivot, !tilts, &pins, params);
    let firm = closed(&stretches, params.least_pause_hops());
    let firm = if firm.len() < ENOUGH_PAUSES { &stretches } else { &firm };
    let silence: f64 = 1.0 - filled(envelope, firm, &fit, rate, pivot) / params.filled_pause();
    let latency = params.latency_hops() * silence.clamp(0.0, 1.0);
    let shift = latency + shift(signal, &Signal::mask(firm, rate).less_mean(params.surroundings_hops()), &fit, pivot);
    Ok(snapped(signal, &mask, fit, Clock { rate, pivot, shift }, params))
}

/// What the lines of a fit are counted from.
#[derive(Clone, Copy)]
struct Clock {
    /// Rate of the scaled transcript that was fitted.
    rate: f64,
    /// Scaled time, in hops, at which the slope moves nothing.
    pivot: f64,
    /// How much later than fitted words lie, in hops.
    shift: f64,
}

/// How loud pauses are against words, 0 where they are silent: the median level in the middle of short pauses over the median level of the
/// words between. Long pauses don't count, there may be music in them.
fn filled(envelope: &Envelope, stretches: &[(f64, f64)], fit: &Fit, rate: f64, pivot: f64) -> f64 {
    let level = |from: f64, to: f64| {
        let part = fit.parts.iter().find(|p| p.from <= from * rate && to * rate <= p.to)?;
        let media = |t: f64| (t * rate + part.offset + fit.slope * (t * rate - pivot)).max(0.0) as usize;
        let values = envelope.values.get(media(from + PAUSE_EDGE)..media(to - PAUSE_EDGE)).filter(|v| !v.is_empty())?;
        Some(values.iter().copied().map(f64::from).sum::<f64>() / values.len() as f64)
    };
    let pauses = stretches.windows(2).map(|s| (s[0].1, s[1].0)).filter(|(from, to)| to - from <= LONGEST_PAUSE);
    let pauses = pieces::median(&mut pauses.filter_map(|(from, to)| level(from, to)).collect::<Vec<_>>());
    let words = pieces::median(&mut stretches.iter().filter_map(|s| level(s.0, s.1)).collect::<Vec<_>>());
    if words > 0.0 { pauses / words } else { 1.0 }
}

/// Pauses longer than this, in hops, may hold something else.
const LONGEST_PAUSE: f64 = HOPS_PER_S;
/// The edges of words, with their jitter, reach this far into a pause, in hops.
const PAUSE_EDGE: f64 = 8.0;

/// Jitter doesn't shift more than this, in hops.
const MOST_SHIFT: f64 = 3.0;

/// How far all lines together lie from where the stretches of `firm` put them, in hops: pauses that jitter made shift all alike.
fn shift(signal: &Signal, firm: &Signal, fit: &Fit, pivot: f64) -> f64 {
    let moved = pieces::fit(signal, firm, &fit.parts, fit.slope, pivot, true);
    let (mut sum, mut lengths) = (0.0, 0.0);
    for (before, after) in fit.parts.iter().zip(&moved.parts) {
        sum += (after.offset - before.offset) * (before.to - before.from);
        lengths += before.to - before.from;
    }
    if lengths > 0.0 { (sum / lengths).clamp(-MOST_SHIFT, MOST_SHIFT) } else { 0.0 }
}

/// So many firm pauses suffice to leave the others out.
const ENOUGH_PAUSES: usize = 20;

/// Anchors on the transcript's clock times `rate`.
fn pins(anchors: &[Anchor], rate: f64) -> Vec<Pin> {
    let hop = |us: i64| us as f64 / HOP.us() as f64;
    let pin = |at: f64, media: f64| Pin { at, offset: media - at };
    anchors.iter().map(|a| pin(hop(a.transcript.us()) * rate, hop(a.media.us()))).collect()
}

/// Words in hops of the transcript's clock times `rate`.
fn stretches_of(words: &[Span<TranscriptTime>], rate: f64) -> Vec<(f64, f64)> {
    let hop = |t: TranscriptTime| t.us() as f64 / HOP.us() as f64 * rate;
    words.iter().filter(|w| !w.is_empty()).map(|w| (hop(w.start), hop(w.end))).collect()
}

/// The transcript cut into parts that each follow one of the lines of `parts` or one through a pin; none where there is no line at all.
fn cut(signal: &Signal, mask: &Signal, words: &[(f64, f64)], mut parts: Vec<Part>, pins: &[Pin], params: &Params) -> Option<Vec<Part>> {
    parts.sort_by(|a, b| (b.to - b.from).total_cmp(&(a.to - a.from)));
    let (mut gain, mut hops) = (0.0f64, 0.0f64);
    let mut offsets: Vec<f64> = Vec::new();
    for part in &parts {
        for at in part.from.round() as i64..part.to.round() as i64 {
            gain += f64::from(mask.at(at) * signal.at(at + part.offset.round() as i64));
            hops += 1.0;
        }
        if offsets.len() < MOST_LINES && offsets.iter().all(|o| (o - part.offset).abs() >= params.min_break_hops()) {
            offsets.push(part.offset);
        }
    }
    if gain <= 0.0 {
        return None;
    }
    for pin in pins {
        if offsets.len() < 2 * MOST_LINES && !offsets.iter().any(|o| pin.allows(*o)) {
            offsets.push(pin.offset);
        }
    }
    let cost = (gain / hops * params.break_evidence_hops()) as f32;
    let places = breaks::places(mask, words.iter().copied());
    let followed = breaks::follow(signal, mask, &places, &offsets, cost, pins, (PIN_WEIGHT * gain / hops) as f32);
    Some(followed.iter().filter(|f| f.to > f.from).map(|f| Part { from: f.from, to: f.to, offset: offsets[f.line] }).collect())
}

/// What an anchor weighs around it, as a share of what typical speech does that fits.
const PIN_WEIGHT: f64 = 0.5;

/// Fits the parts, and joins neighbours that turn out to lie on one line, until none do. A part that has left its pin stays by itself.
fn settle(signal: &Signal, mask: &Signal, mut parts: Vec<Part>, pivot: f64, fixed: bool, pins: &[Pin], params: &Params) -> Fit {
    let holds = |part: &Part, offset: f64| pins.iter().filter(|p| part.from <= p.at && p.at < part.to).all(|p| p.allows(offset));
    loop {
        let fit = pieces::fit(signal, mask, &parts, 0.0, pivot, fixed);
        let mut joined: Vec<Part> = Vec::with_capacity(parts.len());
        for part in &fit.parts {
            match joined.last_mut() {
                Some(last)
                    if (last.offset - part.offset).abs() < params.min_break_hops()
                        && holds(last, last.offset)
                        && holds(part, last.offset) =>
                {
                    last.to = part.to;
                }
                _ => joined.push(*part),
            }
        }
        if joined.len() == fit.parts.len() {
            return fit;
        }
        parts = joined;
    }
}

/// Takes the rate for 1 or for a known ratio, and offsets for 0, where the sound doesn't speak against it.
fn snapped(signal: &Signal, mask: &Signal, fit: Fit, clock: Clock, params: &Params) -> Lines {
    let Clock { rate, pivot, shift } = clock;
    let total = rate * (1.0 + fit.slope);
    let half = mask.values.len() as f64 / 2.0;
    // Doing nothing takes the benefit of any doubt; a well-known rate has to be close, too.
    let room = |errors: f64| params.rate_snap_hops().max(errors * fit.slope_error * half);
    let distance = |known: f64| (known / total - 1.0).abs() * half;
    let unity = distance(1.0) <= room(SURE);
    let known = if unity { Some(1.0) } else { KNOWN_RATES.into_iter().find(|k| distance(*k) <= room(NEAR)) };
    let (rate_now, fit) = match known {
        Some(known) => (known, pieces::fit(signal, mask, &fit.parts, known / rate - 1.0, pivot, true)),
        None => (total, fit),
    };
    let lines =
        fit.parts.iter().map(|part| Line { from: part.from / rate, to: part.to / rate, offset: part.offset - fit.slope * pivot + shift });
    let mut lines: Vec<Line> = lines.collect();
    let band = |error: f64| params.deadband_hops().max((SURE * error).min(DEADBAND_GROWTH * params.deadband_hops()));
    let drift = |line: &Line, at: f64| ((rate_now - 1.0) * at + line.offset).abs();
    if let ([only], [error]) = (lines.as_slice(), fit.offset_errors.as_slice())
        && drift(only, only.from).max(drift(only, only.to)) <= band(*error)
    {
        return Lines { rate: 1.0, lines: vec![Line { offset: 0.0, ..*only }] };
    }
    if unity {
        for (line, error) in lines.iter_mut().zip(&fit.offset_errors) {
            line.offset = if line.offset.abs() <= band(*error) { 0.0 } else { line.offset };
        }
    }
    Lines { rate: rate_now, lines }
}

/// The proposal that follows these lines.
fn describe(signal: &Signal, words: &[Span<TranscriptTime>], anchors: &[Anchor], solved: &Lines, params: &Params) -> Proposal {
    let straight = |line: &Line| Piece {
        span: Span::new(transcript_time(line.from), transcript_time(line.to)),
        media_start: media_time(solved.rate * line.from + line.offset),
        rate_ppm: if solved.steady() { 0.0 } else { (solved.rate - 1.0) * 1e6 },
        score: 0.0,
    };
    let (map, breaks, mut pieces) = if anchors.is_empty() {
        let (map, breaks) = map_of(solved, words);
        (map, breaks, solved.lines.iter().map(straight).collect())
    } else {
        bent(solved, words, anchors, straight, params)
    };
    let measured = measured(signal, words, &map, params);
    for piece in &mut pieces {
        let fits: Vec<f32> = measured.fits.iter().filter(|f| piece.span.contains(f.0)).map(|f| f.1).collect();
        piece.score = fits.iter().sum::<f32>() / fits.len().max(1) as f32;
    }
    let inside = |t: TranscriptTime, b: &Break| b.kind == BreakKind::CutFromMedia && b.transcript <= t && t < b.transcript + b.len;
    let absent = words.iter().enumerate().filter(|(_, w)| {
        // An anchored word is there, whatever lies around it.
        if anchors.binary_search_by_key(&w.start, |a| a.transcript).is_ok() {
            return false;
        }
        let middle = TranscriptTime::from_us(w.start.us().midpoint(w.end.us()));
        breaks.iter().any(|b| inside(middle, b))
    });
    Proposal {
        verdict: verdict(&map, &pieces, &breaks),
        ground: Ground::Sound,
        absent: absent.map(|(i, _)| i as u32).collect(),
        pieces,
        map,
        breaks,
        residuals: measured.residuals,
        score: measured.score,
        params: params.clone(),
        profile: Profile::default(),
        words: None,
    }
}

fn transcript_time(hops: f64) -> TranscriptTime {
    TranscriptTime::from_us((hops * HOP.us() as f64).round() as i64)
}
fn media_time(hops: f64) -> MediaTime {
    MediaTime::from_us((hops * HOP.us() as f64).round() as i64)
}

/// The map of these lines, and its jumps. Outside its knots a map goes on at rate 1, so a rate needs knots around all words.
fn map_of(solved: &Lines, words: &[Span<TranscriptTime>]) -> (TimeMap, Vec<Break>) {
    let Lines { rate, lines } = solved;
    let steady = solved.steady();
    let (Some(first), Some(last)) = (lines.first(), lines.last()) else { return Default::default() };
    if steady && lines.iter().all(|l| l.offset == 0.0) {
        return Default::default();
    }
    let hop = |t: TranscriptTime| (t.us() as f64 / HOP.us() as f64).clamp(-FARTHEST, FARTHEST);
    let start = words.iter().map(|w| hop(w.start)).fold(first.from, f64::min);
    let end = words.iter().map(|w| hop(w.end)).fold(last.to, f64::max);
    let knot = |t: f64, offset: f64| Knot { transcript: transcript_time(t), media: media_time(rate * t + offset) };
    let mut knots = vec![knot(start, first.offset)];
    let mut breaks = Vec::new();
    for pair in lines.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        let len = ((b.offset - a.offset) / rate).abs();
        let kind = if b.offset > a.offset { BreakKind::InsertInMedia } else { BreakKind::CutFromMedia };
        // A cut takes `len` out of the transcript, so the line after it begins that much later.
        let at = if kind == BreakKind::CutFromMedia { a.to } else { b.from };
        let on = if kind == BreakKind::CutFromMedia { at + len } else { at };
        let (before, after) = (knot(at, a.offset), knot(on, b.offset));
        let (len, media) = match kind {
            BreakKind::InsertInMedia => (after.media - before.media, before.media),
            BreakKind::CutFromMedia => (after.transcript - before.transcript, before.media),
        };
        breaks.push(Break { kind, transcript: before.transcript, media, len });
        knots.extend([before, after]);
    }
    knots.push(knot(end, last.offset));
    if steady && lines.len() == 1 {
        return (TimeMap::offset(Delta::from_us(knots[0].media.us() - knots[0].transcript.us())), breaks);
    }
    // Two breaks on each other's heels may have met after the last fit: keep the order of time.
    for i in 1..knots.len() {
        knots[i].transcript = knots[i].transcript.max(knots[i - 1].transcript);
        knots[i].media = knots[i].media.max(knots[i - 1].media);
    }
    (TimeMap::new(knots).unwrap_or_default(), breaks)
}

/// The map of these lines, each bent through the anchors on its own stretch, with its jumps and pieces.
fn bent(
    solved: &Lines,
    words: &[Span<TranscriptTime>],
    anchors: &[Anchor],
    straight: impl Fn(&Line) -> Piece,
    params: &Params,
) -> (TimeMap, Vec<Break>, Vec<Piece>) {
    let Lines { rate, lines } = solved;
    let far = transcript_time(FARTHEST);
    let near = |t: TranscriptTime| t.clamp(TranscriptTime::from_us(-far.us()), far);
    let times = || words.iter().flat_map(|w| [near(w.start), near(w.end)]).chain(anchors.iter().map(|a| a.transcript));
    let mut whole = TimeMap::default();
    let mut breaks = Vec::new();
    let mut pieces: Vec<Piece> = lines.iter().map(straight).collect();
    let starts: Vec<TranscriptTime> = pieces.iter().map(|p| p.span.start).collect();
    let mut knots: Vec<Knot> = Vec::new();
    for (i, line) in lines.iter().enumerate() {
        let from = if i == 0 { times().fold(starts[0], TranscriptTime::min) } else { starts[i] };
        let to = if i + 1 == lines.len() { times().fold(pieces[i].span.end, TranscriptTime::max) } else { pieces[i].span.end };
        let own =
            anchors.iter().filter(|a| (i == 0 || starts[i] <= a.transcript) && starts.get(i + 1).is_none_or(|next| a.transcript < *next));
        let own: Vec<Anchor> = own.copied().collect();
        let knot = |t: TranscriptTime| Knot { transcript: t, media: media_time(rate * (t.us() as f64 / HOP.us() as f64) + line.offset) };
        let alone = if solved.steady() {
            TimeMap::offset(Delta::from_us(media_time(line.offset).us()))
        } else {
            TimeMap::new(vec![knot(from), knot(to)]).unwrap_or_default()
        };
        let alone = alone.through(&own);
        let mut begins = from;
        if let Some(last) = i.checked_sub(1).map(|before| pieces[before].span.end) {
            let (before, after) = (whole.to_media(from, Side::After), alone.to_media(from, Side::After));
            let found = if after >= before {
                knots.push(Knot { transcript: from, media: before });
                Break { kind: BreakKind::InsertInMedia, transcript: from, media: before, len: after - before }
            } else {
                let media = whole.to_media(last, Side::After);
                begins = alone.to_transcript(media, Side::After).max(last);
                knots.extend([last, begins].map(|transcript| Knot { transcript, media }));
                Break { kind: BreakKind::CutFromMedia, transcript: last, media, len: begins - last }
            };
            // Two lines that anchors brought together are not a break.
            breaks.extend(Some(found).filter(|b| b.len.us() as f64 >= params.min_break_hops() * HOP.us() as f64));
        }
        let inside = alone.knots().iter().filter(|k| begins < k.transcript && k.transcript < to).copied();
        knots.extend(inside.chain([begins, to].map(|t| Knot { transcript: t, media: alone.to_media(t, Side::After) })));
        if own.len() > 1 {
            pieces[i] = piece_of(&alone, pieces[i].span, 0.0);
        } else {
            pieces[i].media_start = alone.to_media(pieces[i].span.start, Side::After);
        }
        whole = alone;
    }
    // A line of one offset all along needs no knots at its ends.
    let offset = |k: &Knot| k.media.us().saturating_sub(k.transcript.us());
    let one = knots.first().map(offset).filter(|first| knots.iter().chain(anchors).all(|k| offset(k) == *first));
    let map = match one {
        Some(0) => TimeMap::default(),
        Some(offset) => TimeMap::offset(Delta::from_us(offset)),
        None => TimeMap::held(knots, anchors),
    };
    (map, breaks, pieces)
}
