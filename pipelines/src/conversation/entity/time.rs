//! Times of day.

use std::{ops::Range, sync::LazyLock};

use chrono::NaiveTime;
use regex::{Captures, Regex};

use super::{Value, folded::Folded};

/// Half of the day, as it is written after an hour.
const HALVES: &str = r"a\.?m\.?|p\.?m\.?|in the morning|in the afternoon|in the evening|at night|صباحا|الصبح|ص|مساء|المسا|م|ظهرا|الظهر|عصرا|العصر|المغرب|العشا|ليلا|بالليل|الليل";

static CLOCK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(&format!(
        r"\b(?P<hour>[0-9]{{1,2}})(?::(?P<minute>[0-5][0-9]))\b(?:\s?(?P<half>{HALVES})(?:\b|\s|$))?|\b(?P<h>[0-9]{{1,2}})(?:\.(?P<m>[0-5][0-9]))?\s?(?P<needed>{HALVES})(?:\b|\s|$)"
    ))
    .expect("a well-formed pattern")
});

/// An hour that a word before it makes a time, with the quarters of Arabic after it.
static HOUR: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(&format!(
        r"(?:\bat|\bالساعه|\baround|\bby|\buntil|\btill) (?P<hour>[0-9]{{1,2}})\b(?: (?P<quarter>ونص|ونصف|والنصف|وربع|والربع|الا ربع|الا الربع|وثلث)\b)?(?: (?P<half>{HALVES})\b)?"
    ))
    .expect("a well-formed pattern")
});

static WORDS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(?P<part>half past|quarter past|quarter to) (?P<hour>[0-9]{1,2})\b(?:\s?(?P<half>am|pm))?|\b(?P<name>noon|midday|midnight|منتصف الليل)\b")
        .expect("a well-formed pattern")
});

pub(super) fn times(folded: &Folded) -> impl Iterator<Item = (Value, Range<usize>)> {
    let text = folded.text.as_str();
    let hours = HOUR
        .captures_iter(text)
        .filter(move |found| !counts(text, found));
    hours
        .filter_map(by_hour)
        .chain(WORDS.captures_iter(text).filter_map(by_words))
        .chain(CLOCK.captures_iter(text).filter_map(by_clock))
        .map(|(time, range)| (Value::Time { time }, range))
}

/// Whether the hour counts something after all: "at 3 tables", "by 10%".
fn counts(text: &str, found: &Captures<'_>) -> bool {
    const AFTER_AN_HOUR: &[&str] = &[
        "on", "tomorrow", "today", "tonight", "and", "or", "for", "to", "please", "o", "oclock",
        "sharp", "with", "in", "until", "till", "is",
    ];
    let whole = &found[0];
    let is_arabic = whole.contains("الساعه");
    let end = found.get(0).map_or(0, |found| found.end());
    let rest = &text[end..];
    if is_arabic || found.name("half").is_some() {
        return false;
    }
    let next: String = rest
        .chars()
        .skip(1)
        .take_while(|c| c.is_alphanumeric())
        .collect();
    rest.starts_with([':', '.', ',', '%', '/', '-'])
        && rest[1..].starts_with(|c: char| c.is_ascii_digit())
        || rest.starts_with(['%', '$', '€', ':'])
        || rest.starts_with(' ') && !next.is_empty() && !AFTER_AN_HOUR.contains(&next.as_str())
}

fn by_clock(found: Captures<'_>) -> Option<(NaiveTime, Range<usize>)> {
    let hour = found.name("hour").or_else(|| found.name("h"))?;
    let minute = found.name("minute").or_else(|| found.name("m"));
    let half = found.name("half").or_else(|| found.name("needed"));
    let last = half.or(minute).unwrap_or(hour);
    let minutes = minute.map_or(Some(0), |minute| minute.as_str().parse().ok())?;
    let time = time_of(hour.as_str(), minutes, half.map(|half| half.as_str()))?;
    Some((time, hour.start()..last.end()))
}

fn by_hour(found: Captures<'_>) -> Option<(NaiveTime, Range<usize>)> {
    let hour = found.name("hour")?;
    let half = found.name("half");
    let last = half.or_else(|| found.name("quarter")).unwrap_or(hour);
    let time = time_of(hour.as_str(), 0, half.map(|half| half.as_str()))?;
    let minutes = match found.name("quarter").map(|quarter| quarter.as_str()) {
        Some("ونص" | "ونصف" | "والنصف") => 30,
        Some("وربع" | "والربع") => 15,
        Some("وثلث") => 20,
        Some(_) => -15,
        None => 0,
    };
    Some((shift(time, minutes), hour.start()..last.end()))
}

fn by_words(found: Captures<'_>) -> Option<(NaiveTime, Range<usize>)> {
    let range = found.get(0)?.range();
    if let Some(name) = found.name("name") {
        let hour = if name.as_str().ends_with("night") || name.as_str().ends_with("الليل") {
            0
        } else {
            12
        };
        return Some((NaiveTime::from_hms_opt(hour, 0, 0)?, range));
    }
    let minutes = match &found["part"] {
        "half past" => 30,
        "quarter past" => 15,
        _ => -15,
    };
    let time = time_of(
        &found["hour"],
        0,
        found.name("half").map(|half| half.as_str()),
    )?;
    Some((shift(time, minutes), range))
}

fn shift(time: NaiveTime, minutes: i64) -> NaiveTime {
    time.overflowing_add_signed(chrono::TimeDelta::minutes(minutes))
        .0
}

fn time_of(hour: &str, minute: u32, half: Option<&str>) -> Option<NaiveTime> {
    let hour: u32 = hour.parse().ok()?;
    let hour = match half {
        None => hour,
        Some(_) if hour > 12 => hour,
        Some(half) if is_morning(half) => hour % 12,
        Some(half) if half.contains("ليل") && hour % 12 < 5 => hour % 12,
        Some("at night") if hour % 12 < 5 => hour % 12,
        Some(_) => hour % 12 + 12,
    };
    NaiveTime::from_hms_opt(if hour == 24 { 0 } else { hour }, minute, 0)
}

fn is_morning(half: &str) -> bool {
    matches!(half, "ص" | "صباحا" | "الصبح" | "in the morning")
        || half.starts_with('a') && half != "at night"
}
