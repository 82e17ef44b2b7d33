//! Markdown files, with tables, footnotes and front matter.
//!
//! What must stay true: inline code, link and image texts are part of the sentence; addresses are not.

use pulldown_cmark::{
    CodeBlockKind, Event, HeadingLevel, MetadataBlockKind, Options, Parser, Tag, TagEnd,
};

use crate::knowledge::block::{Block, BlockKind};

use super::Parsed;
use super::error::Error;
use super::table::{self, Header, Row};

pub(crate) fn read(bytes: &[u8]) -> Result<Parsed, Error> {
    let text = super::text::decode(bytes)?;
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    let mut reader = Reader::default();
    for event in Parser::new_ext(&text, options) {
        reader.take(event)?;
    }
    reader.flush();
    let title = reader.title.or_else(|| first_heading(&reader.blocks));
    Ok(Parsed {
        title,
        blocks: reader.blocks,
        ..Parsed::default()
    })
}

pub(crate) fn first_heading(blocks: &[Block]) -> Option<String> {
    blocks
        .iter()
        .find(|block| matches!(block.kind, BlockKind::Heading { .. }))
        .map(|block| block.text.clone())
}

#[derive(Default)]
struct Reader {
    blocks: Vec<Block>,
    title: Option<String>,
    /// Text of the block being read.
    text: String,
    kind: Option<BlockKind>,
    /// The lists around, outermost first, with the next number of ordered ones.
    lists: Vec<Option<u64>>,
    rows: Vec<Row>,
    in_table: bool,
    in_front_matter: bool,
    html: String,
}

impl Reader {
    fn take(&mut self, event: Event<'_>) -> Result<(), Error> {
        match event {
            Event::Start(tag) => self.start(&tag),
            Event::End(tag) => return self.end(tag),
            Event::Text(text) if self.in_front_matter => self.front_matter(&text),
            Event::Text(text) | Event::Code(text) => self.text.push_str(&text),
            Event::InlineMath(text) | Event::DisplayMath(text) => self.text.push_str(&text),
            Event::SoftBreak | Event::HardBreak => self.text.push(' '),
            Event::Html(html) => self.html.push_str(&html),
            Event::InlineHtml(html) if html.starts_with("<br") => self.text.push(' '),
            Event::InlineHtml(_) | Event::FootnoteReference(_) | Event::Rule => {}
            Event::TaskListMarker(done) => self.text.push_str(if done { "[x] " } else { "[ ] " }),
        }
        Ok(())
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "inline markup and containers have no effect"
    )]
    fn start(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::Heading { level, .. } => self.open(BlockKind::Heading {
                level: heading_level(*level),
            }),
            Tag::Paragraph if self.lists.is_empty() => self.open(BlockKind::Paragraph),
            Tag::CodeBlock(CodeBlockKind::Fenced(_) | CodeBlockKind::Indented) => {
                self.open(BlockKind::Code)
            }
            Tag::List(first) => {
                self.flush();
                self.lists.push(*first);
            }
            Tag::Item => {
                let depth = u8::try_from(self.lists.len().saturating_sub(1)).unwrap_or(u8::MAX);
                self.open(BlockKind::ListItem { depth });
                if let Some(Some(number)) = self.lists.last_mut() {
                    self.text = format!("{number}. ");
                    *number = number.saturating_add(1);
                }
            }
            Tag::Table(_) => {
                self.flush();
                self.in_table = true;
            }
            Tag::TableHead | Tag::TableRow => self.rows.push(Row::new()),
            Tag::MetadataBlock(MetadataBlockKind::YamlStyle | MetadataBlockKind::PlusesStyle) => {
                self.in_front_matter = true;
            }
            _ => {}
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "inline markup and containers have no effect"
    )]
    fn end(&mut self, tag: TagEnd) -> Result<(), Error> {
        match tag {
            TagEnd::Heading(_) | TagEnd::CodeBlock | TagEnd::Item => self.flush(),
            TagEnd::Paragraph if self.lists.is_empty() => self.flush(),
            TagEnd::Paragraph => self.text.push(' '),
            TagEnd::List(_) => {
                self.flush();
                self.lists.pop();
            }
            TagEnd::TableCell => {
                let cell = std::mem::take(&mut self.text);
                if let Some(row) = self.rows.last_mut() {
                    row.push(cell);
                }
            }
            TagEnd::Table => {
                self.in_table = false;
                let rows = std::mem::take(&mut self.rows);
                self.blocks.extend(table::blocks(rows, Header::Rows(1))?);
            }
            TagEnd::HtmlBlock => {
                let html = std::mem::take(&mut self.html);
                self.flush();
                self.blocks.extend(super::html::fragment(&html)?);
            }
            TagEnd::MetadataBlock(_) => self.in_front_matter = false,
            _ => {}
        }
        Ok(())
    }

    fn open(&mut self, kind: BlockKind) {
        self.flush();
        self.kind = Some(kind);
    }

    fn flush(&mut self) {
        if self.in_table {
            return;
        }
        let text = std::mem::take(&mut self.text);
        let kind = self.kind.take().unwrap_or(BlockKind::Paragraph);
        if !text.trim().is_empty() {
            self.blocks.push(Block::new(kind, text.trim_end()));
        }
    }

    fn front_matter(&mut self, text: &str) {
        let title = text.lines().find_map(|line| line.strip_prefix("title:"));
        self.title = title.map(|title| title.trim().trim_matches(['"', '\'']).to_owned());
    }
}

fn heading_level(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structure_is_kept() {
        let source = "---\ntitle: Café\n---\n# Menu\n\nOpen *daily* at [9](x).\n\n- hot\n  1. tea\n\n\
                      | Dish | Price |\n|--|--|\n| Soup | 12 |\n\n<p>Call <b>us</b></p>\n\n```\nx = 1\n```\n";
        let parsed = read(source.as_bytes()).unwrap();
        assert_eq!(parsed.title.as_deref(), Some("Café"));
        let texts: Vec<&str> = parsed
            .blocks
            .iter()
            .map(|block| block.text.as_str())
            .collect();
        assert_eq!(
            texts,
            [
                "Menu",
                "Open daily at 9.",
                "hot",
                "1. tea",
                "Dish: Soup | Price: 12",
                "Call us",
                "x = 1"
            ]
        );
        assert_eq!(parsed.blocks[3].kind, BlockKind::ListItem { depth: 1 });
        assert_eq!(parsed.blocks[6].kind, BlockKind::Code);
    }
}
