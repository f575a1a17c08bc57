//! Searching a project without holding it: texts are read a few at a time, and looked through by all processors.

use crate::{Desk, Error, Result};
use plumbline_core::search::{Matcher, Query, Replacement};
use plumbline_pipeline::Job;
use plumbline_project::search::{Hit, LeftOut, Source, Texts};
use plumbline_project::views::Changed;
use plumbline_project::{MediaId, Op, Project};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use ts_rs::TS;

/// How many texts are read before the project is let go.
const AT_ONCE: usize = 16;
/// The most hits that are shown at once.
const PAGE: u32 = 500;

/// What is searched, and which of the hits are wanted.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, TS)]
#[ts(export)]
pub struct Search {
    /// What is looked for.
    pub query: Query,
    /// Only in this media; none for the whole project.
    pub media: Option<MediaId>,
    /// What the hits would become.
    #[serde(default)]
    pub by: Option<Replacement>,
    /// The first hit wanted.
    pub from: u32,
    /// How many are wanted, at most 500.
    pub count: u32,
}

/// Hits of a search.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct SearchView {
    /// How many there are in all.
    pub total: u32,
    /// In how many media.
    pub media: u32,
    /// Those that were wanted.
    pub hits: Vec<Hit>,
}

/// What was searched last, so that the next page and the next letter cost little.
#[derive(Default)]
pub struct Searches {
    texts: Mutex<Texts>,
    /// Counts the searches: one that is not the newest any more ends.
    version: AtomicU64,
    counted: Mutex<Option<Counted>>,
}

/// How many hits of a query each text has.
struct Counted {
    query: Query,
    sources: Vec<Source>,
    counts: Vec<u32>,
}

/// Why a search came to nothing.
enum Ended {
    Superseded,
    Failed(Error),
}

impl From<plumbline_project::Error> for Ended {
    fn from(error: plumbline_project::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl Searches {
    /// Hits of a search; none where a newer one has begun.
    ///
    /// # Errors
    /// Where the query is no regular expression, or the project can't be read.
    pub fn search(&self, project: &Mutex<Project>, search: &Search) -> Result<Option<SearchView>> {
        let version = self.version.fetch_add(1, Ordering::SeqCst) + 1;
        let matcher = Matcher::new(&search.query)?;
        match self.found(project, search, &matcher, version) {
            Ok(view) => Ok(Some(view)),
            Err(Ended::Superseded) => Ok(None),
            Err(Ended::Failed(error)) => Err(error),
        }
    }

    fn found(&self, project: &Mutex<Project>, search: &Search, matcher: &Matcher, version: u64) -> std::result::Result<SearchView, Ended> {
        let (sources, counts) = self.counts(project, search, matcher, version)?;
        let mut view = SearchView { total: counts.iter().sum(), media: counts.iter().filter(|c| **c > 0).count() as u32, hits: vec![] };
        let wanted = search.from..search.from.saturating_add(search.count.min(PAGE));
        let mut before = 0;
        for (source, count) in sources.iter().zip(counts) {
            let here = before..before + count;
            before = here.end;
            let (from, to) = (wanted.start.max(here.start), wanted.end.min(here.end));
            if from < to {
                self.still(version)?;
                let range = (from - here.start) as usize..(to - here.start) as usize;
                view.hits.extend(held(project).hits(&source.media, matcher, search.by.as_ref(), range)?);
            }
        }
        Ok(view)
    }

    /// How many hits each media has.
    fn counts(
        &self,
        project: &Mutex<Project>,
        search: &Search,
        matcher: &Matcher,
        version: u64,
    ) -> std::result::Result<(Vec<Source>, Vec<u32>), Ended> {
        let mut sources = held(project).search_sources()?;
        sources.retain(|source| search.media.as_ref().is_none_or(|media| *media == source.media));
        if let Some(known) = &*self.counted.lock().unwrap_or_else(PoisonError::into_inner)
            && known.query == search.query
            && known.sources == sources
        {
            return Ok((sources, known.counts.clone()));
        }
        let texts = self.texts(project, &sources, search.media.is_none(), version)?;
        let counts: Vec<AtomicUsize> = sources.iter().map(|_| AtomicUsize::new(0)).collect();
        let (next, ended) = (AtomicUsize::new(0), AtomicBool::new(false));
        std::thread::scope(|scope| {
            for _ in 0..std::thread::available_parallelism().map_or(1, usize::from).min(sources.len().max(1)) {
                scope.spawn(|| {
                    while let Some((at, text)) = Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|at| Some((at, texts.get(at)?))) {
                        if self.still(version).is_err() {
                            return ended.store(true, Ordering::Relaxed);
                        }
                        counts[at].store(matcher.count(text), Ordering::Relaxed);
                    }
                });
            }
        });
        if ended.into_inner() {
            return Err(Ended::Superseded);
        }
        let counts: Vec<u32> = counts.into_iter().map(|count| count.into_inner() as u32).collect();
        *self.counted.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Counted { query: search.query.clone(), sources: sources.clone(), counts: counts.clone() });
        Ok((sources, counts))
    }

    /// The texts of all sources, read where they are not known; what other projects had is forgotten.
    fn texts(&self, project: &Mutex<Project>, sources: &[Source], all: bool, version: u64) -> std::result::Result<Vec<Arc<str>>, Ended> {
        let known = || self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        if all {
            known().keep_only(sources);
        }
        let missing = known().missing(sources);
        for some in missing.chunks(AT_ONCE) {
            self.still(version)?;
            let read = held(project).search_texts(some)?;
            known().keep(read);
        }
        let texts = known();
        Ok(sources.iter().map(|source| texts.of(source).unwrap_or_else(|| "".into())).collect())
    }

    fn still(&self, version: u64) -> std::result::Result<(), Ended> {
        if self.version.load(Ordering::SeqCst) == version { Ok(()) } else { Err(Ended::Superseded) }
    }
}

fn held(project: &Mutex<Project>) -> std::sync::MutexGuard<'_, Project> {
    project.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is to be replaced.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, TS)]
#[ts(export)]
pub struct ReplaceAll {
    /// What is looked for.
    pub query: Query,
    /// Only in this media; none for the whole project.
    pub media: Option<MediaId>,
    /// What the hits become.
    pub by: Replacement,
    /// Hits that stay as they are.
    pub left_out: Vec<LeftOut>,
    /// How many hits were found, as the person saw it.
    pub total: u32,
}

/// Replaces all hits but those left out, in one step; the media whose words changed.
///
/// # Errors
/// Where the text changed since the hits were counted, or the project can't be written; nothing is replaced then.
pub fn replace(desk: &Desk<'_>, replace: &ReplaceAll, job: &Job) -> Result<(Changed, Vec<MediaId>)> {
    let matcher = Matcher::new(&replace.query)?;
    let left_out: BTreeSet<LeftOut> = replace.left_out.iter().cloned().collect();
    let mut media = desk.project().media_ids()?;
    media.retain(|media| replace.media.as_ref().is_none_or(|only| only == media));
    let (mut all, mut total) = (Vec::new(), 0);
    for (done, media_id) in media.iter().enumerate() {
        job.step("replacing", done as u64, Some(media.len() as u64))?;
        let (replaced, hits) = desk.project().replaced(media_id, &matcher, &replace.by, &left_out)?;
        total += hits;
        if !replaced.words.is_empty() {
            all.push(replaced);
        }
    }
    if total != replace.total as usize {
        let why = format!("The text has changed: {total} hits are there now, and {} were. Search again, then replace", replace.total);
        return Err(plumbline_project::Error::Refused(why).into());
    }
    let media = all.iter().map(|replaced| replaced.media.clone()).collect();
    let changed = desk.project().apply(Op::ReplaceText(all), &desk.by)?;
    Ok((changed, media))
}
