//! `plumbline find`: finding anything in a project.

use crate::{Outcome, report};
use anyhow::Result;
use plumbline_core::find::FoundKind;
use plumbline_project::Project;
use plumbline_project::found::{Finding, FoundHit, FoundView};
use serde_json::json;
use std::path::Path;

/// How many hits are read at once.
const PAGE: u32 = 200;
/// How many media are read at once that something happened to.
const AT_ONCE: usize = 64;

/// Lists all hits, those of one media together.
pub fn find(project: &Path, typed: &str, kinds: &[FoundKind], as_json: bool) -> Result<Outcome> {
    let project = Project::open(project)?;
    while project.catch_up_found(AT_ONCE)? > 0 {}
    let page = |from: usize| -> Result<FoundView> {
        // At the end of the line a person is still typing, here the word has come to its end.
        let typed = format!("{typed} ");
        Ok(project.find(&Finding { typed, kinds: kinds.to_vec(), from: from as u32, count: PAGE })?)
    };
    let first = page(0)?;
    let mut hits = first.hits;
    while hits.len() < first.total as usize {
        let more = page(hits.len())?.hits;
        if more.is_empty() {
            break;
        }
        hits.extend(more);
    }
    if as_json {
        report::say(json!({ "total": first.total, "media": first.media, "counts": first.counts, "hits": hits }))?;
        return Ok(Outcome::Done);
    }
    for hit in &hits {
        report::say(line(hit))?;
    }
    let more = if first.counts.iter().any(|count| count.more) { "; there are more: say more words" } else { "" };
    report::say(format!("{} found in {} media{more}", first.total, first.media))?;
    Ok(Outcome::Done)
}

fn line(hit: &FoundHit) -> String {
    let text: String = hit.text.iter().map(|piece| if piece.found { format!("[{}]", piece.text) } else { piece.text.clone() }).collect();
    let about: Vec<&str> = [hit.label.as_str(), hit.who.as_str()].into_iter().filter(|part| !part.is_empty()).collect();
    let about = if about.is_empty() { String::new() } else { format!(" ({})", about.join(", ")) };
    format!("{} {} {}{about}: {text}", hit.name, hit.start_us, hit.kind.name())
}
