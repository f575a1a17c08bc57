//! What runs say of models, for choosing one.

use super::show::board;
use super::versions::version;
use crate::{Desk, Result};
use plumbline_core::lab::Variant;
use plumbline_core::models::{Measured, Money, Task};
use std::collections::BTreeMap;

/// How good each model was at a task, by its best variant in the newest whole run that asked for it: numbers of other clips are not held against each
/// other. Quality is the mean F1 of a clip.
///
/// # Errors
/// Where the project can't be read.
pub fn measured(desk: &Desk<'_>, task: Task) -> Result<Vec<Measured>> {
    let runs = desk.project().runs()?;
    let of_task = |v: &Variant| version(&desk.project(), &v.version).is_ok_and(|(_, version)| version.prompt.task == task);
    let whole = runs.iter().find(|run| run.tries == run.of && run.plan.variants.iter().any(of_task));
    let Some(run) = whole else { return Ok(vec![]) };
    let board = board(desk, &run.id)?;
    let mut best: BTreeMap<String, Measured> = BTreeMap::new();
    for (variant, head) in run.plan.variants.iter().zip(board.heads()).filter(|(variant, _)| of_task(variant)) {
        let Some(f1) = head.f1 else { continue };
        let told = Measured {
            model: variant.model.clone(),
            task,
            quality: f1.mean,
            latency_ms: head.latency_ms,
            cost: Money::from_nano_usd(head.total.nano_usd().checked_div(i64::from(head.calls)).unwrap_or_default()),
            windows: head.calls,
        };
        best.entry(told.model.clone())
            .and_modify(|b| {
                if told.quality > b.quality {
                    *b = told.clone()
                }
            })
            .or_insert(told);
    }
    Ok(best.into_values().collect())
}
