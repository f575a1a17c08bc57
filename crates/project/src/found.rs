//! Finding anything in the whole project by its words.
//!
//! However large the project is, an answer looks at a bounded number of rows: of each kind the first [`MOST`], and what is rare decides which of
//! them come first.

use crate::cells;
use crate::error::Result;
use crate::found_rows::{FoundRow, ids_of_kind, kind_of, number_of, row_of};
use crate::project::Project;
use crate::records::MediaId;
pub use plumbline_core::find::{Ask, FoundKind, Term};
use plumbline_core::time::MediaTime;
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use ts_rs::TS;

/// So many rows of a kind are found at most.
const MOST: usize = 1_000;
/// A word in more rows says nothing about which of them is meant.
const COMMON: i64 = 3_000;
/// The most hits that are shown at once.
const PAGE: u32 = 200;
/// How many words of a row are shown round what was found.
const SHOWN_WORDS: u32 = 24;
/// What stands before and behind a hit in a row, until it is cut into pieces.
const MARKS: [char; 2] = ['\u{2}', '\u{3}'];

/// What is looked for, and which of the hits are wanted.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, TS)]
#[ts(export)]
pub struct Finding {
    /// What a person typed.
    pub typed: String,
    /// Only these kinds; all where none is named.
    pub kinds: Vec<FoundKind>,
    /// The first hit wanted.
    pub from: u32,
    /// How many are wanted, at most 200.
    pub count: u32,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct FoundView {
    /// How many hits there are of each kind, whichever kinds were asked for.
    pub counts: Vec<FoundCount>,
    /// How many hits there are of the kinds that were asked for, as far as they are shown.
    pub total: u32,
    /// In how many media.
    pub media: u32,
    /// Those that were wanted. Hits of one media stand together, the media of the best hit first, and in a media they stand by time.
    pub hits: Vec<FoundHit>,
    /// Media that something happened to and that were not read again yet.
    pub left: u32,
}

/// How many hits of a kind there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct FoundCount {
    /// The kind.
    pub kind: FoundKind,
    /// So many, at most 1000.
    pub count: u32,
    /// Whether there are more.
    pub more: bool,
}

/// A hit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct FoundHit {
    /// Which media.
    pub media: MediaId,
    /// Its file name.
    pub name: String,
    /// What it is.
    pub kind: FoundKind,
    /// When it begins.
    pub start_us: MediaTime,
    /// When it ends.
    pub end_us: MediaTime,
    /// The word, annotation or flag that it is about, by its id; of a document its id and the page, counted from 1: `id/3`.
    pub at: String,
    /// The label of an annotation, the gate of a flag, the name of a document; empty of what is said.
    pub label: String,
    /// Who says or said it; empty where nobody knows.
    pub who: String,
    /// The text round what was found, in pieces.
    pub text: Vec<FoundPiece>,
}

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct FoundPiece {
    /// The piece.
    pub text: String,
    /// Whether it was looked for.
    pub found: bool,
}

impl Project {
    /// Finds what a person typed, in what was read by [`Project::catch_up_found`]. Anything can be typed.
    ///
    /// # Errors
    /// Where the project can't be read.
    pub fn find(&self, finding: &Finding) -> Result<FoundView> {
        let ask = Ask::parse(&finding.typed);
        let Some(query) = expression(&ask) else { return Ok(FoundView::default()) };
        self.at(self.found_hits(&ask, &query, finding))
    }

    fn found_hits(&self, ask: &Ask, query: &str, finding: &Finding) -> rusqlite::Result<FoundView> {
        let wanted = |kind: FoundKind, of: &[FoundKind]| of.is_empty() || of.contains(&kind);
        let (mut view, mut ids) = (FoundView::default(), Vec::new());
        for kind in FoundKind::ALL.into_iter().filter(|kind| wanted(*kind, &ask.kinds)) {
            let mut of_kind = ids_of(&self.db, query, kind)?;
            let more = of_kind.len() > MOST;
            of_kind.truncate(MOST);
            view.counts.push(FoundCount { kind, count: of_kind.len() as u32, more });
            if wanted(kind, &finding.kinds) {
                ids.append(&mut of_kind);
            }
        }
        let ids = in_order(ids, &ranks(&self.db, ask)?);
        view.total = ids.len() as u32;
        view.media = ids.chunk_by(|a, b| number_of(*a) == number_of(*b)).count() as u32;
        view.left = self.db.prepare_cached("SELECT count(*) FROM found_media WHERE stale")?.query_row([], |r| r.get(0))?;
        let shown: Vec<i64> = ids.into_iter().skip(finding.from as usize).take(finding.count.min(PAGE) as usize).collect();
        view.hits = self.shown_hits(query, &shown)?;
        Ok(view)
    }

    fn shown_hits(&self, query: &str, ids: &[i64]) -> rusqlite::Result<Vec<FoundHit>> {
        let rows: Vec<(i64, FoundRow)> = ids.iter().map(|id| Ok((*id, row_of(&self.db, *id)?))).collect::<rusqlite::Result<_>>()?;
        let mut texts = marked(query, &rows)?;
        let mut names: HashMap<i64, Option<(MediaId, String)>> = HashMap::new();
        let mut hits = Vec::with_capacity(rows.len());
        for (id, row) in rows {
            let number = number_of(id);
            let known = match names.entry(number) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => new.insert(self.media_of(number)?),
            };
            let Some((media, name)) = known.clone() else { continue };
            hits.push(FoundHit {
                media,
                name,
                kind: kind_of(id),
                start_us: row.span.start,
                end_us: row.span.end,
                text: pieces(&texts.remove(&id).unwrap_or(row.text)),
                at: row.at,
                label: row.label,
                who: row.who,
            });
        }
        Ok(hits)
    }

    /// Id and name of the media with this number; none of one that was removed a moment ago.
    fn media_of(&self, number: i64) -> rusqlite::Result<Option<(MediaId, String)>> {
        let id =
            self.db.prepare_cached("SELECT media FROM found_media WHERE number = ?1")?.query_row([number], |r| Ok(MediaId(r.get(0)?)))?;
        Ok(cells::media(&self.db, &id)?.map(|record| (id, record.name().to_owned())))
    }
}

/// What is asked, as the index takes it: every word in quotes, so that nothing a person types means anything else; none where nothing is asked.
fn expression(ask: &Ask) -> Option<String> {
    if ask.is_empty() {
        return None;
    }
    let column = |column: &str, any: &[String]| -> Option<String> {
        let any: Vec<String> = any.iter().map(|text| quoted(&Term { text: text.clone(), open: false })).collect();
        (!any.is_empty()).then(|| format!("{column} : ({})", any.join(" OR ")))
    };
    let terms: Vec<String> = ask.terms.iter().map(quoted).collect();
    let terms = (!terms.is_empty()).then(|| format!("{{text label}} : ({})", terms.join(" ")));
    let all: Vec<String> = [terms, column("who", &ask.speakers), column("label", &ask.labels)].into_iter().flatten().collect();
    let without: Vec<String> = ask.without.iter().map(quoted).collect();
    let without = if without.is_empty() { String::new() } else { format!(" NOT ({})", without.join(" OR ")) };
    Some(format!("({}){without}", all.join(" AND ")))
}

fn quoted(term: &Term) -> String {
    let text: String = term.text.chars().map(|c| if c == '"' || c == '\0' { ' ' } else { c }).collect();
    format!("\"{text}\"{}", if term.open { " *" } else { "" })
}

/// The first rows of a kind, one more than are shown.
fn ids_of(db: &Connection, query: &str, kind: FoundKind) -> rusqlite::Result<Vec<i64>> {
    let ids = ids_of_kind(kind);
    db.prepare_cached("SELECT rowid FROM found WHERE found MATCH ?1 AND rowid >= ?2 AND rowid < ?3 ORDER BY rowid LIMIT ?4")?
        .query_map(params![query, ids.start, ids.end, MOST as i64 + 1], |r| r.get(0))?
        .collect()
}

/// How well rows fit what is rare of the terms, the lower the better. Reckoning that for a common word would look at every row it is in, and for a
/// phrase of common words several times at every row that they are in.
fn ranks(db: &Connection, ask: &Ask) -> rusqlite::Result<HashMap<i64, f64>> {
    let mut rare = Ask::default();
    for term in ask.terms.iter().filter(|term| !term.text.contains(char::is_whitespace)) {
        let one = Ask { terms: vec![term.clone()], ..Ask::default() };
        let count: i64 = db
            .prepare_cached("SELECT count(*) FROM (SELECT 1 FROM found WHERE found MATCH ?1 LIMIT ?2)")?
            .query_row(params![expression(&one), COMMON + 1], |r| r.get(0))?;
        if count <= COMMON {
            rare.terms.push(term.clone());
        }
    }
    let Some(query) = expression(&rare) else { return Ok(HashMap::new()) };
    db.prepare_cached("SELECT rowid, bm25(found) FROM found WHERE found MATCH ?1")?
        .query_map([query], |r| Ok((r.get(0)?, r.get(1)?)))?
        .collect()
}

/// Rows of one media together, the media with the best row first, and in a media by time as their kinds come.
fn in_order(ids: Vec<i64>, ranks: &HashMap<i64, f64>) -> Vec<i64> {
    let mut media: BTreeMap<i64, (f64, Vec<i64>)> = BTreeMap::new();
    for id in ids {
        let (best, of_media) = media.entry(number_of(id)).or_insert((0.0, vec![]));
        *best = best.min(ranks.get(&id).copied().unwrap_or(0.0));
        of_media.push(id);
    }
    let mut media: Vec<(f64, Vec<i64>)> = media.into_values().collect();
    media.sort_by(|a, b| a.0.total_cmp(&b.0));
    media.into_iter().flat_map(|m| m.1).collect()
}

/// The texts of rows with marks round what was looked for. They are put into an index of their own for that: one row of the large one would cost as
/// much as the whole query.
fn marked(query: &str, rows: &[(i64, FoundRow)]) -> rusqlite::Result<HashMap<i64, String>> {
    let db = Connection::open_in_memory()?;
    db.execute_batch("CREATE VIRTUAL TABLE found USING fts5(text, label, who, tokenize = 'unicode61 remove_diacritics 2'); BEGIN")?;
    let mut put = db.prepare("INSERT INTO found (rowid, text, label, who) VALUES (?1, ?2, ?3, ?4)")?;
    for (id, row) in rows {
        put.execute(params![id, row.text, row.label, row.who])?;
    }
    let [before, behind] = MARKS.map(String::from);
    db.prepare("SELECT rowid, snippet(found, 0, ?2, ?3, '…', ?4) FROM found WHERE found MATCH ?1")?
        .query_map(params![query, before, behind, SHOWN_WORDS], |r| Ok((r.get(0)?, r.get(1)?)))?
        .collect()
}

fn pieces(text: &str) -> Vec<FoundPiece> {
    let mut found = false;
    let mut all = Vec::new();
    for piece in text.split_inclusive(MARKS) {
        let bare = piece.trim_end_matches(MARKS);
        if !bare.is_empty() {
            all.push(FoundPiece { text: bare.to_owned(), found });
        }
        found = piece.ends_with(MARKS[0]);
    }
    all
}
