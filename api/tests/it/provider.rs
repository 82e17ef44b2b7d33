//! A provider at the socket: answers as the test says, and remembers what it was asked. WhatsApp, unless told
//! otherwise, which takes every message.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use poem::{
    EndpointExt as _, Request, Response, Route, Server, handler,
    http::StatusCode,
    listener::TcpAcceptor,
    web::{Data, Json},
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};
use wafaa_channels::Endpoints;

/// What it was asked: the path with the query, and the body where that is JSON.
type Asked = Arc<Mutex<Vec<(String, Value)>>>;
/// What it answers to a path; `{base}` in it is where it is.
type Script = Arc<dyn Fn(&str) -> (StatusCode, Value) + Send + Sync>;

/// A provider that runs as long as it is held.
pub(crate) struct Provider {
    base: String,
    asked: Asked,
    running: JoinHandle<()>,
}

#[handler]
fn answer(
    asked: Data<&Asked>,
    script: Data<&Script>,
    request: &Request,
    body: Option<Json<Value>>,
) -> Response {
    let path = request.original_uri().to_string();
    let body = body.map(|body| body.0).unwrap_or_default();
    let (status, reply) = script(&path);
    asked.lock().unwrap().push((path, body));
    let host = request.header("host").unwrap_or_default();
    Response::builder()
        .status(status)
        .content_type("application/json")
        .body(
            reply
                .to_string()
                .replace("{base}", &format!("http://{host}")),
        )
}

impl Provider {
    /// WhatsApp.
    pub(crate) async fn start() -> Self {
        let count = AtomicUsize::new(0);
        Self::saying(move |_| {
            let id = format!("wamid.sent{}", count.fetch_add(1, Ordering::Relaxed));
            let taken =
                json!({ "messaging_product": "whatsapp", "success": true, "messages": [{ "id": id }] });
            (StatusCode::OK, taken)
        })
        .await
    }

    pub(crate) async fn saying(
        script: impl Fn(&str) -> (StatusCode, Value) + Send + Sync + 'static,
    ) -> Self {
        Self::run(Arc::new(script)).await
    }

    async fn run(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}/", listener.local_addr().unwrap());
        let asked = Asked::default();
        let app = Route::new()
            .at("/*path", answer)
            .data(Arc::clone(&asked))
            .data(script)
            .boxed();
        let server = Server::new_with_acceptor(TcpAcceptor::from_tokio(listener).unwrap());
        let running = tokio::spawn(async move { server.run(app).await.unwrap() });
        Self {
            base,
            asked,
            running,
        }
    }

    /// Where it is.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    pub(crate) fn endpoints(&self) -> Endpoints {
        let here = || self.base.parse().ok();
        Endpoints::new(here(), here(), here())
    }

    /// What it was asked below a path.
    pub(crate) fn asked(&self, path: &str) -> Vec<Value> {
        let asked = self.asked.lock().unwrap();
        let below = asked.iter().filter(|(asked, _)| asked.contains(path));
        below.map(|(_, body)| body.clone()).collect()
    }

    /// The texts that were sent to customers.
    pub(crate) fn texts(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        let texts = asked.iter().filter_map(|(_, body)| {
            let text = body.pointer("/text/body");
            text.or_else(|| body.pointer("/interactive/body/text"))?
                .as_str()
        });
        texts.map(str::to_owned).collect()
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.running.abort();
    }
}
