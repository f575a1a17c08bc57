use super::{CLICK, NUMBERED, Studio};
use plumbline_adapters::{DiskArtifacts, DocumentFiles, Ffmpeg, MemoryArtifacts, NoAcoustics, NoScorers, Wave};
use plumbline_core::Profile;
use plumbline_pipeline::stages::{hash, proxy, shots, sound};
use plumbline_pipeline::{Artifacts, Job, MediaFile, Ports, StageError};
use std::path::PathBuf;

/// Every stage, once for real and once from what is kept, when the file itself may be gone.
fn check(artifacts: &dyn Artifacts) {
    let studio = Studio::new();
    let path = studio.make("film.mp4", &format!("{NUMBERED} {CLICK} -c:v libx264 -c:a aac"));
    let hash = hash::run(&path, &Job::quiet()).unwrap();
    let ports = Ports { media: &Ffmpeg, artifacts, acoustics: &NoAcoustics, scorers: &NoScorers, documents: &DocumentFiles::USUAL };
    let all = |path: &PathBuf| -> Result<_, StageError> {
        let file = MediaFile { path, hash: &hash };
        let job = Job::quiet();
        Ok((sound::run(file, &ports, &job)?, shots::run(file, &ports, &job)?, proxy::run(file, 64, &ports, &job)?))
    };
    let first = all(&path).unwrap();
    assert_eq!(first.0.peaks.samples(), 48_128);
    assert_eq!(first.0.envelope.values.len(), 48_128usize.div_ceil(160));
    // The click lies in the column that covers 1 s, and in no other.
    let loud: Vec<usize> = (0..).zip(first.0.peaks.slice(0, 0, 999)).filter(|(_, c)| c[1] > 60).map(|(i, _)| i).collect();
    assert_eq!(loud, [62]);
    assert!(first.2.exists());
    assert_eq!(all(&studio.path("gone.mp4")).unwrap(), first);
    // What is damaged is made anew.
    for key in [sound::envelope_key(&hash, Profile::default()), sound::peaks_key(&hash), shots::key(&hash)] {
        artifacts.put(&key, b"not what it was").unwrap();
        assert_eq!(all(&path).unwrap(), first);
    }
    std::fs::write(&first.2, "no film").unwrap();
    assert_eq!(all(&path).unwrap(), first);
    assert_eq!(all(&studio.path("gone.mp4")).unwrap(), first);
}

#[test]
fn stages_run_once_over_every_store() {
    let dir = tempfile::tempdir().unwrap();
    check(&DiskArtifacts::new(dir.path()));
    check(&MemoryArtifacts::new());
}

#[test]
fn a_cancelled_stage_keeps_nothing() {
    let studio = Studio::new();
    let path = studio.make("film.mp4", &format!("{NUMBERED} {CLICK} -c:v libx264 -c:a aac"));
    let dir = tempfile::tempdir().unwrap();
    let artifacts = DiskArtifacts::new(dir.path());
    let ports =
        Ports { media: &Ffmpeg, artifacts: &artifacts, acoustics: &NoAcoustics, scorers: &NoScorers, documents: &DocumentFiles::USUAL };
    let (file, job) = (MediaFile { path: &path, hash: "h" }, Job::quiet());
    job.cancel();
    assert!(matches!(sound::run(file, &ports, &job), Err(StageError::Cancelled(_))));
    assert!(matches!(shots::run(file, &ports, &job), Err(StageError::Cancelled(_))));
    assert!(matches!(proxy::run(file, 64, &ports, &job), Err(StageError::Cancelled(_))));
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn the_plain_reader_serves_the_stages_as_well() {
    let studio = Studio::new();
    let path = studio.make("talk.wav", &format!("{CLICK} -ar 44100 -ac 2"));
    let artifacts = MemoryArtifacts::new();
    let file = MediaFile { path: &path, hash: "talk" };
    let ports =
        |media| Ports { media, artifacts: &artifacts, acoustics: &NoAcoustics, scorers: &NoScorers, documents: &DocumentFiles::USUAL };
    let plain = sound::run(file, &ports(&Wave), &Job::quiet()).unwrap();
    let other = MediaFile { hash: "talk again", ..file };
    let full = sound::run(other, &ports(&Ffmpeg), &Job::quiet()).unwrap();
    assert_eq!(plain.peaks.samples(), full.peaks.samples());
    for (a, b) in plain.peaks.slice(0, 0, 999).iter().zip(full.peaks.slice(0, 0, 999)) {
        assert!(a[0].abs_diff(b[0]) < 12 && a[1].abs_diff(b[1]) < 12, "{a:?} {b:?}");
    }
    assert!(matches!(shots::run(file, &ports(&Wave), &Job::quiet()), Err(StageError::Media(_))));
}
