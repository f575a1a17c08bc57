//! What is wrong with a prompt, before anything is asked with it.

use crate::asking::environment;
use minijinja::{Environment, Error};
use plumbline_core::models::Model;
use plumbline_core::prompt::Prompt;
use serde_json::Value;
use std::collections::BTreeSet;

/// Something wrong with a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The field that it is in: `system`, `window`, `whole`, `schema`, `whole_schema`, `max_tokens`, `temperature`, `frames`, `windows`.
    pub part: &'static str,
    /// The line within the field, from 1, where it is at one.
    pub line: Option<u32>,
    /// What is wrong and what to do, as a sentence.
    pub why: String,
    /// Whether nothing can be asked with it.
    pub stops: bool,
}

/// The names that each template is given.
const SYSTEM: [&str; 4] = ["unit", "by_hand", "schema", "documents"];
const WINDOW: [&str; 13] = [
    "question",
    "media.name",
    "media.duration",
    "from",
    "to",
    "from_seen",
    "to_seen",
    "previous",
    "next",
    "frames",
    "lines",
    "toxicity",
    "media",
];
const WHOLE: [&str; 2] = ["question", "parts"];

/// What is wrong with a prompt; with a model, also what that model would not take.
pub fn faults(prompt: &Prompt, model: Option<&Model>) -> Vec<Fault> {
    let mut all = vec![];
    let environment = environment();
    all.extend(template(&environment, "system", &prompt.system, &SYSTEM));
    all.extend(template(&environment, "window", &prompt.window, &WINDOW));
    all.extend(prompt.whole.iter().flat_map(|whole| template(&environment, "whole", whole, &WHOLE)));
    all.extend(schema("schema", &prompt.schema));
    all.extend(prompt.whole_schema.iter().flat_map(|it| schema("whole_schema", it)));
    all.extend(model.into_iter().flat_map(|model| limits(prompt, model)));
    all
}

fn template(environment: &Environment, part: &'static str, text: &str, given: &[&str]) -> Vec<Fault> {
    let template = match environment.template_from_str(text) {
        Ok(template) => template,
        Err(error) => return vec![Fault { part, line: line(&error), why: format!("This can't be read: {}.", said(&error)), stops: true }],
    };
    let unknown: BTreeSet<String> =
        template.undeclared_variables(true).into_iter().filter(|name| !given.contains(&name.as_str())).collect();
    let fault = |name: String| Fault {
        part,
        line: text.lines().position(|line| names(line, &name)).and_then(|n| u32::try_from(n + 1).ok()),
        why: format!("There is no {name} here; there are: {}.", given.join(", ")),
        stops: true,
    };
    unknown.into_iter().map(fault).collect()
}

/// Whether a line says a name, and not a part of a longer one.
fn names(line: &str, name: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(name).any(|(at, _)| {
        let (before, after) = (line[..at].chars().next_back(), line[at + name.len()..].chars().next());
        !before.is_some_and(|c| part(c) || c == '.') && !after.is_some_and(part)
    })
}

fn line(error: &Error) -> Option<u32> {
    error.line().and_then(|line| u32::try_from(line).ok())
}

fn said(error: &Error) -> String {
    error.detail().map_or_else(|| error.kind().to_string(), str::to_owned)
}

fn schema(part: &'static str, schema: &Value) -> Vec<Fault> {
    let fault = |why: String, stops| vec![Fault { part, line: None, why, stops }];
    // Where the user's own schema comes in, anything may stand.
    if let Err(error) = jsonschema::validator_for(schema) {
        return fault(format!("This is no JSON schema: {error}."), true);
    }
    let found = schema.pointer("/properties/found").is_some();
    match part {
        "schema" if !found => fault("It has no field found: nothing would come of the answers.".into(), false),
        _ => vec![],
    }
}

fn limits(prompt: &Prompt, model: &Model) -> Vec<Fault> {
    let name = &model.name;
    let fault = |part, why| Fault { part, line: None, why, stops: false };
    let mut all = vec![];
    if let Some(most) = model.max_output_tokens.filter(|most| *most < prompt.max_tokens) {
        all.push(fault("max_tokens", format!("Answers of {name} end after {most} tokens.")));
    }
    if prompt.temperature.is_some() && !model.sampling.temperature {
        all.push(fault("temperature", format!("{name} takes no temperature: it is left out.")));
    }
    if !model.pictures {
        all.push(fault("frames", format!("{name} takes no pictures: only words are sent.")));
    }
    if let Some(most) = model.max_pictures.filter(|most| *most < prompt.windows.frames) {
        all.push(fault("windows", format!("{name} takes {most} pictures at once: windows have no more.")));
    }
    if let Some(context) = model.context_tokens.filter(|context| *context < prompt.windows.tokens.saturating_add(prompt.max_tokens)) {
        all.push(fault("windows", format!("Only {context} tokens fit into a request to {name} and its answer: windows are smaller.")));
    }
    all
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use plumbline_core::models::{Registry, Task};

    fn check(change: impl FnOnce(&mut Prompt), expected: &[(&str, Option<u32>, &str, bool)]) {
        let mut prompt = Prompt::built_in(Task::Describe).unwrap();
        change(&mut prompt);
        let found = faults(&prompt, None);
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (fault, (part, line, says, stops)) in found.iter().zip(expected) {
            assert_eq!((fault.part, fault.line, fault.stops), (*part, *line, *stops), "{fault:?}");
            assert!(fault.why.contains(says), "{fault:?}");
        }
    }

    #[test]
    fn the_prompts_that_come_along_have_no_faults() {
        for task in Task::ALL {
            assert_eq!(faults(&Prompt::built_in(task).unwrap(), None), []);
        }
    }

    #[test]
    fn faults_are_told_with_their_place() {
        check(|p| p.window = "one\n{{ frmes }}".into(), &[("window", Some(2), "no frmes here", true)]);
        check(|p| p.window = "{{ media.title }}".into(), &[("window", Some(1), "no media.title here", true)]);
        check(|p| p.window = "a\n{% for f in frames %}{{ f.n }}".into(), &[("window", Some(2), "can't be read", true)]);
        check(|p| p.window = "{% for f in frames %}{{ f.n }}{% endfor %}".into(), &[]);
        check(|p| p.system = "{{ question }}".into(), &[("system", Some(1), "no question", true)]);
        check(|p| p.schema = serde_json::json!({ "type": "thing" }), &[("schema", None, "no JSON schema", true)]);
        check(|p| p.schema = serde_json::json!({ "type": "object" }), &[("schema", None, "no field found", false)]);
    }

    #[test]
    fn what_a_model_does_not_take_is_told() {
        let own = "[[model]]\nid = 'a'\nname = 'A'\nkind = 'annotate'\nmax_output_tokens = 10\ncontext_tokens = 100\nmax_pictures = 1\n";
        let registry = Registry::read(Some(("own", own))).unwrap();
        let mut prompt = Prompt::built_in(Task::Describe).unwrap();
        (prompt.temperature, prompt.max_tokens) = (Some(0.5), 500);
        let found = faults(&prompt, registry.model("a"));
        let parts: Vec<&str> = found.iter().map(|fault| fault.part).collect();
        let temperature = registry.model("a").is_some_and(|model| !model.sampling.temperature);
        assert_eq!(parts.contains(&"temperature"), temperature);
        for part in ["max_tokens", "frames", "windows"] {
            assert!(parts.contains(&part), "{found:?}");
        }
        assert!(found.iter().all(|fault| !fault.stops));
    }
}
