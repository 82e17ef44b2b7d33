//! The model's WordPiece tokenizer, with the truncation and padding of the published file (both to 128) switched off,
//! and special tokens written in a text (`[SEP]`) read as plain text: texts are content, never markup.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use tokenizers::Encoding;

use crate::MAX_TOKENS;
use crate::error::Error;
use crate::weights::VOCABULARY;

const CLS: u32 = 101;
const SEP: u32 = 102;
const UNKNOWN: u32 = 100;

/// Turns texts into token ids. Clones share one vocabulary.
#[derive(Clone)]
pub struct Tokenizer(Arc<tokenizers::Tokenizer>);

impl Tokenizer {
    /// Loads `tokenizer.json`.
    ///
    /// # Errors
    /// [`Error::Missing`] or [`Error::Read`] if it cannot be read, [`Error::Tokenizer`] if it cannot be parsed,
    /// [`Error::Vocabulary`] if it is another model's.
    pub fn from_file(path: &Path) -> Result<Self, Error> {
        let bytes = std::fs::read(path).map_err(|source| Error::reading(path, source))?;
        let broken = |source| Error::Tokenizer {
            path: path.to_owned(),
            source,
        };
        let mut tokenizer = tokenizers::Tokenizer::from_bytes(bytes).map_err(broken)?;
        tokenizer.with_truncation(None).map_err(broken)?;
        tokenizer.with_padding(None);
        tokenizer.set_encode_special_tokens(true);
        check(&tokenizer).map_err(|reason| Error::Vocabulary {
            path: path.to_owned(),
            reason,
        })?;
        Ok(Self(Arc::new(tokenizer)))
    }

    /// Number of tokens in `text`, all of it, without `[CLS]` and `[SEP]`.
    #[must_use]
    pub fn count(&self, text: &str) -> usize {
        sound(self.0.encode_fast(text, false)).len()
    }

    /// The bytes of `text` that each token stands for, all of the text, without `[CLS]` and `[SEP]`.
    ///
    /// Starts and ends never decrease, and both are on character boundaries. Ranges are disjoint but for the tokens
    /// of a character that normalisation takes apart (a Hangul syllable), which share its bytes. Bytes between ranges
    /// are white space and what normalisation drops.
    #[must_use]
    pub fn offsets(&self, text: &str) -> Vec<Range<usize>> {
        let encoding = sound(self.0.encode(text, false));
        let mut last = 0..0;
        encoding
            .get_offsets()
            .iter()
            .map(|&(start, end)| {
                // Canonical ordering may swap combining marks; order is promised, so it is kept here.
                last = start.max(last.start)..end.max(last.end);
                last.clone()
            })
            .collect()
    }

    /// The sequence to embed: `[CLS]`, the first [`MAX_TOKENS`] - 2 tokens of `text`, `[SEP]`.
    #[must_use]
    pub fn encode(&self, text: &str) -> Vec<u32> {
        let encoding = sound(self.0.encode_fast(text, false));
        let tokens = encoding.get_ids().iter().copied().take(MAX_TOKENS - 2);
        std::iter::once(CLS)
            .chain(tokens)
            .chain(std::iter::once(SEP))
            .collect()
    }
}

/// Checks what the forward pass relies on: every id is a row of the embedding table, special tokens are where the
/// model learnt them.
fn check(tokenizer: &tokenizers::Tokenizer) -> Result<(), String> {
    let size = tokenizer.get_vocab_size(true);
    if size != VOCABULARY {
        return Err(format!("it has {size} tokens instead of {VOCABULARY}"));
    }
    for (token, id) in [("[UNK]", UNKNOWN), ("[CLS]", CLS), ("[SEP]", SEP)] {
        let found = tokenizer.token_to_id(token);
        if found != Some(id) {
            return Err(format!("{token} is {found:?} instead of {id}"));
        }
    }
    Ok(())
}

/// Encoding fails only when a word is unknown and the vocabulary has no `[UNK]`, which [`check`] excludes. Should that
/// ever change, the text counts as empty and the log says so.
fn sound(encoding: tokenizers::Result<Encoding>) -> Encoding {
    encoding.unwrap_or_else(|error| {
        tracing::error!(error = %error, "a text could not be tokenized");
        Encoding::default()
    })
}
