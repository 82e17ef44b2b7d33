//! Amounts of money: a number before or after a currency.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use super::{Value, folded::Folded};

/// Currencies by what they are written as, longer ones first. Names that several countries share have no code.
const CURRENCIES: &[(&str, Option<&str>)] = &[
    ("ريال سعودي", Some("SAR")),
    ("ريال قطري", Some("QAR")),
    ("ريال عماني", Some("OMR")),
    ("ريال يمني", Some("YER")),
    ("درهم اماراتي", Some("AED")),
    ("درهم مغربي", Some("MAD")),
    ("دينار كويتي", Some("KWD")),
    ("دينار بحريني", Some("BHD")),
    ("دينار اردني", Some("JOD")),
    ("دينار عراقي", Some("IQD")),
    ("جنيه مصري", Some("EGP")),
    ("جنيه استرليني", Some("GBP")),
    ("ليره لبنانيه", Some("LBP")),
    ("ليره تركيه", Some("TRY")),
    ("ليره سوريه", Some("SYP")),
    ("saudi riyals", Some("SAR")),
    ("saudi riyal", Some("SAR")),
    ("riyals", None),
    ("riyal", None),
    ("dirhams", None),
    ("dirham", None),
    ("dinars", None),
    ("dinar", None),
    ("pounds", None),
    ("pound", None),
    ("dollars", Some("USD")),
    ("dollar", Some("USD")),
    ("euros", Some("EUR")),
    ("euro", Some("EUR")),
    ("ريالات", None),
    ("ريال", None),
    ("دراهم", None),
    ("درهم", None),
    ("دنانير", None),
    ("دينار", None),
    ("جنيهات", None),
    ("جنيه", None),
    ("دولارات", Some("USD")),
    ("دولار", Some("USD")),
    ("يورو", Some("EUR")),
    ("ليره", None),
    ("ر.س", Some("SAR")),
    ("د.ا", Some("AED")),
    ("د.ك", Some("KWD")),
    ("ج.م", Some("EGP")),
    ("﷼", None),
    ("sar", Some("SAR")),
    ("aed", Some("AED")),
    ("qar", Some("QAR")),
    ("kwd", Some("KWD")),
    ("bhd", Some("BHD")),
    ("omr", Some("OMR")),
    ("jod", Some("JOD")),
    ("egp", Some("EGP")),
    ("usd", Some("USD")),
    ("eur", Some("EUR")),
    ("gbp", Some("GBP")),
    ("dhs", Some("AED")),
    ("dh", Some("AED")),
    ("sr", Some("SAR")),
    ("us$", Some("USD")),
    ("$", Some("USD")),
    ("€", Some("EUR")),
    ("£", Some("GBP")),
];

/// Currencies with three decimal places: their "1.500" is one and a half.
const THREE_PLACES: &[&str] = &["KWD", "BHD", "OMR", "JOD", "IQD"];

static AMOUNT: LazyLock<Regex> = LazyLock::new(|| {
    let names: Vec<String> = CURRENCIES
        .iter()
        .map(|(name, _)| regex::escape(name))
        .collect();
    let names = names.join("|");
    let number = r"[0-9]{1,3}(?:[,.' ][0-9]{3})+(?:[.,][0-9]{1,2})?\b|[0-9]+(?:[.,][0-9]{1,3})?";
    Regex::new(&format!(
        r"(?:^|[^\pL\pN])(?P<before>{names})\s?(?P<after>{number})\b|\b(?P<first>{number})\s?(?P<second>{names})(?:\b|\s|$|[[:punct:]؟،])"
    ))
    .expect("a well-formed pattern")
});

pub(super) fn amounts(folded: &Folded) -> impl Iterator<Item = (Value, Range<usize>)> {
    AMOUNT.captures_iter(&folded.text).filter_map(|found| {
        let (name, number) = match (found.name("before"), found.name("after")) {
            (Some(name), Some(number)) => (name, number),
            _ => (found.name("second")?, found.name("first")?),
        };
        let (_, currency) = CURRENCIES
            .iter()
            .find(|(known, _)| *known == name.as_str())?;
        let value = Value::Money {
            thousandths: thousandths(number.as_str(), *currency)?,
            currency: currency.map(str::to_owned),
        };
        let range = name.start().min(number.start())..name.end().max(number.end());
        Some((value, range))
    })
}

/// An amount as written, in thousandths.
fn thousandths(number: &str, currency: Option<&str>) -> Option<u64> {
    let has_three_places = currency.is_some_and(|code| THREE_PLACES.contains(&code));
    let last_mark = number.rfind(['.', ',']);
    let (whole, fraction) = match last_mark.map(|at| (&number[..at], &number[at + 1..])) {
        // Three digits after the only mark are thousands, but for a point before the coins of a dinar.
        Some((whole, fraction))
            if fraction.len() < 3 || has_three_places && number[whole.len()..].starts_with('.') =>
        {
            (whole, fraction)
        }
        _ => (number, ""),
    };
    let whole: String = whole.chars().filter(char::is_ascii_digit).collect();
    let units: u64 = whole.parse().ok()?;
    let places: u64 = format!("{fraction:0<3}").parse().ok()?;
    units.checked_mul(1_000)?.checked_add(places)
}
