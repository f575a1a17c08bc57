//! Reports of runs: lines, Markdown, and JUnit's XML for a CI.

use crate::report::say;
use anyhow::Result;
use plumbline_core::MediaTime;
use plumbline_flows::lab::view::{Bounded, CompareView, GridRow, GridView, VariantHead};
use quick_xml::escape::escape;

fn share(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |v| format!("{:.1} %", v * 100.0))
}

fn within(bounded: Option<Bounded>) -> String {
    bounded.map_or_else(|| "-".to_owned(), |b| format!("{:.3} ({:.3} to {:.3})", b.value, b.lower, b.upper))
}

fn signed(bounded: Option<Bounded>) -> String {
    bounded.map_or_else(|| "-".to_owned(), |b| format!("{:+.3} ({:+.3} to {:+.3})", b.value, b.lower, b.upper))
}

fn name(n: usize, head: &VariantHead) -> String {
    let t = head.temperature.map(|t| format!(" at {t}")).unwrap_or_default();
    format!("{} {} with {}{t}", n + 1, head.label, head.model)
}

/// The variants of a run, a line each.
pub fn heads(grid: &GridView) -> Result<()> {
    for (n, head) in grid.variants.iter().enumerate() {
        let difference =
            if n as u32 == grid.baseline { String::new() } else { format!(", {} against the baseline", signed(head.difference)) };
        say(format!(
            "{}: F1 {}{difference}; precision {}, recall {}; {} ms, {} a clip; {} did not fit, {} without an answer",
            name(n, head),
            within(head.f1),
            share(head.precision),
            share(head.recall),
            head.latency_ms,
            head.cost,
            head.misfits,
            head.unanswered
        ))?;
    }
    grid.notes.iter().try_for_each(say)
}

/// A run as Markdown.
pub fn grid_markdown(grid: &GridView) -> String {
    let mut text = format!("# {}\n\n", cell(&grid.name));
    text.push_str("| variant | F1 | difference | precision | recall | ms | cost of a clip | did not fit | no answer |\n");
    text.push_str("|---|---|---|---|---|---|---|---|---|\n");
    for (n, head) in grid.variants.iter().enumerate() {
        text.push_str(&format!(
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} |\n",
            cell(&name(n, head)),
            within(head.f1),
            signed(head.difference),
            share(head.precision),
            share(head.recall),
            head.latency_ms,
            head.cost,
            head.misfits,
            head.unanswered
        ));
    }
    text.push_str(&format!("\n{} of {} answers were kept from before; {} were paid.\n", grid.kept, grid.calls, grid.paid));
    grid.notes.iter().for_each(|note| text.push_str(&format!("\n{note}\n")));
    text
}

/// A text within a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

fn clip(row: &GridRow) -> String {
    format!("{} {} to {}", row.name, MediaTime::from_us(row.start_us), MediaTime::from_us(row.end_us))
}

/// A clip fails where its F1 is worse by this: less is what models do from one time to the next.
const WORSE: f64 = 0.1;

/// A run as JUnit's XML: a suite for each variant, a case for each clip, which fails where it is worse than under the baseline by a tenth.
pub fn grid_junit(grid: &GridView) -> String {
    let suites = grid.variants.iter().enumerate().filter(|(n, _)| *n as u32 != grid.baseline).map(|(n, head)| {
        let cases: Vec<(String, Option<String>)> = grid
            .rows
            .iter()
            .map(|row| {
                let worse = row.cells.get(n).and_then(|c| c.difference).filter(|d| *d <= -WORSE);
                (clip(row), worse.map(|d| format!("F1 is {d:+.3} against the baseline")))
            })
            .collect();
        suite(&name(n, head), &cases)
    });
    document(&suites.collect::<Vec<_>>())
}

fn document(suites: &[String]) -> String {
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n{}</testsuites>\n", suites.concat())
}

fn suite(name: &str, cases: &[(String, Option<String>)]) -> String {
    let failures = cases.iter().filter(|(_, why)| why.is_some()).count();
    let mut text = format!("  <testsuite name=\"{}\" tests=\"{}\" failures=\"{failures}\">\n", escape(name), cases.len());
    for (case, why) in cases {
        let open = format!("    <testcase classname=\"{}\" name=\"{}\"", escape(name), escape(case));
        match why {
            None => text.push_str(&format!("{open}/>\n")),
            Some(why) => text.push_str(&format!("{open}>\n      <failure message=\"{}\"/>\n    </testcase>\n", escape(why))),
        }
    }
    text + "  </testsuite>\n"
}

/// A comparison as Markdown.
pub fn compare_markdown(grid: &GridView, told: &CompareView) -> String {
    let head = |n: u32| grid.variants.get(n as usize).map_or_else(String::new, |head| name(n as usize, head));
    let mut text = format!("# {}\n\n{} against {}\n\n", cell(&grid.name), head(told.candidate), head(told.baseline));
    text.push_str(&format!("- F1 of a clip: {} over {} clips of {} media\n", signed(told.difference), told.clips, told.media));
    if let Some(smallest) = told.smallest {
        text.push_str(&format!("- The smallest difference that these clips would show four times in five: {smallest:.3}\n"));
    }
    let (only, other, p) = (told.only_candidate, told.only_baseline, told.p);
    text.push_str(&format!("- {only} clips pass under it alone, {other} under the baseline alone (McNemar, p = {p:.3})\n"));
    text.push_str(&format!("- Held out: {}\n", told.holdout));
    let (for_baseline, for_candidate, ties) = told.votes;
    text.push_str(&format!("- Blind votes: {for_candidate} for it, {for_baseline} for the baseline, {ties} for neither\n\n"));
    told.reasons.iter().for_each(|reason| text.push_str(&format!("{reason}\n")));
    let guarded: Vec<_> = told.slices.iter().filter(|slice| slice.guarded).collect();
    if !guarded.is_empty() {
        text.push_str("\n| slice | clips | baseline | candidate | difference | |\n|---|---|---|---|---|---|\n");
    }
    for s in guarded {
        let fell = if s.fell { "fell" } else { "" };
        let difference = signed(s.difference);
        let (by, name) = (cell(&s.by), cell(&s.name));
        text.push_str(&format!("| {by}: {name} | {} | {:.3} | {:.3} | {difference} | {fell} |\n", s.clips, s.baseline, s.candidate));
    }
    text
}

/// A comparison as JUnit's XML: a case for the whole, one for each guarded slice, one for what is held out.
pub fn compare_junit(grid: &GridView, told: &CompareView) -> String {
    let head = |n: u32| grid.variants.get(n as usize).map_or_else(String::new, |head| name(n as usize, head));
    let worse = told.difference.filter(|d| d.upper < 0.0).map(|d| format!("F1 fell: {}", signed(Some(d))));
    let mut cases = vec![("all clips".to_owned(), worse)];
    cases.extend(told.slices.iter().filter(|slice| slice.guarded).map(|slice| {
        let fell = slice.fell.then(|| format!("F1 fell: {}", signed(slice.difference)));
        (format!("{}: {}", slice.by, slice.name), fell)
    }));
    let disagree = (told.holdout_agrees == Some(false)).then(|| told.holdout.clone());
    cases.push(("what is held out".to_owned(), disagree));
    document(&[suite(&format!("{} against {}", head(told.candidate), head(told.baseline)), &cases)])
}
