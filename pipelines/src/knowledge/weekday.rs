//! Days of the week in texts: those a range such as "Sunday to Wednesday" holds, the hours that stand beside them,
//! and the day that "today" is.
//!
//! A table that says "Sunday–Thursday: 12:00–23:00" answers when one opens on Monday, though it has neither word. So
//! the days of a range, and words for opening hours, are indexed with the passage and read in its rows; and a question
//! about today asks for the day by name.

use std::sync::LazyLock;

use chrono::Weekday;
use regex::Regex;

use super::analyse::letter;

/// A language's days.
struct Names {
    language: &'static str,
    /// From Monday on, in the spelling of [`folded`]: the whole name first, then others for it.
    days: [&'static str; 7],
    /// What stands between the first and the last day of a range, beside a dash.
    to: &'static str,
}

const ENGLISH: Names = Names {
    language: "en",
    days: [
        "monday|mondays|mon",
        "tuesday|tuesdays|tues|tue",
        "wednesday|wednesdays|wed",
        "thursday|thursdays|thurs|thur|thu",
        "friday|fridays|fri",
        "saturday|saturdays|sat",
        "sunday|sundays|sun",
    ],
    to: "to|through|thru|until|till",
};

const ARABIC: Names = Names {
    language: "ar",
    days: [
        "الاثنين|اثنين",
        "الثلاثاء|ثلاثاء",
        "الاربعاء|اربعاء",
        "الخميس|خميس",
        "الجمعه|جمعه",
        "السبت|سبت",
        "الاحد|احد",
    ],
    to: "الي|حتي",
};

const GERMAN: Names = Names {
    language: "de",
    days: [
        "montag|montags|mo",
        "dienstag|dienstags|di",
        "mittwoch|mittwochs|mi",
        "donnerstag|donnerstags|do",
        "freitag|freitags|fr",
        "samstag|samstags|sonnabend|sonnabends|sa",
        "sonntag|sonntags|so",
    ],
    to: "bis",
};

const SPANISH: Names = Names {
    language: "es",
    days: [
        "lunes",
        "martes",
        "miércoles",
        "jueves",
        "viernes",
        "sábado|sábados",
        "domingo|domingos",
    ],
    to: "a|al|hasta",
};

const FRENCH: Names = Names {
    language: "fr",
    days: [
        "lundi|lundis",
        "mardi|mardis",
        "mercredi|mercredis",
        "jeudi|jeudis",
        "vendredi|vendredis",
        "samedi|samedis",
        "dimanche|dimanches",
    ],
    to: "à|au",
};

const ALL: [Names; 5] = [ENGLISH, ARABIC, GERMAN, SPANISH, FRENCH];

/// Words for today and tomorrow. "Morgen" with a capital is the morning.
const RELATIVE: [(&str, usize); 2] = [
    (
        "(?i:today|tonight|heute|hoy|aujourd'hui)|اليوم|الليلة|الليله",
        0,
    ),
    (
        "(?i:tomorrow|mañana|demain)|morgen|غدا|غداً|غدًا|بكرة|بكره|بكرا",
        1,
    ),
];

/// Ranges in each of [`ALL`]; underscores are for names of columns.
static RANGES: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let of = |names: &Names| {
        let (day, to) = (names.days.join("|"), names.to);
        let pattern = format!(
            r"(?:\b|_)({day})(?:[\s_]*[-–—−][\s_]*|[\s_]+(?:{to})[\s_]+)(?:يوم )?({day})(?:\b|_)"
        );
        Regex::new(&pattern).expect("a well-formed pattern")
    };
    ALL.iter().map(of).collect()
});

static TODAY: LazyLock<Vec<(Regex, usize)>> = LazyLock::new(|| {
    let of = |(words, days): &(&str, usize)| {
        let pattern = format!(r"\b(?:{words})\b");
        (Regex::new(&pattern).expect("a well-formed pattern"), *days)
    };
    RELATIVE.iter().map(of).collect()
});

/// Times of a day, from one to another, or that there are none.
static HOURS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x)\b[0-9]{1,2}(?:[:.][0-9]{2})?\s*(?:am|pm|a\.m\.|p\.m\.|uhr|h|ص|م)?\s*(?:-|–|—|−|to|until|till|bis|a|à|الي|حتي)\s*[0-9]{1,2}(?:[:.][0-9]{2}|\s*(?:am|pm|a\.m\.|p\.m\.|uhr|h|ص|م)\b)
        |\b(?:closed|geschlossen|cerrado|fermé|مغلق|24\x20hours|24/7|24\x20stunden|24\x20horas|24\x20heures|24\x20ساعه)\b",
    )
    .expect("a well-formed pattern")
});

/// Words by which people ask for opening hours.
const OPENING: [&str; 9] = [
    "open",
    "opening",
    "hours",
    "geöffnet",
    "öffnungszeiten",
    "abierto",
    "horario",
    "ouvert",
    "horaires",
];

/// Whether a text may name a day at all, as it is written: most don't, and needn't be looked at more closely.
static ANY_DAY: LazyLock<Regex> = LazyLock::new(|| {
    let latin = ALL.iter().filter(|names| names.language != ARABIC.language);
    let latin: Vec<&str> = latin.flat_map(|names| names.days).collect();
    let (short, long): (Vec<&str>, Vec<&str>) = latin
        .iter()
        .flat_map(|names| names.split('|'))
        .partition(|name| name.chars().count() < 3);
    let (short, long) = (short.join("|"), long.join("|"));
    let arabic = "[اإأ]ثنين|ثلاثاء|[اأ]ربعاء|خميس|جمع[ةه]|سبت|[اأ]حد";
    // Two letters alone are a word of many languages, unless a dash or a colon follows.
    Regex::new(&format!(
        r"(?i:(?:\b|_)(?:(?:{long})(?:\b|_)|(?:{short})[\s.]*[-–—−:]))|{arabic}"
    ))
    .expect("a well-formed pattern")
});

/// What a passage with `text` says without these words: the days within its ranges, and that hours beside days are
/// opening hours.
pub(crate) fn implied(text: &str) -> Vec<&'static str> {
    if !ANY_DAY.is_match(text) {
        return Vec::new();
    }
    let folded = folded(text);
    let mut words: Vec<&'static str> = within_ranges(&folded).collect();
    if HOURS.is_match(&folded) && (!words.is_empty() || names_a_day(&folded)) {
        words.extend(OPENING);
    }
    words
}

/// Whether `text` gives times of a day.
pub(crate) fn gives_hours(text: &str) -> bool {
    HOURS.is_match(&folded(text))
}

/// The days that `text` names, by themselves or in ranges.
pub(crate) fn days_of(text: &str) -> Vec<Weekday> {
    if !ANY_DAY.is_match(text) {
        return Vec::new();
    }
    let folded = folded(text);
    let named = folded.split(|c: char| !c.is_alphabetic());
    let ranges: Vec<&str> = within_ranges(&folded).collect();
    let mut days: Vec<Weekday> = named.chain(ranges).filter_map(day).collect();
    days.sort_unstable_by_key(Weekday::num_days_from_monday);
    days.dedup();
    days
}

fn names_a_day(folded: &str) -> bool {
    let mut words = folded.split(|c: char| !c.is_alphabetic());
    words.any(|word| day(word).is_some())
}

/// The day that a folded word names; two letters alone name none.
fn day(word: &str) -> Option<Weekday> {
    word.chars().nth(2)?;
    let day = ALL.iter().find_map(|names| names.day(word))?;
    Weekday::try_from(u8::try_from(day).ok()?).ok()
}

/// The names of the days within the ranges of a folded text, first and last left out: those it names itself.
fn within_ranges(folded: &str) -> impl Iterator<Item = &'static str> {
    ALL.iter()
        .zip(RANGES.iter())
        .flat_map(move |(names, ranges)| {
            let found = ranges.captures_iter(folded);
            let ends =
                found.filter_map(|found| Some((names.day(&found[1])?, names.day(&found[2])?)));
            ends.flat_map(|(first, last)| {
                let after_first = (1..7).map(move |step| (first + step) % 7);
                after_first
                    .take_while(move |day| *day != last)
                    .map(|day| names.whole(day))
            })
        })
}

/// The question with "today" and "tomorrow" said by the day's name, when today is `today`.
pub(crate) fn named(question: &str, language: Option<&str>, today: Weekday) -> String {
    let of_language = ALL.iter().find(|names| Some(names.language) == language);
    let names = of_language.unwrap_or(&ENGLISH);
    let mut named = question.to_owned();
    for (words, days) in TODAY.iter() {
        let day = (today.num_days_from_monday() as usize + days) % 7;
        named = words.replace_all(&named, names.whole(day)).into_owned();
    }
    named
}

impl Names {
    /// The day that is called `name`, from 0 for Monday.
    fn day(&self, name: &str) -> Option<usize> {
        let mut days = self.days.iter();
        days.position(|day| day.split('|').any(|known| known == name))
    }

    fn whole(&self, day: usize) -> &'static str {
        let names = self.days[day];
        names.split('|').next().unwrap_or(names)
    }
}

/// Lower-case, with plain letters and without vowel marks.
fn folded(text: &str) -> String {
    text.chars()
        .filter_map(letter)
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_within_a_range_are_implied() {
        for (text, days) in [
            ("sunday_to_wednesday", &["monday", "tuesday"][..]),
            ("Open Sun–Tue", &["monday"]),
            ("Friday to Sunday", &["saturday"]),
            ("Montag bis Mittwoch", &["dienstag"]),
            ("lunes a miércoles", &["martes"]),
            ("من الأحد إلى الثلاثاء", &["الاثنين"]),
            ("من يوم السبت حتى يوم الاثنين", &["الاحد"]),
        ] {
            assert_eq!(implied(text), days, "{text}");
        }
    }

    #[test]
    fn days_apart_imply_nothing() {
        for text in [
            "Sunday, Wednesday",
            "Thursday and Saturday",
            "Monday to Tuesday",
            "a summary to read at 9:00–10:00",
            "",
        ] {
            assert!(implied(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn hours_beside_days_are_opening_hours() {
        for text in [
            "friday: 11:00–01:00",
            "Monday 9 am to 5 pm",
            "Sonntag geschlossen",
            "الجمعة: ٤:٠٠ – ١١:٠٠",
        ] {
            assert_eq!(implied(text), OPENING, "{text}");
        }
        assert!(gives_hours("11:00–01:00") && gives_hours("open 24 hours"));
        assert!(!gives_hours("for 20 to 300 guests"));
        assert!(!gives_hours("3 to 8 km"));
    }

    #[test]
    fn days_are_read_by_name_and_from_ranges() {
        use Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
        assert_eq!(days_of("sunday_to_wednesday"), [Mon, Tue, Wed, Sun]);
        assert_eq!(days_of("sundays"), [Sun]);
        assert_eq!(days_of("Thu–Sat"), [Thu, Fri, Sat]);
        assert_eq!(days_of("الجمعة"), [Fri]);
        assert!(days_of("Do so, Mo!").is_empty());
    }

    #[test]
    fn today_is_called_by_its_name() {
        let friday = |question: &str, language| named(question, language, Weekday::Fri);
        assert_eq!(
            friday("Are you open today?", Some("en")),
            "Are you open friday?"
        );
        assert_eq!(friday("Open tomorrow", None), "Open saturday");
        assert_eq!(
            friday("هل أنتم مفتوحون اليوم؟", Some("ar")),
            "هل أنتم مفتوحون الجمعه؟"
        );
        assert_eq!(
            friday("Habt ihr heute offen?", Some("de")),
            "Habt ihr freitag offen?"
        );
        assert_eq!(friday("Guten Morgen", Some("de")), "Guten Morgen");
        assert_eq!(friday("هل تفتحون غداً؟", Some("ar")), "هل تفتحون السبت؟");
    }
}
