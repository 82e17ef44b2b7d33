//! A provider faked at the socket: it keeps what it is asked and answers as the test says.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use wafaa_channels::{Channels, Endpoints, Url};
use wafaa_domain::ChannelKind;

/// What the provider was asked.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// The path with the query.
    pub(crate) path: String,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// What it does about it.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// A status, further header lines, a body.
    Http(u16, String, Vec<u8>),
    /// Nothing, until the other side gives up.
    Silence,
    /// Closes the connection after reading the request.
    HangUp,
}

impl Reply {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::Http(status, String::new(), body.to_string().into_bytes())
    }

    pub(crate) fn ok(body: &Value) -> Self {
        Self::json(200, body)
    }
}

type Script = dyn Fn(&Request) -> Reply + Send + Sync;

/// The fake.
pub(crate) struct Provider {
    pub(crate) url: Url,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Provider {
    pub(crate) async fn start(script: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap())
            .parse()
            .unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let script: Arc<Script> = Arc::new(script);
        let seen = requests.clone();
        tokio::spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(socket, seen.clone(), script.clone()));
            }
        });
        Self { url, requests }
    }

    /// One that answers every request alike.
    pub(crate) async fn saying(reply: Reply) -> Self {
        Self::start(move |_| reply.clone()).await
    }

    pub(crate) fn channels(&self) -> Channels {
        channels(&self.url)
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// The only request there was.
    pub(crate) fn request(&self) -> Request {
        let requests = self.requests();
        assert_eq!(requests.len(), 1, "{requests:?}");
        requests[0].clone()
    }
}

/// All providers at one address.
pub(crate) fn channels(url: &Url) -> Channels {
    let url = Some(url.clone());
    let endpoints = Endpoints::new(url.clone(), url.clone(), url);
    Channels::with_timeout(endpoints, Duration::from_secs(2)).unwrap()
}

async fn serve(mut socket: TcpStream, seen: Arc<Mutex<Vec<Request>>>, script: Arc<Script>) {
    let Some(request) = read(&mut socket).await else {
        return;
    };
    let reply = script(&request);
    seen.lock().unwrap().push(request);
    match reply {
        Reply::Http(status, headers, body) => {
            let head = format!(
                "HTTP/1.1 {status} X\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            let _ = socket.write_all(head.as_bytes()).await;
            let _ = socket.write_all(&body).await;
        }
        Reply::Silence => {
            let _ = socket.read(&mut [0]).await;
        }
        Reply::HangUp => {}
    }
}

async fn read(socket: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        if socket.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    let path = first.nth(1)?.to_owned();
    let headers: HashMap<_, _> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length: usize = headers
        .get("content-length")
        .map_or(0, |length| length.parse().unwrap());
    let mut body = bytes.split_off(end + 4);
    while body.len() < length {
        if socket.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    Some(Request {
        path,
        headers,
        body,
    })
}

/// How this kind's provider says that it has taken a message.
pub(crate) fn accepted(kind: ChannelKind) -> Value {
    match kind {
        ChannelKind::Whatsapp => json!({
            "messaging_product": "whatsapp",
            "contacts": [{"input": "966501234567", "wa_id": "966501234567"}],
            "messages": [{"id": "wamid.sent"}],
        }),
        ChannelKind::Instagram | ChannelKind::Messenger => {
            json!({"recipient_id": "6789012345", "message_id": "m_sent"})
        }
        ChannelKind::Telegram => {
            json!({"ok": true, "result": {"message_id": 8, "chat": {"id": 4242}, "date": 1}})
        }
        ChannelKind::Slack => json!({"ok": true, "channel": "D1", "ts": "1749416400.000100"}),
        ChannelKind::Web => Value::Null,
    }
}
