//! Documents from upload to deletion.

use std::{os::unix::fs::PermissionsExt as _, time::Duration};

use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::{TestApp, app::Answer, fixture::Home};

/// Follows a document until its stream ends; what it was said to be, in order.
async fn follow(app: &TestApp, home: &Home, id: &Value) -> Vec<Value> {
    let path = format!("/api/v1/documents/{}/events", id.as_str().unwrap());
    let stream = timeout(Duration::from_secs(30), app.get(&path, &home.token))
        .await
        .expect("the stream ends");
    assert_eq!(stream.header("content-type"), "text/event-stream");
    stream.text.split("\n\n").filter_map(progress).collect()
}

fn progress(event: &str) -> Option<Value> {
    let data = event.strip_prefix("event: progress\ndata: ")?;
    Some(serde_json::from_str(data).unwrap())
}

#[tokio::test]
async fn an_upload_is_followed_to_its_end_and_tried_again() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    let taken = app
        .upload(
            &home.token,
            "summer-menu.txt",
            b"Falafel",
            &[("language", "en")],
        )
        .await
        .json(202);
    assert!(taken["job_id"].as_str().unwrap().starts_with("job_"));
    let told = follow(&app, &home, &taken["document"]["id"]).await;
    let last = told.last().unwrap();
    // No parser here, so it fails; how parsing goes is tested at the root.
    assert_eq!(
        (&last["status"], &last["version"]),
        (&json!("failed"), &json!(1))
    );
    assert!(!last["error"]["message"].as_str().unwrap().is_empty());
    insta::assert_json_snapshot!(taken["document"], {
        ".id" => "[id]", ".created_at" => "[time]", ".updated_at" => "[time]",
    });

    let again = app
        .upload(&home.token, "other-name.txt", b"Falafel", &[])
        .await
        .json(202);
    assert_eq!(again["document"]["id"], taken["document"]["id"]);
    assert_eq!(again["document"]["version"], 2);
    follow(&app, &home, &taken["document"]["id"]).await;
    app.stop().await;
}

#[tokio::test]
async fn the_same_upload_twice_is_one_document() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    let upload = |content: &'static [u8]| {
        let request = app.uploading(&home.token, "menu.txt", content, &[]);
        Answer::of(request.header("idempotency-key", "key-1"))
    };
    let first = upload(b"Falafel").await.json(202);
    let again = upload(b"Falafel").await.json(202);
    assert_eq!(first, again);
    upload(b"Hummus")
        .await
        .problem(409, "idempotency_key_reused");
    follow(&app, &home, &first["document"]["id"]).await;
    let all = app.get("/api/v1/documents", &home.token).await.json(200);
    assert_eq!(all["data"].as_array().unwrap().len(), 1);
    app.stop().await;
}

#[tokio::test]
async fn looking_renaming_and_chunks() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    let id = app.document(&home.scope, "Hours", "Open at nine.").await;
    let path = format!("/api/v1/documents/{id}");
    let renamed = app
        .patch(&path, &home.token, &json!({ "title": "Opening hours" }))
        .await
        .json(200);
    assert_eq!(
        (&renamed["title"], &renamed["live_version"]),
        (&json!("Opening hours"), &json!(1))
    );
    let chunks = app
        .get(&format!("{path}/chunks"), &home.token)
        .await
        .json(200);
    assert_eq!(chunks["data"][0]["text"], "Open at nine.");
    assert_eq!(chunks["next_cursor"], Value::Null);
    let told = follow(&app, &home, &json!(id.to_string())).await;
    assert_eq!(told.len(), 1, "a ready document has nothing to wait for");
    app.stop().await;
}

#[tokio::test]
async fn lists_come_in_pages() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    let mut made = Vec::new();
    for n in 0..5 {
        made.push(
            app.document(&home.scope, &format!("Note {n}"), "Something.")
                .await
                .to_string(),
        );
    }
    made.reverse();
    let mut seen = Vec::new();
    let mut path = "/api/v1/documents?limit=2&status=ready".to_owned();
    loop {
        let page = app.get(&path, &home.token).await.json(200);
        seen.extend(
            page["data"]
                .as_array()
                .unwrap()
                .iter()
                .map(|it| it["id"].as_str().unwrap().to_owned()),
        );
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        path = format!("/api/v1/documents?limit=2&status=ready&cursor={cursor}");
    }
    assert_eq!(seen, made);
    app.stop().await;
}

#[tokio::test]
async fn new_content_is_a_new_version_and_the_old_one_answers() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    let id = app
        .document(&home.scope, "Hours", "The kitchen opens at nine.")
        .await;
    let path = format!("/api/v1/documents/{id}/content");
    let put = app
        .call(Method::PUT, &path, &home.token)
        .body("The kitchen opens at ten.");
    let taken = Answer::of(put).await.json(202);
    assert_eq!(
        (
            &taken["document"]["version"],
            &taken["document"]["live_version"]
        ),
        (&json!(2), &json!(1))
    );
    assert_eq!(taken["document"]["filename"], "Hours.txt");
    follow(&app, &home, &taken["document"]["id"]).await;
    let question = json!({ "query": "When does the kitchen open?" });
    let hits = app
        .post("/api/v1/search", &home.token, &question)
        .await
        .json(200);
    assert_eq!(hits["data"][0]["text"], "The kitchen opens at nine.");
    app.stop().await;
}

#[tokio::test]
async fn a_deleted_document_is_gone_when_the_answer_says_so() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    let id = app
        .document(&home.scope, "Hours", "The kitchen opens at nine.")
        .await;
    let path = format!("/api/v1/documents/{id}");
    app.delete(&path, &home.token).await.json(204);
    app.get(&path, &home.token).await.problem(404, "not_found");
    app.delete(&path, &home.token)
        .await
        .problem(404, "not_found");
    let hits = app
        .post(
            "/api/v1/search",
            &home.token,
            &json!({ "query": "kitchen" }),
        )
        .await
        .json(200);
    assert_eq!(hits["data"], json!([]));
    let jobs = app
        .get("/api/v1/jobs?kind=erase", &home.token)
        .await
        .json(200);
    assert_eq!(jobs["data"][0]["state"], "succeeded");
    app.stop().await;
}

#[tokio::test]
async fn what_cannot_be_stored_is_refused_and_leaves_nothing() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    let blobs = app.files().join("blobs");
    // A file where the tenant's directory should be: root may write anywhere, so permissions alone prove nothing.
    std::fs::write(blobs.join(home.scope.tenant().to_string()), "in the way").unwrap();
    std::fs::set_permissions(&blobs, std::fs::Permissions::from_mode(0o500)).unwrap();
    let refused = app.upload(&home.token, "menu.txt", b"Falafel", &[]).await;
    refused.problem(503, "storage_unavailable");
    assert!(!refused.header("retry-after").is_empty());
    assert!(
        !refused.text.contains("blobs"),
        "insides leak: {}",
        refused.text
    );
    std::fs::set_permissions(&blobs, std::fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(
        app.get("/api/v1/documents", &home.token).await.json(200)["data"],
        json!([])
    );
    app.stop().await;
}
