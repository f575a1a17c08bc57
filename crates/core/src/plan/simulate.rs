//! One run of an archive, event by event. Everything drawn is a function of the seed and of what it is drawn for, so a run is the same everywhere, and two fleets
//! meet the same items, stragglers and answers.

use super::arrivals::{Item, calls, items};
use super::draw::{Draw, ms};
use super::services::{Desk, Packet, Sent};
use super::{HOUR_MS, Leg, World};
use machines::{Machine, State};
use serde::Serialize;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

#[path = "machines.rs"]
mod machines;

/// Samples of the queue that are kept at most.
const SAMPLES: usize = 120;

/// When a run was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    /// So many ms after it began: the last item of what there was at the beginning.
    At(u64),
    /// Never, and why.
    Never(String),
}

/// What a run came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Run {
    /// When it was done.
    pub finish: Finish,
    /// Time that workers spent on tasks that they ended, in ms, summed.
    pub done_ms: u64,
    /// Time that went into tasks that died with their machine.
    pub lost_ms: u64,
    /// Time that workers were there for.
    pub there_ms: u64,
    /// Tasks that were ended.
    pub tasks: u64,
    /// Tasks that had to be done again.
    pub redone: u64,
    /// Calls that each service answered.
    pub calls: Vec<u64>,
    /// Calls that each service refused.
    pub refusals: Vec<u64>,
    /// How many items were there and not done, now and then: time in ms and items.
    pub queue: Vec<(u64, u64)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Arrival(u32),
    Up { machine: u32, life: u32 },
    Lost { machine: u32, life: u32 },
    Ended { task: u32 },
    Answered { call: u32 },
    Refused { call: u32 },
    Again { call: u32 },
    Room { service: u32 },
    Scale { machines: u32 },
}

// What draws are for.
const TASK: u64 = 3;
const SLOW: u64 = 4;

#[derive(Clone, Copy)]
struct Task {
    item: u32,
    stage: u32,
    machine: u32,
    life: u32,
    began_ms: u64,
}

/// Runs the world once.
pub fn simulate(world: &World, seed: u64) -> Run {
    if let Some(why) = hopeless(world) {
        return Run { finish: Finish::Never(why), ..Run::nothing(world.services.len()) };
    }
    let mut engine = Engine::new(world, seed);
    engine.run();
    engine.summary()
}

impl Run {
    fn nothing(services: usize) -> Self {
        let none = vec![0; services];
        Self {
            finish: Finish::At(0),
            done_ms: 0,
            lost_ms: 0,
            there_ms: 0,
            tasks: 0,
            redone: 0,
            calls: none.clone(),
            refusals: none,
            queue: vec![],
        }
    }
}

/// Why no run can ever be done, where that can be seen beforehand.
fn hopeless(world: &World) -> Option<String> {
    if world.work.video_ms == 0 && world.bursts.is_empty() {
        return None;
    }
    let asked = |n: usize| world.stages.iter().any(|stage| stage.services.contains(&n) && world.work.share(stage.leg) > 0.0);
    for (n, service) in world.services.iter().enumerate().filter(|(n, _)| asked(*n)) {
        for (nothing, what) in [
            (service.requests_per_minute == Some(0), "requests per minute"),
            (service.tokens_per_minute == Some(0) && service.tokens > 0, "tokens per minute"),
            (service.most_at_once == Some(0) || world.at_once.get(n).is_none_or(|n| *n == 0), "requests at once"),
        ] {
            if nothing {
                return Some(format!("{} allows no {what}: nothing that asks it is ever done. Ask for a quota", service.name));
            }
        }
    }
    let machines = world.fleet.steps.iter().map(|(_, n)| *n).fold(world.fleet.instances, u32::max);
    let works = world.stages.iter().any(|stage| stage.wall_ms_per_hour > 0 && world.work.share(stage.leg) > 0.0);
    if works && machines.saturating_mul(world.fleet.processes) == 0 {
        return Some("there is no worker: nothing is ever done. Allow one instance at least".into());
    }
    (world.map_at_once == 0).then(|| "no item may be under way: nothing is ever done. Allow one at least".into())
}

struct Engine<'a> {
    world: &'a World<'a>,
    seed: u64,
    now_ms: u64,
    events: BinaryHeap<Reverse<(u64, u64, Event)>>,
    numbered: u64,
    items: Vec<Item>,
    /// Items of what there was at the beginning that are not done.
    archive_left: u32,
    archive: u32,
    /// Items that are there and not begun: the next is this one, up to that one.
    next: u32,
    arrived: u32,
    under_way: u32,
    done_items: u64,
    /// Of each item and stage, what it still waits for.
    waits: Vec<u16>,
    /// Of each item and stage, packets that are not answered.
    open: Vec<u32>,
    attempts: Vec<u16>,
    followers: Vec<Vec<u32>>,
    ready: BinaryHeap<Reverse<(u32, u32)>>,
    machines: Vec<Machine>,
    wanted: u32,
    /// Workers that are free: the machine, and which life of it.
    free: BinaryHeap<Reverse<(u32, u32)>>,
    tasks: Vec<Task>,
    desks: Vec<Desk<'a>>,
    sent: Vec<(u32, Packet)>,
    spare: Vec<u32>,
    out: Run,
    every_ms: u64,
}

impl<'a> Engine<'a> {
    fn new(world: &'a World<'a>, seed: u64) -> Self {
        let items = items(world, seed);
        let archive = items.iter().filter(|item| item.at_ms == 0).count() as u32;
        let stages = world.stages.len();
        let mut followers = vec![Vec::new(); stages];
        for (n, stage) in world.stages.iter().enumerate() {
            stage.after.iter().for_each(|before| followers[*before].push(n as u32));
        }
        let waits = world.stages.iter().map(|stage| stage.after.len() as u16).collect::<Vec<_>>().repeat(items.len());
        let desks = world.services.iter().enumerate().map(|(n, service)| {
            let most = world.at_once.get(n).copied().unwrap_or(0);
            Desk::new(service, most.min(service.most_at_once.unwrap_or(u32::MAX)))
        });
        let mut engine = Self {
            world,
            seed,
            now_ms: 0,
            events: BinaryHeap::new(),
            numbered: 0,
            archive_left: archive,
            archive,
            next: 0,
            arrived: archive,
            under_way: 0,
            done_items: 0,
            open: vec![0; items.len() * stages],
            attempts: vec![0; items.len() * stages],
            waits,
            items,
            followers,
            ready: BinaryHeap::new(),
            machines: Vec::new(),
            wanted: 0,
            free: BinaryHeap::new(),
            tasks: Vec::new(),
            desks: desks.collect(),
            sent: Vec::new(),
            spare: Vec::new(),
            out: Run::nothing(world.services.len()),
            every_ms: 60_000,
        };
        for n in engine.archive..engine.items.len() as u32 {
            engine.at(engine.items[n as usize].at_ms, Event::Arrival(n));
        }
        for (at_ms, machines) in &world.fleet.steps {
            engine.at(*at_ms, Event::Scale { machines: *machines });
        }
        engine.scale(world.fleet.instances);
        engine
    }

    fn at(&mut self, at_ms: u64, event: Event) {
        self.numbered += 1;
        self.events.push(Reverse((at_ms, self.numbered, event)));
    }

    fn run(&mut self) {
        self.admit();
        while self.archive_left > 0 || (self.done_items as usize) < self.items.len() {
            let Some(Reverse((at_ms, _, event))) = self.events.pop() else {
                self.out.finish = Finish::Never("nothing goes on any more though items are left".into());
                return;
            };
            if at_ms > self.world.horizon_ms {
                if self.archive_left > 0 {
                    self.out.finish =
                        Finish::Never(format!("{} items are left after {}", self.archive_left, super::spoken(self.world.horizon_ms)));
                }
                return;
            }
            self.sample(at_ms);
            self.now_ms = at_ms;
            self.happen(event);
            self.admit();
            self.give();
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Arrival(n) => self.arrived = self.arrived.max(n + 1),
            Event::Scale { machines } => self.scale(machines),
            Event::Up { machine, life } => self.up(machine, life),
            Event::Lost { machine, life } => self.lost(machine, life),
            Event::Ended { task } => self.ended(task),
            Event::Answered { call } => {
                let (service, packet) = self.landed(call);
                self.desks[service as usize].answered(&packet);
                let cell = self.cell(packet.item, packet.stage);
                self.open[cell] -= 1;
                if self.open[cell] == 0 {
                    self.stage_done(packet.item, packet.stage);
                }
                self.send(service);
            }
            Event::Refused { call } => {
                let (service, packet) = self.landed(call);
                let (packet, at_ms) = self.desks[service as usize].refused(self.now_ms, packet, self.seed);
                let call = self.note(service, packet);
                self.at(at_ms, Event::Again { call });
                self.send(service);
            }
            Event::Again { call } => {
                let (service, packet) = self.landed(call);
                self.desks[service as usize].queue.push_front(packet);
                self.send(service);
            }
            Event::Room { service } => {
                self.desks[service as usize].wake_ms = None;
                self.send(service);
            }
        }
    }

    fn cell(&self, item: u32, stage: u32) -> usize {
        item as usize * self.world.stages.len() + stage as usize
    }

    /// Begins items as long as there is room for them.
    fn admit(&mut self) {
        while self.next < self.arrived && self.under_way < self.world.map_at_once {
            let item = self.next;
            self.next += 1;
            self.under_way += 1;
            if self.world.stages.is_empty() {
                self.item_done(item);
            }
            for stage in 0..self.world.stages.len() as u32 {
                if self.world.stages[stage as usize].after.is_empty() {
                    self.begin(item, stage);
                }
            }
        }
    }

    fn has(&self, item: u32, leg: Leg) -> bool {
        let item = &self.items[item as usize];
        match leg {
            Leg::Sound => item.sound,
            Leg::Picture => item.picture,
            Leg::Both => true,
        }
    }

    /// A stage waits for nothing any more.
    fn begin(&mut self, item: u32, stage: u32) {
        let about = &self.world.stages[stage as usize];
        if !self.has(item, about.leg) {
            self.stage_done(item, stage);
        } else if about.wall_ms_per_hour > 0 {
            self.ready.push(Reverse((item, stage)));
        } else {
            self.ask(item, stage);
        }
    }

    /// Queues what a stage asks of services.
    fn ask(&mut self, item: u32, stage: u32) {
        let video_ms = self.items[item as usize].video_ms;
        let (cell, world) = (self.cell(item, stage), self.world);
        for service in &world.stages[stage as usize].services {
            let mut left = calls(world.services[*service].calls, video_ms);
            let mut number = 0;
            while left > 0 {
                let calls = left.min(world.packet.max(1));
                self.desks[*service].queue.push_back(Packet { item, stage, number, calls, attempt: 0, video_ms });
                (left, number) = (left - calls, number + 1);
                self.open[cell] += 1;
            }
        }
        if self.open[cell] == 0 {
            return self.stage_done(item, stage);
        }
        world.stages[stage as usize].services.iter().for_each(|service| self.send(*service as u32));
    }

    fn stage_done(&mut self, item: u32, stage: u32) {
        for n in 0..self.followers[stage as usize].len() {
            let follower = self.followers[stage as usize][n];
            let cell = self.cell(item, follower);
            self.waits[cell] -= 1;
            if self.waits[cell] == 0 {
                self.begin(item, follower);
            }
        }
        self.items[item as usize].left -= 1;
        if self.items[item as usize].left == 0 {
            self.item_done(item);
        }
    }

    fn item_done(&mut self, item: u32) {
        self.under_way -= 1;
        self.done_items += 1;
        if item < self.archive {
            self.archive_left -= 1;
            if self.archive_left == 0 {
                self.out.finish = Finish::At(self.now_ms);
            }
        }
    }

    fn send(&mut self, service: u32) {
        loop {
            match self.desks[service as usize].send(self.now_ms, self.world.refused, self.seed, service as usize) {
                Sent::Answered(packet, at_ms) => {
                    let call = self.note(service, packet);
                    self.at(at_ms, Event::Answered { call });
                }
                Sent::Refused(packet, at_ms) => {
                    let call = self.note(service, packet);
                    self.at(at_ms, Event::Refused { call });
                }
                Sent::Wait(at_ms) => {
                    let desk = &mut self.desks[service as usize];
                    if desk.wake_ms.is_none_or(|wake| wake > at_ms) {
                        desk.wake_ms = Some(at_ms);
                        self.at(at_ms, Event::Room { service });
                    }
                    return;
                }
                Sent::Full => return,
            }
        }
    }

    /// Keeps a packet that is on its way; gives its number.
    fn note(&mut self, service: u32, packet: Packet) -> u32 {
        if let Some(n) = self.spare.pop() {
            self.sent[n as usize] = (service, packet);
            return n;
        }
        self.sent.push((service, packet));
        self.sent.len() as u32 - 1
    }

    fn landed(&mut self, call: u32) -> (u32, Packet) {
        self.spare.push(call);
        self.sent[call as usize]
    }

    /// Gives tasks that are ready to workers that are free, those of the oldest items first.
    fn give(&mut self) {
        while let (Some(Reverse((item, stage))), Some(Reverse((machine, life)))) = (self.ready.peek().copied(), self.free.peek().copied()) {
            self.free.pop();
            let host = &self.machines[machine as usize];
            if host.life != life || host.state != State::Up {
                continue;
            }
            self.ready.pop();
            let took_ms = self.task_ms(item, stage);
            let task = self.tasks.len() as u32;
            self.tasks.push(Task { item, stage, machine, life, began_ms: self.now_ms });
            self.machines[machine as usize].running.push(task);
            self.at(self.now_ms.saturating_add(took_ms), Event::Ended { task });
        }
    }

    fn task_ms(&self, item: u32, stage: u32) -> u64 {
        let (about, fleet) = (&self.world.stages[stage as usize], self.world.fleet);
        let attempt = u64::from(self.attempts[self.cell(item, stage)]);
        let keys = [u64::from(item), u64::from(stage), attempt];
        let work = about.wall_ms_per_hour as f64 * self.items[item as usize].video_ms as f64 / HOUR_MS as f64;
        let work = work * Draw::of(self.seed, [TASK, keys[0], keys[1], 0]).factor(about.spread);
        let mut slow = Draw::of(self.seed, [SLOW, keys[0], keys[1], keys[2]]);
        let work = if slow.unit() < fleet.stragglers { work * slow.tail(fleet.worst) } else { work };
        ms(work).max(1).saturating_add(fleet.overhead_ms)
    }

    fn ended(&mut self, task: u32) {
        let of = self.tasks[task as usize];
        let host = &mut self.machines[of.machine as usize];
        if host.life != of.life {
            return;
        }
        host.running.retain(|running| *running != task);
        self.out.done_ms += self.now_ms - of.began_ms;
        self.out.tasks += 1;
        match host.state {
            State::Up => self.free.push(Reverse((of.machine, of.life))),
            State::Leaving if host.running.is_empty() => self.leave(of.machine),
            _ => {}
        }
        self.ask(of.item, of.stage);
    }

    /// Notes the queue as it was at the times of samples that have come by.
    fn sample(&mut self, until_ms: u64) {
        let waiting = u64::from(self.arrived) - self.done_items;
        loop {
            let at_ms = self.out.queue.last().map_or(0, |(at, _)| at + self.every_ms);
            if at_ms >= until_ms {
                return;
            }
            self.out.queue.push((at_ms, waiting));
            if self.out.queue.len() >= SAMPLES {
                let mut kept = false;
                self.out.queue.retain(|_| {
                    kept = !kept;
                    kept
                });
                self.every_ms *= 2;
            }
        }
    }

    fn summary(mut self) -> Run {
        for n in 0..self.machines.len() as u32 {
            self.leave(n);
        }
        for (n, desk) in self.desks.iter().enumerate() {
            (self.out.calls[n], self.out.refusals[n]) = (desk.calls, desk.refusals);
        }
        self.out
    }
}

#[cfg(test)]
#[path = "simulate_tests.rs"]
mod tests;
