//! A table row as the parser wrote it: `Dish: Falafel plate | Diet: vegan | Price: 32`.

use super::pick;
use crate::conversation::phrase;

/// Between the cells of a row.
const CELLS: &str = " | ";

/// Marks that stand for yes in a column such as "Vegan"; compared in lower case.
const YES: &[&str] = &[
    "yes",
    "y",
    "x",
    "✓",
    "✔",
    "✅",
    "☑",
    "true",
    "ja",
    "sí",
    "si",
    "oui",
    "نعم",
    "متوفر",
    "متاح",
];

/// Marks that stand for no. An empty cell says nothing.
const NO: &[&str] = &[
    "no",
    "n",
    "-",
    "–",
    "—",
    "✗",
    "✘",
    "✕",
    "❌",
    "false",
    "nein",
    "non",
    "لا",
    "غير متوفر",
    "غير متاح",
];

/// Names of columns that hold what something costs, as parts of them, in lower case.
const PRICES: &[&str] = &[
    "price",
    "cost",
    "fee",
    "rent",
    "preis",
    "miete",
    "precio",
    "prix",
    "tarif",
    "rate",
    "سعر",
    "رسوم",
    "إيجار",
];

/// Money, as it stands beside a price, in lower case.
const MONEY: &[&str] = &[
    "sar",
    "aed",
    "usd",
    "eur",
    "gbp",
    "kwd",
    "qar",
    "bhd",
    "omr",
    "egp",
    "$",
    "€",
    "£",
    "ريال",
    "درهم",
    "دينار",
    "جنيه",
    "ر.س",
    "د.إ",
    "د.ك",
    "د.ب",
    "ر.ع",
    "ر.ق",
    "ج.م",
];

/// What stands between a name and its description in one cell.
const DESCRIBED: [&str; 4] = [" – ", " — ", " - ", " ("];

/// A row, borrowed from the passage that holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row<'a> {
    cells: Vec<Cell<'a>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Cell<'a> {
    /// The column's name; empty in a table without a header.
    label: &'a str,
    value: &'a str,
}

/// What a row says of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Says {
    /// It has the property: the word is in a cell, or its column is marked.
    Yes,
    /// It expressly doesn't.
    No,
    /// The word is the name of a column that has other content, and so is no mark.
    Column,
    /// Nothing.
    Nothing,
}

impl<'a> Row<'a> {
    /// The row that `line` is, if it is one.
    pub(super) fn parse(line: &'a str) -> Option<Self> {
        let cells: Vec<Cell<'a>> = line.split(CELLS).map(Cell::parse).collect();
        (cells.len() > 1).then_some(Self { cells })
    }

    /// A line of a list, as a row of one cell.
    pub(super) fn item(line: &'a str) -> Self {
        Self {
            cells: vec![Cell {
                label: "",
                value: line,
            }],
        }
    }

    /// Whether `self` and `other` are of tables with the same columns; without names for them, of as many.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let mut pairs = self.cells.iter().zip(&other.cells);
        let is_named = self.cells.iter().any(|cell| !cell.label.is_empty());
        pairs.all(|(ours, theirs)| ours.label == theirs.label)
            && (is_named || self.cells.len() == other.cells.len())
    }

    /// What the row says of the word that `matches` recognises in a text.
    pub(super) fn says(&self, matches: impl Fn(&str) -> bool) -> Says {
        let mut says = Says::Nothing;
        for cell in &self.cells {
            let found = match (matches(cell.label), matches(cell.value)) {
                (_, true) if cell.denies(&matches) => Says::No,
                (_, true) => Says::Yes,
                (true, false) if cell.is_mark(YES) => Says::Yes,
                (true, false) if cell.is_mark(NO) || cell.value.is_empty() => Says::No,
                (true, false) => Says::Column,
                (false, false) => Says::Nothing,
            };
            says = match (says, found) {
                (Says::Yes, _) | (_, Says::Yes) => Says::Yes,
                (Says::No, _) | (_, Says::No) => Says::No,
                (Says::Column, _) | (_, Says::Column) => Says::Column,
                (Says::Nothing, Says::Nothing) => Says::Nothing,
            };
        }
        says
    }

    /// What it costs: the number in its column of prices, or else beside a currency.
    pub(super) fn amount(&self) -> Option<f64> {
        let is_in = |text: &str, list: &[&str]| {
            let text = text.to_lowercase();
            list.iter().any(|part| text.contains(part))
        };
        let named = self.cells.iter().filter(|cell| is_in(cell.label, PRICES));
        let with_money = self
            .cells
            .iter()
            .filter(|cell| is_in(cell.value, MONEY) || is_in(cell.label, MONEY));
        named
            .chain(with_money)
            .find_map(|cell| pick::number(cell.value))
    }

    /// Whether it says how long something takes or lasts.
    pub(super) fn has_duration(&self) -> bool {
        self.cells.iter().any(|cell| pick::is_duration(cell.value))
    }

    /// What it is of: its first cell, where there are others, without a description.
    pub(super) fn name(&self) -> Option<&'a str> {
        let first = self.cells.first().filter(|_| self.cells.len() > 1)?;
        let ends = DESCRIBED.iter().filter_map(|mark| first.value.find(mark));
        Some(&first.value[..ends.min().unwrap_or(first.value.len())])
    }

    /// The names of its columns and what is in them.
    pub(super) fn cells(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.cells.iter().map(|cell| (cell.label, cell.value))
    }

    /// The row for a reader: the first cell, then the others with their columns' names.
    pub(super) fn show(&self, language: &str) -> String {
        self.only(language, |_, _| true)
            .unwrap_or_else(|| self.first().to_owned())
    }

    /// The first cell, then those others that `picks` picks by the column's name and the content; nothing without any.
    pub(super) fn only(
        &self,
        language: &str,
        picks: impl Fn(&str, &str) -> bool,
    ) -> Option<String> {
        let cells = self
            .cells
            .iter()
            .filter(|cell| !cell.value.is_empty())
            .skip(1);
        let rest: Vec<String> = cells
            .filter(|cell| picks(cell.label, cell.value))
            .map(Cell::show)
            .collect();
        (!rest.is_empty())
            .then(|| format!("{} — {}", self.first(), rest.join(phrase::comma(language))))
    }

    /// What is in the first cell that isn't empty.
    fn first(&self) -> &'a str {
        let mut values = self.cells.iter().map(|cell| cell.value);
        values.find(|value| !value.is_empty()).unwrap_or_default()
    }
}

impl<'a> Cell<'a> {
    fn parse(cell: &'a str) -> Self {
        let (label, value) = cell
            .split_once(": ")
            .or_else(|| cell.strip_suffix(':').map(|label| (label, "")))
            .unwrap_or(("", cell));
        Self {
            label: label.trim(),
            value: value.trim(),
        }
    }

    fn show(&self) -> String {
        if self.label.is_empty() {
            self.value.to_owned()
        } else {
            format!("{}: {}", self.label.replace('_', " "), self.value)
        }
    }

    fn is_mark(&self, marks: &[&str]) -> bool {
        marks.contains(&self.value.to_lowercase().as_str())
    }

    /// Whether a word of denial stands right before what matches.
    fn denies(&self, matches: &impl Fn(&str) -> bool) -> bool {
        let value = self.value.to_lowercase();
        let words: Vec<&str> = value
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .collect();
        words
            .windows(2)
            .any(|pair| pick::is_denial(pair[0]) && matches(pair[1]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(line: &str, word: &str) -> Says {
        Row::parse(line)
            .unwrap()
            .says(|text| text.to_lowercase().contains(word))
    }

    #[test]
    fn a_property_is_a_cells_content_or_a_marked_column() {
        assert_eq!(says("Dish: Hummus | Diet: vegan", "vegan"), Says::Yes);
        assert_eq!(says("Dish: Hummus | Vegan: ✓", "vegan"), Says::Yes);
        assert_eq!(says("Dish: Kebab | Vegan: no", "vegan"), Says::No);
        assert_eq!(says("Dish: Kebab | Vegan:", "vegan"), Says::No);
        assert_eq!(says("Dish: Kebab | Diet: not vegan", "vegan"), Says::No);
        assert_eq!(says("Dish: Kebab | Diet: non-vegan", "vegan"), Says::No);
        assert_eq!(says("Dish: Kebab | Diet: meat", "vegan"), Says::Nothing);
        assert_eq!(says("Dish: Kebab | Diet: meat", "dish"), Says::Column);
    }

    #[test]
    fn a_row_costs_what_its_column_of_prices_or_a_currency_says() {
        let amount = |line| Row::parse(line).unwrap().amount();
        assert_eq!(
            amount("Dish: Soup for 2 | Price: 18 | Minutes: 5"),
            Some(18.0)
        );
        assert_eq!(amount("Soup for 2 | 5 minutes | 1,190 SAR"), Some(1190.0));
        assert_eq!(amount("الطبق: شوربة | السعر: ١٨ ريال"), Some(18.0));
        assert_eq!(amount("Dish: Soup | Minutes: 5"), None);
    }

    #[test]
    fn a_row_is_shown_with_its_columns_names() {
        let row = Row::parse("Dish: Falafel plate | Diet: vegan | Price: 32").unwrap();
        assert_eq!(row.show("en"), "Falafel plate — Diet: vegan, Price: 32");
        assert_eq!(Row::parse("Soup | 12 | ").unwrap().show("en"), "Soup — 12");
        assert_eq!(Row::parse("No cells here."), None);
    }
}
