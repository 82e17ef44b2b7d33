//! The main job: upload, watch, ask, get a cited answer.

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::server::{Server, demo};

#[tokio::test]
async fn a_menu_answers_what_is_vegan_and_cites_its_page() {
    let server = Server::start();
    let member = server.sign_in("alpha").await;
    let document = member
        .ingest("menu.pdf", demo("bayt-falafel/menu.pdf"))
        .await;
    assert_eq!(document["status"], "ready", "{document}");
    assert_eq!(document["pages"], 2);
    let answer = member.ask("What vegan dishes do you have?").await;
    assert_eq!(answer["answered"], true, "{answer}");
    let text = answer["answer"].as_str().expect("a text").to_lowercase();
    assert!(text.contains("falafel"), "{text}");
    let citation = &answer["citations"][0];
    assert_eq!(citation["document_id"], document["id"]);
    assert!(citation["page"].is_u64(), "{citation}");
    let absent = member.ask("Who won the chess championship of 1972?").await;
    assert_eq!(absent["answered"], false, "{absent}");
    assert_eq!(absent["citations"], json!([]));
}

#[tokio::test]
async fn every_demo_document_is_readable() {
    let server = Server::start();
    let member = server.sign_in("alpha").await;
    for path in [
        "bayt-falafel/reservations-and-allergies.docx",
        "bayt-falafel/branches.csv",
        "bayt-falafel/faq.md",
        "sindbad-books/price-list.xlsx",
    ] {
        let name = path.rsplit('/').next().expect("a name");
        let document = member.ingest(name, demo(path)).await;
        assert_eq!(document["status"], "ready", "{document}");
        let id = document["id"].as_str().expect("an id");
        assert_eq!(document["chunks"], member.chunks(id).await.len());
    }
}

#[tokio::test]
async fn the_same_bytes_twice_are_the_same_document() {
    let server = Server::start();
    let member = server.sign_in("alpha").await;
    let first = member.ingest("faq.md", demo("bayt-falafel/faq.md")).await;
    let (status, again) = member.upload("copy.md", demo("bayt-falafel/faq.md")).await;
    assert!(status.is_success(), "{again}");
    assert_eq!(again["document"]["id"], first["id"]);
    let all = member.get("/api/v1/documents").await;
    assert_eq!(all["data"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_new_version_replaces_the_old_and_a_broken_one_does_not() {
    let server = Server::start();
    let member = server.sign_in("alpha").await;
    let first = b"# Opening hours\n\nWe open at nine in the morning on Mondays.\n".to_vec();
    let document = member.ingest("hours.md", first).await;
    let id = document["id"].as_str().expect("an id").to_owned();
    let (status, body) = member
        .replace(&id, "broken.pdf", b"%PDF-1.7 truncated".to_vec())
        .await;
    assert_eq!(status, StatusCode::ACCEPTED, "{body}");
    let broken = member.settled(&id).await;
    assert_eq!(broken["status"], "failed", "{broken}");
    assert!(contains(
        &member.search("When do you open on Mondays?").await,
        "nine in the morning"
    ));
    let second = b"# Opening hours\n\nWe open at eleven in the morning on Mondays.\n".to_vec();
    member.replace(&id, "hours.md", second).await;
    let replaced = member.settled(&id).await;
    assert_eq!(replaced["status"], "ready", "{replaced}");
    let hits = member.search("When do you open on Mondays?").await;
    assert!(contains(&hits, "eleven in the morning"), "{hits:?}");
    assert!(!contains(&hits, "nine in the morning"), "{hits:?}");
}

#[tokio::test]
async fn a_deleted_document_is_gone_everywhere() {
    let server = Server::start();
    let member = server.sign_in("alpha").await;
    let document = member.ingest("faq.md", demo("bayt-falafel/faq.md")).await;
    let id = document["id"].as_str().expect("an id");
    let path = format!("/api/v1/documents/{id}");
    let (status, body) = member.call(Method::DELETE, &path, None).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{body}");
    let (status, _) = member.call(Method::GET, &path, None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(member.search("parking").await.is_empty());
    assert_eq!(files(&server.path().join("data/blobs")), 0);
}

fn contains(hits: &[serde_json::Value], text: &str) -> bool {
    hits.iter().any(|hit| {
        hit["text"]
            .as_str()
            .is_some_and(|found| found.contains(text))
    })
}

/// Files below a folder.
fn files(folder: &std::path::Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0;
    };
    entries
        .map(|entry| entry.expect("readable").path())
        .map(|path| if path.is_dir() { files(&path) } else { 1 })
        .sum()
}
