//! Word documents and presentations, today's and those of the nineties: headings, nested lists, tables, notes.
//!
//! What must stay true: nothing the reader lost goes unsaid (it becomes a note), and the depth of nested
//! content is bounded. Deliberately absent: what its author kept from the audience, that is comments, tracked
//! deletions, speaker notes and hidden slides.

use std::io::Cursor;

use office_oxide::format::DocumentFormat;
use office_oxide::ir::{DocumentIR, Element, InlineContent, List, Section, Table};
use office_oxide::options::ParseOptions;
use office_oxide::{Document, OfficeError};

use crate::knowledge::block::{Block, BlockKind, MediaType};

use super::Parsed;
use super::error::Error;
use super::limits::{MAX_ARCHIVE_ENTRIES, MAX_CELLS, MAX_INFLATED, MAX_TEXT};
use super::numbering::Numbers;
use super::table::{self, Header, Row};
use super::{archive, equation, markdown};

/// Tables in tables in lists: deeper content is dropped with a note.
const MAX_DEPTH: u32 = 32;

pub(crate) fn document(bytes: &[u8], media_type: MediaType) -> Result<Parsed, Error> {
    let (content, mut reader) = open(bytes, media_type)?;
    for section in &content.sections {
        reader.section(section)?;
    }
    Ok(reader.finish(content))
}

/// As [`document`]; each slide is a page.
pub(crate) fn presentation(bytes: &[u8], media_type: MediaType) -> Result<Parsed, Error> {
    let (content, mut reader) = open(bytes, media_type)?;
    let (mut hidden, mut spoken) = (0, 0);
    for (number, slide) in (1_u32..).zip(&content.sections) {
        if slide.hidden {
            hidden += 1;
            continue;
        }
        spoken += usize::from(slide.speaker_notes.is_some());
        let from = reader.blocks.len();
        reader.elements(&without_comments(&slide.elements), 0)?;
        for block in &mut reader.blocks[from..] {
            block.page = Some(number);
        }
    }
    for (count, what) in [(hidden, "hidden slides"), (spoken, "slides' speaker notes")] {
        if count > 0 {
            reader.notes.push(format!("{count} {what} were skipped."));
        }
    }
    let pages = u32::try_from(content.sections.len()).unwrap_or(u32::MAX);
    Ok(Parsed {
        pages,
        ..reader.finish(content)
    })
}

/// Comments on a slide come as its endnotes.
fn without_comments(elements: &[Element]) -> Vec<Element> {
    let is_comment = |element: &&Element| matches!(element, Element::Endnote(_));
    let kept = elements.iter().filter(|element| !is_comment(element));
    kept.cloned().collect()
}

fn open(bytes: &[u8], media_type: MediaType) -> Result<(DocumentIR, Reader), Error> {
    let format = format(media_type).ok_or(Error::Corrupt { media_type })?;
    if !format.is_legacy() {
        archive::inspect(bytes, media_type)?;
    }
    let mut options = ParseOptions::default();
    options.limits.package_bytes = MAX_INFLATED;
    options.limits.part_bytes = MAX_INFLATED;
    options.limits.package_entries = MAX_ARCHIVE_ENTRIES;
    options.limits.embedded_depth = 1;
    options.limits.text_chars = MAX_TEXT;
    options.limits.memory_bytes = MAX_INFLATED;
    let source = Cursor::new(equation::as_text(bytes).into_owned());
    let document = Document::from_reader_with(source, format, &options)
        .map_err(|error| refusal(&error, media_type))?;
    let numbers = document.as_docx().map(Numbers::of);
    let reader = Reader {
        numbers: numbers.unwrap_or_default(),
        ..Reader::default()
    };
    Ok((document.to_ir(), reader))
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a foreign enum that may grow; everything else is damage"
)]
fn refusal(error: &OfficeError, media_type: MediaType) -> Error {
    match error {
        OfficeError::Panic(_) => Error::ParserCrashed,
        _ => Error::Corrupt { media_type },
    }
}

/// What office_oxide calls it.
fn format(media_type: MediaType) -> Option<DocumentFormat> {
    Some(match media_type {
        MediaType::Docx => DocumentFormat::Docx,
        MediaType::Doc => DocumentFormat::Doc,
        MediaType::Pptx => DocumentFormat::Pptx,
        MediaType::Ppt => DocumentFormat::Ppt,
        MediaType::Pdf
        | MediaType::Xlsx
        | MediaType::Xls
        | MediaType::Xlsb
        | MediaType::Ods
        | MediaType::Odt
        | MediaType::Rtf
        | MediaType::Epub
        | MediaType::Zip
        | MediaType::Email
        | MediaType::Csv
        | MediaType::Tsv
        | MediaType::Text
        | MediaType::Markdown
        | MediaType::Html => return None,
    })
}

#[derive(Default)]
struct Reader {
    numbers: Numbers,
    blocks: Vec<Block>,
    notes: Vec<String>,
    /// Headers and footers already taken: every section repeats them.
    margins: Vec<String>,
    cells: usize,
}

impl Reader {
    fn finish(self, content: DocumentIR) -> Parsed {
        let mut notes = self.notes;
        if content.metadata.text_truncated {
            notes.push(
                "The document is damaged or too large in places; some of its text could not be read."
                    .to_owned(),
            );
        }
        let title = content
            .metadata
            .title
            .filter(|title| !title.trim().is_empty());
        Parsed {
            title: title.or_else(|| markdown::first_heading(&self.blocks)),
            blocks: self.blocks,
            notes,
            ..Parsed::default()
        }
    }

    fn section(&mut self, section: &Section) -> Result<(), Error> {
        for margin in [&section.header, &section.first_page_header]
            .into_iter()
            .flatten()
        {
            self.margin(&margin.content);
        }
        self.elements(&section.elements, 0)?;
        for margin in [&section.footer, &section.first_page_footer]
            .into_iter()
            .flatten()
        {
            self.margin(&margin.content);
        }
        Ok(())
    }

    /// A letterhead or footer is read once, and not when it is only a page number.
    fn margin(&mut self, content: &[Element]) {
        let text = plain(content, 0);
        let text = text.trim();
        let worded = text.chars().filter(|c| c.is_alphabetic()).count() > 4;
        if worded && !self.margins.iter().any(|known| known == text) {
            self.margins.push(text.to_owned());
            self.blocks.push(Block::paragraph(text));
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a foreign enum that may grow; only these hold text"
    )]
    fn elements(&mut self, elements: &[Element], depth: u32) -> Result<(), Error> {
        if depth > MAX_DEPTH {
            self.notes
                .push("Content nested more than 32 levels deep was skipped.".to_owned());
            return Ok(());
        }
        for element in elements {
            match element {
                Element::Heading(heading) => {
                    let kind = BlockKind::Heading {
                        level: heading.level.clamp(1, 6),
                    };
                    let text = inline(&heading.content);
                    match self.numbers.take(&text) {
                        Some(number) => self.push(kind, &format!("{number} {}", text.trim())),
                        None => self.push(kind, &text),
                    }
                }
                Element::Paragraph(paragraph) => {
                    let title = paragraph
                        .style
                        .as_deref()
                        .is_some_and(|style| style.eq_ignore_ascii_case("title"));
                    let kind = if title {
                        BlockKind::Heading { level: 1 }
                    } else {
                        BlockKind::Paragraph
                    };
                    self.push(kind, &inline(&paragraph.content));
                }
                Element::Table(table) => self.table(table)?,
                Element::List(list) => self.list(list, 0, depth)?,
                Element::TextBox(text_box) => self.elements(&text_box.content, depth + 1)?,
                Element::Footnote(note) | Element::Endnote(note) => {
                    self.push(BlockKind::Paragraph, &plain(&note.content, 0))
                }
                Element::CodeBlock(code) => self.push(BlockKind::Code, &code.content),
                // Pictures, breaks and shapes hold no text.
                _ => {}
            }
        }
        Ok(())
    }

    fn push(&mut self, kind: BlockKind, text: &str) {
        if !text.trim().is_empty() {
            self.blocks.push(Block::new(kind, text.trim()));
        }
    }

    fn list(&mut self, list: &List, level: u8, depth: u32) -> Result<(), Error> {
        let first = list.start_number.unwrap_or(1);
        for (number, item) in (first..).zip(&list.items) {
            let (text, rest) = item.content.split_at(leading_text(&item.content));
            let depth_of_item = level.max(list.level).min(8);
            let text = plain(text, 0);
            let text = match self.numbers.take(&text) {
                Some(number) => format!("{number} {text}"),
                None if list.ordered && !text.is_empty() => format!("{number}. {text}"),
                None => text,
            };
            self.push(
                BlockKind::ListItem {
                    depth: depth_of_item,
                },
                &text,
            );
            self.elements(rest, depth + 1)?;
            if let Some(nested) = item.nested.as_ref().filter(|_| depth < MAX_DEPTH) {
                self.list(nested, level.saturating_add(1), depth + 1)?;
            }
        }
        Ok(())
    }

    fn table(&mut self, table: &Table) -> Result<(), Error> {
        if let Some(caption) = &table.caption {
            self.push(BlockKind::Paragraph, caption);
        }
        let mut rows: Vec<Row> = Vec::new();
        let mut below: Vec<(String, u32)> = Vec::new();
        for row in &table.rows {
            let mut cells = Row::new();
            for cell in &row.cells {
                take_from_above(&mut cells, &mut below);
                let text = plain(&cell.content, 0);
                for _ in 0..cell.col_span.clamp(1, 64) {
                    below.resize(below.len().max(cells.len() + 1), (String::new(), 0));
                    if cell.row_span > 1 {
                        below[cells.len()] = (text.clone(), cell.row_span - 1);
                    }
                    cells.push(text.clone());
                }
            }
            take_from_above(&mut cells, &mut below);
            self.cells += cells.len();
            rows.push(cells);
        }
        if self.cells > MAX_CELLS {
            return Err(Error::too_large("1,000,000 table cells"));
        }
        let marked = table
            .rows
            .iter()
            .take_while(|row| row.is_header || row.repeat_as_header)
            .count();
        let header = match marked {
            0 => Header::Unknown,
            count if count < rows.len() => Header::Rows(count),
            _ => Header::Unknown,
        };
        self.blocks.extend(table::blocks(rows, header)?);
        Ok(())
    }
}

fn take_from_above(cells: &mut Row, below: &mut [(String, u32)]) {
    while let Some((text, rows)) = below.get_mut(cells.len()).filter(|(_, rows)| *rows > 0) {
        *rows -= 1;
        cells.push(text.clone());
    }
}

/// How many elements at the start of a list item are its own text.
fn leading_text(content: &[Element]) -> usize {
    content
        .iter()
        .take_while(|element| matches!(element, Element::Paragraph(_) | Element::Heading(_)))
        .count()
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a foreign enum that may grow; only these hold text"
)]
fn inline(content: &[InlineContent]) -> String {
    let mut out = String::new();
    for piece in content {
        match piece {
            InlineContent::Text(span) => out.push_str(&span.text),
            InlineContent::LineBreak => out.push('\n'),
            // References to notes and comments.
            _ => {}
        }
    }
    out
}

/// All text of a cell, note or margin on one line.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a foreign enum that may grow; only these hold text"
)]
fn plain(content: &[Element], depth: u32) -> String {
    if depth > MAX_DEPTH {
        return String::new();
    }
    let mut parts: Vec<String> = Vec::new();
    for element in content {
        let part = match element {
            Element::Heading(heading) => inline(&heading.content),
            Element::Paragraph(paragraph) => inline(&paragraph.content),
            Element::List(list) => plain_list(list, depth + 1),
            Element::TextBox(text_box) => plain(&text_box.content, depth + 1),
            Element::Footnote(note) | Element::Endnote(note) => plain(&note.content, depth + 1),
            Element::CodeBlock(code) => code.content.clone(),
            Element::Table(table) => {
                let cells = table.rows.iter().flat_map(|row| &row.cells);
                cells
                    .map(|cell| plain(&cell.content, depth + 1))
                    .collect::<Vec<_>>()
                    .join(" ")
            }
            _ => continue,
        };
        if !part.trim().is_empty() {
            parts.push(part.trim().to_owned());
        }
    }
    parts.join(" ")
}

fn plain_list(list: &List, depth: u32) -> String {
    if depth > MAX_DEPTH {
        return String::new();
    }
    let items = list.items.iter().map(|item| {
        let nested = item
            .nested
            .as_ref()
            .map(|nested| plain_list(nested, depth + 1))
            .unwrap_or_default();
        format!("{} {nested}", plain(&item.content, depth + 1))
            .trim()
            .to_owned()
    });
    items.collect::<Vec<_>>().join("; ")
}
