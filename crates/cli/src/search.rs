//! `plumbline search`: finding in a project, and replacing.

use crate::{Outcome, progress, report};
use anyhow::Result;
use plumbline_core::search::{Query, Replacement};
use plumbline_flows::search::{ReplaceAll, Search, Searches, replace};
use plumbline_flows::{self as flows, Desk};
use plumbline_project::search::Hit;
use serde_json::json;

/// How many hits are read at once.
const PAGE: u32 = 200;

/// Lists all hits, or replaces them.
pub fn search(desk: &Desk<'_>, query: Query, by: Option<Replacement>, as_json: bool) -> Result<Outcome> {
    let searches = Searches::default();
    let mut hits: Vec<Hit> = Vec::new();
    let mut total = 0;
    loop {
        let search = Search { query: query.clone(), media: None, by: by.clone(), from: hits.len() as u32, count: PAGE };
        let Some(page) = searches.search(desk.project, &search)? else { break };
        total = page.total;
        let last = page.hits.is_empty();
        hits.extend(page.hits);
        if last || hits.len() >= total as usize {
            break;
        }
    }
    if let Some(by) = by.clone().filter(|_| total > 0) {
        let all = ReplaceAll { query, media: None, by, left_out: vec![], total };
        for media in replace(desk, &all, &progress::job())?.1 {
            flows::refresh(desk, &media, &progress::job())?;
        }
    }
    if as_json {
        report::say(json!({ "total": total, "hits": hits, "replaced": by.is_some() }))?;
        return Ok(Outcome::Done);
    }
    for hit in &hits {
        let with = hit.with.as_ref().map(|with| format!(" -> [{with}]")).unwrap_or_default();
        report::say(format!("{} {}: {}[{}]{with}{}", hit.name, hit.at_us, hit.before, hit.hit, hit.after))?;
    }
    report::say(if by.is_some() { format!("{total} replaced") } else { format!("{total} found") })?;
    Ok(Outcome::Done)
}
