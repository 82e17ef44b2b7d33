//! The second stage of ranking, by a model that is faked at the socket.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wafaa_pipelines::{
    conversation::{Hit, Retriever},
    knowledge::block::Block,
    llm::{Provider, Reranker},
};

use crate::{
    Library,
    llm::{Fake, Reply},
};

const QUESTION: &str = "When does the kitchen open?";

/// Three documents that are about the question, more or less.
async fn library() -> Library {
    let library = Library::new().await;
    for (title, text) in [
        ("Kitchen", "The kitchen opens at nine in the morning."),
        (
            "Bar",
            "The bar opens in the evening, long after the kitchen.",
        ),
        ("Staff", "The kitchen staff come at seven."),
    ] {
        library.add(title, vec![Block::paragraph(text)]).await;
    }
    library
}

async fn search(library: &Library, retriever: &Retriever) -> Vec<Hit> {
    let found = retriever.search(&library.scope, QUESTION, 5).await;
    found.unwrap()
}

fn titles(hits: &[Hit]) -> Vec<&str> {
    hits.iter().map(|hit| hit.title.as_str()).collect()
}

fn reranking(library: &Library, provider: &Provider) -> Retriever {
    let reranker = Reranker::new(provider, Some("rank-1")).unwrap();
    library.retriever().with_reranker(Some(reranker))
}

fn scores(scores: &[(usize, f64)]) -> Reply {
    let results: Vec<Value> = scores
        .iter()
        .map(|(index, score)| json!({ "index": index, "relevance_score": score }))
        .collect();
    Reply::Http(
        200,
        "",
        json!({ "id": "1", "results": results }).to_string(),
    )
}

#[tokio::test]
async fn passages_stand_in_the_order_of_the_model() {
    let library = library().await;
    let local = search(&library, &library.retriever()).await;
    assert_eq!((local.len(), local[0].title.as_str()), (3, "Kitchen"));
    let fake = Fake::start(vec![scores(&[(0, 0.2), (1, 0.1), (2, 0.9)])]).await;
    let found = search(&library, &reranking(&library, &fake.provider)).await;
    let before = titles(&local);
    assert_eq!(titles(&found), [before[2], before[0], before[1]]);
    // How sure it is, and how far the places are apart, is known here.
    let points = |hits: &[Hit]| hits.iter().map(|hit| hit.score).collect::<Vec<_>>();
    assert_eq!(points(&found), points(&local));

    let request = fake.request(0);
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /v1/rerank HTTP/1.1"), "{head}");
    assert!(
        head.to_lowercase()
            .contains("authorization: bearer test-key"),
        "{head}"
    );
    let body: Value = serde_json::from_str(body).unwrap();
    assert_eq!(
        (&body["model"], &body["query"], &body["top_n"]),
        (&json!("rank-1"), &json!(QUESTION), &json!(3))
    );
    assert_eq!(body["documents"][0], local[0].text);
}

#[tokio::test]
async fn without_an_answer_the_order_stands() {
    let library = library().await;
    let local = search(&library, &library.retriever()).await;
    for reply in [
        Reply::Http(500, "", "down".into()),
        Reply::Http(429, "", "{}".into()),
        Reply::Http(200, "", "<html>".into()),
        Reply::Http(200, "", "{}".into()),
        scores(&[(7, 0.9)]),
        scores(&[(1, 0.9), (1, 0.8)]),
        Reply::Silence,
    ] {
        let mut fake = Fake::start(vec![reply.clone()]).await;
        fake.provider.timeout = Duration::from_millis(200);
        let begun = Instant::now();
        let found = search(&library, &reranking(&library, &fake.provider)).await;
        assert_eq!(titles(&found), titles(&local), "{reply:?}");
        assert!(begun.elapsed() < Duration::from_secs(3), "{reply:?}");
    }
}

#[tokio::test]
async fn a_model_that_keeps_failing_is_not_waited_for() {
    let library = library().await;
    let fake = Fake::start(vec![Reply::Http(503, "", String::new())]).await;
    let retriever = reranking(&library, &fake.provider);
    for _ in 0..5 {
        search(&library, &retriever).await;
    }
    assert_eq!(fake.requests.lock().unwrap().len(), 3);
}

#[test]
fn settings_that_cannot_work_are_refused_at_once() {
    let provider = |base_url: &str| Provider {
        base_url: base_url.into(),
        key: String::new().into(),
        timeout: Duration::from_secs(1),
    };
    assert!(Reranker::new(&provider("http://127.0.0.1:8080"), None).is_ok());
    assert!(Reranker::new(&provider("127.0.0.1:8080"), None).is_err());
}
