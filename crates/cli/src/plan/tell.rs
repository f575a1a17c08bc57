//! A plan for people.

use super::{LOSSES_PER_1000_H, Planned, REFUSED, STARTUP_MS, STRAGGLERS, TASK_OVERHEAD_MS, when};
use crate::report::say;
use anyhow::Result;
use plumbline_core::plan::{HOUR_MS, Leg, Plan, spoken, thousands};

/// Prints it: the answer, what to set up, what it costs, what it rests on.
pub fn plan(of: &Planned) -> Result<()> {
    let plan = &of.plan;
    answer(of)?;
    say("")?;
    setup(plan)?;
    say("")?;
    let costs = plan.costs;
    say(format!("Costs: {} ({} for instances, {} for services), on demand in {}", costs.total, costs.compute, costs.services, of.region))?;
    stages(plan)?;
    steps(of)?;
    rests_on(of)
}

fn answer(of: &Planned) -> Result<()> {
    let (plan, forecast) = (&of.plan, &of.plan.forecast);
    let verdict = if plan.makes_it { "can be done" } else { "can't be done" };
    say(format!(
        "{} items {verdict} by {} ({} from {})",
        thousands(plan.items),
        when::text(of.by_unix_ms),
        spoken(plan.deadline_ms),
        when::text(of.start_unix_ms)
    ))?;
    let at = |ms: Option<u64>| {
        ms.map_or("never".to_owned(), |ms| format!("{} ({})", when::text(of.start_unix_ms.saturating_add(ms)), spoken(ms)))
    };
    say(format!(
        "Done: half of {} runs by {}, 95 of 100 by {}; {:.0} % make it",
        forecast.runs,
        at(forecast.p50_ms),
        at(forecast.p95_ms),
        forecast.chance * 100.0
    ))?;
    say(format!("What binds: {}", plan.binding.sentence))?;
    forecast.never.iter().try_for_each(|why| say(format!("Some runs were never done: {why}")))?;
    if let Some(done_ms) = plan.done_by_then_ms {
        say(format!(
            "By then about {} of the {} hours of video could be done. To make it, it would take:",
            thousands(done_ms / HOUR_MS),
            thousands(of.hours)
        ))?;
        if plan.would_take.is_empty() {
            say("- somewhat more time or room: it is close, and chance decides")?;
        }
    }
    plan.would_take.iter().try_for_each(|what| say(format!("- {what}")))
}

fn setup(plan: &Plan) -> Result<()> {
    let price = plan.price_per_hour;
    say(format!("Instances: {} of {} ({price} an hour), {} worker processes on each", plan.instances, plan.instance, plan.processes))?;
    say(format!("Items under way at once (MaxConcurrency): {}", thousands(u64::from(plan.map_at_once))))?;
    for batch in &plan.batches {
        let leg = match batch.leg {
            Leg::Sound => "sound",
            Leg::Picture => "pictures",
            Leg::Both => "both",
        };
        let redo = spoken(batch.redo_ms);
        say(format!("Items a task, {leg}: {} ({:.1} % overhead, {redo} to do again at most)", batch.items, batch.overhead * 100.0))?;
    }
    for service in &plan.services {
        let tokens = if service.tokens == 0 { String::new() } else { format!(" and {} tokens", thousands(service.tokens_per_minute)) };
        let quota = if service.quota_known { "" } else { "; its quota is not known, and nothing is claimed about it: name it with --ask" };
        say(format!(
            "{}: {} calls, {} at once; {} requests{tokens} a minute make the deadline{quota}",
            service.service,
            thousands(service.calls),
            thousands(u64::from(service.at_once)),
            thousands(service.requests_per_minute)
        ))?;
    }
    let forecast = &plan.forecast;
    say(format!(
        "Workers work {:.0} % of the time; {:.1} % of the work is lost with instances, {:.1} % of the requests are refused",
        forecast.utilisation * 100.0,
        forecast.lost * 100.0,
        forecast.refused * 100.0
    ))
}

fn stages(plan: &Plan) -> Result<()> {
    say("Core-hours by stage:")?;
    for stage in plan.stages.iter().filter(|stage| stage.core_ms > 0) {
        say(format!("  {:<10} {:>10.1}", stage.stage, stage.core_ms as f64 / HOUR_MS as f64))?;
    }
    Ok(())
}

fn steps(of: &Planned) -> Result<()> {
    if of.steps.is_empty() {
        return Ok(());
    }
    say("")?;
    say(format!("Workers for {} events of the calendar:", of.spikes.len()))?;
    of.steps.iter().try_for_each(|step| say(format!("  {}  {:>5}  {}", when::text(step.at_unix_ms), step.workers, step.why)))
}

fn rests_on(of: &Planned) -> Result<()> {
    say("")?;
    say(format!("Times of stages: {}", of.machine))?;
    say(format!(
        "Assumed: an instance takes {} to start and is lost {LOSSES_PER_1000_H} times in 1,000 hours; {:.0} % of tasks drag on; a task costs {} s besides; {:.0} % of \
         requests are refused. docs/plan.md tells the method",
        spoken(STARTUP_MS),
        STRAGGLERS * 100.0,
        TASK_OVERHEAD_MS / 1_000,
        REFUSED * 100.0
    ))
}
