//! Dates, times, amounts and numbers that a message names, as typed values with their place in the text.
//!
//! English and Arabic, with Arabic digits. What must stay true: a value is a valid one (no 31 February), ranges are in
//! order, don't overlap and lie on character borders. "Fridays" is no date, and neither is "24/7". Deliberately absent:
//! looking telephone numbers up in the plans of their countries; that takes a megabyte of tables.

mod date;
mod folded;
mod money;
mod number;
mod time;

use std::ops::Range;

use chrono::{NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};

use folded::Folded;

/// A value that a text names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Value {
    /// A day.
    Date {
        /// Without a year in the text, the next such day.
        date: NaiveDate,
    },
    /// A time of day.
    Time {
        /// As written: "at 8" is 08:00, since only the writer knows which.
        time: NaiveTime,
    },
    /// An amount of money.
    Money {
        /// In thousandths of the currency's unit, the smallest coin of any.
        thousandths: u64,
        /// ISO 4217; `None` for a name that several countries share, such as "dinar".
        currency: Option<String>,
    },
    /// A telephone number.
    Phone {
        /// Its digits, after a plus if it is international.
        number: String,
    },
    /// An e-mail address.
    Email {
        /// In lower case.
        address: String,
    },
    /// The number of an order, booking or invoice.
    OrderNumber {
        /// In capitals.
        number: String,
    },
}

/// A value, and the bytes of the text that name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entity {
    /// What is named.
    pub value: Value,
    /// Where.
    pub range: Range<usize>,
}

/// The values that `text` names, in order. `today` is the writer's day, which "tomorrow" counts from.
pub fn entities(text: &str, today: NaiveDate) -> Vec<Entity> {
    let folded = Folded::new(text);
    // What is certain by its form goes before what could be several things.
    let found = number::emails(&folded)
        .chain(date::dates(&folded, today))
        .chain(number::orders(&folded))
        .chain(money::amounts(&folded))
        .chain(time::times(&folded))
        .chain(number::phones(&folded));
    let mut entities: Vec<Entity> = Vec::new();
    for (value, range) in found {
        let is_free =
            |known: &Entity| known.range.end <= range.start || range.end <= known.range.start;
        if entities.iter().all(is_free) {
            entities.push(Entity { value, range });
        }
    }
    entities.sort_by_key(|entity| entity.range.start);
    entities
        .into_iter()
        .map(|entity| Entity {
            range: folded.original(&entity.range),
            ..entity
        })
        .collect()
}

#[cfg(test)]
mod tests;
