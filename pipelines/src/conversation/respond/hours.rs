//! Opening hours, from tables that give them by day: a column for some days, or a row for each.
//!
//! "Are you open on Friday?" has hardly a word in common with `Branch: Olaya | thursday_to_saturday: 11:00–01:00`, and is
//! what customers ask most. What must stay true: a word of the question that is neither about opening nor a day is one
//! that the rows or their heading have, or the table doesn't answer ("your hours in Ramadan").

use chrono::Weekday;
use wafaa_domain::DocumentId;

use super::{
    extract::Rows,
    list::{self, Placed, is_in_heading},
    row::Says,
    vocabulary::Vocabulary,
};
use crate::{
    conversation::retrieve::Found,
    knowledge::{analyse::Word, weekday},
};

/// Passages looked at.
const PASSAGES: usize = 8;
/// The most rows in an answer.
const MAX_ROWS: usize = 12;

/// Words that ask for opening hours, normalised.
const ASKING: &[&str] = &[
    "open",
    "opens",
    "opened",
    "opening",
    "close",
    "closes",
    "closed",
    "closing",
    "hours",
    "geöffnet",
    "öffnet",
    "offen",
    "öffnungszeiten",
    "geschlossen",
    "schließt",
    "abierto",
    "abierta",
    "abiertos",
    "abre",
    "abren",
    "cierra",
    "cierran",
    "horario",
    "horarios",
    "ouvert",
    "ouverte",
    "ouverts",
    "ouvrez",
    "fermé",
    "fermez",
    "horaires",
    "مفتوح",
    "مفتوحه",
    "مفتوحون",
    "مفتوحين",
    "فاتحين",
    "تفتح",
    "تفتحون",
    "تفتحوا",
    "يفتح",
    "الافتتاح",
    "مغلق",
    "مغلقه",
    "تغلق",
    "تغلقون",
    "يغلق",
    "الاغلاق",
    "دوام",
    "الدوام",
    "دوامكم",
    "ساعات",
    "اوقات",
    "مواعيد",
    "العمل",
    "عملكم",
];

/// Words beside them that ask for nothing else.
const BESIDE: &[&str] = &[
    "time",
    "times",
    "now",
    "late",
    "early",
    "until",
    "business",
    "working",
    "store",
    "shop",
    "restaurant",
    "zeit",
    "uhr",
    "jetzt",
    "hora",
    "ahora",
    "heure",
    "maintenant",
    "الان",
    "وقت",
    "يوم",
    "ايام",
    "المطعم",
    "المحل",
    "متي",
];

/// What rows say of the hours asked for: the row, and its line for a reader.
pub(super) fn find(found: &Found, vocabulary: &Vocabulary) -> Option<Rows> {
    let words = &found.query.words;
    words
        .iter()
        .find(|word| ASKING.contains(&word.text.as_str()))?;
    let days: Vec<Weekday> = words
        .iter()
        .flat_map(|word| weekday::days_of(&word.text))
        .collect();
    let others: Vec<&Word> = words
        .iter()
        .filter(|word| {
            let text = word.text.as_str();
            !ASKING.contains(&text)
                && !BESIDE.contains(&text)
                && weekday::days_of(text).is_empty()
                && !word.is_generic
        })
        .collect();
    let passages = &found.ranking.passages;
    let mut without: Vec<DocumentId> = Vec::new();
    (0..passages.len().min(PASSAGES)).find_map(|passage| {
        let document = passages[passage].candidate.passage.document;
        if without.contains(&document) {
            return None;
        }
        let mut rows = list::rows(passages, document, vocabulary);
        rows.retain(|placed| hours(placed, &[]).is_some());
        if rows.is_empty() {
            without.push(document);
            return None;
        }
        for word in &others {
            let selects = rows.iter().any(|placed| placed.says(word) == Says::Yes);
            let names = rows.iter().any(|placed| placed.says(word) == Says::Column);
            if selects {
                rows.retain(|placed| placed.says(word) == Says::Yes);
            } else if !names && !is_in_heading(&passages[passage], word) {
                return None;
            }
        }
        let lines: Vec<_> = rows
            .iter()
            .filter_map(|placed| {
                let line = hours(placed, &days)?;
                Some((placed.passage, placed.range.clone(), line))
            })
            .take(MAX_ROWS)
            .collect();
        (!lines.is_empty()).then_some(lines)
    })
}

/// A row's hours on any of `days`, or on all where there are none, with what the row is about.
fn hours(placed: &Placed<'_>, days: &[Weekday]) -> Option<String> {
    let wanted = |text: &str| {
        let named = weekday::days_of(text);
        !named.is_empty() && (days.is_empty() || named.iter().any(|day| days.contains(day)))
    };
    let row = &placed.row;
    let is_day = |value: &str| wanted(value) && !value.contains(|c: char| c.is_numeric());
    if row.cells().any(|(_, value)| is_day(value))
        && row.cells().any(|(_, value)| weekday::gives_hours(value))
    {
        return Some(row.show(placed.language));
    }
    row.only(placed.language, |label, value| {
        wanted(label) && weekday::gives_hours(value)
    })
}
