//! Disks that are full or read-only.
#![cfg(target_os = "linux")]

use crate::{CLIP, Room, SRT};
use plumbline_adapters::DiskArtifacts;
use plumbline_core::gate::GateId;
use plumbline_flows::export::{Kind, export, write_whole};
use plumbline_flows::{self as flows, Desk};
use plumbline_pipeline::Job;
use plumbline_pipeline::stages::Ports;
use plumbline_project::{By, Op, Project};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A small disk of its own, unmounted with the value.
struct Disk(tempfile::TempDir);

impl Disk {
    /// None, with the reason printed, where this account may not mount.
    fn new() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        mount(&["-t", "tmpfs", "-o", "size=2m", "tmpfs"], folder.path()).then(|| Self(folder))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Takes all the room there is.
    fn fill(&self) {
        let mut filler = std::fs::File::create(self.path("filler")).unwrap();
        while filler.write(&[1; 4096]).is_ok_and(|n| n > 0) {}
    }

    fn make_room(&self) {
        std::fs::remove_file(self.path("filler")).unwrap();
    }

    fn listing(&self) -> Vec<PathBuf> {
        let mut all: Vec<PathBuf> = std::fs::read_dir(self.0.path()).unwrap().map(|e| e.unwrap().path()).collect();
        all.sort();
        all
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Where this fails the folder can't be removed either, and the system cleans up.
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

fn mount(arguments: &[&str], at: &Path) -> bool {
    let said = Command::new("mount").args(arguments).arg(at).output();
    match said {
        Ok(output) if output.status.success() => true,
        Ok(output) => {
            println!("skipped: a small disk can't be mounted here: {}", String::from_utf8_lossy(&output.stderr).trim());
            false
        }
        Err(error) => {
            println!("skipped: there is no mount program: {error}");
            false
        }
    }
}

fn long_note() -> Op {
    Op::SetThresholds { limits: [(GateId::ReadingSpeed, 20.0)].into(), note: "long ".repeat(20_000) }
}

#[test]
fn a_project_on_a_full_disk_says_so_and_loses_nothing() {
    let Some(disk) = Disk::new() else { return };
    let by = By::Person("Ada".into());
    let path = disk.path("x.plumbline");
    let mut project = Project::create(&path).unwrap();
    let kept = Op::SetThresholds { limits: [(GateId::ReadingSpeed, 21.0)].into(), note: "kept".into() };
    project.apply(kept, &by).unwrap();
    let before = project.dump().unwrap();
    disk.fill();
    let said = project.apply(long_note(), &by).unwrap_err().to_string();
    assert!(said.contains("x.plumbline could not be written: the disk is full. Make room and do it again"), "{said}");
    assert_eq!(project.dump().unwrap(), before);
    let second = Project::create(&disk.path("y.plumbline")).err().unwrap().to_string();
    assert!(second.contains("y.plumbline") && second.contains("the disk is full"), "{second}");
    // Killed and opened again while the disk is still full, then with room.
    drop(project);
    if let Ok(project) = Project::open(&path) {
        assert_eq!(project.dump().unwrap(), before);
    }
    disk.make_room();
    let mut project = Project::open(&path).unwrap();
    assert_eq!(project.dump().unwrap(), before);
    project.apply(long_note(), &by).unwrap();
}

#[test]
fn results_for_a_full_or_read_only_disk_leave_the_old_ones_whole() {
    let Some(disk) = Disk::new() else { return };
    let room = Room::new();
    let media = room.import_one(&[room.make("clip.mp4", CLIP), room.write("clip.srt", SRT)]);
    let old = disk.path("clip.srt");
    std::fs::write(&old, "what was there").unwrap();
    let refused = |says: &str| {
        let before = disk.listing();
        let big = vec![7; 3 << 20];
        let errors = [export(&room.desk(), &media, Kind::Srt, &old), write_whole(&old, &big)].map(|r| r.unwrap_err().to_string());
        for error in errors {
            assert!(error.starts_with(&format!("{}: {says}", old.display())), "{error}");
        }
        assert_eq!(std::fs::read(&old).unwrap(), b"what was there");
        assert_eq!(disk.listing(), before, "something half was left");
    };
    disk.fill();
    refused("the disk is full. Make room");
    disk.make_room();
    if mount(&["-o", "remount,ro"], disk.0.path()) {
        refused("the folder is read-only. Choose another one");
        mount(&["-o", "remount,rw"], disk.0.path());
    }
    export(&room.desk(), &media, Kind::Srt, &old).unwrap();
    assert_eq!(std::fs::read_to_string(&old).unwrap(), SRT);
}

#[test]
fn a_project_on_a_read_only_disk_says_so() {
    let Some(disk) = Disk::new() else { return };
    let path = disk.path("x.plumbline");
    drop(Project::create(&path).unwrap());
    let before = (disk.listing(), std::fs::read(&path).unwrap());
    if !mount(&["-o", "remount,ro"], disk.0.path()) {
        return;
    }
    let said = Project::open(&path).err().unwrap().to_string();
    assert!(said.contains("x.plumbline can't be"), "{said}");
    let said = Project::create(&disk.path("y.plumbline")).err().unwrap().to_string();
    assert!(said.contains("y.plumbline can't be"), "{said}");
    assert_eq!((disk.listing(), std::fs::read(&path).unwrap()), before);
}

#[test]
fn a_full_cache_says_so_and_the_project_stays() {
    let Some(disk) = Disk::new() else { return };
    let room = Room::new();
    let media = room.import_one(&[room.make("clip.mp4", CLIP), room.write("clip.srt", SRT)]);
    let before = room.state();
    disk.fill();
    let artifacts = DiskArtifacts::new(disk.path("cache"));
    let desk = Desk { ports: Ports { artifacts: &artifacts, ..room.desk().ports }, ..room.desk() };
    let said = flows::ensure_analysed(&desk, &media, &Job::quiet()).unwrap_err().to_string();
    assert!(said.contains("can't be kept") && said.contains("Check the free space and the permissions of the cache folder"), "{said}");
    assert_eq!(room.state(), before);
    disk.make_room();
    flows::ensure_analysed(&desk, &media, &Job::quiet()).unwrap();
}
