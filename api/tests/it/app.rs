//! A running platform for one test.

use std::{
    path::PathBuf,
    sync::{Arc, LazyLock},
    time::Duration,
};

use reqwest::{Method, RequestBuilder, StatusCode, header};
use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    net::TcpListener,
    sync::broadcast::Receiver,
    task::JoinHandle,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use wafaa_api::{Conversations, Settings, State, TrustedProxies};
use wafaa_channels::{Channels, Endpoints};
use wafaa_domain::{SystemScope, TenantScope};
use wafaa_embedding::Engine as Model;
use wafaa_jobs::{
    Engine, Handle, News, Services, Settings as JobSettings, TransportSettings,
    conversation::{Desk, Inbox},
    document::Documents,
    kind,
    outbound::Outbound,
    source::Sources,
    tenant::Tenants,
    web::{self, Web},
};
use wafaa_migrations::{Migrator, MigratorTrait as _};
use wafaa_pipelines::{
    conversation::{Answers, Responder, Retriever, intent::Examples},
    knowledge::{
        embed::Embedder,
        parse::{Limits, Sandbox},
    },
};
use wafaa_storage::{
    Database, blob::Blobs, inbound_event, ledger, limit::Limiter, seal::Sealer, vector::Vectors,
};

/// The real model, loaded once.
static MODEL: LazyLock<Model> = LazyLock::new(|| {
    let cached = || {
        std::env::home_dir()
            .unwrap_or_default()
            .join(".cache/wafaa/models/all-MiniLM-L6-v2")
    };
    let directory = std::env::var_os("WAFAA_MODEL_DIR").map_or_else(cached, PathBuf::from);
    Model::load(&directory, 2).unwrap_or_else(|error| panic!("{error}: run `make model` first"))
});

/// How long jobs may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The largest upload in tests.
pub(crate) const MAX_UPLOAD: u64 = 100_000;

/// Questions answered at once, unless a test is about that.
const AT_ONCE: usize = 64;

pub(crate) struct TestApp {
    server: Server,
    client: reqwest::Client,
    pub(crate) services: Arc<Services>,
    engine: Engine,
    files: TempDir,
}

/// The API on a port of its own.
pub(crate) struct Server {
    base: String,
    shutdown: CancellationToken,
    running: JoinHandle<std::io::Result<()>>,
}

impl Server {
    async fn start(
        services: &Services,
        jobs: &Handle,
        limiter: Limiter,
        responder: Responder,
        questions_at_once: usize,
    ) -> Self {
        let documents = Documents {
            db: services.db.clone(),
            blobs: services.blobs.clone(),
            jobs: jobs.clone(),
        };
        let retriever = Retriever::new(
            services.db.clone(),
            services.vectors.clone(),
            services.embedder.clone(),
        );
        let settings = Settings {
            secret_key: [7; 32].into(),
            previous_keys: Vec::new(),
            max_upload_bytes: MAX_UPLOAD,
            questions_at_once,
            redis: None,
            trusted_proxies: TrustedProxies::parse(&["127.0.0.1".to_owned()]).unwrap(),
        };
        let sources = Sources {
            db: services.db.clone(),
            jobs: jobs.clone(),
            web: services.web.clone(),
        };
        let tenants = Tenants::from(services);
        let (db, jobs) = (services.db.clone(), jobs.clone());
        let conversations = Conversations {
            inbox: Inbox::new(db.clone(), jobs.clone()),
            desk: Desk { db, jobs },
            channels: services.channels.clone(),
            sealer: services.sealer.clone(),
            outbound: services.outbound.clone(),
        };
        let state = State::new(
            documents,
            sources,
            tenants,
            retriever,
            responder,
            conversations,
            limiter,
            settings,
        );
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let shutdown = CancellationToken::new();
        Self {
            base,
            running: tokio::spawn(wafaa_api::serve(listener, state, shutdown.clone())),
            shutdown,
        }
    }

    /// A GET as the bearer of a token.
    pub(crate) async fn get(&self, path: &str, token: &str) -> Answer {
        let request = reqwest::Client::new().get(format!("{}{path}", self.base));
        Answer::of(request.bearer_auth(token)).await
    }

    /// A POST as the bearer of a token.
    pub(crate) async fn post(&self, path: &str, token: &str, body: &Value) -> Answer {
        let request = reqwest::Client::new().post(format!("{}{path}", self.base));
        Answer::of(request.bearer_auth(token).json(body)).await
    }

    pub(crate) async fn stop(self) {
        self.shutdown.cancel();
        self.running.await.unwrap().unwrap();
    }
}

impl TestApp {
    pub(crate) async fn start() -> Self {
        Self::start_with(Limiter::local()).await
    }

    /// With what counts what tenants use.
    pub(crate) async fn start_with(limiter: Limiter) -> Self {
        Self::start_at(limiter, unreachable()).await
    }

    /// With channels' providers at these addresses.
    pub(crate) async fn start_at(limiter: Limiter, endpoints: Endpoints) -> Self {
        let files = TempDir::new().unwrap();
        let path = |name: &str| files.path().join(name).display().to_string();
        let db = Database::open(&format!("sqlite://{}", path("wafaa.db")))
            .await
            .unwrap();
        Migrator::up(db.connection(), None).await.unwrap();
        let vectors = Vectors::open(&path("lance")).await.unwrap();
        let embedder = Embedder::Local(MODEL.clone());
        let retriever = Retriever::new(db.clone(), vectors.clone(), embedder.clone());
        let responder = Responder::extractive(retriever);
        let services = Arc::new(Services {
            db: db.clone(),
            blobs: Blobs::open(&path("blobs")).await.unwrap(),
            vectors,
            tokenizer: MODEL.tokenizer().clone(),
            embedder,
            responder: responder.clone(),
            answers: Answers::default(),
            examples: Examples::default(),
            channels: Channels::new(endpoints).unwrap(),
            sealer: Sealer::new([9; 32], &[]),
            // Receivers of the tests are on this machine.
            outbound: Outbound::new(true).unwrap(),
            web: Web::new(
                Outbound::to_pages(true, Vec::new()).unwrap(),
                limiter.clone(),
                web::Settings {
                    delay: Duration::ZERO,
                    retry: Duration::ZERO,
                    ..web::Settings::default()
                },
            ),
            sandbox: Sandbox::new("/bin/false".into(), Limits::default()),
            limiter,
        });
        let transport = TransportSettings::Sqlite(files.path().join("queue.db"));
        let engine = Engine::start(
            services.clone(),
            kind::all(),
            JobSettings::new(transport, 2),
        )
        .await
        .unwrap();
        let server = Server::start(
            &services,
            engine.handle(),
            services.limiter.clone(),
            responder,
            AT_ONCE,
        );
        Self {
            server: server.await,
            client: reqwest::Client::new(),
            services,
            engine,
            files,
        }
    }

    /// Another server over the same stores, as another process would be.
    pub(crate) async fn beside(&self, limiter: Limiter) -> Server {
        let responder = Responder::extractive(self.retriever());
        Server::start(
            &self.services,
            self.engine.handle(),
            limiter,
            responder,
            AT_ONCE,
        )
        .await
    }

    /// Another server over the same stores, with another responder.
    pub(crate) async fn answering_with(&self, responder: Responder) -> Server {
        self.answering_at_once(responder, AT_ONCE).await
    }

    /// As [`Self::answering_with`], so many questions at once.
    pub(crate) async fn answering_at_once(&self, responder: Responder, questions: usize) -> Server {
        let limiter = self.services.limiter.clone();
        let handle = self.engine.handle();
        Server::start(&self.services, handle, limiter, responder, questions).await
    }

    pub(crate) fn retriever(&self) -> Retriever {
        Retriever::new(
            self.services.db.clone(),
            self.services.vectors.clone(),
            self.services.embedder.clone(),
        )
    }

    /// What is told live from now on.
    pub(crate) fn news(&self) -> Receiver<News> {
        self.engine.handle().bus().listen_to_news()
    }

    pub(crate) fn db(&self) -> &Database {
        &self.services.db
    }

    /// Files kept of one tenant's documents and messages.
    pub(crate) async fn files_of(&self, scope: &TenantScope) -> u64 {
        self.services.blobs.measure(scope).await.unwrap().files
    }

    pub(crate) const fn client(&self) -> &reqwest::Client {
        &self.client
    }

    pub(crate) fn files(&self) -> &std::path::Path {
        self.files.path()
    }

    /// Where the server is, without a path.
    pub(crate) fn base(&self) -> &str {
        &self.server.base
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.server.base))
    }

    /// A request as the bearer of a token.
    pub(crate) fn call(&self, method: Method, path: &str, token: &str) -> RequestBuilder {
        self.request(method, path).bearer_auth(token)
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Answer {
        Answer::of(self.call(Method::GET, path, token)).await
    }

    pub(crate) async fn post(&self, path: &str, token: &str, body: &Value) -> Answer {
        Answer::of(self.call(Method::POST, path, token).json(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, token: &str, body: &Value) -> Answer {
        Answer::of(self.call(Method::PATCH, path, token).json(body)).await
    }

    pub(crate) async fn delete(&self, path: &str, token: &str) -> Answer {
        Answer::of(self.call(Method::DELETE, path, token)).await
    }

    /// Uploads a file as a form, which has these further fields.
    pub(crate) async fn upload(
        &self,
        token: &str,
        filename: &str,
        content: &[u8],
        fields: &[(&str, &str)],
    ) -> Answer {
        Answer::of(self.uploading(token, filename, content, fields)).await
    }

    pub(crate) fn uploading(
        &self,
        token: &str,
        filename: &str,
        content: &[u8],
        fields: &[(&str, &str)],
    ) -> RequestBuilder {
        let mut body = Vec::new();
        for (name, value) in fields {
            body.extend(
                format!(
                    "--cut\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
                )
                .bytes(),
            );
        }
        let file = format!(
            "--cut\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{filename}\"\r\n\r\n"
        );
        body.extend(file.bytes());
        body.extend(content);
        body.extend(b"\r\n--cut--\r\n");
        self.call(Method::POST, "/api/v1/documents", token)
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=cut")
            .body(body)
    }

    /// Waits until all that came in is taken in and no job is left to do.
    pub(crate) async fn settle(&self) {
        let looking = async {
            while is_pending(self.db()).await || !unfinished(self.db()).await.is_empty() {
                sleep(Duration::from_millis(20)).await;
            }
        };
        if timeout(PATIENCE, looking).await.is_err() {
            panic!("unfinished jobs: {:?}", unfinished(self.db()).await);
        }
    }

    /// Stops everything; fails when jobs are left behind.
    pub(crate) async fn stop(self) {
        self.server.stop().await;
        self.engine.stop().await;
        let left = unfinished(&self.services.db).await;
        assert!(left.is_empty(), "unfinished jobs: {left:?}");
    }
}

/// Whether something that came in is not taken in yet, from which jobs may follow.
async fn is_pending(db: &Database) -> bool {
    let tx = db.read(SystemScope::new("a test looks at what came in"));
    let soon = chrono::Utc::now() + chrono::TimeDelta::minutes(1);
    let pending = inbound_event::overdue(&tx.await.unwrap(), soon).await;
    !pending.unwrap().is_empty()
}

/// Jobs that are still to be done.
async fn unfinished(db: &Database) -> Vec<ledger::Job> {
    let tx = db
        .read(SystemScope::new("a test looks at what it left"))
        .await
        .unwrap();
    let mut jobs = ledger::list_any(&tx, None, &ledger::Filter::default(), None, 1_000)
        .await
        .unwrap()
        .rows;
    // Tidying the vectors, and being late, come later by design.
    jobs.retain(|job| !job.state.is_final() && job.kind != "compact" && job.kind != "escalate");
    jobs
}

/// Providers that don't answer: no test may reach the real ones.
fn unreachable() -> Endpoints {
    let nowhere = || "http://127.0.0.1:9/".parse().ok();
    Endpoints::new(nowhere(), nowhere(), nowhere())
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: header::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) async fn of(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        Self {
            status: response.status(),
            headers: response.headers().clone(),
            text: response.text().await.unwrap(),
        }
    }

    /// The body, of an answer that must have this status.
    #[track_caller]
    pub(crate) fn json(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        if self.text.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&self.text).unwrap()
        }
    }

    /// The body, of an answer that must be a well-formed problem.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16, code: &str) -> Value {
        let body = self.json(status);
        assert_eq!(
            self.header("content-type"),
            "application/problem+json",
            "{}",
            self.text
        );
        assert_eq!(body["code"], code, "{}", self.text);
        assert_eq!(body["status"], status);
        assert_eq!(body["request_id"], self.header("x-request-id"));
        for member in ["type", "title", "detail"] {
            assert!(
                body[member].as_str().is_some_and(|text| !text.is_empty()),
                "{member}: {}",
                self.text
            );
        }
        assert!(body["errors"].is_array());
        body
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}
