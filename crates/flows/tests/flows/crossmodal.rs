//! What a model says of the pictures, against what is said.

use crate::{Room, SAMPLE, sample};
use plumbline_adapters::MemoryRuns;
use plumbline_core::gate::GateId;
use plumbline_core::models::{Model, Money, Registry, Task};
use plumbline_core::prompt::Prompt;
use plumbline_flows::annotate::{How, annotate, estimate, toxicity};
use plumbline_flows::meaning::Compare;
use plumbline_pipeline::asking::{Along, Asking};
use plumbline_pipeline::calls::{Caller, RealClock};
use plumbline_pipeline::embedding::Space;
use plumbline_pipeline::limiter::{Gate, Limits};
use plumbline_pipeline::models::{Answer, Embed, Embedded, Meaning, Part, Request, Stop, Usage};
use plumbline_pipeline::{Job, ModelError, Models, Runs};
use plumbline_project::views::FlagView;
use plumbline_project::{MediaId, Op};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Quotes the first line of a window once as it is and once made up, and sums it up by its own words. What a text means to it is how often it has each letter.
#[derive(Default)]
struct Quoting {
    embedded: AtomicUsize,
}

const MADE_UP: &str = "zebras juggle xylophones quietly";

impl Models for Quoting {
    fn name(&self) -> &str {
        "quoting"
    }

    fn ask(&self, request: &Request, _: &Job) -> Result<Answer, ModelError> {
        let mut texts = request.turns.iter().flat_map(|turn| &turn.parts).filter_map(|part| match part {
            Part::Text(text) => Some(text.as_str()),
            _ => None,
        });
        let asked = texts.next_back().unwrap_or_default();
        let said: Vec<&str> = asked
            .split_once("<transcript>")
            .and_then(|(_, rest)| rest.split_once("</transcript>"))
            .map_or(vec![], |(lines, _)| lines.lines().filter_map(|line| line.split_once("] ")?.1.split_once(": ")).map(|l| l.1).collect());
        let found = |label: &str, says: &str| json!({"label": label, "first_frame": 1, "last_frame": 1, "box": null, "text": label, "confidence": 0.9, "says": says});
        let answer = match said.first() {
            Some(line) => {
                json!({"summary": said.join(" ").chars().take(600).collect::<String>(), "found": [found("event", line), found("chapter", MADE_UP)]})
            }
            None if asked.contains("<transcript>") => json!({"summary": "", "found": []}),
            None => {
                json!({"summary": "A talk about zebras and xylophones, and of nothing else that anybody juggles at dawn", "confidence": 0.5})
            }
        };
        let usage = Usage { input: 100, output: 10, cache_read: 0, cache_write: 0 };
        Ok(Answer { text: answer.to_string(), stop: Stop::End, usage, latency_ms: 1 })
    }

    fn embed(&self, asked: &Embed, _: &Job) -> Result<Embedded, ModelError> {
        assert_eq!((asked.model.as_str(), asked.dimensions), ("amazon.titan-embed-text-v2:0", 256));
        self.embedded.fetch_add(1, Ordering::Relaxed);
        let Meaning::Text(text) = &asked.what else { panic!("only texts are compared") };
        let letters = ('a'..='z').map(|letter| text.chars().filter(|c| *c == letter).count() as f32);
        let vector = letters.chain(std::iter::repeat(0.0)).take(256).collect();
        Ok(Embedded { vector, usage: Usage { input: 10, ..Usage::default() } })
    }
}

fn model(id: &str) -> Model {
    Registry::read(None).unwrap().model(id).unwrap().clone()
}

/// The sample with its words in their places.
fn mended(room: &Room) -> MediaId {
    let media = room.import_one(&room.sample(&SAMPLE));
    room.analyse(&media);
    room.desk().project().apply(Op::AcceptMap(media.clone()), &room.desk().by).unwrap();
    refresh(room, &media);
    media
}

fn refresh(room: &Room, media: &MediaId) {
    plumbline_flows::refresh(&room.desk(), media, &Job::quiet()).unwrap();
}

fn flags(room: &Room, media: &MediaId, gate: GateId) -> Vec<FlagView> {
    room.desk().project().flags(media).unwrap().flags.into_iter().filter(|f| f.gate == gate).collect()
}

#[test]
fn what_a_model_quotes_is_linked_to_the_words_or_flagged() {
    let room = Room::new();
    let media = mended(&room);
    for gate in [GateId::SpeechLink, GateId::SpeechAgreement, GateId::SpeechMeaning, GateId::WindowContradiction] {
        assert_eq!(flags(&room, &media, gate).len(), 0, "the sample's annotations quote nothing and sum up nothing");
    }
    let (models, runs, clock) = (Quoting::default(), MemoryRuns::default(), RealClock::default());
    let plenty = Limits { requests_per_minute: Some(u32::MAX), tokens_per_minute: None, at_once: 8, output_burn: 1 };
    let pace = Gate::new(plenty);
    let caller = Caller::new(&models, &runs, &pace, None, &clock);
    let (prompt, nova) = (Prompt::built_in(Task::Summarise).unwrap(), model("amazon.nova-lite-v1:0"));
    let asking = Asking {
        prompt: &prompt,
        model: &nova,
        question: None,
        schema: None,
        documents: &[],
        video: false,
        examples: &[],
        along: Along::default(),
    };
    let how = How { asking, at_once: 2, stream: false, fresh: false };
    let before = room.desk().project().annotation_set(&media).unwrap().unwrap().annotations.len();

    let titan = Space::smallest(model("amazon.titan-embed-text-v2:0")).unwrap();
    let compare = Some(Compare { space: &titan, caller: &caller });
    let planned = estimate(&room.desk(), &media, asking, Some(&titan), &runs, &Job::quiet()).unwrap();
    let annotated = annotate(&room.desk(), &media, how, &caller, compare, &Job::quiet()).unwrap();
    refresh(&room, &media);
    let all = &annotated.annotations;
    assert!(annotated.unanswered.is_empty() && annotated.windows > 0, "{annotated:?}");

    let quoting = |label: &str| all.iter().filter(|a| a.label == label && a.extra.contains_key("says")).collect::<Vec<_>>();
    let (true_ones, made_up) = (quoting("event"), quoting("chapter"));
    assert!(!true_ones.is_empty() && !made_up.is_empty());
    let placed = room.desk().project().placed(&media).unwrap();
    for annotation in &true_ones {
        let (first, end) = annotation.words.unwrap();
        let said: String = placed.iter().filter(|w| first <= w.id && w.id < end).map(|w| w.text.as_str()).collect();
        let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
        assert_eq!((letters(&said), &annotation.extra["link"]), (letters(annotation.extra["says"].as_str().unwrap()), &json!(1.0)));
    }
    assert!(made_up.iter().all(|a| a.words.is_none() && a.extra["link"].as_f64().unwrap() < 0.6), "{made_up:?}");
    let flagged = flags(&room, &media, GateId::SpeechLink);
    assert_eq!(flagged.len(), made_up.len());

    // Windows are summed up by their own words; the whole is not.
    let whole: Vec<_> = all.iter().filter(|a| a.extra.contains_key("whole")).collect();
    assert_eq!(whole.len(), 1);
    let unsupported = flags(&room, &media, GateId::SpeechAgreement);
    assert_eq!(unsupported.iter().map(|f| f.span).collect::<Vec<_>>(), [whole[0].span], "{unsupported:?}");
    let meant = |a: &&plumbline_core::Annotation| a.extra.get("meaning").and_then(Value::as_f64);
    assert!(all.iter().filter(|a| a.label == "summary").filter_map(|a| meant(&a)).all(|cosine| cosine > 0.5));
    assert!(all.iter().filter(|a| a.label == "summary" && meant(a).is_some()).count() > 1);

    // What it cost to compare is no more than was said before, and nothing where nothing is compared or told of speech.
    let (whole_cost, asked_cost) = (runs.spent().unwrap().cost, annotated.cost);
    let of_vectors = whole_cost - asked_cost;
    assert!(of_vectors.nano_usd() > 0 && planned.comparing.unwrap() >= of_vectors && planned.total().unwrap() >= whole_cost, "{planned:?}");
    let comparing = |task, by| {
        let prompt = Prompt::built_in(task).unwrap();
        let asking = Asking { prompt: &prompt, question: Some("who?"), ..asking };
        estimate(&room.desk(), &media, asking, by, &runs, &Job::quiet()).unwrap().comparing
    };
    assert_eq!(
        (comparing(Task::Summarise, None), comparing(Task::Describe, Some(&titan))),
        (Some(Money::default()), Some(Money::default()))
    );
    let unpriced = Space { model: Model { price: None, ..titan.model.clone() }, ..titan.clone() };
    assert_eq!(comparing(Task::Summarise, Some(&unpriced)), None);

    // Asked again, nothing is paid for and nothing is there twice.
    let (spent, embedded) = (runs.spent().unwrap(), models.embedded.load(Ordering::Relaxed));
    let after = room.state();
    annotate(&room.desk(), &media, how, &caller, compare, &Job::quiet()).unwrap();
    assert_eq!((runs.spent().unwrap(), models.embedded.load(Ordering::Relaxed), room.state()), (spent, embedded, after));
    annotate(&room.desk(), &media, how, &caller, None, &Job::quiet()).unwrap();
    let now = room.desk().project().annotation_set(&media).unwrap().unwrap();
    assert_eq!(now.annotations.len(), before + all.len());
    assert!(now.annotations.iter().all(|a| !a.extra.contains_key("meaning")));
}

#[test]
fn what_the_windows_contradict_is_flagged_with_the_sentence() {
    let room = Room::new();
    let media = mended(&room);
    let told = "one window reads 'Pier 3', another 'Pier 8'";
    let mut annotation = room.desk().project().annotation_set(&media).unwrap().unwrap().annotations[9].clone();
    annotation.extra.insert("contradiction".into(), told.into());
    annotation.source = Some("reader".into());
    let add = Op::AddAnnotations { media: media.clone(), source: "reader".into(), annotations: vec![annotation.clone()] };
    room.desk().project().apply(add, &room.desk().by).unwrap();
    refresh(&room, &media);
    let flags = flags(&room, &media, GateId::WindowContradiction);
    assert_eq!(flags.iter().map(|f| (f.span, f.why.as_str())).collect::<Vec<_>>(), [(annotation.span, told)]);
}

#[test]
fn what_the_recogniser_says_of_language_and_toxic_speech_is_measured() {
    let room = Room::new();
    let mut files = room.sample(&SAMPLE);
    let mut document: Value = serde_json::from_slice(&std::fs::read(sample("bridge.transcribe.json")).unwrap()).unwrap();
    let judged = |from: f64, to: f64, toxicity: f64| {
        json!({"text": "…", "toxicity": toxicity, "start_time": from, "end_time": to,
            "categories": {"profanity": toxicity, "insult": toxicity / 4.0}})
    };
    document["results"]["language_identification"] = json!([{"code": "en-US", "score": 0.55}, {"code": "de-DE", "score": 0.4}]);
    document["results"]["toxicity_detection"] = json!([judged(30.0, 40.0, 0.91), judged(60.0, 70.0, 0.05)]);
    files[1] = room.write("bridge.transcribe.json", document.to_string());
    let media = room.import_one(&files);
    room.analyse(&media);
    assert_eq!(flags(&room, &media, GateId::Language).len(), 1);
    let toxic = flags(&room, &media, GateId::Toxicity);
    assert_eq!(toxic.iter().map(|f| f.value).collect::<Vec<_>>(), [Some(f64::from(0.91f32) * 100.0)]);
    let lines = toxicity(&room.desk(), &media).unwrap();
    assert_eq!(lines.iter().map(|l| (l.span.start.us(), l.text.as_str())).collect::<Vec<_>>(), [(30_000_000, "profanity 0.91")]);
}
