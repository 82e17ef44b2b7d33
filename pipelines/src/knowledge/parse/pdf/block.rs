//! Lines become paragraphs, headings, list items and table rows.
//!
//! What must stay true: a line that its writer ended on purpose (the next word would have fitted) stays a
//! block of its own; a sentence that runs over a column or page break is one block, cited by its first page.

use crate::knowledge::block::{Block, BlockKind};
use crate::knowledge::parse::table::{self, Header};
use crate::knowledge::parse::text;

use super::heading::Scale;
use super::join::{self, Open};
use super::line::Line;
use super::row::{self, Found};

pub(super) fn blocks(pages: Vec<Vec<Line>>) -> Vec<Block> {
    let scale = Scale::new(&pages);
    let mut builder = Builder {
        pitch: pitch(&pages),
        scale,
        blocks: Vec::new(),
        open: None,
        indents: Vec::new(),
    };
    for (index, lines) in pages.into_iter().enumerate() {
        let page = u32::try_from(index + 1).unwrap_or(u32::MAX);
        builder.page(&lines, page);
    }
    builder.close();
    builder.blocks
}

/// The usual distance of lines, in ems.
fn pitch(pages: &[Vec<Line>]) -> f64 {
    let mut all: Vec<f64> = pages
        .iter()
        .flat_map(|lines| lines.windows(2))
        .map(|pair| (pair[1].y - pair[0].y) / pair[1].size)
        .filter(|pitch| (0.8..2.6).contains(pitch))
        .collect();
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or(1.2)
}

struct Builder {
    pitch: f64,
    scale: Scale,
    blocks: Vec<Block>,
    open: Option<Open>,
    /// Left edges of the list items around, outermost first.
    indents: Vec<f64>,
}

impl Builder {
    fn page(&mut self, lines: &[Line], page: u32) {
        let mut at = 0;
        while let Some(line) = lines.get(at) {
            match row::find(&lines[at..]) {
                Some(Found::Table { lines: used, rows }) => {
                    self.close();
                    // A table too large to be one is a page of text; its lines are read as such.
                    match table::blocks(rows, Header::Unknown) {
                        Ok(rows) => self
                            .blocks
                            .extend(rows.into_iter().map(|row| row.on_page(page))),
                        Err(_) => lines[at..at + used]
                            .iter()
                            .for_each(|line| self.line(line, f64::MAX, page)),
                    }
                    at += used;
                }
                Some(Found::Columns {
                    lines: used,
                    columns,
                }) => {
                    for (index, line) in columns.iter().enumerate() {
                        self.line(line, join::slack(&columns, index), page);
                    }
                    at += used;
                }
                None if row::is_row(line)
                    && line.has_clear_gap()
                    && self.scale.by_size(line).is_none() =>
                {
                    self.close();
                    let cells: Vec<String> = line
                        .cells
                        .iter()
                        .map(|cell| text::clean(&cell.text))
                        .collect();
                    self.blocks.push(table::row_block(cells, &[]).on_page(page));
                    at += 1;
                }
                None => {
                    self.line(line, join::slack(lines, at), page);
                    at += 1;
                }
            }
        }
    }

    /// `room` is the space the line before left at its end.
    fn line(&mut self, line: &Line, room: f64, page: u32) {
        let text = line.text();
        if text.trim().is_empty() {
            return;
        }
        if let Some(open) = self.open.as_mut()
            && join::joins(
                open,
                line,
                &text,
                page,
                room,
                self.pitch,
                self.scale.by_size(line),
            )
        {
            join::append(&mut open.text, &text);
            open.last = line.clone();
            open.lines += 1;
            return;
        }
        self.close();
        let item = text::list_item(text.trim());
        let kind = match (self.scale.by_size(line), item) {
            (Some(level), _) => BlockKind::Heading { level },
            (None, Some(_)) => BlockKind::ListItem {
                depth: self.depth(line),
            },
            (None, None) => BlockKind::Paragraph,
        };
        let is_item = matches!(kind, BlockKind::ListItem { .. });
        self.open = Some(Open {
            kind,
            text: item.filter(|_| is_item).unwrap_or(&text).to_owned(),
            page,
            last: line.clone(),
            lines: 1,
        });
    }

    fn depth(&mut self, line: &Line) -> u8 {
        let left = if line.rtl { -line.x1 } else { line.x0 };
        while self
            .indents
            .last()
            .is_some_and(|indent| *indent > left - 0.5 * line.size)
        {
            self.indents.pop();
        }
        self.indents.push(left);
        u8::try_from(self.indents.len() - 1)
            .unwrap_or(u8::MAX)
            .min(8)
    }

    fn close(&mut self) {
        let Some(open) = self.open.take() else {
            return;
        };
        let mut kind = open.kind;
        if kind == BlockKind::Paragraph && open.lines == 1 {
            let level = self
                .scale
                .by_weight(&open.last)
                .or_else(|| self.scale.by_number(&open.text));
            kind = level.map_or(kind, |level| BlockKind::Heading { level });
        }
        if !matches!(kind, BlockKind::ListItem { .. }) {
            self.indents.clear();
        }
        self.blocks
            .push(Block::new(kind, open.text).on_page(open.page));
    }
}

#[cfg(test)]
mod tests {
    use super::super::cell::Cell;
    use super::super::device::Direction;
    use super::*;

    fn line(text: &str, y: f64, size: f64) -> Line {
        let x1 = 50.0 + 0.5 * size * text.chars().count() as f64;
        Line {
            cells: vec![Cell {
                text: text.to_owned(),
                x0: 50.0,
                x1,
            }],
            x0: 50.0,
            x1,
            y,
            size,
            direction: Direction::Right,
            bold: false,
            rtl: false,
        }
    }

    #[test]
    fn lines_join_words_mend_and_headings_stand_out() {
        let page = vec![
            line("Our menu", 40.0, 20.0),
            line("We cook every dish to order with vege-", 80.0, 10.0),
            line("tables from farms near the city, daily.", 92.0, 10.0),
            line("Delivery is free.", 104.0, 10.0),
            line("Parking too.", 116.0, 10.0),
        ];
        let blocks = blocks(vec![page]);
        let texts: Vec<&str> = blocks.iter().map(|block| block.text.as_str()).collect();
        assert_eq!(
            texts,
            [
                "Our menu",
                "We cook every dish to order with vegetables from farms near the city, daily. Delivery is free.",
                "Parking too."
            ]
        );
        assert_eq!(blocks[0].kind, BlockKind::Heading { level: 1 });
        assert_eq!(blocks[1].page, Some(1));
    }
}
