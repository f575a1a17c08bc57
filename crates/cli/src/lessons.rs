//! What corrections teach: a vocabulary for the recogniser, and examples for a model.

use crate::Outcome;
use crate::cloud::UploadWish;
use crate::report::say;
use anyhow::{Result, anyhow};
use plumbline_flows::export::write_whole;
use plumbline_project::Project;
use plumbline_project::views::{ExampleRow, PhraseRow};
use serde_json::{Value, json};
use std::path::Path;

fn write(to: &Path, text: &str) -> Result<()> {
    write_whole(to, text.as_bytes()).map_err(|e| anyhow!("{} can't be written: {e}", to.display()))
}

/// What becomes of a proposed vocabulary.
pub struct Vocabulary<'a> {
    /// Where the table is written.
    pub out: Option<&'a Path>,
    /// In which account it is put.
    pub upload: &'a UploadWish,
}

/// Proposes a custom vocabulary.
pub fn vocabulary(project: &Path, (least, language): (u32, Option<&str>), to: &Vocabulary<'_>, as_json: bool) -> Result<Outcome> {
    let out = to.out;
    let project = Project::open(project)?;
    if let Some(out) = out {
        write(out, &project.vocabulary_table(least, language)?)?;
    }
    if to.upload.is_wanted() {
        return to.upload.upload(&project, (least, language), as_json);
    }
    let mut view = project.vocabulary(least)?;
    view.phrases.retain(|row| language.is_none_or(|language| language == row.language));
    view.left_out.retain(|row| language.is_none_or(|language| language == row.language));
    let (skipped, phrases): (Vec<PhraseRow>, Vec<PhraseRow>) = view.phrases.into_iter().partition(|row| row.skipped.is_some());
    if as_json {
        let mut left_out: Vec<Value> = view.left_out.iter().map(|row| json!({ "text": row.text, "why": row.why })).collect();
        left_out.extend(skipped.iter().map(|row| json!({ "text": row.display, "why": by_hand(row) })));
        say(json!({ "phrases": phrases.iter().map(phrase_json).collect::<Vec<_>>(), "left_out": left_out }))?;
        return Ok(Outcome::Done);
    }
    if phrases.is_empty() {
        say(format!("no phrase was corrected {least} times or more"))?;
    }
    phrases.iter().try_for_each(|row| say(phrase_line(row)))?;
    view.left_out.iter().try_for_each(|row| say(format!("left out: {}: {}", row.text, row.why)))?;
    skipped.iter().try_for_each(|row| say(format!("left out: {}: {}", row.display, by_hand(row))))?;
    Ok(Outcome::Done)
}

fn by_hand(row: &PhraseRow) -> String {
    format!("{} left it out", row.skipped.as_deref().unwrap_or_default())
}

fn phrase_json(row: &PhraseRow) -> Value {
    let examples: Vec<Value> = row
        .examples
        .iter()
        .map(|e| json!({ "media": e.media.id, "start_us": e.span.start, "end_us": e.span.end, "heard": e.heard }))
        .collect();
    json!({
        "language": row.language, "phrase": row.phrase, "display": row.display, "count": row.count, "media": row.media, "heard": row.heard,
        "examples": examples
    })
}

fn phrase_line(row: &PhraseRow) -> String {
    let heard: Vec<String> = row.heard.iter().map(|heard| format!("“{}” {}", heard.text, heard.count)).collect();
    let first = row.examples.first().map_or(String::new(), |e| format!("; listen to {} at {}", e.media.id, e.span.start));
    let (display, phrase, count, media) = (&row.display, &row.phrase, row.count, row.media);
    format!("{display} ({phrase}), {count} times in {media} media, for {}{first}", heard.join(", "))
}

/// Lists the best examples for a model.
pub fn examples(project: &Path, count: usize, out: Option<&Path>, as_json: bool) -> Result<Outcome> {
    let view = Project::open(project)?.examples(count)?;
    if let Some(out) = out {
        write(out, &view.jsonl()?)?;
    }
    if as_json {
        say(json!({ "examples": view.examples, "stretches": view.stretches, "reviewed": view.reviewed, "media": view.media }))?;
        return Ok(Outcome::Done);
    }
    say(format!("{} of {} media have a reviewed stretch; {} stretches in all", view.reviewed, view.media, view.stretches))?;
    view.examples.iter().try_for_each(|row| say(example_line(row)))?;
    Ok(Outcome::Done)
}

fn example_line(row: &ExampleRow) -> String {
    let stretch = &row.stretch;
    let text: Vec<&str> = stretch.lines.iter().map(|line| line.text.as_str()).collect();
    format!(
        "{} {} to {}: {} corrections, {} decisions: {}",
        row.media.name,
        stretch.span.start,
        stretch.span.end,
        stretch.corrections.len(),
        stretch.decisions.len(),
        text.join(" / ")
    )
}
