//! WhatsApp's side of a load run: takes the answers that the installation sends, says when, and reports each as
//! sent, delivered and read, as Meta does.
//!
//! It is the load generator's, not the platform's: the platform sends to whatever `WAFAA_META_GRAPH_URL` names.

use std::{
    collections::HashMap,
    convert::Infallible,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::Context;
use http_body_util::{BodyExt as _, Full};
use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::oneshot, time::timeout};

use super::{target::Target, webhook};

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// A stand-in for the provider. Cloning is cheap.
#[derive(Clone)]
pub(super) struct Provider(Arc<Shared>);

struct Shared {
    target: Arc<Target>,
    /// By the customer's number.
    waiting: Mutex<HashMap<String, Waiting>>,
    sent: AtomicU64,
    /// Answers that nobody waits for: sent twice, or after all patience.
    beyond: AtomicU64,
}

struct Waiting {
    slug: String,
    secret: String,
    reply: oneshot::Sender<String>,
}

/// An answer that is to come.
pub(super) struct Reply(oneshot::Receiver<String>);

impl Reply {
    /// What was sent; `None` when nothing was in time.
    pub(super) async fn text(self) -> Option<String> {
        timeout(PATIENCE, self.0).await.ok()?.ok()
    }
}

impl Provider {
    /// Begins to listen.
    ///
    /// # Errors
    /// When it can't listen there.
    pub(super) async fn open(address: SocketAddr, target: Arc<Target>) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(address).await.with_context(|| {
            format!("can't play WhatsApp at {address}; name another with --provider")
        })?;
        let provider = Self(Arc::new(Shared {
            target,
            waiting: Mutex::default(),
            sent: AtomicU64::new(0),
            beyond: AtomicU64::new(0),
        }));
        let serving = provider.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let provider = serving.clone();
                let answer = service_fn(move |request| {
                    let provider = provider.clone();
                    async move { Ok::<_, Infallible>(provider.answer(request).await) }
                });
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), answer));
            }
        });
        Ok(provider)
    }

    /// Waits for what is sent to a customer from now on.
    pub(super) fn expect(&self, customer: &str, slug: &str, secret: &str) -> Reply {
        let (reply, coming) = oneshot::channel();
        let waiting = Waiting {
            slug: slug.to_owned(),
            secret: secret.to_owned(),
            reply,
        };
        self.waiting().insert(customer.to_owned(), waiting);
        Reply(coming)
    }

    /// Answers that came more than once, or too late.
    pub(super) fn beyond(&self) -> u64 {
        self.0.beyond.load(Ordering::Relaxed)
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Full<hyper::body::Bytes>> {
        let body = request.into_body().collect().await;
        let body = body
            .map(http_body_util::Collected::to_bytes)
            .unwrap_or_default();
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        let id = format!("wamid.load{}", self.0.sent.fetch_add(1, Ordering::Relaxed));
        if let Some(to) = body["to"].as_str() {
            self.take(to, &id, &body);
        }
        let answer = json!({
            "messaging_product": "whatsapp",
            "success": true,
            "messages": [{ "id": id }],
        });
        let mut response = Response::new(Full::from(answer.to_string()));
        let json = hyper::header::HeaderValue::from_static("application/json");
        response
            .headers_mut()
            .insert(hyper::header::CONTENT_TYPE, json);
        response
    }

    fn take(&self, to: &str, id: &str, body: &Value) {
        let Some(waiting) = self.waiting().remove(to) else {
            self.0.beyond.fetch_add(1, Ordering::Relaxed);
            return;
        };
        // An answer that offers a person has a button.
        let text = body.pointer("/text/body");
        let text = text.or_else(|| body.pointer("/interactive/body/text"));
        let text = text.and_then(Value::as_str).unwrap_or_default();
        // Who has lost patience has counted it as such.
        let _ = waiting.reply.send(text.to_owned());
        let ours = body["biz_opaque_callback_data"]
            .as_str()
            .unwrap_or_default();
        let (target, id, to, ours) = (
            Arc::clone(&self.0.target),
            id.to_owned(),
            to.to_owned(),
            ours.to_owned(),
        );
        let (slug, secret) = (waiting.slug, waiting.secret);
        tokio::spawn(async move {
            let since = SystemTime::now().duration_since(UNIX_EPOCH);
            let now = since.unwrap_or_default().as_secs();
            for status in ["sent", "delivered", "read"] {
                let body = webhook::status(&slug, &id, &ours, status, &to, now);
                let request = webhook::request(&target, &slug, &secret, body);
                // Meta would send it again; here the message's own latency is what counts.
                let _ = request.send().await;
            }
        });
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, HashMap<String, Waiting>> {
        self.0
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
