//! `wafaa doctor` on a data dir that is well, and on ones that aren't.

use serde_json::Value;

use crate::server::{Server, demo};

/// The report by check, and whether the program ended well.
fn examine(server: &Server) -> (Vec<Value>, bool) {
    let output = server.run(&["doctor", "-o", "json"]);
    let text = String::from_utf8_lossy(&output.stdout);
    let report = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{output:?}"));
    (report, output.status.success())
}

fn status<'a>(report: &'a [Value], check: &str) -> &'a str {
    let line = report.iter().find(|line| line["check"] == check);
    let line = line.unwrap_or_else(|| panic!("no {check} in {report:?}"));
    line["status"].as_str().expect("a status")
}

#[tokio::test]
async fn a_healthy_data_dir_has_no_problem() {
    let server = Server::start();
    let member = server.sign_in("alpha").await;
    member.ingest("faq.md", demo("bayt-falafel/faq.md")).await;
    let (report, well) = examine(&server);
    assert!(well, "{report:?}");
    for check in [
        "secret key",
        "embedding model",
        "files",
        "vectors",
        "database",
        "clock",
        "migrations",
        "leases",
        "queue",
        "dead jobs",
        "fragments",
    ] {
        assert_eq!(status(&report, check), "ok", "{check}: {report:?}");
    }
    for line in &report {
        assert_eq!(line["advice"].is_null(), line["status"] == "ok", "{line}");
    }
    let table = server.run(&["doctor"]);
    let table = String::from_utf8_lossy(&table.stdout).into_owned();
    assert!(table.contains("at most 1 in one"), "{table}");
}

#[test]
fn an_empty_data_dir_is_no_problem_and_stays_empty() {
    let server = Server::prepare();
    let (report, well) = examine(&server);
    assert!(well, "{report:?}");
    assert_eq!(status(&report, "database"), "ok");
    assert!(!server.path().join("data").exists());
    assert!(!server.path().join("lance").exists());
}

#[test]
fn each_thing_that_is_broken_is_named() {
    let mut server = Server::start();
    assert!(server.stop());
    let data = server.path().join("data");
    std::fs::write(data.join("secret.key"), "00".repeat(32)).expect("writable");
    std::fs::write(data.join("wafaa.db"), "this was a database once").expect("writable");
    for left in ["wafaa.db-wal", "wafaa.db-shm"] {
        let _ = std::fs::remove_file(data.join(left));
    }
    std::fs::remove_dir_all(data.join("blobs")).expect("there");
    std::fs::write(data.join("blobs"), "a file").expect("writable");
    let server = server.with("WAFAA_MODEL_DIR", data.display().to_string());
    let (report, well) = examine(&server);
    assert!(!well, "{report:?}");
    for check in ["secret key", "embedding model", "files", "database"] {
        assert_eq!(status(&report, check), "problem", "{check}: {report:?}");
    }
    assert_eq!(status(&report, "vectors"), "ok");
    for line in report.iter().filter(|line| line["status"] == "problem") {
        assert!(line["advice"].is_string(), "{line}");
    }
}

#[test]
fn what_only_needs_care_is_a_warning() {
    let mut server = Server::start();
    assert!(server.stop());
    let key = server.path().join("data/secret.key");
    let mut permissions = std::fs::metadata(&key).expect("there").permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o644);
    std::fs::set_permissions(&key, permissions).expect("ours");
    let (report, well) = examine(&server);
    assert!(well, "{report:?}");
    assert_eq!(status(&report, "secret key"), "warning");
}
