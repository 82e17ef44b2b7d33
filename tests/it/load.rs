//! `wafaa bench load` against an installation that is a stand-in, so that what it should measure is known.

use std::{process::Output, time::Duration};

use serde_json::Value;
use tempfile::TempDir;

use crate::{
    installation::{Behaviour, Installation},
    server::Server,
};

/// Runs it with 100 requests a second and no warm-up; answers the process and its JSON.
fn load(installation: &Installation, arguments: &[&str]) -> (Output, Value) {
    let here = Server::prepare();
    let mut all = vec![
        "bench",
        "load",
        "--url",
        &installation.url,
        "--output",
        "json",
    ];
    all.extend(["--rate", "100", "--warm-up", "0s", "--arrivals", "uniform"]);
    all.extend(arguments);
    let mut command = here.command(&all);
    for name in ["EMAIL", "PASSWORD", "TOKEN"] {
        command.env_remove(format!("WAFAA_OPERATOR_{name}"));
    }
    let output = command.output().expect("the binary starts");
    let report = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (output, report)
}

fn line<'a>(report: &'a Value, kind: &str) -> &'a Value {
    let mut lines = report["lines"].as_array().into_iter().flatten();
    lines
        .find(|line| line["kind"] == kind)
        .unwrap_or_else(|| panic!("no {kind} in {report}"))
}

#[test]
fn a_load_is_prepared_once_then_answered_checked_and_drawn() {
    let dir = TempDir::new().expect("a directory");
    let path = |name: &str| dir.path().join(name).display().to_string();
    let (plot, keys) = (path("load.html"), path("keys.json"));
    let installation = Installation::start(Behaviour::default());
    let arguments = [
        "--mix",
        "ask=70,search=20,upload=10",
        "--tenants",
        "3",
        "--duration",
        "2s",
        "--plot",
        &plot,
        "--keys",
        &keys,
    ];
    let (output, report) = load(&installation, &arguments);
    assert!(output.status.success(), "{output:?}");
    let total = line(&report, "total");
    assert_eq!(
        (&total["sent"], &total["ok"]),
        (&200.into(), &200.into()),
        "{report}"
    );
    assert_eq!(report["leaks"], 0);
    for (kind, share) in [("ask", 140.0), ("search", 40.0), ("upload", 20.0)] {
        let sent = line(&report, kind)["sent"].as_f64().expect("a number");
        assert!((sent - share).abs() < 25.0, "{kind}: {sent}");
    }
    let page = std::fs::read_to_string(&plot).expect("a page");
    assert_eq!(page.matches("<svg").count(), 2);
    let signed_in = installation.sign_ins();
    assert_eq!(signed_in, 4, "the operator and three tenants");
    let (output, again) = load(&installation, &arguments);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(installation.sign_ins(), signed_in, "the keys were kept");
    assert_eq!(
        line(&again, "ask")["sent"],
        line(&report, "ask")["sent"],
        "the same seed"
    );
}

#[test]
fn tenants_are_found_again_without_their_keys() {
    let installation = Installation::start(Behaviour::default());
    for _ in 0..2 {
        let (output, _) = load(&installation, &["--tenants", "2", "--duration", "200ms"]);
        assert!(output.status.success(), "{output:?}");
    }
}

#[test]
fn another_tenants_data_fails_the_run() {
    let installation = Installation::start(Behaviour {
        leaks: true,
        ..Behaviour::default()
    });
    let (output, report) = load(&installation, &["--tenants", "2", "--duration", "500ms"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(report["leaks"], 50, "{report}");
    let example = report["leak_examples"][0].as_str().expect("an example");
    assert!(
        example.contains("WQX0001") && example.contains("WQX0002"),
        "{example}"
    );
}

#[test]
fn answers_without_the_value_fail_the_run() {
    let installation = Installation::start(Behaviour {
        forgets: true,
        ..Behaviour::default()
    });
    let (output, report) = load(&installation, &["--tenants", "1", "--duration", "500ms"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(line(&report, "total")["wrong"], 50, "{report}");
}

#[test]
fn errors_are_counted_by_status() {
    let installation = Installation::start(Behaviour::default());
    let arguments = [
        "--mix",
        "webhook=1",
        "--tenants",
        "1",
        "--duration",
        "500ms",
    ];
    let (output, report) = load(&installation, &arguments);
    assert_eq!(output.status.code(), Some(1));
    let total = line(&report, "total");
    assert_eq!((&total["sent"], &total["ok"]), (&50.into(), &0.into()));
    assert_eq!(total["errors"]["404"], 50);
}

#[test]
fn a_stall_is_in_the_percentiles() {
    let installation = Installation::start(Behaviour {
        stalls_after: Some(Duration::from_millis(500)),
        ..Behaviour::default()
    });
    let (output, report) = load(&installation, &["--tenants", "1", "--duration", "2s"]);
    assert!(output.status.success(), "{output:?}");
    // Half of the requests were due while it stalled, their latencies spread evenly over 0 to 1 s.
    let total = line(&report, "total");
    let p99 = total["p99_ms"].as_f64().expect("a number");
    assert!((900.0..1_100.0).contains(&p99), "{total}");
    assert!(total["p90_ms"].as_f64() > Some(700.0), "{total}");
}

#[test]
fn a_mistake_in_the_mix_is_explained() {
    let installation = Installation::start(Behaviour::default());
    let (output, _) = load(&installation, &["--mix", "asks=1"]);
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(
        text.contains("`asks` is none of ask, search, upload, webhook"),
        "{text}"
    );
}
