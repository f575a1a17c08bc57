//! Writes down what is said and by whom: the sound is cut at quiet places, its stretches are recognised side by side, and whose each word is
//! is told from the whole.

use super::{MediaFile, Part, Ports, StageError, keep, kept, sound};
use crate::job::Job;
use crate::ports::{Key, SpeechToText};
use plumbline_core::align::{Cepstra, SAMPLE_RATE};
use plumbline_core::format::{HeardWord, write_recognised};
use plumbline_core::speakers::{Params, speakers};
use plumbline_core::{Delta, Profile, Span, TranscriptTime};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};

/// Name of the stage.
pub const STAGE: &str = "speech";
/// Version of what is recognised.
pub const VERSION: u32 = 1;
/// Version of how speakers are told apart. What was recognised stays kept where this changes.
const SPEAKERS: u32 = 1;

/// A stretch is this long at most.
const LONGEST: usize = 120 * SAMPLE_RATE as usize;
/// It is cut at the quietest place of its last part, of this length.
const SEARCHED: usize = 40 * SAMPLE_RATE as usize;
/// How long a place is.
const PLACE: usize = SAMPLE_RATE as usize / 4;

/// Lines of words, on the clock of what they were heard in.
type Lines = Vec<Vec<HeardWord>>;

/// The key that the document is kept under.
pub fn key(hash: &str, profile: Profile, recogniser: &str) -> Key {
    Key::new(STAGE, VERSION, &[hash], &format!("{}, speakers {SPEAKERS}", sound::through(recogniser, profile)))
}

/// The transcript of the file's sound through a profile, as the bytes of [`write_recognised`]. Each stretch is kept as it is done, so that a run that was
/// stopped goes on where it was.
///
/// # Errors
/// Where there is no sound, it can't be decoded or recognised, the result can't be kept, or the job was cancelled.
pub fn run(file: MediaFile, profile: Profile, speech: &dyn SpeechToText, ports: &Ports, job: &Job) -> Result<Vec<u8>, StageError> {
    let whole = key(file.hash, profile, speech.name());
    if let Some(document) = kept(ports, STAGE, &whole, |bytes| Some(bytes.to_vec()))? {
        return Ok(document);
    }
    let mut lines = recognised(file, profile, speech, None, ports, job)?;
    if !lines.is_empty() {
        // The stage that listens has kept them in nearly every case.
        say_whose(&mut lines, &sound::cepstra(file, profile, ports, &job.aside())?);
    }
    let document = write_recognised(speech.name(), speech.language(), &lines);
    keep(ports, STAGE, &whole, &document)?;
    Ok(document)
}

/// Writes down one share of the stretches and keeps them, for [`run`] to find.
///
/// # Errors
/// As [`run`].
pub fn run_part(
    file: MediaFile,
    profile: Profile,
    speech: &dyn SpeechToText,
    part: Part,
    ports: &Ports,
    job: &Job,
) -> Result<(), StageError> {
    recognised(file, profile, speech, Some(part), ports, job).map(drop)
}

/// The lines of all stretches, or of a share of them, by time.
fn recognised(
    file: MediaFile,
    profile: Profile,
    speech: &dyn SpeechToText,
    part: Option<Part>,
    ports: &Ports,
    job: &Job,
) -> Result<Lines, StageError> {
    let total = ports.media.probe(file.path)?.duration.us().max(0) as u64;
    let work = Work { speech, ports, job, total, done: AtomicU64::new(0), stopped: AtomicBool::new(false), heard: Mutex::default() };
    let (hand, taken) = sync_channel(1);
    let taken = Mutex::new(taken);
    let cut = std::thread::scope(|threads| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            threads.spawn(|| work.recognise(&taken));
        }
        // Moved in, so that the workers see its end.
        let mut cutter = Cutter { hand, begin: 0, number: 0, part, samples: vec![], stopped: &work.stopped };
        // Decoding runs ahead of recognising, whose progress is what counts.
        let decoded = ports.media.sound(file.path, profile, &job.aside(), &mut |samples: &[f32]| cutter.push(samples));
        cutter.end();
        decoded
    });
    let mut heard = work.heard.into_inner().unwrap_or_else(PoisonError::into_inner);
    heard.sort_by_key(|(begin, _)| *begin);
    let lines = heard.into_iter().map(|(_, lines)| lines).collect::<Result<Vec<Lines>, StageError>>()?.concat();
    cut.map(|()| lines).map_err(StageError::from)
}

/// Says of each word who says it, where that can be told.
fn say_whose(lines: &mut Lines, cepstra: &Cepstra) {
    let spans: Vec<Span<TranscriptTime>> = lines.iter().flatten().map(|word| word.span).collect();
    let whose = speakers(cepstra, &spans, &Params::default());
    lines.iter_mut().flatten().zip(whose).for_each(|(word, speaker)| word.speaker = speaker);
}

/// A stretch of sound and the sample that it begins with.
type Stretch = (u64, Vec<f32>);

/// Cuts the sound as it comes in.
struct Cutter<'a> {
    hand: SyncSender<Stretch>,
    begin: u64,
    /// Number of the next stretch.
    number: usize,
    /// The share of the stretches that is wanted; all where there is none.
    part: Option<Part>,
    samples: Vec<f32>,
    stopped: &'a AtomicBool,
}

impl Cutter<'_> {
    fn push(&mut self, samples: &[f32]) {
        if self.stopped.load(Ordering::Relaxed) {
            return;
        }
        self.samples.extend_from_slice(samples);
        while self.samples.len() >= LONGEST {
            let at = quietest(&self.samples[..LONGEST]);
            let rest = self.samples.split_off(at);
            self.hand_over(rest);
        }
    }

    fn end(mut self) {
        if !self.samples.is_empty() {
            self.hand_over(vec![]);
        }
    }

    fn hand_over(&mut self, rest: Vec<f32>) {
        let stretch = std::mem::replace(&mut self.samples, rest);
        let begin = self.begin;
        self.begin += stretch.len() as u64;
        let number = self.number;
        self.number += 1;
        if self.part.is_some_and(|part| !part.has(number)) {
            return;
        }
        // Nobody takes it any more where all workers stopped at an error.
        let _ = self.hand.send((begin, stretch));
    }
}

/// The middle of the quietest place in the last part of a stretch.
fn quietest(samples: &[f32]) -> usize {
    let from = samples.len().saturating_sub(SEARCHED);
    let energy = |place: &[f32]| place.iter().map(|s| f64::from(*s) * f64::from(*s)).sum::<f64>();
    let places = samples[from..].chunks_exact(PLACE).enumerate();
    let quietest = places.min_by(|a, b| energy(a.1).total_cmp(&energy(b.1)));
    quietest.map_or(samples.len(), |(place, _)| from + place * PLACE + PLACE / 2)
}

/// What the workers share.
struct Work<'a> {
    speech: &'a dyn SpeechToText,
    ports: &'a Ports<'a>,
    job: &'a Job,
    /// Length of the media in µs.
    total: u64,
    done: AtomicU64,
    stopped: AtomicBool,
    heard: Mutex<Vec<(u64, Result<Lines, StageError>)>>,
}

impl Work<'_> {
    /// Takes stretches until there are no more.
    fn recognise(&self, taken: &Mutex<Receiver<Stretch>>) {
        loop {
            let next = taken.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok((begin, samples)) = next else { return };
            // What is left is taken all the same, so that decoding comes to its end.
            if self.stopped.load(Ordering::Relaxed) {
                continue;
            }
            let lines = self.lines(begin, &samples);
            if lines.is_err() {
                self.stopped.store(true, Ordering::Relaxed);
            }
            self.heard.lock().unwrap_or_else(PoisonError::into_inner).push((begin, lines));
        }
    }

    fn lines(&self, begin: u64, samples: &[f32]) -> Result<Lines, StageError> {
        let step = |us: u64| self.job.step("writing down what is said", us.min(self.total), Some(self.total));
        step(self.done.load(Ordering::Relaxed))?;
        let mut hash = blake3::Hasher::new();
        samples.iter().for_each(|sample| _ = hash.update(&sample.to_le_bytes()));
        // The samples are what they are, whatever they came through.
        let key = Key::new(STAGE, VERSION, &[&hash.finalize().to_hex()], &format!("stretch {}", self.speech.name()));
        let lines = match kept(self.ports, STAGE, &key, lines_of)? {
            Some(lines) => lines,
            None => {
                let lines = self.speech.lines(samples, self.job)?;
                keep(self.ports, STAGE, &key, &bytes_of(&lines))?;
                lines
            }
        };
        let length = us_of(samples.len() as u64);
        step(self.done.fetch_add(length, Ordering::Relaxed) + length)?;
        let later = Delta::from_us(us_of(begin) as i64);
        Ok(lines.into_iter().map(|line| line.into_iter().map(|word| moved(word, later)).collect()).collect())
    }
}

fn us_of(samples: u64) -> u64 {
    samples * 1_000_000 / u64::from(SAMPLE_RATE)
}

fn moved(word: HeardWord, by: Delta) -> HeardWord {
    HeardWord { span: Span::new(word.span.start + by, word.span.end + by), ..word }
}

/// A word as it is kept: text, start and end in µs, confidence. Whose it is is only told of the whole.
type KeptWord = (String, i64, i64, Option<f32>);

fn bytes_of(lines: &Lines) -> Vec<u8> {
    let word = |w: &HeardWord| -> KeptWord { (w.text.clone(), w.span.start.us(), w.span.end.us(), w.confidence) };
    let lines: Vec<Vec<KeptWord>> = lines.iter().map(|line| line.iter().map(word).collect()).collect();
    serde_json::json!(lines).to_string().into_bytes()
}

fn lines_of(bytes: &[u8]) -> Option<Lines> {
    let lines: Vec<Vec<KeptWord>> = serde_json::from_slice(bytes).ok()?;
    let word = |(text, start, end, confidence): KeptWord| HeardWord {
        text,
        span: Span::new(TranscriptTime::from_us(start), TranscriptTime::from_us(end)),
        confidence,
        speaker: None,
    };
    Some(lines.into_iter().map(|line| line.into_iter().map(word).collect()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_is_cut_where_it_is_quiet() {
        let mut samples: Vec<f32> = (0..LONGEST).map(|i| if i % 2 == 0 { 0.5 } else { -0.5 }).collect();
        let hole = LONGEST - SEARCHED / 2;
        samples[hole..hole + 2 * PLACE].fill(0.0);
        let at = quietest(&samples);
        assert!((hole..hole + 2 * PLACE).contains(&at), "{at}");
        assert_eq!(quietest(&[]), 0);
        assert_eq!(quietest(&[0.0; 7]), 7);
    }

    #[test]
    fn lines_are_kept_as_they_are() {
        let at = TranscriptTime::from_us;
        let lines = vec![
            vec![HeardWord { text: "a \"b\"".into(), span: Span::new(at(-1), at(2)), confidence: Some(0.25), speaker: None }],
            vec![],
            vec![HeardWord { text: "c".into(), span: Span::new(at(3), at(4)), confidence: None, speaker: None }],
        ];
        assert_eq!(lines_of(&bytes_of(&lines)), Some(lines));
        assert_eq!(lines_of(b"[[1]]"), None);
    }
}
