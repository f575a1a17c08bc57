//! Media with one fault each: the gate for it fails clearly, and no other does.

use super::Studio;
use plumbline_adapters::{DocumentFiles, Ffmpeg, MemoryArtifacts, NoAcoustics, NoScorers, Wave};
use plumbline_core::Transcript;
use plumbline_core::align::Envelope;
use plumbline_core::gate::{About, GateId, Inputs, Measure, Thresholds, measure};
use plumbline_pipeline::stages::{hash, shots, sound};
use plumbline_pipeline::{Job, Media, MediaFile, Ports};
use std::path::Path;

/// What the gates on sound and picture measure of a file, all of whose sound counts as speech.
fn measures(path: &Path, media: &dyn Media) -> Vec<Measure> {
    let (artifacts, job) = (MemoryArtifacts::new(), Job::quiet());
    let ports = Ports { media, artifacts: &artifacts, acoustics: &NoAcoustics, scorers: &NoScorers, documents: &DocumentFiles::USUAL };
    let hash = hash::run(path, &job).unwrap();
    let (file, probe) = (MediaFile { path, hash: &hash }, media.probe(path).unwrap());
    let sound = probe.audio.as_ref().map(|_| sound::facts(file, &ports, &job).unwrap());
    let pictures = probe.video.as_ref().map(|_| shots::run(file, &ports, &job).unwrap());
    let transcript = Transcript::empty();
    let envelope = Envelope { values: vec![1.0; (probe.duration.us() / 10_000) as usize] };
    let inputs = Inputs {
        envelope: Some(&envelope).filter(|_| sound.is_some()),
        sound: sound.as_ref(),
        picture: pictures.as_ref().map(|p| &p.facts),
        short_edge: probe.video.map(|v| v.width.min(v.height)),
        ..Inputs::new(&transcript, &[], probe.duration)
    };
    let all = measure(&inputs);
    all.into_iter().filter(|m| matches!(m.gate.row().about, About::Sound | About::Picture)).collect()
}

/// Which gate fails, by at least how much of its limit; none for media without a fault.
fn check(name: &str, path: &Path, fault: Option<(GateId, f64)>) {
    let (limits, measures) = (Thresholds::defaults().unwrap(), measures(path, &Ffmpeg));
    let mut failing: Vec<GateId> = measures.iter().filter(|m| limits.fails(m).is_some()).map(|m| m.gate).collect();
    failing.dedup();
    assert_eq!(failing, fault.iter().map(|f| f.0).collect::<Vec<_>>(), "{name}: {measures:#?}");
    if let Some((gate, least)) = fault {
        let limit = limits.limits[&gate];
        let most = measures.iter().filter(|m| m.gate == gate).map(|m| (m.value - limit).abs()).fold(0.0, f64::max);
        assert!(most >= least, "{name}: {most} beyond {limit}");
    }
}

/// Syllables of noise and tones with pauses between them, over a quiet room: what a voice is to a meter.
const VOICE: &str = "(0.2*gt(mod(t,0.7),0.2)*(sin(2*PI*330*t)*sin(2*PI*3*t)+0.7*sin(2*PI*1234*t)*sin(2*PI*2*t))+0.0004*(random(0)-0.5))";

#[test]
fn a_fault_of_the_sound_is_told_by_its_gate_alone() {
    let studio = Studio::new();
    let mono = |fault: &str| format!("-f lavfi -i aevalsrc='{}':s=48000:d=20", fault.replace("VOICE", VOICE));
    let beat = "(0.2*sin(2*PI*330*t)*sin(2*PI*3*t)+0.0004*sin(2*PI*3001*t))";
    let pair = |left: &str, right: &str| format!("-f lavfi -i aevalsrc='{left}|{right}':s=48000:d=20").replace("VOICE", beat);
    use GateId::*;
    for (name, made, fault) in [
        ("clean", mono("VOICE"), None),
        ("clean, on two channels", pair("VOICE", "0.9*VOICE"), None),
        ("low", mono("VOICE*0.01"), Some((Loudness, 15.0))),
        ("clipped", mono("VOICE+if(lt(mod(t,0.5),0.002),4*sin(2*PI*250*t),0)"), Some((Clipping, 0.1))),
        ("noisy", mono("0.3*VOICE+0.2*(random(1)-0.5)"), Some((SignalToNoise, 2.0))),
        ("mostly silent", mono("if(gt(mod(t,10),1.9),0,VOICE)"), Some((Silence, 5.0))),
        ("broken off", mono("if(lt(mod(t,4.13),0.05),0,0.1*sin(2*PI*440*t)*sin(2*PI*0.5*t)+VOICE)"), Some((Dropouts, 40.0))),
        ("humming", mono("VOICE+0.004*sin(2*PI*50*t)"), Some((Hum, 5.0))),
        ("humming at a harmonic", mono("VOICE+0.004*sin(2*PI*120*t)"), Some((Hum, 5.0))),
        ("one channel dead", pair("VOICE", "0"), Some((ChannelImbalance, 40.0))),
        ("out of phase", pair("VOICE", "-0.5*VOICE"), Some((Phase, 0.4))),
    ] {
        check(name, &studio.make("talk.wav", &format!("{made} -c:a pcm_s16le")), fault);
    }
    let peaks = studio.make("peaks.wav", &format!("{} -c:a pcm_f32le", mono("VOICE+if(lt(mod(t,10),0.0005),2*sin(2*PI*2000*t),0)")));
    let failing: Vec<GateId> = vec![TruePeak];
    let limits = Thresholds::defaults().unwrap();
    let found: Vec<GateId> = measures(&peaks, &Ffmpeg).iter().filter(|m| limits.fails(m).is_some()).map(|m| m.gate).collect();
    assert_eq!(found, failing);
}

#[test]
fn both_readers_measure_the_same_sound() {
    let studio = Studio::new();
    let path = studio.make("talk.wav", "-f lavfi -i aevalsrc='0.3*sin(2*PI*300*t)|0.1*sin(2*PI*500*t)':s=44100:d=12 -c:a pcm_s16le");
    let (plain, full) = (measures(&path, &Wave), measures(&path, &Ffmpeg));
    assert_eq!(plain.len(), full.len());
    for (a, b) in plain.iter().zip(&full) {
        assert!(a.gate == b.gate && a.place == b.place && (a.value - b.value).abs() < 0.1, "{a:?} {b:?}");
    }
    // A sine of amplitude 0.3 in the left of two channels, and one of 0.1: -13.5 dB and -23 dB of full scale.
    let value = |gate| full.iter().find(|m| m.gate == gate).and_then(|m| m.signed.or(Some(m.value))).unwrap();
    assert!((value(GateId::ChannelImbalance) - 9.54).abs() < 0.1 && (value(GateId::TruePeak) + 10.46).abs() < 0.2);
    assert!((value(GateId::Loudness) - (-13.7 + 23.0)).abs() < 0.6, "{}", value(GateId::Loudness));
}

#[test]
fn a_fault_of_the_picture_is_told_by_its_gate_alone() {
    let studio = Studio::new();
    use GateId::*;
    let scene = "testsrc2=s=480x360:r=10:d=20";
    for (name, source, fault) in [
        ("clean", scene.to_owned(), None),
        ("another", "mandelbrot=s=480x360:r=10:maxiter=300,trim=duration=20".to_owned(), None),
        ("blurred", format!("{scene},gblur=sigma=12"), Some((Sharpness, 1.0))),
        (
            "black",
            format!("{scene},geq=lum='if(lt(T,9),16,lum(X,Y))':cb='if(lt(T,9),128,cb(X,Y))':cr='if(lt(T,9),128,cr(X,Y))'"),
            Some((Black, 30.0)),
        ),
        ("blown", format!("{scene},geq=lum='if(lt(X,8)*lt(Y,8),lum(X,Y),235)':cb=128:cr=128"), Some((Exposure, 3.0))),
        ("small", "testsrc2=s=160x120:r=10:d=5".to_owned(), Some((PictureSize, 90.0))),
        ("frozen", "testsrc2=s=320x240:r=5:d=80,loop=loop=350:size=1:start=20,trim=duration=80".to_owned(), Some((Frozen, 5.0))),
        ("interlaced", "testsrc2=s=480x360:r=20:d=20,interlace=lowpass=0".to_owned(), Some((Interlacing, 1.0))),
    ] {
        let path = studio.make("film.mp4", &format!("-f lavfi -i {source} -pix_fmt yuv420p -c:v libx264 -preset ultrafast -crf 18"));
        check(name, &path, fault);
    }
}

#[test]
fn full_and_limited_range_are_one_picture() {
    let studio = Studio::new();
    for range in ["tv", "pc"] {
        let made = format!(
            "-f lavfi -i testsrc2=s=480x360:r=5:d=3 -vf scale=out_range={range},format=yuv420p -color_range {range} -c:v libx264 -crf 18"
        );
        let found = measures(&studio.make("film.mp4", &made), &Ffmpeg);
        let of = |gate| found.iter().find(|m| m.gate == gate).unwrap().value;
        assert!(of(GateId::Exposure) < 30.0 && of(GateId::Sharpness) > 3.0, "{range}: {found:?}");
    }
}
