//! What was measured, and how it is printed.

use std::time::Duration;

use serde::Serialize;

use crate::cli::Output;

/// One measurement.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    what: String,
    value: f64,
    unit: &'static str,
    /// What we want, when it has been set.
    target: Option<f64>,
    /// Whether larger is better.
    at_least: bool,
    ok: Option<bool>,
}

impl Row {
    /// A value that should be at least `target`.
    pub(super) fn at_least(
        what: impl Into<String>,
        value: f64,
        unit: &'static str,
        target: f64,
    ) -> Self {
        Self::new(what, value, unit, Some(target), true)
    }

    /// A value that should be at most `target`.
    pub(super) fn at_most(
        what: impl Into<String>,
        value: f64,
        unit: &'static str,
        target: f64,
    ) -> Self {
        Self::new(what, value, unit, Some(target), false)
    }

    /// A value without a target.
    pub(super) fn plain(what: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self::new(what, value, unit, None, true)
    }

    fn new(
        what: impl Into<String>,
        value: f64,
        unit: &'static str,
        target: Option<f64>,
        at_least: bool,
    ) -> Self {
        let holds = |target: f64| {
            if at_least {
                value >= target
            } else {
                value <= target
            }
        };
        Self {
            what: what.into(),
            value,
            unit,
            target,
            at_least,
            ok: target.map(holds),
        }
    }
}

/// Prints all rows.
pub(super) fn print(output: Output, rows: &[Row]) -> anyhow::Result<()> {
    crate::command::print(
        output,
        rows,
        &["WHAT", "VALUE", "UNIT", "WANTED", ""],
        |row| {
            let sign = if row.at_least { "≥" } else { "≤" };
            vec![
                row.what.clone(),
                number(row.value),
                row.unit.to_owned(),
                row.target
                    .map(|target| format!("{sign} {}", number(target)))
                    .unwrap_or_default(),
                match row.ok {
                    Some(true) => "ok".to_owned(),
                    Some(false) => "SHORT".to_owned(),
                    None => String::new(),
                },
            ]
        },
    )
}

fn number(value: f64) -> String {
    if value.abs() >= 100.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.2}")
    }
}

/// The `percent`th percentile of some durations, in milliseconds.
pub(super) fn percentile(times: &mut [Duration], percent: usize) -> f64 {
    times.sort_unstable();
    let place = (times.len() * percent / 100).min(times.len().saturating_sub(1));
    times
        .get(place)
        .map_or(f64::NAN, |time| time.as_secs_f64() * 1_000.0)
}
