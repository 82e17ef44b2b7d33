//! Passages of a document, cut by the embedder's own tokens.
//!
//! A passage is a slice of the document's [`text`] under one heading; its heading path and text together
//! stay within the embedder's limit, so nothing that is indexed is ever cut silently. What must stay true:
//! - no text is lost, and none repeated but the overlap where a paragraph had to be split;
//! - a sentence, list item or table row is cut only when it alone is too long;
//! - a question stays with its answer, and a list with the line that introduces it.
//!
//! Deliberately absent: the parser's work. Table rows arrive readable by themselves.

mod count;
mod layout;
mod pack;
mod unit;

use std::ops::Range;

use serde::{Deserialize, Serialize};
use wafaa_embedding::MAX_TOKENS;
pub use wafaa_embedding::Tokenizer;

use super::block::ParsedDocument;

/// Between the headings of a path.
pub const HEADING_SEPARATOR: &str = " › ";

/// `[CLS]` and `[SEP]`, which the embedder adds.
const SPECIAL_TOKENS: usize = 2;

/// One passage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk {
    /// Its place in the document, from 0.
    pub ordinal: u32,
    /// The page it begins on, from 1; absent in unpaged formats.
    pub page: Option<u32>,
    /// The headings it stands under, outermost first.
    pub heading: Vec<String>,
    /// Where it begins in the document's [`text`], in bytes.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// `text(document)[start..end]`.
    pub text: String,
    /// Tokens of what is embedded, the special ones included.
    pub tokens: usize,
    /// Its sentences, list items and table rows, as byte ranges of its own `text`.
    pub sentences: Vec<Range<u32>>,
}

impl Chunk {
    /// The heading path as one line; empty where there is none.
    pub fn heading_path(&self) -> String {
        self.heading.join(HEADING_SEPARATOR)
    }
}

/// How long passages get, in tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most, heading path and special tokens included.
    pub max_tokens: usize,
    /// What prose is gathered up to; shorter passages answer more precisely.
    pub target_tokens: usize,
    /// The most that a passage repeats of the one before, where a paragraph is split.
    pub overlap_tokens: usize,
    /// The most bytes: a run of 100 letters without a space is a single token.
    pub max_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_tokens: MAX_TOKENS,
            target_tokens: 180,
            overlap_tokens: 32,
            max_bytes: 4_000,
        }
    }
}

impl Limits {
    /// The limits for a document in `language`.
    ///
    /// The built-in tokenizer spells other scripts letter by letter: 256 tokens are some 45 Arabic words,
    /// less than many a sentence. Its model can't read them either, and retrieval gives its vectors no weight
    /// there (`docs/decisions`, dense weight by language), so such passages are cut at three times the
    /// tokens, about as many words as an English passage has.
    pub fn for_language(language: &str) -> Self {
        let limits = Self::default();
        match language {
            "ar" | "ru" | "el" | "he" | "hi" | "ta" | "th" => Self {
                max_tokens: 3 * limits.max_tokens,
                target_tokens: 3 * limits.target_tokens,
                overlap_tokens: 3 * limits.overlap_tokens,
                ..limits
            },
            _ => limits,
        }
    }
}

/// The text that passages are slices of: every block on a line of its own.
pub fn text(document: &ParsedDocument) -> String {
    layout::text(document)
}

/// Cuts `document` into passages, in order.
pub fn chunk(document: &ParsedDocument, tokenizer: &Tokenizer, limits: &Limits) -> Vec<Chunk> {
    let counter = count::Counter::new(tokenizer);
    cut(document, &|text: &str| counter.count(text), limits)
}

/// As [`chunk`], with any token count that adds up over white space.
pub(crate) fn cut(
    document: &ParsedDocument,
    count: &dyn Fn(&str) -> usize,
    limits: &Limits,
) -> Vec<Chunk> {
    let text = layout::text(document);
    let ruler = unit::Ruler {
        text: &text,
        count,
        limits,
    };
    let mut chunks: Vec<Chunk> = layout::sections(document, &ruler)
        .iter()
        .flat_map(|section| pack::pack(section, &ruler))
        .collect();
    chunks.sort_by_key(|chunk| chunk.start);
    for (ordinal, chunk) in chunks.iter_mut().enumerate() {
        chunk.ordinal = u32::try_from(ordinal).unwrap_or(u32::MAX);
    }
    chunks
}

#[cfg(test)]
mod tests;
