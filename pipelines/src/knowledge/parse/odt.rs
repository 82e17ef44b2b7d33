//! OpenDocument texts, and presentations, which are built alike.
//!
//! What must stay true: notes follow the paragraph they belong to; comments, tracked deletions and speaker
//! notes are left out. Deliberately absent: numbers of list items in styles other than 1, 2, 3.

use std::collections::HashSet;
use std::io::Cursor;

use zip::ZipArchive;

use crate::knowledge::block::{Block, BlockKind, MediaType};

use super::error::Error;
use super::limits::MAX_CELLS;
use super::table::{self, Header, Row};
use super::xml::{self, Element, Token};
use super::{Parsed, archive, markdown};

const CORRUPT: Error = Error::Corrupt {
    media_type: MediaType::Odt,
};
/// Columns and rows one cell may span or repeat.
const MAX_SPAN: usize = 64;
/// What isn't the document's text, whatever is inside.
const SILENT: [&str; 6] = [
    "annotation",
    "tracked-changes",
    "note-citation",
    "notes",
    "table-of-content",
    "event-listeners",
];

pub(crate) fn read(bytes: &[u8]) -> Result<Parsed, Error> {
    archive::inspect(bytes, MediaType::Odt)?;
    let mut package = ZipArchive::new(Cursor::new(bytes)).map_err(|_| CORRUPT)?;
    let content = archive::text(&mut package, "content.xml").ok_or(CORRUPT)?;
    if archive::text(&mut package, "META-INF/manifest.xml")
        .is_some_and(|manifest| manifest.contains("encryption-data"))
    {
        return Err(Error::Encrypted {
            media_type: MediaType::Odt,
        });
    }
    let mut reader = Reader::default();
    let whole = xml::walk(&content, |token| reader.take(token))?;
    if reader.blocks.is_empty() && !whole {
        return Err(CORRUPT);
    }
    let mut notes = Vec::new();
    if !whole {
        notes.push("The document is damaged; its end could not be read.".to_owned());
    }
    let title = archive::text(&mut package, "meta.xml").and_then(|meta| title(&meta));
    Ok(Parsed {
        title: title.or_else(|| markdown::first_heading(&reader.blocks)),
        pages: reader.page,
        blocks: reader.blocks,
        notes,
        ..Parsed::default()
    })
}

fn title(meta: &str) -> Option<String> {
    let mut title = String::new();
    let mut inside = false;
    let walked = xml::walk(meta, |token| {
        match token {
            Token::Open(element) => inside = element.name() == "title" && title.is_empty(),
            Token::Text(text) if inside => title.push_str(text),
            Token::Text(_) => {}
            Token::Close(_) => inside = false,
        }
        Ok(())
    });
    (walked.is_ok() && !title.trim().is_empty()).then_some(title)
}

/// A paragraph or heading being read; they nest where a text box stands in one.
struct Open {
    kind: BlockKind,
    text: String,
}

#[derive(Default)]
struct Table {
    rows: Vec<Row>,
    row: Row,
    cell: String,
    columns: usize,
    repeated: usize,
    /// Texts that reach down from rows above, by column, and for how many rows.
    below: Vec<(String, usize)>,
    row_span: usize,
    in_header: bool,
    header_rows: usize,
}

#[derive(Default)]
struct Reader {
    blocks: Vec<Block>,
    open: Vec<Open>,
    /// Notes, until their paragraph has ended.
    later: Vec<Block>,
    tables: Vec<Table>,
    /// The lists around, outermost first: the next number where they count.
    lists: Vec<Option<usize>>,
    /// Names of list styles whose first level counts.
    counting: HashSet<String>,
    style: Option<String>,
    /// A list item that no paragraph has begun yet.
    fresh_item: bool,
    /// Elements open inside one that is silent, itself included.
    silent: usize,
    in_note: usize,
    in_body: bool,
    /// The slide, in presentations.
    page: u32,
    cells: usize,
}

impl Reader {
    fn take(&mut self, token: Token<'_>) -> Result<(), Error> {
        match token {
            Token::Open(_) if self.silent > 0 => self.silent += 1,
            Token::Close(_) if self.silent > 0 => self.silent -= 1,
            Token::Text(_) if self.silent > 0 => {}
            Token::Open(element) if SILENT.contains(&element.name()) => self.silent = 1,
            Token::Open(element) => self.begin(element),
            Token::Close(name) => self.end(name)?,
            Token::Text(text) => self.text(text),
        }
        Ok(())
    }

    fn text(&mut self, text: &str) {
        let Some(open) = self.open.last_mut() else {
            return;
        };
        // White space is what it is in HTML; real spaces are elements.
        for (at, word) in text.split(['\n', '\t', '\r', ' ']).enumerate() {
            if at > 0 && !open.text.ends_with(' ') {
                open.text.push(' ');
            }
            open.text.push_str(word);
        }
    }

    fn begin(&mut self, element: &Element<'_>) {
        match element.name() {
            "body" => self.in_body = true,
            "page" if self.in_body => self.page += 1,
            "list-style" => self.style = element.attribute("name"),
            "list-level-style-number" if element.count("level") == 1 => {
                self.counting.extend(self.style.clone());
            }
            "h" => {
                let level = u8::try_from(element.count("outline-level")).unwrap_or(6);
                self.open(BlockKind::Heading {
                    level: level.clamp(1, 6),
                });
            }
            "p" if self.in_body => {
                let kind = self.paragraph();
                self.open(kind);
            }
            "s" => self.push(&" ".repeat(element.count("c").min(16))),
            "tab" => self.push("\t"),
            "line-break" => self.push("\n"),
            "list" => {
                let named = element.attribute("style-name");
                // A list within a list is styled as the one around it.
                let counts = match named {
                    Some(name) => self.counting.contains(&name),
                    None => self.lists.last().is_some_and(Option::is_some),
                };
                self.lists.push(counts.then_some(1));
            }
            "list-item" => self.fresh_item = true,
            "note-body" => self.in_note += 1,
            "table" if self.in_body => self.tables.push(Table::default()),
            "table-header-rows" => self.in_table(|table| table.in_header = true),
            "table-row" => self.in_table(Table::begin_row),
            "table-cell" => self.in_table(|table| table.begin_cell(element)),
            _ => {}
        }
    }

    fn end(&mut self, name: &str) -> Result<(), Error> {
        match name {
            "body" => self.in_body = false,
            "h" | "p" => self.close(),
            "list" => {
                self.lists.pop();
                self.fresh_item = false;
            }
            "note-body" => self.in_note = self.in_note.saturating_sub(1),
            "table-header-rows" => self.in_table(|table| table.in_header = false),
            "table-cell" => {
                self.cells += 1;
                self.in_table(Table::end_cell);
            }
            "table-row" => self.in_table(Table::end_row),
            "table" => self.end_table()?,
            _ => {}
        }
        if self.cells > MAX_CELLS {
            return Err(Error::too_large("1,000,000 table cells"));
        }
        Ok(())
    }

    fn in_table(&mut self, change: impl FnOnce(&mut Table)) {
        if let Some(table) = self.tables.last_mut() {
            change(table);
        }
    }

    fn paragraph(&mut self) -> BlockKind {
        if !self.fresh_item {
            return BlockKind::Paragraph;
        }
        let depth = self.lists.len().saturating_sub(1);
        BlockKind::ListItem {
            depth: u8::try_from(depth).unwrap_or(8).min(8),
        }
    }

    fn open(&mut self, kind: BlockKind) {
        let mut text = String::new();
        if std::mem::take(&mut self.fresh_item)
            && let Some(Some(number)) = self.lists.last_mut()
        {
            text = format!("{number}. ");
            *number += 1;
        }
        self.open.push(Open { kind, text });
    }

    fn push(&mut self, text: &str) {
        if let Some(open) = self.open.last_mut() {
            open.text.push_str(text);
        }
    }

    fn close(&mut self) {
        let Some(Open { kind, text }) = self.open.pop() else {
            return;
        };
        if let Some(table) = self.tables.last_mut() {
            table.cell.push_str(text.trim());
            table.cell.push(' ');
        } else if !text.trim().is_empty() {
            let mut block = Block::new(kind, text.trim());
            block.page = (self.page > 0).then_some(self.page);
            if self.in_note > 0 {
                self.later.push(block);
            } else {
                self.blocks.push(block);
            }
        }
        if self.open.is_empty() {
            self.blocks.append(&mut self.later);
        }
    }

    /// A table in a cell of another is that cell's text.
    fn end_table(&mut self) -> Result<(), Error> {
        let Some(table) = self.tables.pop() else {
            return Ok(());
        };
        if let Some(around) = self.tables.last_mut() {
            let cells = table.rows.iter().flatten();
            for cell in cells.filter(|cell| !cell.is_empty()) {
                around.cell.push_str(cell);
                around.cell.push(' ');
            }
            return Ok(());
        }
        let header = match table.header_rows {
            0 => Header::Unknown,
            count => Header::Rows(count),
        };
        for mut row in table::blocks(table.rows, header)? {
            row.page = (self.page > 0).then_some(self.page);
            self.blocks.push(row);
        }
        Ok(())
    }
}

impl Table {
    fn begin_row(&mut self) {
        self.row.clear();
    }

    fn begin_cell(&mut self, element: &Element<'_>) {
        self.cell.clear();
        self.columns = element.count("number-columns-spanned").min(MAX_SPAN);
        self.repeated = element.count("number-columns-repeated").min(MAX_SPAN);
        self.row_span = element.count("number-rows-spanned");
    }

    fn end_cell(&mut self) {
        let text = self.cell.trim().to_owned();
        for _ in 0..self.columns.max(self.repeated) {
            self.take_from_above();
            let column = self.row.len();
            if self.row_span > 1 {
                let width = self.below.len().max(column + 1);
                self.below.resize(width, (String::new(), 0));
                self.below[column] = (text.clone(), self.row_span - 1);
            }
            self.row.push(text.clone());
        }
    }

    fn take_from_above(&mut self) {
        while let Some((text, rows)) = self.below.get_mut(self.row.len())
            && *rows > 0
        {
            *rows -= 1;
            self.row.push(text.clone());
        }
    }

    fn end_row(&mut self) {
        self.take_from_above();
        self.header_rows += usize::from(self.in_header);
        self.rows.push(std::mem::take(&mut self.row));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_lists_tables_and_notes() {
        let content = "<o:document><s><text:list-style style:name='L'><text:list-level-style-number text:level='1'/>\
            </text:list-style></s><o:body><text:h text:outline-level='2'>Menu</text:h>\
            <text:p>Open<text:s text:c='2'/>daily<text:note><text:note-citation>1</text:note-citation><text:note-body>\
            <text:p>But Friday.</text:p></text:note-body></text:note>.</text:p>\
            <text:list text:style-name='L'><text:list-item><text:p>Soup</text:p></text:list-item>\
            <text:list-item><text:p>Tea</text:p></text:list-item></text:list>\
            <t:table><t:table-header-rows><t:table-row><t:table-cell><text:p>Dish</text:p></t:table-cell>\
            <t:table-cell><text:p>Price</text:p></t:table-cell></t:table-row></t:table-header-rows>\
            <t:table-row><t:table-cell t:number-rows-spanned='2'><text:p>Soup</text:p></t:table-cell>\
            <t:table-cell><text:p>18</text:p></t:table-cell></t:table-row>\
            <t:table-row><t:covered-table-cell/><t:table-cell><text:p>20</text:p></t:table-cell></t:table-row>\
            </t:table></o:body></o:document>";
        let mut reader = Reader::default();
        assert!(xml::walk(content, |token| reader.take(token)).unwrap());
        let texts: Vec<&str> = reader
            .blocks
            .iter()
            .map(|block| block.text.as_str())
            .collect();
        assert_eq!(
            texts,
            [
                "Menu",
                "Open  daily.",
                "But Friday.",
                "1. Soup",
                "2. Tea",
                "Dish: Soup | Price: 18",
                "Dish: Soup | Price: 20"
            ]
        );
        assert_eq!(reader.blocks[0].kind, BlockKind::Heading { level: 2 });
    }
}
