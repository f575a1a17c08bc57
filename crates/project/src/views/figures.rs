//! How each figure is reckoned: bars, and the spots of the media that stand behind each.

use super::analytics::{Bar, Bars, Figure, FigureId, Moment};
use super::tell::defect_name;
use super::{Decision, FlagView};
use crate::records::{Defect, DefectKind, MediaId};
use plumbline_core::analytics::{Share, Talk, Turn, key_phrases, part_us, spread};
use plumbline_core::{Annotation, MediaTime, Span, WordId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Stretches that the pace of a media is drawn over.
const PARTS: usize = 24;
/// Phrases of a group.
const PHRASES: usize = 12;
/// Bars of a group; a project of thousands shows those with the most.
const BARS: usize = 50;
/// Groups of a figure.
const GROUPS: usize = 12;
/// What a moment quotes of what is said, in words.
const QUOTED: usize = 14;
/// What stands where nobody is named.
const NOBODY: &str = "no speaker named";

/// What is known of a media.
pub(crate) struct Source {
    pub id: MediaId,
    pub name: String,
    pub length: MediaTime,
    pub talk: Talk,
    /// What speakers are called, by their index.
    pub speakers: Vec<String>,
    pub flags: Vec<FlagView>,
    pub defects: Vec<Defect>,
    pub annotations: Vec<Annotation>,
}

/// Something of a media, by its index there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Turn(usize),
    Said(u32),
    Flag(usize),
    Annotation(usize),
    Defect(usize),
}

/// Where something is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    pub source: usize,
    pub what: What,
}

/// A bar with its spots.
struct Column {
    group: String,
    label: String,
    value: f64,
    says: String,
    spots: Vec<Spot>,
}

impl Column {
    fn key(&self) -> String {
        format!("{}\u{1f}{}", self.group, self.label)
    }
}

/// A figure before it is shown.
pub(super) struct Reckoned {
    title: &'static str,
    note: String,
    columns: Vec<Column>,
}

impl Reckoned {
    pub fn figure(self, id: FigureId) -> Figure {
        let mut groups: Vec<Bars> = Vec::new();
        for column in &self.columns {
            let bar = Bar {
                key: column.key(),
                label: column.label.clone(),
                value: column.value,
                says: column.says.clone(),
                moments: column.spots.len() as u32,
            };
            match groups.iter_mut().find(|g| g.name == column.group) {
                Some(group) => group.bars.push(bar),
                None => groups.push(Bars { name: column.group.clone(), bars: vec![bar] }),
            }
        }
        let most = self.columns.iter().map(|c| c.value).fold(0.0, f64::max);
        Figure { id, title: self.title.to_owned(), note: self.note, most, groups }
    }

    /// The spots behind a bar, in order of time within each media.
    pub fn spots(self, key: &str) -> Option<Vec<Spot>> {
        self.columns.into_iter().find(|column| column.key() == key).map(|column| column.spots)
    }
}

impl Source {
    fn speaker(&self, speaker: Option<u16>) -> &str {
        speaker.and_then(|s| self.speakers.get(usize::from(s))).map_or("", String::as_str)
    }

    /// Who says the words, or talks over the stretch.
    fn speaker_at(&self, words: Option<(WordId, WordId)>, span: Span<MediaTime>) -> &str {
        self.speaker(words.map_or_else(|| self.talk.speaker_in(span), |(first, _)| self.talk.speaker_of(first)))
    }

    fn speaker_by(&self, what: What) -> &str {
        match what {
            What::Turn(i) => self.speaker(self.talk.turns.get(i).and_then(|t| t.speaker)),
            What::Said(i) => self.speaker(self.talk.said.get(i as usize).and_then(|s| s.speaker)),
            What::Flag(i) => self.flags.get(i).map_or("", |f| self.speaker_at(f.words, f.span)),
            What::Annotation(i) => self.annotations.get(i).map_or("", |a| self.speaker_at(a.words, a.span)),
            What::Defect(i) => self.defects.get(i).map_or("", |d| self.speaker_at(d.words, d.span)),
        }
    }

    fn quote(&self, from: usize, end: usize) -> String {
        let said = self.talk.said.get(from..end.min(self.talk.said.len())).unwrap_or_default();
        let texts: Vec<&str> = said.iter().take(QUOTED).map(|s| s.text.as_str()).collect();
        format!("{}{}", texts.join(" "), if said.len() > QUOTED { " …" } else { "" })
    }

    pub(super) fn moment(&self, what: What) -> Option<Moment> {
        let moment = |span, text, word| Moment {
            media: self.id.clone(),
            media_name: self.name.clone(),
            span,
            speaker: self.speaker_by(what).to_owned(),
            text,
            word,
            flag: None,
            annotation: None,
        };
        Some(match what {
            What::Turn(i) => {
                let turn = self.talk.turns.get(i)?;
                moment(turn.span, self.quote(turn.first, turn.end), self.talk.said.get(turn.first).map(|s| s.word))
            }
            What::Said(i) => {
                let said = self.talk.said.get(i as usize)?;
                // A few words before it, so that it is read in its sentence.
                let from = (i as usize).saturating_sub(4);
                moment(said.span, self.quote(from, from + QUOTED), Some(said.word))
            }
            What::Flag(i) => {
                let flag = self.flags.get(i)?;
                let text = format!("{}: {}", flag.label, flag.why);
                Moment { flag: Some(flag.id.clone()), ..moment(flag.span, text, flag.words.map(|w| w.0)) }
            }
            What::Annotation(i) => {
                let annotation = self.annotations.get(i)?;
                let text = if annotation.text.is_empty() {
                    annotation.label.clone()
                } else {
                    format!("{}: {}", annotation.label, annotation.text)
                };
                Moment { annotation: Some(annotation.id.clone()), ..moment(annotation.span, text, annotation.words.map(|w| w.0)) }
            }
            What::Defect(i) => {
                let defect = self.defects.get(i)?;
                let note = defect.note.as_deref().filter(|n| !n.is_empty());
                let text = note.map_or_else(|| defect_name(defect.kind).to_owned(), |note| format!("{}: {note}", defect_name(defect.kind)));
                moment(defect.span, text, defect.words.map(|w| w.0))
            }
        })
    }

    /// What must not be published: defects of that kind, and annotations that say so.
    fn moderation(&self) -> impl Iterator<Item = What> + '_ {
        let says = |text: &str| text.to_lowercase().contains("moderation");
        let annotated = self.annotations.iter().enumerate().filter(move |(_, a)| says(&a.label) || a.source.as_deref().is_some_and(says));
        let marked = self.defects.iter().enumerate().filter(|(_, d)| d.kind == DefectKind::Moderation);
        annotated.map(|(i, _)| What::Annotation(i)).chain(marked.map(|(i, _)| What::Defect(i)))
    }

    fn flags(&self) -> impl Iterator<Item = What> + '_ {
        (0..self.flags.len()).map(What::Flag)
    }
}

fn named(name: &str) -> String {
    if name.is_empty() { NOBODY.to_owned() } else { name.to_owned() }
}

/// Reckons a figure about some media, held against all; none where it has nothing to say.
pub(super) fn reckon(id: FigureId, about: &[Arc<Source>], all: &[Arc<Source>]) -> Option<Reckoned> {
    let one = about.len() == 1;
    let by_speaker = |source: &Source, what: What| named(source.speaker_by(what));
    let by_media = |source: &Source, _: What| source.name.clone();
    let by_gate = |source: &Source, what: What| match what {
        What::Flag(i) => source.flags.get(i).map(|f| f.label.clone()).unwrap_or_default(),
        _ => String::new(),
    };
    let flags = |source: &Source| source.flags().collect::<Vec<_>>();
    let moderation = |source: &Source| source.moderation().collect::<Vec<_>>();
    let (title, note, columns) = match id {
        FigureId::TalkBySpeaker => ("Talk time by speaker", TALK.to_owned(), talk(about, by_speaker, time)),
        FigureId::TalkByMedia if !one => ("Talk time by media", TALK.to_owned(), talk(about, by_media, time)),
        FigureId::PaceBySpeaker => ("Pace by speaker", PACE.to_owned(), talk(about, by_speaker, pace)),
        FigureId::PaceOverTime if one => ("Pace over time", PACE.to_owned(), about.first().map(|s| pace_over_time(s)).unwrap_or_default()),
        FigureId::Phrases => ("Key phrases", phrases_note(about, all.len()), phrases(about, all, &[String::new()], |_, _| String::new())),
        FigureId::PhrasesBySpeaker => {
            let speakers = names_by_talk(about);
            let columns = if speakers.len() > 1 { phrases(about, all, &speakers, |s, speaker| named(s.speaker(speaker))) } else { vec![] };
            ("Key phrases by speaker", phrases_note(about, all.len()), columns)
        }
        FigureId::PhrasesByMedia if !one => {
            let names: Vec<String> = about.iter().map(|s| s.name.clone()).take(GROUPS).collect();
            ("Key phrases by media", phrases_note(about, all.len()), phrases(about, all, &names, |s, _| s.name.clone()))
        }
        FigureId::Labels => {
            let label = |source: &Source, what: What| match what {
                What::Annotation(i) => source.annotations.get(i).map(|a| a.label.clone()).unwrap_or_default(),
                _ => String::new(),
            };
            let columns = counts(about, |source| (0..source.annotations.len()).map(What::Annotation).collect(), label, plain);
            ("Annotations by label", "How many annotations have each label.".to_owned(), columns)
        }
        FigureId::FlagsByGate => ("Flags by gate", FLAGS.to_owned(), counts(about, flags, by_gate, decided)),
        FigureId::FlagsBySpeaker => ("Flags by speaker", FLAGS.to_owned(), counts(about, flags, by_speaker, decided)),
        FigureId::FlagsByMedia if !one => ("Flags by media", FLAGS.to_owned(), counts(about, flags, by_media, decided)),
        FigureId::ConfirmedByGate => ("Confirmed share by gate", CONFIRMED.to_owned(), confirmed(about, flags, by_gate)),
        FigureId::ModerationBySpeaker => ("Moderation by speaker", MODERATION.to_owned(), counts(about, moderation, by_speaker, plain)),
        FigureId::ModerationByMedia if !one => ("Moderation by media", MODERATION.to_owned(), counts(about, moderation, by_media, plain)),
        _ => return None,
    };
    (!columns.is_empty()).then_some(Reckoned { title, note, columns })
}

const TALK: &str = "Words and the pauses between them that are shorter than a second.";
const PACE: &str = "Words a minute of talk time. Who talks for less than three seconds has no bar.";
const FLAGS: &str = "All flags, decided or not. A flag counts for whoever says its first word, or talks over it.";
const CONFIRMED: &str = "Of the flags called confirmed or false alarm, how many were confirmed. Few decisions say little.";
const MODERATION: &str = "Defects marked as moderation, and annotations whose label or source says moderation.";

fn phrases_note(about: &[Arc<Source>], all: usize) -> String {
    let mut languages: Vec<&str> = about.iter().map(|s| s.talk.language.as_str()).filter(|l| !l.is_empty()).collect();
    languages.sort_unstable();
    languages.dedup();
    let held = if all == 1 {
        "With one media alone, how often is all there is to say".to_owned()
    } else {
        format!("Phrases that few of the {all} media say come first")
    };
    format!(
        "Words and pairs as they are said, not their stems, without the stop list of {}. Bars count how often. {held} (tf-idf).",
        languages.join(", ")
    )
}

fn plain(_: &[(&Source, What)], count: usize) -> String {
    count.to_string()
}

fn verdict(source: &Source, what: What) -> Option<Decision> {
    match what {
        What::Flag(i) => source.flags.get(i)?.verdict.as_ref().map(|v| v.decision),
        _ => None,
    }
}

fn decided(found: &[(&Source, What)], count: usize) -> String {
    let confirmed = found.iter().filter(|(s, w)| verdict(s, *w) == Some(Decision::Confirmed)).count();
    let open = found.iter().filter(|(s, w)| verdict(s, *w).is_none()).count();
    format!("{count}, {open} undecided, {confirmed} confirmed")
}

/// Counts things by a name, the most first.
fn counts(
    about: &[Arc<Source>],
    things: impl Fn(&Source) -> Vec<What>,
    name: impl Fn(&Source, What) -> String,
    says: fn(&[(&Source, What)], usize) -> String,
) -> Vec<Column> {
    let mut found: BTreeMap<String, Vec<(usize, What)>> = BTreeMap::new();
    for (at, source) in about.iter().enumerate() {
        for what in things(source) {
            found.entry(name(source, what)).or_default().push((at, what));
        }
    }
    let column = |(label, spots): (String, Vec<(usize, What)>)| {
        let with: Vec<(&Source, What)> = spots.iter().map(|(at, what)| (&*about[*at], *what)).collect();
        Column {
            group: String::new(),
            label,
            value: spots.len() as f64,
            says: says(&with, spots.len()),
            spots: spots.into_iter().map(|(source, what)| Spot { source, what }).collect(),
        }
    };
    most_first(found.into_iter().map(column).collect())
}

fn most_first(mut columns: Vec<Column>) -> Vec<Column> {
    columns.sort_by(|a, b| b.value.total_cmp(&a.value));
    columns.truncate(BARS);
    columns
}

fn confirmed(about: &[Arc<Source>], flags: impl Fn(&Source) -> Vec<What>, gate: impl Fn(&Source, What) -> String) -> Vec<Column> {
    let judged = |source: &Source| -> Vec<What> {
        let judged = |what: &What| matches!(verdict(source, *what), Some(Decision::Confirmed | Decision::FalseAlarm));
        flags(source).into_iter().filter(judged).collect()
    };
    let mut columns = counts(about, judged, gate, plain);
    for column in &mut columns {
        let all = column.spots.len();
        column.spots.retain(|spot| verdict(&about[spot.source], spot.what) == Some(Decision::Confirmed));
        column.value = column.spots.len() as f64 / all as f64;
        column.says = format!("{} % ({} of {all})", (column.value * 100.0).round(), column.spots.len());
    }
    columns
}

/// A length of time as people say it.
fn duration(us: i64) -> String {
    let s = (us + 500_000) / 1_000_000;
    match (s / 3600, s / 60 % 60, s % 60) {
        (0, 0, s) => format!("{s} s"),
        (0, m, s) => format!("{m} min {s} s"),
        (h, m, _) => format!("{h} h {m} min"),
    }
}

fn time(share: Share, total: Share) -> Option<(f64, String)> {
    let part = share.time.us() as f64 / total.time.us().max(1) as f64;
    Some((share.time.us() as f64, format!("{}, {} %", duration(share.time.us()), (part * 100.0).round())))
}

fn pace(share: Share, _: Share) -> Option<(f64, String)> {
    share.pace().map(|pace| (pace, format!("{} words/min", pace.round())))
}

/// Talk by a name, with the turns behind it.
fn talk(about: &[Arc<Source>], name: impl Fn(&Source, What) -> String, value: fn(Share, Share) -> Option<(f64, String)>) -> Vec<Column> {
    let mut found: BTreeMap<String, (Share, Vec<Spot>)> = BTreeMap::new();
    let mut total = Share::default();
    for (source, from) in about.iter().enumerate() {
        for (i, turn) in from.talk.turns.iter().enumerate() {
            let words = from.talk.said.get(turn.first..turn.end).unwrap_or_default().iter().map(|s| s.count).sum::<u32>();
            let entry = found.entry(name(from, What::Turn(i))).or_default();
            for share in [&mut entry.0, &mut total] {
                share.time += turn.span.len();
                share.words += words;
            }
            entry.1.push(Spot { source, what: What::Turn(i) });
        }
    }
    let column = |(label, (share, spots)): (String, (Share, Vec<Spot>))| {
        let (value, says) = value(share, total)?;
        Some(Column { group: String::new(), label, value, says, spots })
    };
    most_first(found.into_iter().filter_map(column).collect())
}

/// The pace of each speaker in equal stretches of a media.
fn pace_over_time(source: &Source) -> Vec<Column> {
    let over_time = source.talk.shares_over_time(source.length, PARTS);
    let part_us = part_us(source.length, PARTS);
    let mut columns = Vec::new();
    for (speaker, _) in source.talk.shares().into_iter().take(GROUPS) {
        for (part, shares) in over_time.iter().enumerate() {
            let Some(pace) = shares.get(&speaker).and_then(|s| s.pace()) else { continue };
            let stretch = Span::new(MediaTime::from_us(part as i64 * part_us), MediaTime::from_us((part as i64 + 1) * part_us));
            let meets = |t: &Turn| {
                t.speaker == speaker && t.span.start < stretch.end && (t.span.end > stretch.start || stretch.contains(t.span.start))
            };
            let turns = source.talk.turns.iter().enumerate().filter(|(_, t)| meets(t));
            columns.push(Column {
                group: named(source.speaker(speaker)),
                label: clock(stretch.start),
                value: pace,
                says: format!("{} words/min", pace.round()),
                spots: turns.map(|(i, _)| Spot { source: 0, what: What::Turn(i) }).collect(),
            });
        }
    }
    columns
}

/// A moment without its milliseconds.
fn clock(at: MediaTime) -> String {
    let shown = at.to_string();
    shown.split('.').next().unwrap_or(&shown).to_owned()
}

/// The names of speakers, who talks the most first.
fn names_by_talk(about: &[Arc<Source>]) -> Vec<String> {
    let by_speaker = talk(about, |source, what| named(source.speaker_by(what)), time);
    by_speaker.into_iter().map(|column| column.label).take(GROUPS).collect()
}

/// Key phrases of each of some groups.
fn phrases(
    about: &[Arc<Source>],
    all: &[Arc<Source>],
    groups: &[String],
    group_of: impl Fn(&Source, Option<u16>) -> String,
) -> Vec<Column> {
    let talks: Vec<&Talk> = about.iter().map(|s| &s.talk).collect();
    let everything: Vec<&Talk> = all.iter().map(|s| &s.talk).collect();
    let spread = spread(&everything);
    let mut columns = Vec::new();
    for group in groups {
        let counted = |at: usize, speaker: Option<u16>| group_of(&about[at], speaker) == *group;
        for phrase in key_phrases(&talks, counted, &spread, all.len(), PHRASES) {
            columns.push(Column {
                group: group.clone(),
                value: phrase.places.len() as f64,
                says: format!("{} times", phrase.places.len()),
                label: phrase.text,
                spots: phrase.places.into_iter().map(|(source, i)| Spot { source, what: What::Said(i) }).collect(),
            });
        }
    }
    columns
}
