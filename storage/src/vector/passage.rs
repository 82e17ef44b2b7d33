//! What is stored, asked and found.

use std::{collections::HashSet, ops::Range, sync::Arc};

use wafaa_domain::{ChunkId, DocumentId};

use super::{Error, Space};

/// One passage of a document's version, as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Passage {
    /// The chunk this is.
    pub id: ChunkId,
    /// The document it belongs to.
    pub document: DocumentId,
    /// The document's version.
    pub version: i32,
    /// Its place in that version, from 0.
    pub ordinal: i32,
    /// The page it starts on, from 1, where the format has pages.
    pub page: Option<u32>,
    /// The headings above it; may be empty.
    pub heading: String,
    /// The text, as it is to be shown.
    pub text: String,
    /// The text's analysed tokens, separated by white space: what full-text search matches.
    pub terms: String,
    /// The text's language, as an ISO 639 code.
    pub language: String,
    /// The text's embedding: as many components as the space has.
    pub vector: Vec<f32>,
    /// The nearest heading, where it was embedded, and the sentences of the text in order.
    pub sentences: Vec<Sentence>,
}

/// A sentence of a passage, or with the range [`Sentence::HEADING`] its nearest heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// Where it starts, in bytes of the passage's text.
    pub start: u32,
    /// Where it ends, exclusive.
    pub end: u32,
    /// Its embedding: each component of the unit vector times 127, rounded.
    pub vector: Vec<i8>,
}

impl Sentence {
    /// The range of what is no part of the text, but its heading.
    pub const HEADING: Range<u32> = 0..0;

    /// Whether this is the heading.
    #[must_use]
    pub const fn is_heading(&self) -> bool {
        self.start == self.end
    }
}

/// What to look for.
#[derive(Debug, Clone, Copy)]
pub struct Query<'a> {
    /// The question's embedding; without it only full text is searched.
    pub vector: Option<&'a [f32]>,
    /// The question's analysed tokens, separated by white space; without any only vectors are searched.
    pub terms: &'a str,
    /// How many passages each of the two searches may contribute.
    pub limit: usize,
}

/// A passage that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The passage, which a table kept in memory shares.
    pub passage: Arc<Excerpt>,
    /// The cosine of the question's vector and the passage's, exact, in -1..=1; `None` without a vector.
    pub cosine: Option<f32>,
    /// The BM25 score (k1 1.2, b 0.75); `None` when full text did not find it.
    pub bm25: Option<f32>,
}

/// A stored passage without its vector. The fields are [`Passage`]'s.
#[derive(Debug, Clone, PartialEq)]
pub struct Excerpt {
    /// The chunk this is.
    pub id: ChunkId,
    /// The document it belongs to.
    pub document: DocumentId,
    /// The document's version.
    pub version: i32,
    /// Its place in that version, from 0.
    pub ordinal: i32,
    /// The page it starts on, from 1, where the format has pages.
    pub page: Option<u32>,
    /// The headings above it.
    pub heading: String,
    /// The text, as it is to be shown.
    pub text: String,
    /// The text's analysed tokens, separated by white space.
    pub terms: String,
    /// The text's language, as an ISO 639 code.
    pub language: String,
    /// The nearest heading, where it was embedded, and the sentences of the text in order.
    pub sentences: Vec<Sentence>,
}

/// Checks that all `passages` are of `document`, fit `space` and have ids of their own.
pub(super) fn validate(
    passages: &[Passage],
    document: DocumentId,
    space: &Space,
) -> Result<(), Error> {
    let mut ids = HashSet::with_capacity(passages.len());
    for passage in passages {
        if passage.document != document {
            return Err(Error::Passage("belongs to another document"));
        }
        if !ids.insert(passage.id) {
            return Err(Error::Passage("has the id of another one"));
        }
        check_vector(&passage.vector, space)?;
        for sentence in &passage.sentences {
            check_sentence(sentence, &passage.text, space)?;
        }
    }
    Ok(())
}

/// Checks a vector's length and components.
pub(super) fn check_vector(vector: &[f32], space: &Space) -> Result<(), Error> {
    check_length(vector.len(), space)?;
    if vector.iter().all(|component| component.is_finite()) {
        Ok(())
    } else {
        Err(Error::NotFinite)
    }
}

fn check_sentence(sentence: &Sentence, text: &str, space: &Space) -> Result<(), Error> {
    check_length(sentence.vector.len(), space)?;
    let range = sentence.start as usize..sentence.end as usize;
    match text.get(range) {
        Some(_) => Ok(()),
        None => Err(Error::Passage("has a sentence that is no part of its text")),
    }
}

fn check_length(found: usize, space: &Space) -> Result<(), Error> {
    let expected = space.dimension;
    if found == expected {
        Ok(())
    } else {
        Err(Error::Dimension { expected, found })
    }
}
