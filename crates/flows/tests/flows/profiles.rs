//! Profiles tried on real speech: with hum and hiss over it, and clean.

use crate::words::desk;
use crate::{CLIP, Room, SRT, sample};
use plumbline_core::Profile;
use plumbline_core::gate::{About, GateId};
use plumbline_flows::{self as flows, Error, profiles};
use plumbline_pipeline::{Job, Progress};
use plumbline_project::views::ProposalState;
use plumbline_project::{MediaId, Op};
use serde_json::Value;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

/// As much of the sample as three stretches fill.
const LENGTH_S: f64 = 90.0;

/// The beginning of the sample's sound with noise over it, and its transcript.
fn noisy(room: &Room, noise: &str) -> Vec<PathBuf> {
    let mix = format!(
        "-i {} -f lavfi -i aevalsrc={noise}:s=16000 -filter_complex [0:a][1:a]amix=inputs=2:duration=first:normalize=0 -t {LENGTH_S} -ac 1 -ar 16000",
        sample("bridge.mp4").display()
    );
    let sound = room.make("bridge.wav", &mix);
    let mut transcript: Value = serde_json::from_slice(&std::fs::read(sample("bridge.transcribe.json")).unwrap()).unwrap();
    let results = transcript["results"].as_object_mut().unwrap();
    let starts = |item: &Value| item["start_time"].as_str().is_some_and(|s| s.parse::<f64>().unwrap() < LENGTH_S - 5.0);
    let items: Vec<Value> = results["items"].as_array().unwrap().iter().filter(|item| starts(item)).cloned().collect();
    results.retain(|name, _| name == "transcripts" || name == "language_code");
    results.insert("items".into(), items.into());
    vec![sound, room.write("bridge.transcribe.json", transcript.to_string())]
}

/// Mains hum and hiss, together louder than the speech.
const HUM_AND_HISS: &str = "0.3*sin(2*PI*50*t)+0.1*sin(2*PI*150*t)+0.12*(2*random(0)-1)";

fn on_sound(room: &Room, media: &MediaId) -> Vec<GateId> {
    let flags = room.desk().project().flags(media).unwrap().flags;
    let mut gates: Vec<GateId> = flags.iter().map(|f| f.gate).filter(|gate| gate.row().about == About::Sound).collect();
    gates.sort();
    gates.dedup();
    gates
}

#[test]
fn a_profile_for_hum_and_hiss_is_measured_and_used() {
    let room = Room::new();
    let Some(desk) = desk(&room) else { return };
    let media = room.import_one(&noisy(&room, HUM_AND_HISS));
    let quiet = Job::quiet();
    flows::ensure_analysed(&desk, &media, &quiet).unwrap();
    let gates = on_sound(&room, &media);
    assert!(gates.contains(&GateId::Hum), "{gates:?}");

    let trial = profiles::try_profiles(&desk, &media, &quiet).unwrap();
    println!("{gates:?}: {}", trial.says());
    for tried in &trial.tried {
        println!(
            "  {}: {:.4} {:+.4} [{:+.4}, {:+.4}]",
            tried.profile, tried.confidence, tried.gain.mean, tried.gain.lower, tried.gain.upper
        );
    }
    assert_eq!(profiles::try_profiles(&desk, &media, &quiet).unwrap(), trial, "the same every time");
    assert_eq!(desk.project().trial(&media).unwrap(), Some(trial.clone()));
    let high_pass = trial.tried.iter().find(|t| t.profile == Profile { high_pass_hz: Some(120), ..Profile::default() }).unwrap();
    assert!(high_pass.gain.upper > 0.0, "taking hum away is not surely worse: {high_pass:?}");

    // What is best is put in force, once, and the media is heard through it.
    let before = desk.project().view().seq;
    let used = profiles::use_best(&desk, &media, &quiet).unwrap();
    assert_eq!(used, trial.best().map(|best| best.profile));
    assert_eq!(desk.project().profile(&media).unwrap(), used.unwrap_or_default());
    assert_eq!(desk.project().view().seq > before, used.is_some());
    assert_eq!(profiles::use_best(&desk, &media, &quiet).unwrap(), None);
    assert_eq!(on_sound(&room, &media), gates, "gates judge the sound as it is");
}

#[test]
fn another_profile_has_drift_looked_for_anew() {
    let room = Room::new();
    let Some(desk) = desk(&room) else { return };
    let media = room.import_one(&noisy(&room, "0"));
    let quiet = Job::quiet();
    flows::ensure_analysed(&desk, &media, &quiet).unwrap();
    let made = |desk: &flows::Desk<'_>| desk.project().proposal(&media).unwrap().unwrap();
    assert!(made(&desk).0.profile.is_as_it_is());
    let profile = Profile { high_pass_hz: Some(200), denoise: true, loudness_lufs: Some(-23) };
    let set = |profile| desk.project().apply(Op::SetProfile { media: media.clone(), profile }, &desk.by).unwrap();
    set(Some(profile));
    assert!(desk.project().is_heard_otherwise(&media).unwrap() && desk.project().needs_analysis(&media).unwrap());
    flows::refresh(&desk, &media, &quiet).unwrap();
    let (proposal, state) = made(&desk);
    assert_eq!((proposal.profile, state), (profile, ProposalState::Open));
    assert!(!desk.project().is_heard_otherwise(&media).unwrap() && !desk.project().needs_analysis(&media).unwrap());
    let seq = desk.project().view().seq;
    flows::refresh(&desk, &media, &quiet).unwrap();
    assert_eq!(desk.project().view().seq, seq, "that comes to rest");
    desk.project().apply(Op::Undo, &desk.by).unwrap();
    flows::refresh(&desk, &media, &quiet).unwrap();
    assert!(made(&desk).0.profile.is_as_it_is());
}

#[test]
fn a_clean_sample_has_nothing_to_try_and_a_useless_profile_is_never_used() {
    let room = Room::new();
    let Some(desk) = desk(&room) else { return };
    let media = room.import_one(&noisy(&room, "0"));
    let quiet = Job::quiet();
    flows::ensure_analysed(&desk, &media, &quiet).unwrap();
    let why = profiles::try_profiles(&desk, &media, &quiet).unwrap_err().to_string();
    assert!(why.contains("bridge.wav: no profile can be tried: no gate raises a flag on its sound"), "{why}");
    assert_eq!(profiles::use_best(&desk, &media, &quiet).unwrap(), None);

    // A limit that no recording keeps: something is tried, and only what surely helps is used.
    let limits = [(GateId::Hum, Some(-100.0))].into();
    desk.project().apply(Op::SetLimits { limits, note: String::new(), evidence: vec![] }, &desk.by).unwrap();
    let trial = profiles::try_profiles(&desk, &media, &quiet).unwrap();
    println!("clean: {}", trial.says());
    let used = profiles::use_best(&desk, &media, &quiet).unwrap();
    assert_eq!(used.is_some(), trial.tried.iter().any(|tried| tried.gain.lower > 0.0 && tried.gain.mean >= 0.005), "{trial:?}");
    assert_eq!(desk.project().profile(&media).unwrap(), used.unwrap_or_default());
}

#[test]
fn what_a_trial_lacks_is_told() {
    let room = Room::new();
    let Some(desk) = desk(&room) else { return };
    let quiet = Job::quiet();
    let short = room.make("short.mp4", CLIP);
    let media = room.import_one(&[short, room.write("short.srt", SRT)]);
    let says = |desk: &flows::Desk<'_>, media: &MediaId, part: &str| {
        let before = room.state();
        let why = profiles::try_profiles(desk, media, &quiet).unwrap_err();
        assert!(matches!(why, Error::Untried { .. }) && why.to_string().contains(part), "{why}");
        assert_eq!(room.state(), before);
    };
    flows::ensure_analysed(&desk, &media, &quiet).unwrap();
    let all_fail = |gate| (gate, Some(if gate == GateId::Hum { -100.0 } else { 0.0 }));
    let limits = [GateId::Hum, GateId::Loudness].map(all_fail).into();
    desk.project().apply(Op::SetLimits { limits, note: String::new(), evidence: vec![] }, &desk.by).unwrap();
    says(&desk, &media, "one stretch");
    // Nobody who could hear it.
    says(&room.desk(), &media, "no acoustic model of its language");
    let mute = room.make("mute.mp4", "-f lavfi -i testsrc=s=64x48:r=10:d=1 -pix_fmt yuv420p -c:v libx264");
    let mute = room.import_one(&[mute]);
    says(&desk, &mute, "it has no sound");
}

#[test]
fn a_cancelled_trial_leaves_no_trace() {
    let room = Room::new();
    let Some(desk) = desk(&room) else { return };
    let media = room.import_one(&noisy(&room, HUM_AND_HISS));
    flows::ensure_analysed(&desk, &media, &Job::quiet()).unwrap();
    let before = room.state();
    let slot: Arc<OnceLock<Job>> = Arc::default();
    let inner = Arc::clone(&slot);
    let job = Job::new(move |Progress { what, .. }| {
        if what.starts_with("high-pass 120 Hz (2 of ") {
            inner.get().unwrap().cancel();
        }
    });
    slot.set(job.clone()).ok().unwrap();
    assert!(matches!(profiles::try_profiles(&desk, &media, &job), Err(Error::Cancelled(_))));
    assert_eq!(room.state(), before);
}
