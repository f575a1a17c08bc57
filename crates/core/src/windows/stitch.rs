//! Puts together what overlapping windows say: a thing that two of them saw is one thing, and where they differ is said.

use super::Window;
use crate::annotation::{Annotation, Region};
use crate::time::{MediaTime, Span};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// When two annotations are of one thing.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Likeness {
    /// Intersection over union in time at least, 0..1, within what both windows saw.
    pub time: f64,
    /// Intersection over union of regions at least, 0..1.
    pub region: f64,
    /// Share of words in common at least, 0..1 (Dice), where there is no region to tell things apart.
    pub text: f64,
}

impl Default for Likeness {
    fn default() -> Self {
        Self { time: 0.5, region: 0.5, text: 0.3 }
    }
}

/// Two annotations that can't both be right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contradiction {
    /// Place of one among the annotations.
    pub one: usize,
    /// Place of the other; the same where one thing was read in two ways.
    pub other: usize,
    /// What they differ in, as a sentence.
    pub what: String,
}

/// What all windows say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stitched {
    /// Each thing once, by time.
    pub annotations: Vec<Annotation>,
    /// What windows do not agree on.
    pub contradictions: Vec<Contradiction>,
}

/// One annotation and the window that it is from.
struct Seen<'a> {
    window: usize,
    what: &'a Annotation,
    /// How much of it lies in the window's own part, in µs.
    own: i64,
}

/// What `parts`, windows in order with what each of them says, say together. A thing keeps the text and the region that the window gives which answers for most
/// of it, and lasts as long as all of them say. Text that goes on from one window to the next is put together.
pub fn stitch(parts: &[(&Window, &[Annotation])], likeness: &Likeness) -> Stitched {
    let mut seen: Vec<Seen> = vec![];
    for (n, (window, annotations)) in parts.iter().enumerate() {
        seen.extend(annotations.iter().map(|what| Seen { window: n, what, own: shared(what.span, window.own) }));
    }
    let mut groups = Groups::new(seen.iter().map(|s| s.window));
    let mut pairs = vec![];
    for (i, a) in seen.iter().enumerate() {
        for (j, b) in seen.iter().enumerate().skip(i + 1) {
            let (wa, wb) = (parts[a.window].0.sees, parts[b.window].0.sees);
            if wb.start > wa.end {
                break;
            }
            if a.window != b.window
                && let Some(likely) = same(&seen, (i, wa), (j, wb), likeness)
            {
                pairs.push((likely, i, j));
            }
        }
    }
    pairs.sort_by(|(p, i, j), (q, k, l)| q.total_cmp(p).then((i, j).cmp(&(k, l))));
    for (_, i, j) in &pairs {
        groups.unite(*i, *j);
    }
    gather(&seen, &mut groups, parts)
}

/// Length of what both have in common, in µs.
fn shared(a: Span<MediaTime>, b: Span<MediaTime>) -> i64 {
    a.overlap(b).map_or(0, |both| both.len().us())
}

/// How likely both are of one thing, 0..1; none where they are not.
fn same(seen: &[Seen], (i, wa): (usize, Span<MediaTime>), (j, wb): (usize, Span<MediaTime>), likeness: &Likeness) -> Option<f64> {
    let (a, b) = (seen[i].what, seen[j].what);
    if !a.label.eq_ignore_ascii_case(&b.label) {
        return None;
    }
    let place = alike_in_place(a.region, b.region, likeness.region)?;
    let text = alike_in_text(&a.text, &b.text);
    let zone = Span::new(wa.start.max(wb.start), wa.end.min(wb.end));
    if zone.is_empty() {
        // The windows only touch: what reaches the border on both sides goes on.
        let goes_on = a.span.end >= wa.end && b.span.start <= wb.start && (a.region.is_some() || text >= likeness.text.max(0.5));
        return goes_on.then_some(0.5 * place + 0.5 * text);
    }
    let time = alike_in_time(clipped(a.span, zone)?, clipped(b.span, zone)?);
    if time < likeness.time {
        return None;
    }
    // Without a region the words must tell, unless there is nothing that it could be mixed up with.
    let told = a.region.is_some() || text >= likeness.text || (only_one(seen, i, zone) && only_one(seen, j, zone));
    told.then_some((time + place + text) / 3.0)
}

fn clipped(span: Span<MediaTime>, zone: Span<MediaTime>) -> Option<Span<MediaTime>> {
    let meets = span.start < zone.end && (span.end > zone.start || span.start >= zone.start);
    meets.then(|| Span::new(span.start.max(zone.start), span.end.min(zone.end)))
}

fn alike_in_time(a: Span<MediaTime>, b: Span<MediaTime>) -> f64 {
    let either = (a.end.max(b.end) - a.start.min(b.start)).us();
    if either == 0 { 1.0 } else { shared(a, b) as f64 / either as f64 }
}

fn alike_in_place(a: Option<Region>, b: Option<Region>, least: f64) -> Option<f64> {
    match (a, b) {
        (None, None) => Some(1.0),
        (Some(a), Some(b)) => Some(a.overlap(b)).filter(|overlap| *overlap >= least),
        _ => None,
    }
}

fn words(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_lowercase).collect()
}

/// Share of words in common (Dice), 0..1; 1 for two texts without words.
fn alike_in_text(a: &str, b: &str) -> f64 {
    let (a, b) = (words(a), words(b));
    let all = a.len() + b.len();
    if all == 0 { 1.0 } else { 2.0 * a.intersection(&b).count() as f64 / all as f64 }
}

/// Whether its window says nothing else of this label and without a region in this part.
fn only_one(seen: &[Seen], at: usize, zone: Span<MediaTime>) -> bool {
    let this = &seen[at];
    let rival = |s: &Seen| {
        s.window == this.window
            && s.what.region.is_none()
            && s.what.label.eq_ignore_ascii_case(&this.what.label)
            && clipped(s.what.span, zone).is_some()
    };
    seen.iter().filter(|s| rival(s)).count() == 1
}

/// Which annotations are of one thing: no two of one window.
struct Groups {
    root: Vec<usize>,
    windows: Vec<BTreeSet<usize>>,
}

impl Groups {
    fn new(windows: impl Iterator<Item = usize>) -> Self {
        let windows: Vec<BTreeSet<usize>> = windows.map(|w| BTreeSet::from([w])).collect();
        Self { root: (0..windows.len()).collect(), windows }
    }

    fn of(&mut self, at: usize) -> usize {
        let mut root = at;
        while self.root[root] != root {
            root = self.root[root];
        }
        self.root[at] = root;
        root
    }

    fn unite(&mut self, a: usize, b: usize) {
        let (a, b) = (self.of(a), self.of(b));
        if a != b && self.windows[a].is_disjoint(&self.windows[b]) {
            let moved = std::mem::take(&mut self.windows[b]);
            self.windows[a].extend(moved);
            self.root[b] = a;
        }
    }
}

fn gather(seen: &[Seen], groups: &mut Groups, parts: &[(&Window, &[Annotation])]) -> Stitched {
    let mut members: std::collections::BTreeMap<usize, Vec<usize>> = std::collections::BTreeMap::new();
    for at in 0..seen.len() {
        members.entry(groups.of(at)).or_default().push(at);
    }
    let mut things: Vec<(Annotation, Vec<usize>)> =
        members.into_values().map(|of| (one(&of.iter().map(|i| &seen[*i]).collect::<Vec<_>>()), of)).collect();
    things.sort_by(|(a, i), (b, j)| {
        (a.span.start, a.span.end, &a.label, &a.text).cmp(&(b.span.start, b.span.end, &b.label, &b.text)).then_with(|| i.cmp(j))
    });
    let contradictions = contradictions(seen, &things, parts);
    Stitched { annotations: things.into_iter().map(|(thing, _)| thing).collect(), contradictions }
}

/// One annotation of what several windows say of one thing.
fn one(seen: &[&Seen]) -> Annotation {
    // The first one of those that answer for most.
    let most = seen.iter().enumerate().max_by_key(|(n, s)| (s.own, std::cmp::Reverse(*n))).map_or(0, |(n, _)| n);
    let mut thing = seen[most].what.clone();
    for s in seen {
        thing.span = Span::new(thing.span.start.min(s.what.span.start), thing.span.end.max(s.what.span.end));
        thing.words = match (thing.words, s.what.words) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (words, None) => words,
            (None, words) => words,
        };
    }
    let mut text = seen[0].what.text.clone();
    let goes_on = seen[1..].iter().all(|s| joined(&text, &s.what.text).map(|all| text = all).is_some());
    if goes_on {
        thing.text = text;
    }
    thing
}

/// How many words two texts share where one goes on into the other at least.
const LEAST_SHARED: usize = 3;

/// Both texts as one, where the end of the first is the beginning of the second, or one holds the other.
fn joined(first: &str, second: &str) -> Option<String> {
    if first.contains(second) {
        return Some(first.to_owned());
    }
    if second.contains(first) {
        return Some(second.to_owned());
    }
    let (a, b): (Vec<&str>, Vec<&str>) = (first.split_whitespace().collect(), second.split_whitespace().collect());
    let longest = (LEAST_SHARED..=a.len().min(b.len())).rev().find(|n| a[a.len() - n..] == b[..*n])?;
    Some(a.iter().chain(&b[longest..]).copied().collect::<Vec<_>>().join(" "))
}

/// Text on screen that is read in two ways is a contradiction from this much difference on.
const OTHER_TEXT: f64 = 0.9;
/// Two regions are one place from this overlap on.
const ONE_PLACE: f64 = 0.7;

fn contradictions(seen: &[Seen], things: &[(Annotation, Vec<usize>)], parts: &[(&Window, &[Annotation])]) -> Vec<Contradiction> {
    let mut found = vec![];
    for (n, (thing, of)) in things.iter().enumerate() {
        let other = |i: &&usize| {
            strsim::normalized_levenshtein(&seen[**i].what.text, &thing.text) < OTHER_TEXT
                && joined(&seen[**i].what.text, &thing.text).is_none()
        };
        if thing.label.eq_ignore_ascii_case("text")
            && let Some(i) = of.iter().find(other)
        {
            let what = format!("one window reads '{}', another '{}'", thing.text, seen[*i].what.text);
            found.push(Contradiction { one: n, other: n, what });
        }
        for (m, (rival, rivals)) in things.iter().enumerate().skip(n + 1) {
            if rival.span.start >= thing.span.end {
                break;
            }
            if differ(seen, (thing, of), (rival, rivals), parts) {
                let what = format!("one window sees '{}' where another sees '{}'", thing.label, rival.label);
                found.push(Contradiction { one: n, other: m, what });
            }
        }
    }
    found
}

/// Whether two windows give one place at one time different labels.
fn differ(
    seen: &[Seen],
    (a, of_a): (&Annotation, &[usize]),
    (b, of_b): (&Annotation, &[usize]),
    parts: &[(&Window, &[Annotation])],
) -> bool {
    let one_place = matches!((a.region, b.region), (Some(a), Some(b)) if a.overlap(b) >= ONE_PLACE);
    if !one_place || a.label.eq_ignore_ascii_case(&b.label) {
        return false;
    }
    let by = |of: &[usize]| of.iter().map(|i| seen[*i].window).collect::<BTreeSet<_>>();
    let (by_a, by_b) = (by(of_a), by(of_b));
    // A window that says both does not contradict itself.
    by_a.is_disjoint(&by_b)
        && by_a.iter().any(|i| {
            by_b.iter().any(|j| {
                let (wa, wb) = (parts[*i].0.sees, parts[*j].0.sees);
                let both = wa.overlap(wb).and_then(|zone| Some((clipped(a.span, zone)?, clipped(b.span, zone)?)));
                both.is_some_and(|(a, b)| alike_in_time(a, b) >= 0.5)
            })
        })
}

#[cfg(test)]
#[path = "stitch_tests.rs"]
mod tests;
