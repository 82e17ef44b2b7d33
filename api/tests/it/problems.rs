//! Whatever is wrong with a request, the answer is a problem that says what.

use reqwest::Method;
use serde_json::json;

use crate::{
    TestApp,
    app::{Answer, MAX_UPLOAD},
};

#[tokio::test]
async fn bodies_that_are_wrong() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    let post = |path: &str| app.call(Method::POST, path, &home.token);
    let raw = |body: &'static str| {
        post("/api/v1/ask")
            .header("content-type", "application/json")
            .body(body)
    };
    Answer::of(raw("{\"question\": "))
        .await
        .problem(400, "malformed_json");
    Answer::of(raw("[]")).await.problem(422, "invalid_request");
    Answer::of(raw("")).await.problem(422, "invalid_request");
    Answer::of(post("/api/v1/ask").body("question=x"))
        .await
        .problem(415, "unsupported_media_type");
    let large = json!({ "question": "x".repeat(300_000) });
    app.post("/api/v1/ask", &home.token, &large)
        .await
        .problem(413, "body_too_large");

    let wrong = json!({ "question": "", "top_k": 21, "stream": "yes", "temperature": 1 });
    let problem = app
        .post("/api/v1/ask", &home.token, &wrong)
        .await
        .problem(422, "invalid_request");
    let mut fields: Vec<&str> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["field"].as_str().unwrap())
        .collect();
    fields.sort_unstable();
    assert_eq!(fields, ["question", "stream", "temperature", "top_k"]);
    let arabic = json!({ "question": "ما هي الأطباق النباتية؟".repeat(80) });
    app.post("/api/v1/ask", &home.token, &arabic)
        .await
        .json(200);
    app.stop().await;
}

#[tokio::test]
async fn a_problem_looks_like_this() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    let request = app
        .call(Method::POST, "/api/v1/members", &home.token)
        .header("x-request-id", "support-case-42")
        .json(&json!({ "email": "a@b.example", "role": "boss", "nick": "A" }));
    let mut problem = Answer::of(request).await.problem(422, "invalid_request");
    let errors = problem["errors"].as_array_mut().unwrap();
    errors.sort_by_key(|error| error["field"].to_string());
    insta::assert_json_snapshot!(problem);
    app.stop().await;
}

#[tokio::test]
async fn ids_paths_methods_and_parameters_that_are_wrong() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    let get = async |path: &str| app.get(path, &home.token).await;
    get("/api/v1/documents/nonsense")
        .await
        .problem(404, "not_found");
    get("/api/v1/documents/job_019a0000000070008000000000000000")
        .await
        .problem(404, "not_found");
    get("/api/v1/documents/doc_019a0000000070008000000000000000")
        .await
        .problem(404, "not_found");
    get("/api/v1/no-such-thing").await.problem(404, "not_found");
    get("/api/v1/documents?limit=0")
        .await
        .problem(400, "invalid_parameter");
    get("/api/v1/documents?limit=201")
        .await
        .problem(400, "invalid_parameter");
    get("/api/v1/documents?limit=many")
        .await
        .problem(400, "invalid_parameter");
    get("/api/v1/documents?status=lost")
        .await
        .problem(400, "invalid_parameter");
    get("/api/v1/documents?cursor=rubbish")
        .await
        .problem(400, "invalid_cursor");
    get("/api/v1/jobs?lane=fast")
        .await
        .problem(400, "invalid_parameter");
    let answer = app.delete("/api/v1/documents", &home.token).await;
    answer.problem(405, "method_not_allowed");
    assert_eq!(answer.header("allow"), "GET, POST");
    app.stop().await;
}

#[tokio::test]
async fn uploads_that_are_wrong() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    let size = usize::try_from(MAX_UPLOAD).unwrap() + 1;
    app.upload(&home.token, "big.txt", &vec![b'x'; size], &[])
        .await
        .problem(413, "file_too_large");
    app.upload(&home.token, "a.txt", b"x", &[("colour", "red")])
        .await
        .problem(422, "invalid_request");
    app.upload(&home.token, "a.txt", b"x", &[("language", "english")])
        .await
        .problem(422, "invalid_request");
    app.upload(&home.token, "", b"x", &[])
        .await
        .problem(422, "invalid_request");
    let post = || app.call(Method::POST, "/api/v1/documents", &home.token);
    Answer::of(post().json(&json!({})))
        .await
        .problem(415, "unsupported_media_type");
    let form = |body: &'static str| {
        post()
            .header("content-type", "multipart/form-data; boundary=cut")
            .body(body)
    };
    Answer::of(form("nothing like a form"))
        .await
        .problem(400, "malformed_multipart");
    let without = "--cut\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nx\r\n--cut--\r\n";
    Answer::of(form(without))
        .await
        .problem(422, "invalid_request");
    app.stop().await;
}

#[tokio::test]
async fn a_request_id_is_taken_over_only_when_harmless() {
    let app = TestApp::start().await;
    let with = |id: &'static str| {
        app.request(Method::GET, "/health/live")
            .header("x-request-id", id)
    };
    assert_eq!(
        Answer::of(with("abc-1.2_3")).await.header("x-request-id"),
        "abc-1.2_3"
    );
    let own = Answer::of(with("a b\"c")).await;
    assert!(own.header("x-request-id").starts_with("req_"));
    app.stop().await;
}
