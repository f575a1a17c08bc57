//! Annotations against what is said meanwhile, and against what the model said of the same moments in another window.

use super::annotations::place;
use super::measure::plain;
use super::{GateId, Inputs, Measure};
use crate::analytics;
use crate::crossmodal::{CONTRADICTION, MEANING, QUOTED_NEAR, Shown, Spoken, is_about_speech, quote, share};
use serde_json::Value;

pub(super) fn measure(inputs: &Inputs<'_>, out: &mut Vec<Measure>) {
    let Some(set) = inputs.annotations else { return };
    let spoken = Spoken::new(inputs.placed);
    // Without words nothing can be quoted, and nothing said can be summed up.
    if !spoken.is_empty() {
        for annotation in &set.annotations {
            let Some(says) = quote(annotation) else { continue };
            let score = spoken.link(says, annotation.span, QUOTED_NEAR).map_or(0.0, |linked| linked.score);
            out.push(plain(GateId::SpeechLink, place(annotation), 100.0 * score));
        }
        let (shown, language) = (Shown::new(&set.annotations), analytics::language(inputs.transcript));
        for annotation in set.annotations.iter().filter(|a| is_about_speech(a)) {
            let share = share(annotation, &spoken, &shown, &language);
            out.extend(share.map(|share| plain(GateId::SpeechAgreement, place(annotation), 100.0 * share)));
            let near = annotation.extra.get(MEANING).and_then(Value::as_f64);
            out.extend(near.map(|cosine| plain(GateId::SpeechMeaning, place(annotation), 100.0 * cosine)));
        }
    }
    let contradicted = set.annotations.iter().filter(|a| a.extra.get(CONTRADICTION).is_some_and(Value::is_string));
    out.extend(contradicted.map(|annotation| plain(GateId::WindowContradiction, place(annotation), 1.0)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crossmodal::tests::{annotation, said};
    use crate::format::Toxic;
    use crate::gate::tests::{limits, values};
    use crate::transcript::{Language, PlacedWord, Segment, Transcript, Word};
    use crate::{Annotation, AnnotationSet, MediaTime, Span, TranscriptTime, WordId, gate};

    fn with(label: &str, text: &str, extra: &[(&str, Value)]) -> Annotation {
        let extra = extra.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        Annotation { label: label.into(), extra, ..annotation("a", (0, 4_000), text) }
    }

    fn check(annotations: Vec<Annotation>, words: &[PlacedWord], gate: GateId, want: &[f64], fails: usize) {
        let set = AnnotationSet { annotations, ..AnnotationSet::empty() };
        let transcript = Transcript::empty();
        let inputs = Inputs { annotations: Some(&set), ..Inputs::new(&transcript, words, MediaTime::from_ms(60_000)) };
        let measures = gate::measure(&inputs);
        assert_eq!(values(&measures, gate), want, "{set:?}");
        assert_eq!(limits().failing(&measures).into_iter().filter(|g| *g == gate).count(), fails, "{set:?}");
    }

    #[test]
    fn each_gate_tells_its_fault_and_no_other() {
        use GateId::*;
        let words = said("the masons repaired the leaning pier with mortar and stone", 0);
        let far = said("the masons repaired the leaning pier", 30_000);
        let quoting = |says: &str| vec![with("object", "a mason", &[("says", says.into())])];
        check(quoting("Repaired the leaning pier!"), &words, SpeechLink, &[100.0], 0);
        check(quoting("repaired the leaning tier"), &words, SpeechLink, &[95.455], 0);
        check(quoting("the boats sailed at dawn"), &words, SpeechLink, &[35.0], 1);
        check(quoting("repaired the leaning pier"), &far, SpeechLink, &[0.0], 1);
        check(quoting("repaired the leaning pier"), &[], SpeechLink, &[], 0);
        check(quoting("…"), &words, SpeechLink, &[], 0);
        check(vec![with("object", "a mason", &[])], &words, SpeechLink, &[], 0);

        let sums = |text: &str| vec![with("summary", text, &[])];
        check(sums("The masons repair the pier with stones and with mortars"), &words, SpeechAgreement, &[100.0], 0);
        check(sums("The sailors of the harbour leave for the islands at dawn in the morning"), &words, SpeechAgreement, &[0.0], 1);
        check(vec![with("object", "The sailors of the harbour leave for the islands at dawn", &[])], &words, SpeechAgreement, &[], 0);

        let meant = |cosine: f64| vec![with("chapter", "", &[("meaning", cosine.into())])];
        check(meant(0.62), &words, SpeechMeaning, &[62.0], 0);
        check(meant(-0.04), &words, SpeechMeaning, &[-4.0], 1);
        check(meant(-0.04), &[], SpeechMeaning, &[], 0);

        let told = "one window reads 'Pier 3', another 'Pier 8'";
        check(vec![with("text", "Pier 3", &[("contradiction", told.into())])], &[], WindowContradiction, &[1.0], 1);
        check(vec![with("text", "Pier 3", &[])], &[], WindowContradiction, &[], 0);
    }

    #[test]
    fn a_recogniser_tells_how_sure_it_is_of_the_language_and_what_is_toxic() {
        let words: Vec<PlacedWord> = said("you are a fool and so am i", 0);
        let word = |w: &PlacedWord| Word {
            id: w.id,
            text: w.text.clone(),
            punctuation: String::new(),
            span: Span::new(TranscriptTime::from_us(w.span.start.us()), TranscriptTime::from_us(w.span.end.us())),
            confidence: None,
            speaker: None,
            channel: None,
            alternatives: vec![],
            masked: false,
            timed: true,
            source: 0,
        };
        let segments = vec![Segment { first: words[0].id, end: words[7].id.end(), speaker: None }];
        for (languages, scores, flags) in [
            (vec![("en-US", Some(0.97)), ("de-DE", Some(0.03))], vec![97.0], 0),
            (vec![("en-US", Some(0.61)), ("de-DE", Some(0.39))], vec![61.0], 1),
            (vec![("en-US", None)], vec![], 0),
            (vec![], vec![], 0),
        ] {
            let language = |(code, score): (&str, Option<f32>)| Language { code: code.to_owned(), score, duration: None };
            let languages = languages.into_iter().map(language).collect();
            let transcript =
                Transcript { languages, words: words.iter().map(word).collect(), segments: segments.clone(), ..Transcript::empty() };
            let judged = |from, to, score| Toxic {
                span: Span::new(TranscriptTime::from_ms(from), TranscriptTime::from_ms(to)),
                score,
                categories: vec![("insult".into(), score)],
            };
            let toxicity = [judged(0, 2_000, 0.83), judged(2_000, 4_000, 0.1), judged(50_000, 60_000, 0.9)];
            let inputs = Inputs { toxicity: &toxicity, ..Inputs::new(&transcript, &words, MediaTime::from_ms(60_000)) };
            let measures = gate::measure(&inputs);
            assert_eq!(values(&measures, GateId::Language), scores);
            assert_eq!(values(&measures, GateId::Toxicity), [83.0, 10.0]);
            let failing = limits().failing(&measures);
            assert_eq!(failing.iter().filter(|g| **g == GateId::Language).count(), flags);
            let toxic = measures.iter().find(|m| m.gate == GateId::Toxicity).map(|m| m.place);
            assert_eq!(toxic, Some(gate::Place::Words { first: WordId(0), end: words[3].id.end() }));
            assert_eq!(failing.iter().filter(|g| **g == GateId::Toxicity).count(), 1);
        }
    }
}
