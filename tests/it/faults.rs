//! Bad input and bad surroundings: one clear sentence, and the service goes on.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
};

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::server::{PATIENCE, Server, demo, until};

#[tokio::test]
async fn bad_files_fail_with_a_code_and_a_sentence() {
    let server = Server::start();
    let member = server.sign_in("alpha").await;
    let pdf = demo("bayt-falafel/menu.pdf");
    let cases: [(&str, Vec<u8>, &str); 5] = [
        ("truncated.pdf", pdf[..600].to_vec(), "corrupt"),
        (
            "picture.pdf",
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0".to_vec(),
            "unsupported_type",
        ),
        ("blank.txt", b" \n \n ".to_vec(), "no_text"),
        (
            "noise.docx",
            b"PK\x03\x04 not really a zip".to_vec(),
            "corrupt",
        ),
        (
            "program.txt",
            vec![0, 159, 146, 150, 0, 1, 2, 3, 255, 254, 0, 0],
            "unsupported_type",
        ),
    ];
    for (name, content, _) in &cases {
        let document = member.ingest(name, content.clone()).await;
        assert_eq!(document["status"], "failed", "{document}");
        let code = document["error"]["code"].as_str().expect("a code");
        assert!(!code.is_empty() && code != "internal", "{name}: {document}");
        let sentence = document["error"]["message"].as_str().expect("a sentence");
        assert!(
            sentence.ends_with('.') && sentence.len() > 20,
            "{name}: {sentence}"
        );
    }
    let document = member.ingest("faq.md", demo("bayt-falafel/faq.md")).await;
    assert_eq!(document["status"], "ready", "the service is untouched");
}

#[tokio::test]
async fn bad_requests_are_problems_that_name_the_mistake() {
    let server = Server::start();
    let member = server.sign_in("alpha").await;
    let cases = [
        (
            Method::POST,
            "/api/v1/ask",
            Some(json!({ "question": "hours?", "colour": "red" })),
            400..=422,
        ),
        (
            Method::POST,
            "/api/v1/ask",
            Some(json!({ "question": "" })),
            400..=422,
        ),
        (
            Method::POST,
            "/api/v1/search",
            Some(json!({ "query": 7 })),
            400..=422,
        ),
        (
            Method::GET,
            "/api/v1/documents/job_00000000000000000000000000000000",
            None,
            400..=404,
        ),
        (Method::GET, "/api/v1/documents/%00", None, 400..=404),
        (Method::GET, "/api/v1/documents?limit=-1", None, 400..=422),
        (Method::GET, "/api/v1/nothing", None, 404..=404),
    ];
    for (method, path, body, expected) in cases {
        let (status, problem) = member.call(method, path, body).await;
        assert!(
            expected.contains(&status.as_u16()),
            "{path}: {status} {problem}"
        );
        assert!(problem["code"].is_string(), "{path}: {problem}");
        assert!(problem["request_id"].is_string(), "{path}: {problem}");
    }
}

#[tokio::test]
async fn a_cancelled_ingest_leaves_nothing_searchable() {
    let server = Server::start();
    let member = server.sign_in("alpha").await;
    let text: String = (0..4_000)
        .map(|n| format!("The cupboard number {n} holds a blue kettle and {n} green cups.\n\n"))
        .collect();
    let (_, accepted) = member.upload("cupboards.txt", text.into_bytes()).await;
    let id = accepted["document"]["id"].as_str().expect("an id");
    let path = format!("/api/v1/documents/{id}/cancel");
    let (status, body) = member.call(Method::POST, &path, None).await;
    assert!(status.is_success(), "{status} {body}");
    let document = member.settled(id).await;
    assert_eq!(document["status"], "failed", "{document}");
    assert_eq!(document["error"]["code"], "cancelled");
    assert!(member.search("blue kettle").await.is_empty());
}

#[test]
fn a_port_in_use_is_one_clear_sentence() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("bound").port().to_string();
    let output = Server::prepare().run(&["serve", "--port", &port]);
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("can't listen on 127.0.0.1:"), "{said}");
}

#[test]
fn an_unwritable_data_dir_is_one_clear_sentence() {
    let server = Server::prepare();
    std::fs::write(server.path().join("data"), "a file, not a folder").expect("writable");
    let output = server.run(&["serve", "--port", "0"]);
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("can't write to the data dir"), "{said}");
}

#[test]
fn a_missing_model_is_one_clear_sentence() {
    let server = Server::prepare();
    let output = server
        .command(&["serve", "--port", "0"])
        .env("WAFAA_MODEL_DIR", server.path().join("nowhere"))
        .output()
        .expect("the binary starts");
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("make model"), "{said}");
}

#[test]
fn every_mistake_in_the_settings_is_listed_at_once() {
    let server = Server::prepare();
    let output = server
        .command(&["doctor"])
        .env("WAFAA_DATABASE_URL", "mysql://nope")
        .env("WAFAA_MAX_UPLOAD_MB", "many")
        .env("WAFAA_LLM_PROVIDER", "oracle")
        .output()
        .expect("the binary starts");
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    for name in [
        "WAFAA_DATABASE_URL",
        "WAFAA_MAX_UPLOAD_MB",
        "WAFAA_LLM_PROVIDER",
    ] {
        assert!(said.contains(name), "{said}");
    }
}

#[tokio::test]
async fn sigterm_ends_it_well_and_a_second_server_is_refused() {
    let mut server = Server::start();
    let second = server.run(&["serve", "--port", "0"]);
    assert!(!second.status.success());
    assert!(String::from_utf8_lossy(&second.stderr).contains("another wafaa"));
    assert!(server.stop());
    server.resume();
    let health = server.client.get(server.url("/health/ready")).send().await;
    assert_eq!(health.expect("an answer").status(), StatusCode::OK);
}

/// As a disk that was full leaves it: LanceDB takes a file for written of which only the name is there.
#[tokio::test]
async fn a_damaged_vector_table_is_made_anew() {
    let mut server = Server::start();
    let dish = |name: &str| format!("# Dishes\n\nOf all dishes {name} is the best.\n").into_bytes();
    {
        let member = server.sign_in("alpha").await;
        let first = member.ingest("first.md", dish("lentil soup")).await;
        // Enough for the table to be compacted, so that replacing one leaves a file that says what is gone.
        for number in 2..12 {
            let name = format!("falafel number {number}");
            member.ingest(&format!("{number}.md"), dish(&name)).await;
        }
        let id = first["id"].as_str().expect("an id");
        let (status, body) = member.replace(id, "first.md", dish("hummus")).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{body}");
        assert_eq!(member.settled(id).await["status"], "ready");
    }
    server.kill();
    let deletions = files(&server.path().join("lance"), "arrow");
    assert!(!deletions.is_empty(), "nothing to damage");
    for file in deletions {
        fs::write(file, []).expect("a file cut short");
    }
    server.resume();
    let member = server.sign_in("alpha").await;
    let document = member.ingest("new.md", dish("tabbouleh")).await;
    assert_eq!(document["status"], "ready", "{document}");
    // The others come back after the one that found out.
    for name in ["falafel", "hummus", "tabbouleh"] {
        until(name, PATIENCE, async || {
            let found = member.search(name).await;
            let text = found.first().and_then(|hit| hit["text"].as_str());
            text.is_some_and(|text| text.contains(name))
        })
        .await;
    }
}

/// The files below a directory that have this extension.
fn files(directory: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).expect("a directory").flatten();
    entries
        .flat_map(|entry| match entry.path() {
            path if path.is_dir() => files(&path, extension),
            path if path.extension().is_some_and(|found| found == extension) => vec![path],
            _ => Vec::new(),
        })
        .collect()
}
