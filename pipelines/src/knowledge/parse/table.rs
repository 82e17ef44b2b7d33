//! From a grid of cells to rows that can be read alone: where the header is, and what a row's text says.
//!
//! What must stay true: no cell's text is lost, whatever the header detection decides; a row under a known
//! header names its columns ("Dish: Falafel plate | Price (SAR): 32").

use crate::knowledge::block::{Block, BlockKind};

use super::error::Error;
use super::limits::MAX_TABLE_AREA;

pub(crate) type Row = Vec<String>;

/// What the format says about a table's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Header {
    /// So many leading rows are headers.
    Rows(usize),
    /// The format doesn't say.
    Unknown,
}

/// Turns a grid into blocks. Rows may be of different lengths.
pub(crate) fn blocks(rows: Vec<Row>, header: Header) -> Result<Vec<Block>, Error> {
    let mut rows: Vec<Row> = rows
        .into_iter()
        .map(|row| row.iter().map(|cell| tidy(cell)).collect::<Row>())
        .filter(|row| row.iter().any(|cell| !cell.is_empty()))
        .collect();
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    if width.saturating_mul(rows.len()) > MAX_TABLE_AREA {
        return Err(Error::too_large("4,000,000 cells in one table"));
    }
    for row in &mut rows {
        row.resize(width, String::new());
    }
    drop_empty_columns(&mut rows);
    let mut out = Vec::with_capacity(rows.len());
    let (captions, header_rows) = match header {
        Header::Rows(count) => (0, count.min(rows.len())),
        Header::Unknown => detect(&rows),
    };
    let body = rows.split_off(captions + header_rows);
    let header = combine(&rows[captions..]);
    out.extend(
        rows[..captions]
            .iter()
            .filter_map(|row| caption(row))
            .map(Block::paragraph),
    );
    if body.is_empty() && !header.is_empty() {
        // A header with nothing below it is all the table says.
        out.push(row_block(header, &[]));
        return Ok(out);
    }
    for row in body {
        match caption(&row) {
            Some(section) if row.len() > 2 && !is_value(section) => {
                out.push(Block::heading(4, section));
            }
            _ => out.push(row_block(row, &header)),
        }
    }
    Ok(out)
}

pub(crate) fn row_block(cells: Row, header: &[String]) -> Block {
    let text = row_text(&cells, header);
    let header = header.to_vec();
    Block::new(BlockKind::TableRow { cells, header }, text)
}

fn row_text(cells: &[String], header: &[String]) -> String {
    let mut parts: Vec<String> = Vec::with_capacity(cells.len());
    for (column, cell) in cells
        .iter()
        .enumerate()
        .filter(|(_, cell)| !cell.is_empty())
    {
        match header.get(column).filter(|name| !name.is_empty()) {
            Some(name) => parts.push(format!("{}: {cell}", name.trim_end_matches([':', ' ']))),
            None => parts.push(cell.clone()),
        }
    }
    parts.join(" | ")
}

fn tidy(cell: &str) -> String {
    super::text::clean(&cell.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn drop_empty_columns(rows: &mut [Row]) {
    let width = rows.first().map_or(0, Vec::len);
    let used: Vec<bool> = (0..width)
        .map(|column| rows.iter().any(|row| !row[column].is_empty()))
        .collect();
    if used.iter().all(|used| *used) {
        return;
    }
    for row in rows {
        let mut column = 0;
        row.retain(|_| {
            column += 1;
            used[column - 1]
        });
    }
}

/// The only text of a row: one filled cell, or one merged cell repeated over the others.
fn caption(row: &[String]) -> Option<&str> {
    let mut filled = row.iter().filter(|cell| !cell.is_empty());
    let first = filled.next()?;
    let repeated = filled.clone().count() > 0;
    let alone = filled.all(|cell| cell == first) && (!repeated || !is_value(first));
    alone.then_some(first.as_str())
}

/// Leading caption rows, and header rows after them, of a table that doesn't say.
fn detect(rows: &[Row]) -> (usize, usize) {
    let width = rows.first().map_or(0, Vec::len);
    if width < 2 {
        return (0, 0);
    }
    let captions = rows.iter().take_while(|row| caption(row).is_some()).count();
    let rest = &rows[captions..];
    let Some(first) = rest.first() else {
        return (0, 0);
    };
    if rest.len() < 2 {
        return (captions, 0);
    }
    if is_header(first, &rest[1..]) {
        return (captions, 1);
    }
    // A group row ("Price | Price") above the names of the columns.
    let grouped = first
        .windows(2)
        .any(|pair| !pair[0].is_empty() && pair[0] == pair[1]);
    if grouped
        && rest.len() > 2
        && first.iter().all(|cell| !is_value(cell))
        && is_header(&rest[1], &rest[2..])
    {
        return (captions, 2);
    }
    (captions, 0)
}

/// Longest text taken for a column's name.
const LONGEST_NAME: usize = 60;

fn is_header(first: &[String], below: &[Row]) -> bool {
    let filled = first.iter().filter(|cell| !cell.is_empty()).count();
    let is_name =
        |cell: &String| (!is_value(cell) || is_year(cell)) && cell.chars().count() <= LONGEST_NAME;
    let named =
        first.iter().all(is_name) && first.iter().any(|cell| !cell.is_empty() && !is_year(cell));
    let distinct = first
        .iter()
        .enumerate()
        .all(|(column, cell)| cell.is_empty() || !first[..column].contains(cell));
    if filled < 2 || filled + 1 < first.len() || !named || !distinct {
        return false;
    }
    let sample = &below[..below.len().min(50)];
    let has_values = sample.iter().flatten().any(|cell| is_value(cell));
    // Among texts only, the first row is a header unless its words come back below.
    let repeated = |(column, cell): (usize, &String)| {
        !cell.is_empty() && sample.iter().any(|row| row.get(column) == Some(cell))
    };
    has_values || (sample.len() >= 2 && !first.iter().enumerate().any(repeated))
}

/// A number, price, percentage, date or time ("32 SAR", "$4.50", "9:00 AM"): what stands in a table's body.
pub(crate) fn is_value(cell: &str) -> bool {
    let letters = cell.chars().filter(|c| c.is_alphabetic()).count();
    let starts = cell.trim_start_matches(|c: char| !c.is_alphanumeric());
    let number_first = starts.starts_with(char::is_numeric);
    let code_first = starts
        .split_once([' ', '\u{A0}'])
        .is_some_and(|(code, rest)| {
            code.chars().all(char::is_uppercase)
                && code.len() == 3
                && rest.starts_with(char::is_numeric)
        });
    letters <= 4 && (number_first || code_first) && cell.chars().count() <= 30
}

/// A year names a column as often as it fills one.
fn is_year(cell: &str) -> bool {
    cell.len() == 4 && cell.parse().is_ok_and(|year| (1900..2100).contains(&year))
}

/// Several header rows become one: the distinct texts of each column, top to bottom.
fn combine(rows: &[Row]) -> Row {
    let Some(first) = rows.first() else {
        return Row::new();
    };
    (0..first.len())
        .map(|column| {
            let mut parts: Vec<&str> = Vec::new();
            for row in rows {
                let part = row[column].as_str();
                if !part.is_empty() && parts.last() != Some(&part) {
                    parts.push(part);
                }
            }
            parts.join(" ")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(rows: &[&[&str]], header: Header) -> Vec<String> {
        let rows = rows
            .iter()
            .map(|row| row.iter().map(ToString::to_string).collect())
            .collect();
        let blocks = blocks(rows, header).unwrap();
        blocks.into_iter().map(|block| block.text).collect()
    }

    #[test]
    fn a_row_names_its_columns() {
        let rows: &[&[&str]] = &[
            &["Dish", "Diet", "Price (SAR)"],
            &["Falafel plate", "vegan", "32"],
        ];
        assert_eq!(
            texts(rows, Header::Unknown),
            ["Dish: Falafel plate | Diet: vegan | Price (SAR): 32"]
        );
    }

    #[test]
    fn without_a_header_cells_stand_alone() {
        let rows: &[&[&str]] = &[
            &["Falafel plate", "vegan", "32 SAR"],
            &["Soup", "vegan", "18 SAR"],
        ];
        assert_eq!(
            texts(rows, Header::Unknown),
            ["Falafel plate | vegan | 32 SAR", "Soup | vegan | 18 SAR"]
        );
    }

    #[test]
    fn captions_sections_and_group_headers() {
        let rows: &[&[&str]] = &[
            &["Menu 2024", "Menu 2024", "Menu 2024"],
            &["Dish", "Price", "Price"],
            &["Dish", "small", "large"],
            &["Starters", "", ""],
            &["Soup", "12", "18"],
        ];
        assert_eq!(
            texts(rows, Header::Unknown),
            [
                "Menu 2024",
                "Starters",
                "Dish: Soup | Price small: 12 | Price large: 18"
            ]
        );
    }

    #[test]
    fn values_and_names() {
        for value in [
            "32",
            "32 SAR",
            "SAR 32",
            "$4.50",
            "15%",
            "2024-03-05",
            "9:00 AM",
            "-5",
            "٣٢ ريال",
        ] {
            assert!(is_value(value), "{value}");
        }
        for name in [
            "Q1",
            "Menu 2024",
            "Room 5",
            "Price (SAR)",
            "",
            "12 ounces of rice",
        ] {
            assert!(!is_value(name), "{name}");
        }
    }

    #[test]
    fn a_lone_header_is_kept() {
        assert_eq!(
            texts(&[&["Dish", "Price"]], Header::Rows(1)),
            ["Dish | Price"]
        );
    }
}
