//! The pieces of a line that wide gaps or leader dots part: words of a sentence, or cells of a table.

use super::device::Glyph;

/// A gap this wide, in ems, parts words; this wide parts cells, if the lines around agree.
const WORD_GAP: f64 = 0.12;
pub(super) const CELL_GAP: f64 = 1.0;

/// A piece of a line without a wide gap inside.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) x0: f64,
    pub(super) x1: f64,
}

pub(super) fn cells(glyphs: &[Glyph]) -> Vec<Cell> {
    let mut builder = CellBuilder::default();
    for glyph in glyphs {
        builder.push(&glyph.text, glyph.x0, glyph.x1, glyph.size);
    }
    builder.finish()
}

/// Puts characters together left to right, with the spaces and cell borders their gaps mean.
#[derive(Default)]
struct CellBuilder {
    cells: Vec<Cell>,
    /// Right edge of the last inked character.
    edge: Option<f64>,
    spaced: bool,
}

impl CellBuilder {
    fn push(&mut self, text: &str, x0: f64, x1: f64, em: f64) {
        if text.trim().is_empty() {
            self.spaced = true;
            return;
        }
        let gap = self.edge.map_or(f64::MAX, |edge| x0 - edge);
        match self.cells.last_mut() {
            Some(cell) if gap < CELL_GAP * em => {
                if self.spaced || gap > WORD_GAP * em {
                    cell.text.push(' ');
                }
                cell.text.push_str(text);
                cell.x1 = cell.x1.max(x1);
            }
            _ => self.cells.push(Cell {
                text: text.to_owned(),
                x0,
                x1,
            }),
        }
        self.edge = Some(x1);
        self.spaced = false;
    }

    fn finish(self) -> Vec<Cell> {
        self.cells
    }
}

/// "Falafel plate ........ 32 SAR": dots that lead the eye are a gap.
pub(super) fn split_leaders(cells: Vec<Cell>) -> Vec<Cell> {
    let mut out: Vec<Cell> = Vec::with_capacity(cells.len());
    for cell in cells {
        let Some((before, after)) = leader(&cell.text) else {
            out.push(cell);
            continue;
        };
        let middle = (cell.x0 + cell.x1) / 2.0;
        for (text, x0, x1) in [(before, cell.x0, middle), (after, middle, cell.x1)] {
            if !text.is_empty() {
                let text = text.to_owned();
                out.push(Cell { text, x0, x1 });
            }
        }
    }
    out
}

/// Fewest dots in a row that lead the eye rather than trail off.
const LEADER: usize = 5;

fn leader(text: &str) -> Option<(&str, &str)> {
    let is_dot = |c: char| matches!(c, '.' | '·' | '_' | '…' | ' ');
    let mut start = None;
    let mut dots = 0;
    for (at, character) in text.char_indices().chain([(text.len(), 'x')]) {
        if is_dot(character) {
            start.get_or_insert(at);
            dots += match character {
                ' ' => 0,
                '…' => 3,
                _ => 1,
            };
        } else {
            if let Some(from) = start.filter(|_| dots >= LEADER) {
                return Some((text[..from].trim(), text[at..].trim()));
            }
            (start, dots) = (None, 0);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaders_part_cells() {
        assert_eq!(
            leader("Falafel plate ........ 32 SAR"),
            Some(("Falafel plate", "32 SAR"))
        );
        assert_eq!(leader("Soup . . . . . . 12"), Some(("Soup", "12")));
        assert_eq!(leader("and so on..."), None);
    }
}
