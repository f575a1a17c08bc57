//! `align` and `drift`: one transcript against its sound, without a project.

use crate::{Outcome, progress, report};
use anyhow::{Context, Result};
use plumbline_adapters::Ffmpeg;
use plumbline_core::align::{Envelope, EnvelopeBuilder, Params, Proposal, propose, sentence};
use plumbline_core::transcript::{Format, PlacedWord, Transcript};
use plumbline_core::{InForce, Span, TranscriptTime, format, place};
use plumbline_flows::export::write_whole;
use plumbline_flows::import::read_transcript;
use plumbline_pipeline::ports::Media;
use serde_json::{Value, json};
use std::path::Path;

/// Decodes the sound and finds the map; the transcript's source bytes come along.
fn find(media: &Path, input: &Path) -> Result<(Transcript, Vec<u8>, Proposal)> {
    let mut notes = Vec::new();
    let file = read_transcript(input, &mut notes)?;
    for note in notes {
        eprintln!("plumbline: {note}");
    }
    let envelope = listen(media)?;
    let spans: Vec<Span<TranscriptTime>> = file.parsed.words.iter().map(|w| w.span).collect();
    let proposal = propose(&envelope, &spans, &[], &Params::default());
    Ok((file.parsed, file.source, proposal))
}

fn listen(media: &Path) -> Result<Envelope> {
    let mut envelope = EnvelopeBuilder::new();
    Ffmpeg.sound(media, &progress::job(), &mut |samples| envelope.push(samples))?;
    Ok(envelope.finish())
}

/// Writes the transcript with its words where the sound has them. Every item stays in its place; one that was cut from the media is marked
/// `in_audio: false`.
pub fn align(media: &Path, input: &Path, output: &Path) -> Result<Outcome> {
    let (transcript, source, proposal) = find(media, input)?;
    let words = place(&transcript, &InForce { map: proposal.map.clone(), ..InForce::default() });
    let kept: Vec<PlacedWord> = words.into_iter().map(|w| PlacedWord { in_media: true, ..w }).collect();
    let bytes = format::write_transcribe(Some((transcript.format, &source)), &transcript, &kept).map_err(anyhow::Error::msg)?;
    let mut document: Value = serde_json::from_slice(&bytes).context("the written transcript is no JSON")?;
    for item in absent_items(&transcript, &proposal) {
        if let Some(item) = document.pointer_mut(&format!("/results/items/{item}")).and_then(Value::as_object_mut) {
            item.insert("in_audio".into(), Value::Bool(false));
        }
    }
    if let Some(document) = document.as_object_mut() {
        document.insert("alignment".into(), json!({ "verdict": proposal.verdict, "score": proposal.score, "params": proposal.params }));
    }
    let bytes = serde_json::to_vec(&document)?;
    if output == Path::new("-") {
        report::raw(&bytes)?;
    } else {
        write_whole(output, &bytes)?;
    }
    eprintln!("{}", sentence(&proposal));
    Ok(Outcome::Done)
}

/// The items of [`align`]'s document that were cut from the media.
fn absent_items(transcript: &Transcript, proposal: &Proposal) -> Vec<usize> {
    let item_of: Vec<usize> = match transcript.format {
        Format::Transcribe => transcript.words.iter().map(|w| w.source as usize).collect(),
        // Made anew from another kind of file: each word an item, and each mark after one.
        _ => {
            let sizes = transcript.words.iter().map(|w| 1 + usize::from(!w.punctuation.is_empty()));
            sizes.scan(0, |next, size| Some(std::mem::replace(next, *next + size))).collect()
        }
    };
    proposal.absent.iter().filter_map(|word| item_of.get(*word as usize).copied()).collect()
}

/// Prints the verdict: in words, or as JSON with pieces, breaks and the items that were cut.
pub fn drift(media: &Path, input: &Path, as_json: bool) -> Result<Outcome> {
    let (transcript, _, proposal) = find(media, input)?;
    if !as_json {
        report::say(sentence(&proposal))?;
        return Ok(Outcome::Done);
    }
    let pieces: Vec<Value> = proposal
        .pieces
        .iter()
        .map(|p| {
            json!({
                "transcript_start_us": p.span.start, "transcript_end_us": p.span.end,
                "media_start_us": p.media_start, "rate_ppm": p.rate_ppm, "score": p.score,
            })
        })
        .collect();
    let report = json!({
        "verdict": proposal.verdict, "sentence": sentence(&proposal), "score": proposal.score, "pieces": pieces,
        "breaks": proposal.breaks, "absent": absent_items(&transcript, &proposal), "residuals": proposal.residuals, "params": proposal.params,
    });
    report::say(report)?;
    Ok(Outcome::Done)
}
