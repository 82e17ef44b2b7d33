//! JSON logs: every line an object that says where it belongs, and none with a secret in it.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::server::{PASSWORD, Server};

#[tokio::test]
async fn lines_of_one_document_share_a_trace() {
    let mut server = Server::prepare()
        .with("WAFAA_LOG", "info,wafaa_jobs=debug")
        .with("WAFAA_LOG_FORMAT", "json")
        .keeping_its_log()
        .open();
    let member = server.sign_in("alpha").await;
    let broken = b"%PDF-1.7 truncated".to_vec();
    let document = member.ingest("broken.pdf", broken).await;
    assert_eq!(document["status"], "failed");
    let tenant = member.get("/api/v1/auth/me").await["tenant"]["id"].clone();
    drop(member);
    assert!(server.stop());
    let log = server.log();
    assert!(!log.contains(PASSWORD), "{log}");
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")))
        .collect();
    for line in &lines {
        for field in ["timestamp", "level", "target", "message"] {
            assert!(line[field].is_string(), "{field}: {line}");
        }
    }
    let upload = lines
        .iter()
        .find(|line| line["method"] == "POST" && line["path"] == "/api/v1/documents")
        .unwrap_or_else(|| panic!("{log}"));
    assert_eq!(upload["message"], "answered");
    assert_eq!(upload["status"], 202);
    assert_eq!(upload["tenant"], tenant);
    assert!(
        upload["request_id"]
            .as_str()
            .is_some_and(|id| id.starts_with("req_"))
    );
    let trace = upload["trace_id"].as_str().expect("a trace id");
    assert_eq!(trace.len(), 32, "{upload}");
    let of_jobs: Vec<&Value> = lines
        .iter()
        .filter(|line| line["job_id"].is_string())
        .collect();
    assert!(!of_jobs.is_empty(), "{log}");
    let traces: BTreeSet<&str> = of_jobs
        .iter()
        .filter(|line| line["kind"] == "ingest")
        .filter_map(|line| line["trace_id"].as_str())
        .collect();
    assert_eq!(traces, BTreeSet::from([trace]), "{of_jobs:?}");
    assert!(
        of_jobs.iter().all(|line| line["tenant"] == tenant),
        "{of_jobs:?}"
    );
}
