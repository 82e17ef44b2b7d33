//! Turning an uploaded file into blocks: the format is found from the content, then one reader per format.
//!
//! What must stay true: `parse` returns blocks or an error that says why, never an empty success; it may
//! still abort on a hostile file (stack, memory), so the server calls it only through [`Sandbox`], in a
//! child process. Deliberately absent: any network or file access.

mod archive;
pub mod bomb;
pub mod child;
mod confine;
mod csv;
mod email;
mod epub;
mod equation;
mod error;
mod html;
mod limits;
mod markdown;
mod numbering;
mod ocr;
mod odt;
mod office;
mod pdf;
mod rtf;
mod sandbox;
mod sheet;
mod site;
mod sitemap;
mod sniff;
mod table;
mod text;
mod unpack;
mod xml;

pub use confine::confine;
pub use error::Error;
pub use limits::Limits;
pub use ocr::Ocr;
pub use sandbox::Sandbox;
pub use site::{Directives, Survey, WebPage};
pub use sitemap::Sitemap;
pub use unpack::Member;

use crate::knowledge::block::{Because, Block, MediaType, ParsedDocument, Textless};

/// Reads a whole file. `filename` only breaks ties between text formats and is never opened.
///
/// # Errors
/// Says why there is no text, or why the file can't be read.
pub fn parse(bytes: &[u8], filename: &str) -> Result<ParsedDocument, Error> {
    judged(read(bytes, filename)?)
}

/// As [`parse`], but pages without text are no error yet: they may be recognised.
fn read(bytes: &[u8], filename: &str) -> Result<ParsedDocument, Error> {
    let media_type = sniff::detect(bytes, filename)?;
    let mut parsed = match media_type {
        MediaType::Pdf => pdf::read(bytes)?,
        MediaType::Docx | MediaType::Doc => office::document(bytes, media_type)?,
        MediaType::Pptx | MediaType::Ppt => office::presentation(bytes, media_type)?,
        MediaType::Odt => odt::read(bytes)?,
        MediaType::Rtf => rtf::read(bytes)?,
        MediaType::Xlsx | MediaType::Xls | MediaType::Xlsb | MediaType::Ods => {
            sheet::read(bytes, media_type)?
        }
        MediaType::Epub => epub::read(bytes)?,
        MediaType::Email => email::read(bytes)?,
        MediaType::Csv | MediaType::Tsv => csv::read(bytes)?,
        MediaType::Text => text::read(bytes)?,
        MediaType::Markdown => markdown::read(bytes)?,
        MediaType::Html => html::read(bytes)?,
        MediaType::Zip => return Err(Error::Archive),
    };
    parsed.notes.extend(sniff::misnamed(media_type, filename));
    cleaned(parsed, media_type)
}

/// What a reader found, before the rules that hold for every format are applied.
#[derive(Default)]
struct Parsed {
    title: Option<String>,
    pages: u32,
    blocks: Vec<Block>,
    textless: Vec<Textless>,
    notes: Vec<String>,
}

fn cleaned(parsed: Parsed, media_type: MediaType) -> Result<ParsedDocument, Error> {
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
    let title = parsed
        .title
        .map(|title| text::clean(&title))
        .filter(|title| !title.is_empty());
    Ok(ParsedDocument {
        media_type,
        title,
        pages: parsed.pages,
        blocks,
        textless: parsed.textless,
        notes: parsed.notes,
    })
}

/// The verdict on a document that nothing more will be read from: text, or the reason why there is none.
fn judged(mut document: ParsedDocument) -> Result<ParsedDocument, Error> {
    let has_words = |block: &Block| block.text.chars().any(char::is_alphanumeric);
    let unread = |because: Because| {
        let pages = document.textless.iter();
        let pages = pages.filter(|page| page.recognised.is_none() && page.because == because);
        pages.map(|page| page.page).collect::<Vec<_>>()
    };
    let (pictures, unmapped) = (unread(Because::Picture), unread(Because::Unmapped));
    if !document.blocks.iter().any(has_words) {
        return Err(if !unmapped.is_empty() {
            Error::UnmappedText
        } else if !pictures.is_empty() {
            Error::Scanned {
                pages: document.pages,
            }
        } else {
            Error::NoText
        });
    }
    for (pages, what) in [
        (pictures, "Pages without text, only pictures, were skipped"),
        (
            unmapped,
            "Pages whose letters have no known meaning were skipped",
        ),
    ] {
        if !pages.is_empty() {
            document.notes.push(format!("{what}: {}.", listed(&pages)));
        }
    }
    Ok(document)
}

/// "1, 2, 3 and 40 more".
fn listed(pages: &[u32]) -> String {
    const SHOWN: usize = 20;
    let shown: Vec<String> = pages.iter().take(SHOWN).map(u32::to_string).collect();
    let more = pages.len().saturating_sub(SHOWN);
    match more {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
