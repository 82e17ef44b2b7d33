//! Spreadsheets: each visible sheet is a heading and the tables that stand on it.
//!
//! What must stay true: cells are taken one by one where the format allows it, since a sheet with cells at
//! A1 and XFD1048576 is 1.4 KB on disk and 17 thousand million cells as a rectangle; hidden sheets stay
//! hidden, with a note; merged cells count for every cell they cover, bounded by what the sheet uses.

use std::collections::BTreeMap;
use std::io::Cursor;

use calamine::{
    Data, DataRef, DataType, Dimensions, Ods, OdsError, Reader, Sheet, SheetType, SheetVisible,
    Xls, XlsError, Xlsb, XlsbError, Xlsx, XlsxError,
};

use crate::knowledge::block::{Block, MediaType};

use super::error::Error;
use super::limits::MAX_CELLS;
use super::table::{self, Header, Row};
use super::{Parsed, archive, number_format};

type Source<'a> = Cursor<&'a [u8]>;
/// Filled cells by row, then column.
type Cells = BTreeMap<u32, BTreeMap<u32, String>>;

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
                parsed.blocks.extend(tables(&cells)?);
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

enum Book<'a> {
    Xlsx(Box<Xlsx<Source<'a>>>),
    Xlsb(Box<Xlsb<Source<'a>>>),
    Xls(Box<Xls<Source<'a>>>),
    Ods(Box<Ods<Source<'a>>>),
}

enum SheetError {
    Full,
    Broken,
}

impl<'a> Book<'a> {
    fn open(bytes: &'a [u8], media_type: MediaType) -> Result<Self, Error> {
        let source = Cursor::new(bytes);
        let refuse = |protected: bool| {
            if protected {
                Error::Encrypted { media_type }
            } else {
                Error::Corrupt { media_type }
            }
        };
        Ok(match media_type {
            MediaType::Xlsb => Self::Xlsb(Box::new(
                Xlsb::new(source).map_err(|error| refuse(matches!(error, XlsbError::Password)))?,
            )),
            MediaType::Xls => Self::Xls(Box::new(
                Xls::new(source).map_err(|error| refuse(matches!(error, XlsError::Password)))?,
            )),
            MediaType::Ods => Self::Ods(Box::new(
                Ods::new(source).map_err(|error| refuse(matches!(error, OdsError::Password)))?,
            )),
            _ => Self::Xlsx(Box::new(
                Xlsx::new(source).map_err(|error| refuse(matches!(error, XlsxError::Password)))?,
            )),
        })
    }

    fn sheets(&self) -> Vec<Sheet> {
        match self {
            Self::Xlsx(book) => book.sheets_metadata().to_vec(),
            Self::Xlsb(book) => book.sheets_metadata().to_vec(),
            Self::Xls(book) => book.sheets_metadata().to_vec(),
            Self::Ods(book) => book.sheets_metadata().to_vec(),
        }
    }

    fn cells(&mut self, name: &str, filled: &mut usize) -> Result<Cells, SheetError> {
        let mut sheet = Filling {
            cells: Cells::new(),
            filled,
        };
        match self {
            Self::Xlsx(book) => sheet.xlsx(book, name)?,
            Self::Xlsb(book) => {
                let mut reader = book
                    .worksheet_cells_reader(name)
                    .map_err(|_| SheetError::Broken)?;
                while let Some(cell) = reader.next_cell().map_err(|_| SheetError::Broken)? {
                    sheet.put(cell.get_position(), shown(cell.get_value(), None))?;
                }
            }
            Self::Xls(book) => {
                sheet.range(&book.worksheet_range(name).map_err(|_| SheetError::Broken)?)?;
                sheet.merge(&book.merge_cells_by_sheet_name(name).unwrap_or_default())?;
            }
            Self::Ods(book) => {
                sheet.range(&book.worksheet_range(name).map_err(|_| SheetError::Broken)?)?;
            }
        }
        Ok(sheet.cells)
    }
}

/// Cells being collected; `filled` counts over the whole workbook.
struct Filling<'a> {
    cells: Cells,
    filled: &'a mut usize,
}

impl Filling<'_> {
    fn xlsx(&mut self, book: &mut Xlsx<Source<'_>>, name: &str) -> Result<(), SheetError> {
        {
            let mut reader = book
                .worksheet_cells_reader(name)
                .map_err(|_| SheetError::Broken)?;
            while let Some((cell, style)) = reader
                .next_cell_with_style_id()
                .map_err(|_| SheetError::Broken)?
            {
                let format = reader
                    .styles()
                    .get(style)
                    .and_then(|style| style.number_format.as_ref());
                let code = format.map(|format| format.format_code.as_str());
                self.put(cell.get_position(), shown(cell.get_value(), code))?;
            }
        }
        // A sheet whose merges can't be read is a sheet without merges.
        self.merge(&book.merge_cells_by_sheet_name(name).unwrap_or_default())
    }

    fn put(&mut self, (row, column): (u32, u32), text: String) -> Result<(), SheetError> {
        if text.trim().is_empty() {
            return Ok(());
        }
        *self.filled += 1;
        if *self.filled > MAX_CELLS {
            return Err(SheetError::Full);
        }
        self.cells.entry(row).or_default().insert(column, text);
        Ok(())
    }

    fn range(&mut self, range: &calamine::Range<Data>) -> Result<(), SheetError> {
        let (top, left) = range.start().unwrap_or_default();
        for (row, column, value) in range.used_cells() {
            let place = |offset: usize, from: u32| {
                from.saturating_add(u32::try_from(offset).unwrap_or(u32::MAX))
            };
            self.put((place(row, top), place(column, left)), shown(value, None))?;
        }
        Ok(())
    }

    /// Repeats a merged cell's text in each used row and column it covers.
    fn merge(&mut self, merged: &[Dimensions]) -> Result<(), SheetError> {
        let columns: Vec<u32> = {
            let mut columns: Vec<u32> = self
                .cells
                .values()
                .flat_map(BTreeMap::keys)
                .copied()
                .collect();
            columns.sort_unstable();
            columns.dedup();
            columns
        };
        for area in merged {
            let Some(text) = self
                .cells
                .get(&area.start.0)
                .and_then(|row| row.get(&area.start.1))
                .cloned()
            else {
                continue;
            };
            if area.end.0 < area.start.0 || area.end.1 < area.start.1 {
                continue;
            }
            let rows: Vec<u32> = self
                .cells
                .range(area.start.0..=area.end.0)
                .map(|(row, _)| *row)
                .collect();
            let covered = |column: &&u32| (area.start.1..=area.end.1).contains(*column);
            for row in rows {
                for column in columns.iter().filter(covered) {
                    if self
                        .cells
                        .get(&row)
                        .is_none_or(|row| !row.contains_key(column))
                    {
                        self.put((row, *column), text.clone())?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// A cell's text as the sheet shows it. Errors (#N/A) show nothing worth finding.
fn shown(value: &(impl DataType + Shown), code: Option<&str>) -> String {
    if let Some(date) = value.date() {
        return number_format::date(&date, code);
    }
    if let Some(text) = value.get_string() {
        return text.trim().to_owned();
    }
    if let Some(number) = value
        .get_float()
        .or_else(|| value.get_int().map(|whole| whole as f64))
    {
        return number_format::number(number, code.unwrap_or("General"));
    }
    if let Some(truth) = value.get_bool() {
        return if truth { "TRUE" } else { "FALSE" }.to_owned();
    }
    if let Some(iso) = value.get_datetime_iso() {
        return iso.trim_end_matches("T00:00:00").replace('T', " ");
    }
    value
        .get_duration_iso()
        .map(|iso| clock(&iso))
        .unwrap_or_default()
}

/// `PT36H00M10S` as 36:00:10, how OpenDocument writes times of day and durations.
fn clock(iso: &str) -> String {
    let Some(rest) = iso.strip_prefix("PT") else {
        return iso.to_owned();
    };
    let parts: Vec<&str> = rest.split(['H', 'M', 'S', '.', ',']).collect();
    match parts.as_slice() {
        [hours, minutes, seconds, ..] => format!("{hours}:{minutes}:{seconds}"),
        _ => iso.to_owned(),
    }
}

/// The one accessor the two value types share under different names.
trait Shown {
    fn date(&self) -> Option<calamine::ExcelDateTime>;
}

impl Shown for Data {
    fn date(&self) -> Option<calamine::ExcelDateTime> {
        match self {
            Self::DateTime(date) => Some(*date),
            _ => None,
        }
    }
}

impl Shown for DataRef<'_> {
    fn date(&self) -> Option<calamine::ExcelDateTime> {
        match self {
            Self::DateTime(date) => Some(*date),
            _ => None,
        }
    }
}

/// Blank rows part tables; a lone row of names before a blank row is the next table's header.
fn tables(cells: &Cells) -> Result<Vec<Block>, Error> {
    let mut blocks = Vec::new();
    let mut region: Vec<&BTreeMap<u32, String>> = Vec::new();
    let mut last = None;
    for (row, filled) in cells {
        let parted = last.is_some_and(|last: u32| row - last > 1);
        let lone_header =
            matches!(region.as_slice(), [only] if only.len() > 1 && same_columns(only, filled));
        if parted && !lone_header {
            blocks.extend(table(&region)?);
            region.clear();
        }
        region.push(filled);
        last = Some(*row);
    }
    blocks.extend(table(&region)?);
    Ok(blocks)
}

fn same_columns(header: &BTreeMap<u32, String>, below: &BTreeMap<u32, String>) -> bool {
    header.values().all(|cell| !table::is_value(cell))
        && below.keys().all(|column| header.contains_key(column))
}

fn table(region: &[&BTreeMap<u32, String>]) -> Result<Vec<Block>, Error> {
    let mut columns: Vec<u32> = region.iter().flat_map(|row| row.keys()).copied().collect();
    columns.sort_unstable();
    columns.dedup();
    if columns.len().saturating_mul(region.len()) > super::limits::MAX_TABLE_AREA {
        return Err(Error::too_large("4,000,000 cells in one table"));
    }
    let rows = region
        .iter()
        .map(|row| {
            columns
                .iter()
                .map(|column| row.get(column).cloned().unwrap_or_default())
                .collect::<Row>()
        })
        .collect();
    table::blocks(rows, Header::Unknown)
}
