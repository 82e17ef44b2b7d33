//! A page as a picture, for text recognition.

use hayro::{PixmapSettings, RenderCache, RenderSettings, vello_cpu};
use hayro_interpret::InterpreterSettings;
use vello_cpu::color::palette::css::WHITE;

use crate::knowledge::parse::error::Error;

/// Dots per inch that text recognition is best at; a point is a 72nd of an inch.
const RESOLUTION: f32 = 300.0;
/// Longest side of a picture, which bounds its memory to about 100 MB while it is made.
const LONGEST: f32 = 5_000.0;

/// The page with this number, from 1, in shades of grey, as a portable graymap (PGM).
pub(crate) fn render(bytes: &[u8], number: u32) -> Result<Vec<u8>, Error> {
    let pdf = super::open(bytes)?;
    let at = usize::try_from(number).unwrap_or(usize::MAX);
    let page = at
        .checked_sub(1)
        .and_then(|at| pdf.pages().get(at))
        .ok_or(super::CORRUPT)?;
    let (width, height) = page.render_dimensions();
    let scale = (RESOLUTION / 72.0).min(LONGEST / width.max(height).max(1.0));
    let settings = PixmapSettings {
        x_scale: scale,
        y_scale: scale,
        bg_color: WHITE,
    };
    let pixels = hayro::render(
        page,
        &RenderCache::new(),
        &InterpreterSettings::default(),
        &RenderSettings::default(),
        &settings,
    );
    let mut picture = format!("P5\n{} {}\n255\n", pixels.width(), pixels.height()).into_bytes();
    let grey = |red: u8, green: u8, blue: u8| {
        // The weights of ITU-R BT.601, in 256ths.
        let sum = 77 * u32::from(red) + 150 * u32::from(green) + 29 * u32::from(blue);
        u8::try_from(sum >> 8).unwrap_or(u8::MAX)
    };
    picture.extend(
        pixels
            .data()
            .iter()
            .map(|pixel| grey(pixel.r, pixel.g, pixel.b)),
    );
    Ok(picture)
}
