//! WhatsApp at the socket: takes every message and remembers it.

use std::sync::{Arc, Mutex};

use poem::{
    EndpointExt as _, Route, Server, handler,
    listener::TcpAcceptor,
    web::{Data, Json},
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};
use wafaa_channels::Endpoints;

type Taken = Arc<Mutex<Vec<Value>>>;

/// A provider that runs as long as it is held.
pub(crate) struct Provider {
    base: String,
    taken: Taken,
    running: JoinHandle<()>,
}

#[handler]
fn take(taken: Data<&Taken>, body: Option<Json<Value>>) -> Json<Value> {
    let body = body.map(|body| body.0).unwrap_or_default();
    let mut taken = taken.lock().unwrap();
    let id = format!("wamid.sent{}", taken.len());
    taken.push(body);
    Json(json!({ "messaging_product": "whatsapp", "success": true, "messages": [{ "id": id }] }))
}

impl Provider {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}/", listener.local_addr().unwrap());
        let taken = Taken::default();
        let app = Route::new().at("/*path", take).data(Arc::clone(&taken));
        let server = Server::new_with_acceptor(TcpAcceptor::from_tokio(listener).unwrap());
        let running = tokio::spawn(async move { server.run(app).await.unwrap() });
        Self {
            base,
            taken,
            running,
        }
    }

    pub(crate) fn endpoints(&self) -> Endpoints {
        let here = || self.base.parse().ok();
        Endpoints::new(here(), here(), here())
    }

    /// The texts that were sent to customers.
    pub(crate) fn texts(&self) -> Vec<String> {
        let taken = self.taken.lock().unwrap();
        let texts = taken
            .iter()
            .filter_map(|body| body["text"]["body"].as_str());
        texts.map(str::to_owned).collect()
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.running.abort();
    }
}
