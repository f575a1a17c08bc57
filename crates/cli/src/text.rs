//! Text on screen, read on this machine.

use crate::projects::{chosen, with_desk};
use crate::report::{complain, failures_json, say};
use crate::{Outcome, progress};
use anyhow::Result;
use plumbline_adapters::Tesseract;
use plumbline_flows as flows;
use plumbline_pipeline::ReadText;
use serde_json::json;
use std::path::Path;

/// Reads the text in the pictures of media, and measures these anew: one that fails leaves the others be.
pub fn read(project: &Path, which: &[String], languages: &str, as_json: bool) -> Result<Outcome> {
    let reader = Tesseract::new("tesseract", languages);
    with_desk(project, |desk| {
        let (mut done, mut failures) = (Vec::new(), Vec::new());
        for media in chosen(desk, which)? {
            let job = progress::job();
            let read = flows::read_text(desk, &media, &reader, &job).and_then(|lines| flows::refresh(desk, &media, &job).map(|()| lines));
            match read {
                Ok(lines) => done.push((media, lines)),
                Err(error) => failures.push(error.to_string()),
            }
        }
        if as_json {
            let rows: Vec<_> = done.iter().map(|(media, lines)| json!({ "media": media, "lines": lines })).collect();
            say(json!({ "reader": reader.name(), "media": rows, "failures": failures_json(&failures) }))?;
        } else {
            complain(&failures);
            for (media, lines) in &done {
                say(format!("{}: {lines} lines of text by {}", desk.project().media(media)?.name(), reader.name()))?;
            }
        }
        Ok(Outcome::of(done.len(), failures.len(), 0))
    })
}
