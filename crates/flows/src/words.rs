//! From sound to words: where each is heard, and which side of a break it is on.

use plumbline_core::align::words::{Expected, Recording, Role, WordParams, place_breaks, settle};
use plumbline_core::align::{Cepstra, Heard, Proposal, Voice, WordStage};
use plumbline_core::{InForce, Span, Transcript, TranscriptTime};
use plumbline_pipeline::{Cancelled, Job};
use std::ops::Range;

/// What came of a run of words, one entry each.
pub type Entries = Vec<Option<Heard>>;

/// What the progress is told as.
const WHAT: &str = "placing words";

/// What listening for words takes: the sound, and how the language sounds.
#[derive(Clone, Copy)]
pub struct Ear<'a> {
    /// The sound.
    pub cepstra: &'a Cepstra,
    /// The language.
    pub voice: &'a Voice,
}

impl Ear<'_> {
    /// Where the sound has the words of each of `ranges` near where `truth` puts them, one entry per word: none for those that aren't in the
    /// media or lie where a person put them.
    ///
    /// # Errors
    /// [`Cancelled`] once the job was.
    pub fn hear(
        self,
        transcript: &Transcript,
        truth: &InForce,
        ranges: &[Range<usize>],
        job: &Job,
    ) -> Result<(WordStage, Vec<Entries>), Cancelled> {
        let by_hand = truth.by_hand(transcript);
        let expected: Vec<Expected<'_>> = transcript
            .words
            .iter()
            .map(|word| {
                let text = truth.text(word);
                let hand = truth.edits.get(&word.id).and_then(|edit| edit.span);
                let span = hand.unwrap_or_else(|| truth.map.map_span(word.span));
                let role = match () {
                    () if text.is_empty() || (span.is_empty() && !word.span.is_empty()) => Role::Absent,
                    () if by_hand.contains(&word.id) => Role::Fixed,
                    () => Role::Free,
                };
                Expected { text, span, role }
            })
            .collect();
        let (params, threads) = (WordParams::default(), threads());
        let step = |done: usize, total: usize| job.step(WHAT, done as u64, Some(total as u64)).is_ok();
        let recording = Recording::learn(self.cepstra, self.voice, &expected, &params, threads, &step).ok_or(Cancelled)?;
        let mut heard = Vec::new();
        for range in ranges {
            let here = recording.hear(self.cepstra, &self.voice.lexicon, &expected, range.clone(), &params, threads, &step);
            let mut here = here.ok_or(Cancelled)?;
            for (heard, word) in here.iter_mut().zip(&transcript.words[range.clone()]) {
                let text = truth.text(word);
                if let Some(heard) = heard.as_mut().filter(|_| text != word.text) {
                    heard.text = Some(text.to_owned());
                }
            }
            heard.push(here);
        }
        Ok((WordStage { params, learnt: recording.learnt() }, heard))
    }

    /// The proposal with its breaks between the words that the sound has on their two sides.
    ///
    /// # Errors
    /// [`Cancelled`] once the job was.
    pub fn place_breaks(self, proposal: Proposal, transcript: &Transcript, now: &InForce, job: &Job) -> Result<Proposal, Cancelled> {
        let step = |done: usize, total: usize| job.step("placing breaks", done as u64, Some(total as u64)).is_ok();
        let texts: Vec<&str> = transcript.words.iter().map(|w| now.text(w)).collect();
        place_breaks(proposal, self.cepstra, self.voice, &texts, &spans(transcript), &now.anchors, &WordParams::default(), &step)
            .ok_or(Cancelled)
    }

    /// Where the sound has all words near where the proposal puts them, and the proposal as that settles it.
    ///
    /// # Errors
    /// [`Cancelled`] once the job was.
    pub fn hear_all(self, proposal: Proposal, transcript: &Transcript, now: &InForce, job: &Job) -> Result<(Proposal, Entries), Cancelled> {
        let then = InForce { map: proposal.map.through(&now.anchors), ..now.clone() };
        let all = 0..transcript.words.len();
        let (words, heard) = self.hear(transcript, &then, std::slice::from_ref(&all), job)?;
        let mut heard = heard.concat();
        let proposal = if now.anchors.is_empty() { settle(proposal, &spans(transcript), &mut heard) } else { proposal };
        Ok((Proposal { words: Some(words), ..proposal }, heard))
    }
}

fn spans(transcript: &Transcript) -> Vec<Span<TranscriptTime>> {
    transcript.words.iter().map(|w| w.span).collect()
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
