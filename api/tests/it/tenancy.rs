//! Two tenants: whatever has an id, the other tenant's answers 404. The routes are read from the OpenAPI
//! document, so a new one can't escape: it fails here until there is a sample to probe it with.

use reqwest::Method;
use serde_json::{Value, json};
use wafaa_domain::Role;

use crate::{TestApp, app::Answer, fixture::Home};

/// The other tenant's things, by the resource that has them.
struct Samples(Vec<(&'static str, String)>);

impl Samples {
    async fn of(app: &TestApp, home: &Home) -> Self {
        let member = app
            .member(&home.scope, "someone@noor-homes.example", Role::Viewer)
            .await;
        let key = app
            .post(
                "/api/v1/api-keys",
                &home.token,
                &json!({ "name": "k", "role": "viewer" }),
            )
            .await
            .json(201);
        let document = app
            .document(&home.scope, "Lease", "The lease ends in May.")
            .await;
        let source = app.source(&home.scope, "https://noor-homes.example/").await;
        let job = app.dead_job(&home.scope).await;
        let talk = app.talk(&home.scope).await;
        let reply = app
            .post(
                "/api/v1/canned-replies",
                &home.token,
                &json!({ "title": "Hours", "text": "Nine to five." }),
            )
            .await
            .json(201);
        let (webhook, delivery) = app.delivery(home).await;
        let (question, evaluation) = app.evaluated(home).await;
        Self(vec![
            ("channels", talk.channel.to_string()),
            ("conversations", talk.conversation.to_string()),
            ("messages", talk.message.to_string()),
            ("contacts", talk.contact.to_string()),
            ("canned-replies", reply["id"].as_str().unwrap().to_owned()),
            ("webhooks", webhook),
            ("golden-questions", question),
            ("evaluations", evaluation),
            ("{delivery}", delivery),
            ("tenants", home.scope.tenant().to_string()),
            ("members", member.to_string()),
            ("api-keys", key["id"].as_str().unwrap().to_owned()),
            ("documents", document.to_string()),
            ("sources", source.to_string()),
            ("jobs", job.to_string()),
        ])
    }

    fn id(&self, route: &str) -> &str {
        self.named(route.split('/').nth(3).unwrap_or_default())
    }

    fn named(&self, resource: &str) -> &str {
        let sample = self.0.iter().find(|(name, _)| *name == resource);
        &sample
            .unwrap_or_else(|| panic!("no sample of another tenant for {resource}: add one"))
            .1
    }
}

/// A body that the route would accept.
fn body(method: &str, route: &str) -> Option<Value> {
    match (method, route) {
        ("patch", "/api/v1/tenants/{id}") => Some(json!({ "name": "Taken over" })),
        ("patch", "/api/v1/members/{id}") => Some(json!({ "role": "owner" })),
        ("patch", "/api/v1/documents/{id}") => Some(json!({ "title": "Taken over" })),
        ("patch", "/api/v1/channels/{id}") => Some(json!({ "name": "Taken over" })),
        ("post", "/api/v1/channels/{id}/connect") => {
            Some(json!({ "base_url": "https://x.example" }))
        }
        ("post", "/api/v1/conversations/{id}/messages" | "/api/v1/conversations/{id}/notes") => {
            Some(json!({ "text": "Not yours" }))
        }
        ("post", "/api/v1/conversations/{id}/handoff") => Some(json!({})),
        ("post", "/api/v1/conversations/{id}/assign") => Some(json!({ "member_id": "" })),
        ("patch", "/api/v1/contacts/{id}") => Some(json!({ "name": "Taken over" })),
        ("patch", "/api/v1/canned-replies/{id}") => Some(json!({ "text": "Taken over" })),
        ("patch", "/api/v1/sources/{id}") => Some(json!({ "depth": 0 })),
        ("patch", "/api/v1/golden-questions/{id}") => Some(json!({ "notes": "Taken over" })),
        ("patch", "/api/v1/webhooks/{id}") => Some(json!({ "enabled": false })),
        _ => None,
    }
}

/// Every operation with an id in its path: method, route, whether it wants JSON.
async fn operations(app: &TestApp) -> Vec<(String, String, bool)> {
    let document = app.get("/openapi.json", "").await.json(200);
    let mut operations = Vec::new();
    for (route, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            // Nobody signs in for the others: `webhook` and `widget` show that their proofs count in one tenant.
            if route.contains('{') && route.starts_with("/api/v1/") {
                let json = operation["requestBody"]["content"]["application/json"].is_object();
                operations.push((method.clone(), route.clone(), json));
            }
        }
    }
    operations
}

#[tokio::test]
async fn no_route_shows_or_changes_what_is_another_tenants() {
    let app = TestApp::start().await;
    let (mine, theirs) = (app.home("bayt-falafel").await, app.home("noor-homes").await);
    let samples = Samples::of(&app, &theirs).await;
    let operations = operations(&app).await;
    assert!(operations.len() >= 15, "the document has lost its routes");
    for (method, route, wants_json) in &operations {
        let path = route.replace("{id}", samples.id(route));
        let path = path.replace("{delivery}", samples.named("{delivery}"));
        let path = path.replace("{version}", "1");
        assert!(
            !path.contains('{'),
            "{route} has an id that the probe doesn't know"
        );
        let verb: Method = method.to_uppercase().parse().unwrap();
        let mut request = app.call(verb.clone(), &path, &mine.token);
        match body(method, route) {
            Some(mut body) => {
                // A member of the asking tenant: it is the conversation that isn't theirs.
                if let Some(member) = body.get_mut("member_id") {
                    *member = json!(mine.owner);
                }
                request = request.json(&body);
            }
            None if *wants_json => panic!("no body to probe {method} {route} with: add one"),
            None if verb == Method::PUT => request = request.body("other content"),
            None => {}
        }
        let answer = Answer::of(request).await;
        assert_eq!(
            answer.status.as_u16(),
            404,
            "{method} {route}: {}",
            answer.text
        );
        answer.problem(404, "not_found");
        // The probe itself must be able to fail: to its own tenant the thing is there.
        // A message of words has no file, for anybody.
        if verb == Method::GET && !route.ends_with("/media") {
            let own = app.call(verb, &path, &theirs.token).send().await.unwrap();
            assert_ne!(
                own.status().as_u16(),
                404,
                "{method} {route} hides it from its own tenant"
            );
        }
    }
    let document = format!("/api/v1/documents/{}", samples.id("/api/v1/documents"));
    assert_eq!(
        app.get(&document, &theirs.token).await.json(200)["title"],
        "Lease"
    );
    let job = format!("/api/v1/jobs/{}", samples.id("/api/v1/jobs"));
    assert_eq!(
        app.get(&job, &theirs.token).await.json(200)["state"],
        "cancelled"
    );
    app.stop().await;
}

#[tokio::test]
async fn lists_and_answers_hold_only_ones_own() {
    let app = TestApp::start().await;
    let (mine, theirs) = (app.home("bayt-falafel").await, app.home("noor-homes").await);
    let text = "The kitchen opens at nine in the morning.";
    let own = app.document(&mine.scope, "Hours", text).await;
    app.document(&theirs.scope, "Hours", text).await;
    app.dead_job(&theirs.scope).await;
    let question = "When does the kitchen open?";
    let hits = app
        .post("/api/v1/search", &mine.token, &json!({ "query": question }))
        .await
        .json(200);
    let documents: Vec<_> = hits["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|hit| &hit["document_id"])
        .collect();
    assert_eq!(documents, [&json!(own.to_string())]);
    let answer = app
        .post("/api/v1/ask", &mine.token, &json!({ "question": question }))
        .await
        .json(200);
    for citation in answer["citations"].as_array().unwrap() {
        assert_eq!(citation["document_id"], own.to_string());
    }
    let documents = app.get("/api/v1/documents", &mine.token).await.json(200);
    assert_eq!(documents["data"].as_array().unwrap().len(), 1);
    assert_eq!(
        app.get("/api/v1/jobs", &mine.token).await.json(200)["data"],
        json!([])
    );
    assert_eq!(
        app.get("/api/v1/jobs/stats", &mine.token).await.json(200)["counts"],
        json!([])
    );
    app.get("/api/v1/jobs?tenant=noor-homes", &mine.token)
        .await
        .problem(404, "not_found");
    app.stop().await;
}

#[tokio::test]
async fn roles_open_what_they_should_and_no_more() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    let document = app.document(&home.scope, "Hours", "Open at nine.").await;
    let path = format!("/api/v1/documents/{document}");
    let viewer = app.token_of(&home, Role::Viewer).await;
    let admin = app.token_of(&home, Role::Admin).await;
    let operator = app.operator().await;
    app.get(&path, &viewer).await.json(200);
    app.delete(&path, &viewer)
        .await
        .problem(403, "role_insufficient");
    app.upload(&viewer, "a.txt", b"x", &[])
        .await
        .problem(403, "role_insufficient");
    app.patch("/api/v1/bot", &viewer, &json!({ "name": "x" }))
        .await
        .problem(403, "role_insufficient");
    app.get("/api/v1/audit-log", &viewer)
        .await
        .problem(403, "role_insufficient");
    let new = json!({ "email": "new@bayt-falafel.example", "password": "long enough it is", "role": "viewer" });
    app.post("/api/v1/members", &admin, &new)
        .await
        .problem(403, "role_insufficient");
    app.post(
        "/api/v1/api-keys",
        &admin,
        &json!({ "name": "k", "role": "owner" }),
    )
    .await
    .problem(403, "role_above_own");
    app.get("/api/v1/tenants", &home.token)
        .await
        .problem(403, "operator_only");
    app.get("/api/v1/documents", &operator)
        .await
        .problem(403, "member_only");
    app.stop().await;
}
