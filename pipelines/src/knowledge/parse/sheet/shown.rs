//! What a cell shows.

use calamine::{Data, DataRef, DataType};

use super::number_format;

/// A cell's text as the sheet shows it. Errors (#N/A) show nothing worth finding.
pub(super) fn shown(value: &(impl DataType + Shown), code: Option<&str>) -> String {
    if let Some(date) = value.date() {
        return number_format::date(&date, code);
    }
    if let Some(text) = value.get_string() {
        return text.trim().to_owned();
    }
    if let Some(number) = value
        .get_float()
        .or_else(|| value.get_int().map(|whole| whole as f64))
    {
        return number_format::number(number, code.unwrap_or("General"));
    }
    if let Some(truth) = value.get_bool() {
        return if truth { "TRUE" } else { "FALSE" }.to_owned();
    }
    if let Some(iso) = value.get_datetime_iso() {
        return iso.trim_end_matches("T00:00:00").replace('T', " ");
    }
    value.get_duration_iso().map(clock).unwrap_or_default()
}

/// `PT36H00M10S` as 36:00:10, how OpenDocument writes times of day and durations.
fn clock(iso: &str) -> String {
    let Some(rest) = iso.strip_prefix("PT") else {
        return iso.to_owned();
    };
    let parts: Vec<&str> = rest.split(['H', 'M', 'S', '.', ',']).collect();
    match parts.as_slice() {
        [hours, minutes, seconds, ..] => format!("{hours}:{minutes}:{seconds}"),
        _ => iso.to_owned(),
    }
}

/// The one accessor the two value types share under different names.
pub(super) trait Shown {
    fn date(&self) -> Option<calamine::ExcelDateTime>;
}

impl Shown for Data {
    fn date(&self) -> Option<calamine::ExcelDateTime> {
        if let Self::DateTime(date) = self {
            Some(*date)
        } else {
            None
        }
    }
}

impl Shown for DataRef<'_> {
    fn date(&self) -> Option<calamine::ExcelDateTime> {
        if let Self::DateTime(date) = self {
            Some(*date)
        } else {
            None
        }
    }
}
