//! Machines within a simulated run: they are started, lost and let go.

use super::super::HOUR_MS;
use super::super::draw::{Draw, ms};
use super::{Engine, Event};
use std::cmp::Reverse;

// What draws are for.
const START: u64 = 5;
const LOSS: u64 = 6;

/// How far a machine is.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum State {
    Off,
    Starting,
    Up,
    /// Takes no new task.
    Leaving,
}

/// A machine. Each time that it goes it begins another life, so that what was meant for the one before finds nobody.
pub(super) struct Machine {
    pub(super) state: State,
    pub(super) life: u32,
    pub(super) since_ms: u64,
    pub(super) running: Vec<u32>,
}

impl Engine<'_> {
    /// Has so many machines from now on: starts what is missing, and lets those go that are too many once they have ended their tasks.
    pub(super) fn scale(&mut self, machines: u32) {
        self.wanted = machines;
        while self.machines.len() < machines as usize {
            self.machines.push(Machine { state: State::Off, life: 0, since_ms: 0, running: Vec::new() });
        }
        for n in 0..self.machines.len() as u32 {
            let idle = self.machines[n as usize].running.is_empty();
            match (n < machines, self.machines[n as usize].state) {
                (true, State::Off) => self.start(n),
                (true, State::Leaving) => {
                    let host = &mut self.machines[n as usize];
                    host.state = State::Up;
                    let (life, taken) = (host.life, host.running.len());
                    // What it had free was dropped or still stands in the heap: a new life would lose its tasks, so only what is missing comes back.
                    let listed = self.free.iter().filter(|Reverse((machine, of))| (*machine, *of) == (n, life)).count();
                    let missing = (self.world.fleet.processes as usize).saturating_sub(taken + listed);
                    (0..missing).for_each(|_| self.free.push(Reverse((n, life))));
                }
                (false, State::Starting) => self.leave(n),
                (false, State::Up) if idle => self.leave(n),
                (false, State::Up) => self.machines[n as usize].state = State::Leaving,
                _ => {}
            }
        }
    }

    pub(super) fn start(&mut self, n: u32) {
        let life = self.machines[n as usize].life;
        self.machines[n as usize].state = State::Starting;
        // From two thirds of the mean to four thirds: machines never start at once.
        let share = 2.0 / 3.0 * (1.0 + Draw::of(self.seed, [START, u64::from(n), u64::from(life), 0]).unit());
        let after_ms = ms(self.world.fleet.startup_ms as f64 * share);
        self.at(self.now_ms.saturating_add(after_ms), Event::Up { machine: n, life });
    }

    pub(super) fn up(&mut self, n: u32, life: u32) {
        let host = &mut self.machines[n as usize];
        if host.life != life || host.state != State::Starting {
            return;
        }
        (host.state, host.since_ms) = (State::Up, self.now_ms);
        (0..self.world.fleet.processes).for_each(|_| self.free.push(Reverse((n, life))));
        if self.world.fleet.losses_per_1000_h > 0.0 {
            let mean_ms = 1_000.0 * HOUR_MS as f64 / self.world.fleet.losses_per_1000_h;
            let after_ms = ms(Draw::of(self.seed, [LOSS, u64::from(n), u64::from(life), 0]).wait(mean_ms)).max(1);
            self.at(self.now_ms.saturating_add(after_ms), Event::Lost { machine: n, life });
        }
    }

    /// A machine is gone, with what it was doing.
    pub(super) fn lost(&mut self, n: u32, life: u32) {
        let host = &mut self.machines[n as usize];
        if host.life != life || !matches!(host.state, State::Up | State::Leaving) {
            return;
        }
        for task in std::mem::take(&mut host.running) {
            let of = self.tasks[task as usize];
            self.out.lost_ms += self.now_ms - of.began_ms;
            self.out.redone += 1;
            let cell = self.cell(of.item, of.stage);
            self.attempts[cell] = self.attempts[cell].saturating_add(1);
            self.ready.push(Reverse((of.item, of.stage)));
        }
        self.leave(n);
        if n < self.wanted {
            self.start(n);
        }
    }

    pub(super) fn leave(&mut self, n: u32) {
        let host = &mut self.machines[n as usize];
        if matches!(host.state, State::Up | State::Leaving) {
            self.out.there_ms += (self.now_ms - host.since_ms) * u64::from(self.world.fleet.processes);
        }
        (host.state, host.life) = (State::Off, host.life + 1);
    }
}
