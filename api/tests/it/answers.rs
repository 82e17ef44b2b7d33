//! Search and questions.

use reqwest::Method;
use serde_json::{Value, json};
use wafaa_domain::Role;
use wafaa_storage::tenant::Limits;

use crate::{TestApp, app::Answer};

const QUESTION: &str = "When does the kitchen open?";

#[tokio::test]
async fn a_question_is_answered_with_citations() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    let id = app
        .document(
            &home.scope,
            "Hours",
            "The kitchen opens at nine in the morning.",
        )
        .await;
    let viewer = app.token_of(&home, Role::Viewer).await;
    let answer = app
        .post("/api/v1/ask", &viewer, &json!({ "question": QUESTION }))
        .await
        .json(200);
    assert_eq!(answer["citations"][0]["document_id"], id.to_string());
    insta::assert_json_snapshot!(answer, {
        ".confidence" => "[confidence]", ".citations[].document_id" => "[id]", ".citations[].chunk_id" => "[id]",
    });
    let hits = app
        .post(
            "/api/v1/search",
            &viewer,
            &json!({ "query": QUESTION, "top_k": 1 }),
        )
        .await
        .json(200);
    insta::assert_json_snapshot!(hits, {
        ".data[].score" => "[score]", ".data[].document_id" => "[id]", ".data[].chunk_id" => "[id]",
    });
    app.stop().await;
}

#[tokio::test]
async fn without_documents_it_says_that_it_does_not_know() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    let answer = app
        .post("/api/v1/ask", &home.token, &json!({ "question": QUESTION }))
        .await
        .json(200);
    assert_eq!(
        (&answer["answered"], &answer["citations"]),
        (&json!(false), &json!([]))
    );
    app.stop().await;
}

#[tokio::test]
async fn an_answer_streams_when_asked_for_either_way() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    app.document(
        &home.scope,
        "Hours",
        "The kitchen opens at nine in the morning.",
    )
    .await;
    let whole = app
        .post("/api/v1/ask", &home.token, &json!({ "question": QUESTION }))
        .await
        .json(200);
    let ask = |body: Value| {
        app.call(Method::POST, "/api/v1/ask", &home.token)
            .json(&body)
    };
    let by_field = Answer::of(ask(json!({ "question": QUESTION, "stream": true }))).await;
    let by_header =
        Answer::of(ask(json!({ "question": QUESTION })).header("accept", "text/event-stream"))
            .await;
    for stream in [by_field, by_header] {
        assert_eq!(stream.header("content-type"), "text/event-stream");
        let events: Vec<(&str, Value)> = stream.text.split("\n\n").filter_map(event).collect();
        let shown: String = events
            .iter()
            .filter_map(|(_, data)| data["text"].as_str())
            .collect();
        let (name, done) = events.last().unwrap();
        assert_eq!((*name, done), ("done", &whole));
        assert_eq!(shown, whole["answer"].as_str().unwrap());
    }
    app.stop().await;
}

fn event(text: &str) -> Option<(&str, Value)> {
    let (name, data) = text.strip_prefix("event: ")?.split_once("\ndata: ")?;
    Some((name, serde_json::from_str(data).unwrap()))
}

#[tokio::test]
async fn questions_are_limited_by_tenant() {
    let app = TestApp::start().await;
    let limits = Limits {
        questions_per_minute: 2,
        ..Limits::default()
    };
    let home = app.home_with("bayt-falafel", limits).await;
    let other = app.home("noor-homes").await;
    let ask = async |token: &str| {
        app.post("/api/v1/search", token, &json!({ "query": "x" }))
            .await
    };
    let first = ask(&home.token).await;
    assert_eq!(
        (
            first.header("ratelimit-limit"),
            first.header("ratelimit-remaining")
        ),
        ("2", "1")
    );
    ask(&home.token).await.json(200);
    let refused = ask(&home.token).await;
    refused.problem(429, "rate_limited");
    assert!((1..=31).contains(&refused.header("retry-after").parse::<u64>().unwrap()));
    assert_eq!(refused.header("ratelimit-remaining"), "0");
    ask(&other.token).await.json(200);
    app.get("/api/v1/documents", &home.token).await.json(200);
    app.stop().await;
}

#[tokio::test]
async fn the_bot_is_changed_within_its_bounds() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    let before = app.get("/api/v1/bot", &home.token).await.json(200);
    assert_eq!(
        (&before["version"], &before["merge_window_ms"]),
        (&json!(0), &json!(2000))
    );
    let change = json!({ "name": "Layla", "confidence_threshold": 0.9 });
    let after = app
        .patch("/api/v1/bot", &home.token, &change)
        .await
        .json(200);
    assert_eq!(
        (&after["name"], &after["confidence_threshold"]),
        (&json!("Layla"), &json!(0.9))
    );
    assert_eq!(
        (&after["version"], &after["greeting"]),
        (&json!(1), &before["greeting"])
    );
    let wrong = json!({ "confidence_threshold": 1.5 });
    app.patch("/api/v1/bot", &home.token, &wrong)
        .await
        .problem(422, "invalid_request");
    let wrong = json!({ "languages": ["english"] });
    let problem = app
        .patch("/api/v1/bot", &home.token, &wrong)
        .await
        .problem(422, "invalid_request");
    assert_eq!(problem["errors"][0]["field"], "languages");
    app.stop().await;
}
