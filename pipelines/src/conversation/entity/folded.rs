//! A text with plain letters and digits, and where each of its bytes came from.

use std::ops::Range;

use crate::knowledge::analyse;

/// Lower-case, Arabic spellings folded, digits plain, without vowel marks.
pub(super) struct Folded {
    pub(super) text: String,
    /// For each byte of `text`, the bytes of the original character.
    origins: Vec<(usize, usize)>,
}

impl Folded {
    pub(super) fn new(original: &str) -> Self {
        let mut text = String::with_capacity(original.len());
        let mut origins: Vec<(usize, usize)> = Vec::with_capacity(original.len());
        for (start, c) in original.char_indices() {
            let Some(plain) = analyse::letter(c) else {
                // A mark belongs to the letter before it.
                if let Some((_, end)) = origins.last_mut() {
                    *end = start + c.len_utf8();
                }
                continue;
            };
            let lower = plain.to_lowercase().next().unwrap_or(plain);
            let lower = if lower.is_whitespace() { ' ' } else { lower };
            text.push(lower);
            origins.extend(std::iter::repeat_n(
                (start, start + c.len_utf8()),
                lower.len_utf8(),
            ));
        }
        Self { text, origins }
    }

    /// The bytes of the original text that `range` came from.
    pub(super) fn original(&self, range: &Range<usize>) -> Range<usize> {
        let start = self.origins.get(range.start).map_or(0, |origin| origin.0);
        let last = range
            .end
            .checked_sub(1)
            .and_then(|last| self.origins.get(last));
        start..last.map_or(start, |origin| origin.1)
    }
}
