//! The state machine of an archive, in Amazon States Language, made from the graph.
//!
//! Two kinds of tasks do the same work: an activity that workers anywhere poll, one stage of one item a task; and a job of SageMaker Processing that takes its
//! share of all items through all stages. Both end with counting what is written: a map that lost items says that it succeeded. What decodes no media may be done by
//! a Lambda function, so that it waits for no worker.

use crate::fault::Fault;
use crate::graph::{Leg, Node};
use serde_json::{Map, Value, json};

/// How the tasks of a state machine are done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tasks {
    /// By workers that poll an activity.
    Activity {
        /// Its ARN.
        arn: String,
    },
    /// By jobs of SageMaker Processing.
    Processing {
        /// The image with the program.
        image: String,
        /// The role that it runs as.
        role: String,
        /// The type of the instances, such as `ml.c5.2xlarge`.
        instance: String,
        /// How many.
        count: u32,
        /// The room of each, in GB.
        volume_gb: u32,
    },
}

/// What a state machine is made with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// How tasks are done.
    pub tasks: Tasks,
    /// The Lambda function that does [`LIGHT`] tasks, by its ARN; the others do them where there is none.
    pub light: Option<String>,
    /// So many items at once.
    pub at_once: u32,
    /// So many of a hundred items may be lost before the run ends.
    pub tolerated_percent: u32,
    /// A step takes so long at most, in seconds.
    pub longest_s: u32,
    /// A worker that says nothing for so long is taken for dead, in seconds.
    pub heartbeat_s: u32,
}

impl Wish {
    /// The usual, with these tasks.
    pub fn with(tasks: Tasks) -> Self {
        Self { tasks, light: None, at_once: 40, tolerated_percent: 5, longest_s: 6 * 3600, heartbeat_s: 90 }
    }
}

/// Tasks that decode no media where the stages before them were done: beginning an archive, its gates, and counting what is whole.
pub const LIGHT: [&str; 3] = ["manifest", "measure", "count"];

/// How often what may pass is tried.
const TRIES: u32 = 4;
/// How often jobs are started anew for what earlier ones left.
const ROUNDS: u32 = 3;

/// The definition of the state machine. Its input is `{"bucket", "prefix", "media"}`: where the archive lies, and where its media do; with `"begun": true` where its
/// manifest is written.
pub fn definition(nodes: &[Node], wish: &Wish) -> Value {
    match &wish.tasks {
        Tasks::Activity { arn } => by_item(nodes, wish, arn),
        Tasks::Processing { .. } => by_job(wish),
    }
}

fn by_item(nodes: &[Node], wish: &Wish, activity: &str) -> Value {
    let items = json!({
        "Type": "Map",
        "Comment": "Each item of the manifest, as many at once as are allowed",
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": { "InputType": "JSON" },
            "Parameters": { "Bucket.$": "$.bucket", "Key.$": "States.Format('{}manifest.json', $.prefix)" }
        },
        "ItemSelector": { "item.$": "$$.Map.Item.Value", "bucket.$": "$.bucket", "prefix.$": "$.prefix", "media.$": "$.media" },
        "MaxConcurrency": wish.at_once,
        // A number with a point: some that run state machines take no other.
        "ToleratedFailurePercentage": f64::from(wish.tolerated_percent),
        "ItemProcessor": item_processor(nodes, wish, activity),
        "ResultPath": null,
        "Catch": [{ "ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "count" }],
        "Next": "count"
    });
    let mut states = Map::new();
    let begin = Work { stage: MANIFEST, about: ABOUT_MANIFEST, of_item: false, more: json!({}) };
    states.insert(BEGUN.into(), begun("items"));
    states.insert(MANIFEST.into(), begin.at(wish, activity).then("items"));
    states.insert("items".into(), items);
    let count = Work { stage: "count", about: ABOUT_COUNT, of_item: false, more: json!({ "tolerated_percent": wish.tolerated_percent }) };
    states.insert("count".into(), count.at(wish, activity).counted("$.count").then("whole?"));
    states.extend(judged(None));
    json!({ "Comment": "Takes the items of an archive through the stages of Plumbline", "StartAt": BEGUN, "States": states })
}

const BEGUN: &str = "begun?";
const MANIFEST: &str = "manifest";
const ABOUT_MANIFEST: &str = "The archive is begun, unless it was";
const ABOUT_COUNT: &str = "What is written is counted, whatever the map says";

/// Whoever wrote the manifest says so, and nothing waits for somebody to look.
fn begun(next: &str) -> Value {
    let said = [json!({ "Variable": "$.begun", "IsPresent": true }), json!({ "Variable": "$.begun", "BooleanEquals": true })];
    json!({ "Type": "Choice", "Choices": [{ "And": said, "Next": next }], "Default": MANIFEST })
}

/// A task, whoever does it.
struct Work<'a> {
    stage: &'a str,
    about: &'a str,
    /// Of one item, not of the archive.
    of_item: bool,
    /// What is said besides.
    more: Value,
}

/// A state that does not lead anywhere yet.
struct State(Value);

impl State {
    /// Keeps what counting answered under a path.
    fn counted(mut self, path: &str) -> Self {
        self.0["ResultPath"] = json!(path);
        if self.0["Parameters"]["Payload"].is_object() {
            self.0["ResultSelector"] = json!({ "missing.$": "$.Payload.missing", "tolerated.$": "$.Payload.tolerated" });
        }
        self
    }

    /// An item whose stage fails is lost.
    fn catching(mut self) -> Value {
        self.0["Catch"] = caught();
        self.0
    }

    fn then(mut self, next: &str) -> Value {
        self.0["Next"] = json!(next);
        self.0
    }
}

impl Work<'_> {
    fn said(&self) -> Value {
        let mut said = json!({ "stage": self.stage, "bucket.$": "$.bucket", "prefix.$": "$.prefix", "media.$": "$.media" });
        if self.of_item {
            said["item.$"] = json!("$.item");
        }
        for (name, value) in self.more.as_object().into_iter().flatten() {
            said[name] = value.clone();
        }
        said
    }

    /// By a worker.
    fn by_worker(&self, wish: &Wish, activity: &str) -> State {
        State(json!({
            "Type": "Task",
            "Comment": self.about,
            "Resource": activity,
            "Parameters": self.said(),
            "TimeoutSeconds": wish.longest_s,
            "HeartbeatSeconds": wish.heartbeat_s,
            "Retry": retry(&[]),
            "ResultPath": null
        }))
    }

    /// By the function: what it answers is the result.
    fn by_function(&self, function: &str) -> State {
        State(json!({
            "Type": "Task",
            "Comment": self.about,
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": { "FunctionName": function, "Payload": self.said() },
            "TimeoutSeconds": FUNCTION_S,
            "Retry": retry(&["Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException", "Lambda.TooManyRequestsException"]),
            "ResultPath": null
        }))
    }

    /// By the function where there is one and the task is light.
    fn at(&self, wish: &Wish, activity: &str) -> State {
        match &wish.light {
            Some(function) if LIGHT.contains(&self.stage) => self.by_function(function),
            _ => self.by_worker(wish, activity),
        }
    }
}

/// A function runs no longer.
const FUNCTION_S: u32 = 900;

/// What counting comes to; `again` is the state that takes what is missing once more.
fn judged(again: Option<&str>) -> Map<String, Value> {
    let whole = json!({ "Variable": "$.count.missing", "NumericEquals": 0, "Next": "done" });
    let mut choices = vec![whole];
    if let Some(again) = again {
        choices.push(json!({ "Variable": "$.count.round", "NumericLessThan": ROUNDS, "Next": again }));
    }
    choices.push(json!({ "Variable": "$.count.tolerated", "BooleanEquals": true, "Next": "done" }));
    let states = json!({
        "whole?": { "Type": "Choice", "Choices": choices, "Default": "incomplete" },
        "incomplete": { "Type": "Fail", "Error": "Plumbline.Incomplete", "Cause": "Items are missing. `plumbline step count --json` names some; start it again once what lost them is mended" },
        "done": { "Type": "Succeed" }
    });
    states.as_object().cloned().unwrap_or_default()
}

/// What follows failures; `more` are names of others that may pass.
fn retry(more: &[&'static str]) -> Value {
    let pass: Vec<&str> = Fault::ALL.into_iter().filter(|fault| fault.may_pass()).map(Fault::name).chain(more.iter().copied()).collect();
    let ends: Vec<&str> = Fault::ALL.into_iter().filter(|fault| !fault.may_pass()).map(Fault::name).collect();
    json!([
        { "ErrorEquals": ends, "MaxAttempts": 0 },
        { "ErrorEquals": pass, "IntervalSeconds": 5, "BackoffRate": 2.0, "MaxAttempts": TRIES, "MaxDelaySeconds": 300, "JitterStrategy": "FULL" },
        { "ErrorEquals": ["States.Timeout", "States.HeartbeatTimeout"], "IntervalSeconds": 1, "BackoffRate": 1.5, "MaxAttempts": TRIES }
    ])
}

/// The stages of one item: those of both legs side by side, what needs both behind them.
fn item_processor(nodes: &[Node], wish: &Wish, activity: &str) -> Value {
    let lost = json!({ "Type": "Fail", "Error": "Plumbline.Lost", "Cause": "A stage failed for good; what it said lies under lost/ in the archive" });
    let legs: Vec<Vec<&Node>> = [Leg::Sound, Leg::Picture].map(|leg| nodes.iter().filter(|node| node.leg == leg).collect()).into();
    let before: Vec<&Node> = nodes.iter().take_while(|node| node.leg == Leg::Both).collect();
    let after: Vec<&Node> = nodes.iter().filter(|node| node.leg == Leg::Both).skip(before.len()).collect();
    let mut states = Map::new();
    let mut chain: Vec<(String, Value)> = before.iter().map(|node| (node.name.to_owned(), task(node, wish, activity))).collect();
    let mut heavy: Vec<(String, Value)> = vec![];
    let branches: Vec<Value> = legs.iter().filter(|leg| !leg.is_empty()).map(|leg| branch(leg, wish, activity)).collect();
    if !branches.is_empty() {
        let state = json!({ "Type": "Parallel", "Branches": branches, "ResultPath": null, "Catch": caught() });
        chain.push(("legs".into(), state));
    }
    for node in after {
        let mut state = task(node, wish, activity);
        // What is light as a rule may be too much for a function: then a worker does it.
        if wish.light.is_some() && LIGHT.contains(&node.name) {
            let name = format!("{} by a worker", node.name);
            state["Catch"][0]["Next"] = json!(name);
            heavy.push((name, of_node(node).by_worker(wish, activity).catching()));
        }
        chain.push((node.name.to_owned(), state));
    }
    let names: Vec<String> = chain.iter().map(|(name, _)| name.clone()).collect();
    for (n, (name, mut state)) in chain.into_iter().enumerate() {
        lead(&mut state, names.get(n + 1));
        if let Some((_, by_worker)) = heavy.iter_mut().find(|(heavy, _)| state["Catch"][0]["Next"] == **heavy) {
            lead(by_worker, names.get(n + 1));
        }
        states.insert(name, state);
    }
    states.extend(heavy);
    states.insert("lost".into(), lost);
    json!({
        "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" },
        "StartAt": names.first(),
        "States": states
    })
}

fn branch(leg: &[&Node], wish: &Wish, activity: &str) -> Value {
    let mut states = Map::new();
    for (n, node) in leg.iter().enumerate() {
        // The state around the branches catches what they throw.
        let mut state = of_node(node).by_worker(wish, activity).0;
        lead(&mut state, leg.get(n + 1).map(|next| next.name.to_owned()).as_ref());
        states.insert(node.name.to_owned(), state);
    }
    json!({ "StartAt": leg.first().map(|node| node.name), "States": states })
}

/// Where a state leads to; it is the last one where it leads nowhere.
fn lead(state: &mut Value, next: Option<&String>) {
    match next {
        Some(next) => state["Next"] = json!(next),
        None => state["End"] = json!(true),
    }
}

fn caught() -> Value {
    json!([{ "ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "lost" }])
}

fn of_node(node: &Node) -> Work<'static> {
    Work { stage: node.name, about: node.about, of_item: true, more: json!({}) }
}

fn task(node: &Node, wish: &Wish, activity: &str) -> Value {
    of_node(node).at(wish, activity).catching()
}

/// Jobs over all items: each host takes its share, and what a round left the next one takes.
fn by_job(wish: &Wish) -> Value {
    let Tasks::Processing { image, role, instance, count, volume_gb } = &wish.tasks else { return Value::Null };
    let job = |name: &str, arguments: Value, instances: u32, next: &str| {
        let s3 = |name: &str, uri: &str, path: &str| {
            json!({ "InputName": name, "S3Input": {
                "S3Uri.$": uri, "LocalPath": path, "S3DataType": "S3Prefix", "S3InputMode": "File", "S3DataDistributionType": "FullyReplicated"
            }})
        };
        json!({
            "Type": "Task",
            "Resource": "arn:aws:states:::sagemaker:createProcessingJob.sync",
            "Parameters": {
                "ProcessingJobName.$": format!("States.Format('{name}-{{}}-{{}}', States.Hash($$.Execution.Name, 'MD5'), $.round.n)"),
                "AppSpecification": { "ImageUri": image, "ContainerEntrypoint": ["plumbline"], "ContainerArguments": arguments },
                // A job is not told its region; the ARN of the state machine has it.
                "Environment": {
                    "PLUMBLINE_ARCHIVE.$": "States.Format('s3://{}/{}', $.bucket, $.prefix)", "PLUMBLINE_MEDIA.$": "$.media",
                    "AWS_REGION.$": "States.ArrayGetItem(States.StringSplit($$.StateMachine.Id, ':'), 3)"
                },
                "ProcessingInputs": [s3("manifest", "States.Format('s3://{}/{}manifest.json', $.bucket, $.prefix)", "/opt/ml/processing/input/manifest")],
                "ProcessingResources": { "ClusterConfig": { "InstanceCount": instances, "InstanceType": instance, "VolumeSizeInGB": volume_gb } },
                "NetworkConfig": { "EnableInterContainerTrafficEncryption": true },
                "StoppingCondition": { "MaxRuntimeInSeconds": wish.longest_s.max(3600) * 4 },
                "RoleArn": role
            },
            "Retry": [
                { "ErrorEquals": ["SageMaker.AmazonSageMakerException", "SageMaker.ResourceLimitExceededException"],
                  "IntervalSeconds": 30, "BackoffRate": 2.0, "MaxAttempts": TRIES, "MaxDelaySeconds": 900 }
            ],
            "Catch": [{ "ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": next }],
            "ResultPath": null,
            "Next": next
        })
    };
    let mut states = Map::new();
    let first = if wish.light.is_some() { BEGUN } else { "begin" };
    states.insert("begin".into(), json!({ "Type": "Pass", "Result": { "n": 0 }, "ResultPath": "$.round", "Next": "work" }));
    states.insert("work".into(), job("plumbline-work", json!(["worker", "--sagemaker"]), *count, "count"));
    let tolerated = json!({ "tolerated_percent": wish.tolerated_percent });
    let said = match &wish.light {
        Some(function) => {
            let begin = Work { stage: MANIFEST, about: ABOUT_MANIFEST, of_item: false, more: json!({}) };
            states.insert(BEGUN.into(), begun("begin"));
            states.insert(MANIFEST.into(), begin.by_function(function).then("begin"));
            let count = Work { stage: "count", about: ABOUT_COUNT, of_item: false, more: tolerated };
            states.insert("count".into(), count.by_function(function).counted("$.counted").then("next round"));
            "$.counted"
        }
        None => {
            let arguments = json!(["worker", "--sagemaker", "--count", "--tolerated", wish.tolerated_percent.to_string()]);
            states.insert("count".into(), job("plumbline-count", arguments, 1, "counted"));
            let counted = json!({
                "Type": "Task",
                "Comment": "What was counted is an object, since a job says nothing itself",
                "Resource": "arn:aws:states:::aws-sdk:s3:getObject",
                "Parameters": { "Bucket.$": "$.bucket", "Key.$": "States.Format('{}count.json', $.prefix)" },
                "ResultSelector": { "said.$": "States.StringToJson($.Body)" },
                "ResultPath": "$.counted",
                "Next": "next round"
            });
            states.insert("counted".into(), counted);
            "$.counted.said"
        }
    };
    let next = json!({
        "Type": "Pass",
        "Parameters": {
            "bucket.$": "$.bucket", "prefix.$": "$.prefix", "media.$": "$.media",
            "round": { "n.$": "States.MathAdd($.round.n, 1)" },
            "count": { "missing.$": format!("{said}.missing"), "tolerated.$": format!("{said}.tolerated"), "round.$": "States.MathAdd($.round.n, 1)" }
        },
        "Next": "whole?"
    });
    states.insert("next round".into(), next);
    states.extend(judged(Some("work")));
    json!({ "Comment": "Takes the items of an archive through the stages of Plumbline, in jobs", "StartAt": first, "States": states })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::graph::GRAPH;

    /// The names of all states, with where they lead, through branches and maps.
    fn walk(machine: &Value, seen: &mut Vec<String>) {
        let states = machine["States"].as_object().unwrap();
        let there = |name: &Value| assert!(states.contains_key(name.as_str().unwrap()), "{name}");
        there(&machine["StartAt"]);
        for (name, state) in states {
            seen.push(name.clone());
            let ends = state["End"] == true || matches!(state["Type"].as_str(), Some("Succeed" | "Fail" | "Choice"));
            assert!(ends != state["Next"].is_string(), "{name} leads on or ends");
            if state["Next"].is_string() {
                there(&state["Next"]);
            }
            for list in ["Catch", "Choices"] {
                state[list].as_array().into_iter().flatten().for_each(|way| there(&way["Next"]));
            }
            if state["Type"] == "Task" {
                assert!(state["Retry"].is_array() || name == "counted", "{name} is tried again");
            }
            state["Branches"].as_array().into_iter().flatten().for_each(|branch| walk(branch, seen));
            if state["ItemProcessor"].is_object() {
                walk(&state["ItemProcessor"], seen);
            }
        }
    }

    #[test]
    fn every_stage_is_a_state_and_every_state_leads_somewhere() {
        let mut seen = vec![];
        let machine = definition(&GRAPH, &Wish::with(Tasks::Activity { arn: "arn:x".into() }));
        walk(&machine, &mut seen);
        for node in &GRAPH {
            assert_eq!(seen.iter().filter(|name| *name == node.name).count(), 1, "{}", node.name);
        }
        let light = Some("arn:light".to_owned());
        let machine = definition(&GRAPH, &Wish { light: light.clone(), ..Wish::with(Tasks::Activity { arn: "arn:x".into() }) });
        let mut seen = vec![];
        walk(&machine, &mut seen);
        let item = &machine["States"]["items"]["ItemProcessor"]["States"];
        for (state, by) in [
            (&machine["States"]["manifest"], "lambda:invoke"),
            (&machine["States"]["count"], "lambda:invoke"),
            (&item["measure"], "lambda:invoke"),
            (&item["measure by a worker"], "arn:x"),
            (&item["annotate"], "arn:x"),
        ] {
            assert!(state["Resource"].as_str().unwrap().ends_with(by), "{state}");
        }
        assert_eq!(
            (&item["measure"]["Catch"][0]["Next"], &item["measure by a worker"]["Catch"][0]["Next"]),
            (&json!("measure by a worker"), &json!("lost"))
        );
        assert_eq!(machine["States"]["count"]["Parameters"]["Payload"]["tolerated_percent"], 5);
        let processing =
            Tasks::Processing { image: "i".into(), role: "r".into(), instance: "ml.c5.xlarge".into(), count: 4, volume_gb: 50 };
        let mut seen = vec![];
        let with_function = definition(&GRAPH, &Wish { light, ..Wish::with(processing.clone()) });
        walk(&with_function, &mut vec![]);
        assert_eq!((&with_function["StartAt"], &with_function["States"]["manifest"]["Next"]), (&json!("begun?"), &json!("begin")));
        let machine = definition(&GRAPH, &Wish::with(processing));
        walk(&machine, &mut seen);
        assert!(seen.contains(&"work".to_owned()));
        for job in ["work", "count"] {
            assert!(machine["States"][job]["Parameters"]["Environment"]["AWS_REGION.$"].is_string(), "{job} is told its region");
        }
    }

    #[test]
    fn what_can_not_pass_is_not_tried_again() {
        let machine = definition(&GRAPH, &Wish::with(Tasks::Activity { arn: "arn:x".into() }));
        let text = machine.to_string();
        for fault in Fault::ALL {
            let rule = format!("\"{}\"", fault.name());
            assert!(text.contains(&rule), "{rule}");
        }
        let retry = &machine["States"]["count"]["Retry"];
        assert_eq!(retry[0]["MaxAttempts"], 0);
        assert!(!retry[0]["ErrorEquals"].as_array().unwrap().contains(&json!("Plumbline.Passing")));
        assert_eq!(retry[1]["ErrorEquals"], json!(["Plumbline.Passing"]));
    }
}
