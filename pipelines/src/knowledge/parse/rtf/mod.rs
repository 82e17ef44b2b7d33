//! Rich text (RTF): paragraphs, headings by style, lists, tables and footnotes.
//!
//! What must stay true: letters come out whatever of the three ways they were written in (a code page's byte,
//! a Unicode number with a stand-in after it, plain ASCII); groups nest to a bounded depth, and without
//! recursion. Deliberately absent: headers and footers, pictures, fields' instructions.

mod group;
mod lexer;

use crate::knowledge::block::{Block, BlockKind, MediaType};

use super::error::Error;
use super::limits::{MAX_CELLS, MAX_RTF_DEPTH};
use super::table::{self, Header, Row};
use super::{Parsed, markdown};
use group::{Destination, Group, Styles};
use lexer::{Lexer, Token};

pub(crate) fn read(bytes: &[u8]) -> Result<Parsed, Error> {
    let mut reader = Reader::default();
    for token in Lexer::new(bytes) {
        reader.take(token)?;
    }
    reader.end_paragraph();
    reader.end_table()?;
    if !bytes.starts_with(b"{\\rtf") {
        return Err(Error::Corrupt {
            media_type: MediaType::Rtf,
        });
    }
    let title = Some(reader.title).filter(|title| !title.trim().is_empty());
    Ok(Parsed {
        title: title.or_else(|| markdown::first_heading(&reader.blocks)),
        blocks: reader.blocks,
        ..Parsed::default()
    })
}

/// What a paragraph is by its own properties.
#[derive(Clone, Copy, Default)]
struct Paragraph {
    /// From 0, as the format counts.
    outline: Option<u8>,
    style: i32,
    in_table: bool,
    list_level: Option<u8>,
}

#[derive(Default)]
struct Reader {
    group: Group,
    around: Vec<Group>,
    styles: Styles,
    paragraph: Paragraph,
    text: String,
    /// The number or bullet an item was saved with.
    label: String,
    blocks: Vec<Block>,
    row: Row,
    rows: Vec<Row>,
    notes: Vec<String>,
    note: String,
    title: String,
    /// Bytes of the current code page, until something else follows.
    bytes: Vec<u8>,
    /// First half of a character beyond U+FFFF.
    high: Option<u16>,
    cells: usize,
}

impl Reader {
    fn take(&mut self, token: Token<'_>) -> Result<(), Error> {
        if let Token::Byte(byte) = token {
            // The stand-in for a Unicode character that was understood.
            if self.group.skip > 0 {
                self.group.skip -= 1;
            } else {
                self.bytes.push(byte);
            }
            return Ok(());
        }
        self.decode();
        match token {
            Token::Byte(_) => {}
            Token::Open => {
                if self.around.len() >= MAX_RTF_DEPTH {
                    return Err(Error::too_complex("it is nested too deeply"));
                }
                self.around.push(self.group.clone());
            }
            Token::Close => {
                let ended = self.group.destination;
                self.group = self.around.pop().unwrap_or_default();
                if ended == Destination::Note && self.group.destination != Destination::Note {
                    self.notes.push(std::mem::take(&mut self.note));
                }
            }
            Token::Ignorable => self.group.ignorable = true,
            Token::Word(word, value) => self.word(word, value)?,
        }
        Ok(())
    }

    fn decode(&mut self) {
        if !self.bytes.is_empty() {
            let text = self.styles.decode(&self.bytes, self.group.font);
            self.bytes.clear();
            self.push(&text);
        }
    }

    fn push(&mut self, text: &str) {
        let into = match self.group.destination {
            Destination::Text => &mut self.text,
            Destination::Note => &mut self.note,
            Destination::Title => &mut self.title,
            Destination::Label => &mut self.label,
            Destination::Stylesheet => return self.styles.name(text, self.group.style),
            Destination::Fonts | Destination::Silent => return,
        };
        into.push_str(text);
    }

    fn word(&mut self, word: &str, value: Option<i32>) -> Result<(), Error> {
        if let Some(destination) = group::destination(word, self.group.ignorable) {
            self.group.ignorable = false;
            // What is inside something silent stays so.
            if self.group.destination != Destination::Silent {
                self.group.destination = destination;
            }
            return Ok(());
        }
        let number = value.unwrap_or(1);
        match word {
            "u" => self.unicode(value.unwrap_or(0)),
            "uc" => self.group.stand_in = usize::try_from(number).unwrap_or(1).min(16),
            "ansicpg" => self.styles.page = group::code_page(number),
            "f" if self.group.destination == Destination::Fonts => self.styles.font = number,
            "f" => self.group.font = number,
            "fcharset" => self.styles.charset(number),
            "s" if self.group.destination == Destination::Stylesheet => self.group.style = number,
            "s" => self.paragraph.style = number,
            _ if self.group.destination == Destination::Silent => {}
            "tab" => self.push("\t"),
            "line" => self.push("\n"),
            "emdash" => self.push("—"),
            "endash" => self.push("–"),
            "lquote" => self.push("‘"),
            "rquote" => self.push("’"),
            "ldblquote" => self.push("“"),
            "rdblquote" => self.push("”"),
            "bullet" => self.push("•"),
            "~" | "emspace" | "enspace" => self.push(" "),
            "_" => self.push("-"),
            "par" | "sect" | "page" if self.group.destination == Destination::Note => {
                self.push("\n")
            }
            "par" | "sect" | "page" => self.end_paragraph(),
            "pard" => self.paragraph = Paragraph::default(),
            "outlinelevel" => self.paragraph.outline = u8::try_from(number).ok(),
            "intbl" => self.paragraph.in_table = true,
            "ilvl" => self.paragraph.list_level = u8::try_from(value.unwrap_or(0)).ok(),
            "cell" | "nestcell" => self.end_cell()?,
            "row" | "nestrow" => self.end_row(),
            _ => {}
        }
        Ok(())
    }

    /// UTF-16, in signed numbers.
    fn unicode(&mut self, value: i32) {
        self.group.skip = self.group.stand_in;
        let unit = (value & 0xFFFF) as u16;
        let character = match (self.high.take(), unit) {
            (_, 0xD800..=0xDBFF) => {
                self.high = Some(unit);
                return;
            }
            (Some(high), 0xDC00..=0xDFFF) => {
                char::decode_utf16([high, unit]).next().and_then(Result::ok)
            }
            _ => char::from_u32(u32::from(unit)),
        };
        if let Some(character) = character {
            self.push(character.encode_utf8(&mut [0; 4]));
        }
    }

    fn end_paragraph(&mut self) {
        self.decode();
        if self.paragraph.in_table {
            self.text.push(' ');
            return;
        }
        if !self.rows.is_empty() && self.end_table().is_err() {
            // Too large for a table; its rows were dropped with it.
            return;
        }
        let label = std::mem::take(&mut self.label);
        let text = std::mem::take(&mut self.text);
        let text = text.trim();
        if !text.is_empty() {
            self.blocks.push(self.block(text, label.trim()));
        }
        let notes = std::mem::take(&mut self.notes);
        let notes = notes.iter().filter(|note| !note.trim().is_empty());
        self.blocks
            .extend(notes.map(|note| Block::paragraph(note.trim())));
    }

    fn block(&self, text: &str, label: &str) -> Block {
        let outline = self.paragraph.outline.filter(|level| *level < 9);
        if let Some(level) = self
            .styles
            .heading(self.paragraph.style)
            .or(outline.map(|level| level + 1))
        {
            return Block::heading(level, text);
        }
        if label.is_empty() {
            return Block::paragraph(text);
        }
        let depth = self.paragraph.list_level.unwrap_or(0).min(8);
        let counts = label.starts_with(char::is_alphanumeric);
        let text = if counts {
            format!("{label} {text}")
        } else {
            text.to_owned()
        };
        Block::new(BlockKind::ListItem { depth }, text)
    }

    fn end_cell(&mut self) -> Result<(), Error> {
        self.cells += 1;
        if self.cells > MAX_CELLS {
            return Err(Error::too_large("1,000,000 table cells"));
        }
        self.label.clear();
        self.row
            .push(std::mem::take(&mut self.text).trim().to_owned());
        Ok(())
    }

    fn end_row(&mut self) {
        if !self.row.is_empty() {
            self.rows.push(std::mem::take(&mut self.row));
        }
    }

    fn end_table(&mut self) -> Result<(), Error> {
        self.end_row();
        let rows = std::mem::take(&mut self.rows);
        self.blocks.extend(table::blocks(rows, Header::Unknown)?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(rtf: &str) -> Vec<String> {
        let parsed = read(rtf.as_bytes()).unwrap();
        parsed.blocks.into_iter().map(|block| block.text).collect()
    }

    #[test]
    fn letters_headings_lists_and_tables() {
        let rtf = r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0 Arial;}{\f1\fcharset178 Arial;}}
{\stylesheet{\s0 Normal;}{\s1 heading 1;}}{\*\generator Nobody;}{\info{\title Our menu}}
\pard\s1 Menu\par\pard Caf\'e9 \u8364?5 {\b bold}\par
{\f1 \'d3\'e1\'c7\'e3}\par
\pard{\listtext\pard\plain 1.\tab}Soup\par
\pard\intbl Dish\cell Price\cell\row\pard\intbl Tea\cell 4\cell\row
\pard Open{\footnote Not on Friday.} daily\par}";
        assert_eq!(
            texts(rtf),
            [
                "Menu",
                "Café €5 bold",
                "سلام",
                "1. Soup",
                "Dish: Tea | Price: 4",
                "Open daily",
                "Not on Friday."
            ]
        );
    }

    #[test]
    fn a_million_groups_are_refused() {
        let deep = format!(r"{{\rtf1 {}", "{".repeat(1_000_000));
        assert!(read(deep.as_bytes()).is_err());
    }
}
