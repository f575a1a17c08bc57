//! Features as Parquet: two tables of the same columns, one row for each line of a transcript or for each window of a media.
//!
//! The same rows give the same bytes. Rows go to the disk as media go by, so that a project of any size takes the memory of a row group.

mod arrays;
mod columns;
mod table;

pub use columns::{COLUMNS, Column, Read};
pub use table::{Error, FORMAT, Table};
