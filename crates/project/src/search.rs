//! Finding in the text of all media, and replacing it.
//!
//! What was imported is kept as plain text beside the blobs, so that a search reads no transcript; media with edits are read in full. A
//! search holds texts and no project: whoever has one locked reads a few texts, lets it go, and comes again.

use crate::cells::{self, Change};
use crate::error::{Error, Result};
use crate::history::Draft;
use crate::ops::WordWrite;
use crate::project::Project;
use crate::records::MediaId;
use crate::scribe::Scribe;
use plumbline_core::search::{Matcher, PlainText, Replacement};
use plumbline_core::transcript::{PlacedWord, Transcript};
use plumbline_core::{MediaTime, WordId, place, revise};
use rusqlite::{OptionalExtension, params};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;
use ts_rs::TS;

/// A hit, as shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct Hit {
    /// Which media.
    pub media: MediaId,
    /// Its file name.
    pub name: String,
    /// Which hit of the media, from 0.
    pub number: u32,
    /// The words that it touches, `[first, end)`.
    #[ts(type = "[number, number]")]
    pub words: (WordId, WordId),
    /// Where the first of them starts in the media.
    pub at_us: MediaTime,
    /// The line before the hit.
    pub before: String,
    /// The hit.
    pub hit: String,
    /// What would stand in its place; none where nothing is to be replaced.
    pub with: Option<String>,
    /// The line behind the hit.
    pub after: String,
}

/// A hit that stays as it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct LeftOut {
    /// Which media.
    pub media: MediaId,
    /// Which hit of the media, from 0.
    pub number: u32,
}

/// Words of one media to write, as the text stood at `truth`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaced {
    /// Which media.
    pub media: MediaId,
    /// From [`Project::truth`], read with the text.
    pub truth: i64,
    /// The words.
    pub words: Vec<WordWrite>,
}

/// The text of a media, which may have to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Which media.
    pub media: MediaId,
    /// What names the text: the blob that was imported, or where edits made it another one.
    key: String,
    /// Whether people changed its words.
    edited: bool,
}

/// Texts that were read, by what names them.
#[derive(Debug, Default)]
pub struct Texts(HashMap<String, Arc<str>>);

impl Texts {
    /// The text of a media, where it was read.
    pub fn of(&self, source: &Source) -> Option<Arc<str>> {
        self.0.get(&source.key).map(Arc::clone)
    }

    /// Which of these have to be read, in order.
    pub fn missing<'s>(&self, sources: &'s [Source]) -> Vec<&'s Source> {
        sources.iter().filter(|source| !self.0.contains_key(&source.key)).collect()
    }

    /// Keeps what was read.
    pub fn keep(&mut self, read: Vec<(String, Arc<str>)>) {
        self.0.extend(read);
    }

    /// Forgets what no media has any more.
    pub fn keep_only(&mut self, sources: &[Source]) {
        if self.0.len() > sources.len() {
            let keys: BTreeSet<&str> = sources.iter().map(|source| source.key.as_str()).collect();
            self.0.retain(|key, _| keys.contains(key.as_str()));
        }
    }
}

impl Project {
    /// What names the text of each media that has one, in the order of the library.
    ///
    /// # Errors
    /// Where the project can't be read.
    pub fn search_sources(&self) -> Result<Vec<Source>> {
        let read = || -> rusqlite::Result<Vec<Source>> {
            self.db
                .prepare_cached(
                    "SELECT media.id, transcript.parsed, coalesce(truth.seq, 0), EXISTS (SELECT 1 FROM word_edit WHERE word_edit.media = media.id)
                     FROM media JOIN transcript ON transcript.media = media.id LEFT JOIN truth ON truth.media = media.id
                     ORDER BY media.added, media.id",
                )?
                .query_map([], |r| {
                    let (media, parsed, truth, edited): (String, String, i64, bool) = (r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?);
                    let key = if edited { format!("{media} {truth}") } else { parsed };
                    Ok(Source { media: MediaId(media), key, edited })
                })?
                .collect()
        };
        self.at(read())
    }

    /// Reads texts; those of imports are kept in the project for the next time.
    ///
    /// # Errors
    /// Where the project can't be read.
    pub fn search_texts(&self, sources: &[&Source]) -> Result<Vec<(String, Arc<str>)>> {
        // A cache of texts is no part of the state, so that it has no place in the file's layout.
        let made = self.db.execute_batch(
            "CREATE TABLE IF NOT EXISTS plain_text (parsed TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT, WITHOUT ROWID; BEGIN",
        );
        let texts: Result<Vec<_>> = sources.iter().map(|source| Ok((source.key.clone(), self.search_text(source)?))).collect();
        if made.is_ok() {
            // A text that can't be kept is read again next time.
            let _ = self.db.execute_batch("COMMIT");
        }
        texts
    }

    fn search_text(&self, source: &Source) -> Result<Arc<str>> {
        if source.edited {
            return Ok(self.read_in_full(&source.media)?.map_or_else(|| "".into(), |(_, plain)| plain.text.into()));
        }
        let find = "SELECT text FROM plain_text WHERE parsed = ?1";
        let known = self.db.prepare_cached(find).and_then(|mut find| find.query_row([&source.key], |r| r.get::<_, String>(0)).optional());
        if let Ok(Some(text)) = known {
            return Ok(text.into());
        }
        let transcript: Transcript = self.at(cells::read(&self.db, &source.key))?;
        let text = PlainText::of(&transcript, &BTreeMap::new()).text;
        let keep = "INSERT OR IGNORE INTO plain_text (parsed, text) VALUES (?1, ?2)";
        let _ = self.db.prepare_cached(keep).and_then(|mut keep| keep.execute(params![source.key, text]));
        Ok(text.into())
    }

    /// The transcript of a media as it stands, and its text; none without a transcript. What a search runs through must not push what is
    /// on the desk out of memory.
    fn read_in_full(&self, media: &MediaId) -> Result<Option<(Transcript, PlainText)>> {
        let Some(file) = self.at(cells::file(&self.db, "transcript", media))? else { return Ok(None) };
        let edits: BTreeMap<_, _> = self.at(cells::word_edits(&self.db, media))?.into_iter().collect();
        let revised = revise(&self.at(cells::read(&self.db, &file.parsed))?, &edits);
        let plain = PlainText::of(&revised, &edits);
        Ok(Some((revised, plain)))
    }

    /// The hits of one media as they are shown, `range` of them.
    ///
    /// # Errors
    /// Where the project can't be read.
    pub fn hits(&self, media: &MediaId, matcher: &Matcher, by: Option<&Replacement>, range: Range<usize>) -> Result<Vec<Hit>> {
        let Some(revised) = self.transcript(media)? else { return Ok(vec![]) };
        let name = self.media(media)?.name().to_owned();
        let truth = self.in_force(media)?;
        let (plain, placed) = (PlainText::of(&revised, &truth.edits), place(&revised, &truth));
        let hits: Vec<Range<usize>> = matcher.hits(&plain.text).skip(range.start).take(range.len()).collect();
        let new = by.map(|by| plain.replacements(matcher, &hits, by));
        let start = |word: WordId| placed.binary_search_by_key(&word, |w: &PlacedWord| w.id).ok().map(|i| placed[i].span.start);
        let shown = |(i, hit): (usize, &Range<usize>)| {
            let (words, line) = (plain.words_of(hit)?, plain.line_of(hit));
            Some(Hit {
                media: media.clone(),
                name: name.clone(),
                number: (range.start + i) as u32,
                words,
                at_us: start(words.0)?,
                before: plain.text[line.start..hit.start].to_owned(),
                hit: plain.text[hit.clone()].to_owned(),
                with: new.as_ref().map(|new| new[i].clone()),
                after: plain.text[hit.end..line.end].to_owned(),
            })
        };
        Ok(hits.iter().enumerate().filter_map(shown).collect())
    }

    /// The words to write so that all hits of one media but those left out become what shall stand in their place, and how many hits
    /// there are in all.
    ///
    /// # Errors
    /// Where the project can't be read.
    pub fn replaced(
        &self,
        media: &MediaId,
        matcher: &Matcher,
        by: &Replacement,
        left_out: &BTreeSet<LeftOut>,
    ) -> Result<(Replaced, usize)> {
        let truth = self.truth(media)?;
        let none = Replaced { media: media.clone(), truth, words: vec![] };
        let Some((revised, plain)) = self.read_in_full(media)? else { return Ok((none, 0)) };
        let all: Vec<Range<usize>> = matcher.hits(&plain.text).collect();
        let chosen = |number: usize| !left_out.contains(&LeftOut { media: media.clone(), number: number as u32 });
        let hits: Vec<Range<usize>> = all.iter().enumerate().filter(|(number, _)| chosen(*number)).map(|(_, hit)| hit.clone()).collect();
        let new = plain.replacements(matcher, &hits, by);
        let begins: BTreeSet<WordId> = revised.segments.iter().map(|line| line.first).collect();
        let mut words = Vec::new();
        for group in plain.written(&hits.into_iter().zip(new).collect::<Vec<_>>()) {
            let mut writes: Vec<WordWrite> =
                group.words.into_iter().map(|(word, text)| WordWrite { word, text, line: begins.contains(&word) }).collect();
            let Some(last) = writes.last_mut() else { continue };
            let right = revised.index_of(last.word).and_then(|i| revised.words.get(i + 1)).map(|w| w.id);
            let seed = format!("{media} {} {}", last.word.0, group.added.join(" "));
            match WordId::between(Some(last.word), right, group.added.len() as u32, &mut scatter(&seed)) {
                Some(ids) => {
                    writes.extend(ids.into_iter().zip(group.added).map(|(word, text)| WordWrite { word, text, line: false }));
                }
                // Where no id is free between the two the text goes into the word before.
                None => last.text = format!("{} {}", last.text, group.added.join(" ")).trim().to_owned(),
            }
            words.extend(writes);
        }
        Ok((Replaced { words, ..none }, all.len()))
    }
}

/// Numbers from a text: the same words added at the same place get the same ids wherever that is done, and others get others.
fn scatter(seed: &str) -> impl FnMut() -> u64 {
    let mut reader = blake3::Hasher::new().update(seed.as_bytes()).finalize_xof();
    move || {
        let mut bytes = [0; 8];
        reader.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }
}

impl Scribe<'_> {
    /// Writes words of several media at once.
    pub fn replace_text(&self, all: &[Replaced]) -> Result<Draft> {
        let mut changes: Vec<Change> = Vec::new();
        for replaced in all {
            let name = self.media(&replaced.media)?.name().to_owned();
            if cells::truth(self.db, &replaced.media)? != replaced.truth {
                return Err(Error::Refused(format!(
                    "The words of {name} have changed since they were searched. Search again, then replace"
                )));
            }
            changes.extend(self.write_words(&replaced.media, &replaced.words, None)?.changes);
        }
        Ok(Draft { kind: "replace_text", media: None, reverts: None, run: None, changes })
    }
}
