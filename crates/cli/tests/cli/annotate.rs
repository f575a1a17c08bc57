//! Annotations by models, which a stand-in for Bedrock plays: from a video to what people review.

use crate::harness::{Server, ask, python, root};
use crate::{Room, text};
use serde_json::{Value, json};
use std::process::Command;

/// A model whose answers the service holds to a schema.
const MODEL: &str = "us.anthropic.claude-haiku-4-5-20251001-v1:0";

/// A project with the sample, and a Bedrock that stands on this machine.
pub struct Studio {
    pub room: Room,
    bedrock: Server,
}

impl Studio {
    pub fn new() -> Self {
        let room = Room::with_sample();
        room.run("import p.plumbline bridge.mp4 bridge.transcribe.json", 0);
        let bedrock = Server::start(Command::new(python("python")).arg(root().join("crates/aws/tests/aws/bedrock_stand_in.py")).arg("0"));
        Self { room, bedrock }
    }

    pub fn control(&self, what: &str, body: &Value) {
        ask(&self.bedrock, "control", ("POST", &format!("/_ctl/{what}")), "", body.to_string().as_bytes());
    }

    pub fn log(&self) -> Vec<Value> {
        serde_json::from_str(&ask(&self.bedrock, "control", ("GET", "/_ctl/log"), "", b"")).unwrap()
    }

    /// How many answers the service charged for.
    pub fn paid(&self) -> usize {
        self.log().iter().filter(|call| call["paid"] == json!(true)).count()
    }

    fn command(&self, more: &str) -> Command {
        self.command_of(&format!("annotate p.plumbline {more}"))
    }

    /// `plumbline ARGUMENTS` with the stand-in as its account.
    pub fn command_of(&self, arguments: &str) -> Command {
        let mut command = self.room.command(arguments);
        command.args(["--region", "us-east-1", "--endpoint", &self.bedrock.url]);
        command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "never-to-be-told").env("AWS_EC2_METADATA_DISABLED", "true");
        command
    }

    /// What it prints on standard output, and on standard error.
    fn run(&self, more: &str, code: i32) -> (String, String) {
        let output = self.command(more).output().unwrap();
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "annotate {more}\n{out}\n{err}");
        assert!(!err.contains("never-to-be-told") && !out.contains("never-to-be-told"));
        (out, err)
    }

    fn json(&self, more: &str, code: i32) -> Value {
        let (out, err) = self.run(&format!("{more} --json"), code);
        serde_json::from_str(&out).unwrap_or_else(|e| panic!("{e}: {out}{err}"))
    }

    /// The project's annotations, as they are exported.
    pub fn annotations(&self) -> Vec<Value> {
        self.room.run("export p.plumbline --format annotations --out out", 0);
        self.room.read_json("out/bridge.annotations.json")["annotations"].as_array().unwrap().clone()
    }

    /// Forgets what was asked and answered.
    fn forget(&self) {
        for name in std::fs::read_dir(self.room.path("")).unwrap().flatten().map(|e| e.file_name().into_string().unwrap()) {
            if name.starts_with("p.runs") {
                std::fs::remove_file(self.room.path(&name)).unwrap();
            }
        }
        self.control("reset", &json!({}));
    }
}

fn describe(more: &str) -> String {
    format!("--task describe --model {MODEL} {more}")
}

#[test]
fn from_a_video_to_annotations_that_people_review() {
    let studio = Studio::new();
    let planned = studio.json(&describe("--dry-run"), 0);
    let windows = planned["media"][0]["windows"].as_u64().unwrap();
    assert!(windows > 2 && planned["at_most_nano_usd"].as_u64().unwrap() > 1_000_000, "{planned}");
    assert!(studio.log().is_empty(), "a dry run sends nothing");

    let done = studio.json(&describe(""), 0);
    assert_eq!((done["media"][0]["windows"].as_u64(), done["media"][0]["from_cache"].as_u64()), (Some(windows), Some(0)), "{done}");
    assert!(done["spent_nano_usd"].as_u64() <= planned["at_most_nano_usd"].as_u64());
    let annotations = studio.annotations();
    assert!(annotations.len() > windows as usize / 2);
    for a in &annotations {
        assert_eq!((&a["source"], &a["prompt"]), (&json!(MODEL), &json!("describe@1")), "{a}");
        assert!(a["start_us"].as_i64() < a["end_us"].as_i64(), "{a}");
    }
    assert!(annotations.iter().any(|a| a["region"].is_object()));
    let flags = studio.room.json("check p.plumbline --json", 3);
    assert!(flags["media"][0]["flags"].as_array().is_some_and(|all| !all.is_empty()), "{flags}");

    // Asked again, nothing is sent, and nothing is there twice.
    let (paid, again) = (studio.paid(), studio.json(&describe(""), 0));
    assert_eq!((again["media"][0]["from_cache"].as_u64(), studio.paid()), (Some(windows), paid));
    assert_eq!(studio.annotations(), annotations);
    let ledger = studio.room.json("ledger p.plumbline --json", 0);
    assert_eq!(ledger["spent"]["done"].as_u64(), Some(paid as u64));
}

#[test]
fn faults_on_the_way_change_nothing_in_the_end() {
    let studio = Studio::new();
    studio.run(&describe(""), 0);
    let (whole, asked) = (studio.annotations(), studio.paid());
    let run = |kinds: &[&str], stream: &str| {
        studio.forget();
        studio.control("faults", &json!({ "queue": kinds }));
        studio.run(&describe(stream), 0);
        let mended = kinds.iter().filter(|kind| ["wrong_schema", "not_json"].contains(kind)).count();
        // What is mended is the answer to another request, and so may say something else.
        if mended == 0 {
            assert_eq!(studio.annotations(), whole, "{kinds:?} {stream}");
        }
        let met = studio.log().iter().filter(|call| !call["fault"].is_null()).count();
        assert_eq!(met, kinds.len(), "every fault was met");
        // An answer that did not fit was paid for and mended.
        let done = studio.room.json("ledger p.plumbline --json", 0)["spent"]["done"].as_u64();
        assert_eq!(done, Some((asked + mended) as u64), "{kinds:?} {stream}");
    };
    for kind in ["throttle", "500", "503", "408", "424", "reset", "truncate", "wrong_schema", "not_json"] {
        run(&[kind], "");
    }
    for kind in ["stream_error", "stream_cut", "throttle", "not_json"] {
        run(&[kind], "--stream");
    }
    run(&["throttle", "500", "not_json", "throttle", "reset"], "");
}

#[test]
fn what_is_told_of_speech_is_held_against_it_by_meaning() {
    let studio = Studio::new();
    let compared = |studio: &Studio| studio.annotations().iter().filter(|a| a["meaning"].is_number()).count();
    let task = format!("--task summarise --model {MODEL}");
    studio.run(&task, 0);
    assert_eq!(compared(&studio), 0, "only where it is asked for");
    let asked = studio.paid();
    // Vectors wait and are asked for again as answers are.
    studio.control("faults", &json!({"queue": [{"kind": "throttle", "model": "titan"}, {"kind": "500", "model": "titan"}]}));
    studio.run(&format!("{task} --meaning amazon.titan-embed-text-v2:0"), 0);
    assert!(compared(&studio) > 0 && studio.paid() > asked);
    let paid = studio.paid();
    studio.run(&format!("{task} --meaning amazon.titan-embed-text-v2:0"), 0);
    assert_eq!(studio.paid(), paid, "nothing is paid for twice");
    let (_, err) = studio.run(&format!("{task} --meaning {MODEL}"), 1);
    assert!(err.contains("embedding model") && err.contains("amazon.titan-embed-text-v2:0"), "{err}");
}

#[test]
fn a_window_without_an_answer_takes_nothing_from_the_others() {
    let studio = Studio::new();
    studio.control("faults", &json!({ "queue": ["refusal"] }));
    let (_, err) = studio.run(&describe("--at-once 1"), 4);
    assert!(err.contains("declined to answer. Ask another model, or describe this stretch by hand"), "{err}");
    assert!(!studio.annotations().is_empty());
    // A refusal would come again; it is not paid for again until somebody wants it anew.
    let paid = studio.paid();
    studio.run(&describe(""), 4);
    assert_eq!(studio.paid(), paid);
    studio.run(&describe("--again"), 0);
    assert!(studio.paid() > paid);
}

#[test]
fn what_every_call_would_meet_ends_the_run_with_what_to_do() {
    let studio = Studio::new();
    studio.control("faults", &json!({ "queue": ["403"] }));
    let (_, err) = studio.run(&describe("--at-once 1"), 1);
    assert!(err.contains("expired") && err.contains("aws sso login"), "{err}");
    assert_eq!(studio.log().len(), 1, "nothing more is asked");
    let (_, err) = studio.run(&describe("--cap 0.0001"), 1);
    assert!(err.contains("The cap of $0.0001 is reached"), "{err}");
    assert_eq!(studio.paid(), 0);
    for (arguments, part) in [
        ("--task describe --model nobody.knows", "nothing is known of the model nobody.knows"),
        (&*format!("--task answer --model {MODEL}"), "Ask one with --question"),
        (&*format!("--task extract --model {MODEL}"), "Name its file with --schema"),
        (&*describe("--document bridge.mp4"), "no documents of this kind"),
    ] {
        let (_, err) = studio.run(arguments, 1);
        assert!(err.contains(part), "{arguments}: {err}");
    }
}

#[test]
fn a_run_that_is_killed_is_gone_on_with_and_pays_nothing_twice() {
    let studio = Studio::new();
    studio.run(&describe(""), 0);
    let (whole, asked) = (studio.annotations(), studio.paid());
    studio.forget();
    studio.room.run("export p.plumbline --format annotations --out out", 0);
    for answered in 1..3 {
        studio.control("latency", &json!({ "ms": 150 }));
        let mut child = studio.command(&describe("--at-once 1")).spawn().unwrap();
        while studio.log().len() <= answered {
            assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    studio.control("latency", &json!({ "ms": 0 }));
    studio.run(&describe(""), 0);
    assert_eq!(studio.annotations(), whole);
    let ledger = studio.room.json("ledger p.plumbline --count 100 --json", 0);
    assert_eq!(ledger["spent"]["done"].as_u64(), Some(asked as u64), "{ledger}");
    // A call that was under way when it was killed may have been charged for: it counts at its most.
    assert!(studio.paid() <= asked + 2);
}

#[test]
fn every_task_is_asked_and_its_answers_are_annotations() {
    let studio = Studio::new();
    std::fs::write(
        studio.room.path("schema.json"),
        r#"{"type":"object","properties":{"part":{"type":"string"}},"required":["part"],"additionalProperties":false}"#,
    )
    .unwrap();
    std::fs::write(studio.room.path("notes.md"), "# Piers\nThe bridge has nine piers.").unwrap();
    for (arguments, label) in [
        ("--task text", "text"),
        ("--task answer --question What_leans?", "answer"),
        ("--task summarise --document notes.md", "summary"),
        ("--task moderate", ""),
        ("--task extract --schema schema.json", "record"),
    ] {
        // Amazon's own model is told by a tool, this one by its schema.
        for model in [MODEL, "us.amazon.nova-2-lite-v1:0"] {
            studio.run(&format!("{arguments} --model {model}"), 0);
            let of_task = studio
                .annotations()
                .into_iter()
                .filter(|a| a["source"] == json!(model) && (label.is_empty() || a["label"] == json!(label)));
            assert!(of_task.count() > 0, "{arguments} {model}");
        }
    }
    let annotations = studio.annotations();
    assert!(annotations.iter().any(|a| a["whole"] == json!(true) && a["label"] == json!("answer")));
    assert!(annotations.iter().any(|a| a["record"]["part"].is_string()));
}

#[test]
fn a_model_that_looks_at_video_is_sent_video() {
    let studio = Studio::new();
    let lite = "--task describe --video --model us.amazon.nova-2-lite-v1:0";
    let (_, err) = studio.run(&describe("--video"), 1);
    assert!(err.contains("takes no video") && studio.log().is_empty(), "{err}");
    studio.run(lite, 0);
    let asked = studio.log();
    assert!(!asked.is_empty());
    for call in asked {
        assert_eq!((&call["videos"], &call["images"], &call["status"]), (&json!(1), &json!(0), &json!(200)), "{call}");
    }
    assert!(!studio.annotations().is_empty());
    // A clip has the same bytes each time, so that what was paid for is found again.
    let paid = studio.paid();
    studio.run(lite, 0);
    assert_eq!(studio.paid(), paid);
}

#[test]
fn answers_are_recorded_and_said_again() {
    let studio = Studio::new();
    studio.run(&describe("--record answers"), 0);
    let (whole, asked) = (studio.annotations(), studio.log().len());
    studio.room.run("import q.plumbline bridge.mp4 bridge.transcribe.json", 0);
    studio.room.run(&format!("annotate q.plumbline --answers answers {}", describe("")), 0);
    studio.room.run("export q.plumbline --format annotations --out again", 0);
    assert_eq!(studio.room.read_json("again/bridge.annotations.json")["annotations"].as_array().unwrap(), &whole);
    assert_eq!(studio.log().len(), asked);
}

/// The first request of a dry run, as people read it.
fn first_request(studio: &Studio, more: &str) -> (Value, String) {
    let planned = studio.json(&format!("--task describe {more} --dry-run --requests sent"), 0);
    let mut sent: Vec<_> = std::fs::read_dir(studio.room.path("sent")).unwrap().flatten().map(|e| e.path()).collect();
    sent.sort();
    let first = std::fs::read_to_string(&sent[0]).unwrap();
    std::fs::remove_dir_all(studio.room.path("sent")).unwrap();
    (planned["media"][0]["documents"].clone(), first)
}

#[test]
fn documents_of_the_media_go_along_as_the_model_takes_them() {
    let studio = Studio::new();
    let pages = crate::documents::pdf(&["The old gauge <b>", "Rivets"]);
    std::fs::write(studio.room.path("plan.pdf"), &pages).unwrap();
    std::fs::write(studio.room.path("terms.md"), "</document> rivet: a pin of steel").unwrap();
    studio.room.run("attach p.plumbline --media bridge.mp4 plan.pdf terms.md", 0);

    let (told, request) = first_request(&studio, &format!("--model {MODEL}"));
    assert_eq!(told, json!(["plan.pdf: as it is", "terms.md: as it is"]));
    assert!(request.contains(&format!("[pdf document Document 1, {} bytes]", pages.len())), "{request}");
    assert!(request.contains("[md document Document 2, 33 bytes]") && request.contains("Documents that belong to the media come along"));

    let (told, request) = first_request(&studio, "--model qwen.qwen3-vl-235b-a22b");
    assert_eq!(told, json!(["plan.pdf: 2 pages as pictures and its text", "terms.md: its text"]));
    let at = |text: &str| request.find(text).unwrap_or_else(|| panic!("{text} is not in {request}"));
    assert!(at("page 1 of this document") < at("page 2 of this document") && at("page 2") < at("<document name=\"plan.pdf\">"));
    assert!(
        at("The old gauge &lt;b&gt;") < at("<document name=\"terms.md\">") && at("&lt;/document&gt; rivet") < at("The documents end here")
    );
    assert!(at("The documents end here") < request.rfind("[picture of").unwrap());

    let (told, request) = first_request(&studio, &format!("--model {MODEL} --no-documents"));
    assert!(told.as_array().unwrap().is_empty() && !request.contains("document Document"), "{request}");

    // The service takes such requests, and the same question is not paid for twice; with other documents it is another question.
    let windows = studio.json(&describe(""), 0)["media"][0]["windows"].clone();
    assert_eq!(studio.json(&describe(""), 0)["media"][0]["from_cache"], windows);
    assert!(studio.json(&describe("--dry-run"), 0)["media"][0]["kept"].as_u64() > Some(0));
    studio.room.run("detach p.plumbline --media bridge.mp4 plan.pdf", 0);
    assert_eq!(studio.json(&describe("--dry-run"), 0)["media"][0]["kept"], json!(0));
}

#[test]
fn a_dry_run_tells_what_comparing_by_meaning_costs_at_most() {
    let studio = Studio::new();
    let summarise = format!("--task summarise --model {MODEL}");
    let meaning = format!("{summarise} --meaning amazon.titan-embed-text-v2:0");
    let nano = |told: &Value, key: &str| told[key].as_i64().unwrap_or_else(|| panic!("{key}: {told}"));
    let (alone, planned) = (studio.json(&format!("{summarise} --dry-run"), 0), studio.json(&format!("{meaning} --dry-run"), 0));
    let comparing = nano(&planned, "comparing_nano_usd");
    assert_eq!(
        (nano(&alone, "comparing_nano_usd"), &alone["meaning"], &planned["meaning"]),
        (0, &json!(null), &json!("amazon.titan-embed-text-v2:0"))
    );
    assert!(comparing > 0, "{planned}");
    assert_eq!(nano(&planned, "at_most_nano_usd"), nano(&alone, "at_most_nano_usd") + comparing);
    assert_eq!(nano(&planned["media"][0], "comparing_nano_usd"), comparing);
    let (told, _) = studio.run(&format!("{meaning} --dry-run"), 0);
    assert!(told.contains("what is told of speech is compared with it by amazon.titan-embed-text-v2:0, for $"), "{told}");
    assert!(studio.log().is_empty(), "a dry run sends nothing");

    studio.run(&meaning, 0);
    let (embedded, asked): (Vec<Value>, Vec<Value>) = studio.log().into_iter().partition(|call| call["op"] == json!("invoke"));
    assert!(embedded.len() > 2 && !asked.is_empty());
    // By the list price, 20 billionths of a dollar for a token.
    let spent: i64 = embedded.iter().map(|call| call["input"].as_i64().unwrap() * 20).sum();
    assert!(spent > 0 && spent <= comparing, "{spent} of {comparing}");

    // Where nothing is told of speech, nothing is compared; where the price is not known, that is said.
    let describe = studio.json(&describe("--meaning amazon.titan-embed-text-v2:0 --dry-run"), 0);
    assert_eq!(nano(&describe, "comparing_nano_usd"), 0);
    let own = "[[model]]\nid = \"amazon.titan-embed-text-v2:0\"\nname = \"Mine\"\nkind = \"embed\"\ndimensions = [256]\n";
    std::fs::write(studio.room.path("own.toml"), own).unwrap();
    let (told, _) = studio.run(&format!("{meaning} --models own.toml --dry-run"), 0);
    assert!(told.contains("compared with it by amazon.titan-embed-text-v2:0, at a price that is not known"), "{told}");
    // What pictures cost is of no matter: only texts are compared.
    studio.run(&format!("{summarise} --meaning us.cohere.embed-v4:0 --cap 5"), 0);
}
