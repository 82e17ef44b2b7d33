//! Whether everything that was accepted is there, once, and nothing else.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{
    cluster::Cluster,
    workload::{Operator, Report, Tenant, client},
};
use crate::server::until;

/// Until the last job of a fault is done.
const PATIENCE: Duration = Duration::from_secs(120);

/// Waits until no job is left that has not come to its end.
pub(super) async fn settle(cluster: &mut Cluster) {
    let operator = Operator::of(cluster).await;
    let begun = Instant::now();
    loop {
        let left = unfinished(&operator).await;
        if left.as_ref().is_some_and(Vec::is_empty) {
            break;
        }
        assert!(
            begun.elapsed() < PATIENCE,
            "jobs are left after {PATIENCE:?} (none: nobody answers): {left:#?}"
        );
        // What was starting when the last fault came.
        cluster.revive();
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let dead = operator.jobs("state=dead").await.expect("the API answers");
    assert!(dead.is_empty(), "dead jobs: {dead:#?}");
}

/// How many jobs have not come to their end, by kind and state; none when nobody answers. All from one look, so that
/// none slips past on its way from a state to the next.
async fn unfinished(operator: &Operator) -> Option<Vec<Value>> {
    let mut counts = operator.counts().await?;
    counts.retain(|count| {
        let state = count["state"].as_str().unwrap_or_default();
        count["lane"] == "ingest" && ["waiting", "ready", "dispatched", "running"].contains(&state)
    });
    Some(counts)
}

/// The final judgement.
pub(super) async fn whole(cluster: &Cluster, report: &Report) {
    let leaks = report.leaks.lock().expect("no panic holds it").clone();
    assert!(leaks.is_empty(), "{leaks:#?}");
    for tenant in &report.tenants {
        of_tenant(&cluster.urls()[0], tenant).await;
    }
}

async fn of_tenant(url: &str, tenant: &Tenant) {
    let known = tenant.documents.lock().expect("no panic holds it").clone();
    let found = documents(url, tenant).await;
    for (id, marker) in &known {
        let document = found.get(id);
        let Some(marker) = marker else {
            assert!(
                document.is_none(),
                "{id} was deleted and is there: {document:?}"
            );
            continue;
        };
        let Some(document) = document else {
            panic!("{id} of {} was accepted and is lost", tenant.name);
        };
        assert_eq!(document["status"], "ready", "{document}");
        assert_eq!(document["live_version"], document["version"], "{document}");
        assert_eq!(document["chunks"], 1, "{document}");
        let chunks = get(url, tenant, &format!("/api/v1/documents/{id}/chunks")).await;
        let chunks = chunks["data"].as_array().cloned().unwrap_or_default();
        assert_eq!(chunks.len(), 1, "{document} has {chunks:?}");
        let text = chunks[0]["text"].as_str().unwrap_or_default();
        assert!(text.contains(marker), "{id} should say {marker}: {text}");
    }
    let more: Vec<&String> = found.keys().filter(|id| !known.contains_key(*id)).collect();
    assert!(more.is_empty(), "documents nobody was promised: {more:?}");
    searched(url, tenant, &known).await;
}

/// Each marker is found in its document, once.
async fn searched(url: &str, tenant: &Tenant, known: &BTreeMap<String, Option<String>>) {
    for (id, marker) in known
        .iter()
        .filter_map(|(id, marker)| Some((id, marker.as_ref()?)))
    {
        let query = json!({ "query": format!("lantern {marker}"), "top_k": 20 });
        let request = client()
            .post(format!("{url}/api/v1/search"))
            .bearer_auth(&tenant.key)
            .json(&query);
        let hits = answer(request).await;
        let hits = hits["data"].as_array().cloned().unwrap_or_default();
        let of_document = hits.iter().filter(|hit| hit["document_id"] == id.as_str());
        assert_eq!(of_document.count(), 1, "{marker}: {hits:#?}");
        let saying = |hit: &&Value| {
            hit["text"]
                .as_str()
                .is_some_and(|text| text.contains(marker.as_str()))
        };
        assert_eq!(
            hits.iter().filter(saying).count(),
            1,
            "{marker} is doubled: {hits:#?}"
        );
    }
}

async fn documents(url: &str, tenant: &Tenant) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    let mut cursor = String::new();
    loop {
        let page = get(url, tenant, &format!("/api/v1/documents?limit=100{cursor}")).await;
        for document in page["data"].as_array().expect("a list") {
            let id = document["id"].as_str().expect("an id").to_owned();
            assert!(
                found.insert(id, document.clone()).is_none(),
                "listed twice: {document}"
            );
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

async fn get(url: &str, tenant: &Tenant, path: &str) -> Value {
    answer(
        client()
            .get(format!("{url}{path}"))
            .bearer_auth(&tenant.key),
    )
    .await
}

/// The answer, as soon as the tenant's rate limit allows.
async fn answer(request: reqwest::RequestBuilder) -> Value {
    let mut body = None;
    until("an answer", PATIENCE, async || {
        let again = request.try_clone().expect("it has no stream");
        if let Ok(answer) = again.send().await
            && answer.status().is_success()
        {
            body = answer.json().await.ok();
        }
        body.is_some()
    })
    .await;
    body.expect("an answer")
}
