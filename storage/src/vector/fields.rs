//! The columns of a passage table.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::{Error, Space};

pub(super) const ID: &str = "id";
pub(super) const DOCUMENT: &str = "document_id";
pub(super) const VERSION: &str = "version";
pub(super) const ORDINAL: &str = "ordinal";
pub(super) const PAGE: &str = "page";
pub(super) const HEADING: &str = "heading";
pub(super) const TEXT: &str = "text";
pub(super) const TERMS: &str = "terms";
pub(super) const LANGUAGE: &str = "language";
pub(super) const VECTOR: &str = "vector";
/// Start and end of each sentence, alternating, in bytes of the text.
pub(super) const SENTENCE_SPANS: &str = "sentence_spans";
/// The sentences' vectors one after another, a signed byte a component.
pub(super) const SENTENCE_VECTORS: &str = "sentence_vectors";

/// What a candidate is made of.
pub(super) const OF_CANDIDATE: [&str; 12] = [
    ID,
    DOCUMENT,
    VERSION,
    ORDINAL,
    PAGE,
    HEADING,
    TEXT,
    TERMS,
    LANGUAGE,
    VECTOR,
    SENTENCE_SPANS,
    SENTENCE_VECTORS,
];

/// The schema of the table for `space`, stamp included.
pub(super) fn schema(space: &Space) -> Result<SchemaRef, Error> {
    let length = i32::try_from(space.dimension)
        .ok()
        .filter(|length| *length > 0)
        .ok_or(Error::Passage(
            "can't have a vector of that many components",
        ))?;
    let text = |name| Field::new(name, DataType::Utf8, false);
    let fields = vec![
        text(ID),
        text(DOCUMENT),
        Field::new(VERSION, DataType::Int32, false),
        Field::new(ORDINAL, DataType::Int32, false),
        Field::new(PAGE, DataType::UInt32, true),
        text(HEADING),
        text(TEXT),
        text(TERMS),
        text(LANGUAGE),
        Field::new(VECTOR, DataType::FixedSizeList(component(), length), false),
        Field::new(SENTENCE_SPANS, DataType::List(bound()), false),
        Field::new(SENTENCE_VECTORS, DataType::Binary, false),
    ];
    Ok(Arc::new(Schema::new_with_metadata(fields, space.stamp())))
}

/// One component of a vector. Nullable because LanceDB's own tools make it so; none is null.
pub(super) fn component() -> Arc<Field> {
    Arc::new(Field::new("item", DataType::Float32, true))
}

/// One bound of a sentence; none is null.
pub(super) fn bound() -> Arc<Field> {
    Arc::new(Field::new("item", DataType::UInt32, true))
}
