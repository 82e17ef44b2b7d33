//! Conversations at the desk: reading, answering, passing on; and what happened to each message.

use reqwest::Method;
use serde_json::{Value, json};
use wafaa_domain::Role;

use crate::{TestApp, app::Answer, talk::Talk};

fn path(talk: &Talk, what: &str) -> String {
    format!("/api/v1/conversations/{}{what}", talk.conversation)
}

#[tokio::test]
async fn a_conversation_is_listed_read_and_counted() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    let talk = app.talk(&home.scope).await;
    let viewer = app.token_of(&home, Role::Viewer).await;
    let channel = talk.channel;
    for (query, found) in [
        (String::new(), 1),
        ("?status=bot".into(), 1),
        ("?status=waiting".into(), 0),
        (format!("?channel={channel}"), 1),
        ("?channel=chn_019a0000000070008000000000000000".into(), 0),
        ("?q=Huda".into(), 1),
    ] {
        let list = app
            .get(&format!("/api/v1/conversations{query}"), &viewer)
            .await
            .json(200);
        assert_eq!(list["data"].as_array().unwrap().len(), found, "{query}");
    }
    let shown = app.get(&path(&talk, ""), &viewer).await.json(200);
    assert_eq!(
        (&shown["status"], &shown["channel_kind"], &shown["seq"]),
        (&json!("bot"), &json!("web"), &json!(1))
    );
    assert_eq!(
        shown["contact"],
        json!({ "id": talk.contact, "name": "Huda" })
    );
    let counts = app
        .get("/api/v1/conversations/counts", &viewer)
        .await
        .json(200);
    assert_eq!(
        counts,
        json!({ "bot": 1, "waiting": 0, "human": 0, "resolved": 0 })
    );
    let list = app.get(&path(&talk, "/messages"), &viewer).await.json(200);
    let first = &list["data"][0];
    assert_eq!(
        (&first["author"], &first["text"], &first["status"]),
        (
            &json!("customer"),
            &json!("Do you deliver?"),
            &json!("received")
        )
    );
    let story = format!("/api/v1/messages/{}/timeline", talk.message);
    let story = app.get(&story, &viewer).await.json(200);
    assert_eq!(story["data"][0]["stage"], "received");
    app.get("/api/v1/conversations?cursor=rubbish", &viewer)
        .await
        .problem(400, "invalid_cursor");
    app.stop().await;
}

#[tokio::test]
async fn a_person_answers_and_a_repetition_is_the_same_answer() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    let talk = app.talk(&home.scope).await;
    let agent = app.token_of(&home, Role::Agent).await;
    let answer = async |text: &str| {
        let request = app.call(Method::POST, &path(&talk, "/messages"), &agent);
        let request = request.header("idempotency-key", "answer-1");
        Answer::of(request.json(&json!({ "text": text }))).await
    };
    let said = answer("Yes, we do.").await.json(201);
    assert_eq!(
        (&said["direction"], &said["text"]),
        (&json!("outbound"), &json!("Yes, we do."))
    );
    assert_eq!(answer("Yes, we do.").await.json(201)["id"], said["id"]);
    answer("No.").await.problem(409, "idempotency_key_reused");
    app.settle().await;
    let sent = format!("/api/v1/messages/{}", said["id"].as_str().unwrap());
    let sent = app.get(&sent, &agent).await.json(200);
    assert_eq!(sent["status"], "sent");
    let now = app.get(&path(&talk, ""), &agent).await.json(200);
    assert_eq!(now["status"], "human");
    assert_eq!(now["assignee"], said["author"]);
    let again = format!("/api/v1/messages/{}/resend", said["id"].as_str().unwrap());
    app.post(&again, &agent, &json!({}))
        .await
        .problem(409, "conflict");
    for wrong in [
        json!({}),
        json!({ "text": " " }),
        json!({ "text": "x", "template": { "name": "t", "language": "en" } }),
    ] {
        app.post(&path(&talk, "/messages"), &agent, &wrong)
            .await
            .problem(422, "invalid_request");
    }
    let note = app
        .post(
            &path(&talk, "/notes"),
            &agent,
            &json!({ "text": "A regular" }),
        )
        .await
        .json(201);
    assert_eq!(note["direction"], "note");
    let viewer = app.token_of(&home, Role::Viewer).await;
    app.post(&path(&talk, "/messages"), &viewer, &json!({ "text": "x" }))
        .await
        .problem(403, "role_insufficient");
    app.stop().await;
}

#[tokio::test]
async fn a_conversation_goes_from_hand_to_hand() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    let talk = app.talk(&home.scope).await;
    let (one, two) = (
        app.token_of(&home, Role::Agent).await,
        app.token_of(&home, Role::Agent).await,
    );
    let act = async |verb: &str, token: &str, body: Value| {
        app.post(&path(&talk, &format!("/{verb}")), token, &body)
            .await
    };
    let waiting = act("handoff", &one, json!({ "priority": "high" }))
        .await
        .json(200);
    assert_eq!(
        (
            &waiting["status"],
            &waiting["priority"],
            &waiting["handoff_reason"]
        ),
        (&json!("waiting"), &json!("high"), &json!("manual"))
    );
    assert!(waiting["sla_due_at"].is_string());
    act("handoff", &one, json!({}))
        .await
        .problem(409, "conflict");
    let claimed = act("claim", &one, json!({})).await.json(200);
    assert_eq!(claimed["status"], "human");
    act("claim", &two, json!({})).await.problem(409, "conflict");
    let owner = json!({ "member_id": home.owner });
    let assigned = act("assign", &two, owner).await.json(200);
    assert_eq!(assigned["assignee"], home.owner.to_string());
    let nobody = json!({ "member_id": "mem_019a0000000070008000000000000000" });
    act("assign", &two, nobody)
        .await
        .problem(422, "invalid_request");
    assert_eq!(
        act("release", &two, json!({})).await.json(200)["status"],
        "bot"
    );
    assert_eq!(
        act("resolve", &two, json!({})).await.json(200)["status"],
        "resolved"
    );
    act("resolve", &two, json!({}))
        .await
        .problem(409, "conflict");
    let key = json!({ "name": "crm", "role": "agent" });
    let key = app
        .post("/api/v1/api-keys", &home.token, &key)
        .await
        .json(201);
    act("claim", key["key"].as_str().unwrap(), json!({}))
        .await
        .problem(403, "person_only");
    app.settle().await;
    app.stop().await;
}

#[tokio::test]
async fn canned_replies_are_kept_by_title() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    let agent = app.token_of(&home, Role::Agent).await;
    let new = json!({ "title": "Hours", "text": "Nine to five." });
    let made = app.post("/api/v1/canned-replies", &agent, &new).await;
    let path = format!(
        "/api/v1/canned-replies/{}",
        made.json(201)["id"].as_str().unwrap()
    );
    app.post("/api/v1/canned-replies", &agent, &new)
        .await
        .problem(409, "already_exists");
    let change = json!({ "text": "Nine to six." });
    let changed = app.patch(&path, &agent, &change).await.json(200);
    assert_eq!(
        (&changed["title"], &changed["text"]),
        (&json!("Hours"), &json!("Nine to six."))
    );
    let all = app.get("/api/v1/canned-replies", &agent).await.json(200);
    assert_eq!(all["data"].as_array().unwrap().len(), 1);
    app.delete(&path, &agent).await.json(204);
    app.get(&path, &agent).await.problem(404, "not_found");
    app.stop().await;
}
