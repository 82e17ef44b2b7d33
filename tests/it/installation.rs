//! A stand-in for an installation: as much of the API as a load generator uses, from memory, and misbehaving on demand.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

/// How it misbehaves; by default not at all.
#[derive(Clone, Copy, Default)]
pub(crate) struct Behaviour {
    /// Answers from the documents of all tenants.
    pub(crate) leaks: bool,
    /// Says that it doesn't know.
    pub(crate) forgets: bool,
    /// Answers no question from the first of them plus this until a second later.
    pub(crate) stalls_after: Option<Duration>,
}

pub(crate) struct Installation {
    pub(crate) url: String,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    behaviour: Behaviour,
    sign_ins: AtomicUsize,
    tenants: Mutex<Vec<Value>>,
    /// What each tenant uploaded, by its key.
    documents: Mutex<HashMap<String, String>>,
    first_question: Mutex<Option<Instant>>,
}

struct Request {
    method: String,
    path: String,
    token: String,
    body: String,
}

impl Installation {
    pub(crate) fn start(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let state = Arc::new(State {
            behaviour,
            ..State::default()
        });
        let serving = Arc::clone(&state);
        // Both kinds of thread end with the test's process, or when the client hangs up.
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let state = Arc::clone(&serving);
                thread::spawn(move || state.converse(&connection));
            }
        });
        Self { url, state }
    }

    /// How often somebody signed in.
    pub(crate) fn sign_ins(&self) -> usize {
        self.state.sign_ins.load(Ordering::SeqCst)
    }
}

impl State {
    fn converse(&self, connection: &TcpStream) {
        let mut reader = BufReader::new(connection);
        while let Some(request) = read(&mut reader) {
            let (status, body) = self.answer(&request);
            let body = body.to_string();
            let answer = format!(
                "HTTP/1.1 {status} \r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            let mut writer = connection;
            if writer.write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
    }

    fn answer(&self, request: &Request) -> (u16, Value) {
        let body: Value = serde_json::from_str(&request.body).unwrap_or_default();
        let path = request.path.split('?').next().unwrap_or_default();
        match (request.method.as_str(), path) {
            ("POST", "/api/v1/auth/login") => {
                self.sign_ins.fetch_add(1, Ordering::SeqCst);
                (200, json!({ "access_token": body["email"] }))
            }
            ("GET", "/api/v1/auth/me") => {
                let slug = request.token.trim_start_matches("wk_");
                (200, json!({ "tenant": { "slug": slug } }))
            }
            ("GET", "/api/v1/tenants") => {
                let tenants = self.tenants.lock().expect("a list");
                (200, json!({ "data": *tenants, "next_cursor": null }))
            }
            ("POST", "/api/v1/tenants") => {
                let mut tenants = self.tenants.lock().expect("a list");
                if tenants.iter().any(|tenant| tenant["slug"] == body["slug"]) {
                    return (409, json!({ "detail": "the slug is taken" }));
                }
                tenants.push(body.clone());
                (201, body)
            }
            ("POST", "/api/v1/api-keys") => {
                let slug = request.token.trim_start_matches("admin@");
                let slug = slug.trim_end_matches(".example");
                (201, json!({ "key": format!("wk_{slug}") }))
            }
            ("GET", "/api/v1/channels") => (200, json!({ "data": [{ "kind": "whatsapp" }] })),
            ("POST", "/api/v1/documents") => {
                let mut documents = self.documents.lock().expect("a map");
                *documents.entry(request.token.clone()).or_default() += &request.body;
                (
                    202,
                    json!({ "document": { "id": "doc_1" }, "job_id": "job_1" }),
                )
            }
            ("GET", "/api/v1/documents/doc_1") => (200, json!({ "status": "ready" })),
            ("POST", "/api/v1/ask") => {
                self.stall();
                let answered = !self.behaviour.forgets;
                let citations = json!([{ "quote": self.known(&request.token) }]);
                let citations = if answered { citations } else { json!([]) };
                (
                    200,
                    json!({ "answer": "…", "answered": answered, "citations": citations }),
                )
            }
            ("POST", "/api/v1/search") => (
                200,
                json!({ "data": [{ "text": self.known(&request.token) }] }),
            ),
            _ => (404, json!({ "detail": "no such route" })),
        }
    }

    /// What answers are made of.
    fn known(&self, token: &str) -> String {
        let documents = self.documents.lock().expect("a map");
        if self.behaviour.leaks {
            return documents.values().cloned().collect();
        }
        documents.get(token).cloned().unwrap_or_default()
    }

    fn stall(&self) {
        let Some(after) = self.behaviour.stalls_after else {
            return;
        };
        let begin = *self
            .first_question
            .lock()
            .expect("a time")
            .get_or_insert_with(Instant::now);
        let since = begin.elapsed();
        let end = after + Duration::from_secs(1);
        if since >= after && since < end {
            thread::sleep(end - since);
        }
    }
}

/// The next request on a connection, until the client hangs up.
fn read(reader: &mut BufReader<&TcpStream>) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let (mut length, mut token) = (0, String::new());
    loop {
        let mut header = String::new();
        reader
            .read_line(&mut header)
            .ok()
            .filter(|read| *read > 0)?;
        let Some((name, value)) = header.trim_end().split_once(": ") else {
            break;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().ok()?,
            "authorization" => token = value.trim_start_matches("Bearer ").to_owned(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request {
        method,
        path,
        token,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}
