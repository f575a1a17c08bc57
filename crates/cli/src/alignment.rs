//! `align` and `drift`: one transcript against its sound, without a project.

use crate::{Outcome, progress, report};
use anyhow::{Context, Result};
use plumbline_adapters::{Ffmpeg, sphinx::Sphinx};
use plumbline_core::align::{
    Cepstra, CepstraBuilder, Envelope, EnvelopeBuilder, Findings, Heard, Params, Proposal, Verdict, propose, sentence,
};
use plumbline_core::transcript::{Format, PlacedWord, Transcript};
use plumbline_core::{Delta, InForce, Profile, Span, TranscriptTime, format, place};
use plumbline_flows::Ear;
use plumbline_flows::export::write_whole;
use plumbline_flows::import::read_transcript;
use plumbline_pipeline::Job;
use plumbline_pipeline::ports::{Acoustics, Media};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;

/// What was found out about a transcript.
struct Found {
    transcript: Transcript,
    /// Its bytes as they came.
    source: Vec<u8>,
    proposal: Proposal,
    /// Where each word was heard; empty where nothing was listened for.
    heard: Vec<Option<Heard>>,
}

/// Decodes the sound and finds the map, and with `words` each word.
fn find(media: &Path, input: &Path, words: bool) -> Result<Found> {
    let mut notes = Vec::new();
    let file = read_transcript(input, &mut notes)?;
    for note in notes {
        eprintln!("plumbline: {note}");
    }
    let transcript = file.parsed;
    let job = progress::job();
    let sound = listen(media, words, &job)?;
    let spans: Vec<Span<TranscriptTime>> = transcript.words.iter().map(|w| w.span).collect();
    let mut proposal = propose(&sound.0, &spans, &[], &Params::default());
    let mut heard = vec![];
    if proposal.verdict != Verdict::Unknown && (words || !proposal.breaks.is_empty()) {
        let language = transcript.languages.first().map_or("", |l| l.code.as_str());
        let voice = match Sphinx::default().load(language) {
            // Who didn't ask for words gets the map all the same.
            Err(error) if !words => {
                eprintln!("plumbline: {error}");
                None
            }
            loaded => loaded?,
        };
        match voice {
            // The energy of speech tells where a break is, its words tell between which of them.
            Some(voice) => {
                let cepstra = if words { sound.1 } else { listen(media, true, &job)?.1 };
                let ear = Ear { cepstra: &cepstra, voice: &voice };
                proposal = ear.place_breaks(proposal, &transcript, &InForce::default(), &job)?;
                if words {
                    (proposal, heard) = ear.hear_all(proposal, &transcript, &InForce::default(), &job)?;
                }
            }
            None if words => eprintln!("plumbline: {}", unheard(language)),
            None => {}
        }
    }
    Ok(Found { transcript, source: file.source, proposal, heard })
}

/// Why no words were listened for.
fn unheard(language: &str) -> String {
    if language.is_empty() || language.starts_with("en") {
        "there is no acoustic model on this machine, so words lie where the map puts them. Install Debian's pocketsphinx-en-us, or name its folder in PLUMBLINE_ACOUSTIC_MODEL".into()
    } else {
        format!("there is no acoustic model for {language}, so words lie where the map puts them")
    }
}

/// The envelope of the sound, and its cepstra where they are asked for.
fn listen(media: &Path, cepstra: bool, job: &Job) -> Result<(Envelope, Cepstra)> {
    let (mut envelope, mut words) = (EnvelopeBuilder::new(), CepstraBuilder::new());
    Ffmpeg.sound(media, Profile::default(), job, &mut |samples: &[f32]| {
        envelope.push(samples);
        if cepstra {
            words.push(samples);
        }
    })?;
    Ok((envelope.finish(), words.finish()))
}

/// Writes the transcript with its words where the sound has them. Every item stays in its place; one that was cut from the media is marked
/// `in_audio: false`.
pub fn align(media: &Path, input: &Path, output: &Path, words: bool) -> Result<Outcome> {
    let Found { transcript, source, proposal, heard } = find(media, input, words)?;
    let heard = Findings { whole: Arc::new(heard), ..Findings::default() };
    let truth = InForce { map: proposal.map.clone(), heard: heard.clone(), ..InForce::default() };
    let words = place(&transcript, &truth);
    let kept: Vec<PlacedWord> = words.into_iter().map(|w| PlacedWord { in_media: true, ..w }).collect();
    let bytes = format::write_transcribe(Some((transcript.format, &source)), format::Reviewed::of(&transcript, &kept))
        .map_err(anyhow::Error::msg)?;
    let mut document: Value = serde_json::from_slice(&bytes).context("the written transcript is no JSON")?;
    for item in absent_items(&transcript, &proposal) {
        if let Some(item) = document.pointer_mut(&format!("/results/items/{item}")).and_then(Value::as_object_mut) {
            item.insert("in_audio".into(), Value::Bool(false));
        }
    }
    if let Some(document) = document.as_object_mut() {
        document.insert(
            "alignment".into(),
            json!({ "verdict": proposal.verdict, "score": proposal.score, "params": proposal.params, "words": proposal.words }),
        );
    }
    let bytes = serde_json::to_vec(&document)?;
    if output == Path::new("-") {
        report::raw(&bytes)?;
    } else {
        write_whole(output, &bytes)?;
    }
    eprintln!("{}", sentence(&proposal));
    if !heard.whole.is_empty() {
        eprintln!("{}", heard_sentence(&heard.whole));
    }
    Ok(Outcome::Done)
}

/// What came of listening for words, in a sentence.
fn heard_sentence(heard: &[Option<Heard>]) -> String {
    let count = |holds: &dyn Fn(&Heard) -> bool| heard.iter().flatten().filter(|h| holds(h)).count();
    let (all, moved) = (count(&|_| true), count(&|h| (h.span.start - h.mapped).abs() > MOVED));
    let unsure = count(&|h| h.confidence < UNSURE);
    format!("{all} words listened for: {moved} of them lie more than {} ms from the map, {unsure} are unsure.", MOVED.us() / 1_000)
}

/// A word that moves by more has moved.
const MOVED: Delta = Delta::from_us(50_000);
/// A word that is heard with less confidence is unsure.
const UNSURE: f32 = 0.5;

/// The items of [`align`]'s document that were cut from the media.
fn absent_items(transcript: &Transcript, proposal: &Proposal) -> Vec<usize> {
    let item_of: Vec<usize> = match transcript.format {
        Format::Transcribe | Format::Recognised => transcript.words.iter().map(|w| w.source as usize).collect(),
        // Made anew from another kind of file: each word an item, and each mark after one.
        _ => {
            let sizes = transcript.words.iter().map(|w| 1 + usize::from(!w.punctuation.is_empty()));
            sizes.scan(0, |next, size| Some(std::mem::replace(next, *next + size))).collect()
        }
    };
    proposal.absent.iter().filter_map(|word| item_of.get(*word as usize).copied()).collect()
}

/// Prints the verdict: in words, or as JSON with pieces, breaks and the items that were cut.
pub fn drift(media: &Path, input: &Path, words: bool, as_json: bool) -> Result<Outcome> {
    let Found { transcript, proposal, heard, .. } = find(media, input, words)?;
    if !as_json {
        report::say(sentence(&proposal))?;
        return Ok(Outcome::Done);
    }
    // Of a piece as of a word: how likely it is to lie right, here the mean over its words.
    let confidence = |span: Span<TranscriptTime>| {
        let inside = transcript.words.iter().zip(&heard).filter(|(word, _)| span.contains(word.span.start));
        let (sum, count) = inside.filter_map(|(_, heard)| heard.as_ref()).fold((0.0, 0), |a, h| (a.0 + f64::from(h.confidence), a.1 + 1));
        (count > 0).then(|| (sum / f64::from(count) * 1e3).round() / 1e3)
    };
    let pieces: Vec<Value> = proposal
        .pieces
        .iter()
        .map(|p| {
            json!({
                "transcript_start_us": p.span.start, "transcript_end_us": p.span.end,
                "media_start_us": p.media_start, "rate_ppm": p.rate_ppm, "score": p.score, "confidence": confidence(p.span),
            })
        })
        .collect();
    let report = json!({
        "verdict": proposal.verdict, "ground": proposal.ground, "sentence": sentence(&proposal), "score": proposal.score, "pieces": pieces,
        "breaks": proposal.breaks, "absent": absent_items(&transcript, &proposal), "residuals": proposal.residuals, "params": proposal.params, "words": proposal.words,
    });
    report::say(report)?;
    Ok(Outcome::Done)
}
