//! Files of every kind, as uploads: scans, archives, what is said of what was read, and older versions.

use std::{
    io::{Cursor, Write as _},
    process::Command,
    time::{Duration, Instant},
};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::server::{Member, Server, demo};

/// The first page of the demo restaurant's menu, drawn at 150 dots per inch in black and white.
const SCAN: &[u8] = include_bytes!("../fixtures/menu-scan.pdf");

fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        let begun = writer.start_file(*name, SimpleFileOptions::default());
        begun.expect("a member");
        writer.write_all(bytes).expect("its bytes");
    }
    writer.finish().expect("an archive").into_inner()
}

async fn report(member: &Member<'_>, document: &Value, query: &str) -> Value {
    let id = document["id"].as_str().expect("an id");
    member
        .get(&format!("/api/v1/documents/{id}/report{query}"))
        .await
}

fn has_tesseract() -> bool {
    let there = Command::new("tesseract").arg("--version").output();
    there.is_ok_and(|output| output.status.success())
}

#[tokio::test]
async fn a_scan_is_recognised_and_says_so() {
    if !has_tesseract() {
        println!("skipped: tesseract is not installed");
        return;
    }
    let server = Server::start();
    let member = server.sign_in("alpha").await;
    let document = member.ingest("scan.pdf", SCAN.to_vec()).await;
    assert_eq!(document["status"], "ready", "{document}");
    let report = report(&member, &document, "").await;
    assert_eq!(report["recognised"], true, "{report}");
    assert_eq!(report["pages"][0]["source"], "recognised");
    assert!(
        report["pages"][0]["certainty"].as_u64() > Some(50),
        "{report}"
    );
    let hits = member.search("falafel").await;
    assert_eq!(hits[0]["page"], 1, "{hits:?}");
}

#[tokio::test]
async fn without_recognition_a_scan_is_refused_and_its_report_says_why() {
    let server = Server::prepare().with("WAFAA_OCR", "off").open();
    let member = server.sign_in("alpha").await;
    let document = member.ingest("scan.pdf", SCAN.to_vec()).await;
    assert_eq!(document["error"]["code"], "scanned", "{document}");
    let report = report(&member, &document, "").await;
    assert_eq!(report["error"]["code"], "scanned");
    assert_eq!(report["total"], Value::Null);
}

#[tokio::test]
async fn an_archive_becomes_its_documents() {
    let server = Server::start();
    let member = server.sign_in("alpha").await;
    let files = archive(&[
        ("shop/faq.md", &demo("bayt-falafel/faq.md")),
        ("shop/branches.csv", &demo("bayt-falafel/branches.csv")),
        ("shop/logo.png", b"\x89PNG\r\n\x1a\n\0\0\0\r"),
    ]);
    let packed = member.ingest("shop.zip", files.clone()).await;
    assert_eq!(
        (&packed["status"], &packed["chunks"]),
        (&json!("ready"), &json!(0))
    );
    let all = member.get("/api/v1/documents").await;
    let mut names = Vec::new();
    for document in all["data"].as_array().expect("a list") {
        let settled = member
            .settled(document["id"].as_str().expect("an id"))
            .await;
        assert_eq!(settled["status"], "ready", "{settled}");
        names.push(document["filename"].as_str().expect("a name").to_owned());
    }
    names.sort();
    assert_eq!(names, ["branches.csv", "faq.md", "shop.zip"]);
    let report = report(&member, &packed, "").await;
    let notes = report["notes"].to_string();
    assert!(
        notes.contains("logo.png") && notes.contains("doc_"),
        "{notes}"
    );

    // What is there already is not added again.
    let id = packed["id"].as_str().expect("an id");
    let path = format!("/api/v1/documents/{id}/reprocess");
    let (status, body) = member.call(Method::POST, &path, None).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{body}");
    assert_eq!(member.settled(id).await["status"], "ready");
    let all = member.get("/api/v1/documents").await;
    assert_eq!(all["data"].as_array().map(Vec::len), Some(3));
}

#[tokio::test]
async fn an_older_version_is_brought_back() {
    let server = Server::start();
    let member = server.sign_in("alpha").await;
    let hours = |when: &str| format!("# Opening hours\n\nWe open at {when} on Mondays.\n");
    let document = member.ingest("hours.md", hours("nine").into_bytes()).await;
    let id = document["id"].as_str().expect("an id");
    member
        .replace(id, "hours.md", hours("eleven").into_bytes())
        .await;
    assert_eq!(member.settled(id).await["live_version"], 2);
    let path = |version: &str| format!("/api/v1/documents/{id}/versions/{version}/restore");
    let (status, body) = member.call(Method::POST, &path("1"), None).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{body}");
    let restored = member.settled(id).await;
    assert_eq!(
        (&restored["version"], &restored["live_version"]),
        (&json!(3), &json!(3))
    );
    let hits = member.search("When do you open on Mondays?").await;
    assert!(hits[0]["text"].to_string().contains("nine"), "{hits:?}");
    for absent in ["0", "4", "-1"] {
        let (status, _) = member.call(Method::POST, &path(absent), None).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{absent}");
    }
    // Each version keeps the report of what was read of it.
    let first = report(&member, &document, "?version=1").await;
    assert_eq!(first["version"], 1);
    assert_eq!(first["total"]["headings"], 1, "{first}");
}

#[tokio::test]
async fn a_tenants_documents_are_indexed_again() {
    let server = Server::start();
    let member = server.sign_in("alpha").await;
    member
        .ingest("hours.md", b"We close on Fridays at noon.".to_vec())
        .await;
    let said = server.run(&["tenant", "reindex", "alpha"]);
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(said.starts_with("1 documents of alpha"), "{said}");
    let begun = Instant::now();
    loop {
        let jobs = member.get("/api/v1/jobs?kind=reindex").await;
        if jobs["data"][0]["state"] == "succeeded" {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{jobs}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(member.search("close on Fridays").await.len(), 1);
}
