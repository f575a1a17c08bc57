#![allow(clippy::unwrap_used)]

use super::*;
use crate::limiter::Limits;
use crate::models::{Form, Meaning, PictureFormat, Purpose, Usage};
use crate::runs::{Call, Ended, NewCall, Spent, StageRow, StageState};
use plumbline_core::MediaTime;
use serde_json::json;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A ledger in memory.
#[derive(Default)]
struct Ledger(Mutex<Pages>);

#[derive(Default)]
struct Pages {
    calls: Vec<(NewCall, Option<Ended>)>,
    answers: HashMap<String, Vec<u8>>,
}

impl Runs for Ledger {
    fn answer(&self, key: &str) -> Result<Option<Vec<u8>>, RunsError> {
        Ok(self.0.lock().unwrap().answers.get(key).cloned())
    }

    fn begin(&self, call: &NewCall, cap: Option<Money>) -> Result<i64, RunsError> {
        let sums = self.spent()?;
        if let Some(cap) = cap.filter(|cap| sums.cost + sums.held + call.at_most > *cap) {
            return Err(RunsError::Cap { cap, spent: sums.cost, held: sums.held, needed: call.at_most });
        }
        let mut pages = self.0.lock().unwrap();
        pages.calls.push((call.clone(), None));
        Ok(pages.calls.len() as i64 - 1)
    }

    fn end(&self, call: i64, ended: &Ended, answer: Option<&[u8]>) -> Result<(), RunsError> {
        let mut pages = self.0.lock().unwrap();
        let line = &mut pages.calls[call as usize];
        assert!(line.1.replace(ended.clone()).is_none(), "a call ends once");
        let key = line.0.key.clone();
        if let Some(answer) = answer {
            pages.answers.insert(key, answer.to_vec());
        }
        Ok(())
    }

    fn spent(&self) -> Result<Spent, RunsError> {
        let pages = self.0.lock().unwrap();
        let mut spent = Spent::default();
        for (call, ended) in &pages.calls {
            match ended {
                None => spent.held = spent.held + call.at_most,
                Some(ended) => spent.cost = spent.cost + ended.cost,
            }
        }
        Ok(spent)
    }

    fn calls(&self, _: Option<&str>, _: usize) -> Result<Vec<Call>, RunsError> {
        Ok(Vec::new())
    }

    fn set_stage(&self, _: &str, _: &str, _: StageState, _: Option<&str>) -> Result<(), RunsError> {
        Ok(())
    }

    fn stages(&self, _: Option<&str>) -> Result<Vec<StageRow>, RunsError> {
        Ok(Vec::new())
    }
}

/// Time that passes when somebody waits for it.
#[derive(Default)]
struct Quick(AtomicU64);

impl Clock for Quick {
    fn now(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::Relaxed))
    }

    fn pause(&self, time: Duration) {
        self.0.fetch_add(time.as_millis() as u64, Ordering::Relaxed);
    }
}

type Said = Result<Answer, ModelError>;
type Meant = Result<Embedded, ModelError>;

/// Says what it is told to say, then `yes`.
#[derive(Default)]
struct Scripted {
    says: Mutex<VecDeque<Said>>,
    asked: Mutex<Vec<Request>>,
    embeds: Mutex<VecDeque<Meant>>,
    embedded: Mutex<Vec<Embed>>,
    throttles_for_ever: bool,
}

impl Models for Scripted {
    fn name(&self) -> &str {
        "scripted"
    }

    fn ask(&self, request: &Request, _: &Job) -> Said {
        self.asked.lock().unwrap().push(request.clone());
        if self.throttles_for_ever {
            return throttled();
        }
        self.says.lock().unwrap().pop_front().unwrap_or_else(|| answer("yes", Stop::End))
    }

    fn embed(&self, asked: &Embed, _: &Job) -> Meant {
        self.embedded.lock().unwrap().push(asked.clone());
        let usage = Usage { input: 100, ..Usage::default() };
        let said = || Ok(Embedded { vector: vec![0.25; asked.dimensions as usize], usage });
        self.embeds.lock().unwrap().pop_front().unwrap_or_else(said)
    }
}

fn answer(text: &str, stop: Stop) -> Said {
    let usage = Usage { input: 100, output: 10, cache_read: 0, cache_write: 0 };
    Ok(Answer { text: text.into(), stop, usage, latency_ms: 5 })
}

fn throttled<T>() -> Result<T, ModelError> {
    Err(ModelError::Throttled { model: "nova".into(), what: "too many requests".into(), after: None })
}

fn broken<T>(charged: bool) -> Result<T, ModelError> {
    Err(ModelError::Broken { model: "nova".into(), what: "the connection was cut".into(), charged })
}

fn failed(model: &str, all: bool) -> ModelError {
    ModelError::Failed { model: model.into(), what: "the session has ended".into(), remedy: "Sign in again".into(), all }
}

fn request(text: &str) -> Request {
    Request {
        model: "nova".into(),
        system: vec![],
        turns: vec![Turn { role: Role::User, parts: vec![Part::Text(text.into())] }],
        form: Form::Text,
        max_tokens: 1_000,
        temperature: None,
        top_p: None,
        stream: false,
        extra: None,
    }
}

const COST: i64 = 100 * 2 + 10 * 10;
const AT_MOST: i64 = 500 * 2 + 1_000 * 10;

fn about(request: &Request) -> About {
    let each = |nano: i64| Money::from_nano_usd(nano * 1_000_000);
    About {
        task: "describe".into(),
        media: "m".into(),
        key: request_key(request, "1"),
        price: Price { input: each(2), output: each(10), cache_read: each(1), cache_write: each(2), per_picture: each(0) },
        estimate_input_tokens: 500,
        fresh: false,
    }
}

fn gate() -> Gate {
    Gate::new(Limits { requests_per_minute: Some(1_000_000), tokens_per_minute: None, at_once: 64, output_burn: 1 })
}

struct World {
    models: Scripted,
    ledger: Ledger,
    gate: Gate,
    clock: Quick,
}

impl World {
    fn saying(says: impl IntoIterator<Item = Said>) -> Self {
        let models = Scripted { says: Mutex::new(says.into_iter().collect()), ..Scripted::default() };
        Self { models, ledger: Ledger::default(), gate: gate(), clock: Quick::default() }
    }

    fn caller(&self, cap: Option<i64>) -> Caller<'_> {
        Caller::new(&self.models, &self.ledger, &self.gate, cap.map(Money::from_nano_usd), &self.clock)
    }

    fn asked(&self) -> usize {
        self.models.asked.lock().unwrap().len()
    }

    fn cost(&self) -> i64 {
        let spent = self.ledger.spent().unwrap();
        assert_eq!(spent.held, Money::default(), "nothing stays held back");
        spent.cost.nano_usd()
    }
}

#[test]
fn calls_are_made_again_as_their_ends_say() {
    let check = |name: &str, says: Vec<Said>, asked: usize, cost: i64, ends: &str| {
        let world = World::saying(says);
        let request = request("what is seen?");
        let caller = world.caller(None);
        let said = match caller.ask(&about(&request), &request, &Job::quiet()) {
            Ok(asked) => asked.answer.text,
            Err(error) => error.to_string(),
        };
        assert!(said.contains(ends), "{name}: {said}");
        assert_eq!((world.asked(), world.cost()), (asked, cost), "{name}");
        assert_eq!(world.ledger.0.lock().unwrap().calls.len(), asked, "{name}: each attempt has its line");
    };
    check("answered", vec![], 1, COST, "yes");
    check("throttled often", (0..30).map(|_| throttled()).collect(), 31, COST, "yes");
    check("broken three times", vec![broken(false), broken(true), broken(false)], 4, AT_MOST + COST, "yes");
    check("broken four times", (0..4).map(|_| broken(true)).collect(), 4, 4 * AT_MOST, "cut");
    check("wrong request", vec![Err(failed("nova", false))], 1, 0, "Sign in again");
    check("too long", vec![answer("ye", Stop::Length)], 1, COST, "cut off at 1000 tokens");
    check("refused", vec![answer("", Stop::Refused)], 1, COST, "declined");
    check("cancelled", vec![Err(Cancelled.into())], 1, AT_MOST, "cancelled");
}

#[test]
fn what_was_answered_is_never_paid_for_twice() {
    for (says, fine) in [(answer("yes", Stop::End), true), (answer("", Stop::Refused), false), (answer("y", Stop::Length), false)] {
        let world = World::saying([says]);
        let (request, job) = (request("what is seen?"), Job::quiet());
        let first = world.caller(None).ask(&about(&request), &request, &job);
        let again = world.caller(None).ask(&about(&request), &request, &job);
        assert_eq!((first.is_ok(), again.is_ok(), world.asked()), (fine, fine, 1));
        if let Ok(again) = again {
            assert!(again.from_cache && again.attempts == 0 && again.cost == Money::default());
        }
        // Asked anew it is paid for once more, but once in this run.
        let (caller, fresh) = (world.caller(None), About { fresh: true, ..about(&request) });
        assert!(!caller.ask(&fresh, &request, &job).unwrap().from_cache);
        assert!(caller.ask(&fresh, &request, &job).unwrap().from_cache);
        assert_eq!(world.asked(), 2);
    }
}

#[test]
fn threads_that_ask_the_same_pay_once() {
    let world = World::saying([throttled(), broken(false)]);
    let (request, caller) = (request("what is seen?"), world.caller(None));
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..16).map(|_| scope.spawn(|| caller.ask(&about(&request), &request, &Job::quiet()).unwrap())).collect();
        let asked: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        assert_eq!(asked.iter().filter(|asked| !asked.from_cache).count(), 1);
        assert!(asked.iter().all(|asked| asked.answer.text == "yes"));
    });
    assert_eq!((world.asked(), world.cost()), (3, COST));
}

#[test]
fn an_answer_that_does_not_fit_is_mended_once() {
    let number = |text: &str| text.parse::<u32>().map_err(|error| error.to_string());
    let check = |says: &[&str], made: Option<u32>, asked: usize| {
        let world = World::saying(says.iter().map(|text| answer(text, Stop::End)));
        let (request, job) = (request("how many?"), Job::quiet());
        for round in 0..2 {
            let got = world.caller(None).ask_checked(&about(&request), &request, &job, &number);
            match (&got, made) {
                (Ok((number, got)), Some(made)) => assert!(*number == made && got.from_cache == (round == 1), "{got:?}"),
                (Err(CallError::Unfit { answer, complaint, .. }), None) => {
                    assert!(answer == says[1] && complaint.contains("invalid digit"), "{got:?}");
                }
                _ => panic!("{says:?}: {got:?}"),
            }
        }
        // Resumed, neither the answer nor what mended it is paid for again.
        assert_eq!((world.asked(), world.cost()), (asked, COST * asked as i64), "{says:?}");
        let requests = world.models.asked.lock().unwrap();
        if let Some(mended) = requests.get(1) {
            let roles: Vec<_> = mended.turns.iter().map(|turn| turn.role).collect();
            assert_eq!(roles, [Role::User, Role::Assistant, Role::User]);
            assert!(matches!(&mended.turns[1].parts[0], Part::Text(text) if !text.is_empty()));
            assert!(matches!(&mended.turns[2].parts[0], Part::Text(text) if text.contains("can't be used")));
        }
    };
    check(&["7"], Some(7), 1);
    check(&["seven", "7"], Some(7), 2);
    check(&["seven", "sieben"], None, 2);
}

#[test]
fn the_cap_holds_and_money_that_comes_free_is_waited_for() {
    // Two calls at most fit under the cap at once, but all of them do one after another.
    let mut world = World::saying([]);
    let job = Job::quiet();
    let caller = world.caller(Some(2 * AT_MOST + 5 * COST));
    std::thread::scope(|scope| {
        for n in 0..6 {
            let (caller, job) = (&caller, &job);
            scope.spawn(move || {
                let request = request(&n.to_string());
                caller.ask(&about(&request), &request, job).unwrap();
            });
        }
    });
    drop(caller);
    assert_eq!((world.asked(), world.cost()), (6, 6 * COST));

    // What can't fit any more stops the run, before it is asked.
    world.models = Scripted::default();
    let caller = world.caller(Some(6 * COST + AT_MOST - 1));
    let (one, two) = (request("one"), request("two"));
    assert!(matches!(caller.ask(&about(&one), &one, &job), Err(CallError::Runs(RunsError::Cap { .. }))));
    let stopped = caller.ask(&about(&two), &two, &job).unwrap_err();
    assert!(stopped.ends_run() && stopped.to_string().contains("cap"), "{stopped}");
    assert_eq!(world.asked(), 0);
}

#[test]
fn what_every_call_would_meet_stops_the_run() {
    let world = World::saying([Err(failed("nova", true))]);
    let (caller, job) = (world.caller(None), Job::quiet());
    for n in 0..3 {
        let request = request(&n.to_string());
        let error = caller.ask(&about(&request), &request, &job).unwrap_err();
        assert!(error.ends_run() && error.to_string().contains("Sign in again"), "{error}");
    }
    assert_eq!((world.asked(), world.cost()), (1, 0));
}

#[test]
fn a_model_that_takes_nothing_is_given_up_after_ten_minutes() {
    let mut world = World::saying([]);
    world.models.throttles_for_ever = true;
    world.gate = Gate::new(Limits { requests_per_minute: Some(u32::MAX), tokens_per_minute: None, at_once: 4, output_burn: 1 });
    let request = request("what is seen?");
    let error = world.caller(None).ask(&about(&request), &request, &Job::quiet()).unwrap_err();
    assert!(matches!(error, CallError::Busy { minutes: 10, .. }), "{error}");
    assert!(world.asked() < 200, "{} requests in ten minutes", world.asked());
}

#[test]
fn a_key_names_all_that_is_sent() {
    let bytes = |content: &[u8]| -> Arc<[u8]> { content.into() };
    let picture = |format, content: &[u8], width| Part::Picture { format, width, height: 2, bytes: bytes(content), at: None };
    let document = |kind: &str, name: &str| Part::Document { kind: kind.into(), name: name.into(), bytes: bytes(b"d"), tokens: None };
    let video = |kind: &str, content: &[u8]| Part::Video {
        kind: kind.into(),
        length: plumbline_core::Delta::from_us(1_000_000),
        bytes: bytes(content),
    };
    let tool = |name: &str, description: &str, schema: serde_json::Value, forced| Form::Tool {
        name: name.into(),
        description: description.into(),
        schema,
        forced,
    };
    let schema = |name: &str, schema: serde_json::Value| Form::Schema { name: name.into(), schema };
    let one = |part: Part| Request { turns: vec![Turn { role: Role::User, parts: vec![part] }], ..request("") };
    let two = |a: &str, b: &str| {
        let parts = vec![Part::Text(a.into()), Part::Text(b.into())];
        Request { turns: vec![Turn { role: Role::User, parts }], ..request("") }
    };
    let plain = request("a");
    let mut said_by_model = plain.clone();
    said_by_model.turns[0].role = Role::Assistant;
    let all = [
        plain.clone(),
        said_by_model,
        Request { model: "claude".into(), ..plain.clone() },
        Request { system: vec![Part::Text("a".into())], turns: vec![], ..plain.clone() },
        Request { system: vec![Part::Text("a".into())], ..plain.clone() },
        Request { turns: vec![plain.turns[0].clone(), plain.turns[0].clone()], ..plain.clone() },
        Request { max_tokens: 999, ..plain.clone() },
        Request { temperature: Some(0.0), ..plain.clone() },
        Request { temperature: Some(0.5), ..plain.clone() },
        Request { top_p: Some(0.5), ..plain.clone() },
        Request { stream: true, ..plain.clone() },
        Request { extra: Some(json!({"k": 1})), ..plain.clone() },
        Request { extra: Some(json!({"k": 2})), ..plain.clone() },
        Request { form: schema("s", json!({})), ..plain.clone() },
        Request { form: schema("t", json!({})), ..plain.clone() },
        Request { form: schema("s", json!({"type": "object"})), ..plain.clone() },
        Request { form: tool("s", "", json!({}), false), ..plain.clone() },
        Request { form: tool("t", "", json!({}), false), ..plain.clone() },
        Request { form: tool("s", "d", json!({}), false), ..plain.clone() },
        Request { form: tool("s", "", json!({"type": "object"}), false), ..plain.clone() },
        Request { form: tool("s", "", json!({}), true), ..plain.clone() },
        two("ab", "c"),
        two("a", "bc"),
        one(Part::CachePoint),
        one(picture(PictureFormat::Png, b"p", 2)),
        one(picture(PictureFormat::Jpeg, b"p", 2)),
        one(picture(PictureFormat::Png, b"q", 2)),
        one(document("pdf", "n")),
        one(document("txt", "n")),
        one(document("pdf", "m")),
        one(video("mp4", b"v")),
        one(video("mov", b"v")),
        one(video("mp4", b"w")),
    ];
    let mut keys: HashSet<String> = all.iter().map(|request| request_key(request, "1")).collect();
    keys.insert(request_key(&plain, "2"));
    assert_eq!(keys.len(), all.len() + 1, "each difference makes another key");
    assert_eq!(request_key(&plain, "1"), request_key(&plain.clone(), "1"));

    let mut told = one(picture(PictureFormat::Png, b"p", 3));
    if let Part::Picture { at, .. } = &mut told.turns[0].parts[0] {
        *at = Some(MediaTime::from_us(5));
    }
    assert!(keys.contains(&request_key(&told, "1")), "what is only told of a picture is not sent");
}

const TEXT_COST: i64 = 100 * 2;
const TEXT_AT_MOST: i64 = 500 * 2;
const PICTURE_COST: i64 = 7;

fn meaning(what: Meaning) -> (About, Embed) {
    let embed = Embed { model: "titan".into(), what, dimensions: 4, purpose: Purpose::Found };
    let about = about(&request(""));
    let price = Price { per_picture: Money::from_nano_usd(PICTURE_COST), ..about.price };
    (About { key: embed_key(&embed), price, ..about }, embed)
}

fn text(text: &str) -> (About, Embed) {
    meaning(Meaning::Text(text.into()))
}

fn picture() -> (About, Embed) {
    meaning(Meaning::Picture(PictureFormat::Png, b"png"[..].into()))
}

#[test]
fn vectors_are_asked_for_as_answers_are() {
    let check = |name: &str, (about, embed): (About, Embed), says: Vec<Meant>, asked: usize, cost: i64, ends: &str| {
        let world = World::saying([]);
        *world.models.embeds.lock().unwrap() = says.into();
        let said = match world.caller(None).embed(&about, &embed, &Job::quiet()) {
            Ok(asked) => format!("{:?}", asked.answer.vector),
            Err(error) => error.to_string(),
        };
        assert!(said.contains(ends), "{name}: {said}");
        let calls = world.ledger.0.lock().unwrap().calls.len();
        assert_eq!((world.models.embedded.lock().unwrap().len(), world.cost(), calls), (asked, cost, asked), "{name}");
    };
    const VECTOR: &str = "[0.25, 0.25, 0.25, 0.25]";
    check("a text", text("a"), vec![], 1, TEXT_COST, VECTOR);
    check("a picture", picture(), vec![], 1, PICTURE_COST, VECTOR);
    check("throttled often", text("a"), (0..30).map(|_| throttled()).collect(), 31, TEXT_COST, VECTOR);
    check("broken three times", text("a"), vec![broken(false), broken(true), broken(false)], 4, TEXT_AT_MOST + TEXT_COST, VECTOR);
    check("broken four times", picture(), (0..4).map(|_| broken(true)).collect(), 4, 4 * PICTURE_COST, "cut");
    check("wrong request", text("a"), vec![Err(failed("titan", false))], 1, 0, "Sign in again");
}

#[test]
fn vectors_are_kept_and_the_cap_holds_for_them() {
    let (world, job) = (World::saying([]), Job::quiet());
    for (n, (about, embed)) in [text("a"), text("b"), picture()].iter().enumerate() {
        let first = world.caller(None).embed(about, embed, &job).unwrap();
        let again = world.caller(None).embed(about, embed, &job).unwrap();
        assert!(!first.from_cache && again.from_cache && again.answer.vector == first.answer.vector);
        assert_eq!(world.models.embedded.lock().unwrap().len(), n + 1);
    }
    let spent = world.cost();
    let caller = world.caller(Some(spent + TEXT_AT_MOST - 1));
    let (about, embed) = text("c");
    assert!(matches!(caller.embed(&about, &embed, &job), Err(CallError::Runs(RunsError::Cap { .. }))));
    assert_eq!((world.models.embedded.lock().unwrap().len(), world.cost()), (3, spent));
    // What is kept is no vector of this length: it is asked for anew.
    world.ledger.0.lock().unwrap().answers.insert(about.key.clone(), vec![1, 2, 3]);
    assert!(!world.caller(None).embed(&about, &embed, &job).unwrap().from_cache);
}

#[test]
fn a_key_names_all_that_is_asked_of_an_embedding_model() {
    let (_, plain) = text("a");
    let picture = |format| Embed { what: Meaning::Picture(format, b"a"[..].into()), ..plain.clone() };
    let all = [
        plain.clone(),
        Embed { model: "nova".into(), ..plain.clone() },
        Embed { dimensions: 8, ..plain.clone() },
        Embed { purpose: Purpose::Finds, ..plain.clone() },
        text("b").1,
        picture(PictureFormat::Png),
        picture(PictureFormat::Jpeg),
    ];
    assert_eq!(all.iter().map(embed_key).collect::<HashSet<_>>().len(), all.len());
}
