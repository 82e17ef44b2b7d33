//! Several callers at once.

use std::sync::Barrier;
use std::sync::mpsc::channel;
use std::thread;

use wafaa_embedding::Engine;

use crate::{ENGINE, fixture, texts};

#[test]
fn a_query_returns_while_a_batch_is_running() {
    let engine = Engine::load(&fixture::model_dir(), 1).expect("the model loads");
    let batch = vec!["A sentence that keeps the batch threads busy. ".repeat(25); 60];
    let (order, events) = channel();
    let start = Barrier::new(2);
    thread::scope(|scope| {
        scope.spawn(|| {
            start.wait();
            engine.embed_batch(&batch).expect("embedded");
            order.send("batch").expect("heard");
        });
        scope.spawn(|| {
            start.wait();
            for _ in 0..3 {
                engine.embed_query("a query").expect("embedded");
            }
            order.send("query").expect("heard");
        });
    });
    let order: Vec<_> = events.try_iter().collect();
    assert_eq!(order, ["query", "batch"]);
}

#[test]
fn concurrent_callers_get_their_own_vectors() {
    let texts = texts();
    let expected = ENGINE.embed_batch(&texts).expect("embedded");
    thread::scope(|scope| {
        for caller in 0..6 {
            let (texts, expected, engine) = (&texts, &expected, ENGINE.clone());
            scope.spawn(move || {
                let rotated: Vec<&String> = texts
                    .iter()
                    .cycle()
                    .skip(caller)
                    .take(texts.len())
                    .collect();
                let found = engine.embed_batch(&rotated).expect("embedded");
                for (index, vector) in found.iter().enumerate() {
                    assert_eq!(vector, &expected[(index + caller) % texts.len()]);
                }
            });
        }
    });
}
