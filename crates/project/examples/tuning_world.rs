//! Makes a project of 400 short media whose units were drawn, checked and decided on, always the same: `plumbline tune` says the same of it
//! every time.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "../tests/common/world.rs"]
mod library;

use std::path::Path;

fn main() {
    let Some(path) = std::env::args().nth(1) else {
        eprintln!("tuning_world: name the project to make, such as world.plumbline");
        std::process::exit(2);
    };
    let mut world = library::world(Path::new(&path), 400);
    library::start(&mut world.project, 1.0 / library::UNITS as f64, library::UNITS as u32);
    let decided = library::review(&mut world);
    world.project.pack().unwrap();
    println!("{path}: {} units in {} media, {decided} decided", world.values.len(), world.defects.len() / library::UNITS);
}
