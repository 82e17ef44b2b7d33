//! What a parsed document is made of: blocks in reading order, each with its kind, text and page.
//!
//! What must stay true: every block's `text` can be read alone (a table row names its columns), is never
//! empty, and holds no control or bidirectional-override characters. The JSON form is what the parser's
//! child process hands to its parent, so a change here is a change of both.
//! Deliberately absent: styling, images, coordinates; nothing downstream asks for them.

use serde::{Deserialize, Serialize};

/// A document turned into blocks. `pages` is 0 where the format has no pages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ParsedDocument {
    pub media_type: MediaType,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    pub pages: u32,
    pub blocks: Vec<Block>,
    /// Pages whose text isn't in the file as characters, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub textless: Vec<Textless>,
    /// What was skipped or guessed and why, one sentence a person understands each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// A page without text of its own, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Textless {
    /// From 1.
    pub page: u32,
    pub because: Because,
    /// How sure text recognition was of the words it read there, in percent; absent where it read none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recognised: Option<u8>,
}

/// Why a page has no text of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Because {
    /// It is a picture, such as a scan.
    Picture,
    /// Its fonts don't say which characters they draw.
    Unmapped,
}

/// One paragraph, heading, list item or table row. `page` counts from 1 and is absent in unpaged formats.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Block {
    pub kind: BlockKind,
    pub text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlockKind {
    /// `level` counts from 1 (most important) to 6.
    Heading {
        level: u8,
    },
    Paragraph,
    /// `depth` is 0 for a top-level item.
    ListItem {
        depth: u8,
    },
    /// `header` is empty where the table has none, else as long as `cells`.
    TableRow {
        cells: Vec<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        header: Vec<String>,
    },
    Code,
}

impl Block {
    pub fn new(kind: BlockKind, text: impl Into<String>) -> Self {
        Self {
            kind,
            text: text.into(),
            page: None,
        }
    }

    pub fn heading(level: u8, text: impl Into<String>) -> Self {
        let level = level.clamp(1, 6);
        Self::new(BlockKind::Heading { level }, text)
    }

    pub fn paragraph(text: impl Into<String>) -> Self {
        Self::new(BlockKind::Paragraph, text)
    }

    #[must_use]
    pub fn on_page(mut self, page: u32) -> Self {
        self.page = Some(page);
        self
    }
}

/// The formats that can be read, as found from a file's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaType {
    Pdf,
    Docx,
    Doc,
    Odt,
    Rtf,
    Pptx,
    Ppt,
    Xlsx,
    Xls,
    Xlsb,
    Ods,
    Epub,
    /// Documents packed together.
    Zip,
    Email,
    Csv,
    Tsv,
    Text,
    Markdown,
    Html,
}

impl MediaType {
    /// The registered MIME type.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Doc => "application/msword",
            Self::Odt => "application/vnd.oasis.opendocument.text",
            Self::Rtf => "application/rtf",
            Self::Pptx => {
                "application/vnd.openxmlformats-officedocument.presentationml.presentation"
            }
            Self::Ppt => "application/vnd.ms-powerpoint",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Xls => "application/vnd.ms-excel",
            Self::Xlsb => "application/vnd.ms-excel.sheet.binary.macroEnabled.12",
            Self::Ods => "application/vnd.oasis.opendocument.spreadsheet",
            Self::Epub => "application/epub+zip",
            Self::Zip => "application/zip",
            Self::Email => "message/rfc822",
            Self::Csv => "text/csv",
            Self::Tsv => "text/tab-separated-values",
            Self::Text => "text/plain",
            Self::Markdown => "text/markdown",
            Self::Html => "text/html",
        }
    }

    /// What a person calls it, for use inside a sentence.
    pub fn label(self) -> &'static str {
        match self {
            Self::Pdf => "PDF",
            Self::Docx | Self::Doc => "Word document",
            Self::Odt => "OpenDocument text",
            Self::Rtf => "rich-text file",
            Self::Pptx | Self::Ppt => "PowerPoint presentation",
            Self::Xlsx | Self::Xls | Self::Xlsb => "Excel workbook",
            Self::Ods => "OpenDocument spreadsheet",
            Self::Epub => "e-book",
            Self::Zip => "ZIP archive",
            Self::Email => "e-mail",
            Self::Csv => "CSV file",
            Self::Tsv => "tab-separated file",
            Self::Text => "text file",
            Self::Markdown => "Markdown file",
            Self::Html => "web page",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_compact_and_round_trips() {
        let block = Block::heading(9, "Menu").on_page(2);
        let json = serde_json::to_string(&block).unwrap();
        assert_eq!(
            json,
            r#"{"kind":{"heading":{"level":6}},"text":"Menu","page":2}"#
        );
        assert_eq!(serde_json::from_str::<Block>(&json).unwrap(), block);
        let plain = serde_json::to_string(&Block::paragraph("x")).unwrap();
        assert_eq!(plain, r#"{"kind":"paragraph","text":"x"}"#);
    }
}
