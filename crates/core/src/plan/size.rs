//! A fleet that is just large enough, by what the work asks and what quotas allow, and then by simulation.

use super::demand::{Bound, Demand, chain_ms, demand, leg_ms, stage_ms, stretch};
use super::{Burst, Fleet, Forecast, HOUR_MS, Instance, Leg, Service, Stage, Unplannable, Work, World, forecast, spoken, thousands};
use crate::models::Money;
use serde::Serialize;

/// Workers are thought to work for this share of the time that they are there.
const LOAD: f64 = 0.9;
/// Requests at once are this many times what Little's law asks, so that the scatter of latencies leaves none of the quota lying.
const SLACK: f64 = 1.25;
/// What fetching a task and reporting it may take, as a share of the task.
const OVERHEAD: f64 = 0.05;
/// What is lost of a task on the mean when machines are lost, as a share of all tasks.
const LOST: f64 = 0.01;
/// Items under way at once that a Distributed Map state takes
/// (<https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>).
const MOST_AT_ONCE: u64 = 10_000;
/// A plan is held to make its deadline where this share of the runs does.
const SURE: f64 = 0.95;
/// Runs that a fleet is tried with before the last forecast.
const TRIES: u32 = 40;
/// Requests of all services in one run are put into so many packets.
const PACKETS: u64 = 20_000;

/// What machines there may be.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// The kinds to choose from.
    pub kinds: Vec<Instance>,
    /// The quota of machines.
    pub instances: u32,
    /// Memory of a worker process, in MiB.
    pub worker_memory_mib: u64,
}

/// What is to be planned.
#[derive(Clone, Debug, PartialEq)]
pub struct Want {
    /// What there is to do.
    pub work: Work,
    /// When it shall be done, in ms after the run begins.
    pub deadline_ms: u64,
    /// The graph, each stage behind all that it waits for.
    pub stages: Vec<Stage>,
    /// Services that stages ask.
    pub services: Vec<Service>,
    /// What comes in meanwhile.
    pub bursts: Vec<Burst>,
    /// Workers that are there for it besides: from when in ms of the run, and how many.
    pub besides: Vec<(u64, u32)>,
    /// Machines.
    pub limits: Limits,
    /// What befalls machines; how many there are, of how many processes, and what a task costs besides is what is planned.
    pub fleet: Fleet,
    /// What fetching a task and reporting it takes, in ms.
    pub task_overhead_ms: u64,
    /// Share of requests that are refused although the quota has room, 0 to below 1.
    pub refused: f64,
    /// Runs of the last forecast, 1 or more.
    pub runs: u32,
    /// The first seed.
    pub seed: u64,
    /// Threads to run them on, 1 or more.
    pub threads: usize,
}

/// What a stage takes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StagePlan {
    /// Its name.
    pub stage: String,
    /// Time of workers for all of the work, in ms.
    pub worker_ms: u64,
    /// Time of cores, in ms.
    pub core_ms: u64,
}

/// What is asked of a service.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ServicePlan {
    /// Its name.
    pub service: String,
    /// Calls in all.
    pub calls: u64,
    /// Tokens that they reserve in all.
    pub tokens: u64,
    /// Requests at once, by Little's law: rate times latency, and some slack.
    pub at_once: u32,
    /// Requests a minute that the deadline takes.
    pub requests_per_minute: u64,
    /// Tokens a minute that the deadline takes.
    pub tokens_per_minute: u64,
    /// Whether its quota is known; else nothing is claimed about refusals.
    pub quota_known: bool,
}

/// How many items of a leg go into one task.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Batch {
    /// The leg.
    pub leg: Leg,
    /// Items a task.
    pub items: u64,
    /// Share of a task that fetching and reporting it takes.
    pub overhead: f64,
    /// What is done again at most where a task dies with its machine, in ms.
    pub redo_ms: u64,
}

/// What it costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Costs {
    /// Machines, until half of the runs are done.
    pub compute: Money,
    /// Services.
    pub services: Money,
    /// All.
    pub total: Money,
}

/// What keeps it from being done sooner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Binding {
    /// What it is: `instances`, or a service and its quota.
    pub what: String,
    /// How long it takes by this alone, in ms; none where it is never done.
    pub takes_ms: Option<u64>,
    /// The same as a sentence.
    pub sentence: String,
}

/// A plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Plan {
    /// Whether 95 of 100 runs make the deadline.
    pub makes_it: bool,
    /// The deadline, in ms after the run begins.
    pub deadline_ms: u64,
    /// How many items there are.
    pub items: u64,
    /// The stages.
    pub stages: Vec<StagePlan>,
    /// The kind of machine.
    pub instance: String,
    /// What an hour of it costs.
    pub price_per_hour: Money,
    /// How many machines.
    pub instances: u32,
    /// Worker processes on each.
    pub processes: u32,
    /// The services.
    pub services: Vec<ServicePlan>,
    /// Items under way at once (`MaxConcurrency`).
    pub map_at_once: u32,
    /// Items a task, by leg.
    pub batches: Vec<Batch>,
    /// What it costs.
    pub costs: Costs,
    /// What the runs say.
    pub forecast: Forecast,
    /// What binds.
    pub binding: Binding,
    /// Where the deadline is not made: about how much video is done by then, in ms.
    pub done_by_then_ms: Option<u64>,
    /// Where it is not made: what would have to be allowed, as sentences.
    pub would_take: Vec<String>,
}

/// Plans.
///
/// # Errors
/// Where there is nothing to choose a machine from, or a stage waits for one that stands behind it.
pub fn plan(want: &Want) -> Result<Plan, Unplannable> {
    check(want)?;
    let sums = Sums::of(want);
    let kind = kind(want, &sums)?;
    let draft = Draft::new(want, &sums, kind);
    let (instances, found) = draft.large_enough();
    Ok(draft.finished(instances, found))
}

fn check(want: &Want) -> Result<(), Unplannable> {
    let work = &want.work;
    let bad = |why: &str| Err(Unplannable(why.to_owned()));
    for (n, stage) in want.stages.iter().enumerate() {
        if stage.after.iter().any(|before| *before >= n) || stage.services.iter().any(|service| *service >= want.services.len()) {
            return bad(&format!(
                "the stage {} waits for one that stands behind it or asks a service that there is not. Put the graph in order",
                stage.name
            ));
        }
        if !(stage.cores > 0.0 && stage.cores.is_finite() && (0.0..=3.0).contains(&stage.spread)) {
            return bad(&format!("the stage {}: cores must be above 0, and the spread from 0 to 3", stage.name));
        }
    }
    match () {
        () if work.item_ms == 0 => bad("an item has no length: name a mean length above 0"),
        () if !(0.0..=1.0).contains(&work.with_speech) || !(0.0..=1.0).contains(&work.with_pictures) => bad("a share lies between 0 and 1"),
        () if !(0.0..=3.0).contains(&work.item_spread) => bad("the spread of lengths lies between 0 and 3"),
        () if !(0.0..1.0).contains(&want.refused) => bad("the share of refused requests lies between 0 and 1, and 1 is never done"),
        () if work.items() > 2_000_000 => bad("there are more than 2,000,000 items: plan it in parts"),
        () => Ok(()),
    }
}

/// What all of the work asks.
struct Sums {
    demands: Vec<Demand>,
    batches: Vec<Batch>,
    /// Time of workers with all that comes on top, in ms.
    worker_ms: f64,
    /// Cores of a task on the mean, weighted by time.
    cores: f64,
    chain_ms: u64,
    /// Time that is left for work between starting and the end of the last item, in ms.
    avail_ms: u64,
    /// The longest that a quota of a service takes.
    service_ms: u64,
    overhead_ms: u64,
}

impl Sums {
    fn of(want: &Want) -> Self {
        let (work, stages) = (&want.work, &want.stages);
        let demands: Vec<Demand> = want.services.iter().enumerate().map(|(n, service)| demand(n, service, stages, work)).collect();
        let bare: u64 = stages.iter().map(|stage| stage_ms(stage, work)).sum();
        let cores_ms: f64 = stages.iter().map(|stage| stage_ms(stage, work) as f64 * stage.cores).sum();
        let chain_ms = chain_ms(stages, &want.services, work);
        let left = want.deadline_ms.saturating_sub(want.fleet.startup_ms + chain_ms);
        let avail_ms = left.max(want.deadline_ms / 10).max(1);
        let workers = (bare as f64 / avail_ms as f64).ceil().max(1.0) as u64;
        let batches: Vec<Batch> = [Leg::Sound, Leg::Picture, Leg::Both].into_iter().filter_map(|leg| batch(leg, want, workers)).collect();
        // What a stage of an item bears of fetching and reporting, on the mean over all that workers do.
        let busy = stages.iter().filter(|stage| stage.wall_ms_per_hour > 0);
        let shared: Vec<u64> =
            busy.map(|stage| want.task_overhead_ms / batches.iter().find(|b| b.leg == stage.leg).map_or(1, |b| b.items)).collect();
        let overhead_ms = shared.iter().sum::<u64>().checked_div(shared.len() as u64).unwrap_or(0);
        let tasks: f64 = stages.iter().filter(|s| s.wall_ms_per_hour > 0).map(|s| work.items() as f64 * work.share(s.leg)).sum();
        let longest = demands.iter().flat_map(|demand| &demand.bounds).map(|bound| bound.ms).max().unwrap_or(0);
        Self {
            worker_ms: bare as f64 * stretch(&want.fleet) + tasks * overhead_ms as f64,
            cores: if bare == 0 { 1.0 } else { cores_ms / bare as f64 },
            demands,
            batches,
            chain_ms,
            avail_ms,
            service_ms: longest,
            overhead_ms,
        }
    }
}

/// Items of a leg in a task: so many that fetching and reporting stays a small share of it; no more than what may be lost with a machine, and than leaves
/// each worker four tasks. None where workers do nothing for the leg.
fn batch(leg: Leg, want: &Want, workers: u64) -> Option<Batch> {
    let item_ms = leg_ms(leg, &want.stages, &want.work) as f64;
    if item_ms <= 0.0 || want.work.share(leg) <= 0.0 {
        return None;
    }
    let overhead = want.task_overhead_ms as f64;
    let enough = (overhead * (1.0 - OVERHEAD) / (OVERHEAD * item_ms)).ceil().max(1.0);
    // A machine that is lost at the rate l loses half of a task of the length L on the mean: a share of l L / 2.
    let rate = want.fleet.losses_per_1000_h / (1_000.0 * HOUR_MS as f64);
    let by_loss = if rate > 0.0 { 2.0 * LOST / rate / item_ms } else { f64::INFINITY };
    let by_deadline = want.deadline_ms as f64 / 10.0 / item_ms;
    let by_balance = want.work.items() as f64 / (4.0 * workers as f64);
    let items = enough.min(by_loss).min(by_deadline).min(by_balance).max(1.0).floor() as u64;
    let task_ms = items as f64 * item_ms;
    Some(Batch { leg, items, overhead: overhead / (overhead + task_ms), redo_ms: task_ms as u64 })
}

/// The kind of machine that costs least for what must be there until the goal; where none is enough, the one that is done soonest.
fn kind<'a>(want: &'a Want, sums: &Sums) -> Result<(&'a Instance, u32), Unplannable> {
    let limits = &want.limits;
    let goal_ms = sums.avail_ms.max(sums.service_ms.min(100 * 365 * 24 * HOUR_MS)) as f64;
    let fits = limits.kinds.iter().filter(|kind| kind.memory_mib >= limits.worker_memory_mib);
    let rated = fits.map(|kind| {
        let by_cores = (f64::from(kind.vcpus) / sums.cores).floor().max(1.0);
        let processes = (by_cores as u64).min(kind.memory_mib / limits.worker_memory_mib.max(1)).max(1) as u32;
        let needed = (sums.worker_ms / (goal_ms * LOAD * f64::from(processes))).ceil().max(1.0);
        let allowed = needed.min(f64::from(limits.instances.max(1)));
        let takes_ms = (sums.worker_ms / (allowed * LOAD * f64::from(processes))).max(goal_ms);
        let late = needed > allowed;
        let cost = allowed * takes_ms * kind.price_per_hour.nano_usd() as f64;
        ((late, if late { takes_ms } else { cost }), kind, processes)
    });
    let best = rated.min_by(|(a, ..), (b, ..)| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    best.map(|(_, kind, processes)| (kind, processes)).ok_or_else(|| {
        Unplannable(format!(
            "no kind of instance has the {} MiB of memory that a worker takes. Name others with --instances",
            limits.worker_memory_mib
        ))
    })
}

/// A plan whose number of machines is being found.
struct Draft<'a> {
    want: &'a Want,
    sums: &'a Sums,
    kind: &'a Instance,
    processes: u32,
    at_once: Vec<u32>,
}

impl<'a> Draft<'a> {
    fn new(want: &'a Want, sums: &'a Sums, (kind, processes): (&'a Instance, u32)) -> Self {
        let at_once = want.services.iter().zip(&sums.demands).map(|(service, demand)| at_once(service, demand, sums.avail_ms)).collect();
        Self { want, sums, kind, processes, at_once }
    }

    fn fleet(&self, instances: u32) -> Fleet {
        let steps = self.want.besides.iter().map(|(at_ms, workers)| (*at_ms, instances.saturating_add(workers.div_ceil(self.processes))));
        Fleet {
            instances,
            processes: self.processes,
            overhead_ms: self.sums.overhead_ms,
            steps: steps.collect(),
            ..self.want.fleet.clone()
        }
    }

    /// Items under way at once: what Little's law asks with slack, and as many as keep all workers and calls at work.
    fn map_at_once(&self, instances: u32) -> u32 {
        let (want, sums) = (self.want, self.sums);
        let items = want.work.items().max(1);
        let length_ms = sums.avail_ms.max(sums.service_ms).max(1) as f64;
        let little = items as f64 / length_ms * sums.chain_ms as f64 * 1.5;
        let workers = u64::from(instances) * u64::from(self.processes);
        let calls = self.at_once.iter().zip(&sums.demands).map(|(at_once, d)| (u64::from(*at_once) * items).div_ceil(d.calls.max(1)));
        let enough = (little.ceil() as u64).max(2 * workers) + 2 * calls.max().unwrap_or(0);
        enough.clamp(1, MOST_AT_ONCE.min(items).max(1)) as u32
    }

    fn forecast(&self, instances: u32, runs: u32) -> Forecast {
        let (want, fleet) = (self.want, self.fleet(instances));
        let calls: u64 = self.sums.demands.iter().map(|demand| demand.calls).sum();
        let world = World {
            stages: &want.stages,
            services: &want.services,
            at_once: &self.at_once,
            work: want.work,
            bursts: &want.bursts,
            fleet: &fleet,
            map_at_once: self.map_at_once(instances),
            refused: want.refused,
            packet: u32::try_from(calls.div_ceil(PACKETS)).unwrap_or(u32::MAX).max(1),
            horizon_ms: (want.deadline_ms.saturating_mul(20)).max(30 * 24 * HOUR_MS),
        };
        forecast(&world, want.deadline_ms, want.seed, runs, want.threads)
    }

    /// As many machines as it takes on paper, and then more until the runs make it, the quota is used up or a service is what binds.
    fn large_enough(&self) -> (u32, Forecast) {
        let (want, sums) = (self.want, self.sums);
        let quota = want.limits.instances;
        let goal_ms = sums.avail_ms.max(sums.service_ms) as f64;
        let paper = (sums.worker_ms / (goal_ms * LOAD * f64::from(self.processes))).ceil();
        let mut instances = (paper.max(1.0) as u32).min(quota);
        while instances < quota && sums.service_ms <= want.deadline_ms {
            let tried = self.forecast(instances, TRIES.min(want.runs));
            if tried.p95_ms.is_some_and(|ms| ms <= want.deadline_ms) || sums.chain_ms >= want.deadline_ms {
                break;
            }
            let more = (f64::from(instances) * 1.15).ceil() as u32;
            // Beyond four times what it takes on paper more machines don't help.
            if f64::from(more) > paper.max(1.0) * 4.0 + 4.0 {
                break;
            }
            instances = more.max(instances + 1).min(quota);
        }
        (instances, self.forecast(instances, want.runs))
    }

    fn finished(&self, instances: u32, found: Forecast) -> Plan {
        let (want, sums) = (self.want, self.sums);
        let makes_it = found.chance >= SURE;
        let costs = self.costs(instances, &found);
        let (binding, would_take, done_by_then_ms) = self.binding(instances, makes_it);
        let stages = want.stages.iter().map(|stage| {
            let worker_ms = stage_ms(stage, &want.work);
            StagePlan { stage: stage.name.clone(), worker_ms, core_ms: (worker_ms as f64 * stage.cores) as u64 }
        });
        let services = want.services.iter().zip(&sums.demands).zip(&self.at_once).map(|((service, demand), at_once)| ServicePlan {
            service: service.name.clone(),
            calls: demand.calls,
            tokens: demand.tokens,
            at_once: *at_once,
            requests_per_minute: per_minute(demand.calls, sums.avail_ms),
            tokens_per_minute: per_minute(demand.tokens, sums.avail_ms),
            quota_known: service.requests_per_minute.is_some() || service.tokens_per_minute.is_some() || service.most_at_once.is_some(),
        });
        Plan {
            makes_it,
            deadline_ms: want.deadline_ms,
            items: want.work.items(),
            stages: stages.collect(),
            instance: self.kind.name.clone(),
            price_per_hour: self.kind.price_per_hour,
            instances,
            processes: self.processes,
            services: services.collect(),
            map_at_once: self.map_at_once(instances),
            batches: sums.batches.clone(),
            costs,
            forecast: found,
            binding,
            done_by_then_ms,
            would_take,
        }
    }

    fn costs(&self, instances: u32, found: &Forecast) -> Costs {
        let until_ms = found.p50_ms.unwrap_or(self.want.deadline_ms);
        let compute = self.kind.price_per_hour.times(u64::from(instances).saturating_mul(until_ms), HOUR_MS);
        let services = self.want.services.iter().zip(&self.sums.demands);
        let services = services.map(|(s, d)| s.cost_per_call.times(d.calls, 1) + s.cost_per_hour.times(d.video_ms, HOUR_MS)).sum();
        Costs { compute, services, total: compute + services }
    }

    /// How long workers take alone, in ms.
    fn compute_ms(&self, instances: u32) -> u64 {
        let workers = f64::from(instances) * f64::from(self.processes);
        if self.sums.worker_ms <= 0.0 {
            return 0;
        }
        let busy = if workers > 0.0 { (self.sums.worker_ms / (workers * LOAD)) as u64 } else { u64::MAX };
        busy.saturating_add(self.want.fleet.startup_ms).saturating_add(self.sums.chain_ms)
    }

    fn binding(&self, instances: u32, makes_it: bool) -> (Binding, Vec<String>, Option<u64>) {
        let (want, sums) = (self.want, self.sums);
        let compute_ms = self.compute_ms(instances);
        let services = want.services.iter().zip(&sums.demands);
        let bounds: Vec<(&Service, &Bound)> =
            services.flat_map(|(service, demand)| demand.bounds.iter().map(move |b| (service, b))).collect();
        let longest = bounds.iter().max_by_key(|(_, bound)| bound.ms).filter(|(_, bound)| bound.ms > compute_ms || bound.ms == u64::MAX);
        let (what, takes_ms) = match longest {
            Some((service, bound)) => (format!("{} of {}", bound.what, service.name), bound.ms),
            None => ("instances".to_owned(), compute_ms),
        };
        let took = if takes_ms == u64::MAX { "it is never done".to_owned() } else { spoken(takes_ms) };
        let mut would_take: Vec<String> = Vec::new();
        if !makes_it {
            for (service, bound) in bounds.iter().filter(|(_, bound)| bound.ms as f64 > sums.avail_ms as f64 * 0.97) {
                would_take.push(format!(
                    "a quota of {} {} for {} (it is {})",
                    thousands(self.needed(bound)),
                    bound.what,
                    service.name,
                    thousands(bound.quota)
                ));
            }
            would_take.extend(self.machines(instances));
        }
        let ask = would_take.first().map(|first| format!("; it would take {first}")).unwrap_or_default();
        let sentence = match longest {
            Some(_) => format!("{what} bind: {took}{ask}."),
            None => format!(
                "instances bind: {} take {took}{}.",
                counted(instances, &self.kind.name),
                if makes_it { "; more would be done sooner" } else { &ask }
            ),
        };
        let part = if takes_ms == 0 { 1.0 } else { (sums.avail_ms as f64 / takes_ms as f64).min(1.0) };
        let left = if sums.chain_ms + want.fleet.startup_ms > want.deadline_ms { 0.0 } else { part };
        let done = (!makes_it).then_some((want.work.video_ms as f64 * left) as u64);
        (Binding { what, takes_ms: (takes_ms < u64::MAX).then_some(takes_ms), sentence }, would_take, done)
    }

    /// A quota that would be enough, with a tenth to spare.
    fn needed(&self, bound: &Bound) -> u64 {
        let per = if bound.what == "requests at once" { self.sums.avail_ms as f64 } else { self.sums.avail_ms as f64 / 60_000.0 };
        (bound.amount as f64 / per * 1.1).ceil() as u64
    }

    /// How many machines would be enough, or why none are.
    fn machines(&self, instances: u32) -> Option<String> {
        let (want, sums) = (self.want, self.sums);
        let first = want.fleet.startup_ms + sums.chain_ms;
        if first > want.deadline_ms {
            return Some(format!(
                "a later deadline: starting a machine and the longest chain of one item take {} however many there are",
                spoken(first)
            ));
        }
        let needed = (sums.worker_ms / (sums.avail_ms as f64 * LOAD * f64::from(self.processes)) * 1.1).ceil().max(1.0) as u32;
        (needed > instances).then(|| format!("{} (the quota is {})", counted(needed, &self.kind.name), want.limits.instances))
    }
}

fn counted(count: u32, name: &str) -> String {
    if count == 1 { format!("one {name}") } else { format!("{} {name}", thousands(u64::from(count))) }
}

fn per_minute(amount: u64, over_ms: u64) -> u64 {
    u64::try_from((u128::from(amount) * 60_000).div_ceil(u128::from(over_ms.max(1)))).unwrap_or(u64::MAX)
}

/// Requests at once by Little's law (1961): the rate that the deadline takes, no more than quotas allow, times how long an answer takes.
fn at_once(service: &Service, demand: &Demand, avail_ms: u64) -> u32 {
    if demand.calls == 0 {
        return 0;
    }
    let per_ms = |per_minute: u64, of: u64| per_minute as f64 / 60_000.0 / of.max(1) as f64;
    let wanted = demand.calls as f64 / avail_ms as f64 * 1.1;
    let by_requests = service.requests_per_minute.map_or(f64::INFINITY, |quota| per_ms(quota, 1));
    let by_tokens = service.tokens_per_minute.filter(|_| service.tokens > 0).map_or(f64::INFINITY, |quota| per_ms(quota, service.tokens));
    let rate = wanted.min(by_requests).min(by_tokens);
    let least = (rate * demand.latency_ms as f64 * SLACK).ceil().max(1.0) as u32;
    least.min(service.most_at_once.unwrap_or(u32::MAX))
}

#[cfg(test)]
#[path = "size_tests.rs"]
mod tests;
