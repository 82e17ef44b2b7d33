//! HTML tables as grids: spans are filled, `th` rows are headers, layout tables are told from data.
//!
//! What must stay true: spans are bounded, so `colspan=100000000` costs nothing.

use std::ops::Deref;

use scraper::node::Element;
use scraper::{ElementRef, Node};

use crate::knowledge::block::Block;
use crate::knowledge::parse::error::Error;
use crate::knowledge::parse::limits::MAX_CELLS;
use crate::knowledge::parse::table::{self, Header, Row};

/// Longest span obeyed, as browsers do.
const MAX_SPAN: usize = 1000;

/// A node of the tree; the crate that defines it is reached through scraper's element type.
pub(super) type NodeRef<'a> = <ElementRef<'a> as Deref>::Target;

/// A table of records, as opposed to one that only arranges a page.
pub(super) fn is_data(table: NodeRef<'_>) -> bool {
    let mut widest = 0;
    for node in table.descendants().skip(1) {
        match name(node) {
            "table" | "h1" | "h2" => return false,
            "tr" => {
                widest = widest.max(
                    node.children()
                        .filter(|cell| matches!(name(*cell), "td" | "th"))
                        .count(),
                )
            }
            _ => {}
        }
    }
    let presentation =
        element(table).is_some_and(|e| matches!(e.attr("role"), Some("presentation" | "none")));
    widest > 1 && !presentation
}

pub(super) fn blocks(node: NodeRef<'_>) -> Result<Vec<Block>, Error> {
    let mut rows: Vec<Row> = Vec::new();
    let mut below: Vec<Carried> = Vec::new();
    let mut headers = 0;
    let mut cells = 0;
    let mut out = Vec::new();
    for tr in node.descendants().filter(|node| name(*node) == "tr") {
        let (row, is_header) = read_row(tr, &mut below);
        cells += row.len();
        if cells > MAX_CELLS {
            return Err(Error::too_large("1,000,000 cells"));
        }
        if is_header && headers == rows.len() {
            headers += 1;
        }
        rows.push(row);
    }
    if let Some(caption) = node.children().find(|child| name(*child) == "caption") {
        out.push(Block::paragraph(text(caption)));
    }
    let header = if headers == 0 {
        Header::Unknown
    } else {
        Header::Rows(headers)
    };
    out.extend(table::blocks(rows, header)?);
    Ok(out)
}

/// A cell that reaches into rows below.
#[derive(Clone, Default)]
struct Carried {
    text: String,
    rows: usize,
}

fn read_row(tr: NodeRef<'_>, below: &mut Vec<Carried>) -> (Row, bool) {
    let mut row = Row::new();
    let mut header = tr.parent().is_some_and(|parent| name(parent) == "thead");
    let (mut th, mut td) = (0, 0);
    for cell in tr
        .children()
        .filter(|cell| matches!(name(*cell), "td" | "th"))
    {
        take_carried(&mut row, below);
        if name(cell) == "th" {
            th += 1
        } else {
            td += 1
        }
        let text = text(cell);
        let (columns, rows) = (span(cell, "colspan"), span(cell, "rowspan"));
        for _ in 0..columns {
            let column = row.len();
            if below.len() <= column {
                below.resize(column + 1, Carried::default());
            }
            if rows > 1 {
                below[column] = Carried {
                    text: text.clone(),
                    rows: rows - 1,
                };
            }
            row.push(text.clone());
        }
    }
    take_carried(&mut row, below);
    header |= th > 0 && td == 0;
    (row, header)
}

fn take_carried(row: &mut Row, below: &mut [Carried]) {
    while let Some(carried) = below.get_mut(row.len()).filter(|carried| carried.rows > 0) {
        carried.rows -= 1;
        row.push(carried.text.clone());
    }
}

fn span(cell: NodeRef<'_>, attribute: &str) -> usize {
    let span = element(cell)
        .and_then(|e| e.attr(attribute))
        .and_then(|value| value.trim().parse().ok());
    span.unwrap_or(1).clamp(1, MAX_SPAN)
}

pub(super) fn text(node: NodeRef<'_>) -> String {
    let mut out = String::new();
    for node in node.descendants() {
        match node.value() {
            Node::Text(text) => out.push_str(text),
            Node::Element(_) => out.push(' '),
            Node::Document
            | Node::Fragment
            | Node::Doctype(_)
            | Node::Comment(_)
            | Node::ProcessingInstruction(_) => {}
        }
    }
    out
}

fn element(node: NodeRef<'_>) -> Option<&Element> {
    node.value().as_element()
}

fn name(node: NodeRef<'_>) -> &str {
    element(node).map_or("", Element::name)
}
