//! Somebody else's HTTP server, faked at the socket: it keeps what it is sent and answers as it is told to.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// What was asked of it.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) path: String,
    pub(crate) body: Vec<u8>,
}

/// What it answers: a media type and a body, with status 200.
pub(crate) type Reply = (&'static str, String);

pub(crate) struct Fake {
    address: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Fake {
    /// Answers every request with this.
    pub(crate) fn answering(media_type: &'static str, body: &'static str) -> Self {
        Self::with(move |_| (media_type, body.to_owned()))
    }

    /// Answers each request as `reply` says, which may take its time. The request is kept before.
    pub(crate) fn with(reply: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let reply = Arc::new(reply);
        let (listener, address) = listen();
        let requests = Arc::<Mutex<Vec<Request>>>::default();
        let kept = Arc::clone(&requests);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (kept, reply) = (Arc::clone(&kept), Arc::clone(&reply));
                thread::spawn(move || converse(&stream, &kept, &*reply));
            }
        });
        Self { address, requests }
    }

    /// Takes every connection and never says a word.
    pub(crate) fn mute() -> Self {
        let (listener, address) = listen();
        thread::spawn(move || {
            let open: Vec<_> = listener.incoming().collect();
            drop(open);
        });
        Self {
            address,
            requests: Arc::default(),
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().expect("sound").clone()
    }
}

fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound").to_string();
    (listener, address)
}

/// Answers the requests of one connection until it is closed.
fn converse(
    stream: &TcpStream,
    kept: &Mutex<Vec<Request>>,
    reply: &(dyn Fn(&Request) -> Reply + Send + Sync),
) {
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    while let Some(request) = read(&mut reader) {
        kept.lock().expect("sound").push(request.clone());
        let (media_type, body) = reply(&request);
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: {media_type}\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        if writer.write_all((head + &body).as_bytes()).is_err() {
            return;
        }
    }
}

fn read(reader: &mut BufReader<&TcpStream>) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim().split_once(':') else {
            break;
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request { path, body })
}
