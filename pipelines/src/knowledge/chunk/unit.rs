//! The smallest pieces that passages are packed from: sentences, list items, table rows, lines of code.

use std::ops::Range;

use super::{Limits, layout::Placed};
use crate::knowledge::{block::BlockKind, sentence};

/// Measures pieces of a document's text.
pub(super) struct Ruler<'a> {
    pub(super) text: &'a str,
    pub(super) count: &'a dyn Fn(&str) -> usize,
    pub(super) limits: &'a Limits,
}

/// A piece that is not split further.
#[derive(Clone)]
pub(super) struct Unit {
    /// Its bytes in the document's text, trimmed of white space.
    pub(super) range: Range<usize>,
    pub(super) tokens: usize,
    pub(super) page: Option<u32>,
}

impl Ruler<'_> {
    pub(super) fn tokens(&self, text: &str) -> usize {
        (self.count)(text)
    }

    /// Tokens of the text from the first of `units` to the last. No token reaches over white space, so where that is all
    /// around each of them theirs add up.
    pub(super) fn joined(&self, units: &[Unit]) -> usize {
        let (Some(first), Some(last)) = (units.first(), units.last()) else {
            return 0;
        };
        if units.iter().all(|unit| self.is_of_whole_words(unit)) {
            return units.iter().map(|unit| unit.tokens).sum();
        }
        self.tokens(&self.text[first.range.start..last.range.end])
    }

    fn is_of_whole_words(&self, unit: &Unit) -> bool {
        let (before, after) = (&self.text[..unit.range.start], &self.text[unit.range.end..]);
        (before.is_empty() || before.ends_with(char::is_whitespace))
            && (after.is_empty() || after.starts_with(char::is_whitespace))
    }

    /// The units of one block, each within `budget` tokens.
    pub(super) fn units(&self, placed: &Placed<'_>, budget: usize) -> Vec<Unit> {
        self.pieces(placed)
            .into_iter()
            .flat_map(|range| self.fitted(range, budget))
            .map(|(range, tokens)| Unit {
                range,
                tokens,
                page: placed.block.page,
            })
            .collect()
    }

    /// The sentences of prose, the lines of code; a list item or table row is whole.
    fn pieces(&self, placed: &Placed<'_>) -> Vec<Range<usize>> {
        let start = placed.range.start;
        let text = &self.text[placed.range.clone()];
        let shifted = |range: Range<usize>| start + range.start..start + range.end;
        match placed.block.kind {
            BlockKind::Paragraph | BlockKind::Heading { .. } => {
                sentence::ranges(text).into_iter().map(shifted).collect()
            }
            BlockKind::Code => lines(text).into_iter().map(shifted).collect(),
            BlockKind::ListItem { .. } | BlockKind::TableRow { .. } => trimmed(text, 0..text.len())
                .map(shifted)
                .into_iter()
                .collect(),
        }
    }

    /// `range`, cut where it is over `budget`: between words if that is possible.
    fn fitted(&self, mut range: Range<usize>, budget: usize) -> Vec<(Range<usize>, usize)> {
        let mut pieces = Vec::new();
        loop {
            if range.len() <= self.limits.max_bytes {
                let tokens = self.tokens(&self.text[range.clone()]);
                if tokens <= budget {
                    pieces.push((range, tokens));
                    return pieces;
                }
            }
            let (cut, between_words) = self.longest_prefix(range.clone(), budget);
            if let Some(head) = trimmed(self.text, range.start..cut) {
                // Half a word's tokens are not half the word's: counted as full, it is never joined again.
                let tokens = if between_words {
                    self.tokens(&self.text[head.clone()])
                } else {
                    budget
                };
                pieces.push((head, tokens));
            }
            match trimmed(self.text, cut..range.end) {
                Some(rest) => range = rest,
                None => return pieces,
            }
        }
    }

    /// Where the longest beginning of `range` within `budget` ends, always past its start, and whether that
    /// is between two words.
    fn longest_prefix(&self, range: Range<usize>, budget: usize) -> (usize, bool) {
        let text = &self.text[range.clone()];
        let text = &text[..text.floor_char_boundary(self.limits.max_bytes)];
        let fits = |end: usize| self.tokens(&text[..end]) <= budget;
        let spaces: Vec<usize> = text
            .match_indices(char::is_whitespace)
            .map(|(at, _)| at)
            .collect();
        let words = spaces.partition_point(|&at| fits(at));
        if words > 0 && spaces[words - 1] > 0 {
            return (range.start + spaces[words - 1], true);
        }
        // One word that is too long: its tokens need not grow evenly, so halve until a piece fits.
        let mut end = spaces.first().copied().unwrap_or(text.len());
        while end > 1 && !fits(end) {
            end = text.floor_char_boundary(end / 2);
        }
        (
            range.start + end.max(text.chars().next().map_or(1, char::len_utf8)),
            false,
        )
    }
}

fn lines(text: &str) -> Vec<Range<usize>> {
    let mut start = 0;
    text.split_inclusive('\n')
        .filter_map(|line| {
            let range = start..start + line.len();
            start = range.end;
            trimmed(text, range)
        })
        .collect()
}

/// `range` of `text` without the white space around it, unless that is all.
fn trimmed(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let piece = &text[range.clone()];
    let start = range.start + piece.len() - piece.trim_start().len();
    let end = start + piece.trim().len();
    (start < end).then_some(start..end)
}
