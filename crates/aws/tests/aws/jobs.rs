//! Jobs of Transcribe.

use crate::harness::{Fault, transcribe};
use crate::world::World;
use plumbline_core::transcription::TranscriptionJob;
use plumbline_pipeline::Job;
use plumbline_pipeline::cloud::{CloudSpeech, InOut, JobState, Poll, VocabularyState, await_vocabulary};
use serde_json::Value;
use std::time::Duration;

const WHAT: InOut<'_> = InOut { media: "s3://talks/audio/a.flac", output: "transcripts/a.json" };

fn jobs(world: &World) -> usize {
    let all: Value = serde_json::from_str(&transcribe(&world.moto, "ListTranscriptionJobs", "{}")).unwrap();
    all["TranscriptionJobSummaries"].as_array().unwrap().len()
}

#[test]
fn a_job_is_started_once_and_goes_its_way() {
    let (world, job, settings) = (World::new(), Job::quiet(), TranscriptionJob::in_language("en-US"));
    let speech = world.speech();
    assert_eq!(speech.state("talk", &job).unwrap(), JobState::Missing);
    for _ in 0..2 {
        speech.start("talk", &settings, WHAT, &job).unwrap();
    }
    assert_eq!(jobs(&world), 1);
    let other = InOut { media: "s3://talks/audio/b.flac", ..WHAT };
    let error = speech.start("talk", &settings, other, &job).unwrap_err();
    assert_eq!(error.to_string(), "talk: another job of the account has this name. Delete that job, and run it again");
    let mut states: Vec<JobState> = (0..6).map(|_| speech.state("talk", &job).unwrap()).collect();
    states.dedup();
    assert_eq!(states.last(), Some(&JobState::Completed), "{states:?}");
    speech.forget("talk", &job).unwrap();
    speech.forget("talk", &job).unwrap();
    assert_eq!(speech.state("talk", &job).unwrap(), JobState::Missing);
}

#[test]
fn every_setting_reaches_the_service() {
    let (world, job) = (World::new(), Job::quiet());
    let settings: TranscriptionJob = toml::from_str(
        "language = 'en-US'\nspeakers = 4\nalternatives = 3\nchannels = true\nvocabulary = 'v'\nvocabulary_filter = 'f'\nfilter_method = 'mask'\n\
         model = 'm'\nsample_rate = 16000\n[redaction]\noutput = 'redacted'\nkinds = ['NAME']\n[subtitles]\nformats = ['srt', 'vtt']\nstart_index = 1",
    )
    .unwrap();
    // The stand-in knows only vocabularies that it was given.
    world.speech().put_vocabulary("v", "en-US", "s3://talks/vocabularies/a.txt", &job).unwrap();
    world.speech().start("talk", &settings, WHAT, &job).unwrap();
    let sent: Value = serde_json::from_slice(&world.proxy.asked().last().unwrap().body).unwrap();
    let want = serde_json::json!({
        "TranscriptionJobName": "talk", "LanguageCode": "en-US", "MediaSampleRateHertz": 16_000, "MediaFormat": "flac",
        "Media": { "MediaFileUri": WHAT.media }, "OutputBucketName": "talks", "OutputKey": WHAT.output,
        "Settings": {
            "VocabularyName": "v", "ShowSpeakerLabels": true, "MaxSpeakerLabels": 4, "ChannelIdentification": true, "ShowAlternatives": true,
            "MaxAlternatives": 3, "VocabularyFilterName": "f", "VocabularyFilterMethod": "mask"
        },
        "ModelSettings": { "LanguageModelName": "m" },
        "ContentRedaction": { "RedactionType": "PII", "RedactionOutput": "redacted", "PiiEntityTypes": ["NAME"] },
        "Subtitles": { "Formats": ["srt", "vtt"], "OutputStartIndex": 1 }
    });
    assert_eq!(sent, want);
    let several: TranscriptionJob =
        toml::from_str("identify = 'several'\noptions = ['en-US', 'de-DE']\n[languages.de-DE]\nvocabulary = 'v'").unwrap();
    world.speech().start("other", &several, WHAT, &job).unwrap();
    let sent: Value = serde_json::from_slice(&world.proxy.asked().last().unwrap().body).unwrap();
    assert_eq!(sent["IdentifyMultipleLanguages"], true);
    assert_eq!(sent["LanguageOptions"], serde_json::json!(["en-US", "de-DE"]));
    assert_eq!(sent["LanguageIdSettings"], serde_json::json!({ "de-DE": { "VocabularyName": "v" } }));
    assert!(sent.get("Settings").is_none() && sent.get("LanguageCode").is_none(), "{sent}");
}

#[test]
fn faults_on_the_way_start_no_second_job() {
    let (job, settings) = (Job::quiet(), TranscriptionJob::in_language("en-US"));
    let world = World::new();
    let faults =
        [Fault::Answer(503, "ServiceUnavailable"), Fault::Answer(500, "InternalFailureException"), Fault::Reset, Fault::Lost, Fault::Stall];
    for (n, fault) in faults.into_iter().enumerate() {
        world.proxy.fault(|a| a.operation() == "StartTranscriptionJob", fault);
        world.speech().start(&format!("talk{n}"), &settings, WHAT, &job).unwrap_or_else(|e| panic!("{fault:?}: {e}"));
        assert_eq!((world.proxy.faults_left(), jobs(&world)), (0, n + 1), "{fault:?}");
        world.proxy.fault(|a| a.operation() == "GetTranscriptionJob", fault);
        world.speech().state(&format!("talk{n}"), &job).unwrap_or_else(|e| panic!("{fault:?}: {e}"));
    }
    for code in ["ExpiredTokenException", "UnrecognizedClientException", "AccessDeniedException"] {
        world.proxy.fault(|a| a.operation() == "StartTranscriptionJob", Fault::Answer(400, code));
        let error = world.speech().start("refused", &settings, WHAT, &job).unwrap_err();
        assert!(error.nothing_done(), "{error}");
    }
    assert_eq!(jobs(&world), faults.len());
}

#[test]
fn a_vocabulary_is_made_and_made_anew() {
    let (world, job) = (World::new(), Job::quiet());
    let speech = world.speech();
    let poll = Poll { first: Duration::from_millis(1), most: Duration::from_millis(1), growth_percent: 0 };
    assert_eq!(speech.vocabulary("names", &job).unwrap(), VocabularyState::Missing);
    assert!(await_vocabulary(&speech, "names", poll, &job).unwrap_err().to_string().starts_with("names: the vocabulary is gone"));
    speech.put_vocabulary("names", "en-US", "s3://talks/vocabularies/a.txt", &job).unwrap();
    await_vocabulary(&speech, "names", poll, &job).unwrap();
    assert_eq!(speech.vocabulary("names", &job).unwrap(), VocabularyState::Ready);
    // The stand-in knows no update; what is asked is what counts.
    let _ = speech.put_vocabulary("names", "en-US", "s3://talks/vocabularies/b.txt", &job);
    assert!(world.count(|a| a.operation() == "UpdateVocabulary") > 0);
}
