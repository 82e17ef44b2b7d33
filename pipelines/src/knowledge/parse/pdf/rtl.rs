//! Arabic and Hebrew lines: from the order drawn on the page to the order read.
//!
//! What must stay true: letters come out in logical order with their marks after them, a ligature's own
//! letters keep their order, and numbers and Latin words inside a right-to-left line are not reversed.
//! This is the visual half of UAX #9 (rules W2, W4, L2), which is all a page without characters' order allows.

use std::ops::Range;

use super::cell::{CELL_GAP, Cell};
use super::device::Glyph;

pub(super) fn is_rtl(character: char) -> bool {
    matches!(character, '\u{590}'..='\u{8FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFF}')
}

/// Vowel signs and other marks drawn over a letter.
fn is_mark(character: char) -> bool {
    matches!(character,
        '\u{300}'..='\u{36F}' | '\u{591}'..='\u{5C7}' | '\u{610}'..='\u{61A}' | '\u{64B}'..='\u{65F}'
        | '\u{670}' | '\u{6D6}'..='\u{6DC}' | '\u{6DF}'..='\u{6E8}')
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Letters read from right to left.
    Rtl,
    /// Latin letters and all digits.
    Ltr,
    Neutral,
}

struct Item {
    text: String,
    x0: f64,
    x1: f64,
}

impl Item {
    fn class(&self) -> Class {
        let digit = |c: char| c.is_numeric();
        if self.text.chars().any(|c| is_rtl(c) && !digit(c)) {
            Class::Rtl
        } else if self.text.chars().any(char::is_alphanumeric) {
            Class::Ltr
        } else {
            Class::Neutral
        }
    }

    fn is_latin(&self) -> bool {
        self.text.chars().any(|c| c.is_alphabetic() && !is_rtl(c))
    }

    fn is_all_marks(&self) -> bool {
        self.text.chars().all(is_mark)
    }
}

/// The cells of a line, first read first; `em` is the line's character size.
pub(super) fn cells(glyphs: Vec<Glyph>, em: f64) -> Vec<Cell> {
    let items = visual_order(glyphs, em);
    let mut cells: Vec<Vec<Item>> = Vec::new();
    let mut edge = f64::MIN;
    for item in items {
        let gap = item.x0 - edge;
        if !item.is_all_marks() && !item.text.trim().is_empty() {
            if gap > CELL_GAP * em || cells.is_empty() {
                cells.push(Vec::new());
            }
            edge = edge.max(item.x1);
        }
        if let Some(cell) = cells.last_mut() {
            cell.push(item);
        }
    }
    let rtl_letters = cells
        .iter()
        .flatten()
        .filter(|item| item.class() == Class::Rtl)
        .count();
    let latin_letters = cells
        .iter()
        .flatten()
        .filter(|item| item.is_latin())
        .count();
    let rtl_base = rtl_letters >= latin_letters;
    let mut out: Vec<Cell> = cells
        .into_iter()
        .filter_map(|cell| logical(cell, rtl_base, em))
        .collect();
    if rtl_base {
        out.reverse();
    }
    out
}

/// Sorts by position; a mark goes just left of (so, once reversed, just after) the letter under it.
fn visual_order(glyphs: Vec<Glyph>, em: f64) -> Vec<Item> {
    let items: Vec<Item> = glyphs
        .into_iter()
        .map(|glyph| Item {
            x0: glyph.x0.min(glyph.x1),
            x1: glyph.x0.max(glyph.x1),
            text: glyph.text,
        })
        .collect();
    let bases: Vec<(f64, f64)> = items
        .iter()
        .filter(|item| !item.is_all_marks())
        .map(|item| (item.x0, item.x1))
        .collect();
    let mut keyed: Vec<(f64, Item)> = items
        .into_iter()
        .map(|item| {
            let middle = (item.x0 + item.x1) / 2.0;
            let key = if item.is_all_marks() {
                under(&bases, middle, em).unwrap_or(middle) - 0.001 * em
            } else {
                middle
            };
            (key, item)
        })
        .collect();
    keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
    keyed.into_iter().map(|(_, item)| item).collect()
}

fn under(bases: &[(f64, f64)], middle: f64, em: f64) -> Option<f64> {
    bases
        .iter()
        .filter(|(x0, x1)| x0 - 0.1 * em <= middle && middle <= x1 + 0.1 * em)
        .map(|(x0, x1)| (x0 + x1) / 2.0)
        .min_by(|a, b| (a - middle).abs().total_cmp(&(b - middle).abs()))
}

/// One cell's items, in visual order, to text in reading order.
fn logical(items: Vec<Item>, rtl_base: bool, em: f64) -> Option<Cell> {
    let x0 = items.iter().map(|item| item.x0).fold(f64::MAX, f64::min);
    let x1 = items.iter().map(|item| item.x1).fold(f64::MIN, f64::max);
    let mut items = with_spaces(items, em);
    if rtl_base {
        items.reverse();
        reverse_ltr_runs(&mut items);
    } else {
        reverse_rtl_runs(&mut items);
    }
    let mut text = String::new();
    let mut after_latin = false;
    for item in &items {
        // Arabic joins its prefixes to a Latin word, but no suffixes: a word's end without a space is a
        // space that was drawn on the other side.
        if after_latin && item.class() == Class::Rtl {
            text.push(' ');
        }
        after_latin = item.is_latin();
        text.push_str(&item.text);
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (!text.is_empty()).then_some(Cell { text, x0, x1 })
}

/// Gaps between inked characters are spaces too: drawn spaces often stand elsewhere.
fn with_spaces(items: Vec<Item>, em: f64) -> Vec<Item> {
    let mut out: Vec<Item> = Vec::with_capacity(items.len());
    let mut edge = f64::MAX;
    for item in items {
        if !item.is_all_marks() && !item.text.trim().is_empty() {
            if item.x0 - edge > 0.12 * em {
                out.push(Item {
                    text: " ".to_owned(),
                    x0: edge,
                    x1: item.x0,
                });
            }
            edge = if edge == f64::MAX {
                item.x1
            } else {
                edge.max(item.x1)
            };
        }
        out.push(item);
    }
    out
}

fn reverse_rtl_runs(items: &mut [Item]) {
    let mut start = 0;
    while start < items.len() {
        if items[start].class() != Class::Rtl {
            start += 1;
            continue;
        }
        let mut end = start;
        for (at, item) in items.iter().enumerate().skip(start) {
            match item.class() {
                Class::Rtl => end = at,
                Class::Neutral => {}
                Class::Ltr => break,
            }
        }
        items[start..=end].reverse();
        start = end + 1;
    }
}

fn reverse_ltr_runs(items: &mut [Item]) {
    let mut start = 0;
    while start < items.len() {
        if items[start].class() != Class::Ltr {
            start += 1;
            continue;
        }
        let run = ltr_run(items, start);
        start = run.end;
        items[run].reverse();
    }
}

/// Digits join over `. , : /` only; once a Latin letter takes part, over any neutral.
fn ltr_run(items: &[Item], start: usize) -> Range<usize> {
    let mut latin = items[start].is_latin();
    let mut end = start + 1;
    loop {
        let next = (end..items.len()).find(|at| items[*at].class() != Class::Neutral);
        let Some(next) = next.filter(|at| items[*at].class() == Class::Ltr) else {
            return start..end;
        };
        let tight = items[end..next]
            .iter()
            .all(|item| matches!(item.text.as_str(), "." | "," | ":" | "/"));
        let latin_ahead = items[next..]
            .iter()
            .take_while(|item| item.class() == Class::Ltr)
            .any(Item::is_latin);
        if !(tight || latin || latin_ahead) {
            return start..end;
        }
        latin |= items[next].is_latin();
        end = next + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::super::device::Direction;
    use super::*;

    /// Characters as they stand on the page, left to right, 5 wide.
    fn read(visual: &str) -> Vec<String> {
        let glyphs = visual
            .chars()
            .enumerate()
            .filter(|(_, character)| *character != ' ')
            .map(|(index, character)| Glyph {
                text: character.to_string(),
                x0: 5.0 * index as f64,
                x1: 5.0 * index as f64 + 5.0,
                y: 0.0,
                size: 10.0,
                direction: Direction::Right,
                bold: false,
            })
            .collect();
        cells(glyphs, 10.0)
            .into_iter()
            .map(|cell| cell.text)
            .collect()
    }

    #[test]
    fn letters_turn_and_numbers_do_not() {
        let logical = "السعر 32.50 ريال";
        let visual = "لاير 32.50 رعسلا";
        assert_eq!(read(visual), [logical]);
    }

    #[test]
    fn latin_words_keep_their_order() {
        assert_eq!(
            read("ميدقلا يحلا يف Old Cafe نم"),
            ["من Old Cafe في الحي القديم"]
        );
        assert_eq!(read("see the مالس sign"), ["see the سلام sign"]);
    }

    #[test]
    fn a_latin_word_ends_where_arabic_goes_on() {
        assert_eq!(read("نمPython و ةغلب"), ["بلغة و Python من"]);
    }

    #[test]
    fn cells_are_read_from_the_right() {
        assert_eq!(read("لاير 32          لفالف"), ["فلافل", "32 ريال"]);
    }
}
