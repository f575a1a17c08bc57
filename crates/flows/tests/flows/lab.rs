//! The lab: what is held out stays unseen, and what is promoted is held against what is in use.

use super::{Room, SAMPLE};
use plumbline_adapters::{LocalModels, MemoryRuns};
use plumbline_core::MediaTime;
use plumbline_core::lab::{Clip, ClipSet, PromptVersion, RunPlan, Variant};
use plumbline_core::models::{Registry, Task};
use plumbline_core::prompt::Prompt;
use plumbline_flows::lab::view::Standing;
use plumbline_flows::lab::{self as flow, Asker, At, Given};
use plumbline_pipeline::Job;
use plumbline_pipeline::calls::{Caller, RealClock};
use plumbline_pipeline::limiter::{Gate, Limits};
use plumbline_project::{MediaId, Op};

/// The sample with its review done, and a set whose second clip is held out; the set's id.
fn reviewed(room: &Room) -> (MediaId, String) {
    let media = room.import_one(&room.sample(&SAMPLE));
    let clip = |from: i64, holdout| Clip {
        media: media.0.clone(),
        start: MediaTime::from_ms(from * 1_000),
        end: MediaTime::from_ms((from + 20) * 1_000),
        holdout,
    };
    let set = ClipSet {
        name: "two".into(),
        clips: vec![clip(0, false), clip(40, true)],
        labels: vec![],
        chosen: String::new(),
        note: String::new(),
    };
    let desk = room.desk();
    let mut project = desk.project();
    project.apply(Op::Finish { media: media.clone(), finished: true }, &desk.by).unwrap();
    project.apply(Op::KeepClips(set), &desk.by).unwrap();
    let id = project.clip_sets().unwrap().remove(0).id;
    drop(project);
    (media, id)
}

/// Two versions that read text on this machine; the first comes with Plumbline.
fn versions() -> [PromptVersion; 2] {
    let mut one = PromptVersion::bare(Prompt::built_in(Task::Text).unwrap());
    let mut other = one.clone();
    other.prompt.version = 2;
    other.prompt.parameters = serde_json::json!({ "least_confidence": 0.95 }).as_object().cloned();
    (one.model, other.model) = (Some("local.tesseract".into()), Some("local.tesseract".into()));
    [one, other]
}

#[test]
fn what_is_held_out_is_not_seen_while_a_prompt_is_written() {
    let room = Room::new();
    let (media, set) = reviewed(&room);
    let (desk, registry, runs) = (room.desk(), Registry::read(None).unwrap(), MemoryRuns::default());
    let model = registry.model("local.tesseract").unwrap();
    let (local, clock, gate) = (LocalModels::default(), RealClock::default(), Gate::new(Limits::of(model, 1)));
    let caller = Caller::new(&local, &runs, &gate, None, &clock);
    let asker = Asker { model, caller: &caller, at_once: 1 };
    let [draft, _] = versions();
    for (from, hidden) in [(0, false), (30, true), (45, true), (60, false)] {
        let at = At { media: media.0.clone(), start: MediaTime::from_ms(from * 1_000), end: MediaTime::from_ms((from + 15) * 1_000) };
        let rendered = flow::render(&desk, &draft, model, &Given::default(), &at, &runs, &Job::quiet()).unwrap();
        assert_eq!(rendered.problems.iter().any(|p| p.part == "clip" && p.what.contains("two")), hidden, "{from}: {:?}", rendered.problems);
        let tried = flow::try_draft(&desk, &draft, &Given::default(), &at, &asker, &Job::quiet()).unwrap();
        assert_eq!(tried.truth.is_empty(), hidden, "{from}: {:?}", tried.truth);
        assert_eq!(tried.found.iter().all(|mark| mark.standing == Standing::Unjudged), hidden || tried.found.is_empty(), "{from}");
    }

    // A run asks about all clips, and tells of those that may be seen.
    let ids: Vec<String> = versions().map(|version| flow::keep(&desk, version).unwrap()).to_vec();
    let variant = |id: &String| Variant { version: id.clone(), model: model.id.clone(), temperature: None };
    let plan = RunPlan {
        name: "strict".into(),
        set,
        variants: ids.iter().map(variant).collect(),
        repeats: 1,
        question: String::new(),
        schema: String::new(),
    };
    let known = |id: &str| registry.model(id);
    let (id, plan) = flow::begin(&desk, plan, None, &known).unwrap();
    flow::run(&desk, &id, &plan, &[asker], &Job::quiet()).unwrap();
    assert_eq!(desk.project().run(&id).unwrap().tries.len(), 4);
    assert_eq!(flow::grid(&desk, &id, 0).unwrap().rows.len(), 1);
    for refused in
        [flow::clip_view(&desk, &id, 1, 0).map(|_| ()), flow::raw_calls(&desk, &id, (1, 0, 0), &known, &runs, &Job::quiet()).map(|_| ())]
    {
        assert!(refused.unwrap_err().to_string().contains("held out"));
    }
    assert_eq!(flow::blind_pair(&desk, &id, 0, 1).unwrap().map(|pair| (pair.clip, pair.of)), Some((0, 1)));

    // Who chooses what is beaten could promote anything.
    let told = flow::compare(&desk, &id, 0, 1).unwrap();
    let not_in_use = "The baseline is not what the task is done with now, which is text@1.";
    assert!(told.reasons.iter().any(|why| why == not_in_use), "a version of the same name is another one: {:?}", told.reasons);
    flow::promote(&desk, &id, 1, 0, "it is what we know").unwrap();
    let told = flow::compare(&desk, &id, 0, 1).unwrap();
    assert!(!told.reasons.iter().any(|why| why.starts_with("The baseline is not")), "{:?}", told.reasons);
}
