//! The columns of both tables: what each is called, in which unit and range, and how it is read off a row.

use crate::arrays::{dictionary, floats, list, structs, texts, times};
use arrow_array::{ArrayRef, BooleanArray, Float32Array, Float64Array, UInt32Array};
use arrow_schema::{DataType, Field, Fields};
use plumbline_core::MediaTime;
use plumbline_flows::features::{AnnotationFeature, FlagFeature, Row, SaidFeatures, WordFeature};
use std::collections::HashMap;
use std::sync::Arc;

/// A column.
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// Its unit; empty where it has none.
    pub unit: &'static str,
    /// What its values may be.
    pub range: &'static str,
    /// What it says.
    pub says: &'static str,
    /// When it is null; empty where it never is.
    pub null: &'static str,
    /// How it is read off rows.
    pub read: Read,
}

/// How a column is read off rows, one value each.
#[derive(Clone, Copy)]
pub enum Read {
    /// A text of few different ones, as a dictionary.
    Name(fn(&Row) -> Option<&str>),
    /// A text.
    Text(fn(&Row) -> Option<&str>),
    /// Microseconds.
    Time(fn(&Row) -> Option<i64>),
    /// A count.
    Count(fn(&Row) -> u32),
    /// A number.
    Number(fn(&Row) -> Option<f32>),
    /// Texts.
    Texts(fn(&Row) -> Option<&[String]>),
    /// Moments.
    Times(fn(&Row) -> Option<&[MediaTime]>),
    /// A vector.
    Vector(fn(&Row) -> Option<&[f32]>),
    /// Words.
    Words(fn(&Row) -> Option<&[WordFeature]>),
    /// Annotations.
    Annotations(fn(&Row) -> Option<&[AnnotationFeature]>),
    /// Flags.
    Flags(fn(&Row) -> Option<&[FlagFeature]>),
}

/// A member of what a list holds: name, type, unit, range, what it says, when it is null.
type Member = (&'static str, DataType, &'static str, &'static str, &'static str, &'static str);

fn words() -> [Member; 5] {
    [
        ("text", DataType::Utf8, "", "", "the word as people left it, with the punctuation behind it", ""),
        ("start_us", DataType::Int64, "us", "", "when it begins, on the media's clock", ""),
        ("end_us", DataType::Int64, "us", "", "when it ends", ""),
        ("confidence", DataType::Float32, "", "0..1", "confidence of the recogniser", "where the source has none"),
        ("edited", DataType::Boolean, "", "", "a person changed its text, its time, its speaker or its line", ""),
    ]
}

fn annotations() -> [Member; 7] {
    [
        ("id", DataType::Utf8, "", "", "its id, unique in its media", ""),
        ("label", DataType::Utf8, "", "", "what kind of thing it is of", ""),
        ("text", DataType::Utf8, "", "", "what it says; empty where it only marks something", ""),
        ("source", DataType::Utf8, "", "", "who or what made it", "where that is not known"),
        ("start_us", DataType::Int64, "us", "", "when it begins, on the media's clock", ""),
        ("end_us", DataType::Int64, "us", "", "when it ends", ""),
        ("confidence", DataType::Float32, "", "0..1", "confidence of its maker", "where it gave none"),
    ]
}

fn flags() -> [Member; 7] {
    [
        ("id", DataType::Utf8, "", "", "its id, which stays when gates run again", ""),
        ("gate", DataType::Utf8, "", "", "the gate that fails: docs/gates.md lists them with their units", ""),
        ("value", DataType::Float64, "the gate's", "", "what was measured", "while the gate is checked and nobody has decided"),
        ("limit", DataType::Float64, "the gate's", "", "the limit in force", ""),
        ("start_us", DataType::Int64, "us", "", "when it begins, on the media's clock", ""),
        ("end_us", DataType::Int64, "us", "", "when it ends", ""),
        ("decision", DataType::Utf8, "", "confirmed, false_alarm, unsure", "what a person decided", "where nobody has"),
    ]
}

/// The members as fields of a struct.
fn fields(members: &[Member]) -> Fields {
    let field = |(name, kind, unit, range, says, null): &Member| described(name, kind.clone(), [says, null, range, unit]);
    members.iter().map(field).collect()
}

/// A field with what is known of it as its metadata.
fn described(name: &str, kind: DataType, [says, null, range, unit]: [&str; 4]) -> Field {
    let all = [("description", says), ("null", null), ("range", range), ("unit", unit)];
    let told = all.into_iter().filter(|(_, text)| !text.is_empty()).map(|(name, text)| (name.to_owned(), text.to_owned()));
    Field::new(name, kind, !null.is_empty()).with_metadata(told.collect::<HashMap<_, _>>())
}

impl Column {
    /// The column as a field of the schema.
    pub fn field(&self) -> Field {
        let list = |item: DataType| DataType::List(Arc::new(Field::new_list_field(item, false)));
        let kind = match self.read {
            Read::Name(_) => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
            Read::Text(_) => DataType::Utf8,
            Read::Time(_) => DataType::Int64,
            Read::Count(_) => DataType::UInt32,
            Read::Number(_) => DataType::Float32,
            Read::Texts(_) => list(DataType::Utf8),
            Read::Times(_) => list(DataType::Int64),
            Read::Vector(_) => list(DataType::Float32),
            Read::Words(_) => list(DataType::Struct(fields(&words()))),
            Read::Annotations(_) => list(DataType::Struct(fields(&annotations()))),
            Read::Flags(_) => list(DataType::Struct(fields(&flags()))),
        };
        described(self.name, kind, [self.says, self.null, self.range, self.unit])
    }

    /// Its type as the documentation names it.
    pub fn kind(&self) -> &'static str {
        match self.read {
            Read::Name(_) => "dictionary of string",
            Read::Text(_) => "string",
            Read::Time(_) => "int64",
            Read::Count(_) => "uint32",
            Read::Number(_) => "float",
            Read::Texts(_) => "list of string",
            Read::Times(_) => "list of int64",
            Read::Vector(_) => "list of float",
            Read::Words(_) | Read::Annotations(_) | Read::Flags(_) => "list of struct",
        }
    }

    /// The column of these rows.
    pub fn array(&self, rows: &[Row]) -> ArrayRef {
        match self.read {
            Read::Name(get) => dictionary(rows.iter().map(get)),
            Read::Text(get) => texts(rows.iter().map(get)),
            Read::Time(get) => times(rows.iter().map(get)),
            Read::Count(get) => Arc::new(UInt32Array::from_iter_values(rows.iter().map(get))),
            Read::Number(get) => floats(rows.iter().map(get)),
            Read::Texts(get) => list(rows.iter().map(get), |all| texts(all.iter().map(|t| Some(t.as_str())))),
            Read::Times(get) => list(rows.iter().map(get), |all| times(all.iter().map(|t| Some(t.us())))),
            Read::Vector(get) => list(rows.iter().map(get), |all| Arc::new(Float32Array::from_iter_values(all.iter().map(|n| **n)))),
            Read::Words(get) => list(rows.iter().map(get), word_structs),
            Read::Annotations(get) => list(rows.iter().map(get), annotation_structs),
            Read::Flags(get) => list(rows.iter().map(get), flag_structs),
        }
    }
}

fn word_structs(all: &[&WordFeature]) -> ArrayRef {
    let members: [ArrayRef; 5] = [
        texts(all.iter().map(|w| Some(w.text.as_str()))),
        times(all.iter().map(|w| Some(w.span.start.us()))),
        times(all.iter().map(|w| Some(w.span.end.us()))),
        floats(all.iter().map(|w| w.confidence)),
        Arc::new(BooleanArray::from_iter(all.iter().map(|w| Some(w.edited)))),
    ];
    structs(fields(&words()), members.into())
}

fn annotation_structs(all: &[&AnnotationFeature]) -> ArrayRef {
    let members = [
        texts(all.iter().map(|a| Some(a.id.as_str()))),
        texts(all.iter().map(|a| Some(a.label.as_str()))),
        texts(all.iter().map(|a| Some(a.text.as_str()))),
        texts(all.iter().map(|a| a.source.as_deref())),
        times(all.iter().map(|a| Some(a.span.start.us()))),
        times(all.iter().map(|a| Some(a.span.end.us()))),
        floats(all.iter().map(|a| a.confidence)),
    ];
    structs(fields(&annotations()), members.into())
}

fn flag_structs(all: &[&FlagFeature]) -> ArrayRef {
    let members: [ArrayRef; 7] = [
        texts(all.iter().map(|f| Some(f.id.as_str()))),
        texts(all.iter().map(|f| Some(f.gate))),
        Arc::new(Float64Array::from_iter(all.iter().map(|f| f.value))),
        Arc::new(Float64Array::from_iter_values(all.iter().map(|f| f.limit))),
        times(all.iter().map(|f| Some(f.span.start.us()))),
        times(all.iter().map(|f| Some(f.span.end.us()))),
        texts(all.iter().map(|f| f.decision.map(|decision| decision.name()))),
    ];
    structs(fields(&flags()), members.into())
}

/// The columns, in their order in the file.
pub const COLUMNS: &[Column] = &[
    Column {
        name: "media",
        unit: "",
        range: "32 hex digits",
        says: "id of the media: the first half of its content's BLAKE3 hash",
        null: "",
        read: Read::Name(|r| Some(&r.media.id.0)),
    },
    Column { name: "name", unit: "", range: "", says: "file name of the media", null: "", read: Read::Name(|r| Some(&r.media.name)) },
    Column {
        name: "row",
        unit: "",
        range: "from 0",
        says: "number of the segment or window in its media",
        null: "",
        read: Read::Count(|r| r.row),
    },
    Column {
        name: "start_us",
        unit: "us",
        range: "",
        says: "when it begins, on the media's clock",
        null: "",
        read: Read::Time(|r| Some(r.span.start.us())),
    },
    Column {
        name: "end_us",
        unit: "us",
        range: "not before start_us",
        says: "when it ends; not part of it",
        null: "",
        read: Read::Time(|r| Some(r.span.end.us())),
    },
    Column {
        name: "speaker",
        unit: "",
        range: "",
        says: "the one speaker, as people call them",
        null: "where several speak, nobody does, or it is not known",
        read: Read::Name(|r| said(r)?.speaker.as_deref()),
    },
    Column {
        name: "language",
        unit: "",
        range: "such as en-US",
        says: "main language of the transcript",
        null: "where it is not known",
        read: Read::Name(|r| said(r)?.language.as_deref()),
    },
    Column {
        name: "text",
        unit: "",
        range: "",
        says: "what is said, as people left it; empty where nothing is",
        null: "without a transcript",
        read: Read::Text(|r| Some(&said(r)?.text)),
    },
    Column {
        name: "words",
        unit: "",
        range: "",
        says: "the words; those that people removed or that the media lost are left out",
        null: "without a transcript",
        read: Read::Words(|r| Some(&said(r)?.words)),
    },
    Column {
        name: "confidence_mean",
        unit: "",
        range: "0..1",
        says: "mean confidence of the recogniser in the words",
        null: "where the source has none",
        read: Read::Number(|r| said(r)?.confidence_mean),
    },
    Column {
        name: "confidence_min",
        unit: "",
        range: "0..1",
        says: "least confidence of the recogniser in a word",
        null: "where the source has none",
        read: Read::Number(|r| said(r)?.confidence_min),
    },
    Column {
        name: "words_per_second",
        unit: "1/s",
        range: "from 0",
        says: "words over the length of the row",
        null: "without a transcript, or where the row has no length",
        read: Read::Number(|r| said(r)?.words_per_second),
    },
    Column {
        name: "alignment_confidence",
        unit: "",
        range: "0..1",
        says: "probability that a word lies within 100 ms of where it was heard, the mean over words that were",
        null: "where none was",
        read: Read::Number(|r| r.alignment_confidence),
    },
    Column {
        name: "residual_us",
        unit: "us",
        range: "",
        says: "how much later the sound is than the words, measured in a window of 30 s whose centre is the nearest, up to 15 s off",
        null: "where no such window is clear",
        read: Read::Time(|r| r.residual.map(|d| d.us())),
    },
    Column {
        name: "map_drift_us",
        unit: "us",
        range: "",
        says: "media time minus transcript time at the middle, under the map in force",
        null: "without a transcript",
        read: Read::Time(|r| r.map_drift.map(|d| d.us())),
    },
    Column {
        name: "clipped",
        unit: "",
        range: "0..1",
        says: "share of clipped samples",
        null: "where the sound was not measured",
        read: Read::Number(|r| r.sound.clipped),
    },
    Column {
        name: "dropped_ms",
        unit: "ms in 10 s",
        range: "from 0",
        says: "dead silence that breaks off the sound",
        null: "where the sound was not measured",
        read: Read::Number(|r| r.sound.dropped_ms),
    },
    Column {
        name: "loud_db",
        unit: "dBFS",
        range: "-90..0",
        says: "level that a tenth of the time is above",
        null: "where the sound was not measured",
        read: Read::Number(|r| r.sound.loud_db),
    },
    Column {
        name: "floor_db",
        unit: "dBFS",
        range: "-90..0",
        says: "level that a tenth of the time is below: the noise",
        null: "where the sound was not measured",
        read: Read::Number(|r| r.sound.floor_db),
    },
    Column {
        name: "hum_db",
        unit: "dB",
        range: "",
        says: "how far the strongest line of mains hum stands out",
        null: "where the sound was not measured or is too short",
        read: Read::Number(|r| r.sound.hum_db),
    },
    Column {
        name: "correlation",
        unit: "",
        range: "-1..1",
        says: "correlation of the two channels",
        null: "where there aren't two, one is silent, or they were not measured",
        read: Read::Number(|r| r.sound.correlation),
    },
    Column {
        name: "media_loudness_lufs",
        unit: "LUFS",
        range: "",
        says: "integrated loudness of the whole media after EBU R 128",
        null: "where it was not measured, or all is below its gate",
        read: Read::Number(|r| r.sound.media_loudness_lufs),
    },
    Column {
        name: "media_true_peak_dbtp",
        unit: "dBTP",
        range: "",
        says: "highest true peak of the whole media",
        null: "where it was not measured, or there is no sound",
        read: Read::Number(|r| r.sound.media_true_peak_dbtp),
    },
    Column {
        name: "media_silence",
        unit: "",
        range: "0..1",
        says: "share of the whole media below -60 dBFS",
        null: "where it was not measured",
        read: Read::Number(|r| r.sound.media_silence),
    },
    Column {
        name: "media_imbalance_db",
        unit: "dB",
        range: "-60..60",
        says: "level of the first channel over the second in the whole media",
        null: "where there aren't two, both are silent, or they were not measured",
        read: Read::Number(|r| r.sound.media_imbalance_db),
    },
    Column {
        name: "sharpness",
        unit: "",
        range: "0..1",
        says: "fine detail of the sharpest picture, as a share of what noise of its contrast has",
        null: "where the pictures were not measured, or show nothing",
        read: Read::Number(|r| r.picture.sharpness),
    },
    Column {
        name: "exposure",
        unit: "",
        range: "0..1",
        says: "share of pixels crushed to black or blown to white",
        null: "where the pictures were not measured, or all are black",
        read: Read::Number(|r| r.picture.exposure),
    },
    Column {
        name: "black",
        unit: "",
        range: "0..1",
        says: "share of pictures that are black",
        null: "where the pictures were not measured",
        read: Read::Number(|r| r.picture.black),
    },
    Column {
        name: "torn",
        unit: "",
        range: "0..1",
        says: "share of the picture that is torn into lines, where most of it is",
        null: "where the pictures were not measured, or all are black",
        read: Read::Number(|r| r.picture.torn),
    },
    Column {
        name: "still",
        unit: "",
        range: "0..1",
        says: "share of the row in which the picture stands still for 2 s and longer",
        null: "where the pictures were not measured, or the row has no length",
        read: Read::Number(|r| r.picture.still),
    },
    Column {
        name: "shots_us",
        unit: "us",
        range: "",
        says: "where shots begin in the row, on the media's clock",
        null: "where the media has no pictures or was not measured",
        read: Read::Times(|r| r.shots.as_deref()),
    },
    Column {
        name: "annotations",
        unit: "",
        range: "",
        says: "annotations that overlap the row, by their start",
        null: "for a media without any",
        read: Read::Annotations(|r| r.annotations.as_deref()),
    },
    Column {
        name: "text_on_screen",
        unit: "",
        range: "",
        says: "texts of those of the label text, each once",
        null: "for a media without annotations",
        read: Read::Texts(|r| r.text_on_screen.as_deref()),
    },
    Column {
        name: "text_support",
        unit: "",
        range: "0..1",
        says: "share of a text on screen that was read in the picture or is said, the least of those that overlap the row",
        null: "where none was measured",
        read: Read::Number(|r| r.support.text),
    },
    Column {
        name: "quote_support",
        unit: "",
        range: "0..1",
        says: "how well words say what an annotation quotes, the least",
        null: "where none was measured",
        read: Read::Number(|r| r.support.quote),
    },
    Column {
        name: "summary_support",
        unit: "",
        range: "0..1",
        says: "share of a summary's own words that are said or shown, the least",
        null: "where none was measured",
        read: Read::Number(|r| r.support.summary),
    },
    Column {
        name: "summary_meaning",
        unit: "",
        range: "-1..1",
        says: "cosine of what a summary means and what is said, the least",
        null: "where none was measured",
        read: Read::Number(|r| r.support.meaning),
    },
    Column {
        name: "flags",
        unit: "",
        range: "",
        says: "flags that overlap the row, as people are asked about them",
        null: "where the media was not measured",
        read: Read::Flags(|r| r.flags.as_deref()),
    },
    Column {
        name: "embedding",
        unit: "",
        range: "length 1",
        says: "direction of the speech that fills most of the row",
        null: "where it has no vector",
        read: Read::Vector(|r| r.embedding.as_deref()),
    },
    Column {
        name: "picture_embedding",
        unit: "",
        range: "length 1",
        says: "direction of the frame of the shot that is shown in the middle",
        null: "where it has no vector",
        read: Read::Vector(|r| r.picture_embedding.as_deref()),
    },
];

fn said(row: &Row) -> Option<&SaidFeatures> {
    row.said.as_ref()
}
