//! A run as a page that needs nothing but itself: the figures, latency and throughput over time.

use std::fmt::Write as _;

use super::{
    chart::{self, Line},
    summary::{Point, Summary},
};

const STYLE: &str = ":root{color-scheme:light dark;--paper:#fff;--ink:#1f2328;--grid:#d8dee4;--low:#0072b2;\
--middle:#b25f00;--high:#c0392b;--good:#1a7f4b}\
@media(prefers-color-scheme:dark){:root{--paper:#14171a;--ink:#e6e8ea;--grid:#353b41;--low:#56b4e9;\
--middle:#f0a830;--high:#ff7b6b;--good:#4fc38a}}\
body{background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;\
padding:0 1rem}svg{width:100%;height:auto}table{border-collapse:collapse}th,td{padding:.2rem .8rem .2rem 0;\
text-align:right}th:first-child,td:first-child{text-align:left}figure{margin:1.5rem 0}figcaption span{margin-right:1rem}\
i{display:inline-block;width:1.2rem;height:.2rem;vertical-align:middle;margin-right:.35rem}";

/// The whole page.
///
/// # Errors
/// When a chart can't be drawn.
pub(super) fn html(summary: &Summary) -> anyhow::Result<String> {
    let plan = &summary.plan;
    let title = format!("{:.1} requests a second, {}", plan.rate, plan.mix);
    let about = format!(
        "{} for {:.0} s over {} tenants, seed {}, at {}. Latency counts from when each request was due.",
        title,
        plan.seconds,
        plan.tenants,
        plan.seed,
        plan.urls.join(", ")
    );
    let series = &summary.series;
    let latencies = [
        latency("median", "--low", series, |point| point.p50_ms),
        latency("95th percentile", "--middle", series, |point| point.p95_ms),
        latency("99th percentile", "--high", series, |point| point.p99_ms),
    ];
    let rates = [
        rate("due", "--low", series, |point| point.due),
        rate("answered", "--good", series, |point| point.ok),
        rate("failed", "--high", series, |point| point.failed),
    ];
    let end = series.last().map_or(1.0, |point| point.second);
    Ok(format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{}</title>\n<style>{STYLE}</style>\n</head>\n\
         <body>\n<h1>Load</h1>\n<p>{}</p>\n{}{}{}</body>\n</html>\n",
        escaped(&title),
        escaped(&about),
        table(summary),
        figure("Latency", &latencies, &chart::svg("ms", end, &latencies)?),
        figure(
            "Throughput",
            &rates,
            &chart::svg("per second", end, &rates)?
        ),
    ))
}

/// A latency over time. Spans in which nothing was due have none, and no point.
fn latency(
    name: &'static str,
    colour: &'static str,
    series: &[Point],
    value: impl Fn(&Point) -> f64,
) -> Line {
    let points = series.iter().filter(|point| point.due > 0.0);
    Line {
        name,
        colour,
        points: points.map(|point| (point.second, value(point))).collect(),
    }
}

/// A rate over time.
fn rate(
    name: &'static str,
    colour: &'static str,
    series: &[Point],
    value: impl Fn(&Point) -> f64,
) -> Line {
    let points = series.iter().map(|point| (point.second, value(point)));
    Line {
        name,
        colour,
        points: points.collect(),
    }
}

fn figure(name: &str, lines: &[Line], svg: &str) -> String {
    let legend: String = lines
        .iter()
        .map(|line| {
            format!(
                "<span><i style=\"background:var({})\"></i>{}</span>",
                line.colour, line.name
            )
        })
        .collect();
    format!(
        "<figure role=\"img\" aria-label=\"{name} over time\">\n<figcaption><b>{name}</b> {legend}</figcaption>\n\
         {svg}</figure>\n"
    )
}

/// Writing to a string can't fail.
fn table(summary: &Summary) -> String {
    let mut text = "<table>\n<tr><th>Kind<th>Sent<th>Right<th>Wrong<th>Failed<th>p50 ms<th>p95 ms<th>p99 ms<th>Max ms\
        <th>Rate/s</tr>\n"
        .to_owned();
    for line in &summary.lines {
        let _ = writeln!(
            text,
            "<tr><td>{}<td>{}<td>{}<td>{}<td>{}<td>{:.1}<td>{:.1}<td>{:.1}<td>{:.1}<td>{:.1}</tr>",
            line.kind,
            line.sent,
            line.ok,
            line.wrong,
            line.failed(),
            line.p50_ms,
            line.p95_ms,
            line.p99_ms,
            line.max_ms,
            line.rate
        );
    }
    let _ = writeln!(text, "</table>\n<p>Leaks: {}.</p>", summary.leaks);
    text
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::bench::load::{outcome::Verdict, summary::tests::summary};

    #[test]
    fn a_page_shows_both_series_and_needs_nothing_else() {
        let mut summary = summary(|_| Verdict::Right);
        summary.plan.urls = vec!["http://a/<b>".into()];
        let page = html(&summary).expect("a page");
        assert_eq!(page.matches("<svg").count(), 2);
        // A line for each of three latencies and three rates.
        assert!(page.matches("<polyline").count() >= 6);
        assert!(page.contains("http://a/&lt;b&gt;") && !page.contains("http://a/<b>"));
        let elsewhere = page
            .replace("http://www.w3.org/2000/svg", "")
            .replace("http://a/", "");
        assert!(!elsewhere.contains("http:") && !elsewhere.contains("src="));
    }

    #[test]
    fn every_colour_follows_the_reader() {
        let page = html(&summary(|_| Verdict::Right)).expect("a page");
        assert!(page.contains("prefers-color-scheme:dark"));
        let body = page.split("</style>").nth(1).expect("a body");
        assert!(!body.contains("=\"#"), "a fixed colour is left");
        for name in ["--ink", "--grid", "--low", "--middle", "--high", "--good"] {
            assert!(body.contains(&format!("var({name})")), "{name}");
        }
    }
}
