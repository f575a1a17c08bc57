//! What Transcribe says of toxic speech.

use super::super::decimal::Unit;
use super::super::json::{self, confidence, list, time};
use super::super::text;
use crate::time::{Span, TranscriptTime};
use serde_json::Value;

/// A category is worth telling from this score on.
const TOLD: f32 = 0.5;

/// A stretch of speech that the recogniser judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Toxic {
    /// When, on the transcript's clock.
    pub span: Span<TranscriptTime>,
    /// How toxic all in all, 0..1.
    pub score: f32,
    /// Each category by the service's own name, such as `profanity`, with its score 0..1; the highest first.
    pub categories: Vec<(String, f32)>,
}

impl Toxic {
    /// In what way it is toxic: `profanity 0.83, insult 0.61`. None where it is not.
    pub fn sentence(&self) -> Option<String> {
        let told: Vec<String> = self.categories.iter().filter(|c| c.1 >= TOLD).map(|(name, score)| format!("{name} {score:.2}")).collect();
        match told.is_empty() {
            false => Some(told.join(", ")),
            true => (self.score >= TOLD).then(|| format!("toxicity {:.2}", self.score)),
        }
    }
}

/// What a transcript document says of toxic speech, in order of time; nothing where it is of another kind, or says nothing. What can't be read of it is
/// left out.
pub fn toxicity(bytes: &[u8]) -> Vec<Toxic> {
    const NAME: &[u8] = b"toxicity_detection";
    // Most documents have none, and parsing a day of speech takes its time.
    if !bytes.windows(NAME.len()).any(|window| window == NAME) {
        return vec![];
    }
    let Ok(document) = text::decode(bytes).and_then(|text| json::parse(&text.text)) else { return vec![] };
    let mut all: Vec<Toxic> = list(&document["results"], "toxicity_detection").iter().filter_map(toxic).collect();
    all.sort_by_key(|t| (t.span.start, t.span.end));
    all
}

fn toxic(entry: &Value) -> Option<Toxic> {
    let at = |name| time(entry.get(name), Unit::Seconds, String::new).ok().flatten().map(TranscriptTime::from_us);
    let (start, end) = (at("start_time")?, at("end_time")?);
    let score = |value| confidence(value).ok().flatten();
    let each = entry.get("categories").and_then(Value::as_object).into_iter().flatten();
    let mut categories: Vec<(String, f32)> = each.filter_map(|(name, value)| Some((name.clone(), score(Some(value))?))).collect();
    categories.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    (end >= start).then_some(Toxic { span: Span::new(start, end), score: score(entry.get("toxicity"))?, categories })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(entries: Value) -> Vec<(i64, i64, f32, Option<String>)> {
        let document = json!({"jobName": "j", "status": "COMPLETED", "results": {"items": [], "toxicity_detection": entries}});
        let ms = |at: TranscriptTime| at.us() / 1_000;
        toxicity(document.to_string().as_bytes()).iter().map(|t| (ms(t.span.start), ms(t.span.end), t.score, t.sentence())).collect()
    }

    #[test]
    fn stretches_come_with_what_is_toxic_in_them() {
        let stretch = |toxicity: Value, profanity: Value, insult: Value| {
            json!({"text": "…", "toxicity": toxicity, "categories": {"profanity": profanity, "hate_speech": 0.04, "insult": insult},
                "start_time": 8.92, "end_time": "21.45"})
        };
        for (entries, expected) in [
            (json!([stretch(json!(0.76), json!(0.61), json!("0.9913"))]), vec![(0.76, Some("insult 0.99, profanity 0.61"))]),
            (json!([stretch(json!(0.76), json!(0.1), json!(0.2))]), vec![(0.76, Some("toxicity 0.76"))]),
            (json!([stretch(json!(0.02), json!(0.01), json!(0.01))]), vec![(0.02, None)]),
            (json!([stretch(json!(7), json!(0.01), json!(0.01)), {"toxicity": 0.5}, "x"]), vec![]),
            (json!([]), vec![]),
            (json!(null), vec![]),
        ] {
            let entry = |(score, told): (f32, Option<&str>)| (8_920, 21_450, score, told.map(str::to_owned));
            assert_eq!(read(entries), expected.into_iter().map(entry).collect::<Vec<_>>());
        }
        let later = json!([{"toxicity": 0.1, "start_time": 3, "end_time": 4}, {"toxicity": 0.1, "start_time": 1, "end_time": 2}]);
        assert_eq!(read(later).iter().map(|t| t.0).collect::<Vec<_>>(), [1_000, 3_000]);
        for other in ["1\n00:00:01,000 --> 00:00:02,000\ntoxicity_detection\n", "{\"toxicity_detection\": 1", "", "{}"] {
            assert_eq!(toxicity(other.as_bytes()), []);
        }
    }
}
