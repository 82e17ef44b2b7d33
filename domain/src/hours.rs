//! When a tenant's people answer: opening hours by weekday, in the tenant's time zone, with exceptions by date.
//!
//! A value that exists is valid. A day's spans belong to the day they begin on, also where they run past midnight;
//! so an exception for the 25th closes what would begin on the 25th, not what is still open from the 24th.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike as _, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// How far ahead an opening is looked for.
const HORIZON_DAYS: u64 = 366;

/// The most spans of one day, and exceptions.
const SPANS: usize = 8;
const EXCEPTIONS: usize = 366;

/// Opening hours.
///
/// In JSON `{"timezone": "Asia/Riyadh", "week": {"mon": [["09:00", "23:00"]]}, "exceptions": {"2026-12-25": []}}`. A weekday
/// left out is closed. A span that ends at or before its begin ends on the next day; `["00:00", "00:00"]` is the whole day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct OpeningHours {
    timezone: Tz,
    /// From Monday on.
    week: [Vec<Span>; 7],
    exceptions: BTreeMap<NaiveDate, Vec<Span>>,
}

/// A time of opening and the minutes from then on, at most a day's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    begin: NaiveTime,
    minutes: u16,
}

/// Opening hours as JSON has them.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    timezone: String,
    #[serde(default)]
    week: BTreeMap<String, Vec<[String; 2]>>,
    #[serde(default)]
    exceptions: BTreeMap<NaiveDate, Vec<[String; 2]>>,
}

/// Opening hours that make no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidHours {
    /// No such zone in the IANA database.
    #[error("`{0}` is not a time zone such as `Asia/Riyadh`")]
    Timezone(String),
    /// A key of `week` that is no day.
    #[error("`{0}` is not one of mon, tue, wed, thu, fri, sat, sun")]
    Weekday(String),
    /// Not a time of day.
    #[error("`{0}` is not a time such as `09:00`")]
    Time(String),
    /// Spans of one day that overlap or touch.
    #[error("the spans of `{0}` overlap")]
    Overlap(String),
    /// More than anybody needs.
    #[error("`{0}` has too many entries")]
    TooMany(String),
}

impl OpeningHours {
    /// The zone that times of day are in.
    pub const fn timezone(&self) -> Tz {
        self.timezone
    }

    /// Whether it is open at that moment.
    pub fn is_open(&self, at: DateTime<Utc>) -> bool {
        let today = at.with_timezone(&self.timezone).date_naive();
        let yesterday = today.pred_opt().unwrap_or(today);
        [yesterday, today]
            .into_iter()
            .flat_map(|date| self.spans(date))
            .any(|(begin, end)| begin <= at && at < end)
    }

    /// The first moment from `at` on when it is open, in the tenant's zone; `None` if that isn't within a year.
    pub fn next_opening(&self, at: DateTime<Utc>) -> Option<DateTime<Tz>> {
        if self.is_open(at) {
            return Some(at.with_timezone(&self.timezone));
        }
        let today = at.with_timezone(&self.timezone).date_naive();
        (0..=HORIZON_DAYS)
            .filter_map(|ahead| today.checked_add_days(Days::new(ahead)))
            .flat_map(|date| self.spans(date))
            .map(|(begin, _)| begin)
            .find(|begin| *begin > at)
            .map(|begin| begin.with_timezone(&self.timezone))
    }

    /// The spans that begin on `date`, in order, as moments.
    fn spans(&self, date: NaiveDate) -> impl Iterator<Item = (DateTime<Utc>, DateTime<Utc>)> {
        let weekday = date.weekday().num_days_from_monday() as usize;
        let spans = self.exceptions.get(&date).unwrap_or(&self.week[weekday]);
        spans.iter().filter_map(move |span| {
            let begin = date.and_time(span.begin);
            let end = begin.checked_add_signed(TimeDelta::minutes(span.minutes.into()))?;
            Some((self.moment(begin, false)?, self.moment(end, true)?))
        })
    }

    /// The moment of a local time: where the clock shows it twice, the first or the `last`; where it skips it, the
    /// next that it shows.
    fn moment(&self, local: chrono::NaiveDateTime, last: bool) -> Option<DateTime<Utc>> {
        const QUARTERS_SKIPPED: i64 = 12;
        (0..=QUARTERS_SKIPPED).find_map(|quarters| {
            let shown = local.checked_add_signed(TimeDelta::minutes(15 * quarters))?;
            let found = self.timezone.from_local_datetime(&shown);
            let chosen = if last {
                found.latest()
            } else {
                found.earliest()
            };
            chosen.map(|moment| moment.with_timezone(&Utc))
        })
    }
}

impl TryFrom<Written> for OpeningHours {
    type Error = InvalidHours;

    fn try_from(written: Written) -> Result<Self, InvalidHours> {
        let timezone = written
            .timezone
            .parse()
            .map_err(|_| InvalidHours::Timezone(written.timezone.clone()))?;
        let mut week: [Vec<Span>; 7] = Default::default();
        for (day, spans) in &written.week {
            let index = (0..7)
                .find(|index| DAYS[*index] == day)
                .ok_or_else(|| InvalidHours::Weekday(day.clone()))?;
            week[index] = parse_day(day, spans)?;
        }
        if written.exceptions.len() > EXCEPTIONS {
            return Err(InvalidHours::TooMany("exceptions".to_owned()));
        }
        let exceptions = written
            .exceptions
            .iter()
            .map(|(date, spans)| Ok((*date, parse_day(&date.to_string(), spans)?)))
            .collect::<Result<_, InvalidHours>>()?;
        Ok(Self {
            timezone,
            week,
            exceptions,
        })
    }
}

impl From<OpeningHours> for Written {
    fn from(hours: OpeningHours) -> Self {
        let week = DAYS.iter().zip(&hours.week);
        Self {
            timezone: hours.timezone.name().to_owned(),
            week: week
                .filter(|(_, spans)| !spans.is_empty())
                .map(|(day, spans)| ((*day).to_owned(), spans.iter().map(Span::write).collect()))
                .collect(),
            exceptions: hours
                .exceptions
                .iter()
                .map(|(date, spans)| (*date, spans.iter().map(Span::write).collect()))
                .collect(),
        }
    }
}

/// The names of weekdays in JSON, from Monday on.
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// The spans of the day called `name`, in order.
fn parse_day(name: &str, written: &[[String; 2]]) -> Result<Vec<Span>, InvalidHours> {
    if written.len() > SPANS {
        return Err(InvalidHours::TooMany(name.to_owned()));
    }
    let mut spans = written
        .iter()
        .map(Span::parse)
        .collect::<Result<Vec<_>, _>>()?;
    spans.sort_by_key(|span| span.begin);
    let overlaps = |pair: &[Span]| pair[0].end_minute() >= pair[1].begin_minute();
    if spans.windows(2).any(overlaps) {
        return Err(InvalidHours::Overlap(name.to_owned()));
    }
    Ok(spans)
}

impl Span {
    fn parse([begin, end]: &[String; 2]) -> Result<Self, InvalidHours> {
        let begin = parse_time(begin)?;
        let end = if end == "24:00" {
            NaiveTime::MIN
        } else {
            parse_time(end)?
        };
        let minutes = (end - begin).num_minutes().rem_euclid(24 * 60);
        let minutes = if minutes == 0 { 24 * 60 } else { minutes };
        Ok(Self {
            begin,
            minutes: u16::try_from(minutes).unwrap_or(24 * 60),
        })
    }

    fn write(&self) -> [String; 2] {
        let end = self.begin + TimeDelta::minutes(self.minutes.into());
        [self.begin, end].map(|time| time.format("%H:%M").to_string())
    }

    fn begin_minute(&self) -> i64 {
        (self.begin - NaiveTime::MIN).num_minutes()
    }

    fn end_minute(&self) -> i64 {
        self.begin_minute() + i64::from(self.minutes)
    }
}

fn parse_time(text: &str) -> Result<NaiveTime, InvalidHours> {
    let is_plain = text.len() == 5 && text.is_ascii();
    NaiveTime::parse_from_str(text, "%H:%M")
        .ok()
        .filter(|_| is_plain)
        .ok_or_else(|| InvalidHours::Time(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hours(json: &str) -> OpeningHours {
        serde_json::from_str(json).unwrap()
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    const RIYADH: &str = r#"{"timezone": "Asia/Riyadh",
        "week": {"sun": [["09:00","13:00"],["16:00","23:00"]], "fri": [["16:00","02:00"]]},
        "exceptions": {"2026-12-25": [], "2026-12-26": [["10:00","12:00"]]}}"#;

    #[test]
    fn open_by_the_tenants_own_clock() {
        let hours = hours(RIYADH);
        // 22 November 2026 is a Sunday; Riyadh is three hours ahead.
        for (moment, open) in [
            ("2026-11-22T05:59:59Z", false),
            ("2026-11-22T06:00:00Z", true),
            ("2026-11-22T10:00:00Z", false),
            ("2026-11-22T13:00:00Z", true),
            ("2026-11-22T20:00:00Z", false),
            ("2026-11-23T07:00:00Z", false),
        ] {
            assert_eq!(hours.is_open(at(moment)), open, "{moment}");
        }
    }

    #[test]
    fn a_span_past_midnight_belongs_to_the_day_it_begins_on() {
        let hours = hours(RIYADH);
        assert!(hours.is_open(at("2026-11-20T22:59:00Z")), "Saturday 01:59");
        assert!(!hours.is_open(at("2026-11-20T23:00:00Z")), "Saturday 02:00");
        assert!(
            !hours.is_open(at("2026-12-25T22:00:00Z")),
            "the Friday is an exception"
        );
    }

    #[test]
    fn the_next_opening_skips_what_is_closed() {
        let hours = hours(RIYADH);
        let next = |moment| hours.next_opening(at(moment)).unwrap().to_string();
        assert_eq!(next("2026-11-22T10:30:00Z"), "2026-11-22 16:00:00 +03");
        assert_eq!(next("2026-11-22T20:30:00Z"), "2026-11-27 16:00:00 +03");
        assert_eq!(next("2026-12-24T12:00:00Z"), "2026-12-26 10:00:00 +03");
        assert_eq!(
            next("2026-11-22T07:00:00Z"),
            "2026-11-22 10:00:00 +03",
            "open already"
        );
        let never = self::hours(r#"{"timezone": "UTC", "week": {}}"#);
        assert_eq!(never.next_opening(at("2026-11-22T10:00:00Z")), None);
    }

    #[test]
    fn the_hour_that_a_clock_skips_or_shows_twice_is_no_hole() {
        let hours = hours(r#"{"timezone": "Europe/Berlin", "week": {"sun": [["02:30","05:00"]]}}"#);
        // On 29 March 2026 the clock goes from 02:00 to 03:00.
        assert!(!hours.is_open(at("2026-03-29T00:59:00Z")));
        assert!(hours.is_open(at("2026-03-29T01:30:00Z")));
        // On 25 October 2026 it shows 02:00 to 03:00 twice.
        assert!(hours.is_open(at("2026-10-25T00:30:00Z")));
        assert!(hours.is_open(at("2026-10-25T01:10:00Z")));
        assert!(!hours.is_open(at("2026-10-25T04:00:00Z")));
    }

    #[test]
    fn the_whole_day_is_midnight_to_midnight() {
        for end in ["00:00", "24:00"] {
            let hours = hours(&format!(
                r#"{{"timezone": "UTC", "week": {{"mon": [["00:00","{end}"]]}}}}"#
            ));
            assert!(hours.is_open(at("2026-11-23T00:00:00Z")));
            assert!(hours.is_open(at("2026-11-23T23:59:59Z")));
            assert!(!hours.is_open(at("2026-11-24T00:00:00Z")));
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_name() {
        for (json, problem) in [
            (
                r#"{"timezone": "Mars/Olympus"}"#,
                "`Mars/Olympus` is not a time zone",
            ),
            (
                r#"{"timezone": "UTC", "week": {"monday": []}}"#,
                "`monday` is not one of",
            ),
            (
                r#"{"timezone": "UTC", "week": {"mon": [["9","10:00"]]}}"#,
                "`9` is not a time",
            ),
            (
                r#"{"timezone": "UTC", "week": {"mon": [["09:00","25:00"]]}}"#,
                "`25:00` is not a time",
            ),
            (
                r#"{"timezone": "UTC", "week": {"mon": [["09:00","12:00"],["11:00","13:00"]]}}"#,
                "the spans of `mon` overlap",
            ),
            (
                r#"{"timezone": "UTC", "hours": {}}"#,
                "unknown field `hours`",
            ),
        ] {
            let error = serde_json::from_str::<OpeningHours>(json).unwrap_err();
            assert!(error.to_string().contains(problem), "{json}: {error}");
        }
    }

    fn any_hours() -> impl Strategy<Value = OpeningHours> {
        let day = proptest::collection::vec((0_u32..24, 0_u32..24), 0..=1);
        let week = proptest::collection::vec(day, 7);
        let zone = prop::sample::select(vec![
            "UTC",
            "Asia/Riyadh",
            "America/New_York",
            "Europe/Berlin",
        ]);
        (zone, week).prop_map(|(timezone, week)| {
            let week = DAYS.iter().zip(week).map(|(day, spans)| {
                let write = |(begin, end)| [format!("{begin:02}:00"), format!("{end:02}:00")];
                ((*day).to_owned(), spans.into_iter().map(write).collect())
            });
            let written = Written {
                timezone: timezone.to_owned(),
                week: week.collect(),
                exceptions: BTreeMap::new(),
            };
            OpeningHours::try_from(written).unwrap()
        })
    }

    proptest! {
        #[test]
        fn json_keeps_every_hour(hours in any_hours()) {
            let json = serde_json::to_string(&hours).unwrap();
            prop_assert_eq!(serde_json::from_str::<OpeningHours>(&json).unwrap(), hours);
        }

        #[test]
        fn nothing_is_open_before_the_next_opening(hours in any_hours(), minute in 0_i64..527_040) {
            let at = at("2026-01-01T00:00:00Z") + TimeDelta::minutes(minute);
            match hours.next_opening(at) {
                Some(next) => {
                    let next = next.with_timezone(&Utc);
                    prop_assert!(next >= at && hours.is_open(next));
                    let between = (next - at).num_minutes();
                    for quarter in 0..between / 15 {
                        prop_assert!(!hours.is_open(at + TimeDelta::minutes(15 * quarter)));
                    }
                }
                None => prop_assert!((0..28).all(|i| !hours.is_open(at + TimeDelta::hours(6 * i)))),
            }
        }
    }
}
