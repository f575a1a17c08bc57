//! What is wrong with annotations, as far as it shows without understanding them.

use super::measure::plain;
use super::{GateId, Inputs, Measure, Place, annotation_key};
use crate::annotation::{Annotation, AnnotationSet, Region};
use crate::onscreen;
use crate::time::{Delta, MediaTime, Span};
use crate::transcript::PlacedWord;
use std::collections::BTreeSet;

pub(super) fn measure(inputs: &Inputs<'_>, out: &mut Vec<Measure>) {
    let Some(set) = inputs.annotations else { return };
    for (gate, value) in SINGLE {
        out.extend(set.annotations.iter().filter_map(|a| Some(plain(gate, place(a), value(a, inputs.duration)?))));
    }
    disagreement(set, out);
    support(set, inputs.placed, out);
}

/// Words that are said up to so long before or after a text stands there speak of it.
const NEAR: Delta = Delta::from_us(5_000_000);

/// How much of each annotated text was read in the picture, or is said. Nothing is measured where no reader has been: most of what stands in a
/// picture is never said.
fn support(set: &AnnotationSet, placed: &[PlacedWord], out: &mut Vec<Measure>) {
    let (read, claimed): (Vec<&Annotation>, Vec<&Annotation>) =
        set.annotations.iter().filter(|a| a.label == onscreen::LABEL).partition(|a| onscreen::was_read(a));
    if read.is_empty() {
        return;
    }
    for annotation in claimed {
        let near = Span::new(annotation.span.start - NEAR, annotation.span.end + NEAR);
        let seen = read.iter().filter(|r| r.span.overlap(annotation.span).is_some()).map(|r| r.text.as_str());
        let said = placed.iter().filter(|w| w.span.overlap(near).is_some()).map(|w| w.text.as_str());
        if let Some(share) = onscreen::found(&annotation.text, seen.chain(said)) {
            out.push(plain(GateId::TextSupport, place(annotation), 100.0 * share));
        }
    }
}

/// What a gate measures of an annotation of a media of the given length.
type Single = fn(&Annotation, MediaTime) -> Option<f64>;

const SINGLE: [(GateId, Single); 3] = [
    (GateId::AnnotationTime, |a, duration| {
        let past = (MediaTime::ZERO - a.span.start).max(a.span.end - duration).max(Delta::ZERO);
        Some(past.us() as f64 / 1e6)
    }),
    (GateId::AnnotationRegion, |a, _| a.region.map(outside)),
    (GateId::AnnotationConfidence, |a, _| a.confidence.map(|c| 100.0 * f64::from(c))),
];

pub(super) fn place(annotation: &Annotation) -> Place {
    Place::Annotation { key: annotation_key(&[&annotation.id]), span: annotation.span }
}

/// Percentage of a region that lies outside of the frame; all of one without an area.
fn outside(region: Region) -> f64 {
    let frame = Region { x: 0.0, y: 0.0, w: 1.0, h: 1.0 };
    let area = region.area();
    if area > 0.0 { (100.0 * (1.0 - region.shared(frame) / area)).max(0.0) } else { 100.0 }
}

/// Two annotators that saw one thing at a time and framed it differently: each annotation against the best match of its label that another
/// source has; what was read is no annotator's, and ends lines where it will. Within one source two regions of one label are two things, and what only one of them saw is no disagreement about where.
fn disagreement(set: &AnnotationSet, out: &mut Vec<Measure>) {
    let source = |a: &Annotation| a.source.clone().or_else(|| set.source.clone());
    let mut framed: Vec<(&Annotation, Region, Option<String>)> =
        set.annotations.iter().filter(|a| !onscreen::was_read(a)).filter_map(|a| Some((a, a.region?, source(a)))).collect();
    if framed.iter().all(|f| f.2 == framed[0].2) {
        return;
    }
    framed.sort_by(|a, b| (&a.0.label, a.0.span.start).cmp(&(&b.0.label, b.0.span.start)));
    let mut seen = BTreeSet::new();
    for group in framed.chunk_by(|a, b| a.0.label == b.0.label) {
        for (i, (a, region, from)) in group.iter().enumerate() {
            // Those before it that are still there, and those after it until they begin when it is over.
            let others =
                group.iter().enumerate().filter(|(j, _)| *j != i).map(|(_, other)| other).take_while(|o| o.0.span.start < a.span.end);
            let rivals = others.filter(|o| o.2 != *from && o.0.span.overlap(a.span).is_some_and(|s| !s.is_empty()));
            let Some((b, match_)) = rivals.map(|o| (o.0, region.overlap(o.1))).max_by(|x, y| x.1.total_cmp(&y.1)) else { continue };
            let (Some(span), key) = (a.span.overlap(b.span), annotation_key(&[&a.id, &b.id])) else { continue };
            if match_ > 0.0 && seen.insert(key) {
                let place = Place::Annotation { key, span };
                out.push(plain(GateId::AnnotationDisagreement, place, 100.0 * (1.0 - match_)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::tests::{limits, values};
    use crate::transcript::Transcript;

    fn annotation(id: &str, ms: (i64, i64), region: Option<[f32; 4]>, source: Option<&str>) -> Annotation {
        Annotation {
            id: id.into(),
            span: Span::new(MediaTime::from_ms(ms.0), MediaTime::from_ms(ms.1)),
            region: region.map(|[x, y, w, h]| Region { x, y, w, h }),
            label: "person".into(),
            text: String::new(),
            confidence: None,
            source: source.map(Into::into),
            words: None,
            extra: serde_json::Map::new(),
        }
    }

    fn check(annotations: Vec<Annotation>, gate: GateId, want: &[f64], fails: usize) {
        let set = AnnotationSet { source: Some("first".into()), annotations, ..AnnotationSet::empty() };
        let transcript = Transcript::empty();
        let inputs = Inputs { annotations: Some(&set), ..Inputs::new(&transcript, &[], MediaTime::from_ms(20_000)) };
        let mut out = Vec::new();
        measure(&inputs, &mut out);
        let got = values(&out, gate);
        assert!(got.len() == want.len() && got.iter().zip(want).all(|(g, w)| (g - w).abs() < 0.01), "{gate:?}: {got:?}, not {want:?}");
        assert_eq!(limits().failing(&out), vec![gate; fails], "{gate:?}");
    }

    #[test]
    fn each_gate_tells_its_fault_and_no_other() {
        use GateId::*;
        let plain = |from, to| annotation("a", (from, to), None, None);
        let at = |id: &str, x: f32, source| annotation(id, (0, 5_000), Some([x, 0.1, 0.2, 0.2]), source);
        check(vec![plain(0, 5_000)], AnnotationTime, &[0.0], 0);
        check(vec![plain(18_000, 21_500)], AnnotationTime, &[1.5], 1);
        check(vec![plain(-700, 300)], AnnotationTime, &[0.7], 1);
        check(vec![at("a", 0.4, None)], AnnotationRegion, &[0.0], 0);
        check(vec![at("a", 0.9, None)], AnnotationRegion, &[50.0], 1);
        check(vec![annotation("a", (0, 1), Some([0.1, 0.1, 0.0, 0.2]), None)], AnnotationRegion, &[100.0], 1);
        let sure = |confidence| Annotation { confidence: Some(confidence), ..plain(0, 5_000) };
        check(vec![sure(0.75), plain(0, 5_000)], AnnotationConfidence, &[75.0], 0);
        check(vec![sure(0.25)], AnnotationConfidence, &[25.0], 1);
        // Two boxes of one source are two people.
        check(vec![at("a", 0.1, None), at("b", 0.2, None)], AnnotationDisagreement, &[], 0);
        check(vec![at("a", 0.1, None), at("b", 0.1, Some("second"))], AnnotationDisagreement, &[0.0], 0);
        check(vec![at("a", 0.1, None), at("b", 0.2, Some("second"))], AnnotationDisagreement, &[66.67], 1);
        check(vec![at("a", 0.1, None), at("b", 0.7, Some("second"))], AnnotationDisagreement, &[], 0);
        // Each is held against its best match.
        let crowd = vec![at("a", 0.1, None), at("b", 0.2, None), at("c", 0.1, Some("second")), at("d", 0.2, Some("second"))];
        check(crowd, AnnotationDisagreement, &[0.0, 0.0], 0);
        let later = Annotation { span: Span::new(MediaTime::from_ms(6_000), MediaTime::from_ms(7_000)), ..at("b", 0.2, Some("second")) };
        check(vec![at("a", 0.1, None), later], AnnotationDisagreement, &[], 0);
    }

    #[test]
    fn a_key_names_the_annotations_in_any_order() {
        assert_eq!(annotation_key(&["a", "b"]), annotation_key(&["b", "a"]));
        assert_ne!(annotation_key(&["a", "b"]), annotation_key(&["ab"]));
    }

    #[test]
    fn a_text_is_held_against_what_was_read_and_said() {
        let text =
            |id: &str, ms: (i64, i64), text: &str| Annotation { label: "text".into(), text: text.into(), ..annotation(id, ms, None, None) };
        let read =
            |id: &str, ms, what: &str| Annotation { extra: [("read".to_owned(), true.into())].into_iter().collect(), ..text(id, ms, what) };
        let said = [PlacedWord {
            id: crate::WordId(0),
            text: "crossing".into(),
            punctuation: String::new(),
            span: Span::new(MediaTime::from_ms(14_000), MediaTime::from_ms(14_500)),
            in_media: true,
            edited: false,
            alignment_confidence: None,
        }];
        let check = |annotations: Vec<Annotation>, expected: &[f64]| {
            let (transcript, set) = (Transcript::empty(), AnnotationSet { annotations, ..AnnotationSet::empty() });
            let inputs = Inputs { annotations: Some(&set), ..Inputs::new(&transcript, &said, MediaTime::from_ms(60_000)) };
            assert_eq!(values(&crate::gate::measure(&inputs), GateId::TextSupport), expected, "{set:?}");
        };
        let claim = || text("a", (0, 10_000), "Harlow Crossing");
        check(vec![claim()], &[]);
        check(vec![claim(), read("r", (20_000, 30_000), "Harlow")], &[50.0]);
        check(vec![claim(), read("r", (5_000, 30_000), "HarIow")], &[100.0]);
        check(vec![text("a", (0, 1_000), "Harlow Crossing"), read("r", (20_000, 30_000), "x")], &[0.0]);
        check(vec![annotation("person", (0, 10_000), None, None), read("r", (0, 30_000), "Harlow")], &[]);
    }
}
