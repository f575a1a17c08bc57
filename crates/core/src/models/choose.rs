//! Which model to take for a task, with reasons.

use super::registry::{Model, ModelKind, Registry, Task};
use super::{Money, text_tokens};
use serde::{Deserialize, Serialize};

/// What a task needs of a model, for one window.
#[derive(Clone, Debug, PartialEq)]
pub struct Need {
    /// The task.
    pub task: Task,
    /// Pictures of a window.
    pub pictures: u32,
    /// Width and height of the media's pictures in pixels.
    pub size: (u32, u32),
    /// Tokens of its text.
    pub text: u32,
    /// Tokens of an answer at most.
    pub answer: u32,
    /// Whether documents go along.
    pub documents: bool,
    /// Whether it is to see video itself.
    pub video: bool,
}

impl Need {
    /// A usual window of a task over video of this size: 12 pictures and two minutes of words.
    pub fn usual(task: Task, size: (u32, u32)) -> Self {
        Self { task, pictures: 12, size, text: text_tokens(&"word ".repeat(300)), answer: 1_500, documents: false, video: false }
    }
}

/// What was measured of a model on a task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Its id.
    pub model: String,
    /// The task.
    pub task: Task,
    /// How good, 0..1.
    pub quality: f64,
    /// How long a window takes at the median, in milliseconds.
    pub latency_ms: u64,
    /// What a window costs.
    pub cost: Money,
    /// How many windows that is from.
    pub windows: u32,
}

/// A model, where it stands and why.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Choice {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Why it can't be taken, as sentences; empty where it can.
    pub against: Vec<String>,
    /// What speaks for its place, as sentences.
    pub reasons: Vec<String>,
    /// What a window costs: measured, else reckoned; none where its price is not known.
    pub cost: Option<Money>,
    /// Quality that was measured, 0..1.
    pub quality: Option<f64>,
}

/// All models that annotate, the one to take first: those that can do it before those that can't; then by measured quality, those without a measurement
/// behind those with one; then by what its vendor says it is good for; then by cost.
pub fn choose(registry: &Registry, need: &Need, measured: &[Measured]) -> Vec<Choice> {
    let models = registry.models().filter(|model| model.kind == ModelKind::Annotate);
    let mut ranked: Vec<(usize, Choice)> = models.map(|model| (strength(model, need.task), weigh(model, need, measured))).collect();
    ranked.sort_by(|(strength_a, a), (strength_b, b)| {
        let by_quality = b.quality.unwrap_or(-1.0).total_cmp(&a.quality.unwrap_or(-1.0));
        let price = |c: &Choice| c.cost.unwrap_or(Money::from_nano_usd(i64::MAX));
        (!a.against.is_empty())
            .cmp(&!b.against.is_empty())
            .then(by_quality)
            .then(strength_a.cmp(strength_b))
            .then_with(|| price(a).cmp(&price(b)))
            .then_with(|| a.id.cmp(&b.id))
    });
    ranked.into_iter().map(|(_, choice)| choice).collect()
}

/// The place of the task among what its vendor says it is good for; one behind all of them where it is not there.
fn strength(model: &Model, task: Task) -> usize {
    model.good_for.iter().position(|t| *t == task).unwrap_or(Task::ALL.len())
}

fn weigh(model: &Model, need: &Need, measured: &[Measured]) -> Choice {
    let mut choice = Choice {
        id: model.id.clone(),
        name: model.name.clone(),
        against: against(model, need),
        reasons: vec![],
        cost: None,
        quality: None,
    };
    let (width, height) = fit(need.size, model.picture_edge);
    let pictures = u64::from(model.tokens_of_picture(width, height)) * u64::from(need.pictures);
    let reckoned = model.price.map(|price| price.of(pictures + u64::from(need.text), u64::from(need.answer), 0, 0));
    choice.cost = reckoned;
    match measured.iter().find(|m| m.model == model.id && m.task == need.task && m.windows > 0) {
        Some(m) => {
            (choice.cost, choice.quality) = (Some(m.cost), Some(m.quality));
            choice.reasons.push(format!(
                "measured on {} windows: quality {:.1} %, {:.1} s and {} a window",
                m.windows,
                m.quality * 100.0,
                m.latency_ms as f64 / 1_000.0,
                m.cost
            ));
        }
        None => choice.reasons.push("not measured on your own media yet".into()),
    }
    if let Some(place) = model.good_for.iter().position(|t| *t == need.task) {
        choice.reasons.push(format!("its vendor names this among what it is good for (place {} of {})", place + 1, model.good_for.len()));
    }
    match reckoned {
        Some(cost) => choice.reasons.push(format!("a window of {} pictures comes to about {cost} by its list price", need.pictures)),
        None => choice.reasons.push("its price is not known: add it to your own registry before you let it run".into()),
    }
    if model.cache.is_some() {
        choice.reasons.push("the fixed part of a prompt is kept by the service and costs less".into());
    }
    choice
}

/// What a picture is scaled to.
fn fit((width, height): (u32, u32), edge: Option<u32>) -> (u32, u32) {
    let long = width.max(height);
    match edge.filter(|edge| *edge < long) {
        Some(edge) => {
            let scaled = |side: u32| (u64::from(side) * u64::from(edge) / u64::from(long)).max(1) as u32;
            (scaled(width), scaled(height))
        }
        None => (width, height),
    }
}

fn against(model: &Model, need: &Need) -> Vec<String> {
    let mut against = vec![];
    if !model.does(need.task) {
        let tasks: Vec<&str> = model.tasks.iter().map(|task| task.name()).collect();
        against.push(format!("it does only {}", tasks.join(" and ")));
    }
    if need.pictures > 0 && !model.pictures {
        against.push("it takes no pictures".into());
    }
    if let Some(most) = model.max_pictures.filter(|most| *most < need.pictures) {
        against.push(format!("it takes {most} pictures at once, and the window has {}", need.pictures));
    }
    if need.documents && !model.documents {
        against.push("it takes no documents".into());
    }
    if need.video && !model.video {
        against.push("it takes no video".into());
    }
    let (width, height) = fit(need.size, model.picture_edge);
    let tokens = u64::from(model.tokens_of_picture(width, height)) * u64::from(need.pictures) + u64::from(need.text + need.answer);
    if let Some(context) = model.context_tokens.filter(|context| u64::from(*context) < tokens) {
        against.push(format!("the window is {tokens} tokens with its answer, and {context} fit"));
    }
    if let Some(most) = model.max_output_tokens.filter(|most| *most < need.answer) {
        against.push(format!("its answers end after {most} tokens"));
    }
    against
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const OWN: &str = "
[[model]]
id = 'a'
name = 'A'
kind = 'annotate'
pictures = true
good_for = ['text', 'describe']
price = { input = '1.00', output = '1.00' }
[[model]]
id = 'b'
name = 'B'
kind = 'annotate'
pictures = true
max_pictures = 4
good_for = ['text']
price = { input = '0.10', output = '0.10' }
[[model]]
id = 'c'
name = 'C'
kind = 'annotate'
pictures = true
price = { input = '0.50', output = '0.50' }
[[model]]
id = 'd'
name = 'D'
kind = 'embed'
[[model]]
id = 'e'
name = 'E'
kind = 'annotate'
tasks = ['text', 'describe']
pictures = true
";

    fn order(need: &Need, measured: &[Measured]) -> Vec<String> {
        let registry = Registry::read(Some(("own", OWN))).unwrap();
        let ours = |id: &str| ["a", "b", "c", "d"].contains(&id);
        choose(&registry, need, measured).into_iter().map(|c| c.id).filter(|id| ours(id)).collect()
    }

    #[test]
    fn what_can_do_it_comes_first_then_quality_then_strength_then_cost() {
        let need = Need { pictures: 2, ..Need::usual(Task::Text, (1_280, 720)) };
        assert_eq!(order(&need, &[]), ["b", "a", "c"]);
        assert_eq!(order(&Need::usual(Task::Text, (1_280, 720)), &[]), ["a", "c", "b"], "b takes four pictures");
        let measured = [Measured {
            model: "c".into(),
            task: Task::Text,
            quality: 0.8,
            latency_ms: 900,
            cost: Money::from_nano_usd(2_000_000),
            windows: 40,
        }];
        assert_eq!(order(&need, &measured), ["c", "b", "a"]);
        assert_eq!(order(&Need { task: Task::Moderate, ..need }, &measured), ["b", "c", "a"], "it says nothing of another task");
    }

    #[test]
    fn a_model_that_does_some_tasks_does_no_others() {
        let registry = Registry::read(Some(("own", OWN))).unwrap();
        let check = |id: &str, task: Task, expected: &[&str]| {
            let need = Need { pictures: 2, ..Need::usual(task, (1_280, 720)) };
            let choice = choose(&registry, &need, &[]).into_iter().find(|c| c.id == id).unwrap();
            assert_eq!(choice.against, expected, "{id} {task:?}");
        };
        for task in Task::ALL {
            let only_text: &[&str] = if task == Task::Text { &[] } else { &["it does only text"] };
            check("local.tesseract", task, only_text);
            check("a", task, &[]);
        }
        check("e", Task::Describe, &[]);
        check("e", Task::Answer, &["it does only text and describe"]);
    }

    #[test]
    fn what_speaks_against_a_model_is_said() {
        let registry = Registry::read(Some(("own", OWN))).unwrap();
        let need = Need { documents: true, video: true, ..Need::usual(Task::Text, (1_280, 720)) };
        let b = choose(&registry, &need, &[]).into_iter().find(|c| c.id == "b").unwrap();
        assert_eq!(b.against.len(), 3, "{:?}", b.against);
        assert!(b.against[0].contains("takes 4 pictures at once, and the window has 12"));
    }
}
