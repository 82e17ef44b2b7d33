//! Sources: what is asked for, when it happens, and who may. Nothing is parsed here, and nothing listens at the
//! addresses; whole crawls are tested at the root.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};
use wafaa_domain::Role;

use crate::{TestApp, app::Answer, fixture::Home};

/// Nobody listens there.
const NOWHERE: &str = "http://127.0.0.1:9/";

/// The source once its crawl has come to its end.
async fn crawled(app: &TestApp, home: &Home, id: &Value) -> Value {
    let path = format!("/api/v1/sources/{}", id.as_str().unwrap());
    let looking = async {
        loop {
            let source = app.get(&path, &home.token).await.json(200);
            if source["status"] == "ready" || source["status"] == "failed" {
                return source;
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(30), looking)
        .await
        .expect("the crawl comes to its end")
}

async fn create(app: &TestApp, home: &Home, body: &Value) -> Value {
    let taken = app.post("/api/v1/sources", &home.token, body).await;
    let taken = taken.json(202);
    assert!(taken["job_id"].as_str().unwrap().starts_with("job_"));
    assert_eq!(taken["source"]["job_id"], taken["job_id"]);
    taken["source"].clone()
}

#[tokio::test]
async fn a_source_that_cannot_be_reached_says_so_and_is_deleted() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    let made = create(&app, &home, &json!({ "url": NOWHERE })).await;
    assert_eq!(
        (&made["status"], &made["depth"], &made["max_pages"]),
        (&json!("queued"), &json!(2), &json!(200))
    );
    assert_eq!(
        (&made["timezone"], &made["next_run_at"]),
        (&json!("UTC"), &Value::Null)
    );
    let failed = crawled(&app, &home, &made["id"]).await;
    assert_eq!(failed["status"], "failed", "{failed}");
    assert_eq!(failed["error"]["code"], "unreachable", "{failed}");
    assert_eq!(failed["pages"]["failed"], 1);
    let path = format!("/api/v1/sources/{}", made["id"].as_str().unwrap());
    let pages = app.get(&format!("{path}/pages"), &home.token).await;
    let pages = pages.json(200);
    let page = &pages["data"][0];
    assert_eq!(
        (&page["url"], &page["status"], &page["document_id"]),
        (&json!(NOWHERE), &json!("failed"), &Value::Null)
    );
    assert!(!page["reason"]["message"].as_str().unwrap().is_empty());
    let none = format!("{path}/pages?status=added");
    let none = app.get(&none, &home.token).await.json(200);
    assert_eq!(none["data"], json!([]));

    let again = app
        .post(&format!("{path}/refresh"), &home.token, &json!({}))
        .await;
    assert_eq!(again.json(202)["source"]["status"], "queued");
    crawled(&app, &home, &made["id"]).await;
    let gone = app.delete(&path, &home.token).await;
    assert!([202, 204].contains(&gone.status.as_u16()), "{}", gone.text);
    app.get(&path, &home.token).await.problem(404, "not_found");
    app.settle().await;
    let left = app.get("/api/v1/sources", &home.token).await.json(200);
    assert_eq!(left["data"], json!([]));
    app.stop().await;
}

#[tokio::test]
async fn the_same_request_again_and_the_same_address_again() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    let send = |body: Value| {
        let request = app.call(Method::POST, "/api/v1/sources", &home.token);
        Answer::of(request.header("idempotency-key", "source-1").json(&body))
    };
    let first = send(json!({ "url": NOWHERE })).await.json(202);
    assert_eq!(send(json!({ "url": NOWHERE })).await.json(202), first);
    send(json!({ "url": NOWHERE, "depth": 1 }))
        .await
        .problem(409, "idempotency_key_reused");
    // As it is kept, it is the same.
    let same = json!({ "url": "HTTP://127.0.0.1:9?utm_source=x#top" });
    app.post("/api/v1/sources", &home.token, &same)
        .await
        .problem(409, "already_exists");
    app.settle().await;
    app.stop().await;
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_by_its_field() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    for (field, body) in [
        ("url", json!({})),
        ("url", json!({ "url": "ftp://shop.example/" })),
        ("url", json!({ "url": "not a page" })),
        ("url", json!({ "url": "https://me:secret@shop.example/" })),
        ("depth", json!({ "url": NOWHERE, "depth": 6 })),
        ("max_pages", json!({ "url": NOWHERE, "max_pages": 0 })),
        (
            "max_pages",
            json!({ "url": NOWHERE, "max_pages": 1_000_000 }),
        ),
        (
            "include",
            json!({ "url": NOWHERE, "include": ["docs.example"] }),
        ),
        ("exclude", json!({ "url": NOWHERE, "exclude": ["*"] })),
        (
            "refresh_cron",
            json!({ "url": NOWHERE, "refresh_cron": "daily" }),
        ),
        (
            "refresh_cron",
            json!({ "url": NOWHERE, "refresh_cron": "*/5 * * * *" }),
        ),
        (
            "timezone",
            json!({ "url": NOWHERE, "timezone": "Mars/Olympus" }),
        ),
    ] {
        let refused = app.post("/api/v1/sources", &home.token, &body).await;
        let problem = refused.problem(422, "invalid_request");
        assert_eq!(problem["errors"][0]["field"], field, "{body}: {problem}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_schedule_says_when_it_comes_next() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    let new = json!({ "url": NOWHERE, "refresh_cron": "30 4 * * *", "timezone": "Asia/Riyadh" });
    let made = create(&app, &home, &new).await;
    let failed = crawled(&app, &home, &made["id"]).await;
    let next = failed["next_run_at"].as_str().unwrap();
    // Riyadh is three hours ahead all year.
    assert!(next.ends_with("T01:30:00.000Z"), "{failed}");
    let path = format!("/api/v1/sources/{}", made["id"].as_str().unwrap());
    let change = json!({ "refresh_cron": "15 5 * * *", "timezone": "UTC", "depth": 0 });
    let changed = app.patch(&path, &home.token, &change).await.json(200);
    let next = changed["next_run_at"].as_str().unwrap();
    assert!(next.ends_with("T05:15:00.000Z"), "{changed}");
    assert_eq!(
        (&changed["depth"], &changed["status"]),
        (&json!(0), &json!("failed"))
    );
    let waiting = format!(
        "/api/v1/jobs?state=waiting&parent={}",
        made["id"].as_str().unwrap()
    );
    let waiting = app.get(&waiting, &home.token).await.json(200);
    assert_eq!(waiting["data"].as_array().unwrap().len(), 1, "{waiting}");

    // Called off by hand, it is planned anew.
    let job = changed["job_id"].as_str().unwrap();
    let cancel = format!("/api/v1/jobs/{job}/cancel");
    let cancelled = app.post(&cancel, &home.token, &json!({})).await;
    assert!(cancelled.status.is_success(), "{}", cancelled.text);
    let replanned = app.get(&path, &home.token).await.json(200);
    assert_ne!(replanned["job_id"], changed["job_id"]);
    assert_eq!(replanned["next_run_at"], changed["next_run_at"]);
    assert_eq!(replanned["error"], changed["error"]);

    let never = json!({ "refresh_cron": null });
    let never = app.patch(&path, &home.token, &never).await.json(200);
    assert_eq!(
        (&never["refresh_cron"], &never["next_run_at"]),
        (&Value::Null, &Value::Null)
    );
    app.patch(&path, &home.token, &json!({ "depth": 9 }))
        .await
        .problem(422, "invalid_request");
    // Nothing is left to be done, or stopping fails.
    app.stop().await;
}

#[tokio::test]
async fn of_two_crawls_at_once_the_second_is_refused() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    let id = app.source(&home.scope, "https://shop.example/").await;
    let path = format!("/api/v1/sources/{id}/refresh");
    app.post(&path, &home.token, &json!({}))
        .await
        .problem(409, "conflict");
    app.stop().await;
}

#[tokio::test]
async fn tenants_have_sources_of_their_own_and_viewers_only_look() {
    let app = TestApp::start().await;
    let (mine, theirs) = (app.home("bayt-falafel").await, app.home("noor-homes").await);
    let url = "https://shop.example/";
    let own = app.source(&mine.scope, url).await;
    app.source(&theirs.scope, url).await;
    let viewer = app.token_of(&mine, Role::Viewer).await;
    let listed = app.get("/api/v1/sources", &viewer).await.json(200);
    assert_eq!(listed["data"].as_array().unwrap().len(), 1);
    assert_eq!(listed["data"][0]["id"], own.to_string());
    let path = format!("/api/v1/sources/{own}");
    app.get(&path, &viewer).await.json(200);
    app.get(&format!("{path}/pages"), &viewer).await.json(200);
    let refused = [
        app.post("/api/v1/sources", &viewer, &json!({ "url": NOWHERE }))
            .await,
        app.patch(&path, &viewer, &json!({ "depth": 1 })).await,
        app.post(&format!("{path}/refresh"), &viewer, &json!({}))
            .await,
        app.delete(&path, &viewer).await,
    ];
    for answer in refused {
        answer.problem(403, "role_insufficient");
    }
    app.stop().await;
}

#[tokio::test]
async fn answers_name_the_page_they_come_from() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    let text = "The kitchen opens at nine in the morning.";
    let id = app.document(&home.scope, "Hours", text).await;
    let url = "https://shop.example/hours";
    let tx = app.db().write(home.scope).await.unwrap();
    wafaa_storage::document::set_source_url(&tx, id, url)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let question = "When does the kitchen open?";
    let hits = app
        .post("/api/v1/search", &home.token, &json!({ "query": question }))
        .await
        .json(200);
    assert_eq!(hits["data"][0]["source_url"], url, "{hits}");
    let asked = json!({ "question": question });
    let answer = app.post("/api/v1/ask", &home.token, &asked).await.json(200);
    assert_eq!(answer["citations"][0]["source_url"], url, "{answer}");
    let asked = json!({ "question": question, "stream": true });
    let streamed = app.post("/api/v1/ask", &home.token, &asked).await;
    assert!(streamed.text.contains(url), "{}", streamed.text);
    let document = app
        .get(&format!("/api/v1/documents/{id}"), &home.token)
        .await;
    assert_eq!(document.json(200)["source_url"], url);
    app.stop().await;
}
