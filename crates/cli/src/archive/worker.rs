//! A worker: takes what a state machine hands out, one stage of one item at a time.

use super::sagemaker;
use crate::Outcome;
use crate::account::AccountArgs;
use anyhow::{Result, anyhow, bail};
use clap::Args;
use plumbline_aws::{Patience, StateMachines, Task};
use plumbline_flows::archive::Item;
use plumbline_pipeline::{Fault, Job, Source};
use plumbline_worker::{Failure, TOLERATED_PERCENT, Wanted, begin, serve, with_step};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Whose work to take.
#[derive(Args)]
// The command has this name, and would have a second group of it.
#[group(skip)]
pub struct Worker {
    /// The activity of Step Functions that hands out work, by its ARN.
    #[arg(long, value_name = "ARN", required_unless_present = "sagemaker")]
    activity: Option<String>,
    /// What the history of executions calls this worker.
    #[arg(long, default_value = "plumbline")]
    name: String,
    /// End where there was no work for so many seconds; by default it waits for ever.
    #[arg(long, value_name = "SECONDS")]
    idle: Option<u64>,
    /// Say every so many seconds that work goes on; three times in what the state machine waits for, at least.
    #[arg(long, default_value_t = 20, value_name = "SECONDS")]
    beat: u64,
    /// Take this host's share of an archive, as a job of SageMaker Processing.
    #[arg(long, conflicts_with = "activity")]
    pub sagemaker: bool,
    /// With --sagemaker: where the job's folders lie.
    #[arg(long, default_value = "/opt/ml", value_name = "FOLDER")]
    pub root: PathBuf,
    /// With --sagemaker: only count what is whole, and write that down.
    #[arg(long, requires = "sagemaker")]
    pub count: bool,
    /// With --count: so many of a hundred items may be missing in the end.
    #[arg(long, default_value_t = TOLERATED_PERCENT, value_parser = clap::value_parser!(u32).range(0..=100))]
    pub tolerated: u32,
    #[command(flatten)]
    pub account: AccountArgs,
}

/// Works until nobody has work any more.
pub fn worker(args: &Worker) -> Result<Outcome> {
    if args.sagemaker {
        return sagemaker::work(args);
    }
    let Some(activity) = &args.activity else { bail!("no activity is named. Name one with --activity") };
    let machines = StateMachines::open(&args.account.open()?, Patience::default());
    let mut taker = Taker { args, machines, activity: activity.clone(), worked: Instant::now(), recent: VecDeque::new() };
    let mut next = taker.next()?;
    while let Some((task, wanted)) = next {
        next = taker.serve(task, &wanted)?;
    }
    Ok(Outcome::Done)
}

/// A worker keeps the files of so many items.
const KEPT_ITEMS: usize = 4;

struct Taker<'a> {
    args: &'a Worker,
    machines: StateMachines,
    activity: String,
    worked: Instant,
    /// The items whose files may still be here, the last one behind.
    recent: VecDeque<Item>,
}

impl Taker<'_> {
    /// The next task; none once there was none for too long. A task that says nothing sensible is refused on the way.
    fn next(&mut self) -> Result<Option<(Task, Wanted)>> {
        loop {
            let idle = self.args.idle.is_some_and(|idle| self.worked.elapsed() >= Duration::from_secs(idle));
            if idle {
                return Ok(None);
            }
            let job = Job::quiet();
            let watched = self.args.idle.map(|idle| Duration::from_secs(idle).saturating_sub(self.worked.elapsed()));
            let asked = until(watched, &job, || self.machines.next(&self.activity, &self.args.name, &job));
            let task = match asked {
                Ok(task) => task,
                Err(plumbline_pipeline::CloudError::Cancelled(_)) => None,
                Err(error) => return Err(error.into()),
            };
            let Some(task) = task else { continue };
            self.worked = Instant::now();
            match serde_json::from_str(&task.input) {
                Ok(wanted) => return Ok(Some((task, wanted))),
                Err(error) => {
                    let why = format!("the task can't be read: {error}. Print the state machine with this version of Plumbline");
                    self.machines.fail(&task, Fault::Settings.name(), &why, &Job::quiet())?;
                }
            }
        }
    }

    /// Serves a task, and those after it that are of the same archive, with engines that stay warm. Gives the first that is of another one.
    fn serve(&mut self, task: Task, wanted: &Wanted) -> Result<Option<(Task, Wanted)>> {
        let choice = self.args.account.choice();
        if wanted.stage == "manifest" {
            // There are no engines before the archive has settings.
            self.one(&task, wanted, |job| begin(wanted, &choice, job))?;
            return self.next();
        }
        let places = wanted.places(&choice);
        let opened = || -> Result<_> {
            let (source, opened) = (places.source()?, places.out.open()?);
            let settings = opened.place().settings(&Job::quiet())?;
            let settings = settings.ok_or_else(|| anyhow!("{} is no archive. Begin it with `plumbline manifest`", places.out.address))?;
            Ok((source, opened, settings))
        };
        let (source, place, settings) = match opened() {
            Ok(opened) => opened,
            Err(error) => {
                let Failure { fault, why } = Failure::to_begin(&error);
                self.machines.fail(&task, fault.name(), &why, &Job::quiet())?;
                return self.next();
            }
        };
        let first = (task, wanted.clone());
        with_step((&source, &place), &settings, &places.out, |step, _| {
            let mut next = Some(first);
            while let Some((task, wanted)) = next.take() {
                if wanted.stage == "manifest" || wanted.places(&choice) != places {
                    return Ok(Some((task, wanted)));
                }
                self.one(&task, &wanted, |job| serve(&wanted, step, job))?;
                self.keep_few(wanted.item, step.source);
                self.worked = Instant::now();
                next = self.next()?;
            }
            Ok(None)
        })
    }

    /// Lets the files of items go whose last task was long ago: their other stages may be at other workers.
    fn keep_few(&mut self, item: Option<Item>, source: &dyn Source) {
        let Some(item) = item else { return };
        self.recent.retain(|known| known.id != item.id);
        self.recent.push_back(item);
        while self.recent.len() > KEPT_ITEMS {
            let gone = self.recent.pop_front();
            gone.iter().flat_map(|item| &item.files).for_each(|name| source.release(name));
        }
    }

    /// Does one task, and says how it ended. While it works, it says so.
    fn one(&self, task: &Task, wanted: &Wanted, work: impl FnOnce(&Job) -> std::result::Result<String, Failure>) -> Result<()> {
        let job = Job::quiet();
        let of = wanted.of();
        eprintln!("plumbline: begins {} of {of}", wanted.stage);
        let ended = beating(Duration::from_secs(self.args.beat), &job, || self.machines.beat(task, &Job::quiet()), || work(&job));
        let told = match ended {
            Ok(output) => {
                eprintln!("plumbline: ended {} of {of}", wanted.stage);
                self.machines.succeed(task, &output, &Job::quiet())?
            }
            Err(Failure { fault, why }) => {
                eprintln!("plumbline: {} of {of} failed: {why}", wanted.stage);
                self.machines.fail(task, fault.name(), &why, &Job::quiet())?
            }
        };
        if !told {
            eprintln!("plumbline: nobody waited any more for {}; what was done stays", wanted.stage);
        }
        Ok(())
    }
}

/// Does `work` while another thread says every `every` that it goes on; where nobody waits for it any more, the job is cancelled.
fn beating<T>(
    every: Duration,
    job: &Job,
    beat: impl Fn() -> std::result::Result<bool, plumbline_pipeline::CloudError> + Sync,
    work: impl FnOnce() -> T,
) -> T {
    let (over, woken) = (Mutex::new(false), Condvar::new());
    std::thread::scope(|threads| {
        threads.spawn(|| {
            let mut is_over = over.lock().unwrap_or_else(PoisonError::into_inner);
            loop {
                is_over = woken.wait_timeout_while(is_over, every, |over| !*over).unwrap_or_else(PoisonError::into_inner).0;
                if *is_over {
                    return;
                }
                // A beat that gets lost is made up for by the next one.
                if matches!(beat(), Ok(false)) {
                    job.cancel();
                    return;
                }
            }
        });
        let done = work();
        *over.lock().unwrap_or_else(PoisonError::into_inner) = true;
        woken.notify_all();
        done
    })
}

/// Does `work`, whose job is cancelled after a time, where there is one.
fn until<T>(time: Option<Duration>, job: &Job, work: impl FnOnce() -> T) -> T {
    match time {
        None => work(),
        Some(time) => {
            let ends = || {
                job.cancel();
                Ok(true)
            };
            beating(time.max(Duration::from_millis(50)), job, ends, work)
        }
    }
}
