//! One request for one address, and what its answer means. Redirections are told, not followed.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::{
    Response, StatusCode, Url,
    header::{
        ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, IF_MODIFIED_SINCE,
        IF_NONE_MATCH, LAST_MODIFIED, LOCATION, RETRY_AFTER,
    },
};
use wafaa_pipelines::knowledge::parse::Directives;

use super::Web;
use crate::outbound::Refused;

const X_ROBOTS_TAG: HeaderName = HeaderName::from_static("x-robots-tag");
/// Pages first, and any file that may be a document.
const WANTED: &str = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8";
/// Directives that have a value, so that they look like the name of a crawler.
const VALUED: [&str; 4] = [
    "max-snippet",
    "max-image-preview",
    "max-video-preview",
    "unavailable_after",
];
/// The longest validator that is kept and sent back.
const LONGEST_VALIDATOR: usize = 500;

/// What is known of a page, so that its server can say that nothing has changed.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Known<'a> {
    pub(crate) etag: Option<&'a str>,
    pub(crate) last_modified: Option<&'a str>,
}

/// What an answer means.
#[derive(Debug)]
pub(crate) enum Answer {
    Content(Content),
    /// As known.
    Unchanged,
    /// It is elsewhere.
    Moved {
        status: u16,
        /// `None` where the server doesn't say where.
        to: Option<Url>,
    },
    /// It is no more, with this status.
    Gone(u16),
    /// Not for us, with this status.
    Refused(u16),
    /// Not now.
    Later {
        status: Option<u16>,
        /// How long the server asks us to wait.
        after: Option<Duration>,
        why: String,
    },
    TooLarge,
    /// The address is not to be called.
    Forbidden(Refused),
}

/// What was fetched.
#[derive(Debug)]
pub(crate) struct Content {
    pub(crate) status: u16,
    pub(crate) bytes: Bytes,
    pub(crate) media_type: Option<String>,
    pub(crate) etag: Option<String>,
    pub(crate) last_modified: Option<String>,
    pub(crate) directives: Directives,
}

impl Web {
    /// Asks for one address; at most `limit` bytes are read. Whoever calls it has the host's turn.
    pub(crate) async fn get(&self, url: &str, known: &Known<'_>, limit: u64) -> Answer {
        let url = match self.outbound.check(url) {
            Ok(url) => url,
            Err(refused) => return Answer::Forbidden(refused),
        };
        let mut request = self.outbound.client().get(url);
        request = request
            .timeout(self.settings.patience)
            .header(ACCEPT, WANTED)
            .header(ACCEPT_ENCODING, "identity");
        if let Some(etag) = known.etag {
            request = request.header(IF_NONE_MATCH, etag);
        }
        if let Some(date) = known.last_modified {
            request = request.header(IF_MODIFIED_SINCE, date);
        }
        match request.send().await {
            Ok(response) => meaning(response, limit).await,
            Err(error) => unreachable(&error),
        }
    }
}

async fn meaning(response: Response, limit: u64) -> Answer {
    let status = response.status();
    let code = status.as_u16();
    match status {
        StatusCode::NOT_MODIFIED => Answer::Unchanged,
        StatusCode::NOT_FOUND | StatusCode::GONE => Answer::Gone(code),
        _ if status.is_success() => content(response, limit).await,
        _ if status.is_redirection() => {
            let location = text(response.headers(), &LOCATION);
            let to = location.and_then(|to| response.url().join(&to).ok());
            Answer::Moved { status: code, to }
        }
        StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY => {
            later(&response)
        }
        _ if status.is_server_error() => later(&response),
        _ => Answer::Refused(code),
    }
}

fn later(response: &Response) -> Answer {
    let status = response.status();
    let after = text(response.headers(), &RETRY_AFTER);
    Answer::Later {
        status: Some(status.as_u16()),
        after: after
            .and_then(|seconds| seconds.trim().parse().ok())
            .map(Duration::from_secs),
        why: format!("its server answered {status}"),
    }
}

async fn content(mut response: Response, limit: u64) -> Answer {
    if response
        .content_length()
        .is_some_and(|length| length > limit)
    {
        return Answer::TooLarge;
    }
    let mut bytes = BytesMut::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) => break,
            Err(error) => return unreachable(&error),
        }
        if bytes.len() as u64 > limit {
            return Answer::TooLarge;
        }
    }
    let headers = response.headers();
    let validator = |name: &HeaderName| {
        text(headers, name).filter(|validator| validator.len() <= LONGEST_VALIDATOR)
    };
    Answer::Content(Content {
        status: response.status().as_u16(),
        bytes: bytes.freeze(),
        media_type: text(headers, &CONTENT_TYPE).map(|value| {
            let media_type = value.split(';').next().unwrap_or_default();
            media_type.trim().to_ascii_lowercase()
        }),
        etag: validator(&ETAG),
        last_modified: validator(&LAST_MODIFIED),
        directives: directives(headers),
    })
}

/// Those that are meant for everybody, or for us.
fn directives(headers: &HeaderMap) -> Directives {
    let mut all = Directives::default();
    for value in headers.get_all(X_ROBOTS_TAG) {
        let value = value.to_str().unwrap_or_default();
        let (agent, list) = value.split_once(':').unwrap_or_default();
        let agent = agent.trim().to_ascii_lowercase();
        let is_directive = agent.contains(',') || VALUED.contains(&agent.as_str());
        if agent.is_empty() || is_directive {
            all.also(Directives::of(value));
        } else if agent == "wafaa" {
            all.also(Directives::of(list));
        }
    }
    all
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let value = headers.get(name)?;
    Some(value.to_str().ok()?.to_owned())
}

/// The innermost reason, which says more than "error sending request".
fn unreachable(error: &reqwest::Error) -> Answer {
    if error.is_timeout() {
        return Answer::Later {
            status: None,
            after: None,
            why: "its server took too long".into(),
        };
    }
    let mut source: &dyn std::error::Error = error;
    while let Some(next) = source.source() {
        source = next;
    }
    let why = source.to_string();
    if why == Refused::Private.to_string() {
        return Answer::Forbidden(Refused::Private);
    }
    Answer::Later {
        status: None,
        after: None,
        why: format!("its server can't be reached: {why}"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpListener,
    };

    use wafaa_storage::limit::Limiter;

    use super::*;
    use crate::{outbound::Outbound, web::Settings};

    /// Answers every connection with these bytes once it has read a request, then keeps it open for `linger`.
    async fn server(answer: Vec<u8>, linger: Duration) -> (String, Arc<std::sync::Mutex<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let place = listener.local_addr().unwrap().to_string();
        let heard = Arc::<std::sync::Mutex<String>>::default();
        let hearing = Arc::clone(&heard);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = vec![0; 8192];
                let read = stream.read(&mut request).await.unwrap_or(0);
                hearing
                    .lock()
                    .unwrap()
                    .push_str(&String::from_utf8_lossy(&request[..read]));
                let _ = stream.write_all(&answer).await;
                tokio::time::sleep(linger).await;
            }
        });
        (place, heard)
    }

    fn web(place: &str) -> Web {
        let outbound = Outbound::to_pages(false, vec![place.to_owned()]).unwrap();
        let settings = Settings {
            patience: Duration::from_secs(2),
            ..Settings::default()
        };
        Web::new(outbound, Limiter::local(), settings)
    }

    async fn answer_to(answer: &str) -> Answer {
        let (place, _) = server(answer.as_bytes().to_vec(), Duration::ZERO).await;
        let url = format!("http://{place}/a/b");
        web(&place).get(&url, &Known::default(), 100).await
    }

    #[tokio::test]
    async fn what_is_known_is_asked_for_and_what_comes_is_told() {
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\ncontent-type: Text/HTML; charset=utf-8\r\n\
                    etag: \"2\"\r\nx-robots-tag: googlebot: noindex\r\nx-robots-tag: max-snippet:9, nofollow\r\n\
                    connection: close\r\n\r\nSoup";
        let (place, heard) = server(head.into(), Duration::ZERO).await;
        let known = Known {
            etag: Some("\"1\""),
            last_modified: Some("Wed, 25 Nov 2026 10:00:00 GMT"),
        };
        let url = format!("http://{place}/");
        let Answer::Content(content) = web(&place).get(&url, &known, 100).await else {
            panic!("no content");
        };
        assert_eq!(&content.bytes[..], b"Soup");
        assert_eq!(content.media_type.as_deref(), Some("text/html"));
        assert_eq!(content.etag.as_deref(), Some("\"2\""));
        assert!(content.directives.nofollow && !content.directives.noindex);
        let heard = heard.lock().unwrap().to_ascii_lowercase();
        assert!(heard.contains("if-none-match: \"1\""), "{heard}");
        assert!(heard.contains("if-modified-since: wed, 25 nov"), "{heard}");
        assert!(heard.contains("user-agent: wafaa/"), "{heard}");
    }

    #[tokio::test]
    async fn each_status_has_its_meaning() {
        let close = "content-length: 0\r\nconnection: close\r\n\r\n";
        let to = |status: &str| answer_to_owned(format!("HTTP/1.1 {status} X\r\n{close}"));
        assert!(matches!(to("304").await, Answer::Unchanged));
        assert!(matches!(to("404").await, Answer::Gone(404)));
        assert!(matches!(to("410").await, Answer::Gone(410)));
        assert!(matches!(to("403").await, Answer::Refused(403)));
        assert!(matches!(
            to("500").await,
            Answer::Later {
                status: Some(500),
                ..
            }
        ));
        let moved = format!("HTTP/1.1 302 X\r\nlocation: ../c\r\n{close}");
        let Answer::Moved {
            status: 302,
            to: Some(to),
        } = answer_to(&moved).await
        else {
            panic!("not moved");
        };
        assert_eq!(to.path(), "/c");
        let busy = format!("HTTP/1.1 429 X\r\nretry-after: 7\r\n{close}");
        let Answer::Later { after, .. } = answer_to(&busy).await else {
            panic!("not put off");
        };
        assert_eq!(after, Some(Duration::from_secs(7)));
        assert!(matches!(
            answer_to("rubbish\r\n\r\n").await,
            Answer::Later { .. }
        ));
    }

    async fn answer_to_owned(answer: String) -> Answer {
        answer_to(&answer).await
    }

    #[tokio::test]
    async fn huge_and_slow_answers_are_given_up() {
        let huge = format!(
            "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{}",
            "x".repeat(1_000)
        );
        assert!(matches!(answer_to(&huge).await, Answer::TooLarge));
        let said = "HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n";
        assert!(matches!(answer_to(said).await, Answer::TooLarge));
        let slow = "HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nx";
        let (place, _) = server(slow.into(), Duration::from_secs(60)).await;
        let url = format!("http://{place}/");
        let answer = web(&place).get(&url, &Known::default(), 100).await;
        let Answer::Later { why, .. } = answer else {
            panic!("{answer:?}");
        };
        assert!(why.contains("too long"), "{why}");
    }

    #[tokio::test]
    async fn where_a_redirection_leads_is_looked_at_before_it_is_called() {
        let moved = "HTTP/1.1 302 X\r\nlocation: http://169.254.169.254/latest\r\ncontent-length: 0\r\n\
                     connection: close\r\n\r\n";
        let (place, _) = server(moved.into(), Duration::ZERO).await;
        let web = web(&place);
        let url = format!("http://{place}/");
        let Answer::Moved { to: Some(to), .. } = web.get(&url, &Known::default(), 100).await else {
            panic!("not moved");
        };
        let next = web.get(to.as_str(), &Known::default(), 100).await;
        assert!(matches!(next, Answer::Forbidden(Refused::Private)));
        let named = web.get("http://localhost:9/", &Known::default(), 100).await;
        assert!(matches!(named, Answer::Forbidden(Refused::Private)));
    }
}
