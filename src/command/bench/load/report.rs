//! How a run is told: a table for people, JSON for programs.

use std::fmt::Write as _;

use super::{
    peak::Step,
    summary::{Line, Summary},
};
use crate::{cli::Output, command};

const HEADER: [&str; 11] = [
    "KIND", "SENT", "OK", "WRONG", "ERRORS", "P50 MS", "P90 MS", "P95 MS", "P99 MS", "MAX MS",
    "RATE/S",
];

pub(super) fn print(output: Output, summary: &Summary) -> anyhow::Result<()> {
    if output == Output::Json {
        println!("{}", serde_json::to_string_pretty(summary)?);
        return Ok(());
    }
    command::print(output, &summary.lines, &HEADER, cells)?;
    print!("{}", remarks(summary));
    Ok(())
}

/// The rates that were tried, and what came of it.
pub(super) fn print_steps(
    output: Output,
    steps: &[Step],
    highest: Option<f64>,
) -> anyhow::Result<()> {
    if output == Output::Json {
        let found = serde_json::json!({ "highest": highest, "steps": steps });
        println!("{}", serde_json::to_string_pretty(&found)?);
        return Ok(());
    }
    let header = [
        "OFFERED/S",
        "RATE/S",
        "WRONG",
        "ERRORS",
        "P50 MS",
        "P95 MS",
        "P99 MS",
        "LAG P99 MS",
        "",
    ];
    command::print(output, steps, &header, |step| {
        vec![
            number(step.offered),
            number(step.rate),
            step.wrong.to_string(),
            errors(&step.errors),
            number(step.p50_ms),
            number(step.p95_ms),
            number(step.p99_ms),
            number(step.lag_p99_ms),
            if step.borne { "borne" } else { "too much" }.to_owned(),
        ]
    })?;
    match highest {
        Some(rate) => println!(
            "the highest rate that was borne is {} a second",
            number(rate)
        ),
        None => println!("no rate that was tried was borne"),
    }
    Ok(())
}

fn cells(line: &Line) -> Vec<String> {
    let counts = [line.sent, line.ok, line.wrong].map(|count| count.to_string());
    let times = [
        line.p50_ms,
        line.p90_ms,
        line.p95_ms,
        line.p99_ms,
        line.max_ms,
    ]
    .map(number);
    let mut cells = vec![line.kind.to_owned()];
    cells.extend(counts);
    cells.push(errors(&line.errors));
    cells.extend(times);
    cells.push(number(line.rate));
    cells
}

/// Such as `3 (503: 2, time-out: 1)`.
fn errors(errors: &std::collections::BTreeMap<String, u64>) -> String {
    let total: u64 = errors.values().sum();
    if total == 0 {
        return "0".to_owned();
    }
    let causes: Vec<String> = errors
        .iter()
        .map(|(why, n)| format!("{why}: {n}"))
        .collect();
    format!("{total} ({})", causes.join(", "))
}

/// What the table doesn't say. Writing to a string can't fail.
fn remarks(summary: &Summary) -> String {
    let mut text = String::new();
    let _ = writeln!(
        text,
        "requests were sent {} ms late at the median, {} ms at the 99th percentile; latency includes it",
        number(summary.lag_p50_ms),
        number(summary.lag_p99_ms)
    );
    if summary.behind {
        let _ = writeln!(
            text,
            "THE GENERATOR FELL BEHIND: part of the latency is its own; give it a machine, or a higher --max-in-flight"
        );
    }
    for example in &summary.wrong_examples {
        let _ = writeln!(text, "wrong: {example}");
    }
    if summary.leaks > 0 {
        let _ = writeln!(
            text,
            "{} ANSWER(S) HELD ANOTHER TENANT'S DATA",
            summary.leaks
        );
    }
    for example in &summary.leak_examples {
        let _ = writeln!(text, "leak: {example}");
    }
    text
}

fn number(value: f64) -> String {
    if value >= 100.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.1}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::bench::load::{
        outcome::{Failure, Verdict},
        summary::tests::summary,
    };

    #[test]
    fn a_line_says_why_requests_failed() {
        let summary = summary(|n| match n {
            0..3 => Verdict::Failed(Failure::Status(503)),
            3 => Verdict::Failed(Failure::TimeOut),
            _ => Verdict::Right,
        });
        let cells = cells(summary.total().expect("a total"));
        assert_eq!(
            cells[..5],
            ["total", "100", "96", "0", "4 (503: 3, time-out: 1)"]
        );
        assert_eq!(cells.len(), HEADER.len());
    }

    #[test]
    fn leaks_are_not_overlooked() {
        let summary = summary(|n| match n {
            7 => Verdict::Leak("WQX0002 in the answer to WQX0001".into()),
            _ => Verdict::Right,
        });
        let text = remarks(&summary);
        assert!(
            text.contains("1 ANSWER(S) HELD ANOTHER TENANT'S DATA"),
            "{text}"
        );
        assert!(text.contains("WQX0002 in the answer to WQX0001"), "{text}");
    }
}
