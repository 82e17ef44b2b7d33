//! The chat on a tenant's web site: whom it answers, what it shows, and going on after a break.

use std::time::Duration;

use reqwest::{Method, Response, header};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::{TestApp, app::Answer, fixture::Home, talk::SITE};

/// A visitor in a conversation.
struct Visitor {
    base: String,
    id: String,
    token: String,
}

impl Visitor {
    async fn begin(app: &TestApp, home: &Home) -> Self {
        let channel = app.web_chat(&home.scope).await;
        Self::at(app, &channel.public_token.unwrap()).await
    }

    async fn at(app: &TestApp, public_token: &str) -> Self {
        let base = format!("/widget/{public_token}/conversations");
        let begun = app
            .visit(&base, None, &json!({ "language": "en" }))
            .await
            .json(201);
        Self {
            id: begun["id"].as_str().unwrap().to_owned(),
            token: begun["visitor_token"].as_str().unwrap().to_owned(),
            base,
        }
    }

    fn path(&self, what: &str) -> String {
        format!("{}/{}/{what}", self.base, self.id)
    }

    async fn say(&self, app: &TestApp, client_id: &str, text: &str) -> Answer {
        let said = json!({ "text": text, "client_id": client_id });
        app.visit(&self.path("messages"), Some(&self.token), &said)
            .await
    }

    async fn follow(&self, app: &TestApp, after: Option<i64>) -> Stream {
        let mut request = app.call(Method::GET, &self.path("events"), &self.token);
        if let Some(after) = after {
            request = request.header("last-event-id", after.to_string());
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status().as_u16(), 200);
        Stream {
            response,
            heard: String::new(),
        }
    }
}

/// Events as they come.
struct Stream {
    response: Response,
    heard: String,
}

impl Stream {
    /// The next message: its event id and what it says.
    async fn message(&mut self) -> (i64, Value) {
        loop {
            let (event, id, data) = self.event().await;
            if event == "message" {
                return (id.unwrap(), data);
            }
        }
    }

    async fn event(&mut self) -> (String, Option<i64>, Value) {
        let coming = async {
            loop {
                if let Some((block, rest)) = self.heard.split_once("\n\n") {
                    let (block, rest) = (block.to_owned(), rest.to_owned());
                    self.heard = rest;
                    let field = |name: &str| {
                        let mut lines = block.lines();
                        lines.find_map(|line| line.strip_prefix(name).map(str::to_owned))
                    };
                    if let Some(data) = field("data: ") {
                        let event = field("event: ").unwrap_or_else(|| "message".into());
                        let id = field("id: ").map(|id| id.parse().unwrap());
                        return (event, id, serde_json::from_str(&data).unwrap());
                    }
                    continue;
                }
                let chunk = self.response.chunk().await.unwrap().expect("goes on");
                self.heard.push_str(&String::from_utf8_lossy(&chunk));
            }
        };
        timeout(Duration::from_secs(30), coming)
            .await
            .expect("something happens")
    }
}

#[tokio::test]
async fn a_visitor_is_answered_and_goes_on_where_they_were() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    app.without_merging(&home).await;
    app.document(
        &home.scope,
        "Hours",
        "The kitchen opens at nine in the morning.",
    )
    .await;
    let visitor = Visitor::begin(&app, &home).await;
    let mut stream = visitor.follow(&app, None).await;
    let said = visitor
        .say(&app, "c1", "When does the kitchen open?")
        .await
        .json(201);
    let again = visitor
        .say(&app, "c1", "When does the kitchen open?")
        .await
        .json(201);
    assert_eq!(
        again["id"], said["id"],
        "the same client id is the same message"
    );
    let (first, own) = stream.message().await;
    assert_eq!(
        (first, &own["from"], &own["client_id"]),
        (1, &json!("visitor"), &json!("c1"))
    );
    let (second, answer) = stream.message().await;
    assert_eq!((second, &answer["from"]), (2, &json!("bot")));
    assert!(
        answer["text"].as_str().unwrap().contains("nine"),
        "{answer}"
    );
    drop(stream);
    app.settle().await;

    // A note isn't theirs to see; an answer that came while they were away is.
    let desk = format!("/api/v1/conversations/{}", visitor.id);
    app.post(
        &format!("{desk}/notes"),
        &home.token,
        &json!({ "text": "a secret" }),
    )
    .await
    .json(201);
    app.post(
        &format!("{desk}/messages"),
        &home.token,
        &json!({ "text": "Omar here." }),
    )
    .await
    .json(201);
    let mut stream = visitor.follow(&app, Some(second)).await;
    let (fourth, person) = stream.message().await;
    assert_eq!(
        (fourth, &person["from"], &person["text"]),
        (4, &json!("person"), &json!("Omar here."))
    );
    let mut whole = visitor.follow(&app, None).await;
    for seq in [1, 2, 4] {
        assert_eq!(whole.message().await.0, seq);
    }
    app.settle().await;
    app.stop().await;
}

#[tokio::test]
async fn a_visitor_who_gets_no_answer_presses_a_button_for_a_person() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    app.without_merging(&home).await;
    let visitor = Visitor::begin(&app, &home).await;
    let mut stream = visitor.follow(&app, None).await;
    let absent = "Who won the chess championship of 1972?";
    visitor.say(&app, "c1", absent).await.json(201);
    stream.message().await;
    let (_, answer) = stream.message().await;
    assert_eq!(
        answer["options"],
        json!([{ "id": "wafaa:person", "title": "Talk to a person" }])
    );
    assert!(answer["text"].as_str().unwrap().contains("don't have"));
    let pressed =
        json!({ "text": "Talk to a person", "choice": "wafaa:person", "client_id": "c2" });
    let pressed = app
        .visit(&visitor.path("messages"), Some(&visitor.token), &pressed)
        .await
        .json(201);
    assert_eq!(pressed["text"], "Talk to a person");
    app.settle().await;
    let desk = format!("/api/v1/conversations/{}", visitor.id);
    let now = app.get(&desk, &home.token).await.json(200);
    assert_eq!(
        (&now["status"], &now["handoff_reason"]),
        (&json!("waiting"), &json!("requested"))
    );
    let list = app.get(&format!("{desk}/messages"), &home.token).await;
    let list = list.json(200);
    let chosen = list["data"]
        .as_array()
        .unwrap()
        .iter()
        .find(|message| message["id"] == pressed["id"])
        .unwrap();
    assert_eq!(chosen["kind"], "choice");
    // Where conversations go to nobody, nobody is offered.
    let off = json!({ "handoff": { "enabled": false } });
    app.patch("/api/v1/bot", &home.token, &off).await.json(200);
    let other = Visitor::begin(&app, &home).await;
    let mut stream = other.follow(&app, None).await;
    other.say(&app, "c1", absent).await.json(201);
    stream.message().await;
    let (_, answer) = stream.message().await;
    assert_eq!(answer["options"], json!([]));
    drop(stream);
    app.settle().await;
    app.stop().await;
}

#[tokio::test]
async fn a_token_opens_its_own_conversation_only() {
    let app = TestApp::start().await;
    let (home, other) = (app.home("bayt-falafel").await, app.home("noor-homes").await);
    let one = Visitor::begin(&app, &home).await;
    let public_token = one.base.split('/').nth(2).unwrap().to_owned();
    let two = Visitor::at(&app, &public_token).await;
    let theirs = Visitor::begin(&app, &other).await;
    let said = json!({ "text": "Hello" });
    for (path, token) in [
        (two.path("messages"), Some(one.token.as_str())),
        (theirs.path("messages"), Some(&one.token)),
        (
            format!("{}/{}/messages", theirs.base, one.id),
            Some(&one.token),
        ),
        (one.path("messages"), Some("wvt_forged.token")),
        (one.path("messages"), Some(&home.token)),
        (one.path("messages"), None),
    ] {
        app.visit(&path, token, &said)
            .await
            .problem(401, "invalid_visitor_token");
    }
    let events = app.request(Method::GET, &two.path("events"));
    Answer::of(events.bearer_auth(&one.token))
        .await
        .problem(401, "invalid_visitor_token");
    // Nor does it open anything else.
    app.get("/api/v1/conversations", &one.token)
        .await
        .problem(401, "unauthenticated");
    app.visit("/widget/wct_nobody/conversations", None, &json!({}))
        .await
        .problem(404, "not_found");
    // Who comes back with their token is the same visitor.
    let back = app.visit(&one.base, Some(&one.token), &json!({})).await;
    assert_eq!(back.json(201)["id"], one.id);
    app.stop().await;
}

#[tokio::test]
async fn only_the_tenants_own_site_may_show_it() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    let visitor = Visitor::begin(&app, &home).await;
    let widget = visitor.base.trim_end_matches("/conversations").to_owned();
    let from = async |method: Method, origin: &str| {
        let request = app.request(method, &widget).header(header::ORIGIN, origin);
        Answer::of(request).await
    };
    let shown = from(Method::GET, SITE).await;
    assert_eq!(shown.json(200)["theme"], "dark");
    let in_language = async |query: &str| {
        let shown = app.request(Method::GET, &format!("{widget}{query}"));
        let shown = Answer::of(shown).await.json(200);
        (
            shown["language"].as_str().unwrap().to_owned(),
            shown["greeting"].as_str().unwrap().to_owned(),
        )
    };
    let bot = json!({ "greeting": "Salam!", "languages": ["en", "ar"] });
    app.patch("/api/v1/bot", &home.token, &bot).await.json(200);
    for query in ["", "?language=ja", "?language=en-GB,ar"] {
        let own = ("en".to_owned(), "Salam!".to_owned());
        assert_eq!(in_language(query).await, own, "{query}");
    }
    let (language, greeting) = in_language("?language=ja,ar-SA,en").await;
    assert_eq!(language, "ar");
    assert!(greeting.contains("أهلاً"), "{greeting}");
    assert_eq!(shown.header("access-control-allow-origin"), SITE);
    assert!(shown.header("vary").contains("origin"));
    let asked = from(Method::OPTIONS, SITE).await;
    assert_eq!(asked.status.as_u16(), 204);
    assert_eq!(asked.header("access-control-allow-origin"), SITE);
    assert!(
        asked
            .header("access-control-allow-headers")
            .contains("authorization")
    );
    for method in [Method::GET, Method::OPTIONS] {
        let refused = from(method, "https://evil.example").await;
        refused.problem(403, "origin_refused");
        assert_eq!(refused.header("access-control-allow-origin"), "");
    }
    // A page that may show it may read what went wrong.
    let wrong = app.request(Method::POST, &visitor.path("messages"));
    let wrong = wrong
        .header(header::ORIGIN, SITE)
        .json(&json!({ "text": "x" }));
    let wrong = Answer::of(wrong).await;
    wrong.problem(401, "invalid_visitor_token");
    assert_eq!(wrong.header("access-control-allow-origin"), SITE);
    app.stop().await;
}

#[tokio::test]
async fn a_file_is_taken_by_what_it_is_and_comes_back() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    app.without_merging(&home).await;
    let visitor = Visitor::begin(&app, &home).await;
    let send = async |content: &[u8]| {
        let mut body = b"--cut\r\nContent-Disposition: form-data; name=\"client_id\"\r\n\r\nf1\r\n\
            --cut\r\nContent-Disposition: form-data; name=\"file\"; filename=\"photo.png\"\r\n\r\n"
            .to_vec();
        body.extend(content);
        body.extend(b"\r\n--cut--\r\n");
        let request = app.call(Method::POST, &visitor.path("files"), &visitor.token);
        let request = request.header(header::CONTENT_TYPE, "multipart/form-data; boundary=cut");
        Answer::of(request.body(body)).await
    };
    send(b"<html><script>alert(1)</script>")
        .await
        .problem(415, "file_type_refused");
    let picture = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    let sent = send(picture).await.json(201);
    assert_eq!(
        (&sent["file"]["kind"], &sent["file"]["name"]),
        (&json!("image"), &json!("photo.png"))
    );
    let id = sent["id"].as_str().unwrap();
    for (path, token) in [
        (visitor.path(&format!("files/{id}")), &visitor.token),
        (format!("/api/v1/messages/{id}/media"), &home.token),
    ] {
        let response = app.call(Method::GET, &path, token).send().await.unwrap();
        assert_eq!(response.headers()["content-type"], "image/png");
        assert_eq!(&response.bytes().await.unwrap()[..], picture);
    }
    let other = Visitor::begin(&app, &home).await;
    app.get(&other.path(&format!("files/{id}")), &other.token)
        .await
        .problem(404, "not_found");
    app.settle().await;
    app.stop().await;
}

#[tokio::test]
async fn a_visitor_is_held_back_and_may_rate() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    app.without_merging(&home).await;
    let visitor = Visitor::begin(&app, &home).await;
    let mut refused = None;
    for number in 0..40 {
        let answer = visitor.say(&app, &format!("c{number}"), "Thanks").await;
        if answer.status.as_u16() != 201 {
            refused = Some(answer);
            break;
        }
    }
    refused.unwrap().problem(429, "rate_limited");
    let rate = visitor.path("rating");
    app.visit(&rate, Some(&visitor.token), &json!({ "score": 6 }))
        .await
        .problem(422, "invalid_request");
    app.visit(&rate, Some(&visitor.token), &json!({ "score": 4 }))
        .await
        .json(204);
    app.settle().await;
    let desk = format!("/api/v1/conversations/{}", visitor.id);
    assert_eq!(app.get(&desk, &home.token).await.json(200)["csat"], 4);
    app.stop().await;
}
