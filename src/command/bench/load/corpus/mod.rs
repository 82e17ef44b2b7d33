//! Documents made up for a tenant, and questions whose answers are known.
//!
//! They depend on nothing but the tenant's number, so that every run asks about the documents that are there already.
//! Every sentence and every row carries the tenant's marker: wherever another tenant finds it, data has leaked.

mod marker;
mod theme;

use std::fmt::Write as _;

pub(super) use self::marker::foreign;
use self::theme::{THEMES, Theme};
use super::dice::Dice;

const ITEMS: usize = 24;
const BRANCHES: usize = 6;
const SEED: u64 = 0x0077_6166_6161;

/// A tenant that was made up.
#[derive(Debug)]
pub(super) struct Business {
    pub(super) slug: String,
    pub(super) name: String,
    pub(super) marker: String,
    theme: &'static Theme,
    /// Things with prices in riyals, no two the same.
    items: Vec<(String, usize)>,
    /// Branches with their telephone numbers.
    branches: Vec<(&'static str, String)>,
    /// A value for each of the theme's rules.
    rules: Vec<usize>,
}

/// A file to upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct File {
    pub(super) name: String,
    pub(super) content: String,
}

/// A question, and what its answer has to contain.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) text: String,
    pub(super) expected: String,
}

impl Business {
    /// The business with a number from 1.
    pub(super) fn new(number: u16) -> Self {
        let mut dice = Dice::new(SEED, u64::from(number));
        let theme = &THEMES[usize::from(number) % THEMES.len()];
        let [first, last] = theme.names;
        let pick = |dice: &mut Dice, words: &[&'static str]| words[dice.below(words.len())];
        Self {
            slug: format!("load-{number:04}"),
            name: format!("{} {}", pick(&mut dice, first), pick(&mut dice, last)),
            marker: marker::of(number),
            theme,
            items: items(theme, &mut dice),
            branches: branches(&mut dice),
            rules: theme.rules.iter().map(|_| 2 + dice.below(90)).collect(),
        }
    }

    /// A price list, rules in prose, and a table of branches.
    pub(super) fn files(&self) -> [File; 3] {
        [self.prices(), self.rules(), self.branches()]
    }

    fn prices(&self) -> File {
        let (name, marker, theme) = (&self.name, &self.marker, self.theme);
        let mut content = format!(
            "# {name}: {}\n\nAll prices of {name} ({marker}) include VAT.\n",
            theme.list
        );
        for (half, items) in self.items.chunks(ITEMS.div_ceil(2)).enumerate() {
            // Writing to a string can't fail.
            let _ = write!(
                content,
                "\n## {}\n\n| {} | Price | Reference |\n|---|---|---|\n",
                theme.halves[half % 2],
                theme.column
            );
            for (item, price) in items {
                let _ = writeln!(content, "| {item} | {price} SAR | {marker} |");
            }
        }
        File {
            name: "prices.md".into(),
            content,
        }
    }

    fn rules(&self) -> File {
        let (name, marker) = (&self.name, &self.marker);
        let mut content = format!("# {name}: frequently asked questions\n");
        for (rule, value) in self.theme.rules.iter().zip(&self.rules) {
            let statement = rule
                .statement
                .replace("{}", &format!("{value} {}", rule.unit));
            let _ = write!(
                content,
                "\n## {}\n\n{statement} at {name} ({marker}).\n",
                rule.question
            );
        }
        File {
            name: "questions.md".into(),
            content,
        }
    }

    fn branches(&self) -> File {
        let mut content = "branch,phone,reference\n".to_owned();
        for (branch, phone) in &self.branches {
            let _ = writeln!(content, "{branch},{phone},{}", self.marker);
        }
        File {
            name: "branches.csv".into(),
            content,
        }
    }

    /// Some question that the documents answer.
    pub(super) fn question(&self, dice: &mut Dice) -> Question {
        match dice.below(10) {
            0..6 => {
                let (item, price) = &self.items[dice.below(self.items.len())];
                Question {
                    text: format!("What is the price of the {}?", item.to_lowercase()),
                    expected: format!("{price} SAR"),
                }
            }
            6..8 => {
                let place = dice.below(self.rules.len());
                let rule = &self.theme.rules[place];
                Question {
                    text: rule.question.to_owned(),
                    expected: format!("{} {}", self.rules[place], rule.unit),
                }
            }
            _ => {
                let (branch, phone) = &self.branches[dice.below(self.branches.len())];
                Question {
                    text: format!("What is the phone number of the {branch} branch?"),
                    expected: phone.clone(),
                }
            }
        }
    }

    /// A further document, like no other, that no question is about.
    pub(super) fn notice(&self, run: u64, number: u64) -> File {
        let (name, marker) = (&self.name, &self.marker);
        let mut dice = Dice::new(run, number);
        let mut content = format!("Notice {run}-{number} of {name} ({marker})\n");
        for paragraph in 1..=4 {
            let _ = write!(
                content,
                "\nLift {} of staircase {} is serviced in week {} ({marker}). Whoever works on floor {} takes the \
                 corridor past room {} meanwhile. The caretaker keeps the key to cellar {paragraph} ({marker}).\n",
                1 + dice.below(9),
                1 + dice.below(40),
                1 + dice.below(52),
                1 + dice.below(60),
                100 + dice.below(900),
            );
        }
        File {
            name: format!("notice-{run}-{number}.txt"),
            content,
        }
    }
}

/// Things to sell, with prices that tell them apart.
fn items(theme: &Theme, dice: &mut Dice) -> Vec<(String, usize)> {
    let [first, last] = theme.items;
    let mut pairs: Vec<(&str, &str)> = first
        .iter()
        .flat_map(|first| last.iter().map(move |last| (*first, *last)))
        .collect();
    dice.shuffle(&mut pairs);
    let mut price = theme.cheapest;
    let mut items: Vec<(String, usize)> = pairs
        .into_iter()
        .take(ITEMS)
        .map(|(first, last)| {
            price += 1 + dice.below(theme.cheapest);
            (format!("{first} {last}"), price)
        })
        .collect();
    dice.shuffle(&mut items);
    items
}

fn branches(dice: &mut Dice) -> Vec<(&'static str, String)> {
    let mut places = theme::PLACES.to_vec();
    dice.shuffle(&mut places);
    let from = 1_000 + dice.below(8_000);
    let phone = |n: usize| format!("+966 11 555 {:04}", from + 7 * n);
    (0..BRANCHES).map(|n| (places[n], phone(n))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_always_makes_the_same_documents() {
        assert_eq!(Business::new(5).files(), Business::new(5).files());
        assert_ne!(Business::new(5).files(), Business::new(8).files());
        assert_eq!(Business::new(42).slug, "load-0042");
    }

    #[test]
    fn every_answer_is_in_the_documents_once_with_the_marker_beside_it() {
        for number in 1..=30 {
            let business = Business::new(number);
            let all: String = business.files().map(|file| file.content).concat();
            let mut dice = Dice::new(1, number.into());
            for _ in 0..50 {
                let Question { text, expected } = business.question(&mut dice);
                let mut lines = all.lines().filter(|line| {
                    line.contains(&format!(" {expected}")) || line.contains(&format!(",{expected}"))
                });
                let line = lines.next().unwrap_or_else(|| panic!("{text} {expected}"));
                assert!(line.contains(&business.marker), "{line}");
            }
        }
    }

    #[test]
    fn prices_tell_items_apart() {
        let business = Business::new(3);
        let mut prices: Vec<usize> = business.items.iter().map(|(_, price)| *price).collect();
        prices.sort_unstable();
        prices.dedup();
        assert_eq!(prices.len(), ITEMS);
    }

    #[test]
    fn notices_differ() {
        let business = Business::new(1);
        assert_ne!(business.notice(1, 1), business.notice(1, 2));
        assert_ne!(business.notice(1, 1), business.notice(2, 1));
    }
}
