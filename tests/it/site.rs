//! Somebody's web site, faked at the socket: its pages can be changed, and it remembers what it was asked for.

use std::{
    collections::HashMap,
    io::{BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex, MutexGuard},
    thread,
    time::Duration,
};

/// What is at an address.
#[derive(Clone)]
pub(crate) struct Page {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    /// How long it takes.
    takes: Duration,
}

impl Page {
    /// A page that says `text` and leads on.
    pub(crate) fn html(title: &str, text: &str, links: &[&str]) -> Self {
        let links: String = links
            .iter()
            .map(|link| format!("<a href=\"{link}\">here</a> "))
            .collect();
        let body = format!(
            "<!DOCTYPE html><html><head><title>{title}</title></head><body><nav>{links}</nav>\
             <h1>{title}</h1><p>{text}</p></body></html>"
        );
        Self::of("text/html; charset=utf-8", body)
    }

    pub(crate) fn of(media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status: 200,
            headers: vec![("content-type", media_type.to_owned())],
            body: body.into(),
            takes: Duration::ZERO,
        }
    }

    pub(crate) fn moved(to: &str) -> Self {
        Self {
            status: 302,
            ..Self::of("text/plain", "").with("location", to)
        }
    }

    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// With an entity tag, so that it is not sent to whoever knows it.
    pub(crate) fn tagged(self, tag: &str) -> Self {
        self.with("etag", &format!("\"{tag}\""))
    }

    pub(crate) fn slow(self, takes: Duration) -> Self {
        Self { takes, ..self }
    }
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) path: String,
    /// The entity tag that the asker knows.
    pub(crate) knows: Option<String>,
}

pub(crate) struct Site {
    /// Its host and port.
    pub(crate) place: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    pages: HashMap<String, Page>,
    asked: Vec<Asked>,
}

impl Site {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let place = listener.local_addr().expect("bound").to_string();
        let state = Arc::<Mutex<State>>::default();
        let serving = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&serving);
                thread::spawn(move || converse(&stream, &state));
            }
        });
        Self { place, state }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.place)
    }

    pub(crate) fn set(&self, path: &str, page: Page) {
        self.state().pages.insert(path.to_owned(), page);
    }

    pub(crate) fn remove(&self, path: &str) {
        self.state().pages.remove(path);
    }

    /// What it was asked for since the last time.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.state().asked)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("sound")
    }
}

/// Answers the requests of one connection until it is closed.
fn converse(stream: &TcpStream, state: &Mutex<State>) {
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    while let Some(asked) = read(&mut reader) {
        let page = {
            let mut state = state.lock().expect("sound");
            state.asked.push(asked.clone());
            state.pages.get(&asked.path).cloned()
        };
        let answer = answer(page, asked.knows.as_deref());
        if writer.write_all(&answer).is_err() {
            return;
        }
    }
}

fn answer(page: Option<Page>, knows: Option<&str>) -> Vec<u8> {
    let mut page = page.unwrap_or_else(|| Page {
        status: 404,
        ..Page::of("text/plain", "there is nothing here")
    });
    thread::sleep(page.takes);
    let tag = page.headers.iter().find(|(name, _)| *name == "etag");
    if knows.is_some() && tag.map(|(_, tag)| tag.as_str()) == knows {
        page.status = 304;
        page.body.clear();
    }
    let mut head = format!("HTTP/1.1 {} X\r\n", page.status);
    for (name, value) in &page.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if page.status != 304 {
        head.push_str(&format!("content-length: {}\r\n", page.body.len()));
    }
    head.push_str("\r\n");
    [head.into_bytes(), page.body].concat()
}

fn read(reader: &mut BufReader<&TcpStream>) -> Option<Asked> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut knows = None;
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim().split_once(':') else {
            break;
        };
        if name.eq_ignore_ascii_case("if-none-match") {
            knows = Some(value.trim().to_owned());
        }
    }
    Some(Asked { path, knows })
}
