//! Turning an uploaded file into blocks: the format is found from the content, then one reader per format.
//!
//! What must stay true: `parse` returns blocks or an error that says why, never an empty success; it may
//! still abort on a hostile file (stack, memory), so the server calls it only through [`Sandbox`], in a
//! child process. Deliberately absent: OCR, presentations, e-mail, and any network or file access.

mod archive;
pub mod child;
mod csv;
mod docx;
mod error;
mod html;
mod limits;
mod markdown;
mod pdf;
mod sandbox;
mod sheet;
mod sniff;
mod table;
mod text;

pub use error::Error;
pub use limits::Limits;
pub use sandbox::Sandbox;

use crate::knowledge::block::{Block, MediaType, ParsedDocument};

/// Reads a whole file. `filename` only breaks ties between text formats and is never opened.
pub fn parse(bytes: &[u8], filename: &str) -> Result<ParsedDocument, Error> {
    let media_type = sniff::detect(bytes, filename)?;
    let mut parsed = match media_type {
        MediaType::Pdf => pdf::read(bytes)?,
        MediaType::Docx => docx::read(bytes)?,
        MediaType::Xlsx | MediaType::Xls | MediaType::Xlsb | MediaType::Ods => {
            sheet::read(bytes, media_type)?
        }
        MediaType::Csv | MediaType::Tsv => csv::read(bytes)?,
        MediaType::Text => text::read(bytes)?,
        MediaType::Markdown => markdown::read(bytes)?,
        MediaType::Html => html::read(bytes)?,
    };
    parsed.notes.extend(sniff::misnamed(media_type, filename));
    finish(parsed, media_type)
}

/// What a reader found, before the rules that hold for every format are applied.
#[derive(Default)]
struct Parsed {
    title: Option<String>,
    pages: u32,
    blocks: Vec<Block>,
    notes: Vec<String>,
}

fn finish(parsed: Parsed, media_type: MediaType) -> Result<ParsedDocument, Error> {
    let mut blocks = parsed.blocks;
    let mut size = 0;
    for block in &mut blocks {
        block.text = text::clean(&block.text);
        size += block.text.len();
    }
    if size > limits::MAX_TEXT {
        return Err(Error::too_large("64 MB of text"));
    }
    blocks.retain(|block| !block.text.is_empty());
    if !blocks
        .iter()
        .any(|block| block.text.chars().any(char::is_alphanumeric))
    {
        return Err(Error::NoText);
    }
    let title = parsed
        .title
        .map(|title| text::clean(&title))
        .filter(|title| !title.is_empty());
    Ok(ParsedDocument {
        media_type,
        title,
        pages: parsed.pages,
        blocks,
        notes: parsed.notes,
    })
}
