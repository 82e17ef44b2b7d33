//! PDF: pages are interpreted into placed characters, those put into lines, and lines into blocks.
//!
//! What must stay true: a PDF whose text can't be had is an error that says which kind (password, scan,
//! fonts without characters), never an empty success; every block knows its page.
//! Deliberately absent: rendering, OCR, forms, tagged structure (too often wrong to rely on).

mod block;
mod cell;
mod device;
mod heading;
mod join;
mod line;
mod repeat;
mod row;
mod rtl;

use hayro_interpret::util::TransformExt;
use hayro_interpret::{
    Context, InterpreterCache, InterpreterSettings, RenderContent, interpret_page,
};
use hayro_syntax::page::Page;
use hayro_syntax::{LoadPdfError, Pdf};

use crate::knowledge::block::MediaType;

use super::Parsed;
use super::error::Error;
use super::limits::{MAX_GLYPHS, MAX_PAGES};
use device::{FontTables, PageGlyphs, TextDevice};
use line::Line;

/// Share of characters without meaning, in percent, past which what is left would mislead.
const MOST_UNMAPPED: usize = 30;

const CORRUPT: Error = Error::Corrupt {
    media_type: MediaType::Pdf,
};

pub(crate) fn read(bytes: &[u8]) -> Result<Parsed, Error> {
    let pdf = Pdf::new(bytes.to_vec()).map_err(|error| match error {
        LoadPdfError::Decryption(_) => Error::Encrypted {
            media_type: MediaType::Pdf,
        },
        LoadPdfError::Invalid => CORRUPT,
    })?;
    let count = pdf.pages().len();
    if count == 0 {
        return Err(CORRUPT);
    }
    if count > MAX_PAGES {
        return Err(Error::too_large(format!("{MAX_PAGES} pages")));
    }
    let mut tally = Tally::default();
    let mut pages = page_lines(&pdf, &mut tally)?;
    let notes = tally.verdict(count)?;
    repeat::drop_running_lines(&mut pages);
    let blocks = block::blocks(pages);
    let title = title(&pdf).or_else(|| heading::top(&blocks));
    Ok(Parsed {
        title,
        pages: u32::try_from(count).unwrap_or(u32::MAX),
        blocks,
        notes,
    })
}

fn page_lines(pdf: &Pdf, tally: &mut Tally) -> Result<Vec<Vec<Line>>, Error> {
    let cache = InterpreterCache::new();
    let mut fonts = FontTables::default();
    let mut pages = Vec::with_capacity(pdf.pages().len());
    for (index, page) in pdf.pages().iter().enumerate() {
        let glyphs = page_glyphs(page, pdf, &cache, &mut fonts);
        tally.add(index + 1, &glyphs);
        if tally.glyphs > MAX_GLYPHS {
            return Err(Error::too_large("8,000,000 characters"));
        }
        pages.push(line::lines(glyphs.glyphs));
    }
    Ok(pages)
}

fn page_glyphs<'a>(
    page: &'a Page<'a>,
    pdf: &'a Pdf,
    cache: &InterpreterCache<'a>,
    fonts: &mut FontTables,
) -> PageGlyphs {
    let (width, height) = page.render_dimensions();
    let bounds = hayro_interpret::kurbo::Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
    let transform = page.initial_transform(true).to_kurbo();
    let settings = InterpreterSettings {
        render_content: RenderContent::all(),
        ..InterpreterSettings::default()
    };
    let mut context = Context::new(transform, bounds, cache, pdf.xref(), settings);
    let mut device = TextDevice::new(fonts, bounds);
    interpret_page(page, &mut context, &mut device);
    device.finish()
}

/// What was met over all pages, to tell the kinds of textless files apart.
#[derive(Default)]
struct Tally {
    glyphs: usize,
    unmapped: usize,
    /// Pages that are a picture without text.
    scanned: Vec<usize>,
    with_text: usize,
}

impl Tally {
    fn add(&mut self, page: usize, found: &PageGlyphs) {
        self.glyphs += found.glyphs.len() + found.unmapped;
        self.unmapped += found.unmapped;
        if found
            .glyphs
            .iter()
            .any(|glyph| glyph.text.chars().any(char::is_alphanumeric))
        {
            self.with_text += 1;
        } else if found.pictures && found.unmapped == 0 {
            self.scanned.push(page);
        }
    }

    fn verdict(&self, pages: usize) -> Result<Vec<String>, Error> {
        let share = self.unmapped * 100 / self.glyphs.max(1);
        if share > MOST_UNMAPPED {
            return Err(Error::UnmappedText);
        }
        if self.with_text == 0 {
            let pages = u32::try_from(pages).unwrap_or(u32::MAX);
            return Err(match self.scanned.is_empty() {
                true => Error::NoText,
                false => Error::Scanned { pages },
            });
        }
        let mut notes = Vec::new();
        if share > 1 {
            notes.push(format!(
                "About {share}% of the characters have no known meaning and were left out."
            ));
        }
        if !self.scanned.is_empty() {
            let list: Vec<String> = self
                .scanned
                .iter()
                .take(20)
                .map(ToString::to_string)
                .collect();
            let more = if self.scanned.len() > 20 {
                " and more"
            } else {
                ""
            };
            notes.push(format!(
                "Pages without text, only pictures, were skipped: {}{more}.",
                list.join(", ")
            ));
        }
        Ok(notes)
    }
}

/// The title its author gave, unless a program made it up.
fn title(pdf: &Pdf) -> Option<String> {
    let raw = pdf.metadata().title.as_deref()?;
    let title = match raw {
        [0xFE, 0xFF, rest @ ..] => encoding_rs::UTF_16BE
            .decode_without_bom_handling(rest)
            .0
            .into_owned(),
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => encoding_rs::WINDOWS_1252
            .decode_without_bom_handling(raw)
            .0
            .into_owned(),
    };
    let title = title.trim();
    let title = title.strip_prefix("Microsoft Word - ").unwrap_or(title);
    let made_up =
        title.is_empty() || title.eq_ignore_ascii_case("untitled") || title.contains(['\\', '/']);
    let file_name = title
        .rsplit_once('.')
        .is_some_and(|(_, end)| matches!(end, "doc" | "docx" | "indd" | "pdf" | "qxd"));
    (!made_up && !file_name).then(|| title.to_owned())
}
