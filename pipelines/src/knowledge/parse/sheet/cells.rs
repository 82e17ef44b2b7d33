//! The filled cells of a sheet.
//!
//! What must stay true: what is blank takes no room, so that two cells at opposite corners are two cells; a
//! row of a few cells costs little more than its texts, since a sheet may have a million.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// A row's cells by column.
pub(super) type Filled = Vec<(u32, String)>;

#[derive(Default)]
pub(super) struct Cells(BTreeMap<u32, Filled>);

impl Cells {
    pub(super) fn put(&mut self, row: u32, column: u32, text: String) {
        let cells = self.0.entry(row).or_default();
        match cells.last() {
            Some((last, _)) if *last >= column => match place(cells, column) {
                Ok(at) => cells[at].1 = text,
                Err(at) => cells.insert(at, (column, text)),
            },
            _ => cells.push((column, text)),
        }
    }

    pub(super) fn get(&self, row: u32, column: u32) -> Option<&str> {
        let cells = self.0.get(&row)?;
        let at = place(cells, column).ok()?;
        Some(&cells[at].1)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The rows among these that have cells.
    pub(super) fn rows(&self, among: RangeInclusive<u32>) -> Vec<u32> {
        self.0.range(among).map(|(row, _)| *row).collect()
    }

    /// All columns that have cells, in order.
    pub(super) fn columns(&self) -> Vec<u32> {
        columns(self.0.values())
    }

    /// Rows in order.
    pub(super) fn into_rows(self) -> impl Iterator<Item = (u32, Filled)> {
        self.0.into_iter()
    }
}

/// The columns used by any of these rows, in order.
pub(super) fn columns<'a>(rows: impl Iterator<Item = &'a Filled>) -> Vec<u32> {
    let mut columns: Vec<u32> = Vec::new();
    for (column, _) in rows.flatten() {
        // Rows mostly use the same ones, so the list stays short.
        if let Err(at) = columns.binary_search(column) {
            columns.insert(at, *column);
        }
    }
    columns
}

fn place(cells: &Filled, column: u32) -> Result<usize, usize> {
    cells.binary_search_by_key(&column, |(column, _)| *column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_come_back_in_order_whatever_order_they_came_in() {
        let mut cells = Cells::default();
        for (row, column, text) in [
            (2, 5, "e"),
            (2, 1, "a"),
            (0, 3, "x"),
            (2, 3, "c"),
            (2, 3, "d"),
        ] {
            cells.put(row, column, text.to_owned());
        }
        assert_eq!(cells.get(2, 3), Some("d"));
        assert_eq!(cells.get(2, 2), None);
        assert_eq!(cells.rows(1..=9), [2]);
        assert_eq!(cells.columns(), [1, 3, 5]);
        let rows: Vec<(u32, Filled)> = cells.into_rows().collect();
        assert_eq!(rows[0], (0, vec![(3, "x".to_owned())]));
        let texts: Vec<&str> = rows[1].1.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(texts, ["a", "d", "e"]);
    }
}
