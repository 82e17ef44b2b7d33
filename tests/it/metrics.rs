//! `/metrics` of the real program: the text is well-formed, every family is there after traffic, and nothing
//! says whose it is.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::{Child, Stdio},
};

use crate::{
    fake::Fake,
    server::{Server, demo, listening},
};

/// What dashboards and alert rules rely on: names and labels.
const CONTRACT: &[(&str, &str, &[&str])] = &[
    (
        "wafaa_http_requests_total",
        "counter",
        &["method", "route", "status"],
    ),
    (
        "wafaa_http_request_duration_seconds",
        "histogram",
        &["method", "route"],
    ),
    ("wafaa_requests_shed_total", "counter", &[]),
    ("wafaa_questions_at_once", "gauge", &[]),
    ("wafaa_jobs", "gauge", &["lane", "kind", "state", "class"]),
    (
        "wafaa_jobs_oldest_ready_seconds",
        "gauge",
        &["lane", "class"],
    ),
    (
        "wafaa_jobs_finished_total",
        "counter",
        &["lane", "kind", "class", "outcome"],
    ),
    ("wafaa_job_wait_seconds", "histogram", &["lane", "class"]),
    (
        "wafaa_job_run_seconds",
        "histogram",
        &["lane", "kind", "class"],
    ),
    ("wafaa_jobs_dispatched_total", "counter", &["lane"]),
    ("wafaa_jobs_recovered_total", "counter", &[]),
    ("wafaa_dispatch_duration_seconds", "histogram", &[]),
    ("wafaa_dispatch_lag_seconds", "gauge", &[]),
    ("wafaa_workers", "gauge", &["lane"]),
    ("wafaa_search_duration_seconds", "histogram", &[]),
    ("wafaa_answer_duration_seconds", "histogram", &[]),
    ("wafaa_answers_total", "counter", &["outcome"]),
    ("wafaa_embedding_tokens_total", "counter", &["use"]),
    ("wafaa_embedding_duration_seconds", "histogram", &["use"]),
    ("wafaa_embedding_cache_total", "counter", &["result"]),
    ("wafaa_llm_requests_total", "counter", &["model", "outcome"]),
    ("wafaa_llm_tokens_total", "counter", &["model", "direction"]),
    ("wafaa_llm_cost_usd_total", "counter", &["model"]),
    ("wafaa_vector_tables", "gauge", &[]),
    ("wafaa_vector_fragments", "gauge", &[]),
    ("wafaa_vector_bytes", "gauge", &[]),
    ("wafaa_build_info", "gauge", &["version"]),
    ("process_cpu_seconds_total", "counter", &[]),
    ("process_resident_memory_bytes", "gauge", &[]),
    ("process_open_fds", "gauge", &[]),
];

const COMPLETION: &str = r#"{"id":"1","object":"chat.completion","created":1,"model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"message":{"role":"assistant","content":"The falafel plate is vegan [1]."},"finish_reason":"stop"}],"usage":{"prompt_tokens":1000,"completion_tokens":500,"total_tokens":1500}}"#;

#[tokio::test]
async fn every_family_is_there_after_traffic() {
    let provider = Fake::answering("application/json", COMPLETION);
    let server = Server::prepare()
        .with("WAFAA_LLM_PROVIDER", "openai")
        .with("WAFAA_OPENAI_BASE_URL", provider.url())
        .with("WAFAA_LLM_PRICES", "gpt-4o-mini=0.15/0.60, other=1/2")
        .open();
    let member = server.sign_in("alpha").await;
    let document = member
        .ingest("menu.pdf", demo("bayt-falafel/menu.pdf"))
        .await;
    assert_eq!(document["status"], "ready");
    let answer = member.ask("What vegan dishes do you have?").await;
    assert_eq!(answer["answered"], true, "{answer}");
    let absent = member.ask("Who won the chess championship of 1972?").await;
    assert_eq!(absent["answered"], false);
    let (families, text) = scrape(&server).await;
    for (name, kind, labels) in CONTRACT {
        let family = families
            .get(*name)
            .unwrap_or_else(|| panic!("no {name} in\n{text}"));
        assert_eq!(family.kind, *kind, "{name}");
        assert!(!family.series.is_empty(), "{name} has no series in\n{text}");
        let expected: BTreeSet<&str> = labels.iter().copied().collect();
        for series in &family.series {
            let found: BTreeSet<&str> = series.labels.keys().map(String::as_str).collect();
            let found: BTreeSet<&str> =
                found.difference(&BTreeSet::from(["le"])).copied().collect();
            assert_eq!(found, expected, "{name}");
        }
    }
    let value = |name: &str, labels: &[(&str, &str)]| {
        let series = families[name].series.iter();
        let of_labels = |series: &&Series| {
            labels.iter().all(|(label, value)| {
                series
                    .labels
                    .get(*label)
                    .is_some_and(|found| found == value)
            })
        };
        series
            .filter(of_labels)
            .map(|series| series.value)
            .sum::<f64>()
    };
    let model = ("model", "gpt-4o-mini");
    assert_eq!(
        value("wafaa_llm_requests_total", &[model, ("outcome", "ok")]),
        1.0
    );
    assert_eq!(
        value("wafaa_llm_tokens_total", &[model, ("direction", "input")]),
        1_000.0
    );
    assert!((value("wafaa_llm_cost_usd_total", &[model]) - 0.000_45).abs() < 1e-9);
    assert_eq!(
        value("wafaa_answers_total", &[("outcome", "answered")]),
        1.0
    );
    assert_eq!(
        value("wafaa_answers_total", &[("outcome", "abstained")]),
        1.0
    );
    assert!(value("wafaa_embedding_cache_total", &[("result", "miss")]) > 0.0);
    assert!(value("wafaa_embedding_tokens_total", &[("use", "passage")]) > 100.0);
    let succeeded = value(
        "wafaa_jobs_finished_total",
        &[("kind", "ingest"), ("outcome", "succeeded")],
    );
    assert_eq!(succeeded, 1.0);
    // No label says which tenant, document or question.
    let me = member.get("/api/v1/auth/me").await;
    for secret in [
        me["tenant"]["id"].as_str().expect("an id"),
        document["id"].as_str().expect("an id"),
        "alpha",
        "chess",
        "tenant",
    ] {
        let shown = text
            .lines()
            .filter(|line| !line.starts_with('#'))
            .any(|line| {
                let series = line.split("} ").next().unwrap_or_default();
                series.contains(secret) && !series.contains("route=\"/api/v1/tenants")
            });
        assert!(!shown, "{secret} in\n{text}");
    }
}

#[tokio::test]
async fn a_worker_without_an_api_answers_probes_where_told() {
    let mut server = Server::start();
    assert!(server.stop());
    let worker = server
        .command(&["worker", "--lanes", "ingest,maintenance", "--port", "0"])
        .stdout(Stdio::piped())
        .spawn();
    let mut worker = Worker(worker.expect("the binary starts"));
    let url = listening(&mut worker.0).expect("it listens");
    for (path, within) in [
        ("/health/live", "live"),
        ("/health/ready", "ready"),
        ("/metrics", "wafaa_build_info"),
    ] {
        let answer = server
            .client
            .get(format!("{url}{path}"))
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status(), 200, "{path}");
        assert!(answer.headers().contains_key("x-request-id"), "{path}");
        let text = answer.text().await.expect("a body");
        assert!(text.contains(within), "{path}: {text}");
    }
    let api = server
        .client
        .get(format!("{url}/api/v1/documents"))
        .send()
        .await;
    assert_eq!(api.expect("an answer").status(), 404);
}

struct Worker(Child);

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

struct Family {
    kind: String,
    series: Vec<Series>,
}

#[derive(Debug)]
struct Series {
    labels: BTreeMap<String, String>,
    value: f64,
}

async fn scrape(server: &Server) -> (BTreeMap<String, Family>, String) {
    let answer = server
        .client
        .get(server.url("/metrics"))
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 200);
    assert_eq!(
        answer.headers()["content-type"],
        "text/plain; version=0.0.4; charset=utf-8"
    );
    let text = answer.text().await.expect("a body");
    (parse(&text), text)
}

/// Reads the text format, and fails on what isn't it: a series without a family, a family twice, a value that is
/// no number, buckets that fall.
fn parse(text: &str) -> BTreeMap<String, Family> {
    let mut families = BTreeMap::<String, Family>::new();
    let mut current = String::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').expect("a name and a type");
            let family = Family {
                kind: kind.to_owned(),
                series: Vec::new(),
            };
            assert!(
                families.insert(name.to_owned(), family).is_none(),
                "{name} twice"
            );
            name.clone_into(&mut current);
        } else if let Some(rest) = line.strip_prefix("# HELP ") {
            assert!(
                rest.split_once(' ')
                    .is_some_and(|(_, help)| !help.is_empty()),
                "{line}"
            );
        } else {
            let (name, series) = series(line);
            let family = families
                .get_mut(&current)
                .expect("a family before its series");
            let suffix = name
                .strip_prefix(&current)
                .unwrap_or_else(|| panic!("{line} in {current}"));
            let legal: &[&str] = if family.kind == "histogram" {
                &["_bucket", "_sum", "_count"]
            } else {
                &[""]
            };
            assert!(
                legal.contains(&suffix),
                "{line} in {current}, a {}",
                family.kind
            );
            if suffix == "_bucket"
                && let Some(before) = family.series.last()
                && before.labels.get("le").is_some_and(|le| le != "+Inf")
            {
                assert!(series.value >= before.value, "{line}");
            }
            family.series.push(series);
        }
    }
    families
}

fn series(line: &str) -> (&str, Series) {
    let (key, value) = line.rsplit_once(' ').expect("a value");
    let value = value.parse().unwrap_or_else(|_| panic!("{line}"));
    let (name, labels) = match key.split_once('{') {
        Some((name, labels)) => (name, labels.strip_suffix('}').expect("a closing brace")),
        None => (key, ""),
    };
    let labels = labels.split("\",").filter(|label| !label.is_empty());
    let labels = labels.map(|label| {
        let (name, value) = label.split_once("=\"").unwrap_or_else(|| panic!("{line}"));
        (name.to_owned(), value.trim_end_matches('"').to_owned())
    });
    (
        name,
        Series {
            labels: labels.collect(),
            value,
        },
    )
}
