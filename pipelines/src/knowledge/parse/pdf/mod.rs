//! PDF: pages are interpreted into placed characters, those put into lines, and lines into blocks.
//!
//! What must stay true: a PDF whose text can't be had is an error that says which kind (password, scan,
//! fonts without characters), never an empty success; every block knows its page.
//! Deliberately absent: forms, tagged structure (too often wrong to rely on).

mod block;
mod cell;
mod device;
mod heading;
mod join;
mod line;
mod render;
mod repeat;
mod row;
mod rtl;

use hayro_interpret::util::TransformExt;
use hayro_interpret::{
    Context, InterpreterCache, InterpreterSettings, RenderContent, interpret_page,
};
use hayro_syntax::page::Page;
use hayro_syntax::{LoadPdfError, Pdf};

use crate::knowledge::block::{Because, MediaType, Textless};

use super::Parsed;
use super::error::Error;
use super::limits::{MAX_GLYPHS, MAX_PAGES};
use device::{FontTables, PageGlyphs, TextDevice};
use line::Line;
pub(crate) use render::render;

/// Share of characters without meaning, in percent, past which what is left would mislead.
const MOST_UNMAPPED: usize = 30;
/// Share of a page that a picture covers when it is the page.
const MOST_OF_PAGE: f64 = 0.5;
/// Fewer letters than this beside such a picture are a stamp ("Scanned with …"), not the page's text.
const STAMP: usize = 80;

const CORRUPT: Error = Error::Corrupt {
    media_type: MediaType::Pdf,
};

pub(crate) fn read(bytes: &[u8]) -> Result<Parsed, Error> {
    let pdf = open(bytes)?;
    let mut tally = Tally::default();
    let mut pages = page_lines(&pdf, &mut tally)?;
    repeat::drop_running_lines(&mut pages);
    let blocks = block::blocks(pages);
    let title = title(&pdf).or_else(|| heading::top(&blocks));
    Ok(Parsed {
        title,
        pages: u32::try_from(pdf.pages().len()).unwrap_or(u32::MAX),
        blocks,
        notes: tally.notes(),
        textless: tally.textless,
    })
}

fn open(bytes: &[u8]) -> Result<Pdf, Error> {
    let pdf = Pdf::new(bytes.to_vec()).map_err(|error| match error {
        LoadPdfError::Decryption(_) => Error::Encrypted {
            media_type: MediaType::Pdf,
        },
        LoadPdfError::Invalid => CORRUPT,
    })?;
    match pdf.pages().len() {
        0 => Err(CORRUPT),
        count if count > MAX_PAGES => Err(Error::too_large(format!("{MAX_PAGES} pages"))),
        _ => Ok(pdf),
    }
}

fn page_lines(pdf: &Pdf, tally: &mut Tally) -> Result<Vec<Vec<Line>>, Error> {
    let cache = InterpreterCache::new();
    let mut fonts = FontTables::default();
    let mut pages = Vec::with_capacity(pdf.pages().len());
    for (number, page) in (1..).zip(pdf.pages().iter()) {
        let glyphs = page_glyphs(page, pdf, &cache, &mut fonts);
        let readable = tally.add(number, &glyphs);
        if tally.glyphs > MAX_GLYPHS {
            return Err(Error::too_large("8,000,000 characters"));
        }
        pages.push(if readable {
            line::lines(glyphs.glyphs)
        } else {
            Vec::new()
        });
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

/// What was met over all pages.
#[derive(Default)]
struct Tally {
    glyphs: usize,
    unmapped: usize,
    textless: Vec<Textless>,
}

impl Tally {
    /// Whether the page's text is worth reading; if not, why not is kept.
    fn add(&mut self, page: u32, found: &PageGlyphs) -> bool {
        let all = found.glyphs.len() + found.unmapped;
        self.glyphs += all;
        let letters = found
            .glyphs
            .iter()
            .filter(|glyph| glyph.text.chars().any(char::is_alphanumeric))
            .count();
        let because = if found.unmapped * 100 > all * MOST_UNMAPPED {
            Because::Unmapped
        } else if found.picture > 0.0 && letters == 0 {
            Because::Picture
        } else {
            self.unmapped += found.unmapped;
            // A scan that a program has stamped: the stamp is read, and the picture may be recognised.
            if found.picture > MOST_OF_PAGE && letters < STAMP {
                self.push(page, Because::Picture);
            }
            return true;
        };
        self.push(page, because);
        false
    }

    fn push(&mut self, page: u32, because: Because) {
        self.textless.push(Textless {
            page,
            because,
            recognised: None,
        });
    }

    fn notes(&self) -> Vec<String> {
        let share = self.unmapped * 100 / self.glyphs.max(1);
        let note =
            || format!("About {share}% of the characters have no known meaning and were left out.");
        (share > 1).then(note).into_iter().collect()
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
