//! Traces at the collector's socket: one document is one trace, and a collector that is away costs nothing.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use reqwest::{
    Method, StatusCode,
    multipart::{Form, Part},
};

use crate::{
    fake::Fake,
    server::{Server, demo},
};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

#[tokio::test]
async fn one_trace_follows_a_document_through_its_whole_chain() {
    let collector = Fake::answering("application/x-protobuf", "");
    let mut server = Server::prepare()
        .with("WAFAA_OTLP_ENDPOINT", collector.url())
        .open();
    let member = server.sign_in("alpha").await;
    let part = Part::bytes(demo("bayt-falafel/faq.md")).file_name("faq.md");
    let response = member
        .request(Method::POST, "/api/v1/documents")
        .header("traceparent", format!("00-{TRACE}-b7ad6b7169203331-01"))
        .multipart(Form::new().part("file", part))
        .send()
        .await
        .expect("the server answers");
    assert_eq!(response.status(), StatusCode::ACCEPTED);
    assert!(response.headers().contains_key("x-request-id"));
    let accepted: serde_json::Value = response.json().await.expect("JSON");
    let id = accepted["document"]["id"].as_str().expect("an id");
    assert_eq!(member.settled(id).await["status"], "ready");
    let jobs = member.get(&format!("/api/v1/jobs?parent={id}")).await;
    for job in jobs["data"].as_array().expect("a list") {
        assert_eq!(job["trace_id"], TRACE, "{job}");
    }
    drop(member);
    assert!(server.stop(), "what is left is sent at the end");
    let spans = spans(&collector);
    let of_document: Vec<&Span> = spans.iter().filter(|span| span.trace == TRACE).collect();
    let by_id: BTreeMap<&str, &Span> = of_document
        .iter()
        .map(|span| (span.id.as_str(), *span))
        .collect();
    for (name, parent) in [
        ("job ingest", "POST /api/v1/documents"),
        ("job chunk", "job ingest"),
        ("job embed", "job chunk"),
        ("job index", "job embed"),
        ("embed", "job embed"),
    ] {
        let span = of_document.iter().find(|span| span.name == name);
        let span = span.unwrap_or_else(|| panic!("no {name} in {spans:?}"));
        let found = by_id.get(span.parent.as_str()).map(|span| &*span.name);
        assert_eq!(found, Some(parent), "{spans:?}");
    }
    let upload = of_document
        .iter()
        .find(|span| span.name == "POST /api/v1/documents")
        .expect("found as a parent");
    assert_eq!(upload.parent, "b7ad6b7169203331", "the client's own span");
    assert!(
        spans.iter().all(|span| !span.name.contains("/health")),
        "{spans:?}"
    );
    let sent = collector.requests();
    assert!(sent.iter().all(|request| request.path == "/v1/traces"));
    let says = |what: &str| {
        let what = what.as_bytes();
        let within = |body: &[u8]| body.windows(what.len()).any(|part| part == what);
        sent.iter().all(|request| within(&request.body))
    };
    for attribute in [
        "service.name",
        "wafaa",
        "service.instance.id",
        "service.version",
    ] {
        assert!(says(attribute), "{attribute}");
    }
}

#[tokio::test]
async fn a_collector_that_is_away_delays_nothing() {
    let (mute, nobody) = (Fake::mute(), "http://127.0.0.1:9");
    for endpoint in [mute.url().as_str(), nobody] {
        let mut server = Server::prepare()
            .with("WAFAA_OTLP_ENDPOINT", endpoint)
            .open();
        let member = server.sign_in("alpha").await;
        let document = member.ingest("faq.md", demo("bayt-falafel/faq.md")).await;
        assert_eq!(document["status"], "ready");
        let begun = Instant::now();
        for _ in 0..50 {
            member.search("parking").await;
        }
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(5), "50 searches took {took:?}");
        drop(member);
        let begun = Instant::now();
        assert!(server.stop());
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(8), "stopping took {took:?}");
    }
}

#[derive(Debug)]
struct Span {
    trace: String,
    id: String,
    parent: String,
    name: String,
}

/// Every span that the collector was sent: of `ExportTraceServiceRequest`, `resource_spans` (1) hold
/// `scope_spans` (2), which hold `spans` (2).
fn spans(collector: &Fake) -> Vec<Span> {
    let mut spans = Vec::new();
    for request in collector.requests() {
        for of_resource in fields(&request.body, 1) {
            for of_scope in fields(of_resource, 2) {
                spans.extend(fields(of_scope, 2).into_iter().map(span));
            }
        }
    }
    spans
}

fn span(message: &[u8]) -> Span {
    let hex = |field| {
        let bytes = fields(message, field).into_iter().next().unwrap_or(&[]);
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    };
    Span {
        trace: hex(1),
        id: hex(2),
        parent: hex(4),
        name: String::from_utf8_lossy(fields(message, 5)[0]).into_owned(),
    }
}

/// The length-delimited fields of a protobuf message with this number.
fn fields(mut message: &[u8], wanted: u64) -> Vec<&[u8]> {
    let mut found = Vec::new();
    while !message.is_empty() {
        let key = varint(&mut message);
        let length = match key & 7 {
            0 => {
                varint(&mut message);
                continue;
            }
            1 => 8,
            2 => usize::try_from(varint(&mut message)).expect("a length"),
            5 => 4,
            other => panic!("wire type {other}"),
        };
        let (value, rest) = message.split_at(length);
        if key >> 3 == wanted && key & 7 == 2 {
            found.push(value);
        }
        message = rest;
    }
    found
}

fn varint(message: &mut &[u8]) -> u64 {
    let mut value = 0;
    for place in 0.. {
        let (byte, rest) = message.split_first().expect("a whole varint");
        *message = rest;
        value |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            break;
        }
    }
    value
}
