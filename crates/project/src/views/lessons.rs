//! What can be learned from what people did to a media: the words they corrected, and the stretches that can be examples.

use super::Decision;
use crate::cells::{self, Change};
use crate::error::Result;
use crate::history;
use crate::project::Project;
use crate::records::MediaId;
use plumbline_core::transcript::{PlacedWord, Transcript};
use plumbline_core::tune::examples::{Asked, Marked, Reviewed, Said, Stretch, stretches};
use plumbline_core::tune::vocabulary::{Corrected, Revision, Spoken, corrected};
use plumbline_core::{Annotation, WordId};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Where the source names no language.
const USUAL_LANGUAGE: &str = "en";

/// What a media teaches.
#[derive(Default)]
pub(crate) struct Lesson {
    /// Its file name.
    pub name: String,
    /// What people wrote in place of what was heard.
    pub corrected: Vec<Corrected>,
    /// What can be an example.
    pub stretches: Vec<Stretch>,
}

/// Who changed words and annotations of a media last.
#[derive(Default)]
struct Hands {
    words: HashMap<WordId, String>,
    annotations: HashMap<String, String>,
}

impl Project {
    /// Reads what can be learned from at most `most` media that changed since it was last read; whether some are left. Who shows a window calls
    /// this again and again before [`Project::vocabulary`] or [`Project::examples`], so that nothing has to wait long for the project.
    ///
    /// # Errors
    /// Where the project can't be read.
    pub fn learn(&self, most: usize) -> Result<bool> {
        let waiting = self.unlearned()?;
        for (media, at) in waiting.iter().take(most) {
            let lesson = Arc::new(self.lesson_of(media)?);
            self.kept.lessons.borrow_mut().insert(media.clone(), (*at, lesson));
        }
        Ok(waiting.len() > most)
    }

    /// What each media teaches that people did anything to, by its id.
    pub(super) fn lessons(&self) -> Result<BTreeMap<MediaId, Arc<Lesson>>> {
        while self.learn(usize::MAX)? {}
        Ok(self.kept.lessons.borrow().iter().map(|(media, (_, lesson))| (media.clone(), Arc::clone(lesson))).collect())
    }

    /// The media whose lesson is out of date, with the last event that concerned them; lessons of media that teach nothing are dropped.
    fn unlearned(&self) -> Result<Vec<(MediaId, i64)>> {
        // Most media of a large project were not touched by anybody, and need not be read.
        let touched = "SELECT media.id, (SELECT max(seq) FROM event WHERE event.media = media.id) FROM media WHERE media.id IN (
             SELECT media FROM word_edit UNION SELECT media FROM annotation_edit UNION SELECT media FROM verdict) ORDER BY media.id";
        // An event of no media may be about any: thresholds, a text that was replaced everywhere, a merge. A skipped phrase is about none.
        let whole = "SELECT coalesce(max(seq), 0) FROM event WHERE media IS NULL AND kind NOT IN ('skip_phrase', 'keep_phrase')";
        let read = || -> rusqlite::Result<Vec<(MediaId, i64)>> {
            let whole: i64 = self.db.prepare_cached(whole)?.query_row([], |r| r.get(0))?;
            let row = |r: &rusqlite::Row<'_>| Ok((MediaId(r.get(0)?), r.get::<_, Option<i64>>(1)?.unwrap_or(0).max(whole)));
            self.db.prepare_cached(touched)?.query_map([], row)?.collect()
        };
        let touched = self.at(read())?;
        let ids: BTreeSet<&MediaId> = touched.iter().map(|t| &t.0).collect();
        let mut kept = self.kept.lessons.borrow_mut();
        kept.retain(|media, _| ids.contains(media));
        Ok(touched.iter().filter(|(media, at)| kept.get(media).is_none_or(|known| known.0 != *at)).cloned().collect())
    }

    fn lesson_of(&self, media: &MediaId) -> Result<Lesson> {
        let record = self.media(media)?;
        let mut lesson = Lesson { name: record.name().to_owned(), ..Lesson::default() };
        let mut reviewed = Reviewed { duration: record.duration, ..Reviewed::default() };
        let hands = self.at(self.hands(media))?;
        if let Some(transcript) = self.transcript(media)? {
            let placed = self.placed(media)?;
            lesson.corrected = corrected_words(media, &transcript, &placed);
            reviewed.words = self.said(media, &transcript, &placed, &hands)?;
        }
        // Where nothing was measured nothing was asked, and nobody can have answered.
        if let Some(analysis) = self.analysis(media)? {
            reviewed.shots.clone_from(&analysis.shots);
            reviewed.annotations = self.marked(media, &hands)?;
            reviewed.asked = self.flags(media)?.flags.into_iter().map(asked).collect();
            lesson.stretches = stretches(&reviewed);
        }
        Ok(lesson)
    }

    fn said(&self, media: &MediaId, transcript: &Transcript, placed: &[PlacedWord], hands: &Hands) -> Result<Vec<Said>> {
        let Some(imported) = self.imported_transcript(media)? else { return Ok(vec![]) };
        let names = self.at(cells::speaker_names(&self.db, media))?;
        let named = |speakers: &[String], speaker: Option<u16>| {
            let label = speakers.get(usize::from(speaker?))?;
            Some(names.get(label).unwrap_or(label).clone())
        };
        let begins: BTreeSet<WordId> = transcript.segments.iter().map(|line| line.first).collect();
        let said = |(word, placed): (&plumbline_core::transcript::Word, &PlacedWord)| {
            let before = imported.index_of(word.id).map(|i| &imported.words[i]);
            let written = if placed.text.is_empty() { String::new() } else { format!("{}{}", placed.text, word.punctuation) };
            Said {
                heard: before.map_or_else(String::new, |w| format!("{}{}", w.text, w.punctuation)),
                written,
                speaker: named(&transcript.speakers, word.speaker),
                was_speaker: before.and_then(|w| named(&imported.speakers, w.speaker)),
                span: placed.span,
                begins: begins.contains(&word.id),
                by: hands.words.get(&word.id).cloned().unwrap_or_default(),
            }
        };
        Ok(transcript.words.iter().zip(placed).filter(|(_, placed)| placed.in_media).map(said).collect())
    }

    fn marked(&self, media: &MediaId, hands: &Hands) -> Result<Vec<Marked>> {
        let mut before: BTreeMap<String, Annotation> = BTreeMap::new();
        if let Some(file) = self.at(cells::file(&self.db, "annotations", media))? {
            let set = self.at(self.kept.annotations(&self.db, &file.parsed))?;
            before.extend(set.annotations.iter().map(|a| (a.id.clone(), a.clone())));
        }
        let by = |id: &str| hands.annotations.get(id).cloned().unwrap_or_default();
        let now = self.annotation_set(media)?.map_or(vec![], |set| set.annotations);
        let mut marked: Vec<Marked> =
            now.into_iter().map(|after| Marked { before: before.remove(&after.id), by: by(&after.id), after: Some(after) }).collect();
        marked.extend(before.into_iter().map(|(id, before)| Marked { before: Some(before), after: None, by: by(&id) }));
        Ok(marked)
    }

    /// Who changed what last, from the log.
    fn hands(&self, media: &MediaId) -> rusqlite::Result<Hands> {
        // Of what belongs to no media only these change words or annotations.
        let people = "SELECT seq, actor FROM event WHERE actor <> '' AND (media = ?1
             OR (media IS NULL AND kind IN ('replace_text', 'revert', 'restore', 'adjudicate') AND instr(body, ?1) > 0)) ORDER BY stamp, id";
        let mut events = self.db.prepare_cached(people)?;
        let rows: Vec<(i64, String)> = events.query_map([&media.0], |r| Ok((r.get(0)?, r.get(1)?)))?.collect::<rusqlite::Result<_>>()?;
        let mut hands = Hands::default();
        for (seq, actor) in rows {
            for change in history::changes(&self.db, seq)?.1 {
                match change {
                    Change::Word { media: of, word, .. } if of == *media => drop(hands.words.insert(word, actor.clone())),
                    Change::Annotation { media: of, id, .. } if of == *media => drop(hands.annotations.insert(id, actor.clone())),
                    _ => {}
                }
            }
        }
        Ok(hands)
    }
}

fn corrected_words(media: &MediaId, transcript: &Transcript, placed: &[PlacedWord]) -> Vec<Corrected> {
    let code = transcript.languages.first().and_then(|l| l.code.split(['-', '_']).next());
    let language = code.unwrap_or(USUAL_LANGUAGE).to_lowercase();
    let both = transcript.words.iter().zip(placed);
    let words: Vec<Revision<'_>> =
        both.map(|(word, placed)| Revision { heard: &word.text, written: &placed.text, span: placed.span }).collect();
    corrected(&Spoken { media: &media.0, language: &language, words: &words })
}

/// A flag as a question: one that nobody was sure of is still open.
fn asked(flag: super::FlagView) -> Asked {
    let answer = flag.verdict.and_then(|verdict| match verdict.decision {
        Decision::Confirmed => Some((true, verdict.by)),
        Decision::FalseAlarm => Some((false, verdict.by)),
        Decision::Unsure => None,
    });
    Asked { gate: flag.gate.name().to_owned(), span: flag.span, answer }
}
