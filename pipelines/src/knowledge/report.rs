//! The report card of a document: what was read of it, page by page, and what was not.
//!
//! What must stay true: it is made of the parsed document alone, and small enough to be kept beside it; it
//! repeats none of the text. Deliberately absent: passages, which the rows of the chunks show.

use serde::{Deserialize, Serialize};

use super::block::{Because, Block, BlockKind, MediaType, ParsedDocument};

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The format that was found in the content.
    pub media_type: MediaType,
    /// What the document calls itself.
    pub title: Option<String>,
    /// All of it together.
    pub total: Counts,
    /// Each page, from the first; empty in formats without pages.
    pub pages: Vec<Page>,
    /// What was skipped or guessed and why, one sentence each.
    pub notes: Vec<String>,
}

/// One page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// From 1.
    pub number: u32,
    /// Where its text comes from.
    pub source: Source,
    /// What is on it.
    pub counts: Counts,
}

/// Where a page's text comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The file's own characters.
    Text,
    /// Recognised from a picture, so sure of its words, in percent.
    Recognised(u8),
    /// There is none that could be had.
    Skipped(Because),
    /// Nothing is on the page.
    Blank,
}

/// How much there is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Characters of text, without spaces.
    pub characters: u64,
    /// Letters of those written from right to left.
    pub right_to_left: u64,
    /// Headings.
    pub headings: u32,
    /// Tables; one that runs over a page break counts on both pages.
    pub tables: u32,
    /// Their rows, headers aside.
    pub rows: u32,
}

/// The way text runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// As English.
    LeftToRight,
    /// As Arabic.
    RightToLeft,
    /// Both, neither for less than a tenth.
    Mixed,
}

impl Report {
    /// The report of a document.
    pub fn of(document: &ParsedDocument) -> Self {
        let mut total = Tally::default();
        let mut pages: Vec<Tally> = Vec::new();
        pages.resize_with(usize::try_from(document.pages).unwrap_or(0), Tally::default);
        for block in &document.blocks {
            total.add(block);
            let page = block.page.and_then(|page| usize::try_from(page).ok());
            if let Some(page) = page.and_then(|page| pages.get_mut(page.checked_sub(1)?)) {
                page.add(block);
            }
        }
        let page = |(number, tally): (u32, Tally)| Page {
            number,
            source: source(document, number, &tally.counts),
            counts: tally.counts,
        };
        Self {
            media_type: document.media_type,
            title: document.title.clone(),
            total: total.counts,
            pages: (1..).zip(pages).map(page).collect(),
            notes: document.notes.clone(),
        }
    }

    /// The report of an archive, whose members are documents with reports of their own.
    pub fn of_archive(media_type: MediaType, notes: Vec<String>) -> Self {
        Self {
            media_type,
            title: None,
            total: Counts::default(),
            pages: Vec::new(),
            notes,
        }
    }

    /// Whether any of its text was recognised from a picture.
    pub fn recognised(&self) -> bool {
        let recognised = |page: &Page| matches!(page.source, Source::Recognised(_));
        self.pages.iter().any(recognised)
    }
}

impl Counts {
    /// The way its text runs.
    pub fn direction(&self) -> Direction {
        let percent = self.right_to_left * 100 / self.characters.max(1);
        match percent {
            0..10 => Direction::LeftToRight,
            10..75 => Direction::Mixed,
            // Digits and marks have no direction of their own.
            _ => Direction::RightToLeft,
        }
    }
}

fn source(document: &ParsedDocument, number: u32, counts: &Counts) -> Source {
    let textless = document.textless.iter().find(|page| page.page == number);
    match textless {
        Some(page) => match page.recognised {
            Some(certainty) => Source::Recognised(certainty),
            None if counts.characters == 0 => Source::Skipped(page.because),
            None => Source::Text,
        },
        None if counts.characters == 0 => Source::Blank,
        None => Source::Text,
    }
}

/// Counts, and the table that the next row may belong to.
#[derive(Default)]
struct Tally {
    counts: Counts,
    table: Option<Vec<String>>,
}

impl Tally {
    fn add(&mut self, block: &Block) {
        let counts = &mut self.counts;
        for character in block.text.chars().filter(|c| !c.is_whitespace()) {
            counts.characters += 1;
            counts.right_to_left += u64::from(is_right_to_left(character));
        }
        let mut table = None;
        match &block.kind {
            BlockKind::Heading { .. } => counts.headings += 1,
            BlockKind::TableRow { header, .. } => {
                counts.rows += 1;
                counts.tables += u32::from(self.table.as_ref() != Some(header));
                table = Some(header.clone());
            }
            BlockKind::Paragraph | BlockKind::ListItem { .. } | BlockKind::Code => {}
        }
        self.table = table;
    }
}

/// Hebrew, Arabic and their presentation forms.
fn is_right_to_left(character: char) -> bool {
    matches!(character, '\u{590}'..='\u{8FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}')
        && character.is_alphabetic()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::block::Textless;

    #[test]
    fn pages_tables_direction_and_sources() {
        let row = |header: &[&str], text: &str| {
            let header = header.iter().map(ToString::to_string).collect();
            let cells = Vec::new();
            Block::new(BlockKind::TableRow { cells, header }, text)
        };
        let document = ParsedDocument {
            media_type: MediaType::Pdf,
            title: None,
            pages: 4,
            blocks: vec![
                Block::heading(1, "قائمة الطعام").on_page(1),
                row(&["Dish"], "Dish: Soup").on_page(1),
                row(&["Dish"], "Dish: Tea").on_page(1),
                row(&["Hour"], "Hour: 9").on_page(2),
                Block::paragraph("read").on_page(3),
            ],
            textless: [(3, Some(88)), (4, None)]
                .map(|(page, recognised)| Textless {
                    page,
                    because: Because::Picture,
                    recognised,
                })
                .to_vec(),
            notes: vec!["x".into()],
        };
        let report = Report::of(&document);
        let sources: Vec<Source> = report.pages.iter().map(|page| page.source).collect();
        assert_eq!(
            sources,
            [
                Source::Text,
                Source::Text,
                Source::Recognised(88),
                Source::Skipped(Because::Picture)
            ]
        );
        assert_eq!((report.total.tables, report.total.rows), (2, 3));
        assert_eq!(report.pages[0].counts.direction(), Direction::Mixed);
        assert_eq!(report.pages[1].counts.direction(), Direction::LeftToRight);
        assert!(report.recognised());
    }
}
