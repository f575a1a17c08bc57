//! Sound written as files of its own.

use super::{CLICK, Studio, click_ms, heard};
use plumbline_adapters::{Ffmpeg, Flac, Wave};
use plumbline_core::Profile;
use plumbline_core::transcription::Channels;
use plumbline_pipeline::{Job, Media, SoundFile, SoundForm};
use std::path::Path;
use std::process::Command;

const AS_IT_IS: SoundForm =
    SoundForm { channels: Channels::Keep, profile: Profile { loudness_lufs: None, high_pass_hz: None, denoise: false }, sample_rate: None };

fn write(from: &Path, to: &Path, form: SoundForm) {
    Flac(Ffmpeg).write_flac(from, to, form, &Job::quiet()).unwrap();
}

/// The samples as the ffmpeg program reads them, interleaved.
fn samples(path: &Path) -> Vec<u8> {
    Command::new("ffmpeg").args(["-nostdin", "-v", "error", "-i"]).arg(path).args(["-f", "s16le", "-"]).output().unwrap().stdout
}

#[test]
fn sixteen_bits_come_out_as_they_went_in() {
    let studio = Studio::new();
    let tone = "-f lavfi -i sine=f=440:d=1:r=44100 -af aeval='val(0)|-val(0)/2':c=stereo -c:a pcm_s16le";
    let wave = studio.make("tone.wav", tone);
    let [one, two, other] = ["one.flac", "two.flac", "wave.flac"].map(|name| studio.path(name));
    write(&wave, &one, AS_IT_IS);
    write(&wave, &two, AS_IT_IS);
    Flac(Wave).write_flac(&wave, &other, AS_IT_IS, &Job::quiet()).unwrap();
    let bytes = std::fs::read(&one).unwrap();
    assert!(bytes == std::fs::read(&two).unwrap() && bytes == std::fs::read(&other).unwrap(), "the same sound gives the same bytes");
    assert!(samples(&one) == samples(&wave), "not the samples of the source");
    let audio = Ffmpeg.probe(&one).unwrap().audio.unwrap();
    assert_eq!((audio.codec.as_str(), audio.sample_rate, audio.channels), ("flac", 44_100, 2));
    write(&wave, &two, SoundForm { channels: Channels::Only(1), ..AS_IT_IS });
    let second: Vec<u8> = samples(&wave).chunks(4).flat_map(|frame| frame[2..].to_vec()).collect();
    assert!(samples(&two) == second, "not the second channel");
}

#[test]
fn sound_lies_where_the_media_has_it() {
    let studio = Studio::new();
    studio.make("click.mka", &format!("{CLICK} -c:a pcm_s16le -ac 2"));
    for (name, how, rate) in [
        ("late.mp4", "-i @click.mka -c:a aac -output_ts_offset 5", 48_000),
        ("high.wav", "-i @click.mka -ar 96000", 48_000),
        ("low.wav", "-i @click.mka -ar 6000", 8_000),
    ] {
        let media = studio.make(name, how);
        let truth = heard(&media);
        for form in [AS_IT_IS, SoundForm { channels: Channels::Mix, ..AS_IT_IS }, SoundForm { sample_rate: Some(16_000), ..AS_IT_IS }] {
            let to = studio.path("out.flac");
            write(&media, &to, form);
            let audio = Ffmpeg.probe(&to).unwrap().audio.unwrap();
            let want = if form.channels == Channels::Mix { 16_000 } else { form.sample_rate.unwrap_or(rate) };
            assert_eq!(audio.sample_rate, want, "{name} {form:?}");
            let (is, should) = (click_ms(&heard(&to)), click_ms(&truth));
            assert!((is - should).abs() < 1.0, "{name} {form:?}: the click is at {is} ms, not {should}");
        }
    }
}

#[test]
fn what_can_not_be_written_is_a_sentence_and_leaves_nothing() {
    let studio = Studio::new();
    let wave = studio.make("click.wav", CLICK);
    let to = studio.path("out.flac");
    let denoised = Profile { denoise: true, ..Profile::default() };
    for (form, says) in [
        (SoundForm { channels: Channels::Only(3), ..AS_IT_IS }, "it has 1 channels, and not the one that is asked for"),
        (SoundForm { profile: denoised, ..AS_IT_IS }, "its channels can't be prepared by themselves"),
    ] {
        let error = Flac(Ffmpeg).write_flac(&wave, &to, form, &Job::quiet()).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
    let job = Job::quiet();
    job.cancel();
    assert!(Flac(Ffmpeg).write_flac(&wave, &to, AS_IT_IS, &job).is_err());
    let left: Vec<_> = std::fs::read_dir(studio.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["click.wav"]);
    write(&wave, &to, SoundForm { channels: Channels::Mix, profile: denoised, sample_rate: None });
    assert_eq!(Ffmpeg.probe(&to).unwrap().audio.unwrap().sample_rate, 16_000);
}
