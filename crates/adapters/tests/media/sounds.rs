use super::{CLICK, NUMBERED, Studio, click_ms, heard};
use plumbline_adapters::Ffmpeg;
use plumbline_pipeline::Media;
use std::path::Path;
use std::process::Command;

/// Samples that the ffmpeg program makes of the file, with its timestamps honoured.
fn samples_by_program(path: &Path) -> usize {
    let filter = "aresample=16000:async=1:first_pts=0:min_hard_comp=0.015";
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-v", "error"]);
    // Left alone, the program would move the first stream to 0 even where an edit list says otherwise.
    if path.extension().is_some_and(|e| e == "mp4" || e == "m4a") {
        command.arg("-copyts");
    }
    command.arg("-i").arg(path);
    let output = command.args(["-map", "0:a:0", "-af", filter, "-ac", "1", "-f", "f32le", "-"]).output().unwrap();
    output.stdout.len() / 4
}

#[test]
fn every_container_keeps_its_time() {
    let studio = Studio::new();
    let both = format!("{NUMBERED} {CLICK}");
    studio.make("both.mp4", &format!("{both} -c:v libx264 -bf 2 -c:a aac"));
    // Name, how it is made, and where the click then lies in milliseconds of media time.
    let cases = [
        ("aac.mp4", format!("{CLICK} -c:a aac"), 1_000.0),
        ("aac44.m4a", format!("{CLICK} -c:a aac -ar 44100 -ac 2"), 1_000.0),
        ("opus.ogg", format!("{CLICK} -c:a libopus"), 1_000.0),
        ("vorbis.ogg", format!("{CLICK} -c:a libvorbis"), 1_000.0),
        ("flac.flac", format!("{CLICK} -ac 6"), 1_000.0),
        ("mp3.mp3", format!("{CLICK} -c:a libmp3lame"), 1_000.0),
        ("wav8k.wav", format!("{CLICK} -ar 8000 -c:a pcm_u8 -ac 2"), 1_000.0),
        ("wav16k.wav", format!("{CLICK} -ar 16000 -c:a pcm_s24le"), 1_000.0),
        ("wav96k.wav", format!("{CLICK} -ar 96000 -c:a pcm_f64le -ac 3"), 1_000.0),
        ("both.webm", format!("{both} -c:v libvpx -c:a libopus"), 1_000.0),
        // The muxer moves everything by AAC's run-in, which Matroska has no other way to tell.
        ("both.mkv", "-i @both.mp4 -c copy".to_owned(), 1_021.3),
        ("late.mkv", "-i @both.mp4 -c copy -output_ts_offset 5".to_owned(), 1_021.3),
        ("late.mp4", "-i @both.mp4 -c copy -output_ts_offset 5".to_owned(), 6_000.0),
        ("late.ts", "-i @both.mp4 -c copy".to_owned(), 1_021.3),
        ("sound_late.mp4", "-i @both.mp4 -itsoffset 0.5 -i @both.mp4 -map 0:v -map 1:a -c copy".to_owned(), 1_500.0),
        ("sound_late.mkv", "-i @both.mp4 -itsoffset 0.5 -i @both.mp4 -map 0:v -map 1:a -c copy".to_owned(), 1_500.0),
        ("picture_late.mp4", "-i @both.mp4 -itsoffset 0.5 -i @both.mp4 -map 1:v -map 0:a -c copy".to_owned(), 1_000.0),
    ];
    for (name, arguments, expected) in cases {
        let path = studio.make(name, &arguments);
        let samples = heard(&path);
        let (click, program) = (click_ms(&samples), samples_by_program(&path));
        assert!((click - expected).abs() < 2.5, "{name}: the click is at {click} ms, not {expected}");
        // WebM's run-in lies before zero, which the program moves to zero: 7 ms.
        let off = if name == "both.webm" { 112 } else { 0 };
        assert_eq!(samples.len() + off, program, "{name}");
        let length = samples.len() as f64 / 16_000.0;
        let stated = Ffmpeg.probe(&path).unwrap().duration.us() as f64 / 1e6;
        // The picture outlasts the sound by the half second that it starts late.
        let length = if name == "picture_late.mp4" { length + 0.5 } else { length };
        assert!((length - stated).abs() < 0.03, "{name}: {length} s of sound, {stated} s stated");
    }
}

/// A quiet tone with a click at 2 s.
const TONE: &str = "-f lavfi -i aevalsrc='0.05*sin(2000*t)+if(between(t,2,2.002),0.8,0)':s=48000:d=3";

fn overwrite(path: &Path, from: f64, to: f64) {
    let mut bytes = std::fs::read(path).unwrap();
    let at = |share: f64| (bytes.len() as f64 * share) as usize;
    let (from, to) = (at(from), at(to));
    bytes[from..to].fill(0x5a);
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn damage_becomes_silence_and_moves_nothing() {
    let studio = Studio::new();
    let gap = "-bsf:a noise=drop='between(n\\,20\\,30)'";
    studio.make("whole.mkv", &format!("{TONE} -c:a libopus -b:a 64k"));
    studio.make("whole44.mkv", &format!("{TONE} -c:a aac -ar 44100"));
    // Times of silence in milliseconds: a dropped packet also takes the overlap of its neighbours.
    for (name, arguments, expected, silent) in [
        ("gap.mkv", format!("-i @whole.mkv -c copy {gap}"), 2_000.0, 450..600),
        ("gap44.mkv", format!("-i @whole44.mkv -c copy {gap}"), 2_023.2, 520..680),
        ("gap.mp4", format!("-i @whole44.mkv -c copy {gap}"), 2_023.2, 520..680),
        ("zapped.mp4", format!("{TONE} -c:a aac -b:a 64k -movflags +faststart"), 2_000.0, 0..0),
        ("zapped.ogg", format!("{TONE} -c:a libopus -b:a 64k -page_duration 20000"), 2_000.0, 0..0),
        ("zapped.ts", format!("{TONE} -c:a aac -b:a 64k"), 2_021.3, 0..0),
    ] {
        let path = studio.make(name, &arguments);
        if name.starts_with("zapped") {
            let whole = heard(&path).len();
            overwrite(&path, 0.2, 0.25);
            // Going on after a gap rounds to the next sample.
            assert!(heard(&path).len().abs_diff(whole) <= 2, "{name}");
        }
        let samples = heard(&path);
        let click = click_ms(&samples);
        assert!((click - expected).abs() < 2.5, "{name}: the click is at {click} ms, not {expected}");
        let loud = samples[silent.start * 16..silent.end * 16].iter().filter(|s| s.abs() > 0.0).count();
        assert_eq!(loud, 0, "{name}: no silence where packets are missing");
    }
}

#[test]
fn a_file_cut_short_gives_what_it_holds() {
    let studio = Studio::new();
    for (name, arguments) in [
        ("cut.mp4", format!("{TONE} -c:a aac -b:a 64k -movflags +faststart")),
        ("cut.mkv", format!("{TONE} -c:a libopus -b:a 64k")),
        ("cut.mp3", format!("{TONE} -c:a libmp3lame -b:a 64k")),
        ("cut.wav", TONE.to_owned()),
    ] {
        let path = studio.make(name, &arguments);
        let (whole, bytes) = (heard(&path).len(), std::fs::read(&path).unwrap());
        std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        let share = heard(&path).len() as f64 / whole as f64;
        assert!((0.3..0.7).contains(&share), "{name}: {share} of the sound is left");
        assert!(Ffmpeg.probe(&path).is_ok(), "{name}");
    }
}
