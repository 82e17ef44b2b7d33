//! Web pages: headings, paragraphs, lists and tables, without scripts, menus and footers.
//!
//! What must stay true: the tree is walked without recursion; text outside any known element still counts.

mod flatten;
mod grid;
mod mark;

use scraper::node::Element;
use scraper::{Html, Node};

use crate::knowledge::block::{Block, BlockKind};

use super::Parsed;
use super::error::Error;
use grid::NodeRef;
pub(crate) use mark::Marks;

/// What a page says to crawlers, and where it leads.
pub(crate) fn marks(bytes: &[u8]) -> Result<Marks, Error> {
    let text = super::text::decode(&declared_encoding(bytes))?;
    Ok(mark::of(&text))
}

pub(crate) fn read(bytes: &[u8]) -> Result<Parsed, Error> {
    let text = super::text::decode(&declared_encoding(bytes))?;
    let document = Html::parse_document(&flatten::flatten(&text)?);
    let mut walk = Walk::default();
    walk.tree(&document)?;
    let title = walk
        .title
        .or_else(|| super::markdown::first_heading(&walk.blocks));
    Ok(Parsed {
        title,
        blocks: walk.blocks,
        ..Parsed::default()
    })
}

/// Blocks of a piece of HTML inside another format.
pub(crate) fn fragment(html: &str) -> Result<Vec<Block>, Error> {
    let mut walk = Walk::default();
    walk.tree(&Html::parse_document(&flatten::flatten(html)?))?;
    Ok(walk.blocks)
}

/// Decodes by `<meta charset>` when the bytes are neither marked nor UTF-8.
fn declared_encoding(bytes: &[u8]) -> std::borrow::Cow<'_, [u8]> {
    let marked =
        encoding_rs::Encoding::for_bom(bytes).is_some() || std::str::from_utf8(bytes).is_ok();
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(2048)]).to_ascii_lowercase();
    let label = head.split("charset=").nth(1).map(|rest| {
        rest.trim_start_matches(['"', '\''])
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || "-_:".contains(*c))
            .collect::<String>()
    });
    match label.and_then(|label| encoding_rs::Encoding::for_label(label.as_bytes())) {
        Some(encoding) if !marked => encoding.decode(bytes).0.into_owned().into_bytes().into(),
        _ => bytes.into(),
    }
}

#[derive(Default)]
struct Walk {
    blocks: Vec<Block>,
    title: Option<String>,
    text: String,
    kind: Option<BlockKind>,
    /// The lists around, outermost first, with the next number of ordered ones.
    lists: Vec<Option<u32>>,
    /// Length of the number an item's text starts with.
    item_start: usize,
    preformatted: u32,
}

impl Walk {
    fn tree(&mut self, document: &Html) -> Result<(), Error> {
        let mut next = document.tree.root().first_child();
        while let Some(node) = next {
            let descend = match node.value() {
                Node::Text(text) => {
                    self.push_text(text);
                    false
                }
                Node::Element(element) if is_skipped(element) => false,
                Node::Element(element) if element.name() == "title" => {
                    let title = grid::text(node);
                    self.title.get_or_insert(title);
                    false
                }
                Node::Element(element) if element.name() == "table" && grid::is_data(node) => {
                    self.flush();
                    self.blocks.extend(grid::blocks(node)?);
                    false
                }
                Node::Element(element) => {
                    self.open(element);
                    true
                }
                Node::Document | Node::Fragment => true,
                Node::Doctype(_) | Node::Comment(_) | Node::ProcessingInstruction(_) => false,
            };
            next = node
                .first_child()
                .filter(|_| descend)
                .or_else(|| self.climb(node, descend));
        }
        self.flush();
        Ok(())
    }

    /// The next node after `node` and its children, closing elements on the way up.
    fn climb<'a>(&mut self, node: NodeRef<'a>, entered: bool) -> Option<NodeRef<'a>> {
        let mut node = node;
        let mut entered = entered;
        loop {
            if let (true, Node::Element(element)) = (entered, node.value()) {
                self.close(element);
            }
            if let Some(sibling) = node.next_sibling() {
                return Some(sibling);
            }
            node = node.parent()?;
            entered = true;
        }
    }

    fn push_text(&mut self, text: &str) {
        if self.preformatted > 0 {
            self.text.push_str(text);
            return;
        }
        for word in text.split_inclusive(char::is_whitespace) {
            if word.trim().is_empty() {
                if !self.text.is_empty() && !self.text.ends_with(char::is_whitespace) {
                    self.text.push(' ');
                }
            } else {
                self.text.push_str(word.trim_end());
                if word.ends_with(char::is_whitespace) {
                    self.text.push(' ');
                }
            }
        }
    }

    fn open(&mut self, element: &Element) {
        match element.name() {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                let level = element.name().as_bytes()[1] - b'0';
                self.begin(BlockKind::Heading { level });
            }
            "ul" | "ol" | "menu" => {
                self.flush();
                let first = element
                    .attr("start")
                    .and_then(|start| start.parse().ok())
                    .unwrap_or(1);
                self.lists.push((element.name() == "ol").then_some(first));
            }
            "li" => {
                let depth = u8::try_from(self.lists.len().saturating_sub(1)).unwrap_or(u8::MAX);
                self.begin(BlockKind::ListItem { depth });
                if let Some(Some(number)) = self.lists.last_mut() {
                    self.text = format!("{number}. ");
                    self.item_start = self.text.len();
                    *number = number.saturating_add(1);
                }
            }
            "pre" => {
                self.begin(BlockKind::Code);
                self.preformatted += 1;
            }
            "br" => self.text.push('\n'),
            // A definition's term leads its description.
            "dd" if !self.text.trim().is_empty() => {
                let term = self.text.trim().trim_end_matches(':').len();
                self.text
                    .truncate(term + (self.text.len() - self.text.trim_start().len()));
                self.text.push_str(": ");
            }
            "p" | "div" | "section" | "article" if self.in_empty_item() => {}
            "img" | "html" | "body" | "head" => {}
            "td" | "th" if !self.text.is_empty() => self.text.push(' '),
            _ => self.flush(),
        }
    }

    fn close(&mut self, element: &Element) {
        match element.name() {
            "ul" | "ol" | "menu" => {
                self.flush();
                self.lists.pop();
            }
            "pre" => {
                self.flush();
                self.preformatted = self.preformatted.saturating_sub(1);
            }
            "br" | "img" | "html" | "body" | "head" | "dt" | "td" | "th" => {}
            _ => self.flush(),
        }
    }

    /// `<li><p>text</p></li>` is one item.
    fn in_empty_item(&self) -> bool {
        matches!(self.kind, Some(BlockKind::ListItem { .. }))
            && self.text.trim().len() <= self.item_start.saturating_sub(1)
    }

    fn begin(&mut self, kind: BlockKind) {
        self.flush();
        self.kind = Some(kind);
    }

    fn flush(&mut self) {
        let text = std::mem::take(&mut self.text);
        let numbered = std::mem::take(&mut self.item_start);
        let kind = self.kind.take().unwrap_or(BlockKind::Paragraph);
        if text.trim().len() > numbered.saturating_sub(1) {
            self.blocks.push(Block::new(kind, text.trim()));
        }
    }
}

/// Menus, footers and what the page itself hides.
fn is_skipped(element: &Element) -> bool {
    let role = element.attr("role").unwrap_or_default();
    let style = element.attr("style").unwrap_or_default();
    matches!(element.name(), "nav" | "footer")
        || matches!(role, "navigation" | "contentinfo" | "search")
        || element.attr("hidden").is_some()
        || element.attr("aria-hidden") == Some("true")
        || style.replace(' ', "").contains("display:none")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(html: &str) -> Vec<String> {
        let parsed = read(html.as_bytes()).unwrap();
        parsed.blocks.into_iter().map(|block| block.text).collect()
    }

    #[test]
    fn structure_without_boilerplate() {
        let html = "<html><head><title>Café</title><style>p{}</style></head><body><nav>Home</nav><h1>Menu</h1>\
                    loose <b>text</b><p>Open <a href=x>daily</a>.</p><ul><li>hot<ol><li><p>tea</p></li></ol></li></ul>\
                    <dl><dt>Phone</dt><dd>123</dd></dl><footer>(c)</footer></body></html>";
        assert_eq!(
            texts(html),
            [
                "Menu",
                "loose text",
                "Open daily.",
                "hot",
                "1. tea",
                "Phone: 123"
            ]
        );
    }

    #[test]
    fn tables_with_spans_and_headers() {
        let html = "<table><tr><th>Dish<th>Price</tr><tr><td>Soup<td>12</tr>\
                    <tr><td colspan=2>all day</tr></table>";
        assert_eq!(
            texts(html),
            ["Dish: Soup | Price: 12", "Dish: all day | Price: all day"]
        );
    }

    #[test]
    fn the_declared_encoding_is_used() {
        let (bytes, _, _) =
            encoding_rs::WINDOWS_1251.encode("<meta charset=windows-1251><p>Меню дня</p>");
        assert_eq!(read(&bytes).unwrap().blocks[0].text, "Меню дня");
    }
}
