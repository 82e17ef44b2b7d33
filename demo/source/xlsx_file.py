"""Writes a workbook: one title-less sheet per table, a frozen header row, numbers as numbers with a format."""

from pathlib import Path
from typing import NamedTuple

from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter

from .office_zip import fix_times

MONEY = '#,##0.00" SAR"'
PERCENT = "0%"


class Sheet(NamedTuple):
    name: str
    header: list[str]
    rows: list[list[object]]
    formats: dict[str, str]  # column title -> number format


def write(path: Path, sheets: list[Sheet]) -> None:
    """Writes `sheets` to `path`, in order."""
    book = Workbook()
    book.remove(book.active)
    for sheet in sheets:
        _fill(book.create_sheet(sheet.name), sheet)
    book.save(path)
    fix_times(path)


def _fill(page, sheet: Sheet) -> None:
    page.append(sheet.header)
    for row in sheet.rows:
        page.append(row)
    page.freeze_panes = "A2"
    for cell in page[1]:
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", fgColor="8A3B12")
    for index, title in enumerate(sheet.header, start=1):
        cells = [row[index - 1] for row in sheet.rows]
        page.column_dimensions[get_column_letter(index)].width = max(len(str(cell)) for cell in [title, *cells]) + 3
        if title in sheet.formats:
            for row in range(2, len(sheet.rows) + 2):
                page.cell(row, index).number_format = sheet.formats[title]
