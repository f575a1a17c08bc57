//! How busy this machine is.

use plumbline_pipeline::width::Load;
use std::sync::{Mutex, PoisonError};
use sysinfo::System;

/// Reads how busy this machine is, with everything that runs on it.
#[derive(Debug)]
pub struct MachineLoad(Mutex<System>);

impl Default for MachineLoad {
    fn default() -> Self {
        let mut system = System::new();
        system.refresh_cpu_usage();
        Self(Mutex::new(system))
    }
}

impl MachineLoad {
    /// The load since this was asked last; none where the machine does not say.
    pub fn read(&self) -> Option<Load> {
        let mut system = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        system.refresh_cpu_usage();
        system.refresh_memory();
        let total = system.total_memory();
        (total > 0)
            .then(|| Load { busy: f64::from(system.global_cpu_usage()) / 100.0, free: system.available_memory() as f64 / total as f64 })
    }
}
