//! Placed characters become lines of text, in the order the page draws them.
//!
//! Drawing order is kept because producers write columns one after the other, where sorting by position
//! would mix them. What must stay true: characters of one baseline that follow one another are one line,
//! however wide the gap (a menu's dish and its price); wide gaps are remembered as cell borders.

use super::cell::{self, Cell};
use super::device::{Direction, Glyph};
use super::rtl;

/// A gap this wide, in ems, parts the cells of a line with no table around it.
const LONE_CELL_GAP: f64 = 2.5;

#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) cells: Vec<Cell>,
    pub(super) x0: f64,
    pub(super) x1: f64,
    pub(super) y: f64,
    pub(super) size: f64,
    pub(super) direction: Direction,
    pub(super) bold: bool,
    pub(super) rtl: bool,
}

impl Line {
    pub(super) fn text(&self) -> String {
        let cells: Vec<&str> = self.cells.iter().map(|cell| cell.text.as_str()).collect();
        cells.join(" ")
    }

    /// Whether a gap in the line means cells without a table around to confirm it. Cells parted by leader
    /// dots touch.
    pub(super) fn has_clear_gap(&self) -> bool {
        self.cells.windows(2).any(|pair| {
            let gap = (pair[1].x0 - pair[0].x1).max(pair[0].x0 - pair[1].x1);
            gap.abs() < 0.01 || gap > LONE_CELL_GAP * self.size
        })
    }
}

pub(super) fn lines(glyphs: Vec<Glyph>) -> Vec<Line> {
    let runs = merge_rtl(runs(glyphs));
    runs.into_iter().filter_map(finish).collect()
}

/// Glyphs of one line, still in drawing order.
struct Run {
    glyphs: Vec<Glyph>,
    x0: f64,
    x1: f64,
    rtl: bool,
}

impl Run {
    fn new(glyph: Glyph) -> Self {
        let mut run = Self {
            glyphs: Vec::new(),
            x0: f64::MAX,
            x1: f64::MIN,
            rtl: false,
        };
        run.push(glyph);
        run
    }

    fn push(&mut self, glyph: Glyph) {
        self.x0 = self.x0.min(glyph.x0.min(glyph.x1));
        self.x1 = self.x1.max(glyph.x0.max(glyph.x1));
        self.rtl |= glyph.text.chars().any(rtl::is_rtl);
        self.glyphs.push(glyph);
    }
}

fn runs(glyphs: Vec<Glyph>) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for glyph in glyphs {
        let Some(run) = runs.last_mut() else {
            runs.push(Run::new(glyph));
            continue;
        };
        let Some(last) = run.glyphs.last() else {
            run.push(glyph);
            continue;
        };
        let em = last.size.max(glyph.size);
        // Bold faked by drawing twice.
        if glyph.text == last.text
            && (glyph.x0 - last.x0).abs() < 0.1 * em
            && (glyph.y - last.y).abs() < 0.1 * em
        {
            continue;
        }
        let back = last.x0 - glyph.x1;
        let is_rtl = run.rtl || glyph.text.chars().any(rtl::is_rtl);
        let new_line = last.direction != glyph.direction
            || (last.y - glyph.y).abs() > 0.6 * em
            || (back > 3.0 * em && !is_rtl);
        if new_line {
            runs.push(Run::new(glyph));
        } else {
            run.push(glyph);
        }
    }
    runs
}

/// Right-to-left lines are often drawn in pieces that go back and forth on one baseline.
fn merge_rtl(runs: Vec<Run>) -> Vec<Run> {
    let mut merged: Vec<Run> = Vec::new();
    for run in runs {
        match merged.last_mut() {
            Some(last) if continues(last, &run) => {
                for glyph in run.glyphs {
                    last.push(glyph);
                }
                last.rtl = true;
            }
            _ => merged.push(run),
        }
    }
    merged
}

fn continues(last: &Run, run: &Run) -> bool {
    let (Some(a), Some(b)) = (last.glyphs.last(), run.glyphs.first()) else {
        return false;
    };
    let em = a.size.max(b.size);
    (last.rtl || run.rtl)
        && a.direction == b.direction
        && (a.y - b.y).abs() < 0.35 * em
        && run.x0 - last.x1 < 1.5 * em
        && last.x0 - run.x1 < 1.5 * em
}

fn finish(run: Run) -> Option<Line> {
    let first = run.glyphs.first()?;
    let (direction, y) = (first.direction, first.y);
    let size = typical_size(&run.glyphs);
    let inked = run
        .glyphs
        .iter()
        .filter(|glyph| !glyph.text.trim().is_empty());
    let (bold, all) = inked.fold((0, 0), |(bold, all), glyph| {
        (bold + usize::from(glyph.bold), all + 1)
    });
    let cells = if run.rtl {
        rtl::cells(run.glyphs, size)
    } else {
        cell::cells(&run.glyphs)
    };
    let cells = cell::split_leaders(cells);
    let (x0, x1) = (
        cells.first()?.x0,
        cells.iter().map(|cell| cell.x1).fold(f64::MIN, f64::max),
    );
    Some(Line {
        x0: cells.iter().map(|cell| cell.x0).fold(x0, f64::min),
        x1,
        cells,
        y,
        size,
        direction,
        bold: all > 0 && bold * 10 >= all * 9,
        rtl: run.rtl,
    })
}

/// The size most of the line's characters have (superscripts and initials aside).
fn typical_size(glyphs: &[Glyph]) -> f64 {
    let mut sizes: Vec<f64> = glyphs
        .iter()
        .filter(|g| !g.text.trim().is_empty())
        .map(|g| g.size)
        .collect();
    sizes.sort_by(f64::total_cmp);
    sizes.get(sizes.len() / 2).copied().unwrap_or(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glyphs(words: &[(&str, f64, f64)]) -> Vec<Glyph> {
        let mut out = Vec::new();
        for (word, x, y) in words {
            for (index, character) in word.chars().enumerate() {
                let x0 = x + 5.0 * index as f64;
                out.push(Glyph {
                    text: character.to_string(),
                    x0,
                    x1: x0 + 5.0,
                    y: *y,
                    size: 10.0,
                    direction: Direction::Right,
                    bold: false,
                });
            }
        }
        out
    }

    #[test]
    fn a_dish_and_its_price_are_one_line_of_two_cells() {
        let lines = lines(glyphs(&[
            ("Soup", 50.0, 100.0),
            ("12", 400.0, 100.0),
            ("Tea", 50.0, 115.0),
        ]));
        let texts: Vec<Vec<&str>> = lines
            .iter()
            .map(|line| line.cells.iter().map(|cell| cell.text.as_str()).collect())
            .collect();
        assert_eq!(texts, [vec!["Soup", "12"], vec!["Tea"]]);
    }

    #[test]
    fn gaps_become_spaces_and_doubled_glyphs_are_dropped() {
        let lines = lines(glyphs(&[
            ("ab", 0.0, 0.0),
            ("b", 5.2, 0.0),
            ("cd", 13.0, 0.0),
        ]));
        assert_eq!(lines[0].text(), "ab cd");
    }
}
