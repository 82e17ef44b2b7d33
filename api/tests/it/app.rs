//! A running platform for one test.

use std::{
    path::PathBuf,
    sync::{Arc, LazyLock},
};

use reqwest::{Method, RequestBuilder, StatusCode, header};
use serde_json::Value;
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use wafaa_api::{Settings, State, TrustedProxies};
use wafaa_domain::SystemScope;
use wafaa_embedding::Engine as Model;
use wafaa_jobs::{
    Engine, Handle, Services, Settings as JobSettings, TransportSettings, document::Documents,
    kind, tenant::Tenants,
};
use wafaa_migrations::{Migrator, MigratorTrait as _};
use wafaa_pipelines::{
    conversation::{Responder, Retriever},
    knowledge::{
        embed::Embedder,
        parse::{Limits, Sandbox},
    },
};
use wafaa_storage::{Database, blob::Blobs, ledger, limit::Limiter, vector::Vectors};

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

/// The largest upload in tests.
pub(crate) const MAX_UPLOAD: u64 = 100_000;

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
            redis: None,
            trusted_proxies: TrustedProxies::parse(&["127.0.0.1".to_owned()]).unwrap(),
        };
        let tenants = Tenants::from(services);
        let state = State::new(documents, tenants, retriever, responder, limiter, settings);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let shutdown = CancellationToken::new();
        Self {
            base,
            running: tokio::spawn(wafaa_api::serve(listener, state, shutdown.clone())),
            shutdown,
        }
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
        let files = TempDir::new().unwrap();
        let path = |name: &str| files.path().join(name).display().to_string();
        let db = Database::open(&format!("sqlite://{}", path("wafaa.db")))
            .await
            .unwrap();
        Migrator::up(db.connection(), None).await.unwrap();
        let services = Arc::new(Services {
            db: db.clone(),
            blobs: Blobs::open(&path("blobs")).await.unwrap(),
            vectors: Vectors::open(&path("lance")).await.unwrap(),
            tokenizer: MODEL.tokenizer().clone(),
            embedder: Embedder::Local(MODEL.clone()),
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
        let retriever = Retriever::new(db, services.vectors.clone(), services.embedder.clone());
        let responder = Responder::extractive(retriever);
        let server = Server::start(
            &services,
            engine.handle(),
            services.limiter.clone(),
            responder,
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
        Server::start(&self.services, self.engine.handle(), limiter, responder).await
    }

    /// Another server over the same stores, with another responder.
    pub(crate) async fn answering_with(&self, responder: Responder) -> Server {
        let limiter = self.services.limiter.clone();
        Server::start(&self.services, self.engine.handle(), limiter, responder).await
    }

    pub(crate) fn retriever(&self) -> Retriever {
        Retriever::new(
            self.services.db.clone(),
            self.services.vectors.clone(),
            self.services.embedder.clone(),
        )
    }

    pub(crate) fn db(&self) -> &Database {
        &self.services.db
    }

    pub(crate) const fn client(&self) -> &reqwest::Client {
        &self.client
    }

    pub(crate) fn files(&self) -> &std::path::Path {
        self.files.path()
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

    /// Stops everything; fails when jobs are left behind.
    pub(crate) async fn stop(self) {
        self.server.stop().await;
        self.engine.stop().await;
        let tx = self
            .services
            .db
            .read(SystemScope::new("a test looks at what it left"))
            .await
            .unwrap();
        let jobs = ledger::list_any(&tx, None, &ledger::Filter::default(), None, 1_000)
            .await
            .unwrap()
            .rows;
        // Tidying the vectors comes later by design.
        let left: Vec<_> = jobs
            .iter()
            .filter(|job| !job.state.is_final() && job.kind != "compact")
            .collect();
        assert!(left.is_empty(), "unfinished jobs: {left:?}");
    }
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
