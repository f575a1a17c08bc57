//! Many media through the whole leg of sound, with faults of all kinds on the way: it ends as without them.

use crate::harness::{Asked, Fault, put_object};
use crate::world::{BUCKET, World};
use plumbline_adapters::{DocumentFiles, MemoryArtifacts, NoAcoustics, NoScorers, Wave};
use plumbline_aws::{Patience, S3, Transcribe};
use plumbline_core::Profile;
use plumbline_core::transcription::{Prices, TranscriptionJob};
use plumbline_pipeline::cloud::{Objects, Poll};
use plumbline_pipeline::ports::SoundForm;
use plumbline_pipeline::runs::{CallState, Runs};
use plumbline_pipeline::stages::cloud_speech::{self, Account, Question};
use plumbline_pipeline::stages::{MediaFile, Ports};
use plumbline_pipeline::{Job, MediaError, SoundFile};
use plumbline_runs::RunFile;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const MEDIA: usize = 36;
/// Every so many is large enough to be sent in parts.
const LARGE: usize = 18;
const THREADS: usize = 8;
const SEED: u64 = 11;
/// The client asks three times.
const IN_A_ROW: usize = 2;
/// A run ends at a job that failed, or at a transcript that is not there yet, and is begun again.
const RUNS: usize = 4;
/// Nothing here waits for an answer that does not come, so that a busy machine makes no faults of its own.
const PATIENT: Patience =
    Patience { attempt: Duration::from_secs(60), whole: Duration::from_secs(300), transfer: Duration::from_secs(100) };
const POLL: Poll = Poll { first: Duration::from_millis(1), most: Duration::from_millis(1), growth_percent: 0 };

/// Sends media as they are.
struct AsItIs;

impl SoundFile for AsItIs {
    fn write_flac(&self, path: &Path, to: &Path, _: SoundForm, _: &Job) -> Result<(), MediaError> {
        std::fs::copy(path, to).map(|_| ()).map_err(|e| MediaError::failed(path, e.to_string(), "Look at the disk"))
    }
}

/// The media that is number `n`: plain sound of 16 kHz, and its hash.
fn media(folder: &Path, n: usize) -> (PathBuf, String) {
    let seconds: u32 = if n.is_multiple_of(LARGE) { 540 } else { 1 };
    let bytes = seconds * 32_000;
    let mut content = Vec::with_capacity(bytes as usize + 44);
    content.extend([b"RIFF".as_slice(), &(bytes + 36).to_le_bytes(), b"WAVEfmt ", &16u32.to_le_bytes(), &[1, 0, 1, 0]].concat());
    content.extend([&16_000u32.to_le_bytes()[..], &32_000u32.to_le_bytes(), &[2, 0, 16, 0], b"data", &bytes.to_le_bytes()].concat());
    content.extend((0..bytes as usize).map(|i| ((i + n) * (n + 3) % 251) as u8));
    let path = folder.join(format!("{n}.wav"));
    std::fs::write(&path, &content).unwrap();
    (path, blake3::hash(&content).to_hex().to_string())
}

/// 0..1, from nothing but what it is drawn for.
fn dice(of: &str) -> f64 {
    let hash = blake3::hash(format!("{SEED} {of}").as_bytes());
    let drawn: [u8; 4] = std::array::from_fn(|i| hash.as_bytes()[i]);
    f64::from(u32::from_le_bytes(drawn)) / f64::from(u32::MAX)
}

/// What goes wrong with a request that was made so often before, however many went wrong in a row.
fn any(asked: &Asked, before: usize) -> Option<Fault> {
    let is_speech = !asked.operation().is_empty();
    let throttle = if is_speech { Fault::Answer(400, "ThrottlingException") } else { Fault::Answer(503, "SlowDown") };
    let failure = Fault::Answer(500, if is_speech { "InternalFailureException" } else { "InternalError" });
    let is_transcript = asked.method == "GET" && asked.target.contains("/transcripts/");
    let missing = if is_transcript { 0.15 } else { 0.0 };
    let kinds = [
        (throttle, 0.05),
        (failure, 0.04),
        (Fault::Reset, 0.04),
        (Fault::Lost, 0.04),
        (Fault::Truncate, 0.04),
        (Fault::Answer(404, "NoSuchKey"), missing),
    ];
    let mut left = dice(&format!("{} {before}", asked.what()));
    kinds
        .into_iter()
        .find(|(_, share)| {
            left -= share;
            left < 0.0
        })
        .map(|(fault, _)| fault)
}

/// As [`any`], but never more in a row than are forgiven.
fn forgiven(asked: &Asked, before: usize) -> Option<Fault> {
    let (mut fault, mut in_a_row) = (None, 0);
    for n in 0..=before {
        fault = any(asked, n).filter(|_| in_a_row < IN_A_ROW);
        in_a_row = if fault.is_some() { in_a_row + 1 } else { 0 };
    }
    fault
}

/// Whether a job fails the first time.
fn fails(job: &str) -> bool {
    dice(&format!("job {job}")) < 0.2
}

/// Jobs that were forgotten: begun again, they do not fail.
#[derive(Default)]
struct Forgotten(Mutex<HashSet<String>>);

impl Forgotten {
    fn forget(&self, job: &str) {
        self.0.lock().unwrap().insert(job.to_owned());
    }

    fn fails(&self, job: &str) -> bool {
        fails(job) && !self.0.lock().unwrap().contains(job)
    }
}

/// What the service writes for a job.
fn transcript(job: &str) -> Vec<u8> {
    let word = |from: &str, to: &str, text: &str| {
        let said = serde_json::json!([{ "confidence": "0.9", "content": text }]);
        serde_json::json!({ "type": "pronunciation", "start_time": from, "end_time": to, "alternatives": said })
    };
    let items = [word("0.1", "0.4", "hello"), word("0.5", "0.9", job)];
    let results = serde_json::json!({ "transcripts": [{ "transcript": format!("hello {job}") }], "items": items });
    serde_json::json!({ "jobName": job, "accountId": "1", "status": "COMPLETED", "results": results }).to_string().into_bytes()
}

/// An account with a ledger, and the media that are to be written down.
struct Leg {
    world: World,
    runs: RunFile,
    artifacts: MemoryArtifacts,
    media: Vec<(PathBuf, String)>,
    settings: TranscriptionJob,
}

impl Leg {
    /// Jobs write their transcripts; with faults, some fail first, and requests go wrong.
    fn new(faults: bool) -> Self {
        let world = World::new();
        let (moto, jobs) = (Arc::clone(&world.moto), Arc::new(Forgotten::default()));
        let forgotten = Arc::clone(&jobs);
        world.proxy.then(move |asked| match asked.operation() {
            "DeleteTranscriptionJob" => jobs.forget(&asked.job()),
            "StartTranscriptionJob" if !(faults && jobs.fails(&asked.job())) => {
                let body: serde_json::Value = serde_json::from_slice(&asked.body).unwrap();
                put_object(&moto, BUCKET, body["OutputKey"].as_str().unwrap(), &transcript(&asked.job()));
            }
            _ => {}
        });
        if faults {
            world.proxy.draw(move |asked, before| {
                let fails = || asked.operation() == "GetTranscriptionJob" && forgotten.fails(&asked.job());
                forgiven(asked, before).or_else(|| fails().then_some(Fault::JobFailed))
            });
        }
        let media = (0..MEDIA).map(|n| media(world.folder.path(), n)).collect();
        let runs = RunFile::beside(&world.folder.path().join("x.plumbline")).unwrap();
        Self { world, runs, artifacts: MemoryArtifacts::new(), media, settings: TranscriptionJob::in_language("en-US") }
    }

    fn ports(&self) -> Ports<'_> {
        Ports { media: &Wave, artifacts: &self.artifacts, acoustics: &NoAcoustics, scorers: &NoScorers, documents: &DocumentFiles::USUAL }
    }

    fn name(&self, n: usize) -> String {
        self.settings.name(&self.media[n].1, Profile::default())
    }

    /// The transcripts of all media, by the names of their jobs, and why runs ended before.
    fn all(&self) -> (BTreeMap<String, Vec<u8>>, Vec<String>) {
        let s3 = S3::open(&self.world.account, BUCKET, None, PATIENT);
        let speech = Transcribe::open(&self.world.account, BUCKET, None, None, PATIENT);
        let prices = Prices::built_in().unwrap();
        let account = Account {
            objects: &s3,
            prefix: "",
            speech: &speech,
            region: "us-east-1",
            prices: &prices,
            runs: &self.runs,
            cap: None,
            sound: &AsItIs,
            poll: POLL,
        };
        let one = |n: usize| {
            let (path, hash) = &self.media[n];
            let (id, file) = (n.to_string(), MediaFile { path, hash });
            let question = Question { media: &id, file, profile: Profile::default(), settings: &self.settings };
            let mut ended = Vec::new();
            for _ in 0..RUNS {
                match cloud_speech::run(&question, &account, &self.ports(), &Job::quiet()) {
                    Ok(document) => return ((self.name(n), document), ended),
                    Err(error) => ended.push(error.to_string()),
                }
            }
            panic!("media {n}: {ended:?}");
        };
        let next = AtomicUsize::new(0);
        let work = || {
            let media = || Some(next.fetch_add(1, Ordering::Relaxed)).filter(|n| *n < MEDIA);
            std::iter::from_fn(media).map(one).collect::<Vec<_>>()
        };
        let done: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        let (documents, ended): (Vec<_>, Vec<_>) = done.into_iter().unzip();
        (documents.into_iter().collect(), ended.concat())
    }

    /// What lies in the bucket.
    fn objects(&self) -> BTreeSet<(String, u64)> {
        let s3 = S3::open(&self.world.account, BUCKET, None, PATIENT);
        s3.list("", &Job::quiet()).unwrap().into_iter().map(|object| (object.key, object.bytes)).collect()
    }
}

/// Requests by what tells them from others.
fn by_what(log: &[Asked], wanted: impl Fn(&Asked) -> bool) -> BTreeMap<String, Vec<&Asked>> {
    let mut all = BTreeMap::<String, Vec<&Asked>>::new();
    log.iter().filter(|asked| wanted(asked)).for_each(|asked| all.entry(asked.what()).or_default().push(asked));
    all
}

fn done(asked: &[&Asked]) -> usize {
    asked.iter().filter(|asked| asked.status == 200).count()
}

fn met(asked: &[&Asked]) -> usize {
    asked.iter().filter(|asked| asked.fault.is_some()).count()
}

#[test]
fn mixed_faults_change_nothing_and_nothing_is_started_or_sent_twice() {
    let plain = Leg::new(false);
    let (whole, ended) = plain.all();
    assert!(ended.is_empty() && whole.len() == MEDIA, "{ended:?}");
    let leg = Leg::new(true);
    let (documents, ended) = leg.all();
    assert!(documents == whole && leg.objects() == plain.objects(), "nothing is lost and nothing is other than it was");
    assert_eq!(whole.iter().filter(|(job, document)| **document != transcript(job)).count(), 0);

    let log = leg.world.proxy.asked();
    let failed = (0..MEDIA).filter(|n| fails(&leg.name(*n))).count();
    let of_failed = ended.iter().filter(|why| why.contains("the transcription failed (made up)")).count();
    let of_missing = ended.iter().filter(|why| why.contains("the transcript is not there")).count();
    assert!(failed > 3 && of_failed == failed && of_missing > 2 && of_failed + of_missing == ended.len(), "{failed}: {ended:?}");
    let kinds: BTreeSet<String> = log.iter().filter_map(|asked| Some(format!("{:?}", asked.fault?))).collect();
    assert_eq!(kinds.len(), 9, "each kind was met: {kinds:?}");

    let jobs = by_what(&log, |asked| asked.operation() == "StartTranscriptionJob");
    assert_eq!(jobs.len(), MEDIA);
    for (what, asked) in &jobs {
        let again = usize::from(fails(&asked[0].job()));
        assert_eq!(done(asked), 1 + again, "{what} was started once, and once more where it failed");
    }
    let sent = by_what(&log, |asked| asked.method == "PUT" && !asked.target.contains("partNumber="));
    let parts = by_what(&log, |asked| asked.target.contains("partNumber="));
    let completed = by_what(&log, |asked| asked.method == "POST" && asked.target.contains("uploadId="));
    assert_eq!((sent.len(), parts.len(), completed.len()), (MEDIA - MEDIA / LARGE, 3 * MEDIA / LARGE, MEDIA / LARGE));
    for (what, asked) in sent.iter().chain(&parts).chain(&completed) {
        assert!(asked.len() == 1 + met(asked), "{what} was sent {} times, {} of them for nothing", asked.len(), met(asked));
    }
    assert!(sent.iter().chain(&completed).all(|(_, asked)| done(asked) == 1), "what stands is not sent again");

    let (spent, without) = (leg.runs.spent().unwrap(), plain.runs.spent().unwrap());
    assert_eq!((spent.cost, spent.done, spent.held.nano_usd()), (without.cost, MEDIA as u64, 0));
    for n in 0..MEDIA {
        let calls = leg.runs.calls(Some(&n.to_string()), 10).unwrap();
        assert_eq!(calls.iter().filter(|call| call.state == CallState::Done).count(), 1, "{calls:?}");
        assert!(calls.iter().all(|call| call.state == CallState::Done || call.cost.nano_usd() == 0), "{calls:?}");
    }
    // Gone through again, everything is there, and nothing is asked.
    assert_eq!(leg.all(), (whole, vec![]));
    assert_eq!(leg.world.proxy.asked().len(), log.len());
}
