//! Times that repeat, written as the five fields of crontab(5), in a time zone.
//!
//! Minute, hour, day of the month, month, day of the week: each `*`, a number, a range, a step or a list of
//! those; months and weekdays by name too. Where both days are given, either will do. A time that a clock leaves
//! out in spring comes right after the gap; one that it shows twice in autumn comes once.
//!
//! Of our own, because the crates for it turn on features of chrono for which all that depends on it, LanceDB
//! included, would be compiled anew.

use chrono::{
    DateTime, Datelike as _, Days, NaiveDate, NaiveDateTime, TimeDelta, TimeZone as _, Utc,
};
use chrono_tz::Tz;

/// Days looked at: 29 February comes again within eight years.
const HORIZON: u64 = 8 * 366;
/// Clocks leave out three hours at the most; a whole day once went by in Samoa.
const LONGEST_GAP: i64 = 25 * 60;
const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// A text that is no schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// There are five fields.
    #[error("a schedule has five fields: minute, hour, day of the month, month, day of the week")]
    Fields,
    /// One of them says nothing.
    #[error("`{0}` is none of the values of this field")]
    Field(String),
    /// It names no day that there is.
    #[error("this time never comes")]
    Never,
    /// Nobody knows it.
    #[error("`{0}` is not a time zone such as Asia/Riyadh")]
    Zone(String),
}

/// Times that repeat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Whether either day will do.
    either: bool,
    zone: Tz,
}

impl Schedule {
    /// Reads five fields, and the IANA name of a time zone.
    ///
    /// # Errors
    /// Says what is wrong with them.
    pub fn parse(cron: &str, zone: &str) -> Result<Self, Invalid> {
        let zone = zone.parse().map_err(|_| Invalid::Zone(zone.to_owned()))?;
        let fields: Vec<&str> = cron.split_ascii_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields[..] else {
            return Err(Invalid::Fields);
        };
        let mut weekdays = values(weekday, 0, 7, &WEEKDAYS, 0)?;
        // Sunday has two numbers.
        weekdays |= (weekdays >> 7) & 1;
        let schedule = Self {
            minutes: values(minute, 0, 59, &[], 0)?,
            hours: values(hour, 0, 23, &[], 0)?,
            days: values(day, 1, 31, &[], 0)?,
            months: values(month, 1, 12, &MONTHS, 1)?,
            weekdays: weekdays & 0x7f,
            either: !day.starts_with('*') && !weekday.starts_with('*'),
            zone,
        };
        match schedule.after(Utc::now()) {
            Some(_) => Ok(schedule),
            None => Err(Invalid::Never),
        }
    }

    /// Whether it may come more than once an hour.
    #[must_use]
    pub const fn is_hasty(&self) -> bool {
        self.minutes.count_ones() > 1
    }

    /// The next time after this one.
    #[must_use]
    pub fn after(&self, time: DateTime<Utc>) -> Option<DateTime<Utc>> {
        // A clock that is set back shows again what was shown before.
        let from = time.with_timezone(&self.zone).naive_local() - TimeDelta::hours(3);
        let mut days =
            (0..HORIZON).filter_map(|ahead| from.date().checked_add_days(Days::new(ahead)));
        days.find_map(|day| self.on(day, time))
    }

    /// The first time on a day that is after this one.
    fn on(&self, day: NaiveDate, time: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let has = |values: u64, value: u32| (values >> value) & 1 == 1;
        if !has(self.months, day.month()) {
            return None;
        }
        let of_month = has(self.days, day.day());
        let of_week = has(self.weekdays, day.weekday().num_days_from_sunday());
        let fits = if self.either {
            of_month || of_week
        } else {
            of_month && of_week
        };
        if !fits {
            return None;
        }
        let times = (0..24)
            .filter(|hour| has(self.hours, *hour))
            .flat_map(|hour| {
                let minutes = (0..60).filter(|minute| has(self.minutes, *minute));
                minutes.filter_map(move |minute| day.and_hms_opt(hour, minute, 0))
            });
        let mut times = times.filter_map(|local| self.moment(local));
        times.find(|moment| *moment > time)
    }

    /// When a clock shows this, or would have.
    fn moment(&self, local: NaiveDateTime) -> Option<DateTime<Utc>> {
        let mut later = (0..=LONGEST_GAP).map(|minutes| local + TimeDelta::minutes(minutes));
        let moment = later.find_map(|local| self.zone.from_local_datetime(&local).earliest())?;
        Some(moment.with_timezone(&Utc))
    }
}

/// The values of a field, each a bit. The first of `names` has the number `first`.
fn values(field: &str, low: u32, high: u32, names: &[&str], first: u32) -> Result<u64, Invalid> {
    let invalid = || Invalid::Field(field.to_owned());
    let number = |text: &str| -> Option<u32> {
        let name = text.to_ascii_lowercase();
        if let Some(at) = names.iter().position(|known| *known == name) {
            return Some(first + u32::try_from(at).ok()?);
        }
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let number: u32 = text.parse().ok().filter(|_| is_number)?;
        (low..=high).contains(&number).then_some(number)
    };
    let mut found = 0;
    for part in field.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => {
                let step: u32 = step.parse().map_err(|_| invalid())?;
                (range, Some(step))
            }
            None => (part, None),
        };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (low, high),
            Some((from, to)) => (
                number(from).ok_or_else(invalid)?,
                number(to).ok_or_else(invalid)?,
            ),
            None => {
                let only = number(range).ok_or_else(invalid)?;
                (only, if step.is_some() { high } else { only })
            }
        };
        let step = step.unwrap_or(1);
        if from > to || step == 0 {
            return Err(invalid());
        }
        for value in (from..=to).step_by(step as usize) {
            found |= 1 << value;
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    /// The times that follow one another.
    fn times(cron: &str, zone: &str, from: &str, count: usize) -> Vec<String> {
        let schedule = Schedule::parse(cron, zone).unwrap();
        let mut times = Vec::new();
        let mut time = at(from);
        for _ in 0..count {
            time = schedule.after(time).unwrap();
            times.push(time.format("%Y-%m-%dT%H:%M").to_string());
        }
        times
    }

    #[test]
    fn times_follow_each_other() {
        for (cron, expected) in [
            ("30 4 * * *", ["2026-01-01T04:30", "2026-01-02T04:30"]),
            ("0 */12 * * *", ["2026-01-01T12:00", "2026-01-02T00:00"]),
            ("5,35 0 * * *", ["2026-01-01T00:05", "2026-01-01T00:35"]),
            (
                "0 9 * * mon-fri/2",
                ["2026-01-02T09:00", "2026-01-05T09:00"],
            ),
            ("0 0 * * 7", ["2026-01-04T00:00", "2026-01-11T00:00"]),
            ("0 0 29 Feb *", ["2028-02-29T00:00", "2032-02-29T00:00"]),
            // Either day will do.
            ("0 0 13 * fri", ["2026-01-02T00:00", "2026-01-09T00:00"]),
            ("0 0 1-31/15 * *", ["2026-01-16T00:00", "2026-01-31T00:00"]),
        ] {
            assert_eq!(
                times(cron, "UTC", "2026-01-01T00:00:00Z", 2),
                expected,
                "{cron}"
            );
        }
    }

    #[test]
    fn clocks_are_those_of_the_zone() {
        assert_eq!(
            times("0 3 * * *", "Asia/Riyadh", "2026-01-01T00:00:00Z", 1),
            ["2026-01-02T00:00"]
        );
        // 02:30 is left out on 29 March 2026, and comes twice on 25 October.
        assert_eq!(
            times("30 2 * * *", "Europe/Berlin", "2026-03-28T00:00:00Z", 3),
            ["2026-03-28T01:30", "2026-03-29T01:00", "2026-03-30T00:30"]
        );
        assert_eq!(
            times("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", 2),
            ["2026-10-25T00:30", "2026-10-26T01:30"]
        );
    }

    #[test]
    fn what_is_no_schedule_is_refused() {
        let refused = |cron, zone| Schedule::parse(cron, zone).unwrap_err();
        for cron in ["", "* * * *", "0 0 * * * *", "@daily"] {
            assert_eq!(refused(cron, "UTC"), Invalid::Fields, "{cron}");
        }
        for cron in [
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * * 13 *",
            "* * * * 8",
            "*/0 * * * *",
            "5-1 * * * *",
            "x * * * *",
            "+5 * * * *",
            "1- * * * *",
            ", * * * *",
        ] {
            assert!(matches!(refused(cron, "UTC"), Invalid::Field(_)), "{cron}");
        }
        assert_eq!(refused("0 0 31 2 *", "UTC"), Invalid::Never);
        assert_eq!(
            refused("* * * * *", "Mars/Olympus"),
            Invalid::Zone("Mars/Olympus".into())
        );
        assert!(Schedule::parse("* * * * *", "UTC").unwrap().is_hasty());
        assert!(!Schedule::parse("7 * * * *", "UTC").unwrap().is_hasty());
    }
}
