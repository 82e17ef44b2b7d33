//! Which lines are headings, by their size against the document's body text, and by weight.
//!
//! What must stay true: body text is the size most characters have, so a document set in one size has no
//! headings by size; levels follow the rank of sizes, largest first.

use crate::knowledge::block::{Block, BlockKind};

use super::line::Line;

/// How much larger than body text a heading is at least.
const LARGER: f64 = 1.15;
const LONGEST: usize = 200;
const LONGEST_BOLD: usize = 100;

pub(super) struct Scale {
    body: f64,
    /// Heading sizes, largest first.
    sizes: Vec<f64>,
    /// Body text is itself bold, so weight says nothing.
    bold_body: bool,
}

impl Scale {
    pub(super) fn new(pages: &[Vec<Line>]) -> Self {
        let mut counts: Vec<(f64, usize)> = Vec::new();
        let (mut bold, mut all) = (0, 0);
        for line in pages.iter().flatten() {
            let characters: usize = line
                .cells
                .iter()
                .map(|cell| cell.text.chars().count())
                .sum();
            let rounded = (line.size * 2.0).round() / 2.0;
            match counts
                .iter_mut()
                .find(|(size, _)| (*size - rounded).abs() < 0.01)
            {
                Some((_, count)) => *count += characters,
                None => counts.push((rounded, characters)),
            }
            all += characters;
            bold += if line.bold { characters } else { 0 };
        }
        let body = counts
            .iter()
            .max_by_key(|(_, count)| *count)
            .map_or(1.0, |(size, _)| *size);
        let mut sizes: Vec<f64> = Vec::new();
        counts.sort_by(|a, b| b.0.total_cmp(&a.0));
        for (size, _) in counts
            .into_iter()
            .filter(|(size, _)| *size >= body * LARGER)
        {
            if sizes.last().is_none_or(|last| size < last * 0.93) {
                sizes.push(size);
            }
        }
        Self {
            body,
            sizes,
            bold_body: bold * 2 > all,
        }
    }

    /// The level of a line that is a heading by its size.
    pub(super) fn by_size(&self, line: &Line) -> Option<u8> {
        let text = line.text();
        let letters = text.chars().filter(|c| c.is_alphabetic()).count();
        if line.size < self.body * LARGER || letters < 2 || text.chars().count() > LONGEST {
            return None;
        }
        Some(self.level_of(line))
    }

    /// The level of lines this large. A bold line just short of a heading's size is one of its kind.
    fn level_of(&self, line: &Line) -> u8 {
        let rank = self.sizes.iter().position(|size| line.size >= size * 0.93);
        level(rank.unwrap_or(self.sizes.len()))
    }

    /// The level of a block of one bold line that reads like a heading.
    pub(super) fn by_weight(&self, line: &Line) -> Option<u8> {
        let text = line.text();
        let letters = text.chars().filter(|c| c.is_alphabetic()).count();
        let reads_like_one = letters >= 3
            && text.chars().count() <= LONGEST_BOLD
            && !text.ends_with(['.', ',', ';', ':'])
            && line.cells.len() == 1;
        (line.bold && !self.bold_body && line.size > self.body * 0.95 && reads_like_one)
            .then(|| self.level_of(line))
    }

    /// The level of a line numbered like a section ("5.1 Delivery"); a bare "5." may be a list's.
    pub(super) fn by_number(&self, text: &str) -> Option<u8> {
        let (number, title) = text.trim().split_once(' ')?;
        let parts: Vec<&str> = number.trim_end_matches('.').split('.').collect();
        let numbered = parts.len() > 1
            && parts.iter().all(|part| {
                (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())
            });
        let titled = title.trim_start().starts_with(char::is_uppercase)
            && title.chars().count() <= LONGEST_BOLD
            && !title.ends_with(['.', ',', ';', ':']);
        (numbered && titled).then(|| level(self.sizes.len() + parts.len() - 1))
    }
}

fn level(rank: usize) -> u8 {
    u8::try_from(rank + 1).unwrap_or(6).min(6)
}

/// The first heading of the highest level on the first page.
pub(super) fn top(blocks: &[Block]) -> Option<String> {
    let level = |block: &Block| match block.kind {
        BlockKind::Heading { level } => Some(level),
        BlockKind::Paragraph
        | BlockKind::ListItem { .. }
        | BlockKind::TableRow { .. }
        | BlockKind::Code => None,
    };
    blocks
        .iter()
        .filter(|block| block.page == Some(1))
        .filter_map(|block| level(block).map(|level| (level, block)))
        .min_by_key(|(level, _)| *level)
        .map(|(_, block)| block.text.clone())
}
