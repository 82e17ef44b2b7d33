//! The cells of a sheet, whichever of four formats it is in.
//!
//! What must stay true: filled cells are counted over the whole workbook while they are taken; a merged
//! cell counts for every cell it covers, bounded by the rows and columns the sheet uses.

use std::io::Cursor;

use calamine::{
    Data, Dimensions, Ods, OdsError, Reader, Sheet, Xls, XlsError, Xlsb, XlsbError, Xlsx, XlsxError,
};

use super::cells::Cells;
use super::shown::shown;
use crate::knowledge::block::MediaType;
use crate::knowledge::parse::error::Error;
use crate::knowledge::parse::limits::MAX_CELLS;

type Source<'a> = Cursor<&'a [u8]>;

pub(super) enum Book<'a> {
    Xlsx(Box<Xlsx<Source<'a>>>),
    Xlsb(Box<Xlsb<Source<'a>>>),
    Xls(Box<Xls<Source<'a>>>),
    Ods(Box<Ods<Source<'a>>>),
}

pub(super) enum SheetError {
    Full,
    Broken,
}

impl<'a> Book<'a> {
    pub(super) fn open(bytes: &'a [u8], media_type: MediaType) -> Result<Self, Error> {
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
            MediaType::Xlsx => Self::Xlsx(Box::new(
                Xlsx::new(source).map_err(|error| refuse(matches!(error, XlsxError::Password)))?,
            )),
            MediaType::Pdf
            | MediaType::Docx
            | MediaType::Doc
            | MediaType::Odt
            | MediaType::Rtf
            | MediaType::Pptx
            | MediaType::Ppt
            | MediaType::Epub
            | MediaType::Zip
            | MediaType::Email
            | MediaType::Csv
            | MediaType::Tsv
            | MediaType::Text
            | MediaType::Markdown
            | MediaType::Html => return Err(refuse(false)),
        })
    }

    pub(super) fn sheets(&self) -> Vec<Sheet> {
        match self {
            Self::Xlsx(book) => book.sheets_metadata().to_vec(),
            Self::Xlsb(book) => book.sheets_metadata().to_vec(),
            Self::Xls(book) => book.sheets_metadata().to_vec(),
            Self::Ods(book) => book.sheets_metadata().to_vec(),
        }
    }

    pub(super) fn cells(&mut self, name: &str, filled: &mut usize) -> Result<Cells, SheetError> {
        let mut sheet = Filling {
            cells: Cells::default(),
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
        self.cells.put(row, column, text);
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
        let columns = self.cells.columns();
        for area in merged {
            let Some(text) = self
                .cells
                .get(area.start.0, area.start.1)
                .map(str::to_owned)
            else {
                continue;
            };
            if area.end.0 < area.start.0 || area.end.1 < area.start.1 {
                continue;
            }
            let covered = |column: &&u32| (area.start.1..=area.end.1).contains(*column);
            for row in self.cells.rows(area.start.0..=area.end.0) {
                for column in columns.iter().filter(covered) {
                    if self.cells.get(row, *column).is_none() {
                        self.put((row, *column), text.clone())?;
                    }
                }
            }
        }
        Ok(())
    }
}
