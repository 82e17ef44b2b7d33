//! Texts and the values in them, in English and Arabic.

use super::*;

/// A Wednesday.
const TODAY: &str = "2026-11-25";

fn found(text: &str) -> Vec<(String, Value)> {
    entities(text, TODAY.parse().unwrap())
        .into_iter()
        .map(|entity| (text[entity.range].to_owned(), entity.value))
        .collect()
}

#[track_caller]
fn assert_finds(text: &str, words: &str, value: &Value) {
    let found = found(text);
    assert!(
        found.contains(&(words.to_owned(), value.clone())),
        "{text}: {found:?}"
    );
}

fn date(text: &str) -> Value {
    Value::Date {
        date: text.parse().unwrap(),
    }
}

fn time(text: &str) -> Value {
    Value::Time {
        time: text.parse().unwrap(),
    }
}

fn money(thousandths: u64, currency: Option<&str>) -> Value {
    Value::Money {
        thousandths,
        currency: currency.map(str::to_owned),
    }
}

#[test]
fn days() {
    for (text, words, day) in [
        ("a table for 2026-12-24", "2026-12-24", "2026-12-24"),
        ("on 24/12/2026 please", "24/12/2026", "2026-12-24"),
        ("on 12/24/2026 please", "12/24/2026", "2026-12-24"),
        ("am 24.12.26", "24.12.26", "2026-12-24"),
        ("are you open on 25/12?", "25/12", "2026-12-25"),
        ("the 3rd of January", "3rd of January", "2027-01-03"),
        ("on December 24th", "December 24th", "2026-12-24"),
        ("Are you open tomorrow?", "tomorrow", "2026-11-26"),
        (
            "the day after tomorrow",
            "the day after tomorrow",
            "2026-11-27",
        ),
        ("in 3 days", "in 3 days", "2026-11-28"),
        ("in 2 weeks", "in 2 weeks", "2026-12-09"),
        ("this Friday", "Friday", "2026-11-27"),
        ("wednesday?", "wednesday", "2026-11-25"),
        ("next Wednesday?", "next Wednesday", "2026-12-02"),
        ("غداً مساءً", "غداً", "2026-11-26"),
        ("بكرة", "بكرة", "2026-11-26"),
        ("بعد غد", "بعد غد", "2026-11-27"),
        ("يوم الجمعة القادمة", "الجمعة القادمة", "2026-11-27"),
        ("٢٥ ديسمبر", "٢٥ ديسمبر", "2026-12-25"),
        ("بعد ٣ أيام", "بعد ٣ أيام", "2026-11-28"),
        ("تاريخ ٢٤/١٢/٢٠٢٦", "٢٤/١٢/٢٠٢٦", "2026-12-24"),
    ] {
        assert_finds(text, words, &date(day));
    }
}

#[test]
fn what_is_no_day() {
    for text in [
        "open 24/7",
        "31 February",
        "Do you open on Fridays?",
        "every Friday",
        "May 10 people come?",
        "كل جمعة",
        "أيام الجمعة",
        "1/2 kg",
    ] {
        let days: Vec<_> = found(text)
            .into_iter()
            .filter(|(_, value)| matches!(value, Value::Date { .. }))
            .collect();
        assert_eq!(days, [], "{text}");
    }
}

#[test]
fn times_of_day() {
    for (text, words, clock) in [
        ("at 19:30", "19:30", "19:30:00"),
        ("7:30 pm", "7:30 pm", "19:30:00"),
        ("12 am", "12 am", "00:00:00"),
        ("12pm", "12pm", "12:00:00"),
        ("8 in the evening", "8 in the evening", "20:00:00"),
        ("a table at 8", "8", "08:00:00"),
        ("at 8 tomorrow", "8", "08:00:00"),
        ("half past 7", "half past 7", "07:30:00"),
        ("at noon", "noon", "12:00:00"),
        ("الساعة ٨ مساءً", "٨ مساءً", "20:00:00"),
        ("الساعة 7 ونص", "7 ونص", "07:30:00"),
        ("الساعة ٥ إلا ربع", "٥ إلا ربع", "04:45:00"),
        ("٩:٣٠ صباحا", "٩:٣٠ صباحا", "09:30:00"),
        ("9 الصبح", "9 الصبح", "09:00:00"),
    ] {
        assert_finds(text, words, &time(clock));
    }
    assert_eq!(found("at 3 tables"), []);
    assert_eq!(found("25:99"), []);
}

#[test]
fn amounts() {
    for (text, words, value) in [
        ("is it 32 SAR?", "32 SAR", money(32_000, Some("SAR"))),
        ("$19.99", "$19.99", money(19_990, Some("USD"))),
        (
            "1,500 AED a month",
            "1,500 AED",
            money(1_500_000, Some("AED")),
        ),
        ("12,50 €", "12,50 €", money(12_500, Some("EUR"))),
        ("KWD 1.250", "KWD 1.250", money(1_250, Some("KWD"))),
        ("1.500 EUR", "1.500 EUR", money(1_500_000, Some("EUR"))),
        ("2 dinars", "2 dinars", money(2_000, None)),
        ("٣٢ ريال", "٣٢ ريال", money(32_000, None)),
        (
            "١٬٥٠٠ ريال سعودي",
            "١٬٥٠٠ ريال سعودي",
            money(1_500_000, Some("SAR")),
        ),
        (
            "بـ 100 جنيه مصري",
            "100 جنيه مصري",
            money(100_000, Some("EGP")),
        ),
        ("٢٫٥ دولار", "٢٫٥ دولار", money(2_500, Some("USD"))),
    ] {
        assert_finds(text, words, &value);
    }
}

#[test]
fn numbers_and_addresses() {
    let phone = |number: &str| Value::Phone {
        number: number.to_owned(),
    };
    let order = |number: &str| Value::OrderNumber {
        number: number.to_owned(),
    };
    for (text, words, value) in [
        (
            "call +966 50 123 4567",
            "+966 50 123 4567",
            phone("+966501234567"),
        ),
        ("0501234567", "0501234567", phone("0501234567")),
        (
            "00971-4-123-4567",
            "00971-4-123-4567",
            phone("+97141234567"),
        ),
        ("رقمي ٠٥٠١٢٣٤٥٦٧", "٠٥٠١٢٣٤٥٦٧", phone("0501234567")),
        ("(02) 1234 5678", "02) 1234 5678", phone("0212345678")),
        ("where is order #A-1042?", "A-1042", order("A-1042")),
        ("my order number is 48213", "48213", order("48213")),
        ("order 48213 is late", "48213", order("48213")),
        ("booking ref: XK-221", "XK-221", order("XK-221")),
        ("رقم الطلب ٤٨٢١٣", "٤٨٢١٣", order("48213")),
        ("وين طلبي رقم 7731؟", "7731", order("7731")),
        (
            "write to layla.s@example.com.",
            "layla.s@example.com",
            Value::Email {
                address: "layla.s@example.com".into(),
            },
        ),
    ] {
        assert_finds(text, words, &value);
    }
    for text in [
        "I'd like to order 2 pizzas",
        "order 200 books",
        "12 people",
        "room 204",
        "see https://example.com/1234567",
    ] {
        assert_eq!(found(text), [], "{text}");
    }
}

#[test]
fn several_in_one_message_are_in_order() {
    let found = found("Table tomorrow at 8 pm, my number is 0501234567, order #1042 cost 32 SAR");
    let words: Vec<&str> = found.iter().map(|(words, _)| words.as_str()).collect();
    assert_eq!(words, ["tomorrow", "8 pm", "0501234567", "1042", "32 SAR"]);
}

proptest::proptest! {
    #[test]
    fn ranges_are_in_order_and_on_borders(text in "[\\PC ]{0,60}([0-9٠-٩]{1,4}[ :/.#+-]{0,2}){0,6}( SAR| pm|ريال|غدا)?") {
        let today = TODAY.parse().unwrap();
        let mut end = 0;
        for entity in entities(&text, today) {
            proptest::prop_assert!(entity.range.start >= end && entity.range.end > entity.range.start);
            proptest::prop_assert!(text.get(entity.range.clone()).is_some());
            end = entity.range.end;
        }
    }
}
