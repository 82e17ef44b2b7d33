//! Spreadsheets: each visible sheet is a heading and the tables that stand on it.
//!
//! What must stay true: cells are taken one by one where the format allows it, since a sheet with cells at
//! A1 and XFD1048576 is 1.4 KB on disk and 17 thousand million cells as a rectangle; hidden sheets stay
//! hidden, with a note.

mod book;
mod cells;
mod number_format;
mod shown;

use calamine::{SheetType, SheetVisible};

use crate::knowledge::block::{Block, MediaType};

use super::error::Error;
use super::table::{self, Header, Row};
use super::{Parsed, archive};
use book::{Book, SheetError};
use cells::{Cells, Filled};

pub(crate) fn read(bytes: &[u8], media_type: MediaType) -> Result<Parsed, Error> {
    if media_type != MediaType::Xls {
        archive::inspect(bytes, media_type)?;
    }
    let mut book = Book::open(bytes, media_type)?;
    let mut parsed = Parsed::default();
    let mut filled = 0;
    let mut failed = 0;
    for sheet in book.sheets() {
        if sheet.typ != SheetType::WorkSheet {
            continue;
        }
        if sheet.visible != SheetVisible::Visible {
            parsed
                .notes
                .push(format!("The hidden sheet “{}” was skipped.", sheet.name));
            continue;
        }
        match book.cells(&sheet.name, &mut filled) {
            Ok(cells) if cells.is_empty() => {}
            Ok(cells) => {
                parsed.blocks.push(Block::heading(1, sheet.name));
                parsed.blocks.extend(tables(cells)?);
            }
            Err(SheetError::Full) => return Err(Error::too_large("1,000,000 filled cells")),
            Err(SheetError::Broken) => {
                failed += 1;
                parsed.notes.push(format!(
                    "The sheet “{}” is damaged and was skipped.",
                    sheet.name
                ));
            }
        }
    }
    if parsed.blocks.is_empty() && failed > 0 {
        return Err(Error::Corrupt { media_type });
    }
    Ok(parsed)
}

/// Blank rows part tables; a lone row of names before a blank row is the next table's header.
fn tables(cells: Cells) -> Result<Vec<Block>, Error> {
    let mut blocks = Vec::new();
    let mut region: Vec<Filled> = Vec::new();
    let mut last = None;
    for (row, filled) in cells.into_rows() {
        let parted = last.is_some_and(|last: u32| row - last > 1);
        let lone_header =
            matches!(region.as_slice(), [only] if only.len() > 1 && same_columns(only, &filled));
        if parted && !lone_header {
            blocks.extend(table(std::mem::take(&mut region))?);
        }
        region.push(filled);
        last = Some(row);
    }
    blocks.extend(table(region)?);
    Ok(blocks)
}

fn same_columns(header: &Filled, below: &Filled) -> bool {
    let named = |column: u32| header.iter().any(|(at, _)| *at == column);
    header.iter().all(|(_, cell)| !table::is_value(cell))
        && below.iter().all(|(column, _)| named(*column))
}

fn table(region: Vec<Filled>) -> Result<Vec<Block>, Error> {
    let columns = cells::columns(region.iter());
    if columns.len().saturating_mul(region.len()) > super::limits::MAX_TABLE_AREA {
        return Err(Error::too_large("4,000,000 cells in one table"));
    }
    let rows = region.into_iter().map(|filled| {
        let mut row = Row::with_capacity(columns.len());
        for (column, text) in filled {
            let at = columns.partition_point(|known| *known < column);
            row.resize(at, String::new());
            row.push(text);
        }
        row
    });
    table::blocks(rows.collect(), Header::Unknown)
}
