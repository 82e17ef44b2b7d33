"""Writes a policy as DOCX: real heading styles, lists and tables with a header row."""

from pathlib import Path
from typing import NamedTuple

import docx
from docx.oxml import OxmlElement

from .office_zip import fix_times


class Heading(NamedTuple):
    text: str
    level: int = 1


class Bullets(NamedTuple):
    items: list[str]


class Table(NamedTuple):
    header: list[str]
    rows: list[list[str]]


class Policy(NamedTuple):
    title: str
    author: str
    blocks: list[str | Heading | Bullets | Table]  # a plain string is a paragraph


def write(path: Path, policy: Policy) -> None:
    """Writes `policy` to `path`."""
    document = docx.Document()
    document.core_properties.title = policy.title
    document.core_properties.author = policy.author
    document.core_properties.comments = ""
    document.add_heading(policy.title, level=0)
    for block in policy.blocks:
        match block:
            case Heading():
                document.add_heading(block.text, level=block.level)
            case Bullets():
                for item in block.items:
                    document.add_paragraph(item, style="List Bullet")
            case Table():
                _table(document, block)
            case _:
                document.add_paragraph(block)
    document.save(path)
    fix_times(path)


def _table(document, block: Table) -> None:
    table = document.add_table(rows=0, cols=len(block.header), style="Light Grid Accent 1")
    for row in [block.header, *block.rows]:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    repeat = OxmlElement("w:tblHeader")
    table.rows[0]._tr.get_or_add_trPr().append(repeat)
    document.add_paragraph()
