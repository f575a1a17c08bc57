//! Values as arrays of Arrow.

use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef, DictionaryArray, Float32Array, Int64Array, ListArray, StringArray, StructArray};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::{Field, Fields};
use std::sync::Arc;

/// Texts as a dictionary, in the order in which they come.
pub fn dictionary<'a>(values: impl Iterator<Item = Option<&'a str>>) -> ArrayRef {
    Arc::new(values.collect::<DictionaryArray<Int32Type>>())
}

/// Texts.
pub fn texts<'a>(values: impl Iterator<Item = Option<&'a str>>) -> ArrayRef {
    Arc::new(values.collect::<StringArray>())
}

/// Microseconds.
pub fn times(values: impl Iterator<Item = Option<i64>>) -> ArrayRef {
    Arc::new(values.collect::<Int64Array>())
}

/// Numbers.
pub fn floats(values: impl Iterator<Item = Option<f32>>) -> ArrayRef {
    Arc::new(values.collect::<Float32Array>())
}

/// Structs, none of them null.
pub fn structs(fields: Fields, members: Vec<ArrayRef>) -> ArrayRef {
    Arc::new(StructArray::new(fields, members, None))
}

/// Lists of what `items` makes of all their values one behind another; null is not the same as empty.
pub fn list<'a, T: 'a>(values: impl Iterator<Item = Option<&'a [T]>>, items: impl FnOnce(&[&'a T]) -> ArrayRef) -> ArrayRef {
    let values: Vec<Option<&[T]>> = values.collect();
    let there: NullBuffer = values.iter().map(Option::is_some).collect();
    let offsets = OffsetBuffer::from_lengths(values.iter().map(|v| v.map_or(0, <[T]>::len)));
    let all: Vec<&T> = values.into_iter().flatten().flatten().collect();
    let items = items(&all);
    let item = Arc::new(Field::new_list_field(items.data_type().clone(), false));
    Arc::new(ListArray::new(item, offsets, items, Some(there)))
}
