//! Tables in PDFs, found from lines whose cells stand in the same columns.
//!
//! What must stay true: a run of lines is a table only if every cell falls into one column; text set in two
//! columns and drawn line by line is not a table and is read column after column.

use super::cell::Cell;
use super::line::Line;
use crate::knowledge::parse::table::Row;

/// What a run of multi-cell lines turned out to be.
pub(super) enum Found {
    /// So many lines are a table of these rows.
    Table { lines: usize, rows: Vec<Row> },
    /// So many lines are two columns of running text.
    Columns { lines: usize, columns: Vec<Line> },
}

/// Looks for a table that starts at the first of `lines`.
pub(super) fn find(lines: &[Line]) -> Option<Found> {
    let first = lines.first().filter(|line| is_row(line))?;
    let mut grid = Grid::new(first);
    let mut used = 1;
    while let Some(line) = lines.get(used) {
        let above = &lines[used - 1];
        let near = line.direction == above.direction
            && line.y > above.y
            && line.y - above.y < 3.5 * line.size.max(above.size);
        if !near || !(grid.take_row(line) || grid.take_rest(line, lines.get(used + 1))) {
            break;
        }
        used += 1;
    }
    if grid.lines.len() < 2 {
        return None;
    }
    if grid.is_running_text() {
        let columns = grid.as_columns();
        return Some(Found::Columns {
            lines: used,
            columns,
        });
    }
    let rows = grid.rows(first.rtl);
    Some(Found::Table { lines: used, rows })
}

/// A line of several cells that isn't a bullet or a number and its text.
pub(super) fn is_row(line: &Line) -> bool {
    line.cells.len() > 1 && !(line.cells.len() == 2 && is_marker(&line.cells[0].text))
}

fn is_marker(text: &str) -> bool {
    let text = text.trim();
    let symbol = text.chars().count() == 1 && !text.chars().all(char::is_alphanumeric);
    let numbered = text.ends_with(['.', ')']) || text.contains('.');
    let short = text
        .chars()
        .all(|c| c.is_alphanumeric() || ".()".contains(c))
        && text.chars().count() <= 6;
    symbol || (numbered && short)
}

struct Grid {
    /// Left and right edges, in no order.
    columns: Vec<(f64, f64)>,
    /// For each row, the cells and the columns they stand in.
    lines: Vec<Vec<(usize, String)>>,
    sample: Line,
}

impl Grid {
    fn new(first: &Line) -> Self {
        Self {
            columns: first.cells.iter().map(|cell| (cell.x0, cell.x1)).collect(),
            lines: vec![
                first
                    .cells
                    .iter()
                    .map(|cell| cell.text.clone())
                    .enumerate()
                    .collect(),
            ],
            sample: first.clone(),
        }
    }

    /// The only column a cell overlaps; `None` if it overlaps none, or more than one.
    fn column(&self, cell: &Cell) -> Result<Option<usize>, ()> {
        let slack = 0.3 * self.sample.size;
        let mut overlapping = self
            .columns
            .iter()
            .enumerate()
            .filter(|(_, (x0, x1))| cell.x0 < x1 + slack && cell.x1 > x0 - slack)
            .map(|(column, _)| column);
        match (overlapping.next(), overlapping.next()) {
            (column, None) => Ok(column),
            _ => Err(()),
        }
    }

    fn take_row(&mut self, line: &Line) -> bool {
        if line.cells.len() < 2 {
            return false;
        }
        let mut placed: Vec<(usize, String)> = Vec::new();
        let mut new = Vec::new();
        for cell in &line.cells {
            match self.column(cell) {
                Ok(Some(column)) if placed.iter().all(|(taken, _)| *taken != column) => {
                    placed.push((column, cell.text.clone()));
                }
                Ok(None) => new.push(cell),
                Ok(Some(_)) | Err(()) => return false,
            }
        }
        if placed.is_empty() || new.len() > placed.len() {
            return false;
        }
        for cell in &line.cells {
            if let Ok(Some(column)) = self.column(cell) {
                let edges = &mut self.columns[column];
                *edges = (edges.0.min(cell.x0), edges.1.max(cell.x1));
            }
        }
        for cell in new {
            placed.push((self.columns.len(), cell.text.clone()));
            self.columns.push((cell.x0, cell.x1));
        }
        self.lines.push(placed);
        true
    }

    /// A lone cell inside a table: the rest of the cell above it, or a section's name before more rows.
    fn take_rest(&mut self, line: &Line, next: Option<&Line>) -> bool {
        let [cell] = line.cells.as_slice() else {
            return false;
        };
        let Ok(Some(column)) = self.column(cell) else {
            return false;
        };
        if column != self.leading() {
            let Some(above) = self.lines.last_mut() else {
                return false;
            };
            match above.iter_mut().find(|(taken, _)| *taken == column) {
                Some((_, text)) => {
                    text.push(' ');
                    text.push_str(&cell.text);
                }
                None => above.push((column, cell.text.clone())),
            }
            return true;
        }
        let more = next.is_some_and(|next| {
            is_row(next)
                && next.y - line.y < 3.5 * next.size
                && next.cells.iter().all(|c| self.column(c).is_ok())
        });
        if more {
            self.lines.push(vec![(column, cell.text.clone())]);
        }
        more
    }

    fn rows(self, rtl: bool) -> Vec<Row> {
        let order = self.order(rtl);
        let place = |column: usize| order.iter().position(|at| *at == column).unwrap_or(0);
        self.lines
            .into_iter()
            .map(|cells| {
                let mut row = vec![String::new(); order.len()];
                for (column, text) in cells {
                    row[place(column)] = text;
                }
                row
            })
            .collect()
    }

    /// The column that reading begins with.
    fn leading(&self) -> usize {
        self.order(self.sample.rtl).first().copied().unwrap_or(0)
    }

    fn order(&self, rtl: bool) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.columns.len()).collect();
        order.sort_by(|a, b| self.columns[*a].0.total_cmp(&self.columns[*b].0));
        if rtl {
            order.reverse();
        }
        order
    }

    /// Two columns of long cells over several lines.
    fn is_running_text(&self) -> bool {
        let long = |wanted: usize| {
            let cells: Vec<usize> = self
                .lines
                .iter()
                .flatten()
                .filter(|(column, _)| *column == wanted)
                .map(|(_, text)| text.chars().count())
                .collect();
            cells.iter().sum::<usize>() > 30 * cells.len().max(1)
        };
        self.columns.len() == 2 && self.lines.len() >= 4 && long(0) && long(1)
    }

    fn as_columns(&self) -> Vec<Line> {
        let mut out = Vec::new();
        for column in self.order(self.sample.rtl) {
            let (x0, x1) = self.columns[column];
            for (at, cells) in self.lines.iter().enumerate() {
                for (_, text) in cells.iter().filter(|(taken, _)| *taken == column) {
                    let text = text.clone();
                    let y = self.sample.y + at as f64 * 1.2 * self.sample.size;
                    out.push(Line {
                        cells: vec![Cell { text, x0, x1 }],
                        x0,
                        x1,
                        y,
                        ..self.sample.clone()
                    });
                }
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::super::device::Direction;
    use super::*;

    fn line(cells: &[(&str, f64, f64)], y: f64) -> Line {
        let cells = cells.iter().map(|(text, x0, x1)| Cell {
            text: (*text).to_owned(),
            x0: *x0,
            x1: *x1,
        });
        let cells: Vec<Cell> = cells.collect();
        let edge = |of: fn(&Cell) -> f64| cells.iter().map(of);
        Line {
            x0: edge(|cell| cell.x0).fold(f64::MAX, f64::min),
            x1: edge(|cell| cell.x1).fold(f64::MIN, f64::max),
            cells,
            y,
            size: 10.0,
            direction: Direction::Right,
            bold: false,
            rtl: true,
        }
    }

    #[test]
    fn a_sections_name_in_a_table_read_from_the_right_is_a_row_of_its_own() {
        let lines = [
            line(
                &[("٢٢ ر.س", 50.0, 90.0), ("شوربة العدس", 400.0, 500.0)],
                10.0,
            ),
            line(&[("٢٨ ر.س", 50.0, 90.0), ("حمص", 450.0, 500.0)], 22.0),
            line(&[("فلافل", 460.0, 500.0)], 40.0),
            line(
                &[("٢٥ ر.س", 50.0, 90.0), ("طبق الفلافل", 400.0, 500.0)],
                52.0,
            ),
        ];
        let Some(Found::Table { lines: 4, rows }) = find(&lines) else {
            panic!("not one table");
        };
        let names: Vec<&str> = rows.iter().map(|row| row[0].as_str()).collect();
        assert_eq!(names, ["شوربة العدس", "حمص", "فلافل", "طبق الفلافل"]);
    }
}
