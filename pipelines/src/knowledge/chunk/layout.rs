//! The document as one text, and its blocks gathered under their headings.

use std::ops::Range;

use super::{HEADING_SEPARATOR, SPECIAL_TOKENS, unit::Ruler};
use crate::knowledge::block::{Block, BlockKind, ParsedDocument};

/// The share of a passage's tokens that its heading path may take: one in four.
const HEADING_SHARE: usize = 4;

/// Blocks that stand under the same headings.
pub(super) struct Section<'a> {
    /// Outermost first; short enough to leave room for text.
    pub(super) heading: Vec<String>,
    pub(super) blocks: Vec<Placed<'a>>,
}

/// A block and where its text lies in the document's text.
#[derive(Clone)]
pub(super) struct Placed<'a> {
    pub(super) block: &'a Block,
    pub(super) range: Range<usize>,
}

/// Every block on a line of its own.
pub(super) fn text(document: &ParsedDocument) -> String {
    let texts: Vec<&str> = document
        .blocks
        .iter()
        .map(|block| block.text.as_str())
        .collect();
    texts.join("\n")
}

/// The sections of `document`. A heading that no section's path shows is itself the text of one.
pub(super) fn sections<'a>(document: &'a ParsedDocument, ruler: &Ruler<'_>) -> Vec<Section<'a>> {
    let mut stack: Vec<Open<'a>> = Vec::new();
    let mut sections: Vec<Section<'a>> = Vec::new();
    let mut body: Vec<Placed<'a>> = Vec::new();
    let mut start = 0;
    for block in &document.blocks {
        let placed = Placed {
            block,
            range: start..start + block.text.len(),
        };
        start = placed.range.end + 1;
        match level(block).filter(|_| fits_a_path(&block.text, ruler)) {
            // A section of nothing but white space would hide its heading.
            None if block.text.trim().is_empty() => {}
            None => body.push(placed),
            Some(level) => {
                close(&mut sections, &mut body, &mut stack, ruler);
                while stack.last().is_some_and(|open| open.level >= level) {
                    drop_heading(&mut sections, &mut stack, ruler);
                }
                stack.push(Open {
                    level,
                    placed,
                    shown: false,
                });
            }
        }
    }
    close(&mut sections, &mut body, &mut stack, ruler);
    while !stack.is_empty() {
        drop_heading(&mut sections, &mut stack, ruler);
    }
    sections
}

/// A heading whose section is being read.
struct Open<'a> {
    level: u8,
    placed: Placed<'a>,
    /// Whether a section's path holds it.
    shown: bool,
}

fn level(block: &Block) -> Option<u8> {
    match block.kind {
        BlockKind::Heading { level } => Some(level),
        BlockKind::Paragraph
        | BlockKind::ListItem { .. }
        | BlockKind::TableRow { .. }
        | BlockKind::Code => None,
    }
}

/// A "heading" too long for a path is a paragraph in large type.
fn fits_a_path(text: &str, ruler: &Ruler<'_>) -> bool {
    ruler.tokens(text) <= heading_budget(ruler)
        && text.len() <= ruler.limits.max_bytes / HEADING_SHARE
}

fn heading_budget(ruler: &Ruler<'_>) -> usize {
    ruler.limits.max_tokens.saturating_sub(SPECIAL_TOKENS) / HEADING_SHARE
}

/// Ends the section being read.
fn close<'a>(
    sections: &mut Vec<Section<'a>>,
    body: &mut Vec<Placed<'a>>,
    stack: &mut [Open<'a>],
    ruler: &Ruler<'_>,
) {
    if body.is_empty() {
        return;
    }
    let heading = path(stack, ruler);
    sections.push(Section {
        heading,
        blocks: std::mem::take(body),
    });
}

/// Ends the innermost heading; one that was never shown becomes a text of its own.
fn drop_heading<'a>(sections: &mut Vec<Section<'a>>, stack: &mut Vec<Open<'a>>, ruler: &Ruler<'_>) {
    let Some(open) = stack.pop() else { return };
    if !open.shown {
        let heading = path(stack, ruler);
        sections.push(Section {
            heading,
            blocks: vec![open.placed],
        });
    }
}

/// The innermost headings that fit, marked as shown.
fn path(stack: &mut [Open<'_>], ruler: &Ruler<'_>) -> Vec<String> {
    let separator = ruler.tokens(HEADING_SEPARATOR);
    let (mut tokens, mut bytes) = (0, 0);
    let mut path: Vec<String> = Vec::new();
    for open in stack.iter_mut().rev() {
        let text = &open.placed.block.text;
        tokens += ruler.tokens(text) + separator;
        bytes += text.len();
        if !path.is_empty()
            && (tokens > heading_budget(ruler) || bytes > ruler.limits.max_bytes / HEADING_SHARE)
        {
            break;
        }
        open.shown = true;
        path.insert(0, text.clone());
    }
    path
}
