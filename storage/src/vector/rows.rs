//! Passages to Arrow rows, and back.

use std::{str::FromStr, sync::Arc};

use arrow::{
    array::{
        Array, ArrayRef, AsArray, BinaryArray, FixedSizeListArray, Float32Array, Int32Array,
        ListArray, StringArray, UInt32Array,
    },
    buffer::OffsetBuffer,
    datatypes::{ArrowPrimitiveType, Float32Type, Int32Type, UInt32Type},
    record_batch::RecordBatch,
};

use super::{Error, Excerpt, Passage, Sentence, Space, fields};

/// One row per passage, in the columns of [`fields::schema`].
pub(super) fn encode(passages: &[Passage], space: &Space) -> Result<RecordBatch, Error> {
    let columns: Vec<ArrayRef> = vec![
        text(passages, |p| p.id.to_string()),
        text(passages, |p| p.document.to_string()),
        Arc::new(Int32Array::from_iter_values(
            passages.iter().map(|p| p.version),
        )),
        Arc::new(Int32Array::from_iter_values(
            passages.iter().map(|p| p.ordinal),
        )),
        Arc::new(UInt32Array::from_iter(passages.iter().map(|p| p.page))),
        text(passages, |p| &p.heading),
        text(passages, |p| &p.text),
        text(passages, |p| &p.terms),
        text(passages, |p| &p.language),
        vectors(passages, space)?,
        spans(passages),
        Arc::new(BinaryArray::from_iter_values(
            passages.iter().map(sentence_bytes),
        )),
    ];
    RecordBatch::try_new(fields::schema(space)?, columns).map_err(Error::lance("encoding passages"))
}

fn text<'a, T: AsRef<str>>(passages: &'a [Passage], get: impl Fn(&'a Passage) -> T) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(passages.iter().map(get)))
}

fn vectors(passages: &[Passage], space: &Space) -> Result<ArrayRef, Error> {
    let components =
        Float32Array::from_iter_values(passages.iter().flat_map(|p| p.vector.iter().copied()));
    let length = i32::try_from(space.dimension)
        .map_err(|_| Error::Passage("can't have a vector of that many components"))?;
    FixedSizeListArray::try_new(fields::component(), length, Arc::new(components), None)
        .map(|array| Arc::new(array) as ArrayRef)
        .map_err(Error::lance("encoding vectors"))
}

fn spans(passages: &[Passage]) -> ArrayRef {
    let bounds = UInt32Array::from_iter_values(
        passages
            .iter()
            .flat_map(|p| &p.sentences)
            .flat_map(|sentence| [sentence.start, sentence.end]),
    );
    let offsets = OffsetBuffer::from_lengths(passages.iter().map(|p| 2 * p.sentences.len()));
    Arc::new(ListArray::new(
        fields::bound(),
        offsets,
        Arc::new(bounds),
        None,
    ))
}

fn sentence_bytes(passage: &Passage) -> Vec<u8> {
    passage
        .sentences
        .iter()
        .flat_map(|sentence| {
            sentence
                .vector
                .iter()
                .map(|component| component.cast_unsigned())
        })
        .collect()
}

/// Rows of a table, read back.
pub(super) struct Rows<'a> {
    id: &'a StringArray,
    document: &'a StringArray,
    version: &'a Int32Array,
    ordinal: &'a Int32Array,
    page: &'a UInt32Array,
    heading: &'a StringArray,
    text: &'a StringArray,
    terms: &'a StringArray,
    language: &'a StringArray,
    vector: &'a FixedSizeListArray,
    spans: &'a ListArray,
    sentence_vectors: &'a BinaryArray,
}

impl<'a> Rows<'a> {
    /// The columns of `batch`, which holds those of [`fields::OF_CANDIDATE`].
    pub(super) fn of(batch: &'a RecordBatch) -> Result<Self, Error> {
        Ok(Self {
            id: strings(batch, fields::ID)?,
            document: strings(batch, fields::DOCUMENT)?,
            version: numbers::<Int32Type>(batch, fields::VERSION)?,
            ordinal: numbers::<Int32Type>(batch, fields::ORDINAL)?,
            page: numbers::<UInt32Type>(batch, fields::PAGE)?,
            heading: strings(batch, fields::HEADING)?,
            text: strings(batch, fields::TEXT)?,
            terms: strings(batch, fields::TERMS)?,
            language: strings(batch, fields::LANGUAGE)?,
            vector: column(batch, fields::VECTOR)?
                .as_fixed_size_list_opt()
                .ok_or(Error::Row(fields::VECTOR))?,
            spans: column(batch, fields::SENTENCE_SPANS)?
                .as_list_opt()
                .ok_or(Error::Row(fields::SENTENCE_SPANS))?,
            sentence_vectors: column(batch, fields::SENTENCE_VECTORS)?
                .as_binary_opt()
                .ok_or(Error::Row(fields::SENTENCE_VECTORS))?,
        })
    }

    /// The passage in `row`.
    pub(super) fn excerpt(&self, row: usize) -> Result<Excerpt, Error> {
        Ok(Excerpt {
            id: parse(self.id.value(row), fields::ID)?,
            document: parse(self.document.value(row), fields::DOCUMENT)?,
            version: self.version.value(row),
            ordinal: self.ordinal.value(row),
            page: self.page.is_valid(row).then(|| self.page.value(row)),
            heading: self.heading.value(row).to_owned(),
            text: self.text.value(row).to_owned(),
            terms: self.terms.value(row).to_owned(),
            language: self.language.value(row).to_owned(),
            sentences: self.sentences(row)?,
        })
    }

    /// The vector of `row`.
    pub(super) fn vector(&self, row: usize) -> Result<Float32Array, Error> {
        let stored = self.vector.value(row);
        let stored = stored.as_primitive_opt::<Float32Type>();
        stored.cloned().ok_or(Error::Row(fields::VECTOR))
    }

    fn sentences(&self, row: usize) -> Result<Vec<Sentence>, Error> {
        let bounds = self.spans.value(row);
        let bounds = bounds
            .as_primitive_opt::<UInt32Type>()
            .ok_or(Error::Row(fields::SENTENCE_SPANS))?;
        let length = self.vector.value_length().unsigned_abs() as usize;
        let (spans, vectors) = (
            bounds.values().chunks_exact(2),
            self.sentence_vectors.value(row).chunks_exact(length),
        );
        if spans.len() != vectors.len() {
            return Err(Error::Row(fields::SENTENCE_VECTORS));
        }
        Ok(spans
            .zip(vectors)
            .map(|(span, vector)| Sentence {
                start: span[0],
                end: span[1],
                vector: vector
                    .iter()
                    .map(|component| component.cast_signed())
                    .collect(),
            })
            .collect())
    }
}

/// The column `name` of numbers.
pub(super) fn numbers<'a, T: ArrowPrimitiveType>(
    batch: &'a RecordBatch,
    name: &'static str,
) -> Result<&'a arrow::array::PrimitiveArray<T>, Error> {
    column(batch, name)?
        .as_primitive_opt()
        .ok_or(Error::Row(name))
}

fn strings<'a>(batch: &'a RecordBatch, name: &'static str) -> Result<&'a StringArray, Error> {
    column(batch, name)?.as_string_opt().ok_or(Error::Row(name))
}

fn column<'a>(batch: &'a RecordBatch, name: &'static str) -> Result<&'a ArrayRef, Error> {
    batch.column_by_name(name).ok_or(Error::Row(name))
}

fn parse<T: FromStr>(text: &str, column: &'static str) -> Result<T, Error> {
    text.parse().map_err(|_| Error::Row(column))
}
