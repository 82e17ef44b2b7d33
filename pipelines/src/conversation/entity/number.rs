//! E-mail addresses, telephone numbers, and the numbers of orders.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use super::{Value, folded::Folded};

static EMAIL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[a-z0-9][a-z0-9._%+-]*@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}")
        .expect("a well-formed pattern")
});

static PHONE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:\+|\b)\(?[0-9][0-9 ().-]{5,20}[0-9]\b").expect("a well-formed pattern")
});

/// A number after the word for what it numbers, or after a hash.
static ORDER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?:\b(?:order|booking|reservation|invoice|ticket|tracking|reference|ref|confirmation)(?: (?:number|no|num|id|nr|code))?\.?",
        r"|(?:\bرقم )?\b(?:ال)?(?:طلبيه|طلب|حجز|فاتوره|تذكره|شحنه|تتبع)(?:ي|تي)?(?: رقم)?)",
        r"(?: is| هو)?\s?(?P<mark>[:#№]|)\s?(?P<number>[a-z]{0,4}-?[0-9][0-9a-z-]*)|#\s?(?P<hash>[a-z]{0,4}-?[0-9][0-9a-z-]{2,})"
    ))
    .expect("a well-formed pattern")
});

/// A number of as many digits after "order" is one; fewer may be how many are ordered.
const SURE_DIGITS: usize = 4;

pub(super) fn emails(folded: &Folded) -> impl Iterator<Item = (Value, Range<usize>)> {
    EMAIL.find_iter(&folded.text).map(|found| {
        let address = found.as_str().to_owned();
        (Value::Email { address }, found.range())
    })
}

pub(super) fn phones(folded: &Folded) -> impl Iterator<Item = (Value, Range<usize>)> {
    PHONE.find_iter(&folded.text).filter_map(|found| {
        let digits: String = found
            .as_str()
            .chars()
            .filter(char::is_ascii_digit)
            .collect();
        let international = found.as_str().starts_with('+').then_some(digits.as_str());
        let international = international.or_else(|| digits.strip_prefix("00"));
        let is_likely = match international {
            Some(number) => (8..=15).contains(&number.len()),
            None if digits.starts_with('0') => (8..=12).contains(&digits.len()),
            None => (10..=15).contains(&digits.len()),
        };
        let number = international.map_or_else(|| digits.clone(), |number| format!("+{number}"));
        is_likely.then(|| (Value::Phone { number }, found.range()))
    })
}

pub(super) fn orders(folded: &Folded) -> impl Iterator<Item = (Value, Range<usize>)> {
    ORDER.captures_iter(&folded.text).filter_map(|found| {
        let number = found.name("number").or_else(|| found.name("hash"))?;
        let is_marked = found.name("hash").is_some()
            || found.name("mark").is_some_and(|mark| !mark.is_empty())
            || ["number", " no", " id", " num", "رقم", "code"]
                .iter()
                .any(|word| found[0].contains(word));
        let digits = number.as_str().chars().filter(char::is_ascii_digit).count();
        let is_mixed = number.as_str().contains(|c: char| c.is_ascii_alphabetic()) && digits > 1;
        let is_sure =
            is_marked && number.len() > 1 || digits >= SURE_DIGITS || is_mixed && digits > 2;
        let number_text = number.as_str().trim_end_matches('-').to_uppercase();
        let range = number.start()..number.start() + number_text.len();
        is_sure.then_some((
            Value::OrderNumber {
                number: number_text,
            },
            range,
        ))
    })
}
