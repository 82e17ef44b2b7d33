//! Days: written out, in figures, by weekday, or counted from today.

use std::{ops::Range, sync::LazyLock};

use chrono::{Datelike as _, Days, NaiveDate};
use regex::{Captures, Match, Regex};

use super::{Value, folded::Folded};

/// Months by name, from January on, folded; Gulf and Egypt say "يناير", the Levant "كانون الثاني".
const MONTHS: [&str; 12] = [
    "january|jan|يناير|كانون الثاني",
    "february|feb|فبراير|شباط",
    "march|mar|مارس|اذار",
    "april|apr|ابريل|نيسان",
    "may|مايو|ايار",
    "june|jun|يونيو|حزيران",
    "july|jul|يوليو|تموز",
    "august|aug|اغسطس|اب",
    "september|sept|sep|سبتمبر|ايلول",
    "october|oct|اكتوبر|تشرين الاول",
    "november|nov|نوفمبر|تشرين الثاني",
    "december|dec|ديسمبر|كانون الاول",
];

/// Weekdays from Monday on. "Fridays" are many days, so the plural isn't here.
const WEEKDAYS: [&str; 7] = [
    "monday|الاثنين|الاتنين",
    "tuesday|tue|tues|الثلاثاء|التلات|الثلاثا",
    "wednesday|wed|الاربعاء|الاربعا",
    "thursday|thu|thurs|الخميس",
    "friday|fri|الجمعه",
    "saturday|السبت",
    "sunday|الاحد",
];

/// Days counted from today. Longer phrases first.
const RELATIVE: &[(&str, i64)] = &[
    ("the day after tomorrow", 2),
    ("day after tomorrow", 2),
    ("بعد بكره", 2),
    ("بعد بكرا", 2),
    ("بعد غد", 2),
    ("بعد غدا", 2),
    ("اول امس", -2),
    ("tomorrow", 1),
    ("tmrw", 1),
    ("غدا", 1),
    ("غد", 1),
    ("بكره", 1),
    ("بكرا", 1),
    ("باكر", 1),
    ("today", 0),
    ("tonight", 0),
    ("this evening", 0),
    ("اليوم", 0),
    ("الليله", 0),
    ("النهارده", 0),
    ("yesterday", -1),
    ("امس", -1),
    ("امبارح", -1),
    ("مبارح", -1),
];

static DAY: LazyLock<Regex> = LazyLock::new(|| {
    let months = MONTHS.join("|");
    let weekdays = WEEKDAYS.join("|");
    let relative: Vec<&str> = RELATIVE.iter().map(|(phrase, _)| *phrase).collect();
    let relative = relative.join("|");
    Regex::new(&format!(
        r"\b(?P<iso>[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})\b
        |\b(?P<a>[0-9]{{1,2}})[/.-](?P<b>[0-9]{{1,2}})[/.-](?P<y>[0-9]{{4}}|[0-9]{{2}})\b
        |\b(?:on|for|until|يوم|بتاريخ|تاريخ)\x20(?P<c>[0-9]{{1,2}})/(?P<d>[0-9]{{1,2}})(?:/(?P<y2>[0-9]{{4}}|[0-9]{{2}}))?\b
        |\b(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?\x20(?:of\x20)?(?P<month>{months})\b(?:,?\x20(?P<year>[0-9]{{4}})\b)?
        |\b(?P<month2>{months})\.?\x20(?P<day2>[0-9]{{1,2}})(?P<ordinal>st|nd|rd|th)?\b(?:,?\x20(?P<year2>[0-9]{{4}})\b)?
        |\bin\x20(?P<n>[0-9]{{1,2}})\x20(?P<unit>days?|weeks?)\b
        |\bبعد\x20(?P<n2>[0-9]{{1,2}})\x20(?P<unit2>ايام|يوم|اسابيع|اسبوع)\b
        |\b(?P<relative>{relative})\b
        |\b(?P<next>next\x20)?(?P<weekday>{weekdays})\b(?P<next2>\x20(?:القادمه|القادم|الجايه|الجاي|المقبله|المقبل))?"
    ).replace("\n        ", ""))
    .expect("a well-formed pattern")
});

pub(super) fn dates(
    folded: &Folded,
    today: NaiveDate,
) -> impl Iterator<Item = (Value, Range<usize>)> {
    DAY.captures_iter(&folded.text).filter_map(move |found| {
        let (date, range) = read(&folded.text, &found, today)?;
        Some((Value::Date { date }, range))
    })
}

fn read(text: &str, found: &Captures<'_>, today: NaiveDate) -> Option<(NaiveDate, Range<usize>)> {
    let group = |name| found.name(name);
    let number = |name| group(name).and_then(|found: Match<'_>| found.as_str().parse::<u32>().ok());
    let whole = found.get(0)?.range();
    if let Some(iso) = group("iso") {
        return Some((iso.as_str().parse().ok()?, whole));
    }
    if let (Some(a), Some(b), Some(year)) = (number("a"), number("b"), number("y")) {
        return Some((in_figures(a, b, in_full(year))?, whole));
    }
    if let (Some(day), Some(month)) = (number("c"), number("d")) {
        let range = group("c")?.start()..whole.end;
        let date = match number("y2") {
            Some(year) => in_figures(day, month, in_full(year))?,
            None => coming(day, month, today)?,
        };
        return Some((date, range));
    }
    if let Some(month) = group("month").or_else(|| group("month2")) {
        let day = number("day").or_else(|| number("day2"))?;
        let month = index_of(&MONTHS, month.as_str())? + 1;
        let date = match number("year").or_else(|| number("year2")) {
            Some(year) => NaiveDate::from_ymd_opt(year.cast_signed(), month, day)?,
            None if is_verb(text, found) => return None,
            None => coming(day, month, today)?,
        };
        return Some((date, whole));
    }
    if let Some(count) = number("n").or_else(|| number("n2")) {
        let unit = group("unit").or_else(|| group("unit2"))?.as_str();
        let is_weeks = unit.starts_with("week") || unit.starts_with("اس");
        let days = u64::from(count) * if is_weeks { 7 } else { 1 };
        return Some((today.checked_add_days(Days::new(days))?, whole));
    }
    if let Some(phrase) = group("relative") {
        let (_, days) = RELATIVE
            .iter()
            .find(|(known, _)| *known == phrase.as_str())?;
        return Some((
            today.checked_add_signed(chrono::TimeDelta::days(*days))?,
            whole,
        ));
    }
    let weekday = index_of(&WEEKDAYS, group("weekday")?.as_str())?;
    if recurs(&text[..whole.start]) {
        return None;
    }
    let ahead = (weekday + 7 - today.weekday().num_days_from_monday()) % 7;
    let is_next = group("next").is_some() || group("next2").is_some();
    let ahead = if ahead == 0 && is_next { 7 } else { ahead };
    Some((today.checked_add_days(Days::new(ahead.into()))?, whole))
}

/// A year of two figures is one of this century.
fn in_full(year: u32) -> i32 {
    let year = if year < 100 { 2_000 + year } else { year };
    year.cast_signed()
}

/// Which of the alternatives is `word`.
fn index_of(alternatives: &[&str], word: &str) -> Option<u32> {
    let index = alternatives
        .iter()
        .position(|names| names.split('|').any(|name| name == word))?;
    u32::try_from(index).ok()
}

/// "May 10 people come" is no date.
fn is_verb(text: &str, found: &Captures<'_>) -> bool {
    let is_may = found
        .name("month2")
        .is_some_and(|month| month.as_str() == "may");
    let end = found.get(0).map_or(0, |found| found.end());
    is_may
        && found.name("ordinal").is_none()
        && text[end..].trim_start().starts_with(char::is_alphabetic)
}

/// Whether what stands before a weekday makes it many days: "every Friday", "أيام الجمعة".
fn recurs(before: &str) -> bool {
    let last = before.split_whitespace().next_back().unwrap_or_default();
    matches!(last, "every" | "each" | "كل" | "ايام")
}

/// Day, month and year in figures: the day first, unless it can't be.
fn in_figures(a: u32, b: u32, year: i32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year, b, a).or_else(|| NaiveDate::from_ymd_opt(year, a, b))
}

/// The next such day, today included.
fn coming(day: u32, month: u32, today: NaiveDate) -> Option<NaiveDate> {
    const LEAP_YEARS_APART: i32 = 8;
    (0..=LEAP_YEARS_APART)
        .filter_map(|years| NaiveDate::from_ymd_opt(today.year() + years, month, day))
        .find(|date| *date >= today)
}
