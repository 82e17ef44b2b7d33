//! A chat model that always says the same, whole or in pieces, for 127 tokens.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use wafaa_pipelines::llm::{Gateway, Provider, TIMEOUT};

const ANSWER: &str = "The kitchen opens at nine in the morning. [1]";

pub(crate) struct FakeModel(Provider);

/// When a model answers.
#[derive(Clone)]
pub(crate) struct Pace {
    /// A permit for each question that it has got.
    pub(crate) asked: Arc<Semaphore>,
    /// A permit for each answer that it may give.
    pub(crate) may_answer: Arc<Semaphore>,
}

impl FakeModel {
    pub(crate) async fn start() -> Self {
        let pace = Pace {
            asked: Arc::new(Semaphore::new(0)),
            may_answer: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)),
        };
        Self::at(pace).await
    }

    /// Answers when it is let.
    pub(crate) async fn when_let() -> (Self, Pace) {
        let pace = Pace {
            asked: Arc::new(Semaphore::new(0)),
            may_answer: Arc::new(Semaphore::new(0)),
        };
        (Self::at(pace.clone()).await, pace)
    }

    async fn at(pace: Pace) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}/v1", listener.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(answer(socket, pace.clone()));
            }
        });
        Self(Provider {
            base_url,
            key: String::new().into(),
            timeout: TIMEOUT,
        })
    }

    pub(crate) fn gateway(&self) -> Gateway {
        Gateway::new(&self.0, "fake-1", &[]).unwrap()
    }
}

async fn answer(mut socket: TcpStream, pace: Pace) {
    let request = read(&mut socket).await;
    pace.asked.add_permits(1);
    pace.may_answer.acquire().await.unwrap().forget();
    let usage = json!({ "prompt_tokens": 120, "completion_tokens": 7, "total_tokens": 127 });
    let (kind, body) = if request["stream"] == true {
        let part = |choices: Value, usage: Value| {
            let part = json!({
                "id": "1", "object": "chat.completion.chunk", "created": 1, "model": "fake-1", "choices": choices,
                "usage": usage,
            });
            format!("data: {part}\n\n")
        };
        let text = json!([{ "index": 0, "delta": { "content": ANSWER } }]);
        let parts = part(text, Value::Null) + &part(json!([]), usage) + "data: [DONE]\n\n";
        ("text/event-stream", parts)
    } else {
        let message = json!({ "role": "assistant", "content": ANSWER });
        let whole = json!({
            "id": "1", "object": "chat.completion", "created": 1, "model": "fake-1", "usage": usage,
            "choices": [{ "index": 0, "message": message, "finish_reason": "stop" }],
        });
        ("application/json", whole.to_string())
    };
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\nconnection: close\r\n\r\n");
    socket.write_all((head + &body).as_bytes()).await.unwrap();
    // The client may have closed it already.
    let _ = socket.shutdown().await;
}

/// The request's body.
async fn read(socket: &mut TcpStream) -> Value {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((_, body)) = text.split_once("\r\n\r\n")
            && let Ok(body) = serde_json::from_str(body)
        {
            return body;
        }
        let more = socket.read_buf(&mut bytes).await.unwrap();
        assert_ne!(more, 0, "the request is not whole");
    }
}
