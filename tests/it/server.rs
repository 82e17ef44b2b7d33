//! A `wafaa serve` of one test: its own data dir, a free port, two tenants, and a client.

use std::{
    fs::OpenOptions,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use reqwest::{
    Client, Method, StatusCode,
    multipart::{Form, Part},
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::postgres::Database;

/// The owner's password of every tenant made here.
pub(crate) const PASSWORD: &str = "a long enough password";

/// Long enough for a debug build on a busy machine; nothing waits for it in vain.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

/// A data dir, and the server on it while there is one.
pub(crate) struct Server {
    dir: TempDir,
    process: Option<Child>,
    url: String,
    /// Settings beside the usual ones.
    settings: Vec<(&'static str, String)>,
    /// Whether what it logs goes into a file.
    keeps_log: bool,
    pub(crate) client: Client,
}

impl Server {
    /// Starts a server on an empty data dir with the tenants `alpha` and `beta`.
    pub(crate) fn start() -> Self {
        Self::prepare().open()
    }

    /// Starts a server on this data dir with the tenants `alpha` and `beta`.
    pub(crate) fn open(mut self) -> Self {
        for tenant in ["alpha", "beta"] {
            let output = self.run(&[
                "tenant",
                "create",
                tenant,
                "--name",
                tenant,
                "--admin-email",
                &format!("owner@{tenant}.example"),
            ]);
            assert!(output.status.success(), "{output:?}");
        }
        self.resume();
        self
    }

    /// An empty data dir without a server.
    pub(crate) fn prepare() -> Self {
        Self {
            dir: TempDir::new().expect("a temporary directory"),
            process: None,
            url: String::new(),
            settings: Vec::new(),
            keeps_log: false,
            client: Client::new(),
        }
    }

    /// An empty data dir with a database on PostgreSQL, migrated by its owner and used by a role that is not.
    pub(crate) fn prepare_on(database: &Database) -> Self {
        let server = Self::prepare()
            .with("WAFAA_DATABASE_URL", database.url_of_app())
            .with("WAFAA_MIGRATE_DATABASE_URL", database.url())
            .with("WAFAA_SECRET_KEY", "07".repeat(32));
        let output = server.run(&["migrate"]);
        assert!(output.status.success(), "{output:?}");
        server
    }

    /// With one more setting.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.settings.push((name, value.into()));
        self
    }

    /// With its log in a file.
    pub(crate) fn keeping_its_log(mut self) -> Self {
        self.keeps_log = true;
        self
    }

    /// What the server has logged.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.path().join("log")).expect("it logs")
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// A command on this data dir.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wafaa"));
        command
            .args(arguments)
            .env("WAFAA_DATA_DIR", self.path().join("data"))
            .env("WAFAA_LANCE_URI", self.path().join("lance"))
            .env("WAFAA_ADMIN_PASSWORD", PASSWORD)
            .env("WAFAA_LOG", "warn")
            .env_remove("WAFAA_DATABASE_URL")
            .env_remove("WAFAA_MIGRATE_DATABASE_URL")
            .env_remove("WAFAA_SECRET_KEY")
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the binary starts")
    }

    /// Starts the server again on what is in the data dir.
    pub(crate) fn resume(&mut self) {
        let mut command = self.command(&["serve", "--port", "0"]);
        if self.keeps_log {
            let log = OpenOptions::new()
                .create(true)
                .append(true)
                .open(self.path().join("log"));
            command.stderr(log.expect("writable"));
        }
        let mut process = command
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        self.url =
            listening(&mut process).unwrap_or_else(|line| panic!("instead of listening: {line:?}"));
        self.process = Some(process);
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().expect("it was running");
            process.wait().expect("it was a child");
        }
    }

    /// SIGTERM, as service managers do; answers whether it ended well.
    pub(crate) fn stop(&mut self) -> bool {
        let mut process = self.process.take().expect("a running server");
        let pid = process.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &pid]).status();
        assert!(sent.expect("kill exists").success());
        process.wait().expect("it was a child").success()
    }

    pub(crate) async fn sign_in(&self, tenant: &str) -> Member<'_> {
        let credentials =
            json!({ "email": format!("owner@{tenant}.example"), "password": PASSWORD });
        let answer = self
            .client
            .post(format!("{}/api/v1/auth/login", self.url))
            .json(&credentials)
            .send()
            .await
            .expect("the server answers");
        assert_eq!(answer.status(), StatusCode::OK);
        let body: Value = answer.json().await.expect("JSON");
        Member {
            server: self,
            token: body["access_token"].as_str().expect("a token").to_owned(),
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Somebody who has signed in.
pub(crate) struct Member<'a> {
    server: &'a Server,
    pub(crate) token: String,
}

impl Member<'_> {
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let mut request = self
            .server
            .client
            .request(method, self.server.url(path))
            .bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        answered(request.send().await.expect("the server answers")).await
    }

    /// A request that is still to be sent.
    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.server.client.request(method, self.server.url(path));
        request.bearer_auth(&self.token)
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let (status, body) = self.call(Method::GET, path, None).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        body
    }

    pub(crate) async fn upload(&self, filename: &str, content: Vec<u8>) -> (StatusCode, Value) {
        self.send_file(Method::POST, "/api/v1/documents", filename, content)
            .await
    }

    pub(crate) async fn replace(
        &self,
        id: &str,
        filename: &str,
        content: Vec<u8>,
    ) -> (StatusCode, Value) {
        let path = format!("/api/v1/documents/{id}/content");
        self.send_file(Method::PUT, &path, filename, content).await
    }

    async fn send_file(
        &self,
        method: Method,
        path: &str,
        filename: &str,
        content: Vec<u8>,
    ) -> (StatusCode, Value) {
        let part = Part::bytes(content).file_name(filename.to_owned());
        let request = self
            .server
            .client
            .request(method, self.server.url(path))
            .bearer_auth(&self.token)
            .multipart(Form::new().part("file", part));
        answered(request.send().await.expect("the server answers")).await
    }

    /// Uploads and waits until the document is ready or has failed.
    pub(crate) async fn ingest(&self, filename: &str, content: Vec<u8>) -> Value {
        let (status, body) = self.upload(filename, content).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{body}");
        self.settled(body["document"]["id"].as_str().expect("an id"))
            .await
    }

    /// The document once it is ready or has failed.
    pub(crate) async fn settled(&self, id: &str) -> Value {
        let begun = Instant::now();
        loop {
            let document = self.get(&format!("/api/v1/documents/{id}")).await;
            if document["status"] == "ready" || document["status"] == "failed" {
                return document;
            }
            assert!(begun.elapsed() < PATIENCE, "still not settled: {document}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub(crate) async fn ask(&self, question: &str) -> Value {
        let body = json!({ "question": question });
        let (status, answer) = self.call(Method::POST, "/api/v1/ask", Some(body)).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer
    }

    pub(crate) async fn search(&self, query: &str) -> Vec<Value> {
        let body = json!({ "query": query, "top_k": 20 });
        let (status, answer) = self.call(Method::POST, "/api/v1/search", Some(body)).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer["data"].as_array().expect("a list").clone()
    }

    /// Every chunk of a document, page after page.
    pub(crate) async fn chunks(&self, id: &str) -> Vec<Value> {
        let mut chunks = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = self
                .get(&format!("/api/v1/documents/{id}/chunks?limit=100{cursor}"))
                .await;
            chunks.extend(page["data"].as_array().expect("a list").clone());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return chunks,
            }
        }
    }
}

/// Waits until something is so.
pub(crate) async fn until(what: &str, patience: Duration, mut so: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !so().await {
        assert!(begun.elapsed() < patience, "{what}: not after {patience:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Where a server that has just been started says it listens.
pub(crate) fn listening(process: &mut Child) -> Result<String, String> {
    let stdout = process.stdout.take().expect("a pipe");
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line).expect("a line");
    let url = line.trim().strip_prefix("listening on ").map(str::to_owned);
    url.ok_or(line)
}

async fn answered(response: reqwest::Response) -> (StatusCode, Value) {
    let status = response.status();
    let text = response.text().await.expect("a body");
    (
        status,
        serde_json::from_str(&text).unwrap_or(Value::String(text)),
    )
}

/// A document of the demo.
pub(crate) fn demo(path: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("demo/documents")
        .join(path);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
