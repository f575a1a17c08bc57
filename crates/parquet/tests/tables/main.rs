//! Tables as other programs read them.
#![allow(clippy::unwrap_used, missing_docs)]

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Int32Type, Int64Type};
use arrow_array::{Array, RecordBatch};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use plumbline_core::{Delta, MediaTime, Span};
use plumbline_flows::features::{AnnotationFeature, FlagFeature, Row, SaidFeatures, SoundFeatures, WordFeature};
use plumbline_parquet::{COLUMNS, Column, Table};
use std::fs::File;
use std::path::{Path, PathBuf};

fn span(from_us: i64, to_us: i64) -> Span<MediaTime> {
    Span::new(MediaTime::from_us(from_us), MediaTime::from_us(to_us))
}

fn word(text: &str, confidence: Option<f32>) -> WordFeature {
    WordFeature { text: text.into(), span: span(5, 9), confidence, edited: confidence.is_none() }
}

/// A row of which everything is known, and one of which nothing is.
fn rows() -> [Row; 3] {
    let said = SaidFeatures {
        speaker: Some("Ada".into()),
        language: Some("en-US".into()),
        text: "Pier 3 — leans.".into(),
        words: vec![word("Pier", Some(0.5)), word("3", None), word("leans.", Some(0.25))],
        confidence_mean: Some(0.375),
        confidence_min: Some(0.25),
        words_per_second: Some(1.5),
    };
    let annotation = AnnotationFeature {
        id: "a1".into(),
        label: "text".into(),
        text: "PIER 3".into(),
        source: None,
        span: span(-4, i64::MAX),
        confidence: Some(1.0),
    };
    let flag = FlagFeature { id: "f".into(), gate: "hum", value: None, limit: 12.5, span: span(0, 7), decision: None };
    let full = Row {
        span: span(3, 2_000_003),
        said: Some(said),
        residual: Some(Delta::from_us(-41_000)),
        sound: SoundFeatures { hum_db: Some(-3.5), ..SoundFeatures::default() },
        shots: Some(vec![MediaTime::from_us(4), MediaTime::from_us(6)]),
        annotations: Some(vec![annotation]),
        text_on_screen: Some(vec!["PIER 3".into()]),
        flags: Some(vec![flag]),
        embedding: Some(vec![0.6, -0.8]),
        ..Row::default()
    };
    let quiet = Row { row: 2, said: Some(SaidFeatures::default()), shots: Some(vec![]), annotations: Some(vec![]), ..Row::default() };
    [full, Row { row: 1, ..Row::default() }, quiet]
}

fn write(folder: &Path, name: &str, rows: &[Row], times: usize) -> PathBuf {
    let to = folder.join(name);
    let mut table = Table::create(&to, &[("table", "segments".into())]).unwrap();
    (0..times).for_each(|_| table.write(rows).unwrap());
    assert_eq!(table.finish().unwrap(), (rows.len() * times) as u64);
    to
}

fn read(path: &Path) -> RecordBatch {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    reader.build().unwrap().next().unwrap().unwrap()
}

#[test]
fn what_is_written_is_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let batch = read(&write(folder.path(), "t.parquet", &rows(), 1));
    let names: Vec<&str> = COLUMNS.iter().map(|column| column.name).collect();
    assert_eq!(batch.schema().fields().iter().map(|f| f.name().as_str()).collect::<Vec<_>>(), names);
    let column = |name: &str| batch.column_by_name(name).unwrap();

    assert_eq!(column("start_us").as_primitive::<Int64Type>().values(), &[3, 0, 0]);
    assert_eq!(column("end_us").as_primitive::<Int64Type>().value(0), 2_000_003);
    assert_eq!(column("residual_us").as_primitive::<Int64Type>().iter().collect::<Vec<_>>(), [Some(-41_000), None, None]);
    assert_eq!(column("hum_db").as_primitive::<Float32Type>().iter().collect::<Vec<_>>(), [Some(-3.5), None, None]);
    assert_eq!(column("text").as_string::<i32>().iter().collect::<Vec<_>>(), [Some("Pier 3 — leans."), None, Some("")]);
    let speakers = column("speaker").as_dictionary::<Int32Type>().downcast_dict::<arrow_array::StringArray>().unwrap();
    assert_eq!(speakers.into_iter().collect::<Vec<_>>(), [Some("Ada"), None, None]);

    // Null is not the same as empty.
    for (name, lengths) in [
        ("words", [Some(3), None, Some(0)]),
        ("shots_us", [Some(2), None, Some(0)]),
        ("annotations", [Some(1), None, Some(0)]),
        ("flags", [Some(1), None, None]),
        ("embedding", [Some(2), None, None]),
    ] {
        let lists = column(name).as_list::<i32>();
        let found: Vec<Option<usize>> = (0..3).map(|i| lists.is_valid(i).then(|| lists.value(i).len())).collect();
        assert_eq!(found, lengths, "{name}");
    }
    let words = column("words").as_list::<i32>().value(0);
    let confidence = words.as_struct().column_by_name("confidence").unwrap();
    assert_eq!(confidence.as_primitive::<Float32Type>().iter().collect::<Vec<_>>(), [Some(0.5), None, Some(0.25)]);
    let annotations = column("annotations").as_list::<i32>().value(0);
    assert_eq!(annotations.as_struct().column_by_name("end_us").unwrap().as_primitive::<Int64Type>().value(0), i64::MAX);
    assert_eq!(column("embedding").as_list::<i32>().value(0).as_primitive::<Float32Type>().values(), &[0.6, -0.8]);
}

#[test]
fn every_field_says_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let batch = read(&write(folder.path(), "t.parquet", &rows(), 1));
    for (field, column) in batch.schema().fields().iter().zip(COLUMNS) {
        let told = |key: &str| field.metadata().get(key).map_or("", String::as_str);
        assert_eq!(
            [told("description"), told("null"), told("range"), told("unit")],
            [column.says, column.null, column.range, column.unit],
            "{}",
            column.name
        );
        assert!(!column.says.is_empty() && (column.name.ends_with("_us") == (column.unit == "us")), "{}", column.name);
    }
}

#[test]
fn the_documentation_lists_every_column() {
    let documented = include_str!("../../../../docs/features.md");
    for column in COLUMNS {
        let Column { name, unit, range, says, null, .. } = column;
        let row = format!("| `{name}` | {} | {unit} | {range} | {says} | {null} |", column.kind());
        assert!(documented.lines().any(|line| line == row), "docs/features.md lacks this line:\n{row}");
    }
}

#[test]
fn the_same_rows_give_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = |name: &str| std::fs::read(write(folder.path(), name, &rows(), 700)).unwrap();
    assert_eq!(bytes("a.parquet"), bytes("b.parquet"));
}

#[test]
fn row_groups_go_to_the_disk_as_rows_come() {
    let folder = tempfile::tempdir().unwrap();
    // A vector of 16 KB with no two numbers alike in each row: 64 MB that can't be made small.
    let mut seed = 1u32;
    let mut number = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f32::from_bits(seed >> 9 | 0x3f80_0000) - 1.5
    };
    let to = folder.path().join("large.parquet");
    let mut table = Table::create(&to, &[]).unwrap();
    let mut most = 0;
    for _ in 0..40 {
        let rows: Vec<Row> = (0..100).map(|_| Row { embedding: Some((0..4_096).map(|_| number()).collect()), ..Row::default() }).collect();
        table.write(&rows).unwrap();
        most = most.max(table.held_bytes());
    }
    table.finish().unwrap();
    assert!(most < 24 << 20, "{most} bytes held");
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(&to).unwrap()).unwrap();
    let groups = reader.metadata().row_groups();
    assert!(groups.len() > 2 && groups.iter().map(|g| g.num_rows()).sum::<i64>() == 4_000, "{} groups", groups.len());
}

#[test]
fn a_table_that_is_not_finished_leaves_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let to = write(folder.path(), "t.parquet", &rows(), 1);
    let before = std::fs::read(&to).unwrap();
    let mut table = Table::create(&to, &[]).unwrap();
    table.write(&rows()).unwrap();
    drop(table);
    assert_eq!(std::fs::read(&to).unwrap(), before);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    let error = Table::create(&folder.path().join("none/t.parquet"), &[]).err().unwrap().to_string();
    assert!(error.contains("none/t.parquet can't be written"), "{error}");
}
