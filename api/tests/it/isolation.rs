//! Isolation by brute force: one tenant tries every route with random mixtures of its own and another
//! tenant's ids, cursors, names and words. Nothing that only the other tenant knows may come back, and nothing
//! of the other tenant may change.
//!
//! The seed is printed; `WAFAA_ISOLATION_SEED` and `WAFAA_ISOLATION_PROBES` repeat or lengthen a run, which
//! `make torture` does.

use std::time::Duration;

use futures::{StreamExt as _, stream};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use wafaa_domain::Role;
use wafaa_storage::tenant::Limits;

use crate::{TestApp, fixture::Home};

/// Probes of a short run.
const PROBES: u64 = 3_000;
/// Requests at once.
const TOGETHER: usize = 8;
/// What only the other tenant says, in every text it has.
const SECRET: &str = "zorvaquill";
/// How much of a stream is read.
const STREAM: Duration = Duration::from_millis(40);

/// One request, and what in it may come back as an echo.
#[derive(Debug, Clone)]
struct Probe {
    method: Method,
    path: String,
    token: String,
    headers: Vec<(&'static str, String)>,
    body: Option<Value>,
}

/// What probes are made of.
struct Parts {
    operations: Vec<(Method, String)>,
    tokens: Vec<String>,
    /// The other tenant's ids; one's own; and nobody's.
    foreign: Vec<String>,
    own: Vec<String>,
    cursors: Vec<String>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_another_tenant_knows_comes_back() {
    let seed = setting("WAFAA_ISOLATION_SEED").unwrap_or_else(|| rand::rng().random());
    let probes = setting("WAFAA_ISOLATION_PROBES").unwrap_or(PROBES);
    println!("WAFAA_ISOLATION_SEED={seed} WAFAA_ISOLATION_PROBES={probes}");
    let app = TestApp::start().await;
    let generous = Limits {
        requests_per_minute: 1_000_000,
        questions_per_minute: 1_000_000,
        uploads_per_minute: 1_000_000,
        ..Limits::default()
    };
    let mine = app.home_with("bayt-falafel", generous).await;
    let theirs = app.home_with(SECRET, generous).await;
    let (own, foreign) = (
        furnish(&app, &mine, "plain").await,
        furnish(&app, &theirs, SECRET).await,
    );
    let before = view(&app, &theirs).await;
    let parts = Parts {
        operations: operations(&app).await,
        tokens: vec![
            mine.token.clone(),
            app.token_of(&mine, Role::Viewer).await,
            app.token_of(&mine, Role::Admin).await,
        ],
        cursors: cursors(&app, &theirs).await,
        own,
        foreign,
    };
    // What a stream of one's own tells while the other tenant works.
    let listening = app.call(Method::GET, "/api/v1/jobs/events", &mine.token);
    let heard = tokio::spawn(read(listening, Duration::from_secs(2)));
    let mut random = StdRng::seed_from_u64(seed);
    let made: Vec<Probe> = (0..probes).map(|_| parts.probe(&mut random)).collect();
    let leaks: Vec<String> = stream::iter(made)
        .map(|probe| leak(&app, &parts, probe))
        .buffer_unordered(TOGETHER)
        .filter_map(std::future::ready)
        .take(5)
        .collect()
        .await;
    assert!(leaks.is_empty(), "seed {seed}: {leaks:#?}");
    let heard = heard.await.unwrap();
    assert!(
        !knows(&parts, &heard),
        "a stream told of another tenant: {heard}"
    );
    assert_eq!(
        view(&app, &theirs).await,
        before,
        "seed {seed}: something of the other tenant changed"
    );
    // The test must be able to fail: the other tenant itself is told its secret by all of this.
    let found = app
        .post("/api/v1/search", &theirs.token, &json!({ "query": SECRET }))
        .await;
    assert!(knows(&parts, &found.text));
}

/// Two of everything; answers the ids.
async fn furnish(app: &TestApp, home: &Home, word: &str) -> Vec<String> {
    let mut ids = vec![
        home.scope.tenant().to_string(),
        home.owner.to_string(),
        home.slug.clone(),
    ];
    for n in 0..2 {
        let text = format!("The {word} opens at {n} and closes at nine; its {word} costs {n} SAR.");
        let document = app
            .document(&home.scope, &format!("{word} {n}"), &text)
            .await;
        ids.push(document.to_string());
        ids.push(app.dead_job(&home.scope).await.to_string());
        let site = format!("https://{word}-{n}.example/");
        ids.push(app.source(&home.scope, &site).await.to_string());
        let email = format!("{word}-{n}@people.example");
        ids.push(
            app.member(&home.scope, &email, Role::Agent)
                .await
                .to_string(),
        );
        let key = json!({ "name": format!("{word} {n}"), "role": "viewer" });
        let key = app
            .post("/api/v1/api-keys", &home.token, &key)
            .await
            .json(201);
        ids.push(key["id"].as_str().unwrap().to_owned());
    }
    let bot = json!({ "name": format!("{word} bot"), "greeting": format!("Welcome to {word}") });
    app.patch("/api/v1/bot", &home.token, &bot).await.json(200);
    ids
}

/// What a tenant sees of itself.
async fn view(app: &TestApp, home: &Home) -> Vec<String> {
    let mut seen = Vec::new();
    for path in [
        "documents",
        "sources",
        "members",
        "api-keys",
        "bot",
        "jobs",
        "auth/me",
    ] {
        let answer = app.get(&format!("/api/v1/{path}"), &home.token).await;
        assert_eq!(answer.status.as_u16(), 200, "{path}: {}", answer.text);
        seen.push(answer.text);
    }
    seen
}

/// Cursors that the other tenant was given.
async fn cursors(app: &TestApp, home: &Home) -> Vec<String> {
    let mut cursors = Vec::new();
    for path in [
        "documents",
        "sources",
        "members",
        "api-keys",
        "jobs",
        "audit-log",
    ] {
        let page = app
            .get(&format!("/api/v1/{path}?limit=1"), &home.token)
            .await
            .json(200);
        cursors.extend(page["next_cursor"].as_str().map(str::to_owned));
    }
    assert!(cursors.len() >= 4, "{cursors:?}");
    cursors
}

/// Every operation but those of signing in, which are throttled.
async fn operations(app: &TestApp) -> Vec<(Method, String)> {
    let document = app.get("/openapi.json", "").await.json(200);
    let mut operations: Vec<(Method, String)> = [
        "/metrics",
        "/health/ready",
        "/openapi.json",
        "/api/v1/nothing",
    ]
    .map(|path| (Method::GET, path.to_owned()))
    .into();
    for (route, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            if !route.contains("/auth/log") && !route.contains("/auth/refresh") {
                operations.push((method.to_uppercase().parse().unwrap(), route.clone()));
            }
        }
    }
    assert!(operations.len() >= 30, "the document has lost its routes");
    operations
}

impl Parts {
    fn probe(&self, random: &mut StdRng) -> Probe {
        let (method, route) = self.operations.choose(random).unwrap().clone();
        let mut path = route.clone();
        while let (Some(from), Some(to)) = (path.find('{'), path.find('}')) {
            let id = self.id(random, method == Method::GET);
            path.replace_range(from..=to, &id);
        }
        if random.random_bool(0.5) {
            path = format!("{path}?{}", self.query(random));
        }
        let mut headers = Vec::new();
        if random.random_bool(0.3) {
            let name = [
                "x-tenant-id",
                "x-tenant",
                "idempotency-key",
                "x-forwarded-for",
            ];
            headers.push((
                *name.choose(random).unwrap(),
                self.foreign.choose(random).unwrap().clone(),
            ));
        }
        let wants_body = [Method::POST, Method::PUT, Method::PATCH].contains(&method);
        Probe {
            body: wants_body.then(|| self.body(random, &route)),
            token: self.tokens.choose(random).unwrap().clone(),
            method,
            path,
            headers,
        }
    }

    /// Mostly the other tenant's; one's own only to look at.
    fn id(&self, random: &mut StdRng, looks: bool) -> String {
        let foreign = self.foreign.choose(random).unwrap();
        match random.random_range(0..10) {
            0 if looks => self.own.choose(random).unwrap().clone(),
            1 => {
                // The other tenant's, as if it were of another kind.
                let kinds = ["ten_", "mem_", "doc_", "job_", "key_", ""];
                let id = foreign
                    .split_once('_')
                    .map_or(foreign.as_str(), |(_, id)| id);
                format!("{}{id}", kinds.choose(random).unwrap())
            }
            2 => format!("doc_{:032x}", random.random::<u128>()),
            3 => foreign.to_uppercase(),
            _ => foreign.clone(),
        }
    }

    fn query(&self, random: &mut StdRng) -> String {
        let foreign = self.foreign.choose(random).unwrap();
        let name = [
            "tenant",
            "parent",
            "tenant_id",
            "document_id",
            "member",
            "state",
            "kind",
            "q",
        ];
        match random.random_range(0..3) {
            0 => format!("cursor={}", self.cursors.choose(random).unwrap()),
            1 => format!("limit=200&{}={foreign}", name.choose(random).unwrap()),
            _ => format!("{}={foreign}", name.choose(random).unwrap()),
        }
    }

    fn body(&self, random: &mut StdRng, route: &str) -> Value {
        let foreign = self.foreign.choose(random).unwrap().clone();
        let words = [
            "opens",
            "costs SAR",
            "closes at nine",
            "Welcome",
            "people.example",
        ];
        let words = *words.choose(random).unwrap();
        let all = match route.rsplit('/').next().unwrap_or_default() {
            "search" => vec![
                json!({ "query": words, "top_k": 50 }),
                json!({ "query": words, "tenant": foreign }),
                json!({ "query": words, "document_id": foreign }),
            ],
            "ask" => vec![
                json!({ "question": format!("When {words}?") }),
                json!({ "question": format!("What {words}?"), "stream": true }),
                json!({ "question": words, "tenant_id": foreign }),
            ],
            "bulk" => vec![
                json!({ "action": "cancel", "filter": { "tenant": foreign } }),
                json!({ "action": "retry", "filter": { "parent": foreign } }),
                json!({ "action": "retry", "filter": { "ids": [foreign] } }),
            ],
            _ => vec![
                json!({ "title": "taken over" }),
                json!({ "name": "taken over", "tenant_id": foreign }),
                json!({ "role": "viewer", "member_id": foreign }),
                json!({}),
                json!([foreign]),
            ],
        };
        all.choose(random).unwrap().clone()
    }
}

/// The probe and its answer, when that says what it must not.
async fn leak(app: &TestApp, parts: &Parts, probe: Probe) -> Option<String> {
    let mut request = app.call(probe.method.clone(), &probe.path, &probe.token);
    for (name, value) in &probe.headers {
        request = request.header(*name, value);
    }
    if let Some(body) = &probe.body {
        request = request.json(body);
    }
    let patience = if probe.path.contains("/events") {
        STREAM
    } else {
        Duration::from_secs(30)
    };
    let answer = read(request, patience).await;
    // What was sent may be echoed, such as the path of a problem.
    let mut rest = answer.to_lowercase();
    let sent = format!("{} {:?} {:?}", probe.path, probe.headers, probe.body).to_lowercase();
    for id in &parts.foreign {
        let id = id.to_lowercase();
        let bare = id
            .split_once('_')
            .map_or(id.as_str(), |(_, bare)| bare)
            .to_owned();
        if sent.contains(&bare) {
            rest = rest.replace(&bare, "");
        }
    }
    let server_error = answer.starts_with('5');
    (knows(parts, &rest) || server_error).then(|| format!("{probe:?} was answered: {answer}"))
}

/// Whether a text holds what only the other tenant knows.
fn knows(parts: &Parts, text: &str) -> bool {
    let text = text.to_lowercase();
    text.contains(SECRET)
        || parts
            .foreign
            .iter()
            .any(|id| text.contains(&id.to_lowercase()))
}

/// Status, headers and as much of the body as comes in time.
async fn read(request: RequestBuilder, patience: Duration) -> String {
    let answer = request.send().await.unwrap();
    let mut text = format!("{} {:?} ", answer.status().as_u16(), answer.headers());
    let mut body = answer.bytes_stream();
    let reading = async {
        while let Some(Ok(part)) = body.next().await {
            text.push_str(&String::from_utf8_lossy(&part));
        }
    };
    // A stream has no end.
    let _ = tokio::time::timeout(patience, reading).await;
    text
}

pub(crate) fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}
