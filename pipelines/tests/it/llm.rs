//! Providers that answer, dawdle, refuse and babble, faked at the socket.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use wafaa_pipelines::llm::{EmbeddingModel, Error, Gateway, Piece, Prompt, Provider};

/// What the fake does with one request.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// This status, these further headers, this body.
    Http(u16, &'static str, String),
    /// An event stream of these data lines; then the connection is closed.
    Events(Vec<String>),
    /// Nothing, for ever.
    Silence,
}

/// A provider that gives its replies in order, the last one again and again, and keeps what it was sent.
pub(crate) struct Fake {
    pub(crate) provider: Provider,
    pub(crate) requests: Arc<Mutex<Vec<String>>>,
}

impl Fake {
    pub(crate) async fn start(replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}/v1/", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = requests.clone();
        tokio::spawn(async move {
            let mut replies = replies.into_iter().peekable();
            loop {
                let (mut socket, _) = listener.accept().await.unwrap();
                let request = read_request(&mut socket).await;
                seen.lock().unwrap().push(request);
                let reply = replies.next().unwrap();
                if replies.peek().is_none() {
                    replies = vec![reply.clone()].into_iter().peekable();
                }
                tokio::spawn(answer(socket, reply));
            }
        });
        let provider = Provider {
            base_url,
            key: "test-key".to_owned().into(),
            timeout: Duration::from_secs(5),
        };
        Self { provider, requests }
    }

    pub(crate) fn gateway(&self, fallbacks: &[&str]) -> Gateway {
        let fallbacks: Vec<String> = fallbacks.iter().map(|&model| model.to_owned()).collect();
        Gateway::new(&self.provider, "first-model", &fallbacks).unwrap()
    }

    pub(crate) fn request(&self, number: usize) -> String {
        self.requests.lock().unwrap()[number].clone()
    }

    fn count(&self) -> usize {
        self.requests.lock().unwrap().len()
    }
}

async fn read_request(socket: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                line.to_lowercase()
                    .strip_prefix("content-length: ")?
                    .parse()
                    .ok()
            });
            if body.len() >= length.unwrap_or(0) {
                return text.into_owned();
            }
        }
        if socket.read_buf(&mut bytes).await.unwrap() == 0 {
            return String::from_utf8_lossy(&bytes).into_owned();
        }
    }
}

async fn answer(mut socket: TcpStream, reply: Reply) {
    let text = match reply {
        Reply::Http(status, headers, body) => format!(
            "HTTP/1.1 {status} Status\r\ncontent-type: application/json\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        ),
        Reply::Events(lines) => {
            let events: String = lines
                .iter()
                .map(|line| format!("data: {line}\n\n"))
                .collect();
            format!(
                "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n{events}"
            )
        }
        Reply::Silence => return std::future::pending().await,
    };
    // The client may have given up.
    let _ = socket.write_all(text.as_bytes()).await;
    let _ = socket.shutdown().await;
}

/// A whole answer.
pub(crate) fn completion(text: &str) -> Reply {
    let body = serde_json::json!({
        "id": "1", "object": "chat.completion", "created": 1, "model": "fake-1",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 120, "completion_tokens": 7, "total_tokens": 127},
    });
    Reply::Http(200, "", body.to_string())
}

/// An answer in pieces.
pub(crate) fn streamed(pieces: &[&str]) -> Reply {
    let event = |choices: serde_json::Value, usage: serde_json::Value| {
        serde_json::json!({
            "id": "1", "object": "chat.completion.chunk", "created": 1, "model": "fake-1", "choices": choices, "usage": usage,
        })
        .to_string()
    };
    let mut lines: Vec<String> = pieces
        .iter()
        .map(|piece| {
            event(
                serde_json::json!([{"index": 0, "delta": {"content": piece}}]),
                serde_json::Value::Null,
            )
        })
        .collect();
    lines.push(event(
        serde_json::json!([]),
        serde_json::json!({"prompt_tokens": 120, "completion_tokens": 7, "total_tokens": 127}),
    ));
    lines.push("[DONE]".into());
    Reply::Events(lines)
}

fn prompt() -> Prompt {
    Prompt {
        system: "Be brief.".into(),
        user: "Hello?".into(),
    }
}

fn failure(status: u16, headers: &'static str) -> Reply {
    let body = r#"{"error": {"message": "not now", "type": "busy", "param": null, "code": null}}"#;
    Reply::Http(status, headers, body.into())
}

#[tokio::test]
async fn an_answer_comes_with_its_model_and_usage() {
    let fake = Fake::start(vec![completion("Hello!")]).await;
    let completion = fake.gateway(&[]).complete(&prompt()).await.unwrap();
    assert_eq!(
        (completion.text.as_str(), completion.model.as_str()),
        ("Hello!", "fake-1")
    );
    assert_eq!(
        (
            completion.usage.prompt_tokens,
            completion.usage.completion_tokens
        ),
        (120, 7)
    );
    let request = fake.request(0);
    assert!(
        request.starts_with("POST /v1/chat/completions HTTP/1.1"),
        "{request}"
    );
    assert!(
        request
            .to_lowercase()
            .contains("authorization: bearer test-key"),
        "{request}"
    );
    assert!(
        request.contains(r#""model":"first-model""#) && request.contains("Be brief."),
        "{request}"
    );
}

#[tokio::test]
async fn a_rate_limit_is_waited_out() {
    let fake = Fake::start(vec![
        failure(429, "retry-after: 0\r\n"),
        failure(503, ""),
        completion("Hello!"),
    ])
    .await;
    assert_eq!(
        fake.gateway(&[]).complete(&prompt()).await.unwrap().text,
        "Hello!"
    );
    assert_eq!(fake.count(), 3);
}

#[tokio::test]
async fn failures_are_told_apart() {
    for (reply, expected) in [
        (failure(429, "retry-after: 0\r\n"), "limiting"),
        (failure(401, ""), "refused our key (HTTP 401)"),
        (failure(404, ""), "rejected the request (HTTP 404): not now"),
        (failure(500, "retry-after: 0\r\n"), "unavailable: HTTP 500"),
        (Reply::Http(200, "", "<html>busy</html>".into()), "nonsense"),
        (Reply::Http(200, "", r#"{"choices": 7}"#.into()), "nonsense"),
        (completion("  "), "nonsense: an empty answer"),
    ] {
        let fake = Fake::start(vec![reply.clone()]).await;
        let error = fake
            .gateway(&[])
            .complete(&prompt())
            .await
            .unwrap_err()
            .to_string();
        assert!(error.contains(expected), "{reply:?}: {error}");
    }
}

#[tokio::test]
async fn silence_ends_at_the_deadline() {
    let mut fake = Fake::start(vec![Reply::Silence]).await;
    fake.provider.timeout = Duration::from_millis(100);
    assert!(matches!(
        fake.gateway(&[]).complete(&prompt()).await,
        Err(Error::Timeout)
    ));
    assert!(matches!(
        fake.gateway(&[]).stream(&prompt()).await,
        Err(Error::Timeout)
    ));
}

#[tokio::test]
async fn a_model_that_keeps_failing_is_left_alone() {
    let fake = Fake::start(vec![failure(500, "retry-after: 0\r\n")]).await;
    let gateway = fake.gateway(&[]);
    for _ in 0..3 {
        let error = gateway.complete(&prompt()).await.unwrap_err();
        assert!(matches!(error, Error::Unavailable(_)), "{error}");
    }
    let asked = fake.count();
    for outcome in [
        gateway.complete(&prompt()).await.map(|_| ()),
        gateway.clone().stream(&prompt()).await.map(|_| ()),
    ] {
        assert!(matches!(outcome, Err(Error::Resting)), "{outcome:?}");
    }
    assert_eq!(fake.count(), asked, "it was asked again");
}

#[tokio::test]
async fn a_model_whose_provider_asks_for_long_is_left_at_once() {
    let fake = Fake::start(vec![
        failure(429, "retry-after: 3600\r\n"),
        completion("Hello!"),
    ])
    .await;
    let gateway = fake.gateway(&["second-model"]);
    let begun = Instant::now();
    for _ in 0..2 {
        let answer = gateway.complete(&prompt()).await.unwrap();
        assert_eq!(answer.text, "Hello!");
    }
    assert!(begun.elapsed() < Duration::from_secs(3));
    // Once for all: it rests now.
    let asked: Vec<bool> = (0..fake.count())
        .map(|number| fake.request(number).contains(r#""model":"first-model""#))
        .collect();
    assert_eq!(asked, [true, false, false]);
}

#[tokio::test]
async fn an_account_without_money_is_not_asked_again() {
    let broke = r#"{"error": {"message": "pay", "type": "insufficient_quota", "param": null, "code": null}}"#;
    let fake = Fake::start(vec![Reply::Http(429, "", broke.into())]).await;
    let error = fake.gateway(&[]).complete(&prompt()).await.unwrap_err();
    assert!(matches!(error, Error::RateLimited), "{error}");
    assert_eq!(fake.count(), 1);
}

#[tokio::test]
async fn a_rate_limit_is_one_whatever_its_page_says() {
    let page = Reply::Http(429, "retry-after: 60\r\n", "<html>slow down</html>".into());
    let fake = Fake::start(vec![page]).await;
    let error = fake.gateway(&[]).complete(&prompt()).await.unwrap_err();
    assert!(matches!(error, Error::RateLimited), "{error}");
}

#[tokio::test]
async fn models_share_the_time_that_a_customer_waits() {
    let mut fake = Fake::start(vec![Reply::Silence]).await;
    fake.provider.timeout = Duration::from_millis(200);
    let gateway = fake.gateway(&["second", "third", "fourth"]);
    for _ in 0..2 {
        let begun = Instant::now();
        let outcome = gateway.complete(&prompt()).await;
        assert!(matches!(outcome, Err(Error::Timeout)), "{outcome:?}");
        let took = begun.elapsed();
        assert!(took < Duration::from_millis(700), "{took:?}");
    }
    let asked = (0..fake.count()).map(|number| fake.request(number));
    let mut asked = asked.filter(|request| request.contains(r#""model":"fourth""#));
    assert!(asked.next().is_none(), "four silent models took their time");
}

#[tokio::test]
async fn what_a_provider_does_not_say_is_estimated() {
    let body = serde_json::json!({
        "id": "1", "object": "chat.completion", "created": 1, "model": "fake-1",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello!!!"}, "finish_reason": "stop"}],
    });
    let fake = Fake::start(vec![Reply::Http(200, "", body.to_string())]).await;
    let usage = fake.gateway(&[]).complete(&prompt()).await.unwrap().usage;
    // "Be brief." and "Hello?" have 15 bytes, the answer 8.
    assert_eq!((usage.prompt_tokens, usage.completion_tokens), (4, 2));
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_no_whole_one_and_is_paid_for() {
    let Reply::Events(mut lines) = streamed(&["Hello!!!", "You"]) else {
        unreachable!()
    };
    // The connection ends before the provider has said that it is done.
    lines.truncate(2);
    let fake = Fake::start(vec![Reply::Events(lines)]).await;
    let mut pieces = fake.gateway(&[]).stream(&prompt()).await.unwrap();
    for text in ["Hello!!!", "You"] {
        assert_eq!(pieces.next().await.unwrap(), Piece::Text(text.into()));
    }
    let outcome = pieces.next().await;
    assert!(matches!(outcome, Err(Error::Garbage(_))), "{outcome:?}");
    let usage = pieces.usage();
    assert_eq!((usage.prompt_tokens, usage.completion_tokens), (4, 3));
}

#[tokio::test]
async fn the_next_model_steps_in() {
    let fake = Fake::start(vec![
        Reply::Http(200, "", "{}".into()),
        completion("Hello!"),
    ])
    .await;
    assert_eq!(
        fake.gateway(&["second-model"])
            .complete(&prompt())
            .await
            .unwrap()
            .text,
        "Hello!"
    );
    assert!(fake.request(1).contains(r#""model":"second-model""#));
}

#[tokio::test]
async fn a_refused_key_is_not_tried_with_other_models() {
    let fake = Fake::start(vec![failure(401, "")]).await;
    assert!(matches!(
        fake.gateway(&["second-model"]).complete(&prompt()).await,
        Err(Error::Denied(401))
    ));
    assert_eq!(fake.count(), 1);
}

#[tokio::test]
async fn an_answer_streams_in_pieces() {
    let fake = Fake::start(vec![streamed(&["Hel", "lo!"])]).await;
    let mut pieces = fake.gateway(&[]).stream(&prompt()).await.unwrap();
    let mut text = String::new();
    let (model, usage) = loop {
        match pieces.next().await.unwrap() {
            Piece::Text(piece) => text.push_str(&piece),
            Piece::End { model, usage } => break (model, usage),
        }
    };
    assert_eq!(
        (text.as_str(), model.as_str(), usage.completion_tokens),
        ("Hello!", "fake-1", 7)
    );
    assert!(fake.request(0).contains(r#""stream":true"#));
}

#[tokio::test]
async fn a_stream_of_garbage_is_an_error() {
    let fake = Fake::start(vec![Reply::Events(vec!["{not json".into()])]).await;
    assert!(matches!(
        fake.gateway(&[]).stream(&prompt()).await,
        Err(Error::Garbage(_))
    ));
}

#[tokio::test]
async fn vectors_come_in_order_and_at_length_one() {
    let vectors = |vectors: &[(u32, [f32; 2])]| {
        let data: Vec<_> = vectors
            .iter()
            .map(|(index, embedding)| serde_json::json!({"object": "embedding", "index": index, "embedding": embedding}))
            .collect();
        let usage = serde_json::json!({"prompt_tokens": 1, "total_tokens": 1});
        let body =
            serde_json::json!({"object": "list", "model": "e", "usage": usage, "data": data});
        Reply::Http(200, "", body.to_string())
    };
    let fake = Fake::start(vec![
        vectors(&[(0, [3.0, 4.0])]),
        vectors(&[(1, [0.0, 2.0]), (0, [3.0, 4.0])]),
    ])
    .await;
    let model = EmbeddingModel::connect(fake.provider.clone(), "unheard-of")
        .await
        .unwrap();
    let embedder = wafaa_pipelines::knowledge::embed::Embedder::OpenAi(Box::new(model));
    assert_eq!(
        (embedder.id(), embedder.dimension()),
        ("openai/unheard-of", 2)
    );
    let passage = wafaa_pipelines::knowledge::embed::Passage {
        heading: String::new(),
        text: "Hi.".into(),
        sentences: std::iter::once(0..3).collect(),
    };
    let embedded = embedder.embed_passages(&[passage]).await.unwrap();
    assert_eq!(
        (
            embedded[0].vector.as_slice(),
            embedded[0].sentences[0].as_slice()
        ),
        ([0.6, 0.8].as_slice(), [0, 127].as_slice())
    );
}

#[test]
fn settings_that_cannot_work_are_refused_at_once() {
    let provider = |base_url: &str, key: &str| Provider {
        base_url: base_url.into(),
        key: key.to_owned().into(),
        timeout: Duration::from_secs(1),
    };
    assert!(Gateway::new(&provider("https://llm.example/v1", ""), "m", &[]).is_ok());
    assert!(Gateway::new(&provider("llm.example/v1", "k"), "m", &[]).is_err());
    assert!(Gateway::new(&provider("https://llm.example/v1", "k\n"), "m", &[]).is_err());
    assert!(Gateway::new(&provider("https://llm.example/v1", "k"), " ", &[]).is_err());
}
