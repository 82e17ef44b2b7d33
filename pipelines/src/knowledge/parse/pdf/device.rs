//! Collects characters and where they stand while a page is interpreted; draws nothing.
//!
//! What must stay true: coordinates are turned so that every text runs along +x with y growing downward,
//! whatever its direction on the page; a character drawn twice (fill, then stroke) is kept once; text outside
//! the page is dropped.

use std::collections::HashMap;

use hayro_interpret::font::{Glyph as Drawn, GlyphRun, OutlineGlyph, PositionedGlyph};
use hayro_interpret::hayro_cmap::BfString;
use hayro_interpret::kurbo::{Affine, BezPath, Point, Rect, Vec2};
use hayro_interpret::{
    BlendMode, ClipPath, Device, DrawMode, DrawProps, Image, ImageDrawProps, SoftMask,
};
use skrifa::MetadataProvider;

/// The way text runs on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Direction {
    Right,
    Left,
    Down,
    Up,
}

/// One drawn character (or ligature): `x0..x1` along its line, `y` its baseline, `size` its em height.
#[derive(Clone, Debug)]
pub(super) struct Glyph {
    pub(super) text: String,
    pub(super) x0: f64,
    pub(super) x1: f64,
    pub(super) y: f64,
    pub(super) size: f64,
    pub(super) direction: Direction,
    pub(super) bold: bool,
}

/// What a page holds. `picture` is the share of it that the largest image covers.
#[derive(Default)]
pub(super) struct PageGlyphs {
    pub(super) glyphs: Vec<Glyph>,
    pub(super) unmapped: usize,
    pub(super) picture: f64,
}

/// Glyph numbers to characters, read back from embedded fonts that come without a mapping.
#[derive(Default)]
pub(super) struct FontTables(HashMap<u128, HashMap<u32, char>>);

impl FontTables {
    fn character(&mut self, glyph: &OutlineGlyph) -> Option<char> {
        let data = glyph.font_data()?;
        let bytes: &[u8] = (*data.data).as_ref();
        let characters = self
            .0
            .entry(data.cache_key)
            .or_insert_with(|| reverse_cmap(bytes));
        characters.get(&glyph.glyph_id().to_u32()).copied()
    }
}

/// The lowest real character of each glyph; private-use characters say nothing.
fn reverse_cmap(font: &[u8]) -> HashMap<u32, char> {
    let mut characters = HashMap::new();
    let Ok(font) = skrifa::FontRef::new(font) else {
        return characters;
    };
    for (code, glyph) in font.charmap().mappings() {
        let Some(character) = char::from_u32(code).filter(|c| *c >= ' ' && !is_private(*c)) else {
            continue;
        };
        let known = characters.entry(glyph.to_u32()).or_insert(character);
        *known = (*known).min(character);
    }
    characters
}

fn is_private(character: char) -> bool {
    matches!(character, '\u{E000}'..='\u{F8FF}')
}

pub(super) struct TextDevice<'f> {
    fonts: &'f mut FontTables,
    bounds: Rect,
    area: f64,
    page: PageGlyphs,
    /// Where the last filled run started and how many glyphs it had.
    last_fill: Option<(Point, usize)>,
}

impl<'f> TextDevice<'f> {
    pub(super) fn new(fonts: &'f mut FontTables, bounds: Rect) -> Self {
        Self {
            fonts,
            area: bounds.area().max(1.0),
            // Text that sticks out a little is still read.
            bounds: bounds.inflate(20.0, 20.0),
            page: PageGlyphs::default(),
            last_fill: None,
        }
    }

    pub(super) fn finish(self) -> PageGlyphs {
        self.page
    }

    fn place(&mut self, drawn: &PositionedGlyph<'_>, transform: Affine, bold: bool) {
        let mapped = match drawn.as_unicode() {
            Some(BfString::Char(character)) => Some(character.to_string()),
            Some(BfString::String(text)) => Some(text),
            None => None,
        };
        let text = match (
            mapped.filter(|text| !text.chars().all(is_unmapped)),
            &**drawn,
        ) {
            (Some(text), _) => text,
            (None, Drawn::Outline(outline)) => match self.fonts.character(outline) {
                Some(character) => character.to_string(),
                None => return self.page.unmapped += 1,
            },
            (None, Drawn::Type3(_)) => return self.page.unmapped += 1,
        };
        let advance = match &**drawn {
            Drawn::Outline(outline) => outline.advance_width(),
            Drawn::Type3(shape) => shape.advance_width(),
        };
        let placed = transform * drawn.transform();
        let advance = f64::from(advance.unwrap_or(500.0));
        if let Some(glyph) = glyph(text, placed, advance, bold, self.bounds) {
            self.page.glyphs.push(glyph);
        }
    }
}

/// NUL and replacement characters are what broken mappings hold.
fn is_unmapped(character: char) -> bool {
    matches!(character, '\0' | '\u{FFFD}')
}

fn glyph(text: String, placed: Affine, advance: f64, bold: bool, bounds: Rect) -> Option<Glyph> {
    let start = placed * Point::ZERO;
    let end = placed * Point::new(advance, 0.0);
    let up = placed * Point::new(0.0, 1000.0) - start;
    let along = placed * Point::new(1000.0, 0.0) - start;
    if !(start.is_finite() && end.is_finite() && bounds.contains(start)) {
        return None;
    }
    let direction = direction(along);
    let (x0, y) = turn(start, direction);
    let (x1, _) = turn(end, direction);
    Some(Glyph {
        text,
        x0,
        x1,
        y,
        size: up.hypot().max(0.01),
        direction,
        bold,
    })
}

fn direction(along: Vec2) -> Direction {
    match along.x.abs() >= along.y.abs() {
        true if along.x >= 0.0 => Direction::Right,
        true => Direction::Left,
        false if along.y > 0.0 => Direction::Down,
        false => Direction::Up,
    }
}

fn turn(point: Point, direction: Direction) -> (f64, f64) {
    match direction {
        Direction::Right => (point.x, point.y),
        Direction::Left => (-point.x, -point.y),
        Direction::Down => (point.y, -point.x),
        Direction::Up => (-point.y, point.x),
    }
}

fn is_bold(glyph: &Drawn<'_>) -> bool {
    let Drawn::Outline(outline) = glyph else {
        return false;
    };
    let Some(font) = outline.font_data() else {
        return false;
    };
    let named = font.postscript_name.is_some_and(|name| {
        let name = name.to_ascii_lowercase();
        ["bold", "black", "heavy", "semibold"]
            .iter()
            .any(|weight| name.contains(weight))
    });
    named || font.weight.is_some_and(|weight| weight >= 600)
}

impl Device<'_> for TextDevice<'_> {
    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'_>, _: &DrawMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'_>>, _: BlendMode) {}
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}

    fn draw_image(&mut self, image: Image<'_, '_>, props: ImageDrawProps<'_>) {
        let (width, height) = (f64::from(image.width()), f64::from(image.height()));
        let share = props.transform.determinant().abs() * width * height / self.area;
        self.page.picture = self.page.picture.max(share.clamp(f64::MIN_POSITIVE, 1.0));
    }

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, '_>, props: DrawProps<'_>, mode: &DrawMode) {
        let Some(first) = run.glyphs().first() else {
            return;
        };
        let origin = props.transform * first.transform() * Point::ZERO;
        let is_stroke = matches!(mode, DrawMode::Stroke(_));
        let filled = self.last_fill.take();
        if is_stroke
            && filled.is_some_and(|(at, count)| {
                at.distance(origin) < 0.01 && count == run.glyphs().len()
            })
        {
            return;
        }
        if !is_stroke {
            self.last_fill = Some((origin, run.glyphs().len()));
        }
        let bold = is_bold(first);
        for glyph in run.glyphs() {
            self.place(glyph, props.transform, bold);
        }
    }
}
