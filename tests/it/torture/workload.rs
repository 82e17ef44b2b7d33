//! Tenants that upload, replace, delete and ask without a break, through whichever API process answers.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use rand::{Rng, SeedableRng, rngs::StdRng};
use reqwest::{
    Client, Method, StatusCode,
    multipart::{Form, Part},
};
use serde_json::{Value, json};
use tokio::{sync::RwLock, task::JoinSet, time};

use super::cluster::Cluster;
use crate::server::{PASSWORD, until};

const TENANTS: usize = 4;
/// Documents that a tenant keeps at the most, so that the end of a long run is judged as fast as a short one's.
const DOCUMENTS: usize = 60;
/// Between two uploads of a tenant.
const UPLOAD: Duration = Duration::from_millis(600);
const ASK: Duration = Duration::from_millis(250);
/// How long an accepted request may be repeated until it is answered.
const PATIENCE: Duration = Duration::from_secs(120);

/// A tenant, and what the API has accepted of it.
pub(super) struct Tenant {
    pub(super) name: String,
    pub(super) key: String,
    /// Marker of the newest content, by document; none once deleted.
    pub(super) documents: Mutex<BTreeMap<String, Option<String>>>,
}

/// What was done.
#[derive(Default)]
pub(super) struct Report {
    pub(super) tenants: Vec<Arc<Tenant>>,
    pub(super) urls: Vec<String>,
    accepted: AtomicU64,
    asked: AtomicU64,
    answered: AtomicU64,
    repeated: AtomicU64,
    pub(super) leaks: Mutex<Vec<String>>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        write!(
            f,
            "{} changes accepted, {} requests repeated, {} of {} questions answered with the right document, {} leaks",
            of(&self.accepted),
            of(&self.repeated),
            of(&self.answered),
            of(&self.asked),
            self.leaks.lock().expect("no panic holds it").len(),
        )
    }
}

/// The tenants at work.
pub(super) struct Workload {
    pub(super) report: Arc<Report>,
    /// Held for writing while everybody pauses.
    turn: Arc<RwLock<()>>,
    paused: Mutex<Option<tokio::sync::OwnedRwLockWriteGuard<()>>>,
    stop: Arc<AtomicBool>,
    tasks: JoinSet<()>,
}

impl Workload {
    pub(super) async fn begin(cluster: &Cluster, seed: u64) -> Self {
        let urls = cluster.urls();
        let mut tenants = Vec::new();
        for n in 0..TENANTS {
            let name = format!("tenant-{}", char::from(b'a' + u8::try_from(n).unwrap_or(0)));
            cluster.add_tenant(&name);
            let key = key(&urls, &format!("owner@{name}.example"), PASSWORD).await;
            tenants.push(Arc::new(Tenant {
                name,
                key,
                documents: Mutex::default(),
            }));
        }
        let report = Arc::new(Report {
            tenants,
            urls,
            ..Report::default()
        });
        let mut workload = Self {
            report,
            turn: Arc::default(),
            paused: Mutex::new(None),
            stop: Arc::default(),
            tasks: JoinSet::new(),
        };
        for n in 0..TENANTS {
            let person = |seed| Person {
                report: Arc::clone(&workload.report),
                tenant: Arc::clone(&workload.report.tenants[n]),
                client: client(),
                random: StdRng::seed_from_u64(seed),
                turn: Arc::clone(&workload.turn),
                stop: Arc::clone(&workload.stop),
            };
            let (one, two) = (person(seed + n as u64), person(seed + 1_000 + n as u64));
            workload.tasks.spawn(one.upload());
            workload.tasks.spawn(two.ask());
        }
        workload
    }

    /// Until every request under way has been answered; nobody begins another.
    pub(super) async fn pause(&self) {
        let guard = Arc::clone(&self.turn).write_owned().await;
        *self.paused.lock().expect("no panic holds it") = Some(guard);
    }

    pub(super) fn resume(&self) {
        self.paused.lock().expect("no panic holds it").take();
    }

    pub(super) async fn end(mut self) -> Arc<Report> {
        self.stop.store(true, Ordering::Release);
        while let Some(ended) = self.tasks.join_next().await {
            ended.expect("nobody panics");
        }
        self.report
    }
}

struct Person {
    report: Arc<Report>,
    tenant: Arc<Tenant>,
    client: Client,
    random: StdRng,
    turn: Arc<RwLock<()>>,
    stop: Arc<AtomicBool>,
}

impl Person {
    async fn upload(mut self) {
        let mut number = 0_u64;
        while !self.stop.load(Ordering::Acquire) {
            time::sleep(UPLOAD).await;
            let turn = Arc::clone(&self.turn);
            let _turn = turn.read().await;
            number += 1;
            let full = self.live_documents().len() >= DOCUMENTS;
            let known = self.some_document();
            match (self.random.random_range(0..10), known) {
                (1.., Some((id, _))) if full => self.delete(&id).await,
                (0, Some((id, _))) => self.replace(&id, number).await,
                (1, Some((id, _))) => self.delete(&id).await,
                _ => self.add(number).await,
            }
        }
    }

    async fn ask(mut self) {
        while !self.stop.load(Ordering::Acquire) {
            time::sleep(ASK).await;
            let turn = Arc::clone(&self.turn);
            let _turn = turn.read().await;
            let Some((id, marker)) = self.some_document() else {
                continue;
            };
            let url = self.url();
            let asked = self
                .client
                .post(format!("{url}/api/v1/ask"))
                .bearer_auth(&self.tenant.key)
                .json(&json!({ "question": format!("Which lantern hangs in room {marker}?") }));
            self.report.asked.fetch_add(1, Ordering::Relaxed);
            let Ok(answer) = asked.send().await else {
                continue;
            };
            let body = answer.text().await.unwrap_or_default();
            if body.contains(&id) {
                self.report.answered.fetch_add(1, Ordering::Relaxed);
            }
            for other in &self.report.tenants {
                if other.name != self.tenant.name && body.contains(&format!("{}-", other.name)) {
                    let leak = format!("{} was shown {body}", self.tenant.name);
                    self.report
                        .leaks
                        .lock()
                        .expect("no panic holds it")
                        .push(leak);
                }
            }
        }
    }

    async fn add(&mut self, number: u64) {
        let marker = self.marker(number);
        let body = self
            .accepted(Method::POST, "/api/v1/documents", Some(&marker))
            .await;
        let id = body["document"]["id"].as_str().unwrap_or_default();
        assert!(id.starts_with("doc_"), "{body}");
        self.note(id, Some(marker));
    }

    async fn replace(&mut self, id: &str, number: u64) {
        let marker = self.marker(number);
        let path = format!("/api/v1/documents/{id}/content");
        self.accepted(Method::PUT, &path, Some(&marker)).await;
        self.note(id, Some(marker));
    }

    async fn delete(&mut self, id: &str) {
        self.accepted(Method::DELETE, &format!("/api/v1/documents/{id}"), None)
            .await;
        self.note(id, None);
    }

    fn note(&self, id: &str, marker: Option<String>) {
        self.report.accepted.fetch_add(1, Ordering::Relaxed);
        let mut documents = self.tenant.documents.lock().expect("no panic holds it");
        documents.insert(id.to_owned(), marker);
    }

    fn marker(&self, number: u64) -> String {
        format!("{}-{number:06}", self.tenant.name)
    }

    /// With their markers.
    fn live_documents(&self) -> Vec<(String, String)> {
        let documents = self.tenant.documents.lock().expect("no panic holds it");
        documents
            .iter()
            .filter_map(|(id, marker)| Some((id.clone(), marker.clone()?)))
            .collect()
    }

    fn some_document(&mut self) -> Option<(String, String)> {
        let live = self.live_documents();
        (!live.is_empty()).then(|| live[self.random.random_range(0..live.len())].clone())
    }

    fn url(&mut self) -> String {
        let urls = &self.report.urls;
        urls[self.random.random_range(0..urls.len())].clone()
    }

    /// Repeats a request, as a careful client does, until it is accepted.
    async fn accepted(&mut self, method: Method, path: &str, marker: Option<&str>) -> Value {
        let begun = time::Instant::now();
        let mut first = true;
        loop {
            let url = self.url();
            let mut request = self
                .client
                .request(method.clone(), format!("{url}{path}"))
                .bearer_auth(&self.tenant.key);
            if let Some(marker) = marker {
                let text =
                    format!("The lantern {marker} hangs in room {marker} of the harbour store.\n");
                let file = Part::text(text).file_name(format!("{marker}.txt"));
                request = request.multipart(Form::new().part("file", file));
            }
            if method == Method::POST
                && let Some(marker) = marker
            {
                request = request.header("idempotency-key", marker);
            }
            if let Ok(answer) = request.send().await {
                let status = answer.status();
                let body: Value = answer.json().await.unwrap_or_default();
                let gone = method == Method::DELETE && status == StatusCode::NOT_FOUND && !first;
                if status.is_success() || gone {
                    return body;
                }
                let later = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
                assert!(
                    later || status == StatusCode::CONFLICT,
                    "{method} {path}: {status} {body}"
                );
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "{method} {path} was never accepted"
            );
            first = false;
            self.report.repeated.fetch_add(1, Ordering::Relaxed);
            time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// Sees all tenants' jobs.
pub(super) struct Operator {
    urls: Vec<String>,
    token: String,
    client: Client,
}

impl Operator {
    /// Signs in again before its token runs out, which it does after 15 minutes.
    pub(super) async fn of(cluster: &Cluster) -> Self {
        static SIGNED_IN: tokio::sync::Mutex<Option<(Instant, String)>> =
            tokio::sync::Mutex::const_new(None);
        let urls = cluster.urls();
        let mut signed_in = SIGNED_IN.lock().await;
        let token = match signed_in.take() {
            Some((at, token)) if at.elapsed() < Duration::from_secs(10 * 60) => (at, token),
            Some(_) | None => {
                let token = sign_in(&urls, "operator@wafaa.example", "wafaa-demo").await;
                (Instant::now(), token)
            }
        };
        Self {
            urls,
            token: signed_in.insert(token).1.clone(),
            client: client(),
        }
    }

    /// None when nobody answers.
    pub(super) async fn jobs(&self, filter: &str) -> Option<Vec<Value>> {
        let found = self
            .get(&format!("/api/v1/jobs?limit=200&{filter}"))
            .await?;
        found["data"].as_array().cloned()
    }

    /// How many jobs there are of each lane, kind and state. None when nobody answers.
    pub(super) async fn counts(&self) -> Option<Vec<Value>> {
        let found = self.get("/api/v1/jobs/stats").await?;
        found["counts"].as_array().cloned()
    }

    pub(super) async fn job(&self, id: &str) -> Option<Value> {
        self.get(&format!("/api/v1/jobs/{id}")).await
    }

    async fn get(&self, path: &str) -> Option<Value> {
        for url in &self.urls {
            let request = self
                .client
                .get(format!("{url}{path}"))
                .bearer_auth(&self.token);
            if let Ok(answer) = request.send().await
                && answer.status().is_success()
            {
                return answer.json().await.ok();
            }
        }
        None
    }
}

pub(super) fn client() -> Client {
    Client::builder()
        .timeout(Duration::from_secs(10))
        .build()
        .expect("a client")
}

async fn sign_in(urls: &[String], email: &str, password: &str) -> String {
    let credentials = json!({ "email": email, "password": password });
    let mut token = None;
    until("signing in", Duration::from_secs(60), async || {
        let answer = client()
            .post(format!("{}/api/v1/auth/login", urls[0]))
            .json(&credentials);
        if let Ok(answer) = answer.send().await {
            let body: Value = answer.json().await.unwrap_or_default();
            token = body["access_token"].as_str().map(str::to_owned);
        }
        token.is_some()
    })
    .await;
    token.expect("signed in")
}

/// An API key, which outlives any access token.
async fn key(urls: &[String], email: &str, password: &str) -> String {
    let token = sign_in(urls, email, password).await;
    let made = client()
        .post(format!("{}/api/v1/api-keys", urls[0]))
        .bearer_auth(token)
        .json(&json!({ "name": "torture", "role": "admin" }))
        .send()
        .await
        .expect("the API answers");
    let body: Value = made.json().await.expect("JSON");
    body["key"]
        .as_str()
        .unwrap_or_else(|| panic!("no key in {body}"))
        .to_owned()
}
