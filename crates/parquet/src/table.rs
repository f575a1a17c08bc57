//! A table that is written row by row.

use crate::columns::{COLUMNS, Column};
use arrow_array::RecordBatch;
use arrow_schema::{Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use plumbline_flows::features::Row;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Version of the tables: raised where a column goes, or comes to say something else.
pub const FORMAT: &str = "1";
/// A row group is written out once it has so many bytes: what a table takes of memory.
const GROUP_BYTES: usize = 16 << 20;
/// A row group has no more rows.
const GROUP_ROWS: usize = 20_000;
/// So many rows are made into arrays at a time.
const BATCH: usize = 1_000;

/// Why a table could not be written.
#[derive(Debug, thiserror::Error)]
#[error("{path} can't be written: {why}. Check the free space and the permissions of its folder")]
pub struct Error {
    path: String,
    why: String,
}

/// A table on its way to the disk. It gets its name once it is whole; what is dropped before leaves nothing behind.
pub struct Table {
    to: PathBuf,
    part: PathBuf,
    schema: SchemaRef,
    writer: Option<ArrowWriter<File>>,
    rows: u64,
}

impl Table {
    /// Begins the table `to`, with what `about` tells of it as key and value.
    ///
    /// # Errors
    /// Where the file can't be made.
    pub fn create(to: &Path, about: &[(&str, String)]) -> Result<Self, Error> {
        let part = to.with_file_name(format!(".{}.part", to.file_name().map(|n| n.to_string_lossy()).unwrap_or_default()));
        let schema = Arc::new(Schema::new(COLUMNS.iter().map(Column::field).collect::<Vec<_>>()));
        let told = about.iter().map(|(key, value)| KeyValue::new(format!("plumbline.{key}"), value.clone()));
        let format = KeyValue::new("plumbline.format".to_owned(), FORMAT.to_owned());
        // Nothing here may depend on the day, the machine or the version of the library.
        let properties = WriterProperties::builder()
            .set_created_by("plumbline".to_owned())
            .set_compression(Compression::SNAPPY)
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .set_key_value_metadata(Some(std::iter::once(format).chain(told).collect()))
            .build();
        let file = File::create(&part).map_err(|e| failed(to, &e))?;
        let mut table = Self { to: to.to_owned(), part, schema, writer: None, rows: 0 };
        table.writer = Some(ArrowWriter::try_new(file, Arc::clone(&table.schema), Some(properties)).map_err(|e| failed(to, &e))?);
        Ok(table)
    }

    /// Adds rows.
    ///
    /// # Errors
    /// Where they can't be written.
    pub fn write(&mut self, rows: &[Row]) -> Result<(), Error> {
        let Some(writer) = &mut self.writer else { return Ok(()) };
        for rows in rows.chunks(BATCH) {
            let columns = COLUMNS.iter().map(|column| column.array(rows)).collect();
            let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns).map_err(|e| failed(&self.to, &e))?;
            writer.write(&batch).map_err(|e| failed(&self.to, &e))?;
            if writer.in_progress_size() >= GROUP_BYTES {
                writer.flush().map_err(|e| failed(&self.to, &e))?;
            }
            self.rows += rows.len() as u64;
        }
        Ok(())
    }

    /// How many bytes of rows are held in memory until their row group is written.
    pub fn held_bytes(&self) -> usize {
        self.writer.as_ref().map_or(0, ArrowWriter::memory_size)
    }

    /// Ends the table and gives it its name; says how many rows it has.
    ///
    /// # Errors
    /// Where it can't be written; what had the name before then stays.
    pub fn finish(mut self) -> Result<u64, Error> {
        if let Some(writer) = self.writer.take() {
            let file = writer.into_inner().map_err(|e| failed(&self.to, &e))?;
            file.sync_all().map_err(|e| failed(&self.to, &e))?;
        }
        std::fs::rename(&self.part, &self.to).map_err(|e| failed(&self.to, &e))?;
        Ok(self.rows)
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        // Gone already where the table was finished; there is nobody to tell otherwise.
        let _ = std::fs::remove_file(&self.part);
    }
}

fn failed(path: &Path, why: &dyn std::fmt::Display) -> Error {
    Error { path: path.display().to_string(), why: why.to_string() }
}
